//! Routes: where a connection really goes, in curl's spelling (`--resolve`, `--connect-to`) and for
//! the embedded lab. No socket is opened here; [`target`] only answers where one should lead.
//!
//! As in curl, `--connect-to` is applied first (the first that matches), then `--resolve` to the
//! host and port that came out of it (the last given for a name wins, `*` only where no name matches).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use url::Host;

/// A mapping of a host and port to the place that is really connected to. A routed connection goes
/// past every proxy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route(Rule);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Rule {
    /// Every port of one host leads to one address.
    Everything { host: String, address: SocketAddr },
    /// `--resolve`; the host is `None` for `*`.
    Resolve {
        host: Option<String>,
        port: u16,
        addresses: Vec<IpAddr>,
    },
    /// `--connect-to`; `None` for an empty part.
    ConnectTo { from: HostPort, to: HostPort },
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct HostPort {
    host: Option<String>,
    port: Option<u16>,
}

/// A text that is not a route.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a route: `{text}`: {why}")]
pub struct RouteError {
    text: String,
    why: &'static str,
}

/// Where a connection leads instead of the URL's host and port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Target {
    /// These addresses, tried in order.
    Addresses(Vec<SocketAddr>),
    /// Another name, still to be looked up.
    Name { host: String, port: u16 },
}

impl Route {
    /// Leads every port of `host` to `address`, as the embedded lab needs it.
    pub fn everything(host: &str, address: SocketAddr) -> Result<Self, RouteError> {
        let host = parse_host(host).ok_or_else(|| RouteError {
            text: host.to_owned(),
            why: "the host is not valid",
        })?;
        Ok(Self(Rule::Everything { host, address }))
    }

    /// Parses curl's `--resolve`: `[+]HOST:PORT:ADDR[,ADDR]...`, where the host may be `*`.
    pub fn parse_resolve(text: &str) -> Result<Self, RouteError> {
        let error = |why| RouteError {
            text: text.to_owned(),
            why,
        };
        let form = "expected HOST:PORT:ADDRESS[,ADDRESS]";
        if text.starts_with('-') {
            return Err(error("a leading `-` (remove an entry) has no meaning here"));
        }
        // curl's `+` lets the entry time out; ours lives as long as one run anyway.
        let rest = text.strip_prefix('+').unwrap_or(text);
        let (host, rest) = split_host(rest).ok_or_else(|| error(form))?;
        let (port, addresses) = rest.split_once(':').ok_or_else(|| error(form))?;
        let host = match host {
            "*" => None,
            host => Some(parse_host(host).ok_or_else(|| error("the host is not valid"))?),
        };
        let port = parse_port(port).ok_or_else(|| error("the port is not 1 to 65535"))?;
        let addresses = addresses
            .split(',')
            .map(parse_address)
            .collect::<Option<Vec<_>>>()
            .ok_or_else(|| error("the part after the port is not an IP address"))?;
        Ok(Self(Rule::Resolve {
            host,
            port,
            addresses,
        }))
    }

    /// Parses curl's `--connect-to`: `HOST1:PORT1:HOST2:PORT2`, where each part may be empty.
    pub fn parse_connect_to(text: &str) -> Result<Self, RouteError> {
        let error = |why| RouteError {
            text: text.to_owned(),
            why,
        };
        let form = "expected HOST1:PORT1:HOST2:PORT2";
        let (from_host, rest) = split_host(text).ok_or_else(|| error(form))?;
        let (from_port, rest) = rest.split_once(':').ok_or_else(|| error(form))?;
        let (to_host, to_port) = split_host(rest).ok_or_else(|| error(form))?;
        let part = |host: &str, port: &str| {
            let host = match host {
                "" => None,
                host => Some(parse_host(host).ok_or_else(|| error("a host is not valid"))?),
            };
            let port = match port {
                "" => None,
                port => Some(parse_port(port).ok_or_else(|| error("a port is not 1 to 65535"))?),
            };
            Ok(HostPort { host, port })
        };
        Ok(Self(Rule::ConnectTo {
            from: part(from_host, from_port)?,
            to: part(to_host, to_port)?,
        }))
    }
}

/// Whether the host belongs to the lab: its servers stand for servers on the internet.
pub(super) fn is_lab(routes: &[Route], host: &str) -> bool {
    routes
        .iter()
        .any(|Route(rule)| matches!(rule, Rule::Everything { host: own, .. } if own == host))
}

