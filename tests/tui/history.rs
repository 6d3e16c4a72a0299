//! The screens of the history and of two runs side by side, over a real database.

use corscope::history::{History, Limits, Record, Secrets};
use corscope::report::compare;
use corscope::session::replay;
use corscope::tui::{Change, Cmd, HistoryEvent, HistoryOrder, Msg, Screen};

use super::app::App;

/// Carries out what the screen asked of the history, as the runtime does.
pub fn serve(app: &mut App, history: &mut History) {
    for order in app.kept.drain(..) {
        let HistoryOrder::Keep(kept, lab) = order else {
            unreachable!()
        };
        let record = Record::of(&kept.session, &kept.finished, Secrets::Redacted, 1000).unwrap();
        history.add(&Record { lab, ..record }).unwrap();
    }
    while let Some(at) = (app.commands.iter()).position(|c| matches!(c, Cmd::History(_))) {
        let Cmd::History(order) = app.commands.remove(at) else {
            unreachable!()
        };
        let case = |history: &History, id| {
            let session = history.session(id).unwrap();
            let finished = replay(&session, session.engine())
                .decided()
                .unwrap()
                .clone();
            corscope::case::Case::new(session, finished)
        };
        let event = match order {
            HistoryOrder::Keep(..) => unreachable!("runs are kept above"),
            HistoryOrder::List { filter, skip, most } => HistoryEvent::Listed {
                total: history.count(&filter).unwrap(),
                entries: history.list(&filter, skip, most).unwrap(),
                filter,
                skip,
            },
            HistoryOrder::Open(id, send) => HistoryEvent::Opened {
                entry: Box::new(history.entry(id).unwrap()),
                case: Box::new(case(history, id)),
                send,
            },
            HistoryOrder::Compare(left, right) => {
                let titles = [left, right].map(|id| format!("run {id}"));
                let compared = compare(&case(history, left), &case(history, right));
                HistoryEvent::Compared(titles, Box::new(compared))
            }
            HistoryOrder::Delete(id) => {
                HistoryEvent::Deleted(Box::new(history.delete(id).unwrap()), id)
            }
            HistoryOrder::Name(id, name) => {
                let before = history.entry(id).unwrap().record.name;
                history.rename(id, name.as_deref()).unwrap();
                HistoryEvent::Named { id, before }
            }
            HistoryOrder::TakeBack(change) => {
                match change {
                    Change::Deleted(deleted) => history.put_back(&deleted).unwrap(),
                    Change::Named { id, before } => history.rename(id, before.as_deref()).unwrap(),
                }
                HistoryEvent::TakenBack
            }
        };
        app.send(Msg::History(event));
    }
}

/// The first lesson, sent to its broken server and to its repaired one.
pub fn two_runs(width: u16, height: u16) -> (App, History, tempfile::TempDir) {
    two_runs_in("night", width, height)
}

fn two_runs_in(theme: &str, width: u16, height: u16) -> (App, History, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let mut history = History::open(folder.path(), Limits::default()).unwrap();
    let mut app = App::open(width, height, None, theme);
    app.keys("f5").play().keys("f3 f5").play();
    serve(&mut app, &mut history);
    app.keys("f12");
    serve(&mut app, &mut history);
    (app, history, folder)
}

/// The screen without what differs from machine to machine.
fn picture(app: &App) -> String {
    let screen = app.screen();
    let time = "2023-11-14 ";
    match screen.find(time) {
        Some(_) => screen
            .lines()
            .map(|line| match line.find(time) {
                Some(at) => {
                    let rest: String = line[at + time.len()..].chars().skip(5).collect();
                    format!("{}{time}00:00{rest}", &line[..at])
                }
                None => line.to_owned(),
            })
            .collect::<Vec<_>>()
            .join("\n"),
        None => screen,
    }
}

#[test]
fn pictures() {
    for (width, height) in [(200, 60), (120, 40), (80, 24), (40, 12)] {
        let (mut app, mut history, _folder) = two_runs(width, height);
        insta::assert_snapshot!(format!("history_{width}x{height}"), picture(&app));
        app.keys("space space c");
        serve(&mut app, &mut history);
        insta::assert_snapshot!(format!("compare_{width}x{height}"), app.screen());
    }
}

#[test]
fn without_colour() {
    let (mut app, mut history, _folder) = two_runs_in("plain", 120, 40);
    let plain = ratatui::style::Color::Reset;
    let shown = |app: &App, name: &str| {
        insta::assert_snapshot!(format!("plain_{name}"), picture(app));
        let cells = app.buffer().content;
        let coloured = cells
            .iter()
            .any(|cell| cell.fg != plain || cell.bg != plain);
        assert!(!coloured, "{name}");
    };
    shown(&app, "history");
    app.keys("space space c");
    serve(&mut app, &mut history);
    shown(&app, "compare");
}

#[test]
fn the_selected_run_is_told_below_the_list() {
    let (mut app, _history, _folder) = two_runs(120, 40);
    // What the runs had to say is gone by now.
    for seconds in [0, 60] {
        app.send(Msg::Tick(corscope::engine::Timestamp(
            app.model.now.0 + seconds * 1000,
        )));
    }
    app.shows("Verdict  allowed");
    app.shows("lab: empty-price-section/repaired");
    app.keys("down");
    app.shows("Verdict  blocked: The reply does not say who may read it (allow-origin-missing)");
    // Where there is no room, the list has all of it.
    app.resize(80, 18);
    assert!(!app.screen().contains("Verdict  "), "{}", app.screen());
}

