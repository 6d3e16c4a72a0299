//! What the page came with: given, or asked for; and hosts that are known to be secure only.

use insta::assert_snapshot;
use serde_json::{Value, json};

use super::support::{Outcome, Server, rule, run, run_on};

const PAGE: &str = "http://app.test/start";
const URL: &str = "http://api.test/prices";
const ALLOW: (&str, &str) = ("Access-Control-Allow-Origin", "*");

fn check(server: &Server, more: &[&str]) -> Outcome {
    let route = server.route();
    let arguments = ["check", URL, "--origin", PAGE, "--connect-to", &route];
    run(&[&arguments[..], more].concat())
}

fn api() -> Value {
    rule("GET", URL, 200, &[ALLOW], "[]")
}

/// A page that comes with these header lines and this document.
fn page(headers: &[(&str, &str)], html: &str) -> Value {
    let headers = [&[("Content-Type", "text/html; charset=utf-8")], headers].concat();
    rule("GET", PAGE, 200, &headers, html)
}

#[test]
fn a_policy_of_the_page_blocks_before_anything_is_sent() {
    let server = Server::playing(json!([api()]));
    let policy = ["--page-csp", "default-src *; connect-src 'self' https://*"];
    assert_snapshot!(check(&server, &policy).told(), @r#"
    exit 1
    --- stdout
    BLOCKED in all three browsers: The page's own policy forbids the request (csp-connect-src)
    page http://app.test asks GET http://api.test/prices

      ✗ the page's own policy forbids it: connect-src 'self' https://*  ◀ the cause
        A Content-Security-Policy of the page lists what it may ask for; for requests of this kind connect-src counts. No source in it covers http://api.test/prices. Nothing is sent there, and no header of that server can lift it: add http://api.test to the page's policy.

    The page has a list of addresses that it may talk to, and http://api.test is not on it. The browser obeys and sends nothing there. Ask the page's developers, not the API's, to add it to the page's Content-Security-Policy.

    What to change
    Add `http://api.test` to connect-src in the page's Content-Security-Policy.
    https://w3c.github.io/webappsec-csp/#should-block-request

    On the server
      The browser stops before it asks the server. Only the page can change that.

    Possibly: The page's policy does not know this address yet (signs: a Content-Security-Policy of the page that does not list it).
      Add the origin to the directive in every policy of the page: response headers, proxies and meta elements.

    What the console of Chromium says
      Connecting to 'http://api.test/prices' violates the following Content Security Policy directive: "connect-src 'self' https://*". The action has been blocked.
      Fetch API cannot load http://api.test/prices. Refused to connect because it violates the document's Content Security Policy.
    --- stderr
    "#);
    assert!(server.methods().is_empty());
}

#[test]
fn a_policy_that_only_reports_is_told() {
    let server = Server::playing(json!([api()]));
    let policy = ["--page-csp-report-only", "default-src 'self'"];
    assert_snapshot!(check(&server, &policy).told(), @r#"
    exit 0
    --- stdout
    ALLOWED in all three browsers
    page http://app.test asks GET http://api.test/prices

      · a policy that only reports would forbid it: default-src 'self'
      · cross-origin: the host differs
      · no preflight needed
    GET http://api.test/prices  200
      · origin: http://app.test
      · status 200
      ✓ access-control-allow-origin: *
      ✓ script gets the answer

    What the console of Chromium says
      Connecting to 'http://api.test/prices' violates the following Content Security Policy directive: "default-src 'self'". Note that 'connect-src' was not explicitly set, so 'default-src' is used as a fallback. The policy is report-only, so the violation has been logged but no further action has been taken.
      Connecting to 'http://api.test/prices' violates the following Content Security Policy directive: "default-src 'self'". Note that 'connect-src' was not explicitly set, so 'default-src' is used as a fallback. The policy is report-only, so the violation has been logged but no further action has been taken.
    --- stderr
    "#);
}

#[test]
fn the_page_is_asked_for_its_policies() {
    let html = "<title>x</title><meta http-equiv=Content-Security-Policy \
        content=\"connect-src http://api.test\">";
    let headers = [
        ("Content-Security-Policy", "default-src 'self' http:"),
        ("Content-Security-Policy-Report-Only", "img-src 'none'"),
        (
            "Cross-Origin-Embedder-Policy",
            "require-corp; report-to=\"x\"",
        ),
        ("Referrer-Policy", "unknown, no-referrer"),
    ];
    let server = Server::playing(json!([page(&headers, html), api()]));
    assert_snapshot!(check(&server, &["--fetch-page"]).told(), @r#"
    exit 0
    --- stdout
    ALLOWED in all three browsers
    page http://app.test asks GET http://api.test/prices
    page fetched: GET http://app.test/start  200: policy `default-src 'self' http:`, policy `connect-src http://api.test`, report-only policy `img-src 'none'`, embedder policy require-corp, referrer policy no-referrer

      ✓ the page's own policy allows it: default-src
      ✓ the page's own policy allows it: connect-src
      · cross-origin: the host differs
      · no preflight needed
    GET http://api.test/prices  200
      · origin: http://app.test
      · status 200
      ✓ access-control-allow-origin: *
      ✓ script gets the answer
    --- stderr
    "#);
    let received = server.received();
    assert_eq!(received.len(), 2);
    let header = |index: usize, name: &str| received[index].headers.get_text(name);
    assert_eq!(header(0, "upgrade-insecure-requests").as_deref(), Some("1"));
    assert_eq!(header(1, "upgrade-insecure-requests"), None);
    assert_eq!(header(1, "referer"), None);
    let json = check(
        &server,
        &["--fetch-page", "--json", "--page-csp", "img-src *"],
    )
    .json();
    assert_eq!(
        json["page"],
        json!({
            "url": PAGE,
            "status": 200,
            "redirects": 0,
            "failure": null,
            "csp": ["default-src 'self' http:", "connect-src http://api.test", "img-src *"],
            "cspReportOnly": ["img-src 'none'"],
            "coep": "require-corp",
            "referrerPolicy": "no-referrer",
        })
    );
}

#[test]
fn the_policy_of_the_page_that_a_redirect_leads_to_counts() {
    let server = Server::playing(json!([
        rule("GET", PAGE, 302, &[("Location", "/login#x")], ""),
        rule(
            "GET",
            "http://app.test/login",
            401,
            &[("Content-Security-Policy", "connect-src 'none'")],
            ""
        ),
    ]));
    let outcome = check(&server, &["--fetch-page"]);
    assert_eq!(outcome.code, 1);
    let told = outcome.told();
    let line = "page fetched: GET http://app.test/login  401 after a redirect: policy `connect-src 'none'`";
    assert!(told.contains(line), "{told}");
}

#[test]
fn a_page_that_does_not_answer_is_told_and_the_request_goes_on() {
    let server = Server::playing(json!([api()]));
    let api_only = format!("api.test:80:{}", server.address());
    let nowhere = "app.test:80:127.0.0.1:1";
    let arguments = ["check", URL, "--origin", PAGE, "--fetch-page"];
    let routes = ["--connect-to", &api_only, "--connect-to", nowhere];
    let outcome = run(&[arguments.as_slice(), &routes].concat());
    assert_eq!(outcome.code, 0, "{}", outcome.told());
    let told = outcome.told();
    assert!(
        told.contains("page not fetched: GET http://app.test/start: "),
        "{told}"
    );
}

#[test]
fn nothing_that_the_page_says_reaches_the_terminal_raw() {
    let headers = [("Content-Security-Policy", "connect-src \u{9b}31m*")];
    let html = "<meta http-equiv=Content-Security-Policy content='img-src \u{1b}[2J'>";
    let server = Server::playing(json!([page(&headers, html), api()]));
    for more in [["--fetch-page", "-v"], ["--fetch-page", "--json"]] {
        let outcome = check(&server, &more);
        let text = String::from_utf8(outcome.stdout).unwrap();
        let raw = text.chars().find(|c| c.is_control() && *c != '\n');
        assert_eq!(raw, None, "{text}");
    }
}

#[test]
fn lines_hold_the_page_s_policies() {
    let server = Server::playing(json!([api()]));
    let lines = [
        json!({"id": 1, "page": {"origin": PAGE, "csp": ["connect-src 'self'"]}, "url": URL}),
        json!({"id": 2, "page": {"origin": PAGE, "cspReportOnly": ["connect-src 'self'"]}, "url": URL}),
        json!({"id": 3, "page": {"origin": "http://localhost", "coep": "require-corp"},
            "mode": "no-cors", "url": URL}),
        json!({"id": 4, "page": PAGE, "hsts": ["api.test"], "method": "PUT", "url": URL}),
        json!({"id": 5, "page": PAGE, "hsts": ["127.0.0.1"], "url": URL}),
    ];
    let input = lines.map(|line| line.to_string()).join("\n");
    let route = server.route();
    let outcome = run_on(&["batch", "--connect-to", &route], input.as_bytes());
    let mut answers = outcome.lines();
    answers.sort_by_key(|answer| answer["id"].as_u64());
    let told: Vec<_> = answers
        .iter()
        .map(|answer| match &answer["error"] {
            Value::String(error) => error.as_str(),
            _ => match &answer["block"]["reason"] {
                Value::String(reason) => reason.as_str(),
                _ => answer["verdict"].as_str().unwrap(),
            },
        })
        .collect();
    assert_eq!(
        told,
        [
            "csp-connect-src",
            "allowed",
            "coep-corp-required",
            "preflight-redirect",
            "`hsts`: `127.0.0.1` is no domain; IP addresses and localhost cannot be known",
        ]
    );
    assert_eq!(answers[0]["trace"][0]["evidence"][0]["side"], "page");
}

#[test]
fn the_redirect_of_the_browser_s_own_is_told() {
    let server = Server::playing(json!([]));
    let outcome = check(&server, &["--hsts", "api.test", "-X", "PUT"]);
    assert_snapshot!(outcome.told(), @r#"
    exit 1
    --- stdout
    BLOCKED in Chromium: The preflight is redirected (preflight-redirect)
    NOT KNOWN in Firefox and WebKit, and by the Standard
    page http://app.test asks PUT http://api.test/prices

      · cross-origin: the host differs
      · preflight needed
      · because PUT is not a safelisted method
      ✗ a preflight must not be redirected, not even by the browser itself  ◀ the cause
        The browser knows api.test by Strict-Transport-Security as a host that is asked over https only, and answers the OPTIONS to http://api.test/prices with a redirect of its own. A preflight that is redirected fails. Ask for https://api.test/prices directly.

    Before the PUT request the browser asked http://api.test for permission, and was sent on to https://api.test/prices. Browsers do not follow a redirect at this point, so the request itself was never sent. Ask the page's developers to use the final address from the start, or whoever runs http://api.test not to redirect this question.

    What to change
    Use the final URL, `https://api.test/prices`, in the page, or exempt OPTIONS requests from the redirect on the server.
    https://fetch.spec.whatwg.org/#cors-preflight-fetch-0

    On the server
      The browser stops before it asks the server. Only the page can change that.

    What the console of Chromium says
      Access to fetch at 'http://api.test/prices' from origin 'http://app.test' has been blocked by CORS policy: Response to preflight request doesn't pass access control check: Redirect is not allowed for a preflight request.
      Failed to load resource: net::ERR_FAILED

    Where engines part
      Firefox would send OPTIONS https://api.test/prices, which Chromium does not.
        Firefox changes http to https before anything else looks at the URL; Chromium answers http itself with a redirect to https, which fails a preflight.
        https://fetch.spec.whatwg.org/#concept-main-fetch
      WebKit would send OPTIONS https://api.test/prices, which Chromium does not.
        WebKit leaves the change from http to https to the system's network library; Chromium answers http itself with a redirect to https, which fails a preflight.
        https://fetch.spec.whatwg.org/#concept-main-fetch
      The Standard would send OPTIONS https://api.test/prices, which Chromium does not.
        By the same rule as Firefox.
    With --engine all, each engine asks the network what it would ask.
    --- stderr
    "#);
}

#[test]
fn a_host_that_cannot_be_known_is_a_mistake() {
    let server = Server::playing(json!([]));
    let outcome = check(
        &server,
        &["--hsts", "localhost", "--page-coep", "unsafe-none"],
    );
    assert_snapshot!(outcome.told(), @r"
    exit 2
    --- stdout
    --- stderr
    --hsts: `localhost` is no host that can be known
      hint: a domain as in api.example, not an IP address and not localhost
    ");
}
