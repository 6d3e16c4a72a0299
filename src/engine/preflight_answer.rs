//! CORS-preflight fetch: judging the answer to the OPTIONS, and remembering what it allows.
//!
//! Source: <https://fetch.spec.whatwg.org/#cors-preflight-fetch-0>.

use super::block::{Block, BlockReason, Phase};
use super::cors_check::CorsCheck;
use super::header_values::{InvalidList, token_list};
use super::machine::Browser;
use super::main_fetch::Fetch;
use super::preflight_cache::{Permission, max_age};
use super::profile::{CachedWildcard, EmptyLocation, PreflightOrder, TaintedPreflightOrigin};
use super::redirect::is_redirect_status;
use super::request::{CacheMode, Credentials, Timestamp};
use super::safelist::is_safelisted_method;
use super::trace::{Evidence, Rule, StepOutcome};
use crate::wire::{HeaderList, Origin, Reply};

const ALLOW_METHODS: &str = "access-control-allow-methods";
const ALLOW_HEADERS: &str = "access-control-allow-headers";
const MAX_AGE: &str = "access-control-max-age";

/// What the answer to a preflight lists; `None` where the header is absent.
struct Permitted {
    methods: Option<Vec<String>>,
    names: Option<Vec<String>>,
}

impl Fetch {
    /// Runs all checks on the answer, in this engine's order, and stores what it allows.
    pub(super) fn judge_preflight(
        &mut self,
        reply: &Reply,
        headers: &HeaderList,
        browser: &mut Browser,
        now: Timestamp,
    ) -> Result<(), Box<Block>> {
        let exchange = self.exchanges.len() - 1;
        let redirect = is_redirect(reply, headers);
        if self.profile.preflight_order == PreflightOrder::RedirectThenCors && redirect {
            return Err(self.status_block(reply, headers, exchange));
        }
        if self.profile.preflight_order == PreflightOrder::StatusThenCors {
            self.check_status(reply, headers, exchange)?;
        }
        let home = self
            .page
            .origin
            .same_origin(&Origin::of(self.request.current_url()));
        if !(home && self.profile.own_origin_preflight_unchecked) {
            let origin = self.preflight_origin();
            CorsCheck {
                origin: &origin,
                credentials: self.request.credentials,
                empty_lines_vanish: self.profile.empty_lines_vanish,
                exchange,
                phase: Phase::Preflight,
                status: reply.status,
            }
            .run(headers, &mut self.trace)?;
        }
        if self.profile.preflight_order != PreflightOrder::StatusThenCors {
            self.check_status(reply, headers, exchange)?;
        }
        let (permitted, refused) = self.check_lists(headers, exchange)?;
        let kept = refused.is_none() || self.profile.refused_preflight_cached;
        let no_store =
            self.request.cache == CacheMode::NoStore && !self.profile.no_store_preflight_kept;
        if kept && !no_store && !self.is_preflight_lost() {
            self.store_permissions(permitted, headers, browser, now, exchange);
        }
        refused.map_or(Ok(()), Err)
    }

    fn check_status(
        &mut self,
        reply: &Reply,
        headers: &HeaderList,
        exchange: usize,
    ) -> Result<(), Box<Block>> {
        if !(200..=299).contains(&reply.status) {
            return Err(self.status_block(reply, headers, exchange));
        }
        let status = reply.status.to_string();
        self.trace
            .push(Rule::PreflightStatus, StepOutcome::Pass, Some(exchange))
            .with("case", "ok")
            .with("status", status.clone())
            .evidence(Evidence::response(
                ":status",
                Some(status.clone().into_bytes()),
            ));
        Ok(())
    }

    /// Parses both lists and holds the request against them: what they permit, and what they refuse of
    /// this request.
    fn check_lists(
        &mut self,
        headers: &HeaderList,
        exchange: usize,
    ) -> Result<(Permitted, Option<Box<Block>>), Box<Block>> {
        let method_first = self.profile.preflight_order == PreflightOrder::CorsThenStatusThenMethod;
        let methods = token_list(headers, ALLOW_METHODS)
            .map_err(|invalid| self.invalid_list(ALLOW_METHODS, invalid, exchange))?;
        if method_first {
            self.check_method(methods.as_deref(), headers, exchange)?;
        }
        let names = token_list(headers, ALLOW_HEADERS)
            .map_err(|invalid| self.invalid_list(ALLOW_HEADERS, invalid, exchange))?;
        let mut checked = Ok(());
        if !method_first {
            checked = self.check_method(methods.as_deref(), headers, exchange);
        }
        if checked.is_ok() {
            checked = self.check_headers(names.as_deref().unwrap_or_default(), headers, exchange);
        }
        Ok((Permitted { methods, names }, checked.err()))
    }

