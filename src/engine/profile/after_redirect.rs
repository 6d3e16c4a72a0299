//! What engines do differently when they follow a redirect.

/// What an empty `Location` means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EmptyLocation {
    /// No redirect: the 3xx is the response.
    Ignored,
    /// A redirect to the same URL.
    SameUrl,
    /// A network error.
    Invalid,
}

/// What several `Location` lines mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RepeatedLocation {
    /// An error, always.
    Invalid,
    /// Fine if all are equal, else an error.
    EqualIsOne,
}

/// The origin that a preflight shows once a redirect has tainted the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TaintedPreflightOrigin {
    /// `null`, as the actual request will.
    Null,
    /// The page's own.
    Page,
}

/// Which of the headers that script gave go out after a redirect has dropped some.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DroppedHeaders {
    /// What was dropped stays dropped.
    Stay,
    /// Those of the body are back at the redirect after the one that dropped them; on the page's own origin, and for
    /// beacons, only at one that would leave the first method as it is (measured in WebKit 2.50).
    BodyReturns,
    /// Each redirect starts from all of them, and drops what it would drop of the first request.
    AllReturn,
}

/// Which headers a preflight after a redirect asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AskedHeaders {
    /// Those that will be sent.
    Sent,
    /// Those that script gave.
    Given,
    /// Those that script gave, without what the latest redirect drops.
    GivenButDropped,
}
