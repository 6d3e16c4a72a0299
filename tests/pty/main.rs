//! The real program in a pseudo-terminal.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod monkey;
mod outside;
mod program;
mod session;
