//! `explain`, and the causes and follow-up requests of `check`.

use insta::assert_snapshot;
use serde_json::json;

use super::support::{Server, rule, run};

const URL: &str = "http://api.test/prices";

#[test]
fn a_word_is_explained() {
    assert_snapshot!(run(&["explain", "Same-Origin", "policy"]).told(), @r"
    exit 0
    --- stdout
    same-origin policy  a word of the glossary

    The rule of browsers that a page may read only what comes from its own origin.

    It is the wall between flats in one house. Without it, any page you visit could read your mail or your bank account in another tab, with your login. CORS is the door in that wall, and the neighbour holds the key.

    In the standard's terms
    Cross-origin reads are refused unless CORS allows them; cross-origin writes (forms, simple requests) and embedding (images, scripts) mostly go through.

    See also
    origin, CORS, cross-origin
    https://developer.mozilla.org/en-US/docs/Web/Security/Same-origin_policy
    --- stderr
    ");
}

#[test]
fn a_reason_leads_to_what_typically_is_behind_it() {
    let told = run(&["explain", "allow-headers-wildcard-excludes-authorization"]).told();
    assert_snapshot!(told, @r"
    exit 0
    --- stdout
    * is not meant to cover Authorization  the reason allow-headers-wildcard-excludes-authorization

    The page sends a login token, and the API allows it with a star only. By the rules a star does not cover login tokens. Browsers still let it pass, but Firefox announces that it will stop. Ask whoever runs the API to list the header Authorization by name.

    What to change
    Name it beside the star in the reply to OPTIONS: `Access-Control-Allow-Headers: *, Authorization`.

    In the standard's terms
    Authorization is a CORS non-wildcard request-header name: the standard wants it in Access-Control-Allow-Headers literally and blocks otherwise, with or without credentials. Chromium, Firefox and WebKit accept `*` for it at present, and Firefox warns about it. With credentials mode include the star covers nothing at all.

    What typically is behind it
      star-and-authorization
        A star does not cover the login token

    https://fetch.spec.whatwg.org/#cors-non-wildcard-request-header-name
    https://developer.mozilla.org/en-US/docs/Web/HTTP/Reference/Headers/Access-Control-Allow-Headers
    --- stderr
    ");
}

#[test]
fn a_step_of_the_trace_is_explained() {
    assert_snapshot!(run(&["explain", "redirect-taint"]).told(), @r"
    exit 0
    --- stdout
    redirect-taint  a step of the trace

      the origin becomes null
        The redirect goes from ... to ..., and neither is the page's own origin. From here on the browser sends Origin: null.
    https://fetch.spec.whatwg.org/#concept-request-tainted-origin
    --- stderr
    ");
}

/// What pages show says nothing; it leads to what typically is behind it.
#[test]
fn the_message_of_a_failed_fetch_leads_to_its_usual_causes() {
    for message in [
        "Failed to fetch",
        "Load failed",
        "TypeError: Failed to fetch",
        "NetworkError when attempting to fetch resource.",
        "Network Error",
        "AxiosError: Network Error",
    ] {
        let told = run(&["explain", message]).told();
        for part in [
            "It names no cause.",
            "the reason cors-unspecified",
            "no-cors-configured",
            "server-not-running",
            "Run the request: `corscope check URL --origin ORIGIN`.",
        ] {
            assert!(told.contains(part), "{part} in {told}");
        }
    }
}

#[test]
fn what_means_nothing_is_told_with_what_is_near() {
    assert_snapshot!(run(&["explain", "prefligth"]).told(), @r"
    exit 2
    --- stdout
    --- stderr
    explain: nothing is called `prefligth`
      hint: did you mean preflight, preflighted?
    ");
}

#[test]
fn all_that_can_be_explained_is_listed() {
    let told = run(&["explain"]).told();
    for name in [
        "CORS",
        "allow-origin-missing",
        "auth-before-cors",
        "redirect-taint",
    ] {
        assert!(told.contains(name), "{name}");
    }
    let json = run(&["explain", "--json"]).json();
    assert!(json.as_array().unwrap().len() > 200);
    let one = run(&["explain", "--json", "max-age"]).json();
    assert_eq!(one[0]["kind"], "term");
    assert_eq!(one[1]["kind"], "step");
}

fn check(server: &Server, more: &[&str]) -> Vec<String> {
    let route = server.route();
    let arguments = [
        "check",
        URL,
        "--origin",
        "http://app.localhost",
        "--connect-to",
    ];
    let arguments = [&arguments[..], &[&route], more].concat();
    let told = run(&arguments).told();
    // The mark that leads past caches is the time.
    let lines = told
        .lines()
        .map(|line| match line.split_once("corscope-fresh=") {
            Some((before, after)) => format!(
                "{before}corscope-fresh=TIME{}",
                after.trim_start_matches(|c: char| c.is_ascii_digit())
            ),
            None => line.to_owned(),
        });
    lines.collect()
}

#[test]
fn follow_up_requests_are_counted_shown_and_settle_the_cause() {
    let nginx = ("Server", "nginx/1.26.1");
    let page = ("Access-Control-Allow-Origin", "http://app.localhost");
    let script = json!([
        rule("*", "http://api.test/", 200, &[nginx, page], ""),
        rule("*", URL, 404, &[nginx], ""),
    ]);
    let server = Server::playing(script.clone());
    let told = check(&server, &["--investigate"]);
    let from = told.iter().position(|line| line.starts_with("Most likely"));
    let until = told
        .iter()
        .position(|line| line.starts_with("What the console"));
    assert_snapshot!(told[from.unwrap()..until.unwrap()].join("\n"), @r#"
    Most likely: Error replies go out without CORS headers (signs: no CORS headers, status 404, Server: nginx/1.26.1 and Access-Control-Allow-Origin: http://app.localhost on the home page).
      Read the hidden status and body, and mend that first. Then add the headers to every status: nginx add_header with `always`, Apache `Header always set`.

    Investigated with 5 follow-up requests, which no browser sends
      GET http://api.test/  (root)
        Status 200, Access-Control-Allow-Origin: http://app.localhost. The home page is answered differently.
      OPTIONS http://api.test/prices  (options)
        Status 404, no Access-Control-Allow-Origin. OPTIONS is answered like the request itself.
      GET http://api.test/prices?corscope-fresh=TIME  (fresh)
        Status 404, no Access-Control-Allow-Origin. A fresh answer is no better: no cache is to blame.
      GET http://api.test/prices  (again)
        Status 404, no Access-Control-Allow-Origin. The server answers the same each time.
      GET http://api.test/prices  (again)
        Status 404, no Access-Control-Allow-Origin. The server answers the same each time.
    "#);
    let methods = server.methods();
    assert!(methods.len() <= 11, "{methods:?}");
    assert!(
        methods
            .iter()
            .all(|method| method == "GET" || method == "OPTIONS")
    );

    // Nothing more goes out unasked.
    let server = Server::playing(script);
    check(&server, &[]);
    assert_eq!(server.methods(), ["GET"]);
}

#[test]
fn causes_are_in_the_json_with_their_evidence() {
    let server = Server::playing(json!([rule(
        "OPTIONS",
        URL,
        401,
        &[("WWW-Authenticate", "Bearer")],
        ""
    )]));
    let route = server.route();
    let result = run(&[
        "check",
        URL,
        "--origin",
        "http://app.localhost",
        "-X",
        "PUT",
        "--json",
        "--connect-to",
        &route,
    ])
    .json();
    let cause = &result["causes"][0];
    assert_eq!(cause["id"], "auth-before-cors");
    assert_eq!(cause["likelihood"], "likely");
    assert_eq!(
        cause["evidence"][1],
        json!({
            "words": "WWW-Authenticate: Bearer on the preflight", "exchange": 0, "probe": null,
            "header": "WWW-Authenticate", "value": "Bearer", "against": false
        })
    );
}
