//! Held resources across fetches of one document.

use url::Url;

use super::*;
use crate::engine::{
    Browser, CrossOriginAttribute, Engine, FetchRequest, Finished, Location, Step, Timestamp, start,
};
use crate::wire::Body;

const PAGE: &str = "https://app.test/";
const URL: &str = "https://api.test/x";
const BROWSERS: [Engine; 3] = [Engine::Chromium, Engine::Firefox, Engine::WebKit];
const PNG: &[u8] =
    b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0\x1f\x15\xc4\x89";
const OWN: (&str, &str) = ("Access-Control-Allow-Origin", "https://app.test");

/// A browser, and what its server always answers.
struct Visit {
    browser: Browser,
    page: Page,
    answer: Reply,
    sent: usize,
}

impl Visit {
    fn new(engine: Engine, status: u16, lines: &[(&str, &str)], body: &[u8]) -> Self {
        Self {
            browser: Browser::fresh(engine),
            page: Page::at(Url::parse(PAGE).unwrap()),
            answer: Reply {
                status,
                headers: lines.iter().copied().collect(),
                body: Body::plain(body.to_vec()),
                ..Reply::default()
            },
            sent: 0,
        }
    }

    fn ask(&mut self, request: &FetchRequest) -> Finished {
        let now = Timestamp(1_800_000_000_000);
        let browser = &mut self.browser;
        let mut step = start(request, &self.page, browser, now);
        loop {
            step = match step {
                Step::Locate(locating) => locating.located(Location::PUBLIC, browser, now),
                Step::Send(pending) => {
                    self.sent += 1;
                    pending.answer(&Ok(self.answer.clone()), browser, now)
                }
                Step::Done(finished) => return *finished,
            }
        }
    }

    fn loads(&mut self, request: &FetchRequest) -> bool {
        let element = self
            .ask(request)
            .response
            .and_then(|response| response.element);
        element.is_some_and(|element| element.loaded)
    }
}

fn element(api: Api, url: &str) -> FetchRequest {
    FetchRequest {
        api,
        ..FetchRequest::new(url)
    }
}

fn module(url: &str) -> FetchRequest {
    FetchRequest {
        module: true,
        ..element(Api::Script, url)
    }
}

fn anonymous(request: FetchRequest) -> FetchRequest {
    FetchRequest {
        crossorigin: Some(CrossOriginAttribute::Anonymous),
        ..request
    }
}

/// How many requests go out for these in Chromium, Firefox and WebKit.
fn sent(status: u16, lines: &[(&str, &str)], body: &[u8], asked: &[FetchRequest]) -> [usize; 3] {
    BROWSERS.map(|engine| {
        let mut visit = Visit::new(engine, status, lines, body);
        for request in asked {
            visit.ask(request);
        }
        visit.sent
    })
}

fn twice(request: &FetchRequest) -> [FetchRequest; 2] {
    [request.clone(), request.clone()]
}

#[test]
fn an_image_is_asked_for_once_whatever_the_cache_may_keep() {
    let image = element(Api::Img, URL);
    for status in [200, 404, 500] {
        let lines = [("Content-Type", "image/png"), ("Cache-Control", "no-store")];
        assert_eq!(sent(status, &lines, PNG, &twice(&image)), [1, 1, 1]);
    }
    let varied = [("Content-Type", "image/png"), ("Vary", "*")];
    assert_eq!(sent(200, &varied, PNG, &twice(&image)), [1, 1, 2]);
    // Refused by CORS, and no image.
    let crossed = anonymous(image);
    let (png, junk) = ([("Content-Type", "image/png")], [OWN]);
    assert_eq!(sent(200, &png, PNG, &twice(&crossed)), [2, 2, 2]);
    assert_eq!(sent(200, &junk, b"hello", &twice(&crossed)), [2, 1, 2]);
    let opaque = twice(&element(Api::Img, URL));
    assert_eq!(sent(200, &junk, b"hello", &opaque), [2, 2, 2]);
}

#[test]
fn one_image_of_each_url_but_in_firefox() {
    let lines = [("Content-Type", "image/png"), OWN];
    let image = element(Api::Img, URL);
    let between = |other: FetchRequest| [image.clone(), other, image.clone()];
    for (other, expected) in [
        (anonymous(image.clone()), [3, 2, 3]),
        (element(Api::Stylesheet, URL), [3, 2, 3]),
        (FetchRequest::new(URL), [3, 2, 3]),
        (element(Api::Img, "https://api.test/x#a"), [1, 2, 1]),
        (element(Api::Img, "https://api.test/y"), [2, 2, 2]),
    ] {
        assert_eq!(sent(200, &lines, PNG, &between(other)), expected);
    }
}

