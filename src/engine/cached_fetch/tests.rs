//! Two fetches in one browser: what the second sends, and what becomes of it.

use url::Url;

use super::*;
use crate::engine::{Api, RedirectMode};
use crate::engine::{
    Credentials, Engine, FetchRequest, Finished, Mode, Page, Pending, Step, Timestamp, Verdict,
    start,
};
use crate::wire::{Body, FailureKind, NetworkFailure};

const URL: &str = "https://api.test/x";
const OWN: (&str, &str) = ("Access-Control-Allow-Origin", "https://app.test");
const OTHER: (&str, &str) = ("Access-Control-Allow-Origin", "https://www.test");
const LASTS: (&str, &str) = ("Cache-Control", "max-age=600");
const TAG: (&str, &str) = ("ETag", "\"a\"");
const VARY: (&str, &str) = ("Vary", "Origin");

const BROWSERS: [Engine; 3] = [Engine::Chromium, Engine::Firefox, Engine::WebKit];

/// A server that answers in turn, and the browser that asks it.
struct Talk {
    browser: Browser,
    now: Timestamp,
    replies: Vec<Reply>,
    sent: Vec<HttpRequest>,
}

impl Talk {
    fn new(engine: Engine, replies: &[Reply]) -> Self {
        Self {
            browser: Browser::fresh(engine),
            now: Timestamp(1_800_000_000_000),
            replies: replies.to_vec(),
            sent: Vec::new(),
        }
    }

    fn ask(&mut self, request: &FetchRequest) -> Finished {
        self.ask_from(request, &Page::at(Url::parse("https://app.test/").unwrap()))
    }

    /// The first request, unanswered.
    fn waiting(&mut self, request: &FetchRequest) -> Box<Pending> {
        let page = Page {
            address_space: Some(crate::engine::AddressSpace::Public),
            ..Page::at(Url::parse("https://app.test/").unwrap())
        };
        let mut step = start(request, &page, &mut self.browser, self.now);
        loop {
            match step {
                Step::Locate(locating) => {
                    let public = crate::engine::Location::PUBLIC;
                    step = locating.located(public, &mut self.browser, self.now);
                }
                Step::Send(pending) => return pending,
                Step::Done(finished) => panic!("nothing is sent: {finished:?}"),
            }
        }
    }

    fn ask_from(&mut self, request: &FetchRequest, page: &Page) -> Finished {
        let page = Page {
            address_space: Some(crate::engine::AddressSpace::Public),
            ..page.clone()
        };
        let mut step = start(request, &page, &mut self.browser, self.now);
        loop {
            match step {
                Step::Done(finished) => return *finished,
                Step::Locate(locating) => {
                    let public = crate::engine::Location::PUBLIC;
                    step = locating.located(public, &mut self.browser, self.now);
                }
                Step::Send(pending) => {
                    let reply = &self.replies[self.sent.len().min(self.replies.len() - 1)];
                    self.sent.push(pending.request().clone());
                    step = pending.answer(&Ok(reply.clone()), &mut self.browser, self.now);
                }
            }
        }
    }

    /// What the last request says in this header.
    fn said(&self, name: &str) -> Option<String> {
        self.sent.last()?.headers.get_text(name)
    }
}

fn reply(status: u16, headers: &[(&str, &str)]) -> Reply {
    Reply {
        status,
        headers: headers.iter().copied().collect(),
        body: Body::plain("hello"),
        ..Reply::default()
    }
}

fn fetch() -> FetchRequest {
    FetchRequest::new(URL)
}

fn with(change: impl FnOnce(&mut FetchRequest)) -> FetchRequest {
    let mut request = fetch();
    change(&mut request);
    request
}

fn cache_case(finished: &Finished) -> Option<&str> {
    let mut steps = finished.trace.steps.iter();
    let step = steps.find(|step| step.rule == Rule::HttpCache)?;
    let (_, case) = step.params.iter().find(|(name, _)| *name == "case")?;
    Some(case)
}

#[test]
fn an_answer_stored_without_cors_blocks_the_cors_request_after_it() {
    for engine in BROWSERS {
        let mut talk = Talk::new(engine, &[reply(200, &[LASTS]), reply(200, &[LASTS, OWN])]);
        talk.ask(&with(|request| request.mode = Mode::NoCors));
        let finished = talk.ask(&fetch());
        let block = finished
            .verdict
            .block()
            .expect("the stored answer has no consent");
        assert_eq!(block.reason, BlockReason::AllowOriginMissing);
        assert_eq!((talk.sent.len(), finished.exchanges.len()), (1, 1));
        assert!(finished.exchanges[0].from_cache);
        assert_eq!(cache_case(&finished), Some("fresh"));
    }
}

