//! The dates of `Date`, `Expires` and `Last-Modified`, which servers write in many ways and browsers take in most.
//!
//! Browsers do not hold to the three forms of the standard: a missing zone is GMT, a missing time is midnight,
//! the name of the day does not count, two digits are a year up to 2069 (measured).
//!
//! Source: <https://www.rfc-editor.org/rfc/rfc9110.html#section-5.6.7>.

use time::{Date, Duration, Month, Time};

const MONTHS: [&str; 12] = [
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
];

/// Hours by which a zone's clock is behind GMT.
const ZONES: [(&str, i64); 8] = [
    ("est", 5),
    ("edt", 4),
    ("cst", 6),
    ("cdt", 5),
    ("mst", 7),
    ("mdt", 6),
    ("pst", 8),
    ("pdt", 7),
];

/// Seconds since 1970.
pub(super) fn http_date(text: &str) -> Option<i64> {
    let text = text.trim_matches(|c: char| c == '"' || c.is_ascii_whitespace());
    let (mut clock, mut day, mut month, mut year) = (None, None, None, None);
    let mut behind = 0;
    for part in text
        .split([' ', '\t', ',', '-'])
        .filter(|part| !part.is_empty())
    {
        if part.contains(':') {
            clock = Some(seconds_of_day(part)?);
        } else if let Some(zone) = part.strip_prefix('+') {
            behind = -hours_and_minutes(zone)?;
        } else if part.bytes().all(|byte| byte.is_ascii_digit()) {
            match (day, part.len()) {
                (None, 1 | 2) => day = part.parse::<u8>().ok(),
                (_, 2 | 4) if year.is_none() => year = Some(full_year(part)?),
                (_, 4) => behind = hours_and_minutes(part)?,
                _ => return None,
            }
        } else {
            let word = part.to_ascii_lowercase();
            if let Some(at) = MONTHS.iter().position(|name| word.starts_with(name)) {
                month = Month::try_from(u8::try_from(at + 1).ok()?).ok();
            } else if let Some((_, hours)) = ZONES.iter().find(|(name, _)| *name == word) {
                behind = hours * 3600;
            }
        }
    }
    let date = Date::from_calendar_date(year?, month?, day?).ok()?;
    let midnight = date.with_time(Time::MIDNIGHT).assume_utc();
    let since_midnight = Duration::seconds(clock.unwrap_or(0) + behind);
    Some((midnight.unix_timestamp()).saturating_add(since_midnight.whole_seconds()))
}

fn full_year(digits: &str) -> Option<i32> {
    let number: i32 = digits.parse().ok()?;
    Some(match (digits.len(), number) {
        (2, 0..=69) => number + 2000,
        (2, _) => number + 1900,
        _ => number,
    })
}

/// `8:49` or `08:49:37`; the day's last moment may be written as 24:00:00.
fn seconds_of_day(text: &str) -> Option<i64> {
    let mut seconds = 0;
    let mut fields = 0;
    for (field, (unit, most)) in text.split(':').zip([(3600, 24), (60, 59), (1, 60)]) {
        let number: i64 = field.parse().ok()?;
        if !(0..=most).contains(&number) {
            return None;
        }
        seconds += unit * number;
        fields += 1;
    }
    (fields >= 2).then_some(seconds)
}

/// `0130`, in seconds.
fn hours_and_minutes(digits: &str) -> Option<i64> {
    let number: i64 = digits.parse().ok().filter(|_| digits.len() == 4)?;
    Some(number / 100 * 3600 + number % 100 * 60)
}

/// `2039-01-05T00:00:00Z`, in seconds since 1970.
pub(super) fn iso_date(text: &str) -> Option<i64> {
    let format = &time::format_description::well_known::Rfc3339;
    let date = time::OffsetDateTime::parse(text, format).ok()?;
    Some(date.unix_timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_in_many_ways() {
        const DAY: i64 = 2_177_798_400;
        for (text, seconds) in [
            ("Wed, 05 Jan 2039 00:00:00 GMT", DAY),
            ("Wednesday, 05-Jan-39 00:00:00 GMT", DAY),
            ("Wed Jan  5 00:00:00 2039", DAY),
            ("wed, 5 jan 2039 00:00:00 utc", DAY),
            ("5 Jan 2039", DAY),
            ("Jan 5 2039 01:02:03 GMT", DAY + 3723),
            ("Wed, 05 Jan 2039 00:00:00 +0130", DAY - 5400),
            ("Wed, 05 Jan 2039 00:00:00 -0130", DAY + 5400),
            ("Wed, 05 Jan 2039 00:00:00 PST", DAY + 8 * 3600),
            ("Wed, 04 Jan 2039 24:00:00 GMT", DAY),
            ("\"Wed, 05 Jan 2039 00:00:00 GMT\"", DAY),
            ("Sun, 06 Nov 1994 08:49:37 GMT", 784_111_777),
        ] {
            assert_eq!(http_date(text), Some(seconds), "{text}");
        }
        assert_eq!(iso_date("2039-01-05T00:00:00Z"), Some(DAY));
    }

    #[test]
    fn texts_that_are_no_date() {
        for text in [
            "",
            "0",
            "-1",
            "never",
            "2039",
            "2039-01-05T00:00:00Z",
            "Wed, 35 Jan 2039 00:00:00 GMT",
            "Wed, 05 Jan 99999 00:00:00 GMT",
            "Wed, 05 Jan 2039 25:00:00 GMT",
        ] {
            assert_eq!(http_date(text), None, "{text}");
        }
    }
}
