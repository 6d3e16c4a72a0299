//! Searching in the trace and in the open tab of the detail, whichever has the focus.
//!
//! As in vim: while a search is active, n and N go from match to match; the line at the bottom says which.

use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use super::bars::{ends, hint_line};
use super::debug::{begin_detail, panel_inside, reveal};
use super::detail;
use super::trace::{TraceView, row_texts};
use crate::tui::action::Action;
use crate::tui::model::{Model, Panel, Run};
use crate::tui::theme::Meaning;
use crate::tui::widgets::field::{Lines, TextField};
use crate::tui::widgets::find::{Part, find, highlighted};

/// A search.
#[derive(Clone, Debug)]
pub struct Search {
    /// What is searched for.
    pub field: TextField,
    /// Whether it is still being typed.
    pub typing: bool,
    /// Where the search began: selected row and scrolled lines. Typing searches from there.
    origin: (usize, usize),
    /// The match that was gone to last, in the detail: row and column.
    at: Option<(usize, usize)>,
}

/// Begins a search; there has to be something to search in.
pub fn begin(model: &mut Model) {
    if model.outcome.is_none() || matches!(model.run, Run::Sending(_)) {
        model.say("There is nothing to search in yet.");
        return;
    }
    if model.panel == Panel::Trace {
        model.trace.view = TraceView::Steps;
    }
    model.search = Some(Search {
        field: TextField::new("", Lines::One),
        typing: true,
        origin: (model.trace.selected, model.detail.offset),
        at: None,
    });
}

/// Does what an action says; `None` where it means nothing to a search.
pub fn act(model: &mut Model, action: Action) -> Option<()> {
    let search = model.search.as_mut()?;
    match action {
        Action::NextMatch => go(model, true),
        Action::PreviousMatch => go(model, false),
        Action::Dismiss => model.search = None,
        Action::Accept => {
            search.typing = false;
            if search.field.is_empty() {
                model.search = None;
            }
        }
        _ if search.typing && search.field.edit(action) => typed(model),
        _ => return None,
    }
    Some(())
}

/// After what is searched for has changed: goes to the first match from where the search began.
pub fn typed(model: &mut Model) {
    let Some(search) = &mut model.search else {
        return;
    };
    search.at = None;
    let (row, offset) = search.origin;
    match model.panel {
        Panel::Trace => {
            let found = matches(model);
            let first = found.iter().find(|part| part.0 >= row).or(found.first());
            if let Some((row, ..)) = first.copied() {
                show(model, (row, 0));
            }
        }
        _ => {
            model.detail.offset = offset;
            go(model, true);
        }
    }
}

/// The text that is searched for, where a search is active.
fn wanted(model: &Model) -> Option<String> {
    let search = model.search.as_ref()?;
    Some(search.field.text())
}

/// The beginning of every match in the panel that has the focus.
fn matches(model: &Model) -> Vec<Part> {
    let Some(wanted) = wanted(model) else {
        return Vec::new();
    };
    let rows = match model.panel {
        Panel::Trace => row_texts(model),
        _ => {
            let width = panel_inside(model, Panel::Detail).width;
            detail::content(model, usize::from(width)).texts()
        }
    };
    let found = find(&rows, &wanted);
    found
        .iter()
        .filter_map(|parts| parts.first())
        .copied()
        .collect()
}

/// Goes to the next match in that direction, round and round.
fn go(model: &mut Model, forward: bool) {
    let found = matches(model);
    let at = model.search.as_ref().and_then(|search| search.at);
    let here = match (model.panel, at) {
        (Panel::Trace, _) => (model.trace.selected, if forward { usize::MAX } else { 0 }),
        (_, Some(at)) => at,
        // From the first line in view, which counts itself.
        (_, None) if forward => {
            let first = found.iter().find(|part| part.0 >= model.detail.offset);
            let first = first.or(found.first()).copied();
            return first.map_or((), |(row, column, _)| show(model, (row, column)));
        }
        (_, None) => (model.detail.offset, 0),
    };
    let place = |part: &Part| (part.0, part.1);
    let next = match forward {
        true => found
            .iter()
            .map(place)
            .find(|at| *at > here)
            .or(found.first().map(place)),
        false => found
            .iter()
            .map(place)
            .rfind(|at| *at < here)
            .or(found.last().map(place)),
    };
    match next {
        Some(at) => show(model, at),
        None => model.say("Not found."),
    }
}

fn show(model: &mut Model, at: (usize, usize)) {
    if model.panel == Panel::Trace {
        model.trace.view = TraceView::Steps;
        model.trace.selected = at.0;
        reveal(model);
        begin_detail(model);
        return;
    }
    if let Some(search) = &mut model.search {
        search.at = Some(at);
    }
    let height = usize::from(panel_inside(model, Panel::Detail).height);
    let offset = model.detail.offset;
    if at.0 < offset || at.0 >= offset + height {
        model.detail.offset = at.0.saturating_sub(height / 3);
    }
}

/// The lines of a panel that are in view, the first of them `offset` lines down, with the matches in them
/// where the panel is the one that is searched.
pub fn marked(
    model: &Model,
    panel: Panel,
    lines: Vec<Line<'static>>,
    offset: usize,
) -> Vec<Line<'static>> {
    let Some(search) = model.search.as_ref().filter(|_| model.panel == panel) else {
        return lines;
    };
    let texts: Vec<String> = lines.iter().map(ToString::to_string).collect();
    let mut lines = lines;
    let style = model.theme[Meaning::Found];
    for (row, from, to) in find(&texts, &search.field.text()).into_iter().flatten() {
        let current = search.at == Some((row + offset, from));
        let style = match current {
            true => style.patch(model.theme[Meaning::TabChosen]).patch(style),
            false => style,
        };
        let line = std::mem::take(&mut lines[row]);
        lines[row] = highlighted(line, from, to, style);
    }
    lines
}

/// Draws the search in the place of the keys.
///
/// ```text
///  /allow-or                                                   3 matches   Enter keep   Esc end search
/// ```
pub fn draw(model: &Model, search: &Search, area: Rect, frame: &mut Frame) {
    let theme = &model.theme;
    let width = usize::from(area.width);
    let text = search.field.text();
    let count = match matches(model).len() {
        _ if text.trim().is_empty() => String::new(),
        0 => "no match   ".to_owned(),
        1 => "1 match   ".to_owned(),
        count => format!("{count} matches   "),
    };
    let mut right = Line::from(Span::styled(count, theme[Meaning::Strong]));
    right.spans.extend(hint_line(model, width / 2).spans);
    right.push_span(" ");
    let row = search.field.rows(width.saturating_sub(4).max(1));
    let before = row.rows.first().cloned().unwrap_or_default();
    let left = Line::from(vec![
        Span::styled(" /", theme[Meaning::Key]),
        Span::styled(before, theme[Meaning::Strong]),
    ]);
    frame.render_widget(Paragraph::new(ends(left, right, width)), area);
    if search.typing && row.cursor.0 == 0 {
        let column = u16::try_from(row.cursor.1 + 2).unwrap_or(u16::MAX);
        let x = area.x.saturating_add(column);
        if x < area.right() {
            frame.set_cursor_position(Position::new(x, area.y));
        }
    }
}
