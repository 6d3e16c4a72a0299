//! How often Firefox says that it tells another site less of the page's address than the policy allows.
//!
//! Source: `dom/security/ReferrerInfo.cpp` (`ShouldIgnoreLessRestrictedPolicies`); how often was measured.

use url::Url;

use super::facts::param;
use crate::engine::{ReferrerPolicy, Rule, TraceStep};
use crate::session::Session;
use crate::wire::Origin;

/// Whether what stands before the end of `before` is told: `once`, `twice`, or nothing.
///
/// A redirect has the referrer computed twice, once for the old policy, where the one before it was not told of
/// already; a sandboxed page has none left after the first request.
pub(super) fn relaxed(session: &Session, before: &[TraceStep], target: &Url) -> &'static str {
    let hops = before.iter().enumerate();
    let mut hops = hops.filter(|(_, step)| step.rule == Rule::CrossOrigin);
    let last = hops.next_back().and_then(|(at, step)| {
        let target = Url::parse(&param(step, "target")?).ok()?;
        Some(is_relaxed(session, &before[..at], &target))
    });
    let told = is_relaxed(session, before, target);
    match last {
        None if told => "once",
        Some(true) if told && session.page.origin != Origin::Opaque => "once",
        Some(false) if told && session.page.origin != Origin::Opaque => "twice",
        _ => "",
    }
}

/// Whether the policy by then would tell another site more than its origin.
fn is_relaxed(session: &Session, before: &[TraceStep], target: &Url) -> bool {
    let relaxed = policy(session, before).is_some_and(ReferrerPolicy::is_relaxed);
    relaxed && !(session.page.origin).schemelessly_same_site(&Origin::of(target))
}

/// The policy that the request has after these steps.
pub(super) fn policy(session: &Session, before: &[TraceStep]) -> Option<ReferrerPolicy> {
    let told = before.iter().rev();
    let told = told
        .filter(|step| step.rule == Rule::RedirectReferrerPolicy)
        .find_map(|step| ReferrerPolicy::from_name(&param(step, "value")?));
    let (page, request) = (&session.page, &session.request);
    told.or(request.referrer_policy).or(page.policies.referrer)
}
