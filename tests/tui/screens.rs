//! Pictures of the screens at four sizes, and what the styles of their cells mean.

use corscope::session::HeaderRow;
use corscope::tui::Meaning;

use super::app::{App, failure, form};

const SIZES: [(u16, u16); 4] = [(200, 60), (120, 40), (80, 24), (40, 12)];

/// Takes a picture at each size.
fn pictures(name: &str, make: impl Fn(u16, u16) -> App) {
    for (width, height) in SIZES {
        let picture = make(width, height).screen();
        insta::assert_snapshot!(format!("{name}_{width}x{height}"), picture);
    }
}

fn preflight(width: u16, height: u16) -> App {
    let mut form = form("https://app.example", "PUT", "https://api.example/prices/7");
    form.headers = vec![
        HeaderRow::new("Content-Type", "application/json"),
        HeaderRow::new("X-Api-Key", "42"),
    ];
    form.body = Some("{\"price\": 12.5}".to_owned());
    App::with(width, height, form)
}

fn lesson(width: u16, height: u16, keys: &str) -> App {
    let mut app = App::lab(width, height);
    app.keys(keys);
    app
}

#[test]
fn at_the_start() {
    pictures("start", App::lab);
    App::lab(120, 40).means("○ READY", Meaning::BadgeReady);
}

#[test]
fn prediction_with_preflight() {
    pictures("prediction", preflight);
    preflight(120, 40).means("OPTIONS", Meaning::Strong);
}

#[test]
fn mistakes() {
    let make = |width, height| App::with(width, height, form("app.example", "GE T", ""));
    pictures("mistakes", make);
    make(120, 40).means("✗ `app.example` is no", Meaning::Mistake);
}

#[test]
fn a_blocked_run() {
    let make = |width, height| {
        let mut app = lesson(width, height, "f5");
        app.play();
        app
    };
    pictures("blocked", make);
    let app = make(120, 40);
    app.means("✗ BLOCKED", Meaning::BadgeBlocked);
    app.means(" ◀ cause ", Meaning::Cause);
    app.means("(missing)", Meaning::Mark);
    app.means("▲▲▲▲▲▲▲▲▲", Meaning::Fail);
}

#[test]
fn a_blocked_preflight() {
    let make = |width, height| {
        let mut app = lesson(width, height, "f2 down down down enter f5");
        app.play();
        app
    };
    pictures("preflight", make);
    let app = make(120, 40);
    app.shows("never sent");
    app.means("never sent", Meaning::Warning);
}

#[test]
fn the_headers_of_a_blocked_run() {
    let make = |width, height| {
        let mut app = lesson(width, height, "f2 end up up up up enter f5");
        app.play();
        app.keys("right right enter");
        app
    };
    pictures("headers", make);
}

#[test]
fn the_body_that_the_page_does_not_get() {
    let make = |width, height| {
        let mut app = lesson(width, height, "f5");
        app.play();
        app.keys("left enter");
        app
    };
    pictures("body", make);
    make(120, 40).shows("Espresso cup");
}

#[test]
fn the_consoles_of_a_blocked_run() {
    pictures("console", |width, height| {
        let mut app = lesson(width, height, "f5");
        app.play();
        app.keys("left left enter");
        app
    });
}

#[test]
fn the_sequence_of_a_blocked_preflight() {
    let make = |width, height| {
        let mut app = lesson(width, height, "f2 down down down enter f5");
        app.play();
        app.keys("s");
        app
    };
    pictures("sequence", make);
    let app = make(120, 40);
    app.means("never sent", Meaning::Warning);
    app.means(" ◀ cause ", Meaning::Cause);
    app.means("✗ 204", Meaning::Fail);
}

#[test]
fn the_commands() {
    pictures("commands", |width, height| {
        let mut app = lesson(width, height, "f5");
        app.play();
        app.keys("ctrl-k type:se");
        app
    });
}

