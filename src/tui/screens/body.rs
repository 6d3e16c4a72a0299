//! The body of a response, as text. It is shown even where the browser hides it from the page.

use ratatui::text::Line;

use crate::engine::Verdict;
use crate::tui::outcome::Outcome;
use crate::tui::theme::{Meaning, Theme};
use crate::tui::widgets::text::{printable, wrap_plain};
use crate::wire::Reply;

/// Bytes of a body that are made into lines.
const SHOWN: usize = 64 * 1024;

/// A body made into lines.
#[derive(Clone, Debug, Default)]
pub struct BodyText {
    /// How long the kept body is, and what it says it is.
    pub about: String,
    /// Its lines.
    pub lines: Vec<String>,
    /// A word on what is not shown.
    pub rest: Option<String>,
}

impl BodyText {
    /// The body of a reply: JSON laid out, other text as it is, the rest as escaped bytes.
    pub fn of(reply: &Reply) -> Self {
        let bytes = reply.body.readable();
        let kind = reply.headers.get_text("content-type").unwrap_or_default();
        let about = match kind.as_str() {
            "" => format!("{} bytes", bytes.len()),
            kind => format!("{} bytes of {}", bytes.len(), printable(kind)),
        };
        let rest = if let Some(error) = &reply.body.error {
            Some(printable(error))
        } else if reply.body.truncated {
            Some("The transfer was stopped here; the verdict needs only the head.".to_owned())
        } else if bytes.len() > SHOWN {
            Some(format!("Only the first {SHOWN} bytes are shown."))
        } else {
            None
        };
        Self {
            about,
            lines: lines(bytes),
            rest,
        }
    }
}

fn lines(bytes: &[u8]) -> Vec<String> {
    if bytes.is_empty() {
        return Vec::new();
    }
    let head = &bytes[..bytes.len().min(SHOWN)];
    let text = match serde_json::from_slice::<serde_json::Value>(head) {
        Ok(value) => serde_json::to_string_pretty(&value).unwrap_or_default(),
        Err(_) => String::from_utf8_lossy(head).into_owned(),
    };
    text.lines()
        .map(|line| printable(&line.replace('\t', "    ")))
        .collect()
}

/// The tab: whether the page gets the body, and the body.
pub fn lines_of(
    outcome: &Outcome,
    exchange: Option<usize>,
    theme: &Theme,
    width: usize,
) -> Vec<Line<'static>> {
    let muted = theme[Meaning::Muted];
    let Some((index, body)) = exchange.and_then(|at| Some((at, outcome.bodies.get(at)?))) else {
        return wrap_plain("Nothing was sent, so there is no body.", muted, width);
    };
    let last = index + 1 == outcome.bodies.len();
    let (sign, meaning, note) = match &outcome.case.finished.verdict {
        Verdict::Allowed if last => ("✓", Meaning::Pass, "The page can read this body."),
        _ if body.lines.is_empty() => ("·", Meaning::Muted, "The answer has no body."),
        Verdict::Opaque if last => (
            "!",
            Meaning::Warning,
            "The page cannot read this body: the answer is opaque to it.",
        ),
        Verdict::Blocked(_) if last => (
            "✗",
            Meaning::Fail,
            "The server sent this body. The browser hides it from the page.",
        ),
        _ => (
            "·",
            Meaning::Muted,
            "The page never sees the body of this answer.",
        ),
    };
    let mut lines = wrap_plain(&format!("{sign} {note}"), theme[meaning], width);
    if body.lines.is_empty() {
        return lines;
    }
    lines.extend(wrap_plain(&body.about, muted, width));
    lines.push(Line::default());
    for line in &body.lines {
        lines.extend(wrap_plain(line, theme[Meaning::Value], width));
    }
    if let Some(rest) = &body.rest {
        lines.push(Line::default());
        lines.extend(wrap_plain(rest, theme[Meaning::Warning], width));
    }
    lines
}
