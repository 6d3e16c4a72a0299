//! The HTTP cache of one browser: which answers it holds, for which requests, within which bounds.
//!
//! Whether one may be used without asking is `freshness`; what a fetch does with it is `cached_fetch`.
//!
//! Sources: <https://www.rfc-editor.org/rfc/rfc9111.html>,
//! <https://fetch.spec.whatwg.org/#http-cache-partitions>.

use std::sync::Arc;

use url::Url;

use super::freshness::varies_from;
use super::request::{Mode, Timestamp};
use crate::wire::{HeaderList, Origin, Reply};

mod rules;

pub use rules::{
    AgeSyntax, DateSyntax, HttpCacheRules, Invalidation, Pragma, Unasked304, UnreadableExpires,
};

/// Most answers held; beyond that the oldest goes.
const MOST_ENTRIES: usize = 1000;
/// Most bytes held.
const MOST_BYTES: usize = 32 << 20;
/// Most bytes of one answer.
const LARGEST_ENTRY: usize = 4 << 20;

/// What an answer is stored under.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpCacheKey {
    /// The site of the top-level page.
    pub partition: String,
    /// The URL, without fragment and user info.
    pub url: Url,
    /// Whether it is of the part for requests without credentials, where an engine keeps one.
    pub anonymous: bool,
    /// Whether it answers HEAD requests, where an engine keeps those.
    pub head: bool,
    /// Whether it is of the part for what elements load from other sites, where an engine keeps one.
    pub foreign_element: bool,
}

/// An answer that was kept, and what it was the answer to.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredResponse {
    /// What it is found by.
    pub key: HttpCacheKey,
    /// The lines of the request.
    pub request_headers: HeaderList,
    /// The names of those on which the answer depends.
    pub selecting: Vec<String>,
    /// The mode of the request.
    pub mode: Mode,
    /// Whether the request went with credentials.
    pub credentials: bool,
    /// The answer; in most engines without the lines that belong to the connection.
    pub reply: Reply,
    /// When it was asked for.
    pub stored: Timestamp,
}

impl StoredResponse {
    fn size(&self) -> usize {
        let lines = [&self.request_headers, &self.reply.headers];
        let lines = lines.into_iter().flatten();
        let body = &self.reply.body;
        lines
            .map(|header| header.name.len() + header.value.len())
            .sum::<usize>()
            + body.bytes.len()
            + body.decoded.as_ref().map_or(0, |decoded| decoded.len())
    }
}

/// The answers that one browser holds, the oldest first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct HttpCache {
    // A session holds the browser as it was before the fetch, so a copy must be cheap.
    stored: Vec<Arc<StoredResponse>>,
}

impl HttpCache {
    /// What is held, the oldest first.
    pub fn entries(&self) -> impl Iterator<Item = &StoredResponse> {
        self.stored.iter().map(Arc::as_ref)
    }

    /// The newest answer that `Vary` lets these request headers have; else the newest of the key.
    pub(super) fn select(
        &self,
        key: &HttpCacheKey,
        request_headers: &HeaderList,
        rules: &HttpCacheRules,
    ) -> Option<&Arc<StoredResponse>> {
        let of_key = || self.stored.iter().rev().filter(|stored| stored.key == *key);
        of_key()
            .find(|stored| varies_from(stored, request_headers, rules).is_none())
            .or_else(|| of_key().next())
    }

    /// Takes an answer in; it replaces what it makes obsolete.
    pub(super) fn store(&mut self, new: Arc<StoredResponse>, rules: &HttpCacheRules) {
        self.forget(&new.key, &new.request_headers, rules);
        if new.size() > LARGEST_ENTRY {
            return;
        }
        self.stored.push(new);
        let mut bytes: usize = self.stored.iter().map(|stored| stored.size()).sum();
        let mut surplus = 0;
        while bytes > MOST_BYTES || self.stored.len() - surplus > MOST_ENTRIES {
            bytes -= self.stored[surplus].size();
            surplus += 1;
        }
        self.stored.drain(..surplus);
    }

    /// Drops what would answer these request headers, or all of the key where an engine holds no variants.
    pub(super) fn forget(
        &mut self,
        key: &HttpCacheKey,
        request_headers: &HeaderList,
        rules: &HttpCacheRules,
    ) {
        self.stored.retain(|stored| {
            let other_variant =
                rules.variants_kept && varies_from(stored, request_headers, rules).is_some();
            stored.key != *key || other_variant
        });
    }

