//! Links and forms: CORS is not asked; what goes along is decided by site and method.

use corscope::engine::{Engine, Rule};
use serde_json::{Value, json};

use super::page::{ENGINES, Page, all_said, said, told};

fn form(url: &str, more: Value) -> Value {
    let mut line = json!({"api": "form", "page": "https://app.test", "url": url});
    line.as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    line
}

#[test]
fn the_answer_becomes_a_document_whatever_it_says_about_cors() {
    for engine in ENGINES.into_iter().chain([Engine::Standard]) {
        for (api, method) in [
            ("navigation", "PUT"),
            ("form", "GET"),
            ("form", "post"),
            ("form", "PUT"),
        ] {
            // http from a secure page is no mixed content here.
            let line = json!({"api": api, "method": method, "page": "https://app.test", "url": "http://api.test/"});
            let finished = Page::of(engine).ask(line, &[(500, &[("X-Frame-Options", "DENY")])]);
            assert_eq!(told(&finished), "opaque", "{engine:?} {api}");
            assert_eq!(finished.exchanges.len(), 1);
            let sent = if method == "post" { "POST" } else { "GET" };
            assert_eq!(finished.exchanges[0].request.method, sent, "{api} {method}");
            assert_eq!(
                said(&finished, 0, "upgrade-insecure-requests").as_deref(),
                Some("1")
            );
            assert!(
                said(&finished, 0, "accept")
                    .unwrap()
                    .starts_with("text/html,")
            );
            let rules = finished.trace.steps.iter().map(|step| step.rule);
            assert_eq!(rules.filter(|rule| *rule == Rule::Ungoverned).count(), 1);
            let response = finished.response.unwrap();
            assert_eq!((response.kind.as_str(), response.status), ("opaque", 0));
        }
    }
}

#[test]
fn same_site_cookies_go_by_method() {
    let cookies =
        |more: &str| json!([{"origin": "https://api.test", "set": format!("a=1; Secure{more}")}]);
    for (attributes, get, post) in [
        ("; SameSite=Strict", false, false),
        ("; SameSite=Lax", true, false),
        ("; SameSite=None", true, true),
    ] {
        for engine in ENGINES {
            for (method, goes) in [("GET", get), ("POST", post)] {
                let line = form(
                    "https://api.test/",
                    json!({"method": method, "cookies": cookies(attributes)}),
                );
                let finished = Page::of(engine).ask(line, &[(200, &[])]);
                let sent = said(&finished, 0, "cookie").is_some();
                assert_eq!(sent, goes, "{engine:?} {method} {attributes}");
            }
        }
    }
    // Without the attribute only Chromium takes it for Lax.
    for engine in ENGINES {
        let line = form(
            "https://api.test/",
            json!({"method": "POST", "cookies": cookies("")}),
        );
        let finished = Page::of(engine).ask(line, &[(200, &[])]);
        let sent = said(&finished, 0, "cookie").is_some();
        assert_eq!(sent, engine != Engine::Chromium, "{engine:?}");
    }
}

#[test]
fn cookies_of_the_answer_are_first_party() {
    for engine in ENGINES {
        let mut page = Page::of(engine);
        let set = [("Set-Cookie", "a=1; SameSite=Strict; Secure")];
        page.ask(
            form("https://api.test/", json!({"method": "POST"})),
            &[(200, &set)],
        );
        let line = json!({"page": "https://api.test", "url": "https://api.test/x"});
        let finished = page.ask(line, &[(200, &[])]);
        assert_eq!(
            said(&finished, 0, "cookie").as_deref(),
            Some("a=1"),
            "{engine:?}"
        );
    }
}

#[test]
fn origin_goes_with_post_and_is_tainted_by_redirects() {
    for engine in ENGINES {
        let to = |url| [("Location", url)];
        let (other, back) = (to("https://other.test/"), to("https://user:pass@app.test/"));
        let line = form(
            "https://api.test/",
            json!({"method": "POST", "body": "a=1"}),
        );
        let finished = Page::of(engine).ask(line, &[(307, &other), (303, &back), (200, &[])]);
        let origins = all_said(&finished, "origin");
        let page = Some("https://app.test".to_owned());
        assert_eq!(origins, [page, Some("null".to_owned()), None], "{engine:?}");
        assert_eq!(told(&finished), "opaque");
    }
}

#[test]
fn a_form_chooses_its_encoding_and_nothing_else() {
    let pairs = json!([["a", "b c"]]);
    for (desc, more, query, content_type, body) in [
        (
            "the usual",
            json!({"method": "POST", "body": "a=b+c"}),
            None,
            Some("application/x-www-form-urlencoded"),
            "a=b+c",
        ),
        (
            "pairs",
            json!({"method": "POST", "body": {"kind": "urlencoded", "value": pairs}}),
            None,
            Some("application/x-www-form-urlencoded"),
            "a=b+c",
        ),
        (
            "text",
            json!({"method": "POST", "body": "a=b", "headers": [["Content-Type", "text/plain"]]}),
            None,
            Some("text/plain"),
            "a=b",
        ),
        (
            "json",
            json!({"method": "POST", "body": "{}", "headers": [["content-type", "application/json"], ["X-A", "1"]]}),
            None,
            Some("application/x-www-form-urlencoded"),
            "{}",
        ),
        (
            "nothing",
            json!({"method": "POST"}),
            None,
            Some("application/x-www-form-urlencoded"),
            "",
        ),
        (
            "a query",
            json!({"body": {"kind": "formdata", "value": pairs}}),
            Some("a=b+c"),
            None,
            "",
        ),
        ("its own query", json!({}), Some("q=1"), None, ""),
    ] {
        let finished =
            Page::of(Engine::Chromium).ask(form("https://api.test/?q=1", more), &[(200, &[])]);
        let request = &finished.exchanges[0].request;
        assert_eq!(request.url.query(), query.or(Some("q=1")), "{desc}");
        assert_eq!(
            said(&finished, 0, "content-type").as_deref(),
            content_type,
            "{desc}"
        );
        assert_eq!(request.body, body.as_bytes(), "{desc}");
        assert_eq!(said(&finished, 0, "x-a"), None, "{desc}");
    }
}

#[test]
fn only_http_is_followed() {
    for url in ["data:text/html,x", "mailto:a@b.test", "javascript:1"] {
        let line = json!({"api": "navigation", "page": "https://app.test", "url": url});
        let finished = Page::of(Engine::Chromium).ask(line, &[]);
        assert_eq!(told(&finished), "scheme-not-http", "{url}");
    }
}
