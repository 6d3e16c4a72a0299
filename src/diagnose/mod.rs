//! From a trace to what a person reads: the words of each step, the page of the cause, and what a
//! browser's console says.

mod console;
mod explain;
mod words;

pub use console::{ConsoleLine, console};
pub use explain::{Explanation, explain};
pub use words::{Words, shown, title, words};

/// What a browser looks at and corscope never does, whatever the request: it has no step in a trace.
pub const NOT_MODELLED: &str = include_str!("../../assets/not-modelled.txt").trim_ascii();
