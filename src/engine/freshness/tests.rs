//! Which answers are kept and used again, by the Standard and by each engine.

use std::time::{Duration, UNIX_EPOCH};

use http_cache_semantics::{CacheOptions, CachePolicy};
use url::Url;

use super::*;
use crate::engine::http_cache::HttpCacheKey;
use crate::engine::{Engine, Mode};

/// 15 January 2027, 08:00 UTC.
const NOW: Timestamp = Timestamp(1_800_000_000_000);

fn stored(status: u16, headers: &[(&str, &str)]) -> StoredResponse {
    StoredResponse {
        key: HttpCacheKey {
            partition: String::new(),
            url: Url::parse("https://api.test/").unwrap(),
            anonymous: false,
            head: false,
            foreign_element: false,
        },
        request_headers: HeaderList::new(),
        selecting: Vec::new(),
        mode: Mode::Cors,
        credentials: false,
        reply: Reply {
            status,
            headers: headers.iter().copied().collect(),
            ..Reply::default()
        },
        stored: NOW,
    }
}

#[test]
fn how_long_answers_stay_fresh() {
    let cases = [
        ("nothing said", "", 0),
        ("max-age", "Cache-Control: max-age=60", 60),
        ("quoted", "Cache-Control: max-age=\"60\"", 60),
        ("upper case", "cache-control: Max-Age=60", 60),
        ("no number", "Cache-Control: max-age=x", 0),
        (
            "no-cache",
            "Cache-Control: max-age=60|Cache-Control: no-cache",
            0,
        ),
        (
            "twice: the first",
            "Cache-Control: max-age=60, max-age=9",
            60,
        ),
        (
            "beyond numbers",
            "Cache-Control: max-age=99999999999999999999",
            LONGEST,
        ),
        ("for shared caches only", "Cache-Control: s-maxage=60", 0),
        ("private", "Cache-Control: private, max-age=60", 60),
        ("aged on the way", "Cache-Control: max-age=60|Age: 20", 40),
        (
            "as old as can be",
            "Cache-Control: max-age=60|Age: 18446744073709551615",
            0,
        ),
        (
            "old by its date",
            "Cache-Control: max-age=60|Date: Fri, 15 Jan 2027 07:59:30 GMT",
            30,
        ),
        (
            "from the future",
            "Cache-Control: max-age=60|Date: Fri, 15 Jan 2027 09:00:00 GMT",
            60,
        ),
        ("Expires", "Expires: Fri, 15 Jan 2027 08:01:00 GMT", 60),
        ("Expires is no date", "Expires: 0", 0),
        (
            "max-age before Expires",
            "Cache-Control: max-age=60|Expires: 0",
            60,
        ),
        (
            "Pragma",
            "Pragma: no-cache|Expires: Fri, 15 Jan 2027 08:01:00 GMT",
            0,
        ),
        (
            "a tenth of its age",
            "Last-Modified: Fri, 15 Jan 2027 07:50:00 GMT",
            60,
        ),
        ("immutable alone", "Cache-Control: immutable", 0),
        (
            "bytes that are no text",
            "Cache-Control: max-age=60\u{9b}",
            0,
        ),
    ];
    let rules = Engine::Standard.profile().http_cache;
    for (desc, lines, seconds) in cases {
        let lines = lines.split('|').filter_map(|line| line.split_once(": "));
        let stored = stored(200, &lines.collect::<Vec<_>>());
        let fresh_after = |seconds| is_fresh(&stored, &rules, NOW.plus_seconds(seconds));
        assert!(!fresh_after(seconds), "{desc}");
        assert!(seconds == 0 || fresh_after(seconds - 1), "{desc}");
    }
}

/// What <https://docs.rs/http-cache-semantics> makes of an answer, in seconds after its coming.
fn fresh_by_the_crate(stored: &StoredResponse, after: u64) -> bool {
    let mut answer = http::Response::builder().status(stored.reply.status);
    for line in stored.reply.headers.iter() {
        answer = answer.header(&*line.name, &*line.value);
    }
    let came = UNIX_EPOCH + Duration::from_millis(stored.stored.0);
    let own = CacheOptions {
        shared: false,
        immutable_min_time_to_live: Duration::ZERO,
        ..CacheOptions::default()
    };
    let request = http::Request::get(stored.key.url.as_str()).body(());
    let answer = answer.body(()).unwrap();
    let policy = CachePolicy::new_options(&request.unwrap(), &answer, came, own);
    !policy.is_stale(came + Duration::from_secs(after))
}

