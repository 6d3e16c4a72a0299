//! [`Network`]: sends one request, and does nothing else.

use std::path::PathBuf;
use std::pin::pin;
use std::sync::Arc;
use std::time::Instant;

use url::Url;

use super::body::{self, Incoming, Limits};
use super::head::Head;
use super::plan::{self, Way};
use super::pool::{Pool, Received};
use super::proxied::Clients;
use super::proxies::Proxies;
use super::routes::Route;
use super::stop::{Stop, Stopped};
use super::tls::Tls;
use super::watch::{self, Watch};
use super::{DriverError, Progress, failure};
use crate::engine::Reach;
use crate::wire::{Answer, HttpRequest, NetworkFailure, Reply};

/// What a [`Network`] is made from.
#[derive(Clone, Debug)]
pub struct NetworkOptions {
    /// Where connections lead instead of the URL's host and port.
    pub routes: Vec<Route>,
    /// Accept every certificate (curl's `-k`).
    pub insecure: bool,
    /// Trust the certificates of this file instead of the system's (curl's `--cacert`).
    pub ca_file: Option<PathBuf>,
    /// The proxy, in curl's spelling of `-x`; `None` for the system's.
    pub proxy: Option<String>,
    /// How many bytes of a body are read and kept.
    pub body_limit: usize,
    /// How many bytes a body may unpack to.
    pub decoded_limit: usize,
}

impl Default for NetworkOptions {
    fn default() -> Self {
        Self {
            routes: Vec::new(),
            insecure: false,
            ca_file: None,
            proxy: None,
            body_limit: 1024 * 1024,
            decoded_limit: 4 * 1024 * 1024,
        }
    }
}

/// Sends requests, many at once if need be, and keeps connections between them. Clones share them.
#[derive(Clone, Debug)]
pub struct Network(Arc<Shared>, Stopped);

/// What ended the waiting.
enum Cut {
    /// The deadline passed.
    Late,
    /// The user stopped it.
    Stopped,
}

impl Cut {
    /// What an exchange ends with that was cut before its reply.
    fn failure(self) -> NetworkFailure {
        match self {
            Self::Late => failure::timed_out(watch::phase()),
            Self::Stopped => failure::stopped(watch::phase()),
        }
    }
}

#[derive(Debug)]
struct Shared {
    routes: Vec<Route>,
    proxies: Proxies,
    tls: Tls,
    limits: Limits,
    pool: Pool,
    clients: Clients,
}

impl Network {
    /// A network with these options. Nothing is connected, and no trust store is read yet.
    pub fn new(options: NetworkOptions) -> Result<Self, DriverError> {
        let shared = Shared {
            proxies: Proxies::new(options.proxy.as_deref())?,
            tls: Tls::new(options.insecure, options.ca_file.as_deref())?,
            routes: options.routes,
            limits: Limits {
                body: options.body_limit,
                decoded: options.decoded_limit,
            },
            pool: Pool::default(),
            clients: Clients::default(),
        };
        Ok(Self(Arc::new(shared), Stopped::default()))
    }

    /// The same network, with a handle that ends whatever is sent through it.
    pub fn stoppable(&self) -> (Self, Stop) {
        let (stop, stopped) = Stop::new();
        (Self(self.0.clone(), stopped), stop)
    }

    pub(super) fn routes(&self) -> &[Route] {
        &self.0.routes
    }

    /// How far a connection to the server of `url` comes.
    pub(super) async fn reach(&self, url: &Url) -> Reach {
        let shared = &*self.0;
        shared.pool.reach(url, &shared.routes, &shared.tls).await
    }

    pub(super) fn is_proxied(&self, url: &Url) -> bool {
        self.0.proxies.intercept(url).is_some()
    }

    /// Sends `request` and waits for the reply and the kept head of its body, until `deadline`.
    /// `progress` is told what is being waited for, each time that changes. Dropping the future
    /// cancels the exchange.
    ///
    /// A body that breaks off, or that the deadline or the user cuts, does not undo the reply: it says so in
    /// [`Body::error`](crate::wire::Body::error).
    pub async fn send(
        &self,
        request: &HttpRequest,
        deadline: Option<Instant>,
        progress: &(dyn Fn(Progress) + Send + Sync),
    ) -> Answer {
        let shared = &*self.0;
        let way = plan::way(request, &shared.routes, &shared.proxies)?;
        let exchange = async {
            // Pinned where they are, since whoever takes a future by value has room for it twice.
            let sent = pin!(shared.exchange(request, way));
            let sent = pin!(watch::announce(progress, sent));
            let outcome = match self.before(deadline, sent).await {
                Ok(outcome) => outcome,
                Err(cut) => Err(cut.failure()),
            };
            match outcome {
                Ok((reply, incoming)) => Ok(self.body(reply, incoming, deadline, progress).await),
                Err(failure) => Err(NetworkFailure {
                    timing: watch::timing(),
                    ..failure
                }),
            }
        };
        Watch::new().over(pin!(exchange)).await
    }

    async fn body(
        &self,
        mut reply: Reply,
        mut incoming: Incoming,
        deadline: Option<Instant>,
        progress: &(dyn Fn(Progress) + Send + Sync),
    ) -> Reply {
        let limits = self.0.limits;
        let (mut bytes, body) = (Vec::new(), &mut reply.body);
        let received = {
            let received = body::receive(&mut incoming, &mut bytes, body, limits.body, progress);
            self.before(deadline, pin!(received)).await
        };
        if let Err(cut) = received {
            let error = match cut {
                Cut::Late => "the time limit passed before the body was complete",
                Cut::Stopped => "stopped by the user before the body was complete",
            };
            reply.body.error = Some(error.into());
        }
        reply.body.bytes = bytes.into();
        // What is unread of the body goes with its connection.
        if let Incoming::Direct(incoming) = incoming {
            self.0.pool.keep(incoming);
        }
        reply.timing = watch::timing();
        body::decode(&mut reply.body, &reply.headers, limits.decoded);
        reply
    }

    /// The output of `future`, unless the deadline passes or the user stops it before.
    async fn before<F: Future>(
        &self,
        deadline: Option<Instant>,
        future: F,
    ) -> Result<F::Output, Cut> {
        let late = async {
            match deadline {
                Some(deadline) => tokio::time::sleep_until(deadline.into()).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            () = self.1.wait() => Err(Cut::Stopped),
            output = future => Ok(output),
            () = late => Err(Cut::Late),
        }
    }
}

impl Shared {
    /// Sends a request and waits for the head of its reply.
    async fn exchange(
        &self,
        request: &HttpRequest,
        way: Way,
    ) -> Result<(Reply, Incoming), NetworkFailure> {
        let (head, peer, incoming) = match way {
            Way::Direct { http2 } => {
                let sent = self.pool.exchange(request, http2, &self.routes, &self.tls);
                let Received {
                    head,
                    peer,
                    incoming,
                } = sent.await?;
                (head, peer, Incoming::Direct(incoming))
            }
            Way::Proxied(security) => {
                let clients = &self.clients;
                let sent = clients.exchange(request, security, &self.proxies, &self.tls);
                let (head, response) = Box::pin(sent).await?;
                // The other end of the connection is not the server.
                (head, None, Incoming::Proxied(Box::new(response)))
            }
        };
        let Head {
            version,
            status,
            reason,
            odd_status_line,
            headers,
        } = head;
        let reply = Reply {
            status,
            reason,
            version,
            odd_status_line,
            headers,
            peer,
            certificate_error: self.tls.accepts_in_spite(&request.url),
            ..Reply::default()
        };
        Ok((reply, incoming))
    }
}
