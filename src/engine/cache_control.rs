//! `Cache-Control` as each engine reads it: which directives stand there, and which seconds they name.
//!
//! Well-formed lines mean the same to all. What differs is `max-age="60"`, `max-age=60s`, `max-age = 60`, a directive
//! given twice, `no-cache="x"` and the like.
//!
//! Source: <https://www.rfc-editor.org/rfc/rfc9111.html#section-5.2>.

use crate::wire::{HeaderList, latin1};

/// No age or lifetime counts for more seconds (RFC 9111, section 1.2.2).
pub(super) const LONGEST: u64 = i32::MAX as u64;

const BLANK: [char; 2] = [' ', '\t'];

/// How an engine reads the `Cache-Control` of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CacheControlSyntax {
    /// Names and values, quoted or not; seconds are digits; the first of a name counts.
    Values,
    /// Whole items, letter by letter: `no-cache=x` is not `no-cache`, seconds are digits without quotes, and no blank
    /// stands before `=`; the first with seconds counts (measured; `net/http/http_response_headers.cc`).
    WholeItems,
    /// Words in turn: seconds are the leading digits; the last of a name counts; an item without a name, and what
    /// follows where a comma belongs, ends it (measured; `netwerk/base/CacheControlParser.cpp`).
    Words,
    /// Names and values without blanks and quotes; seconds are any number; the first with a number counts (measured;
    /// `platform/network/ParsedCacheControl`).
    Numbers,
}

/// What counts of a `Cache-Control`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct CacheControl {
    pub(super) no_store: bool,
    pub(super) no_cache: bool,
    pub(super) must_revalidate: bool,
    /// `public` or `private`.
    pub(super) names_caches: bool,
    /// Seconds.
    pub(super) max_age: Option<u64>,
    /// Seconds.
    pub(super) stale_while_revalidate: Option<u64>,
}

impl CacheControl {
    pub(super) fn of(headers: &HeaderList, syntax: CacheControlSyntax) -> Self {
        let mut read = Self::default();
        let Some(value) = headers.get("cache-control") else {
            return read;
        };
        let text = latin1(&value).to_ascii_lowercase();
        for item in items(&text) {
            let item = item.trim_matches(BLANK);
            match syntax {
                CacheControlSyntax::Values => read.take_value(item),
                CacheControlSyntax::WholeItems => read.take_whole(item),
                CacheControlSyntax::Words => {
                    if !read.take_words(item) {
                        break;
                    }
                }
                CacheControlSyntax::Numbers => read.take_number(item),
            }
        }
        read
    }

    fn take_value(&mut self, item: &str) {
        let (name, value) = item.split_once('=').unwrap_or((item, ""));
        let value = value.trim_matches(BLANK).trim_matches('"');
        match name.trim_matches(BLANK) {
            "max-age" => self.max_age = self.max_age.or(all_digits(value)),
            "stale-while-revalidate" => {
                let seconds = all_digits(value);
                self.stale_while_revalidate = self.stale_while_revalidate.or(seconds);
            }
            name => self.flag(name),
        }
    }

    fn take_whole(&mut self, item: &str) {
        let (name, value) = item.split_once('=').unwrap_or((item, ""));
        let seconds = all_digits(value.trim_start_matches(' '));
        match name {
            "max-age" => self.max_age = self.max_age.or(seconds),
            "stale-while-revalidate" => {
                self.stale_while_revalidate = self.stale_while_revalidate.or(seconds);
            }
            _ => self.flag(item),
        }
    }

    /// Whether it goes on behind this item.
    fn take_words(&mut self, item: &str) -> bool {
        let is_word = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        let end = item.bytes().take_while(is_word).count();
        let (name, rest) = item.split_at(end);
        let value = rest.trim_start_matches(BLANK).strip_prefix('=');
        let seconds = value.and_then(|value| leading_digits(value.trim_start_matches(BLANK)));
        match name {
            "max-age" => self.max_age = seconds.map(|(seconds, _)| seconds),
            "stale-while-revalidate" => {
                self.stale_while_revalidate = seconds.map(|(seconds, _)| seconds);
            }
            "no-store" | "public" | "private" | "immutable" => {
                self.flag(name);
                return rest.is_empty();
            }
            _ => {
                self.flag(name);
                return !name.is_empty();
            }
        }
        seconds.is_none_or(|(_, rest)| rest.is_empty())
    }

    fn take_number(&mut self, item: &str) {
        let (name, value) = item.split_once('=').unwrap_or((item, ""));
        let tight = |text: &str| -> String {
            let kept = text.chars().filter(|c| *c > ' ' && *c != '\u{7f}');
            kept.collect()
        };
        let (name, value) = (tight(name), tight(value));
        let value = value.trim_start_matches('"');
        let end = value.find([
            '"', ';', '(', ')', '<', '>', '@', ':', '\\', '/', '[', ']', '?', '=', '{', '}',
        ]);
        let value = &value[..end.unwrap_or(value.len())];
        match &*name {
            "max-age" => self.max_age = self.max_age.or(number(value)),
            "stale-while-revalidate" => {
                let seconds = number(value);
                self.stale_while_revalidate = self.stale_while_revalidate.or(seconds);
            }
            // With a value it is about single headers.
            "no-cache" if !value.is_empty() => {}
            name => self.flag(name),
        }
    }

