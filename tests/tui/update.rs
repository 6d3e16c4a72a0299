//! Messages in, model and commands out.

use corscope::case::Case;
use corscope::engine::{
    AddressSpace, Api, Credentials, CrossOriginAttribute, Engine, Exchange, Mode, Provenance,
};
use corscope::session::{HeaderRow, Missing, replay_as};
use corscope::tui::{Cmd, Msg, Overlay, Panel, Prediction, Run, RunEvent, Screen, Stop, Tab};
use corscope::wire::{FailureKind, HeaderList, NetworkFailure};

use super::app::{App, case, failure, form, reply};

const PAGE: &str = "https://app.example";
const API: &str = "https://api.example/x";

#[test]
fn f5_and_enter_on_the_url_send_the_lesson() {
    for key in ["f5", "enter"] {
        let mut app = App::lab(120, 40);
        app.keys(key);
        let order = app.order();
        assert_eq!(order.request.url, "http://api.yourcompany.example/prices");
        assert_eq!(order.lab.len(), 1);
        assert!(matches!(app.model.run, Run::Sending(_)));
        assert_eq!(app.model.panel, Panel::Trace);
    }
}

#[test]
fn the_cause_is_selected_when_a_run_ends() {
    let mut app = App::lab(120, 40);
    app.keys("f5").play();
    let outcome = app.model.outcome.as_ref().unwrap();
    assert_eq!(
        outcome.rows[app.model.trace.selected],
        corscope::tui::Row::Step(outcome.cause().unwrap())
    );
    app.keys("g");
    assert_eq!(app.model.trace.selected, 0);
    app.keys("c");
    let cause = app.model.trace.selected;
    assert_ne!(cause, 0);
    app.keys("g n");
    assert_eq!(app.model.trace.selected, cause);
    app.keys("G N");
    assert_eq!(app.model.trace.selected, cause);
}

#[test]
fn the_repaired_server_is_one_key_away() {
    let mut app = App::lab(120, 40);
    app.keys("f5").play();
    app.shows("✗ BLOCKED");
    app.keys("f3 f5").play();
    app.shows("✓ ALLOWED");
    app.keys("f3 f5").play();
    app.shows("✗ BLOCKED");
}

#[test]
fn every_lesson_plays_in_the_list_as_it_expects() {
    let lessons = corscope::assets::lessons();
    for (number, lesson) in lessons.iter().enumerate() {
        for (server, variant) in lesson.servers.iter().enumerate() {
            let mut app = App::lab(120, 40);
            app.keys("f2");
            for _ in 0..number {
                app.keys("down");
            }
            for _ in 0..server {
                app.keys("right");
            }
            app.keys("enter f5").play();
            let outcome = app.model.outcome.as_ref().unwrap();
            let verdict = outcome.case.finished.verdict.as_str();
            let expected = format!("{:?}", variant.expect.verdict).to_lowercase();
            assert_eq!(verdict, expected, "{} {}", lesson.id, variant.id);
        }
    }
}

#[test]
fn a_run_that_the_user_stops_ends_with_what_is_known() {
    let mut app = App::lab(120, 40);
    app.keys("f5");
    let first = app.order();
    app.keys("esc");
    assert!(matches!(app.commands.pop(), Some(Cmd::Cancel(id)) if id == first.id));
    app.shows("stopping");
    let stopped = NetworkFailure::new(FailureKind::Aborted, "stopped by the user");
    let case = case(&first, |_| Err(stopped.clone()));
    app.finish(first.id, case);
    app.shows("✗ FAILED");
    app.shows("stopped by the user");
    app.shows("no answer");
}

#[test]
fn a_late_run_is_not_taken_for_the_one_under_way() {
    let mut app = App::lab(120, 40);
    app.keys("f5");
    let first = app.order();
    let late = case(&first, |_| Err(failure()));
    app.finish(first.id, late.clone());
    app.keys("f5");
    let second = app.order();
    assert_ne!(first.id, second.id);
    app.finish(first.id, late);
    assert!(matches!(app.model.run, Run::Sending(_)));
    app.finish(second.id, case(&second, |_| Err(failure())));
    assert!(matches!(app.model.run, Run::Idle));
}

#[test]
fn only_one_run_at_a_time() {
    let mut app = App::lab(120, 40);
    app.keys("f5 f5 f5");
    assert_eq!(app.commands.len(), 1);
}

