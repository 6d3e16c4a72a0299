//! The frame of a panel. The panel that takes the keys is told by its colour, a bold title and a sign.

use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, BorderType};

use crate::tui::theme::{Meaning, Theme};

/// Whether a panel takes the keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Focus {
    /// It does.
    Here,
    /// Another one does.
    Elsewhere,
}

/// A frame with a title.
pub fn panel(theme: &Theme, title: &str, focus: Focus) -> Block<'static> {
    let (border, style, sign) = match focus {
        Focus::Here => (Meaning::BorderFocused, Meaning::TitleFocused, "▸"),
        Focus::Elsewhere => (Meaning::Border, Meaning::Title, "─"),
    };
    Block::bordered()
        .border_type(BorderType::Rounded)
        .border_style(theme[border])
        .title(Line::from(vec![
            Span::styled(sign, theme[border]),
            Span::styled(format!(" {title} "), theme[style]),
        ]))
}

/// The inside of a frame, with a column of room on both sides where there is enough.
pub fn inside(area: Rect) -> Rect {
    let inner = Block::bordered().inner(area);
    if inner.width < 24 {
        return inner;
    }
    Rect {
        x: inner.x + 1,
        width: inner.width - 2,
        ..inner
    }
}

/// The signs that tell of rows above and below what is shown, for a frame's bottom title.
pub fn more(total: usize, offset: usize, height: usize) -> Option<String> {
    let above = offset > 0;
    let below = offset + height < total;
    let signs = match (above, below) {
        (false, false) => return None,
        (true, false) => "↑",
        (false, true) => "↓",
        (true, true) => "↑↓",
    };
    Some(format!(" {signs} more "))
}
