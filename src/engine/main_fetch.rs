//! Main fetch: runs for the first URL and again after every redirect, up to the filtered response.
//!
//! Source: <https://fetch.spec.whatwg.org/#concept-main-fetch>.

use std::sync::Arc;

use bytes::Bytes;
use url::Url;

use super::background::Foreground;
use super::block::{Block, BlockReason, Phase};
use super::concept_request::{Request, Tainting};
use super::content_coding::is_undecodable;
use super::cors_check::CorsCheck;
use super::document::InDocument;
use super::element::Destination;
use super::filter;
use super::gates::Route;
use super::hsts::Upgrade;
use super::http_cache::StoredResponse;
use super::local_network::{Refusal, Subject};
use super::logins::LoginState;
use super::machine::{Browser, Locating, Pending, Step};
use super::metadata::determine_referrer;
use super::outcome::{Exchange, ExchangeKind, Finished, ResponseType, Verdict, VisibleResponse};
use super::profile::{IntegrityTold, Profile};
use super::redirect::Redirect;
use super::request::{AddressSpace, Api, Mode, Page, RedirectMode, Timestamp};
use super::response_text::response_text;
use super::trace::{Evidence, Rule, StepOutcome, Trace};
use crate::wire::{FailureKind, HeaderList, HttpRequest, NetworkFailure, Reply};

/// A fetch under way.
#[derive(Clone, Debug)]
pub(super) struct Fetch {
    pub(super) profile: Profile,
    pub(super) page: Page,
    pub(super) request: Request,
    pub(super) trace: Trace,
    pub(super) api: Api,
    pub(super) destination: Destination,
    pub(super) module: bool,
    /// The type of a `<script>`, where it is given.
    pub(super) script_type: Option<String>,
    pub(super) exchanges: Vec<Exchange>,
    /// The page's address space, as far as it is known.
    pub(super) page_space: Option<AddressSpace>,
    /// The hint that script gave.
    pub(super) target_address_space: Option<AddressSpace>,
    /// Why Local Network Access refuses the request once its preflight is passed.
    pub(super) late_refusal: Option<Refusal>,
    /// When it began: the time by which the HTTP cache reckons.
    pub(super) started: Timestamp,
    /// What became of logins so far.
    pub(super) login: LoginState,
    /// The stored answer that the request under way asks about.
    pub(super) validating: Option<Arc<StoredResponse>>,
    /// How it stands to what the document holds.
    pub(super) in_document: InDocument,
    /// The request before its first redirect.
    pub(super) first: Option<Box<Request>>,
    /// What is asked again in the background once this is over.
    pub(super) later: Option<Box<Request>>,
    /// What is decided already, where this is the question in the background.
    pub(super) foreground: Option<Foreground>,
}

impl Fetch {
    /// Runs for the first URL and again after every redirect.
    ///
    /// <https://fetch.spec.whatwg.org/#concept-main-fetch>
    pub(super) fn main_fetch(mut self, browser: &mut Browser, now: Timestamp) -> Step {
        if self.request.url_list.len() == 1 {
            self.note_integrity_of_element(IntegrityTold::BeforeScripts);
            self.look_into_document(&browser.document);
        }
        self.note_embedder_policy();
        if let Err(block) = self.gates() {
            return self.block(block, browser);
        }
        let upgrade = self.upgrade_by_hsts(&browser.hsts, now);
        let referrer = determine_referrer(&self.request, &self.page, &self.profile);
        let first = self.request.url_list.len() == 1;
        self.request.referrer = referrer;
        if first {
            self.request.first_referrer = self.request.referrer.clone();
        }
        let route = self.route();
        self.withhold_credentials();
        if let (Upgrade::Redirect(to), Ok(Route::Http | Route::HttpWithPreflight)) =
            (upgrade, &route)
        {
            let with_preflight = matches!(route, Ok(Route::HttpWithPreflight));
            return self.redirect_internally(&to, with_preflight, browser, now);
        }
        match route {
            Ok(Route::Local(mut response)) => {
                response.element = response.element.or_else(|| self.local_outcome(&response));
                let opaque = response.kind == ResponseType::Opaque;
                let verdict = if opaque {
                    Verdict::Opaque
                } else {
                    Verdict::Allowed
                };
                self.finish(verdict, Some(*response), browser)
            }
            Ok(Route::Http) => self.locate(false, browser, now),
            Ok(Route::HttpWithPreflight) => self.locate(true, browser, now),
            Err(block) => self.block(block, browser),
        }
    }

