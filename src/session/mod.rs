//! A session: one fetch with everything that is needed to decide it again.
//!
//! The session is the only thing that is saved, edited and replayed. Replays are pure: they ask no
//! network and no clock.

mod browser_line;
mod edit;
mod form;
mod line;
mod page;
mod redact;
mod replay;
mod saved;
mod what_if;
mod written;

pub use browser_line::BrowserLine;
pub use edit::{AnswerChange, Edit, EditError, RequestChange, Selector};
pub use form::{Field, HeaderRow, Mistake, PageForm, RequestForm, Way};
pub use line::{Line, LineError};
pub use redact::{Redactor, WithoutSecrets, redacted, without_secrets};
pub use replay::{
    Assumption, HARMLESS_METHODS, Missing, Replay, Replayed, TELLING_LINES, predict, replay,
    replay_as,
};
pub use saved::{SavedError, read_saved, write_saved};
pub use what_if::{Place, WhatIf, final_url};
pub use written::write_line;

use crate::engine::{Browser, Engine, Exchange, FetchRequest, Location, Page, Subject, Timestamp};

/// One fetch: who asked for what, in which browser, and what was exchanged.
#[derive(Clone, Debug, PartialEq)]
pub struct Session {
    /// The document that asks.
    pub page: Page,
    /// What it asks for.
    pub request: FetchRequest,
    /// The browser as it was before the fetch.
    pub browser: Browser,
    /// When the fetch started.
    pub started: Timestamp,
    /// Where hosts led, as far as it mattered.
    pub locations: Vec<(Subject, Location)>,
    /// What was sent and received, in order.
    pub exchanges: Vec<Exchange>,
}

impl Session {
    /// The engine that made the live run.
    pub fn engine(&self) -> Engine {
        self.browser.profile.engine
    }
}
