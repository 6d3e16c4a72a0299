//! Our own connections, and those of them that are kept for the next request.
//!
//! They are beside reqwest because the engine judges bytes: what comes through reqwest has lost those that
//! hyper does not care for. They also take a third less of the time of a check. Where a request goes
//! through a proxy, reqwest sends it (`proxied`).

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};

use url::Url;

use super::connect::{Cause, connect};
use super::head::Head;
use super::routes::Route;
use super::tls::Tls;
use super::{Progress, failure, http1, http2, watch};
use crate::engine::Reach;
use crate::wire::{FailureKind, HttpRequest, NetworkFailure};

/// How many connections are kept at most; as many as browsers have open.
const MOST_KEPT: usize = 256;

/// How often a request goes out because of what became of its connection.
const MAX_ATTEMPTS: usize = 6;

/// The kept connections, those used last at the end.
#[derive(Debug, Default)]
pub(super) struct Pool(Mutex<VecDeque<(Place, Connection)>>);

/// The server that a connection is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    https: bool,
    port: u16,
    host: String,
}

#[derive(Debug)]
enum Connection {
    Http1(http1::Connection),
    Http2(http2::Connection),
}

/// The head of a reply, and its body that is still to come.
#[derive(Debug)]
pub(super) struct Received {
    pub(super) head: Head,
    pub(super) peer: Option<SocketAddr>,
    pub(super) incoming: Incoming,
}

/// A body on one of our connections.
#[derive(Debug)]
pub(super) enum Incoming {
    Http1(http1::Incoming, Place),
    Http2(http2::Incoming),
}

impl Pool {
    /// Sends `request`, on a kept connection if there is one, and waits for the head of the reply.
    ///
    /// A kept connection that the server closed just when it was used again is no failure of this request:
    /// as in browsers, it goes out again. So does one that an HTTP/2 server has not begun to work on.
    pub(super) async fn exchange(
        &self,
        request: &HttpRequest,
        http2: bool,
        routes: &[Route],
        tls: &Tls,
    ) -> Result<Received, NetworkFailure> {
        let place = Place::of(&request.url);
        let mut kept = self.take(&place, http2);
        let mut attempt = 1;
        loop {
            let connection = match kept.take() {
                Some(connection) => connection,
                None => {
                    // Boxed, as is all that is rare here: room for a TLS handshake in every exchange costs
                    // more to move about than the exchange does.
                    let open = Box::pin(self.open(&place, &request.url, http2, routes, tls));
                    open.await
                        .map_err(|error| failure::describe(&*error, watch::phase()))?
                }
            };
            let http1 = matches!(connection, Connection::Http1(_));
            let error = match connection.exchange(request, &place).await {
                Ok(received) => {
                    watch::answered();
                    if received.head.status == 421 {
                        self.forget(&place);
                    }
                    return Ok(received);
                }
                Err(error) => error,
            };
            let unprocessed = failure::is_unprocessed(&*error);
            let dead = !watch::opened_connection() && failure::is_dead_connection(&*error);
            if attempt == MAX_ATTEMPTS || !(unprocessed || dead) {
                let failure = failure::describe(&*error, watch::phase());
                let unanswered = http1 && failure::is_dead_connection(&*error);
                return Err(NetworkFailure {
                    unanswered,
                    ..failure
                });
            }
            attempt += 1;
            if unprocessed {
                kept = self.take(&place, http2);
            }
        }
    }

    /// How far a connection to the server of `url` comes. It is kept for the request that may follow.
    pub(super) async fn reach(&self, url: &Url, routes: &[Route], tls: &Tls) -> Reach {
        let place = Place::of(url);
        let connection = match self.take(&place, true) {
            Some(connection) => connection,
            None => match self.open(&place, url, true, routes, tls).await {
                Ok(connection) => connection,
                Err(error) => {
                    let failure = failure::describe(&*error, Progress::TlsHandshake);
                    return match failure.kind {
                        FailureKind::Tls | FailureKind::Reset if place.https => Reach::Tcp,
                        _ => Reach::Nobody,
                    };
                }
            },
        };
        // One with HTTP/2 never leaves the pool.
        if matches!(connection, Connection::Http1(_)) {
            self.put(place, connection);
        }
        Reach::Tls
    }

    /// Keeps the connection of a body that was read to its end, if it can be used again.
    pub(super) fn keep(&self, incoming: Incoming) {
        if let Incoming::Http1(incoming, place) = incoming
            && let Some(connection) = incoming.into_idle()
        {
            self.put(place, Connection::Http1(connection));
        }
    }

    fn put(&self, place: Place, connection: Connection) {
        let mut kept = self.lock();
        if kept.len() == MOST_KEPT {
            kept.pop_front();
        }
        kept.push_back((place, connection));
    }

    /// The connection to this place that was used last. Those that turn out to be closed are dropped.
    fn take(&self, place: &Place, http2: bool) -> Option<Connection> {
        let mut kept = self.lock();
        loop {
            let fits = |(own, connection): &(Place, Connection)| {
                own == place && (http2 || matches!(connection, Connection::Http1(_)))
            };
            let at = kept.iter().rposition(fits)?;
            let (place, mut connection) = kept.remove(at)?;
            if !connection.is_good() {
                continue;
            }
            if let Connection::Http2(shared) = &connection {
                let shared = Connection::Http2(shared.clone());
                kept.push_back((place, shared));
            }
            return Some(connection);
        }
    }

    /// Drops the connections to this place: they are the wrong ones for what was asked (421), and a second
    /// try is to have another.
    fn forget(&self, place: &Place) {
        self.lock().retain(|(own, _)| own != place);
    }

    async fn open(
        &self,
        place: &Place,
        url: &Url,
        http2: bool,
        routes: &[Route],
        tls: &Tls,
    ) -> Result<Connection, Cause> {
        let config = place.https.then(|| tls.config(http2));
        let stream = connect(url, routes, config).await?;
        if !stream.is_http2() {
            return Ok(Connection::Http1(http1::Connection::new(stream)));
        }
        let connection = http2::Connection::new(stream).await?;
        self.put(place.clone(), Connection::Http2(connection.clone()));
        Ok(Connection::Http2(connection))
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<(Place, Connection)>> {
        // Whoever panicked left the list whole.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Place {
    fn of(url: &Url) -> Self {
        Self {
            https: url.scheme() == "https",
            port: url.port_or_known_default().unwrap_or_default(),
            host: url.host_str().unwrap_or_default().to_owned(),
        }
    }
}

impl Connection {
    /// Whether a kept connection still takes requests, as far as is known.
    fn is_good(&mut self) -> bool {
        match self {
            Self::Http1(connection) => connection.is_idle(),
            Self::Http2(connection) => connection.is_open(),
        }
    }

    async fn exchange(self, request: &HttpRequest, place: &Place) -> Result<Received, Cause> {
        match self {
            Self::Http1(connection) => {
                let peer = connection.peer();
                let (head, incoming) = connection.exchange(request).await?;
                Ok(Received {
                    head,
                    peer,
                    incoming: Incoming::Http1(incoming, place.clone()),
                })
            }
            Self::Http2(connection) => {
                let peer = connection.peer();
                let (head, incoming) = Box::pin(connection.exchange(request)).await?;
                Ok(Received {
                    head,
                    peer,
                    incoming: Incoming::Http2(incoming),
                })
            }
        }
    }
}