#[test]
fn a_changing_request_to_a_real_server_asks_once() {
    let mut app = App::with(120, 40, form(PAGE, "DELETE", API));
    app.keys("f5");
    assert!(matches!(app.model.overlay, Overlay::Confirm(_)));
    assert!(app.commands.is_empty());
    app.keys("n");
    assert!(matches!(app.model.overlay, Overlay::None));
    app.keys("f5 y");
    app.answer(Err(failure()));
    app.keys("f5");
    app.order();
}

#[test]
fn what_changes_nothing_or_goes_to_the_lab_does_not_ask() {
    for (method, url) in [
        ("GET", API),
        ("HEAD", API),
        ("OPTIONS", API),
        ("get", API),
        ("DELETE", "http://api.yourcompany.example/prices"),
    ] {
        let mut app = App::with(
            120,
            40,
            form(PAGE.replace("https", "http").as_str(), method, url),
        );
        app.keys("f5");
        assert_eq!(app.commands.len(), 1, "{method} {url}");
    }
}

#[test]
fn a_request_that_the_browser_never_sends_does_not_ask() {
    let mut app = App::with(120, 40, form(PAGE, "DELETE", "http://api.example/x"));
    app.keys("f5");
    app.answer(Err(failure()));
    app.shows("✗ BLOCKED");
    app.shows("never sent");
}

#[test]
fn mistakes_stand_at_their_fields_and_nothing_is_sent() {
    let mut app = App::with(120, 40, form("app.example", "GE T", "api.example"));
    app.keys("f6 type:X_Y:_1");
    assert!(matches!(&app.model.prediction, Prediction::Mistakes(all) if all.len() == 4));
    app.keys("f5");
    assert!(app.commands.is_empty());
    assert_eq!(app.model.composer.stop, Stop::Page);
    app.shows("`GE T` is no method");
    app.shows("`api.example` has no scheme");
    app.shows("`X Y` is no header name");
}

#[test]
fn a_timeout_that_is_none_is_a_mistake() {
    let mut app = App::lab(120, 40);
    app.keys("shift-tab shift-tab shift-tab shift-tab shift-tab shift-tab");
    app.model.composer.stop = Stop::Timeout;
    app.keys("alt-1 ctrl-u type:soon f5");
    assert!(app.commands.is_empty());
    app.shows("`soon` is no time");
    app.keys("ctrl-u type:0 f5");
    assert_eq!(app.order().max_time, None);
}

#[test]
fn headers_are_added_switched_off_and_removed() {
    let mut app = App::with(120, 40, form(PAGE, "GET", API));
    app.keys("f6 type:X-A:_1 f6 type:X-B:_2");
    assert_eq!(
        app.model.composer.form().headers,
        [HeaderRow::new("X-A", "1"), HeaderRow::new("X-B", "2")]
    );
    app.keys("f7");
    assert!(!app.model.composer.form().headers[1].enabled);
    app.keys("up f8");
    assert_eq!(app.model.composer.form().headers.len(), 1);
    app.keys("f8");
    assert_eq!(app.model.composer.stop, Stop::AddHeader);
    app.keys("type:X-C:_3");
    assert_eq!(
        app.model.composer.form().headers,
        [HeaderRow::new("X-C", "3")]
    );
}

#[test]
fn the_prediction_follows_every_key() {
    let mut app = App::with(120, 40, form(PAGE, "GET", API));
    app.shows("GET /x at once, no preflight");
    app.keys("f6 type:X-A");
    app.shows("because x-a is not a safelisted header");
    app.keys("f7");
    app.shows("GET /x at once, no preflight");
    app.keys("f8 up up ctrl-u type:pu right");
    assert_eq!(app.model.composer.method.text(), "PUT");
    app.shows("because PUT is not a safelisted method");
    app.keys("ctrl-n");
    assert_eq!(app.model.composer.method.text(), "PATCH");
    app.keys("ctrl-p");
    assert_eq!(app.model.composer.method.text(), "PUT");
}

#[test]
fn choices_go_round() {
    let mut app = App::with(120, 40, form(PAGE, "GET", API));
    app.model.composer.stop = Stop::Mode;
    app.keys("right");
    assert_eq!(app.model.composer.mode, Mode::NoCors);
    app.keys("left left");
    assert_eq!(app.model.composer.mode, Mode::SameOrigin);
    app.keys("tab space");
    assert_eq!(app.model.composer.credentials, Credentials::Include);
}