    /// The origin that the OPTIONS shows, and that its answer must name.
    pub(super) fn preflight_origin(&self) -> String {
        match self.profile.tainted_preflight_origin {
            TaintedPreflightOrigin::Null => self.request.serialized_origin(&self.page.origin),
            TaintedPreflightOrigin::Page => self.page.origin.to_string(),
        }
    }

    fn status_block(&mut self, reply: &Reply, headers: &HeaderList, exchange: usize) -> Box<Block> {
        let status = reply.status.to_string();
        let status_line = Evidence::response(":status", Some(status.clone().into_bytes()))
            .at(Some((0, status.len())));
        let location = headers.get_text("location").unwrap_or_default();
        let nowhere = location.trim_ascii().is_empty()
            && self.profile.empty_location == EmptyLocation::Ignored;
        if !is_redirect(reply, headers) || nowhere {
            return self
                .trace
                .push(Rule::PreflightStatus, StepOutcome::Fail, Some(exchange))
                .with("case", "not-ok")
                .with("status", status.clone())
                .with("expected", "200-299")
                .evidence(status_line)
                .block(BlockReason::PreflightStatus, Phase::Preflight);
        }
        self.trace
            .push(Rule::PreflightStatus, StepOutcome::Fail, Some(exchange))
            .with("case", "redirect")
            .with("status", status.clone())
            .with("location", location)
            .with("expected", "200-299")
            .evidence(status_line)
            .evidence(Evidence::response("location", headers.get("location")))
            .block(BlockReason::PreflightRedirect, Phase::Preflight)
    }

    fn invalid_list(
        &mut self,
        name: &'static str,
        invalid: InvalidList,
        exchange: usize,
    ) -> Box<Block> {
        let (rule, reason) = if name == ALLOW_METHODS {
            (Rule::AllowMethodsList, BlockReason::AllowMethodsInvalid)
        } else {
            (Rule::AllowHeadersList, BlockReason::AllowHeadersInvalid)
        };
        let item = crate::wire::latin1(&invalid.line[invalid.span.0..invalid.span.1]);
        self.trace
            .push(rule, StepOutcome::Fail, Some(exchange))
            .with("item", item)
            .evidence(Evidence::response(name, Some(invalid.line)).at(Some(invalid.span)))
            .block(reason, Phase::Preflight)
    }

    fn check_method(
        &mut self,
        methods: Option<&[String]>,
        headers: &HeaderList,
        exchange: usize,
    ) -> Result<(), Box<Block>> {
        let method = self.request.method.clone();
        let include = self.request.credentials == Credentials::Include;
        let listed = methods.unwrap_or_default();
        let wildcard = listed.iter().any(|item| item == "*");
        let (case, reason) = if listed.contains(&method) {
            ("listed", None)
        } else if is_safelisted_method(&method) {
            ("safelisted", None)
        } else if wildcard && !include {
            ("wildcard", None)
        } else if wildcard {
            (
                "wildcard-credentials",
                Some(BlockReason::AllowMethodsWildcardWithCredentials),
            )
        } else if listed.iter().any(|item| item.eq_ignore_ascii_case(&method)) {
            ("case", Some(BlockReason::AllowMethodsMissingMethod))
        } else {
            let case = if methods.is_some() {
                "missing"
            } else {
                "absent"
            };
            (case, Some(BlockReason::AllowMethodsMissingMethod))
        };
        let value = headers.get(ALLOW_METHODS);
        let span = value
            .as_ref()
            .filter(|_| reason.is_some())
            .map(|value| (0, value.len()));
        let step = self
            .trace
            .push(
                Rule::AllowMethods,
                StepOutcome::passed(reason.is_none()),
                Some(exchange),
            )
            .with("case", case)
            .with("item", method.clone())
            .with("expected", method.clone())
            .evidence(Evidence::response(ALLOW_METHODS, value).at(span));
        match reason {
            Some(reason) => Err(step.block(reason, Phase::Preflight)),
            None => Ok(()),
        }
    }

