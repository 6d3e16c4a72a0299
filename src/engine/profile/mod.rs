//! Browsers as values: one [`Profile`] per engine, whose fields are the places where engines differ.
//!
//! The algorithms read fields and never ask which engine they play. Each field's documentation names
//! its source: the Fetch Standard, the recorded corpus in `tests/corpus/` (scenario ids), or the
//! engine's own code.

use super::background::BackgroundQuestion;
use super::cache_control::CacheControlSyntax;
use super::content_coding::{ContentCodingRules, UnaskedCoding};
use super::content_security_policy::{
    CspRules, PolicyBeforeMode, PolicyBeforeUpgrade, PortUpgrade,
};
use super::document::ImagesKept;
use super::hsts::HstsUpgrade;
use super::http_cache::{
    AgeSyntax, DateSyntax, HttpCacheRules, Invalidation, Pragma, Unasked304, UnreadableExpires,
};
use super::integrity::HashSyntax;
use super::local_network::LocalNetworkRules;
use super::logins::{ChallengeSyntax, LoginInUrl};
use super::request::{Api, CacheMode};
use crate::wire::TypeSyntax;

mod after_redirect;
mod answers;
mod asking;
mod chromium;
mod field;
mod firefox;
mod preflight_memory;
mod request_lines;
mod standard;
mod webkit;

pub use after_redirect::{
    AskedHeaders, DroppedHeaders, EmptyLocation, RepeatedLocation, TaintedPreflightOrigin,
};
pub use answers::{
    BareCarriageReturn, BlankBeforeColon, BlankIntegrity, ControlInCookie, DifferingSingletons,
    ErrorFrom400, HashEncoding, IntegrityTold, MediaAnswers, OddStatusLine, OpaqueResponseBlocking,
    UnusableIntegrity,
};
pub use asking::{
    BlobType, RepeatedHeader, StreamBody, StreamChallenge, UnspecifiedAddress, UploadListener,
    UserAgentHeader,
};
pub use field::{FIELDS, ProfileField};
pub use preflight_memory::{
    CacheCredentials, CacheUpdate, CachedMethods, CachedWildcard, MaxAgeSyntax, TaintedPreflight,
};
pub use request_lines::{CrossSiteReferrer, PreflightSite, ReferrerDowngrade, Slot, StorageAccess};

/// A browser engine, or the Standard itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Engine {
    /// Chrome, Edge, Opera and others.
    Chromium,
    /// Firefox.
    Firefox,
    /// Safari, and every browser on iOS.
    WebKit,
    /// The Fetch Standard to the letter.
    Standard,
}

impl Engine {
    /// All engines, the default first.
    pub const ALL: &[Self] = &[Self::Chromium, Self::Firefox, Self::WebKit, Self::Standard];

    /// Those that people browse with.
    pub const BROWSERS: &[Self] = &[Self::Chromium, Self::Firefox, Self::WebKit];

    /// The name in options and JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Chromium => "chromium",
            Self::Firefox => "firefox",
            Self::WebKit => "webkit",
            Self::Standard => "standard",
        }
    }

    /// The name on screen.
    pub fn title(self) -> &'static str {
        match self {
            Self::Chromium => "Chromium",
            Self::Firefox => "Firefox",
            Self::WebKit => "WebKit",
            Self::Standard => "Standard",
        }
    }

    /// The name at the beginning of a sentence.
    pub fn subject(self) -> &'static str {
        match self {
            Self::Standard => "The Standard",
            browser => browser.title(),
        }
    }

    /// The engine of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .copied()
            .find(|engine| engine.as_str() == name)
    }

    /// How it behaves.
    pub fn profile(self) -> Profile {
        match self {
            Self::Chromium => chromium::PROFILE,
            Self::Firefox => firefox::PROFILE,
            Self::WebKit => webkit::PROFILE,
            Self::Standard => standard::PROFILE,
        }
    }
}

/// In which order the answer to a preflight is checked; it decides which reason is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PreflightOrder {
    /// CORS check, then status (a redirect is an odd status), both lists, method, headers.
    CorsThenStatus,
    /// A redirect with a Location first, then as `CorsThenStatus`.
    RedirectThenCors,
    /// As `CorsThenStatus`, but the method is judged before `Access-Control-Allow-Headers` is parsed.
    CorsThenStatusThenMethod,
    /// Status first, then CORS check, both lists, method, headers.
    StatusThenCors,
}

