//! What goes wrong below CORS: each has its name, exit code 3, and what was known stays told.

use std::net::{Ipv4Addr, TcpListener};

use corscope::wire::latin1;
use insta::assert_snapshot;

use super::support::{Outcome, Scripted, Turn, route_to, run};

const PREFLIGHT: &[u8] = b"HTTP/1.1 204 No Content\r\nAccess-Control-Allow-Origin: *\r\n\
    Access-Control-Allow-Methods: PUT\r\nConnection: close\r\n\r\n";

fn put(server: &Scripted) -> Outcome {
    let route = server.route();
    let arguments = [
        "check",
        "http://api.test/x",
        "-X",
        "PUT",
        "--origin",
        "http://app.localhost",
    ];
    run(&[&arguments[..], &["--connect-to", &route]].concat())
}

/// The names of the failure and of each exchange's end, from `--json`.
fn get(route: &str, more: &[&str]) -> (i32, String) {
    let arguments = [
        "check",
        "http://api.test/x",
        "--origin",
        "http://app.localhost",
        "--json",
    ];
    let outcome = run(&[&arguments[..], &["--connect-to", route], more].concat());
    let value = outcome.json();
    let failure = format!(
        "{}: {}",
        value["failure"]["reason"].as_str().unwrap(),
        value["failure"]["detail"].as_str().unwrap()
    );
    assert_eq!(value["verdict"], "failed");
    (outcome.code, failure)
}

#[test]
fn a_passed_preflight_stays_told_when_the_request_is_reset() {
    let server = Scripted::new(vec![Turn::Say(PREFLIGHT), Turn::Reset]);
    assert_snapshot!(put(&server).told(), @r#"
    exit 3
    --- stdout
    FAILED in all three browsers: The connection broke off (network-reset)
    page http://app.localhost asks PUT http://api.test/x

      · cross-origin: the host differs
      · preflight needed
      · because PUT is not a safelisted method
    OPTIONS http://api.test/x  204
      · origin: http://app.localhost
      · status 204
      ✓ access-control-allow-origin: *
      ✓ status 204 is a success
      ✓ PUT is in access-control-allow-methods
      · remembered for 5 s

    PUT http://api.test/x  network-reset
      · origin: http://app.localhost
      ✗ the connection broke off  ◀ the cause
        the connection was reset

    http://api.test accepted the connection and then cut it before the answer was complete. The server may have crashed, or something in between may have stepped in. Ask whoever runs http://api.test to look into its logs.

    What to change
    Find the component that cut the connection (the logs of proxy and application at this minute) and mend that.
    https://fetch.spec.whatwg.org/#concept-network-error

    On the server
      No answer came, so there is no header to change.

    Possibly: Something on the way lets nothing through (signs: a connection without an answer).
      Try `curl -v` from the same machine, then from the server itself; where the two differ, the way between them is to blame.

    What the console of Chromium says
      Failed to load resource: net::ERR_CONNECTION_RESET
    --- stderr
    "#);
}

#[test]
fn a_refused_connection_is_named() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let (code, failure) = get(&route_to(address), &[]);
    assert_eq!(code, 3);
    assert_snapshot!(failure, @r"network-refused: the connection was refused");
}

#[test]
fn every_way_to_answer_badly_has_its_name() {
    let failure = |turn: Turn, more: &[&str]| {
        let server = Scripted::new(vec![turn]);
        let (code, failure) = get(&server.route(), more);
        assert_eq!(code, 3);
        failure
    };
    assert_snapshot!(failure(Turn::Reset, &[]), @r"network-reset: the connection was reset");
    assert_snapshot!(failure(Turn::Say(b""), &[]), @r"network-empty-response: the server closed the connection without a reply");
    assert_snapshot!(failure(Turn::Say(b"HTTP/1.1 200 OK\r\nA: \0\r\n\r\n"), &[]), @r"network-empty-response: the header A holds a NUL byte");
    assert_snapshot!(failure(Turn::Silence, &["--max-time", "0.2"]), @r"network-timeout: the time limit passed while waiting for the server's answer");
}

/// On the default port Chromium takes it for HTTP/0.9, Firefox on any port (corpus group `status`).
#[test]
fn what_is_no_http_fails_or_lacks_its_headers() {
    for (url, browser, code, reason) in [
        ("http://api.test:8081/x", "chromium", 3, None),
        (
            "http://api.test/x",
            "chromium",
            1,
            Some("allow-origin-missing"),
        ),
        (
            "http://api.test:8081/x",
            "firefox",
            1,
            Some("allow-origin-missing"),
        ),
        ("http://api.test:8081/x", "webkit", 3, None),
    ] {
        for said in [&b"HT"[..], b"SSH-2.0-OpenSSH_9.2\r\n"] {
            let server = Scripted::new(vec![Turn::Say(said)]);
            let route = server.route();
            let arguments = ["check", url, "--origin", "http://app.localhost", "--json"];
            let with = ["--engine", browser, "--connect-to", &route];
            let outcome = run(&[&arguments[..], &with].concat());
            let value = outcome.json();
            assert_eq!(outcome.code, code, "{url} {browser} {value}");
            assert_eq!(value["block"]["reason"].as_str(), reason, "{url} {browser}");
            let reply = &value["exchanges"][0]["reply"];
            let line = latin1(said.trim_ascii_end());
            assert_eq!(reply["oddStatusLine"], line, "{url} {browser}");
            if reason.is_none() {
                assert_eq!(value["failure"]["reason"], "network-empty-response");
                let detail = "what came back is not valid HTTP: invalid status line";
                assert_eq!(value["failure"]["detail"], detail);
            }
        }
    }
}

#[test]
fn a_name_that_does_not_resolve_is_named() {
    let outcome = run(&[
        "check",
        "https://nowhere.invalid/x",
        "--origin",
        "https://app.localhost",
    ]);
    assert_eq!(outcome.code, 3);
    let told = outcome.told();
    assert!(
        told.contains("FAILED in all three browsers: The server's name is not known (network-dns)"),
        "{told}"
    );
    assert!(
        told.contains("`nowhere.invalid` does not resolve"),
        "{told}"
    );
}

#[test]
fn a_body_that_breaks_off_does_not_undo_the_verdict() {
    let server = Scripted::new(vec![Turn::Say(
        b"HTTP/1.1 200 OK\r\nAccess-Control-Allow-Origin: *\r\nContent-Length: 9\r\n\r\nhalf",
    )]);
    let route = server.route();
    let outcome = run(&[
        "check",
        "http://api.test/x",
        "--origin",
        "http://app.localhost",
        "--json",
        "--connect-to",
        &route,
    ]);
    let value = outcome.json();
    assert_eq!((outcome.code, &value["verdict"]), (0, &"allowed".into()));
    assert_eq!(value["exchanges"][0]["reply"]["body"], "half");
    assert_snapshot!(value["exchanges"][0]["reply"]["bodyError"], @r#""the connection was closed before the body was complete""#);
}
