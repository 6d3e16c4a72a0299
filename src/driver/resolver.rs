//! From a name to addresses: the loopback names, then the system's resolver. reqwest asks the same for the
//! names of proxies.

use std::fmt;
use std::io;
use std::net::SocketAddr;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::routes;
use super::watch;

/// The resolver of reqwest's clients. Port 0 stands for the port that the client asks for.
#[derive(Debug)]
pub(super) struct Resolver;

/// The name was looked up in vain.
#[derive(Debug)]
pub(super) struct LookupError {
    /// The name that was looked up: the URL's, a route's or the proxy's.
    pub(super) name: String,
    /// What the system said.
    pub(super) source: io::Error,
}

impl fmt::Display for LookupError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The system's text comes with a preamble that says again what is said here.
        let text = self.source.to_string();
        let text = text
            .rsplit_once("information: ")
            .map_or(&*text, |(_, text)| text);
        write!(f, "`{}` does not resolve: {text}", self.name)
    }
}

impl std::error::Error for LookupError {}

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let name = name.as_str().to_owned();
        Box::pin(async move {
            let addresses = lookup(&name, 0).await?;
            Ok(Box::new(addresses.into_iter()) as Addrs)
        })
    }
}

/// The addresses of a name.
pub(super) async fn lookup(name: &str, port: u16) -> Result<Vec<SocketAddr>, LookupError> {
    if let Some(addresses) = routes::loopback(name) {
        let with_port = |ip| SocketAddr::new(ip, port);
        return Ok(addresses.map(with_port).to_vec());
    }
    ask_the_system(name, port).await
}

async fn ask_the_system(name: &str, port: u16) -> Result<Vec<SocketAddr>, LookupError> {
    watch::lookup_begins();
    let looked_up = tokio::net::lookup_host((name, port)).await;
    watch::lookup_ends();
    match looked_up {
        Ok(addresses) => Ok(addresses.collect()),
        Err(source) => Err(LookupError {
            name: name.to_owned(),
            source,
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::driver::Progress;
    use crate::driver::watch::{Watch, phase, timing};

    #[tokio::test]
    async fn a_name_look_up_is_noted() {
        // The one name that every system knows without asking anybody.
        let looked_up = async {
            let addresses = ask_the_system("localhost", 80).await.unwrap();
            (addresses, phase(), timing())
        };
        let (addresses, phase, timing) = Watch::new().over(looked_up).await;
        assert!(addresses.iter().all(|address| address.ip().is_loopback()));
        assert!(!addresses.is_empty());
        assert_eq!(phase, Progress::Connecting);
        assert!(timing.name_lookup.unwrap() > 0.0);
        assert_eq!(timing.connect, None);
    }
}
