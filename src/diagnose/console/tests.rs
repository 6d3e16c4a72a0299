//! The tables are whole, and a handful of fetches print what the browsers print.

use std::collections::BTreeSet;

use super::table::{Conditions, environment};
use super::*;
use crate::engine::{BlockReason, Browser, Step, Timestamp, start};
use crate::session::Line;
use crate::wire::{Body, FailureKind, NetworkFailure, Reply};

mod fact_names;
mod firefox;
mod given;

use fact_names::FACTS;

const ENGINES: [Engine; 3] = [Engine::Chromium, Engine::Firefox, Engine::WebKit];

/// Reasons that end no fetch: what they stand for is told in the trace, or not modelled.
const NO_END: &[&str] = &[
    "allow-headers-wildcard-excludes-authorization",
    "connection-allowlist",
    "cookie-samesite-blocked",
    "cookie-third-party-blocked",
    "cors-disabled-by-config",
    "cors-unspecified",
    "expose-headers-missing",
    "forbidden-header",
    "integrity-policy",
    "mixed-content-upgraded",
    "no-cors-header-dropped",
    "opaque-origin",
    "opaque-range-response",
    "origin-header-not-added",
    "preflight-network-error",
];

/// Script gets an exception, and the console nothing.
const EXCEPTIONS: &[&str] = &[
    "forbidden-method",
    "get-head-with-body",
    "header-name-or-value-invalid",
    "keepalive-body-too-large",
    "no-cors-method",
    "only-if-cached-mode",
    "request-mode-invalid",
    "request-option-invalid",
    "request-url-credentials",
    "request-url-invalid",
    "stream-body-needs-duplex",
];

fn table(engine: Engine) -> &'static Table {
    Table::of(engine).expect("a table")
}

#[test]
fn every_end_of_a_fetch_has_an_entry_in_each_engine() {
    let ends = BlockReason::ALL.iter().map(|reason| reason.id());
    let ends: BTreeSet<_> = ends
        .filter(|id| !NO_END.contains(id) && !EXCEPTIONS.contains(id))
        .filter(|id| !id.starts_with("network-"))
        .chain(FailureKind::ALL.iter().map(|kind| kind.id()))
        .collect();
    for engine in ENGINES {
        let missing: Vec<_> = ends.iter().filter(|id| !table(engine).knows(id)).collect();
        let asks_unspecified = usize::from(engine == Engine::Chromium);
        assert_eq!(missing.len(), asks_unspecified, "{engine:?}: {missing:?}");
    }
}

#[test]
fn every_entry_is_about_something_that_there_is() {
    let mut known: BTreeSet<_> = BlockReason::ALL.iter().map(|reason| reason.id()).collect();
    known.extend(FailureKind::ALL.iter().map(|kind| kind.id()));
    known.extend(["allowed", "opaque", facts::ANSWER, facts::AFTER]);
    known.extend(facts::STEP_EVENTS.iter().map(|(_, id)| *id));
    let asked = |conditions: &Conditions| {
        let unknown = conditions
            .keys()
            .find(|fact| !FACTS.contains(&fact.as_str()));
        assert_eq!(unknown, None);
    };
    for engine in ENGINES {
        let lines: BTreeSet<_> = table(engine).lines().map(|(name, _)| name).collect();
        let mut used = BTreeSet::new();
        for say in table(engine).says() {
            asked(&say.when);
            asked(&say.unless);
            for id in &say.on {
                assert!(known.contains(id.as_str()), "{engine:?}: {id}");
            }
            used.extend(say.lines.iter().map(String::as_str));
        }
        for (_, line) in table(engine).lines() {
            asked(&line.when);
            assert!(matches!(
                line.level.as_str(),
                "error" | "warning" | "warn" | "info"
            ));
        }
        assert_eq!(
            used, lines,
            "{engine:?}: lines that are there and lines that are used"
        );
    }
}

#[test]
fn every_template_renders_and_speaks_of_facts_that_there_are() {
    let mut strict = environment().clone();
    strict.set_undefined_behavior(minijinja::UndefinedBehavior::Strict);
    let facts: std::collections::BTreeMap<_, _> = FACTS.iter().map(|fact| (*fact, "x")).collect();
    for engine in ENGINES {
        let says = table(engine).says().map(|say| say.message.as_str());
        let lines = table(engine).lines().map(|(_, line)| line.text.as_str());
        for template in says.chain(lines) {
            let rendered = strict.render_str(template, &facts);
            assert!(
                rendered.is_ok(),
                "{engine:?}: {template}: {}",
                rendered.unwrap_err()
            );
        }
    }
}

