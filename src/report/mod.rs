//! A case as text for people, or as JSON for programs: one file a format.

mod curl;
mod fetch;
mod fixes_json;
mod json;
mod text;
mod trace_json;

pub use curl::curl;
pub use fetch::fetch;
pub use json::{CaseJson, failed_line, write_json};
pub use text::{Palette, Verbosity, write_text, write_undecided, write_what_if};
pub use trace_json::KnownSteps;
