//! The date of a cookie's `Expires`, which servers write in many ways.
//!
//! <https://httpwg.org/http-extensions/draft-ietf-httpbis-rfc6265bis.html#section-5.1.1>

use time::{Date, Month, OffsetDateTime, Time};

const MONTHS: [&str; 12] = [
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
];

/// The last `Expires` among a cookie's attributes that is a date.
pub(super) fn expires(attributes: &str) -> Option<OffsetDateTime> {
    let attributes = attributes.split(';').rev();
    let mut pairs = attributes.filter_map(|attribute| attribute.split_once('='));
    pairs.find_map(|(name, value)| {
        let named = name.trim().eq_ignore_ascii_case("expires");
        named.then(|| cookie_date(value)).flatten()
    })
}

/// Each part becomes the first of time, day, month and year that is still missing and that it can be.
fn cookie_date(text: &str) -> Option<OffsetDateTime> {
    let (mut time, mut day, mut month, mut year) = (None, None, None, None);
    for part in text.split(is_delimiter).filter(|part| !part.is_empty()) {
        if time.is_none() && is_found(&mut time, clock(part))
            || day.is_none() && is_found(&mut day, number(part, 1, 2))
            || month.is_none() && is_found(&mut month, month_of(part))
        {
            continue;
        }
        if year.is_none() {
            year = number(part, 2, 4);
        }
    }
    let year = match year? {
        short @ 0..=69 => short + 2000,
        short @ 70..=99 => short + 1900,
        year => year,
    };
    let ([hour, minute, second], day) = (time?, u8::try_from(day?).ok()?);
    let date = Date::from_calendar_date(i32::from(year), month?, day).ok()?;
    let time = Time::from_hms(hour, minute, second).ok()?;
    (year >= 1601).then(|| date.with_time(time).assume_utc())
}

fn is_found<T>(place: &mut Option<T>, found: Option<T>) -> bool {
    *place = found;
    place.is_some()
}

fn is_delimiter(c: char) -> bool {
    matches!(c, '\t' | ' '..='/' | ';'..='@' | '['..='`' | '{'..='~')
}

/// The number that so many digits make, at the beginning.
fn number(text: &str, fewest: usize, most: usize) -> Option<u16> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let fits = (fewest..=most).contains(&digits);
    fits.then(|| text[..digits].parse().ok()).flatten()
}

fn clock(text: &str) -> Option<[u8; 3]> {
    let mut fields = text.splitn(3, ':');
    let mut field = |last: bool| {
        let text = fields.next()?;
        let whole = last || text.bytes().all(|byte| byte.is_ascii_digit());
        let number = whole.then(|| number(text, 1, 2)).flatten()?;
        u8::try_from(number).ok()
    };
    Some([field(false)?, field(false)?, field(true)?])
}

fn month_of(text: &str) -> Option<Month> {
    let at = MONTHS.iter().position(|month| {
        let start = text.get(..month.len());
        start.is_some_and(|start| start.eq_ignore_ascii_case(month))
    })?;
    Month::try_from(u8::try_from(at + 1).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_in_many_ways() {
        for text in [
            "Sun, 06 Nov 1994 08:49:37 GMT",
            "Sunday, 06-Nov-94 08:49:37 GMT",
            "Sun Nov  6 08:49:37 1994",
            "6 nov 1994 8:49:37",
            "08:49:37 6 NOVEMBER 1994 PST",
            "1994/6th/Novem/08:49:37z",
            "06 Nov 94x 08:49:37",
        ] {
            let date = cookie_date(text).map(OffsetDateTime::unix_timestamp);
            assert_eq!(date, Some(784_111_777), "{text}");
        }
    }

    #[test]
    fn texts_that_are_no_date() {
        for text in [
            "",
            "0",
            "6 Nov 1994",
            "Nov 1994 08:49:37",
            "6 1994 08:49:37",
            "6 Nov 08:49:37",
            "6 Nov 08:49",
            "6 Nov 1600 08:49:37",
            "6 Nov 19944 08:49:37",
            "31 Nov 1994 08:49:37",
            "0 Nov 1994 08:49:37",
            "6 Nov 1994 24:49:37",
            "6 Nov 1994 08:60:37",
            "6 Nov 1994 008:49:37",
            "6 Nov 1994 08:49a:37",
        ] {
            assert_eq!(cookie_date(text), None, "{text}");
        }
    }

    #[test]
    fn the_last_date_among_the_attributes_counts() {
        let year = |attributes| expires(attributes).map(OffsetDateTime::year);
        let earlier = "Path=/; Expires=1 Jan 2030 00:00:00; expires = 1 jan 2031 00:00:00;Secure";
        assert_eq!(year(earlier), Some(2031));
        assert_eq!(
            year("Expires=1 Jan 2030 00:00:00; Expires=never"),
            Some(2030)
        );
        assert_eq!(year("Path=/; expires"), None);
    }
}
