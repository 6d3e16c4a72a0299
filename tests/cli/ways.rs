//! The ways in which a page asks, from the command line.

use std::io::Write as _;
use std::net::TcpStream;

use corscope::engine::accept_of;
use serde_json::json;

use super::support::{Outcome, Scripted, Server, read_request, rule, run};

const URL: &str = "http://api.test/x";

fn check(route: &str, url: &str, more: &[&str]) -> Outcome {
    let arguments = [
        "check",
        url,
        "--origin",
        "http://app.test",
        "--connect-to",
        route,
    ];
    // So that nothing depends on where the names of this test lead.
    let space = ["--page-address-space", "loopback"];
    run(&[&arguments[..], &space, more].concat())
}

/// Opens every WebSocket, and leaves the connection as it is.
fn open(mut stream: TcpStream, _: ()) -> Option<TcpStream> {
    let heard = String::from_utf8(read_request(&mut stream)).unwrap();
    let key = heard
        .lines()
        .find_map(|line| line.strip_prefix("Sec-WebSocket-Key: "))
        .unwrap();
    let accept = accept_of(key);
    write!(
        stream,
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Accept: {accept}\r\n\r\n"
    )
    .unwrap();
    Some(stream)
}

#[test]
fn a_websocket_opens() {
    let server = Scripted::serving(open, vec![(), ()]);
    let outcome = check(&server.route(), "ws://api.test/x", &["--api", "websocket"]);
    let text = String::from_utf8(outcome.stdout.clone()).unwrap();
    assert_eq!(outcome.code, 0, "{text}");
    assert!(text.contains("CORS does not govern WebSockets"), "{text}");
    assert!(text.contains("✓ the WebSocket opens"), "{text}");
    assert!(text.contains("asks ws://api.test/x (websocket)"), "{text}");
    let json = check(
        &server.route(),
        "ws://api.test/x",
        &["--api", "websocket", "--json"],
    )
    .json();
    assert_eq!(json["verdict"], "allowed");
    assert_eq!(json["exchanges"][0]["request"]["url"], "http://api.test/x");
    assert_eq!(json["exchanges"][0]["reply"]["status"], 101);
}

#[test]
fn a_server_that_refuses_the_origin_of_a_websocket_is_named() {
    let server = Server::playing(json!([rule("GET", URL, 403, &[], "")]));
    let outcome = check(&server.route(), "ws://api.test/x", &["--api", "websocket"]);
    let text = String::from_utf8(outcome.stdout.clone()).unwrap();
    assert_eq!(outcome.code, 1);
    let first = text.lines().next().unwrap();
    assert!(first.ends_with("(websocket-handshake)"), "{first}");
    assert!(text.contains("403 instead of 101"), "{text}");
    assert!(
        text.contains("WebSocket connection to 'ws://api.test/x' failed: Error during WebSocket handshake: Unexpected response code: 403"),
        "{text}"
    );
}

#[test]
fn a_form_is_posted_and_its_answer_shown() {
    let server = Server::playing(json!([rule("POST", URL, 200, &[], "done")]));
    let outcome = check(
        &server.route(),
        URL,
        &["--api", "form", "-d", "a=1", "--json"],
    );
    assert_eq!(outcome.code, 0);
    let json = outcome.json();
    assert_eq!(json["verdict"], "opaque");
    assert_eq!(json["response"]["type"], "opaque");
    let request = &server.received()[0];
    for (name, value) in [
        ("content-type", "application/x-www-form-urlencoded"),
        ("origin", "http://app.test"),
        ("upgrade-insecure-requests", "1"),
    ] {
        assert_eq!(
            request.headers.get_text(name).as_deref(),
            Some(value),
            "{name}"
        );
    }
    assert_eq!(request.body, b"a=1");
}

