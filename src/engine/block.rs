//! Why a fetch is blocked: the reason ids, and the evidence that goes with one.

use super::trace::Span;

/// Declares [`BlockReason`] with its stable ids.
macro_rules! reasons {
    ($($(#[doc = $doc:literal])* $variant:ident => $id:literal,)*) => {
        /// Why a fetch is blocked, changed or worth a word. The ids are stable: they name the pages in
        /// `assets/findings/`, stand in JSON and in exit reports.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum BlockReason { $($(#[doc = $doc])* $variant,)* }

        impl BlockReason {
            /// Every reason, in the order of the table.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The stable id.
            pub fn id(self) -> &'static str {
                match self { $(Self::$variant => $id,)* }
            }
        }
    };
}

reasons! {
    /// No `Access-Control-Allow-Origin` on the response.
    AllowOriginMissing => "allow-origin-missing",
    /// The single value is another origin.
    AllowOriginMismatch => "allow-origin-mismatch",
    /// Several lines, or a list in one line.
    AllowOriginMultiple => "allow-origin-multiple",
    /// The value is not an origin, `null` or `*`.
    AllowOriginInvalid => "allow-origin-invalid",
    /// `*` while credentials are included.
    WildcardWithCredentials => "wildcard-with-credentials",
    /// `Access-Control-Allow-Credentials` is not exactly `true`.
    AllowCredentialsNotTrue => "allow-credentials-not-true",
    /// As `AllowOriginMissing`, on the preflight.
    PreflightAllowOriginMissing => "preflight-allow-origin-missing",
    /// As `AllowOriginMismatch`, on the preflight.
    PreflightAllowOriginMismatch => "preflight-allow-origin-mismatch",
    /// As `AllowOriginMultiple`, on the preflight.
    PreflightAllowOriginMultiple => "preflight-allow-origin-multiple",
    /// As `AllowOriginInvalid`, on the preflight.
    PreflightAllowOriginInvalid => "preflight-allow-origin-invalid",
    /// As `WildcardWithCredentials`, on the preflight.
    PreflightWildcardWithCredentials => "preflight-wildcard-with-credentials",
    /// As `AllowCredentialsNotTrue`, on the preflight.
    PreflightAllowCredentialsNotTrue => "preflight-allow-credentials-not-true",
    /// The preflight's status is outside 200-299.
    PreflightStatus => "preflight-status",
    /// The preflight was answered with a redirect.
    PreflightRedirect => "preflight-redirect",
    /// The preflight got no usable answer.
    PreflightNetworkError => "preflight-network-error",
    /// The method is not listed.
    AllowMethodsMissingMethod => "allow-methods-missing-method",
    /// `Access-Control-Allow-Methods` does not parse.
    AllowMethodsInvalid => "allow-methods-invalid",
    /// The list has `*`, a literal while credentials are included.
    AllowMethodsWildcardWithCredentials => "allow-methods-wildcard-with-credentials",
    /// A request header is not listed.
    AllowHeadersMissingHeader => "allow-headers-missing-header",
    /// `Access-Control-Allow-Headers` does not parse.
    AllowHeadersInvalid => "allow-headers-invalid",
    /// The list has `*`, a literal while credentials are included.
    AllowHeadersWildcardWithCredentials => "allow-headers-wildcard-with-credentials",
    /// Only `*` would cover `Authorization`.
    AllowHeadersWildcardExcludesAuthorization => "allow-headers-wildcard-excludes-authorization",
    /// The redirect's target holds a user name or password.
    RedirectCredentialsInUrl => "redirect-credentials-in-url",
    /// Redirect mode `error`, and the server redirected.
    RedirectModeError => "redirect-mode-error",
    /// The redirect leads to another scheme than http(s).
    RedirectSchemeNotHttp => "redirect-scheme-not-http",
    /// `Location` is not one usable URL.
    RedirectLocationInvalid => "redirect-location-invalid",
    /// A redirect of a request whose body is a stream.
    RedirectStreamBody => "redirect-stream-body",
    /// More than 20 redirects.
    TooManyRedirects => "too-many-redirects",
    /// The target's scheme is not http(s).
    SchemeNotHttp => "scheme-not-http",
    /// Mode `same-origin`, and the target is cross-origin.
    SameOriginMode => "same-origin-mode",
    /// Mode `no-cors` with another redirect mode than `follow`.
    NoCorsRedirectMode => "no-cors-redirect-mode",
    /// Mode `no-cors` with another method than GET, HEAD, POST.
    NoCorsMethod => "no-cors-method",
    /// Mode `no-cors`: the header is left out in silence.
    NoCorsHeaderDropped => "no-cors-header-dropped",
    /// CONNECT, TRACE or TRACK, or no method at all.
    ForbiddenMethod => "forbidden-method",
    /// A header that script cannot set.
    ForbiddenHeader => "forbidden-header",
    /// The URL given to fetch holds a user name or password.
    RequestUrlCredentials => "request-url-credentials",
    /// The URL given to fetch does not parse.
    RequestUrlInvalid => "request-url-invalid",
    /// Mode `navigate`, or none that there is.
    RequestModeInvalid => "request-mode-invalid",
    /// An option of fetch() has a value that there is not.
    RequestOptionInvalid => "request-option-invalid",
    /// A header name that is no token, or a value with NUL, CR or LF.
    HeaderNameOrValueInvalid => "header-name-or-value-invalid",
    /// GET or HEAD with a body.
    GetHeadWithBody => "get-head-with-body",
    /// A stream body without `duplex`, or in mode no-cors.
    StreamBodyNeedsDuplex => "stream-body-needs-duplex",
    /// A stream body over HTTP/1.
    StreamBodyNeedsH2 => "stream-body-needs-h2",
    /// A stream body to which the server answers with 401.
    StreamBodyChallenge => "stream-body-challenge",
    /// Cache mode `only-if-cached` outside mode `same-origin`, or nothing stored.
    OnlyIfCachedMode => "only-if-cached-mode",
    /// Keepalive bodies over 64 KiB.
    KeepaliveBodyTooLarge => "keepalive-body-too-large",
    /// A port that browsers refuse.
    BadPort => "bad-port",
    /// 0.0.0.0, at which one can listen only.
    UnspecifiedAddress => "unspecified-address",
    /// Secure page, insecure target.
    MixedContent => "mixed-content",
    /// http was rewritten to https before sending.
    MixedContentUpgraded => "mixed-content-upgraded",
    /// The page's Content-Security-Policy.
    CspConnectSrc => "csp-connect-src",
    /// The page's Integrity-Policy.
    IntegrityPolicy => "integrity-policy",
    /// The page's Connection-Allowlist.
    ConnectionAllowlist => "connection-allowlist",
    /// The page's origin serialises to `null`.
    OpaqueOrigin => "opaque-origin",
    /// CORS was switched off by a preference.
    CorsDisabledByConfig => "cors-disabled-by-config",
    /// The browser could not make an Origin header.
    OriginHeaderNotAdded => "origin-header-not-added",
    /// Blocked by CORS, the cause not told.
    CorsUnspecified => "cors-unspecified",
    /// The user or a policy denied access to the local network.
    LocalNetworkPermissionDenied => "local-network-permission-denied",
    /// The page is no secure context and the target is on a more private network.
    LocalNetworkInsecureContext => "local-network-insecure-context",
    /// `targetAddressSpace` disagrees with the address.
    LocalNetworkAddressSpaceMismatch => "local-network-address-space-mismatch",
    /// The browser asks the user.
    LocalNetworkPermissionPrompt => "local-network-permission-prompt",
    /// Cross-Origin-Resource-Policy: same-origin.
    CorpSameOrigin => "corp-same-origin",
    /// Cross-Origin-Resource-Policy: same-site.
    CorpSameSite => "corp-same-site",
    /// COEP, and no Cross-Origin-Resource-Policy.
    CoepCorpRequired => "coep-corp-required",
    /// Opaque Response Blocking.
    Orb => "orb",
    /// X-Content-Type-Options: nosniff.
    Nosniff => "nosniff",
    /// A MIME type that a script cannot have.
    MimeTypeBlocked => "mime-type-blocked",
    /// Subresource Integrity failed.
    SriMismatch => "sri-mismatch",
    /// An opaque 206 to a request without Range.
    OpaqueRangeResponse => "opaque-range-response",
    /// The answer does not open the WebSocket.
    WebsocketHandshake => "websocket-handshake",
    /// A header is not readable for script.
    ExposeHeadersMissing => "expose-headers-missing",
    /// A cookie stayed behind because of SameSite.
    CookieSamesiteBlocked => "cookie-samesite-blocked",
    /// A cookie stayed behind because it is third-party.
    CookieThirdPartyBlocked => "cookie-third-party-blocked",
    /// The network failed.
    NetworkFailure => "network-failure",
    /// The name did not resolve.
    NetworkDns => "network-dns",
    /// The connection was refused.
    NetworkRefused => "network-refused",
    /// The connection was reset.
    NetworkReset => "network-reset",
    /// TLS failed.
    NetworkTls => "network-tls",
    /// Time ran out.
    NetworkTimeout => "network-timeout",
    /// No network.
    NetworkOffline => "network-offline",
    /// The connection closed without HTTP.
    NetworkEmptyResponse => "network-empty-response",
    /// Cancelled.
    NetworkAborted => "network-aborted",
    /// A blocker of the client.
    NetworkBlockedByClient => "network-blocked-by-client",
    /// The frame gave up its network access.
    NetworkAccessRevoked => "network-access-revoked",
}

/// Where in the fetch something was decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Phase {
    /// Before anything was sent.
    Request,
    /// On the answer to the OPTIONS.
    Preflight,
    /// On a redirect response, or on its target.
    Redirect,
    /// On the answer to the actual request.
    Actual,
    /// After the response had passed the CORS check.
    Response,
}

impl Phase {
    /// `request`, `preflight`, `redirect`, `actual` or `response`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Request => "request",
            Self::Preflight => "preflight",
            Self::Redirect => "redirect",
            Self::Actual => "actual",
            Self::Response => "response",
        }
    }
}

/// A block with its evidence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// Why.
    pub reason: BlockReason,
    /// Where.
    pub phase: Phase,
    /// The exchange whose answer is at fault; `None` where nothing was sent.
    pub exchange: Option<usize>,
    /// The response header at fault, in lower case.
    pub header: Option<String>,
    /// What it said; `None` where it is absent.
    pub value: Option<Vec<u8>>,
    /// The part of `value` at fault.
    pub span: Option<Span>,
    /// What would have passed.
    pub expected: Option<String>,
    /// The method or header name that was refused.
    pub item: Option<String>,
    /// The index of the step in the trace that decided.
    pub step: usize,
}
