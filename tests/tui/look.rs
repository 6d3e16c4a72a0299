//! Themes, and what is handed to the clipboard, the editor and the opener of pages.

use corscope::tui::{Cmd, Meaning, Msg, Sheet, Viewer};

use crossterm::event::{KeyModifiers, MouseButton, MouseEvent, MouseEventKind};

use super::app::{App, form};

fn blocked(width: u16, height: u16) -> App {
    let mut app = App::lab(width, height);
    app.keys("f5").play();
    app
}

fn pictures(name: &str, keys: &str) {
    for (width, height) in [(200, 60), (120, 40), (80, 24), (40, 12)] {
        let mut app = blocked(width, height);
        app.keys(keys);
        insta::assert_snapshot!(format!("{name}_{width}x{height}"), app.screen());
    }
}

fn click(app: &mut App, column: u16, row: u16) {
    app.send(Msg::Mouse(MouseEvent {
        kind: MouseEventKind::Down(MouseButton::Left),
        column,
        row,
        modifiers: KeyModifiers::NONE,
    }));
}

/// What the last key asked for.
fn asked(app: &mut App) -> Cmd {
    let cmd = app.commands.pop().expect("something was asked for");
    assert!(app.commands.is_empty(), "{:?}", app.commands);
    cmd
}

#[test]
fn the_list_of_themes() {
    pictures("themes", "f9 down");
}

#[test]
fn the_selected_theme_is_on_until_it_is_left() {
    let mut app = blocked(120, 40);
    let before = app.model.theme.clone();
    app.keys("f9 G");
    assert_eq!(app.model.theme.name, "plain");
    app.keys("k");
    assert_eq!(app.model.theme.name, "terminal");
    app.keys("esc");
    assert_eq!(app.model.theme, before);
    app.keys("f9 G enter");
    assert_eq!(app.model.theme.name, "plain");
    assert!(app.screen().contains("theme = \"plain\""));
    // In a list that is open again the one that is on is selected.
    app.keys("f9").shows("▸ plain");
}

#[test]
fn the_background_counts_only_where_no_theme_was_chosen() {
    let mut app = blocked(120, 40);
    app.send(Msg::Background(true));
    assert_eq!(app.model.theme.name, "night");
    app.keys("f9 g enter");
    assert_eq!(app.model.theme.name, "day");
    app.send(Msg::Background(false));
    assert_eq!(app.model.theme.name, "night");
}

#[test]
fn the_list_of_what_can_be_copied() {
    pictures("copy", "y");
}

#[test]
fn a_click_selects_and_a_second_one_copies() {
    let mut app = blocked(120, 40);
    app.keys("y");
    let screen = app.screen();
    let (row, line) = screen
        .lines()
        .enumerate()
        .find(|(_, line)| line.contains("fetch() call"))
        .unwrap();
    let before = line.split("fetch() call").next().unwrap();
    let column = u16::try_from(before.chars().count()).unwrap();
    let row = u16::try_from(row).unwrap();
    click(&mut app, column, row);
    app.means("▸ fetch() call", Meaning::Selected);
    click(&mut app, column, row);
    let Cmd::Copy { name, text } = asked(&mut app) else {
        panic!();
    };
    assert_eq!(name, "fetch() call");
    assert!(text.starts_with("await fetch(\"http"), "{text}");
}

#[test]
fn each_thing_that_can_be_copied_is_what_its_name_says() {
    let mut app = blocked(120, 40);
    app.keys("y");
    let mut copied = Vec::new();
    let count = app
        .screen()
        .lines()
        .filter(|line| line.contains("curl, "))
        .count();
    assert_eq!(count, 1);
    for at in 0.. {
        app.keys("esc y");
        for _ in 0..at {
            app.keys("down");
        }
        app.keys("enter");
        let Cmd::Copy { name, text } = asked(&mut app) else {
            panic!();
        };
        if copied.iter().any(|(known, _)| *known == name) {
            break;
        }
        copied.push((name, text));
    }
    let text = |wanted: &str| {
        let found = copied.iter().find(|(name, _)| name == wanted);
        found
            .map(|(_, text)| text.as_str())
            .unwrap_or_else(|| panic!("{wanted}"))
    };
    assert_eq!(text("header at fault"), "Access-Control-Allow-Origin: ");
    assert!(text("console line, firefox").starts_with("Cross-Origin Request Blocked"));
    assert!(text("curl, request GET").starts_with("curl -i \\\n  http"));
    assert!(text("response head").starts_with("HTTP/1.1 200"));
    assert!(text("response body").contains("Espresso cup"));
    let report = text("report, without secrets");
    assert!(report.starts_with("# BLOCKED"), "{report}");
    assert!(text("the recipe for nginx").contains("add_header"));
}

#[test]
fn before_a_run_the_request_can_be_copied() {
    let mut app = App::with(
        80,
        24,
        form("https://app.example", "PUT", "https://api.example/"),
    );
    app.keys("esc y enter");
    let Cmd::Copy { text, .. } = asked(&mut app) else {
        panic!();
    };
    assert!(text.contains("method: \"PUT\""), "{text}");
    let mut app = App::with(80, 24, form("", "GET", ""));
    app.keys("esc y");
    assert!(app.screen().contains("nothing to copy"));
}

#[test]
fn the_pager_gets_the_report_and_on_its_tab_the_body() {
    let mut app = blocked(120, 40);
    app.keys("p");
    let Cmd::View(Sheet { name, bytes, .. }, Viewer::Pager) = asked(&mut app) else {
        panic!();
    };
    assert_eq!(name, "report");
    assert!(String::from_utf8(bytes).unwrap().contains("BLOCKED"));
    app.keys("left E");
    let Cmd::View(Sheet { name, ending, .. }, Viewer::Editor) = asked(&mut app) else {
        panic!();
    };
    assert_eq!((name, ending), ("body", ".json"));
}

#[test]
fn before_a_run_there_is_nothing_to_show() {
    let mut app = App::lab(80, 24);
    app.keys("esc p");
    assert!(app.commands.is_empty());
    assert!(app.screen().contains("nothing to show"));
    app.keys("O");
    assert!(app.commands.is_empty());
}

/// Nothing but pages that the program itself knows is ever opened.
#[test]
fn pages_of_the_standard_and_of_mdn_are_opened() {
    let mut app = blocked(120, 40);
    app.keys("o");
    let Cmd::Open(url) = asked(&mut app) else {
        panic!();
    };
    assert!(url.starts_with("https://fetch.spec.whatwg.org/#"), "{url}");
    app.keys("O");
    let Cmd::Open(url) = asked(&mut app) else {
        panic!();
    };
    assert!(url.starts_with("https://developer.mozilla.org/"), "{url}");
}

#[test]
fn what_was_done_outside_is_said() {
    let mut app = blocked(120, 40);
    app.send(Msg::Said(Ok("Copied: a".into())));
    app.send(Msg::Said(Err("nobody there".into())));
    let screen = app.screen();
    assert!(
        screen.contains("· Copied: a") && screen.contains("! nobody there"),
        "{screen}"
    );
}