    /// A redirect that the browser answers itself. It passes the CORS check by what the browser puts into
    /// it, but no preflight may meet it.
    fn redirect_internally(
        mut self,
        to: &Url,
        with_preflight: bool,
        browser: &mut Browser,
        now: Timestamp,
    ) -> Step {
        let preflights = with_preflight && !self.preflight_is_cached(browser, now);
        let followed = self.meet_internal_redirect(to, preflights).and_then(|()| {
            match self.request.redirect {
                RedirectMode::Manual => Ok(false),
                RedirectMode::Error => Err(self
                    .trace
                    .push(Rule::RedirectMode, StepOutcome::Fail, None)
                    .with("case", "error")
                    .with("status", "307")
                    .block(BlockReason::RedirectModeError, Phase::Redirect)),
                RedirectMode::Follow => self.follow(to, 307, None).map(|()| true),
            }
        });
        match followed {
            Ok(true) => self.main_fetch(browser, now),
            Ok(false) => self.opaque_redirect(Bytes::new(), browser),
            Err(block) => self.block(block, browser),
        }
    }

    fn opaque_redirect(self, body: Bytes, browser: &mut Browser) -> Step {
        let mut url = self.request.current_url().clone();
        url.set_fragment(None);
        let response = VisibleResponse {
            body,
            ..filter::opaque(ResponseType::OpaqueRedirect, url.as_str())
        };
        self.finish(Verdict::Opaque, Some(response), browser)
    }

    /// Asks where the current URL leads, if that can matter.
    fn locate(self, with_preflight: bool, browser: &mut Browser, now: Timestamp) -> Step {
        if !self.needs_location() {
            return self.send_first(with_preflight, browser, now);
        }
        Step::Locate(Box::new(Locating {
            subject: Subject::Target(self.request.current_url().clone()),
            with_preflight,
            target: AddressSpace::Public,
            address: None,
            refusal: None,
            fetch: self,
        }))
    }

    pub(super) fn send_first(
        mut self,
        with_preflight: bool,
        browser: &mut Browser,
        now: Timestamp,
    ) -> Step {
        if !with_preflight || self.preflight_is_cached(browser, now) {
            return self.send_actual(browser, now);
        }
        let headers = self.asked_headers();
        let request = self.preflight_request(&headers);
        self.send(ExchangeKind::Preflight, request)
    }

    pub(super) fn send_actual(mut self, browser: &mut Browser, now: Timestamp) -> Step {
        if let Some(refusal) = self.late_refusal.take() {
            let block = self.refuse_local_network(&refusal);
            return self.block(block, browser);
        }
        if let Err(block) = self.recheck_redirect() {
            return self.block(block, browser);
        }
        if let Err(block) = self.refuse_stream_over_http1() {
            return self.block(block, browser);
        }
        if self.request.mode == Mode::WebSocket {
            let request = self.upgrade_request(browser, now);
            return self.send(ExchangeKind::Actual, request);
        }
        let mut request = self.actual_request(browser, now);
        if self.is_navigation() {
            return self.send(ExchangeKind::Actual, request);
        }
        if let Some(reply) = self.held_answer() {
            return self.cache_answered(request, &reply, browser, now);
        }
        match self.consult_http_cache(&mut request, browser) {
            Ok(None) => self.send(ExchangeKind::Actual, request),
            Ok(Some(stored)) => self.cache_answered(request, &stored.reply, browser, now),
            Err(block) => self.block(block, browser),
        }
    }

    /// A stored answer meets the same checks as one that comes.
    fn cache_answered(
        mut self,
        request: HttpRequest,
        reply: &Reply,
        browser: &mut Browser,
        now: Timestamp,
    ) -> Step {
        self.push_cached(request, reply);
        let headers = &reply.headers;
        let checked = self.check_response(reply, headers);
        self.response_checked(checked, reply, headers, browser, now)
    }

    fn send(self, kind: ExchangeKind, request: HttpRequest) -> Step {
        Step::Send(Box::new(Pending {
            fetch: self,
            kind,
            request,
            tries: 1,
        }))
    }

    pub(super) fn preflight_answered(
        mut self,
        reply: &Reply,
        headers: &HeaderList,
        browser: &mut Browser,
        now: Timestamp,
    ) -> Step {
        self.note_answered(reply);
        match self.judge_preflight(reply, headers, browser, now) {
            Ok(()) => self.send_actual(browser, now),
            Err(block) => self.block(block, browser),
        }
    }

