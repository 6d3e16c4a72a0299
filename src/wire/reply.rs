//! What came back: a reply, or a named failure of the network.

use std::net::SocketAddr;

use bytes::Bytes;

use super::HeaderList;

/// The outcome of sending one request.
pub type Answer = Result<Reply, NetworkFailure>;

/// One HTTP response, as received.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reply {
    /// The status code, 100 to 999.
    pub status: u16,
    /// The reason phrase, empty on HTTP/2.
    pub reason: Vec<u8>,
    /// The protocol version.
    pub version: HttpVersion,
    /// The beginning of the status line as it came, where it has not the form `HTTP/1.1 200 OK`: engines
    /// read such lines differently. `status`, `reason` and `version` are what the most lenient one reads.
    pub odd_status_line: Option<Vec<u8>>,
    /// The header lines as they came, order and duplicates kept.
    pub headers: HeaderList,
    /// The kept head of the body.
    pub body: Body,
    /// The address that was really connected to; `None` where unknown (recorded, or by a proxy).
    pub peer: Option<SocketAddr>,
    /// Whether the certificate is not trusted, and the answer was taken all the same.
    pub certificate_error: bool,
    /// How long each phase took.
    pub timing: Timing,
}

/// The protocol version of a reply.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum HttpVersion {
    /// HTTP/1.0
    Http10,
    /// HTTP/1.1
    #[default]
    Http11,
    /// HTTP/2
    Http2,
}

impl HttpVersion {
    /// `1.0`, `1.1` or `2`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Http10 => "1.0",
            Self::Http11 => "1.1",
            Self::Http2 => "2",
        }
    }
}

/// The head of a body. Its bytes are shared, not copied, by whoever keeps the reply.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Body {
    /// The bytes as they came, content coding included, up to the limit.
    pub bytes: Bytes,
    /// The same without its content coding, for display and for script; `None` where there was no
    /// coding or it could not be undone.
    pub decoded: Option<Bytes>,
    /// Whether the transfer was stopped at the limit, or the decoding at its bound.
    pub truncated: bool,
    /// Set where the body broke off or could not be decoded: what happened.
    pub error: Option<String>,
}

impl Body {
    /// A whole body without content coding.
    pub fn plain(bytes: impl Into<Vec<u8>>) -> Self {
        Self {
            bytes: Bytes::from(bytes.into()),
            ..Self::default()
        }
    }

    /// What script would read: the decoded bytes, or the bytes as they came.
    pub fn readable(&self) -> &Bytes {
        self.decoded.as_ref().unwrap_or(&self.bytes)
    }
}

/// Durations of one exchange in milliseconds; `None` where a phase did not happen (a reused
/// connection has no name look-up, connect or TLS).
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Timing {
    /// Name look-up.
    pub name_lookup: Option<f64>,
    /// TCP connect.
    pub connect: Option<f64>,
    /// TLS handshake.
    pub tls: Option<f64>,
    /// From the start to the response's head.
    pub first_byte: Option<f64>,
    /// From the start to the end of the kept body.
    pub total: Option<f64>,
}

/// Why no reply came.
#[derive(Clone, Debug, PartialEq)]
pub struct NetworkFailure {
    /// What kind of failure.
    pub kind: FailureKind,
    /// What the system or the library said, in one line.
    pub detail: String,
    /// How long each phase took that was reached.
    pub timing: Timing,
    /// Whether the request went out and its connection then ended before a byte of an answer.
    pub unanswered: bool,
}

impl NetworkFailure {
    /// A failure without timing.
    pub fn new(kind: FailureKind, detail: impl Into<String>) -> Self {
        Self {
            kind,
            detail: detail.into(),
            timing: Timing::default(),
            unanswered: false,
        }
    }

    /// The end of a connection on which a request went out and not a byte came back.
    pub fn unanswered(kind: FailureKind, detail: impl Into<String>) -> Self {
        Self {
            unanswered: true,
            ..Self::new(kind, detail)
        }
    }
}

/// The kinds of network failure, named as the reason ids are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FailureKind {
    /// The name did not resolve.
    Dns,
    /// The TCP connection was refused or the host could not be reached.
    Refused,
    /// The connection was reset, or closed in the middle of a response.
    Reset,
    /// The TLS handshake or the certificate failed.
    Tls,
    /// The time limit passed.
    Timeout,
    /// The connection was closed without a byte, or what came is not HTTP.
    EmptyResponse,
    /// The user cancelled.
    Aborted,
    /// Anything else, below HTTP.
    Other,
}

impl FailureKind {
    /// Every kind.
    pub const ALL: &[Self] = &[
        Self::Dns,
        Self::Refused,
        Self::Reset,
        Self::Tls,
        Self::Timeout,
        Self::EmptyResponse,
        Self::Aborted,
        Self::Other,
    ];

    /// The reason id: `network-dns`, `network-refused` ...
    pub fn id(self) -> &'static str {
        match self {
            Self::Dns => "network-dns",
            Self::Refused => "network-refused",
            Self::Reset => "network-reset",
            Self::Tls => "network-tls",
            Self::Timeout => "network-timeout",
            Self::EmptyResponse => "network-empty-response",
            Self::Aborted => "network-aborted",
            Self::Other => "network-failure",
        }
    }
}
