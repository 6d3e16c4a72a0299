//! What each engine stores and sends, and why a cookie stays behind.

use super::*;
use crate::engine::Engine;

const BROWSERS: [Engine; 3] = [Engine::Chromium, Engine::Firefox, Engine::WebKit];

fn context(page: &str, target: &Url, profile: &Profile) -> SiteContext {
    site_context(&Page::at(Url::parse(page).unwrap()), target, profile)
}

/// The `Cookie` header that a page gets along, or why there is none.
fn sent(jar: &CookieJar, engine: Engine, page: &str, target: &Url) -> String {
    let profile = engine.profile();
    let header = jar.header(
        target,
        &context(page, target, &profile),
        &profile,
        Timestamp(0),
    );
    match (header.value, header.withheld.first()) {
        (Some(value), _) => latin1(&value),
        (None, Some((_, why))) => why.id().to_owned(),
        (None, None) => "none".to_owned(),
    }
}

#[test]
fn a_cookie_may_lack_its_name() {
    let target = Url::parse("http://api.shop.test/").unwrap();
    for (line, expected) in [
        ("=v", ["v", "none", "v"]),
        ("k", ["k", "k=", "k"]),
        ("k=", ["k=", "k=", "k="]),
        ("k==; Path=/", ["k==", "k==", "k=="]),
        // Blanks of Unicode are none here.
        ("\u{85}", ["\u{85}", "\u{85}=", "\u{85}"]),
        ("k=\u{a0}", ["k=\u{a0}", "k=\u{a0}", "k=\u{a0}"]),
    ] {
        for (engine, expected) in BROWSERS.into_iter().zip(expected) {
            let mut jar = CookieJar::default();
            let line = crate::wire::latin1_bytes(line).unwrap();
            jar.set_by_visit(&target, &line, &engine.profile(), Timestamp(0));
            let got = sent(&jar, engine, "http://www.shop.test", &target);
            assert_eq!(got, expected, "{engine:?} {line:?}");
        }
    }
}

#[test]
fn a_past_date_ends_a_cookie_however_it_is_written() {
    let target = Url::parse("http://api.shop.test/").unwrap();
    let now = Timestamp(1_800_000_000_000);
    for engine in Engine::ALL.iter().copied() {
        let (mut jar, profile) = (CookieJar::default(), engine.profile());
        for line in ["a=1", "a=; expires=22 nov 2026 0:50:10 GMT"] {
            jar.set_by_visit(&target, line.as_bytes(), &profile, now);
        }
        assert!(jar.is_empty(), "{engine:?}");
    }
}

#[test]
fn a_cookie_of_a_visit_in_pages_of_other_sites() {
    let target = Url::parse("https://api.shop.test/").unwrap();
    for (page, line, expected) in [
        (
            "https://www.shop.test",
            "a=1; SameSite=None; Secure",
            ["a=1", "a=1", "a=1"],
        ),
        (
            "http://www.shop.test",
            "a=1; SameSite=Strict",
            ["same-site", "a=1", "a=1"],
        ),
        (
            "https://other.test",
            "a=1; SameSite=None; Secure",
            ["a=1", "third-party", "third-party"],
        ),
        (
            "https://other.test",
            "a=1",
            ["same-site", "third-party", "third-party"],
        ),
        (
            "https://other.test",
            "a=1; SameSite=Strict",
            ["same-site", "same-site", "same-site"],
        ),
        (
            "https://other.test",
            "a=1; SameSite=None; Secure; Partitioned",
            ["none", "none", "none"],
        ),
    ] {
        for (engine, expected) in BROWSERS.iter().zip(expected) {
            let mut jar = CookieJar::default();
            let profile = engine.profile();
            jar.set_by_visit(&target, line.as_bytes(), &profile, Timestamp(0));
            let found = sent(&jar, *engine, page, &target);
            assert_eq!(found, expected, "{engine:?} {page} {line}");
        }
    }
}

#[test]
fn a_cookie_that_an_embedded_answer_sets() {
    let target = Url::parse("https://api.shop.test/").unwrap();
    let (page, elsewhere) = ("https://other.test", "https://third.test");
    for (line, stored, here, there) in [
        (
            "a=1; SameSite=None; Secure",
            ["a", "a", "third-party"],
            ["a=1", "a=1", "none"],
            ["a=1", "none", "none"],
        ),
        (
            "a=1; SameSite=None; Secure; Partitioned",
            ["a", "a", "a"],
            ["a=1", "a=1", "a=1"],
            ["none", "none", "none"],
        ),
        (
            "a=1; SameSite=None; Partitioned",
            ["partitioned-without-secure"; 3],
            ["none"; 3],
            ["none"; 3],
        ),
    ] {
        for (at, engine) in BROWSERS.iter().enumerate() {
            let mut jar = CookieJar::default();
            let profile = engine.profile();
            let context = context(page, &target, &profile);
            let outcome = jar.store(&target, line.as_bytes(), &context, &profile, Timestamp(0));
            let told = outcome.unwrap_or_else(|why| why.id().to_owned());
            assert_eq!(told, stored[at], "{engine:?} {line}");
            assert_eq!(
                sent(&jar, *engine, page, &target),
                here[at],
                "{engine:?} {line}"
            );
            let found = sent(&jar, *engine, elsewhere, &target);
            assert_eq!(found, there[at], "{engine:?} {line}");
        }
    }
}

#[test]
fn a_cookie_has_4096_bytes_at_most() {
    let url = Url::parse("https://api.example/").unwrap();
    for (bytes, stored) in [(4096, true), (4097, false)] {
        let line = format!("ab={}; Path=/", "\u{e9}".repeat((bytes - 2) / 2)) + "";
        let line = line.replace(';', if bytes % 2 == 0 { ";" } else { "x;" });
        let mut jar = CookieJar::default();
        let profile = Engine::Chromium.profile();
        jar.set_by_visit(&url, line.as_bytes(), &profile, Timestamp(0));
        assert_eq!(!jar.is_empty(), stored, "{bytes}");
    }
}

#[test]
fn control_characters_in_a_line() {
    let value = Some(CookiePart::Value);
    for (line, tab_kept, rejected) in [
        ("a=1; Path=/", None, None),
        ("a=1\tx", None, value),
        ("a=\t1\t;\tPath=/", None, None),
        ("a=1\u{1}", value, value),
        ("\u{1}", Some(CookiePart::Name), value),
        ("=\u{1}", value, value),
        (
            "a\u{1}b=1\u{1}",
            Some(CookiePart::Name),
            Some(CookiePart::Name),
        ),
        (
            "a=1; Path=/\u{7f}",
            Some(CookiePart::Attributes),
            Some(CookiePart::Attributes),
        ),
    ] {
        let refused = |engine: Engine| refused_control(line.as_bytes(), &engine.profile());
        assert_eq!(refused(Engine::WebKit), None, "{line:?}");
        assert_eq!(refused(Engine::Firefox), tab_kept, "{line:?}");
        assert_eq!(refused(Engine::Chromium), rejected, "{line:?}");
    }
}