#[test]
fn what_engines_share_and_keep_differs() {
    let include = with(|request| request.credentials = Credentials::Include);
    let no_cors = with(|request| request.mode = Mode::NoCors);
    let plain = fetch();
    // The two fetches, the first answer, and the requests that each engine sends for both.
    let cases = [
        (
            "other credentials",
            &plain,
            &include,
            vec![LASTS, OWN],
            [1, 2, 1],
        ),
        (
            "same credentials",
            &no_cors,
            &plain,
            vec![LASTS, OWN],
            [1, 1, 1],
        ),
        ("refused", &plain, &plain, vec![LASTS, OTHER], [2, 1, 2]),
        (
            "refused, Vary",
            &plain,
            &plain,
            vec![LASTS, OTHER, VARY],
            [2, 1, 2],
        ),
        ("Vary", &no_cors, &plain, vec![LASTS, OWN, VARY], [2, 2, 2]),
        (
            "Vary, alike",
            &plain,
            &plain,
            vec![LASTS, OWN, VARY],
            [1, 1, 1],
        ),
        (
            "Vary: *",
            &plain,
            &plain,
            vec![LASTS, OWN, ("Vary", "*")],
            [2, 2, 2],
        ),
        ("no lifetime", &plain, &plain, vec![OWN], [2, 2, 2]),
        (
            "no-store",
            &plain,
            &plain,
            vec![OWN, ("Cache-Control", "no-store, max-age=9")],
            [2, 2, 2],
        ),
    ];
    for (desc, first, second, headers, expected) in cases {
        for (engine, expected) in BROWSERS.into_iter().zip(expected) {
            let mut talk = Talk::new(engine, &[reply(200, &headers), reply(200, &[LASTS, OWN])]);
            talk.ask(first);
            talk.ask(second);
            assert_eq!(talk.sent.len(), expected, "{desc} in {engine:?}");
        }
    }
}

#[test]
fn redirects_are_stored_too() {
    let moved =
        |status, more: &[(&str, &str)]| reply(status, &[&[("Location", "/y")], more].concat());
    let good = reply(200, &[OWN]);
    for (desc, first, expected) in [
        ("refused", moved(302, &[LASTS]), [1, 2, 1]),
        ("allowed", moved(302, &[LASTS, OWN]), [3, 3, 3]),
        ("no lifetime", moved(302, &[OWN]), [4, 4, 4]),
        ("for good", moved(301, &[OWN]), [3, 3, 3]),
        ("for good, WebKit asks", moved(308, &[OWN]), [3, 3, 4]),
    ] {
        for (engine, expected) in BROWSERS.into_iter().zip(expected) {
            let replies = match expected {
                4 => vec![first.clone(), good.clone(), first.clone(), good.clone()],
                3 => vec![first.clone(), good.clone()],
                _ => vec![first.clone()],
            };
            let mut talk = Talk::new(engine, &replies);
            talk.ask(&fetch());
            talk.ask(&fetch());
            assert_eq!(talk.sent.len(), expected, "{desc} in {engine:?}");
        }
    }
}

#[test]
fn a_304_freshens_what_the_check_sees() {
    let readable = Err(());
    // What was stored, what the 304 says, and why the second fetch is blocked.
    for (stored, told, blocked) in [
        (vec![TAG, OWN], vec![TAG], readable),
        (vec![TAG, OWN], vec![TAG, OWN], readable),
        (vec![TAG], vec![OWN], readable),
        (
            vec![TAG, OWN],
            vec![OTHER],
            Ok(BlockReason::AllowOriginMismatch),
        ),
        (vec![TAG], vec![TAG], Ok(BlockReason::AllowOriginMissing)),
    ] {
        for engine in BROWSERS {
            let mut talk = Talk::new(engine, &[reply(200, &stored), reply(304, &told)]);
            talk.ask(&with(|request| request.mode = Mode::NoCors));
            let finished = talk.ask(&fetch());
            assert_eq!(talk.said("if-none-match").as_deref(), Some("\"a\""));
            let reason = finished.verdict.block().map(|block| block.reason).ok_or(());
            assert_eq!(reason, blocked, "{stored:?} {told:?} in {engine:?}");
            assert_eq!(finished.exchanges.len(), 2);
            assert!(!finished.exchanges[0].from_cache && finished.exchanges[1].from_cache);
            if let Some(response) = finished.response {
                assert_eq!((response.status, &*response.body), (200, &b"hello"[..]));
            }
        }
    }
}

