//! How an allowed origin misses the origin that asked, and where a redirect leads.

use url::{Host, Url};

use crate::assets::{OriginFault, RedirectKind};
use crate::wire::{HeaderList, Origin};

/// Words in the address of a page to sign in.
const LOGIN: &[&str] = &[
    "login",
    "log-in",
    "signin",
    "sign-in",
    "sign_in",
    "sso",
    "oauth",
    "oauth2",
    "saml",
    "authorize",
    "idp",
    "accounts",
    "auth",
];

/// How Access-Control-Allow-Origin misses `sent`, the Origin that went out; `None` where there is none
/// or it fits.
pub(super) fn origin_fault(headers: &HeaderList, sent: &str) -> Option<OriginFault> {
    let name = "access-control-allow-origin";
    let joined = headers.get_text(name)?;
    if headers.lines(name).count() > 1 {
        return Some(OriginFault::Doubled);
    }
    let value = joined.trim();
    let parts: Vec<_> = value
        .split([',', ' '])
        .filter(|part| !part.is_empty())
        .collect();
    match (value, parts.as_slice()) {
        ("*", _) => return Some(OriginFault::Star),
        _ if value == sent => return None,
        ("null", _) => return Some(OriginFault::Null),
        (_, [first, rest @ ..]) if !rest.is_empty() => {
            let equal = rest.iter().all(|part| part == first);
            return Some(match equal {
                true => OriginFault::Doubled,
                false => OriginFault::List,
            });
        }
        _ => {}
    }
    if is_placeholder(value) {
        return Some(OriginFault::Placeholder);
    }
    if value.contains(['*', '^', '(', '|', '\\']) {
        return Some(OriginFault::Pattern);
    }
    let sent = Url::parse(sent).ok();
    if !value.contains("://") {
        let with_scheme = sent
            .as_ref()
            .and_then(|sent| Url::parse(&format!("{}://{value}", sent.scheme())).ok());
        let host = |url: Option<&Url>| url.and_then(|url| url.host_str().map(str::to_owned));
        let same = host(with_scheme.as_ref()) == host(sent.as_ref());
        return Some(
            match with_scheme.is_some() && (same || value.contains('.')) {
                true => OriginFault::NoScheme,
                false => OriginFault::Placeholder,
            },
        );
    }
    let Ok(allowed) = Url::parse(value) else {
        return Some(OriginFault::Placeholder);
    };
    Some(match sent {
        Some(sent) => between(value, &allowed, &sent),
        None => OriginFault::Other,
    })
}

fn between(value: &str, allowed: &Url, sent: &Url) -> OriginFault {
    if Origin::of(allowed).same_origin(&Origin::of(sent)) {
        let end = value.find("://").map_or(value, |at| &value[at + 3..]);
        return match (end.contains('/'), end.contains(':')) {
            (true, _) => OriginFault::Slash,
            (false, true) if sent.port().is_none() => OriginFault::DefaultPort,
            _ => OriginFault::Case,
        };
    }
    let (host, other) = (
        allowed.host_str().unwrap_or_default(),
        sent.host_str().unwrap_or_default(),
    );
    let same_scheme = allowed.scheme() == sent.scheme();
    let same_port = allowed.port_or_known_default() == sent.port_or_known_default();
    if host == other {
        return match (same_scheme, same_port || allowed.port() == sent.port()) {
            (false, true) => OriginFault::Scheme,
            (true, false) => OriginFault::Port,
            _ => OriginFault::Other,
        };
    }
    match (is_loopback(allowed), is_loopback(sent)) {
        (true, true) if same_scheme && same_port => OriginFault::LoopbackName,
        (true, false) => OriginFault::DeveloperMachine,
        _ if differ_by_www(host, other) && same_scheme && same_port => OriginFault::Www,
        _ => OriginFault::Other,
    }
}