/// Where a connection to `host:port` leads, or `None` if no route applies. The host is spelled as in
/// a parsed URL.
pub(super) fn target(routes: &[Route], host: &str, port: u16) -> Option<Target> {
    let mut redirected: Option<(&str, u16)> = None;
    for Route(rule) in routes {
        match rule {
            Rule::Everything { host: own, address } if own == host => {
                return Some(Target::Addresses(vec![*address]));
            }
            Rule::ConnectTo { from, to } if redirected.is_none() && from.matches(host, port) => {
                let host = to.host.as_deref().unwrap_or(host);
                redirected = Some((host, to.port.unwrap_or(port)));
            }
            _ => {}
        }
    }
    let (host, port) = redirected.unwrap_or((host, port));
    if let Some(addresses) = resolved(routes, Some(host), port).or(resolved(routes, None, port)) {
        let with_port = |&address| SocketAddr::new(address, port);
        return Some(Target::Addresses(addresses.iter().map(with_port).collect()));
    }
    redirected?;
    let host = host.trim_start_matches('[').trim_end_matches(']');
    Some(match host.parse::<IpAddr>() {
        Ok(address) => Target::Addresses(vec![SocketAddr::new(address, port)]),
        Err(_) => Target::Name {
            host: host.to_owned(),
            port,
        },
    })
}

fn resolved<'a>(routes: &'a [Route], name: Option<&str>, port: u16) -> Option<&'a [IpAddr]> {
    routes.iter().rev().find_map(|Route(rule)| match rule {
        Rule::Resolve {
            host,
            port: own,
            addresses,
        } if *own == port && host.as_deref() == name => Some(addresses.as_slice()),
        _ => None,
    })
}

/// The addresses of `localhost` and names below it, in the order in which browsers try them; no
/// resolver is asked, so that nobody can send such a name elsewhere.
pub(super) fn loopback(host: &str) -> Option<[IpAddr; 2]> {
    let name = host.strip_suffix('.').unwrap_or(host);
    let below = || {
        name.len() > ".localhost".len()
            && name.as_bytes()[name.len() - ".localhost".len()..]
                .eq_ignore_ascii_case(b".localhost")
    };
    (name.eq_ignore_ascii_case("localhost") || below()).then_some([
        IpAddr::V6(Ipv6Addr::LOCALHOST),
        IpAddr::V4(Ipv4Addr::LOCALHOST),
    ])
}

impl HostPort {
    fn matches(&self, host: &str, port: u16) -> bool {
        self.host.as_deref().is_none_or(|own| own == host)
            && self.port.is_none_or(|own| own == port)
    }
}

/// Splits `HOST:rest`, the host being possibly an IPv6 address in brackets.
fn split_host(text: &str) -> Option<(&str, &str)> {
    if text.starts_with('[') {
        let end = text.find(']')? + 1;
        return Some((&text[..end], text[end..].strip_prefix(':')?));
    }
    text.split_once(':')
}

/// A host as a parsed URL spells it: lower case, Punycode, IPv6 in brackets.
fn parse_host(text: &str) -> Option<String> {
    Host::parse(text).ok().map(|host| host.to_string())
}

fn parse_port(text: &str) -> Option<u16> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|&port| digits && port != 0)
}

