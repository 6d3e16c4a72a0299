//! The trace: what was decided, in order, each step with its evidence.
//!
//! A step holds a rule, parameters and bytes; its words come from `assets/trace.toml`.

use std::borrow::Cow;

use super::block::{Block, BlockReason, Phase};

/// A range of bytes, end excluded.
pub type Span = (usize, usize);

/// How a step ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StepOutcome {
    /// The check passed.
    Pass,
    /// The check failed and the fetch with it.
    Fail,
    /// Something worth knowing that decides nothing by itself.
    Info,
    /// A browser looks at something here that corscope does not model.
    NotModelled,
}

impl StepOutcome {
    /// How a check ends.
    pub fn passed(passed: bool) -> Self {
        if passed { Self::Pass } else { Self::Fail }
    }

    /// `pass`, `fail`, `info` or `not-modelled`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Info => "info",
            Self::NotModelled => "not-modelled",
        }
    }
}

/// Which half of an exchange a piece of evidence stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Side {
    /// In what the browser sends.
    Request,
    /// In what the server answered.
    Response,
    /// In what the page itself came with.
    Page,
}

/// The raw bytes that a step looked at.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Evidence {
    /// Where they stand.
    pub side: Side,
    /// The header's name, in lower case; `:status` for the status line, `:url` for the URL, `:method` for the method.
    pub header: Cow<'static, str>,
    /// The value as it came; `None` where the header is absent.
    pub value: Option<Vec<u8>>,
    /// The part that decided.
    pub span: Option<Span>,
}

impl Evidence {
    /// Evidence in the response.
    pub fn response(header: impl Into<Cow<'static, str>>, value: Option<Vec<u8>>) -> Self {
        Self {
            side: Side::Response,
            header: header.into(),
            value,
            span: None,
        }
    }

    /// Evidence in the request.
    pub fn request(header: impl Into<Cow<'static, str>>, value: impl Into<Vec<u8>>) -> Self {
        Self {
            side: Side::Request,
            header: header.into(),
            value: Some(value.into()),
            span: None,
        }
    }

    /// Evidence in the response that the page came with.
    pub fn page(header: impl Into<Cow<'static, str>>, value: impl Into<Vec<u8>>) -> Self {
        Self {
            side: Side::Page,
            header: header.into(),
            value: Some(value.into()),
            span: None,
        }
    }

    /// The same with the deciding part marked.
    pub fn at(mut self, span: Option<Span>) -> Self {
        self.span = span;
        self
    }
}

/// Declares [`Rule`] with its id and its section of a standard.
macro_rules! rules {
    ($($(#[doc = $doc:literal])* $variant:ident => $id:literal, $spec:expr;)*) => {
        /// The rules that a trace can name. Ids are stable; the words stand in `assets/trace.toml`.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Rule { $($(#[doc = $doc])* $variant,)* }

        impl Rule {
            /// Every rule.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The stable id.
            pub fn id(self) -> &'static str {
                match self { $(Self::$variant => $id,)* }
            }

            /// The section of the standard that this rule follows.
            pub fn spec(self) -> &'static str {
                match self { $(Self::$variant => $spec,)* }
            }
        }
    };
}

macro_rules! fetch_spec {
    ($anchor:literal) => {
        concat!("https://fetch.spec.whatwg.org/#", $anchor)
    };
}

