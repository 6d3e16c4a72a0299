//! The driver against raw bytes on loopback: what we meant is what arrives, and what arrives is what
//! we report. Each test plays the server itself, step by step, so nothing has to be waited out.

#![expect(
    clippy::unwrap_used,
    reason = "clippy lets tests unwrap, but not what they share"
)]

mod body;
mod failures;
mod http2;
mod replies;
mod requests;
mod reuse;
mod routes;
mod server;
mod tls;
mod tls_server;
mod watching;
