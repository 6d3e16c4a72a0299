//! HTTP Strict Transport Security: hosts that are only ever asked over https.
//!
//! Sources: <https://www.rfc-editor.org/rfc/rfc6797>,
//! <https://fetch.spec.whatwg.org/#concept-main-fetch> (the upgrade in main fetch).

use std::collections::BTreeMap;

use url::{Host, Url};

use super::block::{Block, BlockReason, Phase};
use super::main_fetch::Fetch;
use super::request::Timestamp;
use super::trace::{Evidence, Rule, StepOutcome};
use crate::wire::{HeaderList, latin1};

/// How a browser turns http into https for a known host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HstsUpgrade {
    /// The URL is changed before anything else looks at it.
    BeforeRequest,
    /// By a redirect that the browser answers itself, so that a preflight fails and the origin may
    /// become `null`.
    InternalRedirect,
    /// As `BeforeRequest`, in a library outside of the engine, which was not measured.
    OutsideEngine,
}

/// The hosts that a browser knows to be secure only. Hosts that browsers ship a list of are not known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HstsStore {
    hosts: BTreeMap<String, Known>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Known {
    /// `None` for ever.
    until: Option<Timestamp>,
    subdomains: bool,
}

impl FromIterator<(String, bool, Option<Timestamp>)> for HstsStore {
    /// Knows what [`HstsStore::kept`] has told.
    fn from_iter<T: IntoIterator<Item = (String, bool, Option<Timestamp>)>>(kept: T) -> Self {
        let known = |(host, subdomains, until)| (host, Known { until, subdomains });
        Self {
            hosts: kept.into_iter().map(known).collect(),
        }
    }
}

impl HstsStore {
    /// Makes a host known, without its subdomains and for ever. Returns whether the text names a host
    /// that can be: a domain, neither an IP address nor `localhost`.
    pub fn insert(&mut self, host: &str) -> bool {
        match Host::parse(host) {
            Ok(Host::Domain(host)) if !is_localhost(&host) && !host.is_empty() => {
                let known = Known {
                    until: None,
                    subdomains: false,
                };
                self.hosts.insert(host, known);
                true
            }
            _ => false,
        }
    }

    /// The hosts of a list; names that cannot be known are left out.
    pub fn of(hosts: &[String]) -> Self {
        let mut store = Self::default();
        for host in hosts {
            store.insert(host);
        }
        store
    }

    /// Each host that is still known at `now`, and whether its subdomains are meant too.
    pub fn entries(&self, now: Timestamp) -> impl Iterator<Item = (&str, bool)> {
        let known = move |known: &Known| known.until.is_none_or(|until| until > now);
        let hosts = self.hosts.iter().filter(move |(_, one)| known(one));
        hosts.map(|(host, known)| (host.as_str(), known.subdomains))
    }

    /// Each known host, whether its subdomains are meant too, and until when; `None` for ever.
    pub fn kept(&self) -> impl Iterator<Item = (&str, bool, Option<Timestamp>)> {
        let hosts = self.hosts.iter();
        hosts.map(|(host, known)| (host.as_str(), known.subdomains, known.until))
    }

    /// Learns from an answer over https. Only the first line counts, and only if it is well-formed.
    ///
    /// <https://www.rfc-editor.org/rfc/rfc6797#section-8.1>
    pub(super) fn learn(&mut self, url: &Url, headers: &HeaderList, now: Timestamp) {
        let (Some(Host::Domain(host)), "https") = (url.host(), url.scheme()) else {
            return;
        };
        let line = headers.lines("strict-transport-security").next();
        let Some((max_age, subdomains)) = line.and_then(|line| parse(&latin1(line))) else {
            return;
        };
        if is_localhost(host) {
            return;
        }
        if max_age == 0 {
            self.hosts.remove(host);
            return;
        }
        let known = Known {
            until: Some(now.plus_seconds(max_age)),
            subdomains,
        };
        self.hosts.insert(host.to_owned(), known);
    }

