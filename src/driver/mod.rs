//! Everything that waits. [`Network`] sends one [`HttpRequest`](crate::wire::HttpRequest) exactly as
//! it is and reports the [`Answer`](crate::wire::Answer) exactly as it came.
//!
//! | I want to... | open |
//! | --- | --- |
//! | change what reqwest may do with a request or reply | `network` |
//! | change how a request gets its URL, `Host` and client | `plan` |
//! | change where connections lead | `routes`, `resolver`, `proxies` |
//! | find out where a host leads | `locate` |
//! | learn what the page came with | `page`, `html_head` |
//! | ask what other engines would ask | `ask` |
//! | trust other certificates | `tls` |
//! | tell a failure in better words | `failure` (TLS: `tls_failure`) |
//! | change what goes past hyper | `raw` |
//! | end a run from outside | `stop` |
//! | measure another phase | `watch` |
//! | keep more of a body, or undo another content coding | `body`, `coding` |
//!
//! What does not get through reqwest and hyper, and so is not as it was on the wire:
//! - Lines of one name stand together, at the place of the first, when they did not on the wire; names
//!   arrive in lower case, and leave in Title-Case on HTTP/1.1.
//! - A reply's header line with a control character (other than NUL, which fails the reply as in
//!   browsers) or without a colon is dropped, as is a reason phrase with bytes above 127.
//! - A request without `Accept` gets `Accept: */*`; a value with a control character can be sent over
//!   plain http only, without a proxy (`raw`).
//! - Over TLS, `Host` stands last on HTTP/1.1.

mod ask;
mod body;
mod coding;
mod failure;
mod html_head;
mod locate;
mod network;
mod page;
mod plan;
mod proxies;
mod raw;
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