    /// The rest of HTTP fetch: CORS check, CORP check, redirect, response.
    ///
    /// <https://fetch.spec.whatwg.org/#concept-http-fetch>
    pub(super) fn actual_answered(
        mut self,
        reply: &Reply,
        headers: &HeaderList,
        browser: &mut Browser,
        now: Timestamp,
    ) -> Step {
        self.note_answered(reply);
        let asked_about = self.validating.take();
        if self.is_unchecked() {
            return self.keep_unchecked(asked_about.as_deref(), reply, headers, browser);
        }
        self.store_cookies(headers, browser, now);
        if self.request.mode == Mode::WebSocket {
            return self.upgrade_answered(reply, headers, browser);
        }
        if let Err(block) = self.check_stream_answer(reply, headers) {
            return self.block(block, browser);
        }
        if self.answers_challenge(reply, headers, browser) {
            return self.send_actual(browser, now);
        }
        let asked = asked_about.as_deref();
        if let Some(stored) = asked.filter(|_| reply.status == 304)
            && let Some((request, stored)) = self.freshened(stored, headers, browser)
        {
            return self.cache_answered(request, &stored.reply, browser, now);
        }
        let checked = self.check_response(reply, headers);
        let dropped = asked.is_some_and(|stored| self.drop_changed(stored, browser));
        if !self.is_navigation() && !dropped {
            self.keep_response(checked.is_err(), reply, headers, browser);
        }
        self.response_checked(checked, reply, headers, browser, now)
    }

    fn response_checked(
        mut self,
        checked: Result<(), Box<Block>>,
        reply: &Reply,
        headers: &HeaderList,
        browser: &mut Browser,
        now: Timestamp,
    ) -> Step {
        self.note_for_document(reply, headers);
        match checked.and_then(|()| self.redirect(reply, headers)) {
            Ok(Redirect::Followed) => self.main_fetch(browser, now),
            Ok(Redirect::Opaque(body)) => match self.check_unfollowed(reply) {
                Ok(()) => self.opaque_redirect(body.unwrap_or_default(), browser),
                Err(block) => self.block(block, browser),
            },
            Ok(Redirect::None) => match self.final_checks(reply, headers) {
                Ok(()) if self.is_navigation() => self.navigated(reply, headers, browser),
                Ok(()) => self.deliver(reply, headers, browser),
                Err(block) => self.block(block, browser),
            },
            Err(block) => self.block(block, browser),
        }
    }

    /// The CORS check of a CORS response, or the CORP check of an opaque one.
    fn check_response(&mut self, reply: &Reply, headers: &HeaderList) -> Result<(), Box<Block>> {
        let exchange = self.exchanges.len() - 1;
        match self.request.tainting {
            Tainting::Basic => Ok(()),
            Tainting::Opaque => self.corp_check(headers, exchange),
            Tainting::Cors => {
                let origin = self.request.serialized_origin(&self.page.origin);
                let redirected = super::redirect::is_redirect_status(reply.status)
                    && headers.contains("location");
                CorsCheck {
                    origin: &origin,
                    credentials: self.request.credentials,
                    empty_lines_vanish: self.profile.empty_lines_vanish,
                    exchange,
                    phase: if redirected {
                        Phase::Redirect
                    } else {
                        Phase::Actual
                    },
                    status: reply.status,
                }
                .run(headers, &mut self.trace)
            }
        }
    }