#[test]
fn a_module_is_known_by_its_url() {
    let lines = [("Content-Type", "text/javascript"), OWN];
    let asked = [module(URL), anonymous(module(URL))];
    assert_eq!(sent(200, &lines, b"", &asked), [1, 1, 1]);
    let asked = [module(URL), module("https://api.test/x#a")];
    assert_eq!(sent(200, &lines, b"", &asked), [2, 2, 2]);
    let classic = element(Api::Script, URL);
    assert_eq!(sent(200, &lines, b"", &twice(&classic)), [2, 2, 2]);
}

#[test]
fn a_failed_module_stays_failed_in_firefox() {
    for engine in BROWSERS {
        let lines = [("Content-Type", "text/javascript")];
        let mut visit = Visit::new(engine, 200, &lines, b"");
        assert!(!visit.loads(&module(URL)));
        visit.answer.headers.append(OWN.0, OWN.1);
        let firefox = engine == Engine::Firefox;
        assert_eq!(visit.loads(&module(URL)), !firefox, "{engine:?}");
    }
}

#[test]
fn firefox_keeps_style_sheets_fonts_and_media() {
    let lines = [("Content-Type", "text/css"), OWN];
    let sheet = element(Api::Stylesheet, URL);
    assert_eq!(sent(200, &lines, b"", &twice(&sheet)), [2, 1, 2]);
    assert_eq!(sent(404, &lines, b"", &twice(&sheet)), [2, 2, 2]);
    let lines = [("Content-Type", "audio/wav"), OWN];
    let wav = b"RIFF\x24\0\0\0WAVEfmt ";
    let asked = [element(Api::Audio, URL), element(Api::Video, URL)];
    let [chromium, firefox, _] = sent(200, &lines, wav, &asked);
    assert_eq!([chromium, firefox], [2, 1]);
}

#[test]
fn the_integrity_is_that_of_the_first() {
    let wrong = FetchRequest {
        integrity: "sha256-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=".into(),
        ..module(URL)
    };
    let lines = [("Content-Type", "text/javascript"), OWN];
    for engine in BROWSERS {
        let mut visit = Visit::new(engine, 200, &lines, b"");
        assert!(visit.loads(&module(URL)) && visit.loads(&wrong));
        let mut visit = Visit::new(engine, 200, &lines, b"");
        assert!(!visit.loads(&wrong));
        assert_eq!(visit.loads(&module(URL)), engine != Engine::Firefox);
    }
}

#[test]
fn a_redirect_is_held_with_its_target() {
    let mut visit = Visit::new(Engine::WebKit, 302, &[("Location", "/y")], b"");
    let image = element(Api::Img, URL);
    let now = Timestamp(0);
    let Step::Send(pending) = start(&image, &visit.page, &mut visit.browser, now) else {
        panic!("it is asked for");
    };
    let redirect = Ok(visit.answer.clone());
    let Step::Send(pending) = pending.answer(&redirect, &mut visit.browser, now) else {
        panic!("it is followed");
    };
    visit.answer = Visit::new(Engine::WebKit, 200, &[("Content-Type", "image/png")], PNG).answer;
    let image_comes = Ok(visit.answer.clone());
    let Step::Done(_) = pending.answer(&image_comes, &mut visit.browser, now) else {
        panic!("it has come");
    };
    let again = visit.ask(&image);
    assert_eq!((visit.sent, again.exchanges.len()), (0, 2));
    assert!(again.exchanges.iter().all(|exchange| exchange.from_cache));
    // The target was never asked for by an element.
    visit.ask(&element(Api::Img, "https://api.test/y"));
    assert_eq!(visit.sent, 1);
}

#[test]
fn another_page_holds_nothing_of_it() {
    let mut visit = Visit::new(Engine::Chromium, 200, &[("Content-Type", "image/png")], PNG);
    visit.ask(&element(Api::Img, URL));
    visit.page.url.set_path("/other");
    visit.ask(&element(Api::Img, URL));
    assert_eq!(visit.sent, 2);
}

#[test]
fn the_bounds_hold_and_the_oldest_goes_first() {
    let page = Page::at(Url::parse(PAGE).unwrap());
    let resource = |at: usize, body: usize| HeldResource {
        key: ResourceKey {
            api: Api::Img,
            module: false,
            url: Url::parse(&format!("https://api.test/{at}")).unwrap(),
            settings: None,
        },
        integrity: String::new(),
        answers: vec![Arc::new(Reply {
            body: Body::plain(vec![0; body]),
            ..Reply::default()
        })],
    };
    let mut document = Document::default();
    for at in 0..MOST_RESOURCES + 5 {
        document.hold(&page, resource(at, 1));
    }
    assert_eq!(document.held(&page).count(), MOST_RESOURCES);
    assert_eq!(document.held(&page).next(), Some(&resource(5, 1)));
    document.hold(&page, resource(0, MOST_BYTES - 10));
    assert_eq!(document.held(&page).count(), 11);
}
