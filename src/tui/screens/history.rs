//! The runs that were kept: the list, and what is done with a run.
//!
//! The list never holds more than a window of the runs; the runtime reads them from the database. How it
//! looks is in [`history_view`](super::history_view).

use ratatui::layout::Position;

use super::history_view::list_area;
use super::lessons::LabChoice;
use super::trace::TracePanel;
use super::{Screen, compare, detail, send};
use crate::case::Case;
use crate::diagnose::shown;
use crate::history::{Deleted, Entry};
use crate::report::Comparison;
use crate::session::{Line as RequestLine, write_line};
use crate::tui::action::{Action, Place};
use crate::tui::message::Cmd;
use crate::tui::model::{Model, Panel};
use crate::tui::outcome::Outcome;
use crate::tui::screens::debug::reveal;
use crate::tui::widgets::field::{Lines, TextField};

/// How many runs are asked for at once: more than any screen has rows.
const WINDOW: usize = 256;

/// What the runtime does with the history.
#[derive(Clone, Debug)]
pub enum HistoryOrder {
    /// Keep a run; with the lab's server that answered, as `lesson/server`.
    Keep(Box<Case>, Option<String>),
    /// Tell a window of the runs that a filter finds.
    List {
        /// The words that a run must hold.
        filter: String,
        /// How many runs are left out, the newest first.
        skip: usize,
        /// How many are told.
        most: usize,
    },
    /// Decide a run again; then send its request, if so wished.
    Open(i64, bool),
    /// Set two runs side by side.
    Compare(i64, i64),
    /// Give a run a name, or take it away.
    Name(i64, Option<String>),
    /// Delete a run.
    Delete(i64),
    /// Take a change back.
    TakeBack(Change),
}

/// What can be taken back.
#[derive(Clone, Debug)]
pub enum Change {
    /// A run was deleted.
    Deleted(Box<Deleted>),
    /// A run got another name.
    Named {
        /// Its id.
        id: i64,
        /// The name that it had, if any.
        before: Option<String>,
    },
}

/// What the runtime tells of the history.
#[derive(Clone, Debug)]
pub enum HistoryEvent {
    /// A window of the runs.
    Listed {
        /// The filter that was asked with.
        filter: String,
        /// How many runs it finds.
        total: usize,
        /// How many were left out.
        skip: usize,
        /// The runs.
        entries: Vec<Entry>,
    },
    /// A run, decided again.
    Opened {
        /// As listed.
        entry: Box<Entry>,
        /// What it comes to.
        case: Box<Case>,
        /// Whether its request is to be sent.
        send: bool,
    },
    /// Two runs side by side.
    Compared([String; 2], Box<Comparison>),
    /// A run got another name, or lost it.
    Named {
        /// Its id.
        id: i64,
        /// The name that it had, if any.
        before: Option<String>,
    },
    /// A run was deleted.
    Deleted(Box<Deleted>, i64),
    /// A change was taken back.
    TakenBack,
    /// Something did not work.
    Failed(String),
}

/// The screen.
#[derive(Clone, Debug)]
pub struct Runs {
    /// What a run must hold.
    pub filter: TextField,
    /// Whether what is typed goes into the filter.
    pub typing: bool,
    /// How many runs the filter finds; `None` until it is known.
    pub total: Option<usize>,
    /// The place of the selected one.
    pub selected: usize,
    /// The place of the first in view.
    pub offset: usize,
    /// The place of the first that is held.
    skip: usize,
    /// Those that are held.
    entries: Vec<Entry>,
    /// Marked to be compared, at most two.
    pub marked: Vec<i64>,
    /// The run that gets a name, while it is typed.
    pub naming: Option<Naming>,
    /// What was changed, the last at the end.
    changed: Vec<Change>,
}

/// A run that gets a name.
#[derive(Clone, Debug)]
pub struct Naming {
    /// Its id.
    pub id: i64,
    /// The name.
    pub field: TextField,
}

impl Default for Runs {
    fn default() -> Self {
        Self {
            filter: TextField::new("", Lines::One),
            typing: false,
            total: None,
            selected: 0,
            offset: 0,
            skip: 0,
            entries: Vec::new(),
            marked: Vec::new(),
            naming: None,
            changed: Vec::new(),
        }
    }
}

impl Runs {
    /// The run at a place, if it is held.
    pub fn at(&self, place: usize) -> Option<&Entry> {
        self.entries.get(place.checked_sub(self.skip)?)
    }

    /// The selected run.
    pub fn entry(&self) -> Option<&Entry> {
        self.at(self.selected)
    }

    fn list(&self, skip: usize) -> Cmd {
        Cmd::History(HistoryOrder::List {
            filter: self.filter.text(),
            skip,
            most: WINDOW,
        })
    }

