//! The fix applied, answers edited, undone and reset; what lies behind; follow-up requests; the glossary.

use corscope::engine::{Exchange, Provenance, Verdict};
use corscope::fix::next_behind;
use corscope::session::RequestForm;
use corscope::tui::{Cmd, FollowUp, Overlay, Run, Tab};
use corscope::wire::HeaderList;

use super::app::{App, form, reply};

const PAGE: &str = "https://app.example";
const API: &str = "https://api.example/x";

fn put() -> RequestForm {
    form(PAGE, "PUT", API)
}

/// A PUT whose preflight is answered without a permission.
fn blocked(width: u16, height: u16, theme: &str) -> App {
    let mut app = App::open(width, height, Some(put()), theme);
    app.keys("f5 y");
    let headers = HeaderList::from_iter([("Server", "nginx/1.22.1")]);
    app.answer(Ok(reply(204, headers, b"")));
    app
}

fn verdict(app: &App) -> &Verdict {
    &app.model.outcome.as_ref().unwrap().case.finished.verdict
}

fn is_blocked(app: &App) -> bool {
    matches!(verdict(app), Verdict::Blocked(_))
}

#[test]
fn a_fix_is_applied_undone_redone_and_reset() {
    let mut app = blocked(120, 40, "night");
    assert!(is_blocked(&app));
    app.keys("f");
    assert_eq!(*verdict(&app), Verdict::Allowed);
    app.shows("BLOCKED");
    app.shows("→ what if");
    app.shows("ALLOWED");
    app.keys("u");
    assert!(is_blocked(&app));
    assert!(!app.screen().contains("→ what if"));
    app.keys("ctrl-r");
    assert_eq!(*verdict(&app), Verdict::Allowed);
    app.keys("x");
    assert!(is_blocked(&app));
    app.keys("u");
    assert_eq!(*verdict(&app), Verdict::Allowed);
}

#[test]
fn a_header_is_edited_in_the_answer() {
    let mut app = blocked(120, 40, "night");
    // The line that is missing stands ready.
    app.keys("w");
    assert!(matches!(app.model.overlay, Overlay::WhatIf(_)));
    app.keys("type:https://app.example enter");
    assert!(matches!(app.model.overlay, Overlay::None));
    // What blocks next: the method.
    assert!(is_blocked(&app));
    app.shows("Access-Control-Allow-Methods");
    app.keys("w ctrl-u type:Access-Control-Allow-Methods:_PUT enter");
    // Now the PUT would go out, and nobody knows its answer.
    app.shows("NOT KNOWN");
    app.shows(&format!("would now send PUT {API}"));
    app.keys("a");
    assert!(is_blocked(&app));
    app.keys("x");
    assert!(is_blocked(&app));
    assert!(!app.screen().contains("→ what if"));
}

#[test]
fn a_mistake_in_an_edit_is_told_and_closes_nothing() {
    let mut app = blocked(120, 40, "night");
    app.keys("w ctrl-u type:no_name:_x enter");
    assert!(matches!(app.model.overlay, Overlay::WhatIf(_)));
    app.shows("is no header name");
    app.keys("esc");
    assert!(matches!(app.model.overlay, Overlay::None));
}

#[test]
fn the_recipe_is_guessed_chosen_and_copied() {
    let mut app = blocked(120, 60, "night");
    app.keys("right 3");
    assert_eq!(app.model.detail.tab, Tab::Fix);
    app.shows("Proven by replay");
    app.keys("z");
    app.shows("For nginx");
    app.shows("nginx/1.22.1");
    app.keys("y");
    let Some(Cmd::Copy { text, .. }) = app.commands.pop() else {
        panic!("nothing was copied");
    };
    assert!(text.contains("add_header"), "{text}");
    app.keys(">");
    app.shows("Chosen by you");
}

#[test]
fn what_changes_something_is_asked_about_before_it_is_sent_behind_a_block() {
    let mut app = blocked(120, 40, "night");
    app.keys("b");
    assert!(matches!(app.model.overlay, Overlay::Confirm(_)));
    app.shows("No browser would send this");
    app.keys("y");
    let Some(Cmd::Ask(order)) = app.commands.pop() else {
        panic!("nothing was asked");
    };
    assert_eq!(order.what, FollowUp::Behind);
    let mut session = order.session.clone();
    let next = next_behind(&session).unwrap();
    session.exchanges.push(Exchange {
        kind: next.kind,
        request: next.request,
        answer: Ok(reply(200, HeaderList::default(), b"")),
        from_cache: false,
        provenance: Provenance::LookBehind,
        answered: session.started,
    });
    app.finish(order.id, corscope::case::Case::new(session, order.finished));
    app.shows("no browser sends this");
    app.shows("◁ behind it");
    app.shows("more problem");
}

#[test]
fn the_follow_up_requests_are_asked_for() {
    let mut app = blocked(120, 40, "night");
    app.keys("i");
    assert!(matches!(app.model.run, Run::Sending(_)));
    let Some(Cmd::Ask(order)) = app.commands.pop() else {
        panic!("nothing was asked");
    };
    assert_eq!(order.what, FollowUp::Investigate);
    app.shows("harmless follow-up");
}

#[test]
fn the_glossary_opens_searches_and_leads_on() {
    let mut app = blocked(120, 40, "night");
    app.keys("t");
    assert!(matches!(app.model.overlay, Overlay::Glossary(_)));
    app.keys("type:wildcard enter");
    app.shows("Glossary: ");
    app.shows("See also");
    app.keys("enter backspace backspace");
    app.shows("> wildcard");
    app.keys("esc");
    assert!(matches!(app.model.overlay, Overlay::None));
}

#[test]
fn pictures() {
    for (name, keys, theme) in [
        ("fix", "right 3", "night"),
        ("what_if", "f", "night"),
        ("what_if_plain", "f", "plain"),
        ("editor", "w", "night"),
        ("term", "t type:preflight enter", "night"),
    ] {
        for (width, height) in [(80, 24), (120, 40), (200, 60)] {
            let mut app = blocked(width, height, theme);
            app.keys(keys);
            insta::assert_snapshot!(format!("{name}_{width}x{height}"), app.screen());
        }
    }
}
