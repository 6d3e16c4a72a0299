//! Header lines and cookies where engines part.

use corscope::engine::Engine;
use serde_json::{Value, json};

use super::page::{ENGINES, Page, all_said, said, told};

const OPEN: &[(&str, &str)] = &[
    ("Access-Control-Allow-Origin", "*"),
    ("Access-Control-Allow-Methods", "*"),
    ("Access-Control-Allow-Headers", "*"),
];

fn to(url: &str) -> Vec<(&'static str, &str)> {
    let mut headers = OPEN.to_vec();
    headers.push(("Location", url));
    headers
}

fn some(texts: &[&str]) -> Vec<Option<String>> {
    let texts = texts.iter();
    texts
        .map(|text| (!text.is_empty()).then(|| (*text).to_owned()))
        .collect()
}

fn fetch(more: Value) -> Value {
    let mut line = json!({"page": "http://app.test", "url": "http://app.test/x"});
    line.as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    line
}

#[test]
fn values_combined_from_empty_ones_keep_their_blanks_but_in_fetches_of_firefox() {
    let headers = json!([
        ["X-Test", ""],
        ["X-Test", " "],
        ["X-Test", "x\tx"],
        ["X-Test", ""],
        ["Accept", "a/b"],
        ["Accept", ""],
    ]);
    for engine in Engine::ALL.iter().copied() {
        for api in ["fetch", "xhr"] {
            let line = fetch(json!({"api": api, "headers": headers}));
            let finished = Page::of(engine).ask(line, &[(200, &[])]);
            let last = finished.exchanges.last().unwrap();
            let sent = ["X-Test", "Accept"].map(|name| {
                let lines: Vec<&[u8]> = last.request.headers.lines(name).collect();
                lines.concat()
            });
            // There an empty line takes the place of those before it.
            let replaced = engine == Engine::Firefox && api == "fetch";
            let expected = if replaced {
                [&b""[..], b""]
            } else {
                [&b", , x\tx, "[..], b"a/b, "]
            };
            assert_eq!(sent, expected, "{engine:?} {api}");
        }
    }
}

#[test]
fn chromium_writes_a_single_range_anew() {
    for (given, sent) in [
        ("Bytes=0 - 255", "bytes=0-255"),
        ("bytes=00-5", "bytes=0-5"),
        ("BYTES = -5", "bytes=-5"),
        ("bytes=7-,", "bytes=7-"),
        ("bytes=0-1,2-3", "bytes=0-1,2-3"),
        ("bytes=5-1", "bytes=5-1"),
        ("bytes=-0", "bytes=-0"),
        ("bytes=a-", "bytes=a-"),
        ("items=0-5", "items=0-5"),
    ] {
        for (engine, method, cache) in [
            (Engine::Chromium, "GET", "default"),
            (Engine::Chromium, "POST", "default"),
            (Engine::Chromium, "GET", "no-store"),
            (Engine::Firefox, "GET", "default"),
            (Engine::WebKit, "GET", "default"),
        ] {
            let line =
                fetch(json!({"headers": [["Range", given]], "method": method, "cache": cache}));
            let finished = Page::of(engine).ask(line, &[(200, &[])]);
            let anew = engine == Engine::Chromium && method == "GET" && cache == "default";
            let expected = if anew { sent } else { given };
            assert_eq!(
                said(&finished, 0, "range").as_deref(),
                Some(expected),
                "{engine:?} {method} {cache}"
            );
        }
    }
}

#[test]
fn of_some_repeated_headers_firefox_sends_the_last() {
    for (name, joined) in [
        ("Content-Type", false),
        ("Authorization", false),
        ("From", false),
        ("X-A", true),
        ("Accept-Language", true),
    ] {
        for engine in ENGINES {
            let line = fetch(
                json!({"headers": [[name, "text/plain"], [name.to_lowercase(), "text/html"]]}),
            );
            let finished = Page::of(engine).ask(line, &[(200, &[])]);
            let last = engine == Engine::Firefox && !joined;
            let expected = if last {
                "text/html"
            } else {
                "text/plain, text/html"
            };
            assert_eq!(
                said(&finished, 0, name).as_deref(),
                Some(expected),
                "{engine:?} {name}"
            );
        }
    }
}

