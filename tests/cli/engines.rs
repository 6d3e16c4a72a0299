//! Where engines part: who says so, why, and who asks the network.

use serde_json::{Value, json};

use super::support::{Outcome, Server, rule, run};

const URL: &str = "http://api.test/prices";
const ANY: (&str, &str) = ("Access-Control-Allow-Origin", "*");

fn check(server: &Server, more: &[&str]) -> Outcome {
    check_from("http://app.localhost", server, more)
}

fn check_from(origin: &str, server: &Server, more: &[&str]) -> Outcome {
    let route = server.route();
    let arguments = ["check", URL, "--origin", origin, "--connect-to", &route];
    run(&[&arguments[..], more].concat())
}

fn text(outcome: &Outcome) -> String {
    String::from_utf8(outcome.stdout.clone()).unwrap()
}

/// The lines before the one about the request.
fn verdicts(outcome: &Outcome) -> String {
    let text = text(outcome);
    let lines: Vec<_> = text
        .lines()
        .take_while(|line| !line.starts_with("page "))
        .collect();
    lines.join("\n")
}

fn parting(outcome: &Outcome) -> String {
    let text = text(outcome);
    let section = text.split_once("Where engines part\n");
    section
        .map(|(_, section)| section.to_owned())
        .unwrap_or_default()
}

fn engine<'a>(result: &'a Value, name: &str) -> &'a Value {
    let engines = result["engines"].as_array().unwrap();
    engines.iter().find(|one| one["engine"] == name).unwrap()
}

/// A server that lets everyone read a GET and refuses every preflight.
fn no_preflights() -> Server {
    Server::playing(json!([
        rule("OPTIONS", URL, 200, &[ANY], ""),
        rule("GET", URL, 200, &[ANY], "[]"),
    ]))
}

const HINT: [&str; 2] = ["-H", "Save-Data: on"];

#[test]
fn a_405_is_named_by_webkit_where_others_name_the_missing_header() {
    let server = Server::playing(json!([rule("OPTIONS", URL, 405, &[], "")]));
    let outcome = check(&server, &["-X", "PUT"]);
    assert_eq!(
        verdicts(&outcome),
        "BLOCKED in all three browsers: The preflight's reply does not allow the page \
         (preflight-allow-origin-missing)"
    );
    let told = parting(&outcome);
    assert!(
        told.starts_with(
            "  WebKit: BLOCKED (preflight-status)\n    WebKit checks the status of the preflight's \
             answer before Access-Control-Allow-Origin; Chromium "
        ),
        "{told}"
    );
}

#[test]
fn a_preflight_that_only_others_send_is_offered_and_explained() {
    let server = no_preflights();
    let outcome = check(&server, &HINT);
    assert_eq!(outcome.code, 0);
    assert_eq!(
        verdicts(&outcome),
        "ALLOWED in Chromium\nNOT KNOWN in Firefox and WebKit, and by the Standard"
    );
    let told = parting(&outcome);
    for line in [
        "  Firefox would send OPTIONS http://api.test/prices, which Chromium does not.\n    Firefox asks \
         with a preflight before it sends client hints that script sets; Chromium lets script send \
         client hints",
        "  WebKit would send OPTIONS http://api.test/prices, which Chromium does not.\n    By the same \
         rule as Firefox.",
        "With --engine all, each engine asks the network what it would ask.",
    ] {
        assert!(told.contains(line), "{line}\nin\n{told}");
    }
}

#[test]
fn engine_all_asks_what_is_missing_and_counts_every_browser() {
    let server = no_preflights();
    let outcome = check(&server, &[&HINT[..], &["--engine", "all"]].concat());
    assert_eq!(outcome.code, 1);
    assert_eq!(
        verdicts(&outcome),
        "ALLOWED in Chromium\nBLOCKED in Firefox and WebKit, and by the Standard"
    );
    let told = parting(&outcome);
    assert!(
        told.contains("Firefox: BLOCKED (allow-headers-missing-header)"),
        "{told}"
    );
    assert!(
        told.contains("Asked as Firefox would: OPTIONS http://api.test/prices was answered 200."),
        "{told}"
    );
    let json = check(
        &server,
        &[&HINT[..], &["--engine", "all", "--json"]].concat(),
    )
    .json();
    let firefox = engine(&json, "firefox");
    assert_eq!(firefox["verdict"], "blocked");
    assert_eq!(firefox["asked"].as_array().unwrap().len(), 1);
    assert_eq!(firefox["differs"][0]["field"], "client_hints_safelisted");
    // What Firefox was told serves WebKit too.
    let asked = |name| engine(&json, name)["asked"][0]["timing"].clone();
    assert_eq!(asked("firefox"), asked("webkit"));
    assert_eq!(json["exchanges"].as_array().unwrap().len(), 1);
}

