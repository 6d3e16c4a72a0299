//! What would have to change: every problem of a fetch, and the smallest fixes, each proven by replay.
//!
//! | to change ... | open |
//! | --- | --- |
//! | what lifts a block | `repair`, one arm a reason |
//! | what the page can do instead | `page` |
//! | how fixes are found and made small | `search` |
//! | what counts as a problem, and what is only unknown | `problem` |
//! | what a fix is judged to open | `opens` |
//! | the sentences of fixes | `assets/fixes.toml` |
//! | the lines that a fix changes, as a diff | `diff` |
//! | the policy that a request needs | `policy`, `needed` |
//! | how a stack is told it, and how values are quoted there | `recipe`, `quoting` |
//! | which stack the answers suggest | `guess` |

mod behind;
mod diff;
mod guess;
mod needed;
mod opens;
mod page;
mod policy;
mod problem;
mod quoting;
mod recipe;
mod repair;
mod search;
mod words;

pub use behind::{Behind, next_behind};
pub use diff::{AnswerDiff, DiffLine, diff};
pub use guess::{Guess, guess, guess_from};
pub use opens::{Danger, Opens};
pub use policy::{AllowedOrigins, Policy};
pub use problem::Problem;
pub use recipe::{RecipeError, RenderedRecipe, RenderedSnippet};
pub use words::{FixWords, describe_problem, fix_words, no_fix_words};

use crate::engine::{BlockReason, Engine, ExchangeKind, Finished, Verdict};
use crate::session::{AnswerChange, Edit, Place, Selector, Session, WhatIf};
use page::Candidate;
use problem::{Problems, hides_from_script};
use search::{Cure, Obstacle, Reach, Sight, is_assumption};

/// The browsers in which a fix has to work.
const BROWSERS: [Engine; 3] = [Engine::Chromium, Engine::Firefox, Engine::WebKit];

/// Who has to change something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FixSide {
    /// The server that answers.
    Server,
    /// The page that asks.
    Page,
}

impl FixSide {
    /// `server` or `page`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Server => "server",
            Self::Page => "page",
        }
    }
}

/// Changes under which a fetch is allowed, none of which can be left out.
#[derive(Clone, Debug, PartialEq)]
pub struct Fix {
    /// Who changes something first.
    pub side: FixSide,
    /// The id of its sentences in `assets/fixes.toml`.
    pub action: &'static str,
    /// What the sentences speak of: header names, a method or a URL.
    pub item: String,
    /// What has to change.
    pub edits: Vec<Edit>,
    /// What has to change with it although no browser asks for it: `Vary`, for the caches between.
    pub along: Vec<Edit>,
    /// Answers that never came and are assumed to be plain ones.
    pub assumed: Vec<Edit>,
    /// The status that the page then reads.
    pub status: Option<u16>,
    /// What it opens, and to whom.
    pub opens: Opens,
    /// Why nobody should do it without thinking.
    pub dangerous: Option<Danger>,
    /// The engines that allow the fetch then, as replayed.
    pub proven_in: Vec<Engine>,
    /// The other browsers, and why they block all the same.
    pub still_blocked: Vec<(Engine, BlockReason)>,
}

impl Fix {
    /// All edits, in the order in which they are applied.
    pub fn all_edits(&self) -> Vec<Edit> {
        let edits = self.assumed.iter().chain(&self.edits).chain(&self.along);
        edits.cloned().collect()
    }

    /// Whether Chromium, Firefox and WebKit all allow it then.
    pub fn is_proven_everywhere(&self) -> bool {
        BROWSERS.iter().all(|one| self.proven_in.contains(one))
    }
}

/// All that is known of the way from a session to an allowed fetch.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Proposal {
    /// The cause, then each problem behind it.
    pub problems: Vec<Problem>,
    /// The better one first: the server's, unless the mistake is the page's, or every page would be let in where the
    /// page can do without; what is dangerous last.
    pub fixes: Vec<Fix>,
    /// Where there is no fix on the server: the id of the sentence that says why.
    pub no_fix: Option<&'static str>,
}

/// Finds the problems of a session that ended so, and fixes.
pub fn propose(session: &Session, finished: &Finished) -> Proposal {
    let mut problems = Problems::of(session);
    let goal_is_open = match &finished.verdict {
        Verdict::Allowed => return Proposal::default(),
        Verdict::Opaque if !hides_from_script(&session.request) => return Proposal::default(),
        Verdict::Opaque => {
            problems.push(Problem::Opaque);
            true
        }
        Verdict::Failed(_) | Verdict::Blocked(_) => false,
    };
    let engines = engines(session);
    let searched = if goal_is_open {
        Err(Obstacle::NotInAnswer(
            crate::engine::BlockReason::NoCorsMethod,
        ))
    } else {
        Cure::search(
            WhatIf::of(session),
            &engines,
            Reach::All,
            |sight| match sight {
                Sight::Block(finished, block) => problems.block(finished, block),
                Sight::Unasked(pending) => problems.unasked(pending.request()),
                Sight::Failed(kind) => problems.push(Problem::Failed(kind)),
            },
        )
    };
    let problems = problems.into_found();
    if let Verdict::Blocked(block) = &finished.verdict
        && problems.is_empty()
        && finished.held_from().is_some()
    {
        // Nothing stops it on a page loaded anew.
        return Proposal {
            problems: vec![Problem::Certain(block.clone())],
            fixes: Vec::new(),
            no_fix: Some("document"),
        };
    }
    let mut fixes = Vec::new();
    let no_fix = match searched {
        Ok(cure) => {
            fixes.push(server_fix(session, &cure, &engines));
            None
        }
        Err(_) if goal_is_open => Some("no-cors-mode"),
        Err(obstacle) => Some(words::no_fix_id(obstacle)),
    };
    for candidate in page::candidates(session, &problems) {
        fixes.extend(page_fix(session, candidate, &engines, goal_is_open));
    }
    fixes.sort_by_key(rank);
    Proposal {
        problems,
        fixes,
        no_fix,
    }
}

