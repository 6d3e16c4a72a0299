//! Hands: commands, search, zoom, borders, the sequence, bodies to read, and where the keys say all that.

use std::collections::HashSet;

use corscope::tui::{
    Action, Keymap, Model, Overlay, Palette, Panel, Screen, Tab, TraceView, regions,
};
use corscope::wire::HeaderList;
use crossterm::event::MouseEventKind;

use super::app::{App, form, reply};

const PAGE: &str = "https://app.example";
const API: &str = "https://api.example/x";

/// A run whose preflight is blocked, the trace in front.
fn blocked(width: u16, height: u16) -> App {
    let mut app = App::lab(width, height);
    app.keys("f2 down down down enter f5").play();
    app
}

/// A run that is answered with that body.
fn answered(kind: &str, body: &[u8]) -> App {
    let mut app = App::with(120, 40, form(PAGE, "GET", API));
    let headers: HeaderList = [("Access-Control-Allow-Origin", "*"), ("Content-Type", kind)]
        .into_iter()
        .collect();
    app.keys("f5").answer(Ok(reply(200, headers, body)));
    app.keys("left");
    assert_eq!(app.model.detail.tab, Tab::Body);
    app
}

fn actions() -> HashSet<Action> {
    let keymap = Keymap::default();
    keymap.rows().iter().map(|row| row.action).collect()
}

#[test]
fn no_action_is_missing_from_the_commands() {
    let keymap = Keymap::default();
    let app = App::lab(120, 40);
    let palette = Palette::new(&keymap, &app.model.places());
    let listed: HashSet<Action> = palette
        .fitting()
        .iter()
        .map(|(command, _)| command.action)
        .collect();
    let mut expected = actions();
    // The list does not list itself.
    expected.remove(&Action::Palette);
    assert_eq!(listed, expected);
    assert_eq!(palette.fitting().len(), expected.len());
}

#[test]
fn no_row_of_the_table_is_missing_from_the_help() {
    let mut app = App::lab(160, 400);
    app.keys("f1");
    let screen = app.screen();
    for row in Keymap::default().rows() {
        let key = row.keys[0].to_string();
        let found = screen
            .lines()
            .any(|line| line.contains(&row.help) && line.contains(&key));
        assert!(found, "{} {:?}", row.help, row.place);
    }
}

#[test]
fn every_command_can_be_chosen_from_everywhere() {
    let count = Palette::new(&Keymap::default(), &[]).fitting().len();
    for before in ["alt-1", "alt-2", "f2", "f1"] {
        let mut ready = blocked(100, 30);
        ready.keys(before).keys("ctrl-k");
        for at in 0..count {
            let model = ready.model.clone();
            let commands = Vec::new();
            let kept = Vec::new();
            let mut app = App {
                model,
                commands,
                kept,
            };
            let Overlay::Palette(palette) = &mut app.model.overlay else {
                panic!("no commands");
            };
            palette.selected = at;
            app.keys("enter");
            app.buffer();
        }
    }
}

#[test]
fn a_command_is_found_by_its_words_or_its_name_and_done() {
    let mut app = blocked(120, 40);
    app.keys("ctrl-k type:zoom");
    app.shows("Zoom: give this panel all the room");
    app.keys("enter");
    assert!(app.model.zoomed);
    assert!(matches!(app.model.overlay, Overlay::None));
    app.keys(": type:border_nothing_fits");
    app.shows("No command fits.");
    app.keys("enter");
    assert!(matches!(app.model.overlay, Overlay::Palette(_)));
    app.keys("esc");
    assert!(matches!(app.model.overlay, Overlay::None));
    // A command goes to where it counts.
    app.keys("alt-1 ctrl-k type:jump_to_the_cause enter");
    assert_eq!(app.model.panel, Panel::Trace);
}

#[test]
fn commands_that_begin_with_what_is_typed_come_first() {
    let mut app = blocked(120, 40);
    app.keys("ctrl-k type:send");
    let Overlay::Palette(palette) = &app.model.overlay else {
        panic!("no commands");
    };
    let texts: Vec<_> = palette
        .fitting()
        .into_iter()
        .map(|(command, _)| &command.text)
        .collect();
    assert!(texts[0].starts_with("Send the request"), "{texts:?}");
    app.keys("backspace backspace");
    let Overlay::Palette(palette) = &app.model.overlay else {
        panic!("no commands");
    };
    let mut begin = palette
        .fitting()
        .into_iter()
        .map(|(command, _)| command.text.starts_with("Se"));
    assert!(
        begin
            .by_ref()
            .skip_while(|begins| *begins)
            .all(|begins| !begins)
    );
}

