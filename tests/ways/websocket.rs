//! WebSockets: what stops one before it is asked for, what goes out, and which answer opens it.

use corscope::engine::{Engine, accept_of};
use corscope::wire::{HttpRequest, Reply};
use serde_json::json;

use super::page::{ENGINES, Page, reply, said, told};

fn opening(request: &HttpRequest, _: usize) -> Reply {
    let key = request.headers.get_text("sec-websocket-key").unwrap();
    let accept = accept_of(&key);
    reply(
        101,
        &[
            ("Upgrade", "WebSocket"),
            ("Connection", "keep-alive, upgrade"),
            ("Sec-WebSocket-Accept", &accept),
        ],
    )
}

#[test]
fn what_stops_it_before_anything_is_sent() {
    const OPENS: &str = "allowed";
    for (page, url, [chromium, firefox, webkit]) in [
        ("http://app.test", "ws://api.test/x", [OPENS; 3]),
        ("http://app.test", "wss://api.test/x", [OPENS; 3]),
        ("http://app.test", "http://api.test/x", [OPENS; 3]),
        ("http://app.test", "/relative", [OPENS; 3]),
        ("https://app.test", "wss://api.test/x", [OPENS; 3]),
        ("https://app.test", "ws://api.test/x", ["mixed-content"; 3]),
        // Exempt in Chromium alone, which asks the user, as for fetch().
        (
            "https://app.test",
            "ws://192.168.0.9/x",
            [
                "local-network-permission-prompt",
                "mixed-content",
                "mixed-content",
            ],
        ),
        (
            "https://app.localhost",
            "ws://localhost/x",
            [OPENS, OPENS, "mixed-content"],
        ),
        ("http://app.test", "ws://api.test:6000/x", ["bad-port"; 3]),
        (
            "http://app.test",
            "ftp://api.test/x",
            ["request-url-invalid"; 3],
        ),
        (
            "http://app.test",
            "ws://api.test/x#",
            ["request-url-invalid"; 3],
        ),
        ("http://app.test", "ws://", ["request-url-invalid"; 3]),
    ] {
        for (engine, expected) in ENGINES.into_iter().zip([chromium, firefox, webkit]) {
            let line = json!({"api": "websocket", "page": page, "url": url});
            let finished = Page::of(engine).ask_by(line, &opening);
            assert_eq!(told(&finished), expected, "{engine:?}: {page} to {url}");
        }
    }
}

#[test]
fn local_networks_are_chromiums_concern() {
    for (page, permission, chromium) in [
        (
            "http://www.test",
            "granted",
            "local-network-insecure-context",
        ),
        ("https://www.test", "granted", "allowed"),
        (
            "https://www.test",
            "denied",
            "local-network-permission-denied",
        ),
        (
            "https://www.test",
            "default",
            "local-network-permission-prompt",
        ),
    ] {
        for (engine, expected) in [(Engine::Chromium, chromium), (Engine::Firefox, "allowed")] {
            let line = json!({"api": "websocket", "page": page, "url": "wss://nas.local.test/",
                "permission": permission});
            let finished = Page::of(engine).ask_by(line, &opening);
            assert_eq!(told(&finished), expected, "{engine:?}: {page} {permission}");
        }
    }
}

#[test]
fn only_a_whole_101_opens_it_and_no_header_of_cors_is_asked() {
    let allow = ("Access-Control-Allow-Origin", "*");
    let (upgrade, connection) = (("Upgrade", "websocket"), ("Connection", "Upgrade"));
    for (desc, status, headers) in [
        ("an answer", 200, vec![allow]),
        ("a refusal", 403, vec![]),
        ("a redirect", 302, vec![("Location", "/y"), allow]),
        ("no upgrade", 101, vec![connection]),
        (
            "another protocol",
            101,
            vec![("Upgrade", "h2c"), connection],
        ),
        ("no connection", 101, vec![upgrade]),
        ("no accept", 101, vec![upgrade, connection]),
        (
            "another accept",
            101,
            vec![
                upgrade,
                connection,
                ("Sec-WebSocket-Accept", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="),
            ],
        ),
    ] {
        for engine in ENGINES {
            let line =
                json!({"api": "websocket", "page": "http://app.test", "url": "ws://api.test/"});
            let finished = Page::of(engine).ask(line, &[(status, &headers)]);
            assert_eq!(told(&finished), "websocket-handshake", "{engine:?}: {desc}");
            assert_eq!(finished.exchanges.len(), 1);
        }
    }
}

#[test]
fn the_request_says_who_asks_and_takes_cookies_along() {
    for engine in ENGINES {
        let line = json!({"api": "websocket", "page": {"origin": "http://app.shop.test", "sandbox": false},
            "url": "ws://api.shop.test/x?y", "headers": [["X-A", "1"]],
            "cookies": [{"origin": "http://api.shop.test", "set": "a=1; SameSite=Strict"}]});
        let finished = Page::of(engine).ask_by(line, &opening);
        let request = &finished.exchanges[0].request;
        assert_eq!(
            (request.method.as_str(), request.url.as_str()),
            ("GET", "http://api.shop.test/x?y")
        );
        for (name, value) in [
            ("origin", Some("http://app.shop.test")),
            ("cookie", Some("a=1")),
            ("upgrade", Some("websocket")),
            ("sec-websocket-version", Some("13")),
            ("referer", None),
            ("x-a", None),
        ] {
            assert_eq!(
                said(&finished, 0, name).as_deref(),
                value,
                "{engine:?}: {name}"
            );
        }
        let line = json!({"api": "websocket", "page": {"origin": "http://app.test", "sandbox": true},
            "url": "wss://api.test/"});
        let finished = Page::of(engine).ask_by(line, &opening);
        assert_eq!(said(&finished, 0, "origin").as_deref(), Some("null"));
        let mode = (engine != Engine::Chromium).then_some("websocket");
        assert_eq!(
            said(&finished, 0, "sec-fetch-mode").as_deref(),
            mode,
            "{engine:?}"
        );
    }
}
