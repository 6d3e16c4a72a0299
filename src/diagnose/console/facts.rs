//! A finished fetch as events and facts: what the tables' conditions and wordings may ask.

use std::collections::BTreeMap;

use url::Url;

use super::answered::{answer, http_error, set_cookie, type_options};
use super::referrer::{policy, relaxed};
use super::types::{Typed, hash_fault};
use crate::engine::{
    Api, Block, BlockReason, ContentSecurityPolicy, Engine, Evidence, Exchange, ExchangeKind,
    Finished, Mode, Phase, ReferrerPolicy, Rule, Side, StepOutcome, TraceStep, TypeOf, Verdict,
};
use crate::session::Session;
use crate::wire::{Origin, is_potentially_trustworthy, latin1};

/// Values by name; header values and reason phrases one character a byte.
pub(super) type FactMap = BTreeMap<&'static str, String>;

/// Something that a console may speak of.
pub(super) struct Event<'a> {
    /// A reason id, the id of a network failure, `allowed`, `opaque`, `step:` and a rule, `answer` or `after`.
    pub(super) id: &'static str,
    /// The step, or the one that decided.
    step: Option<&'a TraceStep>,
    /// Its place in the trace.
    pub(super) at: usize,
    /// Whether it is the end.
    is_end: bool,
}

/// The last answer, before what it is judged to be.
pub(super) const ANSWER: &str = "answer";

/// What the page's own part of the browser says when the end has reached it.
pub(super) const AFTER: &str = "after";

/// The events of a fetch in order: each step that decided nothing by itself, the answer, the end, and what
/// comes after it.
pub(super) fn events(finished: &Finished) -> impl Iterator<Item = Event<'_>> {
    let steps = &finished.trace.steps;
    let deciding = finished.verdict.block().map(|block| block.step);
    let asides = steps
        .iter()
        .enumerate()
        .filter(move |(at, _)| deciding != Some(*at))
        .filter_map(|(at, step)| {
            let id = step_event(step.rule)?;
            Some(Event {
                id,
                step: Some(step),
                at,
                is_end: false,
            })
        });
    let at = deciding.unwrap_or(steps.len());
    let passed = matches!(finished.verdict, Verdict::Allowed | Verdict::Opaque);
    // What the integrity says is read behind the answer's status; of what is stopped the end tells.
    let is_late = move |event: &Event<'_>| {
        let with_answer = event.step.is_some_and(|step| step.exchange.is_some());
        passed && event.id == INTEGRITY_ITEM && with_answer
    };
    let ends = [ANSWER, end(&finished.verdict), AFTER].map(|id| Event {
        id,
        step: steps.get(at),
        at,
        is_end: true,
    });
    let [answer, end, after] = ends;
    let late = asides.clone().filter(is_late);
    let early = asides.filter(move |event| !is_late(event));
    early.chain([answer, end]).chain(late).chain([after])
}

fn end(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::Allowed => "allowed",
        Verdict::Opaque => "opaque",
        Verdict::Blocked(block) => block.reason.id(),
        Verdict::Failed(failure) => failure.kind.id(),
    }
}

const INTEGRITY_ITEM: &str = "step:integrity-item";
const CROSS_ORIGIN: &str = "step:cross-origin";
const COOKIE_STORED: &str = "step:cookie-stored";

/// The steps that a console may speak of though they decide nothing.
pub(super) const STEP_EVENTS: &[(Rule, &str)] = &[
    (Rule::HeaderForbidden, "step:header-forbidden"),
    (Rule::ClearSiteData, "step:clear-site-data"),
    (Rule::IntegrityItem, INTEGRITY_ITEM),
    (Rule::CrossOrigin, CROSS_ORIGIN),
    (Rule::MixedContent, "step:mixed-content"),
    (Rule::UpgradeInsecure, "step:upgrade-insecure-requests"),
    (Rule::ContentSecurityPolicy, "step:content-security-policy"),
    (Rule::LocalNetwork, "step:local-network"),
    (Rule::AllowHeaders, "step:allow-headers"),
    (Rule::Answered, "step:answered"),
    (Rule::CookieStored, COOKIE_STORED),
    (Rule::CookieWithheld, "step:cookie-withheld"),
];

