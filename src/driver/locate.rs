//! Where a host leads: the address space that Local Network Access goes by.

use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use tokio::net::lookup_host;
use tokio::time::timeout;
use url::{Host, Url};

use super::Network;
use super::routes::{self, Target};
use crate::engine::{AddressSpace, Location, Reach, Subject};

/// A look-up or a knock that takes longer is given up; the host then counts as public and silent.
const PATIENCE: Duration = Duration::from_secs(2);

impl Network {
    /// Answers what the machine asks about an address. A host that does not resolve, one behind a
    /// proxy and one of the lab count as public; a loopback name in the lab is on this machine.
    pub async fn locate(&self, subject: &Subject, deadline: Option<Instant>) -> Location {
        let patience = deadline.map_or(PATIENCE, |deadline| {
            PATIENCE.min(deadline.saturating_duration_since(Instant::now()))
        });
        let (Subject::Page(url) | Subject::Target(url) | Subject::Listener(url)) = subject;
        let addresses = self.addresses(url, patience).await;
        let space = addresses.first().map_or(AddressSpace::Public, |address| {
            AddressSpace::of(address.ip())
        });
        let is_played = routes::is_lab(self.routes(), url.host_str().unwrap_or_default());
        let reach = match subject {
            Subject::Listener(_) if is_played => Reach::Tls,
            Subject::Listener(_) if addresses.is_empty() => Reach::Nobody,
            Subject::Listener(_) => {
                let reach = timeout(patience, self.reach(url)).await;
                reach.unwrap_or(Reach::Nobody)
            }
            _ => Reach::Tls,
        };
        Location {
            space,
            reach,
            address: addresses.first().copied(),
        }
    }

    /// The addresses that a connection to `url` would try; none where that is not for us to know.
    async fn addresses(&self, url: &Url, patience: Duration) -> Vec<SocketAddr> {
        let (Some(host), Some(port)) = (url.host(), url.port_or_known_default()) else {
            return Vec::new();
        };
        let name = url.host_str().unwrap_or_default();
        if routes::is_lab(self.routes(), name) {
            let loopback = routes::loopback(name).into_iter().flatten();
            return loopback.map(|ip| SocketAddr::new(ip, port)).collect();
        }
        match routes::target(self.routes(), name, port) {
            Some(Target::Addresses(addresses)) => return addresses,
            Some(Target::Name { host, port }) => return look_up(&host, port, patience).await,
            None if self.is_proxied(url) => return Vec::new(),
            None => {}
        }
        match host {
            Host::Ipv4(ip) => vec![SocketAddr::new(IpAddr::V4(ip), port)],
            Host::Ipv6(ip) => vec![SocketAddr::new(IpAddr::V6(ip), port)],
            Host::Domain(name) => look_up(name, port, patience).await,
        }
    }
}

async fn look_up(name: &str, port: u16, patience: Duration) -> Vec<SocketAddr> {
    if let Some(addresses) = routes::loopback(name) {
        return addresses.map(|ip| SocketAddr::new(ip, port)).to_vec();
    }
    if let Ok(ip) = name.parse::<IpAddr>() {
        return vec![SocketAddr::new(ip, port)];
    }
    match timeout(patience, lookup_host((name, port))).await {
        Ok(Ok(found)) => found.collect(),
        _ => Vec::new(),
    }
}
