//! A case as text for people, or as JSON for programs: one file a format.

mod json;
mod text;
mod trace_json;

pub use json::{CaseJson, failed_line, write_json};
pub use text::{Palette, Verbosity, write_text};
pub use trace_json::KnownSteps;
