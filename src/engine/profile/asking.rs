//! What a page may ask for and how, where engines differ.

/// How a header that script appends twice is judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RepeatedHeader {
    /// By the combined value.
    Combined,
    /// Each value by itself; the preflight names the header as often.
    EachAlone,
}

/// What `ReadableStream` bodies are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StreamBody {
    /// Sent, over HTTP/2.
    Sent,
    /// Turned into the text `[object ReadableStream]`.
    Text,
    /// Refused with an exception.
    Refused,
}

/// To which 401 a stream would have to go out a second time, so that the fetch fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StreamChallenge {
    /// Any but that of a CORS response, for which nobody is asked for a login.
    OutsideCors,
    /// Any whose scheme the browser understands.
    Understood,
}

/// Whether a script-set `User-Agent` goes out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UserAgentHeader {
    /// As any other header.
    Settable,
    /// Left out in silence.
    Dropped,
}

/// Where an `upload` listener forces a preflight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UploadListener {
    /// Always.
    Always,
    /// Only on requests with a body.
    WithBody,
}

/// Which Blob types XMLHttpRequest takes as Content-Type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BlobType {
    /// Any.
    Any,
    /// Those that are MIME types by the MIME Sniffing Standard.
    Sniffed,
    /// Those that are media types by RFC 9110, parameters included.
    Strict,
}

/// What becomes of requests to the unspecified address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnspecifiedAddress {
    /// They go out.
    Asked,
    /// They are refused.
    Refused,
    /// Those to `0.0.0.0` are refused, but behind a redirect.
    FirstRefused,
}