#[test]
fn elements_tell_what_script_may_see() {
    let png = "\u{89}PNG\r\n\u{1a}\n";
    let any = ("Access-Control-Allow-Origin", "*");
    let css = ("Content-Type", "text/css");
    let svg = ("Content-Type", "image/svg+xml");
    let ogg = "OggS\0";
    for (api, more, headers, body, verdict, event, readable) in [
        ("img", &[][..], vec![svg], "<svg", "opaque", "load", false),
        ("img", &[], vec![], "<svg", "opaque", "error", false),
        (
            "img",
            &["--crossorigin"],
            vec![any, svg],
            "<svg",
            "allowed",
            "load",
            true,
        ),
        ("img", &[], vec![], png, "opaque", "error", false),
        ("script", &[], vec![], "", "opaque", "load", false),
        (
            "script",
            &["--module"],
            vec![any, ("Content-Type", "text/javascript")],
            "",
            "allowed",
            "load",
            true,
        ),
        ("stylesheet", &[], vec![css], "", "opaque", "load", false),
        (
            "stylesheet",
            &["--crossorigin=anonymous"],
            vec![css, any],
            "",
            "allowed",
            "load",
            true,
        ),
        ("video", &[], vec![], ogg, "opaque", "load", false),
        ("video", &[], vec![], "<html>", "opaque", "error", false),
        (
            "audio",
            &["--crossorigin"],
            vec![any],
            ogg,
            "allowed",
            "load",
            true,
        ),
        ("beacon", &["-d", "x"], vec![], "", "opaque", "load", false),
    ] {
        let method = if api == "beacon" { "POST" } else { "GET" };
        let server = Server::playing(json!([rule(method, URL, 200, &headers, body)]));
        let more = [&["--api", api, "--json"], more].concat();
        let json = check(&server.route(), URL, &more).json();
        assert_eq!(json["verdict"], verdict, "{api} {more:?}");
        assert_eq!(json["response"]["event"], event, "{api} {more:?}");
        assert_eq!(json["response"]["readable"], readable, "{api} {more:?}");
    }
}

#[test]
fn crossorigin_is_needed_to_be_read_and_then_the_server_must_allow_it() {
    for (api, words, media_type, body) in [
        (
            "img",
            "the img loads, and taints a canvas",
            "image/svg+xml",
            "<svg",
        ),
        ("script", "the script loads, its errors are muted", "", ""),
        (
            "stylesheet",
            "the stylesheet loads, its cssRules are closed",
            "text/css",
            "",
        ),
        ("video", "the video loads, closed to script", "", "OggS\0"),
    ] {
        let headers = [("Content-Type", media_type)];
        let server = Server::playing(json!([rule("GET", URL, 200, &headers, body)]));
        let text = check(&server.route(), URL, &["--api", api]).stdout;
        let text = String::from_utf8(text).unwrap();
        assert!(text.contains(words), "{text}");
        let outcome = check(
            &server.route(),
            URL,
            &["--api", api, "--crossorigin=use-credentials"],
        );
        let text = String::from_utf8(outcome.stdout).unwrap();
        assert_eq!(outcome.code, 1);
        assert!(text.contains("(allow-origin-missing)"), "{api}: {text}");
    }
}

#[test]
fn an_upload_listener_forces_a_preflight() {
    let server = Server::playing(json!([]));
    for (more, methods) in [
        (&[][..], ["POST"]),
        (&["--upload-listener"][..], ["OPTIONS"]),
    ] {
        let before = server.methods().len();
        let more = [&["--api", "xhr", "-d", "x"], more].concat();
        check(&server.route(), URL, &more);
        assert_eq!(server.methods()[before..], methods, "{more:?}");
    }
}

#[test]
fn flags_stay_strict() {
    for (option, value, expected) in [
        ("--api", "fech", "one of fetch, xhr, img"),
        (
            "--mode",
            "websocket",
            "one of cors, no-cors, same-origin, navigate",
        ),
        ("--crossorigin=", "", "one of anonymous, use-credentials"),
    ] {
        let given = [option, value];
        let given = if value.is_empty() {
            &given[..1]
        } else {
            &given
        };
        let outcome = check("::127.0.0.1:9", URL, given);
        assert_eq!(outcome.code, 2);
        assert!(outcome.stderr.contains(expected), "{}", outcome.stderr);
    }
}

#[test]
fn a_script_element_of_another_type_is_not_fetched() {
    let server = Server::playing(json!([rule("GET", URL, 200, &[], "")]));
    for (kind, expected) in [("application/json", 0), ("text/javascript", 1)] {
        check(
            &server.route(),
            URL,
            &["--api", "script", "--script-type", kind],
        );
        assert_eq!(server.received().len(), expected, "{kind}");
    }
}
