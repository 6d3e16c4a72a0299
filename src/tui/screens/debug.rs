//! The debug screen: the request, the trace and the detail, and how keys and the mouse move among them.

use ratatui::Frame;
use ratatui::layout::{Position, Rect};

use super::composer::Stop;
use super::detail::Tab;
use super::trace::TraceView;
use super::{bars, composer_view, detail, editor, fix, glossary, search, send, trace, what_if};
use crate::tui::action::{Action, Place};
use crate::tui::layout::{Border, border_at, drag_border, move_border, regions, shows_all};
use crate::tui::message::Cmd;
use crate::tui::model::{Model, Panel, Run};
use crate::tui::widgets::panel::inside;

/// Rows that one notch of the wheel scrolls.
const NOTCH: usize = 3;

/// The places of the key table that count where the focus is.
pub fn places(model: &Model) -> Vec<Place> {
    if model.is_searching() {
        return vec![Place::Search, Place::Text];
    }
    let own = match model.panel {
        Panel::Request => return model.composer.places(),
        Panel::Trace => Place::Trace,
        Panel::Detail => Place::Detail,
    };
    let tab = match (model.panel, model.detail.tab) {
        (Panel::Detail, Tab::Fix) => Some(Place::Fix),
        _ => None,
    };
    let found = model.search.as_ref().map(|_| Place::Found);
    let places = found.into_iter().chain(tab);
    places.chain([own, Place::Panel]).collect()
}

/// Draws the panels that have room.
pub fn draw(model: &Model, frame: &mut Frame) {
    let parts = regions(model);
    if !parts.request.is_empty() {
        composer_view::draw(model, parts.request, frame);
    }
    if !parts.trace.is_empty() {
        trace::draw(model, parts.trace, frame);
    }
    if !parts.detail.is_empty() {
        detail::draw(model, parts.detail, frame);
    }
}

/// Does what an action says; `None` where it means nothing here.
pub fn act(model: &mut Model, action: Action) -> Option<Vec<Cmd>> {
    if search::act(model, action).is_some() {
        return Some(Vec::new());
    }
    match action {
        Action::Search => {
            if model.panel == Panel::Request {
                go_to(model, Panel::Trace);
            }
            search::begin(model);
        }
        Action::Sequence => {
            model.trace.view = match model.trace.view {
                TraceView::Steps => TraceView::Sequence,
                TraceView::Sequence => TraceView::Steps,
            };
            reveal(model);
        }
        Action::Zoom => {
            model.zoomed = !model.zoomed;
            resettle(model);
        }
        Action::RequestNarrower | Action::RequestWider => {
            move_border(model, Border::Request, action == Action::RequestWider);
            resettle(model);
        }
        Action::TraceSmaller | Action::TraceLarger => {
            move_border(model, Border::Trace, action == Action::TraceLarger);
            resettle(model);
        }
        Action::Send => return Some(send::ask(model)),
        Action::Escape => return Some(escape(model)),
        Action::AskOthers => return Some(send::ask_others(model)),
        Action::LookBehind => return Some(send::look_behind(model)),
        Action::Investigate => return Some(send::investigate(model)),
        Action::WhatIf => editor::open(model),
        Action::UndoEdit => what_if::undo(model),
        Action::RedoEdit => what_if::redo(model),
        Action::ResetEdits => what_if::reset(model),
        Action::AssumeAnswer => what_if::assume(model),
        Action::ApplyFix
        | Action::OtherFix
        | Action::NextStack
        | Action::PreviousStack
        | Action::ChooseStack
        | Action::CopyRecipe => return fix::act(model, action),
        Action::SwitchServer => switch_server(model),
        Action::NextStop => next_stop(model, true),
        Action::PreviousStop => next_stop(model, false),
        Action::FocusRequest => go_to(model, Panel::Request),
        Action::FocusTrace => go_to(model, Panel::Trace),
        Action::FocusDetail => go_to(model, Panel::Detail),
        Action::AddHeader => {
            go_to(model, Panel::Request);
            model.composer.act(action);
            edited(model);
        }
        _ => return act_on_panel(model, action).then(Vec::new),
    }
    Some(Vec::new())
}

