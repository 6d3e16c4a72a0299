//! Deciding a session again, without a network.

use super::Session;
use crate::engine::{
    Browser, Engine, Exchange, ExchangeKind, FetchRequest, Finished, Location, Page, Pending,
    Profile, Provenance, Step, Subject, Timestamp, start,
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

/// A replay with what it rests on.
#[derive(Clone, Debug)]
pub struct Replayed {
    /// How it ends.
    pub end: Replay,
    /// The recorded exchanges that answered, by index, in the order of use.
    pub used: Vec<usize>,
    /// Where an answer was taken though the request would have said something else.
    pub assumed: Vec<Assumption>,
    /// What nobody has looked up; it counted as public.
    pub not_located: Vec<Subject>,
}

/// A recorded answer to a request whose lines differ: the server may answer this one otherwise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assumption {
    /// The recorded exchange, by index.
    pub exchange: usize,
    /// Preflight or actual.
    pub kind: ExchangeKind,
    /// The request that would have gone out.
    pub request: HttpRequest,
    /// The lines that differ, out of [`TELLING_LINES`].
    pub lines: Vec<&'static str>,
}

/// The request lines that servers answer by, in CORS: who asks, and for what.
pub const TELLING_LINES: &[&str] = &[
    "Origin",
    "Access-Control-Request-Method",
    "Access-Control-Request-Headers",
    "Cookie",
    "Authorization",
];

/// Methods that change nothing on a server that keeps to HTTP.
pub const HARMLESS_METHODS: &[&str] = &["GET", "HEAD", "OPTIONS"];

/// Something that only the network can tell.
#[derive(Clone, Debug)]
pub enum Missing {
    /// Where a host leads.
    Location(Subject),
    /// The answer to a request.
    Answer(ExchangeKind, Box<HttpRequest>),
}

/// Replays a session as `engine` would have run it, over the exchanges of the live run.
pub fn replay(session: &Session, engine: Engine) -> Replay {
    replay_as(session, engine.profile()).end
}

/// Replays a session with these rules, over everything that was recorded: the exchanges of the live run,
/// and those that other engines asked for later.
pub fn replay_as(session: &Session, profile: Profile) -> Replayed {
    replay_answered(session, profile, |_, recorded| recorded.cloned())
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
    answer: impl FnMut(&Pending, Option<&Answered>) -> Option<Answered>,
) -> Replay {
    replay_answered(session, engine.profile(), answer).end
}

fn replay_answered(
    session: &Session,
    profile: Profile,
    mut answer: impl FnMut(&Pending, Option<&Answered>) -> Option<Answered>,
) -> Replayed {
    let mut browser = session.browser.clone();
    browser.profile = profile;
    let mut step = start(
        &session.request,
        &session.page,
        &mut browser,
        session.started,
    );
    let (mut used, mut assumed, mut not_located) = (Vec::new(), Vec::new(), Vec::new());
    let mut located = session.locations.as_slice();
    let mut now = session.started;
    // The engine takes every answer for the browser's own; which were not is known here.
    let mut marks: Vec<(usize, Provenance)> = Vec::new();
    let mut end = loop {
        match step {
            Step::Done(finished) => break Replay::Decided(finished),
            Step::Locate(locating) => {
                let known = locate(session, &mut located, locating.subject());
                let location = known.unwrap_or_else(|| {
                    not_located.push(locating.subject().clone());
                    Location::PUBLIC
                });
                step = locating.located(location, &mut browser, now);
            }
            Step::Send(pending) => {
                let at = recorded_for(&session.exchanges, &used, &pending);
                let recorded = at.map(|index| {
                    let exchange = &session.exchanges[index];
                    Answered {
                        answer: exchange.answer.clone(),
                        provenance: exchange.provenance,
                        at: exchange.answered,
                        index: Some(index),
                    }
                });
                used.extend(at);
                // Nobody else asked that often: it would have been closed again.
                let recorded = recorded.or_else(|| {
                    let repeated = pending.repeats()?;
                    Some(Answered {
                        answer: repeated.answer.clone(),
                        provenance: repeated.provenance,
                        at: repeated.answered,
                        index: None,
                    })
                });
                // In the background nothing is assumed, nor asked for: the verdict does not wait for it.
                let answered = if pending.in_background() {
                    recorded
                } else {
                    assumed.extend(at.and_then(|index| assumption(session, index, &pending)));
                    answer(&pending, recorded.as_ref())
                };
                let Some(answered) = answered else {
                    break match pending.unanswered() {
                        Ok(finished) => Replay::Decided(finished),
                        Err(pending) => Replay::NeedsAnswer(pending),
                    };
                };
                if matches!(
                    answered.provenance,
                    Provenance::LookBehind | Provenance::Assumed
                ) {
                    marks.push((pending.exchanges().len(), answered.provenance));
                }
                now = now.max(answered.at);
                step = pending.answer(&answered.answer, &mut browser, now);
            }
        }
    };
    if let Replay::Decided(finished) = &mut end {
        for (at, provenance) in marks {
            finished.exchanges[at].provenance = provenance;
        }
    }
    Replayed {
        end,
        used,
        assumed,
        not_located,
    }
}

