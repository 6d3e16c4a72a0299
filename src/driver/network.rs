//! [`Network`]: sends one request, and does nothing else.
//!
//! Whatever reqwest would do on its own (follow, remember, unpack, retry, fill in) is off; see
//! [`Network::build`]. A client with TLS is made when the first request needs it, because reading
//! the trust store costs more than a whole request without TLS.

use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::time::Instant;

use hyper::ext::ReasonPhrase;
use reqwest::{Client, Request, Response, redirect, retry};
use url::Url;

use super::body::{self, Limits};
use super::plan::{Lane, Plan, Security};
use super::proxies::Proxies;
use super::resolver::Resolver;
use super::routes::Route;
use super::stop::{Stop, Stopped};
use super::tls::Tls;
use super::watch::{self, Watch, WatchConnections};
use super::{DriverError, Progress, failure, raw};
use crate::wire::{
    Answer, FailureKind, HeaderList, HttpRequest, HttpVersion, NetworkFailure, Reply,
};

/// More header lines than this make a reply a failure. Browsers bound only the bytes; hyper's room for
/// the lines is set aside for each reply, so this is well above what servers send and no more.
const MAX_HEADER_LINES: usize = 400;

/// The bytes of a head that browsers accept.
pub(super) const MAX_HEAD_BYTES: u32 = 256 * 1024;

/// How often a request goes out again because a kept connection turned out to be dead. Each dead
/// connection leaves the pool, so one more try mostly is a fresh connection.
const MAX_ATTEMPTS: usize = 6;

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
    clients: [OnceLock<Client>; 6],
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
            clients: Default::default(),
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
        if raw::is_needed(request) && !self.is_proxied(&request.url) {
            return Watch::new(None)
                .over(async {
                    let sent = raw::exchange(request, &self.0.routes, self.0.limits, progress);
                    match self.before(deadline, sent).await {
                        Ok(answer) => answer,
                        Err(cut) => Err(cut.failure()),
                    }
                })
                .await;
        }
        let plan = || Plan::new(request, &self.0.routes, &self.0.proxies);
        let Plan {
            lane,
            target,
            request,
        } = plan()?;
        let client = self.client(lane)?;
        let again = || plan().map(|plan| plan.request);
        let watch = Watch::new(target);
        watch
            .over(async {
                let attempts = watch::announce(progress, attempts(client, lane, request, again));
                let outcome = match self.before(deadline, attempts).await {
                    Ok(outcome) => outcome,
                    Err(cut) => Err(cut.failure()),
                };
                match outcome {
                    Ok(response) => {
                        let reply = self.reply(response, lane, deadline, progress);
                        Ok(reply.await)
                    }
                    Err(failure) => Err(NetworkFailure {
                        timing: watch::timing(),
                        ..failure
                    }),
                }
            })
            .await
    }

    async fn reply(
        &self,
        mut response: Response,
        lane: Lane,
        deadline: Option<Instant>,
        progress: &(dyn Fn(Progress) + Send + Sync),
    ) -> Reply {
        let headers: HeaderList = response
            .headers()
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_bytes()))
            .collect();
        let version = match response.version() {
            http::Version::HTTP_10 => HttpVersion::Http10,
            http::Version::HTTP_2 => HttpVersion::Http2,
            _ => HttpVersion::Http11,
        };
        let reason = match response.extensions().get::<ReasonPhrase>() {
            Some(reason) => reason.as_bytes(),
            None if version == HttpVersion::Http2 => b"",
            // hyper keeps only the phrases that are not the usual ones.
            None => response
                .status()
                .canonical_reason()
                .unwrap_or("")
                .as_bytes(),
        };
        let mut reply = Reply {
            status: response.status().as_u16(),
            reason: reason.to_vec(),
            version,
            headers,
            // With a proxy in between, the other end of the connection is not the server.
            peer: response.remote_addr().filter(|_| !lane.proxied),
            ..Reply::default()
        };
        let limits = self.0.limits;
        let (mut bytes, body) = (Vec::new(), &mut reply.body);
        let received = body::receive(&mut response, &mut bytes, body, limits.body, progress);
        if let Err(cut) = self.before(deadline, received).await {
            let error = match cut {
                Cut::Late => "the time limit passed before the body was complete",
                Cut::Stopped => "stopped by the user before the body was complete",
            };
            reply.body.error = Some(error.into());
        }
        reply.body.bytes = bytes.into();
        // What is unread of the body goes with its connection.
        drop(response);
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

    fn client(&self, lane: Lane) -> Result<&Client, NetworkFailure> {
        let cell = &self.0.clients[2 * lane.security as usize + usize::from(lane.proxied)];
        if let Some(client) = cell.get() {
            return Ok(client);
        }
        let client = self.build(lane).map_err(|error| {
            let detail = failure::clean(&error.to_string());
            NetworkFailure::new(FailureKind::Other, detail)
        })?;
        Ok(cell.get_or_init(|| client))
    }

    /// A client that sends what it is given and gives what it receives. On HTTP/1.1 names leave as
    /// browsers write them, and odd header lines are accepted as browsers accept them.
    fn build(&self, lane: Lane) -> reqwest::Result<Client> {
        let builder = Client::builder()
            .redirect(redirect::Policy::none())
            .referer(false)
            .retry(retry::never())
            .http1_title_case_headers()
            .http1_allow_obsolete_multiline_headers_in_responses(true)
            .http1_ignore_invalid_headers_in_responses(true)
            .http1_allow_spaces_after_header_name_in_responses(true)
            .http1_max_headers(MAX_HEADER_LINES)
            .http2_max_header_list_size(MAX_HEAD_BYTES)
            .dns_resolver(Resolver)
            .connector_layer(WatchConnections)
            .tls_backend_preconfigured(match lane.security {
                Security::Plain => self.0.tls.none(),
                Security::Tls => self.0.tls.config(&[b"h2", b"http/1.1"]),
                Security::TlsHttp1 => self.0.tls.config(&[b"http/1.1"]),
            });
        self.0.proxies.apply(builder, lane.proxied).build()
    }
}

/// Sends until a head comes or a failure that is final. A kept connection that the server closed just
/// when it was used again is no failure of this request: as in browsers, it goes out again.
async fn attempts(
    client: &Client,
    lane: Lane,
    mut request: Request,
    again: impl Fn() -> Result<Request, NetworkFailure>,
) -> Result<Response, NetworkFailure> {
    let mut attempt = 1;
    loop {
        let error = match client.execute(request).await {
            Ok(response) => {
                watch::answered();
                return Ok(response);
            }
            Err(error) => error,
        };
        let may_repeat = !error.is_connect()
            && (failure::is_unprocessed(&error)
                || !watch::opened_connection() && failure::is_dead_connection(&error));
        if !may_repeat || attempt == MAX_ATTEMPTS {
            return Err(failure::describe(&error, watch::phase(), lane.proxied));
        }
        attempt += 1;
        request = again()?;
    }
}
