//! The table of source expressions, engine by engine.

use super::*;
use crate::engine::Engine;

fn asked<'a>(page: &'a Origin, url: &'a Url, destination: Destination) -> Asked<'a> {
    Asked {
        url,
        page,
        destination,
        redirected: false,
        has_integrity: false,
    }
}

fn policy(text: &str) -> ContentSecurityPolicy {
    ContentSecurityPolicy {
        text: text.to_owned(),
        report_only: false,
    }
}

fn origin(text: &str) -> Origin {
    Origin::of(&Url::parse(text).unwrap())
}

/// The engines whose page may connect, as letters.
fn allowed_in(page: &str, sources: &str, url: &str, redirected: bool) -> String {
    let (page, url) = (origin(page), Url::parse(url).unwrap());
    let policy = policy(&format!("connect-src {sources}"));
    let engines = [
        (Engine::Chromium, 'C'),
        (Engine::Firefox, 'F'),
        (Engine::WebKit, 'W'),
        (Engine::Standard, 'S'),
    ];
    engines
        .iter()
        .filter(|(engine, _)| {
            let asked = Asked {
                redirected,
                ..asked(&page, &url, Destination::Empty)
            };
            let rules = engine.profile().csp;
            policy.judge(&asked, &rules).unwrap().case == Case::Allowed
        })
        .map(|(_, letter)| *letter)
        .collect()
}

#[test]
fn source_expressions() {
    let secure = "https://app.test";
    let insecure = "http://app.test";
    for (page, sources, url, engines) in [
        // Keywords and wildcards.
        (secure, "", "https://api.test/", ""),
        (secure, "'none'", "https://api.test/", ""),
        (
            secure,
            "'none' https://api.test",
            "https://api.test/",
            "CFWS",
        ),
        (secure, "*", "https://api.test:8443/x", "CFWS"),
        (secure, "*", "http://api.test/", "CFWS"),
        (secure, "*", "data:text/plain,x", ""),
        (secure, "data:", "data:text/plain,x", "CFWS"),
        (secure, "'self'", "https://app.test/x", "CFWS"),
        (secure, "'SELF'", "https://app.test/x", "CFWS"),
        (secure, "'self'", "https://api.test/", ""),
        (secure, "'self'", "https://app.test:8443/", ""),
        (secure, "'self'", "http://app.test/", ""),
        (insecure, "'self'", "https://app.test/", "CFWS"),
        (
            "http://app.test:8080",
            "'self'",
            "https://app.test:8080/",
            "FWS",
        ),
        // Schemes.
        (secure, "https:", "https://api.test:8443/", "CFWS"),
        (secure, "https:", "http://api.test/", ""),
        (secure, "http:", "https://api.test/", "CFWS"),
        (secure, "HTTPS:", "https://api.test/", "CFWS"),
        (secure, "wss:", "https://api.test/", "WS"),
        // Hosts.
        (secure, "api.test", "https://api.test/x", "CFWS"),
        (secure, "API.test", "https://api.test/x", "CFWS"),
        (secure, "api.test", "http://api.test/", ""),
        (insecure, "api.test", "https://api.test/", "CFWS"),
        (secure, "*.api.test", "https://v1.api.test/", "CFWS"),
        (secure, "*.api.test", "https://a.b.api.test/", "CFWS"),
        (secure, "*.api.test", "https://api.test/", ""),
        (secure, "*.api.test", "https://xapi.test/", ""),
        (secure, "https://*", "https://api.test/", "CFWS"),
        (secure, "https://*", "https://api.test:8443/", ""),
        (secure, "https://*:*", "https://api.test:8443/", "CFWS"),
        (secure, "*:*", "https://api.test:8443/", "CFS"),
        (secure, "*:8443", "https://api.test:8443/", "CFS"),
        (secure, "127.0.0.1:3000", "https://127.0.0.1:3000/", "CFWS"),
        (secure, "192.168.1.5", "https://192.168.1.5/", "CFW"),
        (secure, "[::1]", "https://[::1]/", ""),
        (secure, "api.test:08443", "https://api.test:8443/", "CWS"),
        (secure, "a_b.test", "https://a_b.test/", "CFWS"),
        // What is no source is passed by.
        (secure, "https://", "https://api.test/", ""),
        (secure, "api..test", "https://api.test/", ""),
        (secure, "api.test:http", "https://api.test/", ""),
        (secure, "self", "https://app.test/", ""),
        (secure, "api.test/a?b", "https://api.test/a", "CFWS"),
        // Ports.
        (insecure, "*:8081", "http://api.test:8081/", "CFS"),
        (insecure, "*:*", "http://api.test:8081/", "CFS"),
        (insecure, "http://*:8081", "http://api.test:8081/", "CFWS"),
        (secure, "api.test", "https://api.test:8443/", ""),
        (secure, "api.test:443", "https://api.test/", "CFWS"),
        (secure, "api.test:8443", "https://api.test:8443/", "CFWS"),
        (secure, "api.test:*", "https://api.test:8443/", "CFWS"),
        (secure, "http://api.test:80", "https://api.test/", "CFW"),
        (
            secure,
            "http://api.test:8080",
            "https://api.test:8080/",
            "FWS",
        ),
        (secure, "http://api.test", "http://api.test:80/", "CFWS"),
        (secure, "api.test:80", "https://api.test/", "F"),
        // Paths.
        (secure, "api.test/v1/", "https://api.test/v1/x", "CFWS"),
        (secure, "api.test/v1/", "https://api.test/v1", ""),
        (secure, "api.test/v1", "https://api.test/v1/x", ""),
        (secure, "api.test/v1", "https://api.test/v1?q", "CFWS"),
        (secure, "api.test/a%20b", "https://api.test/a%20b", "CFWS"),
        (secure, "api.test/", "https://api.test/x", "CFWS"),
        (secure, "api.test/V1", "https://api.test/v1", ""),
    ] {
        let found = allowed_in(page, sources, url, false);
        assert_eq!(found, engines, "{page} `{sources}` {url}");
    }
}