rules! {
    /// The URL given by the page parses and holds no user info.
    RequestUrl => "request-url", fetch_spec!("dom-request");
    /// The method is one that script may use.
    RequestMethod => "request-method", fetch_spec!("concept-method");
    /// The method was upper-cased.
    MethodNormalized => "method-normalized", fetch_spec!("concept-method-normalize");
    /// A header's name or value is usable.
    RequestHeader => "request-header", fetch_spec!("headers-validate");
    /// A header that script cannot set was left out.
    HeaderForbidden => "header-forbidden", fetch_spec!("forbidden-request-header");
    /// A header was left out because of mode no-cors.
    NoCorsHeader => "no-cors-header", fetch_spec!("no-cors-safelisted-request-header");
    /// Mode, method, cache and redirect mode go together.
    RequestMode => "request-mode", fetch_spec!("dom-request");
    /// An option has one of the values that it may have.
    RequestOption => "request-option", fetch_spec!("requestinit");
    /// The body fits the method.
    RequestBody => "request-body", fetch_spec!("dom-request");
    /// The body brought its own Content-Type.
    BodyContentType => "body-content-type", fetch_spec!("concept-bodyinit-extract");
    /// The port is not refused.
    BadPort => "bad-port", fetch_spec!("port-blocking");
    /// 0.0.0.0.
    UnspecifiedAddress => "unspecified-address", fetch_spec!("concept-main-fetch");
    /// The page's Content Security Policy.
    ContentSecurityPolicy => "content-security-policy", "https://w3c.github.io/webappsec-csp/#should-block-request";
    /// The page has its insecure requests made secure.
    UpgradeInsecure => "upgrade-insecure-requests", "https://w3c.github.io/webappsec-upgrade-insecure-requests/#upgrade-request";
    /// The host is known to be secure only.
    Hsts => "hsts", "https://www.rfc-editor.org/rfc/rfc6797#section-8.3";
    /// No insecure request from a secure page.
    MixedContent => "mixed-content", "https://w3c.github.io/webappsec-mixed-content/#should-block-fetch";
    /// Access to the local network.
    LocalNetwork => "local-network", "https://wicg.github.io/local-network-access/";
    /// Same origin or not.
    CrossOrigin => "cross-origin", fetch_spec!("concept-main-fetch");
    /// Mode same-origin.
    SameOriginMode => "same-origin-mode", fetch_spec!("concept-main-fetch");
    /// Mode no-cors.
    NoCorsMode => "no-cors-mode", fetch_spec!("concept-main-fetch");
    /// The scheme is http or https.
    SchemeHttp => "scheme-http", fetch_spec!("concept-main-fetch");
    /// A URL that needs no network.
    LocalScheme => "local-scheme", fetch_spec!("scheme-fetch");
    /// Whether a preflight is needed.
    PreflightNeeded => "preflight-needed", fetch_spec!("concept-main-fetch");
    /// One reason for the preflight: the method.
    UnsafeMethod => "unsafe-method", fetch_spec!("cors-safelisted-method");
    /// One reason for the preflight: a header.
    UnsafeHeader => "unsafe-header", fetch_spec!("cors-safelisted-request-header");
    /// One reason for the preflight: it is asked for (upload listener, stream).
    ForcedPreflight => "forced-preflight", fetch_spec!("use-cors-preflight-flag");
    /// An earlier preflight still counts.
    PreflightCache => "preflight-cache", fetch_spec!("concept-cache");
    /// The Origin header.
    OriginHeader => "origin-header", fetch_spec!("append-a-request-origin-header");
    /// Cookies that go with the request.
    CookiesSent => "cookies-sent", fetch_spec!("append-a-request-cookie-header");
    /// A cookie that stays behind.
    CookieWithheld => "cookie-withheld", fetch_spec!("append-a-request-cookie-header");
    /// A cookie of the answer.
    CookieStored => "cookie-stored", fetch_spec!("concept-http-network-fetch");
    /// HTTP authentication that the browser does by itself.
    HttpLogin => "http-login", fetch_spec!("concept-http-network-or-cache-fetch");
    /// What the HTTP cache has to do with it.
    HttpCache => "http-cache", fetch_spec!("concept-http-network-or-cache-fetch");
    /// An answer came.
    Answered => "answered", fetch_spec!("concept-http-network-fetch");
    /// A 421, and a second try.
    Misdirected => "misdirected", fetch_spec!("concept-http-network-or-cache-fetch");
    /// A connection closed without an answer, and another try.
    Unanswered => "unanswered", "https://httpwg.org/specs/rfc9112.html#persistent.retrying.requests";
    /// The preflight's status.
    PreflightStatus => "preflight-status", fetch_spec!("cors-preflight-fetch-0");
    /// Access-Control-Allow-Origin.
    AllowOrigin => "allow-origin", fetch_spec!("concept-cors-check");
    /// Access-Control-Allow-Credentials.
    AllowCredentials => "allow-credentials", fetch_spec!("concept-cors-check");
    /// Access-Control-Allow-Methods parses.
    AllowMethodsList => "allow-methods-list", fetch_spec!("extract-header-list-values");
    /// Access-Control-Allow-Headers parses.
    AllowHeadersList => "allow-headers-list", fetch_spec!("extract-header-list-values");
    /// The method is allowed.
    AllowMethods => "allow-methods", fetch_spec!("cors-preflight-fetch-0");
    /// A request header is allowed.
    AllowHeaders => "allow-headers", fetch_spec!("cors-preflight-fetch-0");
    /// Access-Control-Max-Age.
    MaxAge => "max-age", fetch_spec!("concept-cache-max-age");
    /// A redirect was answered.
    RedirectMode => "redirect-mode", fetch_spec!("concept-http-fetch");
    /// Its Location.
    RedirectLocation => "redirect-location", fetch_spec!("concept-response-location-url");
    /// Its scheme.
    RedirectScheme => "redirect-scheme", fetch_spec!("concept-http-redirect-fetch");
    /// Its count.
    RedirectLimit => "redirect-limit", fetch_spec!("concept-http-redirect-fetch");
    /// Its user info.
    RedirectUserInfo => "redirect-user-info", fetch_spec!("concept-http-redirect-fetch");
    /// Its stream body.
    RedirectStreamBody => "redirect-stream-body", fetch_spec!("concept-http-redirect-fetch");
    /// The method became GET.
    RedirectMethod => "redirect-method", fetch_spec!("concept-http-redirect-fetch");
    /// Authorization was dropped.
    RedirectAuthorization => "redirect-authorization", fetch_spec!("concept-http-redirect-fetch");
    /// A redirect's Referrer-Policy.
    RedirectReferrerPolicy => "redirect-referrer-policy", "https://w3c.github.io/webappsec-referrer-policy/#set-requests-referrer-policy-on-redirect";
    /// The origin became `null`.
    RedirectTaint => "redirect-taint", fetch_spec!("concept-request-tainted-origin");
    /// Cross-Origin-Resource-Policy.
    Corp => "corp", fetch_spec!("cross-origin-resource-policy-check");
    /// The page's Cross-Origin-Embedder-Policy.
    EmbedderPolicy => "embedder-policy", "https://html.spec.whatwg.org/multipage/browsers.html#coep";
    /// A partial answer nobody asked for.
    OpaqueRange => "opaque-range", fetch_spec!("concept-main-fetch");
    /// A stream body needs HTTP/2.
    StreamBodyVersion => "stream-body-version", fetch_spec!("concept-http-network-fetch");
    /// A 401 to its stream body.
    StreamBodyChallenge => "stream-body-challenge", fetch_spec!("concept-http-network-or-cache-fetch");
    /// `Clear-Site-Data`.
    ClearSiteData => "clear-site-data", "https://w3c.github.io/webappsec-clear-site-data/#clear-response";
    /// An item of the integrity metadata that asks for nothing.
    IntegrityItem => "integrity-item", "https://www.w3.org/TR/sri-2/#parse-metadata";
    /// Subresource Integrity.
    Integrity => "integrity", fetch_spec!("concept-main-fetch");
    /// What a script or a style sheet may be.
    MimeType => "mime-type", fetch_spec!("should-response-to-request-be-blocked-due-to-mime-type?");
    /// Opaque Response Blocking.
    Orb => "orb", "https://github.com/annevk/orb";
    /// What an element makes of the answer.
    Element => "element", "https://html.spec.whatwg.org/multipage/urls-and-fetching.html#cors-settings-attributes";
    /// What CORS does not govern, and what does.
    Ungoverned => "ungoverned", fetch_spec!("concept-main-fetch");
    /// The answer opens the WebSocket.
    WebSocketHandshake => "websocket-handshake", "https://www.rfc-editor.org/rfc/rfc6455#section-4.1";
    /// The answer becomes a document.
    Document => "document", "https://html.spec.whatwg.org/multipage/browsing-the-web.html#navigate";
    /// What script may read.
    ExposeHeaders => "expose-headers", fetch_spec!("cors-safelisted-response-header-name");
    /// The end.
    Filtered => "filtered", fetch_spec!("concept-filtered-response");
}

