//! Whether an answer may be kept, and used again without asking.
//!
//! Source: <https://www.rfc-editor.org/rfc/rfc9111.html>.

use super::cache_control::{CacheControl, LONGEST, directive, number};
use super::http_cache::{
    AgeSyntax, DateSyntax, HttpCacheRules, Pragma, StoredResponse, Unasked304, UnreadableExpires,
};
use super::http_date::{http_date, iso_date};
use super::redirect::is_redirect_status;
use super::request::Timestamp;
use crate::wire::{HeaderList, Reply, latin1};

/// A guessed lifetime is this part of the time since the last change.
const GUESSED_PART: u64 = 10;

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
    rules: &HttpCacheRules,
) -> Option<&'a str> {
    let value = |headers: &HeaderList, name: &str| match headers.get(name) {
        None if rules.vary_takes_absent_for_empty => Some(Vec::new()),
        value => value,
    };
    let unlike = |name: &str| {
        name == "*" || value(&stored.request_headers, name) != value(request_headers, name)
    };
    let mut names = stored.selecting.iter().map(String::as_str);
    names.find(|name| unlike(name))
}

/// Whether the answer may be kept at all.
pub(super) fn is_storable(stored: &StoredResponse, rules: &HttpCacheRules) -> bool {
    let status = stored.reply.status;
    let headers = &stored.reply.headers;
    let listed = |statuses: &[u16]| statuses.contains(&status);
    // A 304 that no stored answer waited for answers script's own question.
    if status < 200
        || rules
            .kept_statuses
            .is_some_and(|statuses| !listed(statuses))
        || listed(rules.passing_statuses)
        || status == 304 && rules.unasked_304 != Unasked304::Kept
        || directive(&stored.request_headers, "no-store")
        || rules.redirects_need_location
            && is_redirect_status(status)
            && !headers.contains("location")
    {
        return false;
    }
    let control = CacheControl::of(headers, rules.cache_control);
    let lasts_untold = rules.untold_statuses.is_none_or(listed);
    if control.no_store
        || !lasts_untold && !headers.contains("expires") && control.max_age.is_none()
    {
        return false;
    }
    let validator = ["etag", "last-modified"];
    !rules.only_reusable_kept
        || validator.iter().any(|name| headers.contains(name))
        || is_fresh(stored, rules, stored.stored)
        || serves_while_revalidating(stored, rules, stored.stored)
}

/// Whether it may be used without asking.
pub(super) fn is_fresh(stored: &StoredResponse, rules: &HttpCacheRules, now: Timestamp) -> bool {
    let reusable = rules
        .reusable_statuses
        .is_none_or(|statuses| statuses.contains(&stored.reply.status));
    reusable && is_younger(stored, rules, now, lifetime(stored, rules))
}

/// Whether it may be used once more while the browser asks in the background.
///
/// <https://www.rfc-editor.org/rfc/rfc5861.html#section-3>
pub(super) fn serves_while_revalidating(
    stored: &StoredResponse,
    rules: &HttpCacheRules,
    now: Timestamp,
) -> bool {
    let headers = &stored.reply.headers;
    let control = CacheControl::of(headers, rules.cache_control);
    let reusable = rules
        .reusable_statuses
        .is_none_or(|statuses| statuses.contains(&stored.reply.status));
    let Some(more) = control.stale_while_revalidate.filter(|_| reusable) else {
        return false;
    };
    if control.no_cache
        || pragma_no_cache(headers, rules)
        || control.must_revalidate && rules.must_revalidate_ends_staleness
    {
        return false;
    }
    let lifetime = lifetime(stored, rules);
    if rules.stale_since_arrival {
        let at_arrival = received_age(stored, rules);
        let left = lifetime.saturating_sub(at_arrival);
        return resident(stored, now) <= left + more;
    }
    is_younger(stored, rules, now, lifetime + more)
}

/// Whether the answer is not yet `seconds` old.
fn is_younger(
    stored: &StoredResponse,
    rules: &HttpCacheRules,
    now: Timestamp,
    seconds: u64,
) -> bool {
    if rules.ages_in_whole_seconds {
        return age(stored, rules, now) < seconds;
    }
    let held = now.0.saturating_sub(stored.stored.0);
    let age = received_age(stored, rules)
        .saturating_mul(1000)
        .saturating_add(held);
    age < seconds.saturating_mul(1000)
}

/// How old the answer is, in seconds.
pub(super) fn age(stored: &StoredResponse, rules: &HttpCacheRules, now: Timestamp) -> u64 {
    received_age(stored, rules).saturating_add(resident(stored, now))
}

/// Since when it is held, in whole seconds.
fn resident(stored: &StoredResponse, now: Timestamp) -> u64 {
    (now.0 / 1000).saturating_sub(stored.stored.0 / 1000)
}

