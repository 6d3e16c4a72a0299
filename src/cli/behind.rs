//! Looking behind a failed preflight: sends what the browser holds back, as far as that is safe or asked for.

use std::time::Instant;

use crate::driver::{Network, RunOptions, look_behind};
use crate::fix::next_behind;
use crate::session::Session;

/// Sends what lies behind a failed preflight: everything if `all`, else only what changes nothing on a server.
/// `started` is when the run began that `options` limit.
pub(super) async fn look(
    network: &Network,
    session: &mut Session,
    all: bool,
    options: &RunOptions,
    started: Instant,
) {
    let mut options = *options;
    if let Some(limit) = &mut options.max_time {
        *limit = limit.saturating_sub(started.elapsed());
    }
    let next = |session: &Session| {
        let next = next_behind(session).filter(|next| all || next.is_safe())?;
        Some((next.kind, next.request))
    };
    look_behind(network, session, &next, &options, &|_| {}).await;
}
