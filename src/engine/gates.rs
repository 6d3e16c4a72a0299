//! What is decided without an answer: ports, the route of main fetch; and the last checks on a response.
//!
//! Source: <https://fetch.spec.whatwg.org/#concept-main-fetch>.

use url::Host;

use super::block::{Block, BlockReason, Phase};
use super::concept_request::Tainting;
use super::content_security_policy::PolicyBeforeMode;
use super::element::{Destination, ElementOutcome};
use super::integrity;
use super::main_fetch::Fetch;
use super::outcome::{ResponseType, VisibleResponse};
use super::page_policies::EmbedderPolicy;
use super::profile::{IntegrityTold, UnspecifiedAddress, UnusableIntegrity};
use super::request::{Api, Mode, RedirectMode};
use super::trace::{Evidence, Rule, StepOutcome};
use crate::wire::{HeaderList, Origin, Reply};

/// <https://fetch.spec.whatwg.org/#port-blocking>
const BAD_PORTS: &[u16] = &[
    0, 1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101,
    102, 103, 104, 109, 110, 111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427,
    465, 512, 513, 514, 515, 526, 530, 531, 532, 540, 548, 554, 556, 563, 587, 601, 636, 989, 990,
    993, 995, 1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566, 6665, 6666, 6667,
    6668, 6669, 6679, 6697, 10080,
];

/// Those that came to the list in April 2024.
const LATER_PORTS: [u16; 2] = [4190, 6679];

/// Which way main fetch takes.
pub(super) enum Route {
    /// Answered without the network.
    Local(Box<VisibleResponse>),
    /// Straight to the server.
    Http,
    /// An OPTIONS first, unless cached.
    HttpWithPreflight,
}

impl Fetch {
    /// What blocks before anything is sent.
    pub(super) fn gates(&mut self) -> Result<(), Box<Block>> {
        let phase = if self.request.url_list.len() > 1 {
            Phase::Redirect
        } else {
            Phase::Request
        };
        let target = Origin::of(self.request.current_url());
        let same_origin_mode_refuses =
            self.request.mode == Mode::SameOrigin && !self.page.origin.same_origin(&target);
        if same_origin_mode_refuses && self.profile.same_origin_mode_is_first {
            let asked_first = match self.profile.csp.before_same_origin_mode {
                PolicyBeforeMode::Never => false,
                PolicyBeforeMode::AtFirst => phase == Phase::Request,
                PolicyBeforeMode::Always => true,
            };
            if asked_first {
                self.report_policies();
                self.enforce_policies(phase)?;
            }
            // The route tells.
            return Ok(());
        }
        self.report_policies();
        let asked = self.upgrade(phase)?;
        if self.profile.csp.first && !asked {
            self.enforce_policies(phase)?;
        }
        self.refuse_bad_port(phase)?;
        self.refuse_mixed_content(phase)?;
        if !self.profile.csp.first && !asked {
            self.enforce_policies(phase)?;
        }
        self.refuse_unspecified_address(phase)
    }

    /// 0.0.0.0 is an address to listen at. Where it is asked, the system takes it for this machine, past what
    /// guards loopback.
    fn refuse_unspecified_address(&mut self, phase: Phase) -> Result<(), Box<Block>> {
        let url = self.request.current_url().clone();
        let (is_unspecified, is_named) = match url.host() {
            Some(Host::Ipv4(address)) => (address.is_unspecified(), true),
            Some(Host::Ipv6(address)) => {
                let mapped = address.to_ipv4_mapped();
                let mapped = mapped.is_some_and(|address| address.is_unspecified());
                (mapped || address.is_unspecified(), false)
            }
            _ => (false, false),
        };
        let refused = match self.profile.unspecified_address {
            UnspecifiedAddress::Asked => false,
            UnspecifiedAddress::Refused => true,
            UnspecifiedAddress::FirstRefused => is_named && phase == Phase::Request,
        };
        if !(is_unspecified && refused) {
            return Ok(());
        }
        Err(self
            .trace
            .push(Rule::UnspecifiedAddress, StepOutcome::Fail, None)
            .with("item", url.host_str().unwrap_or_default().to_owned())
            .evidence(Evidence::request(":url", url.as_str()))
            .block(BlockReason::UnspecifiedAddress, phase))
    }

