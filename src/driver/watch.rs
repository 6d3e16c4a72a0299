//! What one exchange goes through, noted while it happens: the phases for [`Timing`], what is being
//! waited for ([`Progress`]).
//!
//! The places where the phases of a connection begin and end note it themselves: the resolver, the
//! connector (a layer around reqwest's, which tells nobody), and the store of TLS sessions (asked when a
//! ClientHello is made). They find the exchange that they work for in a task-local: hyper polls a connection in the making inside the task of the request that asked for it. Where it
//! is finished elsewhere (an idle connection came free first), the notes find nobody and are dropped,
//! and that exchange rightly has no connect time: it did not use that connection.

use std::cell::Cell;
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::task::{Context, Poll};
use std::time::Instant;

use tower_layer::Layer;
use tower_service::Service;

use crate::wire::Timing;

/// What an exchange is waiting for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// The name look-up.
    NameLookup,
    /// The TCP connection, and a proxy's consent where there is one.
    Connecting,
    /// The TLS handshake.
    TlsHandshake,
    /// The first byte of the answer.
    Waiting,
    /// The rest of the body.
    Receiving {
        /// How many bytes of the body are there.
        bytes: usize,
    },
}

tokio::task_local! {
    static WATCH: Watch;
}

/// The notes of one exchange.
#[derive(Debug)]
pub(super) struct Watch {
    started: Instant,
    marks: Cell<Marks>,
}

/// The moments of one attempt to get a connection and an answer.
#[derive(Clone, Copy, Debug, Default)]
struct Marks {
    lookup_began: Option<Instant>,
    lookup_ended: Option<Instant>,
    connect_began: Option<Instant>,
    tls_began: Option<Instant>,
    connected: Option<Instant>,
    answered: Option<Instant>,
}

impl Watch {
    pub(super) fn new() -> Self {
        Self {
            started: Instant::now(),
            marks: Cell::default(),
        }
    }

    /// Runs `future` as the exchange of this watch.
    pub(super) fn over<F: Future>(self, future: F) -> impl Future<Output = F::Output> {
        WATCH.scope(self, future)
    }
}

impl Marks {
    fn phase(&self) -> Progress {
        match self {
            _ if self.connected.is_some() => Progress::Waiting,
            _ if self.tls_began.is_some() => Progress::TlsHandshake,
            _ if self.connect_began.is_some() => Progress::Connecting,
            _ if self.lookup_began.is_some() => Progress::NameLookup,
            // Nobody has begun to connect: the request is on a connection that was there.
            _ => Progress::Waiting,
        }
    }

    fn timing(&self, started: Instant, now: Instant) -> Timing {
        let between = |from: Option<Instant>, to: Option<Instant>| Some(milliseconds(from?, to?));
        Timing {
            name_lookup: between(self.lookup_began, self.lookup_ended),
            connect: between(self.connect_began, self.tls_began.or(self.connected)),
            tls: between(self.tls_began, self.connected),
            first_byte: between(Some(started), self.answered),
            total: Some(milliseconds(started, now)),
        }
    }
}

fn milliseconds(from: Instant, to: Instant) -> f64 {
    to.saturating_duration_since(from).as_secs_f64() * 1e3
}

/// Changes the marks of the exchange that is being polled, if there is one.
fn mark(change: impl FnOnce(&mut Marks, Instant)) {
    // A connection that outlives its exchange has nobody to tell; see above.
    let _ = WATCH.try_with(|watch| {
        let mut marks = watch.marks.get();
        change(&mut marks, Instant::now());
        watch.marks.set(marks);
    });
}

/// Notes that a connection is begun. The notes of an earlier attempt are about another one.
pub(super) fn connect_begins() {
    mark(|marks, now| {
        *marks = Marks {
            connect_began: Some(now),
            ..Marks::default()
        };
    });
}

/// Notes that the connection stands.
pub(super) fn connected() {
    mark(|marks, now| marks.connected = Some(now));
}

/// Notes that a name look-up begins.
pub(super) fn lookup_begins() {
    mark(|marks, now| {
        marks.connect_began = None;
        marks.lookup_began = Some(now);
    });
}

/// Notes that the name look-up is over, whether it found anything or not.
pub(super) fn lookup_ends() {
    mark(|marks, now| {
        marks.lookup_ended = Some(now);
        marks.connect_began = Some(now);
    });
}

/// Notes that a TLS handshake begins. Through an https proxy there are two; the last one counts.
pub(super) fn tls_begins() {
    mark(|marks, now| marks.tls_began = Some(now));
}

/// Notes that the head of the answer is there, and drops what was noted about a connection that
/// somebody else finishes: an idle one came free, and the answer came on that.
pub(super) fn answered() {
    mark(|marks, now| {
        if marks.connected.is_none() {
            *marks = Marks::default();
        }
        marks.answered = Some(now);
    });
}

/// Whether this exchange opened its connection itself.
pub(super) fn opened_connection() -> bool {
    WATCH
        .try_with(|watch| watch.marks.get().connected.is_some())
        .unwrap_or_default()
}

/// What is being waited for at this moment.
pub(super) fn phase() -> Progress {
    WATCH
        .try_with(|watch| watch.marks.get().phase())
        .unwrap_or(Progress::Waiting)
}

/// The durations so far.
pub(super) fn timing() -> Timing {
    WATCH
        .try_with(|watch| watch.marks.get().timing(watch.started, Instant::now()))
        .unwrap_or_default()
}

/// Runs `future` and tells of each new phase in which it has to wait.
pub(super) async fn announce<F: Future>(
    progress: &(dyn Fn(Progress) + Send + Sync),
    future: F,
) -> F::Output {
    let mut future = pin!(future);
    let mut announced = None;
    poll_fn(|context| {
        let polled = future.as_mut().poll(context);
        let phase = phase();
        if polled.is_pending() && announced != Some(phase) {
            announced = Some(phase);
            progress(phase);
        }
        polled
    })
    .await
}

/// The layer around reqwest's connector that notes begin and end of a connection.
#[derive(Clone, Copy, Debug)]
pub(super) struct WatchConnections;

/// See [`WatchConnections`].
#[derive(Clone, Debug)]
pub(super) struct Watched<S>(S);

impl<S> Layer<S> for WatchConnections {
    type Service = Watched<S>;

    fn layer(&self, inner: S) -> Watched<S> {
        Watched(inner)
    }
}

impl<S, R> Service<R> for Watched<S>
where
    S: Service<R>,
    S::Future: Unpin,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = Connecting<S::Future>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.0.poll_ready(context)
    }

    fn call(&mut self, request: R) -> Self::Future {
        connect_begins();
        Connecting(self.0.call(request))
    }
}

/// A connection in the making.
#[derive(Debug)]
pub(super) struct Connecting<F>(F);

impl<F, T, E> Future for Connecting<F>
where
    F: Future<Output = Result<T, E>> + Unpin,
{
    type Output = Result<T, E>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let polled = Pin::new(&mut self.0).poll(context);
        if let Poll::Ready(Ok(_)) = &polled {
            connected();
        }
        polled
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_connection_that_was_not_used_has_no_times() {
        let timing = Watch::new()
            .over(async {
                lookup_begins();
                lookup_ends();
                tls_begins();
                assert_eq!(phase(), Progress::TlsHandshake);
                assert!(timing().name_lookup.is_some() && timing().connect.is_some());
                answered();
                timing()
            })
            .await;
        assert_eq!(
            (timing.name_lookup, timing.connect, timing.tls),
            (None, None, None)
        );
        assert!(timing.first_byte.is_some());
    }
}