#[test]
fn a_command_of_another_screen_goes_there_first() {
    let mut app = blocked(120, 40);
    app.keys("ctrl-k type:compare_the_marked enter");
    assert_eq!(app.model.screen, Screen::History);
    app.shows("Mark a run");
    app.keys("esc ctrl-k type:empty_the_whole enter");
    assert!(matches!(app.model.overlay, Overlay::Browser(_)));
}

#[test]
fn the_footer_shows_no_key_that_means_something_else_or_nothing_here() {
    let footer = |app: &App| app.screen().lines().last().unwrap_or_default().to_owned();
    let mut app = blocked(120, 40);
    app.keys("alt-1");
    assert!(footer(&app).contains("F3 other server"), "{}", footer(&app));
    app.keys("f2");
    assert!(!footer(&app).contains("F2"), "{}", footer(&app));
    app.keys("esc alt-1 ctrl-u type:https://api.example/");
    assert!(!footer(&app).contains("F3"), "{}", footer(&app));
    let mut app = blocked(120, 40);
    app.keys("alt-2");
    for hint in ["c cause", "f apply fix", "next problem"] {
        assert!(footer(&app).contains(hint), "{}", footer(&app));
    }
    // The fix is applied: nothing is left to go to.
    app.keys("f");
    for hint in ["cause", "apply fix", "next problem"] {
        assert!(!footer(&app).contains(hint), "{}", footer(&app));
    }
    assert!(footer(&app).contains("what if"), "{}", footer(&app));
    app.keys("u alt-3");
    let fixes = &mut app.model.outcome.as_mut().unwrap().case.fixes;
    fixes.truncate(2);
    assert!(footer(&app).contains("other fix"), "{}", footer(&app));
    // The only fix has no other.
    app.model.outcome.as_mut().unwrap().case.fixes.truncate(1);
    assert!(footer(&app).contains("choose stack"), "{}", footer(&app));
    assert!(!footer(&app).contains("other fix"), "{}", footer(&app));
}

#[test]
fn a_click_on_a_command_does_it_and_one_beside_closes_the_list() {
    let mut app = blocked(120, 40);
    app.keys("ctrl-k type:choose").click("Choose a lesson");
    assert_eq!(app.model.screen, Screen::Lessons);
    app.keys("esc ctrl-k").mouse(
        MouseEventKind::Down(crossterm::event::MouseButton::Left),
        0,
        1,
    );
    assert!(matches!(app.model.overlay, Overlay::None));
}

#[test]
fn a_panel_takes_all_the_room_and_gives_it_back() {
    let mut app = blocked(120, 40);
    let before = regions(&app.model);
    app.keys("z");
    let zoomed = regions(&app.model);
    assert_eq!(zoomed.trace, zoomed.body);
    assert!(zoomed.detail.is_empty() && zoomed.request.is_empty());
    app.shows("2 Trace");
    app.keys("enter");
    assert_eq!(regions(&app.model).detail, zoomed.body);
    app.keys("backspace z");
    assert_eq!(regions(&app.model), before);
}

#[test]
fn borders_move_by_key_and_by_mouse_and_stay_through_a_resize() {
    let mut app = blocked(120, 40);
    let before = regions(&app.model);
    app.keys("> >");
    assert!(regions(&app.model).request.width > before.request.width);
    app.keys("< < < <");
    assert!(regions(&app.model).request.width < before.request.width);
    app.keys("}");
    assert!(regions(&app.model).trace.height > before.trace.height);
    app.keys("{ { {");
    assert!(regions(&app.model).trace.height < before.trace.height);
    let border = (regions(&app.model).trace.x, 20);
    app.drag(border, (70, 20));
    assert_eq!(regions(&app.model).trace.x, 71);
    let row = regions(&app.model).trace.bottom() - 1;
    app.drag((90, row), (90, 12));
    assert_eq!(regions(&app.model).trace.bottom(), 13);
    let moved = regions(&app.model);
    app.resize(30, 10).buffer();
    app.resize(120, 40);
    assert_eq!(regions(&app.model), moved);
    for _ in 0..40 {
        app.keys("< {");
    }
    app.buffer();
    let parts = regions(&app.model);
    assert!(parts.request.width >= 28 && parts.trace.height >= 4);
}

#[test]
fn three_regions_two_or_one() {
    let count = |model: &Model| {
        let parts = regions(model);
        let shown = [parts.request, parts.trace, parts.detail];
        shown.iter().filter(|part| !part.is_empty()).count()
    };
    let mut app = blocked(120, 40);
    for (width, height, expected) in [
        (250, 80, 3),
        (200, 60, 3),
        (100, 22, 3),
        (80, 50, 3),
        (80, 24, 2),
        (60, 18, 1),
    ] {
        app.resize(width, height);
        assert_eq!(count(&app.model), expected, "{width}x{height}");
        app.shows("BLOCKED");
    }
}

