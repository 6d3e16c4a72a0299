//! What a browser's console says about a fetch, in the browser's own words.
//!
//! Which line an engine prints, and when, is data: `assets/browsers/<engine>.toml`. Here a finished
//! fetch becomes events (a step of the trace, then the end), each with facts, and the engine's table
//! answers each with lines or with nothing.
//!
//! | to change | open |
//! | --- | --- |
//! | a wording, or when it is printed | `assets/browsers/<engine>.toml` |
//! | what a condition or a wording may ask | `facts`, `answered` |
//! | how often Firefox remarks on a referrer policy | `referrer` |
//! | why Firefox refuses an answer by its type | `types` |
//! | how such a table is read | `table` |
//! | what a pasted console is searched for | `assets/browsers/older.toml`, `wording` |
//! | how it is searched | `recognise` |

mod answered;
mod facts;
mod recognise;
mod referrer;
mod table;
mod types;
mod wording;

pub use recognise::{Recognised, recognise};

use crate::engine::{Engine, Finished};
use crate::session::Session;

use facts::Facts;
use table::Table;

/// One line of a console.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsoleLine {
    /// `error`, `warning` or `info`.
    pub level: &'static str,
    /// What the browser files it under.
    pub source: &'static str,
    /// The text, byte for byte.
    pub text: String,
}

/// The lines that `engine` prints for a fetch that it decided so. The Standard prints nothing.
///
/// # Panics
///
/// If an embedded table is broken; a test holds all of them.
pub fn console(engine: Engine, session: &Session, finished: &Finished) -> Vec<ConsoleLine> {
    let Some(table) = Table::of(engine) else {
        return Vec::new();
    };
    let facts = Facts::new(session, finished);
    let mut printed = Vec::new();
    // What the document holds was told of when it came (measured).
    let held = finished.held_from();
    for event in facts::events(finished).take_while(|event| held.is_none_or(|held| event.at < held))
    {
        if table.may_answer(event.id, |fact| facts.at_once(&event, fact)) {
            printed.extend(table.answer(&event, facts.about(&event)));
        }
    }
    printed
}

#[cfg(test)]
mod tests;
