//! Looking behind a block: the request that a browser holds back because the preflight failed.

use super::search::{Cure, Obstacle, Reach, Sight};
use crate::engine::{ExchangeKind, Verdict};
use crate::session::{Session, WhatIf};
use crate::wire::HttpRequest;

/// The request that a browser would send if the preflight had let it; `None` where no preflight stands between.
pub fn next_behind(session: &Session) -> Option<HttpRequest> {
    let finished = crate::session::replay(session, session.engine());
    let block = match &finished.decided()?.verdict {
        Verdict::Blocked(block) => block,
        _ => return None,
    };
    let at_fault = finished.decided()?.exchanges.get(block.exchange?)?;
    if at_fault.kind != ExchangeKind::Preflight {
        return None;
    }
    let mut first = None;
    let own = [session.engine()];
    let searched: Result<_, Obstacle> =
        Cure::search(WhatIf::of(session), &own, Reach::All, |sight| {
            if let Sight::Unasked(request) = sight
                && first.is_none()
            {
                first = Some(request.clone());
            }
        });
    searched.ok()?;
    first
}
