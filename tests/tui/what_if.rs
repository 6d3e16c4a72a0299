//! The fix applied, answers edited, undone and reset; what lies behind; follow-up requests; the glossary.

use corscope::engine::{Exchange, Provenance, Verdict};
use corscope::fix::next_behind;
use corscope::session::{HeaderRow, RequestForm};
use corscope::tui::{Cmd, FollowUp, Msg, Overlay, Run, Tab};
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
fn the_chosen_word_is_in_view_on_a_small_screen() {
    let mut app = blocked(60, 18, "night");
    app.keys("t type:preflight enter");
    assert!(!app.screen().contains("See also"));
    app.keys("right");
    app.shows("▸method");
}

#[test]
fn of_a_long_step_neither_its_text_nor_its_sign_is_cut_but_the_words_of_the_sign() {
    let mut app = App::lab(120, 40);
    app.keys("f5").play().keys("f");
    let screen = app.screen();
    let line = screen
        .lines()
        .find(|line| line.contains("✓ access-control-allow-origin: http://www"));
    assert!(
        line.unwrap().contains("www.yourcompany.example  ~ "),
        "{screen}"
    );
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

#[test]
fn the_request_is_edited_under_a_what_if_and_sent_so() {
    let mut form = form(PAGE, "GET", API);
    form.headers.push(HeaderRow::new("X-Api-Key", "42"));
    let mut app = App::with(120, 40, form);
    app.keys("f5");
    let allowing = [("Access-Control-Allow-Origin", PAGE)]
        .into_iter()
        .collect();
    app.answer(Ok(reply(204, allowing, b"")));
    assert!(is_blocked(&app));
    // The rows of the request stand below those of the answer.
    app.keys("w").click("request  X-Api-Key: 42");
    app.keys("f8");
    // No preflight then, and nobody knows what a GET is answered: sending tells.
    app.shows("would now send GET");
    app.keys("f5");
    assert!(app.model.composer.form().headers.is_empty());
    let Some(Cmd::Send(order)) = app.commands.pop() else {
        panic!("nothing was sent");
    };
    assert!(order.request.headers.is_empty());
}

#[test]
fn a_header_of_the_request_is_renamed() {
    let mut form = form(PAGE, "GET", API);
    form.headers.push(HeaderRow::new("X-Api-Key", "42"));
    let mut app = App::with(120, 40, form);
    app.keys("f5");
    app.answer(Ok(reply(204, HeaderList::default(), b"")));
    app.keys("w").click("request  X-Api-Key: 42");
    app.keys("ctrl-u type:Accept:_text/html enter");
    app.keys("f5");
    let headers = app.model.composer.form().headers;
    assert_eq!(headers, [HeaderRow::new("Accept", "text/html")]);
}

#[test]
fn what_was_typed_since_is_sent_and_not_the_what_if() {
    let mut app = blocked(120, 40, "night");
    app.keys("w").click("request  method PUT");
    app.keys("ctrl-u type:method_DELETE enter");
    app.keys("1 ctrl-u type:https://other.example/ f5");
    let asked = app.model.composer.form();
    assert_eq!(asked.method, "PUT");
    assert_ne!(asked.url, API);
}

#[test]
fn the_stack_is_found_by_typing_the_guess_first_with_its_evidence() {
    let mut app = blocked(120, 40, "night");
    app.keys("right 3 enter");
    assert!(matches!(app.model.overlay, Overlay::Stacks(_)));
    let screen = app.screen();
    let guessed = screen.find("guessed by server: nginx/1.22.1").unwrap();
    assert!(guessed < screen.find("web server").unwrap());
    app.shows("not executed by our tests");
    app.keys("type:sprng");
    app.shows("Spring Boot");
    app.keys("enter");
    assert_eq!(app.model.detail.chosen.stack, Some("spring-boot"));
    app.keys("z");
    app.shows("For Spring Boot (not executed by our tests)");
    app.keys("enter").click("Express");
    assert_eq!(app.model.detail.chosen.stack, Some("express"));
}

#[test]
fn the_recipe_is_copied_and_read_outside() {
    let mut app = blocked(120, 40, "night");
    app.keys("right 3 p");
    let Some(Cmd::View(sheet, _)) = app.commands.pop() else {
        panic!("nothing to read");
    };
    assert_eq!(sheet.name, "recipe");
    let text = String::from_utf8(sheet.bytes).unwrap();
    assert!(
        text.contains("add_header") && text.contains("To know"),
        "{text}"
    );
    app.keys("left left y");
    app.shows("the recipe for nginx");
    app.shows("report, without secrets");
}

#[test]
fn one_key_writes_the_report_without_secrets_and_over_no_file() {
    let mut asked = put();
    asked
        .headers
        .push(HeaderRow::new("Authorization", "Bearer sesame-open"));
    let mut app = App::with(120, 40, asked);
    app.keys("f5 y");
    app.answer(Ok(reply(204, HeaderList::default(), b"")));
    app.keys("r");
    let Some(Cmd::Export(file)) = app.commands.pop() else {
        panic!("nothing was written");
    };
    assert_eq!(file.path.to_str(), Some("corscope-api.example.md"));
    assert!(!file.over);
    let text = String::from_utf8(file.bytes.clone()).unwrap();
    assert!(
        text.contains("redacted-1") && !text.contains("sesame"),
        "{text}"
    );
    // It is there already.
    app.send(Msg::Taken(file.clone()));
    app.shows("There is a file of this name");
    app.keys("enter");
    let Some(Cmd::Export(again)) = app.commands.pop() else {
        panic!("nothing was written");
    };
    assert!(again.over && again.path == file.path);
    app.send(Msg::Taken(file.clone()));
    app.keys("ctrl-u type:other.md");
    app.shows("Enter writes to this file.");
    app.keys("enter");
    let Some(Cmd::Export(other)) = app.commands.pop() else {
        panic!("nothing was written");
    };
    assert!(!other.over && other.path.to_str() == Some("other.md"));
    app.send(Msg::Taken(file));
    app.keys("esc");
    assert!(app.commands.is_empty());
    app.keys("R");
    let Some(Cmd::Export(page)) = app.commands.pop() else {
        panic!("nothing was written");
    };
    assert!(page.path.to_str() == Some("corscope-api.example.html"));
    assert!(page.bytes.starts_with(b"<!doctype html>"));
}

#[test]
fn a_report_under_a_what_if_tells_both() {
    let mut app = blocked(120, 40, "night");
    app.keys("f r");
    let Some(Cmd::Export(file)) = app.commands.pop() else {
        panic!("nothing was written");
    };
    let text = String::from_utf8(file.bytes).unwrap();
    assert!(text.contains("What if"), "{text}");
    assert!(text.contains("status 204"), "{text}");
}

#[test]
fn the_mouse_reaches_the_glossary() {
    let mut app = blocked(120, 40, "night");
    app.keys("t type:preflight")
        .click("The question that the browser");
    app.shows("Glossary: ");
    app.shows("See also");
    app.click("simple request");
    app.shows("Glossary: simple request");
}

#[test]
fn a_click_on_a_marked_word_opens_its_page() {
    let mut app = blocked(120, 60, "night");
    app.keys("3 z").click("Before the");
    assert!(matches!(app.model.overlay, Overlay::None));
    app.click("preflight");
    app.shows("Glossary: preflight");
}
