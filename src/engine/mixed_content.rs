//! Insecure requests: those of a secure page are mixed content, and some are made secure before they are sent.
//!
//! Sources: <https://w3c.github.io/webappsec-mixed-content/>,
//! <https://w3c.github.io/webappsec-upgrade-insecure-requests/>.

use url::{Host, Url};

use super::block::{Block, BlockReason, Phase};
use super::content_security_policy::{ContentSecurityPolicy, PolicyBeforeUpgrade};
use super::element::Destination;
use super::local_network::known_space;
use super::main_fetch::Fetch;
use super::request::{AddressSpace, Api, Mode};
use super::trace::{Evidence, Rule, StepOutcome};
use super::websocket::socket_url;
use crate::wire::is_potentially_trustworthy;

/// Whether a name is one of the multicast DNS, which leads to the local network; a dot at its end does not
/// matter.
///
/// <https://www.rfc-editor.org/rfc/rfc6762#section-3>
fn is_multicast_name(domain: &str) -> bool {
    let name = domain.strip_suffix('.').unwrap_or(domain);
    name == "local" || name.ends_with(".local")
}

impl Fetch {
    /// Makes an insecure request secure where the page or its kind asks for that. Some browsers have asked the
    /// page's policies about the insecure URL by then; whether they need no further answer.
    pub(super) fn upgrade(&mut self, phase: Phase) -> Result<bool, Box<Block>> {
        let insecure = self.request.current_url().clone();
        let told = self.trace.steps.len();
        self.upgrade_insecure_request();
        self.upgrade_mixed_media();
        let before = self.profile.csp.before_upgrade;
        let media = matches!(self.destination, Destination::Audio | Destination::Video);
        let judged = match before {
            PolicyBeforeUpgrade::Never => false,
            PolicyBeforeUpgrade::Media => media,
            PolicyBeforeUpgrade::FetchAndMedia => {
                media || matches!(self.api, Api::Fetch | Api::Beacon)
            }
            PolicyBeforeUpgrade::Always => true,
        };
        let always = before == PolicyBeforeUpgrade::Always;
        let judged = judged && (always || phase == Phase::Request);
        if !judged || insecure == *self.request.current_url() {
            return Ok(false);
        }
        let upgrades = self.trace.steps.split_off(told);
        let secure = self.request.current_url().clone();
        self.request.replace_current_url(insecure);
        self.enforce_policies(phase)?;
        self.request.replace_current_url(secure);
        self.trace.steps.extend(upgrades);
        Ok(always)
    }

    /// With `upgrade-insecure-requests` in a policy of the page, http becomes https.
    ///
    /// <https://w3c.github.io/webappsec-upgrade-insecure-requests/#upgrade-request>
    fn upgrade_insecure_request(&mut self) {
        let url = self.request.current_url().clone();
        let mut policies = self.page.policies.csp.iter();
        if url.scheme() != "http"
            || !policies.any(ContentSecurityPolicy::upgrades_insecure_requests)
        {
            return;
        }
        let is_socket = self.request.mode == Mode::WebSocket;
        let loopback_is_upgraded = self.profile.loopback_is_upgraded
            || is_socket && self.profile.loopback_sockets_are_upgraded;
        if is_potentially_trustworthy(&url) && !loopback_is_upgraded {
            self.trace
                .push(Rule::UpgradeInsecure, StepOutcome::Info, None)
                .with("case", "loopback")
                .with("insecure_url", url.to_string());
            return;
        }
        let upgraded = super::hsts::as_https(&url);
        let shown = |url: &Url| match is_socket {
            true => socket_url(url).to_string(),
            false => url.to_string(),
        };
        self.trace
            .push(Rule::UpgradeInsecure, StepOutcome::Info, None)
            .with("case", "upgraded")
            .with("insecure_url", shown(&url))
            .with("url", shown(&upgraded));
        self.request.replace_current_url(upgraded);
    }

