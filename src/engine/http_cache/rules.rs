//! How an engine's HTTP cache differs from the others'.

use crate::engine::background::BackgroundQuestion;
use crate::engine::cache_control::CacheControlSyntax;

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
    /// Whether an answer is kept whose certificate is not trusted, where the user takes it all the same (measured;
    /// `HttpCache::Transaction::WriteResponseInfoToEntry`).
    pub untrusted_kept: bool,
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
    /// Whether answers to HEAD are kept as well, for the next HEAD of that URL (measured).
    pub head_kept: bool,
    /// Whether a 304 stands for the stored answer though the browser did not ask about it (measured: `Vary: *`).
    pub any_304_freshens: bool,
    /// What a 304 that no question was asked for does to what is stored (measured).
    pub unasked_304: Unasked304,
    /// Whether what is stored still has the lines that belong to the connection, so that script reads
    /// `Connection` from the cache as well (measured; WebKit's `NetworkCache::Entry` stores the response as it is).
    pub connection_lines_kept: bool,
    /// Whether what is stored still has the lines without a value (measured; Gecko's
    /// `nsHttpHeaderArray::SetHeaderFromNet` keeps them for the answer as it came only).
    pub empty_lines_kept: bool,
    /// Whether script's own `Range` is answered with a part of what is stored whole (corpus: unseen-hc-0060;
    /// `net/http/partial_data.cc`).
    pub range_from_stored: bool,
    /// How the `Cache-Control` of an answer is read.
    pub cache_control: CacheControlSyntax,
    /// Which `Pragma` counts as no-cache.
    pub pragma: Pragma,
    /// How `Age` is read.
    pub age: AgeSyntax,
    /// How `Date`, `Expires` and `Last-Modified` are read.
    pub dates: DateSyntax,
    /// What an `Expires` that is no date says.
    pub unreadable_expires: UnreadableExpires,
    /// The statuses whose lifetime is guessed from `Last-Modified`; `None` for any (measured).
    pub guessed_statuses: Option<&'static [u16]>,
    /// Whether nothing is guessed beside must-revalidate (measured).
    pub must_revalidate_ends_guessing: bool,
    /// The longest lifetime that is guessed, in seconds (measured; `nsHttpResponseHead::ComputeFreshnessLifetime`).
    pub longest_guess: Option<u64>,
    /// How a stale answer that has served is asked about in the background.
    pub background: BackgroundQuestion,
    /// Whether must-revalidate outranks stale-while-revalidate (measured).
    pub must_revalidate_ends_staleness: bool,
    /// Whether the time of stale-while-revalidate begins with the coming of an answer that came stale, and is counted
    /// in whole seconds, the last one included (measured; `nsHttpResponseHead::StaleWhileRevalidate`).
    pub stale_since_arrival: bool,
    /// Whether the clock by which answers age counts whole seconds, so that one held over a full second may be one second
    /// old at once (Gecko `NowInSeconds`; others count parts of seconds: Chromium `base::Time`, WebKit `WallTime`).
    pub ages_in_whole_seconds: bool,
    /// The statuses that pass the cache by: their answers are not kept, and leave what is (measured).
    pub passing_statuses: &'static [u16],
    /// Whether a redirect status without `Location` is not kept (measured).
    pub redirects_need_location: bool,
    /// The statuses that are kept without a lifetime of their own; `None` for any (measured).
    pub untold_statuses: Option<&'static [u16]>,
    /// Whether `public` and `private` let an answer of any status be kept, and its lifetime be guessed (RFC 9111,
    /// sections 3 and 4.2.2).
    pub public_is_explicit: bool,
    /// Whether an answer that failed the CORS or CORP check drops what was stored before (measured).
    pub refused_drops: bool,
    /// Whether an answer that an element refuses for its type, or that Opaque Response Blocking stops by its head, drops
    /// what is stored; a style sheet of a wrong type without nosniff does not (measured).
    pub refused_type_drops: bool,
    /// Whether a reload that fails drops what was stored before (measured).
    pub failed_reload_drops: bool,
    /// Whether a 304 with no-store drops the answer that it freshens (measured).
    pub no_store_304_drops: bool,
    /// Whether a HEAD that a stale GET cannot answer is asked with its ETag, and drops it if it has changed (measured).
    pub head_revalidates: bool,
    /// Which requests drop what is stored of their URL.
    pub invalidation: Invalidation,
    /// Whether script's own `Cache-Control: no-cache` outranks the cache mode (measured).
    pub own_no_cache_outranks_mode: bool,
    /// Whether cache mode only-if-cached asks the server where nothing is stored (measured).
    pub only_if_cached_asks: bool,
    /// Whether the cache is looked into after a redirect that came from the network (measured).
    pub consulted_after_redirect: bool,
    /// Whether what sound and films load is kept (measured; WebKit's `MediaResourceLoader` disallows it).
    pub media_kept: bool,
    /// Whether an image of an http page is not answered with what was stored for another `Accept` (measured).
    pub images_apart: bool,
    /// Whether what elements load from another site, or on an opaque page, is kept apart from what fetch() and
    /// XMLHttpRequest load (measured: images, scripts, style sheets, fonts, sound).
    pub foreign_elements_apart: bool,
    /// Whether `Vary` takes a header that is absent for an empty one (measured).
    pub vary_takes_absent_for_empty: bool,
}

