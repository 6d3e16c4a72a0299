//! The detail of the selected row, in tabs.

use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use super::trace::Row;
use super::{body, engines, headers, lessons, why};
use crate::engine::TraceStep;
use crate::tui::keymap::{Action, Place};
use crate::tui::model::{Model, Panel, Run};
use crate::tui::outcome::Outcome;
use crate::tui::theme::Meaning;
use crate::tui::widgets::panel::{Focus, inside, more, panel};
use crate::tui::widgets::text::MARK_SIGN;

/// A tab.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tab {
    /// Plain English, evidence, what to change.
    #[default]
    Why,
    /// The exchange raw.
    Headers,
    /// What each engine decides, and where they part.
    Engines,
    /// The response's body.
    Body,
}

impl Tab {
    /// Every tab, from left to right.
    pub const ALL: [Self; 4] = [Self::Why, Self::Headers, Self::Engines, Self::Body];

    fn title(self) -> &'static str {
        match self {
            Self::Why => "Why",
            Self::Headers => "Headers",
            Self::Engines => "Engines",
            Self::Body => "Body",
        }
    }
}

/// Where the detail stands.
#[derive(Clone, Debug, Default)]
pub struct Detail {
    /// The open tab.
    pub tab: Tab,
    /// How many lines are scrolled away.
    pub offset: usize,
}

impl Detail {
    /// Does what an action says for `total` lines on a page of `height`; false where it means nothing.
    pub fn act(&mut self, action: Action, total: usize, height: usize) -> bool {
        let page = height.saturating_sub(1).max(1);
        let limit = total.saturating_sub(height);
        self.offset = match action {
            Action::Up => self.offset.min(limit).saturating_sub(1),
            Action::Down => self.offset + 1,
            Action::PageUp => self.offset.min(limit).saturating_sub(page),
            Action::PageDown => self.offset + page,
            Action::Top => 0,
            Action::Bottom => limit,
            Action::NextTab | Action::PreviousTab => {
                self.turn(action == Action::NextTab);
                0
            }
            _ => return false,
        }
        .min(limit);
        true
    }

    fn turn(&mut self, forward: bool) {
        let at = Tab::ALL
            .iter()
            .position(|tab| *tab == self.tab)
            .unwrap_or_default();
        let step = if forward { 1 } else { Tab::ALL.len() - 1 };
        self.tab = Tab::ALL[(at + step) % Tab::ALL.len()];
    }
}

/// The lines of the open tab.
pub fn lines(model: &Model, width: usize) -> Vec<Line<'static>> {
    let theme = &model.theme;
    let outcome = match (&model.run, &model.outcome) {
        (Run::Idle, Some(outcome)) => outcome,
        _ => return lessons::hint(model, width),
    };
    let Some(row) = outcome.rows.get(model.trace.selected) else {
        return Vec::new();
    };
    let (exchange, step) = subject(outcome, row);
    match model.detail.tab {
        Tab::Why => why::lines_of(outcome, row, theme, width),
        Tab::Headers => headers::lines_of(outcome, exchange, step, theme, width),
        Tab::Body => body::lines_of(outcome, exchange, theme, width),
        Tab::Engines => engines::lines_of(outcome, ask_key(model), theme, width),
    }
}

/// The key that asks the network as the other engines would.
fn ask_key(model: &Model) -> String {
    let key = model.keymap.key_for(&[Place::Anywhere], Action::AskOthers);
    key.map(|key| key.to_string()).unwrap_or_default()
}

/// Where the open tab begins: at its top, or as far down as it takes to see the bytes at fault.
pub fn home(lines: &[Line<'_>], tab: Tab, height: usize) -> usize {
    let marked = |line: &Line<'_>| line.to_string().contains(MARK_SIGN);
    let first = lines.iter().position(marked);
    let last = lines.iter().rposition(marked);
    match (first, last) {
        // The line itself stands above its signs.
        (Some(first), Some(last)) if tab == Tab::Headers => (last + 2)
            .saturating_sub(height)
            .min(first.saturating_sub(1)),
        _ => 0,
    }
}

/// The exchange that a row is about, and the step whose bytes are marked in it: the row's own, or the
/// cause's where the row is a whole exchange.
fn subject<'a>(outcome: &'a Outcome, row: &Row) -> (Option<usize>, Option<&'a TraceStep>) {
    let cause = outcome.cause().and_then(|index| outcome.step(index));
    let of_cause = |exchange: usize| cause.filter(|step| step.exchange == Some(exchange));
    match row {
        Row::Exchange(index) => (Some(*index), of_cause(*index)),
        Row::Step(index) => match outcome.step(*index) {
            Some(step) => {
                let exchange = step.exchange.or(Some(0));
                (exchange, Some(step))
            }
            None => (None, None),
        },
        Row::NeverSent(_) => {
            let last = outcome.case.finished.exchanges.len().checked_sub(1);
            (last, last.and_then(of_cause))
        }
    }
}

fn focus(model: &Model) -> Focus {
    match model.panel {
        Panel::Detail => Focus::Here,
        _ => Focus::Elsewhere,
    }
}

/// Draws the panel, its tabs in the frame.
///
/// ```text
/// ╭▸ Detail ─ Why · Headers · Engines · Body ──────────────╮
/// │ ✗ access-control-allow-origin is missing               │
/// │                                                        │
/// │ The answer does not say which pages may read it …      │
/// ╰────────────────────────────────────────────────────────╯
/// ```
pub fn draw(model: &Model, area: Rect, frame: &mut Frame) {
    let theme = &model.theme;
    let inner = inside(area);
    let lines = lines(model, usize::from(inner.width));
    let height = usize::from(inner.height);
    let offset = model.detail.offset.min(lines.len().saturating_sub(height));
    let mut block = panel(theme, "Detail", focus(model));
    if has_tabs(model) {
        block = block.title(tab_line(model));
    }
    if let Some(signs) = more(lines.len(), offset, height) {
        let signs = Line::styled(signs, theme[Meaning::Muted]);
        block = block.title_bottom(signs.right_aligned());
    }
    frame.render_widget(block, area);
    let shown: Vec<_> = lines.into_iter().skip(offset).take(height).collect();
    frame.render_widget(Paragraph::new(shown), inner);
}

/// Tabs are there once there is something to look at.
fn has_tabs(model: &Model) -> bool {
    matches!(model.run, Run::Idle) && model.outcome.is_some()
}

fn tab_line(model: &Model) -> Line<'static> {
    let mut line = Line::default();
    for tab in Tab::ALL {
        let style = match tab == model.detail.tab {
            true => model.theme[Meaning::TabChosen],
            false => model.theme[Meaning::Tab],
        };
        line.push_span(Span::raw(" "));
        line.push_span(Span::styled(tab.title(), style));
        line.push_span(Span::raw(" "));
    }
    line
}

/// The tab under a position of the screen. Its columns follow from how the frame puts titles: from the
/// second column on, one column between two.
pub fn tab_at(model: &Model, area: Rect, position: Position) -> Option<Tab> {
    if position.y != area.y || !has_tabs(model) {
        return None;
    }
    let mut x = area.x + 1 + u16::try_from("▸ Detail ".chars().count()).ok()? + 1;
    for tab in Tab::ALL {
        let width = u16::try_from(tab.title().len()).ok()? + 2;
        if (x..x + width).contains(&position.x) {
            return Some(tab);
        }
        x += width;
    }
    None
}
