//! How an engine's HTTP parser takes odd header lines, before any rule looks at them.

use super::profile::{BlankBeforeColon, Profile};
use crate::wire::{FailureKind, HeaderList, NetworkFailure, Reply};

/// The header list as this engine sees it, or the failure that it makes of a line.
pub(super) fn headers(reply: &Reply, profile: &Profile) -> Result<HeaderList, NetworkFailure> {
    let as_received = |name: &str| name.len() == trimmed(name).len();
    if reply
        .headers
        .iter()
        .all(|header| !header.value.contains(&0) && as_received(&header.name))
    {
        return Ok(reply.headers.clone());
    }
    let mut seen = HeaderList::new();
    for header in &reply.headers {
        // All three engines drop the whole response (corpus: acao-0062).
        if header.value.contains(&0) {
            return Err(NetworkFailure::new(
                FailureKind::EmptyResponse,
                format!("the header {} holds a NUL byte", header.name),
            ));
        }
        let name = trimmed(&header.name);
        if name.len() < header.name.len()
            && profile.blank_before_colon == BlankBeforeColon::LineDropped
        {
            continue;
        }
        seen.append(name, header.value.as_slice());
    }
    Ok(seen)
}

fn trimmed(name: &str) -> &str {
    name.trim_end_matches([' ', '\t'])
}