#[test]
fn a_search() {
    let make = |width, height| {
        let mut app = lesson(width, height, "f5");
        app.play();
        app.keys("left enter / type:espresso");
        app
    };
    pictures("search", make);
    make(120, 40).means("Espresso", Meaning::Found);
}

#[test]
fn a_panel_zoomed() {
    pictures("zoomed", |width, height| {
        let mut app = lesson(width, height, "f5");
        app.play();
        app.keys("enter z");
        app
    });
}

#[test]
fn a_run_under_way() {
    pictures("sending", |width, height| lesson(width, height, "f5"));
}

/// Every screen and tab, by the keys that lead there after a blocked run.
const EVERYWHERE: [(&str, &str); 16] = [
    ("why", ""),
    ("fix", "right"),
    ("headers", "right right"),
    ("engines", "right right right"),
    ("console", "left left"),
    ("body", "left"),
    ("sequence", "s"),
    ("lessons", "f2"),
    ("help", "f1"),
    ("commands", "ctrl-k"),
    ("browser", "f10"),
    ("themes", "f9"),
    ("copy", "y"),
    ("glossary", "ctrl-t"),
    ("what_if", "w"),
    ("requests", "ctrl-o"),
];

#[test]
fn without_colour() {
    for (name, keys) in EVERYWHERE {
        let mut app = App::open(120, 40, None, "plain");
        app.keys("f5").play();
        app.keys(keys);
        insta::assert_snapshot!(format!("plain_{name}"), app.screen());
        let plain = ratatui::style::Color::Reset;
        let coloured = |cell: &ratatui::buffer::Cell| cell.fg != plain || cell.bg != plain;
        assert!(!app.buffer().content.iter().any(coloured), "{name}");
    }
}

#[test]
fn an_allowed_run() {
    let make = |width, height| {
        let mut app = lesson(width, height, "f3 f5");
        app.play();
        app
    };
    pictures("allowed", make);
    let app = make(120, 40);
    app.means("✓ ALLOWED", Meaning::BadgeAllowed);
}

#[test]
fn the_lessons() {
    pictures("lessons", |width, height| {
        lesson(width, height, "f2 down right")
    });
}

#[test]
fn the_question_before_a_change() {
    pictures("confirm", |width, height| {
        let mut app = preflight(width, height);
        app.keys("f5");
        app
    });
}

#[test]
fn a_network_failure() {
    let make = |width, height| {
        let mut app = App::with(
            width,
            height,
            form("https://app.example", "GET", "https://api.example/"),
        );
        app.keys("f5").answer(Err(failure()));
        app
    };
    pictures("failure", make);
    make(120, 40).means("✗ FAILED", Meaning::BadgeFailed);
}

#[test]
fn help() {
    pictures("help", |width, height| lesson(width, height, "f1"));
}

#[test]
fn without_colour_no_cell_has_one() {
    let mut app = App::open(120, 40, None, "plain");
    app.keys("f5").play();
    let plain = ratatui::style::Color::Reset;
    let buffer = app.buffer();
    assert!(
        buffer
            .content
            .iter()
            .all(|cell| cell.fg == plain && cell.bg == plain)
    );
    app.shows("✗ BLOCKED");
    app.shows("◀ cause");
    app.shows("▲▲▲");
}

#[test]
fn wide_and_combining_characters_leave_the_borders_alone() {
    let mut app = App::with(
        120,
        40,
        form("https://app.example", "GET", "https://x.example/"),
    );
    app.keys("f6")
        .paste("X-日本: 日本語日本語日本語日本語日本語e\u{301}👩‍💻\u{202e}\u{200b}");
    let screen = app.screen();
    for row in screen.lines().skip(1).take(36) {
        let width = unicode_width::UnicodeWidthStr::width(row);
        assert_eq!(width, 120, "{row}");
        assert!(row.ends_with(['│', '╮', '╯']), "{row}");
    }
}
