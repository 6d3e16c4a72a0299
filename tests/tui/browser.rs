//! The session's browser on the screen: kept from run to run, shown, emptied.

use corscope::engine::{Api, Credentials, Part};
use corscope::wire::{Answer, HeaderList};

use super::app::{App, form, reply};

/// What every request of these tests is answered with.
fn answered() -> Answer {
    let headers: HeaderList = [
        ("Access-Control-Allow-Origin", "https://app.example"),
        ("Access-Control-Allow-Credentials", "true"),
        ("Access-Control-Allow-Methods", "PUT"),
        ("Access-Control-Max-Age", "60"),
        ("Cache-Control", "max-age=600"),
        ("Set-Cookie", "sid=secret; HttpOnly"),
    ]
    .into_iter()
    .collect();
    Ok(reply(200, headers, b"body"))
}

/// After a PUT and a GET with credentials.
pub fn used(width: u16, height: u16) -> App {
    let url = "https://api.app.example/prices/7";
    let mut form = form("https://app.example", "PUT", url);
    form.credentials = Credentials::Include;
    let mut app = App::with(width, height, form);
    app.keys("f5 y").answer(answered());
    app.model.composer.method.replace("GET");
    app.model.predict();
    app.keys("f5").answer(answered());
    app
}

pub fn held(app: &App) -> Vec<usize> {
    let now = app.model.now;
    let browser = app.model.composer.browser(now);
    let contents = browser.contents(now);
    Part::ALL.iter().map(|part| contents.count(*part)).collect()
}

#[test]
fn each_run_is_of_the_page_loaded_anew() {
    let mut form = form("https://app.example", "GET", "https://api.example/x.png");
    form.way.api = Api::Img;
    let headers: HeaderList = [("Content-Type", "image/png"), ("Cache-Control", "no-store")]
        .into_iter()
        .collect();
    let image = Ok(reply(200, headers, b"\x89PNG\r\n\x1a\n"));
    let mut app = App::with(120, 40, form);
    for _ in 0..2 {
        app.keys("f5").answer(image.clone());
        let outcome = app.model.outcome.as_ref().unwrap();
        let finished = &outcome.case.finished;
        assert!(finished.response.is_some() && !finished.exchanges[0].from_cache);
    }
}

#[test]
fn the_browser_stays_from_run_to_run_and_its_caches_answer() {
    let mut app = used(120, 40);
    assert_eq!(held(&app), [1, 1, 1, 0, 0]);
    let screen = app.screen();
    assert!(screen.contains("the HTTP cache answers"), "{screen}");
    app.keys("f5").answer(answered());
    let screen = app.screen();
    assert!(screen.contains("200  from the HTTP cache"), "{screen}");
    app.keys("alt-3 right right");
    let screen = app.screen();
    assert!(screen.contains("Its HTTP cache answered"), "{screen}");

    app.model.composer.method.replace("PUT");
    app.model.predict();
    app.keys("f5").answer(answered());
    let outcome = app.model.outcome.as_ref().unwrap();
    let exchanges = outcome.case.finished.exchanges.iter();
    let methods: Vec<_> = exchanges.map(|e| e.request.method.as_str()).collect();
    assert_eq!(methods, ["PUT"]);
}

#[test]
fn what_the_browser_holds() {
    for (width, height) in [(200, 60), (120, 40), (80, 24), (40, 12)] {
        let mut app = used(width, height);
        app.keys("f10");
        let screen = app.screen();
        assert!(!screen.contains("secret"), "{screen}");
        insta::assert_snapshot!(format!("browser_{width}x{height}"), screen);
    }
}

#[test]
fn a_part_or_everything_is_emptied() {
    let mut app = used(120, 40);
    app.keys("f10 down x");
    assert_eq!(held(&app), [1, 0, 1, 0, 0]);
    app.keys("X");
    assert_eq!(held(&app), [0; 5]);
    let screen = app.screen();
    assert!(screen.contains("Preflight cache: nothing"), "{screen}");
    app.keys("esc");
    assert!(!app.screen().contains("Preflight cache:"));
}

#[test]
fn the_other_server_of_a_lesson_meets_an_empty_browser() {
    let mut app = App::lab(120, 40);
    app.keys("f5").play();
    assert!(app.model.composer.kept.is_some());
    app.keys("f3");
    assert!(app.model.composer.kept.is_none());
}
