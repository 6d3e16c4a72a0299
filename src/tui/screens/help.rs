//! All keys, from the key table, and what corscope does not look at.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;
use ratatui::widgets::{Clear, Paragraph};

use crate::diagnose::NOT_MODELLED;
use crate::tui::keymap::Action;
use crate::tui::layout::overlay;
use crate::tui::model::Model;
use crate::tui::theme::Meaning;
use crate::tui::widgets::panel::{Focus, inside, more, panel};
use crate::tui::widgets::text::{Piece, columns, wrap};

/// Columns of the keys.
const KEYS: usize = 22;

/// The help screen, open.
#[derive(Clone, Debug, Default)]
pub struct Help {
    /// How many lines are scrolled away.
    pub offset: usize,
}

impl Help {
    /// Does what an action says.
    pub fn act(&mut self, action: Action, model_size: (usize, usize)) {
        let (total, height) = model_size;
        let limit = total.saturating_sub(height);
        let page = height.saturating_sub(1).max(1);
        self.offset = match action {
            Action::Up => self.offset.saturating_sub(1),
            Action::Down => self.offset + 1,
            Action::PageUp => self.offset.saturating_sub(page),
            Action::PageDown => self.offset + page,
            _ => self.offset,
        }
        .min(limit);
    }
}

fn area(model: &Model) -> Rect {
    overlay(model, 84, u16::MAX)
}

/// How many lines there are, and how many are in view.
pub fn extent(model: &Model) -> (usize, usize) {
    let inner = inside(area(model));
    (
        lines(model, usize::from(inner.width)).len(),
        usize::from(inner.height),
    )
}

/// Every row of the key table under the heading of its place, then what is not looked at.
fn lines(model: &Model, width: usize) -> Vec<Line<'static>> {
    let theme = &model.theme;
    let mut lines: Vec<Line<'static>> = Vec::new();
    let mut place = None;
    for row in model.keymap.rows() {
        if place != Some(row.place) {
            if place.is_some() {
                lines.push(Line::default());
            }
            lines.push(Line::styled(row.place.title(), theme[Meaning::Heading]));
            place = Some(row.place);
        }
        let keys: Vec<_> = row.keys.iter().map(ToString::to_string).collect();
        let keys = keys.join("  ");
        let column = KEYS.min(width * 2 / 5);
        let gap = column.saturating_sub(columns(&keys)).max(2);
        let pieces = [
            Piece::new(keys, theme[Meaning::Key]),
            // A blank that is no place to break.
            Piece::new("\u{a0}".repeat(gap), theme[Meaning::Value]),
            Piece::new(&row.help, theme[Meaning::Value]),
        ];
        lines.extend(wrap(&pieces, width, column, theme[Meaning::Value]));
    }
    lines.push(Line::default());
    let heading = "What is not looked at";
    lines.push(Line::styled(heading, theme[Meaning::Heading]));
    let told = Piece::new(NOT_MODELLED, theme[Meaning::Value]);
    lines.extend(wrap(&[told], width, 0, theme[Meaning::Value]));
    lines
}

/// Draws the help screen.
pub fn draw(model: &Model, help: &Help, frame: &mut Frame) {
    let theme = &model.theme;
    let area = area(model);
    let inner = inside(area);
    let lines = lines(model, usize::from(inner.width));
    let height = usize::from(inner.height);
    let offset = help.offset.min(lines.len().saturating_sub(height));
    frame.render_widget(Clear, area);
    let mut block = panel(theme, "Keys", Focus::Here).style(theme[Meaning::Text]);
    if let Some(signs) = more(lines.len(), offset, height) {
        let signs = Line::styled(signs, theme[Meaning::Muted]);
        block = block.title_bottom(signs.right_aligned());
    }
    frame.render_widget(block, area);
    let shown: Vec<_> = lines.into_iter().skip(offset).take(height).collect();
    frame.render_widget(Paragraph::new(shown), inner);
}
