//! From a trace to what a person reads: the words of each step, the page of the cause, and what a
//! browser's console says.

mod console;
mod deviation;
mod explain;
mod opinion;
mod words;

pub use console::{ConsoleLine, Recognised, console, recognise};
pub use deviation::{Deviation, FieldWords, deviations, field_words};
pub use explain::{Explanation, explain};
pub use opinion::{Label, Opinion, Parting, agreement, among, opinions, parting_told};
pub use words::{Words, shown, title, words};
