//! A session under edits, decided again.
//!
//! An edit aimed at an answer that never came makes it an assumed one: a plain 200, or 204 for a
//! preflight, without a header, and then edited.

use std::borrow::Cow;

use url::Url;

use super::Session;
use super::edit::{AnswerChange, Edit, RequestChange, Selector};
use super::replay::{Answered, Replay, replay, replay_with};
use crate::engine::{
    Credentials, CrossOriginAttribute, Document, Engine, Exchange, ExchangeKind, Page, Pending,
    Provenance, is_redirect_status,
};
use crate::wire::{Answer, HttpVersion, Reply, latin1};

/// The place of an answer in a fetch: for which URL of the chain of redirects, counted from 0, and of which kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Place {
    /// Preflight or actual.
    pub kind: ExchangeKind,
    /// How many redirects were followed before.
    pub hop: usize,
}

impl Place {
    /// The places of exchanges, in their order.
    pub fn of(exchanges: &[Exchange]) -> Vec<Self> {
        let mut hop = 0;
        let mut places = Vec::with_capacity(exchanges.len());
        for (index, exchange) in exchanges.iter().enumerate() {
            places.push(Self {
                kind: exchange.kind,
                hop,
            });
            hop += usize::from(index + 1 < exchanges.len() && is_followed(exchange));
        }
        places
    }

    /// The place of what is asked now.
    pub fn of_pending(pending: &Pending) -> Self {
        let followed = pending.exchanges().iter().filter(|done| is_followed(done));
        Self {
            kind: pending.kind(),
            hop: followed.count(),
        }
    }
}

/// Whether the answer is a redirect; what comes after it goes to its target.
fn is_followed(exchange: &Exchange) -> bool {
    exchange.kind == ExchangeKind::Actual
        && exchange.answer.as_ref().is_ok_and(|reply| {
            is_redirect_status(reply.status) && reply.headers.contains("location")
        })
}

/// The session on a page loaded anew: only there is the server asked for what the document holds.
fn loaded_anew(session: &Session) -> Cow<'_, Session> {
    if session
        .browser
        .document
        .held(&session.page)
        .next()
        .is_none()
    {
        return Cow::Borrowed(session);
    }
    let live = replay(session, session.engine());
    let mut anew = session.clone();
    anew.browser.document = Document::default();
    if (live.decided()).is_some_and(|finished| finished.held_from().is_some()) {
        for exchange in &mut anew.exchanges {
            exchange.from_cache = false;
        }
    }
    Cow::Owned(anew)
}

/// A session and edits of it.
#[derive(Clone, Debug)]
pub struct WhatIf<'a> {
    session: Cow<'a, Session>,
    changes: Vec<(Place, AnswerChange)>,
}

impl<'a> WhatIf<'a> {
    /// A session without an edit.
    pub fn of(session: &'a Session) -> Self {
        Self {
            session: loaded_anew(session),
            changes: Vec::new(),
        }
    }

    /// A session under edits, applied in order.
    pub fn new(session: &'a Session, edits: &[Edit]) -> Self {
        let mut what_if = Self::of(session);
        let moved = moves(edits);
        for edit in edits {
            match edit {
                Edit::Answer(selector, change) => {
                    let place = selector.place(&session.exchanges, moved);
                    what_if.change(place, change.clone());
                }
                Edit::Request(change) => what_if.ask(change),
            }
        }
        what_if
    }

