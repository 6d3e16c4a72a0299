//! HTTP-redirect fetch: where a redirect leads, and what it does to the request.
//!
//! Source: <https://fetch.spec.whatwg.org/#concept-http-redirect-fetch>.

use std::borrow::Cow;

use bytes::Bytes;
use percent_encoding::{AsciiSet, CONTROLS, percent_encode};
use url::Url;

use super::block::{Block, BlockReason, Phase};
use super::concept_request::{SourceBody, Tainting};
use super::cors_check::CorsCheck;
use super::main_fetch::Fetch;
use super::outcome::ExchangeKind;
use super::profile::{DroppedHeaders, EmptyLocation, RepeatedLocation};
use super::receive;
use super::request::{Api, Credentials, Mode, RedirectMode, ReferrerPolicy};
use super::status_line;
use super::trace::{Evidence, Rule, StepOutcome};
use crate::wire::{HeaderList, Origin, Reply, normalize_header_value};

/// The limit of redirects.
const LIMIT: u8 = 20;
/// <https://fetch.spec.whatwg.org/#request-body-header-name>
const BODY_HEADERS: &[&str] = &[
    "content-encoding",
    "content-language",
    "content-location",
    "content-type",
];

/// The client hints that script may set, but `Save-Data`.
const CLIENT_HINTS: &[&str] = &[
    "device-memory",
    "downlink",
    "dpr",
    "ect",
    "rtt",
    "viewport-width",
    "width",
];

/// Only what is not ASCII.
const ESCAPED_BYTES: &AsciiSet = &AsciiSet::EMPTY;

/// That, and what no URL holds as it is.
const ESCAPED_CONTROLS: &AsciiSet = &CONTROLS.add(b' ');

/// What to do with a response.
pub(super) enum Redirect {
    /// It is the response.
    None,
    /// It is kept unread, but for the body that an engine shows.
    Opaque(Option<Bytes>),
    /// The request now holds the next URL.
    Followed,
}

/// Whether an answer of this status leads elsewhere, if it says where.
///
/// <https://fetch.spec.whatwg.org/#redirect-status>
pub fn is_redirect_status(status: u16) -> bool {
    matches!(status, 301 | 302 | 303 | 307 | 308)
}

impl Fetch {
    /// Applies the redirect mode and, if it follows, prepares the request for the next URL.
    pub(super) fn redirect(
        &mut self,
        reply: &Reply,
        headers: &HeaderList,
    ) -> Result<Redirect, Box<Block>> {
        if !is_redirect_status(reply.status) {
            return Ok(Redirect::None);
        }
        let exchange = self.exchanges.len() - 1;
        let status = reply.status.to_string();
        let mode = self.request.redirect;
        let mut lines = headers.lines("location");
        let leads_on = lines.any(|line| !line.trim_ascii().is_empty());
        if mode == RedirectMode::Error && !leads_on && self.profile.redirect_error_needs_location {
            self.trace
                .push(Rule::RedirectLocation, StepOutcome::Info, Some(exchange))
                .with("case", "absent")
                .with("status", status);
            return Ok(Redirect::None);
        }
        let outcome = match mode {
            RedirectMode::Error => StepOutcome::Fail,
            _ => StepOutcome::Info,
        };
        let step = self
            .trace
            .push(Rule::RedirectMode, outcome, Some(exchange))
            .with("case", mode.as_str())
            .with("status", status.clone())
            .evidence(Evidence::response(
                ":status",
                Some(status.clone().into_bytes()),
            ));
        match mode {
            RedirectMode::Error => {
                return Err(step.block(BlockReason::RedirectModeError, Phase::Redirect));
            }
            RedirectMode::Manual => {
                let shown = !leads_on && self.profile.opaque_redirect_shows_body;
                return Ok(Redirect::Opaque(
                    shown.then(|| reply.body.readable().clone()),
                ));
            }
            RedirectMode::Follow => {}
        }
        let Some(location) = self.location(headers, exchange)? else {
            return Ok(Redirect::None);
        };
        self.follow(&location, reply.status, Some(exchange))?;
        self.take_referrer_policy(headers, exchange);
        Ok(Redirect::Followed)
    }

