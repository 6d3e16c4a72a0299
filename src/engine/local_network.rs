//! Local Network Access: a public page asks this machine or a private network.
//!
//! Source: <https://wicg.github.io/local-network-access/>, and what Chromium and Firefox do (corpus
//! group lna). The check comes after connecting and before a byte is sent, so the machine asks its
//! driver where a request would connect to ([`Step::Locate`](super::Step)) before it asks to send.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use url::{Host, Url};

use super::block::{Block, BlockReason, Phase};
use super::content_security_policy::ContentSecurityPolicy;
use super::main_fetch::Fetch;
use super::profile::Profile;
use super::request::{AddressSpace, Mode, Page};
use super::trace::{Evidence, Rule, StepOutcome};
use crate::wire::Origin;

/// What the user has said about local network access of the page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum LocalNetworkPermission {
    /// Nothing yet: the browser asks.
    #[default]
    Prompt,
    /// Yes.
    Granted,
    /// No.
    Denied,
}

impl LocalNetworkPermission {
    /// Every value.
    pub const ALL: &[Self] = &[Self::Prompt, Self::Granted, Self::Denied];

    /// `prompt`, `granted` or `denied`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Prompt => "prompt",
            Self::Granted => "granted",
            Self::Denied => "denied",
        }
    }

    /// The value of that name; `default` is another name of `prompt`.
    pub fn from_name(name: &str) -> Option<Self> {
        let name = if name == "default" { "prompt" } else { name };
        Self::ALL
            .iter()
            .copied()
            .find(|value| value.as_str() == name)
    }
}

/// What the machine needs to know about an address before it sends anything there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// The address space of the page's host.
    Page(Url),
    /// The address space of the URL about to be asked.
    Target(Url),
    /// How far a connection to it comes; only asked where it decides between a block and a failed
    /// connection.
    Listener(Url),
}

/// How far a connection comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reach {
    /// Nobody accepts it.
    Nobody,
    /// It is accepted.
    Tcp,
    /// It is accepted, and TLS stands where the URL asks for it.
    Tls,
}

impl Reach {
    /// All of them, the shortest first.
    pub const ALL: &'static [Self] = &[Self::Nobody, Self::Tcp, Self::Tls];

    /// As it is saved.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Nobody => "nobody",
            Self::Tcp => "tcp",
            Self::Tls => "tls",
        }
    }

    /// The inverse of [`Self::as_str`].
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .copied()
            .find(|reach| reach.as_str() == name)
    }
}

/// The answer to a [`Subject`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Location {
    /// The address space of the address that is connected to.
    pub space: AddressSpace,
    /// How far a connection comes; only looked at for [`Subject::Listener`].
    pub reach: Reach,
    /// The address that is connected to, where it is known.
    pub address: Option<SocketAddr>,
}

impl Location {
    /// Out on the internet: nothing depends on who answers there.
    pub const PUBLIC: Self = Self {
        space: AddressSpace::Public,
        reach: Reach::Tls,
        address: None,
    };
}

impl AddressSpace {
    /// The address space of an IP address.
    ///
    /// <https://wicg.github.io/local-network-access/#ip-address-space-section>; 198.18.0.0/15 and what only
    /// some engines count as private (the field `reserved_v6_is_local`) count as public.
    pub fn of(address: IpAddr) -> Self {
        match address {
            IpAddr::V4(v4) => {
                let [a, b, ..] = v4.octets();
                let shared = a == 100 && (64..128).contains(&b);
                if v4.is_loopback() || v4.is_unspecified() {
                    Self::Loopback
                } else if v4.is_private() || v4.is_link_local() || shared || a == 0 {
                    Self::Local
                } else {
                    Self::Public
                }
            }
            IpAddr::V6(v6) => match v6.to_ipv4_mapped() {
                Some(v4) => Self::of(IpAddr::V4(v4)),
                None => of_v6(v6),
            },
        }
    }
}

fn of_v6(v6: Ipv6Addr) -> AddressSpace {
    if v6.is_loopback() || v6.is_unspecified() {
        AddressSpace::Loopback
    } else if v6.is_unique_local() || v6.is_unicast_link_local() {
        AddressSpace::Local
    } else {
        AddressSpace::Public
    }
}

/// Whether an address is of fec0::/10 (once site-local), 2001:db8::/32 or 3fff::/20 (for examples).
fn is_reserved_v6(address: IpAddr) -> bool {
    let IpAddr::V6(v6) = address else {
        return false;
    };
    match v6.segments() {
        [0x2001, 0xdb8, ..] => true,
        [0x3fff, second, ..] => second < 0x1000,
        [first, ..] => first & 0xffc0 == 0xfec0,
    }
}

