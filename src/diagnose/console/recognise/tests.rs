//! Every wording is found when it is filled in, in whatever it is wrapped.

use super::*;
use crate::engine::BlockReason;
use crate::wire::FailureKind;

/// A wording with a value in each hole, as a console prints it but for the blanks.
fn filled(wording: &Wording) -> String {
    let fill = |piece: &Piece| match piece {
        Piece::Text(text) => text.clone(),
        Piece::Hole(name) => value(name).to_owned(),
    };
    wording.pieces.iter().map(fill).collect()
}

fn value(name: &str) -> &'static str {
    match name {
        "url" => "https://api.example/prices?q=1",
        "first_url" => "https://old.example/",
        "origin" | "page" => "https://app.example",
        "status" => "405",
        "header" => "x-api-key",
        "method" => "PATCH",
        _ => "value-7",
    }
}

#[test]
fn every_wording_is_found_when_it_is_filled_in() {
    let mut count = 0;
    for wording in wordings() {
        let text = filled(wording);
        let noisy = format!("12:03:44.120 app.js:12:7 \n {text}\n    at load (app.js:40)\n");
        let lines = recognise(&noisy);
        let line = lines.iter().find(|line| {
            line.engine == wording.engine
                && wording
                    .reasons
                    .iter()
                    .all(|reason| line.reasons.contains(reason))
        });
        let Some(line) = line else {
            panic!("{:?} is not found in {noisy}: {lines:?}", wording);
        };
        for piece in &wording.pieces {
            if let Piece::Hole(name) = piece {
                let found = line.parameters.iter().any(|(known, _)| known == name);
                assert!(found, "{name} in {text}: {line:?}");
            }
        }
        count += 1;
    }
    assert!(count > 200, "{count}");
}

#[test]
fn what_is_found_stands_for_reasons_that_there_are() {
    let known = |id: &&str| {
        BlockReason::ALL.iter().any(|reason| reason.id() == *id)
            || FailureKind::ALL.iter().any(|kind| kind.id() == *id)
            || matches!(*id, "allowed" | "opaque")
    };
    for wording in wordings() {
        assert!(wording.reasons.iter().all(known), "{wording:?}");
    }
}

#[test]
fn a_wrapped_line_with_straight_quotes_is_found_with_its_values() {
    let text = "Cross-Origin Request Blocked: The Same Origin Policy disallows\n   reading the remote \
                resource at https://api.example/a/very/lo\nng/path. (Reason: header 'x-api-key' is not \
                allowed\naccording to header 'Access-Control-Allow-Headers' from CORS preflight response).";
    let lines = recognise(text);
    assert_eq!(lines.len(), 1, "{lines:?}");
    let line = &lines[0];
    assert_eq!(line.engine, Engine::Firefox);
    assert_eq!(
        line.parameter("url"),
        Some("https://api.example/a/very/long/path")
    );
    assert_eq!(line.parameter("header"), Some("x-api-key"));
    assert_eq!(line.span, 0..text.len());
    assert!(line.reasons.contains(&"allow-headers-missing-header"));
}

#[test]
fn today_s_lines_and_their_companions_are_found_in_order() {
    let text = "main.js:1 Access to fetch at 'https://api.example/x' from origin 'https://app.example' \
        has been blocked by CORS policy: Response to preflight request doesn't pass access control check: \
        No 'Access-Control-Allow-Origin' header is present on the requested resource.\n\
        main.js:1  GET https://api.example/x net::ERR_FAILED 404 (Not Found)\n\
        Uncaught (in promise) TypeError: Failed to fetch\n";
    let lines = recognise(text);
    let reasons: Vec<_> = lines.iter().map(|line| line.reasons.clone()).collect();
    assert_eq!(
        reasons,
        [vec!["preflight-allow-origin-missing"], vec![], vec![]]
    );
    assert_eq!(lines[0].parameter("origin"), Some("https://app.example"));
    assert_eq!(lines[0].parameter("kind"), Some("fetch"));
    assert_eq!(lines[1].parameter("url"), Some("https://api.example/x"));
    assert!(!lines[0].older);
    assert!(text[lines[0].span.clone()].starts_with("Access to fetch"));
}

#[test]
fn a_network_line_tells_method_and_status() {
    for (text, method, status) in [
        (
            "api.js:12 \n PUT https://api.example/x net::ERR_FAILED 403 (Forbidden)\n  at f (api.js:12)",
            Some("PUT"),
            Some("403"),
        ),
        (
            "M-SEARCH https://api.example/x net::ERR_FAILED",
            Some("M-SEARCH"),
            None,
        ),
        (
            "at load https://api.example/x net::ERR_FAILED 4x",
            None,
            None,
        ),
        ("https://api.example/x net::ERR_FAILED", None, None),
    ] {
        let lines = recognise(text);
        assert_eq!(lines.len(), 1, "{text}");
        assert_eq!(lines[0].parameter("method"), method, "{text}");
        assert_eq!(lines[0].parameter("status"), status, "{text}");
    }
}

#[test]
fn an_error_of_a_library_is_no_browser_s() {
    for text in [
        "Uncaught (in promise) AxiosError: Network Error",
        "AxiosError {message: 'Network Error', name: 'AxiosError', code: 'ERR_NETWORK', config: {…}}",
    ] {
        let lines = recognise(text);
        assert_eq!(lines.len(), 1, "{text}");
        assert_eq!(lines[0].library, "axios");
        assert!(lines[0].reasons.is_empty());
    }
    let firefox = recognise("TypeError: NetworkError when attempting to fetch resource.");
    assert_eq!(firefox.len(), 1);
    assert_eq!(
        (firefox[0].engine, firefox[0].library),
        (Engine::Firefox, "")
    );
}

#[test]
fn an_old_wording_counts_as_old() {
    let text = "XMLHttpRequest cannot load http://api.example/. No 'Access-Control-Allow-Origin' header \
                is present on the requested resource. Origin 'http://app.example' is therefore not \
                allowed access.";
    let lines = recognise(text);
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert!(lines[0].older);
    assert_eq!(lines[0].reasons, ["allow-origin-missing"]);
    assert_eq!(lines[0].parameter("origin"), Some("http://app.example"));
}

#[test]
fn junk_is_read_through() {
    let junk = [
        "x".repeat(1 << 20),
        "'".repeat(1 << 20),
        "Access to fetch at 'é’".repeat(40_000),
        "has been blocked by CORS policy: ".repeat(30_000),
        "net::ERR_FAILED(Reason: CORS ".repeat(30_000),
        " \n\u{a0}".repeat(300_000),
    ];
    for text in junk {
        for line in recognise(&text) {
            assert!(text.get(line.span.clone()).is_some(), "{line:?}");
        }
    }
    assert!(recognise("").is_empty());
    assert!(recognise("All is well.").is_empty());
}
