//! The jar laid open, to be kept somewhere and filled again from there.

use cookie_store::{Cookie, CookieDomain, CookieExpiration, CookiePath, RawCookie};
use time::OffsetDateTime;
use url::Url;

use super::{CookieJar, Stored, parse};

/// A cookie as the jar holds it: the line that set it, and what was made of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptCookie {
    /// The `Set-Cookie` line, one character a byte.
    pub set: String,
    /// The host that it belongs to.
    pub host: String,
    /// Whether it goes to the hosts below as well.
    pub subdomains: bool,
    /// The path that it goes to.
    pub path: String,
    /// When it goes, in seconds since the Unix epoch; `None` with the browser.
    pub expires: Option<i64>,
    /// The top-level site that it belongs to, if it is partitioned.
    pub partition: Option<String>,
}

impl CookieJar {
    /// What is stored, in the order of creation.
    pub fn kept(&self) -> impl Iterator<Item = KeptCookie> {
        self.cookies.iter().map(|Stored { cookie, partition }| {
            let (host, subdomains) = match &cookie.domain {
                CookieDomain::Suffix(host) => (host.clone(), true),
                CookieDomain::HostOnly(host) => (host.clone(), false),
                CookieDomain::NotPresent | CookieDomain::Empty => (String::new(), false),
            };
            let mut raw: RawCookie<'_> = (**cookie).clone();
            // Else the crate writes `Secure` beside `SameSite=None` where nobody said it.
            raw.set_secure(raw.secure().unwrap_or(false));
            KeptCookie {
                set: raw.to_string(),
                host,
                subdomains,
                path: cookie.path.as_ref().to_owned(),
                expires: match cookie.expires {
                    CookieExpiration::AtUtc(at) => Some(at.unix_timestamp()),
                    CookieExpiration::SessionEnd => None,
                },
                partition: partition.clone(),
            }
        })
    }

    /// A jar with these; `Err` names the line that is no cookie. They were accepted before, so no rule
    /// of acceptance is asked again.
    pub fn from_kept(kept: impl IntoIterator<Item = KeptCookie>) -> Result<Self, String> {
        let cookies = kept.into_iter().map(|kept| {
            let set = kept.set.clone();
            stored(kept).ok_or(set)
        });
        Ok(Self {
            cookies: cookies.collect::<Result<_, _>>()?,
        })
    }
}

fn stored(kept: KeptCookie) -> Option<Stored> {
    let raw = parse(&kept.set, true)?;
    // Under its own path, so that the default path comes out as it was.
    let mut url = Url::parse(&format!("https://{}/", kept.host)).ok()?;
    url.set_path(&format!("{}/", kept.path.trim_end_matches('/')));
    let mut cookie = Cookie::try_from_raw_cookie(&raw, &url).ok()?.into_owned();
    cookie.domain = if kept.subdomains {
        CookieDomain::Suffix(kept.host)
    } else {
        CookieDomain::HostOnly(kept.host)
    };
    if cookie.path.as_ref() != kept.path {
        cookie.path = CookiePath::parse(&kept.path)?;
    }
    cookie.expires = match kept.expires {
        Some(at) => CookieExpiration::AtUtc(OffsetDateTime::from_unix_timestamp(at).ok()?),
        None => CookieExpiration::SessionEnd,
    };
    Some(Stored {
        cookie,
        partition: kept.partition,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{Engine, Timestamp};

    #[test]
    fn a_jar_comes_back_as_it_was() {
        let url = Url::parse("https://a.api.example/dir/page?x").unwrap();
        let now = Timestamp(1_700_000_000_123);
        for engine in Engine::ALL {
            let mut jar = CookieJar::default();
            for line in [
                "plain=1",
                "a=b; SameSite=None; Secure; Domain=api.example; Path=/dir",
                "long=1; Max-Age=3600; HttpOnly",
                "dated=1; Expires=Wed, 01 Jan 2031 00:00:00 GMT; Path=/",
                "part=1; Secure; SameSite=None; Partitioned; Path=/",
                "odd=\u{fc} \"q\" =x; SameSite=Strict",
                "=nameless",
                "open=1; SameSite=None",
            ] {
                jar.set_by_visit(&url, line.as_bytes(), &engine.profile(), now);
            }
            let kept: Vec<_> = jar.kept().collect();
            let again = CookieJar::from_kept(kept.clone()).unwrap();
            assert_eq!(again, jar, "{engine:?}");
            assert!(kept.len() >= 5, "{kept:?}");
        }
    }

    #[test]
    fn a_line_that_is_no_cookie_is_named() {
        let kept = KeptCookie {
            set: String::new(),
            host: "a.test".into(),
            subdomains: false,
            path: "/".into(),
            expires: None,
            partition: None,
        };
        assert_eq!(CookieJar::from_kept([kept]), Err(String::new()));
    }
}
