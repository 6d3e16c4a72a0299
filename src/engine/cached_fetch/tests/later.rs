//! When the store is asked at all, and what is asked later, in the background.

use super::*;
use crate::engine::{CrossOriginAttribute, Provenance};

const STALE: (&str, &str) = ("Cache-Control", "max-age=0, stale-while-revalidate=60");

#[test]
fn a_stale_answer_serves_once_more_and_is_asked_about_in_the_background() {
    let newer = Reply {
        body: Body::plain("newer"),
        ..reply(200, &[LASTS, OWN])
    };
    for engine in BROWSERS {
        let mut talk = Talk::new(engine, &[reply(200, &[STALE, TAG, OWN]), newer.clone()]);
        talk.ask(&fetch());
        let finished = talk.ask(&fetch());
        assert_eq!(cache_case(&finished), Some("while-revalidating"));
        assert_eq!(finished.response.as_ref().unwrap().body, "hello");
        let [served, background] = &finished.exchanges[..] else {
            panic!("{:?}", finished.exchanges);
        };
        assert!(served.from_cache && !background.from_cache);
        assert_eq!(background.provenance, Provenance::Background);
        assert_eq!(finished.last_exchange(), Some(served));
        assert_eq!(talk.said("if-none-match").as_deref(), Some("\"a\""));
        assert_eq!(talk.said("origin").as_deref(), Some("https://app.test"));
        let line = (engine == Engine::Firefox).then_some("max-age=0");
        assert_eq!(talk.said("cache-control").as_deref(), line, "{engine:?}");
        let finished = talk.ask(&fetch());
        assert_eq!(finished.response.unwrap().body, "newer");
        assert_eq!(talk.sent.len(), 2, "{engine:?}");
    }
}

#[test]
fn the_answer_in_the_background_meets_the_checks_but_in_webkit() {
    for (engine, kept) in BROWSERS.into_iter().zip([0, 1, 1]) {
        let mut talk = Talk::new(engine, &[reply(200, &[STALE, OWN]), reply(200, &[LASTS])]);
        talk.ask(&fetch());
        assert_eq!(talk.ask(&fetch()).verdict, Verdict::Allowed);
        let held = talk.browser.http_cache.entries().count();
        assert_eq!(held, kept, "{engine:?}");
    }
    let moved = reply(302, &[("Location", "/y"), OWN]);
    for (engine, sent) in BROWSERS.into_iter().zip([3, 3, 2]) {
        let replies = [reply(200, &[STALE, OWN]), moved.clone(), reply(200, &[OWN])];
        let mut talk = Talk::new(engine, &replies);
        talk.ask(&fetch());
        talk.ask(&fetch());
        assert_eq!(talk.sent.len(), sent, "{engine:?} follows");
    }
}

#[test]
fn the_whole_is_fetched_again_in_chromium() {
    let twice = with(|request| request.url = "https://api.test/first".into());
    let moved = reply(302, &[("Location", "/x"), OWN]);
    for (engine, last) in BROWSERS.into_iter().zip(["/first", "/x", "/first"]) {
        let mut talk = Talk::new(engine, &[reply(200, &[STALE, OWN]), moved.clone()]);
        talk.ask(&fetch());
        let mut talk = Talk {
            replies: vec![moved.clone(), moved.clone(), moved.clone()],
            sent: Vec::new(),
            ..talk
        };
        talk.replies[2] = reply(200, &[LASTS, OWN]);
        talk.ask(&twice);
        // WebKit does not look for what is stored after a redirect.
        let second = talk.sent.get(1).map(|request| request.url.path());
        let expected = match engine {
            Engine::WebKit => Some("/x"),
            _ => Some(last),
        };
        assert_eq!(second, expected, "{engine:?}");
    }
}

#[test]
fn nobody_has_to_answer_in_the_background() {
    let mut talk = Talk::new(Engine::Chromium, &[reply(200, &[STALE, OWN])]);
    talk.ask(&fetch());
    let pending = talk.waiting(&fetch());
    assert!(pending.in_background());
    let finished = pending.unanswered().expect("it is decided");
    assert_eq!(finished.verdict, Verdict::Allowed);
    assert_eq!(finished.exchanges.len(), 1);
}

