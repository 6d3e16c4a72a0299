//! HTTP fetch and HTTP-network-or-cache fetch: what goes on the wire.
//!
//! Source: <https://fetch.spec.whatwg.org/#concept-http-network-or-cache-fetch>.

use super::cookies::has_cookies;
use super::element::accept;
use super::machine::Browser;
use super::main_fetch::Fetch;
use super::metadata::{fetch_site, origin_header};
use super::outcome::ExchangeKind;
use super::profile::Slot;
use super::request::{CacheMode, Mode, Timestamp};
use super::safelist::{UnsafeHeader, rewritten_range};
use super::trace::{Evidence, Rule, StepOutcome};
use crate::wire::{HeaderList, HttpRequest, Origin, is_potentially_trustworthy, latin1};

impl Fetch {
    /// The actual request for the current URL.
    pub(super) fn actual_request(&mut self, browser: &mut Browser, now: Timestamp) -> HttpRequest {
        let cookie = self.cookie_header(browser, now);
        let authorization = self.authorization(browser);
        let mut origin = origin_header(&self.request, &self.page, self.destination, &self.profile);
        if self.tells_opaque_page() {
            origin.get_or_insert_with(|| self.page.origin.to_string());
        }
        self.note_origin(ExchangeKind::Actual, origin.as_deref());
        let body = self.request.body.as_ref().map(|body| body.bytes.clone());
        let mut headers = HeaderList::new();
        for slot in self.profile.request_order {
            match slot {
                Slot::ContentLength => match &body {
                    Some(body) => headers.append("Content-Length", body.len().to_string()),
                    None if matches!(self.request.method.as_str(), "POST" | "PUT") => {
                        headers.append("Content-Length", "0")
                    }
                    None => {}
                },
                Slot::Script => self.append_script_headers(&mut headers),
                Slot::Accept if self.request.headers.contains("accept") => {
                    headers.append("Accept", combined(&self.request.headers, "accept"));
                }
                Slot::Accept => headers.append("Accept", accept(self.api, &self.profile)),
                Slot::Origin => {
                    if let Some(origin) = &origin {
                        headers.append("Origin", origin.as_str());
                    }
                }
                Slot::Cookie => {
                    if let Some(authorization) = &authorization {
                        headers.append("Authorization", authorization.as_str());
                    }
                    if let Some(cookie) = &cookie {
                        headers.append("Cookie", cookie.as_slice());
                    }
                }
                Slot::AccessControlRequest => {}
                _ => self.append_common(*slot, ExchangeKind::Actual, &mut headers),
            }
        }
        self.http_request(&self.request.method, headers, body.unwrap_or_default())
    }

    /// The OPTIONS of a CORS-preflight fetch.
    ///
    /// <https://fetch.spec.whatwg.org/#cors-preflight-fetch-0>
    pub(super) fn preflight_request(&mut self, unsafe_headers: &[UnsafeHeader]) -> HttpRequest {
        let origin = self.preflight_origin();
        self.note_origin(ExchangeKind::Preflight, Some(&origin));
        let names: Vec<_> = unsafe_headers
            .iter()
            .map(|header| header.name.as_str())
            .collect();
        let mut headers = HeaderList::new();
        for slot in self.profile.preflight_order_on_wire {
            match slot {
                Slot::Accept => headers.append("Accept", "*/*"),
                Slot::AccessControlRequest => {
                    headers.append(
                        "Access-Control-Request-Method",
                        self.request.method.as_str(),
                    );
                    if !names.is_empty() {
                        headers.append("Access-Control-Request-Headers", names.join(","));
                    }
                }
                Slot::Origin => headers.append("Origin", origin.as_str()),
                _ => self.append_common(*slot, ExchangeKind::Preflight, &mut headers),
            }
        }
        self.http_request("OPTIONS", headers, Vec::new())
    }

    pub(super) fn http_request(
        &self,
        method: &str,
        headers: HeaderList,
        body: Vec<u8>,
    ) -> HttpRequest {
        let mut url = self.request.current_url().clone();
        url.set_fragment(None);
        // User info never goes out as part of the URL.
        let _ = url.set_username("");
        let _ = url.set_password(None);
        HttpRequest {
            method: method.to_owned(),
            url,
            headers,
            body,
        }
    }

