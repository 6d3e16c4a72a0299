//! A case as text for people, or as JSON for programs: one file a format.

mod json;
mod recipe;
mod text;
mod trace_json;

pub use json::{CaseJson, failed_line, write_json};
pub use recipe::{write_recipe, write_recipe_list};
pub use text::{Palette, Verbosity, write_text};
pub use trace_json::KnownSteps;