    fn flag(&mut self, name: &str) {
        match name {
            "no-store" => self.no_store = true,
            "no-cache" => self.no_cache = true,
            "must-revalidate" => self.must_revalidate = true,
            "public" | "private" => self.names_caches = true,
            _ => {}
        }
    }
}

/// The items between commas; a quoted string is not cut.
fn items(text: &str) -> impl Iterator<Item = &str> {
    let mut quoted = false;
    text.split(move |c| {
        quoted ^= c == '"';
        c == ',' && !quoted
    })
}

/// Whether a request's `Cache-Control` has this directive.
pub(super) fn directive(headers: &HeaderList, name: &str) -> bool {
    asked(headers).any(|(known, _)| known == name)
}

/// The seconds of a directive in a request's `Cache-Control`, where it has digits only.
pub(super) fn directive_seconds(headers: &HeaderList, name: &str) -> Option<u64> {
    let (_, value) = asked(headers).find(|(known, _)| known == name)?;
    all_digits(&value)
}

/// Names in lower case, values without quotes.
fn asked(headers: &HeaderList) -> impl Iterator<Item = (String, String)> {
    let items = headers.get_decode_and_split("cache-control");
    items.unwrap_or_default().into_iter().map(|item| {
        let (name, value) = item.split_once('=').unwrap_or((&item, ""));
        let value = value.trim().trim_matches('"').to_owned();
        (name.trim().to_ascii_lowercase(), value)
    })
}

fn all_digits(value: &str) -> Option<u64> {
    let digits = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit());
    // More digits than a number holds are a long time too.
    digits.then(|| value.parse().unwrap_or(LONGEST).min(LONGEST))
}

/// The number that the digits at the beginning make, where 32 bits hold it, and what follows.
fn leading_digits(value: &str) -> Option<(u64, &str)> {
    let end = value.bytes().take_while(u8::is_ascii_digit).count();
    let (digits, rest) = value.split_at(end);
    let number: u32 = digits.parse().ok()?;
    Some((u64::from(number).min(LONGEST), rest))
}

/// Any number, as whole seconds.
pub(super) fn number(value: &str) -> Option<u64> {
    let spelled = |c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | '.' | 'e');
    let number: f64 = value.parse().ok().filter(|_| value.chars().all(spelled))?;
    // Below zero is none at all.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "clamped to what is in between"
    )]
    let seconds = number.clamp(0.0, LONGEST as f64) as u64;
    Some(seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SYNTAXES: [CacheControlSyntax; 4] = [
        CacheControlSyntax::Values,
        CacheControlSyntax::WholeItems,
        CacheControlSyntax::Words,
        CacheControlSyntax::Numbers,
    ];

    fn read(value: &str) -> [CacheControl; 4] {
        let headers = [("Cache-Control", value)].into_iter().collect();
        SYNTAXES.map(|syntax| CacheControl::of(&headers, syntax))
    }

    #[test]
    fn seconds_are_read_as_the_engines_read_them() {
        const YES: Option<u64> = Some(60);
        const LONG: Option<u64> = Some(LONGEST);
        for (value, expected) in [
            ("max-age=60", [YES; 4]),
            ("MAX-AGE=60", [YES; 4]),
            ("max-age=0060", [YES; 4]),
            ("max-age= 60", [YES; 4]),
            ("max-age =60", [YES, None, YES, YES]),
            ("max-age=\"60\"", [YES, None, None, YES]),
            ("max-age=60s", [None, None, YES, None]),
            ("max-age=60.5", [None, None, YES, YES]),
            ("max-age=", [None; 4]),
            ("max-age=x, max-age=60", [YES; 4]),
            ("max-age=60, max-age=x", [YES, YES, None, YES]),
            ("max-age=60, max-age=9", [YES, YES, Some(9), YES]),
            ("max-age=99999999999", [LONG, LONG, None, LONG]),
            (",max-age=60", [YES, YES, None, YES]),
            ("private=\"x\", max-age=60", [YES, YES, None, YES]),
            ("max-age=60 x, max-age=9", [Some(9), Some(9), YES, Some(9)]),
            ("public max-age=60", [None; 4]),
            ("foo=\"a, max-age=60\"", [None; 4]),
            ("foo=\"a, b\", max-age=60", [YES; 4]),
        ] {
            assert_eq!(read(value).map(|read| read.max_age), expected, "{value}");
        }
        let stale = read("stale-while-revalidate=60").map(|read| read.stale_while_revalidate);
        assert_eq!(stale, [YES; 4]);
    }

    #[test]
    fn a_value_takes_the_meaning_of_a_directive_in_some() {
        for (value, no_store, no_cache) in [
            ("no-store", [true; 4], [false; 4]),
            ("NO-CACHE", [false; 4], [true; 4]),
            ("no-cache=x", [false; 4], [true, false, true, false]),
            ("no-store=x", [true, false, true, true], [false; 4]),
            (
                "no-store max-age=60",
                [false, false, true, false],
                [false; 4],
            ),
            ("x-no-store, no-cachex", [false; 4], [false; 4]),
        ] {
            assert_eq!(read(value).map(|read| read.no_store), no_store, "{value}");
            assert_eq!(read(value).map(|read| read.no_cache), no_cache, "{value}");
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
