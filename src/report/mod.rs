//! A case as text for people, or as JSON for programs: one file a format. And what is explained
//! without a case.

mod browser;
mod compare;
mod compare_text;
mod console;
mod curl;
mod explain;
mod fetch;
mod fixes_json;
mod json;
mod page;
mod recipe;
mod text;
mod trace_json;

pub use browser::{BrowserAnswer, BrowserJson, part_lines, part_title, write_browser};
pub use compare::{Comparison, Mark, Pair, Section, compare};
pub use compare_text::write_comparison;
pub use console::{ConsoleJson, write_console};
pub use curl::curl;
pub use explain::{EntryJson, write_entries, write_entry};
pub use fetch::fetch;
pub use json::{CaseJson, failed_line, write_json};
pub use recipe::{write_recipe, write_recipe_list};
pub use text::{Palette, Verbosity, write_text, write_undecided, write_what_if};
pub use trace_json::KnownSteps;