#[test]
fn a_line_without_a_source_gets_one() {
    for engine in ENGINES {
        for say in table(engine).says().filter(|say| say.source.is_empty()) {
            for name in &say.lines {
                let (_, line) = table(engine).lines().find(|(one, _)| one == name).unwrap();
                assert_ne!(line.source, "", "{engine:?}: {name} for {:?}", say.on);
            }
        }
    }
}

/// What `engine` prints for a line of input that gets these answers.
fn printed(engine: Engine, line: &str, answers: &[Result<Reply, FailureKind>]) -> Vec<String> {
    let (session, finished) = played(engine, line, answers);
    let facts = Facts::new(&session, &finished);
    for event in facts::events(&finished) {
        let all = facts.about(&event);
        for name in FACTS {
            let known = facts.at_once(&event, name);
            assert!(known.is_none() || known == all.get(name).map(String::as_str));
        }
    }
    let lines = console(engine, &session, &finished);
    lines.into_iter().map(|line| line.text).collect()
}

/// What `engine` decides about a line of input that gets these answers.
fn played(
    engine: Engine,
    line: &str,
    answers: &[Result<Reply, FailureKind>],
) -> (Session, Finished) {
    let line = Line::from_value(serde_json::from_str(line).unwrap()).unwrap();
    let mut browser = Browser::fresh(engine);
    browser.hsts = crate::engine::HstsStore::of(&line.hsts);
    for (url, cookie) in &line.cookies {
        let jar = &mut browser.cookies;
        jar.set_by_visit(url, cookie.as_bytes(), &engine.profile(), Timestamp(0));
    }
    let session = Session {
        page: line.page.clone(),
        request: line.request.clone(),
        browser: browser.clone(),
        started: Timestamp(0),
        locations: Vec::new(),
        exchanges: Vec::new(),
    };
    let mut answers = answers.iter();
    let mut step = start(&line.request, &line.page, &mut browser, Timestamp(0));
    loop {
        step = match step {
            Step::Locate(locating) => {
                let location = crate::engine::Location::PUBLIC;
                locating.located(location, &mut browser, Timestamp(0))
            }
            Step::Send(pending) => {
                let answer = answers.next().expect("an answer").clone();
                let answer = answer.map_err(|kind| NetworkFailure::new(kind, "expired"));
                pending.answer(&answer, &mut browser, Timestamp(0))
            }
            Step::Done(finished) => return (session, *finished),
        };
    }
}

fn reply(status: u16, headers: &[(&str, &str)]) -> Result<Reply, FailureKind> {
    Ok(Reply {
        status,
        reason: b"Fine".to_vec(),
        headers: headers.iter().copied().collect(),
        body: Body::plain("x"),
        ..Reply::default()
    })
}

const GET: &str = r#"{"page":"https://app.example","url":"https://api.example/x"}"#;
const PUT: &str = r#"{"page":"https://app.example","url":"https://api.example/x","method":"PUT"}"#;

#[test]
fn a_missing_header_in_the_words_of_each() {
    let bare = [reply(200, &[])];
    assert_eq!(
        printed(Engine::Chromium, GET, &bare),
        [
            "Access to fetch at 'https://api.example/x' from origin 'https://app.example' has been \
             blocked by CORS policy: No 'Access-Control-Allow-Origin' header is present on the \
             requested resource.",
            "Failed to load resource: net::ERR_FAILED",
        ]
    );
    assert_eq!(
        printed(Engine::Firefox, GET, &bare),
        [
            "Cross-Origin Request Blocked: The Same Origin Policy disallows reading the remote resource \
          at https://api.example/x. (Reason: CORS header ‘Access-Control-Allow-Origin’ missing). \
          Status code: 200."
        ]
    );
    assert_eq!(
        printed(Engine::WebKit, GET, &bare),
        [
            "Origin https://app.example is not allowed by Access-Control-Allow-Origin. Status code: 200",
            "Fetch API cannot load https://api.example/x due to access control checks.",
        ]
    );
    assert!(printed(Engine::Standard, GET, &bare).is_empty());
}

