//! Local Network Access: a public page asks this machine or a private network.
//!
//! Source: <https://wicg.github.io/local-network-access/>, and what Chromium and Firefox do (corpus
//! group lna). The check comes after connecting and before a byte is sent, so the machine asks its
//! driver where a request would connect to ([`Step::Locate`](super::Step)) before it asks to send.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use url::{Host, Url};

use super::block::{Block, BlockReason, Phase};
use super::main_fetch::Fetch;
use super::request::{AddressSpace, Mode, Page};
use super::trace::{Evidence, Rule, StepOutcome};

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
    /// <https://wicg.github.io/local-network-access/#ip-address-space-section>; 198.18.0.0/15 counts
    /// as public, as in browsers.
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
    let site_local = v6.segments()[0] & 0xffc0 == 0xfec0;
    if v6.is_loopback() || v6.is_unspecified() {
        AddressSpace::Loopback
    } else if v6.is_unique_local() || v6.is_unicast_link_local() || site_local {
        AddressSpace::Local
    } else {
        AddressSpace::Public
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
}

/// The address space of a host that needs no look-up: an IP literal, or a loopback name.
pub(super) fn known_space(url: &Url) -> Option<AddressSpace> {
    match url.host()? {
        Host::Ipv4(address) => Some(AddressSpace::of(address.into())),
        Host::Ipv6(address) => Some(AddressSpace::of(address.into())),
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
pub(super) fn page_space(page: &Page) -> Option<AddressSpace> {
    page.address_space.or_else(|| known_space(&page.url))
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

    /// How far a connection must come before a refusal counts.
    pub(super) fn reach_that_decides(&self) -> Reach {
        let tls = matches!(self.request.current_url().scheme(), "https" | "wss");
        match self.profile.local_network {
            Some(rules) if rules.waits_for_tls && tls => Reach::Tls,
            _ => Reach::Tcp,
        }
    }

    /// Whether the request must not go to where it leads, and why. `page` is the page's address space.
    pub(super) fn local_network_refusal(
        &self,
        target: AddressSpace,
        page: AddressSpace,
        permission: LocalNetworkPermission,
    ) -> Option<Refusal> {
        let rules = self.profile.local_network?;
        let refusal = |case, reason| {
            Some(Refusal {
                case,
                reason,
                target,
                page,
                address: None,
                with_preflight: false,
            })
        };
        if let Some(expected) = self.target_address_space
            && rules.knows_target_address_space
            && expected != target
        {
            return refusal("mismatch", BlockReason::LocalNetworkAddressSpaceMismatch);
        }
        if page != AddressSpace::Public || target == AddressSpace::Public {
            return None;
        }
        if rules.needs_secure_context && !crate::wire::is_potentially_trustworthy(&self.page.url) {
            return refusal("insecure", BlockReason::LocalNetworkInsecureContext);
        }
        match permission {
            LocalNetworkPermission::Granted => None,
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
    target: AddressSpace,
    page: AddressSpace,
    pub(super) address: Option<SocketAddr>,
    pub(super) with_preflight: bool,
}

/// Address and port, without the brackets of a URL; empty where they are not known.
fn shown(address: Option<SocketAddr>) -> String {
    address.map_or_else(String::new, |address| {
        format!("{}:{}", address.ip(), address.port())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn address_spaces() {
        for (address, space) in [
            ("127.0.0.1", AddressSpace::Loopback),
            ("0.0.0.0", AddressSpace::Loopback),
            ("::1", AddressSpace::Loopback),
            ("::ffff:127.0.0.1", AddressSpace::Loopback),
            ("10.1.2.3", AddressSpace::Local),
            ("172.31.0.1", AddressSpace::Local),
            ("172.32.0.1", AddressSpace::Public),
            ("192.168.77.5", AddressSpace::Local),
            ("169.254.1.1", AddressSpace::Local),
            ("100.64.0.1", AddressSpace::Local),
            ("100.128.0.1", AddressSpace::Public),
            ("fd00::1", AddressSpace::Local),
            ("fe80::1", AddressSpace::Local),
            ("203.0.113.7", AddressSpace::Public),
            ("198.18.0.1", AddressSpace::Public),
            ("2001:db8::1", AddressSpace::Public),
        ] {
            assert_eq!(
                AddressSpace::of(address.parse().unwrap()),
                space,
                "{address}"
            );
        }
    }
}
