//! What happens to the model: [`Msg`] in, [`Cmd`] out. This file routes; the logic of each screen and
//! overlay is in its file.

use crossterm::event::KeyEvent;

use super::action::Action;
use super::message::{Cmd, FollowUp, Msg, RunEvent, Viewer};
use super::model::{Model, Overlay, Panel, Run, Sending, SentRequest};
use super::mouse;
use super::outcome::Outcome;
use super::screens::browser::{self, Held};
use super::screens::composer::Composer;
use super::screens::debug::{edited, resettle, reveal};
use super::screens::imported::Notes;
use super::screens::prediction::actual_line;
use super::screens::{
    Screen, copy, detail, editor, export, glossary, help, history, imported, lessons, palette,
    requests, search, send, stacks, themes, what_if,
};
use super::widgets::field::TextField;
use crate::engine::Document;
use crate::import::since_then;

/// Takes one message.
pub fn update(model: &mut Model, msg: Msg) -> Vec<Cmd> {
    let commands = take(model, msg);
    detail::lay(model);
    commands
}

fn take(model: &mut Model, msg: Msg) -> Vec<Cmd> {
    match msg {
        Msg::Key(key) => press(model, key),
        Msg::Mouse(event) => mouse::update(model, event),
        Msg::Paste(text) => paste(model, &text),
        Msg::Resize(size) => {
            model.size = size;
            resettle(model);
            Vec::new()
        }
        Msg::Said(said) => {
            match said {
                Ok(text) => model.say(text),
                Err(text) => model.warn(text),
            }
            Vec::new()
        }
        Msg::Background(light) => {
            themes::background(model, light);
            Vec::new()
        }
        Msg::Tick(now) => {
            model.now = now;
            model.toasts.tick(now);
            Vec::new()
        }
        Msg::NotSuspended => {
            model.warn("corscope was not started by a shell that could wake it again.");
            Vec::new()
        }
        Msg::Run(id, event) => run_event(model, id, event),
        Msg::History(event) => history::take(model, event),
        Msg::Requests(event) => {
            requests::take(model, event);
            Vec::new()
        }
        Msg::Taken(file) => {
            export::taken(model, file);
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
    type_into(
        model,
        |field| field.input(key),
        |composer| composer.input(key),
    )
}

fn paste(model: &mut Model, text: &str) -> Vec<Cmd> {
    if imported::paste(model, text) {
        edited(model);
        return Vec::new();
    }
    type_into(
        model,
        |field| field.paste(text),
        |composer| composer.paste(text),
    )
}

/// Lets whatever takes text where the focus is take it.
fn type_into(
    model: &mut Model,
    field: impl FnOnce(&mut TextField),
    composer: impl FnOnce(&mut Composer),
) -> Vec<Cmd> {
    let (searching, on_runs) = (model.is_searching(), history::takes_text(model));
    match &mut model.overlay {
        Overlay::Palette(palette) => {
            field(&mut palette.field);
            palette.selected = 0;
        }
        Overlay::WhatIf(editor) => field(&mut editor.field),
        Overlay::Requests(open) => {
            field(&mut open.field);
            requests::typed(open);
        }
        Overlay::Export(taken) => field(&mut taken.field),
        Overlay::Stacks(open) => {
            field(&mut open.field);
            open.chosen = 0;
        }
        Overlay::Glossary(glossary) if glossary.takes_text() => {
            field(&mut glossary.field);
            glossary.chosen = 0;
        }
        Overlay::Confirm(_)
        | Overlay::Browser(_)
        | Overlay::Glossary(_)
        | Overlay::Imported(_)
        | Overlay::Themes(_)
        | Overlay::Copy(_) => {}
        Overlay::None if searching => {
            if let Some(search) = &mut model.search {
                field(&mut search.field);
            }
            search::typed(model);
        }
        Overlay::None if model.screen == Screen::Debug && model.panel == Panel::Request => {
            composer(&mut model.composer);
            edited(model);
        }
        Overlay::None if on_runs => return history::type_into(model, field),
        Overlay::None => {}
    }
    Vec::new()
}

/// Does what an action says; `None` where it means nothing here.
pub fn act(model: &mut Model, action: Action) -> Option<Vec<Cmd>> {
    match action {
        Action::Quit => return Some(vec![Cmd::Quit]),
        Action::Suspend => return Some(vec![Cmd::Suspend]),
        _ => {}
    }
    if !matches!(model.overlay, Overlay::None) {
        return Some(act_on_overlay(model, action));
    }
    match action {
        Action::Lessons => lessons::open(model),
        Action::Help => help::open(model),
        Action::History => return Some(history::open(model)),
        Action::Requests => return Some(requests::open(model)),
        Action::Save => return Some(requests::save(model)),
        Action::Theme => themes::open(model),
        Action::Copy => copy::open(model),
        Action::WriteMarkdown => return Some(export::begin(model, false)),
        Action::WriteHtml => return Some(export::begin(model, true)),
        Action::View => return Some(view(model, Viewer::Pager)),
        Action::Edit => return Some(view(model, Viewer::Editor)),
        Action::OpenStandard => return Some(open_page(model, false)),
        Action::OpenMdn => return Some(open_page(model, true)),
        Action::Browser => model.overlay = Overlay::Browser(Held::default()),
        Action::Palette => palette::open(model),
        Action::Glossary => glossary::open(model),
        _ => {
            let screen = model.screen;
            let done = screen.act(model, action);
            if done.is_some() || screen == Screen::Debug {
                return done;
            }
            // What means nothing on this screen may mean something on the first.
            model.screen = Screen::Debug;
            let done = Screen::Debug.act(model, action);
            if done.is_none() {
                model.screen = screen;
            }
            return done;
        }
    }
    Some(Vec::new())
}

fn view(model: &mut Model, viewer: Viewer) -> Vec<Cmd> {
    match copy::sheet(model) {
        Some(sheet) => vec![Cmd::View(sheet, viewer)],
        None => {
            model.warn("There is nothing to show yet: nothing was sent.");
            Vec::new()
        }
    }
}

fn open_page(model: &mut Model, mdn: bool) -> Vec<Cmd> {
    match copy::link(model, mdn) {
        Some(url) => vec![Cmd::Open(url)],
        None => {
            model.warn("There is no page about this.");
            Vec::new()
        }
    }
}

fn act_on_overlay(model: &mut Model, action: Action) -> Vec<Cmd> {
    if let Overlay::Browser(held) = model.overlay
        && action != Action::Dismiss
    {
        model.overlay = Overlay::Browser(browser::act(model, held, action));
        return Vec::new();
    }
    let extent = imported::extent(model);
    match (&mut model.overlay, action) {
        (Overlay::Themes(_), _) => return themes::act(model, action),
        (Overlay::Copy(_), _) => return copy::act(model, action),
        (Overlay::Requests(_), _) => return requests::act(model, action),
        (Overlay::Palette(_), _) => return palette::act(model, action),
        (Overlay::WhatIf(_), _) => editor::act(model, action),
        (Overlay::Glossary(_), _) => glossary::act(model, action),
        (Overlay::Stacks(_), _) => stacks::act(model, action),
        (Overlay::Export(_), _) => return export::act(model, action),
        (_, Action::Dismiss) => model.overlay = Overlay::None,
        (Overlay::Confirm(_), Action::Accept) => return send::agree(model),
        (Overlay::Imported(notes), _) if Notes::scrolls(action) => notes.act(action, extent),
        (Overlay::Imported(_), _) => {
            // Notes to read keep nothing from being done.
            model.overlay = Overlay::None;
            return act(model, action).unwrap_or_default();
        }
        _ => {}
    }
    Vec::new()
}

/// An event of a run; those of any other run than the one under way are too late to count.
fn run_event(model: &mut Model, id: u64, event: RunEvent) -> Vec<Cmd> {
    let Run::Sending(sending) = &mut model.run else {
        return Vec::new();
    };
    if sending.id != id {
        return Vec::new();
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
        RunEvent::Finished(case) => return finish(model, *case),
        RunEvent::Left(mut browser) => {
            // The next run is of the page loaded anew.
            browser.document = Document::default();
            model.composer.kept = Some(browser);
            model.predict();
        }
    }
    Vec::new()
}

fn finish(model: &mut Model, case: crate::case::Case) -> Vec<Cmd> {
    let Run::Sending(sending) = std::mem::replace(&mut model.run, Run::Idle) else {
        return Vec::new();
    };
    let Sending {
        form, lab, follows, ..
    } = *sending;
    let outcome = Outcome::new(case, form, lab);
    model.search = None;
    if let Some(what) = follows
        && model
            .what_if
            .as_ref()
            .is_some_and(|one| !one.edits.is_empty())
    {
        // The edits stay; what is known under them is more now.
        if what != FollowUp::Behind {
            model.say("What the network said is under the what-if now.");
        }
        what_if::rebase(model, outcome);
        return Vec::new();
    }
    model.what_if = None;
    model.trace.begin();
    model.trace.select_cause(&outcome);
    model.detail = detail::Detail::default();
    if let Some(line) = &model.composer.console {
        let told = since_then(line, &outcome.case.finished.verdict);
        model.say(crate::diagnose::shown(&told));
    }
    if follows == Some(FollowUp::Others) {
        model.detail.tab = detail::Tab::Engines;
    }
    // A run that was only completed is kept already.
    let kept = follows.is_none().then(|| history::keep(&outcome));
    model.outcome = Some(Box::new(outcome));
    reveal(model);
    kept.into_iter().collect()
}
