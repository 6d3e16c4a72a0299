//! The detail of the selected row, in tabs.

use std::borrow::Cow;

use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use super::debug::panel_inside;
use super::trace::Row;
use super::{Screen, body, console, engines, fix, headers, lessons, search, why};
use crate::engine::TraceStep;
use crate::tui::action::{Action, Place};
use crate::tui::model::{Model, Panel, Run};
use crate::tui::outcome::Outcome;
use crate::tui::theme::{Meaning, Theme};
use crate::tui::widgets::panel::{Focus, inside, more, panel};
use crate::tui::widgets::text::MARK_SIGN;

/// A tab.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tab {
    /// Plain English, evidence, what to change.
    #[default]
    Why,
    /// The fix, and the recipe for the stack.
    Fix,
    /// The exchange raw.
    Headers,
    /// What each engine decides, and where they part.
    Engines,
    /// What each browser's console says.
    Console,
    /// The response's body.
    Body,
}

/// What a tab is about: the selected row, the exchange that it belongs to, the step whose bytes are marked.
struct Subject<'a> {
    outcome: &'a Outcome,
    row: &'a Row,
    exchange: Option<usize>,
    step: Option<&'a TraceStep>,
    /// The key that asks the network as the other engines would.
    ask_key: String,
    /// What the tab of the fix needs to know.
    fix: fix::Around,
    theme: &'a Theme,
    width: usize,
}

/// The lines of a tab, wrapped; the many of a body are kept and only taken from.
#[derive(Clone, Debug, Default)]
pub struct Content<'a> {
    /// The first lines.
    pub head: Vec<Line<'static>>,
    /// The lines in the middle.
    pub middle: Cow<'a, [Line<'static>]>,
    /// The last lines.
    pub tail: Vec<Line<'static>>,
}

impl From<Vec<Line<'static>>> for Content<'_> {
    fn from(head: Vec<Line<'static>>) -> Self {
        Self {
            head,
            ..Self::default()
        }
    }
}

impl Content<'_> {
    /// How many lines there are.
    pub fn len(&self) -> usize {
        self.head.len() + self.middle.len() + self.tail.len()
    }

    fn iter(&self) -> impl Iterator<Item = &Line<'static>> {
        self.head.iter().chain(self.middle.iter()).chain(&self.tail)
    }

    /// The text of all lines.
    pub fn texts(&self) -> Vec<String> {
        self.iter().map(ToString::to_string).collect()
    }

    /// The lines in view.
    fn page(&self, offset: usize, height: usize) -> Vec<Line<'static>> {
        self.iter().skip(offset).take(height).cloned().collect()
    }
}

/// Makes the lines of a tab.
type Draw = for<'a> fn(&Subject<'a>) -> Content<'a>;

/// Every tab, from left to right: a row each.
const TABS: &[(Tab, &str, Draw)] = &[
    (Tab::Why, "Why", |of| {
        why::lines_of(of.outcome, of.row, &of.fix, of.theme, of.width).into()
    }),
    (Tab::Fix, "Fix", |of| {
        fix::lines_of(of.outcome, &of.fix, of.theme, of.width).into()
    }),
    (Tab::Headers, "Headers", |of| {
        headers::lines_of(of.outcome, of.exchange, of.step, of.theme, of.width).into()
    }),
    (Tab::Engines, "Engines", |of| {
        engines::lines_of(of.outcome, of.ask_key.clone(), of.theme, of.width).into()
    }),
    (Tab::Console, "Console", |of| {
        console::lines_of(&of.outcome.consoles, of.theme, of.width).into()
    }),
    (Tab::Body, "Body", |of| {
        body::content(of.outcome, of.exchange, of.theme, of.width)
    }),
];

/// Where the detail stands.
#[derive(Clone, Debug, Default)]
pub struct Detail {
    /// The open tab.
    pub tab: Tab,
    /// How many lines are scrolled away.
    pub offset: usize,
    /// The chosen fix and stack.
    pub chosen: fix::Chosen,
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
        let at = TABS
            .iter()
            .position(|(tab, ..)| *tab == self.tab)
            .unwrap_or_default();
        let step = if forward { 1 } else { TABS.len() - 1 };
        self.tab = TABS[(at + step) % TABS.len()].0;
    }
}

/// Lays out the body that the open tab shows; after anything that may have brought another into view.
pub fn lay(model: &mut Model) {
    let width = usize::from(panel_inside(model, Panel::Detail).width);
    let open = model.detail.tab == Tab::Body && model.screen == Screen::Debug && width > 0;
    let Some(outcome) = model.outcome.as_deref_mut().filter(|_| open) else {
        return;
    };
    let row = outcome.rows.get(model.trace.selected);
    let exchange = row.and_then(|row| subject(outcome, row).0);
    if let Some(body) = exchange.and_then(|at| outcome.bodies.get_mut(at)) {
        body.lay(width, &model.theme);
    }
}