    /// The entry that makes a host known: its own, or that of a domain above it.
    ///
    /// <https://www.rfc-editor.org/rfc/rfc6797#section-8.2>
    fn entry_for(&self, host: &str, now: Timestamp) -> Option<&str> {
        let above = host.match_indices('.').map(|(at, _)| &host[at + 1..]);
        let names = std::iter::once((host, true)).chain(above.map(|name| (name, false)));
        for (name, own) in names {
            if let Some((name, known)) = self.hosts.get_key_value(name)
                && known.until.is_none_or(|until| now < until)
                && (own || known.subdomains)
            {
                return Some(name);
            }
        }
        None
    }
}

/// `localhost` and what is below it never is secure only.
fn is_localhost(host: &str) -> bool {
    let host = host.strip_suffix('.').unwrap_or(host);
    host == "localhost" || host.ends_with(".localhost")
}

/// Seconds, and whether subdomains are meant; `None` where the header does not count.
///
/// <https://www.rfc-editor.org/rfc/rfc6797#section-6.1>
fn parse(value: &str) -> Option<(u64, bool)> {
    let (mut max_age, mut subdomains) = (None, false);
    for directive in value.split(';').map(str::trim) {
        let (name, value) = match directive.split_once('=') {
            Some((name, value)) => (name.trim_end(), Some(value.trim_start())),
            None => (directive, None),
        };
        if name.eq_ignore_ascii_case("max-age") {
            let digits = value?;
            let digits = digits
                .strip_prefix('"')
                .and_then(|inner| inner.strip_suffix('"'))
                .unwrap_or(digits);
            let all_digits = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
            if !all_digits || max_age.is_some() {
                return None;
            }
            max_age = Some(digits.parse().unwrap_or(u64::MAX));
        } else if name.eq_ignore_ascii_case("includesubdomains") {
            if value.is_some() || subdomains {
                return None;
            }
            subdomains = true;
        }
    }
    max_age.map(|max_age| (max_age, subdomains))
}

/// The same URL over https: port 80 becomes 443, any other stays.
pub(super) fn as_https(url: &Url) -> Url {
    let mut https = url.clone();
    // http turns into https always; the default port goes with it.
    let _ = https.set_scheme("https");
    https
}

/// What HSTS does to a request.
pub(super) enum Upgrade {
    /// Nothing, or the URL is changed by now.
    Done,
    /// A redirect of the browser's own leads to this URL.
    Redirect(Url),
}

impl Fetch {
    /// <https://fetch.spec.whatwg.org/#concept-main-fetch>: a known host is asked over https.
    pub(super) fn upgrade_by_hsts(&mut self, store: &HstsStore, now: Timestamp) -> Upgrade {
        let url = self.request.current_url().clone();
        let Some(entry) = url
            .domain()
            .filter(|_| url.scheme() == "http")
            .and_then(|host| store.entry_for(host, now))
        else {
            return Upgrade::Done;
        };
        let upgraded = as_https(&url);
        let (case, outcome) = match self.profile.hsts {
            HstsUpgrade::BeforeRequest => ("upgraded", StepOutcome::Info),
            HstsUpgrade::OutsideEngine => ("outside-engine", StepOutcome::NotModelled),
            HstsUpgrade::InternalRedirect => return Upgrade::Redirect(upgraded),
        };
        self.trace
            .push(Rule::Hsts, outcome, None)
            .with("case", case)
            .with("item", entry.to_owned())
            .with("insecure_url", url.to_string())
            .with("url", upgraded.to_string());
        self.request.replace_current_url(upgraded);
        Upgrade::Done
    }