fn act_on_panel(model: &mut Model, action: Action) -> bool {
    match model.panel {
        Panel::Request => {
            if !model.composer.act(action) {
                return false;
            }
            if matches!(action, Action::PageUp | Action::PageDown) {
                let (rows, height) = composer_extent(model);
                let limit = rows.saturating_sub(height);
                model.composer.offset = model.composer.offset.min(limit);
            } else {
                edited(model);
            }
            true
        }
        Panel::Trace | Panel::Detail => act_on_result(model, action),
    }
}

fn act_on_result(model: &mut Model, action: Action) -> bool {
    let problems = matches!(
        action,
        Action::Cause | Action::NextProblem | Action::PreviousProblem
    );
    let tabs = matches!(action, Action::NextTab | Action::PreviousTab);
    if (model.panel == Panel::Trace || problems) && !tabs {
        let height = page_height(model, Panel::Trace);
        let Some(outcome) = &model.outcome else {
            return false;
        };
        let known = model.trace.act(action, outcome, height);
        begin_detail(model);
        return known;
    }
    let inner = panel_inside(model, Panel::Detail);
    let total = detail::content(model, usize::from(inner.width)).len();
    let known = model.detail.act(action, total, usize::from(inner.height));
    if tabs {
        begin_detail(model);
    }
    known
}

/// Shows the beginning of the detail; after its tab or its subject changed.
pub fn begin_detail(model: &mut Model) {
    let inner = panel_inside(model, Panel::Detail);
    detail::lay(model);
    let content = detail::content(model, usize::from(inner.width));
    model.detail.offset = detail::home(&content, model.detail.tab, usize::from(inner.height));
}

/// The lesson's next server. The request is filled in anew only where that server's page asks another.
fn switch_server(model: &mut Model) {
    let Some((lesson, before)) = model.lab.parts() else {
        model.warn("There is no lesson open, so there is no other server.");
        return;
    };
    // The other server stands for the same one, repaired: nothing of the old one may answer for it.
    model.composer.kept = None;
    let asked = lesson.request_to(before);
    model.lab.switch();
    if let Some((_, server)) = model.lab.parts() {
        model.say(format!(
            "The lab now plays: {} ({}).",
            server.title, server.id
        ));
        if lesson.request_to(server) != asked
            && let Some(line) = model.lab.line()
        {
            model.composer.fill(&line);
        }
    }
    model.predict();
}

/// Stops the run under way, else leaves the form for the trace.
fn escape(model: &mut Model) -> Vec<Cmd> {
    if let Run::Sending(sending) = &mut model.run {
        // The run stays until what is known of it has come.
        sending.stopping = true;
        return vec![Cmd::Cancel(sending.id)];
    }
    match model.panel {
        Panel::Request | Panel::Detail => go_to(model, Panel::Trace),
        Panel::Trace => {}
    }
    Vec::new()
}

/// After panels got more room or less.
pub fn resettle(model: &mut Model) {
    reveal(model);
    detail::lay(model);
    let inner = panel_inside(model, Panel::Detail);
    if !inner.is_empty() {
        let total = detail::content(model, usize::from(inner.width)).len();
        let limit = total.saturating_sub(usize::from(inner.height));
        model.detail.offset = model.detail.offset.min(limit);
    }
}

/// Moves to a panel.
pub fn go_to(model: &mut Model, panel: Panel) {
    let turned = model.panel != panel && !shows_all(model);
    if model.panel != panel {
        model.search = model.search.take().filter(|search| !search.typing);
    }
    model.panel = panel;
    reveal(model);
    if turned && panel == Panel::Detail {
        begin_detail(model);
    }
}

/// Tab order: the fields from top to bottom, the trace, the detail, and round again.
fn next_stop(model: &mut Model, forward: bool) {
    let panel = match (model.panel, forward) {
        (Panel::Request, _) if model.composer.step(forward) => Panel::Request,
        (Panel::Request, true) | (Panel::Detail, false) => Panel::Trace,
        (Panel::Request, false) | (Panel::Trace, true) => Panel::Detail,
        (Panel::Trace, false) | (Panel::Detail, true) => {
            let stops = model.composer.stops();
            let end = if forward { stops.first() } else { stops.last() };
            model.composer.stop = end.copied().unwrap_or(Stop::Url);
            Panel::Request
        }
    };
    go_to(model, panel);
}

/// After a change of the form.
pub fn edited(model: &mut Model) {
    model.predict();
    reveal(model);
}

