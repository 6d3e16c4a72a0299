//! Unusable arguments: all told at once on standard error, exit code 2, nothing sent.

use insta::assert_snapshot;
use serde_json::json;

use super::support::{Server, run, run_on};

#[test]
fn all_mistakes_are_told_at_once_and_nothing_is_sent() {
    let server = Server::playing(json!([]));
    let route = server.route();
    let outcome = run(&[
        "check",
        "api.test/prices",
        "--origin",
        "app.localhost",
        "-X",
        "GE T",
        "-H",
        "X Bad: 1",
        "-H",
        "X-Good: 1",
        "-H",
        "X-No-Colon",
        "-d",
        "@/nowhere/body.json",
        "--resolve",
        "api.test",
        "--connect-to",
        &route,
        "--cacert",
        "/nowhere/ca.pem",
    ]);
    assert_snapshot!(outcome.told(), @r"
    exit 2
    --- stdout
    --- stderr
    origin: `app.localhost` is no origin
      hint: scheme and host of the page that asks, as in https://app.example
    URL: `api.test/prices` has no scheme
      hint: begin with https:// or http://
    method: `GE T` is no method
      hint: letters, digits and !#$%&'*+-.^_`|~ only, as in GET or PATCH
    header 1: `X Bad` is no header name
      hint: as in X-Api-Key: 42
    header 3: `X-No-Colon` has no colon
      hint: as in X-Api-Key: 42, or X-Api-Key; for an empty value
    body: cannot read the body from `/nowhere/body.json`: No such file or directory (os error 2)
    --resolve: not a route: `api.test`: expected HOST:PORT:ADDRESS[,ADDRESS]
    ");
    assert!(server.received().is_empty());
}

#[test]
fn what_is_missing_is_told_with_a_hint() {
    assert_snapshot!(run(&["check"]).told(), @r"
    exit 2
    --- stdout
    --- stderr
    origin: no page given
      hint: scheme and host of the page that asks, as in https://app.example
    URL: no URL given
      hint: the address that the page asks, as in https://api.example/prices
    ");
}

#[test]
fn an_unusable_value_is_told_at_its_option() {
    for (desc, option, value, expected) in [
        ("mode", "--mode", "corss", "one of cors, no-cors"),
        (
            "credentials",
            "--credentials",
            "yes",
            "one of omit, same-origin, include",
        ),
        (
            "redirect",
            "--redirect",
            "never",
            "one of follow, error, manual",
        ),
        ("engine", "--engine", "netscape", "one of chromium"),
        ("time limit", "--max-time", "soon", "a number of seconds"),
        ("negative time limit", "--max-time", "-1", "0 or more"),
        (
            "proxy",
            "--proxy",
            "gopher://p.test",
            "not a proxy: `gopher://p.test`",
        ),
        ("route", "--connect-to", "a:b", "not a route: `a:b`"),
        (
            "certificates",
            "--cacert",
            "/nowhere/ca.pem",
            "cannot read the certificates in `/nowhere/ca.pem`",
        ),
    ] {
        let option = format!("{option}={value}");
        let outcome = run(&[
            "check",
            "http://127.0.0.1:9/",
            "--origin",
            "http://app.localhost",
            &option,
        ]);
        assert_eq!(outcome.code, 2, "{desc}");
        assert!(
            outcome.stderr.contains(expected),
            "{desc}: {}",
            outcome.stderr
        );
        assert!(outcome.stdout.is_empty(), "{desc}");
    }
}

#[test]
fn control_characters_in_arguments_are_shown_escaped() {
    let outcome = run(&[
        "check",
        "\u{1b}[2J",
        "--origin",
        "\u{1b}]0;x\u{7}",
        "-X",
        "\u{9b}1m",
    ]);
    assert_eq!(outcome.code, 2);
    let raw = outcome
        .stderr
        .chars()
        .find(|c| c.is_control() && *c != '\n');
    assert_eq!(raw, None, "{}", outcome.stderr);
}

#[test]
fn batch_refuses_unusable_arguments_before_it_reads() {
    let outcome = run_on(&["batch", "--resolve", "api.test"], b"{}\n");
    assert_eq!(outcome.code, 2);
    assert!(
        outcome.stderr.contains("not a route: `api.test`"),
        "{}",
        outcome.stderr
    );
    assert!(outcome.stdout.is_empty());
}
