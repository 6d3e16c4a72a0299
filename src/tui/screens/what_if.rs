//! What if: the run decided again under edits, shown instead of the real one, with undo and redo.
//!
//! The run as it was stays here; [`Outcome::real`] tells every part of the screen that what it shows is
//! not what happened.

use std::sync::Arc;

use crate::case::Case;
use crate::diagnose::shown;
use crate::engine::Engine;
use crate::session::{
    AnswerChange, Edit, HeaderRow, Place, Replay, RequestChange, RequestForm, Selector, WhatIf,
    replay,
};
use crate::tui::model::Model;
use crate::tui::outcome::Outcome;
use crate::tui::screens::debug::{begin_detail, reveal};
use crate::wire::{HttpRequest, latin1};

/// The real run and the edits under which it is shown.
#[derive(Clone, Debug)]
pub struct Imagined {
    /// The run as it was.
    pub real: Arc<Outcome>,
    /// The edits, in the order in which they are applied. Empty after a reset.
    pub edits: Vec<Edit>,
    /// What the browser would now ask and nobody knows the answer to.
    pub unasked: Option<Unasked>,
    past: Vec<Vec<Edit>>,
    future: Vec<Vec<Edit>>,
}

/// A request that an edit leads to and that was never sent.
#[derive(Clone, Debug, PartialEq)]
pub struct Unasked {
    /// Where its answer stands in the fetch.
    pub place: Place,
    /// The request.
    pub request: HttpRequest,
}

impl Imagined {
    /// Method and URL of what would be asked, safe to show.
    pub fn asks(&self) -> Option<String> {
        let request = &self.unasked.as_ref()?.request;
        let (method, url) = (shown(&request.method), shown(request.url.as_str()));
        Some(format!("{method} {url}"))
    }

    /// The edits as people write them, safe to show.
    pub fn told(&self) -> Vec<String> {
        let exchanges = &self.real.case.session.exchanges;
        let moved = moves(&self.edits);
        let told = |edit: &Edit| match edit {
            Edit::Answer(selector, change) => {
                let place = selector.place(exchanges, moved);
                Edit::Answer(Selector::of(place, exchanges, moved), change.clone()).to_string()
            }
            Edit::Request(_) => edit.to_string(),
        };
        self.edits.iter().map(|edit| shown(&told(edit))).collect()
    }
}

/// Whether the page asks another URL, so that recorded redirects are not its.
fn moves(edits: &[Edit]) -> bool {
    let is_url = |edit: &Edit| matches!(edit, Edit::Request(RequestChange::Url(_)));
    edits.iter().any(is_url)
}

/// The same edits, their answers named by place and not by what was recorded: they mean the same whatever
/// edits come before.
fn placed(edits: &[Edit], outcome: &Outcome) -> Vec<Edit> {
    let moved = moves(edits);
    let exchanges = &outcome.case.session.exchanges;
    let placed = |edit: &Edit| match edit {
        Edit::Answer(selector, change) => {
            let place = selector.place(exchanges, moved);
            Edit::Answer(absolute(place), change.clone())
        }
        Edit::Request(_) => edit.clone(),
    };
    edits.iter().map(placed).collect()
}

/// The selector that means a place in every fetch.
pub fn absolute(place: Place) -> Selector {
    match place.kind {
        crate::engine::ExchangeKind::Preflight => Selector::Preflight(place.hop + 1),
        crate::engine::ExchangeKind::Actual => Selector::Actual(place.hop + 1),
    }
}

/// Puts edits on top of those there are. They are meant for the outcome in view.
pub fn apply(model: &mut Model, edits: &[Edit]) {
    let Some(outcome) = &model.outcome else {
        return;
    };
    let edits = placed(edits, outcome);
    let imagined = model.what_if.get_or_insert_with(|| {
        Box::new(Imagined {
            real: Arc::new((**outcome).clone()),
            edits: Vec::new(),
            unasked: None,
            past: Vec::new(),
            future: Vec::new(),
        })
    });
    let mut all = imagined.edits.clone();
    all.extend(edits);
    imagined
        .past
        .push(std::mem::replace(&mut imagined.edits, all));
    imagined.future.clear();
    show(model);
}

/// The form that was sent, as edits of the request in force want it; `None` where none is.
pub fn asked(model: &Model) -> Option<RequestForm> {
    let imagined = model.what_if.as_ref()?;
    let mut form = imagined.real.form.clone();
    for edit in &imagined.edits {
        if let Edit::Request(change) = edit {
            ask(&mut form, change);
        }
    }
    (form != imagined.real.form).then_some(form)
}

