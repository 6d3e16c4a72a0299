//! What script asks for, and the page that asks.

use url::Url;

use super::page_policies::PagePolicies;
use crate::wire::Origin;

/// Declares an enum whose variants have the names of JavaScript's `fetch()`; the unnamed ones only a
/// browser can choose.
macro_rules! named {
    ($(#[doc = $doc:literal])* $name:ident { $($(#[doc = $vdoc:literal])* $variant:ident => $text:literal,)* }
     $(unnamed { $($(#[doc = $udoc:literal])* $unnamed:ident => $utext:literal,)* })?) => {
        $(#[doc = $doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum $name { $($(#[doc = $vdoc])* $variant,)* $($($(#[doc = $udoc])* $unnamed,)*)? }

        impl $name {
            /// Every value that can be named.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The name as in `fetch()`.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)* $($(Self::$unnamed => $utext,)*)? }
            }

            /// The value of that name.
            pub fn from_name(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|value| value.as_str() == name)
            }
        }
    };
}

pub(super) use named;

named! {
    /// The way in which the page asks.
    Api {
        /// `fetch()`.
        Fetch => "fetch",
        /// `XMLHttpRequest`.
        Xhr => "xhr",
        /// `<img>`.
        Img => "img",
        /// `<script>`, classic or module.
        Script => "script",
        /// `<link rel=stylesheet>`.
        Stylesheet => "stylesheet",
        /// A web font.
        Font => "font",
        /// `<audio>`.
        Audio => "audio",
        /// `<video>`.
        Video => "video",
        /// `EventSource`.
        EventSource => "eventsource",
        /// `navigator.sendBeacon()`.
        Beacon => "beacon",
        /// `WebSocket`: its opening request.
        WebSocket => "websocket",
        /// A form that is sent.
        Form => "form",
        /// A link, or script that sets `location`.
        Navigation => "navigation",
    }
}

/// The `crossorigin` attribute of an element that has it.
///
/// <https://html.spec.whatwg.org/multipage/urls-and-fetching.html#cors-settings-attribute>
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CrossOriginAttribute {
    /// `anonymous`, empty, or any unknown value.
    Anonymous,
    /// `use-credentials`.
    UseCredentials,
}

impl CrossOriginAttribute {
    /// The attribute's state for a value.
    pub fn of(value: &str) -> Self {
        if value.eq_ignore_ascii_case("use-credentials") {
            Self::UseCredentials
        } else {
            Self::Anonymous
        }
    }
}

named! {
    /// The request's mode.
    ///
    /// <https://fetch.spec.whatwg.org/#concept-request-mode>
    Mode {
        /// CORS decides.
        Cors => "cors",
        /// An opaque answer.
        NoCors => "no-cors",
        /// No cross-origin target.
        SameOrigin => "same-origin",
        /// Not for script: the answer becomes a document.
        Navigate => "navigate",
    }
    unnamed {
        /// The opening request of a WebSocket.
        WebSocket => "websocket",
    }
}

named! {
    /// The request's credentials mode.
    ///
    /// <https://fetch.spec.whatwg.org/#concept-request-credentials-mode>
    Credentials {
        /// Never.
        Omit => "omit",
        /// Only to the page's own origin.
        SameOrigin => "same-origin",
        /// Always.
        Include => "include",
    }
}

named! {
    /// The request's redirect mode.
    ///
    /// <https://fetch.spec.whatwg.org/#concept-request-redirect-mode>
    RedirectMode {
        /// Follow up to 20.
        Follow => "follow",
        /// A redirect is an error.
        Error => "error",
        /// A redirect is an opaque-redirect response.
        Manual => "manual",
    }
}

named! {
    /// The request's cache mode.
    ///
    /// <https://fetch.spec.whatwg.org/#concept-request-cache-mode>
    CacheMode {
        /// As HTTP says.
        Default => "default",
        /// Neither read nor write.
        NoStore => "no-store",
        /// Write only.
        Reload => "reload",
        /// Revalidate.
        NoCache => "no-cache",
        /// Stale is fine.
        ForceCache => "force-cache",
        /// Never ask the network.
        OnlyIfCached => "only-if-cached",
    }
}

named! {
    /// A referrer policy.
    ///
    /// <https://w3c.github.io/webappsec-referrer-policy/#referrer-policies>
    ReferrerPolicy {
        /// Nothing.
        NoReferrer => "no-referrer",
        /// All, but not from https to http.
        NoReferrerWhenDowngrade => "no-referrer-when-downgrade",
        /// All to the same origin, else nothing.
        SameOrigin => "same-origin",
        /// The origin.
        Origin => "origin",
        /// The origin, but not from https to http.
        StrictOrigin => "strict-origin",
        /// All to the same origin, else the origin.
        OriginWhenCrossOrigin => "origin-when-cross-origin",
        /// The default.
        StrictOriginWhenCrossOrigin => "strict-origin-when-cross-origin",
        /// All, always.
        UnsafeUrl => "unsafe-url",
    }
}

named! {
    /// An IP address space of Local Network Access.
    ///
    /// <https://wicg.github.io/local-network-access/#ip-address-space-section>
    AddressSpace {
        /// The internet.
        Public => "public",
        /// A private network.
        Local => "local",
        /// This machine.
        Loopback => "loopback",
    }
}

/// A body as script gives it.
///
/// <https://fetch.spec.whatwg.org/#concept-bodyinit-extract>
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RequestBody {
    /// A string.
    Text(String),
    /// `URLSearchParams`.
    UrlEncoded(Vec<(String, String)>),
    /// `FormData` with text entries.
    FormData(Vec<(String, String)>),
    /// A `Blob` with its type.
    Blob {
        /// The bytes.
        bytes: Vec<u8>,
        /// `blob.type`, possibly empty.
        media_type: String,
    },
    /// An `ArrayBuffer`.
    Bytes(Vec<u8>),
    /// A `ReadableStream`.
    Stream(Vec<u8>),
}

/// A member of `fetch()`'s options whose value is none of its enumeration.
///
/// <https://webidl.spec.whatwg.org/#js-enumeration>
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidOption {
    /// The member's name.
    pub name: &'static str,
    /// What script gave.
    pub value: String,
}

/// What script asked for: the arguments of `fetch()` or of an `XMLHttpRequest`, as given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FetchRequest {
    /// `fetch()` or `XMLHttpRequest`.
    pub api: Api,
    /// The URL as given; relative to the page's.
    pub url: String,
    /// The method as given.
    pub method: String,
    /// The mode.
    pub mode: Mode,
    /// The credentials mode; for XMLHttpRequest `include` stands for `withCredentials`.
    pub credentials: Credentials,
    /// The redirect mode.
    pub redirect: RedirectMode,
    /// The cache mode.
    pub cache: CacheMode,
    /// The referrer policy; `None` for the page's.
    pub referrer_policy: Option<ReferrerPolicy>,
    /// The keepalive flag.
    pub keepalive: bool,
    /// Integrity metadata, empty for none.
    pub integrity: String,
    /// Whether `duplex: "half"` was given.
    pub duplex_half: bool,
    /// The headers as given, one character a byte.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Option<RequestBody>,
    /// Whether the XMLHttpRequest's upload object has a listener.
    pub upload_listener: bool,
    /// The `crossorigin` attribute; `None` where it is absent.
    pub crossorigin: Option<CrossOriginAttribute>,
    /// Whether a script is a module.
    pub module: bool,
    /// The type of a classic script, where one is given.
    pub script_type: Option<String>,
    /// `targetAddressSpace`.
    pub target_address_space: Option<AddressSpace>,
    /// The options that no browser understands, in the order of their names; the fields above then have
    /// their defaults.
    pub invalid_options: Vec<InvalidOption>,
}

impl FetchRequest {
    /// `fetch(url)` with all options at their defaults.
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            api: Api::Fetch,
            url: url.into(),
            method: "GET".to_owned(),
            mode: Mode::Cors,
            credentials: Credentials::SameOrigin,
            redirect: RedirectMode::Follow,
            cache: CacheMode::Default,
            referrer_policy: None,
            keepalive: false,
            integrity: String::new(),
            duplex_half: false,
            headers: Vec::new(),
            body: None,
            upload_listener: false,
            crossorigin: None,
            module: false,
            script_type: None,
            target_address_space: None,
            invalid_options: Vec::new(),
        }
    }
}

/// The document that asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// Its URL.
    pub url: Url,
    /// Its origin: that of the URL, or opaque in a sandboxed frame.
    pub origin: Origin,
    /// Its address space, where it is known better than by its host.
    pub address_space: Option<AddressSpace>,
    /// What it came with.
    pub policies: PagePolicies,
}

