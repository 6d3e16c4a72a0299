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

/// Most answers held; beyond that the oldest goes.
const MOST_ENTRIES: usize = 1000;
/// Most bytes held.
const MOST_BYTES: usize = 32 << 20;
/// Most bytes of one answer.
const LARGEST_ENTRY: usize = 4 << 20;

/// How an engine's HTTP cache differs from the others'. Where the corpus shows nothing, the source is
/// the engine's code: `net/http/http_cache_transaction.cc` and `net/http/http_response_headers.cc`,
/// `netwerk/protocol/http/nsHttpChannel.cpp` and `nsHttpResponseHead.cpp`,
/// `NetworkProcess/cache/NetworkCache.cpp` and `platform/network/CacheValidation.cpp`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HttpCacheRules {
    /// Whether requests without credentials have answers of their own (corpus: httpcache-0002,
    /// httpcache-0015, httpcache-0035).
    pub anonymous_apart: bool,
    /// Whether an answer that failed the CORS or CORP check is kept all the same (corpus:
    /// httpcache-0004, httpcache-0039).
    pub refused_kept: bool,
    /// Whether a redirect that failed it is (corpus: httpcache-0051).
    pub refused_redirect_kept: bool,
    /// Whether a page with an opaque origin has a cache.
    pub for_opaque_origin: bool,
    /// The statuses that are kept at all; `None` for any.
    pub kept_statuses: Option<&'static [u16]>,
    /// The statuses that are used without asking where the cache mode does not force it; `None` for any (measured;
    /// `nsHttpResponseHead::MustValidate`).
    pub reusable_statuses: Option<&'static [u16]>,
    /// The statuses that stay fresh where nothing says for how long.
    pub lasting_statuses: &'static [u16],
    /// Whether only those answers are kept that can serve again: still fresh, or with a validator.
    pub only_reusable_kept: bool,
    /// The statuses that are asked about by their validators, others are asked for anew; `None` for any
    /// (corpus: more-hcache-0034, more-hcache-0056; `HttpCache::Transaction::ConditionalizeRequest`).
    pub validated_statuses: Option<&'static [u16]>,
    /// Whether an answer that `Vary` rules out is asked about by its ETag.
    pub varied_is_revalidated: bool,
    /// Whether script's own `Cache-Control: no-cache` has the stored answer asked about instead of passed over
    /// (measured).
    pub own_no_cache_revalidates: bool,
    /// Whether script's own `Cache-Control: no-store` takes the cache out of the way (measured).
    pub own_no_store_counts: bool,
    /// Whether answers that differ by `Vary` are held side by side.
    pub variants_kept: bool,
    /// Whether redirects depend on `Cookie` though `Vary` does not say so (`net/http/http_vary_data.cc`).
    pub redirects_vary_by_cookie: bool,
    /// Whether a HEAD request is answered from what a GET has stored.
    pub head_from_get: bool,
    /// Whether a 304 stands for the stored answer though the browser did not ask about it (measured: `Vary: *`).
    pub any_304_freshens: bool,
    /// Whether a 304 that no question was asked for is kept as any other answer (measured).
    pub unasked_304_kept: bool,
    /// Whether what is stored still has the lines that belong to the connection, so that script reads
    /// `Connection` from the cache as well (measured; WebKit's `NetworkCache::Entry` stores the response as it is).
    pub connection_lines_kept: bool,
    /// Whether script's own `Range` is answered with a part of what is stored whole (corpus: unseen-hc-0060;
    /// `net/http/partial_data.cc`).
    pub range_from_stored: bool,
}

/// What an answer is stored under.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpCacheKey {
    /// The site of the top-level page.
    pub partition: String,
    /// The URL, without fragment and user info.
    pub url: Url,
    /// Whether it is of the part for requests without credentials, where an engine keeps one.
    pub anonymous: bool,
}

/// An answer that was kept, and what it was the answer to. The method was GET.
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
    ) -> Option<&Arc<StoredResponse>> {
        let of_key = || self.stored.iter().rev().filter(|stored| stored.key == *key);
        of_key()
            .find(|stored| varies_from(stored, request_headers).is_none())
            .or_else(|| of_key().next())
    }

    /// Takes an answer in; it replaces what it makes obsolete.
    pub(super) fn store(&mut self, new: Arc<StoredResponse>, variants_kept: bool) {
        self.forget(&new.key, variants_kept.then_some(&new.request_headers));
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

    /// Drops what is held under a key; with request headers, only what would answer them.
    pub(super) fn forget(&mut self, key: &HttpCacheKey, request_headers: Option<&HeaderList>) {
        self.stored.retain(|stored| {
            let other_variant =
                request_headers.is_some_and(|headers| varies_from(stored, headers).is_some());
            stored.key != *key || other_variant
        });
    }

    /// Drops what is held of a URL's origin.
    pub(super) fn clear(&mut self, url: &Url) {
        let origin = Origin::of(url);
        self.stored
            .retain(|stored| !Origin::of(&stored.key.url).same_origin(&origin));
    }

    /// Drops what is held of a URL: a request that may have changed it has succeeded.
    pub(super) fn invalidate(&mut self, partition: &str, url: &Url) {
        self.stored
            .retain(|stored| stored.key.partition != partition || stored.key.url != *url);
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
    use crate::wire::Body;

    fn stored(path: &str, body: usize, vary: &str, origin: &str) -> Arc<StoredResponse> {
        let url = Url::parse("https://api.test").unwrap().join(path).unwrap();
        Arc::new(StoredResponse {
            key: HttpCacheKey {
                partition: "https://app.test".into(),
                url,
                anonymous: false,
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
            cache.store(stored("/x", 1, "Origin", "https://a.test"), variants_kept);
            cache.store(stored("/x", 1, "Origin", "https://b.test"), variants_kept);
            cache.store(stored("/x", 1, "Origin", "https://b.test"), variants_kept);
            assert_eq!(cache.entries().count(), expected);
            let newest = stored("/x", 1, "Origin", "https://b.test");
            let found = cache.select(&newest.key, &newest.request_headers);
            assert_eq!(found, Some(&newest));
        }
    }

    #[test]
    fn the_bounds_hold_and_the_oldest_goes_first() {
        let mut cache = HttpCache::default();
        cache.store(stored("/huge", LARGEST_ENTRY + 1, "", ""), false);
        assert_eq!(paths(&cache), Vec::<&str>::new());
        for at in 0..10 {
            cache.store(
                stored(&format!("/{at}"), LARGEST_ENTRY - 1000, "", ""),
                false,
            );
        }
        assert_eq!(
            paths(&cache),
            ["/2", "/3", "/4", "/5", "/6", "/7", "/8", "/9"]
        );
        for at in 0..MOST_ENTRIES + 5 {
            cache.store(stored(&format!("/small/{at}"), 0, "", ""), false);
        }
        assert_eq!(cache.entries().count(), MOST_ENTRIES);
        assert_eq!(paths(&cache)[0], "/small/5");
    }

    #[test]
    fn a_change_drops_every_variant_of_its_partition() {
        let mut cache = HttpCache::default();
        cache.store(stored("/x", 1, "Origin", "https://a.test"), true);
        cache.store(stored("/x", 1, "Origin", "https://b.test"), true);
        cache.store(stored("/y", 1, "", ""), true);
        let url = stored("/x", 1, "", "").key.url.clone();
        cache.invalidate("https://other.test", &url);
        assert_eq!(paths(&cache), ["/x", "/x", "/y"]);
        cache.invalidate("https://app.test", &url);
        assert_eq!(paths(&cache), ["/y"]);
    }
}
