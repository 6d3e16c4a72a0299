//! Every problem, the fixes, what lies behind a failed preflight, and what would be if.

use insta::assert_snapshot;
use serde_json::{Value, json};

use super::support::{Server, rule, run, run_on};

const URL: &str = "http://api.test/prices";

/// A preflight that lacks a header, before an answer that names nobody.
fn two_problems(method: &str) -> Server {
    let preflight = [
        ("Access-Control-Allow-Origin", "http://app.localhost"),
        ("Access-Control-Allow-Methods", "PUT"),
    ];
    Server::playing(json!([
        rule("OPTIONS", URL, 204, &preflight, ""),
        rule(method, URL, 200, &[], "[]"),
    ]))
}

fn check(server: &Server, more: &[&str]) -> super::support::Outcome {
    let route = server.route();
    let mut arguments = vec![
        "check",
        URL,
        "--origin",
        "http://app.localhost",
        "--connect-to",
        &route,
        "-H",
        "X-Test: 1",
    ];
    arguments.extend(more);
    run(&arguments)
}

fn json_of(server: &Server, more: &[&str]) -> Value {
    check(server, &[more, &["--json"]].concat()).json()
}

/// Everything from this line on.
fn told_from(text: &str, line: &str) -> String {
    let at = text
        .find(line)
        .unwrap_or_else(|| panic!("`{line}` in {text}"));
    text[at..].to_owned()
}

