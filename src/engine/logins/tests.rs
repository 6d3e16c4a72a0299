//! Who is asked for a login, and who gets one.

use super::*;
use crate::engine::{
    AddressSpace, Credentials, Engine, FetchRequest, Finished, Location, Page, Step, Timestamp,
    start,
};

/// A server that wants a login on every host: what the browser told it, request by request.
fn ask(request: &FetchRequest, browser: &mut Browser) -> (Finished, Vec<Option<String>>) {
    ask_by("Basic realm=\"x\"", request, browser)
}

/// The same, with what it asks by.
fn ask_by(
    challenge: &str,
    request: &FetchRequest,
    browser: &mut Browser,
) -> (Finished, Vec<Option<String>>) {
    let page = Page {
        address_space: Some(AddressSpace::Public),
        ..Page::at(Url::parse("https://app.test/").unwrap())
    };
    let mut told = Vec::new();
    let mut step = start(request, &page, browser, Timestamp(0));
    loop {
        match step {
            Step::Done(finished) => return (*finished, told),
            Step::Locate(locating) => {
                step = locating.located(Location::PUBLIC, browser, Timestamp(0));
            }
            Step::Send(pending) => {
                let login = pending.request().headers.get_text("authorization");
                let known = login.as_deref() == Some("Basic dXPDqXI6cA==");
                let reply = Reply {
                    status: if known { 200 } else { 401 },
                    headers: [
                        ("WWW-Authenticate", challenge),
                        ("Access-Control-Allow-Origin", "https://app.test"),
                        ("Access-Control-Allow-Credentials", "true"),
                    ]
                    .into_iter()
                    .collect(),
                    ..Reply::default()
                };
                told.push(login);
                step = pending.answer(&Ok(reply), browser, Timestamp(0));
            }
        }
    }
}

fn xhr(url: &str, credentials: Credentials) -> FetchRequest {
    FetchRequest {
        api: Api::Xhr,
        credentials,
        ..FetchRequest::new(url)
    }
}

fn status(finished: &Finished) -> Option<u16> {
    finished.response.as_ref().map(|response| response.status)
}

#[test]
fn the_login_in_the_url_answers_a_401_of_the_own_origin_only() {
    use Credentials::{Include, SameOrigin};
    for (url, credentials, requests, expected) in [
        ("https://us%C3%A9r:p@app.test/x", SameOrigin, 2, 200),
        ("https://us%C3%A9r:no@app.test/x", SameOrigin, 2, 401),
        ("https://app.test/x", SameOrigin, 1, 401),
        ("https://us%C3%A9r:p@api.test/x", Include, 1, 401),
    ] {
        let mut browser = Browser::fresh(Engine::Standard);
        let (finished, told) = ask(&xhr(url, credentials), &mut browser);
        assert_eq!(
            (told.len(), status(&finished)),
            (requests, Some(expected)),
            "{url}"
        );
        assert_eq!(told[0], None, "{url}");
        assert_eq!(
            browser.logins.origins().count(),
            usize::from(expected == 200)
        );
    }
}

#[test]
fn webkit_uses_the_login_in_the_url_of_an_element_outside_of_cors() {
    for (url, api, authorization, requests) in [
        ("https://us%C3%A9r:p@api.test/x", Api::Img, None, 2),
        ("https://us%C3%A9r:p@api.test/x", Api::Xhr, None, 1),
        ("https://us%C3%A9r:p@app.test/x", Api::Xhr, None, 2),
        (
            "https://us%C3%A9r:p@app.test/x",
            Api::Xhr,
            Some("Bearer t"),
            2,
        ),
    ] {
        let mut asked = xhr(url, Credentials::Include);
        asked.api = api;
        let line = authorization.map(|value| ("Authorization".to_owned(), value.to_owned()));
        asked.headers.extend(line);
        let (_, told) = ask(&asked, &mut Browser::fresh(Engine::WebKit));
        assert_eq!(told.len(), requests, "{api:?} {url} {authorization:?}");
    }
}

