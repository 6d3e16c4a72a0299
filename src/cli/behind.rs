//! Looking behind a failed preflight: sends what the browser holds back, as far as that is safe or asked for.

use std::time::Instant;

use crate::driver::{Network, RunOptions, look_behind};
use crate::fix::next_behind;
use crate::session::Session;

/// So many requests are sent at most: the one held back, and what its redirects lead to.
const MOST: usize = 5;

/// Sends what lies behind a failed preflight: everything if `all`, else only what changes nothing on a server.
/// `started` is when the run began that `options` limit.
pub(super) async fn look(
    network: &Network,
    session: &mut Session,
    all: bool,
    options: &RunOptions,
    started: Instant,
) {
    for _ in 0..MOST {
        let Some(next) = next_behind(session).filter(|next| all || next.is_safe()) else {
            return;
        };
        let mut options = *options;
        if let Some(limit) = &mut options.max_time {
            *limit = limit.saturating_sub(started.elapsed());
        }
        look_behind(network, session, next.kind, next.request, &options, &|_| {}).await;
    }
}
