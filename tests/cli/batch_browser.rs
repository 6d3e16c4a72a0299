//! What a session's browser holds, shown and emptied by lines of `corscope batch`, and by `check`.

use serde_json::{Value, json};

use super::batch::{answer, batch};
use super::support::{Server, rule, run};

const URL: &str = "http://api.shop.test/x";
const PAGE: &str = "http://app.shop.test";

/// A server that leaves something in every part of a browser.
fn server() -> Server {
    let shared = [
        ("Access-Control-Allow-Origin", PAGE),
        ("Access-Control-Allow-Credentials", "true"),
        ("Access-Control-Allow-Methods", "PUT"),
        ("Access-Control-Allow-Headers", "x-a"),
        ("Access-Control-Max-Age", "60"),
        ("Cache-Control", "max-age=600"),
        ("Set-Cookie", "sid=secret; HttpOnly; Max-Age=100"),
    ];
    let login = "http://app.shop.test/login";
    let mut guarded = rule(
        "GET",
        login,
        401,
        &[("WWW-Authenticate", "Basic realm=x")],
        "",
    );
    let taken = &rule("GET", login, 200, &[], "")["replies"][0];
    let replies = guarded["replies"].as_array_mut().unwrap();
    replies.push(taken.clone());
    Server::playing(json!([rule("*", URL, 200, &shared, "stored"), guarded]))
}

fn lines() -> Vec<Value> {
    let fetch = |id: &str, method: &str| {
        json!({
            "id": id, "session": "a", "engine": "standard", "page": PAGE, "url": URL,
            "method": method, "credentials": "include", "headers": [["X-A", "1"]],
        })
    };
    vec![
        fetch("put", "PUT"),
        fetch("get", "GET"),
        json!({
            "id": "login", "session": "a", "page": PAGE, "api": "xhr",
            "url": "http://ann:pass@app.shop.test/login", "hsts": ["known.test"],
        }),
    ]
}

fn show(id: &str) -> Value {
    json!({"id": id, "session": "a", "show": "browser"})
}

#[test]
fn a_line_shows_every_part_of_the_browser() {
    let mut later = show("later");
    later["waitMs"] = 30_000.into();
    let lines = [lines(), vec![show("shown"), later]].concat();
    let answers = batch(&server(), &[], &lines).lines();
    let shown = answer(&answers, "shown");
    assert_eq!(shown["session"], "a");
    assert_eq!(shown["engine"], "standard");
    let browser = &shown["browser"];
    let cookie = &browser["cookies"][0];
    assert_eq!(cookie["name"], "sid");
    assert_eq!(cookie["domain"], "api.shop.test");
    assert_eq!(cookie["httpOnly"], true);
    let preflight = &browser["preflightCache"];
    assert_eq!(preflight[0]["method"], "PUT", "{preflight}");
    assert_eq!(preflight[1]["header"], "x-a");
    for entry in preflight.as_array().unwrap() {
        assert_eq!(
            (&entry["origin"], &entry["url"]),
            (&json!(PAGE), &json!(URL))
        );
        assert_eq!(entry["credentials"], true);
        assert!(entry["secondsLeft"].as_u64().unwrap() > 55);
    }
    let stored = &browser["httpCache"][0];
    assert_eq!(
        (&stored["url"], &stored["method"]),
        (&json!(URL), &json!("GET"))
    );
    assert_eq!(
        (&stored["fresh"], &stored["bytes"]),
        (&json!(true), &json!(6))
    );
    assert_eq!(browser["logins"], json!([{"origin": PAGE, "user": "ann"}]));
    assert_eq!(
        browser["hsts"],
        json!([{"host": "known.test", "includeSubDomains": false}])
    );
    assert!(!shown.to_string().contains("pass"), "{shown}");

    let later = &answer(&answers, "later")["browser"];
    let left = |browser: &Value| {
        browser["preflightCache"][0]["secondsLeft"]
            .as_u64()
            .unwrap()
    };
    assert!(left(later) <= left(browser) - 30);
}

#[test]
fn a_part_is_emptied_and_the_rest_stays() {
    for (clear, emptied) in [
        (json!("cookies"), &["cookies"][..]),
        (
            json!(["preflight-cache", "logins"]),
            &["preflightCache", "logins"],
        ),
        (json!(["http-cache"]), &["httpCache"]),
        (
            json!("all"),
            &["cookies", "preflightCache", "httpCache", "logins", "hsts"],
        ),
    ] {
        let line = json!({"id": "cleared", "session": "a", "clear": clear});
        let lines = [lines(), vec![line]].concat();
        let answers = batch(&server(), &[], &lines).lines();
        let browser = &answer(&answers, "cleared")["browser"];
        for (part, held) in browser.as_object().unwrap() {
            let is_empty = held.as_array().unwrap().is_empty();
            assert_eq!(
                is_empty,
                emptied.contains(&part.as_str()),
                "{clear}: {part}"
            );
        }
    }
}

#[test]
fn an_emptied_cache_asks_the_server_again() {
    let server = server();
    let fetch = &lines()[0];
    let clear = json!({"session": "a", "clear": "preflight-cache"});
    batch(
        &server,
        &[],
        &[fetch.clone(), fetch.clone(), clear, fetch.clone()],
    );
    assert_eq!(
        server.methods(),
        ["OPTIONS", "PUT", "PUT", "OPTIONS", "PUT"]
    );
}

#[test]
fn unknown_words_and_a_missing_session_are_told() {
    let lines = [
        json!({"id": 1, "session": "a", "clear": ["jar"]}),
        json!({"id": 2, "session": "a", "show": "cookies"}),
        json!({"id": 3, "show": "browser"}),
        json!({"id": 4, "session": "a", "show": "browser", "url": URL}),
    ];
    let outcome = batch(&Server::playing(json!([])), &[], &lines);
    assert_eq!(outcome.code, 2);
    let errors: Vec<_> = outcome
        .lines()
        .iter()
        .map(|answer| answer["error"].as_str().unwrap().to_owned())
        .collect();
    let expected = [
        "`clear`: `jar` is not one of all, cookies, preflight-cache, http-cache, logins, hsts",
        "`show`: `cookies` is not one of browser",
        "missing field `session`",
        "unknown field `url`",
    ];
    for (error, expected) in errors.iter().zip(expected) {
        assert!(error.starts_with(expected), "{error}");
    }
}

#[test]
fn a_check_shows_what_it_left_without_secrets() {
    let server = server();
    let outcome = run(&[
        "check",
        URL,
        "--origin",
        PAGE,
        "-X",
        "PUT",
        "--credentials",
        "include",
        "--engine",
        "standard",
        "--show-browser",
        "--connect-to",
        &server.route(),
    ]);
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    let text = String::from_utf8(outcome.stdout).unwrap();
    let (_, held) = text.split_once("The browser now holds\n").unwrap();
    let lines: Vec<_> = held.lines().map(str::trim).collect();
    assert_eq!(lines[0], "Cookies:");
    assert!(
        lines[1].starts_with("sid of api.shop.test/; HttpOnly, "),
        "{held}"
    );
    assert_eq!(lines[2], "Preflight cache:");
    let allowed =
        "method PUT with credentials for http://app.shop.test to http://api.shop.test/x, ";
    assert!(lines[3].starts_with(allowed), "{held}");
    assert!(held.contains("HTTP cache: nothing"), "{held}");
    assert!(!held.contains("secret"), "{held}");
}