#[test]
fn both_problems_and_the_fix_of_both_are_told() {
    let server = two_problems("GET");
    let told = check(&server, &[]).told();
    assert_snapshot!(told_from(&told, "GET never sent"), @r#"
    GET never sent

    GET http://api.test/prices  200
      ! a browser would not have sent this

    The page wants to send the header x-test with its request. http://api.test told the browser beforehand which headers it takes from other sites, and this one is not among them. So the GET request was never sent. Ask whoever runs http://api.test to allow it, or the page's developers to leave it out.

    What to change
    Add `x-test` to Access-Control-Allow-Headers in the reply to OPTIONS.
    https://fetch.spec.whatwg.org/#cors-preflight-fetch-0

    1 more problem behind it
      ✗ GET /prices: The reply does not say who may read it (allow-origin-missing)

    On the server
      Change what it answers.
      in the answer to OPTIONS http://api.test/prices
      + Access-Control-Allow-Headers: x-test
      in the answer to GET http://api.test/prices
      + Access-Control-Allow-Origin: http://app.localhost
      + Vary: Origin
      Pages of http://app.localhost may read this answer, and no others.
      ✓ with this, replayed: allowed in all three browsers

    Most likely: The list of allowed headers is too short (signs: Access-Control-Request-Headers: x-test in the request).
      Add every name of Access-Control-Request-Headers that the page needs to the allowed headers, not only the first.

    What the console of Chromium says
      Access to fetch at 'http://api.test/prices' from origin 'http://app.localhost' has been blocked by CORS policy: Request header field x-test is not allowed by Access-Control-Allow-Headers in preflight response.
      Failed to load resource: net::ERR_FAILED

    What to write into the server's set-up: --fix STACK; --fix list shows all
    --- stderr
    "#);
    assert_eq!(server.methods(), ["OPTIONS", "GET"]);
}

#[test]
fn a_put_is_only_sent_to_look_behind_where_asked() {
    let server = two_problems("PUT");
    let value = json_of(&server, &["-X", "PUT"]);
    assert_eq!(server.methods(), ["OPTIONS"]);
    assert_eq!(value["problems"][1]["certain"], false);
    assert_eq!(
        value["problems"][1]["unasked"],
        json!({"method": "PUT", "url": URL})
    );
    assert_eq!(value["fixes"][0]["assumed"], json!(["actual: status 200"]));

    let server = two_problems("PUT");
    let value = json_of(&server, &["-X", "PUT", "--look-behind"]);
    assert_eq!(server.methods(), ["OPTIONS", "PUT"]);
    assert_eq!(value["verdict"], "blocked");
    assert_eq!(value["exchanges"][1]["lookBehind"], true);
    assert_eq!(value["problems"][1]["reason"], "allow-origin-missing");
    assert_eq!(value["problems"][1]["exchange"], 1);
    assert_eq!(value["fixes"][0]["assumed"], json!([]));
}

#[test]
fn nothing_more_is_sent_where_the_preflight_did_not_fail() {
    let allow = [
        ("Access-Control-Allow-Origin", "*"),
        ("Access-Control-Allow-Headers", "x-test"),
    ];
    for (answer, verdict) in [(&allow[..], "allowed"), (&[], "blocked")] {
        let server = Server::playing(json!([
            rule("OPTIONS", URL, 204, &allow, ""),
            rule("GET", URL, 200, answer, ""),
        ]));
        let value = json_of(&server, &["--look-behind"]);
        assert_eq!(value["verdict"], verdict);
        assert_eq!(server.methods(), ["OPTIONS", "GET"]);
    }
}

#[test]
fn batch_sends_what_a_browser_sends_unless_asked() {
    let line = json!({
        "page": "http://app.localhost", "url": URL, "headers": [["X-Test", "1"]],
    });
    for (more, methods) in [
        (&[][..], &["OPTIONS"][..]),
        (&["--look-behind"], &["OPTIONS", "GET"]),
    ] {
        let server = two_problems("GET");
        let route = server.route();
        let arguments = [&["batch", "--connect-to", &route][..], more].concat();
        let answers = run_on(&arguments, line.to_string().as_bytes()).lines();
        assert_eq!(server.methods(), methods);
        let problems = answers[0]["problems"].as_array().unwrap();
        assert_eq!(problems.len(), 2);
        assert_eq!(problems[1]["certain"], methods.len() == 2);
    }
}

#[test]
fn a_what_if_shows_before_and_after_and_exits_as_after() {
    let server = two_problems("GET");
    let edits = [
        "--what-if",
        "preflight: Access-Control-Allow-Headers: x-test",
        "--what-if",
        "actual: Access-Control-Allow-Origin: *",
    ];
    let told = check(&server, &edits).told();
    let head = told.split("\npage ").next().unwrap();
    assert_snapshot!(head, @r"
    exit 0
    --- stdout
    What if
      preflight: Access-Control-Allow-Headers: x-test
      actual: Access-Control-Allow-Origin: *

      before: blocked by allow-headers-missing-header
      after:  allowed
      - access-control-allow-headers is missing
      + x-test is in access-control-allow-headers
      + remembered for 5 s
      + status 200
      + access-control-allow-origin: *
      + script gets the answer

    ALLOWED in all three browsers
    ");
    let value = json_of(&two_problems("GET"), &edits);
    assert_eq!(value["verdict"], "allowed");
    assert_eq!(
        value["whatIf"],
        json!({
            "edits": [edits[1], edits[3]],
            "before": {"verdict": "blocked", "reason": "allow-headers-missing-header"},
            "needsAnswer": null,
        })
    );
}

#[test]
fn a_fix_of_the_json_can_be_given_as_what_if() {
    let value = json_of(&two_problems("GET"), &[]);
    let fix = &value["fixes"][0];
    let edits = ["assumed", "edits", "along"].map(|list| fix[list].as_array().unwrap().clone());
    let edits = edits.concat();
    let mut arguments = Vec::new();
    for edit in &edits {
        arguments.extend(["--what-if", edit.as_str().unwrap()]);
    }
    assert_eq!(edits.len(), 3);
    assert_eq!(
        json_of(&two_problems("GET"), &arguments)["verdict"],
        "allowed"
    );
    for left_out in 0..2 {
        let mut fewer = arguments.clone();
        fewer.drain(2 * left_out..2 * left_out + 2);
        assert_eq!(json_of(&two_problems("GET"), &fewer)["verdict"], "blocked");
    }
}

#[test]
fn a_what_if_that_leads_on_to_what_was_never_sent_is_undecided() {
    let edit = "preflight: Access-Control-Allow-Headers: x-test";
    let outcome = check(&two_problems("PUT"), &["-X", "PUT", "--what-if", edit]);
    assert_snapshot!(outcome.told(), @r"
    exit 2
    --- stdout
    What if
      preflight: Access-Control-Allow-Headers: x-test

      Not decided: with this the browser would send PUT http://api.test/prices, which was never sent.
      Say what it would answer, as in --what-if 'actual: Access-Control-Allow-Origin: *', or send it with --look-behind.
    --- stderr
    ");
    let value = json_of(&two_problems("PUT"), &["-X", "PUT", "--what-if", edit]);
    assert_eq!(value["verdict"], "blocked");
    assert_eq!(
        value["whatIf"]["needsAnswer"],
        json!({"method": "PUT", "url": URL})
    );
}

#[test]
fn a_what_if_that_changes_nothing_is_told() {
    let edits = [
        "--what-if",
        "preflight 2: -Vary",
        "--what-if",
        "preflight: -Vary",
    ];
    let told = check(&two_problems("GET"), &edits).told();
    assert_snapshot!(told_from(&told, "--- stderr"), @r"
    --- stderr
    note: --what-if: `preflight 2: -Vary` changes nothing: no such answer comes in this fetch
    ");
}

#[test]
fn every_mistake_in_what_ifs_is_told_before_anything_is_sent() {
    let server = two_problems("GET");
    let told = check(
        &server,
        &["--what-if", "Vary: Origin", "--what-if", "actual: status x"],
    )
    .told();
    assert_snapshot!(told, @r"
    exit 2
    --- stdout
    --- stderr
    --what-if: `Vary: Origin`: `Vary` is nothing that can be changed
      hint: begin with preflight, actual, redirect 1, exchange 1 or request, as in actual: Vary: Origin
    --what-if: `actual: status x`: `x` is no status of an answer
      hint: a number from 200 to 999
    ");
    assert!(server.methods().is_empty());
}