fn step_event(rule: Rule) -> Option<&'static str> {
    let event = STEP_EVENTS.iter().find(|(one, _)| *one == rule);
    event.map(|(_, id)| *id)
}

/// The facts of one fetch.
pub(super) struct Facts<'a> {
    session: &'a Session,
    finished: &'a Finished,
    /// The URL that the page gave.
    asked: Option<Url>,
    /// What was asked for first.
    first: Option<Url>,
}

impl<'a> Facts<'a> {
    pub(super) fn new(session: &'a Session, finished: &'a Finished) -> Self {
        let mut steps = finished.trace.steps.iter();
        let sent = steps
            .find(|step| step.exchange.is_some() || is_internal_redirect(step))
            .filter(|step| step.exchange.is_some())
            .and(finished.exchanges.first());
        let asked = session.page.url.join(&session.request.url).ok();
        let first = sent.map(|exchange| exchange.request.url.clone());
        Self {
            session,
            finished,
            first: first.or_else(|| asked.clone()),
            asked,
        }
    }

    /// A URL that was sent, with the fragment and the user info that stay behind: consoles show them (measured).
    fn as_asked(&self, sent: &Url, target: Option<&str>) -> String {
        let asked = target.unwrap_or(&self.session.request.url);
        if !asked.contains(['#', '@']) {
            return sent.to_string();
        }
        let mut asked = self.session.page.url.join(asked).ok();
        if let Some(asked) = &mut asked
            && (asked.scheme(), sent.scheme()) == ("http", "https")
        {
            // Upgraded on its way; this pair of schemes never fails.
            let _ = asked.set_scheme("https");
        }
        // The user info of a redirect is not shown.
        let asked = asked.map(|asked| match target {
            Some(_) => without_user_info(asked),
            None => asked,
        });
        let whole = asked.filter(|asked| {
            let mut bare = without_user_info(asked.clone());
            bare.set_fragment(None);
            bare == *sent
        });
        whole.as_ref().unwrap_or(sent).to_string()
    }

    /// Whether an element, a font or an EventSource has what it asked for.
    fn loaded(&self) -> bool {
        let response = self.finished.response.as_ref();
        response
            .and_then(|response| response.element)
            .is_some_and(|element| element.loaded)
    }

