//! Each pattern of failure that shows on the wire, played: it comes out first.

mod before_sending;
mod elsewhere;
mod patterns;
mod table;

use std::collections::BTreeSet;

use url::Url;

use super::*;
use crate::assets;
use crate::engine::{
    Api, Browser, Engine, FetchRequest, Location, Mode, Page, Provenance, Step, Subject, Timestamp,
    start,
};
use crate::wire::{Answer, Body, FailureKind, HttpRequest, NetworkFailure, Reply};
use patterns::*;

/// A reply from its parts.
pub(in crate::diagnose) fn reply(status: u16, headers: &[(&str, &str)], body: &str) -> Answer {
    Ok(Reply {
        status,
        headers: headers.iter().copied().collect(),
        body: Body::plain(body),
        ..Reply::default()
    })
}

/// When fetches are played.
const STARTED: Timestamp = Timestamp(1_700_000_000_000);

/// Runs a fetch against a server that is a function.
pub(in crate::diagnose) fn play(
    page: Page,
    request: FetchRequest,
    server: impl Fn(&HttpRequest) -> Answer,
) -> (Session, Finished) {
    let mut browser = Browser::fresh(Engine::Chromium);
    play_in(&mut browser, Location::PUBLIC, page, request, server)
}

/// The same in a browser that may remember something, with targets that lead somewhere.
fn play_in(
    browser: &mut Browser,
    location: Location,
    page: Page,
    request: FetchRequest,
    server: impl Fn(&HttpRequest) -> Answer,
) -> (Session, Finished) {
    let started = STARTED;
    let mut session = Session {
        page,
        request,
        browser: browser.clone(),
        started,
        locations: Vec::new(),
        exchanges: Vec::new(),
    };
    let mut step = start(&session.request, &session.page, browser, started);
    loop {
        match step {
            Step::Done(finished) => {
                session.exchanges.clone_from(&finished.exchanges);
                return (session, *finished);
            }
            Step::Locate(locating) => {
                let location = match locating.subject() {
                    Subject::Page(_) => Location::PUBLIC,
                    _ => location,
                };
                step = locating.located(location, browser, started);
            }
            Step::Send(pending) => {
                let answer = server(pending.request());
                step = pending.answer(&answer, browser, started);
            }
        }
    }
}

