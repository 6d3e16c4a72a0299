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
        || stored.reply.certificate_error && !rules.untrusted_kept
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
    let lasts_untold = rules.untold_statuses.is_none_or(listed) || is_explicit(&control, rules);
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
        .is_none_or(|statuses| statuses.contains(&status) || is_explicit(&control, rules))
        && !(control.must_revalidate && rules.must_revalidate_ends_guessing);
    let changed = date(headers, "last-modified", rules).filter(|_| guessed);
    let guess = changed.map_or(0, |changed| until(changed, made) / GUESSED_PART);
    rules.longest_guess.map_or(guess, |most| guess.min(most))
}

/// Whether the answer says itself that caches may keep it.
fn is_explicit(control: &CacheControl, rules: &HttpCacheRules) -> bool {
    control.names_caches && rules.public_is_explicit
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
mod tests;