/// A value that looks as if something was not filled in.
fn is_placeholder(value: &str) -> bool {
    let words = [
        "",
        "undefined",
        "none",
        "nil",
        "true",
        "false",
        "origin",
        "[object object]",
        "nan",
        "any",
        "all",
    ];
    let folded = value.to_ascii_lowercase();
    let folded = folded.trim_matches(['"', '\'']);
    words.contains(&folded) || value.contains(['$', '{', '}', '<', '>', '%'])
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback() || address.is_unspecified(),
        Some(Host::Ipv6(address)) => address.is_loopback() || address.is_unspecified(),
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        None => false,
    }
}

fn differ_by_www(a: &str, b: &str) -> bool {
    a.strip_prefix("www.") == Some(b) || b.strip_prefix("www.") == Some(a)
}

/// Where a redirect from `from` to `to` leads.
pub(super) fn redirect_kind(from: &Url, to: &Url) -> RedirectKind {
    let same_host = from.host() == to.host();
    let (old, new) = (from.path(), to.path());
    let host = |url: &Url| url.host_str().unwrap_or_default().to_owned();
    let is_storage = |url: &Url| host(url).ends_with(".amazonaws.com");
    if same_host && from.scheme() == "http" && to.scheme() == "https" && !is_login(to) {
        return RedirectKind::Https;
    }
    if same_host && old != new && old.trim_end_matches('/') == new.trim_end_matches('/') {
        return RedirectKind::Slash;
    }
    if is_login(to) && !is_login(from) {
        return RedirectKind::Login;
    }
    if differ_by_www(&host(from), &host(to)) {
        return RedirectKind::Www;
    }
    if !same_host && is_storage(from) && is_storage(to) {
        return RedirectKind::Region;
    }
    match same_host {
        false => RedirectKind::Host,
        true if new.len() > old.len() && new.ends_with(old) => RedirectKind::Prefix,
        true => RedirectKind::Path,
    }
}

fn is_login(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let words = host.split('.').chain(url.path().split('/'));
    let mut words = words.map(|word| word.split('.').next().unwrap_or(word).to_ascii_lowercase());
    words.any(|word| LOGIN.contains(&word.as_str()))
}

/// Which words of `assets/evidence.toml` name it.
pub(super) fn fault_words(fault: OriginFault) -> &'static str {
    match fault {
        OriginFault::Scheme => "allow-origin-scheme",
        OriginFault::Port => "allow-origin-port",
        OriginFault::DefaultPort => "allow-origin-default-port",
        OriginFault::Www => "allow-origin-www",
        OriginFault::Slash => "allow-origin-slash",
        OriginFault::Case => "allow-origin-case",
        OriginFault::LoopbackName => "allow-origin-loopback-name",
        OriginFault::NoScheme => "allow-origin-no-scheme",
        OriginFault::Pattern => "allow-origin-pattern",
        OriginFault::List => "allow-origin-list",
        OriginFault::Doubled => "allow-origin-doubled",
        OriginFault::Placeholder => "allow-origin-placeholder",
        OriginFault::DeveloperMachine => "allow-origin-developer-machine",
        OriginFault::Star => "allow-origin-star",
        OriginFault::Null => "allow-origin-null",
        OriginFault::Other => "allow-origin-other",
    }
}