    /// <https://fetch.spec.whatwg.org/#block-bad-port>
    fn refuse_bad_port(&mut self, phase: Phase) -> Result<(), Box<Block>> {
        let url = self.request.current_url().clone();
        let is_open = |port: u16| LATER_PORTS.contains(&port) && self.profile.later_ports_open;
        if matches!(url.scheme(), "http" | "https")
            && (url.port()).is_some_and(|port| BAD_PORTS.contains(&port) && !is_open(port))
        {
            return Err(self
                .trace
                .push(Rule::BadPort, StepOutcome::Fail, None)
                .with("item", url.port().unwrap_or_default().to_string())
                .evidence(Evidence::request(":url", url.as_str()))
                .block(BlockReason::BadPort, phase));
        }
        Ok(())
    }

    /// The list of cases of main fetch; the first that fits decides.
    pub(super) fn route(&mut self) -> Result<Route, Box<Block>> {
        if let Some(unfetched) = self.data_block() {
            return Ok(Route::Local(Box::new(unfetched)));
        }
        let url = self.request.current_url().clone();
        let target = Origin::of(&url);
        let phase = if self.request.url_list.len() > 1 {
            Phase::Redirect
        } else {
            Phase::Request
        };
        let same_origin = self.page.origin.same_origin(&target);
        if let Some(route) = self.ungoverned_route(phase) {
            return route;
        }
        if (same_origin && self.request.tainting == Tainting::Basic) || url.scheme() == "data" {
            self.note_cross_origin("same", &target);
            return self.scheme_fetch();
        }
        self.note_cross_origin(if same_origin { "tainted" } else { "cross" }, &target);
        match self.request.mode {
            Mode::SameOrigin => Err(self
                .trace
                .push(Rule::SameOriginMode, StepOutcome::Fail, None)
                .with("origin", self.page.origin.to_string())
                .with("target", target.to_string())
                .evidence(Evidence::request(":url", url.as_str()))
                .block(BlockReason::SameOriginMode, phase)),
            Mode::NoCors if self.request.redirect != RedirectMode::Follow => Err(self
                .trace
                .push(Rule::NoCorsMode, StepOutcome::Fail, None)
                .with("case", "redirect-mode")
                .with("item", self.request.redirect.as_str())
                .block(BlockReason::NoCorsRedirectMode, phase)),
            Mode::NoCors => {
                self.trace
                    .push(Rule::NoCorsMode, StepOutcome::Info, None)
                    .with("case", "opaque");
                self.request.tainting = Tainting::Opaque;
                self.scheme_fetch()
            }
            Mode::Cors | Mode::Navigate | Mode::WebSocket
                if !matches!(url.scheme(), "http" | "https") =>
            {
                Err(self.scheme_block(url.scheme(), phase))
            }
            Mode::Cors | Mode::Navigate | Mode::WebSocket => {
                self.request.tainting = Tainting::Cors;
                Ok(if self.needs_preflight() {
                    Route::HttpWithPreflight
                } else {
                    Route::Http
                })
            }
        }
    }

    fn note_cross_origin(&mut self, case: &'static str, target: &Origin) {
        let differs = match (&self.page.origin, target) {
            (Origin::Tuple(page), Origin::Tuple(target)) if page.host != target.host => "host",
            (Origin::Tuple(page), Origin::Tuple(target)) if page.scheme != target.scheme => {
                "scheme"
            }
            (Origin::Tuple(page), Origin::Tuple(target)) if page.port != target.port => "port",
            (Origin::Opaque, _) => "opaque",
            _ => "",
        };
        self.trace
            .push(Rule::CrossOrigin, StepOutcome::Info, None)
            .with("case", case)
            .with("origin", self.page.origin.to_string())
            .with("target", target.to_string())
            .with("differs", differs);
    }

    pub(super) fn scheme_block(&mut self, scheme: &str, phase: Phase) -> Box<Block> {
        self.trace
            .push(Rule::SchemeHttp, StepOutcome::Fail, None)
            .with("item", scheme.to_owned())
            .with("expected", "http or https")
            .evidence(Evidence::request(
                ":url",
                self.request.current_url().as_str(),
            ))
            .block(BlockReason::SchemeNotHttp, phase)
    }