/// Measured in Firefox 153 and WebKit 2.50: where the last redirect would have kept the first method, the
/// headers are those that script gave.
#[test]
fn the_bodys_headers_come_back_where_the_redirect_keeps_the_first_method() {
    let (next, after) = (to("/y"), to("/z"));
    for (statuses, chromium, others) in [
        ([302, 307], ["t/p", "", ""], ["t/p", "", "t/p"]),
        ([303, 301], ["t/p", "", ""], ["t/p", "", ""]),
        ([302, 301], ["t/p", "", ""], ["t/p", "", ""]),
        ([307, 302], ["t/p", "t/p", ""], ["t/p", "t/p", ""]),
        ([307, 308], ["t/p"; 3], ["t/p"; 3]),
    ] {
        for engine in ENGINES {
            let line =
                fetch(json!({"method": "POST", "body": "x", "headers": [["Content-Type", "t/p"]]}));
            let answers = [(statuses[0], &*next), (statuses[1], &*after), (200, OPEN)];
            let finished = Page::of(engine).ask(line, &answers);
            let expected = if engine == Engine::Chromium {
                chromium
            } else {
                others
            };
            assert_eq!(
                all_said(&finished, "content-type"),
                some(&expected),
                "{engine:?} {statuses:?}"
            );
        }
    }
}

#[test]
fn webkit_drops_the_cache_lines_where_a_redirect_leaves_the_origin_in_mode_cors() {
    // Measured in Firefox 153 and WebKit 2.50.
    for (mode, location, kept) in [
        ("cors", "/y", true),
        ("cors", "http://api.test/", false),
        ("no-cors", "http://api.test/", true),
    ] {
        for engine in ENGINES {
            let line = fetch(json!({"cache": "reload", "mode": mode}));
            let finished = Page::of(engine).ask(line, &[(302, &to(location)), (200, OPEN)]);
            let kept = kept || engine != Engine::WebKit;
            let expected = if kept { "no-cache" } else { "" };
            let lines = all_said(&finished, "cache-control");
            assert_eq!(
                lines,
                some(&["no-cache", expected]),
                "{engine:?} {mode} {location}"
            );
        }
    }
}

#[test]
fn fetch_metadata_after_a_redirect_to_another_origin() {
    for engine in ENGINES {
        let kept = if engine == Engine::WebKit { "" } else { "cors" };
        let line = json!({"page": "http://app.test", "url": "http://api.test/"});
        let finished = Page::of(engine).ask(line, &[(302, &to("https://api.test/")), (200, OPEN)]);
        assert_eq!(
            all_said(&finished, "sec-fetch-mode"),
            some(&["", kept]),
            "{engine:?}"
        );
        let line = json!({"page": "https://app.test", "url": "https://api.test/"});
        let finished = Page::of(engine).ask(line, &[(302, &to("https://b.test/")), (200, OPEN)]);
        assert_eq!(
            all_said(&finished, "sec-fetch-mode"),
            some(&["cors", kept]),
            "{engine:?}"
        );
        let line = json!({"page": "https://app.test", "url": "https://api.test/"});
        let finished = Page::of(engine).ask(line, &[(302, &to("https://api.test/b")), (200, OPEN)]);
        assert_eq!(
            all_said(&finished, "sec-fetch-mode"),
            some(&["cors", "cors"]),
            "{engine:?}"
        );
    }
}

#[test]
fn storage_access_is_told_with_credentials_to_other_sites() {
    for (url, credentials, chromium, firefox) in [
        ("https://api.test/", "include", "active", "none"),
        ("https://api.test/", "same-origin", "", ""),
        ("https://api.app.test/", "include", "", ""),
        ("http://api.test/", "include", "", ""),
    ] {
        for (engine, expected) in ENGINES.into_iter().zip([chromium, firefox, ""]) {
            let line = json!({"page": "http://app.test", "url": url, "credentials": credentials, "mode": "no-cors"});
            let finished = Page::of(engine).ask(line, &[(200, &[])]);
            // Another scheme is another site to Chromium.
            let expected = match (engine, url) {
                (Engine::Chromium, "https://api.app.test/") => "active",
                _ => expected,
            };
            let lines = all_said(&finished, "sec-fetch-storage-access");
            assert_eq!(lines, some(&[expected]), "{engine:?} {url} {credentials}");
        }
    }
}

