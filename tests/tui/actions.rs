//! Every row of the key table: where it counts, and what each of its keys must have done there.

use corscope::engine::{Mode, Verdict};
use corscope::history::{Listed, list};
use corscope::session::HeaderRow;
use corscope::tui::{
    Action, Binding, Cmd, Export, FollowUp, HistoryEvent, HistoryOrder, Keymap, Msg, Overlay,
    Panel, Place, RequestsEvent, RequestsOrder, Row, Screen, Stop, Tab, TraceView, Viewer, regions,
};
use corscope::wire::HeaderList;

use super::app::{App, form, reply};
use super::browser::{held, used};
use super::history::{serve, two_runs};
use super::update::table_key;

const PAGE: &str = "https://app.example";
const API: &str = "https://api.example/one";

/// What must hold of a state and of the one after the key.
type Check = fn(&App, &App) -> bool;

#[test]
fn every_key_of_the_table_does_what_its_row_says() {
    let rows = Keymap::default();
    let wrong: Vec<String> = rows.rows().iter().flat_map(wrong_keys).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

/// What is wrong with the keys of a row.
fn wrong_keys(row: &Binding) -> Vec<String> {
    let (place, action) = (row.place, row.action);
    let name = format!("{}.{}", place.name(), action.name());
    let Some(check) = effect(place, action) else {
        return vec![format!("{name}: say here what it must have done")];
    };
    let before = moment(place, action);
    if !before.model.places().contains(&place) {
        let screen = before.screen();
        return vec![format!("{name} does not count in its moment:\n{screen}")];
    }
    let keys = row.keys.iter().map(ToString::to_string);
    keys.filter_map(|key| {
        let mut after = before.clone();
        after.keys(&table_key(&key));
        let (was, is) = (before.screen(), after.screen());
        (!check(&before, &after)).then(|| format!("{name}: {key} did not do it:\n{was}\n{is}"))
    })
    .collect()
}

/// A PUT whose preflight is answered without a permission; the trace has the keys.
fn blocked(width: u16, height: u16) -> App {
    let mut form = form(PAGE, "PUT", API);
    form.headers = vec![HeaderRow::new("X-Key", "1")];
    let mut app = App::with(width, height, form);
    let headers = HeaderList::from_iter([("Server", "nginx/1.22.1"), ("Via", "1.1 cache")]);
    app.keys("f5 y").answer(Ok(reply(204, headers, b"")));
    app
}

/// A form with the focus on one of its stops.
fn at(stop: Stop) -> App {
    let mut app = App::with(80, 24, form(PAGE, "GET", API));
    app.model.composer.stop = stop;
    app
}

/// Six runs of a lesson in the history, the third selected.
fn runs(keys: &str) -> App {
    let (mut app, mut history, _folder) = two_runs(80, 18);
    app.keys("esc");
    for _ in 0..4 {
        app.keys("f5").play();
    }
    serve(&mut app, &mut history);
    app.keys("f12");
    serve(&mut app, &mut history);
    app.keys("down down").keys(keys);
    serve(&mut app, &mut history);
    app
}

/// The requests of a folder with three of them.
fn requests() -> App {
    let folder = tempfile::tempdir().unwrap();
    for name in ["a", "b", "c"] {
        let file = folder.path().join(format!("{name}.corscope.toml"));
        std::fs::write(file, format!("[request]\nurl = \"{API}\"\n")).unwrap();
    }
    let listed: Vec<Listed> = list(folder.path()).unwrap();
    let mut app = App::with(80, 24, form(PAGE, "GET", API));
    app.keys("ctrl-o")
        .send(Msg::Requests(RequestsEvent::Listed(listed)));
    app.commands.clear();
    app.keys("down");
    app
}

/// A list in its middle, where one can go both ways.
fn middle(mut app: App, keys: &str) -> App {
    app.keys(keys);
    app
}

/// A state whose keys have asked for something already.
fn unasked(mut app: App, keys: &str) -> App {
    app.keys(keys).commands.clear();
    app
}

/// A state in which a row counts and can do something.
fn moment(place: Place, action: Action) -> App {
    let mut app = match place {
        Place::Url | Place::Text => at(Stop::Url),
        Place::Method | Place::Composer => at(Stop::Method),
        Place::Choice => at(Stop::Mode),
        Place::AddHeader => at(Stop::AddHeader),
        Place::Header => middle(at(Stop::Url), "f6 type:X-A:_1"),
        Place::Trace => middle(blocked(120, 40), "alt-2"),
        Place::Detail => middle(blocked(120, 40), "alt-2 g alt-3"),
        Place::Fix => middle(blocked(120, 40), "alt-3 right"),
        Place::Panel => middle(blocked(120, 24), "alt-2"),
        Place::Found => middle(blocked(120, 40), "alt-2 / type:preflight enter"),
        Place::Search => middle(blocked(120, 40), "alt-2 / type:preflight"),
        Place::Palette => middle(blocked(80, 24), "ctrl-k"),
        Place::WhatIf => middle(blocked(80, 24), "w up"),
        Place::Glossary => middle(blocked(80, 24), "t"),
        Place::Term => middle(blocked(80, 18), "t type:preflight enter"),
        Place::Lessons => middle(App::lab(80, 24), "f2 down down"),
        Place::History => runs(""),
        Place::Filter => runs("/ type:prices"),
        Place::RunName => runs("n type:mine"),
        Place::Compare => runs("end space home space c"),
        Place::Confirm => middle(App::with(80, 24, form(PAGE, "DELETE", API)), "f5"),
        Place::Requests => requests(),
        Place::Name => middle(unasked(at(Stop::Url), "alt-s"), "type:mine"),
        Place::Themes => middle(App::lab(80, 24), "f9 down"),
        Place::Copy => middle(blocked(80, 40), "y down"),
        Place::Stacks => middle(blocked(80, 24), "alt-3 right enter"),
        Place::Export => at(Stop::Url),
        Place::Browser => middle(used(60, 12), "f10"),
        Place::Help => middle(App::lab(80, 24), "f1 pagedown"),
        Place::Anywhere => middle(App::lab(120, 40), "f5"),
        Place::Always => App::lab(80, 24),
    };
    match (place, action) {
        (Place::Export, _) => {
            app.send(Msg::Taken(Export {
                path: "corscope-api.example.md".into(),
                bytes: b"# Report".to_vec(),
                over: false,
            }));
        }
        (Place::Anywhere, Action::AskOthers) => {
            let mut hinted = form(PAGE, "GET", API);
            hinted.headers = vec![HeaderRow::new("Save-Data", "on")];
            app = App::with(120, 40, hinted);
            let allow = HeaderList::from_iter([("Access-Control-Allow-Origin", "*")]);
            app.keys("f5").answer(Ok(reply(200, allow, b"[]")));
        }
        // Of a run that is over; and with a field that takes text.
        (Place::Anywhere, Action::Escape | Action::FocusTrace) => {
            app.play().keys("alt-1");
        }
        (Place::Anywhere, _) => {
            app.play().keys("alt-1 up");
        }
        (Place::Method, Action::Complete) => {
            app.keys("ctrl-u type:pu");
        }
        (Place::Text, Action::Undo) => {
            app.keys("type:z");
        }
        (Place::Text, Action::Redo) => {
            app.keys("type:z alt-z");
        }
        (Place::Text, Action::WordRight | Action::EraseToEnd) => {
            app.keys("home");
        }
        (Place::Composer, Action::PageUp) => {
            app.keys("pagedown");
        }
        (Place::Trace, Action::Cause | Action::NextProblem) => {
            app.keys("g");
        }
        (Place::Trace, Action::PreviousProblem) => {
            app.keys("G");
        }
        (Place::Detail, Action::PreviousProblem) => {
            app.keys("alt-2 G alt-3");
        }
        // A star for a page with credentials: the server names the page, or the page asks without.
        (Place::Fix, Action::OtherFix) => {
            app = App::lab(120, 40);
            app.keys("f2 down down down down enter f5").play();
            app.keys("alt-3 right");
        }
        (Place::Panel, Action::UndoEdit | Action::ResetEdits) => {
            app.keys("f");
        }
        (Place::Panel, Action::RedoEdit) => {
            app.keys("f u");
        }
        (Place::Panel, Action::AssumeAnswer) => {
            for line in ["Origin:_*", "Methods:_PUT", "Headers:_X-Key"] {
                app.keys(&format!(
                    "w G ctrl-u type:Access-Control-Allow-{line} enter"
                ));
            }
        }
        (Place::Panel, Action::Up | Action::PageUp) => {
            app.keys("G");
        }
        (Place::Panel, Action::Down | Action::PageDown) => {
            app.keys("g");
        }
        (Place::Panel, Action::Top | Action::Bottom) => {
            app.keys("g j j");
        }
        (Place::Panel, Action::FocusTrace) => {
            app.keys("alt-3");
        }
        (Place::Palette, Action::Accept) => {
            app.keys("type:zoom");
        }
        (Place::Palette | Place::Glossary | Place::Stacks, Action::Up | Action::PageUp) => {
            app.keys("pagedown");
        }
        (Place::WhatIf, Action::Accept) => {
            app.keys("type:x");
        }
        (Place::Term, Action::Down) => {
            app.resize(80, 40);
        }
        (Place::Term, Action::Up) => {
            app.resize(80, 40).keys("tab");
        }
        (Place::Lessons, Action::PageDown) => {
            app.keys("up right");
        }
        (Place::Lessons, Action::PageUp) => {
            app.keys("up right pagedown");
        }
        (Place::Term, Action::PageUp) => {
            app.keys("down");
        }
        (Place::History, Action::Compare) => {
            app.keys("space");
        }
        (Place::History, Action::Undo) => {
            let (id, before) = (1, Some("before".to_owned()));
            app.send(Msg::History(HistoryEvent::Named { id, before }));
            app.commands.clear();
        }
        (Place::Compare, Action::Up | Action::PageUp | Action::PreviousProblem) => {
            app.keys("end");
        }
        (Place::Compare, Action::Top) => {
            app.keys("down");
        }
        (Place::Browser, Action::Up | Action::Top) => {
            app.keys("down down");
        }
        (Place::Browser, Action::PageUp) => {
            app.keys("pagedown");
        }
        _ => {}
    }
    app
}

/// How far down the selection or the view of a list is.
fn far(app: &App) -> usize {
    let model = &app.model;
    match &model.overlay {
        Overlay::None => match (model.screen, model.panel) {
            (Screen::Debug, Panel::Request) => model.composer.offset,
            (Screen::Debug, Panel::Trace) => model.trace.selected,
            (Screen::Debug, Panel::Detail) => model.detail.offset,
            (Screen::History, _) => model.history.selected,
            (Screen::Compare, _) => model.comparison.as_ref().unwrap().offset,
            (Screen::Lessons, _) => model.lessons.id.lesson,
            (Screen::Help, _) => model.help.offset,
        },
        Overlay::Palette(palette) => palette.selected,
        Overlay::Requests(open) => open.selected,
        Overlay::Stacks(open) => open.chosen,
        Overlay::Glossary(glossary) if glossary.takes_text() => glossary.chosen,
        _ => sign(app),
    }
}

/// Where the sign of what is chosen stands; that of the panel's title is none.
fn sign(app: &App) -> usize {
    let screen = app.screen();
    let mut lines = screen.lines().enumerate();
    let found = lines.find_map(|(row, line)| {
        let at = line.find('▸').filter(|_| !line.contains("╭▸"))?;
        Some(row * 1000 + line[..at].chars().count())
    });
    found.unwrap_or_else(|| panic!("nothing is chosen:\n{screen}"))
}

fn url(app: &App) -> String {
    app.model.composer.url.text()
}

/// The URL with a sign typed at the cursor.
fn typed(app: &App) -> String {
    let mut app = app.clone();
    app.keys("type:#");
    url(&app)
}

fn stop(app: &App) -> Option<usize> {
    let composer = &app.model.composer;
    let mut stops = composer.stops().into_iter();
    stops.position(|stop| stop == composer.stop)
}

fn verdict(app: &App) -> Verdict {
    let outcome = app.model.outcome.as_ref().unwrap();
    outcome.case.finished.verdict.clone()
}

/// Whether the selected row of the trace is a problem that was not selected before.
fn at_problem(before: &App, after: &App) -> bool {
    let selected = after.model.trace.selected;
    let outcome = after.model.outcome.as_ref().unwrap();
    let is_problem = match &outcome.rows[selected] {
        Row::Step(step) => outcome.is_problem(*step),
        Row::Behind(_) => true,
        Row::Exchange(_) | Row::NeverSent(_) => false,
    };
    before.model.trace.selected != selected && is_problem
}

fn has(app: &App, text: &str) -> bool {
    app.screen().contains(text)
}

fn closed(app: &App) -> bool {
    matches!(app.model.overlay, Overlay::None)
}

fn last(app: &App) -> Option<&Cmd> {
    app.commands.last()
}

fn history_order(app: &App) -> Option<&HistoryOrder> {
    match last(app)? {
        Cmd::History(order) => Some(order),
        _ => None,
    }
}

/// What a row must have done; `None` for a row that nobody has thought of here.
fn effect(place: Place, action: Action) -> Option<Check> {
    opened(action)
        .or_else(|| on_a_list(place, action))
        .or_else(|| in_the_request(place, action))
        .or_else(|| on_a_result(place, action))
        .or_else(|| on_other_screens(place, action))
        .or_else(|| in_a_question(place, action))
}

/// Actions that do the same everywhere.
fn opened(action: Action) -> Option<Check> {
    Some(match action {
        Action::Quit => |_, after| matches!(last(after), Some(Cmd::Quit)),
        Action::Suspend => |_, after| matches!(last(after), Some(Cmd::Suspend)),
        Action::Lessons => |_, after| after.model.screen == Screen::Lessons,
        Action::Help => |_, after| after.model.screen == Screen::Help,
        Action::Browser => |_, after| matches!(after.model.overlay, Overlay::Browser(_)),
        Action::Theme => |_, after| matches!(after.model.overlay, Overlay::Themes(_)),
        Action::Palette => |_, after| matches!(after.model.overlay, Overlay::Palette(_)),
        Action::Glossary => |_, after| matches!(after.model.overlay, Overlay::Glossary(_)),
        Action::Copy => |_, after| matches!(after.model.overlay, Overlay::Copy(_)),
        Action::WhatIf => |_, after| matches!(after.model.overlay, Overlay::WhatIf(_)),
        Action::ChooseStack => |_, after| matches!(after.model.overlay, Overlay::Stacks(_)),
        Action::History => |_, after| {
            after.model.screen == Screen::History
                && matches!(history_order(after), Some(HistoryOrder::List { .. }))
        },
        Action::Requests => |_, after| {
            matches!(after.model.overlay, Overlay::Requests(_))
                && matches!(last(after), Some(Cmd::Requests(RequestsOrder::List)))
        },
        Action::Save => |_, after| has(after, "Save the request"),
        Action::FocusRequest => |_, after| after.model.panel == Panel::Request,
        Action::FocusDetail => |_, after| after.model.panel == Panel::Detail,
        Action::Zoom => |before, after| !before.model.zoomed && after.model.zoomed,
        Action::AddHeader => |before, after| {
            after.model.composer.headers.len() == before.model.composer.headers.len() + 1
        },
        Action::Sequence => |_, after| after.model.trace.view == TraceView::Sequence,
        Action::Cause | Action::NextProblem | Action::PreviousProblem => return None,
        Action::WriteMarkdown => |_, after| match last(after) {
            Some(Cmd::Export(file)) => file.path.ends_with("corscope-api.example.md"),
            _ => false,
        },
        Action::WriteHtml => |_, after| match last(after) {
            Some(Cmd::Export(file)) => file.path.ends_with("corscope-api.example.html"),
            _ => false,
        },
        _ => return None,
    })
}

/// Going up and down where there is something to go through.
fn on_a_list(place: Place, action: Action) -> Option<Check> {
    Some(match (place, action) {
        (Place::Term, Action::PageDown) => {
            |before, after| has(before, "The question that") && !has(after, "The question that")
        }
        (Place::Term, Action::PageUp) => {
            |before, after| !has(before, "The question that") && has(after, "The question that")
        }
        (Place::Lessons, Action::PageDown) => {
            |before, after| after.model.lessons.offset > before.model.lessons.offset
        }
        (Place::Lessons, Action::PageUp) => {
            |before, after| after.model.lessons.offset < before.model.lessons.offset
        }
        // A view that is longer than its room scrolls.
        (Place::Browser, Action::PageDown | Action::PageUp) => {
            |before, after| before.screen() != after.screen()
        }
        (_, Action::Up) => |before, after| far(after) < far(before),
        (_, Action::Down) => |before, after| far(after) > far(before),
        (_, Action::PageUp) => |before, after| far(after) < far(before),
        (_, Action::PageDown) => |before, after| far(after) > far(before),
        (_, Action::Top) => |before, after| {
            let mut above = after.clone();
            above.keys("up");
            far(after) < far(before) && far(&above) == far(after)
        },
        (_, Action::Bottom) => |before, after| {
            let mut below = after.clone();
            below.keys("down");
            far(after) > far(before) && far(&below) == far(after)
        },
        _ => return None,
    })
}

fn in_the_request(place: Place, action: Action) -> Option<Check> {
    Some(match (place, action) {
        (Place::Url | Place::Anywhere | Place::Lessons, Action::Send) => {
            |_, after| matches!(last(after), Some(Cmd::Send(_)))
        }
        (Place::Composer, Action::PreviousField) => {
            |before, after| stop(after).unwrap() + 1 == stop(before).unwrap()
        }
        (Place::Composer, Action::NextField) => {
            |before, after| stop(after).unwrap() == stop(before).unwrap() + 1
        }
        (Place::Anywhere, Action::NextStop) => {
            |before, after| stop(after).unwrap() == stop(before).unwrap() + 1
        }
        (Place::Anywhere, Action::PreviousStop) => {
            |before, after| stop(after).unwrap() + 1 == stop(before).unwrap()
        }
        (Place::Method, Action::Complete) => |_, after| after.model.composer.method.text() == "PUT",
        (Place::Method, Action::NextChoice | Action::PreviousChoice) => |before, after| {
            let method = |app: &App| app.model.composer.method.text();
            method(before) == "GET" && ["GET", ""].iter().all(|not| method(after) != *not)
        },
        (Place::Choice, Action::NextChoice) => |_, after| after.model.composer.mode == Mode::NoCors,
        (Place::Choice, Action::PreviousChoice) => {
            |before, after| after.model.composer.mode != before.model.composer.mode
        }
        (Place::Header, Action::ToggleHeader) => |before, after| {
            let on = |app: &App| app.model.composer.headers[0].enabled;
            on(before) && !on(after)
        },
        (Place::Header, Action::RemoveHeader) => |_, after| after.model.composer.headers.is_empty(),
        (Place::Text, Action::Undo) => {
            |before, after| url(before) == format!("{API}z") && url(after) == API
        }
        (Place::Text, Action::Redo) => {
            |before, after| url(before) == API && url(after) == format!("{API}z")
        }
        (Place::Text, Action::WordLeft) => |_, after| typed(after) == "https://api.example/#one",
        (Place::Text, Action::WordRight) => {
            |_, after| !typed(after).starts_with('#') && !typed(after).ends_with('#')
        }
        (Place::Text, Action::EraseWord) => |_, after| url(after) == "https://api.example/",
        (Place::Text, Action::EraseToStart | Action::EraseToEnd) => {
            |_, after| url(after).is_empty()
        }
        _ => return None,
    })
}

fn on_a_result(place: Place, action: Action) -> Option<Check> {
    Some(match (place, action) {
        (Place::Anywhere, Action::Escape) => |_, after| after.model.panel == Panel::Trace,
        (_, Action::FocusTrace) if place != Place::Term => {
            |_, after| after.model.panel == Panel::Trace
        }
        (_, Action::SwitchServer) => {
            |before, after| after.model.lab.chosen() != before.model.lab.chosen()
        }
        (_, Action::AskOthers) => |_, after| asks(after, FollowUp::Others),
        (_, Action::Investigate) => |_, after| asks(after, FollowUp::Investigate),
        // The PUT may change something, so the question comes first.
        (_, Action::LookBehind) => |_, after| matches!(after.model.overlay, Overlay::Confirm(_)),
        (_, Action::Cause) => |before, after| {
            let cause = after.model.outcome.as_ref().unwrap().cause().unwrap();
            let row = &after.model.outcome.as_ref().unwrap().rows[after.model.trace.selected];
            before.model.trace.selected == 0 && *row == Row::Step(cause)
        },
        (Place::Trace | Place::Detail, Action::NextProblem | Action::PreviousProblem) => at_problem,
        (_, Action::OtherFix) => {
            |before, after| after.model.detail.chosen.fix != before.model.detail.chosen.fix
        }
        (_, Action::NextStack | Action::PreviousStack) => {
            |before, after| after.model.detail.chosen.stack != before.model.detail.chosen.stack
        }
        (_, Action::CopyRecipe) => |_, after| match last(after) {
            Some(Cmd::Copy { text, .. }) => text.contains("Access-Control-Allow-Origin"),
            _ => false,
        },
        (_, Action::ApplyFix | Action::RedoEdit) => |before, after| {
            verdict(before) != Verdict::Allowed && verdict(after) == Verdict::Allowed
        },
        (_, Action::UndoEdit | Action::ResetEdits) => |before, after| {
            verdict(before) == Verdict::Allowed && verdict(after) != Verdict::Allowed
        },
        (_, Action::AssumeAnswer) => {
            |before, after| has(before, "NOT KNOWN") && !has(after, "NOT KNOWN")
        }
        (_, Action::Search) if place == Place::Panel => |_, after| {
            after
                .model
                .search
                .as_ref()
                .is_some_and(|search| search.typing)
        },
        (Place::Found | Place::Search, Action::NextMatch | Action::PreviousMatch) => {
            |before, after| before.model.trace.selected != after.model.trace.selected
        }
        (Place::Search, Action::Accept) => |_, after| {
            after
                .model
                .search
                .as_ref()
                .is_some_and(|search| !search.typing)
        },
        (Place::Found | Place::Search, Action::Dismiss) => |_, after| after.model.search.is_none(),
        (_, Action::NextTab) => |_, after| after.model.detail.tab == Tab::Fix,
        (_, Action::PreviousTab) => |_, after| after.model.detail.tab == Tab::Body,
        (_, Action::RequestNarrower) => |before, after| width(after) < width(before),
        (_, Action::RequestWider) => |before, after| width(after) > width(before),
        (_, Action::TraceSmaller) => |before, after| height(after) < height(before),
        (_, Action::TraceLarger) => |before, after| height(after) > height(before),
        (_, Action::View) => |_, after| matches!(last(after), Some(Cmd::View(_, Viewer::Pager))),
        (_, Action::Edit) => |_, after| matches!(last(after), Some(Cmd::View(_, Viewer::Editor))),
        (_, Action::OpenStandard) => |_, after| opens(after, "https://fetch.spec.whatwg.org/"),
        (_, Action::OpenMdn) => |_, after| opens(after, "https://developer.mozilla.org/"),
        _ => return None,
    })
}

fn asks(app: &App, what: FollowUp) -> bool {
    matches!(last(app), Some(Cmd::Ask(order)) if order.what == what)
}

fn opens(app: &App, start: &str) -> bool {
    matches!(last(app), Some(Cmd::Open(url)) if url.starts_with(start))
}

fn width(app: &App) -> u16 {
    regions(&app.model).request.width
}

fn height(app: &App) -> u16 {
    regions(&app.model).trace.height
}

fn on_other_screens(place: Place, action: Action) -> Option<Check> {
    Some(match (place, action) {
        (Place::Lessons, Action::Accept) => |before, after| {
            after.model.screen == Screen::Debug
                && after.model.lab.chosen() == Some(before.model.lessons.id)
                && before.model.lab.chosen() != Some(before.model.lessons.id)
        },
        (Place::Lessons, Action::NextChoice | Action::PreviousChoice) => {
            |before, after| after.model.lessons.id.server != before.model.lessons.id.server
        }
        (Place::Lessons | Place::Help | Place::History, Action::Dismiss) => {
            |_, after| after.model.screen == Screen::Debug
        }
        (Place::Compare, Action::Dismiss) => |_, after| after.model.screen == Screen::History,
        (Place::Compare, Action::NextProblem) => |before, after| far(after) > far(before),
        (Place::Compare, Action::PreviousProblem) => |before, after| far(after) < far(before),
        (Place::Compare, Action::OnlyDifferences) => |before, after| {
            let only = |app: &App| app.model.comparison.as_ref().unwrap().only_differences;
            only(before) != only(after)
        },
        (Place::History, Action::Accept) => {
            |_, after| matches!(history_order(after), Some(HistoryOrder::Open(4, false)))
        }
        (Place::History, Action::Send) => {
            |_, after| matches!(history_order(after), Some(HistoryOrder::Open(4, true)))
        }
        (Place::History, Action::Delete) => {
            |_, after| matches!(history_order(after), Some(HistoryOrder::Delete(4)))
        }
        (Place::History, Action::Compare) => {
            |_, after| matches!(history_order(after), Some(HistoryOrder::Compare(3, 4)))
        }
        (Place::History, Action::Undo) => {
            |_, after| matches!(history_order(after), Some(HistoryOrder::TakeBack(_)))
        }
        (Place::History, Action::Mark) => |_, after| after.model.history.marked == [4],
        (Place::History, Action::Search) => |_, after| after.model.history.typing,
        (Place::History, Action::NameRun) => |_, after| {
            after
                .model
                .history
                .naming
                .as_ref()
                .is_some_and(|naming| naming.id == 4)
        },
        (Place::RunName, Action::Accept) => |_, after| {
            after.model.history.naming.is_none()
                && matches!(history_order(after), Some(HistoryOrder::Name(4, Some(name))) if name == "mine")
        },
        (Place::RunName, Action::Dismiss) => {
            |_, after| after.model.history.naming.is_none() && after.commands.is_empty()
        }
        (Place::Filter, Action::Accept) => {
            |_, after| !after.model.history.typing && after.model.history.filter.text() == "prices"
        }
        (Place::Filter, Action::Dismiss) => {
            |_, after| !after.model.history.typing && after.model.history.filter.is_empty()
        }
        (_, Action::EmptyPart) => {
            |before, after| held(before)[0] == 1 && held(after)[0] == 0 && held(after)[2] == 1
        }
        (_, Action::EmptyBrowser) => {
            |before, after| held(before) != [0; 5] && held(after) == [0; 5]
        }
        _ => return None,
    })
}

fn in_a_question(place: Place, action: Action) -> Option<Check> {
    Some(match (place, action) {
        (Place::Palette, Action::Accept) => |_, after| after.model.zoomed && closed(after),
        (Place::WhatIf, Action::Accept) => {
            |_, after| has(after, "what if") && closed(after) && after.model.what_if.is_some()
        }
        (Place::WhatIf, Action::RemoveHeader) => |before, after| {
            let lines = |app: &App| {
                let exchanges = &app.model.outcome.as_ref().unwrap().exchanges;
                exchanges[0].answer.as_ref().unwrap().headers.iter().count()
            };
            lines(after) + 1 == lines(before)
        },
        (Place::Glossary, Action::Accept) => {
            |_, after| matches!(&after.model.overlay, Overlay::Glossary(open) if !open.takes_text())
        }
        (Place::Term, Action::Accept) => |before, after| {
            has(before, "Glossary: preflight") && has(after, "Glossary: simple request")
        },
        (Place::Term, Action::FocusTrace) => {
            |_, after| matches!(&after.model.overlay, Overlay::Glossary(open) if open.takes_text())
        }
        (Place::Confirm, Action::Accept) => {
            |_, after| closed(after) && matches!(last(after), Some(Cmd::Send(_)))
        }
        (Place::Requests, Action::Accept) => |_, after| match last(after) {
            Some(Cmd::Requests(RequestsOrder::Open { name, .. })) => name == "b",
            _ => false,
        },
        (Place::Name, Action::Accept) => |_, after| match last(after) {
            Some(Cmd::Requests(RequestsOrder::Save { name, over, .. })) => name == "mine" && !over,
            _ => false,
        },
        (Place::Themes, Action::Accept) => {
            |_, after| closed(after) && after.model.theme.name != "night"
        }
        (Place::Themes, Action::Dismiss) => |before, after| {
            before.model.theme.name != "night" && closed(after) && after.model.theme.name == "night"
        },
        (Place::Copy, Action::Accept) => {
            |_, after| closed(after) && matches!(last(after), Some(Cmd::Copy { .. }))
        }
        (Place::Stacks, Action::Accept) => {
            |_, after| closed(after) && after.model.detail.chosen.stack.is_some()
        }
        (Place::Export, Action::Accept) => {
            |_, after| closed(after) && matches!(last(after), Some(Cmd::Export(_)))
        }
        (_, Action::Dismiss) => {
            |before, after| !closed(before) && closed(after) && after.commands.is_empty()
        }
        _ => return None,
    })
}
