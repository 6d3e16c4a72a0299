//! What the page gave itself: user info and a fragment in a URL, an integrity that is none; and a body that cannot be
//! undone, an answer that never came.

use super::*;

#[test]
fn user_info_is_shown_by_who_shows_it() {
    let bare = [reply(200, &[])];
    let shown = |engine, api: &str, more: &str| {
        let line = format!(
            r#"{{"page":"https://app.example","url":"https://u:p@api.example/x","api":"{api}"{more}}}"#
        );
        let lines = printed(engine, &line, &bare).join("\n");
        assert!(lines.contains("api.example/x"), "{engine:?} {api}: {lines}");
        lines.contains("u:p@")
    };
    let anonymous = r#","crossorigin":"""#;
    assert!(shown(Engine::Chromium, "xhr", ""));
    assert!(!shown(Engine::Chromium, "script", anonymous));
    assert!(shown(Engine::Firefox, "xhr", ""));
    assert!(shown(Engine::Firefox, "script", anonymous));
    assert!(!shown(Engine::WebKit, "xhr", ""));
}

#[test]
fn webkit_shows_user_info_where_a_policy_refuses() {
    let line = r#"{"page":{"origin":"https://app.example","csp":["connect-src 'self'"]},
        "url":"https://u:p@api.example/x","api":"xhr"}"#;
    let lines = printed(Engine::WebKit, line, &[]);
    assert!(lines[0].contains("https://u:p@api.example/x"), "{lines:?}");
}

#[test]
fn an_integrity_that_is_none_is_told_at_its_own_moment() {
    const SCRIPT: &str = r#""api":"script","crossorigin":"""#;
    let lines = |engine, page: &str, what: &str, answers: &[Result<Reply, FailureKind>]| {
        let line = format!(
            r#"{{"page":"{page}","url":"http://api.example/x",{what},"integrity":"SHA512-AAAA"}}"#
        );
        let lines = printed(engine, &line, answers);
        let is_told = |line: &String| line.contains("SHA512") && !line.contains("http");
        (lines.iter().position(is_told), lines.len())
    };
    let (page, secure) = ("http://app.example", "https://app.example");
    let refused = || [reply(200, &[])];
    let broken = || [reply(404, &[("access-control-allow-origin", "*")])];
    // Chromium has parsed it before anything else is known of a script.
    assert_eq!(lines(Engine::Chromium, page, SCRIPT, &refused()).0, Some(0));
    assert_eq!(lines(Engine::Chromium, secure, SCRIPT, &[]).0, Some(0));
    let fetch = r#""api":"fetch""#;
    assert_eq!(lines(Engine::Chromium, page, fetch, &refused()).0, None);
    assert_eq!(
        lines(Engine::Chromium, page, fetch, &broken()),
        (Some(1), 2)
    );
    // Firefox looks at it when something has come or failed.
    assert!(lines(Engine::Firefox, page, SCRIPT, &refused()).0.is_some());
    assert_eq!(lines(Engine::Firefox, secure, SCRIPT, &[]).0, None);
    assert_eq!(lines(Engine::Firefox, page, fetch, &refused()).0, None);
    // WebKit leaves alone what failed by its status.
    assert_eq!(lines(Engine::WebKit, page, SCRIPT, &broken()).1, 0);
}

#[test]
fn a_malformed_hash_is_not_decoded_as_well() {
    let allow = [("access-control-allow-origin", "*")];
    let lines = |integrity: &str| {
        let line = format!(
            r#"{{"page":"https://app.example","url":"https://api.example/x",
                "integrity":"{integrity} sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="}}"#
        );
        printed(Engine::Firefox, &line, &[reply(200, &allow)]).join("\n")
    };
    assert!(lines("sha256-!!").contains("malformed hash"));
    assert!(!lines("sha256-!!").contains("could not be decoded"));
    assert!(lines("sha256-AAAAA").contains("could not be decoded"));
}

#[test]
fn chromium_tells_of_a_body_that_it_cannot_decode() {
    let lines = [
        ("access-control-allow-origin", "*"),
        ("content-encoding", "gzip"),
    ];
    let broken = reply(200, &lines).map(|reply| Reply {
        body: Body {
            error: Some("the content coding is broken".to_owned()),
            ..Body::plain("x")
        },
        ..reply
    });
    assert_eq!(
        printed(Engine::Chromium, GET, &[broken]),
        ["Failed to load resource: net::ERR_CONTENT_DECODING_FAILED"]
    );
}

#[test]
fn a_fragment_is_shown_of_an_upgraded_url_too() {
    let shown = |engine, url: &str| {
        let line = format!(
            r#"{{"page":{{"origin":"http://app.example","csp":["upgrade-insecure-requests"]}},"url":"{url}"}}"#
        );
        let lines = printed(engine, &line, &[reply(200, &[])]).join("\n");
        lines.contains("https://api.example/x#")
    };
    for engine in [Engine::Chromium, Engine::Firefox] {
        assert!(shown(engine, "http://api.example/x#f"), "{engine:?}");
    }
    // Without a letter it is shown in Chromium alone.
    assert!(shown(Engine::Chromium, "http://api.example/x#"));
    assert!(!shown(Engine::Firefox, "http://api.example/x#"));
}

#[test]
fn an_upgraded_event_source_is_named_as_it_was_sent() {
    let line = r#"{"page":{"origin":"http://app.example","csp":["upgrade-insecure-requests"]},
        "url":"http://api.example/x","api":"eventsource"}"#;
    let lines = printed(Engine::Firefox, line, &[reply(200, &[])]);
    let told = "Firefox can’t establish a connection to the server at https://api.example/x.";
    assert_eq!(lines.last().map(String::as_str), Some(told));
}

#[test]
fn a_policy_that_stops_a_web_socket_in_chromium() {
    let line = r#"{"page":{"origin":"http://app.example","csp":["connect-src 'self'"]},
        "url":"ws://api.example/x","api":"websocket"}"#;
    assert_eq!(
        printed(Engine::Chromium, line, &[]),
        [
            "Connecting to 'ws://api.example/x' violates the following Content Security Policy directive: \
          \"connect-src 'self'\". The action has been blocked."
        ]
    );
}

#[test]
fn a_beacon_that_nobody_answers_in_webkit() {
    let line = |more: &str| {
        format!(
            r#"{{"page":"http://app.example","url":"http://api.example/x","api":"beacon"{more}}}"#
        )
    };
    let beacon = "Beacon API cannot load http://api.example/x. Connection terminated unexpectedly";
    let closed = || [Err(FailureKind::EmptyResponse)];
    assert_eq!(printed(Engine::WebKit, &line(""), &closed()), [beacon]);
    let preflighted = r#","body":{"kind":"blob","value":"{}","type":"application/json"}"#;
    assert_eq!(
        printed(Engine::WebKit, &line(preflighted), &closed()),
        ["Connection terminated unexpectedly", beacon]
    );
}

#[test]
fn two_dispositions_are_told_before_a_coding_in_chromium() {
    let lines = [
        ("content-disposition", "a"),
        ("content-disposition", "b"),
        ("content-encoding", "br"),
    ];
    let page = r#"{"page":"http://app.example","url":"http://app.example/x"}"#;
    assert_eq!(
        printed(Engine::Chromium, page, &[reply(200, &lines)]),
        ["Failed to load resource: net::ERR_RESPONSE_HEADERS_MULTIPLE_CONTENT_DISPOSITION"]
    );
}