    /// The URL that `Location` names, or `None` if there is none.
    ///
    /// <https://fetch.spec.whatwg.org/#concept-response-location-url>
    fn location(
        &mut self,
        headers: &HeaderList,
        exchange: usize,
    ) -> Result<Option<Url>, Box<Block>> {
        let lines: Vec<Vec<u8>> = headers
            .lines("location")
            .map(|line| normalize_header_value(line).to_vec())
            .collect();
        let Some(first) = lines.first().cloned() else {
            self.trace
                .push(Rule::RedirectLocation, StepOutcome::Info, Some(exchange))
                .with("case", "absent");
            return Ok(None);
        };
        let equal = lines.iter().all(|line| *line == first);
        let repeated = lines.len() > 1
            && !(equal && self.profile.repeated_location == RepeatedLocation::EqualIsOne);
        if first.is_empty() && !repeated && self.profile.empty_location == EmptyLocation::Ignored {
            self.trace
                .push(Rule::RedirectLocation, StepOutcome::Info, Some(exchange))
                .with("case", "empty");
            return Ok(None);
        }
        let current = self.request.current_url().clone();
        // Browsers escape the bytes above 0x7F as they are, in the URL parser where they are UTF-8
        // (web-platform-tests, redirect-location-escape).
        let text = match std::str::from_utf8(&first) {
            _ if self.profile.location_controls_escaped => {
                percent_encode(&first, ESCAPED_CONTROLS).to_string()
            }
            Ok(text) => text.to_owned(),
            Err(_) => percent_encode(&first, ESCAPED_BYTES).to_string(),
        };
        let refused = first.is_empty() && self.profile.empty_location == EmptyLocation::Invalid;
        let parsed = if repeated || refused {
            None
        } else {
            current.join(&with_two_slashes(&text)).ok()
        };
        let Some(mut url) = parsed else {
            return Err(self
                .trace
                .push(Rule::RedirectLocation, StepOutcome::Fail, Some(exchange))
                .with("case", if repeated { "repeated" } else { "unparsable" })
                .evidence(
                    Evidence::response("location", headers.get("location"))
                        .at(Some((0, first.len()))),
                )
                .block(BlockReason::RedirectLocationInvalid, Phase::Redirect));
        };
        if url.fragment().is_none() {
            url.set_fragment(current.fragment());
        }
        self.trace
            .push(Rule::RedirectLocation, StepOutcome::Info, Some(exchange))
            .with("case", "url")
            .with("url", url.to_string())
            .evidence(Evidence::response("location", Some(first)));
        Ok(Some(url))
    }

