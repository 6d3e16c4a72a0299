//! Whether an answer may be kept, and used again without asking.
//!
//! Lifetimes, age and what may be kept at all are the `http-cache-semantics` crate's. It sees only the
//! lines that it needs, in values that it can take: a server may send anything.
//!
//! Source: <https://www.rfc-editor.org/rfc/rfc9111.html>.

use std::time::{Duration, UNIX_EPOCH};

use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use http_cache_semantics::{CacheOptions, CachePolicy};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc2822;

use super::http_cache::{HttpCacheRules, StoredResponse};
use super::redirect::is_redirect_status;
use super::request::Timestamp;
use crate::wire::{HeaderList, Reply, latin1};

/// A browser's cache is one person's; `immutable` says nothing about how long.
const OPTIONS: CacheOptions = CacheOptions {
    shared: false,
    cache_heuristic: 0.1,
    immutable_min_time_to_live: Duration::ZERO,
    ignore_cargo_cult: false,
};

/// The lines by which an answer's life is reckoned; `Age` is ours to reckon.
const DECIDING: &[HeaderName] = &[
    http::header::CACHE_CONTROL,
    http::header::DATE,
    http::header::EXPIRES,
    http::header::LAST_MODIFIED,
    http::header::PRAGMA,
    http::header::VARY,
];

/// No age or lifetime counts for more seconds (RFC 9111, section 1.2.2).
const LONGEST: u64 = i32::MAX as u64;
/// The last second of the year 9999, in milliseconds: clocks of some systems end soon after.
const LAST_MOMENT: u64 = 253_402_300_799_000;

/// The names of request headers that an answer depends on, in lower case.
pub(super) fn selecting(reply: &Reply, rules: &HttpCacheRules) -> Vec<String> {
    let mut names = reply
        .headers
        .get_decode_and_split("vary")
        .unwrap_or_default();
    if rules.redirects_vary_by_cookie && is_redirect_status(reply.status) {
        names.push("cookie".to_owned());
    }
    for name in &mut names {
        name.make_ascii_lowercase();
    }
    names
}

/// The first of those names that the two requests have not alike; `*` is unlike anything.
pub(super) fn varies_from<'a>(
    stored: &'a StoredResponse,
    request_headers: &HeaderList,
) -> Option<&'a str> {
    let unlike =
        |name: &str| name == "*" || stored.request_headers.get(name) != request_headers.get(name);
    let mut names = stored.selecting.iter().map(String::as_str);
    names.find(|name| unlike(name))
}

/// Whether the answer may be kept at all.
pub(super) fn is_storable(stored: &StoredResponse, rules: &HttpCacheRules) -> bool {
    let status = stored.reply.status;
    let kept = rules
        .kept_statuses
        .is_none_or(|statuses| statuses.contains(&status));
    // A part is not kept, and a 304 that no stored answer waited for answers script's own question.
    if !kept
        || status < 200
        || status == 206
        || status == 304 && !rules.unasked_304_kept
        || !policy(stored).is_storable()
    {
        return false;
    }
    let validator = ["etag", "last-modified"];
    !rules.only_reusable_kept
        || validator
            .iter()
            .any(|name| stored.reply.headers.contains(name))
        || is_fresh(stored, rules, stored.stored)
}

/// Whether it may be used without asking.
pub(super) fn is_fresh(stored: &StoredResponse, rules: &HttpCacheRules, now: Timestamp) -> bool {
    let headers = &stored.reply.headers;
    let lasting = rules.lasting_statuses.contains(&stored.reply.status)
        && !has_lifetime(headers)
        && !directive(headers, "no-cache");
    let reusable = rules
        .reusable_statuses
        .is_none_or(|statuses| statuses.contains(&stored.reply.status));
    reusable && (lasting || !policy(stored).is_stale(UNIX_EPOCH + since_epoch(now)))
}

/// Whether it may be used once more while the browser asks in the background.
///
/// <https://www.rfc-editor.org/rfc/rfc5861.html#section-3>
pub(super) fn serves_while_revalidating(stored: &StoredResponse, now: Timestamp) -> bool {
    let headers = &stored.reply.headers;
    let must_ask = directive(headers, "must-revalidate") || directive(headers, "no-cache");
    let seconds = |name| directive_seconds(headers, name);
    let (Some(lifetime), Some(more)) = (seconds("max-age"), seconds("stale-while-revalidate"))
    else {
        return false;
    };
    !must_ask && age(stored, now) < lifetime + more
}

/// How old the answer is, in seconds.
pub(super) fn age(stored: &StoredResponse, now: Timestamp) -> u64 {
    policy(stored).age(UNIX_EPOCH + since_epoch(now)).as_secs()
}

/// Whether `Cache-Control` has this directive.
pub(super) fn directive(headers: &HeaderList, name: &str) -> bool {
    directives(headers).any(|(known, _)| known == name)
}

/// The seconds of a directive, where it has digits only.
pub(super) fn directive_seconds(headers: &HeaderList, name: &str) -> Option<u64> {
    let (_, value) = directives(headers).find(|(known, _)| known == name)?;
    seconds(&value)
}