#[test]
fn each_pattern_on_the_wire_comes_out_first() {
    let patterns = patterns();
    let mut wrong = Vec::new();
    for pattern in &patterns {
        let (session, finished) = pattern.play();
        let ranked = causes(&session, &finished);
        if ranked.first().map(|cause| cause.id) != Some(pattern.cause) {
            let told: Vec<_> = ranked.iter().map(|cause| (cause.id, &cause.why)).collect();
            wrong.push(format!(
                "{}: {:?}: {told:#?}",
                pattern.cause, finished.verdict
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Patterns that one run does not show: the follow-up requests tell, as `investigate` plays them.
const TOLD_BY_PROBES: &[&str] = &[
    "mixed-configuration",
    "nginx-header-inheritance",
    "strict-header-list-parser",
];

/// Causes that stand behind another one, or need a state of the browser; held by tests of their own.
const NOT_FIRST: &[&str] = &[
    "authorization-dropped-on-redirect",
    "browser-cache-mix",
    "cookie-withheld",
    "corp-by-default",
    "dev-server-default",
    "firewall-drops-options",
    "local-network-access",
    "localhost-two-addresses",
    "origin-lost-on-the-way",
    "platform-cors-rules",
    "star-and-authorization",
];

/// Causes of what only a console tells, because it happens in the browser alone; `explain` shows them.
const TOLD_BY_A_CONSOLE: &[&str] = &[
    "asked-after-giving-up-the-network",
    "code-for-a-server",
    "extension-asks-in-the-page",
    "hardened-browser",
    "network-switched-off",
    "part-handed-on",
    "script-without-a-checksum",
];

fn told(case: &(Session, Finished)) -> Vec<&'static str> {
    causes(&case.0, &case.1)
        .iter()
        .map(|cause| cause.id)
        .collect()
}

/// These need a state of the browser or stand behind a more frequent cause.
#[test]
fn causes_behind_others_are_told_too() {
    for pattern in [
        on_get(
            "origin-lost-on-the-way",
            200,
            &[("Via", "1.1 proxy.shop.test")],
            "",
        ),
        on_get("platform-cors-rules", 200, &[("x-azure-ref", "1")], ""),
        on_get(
            "dev-server-default",
            403,
            &[],
            "Blocked request. This host is not allowed.",
        )
        .asking(FetchRequest::new("http://localhost:5173/src/main.ts"))
        .from(page("http://localhost:8080")),
        on_get(
            "corp-by-default",
            200,
            &[
                ("Cross-Origin-Resource-Policy", "same-origin"),
                ("Content-Type", "image/png"),
                ("Origin-Agent-Cluster", "?1"),
            ],
            "",
        )
        .asking(FetchRequest {
            api: Api::Img,
            mode: Mode::NoCors,
            ..get()
        }),
        failed(
            "localhost-two-addresses",
            "http://localhost:8080/x",
            FailureKind::Refused,
        )
        .from(page("http://localhost:3000")),
        pattern(
            "firewall-drops-options",
            preflighted(),
            vec![(
                "OPTIONS",
                Err(NetworkFailure::new(FailureKind::Timeout, "no answer")),
            )],
        ),
        pattern(
            "authorization-dropped-on-redirect",
            with_header("Authorization", "Bearer 1"),
            vec![
                (
                    "OPTIONS",
                    reply(
                        204,
                        &[ALLOW, ("Access-Control-Allow-Headers", "authorization")],
                        "",
                    ),
                ),
                (
                    API,
                    reply(302, &[ALLOW, ("Location", "https://cdn.other.test/x")], ""),
                ),
                ("GET", reply(401, &allowing("*"), "")),
            ],
        ),
    ] {
        let told = told(&pattern.play());
        assert!(told.contains(&pattern.cause), "{}: {told:?}", pattern.cause);
    }
}

#[test]
fn a_star_does_not_cover_a_token_by_the_standard() {
    let star = reply(204, &[ALLOW, ("Access-Control-Allow-Headers", "*")], "");
    let case = play_in(
        &mut Browser::fresh(Engine::Standard),
        Location::PUBLIC,
        page(PAGE),
        with_header("Authorization", "Bearer 1"),
        |_| star.clone(),
    );
    assert_eq!(told(&case)[0], "star-and-authorization");
}

#[test]
fn a_cookie_that_stays_behind_explains_a_missing_login() {
    let mut browser = Browser::fresh(Engine::Chromium);
    let profile = browser.profile;
    let target = Url::parse("https://api.other.test/prices").unwrap();
    browser
        .cookies
        .set_by_visit(&target, b"sid=1; SameSite=Lax", &profile, STARTED);
    let request = FetchRequest {
        url: target.to_string(),
        ..include()
    };
    let credentials = ("Access-Control-Allow-Credentials", "true");
    let case = play_in(&mut browser, Location::PUBLIC, page(PAGE), request, |_| {
        reply(401, &[ALLOW, credentials], "")
    });
    assert_eq!(case.1.verdict, Verdict::Allowed);
    assert_eq!(told(&case)[0], "cookie-withheld");
}

#[test]
fn a_copy_in_the_browser_is_to_blame() {
    let mut browser = Browser::fresh(Engine::Chromium);
    let stored = [
        ("Cache-Control", "max-age=600"),
        ("Content-Type", "image/png"),
    ];
    let image = FetchRequest {
        api: Api::Img,
        mode: Mode::NoCors,
        ..get()
    };
    let server = |_: &HttpRequest| reply(200, &stored, "x");
    play_in(&mut browser, Location::PUBLIC, page(PAGE), image, server);
    let case = play_in(
        &mut browser,
        Location::PUBLIC,
        page(PAGE),
        get(),
        |request| panic!("the copy answers: {request:?}"),
    );
    assert_eq!(told(&case)[0], "browser-cache-mix");
}

#[test]
fn a_target_in_the_visitors_network_is_named() {
    let at_home = Location {
        space: crate::engine::AddressSpace::Local,
        reach: crate::engine::Reach::Tls,
        ..Location::PUBLIC
    };
    let mut browser = Browser::fresh(Engine::Chromium);
    let case = play_in(&mut browser, at_home, page(PAGE), get(), |_| {
        reply(200, &[ALLOW], "")
    });
    assert_eq!(told(&case), ["local-network-access"]);
}

/// What is told names where it was seen, and cannot move a cursor.
#[test]
fn evidence_names_its_exchange_header_and_value() {
    let headers = [("WWW-Authenticate", "Bearer \u{1b}[2J"), NGINX];
    let case = on_preflight("auth-before-cors", 401, &headers, "").play();
    let ranked = causes(&case.0, &case.1);
    let first = &ranked[0];
    assert_eq!(first.likelihood, Likelihood::Likely);
    assert_eq!(
        first.why,
        "status 401 and WWW-Authenticate: Bearer \\u{1b}[2J on the preflight"
    );
    let evidence = &first.evidence[1];
    assert_eq!(evidence.exchange, Some(0));
    assert_eq!(evidence.header.as_deref(), Some("WWW-Authenticate"));
    assert_eq!(evidence.value.as_deref(), Some("Bearer \\u{1b}[2J"));
    assert!(!evidence.against);
}

#[test]
fn a_name_that_is_right_is_not_to_blame_for_an_origin_that_got_lost() {
    let hop = ("Location", "https://cdn.other.test/x");
    let answers = vec![
        (API, reply(302, &[ALLOW, hop], "")),
        ("GET", reply(200, &[ALLOW, ("Age", "412")], "")),
    ];
    let case = pattern("", get(), answers).play();
    assert_eq!(told(&case), ["origin-null-by-redirect"]);
}

/// What the server says at other times is evidence too.
#[test]
fn headers_on_another_answer_of_nginx_mean_that_a_location_lost_them() {
    let bare = on_get("", 200, &[NGINX], "[]").play();
    assert_eq!(
        told(&bare),
        ["no-cors-configured", "nginx-header-inheritance"]
    );
    let moved = reply(301, &[ALLOW, NGINX, ("Location", "/prices/")], "");
    let answers = vec![(API, moved), ("GET", reply(200, &[NGINX], "[]"))];
    let case = pattern("", get(), answers).play();
    assert_eq!(told(&case), ["nginx-header-inheritance"]);
    assert_eq!(
        causes(&case.0, &case.1)[0].why,
        "Server: nginx/1.26.1, status 200, no CORS headers and Access-Control-Allow-Origin: \
         https://app.shop.test on another answer"
    );
}

/// A request that was sent to look behind a preflight shows that the server does allow the page.
#[test]
fn what_lies_behind_a_preflight_is_evidence() {
    let (mut session, finished) = on_preflight("", 405, &[("Allow", "GET")], "").play();
    let answer = reply(200, &[ALLOW], "[]");
    let without = told(&(session.clone(), finished.clone()));
    assert_eq!(without, ["no-options-handler", "no-cors-configured"]);
    let preflight = finished.exchanges[0].clone();
    session.exchanges.push(Exchange {
        kind: ExchangeKind::Actual,
        request: HttpRequest {
            method: "GET".to_owned(),
            ..preflight.request.clone()
        },
        answer,
        provenance: Provenance::LookBehind,
        ..preflight
    });
    let ranked = causes(&session, &finished);
    let ids: Vec<_> = ranked.iter().map(|cause| cause.id).collect();
    assert_eq!(ids, ["no-options-handler"]);
    let behind = ranked[0].evidence.last().unwrap();
    assert_eq!(
        (behind.exchange, behind.words.as_str()),
        (
            Some(1),
            "an answer that allows the page on the request behind it"
        )
    );
}

#[test]
fn a_header_that_is_exposed_is_not_told_as_hidden() {
    let total = ("X-Total-Count", "3");
    let exposing = ("Access-Control-Expose-Headers", "x-total-count");
    let case = on_get("", 200, &[ALLOW, exposing, total, ("X-Other", "1")], "").play();
    assert_eq!(told(&case), Vec::<&str>::new());
}

#[test]
fn nothing_is_told_where_nothing_is_wrong() {
    let case = on_get("", 200, &[ALLOW], "[]").play();
    assert_eq!(causes(&case.0, &case.1), []);
}

#[test]
fn every_cause_is_played() {
    let patterns = patterns();
    let played: BTreeSet<_> = patterns
        .iter()
        .map(|pattern| pattern.cause)
        .chain(TOLD_BY_PROBES.iter().copied())
        .chain(NOT_FIRST.iter().copied())
        .chain(TOLD_BY_A_CONSOLE.iter().copied())
        .collect();
    let all: BTreeSet<_> = assets::causes().map(|cause| cause.id.as_str()).collect();
    assert_eq!(played, all);
}
