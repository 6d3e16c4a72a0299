//! What fixes open, and what policies requests need.

use super::*;
use crate::engine::{Browser, Step, Timestamp, start};
use crate::session::Line;
use crate::wire::Reply;

const STARTED: Timestamp = Timestamp(1_800_000_000_000);

/// Runs a line against servers that give this answer to everything.
fn run(line: &str, status: u16, headers: &[(&str, &str)]) -> (Session, Finished) {
    run_in(&mut Browser::fresh(Engine::Chromium), line, status, headers)
}

fn run_in(
    browser: &mut Browser,
    line: &str,
    status: u16,
    headers: &[(&str, &str)],
) -> (Session, Finished) {
    let line = Line::parse(line).unwrap();
    let mut session = Session {
        page: line.page.clone(),
        request: line.request.clone(),
        browser: browser.clone(),
        started: STARTED,
        locations: Vec::new(),
        exchanges: Vec::new(),
    };
    let reply = Reply {
        status,
        headers: headers.iter().copied().collect(),
        ..Reply::default()
    };
    let mut step = start(&line.request, &line.page, browser, STARTED);
    loop {
        step = match step {
            Step::Locate(locating) => {
                locating.located(crate::engine::Location::PUBLIC, browser, STARTED)
            }
            Step::Send(pending) => pending.answer(&Ok(reply.clone()), browser, STARTED),
            Step::Done(finished) => {
                session.exchanges.clone_from(&finished.exchanges);
                return (session, *finished);
            }
        };
    }
}

fn proposal(line: &str, status: u16, headers: &[(&str, &str)]) -> Proposal {
    let (session, finished) = run(line, status, headers);
    propose(&session, &finished)
}

fn written(edits: &[Edit]) -> Vec<String> {
    edits.iter().map(ToString::to_string).collect()
}

#[test]
fn what_the_document_holds_is_mended_on_a_page_loaded_anew() {
    let line = r#"{"page":"https://app.example","url":"https://api.example/","api":"script","type":"module"}"#;
    let headers = [("Content-Type", "text/javascript"), ("Vary", "Origin")];
    let mut browser = Browser::fresh(Engine::Firefox);
    let (_, first) = run_in(&mut browser, line, 200, &headers);
    let (session, again) = run_in(&mut browser, line, 200, &headers);
    assert!(first.held_from().is_none() && again.held_from().is_some());
    let fix = &propose(&session, &again).fixes[0];
    let origin = "actual: Access-Control-Allow-Origin: https://app.example";
    assert_eq!(written(&fix.edits), [origin]);
    assert!(fix.is_proven_everywhere());
}

#[test]
fn what_would_pass_on_a_page_loaded_anew_has_no_fix_on_the_server() {
    let line = |integrity: &str| {
        format!(
            r#"{{"page":"https://app.example","url":"https://api.example/","api":"script","type":"module"{integrity}}}"#
        )
    };
    let headers = [
        ("Content-Type", "text/javascript"),
        ("Access-Control-Allow-Origin", "*"),
    ];
    let mut browser = Browser::fresh(Engine::Firefox);
    let wrong = r#","integrity":"sha256-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=""#;
    run_in(&mut browser, &line(wrong), 200, &headers);
    let (session, again) = run_in(&mut browser, &line(""), 200, &headers);
    let found = propose(&session, &again);
    assert_eq!(found.problems[0].reason(), Some("sri-mismatch"));
    assert_eq!((found.fixes.len(), found.no_fix), (0, Some("document")));
}

#[test]
fn the_exact_origin_comes_before_the_star() {
    let line = r#"{"page":"https://app.example","url":"https://api.example/"}"#;
    let fix = &proposal(line, 200, &[("Vary", "Cookie")]).fixes[0];
    let origin = "actual: Access-Control-Allow-Origin: https://app.example";
    assert_eq!(written(&fix.edits), [origin]);
    assert_eq!(written(&fix.along), ["actual: Vary: Cookie, Origin"]);
    assert_eq!(
        fix.opens,
        Opens::OneOrigin("https://app.example".to_owned())
    );
}

