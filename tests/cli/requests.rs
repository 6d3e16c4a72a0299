//! What the options make of the request that goes out.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use serde_json::json;

use super::support::{
    Outcome, Scripted, Server, corscope, read_request, rule, run, run_on, run_with,
};

const URL: &str = "http://api.test/x";
const ANY: (&str, &str) = ("Access-Control-Allow-Origin", "*");
const APP: (&str, &str) = ("Access-Control-Allow-Origin", "http://app.localhost");

fn check(server: &Server, more: &[&str]) -> Outcome {
    let route = server.route();
    let arguments = [
        "check",
        URL,
        "--origin",
        "http://app.localhost",
        "--connect-to",
    ];
    run(&[&arguments[..], &[&route], more].concat())
}

fn verdict(outcome: &Outcome) -> String {
    let text = String::from_utf8(outcome.stdout.clone()).unwrap();
    text.lines().next().unwrap_or_default().to_owned()
}

#[test]
fn a_body_makes_it_a_post_and_can_come_from_a_file() {
    let server = Server::playing(json!([rule("POST", URL, 200, &[ANY], "")]));
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("body.txt");
    std::fs::write(&file, "from a file\n").unwrap();
    let from_file = format!("@{}", file.display());
    for (body, expected) in [("typed", "typed"), (&from_file, "from a file\n")] {
        assert_eq!(check(&server, &["-d", body]).code, 0, "{body}");
        let received = server.received().pop().unwrap();
        assert_eq!(received.method, "POST");
        assert_eq!(received.body, expected.as_bytes());
        let kind = received.headers.get_text("content-type");
        assert_eq!(kind.as_deref(), Some("text/plain;charset=UTF-8"));
    }
}

#[test]
fn a_body_can_come_from_standard_input() {
    let server = Server::playing(json!([rule("POST", URL, 200, &[ANY], "")]));
    let route = server.route();
    let arguments = [
        "check",
        URL,
        "--origin",
        "http://app.localhost",
        "--connect-to",
        &route,
    ];
    let outcome = run_on(&[&arguments[..], &["--data", "@-"]].concat(), b"piped");
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    assert_eq!(server.received()[0].body, b"piped");
}

#[test]
fn headers_go_out_as_typed_in_utf_8() {
    let server = Server::playing(json!([rule("GET", URL, 200, &[ANY], "")]));
    let outcome = check(&server, &["-H", "Accept:é", "-H", "Content-Language;"]);
    assert_eq!(outcome.code, 0);
    let headers = &server.received()[0].headers;
    assert_eq!(headers.get("accept"), Some("é".as_bytes().to_vec()));
    assert_eq!(headers.get("content-language"), Some(Vec::new()));
}

#[test]
fn cookies_go_with_credentials_include_only() {
    let allow = [APP, ("Access-Control-Allow-Credentials", "true")];
    // Same site as the page, so that SameSite does not hold the cookie back.
    let url = "http://api.app.localhost/x";
    let server = Server::playing(json!([rule("GET", url, 200, &allow, "")]));
    let route = server.route();
    let arguments = [
        "check",
        url,
        "--origin",
        "http://app.localhost",
        "--connect-to",
        &route,
    ];
    for (credentials, expected) in [
        ("omit", None),
        ("same-origin", None),
        ("include", Some("sid=é")),
    ] {
        let more = ["-b", "sid=é; Path=/", "--credentials", credentials];
        assert_eq!(
            run(&[&arguments[..], &more].concat()).code,
            0,
            "{credentials}"
        );
        let cookie = server.received().pop().unwrap().headers.get("cookie");
        assert_eq!(
            cookie.as_deref(),
            expected.map(str::as_bytes),
            "{credentials}"
        );
    }
}

#[test]
fn a_wildcard_does_not_do_for_credentials() {
    let server = Server::playing(json!([rule("GET", URL, 200, &[ANY], "")]));
    let outcome = check(&server, &["--credentials", "include"]);
    assert_eq!(outcome.code, 1);
    assert!(
        verdict(&outcome).ends_with("(wildcard-with-credentials)"),
        "{}",
        verdict(&outcome)
    );
}

#[test]
fn a_sandboxed_page_has_the_origin_null() {
    let server = Server::playing(json!([rule("GET", URL, 200, &[APP], "")]));
    let outcome = check(&server, &["--sandboxed"]);
    assert_eq!(outcome.code, 1);
    assert_eq!(
        server.received()[0].headers.get_text("origin").as_deref(),
        Some("null")
    );
}

