//! The CORS-preflight cache: what an earlier OPTIONS still allows.
//!
//! Source: <https://fetch.spec.whatwg.org/#concept-cache>.

use super::profile::{CacheCredentials, CacheUpdate, MaxAgeSyntax, Profile};
use super::request::Timestamp;

/// The default of `Access-Control-Max-Age` in seconds.
const DEFAULT_MAX_AGE: u64 = 5;

/// What an entry is found by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CacheKey {
    /// The serialised request origin.
    pub origin: String,
    /// The full URL, query and fragment included.
    pub url: String,
}

/// What an entry allows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Permission {
    /// A method, or `*`.
    Method(String),
    /// A header name in lower case, or `*`.
    Header(String),
}

/// One entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CacheEntry {
    /// For whom and where.
    pub key: CacheKey,
    /// Whether the preflight was for a request with credentials.
    pub credentials: bool,
    /// What it allows.
    pub permission: Permission,
    /// Until when.
    pub expires: Timestamp,
}

/// All entries of one browser.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PreflightCache {
    entries: Vec<CacheEntry>,
}

impl PreflightCache {
    /// The entries.
    pub fn entries(&self) -> &[CacheEntry] {
        &self.entries
    }

    /// Whether the method may go without a preflight.
    ///
    /// <https://fetch.spec.whatwg.org/#concept-cache-match-method>
    pub(super) fn allows_method(
        &self,
        key: &CacheKey,
        credentials: bool,
        method: &str,
        now: Timestamp,
        profile: &Profile,
    ) -> bool {
        self.valid(key, credentials, now, profile).any(|entry| {
            let by_wildcard = !credentials && !stays_literal(entry, profile);
            matches!(&entry.permission, Permission::Method(known) if known == method || known == "*" && by_wildcard)
        })
    }

    /// Whether the header may go without a preflight.
    ///
    /// <https://fetch.spec.whatwg.org/#concept-cache-match-header>
    pub(super) fn allows_header(
        &self,
        key: &CacheKey,
        credentials: bool,
        name: &str,
        now: Timestamp,
        profile: &Profile,
    ) -> bool {
        let by_wildcard = !credentials
            && (name != "authorization" || profile.cached_wildcard_covers_authorization);
        self.valid(key, credentials, now, profile).any(|entry| {
            let by_wildcard = by_wildcard && !stays_literal(entry, profile);
            matches!(&entry.permission, Permission::Header(known) if known == name || known == "*" && by_wildcard)
        })
    }

    /// Whether anything is remembered that a request with these credentials may use.
    pub(super) fn knows(
        &self,
        key: &CacheKey,
        credentials: bool,
        now: Timestamp,
        profile: &Profile,
    ) -> bool {
        self.valid(key, credentials, now, profile).next().is_some()
    }

    fn valid<'a>(
        &'a self,
        key: &'a CacheKey,
        credentials: bool,
        now: Timestamp,
        profile: &'a Profile,
    ) -> impl Iterator<Item = &'a CacheEntry> {
        let serves_both = profile.cache_credentials == CacheCredentials::CredentialedServesBoth;
        self.entries.iter().filter(move |entry| {
            entry.key == *key
                && entry.expires > now
                && (entry.credentials == credentials || entry.credentials && serves_both)
        })
    }

    /// Stores what the answer to a preflight allows.
    pub(super) fn store(
        &mut self,
        key: &CacheKey,
        credentials: bool,
        permissions: Vec<Permission>,
        expires: Timestamp,
        now: Timestamp,
        profile: &Profile,
    ) {
        self.entries.retain(|entry| entry.expires > now);
        match profile.cache_update {
            CacheUpdate::Replace => self.clear(key),
            CacheUpdate::Merge => self.entries.retain(|entry| {
                entry.key != *key
                    || entry.credentials != credentials
                    || !permissions.contains(&entry.permission)
            }),
        }
        if expires <= now {
            return;
        }
        self.entries
            .extend(permissions.into_iter().map(|permission| CacheEntry {
                key: key.clone(),
                credentials,
                permission,
                expires,
            }));
    }

    /// Forgets everything about this origin and URL.
    ///
    /// <https://fetch.spec.whatwg.org/#concept-cache-clear>
    pub(super) fn clear(&mut self, key: &CacheKey) {
        self.entries.retain(|entry| entry.key != *key);
    }
}

