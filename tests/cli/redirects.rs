//! What a redirect does to the request after it, as pages see it.

use serde_json::json;

use super::batch::{answer, batch};
use super::support::{Server, rule};

const FROM: &str = "http://api.test/from";
const PAGE: &str = "http://app.test/page?x";
const ANY: (&str, &str) = ("Access-Control-Allow-Origin", "*");

#[test]
fn a_redirect_sets_the_referrer_policy_of_the_next_request() {
    let to = "http://api.test/to";
    for (policy, expected) in [
        ("no-referrer", None),
        ("junk, , No-Referrer", None),
        ("no-referrer, unknown", None),
        ("no-referrer, origin", Some("http://app.test/")),
        ("no-referrer, unsafe-url", Some(PAGE)),
        ("", Some(PAGE)),
    ] {
        let headers = [ANY, ("Location", to), ("Referrer-Policy", policy)];
        let server = Server::playing(json!([
            rule("GET", FROM, 302, &headers, ""),
            rule("GET", to, 200, &[ANY], ""),
        ]));
        let line = json!({"page": PAGE, "url": FROM, "referrerPolicy": "unsafe-url"});
        batch(&server, &[], &[line]);
        let referrers: Vec<_> = server
            .received()
            .iter()
            .map(|request| request.headers.get_text("referer"))
            .collect();
        assert_eq!(
            referrers,
            [Some(PAGE.to_owned()), expected.map(str::to_owned)],
            "{policy}"
        );
    }
}

#[test]
fn bytes_of_a_location_that_are_no_utf8_are_escaped_as_they_are() {
    for (location, expected) in [
        ("/to?\u{ff}", "http://api.test/to?%FF"),
        ("/to?\u{c3}\u{bf}", "http://api.test/to?%C3%BF"),
        ("/\u{e9}#\u{fe}", "http://api.test/%E9"),
    ] {
        let server = Server::playing(json!([
            rule("GET", FROM, 302, &[ANY, ("Location", location)], ""),
            rule("GET", expected, 200, &[ANY], "there"),
        ]));
        let line = json!({"id": "1", "page": PAGE, "url": FROM});
        let answers = batch(&server, &[], &[line]).lines();
        assert_eq!(
            answer(&answers, "1")["exchanges"][1]["request"]["url"],
            expected
        );
        assert_eq!(answer(&answers, "1")["response"]["body"], "there");
    }
}

#[test]
fn empty_values_of_one_name_combine_as_set_request_header_does() {
    let url = "http://app.test/x";
    let server = Server::playing(json!([rule("GET", url, 200, &[], "")]));
    let values = ["", " ", "", "x\tx", ""];
    let headers: Vec<_> = values.iter().map(|value| ("Test-Me", value)).collect();
    let line = json!({"page": PAGE, "url": url, "api": "xhr", "headers": headers});
    batch(&server, &["--engine", "standard"], &[line]);
    let sent = server.received()[0].headers.get_text("test-me");
    assert_eq!(sent.as_deref(), Some(", , , x\tx,"));
}