/// A page of the target's site, and a cookie that only WebKit keeps: it is not `Secure`.
const SAME_SITE: &str = "http://app.api.test";
const COOKIE: &str = "sid=1; SameSite=None";

fn from_same_site(server: &Server, more: &[&str]) -> Outcome {
    let here = ["--page-address-space", "loopback"];
    check_from(SAME_SITE, server, &[&here[..], more].concat())
}

#[test]
fn a_cookie_that_only_others_attach_makes_an_assumption_until_it_is_asked() {
    let server = Server::playing(json!([rule(
        "GET",
        URL,
        200,
        &[
            ("Access-Control-Allow-Origin", SAME_SITE),
            ("Access-Control-Allow-Credentials", "true"),
        ],
        "[]",
    )]));
    let cookie = ["--credentials", "include", "-b", COOKIE];
    let outcome = from_same_site(&server, &cookie);
    assert_eq!(verdicts(&outcome), "ALLOWED in all three browsers");
    let told = parting(&outcome);
    assert!(
        told.contains(
            "This assumes that the server answers GET http://api.test/prices the same with another \
             Cookie."
        ),
        "{told}"
    );
    let json = from_same_site(&server, &[&cookie[..], &["--json"]].concat()).json();
    let webkit = engine(&json, "webkit");
    assert_eq!(
        (&webkit["verdict"], &webkit["assumed"]),
        (&json!("allowed"), &json!(true))
    );
    assert_eq!(webkit["assumptions"][0]["lines"], json!(["cookie"]));
    assert_eq!(webkit["differs"][0]["field"], "same_site_none_needs_secure");
    let all = ["--json", "--engine", "all"];
    let json = from_same_site(&server, &[&cookie[..], &all].concat()).json();
    let webkit = engine(&json, "webkit");
    assert_eq!(
        (&webkit["verdict"], &webkit["assumed"]),
        (&json!("allowed"), &Value::Null)
    );
    assert_eq!(webkit["asked"].as_array().unwrap().len(), 1);
}

#[test]
fn what_may_change_something_is_never_sent_twice() {
    let allow = [
        ("Access-Control-Allow-Origin", SAME_SITE),
        ("Access-Control-Allow-Credentials", "true"),
        ("Access-Control-Allow-Methods", "PUT"),
    ];
    let server = Server::playing(json!([
        rule("OPTIONS", URL, 204, &allow, ""),
        rule("PUT", URL, 200, &allow, "[]"),
    ]));
    let put = [
        "-X",
        "PUT",
        "--credentials",
        "include",
        "-b",
        COOKIE,
        "--engine",
        "all",
        "--json",
    ];
    let json = from_same_site(&server, &put).json();
    let webkit = engine(&json, "webkit");
    assert_eq!(
        (&webkit["verdict"], &webkit["assumed"]),
        (&json!("allowed"), &json!(true))
    );
    assert_eq!(webkit["asked"], Value::Null);
    assert_eq!(server.methods(), ["OPTIONS", "PUT"]);
}

#[test]
fn the_local_network_depends_on_the_user_in_two_browsers_and_webkit_asks_on() {
    let server = Server::playing(json!([rule("GET", URL, 200, &[ANY], "[]")]));
    let outcome = check(
        &server,
        &["--page-address-space", "public", "--engine", "firefox"],
    );
    assert_eq!(outcome.code, 1);
    let verdicts = verdicts(&outcome);
    assert!(
        verdicts.starts_with("DEPENDS ON THE USER in Chromium and Firefox: "),
        "{verdicts}"
    );
    assert!(verdicts.contains("\nNOT KNOWN in WebKit"), "{verdicts}");
    assert!(
        parting(&outcome).contains(
            "WebKit has no Local Network Access and lets public pages reach this machine and private \
             networks; Firefox asks the user before a public page reaches this machine"
        ),
        "{}",
        parting(&outcome)
    );
}

#[test]
fn a_webkit_run_knows_where_hosts_lead_for_the_engines_that_ask() {
    let server = Server::playing(json!([rule("GET", URL, 200, &[ANY], "[]")]));
    let outcome = check(
        &server,
        &[
            "--page-address-space",
            "public",
            "--engine",
            "webkit",
            "--json",
        ],
    );
    let json = outcome.json();
    assert_eq!(json["verdict"], "allowed");
    assert_eq!(engine(&json, "firefox")["dependsOnUser"], true);
}

#[test]
fn an_unknown_engine_is_told_all_names() {
    let outcome = run(&["check", URL, "--engine", "opera"]);
    assert_eq!(outcome.code, 2);
    assert!(
        outcome
            .stderr
            .contains("one of chromium, firefox, webkit, standard, all"),
        "{}",
        outcome.stderr
    );
}
