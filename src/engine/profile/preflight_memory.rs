//! What engines do differently when they remember a preflight.

/// Which values of `Access-Control-Max-Age` are numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MaxAgeSyntax {
    /// Digits only, in one line; a negative number counts as 0.
    DigitsOrNegative,
    /// Digits only, and anything else means that the answer is not remembered at all.
    DigitsOrNotStored,
    /// Digits with an optional sign, up to 2^63 - 1; a negative number counts as 0.
    SignedInteger,
}

/// How the answer to a preflight enters the cache.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CacheUpdate {
    /// Methods and headers are added to those known.
    Merge,
    /// The newest answer replaces what was known.
    Replace,
}

/// What a `*` in a preflight's answer is remembered as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CachedWildcard {
    /// Any method, any header.
    Wildcard,
    /// Nothing: it counts for the request that asked.
    Forgotten,
}

/// Which cached answers a request may use, by credentials.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CacheCredentials {
    /// One that was asked for with credentials serves both.
    CredentialedServesBoth,
    /// Only one of its own kind.
    SameOnly,
}

/// Which methods a remembered preflight serves though it does not name them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CachedMethods {
    /// GET, HEAD and POST, unless the request asks with a preflight whatever its method is.
    SafelistedUnlessForced,
    /// GET, HEAD and POST.
    Safelisted,
    /// GET and POST.
    GetAndPost,
}

/// By what a preflight is remembered once a redirect has tainted the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TaintedPreflight {
    /// By the origin `null`.
    ByNull,
    /// By the page's own origin.
    ByPage,
    /// By an origin that is like no other, so that it is never found again.
    Lost,
}