/// What engines do differently.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LocalNetworkRules {
    /// Whether only secure pages may ask at all (corpus: lna-0001 against lna-0073).
    pub needs_secure_context: bool,
    /// Whether the `targetAddressSpace` of a request is looked at (corpus: lna-0305).
    pub knows_target_address_space: bool,
    /// Whether private IP literals, `.local` names and targets with a fitting `targetAddressSpace` are
    /// no mixed content (corpus: lna-0159, lna-0344).
    pub exempts_from_mixed_content: bool,
    /// Whether it is decided once TLS stands, so that a failed handshake is told instead (corpus: lna-0055).
    pub waits_for_tls: bool,
    /// Whether WebSockets are checked (corpus: lna-0011 against lna-0132).
    pub checks_websockets: bool,
    /// Whether the console tells of a private page that reaches this machine, which needs no permission
    /// (corpus: lna-0236).
    pub tells_of_private_pages: bool,
    /// Whether fec0::/10, 2001:db8::/32 and 3fff::/20 count as private (corpus: lnx-1041).
    pub reserved_v6_is_local: bool,
    /// Whether `treat-as-public-address` in a page's policy makes it public, wherever it is from
    /// (<https://wicg.github.io/private-network-access/#csp>; corpus: lnx-1145).
    pub treats_as_public: bool,
}

impl LocalNetworkRules {
    /// The address space of an address as this engine has it, where `space` is what all agree on.
    fn space_of(self, space: AddressSpace, address: Option<IpAddr>) -> AddressSpace {
        if self.reserved_v6_is_local && address.is_some_and(is_reserved_v6) {
            AddressSpace::Local
        } else {
            space
        }
    }
}

/// The address space of a host that needs no look-up: an IP literal, or a loopback name.
pub(super) fn known_space(url: &Url, profile: &Profile) -> Option<AddressSpace> {
    let of = |address: IpAddr| {
        let space = AddressSpace::of(address);
        let rules = profile.local_network;
        rules.map_or(space, |rules| rules.space_of(space, Some(address)))
    };
    match url.host()? {
        Host::Ipv4(address) => Some(of(address.into())),
        Host::Ipv6(address) => Some(of(address.into())),
        Host::Domain(_) => {
            crate::wire::is_potentially_trustworthy(&as_http(url)).then_some(AddressSpace::Loopback)
        }
    }
}

/// The same host over http: trustworthy there means loopback.
fn as_http(url: &Url) -> Url {
    let mut http = url.clone();
    // Between http and https the scheme can always change; others stay and are no loopback.
    let _ = http.set_scheme("http");
    http
}

/// The page's address space as far as it is known without a look-up.
pub(super) fn page_space(page: &Page, profile: &Profile) -> Option<AddressSpace> {
    let knows = (profile.local_network).is_some_and(|rules| rules.treats_as_public);
    let mut policies = page.policies.csp.iter();
    if knows && policies.any(ContentSecurityPolicy::treats_as_public) {
        return Some(AddressSpace::Public);
    }
    page.address_space
        .or_else(|| known_space(&page.url, profile))
}

impl Fetch {
    /// Whether the address of the current URL must be known before anything is sent.
    pub(super) fn needs_location(&self) -> bool {
        let Some(rules) = &self.profile.local_network else {
            return false;
        };
        let unchecked = match self.request.mode {
            Mode::WebSocket => !rules.checks_websockets,
            Mode::Navigate => true,
            _ => false,
        };
        if unchecked {
            return false;
        }
        let hinted = rules.knows_target_address_space && self.target_address_space.is_some();
        let matters = self.page_space.is_none_or(|space| match space {
            AddressSpace::Public => true,
            AddressSpace::Local => rules.tells_of_private_pages,
            AddressSpace::Loopback => false,
        });
        matters || hinted
    }

    /// The address space that a connection leads to, as this engine has it.
    pub(super) fn space_of(&self, location: &Location) -> AddressSpace {
        let address = location.address.map(|address| address.ip());
        let rules = self.profile.local_network;
        rules.map_or(location.space, |rules| {
            rules.space_of(location.space, address)
        })
    }

    /// A secure page may always ask its own origin.
    ///
    /// <https://wicg.github.io/local-network-access/#integration-with-fetch>
    fn asks_its_own_origin(&self) -> bool {
        let target = Origin::of(self.request.current_url());
        self.page.origin.same_origin(&target)
            && crate::wire::is_potentially_trustworthy(&self.page.url)
    }