/// The crate cannot stand in for the rules: it takes `Max-Age` for another directive than `max-age`, and counts no
/// age by `Date`. What it does read, the Standard's profile reads alike.
#[test]
fn the_standard_s_freshness_is_that_of_the_crate_for_it() {
    const CONTROLS: [&str; 12] = [
        "",
        "max-age=60",
        "max-age=0",
        "max-age=\"60\"",
        "private, max-age=60",
        "s-maxage=600",
        "no-cache",
        "no-cache, max-age=60",
        "no-store, max-age=60",
        "must-revalidate, max-age=60",
        "public",
        "immutable",
    ];
    const EXPIRES: [&str; 4] = [
        "",
        "0",
        "Fri, 15 Jan 2027 08:01:00 GMT",
        "Fri, 15 Jan 2027 07:00:00 GMT",
    ];
    const CHANGED: [&str; 2] = ["", "Fri, 15 Jan 2027 07:50:00 GMT"];
    const OTHERS: [(&str, &str); 6] = [
        ("", ""),
        ("Age", "20"),
        ("Age", "100"),
        ("Pragma", "no-cache"),
        ("ETag", "\"x\""),
        ("Date", "Fri, 15 Jan 2027 08:00:00 GMT"),
    ];
    let named = |name, values: &[&'static str]| -> Vec<_> {
        values.iter().map(|value| (name, *value)).collect()
    };
    let answers = combinations(&[
        named("Cache-Control", &CONTROLS),
        named("Expires", &EXPIRES),
        named("Last-Modified", &CHANGED),
        OTHERS.to_vec(),
    ]);
    let rules = Engine::Standard.profile().http_cache;
    // The crate keeps no 500; RFC 9111 lets any final status be kept.
    for status in [200, 203, 204, 301, 302, 307, 404, 410, 414, 501] {
        for lines in &answers {
            let stored = stored(status, lines);
            for after in [0, 39, 40, 59, 60, 599] {
                let now = NOW.plus_seconds(after);
                let fresh = is_storable(&stored, &rules) && is_fresh(&stored, &rules, now);
                let expected = fresh_by_the_crate(&stored, after);
                assert_eq!(fresh, expected, "{status} {lines:?} after {after} s");
            }
        }
    }
}

/// One line of each list, in every way; without those of an empty value.
fn combinations(
    lists: &[Vec<(&'static str, &'static str)>],
) -> Vec<Vec<(&'static str, &'static str)>> {
    lists
        .iter()
        .fold(vec![Vec::new()], |begun, list| {
            let with_one = |lines: &Vec<_>| {
                list.iter()
                    .map(|line| [lines.clone(), vec![*line]].concat())
                    .collect::<Vec<_>>()
            };
            begun.iter().flat_map(with_one).collect()
        })
        .into_iter()
        .map(|mut lines: Vec<(&str, &str)>| {
            lines.retain(|(_, value)| !value.is_empty());
            lines
        })
        .collect()
}

#[test]
fn which_statuses_are_kept() {
    let lasts = &[("Cache-Control", "max-age=60"), ("Location", "/y")];
    let untold = &[("Location", "/y")];
    // In Chromium, Firefox and WebKit, with a lifetime and without.
    for (status, with_lifetime, without) in [
        (200, [true, true, true], [true, true, false]),
        (404, [true, true, true], [true, true, false]),
        (500, [true, true, false], [true, true, false]),
        (302, [true, true, true], [true, true, false]),
        (301, [true, true, true], [true, true, true]),
        (303, [true; 3], [true, true, false]),
        (206, [false, true, true], [false, true, false]),
        (304, [true, false, false], [true, false, false]),
    ] {
        let engines = [Engine::Chromium, Engine::Firefox, Engine::WebKit];
        let kept = |headers: &[_]| {
            engines
                .map(|engine| is_storable(&stored(status, headers), &engine.profile().http_cache))
        };
        assert_eq!(kept(lasts), with_lifetime, "{status}");
        assert_eq!(kept(untold), without, "{status} without a lifetime");
    }
    let nowhere = stored(301, &lasts[..1]);
    for (engine, kept) in [(Engine::Chromium, true), (Engine::Firefox, false)] {
        let rules = engine.profile().http_cache;
        assert_eq!(is_storable(&nowhere, &rules), kept, "301 without Location");
    }
}

