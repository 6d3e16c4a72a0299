//! What the page's own response has said about what it may ask for: Content Security Policy,
//! `upgrade-insecure-requests`, Cross-Origin-Embedder-Policy, the referrer policy.
//!
//! Sources: <https://w3c.github.io/webappsec-csp/#should-block-request>,
//! <https://w3c.github.io/webappsec-upgrade-insecure-requests/#upgrade-request>,
//! <https://html.spec.whatwg.org/multipage/browsers.html#coep>.

use url::Url;

use super::block::{Block, BlockReason, Phase};
use super::concept_request::Tainting;
use super::content_security_policy::{Asked, Case, ContentSecurityPolicy, Judgement};
use super::main_fetch::Fetch;
use super::request::{Mode, ReferrerPolicy};
use super::trace::{Evidence, Rule, StepOutcome};
use super::websocket::socket_url;
use crate::wire::{Origin, is_potentially_trustworthy};

/// The value of `Cross-Origin-Embedder-Policy`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum EmbedderPolicy {
    /// No promise.
    #[default]
    UnsafeNone,
    /// Only what is marked for embedding.
    RequireCorp,
    /// What is not marked comes without credentials.
    Credentialless,
}

impl EmbedderPolicy {
    /// Every value.
    pub const ALL: &[Self] = &[Self::UnsafeNone, Self::RequireCorp, Self::Credentialless];

    /// The token in the header.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::UnsafeNone => "unsafe-none",
            Self::RequireCorp => "require-corp",
            Self::Credentialless => "credentialless",
        }
    }

    /// The value of that token.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .copied()
            .find(|value| value.as_str() == name)
    }

    /// The value of a header, whose parameters say where to report. A header that is no single token
    /// means nothing.
    ///
    /// <https://html.spec.whatwg.org/multipage/browsers.html#obtain-an-embedder-policy>
    pub fn of_header(value: &str) -> Self {
        let token = value.split(';').next().unwrap_or_default();
        Self::from_name(token.trim_matches([' ', '\t'])).unwrap_or_default()
    }
}

/// What the page came with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PagePolicies {
    /// Its Content Security Policies; all of them apply.
    pub csp: Vec<ContentSecurityPolicy>,
    /// Its embedder policy.
    pub embedder: EmbedderPolicy,
    /// Its referrer policy; `None` for the default.
    pub referrer: Option<ReferrerPolicy>,
    /// How that was learned; `None` where it was given.
    pub fetched: Option<FetchedPage>,
}

/// What came of fetching the page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FetchedPage {
    /// The URL that answered last.
    pub url: Url,
    /// Its status, if it answered.
    pub status: Option<u16>,
    /// How many redirects led there.
    pub redirects: usize,
    /// Why nothing was learned.
    pub failure: Option<String>,
}

impl PagePolicies {
    /// What is known where the page's answer taught nothing.
    pub fn fetched(page: FetchedPage) -> Self {
        Self {
            fetched: Some(page),
            ..Self::default()
        }
    }

    /// These and `more`: policies add up, the rest is taken from `more` where that has it.
    pub fn and(mut self, more: Self) -> Self {
        self.csp.extend(more.csp);
        if more.embedder != EmbedderPolicy::UnsafeNone {
            self.embedder = more.embedder;
        }
        self.referrer = more.referrer.or(self.referrer);
        self.fetched = more.fetched.or(self.fetched);
        self
    }
}

impl Fetch {
    /// Tells what policies that only report would have refused.
    ///
    /// <https://w3c.github.io/webappsec-csp/#report-for-request>
    pub(super) fn report_policies(&mut self) {
        for (policy, judgement) in self.judgements(true) {
            if judgement.case == Case::Violated {
                self.note_policy("report-only", &policy, judgement);
            }
        }
    }

    /// <https://w3c.github.io/webappsec-csp/#should-block-request>
    pub(super) fn enforce_policies(&mut self, phase: Phase) -> Result<(), Box<Block>> {
        let mut block = None;
        for (policy, judgement) in self.judgements(false) {
            let case = match judgement.case {
                Case::Allowed => "allowed",
                Case::ByElement => "by-element",
                Case::Violated if block.is_some() => "also-blocked",
                Case::Violated => {
                    block = Some(self.block_by_policy(&policy, judgement, phase));
                    continue;
                }
            };
            self.note_policy(case, &policy, judgement);
        }
        block.map_or(Ok(()), Err)
    }

