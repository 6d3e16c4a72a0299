//! HTTP-network-or-cache fetch, the cache's half: what is stored is looked at before the network, asked
//! about again where it is stale, and freshened by a 304. Every answer that the cache gives goes
//! through the same checks as one from the network.
//!
//! Source: <https://fetch.spec.whatwg.org/#concept-http-network-or-cache-fetch>.

use std::sync::Arc;

use url::Url;

use super::block::{Block, BlockReason, Phase};
use super::cache_control::{CacheControl, directive, directive_seconds};
use super::cookies::site;
use super::element::has_nosniff;
use super::freshness::{
    age, is_fresh, is_storable, selecting, serves_while_revalidating, varies_from,
};
use super::http_cache::{HttpCacheKey, StoredResponse, Unasked304};
use super::machine::Browser;
use super::main_fetch::Fetch;
use super::outcome::{Exchange, ExchangeKind, Provenance};
use super::redirect::is_redirect_status;
use super::request::{Api, CacheMode};
use super::stored_part::{asked_range, is_coded, is_divisible, part_of};
use super::trace::{Evidence, Rule, StepOutcome};
use crate::wire::{HeaderList, HttpRequest, Origin, Reply, Timing, normalize_header_value};

/// With one of these script asks a conditional question of its own.
const OWN_QUESTION: &[&str] = &[
    "if-match",
    "if-modified-since",
    "if-none-match",
    "if-range",
    "if-unmodified-since",
];