    /// What script has set; lines of one name go out as one.
    fn append_script_headers(&self, headers: &mut HeaderList) {
        for header in &self.request.headers {
            if header.is("accept") || headers.contains(&header.name) {
                continue;
            }
            headers.append(header.name.as_str(), self.script_value(&header.name));
        }
    }

    /// The value that goes out of what script has set under one name.
    fn script_value(&self, name: &str) -> Vec<u8> {
        let given = &self.request.headers;
        let is = |one: &&str| one.eq_ignore_ascii_case(name);
        let value = if self.profile.singleton_headers.iter().any(is) {
            given.lines(name).last().map(<[u8]>::to_vec)
        } else {
            Some(combined(given, name))
        };
        let value = value.unwrap_or_default();
        let through_cache =
            self.request.method == "GET" && self.request.cache != CacheMode::NoStore;
        if self.profile.range_is_rewritten && through_cache && is(&"range") {
            return rewritten_range(&value).map_or(value, String::into_bytes);
        }
        value
    }

    /// Whether what the loader adds to script's headers is still there after the redirects so far.
    fn keeps_loader_headers(&self) -> bool {
        let mut hops = self.request.url_list.windows(2);
        !self.profile.cross_origin_redirect_drops_loader_headers
            || self.request.mode != Mode::Cors
            || hops.all(|pair| Origin::of(&pair[0]).same_origin(&Origin::of(&pair[1])))
    }

    /// The lines that a preflight and an actual request have alike.
    pub(super) fn append_common(&self, slot: Slot, kind: ExchangeKind, headers: &mut HeaderList) {
        let url = self.request.current_url();
        let secure = is_potentially_trustworthy(url);
        // Client hints are added when script asks, not on the way (corpus: redirect-0241).
        let hinted = secure && is_potentially_trustworthy(&self.request.url_list[0]);
        let encoding = if url.scheme() == "https" {
            2
        } else {
            usize::from(secure)
        };
        let script_set =
            |name: &str| kind == ExchangeKind::Actual && self.request.headers.contains(name);
        match slot {
            Slot::CacheControl
                if (kind == ExchangeKind::Actual || self.profile.cache_lines_on_preflight)
                    && self.request.has_cache_lines
                    && self.keeps_loader_headers() =>
            {
                self.append_cache_control(&script_set, headers)
            }
            Slot::UserAgent if !script_set("user-agent") => {
                headers.append("User-Agent", self.profile.user_agent)
            }
            Slot::ClientHintPlatform if hinted => {
                if let Some([platform, ..]) = self.profile.client_hints {
                    headers.append("sec-ch-ua-platform", platform);
                }
            }
            Slot::ClientHintBrand if hinted => {
                if let Some([_, brand, mobile]) = self.profile.client_hints {
                    headers.append("sec-ch-ua", brand);
                    headers.append("sec-ch-ua-mobile", mobile);
                }
            }
            Slot::UpgradeInsecure if self.is_navigation() => {
                headers.append("Upgrade-Insecure-Requests", "1")
            }
            Slot::FetchMetadata => self.append_fetch_metadata(kind, secure, headers),
            Slot::Referer => {
                let first =
                    kind == ExchangeKind::Preflight && self.profile.preflight_keeps_first_referrer;
                let referrer = if first {
                    &self.request.first_referrer
                } else {
                    &self.request.referrer
                };
                if let Some(referrer) = referrer {
                    headers.append("Referer", referrer.as_str());
                }
            }
            Slot::AcceptEncoding if script_set("range") && self.keeps_loader_headers() => {
                headers.append("Accept-Encoding", "identity")
            }
            Slot::AcceptEncoding => {
                headers.append("Accept-Encoding", self.profile.accept_encoding[encoding])
            }
            Slot::AcceptLanguage if !script_set("accept-language") => {
                headers.append("Accept-Language", self.profile.accept_language);
            }
            _ => {}
        }
    }

    fn append_cache_control(&self, script_set: &dyn Fn(&str) -> bool, headers: &mut HeaderList) {
        match self.request.cache {
            CacheMode::NoStore | CacheMode::Reload => {
                for name in ["Pragma", "Cache-Control"] {
                    if !script_set(name) {
                        headers.append(name, "no-cache");
                    }
                }
            }
            CacheMode::NoCache if !script_set("cache-control") => {
                headers.append("Cache-Control", "max-age=0")
            }
            _ => {}
        }
    }

