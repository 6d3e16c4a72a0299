//! `check --curl`, `--fetch` and `--paste`, and `explain` with lines of a console.

use insta::assert_snapshot;
use serde_json::json;

use super::support::{Server, rule, run, run_on};

const ALLOW: (&str, &str) = ("Access-Control-Allow-Origin", "http://app.localhost");
const CONSOLE: &str = "api.js:7 Access to fetch at 'http://api.test/prices' from origin 'http://app.localhost' has been \
                       blocked by CORS policy: No 'Access-Control-Allow-Origin' header is present on the requested resource.\n\
                       GET http://api.test/prices net::ERR_FAILED 200 (OK)";

fn server(headers: &[(&str, &str)]) -> Server {
    Server::playing(json!([rule(
        "*",
        "http://api.test/prices",
        200,
        headers,
        ""
    )]))
}

#[test]
fn a_curl_command_is_checked_and_what_became_of_it_is_told() {
    let server = server(&[ALLOW]);
    let route = server.route();
    let command = "curl 'http://api.test/prices' -H 'Origin: http://app.localhost' -H 'X-Key: 1' -H 'User-Agent: x'";
    let outcome = run(&["check", "--curl", command, "--json", "--connect-to", &route]);
    assert_eq!(
        outcome.json()["block"]["header"],
        "access-control-allow-headers"
    );
    assert_snapshot!(outcome.stderr, @r#"
    note: given: The page is http://app.localhost: the Origin header says so.
    note: dropped: user-agent: set by the browser, not by script.
    "#);
    assert_eq!(
        outcome.json()["notes"],
        serde_json::json!([
            {"kind": "given", "text": "The page is http://app.localhost: the Origin header says so."},
            {"kind": "dropped", "text": "user-agent: set by the browser, not by script."},
        ])
    );
    assert_eq!(server.methods()[0], "OPTIONS");
}

#[test]
fn what_the_command_line_says_counts_more() {
    let server = server(&[ALLOW, ("Access-Control-Allow-Headers", "X-Key")]);
    let route = server.route();
    let call = "fetch('http://nowhere.test/', {method: 'PUT', credentials: 'include', headers: {'x-key': '1', 'X-Other': '2'}})";
    let outcome = run(&[
        "check",
        "http://api.test/prices",
        "--fetch",
        call,
        "--origin",
        "http://app.localhost",
        "-X",
        "GET",
        "--credentials",
        "same-origin",
        "-H",
        "X-Key: mine",
        "-H",
        "x-other: 3",
        "--json",
        "--connect-to",
        &route,
    ]);
    let sent = &outcome.json()["exchanges"][0]["request"];
    assert_eq!(sent["url"], "http://api.test/prices");
    let asked = sent["headers"].to_string();
    assert!(asked.contains("x-key,x-other"), "{asked}");
    assert_eq!(outcome.json()["block"]["item"], "x-other");
}

#[test]
fn a_console_error_says_whether_the_server_still_does_it() {
    let broken = server(&[]);
    let route = broken.route();
    let outcome = run_on(
        &["check", "--paste", "--json", "--connect-to", &route],
        CONSOLE.as_bytes(),
    );
    assert_eq!(outcome.code, 1);
    assert_snapshot!(outcome.stderr, @r#"
    note: given: The page is http://app.localhost: the console says so.
    note: derived: Chromium decides: the text comes from it.
    note: given: The method is GET: the console names it.
    note: not known: Method, headers, body and credentials are not in a console line: check them.
    note: The console said: The reply does not say who may read it. The server still does it.
    "#);

    let mended = server(&[ALLOW]);
    let route = mended.route();
    let outcome = run_on(
        &["check", "--paste", "--connect-to", &route],
        CONSOLE.as_bytes(),
    );
    assert_eq!(outcome.code, 0);
    assert_snapshot!(outcome.stderr.lines().last().unwrap(), @r#"note: The console said: The reply does not say who may read it. The server does not do it any more, to this request. Check that method, headers and credentials are the page's."#);
}

#[test]
fn an_address_with_a_hole_in_it_is_not_asked() {
    let outcome = run(&[
        "check",
        "--fetch",
        "fetch(`http://api.test/${id}`)",
        "--origin",
        "http://app.localhost",
    ]);
    assert_snapshot!(outcome.told(), @r#"
    exit 2
    --- stdout
    --- stderr
    note: not known: The text does not say which page asks: give its origin.
    note: not evaluated: `id` cannot be evaluated: <id> stands for it. (line 1 column 26)
    corscope: URL: `<id>` is not known
      hint: give the whole URL on the command line
    "#);
}

#[test]
fn a_mistake_is_told_with_its_place() {
    assert_snapshot!(run(&["check", "--curl", "curl 'http://api.test"]).told(), @r#"
    exit 2
    --- stdout
    --- stderr
    corscope: --curl: line 1 column 6: A quote is opened here and never closed: expected '.
    "#);
    assert_snapshot!(run_on(&["check", "--paste"], b"what?").told(), @r#"
    exit 2
    --- stdout
    --- stderr
    corscope: --paste: line 1 column 1: This is no URL: expected an address as https://api.example/prices, or a curl command, PowerShell, a fetch() call, an element of HTML, an HTTP request or a browser's console error.
    "#);
}

#[test]
fn a_console_error_is_explained() {
    assert_snapshot!(run(&["explain", CONSOLE]).told(), @r#"
    exit 0
    --- stdout
    A console line of Chromium
      page    http://app.localhost
      url     http://api.test/prices
      by      fetch
      reason  allow-origin-missing

    A console line of Chromium
      url     http://api.test/prices
      method  GET
      status  200
      It names no cause. Look for the line beside it.

    The reply does not say who may read it  the reason allow-origin-missing

    The API answered, but nothing in the reply says that the page may read it. The browser hides such a reply, so the visitor sees an error or a part of the page that stays empty. Ask whoever runs the API to allow the page's origin.

    What to change
    Add `Access-Control-Allow-Origin: <the page's origin>` and `Vary: Origin` to this reply, and to the error replies of the same route.

    In the standard's terms
    The CORS check found no Access-Control-Allow-Origin line on the response. It runs on every status, so a 200 with a perfect body fails just as a 500 does. The request itself was sent and may have had its effect. Usual causes: CORS code that covers only some routes, methods or statuses, and a proxy or gateway that answers by itself. curl and Postman show the body because they do not enforce CORS.

    What typically is behind it
      cors-on-options-only
        Only the question is answered with permission
      app-crashed
        The application crashed
      cors-on-success-only
        Error replies go out without CORS headers
      proxy-error
        A proxy or gateway answered with an error of its own
      api-gateway-default-response
        The API gateway's own replies lack CORS headers
      redirect-to-login
        The session is over, and the server sends to the login
      redirect-to-https
        The server redirects http to https
      redirect-trailing-slash
        The address lacks the slash at the end, or has one
      redirect-to-bucket-region
        The bucket lives in another region
      redirect-to-canonical-host
        The server redirects to its main name
      redirect-to-version-or-language
        The server puts a version or a language in front
      redirect-without-cors
        The redirect itself does not allow the page
      authorization-dropped-on-redirect
        The login token did not survive the redirect
      redirect-changed-method
        The redirect turned the request into a GET
      misspelt-header
        The header's name is misspelt
      cached-without-cors
        A cache answers with a copy without the headers
      browser-cache-mix
        The browser reuses a copy without the headers
      bucket-cors-rules
        The storage bucket has no rule for this page
      origin-not-listed
        The server knows CORS and refuses this origin
      app-shell-origin
        The page runs in an app with a scheme of its own
      font-needs-cors
        Fonts always need the server's permission
      no-cors-configured
        The server was never told to allow other sites
      nginx-header-inheritance
        One nginx location lost the headers
      origin-lost-on-the-way
        A proxy may drop the Origin before the application
      platform-cors-rules
        The platform's own CORS rules decide
      dev-server-default
        The development server does not serve other sites
      airplay-on-port-5000
        Another program sits on that port
      mixed-configuration
        The servers behind one address disagree

    https://fetch.spec.whatwg.org/#concept-cors-check
    https://developer.mozilla.org/en-US/docs/Web/HTTP/Guides/CORS/Errors/CORSMissingAllowOrigin

    Does the server still do it? Pipe the same lines into `corscope check --paste`.
    --- stderr
    "#);
    let json = run_on(&["explain", "-", "--json"], CONSOLE.as_bytes()).json();
    assert_eq!(json[0]["engine"], "chromium");
    assert_eq!(json[0]["reasons"], json!(["allow-origin-missing"]));
    let junk = run_on(&["explain", "-"], "x y ".repeat(200_000).as_bytes());
    assert_snapshot!(junk.told(), @r#"
    exit 2
    --- stdout
    --- stderr
    explain: no browser prints anything of this text
      hint: copy the whole console line, with the reason in it
    "#);
}

#[test]
fn the_page_that_is_given_needs_no_note() {
    let server = server(&[ALLOW]);
    let route = server.route();
    let text = "curl http://api.test/prices".encode_utf16();
    let text: Vec<_> = [0xfeff]
        .into_iter()
        .chain(text)
        .flat_map(u16::to_le_bytes)
        .collect();
    let arguments = ["check", "--paste", "--connect-to", &route];
    let outcome = run_on(
        &[&arguments[..], &["--origin", "http://app.localhost"]].concat(),
        &text,
    );
    assert_eq!((outcome.stderr.as_str(), outcome.code), ("", 0));
}