#[test]
fn how_long_a_stale_answer_may_serve() {
    const OLD: (&str, &str) = ("Age", "100");
    let lines = ("Cache-Control", "max-age=60, stale-while-revalidate=60");
    let strict = (
        "Cache-Control",
        "max-age=0, stale-while-revalidate=60, must-revalidate",
    );
    for (desc, headers, seconds, expected) in [
        ("fresh", vec![lines], 59, [Some("fresh"); 3]),
        ("stale", vec![lines], 60, [Some("while-revalidating"); 3]),
        (
            "the last second",
            vec![lines],
            120,
            [
                Some("revalidated"),
                Some("while-revalidating"),
                Some("revalidated"),
            ],
        ),
        ("too late", vec![lines], 121, [Some("revalidated"); 3]),
        (
            "old when it came",
            vec![lines, OLD],
            30,
            [
                Some("revalidated"),
                Some("while-revalidating"),
                Some("revalidated"),
            ],
        ),
        (
            "must-revalidate",
            vec![strict],
            1,
            [
                Some("revalidated"),
                Some("revalidated"),
                Some("while-revalidating"),
            ],
        ),
    ] {
        for (engine, case) in BROWSERS.into_iter().zip(expected) {
            let answer = reply(200, &[&headers[..], &[TAG, OWN]].concat());
            let mut talk = Talk::new(engine, &[answer]);
            talk.ask(&fetch());
            talk.now = talk.now.plus_seconds(seconds);
            assert_eq!(cache_case(&talk.ask(&fetch())), case, "{desc} {engine:?}");
        }
    }
}

#[test]
fn only_if_cached_where_nothing_fits() {
    let own = with(|request| {
        request.url = "https://app.test/x".into();
        request.mode = Mode::SameOrigin;
        request.cache = CacheMode::OnlyIfCached;
    });
    let line = |name: &str, value: &str| FetchRequest {
        headers: vec![(name.into(), value.into())],
        ..own.clone()
    };
    for (desc, request, first, sent) in [
        ("nothing", own.clone(), false, [0, 0, 1]),
        ("a part", line("Range", "bytes=0-1"), true, [0, 0, 1]),
        (
            "own no-cache",
            line("Cache-Control", "no-cache"),
            true,
            [0; 3],
        ),
    ] {
        for (engine, sent) in BROWSERS.into_iter().zip(sent) {
            let mut talk = Talk::new(engine, &[reply(200, &[LASTS])]);
            if first {
                talk.ask(&FetchRequest {
                    cache: CacheMode::Default,
                    headers: Vec::new(),
                    ..own.clone()
                });
            }
            let before = talk.sent.len();
            talk.ask(&request);
            assert_eq!(talk.sent.len() - before, sent, "{desc} in {engine:?}");
        }
    }
}

#[test]
fn own_no_cache_outranks_the_cache_mode_in_chromium() {
    let allow = ("Access-Control-Allow-Headers", "*");
    for (engine, sent) in BROWSERS.into_iter().zip([3, 2, 2]) {
        let mut talk = Talk::new(engine, &[reply(200, &[LASTS, OWN, allow])]);
        talk.ask(&fetch());
        talk.ask(&with(|request| {
            request.cache = CacheMode::ForceCache;
            request.headers = vec![("Cache-Control".into(), "no-cache".into())];
        }));
        assert_eq!(talk.sent.len(), sent, "{engine:?}");
    }
}

#[test]
fn an_absent_header_is_an_empty_one_to_vary_in_chromium() {
    let answer = reply(200, &[LASTS, OWN, ("Vary", "Accept-Language")]);
    for (engine, sent) in BROWSERS.into_iter().zip([1, 2, 2]) {
        let mut talk = Talk::new(engine, &[answer.clone()]);
        talk.browser.profile.accept_language = "";
        talk.ask(&fetch());
        let mut stored: Vec<_> = talk.browser.http_cache.entries().cloned().collect();
        stored[0].request_headers.delete("accept-language");
        talk.browser.http_cache = stored.into_iter().collect();
        talk.ask(&fetch());
        assert_eq!(talk.sent.len(), sent, "{engine:?}");
    }
}

#[test]
fn an_image_is_not_what_fetch_has_stored_in_firefox() {
    let image = with(|request| {
        request.api = Api::Img;
        request.crossorigin = Some(CrossOriginAttribute::Anonymous);
    });
    for (engine, sent) in BROWSERS.into_iter().zip([1, 2, 1]) {
        let mut talk = Talk::new(engine, &[reply(200, &[LASTS, TAG, OWN])]);
        talk.ask(&fetch());
        talk.ask(&image);
        assert_eq!(talk.sent.len(), sent, "{engine:?}");
        assert_eq!(talk.said("if-none-match"), None);
        // What the image has stored is good for both.
        talk.ask(&fetch());
        assert_eq!(talk.sent.len(), sent, "{engine:?}");
    }
}