#[test]
fn an_answer_that_script_may_read_prints_its_bad_status_only() {
    let allow = ("access-control-allow-origin", "*");
    let fine = [reply(200, &[allow])];
    let broken = [reply(503, &[allow])];
    for engine in ENGINES {
        assert!(printed(engine, GET, &fine).is_empty(), "{engine:?}");
    }
    let line = "Failed to load resource: the server responded with a status of 503 (Fine)";
    assert_eq!(printed(Engine::Chromium, GET, &broken), [line]);
    assert!(printed(Engine::Firefox, GET, &broken).is_empty());
}

/// Most checks pass, and a batch has thousands of them.
#[test]
fn no_facts_are_gathered_where_nothing_is_to_be_said() {
    let answers = [reply(200, &[("access-control-allow-origin", "*")])];
    for engine in ENGINES {
        let (session, finished) = played(engine, GET, &answers);
        let (facts, table) = (Facts::new(&session, &finished), Table::of(engine).unwrap());
        for event in facts::events(&finished) {
            let gathers = table.may_answer(event.id, |fact| facts.at_once(&event, fact));
            assert!(!gathers, "{engine:?}: {}", event.id);
        }
    }
}

#[test]
fn a_redirect_names_both_urls() {
    let moved = [
        reply(
            302,
            &[("access-control-allow-origin", "*"), ("location", "/y")],
        ),
        reply(200, &[("access-control-allow-origin", "\u{e9}")]),
    ];
    assert_eq!(
        printed(Engine::Chromium, GET, &moved)[0],
        "Access to fetch at 'https://api.example/y' (redirected from 'https://api.example/x') from \
         origin 'https://app.example' has been blocked by CORS policy: The \
         'Access-Control-Allow-Origin' header contains the invalid value '\\u00C3\\u00A9'. Have the \
         server send the header with a valid value."
    );
}

#[test]
fn a_refused_preflight_fails_twice_in_firefox() {
    let refused = [reply(405, &[("access-control-allow-origin", "*")])];
    let lines = printed(Engine::Firefox, PUT, &refused);
    assert_eq!(lines.len(), 2);
    assert!(
        lines[0].ends_with("(Reason: CORS preflight response did not succeed). Status code: 405.")
    );
    assert!(lines[1].ends_with("(Reason: CORS request did not succeed). Status code: (null)."));
}

#[test]
fn network_failures_have_chromium_s_names() {
    for (kind, name) in [
        (FailureKind::Dns, "ERR_NAME_NOT_RESOLVED"),
        (FailureKind::Refused, "ERR_CONNECTION_REFUSED"),
        (FailureKind::Tls, "ERR_CERT_DATE_INVALID"),
        (FailureKind::Timeout, "ERR_TIMED_OUT"),
        (FailureKind::EmptyResponse, "ERR_EMPTY_RESPONSE"),
    ] {
        assert_eq!(
            printed(Engine::Chromium, GET, &[Err(kind)]),
            [format!("Failed to load resource: net::{name}")]
        );
    }
}

#[test]
fn chromium_tells_a_policy_with_its_name_in_lower_case() {
    let media = |api: &str, policy: &str| {
        let line = format!(
            r#"{{"page":{{"origin":"https://app.example","csp":["{policy}"]}},
            "url":"https://api.example/x","api":"{api}"}}"#
        );
        printed(Engine::Chromium, &line, &[])
    };
    let told = |begin: &str, directive: &str| {
        format!(
            "{begin}'https://api.example/x' violates the following Content Security Policy directive: \
             \"{directive}\". The action has been blocked."
        )
    };
    assert_eq!(
        media("xhr", "CONNECT-SRC"),
        [told("Connecting to ", "connect-src ")]
    );
    // With two blanks.
    let audio = media("audio", "Media-Src  'self'");
    assert_eq!(audio, [told("Loading media from  ", "media-src 'self'")]);
}

