//! Every way a page asks, and what each engine makes of it: tables of rules beside those of the corpus.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod headers;
mod navigation;
mod options;
mod page;
mod websocket;