/// Lines that belong to a connection and are not stored.
///
/// <https://www.rfc-editor.org/rfc/rfc9111.html#section-3.1>
const CONNECTION_LINES: &[&str] = &[
    "connection",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authentication-info",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// Lines that an engine keeps without a value too, which keeps no others (measured: Expires;
/// `nsHttpHeaderArray::TrackEmptyHeader`).
const EMPTY_LINES: &[&str] = &[
    "access-control-allow-origin",
    "content-length",
    "expires",
    "location",
];

/// Lines about the stored body, which a 304 does not change in any engine.
const BODY_LINES: &[&str] = &[
    "content-encoding",
    "content-length",
    "content-location",
    "content-md5",
    "content-range",
    "content-type",
    "etag",
];

impl Fetch {
    /// Looks into the cache before a request goes out: an answer to use as it stands, or none. A stale
    /// one makes the request conditional.
    pub(super) fn consult_http_cache(
        &mut self,
        request: &mut HttpRequest,
        browser: &Browser,
    ) -> Result<Option<Arc<StoredResponse>>, Box<Block>> {
        self.validating = None;
        let mode = self.http_cache_mode();
        let rules = self.profile.http_cache;
        let only_cached =
            self.request.cache == CacheMode::OnlyIfCached && !rules.only_if_cached_asks;
        let passed_by = matches!(mode, CacheMode::NoStore | CacheMode::Reload)
            || !rules.consulted_after_redirect && self.was_sent_on();
        let range = self.part_asked(&request.headers);
        let found = (!passed_by)
            .then(|| {
                let key = self.http_cache_key(request);
                let found = browser.http_cache.select(&key, &request.headers, &rules);
                found.cloned()
            })
            .flatten()
            .filter(|stored| range.is_none() || !is_coded(stored))
            .filter(|stored| {
                let same = || stored.request_headers.get("accept") == request.headers.get("accept");
                let apart = rules.images_apart && self.page.url.scheme() == "http";
                self.api != Api::Img || !apart || same()
            });
        // A part is never forced out of the cache (measured).
        let found = found.filter(|_| !(only_cached && range.is_some()));
        let Some(stored) = found else {
            return if only_cached {
                Err(self.refuse_uncached())
            } else {
                Ok(None)
            };
        };
        if let Some(name) = varies_from(&stored, &request.headers, &rules) {
            self.note_cached("vary", &stored)
                .with("item", name.to_owned());
            if only_cached {
                return Err(self.refuse_uncached());
            }
            if rules.varied_is_revalidated && range.is_none() {
                self.revalidate(request, &stored, &[("if-none-match", "etag")]);
            }
            return Ok(None);
        }
        let fresh = is_fresh(&stored, &rules, self.started);
        // What is asked in the background wants a newer one.
        let asks_later = self.foreground.is_none() && request.method == "GET";
        let serves = || asks_later && serves_while_revalidating(&stored, &rules, self.started);
        let case = match mode {
            CacheMode::NoCache => None,
            _ if fresh => Some("fresh"),
            CacheMode::ForceCache | CacheMode::OnlyIfCached => Some("stale"),
            _ if serves() => Some("while-revalidating"),
            _ => None,
        };
        let Some(case) = case else {
            let validators = [
                ("if-none-match", "etag"),
                ("if-modified-since", "last-modified"),
            ];
            self.revalidate(request, &stored, &validators);
            return Ok(None);
        };
        if case == "while-revalidating" {
            self.ask_later(rules.background);
        }
        self.note_cached(case, &stored);
        Ok(Some(self.cut_to_range(stored, range)))
    }

    /// What script gets of a stored answer: the part that its `Range` names, else all of it.
    fn cut_to_range(
        &mut self,
        stored: Arc<StoredResponse>,
        range: Option<String>,
    ) -> Arc<StoredResponse> {
        let Some(range) = range.filter(|_| is_divisible(&stored)) else {
            return stored;
        };
        let part = part_of(&stored, &range);
        self.trace
            .push(
                Rule::HttpCache,
                StepOutcome::Info,
                Some(self.exchanges.len()),
            )
            .with("case", "part")
            .with("status", part.reply.status.to_string())
            .evidence(Evidence::request("range", range));
        Arc::new(part)
    }

    /// The cache mode that counts: script's own headers can take the cache out of the way.
    fn http_cache_mode(&self) -> CacheMode {
        let rules = &self.profile.http_cache;
        let headers = &self.request.headers;
        let method = self.request.method.as_str();
        let answers_head = rules.head_from_get || rules.head_kept;
        let asks_for_stored = method == "GET" || method == "HEAD" && answers_head;
        let has_cache = rules.for_opaque_origin || self.page.origin != Origin::Opaque;
        let own_question = OWN_QUESTION.iter().any(|name| headers.contains(name));
        let own_range = headers.contains("range")
            && !self.is_range_of_media()
            && self.part_asked(headers).is_none();
        if !asks_for_stored || !has_cache || own_question || own_range {
            return CacheMode::NoStore;
        }
        let pragma = headers.get_text("pragma").is_some_and(|pragma| {
            rules.own_no_cache_revalidates || pragma.eq_ignore_ascii_case("no-cache")
        });
        let no_cache = directive(headers, "no-cache") || pragma;
        let no_store = directive(headers, "no-store") && rules.own_no_store_counts;
        match self.request.cache {
            CacheMode::NoStore => CacheMode::NoStore,
            _ if no_cache && rules.own_no_cache_outranks_mode => CacheMode::Reload,
            CacheMode::Default if no_store => CacheMode::NoStore,
            CacheMode::Default if no_cache && rules.own_no_cache_revalidates => CacheMode::NoCache,
            CacheMode::Default if no_cache => CacheMode::Reload,
            CacheMode::Default if directive_seconds(headers, "max-age") == Some(0) => {
                CacheMode::NoCache
            }
            mode => mode,
        }
    }

    fn http_cache_key(&self, request: &HttpRequest) -> HttpCacheKey {
        HttpCacheKey {
            partition: site(&self.page.top_level_origin()),
            url: request.url.clone(),
            anonymous: self.profile.http_cache.anonymous_apart
                && !self.request.includes_credentials(),
            head: self.is_kept_head(&request.method),
            foreign_element: self.profile.http_cache.foreign_elements_apart
                && self.is_foreign_element(&request.url),
        }
    }

    /// Whether an element asks another site, or asks on an opaque page.
    fn is_foreign_element(&self, url: &Url) -> bool {
        let elements = [
            Api::Img,
            Api::Script,
            Api::Stylesheet,
            Api::Font,
            Api::Audio,
            Api::Video,
        ];
        let same_site = self.page.origin.schemelessly_same_site(&Origin::of(url));
        elements.contains(&self.api) && !same_site
    }

    /// The range of bytes that is cut out of what is stored.
    fn part_asked(&self, headers: &HeaderList) -> Option<String> {
        let cuts = self.profile.http_cache.range_from_stored;
        asked_range(headers).filter(|_| cuts)
    }

    /// Whether `Range` is that of a media element, which takes all bytes as well.
    fn is_range_of_media(&self) -> bool {
        self.profile.media_use_range && self.is_media()
    }

    fn is_media(&self) -> bool {
        matches!(self.api, Api::Audio | Api::Video)
    }

    fn is_kept_head(&self, method: &str) -> bool {
        method == "HEAD" && self.profile.http_cache.head_kept
    }

    /// Makes the request conditional. The lines are the browser's: script and preflight know nothing of
    /// them.
    fn revalidate(
        &mut self,
        request: &mut HttpRequest,
        stored: &Arc<StoredResponse>,
        validators: &[(&'static str, &str)],
    ) {
        let rules = &self.profile.http_cache;
        let asked_about = |statuses: &[u16]| statuses.contains(&stored.reply.status);
        let spares_a_body = request.method == "GET" || rules.head_revalidates || rules.head_kept;
        if !spares_a_body || !rules.validated_statuses.is_none_or(asked_about) {
            return;
        }
        if rules.any_304_freshens {
            self.validating = Some(Arc::clone(stored));
        }
        let mut evidence = Vec::new();
        for (asked, told) in validators {
            let value = stored.reply.headers.get(told);
            if let Some(value) = value.filter(|value| !value.is_empty()) {
                evidence.push(Evidence::request(*asked, value.as_slice()));
                request.headers.append(canonical(asked), value);
            }
        }
        if evidence.is_empty() {
            return;
        }
        let mut step = self.note_cached("revalidated", stored);
        for line in evidence {
            step = step.evidence(line);
        }
        self.validating = Some(Arc::clone(stored));
    }

    /// Goes on with a stored answer as if it had come.
    pub(super) fn push_cached(&mut self, request: HttpRequest, reply: &Reply) {
        self.exchanges.push(Exchange {
            kind: ExchangeKind::Actual,
            request,
            answer: Ok(reply.clone()),
            from_cache: true,
            provenance: Provenance::Browser,
            answered: self.started,
        });
    }

    /// Whether the last answer was a redirect that came from the network.
    fn was_sent_on(&self) -> bool {
        let mut exchanges = self.exchanges.iter().rev();
        let last = exchanges.find(|exchange| exchange.kind == ExchangeKind::Actual);
        self.request.url_list.len() > 1
            && self.foreground.is_none()
            && last.is_some_and(|exchange| !exchange.from_cache)
    }

    /// Where a 304 answers the browser's own question: the stored answer, with the lines that the 304
    /// brings.
    pub(super) fn freshened(
        &mut self,
        stored: &StoredResponse,
        headers: &HeaderList,
        browser: &mut Browser,
    ) -> Option<(HttpRequest, Arc<StoredResponse>)> {
        let rules = self.profile.http_cache;
        let request = self.exchanges.last()?.request.clone();
        let mut fresh = StoredResponse {
            request_headers: request.headers.clone(),
            stored: self.started,
            ..stored.clone()
        };
        match rules.empty_lines_kept {
            true => update(&mut fresh.reply.headers, headers),
            false => update(&mut fresh.reply.headers, &without_empty_lines(headers)),
        }
        fresh.selecting = selecting(&fresh.reply, &rules);
        let control = CacheControl::of(&fresh.reply.headers, rules.cache_control);
        let fresh = Arc::new(fresh);
        if control.no_store && rules.no_store_304_drops {
            browser.http_cache.invalidate(&fresh.key);
        } else {
            browser.http_cache.store(Arc::clone(&fresh), &rules);
        }
        let exchange = self.exchanges.len() - 1;
        self.trace
            .push(Rule::HttpCache, StepOutcome::Info, Some(exchange))
            .with("case", "not-modified")
            .with("status", stored.reply.status.to_string());
        let range = self.part_asked(&request.headers);
        Some((request, self.cut_to_range(fresh, range)))
    }

    /// Keeps the answer just received for later requests; drops what it makes obsolete.
    pub(super) fn keep_response(
        &self,
        refused: bool,
        reply: &Reply,
        headers: &HeaderList,
        browser: &mut Browser,
    ) {
        let Some(exchange) = self.exchanges.last() else {
            return;
        };
        let request = &exchange.request;
        let key = self.http_cache_key(request);
        let method = request.method.as_str();
        let rules = &self.profile.http_cache;
        let redirect = is_redirect_status(reply.status) && headers.contains("location");
        let hidden = refused || redirect;
        let applies = rules.invalidation.applies(method, reply.status, hidden);
        if applies && (rules.invalidation.is_thorough() || self.request.cache != CacheMode::NoStore)
        {
            browser.http_cache.invalidate(&key);
            for url in named_urls(headers, &key.url).filter(|_| rules.invalidation.is_thorough()) {
                let key = HttpCacheKey { url, ..key.clone() };
                browser.http_cache.invalidate(&key);
            }
        }
        let unkept_media = self.is_media() && !rules.media_kept;
        let is_kept = (method == "GET" || self.is_kept_head(method)) && !unkept_media;
        if !is_kept || self.http_cache_mode() == CacheMode::NoStore {
            return;
        }
        let refused = refused
            && !if redirect {
                rules.refused_redirect_kept
            } else {
                rules.refused_kept
            };
        let whole = !reply.body.truncated && reply.body.error.is_none();
        let mut lines = match rules.connection_lines_kept {
            true => headers.clone(),
            false => without_connection_lines(headers),
        };
        if !rules.empty_lines_kept {
            lines = without_empty_lines(&lines);
        }
        let kept = Reply {
            headers: lines,
            timing: Timing::default(),
            ..reply.clone()
        };
        let new = StoredResponse {
            request_headers: request.headers.clone(),
            selecting: selecting(&kept, rules),
            mode: self.request.mode,
            credentials: self.request.includes_credentials(),
            reply: kept,
            stored: self.started,
            key,
        };
        if !refused && whole && is_storable(&new, rules) {
            browser.http_cache.store(Arc::new(new), rules);
        } else if !(rules.passing_statuses.contains(&reply.status)
            || refused && !rules.refused_drops
            || reply.status == 304 && rules.unasked_304 == Unasked304::Nothing)
        {
            browser
                .http_cache
                .forget(&new.key, &new.request_headers, rules);
        }
    }

    /// Drops a stored answer that was asked about for a HEAD or a part of it, and has changed. Whether it was so.
    pub(super) fn drop_changed(&self, stored: &StoredResponse, browser: &mut Browser) -> bool {
        let Some(request) = self.exchanges.last().map(|exchange| &exchange.request) else {
            return false;
        };
        let method = request.method.as_str();
        let whole =
            (method == "GET" || self.is_kept_head(method)) && !request.headers.contains("range");
        if !whole {
            browser.http_cache.invalidate(&stored.key);
        }
        !whole
    }

    /// What an element refuses for its type leaves nothing in some engines.
    pub(super) fn drop_refused_type(
        &self,
        reason: BlockReason,
        headers: &HeaderList,
        browser: &mut Browser,
    ) {
        let rules = &self.profile.http_cache;
        let refused = match reason {
            BlockReason::Nosniff => true,
            // Of a picture the bytes are looked at, when all of it is there.
            BlockReason::Orb => self.api != Api::Img || has_nosniff(headers),
            BlockReason::MimeTypeBlocked => self.api == Api::Script,
            _ => false,
        };
        if let Some(exchange) = self.exchanges.last()
            && refused
            && rules.refused_type_drops
        {
            let key = self.http_cache_key(&exchange.request);
            let headers = &exchange.request.headers;
            browser.http_cache.forget(&key, headers, rules);
        }
    }

    /// A reload that fails leaves nothing in some engines.
    pub(super) fn drop_reloaded(&self, browser: &mut Browser) {
        if self.profile.http_cache.failed_reload_drops
            && self.http_cache_mode() == CacheMode::Reload
            && let Some(exchange) = self.exchanges.last()
        {
            let key = self.http_cache_key(&exchange.request);
            browser.http_cache.invalidate(&key);
        }
    }

    fn note_cached(
        &mut self,
        case: &'static str,
        stored: &StoredResponse,
    ) -> super::trace::StepFiller<'_> {
        let seconds = self.started.0.saturating_sub(stored.stored.0) / 1000;
        self.trace
            .push(
                Rule::HttpCache,
                StepOutcome::Info,
                Some(self.exchanges.len()),
            )
            .with("case", case)
            .with("mode", stored.mode.as_str())
            .with(
                "credentials",
                if stored.credentials {
                    "with"
                } else {
                    "without"
                },
            )
            .with("ago", seconds.to_string())
            .with(
                "age",
                age(stored, &self.profile.http_cache, self.started).to_string(),
            )
    }

    fn refuse_uncached(&mut self) -> Box<Block> {
        self.trace
            .push(Rule::HttpCache, StepOutcome::Fail, None)
            .with("case", "nothing-stored")
            .block(BlockReason::OnlyIfCachedMode, Phase::Request)
    }
}

/// The name as browsers write it.
fn canonical(name: &str) -> &'static str {
    match name {
        "if-none-match" => "If-None-Match",
        _ => "If-Modified-Since",
    }
}

/// The URLs of the same origin that an answer names as what it is about.
fn named_urls(headers: &HeaderList, url: &Url) -> impl Iterator<Item = Url> {
    ["location", "content-location"]
        .into_iter()
        .filter_map(|name| {
            let mut named = url.join(&headers.get_text(name)?).ok()?;
            named.set_fragment(None);
            (named.origin() == url.origin()).then_some(named)
        })
}

fn without_connection_lines(headers: &HeaderList) -> HeaderList {
    headers
        .iter()
        .filter(|header| !CONNECTION_LINES.iter().any(|name| header.is(name)))
        .map(|header| (header.name.as_str(), header.value.as_slice()))
        .collect()
}

fn without_empty_lines(headers: &HeaderList) -> HeaderList {
    headers
        .iter()
        .filter(|header| {
            !normalize_header_value(&header.value).is_empty()
                || EMPTY_LINES.iter().any(|name| header.is(name))
        })
        .map(|header| (header.name.as_str(), header.value.as_slice()))
        .collect()
}

/// <https://www.rfc-editor.org/rfc/rfc9111.html#section-3.2>
fn update(stored: &mut HeaderList, headers: &HeaderList) {
    let brought: Vec<_> = without_connection_lines(headers)
        .iter()
        .filter(|header| !BODY_LINES.iter().any(|name| header.is(name)))
        .cloned()
        .collect();
    for header in &brought {
        stored.delete(&header.name);
    }
    for header in brought {
        stored.append(header.name, header.value);
    }
}

#[cfg(test)]
mod tests;
