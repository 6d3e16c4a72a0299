//! Follow-up requests, played: they are harmless, and what they show settles the cause.

use std::cell::Cell;

use url::Url;

use super::super::causes::causes;
use super::super::causes::tests::{play, reply};
use super::*;
use crate::engine::{Credentials, FetchRequest, Page, RequestBody};
use crate::wire::{FailureKind, NetworkFailure};

const PAGE: &str = "https://app.shop.test";
const API: &str = "https://api.shop.test/prices";
const ALLOW: (&str, &str) = ("Access-Control-Allow-Origin", PAGE);

fn page() -> Page {
    Page::at(Url::parse(PAGE).unwrap())
}

fn preflighted(names: &[&str]) -> FetchRequest {
    FetchRequest {
        headers: names
            .iter()
            .map(|name| ((*name).to_owned(), "1".to_owned()))
            .collect(),
        ..FetchRequest::new(API)
    }
}

/// A fetch, its follow-ups and what they came to, against a server that is a function.
fn investigated(
    request: FetchRequest,
    server: impl Fn(&HttpRequest) -> Answer,
) -> (Session, Finished, Investigation) {
    let (session, finished) = play(page(), request, &server);
    let plan = plan(&session, &finished);
    let answers = plan.iter().map(|probe| server(&probe.request)).collect();
    let investigation = conclude(&session, &finished, plan, answers);
    (session, finished, investigation)
}

fn first(request: FetchRequest, server: impl Fn(&HttpRequest) -> Answer) -> &'static str {
    let (_, finished, investigation) = investigated(request, server);
    let first = investigation.causes.first();
    first
        .unwrap_or_else(|| panic!("no cause for {:?}", finished.verdict))
        .id
}

fn has_origin(request: &HttpRequest, origin: &str) -> bool {
    request.headers.get_text("origin").as_deref() == Some(origin)
}

#[test]
fn a_location_that_lost_its_headers() {
    let nginx = ("Server", "nginx/1.26");
    let id = first(FetchRequest::new(API), |request| match request.url.path() {
        "/" => reply(200, &[ALLOW, nginx], ""),
        _ => reply(200, &[nginx, ("Cache-Control", "max-age=60")], "[]"),
    });
    assert_eq!(id, "nginx-header-inheritance");
}

/// Nothing on the answer itself tells nginx's trap from a server without CORS; the home page does.
#[test]
fn a_bare_answer_of_nginx_is_judged_by_the_home_page() {
    let nginx = ("Server", "nginx/1.26");
    let bare = |_: &HttpRequest| reply(200, &[nginx], "[]");
    let id = first(FetchRequest::new(API), bare);
    assert_eq!(id, "no-cors-configured");
    let id = first(FetchRequest::new(API), |request| match request.url.path() {
        "/" => reply(200, &[ALLOW, nginx], ""),
        _ => bare(request),
    });
    assert_eq!(id, "nginx-header-inheritance");
}

#[test]
fn a_network_that_drops_options() {
    let id = first(preflighted(&["X-A"]), |request| {
        match request.method.as_str() {
            "OPTIONS" => Err(NetworkFailure::new(FailureKind::Timeout, "no answer")),
            _ => reply(200, &[], "[]"),
        }
    });
    assert_eq!(id, "firewall-drops-options");
}

#[test]
fn machines_that_disagree() {
    let asked = Cell::new(0);
    let id = first(FetchRequest::new(API), |request| {
        // Only what is the same request tells machines apart.
        let same =
            request.url.as_str() == API && request.method == "GET" && has_origin(request, PAGE);
        asked.set(asked.get() + i32::from(same));
        match same && asked.get() % 2 == 0 {
            true => reply(200, &[ALLOW], "[]"),
            false => reply(200, &[], "[]"),
        }
    });
    assert_eq!(id, "mixed-configuration");
}

#[test]
fn a_list_of_headers_that_is_read_too_strictly() {
    let id = first(preflighted(&["X-A", "X-B"]), |request| {
        let names = request.headers.get_text("access-control-request-headers");
        match names.as_deref() {
            Some("x-a, x-b") => reply(
                204,
                &[ALLOW, ("Access-Control-Allow-Headers", "x-a, x-b")],
                "",
            ),
            _ => reply(400, &[], ""),
        }
    });
    assert_eq!(id, "strict-header-list-parser");
}

#[test]
fn headers_on_success_only() {
    let id = first(FetchRequest::new(API), |request| match request.url.path() {
        "/" => reply(200, &[ALLOW], ""),
        _ => reply(404, &[], "not found"),
    });
    assert_eq!(id, "cors-on-success-only");
}

#[test]
fn headers_on_options_only() {
    let id = first(FetchRequest::new(API), |request| {
        match request.method.as_str() {
            "OPTIONS" => reply(204, &[ALLOW], ""),
            _ => reply(200, &[], "[]"),
        }
    });
    assert_eq!(id, "cors-on-options-only");
}

