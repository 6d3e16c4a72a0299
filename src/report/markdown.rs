//! A case as Markdown to hand on: into a ticket, a chat, a merge request.
//!
//! Nothing that a server or a page has sent becomes more than text: no link, no picture, no heading, no
//! HTML. What may look like a link to a reader of Markdown (GitHub makes links out of bare URLs and
//! addresses) stands in code.

use minijinja::{AutoEscape, Environment, Error, ErrorKind, UndefinedBehavior, Value};

use super::document::{Document, ReportOptions};
use super::visible::{Piece, pieces, visible};
use crate::case::Case;

const TEMPLATE: &str = include_str!("../../assets/reports/report.md");

/// The report of a case as Markdown.
///
/// # Panics
///
/// If `assets/reports/report.md` does not render; tests render it.
pub fn markdown(case: &Case, options: &ReportOptions<'_>) -> String {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_trim_blocks(true);
    environment.set_lstrip_blocks(true);
    environment.set_keep_trailing_newline(true);
    environment.set_auto_escape_callback(|_| AutoEscape::Custom("markdown"));
    environment.set_formatter(|out, _, value| {
        let written = match value.as_str() {
            Some(text) if !value.is_safe() => out.write_str(&escaped(text)),
            Some(text) => out.write_str(text),
            None => out.write_str(&value.to_string()),
        };
        written.map_err(Error::from)
    });
    environment.add_filter("code", |text: &str| safe(code_span(&visible(text))));
    environment.add_filter("fenced", |lines: Vec<String>, kind: &str| {
        safe(fenced(&lines, kind))
    });
    environment.add_filter("source", source);
    environment
        .render_str(TEMPLATE, Document::of(case, options))
        .unwrap_or_else(|error| panic!("assets/reports/report.md renders: {error:#}"))
}

fn safe(text: String) -> Value {
    Value::from_safe_string(text)
}

/// A link of corscope's own, to a standard or a manual; what is none stays text.
fn source(text: &str) -> Result<Value, Error> {
    if !text.starts_with("https://") {
        return Ok(safe(escaped(text)));
    }
    if text.contains(|c: char| c.is_whitespace() || c.is_control() || matches!(c, '<' | '>')) {
        return Err(Error::new(ErrorKind::InvalidOperation, "no link"));
    }
    Ok(safe(format!("<{text}>")))
}

/// Text that stays text; what stands between backticks becomes code.
fn escaped(text: &str) -> String {
    let text = visible(text);
    let pieces = pieces(&text).into_iter();
    let pieces = pieces.map(|piece| match piece {
        Piece::Code(code) => code_span(code),
        Piece::Text(text) => escaped_text(text),
    });
    pieces.collect()
}

fn escaped_text(text: &str) -> String {
    let words = text.split_whitespace().enumerate();
    let words: Vec<_> = words
        .map(|(index, word)| match looks_like_link(word) {
            true => around(word),
            false => escaped_word(word, index == 0),
        })
        .collect();
    let mut out = words.join(" ");
    // Between two pieces of a line the space belongs to the text.
    if text.starts_with(' ') && !out.is_empty() {
        out.insert(0, ' ');
    }
    if text.ends_with(' ') {
        out.push(' ');
    }
    out
}

fn looks_like_link(word: &str) -> bool {
    let lower = word.to_ascii_lowercase();
    ["://", "www.", "@", "mailto:"]
        .iter()
        .any(|mark| lower.contains(mark))
}

/// The word in code, the marks of the sentence around it left outside.
fn around(word: &str) -> String {
    let inner = word.trim_start_matches(['(', '"', '\'']);
    let (before, _) = word.split_at(word.len() - inner.len());
    let core = inner.trim_end_matches([')', '"', '\'', '.', ',', ';', ':', '!', '?']);
    let after = &inner[core.len()..];
    if core.is_empty() || core.contains('`') {
        return code_span(word);
    }
    format!(
        "{}{}{}",
        escaped_word(before, true),
        code_span(core),
        escaped_word(after, false)
    )
}

fn escaped_word(word: &str, may_begin: bool) -> String {
    let mut out = String::with_capacity(word.len() + 2);
    let digits = word.bytes().take_while(u8::is_ascii_digit).count();
    for (at, c) in word.char_indices() {
        let opens = may_begin && at == 0 && matches!(c, '+' | '-' | '=' | ':');
        let counts = may_begin && at == digits && digits > 0 && matches!(c, '.' | ')');
        let acts = matches!(
            c,
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '&' | '|' | '~' | '$' | '#' | '!'
        );
        if opens || counts || acts {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

/// The longest run of backticks.
fn longest_run(text: &str) -> usize {
    let runs = text.split(|c| c != '`').map(str::len);
    runs.max().unwrap_or_default()
}

fn code_span(text: &str) -> String {
    if text.trim().is_empty() {
        return "(empty)".to_owned();
    }
    let ticks = "`".repeat(longest_run(text) + 1);
    let edges = |c| matches!(c, '`' | ' ');
    let space = if text.starts_with(edges) || text.ends_with(edges) {
        " "
    } else {
        ""
    };
    format!("{ticks}{space}{text}{space}{ticks}")
}

/// A block of code whose fence is longer than any run of backticks in it.
fn fenced(lines: &[String], kind: &str) -> String {
    let longest = lines.iter().map(|line| longest_run(line)).max();
    let fence = "`".repeat((longest.unwrap_or_default() + 1).max(3));
    let lines = lines.iter().map(|line| visible(line));
    format!(
        "{fence}{kind}\n{}\n{fence}",
        lines.collect::<Vec<_>>().join("\n")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_stays_text() {
        for (text, expected) in [
            ("plain text, as it is.", "plain text, as it is."),
            ("# no *heading*", "\\# no \\*heading\\*"),
            ("1. no list", "1\\. no list"),
            ("- no list - here", "\\- no list - here"),
            ("![a](b) <b> &amp;", "\\!\\[a\\](b) \\<b\\> \\&amp;"),
            ("see (https://a.test/x).", "see (`https://a.test/x`)."),
            ("a@b.test", "`a@b.test`"),
            ("www.a.test`x", "``www.a.test`x``"),
            ("    no code", " no code"),
            ("a\nb", "a b"),
            ("set `Vary: *`, or", "set `Vary: *`, or"),
            ("one ` tick", "one \\` tick"),
        ] {
            assert_eq!(escaped(text), expected, "{text}");
        }
    }

    #[test]
    fn code_never_ends_early() {
        assert_eq!(code_span("a"), "`a`");
        assert_eq!(code_span("`a``"), "``` `a`` ```");
        assert_eq!(code_span(" "), "(empty)");
        let lines = ["a".to_owned(), "`````".to_owned()];
        assert_eq!(fenced(&lines, "http"), "``````http\na\n`````\n``````");
    }
}
