//! The drive loop: asks the engine, sends what it wants, hands back the answer, until it is done.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use super::{Network, Progress};
use crate::engine::{
    Browser, Exchange, ExchangeKind, FetchRequest, Finished, Page, Provenance, Step, Timestamp,
    start,
};
use crate::journal::quiet;
use crate::session::Session;
use crate::wire::{Answer, HttpRequest};

/// The request that a preflight held back, and what its redirects lead to.
const MOST_BEHIND: usize = 5;

/// What a question in the background may take: the verdict waits for it, and does not depend on it.
const MOST_IN_BACKGROUND: Duration = Duration::from_secs(3);

/// A browser that several fetches use at once. It is locked for a decision, never while waiting.
#[derive(Clone, Debug)]
pub struct SharedBrowser(Arc<Mutex<Browser>>);

impl SharedBrowser {
    /// Shares a browser.
    pub fn new(browser: Browser) -> Self {
        Self(Arc::new(Mutex::new(browser)))
    }

    /// The browser, for as long as the guard lives.
    pub fn lock(&self) -> MutexGuard<'_, Browser> {
        // A decision that panicked left the browser as it was before or after one of its stores.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How a run may take its time.
#[derive(Clone, Copy, Debug)]
pub struct RunOptions {
    /// The limit for the whole run, redirects included.
    pub max_time: Option<Duration>,
    /// Milliseconds by which the browser's clock is ahead of the system's.
    pub clock_ahead: u64,
}

impl Default for RunOptions {
    fn default() -> Self {
        Self {
            max_time: Some(Duration::from_secs(30)),
            clock_ahead: 0,
        }
    }
}

impl RunOptions {
    /// The time in the browser.
    pub fn now(&self) -> Timestamp {
        let since_epoch = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        let milliseconds = u64::try_from(since_epoch.as_millis()).unwrap_or(u64::MAX);
        Timestamp(milliseconds.saturating_add(self.clock_ahead))
    }
}

/// What a run is doing.
#[derive(Clone, Copy, Debug)]
pub enum Event<'a> {
    /// A request goes out.
    Sending {
        /// Its place among the run's exchanges.
        exchange: usize,
        /// Preflight or actual.
        kind: ExchangeKind,
        /// The request.
        request: &'a HttpRequest,
    },
    /// What that request is waiting for.
    Progress(Progress),
    /// Its answer is there, or its failure.
    Answered {
        /// Its place among the run's exchanges.
        exchange: usize,
    },
}

/// Runs one fetch against the network. Dropping the future cancels it.
pub async fn run(
    network: &Network,
    request: &FetchRequest,
    page: &Page,
    browser: &SharedBrowser,
    options: &RunOptions,
    events: &(dyn Fn(Event<'_>) + Send + Sync),
) -> (Session, Finished) {
    let deadline = options.max_time.map(|limit| Instant::now() + limit);
    let mut session = Session {
        page: page.clone(),
        request: request.clone(),
        browser: browser.lock().clone(),
        started: options.now(),
        locations: Vec::new(),
        exchanges: Vec::new(),
    };
    // The engine's time moves with the answers, so that a replay of the session decides the same.
    let mut now = session.started;
    let mut step = start(request, page, &mut browser.lock(), now);
    loop {
        match step {
            Step::Done(finished) => {
                session.exchanges.clone_from(&finished.exchanges);
                log::info!("verdict: {}", finished.verdict.as_str());
                return (session, *finished);
            }
            Step::Locate(locating) => {
                let subject = locating.subject().clone();
                let location = network.locate(&subject, deadline).await;
                session.locations.push((subject, location));
                step = locating.located(location, &mut browser.lock(), now);
            }
            Step::Send(pending) => {
                let number = pending.exchanges().len();
                let (kind, request) = (pending.kind(), pending.request());
                let deadline = match pending.in_background() {
                    true => earlier(deadline, Instant::now() + MOST_IN_BACKGROUND),
                    false => deadline,
                };
                let answer = send(network, number, kind, request, deadline, events).await;
                now = options.now();
                step = pending.answer(&answer, &mut browser.lock(), now);
            }
        }
    }
}

fn earlier(deadline: Option<Instant>, other: Instant) -> Option<Instant> {
    Some(deadline.map_or(other, |deadline| deadline.min(other)))
}

/// Sends, after a run, what a browser would not have sent: as long as `next` finds something in the session,
/// but five requests at most. What comes is added to the session, marked as such.
pub async fn look_behind(
    network: &Network,
    session: &mut Session,
    next: &(dyn Fn(&Session) -> Option<(ExchangeKind, HttpRequest)> + Send + Sync),
    options: &RunOptions,
    events: &(dyn Fn(Event<'_>) + Send + Sync),
) {
    let deadline = options.max_time.map(|limit| Instant::now() + limit);
    for _ in 0..MOST_BEHIND {
        let Some((kind, request)) = next(session) else {
            return;
        };
        let exchange = session.exchanges.len();
        let answer = send(network, exchange, kind, &request, deadline, events).await;
        session.exchanges.push(Exchange {
            kind,
            request,
            answer,
            from_cache: false,
            provenance: Provenance::LookBehind,
            answered: options.now(),
        });
    }
}

/// Sends follow-up requests one after another, as they are, and keeps their answers in order. What the
/// limit of the run leaves no time for is answered as timed out.
pub async fn ask_each(
    network: &Network,
    requests: impl IntoIterator<Item = &HttpRequest>,
    options: &RunOptions,
) -> Vec<Answer> {
    let deadline = options.max_time.map(|limit| Instant::now() + limit);
    let mut answers = Vec::new();
    for request in requests {
        answers.push(network.send(request, deadline, &|_| {}).await);
    }
    answers
}

/// Sends one request and tells of it.
pub(super) async fn send(
    network: &Network,
    exchange: usize,
    kind: ExchangeKind,
    request: &HttpRequest,
    deadline: Option<Instant>,
    events: &(dyn Fn(Event<'_>) + Send + Sync),
) -> Answer {
    events(Event::Sending {
        exchange,
        kind,
        request,
    });
    log::info!(
        "{kind:?} {exchange}: {} {}, {} header lines, {} bytes",
        request.method,
        quiet(&request.url),
        request.headers.len(),
        request.body.len()
    );
    let progress = |progress| events(Event::Progress(progress));
    let answer = network.send(request, deadline, &progress).await;
    match &answer {
        Ok(reply) => log::info!(
            "{kind:?} {exchange}: status {}, {} header lines",
            reply.status,
            reply.headers.len()
        ),
        Err(failure) => log::warn!("{kind:?} {exchange}: {}", failure.kind.id()),
    }
    events(Event::Answered { exchange });
    answer
}