/// For how many seconds from its making it is fresh.
///
/// <https://www.rfc-editor.org/rfc/rfc9111.html#section-4.2.1>
fn lifetime(stored: &StoredResponse, rules: &HttpCacheRules) -> u64 {
    let headers = &stored.reply.headers;
    let control = CacheControl::of(headers, rules.cache_control);
    if control.no_cache || control.no_store || pragma_no_cache(headers, rules) {
        return 0;
    }
    if let Some(seconds) = control.max_age {
        return seconds;
    }
    let made = date(headers, "date", rules).unwrap_or_else(|| seconds(stored.stored));
    let until = |from: i64, to: i64| {
        u64::try_from(to.saturating_sub(from))
            .unwrap_or(0)
            .min(LONGEST)
    };
    match date(headers, "expires", rules) {
        Some(expires) => return until(made, expires),
        None if headers.contains("expires") && expires_long_ago(headers, rules) => return 0,
        None => {}
    }
    let status = stored.reply.status;
    if rules.lasting_statuses.contains(&status) {
        return LONGEST;
    }
    let guessed = rules
        .guessed_statuses
        .is_none_or(|statuses| statuses.contains(&status))
        && !(control.must_revalidate && rules.must_revalidate_ends_guessing);
    let changed = date(headers, "last-modified", rules).filter(|_| guessed);
    let guess = changed.map_or(0, |changed| until(changed, made) / GUESSED_PART);
    rules.longest_guess.map_or(guess, |most| guess.min(most))
}

/// Whether an `Expires` that is no date counts as one in the past.
///
/// <https://www.rfc-editor.org/rfc/rfc9111.html#section-5.3>
fn expires_long_ago(headers: &HeaderList, rules: &HttpCacheRules) -> bool {
    match rules.unreadable_expires {
        UnreadableExpires::Past => true,
        UnreadableExpires::PastIfZero => {
            let first = headers.lines("expires").next();
            first.is_some_and(|line| line.trim_ascii() == b"0")
        }
        UnreadableExpires::Nothing => false,
    }
}

fn pragma_no_cache(headers: &HeaderList, rules: &HttpCacheRules) -> bool {
    let Some(pragma) = headers.get_text("pragma") else {
        return false;
    };
    let pragma = pragma.to_ascii_lowercase();
    let is_item = || pragma.split(',').any(|item| item.trim() == "no-cache");
    match rules.pragma {
        Pragma::Item => is_item(),
        Pragma::Anywhere => pragma.contains("no-cache"),
        Pragma::WithoutCacheControl => is_item() && !headers.contains("cache-control"),
    }
}

/// In seconds since 1970.
fn date(headers: &HeaderList, name: &str, rules: &HttpCacheRules) -> Option<i64> {
    let first = latin1(headers.lines(name).next()?);
    match rules.dates {
        DateSyntax::FirstLine => http_date(&first),
        DateSyntax::WithIso => http_date(&first).or_else(|| iso_date(&first)),
        DateSyntax::AllLines => {
            let strange = headers.lines(name).nth(1).is_some()
                || first.starts_with('"')
                || first.contains(" 24:");
            http_date(&first).filter(|_| !strange)
        }
    }
}

fn seconds(moment: Timestamp) -> i64 {
    i64::try_from(moment.0 / 1000).unwrap_or(i64::MAX)
}

/// The age at which the answer came: what caches on the way say, or the server's clock.
///
/// <https://www.rfc-editor.org/rfc/rfc9111.html#section-4.2.3>
fn received_age(stored: &StoredResponse, rules: &HttpCacheRules) -> u64 {
    let headers = &stored.reply.headers;
    let told = match rules.age {
        AgeSyntax::WholeNumber => headers.get_text("age").and_then(|age| number(age.trim())),
        syntax => headers
            .lines("age")
            .next()
            .map(|age| first_age(&latin1(age), syntax)),
    };
    let now = seconds(stored.stored);
    let made = date(headers, "date", rules).unwrap_or(now);
    let apparent = u64::try_from(now.saturating_sub(made)).unwrap_or(0);
    told.unwrap_or(0).max(apparent).min(LONGEST)
}

/// The first item of `Age`; what is no number is no age.
fn first_age(text: &str, syntax: AgeSyntax) -> u64 {
    let first = text.split(',').next().unwrap_or_default().trim();
    let (sign, digits) = match first.as_bytes().first() {
        Some(b'-' | b'+') if syntax == AgeSyntax::LeadingNumber => first.split_at(1),
        _ => ("", first),
    };
    let end = digits.bytes().take_while(u8::is_ascii_digit).count();
    if end == 0 || end < digits.len() && syntax == AgeSyntax::Digits {
        return 0;
    }
    let number = digits[..end].parse().unwrap_or(LONGEST).min(LONGEST);
    // As a number without sign, one below zero is as large as can be.
    if sign == "-" && number > 0 {
        LONGEST
    } else {
        number
    }
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
                engines.map(|engine| {
                    is_storable(&stored(status, headers), &engine.profile().http_cache)
                })
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
}