#[test]
fn cookies_of_other_sites_are_kept_apart_in_firefox_and_out_of_webkit() {
    let set = "a=1; SameSite=None; Secure";
    let ask = json!({"page": "https://app.test", "url": "https://api.test/", "mode": "no-cors", "credentials": "include"});
    for engine in ENGINES {
        let mut visited = ask.clone();
        visited["cookies"] = json!([{"origin": "https://api.test", "set": set}]);
        let finished = Page::of(engine).ask(visited, &[(200, &[])]);
        assert_eq!(
            said(&finished, 0, "cookie").is_some(),
            engine == Engine::Chromium,
            "{engine:?}"
        );
        // Set under this page, it comes back under this page, and under no other.
        let mut page = Page::of(engine);
        page.ask(ask.clone(), &[(200, &[("Set-Cookie", set)])]);
        let finished = page.ask(ask.clone(), &[(200, &[])]);
        assert_eq!(
            said(&finished, 0, "cookie").as_deref(),
            (engine != Engine::WebKit).then_some("a=1"),
            "{engine:?}"
        );
        let mut elsewhere = ask.clone();
        elsewhere["page"] = json!("https://third.test");
        let finished = page.ask(elsewhere, &[(200, &[])]);
        assert_eq!(
            said(&finished, 0, "cookie").is_some(),
            engine == Engine::Chromium,
            "{engine:?}"
        );
    }
}

#[test]
fn webkit_remembers_what_a_refusing_preflight_allows() {
    let allow: &[(&str, &str)] = &[
        ("Access-Control-Allow-Origin", "*"),
        ("Access-Control-Allow-Methods", "PATCH"),
        ("Access-Control-Max-Age", "60"),
    ];
    for engine in ENGINES {
        let mut page = Page::of(engine);
        let line = |method: &str| json!({"page": "http://app.test", "url": "http://api.test/", "method": method});
        assert_eq!(
            told(&page.ask(line("PUT"), &[(204, allow)])),
            "allow-methods-missing-method"
        );
        let finished = page.ask(line("PATCH"), &[(204, allow)]);
        let sent = if engine == Engine::WebKit { 1 } else { 2 };
        assert_eq!(finished.exchanges.len(), sent, "{engine:?}");
    }
}

#[test]
fn a_conditional_request_goes_past_the_cache_with_or_without_a_word() {
    for (api, expected) in [
        ("fetch", ["max-age=0", "no-cache", "no-cache"]),
        ("xhr", ["max-age=0", "", "no-cache"]),
    ] {
        for (engine, expected) in ENGINES.into_iter().zip(expected) {
            let line = fetch(json!({"api": api, "headers": [["If-Match", "\"x\""]]}));
            let finished = Page::of(engine).ask(line, &[(200, &[])]);
            assert_eq!(
                all_said(&finished, "cache-control"),
                some(&[expected]),
                "{engine:?} {api}"
            );
        }
    }
}

#[test]
fn the_type_of_a_blob_becomes_a_content_type_or_not() {
    let body = |media_type: &str| json!({"kind": "blob", "value": "x", "type": media_type});
    for (media_type, expected) in [
        ("text/plain", ["text/plain"; 3]),
        ("not a type", ["", "not a type", ""]),
        ("text/plain;x=(", ["", "text/plain;x=(", "text/plain;x=("]),
    ] {
        for (engine, expected) in ENGINES.into_iter().zip(expected) {
            let line = fetch(json!({"api": "xhr", "method": "POST", "body": body(media_type)}));
            let finished = Page::of(engine).ask(line, &[(200, &[])]);
            assert_eq!(
                all_said(&finished, "content-type"),
                some(&[expected]),
                "{engine:?} {media_type}"
            );
        }
    }
    for (engine, expected) in ENGINES.into_iter().zip(["", "", "image/png"]) {
        let line = fetch(json!({"mode": "no-cors", "method": "POST", "body": body("image/png")}));
        let finished = Page::of(engine).ask(line, &[(200, &[])]);
        assert_eq!(
            all_said(&finished, "content-type"),
            some(&[expected]),
            "{engine:?}"
        );
    }
}