/// Which `Pragma` of an answer counts as no-cache.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pragma {
    /// An item `no-cache`, whatever `Cache-Control` says (measured).
    Item,
    /// The letters anywhere, whatever `Cache-Control` says (measured; `platform/network/ParsedCacheControl`).
    Anywhere,
    /// An item `no-cache` where there is no `Cache-Control` (RFC 9111, section 5.4).
    WithoutCacheControl,
}

/// How `Age` is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AgeSyntax {
    /// The first item, digits alone (measured; RFC 9111, section 5.1).
    Digits,
    /// The digits at the beginning, with a sign; below zero is very old (measured).
    LeadingNumber,
    /// All lines together as one number (measured).
    WholeNumber,
}

/// How dates are read; all take more than the standard has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DateSyntax {
    /// The first line, in any of the usual orders.
    FirstLine,
    /// Also `2039-01-05T00:00:00Z` (measured).
    WithIso,
    /// All lines as one, so that two are no date; without quotes, the day ending before 24:00 (measured).
    AllLines,
}

/// What an `Expires` that is no date says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnreadableExpires {
    /// That the answer has expired (RFC 9111, section 5.3).
    Past,
    /// Nothing, but for `0` (measured; `HttpResponseHeaders::GetTimeValuedHeader`).
    PastIfZero,
    /// Nothing (measured).
    Nothing,
}

/// What a 304 that no question was asked for does to what is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unasked304 {
    /// It is kept as any other answer.
    Kept,
    /// It drops it.
    Drops,
    /// Nothing.
    Nothing,
}

/// Which requests drop what is stored of their URL (measured; RFC 9111, section 4.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Invalidation {
    /// Of an unsafe method, answered with 2xx or 3xx; also what `Location` and `Content-Location` name.
    Success,
    /// POST, PATCH and DELETE, answered with 2xx or 3xx; not in cache mode no-store.
    PostPatchDelete,
    /// Any but GET, HEAD and OPTIONS, whatever the answer but 206, 304 and 401; also what `Location` and
    /// `Content-Location` name.
    AnyAnswer,
    /// Any but GET, whatever the answer but 304, redirects and what CORS or CORP hides; not in cache mode no-store.
    AnyMethod,
}

impl Invalidation {
    /// Whether an answer of this status to a request of this method drops what is stored; `hidden` is one that
    /// redirects or was refused.
    pub(in crate::engine) fn applies(self, method: &str, status: u16, hidden: bool) -> bool {
        let success = (200..400).contains(&status);
        match self {
            Self::Success => !matches!(method, "GET" | "HEAD" | "OPTIONS") && success,
            Self::PostPatchDelete => matches!(method, "POST" | "PATCH" | "DELETE") && success,
            Self::AnyAnswer => {
                !matches!(method, "GET" | "HEAD" | "OPTIONS") && !matches!(status, 206 | 304 | 401)
            }
            Self::AnyMethod => method != "GET" && !hidden && status != 304,
        }
    }

    /// Whether that holds in cache mode no-store, and for the URLs that the answer names.
    pub(in crate::engine) fn is_thorough(self) -> bool {
        matches!(self, Self::Success | Self::AnyAnswer)
    }
}