    /// The edits whose answer does not occur in the edited fetch, as `engine` runs it: they change nothing.
    pub fn idle<'e>(session: &Session, edits: &'e [Edit], engine: Engine) -> Vec<&'e Edit> {
        let what_if = WhatIf::new(session, edits);
        let mut asked = Vec::new();
        replay_with(&what_if.session, engine, |pending, recorded| {
            asked.push(Place::of_pending(pending));
            what_if.answer(pending, recorded)
        });
        let moved = moves(edits);
        let is_idle = |edit: &&Edit| match edit {
            Edit::Answer(selector, _) => {
                !asked.contains(&selector.place(&session.exchanges, moved))
            }
            Edit::Request(_) => false,
        };
        edits.iter().filter(is_idle).collect()
    }

    /// The session, with the request as edited and the answers as recorded.
    pub fn recorded(&self) -> &Session {
        &self.session
    }

    /// The changes of answers so far.
    pub fn changes(&self) -> &[(Place, AnswerChange)] {
        &self.changes
    }

    /// Changes an answer. A later change of the same header, or of the status, replaces an earlier one.
    pub fn change(&mut self, place: Place, change: AnswerChange) {
        self.changes
            .retain(|(at, earlier)| *at != place || !change.overrides(earlier));
        self.changes.push((place, change));
    }

    /// The same without one of the changes.
    pub fn without(&self, index: usize) -> Self {
        let mut other = self.clone();
        other.changes.remove(index);
        other
    }

    /// Changes the request.
    pub fn ask(&mut self, change: &RequestChange) {
        let session = self.session.to_mut();
        let request = &mut session.request;
        match change {
            RequestChange::SetHeader(name, value) => {
                request
                    .headers
                    .retain(|(known, _)| !known.eq_ignore_ascii_case(name));
                request.headers.push((name.clone(), latin1(value)));
            }
            RequestChange::AddHeader(name, value) => {
                request.headers.push((name.clone(), latin1(value)));
            }
            RequestChange::RemoveHeader(name) => {
                request
                    .headers
                    .retain(|(known, _)| !known.eq_ignore_ascii_case(name));
            }
            RequestChange::Method(method) => request.method.clone_from(method),
            RequestChange::Url(url) => request.url.clone_from(url),
            RequestChange::Credentials(credentials) => {
                request.credentials = *credentials;
                if request.crossorigin.is_some() {
                    request.crossorigin = Some(match credentials {
                        Credentials::Include => CrossOriginAttribute::UseCredentials,
                        _ => CrossOriginAttribute::Anonymous,
                    });
                }
            }
            RequestChange::Mode(mode) => request.mode = *mode,
            RequestChange::Redirect(redirect) => request.redirect = *redirect,
            RequestChange::Cache(cache) => request.cache = *cache,
            RequestChange::NoBody => request.body = None,
            RequestChange::Page(url) => session.page = Page::at(url.clone()),
        }
    }

    /// What `engine` decides.
    pub fn replay(&self, engine: Engine) -> Replay {
        replay_with(&self.session, engine, |pending, recorded| {
            self.answer(pending, recorded)
        })
    }

    fn answer(&self, pending: &Pending, recorded: Option<&Answered>) -> Option<Answered> {
        let place = Place::of_pending(pending);
        let mut changes = self.changes_at(place).peekable();
        if changes.peek().is_none() {
            return recorded.cloned();
        }
        let mut answered = match recorded {
            Some(answered) if answered.answer.is_ok() => answered.clone(),
            _ => assumed(pending, &self.session),
        };
        if let Ok(reply) = &mut answered.answer {
            changes.for_each(|change| change.apply(reply));
        }
        Some(answered)
    }

    /// The edited session: it decides as this does, without the edits. What any of `engines` would ask and
    /// an edit assumes stands among its exchanges, marked as assumed.
    pub fn session(&self, engines: &[Engine]) -> Session {
        let recorded = &self.session.exchanges;
        let mut edited: Vec<Option<Answer>> = vec![None; recorded.len()];
        let mut assumed: Vec<Exchange> = Vec::new();
        for engine in engines {
            replay_with(&self.session, *engine, |pending, recorded| {
                let answered = self.answer(pending, recorded)?;
                if let Some(index) = answered.index {
                    edited[index].get_or_insert_with(|| answered.answer.clone());
                    return Some(answered);
                }
                let exchange = Exchange {
                    kind: pending.kind(),
                    request: pending.request().clone(),
                    answer: answered.answer.clone(),
                    from_cache: false,
                    provenance: answered.provenance,
                    answered: answered.at,
                };
                if !assumed.iter().any(|known| same(known, &exchange)) {
                    assumed.push(exchange);
                }
                Some(answered)
            });
        }
        let mut session = self.session.clone().into_owned();
        for (exchange, answer) in session.exchanges.iter_mut().zip(edited) {
            if let Some(answer) = answer {
                exchange.answer = answer;
            }
        }
        // A failure that an edit puts an answer in the place of is no more.
        session.exchanges.retain(|old| {
            old.answer.is_ok() || !assumed.iter().any(|exchange| same_request(old, exchange))
        });
        session.exchanges.extend(assumed);
        session
    }

    fn changes_at(&self, place: Place) -> impl Iterator<Item = &AnswerChange> {
        let here = self.changes.iter().filter(move |(at, _)| *at == place);
        here.map(|(_, change)| change)
    }
}

/// Whether the page asks another URL.
fn moves(edits: &[Edit]) -> bool {
    let is_url = |edit: &Edit| matches!(edit, Edit::Request(RequestChange::Url(_)));
    edits.iter().any(is_url)
}

fn same_request(a: &Exchange, b: &Exchange) -> bool {
    a.kind == b.kind && a.request.method == b.request.method && a.request.url == b.request.url
}

