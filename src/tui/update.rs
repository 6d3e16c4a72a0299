//! What happens to the model: [`Msg`] in, [`Cmd`] out. This file routes; each panel's own logic is in
//! its file.

use crossterm::event::KeyEvent;
use ratatui::layout::Rect;

use super::keymap::Action;
use super::layout::{is_wide, regions};
use super::model::{Cmd, Model, Msg, Overlay, Panel, Run, RunEvent, Sending, SentRequest};
use super::mouse;
use super::outcome::Outcome;
use super::screens::composer::Stop;
use super::screens::help::{self, Help};
use super::screens::lessons::{LabChoice, Lessons};
use super::screens::prediction::actual_line;
use super::screens::{composer_view, detail, send};
use super::theme::{Theme, ThemeName};
use super::widgets::panel::inside;

/// Takes one message.
pub fn update(model: &mut Model, msg: Msg) -> Vec<Cmd> {
    match msg {
        Msg::Key(key) => press(model, key),
        Msg::Mouse(event) => mouse::update(model, event),
        Msg::Paste(text) => {
            paste(model, &text);
            Vec::new()
        }
        Msg::Resize(size) => {
            model.size = size;
            reveal(model);
            Vec::new()
        }
        Msg::Tick(now) => {
            model.now = now;
            Vec::new()
        }
        Msg::Run(id, event) => {
            run_event(model, id, event);
            Vec::new()
        }
    }
}

fn press(model: &mut Model, key: KeyEvent) -> Vec<Cmd> {
    if let Some(action) = model.keymap.action(&model.places(), &key)
        && let Some(commands) = act(model, action)
    {
        return commands;
    }
    // What the table does not know, or what means nothing at this spot, is text.
    if matches!(model.overlay, Overlay::None) && model.panel == Panel::Request {
        model.composer.input(key);
        edited(model);
    }
    Vec::new()
}

fn paste(model: &mut Model, text: &str) {
    if !matches!(model.overlay, Overlay::None) || model.panel != Panel::Request {
        return;
    }
    model.composer.paste(text);
    edited(model);
}

/// Does what an action says; `None` where it means nothing here.
pub fn act(model: &mut Model, action: Action) -> Option<Vec<Cmd>> {
    if action == Action::Quit {
        return Some(vec![Cmd::Quit]);
    }
    if !matches!(model.overlay, Overlay::None) {
        return Some(act_on_overlay(model, action));
    }
    model.notice = None;
    match action {
        Action::Send => return Some(send::ask(model)),
        Action::Escape => return Some(escape(model)),
        Action::AskOthers => return Some(send::ask_others(model)),
        Action::SwitchServer => switch_server(model),
        Action::Lessons => model.overlay = Overlay::Lessons(Lessons::new(model.lab)),
        Action::Help => model.overlay = Overlay::Help(Help::default()),
        Action::Theme => switch_theme(model),
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
    let total = detail::lines(model, usize::from(inner.width)).len();
    let known = model.detail.act(action, total, usize::from(inner.height));
    if tabs {
        begin_detail(model);
    }
    known
}

/// Shows the beginning of the detail; after its tab or its subject changed.
pub fn begin_detail(model: &mut Model) {
    let inner = panel_inside(model, Panel::Detail);
    let lines = detail::lines(model, usize::from(inner.width));
    model.detail.offset = detail::home(&lines, model.detail.tab, usize::from(inner.height));
}

fn act_on_overlay(model: &mut Model, action: Action) -> Vec<Cmd> {
    let extent = help::extent(model);
    match (&mut model.overlay, action) {
        (_, Action::Dismiss) => model.overlay = Overlay::None,
        (Overlay::Help(open), _) => open.act(action, extent),
        (Overlay::Lessons(open), Action::Accept) => {
            let choice = open.choice();
            model.overlay = Overlay::None;
            open_lesson(model, choice);
        }
        (Overlay::Lessons(open), _) => open.act(action),
        (Overlay::Confirm(_), Action::Accept) => return send::agree(model),
        _ => {}
    }
    Vec::new()
}

/// Fills in a lesson's request; the runs before belong to another one.
fn open_lesson(model: &mut Model, choice: LabChoice) {
    model.lab = choice;
    if let Some(line) = choice.line() {
        model.composer.fill(&line);
    }
    model.outcome = None;
    model.detail = detail::Detail::default();
    model.trace = super::screens::trace::TracePanel::default();
    model.composer.stop = Stop::Url;
    go_to(model, Panel::Request);
    model.predict();
}

/// The lesson's next server. The request is filled in anew only where that server's page asks another.
fn switch_server(model: &mut Model) {
    let Some((lesson, before)) = model.lab.parts() else {
        model.notice = Some("There is no lesson open, so there is no other server.".to_owned());
        return;
    };
    let asked = lesson.request_to(before);
    model.lab.switch();
    if let Some((_, server)) = model.lab.parts() {
        model.notice = Some(format!(
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

fn switch_theme(model: &mut Model) {
    let name = match model.theme.name {
        ThemeName::Night => ThemeName::Day,
        ThemeName::Day => ThemeName::Night,
        ThemeName::Plain => ThemeName::Plain,
    };
    model.theme = Theme::new(name, model.colours);
}

/// Cancels the run under way, else leaves the form for the trace.
fn escape(model: &mut Model) -> Vec<Cmd> {
    if let Run::Sending(sending) = &model.run {
        let id = sending.id;
        model.run = Run::Idle;
        model.notice = Some("Cancelled; nothing was decided.".to_owned());
        return vec![Cmd::Cancel(id)];
    }
    match model.panel {
        Panel::Request | Panel::Detail => go_to(model, Panel::Trace),
        Panel::Trace => {}
    }
    Vec::new()
}

/// Moves to a panel.
pub fn go_to(model: &mut Model, panel: Panel) {
    let turned = model.panel != panel && !is_wide(model.size);
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

/// An event of a run; those of any other run than the one under way are too late to count.
fn run_event(model: &mut Model, id: u64, event: RunEvent) {
    let Run::Sending(sending) = &mut model.run else {
        return;
    };
    if sending.id != id {
        return;
    }
    match event {
        RunEvent::Started(now) => {
            sending.started = now;
            model.now = now;
        }
        RunEvent::Sending { kind, request } => {
            let own = match kind {
                crate::engine::ExchangeKind::Preflight => {
                    format!("OPTIONS {}", crate::diagnose::shown(&request.target()))
                }
                crate::engine::ExchangeKind::Actual => actual_line(kind, &request),
            };
            sending.requests.push(SentRequest {
                kind,
                line: own,
                waits_for: Some("waiting"),
            });
        }
        RunEvent::Waiting(what) => {
            if let Some(request) = sending.requests.last_mut() {
                request.waits_for = Some(what);
            }
        }
        RunEvent::Answered => {
            if let Some(request) = sending.requests.last_mut() {
                request.waits_for = None;
            }
        }
        RunEvent::Finished(case) => finish(model, *case),
    }
}

fn finish(model: &mut Model, case: crate::case::Case) {
    let Run::Sending(sending) = std::mem::replace(&mut model.run, Run::Idle) else {
        return;
    };
    let Sending { form, lab, .. } = *sending;
    let outcome = Outcome::new(case, form, lab);
    model.trace = super::screens::trace::TracePanel::default();
    model.trace.select_cause(&outcome);
    model.detail = detail::Detail::default();
    if outcome.asked_more() {
        model.detail.tab = detail::Tab::Engines;
    }
    model.outcome = Some(Box::new(outcome));
    reveal(model);
}