fn stays_literal(entry: &CacheEntry, profile: &Profile) -> bool {
    entry.credentials && profile.credentialed_wildcard_stays_literal
}

impl FromIterator<CacheEntry> for PreflightCache {
    fn from_iter<T: IntoIterator<Item = CacheEntry>>(entries: T) -> Self {
        Self {
            entries: entries.into_iter().collect(),
        }
    }
}

/// The lifetime in seconds that `Access-Control-Max-Age` gives, capped.
///
/// <https://fetch.spec.whatwg.org/#cors-preflight-fetch-0>
pub(super) fn max_age(headers: &crate::wire::HeaderList, profile: &Profile) -> u64 {
    let mut lines: Vec<_> = headers.lines("access-control-max-age").collect();
    if profile.empty_lines_vanish && lines.len() > 1 {
        lines.retain(|line| !line.trim_ascii().is_empty());
    }
    let unusable = match profile.max_age_syntax {
        MaxAgeSyntax::DigitsOrNotStored
            if lines.iter().any(|line| !line.trim_ascii().is_empty()) =>
        {
            0
        }
        _ => DEFAULT_MAX_AGE,
    };
    let [line] = lines[..] else {
        return unusable;
    };
    let text = String::from_utf8_lossy(line.trim_ascii()).into_owned();
    let seconds = match profile.max_age_syntax {
        MaxAgeSyntax::DigitsOrNegative => match text.strip_prefix('-') {
            Some(below) => digits(below).map(|_| 0),
            None => digits(&text),
        },
        MaxAgeSyntax::DigitsOrNotStored => digits(&text),
        MaxAgeSyntax::SignedInteger => {
            let unsigned = text.strip_prefix(['+', '-']).unwrap_or(&text);
            digits(unsigned)
                .and_then(|_| text.parse::<i64>().ok())
                .map(|seconds| u64::try_from(seconds).unwrap_or(0))
        }
    };
    seconds.unwrap_or(unusable).min(profile.max_age_cap)
}

fn digits(text: &str) -> Option<u64> {
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    Some(text.parse().unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::profile::Engine;
    use crate::wire::HeaderList;

    #[test]
    fn max_age_values() {
        for (value, chromium, standard) in [
            ("60", 60, 60),
            (" 60 ", 60, 60),
            ("0", 0, 0),
            ("-1", 0, 0),
            ("+60", 60, 5),
            ("60s", 5, 5),
            ("", 5, 5),
            ("100000", 7_200, 86_400),
        ] {
            let headers: HeaderList = [("Access-Control-Max-Age", value)].into_iter().collect();
            assert_eq!(
                max_age(&headers, &Engine::Chromium.profile()),
                chromium,
                "{value}"
            );
            assert_eq!(
                max_age(&headers, &Engine::Standard.profile()),
                standard,
                "{value}"
            );
        }
        assert_eq!(max_age(&HeaderList::new(), &Engine::Standard.profile()), 5);
    }

    #[test]
    fn an_empty_line_beside_another_vanishes_in_firefox_only() {
        let headers: HeaderList = [
            ("Access-Control-Max-Age", ""),
            ("access-control-max-age", "60"),
        ]
        .into_iter()
        .collect();
        assert_eq!(max_age(&headers, &Engine::Firefox.profile()), 60);
        assert_eq!(max_age(&headers, &Engine::Standard.profile()), 5);
    }

    #[test]
    fn entries_expire_and_respect_credentials() {
        let profile = Engine::Standard.profile();
        let key = CacheKey {
            origin: "https://a.example".into(),
            url: "https://b.example/".into(),
        };
        let mut cache = PreflightCache::default();
        let (start, later) = (Timestamp(0), Timestamp(0).plus_seconds(60));
        let put = || {
            vec![
                Permission::Method("PUT".into()),
                Permission::Header("*".into()),
            ]
        };
        cache.store(&key, false, put(), later, start, &profile);
        assert!(cache.allows_method(&key, false, "PUT", start, &profile));
        assert!(!cache.allows_method(&key, true, "PUT", start, &profile));
        assert!(!cache.allows_method(&key, false, "PUT", later, &profile));
        assert!(cache.allows_header(&key, false, "x-a", start, &profile));
        assert!(!cache.allows_header(&key, false, "authorization", start, &profile));
    }
}