/// What becomes of cookies of another site than the page's, `Partitioned` ones aside: those live in a
/// jar of their own for each top-level site everywhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ThirdPartyCookies {
    /// They are stored and sent as `SameSite` says.
    Sent,
    /// They live in a jar of their own for each top-level site.
    Partitioned,
    /// They are neither stored nor sent.
    Blocked,
}

/// How one engine behaves where engines differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Profile {
    /// Whose behaviour it is; for names and wording only, never asked by an algorithm.
    pub engine: Engine,

    /// Order of the checks on the preflight's answer.
    pub preflight_order: PreflightOrder,
    /// Whether `*` in `Access-Control-Allow-Headers` covers `Authorization`. The Standard says no
    /// (<https://fetch.spec.whatwg.org/#cors-non-wildcard-request-header-name>), every engine yes
    /// (corpus: acah-0057, acah-0111).
    pub wildcard_covers_authorization: bool,
    /// What a `*` is remembered as.
    pub cached_wildcard: CachedWildcard,
    /// Which entries serve which credentials mode (corpus group maxage).
    pub cache_credentials: CacheCredentials,
    /// Whether a `*` that was allowed to a request with credentials stays literal in the cache: Chromium's
    /// `PreflightResult` asks for its own credentials mode, not for the request's (measured).
    pub credentialed_wildcard_stays_literal: bool,
    /// Whether a cached `*` covers `Authorization` (Chromium asks again; corpus group maxage).
    pub cached_wildcard_covers_authorization: bool,
    /// Whether the old client hints (`DPR`, `Save-Data` ...) are safelisted (corpus: safelist-0220).
    pub client_hints_safelisted: bool,
    /// Whether script may set `User-Agent` (corpus: safelist-0265).
    pub user_agent_header: UserAgentHeader,
    /// Whether safelisted values of more than 1024 bytes together need a preflight.
    pub safelist_sum_limit: bool,
    /// How a header that script appends twice is judged (corpus: safelist-0328, safelist-0331).
    pub repeated_header: RepeatedHeader,
    /// Whether a byte above 0x7F makes `Accept` and `Content-Type` unsafe (corpus: safelist-0114).
    pub non_ascii_is_unsafe: bool,
    /// Whether an element is given the first of several types in `Content-Type` (measured; WebKit's
    /// `extractMIMETypeFromMediaType` stops at the comma), not the last that is usable; modules are given
    /// the last line as it stands, event sources the first type of it.
    pub first_content_type_counts: bool,
    /// How strictly the type of an element's answer is read (measured; Chromium `HttpUtil::ParseContentType`, Gecko
    /// `net_ParseMediaType`, WebKit `extractMIMETypeFromMediaType`).
    pub type_syntax: TypeSyntax,
    /// Whether a comma or an empty parameter makes `Content-Type` unsafe (measured: `multipart/form-data;;`, `a=1,2`).
    pub content_type_is_one: bool,
    /// Whether the unit of `Range` may be in any case (corpus: safelist-0208).
    pub range_unit_ignores_case: bool,
    /// Whether a plus before a number in `Range` does no harm (measured: `bytes=+1-2`).
    pub range_plus_passes: bool,
    /// What stream bodies are (corpus: safelist-0379).
    pub stream_body: StreamBody,
    /// To which 401 a stream would have to go out again (Chromium `URLLoader::OnAuthRequired`).
    pub stream_challenge: StreamChallenge,
    /// Whether XMLHttpRequest sends the type of `URLSearchParams` with GET and HEAD too, which send no body (measured; WebKit
    /// `XMLHttpRequest::send(const URLSearchParams&)`).
    pub urlencoded_type_without_body: bool,
    /// Whether an empty Blob, and with XMLHttpRequest empty `URLSearchParams`, go out as no body: without
    /// `Content-Length`, where the method does not want one (measured; WebKit `FormData` without elements).
    pub empty_blob_is_no_body: bool,
    /// Whether the preflight cache tells URLs apart by the login in them (measured).
    pub preflight_key_has_login: bool,
    /// The largest number that a safelisted `Range` may hold (corpus: safelist-0218).
    pub range_limit: Option<u64>,
    /// Which Blob types XMLHttpRequest takes as Content-Type (corpus: safelist-0367, safelist-0373).
    pub xhr_blob_type: BlobType,
    /// Whether a Blob's type is held against the safelist in mode no-cors, as the Standard's header
    /// guard does (corpus: mode-0062).
    pub no_cors_blob_type_checked: bool,
    /// Whether a beacon of more than 64 KiB is refused; fetch() with keepalive always is (measured).
    pub beacons_are_limited: bool,
    /// When an upload listener forces a preflight (corpus: xhr-0002).
    pub upload_listener: UploadListener,

    /// Cap of `Access-Control-Max-Age` in seconds.
    pub max_age_cap: u64,
    /// Which of its values are numbers.
    pub max_age_syntax: MaxAgeSyntax,
    /// How an answer enters the preflight cache.
    pub cache_update: CacheUpdate,
    /// URLs of this many characters and more are not cached.
    pub cache_url_limit: Option<usize>,
    /// Which methods an entry serves that it does not name: Chromium's
    /// `PreflightResult::EnsureAllowedCrossOriginMethod`, Firefox's `CORSCacheEntry::CheckRequest`,
    /// WebKit's `allowsCrossOriginMethod`.
    pub cached_methods: CachedMethods,
    /// By which origin an entry is found that a tainted request made: Firefox's `StartCORSPreflight` takes the
    /// loading principal, WebKit the new opaque origin; Chromium finds none again (measured).
    pub tainted_preflight: TaintedPreflight,
    /// Whether the preflight of a request in cache mode no-store is remembered. Chromium's
    /// `PreflightLoader::FinishHandleResponseHeader` leaves it out.
    pub no_store_preflight_kept: bool,
    /// Whether an opaque page finds its entries again (corpus: maxage-0075).
    pub cache_for_opaque_origin: bool,
    /// Whether cache modes no-store and reload pass the preflight cache by.
    pub reload_skips_preflight_cache: bool,
    /// Whether cache mode no-cache does.
    pub no_cache_skips_preflight_cache: bool,
    /// Whether an entry that does not cover a request is dropped when it is looked at (corpus:
    /// maxage-0065).
    pub insufficient_cache_entry_dropped: bool,
    /// Whether an answer that refuses the method or a header is remembered all the same (corpus:
    /// maxage-0065; WebKit `validatePreflightResponse` appends the entry before it returns the error).
    pub refused_preflight_cached: bool,
    /// Whether a failed actual request drops the entry.
    pub failure_drops_cache_entry: bool,

    /// Whether redirect mode error lets a redirect status pass that names no place to go (measured; a network
    /// library knows no redirect without a Location).
    pub redirect_error_needs_location: bool,
    /// Whether the opaque-redirect response to such a status has a body for script (measured).
    pub opaque_redirect_shows_body: bool,
    /// What an empty Location means (corpus: redirect-0219).
    pub empty_location: EmptyLocation,
    /// Whether control characters and blanks in a Location are escaped before it is parsed, so that a tab, or one at
    /// an end, is part of the URL; the URL parser drops those (measured; Gecko `nsHttpChannel::AsyncProcessRedirection`).
    pub location_controls_escaped: bool,
    /// What several Location lines mean (corpus: redirect-0236, redirect-0261).
    pub repeated_location: RepeatedLocation,
    /// What a preflight shows as origin after a tainting redirect (corpus: redirect-0097).
    pub tainted_preflight_origin: TaintedPreflightOrigin,
    /// Whether the answer to a preflight of the page's own origin, where a redirect has led back to it, needs no CORS
    /// headers but the two lists (measured: `https://api` to the page's own origin with PUT).
    pub own_origin_preflight_unchecked: bool,
    /// Whether a request that needed a preflight on another origin once, or whose headers as script gave
    /// them need one, is preflighted after every redirect (corpus: redirect-0111; WebKit
    /// `NetworkLoadChecker::checkCORSRequest`, Gecko `CheckPreflightNeeded` and
    /// `HttpBaseChannel::SetupReplacementChannel`).
    pub preflight_sticks_to_redirects: bool,
    /// Which headers a preflight after a redirect asks for (corpus: redirect-0137, redirect-0143; Gecko
    /// `SetCorsPreflightParameters`).
    pub asked_headers: AskedHeaders,
    /// Whether a preflight after a redirect still has the referrer that the first request had (corpus:
    /// redirect-0145, random-0518).
    pub preflight_keeps_first_referrer: bool,
    /// Whether a GET that a redirect made of another method keeps its Origin, as long as redirects stay on
    /// one origin (corpus: redirect-0012, random-0535).
    pub origin_survives_method_change: bool,
    /// Which headers that redirects drop come back (corpus: redirect-0210, random-0571; Gecko
    /// `FetchDriver::AsyncOnChannelRedirect`, WebKit `NetworkLoadChecker::checkCORSRedirectedRequest`).
    pub dropped_headers: DroppedHeaders,
    /// Whether a redirect to another origin loses, in mode cors, what the loader had added to script's
    /// headers: the lines of the cache mode, the coding that goes with `Range` (corpus: random-0033,
    /// random-0518; WebKit `cleanHTTPRequestHeadersForAccessControl`).
    pub cross_origin_redirect_drops_loader_headers: bool,
    /// Whether client hints that script set (but `Save-Data`) are gone once a redirect leads to another origin than the
    /// page's (measured).
    pub redirect_drops_client_hints: bool,
    /// Whether DELETE becomes GET on a redirect to another origin (corpus: redirect-0101).
    pub cross_origin_delete_becomes_get: bool,
    /// Whether a request that began on its own origin needs credentials allowed by a later redirect
    /// response of another origin (corpus: redirect-0205). The network process, which knows better, has
    /// sent the preflight for the next URL by then (random-0518); WebKit
    /// `SubresourceLoader::checkRedirectionCrossOriginAccessControl`.
    pub credentials_stick_to_redirects: bool,
    /// Whether mode same-origin refuses a target before ports and mixed content are looked at; the
    /// Standard has it the other way round (corpus: lna-0505).
    pub same_origin_mode_is_first: bool,
    /// Whether ports 4190 and 6679, which came to the Standard's list in 2024, can be asked (measured: each
    /// port of the list, with something listening there).
    pub later_ports_open: bool,
    /// What becomes of requests to 0.0.0.0 and its like, which Linux and macOS take for this machine (measured; Gecko
    /// `network.socket.ip_addr_any.disabled`, WebKit `isIPAddressDisallowed`).
    pub unspecified_address: UnspecifiedAddress,
    /// Whether http to loopback counts as mixed content on https pages (corpus: https-0085). Pictures and sound
    /// count behind redirects only: `MixedContentChecker::shouldUpgradeInsecureContent` leaves them (measured).
    pub loopback_is_mixed_content: bool,
    /// Whether pictures and sound of a host given by its IP address are asked for over https on https
    /// pages as those of a name are. The standard says no (corpus: lna-0286).
    pub ip_literals_are_upgraded: bool,
    /// Whether redirects of pictures and sound on https pages go the way of the first request: to https from
    /// https, whatever the host, else on over http to any name. That is `net::URLRequest`'s
    /// `upgrade_if_insecure`, set in Blink for what it upgrades (corpus: lnx-1079, lnx-1093). The standard looks at each
    /// URL by itself.
    pub redirected_media_follows_first: bool,
    /// How the page's Content Security Policy is matched.
    pub csp: CspRules,
    /// Whether `upgrade-insecure-requests` changes http to loopback as well. Chromium's
    /// `MixedContentChecker::UpgradeInsecureRequest` and Firefox's `NS_ShouldSecureUpgrade` leave it, as the
    /// standard does; WebKit's `upgradeInsecureRequestIfNeeded` does not ask.
    pub loopback_is_upgraded: bool,
    /// Whether it changes ws to loopback (measured; WebKit, where http to loopback is changed too, was not
    /// recorded).
    pub loopback_sockets_are_upgraded: bool,
    /// How a host that is known to be secure only is asked over https: Chromium's
    /// `URLRequestRedirectJob` (`net/url_request/redirect_util.cc`); Firefox exempts its own redirect in
    /// `nsCORSListenerProxy::CheckInsecureUpgradePreventsCORS`; Safari's network library upgrades by itself,
    /// not measured.
    pub hsts: HstsUpgrade,
    /// Whether `Cross-Origin-Embedder-Policy: credentialless` is known: Chromium 96, Firefox 119, not
    /// Safari (MDN browser-compat-data).
    pub embedder_policy_credentialless: bool,
    /// Whether a request whose credentials the page's embedder policy withholds goes past the HTTP cache (measured).
    pub credentialless_revalidates: bool,
    /// Whether `Clear-Site-Data` counts only where the request went with credentials: Chromium's
    /// `ClearSiteDataHandler`, by the load flag that saves cookies.
    pub clearing_needs_credentials: bool,
    /// Whether a Cross-Origin-Resource-Policy that says nothing known counts as none where the page's
    /// embedder policy wants one (measured: `bogus`, two values).
    pub unknown_corp_is_none: bool,
    /// Whether empty lines vanish where `Access-Control-Allow-Credentials` or `Access-Control-Max-Age` has several
    /// (corpus: acac-0091; measured).
    pub empty_lines_vanish: bool,
    /// Whether several lines of one name that are all empty are one empty value (measured; Gecko
    /// `nsHttpHeaderArray::MergeHeader`).
    pub empty_lines_are_one: bool,
    /// Whether `Access-Control-Expose-Headers` is read no further than a `*` that counts, so that junk behind it does no
    /// harm (measured: `*, @`).
    pub wildcard_ends_expose_list: bool,
    /// Whether `about:blank` can be fetched in mode no-cors (corpus: mode-0169).
    pub about_blank_no_cors: bool,
    /// Whether a script or style sheet at about:blank loads, unless it is asked for with CORS or `integrity` (measured).
    pub about_blank_loads: bool,
    /// Whether a sandboxed page sends `Referer` (corpus: every opaque page).
    pub opaque_page_has_referrer: bool,
    /// Whether what a sandboxed page loads otherwise than by fetch() and XMLHttpRequest (elements, fonts,
    /// EventSource, beacons) is asked for with `Referer` (corpus: elements-0107, more-apis-0056).
    pub opaque_page_element_has_referrer: bool,
    /// Whether that Referer is the origin alone, on requests to the page's own host too (measured: beacons, images and
    /// scripts of a sandboxed page).
    pub opaque_page_referrer_is_origin: bool,
    /// Whether user info in a Location is refused whatever the mode (corpus: redirect-0257).
    pub redirect_user_info_always_refused: bool,

    /// Whether a login is sent unasked where the URL names the same user: `HttpAuthController`,
    /// `nsHttpChannelAuthProvider`, `NetworkDataTask`. The Standard waits for the 401.
    pub known_login_sent_at_once: bool,
    /// Which requests answer a 401 with the login in their URL (measured: Firefox all of them, in CORS and
    /// without credentials too).
    pub login_in_url: LoginInUrl,
    /// How `WWW-Authenticate` is read (measured: Chromium passes over `Bearer, Basic realm=x`).
    pub challenge_syntax: ChallengeSyntax,
    /// Whether a 401 is answered with the login in the URL also where script has set `Authorization`; what
    /// goes out is script's line again (measured).
    pub challenge_ignores_script: bool,
    /// Whether lines of `WWW-Authenticate` and `Proxy-Authenticate` are joined by line feeds: so
    /// XMLHttpRequest shows them, and fetch() not at all (measured; Gecko `nsHttpHeaderArray`).
    pub challenges_joined_by_line_feed: bool,
    /// Which of several `Content-Disposition` lines with different values, or `Location` lines on an answer that
    /// is no redirect, are a failure: Chromium's `HttpStreamParser::ParseResponseHeaders`, Firefox's
    /// `nsHttpHeaderArray` (measured).
    pub differing_singletons: DifferingSingletons,
    /// Which content codings are undone.
    pub content_coding: ContentCodingRules,
    /// Whether several `Content-Type` lines are shown with a bare comma between them (measured).
    pub content_types_joined_by_bare_comma: bool,
    /// Whether a 407 that no proxy has sent is a failure: Chromium's `HttpNetworkTransaction::
    /// HandleAuthChallenge` (measured: `ERR_UNEXPECTED_PROXY_AUTH`, on preflights too).
    pub proxy_challenge_fails: bool,
    /// Whether elements, EventSource and beacons are not asked for where their URL holds user info; sound,
    /// fonts and XMLHttpRequest are: Chromium's `ShouldBlockFetchAsCredentialedSubresource` (measured).
    pub subresource_user_info_refused: bool,
    /// The HTTP cache (corpus group httpcache).
    pub http_cache: HttpCacheRules,
    /// Local Network Access; `None` where the engine has none.
    pub local_network: Option<LocalNetworkRules>,

    /// Whether the Origin of a no-cors POST ignores the referrer policy (corpus: mode-0141).
    pub no_cors_origin_ignores_referrer_policy: bool,
    /// Whether `Origin` says `null` with a no-cors POST that a redirect took to another origin, the page's own left
    /// first included (`net/url_request/redirect_util.cc`; measured).
    pub no_cors_redirect_hides_origin: bool,
    /// Whether the referrer policy decides about `Origin` for the first URL alone, and a redirect that leaves the page's
    /// own origin shows it (measured; `SubresourceLoader::checkRedirectionCrossOriginAccessControl`).
    pub origin_policy_judged_once: bool,
    /// Whether a referrer is stripped on the way from any trustworthy page to an untrustworthy URL, as
    /// the Referrer Policy says, or from https to http only (corpus: localhost-0017).
    pub referrer_downgrade: ReferrerDowngrade,
    /// What `Referer` shows another site where the policy allows more than the origin (measured with unsafe-url:
    /// Gecko `ReferrerInfo::ShouldIgnoreLessRestrictedPolicies`). WebKit shortens it only where its tracking
    /// prevention is on, which the recordings are without (corpus: random-0327).
    pub cross_site_referrer: CrossSiteReferrer,
    /// What cache mode default becomes when script sets a conditional header (corpus: safelist-0238).
    pub conditional_request_cache: CacheMode,
    /// Whether that brings the lines of the cache mode with XMLHttpRequest too (corpus: random-0269).
    pub conditional_xhr_has_cache_lines: bool,
    /// Whether a script-set `Range` of one range is written anew, in lower case and without blanks, on a
    /// GET that may use the HTTP cache (corpus: safelist-0207; Chromium `net/http/partial_data.cc`).
    pub range_is_rewritten: bool,
    /// The headers of which the last line counts where script appends several; other lines are joined
    /// (corpus: safelist-0333; Gecko `nsHttpHeaderArray::IsSingletonHeader`). With a body the first Content-Type
    /// counts (measured; `FetchDriver::HttpFetch`).
    pub singleton_headers: &'static [&'static str],
    /// Whether the lines of the cache mode go out with the preflight too (corpus: safelist-0387).
    pub cache_lines_on_preflight: bool,
    /// `Sec-Fetch-Storage-Access` (corpus: https-0026, https-0056).
    pub fetch_storage_access: Option<StorageAccess>,
    /// Whether two ports of one IPv6 address are one site in `Sec-Fetch-Site` (measured: `http://[::1]:8080`
    /// to 8081).
    pub ipv6_addresses_have_sites: bool,
    /// Whether two ports of a host without a registrable domain are one site in `Sec-Fetch-Site` also once there was a
    /// redirect (measured: `http://localhost:8080` to `http://localhost:8081` and on to either).
    pub redirected_hosts_have_sites: bool,
    /// Whether `Sec-Fetch-Mode` goes out with a preflight to any URL (corpus: every OPTIONS).
    pub fetch_mode_on_every_preflight: bool,
    /// Whether web fonts are asked for with CORS (corpus: elements-0092).
    pub fonts_use_cors: bool,
    /// Whether a font of the page's own origin is asked for with Origin (corpus: elements-0098).
    pub same_origin_font_has_origin: bool,
    /// Which elements with `crossorigin` are asked for with Origin on the page's own origin too (corpus:
    /// more-elem-0033, more-same-0001, more-same-0005).
    pub same_origin_elements_with_origin: &'static [Api],
    /// Whether an EventSource refuses a charset other than UTF-8 (corpus: more-apis-0062, more-same-0009).
    pub event_stream_charset_checked: bool,
    /// Of which elements, module scripts aside, a document asks once for what has loaded (measured: the same element
    /// twice on a page).
    pub document_keeps: &'static [Api],
    /// Whether a document does not ask again for a module script that has failed (measured).
    pub failed_modules_kept: bool,
    /// Which images a document keeps.
    pub images_kept: ImagesKept,
    /// Whether a cookie without `=` or with an empty name is kept as a value alone, as RFC 6265bis says; where
    /// not, what has no `=` is a name with an empty value (corpus: more-ck-0012, more-ck-0044).
    pub nameless_cookies_kept: bool,
    /// What becomes of a Set-Cookie line with control characters (measured; for WebKit its library, not Safari's).
    pub control_in_cookie: ControlInCookie,
    /// Whether a style sheet of another type loads, unless nosniff (corpus: elements-0162).
    pub foreign_style_type_loads: bool,
    /// Which elements fail from status 400 on, and not already from 300: Blink's
    /// `Resource`, WebKit's `SubresourceLoader::checkForHTTPStatusCodeError` (measured: 304; 305 and 306).
    pub element_error_from_400: ErrorFrom400,
    /// How the hashes of integrity metadata may be written (measured: alphabets mixed, one `=` too few).
    pub hash_encoding: HashEncoding,
    /// Whether a style sheet without a usable Content-Type loads, unless nosniff (measured).
    pub untyped_style_loads: bool,
    /// Whether what comes as `image/svg+xml` is a drawing or no image at all, whatever its bytes; the standard says
    /// so (<https://mimesniff.spec.whatwg.org/#sniffing-in-an-image-context>; measured: a PNG of that type).
    pub svg_type_is_final: bool,
    /// Whether a drawing, unlike other images, is none with an error status (measured; Gecko
    /// `SVGDocumentWrapper::SetupViewer`).
    pub drawing_needs_ok_status: bool,
    /// Opaque Response Blocking (corpus: elements-0171, elements-0173; `services/network/orb`).
    pub orb: OpaqueResponseBlocking,
    /// Whether an answer of the page's own origin passes Opaque Response Blocking also where a redirect led there over
    /// another one. Gecko's `HttpBaseChannel::ShouldBlockOpaqueResponse` asks for the tainting alone (measured).
    pub orb_spares_own_origin: bool,
    /// Whether reading the body of an opaque answer fails where the body broke off; else it is empty (measured).
    pub opaque_body_error_told: bool,
    /// When an integrity that is none is told of (measured).
    pub integrity_told: IntegrityTold,
    /// Which items of integrity metadata are hashes. Chromium's is its own parser
    /// (`third_party/blink/renderer/platform/loader/subresource_integrity.cc`; measured).
    pub integrity_syntax: HashSyntax,
    /// Which opaque answers integrity metadata without a usable hash stops, as what the browser could not check
    /// (measured: `integrity=md5-x` on a script without `crossorigin` and with `fetch()`).
    pub unusable_integrity: UnusableIntegrity,
    /// Whether integrity metadata of blanks alone counts (measured).
    pub blank_integrity: BlankIntegrity,
    /// Whether the integrity of a redirect that is not followed is that of its body; else it cannot be checked, and the
    /// request fails (measured).
    pub opaque_redirect_has_integrity: bool,
    /// Whether a beacon goes out with `Cache-Control: max-age=0` (corpus: elements-0127).
    pub beacon_revalidates: bool,
    /// Whether a beacon of a sandboxed page shows the origin of the page's URL instead of `null` (measured).
    pub opaque_page_beacon_has_origin: bool,
    /// `Accept` of navigations. Not in the corpus: Chromium `content/public/common/content_constants.cc`
    /// (`kFrameAcceptHeaderValue`), Gecko `netwerk/protocol/http/nsHttpHandler.cpp`
    /// (`ACCEPT_HEADER_NAVIGATION`), WebKit `CachedResourceRequest::acceptHeaderValueFromType`.
    pub accept_document: &'static str,
    /// `Accept` for images.
    pub accept_image: &'static str,
    /// `Accept` for fonts.
    pub accept_font: &'static str,
    /// `Accept` for audio.
    pub accept_audio: &'static str,
    /// `Accept` for video.
    pub accept_video: &'static str,
    /// Whether media are asked for with `Range: bytes=0-` (corpus: elements-0020).
    pub media_use_range: bool,
    /// With which answers sound and films play (measured: 200, 205, 206, 299).
    pub media_answers: MediaAnswers,

    /// How often a request of a safe method goes out as long as its connections are closed without a byte of an
    /// answer (measured: GET, HEAD, OPTIONS, PROPFIND, REPORT, SEARCH; Gecko `nsHttpTransaction::Close`).
    pub tries_without_answer: u8,
    /// How a status line of an odd form is read (measured; Chromium
    /// `HttpStreamParser::ParseResponseHeaders`, Gecko `nsHttpTransaction::ParseHead`; WebKit not measured).
    pub odd_status_line: OddStatusLine,
    /// How a blank before the colon of a response header is taken (corpus: acao-0088).
    pub blank_before_colon: BlankBeforeColon,
    /// How a carriage return within a response header is taken (Chromium 156 and Firefox 153 as measured;
    /// for WebKit its library's `soup_headers_parse`:
    /// <https://gitlab.gnome.org/GNOME/libsoup/-/blob/master/libsoup/soup-headers.c>).
    pub bare_carriage_return: BareCarriageReturn,

    /// What becomes of cookies of another site than the page's (corpus: cookies-0044, https-0026; for
    /// WebKit what Safari does, whose policy is not that of the library it was recorded with:
    /// <https://webkit.org/blog/10218/full-third-party-cookie-blocking-and-more/>).
    pub third_party_cookies: ThirdPartyCookies,
    /// Whether http and https of one domain are two sites for `SameSite`: Chromium since 89, Firefox behind a
    /// preference, not WebKit (MDN browser-compat-data). Not in the corpus.
    pub same_site_needs_scheme: bool,
    /// Whether a redirect through another site withholds SameSite cookies from the page's own: Gecko's
    /// `NS_IsSameSiteForeign` looks at the whole chain (measured).
    pub same_site_sees_redirects: bool,
    /// Whether a cookie without `SameSite` counts as `Lax`.
    pub same_site_lax_by_default: bool,
    /// Whether `SameSite=None` needs `Secure`.
    pub same_site_none_needs_secure: bool,

    /// How boundaries of multipart bodies begin.
    pub boundary_prefix: &'static str,
    /// `User-Agent`.
    pub user_agent: &'static str,
    /// `Accept-Language`.
    pub accept_language: &'static str,
    /// `Accept-Encoding` to untrustworthy URLs, to http on loopback, and to https URLs.
    pub accept_encoding: [&'static str; 3],
    /// Whether the response to a `data:` URL has a `Content-Length` (corpus: mode-0164).
    pub data_url_content_length: bool,
    /// Whether XMLHttpRequest gives the headers of a `data:` URL as `Content-Type` alone, in this case (measured; Gecko
    /// `XMLHttpRequestMainThread::GetAllResponseHeaders`).
    pub xhr_of_data_url_has_type_only: bool,
    /// Whether `responseURL` keeps user info where the answer is of another origin (corpus: xhr-0089; of one's own
    /// origin all do, measured).
    pub cors_url_keeps_user_info: bool,
    /// Whether an answer of status 205 has its body (measured: fetch, images, audio).
    pub reset_content_has_body: bool,
    /// `sec-ch-ua-platform`, `sec-ch-ua`, `sec-ch-ua-mobile`.
    pub client_hints: Option<[&'static str; 3]>,
    /// The order of lines of an actual request.
    pub request_order: &'static [Slot],
    /// The extensions that a WebSocket offers (corpus: lna-0119).
    pub websocket_extensions: &'static str,
    /// Whether `Sec-Fetch-Dest` of a WebSocket's opening request names it (measured).
    pub websocket_is_a_destination: bool,
    /// Whether a WebSocket opens although the answer names a subprotocol that nobody asked for (measured; Gecko
    /// `WebSocketChannel::OnStartRequest`).
    pub unasked_subprotocol_opens: bool,
    /// The order of lines of the request that opens a WebSocket (corpus: lna-0119; of WebKit there is no
    /// recording).
    pub websocket_order: &'static [Slot],
    /// The order of lines of a preflight.
    pub preflight_order_on_wire: &'static [Slot],
    /// `Sec-Fetch-*` of a preflight start with Mode instead of Site.
    pub preflight_metadata_mode_first: bool,
    /// Whether the preflight of a redirected request goes without `Sec-Fetch-*` where the first URL was not
    /// trustworthy (measured).
    pub preflight_metadata_needs_secure_start: bool,
    /// What `Sec-Fetch-Site` of a preflight counts after a redirect (measured over https).
    pub preflight_site: PreflightSite,
}
