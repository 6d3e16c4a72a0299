//! The terminal UI without a terminal: messages in, model, commands and pictures out.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod actions;
mod app;
mod browser;
mod gallery;
mod hands;
mod history;
mod look;
mod pasted;
mod random;
mod requests;
mod screens;
mod update;
mod what_if;