    /// Selects a place and keeps it in view; asks for what is not held.
    fn select(&mut self, place: usize, height: usize) -> Vec<Cmd> {
        let last = self.total.unwrap_or_default().saturating_sub(1);
        self.selected = place.min(last);
        self.offset = self
            .offset
            .min(self.selected)
            .max((self.selected + 1).saturating_sub(height.max(1)));
        let end = (self.offset + height).min(last + 1);
        let held = self.skip..self.skip + self.entries.len();
        if self.total.unwrap_or_default() == 0 || held.contains(&self.offset) && end <= held.end {
            return Vec::new();
        }
        vec![self.list((self.offset + height / 2).saturating_sub(WINDOW / 2))]
    }
}

/// The places of the key table that count.
pub fn places(model: &Model) -> Vec<Place> {
    match (&model.history.naming, model.history.typing) {
        (Some(_), _) => vec![Place::RunName, Place::Text],
        (None, true) => vec![Place::Filter, Place::Text],
        (None, false) => vec![Place::History],
    }
}

/// Whether what is typed goes into a field of the screen.
pub fn takes_text(model: &Model) -> bool {
    model.screen == Screen::History && (model.history.typing || model.history.naming.is_some())
}

/// Lets the field that takes text take it.
pub fn type_into(model: &mut Model, put: impl FnOnce(&mut TextField)) -> Vec<Cmd> {
    match &mut model.history.naming {
        Some(naming) => {
            put(&mut naming.field);
            Vec::new()
        }
        None => {
            put(&mut model.history.filter);
            filtered(model)
        }
    }
}

/// Opens the screen, with the runs as they are now.
pub fn open(model: &mut Model) -> Vec<Cmd> {
    model.screen = Screen::History;
    model.history.naming = None;
    let runs = &model.history;
    vec![runs.list(runs.skip)]
}

/// Keeps the run that came to its end.
pub fn keep(outcome: &Outcome) -> Cmd {
    let lab = outcome.lab.and_then(|id| LabChoice::of(id).name());
    Cmd::History(HistoryOrder::Keep(Box::new(outcome.case.clone()), lab))
}

/// The filter is another one.
pub fn filtered(model: &mut Model) -> Vec<Cmd> {
    model.history.selected = 0;
    model.history.offset = 0;
    vec![model.history.list(0)]
}

/// Does what an action says; `None` where it means nothing here.
pub fn act(model: &mut Model, action: Action) -> Option<Vec<Cmd>> {
    if let Some(naming) = model.history.naming.take() {
        return act_on_name(model, naming, action);
    }
    if model.history.typing {
        match action {
            Action::Accept => model.history.typing = false,
            Action::Dismiss => {
                model.history.typing = false;
                model.history.filter.replace("");
                return Some(filtered(model));
            }
            _ => {
                let edited = model.history.filter.edit(action);
                return edited.then(|| filtered(model));
            }
        }
        return Some(Vec::new());
    }
    let height = usize::from(list_area(model).height);
    let runs = &mut model.history;
    let (page, at) = (height.saturating_sub(1).max(1), runs.selected);
    let selected = runs.entry().map(|entry| entry.id);
    let place = match action {
        Action::Up => at.saturating_sub(1),
        Action::Down => at + 1,
        Action::PageUp => at.saturating_sub(page),
        Action::PageDown => at + page,
        Action::Top => 0,
        Action::Bottom => usize::MAX,
        Action::Dismiss if runs.filter.is_empty() => {
            model.screen = Screen::Debug;
            return Some(Vec::new());
        }
        Action::Dismiss => {
            runs.filter.replace("");
            return Some(filtered(model));
        }
        Action::Search => {
            runs.typing = true;
            return Some(Vec::new());
        }
        Action::Undo => {
            let Some(change) = runs.changed.pop() else {
                model.warn("Nothing was deleted or named.");
                return Some(Vec::new());
            };
            let order = HistoryOrder::TakeBack(change);
            return Some(vec![Cmd::History(order)]);
        }
        Action::NameRun => {
            runs.naming = runs.entry().map(|entry| Naming {
                id: entry.id,
                field: TextField::new(entry.record.name.as_deref().unwrap_or_default(), Lines::One),
            });
            return Some(Vec::new());
        }
        Action::Compare => return Some(compare_marked(model)),
        Action::Accept | Action::Send | Action::Delete | Action::Mark => {
            let Some(id) = selected else {
                return Some(Vec::new());
            };
            let order = match action {
                Action::Accept => HistoryOrder::Open(id, false),
                Action::Send => HistoryOrder::Open(id, true),
                Action::Delete => HistoryOrder::Delete(id),
                _ => {
                    mark(runs, id);
                    return Some(runs.select(at + 1, height));
                }
            };
            return Some(vec![Cmd::History(order)]);
        }
        _ => return None,
    };
    Some(runs.select(place, height))
}

/// Does what an action says while a run gets a name; `None` where it means nothing there.
fn act_on_name(model: &mut Model, mut naming: Naming, action: Action) -> Option<Vec<Cmd>> {
    match action {
        Action::Accept => {
            let name = naming.field.text().trim().to_owned();
            let name = (!name.is_empty()).then_some(name);
            let runs = model.history.entries.iter();
            let mut known = runs.filter(|entry| entry.id == naming.id);
            if known.any(|entry| entry.record.name == name) {
                return Some(Vec::new());
            }
            Some(vec![Cmd::History(HistoryOrder::Name(naming.id, name))])
        }
        Action::Dismiss => Some(Vec::new()),
        _ => {
            let edited = naming.field.edit(action);
            model.history.naming = Some(naming);
            edited.then(Vec::new)
        }
    }
}

