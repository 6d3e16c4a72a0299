//! From a name to addresses, as reqwest's connector asks for it: the exchange's route first, then
//! the loopback names, then the system's resolver.

use std::fmt;
use std::future::ready;
use std::io;
use std::net::SocketAddr;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::routes::{self, Target};
use super::watch;

/// The resolver of every client. An address comes with port 0 where the URL's port is meant.
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
        match watch::target() {
            Some(Target::Addresses(addresses)) => found(addresses.into_iter()),
            Some(Target::Name { host, port }) => lookup(&host, port),
            None => lookup(name.as_str(), 0),
        }
    }
}

/// The addresses of a name.
pub(super) fn lookup(name: &str, port: u16) -> Resolving {
    if let Some(addresses) = routes::loopback(name) {
        return found(
            addresses
                .into_iter()
                .map(move |ip| SocketAddr::new(ip, port)),
        );
    }
    ask_the_system(name.to_owned(), port)
}

fn ask_the_system(name: String, port: u16) -> Resolving {
    watch::lookup_begins();
    Box::pin(async move {
        // Collected, because what tokio gives borrows the name.
        let looked_up = tokio::net::lookup_host((name.as_str(), port))
            .await
            .map(Vec::from_iter);
        watch::lookup_ends();
        match looked_up {
            Ok(addresses) => Ok(Box::new(addresses.into_iter()) as Addrs),
            Err(source) => Err(Box::new(LookupError { name, source }) as _),
        }
    })
}

fn found(addresses: impl Iterator<Item = SocketAddr> + Send + 'static) -> Resolving {
    Box::pin(ready(Ok(Box::new(addresses) as Addrs)))
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
            let addresses = ask_the_system("localhost".to_owned(), 80).await.unwrap();
            (addresses.collect::<Vec<_>>(), phase(), timing())
        };
        let (addresses, phase, timing) = Watch::new(None).over(looked_up).await;
        assert!(addresses.iter().all(|address| address.ip().is_loopback()));
        assert!(!addresses.is_empty());
        assert_eq!(phase, Progress::Connecting);
        assert!(timing.name_lookup.unwrap() > 0.0);
        assert_eq!(timing.connect, None);
    }
}