fn same(a: &Exchange, b: &Exchange) -> bool {
    same_request(a, b) && a.answer == b.answer
}

/// An answer that nobody has given, over the protocol that was spoken before.
fn assumed(pending: &Pending, session: &Session) -> Answered {
    let last = pending.exchanges().last();
    let version = session
        .exchanges
        .iter()
        .find_map(|exchange| Some(exchange.answer.as_ref().ok()?.version));
    let reply = Reply {
        status: match pending.kind() {
            ExchangeKind::Preflight => 204,
            ExchangeKind::Actual => 200,
        },
        version: version.unwrap_or(match pending.request().url.scheme() {
            "https" => HttpVersion::Http2,
            _ => HttpVersion::Http11,
        }),
        ..Reply::default()
    };
    Answered {
        answer: Ok(reply),
        provenance: Provenance::Assumed,
        at: last.map_or(session.started, |exchange| exchange.answered),
        index: None,
    }
}

impl Selector {
    /// The place of the answer in a fetch of which these exchanges were recorded. Where the page asks another URL
    /// (`moved`), the recorded redirects are not its.
    pub fn place(self, exchanges: &[Exchange], moved: bool) -> Place {
        let actual = |hop| Place {
            kind: ExchangeKind::Actual,
            hop,
        };
        match self {
            Self::Preflight(place) => Place {
                kind: ExchangeKind::Preflight,
                hop: place.saturating_sub(1),
            },
            Self::Last if moved => actual(0),
            Self::Last => actual(Place::of(exchanges).last().map_or(0, |place| place.hop)),
            Self::Actual(place) | Self::Redirect(place) => actual(place.saturating_sub(1)),
            Self::Exchange(place) => {
                let places = Place::of(exchanges);
                let known = places.get(place.saturating_sub(1)).or(places.last());
                known.copied().unwrap_or(actual(0))
            }
        }
    }

    /// How a person names that place in a fetch of which these exchanges were recorded.
    pub fn of(place: Place, exchanges: &[Exchange], moved: bool) -> Self {
        let last = Self::Last.place(exchanges, moved);
        match place.kind {
            ExchangeKind::Preflight => Self::Preflight(place.hop + 1),
            ExchangeKind::Actual if place == last => Self::Last,
            ExchangeKind::Actual if place.hop < last.hop => Self::Redirect(place.hop + 1),
            ExchangeKind::Actual => Self::Actual(place.hop + 1),
        }
    }
}

impl AnswerChange {
    /// Applies the change.
    pub fn apply(&self, reply: &mut Reply) {
        match self {
            Self::Set(name, value) => {
                let own = reply.headers.iter().any(|header| header.is(name));
                delete(reply, name, own);
                reply.headers.set(name, value.as_slice());
            }
            Self::Add(name, value) => reply.headers.append(name.as_str(), value.as_slice()),
            Self::Remove(name) => delete(reply, name, false),
            Self::Status(status) => {
                reply.status = *status;
                reply.reason = Vec::new();
            }
        }
    }

    /// The header that is changed.
    pub fn header(&self) -> Option<&str> {
        match self {
            Self::Set(name, _) | Self::Add(name, _) | Self::Remove(name) => Some(name),
            Self::Status(_) => None,
        }
    }

    /// Whether nothing of `earlier` is left after this.
    fn overrides(&self, earlier: &Self) -> bool {
        match (self, earlier) {
            (Self::Add(..), _) => false,
            (Self::Status(_), Self::Status(_)) => true,
            _ => match (self.header(), earlier.header()) {
                (Some(name), Some(other)) => name.eq_ignore_ascii_case(other),
                _ => false,
            },
        }
    }
}

/// Deletes the lines of a name, also those with a blank before the colon: some browsers take them for the
/// same. `keep` leaves the others.
fn delete(reply: &mut Reply, name: &str, keep: bool) {
    let named: Vec<String> = reply
        .headers
        .iter()
        .filter(|header| header.name.trim_end().eq_ignore_ascii_case(name))
        .filter(|header| !(keep && header.is(name)))
        .map(|header| header.name.clone())
        .collect();
    named.iter().for_each(|name| reply.headers.delete(name));
}

/// The target of the last redirect among recorded exchanges: where the page could ask at once.
pub fn final_url(exchanges: &[Exchange]) -> Option<&Url> {
    let places = Place::of(exchanges);
    let last = exchanges
        .iter()
        .zip(places)
        .rfind(|(exchange, _)| exchange.kind == ExchangeKind::Actual && exchange.answer.is_ok());
    last.filter(|(_, place)| place.hop > 0)
        .map(|(exchange, _)| &exchange.request.url)
}