    /// Drops what is held of a URL's origin.
    pub(super) fn clear(&mut self, url: &Url) {
        let origin = Origin::of(url);
        self.stored
            .retain(|stored| !Origin::of(&stored.key.url).same_origin(&origin));
    }

    /// Drops all that is held under a key: a request that may have changed it was answered.
    pub(super) fn invalidate(&mut self, key: &HttpCacheKey) {
        self.stored.retain(|stored| stored.key != *key);
    }
}

impl FromIterator<StoredResponse> for HttpCache {
    /// Holds these, the oldest first.
    fn from_iter<T: IntoIterator<Item = StoredResponse>>(stored: T) -> Self {
        Self {
            stored: stored.into_iter().map(Arc::new).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Engine;
    use crate::wire::Body;

    fn stored(path: &str, body: usize, vary: &str, origin: &str) -> Arc<StoredResponse> {
        let url = Url::parse("https://api.test").unwrap().join(path).unwrap();
        Arc::new(StoredResponse {
            key: HttpCacheKey {
                partition: "https://app.test".into(),
                url,
                anonymous: false,
                head: false,
                foreign_element: false,
            },
            request_headers: [("Origin", origin)].into_iter().collect(),
            selecting: vec![vary.to_ascii_lowercase()],
            mode: Mode::Cors,
            credentials: false,
            reply: Reply {
                status: 200,
                headers: [("Vary", vary)].into_iter().collect(),
                body: Body::plain(vec![b'x'; body]),
                ..Reply::default()
            },
            stored: Timestamp(0),
        })
    }

    fn rules(variants_kept: bool) -> HttpCacheRules {
        HttpCacheRules {
            variants_kept,
            ..Engine::Standard.profile().http_cache
        }
    }

    fn paths(cache: &HttpCache) -> Vec<&str> {
        cache
            .entries()
            .map(|stored| stored.key.url.path())
            .collect()
    }

    #[test]
    fn a_newer_answer_replaces_the_older_or_stands_beside_it() {
        for (variants_kept, expected) in [(false, 1), (true, 2)] {
            let mut cache = HttpCache::default();
            cache.store(
                stored("/x", 1, "Origin", "https://a.test"),
                &rules(variants_kept),
            );
            cache.store(
                stored("/x", 1, "Origin", "https://b.test"),
                &rules(variants_kept),
            );
            cache.store(
                stored("/x", 1, "Origin", "https://b.test"),
                &rules(variants_kept),
            );
            assert_eq!(cache.entries().count(), expected);
            let newest = stored("/x", 1, "Origin", "https://b.test");
            let found = cache.select(&newest.key, &newest.request_headers, &rules(variants_kept));
            assert_eq!(found, Some(&newest));
        }
    }

    #[test]
    fn the_bounds_hold_and_the_oldest_goes_first() {
        let mut cache = HttpCache::default();
        cache.store(stored("/huge", LARGEST_ENTRY + 1, "", ""), &rules(false));
        assert_eq!(paths(&cache), Vec::<&str>::new());
        for at in 0..10 {
            cache.store(
                stored(&format!("/{at}"), LARGEST_ENTRY - 1000, "", ""),
                &rules(false),
            );
        }
        assert_eq!(
            paths(&cache),
            ["/2", "/3", "/4", "/5", "/6", "/7", "/8", "/9"]
        );
        for at in 0..MOST_ENTRIES + 5 {
            cache.store(stored(&format!("/small/{at}"), 0, "", ""), &rules(false));
        }
        assert_eq!(cache.entries().count(), MOST_ENTRIES);
        assert_eq!(paths(&cache)[0], "/small/5");
    }

    #[test]
    fn a_change_drops_every_variant_of_its_partition() {
        let mut cache = HttpCache::default();
        cache.store(stored("/x", 1, "Origin", "https://a.test"), &rules(true));
        cache.store(stored("/x", 1, "Origin", "https://b.test"), &rules(true));
        cache.store(stored("/y", 1, "", ""), &rules(true));
        let url = stored("/x", 1, "", "").key.url.clone();
        let key = |partition: &str| HttpCacheKey {
            partition: partition.into(),
            url: url.clone(),
            anonymous: false,
            head: false,
            foreign_element: false,
        };
        cache.invalidate(&key("https://other.test"));
        assert_eq!(paths(&cache), ["/x", "/x", "/y"]);
        cache.invalidate(&key("https://app.test"));
        assert_eq!(paths(&cache), ["/y"]);
    }
}
