//! An address by itself, as network panels, mails and address bars have it.

use std::net::Ipv4Addr;

use url::{Host, Url};

use super::draft::Draft;
use super::note::{Note, NoteKind};

/// What may stand before an address, as network panels and files of requests have it.
pub(super) const METHODS: &[&str] = &["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

/// An address, by itself or in quotes or angle brackets, or behind a method; the first of several lines of them.
pub(super) fn read(text: &str) -> Option<Draft> {
    let text = text.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let mut first = of_line(lines.next()?)?;
    let mut others = 0_usize;
    for line in lines {
        of_line(line)?;
        others += 1;
    }
    if others > 0 {
        let note = Note::new(NoteKind::Dropped, "more-requests");
        let count = (others + 1).to_string();
        first.notes.push(note.with("count", count));
    }
    Some(first)
}

fn of_line(line: &str) -> Option<Draft> {
    let (method, text) = match line.split_once([' ', '\t']) {
        Some((method, text)) => (Some(method), text.trim_start()),
        None => (None, line),
    };
    let is_method = |method: &str| METHODS.contains(&method);
    let around = ['"', '\'', '`', '<', '>', '“', '”', '‘', '’', ','];
    let url = text.trim_matches(around);
    let known = method.is_none_or(is_method) && !url.contains(char::is_whitespace);
    if !known {
        return None;
    }
    let (url, scheme) = match is_url(url) {
        true => (url.to_owned(), None),
        false => with_scheme(url).map(|(url, scheme)| (url, Some(scheme)))?,
    };
    let note = scheme.map(scheme_note);
    Some(Draft {
        method: method.map(str::to_owned),
        notes: note.into_iter().collect(),
        ..Draft::of_url(&url)
    })
}

/// That a scheme was put before an address.
pub(super) fn scheme_note(scheme: &'static str) -> Note {
    Note::new(NoteKind::Assumed, "scheme-of-address").with("scheme", scheme)
}

/// The scheme for a host that is told without one: pages are secure but for those of this machine.
pub(super) fn scheme_of(authority: &str) -> &'static str {
    let url = Url::parse(&format!("http://{authority}"));
    let own = match url.as_ref().ok().and_then(Url::host) {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback() || address.is_unspecified(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    if own { "http" } else { "https" }
}

/// `api.example/v1`, `localhost:3000`, `//api.example/x`: with a scheme, if it is an address at all. A name with
/// nothing behind it may be that of a file.
fn with_scheme(text: &str) -> Option<(String, &'static str)> {
    let relative = text.strip_prefix("//");
    let rest = relative.unwrap_or(text);
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !authority.ends_with(']') => (host, Some(port)),
        _ => (authority, None),
    };
    let numbers = |port: &str| !port.is_empty() && port.chars().all(|c| c.is_ascii_digit());
    if !port.is_none_or(numbers) {
        return None;
    }
    let label = |label: &str| {
        let part = |c: char| c.is_alphanumeric() || c == '-';
        !label.is_empty() && label.chars().all(part) && !label.starts_with('-')
    };
    let address = host.starts_with('[') || host.parse::<Ipv4Addr>().is_ok();
    let local = host.eq_ignore_ascii_case("localhost") || host.ends_with(".localhost");
    let top = host.rsplit('.').next().unwrap_or_default();
    let domain = host.contains('.')
        && host.split('.').all(label)
        && top.chars().count() > 1
        && !top.chars().any(|c| c.is_ascii_digit());
    let leads = relative.is_some() || path.starts_with('/') || path.starts_with('?');
    let known = match (address || local, domain) {
        (true, _) => leads || port.is_some(),
        (false, true) => leads,
        (false, false) => false,
    };
    let scheme = scheme_of(authority);
    let url = format!("{scheme}://{rest}");
    (known && Url::parse(&url).is_ok()).then_some((url, scheme))
}

fn is_url(text: &str) -> bool {
    let schemes = ["http://", "https://", "ws://", "wss://"];
    let begins = |scheme: &&str| {
        let start = text.get(..scheme.len());
        start.is_some_and(|start| start.eq_ignore_ascii_case(scheme))
    };
    schemes.iter().any(begins) && Url::parse(text).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_without_a_scheme() {
        for (text, expected) in [
            ("api.example/v1", Some("https://api.example/v1")),
            ("localhost:3000/x", Some("http://localhost:3000/x")),
            ("LOCALHOST:3000", Some("http://LOCALHOST:3000")),
            ("app.localhost/", Some("http://app.localhost/")),
            ("127.0.0.1:8080", Some("http://127.0.0.1:8080")),
            ("[::1]:8080/x", Some("http://[::1]:8080/x")),
            ("192.168.0.2/x", Some("https://192.168.0.2/x")),
            ("//api.example", Some("https://api.example")),
            ("//api.example/x", Some("https://api.example/x")),
            (
                "api.example:8443/x?a=b:c",
                Some("https://api.example:8443/x?a=b:c"),
            ),
            ("PUT api.example/v1", Some("https://api.example/v1")),
            ("bücher.example/x", Some("https://bücher.example/x")),
            ("api.example", None),
            ("app.js:12", None),
            ("localhost", None),
            ("me@api.example/x", None),
            ("and/or", None),
            ("e.g./i.e.", None),
            ("1.5/2", None),
            ("10:30/x", None),
            ("// a remark", None),
            ("//remark", None),
            ("src/main.rs", None),
            ("-a.b/c", None),
            ("PUTS api.example/v1", None),
        ] {
            let url = read(text).map(|draft| draft.url);
            assert_eq!(url.as_deref(), expected, "{text}");
        }
    }
}
