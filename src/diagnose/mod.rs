//! From a trace to what a person reads: the words of each step, and the page of the cause.

mod explain;
mod words;

pub use explain::{Explanation, explain};
pub use words::{Words, shown, title, words};
