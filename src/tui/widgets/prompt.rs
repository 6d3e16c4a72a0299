//! A line to type into, behind a sign.

use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use super::field::TextField;
use super::text::clip_line;
use crate::tui::theme::{Meaning, Theme};

/// Columns of the sign.
const SIGN: usize = 2;

/// Draws the line on the first row of `area`, with the cursor in it; `empty` stands where nothing is typed.
pub fn draw(field: &TextField, empty: &str, theme: &Theme, area: Rect, frame: &mut Frame) {
    let width = usize::from(area.width);
    let typed = field.rows(width.saturating_sub(SIGN + 1).max(1));
    let (row, column) = typed.cursor;
    let text = typed.rows.get(row).cloned().unwrap_or_default();
    let mut line = Line::from(vec![
        Span::styled("> ", theme[Meaning::Key]),
        Span::styled(text, theme[Meaning::Strong]),
    ]);
    if field.is_empty() {
        line.push_span(Span::styled(empty.to_owned(), theme[Meaning::Placeholder]));
    }
    let first = Rect {
        height: area.height.min(1),
        ..area
    };
    frame.render_widget(Paragraph::new(clip_line(line, width)), first);
    let x = u16::try_from(column + SIGN).unwrap_or(u16::MAX);
    let x = area.x.saturating_add(x);
    if x < first.right() && !first.is_empty() {
        frame.set_cursor_position(Position::new(x, first.y));
    }
}