/// Scrolls the panel so that what is selected stays in view.
pub fn reveal(model: &mut Model) {
    let area = panel_inside(model, Panel::Request);
    if !area.is_empty() && model.panel == Panel::Request {
        let rows = composer_view::rows(model, area);
        model.composer.offset = composer_view::revealed(
            &rows,
            model.composer.stop,
            model.composer.offset,
            usize::from(area.height),
        );
    }
    let height = page_height(model, Panel::Trace);
    if height > 0 {
        model.trace.reveal(height);
    }
}

/// The inside of a panel as it is on the screen.
pub fn panel_inside(model: &Model, panel: Panel) -> Rect {
    let area = regions(model).panel(panel);
    if area.is_empty() { area } else { inside(area) }
}

fn page_height(model: &Model, panel: Panel) -> usize {
    usize::from(panel_inside(model, panel).height)
}

/// How many rows the form has, and how many are in view.
pub fn composer_extent(model: &Model) -> (usize, usize) {
    let area = panel_inside(model, Panel::Request);
    (
        composer_view::rows(model, area).len(),
        usize::from(area.height),
    )
}

/// Takes the mouse moved with its button down: it moves the border that it holds.
pub fn drag(model: &mut Model, position: Position) {
    if let Some(border) = model.held {
        drag_border(model, border, position);
        resettle(model);
    }
}

/// Takes a click.
pub fn click(model: &mut Model, position: Position) {
    model.held = border_at(model, position);
    if model.held.is_some() {
        return;
    }
    let parts = regions(model);
    if let Some(panel) = bars::tab_at(model, parts.top, position) {
        return go_to(model, panel);
    }
    if parts.request.contains(position) {
        click_request(model, position);
    } else if parts.trace.contains(position) {
        if let Some(row) = trace::row_at(model, parts.trace, position) {
            model.trace.selected = row;
            begin_detail(model);
        }
        go_to(model, Panel::Trace);
    } else if parts.detail.contains(position) {
        if let Some(tab) = detail::tab_at(model, parts.detail, position) {
            model.detail.tab = tab;
            begin_detail(model);
        }
        go_to(model, Panel::Detail);
        let inner = panel_inside(model, Panel::Detail);
        if inner.contains(position) && matches!(model.detail.tab, Tab::Why | Tab::Fix) {
            let (row, column) = (position.y - inner.y, position.x - inner.x);
            glossary::open_at(model, usize::from(row), usize::from(column));
        }
    }
}

fn click_request(model: &mut Model, position: Position) {
    let area = regions(model).request;
    let stop = composer_view::stop_at(model, area, position);
    model.panel = Panel::Request;
    let Some(stop) = stop else { return };
    let again = model.composer.stop == stop;
    model.composer.stop = stop;
    match stop {
        Stop::AddHeader => {
            model.composer.act(Action::AddHeader);
        }
        Stop::Header(_) if composer_view::on_checkbox(area, position) => {
            model.composer.toggle_header();
        }
        // A box is ticked at once; what has more values is first looked at.
        Stop::Sandboxed | Stop::Module | Stop::UploadListener => {
            model.composer.act(Action::NextChoice);
        }
        _ if again && model.composer.places().contains(&Place::Choice) => {
            model.composer.act(Action::NextChoice);
        }
        _ => {}
    }
    edited(model);
}

/// Scrolls the panel under the pointer.
pub fn scroll(model: &mut Model, position: Position, down: bool) {
    let parts = regions(model);
    if parts.request.contains(position) {
        let (rows, height) = composer_extent(model);
        scroll_by(&mut model.composer.offset, down, rows, height);
    } else if parts.trace.contains(position) {
        let rows = model
            .outcome
            .as_ref()
            .map_or(0, |outcome| outcome.rows.len());
        let height = usize::from(panel_inside(model, Panel::Trace).height);
        scroll_by(&mut model.trace.offset, down, rows, height);
    } else if parts.detail.contains(position) {
        let inner = panel_inside(model, Panel::Detail);
        let total = detail::content(model, usize::from(inner.width)).len();
        let height = usize::from(inner.height);
        scroll_by(&mut model.detail.offset, down, total, height);
    }
}

fn scroll_by(offset: &mut usize, down: bool, total: usize, height: usize) {
    let limit = total.saturating_sub(height);
    *offset = match down {
        true => offset.saturating_add(NOTCH),
        false => offset.saturating_sub(NOTCH),
    }
    .min(limit);
}
