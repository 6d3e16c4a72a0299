//! A case as one HTML file to hand on: no script, nothing loaded, styles inline.

use minijinja::{AutoEscape, Environment, HtmlEscape, UndefinedBehavior, Value};

use super::document::{Document, ReportOptions};
use super::visible::{Piece, pieces, visible};
use crate::case::Case;

const TEMPLATE: &str = include_str!("../../assets/reports/report.html");

/// The report of a case as HTML.
///
/// # Panics
///
/// If `assets/reports/report.html` does not render; tests render it.
pub fn html(case: &Case, options: &ReportOptions<'_>) -> String {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_trim_blocks(true);
    environment.set_lstrip_blocks(true);
    environment.set_keep_trailing_newline(true);
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    environment.set_formatter(|out, state, value| match value.as_str() {
        Some(_) if value.is_safe() => minijinja::escape_formatter(out, state, value),
        Some(text) => minijinja::escape_formatter(out, state, &visible(text).into()),
        None => minijinja::escape_formatter(out, state, value),
    });
    environment.add_filter("prose", prose);
    environment
        .render_str(TEMPLATE, Document::of(case, options))
        .unwrap_or_else(|error| panic!("assets/reports/report.html renders: {error:#}"))
}

/// A sentence; what stands between backticks becomes code.
fn prose(text: &str) -> Value {
    let text = visible(text);
    let pieces = pieces(&text).into_iter();
    let pieces = pieces.map(|piece| match piece {
        Piece::Text(text) => HtmlEscape(text).to_string(),
        Piece::Code(code) => format!("<code>{}</code>", HtmlEscape(code)),
    });
    Value::from_safe_string(pieces.collect())
}