#[test]
fn null_with_credentials_is_dangerous_and_without_them_a_star() {
    let page =
        r#"{"page":{"origin":"https://app.example","sandbox":true},"url":"https://api.example/""#;
    let fix = &proposal(&format!("{page}}}"), 200, &[]).fixes[0];
    assert_eq!(
        written(&fix.edits),
        ["actual: Access-Control-Allow-Origin: *"]
    );
    assert_eq!((&fix.opens, fix.dangerous), (&Opens::AnyOrigin, None));
    let with = format!(r#"{page},"credentials":"include"}}"#);
    let fix = &proposal(&with, 200, &[]).fixes[0];
    assert_eq!(fix.dangerous, Some(Danger::NullWithCredentials));
}

#[test]
fn a_page_without_https_is_dangerous_to_let_in_with_credentials() {
    let page = |page: &str| {
        format!(r#"{{"page":"{page}","url":"https://api.example/","credentials":"include"}}"#)
    };
    let danger = |line: &str| proposal(line, 200, &[]).fixes[0].dangerous;
    assert_eq!(
        danger(&page("http://app.example")),
        Some(Danger::InsecureOriginWithCredentials)
    );
    assert_eq!(danger(&page("https://app.example")), None);
    assert_eq!(danger(&page("http://localhost:3000")), None);
}

#[test]
fn what_no_header_lifts_has_no_fix_on_the_server() {
    let insecure = r#"{"page":"https://app.example","url":"http://api.example/x"}"#;
    let found = proposal(insecure, 200, &[]);
    assert_eq!(found.no_fix, Some("mixed-content"));
    assert_eq!(found.fixes[0].action, "https");
    let port = r#"{"page":"https://app.example","url":"https://api.example:22/x"}"#;
    let found = proposal(port, 200, &[]);
    assert_eq!((found.no_fix, found.fixes.len()), (Some("bad-port"), 0));
}

#[test]
fn a_policy_says_what_the_request_needs_and_no_more() {
    let line = r#"{"page":"https://app.example","url":"https://api.example/","method":"PUT",
        "credentials":"include","headers":[["X-B","1"],["Content-Type","application/json"]]}"#;
    let (session, _) = run(line, 200, &[]);
    let policy = Policy {
        origins: AllowedOrigins::These(vec!["https://app.example".to_owned()]),
        credentials: true,
        methods: vec!["PUT".to_owned()],
        headers: vec!["content-type".to_owned(), "x-b".to_owned()],
        expose: Vec::new(),
        max_age: None,
    };
    assert_eq!(Policy::needed_by(&session), policy);
    let simple = r#"{"page":"https://app.example","url":"https://api.example/"}"#;
    let needed = Policy::needed_by(&run(simple, 200, &[]).0);
    assert!(needed.methods.is_empty() && needed.headers.is_empty() && !needed.credentials);
}

#[test]
fn a_method_in_lower_case_is_the_pages_mistake() {
    let line = r#"{"page":"https://app.example","url":"https://api.example/","method":"patch"}"#;
    let found = proposal(
        line,
        204,
        &[
            ("Access-Control-Allow-Origin", "https://app.example"),
            ("Access-Control-Allow-Methods", "PATCH"),
        ],
    );
    let actions: Vec<_> = found.fixes.iter().map(|fix| fix.action).collect();
    assert_eq!(actions, ["upper-case-method", "server"]);
}

#[test]
fn an_error_that_the_page_reads_then_is_told() {
    let line = r#"{"page":"https://app.example","url":"https://api.example/"}"#;
    let then = |status| {
        let (session, finished) = run(line, status, &[]);
        let found = propose(&session, &finished);
        fix_words(&session, &found.fixes[0]).then
    };
    assert_eq!(then(200), None);
    assert!(then(500).is_some_and(|told| told.contains("status 500")));
}

#[test]
fn what_is_dangerous_comes_last_and_names_whom_it_lets_in() {
    let page = r#"{"origin":"https://app.example","sandbox":true}"#;
    let line = format!(r#"{{"page":{page},"url":"https://api.example/","credentials":"include"}}"#);
    let (session, finished) = run(&line, 200, &[("Access-Control-Allow-Origin", "*")]);
    let found = propose(&session, &finished);
    let dangers: Vec<_> = found.fixes.iter().map(|fix| fix.dangerous).collect();
    assert_eq!(dangers, [None, Some(Danger::NullWithCredentials)]);
    let words = fix_words(&session, &found.fixes[1]);
    assert!(words.opens.contains("every page"), "{}", words.opens);
}

#[test]
fn what_is_exposed_stays_exposed() {
    let line = r#"{"page":"https://app.example","url":"https://api.example/"}"#;
    let exposing = [("Access-Control-Expose-Headers", "X-Total-Count, *, link")];
    let (session, _) = run(line, 200, &exposing);
    let policy = Policy::needed_by(&session);
    assert_eq!(policy.expose, ["link", "x-total-count"]);
}