/// The better fix has the lower rank; among equals the server's stays first.
fn rank(fix: &Fix) -> u8 {
    match fix.side {
        _ if fix.dangerous.is_some() => 4,
        // A server that permits `patch` still has no handler of that name.
        FixSide::Page if fix.action == "upper-case-method" => 0,
        FixSide::Page if !fix.assumed.is_empty() => 3,
        // Nobody is let in where the page can do without.
        FixSide::Server if fix.opens == Opens::AnyOrigin => 2,
        _ => 1,
    }
}

/// The engine of the live run first.
fn engines(session: &Session) -> Vec<Engine> {
    let own = session.engine();
    let others = BROWSERS.into_iter().filter(|engine| *engine != own);
    std::iter::once(own).chain(others).collect()
}

/// The cure as a fix; or, where it is dangerous or browsers want answers that contradict each other, the same
/// fetch without one of its redirects, if that helps.
fn server_fix(session: &Session, cure: &Cure<'_>, engines: &[Engine]) -> Fix {
    let found = fix(session, cure, FixSide::Server, "server", String::new(), &[]);
    let is_good = |fix: &Fix| fix.dangerous.is_none() && fix.is_proven_everywhere();
    if is_good(&found) {
        return found;
    }
    let replay = cure.what_if.replay(session.engine());
    let exchanges = replay.decided().map(|finished| &finished.exchanges);
    let places = exchanges
        .map(|exchanges| Place::of(exchanges))
        .unwrap_or_default();
    let last = places.last().map_or(0, |place| place.hop);
    let mut redirects: Vec<_> = (0..last).collect();
    redirects.reverse();
    let better = redirects.into_iter().find_map(|hop| {
        let mut what_if = WhatIf::of(session);
        let kind = ExchangeKind::Actual;
        what_if.change(Place { kind, hop }, AnswerChange::Status(200));
        let cure = Cure::search(what_if, engines, Reach::All, |_| {}).ok()?;
        let fix = fix(
            session,
            &cure,
            FixSide::Server,
            "no-redirect",
            String::new(),
            &[],
        );
        is_good(&fix).then_some(fix)
    });
    better.unwrap_or(found)
}

/// The candidate as a fix, if the browsers allow it without another word of the server: an answer that is known
/// stays as it is, one that never came is assumed to say what it must. Where the page has hidden the answer from
/// itself, the server may have to change too.
fn page_fix(
    session: &Session,
    candidate: Candidate,
    engines: &[Engine],
    with_server: bool,
) -> Option<Fix> {
    let mut what_if = WhatIf::of(session);
    for change in &candidate.changes {
        what_if.ask(change);
    }
    let reach = if with_server {
        Reach::All
    } else {
        Reach::Assumed
    };
    let cure = Cure::search(what_if, engines, reach, |_| {}).ok()?;
    let Candidate {
        action,
        changes,
        item,
    } = candidate;
    let asks: Vec<_> = changes.into_iter().map(Edit::Request).collect();
    Some(fix(session, &cure, FixSide::Page, action, item, &asks))
}

fn fix(
    session: &Session,
    cure: &Cure<'_>,
    side: FixSide,
    action: &'static str,
    item: String,
    asks: &[Edit],
) -> Fix {
    use crate::session::RequestChange;
    let moved = asks
        .iter()
        .any(|edit| matches!(edit, Edit::Request(RequestChange::Url(_))));
    let edit = |(place, change): &(Place, AnswerChange)| {
        let selector = Selector::of(*place, &session.exchanges, moved);
        Edit::Answer(selector, change.clone())
    };
    let (assumed, needed): (Vec<_>, Vec<_>) =
        cure.what_if.changes().iter().partition(|(place, change)| {
            cure.assumed.contains(place) && is_assumption(*place, change)
        });
    let along = opens::vary(cure);
    let replay = cure.what_if.replay(session.engine());
    let last = replay.decided().and_then(Finished::last_exchange);
    let status = last.and_then(|exchange| Some(exchange.answer.as_ref().ok()?.status));
    Fix {
        side,
        action,
        item,
        edits: asks
            .iter()
            .cloned()
            .chain(needed.iter().map(|one| edit(one)))
            .collect(),
        along: along.iter().map(edit).collect(),
        assumed: assumed.iter().map(|one| edit(one)).collect(),
        status,
        opens: Opens::of(cure),
        dangerous: Danger::of(cure),
        proven_in: cure.proven_in.clone(),
        still_blocked: cure.still_blocked.clone(),
    }
}

#[cfg(test)]
mod tests;
