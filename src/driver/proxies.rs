//! Whether a request goes through a proxy: the one given, or the system's.

use http::Uri;
use hyper_util::client::proxy::matcher::Matcher;
use reqwest::{ClientBuilder, NoProxy, Proxy};
use url::{Host, Url};

use super::DriverError;
use super::routes;

/// The proxies of a [`super::Network`]. The same rules are given to reqwest; they are asked here
/// first, because the clients differ and because the peer's address then is the proxy's.
#[derive(Debug)]
pub(super) struct Proxies {
    rules: Matcher,
    /// The proxy that was asked for, or `None` for the system's.
    explicit: Option<Proxy>,
    /// Whether any rule can match at all.
    any: bool,
}

/// A proxy that takes a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Intercepted {
    /// Whether one talks TLS to the proxy itself.
    pub(super) https: bool,
}

impl Proxies {
    /// The given proxy, in curl's spelling (`[scheme://][user:password@]host[:port]`), or the system's.
    pub(super) fn new(proxy: Option<&str>) -> Result<Self, DriverError> {
        let Some(text) = proxy else {
            let rules = Matcher::from_system();
            let any = matches_any(&rules);
            return Ok(Self {
                rules,
                explicit: None,
                any,
            });
        };
        let url = complete(text)?;
        let error = |_| DriverError::Proxy {
            text: text.to_owned(),
            why: "it is not a URL",
        };
        let except = ["NO_PROXY", "no_proxy"]
            .iter()
            .find_map(|name| std::env::var(name).ok())
            .unwrap_or_default();
        let explicit = Proxy::all(&url)
            .map_err(error)?
            .no_proxy(NoProxy::from_env());
        Ok(Self {
            rules: Matcher::builder().all(url).no(except).build(),
            explicit: Some(explicit),
            any: true,
        })
    }

    /// The proxy for this URL, if there is one.
    pub(super) fn intercept(&self, url: &Url) -> Option<Intercepted> {
        // Browsers never take loopback through the system's proxy; curl does if told to.
        if !self.any || (self.explicit.is_none() && is_loopback(url)) {
            return None;
        }
        let uri: Uri = url.as_str().parse().ok()?;
        let proxy = self.rules.intercept(&uri)?;
        Some(Intercepted {
            https: proxy.uri().scheme_str() == Some("https"),
        })
    }

    /// Tells reqwest the same.
    pub(super) fn apply(&self, builder: ClientBuilder) -> ClientBuilder {
        match &self.explicit {
            Some(proxy) => builder.no_proxy().proxy(proxy.clone()),
            None => builder,
        }
    }
}

fn matches_any(rules: &Matcher) -> bool {
    ["http://x.invalid/", "https://x.invalid/"]
        .into_iter()
        .any(|uri| rules.intercept(&Uri::from_static(uri)).is_some())
}

/// Adds what curl lets one leave out: the scheme, and port 1080.
fn complete(text: &str) -> Result<String, DriverError> {
    let error = |why| DriverError::Proxy {
        text: text.to_owned(),
        why,
    };
    let full = match text.contains("://") {
        true => text.to_owned(),
        false => format!("http://{text}"),
    };
    let uri: Uri = full.parse().map_err(|_| error("it is not a URL"))?;
    let default_port = match uri.scheme_str() {
        Some("https") => 443,
        Some("http" | "socks4" | "socks4a" | "socks5" | "socks5h") => 1080,
        _ => {
            return Err(error(
                "the scheme is none of http, https, socks4, socks4a, socks5, socks5h",
            ));
        }
    };
    let authority = uri.authority().ok_or_else(|| error("it has no host"))?;
    if authority.host().is_empty() {
        return Err(error("it has no host"));
    }
    let scheme = uri.scheme_str().unwrap_or("http");
    Ok(match authority.port() {
        Some(_) => format!("{scheme}://{authority}"),
        None => format!("{scheme}://{authority}:{default_port}"),
    })
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(domain)) => routes::loopback(domain).is_some(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn proxies_as_in_curl() {
        for (given, expected) in [
            ("proxy.test", Ok("http://proxy.test:1080")),
            ("proxy.test:3128", Ok("http://proxy.test:3128")),
            ("http://proxy.test:80", Ok("http://proxy.test:80")),
            ("https://proxy.test", Ok("https://proxy.test:443")),
            (
                "socks5h://u:p@proxy.test/",
                Ok("socks5h://u:p@proxy.test:1080"),
            ),
            ("[::1]:8080", Ok("http://[::1]:8080")),
            ("ftp://proxy.test", Err("scheme")),
            ("http://", Err("not a URL")),
            ("a b", Err("not a URL")),
        ] {
            match (complete(given), expected) {
                (Ok(found), Ok(expected)) => assert_eq!(found, expected, "{given}"),
                (Err(error), Err(why)) => assert!(error.to_string().contains(why), "{error}"),
                (found, _) => panic!("{given}: {found:?}"),
            }
        }
    }
}