#[test]
fn every_way_to_ask_shows_what_it_leaves_to_choose() {
    let mut app = App::with(120, 40, form(PAGE, "GET", API));
    app.model.composer.stop = Stop::Api;
    for (api, shown, hidden) in [
        ("xhr", "[ ] withCredentials", "Redirect"),
        ("img", "crossorigin absent", "withCredentials"),
        ("script", "[ ] module", "upload listener"),
        ("stylesheet", "crossorigin absent", "[ ] module"),
        ("font", "", "crossorigin"),
        ("audio", "crossorigin absent", "Credentials"),
        ("video", "crossorigin absent", "Credentials"),
        ("eventsource", "[ ] withCredentials", "crossorigin"),
        ("beacon", "POST /x at once", "withCredentials"),
        ("websocket", "", "Mode"),
        ("form", "", "Mode"),
        ("navigation", "", "Redirect"),
        ("fetch", "Redirect    follow", "crossorigin"),
    ] {
        app.keys("right");
        app.shows(&format!("Asked by    ‹ {api} ›"));
        app.shows(shown);
        let screen = app.screen();
        assert!(!screen.contains(hidden), "{api}: {screen}");
    }
    app.keys("right right down right");
    app.shows("crossorigin ‹ anonymous ›");
    app.keys("f5");
    let request = app.order().request;
    assert_eq!(request.api, Api::Img);
    assert_eq!(request.crossorigin, Some(CrossOriginAttribute::Anonymous));
}

#[test]
fn the_type_of_a_script_element_is_typed_and_erased() {
    let mut filled = form(PAGE, "GET", API);
    filled.way.api = Api::Script;
    filled.way.script_type = Some("application/json".to_owned());
    let mut app = App::with(120, 40, filled);
    app.model.composer.stop = Stop::Module;
    app.shows("type        application/json");
    app.keys("down ctrl-u");
    app.shows("type        none: a classic script");
    assert_eq!(app.model.composer.form().way.script_type, None);
    app.keys("type:text/x-template f5");
    let request = app.order().request;
    assert_eq!(request.script_type.as_deref(), Some("text/x-template"));
    assert!(!request.module);
}

#[test]
fn a_script_that_is_a_module_has_no_other_type() {
    let mut filled = form(PAGE, "GET", API);
    filled.way.api = Api::Script;
    let mut app = App::with(120, 40, filled);
    app.model.composer.stop = Stop::ScriptType;
    app.keys("type:Module");
    let way = app.model.composer.form().way;
    assert_eq!((way.module, way.script_type), (true, None));
    app.keys("ctrl-u type:text/plain up space");
    let way = app.model.composer.form().way;
    assert_eq!((way.module, way.script_type), (true, None));
    assert!(!app.screen().contains("text/plain"));
}

#[test]
fn credentials_of_an_xhr_are_on_or_off() {
    let mut app = App::with(120, 40, form(PAGE, "GET", API));
    app.model.composer.stop = Stop::Api;
    app.keys("right down space");
    app.shows("[x] withCredentials");
    app.click("[ ] upload listener");
    app.keys("f5");
    let request = app.order().request;
    assert_eq!(request.credentials, Credentials::Include);
    assert!(request.upload_listener);
}

#[test]
fn where_the_page_came_from_can_be_said() {
    let mut app = App::with(
        120,
        40,
        form("http://app.example", "GET", "http://10.0.0.1/x"),
    );
    app.shows("GET /x at once");
    app.model.composer.stop = Stop::PageSpace;
    app.keys("right");
    app.shows("Page's net  ‹ public ›");
    app.keys("right f5");
    assert_eq!(app.order().page.address_space, Some(AddressSpace::Local));
}

#[test]
fn tab_goes_through_everything_and_back_again() {
    let mut app = App::with(120, 40, form(PAGE, "GET", API));
    let stops = app.model.composer.stops().len();
    for _ in 0..stops + 2 {
        app.keys("tab");
    }
    assert_eq!(
        (app.model.panel, app.model.composer.stop),
        (Panel::Request, Stop::Url)
    );
    for _ in 0..stops + 2 {
        app.keys("shift-tab");
    }
    assert_eq!(
        (app.model.panel, app.model.composer.stop),
        (Panel::Request, Stop::Url)
    );
}

#[test]
fn a_body_takes_lines_and_pastes() {
    let mut app = App::with(120, 40, form(PAGE, "POST", API));
    app.model.composer.stop = Stop::Body;
    app.paste("{\r\n  \"a\": 1\r\n}");
    assert_eq!(
        app.model.composer.form().body.as_deref(),
        Some("{\n  \"a\": 1\n}")
    );
    app.keys("up up up");
    assert_eq!(app.model.composer.stop, Stop::AddHeader);
}

