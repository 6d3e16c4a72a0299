//! The way that a request takes, and whether it can be sent at all. Nothing is sent here.

use super::proxies::Proxies;
use super::routes::{self, Route};
use crate::wire::{FailureKind, HttpRequest, NetworkFailure, is_token};

/// How a request gets out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// On a connection of our own.
    Direct {
        /// Whether the connection may be one of HTTP/2.
        http2: bool,
    },
    /// Through a proxy, by reqwest.
    Proxied(Security),
}

/// What TLS is spoken on the way through a proxy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Security {
    /// None, so that no trust store has to be read.
    Plain,
    /// HTTP/2 or HTTP/1.1, as the server likes.
    Tls,
    /// HTTP/1.1 only.
    TlsHttp1,
}

/// The way of `request`.
pub(super) fn way(
    request: &HttpRequest,
    routes: &[Route],
    proxies: &Proxies,
) -> Result<Way, NetworkFailure> {
    if !is_token(request.method.as_bytes()) {
        let method = &request.method;
        return Err(unsendable(format!("`{method}` is not a method")));
    }
    let url = &request.url;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(unsendable("this is not a URL of http or https"));
    }
    let (Some(host), Some(port)) = (url.host_str(), url.port_or_known_default()) else {
        return Err(unsendable("this URL has no host"));
    };
    let mut odd = false;
    for header in &request.headers {
        let name = &header.name;
        if !is_token(name.as_bytes()) {
            return Err(unsendable(format!("`{name}` is not a header name")));
        }
        if header.value.iter().any(u8::is_ascii_control) {
            if header.value.iter().any(|byte| b"\0\r\n".contains(byte)) {
                return Err(held_control(name));
            }
            odd |= header
                .value
                .iter()
                .any(|byte| byte.is_ascii_control() && *byte != b'\t');
        }
    }
    let https = url.scheme() == "https";
    // Browsers open WebSockets on HTTP/1.1; control characters in values no library sends on HTTP/2.
    let http2 = https && !odd && !request.headers.contains("upgrade");
    let routed = routes::target(routes, host, port).is_some();
    let proxy = if routed { None } else { proxies.intercept(url) };
    Ok(match proxy {
        None => Way::Direct { http2 },
        Some(_) if http2 => Way::Proxied(Security::Tls),
        // With an https proxy HTTP/2 would have no place for `Host`.
        Some(proxy) if https || proxy.https => Way::Proxied(Security::TlsHttp1),
        Some(_) => Way::Proxied(Security::Plain),
    })
}

/// The failure of a header value that cannot be sent.
pub(super) fn held_control(name: &str) -> NetworkFailure {
    unsendable(format!(
        "the value of `{name}` holds a control character and cannot be sent"
    ))
}

/// The failure of a request that cannot be sent.
pub(super) fn unsendable(detail: impl Into<String>) -> NetworkFailure {
    NetworkFailure::new(FailureKind::Other, detail)
}