    /// Prepares the request for the next URL; `exchange` is none for a redirect of the browser's own.
    pub(super) fn follow(
        &mut self,
        location: &Url,
        status: u16,
        exchange: Option<usize>,
    ) -> Result<(), Box<Block>> {
        let evidence =
            || Evidence::response("location", Some(location.as_str().as_bytes().to_vec()));
        if !matches!(location.scheme(), "http" | "https") {
            return Err(self
                .trace
                .push(Rule::RedirectScheme, StepOutcome::Fail, exchange)
                .with("item", location.scheme().to_owned())
                .with("expected", "http or https")
                .evidence(evidence().at(Some((0, location.scheme().len()))))
                .block(BlockReason::RedirectSchemeNotHttp, Phase::Redirect));
        }
        if self.request.redirect_count == LIMIT {
            return Err(self
                .trace
                .push(Rule::RedirectLimit, StepOutcome::Fail, exchange)
                .with("limit", LIMIT.to_string())
                .evidence(evidence())
                .block(BlockReason::TooManyRedirects, Phase::Redirect));
        }
        self.keep_first();
        self.request.redirect_count += 1;
        self.refuse_user_info(location, exchange)?;
        if status != 303 && self.request.body.as_ref().is_some_and(|body| body.stream) {
            return Err(self
                .trace
                .push(Rule::RedirectStreamBody, StepOutcome::Fail, exchange)
                .with("status", status.to_string())
                .block(BlockReason::RedirectStreamBody, Phase::Redirect));
        }
        let current = Origin::of(self.request.current_url());
        let crosses = !current.same_origin(&Origin::of(location));
        self.rewrite_method(status, crosses, exchange);
        let leaves = !self.page.origin.same_origin(&Origin::of(location));
        if leaves && self.profile.redirect_drops_client_hints {
            self.drop_headers(CLIENT_HINTS);
        }
        if crosses {
            self.request.method_changed = false;
            if self.request.headers.contains("authorization") {
                self.trace
                    .push(Rule::RedirectAuthorization, StepOutcome::Info, exchange);
            }
            self.drop_headers(&["authorization"]);
        }
        let was_tainted = self.request.is_tainted(&self.page.origin);
        self.request.url_list.push(location.clone());
        if !was_tainted
            && self.request.is_tainted(&self.page.origin)
            && self.page.origin != Origin::Opaque
        {
            self.trace
                .push(Rule::RedirectTaint, StepOutcome::Info, exchange)
                .with("from", current.to_string())
                .with("to", Origin::of(location).to_string());
        }
        Ok(())
    }

    /// Holds the redirect response that led here against the credentials of the page's own origin, if the
    /// request began there: a second check, once the next request is ready to go.
    pub(super) fn recheck_redirect(&mut self) -> Result<(), Box<Block>> {
        let home = &self.page.origin;
        let url_list = &self.request.url_list;
        let [first, .., _] = url_list.as_slice() else {
            return Ok(());
        };
        let answered = &url_list[..url_list.len() - 1];
        let left_home = answered
            .iter()
            .any(|url| !home.same_origin(&Origin::of(url)));
        let sticks = self.profile.credentials_stick_to_redirects
            && self.request.mode == Mode::Cors
            && self.request.credentials == Credentials::SameOrigin
            && home.same_origin(&Origin::of(first))
            && left_home;
        let redirect = self
            .exchanges
            .iter()
            .rposition(|exchange| exchange.kind == ExchangeKind::Actual);
        let (true, Some(exchange)) = (sticks, redirect) else {
            return Ok(());
        };
        let Ok(reply) = self.exchanges[exchange].answer.clone() else {
            return Ok(());
        };
        let read = status_line::read(&reply, &self.exchanges[exchange].request.url, &self.profile);
        let Ok(headers) = read.and_then(|reply| receive::headers(&reply, &self.profile)) else {
            return Ok(());
        };
        let followed = self.request.url_list.pop();
        let origin = self.request.serialized_origin(&self.page.origin);
        CorsCheck {
            origin: &origin,
            credentials: Credentials::Include,
            empty_lines_vanish: self.profile.empty_lines_vanish,
            exchange,
            phase: Phase::Redirect,
            status: reply.status,
        }
        .run(&headers, &mut self.trace)?;
        self.request.url_list.extend(followed);
        Ok(())
    }

    /// The last policy in `Referrer-Policy` that is known counts from the next hop on.
    ///
    /// <https://w3c.github.io/webappsec-referrer-policy/#set-requests-referrer-policy-on-redirect>
    fn take_referrer_policy(&mut self, headers: &HeaderList, exchange: usize) {
        let named = headers.get_decode_and_split("referrer-policy");
        let policies = named.iter().flatten().rev();
        let known = |text: &String| ReferrerPolicy::from_name(text.to_ascii_lowercase().as_str());
        let Some(policy) = policies.filter_map(known).next() else {
            return;
        };
        self.request.referrer_policy = policy;
        self.trace
            .push(
                Rule::RedirectReferrerPolicy,
                StepOutcome::Info,
                Some(exchange),
            )
            .with("value", policy.as_str())
            .evidence(Evidence::response(
                "referrer-policy",
                headers.get("referrer-policy"),
            ));
    }