#[test]
fn a_resize_keeps_the_selection() {
    let mut app = App::lab(120, 40);
    app.keys("f5").play();
    let selected = app.model.trace.selected;
    for (width, height) in [(80, 24), (40, 12), (20, 6), (1, 1), (200, 60), (120, 40)] {
        app.resize(width, height);
        app.screen();
        assert_eq!(app.model.trace.selected, selected);
    }
    app.means(
        "✗ access-control-allow-origin",
        corscope::tui::Meaning::Fail,
    );
}

#[test]
fn the_mouse_points() {
    let mut app = App::lab(120, 40);
    app.keys("f5").play();
    app.click("no preflight needed");
    assert_eq!(app.model.trace.selected, 1);
    app.click("Body ");
    assert_eq!(app.model.panel, Panel::Request);
    app.click("Headers  Engines");
    assert_eq!(
        (app.model.panel, app.model.detail.tab),
        (Panel::Detail, Tab::Headers)
    );
    app.click("[ ] sandboxed");
    assert!(app.model.composer.sandboxed);
    app.resize(80, 24);
    app.click("2 Trace");
    assert_eq!(app.model.panel, Panel::Trace);
}

#[test]
fn progress_is_told_with_seconds() {
    let mut app = App::lab(120, 40);
    app.keys("f5");
    let order = app.order();
    let started = corscope::engine::Timestamp(1_000_000);
    app.send(Msg::Run(order.id, RunEvent::Started(started)));
    let kind = corscope::engine::ExchangeKind::Actual;
    let case = case(&order, |_| Err(failure()));
    let request = case.session.exchanges[0].request.clone();
    app.send(Msg::Run(order.id, RunEvent::Sending { kind, request }));
    app.send(Msg::Run(order.id, RunEvent::Waiting("connecting")));
    app.send(Msg::Tick(corscope::engine::Timestamp(1_001_250)));
    app.shows("GET /prices: connecting");
    app.shows("1.2 s of 30 s");
    app.shows("◴ SENDING");
    app.send(Msg::Tick(corscope::engine::Timestamp(1_001_350)));
    app.shows("◷ SENDING");
    app.shows("Esc stops it");
}

#[test]
fn nothing_of_a_server_reaches_the_screen_raw() {
    let mut app = App::with(120, 40, form(PAGE, "GET", API));
    app.keys("f5");
    let headers: HeaderList = [
        ("Access-Control-Allow-Origin", "\u{1b}[31m\u{9b}2J"),
        ("X-\u{1b}]0;evil\u{7}", "a\rb"),
    ]
    .into_iter()
    .map(|(name, value)| (name, corscope::wire::latin1_bytes(value).unwrap()))
    .collect();
    let body = "\u{1b}[2J\u{202e}evil\u{7}\u{9b}".as_bytes();
    app.answer(Ok(reply(200, headers, body)));
    for keys in ["", "right", "right", "w up"] {
        app.keys(keys);
        let raw = |c: char| c.is_control() || c == '\u{202e}';
        let buffer = app.buffer();
        assert!(
            buffer
                .content
                .iter()
                .all(|cell| !cell.symbol().contains(raw)),
            "{}",
            app.screen()
        );
    }
}

/// Over HTTP/1 a server may write names as it likes; what differs from the usual is a trace of who wrote it.
#[test]
fn names_of_headers_stand_as_the_server_wrote_them() {
    let mut app = App::with(120, 40, form(PAGE, "GET", API));
    let headers = HeaderList::from_iter([
        ("access-control-allow-ORIGIN", "https://other.example"),
        ("eTag", "1"),
    ]);
    app.keys("f5").answer(Ok(reply(200, headers, b"")));
    let line = "access-control-allow-ORIGIN: https://other.example";
    app.shows(&format!("by {line}"));
    app.shows(&format!("answer  {line}"));
    app.keys("s");
    app.shows(&format!("✗ {line}"));
    app.keys("right right");
    app.shows("eTag: 1");
    app.keys("w");
    app.shows(&format!("header   {line}"));
    app.keys("esc y enter");
    let Some(Cmd::Copy { text, .. }) = app.commands.pop() else {
        panic!();
    };
    assert_eq!(text, line);
    // A line that is taken away under a what-if keeps its name too.
    app.keys("w f8");
    app.shows(&format!("- {line}"));
}

#[test]
fn every_action_of_the_table_does_no_harm_anywhere() {
    let rows = corscope::tui::Keymap::default();
    for row in rows.rows() {
        let mut app = App::lab(80, 24);
        for places in ["", "f5", "f2", "f1", "alt-3"] {
            app.keys(places);
            let shown = row.keys[0].to_string();
            app.keys(&table_key(&shown));
            app.buffer();
        }
    }
}