fn parse_address(text: &str) -> Option<IpAddr> {
    let bare = text
        .strip_prefix('[')
        .and_then(|text| text.strip_suffix(']'));
    match bare {
        Some(bare) => bare.parse().ok().map(IpAddr::V6),
        None => text.parse().ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn routes(resolve: &[&str], connect_to: &[&str]) -> Vec<Route> {
        let resolve = resolve.iter().map(|text| Route::parse_resolve(text));
        let connect_to = connect_to.iter().map(|text| Route::parse_connect_to(text));
        resolve.chain(connect_to).map(Result::unwrap).collect()
    }

    fn addresses(texts: &[&str]) -> Option<Target> {
        let parse = |text: &&str| text.parse().unwrap();
        Some(Target::Addresses(texts.iter().map(parse).collect()))
    }

    fn name(host: &str, port: u16) -> Option<Target> {
        let host = host.to_owned();
        Some(Target::Name { host, port })
    }

    #[test]
    fn resolve() {
        for (given, host, port, expected) in [
            ("a.test:80:127.0.0.1", "a.test", 80, &["127.0.0.1:80"][..]),
            ("+A.Test:80:127.0.0.1", "a.test", 80, &["127.0.0.1:80"]),
            ("a.test:80:127.0.0.1", "a.test", 81, &[]),
            ("a.test:80:127.0.0.1", "b.a.test", 80, &[]),
            (
                "a.test:443:[::1],127.0.0.2",
                "a.test",
                443,
                &["[::1]:443", "127.0.0.2:443"],
            ),
            ("a.test:1:::1", "a.test", 1, &["[::1]:1"]),
            ("*:8080:127.0.0.1", "x.test", 8080, &["127.0.0.1:8080"]),
            ("[::2]:80:127.0.0.1", "[::2]", 80, &["127.0.0.1:80"]),
            (
                "bücher.test:80:127.0.0.1",
                "xn--bcher-kva.test",
                80,
                &["127.0.0.1:80"],
            ),
        ] {
            let found = target(&routes(&[given], &[]), host, port);
            let expected = addresses(expected).filter(|_| !expected.is_empty());
            assert_eq!(found, expected, "{given}");
        }
    }

    #[test]
    fn a_name_wins_over_the_star_and_the_later_entry_over_the_earlier() {
        let routes = routes(
            &[
                "a.test:80:127.0.0.1",
                "a.test:80:127.0.0.2",
                "*:80:127.0.0.3",
            ],
            &[],
        );
        assert_eq!(target(&routes, "a.test", 80), addresses(&["127.0.0.2:80"]));
        assert_eq!(target(&routes, "b.test", 80), addresses(&["127.0.0.3:80"]));
    }

    #[test]
    fn connect_to() {
        for (given, host, port, expected) in [
            ("a.test:80:b.test:81", "a.test", 80, name("b.test", 81)),
            ("a.test:80:b.test:81", "a.test", 443, None),
            ("a.test::b.test:", "a.test", 443, name("b.test", 443)),
            (":::8443", "c.test", 443, name("c.test", 8443)),
            ("::127.0.0.1:9", "c.test", 443, addresses(&["127.0.0.1:9"])),
            ("::[::1]:9", "c.test", 443, addresses(&["[::1]:9"])),
            (":::9", "[::2]", 80, addresses(&["[::2]:9"])),
            ("[::2]:80:[::1]:9", "[::2]", 80, addresses(&["[::1]:9"])),
        ] {
            assert_eq!(
                target(&routes(&[], &[given]), host, port),
                expected,
                "{given}"
            );
        }
    }

    #[test]
    fn connect_to_comes_before_resolve() {
        let routes = routes(
            &["b.test:81:127.0.0.1", "a.test:80:127.0.0.2"],
            &["a.test:80:b.test:81", "a.test:80:c.test:82"],
        );
        assert_eq!(target(&routes, "a.test", 80), addresses(&["127.0.0.1:81"]));
    }

    #[test]
    fn everything_leads_every_port_to_one_address() {
        let address = "127.0.0.1:4000".parse().unwrap();
        let routes = [Route::everything("API.Example", address).unwrap()];
        for port in [80, 443, 8080] {
            let found = target(&routes, "api.example", port);
            assert_eq!(found, addresses(&["127.0.0.1:4000"]));
        }
        assert_eq!(target(&routes, "example", 80), None);
    }

    #[test]
    fn texts_that_are_no_route() {
        for (given, why) in [
            ("", "expected"),
            ("a.test", "expected"),
            ("a.test:80", "expected"),
            ("-a.test:80", "leading `-`"),
            ("a.test:0:127.0.0.1", "port"),
            ("a.test:+80:127.0.0.1", "port"),
            ("a.test:80:localhost", "IP address"),
            ("a.test:80:127.0.0.1,", "IP address"),
            ("a b:80:127.0.0.1", "host"),
        ] {
            let error = Route::parse_resolve(given).unwrap_err().to_string();
            assert!(error.contains(why) && error.contains(given), "{error}");
        }
        for (given, why) in [
            ("a.test:80:b.test", "expected"),
            ("a:80:b", "expected"),
            ("a:x:b:80", "port"),
            ("a:80:b c:80", "host"),
            ("a:80:b:80:90", "port"),
        ] {
            let error = Route::parse_connect_to(given).unwrap_err().to_string();
            assert!(error.contains(why) && error.contains(given), "{error}");
        }
    }

    #[test]
    fn loopback_names() {
        for (host, expected) in [
            ("localhost", true),
            ("LocalHost.", true),
            ("app.localhost", true),
            (".localhost", false),
            ("localhost.example", false),
            ("mylocalhost", false),
            ("ülocalhost", false),
        ] {
            assert_eq!(loopback(host).is_some(), expected, "{host}");
        }
    }
}