    /// Tells of the browser's own redirect, and blocks a preflight that meets it.
    pub(super) fn meet_internal_redirect(
        &mut self,
        to: &Url,
        with_preflight: bool,
    ) -> Result<(), Box<Block>> {
        let (case, outcome) = if with_preflight {
            ("preflight", StepOutcome::Fail)
        } else {
            ("internal-redirect", StepOutcome::Info)
        };
        let url = self.request.current_url().clone();
        let step = self
            .trace
            .push(Rule::Hsts, outcome, None)
            .with("case", case)
            .with("item", url.host_str().unwrap_or_default().to_owned())
            .with("insecure_url", url.to_string())
            .with("url", to.to_string())
            .with("expected", to.to_string())
            .evidence(Evidence::request(":url", url.as_str()));
        if with_preflight {
            return Err(step.block(BlockReason::PreflightRedirect, Phase::Preflight));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn learned(lines: &[&str]) -> HstsStore {
        let headers: HeaderList = lines
            .iter()
            .map(|line| ("Strict-Transport-Security", *line))
            .collect();
        let mut store = HstsStore::default();
        let url = Url::parse("https://api.test/x").unwrap();
        store.learn(&url, &headers, Timestamp(0));
        store
    }

    fn knows(store: &HstsStore, host: &str, seconds: u64) -> bool {
        let now = Timestamp(0).plus_seconds(seconds);
        store.entry_for(host, now).is_some()
    }

    #[test]
    fn headers() {
        for (value, parsed) in [
            ("max-age=60", Some((60, false))),
            ("max-age=\"60\"; includeSubDomains", Some((60, true))),
            (
                "INCLUDESUBDOMAINS ; Max-Age = 60;; preload",
                Some((60, true)),
            ),
            ("max-age=0", Some((0, false))),
            ("max-age=99999999999999999999999", Some((u64::MAX, false))),
            ("includeSubDomains", None),
            ("max-age", None),
            ("max-age=", None),
            ("max-age=-1", None),
            ("max-age=60s", None),
            ("max-age=60; max-age=60", None),
            ("max-age=60; includeSubDomains=1", None),
            ("", None),
        ] {
            assert_eq!(parse(value), parsed, "{value}");
        }
    }

    #[test]
    fn a_host_is_known_until_its_time_is_over() {
        let store = learned(&["max-age=60"]);
        assert!(knows(&store, "api.test", 59));
        assert!(!knows(&store, "api.test", 60));
        assert!(!knows(&store, "v1.api.test", 0));
        assert!(!knows(&store, "test", 0));
    }

    #[test]
    fn subdomains_are_known_where_the_header_says_so() {
        let store = learned(&["max-age=60; includeSubDomains"]);
        assert!(knows(&store, "a.b.api.test", 0));
        assert!(!knows(&store, "xapi.test", 0));
    }

    #[test]
    fn only_the_first_line_counts() {
        assert!(knows(&learned(&["max-age=60", "max-age=0"]), "api.test", 0));
        assert!(!knows(&learned(&["nonsense", "max-age=60"]), "api.test", 0));
    }

    #[test]
    fn zero_forgets() {
        let mut store = learned(&["max-age=60"]);
        let headers: HeaderList = [("strict-transport-security", "max-age=0")]
            .into_iter()
            .collect();
        let url = Url::parse("https://api.test").unwrap();
        store.learn(&url, &headers, Timestamp(0));
        assert_eq!(store, HstsStore::default());
    }

    #[test]
    fn http_and_ip_addresses_and_localhost_teach_nothing() {
        let headers: HeaderList = [("strict-transport-security", "max-age=60")]
            .into_iter()
            .collect();
        let mut store = HstsStore::default();
        for url in [
            "http://api.test",
            "https://127.0.0.1",
            "https://[::1]",
            "https://localhost",
            "https://app.localhost",
        ] {
            store.learn(&Url::parse(url).unwrap(), &headers, Timestamp(0));
        }
        assert_eq!(store, HstsStore::default());
        assert!(!store.insert("127.0.0.1"));
        assert!(!store.insert("localhost"));
        assert!(!store.insert("no host"));
        assert!(store.insert("API.test"));
        assert!(knows(&store, "api.test", 1_000_000_000));
    }

    #[test]
    fn ports_other_than_80_stay() {
        for (http, https) in [
            ("http://a.test/x?y#z", "https://a.test/x?y#z"),
            ("http://a.test:80/", "https://a.test/"),
            ("http://a.test:8080/", "https://a.test:8080/"),
            ("http://a.test:443/", "https://a.test/"),
        ] {
            assert_eq!(as_https(&Url::parse(http).unwrap()).as_str(), https);
        }
    }
}
