//! Whether a request needs a CORS-preflight fetch, and why; whether an earlier one still counts.
//!
//! Source: <https://fetch.spec.whatwg.org/#cors-preflight-fetch-0>.

use super::machine::Browser;
use super::main_fetch::Fetch;
use super::preflight_cache::CacheKey;
use super::profile::{AskedHeaders, CachedMethods, TaintedPreflight};
use super::request::{Api, CacheMode, Credentials, Timestamp};
use super::safelist::{UnsafeHeader, is_safelisted_method, unsafe_headers};
use super::trace::{Evidence, Rule, StepOutcome};
use crate::wire::Origin;

impl Fetch {
    /// Whether an OPTIONS must go first; every reason is a step of the trace.
    pub(super) fn needs_preflight(&mut self) -> bool {
        let method_unsafe =
            self.request.unsafe_request && !is_safelisted_method(&self.request.method);
        let headers = self.asked_headers();
        let by_itself = self.request.use_cors_preflight || method_unsafe || !headers.is_empty();
        let again = !by_itself && self.is_preflighted_again();
        let needed = by_itself || again;
        self.request.preflighted |= needed;
        self.trace
            .push(Rule::PreflightNeeded, StepOutcome::Info, None)
            .with("case", if needed { "yes" } else { "no" })
            .with("method", self.request.method.clone());
        if method_unsafe {
            self.trace
                .push(Rule::UnsafeMethod, StepOutcome::Info, None)
                .with("item", self.request.method.clone())
                .evidence(Evidence::request(":method", self.request.method.as_bytes()));
        }
        for header in headers {
            note_unsafe_header(self, &header);
        }
        if again {
            self.trace
                .push(Rule::ForcedPreflight, StepOutcome::Info, None)
                .with("case", "again");
        }
        if self.request.use_cors_preflight {
            let stream = self.request.body.as_ref().is_some_and(|body| body.stream);
            self.trace
                .push(Rule::ForcedPreflight, StepOutcome::Info, None)
                .with("case", if stream { "stream" } else { "upload-listener" });
        }
        needed
    }

    /// Whether a preflight is needed for what the request was before a redirect.
    fn is_preflighted_again(&self) -> bool {
        self.profile.preflight_sticks_to_redirects
            && self.request.url_list.len() > 1
            && (self.request.preflighted
                || self.request.unsafe_request
                    && !unsafe_headers(&self.request.original_headers, &self.profile).is_empty())
    }

    /// The request headers that need permission.
    pub(super) fn asked_headers(&self) -> Vec<UnsafeHeader> {
        let request = &self.request;
        if !request.unsafe_request {
            return Vec::new();
        }
        let headers = match self.profile.asked_headers {
            AskedHeaders::Sent => &request.headers,
            AskedHeaders::Given | AskedHeaders::GivenButDropped => &request.original_headers,
        };
        let mut asked = unsafe_headers(headers, &self.profile);
        // The type of a beacon's body is no header of script's that Firefox would drop (measured).
        if self.profile.asked_headers == AskedHeaders::GivenButDropped && self.api != Api::Beacon {
            asked.retain(|header| !request.dropped.contains(&header.name.as_str()));
        }
        asked
    }

    /// What the preflight cache knows this request by.
    pub(super) fn cache_key(&self) -> CacheKey {
        let origin = match self.profile.tainted_preflight {
            TaintedPreflight::ByPage => self.page.origin.to_string(),
            TaintedPreflight::ByNull | TaintedPreflight::Lost => {
                self.request.serialized_origin(&self.page.origin)
            }
        };
        let mut url = self.request.current_url().clone();
        if !self.profile.preflight_key_has_login {
            // A URL that is asked over HTTP has a host, so that this cannot fail.
            let _ = url.set_username("").and_then(|()| url.set_password(None));
        }
        CacheKey {
            origin,
            url: url.to_string(),
        }
    }

    /// Whether the answer to a preflight of this request can never be found again.
    pub(super) fn is_preflight_lost(&self) -> bool {
        self.profile.tainted_preflight == TaintedPreflight::Lost
            && self.page.origin != Origin::Opaque
            && self.request.is_tainted(&self.page.origin)
    }

    /// Whether earlier answers allow the method and every unsafe header.
    pub(super) fn preflight_is_cached(&mut self, browser: &mut Browser, now: Timestamp) -> bool {
        let skipped = match self.request.cache {
            CacheMode::NoStore | CacheMode::Reload => self.profile.reload_skips_preflight_cache,
            CacheMode::NoCache => self.profile.no_cache_skips_preflight_cache,
            _ => false,
        };
        let opaque = self.page.origin == Origin::Opaque && !self.profile.cache_for_opaque_origin;
        if skipped || opaque || self.is_preflight_lost() {
            return false;
        }
        let key = self.cache_key();
        let cache = &browser.preflight_cache;
        let credentials = self.request.credentials == Credentials::Include;
        let method = self.request.method.as_str();
        let implied = match self.profile.cached_methods {
            CachedMethods::SafelistedUnlessForced => {
                is_safelisted_method(method) && !self.request.use_cors_preflight
            }
            CachedMethods::Safelisted => is_safelisted_method(method),
            CachedMethods::GetAndPost => matches!(method, "GET" | "POST"),
        };
        let method_known =
            implied || cache.allows_method(&key, credentials, method, now, &self.profile);
        let headers_known = self
            .asked_headers()
            .iter()
            .all(|header| cache.allows_header(&key, credentials, &header.name, now, &self.profile));
        let known =
            method_known && headers_known && cache.knows(&key, credentials, now, &self.profile);
        if !known && self.profile.insufficient_cache_entry_dropped {
            browser.preflight_cache.clear(&key);
        }
        if known {
            self.trace
                .push(Rule::PreflightCache, StepOutcome::Info, None)
                .with("case", "hit");
        }
        known
    }
}

fn note_unsafe_header(fetch: &mut Fetch, header: &UnsafeHeader) {
    use super::safelist::Unsafe;
    let (detail, span) = match &header.why {
        Unsafe::Name | Unsafe::Range => (String::new(), None),
        Unsafe::Length(length) | Unsafe::Sum(length) => (length.to_string(), None),
        Unsafe::Byte(at) => (
            crate::wire::latin1(&header.value[*at..=*at])
                .escape_default()
                .to_string(),
            Some((*at, at + 1)),
        ),
        Unsafe::ContentType(essence) => (
            essence.clone().unwrap_or_default(),
            Some((0, header.value.len())),
        ),
    };
    fetch
        .trace
        .push(Rule::UnsafeHeader, StepOutcome::Info, None)
        .with("case", header.why.id())
        .with("item", header.name.clone())
        .with("why", detail)
        .evidence(Evidence::request(header.name.clone(), header.value.as_slice()).at(span));
}

#[cfg(test)]
mod tests;