/// One decision.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TraceStep {
    /// The rule that was applied.
    pub rule: Rule,
    /// How it ended.
    pub outcome: StepOutcome,
    /// The exchange whose request or answer was judged; `None` before anything was sent.
    pub exchange: Option<usize>,
    /// Values for the words of this step.
    pub params: Vec<(&'static str, Cow<'static, str>)>,
    /// What was looked at.
    pub evidence: Vec<Evidence>,
}

/// The steps of one fetch, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trace {
    /// The steps.
    pub steps: Vec<TraceStep>,
}

impl Trace {
    /// Adds a step and returns a handle to fill in its parameters and evidence.
    pub(super) fn push(
        &mut self,
        rule: Rule,
        outcome: StepOutcome,
        exchange: Option<usize>,
    ) -> StepFiller<'_> {
        self.steps.push(TraceStep {
            rule,
            outcome,
            exchange,
            params: Vec::new(),
            evidence: Vec::new(),
        });
        let index = self.steps.len() - 1;
        StepFiller {
            index,
            step: &mut self.steps[index],
        }
    }
}

/// Fills in the step just pushed.
pub(super) struct StepFiller<'a> {
    index: usize,
    step: &'a mut TraceStep,
}

impl StepFiller<'_> {
    pub(super) fn with(self, name: &'static str, value: impl Into<Cow<'static, str>>) -> Self {
        self.step.params.push((name, value.into()));
        self
    }

    pub(super) fn evidence(self, evidence: Evidence) -> Self {
        self.step.evidence.push(evidence);
        self
    }

    /// Turns the step just pushed into the block that it decided.
    pub(super) fn block(self, reason: BlockReason, phase: Phase) -> Box<Block> {
        let shown =
            self.step.evidence.iter().find(|evidence| {
                evidence.side != Side::Request && !evidence.header.starts_with(':')
            });
        Box::new(Block {
            reason,
            phase,
            exchange: self.step.exchange,
            header: shown.map(|evidence| evidence.header.clone().into_owned()),
            value: shown.and_then(|evidence| evidence.value.clone()),
            span: shown.and_then(|evidence| evidence.span),
            expected: self.param("expected"),
            item: self.param("item"),
            step: self.index,
        })
    }

    fn param(&self, name: &str) -> Option<String> {
        self.step
            .params
            .iter()
            .find(|(key, _)| *key == name)
            .map(|(_, value)| value.clone().into_owned())
    }
}
