//! Every screen, tab and overlay has a picture at three sizes and one without colour.

use std::path::Path;

use corscope::tui::{Export, Msg, Overlay, Screen, Tab};
use ratatui::style::Color;

use super::app::{App, form};
use super::pasted::CURL;

const SIZES: [(u16, u16); 3] = [(80, 24), (120, 40), (200, 60)];

/// The first lesson, blocked, and then these keys.
fn lesson(theme: &str, width: u16, height: u16, keys: &str) -> App {
    let mut app = App::open(width, height, None, theme);
    app.keys("f5").play().keys(keys);
    app
}

/// What no other test makes a picture of.
fn app(name: &str, theme: &str, width: u16, height: u16) -> App {
    let form = || form("https://app.example", "DELETE", "https://api.example/x");
    match name {
        "engines" => lesson(theme, width, height, "right right right enter"),
        "glossary" => lesson(theme, width, height, "t"),
        "stacks" => lesson(theme, width, height, "right enter enter"),
        "export" => {
            let mut app = lesson(theme, width, height, "");
            app.send(Msg::Taken(Export {
                path: "corscope-api.yourcompany.example.md".into(),
                bytes: b"# BLOCKED".to_vec(),
                over: false,
            }));
            app
        }
        "confirm" => {
            let mut app = App::open(width, height, Some(form()), theme);
            app.keys("f5");
            app
        }
        "pasted" => {
            let mut app = App::open(width, height, Some(form()), theme);
            app.paste(CURL);
            app
        }
        _ => unreachable!("{name}"),
    }
}

#[test]
fn pictures() {
    for name in ["engines", "glossary", "stacks", "export"] {
        for (width, height) in SIZES {
            let picture = app(name, "night", width, height).screen();
            insta::assert_snapshot!(format!("{name}_{width}x{height}"), picture);
        }
    }
}

#[test]
fn without_colour() {
    for name in ["stacks", "export", "confirm", "pasted"] {
        let app = app(name, "plain", 120, 40);
        insta::assert_snapshot!(format!("plain_{name}"), app.screen());
        let cells = app.buffer().content;
        let plain =
            |cell: &ratatui::buffer::Cell| cell.fg == Color::Reset && cell.bg == Color::Reset;
        assert!(cells.iter().all(plain), "{name}");
    }
}

/// The pictures of a screen: with sizes, and without colour.
fn of_screen(screen: Screen) -> (&'static str, &'static str) {
    match screen {
        Screen::Debug => ("start", "why"),
        Screen::History => ("history", "history"),
        Screen::Compare => ("compare", "compare"),
        Screen::Lessons => ("lessons", "lessons"),
        Screen::Help => ("help", "help"),
    }
}

fn of_tab(tab: Tab) -> (&'static str, &'static str) {
    match tab {
        Tab::Why => ("blocked", "why"),
        Tab::Fix => ("fix", "fix"),
        Tab::Headers => ("headers", "headers"),
        Tab::Engines => ("engines", "engines"),
        Tab::Console => ("console", "console"),
        Tab::Body => ("body", "body"),
    }
}

/// As [`of_screen`]; a new overlay does not compile before it has a line here.
fn of_overlay(overlay: &Overlay) -> (&'static str, &'static str) {
    match overlay {
        Overlay::None => ("start", "why"),
        Overlay::Palette(_) => ("commands", "commands"),
        Overlay::Browser(_) => ("browser", "browser"),
        Overlay::WhatIf(_) => ("editor", "what_if"),
        Overlay::Glossary(_) => ("glossary", "glossary"),
        Overlay::Imported(_) => ("pasted", "pasted"),
        Overlay::Confirm(_) => ("confirm", "confirm"),
        Overlay::Themes(_) => ("themes", "themes"),
        Overlay::Copy(_) => ("copy", "copy"),
        Overlay::Requests(_) => ("requests", "requests"),
        Overlay::Stacks(_) => ("stacks", "stacks"),
        Overlay::Export(_) => ("export", "export"),
    }
}

#[test]
fn no_screen_tab_or_overlay_is_without_its_pictures() {
    let keys = [
        "ctrl-k",
        "f10",
        "w",
        "ctrl-t",
        "f9",
        "y",
        "ctrl-o",
        "right enter enter",
    ];
    let mut overlays: Vec<Overlay> = keys
        .map(|keys| lesson("night", 120, 40, keys).model.overlay)
        .into();
    overlays.extend(
        ["export", "confirm", "pasted"].map(|name| app(name, "night", 120, 40).model.overlay),
    );
    let known: Vec<_> = overlays.iter().map(of_overlay).collect();
    let screens = [
        Screen::Debug,
        Screen::History,
        Screen::Compare,
        Screen::Lessons,
        Screen::Help,
    ];
    let tabs = [
        Tab::Why,
        Tab::Fix,
        Tab::Headers,
        Tab::Engines,
        Tab::Console,
        Tab::Body,
    ];
    let others = [("sequence", "sequence"), ("term", "glossary")];
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tui/snapshots");
    let files: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .collect();
    let is_there = |name: String| {
        let end = format!("__{name}.snap");
        assert!(files.iter().any(|file| file.ends_with(&end)), "no {name}");
    };
    let all = known
        .into_iter()
        .chain(screens.map(of_screen))
        .chain(tabs.map(of_tab))
        .chain(others);
    for (sized, plain) in all {
        for (width, height) in SIZES {
            is_there(format!("{sized}_{width}x{height}"));
        }
        is_there(format!("plain_{plain}"));
    }
    assert_eq!(overlays.len(), 11, "every overlay is opened above");
}
