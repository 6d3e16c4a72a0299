//! HTTP fetch and HTTP-network-or-cache fetch: what goes on the wire.
//!
//! Source: <https://fetch.spec.whatwg.org/#concept-http-network-or-cache-fetch>.

use super::cookies::has_cookies;
use super::element::accept;
use super::machine::Browser;
use super::main_fetch::Fetch;
use super::metadata::{fetch_site, is_lost_on_the_way, origin_header, shown_referrer};
use super::outcome::ExchangeKind;
use super::profile::{PreflightSite, Slot};
use super::request::{Api, CacheMode, Mode, Timestamp};
use super::safelist::{UnsafeHeader, rewritten_range};
use super::trace::{Evidence, Rule, StepOutcome};
use crate::wire::{HeaderList, HttpRequest, Origin, is_potentially_trustworthy, latin1};

impl Fetch {
    /// The actual request for the current URL.
    pub(super) fn actual_request(&mut self, browser: &mut Browser, now: Timestamp) -> HttpRequest {
        let cookie = self.cookie_header(browser, now);
        let authorization = self.authorization(browser);
        let origin = origin_header(&self.request, &self.page, self.destination, &self.profile);
        // https://privacycg.github.io/storage-access-headers/ wants Origin beside this value.
        let inactive = self.storage_access(ExchangeKind::Actual) == Some("inactive");
        let origin =
            origin.or_else(|| inactive.then(|| self.request.serialized_origin(&self.page.origin)));
        self.note_origin(ExchangeKind::Actual, origin.as_deref());
        let body = self.request.body.as_ref().map(|body| body.bytes.clone());
        let mut headers = HeaderList::new();
        for slot in self.profile.request_order {
            match slot {
                Slot::ContentLength => match &body {
                    // The length of a stream shows at its end.
                    Some(_) if self.has_stream_body() => {}
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
            let mut lines = given.lines(name);
            let described = is(&"content-type") && self.request.body.is_some();
            let line = if described {
                lines.next()
            } else {
                lines.last()
            };
            line.map(<[u8]>::to_vec)
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

    /// Whether what the loader adds to script's headers is still there after the redirect that led here, if any.
    fn keeps_loader_headers(&self) -> bool {
        let mut hops = self.request.url_list.windows(2);
        !self.profile.cross_origin_redirect_drops_loader_headers
            || self.request.mode != Mode::Cors
            || hops
                .next_back()
                .is_none_or(|pair| Origin::of(&pair[0]).same_origin(&Origin::of(&pair[1])))
    }

    /// The lines that a preflight and an actual request have alike.
    pub(super) fn append_common(&self, slot: Slot, kind: ExchangeKind, headers: &mut HeaderList) {
        let url = self.request.current_url();
        let secure = is_potentially_trustworthy(url);
        // Client hints are added when script asks, not on the way, and a URL that may not know them ends them (corpus:
        // redirect-0241).
        let mut urls = self.request.url_list.iter();
        let hinted = urls.all(is_potentially_trustworthy);
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
                    && self.request.has_cache_lines =>
            {
                if self.keeps_loader_headers() {
                    self.append_cache_control(&script_set, headers)
                } else if self.request.api == Api::EventSource {
                    // Its own, not the loader's: `EventSource::connect`.
                    headers.append("Cache-Control", "no-cache");
                }
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
                let shown = referrer.as_ref().and_then(|referrer| {
                    shown_referrer(referrer, &self.request, &self.page, &self.profile)
                });
                if let Some(shown) = shown {
                    headers.append("Referer", shown.as_str());
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
            _ if self.request.credentials_withheld && self.profile.credentialless_revalidates => {
                headers.append("Pragma", "no-cache");
                headers.append("Cache-Control", "no-cache");
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
        if !preflight && !self.keeps_loader_headers() {
            return;
        }
        let first = &self.request.url_list[0];
        if preflight
            && self.profile.preflight_metadata_needs_secure_start
            && !is_potentially_trustworthy(first)
        {
            return;
        }
        let tainted = self.request.is_tainted(&self.page.origin);
        let url_list = self.request.url_list.as_slice();
        let site = match self.profile.preflight_site {
            PreflightSite::TaintedIsCrossSite if preflight && tainted => "cross-site",
            PreflightSite::CurrentUrl if preflight => {
                let current = &url_list[url_list.len() - 1..];
                fetch_site(current, &self.page.origin, &self.profile)
            }
            _ => fetch_site(url_list, &self.page.origin, &self.profile),
        };
        let mut lines = [("Sec-Fetch-Site", site), ("Sec-Fetch-Mode", mode.as_str())];
        if preflight && self.profile.preflight_metadata_mode_first {
            lines.reverse();
        }
        for (name, value) in lines {
            headers.append(name, value);
        }
        let own = self.api == Api::WebSocket && self.profile.websocket_is_a_destination;
        let destination = match own {
            true => "websocket",
            false => self.destination.as_str(),
        };
        headers.append("Sec-Fetch-Dest", destination);
        if let Some(value) = self.storage_access(kind) {
            headers.append("Sec-Fetch-Storage-Access", value);
        }
    }

    /// The value of `Sec-Fetch-Storage-Access`, where it goes out.
    fn storage_access(&self, kind: ExchangeKind) -> Option<&'static str> {
        let access = self.profile.fetch_storage_access?;
        let silent = kind == ExchangeKind::Preflight && !access.on_preflight
            || self.request.keepalive && !access.with_keepalive
            || !self.request.asks_with_credentials()
            || self.is_navigation()
            || !is_potentially_trustworthy(self.request.current_url());
        let (page, top_level) = (&self.page.origin, self.page.top_level_origin());
        // A preflight's is that of the URL alone (measured).
        let tainted = kind == ExchangeKind::Actual && self.request.is_tainted(page);
        if silent || access.schemeless_until_tainted && tainted {
            return None;
        }
        let target = Origin::of(self.request.current_url());
        let same_site = |origin: &Origin| match access.schemeless_until_tainted {
            true => origin.schemelessly_same_site(&target),
            false => origin.same_site(&target),
        };
        match access.opaque_page {
            Some(value) if *page == Origin::Opaque && same_site(&top_level) => Some(value),
            _ => (!same_site(page)).then_some(access.value),
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
            ("null", false) if self.page.origin == Origin::Opaque => "opaque",
            ("null", false) if is_lost_on_the_way(&self.request, &self.profile) => "no-cors",
            ("null", false) => "policy",
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
/// empty values ends in a blank. Where lines are kept apart, an empty one takes the place of those before it
/// (Gecko `nsIHttpChannel::SetEmptyRequestHeader`).
fn combined(headers: &HeaderList, name: &str) -> Vec<u8> {
    headers.lines(name).fold(Vec::new(), |joined, line| {
        match joined.is_empty() || line.is_empty() {
            true => line.to_vec(),
            false => [&joined, &b", "[..], line].concat(),
        }
    })
}