#[test]
fn paths_do_not_count_after_a_redirect() {
    let (page, url) = ("https://app.test", "https://api.test/v2");
    assert_eq!(allowed_in(page, "api.test/v1", url, false), "");
    assert_eq!(allowed_in(page, "api.test/v1", url, true), "CFWS");
    assert_eq!(allowed_in(page, "other.test", url, true), "");
}

#[test]
fn self_and_schemes_of_websockets() {
    for (page, list, url, expected) in [
        ("https://app.test", "'self'", "wss://app.test/live", "CFWS"),
        ("https://app.test", "'self'", "ws://app.test/live", ""),
        ("http://app.test", "'self'", "ws://app.test/live", "CFWS"),
        ("https://app.test", "wss:", "wss://other.test/live", "CFWS"),
        ("https://app.test", "https:", "wss://other.test/live", ""),
        ("https://app.test", "'self'", "wss://other.test/live", ""),
    ] {
        assert_eq!(allowed_in(page, list, url, false), expected, "{list} {url}");
    }
}

#[test]
fn every_destination_has_its_directive_and_its_fallback() {
    use Destination::*;
    let (page, url) = (
        origin("https://app.test"),
        Url::parse("https://x.test").unwrap(),
    );
    let rules = Engine::Chromium.profile().csp;
    for (destination, text, name) in [
        (
            Empty,
            "connect-src x.test; default-src y.test",
            "connect-src",
        ),
        (Empty, "default-src x.test; img-src y.test", "default-src"),
        (Image, "img-src x.test; default-src y.test", "img-src"),
        (
            Script,
            "script-src-elem x.test; script-src y.test",
            "script-src-elem",
        ),
        (
            Script,
            "script-src x.test; default-src y.test",
            "script-src",
        ),
        (Style, "style-src x.test; default-src y.test", "style-src"),
        (Font, "font-src x.test", "font-src"),
        (Audio, "media-src x.test", "media-src"),
        (Video, "default-src x.test", "default-src"),
        (
            Empty,
            "Connect-Src x.test; connect-src y.test",
            "connect-src",
        ),
    ] {
        let judged = policy(text).judge(&asked(&page, &url, destination), &rules);
        let judged = judged.unwrap_or_else(|| panic!("{text}"));
        assert_eq!(
            (judged.case, judged.name.as_str()),
            (Case::Allowed, name),
            "{text}"
        );
    }
    let nothing = policy("img-src 'none'; frame-ancestors 'none'");
    assert_eq!(nothing.judge(&asked(&page, &url, Empty), &rules), None);
}