/// Which words of `assets/evidence.toml` name it.
pub(super) fn redirect_words(kind: RedirectKind) -> &'static str {
    match kind {
        RedirectKind::Https => "redirect-https",
        RedirectKind::Slash => "redirect-slash",
        RedirectKind::Www => "redirect-www",
        RedirectKind::Login => "redirect-login",
        RedirectKind::Region => "redirect-region",
        RedirectKind::Prefix => "redirect-prefix",
        RedirectKind::Host => "redirect-host",
        RedirectKind::Path => "redirect-path",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_allowed_origin_misses_in_a_way_that_has_a_name() {
        for (value, sent, expected) in [
            ("http://app.test", "https://app.test", OriginFault::Scheme),
            (
                "https://app.test:8080",
                "https://app.test",
                OriginFault::Port,
            ),
            (
                "https://app.test:443",
                "https://app.test",
                OriginFault::DefaultPort,
            ),
            ("https://www.app.test", "https://app.test", OriginFault::Www),
            ("https://app.test/", "https://app.test", OriginFault::Slash),
            ("https://app.test/x", "https://app.test", OriginFault::Slash),
            ("https://App.test", "https://app.test", OriginFault::Case),
            (
                "http://127.0.0.1:3000",
                "http://localhost:3000",
                OriginFault::LoopbackName,
            ),
            (
                "http://localhost:3000",
                "https://app.test",
                OriginFault::DeveloperMachine,
            ),
            ("app.test", "https://app.test", OriginFault::NoScheme),
            (
                "https://*.app.test",
                "https://a.app.test",
                OriginFault::Pattern,
            ),
            ("*.app.test", "https://a.app.test", OriginFault::Pattern),
            (
                "https://a.test, https://b.test",
                "https://b.test",
                OriginFault::List,
            ),
            (
                "https://a.test https://b.test",
                "https://b.test",
                OriginFault::List,
            ),
            (
                "https://b.test, https://b.test",
                "https://b.test",
                OriginFault::Doubled,
            ),
            ("undefined", "https://app.test", OriginFault::Placeholder),
            ("", "https://app.test", OriginFault::Placeholder),
            ("$http_origin", "https://app.test", OriginFault::Placeholder),
            ("%{ORIGIN}e", "https://app.test", OriginFault::Placeholder),
            ("null", "https://app.test", OriginFault::Null),
            ("*", "https://app.test", OriginFault::Star),
            ("https://other.test", "https://app.test", OriginFault::Other),
            ("https://other.test", "null", OriginFault::Other),
        ] {
            let headers = HeaderList::from_iter([("Access-Control-Allow-Origin", value)]);
            assert_eq!(origin_fault(&headers, sent), Some(expected), "{value}");
        }
        let fits = HeaderList::from_iter([("access-control-allow-origin", " https://app.test ")]);
        assert_eq!(origin_fault(&fits, "https://app.test"), None);
        let line = ("access-control-allow-origin", "https://app.test");
        let twice = HeaderList::from_iter([line, line]);
        assert_eq!(
            origin_fault(&twice, "https://app.test"),
            Some(OriginFault::Doubled)
        );
    }

    #[test]
    fn a_redirect_leads_somewhere_that_has_a_name() {
        for (from, to, expected) in [
            ("http://a.test/x", "https://a.test/x", RedirectKind::Https),
            ("http://a.test/x", "http://a.test/x/", RedirectKind::Slash),
            ("http://a.test/x/", "http://a.test/x", RedirectKind::Slash),
            ("http://a.test/x", "http://www.a.test/x", RedirectKind::Www),
            (
                "http://a.test/x",
                "http://a.test/login?next=x",
                RedirectKind::Login,
            ),
            (
                "http://a.test/x",
                "https://sso.corp.test/start",
                RedirectKind::Login,
            ),
            (
                "http://a.test/x",
                "http://a.test/accounts/sign-in.php",
                RedirectKind::Login,
            ),
            (
                "http://a.test/x",
                "http://a.test/en/x",
                RedirectKind::Prefix,
            ),
            ("http://a.test/x", "http://b.test/x", RedirectKind::Host),
            ("http://a.test/x", "http://a.test/y", RedirectKind::Path),
            (
                "http://b.s3.amazonaws.com/x",
                "http://b.s3.eu-west-1.amazonaws.com/x",
                RedirectKind::Region,
            ),
        ] {
            let [from, to] = [from, to].map(|url| Url::parse(url).unwrap());
            assert_eq!(redirect_kind(&from, &to), expected, "{from} to {to}");
        }
    }
}
