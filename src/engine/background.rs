//! The question in the background: a stale answer has served once more, and the server is asked for the next time.
//!
//! It is asked when all else is decided, so nothing of the fetch depends on it; only the browser's stores do.
//!
//! Source: <https://www.rfc-editor.org/rfc/rfc5861.html#section-3>,
//! <https://fetch.spec.whatwg.org/#concept-http-network-or-cache-fetch>.

use super::http_cache::StoredResponse;
use super::logins::LoginState;
use super::machine::{Browser, Pending, Step};
use super::main_fetch::Fetch;
use super::outcome::{Exchange, Finished, Provenance, Verdict};
use super::redirect::is_redirect_status;
use super::request::CacheMode;
use super::trace::{Rule, StepOutcome, Trace};
use crate::wire::{HeaderList, Reply};

/// How an engine asks in the background after a stale stored answer has served (measured).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BackgroundQuestion {
    /// The whole fetch again, from its first URL and with a preflight where it needs one.
    WholeFetch,
    /// The one request, as in cache mode no-cache, with the line that goes with it.
    AsNoCache,
    /// The one request as it was. The answer meets no check, no redirect is followed, and no cookie is taken.
    Unchecked,
}

/// The fetch that was decided before the question in the background.
#[derive(Clone, Debug)]
pub(super) struct Foreground {
    /// Its end, without its exchanges: the question's are counted on from them.
    finished: Box<Finished>,
    /// How many of the exchanges are its own.
    own: usize,
}

impl Foreground {
    /// The end with these exchanges, the fetch's own and those in the background.
    fn with(self, mut exchanges: Vec<Exchange>) -> Box<Finished> {
        let mut finished = self.finished;
        for (at, exchange) in exchanges.iter_mut().enumerate().skip(self.own) {
            exchange.provenance = Provenance::Background;
            let step = finished
                .trace
                .push(Rule::HttpCache, StepOutcome::Info, Some(at));
            match &exchange.answer {
                Ok(reply) => step
                    .with("case", "background")
                    .with("status", reply.status.to_string()),
                Err(failure) => step
                    .with("case", "background-failed")
                    .with("detail", failure.detail.clone()),
            };
        }
        finished.exchanges = exchanges;
        finished
    }
}

impl Fetch {
    /// Before a redirect changes it, keeps the request from which a question in the background begins.
    pub(super) fn keep_first(&mut self) {
        let whole = self.profile.http_cache.background == BackgroundQuestion::WholeFetch;
        if whole && self.foreground.is_none() && self.first.is_none() {
            self.first = Some(Box::new(self.request.clone()));
        }
    }

    /// Has the request under way asked again once the fetch is over.
    pub(super) fn ask_later(&mut self, question: BackgroundQuestion) {
        let mut request = match (question, &self.first) {
            (BackgroundQuestion::WholeFetch, Some(first)) => first.clone(),
            _ => Box::new(self.request.clone()),
        };
        if question == BackgroundQuestion::AsNoCache {
            request.cache = CacheMode::NoCache;
            request.has_cache_lines = true;
        }
        self.later = Some(request);
    }

    /// Whether this is a question in the background whose answer meets no check.
    pub(super) fn is_unchecked(&self) -> bool {
        self.foreground.is_some()
            && self.profile.http_cache.background == BackgroundQuestion::Unchecked
    }

    /// Takes what comes for the next time, and ends.
    pub(super) fn keep_unchecked(
        mut self,
        asked_about: Option<&StoredResponse>,
        reply: &Reply,
        headers: &HeaderList,
        browser: &mut Browser,
    ) -> Step {
        let redirect = is_redirect_status(reply.status) && headers.contains("location");
        match asked_about.filter(|_| reply.status == 304) {
            Some(stored) => drop(self.freshened(stored, headers, browser)),
            None if redirect => {}
            None => self.keep_response(false, reply, headers, browser),
        }
        self.finish(Verdict::Opaque, None, browser)
    }

    /// The end of a fetch, or the beginning of what follows it.
    pub(super) fn over(mut self, mut finished: Box<Finished>, browser: &mut Browser) -> Step {
        if let Some(foreground) = self.foreground.take() {
            return Step::Done(foreground.with(finished.exchanges));
        }
        let whole = self.profile.http_cache.background == BackgroundQuestion::WholeFetch;
        // Who fetches the whole again does not where it has come to nothing.
        let hidden = matches!(finished.verdict, Verdict::Blocked(_) | Verdict::Failed(_));
        let Some(request) = self.later.take().filter(|_| !(whole && hidden)) else {
            return Step::Done(finished);
        };
        let exchanges = std::mem::take(&mut finished.exchanges);
        let now = self.started;
        let fetch = Fetch {
            request: *request,
            trace: Trace::default(),
            login: LoginState::default(),
            foreground: Some(Foreground {
                finished,
                own: exchanges.len(),
            }),
            exchanges,
            ..self
        };
        if whole {
            fetch.main_fetch(browser, now)
        } else {
            fetch.send_actual(browser, now)
        }
    }
}

impl Pending {
    /// Whether the fetch is decided, and this asks for the next time only.
    pub fn in_background(&self) -> bool {
        self.fetch.foreground.is_some()
    }

    /// The end of a fetch that is decided, where nobody answers in the background.
    ///
    /// # Errors
    ///
    /// The fetch as it waits, where it is not decided.
    pub fn unanswered(mut self) -> Result<Box<Finished>, Box<Self>> {
        match self.fetch.foreground.take() {
            Some(foreground) => Ok(foreground.with(self.fetch.exchanges)),
            None => Err(Box::new(self)),
        }
    }
}

impl Finished {
    /// The last exchange of the fetch itself.
    pub fn last_exchange(&self) -> Option<&Exchange> {
        let mut exchanges = self.exchanges.iter().rev();
        exchanges.find(|exchange| exchange.provenance != Provenance::Background)
    }
}