    /// How far a connection must come before a refusal counts.
    pub(super) fn reach_that_decides(&self) -> Reach {
        let tls = matches!(self.request.current_url().scheme(), "https" | "wss");
        match self.profile.local_network {
            Some(rules) if rules.waits_for_tls && tls => Reach::Tls,
            _ => Reach::Tcp,
        }
    }

    /// Whether the request must not go to where it leads, and why. `page` is the page's address space. A
    /// preflight knows no `targetAddressSpace`: that is held against the request after it.
    pub(super) fn local_network_refusal(
        &self,
        target: AddressSpace,
        page: AddressSpace,
        permission: LocalNetworkPermission,
        with_preflight: bool,
    ) -> Option<Refusal> {
        let rules = self.profile.local_network?;
        let refusal = |case, reason| {
            Some(Refusal {
                case,
                reason,
                target,
                page,
                address: None,
                with_preflight,
                after_preflight: false,
            })
        };
        let mismatch = self
            .target_address_space
            .filter(|expected| rules.knows_target_address_space && *expected != target)
            .and_then(|_| refusal("mismatch", BlockReason::LocalNetworkAddressSpaceMismatch));
        if mismatch.is_some() && !with_preflight {
            return mismatch;
        }
        let later = mismatch.map(|refusal| Refusal {
            with_preflight: false,
            after_preflight: true,
            ..refusal
        });
        let more_private = page == AddressSpace::Public && target != AddressSpace::Public;
        if !more_private || self.asks_its_own_origin() {
            return later;
        }
        if rules.needs_secure_context && !crate::wire::is_potentially_trustworthy(&self.page.url) {
            return refusal("insecure", BlockReason::LocalNetworkInsecureContext);
        }
        match permission {
            LocalNetworkPermission::Granted => later,
            LocalNetworkPermission::Denied => {
                refusal("denied", BlockReason::LocalNetworkPermissionDenied)
            }
            LocalNetworkPermission::Prompt => {
                refusal("prompt", BlockReason::LocalNetworkPermissionPrompt)
            }
        }
    }

    /// Tells of a request that may pass from one address space into a more private one.
    pub(super) fn note_local_network(
        &mut self,
        target: AddressSpace,
        page: AddressSpace,
        address: Option<SocketAddr>,
    ) {
        let Some(rules) = self.profile.local_network else {
            return;
        };
        if self.asks_its_own_origin() {
            return;
        }
        let case = match (page, target) {
            (AddressSpace::Public, AddressSpace::Local | AddressSpace::Loopback) => "granted",
            (AddressSpace::Local, AddressSpace::Loopback) if rules.tells_of_private_pages => {
                "private-page"
            }
            _ => return,
        };
        self.trace
            .push(Rule::LocalNetwork, StepOutcome::Pass, None)
            .with("case", case)
            .with("space", target.as_str())
            .with("address", shown(address));
    }

    /// The block that a refusal is.
    pub(super) fn refuse_local_network(&mut self, refusal: &Refusal) -> Box<Block> {
        let url = self.request.current_url().to_string();
        let hinted = self.target_address_space.map_or("", AddressSpace::as_str);
        let redirected = self.request.url_list.len() > 1;
        self.trace
            .push(Rule::LocalNetwork, StepOutcome::Fail, None)
            .with("case", refusal.case)
            .with("space", refusal.target.as_str())
            .with("page_space", refusal.page.as_str())
            .with("hint", hinted)
            .with("item", refusal.target.as_str())
            .with("origin", self.page.origin.to_string())
            .with("address", shown(refusal.address))
            .with(
                "with_preflight",
                if refusal.with_preflight { "yes" } else { "no" },
            )
            .evidence(Evidence::request(":url", url))
            .block(
                refusal.reason,
                if redirected {
                    Phase::Redirect
                } else {
                    Phase::Request
                },
            )
    }
}

/// Why a request must not go to where it leads.
#[derive(Clone, Copy, Debug)]
pub(super) struct Refusal {
    case: &'static str,
    reason: BlockReason,
    pub(super) target: AddressSpace,
    pub(super) page: AddressSpace,
    pub(super) address: Option<SocketAddr>,
    /// Whether the request that is refused is a preflight.
    with_preflight: bool,
    /// Whether the preflight goes out, and only the request after it is refused.
    pub(super) after_preflight: bool,
}

/// Address and port, without the brackets of a URL; empty where they are not known.
fn shown(address: Option<SocketAddr>) -> String {
    address.map_or_else(String::new, |address| {
        format!("{}:{}", address.ip(), address.port())
    })
}

#[cfg(test)]
mod tests;
