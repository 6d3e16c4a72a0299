//! Mixed content, engine by engine: what an https page may ask over http.

use url::Url;

use crate::engine::{
    AddressSpace, Api, Browser, Engine, FetchRequest, Location, Page, Step, Timestamp, Verdict,
    start,
};

const ENGINES: [Engine; 4] = [
    Engine::Chromium,
    Engine::Firefox,
    Engine::WebKit,
    Engine::Standard,
];

/// What the page's request begins with: the first URL, or why nothing is sent.
fn begins(engine: Engine, page: &str, api: Api, url: &str) -> String {
    let page = Page {
        // On this machine no local network access is in the way.
        address_space: Some(AddressSpace::Loopback),
        ..Page::at(Url::parse(page).unwrap())
    };
    let request = FetchRequest {
        api,
        ..FetchRequest::new(url)
    };
    let mut browser = Browser::fresh(engine);
    let mut step = start(&request, &page, &mut browser, Timestamp(0));
    loop {
        match step {
            Step::Locate(locating) => {
                step = locating.located(Location::PUBLIC, &mut browser, Timestamp(0));
            }
            Step::Send(pending) => return pending.request().url.to_string(),
            Step::Done(finished) => {
                return match finished.verdict {
                    Verdict::Blocked(block) => block.reason.id().to_owned(),
                    verdict => verdict.as_str().to_owned(),
                };
            }
        }
    }
}

#[test]
fn what_a_page_may_ask_over_http() {
    const MIXED: &str = "mixed-content";
    let (secure, insecure) = ("https://app.test", "http://app.test");
    for (page, api, url, expected) in [
        (secure, Api::Fetch, "http://api.test/", [MIXED; 4]),
        (secure, Api::Xhr, "http://api.test:8080/", [MIXED; 4]),
        (secure, Api::Script, "http://api.test/", [MIXED; 4]),
        (secure, Api::Stylesheet, "http://api.test/", [MIXED; 4]),
        (secure, Api::Font, "http://api.test/", [MIXED; 4]),
        (secure, Api::EventSource, "http://api.test/", [MIXED; 4]),
        (secure, Api::Beacon, "http://api.test/", [MIXED; 4]),
        (
            insecure,
            Api::Fetch,
            "http://api.test/",
            ["http://api.test/"; 4],
        ),
        (
            "http://localhost",
            Api::Fetch,
            "http://api.test/",
            ["http://api.test/"; 4],
        ),
        // This machine counts as secure, except in WebKit.
        (
            secure,
            Api::Fetch,
            "http://localhost/",
            [
                "http://localhost/",
                "http://localhost/",
                MIXED,
                "http://localhost/",
            ],
        ),
        (
            secure,
            Api::Fetch,
            "http://api.localhost/",
            [
                "http://api.localhost/",
                "http://api.localhost/",
                MIXED,
                "http://api.localhost/",
            ],
        ),
        (
            secure,
            Api::Fetch,
            "http://127.8.9.1/",
            [
                "http://127.8.9.1/",
                "http://127.8.9.1/",
                MIXED,
                "http://127.8.9.1/",
            ],
        ),
        (
            secure,
            Api::Fetch,
            "http://[::1]/",
            ["http://[::1]/", "http://[::1]/", MIXED, "http://[::1]/"],
        ),
        (secure, Api::Fetch, "http://localhost.test/", [MIXED; 4]),
        // Its pictures and sound do everywhere, but in WebKit behind redirects.
        (
            secure,
            Api::Img,
            "http://127.0.0.2/",
            ["http://127.0.0.2/"; 4],
        ),
        (
            secure,
            Api::Audio,
            "http://sub.localhost/",
            ["http://sub.localhost/"; 4],
        ),
        // Private addresses are Local Network Access's in Chromium.
        (
            secure,
            Api::Fetch,
            "http://192.168.1.5/",
            ["http://192.168.1.5/", MIXED, MIXED, MIXED],
        ),
        (
            secure,
            Api::Fetch,
            "http://nas.local/",
            ["http://nas.local/", MIXED, MIXED, MIXED],
        ),
        // Pictures and sound are upgraded, but not where the host is an IP address.
        (
            secure,
            Api::Img,
            "http://cdn.test/",
            ["https://cdn.test/"; 4],
        ),
        (
            secure,
            Api::Audio,
            "http://cdn.test:80/",
            ["https://cdn.test/"; 4],
        ),
        (
            secure,
            Api::Video,
            "http://cdn.test:8080/",
            ["https://cdn.test:8080/"; 4],
        ),
        (
            secure,
            Api::Img,
            "http://203.0.113.7/",
            [MIXED, "https://203.0.113.7/", MIXED, MIXED],
        ),
    ] {
        for (engine, expected) in ENGINES.iter().zip(expected) {
            let found = begins(*engine, page, api, url);
            assert_eq!(found, expected, "{engine:?}: {page} {api:?} {url}");
        }
    }
}

#[test]
fn the_address_for_listening_is_asked_by_chromium() {
    const REFUSED: &str = "unspecified-address";
    let page = "http://app.test";
    let url = "http://0.0.0.0:8000/";
    for (api, url, expected) in [
        (Api::Fetch, url, [url, REFUSED, REFUSED, url]),
        (Api::Img, url, [url, REFUSED, REFUSED, url]),
        (
            Api::Fetch,
            "http://[::]/",
            ["http://[::]/", REFUSED, "http://[::]/", "http://[::]/"],
        ),
    ] {
        for (engine, expected) in ENGINES.into_iter().zip(expected) {
            assert_eq!(begins(engine, page, api, url), expected, "{engine:?}");
        }
    }
}

#[test]
fn an_empty_script_loads_in_firefox_unless_it_is_checked() {
    let loads = |engine, change: fn(&mut FetchRequest)| {
        let page = Page::at(Url::parse("https://app.test/").unwrap());
        let mut request = FetchRequest {
            api: Api::Script,
            ..FetchRequest::new("about:blank")
        };
        change(&mut request);
        match start(&request, &page, &mut Browser::fresh(engine), Timestamp(0)) {
            Step::Done(finished) => finished
                .response
                .and_then(|response| response.element)
                .is_some_and(|element| element.loaded),
            _ => panic!("nothing is sent"),
        }
    };
    assert!(loads(Engine::Firefox, |_| ()));
    assert!(loads(Engine::Firefox, |request| request.api = Api::Stylesheet));
    let integrity = |request: &mut FetchRequest| request.integrity = "sha256-x".into();
    assert!(!loads(Engine::Firefox, integrity));
    assert!(!loads(Engine::Firefox, |request| request.api = Api::Img));
    assert!(!loads(Engine::Chromium, |_| ()));
}