    /// <https://fetch.spec.whatwg.org/#scheme-fetch>
    fn scheme_fetch(&mut self) -> Result<Route, Box<Block>> {
        let url = self.request.current_url().clone();
        match url.scheme() {
            "http" | "https" => Ok(Route::Http),
            "data" => match super::data_url::respond(&url, self.api, &self.profile) {
                Some(response) => {
                    self.trace
                        .push(Rule::LocalScheme, StepOutcome::Info, None)
                        .with("item", "data");
                    Ok(Route::Local(Box::new(response)))
                }
                None => Err(self.scheme_block("data", Phase::Request)),
            },
            "about" if url.path() == "blank" && self.profile.about_blank_no_cors => {
                self.trace
                    .push(Rule::LocalScheme, StepOutcome::Info, None)
                    .with("item", "about");
                let loaded = self.profile.about_blank_loads
                    && matches!(self.destination, Destination::Script | Destination::Style)
                    && self.request.integrity.is_empty();
                let element = loaded.then_some(ElementOutcome {
                    loaded,
                    readable: false,
                });
                Ok(Route::Local(Box::new(VisibleResponse {
                    element,
                    ..super::filter::opaque(ResponseType::Opaque, "")
                })))
            }
            scheme => Err(self.scheme_block(scheme, Phase::Request)),
        }
    }

    /// <https://fetch.spec.whatwg.org/#cross-origin-resource-policy-check>
    pub(super) fn corp_check(
        &mut self,
        headers: &HeaderList,
        exchange: usize,
    ) -> Result<(), Box<Block>> {
        const CORP: &str = "cross-origin-resource-policy";
        let value = headers.get(CORP);
        let target = Origin::of(self.request.current_url());
        let origin = &self.page.origin;
        let embedder = self.embedder_policy();
        let marked_only = match embedder {
            EmbedderPolicy::UnsafeNone => false,
            EmbedderPolicy::RequireCorp => true,
            EmbedderPolicy::Credentialless => self.request.includes_credentials(),
        };
        let reason = match value.as_deref() {
            Some(b"same-origin") if !origin.same_origin(&target) => {
                Some(BlockReason::CorpSameOrigin)
            }
            Some(b"same-site") => {
                let same_site = origin.schemelessly_same_site(&target);
                let as_secure =
                    origin.scheme() == Some("https") || target.scheme() != Some("https");
                (!(same_site && as_secure)).then_some(BlockReason::CorpSameSite)
            }
            Some(b"same-origin" | b"cross-origin") => None,
            Some(_) if !self.profile.unknown_corp_is_none => None,
            _ if marked_only && !origin.same_origin(&target) => Some(BlockReason::CoepCorpRequired),
            _ => None,
        };
        if reason == Some(BlockReason::CoepCorpRequired) {
            let step = self
                .trace
                .push(Rule::EmbedderPolicy, StepOutcome::Fail, Some(exchange))
                .with(
                    "case",
                    if value.is_none() {
                        "unmarked"
                    } else {
                        "invalid"
                    },
                )
                .with("item", embedder.as_str())
                .with("expected", "cross-origin")
                .with("target", target.to_string())
                .evidence(Evidence::response(CORP, value));
            return Err(step.block(BlockReason::CoepCorpRequired, Phase::Response));
        }
        if value.is_none() {
            return Ok(());
        }
        let span = value
            .as_ref()
            .filter(|_| reason.is_some())
            .map(|value| (0, value.len()));
        let step = self
            .trace
            .push(
                Rule::Corp,
                StepOutcome::passed(reason.is_none()),
                Some(exchange),
            )
            .with("origin", origin.to_string())
            .with("target", target.to_string())
            .evidence(Evidence::response(CORP, value).at(span));
        match reason {
            Some(reason) => Err(step.block(reason, Phase::Response)),
            None => Ok(()),
        }
    }

    /// What may still stop a response that passed CORS.
    pub(super) fn final_checks(
        &mut self,
        reply: &Reply,
        headers: &HeaderList,
    ) -> Result<(), Box<Block>> {
        let exchange = self.exchanges.len() - 1;
        let opaque = self.request.tainting == Tainting::Opaque;
        if opaque && matches!(reply.status, 206 | 416) && !self.request.headers.contains("range") {
            // The Standard asks whether the request that was answered carried Range; script cannot set
            // it in mode no-cors, so an unasked partial answer is what is left.
            let ranged = headers.contains("content-range");
            self.trace
                .push(Rule::OpaqueRange, StepOutcome::Info, Some(exchange))
                .with("status", reply.status.to_string())
                .with("case", if ranged { "ranged" } else { "plain" });
        }
        if !self.request.integrity.is_empty() {
            self.check_integrity(reply, opaque)?;
        }
        Ok(())
    }

    /// The integrity of a redirect that is not followed, of which script gets nothing.
    pub(super) fn check_unfollowed(&mut self, reply: &Reply) -> Result<(), Box<Block>> {
        if self.request.integrity.is_empty() {
            return Ok(());
        }
        self.check_integrity(reply, !self.profile.opaque_redirect_has_integrity)
    }

