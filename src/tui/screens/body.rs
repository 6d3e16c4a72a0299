//! The body of a response, laid out for reading. It is shown even where the browser hides it from the page.
//!
//! A body is laid out when its tab is open on it, for the width of the panel, and kept: see
//! [`BodyText::lay`]. Drawing and scrolling take from it the lines that are in view.

use std::borrow::Cow;

use ratatui::style::Style;
use ratatui::text::Line;

use super::detail::Content;
use crate::engine::Verdict;
use crate::tui::outcome::Outcome;
use crate::tui::theme::{Meaning, Theme};
use crate::tui::widgets::pretty::Layout;
use crate::tui::widgets::text::{Piece, printable, wrap, wrap_plain};
use crate::wire::Reply;

/// Bytes of a body that are made into lines.
const SHOWN: usize = 128 * 1024;

/// The body of one exchange.
#[derive(Clone, Debug, Default)]
pub struct BodyText {
    bytes: bytes::Bytes,
    kind: String,
    /// A word on what is not shown.
    rest: Option<String>,
    laid: Option<Laid>,
}

/// A body laid out for a width and a theme.
#[derive(Clone, Debug)]
struct Laid {
    width: usize,
    styles: [Style; 3],
    layout: Layout,
    lines: Vec<Line<'static>>,
}

impl BodyText {
    /// The body of a reply.
    pub fn of(reply: &Reply) -> Self {
        let bytes = reply.body.readable().clone();
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
            kind: reply.headers.get_text("content-type").unwrap_or_default(),
            bytes,
            rest,
            laid: None,
        }
    }

    /// Lays the body out, unless it is already.
    pub fn lay(&mut self, width: usize, theme: &Theme) {
        if !self.is_laid(width, theme) {
            self.laid = Some(self.laid_out(width, theme));
        }
    }

    fn is_laid(&self, width: usize, theme: &Theme) -> bool {
        let fits = |laid: &Laid| laid.width == width && laid.styles == styles(theme);
        self.laid.as_ref().is_some_and(fits)
    }

    fn laid_out(&self, width: usize, theme: &Theme) -> Laid {
        let head = &self.bytes[..self.bytes.len().min(SHOWN)];
        let whole = self.rest.is_none();
        let layout = Layout::of(head, whole, &self.kind);
        let lines = layout.lines(head, width).into_iter().flat_map(|parts| {
            let pieces: Vec<Piece> = parts
                .into_iter()
                .map(|(meaning, text)| Piece::new(text, theme[meaning]))
                .collect();
            wrap(&pieces, width, 0, theme[Meaning::Value])
        });
        Laid {
            width,
            styles: styles(theme),
            layout,
            lines: lines.collect(),
        }
    }

    /// `6 bytes of application/json · JSON, indented`
    fn about(&self, layout: Layout) -> String {
        let count = self.bytes.len();
        let kind = match self.kind.as_str() {
            "" => String::new(),
            kind => format!(" of {}", printable(kind)),
        };
        format!("{count} bytes{kind} · shown as {}", layout.title())
    }
}

/// The styles that a layout uses.
fn styles(theme: &Theme) -> [Style; 3] {
    [Meaning::Value, Meaning::Muted, Meaning::HeaderName].map(|meaning| theme[meaning])
}

/// The tab: whether the page gets the body, and the body.
pub fn content<'a>(
    outcome: &'a Outcome,
    exchange: Option<usize>,
    theme: &Theme,
    width: usize,
) -> Content<'a> {
    let muted = theme[Meaning::Muted];
    let Some((index, body)) = exchange.and_then(|at| Some((at, outcome.bodies.get(at)?))) else {
        return wrap_plain("Nothing was sent, so there is no body.", muted, width).into();
    };
    let last = index + 1 == outcome.bodies.len();
    let (sign, meaning, note) = match &outcome.case.finished.verdict {
        Verdict::Allowed if last => ("✓", Meaning::Pass, "The page can read this body."),
        _ if body.bytes.is_empty() => ("·", Meaning::Muted, "The answer has no body."),
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
    let mut head = wrap_plain(&format!("{sign} {note}"), theme[meaning], width);
    if body.bytes.is_empty() {
        return head.into();
    }
    let laid = match &body.laid {
        Some(laid) if body.is_laid(width, theme) => Cow::Borrowed(laid),
        _ => Cow::Owned(body.laid_out(width, theme)),
    };
    head.extend(wrap_plain(&body.about(laid.layout), muted, width));
    head.push(Line::default());
    let mut tail = Vec::new();
    if let Some(rest) = &body.rest {
        tail.push(Line::default());
        tail.extend(wrap_plain(rest, theme[Meaning::Warning], width));
    }
    let middle = match laid {
        Cow::Borrowed(laid) => Cow::Borrowed(laid.lines.as_slice()),
        Cow::Owned(laid) => Cow::Owned(laid.lines),
    };
    Content { head, middle, tail }
}
