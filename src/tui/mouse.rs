//! What the mouse does: a click goes where it points, the wheel scrolls what is under it.

use crossterm::event::{MouseButton, MouseEvent, MouseEventKind};
use ratatui::layout::Position;

use super::keymap::Action;
use super::layout::regions;
use super::model::{Cmd, Model, Overlay, Panel};
use super::screens::composer::Stop;
use super::screens::{bars, composer_view, detail, lessons, trace};
use super::update::{act, begin_detail, composer_extent, edited, go_to, panel_inside};

/// Rows that one notch of the wheel scrolls.
const NOTCH: usize = 3;

/// Takes one event of the mouse.
pub fn update(model: &mut Model, event: MouseEvent) -> Vec<Cmd> {
    let position = Position::new(event.column, event.row);
    match event.kind {
        MouseEventKind::Down(MouseButton::Left) => click(model, position),
        MouseEventKind::ScrollUp => scroll(model, position, false),
        MouseEventKind::ScrollDown => scroll(model, position, true),
        _ => {}
    }
    Vec::new()
}

fn click(model: &mut Model, position: Position) {
    match &model.overlay {
        Overlay::None => {}
        Overlay::Lessons(open) => {
            if let Some(lesson) = lessons::lesson_at(model, open, position)
                && let Overlay::Lessons(open) = &mut model.overlay
            {
                open.select(lesson);
            }
            return;
        }
        Overlay::Help(_) | Overlay::Imported(_) | Overlay::Confirm(_) => return,
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
        Stop::Sandboxed => model.composer.sandboxed = !model.composer.sandboxed,
        Stop::AddHeader => {
            model.composer.act(Action::AddHeader);
        }
        Stop::Mode | Stop::Credentials | Stop::Redirect | Stop::Browser | Stop::LocalNetwork
            if again =>
        {
            model.composer.act(Action::NextChoice);
        }
        Stop::Header(_) if composer_view::on_checkbox(area, position) => {
            model.composer.toggle_header();
        }
        _ => {}
    }
    edited(model);
}

fn scroll(model: &mut Model, position: Position, down: bool) {
    let action = if down { Action::Down } else { Action::Up };
    if !matches!(model.overlay, Overlay::None) {
        act(model, action);
        return;
    }
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
        let total = detail::lines(model, usize::from(inner.width)).len();
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