    /// Tells of it before anything is decided, or after all is, where the engine does.
    pub(super) fn note_integrity_of_element(&mut self, moment: IntegrityTold) {
        let told = self.profile.integrity_told == moment
            && match moment {
                IntegrityTold::BeforeScripts => self.api == Api::Script,
                IntegrityTold::AfterElements => {
                    let is_element = matches!(self.api, Api::Script | Api::Stylesheet);
                    is_element && !self.exchanges.is_empty()
                }
                IntegrityTold::WithCheck => false,
            };
        if told {
            self.note_unusable_integrity(None);
        }
    }

    /// Tells of what script gave as integrity and is none; once.
    fn note_unusable_integrity(&mut self, exchange: Option<usize>) {
        let mut steps = self.trace.steps.iter();
        if steps.any(|step| step.rule == Rule::IntegrityItem) {
            return;
        }
        let metadata = self.request.integrity.clone();
        let syntax = self.profile.integrity_syntax;
        for (item, why) in integrity::unusable(&metadata, syntax) {
            let algorithm = item.split('-').next().unwrap_or_default();
            self.trace
                .push(Rule::IntegrityItem, StepOutcome::Info, exchange)
                .with("case", why.id())
                .with("item", item.to_owned())
                .with("algorithm", algorithm.to_owned())
                .with("expected", metadata.clone());
        }
        for (item, option) in integrity::options(&metadata, syntax) {
            self.trace
                .push(Rule::IntegrityItem, StepOutcome::Info, exchange)
                .with("case", "option")
                .with("item", item.to_owned())
                .with("option", option.to_owned());
        }
        // A style sheet that fails is not looked into as far.
        let whole = exchange.is_some() || self.api != Api::Stylesheet;
        if whole && !metadata.is_empty() && !integrity::is_usable(&metadata, syntax) {
            self.trace
                .push(Rule::IntegrityItem, StepOutcome::Info, exchange)
                .with("case", "none")
                .with("expected", metadata);
        }
    }

    /// Whether metadata without a usable hash stops an answer that script may not read.
    fn refuses_unusable_integrity(&self) -> bool {
        let by_fetch = matches!(self.request.api, Api::Fetch | Api::Xhr);
        match self.profile.unusable_integrity {
            UnusableIntegrity::Refused => true,
            UnusableIntegrity::RefusedByFetch => by_fetch,
        }
    }

    /// <https://fetch.spec.whatwg.org/#concept-main-fetch>
    fn check_integrity(&mut self, reply: &Reply, opaque: bool) -> Result<(), Box<Block>> {
        let exchange = self.exchanges.len() - 1;
        self.note_unusable_integrity(Some(exchange));
        let body = &reply.body;
        let (metadata, syntax) = (&self.request.integrity, self.profile.integrity_syntax);
        let asks = integrity::is_usable(metadata, syntax);
        let (case, outcome) = if opaque && (asks || self.refuses_unusable_integrity()) {
            ("opaque", StepOutcome::Fail)
        } else if body.truncated || body.error.is_some() {
            ("unchecked", StepOutcome::NotModelled)
        } else if opaque
            || integrity::matches(
                metadata,
                body.readable(),
                syntax,
                self.profile.hash_encoding,
            )
        {
            ("match", StepOutcome::Pass)
        } else {
            ("mismatch", StepOutcome::Fail)
        };
        if outcome == StepOutcome::Pass && !asks {
            return Ok(());
        }
        let step = self
            .trace
            .push(Rule::Integrity, outcome, Some(exchange))
            .with("case", case)
            .with("expected", metadata.clone());
        let step = match integrity::actual(metadata, body.readable(), syntax) {
            Some((algorithm, hash)) if case == "mismatch" => {
                step.with("algorithm", algorithm).with("actual", hash)
            }
            _ => step,
        };
        match outcome {
            StepOutcome::Fail => Err(step.block(BlockReason::SriMismatch, Phase::Response)),
            _ => Ok(()),
        }
    }
}

/// An empty response type for local schemes.
pub(super) fn local_response(url: &url::Url, media_type: String, body: Vec<u8>) -> VisibleResponse {
    VisibleResponse {
        kind: ResponseType::Basic,
        status: 200,
        status_text: b"OK".to_vec(),
        url: url.to_string(),
        redirected: false,
        headers: [("content-type", media_type)].into_iter().collect(),
        body: body.into(),
        text: None,
        body_truncated: false,
        body_error: None,
        element: None,
    }
}

#[cfg(test)]
mod tests;
