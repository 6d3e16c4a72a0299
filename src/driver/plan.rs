//! From a [`HttpRequest`] to what reqwest has to be given so that exactly that request leaves, on
//! the connection that the routes and proxies ask for. Nothing is sent here.

use bytes::Bytes;
use http::header::{HOST, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Method, Request};
use url::{Host, Url};

use super::proxies::Proxies;
use super::routes::{self, Route, Target};
use crate::wire::{FailureKind, HttpRequest, NetworkFailure};

/// Which of the clients sends a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Lane {
    pub(super) security: Security,
    pub(super) proxied: bool,
}

/// What TLS a client has to speak.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Security {
    /// None, so that no trust store has to be read.
    Plain,
    /// HTTP/2 or HTTP/1.1, as the server likes.
    Tls,
    /// HTTP/1.1 only.
    TlsHttp1,
}

/// One request, ready to be handed to reqwest. Sending it again takes another plan: a copy of this one
/// kept just in case costs more than making it, and is hardly ever needed.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) lane: Lane,
    /// Where the connection leads, if not to the host of the URL.
    pub(super) target: Option<Target>,
    pub(super) request: Request,
}

impl Plan {
    pub(super) fn new(
        request: &HttpRequest,
        routes: &[Route],
        proxies: &Proxies,
    ) -> Result<Self, NetworkFailure> {
        let method = Method::from_bytes(request.method.as_bytes())
            .map_err(|_| unsendable(format!("`{}` is not a method", request.method)))?;
        if !matches!(request.url.scheme(), "http" | "https") {
            return Err(unsendable("this is not a URL of http or https"));
        }
        let mut url = request.url.clone();
        url.set_fragment(None);
        // Credentials go out as a header, if at all; here they would only split the pool.
        let stripped = url.set_username("").and(url.set_password(None));
        let (Ok(()), Some(host), Some(port)) = (stripped, url.host(), url.port_or_known_default())
        else {
            return Err(unsendable("this URL has no host"));
        };

        let https = url.scheme() == "https";
        let literal = !matches!(host, Host::Domain(_));
        let target = match url.host_str() {
            Some(host) => routes::target(routes, host, port),
            None => None,
        };
        let proxy = match target {
            Some(_) => None,
            None => proxies.intercept(&url),
        };
        let mut security = match https {
            true => Security::Tls,
            // TLS with the proxy only; HTTP/2 with it would have no place for `Host`.
            false if proxy.is_some_and(|proxy| proxy.https) => Security::TlsHttp1,
            false => Security::Plain,
        };
        // HTTP/2 knows no Upgrade; browsers open WebSockets on HTTP/1.1.
        if https && request.headers.contains("upgrade") {
            security = Security::TlsHttp1;
        }
        // An http URL is HTTP/1.1 for certain: `Host` can stand first, where browsers put it. Over
        // TLS it may become HTTP/2, which has no `Host`; hyper adds it where it is needed.
        let mut host_first = !https;
        if let Some(target) = &target {
            // The connector asks the resolver only for names, and an explicit port of the URL
            // overrides the port that the resolver gives. So an address or such a port gives way;
            // what is shown to the server stays right through `Host`.
            let other_port = url.port().is_some_and(|port| !target.keeps_port(port));
            if literal && https {
                return Err(unsendable(
                    "an https URL whose host is an IP address cannot be routed elsewhere",
                ));
            }
            if literal || other_port {
                if https {
                    // In HTTP/2 `:authority` would be made from the changed URL and lie.
                    security = Security::TlsHttp1;
                }
                host_first = true;
                give_way(&mut url, literal, &request.authority())?;
            }
        }

        let mut outgoing = Request::new(method, url);
        *outgoing.headers_mut() = headers(request, host_first)?;
        if !request.body.is_empty() {
            *outgoing.body_mut() = Some(request.body.clone().into());
        }
        Ok(Self {
            lane: Lane {
                security,
                proxied: proxy.is_some(),
            },
            target,
            request: outgoing,
        })
    }
}

/// Takes from the URL what would keep the connector from asking for the route. The user name, which
/// hyper sends nowhere, keeps connections of different origins apart in its pool.
fn give_way(url: &mut Url, literal: bool, authority: &str) -> Result<(), NetworkFailure> {
    let impossible = |_| unsendable("this URL cannot be routed");
    url.set_port(None).map_err(impossible)?;
    if literal && url.set_host(Some("routed.invalid")).is_err() {
        return Err(impossible(()));
    }
    url.set_username(authority).map_err(impossible)
}

/// The header lines. Their values are parts of one piece of memory: reqwest and what is beneath it copy
/// them several times, and copying a part only counts.
fn headers(request: &HttpRequest, host_first: bool) -> Result<HeaderMap, NetworkFailure> {
    let host = host_first.then(|| request.authority());
    let host = host.as_deref().unwrap_or_default();
    let lengths = request.headers.iter().map(|header| header.value.len());
    let mut values = Vec::with_capacity(host.len() + lengths.sum::<usize>());
    values.extend_from_slice(host.as_bytes());
    for header in &request.headers {
        values.extend_from_slice(&header.value);
    }
    let mut values = Bytes::from(values);
    let mut headers = HeaderMap::with_capacity(request.headers.len() + 1);
    if host_first {
        headers.append(HOST, value("Host", values.split_to(host.len()))?);
    }
    for header in &request.headers {
        let name = HeaderName::from_bytes(header.name.as_bytes())
            .map_err(|_| unsendable(format!("`{}` is not a header name", header.name)))?;
        let bytes = values.split_to(header.value.len());
        headers.append(name, value(&header.name, bytes)?);
    }
    Ok(headers)
}

fn value(name: &str, bytes: Bytes) -> Result<HeaderValue, NetworkFailure> {
    // http refuses control characters, which the Fetch Standard mostly allows and nobody sends.
    HeaderValue::from_maybe_shared(bytes).map_err(|_| {
        unsendable(format!(
            "the value of `{name}` holds a control character and cannot be sent"
        ))
    })
}

fn unsendable(detail: impl Into<String>) -> NetworkFailure {
    NetworkFailure::new(FailureKind::Other, detail)
}