#[test]
fn before_the_first_run_it_says_what_will_be_here() {
    let mut app = App::lab(80, 24);
    app.keys("f12").send(Msg::History(HistoryEvent::Listed {
        filter: String::new(),
        total: 0,
        skip: 0,
        entries: Vec::new(),
    }));
    app.shows("No runs yet. Every request that is sent is kept here");
}

#[test]
fn a_run_is_opened_as_it_was_and_sent_again() {
    let (mut app, mut history, _folder) = two_runs(120, 40);
    app.keys("down enter");
    serve(&mut app, &mut history);
    assert_eq!(app.model.screen, Screen::Debug);
    let outcome = app.model.outcome.as_ref().unwrap();
    assert_eq!(outcome.case.finished.verdict.as_str(), "blocked");
    assert!(app.screen().contains("BLOCKED"));
    assert!(!app.model.form_changed());
    app.keys("f12");
    serve(&mut app, &mut history);
    app.keys("home r");
    serve(&mut app, &mut history);
    app.play();
    serve(&mut app, &mut history);
    let outcome = app.model.outcome.as_ref().unwrap();
    assert_eq!(outcome.case.finished.verdict.as_str(), "allowed");
    assert_eq!(history.count("").unwrap(), 3);
}

#[test]
fn runs_are_filtered_deleted_and_put_back() {
    let (mut app, mut history, _folder) = two_runs(120, 40);
    app.keys("/ type:blocked");
    serve(&mut app, &mut history);
    assert_eq!(app.model.history.total, Some(1));
    app.keys("enter d");
    serve(&mut app, &mut history);
    assert_eq!(app.model.history.total, Some(0));
    assert!(app.screen().contains("No run holds these words."));
    app.keys("u");
    serve(&mut app, &mut history);
    assert_eq!(app.model.history.total, Some(1));
    app.keys("esc");
    serve(&mut app, &mut history);
    assert_eq!(app.model.history.total, Some(2));
    app.keys("esc");
    assert_eq!(app.model.screen, Screen::Debug);
}

#[test]
fn a_run_gets_a_name_that_can_be_taken_back() {
    let (mut app, mut history, _folder) = two_runs(120, 40);
    app.keys("down n type:Before_the_deploy");
    app.shows("Name    Before the deploy");
    app.keys("enter");
    serve(&mut app, &mut history);
    assert_eq!(
        history.entry(1).unwrap().record.name.as_deref(),
        Some("Before the deploy")
    );
    app.shows("Kept as  run 1, Before the deploy");
    // The name stands there to be changed; an empty one takes it away.
    app.keys("n ctrl-u enter");
    serve(&mut app, &mut history);
    assert_eq!(history.entry(1).unwrap().record.name, None);
    // Changes are taken back one after another, the last first.
    for name in [Some("Before the deploy"), None] {
        app.keys("u");
        serve(&mut app, &mut history);
        assert_eq!(history.entry(1).unwrap().record.name.as_deref(), name);
    }
    app.keys("u");
    app.shows("Nothing was deleted or named.");
    // What is typed or pasted there is text, a URL too; Esc leaves the name as it was.
    app.keys("n").paste("https://api.example/");
    app.shows("Name    https://api.example/");
    app.keys("q esc");
    assert!(app.commands.is_empty());
    assert_eq!(app.model.screen, Screen::History);
    assert!(app.model.history.naming.is_none());
    // The same name again is no change.
    app.keys("n enter");
    assert!(app.commands.is_empty());
}

#[test]
fn ctrl_z_stops_the_program_on_the_runs_too() {
    let (mut app, _history, _folder) = two_runs(80, 24);
    app.keys("ctrl-z");
    assert!(matches!(app.commands.pop(), Some(Cmd::Suspend)));
}

#[test]
fn only_a_window_of_many_runs_is_held() {
    let (mut app, mut history, _folder) = two_runs(80, 24);
    let session = history.session(1).unwrap();
    let finished = replay(&session, session.engine())
        .decided()
        .unwrap()
        .clone();
    let record = Record::of(&session, &finished, Secrets::Kept, 1000).unwrap();
    for at in 0..1000 {
        let target = format!("https://api.example/{at}");
        history
            .add(&Record {
                target,
                ..record.clone()
            })
            .unwrap();
    }
    app.keys("f12 f12");
    serve(&mut app, &mut history);
    assert_eq!(app.model.history.total, Some(1002));
    assert!(app.screen().contains("https://api.example/999"));
    app.keys("end");
    serve(&mut app, &mut history);
    assert_eq!(app.model.history.entry().unwrap().id, 1);
    app.keys("pageup pageup home down");
    serve(&mut app, &mut history);
    assert_eq!(app.model.history.entry().unwrap().id, 1001);
}

#[test]
fn what_did_not_work_is_told() {
    let mut app = App::lab(80, 24);
    app.keys("f12").send(Msg::History(HistoryEvent::Failed(
        "The history is off.".into(),
    )));
    assert!(app.screen().contains("The history is off."));
    app.keys("c");
    assert!(app.screen().contains("Mark a run"));
}
