//! Words on what just happened. They lie over the lower right corner and go by themselves.

use ratatui::Frame;
use ratatui::layout::{Margin, Rect};
use ratatui::text::Line;
use ratatui::widgets::{Block, BorderType, Clear, Paragraph};

use crate::engine::Timestamp;
use crate::tui::theme::{Meaning, Theme};
use crate::tui::widgets::text::{Piece, columns, wrap};

/// Milliseconds that a plain one stays.
const STAYS: u64 = 4_000;

/// Milliseconds that a warning stays: it has to be read.
const WARNING_STAYS: u64 = 7_000;

/// How many there are at most; the oldest gives way.
const MOST: usize = 3;

/// Columns of the widest.
const WIDEST: u16 = 56;

/// How something is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// It happened.
    Plain,
    /// It did not work, or is to be looked out for.
    Warning,
}

/// One word on what happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Toast {
    /// How it is said.
    pub tone: Tone,
    /// What is said.
    pub text: String,
    /// When it goes; known from the first tick on, since only ticks tell the time.
    until: Option<Timestamp>,
}

/// Those in view, the oldest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Toasts(Vec<Toast>);

impl Toasts {
    /// Puts one in view. The same word twice only stays longer.
    pub fn push(&mut self, tone: Tone, text: String) {
        self.0.retain(|toast| toast.text != text);
        if self.0.len() == MOST {
            self.0.remove(0);
        }
        let until = None;
        self.0.push(Toast { tone, text, until });
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Those in view, the oldest first.
    pub fn iter(&self) -> impl Iterator<Item = &Toast> {
        self.0.iter()
    }

    /// Lets those go whose time is over.
    pub fn tick(&mut self, now: Timestamp) {
        for toast in &mut self.0 {
            let stays = match toast.tone {
                Tone::Plain => STAYS,
                Tone::Warning => WARNING_STAYS,
            };
            toast.until.get_or_insert(Timestamp(now.0 + stays));
        }
        self.0
            .retain(|toast| toast.until.is_none_or(|until| now.0 < until.0));
    }
}

/// Draws them over the lower right corner of `area`, the newest lowest.
///
/// ```text
///              ╭────────────────────────────────────╮
///              │ · The lab now plays: repaired      │
///              ╰────────────────────────────────────╯
/// ```
pub fn draw(toasts: &Toasts, theme: &Theme, area: Rect, frame: &mut Frame) {
    // The frame of the panel underneath stays whole.
    let area = area.inner(Margin::new(1, 1));
    let mut bottom = area.bottom();
    for toast in toasts.0.iter().rev() {
        let room = usize::from(area.width.min(WIDEST)).saturating_sub(4);
        let (sign, meaning) = match toast.tone {
            Tone::Plain => ("· ", Meaning::Info),
            Tone::Warning => ("! ", Meaning::Warning),
        };
        let pieces = [
            Piece::new(sign, theme[meaning]),
            Piece::new(&toast.text, theme[Meaning::Strong]),
        ];
        let lines = wrap(&pieces, room, 2, theme[Meaning::Strong]);
        let width = lines.iter().map(line_columns).max().unwrap_or_default();
        let height = u16::try_from(lines.len() + 2).unwrap_or(u16::MAX);
        let width = u16::try_from(width + 4).unwrap_or(u16::MAX).min(area.width);
        if bottom < area.top() + height || room == 0 {
            return;
        }
        bottom -= height;
        let place = Rect::new(area.right() - width, bottom, width, height);
        frame.render_widget(Clear, place);
        let block = Block::bordered()
            .border_type(BorderType::Rounded)
            .border_style(theme[meaning])
            .style(theme[Meaning::Text]);
        let inner = block.inner(place);
        frame.render_widget(block, place);
        let inside = Rect {
            x: inner.x + 1,
            width: inner.width.saturating_sub(2),
            ..inner
        };
        frame.render_widget(Paragraph::new(lines), inside);
    }
}

fn line_columns(line: &Line<'_>) -> usize {
    line.spans.iter().map(|span| columns(&span.content)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_go_by_themselves_and_warnings_stay_longer() {
        let mut toasts = Toasts::default();
        toasts.push(Tone::Plain, "done".into());
        toasts.push(Tone::Warning, "not done".into());
        toasts.push(Tone::Plain, "done".into());
        assert_eq!(toasts.0.len(), 2);
        toasts.tick(Timestamp(10));
        toasts.tick(Timestamp(10 + STAYS - 1));
        assert_eq!(toasts.0.len(), 2);
        toasts.tick(Timestamp(10 + STAYS));
        assert_eq!(toasts.0.len(), 1);
        toasts.tick(Timestamp(10 + WARNING_STAYS));
        assert!(toasts.is_empty());
    }

    #[test]
    fn the_oldest_gives_way() {
        let mut toasts = Toasts::default();
        for text in ["a", "b", "c", "d"] {
            toasts.push(Tone::Plain, text.into());
        }
        let texts: Vec<_> = toasts.iter().map(|toast| toast.text.as_str()).collect();
        assert_eq!(texts, ["b", "c", "d"]);
    }
}