/// Marks a run or takes the mark away. Of three, the oldest mark goes.
fn mark(runs: &mut Runs, id: i64) {
    match runs.marked.iter().position(|marked| *marked == id) {
        Some(at) => drop(runs.marked.remove(at)),
        None => {
            runs.marked.push(id);
            if runs.marked.len() > 2 {
                runs.marked.remove(0);
            }
        }
    }
}

/// Compares the two that are marked, or the marked one with the selected one; the older on the left.
fn compare_marked(model: &mut Model) -> Vec<Cmd> {
    let runs = &model.history;
    let selected = runs.entry().map(|entry| entry.id);
    let pair = match (runs.marked.as_slice(), selected) {
        ([one, other], _) => Some((*one, *other)),
        ([one], Some(selected)) if *one != selected => Some((*one, selected)),
        _ => None,
    };
    let Some((one, other)) = pair else {
        model.warn("Mark a run, then select another one to compare it with.");
        return Vec::new();
    };
    vec![Cmd::History(HistoryOrder::Compare(
        one.min(other),
        one.max(other),
    ))]
}

/// Takes what the runtime tells.
pub fn take(model: &mut Model, event: HistoryEvent) -> Vec<Cmd> {
    let height = usize::from(list_area(model).height);
    let runs = &mut model.history;
    match event {
        HistoryEvent::Listed {
            filter,
            total,
            skip,
            entries,
        } => {
            if filter != runs.filter.text() {
                return Vec::new();
            }
            (runs.total, runs.skip, runs.entries) = (Some(total), skip, entries);
            return runs.select(runs.selected, height);
        }
        HistoryEvent::Opened { entry, case, send } => return opened(model, &entry, *case, send),
        HistoryEvent::Compared(titles, comparison) => compare::open(model, titles, *comparison),
        HistoryEvent::Deleted(deleted, id) => {
            runs.marked.retain(|marked| *marked != id);
            runs.changed.push(Change::Deleted(deleted));
            let list = runs.list(runs.skip);
            let key = undo_key(model);
            model.say(format!("Deleted run {id}. {key} puts it back."));
            return vec![list];
        }
        HistoryEvent::Named { id, before } => {
            runs.changed.push(Change::Named { id, before });
            let list = runs.list(runs.skip);
            let key = undo_key(model);
            model.say(format!("Named run {id}. {key} takes it back."));
            return vec![list];
        }
        HistoryEvent::TakenBack => return vec![runs.list(runs.skip)],
        HistoryEvent::Failed(why) => model.warn(why),
    }
    Vec::new()
}

fn undo_key(model: &Model) -> String {
    let key = model.keymap.key_for(&[Place::History], Action::Undo);
    key.map(|key| key.to_string()).unwrap_or_default()
}

/// Shows a run as if it had just come to its end; with its request in the form.
fn opened(model: &mut Model, entry: &Entry, case: Case, send: bool) -> Vec<Cmd> {
    let session = &case.session;
    let permission = session.browser.local_network;
    let line = write_line(
        &session.page,
        &session.request,
        session.engine(),
        permission,
    );
    let Ok(line) = RequestLine::from_value(line) else {
        model.warn(format!(
            "Run {} has a request that no form can hold.",
            entry.id
        ));
        return Vec::new();
    };
    model.lab = LabChoice::named(entry.record.lab.as_deref());
    model.composer.fill(&line);
    model.screen = Screen::Debug;
    model.predict();
    let missing = session.missing_secrets();
    let outcome = Outcome::new(case, model.composer.form(), model.lab.chosen());
    model.trace = TracePanel::default();
    model.trace.select_cause(&outcome);
    model.detail = detail::Detail::default();
    model.search = None;
    model.outcome = Some(Box::new(outcome));
    model.panel = Panel::Trace;
    reveal(model);
    match (send, missing.as_slice()) {
        (true, []) => return send::ask(model),
        (false, []) => model.say(format!("Run {} of {}.", entry.id, entry.when)),
        (_, missing) => {
            let missing = missing.join(", ");
            model.warn(format!(
                "Run {} was kept without its secrets. Fill in before you send: {}.",
                entry.id,
                shown(&missing)
            ));
        }
    }
    Vec::new()
}

/// Takes a click: it selects the run under it.
pub fn click(model: &mut Model, position: Position) -> Vec<Cmd> {
    let area = list_area(model);
    if !area.contains(position) {
        return Vec::new();
    }
    let place = model.history.offset + usize::from(position.y - area.y);
    match place < model.history.total.unwrap_or_default() {
        true => model.history.select(place, usize::from(area.height)),
        false => Vec::new(),
    }
}
