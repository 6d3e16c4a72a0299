//! From a trace to what a person reads: the words of each step, the page of the cause, what typically
//! is behind it, and what a browser's console says.

mod causes;
mod console;
mod deviation;
mod explain;
mod investigate;
mod lookup;
mod opinion;
mod words;

pub use causes::{CauseEvidence, Likelihood, RankedCause, causes};
pub use console::{ConsoleLine, Recognised, console, recognise};
pub use deviation::{Deviation, FieldWords, deviations, field_words};
pub use explain::{Explanation, explain, explain_behind};
pub use investigate::{Investigation, MOST_PROBES, Probe, Probed, conclude, plan};
pub use lookup::{Entry, entries, lookup, nearest};
pub use opinion::{Label, Opinion, Parting, agreement, among, opinions, parting_told};
pub use words::{Words, rule_words, shown, title, words};

/// What a browser looks at and corscope never does, whatever the request: it has no step in a trace.
pub const NOT_MODELLED: &str = include_str!("../../assets/not-modelled.txt").trim_ascii();
