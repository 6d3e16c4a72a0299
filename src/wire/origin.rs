//! Origins and sites.
//!
//! Source: <https://html.spec.whatwg.org/multipage/browsers.html#origin>.

use std::fmt;

use url::{Host, Position, Url};

/// Who asks: a tuple origin, or an opaque one that serialises to `null`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Origin {
    /// The origin of a sandboxed frame, a `data:` or `file:` document. Never the same as another.
    Opaque,
    /// Scheme, host and port.
    Tuple(TupleOrigin),
}

/// Scheme, host and port.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TupleOrigin {
    /// Lower case, without the colon.
    pub scheme: String,
    /// Lower case, punycode.
    pub host: Host<String>,
    /// The port, the default one included.
    pub port: u16,
    /// `scheme://host[:port]`.
    serialization: String,
}

impl Origin {
    /// The origin of a URL: a tuple for http(s), ws(s) and ftp, opaque for the rest.
    pub fn of(url: &Url) -> Self {
        match url.origin() {
            url::Origin::Opaque(_) => Self::Opaque,
            url::Origin::Tuple(scheme, host, port) => {
                // A URL begins with its origin, unless it names a user or holds another URL.
                let begins = url.scheme() == scheme && !url.authority().contains('@');
                let serialization = match begins {
                    true => url[..Position::BeforePath].to_owned(),
                    false => url.origin().ascii_serialization(),
                };
                Self::Tuple(TupleOrigin {
                    scheme,
                    host,
                    port,
                    serialization,
                })
            }
        }
    }

    /// Whether both are the same tuple. An opaque origin is the same as none, itself included,
    /// since the engine never holds two values that came from one document.
    pub fn same_origin(&self, other: &Self) -> bool {
        matches!((self, other), (Self::Tuple(a), Self::Tuple(b)) if a == b)
    }

    /// Schemeful same site.
    ///
    /// <https://html.spec.whatwg.org/multipage/browsers.html#same-site>
    pub fn same_site(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Tuple(a), Self::Tuple(b)) => {
                a.scheme == b.scheme && same_site_host(&a.host, &b.host)
            }
            _ => false,
        }
    }

    /// Same site whatever the schemes.
    pub fn schemelessly_same_site(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Tuple(a), Self::Tuple(b)) => same_site_host(&a.host, &b.host),
            _ => false,
        }
    }

    /// The scheme, or `None` if opaque.
    pub fn scheme(&self) -> Option<&str> {
        match self {
            Self::Opaque => None,
            Self::Tuple(tuple) => Some(&tuple.scheme),
        }
    }

    /// The host, or `None` if opaque.
    pub fn host(&self) -> Option<&Host<String>> {
        match self {
            Self::Opaque => None,
            Self::Tuple(tuple) => Some(&tuple.host),
        }
    }

    /// Whether a document of this origin counts as secure: https, or a loopback host.
    ///
    /// <https://w3c.github.io/webappsec-secure-contexts/#is-origin-trustworthy>
    pub fn is_potentially_trustworthy(&self) -> bool {
        match self {
            Self::Opaque => false,
            Self::Tuple(tuple) => {
                matches!(tuple.scheme.as_str(), "https" | "wss") || is_loopback_host(&tuple.host)
            }
        }
    }
}

/// The serialisation: `scheme://host[:port]`, or `null`.
impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Opaque => "null",
            Self::Tuple(tuple) => &tuple.serialization,
        })
    }
}

/// Whether a URL may be trusted for mixed content and fetch metadata: https, or http to loopback.
///
/// <https://w3c.github.io/webappsec-secure-contexts/#is-url-trustworthy>
pub fn is_potentially_trustworthy(url: &Url) -> bool {
    match url.scheme() {
        "data" | "file" | "about" => true,
        "https" | "wss" => true,
        "http" | "ws" => url.host().is_some_and(|host| is_loopback_host(&host)),
        // What is left may hold an origin inside, as blob: does.
        _ => Origin::of(url).is_potentially_trustworthy(),
    }
}

/// The registrable domain (eTLD+1) of a host, or `None` for IP addresses and public suffixes.
pub fn registrable_domain(host: &Host<String>) -> Option<&str> {
    match host {
        Host::Domain(domain) => psl::domain_str(domain),
        _ => None,
    }
}

/// A name with a dot at its end is of another site than the one without (measured).
fn same_site_host(a: &Host<String>, b: &Host<String>) -> bool {
    let is_absolute =
        |host: &Host<String>| matches!(host, Host::Domain(name) if name.ends_with('.'));
    if is_absolute(a) != is_absolute(b) {
        return false;
    }
    match (registrable_domain(a), registrable_domain(b)) {
        (Some(a), Some(b)) => a == b,
        _ => a == b,
    }
}

fn is_loopback_host(host: &Host<impl AsRef<str>>) -> bool {
    match host {
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
        Host::Domain(domain) => {
            let domain = domain.as_ref();
            let domain = domain.strip_suffix('.').unwrap_or(domain);
            domain == "localhost" || domain.ends_with(".localhost")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin(url: &str) -> Origin {
        Origin::of(&Url::parse(url).unwrap())
    }

    #[test]
    fn serialisation_folds_default_ports_and_case() {
        for (url, expected) in [
            ("HTTPS://App.Example:443/x", "https://app.example"),
            ("http://a.example:8080", "http://a.example:8080"),
            ("http://[::1]:80", "http://[::1]"),
            ("http://bücher.example", "http://xn--bcher-kva.example"),
            ("http://ann:secret@a.example:81/", "http://a.example:81"),
            ("blob:https://a.example/0", "https://a.example"),
            ("data:,x", "null"),
        ] {
            assert_eq!(origin(url).to_string(), expected);
        }
    }

    #[test]
    fn sites() {
        let app = origin("http://app.shop.test:8080");
        assert!(app.same_site(&origin("http://api.shop.test:8081")));
        assert!(!app.same_site(&origin("https://api.shop.test")));
        assert!(app.schemelessly_same_site(&origin("https://api.shop.test")));
        assert!(!app.same_site(&origin("http://api.other.test")));
        assert!(!origin("http://a.co.uk").same_site(&origin("http://b.co.uk")));
        assert!(origin("http://localhost:1").same_site(&origin("http://localhost:2")));
        assert!(!app.same_site(&origin("http://api.shop.test.:8081")));
        assert!(origin("http://app.shop.test.").same_site(&origin("http://api.shop.test.:8081")));
        assert!(!Origin::Opaque.same_origin(&Origin::Opaque));
    }

    #[test]
    fn trustworthy_urls() {
        for (url, expected) in [
            ("https://a.example", true),
            ("http://a.example", false),
            ("http://127.0.0.9", true),
            ("http://[::1]", true),
            ("http://app.localhost", true),
            ("http://localhost.example", false),
            ("data:,x", true),
        ] {
            assert_eq!(
                is_potentially_trustworthy(&Url::parse(url).unwrap()),
                expected,
                "{url}"
            );
        }
    }
}
