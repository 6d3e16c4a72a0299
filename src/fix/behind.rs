//! Looking behind a block: the requests that a browser holds back because the preflight failed.

use super::search::{Cure, Reach, Sight};
use crate::engine::{ExchangeKind, Verdict};
use crate::session::{Session, WhatIf, replay};
use crate::wire::HttpRequest;

/// A request that a browser would have sent, had the preflight let it.
#[derive(Clone, Debug, PartialEq)]
pub struct Behind {
    /// Preflight or actual.
    pub kind: ExchangeKind,
    /// The request.
    pub request: HttpRequest,
}

impl Behind {
    /// Whether it may be sent without asking: it changes nothing on a server that keeps to HTTP.
    ///
    /// <https://httpwg.org/specs/rfc9110.html#safe.methods>
    pub fn is_safe(&self) -> bool {
        let safe = matches!(self.request.method.as_str(), "GET" | "HEAD");
        self.kind == ExchangeKind::Preflight || safe && self.request.body.is_empty()
    }
}

/// The next request behind a failed preflight that was not sent yet; `None` where no preflight stands between, or
/// nothing is left.
pub fn next_behind(session: &Session) -> Option<Behind> {
    let replayed = replay(session, session.engine());
    let finished = replayed.decided()?;
    let Verdict::Blocked(block) = &finished.verdict else {
        return None;
    };
    if finished.exchanges.get(block.exchange?)?.kind != ExchangeKind::Preflight {
        return None;
    }
    let mut next = None;
    let own = [session.engine()];
    // Whether there is a cure does not matter, only what is asked on the way to it.
    let _ = Cure::search(WhatIf::of(session), &own, Reach::All, |sight| {
        if let Sight::Unasked(pending) = sight
            && next.is_none()
        {
            next = Some(Behind {
                kind: pending.kind(),
                request: pending.request().clone(),
            });
        }
    });
    next
}
