//! A case as text, Markdown or HTML for people, or as JSON for programs: one file a format. And what is
//! explained without a case.

mod browser;
mod compare;
mod compare_text;
mod console;
mod curl;
mod document;
mod explain;
mod fetch;
mod fixes_json;
mod html;
mod json;
mod markdown;
mod note_json;
mod page;
mod recipe;
mod text;
mod trace_json;
mod visible;

pub use browser::{BrowserAnswer, BrowserJson, part_lines, part_title, write_browser};
pub use compare::{Comparison, Mark, Pair, Section, compare};
pub use compare_text::write_comparison;
pub use console::{ConsoleJson, write_console};
pub use curl::curl;
pub use document::{ReportOptions, WhatIfReport};
pub use explain::{EntryJson, write_entries, write_entry};
pub use fetch::fetch;
pub use html::html;
pub use json::{CaseJson, failed_line, write_json};
pub use markdown::markdown;
pub use note_json::NoteJson;
pub use recipe::{write_recipe, write_recipe_list};
pub use text::{Palette, Verbosity, write_text, write_undecided, write_what_if};
pub use trace_json::KnownSteps;
