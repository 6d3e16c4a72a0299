//! The built binary from outside: arguments and lines in, exit code and bytes out.
//!
//! Names are led to loopback with `--connect-to`, so nothing leaves the machine and no port shows in
//! what is compared. `support` has the program and the servers; each other file is one theme.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod batch;
mod batch_browser;
mod batch_sessions;
mod config;
mod engines;
mod explain;
mod failures;
mod fixes;
mod history;
mod json;
mod lessons;
mod mistakes;
mod pasted;
mod policies;
mod recipes;
mod redirects;
mod reports;
mod requests;
mod support;
mod terminal;
mod tls;
mod verdicts;
mod ways;