    /// Whether script reads a body that the engine could not undo.
    fn undecoded(&self) -> &'static str {
        let response = self.finished.response.as_ref();
        let error = response.and_then(|response| response.body_error.as_ref());
        match error.is_some_and(|error| error.contains("content coding")) {
            true => "yes",
            false => "no",
        }
    }

    /// A fact that takes no work; `None` is no answer.
    pub(super) fn at_once(&self, event: &Event, fact: &str) -> Option<&'static str> {
        match fact {
            "api" => Some(self.session.request.api.as_str()),
            "relaxed_referrer" => {
                let told = &self.finished.trace.steps[..event.at];
                policy(self.session, told).is_none().then_some("")
            }
            "http_error" if event.step.is_none() => {
                let last = self.finished.last_exchange()?;
                Some(http_error(last.answer.as_ref().ok()?))
            }
            "undecoded" => Some(self.undecoded()),
            "type_options" => {
                let exchanges = &self.finished.exchanges;
                let exchange = match event.step {
                    Some(step) if event.id != ANSWER => exchanges.get(step.exchange?),
                    _ => self.finished.last_exchange(),
                };
                Some(type_options(exchange?.answer.as_ref().ok()?))
            }
            _ => None,
        }
    }

    /// All facts about one event.
    pub(super) fn about(&self, event: &Event) -> FactMap {
        let mut facts = FactMap::new();
        self.request(&mut facts);
        self.place(event, &mut facts);
        facts.insert("end", end(&self.finished.verdict).to_owned());
        if let Some(step) = event.step {
            for (name, value) in &step.params {
                facts
                    .entry(name)
                    .or_insert_with(|| value.clone().into_owned());
            }
            if let (Some(name), Some(text)) = (param(step, "name"), param(step, "directive")) {
                let sources = text.get(name.len()..).unwrap_or_default().trim();
                facts.insert("named_directive", format!("{name} {sources}"));
            }
            if let Some(value) = response_value(&step.evidence) {
                if event.id == COOKIE_STORED {
                    set_cookie(&value, &mut facts);
                }
                facts.insert("value", value);
            }
        }
        let relaxed = self.relaxed_referrer(event, &facts["url"]);
        if !relaxed.is_empty() {
            let policy = policy(self.session, &self.finished.trace.steps[..event.at]);
            let policy = policy.map_or("", ReferrerPolicy::as_str);
            facts.insert("referrer_policy", policy.to_owned());
        }
        facts.insert("relaxed_referrer", relaxed.to_owned());
        if let Some(algorithm) = facts.get("algorithm") {
            let fault = hash_fault(&self.session.request.integrity, algorithm);
            facts.insert("hash", fault.to_owned());
        }
        if let Verdict::Failed(failure) = &self.finished.verdict {
            facts.insert("detail", failure.detail.clone());
        }
        if event.is_end
            && event
                .step
                .is_some_and(|step| step.rule == Rule::AllowHeaders)
        {
            facts.insert("refused_headers", self.refused_headers());
        }
        let origin = facts["page_origin"].clone();
        facts.entry("origin").or_insert(origin);
        if self.session.engine() == Engine::Firefox && facts["redirected"] == "no" {
            // Measured: a fragment without a letter is not shown, unless a redirect has brought it.
            for name in ["url", "insecure_url", "asked_url", "first_url"] {
                if let Some(url) = facts.get_mut(name).filter(|url| url.ends_with('#')) {
                    url.pop();
                }
            }
        }
        facts
    }

    /// How often an event is one of a policy that tells another site too much.
    fn relaxed_referrer(&self, event: &Event, url: &str) -> &'static str {
        let steps = &self.finished.trace.steps;
        let stopped = |block: &Block| block.phase == Phase::Request && block.exchange.is_none();
        let never_sent = event.id == ANSWER
            && self.finished.verdict.block().is_some_and(stopped)
            && !steps.iter().any(|step| step.rule == Rule::CrossOrigin);
        if event.id != CROSS_ORIGIN && !never_sent {
            return "";
        }
        match Url::parse(url).ok().as_ref().or(self.first.as_ref()) {
            Some(url) => relaxed(self.session, &steps[..event.at], url),
            None => "",
        }
    }

    /// What was asked, and by whom.
    fn request(&self, facts: &mut FactMap) {
        let (page, request) = (&self.session.page, &self.session.request);
        facts.insert("api", request.api.as_str().to_owned());
        let elements = [
            Api::Img,
            Api::Script,
            Api::Stylesheet,
            Api::Audio,
            Api::Video,
        ];
        let unread = elements.contains(&request.api)
            && request.crossorigin.is_none()
            && !(request.api == Api::Script && request.module);
        let mode = if unread { Mode::NoCors } else { request.mode };
        facts.insert("mode", mode.as_str().to_owned());
        facts.insert("redirect_mode", request.redirect.as_str().to_owned());
        facts.insert("module", yes(request.module));
        facts.insert("crossorigin", yes(request.crossorigin.is_some()));
        facts.insert("verdict", self.finished.verdict.as_str().to_owned());
        facts.insert("sent", yes(!self.finished.exchanges.is_empty()));
        facts.insert("loaded", yes(self.loaded()));
        let last = self.finished.exchanges.last();
        let last = last.and_then(|exchange| exchange.answer.as_ref().ok());
        let upgraded = |step: &TraceStep| {
            matches!(step.rule, Rule::UpgradeInsecure | Rule::MixedContent)
                && param(step, "case").as_deref() == Some("upgraded")
        };
        let upgraded = self.finished.trace.steps.iter().any(upgraded);
        facts.insert("upgraded", yes(upgraded));
        facts.insert("failed_status", last.map_or("no", http_error).to_owned());
        let asked = self.asked.as_ref().map(Url::to_string);
        facts.insert("asked_url", asked.unwrap_or_default());
        facts.insert("page", page.url.to_string());
        facts.insert("page_scheme", page.url.scheme().to_owned());
        let mut policies = page.policies.csp.iter();
        let blocks_all = policies.any(ContentSecurityPolicy::blocks_all_mixed_content);
        facts.insert("blocks_all_mixed", yes(blocks_all));
        facts.insert("page_origin", page.origin.to_string());
        // Of the document around a sandboxed frame only the origin is known.
        let top = match page.origin {
            Origin::Opaque => page.url.join("/").unwrap_or_else(|_| page.url.clone()),
            Origin::Tuple(_) => page.url.clone(),
        };
        facts.insert("top", top.to_string());
        facts.insert("top_origin", page.top_level_origin().to_string());
        facts.insert("secure", yes(is_potentially_trustworthy(&page.url)));
    }

    /// The headers that the preflight refused, in the order and spelling of the request, by commas.
    fn refused_headers(&self) -> String {
        let refusals = self.finished.trace.steps.iter().filter(|step| {
            let missing = param(step, "case").as_deref() == Some("also-missing");
            step.rule == Rule::AllowHeaders && (step.outcome == StepOutcome::Fail || missing)
        });
        let refused: Vec<String> = refusals.filter_map(|step| param(step, "item")).collect();
        let asked = self.session.request.headers.iter();
        let mut names: Vec<&str> = asked
            .map(|(name, _)| name.as_str())
            .filter(|name| refused.iter().any(|one| one.eq_ignore_ascii_case(name)))
            .collect();
        // What the browser added stands behind: the body's type.
        for one in &refused {
            if !names.iter().any(|name| name.eq_ignore_ascii_case(one)) {
                names.push(one);
            }
        }
        names.join(",")
    }

    /// Where it happened: URLs, phase, status.
    fn place(&self, event: &Event, facts: &mut FactMap) {
        let finished = self.finished;
        let steps = &finished.trace.steps;
        let before = &steps[..event.at.min(steps.len())];
        let last = finished.exchanges.len().checked_sub(1);
        let exchange = match (event.step, &finished.verdict) {
            (Some(step), _) if event.id != ANSWER => step.exchange,
            _ => last,
        };
        // A redirect whose own answer is at fault was not followed.
        let hops = before.iter().filter(|step| {
            let answered = step.rule == Rule::RedirectLocation
                && step.params.contains(&("case", "url".into()))
                && (exchange.is_none() || step.exchange < exchange);
            answered || is_internal_redirect(step)
        });
        let followed: Vec<&TraceStep> = hops.collect();
        let upgraded = before.iter().rfind(|step| {
            let rules = [Rule::MixedContent, Rule::UpgradeInsecure, Rule::Hsts];
            let changes = ["upgraded", "outside-engine"];
            rules.contains(&step.rule)
                && param(step, "case").is_some_and(|case| changes.contains(&case.as_str()))
        });
        let answered = exchange.and_then(|index| finished.exchanges.get(index));
        let target = followed.last().and_then(|step| param(step, "url"));
        let url = match answered {
            Some(exchange) => self.as_asked(&exchange.request.url, target.as_deref()),
            None => target
                .or_else(|| upgraded.and_then(|step| param(step, "url")))
                .or_else(|| self.first.as_ref().map(Url::to_string))
                .unwrap_or_else(|| self.session.request.url.clone()),
        };
        let for_good = |step: &&&TraceStep| {
            let exchange = step
                .exchange
                .and_then(|index| finished.exchanges.get(index));
            let reply = exchange.and_then(|exchange| exchange.answer.as_ref().ok());
            reply.is_some_and(|reply| matches!(reply.status, 301 | 308))
        };
        let moved = followed.iter().rev().find(for_good);
        let moved = moved.and_then(|step| param(step, "url"));
        facts.insert("moved_url", moved.unwrap_or_default());
        facts.insert("upgraded", yes(upgraded.is_some()));
        facts.insert("redirected", yes(!followed.is_empty()));
        let first = self.first.as_ref().map(Url::to_string);
        facts.insert(
            "first_url",
            first.filter(|_| !followed.is_empty()).unwrap_or_default(),
        );
        facts.insert("scheme", scheme(&url));
        let parsed = Url::parse(&url).ok();
        let pathless = parsed.as_ref().is_some_and(|url| url.path().is_empty());
        let preflighted = finished.exchanges.iter().any(|exchange| {
            exchange.kind == ExchangeKind::Preflight && exchange.request.url.as_str() == url
        });
        facts.insert("preflighted", yes(preflighted));
        facts.insert("pathless", if pathless { "yes" } else { "" }.to_owned());
        let opaque = before.iter().any(|step| {
            step.rule == Rule::NoCorsMode && param(step, "case").as_deref() == Some("opaque")
        });
        facts.insert("opaque", yes(opaque));
        let block = finished.verdict.block();
        if let Some(phase) = block.map(|block| block.phase).filter(|_| event.is_end) {
            facts.insert("phase", phase.as_str().to_owned());
        }
        let mut later = steps.iter().skip(event.at + 1);
        let moves_on = later.any(|step| step.rule == Rule::RedirectLocation);
        facts.insert("moves_on", yes(moves_on));
        let preflight = |exchange: &Exchange| exchange.kind == ExchangeKind::Preflight;
        let last_is_preflight = finished.last_exchange().is_some_and(preflight);
        facts.insert("ends_in_preflight", yes(last_is_preflight));
        let element = finished.response.as_ref().and_then(|one| one.element);
        facts.insert("loaded", yes(element.is_some_and(|one| one.loaded)));
        facts.insert("undecoded", self.undecoded().to_owned());
        if let Verdict::Failed(failure) = &finished.verdict {
            facts.insert("failure", failure.kind.id().to_owned());
            facts.insert("unanswered", yes(failure.unanswered));
        }
        let cross = before.iter().rfind(|step| step.rule == Rule::CrossOrigin);
        facts.insert(
            "cross",
            cross
                .and_then(|step| param(step, "case"))
                .unwrap_or_default(),
        );
        // What redirected here, where nothing was sent from here.
        let hop = finished
            .exchanges
            .last()
            .map(|last| last.request.url.to_string());
        facts.insert("hop_url", hop.unwrap_or_default());
        self.next_url(before, exchange, facts);
        if let Some(exchange) = answered {
            let request = &self.session.request;
            let kind = TypeOf::asked_by(request.api, request.module);
            answer(exchange, kind, &self.session.engine().profile(), facts);
            self.judged_type(exchange, facts);
        }
        let page = &self.session.page.origin;
        let target = parsed.map(|url| Origin::of(&url));
        let loopback = target
            .as_ref()
            .is_some_and(Origin::is_potentially_trustworthy);
        facts.insert("loopback", if loopback { "yes" } else { "" }.to_owned());
        let holds = |relation: fn(&Origin, &Origin) -> bool| {
            yes(target.as_ref().is_some_and(|target| relation(page, target)))
        };
        facts.insert("same_origin", holds(Origin::same_origin));
        facts.insert("same_site", holds(Origin::schemelessly_same_site));
        facts.insert("url", self.told(url, event));
    }

    /// The URL as the console tells it: that of a WebSocket keeps its scheme, and not every engine shows user info.
    fn told(&self, url: String, event: &Event) -> String {
        let shows_user_info = match self.session.engine() {
            Engine::Chromium => self.session.request.api == Api::Xhr,
            // Measured: its lines on policies and on redirects.
            Engine::WebKit => event.id.starts_with("csp-"),
            Engine::Firefox | Engine::Standard => true,
        };
        let url = match Url::parse(&url) {
            Ok(parsed) if !shows_user_info && url.contains('@') => {
                without_user_info(parsed).to_string()
            }
            _ => url,
        };
        if self.session.request.api != Api::WebSocket {
            return url;
        }
        match url.split_once("://") {
            Some(("http", rest)) => format!("ws://{rest}"),
            Some(("https", rest)) => format!("wss://{rest}"),
            _ => url,
        }
    }

    /// What an element's answer is refused for by its type.
    fn judged_type(&self, exchange: &Exchange, facts: &mut FactMap) {
        let request = &self.session.request;
        let Ok(reply) = &exchange.answer else { return };
        let typed = Typed {
            api: request.api,
            module: request.module,
            essence: &facts["media_type"],
            reply,
        };
        // One that leads to where it came from is followed before its type is looked at.
        let onward = facts["redirects"] == "yes" && facts["location"].trim().is_empty();
        let refused = if onward { "" } else { typed.refused() };
        // A redirect that leads nowhere is one for Opaque Response Blocking where a policy stopped it.
        let stopped = ["csp-connect-src", "mixed-content"].contains(&end(&self.finished.verdict));
        let judged = facts["redirects"] == "no" || stopped;
        let kept = judged && facts["opaque"] == "yes" && !self.loaded() && refused.is_empty();
        let orb = match (kept, typed.orb_by_head()) {
            (false, _) => "",
            (true, "") => match typed.orb_by_bytes() {
                "script" if !self.fails_as_script(facts) => "",
                case => case,
            },
            (true, case) => case,
        };
        facts.insert("refused_type", refused.to_owned());
        facts.insert("orb", orb.to_owned());
    }

    /// Whether the bytes are no script: of a script the engine has judged that.
    fn fails_as_script(&self, facts: &FactMap) -> bool {
        match self.session.request.api {
            Api::Script => {
                let block = self.finished.verdict.block();
                block.is_some_and(|block| block.reason == BlockReason::Orb)
            }
            _ => facts["script_like"] == "no",
        }
    }

    /// Where the redirect leads whose answer is at fault.
    fn next_url(&self, before: &[TraceStep], exchange: Option<usize>, facts: &mut FactMap) {
        let named = before
            .iter()
            .rfind(|step| step.rule == Rule::RedirectLocation && step.exchange == exchange)
            .and_then(|step| param(step, "url"));
        let location = || {
            let exchange = self.finished.exchanges.get(exchange?)?;
            let reply = exchange.answer.as_ref().ok()?;
            let location = reply.headers.get_text("location")?;
            let url = exchange.request.url.join(location.trim()).ok()?;
            Some(url.to_string())
        };
        let url = named.or_else(location);
        // Without an answer it is the browser that redirects, by what it remembers.
        let own = exchange.is_none_or(|index| index >= self.finished.exchanges.len());
        facts.insert("location_is_url", yes(own || url.is_some()));
        if let Some(url) = url {
            let here = exchange.and_then(|index| self.finished.exchanges.get(index));
            let here = here.map(|exchange| Origin::of(&exchange.request.url));
            let there = Url::parse(&url).ok();
            let leaves = here != there.as_ref().map(Origin::of);
            facts.insert("leaves_origin", yes(leaves));
            if let Some(there) = there {
                let user_info = !there.username().is_empty() || there.password().is_some();
                facts.insert("next_user_info", yes(user_info));
                facts.insert("next_url_bare", without_user_info(there).to_string());
            }
            facts.insert("next_scheme", scheme(&url));
            facts.insert("next_url", url);
        }
    }
}

fn without_user_info(mut url: Url) -> Url {
    // Fails where there is no host, and then no user info either.
    let _ = url.set_username("").and_then(|()| url.set_password(None));
    url
}

/// Whether the browser redirected the request by itself, before it was sent.
fn is_internal_redirect(step: &TraceStep) -> bool {
    step.rule == Rule::Hsts && param(step, "case").as_deref() == Some("internal-redirect")
}

pub(super) fn param(step: &TraceStep, name: &str) -> Option<String> {
    let found = step.params.iter().find(|(key, _)| *key == name);
    found.map(|(_, value)| value.clone().into_owned())
}

/// The header that was judged, as it came.
fn response_value(evidence: &[Evidence]) -> Option<String> {
    let header = evidence
        .iter()
        .find(|evidence| evidence.side == Side::Response && !evidence.header.starts_with(':'))?;
    header.value.as_deref().map(latin1)
}

fn scheme(url: &str) -> String {
    url.split(':').next().unwrap_or_default().to_owned()
}

pub(super) fn yes(value: bool) -> String {
    if value { "yes" } else { "no" }.to_owned()
}