    /// <https://w3c.github.io/webappsec-fetch-metadata/#framework>
    fn append_fetch_metadata(&self, kind: ExchangeKind, secure: bool, headers: &mut HeaderList) {
        let preflight = kind == ExchangeKind::Preflight;
        let mode = if preflight {
            Mode::Cors
        } else {
            self.request.mode
        };
        if !secure {
            if preflight && self.profile.fetch_mode_on_every_preflight {
                headers.append("Sec-Fetch-Mode", mode.as_str());
            }
            return;
        }
        let first = &self.request.url_list[0];
        if self.profile.fetch_metadata_needs_trustworthy_start && !is_potentially_trustworthy(first)
        {
            return;
        }
        let hops = match preflight && self.profile.preflight_site_forgets_redirects {
            true => std::slice::from_ref(self.request.current_url()),
            false => &self.request.url_list,
        };
        let site = fetch_site(hops, &self.page.origin);
        let mut lines = [("Sec-Fetch-Site", site), ("Sec-Fetch-Mode", mode.as_str())];
        if preflight && self.profile.preflight_metadata_mode_first {
            lines.reverse();
        }
        for (name, value) in lines {
            headers.append(name, value);
        }
        headers.append("Sec-Fetch-Dest", self.destination.as_str());
        if let Some(value) = self.storage_access(preflight) {
            headers.append("Sec-Fetch-Storage-Access", value);
        }
    }

    /// Whether the request says that a sandboxed page has no storage of its own site.
    fn tells_opaque_page(&self) -> bool {
        let access = self.profile.fetch_storage_access;
        let told = access.and_then(|access| access.opaque_page);
        told.is_some()
            && self.storage_access(false) == told
            && is_potentially_trustworthy(self.request.current_url())
    }

    /// <https://privacycg.github.io/storage-access-headers/>
    fn storage_access(&self, preflight: bool) -> Option<&'static str> {
        let access = self.profile.fetch_storage_access?;
        let silent = preflight && !access.on_preflight;
        if silent || !self.request.includes_credentials() || self.is_navigation() {
            return None;
        }
        let target = Origin::of(self.request.current_url());
        let (page, top_level) = (&self.page.origin, self.page.top_level_origin());
        if access.schemeless_until_tainted && self.request.is_tainted(page) {
            return None;
        }
        let same_site = |origin: &Origin| match access.schemeless_until_tainted {
            true => origin.schemelessly_same_site(&target),
            false => origin.same_site(&target),
        };
        let other_site = (!same_site(page)).then_some(access.value);
        match access.opaque_page {
            Some(value) if *page == Origin::Opaque && same_site(&top_level) => Some(value),
            _ => other_site,
        }
    }

    /// The cookies that go along, with a step for those that do and for each that does not.
    pub(super) fn cookie_header(&mut self, browser: &Browser, now: Timestamp) -> Option<Vec<u8>> {
        let url = self.request.current_url().clone();
        if !self.request.includes_credentials() || !has_cookies(&url) {
            return None;
        }
        let found = browser
            .cookies
            .header(&url, &self.site_context(), &self.profile, now);
        let exchange = self.exchanges.len();
        for (name, why) in found.withheld {
            self.trace
                .push(Rule::CookieWithheld, StepOutcome::Info, Some(exchange))
                .with("item", name)
                .with("case", why.id());
        }
        if let Some(value) = &found.value {
            self.trace
                .push(Rule::CookiesSent, StepOutcome::Info, Some(exchange))
                .with("count", latin1(value).split("; ").count().to_string())
                .evidence(Evidence::request("cookie", value.as_slice()));
        }
        found.value
    }

    pub(super) fn note_origin(&mut self, kind: ExchangeKind, origin: Option<&str>) {
        let Some(origin) = origin else { return };
        let exchange = self.exchanges.len();
        let case = match (origin, self.request.is_tainted(&self.page.origin)) {
            ("null", true) => "tainted",
            ("null", false) => "opaque",
            _ => "page",
        };
        self.trace
            .push(Rule::OriginHeader, StepOutcome::Info, Some(exchange))
            .with("case", case)
            .with("kind", kind.as_str())
            .with("origin", origin.to_owned())
            .evidence(Evidence::request("origin", origin));
    }
}

/// The values under one name as they go out: not `get`, which strips each line, since what was combined from
/// empty values ends in a blank.
fn combined(headers: &HeaderList, name: &str) -> Vec<u8> {
    let lines: Vec<&[u8]> = headers.lines(name).collect();
    lines.join(&b", "[..])
}
