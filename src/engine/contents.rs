//! What a browser holds at a moment, to be shown, and emptied part by part.

use url::Url;

use super::freshness::{age, is_fresh};
use super::machine::Browser;
use super::preflight_cache::CacheEntry;
use super::request::{Timestamp, named};
use crate::wire::Origin;

named! {
    /// A part of a browser that can be emptied by itself.
    Part {
        /// The cookies.
        Cookies => "cookies",
        /// The CORS-preflight cache.
        PreflightCache => "preflight-cache",
        /// The HTTP cache.
        HttpCache => "http-cache",
        /// The logins of HTTP authentication.
        Logins => "logins",
        /// The hosts that are asked over https only.
        Hsts => "hsts",
    }
}

/// What a browser holds. Passwords stay in it.
#[derive(Clone, Debug, PartialEq)]
pub struct Contents<'a> {
    /// The cookies that have not expired.
    pub cookies: Vec<HeldCookie<'a>>,
    /// What the preflight cache still allows.
    pub preflights: Vec<HeldPermission<'a>>,
    /// The answers of the HTTP cache.
    pub answers: Vec<HeldAnswer<'a>>,
    /// The origins with a login, and the user names in Latin-1.
    pub logins: Vec<(&'a Origin, String)>,
    /// The hosts that are asked over https only, and whether the hosts below are too.
    pub hsts: Vec<(&'a str, bool)>,
}

/// A cookie.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldCookie<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its value.
    pub value: &'a str,
    /// Its host; with a dot in front where it also goes to hosts below.
    pub domain: String,
    /// Its path.
    pub path: &'a str,
    /// Whether it needs a trustworthy URL.
    pub secure: bool,
    /// Whether page script cannot read it.
    pub http_only: bool,
    /// Its SameSite, as said.
    pub same_site: Option<String>,
    /// The top-level site that it is partitioned by.
    pub partition: Option<&'a str>,
    /// Seconds left; `None` until the session ends.
    pub seconds_left: Option<u64>,
}

/// An entry of the preflight cache.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldPermission<'a> {
    /// The entry.
    pub entry: &'a CacheEntry,
    /// Seconds left.
    pub seconds_left: u64,
}

/// An answer in the HTTP cache; it was the answer to a GET.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldAnswer<'a> {
    /// The URL.
    pub url: &'a Url,
    /// The site of the top-level page that it is kept for.
    pub partition: &'a str,
    /// The status.
    pub status: u16,
    /// Bytes of the body.
    pub bytes: usize,
    /// Its age in seconds.
    pub age: u64,
    /// Whether it is used without asking the server.
    pub fresh: bool,
}

impl Browser {
    /// What it holds at `now`.
    pub fn contents(&self, now: Timestamp) -> Contents<'_> {
        let rules = &self.profile.http_cache;
        Contents {
            cookies: self.cookies.held(now),
            preflights: self
                .preflight_cache
                .entries()
                .iter()
                .filter(|entry| entry.expires > now)
                .map(|entry| HeldPermission {
                    entry,
                    seconds_left: (entry.expires.0 - now.0).div_ceil(1000),
                })
                .collect(),
            answers: self
                .http_cache
                .entries()
                .map(|stored| HeldAnswer {
                    url: &stored.key.url,
                    partition: &stored.key.partition,
                    status: stored.reply.status,
                    bytes: stored.reply.body.readable().len(),
                    age: age(stored, rules, now),
                    fresh: is_fresh(stored, rules, now),
                })
                .collect(),
            logins: self.logins.held().collect(),
            hsts: self.hsts.entries(now).collect(),
        }
    }

    /// Forgets one part.
    pub fn empty(&mut self, part: Part) {
        match part {
            Part::Cookies => self.cookies = super::CookieJar::default(),
            Part::PreflightCache => self.preflight_cache = super::PreflightCache::default(),
            Part::HttpCache => self.http_cache = super::HttpCache::default(),
            Part::Logins => self.logins = super::Logins::default(),
            Part::Hsts => self.hsts = super::HstsStore::default(),
        }
    }
}

impl Contents<'_> {
    /// How many things a part holds.
    pub fn count(&self, part: Part) -> usize {
        match part {
            Part::Cookies => self.cookies.len(),
            Part::PreflightCache => self.preflights.len(),
            Part::HttpCache => self.answers.len(),
            Part::Logins => self.logins.len(),
            Part::Hsts => self.hsts.len(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Engine;

    #[test]
    fn cookies_are_held_until_they_expire_or_are_emptied() {
        let mut browser = Browser::fresh(Engine::Standard);
        let url = Url::parse("https://api.test/").unwrap();
        let profile = browser.profile;
        for line in ["a=1; Max-Age=10; Secure; HttpOnly", "b=2; SameSite=Lax"] {
            let now = Timestamp(1_000_000);
            browser
                .cookies
                .set_by_visit(&url, line.as_bytes(), &profile, now);
        }
        let early = Timestamp(1_004_000);
        let contents = browser.contents(early);
        assert_eq!(contents.count(Part::Cookies), 2);
        let first = &contents.cookies[0];
        assert_eq!((first.name, first.value), ("a", "1"));
        assert_eq!((first.domain.as_str(), first.path), ("api.test", "/"));
        assert!(first.secure && first.http_only);
        assert_eq!(first.seconds_left, Some(6));
        let second = &contents.cookies[1];
        assert_eq!(second.same_site.as_deref(), Some("Lax"));
        assert_eq!(second.seconds_left, None);
        assert_eq!(browser.contents(Timestamp(1_011_000)).cookies.len(), 1);
        browser.empty(Part::Cookies);
        assert_eq!(browser.contents(early).count(Part::Cookies), 0);
    }
}
