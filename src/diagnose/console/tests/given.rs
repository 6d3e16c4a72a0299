//! What the page gave itself: user info in a URL, an integrity that is none; and a body that cannot be undone.

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