#[test]
fn an_old_copy_without_headers_and_one_of_another_site() {
    let is_fresh = |request: &HttpRequest| request.url.query().is_some();
    let id = first(FetchRequest::new(API), |request| match is_fresh(request) {
        true => reply(200, &[ALLOW], ""),
        false => reply(200, &[("Age", "12")], ""),
    });
    assert_eq!(id, "cached-without-cors");
    let id = first(FetchRequest::new(API), |request| match is_fresh(request) {
        true => reply(200, &[ALLOW], ""),
        false => reply(
            200,
            &[("Access-Control-Allow-Origin", "https://other.test")],
            "",
        ),
    });
    assert_eq!(id, "cached-for-another-origin");
}

#[test]
fn a_fixed_origin_is_the_same_for_everybody() {
    let fixed = [("Access-Control-Allow-Origin", "https://other.test")];
    let (session, finished, investigation) =
        investigated(FetchRequest::new(API), |_| reply(200, &fixed, ""));
    let before = &causes(&session, &finished)[0];
    let after = &investigation.causes[0];
    assert_eq!(before.id, "other-environments-origin");
    assert_eq!(after.id, before.id);
    assert!(
        after.why.ends_with("the same answer for another origin"),
        "{}",
        after.why
    );
    assert!(after.likelihood < before.likelihood, "it became likely");
}

#[test]
fn a_login_check_ahead_of_cors() {
    let (_, _, investigation) = investigated(preflighted(&["Authorization"]), |request| {
        match request.headers.contains("authorization") {
            true => reply(200, &[ALLOW], "[]"),
            false => reply(403, &[], ""),
        }
    });
    let cause = &investigation.causes[0];
    assert_eq!(cause.id, "auth-before-cors");
    assert_eq!(
        cause.why,
        "status 403 on the preflight and status 200 on a plain GET"
    );
    let get = investigation
        .probed
        .iter()
        .find(|probed| probed.probe.id == ProbeId::Get)
        .unwrap();
    assert_eq!(
        get.shows,
        "Status 200, Access-Control-Allow-Origin: https://app.shop.test. A GET is answered \
         differently from the request that failed."
    );
}

#[test]
fn https_is_tried_where_http_was_refused() {
    let request = FetchRequest::new("http://api.shop.test/prices");
    let (_, _, investigation) = investigated(request, |request| {
        assert_eq!(request.url.scheme(), "https");
        reply(200, &[ALLOW], "")
    });
    assert_eq!(investigation.causes[0].id, "http-api-on-https-page");
    let sent: Vec<_> = investigation
        .probed
        .iter()
        .map(|probed| (probed.probe.id, probed.probe.request.url.as_str()))
        .collect();
    assert_eq!(sent, [(ProbeId::Https, API)]);
}

/// The worst that could be asked: a deletion, with a body, in the visitor's name.
#[test]
fn nothing_sent_changes_state_or_goes_elsewhere() {
    let mut asked = 0;
    for method in ["DELETE", "POST", "PUT", "patch", "GET"] {
        let request = FetchRequest {
            method: method.to_owned(),
            credentials: Credentials::Include,
            headers: vec![
                ("Authorization".to_owned(), "Bearer secret".to_owned()),
                ("X-HTTP-Method-Override".to_owned(), "DELETE".to_owned()),
                ("Content-Type".to_owned(), "application/json".to_owned()),
            ],
            body: (method != "GET").then(|| RequestBody::Text("{}".to_owned())),
            ..FetchRequest::new(API)
        };
        let preflight = [
            ALLOW,
            ("Access-Control-Allow-Credentials", "true"),
            ("Access-Control-Allow-Methods", "DELETE, PUT, patch"),
            (
                "Access-Control-Allow-Headers",
                "authorization, x-http-method-override, content-type",
            ),
        ];
        for good_preflight in [true, false] {
            let (session, finished) = play(page(), request.clone(), |request| {
                match (request.method.as_str(), good_preflight) {
                    ("OPTIONS", true) => reply(204, &preflight, ""),
                    ("OPTIONS", false) => reply(405, &[], ""),
                    _ => reply(302, &[("Location", "https://elsewhere.test/")], ""),
                }
            });
            for probe in plan(&session, &finished) {
                asked += 1;
                let sent = &probe.request;
                assert!(
                    matches!(sent.method.as_str(), "OPTIONS" | "HEAD" | "GET"),
                    "{sent:?}"
                );
                assert!(sent.body.is_empty(), "{sent:?}");
                assert_eq!(sent.url.host_str(), Some("api.shop.test"), "{sent:?}");
                assert!(!sent.headers.contains("x-http-method-override"), "{sent:?}");
                if !needs_credentials(probe.id) {
                    assert!(!sent.headers.contains("authorization"), "{sent:?}");
                }
                if sent.method == "OPTIONS" {
                    assert!(!sent.headers.contains("authorization"), "{sent:?}");
                }
            }
        }
    }
    assert!(asked > 10, "{asked}");
}

#[test]
fn there_are_never_more_than_ten() {
    let (session, finished) = play(page(), preflighted(&["X-A", "X-B"]), |_| {
        reply(404, &[], "")
    });
    let plan = plan(&session, &finished);
    assert!(
        plan.len() > 5 && plan.len() <= MOST_PROBES,
        "{}",
        plan.len()
    );
}

#[test]
fn what_passed_needs_no_questions() {
    let (session, finished) = play(page(), FetchRequest::new(API), |_| reply(200, &[ALLOW], ""));
    assert_eq!(plan(&session, &finished), []);
}
