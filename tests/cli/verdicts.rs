//! One run a verdict, told in full.

use insta::assert_snapshot;
use serde_json::json;

use super::support::{Server, rule, run};

const URL: &str = "http://api.test/prices";
const FROM_APP: (&str, &str) = ("Access-Control-Allow-Origin", "https://app.localhost");

fn check(server: &Server, more: &[&str]) -> String {
    let route = server.route();
    let mut arguments = vec![
        "check",
        URL,
        "--origin",
        "http://app.localhost",
        "--connect-to",
        &route,
    ];
    arguments.extend(more);
    run(&arguments).told()
}

#[test]
fn an_allowed_request_exits_with_0() {
    let allow = [("Access-Control-Allow-Origin", "*")];
    let server = Server::playing(json!([rule("GET", URL, 200, &allow, "[]")]));
    assert_snapshot!(check(&server, &[]), @r"
    exit 0
    --- stdout
    ALLOWED in all three browsers
    page http://app.localhost asks GET http://api.test/prices

      · cross-origin: the host differs
      · no preflight needed
    GET http://api.test/prices  200
      · origin: http://app.localhost
      · status 200
      ✓ access-control-allow-origin: *
      ✓ script gets the answer
    --- stderr
    ");
}

#[test]
fn a_blocked_request_exits_with_1_and_shows_the_cause() {
    let server = Server::playing(json!([rule("GET", URL, 200, &[FROM_APP], "[]")]));
    assert_snapshot!(check(&server, &[]), @r"
    exit 1
    --- stdout
    BLOCKED in all three browsers: The reply allows another origin (allow-origin-mismatch)
    page http://app.localhost asks GET http://api.test/prices

      · cross-origin: the host differs
      · no preflight needed
    GET http://api.test/prices  200
      · origin: http://app.localhost
      · status 200
      ✗ access-control-allow-origin: https://app.localhost is not this page  ◀ the cause
        The page's origin is http://app.localhost. Browsers compare byte for byte: scheme, host and port must be the same, without a slash at the end.

    http://api.test allows https://app.localhost, and the page that asks is http://app.localhost. The two have to be equal to the last character: http or https, www, a port and a slash at the end all count. The browser hides the reply from the page. Ask whoever runs http://api.test to allow the page's exact origin.

    What to change
    Compare the request's Origin with a list of exact origins and answer with the one that matches, here `http://app.localhost`, together with `Vary: Origin`.
    https://fetch.spec.whatwg.org/#concept-cors-check

    On the server
      Change what it answers.
      in the answer to GET http://api.test/prices
      - Access-Control-Allow-Origin: https://app.localhost
      + Access-Control-Allow-Origin: http://app.localhost
      + Vary: Origin
      Pages of http://app.localhost may read this answer, and no others.
      ✓ with this, replayed: allowed in all three browsers

    Most likely: The allowed origin is almost the right one (signs: an allowed origin with the other scheme: https://app.localhost).
      Copy the value of `location.origin` from the page's console into the server's list.

    What the console of Chromium says
      Access to fetch at 'http://api.test/prices' from origin 'http://app.localhost' has been blocked by CORS policy: The 'Access-Control-Allow-Origin' header has a value 'https://app.localhost' that is not equal to the supplied origin. Have the server send the header with a valid value.
      Failed to load resource: net::ERR_FAILED

    What to write into the server's set-up: --fix STACK; --fix list shows all
    --- stderr
    ");
}

#[test]
fn an_opaque_answer_that_was_asked_for_exits_with_0() {
    let server = Server::playing(json!([rule("GET", URL, 200, &[], "[]")]));
    assert_snapshot!(check(&server, &["--mode", "no-cors"]), @r"
    exit 0
    --- stdout
    OPAQUE in all three browsers
    page http://app.localhost asks GET http://api.test/prices

      · cross-origin: the host differs
      · mode no-cors: the answer will be opaque
    GET http://api.test/prices  200
      · status 200
      ✓ script gets an opaque answer

    On the server
      In mode no-cors no header of the server lets the script read.

    On the page
      Ask in mode cors.
      Mode no-cors hides the answer from the script. In mode cors the script can read it, if the server allows that.
      in the answer to GET http://api.test/prices
      + Access-Control-Allow-Origin: http://app.localhost
      + Vary: Origin
      Pages of http://app.localhost may read this answer, and no others.
      ✓ with this, replayed: allowed in all three browsers

    Worth knowing: Mode no-cors hides the reply by order of the page (signs: mode no-cors).
      Drop `mode: 'no-cors'`, and have the server send Access-Control-Allow-Origin.
    --- stderr
    ");
}

#[test]
fn a_preflight_that_fails_keeps_the_request_from_being_sent() {
    let allow = [
        ("Access-Control-Allow-Origin", "*"),
        ("Access-Control-Allow-Methods", "GET, POST"),
    ];
    let server = Server::playing(json!([rule("OPTIONS", URL, 204, &allow, "")]));
    assert_snapshot!(check(&server, &["-X", "PUT"]), @r"
    exit 1
    --- stdout
    BLOCKED in all three browsers: The method is not on the list (allow-methods-missing-method)
    page http://app.localhost asks PUT http://api.test/prices

      · cross-origin: the host differs
      · preflight needed
      · because PUT is not a safelisted method
    OPTIONS http://api.test/prices  204
      · origin: http://app.localhost
      · status 204
      ✓ access-control-allow-origin: *
      ✓ status 204 is a success
      ✗ PUT is not in access-control-allow-methods  ◀ the cause
        The server allows GET, POST. The browser stops before the PUT is sent.
    PUT never sent

    The page wants to send a request with the method PUT. http://api.test told the browser beforehand which kinds of request it takes from other sites, and this one is not among them. So the request was never sent. Ask whoever runs http://api.test to add it to the list.

    What to change
    Add `PUT` to Access-Control-Allow-Methods in the reply to OPTIONS.
    https://fetch.spec.whatwg.org/#cors-preflight-fetch-0

    ? Not known: the PUT was never sent; --look-behind sends it anyway

    On the server
      Change what it answers.
      in the answer to OPTIONS http://api.test/prices
      - Access-Control-Allow-Methods: GET, POST
      + Access-Control-Allow-Methods: GET, POST, PUT
      in the answer to PUT http://api.test/prices, which was never sent: as far as it does not say so already
      + Access-Control-Allow-Origin: http://app.localhost
      + Vary: Origin
      Pages of http://app.localhost may read this answer, and no others.
      ✓ with this, replayed: allowed in all three browsers, if what was never asked answers so

    Most likely: The list of allowed methods is too short (signs: Access-Control-Allow-Methods: GET, POST on the preflight).
      Add `PUT` to the allowed methods of the CORS configuration.

    What the console of Chromium says
      Access to fetch at 'http://api.test/prices' from origin 'http://app.localhost' has been blocked by CORS policy: Method PUT is not allowed by Access-Control-Allow-Methods in preflight response.
      Failed to load resource: net::ERR_FAILED

    What to write into the server's set-up: --fix STACK; --fix list shows all
    --- stderr
    ");
    assert_eq!(server.methods(), ["OPTIONS"]);
}

#[test]
fn a_preflight_that_passes_is_followed_by_the_request() {
    let allow = [
        ("Access-Control-Allow-Origin", "http://app.localhost"),
        ("Access-Control-Allow-Methods", "PUT"),
        ("Access-Control-Allow-Headers", "content-type"),
    ];
    let server = Server::playing(json!([
        rule("OPTIONS", URL, 204, &allow, ""),
        rule("PUT", URL, 201, &allow[..1], "made"),
    ]));
    let told = check(
        &server,
        &[
            "-X",
            "PUT",
            "-H",
            "Content-Type: application/json",
            "-d",
            "{}",
            "-v",
        ],
    );
    assert_snapshot!(told, @r#"
    exit 0
    --- stdout
    ALLOWED in all three browsers
    page http://app.localhost asks PUT http://api.test/prices

      · cross-origin: the host differs
        The page is http://app.localhost, the target http://api.test. From here on the server must say that it shares its answers with this page.
      · preflight needed
        This request could not be made by a plain form or link, so the browser first asks the server with an OPTIONS request whether it is welcome.
      · because PUT is not a safelisted method
        GET, HEAD and POST go without asking; every other method needs the server's consent.
      · because content-type is application/json
        Only application/x-www-form-urlencoded, multipart/form-data and text/plain go without asking, since plain forms send them too. JSON is not among them.

    OPTIONS http://api.test/prices  204
      > Host: api.test
      > Accept: */*
      > Access-Control-Request-Method: PUT
      > Access-Control-Request-Headers: content-type
      > Origin: http://app.localhost
      > User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36
      > Sec-Fetch-Mode: cors
      > Referer: http://app.localhost/
      > Accept-Encoding: gzip, deflate
      > Accept-Language: en-US,en;q=0.9
      < HTTP/1.1 204 Fine
      < Access-Control-Allow-Origin: http://app.localhost
      < Access-Control-Allow-Methods: PUT
      < Access-Control-Allow-Headers: content-type
      body: 0 bytes
      · origin: http://app.localhost
        The browser tells the server which page asks. Script cannot change this header.
      · status 204
        The server answered.
      ✓ access-control-allow-origin: http://app.localhost
        The value is the page's origin, byte for byte.
      ✓ status 204 is a success
        A preflight must be answered with a status from 200 to 299.
      ✓ PUT is in access-control-allow-methods
        The server allows the method by name.
      ✓ content-type is in access-control-allow-headers
        The server allows the header by name.
      · remembered for 5 s
        Without Access-Control-Max-Age the browser remembers the answer for 5 seconds.

    PUT http://api.test/prices  201
      > Host: api.test
      > Content-Length: 2
      > User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36
      > Content-Type: application/json
      > Accept: */*
      > Origin: http://app.localhost
      > Referer: http://app.localhost/
      > Accept-Encoding: gzip, deflate
      > Accept-Language: en-US,en;q=0.9
      < HTTP/1.1 201 Fine
      < Access-Control-Allow-Origin: http://app.localhost
      < Content-Length: 4
      body: 4 bytes
      · origin: http://app.localhost
        The browser tells the server which page asks. Script cannot change this header.
      · status 201
        The server answered.
      ✓ access-control-allow-origin: http://app.localhost
        The value is the page's origin, byte for byte.
      ✓ script gets the answer
        Every check passed. Status, body and the exposed headers are readable.

    What is not looked at
    A service worker of the page, which may answer by itself; extensions, content blockers and tracking protection; policies of an organisation; hosts that browsers ship as secure only; nonces and hashes of a Content-Security-Policy; frames around the page.
    --- stderr
    "#);
    assert_eq!(server.methods(), ["OPTIONS", "PUT"]);
    assert_eq!(server.received()[1].body, b"{}");
}

#[test]
fn the_other_engine_s_different_verdict_is_told() {
    let allow = [
        ("Access-Control-Allow-Origin", "*"),
        ("Access-Control-Allow-Headers", "*"),
    ];
    let server = Server::playing(json!([
        rule("OPTIONS", URL, 204, &allow, ""),
        rule("GET", URL, 200, &allow, "[]"),
    ]));
    let token = ["-H", "Authorization: Bearer t"];
    assert_snapshot!(check(&server, &token), @r"
    exit 0
    --- stdout
    ALLOWED in all three browsers
    BLOCKED by the Standard
    page http://app.localhost asks GET http://api.test/prices

      · cross-origin: the host differs
      · preflight needed
      · because authorization is not a safelisted header
    OPTIONS http://api.test/prices  204
      · origin: http://app.localhost
      · status 204
      ✓ access-control-allow-origin: *
      ✓ status 204 is a success
      ✓ GET needs no permission
      ✓ access-control-allow-headers: * covers authorization, for now
      · remembered for 5 s

    GET http://api.test/prices  200
      · origin: http://app.localhost
      · status 200
      ✓ access-control-allow-origin: *
      ✓ script gets the answer

    Where engines part
      The Standard: BLOCKED (allow-headers-wildcard-excludes-authorization)
        The Standard wants Authorization listed by name, * does not cover it; Chromium takes * in Access-Control-Allow-Headers for Authorization too.
        https://fetch.spec.whatwg.org/#cors-non-wildcard-request-header-name
    --- stderr
    ");
    let standard = [token[0], token[1], "--engine", "standard"];
    assert_snapshot!(check(&server, &standard), @r#"
    exit 1
    --- stdout
    BLOCKED by the Standard: * is not meant to cover Authorization (allow-headers-wildcard-excludes-authorization)
    ALLOWED in all three browsers
    page http://app.localhost asks GET http://api.test/prices

      · cross-origin: the host differs
      · preflight needed
      · because authorization is not a safelisted header
    OPTIONS http://api.test/prices  204
      · origin: http://app.localhost
      · status 204
      ✓ access-control-allow-origin: *
      ✓ status 204 is a success
      ✓ GET needs no permission
      ✗ access-control-allow-headers: * does not cover authorization  ◀ the cause
        The Fetch Standard wants Authorization listed by name.
    GET never sent

    GET http://api.test/prices  200
      ! a browser would not have sent this

    The page sends a login token, and http://api.test allows it with a star only. By the rules a star does not cover login tokens. Browsers still let it pass, but Firefox announces that it will stop. Ask whoever runs http://api.test to list the header Authorization by name.

    What to change
    Name it beside the star in the reply to OPTIONS: `Access-Control-Allow-Headers: *, Authorization`.
    https://fetch.spec.whatwg.org/#cors-non-wildcard-request-header-name

    On the server
      Change what it answers.
      in the answer to OPTIONS http://api.test/prices
      - Access-Control-Allow-Headers: *
      + Access-Control-Allow-Headers: *, authorization
      Pages that the server lets in anyway may send this request. Nobody new may read.
      ✓ with this, replayed: allowed in all three browsers

    Most likely: A star does not cover the login token (signs: the refused authorization and Access-Control-Allow-Headers: * on the preflight).
      Send `Access-Control-Allow-Headers: *, Authorization`, or better a list of names.

    Where engines part
      Chromium: ALLOWED
        Chromium takes * in Access-Control-Allow-Headers for Authorization too; the Standard wants Authorization listed by name, * does not cover it.
        https://fetch.spec.whatwg.org/#cors-non-wildcard-request-header-name
        Asked as Chromium would: GET http://api.test/prices was answered 200.
      Firefox: ALLOWED
        By the same rule as Chromium.
        Asked as Firefox would: GET http://api.test/prices was answered 200.
      WebKit: ALLOWED
        By the same rule as Chromium.
        Asked as WebKit would: GET http://api.test/prices was answered 200.

    What to write into the server's set-up: --fix STACK; --fix list shows all
    --- stderr
    "#);
}
