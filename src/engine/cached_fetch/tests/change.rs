//! What drops a stored answer, and what leaves it: three fetches, and how many requests go out.

use super::*;

fn preflight() -> Reply {
    reply(
        200,
        &[
            OWN,
            ("Access-Control-Allow-Methods", "PUT, PATCH, DELETE, FOO"),
        ],
    )
}

/// Asks for a stored answer before and after a request; whether it is asked for anew in each engine.
fn dropped(request: &FetchRequest, answer: &Reply) -> [bool; 3] {
    BROWSERS.map(|engine| {
        let mut talk = Talk::new(engine, &[reply(200, &[LASTS, TAG, OWN])]);
        talk.ask(&fetch());
        talk.replies = vec![talk.replies[0].clone()];
        let preflighted = !matches!(request.method.as_str(), "GET" | "HEAD" | "POST");
        talk.replies.extend(preflighted.then(preflight));
        talk.replies.push(answer.clone());
        talk.ask(request);
        let before = talk.sent.len();
        talk.ask(&fetch());
        talk.sent.len() > before
    })
}

fn method(method: &str) -> FetchRequest {
    with(|request| request.method = method.into())
}

#[test]
fn a_change_drops_what_was_stored() {
    // In Chromium, Firefox and WebKit (corpus: cache-inv).
    for (name, status, expected) in [
        ("POST", 200, [true; 3]),
        ("PATCH", 204, [true; 3]),
        ("DELETE", 200, [true; 3]),
        ("PUT", 200, [false, true, true]),
        ("FOO", 200, [false, true, true]),
        ("POST", 404, [false, true, true]),
        ("POST", 401, [false, false, true]),
        ("POST", 304, [true, false, false]),
        ("POST", 206, [true, false, true]),
        ("PUT", 304, [false; 3]),
        ("HEAD", 200, [false, false, true]),
    ] {
        let found = dropped(&method(name), &reply(status, &[OWN]));
        assert_eq!(found, expected, "{name} {status}");
    }
    let refused = dropped(&method("POST"), &reply(200, &[]));
    assert_eq!(refused, [true, true, false], "refused");
    let redirect = with(|request| {
        request.method = "POST".into();
        request.redirect = RedirectMode::Manual;
    });
    let moved = reply(302, &[OWN, ("Location", "/y")]);
    assert_eq!(dropped(&redirect, &moved), [true, true, false]);
    let uncached = with(|request| {
        request.method = "POST".into();
        request.cache = CacheMode::NoStore;
    });
    let answer = reply(200, &[OWN]);
    assert_eq!(dropped(&uncached, &answer), [false, true, false]);
    let other_credentials = with(|request| {
        request.method = "POST".into();
        request.credentials = Credentials::Include;
    });
    let answer = reply(200, &[OWN, ("Access-Control-Allow-Credentials", "true")]);
    assert_eq!(dropped(&other_credentials, &answer), [true, false, true]);
}

#[test]
fn a_change_drops_what_its_answer_names_in_firefox() {
    for name in ["Location", "Content-Location"] {
        for (named, expected) in [
            ("/x", [false, true, false]),
            ("https://api.test/x", [false, true, false]),
            ("https://other.test/x", [false; 3]),
        ] {
            let elsewhere = with(|request| {
                request.url = "https://api.test/all".into();
                request.method = "POST".into();
            });
            let found = dropped(&elsewhere, &reply(201, &[OWN, (name, named)]));
            assert_eq!(found, expected, "{name}: {named}");
        }
    }
}

#[test]
fn what_a_newer_answer_leaves_of_the_stored_one() {
    let reload = with(|request| request.cache = CacheMode::Reload);
    for (desc, answer, expected) in [
        ("refused", reply(200, &[LASTS]), [true, false, false]),
        (
            "an unasked 304",
            reply(304, &[LASTS, OWN]),
            [false, true, false],
        ),
        ("401", reply(401, &[OWN]), [false, true, true]),
        (
            "no-store",
            reply(200, &[OWN, ("Cache-Control", "no-store")]),
            [true; 3],
        ),
    ] {
        assert_eq!(dropped(&reload, &answer), expected, "{desc}");
    }
}

#[test]
fn a_reload_that_fails_leaves_nothing_in_chromium() {
    for (engine, sent) in BROWSERS.into_iter().zip([3, 2, 2]) {
        let mut talk = Talk::new(engine, &[reply(200, &[LASTS, OWN])]);
        talk.ask(&fetch());
        let reload = with(|request| request.cache = CacheMode::Reload);
        let pending = talk.waiting(&reload);
        let closed = NetworkFailure::new(FailureKind::EmptyResponse, "closed");
        let Step::Done(_) = pending.answer(&Err(closed), &mut talk.browser, talk.now) else {
            panic!("the fetch has failed");
        };
        talk.sent.push(talk.sent[0].clone());
        talk.ask(&fetch());
        assert_eq!(talk.sent.len(), sent, "{engine:?}");
    }
}

#[test]
fn a_304_that_says_no_store_drops_what_it_freshens() {
    let stale = reply(200, &[("Cache-Control", "max-age=0"), TAG, OWN]);
    let told = reply(304, &[("Cache-Control", "no-store")]);
    for (engine, kept) in BROWSERS.into_iter().zip([0, 0, 1]) {
        let mut talk = Talk::new(engine, &[stale.clone(), told.clone()]);
        talk.ask(&fetch());
        assert_eq!(talk.ask(&fetch()).verdict, Verdict::Allowed);
        assert_eq!(
            talk.browser.http_cache.entries().count(),
            kept,
            "{engine:?}"
        );
    }
}

#[test]
fn a_head_asks_with_the_etag_of_what_is_stale_in_chromium() {
    let stale = reply(200, &[("Cache-Control", "max-age=0"), TAG, OWN]);
    for (status, kept) in [(304, [1, 1, 1]), (200, [0, 2, 0])] {
        for (engine, kept) in BROWSERS.into_iter().zip(kept) {
            let mut talk = Talk::new(engine, &[stale.clone(), reply(status, &[LASTS, OWN])]);
            talk.ask(&fetch());
            talk.ask(&method("HEAD"));
            let asked = talk.said("if-none-match").is_some();
            assert_eq!(asked, engine == Engine::Chromium, "{engine:?}");
            let held = talk.browser.http_cache.entries().count();
            assert_eq!(held, kept, "{status} in {engine:?}");
        }
    }
}