#[test]
fn chromium_keeps_nothing_of_a_server_that_is_not_trusted() {
    let mut answer = stored(200, &[("Cache-Control", "max-age=60")]);
    answer.reply.certificate_error = true;
    let engines = [Engine::Chromium, Engine::Firefox, Engine::WebKit];
    let kept = engines.map(|engine| is_storable(&answer, &engine.profile().http_cache));
    assert_eq!(kept, [false, true, true]);
}

#[test]
fn engines_differ_in_what_they_take_for_a_lifetime() {
    const NEXT_YEAR: &str = "Expires: Sat, 15 Jan 2028 08:00:00 GMT";
    const CHANGED: &str = "Last-Modified: Mon, 15 Jan 2024 08:00:00 GMT";
    // In Chromium, Firefox and WebKit: whether it is fresh after a minute.
    for (status, lines, expected) in [
        (200, "Cache-Control: max-age=\"600\"", [false, false, true]),
        (200, "Cache-Control: max-age=600, Pragma: x", [true; 3]),
        (
            200,
            "Cache-Control: max-age=600|Pragma: no-cache",
            [false; 3],
        ),
        (
            200,
            "Cache-Control: max-age=600|Pragma: no-cache=x",
            [true, true, false],
        ),
        (200, "Expires: 2028-01-15T08:00:00Z", [true, false, false]),
        (
            200,
            &format!("{NEXT_YEAR}|{NEXT_YEAR}"),
            [true, true, false],
        ),
        (
            200,
            &format!("{CHANGED}|Expires: never"),
            [true, false, true],
        ),
        (200, &format!("{CHANGED}|Expires: 0"), [false, false, true]),
        (
            200,
            &format!("{CHANGED}|Cache-Control: must-revalidate"),
            [false, true, true],
        ),
        (200, &format!("{CHANGED}|Age: 1000000"), [true, false, true]),
        (204, CHANGED, [false, true, true]),
        (404, CHANGED, [false, false, true]),
        (301, "Location: /y", [true, false, true]),
        (308, "Location: /y", [true, false, false]),
        (410, "ETag: x", [true; 3]),
        (
            200,
            "Cache-Control: max-age=600|Age: -1",
            [true, false, true],
        ),
        (
            200,
            "Cache-Control: max-age=600|Age: +1000",
            [true, false, false],
        ),
        (
            200,
            "Cache-Control: max-age=600|Age: 1000, 5",
            [false, false, true],
        ),
    ] {
        let lines = lines.split('|').filter_map(|line| line.split_once(": "));
        let answer = stored(status, &lines.clone().collect::<Vec<_>>());
        let found = [Engine::Chromium, Engine::Firefox, Engine::WebKit].map(|engine| {
            let rules = engine.profile().http_cache;
            is_fresh(&answer, &rules, NOW.plus_seconds(60))
        });
        assert_eq!(found, expected, "{status} {:?}", lines.collect::<Vec<_>>());
    }
}

#[test]
fn an_error_page_may_be_kept_for_those_who_force_the_cache_alone() {
    let page = stored(404, &[("Cache-Control", "max-age=60")]);
    for (engine, fresh) in [(Engine::Chromium, true), (Engine::Firefox, false)] {
        assert_eq!(is_fresh(&page, &engine.profile().http_cache, NOW), fresh);
    }
}

#[test]
fn a_second_is_a_second_or_the_next_one_on_the_clock() {
    let rules = |engine: Engine| engine.profile().http_cache;
    let stored = StoredResponse {
        stored: Timestamp(NOW.0 + 900),
        ..stored(200, &[("Cache-Control", "max-age=1")])
    };
    let later = Timestamp(NOW.0 + 1100);
    for (engine, fresh) in [
        (Engine::Chromium, true),
        (Engine::Firefox, false),
        (Engine::WebKit, true),
    ] {
        assert_eq!(
            is_fresh(&stored, &rules(engine), later),
            fresh,
            "{engine:?}"
        );
    }
}