fn seconds(value: &str) -> Option<u64> {
    let all_digits = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit());
    // More digits than a number holds are a long time too.
    all_digits.then(|| value.parse().unwrap_or(LONGEST).min(LONGEST))
}

/// Names in lower case, values without quotes.
fn directives(headers: &HeaderList) -> impl Iterator<Item = (String, String)> {
    headers
        .get_decode_and_split("cache-control")
        .unwrap_or_default()
        .into_iter()
        .map(|item| {
            let (name, value) = item.split_once('=').unwrap_or((&item, ""));
            let value = value.trim().trim_matches('"').to_owned();
            (name.trim().to_ascii_lowercase(), value)
        })
}

/// `Cache-Control` as the crate takes it: it knows lower case only, and numbers that are numbers.
fn plain_directives(headers: &HeaderList) -> Option<HeaderValue> {
    let items: Vec<String> = directives(headers)
        .map(|(name, value)| match seconds(&value) {
            Some(seconds) => format!("{name}={seconds}"),
            None if value.is_empty() => name,
            None => format!("{name}=\"{value}\""),
        })
        .collect();
    HeaderValue::from_str(&items.join(", ")).ok()
}

fn has_lifetime(headers: &HeaderList) -> bool {
    headers.contains("expires") || directive(headers, "max-age")
}

fn since_epoch(now: Timestamp) -> Duration {
    Duration::from_millis(now.0.min(LAST_MOMENT))
}

fn policy(stored: &StoredResponse) -> CachePolicy {
    let reply = &stored.reply;
    let mut request = http::Request::new(());
    *request.headers_mut() = lines(&stored.request_headers, &[http::header::CACHE_CONTROL]);
    let mut response = http::Response::new(());
    *response.headers_mut() = lines(&reply.headers, DECIDING);
    let age = HeaderValue::from(received_age(stored));
    response.headers_mut().insert(http::header::AGE, age);
    // The crate knows few statuses; with a lifetime of its own any answer may be kept.
    if !has_lifetime(&reply.headers) {
        *response.status_mut() =
            StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    }
    let at = UNIX_EPOCH + since_epoch(stored.stored);
    CachePolicy::new_options(&request, &response, at, OPTIONS)
}

/// The age at which the answer came: what caches on the way say, or the server's clock.
///
/// <https://www.rfc-editor.org/rfc/rfc9111.html#section-4.2.3>
fn received_age(stored: &StoredResponse) -> u64 {
    let headers = &stored.reply.headers;
    let told = headers
        .get_text("age")
        .and_then(|age| age.parse::<u64>().ok())
        .unwrap_or(0);
    let now = since_epoch(stored.stored).as_secs();
    let apparent = headers
        .get_text("date")
        .and_then(|date| OffsetDateTime::parse(&date, &Rfc2822).ok())
        .and_then(|date| u64::try_from(date.unix_timestamp()).ok())
        .map_or(0, |date| now.saturating_sub(date));
    told.max(apparent).min(LONGEST)
}

/// The lines of these names, as the crate takes them; what it could not read is left out.
fn lines(headers: &HeaderList, names: &[HeaderName]) -> HeaderMap {
    let mut map = HeaderMap::new();
    for name in names {
        // Joined, so that any number of lines is one.
        let Some(value) = headers.get(name.as_str()) else {
            continue;
        };
        let value = if name == http::header::CACHE_CONTROL {
            plain_directives(headers)
        } else {
            HeaderValue::from_str(&latin1(&value)).ok()
        };
        if let Some(value) = value {
            map.insert(name, value);
        }
    }
    map
}

#[cfg(test)]
mod tests {
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

    #[test]
    fn which_statuses_are_kept() {
        let lasts = &[("Cache-Control", "max-age=60")];
        // In Chromium, Firefox and WebKit, with a lifetime and without.
        for (status, with_lifetime, without) in [
            (200, [true, true, true], [true, true, false]),
            (404, [true, true, true], [true, true, false]),
            (500, [true, true, false], [false; 3]),
            (302, [true, true, true], [false; 3]),
            (301, [true, true, true], [true, true, true]),
            (303, [true, true, false], [false; 3]),
            (206, [false; 3], [false; 3]),
            (304, [true, false, false], [false; 3]),
        ] {
            let engines = [Engine::Chromium, Engine::Firefox, Engine::WebKit];
            let kept = |headers| {
                engines.map(|engine| {
                    is_storable(&stored(status, headers), &engine.profile().http_cache)
                })
            };
            assert_eq!(kept(lasts), with_lifetime, "{status}");
            assert_eq!(kept(&[]), without, "{status} without a lifetime");
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
    fn directives_are_read_as_they_stand() {
        let headers = [
            ("Cache-Control", "Max-Age=7, x, max-age=9"),
            ("cache-control", "y=\"5\""),
        ];
        let headers: HeaderList = headers.into_iter().collect();
        assert_eq!(directive_seconds(&headers, "max-age"), Some(7));
        assert_eq!(directive_seconds(&headers, "y"), Some(5));
        assert_eq!(directive_seconds(&headers, "x"), None);
        assert!(directive(&headers, "x") && !directive(&headers, "z"));
    }
}