#[test]
fn chromium_s_words_for_a_redirect_to_what_is_no_http() {
    for (api, location, told) in [
        (
            "fetch",
            "file:///x",
            "Failed to load resource: net::ERR_UNSAFE_REDIRECT",
        ),
        (
            "img",
            "chrome://version",
            "Failed to load resource: net::ERR_UNSAFE_REDIRECT",
        ),
        (
            "xhr",
            "view-source:https://app.example/",
            "Not allowed to load local resource: view-source:https://app.example/",
        ),
        (
            "img",
            "mailto:a@b",
            "Failed to load resource: net::ERR_UNKNOWN_URL_SCHEME",
        ),
    ] {
        let line = format!(
            r#"{{"page":"https://app.example","url":"https://app.example/x","api":"{api}"}}"#
        );
        let moved = reply(302, &[("location", location)]);
        assert_eq!(
            printed(Engine::Chromium, &line, &[moved]),
            [told],
            "{api} {location}"
        );
    }
    let script = r#"{"page":"https://app.example","url":"mailto:a@b","api":"script"}"#;
    assert_eq!(
        printed(Engine::Chromium, script, &[]),
        ["Failed to load resource: net::ERR_UNKNOWN_URL_SCHEME"]
    );
}

#[test]
fn chromium_says_nothing_of_data_that_it_keeps_from_a_script() {
    let nosniff = ("x-content-type-options", "nosniff");
    let line = r#"{"page":"https://app.example","url":"https://cdn.test/x","api":"script"}"#;
    let said = |headers: &[(&str, &str)]| printed(Engine::Chromium, line, &[reply(200, headers)]);
    assert!(said(&[("content-type", "application/ld+json"), nosniff]).is_empty());
    assert!(said(&[("content-type", "text/csv")]).is_empty());
    assert_eq!(
        said(&[("content-type", "application/octet-stream"), nosniff]).len(),
        1
    );
    assert_eq!(said(&[("content-type", "image/png")]).len(), 1);
}

#[test]
fn chromium_warns_of_media_that_it_makes_secure() {
    for (api, count) in [("audio", 2), ("img", 1)] {
        let line = format!(
            r#"{{"page":"https://app.example","url":"http://api.example/x","api":"{api}"}}"#
        );
        let sound = reply(200, &[("content-type", "audio/mpeg")]).map(|reply| Reply {
            body: Body::plain("ID3"),
            ..reply
        });
        let lines = printed(Engine::Chromium, &line, &[sound]);
        let mixed = lines
            .iter()
            .filter(|line| line.starts_with("Mixed Content:"));
        assert_eq!(mixed.count(), count, "{api}");
    }
}

#[test]
fn webkit_names_the_headers_that_it_knows_first() {
    let line = r#"{"page":"https://app.example","url":"https://api.example/x",
        "headers":[["x-b","1"],["authorization","x"]]}"#;
    let refused = [reply(200, &[("access-control-allow-origin", "*")])];
    let lines = printed(Engine::WebKit, line, &refused);
    let expected =
        "Request header field Authorization is not allowed by Access-Control-Allow-Headers.";
    assert_eq!(lines[0], expected);
}

#[test]
fn a_policy_of_the_page_in_the_words_of_each() {
    let line = r#"{"page":{"origin":"https://app.example","csp":["default-src 'self'"]},
        "url":"https://api.example/x"}"#;
    assert_eq!(
        printed(Engine::Chromium, line, &[]),
        [
            "Connecting to 'https://api.example/x' violates the following Content Security Policy \
             directive: \"default-src 'self'\". Note that 'connect-src' was not explicitly set, so \
             'default-src' is used as a fallback. The action has been blocked.",
            "Fetch API cannot load https://api.example/x. Refused to connect because it violates the \
             document's Content Security Policy.",
        ]
    );
    assert_eq!(
        printed(Engine::Firefox, line, &[]),
        [
            "Content-Security-Policy: The page’s settings blocked the loading of a resource \
             (connect-src) at https://api.example/x because it violates the following directive: \
             “default-src 'self'”"
        ]
    );
    assert_eq!(
        printed(Engine::WebKit, line, &[]),
        [
            "Refused to connect to https://api.example/x because it appears in neither the connect-src \
             directive nor the default-src directive of the Content Security Policy.",
        ]
    );
}

