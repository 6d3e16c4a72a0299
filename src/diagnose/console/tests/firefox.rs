//! What Firefox prints beside the CORS lines. Everything here was measured with Firefox 153.

use super::*;

/// An image, a script or a style sheet from another site.
fn element(api: &str, more: &str) -> String {
    format!(r#"{{"page":"https://app.example","url":"https://cdn.test/x","api":"{api}"{more}}}"#)
}

fn lines(line: &str, answers: &[Result<Reply, FailureKind>]) -> Vec<String> {
    printed(Engine::Firefox, line, answers)
}

fn with_body(
    status: u16,
    headers: &[(&str, &str)],
    body: &'static str,
) -> Result<Reply, FailureKind> {
    reply(status, headers).map(|reply| Reply {
        body: Body::plain(body),
        ..reply
    })
}

const EVENT_SOURCE: &str =
    "Firefox can’t establish a connection to the server at https://cdn.test/x.";
const FAILED: &str = "Loading failed for the <script> with source “https://cdn.test/x”.";
const DENIED: &str = "<script> source URI is not allowed in this document: “https://cdn.test/x”.";
const ALLOWED: (&str, &str) = ("access-control-allow-origin", "*");

#[test]
fn an_event_source_that_is_refused() {
    let line = element("eventsource", "");
    let stream = ("content-type", "text/event-stream");
    let open = [with_body(200, &[ALLOWED, stream], "data: a\n\n")];
    assert!(lines(&line, &open).is_empty());
    for answer in [reply(503, &[ALLOWED, stream]), reply(200, &[ALLOWED])] {
        assert_eq!(lines(&line, &[answer]), [EVENT_SOURCE, EVENT_SOURCE]);
    }
    let blocked = lines(&line, &[reply(200, &[stream])]);
    assert_eq!(blocked.len(), 2);
    assert_eq!(blocked[1], EVENT_SOURCE);
    assert_eq!(lines(&line, &[Err(FailureKind::Refused)])[1], EVENT_SOURCE);
    // A permanent redirect moves it.
    let moved = |status| {
        let to = [ALLOWED, ("location", "https://b.test/y")];
        lines(&line, &[reply(status, &to), reply(404, &[ALLOWED])]).pop()
    };
    assert_eq!(moved(302).as_deref(), Some(EVENT_SOURCE));
    assert!(moved(301).is_some_and(|told| told.ends_with("at https://b.test/y.")));
    // To its own origin it tries again.
    let own = line.replace("cdn.test", "app.example");
    assert!(lines(&own, &[Err(FailureKind::Refused)]).is_empty());
}

#[test]
fn a_script_that_fails_is_named_as_it_was_asked_for() {
    let plain = element("script", "");
    let script = ("content-type", "text/javascript");
    assert_eq!(lines(&plain, &[reply(404, &[script])]), [FAILED]);
    assert_eq!(lines(&plain, &[Err(FailureKind::Refused)]), [FAILED]);
    let moved = [reply(302, &[("location", "/y")]), reply(404, &[script])];
    assert_eq!(lines(&plain, &moved), [FAILED]);
    assert!(lines(&plain, &[reply(200, &[script])]).is_empty());
    let with_cors = element("script", r#","crossorigin":"anonymous""#);
    assert_eq!(lines(&with_cors, &[reply(200, &[script])])[1], DENIED);
    assert_eq!(lines(&with_cors, &[Err(FailureKind::Refused)])[1], DENIED);
    assert_eq!(
        lines(&with_cors, &[reply(404, &[script, ALLOWED])]),
        [FAILED]
    );
}

#[test]
fn the_type_is_judged_before_the_cors_check() {
    let plain = element("script", "");
    let with_cors = element("script", r#","crossorigin":"anonymous""#);
    let picture = ("content-type", "image/png");
    let blocked = "Script from “https://cdn.test/x” was blocked because of a disallowed MIME type (“image/png”).";
    assert_eq!(lines(&plain, &[reply(200, &[picture])]), [blocked, FAILED]);
    let not_succeeded = "Cross-Origin Request Blocked: The Same Origin Policy disallows reading the remote \
        resource at https://cdn.test/x. (Reason: CORS request did not succeed). Status code: (null).";
    assert_eq!(
        lines(&with_cors, &[reply(200, &[picture])]),
        [blocked, not_succeeded, DENIED]
    );
    let style = element("stylesheet", r#","crossorigin":"anonymous""#);
    let nosniff = [picture, ("x-content-type-options", "nosniff")];
    let mismatch = "The resource from “https://cdn.test/x” was blocked due to MIME type (“image/png”) mismatch \
        (X-Content-Type-Options: nosniff).";
    assert_eq!(
        lines(&style, &[reply(200, &nosniff)]),
        [mismatch, not_succeeded]
    );
    let module = element("script", r#","type":"module""#);
    let text = [("content-type", "text/plain"), ALLOWED];
    assert_eq!(
        lines(&module, &[reply(200, &text)]),
        [
            "Loading module from “https://cdn.test/x” was blocked because of a disallowed MIME type (“text/plain”).",
            not_succeeded,
            "Module source URI is not allowed in this document: “https://cdn.test/x”.",
        ]
    );
}

#[test]
fn a_misspelt_nosniff_is_told_of_any_answer() {
    let warning = "X-Content-Type-Options header warning: value was “nosniff;”; did you mean to send “nosniff”?";
    let misspelt = ("x-content-type-options", "nosniff;");
    assert_eq!(lines(GET, &[reply(200, &[ALLOWED, misspelt])]), [warning]);
    let with_form_feed = ("x-content-type-options", "nosniff\u{c}");
    let told = lines(GET, &[reply(200, &[ALLOWED, with_form_feed])]);
    assert_eq!(told, [warning.replace("nosniff;", "nosniff\u{c}")]);
    let script = element("script", "");
    let text = ("content-type", "text/plain");
    assert_eq!(
        lines(&script, &[reply(200, &[text, misspelt])]),
        [
            warning,
            "The script from “https://cdn.test/x” was loaded even though its MIME type (“text/plain”) is not a \
             valid JavaScript MIME type.",
        ]
    );
}

#[test]
fn opaque_response_blocking_tells_its_reason() {
    let summary = "A resource is blocked by OpaqueResponseBlocking, please check browser console for details.";
    for (api, status, headers, body, reason) in [
        (
            "img",
            200,
            &[("content-type", "application/zip")][..],
            "x",
            "mimeType is an opaque-blocklisted-never-sniffed MIME type",
        ),
        (
            "img",
            206,
            &[("content-type", "application/json")],
            "x",
            "response's status is 206 and mimeType is an opaque-blocklisted MIME type",
        ),
        (
            "img",
            206,
            &[("content-range", "bytes 1-2/3")],
            "x",
            "response status is 206 and not first partial response",
        ),
        (
            "img",
            200,
            &[
                ("content-type", "text/html"),
                ("x-content-type-options", "nosniff"),
            ],
            "x",
            "nosniff is true and mimeType is an opaque-blocklisted MIME type or its essence is 'text/plain'",
        ),
        (
            "audio",
            200,
            &[("content-type", "text/html")],
            "x",
            "after sniff: media request",
        ),
        (
            "audio",
            404,
            &[("content-type", "audio/wav")],
            "ID3",
            "media request's response status is neither 200 nor 206",
        ),
        (
            "stylesheet",
            404,
            &[],
            "x",
            "after sniff: status code is not in allowed range",
        ),
        (
            "img",
            200,
            &[("content-type", "image/png")],
            "x",
            "after sniff: content-type declares image/video/audio, but sniffing fails",
        ),
        (
            "stylesheet",
            200,
            &[("content-type", "text/html")],
            "b{}",
            "Javascript validation failed",
        ),
    ] {
        let told = format!(
            "The resource at “https://cdn.test/x” was blocked by OpaqueResponseBlocking. Reason: “{reason}”."
        );
        let answer = with_body(status, headers, body);
        assert_eq!(
            lines(&element(api, ""), &[answer]),
            [told.as_str(), summary]
        );
    }
    // What parses as a script, or has no type, is no picture either, and nothing is said.
    for headers in [&[("content-type", "application/json")][..], &[]] {
        assert!(lines(&element("img", ""), &[reply(200, headers)]).is_empty());
    }
    // Behind a redirect there is no summary.
    let zip = reply(200, &[("content-type", "application/zip")]);
    let moved = [reply(302, &[("location", "/y")]), zip];
    assert_eq!(lines(&element("img", ""), &moved).len(), 1);
}

#[test]
fn a_resource_policy_is_told() {
    let answer = reply(200, &[("cross-origin-resource-policy", "same-origin")]);
    assert_eq!(
        lines(&element("img", ""), &[answer]),
        [
            "The resource at “https://cdn.test/x” was blocked due to its Cross-Origin-Resource-Policy header (or \
             lack thereof). See https://developer.mozilla.org/docs/Web/HTTP/Cross-Origin_Resource_Policy_(CORP)#"
        ]
    );
}

#[test]
fn every_refusal_of_a_cookie_is_told() {
    let page = "http://app.example";
    for (url, set, told) in [
        (
            page,
            "k=1; Secure",
            "Cookie “k” has been rejected because a non-HTTPS cookie can’t be set as “secure”.",
        ),
        (
            page,
            "__Secure-k=1; Secure",
            "Cookie “__Secure-k” has been rejected for invalid prefix.",
        ),
        (
            page,
            "__Host-k=1",
            "Cookie “__Host-k” has been rejected for invalid prefix.",
        ),
        (
            page,
            "k=1; Domain=other.example",
            "Cookie “k” has been rejected for invalid domain.",
        ),
        (
            page,
            "k=1\u{7f}",
            "Cookie “k” has been rejected for invalid characters in the value.",
        ),
        (
            page,
            "k=1; Path=/\u{1}",
            "Cookie “k” has been rejected for invalid characters in the attributes.",
        ),
        (
            page,
            "=v",
            "Cookie “” has been rejected for invalid characters in the name.",
        ),
        (
            page,
            "; Path=/",
            "Cookie with an empty name and an empty value has been rejected.",
        ),
        (
            page,
            "k=1; Max-Age=x",
            "Invalid “max-age“ value for cookie “k”. The attribute is ignored.",
        ),
        (
            page,
            "k=1; SameSite=x",
            "Invalid “SameSite“ value for cookie “k”. The supported values are: “Lax“, “Strict“, “None“.",
        ),
        // What is refused is remarked on in no other way.
        (
            page,
            "k=1; Secure; Max-Age=x; SameSite=x; Path=/; Path=/x",
            "Cookie “k” has been rejected because a non-HTTPS cookie can’t be set as “secure”.",
        ),
        (
            page,
            "k=1; Domain=other.example; Max-Age=x",
            "Cookie “k” has been rejected for invalid domain.",
        ),
        (
            page,
            "\u{7f}",
            "Cookie “\u{7f}” has been rejected for invalid characters in the name.",
        ),
        (
            page,
            "k=1; SameSite=None",
            "Cookie “k” rejected because it has the “SameSite=None” attribute but is missing the “secure” attribute.",
        ),
        (
            "http://cdn.test",
            "k=1; SameSite=Lax",
            "Cookie “k” has been rejected because it is in a cross-site context and its “SameSite” is “Lax” or “Strict”.",
        ),
        (
            "http://cdn.test",
            "k=1",
            "Cookie “k” will soon be rejected because it is foreign and does not have the “Partitioned“ attribute.",
        ),
    ] {
        let line = format!(
            r#"{{"page":"{page}","url":"{url}/x","mode":"no-cors","credentials":"include"}}"#
        );
        assert_eq!(
            lines(&line, &[reply(200, &[("set-cookie", set)])]),
            [told],
            "{set}"
        );
    }
}

#[test]
fn a_cookie_of_the_page_s_site_is_missed_behind_another() {
    let line = r#"{"page":"https://app.example","url":"https://cdn.test/x","credentials":"include",
        "cookies":[{"origin":"https://app.example","set":"k=1; SameSite=Lax; Secure"}]}"#;
    let back = [
        ("location", "https://app.example/y"),
        ("access-control-allow-origin", "https://app.example"),
        ("access-control-allow-credentials", "true"),
    ];
    let told = lines(line, &[reply(302, &back), reply(200, &[])]);
    assert_eq!(
        told[0],
        "Cookie “k” with the “SameSite” attribute value “Lax” or “Strict” was omitted because of a cross-site redirect."
    );
}

#[test]
fn a_policy_is_told_as_it_was_understood() {
    for (policy, told) in [
        ("connect-src", "connect-src 'none'"),
        (
            "CONNECT-SRC 'SELF' B.test",
            "connect-src 'self' https://b.test",
        ),
        (
            "connect-src HTTP://API.B.test:8081/Path 'strict' b.test. %22self%22 a!b.test",
            "connect-src http://api.b.test:8081/Path 'strict'",
        ),
        (
            "connect-src 'none' blob: *.b.test:*",
            "connect-src blob: https://*.b.test:*",
        ),
        (
            "connect-src //api.example http://b.test/%40",
            "connect-src http://b.test/@",
        ),
        ("default-src 'sha256-AbC'", "default-src 'sha256-AbC'"),
        (
            "connect-src 'report-sample'",
            "connect-src 'none' 'report-sample'",
        ),
    ] {
        let line = GET.replace(
            r#""https://app.example""#,
            &format!(r#"{{"origin":"https://app.example","csp":["{policy}"]}}"#),
        );
        let expected = format!(
            "Content-Security-Policy: The page’s settings blocked the loading of a resource (connect-src) at \
             https://api.example/x because it violates the following directive: “{told}”"
        );
        assert_eq!(lines(&line, &[]), [expected], "{policy}");
    }
}

#[test]
fn scripts_and_style_sheets_have_their_own_words_for_a_policy() {
    for (api, told) in [
        (
            "script",
            "blocked a script (script-src-elem) at https://cdn.test/x from being executed",
        ),
        (
            "stylesheet",
            "blocked a style (style-src-elem) at https://cdn.test/x from being applied",
        ),
    ] {
        let page = r#"{"origin":"https://app.example","csp":["default-src 'self'"]}"#;
        let line = element(api, "").replace(r#""https://app.example""#, page);
        assert_eq!(
            lines(&line, &[])[0],
            format!(
                "Content-Security-Policy: The page’s settings {told} because it violates the following directive: \
                 “default-src 'self'”"
            )
        );
    }
}

#[test]
fn a_policy_that_would_tell_another_site_more_is_ignored() {
    let told = |url: &str| {
        format!(
            "Referrer Policy: Ignoring the less restricted referrer policy “unsafe-url” for the cross-site request: {url}"
        )
    };
    let line = |url: &str| {
        format!(
            r#"{{"page":"https://app.example","url":"{url}","mode":"no-cors","referrerPolicy":"unsafe-url"}}"#
        )
    };
    let to = |url: &'static str| reply(302, &[("location", url)]);
    let end = || reply(200, &[]);
    let (first, second) = (told("https://a.test/x"), told("https://b.test/y"));
    assert_eq!(
        lines(&line("https://a.test/x"), &[end()]),
        std::slice::from_ref(&first)
    );
    assert!(lines(&line("https://api.app.example/x"), &[end()]).is_empty());
    let further = [to("https://b.test/y"), end()];
    assert_eq!(
        lines(&line("https://a.test/x"), &further),
        [first, second.clone()]
    );
    // From the page's own site it is computed again.
    let away = [to("https://b.test/y"), end()];
    let twice = [second.clone(), second];
    assert_eq!(lines(&line("https://app.example/x"), &away), twice);
}

#[test]
fn a_redirect_to_what_is_no_http() {
    let own = "https://app.example/x";
    let line =
        |url: &str, more: &str| format!(r#"{{"page":"https://app.example","url":"{url}"{more}}}"#);
    let to = |location: &'static str| [reply(302, &[ALLOWED, ("location", location)])];
    let not_http = |url: &str| {
        format!(
            "Cross-Origin Request Blocked: The Same Origin Policy disallows reading the remote resource at {url}. \
             (Reason: CORS request not http)."
        )
    };
    for (location, from_own) in [
        (
            "data:,x",
            Some("Redirecting to data: URI not allowed (Blocked loading of: “data:,x”)".to_owned()),
        ),
        (
            "file:///x",
            Some(format!(
                "Security Error: Content at {own} may not load or link to file:///x."
            )),
        ),
        ("mailto:a@b", Some(not_http("mailto:a@b"))),
        ("about:blank", Some(not_http("about:blank"))),
        ("javascript:1", None),
        ("chrome://version", None),
        ("ws://a.test/", None),
    ] {
        let expected: Vec<String> = from_own.into_iter().collect();
        assert_eq!(lines(&line(own, ""), &to(location)), expected, "{location}");
        // From elsewhere the CORS listener tells of it as well.
        let elsewhere = lines(&line("https://a.test/x", ""), &to(location));
        assert_eq!(elsewhere.len(), expected.len() + 1, "{location}");
        assert!(
            elsewhere
                .concat()
                .contains("(Reason: CORS request did not succeed)"),
            "{location}"
        );
    }
    let by_xhr = lines(&line(own, r#","api":"xhr""#), &to("file:///x"));
    assert!(by_xhr[0].starts_with("Security Error: Content at https://app.example/ may not load"));
    let unread = line(own, r#","mode":"no-cors""#);
    assert!(lines(&unread, &to("mailto:a@b")).is_empty());
}

#[test]
fn a_preflight_that_moves_without_a_location() {
    let bare = lines(PUT, &[reply(301, &[ALLOWED])]);
    assert_eq!(bare.len(), 2);
    assert!(
        bare[0].ends_with("(Reason: CORS preflight response did not succeed). Status code: 301.")
    );
}

#[test]
fn an_integrity_that_does_not_match() {
    let script = ("content-type", "text/javascript");
    let mismatch = "None of the “sha256” hashes in the integrity attribute match the content of the subresource at \
        “https://cdn.test/x”. The computed hash is “LXEWQrcmsEQBYnyp+6wy9chTD7GQPMTbAiWHF5IaSIE=”.";
    for (integrity, told) in [
        (
            "sha256-AAAA",
            &[
                "The hash contained in the integrity attribute has the wrong length.",
                mismatch,
            ][..],
        ),
        (
            "sha256-x",
            &[
                "The hash contained in the integrity attribute could not be decoded.",
                mismatch,
            ],
        ),
        (
            "sha256-LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=",
            &[mismatch],
        ),
    ] {
        let more = format!(r#","crossorigin":"anonymous","integrity":"{integrity}""#);
        assert_eq!(
            lines(&element("script", &more), &[reply(200, &[script, ALLOWED])]),
            told
        );
    }
    let opaque = element("script", r#","integrity":"sha256-AAAA""#);
    assert_eq!(
        lines(&opaque, &[reply(200, &[script])]),
        [
            "“https://cdn.test/x” is not eligible for integrity checks since it’s neither CORS-enabled nor same-origin."
        ]
    );
}

#[test]
fn media_that_do_not_load() {
    let own = element("audio", "").replace("cdn.test", "app.example");
    assert_eq!(
        lines(&own, &[reply(404, &[])]),
        ["HTTP load failed with status 404. Load of media resource https://app.example/x failed."]
    );
    assert_eq!(
        lines(&own, &[reply(200, &[("content-type", "text/plain")])]),
        [
            "HTTP “Content-Type” of “text/plain” is not supported. Load of media resource https://app.example/x failed."
        ]
    );
}

#[test]
fn a_policy_that_stops_a_redirect() {
    let page = r#"{"origin":"https://app.example","csp":["default-src https://cdn.test"]}"#;
    let line = element("script", "").replace(r#""https://app.example""#, page);
    let told = lines(&line, &[reply(302, &[("location", "https://b.test/")])]);
    assert_eq!(told.last().unwrap(), DENIED);
    assert!(told[0].ends_with("Reason: “after sniff: status code is not in allowed range”."));
}