#[test]
fn each_redirect_mode_ends_in_its_own_way() {
    let there = ("Location", "http://other.test/y");
    let server = Server::playing(json!([
        rule("GET", URL, 302, &[ANY, there], ""),
        rule("GET", "http://other.test/y", 200, &[ANY], "moved"),
    ]));
    for (mode, code, begins, requests) in [
        ("follow", 0, "ALLOWED", 2),
        ("manual", 0, "OPAQUE", 1),
        ("error", 1, "BLOCKED", 1),
    ] {
        let before = server.received().len();
        let outcome = check(&server, &["--redirect", mode]);
        assert_eq!(outcome.code, code, "{mode}");
        assert!(
            verdict(&outcome).starts_with(begins),
            "{mode}: {}",
            verdict(&outcome)
        );
        assert_eq!(server.received().len() - before, requests, "{mode}");
    }
}

#[test]
fn preflight_and_request_share_a_connection() {
    let allow = [ANY, ("Access-Control-Allow-Methods", "PUT")];
    let server = Server::playing(json!([rule("*", URL, 200, &allow, "")]));
    let route = server.route();
    let arguments = [
        "check",
        URL,
        "--origin",
        "http://app.localhost",
        "-X",
        "PUT",
        "--json",
    ];
    let value = run(&[&arguments[..], &["--connect-to", &route]].concat()).json();
    let connects: Vec<_> = value["exchanges"]
        .as_array()
        .unwrap()
        .iter()
        .map(|exchange| exchange["timing"]["connect"].is_number())
        .collect();
    assert_eq!(connects, [true, false]);
}

#[test]
fn resolve_leads_a_name_to_an_address() {
    let server = Server::playing(json!([]));
    let port = server.address().port();
    let url = format!("http://api.test:{port}/x");
    let resolve = format!("api.test:{port}:127.0.0.1");
    let outcome = run(&[
        "check",
        &url,
        "--origin",
        "http://app.localhost",
        "--resolve",
        &resolve,
    ]);
    assert_eq!(outcome.code, 1, "{}", outcome.stderr);
    assert_eq!(server.received()[0].host, format!("api.test:{port}"));
}

/// Passes one connection on as the server of `GET http://…` requests does: one request, one answer.
fn proxy(to: std::net::SocketAddr) -> Scripted {
    Scripted::serving(
        move |mut client: TcpStream, ()| {
            let request = read_request(&mut client);
            let mut server = TcpStream::connect(to).unwrap();
            server.write_all(&request).unwrap();
            server.shutdown(std::net::Shutdown::Write).unwrap();
            let mut answer = Vec::new();
            server.read_to_end(&mut answer).unwrap();
            client.write_all(&answer).unwrap();
            None
        },
        vec![()],
    )
}

#[test]
fn a_proxy_is_asked_for_the_whole_url() {
    let server = Server::playing(json!([rule("GET", URL, 200, &[ANY], "")]));
    let proxy = proxy(server.address());
    let through = format!("http://{}", proxy.address);
    let outcome = run(&[
        "check",
        URL,
        "--origin",
        "http://app.localhost",
        "-x",
        &through,
    ]);
    assert_eq!(outcome.code, 0, "{}", outcome.told());
    assert_eq!(server.received()[0].target, URL);
}

#[test]
fn the_system_s_proxy_is_honoured() {
    let server = Server::playing(json!([rule("GET", URL, 200, &[ANY], "")]));
    let proxy = proxy(server.address());
    let mut command = corscope(&["check", URL, "--origin", "http://app.localhost"]);
    command.env("http_proxy", format!("http://{}", proxy.address));
    let outcome = run_with(&mut command);
    assert_eq!(outcome.code, 0, "{}", outcome.told());
    assert_eq!(server.received()[0].target, URL);
}

/// Browsers go past the system's proxy for loopback; a proxy where nothing listens would show.
#[test]
fn the_system_s_proxy_is_not_asked_for_loopback() {
    let server = Server::playing(json!([]));
    let gone = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let url = format!("http://{}/x", server.address());
    let mut command = corscope(&["check", &url, "--origin", "http://app.localhost"]);
    command.env("http_proxy", format!("http://{gone}"));
    let outcome = run_with(&mut command);
    assert_eq!(outcome.code, 1, "{}", outcome.told());
    assert_eq!(server.received().len(), 1);
}

#[test]
fn no_more_of_a_body_is_kept_than_asked_for() {
    let server = Server::playing(json!([rule("GET", URL, 200, &[ANY], "0123456789")]));
    let value = check(&server, &["--json", "--max-body", "4"]).json();
    assert_eq!(value["response"]["body"], "0123");
    assert_eq!(value["response"]["bodyTruncated"], true);
}