fn ask(form: &mut RequestForm, change: &RequestChange) {
    let without = |form: &mut RequestForm, name: &str| {
        let other = |row: &HeaderRow| !row.enabled || !row.name.eq_ignore_ascii_case(name);
        form.headers.retain(other);
    };
    match change {
        RequestChange::SetHeader(name, value) => {
            without(form, name);
            form.headers.push(HeaderRow::new(name, latin1(value)));
        }
        RequestChange::AddHeader(name, value) => {
            form.headers.push(HeaderRow::new(name, latin1(value)));
        }
        RequestChange::RemoveHeader(name) => without(form, name),
        RequestChange::Method(method) => form.method.clone_from(method),
        RequestChange::Url(url) => form.url.clone_from(url),
        RequestChange::Credentials(credentials) => form.credentials = *credentials,
        RequestChange::Mode(mode) => form.mode = *mode,
        RequestChange::Redirect(redirect) => form.redirect = *redirect,
        // The form has no cache mode: it always asks the network.
        RequestChange::Cache(_) => {}
        RequestChange::NoBody => form.body = None,
        RequestChange::Page(url) => url.as_str().clone_into(&mut form.page.origin),
    }
}

/// One step back.
pub fn undo(model: &mut Model) {
    let Some(imagined) = &mut model.what_if else {
        return model.warn("There is nothing to undo: this is what really happened.");
    };
    let Some(before) = imagined.past.pop() else {
        return model.warn("There is nothing to undo.");
    };
    let undone = std::mem::replace(&mut imagined.edits, before);
    imagined.future.push(undone);
    show(model);
}

/// One step forward again.
pub fn redo(model: &mut Model) {
    let next = model.what_if.as_mut().and_then(|one| one.future.pop());
    let (Some(imagined), Some(next)) = (&mut model.what_if, next) else {
        return model.warn("There is nothing to redo.");
    };
    let before = std::mem::replace(&mut imagined.edits, next);
    imagined.past.push(before);
    show(model);
}

/// Back to what really happened; can be undone.
pub fn reset(model: &mut Model) {
    let Some(imagined) = model.what_if.as_mut().filter(|one| !one.edits.is_empty()) else {
        return model.warn("This is what really happened.");
    };
    let before = std::mem::take(&mut imagined.edits);
    imagined.past.push(before);
    imagined.future.clear();
    show(model);
}

/// Assumes a plain answer to what would be asked, or says that nothing would.
pub fn assume(model: &mut Model) {
    let unasked = model.what_if.as_ref().and_then(|one| one.unasked.clone());
    let Some(unasked) = unasked else {
        return model.warn("No answer is missing.");
    };
    let status = match unasked.place.kind {
        crate::engine::ExchangeKind::Preflight => 204,
        crate::engine::ExchangeKind::Actual => 200,
    };
    let edit = Edit::Answer(absolute(unasked.place), AnswerChange::Status(status));
    apply(model, &[edit]);
}

/// After the real run got to know more: the same edits over it.
pub fn rebase(model: &mut Model, real: Outcome) {
    if let Some(imagined) = &mut model.what_if {
        imagined.real = Arc::new(real);
        show(model);
    }
}

/// Decides anew under the edits and brings it on the screen.
fn show(model: &mut Model) {
    let Some(imagined) = &mut model.what_if else {
        return;
    };
    imagined.unasked = None;
    let real = &imagined.real;
    if imagined.edits.is_empty() {
        model.outcome = Some(Box::new((**real).clone()));
    } else {
        let session = &real.case.session;
        let edited = WhatIf::new(session, &imagined.edits).session(Engine::ALL);
        match replay(&edited, edited.engine()) {
            Replay::Decided(finished) => {
                let case = Case::new(edited, *finished);
                let mut outcome = Outcome::new(case, real.form.clone(), real.lab);
                outcome.real = Some(Arc::clone(real));
                model.outcome = Some(Box::new(outcome));
            }
            // Nothing can be said; the real run stays in view, and the verdict bar says what is missing.
            Replay::NeedsAnswer(pending) => {
                imagined.unasked = Some(Unasked {
                    place: Place::of_pending(&pending),
                    request: pending.request().clone(),
                });
                let mut outcome = (**real).clone();
                outcome.real = Some(Arc::clone(real));
                model.outcome = Some(Box::new(outcome));
            }
        }
    }
    if let Some(outcome) = &model.outcome {
        model.trace.select_cause(outcome);
    }
    reveal(model);
    begin_detail(model);
}