#[test]
fn nonces_hashes_and_strict_dynamic_are_the_elements_own() {
    let (page, url) = (
        origin("https://app.test"),
        Url::parse("https://x.test").unwrap(),
    );
    let rules = Engine::Chromium.profile().csp;
    for (destination, text, has_integrity, case) in [
        (
            Destination::Script,
            "script-src 'nonce-abc'",
            false,
            Case::ByElement,
        ),
        (
            Destination::Script,
            "script-src 'nonce-abc' x.test",
            false,
            Case::Allowed,
        ),
        (
            Destination::Script,
            "script-src 'strict-dynamic' x.test",
            false,
            Case::ByElement,
        ),
        (
            Destination::Script,
            "script-src 'sha256-abc'",
            false,
            Case::Violated,
        ),
        (
            Destination::Script,
            "script-src 'sha256-abc'",
            true,
            Case::ByElement,
        ),
        (
            Destination::Style,
            "style-src 'nonce-abc'",
            false,
            Case::ByElement,
        ),
        (
            Destination::Image,
            "img-src 'nonce-abc'",
            false,
            Case::Violated,
        ),
        (
            Destination::Empty,
            "connect-src 'strict-dynamic' x.test",
            false,
            Case::Allowed,
        ),
    ] {
        let asked = Asked {
            has_integrity,
            ..asked(&page, &url, destination)
        };
        assert_eq!(
            policy(text).judge(&asked, &rules).unwrap().case,
            case,
            "{text}"
        );
    }
}

#[test]
fn the_span_is_the_source_or_the_list() {
    let (page, url) = (
        origin("https://app.test"),
        Url::parse("https://x.test").unwrap(),
    );
    let rules = Engine::Chromium.profile().csp;
    for (text, marked) in [
        (
            "img-src *;  connect-src  'self' x.test y.test ; x",
            "x.test",
        ),
        (
            "img-src *;  connect-src  'self'  y.test ; x",
            "'self'  y.test",
        ),
        ("connect-src", "connect-src"),
        ("default-src\t'none'", "'none'"),
    ] {
        let judged = policy(text).judge(&asked(&page, &url, Destination::Empty), &rules);
        let (start, end) = judged.unwrap().span;
        assert_eq!(&text[start..end], marked);
    }
}

#[test]
fn commas_part_policies() {
    let policies: Vec<_> = ContentSecurityPolicy::list("a 'self', , b *; c d", true).collect();
    let texts: Vec<_> = policies.iter().map(|one| one.text.as_str()).collect();
    assert_eq!(texts, ["a 'self'", "b *; c d"]);
    assert!(policies.iter().all(|one| one.report_only));
}

#[test]
fn only_an_enforced_policy_upgrades() {
    let mut upgrading = policy("default-src *; Upgrade-Insecure-Requests");
    assert!(upgrading.upgrades_insecure_requests());
    upgrading.report_only = true;
    assert!(!upgrading.upgrades_insecure_requests());
    assert!(!policy("default-src upgrade-insecure-requests").upgrades_insecure_requests());
}