/// A key as the help shows it, in the words of [`App::keys`].
pub fn table_key(shown: &str) -> String {
    let arrows = [("↑", "up"), ("↓", "down"), ("←", "left"), ("→", "right")];
    let others = [("PgUp", "pageup"), ("PgDn", "pagedown"), ("Del", "delete")];
    let mut word = shown.to_owned();
    for (sign, name) in arrows.into_iter().chain(others) {
        word = word.replace(sign, name);
    }
    if word.chars().count() > 1 {
        word = word.to_lowercase();
    }
    word
}

#[test]
fn a_word_on_what_happened_goes_by_itself_and_then_nothing_ticks() {
    let mut app = App::lab(120, 40);
    assert!(!app.model.wants_ticks());
    app.keys("f3");
    app.shows("The lab now plays");
    assert!(app.model.wants_ticks());
    let start = corscope::engine::Timestamp(1_000_000);
    app.send(Msg::Tick(start));
    app.shows("The lab now plays");
    app.send(Msg::Tick(corscope::engine::Timestamp(start.0 + 60_000)));
    assert!(!app.screen().contains("The lab now plays"));
    assert!(!app.model.wants_ticks());
}

#[test]
fn every_screen_opens_by_a_key_and_goes_back_to_the_first() {
    let mut app = App::lab(120, 40);
    for (key, screen) in [("f2", Screen::Lessons), ("f1", Screen::Help)] {
        app.keys(key);
        assert_eq!(app.model.screen, screen);
        app.shows("○ READY");
        app.keys("esc");
        assert_eq!(app.model.screen, Screen::Debug);
    }
    app.keys("f1 alt-2");
    assert_eq!(
        (app.model.screen, app.model.panel),
        (Screen::Debug, Panel::Trace)
    );
    app.keys("f2 down f5").play();
    assert_eq!(app.model.screen, Screen::Debug);
    assert!(app.model.outcome.is_some());
}

#[test]
fn help_begins_with_the_keys_of_where_the_focus_is() {
    let mut app = App::lab(120, 40);
    app.keys("alt-2 ?");
    assert!(
        app.screen()
            .lines()
            .nth(2)
            .unwrap()
            .contains("In the trace")
    );
}

#[test]
fn the_console_of_each_browser_is_told() {
    let mut app = App::lab(120, 40);
    app.keys("f5").play();
    app.keys("right right right right");
    assert_eq!(app.model.detail.tab, Tab::Console);
    app.shows("Chromium");
    app.shows("net::ERR_FAILED");
    app.shows("Cross-Origin Request Blocked");
    app.shows("WebKit");
}

#[test]
fn what_another_engine_would_ask_is_offered_asked_and_judged() {
    let mut hinted = form(PAGE, "GET", API);
    hinted.headers = vec![HeaderRow::new("Save-Data", "on")];
    let mut app = App::with(120, 40, hinted);
    app.keys("f4");
    app.shows("Nothing was sent yet");
    let allow = || [("Access-Control-Allow-Origin", "*")].into_iter().collect();
    app.keys("f5").answer(Ok(reply(200, allow(), b"[]")));
    app.shows("✓ Chromium  … Firefox  … WebKit");
    app.shows("F4 asks");
    app.keys("right right right");
    app.shows("F4 asks the network as Firefox would: the preflight OPTIONS");
    app.keys("f4");
    let Some(Cmd::Ask(order)) = app.commands.pop() else {
        panic!("{:?}", app.commands);
    };
    let mut session = order.session;
    let replayed = replay_as(&session, Engine::Firefox.profile());
    let Some(Missing::Answer(kind, request)) = replayed.missing() else {
        panic!("{replayed:?}");
    };
    session.exchanges.push(Exchange {
        kind,
        request: *request,
        answer: Ok(reply(404, allow(), b"")),
        from_cache: false,
        provenance: Provenance::Browser,
        answered: session.started,
    });
    app.finish(order.id, Case::new(session, order.finished));
    app.shows("✓ Chromium  ✗ Firefox  ✗ WebKit");
    app.shows("Asked as Firefox would: OPTIONS https://api.example/x was");
    app.keys("f4");
    app.shows("The other engines would ask nothing else.");
    app.keys("1 type:2 f4");
    app.shows("The request was changed since; send it first.");
}

#[test]
fn engines_that_agree_need_no_words() {
    let mut app = App::lab(120, 40);
    app.keys("f5").play();
    app.shows("✗ Chromium  ✗ Firefox  ✗ WebKit");
    app.shows("the same in all three browsers");
}