/// The lines of the open tab.
pub fn content(model: &Model, width: usize) -> Content<'_> {
    let theme = &model.theme;
    let outcome = match (&model.run, &model.outcome) {
        (Run::Idle, Some(outcome)) => outcome,
        _ => return lessons::hint(model, width).into(),
    };
    let Some(row) = outcome.rows.get(model.trace.selected) else {
        return Content::default();
    };
    let (exchange, step) = subject(outcome, row);
    let subject = Subject {
        outcome,
        row,
        exchange,
        step,
        ask_key: ask_key(model),
        fix: fix_around(model),
        theme,
        width,
    };
    TABS.iter()
        .find(|(tab, ..)| *tab == model.detail.tab)
        .map(|(.., draw)| draw(&subject))
        .unwrap_or_default()
}

/// The key that asks the network as the other engines would.
fn ask_key(model: &Model) -> String {
    let key = model.keymap.key_for(&[Place::Anywhere], Action::AskOthers);
    key.map(|key| key.to_string()).unwrap_or_default()
}

fn fix_around(model: &Model) -> fix::Around {
    let key = |action| {
        let key = model.keymap.key_for(&[Place::Fix, Place::Panel], action);
        key.map(|key| key.to_string()).unwrap_or_default()
    };
    let edits = model.what_if.as_ref().map(|imagined| imagined.told());
    fix::Around {
        edits: edits.unwrap_or_default(),
        apply: key(Action::ApplyFix),
        other: key(Action::OtherFix),
        copy: key(Action::CopyRecipe),
        look_behind: key(Action::LookBehind),
        stacks: key(Action::ChooseStack),
        chosen: model.detail.chosen.clone(),
    }
}

/// Where the open tab begins: at its top, or as far down as it takes to see the bytes at fault.
pub fn home(content: &Content<'_>, tab: Tab, height: usize) -> usize {
    if tab != Tab::Headers {
        return 0;
    }
    let marked = |line: &&Line<'_>| line.to_string().contains(MARK_SIGN);
    let lines: Vec<_> = content.iter().collect();
    let first = lines.iter().position(marked);
    let last = lines.iter().rposition(marked);
    match (first, last) {
        // The line itself stands above its signs.
        (Some(first), Some(last)) => (last + 2)
            .saturating_sub(height)
            .min(first.saturating_sub(1)),
        _ => 0,
    }
}

/// The exchange that the row at an index is about.
pub fn exchange_of(outcome: &Outcome, row: usize) -> Option<usize> {
    outcome
        .rows
        .get(row)
        .and_then(|row| subject(outcome, row).0)
}

/// The exchange that a row is about, and the step whose bytes are marked in it: the row's own, or the
/// cause's where the row is a whole exchange.
pub fn subject<'a>(outcome: &'a Outcome, row: &Row) -> (Option<usize>, Option<&'a TraceStep>) {
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
        Row::Behind(index) => {
            let block = outcome
                .case
                .problems
                .get(*index)
                .and_then(|one| one.block());
            let session = &outcome.case.session;
            let about = block.and_then(|block| session.exchanges.get(block.exchange?));
            let at = about.and_then(|about| outcome.exchanges.iter().position(|one| one == about));
            (at, None)
        }
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
/// ╭▸ Detail ─ Why · Headers · Engines · … ─────────────────────────╮
/// │ ✗ access-control-allow-origin is missing               │
/// │                                                        │
/// │ The answer does not say which pages may read it …      │
/// ╰────────────────────────────────────────────────────────╯
/// ```
pub fn draw(model: &Model, area: Rect, frame: &mut Frame) {
    let theme = &model.theme;
    let inner = inside(area);
    let content = content(model, usize::from(inner.width));
    let height = usize::from(inner.height);
    let offset = model
        .detail
        .offset
        .min(content.len().saturating_sub(height));
    let mut block = panel(theme, "Detail", focus(model));
    if has_tabs(model) {
        block = block.title(tab_line(model));
    }
    if let Some(signs) = more(content.len(), offset, height) {
        let signs = Line::styled(signs, theme[Meaning::Muted]);
        block = block.title_bottom(signs.right_aligned());
    }
    frame.render_widget(block, area);
    let shown = search::marked(model, Panel::Detail, content.page(offset, height), offset);
    frame.render_widget(Paragraph::new(shown), inner);
}

/// Tabs are there once there is something to look at.
fn has_tabs(model: &Model) -> bool {
    matches!(model.run, Run::Idle) && model.outcome.is_some()
}

fn tab_line(model: &Model) -> Line<'static> {
    let mut line = Line::default();
    for (tab, title, _) in TABS {
        let style = match *tab == model.detail.tab {
            true => model.theme[Meaning::TabChosen],
            false => model.theme[Meaning::Tab],
        };
        line.push_span(Span::raw(" "));
        line.push_span(Span::styled(*title, style));
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
    for (tab, title, _) in TABS {
        let width = u16::try_from(title.len()).ok()? + 2;
        if (x..x + width).contains(&position.x) {
            return Some(*tab);
        }
        x += width;
    }
    None
}
