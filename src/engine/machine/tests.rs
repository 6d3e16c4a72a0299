//! Whole fetches of odd answers, engine by engine.

use url::Url;

use crate::engine::{
    Api, Browser, Credentials, CrossOriginAttribute, EmbedderPolicy, Engine, FetchRequest,
    Finished, Location, Mode, Page, RedirectMode, ReferrerPolicy, RequestBody, Step, Timestamp,
    Verdict, accept_of, start,
};
use crate::wire::{Body, HttpRequest, Reply};

const APP: &str = "https://app.test";
const BROWSERS: [Engine; 3] = [Engine::Chromium, Engine::Firefox, Engine::WebKit];
const HELLO: &str = "sha256-LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=";

/// What the server answers at a URL: status and header lines; the body is `hello`.
type ByUrl<'a> = (&'a str, u16, &'a [(&'a str, &'a str)]);

/// One browser on a page.
struct Talk {
    browser: Browser,
    page: Page,
    sent: Vec<HttpRequest>,
}

impl Talk {
    fn new(engine: Engine) -> Self {
        Self {
            browser: Browser::fresh(engine),
            page: Page::at(Url::parse(APP).unwrap()),
            sent: Vec::new(),
        }
    }

    fn ask(&mut self, request: &FetchRequest, answers: &[ByUrl<'_>]) -> Finished {
        let body = Body::plain("hello");
        self.ask_for(request, answers, &body)
    }

    fn ask_for(&mut self, request: &FetchRequest, answers: &[ByUrl<'_>], body: &Body) -> Finished {
        let mut step = start(request, &self.page, &mut self.browser, Timestamp(0));
        loop {
            match step {
                Step::Done(finished) => return *finished,
                Step::Locate(locating) => {
                    step = locating.located(Location::PUBLIC, &mut self.browser, Timestamp(0));
                }
                Step::Send(pending) => {
                    let asked = pending.request().clone();
                    let mut known = answers.iter();
                    let answer = known.find(|(url, ..)| *url == asked.url.as_str());
                    let (_, status, lines) = answer.expect("the server has an answer");
                    let reply = Reply {
                        status: *status,
                        headers: lines.iter().copied().collect(),
                        body: body.clone(),
                        ..Reply::default()
                    };
                    self.sent.push(asked);
                    step = pending.answer(&Ok(reply), &mut self.browser, Timestamp(1));
                }
            }
        }
    }
}

/// The reason of a block, else the verdict.
fn outcome(finished: &Finished) -> &'static str {
    match &finished.verdict {
        Verdict::Blocked(block) => block.reason.id(),
        verdict => verdict.as_str(),
    }
}

fn by(api: Api, url: &str) -> FetchRequest {
    FetchRequest {
        api,
        ..FetchRequest::new(url)
    }
}

#[test]
fn data_that_a_redirect_leads_back_to() {
    let answers: [ByUrl<'_>; 2] = [
        (
            "https://cdn.test/",
            302,
            &[("Location", "https://app.test/x")],
        ),
        (
            "https://app.test/x",
            200,
            &[
                ("Content-Type", "text/html"),
                ("X-Content-Type-Options", "nosniff"),
            ],
        ),
    ];
    for (engine, refused) in BROWSERS.into_iter().zip([false, true, false]) {
        let finished = Talk::new(engine).ask(&by(Api::Img, "https://cdn.test/"), &answers);
        assert_eq!(outcome(&finished) == "orb", refused, "{engine:?}");
    }
}

#[test]
fn a_part_of_which_nobody_says_that_it_is_the_first() {
    for (range, expected) in [
        (None, [false, true, false]),
        (Some("bytes 0-4/9"), [false; 3]),
    ] {
        let range = range.map(|range| ("Content-Range", range));
        let lines: Vec<_> = [("Content-Type", "image/png")]
            .into_iter()
            .chain(range)
            .collect();
        for (engine, refused) in BROWSERS.into_iter().zip(expected) {
            let image = Body::plain(*b"\x89PNG\r\n\x1a\n");
            let answers = [("https://cdn.test/", 206, lines.as_slice())];
            let asked = by(Api::Img, "https://cdn.test/");
            let finished = Talk::new(engine).ask_for(&asked, &answers, &image);
            assert_eq!(outcome(&finished) == "orb", refused, "{engine:?} {range:?}");
        }
    }
}

#[test]
fn a_preflight_behind_a_redirect_is_not_remembered() {
    let allowed = |origin| {
        [
            ("Access-Control-Allow-Origin", origin),
            ("Access-Control-Allow-Headers", "x-a"),
            ("Access-Control-Max-Age", "100"),
            ("Location", "https://b.test/"),
        ]
    };
    let (first, second) = (allowed(APP), allowed("null"));
    for engine in [Engine::Chromium, Engine::WebKit] {
        let mut talk = Talk::new(engine);
        let mut asked = FetchRequest::new("https://a.test/");
        asked.headers.push(("X-A".to_owned(), "1".to_owned()));
        for _ in 0..2 {
            let mut step = start(&asked, &talk.page, &mut talk.browser, Timestamp(0));
            loop {
                step = match step {
                    Step::Done(_) => break,
                    Step::Locate(locating) => {
                        locating.located(Location::PUBLIC, &mut talk.browser, Timestamp(0))
                    }
                    Step::Send(pending) => {
                        let request = pending.request().clone();
                        let home = request.url.host_str() == Some("a.test");
                        let preflight = request.method == "OPTIONS";
                        let lines = if home { &first } else { &second };
                        let reply = Reply {
                            status: if home && !preflight { 307 } else { 200 },
                            headers: lines.iter().copied().collect(),
                            ..Reply::default()
                        };
                        talk.sent.push(request);
                        pending.answer(&Ok(reply), &mut talk.browser, Timestamp(1))
                    }
                };
            }
        }
        let methods: Vec<&str> = talk.sent.iter().map(|sent| sent.method.as_str()).collect();
        let expected = ["OPTIONS", "GET", "OPTIONS", "GET", "GET", "OPTIONS", "GET"];
        assert_eq!(methods, expected, "{engine:?}");
    }
}

#[test]
fn integrity_of_what_script_does_not_get() {
    let redirect: [ByUrl<'_>; 1] = [("https://app.test/r", 302, &[("Location", "/x")])];
    let script: [ByUrl<'_>; 1] = [(
        "https://cdn.test/",
        200,
        &[("Content-Type", "text/javascript")],
    )];
    let fails = "sri-mismatch";
    for (engine, manual, unusable) in [
        (Engine::Chromium, fails, "opaque"),
        (Engine::Firefox, "opaque", fails),
        (Engine::WebKit, "opaque", fails),
        (Engine::Standard, fails, fails),
    ] {
        let asked = FetchRequest {
            redirect: RedirectMode::Manual,
            integrity: HELLO.to_owned(),
            ..FetchRequest::new("https://app.test/r")
        };
        let finished = Talk::new(engine).ask(&asked, &redirect);
        assert_eq!(outcome(&finished), manual, "{engine:?}");
        let asked = FetchRequest {
            integrity: "md5-x".to_owned(),
            ..by(Api::Script, "https://cdn.test/")
        };
        let finished = Talk::new(engine).ask(&asked, &script);
        assert_eq!(outcome(&finished), unusable, "{engine:?}");
        // What script may read is read: nothing is asked of it.
        let asked = FetchRequest {
            crossorigin: Some(CrossOriginAttribute::Anonymous),
            ..asked
        };
        let lines = [
            ("Content-Type", "text/javascript"),
            ("Access-Control-Allow-Origin", "*"),
        ];
        let answers = [("https://cdn.test/", 200, lines.as_slice())];
        let finished = Talk::new(engine).ask(&asked, &answers);
        assert_eq!(outcome(&finished), "allowed", "{engine:?}");
    }
}

#[test]
fn what_clear_site_data_takes() {
    let target = Url::parse("https://app.test/").unwrap();
    for (value, credentials, expected) in [
        (r#""cookies""#, Credentials::Include, [false; 3]),
        (r#""*""#, Credentials::Include, [false; 3]),
        (r#""cache""#, Credentials::Include, [true; 3]),
        ("cookies", Credentials::Include, [true; 3]),
        (r#""cookies""#, Credentials::Omit, [true, false, false]),
    ] {
        for (engine, kept) in BROWSERS.into_iter().zip(expected) {
            let mut talk = Talk::new(engine);
            let profile = talk.browser.profile;
            let jar = &mut talk.browser.cookies;
            jar.set_by_visit(&target, b"k=1; Path=/", &profile, Timestamp(0));
            let clearing = [("Clear-Site-Data", value)];
            let asked = FetchRequest {
                credentials,
                ..FetchRequest::new("https://app.test/")
            };
            talk.ask(&asked, &[("https://app.test/", 200, &clearing)]);
            let is_empty = talk.browser.cookies.is_empty();
            assert_eq!(!is_empty, kept, "{engine:?} {value} {credentials:?}");
        }
    }
}

#[test]
fn a_generous_policy_on_the_way_down() {
    let answers: [ByUrl<'_>; 1] = [(
        "http://localhost/",
        200,
        &[("Access-Control-Allow-Origin", "*")],
    )];
    for (engine, expected) in [
        (Engine::Chromium, Some("https://app.test/")),
        (Engine::Firefox, None),
    ] {
        let asked = FetchRequest {
            referrer_policy: Some(ReferrerPolicy::UnsafeUrl),
            ..FetchRequest::new("http://localhost/")
        };
        let mut talk = Talk::new(engine);
        talk.page.address_space = Some(crate::engine::AddressSpace::Loopback);
        talk.ask(&asked, &answers);
        let shown = talk.sent[0].headers.get_text("referer");
        assert_eq!(shown.as_deref(), expected, "{engine:?}");
    }
}

#[test]
fn integrity_without_a_hash_stops_what_script_may_not_read() {
    for (api, integrity, stopped) in [
        (Api::Fetch, "md5-x", [true, true, true]),
        (Api::Fetch, " ", [true, true, false]),
        (Api::Script, "md5-x", [false, true, true]),
        (Api::Script, " ", [false, false, false]),
    ] {
        for (engine, stopped) in BROWSERS.into_iter().zip(stopped) {
            let asked = FetchRequest {
                mode: Mode::NoCors,
                integrity: integrity.into(),
                ..by(api, "https://cdn.test/")
            };
            let script: &[(&str, &str)] = &[("Content-Type", "text/javascript")];
            let finished = Talk::new(engine).ask(&asked, &[("https://cdn.test/", 200, script)]);
            let reason = finished.verdict.block().map(|block| block.reason.id());
            let expected = stopped.then_some("sri-mismatch");
            assert_eq!(reason, expected, "{engine:?} {api:?} {integrity:?}");
        }
    }
}

#[test]
fn what_has_no_integrity_attribute_has_no_integrity() {
    for api in [Api::Img, Api::Audio, Api::Font, Api::Xhr, Api::EventSource] {
        for engine in BROWSERS {
            let asked = FetchRequest {
                integrity: "sha256-AAAA".into(),
                ..by(api, "https://cdn.test/")
            };
            let allowed: &[(&str, &str)] = &[("Access-Control-Allow-Origin", "*")];
            let finished = Talk::new(engine).ask(&asked, &[("https://cdn.test/", 200, allowed)]);
            let reason = finished.verdict.block().map(|block| block.reason.id());
            assert_ne!(reason, Some("sri-mismatch"), "{engine:?} {api:?}");
        }
    }
}

#[test]
fn an_opaque_body_that_broke_off() {
    let body = Body {
        error: Some("it broke off".to_owned()),
        ..Body::plain("hel")
    };
    for (engine, told) in BROWSERS.into_iter().zip([false, true, false]) {
        let asked = FetchRequest {
            mode: Mode::NoCors,
            ..FetchRequest::new("https://cdn.test/")
        };
        let answers: [ByUrl<'_>; 1] = [("https://cdn.test/", 200, &[])];
        let finished = Talk::new(engine).ask_for(&asked, &answers, &body);
        let response = finished.response.unwrap();
        assert_eq!(response.body_error.is_some(), told, "{engine:?}");
    }
}

#[test]
fn webkit_names_the_type_of_url_search_params_that_it_does_not_send() {
    for (engine, told) in BROWSERS.into_iter().zip([false, false, true]) {
        let asked = FetchRequest {
            body: Some(RequestBody::UrlEncoded(Vec::new())),
            ..by(Api::Xhr, "https://cdn.test/")
        };
        let mut talk = Talk::new(engine);
        talk.ask(&asked, &[("https://cdn.test/", 200, &[])]);
        let sent = &talk.sent[0];
        assert_eq!(sent.headers.contains("content-type"), told, "{engine:?}");
        assert!(sent.body.is_empty());
    }
}

#[test]
fn a_body_in_a_coding_that_cannot_be_undone_is_of_use_in_webkit_only() {
    let body = Body {
        error: Some("the content coding is broken".to_owned()),
        ..Body::plain("GIF89a")
    };
    let headers: &[(&str, &str)] = &[
        ("Access-Control-Allow-Origin", "*"),
        ("Content-Encoding", "gzip"),
    ];
    for (api, ends) in [
        (Api::Xhr, ["network-reset", "network-reset", "allowed"]),
        (Api::Img, ["network-reset", "network-reset", "opaque"]),
    ] {
        for (engine, expected) in BROWSERS.into_iter().zip(ends) {
            let answers: [ByUrl<'_>; 1] = [("https://cdn.test/", 200, headers)];
            let asked = by(api, "https://cdn.test/");
            let finished = Talk::new(engine).ask_for(&asked, &answers, &body);
            let end = match &finished.verdict {
                Verdict::Failed(failure) => failure.kind.id(),
                verdict => verdict.as_str(),
            };
            assert_eq!(end, expected, "{engine:?} {api:?}");
        }
    }
}

#[test]
fn a_websocket_is_answered_with_what_was_offered() {
    for (more, expected) in [
        (None, "allowed"),
        (
            Some(("Sec-WebSocket-Protocol", "chat")),
            "websocket-handshake",
        ),
        (
            Some(("Sec-WebSocket-Extensions", "x")),
            "websocket-handshake",
        ),
        (Some(("Upgrade", "websocket")), "websocket-handshake"),
    ] {
        for engine in BROWSERS {
            let mut talk = Talk::new(engine);
            let asked = by(Api::WebSocket, "wss://api.test/");
            let mut step = start(&asked, &talk.page, &mut talk.browser, Timestamp(0));
            let finished = loop {
                match step {
                    Step::Done(finished) => break finished,
                    Step::Locate(locating) => {
                        step = locating.located(Location::PUBLIC, &mut talk.browser, Timestamp(0));
                    }
                    Step::Send(pending) => {
                        let key = pending.request().headers.get_text("sec-websocket-key");
                        let accept = accept_of(&key.unwrap());
                        let lines = [
                            ("Upgrade", "websocket"),
                            ("Connection", "Upgrade"),
                            ("Sec-WebSocket-Accept", accept.as_str()),
                        ];
                        let reply = Reply {
                            status: 101,
                            headers: lines.into_iter().chain(more).collect(),
                            ..Reply::default()
                        };
                        step = pending.answer(&Ok(reply), &mut talk.browser, Timestamp(1));
                    }
                }
            };
            let subprotocol = more.is_some_and(|(name, _)| name == "Sec-WebSocket-Protocol");
            let expected = match engine {
                Engine::Firefox if subprotocol => "allowed",
                _ => expected,
            };
            assert_eq!(outcome(&finished), expected, "{engine:?} {more:?}");
        }
    }
}

#[test]
fn withheld_credentials_go_past_the_cache() {
    for (engine, expected) in [
        (Engine::Chromium, Some("no-cache")),
        (Engine::Firefox, None),
    ] {
        let mut talk = Talk::new(engine);
        talk.page.policies.embedder = EmbedderPolicy::Credentialless;
        talk.ask(
            &by(Api::Script, "https://cdn.test/"),
            &[("https://cdn.test/", 200, &[])],
        );
        let line = talk.sent[0].headers.get_text("cache-control");
        assert_eq!(line.as_deref(), expected, "{engine:?}");
    }
}
