//! Deciding a session again, without a network.

use super::Session;
use crate::engine::{
    Browser, Engine, Exchange, FetchRequest, Finished, Location, Page, Pending, Provenance, Step,
    Subject, Timestamp, start,
};
use crate::wire::{Answer, HttpRequest};

/// How a replay ends.
#[derive(Clone, Debug)]
pub enum Replay {
    /// The recorded exchanges were enough.
    Decided(Box<Finished>),
    /// The fetch asks for something that was not recorded.
    NeedsAnswer(Box<Pending>),
}

impl Replay {
    /// The end, if it came to one.
    pub fn decided(&self) -> Option<&Finished> {
        match self {
            Self::Decided(finished) => Some(finished),
            Self::NeedsAnswer(_) => None,
        }
    }
}

/// Replays a session as `engine` would have run it, over the exchanges of the live run.
pub fn replay(session: &Session, engine: Engine) -> Replay {
    replay_with(session, engine, |_, recorded| recorded.cloned())
}

/// What answers one request of a replay.
#[derive(Clone, Debug)]
pub(super) struct Answered {
    pub(super) answer: Answer,
    pub(super) provenance: Provenance,
    pub(super) at: Timestamp,
    /// The place among the session's exchanges, if it is one of them.
    pub(super) index: Option<usize>,
}

/// As [`replay`], with a word for `answer` on each request: it is given what asks and what was recorded for it.
pub(super) fn replay_with(
    session: &Session,
    engine: Engine,
    mut answer: impl FnMut(&Pending, Option<&Answered>) -> Option<Answered>,
) -> Replay {
    let mut browser = session.browser.clone();
    browser.profile = engine.profile();
    let mut step = start(
        &session.request,
        &session.page,
        &mut browser,
        session.started,
    );
    let mut left: Vec<(usize, &Exchange)> = session.exchanges.iter().enumerate().collect();
    let mut located = session.locations.as_slice();
    let mut now = session.started;
    // The engine takes every answer for the browser's own; which were not is known here.
    let mut marks: Vec<(usize, Provenance)> = Vec::new();
    loop {
        match step {
            Step::Done(mut finished) => {
                for (at, provenance) in marks {
                    finished.exchanges[at].provenance = provenance;
                }
                return Replay::Decided(finished);
            }
            Step::Locate(locating) => {
                let location = locate(session, &mut located, locating.subject());
                step = locating.located(location, &mut browser, now);
            }
            Step::Send(pending) => {
                let at = left
                    .iter()
                    .position(|(_, exchange)| answers(exchange, &pending));
                let recorded = at.map(|at| left.remove(at));
                let recorded = recorded.map(|(index, exchange)| Answered {
                    answer: exchange.answer.clone(),
                    provenance: exchange.provenance,
                    at: exchange.answered,
                    index: Some(index),
                });
                let Some(answered) = answer(&pending, recorded.as_ref()) else {
                    return Replay::NeedsAnswer(pending);
                };
                marks.push((pending.exchanges().len(), answered.provenance));
                now = now.max(answered.at);
                step = pending.answer(&answered.answer, &mut browser, now);
            }
        }
    }
}
/// Where a host led in the live run: the next time that it was asked for, else the last time known.
/// What was not looked up then did not matter, and counts as public.
fn locate(session: &Session, left: &mut &[(Subject, Location)], subject: &Subject) -> Location {
    if let Some(at) = left.iter().position(|(known, _)| known == subject) {
        let location = left[at].1;
        *left = &left[at + 1..];
        return location;
    }
    session
        .locations
        .iter()
        .rfind(|(known, _)| known == subject)
        .map_or(Location::PUBLIC, |(_, location)| *location)
}

/// Whether a recorded exchange answers what is asked: sent, of the same kind, method and URL. Header lines may
/// differ between engines; a server that answers by them is beyond a replay. Only that a 304 answers nobody who
/// has not asked for one is certain.
fn answers(exchange: &Exchange, pending: &Pending) -> bool {
    let not_modified = matches!(&exchange.answer, Ok(reply) if reply.status == 304);
    !exchange.from_cache
        && (!not_modified || is_conditional(&exchange.request) == is_conditional(pending.request()))
        && exchange.kind == pending.kind()
        && exchange.request.method == pending.request().method
        && exchange.request.url == pending.request().url
}

fn is_conditional(request: &HttpRequest) -> bool {
    ["if-none-match", "if-modified-since"]
        .iter()
        .any(|name| request.headers.contains(name))
}

/// What the browser would do first: the fetch up to its first request, or its end without any. Nothing
/// is looked up for it: hosts count as public.
pub fn predict(request: &FetchRequest, page: &Page, browser: &Browser, now: Timestamp) -> Step {
    let mut browser = browser.clone();
    let mut step = start(request, page, &mut browser, now);
    while let Step::Locate(locating) = step {
        step = locating.located(Location::PUBLIC, &mut browser, now);
    }
    step
}
