//! How a fetch ends.

use super::block::Block;
use super::element::ElementOutcome;
use super::request::Timestamp;
use super::trace::Trace;
use crate::wire::{Answer, HeaderList, HttpRequest, NetworkFailure};
use bytes::Bytes;
use url::Url;

/// What a browser decides.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    /// Script gets the response.
    Allowed,
    /// The request went out, script gets an opaque answer.
    Opaque,
    /// The browser hides the answer, or never asked.
    Blocked(Box<Block>),
    /// The network failed; no answer to judge.
    Failed(NetworkFailure),
}

impl Verdict {
    /// `allowed`, `opaque`, `blocked` or `failed`.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Allowed => "allowed",
            Self::Opaque => "opaque",
            Self::Blocked(_) => "blocked",
            Self::Failed(_) => "failed",
        }
    }

    /// The block, if it is one.
    pub fn block(&self) -> Option<&Block> {
        match self {
            Self::Blocked(block) => Some(block),
            _ => None,
        }
    }
}

/// The type of a filtered response.
///
/// <https://fetch.spec.whatwg.org/#concept-response-type>
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResponseType {
    /// Same origin.
    Basic,
    /// CORS.
    Cors,
    /// Nothing to read.
    Opaque,
    /// A redirect kept unread (redirect mode manual).
    OpaqueRedirect,
}

impl ResponseType {
    /// The name as in `Response.type`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Basic => "basic",
            Self::Cors => "cors",
            Self::Opaque => "opaque",
            Self::OpaqueRedirect => "opaqueredirect",
        }
    }
}

/// What page script can read.
#[derive(Clone, Debug, PartialEq)]
pub struct VisibleResponse {
    /// `Response.type`.
    pub kind: ResponseType,
    /// The status, 0 where opaque.
    pub status: u16,
    /// The reason phrase.
    pub status_text: Vec<u8>,
    /// The final URL without fragment, empty where opaque.
    pub url: String,
    /// Whether a redirect was followed.
    pub redirected: bool,
    /// Names in lower case, sorted, values of one name joined: as `Headers` iterates.
    pub headers: HeaderList,
    /// The readable part of the body that was kept.
    pub body: Bytes,
    /// What XMLHttpRequest gives as text, where that is not the body read as UTF-8.
    pub text: Option<String>,
    /// Whether the body was longer.
    pub body_truncated: bool,
    /// How the body broke off, if it did: the fetch succeeds, and reading the body fails.
    pub body_error: Option<String>,
    /// What an element makes of it; `None` for fetch() and XMLHttpRequest.
    pub element: Option<ElementOutcome>,
}

/// Which of a fetch's requests an exchange carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ExchangeKind {
    /// The OPTIONS of a CORS-preflight fetch.
    Preflight,
    /// The request itself, also after redirects.
    Actual,
}

impl ExchangeKind {
    /// `preflight` or `actual`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Preflight => "preflight",
            Self::Actual => "actual",
        }
    }
}

/// How an exchange came to be known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Provenance {
    /// As the browser would: it was sent, or its HTTP cache answered.
    #[default]
    Browser,
    /// It was sent, but a browser would not have: it stops at the block before.
    LookBehind,
    /// Nothing was sent. The answer is assumed.
    Assumed,
    /// The browser asked when the fetch was decided: a stale stored answer has served once more.
    Background,
}

/// One request and what came of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Exchange {
    /// Preflight or actual.
    pub kind: ExchangeKind,
    /// What went out.
    pub request: HttpRequest,
    /// What came back.
    pub answer: Answer,
    /// Whether the HTTP cache gave the answer and nothing was sent.
    pub from_cache: bool,
    /// Whether a browser has sent it, or would have.
    pub provenance: Provenance,
    /// When it came.
    pub answered: Timestamp,
}

/// A fetch that is over.
#[derive(Clone, Debug, PartialEq)]
pub struct Finished {
    /// What the browser decides.
    pub verdict: Verdict,
    /// What script can read; `None` where blocked or failed.
    pub response: Option<VisibleResponse>,
    /// Every decision.
    pub trace: Trace,
    /// Every exchange, in order.
    pub exchanges: Vec<Exchange>,
    /// The last URL.
    pub url: Option<Url>,
}
