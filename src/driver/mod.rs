//! Everything that waits. [`Network`] sends one [`HttpRequest`](crate::wire::HttpRequest) exactly as
//! it is and reports the [`Answer`](crate::wire::Answer) exactly as it came.
//!
//! | I want to... | open |
//! | --- | --- |
//! | change which way a request takes | `plan` |
//! | change what is taken for a reply's head | `head` |
//! | change what leaves, or where a body ends | `http1`, `http2` |
//! | change when connections are made, kept or given up | `connect`, `pool` |
//! | change what reqwest may do through a proxy | `proxied` |
//! | change where connections lead | `routes`, `resolver`, `proxies` |
//! | find out where a host leads | `locate` |
//! | learn what the page came with | `page`, `html_head` |
//! | ask what other engines would ask | `ask` |
//! | trust other certificates | `tls` |
//! | tell a failure in better words | `failure` (TLS: `tls_failure`) |
//! | end a run from outside | `stop` |
//! | measure another phase | `watch` |
//! | keep more of a body, or undo another content coding | `body`, `coding` |
//!
//! On HTTP/1.1 a request leaves and a reply arrives byte for byte (but folded lines, which are joined), on
//! connections of our own (`pool`). What is not as it was on the wire:
//! - On HTTP/2, lines of one name stand together, at the place of the first.
//! - A value with a control character makes the request go out on HTTP/1.1; an https server may have got
//!   it on HTTP/2 from a browser.
//! - Through a proxy reqwest sends. There names arrive in lower case and leave in Title-Case, a reply's
//!   header line with a control character is dropped, and so is a reason phrase with bytes above 127; a
//!   request without `Accept` gets `Accept: */*`; over TLS, `Host` stands last on HTTP/1.1.

mod ask;
mod body;
mod coding;
mod connect;
mod failure;
mod head;
mod html_head;
mod http1;
mod http2;
mod locate;
mod network;
mod page;
mod plan;
mod pool;
mod proxied;
mod proxies;
mod resolver;
mod routes;
mod run;
mod stop;
mod tls;
mod tls_failure;
mod watch;

use std::path::PathBuf;

pub use ask::{ask_for_others, locate_for_others};
pub use network::{Network, NetworkOptions};
pub use page::fetch_page;
pub use routes::{Route, RouteError};
pub use run::{Event, RunOptions, SharedBrowser, ask_each, look_behind, run};
pub use stop::Stop;
pub use watch::Progress;

/// Why no [`Network`] could be made from the options.
#[derive(Debug, thiserror::Error)]
pub enum DriverError {
    /// The file of trusted certificates could not be read.
    #[error("cannot read the certificates in `{path}`: {source}", path = path.display())]
    CaFile {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file holds no certificate.
    #[error("`{path}` holds no certificate in PEM format", path = path.display())]
    NoCertificate {
        /// The file.
        path: PathBuf,
    },
    /// The text names no proxy.
    #[error("not a proxy: `{text}`: {why}")]
    Proxy {
        /// What was given.
        text: String,
        /// What is wrong with it.
        why: &'static str,
    },
}