impl Page {
    /// A document at `url`.
    pub fn at(url: Url) -> Self {
        Self {
            origin: Origin::of(&url),
            url,
            address_space: None,
            policies: PagePolicies::default(),
        }
    }

    /// The same document in a frame with `sandbox="allow-scripts"`: its origin is opaque.
    pub fn sandboxed(url: Url) -> Self {
        Self {
            origin: Origin::Opaque,
            url,
            address_space: None,
            policies: PagePolicies::default(),
        }
    }

    /// The origin of the top-level document: that of the URL, also where the frame is sandboxed.
    pub fn top_level_origin(&self) -> Origin {
        Origin::of(&self.url)
    }
}

/// Milliseconds since the Unix epoch. The engine has no clock: whoever calls it tells the time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Timestamp(pub u64);

impl Timestamp {
    /// This time and `seconds` more.
    pub fn plus_seconds(self, seconds: u64) -> Self {
        Self(self.0.saturating_add(seconds.saturating_mul(1000)))
    }
}

impl ReferrerPolicy {
    /// What a `Referrer-Policy` header comes to: of the policies in its list the last one that there is.
    ///
    /// <https://w3c.github.io/webappsec-referrer-policy/#parse-referrer-policy-from-header>
    pub fn of_header(value: &str) -> Option<Self> {
        let mut names = value.rsplit(',');
        names.find_map(|name| Self::from_name(&name.trim_ascii().to_ascii_lowercase()))
    }

    /// Whether it may tell another site more than the default policy does.
    pub fn is_relaxed(self) -> bool {
        matches!(
            self,
            Self::UnsafeUrl | Self::NoReferrerWhenDowngrade | Self::OriginWhenCrossOrigin
        )
    }
}