    fn check_headers(
        &mut self,
        listed: &[String],
        headers: &HeaderList,
        exchange: usize,
    ) -> Result<(), Box<Block>> {
        let include = self.request.credentials == Credentials::Include;
        let wildcard = listed.iter().any(|item| item == "*");
        let mut refused = Vec::new();
        for header in self.asked_headers() {
            let name = header.name;
            let (case, reason) = if listed.iter().any(|item| item.eq_ignore_ascii_case(&name)) {
                ("listed", None)
            } else if !wildcard {
                ("missing", Some(BlockReason::AllowHeadersMissingHeader))
            } else if include {
                (
                    "wildcard-credentials",
                    Some(BlockReason::AllowHeadersWildcardWithCredentials),
                )
            } else if name != "authorization" {
                ("wildcard", None)
            } else if self.profile.wildcard_covers_authorization {
                ("wildcard-authorization-tolerated", None)
            } else {
                (
                    "wildcard-authorization",
                    Some(BlockReason::AllowHeadersWildcardExcludesAuthorization),
                )
            };
            match reason {
                Some(reason) => refused.push((name, case, reason)),
                None => self.note_header(case, &name, StepOutcome::Pass, headers, exchange),
            }
        }
        let mut refused = refused.into_iter();
        let Some((name, case, reason)) = refused.next() else {
            return Ok(());
        };
        let block = self.refuse_header(&name, case, reason, headers, exchange);
        // The browser stops at the first; the others are what the user would meet next.
        for (name, ..) in refused {
            self.note_header("also-missing", &name, StepOutcome::Info, headers, exchange);
        }
        Err(block)
    }

    fn refuse_header(
        &mut self,
        name: &str,
        case: &'static str,
        reason: BlockReason,
        headers: &HeaderList,
        exchange: usize,
    ) -> Box<Block> {
        let value = headers.get(ALLOW_HEADERS);
        let case = if value.is_none() { "absent" } else { case };
        let span = value.as_ref().map(|value| (0, value.len()));
        self.trace
            .push(Rule::AllowHeaders, StepOutcome::Fail, Some(exchange))
            .with("case", case)
            .with("item", name.to_owned())
            .with("expected", name.to_owned())
            .evidence(Evidence::response(ALLOW_HEADERS, value).at(span))
            .block(reason, Phase::Preflight)
    }

    fn note_header(
        &mut self,
        case: &'static str,
        name: &str,
        outcome: StepOutcome,
        headers: &HeaderList,
        exchange: usize,
    ) {
        self.trace
            .push(Rule::AllowHeaders, outcome, Some(exchange))
            .with("case", case)
            .with("item", name.to_owned())
            .evidence(Evidence::response(
                ALLOW_HEADERS,
                headers.get(ALLOW_HEADERS),
            ));
    }

    fn store_permissions(
        &mut self,
        permitted: Permitted,
        headers: &HeaderList,
        browser: &mut Browser,
        now: Timestamp,
        exchange: usize,
    ) {
        let Permitted { methods, names } = permitted;
        let seconds = max_age(headers, &self.profile);
        let key = self.cache_key();
        let storable = self
            .profile
            .cache_url_limit
            .is_none_or(|limit| key.url.len() < limit);
        self.trace
            .push(Rule::MaxAge, StepOutcome::Info, Some(exchange))
            .with("case", if storable { "stored" } else { "too-long" })
            .with("seconds", seconds.to_string())
            .evidence(Evidence::response(MAX_AGE, headers.get(MAX_AGE)));
        if !storable {
            return;
        }
        let methods = match methods {
            None if self.request.use_cors_preflight => vec![self.request.method.clone()],
            None => Vec::new(),
            Some(methods) => methods,
        };
        let mut names = names.unwrap_or_default();
        let mut methods = methods;
        if self.profile.cached_wildcard == CachedWildcard::Forgotten {
            methods.retain(|method| method != "*");
            names.retain(|name| name != "*");
        }
        let permissions = methods
            .into_iter()
            .map(Permission::Method)
            .chain(
                names
                    .into_iter()
                    .map(|name| Permission::Header(name.to_ascii_lowercase())),
            )
            .collect();
        let include = self.request.credentials == Credentials::Include;
        browser.preflight_cache.store(
            &key,
            include,
            permissions,
            now.plus_seconds(seconds),
            now,
            &self.profile,
        );
    }
}

/// A 3xx without Location leads nowhere: it is just a bad status (corpus: pfstatus-0057).
fn is_redirect(reply: &Reply, headers: &HeaderList) -> bool {
    is_redirect_status(reply.status) && headers.contains("location")
}