    /// A user name or password in the target is refused for CORS requests.
    fn refuse_user_info(
        &mut self,
        location: &Url,
        exchange: Option<usize>,
    ) -> Result<(), Box<Block>> {
        let absent = location.username().is_empty() && location.password().is_none();
        if absent || self.is_navigation() {
            return Ok(());
        }
        let cross_origin_cors =
            self.request.mode == Mode::Cors && !self.page.origin.same_origin(&Origin::of(location));
        if !(cross_origin_cors
            || self.request.tainting == Tainting::Cors
            || self.profile.redirect_user_info_always_refused
                && !matches!(self.api, Api::Xhr | Api::Beacon))
        {
            return Ok(());
        }
        let text = location.as_str();
        let start = text.find("//").map_or(0, |at| at + 2);
        let end = text[start..]
            .find('@')
            .map_or(text.len(), |at| start + at + 1);
        Err(self
            .trace
            .push(Rule::RedirectUserInfo, StepOutcome::Fail, exchange)
            .evidence(
                Evidence::response("location", Some(text.as_bytes().to_vec()))
                    .at(Some((start, end))),
            )
            .block(BlockReason::RedirectCredentialsInUrl, Phase::Redirect))
    }

    fn rewrite_method(&mut self, status: u16, crosses: bool, exchange: Option<usize>) {
        let method = self.request.method.clone();
        let deleted = crosses && method == "DELETE" && self.profile.cross_origin_delete_becomes_get;
        let rewritten = becomes_get(status, &method) || deleted;
        self.request.dropped.clear();
        let drops_first = becomes_get(status, &self.request.first_method);
        match self.profile.dropped_headers {
            // A beacon goes another way: Source/WebKit/NetworkProcess/PingLoad.cpp (corpus: step-0199).
            DroppedHeaders::BodyReturns
                if !drops_first
                    || self.request.tainting == Tainting::Cors && self.api != Api::Beacon =>
            {
                self.request.restore(BODY_HEADERS);
            }
            DroppedHeaders::BodyReturns | DroppedHeaders::Stay => {}
            DroppedHeaders::AllReturn => {
                self.request.headers = self.request.original_headers.clone();
                if drops_first {
                    self.request.headers.delete_all(BODY_HEADERS);
                }
            }
        }
        if !rewritten {
            return;
        }
        self.trace
            .push(Rule::RedirectMethod, StepOutcome::Info, exchange)
            .with("method", method)
            .with("status", status.to_string());
        "GET".clone_into(&mut self.request.method);
        self.request.method_changed = true;
        self.request.body = None::<SourceBody>;
        if !deleted {
            self.drop_headers(BODY_HEADERS);
        }
    }

    fn drop_headers(&mut self, names: &[&'static str]) {
        self.request.headers.delete_all(names);
        self.request.dropped.extend(names);
    }
}

/// A reference that begins with more than two slashes names a host all the same; the `url` crate finds none.
///
/// <https://url.spec.whatwg.org/#special-authority-ignore-slashes-state>
fn with_two_slashes(text: &str) -> Cow<'_, str> {
    let slash = |c: char| matches!(c, '/' | '\\');
    let plain: String = text
        .trim_matches(|c: char| c <= ' ')
        .chars()
        .filter(|c| !matches!(c, '\t' | '\n' | '\r'))
        .collect();
    let rest = plain.trim_start_matches(slash);
    if plain.len() - rest.len() > 2 {
        return format!("//{rest}").into();
    }
    text.into()
}

/// Whether a redirect of this status turns this method into GET.
fn becomes_get(status: u16, method: &str) -> bool {
    matches!(status, 301 | 302) && method == "POST"
        || status == 303 && !matches!(method, "GET" | "HEAD")
}

#[cfg(test)]
mod tests;
