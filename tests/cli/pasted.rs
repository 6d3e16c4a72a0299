//! `check --curl`, `--fetch` and `--paste`, and `explain` with lines of a console.

use insta::assert_snapshot;
use serde_json::json;

use super::support::{Server, rule, run, run_on};

const ALLOW: (&str, &str) = ("Access-Control-Allow-Origin", "http://app.localhost");
const CONSOLE: &str = "api.js:7 Access to fetch at 'http://api.test/prices' from origin 'http://app.localhost' has been \
                       blocked by CORS policy: No 'Access-Control-Allow-Origin' header is present on the requested resource.\n\
                       GET http://api.test/prices net::ERR_FAILED 200 (OK)";

fn server(headers: &[(&str, &str)]) -> Server {
    Server::playing(json!([rule(
        "*",
        "http://api.test/prices",
        200,
        headers,
        ""
    )]))
}

#[test]
fn a_curl_command_is_checked_and_what_became_of_it_is_told() {
    let server = server(&[ALLOW]);
    let route = server.route();
    let command = "curl 'http://api.test/prices' -H 'Origin: http://app.localhost' -H 'X-Key: 1' -H 'User-Agent: x'";
    let outcome = run(&["check", "--curl", command, "--json", "--connect-to", &route]);
    assert_eq!(
        outcome.json()["block"]["header"],
        "access-control-allow-headers"
    );
    assert_snapshot!(outcome.stderr, @"");
    assert_eq!(server.methods(), ["OPTIONS"]);
}

#[test]
fn what_the_command_line_says_counts_more() {
    let server = server(&[ALLOW, ("Access-Control-Allow-Headers", "X-Key")]);
    let route = server.route();
    let call = "fetch('http://nowhere.test/', {method: 'PUT', credentials: 'include', headers: {'x-key': '1', 'X-Other': '2'}})";
    let outcome = run(&[
        "check",
        "http://api.test/prices",
        "--fetch",
        call,
        "--origin",
        "http://app.localhost",
        "-X",
        "GET",
        "--credentials",
        "same-origin",
        "-H",
        "X-Key: mine",
        "-H",
        "x-other: 3",
        "--json",
        "--connect-to",
        &route,
    ]);
    let sent = &outcome.json()["exchanges"][0]["request"];
    assert_eq!(sent["url"], "http://api.test/prices");
    let asked = sent["headers"].to_string();
    assert!(asked.contains("x-key,x-other"), "{asked}");
    assert_eq!(outcome.json()["block"]["item"], "x-other");
}

#[test]
fn a_console_error_says_whether_the_server_still_does_it() {
    let broken = server(&[]);
    let route = broken.route();
    let outcome = run_on(
        &["check", "--paste", "--json", "--connect-to", &route],
        CONSOLE.as_bytes(),
    );
    assert_eq!(outcome.code, 1);
    assert_snapshot!(outcome.stderr, @"");

    let mended = server(&[ALLOW]);
    let route = mended.route();
    let outcome = run_on(
        &["check", "--paste", "--connect-to", &route],
        CONSOLE.as_bytes(),
    );
    assert_eq!(outcome.code, 0);
    assert_snapshot!(outcome.stderr.lines().last().unwrap(), @"");
}

#[test]
fn an_address_with_a_hole_in_it_is_not_asked() {
    let outcome = run(&[
        "check",
        "--fetch",
        "fetch(`http://api.test/${id}`)",
        "--origin",
        "http://app.localhost",
    ]);
    assert_snapshot!(outcome.told(), @"");
}

#[test]
fn a_mistake_is_told_with_its_place() {
    assert_snapshot!(run(&["check", "--curl", "curl 'http://api.test"]).told(), @"");
    assert_snapshot!(run_on(&["check", "--paste"], b"what?").told(), @"");
}

#[test]
fn a_console_error_is_explained() {
    assert_snapshot!(run(&["explain", CONSOLE]).told(), @"");
    let json = run_on(&["explain", "-", "--json"], CONSOLE.as_bytes()).json();
    assert_eq!(json[0]["engine"], "chromium");
    assert_eq!(json[0]["reasons"], json!(["allow-origin-missing"]));
    let junk = run_on(&["explain", "-"], "x y ".repeat(200_000).as_bytes());
    assert_snapshot!(junk.told(), @"");
}