#[test]
fn what_webkit_says_of_beacons_and_behind_redirects() {
    let to_other = || reply(302, &[("Location", "https://cdn.example/y")]);
    for (line, answers, said) in [
        (
            r#"{"page":"https://app.example","api":"beacon","url":"http://api.example/x"}"#,
            vec![],
            "Beacon API cannot load http://api.example/x. Not allowed to request resource",
        ),
        (
            r#"{"page":"https://app.example","api":"beacon","url":"https://api.example:25/x"}"#,
            vec![],
            "Beacon API cannot load https://api.example:25/x. Not allowed to use restricted network port",
        ),
        (
            r#"{"page":{"origin":"https://app.example","csp":["connect-src https://api.example"]},
                "url":"https://api.example/x"}"#,
            vec![reply(
                302,
                &[
                    ("Location", "https://cdn.example/y"),
                    ("Access-Control-Allow-Origin", "*"),
                ],
            )],
            "Blocked by Content Security Policy.",
        ),
        (
            r#"{"page":{"origin":"https://app.example","csp":["style-src 'none'"]},
                "api":"stylesheet","url":"https://api.example/x"}"#,
            vec![],
            "Refused to load https://api.example/x because it does not appear in the style-src directive \
             of the Content Security Policy.",
        ),
        (
            r#"{"page":"https://app.example","api":"script","url":"https://api.example/x"}"#,
            vec![reply(
                302,
                &[
                    ("Location", "https://cdn.example/y"),
                    ("Cross-Origin-Resource-Policy", "same-origin"),
                ],
            )],
            "Cross-origin redirection to https://cdn.example/y denied by Cross-Origin Resource Sharing \
             policy: Cancelled load to https://api.example/x because it violates the resource's \
             Cross-Origin-Resource-Policy response header.",
        ),
        (
            r#"{"page":"https://app.example","api":"script","url":"https://api.example/x"}"#,
            vec![
                to_other(),
                reply(
                    200,
                    &[
                        ("Content-Type", "text/html"),
                        ("X-Content-Type-Options", "nosniff"),
                    ],
                ),
            ],
            "Refused to execute https://api.example/x as script because \"X-Content-Type-Options: \
             nosniff\" was given and its Content-Type is not a script MIME type.",
        ),
    ] {
        let lines = printed(Engine::WebKit, line, &answers);
        assert!(lines.iter().any(|one| one == said), "{line}: {lines:?}");
    }
}

#[test]
fn what_webkit_says_of_a_web_socket() {
    let line = |page: &str, url: &str| {
        format!(
            r#"{{"url":"{url}","api":"websocket","page":{{"origin":"http://app.example"{page}}}}}"#
        )
    };
    let policy = r#","csp":["connect-src 'self'"]"#;
    let upgraded = [("Upgrade", "websocket"), ("Connection", "Upgrade")];
    let failed = "WebSocket connection to 'ws://api.example/x' failed: ";
    for (page, url, answers, expected) in [
        (
            policy,
            "ws://api.example/x",
            vec![],
            "Refused to connect to ws://api.example/x because it does not appear in the connect-src directive of \
             the Content Security Policy."
                .to_owned(),
        ),
        (
            "",
            "ws://api.example/x#f",
            vec![],
            "URL has fragment component ws://api.example/x#f".to_owned(),
        ),
        (
            "",
            "ws://api.example/x",
            vec![reply(403, &[])],
            format!("{failed}The server did not accept the WebSocket handshake."),
        ),
        (
            "",
            "ws://api.example/x",
            vec![reply(101, &[])],
            format!("{failed}Server ignored WebSocket handshake"),
        ),
        (
            "",
            "ws://api.example/x",
            vec![reply(101, &upgraded)],
            format!("{failed}Server returned incorrect “Sec-WebSocket-Accept” key"),
        ),
        (
            "",
            "ws://api.example/x",
            vec![Err(FailureKind::Refused)],
            format!("{failed}Could not connect to api.example: Connection refused"),
        ),
    ] {
        let told = printed(Engine::WebKit, &line(page, url), &answers);
        assert_eq!(told, [expected], "{url} {page}");
    }
}

#[test]
fn a_redirect_of_the_browser_s_own_is_named() {
    let line =
        r#"{"page":"http://app.example","url":"http://api.example/x","hsts":["api.example"]}"#;
    let lines = printed(Engine::Chromium, line, &[reply(200, &[])]);
    let begin =
        "Access to fetch at 'https://api.example/x' (redirected from 'http://api.example/x') from";
    assert!(lines[0].starts_with(begin), "{}", lines[0]);
}
