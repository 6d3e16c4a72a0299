//! Where engines part in the lines that a request carries: their order, `Referer`, `Sec-Fetch-*`.

/// A place in the order of header lines on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Slot {
    /// `Content-Length`.
    ContentLength,
    /// `Pragma` and `Cache-Control` that the cache mode brings.
    CacheControl,
    /// `User-Agent`.
    UserAgent,
    /// `sec-ch-ua-platform`, to trustworthy URLs.
    ClientHintPlatform,
    /// `sec-ch-ua` and `sec-ch-ua-mobile`, to trustworthy URLs.
    ClientHintBrand,
    /// What script has set, and the body's `Content-Type`.
    Script,
    /// `Accept`.
    Accept,
    /// `Access-Control-Request-Method` and `-Headers`.
    AccessControlRequest,
    /// `Origin`.
    Origin,
    /// `Sec-Fetch-Site`, `-Mode`, `-Dest`.
    FetchMetadata,
    /// `Referer`.
    Referer,
    /// `Accept-Encoding`.
    AcceptEncoding,
    /// `Accept-Language`.
    AcceptLanguage,
    /// `Cookie`.
    Cookie,
    /// `Upgrade-Insecure-Requests`, of a navigation.
    UpgradeInsecure,
    /// `Connection: Upgrade`.
    ConnectionUpgrade,
    /// `Upgrade: websocket`.
    UpgradeWebSocket,
    /// `Sec-WebSocket-Version`.
    WebSocketVersion,
    /// `Sec-WebSocket-Key`.
    WebSocketKey,
    /// `Sec-WebSocket-Extensions`.
    WebSocketExtensions,
}

/// `Sec-Fetch-Storage-Access`, which goes out with credentials to another site.
///
/// <https://privacycg.github.io/storage-access-headers/>
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StorageAccess {
    /// Whether unpartitioned cookies go along: `active` or `none`.
    pub value: &'static str,
    /// What a sandboxed page says to the site of its URL, where that is another word; `inactive` brings `Origin` along
    /// (measured).
    pub opaque_page: Option<&'static str>,
    /// Whether keepalive requests have it too (measured).
    pub with_keepalive: bool,
    /// Whether a preflight has it too.
    pub on_preflight: bool,
    /// Whether http and https of one domain are one site, and nothing is said after a redirect that taints the
    /// origin (corpus: lna-0593, lna-0597).
    pub schemeless_until_tainted: bool,
}

/// What counts as a downgrade for `Referer`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReferrerDowngrade {
    /// From a trustworthy URL, loopback included, to one that is not.
    Trustworthiness,
    /// From https to anything else.
    Scheme,
}

/// What `Referer` shows another site where the policy allows more than the origin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CrossSiteReferrer {
    /// What the policy says.
    AsPolicySays,
    /// What the default policy says, where the request has a more generous one.
    RelaxedIsDefault,
}

/// What `Sec-Fetch-Site` of a preflight counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PreflightSite {
    /// Every URL so far.
    UrlList,
    /// The URL that is asked.
    CurrentUrl,
    /// Every URL so far; a tainted request is cross-site.
    TaintedIsCrossSite,
}