    /// An insecure picture or sound on a secure page is asked for over https instead.
    ///
    /// <https://w3c.github.io/webappsec-mixed-content/#upgrade-algorithm>
    fn upgrade_mixed_media(&mut self) {
        let url = self.request.current_url().clone();
        if self.page.url.scheme() != "https"
            || url.scheme() != "http"
            || !self.destination.is_upgradable()
        {
            return;
        }
        if self.request.url_list.len() > 1 && self.profile.redirected_media_follows_first {
            self.upgrade_redirected_media(url);
            return;
        }
        let refused = match url.host() {
            Some(Host::Ipv4(_) | Host::Ipv6(_)) if !self.profile.ip_literals_are_upgraded => {
                Some("ip-address")
            }
            _ if is_potentially_trustworthy(&url) || self.is_declared_local(&url) => {
                Some("loopback")
            }
            _ => None,
        };
        if let Some(why) = refused {
            self.trace
                .push(Rule::MixedContent, StepOutcome::Info, None)
                .with("case", "not-upgraded")
                .with("item", why)
                .with("insecure_url", url.to_string());
            return;
        }
        let mut upgraded = url.clone();
        // http turns into https always.
        let _ = upgraded.set_scheme("https");
        self.trace
            .push(Rule::MixedContent, StepOutcome::Info, None)
            .with("case", "upgraded")
            .with("insecure_url", url.to_string())
            .with("url", upgraded.to_string());
        self.request.replace_current_url(upgraded);
    }

    /// What was secure before its first redirect, or was made so, stays secure: whatever the host, and
    /// without a word in the console.
    fn upgrade_redirected_media(&mut self, url: Url) {
        let first = self.request.url_list.first();
        if first.is_none_or(|first| first.scheme() != "https") {
            return;
        }
        let upgraded = super::hsts::as_https(&url);
        self.trace
            .push(Rule::MixedContent, StepOutcome::Info, None)
            .with("case", "upgraded-redirect")
            .with("insecure_url", url.to_string())
            .with("url", upgraded.to_string());
        self.request.replace_current_url(upgraded);
    }

    /// <https://w3c.github.io/webappsec-mixed-content/#should-block-fetch>
    pub(super) fn refuse_mixed_content(&mut self, phase: Phase) -> Result<(), Box<Block>> {
        let url = self.request.current_url().clone();
        // <https://w3c.github.io/webappsec-mixed-content/#categorize-settings-object>
        let restricts = self.page.url.scheme() == "https" && !self.is_navigation();
        let on_this_machine = is_potentially_trustworthy(&url);
        let exempt = on_this_machine
            && (!self.profile.loopback_is_mixed_content
                || phase == Phase::Request && self.destination.is_upgradable());
        if restricts && !exempt && url.scheme() == "http" {
            let case = if self.is_declared_local(&url) {
                Some("warned")
            } else {
                self.is_tolerated_media(&url).then_some("tolerated")
            };
            if let Some(case) = case {
                self.trace
                    .push(Rule::MixedContent, StepOutcome::Info, None)
                    .with("case", case)
                    .with("url", url.to_string());
                return Ok(());
            }
            return Err(self
                .trace
                .push(Rule::MixedContent, StepOutcome::Fail, None)
                .with("case", "blocked")
                .with("origin", self.page.origin.to_string())
                .with("url", url.to_string())
                .evidence(Evidence::request(":url", url.as_str()).at(Some((0, url.scheme().len()))))
                .block(BlockReason::MixedContent, phase));
        }
        Ok(())
    }

    /// Whether an insecure picture or sound passes with a warning: led on from one that was not made
    /// secure, to a host with a name.
    fn is_tolerated_media(&self, url: &Url) -> bool {
        self.profile.redirected_media_follows_first
            && self.request.url_list.len() > 1
            && self.destination.is_upgradable()
            && url.domain().is_some()
    }

    /// Whether an insecure target is left to Local Network Access instead of being mixed content: it
    /// says by its host, or script says for it, that it is not on the internet.
    fn is_declared_local(&self, url: &Url) -> bool {
        let exempts = self
            .profile
            .local_network
            .is_some_and(|rules| rules.exempts_from_mixed_content);
        let hinted = matches!(
            self.target_address_space,
            Some(AddressSpace::Local | AddressSpace::Loopback)
        );
        // 0.0.0.0 is this machine, yet not trustworthy (measured).
        let by_host = known_space(url, &self.profile)
            .is_some_and(|space| space != AddressSpace::Public)
            || url.domain().is_some_and(is_multicast_name);
        exempts && (hinted || by_host)
    }
}