/// What is taken for granted where an exchange answers another request than its own.
fn assumption(session: &Session, index: usize, pending: &Pending) -> Option<Assumption> {
    let lines = differing_lines(&session.exchanges[index].request, pending.request());
    (!lines.is_empty()).then(|| Assumption {
        exchange: index,
        kind: pending.kind(),
        request: pending.request().clone(),
        lines,
    })
}

impl Replayed {
    /// The first thing that has to be asked before the end counts as this engine's own. A request that
    /// may change something is never asked for twice, whatever its lines say.
    pub fn missing(&self) -> Option<Missing> {
        if let Some(subject) = self.not_located.first() {
            return Some(Missing::Location(subject.clone()));
        }
        let harmless = |assumption: &&Assumption| {
            HARMLESS_METHODS.contains(&assumption.request.method.as_str())
        };
        if let Some(assumption) = self.assumed.iter().find(harmless) {
            let request = Box::new(assumption.request.clone());
            return Some(Missing::Answer(assumption.kind, request));
        }
        match &self.end {
            Replay::NeedsAnswer(pending) => Some(Missing::Answer(
                pending.kind(),
                Box::new(pending.request().clone()),
            )),
            Replay::Decided(_) => None,
        }
    }
}

/// Where a host led in the live run: the next time that it was asked for, else the last time known.
fn locate(
    session: &Session,
    left: &mut &[(Subject, Location)],
    subject: &Subject,
) -> Option<Location> {
    if let Some(at) = left.iter().position(|(known, _)| known == subject) {
        let location = left[at].1;
        *left = &left[at + 1..];
        return Some(location);
    }
    let known = session
        .locations
        .iter()
        .rfind(|(known, _)| known == subject);
    known.map(|(_, location)| *location)
}

/// The first unused exchange that answers exactly what is asked, else one whose lines differ.
fn recorded_for(exchanges: &[Exchange], used: &[usize], pending: &Pending) -> Option<usize> {
    let mut fitting = (0..exchanges.len())
        .filter(|at| !used.contains(at) && answers(&exchanges[*at], pending))
        .peekable();
    let first = *fitting.peek()?;
    let exact = |at: &usize| differing_lines(&exchanges[*at].request, pending.request()).is_empty();
    Some(fitting.find(exact).unwrap_or(first))
}

/// Whether a recorded exchange answers what is asked: sent, of the same kind, method and URL. Header lines may
/// differ between engines, which is told as an [`Assumption`]. Only that a 304 answers nobody who has not asked
/// for one is certain.
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

fn differing_lines(one: &HttpRequest, other: &HttpRequest) -> Vec<&'static str> {
    let differs = |name: &&&str| !one.headers.lines(name).eq(other.headers.lines(name));
    TELLING_LINES.iter().filter(differs).copied().collect()
}

/// What the browser would do first: the fetch up to its first request, or its end without any. Nothing
/// is looked up for it: hosts count as public.
pub fn predict(request: &FetchRequest, page: &Page, browser: &Browser, now: Timestamp) -> Step {
    let mut browser = browser.clone();
    let mut step = start(request, page, &mut browser, now);
    while let Step::Locate(locating) = step {
        step = locating.located(Location::PUBLIC, &mut browser, now);
    }
    match step {
        Step::Send(pending) => match pending.unanswered() {
            Ok(finished) => Step::Done(finished),
            Err(pending) => Step::Send(pending),
        },
        step => step,
    }
}