    fn deliver(mut self, reply: &Reply, headers: &HeaderList, browser: &mut Browser) -> Step {
        let body_error = reply.body.error.clone();
        // fetch() hands over what has come so far; who waits for all of the body gets an error, and so does who
        // gets nothing of it (measured).
        let waits = match self.api {
            Api::Xhr | Api::Script | Api::Stylesheet | Api::Font => true,
            Api::Img | Api::Audio | Api::Video => is_undecodable(reply),
            _ => false,
        };
        if let Some(error) = body_error.clone().filter(|_| waits) {
            return self.fail(NetworkFailure::new(FailureKind::Reset, error), browser);
        }
        let element = match self.element_outcome(reply, headers) {
            Ok(element) => element,
            Err(block) => {
                self.drop_refused_type(block.reason, headers, browser);
                return self.block(block, browser);
            }
        };
        let exchange = self.exchanges.len() - 1;
        let mut response = filter::filter(
            &self.request,
            reply,
            headers,
            exchange,
            &self.profile,
            &mut self.trace,
        );
        filter::join_lines(&mut response, headers, self.api, &self.profile);
        if self.api == Api::Xhr {
            response.text = response_text(&response.body, headers);
        }
        response.body_error = response.body_error.and(body_error);
        if response.kind == ResponseType::Opaque && self.profile.opaque_body_error_told {
            response.body_error.clone_from(&reply.body.error);
        }
        let verdict = match response.kind {
            ResponseType::Opaque => Verdict::Opaque,
            _ => Verdict::Allowed,
        };
        match element {
            Some(_) => {
                // Nothing of the response itself is script's to read.
                response = VisibleResponse {
                    element,
                    ..filter::opaque(response.kind, "")
                };
            }
            None => {
                self.trace
                    .push(Rule::Filtered, StepOutcome::Pass, Some(exchange))
                    .with("case", response.kind.as_str())
                    .with("status", reply.status.to_string());
            }
        }
        self.finish(verdict, Some(response), browser)
    }

    fn note_answered(&mut self, reply: &Reply) {
        let exchange = self.exchanges.len() - 1;
        let status = reply.status.to_string();
        self.trace
            .push(Rule::Answered, StepOutcome::Info, Some(exchange))
            .with("case", "reply")
            .with("status", status.clone())
            .evidence(Evidence::response(
                ":status",
                Some(status.clone().into_bytes()),
            ));
    }

    /// Cookies are stored before any check: a blocked answer still sets them.
    fn store_cookies(&mut self, headers: &HeaderList, browser: &mut Browser, now: Timestamp) {
        if !self.request.includes_credentials() {
            return;
        }
        let exchange = self.exchanges.len() - 1;
        let url = self.request.current_url().clone();
        let context = self.storing_context();
        for line in headers.lines("set-cookie") {
            let stored = browser
                .cookies
                .store(&url, line, &context, &self.profile, now);
            let (item, case) = match stored {
                Ok(name) => (name, "stored"),
                Err(why) => (cookie_name(line), why.id()),
            };
            self.trace
                .push(Rule::CookieStored, StepOutcome::Info, Some(exchange))
                .with("item", item)
                .with("case", case)
                .evidence(Evidence::response("set-cookie", Some(line.to_vec())));
        }
    }

    pub(super) fn fail(mut self, failure: NetworkFailure, browser: &mut Browser) -> Step {
        let exchange = self.exchanges.len() - 1;
        self.trace
            .push(Rule::Answered, StepOutcome::Fail, Some(exchange))
            .with("case", failure.kind.id())
            .with("detail", failure.detail.clone());
        self.forget_preflight(browser);
        self.drop_reloaded(browser);
        self.finish(Verdict::Failed(failure), None, browser)
    }

    pub(super) fn block(self, block: Box<Block>, browser: &mut Browser) -> Step {
        self.forget_preflight(browser);
        self.finish(Verdict::Blocked(block), None, browser)
    }

    /// A network error clears the request's entries in the preflight cache.
    ///
    /// <https://fetch.spec.whatwg.org/#concept-main-fetch>
    fn forget_preflight(&self, browser: &mut Browser) {
        if self.profile.failure_drops_cache_entry && !self.exchanges.is_empty() {
            browser.preflight_cache.clear(&self.cache_key());
        }
    }

    pub(super) fn finish(
        mut self,
        verdict: Verdict,
        response: Option<VisibleResponse>,
        browser: &mut Browser,
    ) -> Step {
        if !matches!(verdict, Verdict::Allowed | Verdict::Opaque) {
            self.note_integrity_of_element(IntegrityTold::AfterElements);
        }
        self.leave_to_document(&verdict, response.as_ref(), &mut browser.document);
        let finished = Box::new(Finished {
            verdict,
            response,
            url: self.request.url_list.last().cloned(),
            trace: std::mem::take(&mut self.trace),
            exchanges: std::mem::take(&mut self.exchanges),
        });
        self.over(finished, browser)
    }
}

fn cookie_name(line: &[u8]) -> String {
    let end = line
        .iter()
        .position(|byte| b"=;".contains(byte))
        .unwrap_or(line.len());
    crate::wire::latin1(line[..end].trim_ascii())
}