#[test]
fn firefox_uses_the_login_in_any_url() {
    let mut browser = Browser::fresh(Engine::Firefox);
    let asked = xhr("https://us%C3%A9r:p@api.test/x", Credentials::SameOrigin);
    let (finished, told) = ask(&asked, &mut browser);
    assert_eq!((told.len(), status(&finished)), (2, Some(200)));
}

#[test]
fn a_login_goes_unasked_to_its_folder_and_answers_its_realm() {
    for engine in [Engine::Chromium, Engine::Firefox] {
        let mut browser = Browser::fresh(engine);
        let first = xhr("https://us%C3%A9r:p@app.test/a/b", Credentials::SameOrigin);
        ask(&first, &mut browser);
        for (url, requests) in [("/a/c", 1), ("/d", 2), ("/e/f", 1)] {
            let asked = FetchRequest::new(format!("https://app.test{url}"));
            let (finished, told) = ask(&asked, &mut browser);
            assert_eq!(status(&finished), Some(200), "{url}");
            assert_eq!(told.len(), requests, "{engine:?} {url}");
        }
    }
}

#[test]
fn challenges() {
    let list = |line: &str| {
        let headers: HeaderList = [("www-authenticate", line)].into_iter().collect();
        realm_of_list(&headers.get_decode_and_split("www-authenticate").unwrap())
    };
    for (line, in_one_line, in_a_list) in [
        ("Basic realm=\"a, b\"", Some("a, b"), Some("a, b")),
        ("basic", Some(""), Some("")),
        ("BASIC charset=x, realm=a", Some("a"), Some("a")),
        ("Bearer realm=a", None, None),
        ("Basic realm=a, Bearer", None, Some("a")),
        ("Bearer, Basic realm=a", None, Some("a")),
        ("Bearer realm=x, Basic, Digest realm=y", None, Some("")),
    ] {
        let told = [realm_of_line(line), list(line)];
        let expected = [in_one_line, in_a_list].map(|realm| realm.map(|text| text.into()));
        assert_eq!(told, expected, "{line}");
    }
}

#[test]
fn that_digest_is_not_answered_is_told() {
    let digest = "Digest realm=\"x\", nonce=\"1\", qop=\"auth\"";
    let told = |request: &FetchRequest, challenge| {
        let mut browser = Browser::fresh(Engine::Chromium);
        let (finished, _) = ask_by(challenge, request, &mut browser);
        let mut steps = finished.trace.steps.iter();
        steps.any(|step| step.outcome == StepOutcome::NotModelled)
    };
    let with_login = xhr("https://u:p@app.test/x", Credentials::SameOrigin);
    assert!(told(&with_login, digest));
    assert!(told(&with_login, "NTLM"));
    assert!(!told(&with_login, "Bearer realm=\"x\""));
    let without = FetchRequest {
        credentials: Credentials::Omit,
        ..FetchRequest::new("https://app.test/x")
    };
    assert!(!told(&without, digest));
}

#[test]
fn a_login_that_was_taken_goes_with_later_requests_that_include_credentials() {
    let with_login = xhr("https://us%C3%A9r:p@app.test/x", Credentials::SameOrigin);
    for (engine, again) in [(Engine::Standard, 2), (Engine::Firefox, 1)] {
        let mut browser = Browser::fresh(engine);
        ask(&with_login, &mut browser);
        assert_eq!(ask(&with_login, &mut browser).1.len(), again, "{engine:?}");
        let mut plain = FetchRequest::new("https://app.test/y");
        let (finished, told) = ask(&plain, &mut browser);
        assert_eq!((status(&finished), told.len()), (Some(200), 1));
        plain.credentials = Credentials::Omit;
        let (finished, told) = ask(&plain, &mut browser);
        assert_eq!((status(&finished), told), (Some(401), vec![None]));
    }
}