#[test]
fn connection_is_stored_in_webkit() {
    for engine in BROWSERS {
        let answer = reply(200, &[LASTS, OWN, ("Connection", "close")]);
        let mut talk = Talk::new(engine, &[answer]);
        talk.ask(&fetch());
        let finished = talk.ask(&fetch());
        let answer = finished.exchanges[0].answer.as_ref().unwrap();
        assert!(finished.exchanges[0].from_cache);
        let kept = answer.headers.contains("connection");
        assert_eq!(kept, engine == Engine::WebKit, "{engine:?}");
    }
}

#[test]
fn firefox_keeps_the_answer_to_head_for_the_next_one() {
    let asked = |method: &str| with(|request| request.method = method.into());
    for (engine, methods, lines, sent, conditional) in [
        (Engine::Firefox, ["HEAD", "HEAD"], [LASTS, OWN], 1, false),
        (Engine::Chromium, ["HEAD", "HEAD"], [LASTS, OWN], 2, false),
        (Engine::Firefox, ["HEAD", "HEAD"], [TAG, OWN], 2, true),
        (Engine::Chromium, ["HEAD", "HEAD"], [TAG, OWN], 2, false),
        (Engine::Firefox, ["HEAD", "GET"], [LASTS, OWN], 2, false),
        (Engine::Firefox, ["GET", "HEAD"], [LASTS, OWN], 2, false),
        (Engine::Chromium, ["GET", "HEAD"], [LASTS, OWN], 1, false),
    ] {
        let mut talk = Talk::new(engine, &[reply(200, &lines)]);
        for method in methods {
            let finished = talk.ask(&asked(method));
            assert_eq!(finished.verdict, Verdict::Allowed);
        }
        let seen = (talk.sent.len(), talk.said("if-none-match").is_some());
        assert_eq!(seen, (sent, conditional), "{engine:?} {methods:?}");
    }
}

#[test]
fn firefox_stores_no_header_without_a_value() {
    let answer = reply(200, &[TAG, OWN, ("X-A", " "), ("X-B", "1")]);
    let unchanged = reply(304, &[OWN, ("X-B", ""), ("X-C", "")]);
    for engine in BROWSERS {
        let mut talk = Talk::new(engine, &[answer.clone(), unchanged.clone()]);
        let first = talk.ask(&fetch());
        let second = talk.ask(&fetch());
        let seen = |finished: &Finished, name| {
            let exchange = finished.exchanges.last().unwrap();
            exchange.answer.as_ref().unwrap().headers.get_text(name)
        };
        assert!(seen(&first, "x-a").is_some());
        let kept = ["x-a", "x-b", "x-c"].map(|name| seen(&second, name));
        let expected = match engine {
            Engine::Firefox => [None, Some("1".to_owned()), None],
            _ => [
                Some(String::new()),
                Some(String::new()),
                Some(String::new()),
            ],
        };
        assert_eq!(kept, expected, "{engine:?}");
    }
}

#[test]
fn cache_modes_decide_whether_the_store_is_asked() {
    use CacheMode::*;
    let stale = [("Cache-Control", "max-age=0"), TAG, OWN];
    let fresh = [LASTS, TAG, OWN];
    for (mode, first, sent, condition) in [
        (Default, fresh, 1, false),
        (Default, stale, 2, true),
        (NoStore, fresh, 2, false),
        (Reload, fresh, 2, false),
        (NoCache, fresh, 2, true),
        (ForceCache, fresh, 1, false),
        (ForceCache, stale, 1, false),
    ] {
        for engine in BROWSERS {
            let mut talk = Talk::new(engine, &[reply(200, &first), reply(200, &fresh)]);
            talk.ask(&fetch());
            let finished = talk.ask(&with(|request| request.cache = mode));
            let asked = talk.said("if-none-match").is_some();
            assert_eq!(
                (talk.sent.len(), asked),
                (sent, condition),
                "{mode:?} in {engine:?}"
            );
            assert_eq!(finished.verdict, Verdict::Allowed);
        }
    }
}

#[test]
fn only_if_cached_never_asks_the_server() {
    let own = with(|request| {
        request.url = "https://app.test/x".into();
        request.mode = Mode::SameOrigin;
    });
    let only_cached = FetchRequest {
        cache: CacheMode::OnlyIfCached,
        ..own.clone()
    };
    let mut talk = Talk::new(Engine::Standard, &[reply(200, &[("ETag", "\"a\"")])]);
    let nothing = talk.ask(&only_cached);
    let reason = nothing.verdict.block().map(|block| block.reason);
    assert_eq!(reason, Some(BlockReason::OnlyIfCachedMode));
    assert_eq!(talk.sent.len(), 0);
    talk.ask(&own);
    assert_eq!(talk.ask(&only_cached).verdict, Verdict::Allowed);
    assert_eq!(talk.sent.len(), 1);
}

