//! A case as text for people, or as JSON for programs: one file a format.

mod browser;
mod fixes_json;
mod json;
mod text;
mod trace_json;

pub use browser::{BrowserAnswer, BrowserJson, part_lines, part_title, write_browser};
pub use json::{CaseJson, failed_line, write_json};
pub use text::{Palette, Verbosity, write_text, write_undecided, write_what_if};
pub use trace_json::KnownSteps;
