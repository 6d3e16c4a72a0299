//! Pasting a command, a call or a console error into the form.

use corscope::engine::{Credentials, Engine};
use corscope::tui::{Overlay, Run, Stop};
use insta::assert_snapshot;

use super::app::{App, form, reply};

pub const CURL: &str = "curl 'https://api.example/items' \\\n  -X PUT \\\n  -H 'Origin: https://app.example' \\\n  \
                    -H 'X-Api-Key: 1' \\\n  -H 'User-Agent: Mozilla/5.0 Firefox/140.0' \\\n  -b 'sid=1' \\\n  \
                    --data-raw '{}' --insecure";

fn app(width: u16, height: u16) -> App {
    App::with(
        width,
        height,
        form("https://old.example", "GET", "https://old.example/x"),
    )
}

fn toasts(app: &App) -> String {
    let texts = app.model.toasts.iter().map(|toast| toast.text.as_str());
    texts.collect::<Vec<_>>().join("\n")
}

#[test]
fn a_command_fills_the_whole_form_and_undo_puts_it_back() {
    let mut app = app(120, 40);
    let before = app.model.composer.form();
    app.paste(CURL);
    let filled = app.model.composer.form();
    assert_eq!(filled.page.origin, "https://app.example");
    assert_eq!(filled.method, "PUT");
    assert_eq!(filled.url, "https://api.example/items");
    assert_eq!(filled.body.as_deref(), Some("{}"));
    assert_eq!(filled.credentials, Credentials::Include);
    assert_eq!(app.model.composer.engine, Engine::Firefox);
    assert_eq!(app.model.composer.cookies.len(), 1);
    assert!(matches!(app.model.overlay, Overlay::Imported(_)));
    app.keys("esc");
    assert!(matches!(app.model.overlay, Overlay::None));
    app.keys("alt-z");
    assert_eq!(app.model.composer.form(), before);
    assert_eq!(app.model.composer.engine, Engine::Chromium);
    assert!(app.model.composer.cookies.is_empty());
}

#[test]
fn the_notes_on_a_paste_keep_no_key_from_what_it_does() {
    let mut app = app(120, 40);
    let command = "curl -H 'Origin: https://app.example' https://api.example/items";
    app.paste(command).shows("F5 send");
    app.keys("f5");
    assert_eq!(app.order().request.url, "https://api.example/items");
    assert!(matches!(app.model.overlay, Overlay::None));
    let mut app = self::app(120, 40);
    app.paste(command).keys("enter");
    assert!(matches!(app.model.overlay, Overlay::None));
    assert!(matches!(app.model.run, Run::Idle));
}

#[test]
fn undo_takes_typing_back_before_the_paste() {
    let mut app = app(120, 40);
    app.paste(CURL).keys("esc type:z alt-z");
    assert_eq!(app.model.composer.form().url, "https://api.example/items");
    app.keys("alt-z");
    assert_eq!(app.model.composer.form().url, "https://old.example/x");
}

#[test]
fn other_text_goes_into_the_field() {
    let mut app = app(120, 40);
    app.model.composer.stop = Stop::Body;
    app.paste("some text about curl");
    assert_eq!(
        app.model.composer.form().body.as_deref(),
        Some("some text about curl")
    );
    app.model.composer.stop = Stop::Page;
    app.keys("ctrl-u").paste("https://new.example");
    assert_eq!(app.model.composer.form().page.origin, "https://new.example");
    assert!(matches!(app.model.overlay, Overlay::None));
}

#[test]
fn a_url_takes_the_place_of_the_labs_or_of_one_that_was_sent() {
    let mut app = App::lab(120, 40);
    app.paste("https://api.mine.example/x\n");
    assert_eq!(app.model.composer.form().url, "https://api.mine.example/x");
    // Nobody's page is the lesson's.
    assert_eq!(app.model.composer.form().page.origin, "");
    assert_eq!(app.model.composer.stop, Stop::Page);
    app.keys("type:https://mine.example f5");
    app.answer(Err(super::app::failure()));
    // Wherever the focus is.
    app.paste("https://api.mine.example/y");
    assert_eq!(app.model.composer.form().url, "https://api.mine.example/y");
    assert_eq!(
        app.model.composer.form().page.origin,
        "https://mine.example"
    );
    app.keys("alt-z");
    assert_eq!(app.model.composer.form().url, "https://api.mine.example/x");
    // One that is being written is added to.
    app.model.composer.stop = Stop::Url;
    app.keys("end type:?to=").paste("https://b.example/");
    assert_eq!(
        app.model.composer.form().url,
        "https://api.mine.example/x?to=https://b.example/"
    );
}

#[test]
fn a_paste_counts_wherever_nothing_else_is_typed() {
    for place in ["f5 alt-2", "alt-3", "f2", "f1"] {
        let mut app = app(120, 40);
        app.keys(place).paste(CURL);
        let form = app.model.composer.form();
        assert_eq!(form.url, "https://api.example/items", "{place}");
    }
}

#[test]
fn what_cannot_be_read_goes_into_the_field_and_is_told() {
    let mut app = app(120, 40);
    app.model.composer.stop = Stop::Body;
    app.paste("curl 'https://a");
    assert_eq!(
        app.model.composer.form().body.as_deref(),
        Some("curl 'https://a")
    );
    let notice = toasts(&app);
    assert!(notice.contains("line 1 column 6"), "{notice}");
}

#[test]
fn a_page_that_the_text_does_not_know_stays() {
    let mut app = app(120, 40);
    app.paste("fetch('https://api.example/y')");
    assert_eq!(app.model.composer.form().page.origin, "https://old.example");
}

#[test]
fn after_a_run_from_a_console_error_it_is_told_whether_that_still_happens() {
    let mut app = app(120, 40);
    app.paste(
        "Access to fetch at 'https://api.example/y' from origin 'https://app.example' has been blocked by CORS \
         policy: No 'Access-Control-Allow-Origin' header is present on the requested resource.",
    );
    app.keys("esc f5");
    let reply = reply(200, corscope::wire::HeaderList::default(), b"");
    app.answer(Ok(reply));
    let notice = toasts(&app);
    assert!(notice.contains("The server still does it."), "{notice}");
}

#[test]
fn the_notes_at_three_sizes() {
    for (width, height) in [(200, 60), (120, 40), (80, 24), (40, 12)] {
        let mut app = app(width, height);
        app.paste(CURL);
        let size = format!("pasted_{width}x{height}");
        assert_snapshot!(size, app.screen());
        app.keys("down down pagedown esc");
        assert!(matches!(app.model.overlay, Overlay::None));
    }
}