    /// What each policy says that is about this kind of request.
    fn judgements(&self, report_only: bool) -> Vec<(ContentSecurityPolicy, Judgement)> {
        // The origin of the document's URL, also where the document's own is opaque.
        let page = Origin::of(&self.page.url);
        let url = self.request.current_url();
        let socket = (self.request.mode == Mode::WebSocket).then(|| socket_url(url));
        let asked = Asked {
            url: socket.as_ref().unwrap_or(url),
            page: &page,
            destination: self.destination,
            redirected: self.request.redirect_count > 0,
            has_integrity: !self.request.integrity.is_empty(),
        };
        let policies = self.page.policies.csp.iter();
        policies
            .filter(|policy| policy.report_only == report_only)
            .filter_map(|policy| {
                let judgement = policy.judge(&asked, &self.profile.csp)?;
                Some((policy.clone(), judgement))
            })
            .collect()
    }

    fn note_policy(
        &mut self,
        case: &'static str,
        policy: &ContentSecurityPolicy,
        judgement: Judgement,
    ) {
        let outcome = match case {
            "allowed" => StepOutcome::Pass,
            "by-element" => StepOutcome::NotModelled,
            _ => StepOutcome::Info,
        };
        self.push_policy_step(case, outcome, policy, judgement);
    }

    fn block_by_policy(
        &mut self,
        policy: &ContentSecurityPolicy,
        judgement: Judgement,
        phase: Phase,
    ) -> Box<Block> {
        self.push_policy_step("blocked", StepOutcome::Fail, policy, judgement)
            .block(BlockReason::CspConnectSrc, phase)
    }

    fn push_policy_step(
        &mut self,
        case: &'static str,
        outcome: StepOutcome,
        policy: &ContentSecurityPolicy,
        judgement: Judgement,
    ) -> super::trace::StepFiller<'_> {
        let url = self.request.current_url().clone();
        let header = if policy.report_only {
            "content-security-policy-report-only"
        } else {
            "content-security-policy"
        };
        let fallback = judgement.name != judgement.effective;
        self.trace
            .push(Rule::ContentSecurityPolicy, outcome, None)
            .with("case", case)
            .with("item", judgement.effective)
            .with("name", judgement.name)
            .with("directive", judgement.directive)
            .with("fallback", if fallback { "yes" } else { "no" })
            .with("expected", source_for(&url))
            .with("url", url.to_string())
            .evidence(
                Evidence::page(header, policy.text.as_bytes().to_vec()).at(Some(judgement.span)),
            )
    }

    /// The embedder policy as this engine knows it: a page that is not secure has none.
    ///
    /// <https://html.spec.whatwg.org/multipage/browsers.html#obtain-an-embedder-policy>
    pub(super) fn embedder_policy(&self) -> EmbedderPolicy {
        match self.page.policies.embedder {
            _ if !is_potentially_trustworthy(&self.page.url) => EmbedderPolicy::UnsafeNone,
            EmbedderPolicy::Credentialless if !self.profile.embedder_policy_credentialless => {
                EmbedderPolicy::UnsafeNone
            }
            policy => policy,
        }
    }

    /// Takes the credentials out of a no-cors request of a `credentialless` page.
    ///
    /// <https://fetch.spec.whatwg.org/#cross-origin-embedder-policy-allows-credentials>
    pub(super) fn withhold_credentials(&mut self) {
        let target = Origin::of(self.request.current_url());
        let at_home =
            self.page.origin.same_origin(&target) && !self.request.is_tainted(&self.page.origin);
        let withheld = self.request.mode == Mode::NoCors
            && self.request.tainting == Tainting::Opaque
            && self.embedder_policy() == EmbedderPolicy::Credentialless
            && !at_home;
        self.request.credentials_withheld = withheld;
        if withheld {
            self.trace
                .push(Rule::EmbedderPolicy, StepOutcome::Info, None)
                .with("case", "credentialless")
                .with("target", target.to_string());
        }
    }

    /// Tells of an embedder policy that does not count here.
    pub(super) fn note_embedder_policy(&mut self) {
        let given = self.page.policies.embedder;
        if given == self.embedder_policy() || self.request.mode != Mode::NoCors {
            return;
        }
        let secure = is_potentially_trustworthy(&self.page.url);
        self.trace
            .push(Rule::EmbedderPolicy, StepOutcome::Info, None)
            .with("case", if secure { "unknown" } else { "insecure" })
            .with("item", given.as_str());
    }
}

/// The source that would let a URL through.
fn source_for(url: &Url) -> String {
    match Origin::of(url) {
        Origin::Opaque => format!("{}:", url.scheme()),
        origin => origin.to_string(),
    }
}

#[cfg(test)]
mod tests;
