//! Requests through a proxy, sent by reqwest. Whatever it would do on its own (follow, remember, unpack,
//! retry, fill in) is off. What hyper tidies is not as it was on the wire here; see [`super`].

use std::sync::OnceLock;

use bytes::Bytes;
use http::header::{HOST, HeaderMap, HeaderName, HeaderValue};
use hyper::ext::ReasonPhrase;
use reqwest::{Client, Method, Request, Response, redirect, retry};

use super::failure;
use super::head::{Head, MAX_HEAD_BYTES};
use super::plan::{Security, held_control, unsendable};
use super::proxies::Proxies;
use super::resolver::Resolver;
use super::tls::Tls;
use super::watch::{self, WatchConnections};
use crate::wire::{FailureKind, HttpRequest, HttpVersion, NetworkFailure};

/// More header lines than this make a reply a failure. Browsers bound only the bytes; hyper's room for
/// the lines is set aside for each reply, so this is well above what servers send and no more.
const MAX_HEADER_LINES: usize = 400;

/// How often a request goes out again because a kept connection turned out to be dead. Each dead
/// connection leaves reqwest's pool, so one more try mostly is a fresh connection.
const MAX_ATTEMPTS: usize = 6;

/// A client for each [`Security`], made when the first request needs it: reading the trust store costs more
/// than a whole request without TLS.
#[derive(Debug, Default)]
pub(super) struct Clients([OnceLock<Client>; 3]);

impl Clients {
    /// Sends until a head comes or a failure that is final; see [`super::pool::Pool::exchange`].
    pub(super) async fn exchange(
        &self,
        request: &HttpRequest,
        security: Security,
        proxies: &Proxies,
        tls: &Tls,
    ) -> Result<(Head, Response), NetworkFailure> {
        let client = self.client(security, proxies, tls)?;
        let mut attempt = 1;
        loop {
            let error = match client.execute(outgoing(request)?).await {
                Ok(response) => {
                    watch::answered();
                    return Ok((head(&response), response));
                }
                Err(error) => error,
            };
            let may_repeat = !error.is_connect()
                && (failure::is_unprocessed(&error)
                    || !watch::opened_connection() && failure::is_dead_connection(&error));
            if !may_repeat || attempt == MAX_ATTEMPTS {
                return Err(failure::describe_proxied(&error, watch::phase()));
            }
            attempt += 1;
        }
    }

    fn client(
        &self,
        security: Security,
        proxies: &Proxies,
        tls: &Tls,
    ) -> Result<&Client, NetworkFailure> {
        let cell = &self.0[security as usize];
        if let Some(client) = cell.get() {
            return Ok(client);
        }
        let client = build(security, proxies, tls).map_err(|error| {
            let detail = failure::clean(&error.to_string());
            NetworkFailure::new(FailureKind::Other, detail)
        })?;
        Ok(cell.get_or_init(|| client))
    }
}

/// A client that sends what it is given and gives what it receives. On HTTP/1.1 names leave as
/// browsers write them, and odd header lines are accepted as browsers accept them.
fn build(security: Security, proxies: &Proxies, tls: &Tls) -> reqwest::Result<Client> {
    let builder = Client::builder()
        .redirect(redirect::Policy::none())
        .referer(false)
        .retry(retry::never())
        .http1_title_case_headers()
        .http1_allow_obsolete_multiline_headers_in_responses(true)
        .http1_ignore_invalid_headers_in_responses(true)
        .http1_allow_spaces_after_header_name_in_responses(true)
        .http1_max_headers(MAX_HEADER_LINES)
        .http2_max_header_list_size(MAX_HEAD_BYTES as u32)
        .dns_resolver(Resolver)
        .connector_layer(WatchConnections)
        .tls_backend_preconfigured(match security {
            Security::Plain => tls.none(),
            Security::Tls => tls.config(true).as_ref().clone(),
            Security::TlsHttp1 => tls.config(false).as_ref().clone(),
        });
    proxies.apply(builder).build()
}

/// What reqwest has to be given so that this request leaves.
fn outgoing(request: &HttpRequest) -> Result<Request, NetworkFailure> {
    let method = Method::from_bytes(request.method.as_bytes())
        .map_err(|_| unsendable(format!("`{}` is not a method", request.method)))?;
    let mut url = request.url.clone();
    url.set_fragment(None);
    // Credentials go out as a header, if at all; here they would only split the pool.
    url.set_username("")
        .and(url.set_password(None))
        .map_err(|()| unsendable("this URL has no host"))?;
    // An http URL is HTTP/1.1 for certain: `Host` can stand first, where browsers put it. Over TLS it
    // may become HTTP/2, which has no `Host`; hyper adds it where it is needed.
    let host_first = url.scheme() == "http";
    let mut outgoing = Request::new(method, url);
    *outgoing.headers_mut() = headers(request, host_first)?;
    if !request.body.is_empty() {
        *outgoing.body_mut() = Some(request.body.clone().into());
    }
    Ok(outgoing)
}

fn headers(request: &HttpRequest, host_first: bool) -> Result<HeaderMap, NetworkFailure> {
    let mut headers = HeaderMap::with_capacity(request.headers.len() + 1);
    if host_first {
        headers.append(HOST, value("Host", request.authority().as_bytes())?);
    }
    for header in &request.headers {
        let name = HeaderName::from_bytes(header.name.as_bytes())
            .map_err(|_| unsendable(format!("`{}` is not a header name", header.name)))?;
        headers.append(name, value(&header.name, &header.value)?);
    }
    Ok(headers)
}

fn value(name: &str, bytes: &[u8]) -> Result<HeaderValue, NetworkFailure> {
    // http refuses control characters, which the Fetch Standard mostly allows.
    HeaderValue::from_maybe_shared(Bytes::copy_from_slice(bytes)).map_err(|_| held_control(name))
}

fn head(response: &Response) -> Head {
    let version = match response.version() {
        http::Version::HTTP_10 => HttpVersion::Http10,
        http::Version::HTTP_2 => HttpVersion::Http2,
        _ => HttpVersion::Http11,
    };
    let status = response.status();
    let reason = match response.extensions().get::<ReasonPhrase>() {
        Some(reason) => reason.as_bytes(),
        None if version == HttpVersion::Http2 => b"",
        // hyper keeps only the phrases that are not the usual ones.
        None => status.canonical_reason().unwrap_or("").as_bytes(),
    };
    let headers = response.headers().iter();
    Head {
        version,
        status: status.as_u16(),
        reason: reason.to_vec(),
        odd_status_line: None,
        headers: headers
            .map(|(name, value)| (name.as_str(), value.as_bytes()))
            .collect(),
    }
}
