//! All keys, from the key table, and what corscope does not look at.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;
use ratatui::widgets::Paragraph;

use super::Screen;
use crate::diagnose::NOT_MODELLED;
use crate::tui::action::{Action, Place};
use crate::tui::layout::regions;
use crate::tui::message::Cmd;
use crate::tui::model::Model;
use crate::tui::theme::Meaning;
use crate::tui::widgets::panel::{Focus, inside, more, panel};
use crate::tui::widgets::text::{Piece, columns, wrap};

/// Columns of the keys, at most; longer ones push their line.
const KEYS: usize = 30;

/// Columns of the keys where there is little room.
const FEW_KEYS: usize = 16;

/// From this width on the lines stand in two columns.
const TWO_COLUMNS: usize = 170;

/// Columns between the two.
const GAP: usize = 4;

/// The help screen.
#[derive(Clone, Debug, Default)]
pub struct Help {
    /// How many lines are scrolled away.
    pub offset: usize,
    /// The places where the focus was when it was opened: their keys stand first.
    pub about: Vec<Place>,
}

/// Opens the screen on the keys that count where the focus is.
pub fn open(model: &mut Model) {
    let about = model.places();
    model.help = Help { offset: 0, about };
    model.screen = Screen::Help;
}

/// Does what an action says; `None` where it means nothing here.
pub fn act(model: &mut Model, action: Action) -> Option<Vec<Cmd>> {
    let inner = inside(regions(model).body);
    let height = usize::from(inner.height);
    let limit = laid_out(model, usize::from(inner.width))
        .len()
        .saturating_sub(height);
    let page = height.saturating_sub(1).max(1);
    let offset = model.help.offset;
    model.help.offset = match action {
        Action::Dismiss => {
            model.screen = Screen::Debug;
            0
        }
        Action::Up => offset.saturating_sub(1),
        Action::Down => offset + 1,
        Action::PageUp => offset.saturating_sub(page),
        Action::PageDown => offset + page,
        Action::Top => 0,
        Action::Bottom => limit,
        _ => return None,
    }
    .min(limit);
    Some(Vec::new())
}

/// The lines as they are scrolled: in two columns, where there is room.
fn laid_out(model: &Model, width: usize) -> Vec<Line<'static>> {
    if width < TWO_COLUMNS {
        return lines(model, width);
    }
    let column = (width - GAP) / 2;
    let mut left = lines(model, column);
    let middle = left.len().div_ceil(2);
    // No place is torn: the second column begins with a heading.
    let end = (middle..left.len()).find(|at| columns(&left[*at].to_string()) == 0);
    let mut right = left.split_off(end.unwrap_or(left.len()));
    if !right.is_empty() {
        right.remove(0);
    }
    right.resize(right.len().max(left.len()), Line::default());
    left.resize(right.len(), Line::default());
    for (line, beside) in left.iter_mut().zip(right) {
        let used: usize = line.spans.iter().map(|span| columns(&span.content)).sum();
        line.push_span(" ".repeat((column + GAP).saturating_sub(used)));
        // The style of a whole line is that of its spans from here on.
        let style = std::mem::take(&mut line.style);
        for span in &mut line.spans {
            span.style = style.patch(span.style);
        }
        let beside_style = beside.style;
        let spans = beside.spans.into_iter();
        line.spans.extend(spans.map(|mut span| {
            span.style = beside_style.patch(span.style);
            span
        }));
    }
    left
}

/// Every row of the key table under the heading of its place, those where the focus was first; then what
/// is not looked at.
fn lines(model: &Model, width: usize) -> Vec<Line<'static>> {
    let theme = &model.theme;
    let mut lines: Vec<Line<'static>> = Vec::new();
    let mut place = None;
    let about = &model.help.about;
    let near = about.iter().flat_map(|place| model.keymap.rows_in(*place));
    let far = model.keymap.rows().iter();
    let far = far.filter(|row| !about.contains(&row.place));
    for row in near.chain(far) {
        if place != Some(row.place) {
            if place.is_some() {
                lines.push(Line::default());
            }
            lines.push(Line::styled(row.place.title(), theme[Meaning::Heading]));
            place = Some(row.place);
        }
        let keys: Vec<_> = row.keys.iter().map(ToString::to_string).collect();
        let keys = keys.join("  ");
        let column = if width < 90 { FEW_KEYS } else { KEYS };
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
///
/// ```text
/// ╭▸ Keys ─────────────────────────────────────────────────╮
/// │ In the trace                                           │
/// │ c                     Jump to the cause                │
/// │ …                                                      │
/// ╰────────────────────────────────────────────────────────╯
/// ```
pub fn draw(model: &Model, area: Rect, frame: &mut Frame) {
    let theme = &model.theme;
    let inner = inside(area);
    let lines = laid_out(model, usize::from(inner.width));
    let height = usize::from(inner.height);
    let offset = model.help.offset.min(lines.len().saturating_sub(height));
    let mut block = panel(theme, "Keys", Focus::Here);
    if let Some(signs) = more(lines.len(), offset, height) {
        let signs = Line::styled(signs, theme[Meaning::Muted]);
        block = block.title_bottom(signs.right_aligned());
    }
    frame.render_widget(block, area);
    let shown: Vec<_> = lines.into_iter().skip(offset).take(height).collect();
    frame.render_widget(Paragraph::new(shown), inner);
}