#[test]
fn a_search_goes_from_match_to_match_and_n_is_given_back() {
    let mut app = blocked(120, 40);
    let cause = app.model.trace.selected;
    app.keys("g / type:OPTIONS");
    app.shows("/OPTIONS");
    app.shows("match");
    let row = app.model.trace.selected;
    app.means("OPTIONS", corscope::tui::Meaning::Found);
    app.keys("enter n n N");
    assert_eq!(app.model.trace.selected, row);
    app.keys("esc g n");
    assert_eq!(app.model.trace.selected, cause);
    app.keys("/ type:nowhere_at_all enter");
    app.keys("n");
    app.shows("Not found.");
    app.keys("esc / esc");
    assert!(app.model.search.is_none());
}

#[test]
fn headers_and_bodies_are_searched_and_scrolled_to() {
    let lines: Vec<String> = (0..300).map(|n| format!("\"line{n}\"")).collect();
    let body = format!("[{}]", lines.join(","));
    let mut app = answered("application/json", body.as_bytes());
    app.keys("enter / type:line250");
    app.shows("line250");
    app.means("line250", corscope::tui::Meaning::Found);
    assert!(app.model.detail.offset > 200);
    app.keys("esc h h h / type:allow-origin");
    assert_eq!(app.model.detail.tab, Tab::Headers);
    app.means("Allow-Origin", corscope::tui::Meaning::Found);
}

#[test]
fn the_sequence_shares_its_selection_with_the_steps() {
    let mut app = blocked(120, 40);
    let cause = app.model.trace.selected;
    app.keys("s");
    assert_eq!(app.model.trace.view, TraceView::Sequence);
    app.shows("OPTIONS /orders  preflight");
    app.shows("◀ cause");
    app.shows("never sent");
    app.keys("down");
    assert_ne!(app.model.trace.selected, cause);
    app.shows("was never sent");
    app.keys("up");
    assert_eq!(app.model.trace.selected, cause);
    app.click("never sent");
    assert_ne!(app.model.trace.selected, cause);
    app.keys("c s");
    assert_eq!(app.model.trace.view, TraceView::Steps);
    assert_eq!(app.model.trace.selected, cause);
    app.keys("s f5").play();
    assert_eq!(app.model.trace.view, TraceView::Sequence);
}

#[test]
fn where_there_is_room_the_sequence_stands_under_the_steps() {
    let mut app = blocked(200, 60);
    let cause = app.model.trace.selected;
    assert_eq!(app.model.trace.view, TraceView::Steps);
    app.shows("OPTIONS /orders  preflight ─");
    app.click("never sent ╌");
    assert_ne!(app.model.trace.selected, cause);
    app.click("✗ Access-Control-Allow-Headers:");
    assert_eq!(app.model.trace.selected, cause);
    app.keys("s").shows("Trace: sequence");
    let small = blocked(120, 40);
    assert!(!small.screen().contains("preflight ─"), "no room");
}

#[test]
fn bodies_are_laid_out_for_reading() {
    let app = answered("application/json", br#"{"id":1e400,"name":"x"}"#);
    app.shows("  \"id\": 1e400,");
    app.shows("JSON, indented");
    let app = answered("text/html", b"<html><body><p>Hi</p></body></html>");
    app.shows("    <p>");
    let app = answered("image/png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR");
    app.shows("00000000  89 50 4e 47");
    let mut app = answered("text/plain", "plain\twords\n".repeat(50_000).as_bytes());
    app.shows("plain    words");
    app.keys("enter G");
    app.shows("Only the first 131072 bytes are shown.");
}

#[test]
fn what_turns_the_direction_of_text_is_escaped_and_breaks_no_border() {
    let mut app = answered(
        "text/plain",
        "a\u{202e}b\u{2066}c\u{200f} \u{5d0}\u{5d1}\n".as_bytes(),
    );
    app.shows("a\\u{202e}b\\u{2066}c\\u{200f}");
    for (width, height) in [(120, 40), (80, 24), (60, 18), (200, 60)] {
        app.resize(width, height);
        for row in app.screen().lines().skip(1).take(usize::from(height) - 4) {
            let columns = unicode_width::UnicodeWidthStr::width(row);
            assert_eq!(columns, usize::from(width), "{row}");
        }
    }
}

#[test]
fn waiting_says_how_to_stop_it() {
    let mut app = App::lab(120, 40);
    app.keys("f5");
    app.shows("Esc stops the run and keeps what is known by then.");
    assert!(app.model.wants_ticks());
}