#[test]
fn what_the_cache_takes_no_part_in() {
    let head = with(|request| request.method = "HEAD".into());
    let range = with(|request| request.headers.push(("Range".into(), "bytes=0-1".into())));
    let own_question = with(|request| {
        request
            .headers
            .push(("If-None-Match".into(), "\"b\"".into()));
    });
    let allow = ("Access-Control-Allow-Headers", "*");
    for (desc, request, sent) in [
        ("HEAD", head, [0, 1, 1]),
        ("Range", range, [0, 1, 1]),
        (
            "a question of script's own, after its preflight",
            own_question,
            [2, 2, 2],
        ),
    ] {
        for (engine, sent) in BROWSERS.into_iter().zip(sent) {
            let mut talk = Talk::new(engine, &[reply(200, &[LASTS, TAG, OWN, allow])]);
            talk.ask(&fetch());
            talk.ask(&request);
            assert_eq!(talk.sent.len() - 1, sent, "{desc} in {engine:?}");
            assert_ne!(talk.said("if-none-match").as_deref(), Some("\"a\""));
        }
    }
}

#[test]
fn another_site_has_a_cache_of_its_own_and_another_page_of_the_site_has_not() {
    let pages = ["https://www.app.test/", "https://other.example/"];
    for (page, sent) in pages.into_iter().zip([1, 2]) {
        let mut talk = Talk::new(Engine::Chromium, &[reply(200, &[LASTS, OWN])]);
        talk.ask(&fetch());
        let finished = talk.ask_from(&fetch(), &Page::at(Url::parse(page).unwrap()));
        assert_eq!(talk.sent.len(), sent, "{page}");
        // The consent is for another page, whoever asked first.
        assert!(finished.verdict.block().is_some());
    }
}

#[test]
fn a_sandboxed_page_has_a_cache_but_in_chromium() {
    let page = Page::sandboxed(Url::parse("https://app.test/").unwrap());
    for (engine, sent) in BROWSERS.into_iter().zip([2, 1, 1]) {
        let any = ("Access-Control-Allow-Origin", "*");
        let mut talk = Talk::new(engine, &[reply(200, &[LASTS, any])]);
        talk.ask_from(&fetch(), &page);
        talk.ask_from(&fetch(), &page);
        assert_eq!(talk.sent.len(), sent, "{engine:?}");
    }
}

#[test]
fn what_was_cut_off_is_not_stored() {
    let mut cut = reply(200, &[LASTS, OWN]);
    cut.body.truncated = true;
    let mut talk = Talk::new(Engine::Standard, &[cut]);
    talk.ask(&fetch());
    assert_eq!(talk.browser.http_cache.entries().count(), 0);
}

#[test]
fn chromium_cuts_the_asked_part_out_of_a_stored_answer() {
    let part = |range: &str| with(|request| request.headers = vec![("Range".into(), range.into())]);
    for engine in BROWSERS {
        let mut talk = Talk::new(engine, &[reply(200, &[LASTS, OWN])]);
        talk.ask(&fetch());
        let finished = talk.ask(&part("bytes=1-2"));
        let exchange = &finished.exchanges[0];
        assert_eq!(
            exchange.from_cache,
            engine == Engine::Chromium,
            "{engine:?}"
        );
        if engine != Engine::Chromium {
            continue;
        }
        let got = exchange.answer.as_ref().unwrap();
        assert_eq!((got.status, &got.body.bytes[..]), (206, &b"el"[..]));
        let line = |name| got.headers.get_text(name).unwrap();
        assert_eq!(line("content-range"), "bytes 1-2/5");
        assert_eq!(line("content-length"), "2");
        // The stored answer itself stays whole.
        let finished = talk.ask(&part("bytes=9-"));
        let got = finished.exchanges[0].answer.as_ref().unwrap();
        assert_eq!((got.status, got.body.bytes.len()), (416, 0));
        let finished = talk.ask(&fetch());
        assert_eq!(finished.exchanges[0].answer.as_ref().unwrap().status, 200);
        assert_eq!(talk.sent.len(), 1);
    }
}

#[test]
fn a_304_to_a_range_brings_the_part_of_the_stored_answer() {
    let replies = [reply(200, &[TAG, OWN]), reply(304, &[TAG, OWN])];
    let mut talk = Talk::new(Engine::Chromium, &replies);
    talk.ask(&fetch());
    let part = with(|request| request.headers = vec![("Range".into(), "bytes=0-1".into())]);
    let finished = talk.ask(&part);
    assert_eq!(talk.said("if-none-match").as_deref(), Some("\"a\""));
    assert_eq!(talk.said("range").as_deref(), Some("bytes=0-1"));
    let got = finished.exchanges.last().unwrap().answer.as_ref().unwrap();
    assert_eq!((got.status, &got.body.bytes[..]), (206, &b"he"[..]));
}

mod apart;
mod change;
mod later;
