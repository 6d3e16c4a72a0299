//! What holds for every request and every reply, however odd: found by generating them.
//!
//! `odd` generates, `fetches` holds the engine and what is made of its result, `input` the readers of
//! what people and programs type, `reports` and `secrets` what is handed on.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod fetches;
mod fixes;
mod input;
mod odd;
mod reports;
mod secrets;
