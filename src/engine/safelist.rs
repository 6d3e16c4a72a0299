//! Which methods and headers are CORS-safelisted, and which are forbidden.
//!
//! Source: <https://fetch.spec.whatwg.org/#cors-safelisted-request-header> and its neighbours.

use super::profile::{Profile, RepeatedHeader};
use crate::wire::{HeaderList, latin1, parse_mime_type};

/// Longest safelisted value in bytes.
const VALUE_LIMIT: usize = 128;
/// Largest sum of safelisted values in bytes.
const SUM_LIMIT: usize = 1024;

/// Whether the method needs no permission.
///
/// <https://fetch.spec.whatwg.org/#cors-safelisted-method>
pub fn is_safelisted_method(method: &str) -> bool {
    matches!(method, "GET" | "HEAD" | "POST")
}

/// Whether script may never use the method.
///
/// <https://fetch.spec.whatwg.org/#forbidden-method>
pub fn is_forbidden_method(method: &str) -> bool {
    ["CONNECT", "TRACE", "TRACK"]
        .iter()
        .any(|forbidden| method.eq_ignore_ascii_case(forbidden))
}

/// Upper-cases the six methods that are; leaves all others alone, so that `patch` stays.
///
/// <https://fetch.spec.whatwg.org/#concept-method-normalize>
pub fn normalize_method(method: &str) -> String {
    ["DELETE", "GET", "HEAD", "OPTIONS", "POST", "PUT"]
        .iter()
        .find(|known| method.eq_ignore_ascii_case(known))
        .map_or_else(|| method.to_owned(), |known| (*known).to_owned())
}

/// Why a request header needs permission.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unsafe {
    /// The name is on no list.
    Name,
    /// The value is longer than 128 bytes.
    Length(usize),
    /// A byte of the value is not allowed, at this place.
    Byte(usize),
    /// `Content-Type` with this essence, or none that parses.
    ContentType(Option<String>),
    /// `Range` of another form than `bytes=N-` or `bytes=N-M`.
    Range,
    /// The safelisted values together are longer than 1024 bytes.
    Sum(usize),
}

impl Unsafe {
    /// The id under which `assets/trace.toml` words it.
    pub fn id(&self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Length(_) => "length",
            Self::Byte(_) => "byte",
            Self::ContentType(_) => "content-type",
            Self::Range => "range",
            Self::Sum(_) => "sum",
        }
    }
}

/// A request header that needs permission.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnsafeHeader {
    /// Its name in lower case, as in `Access-Control-Request-Headers`.
    pub name: String,
    /// Its value.
    pub value: Vec<u8>,
    /// Why.
    pub why: Unsafe,
}

/// The CORS-unsafe request-header names, lower case, unique, sorted by bytes.
///
/// <https://fetch.spec.whatwg.org/#cors-unsafe-request-header-names>
pub fn unsafe_headers(headers: &HeaderList, profile: &Profile) -> Vec<UnsafeHeader> {
    let mut found = Vec::new();
    let mut safe = Vec::new();
    let mut sum = 0;
    for header in headers {
        let name = header.name.to_ascii_lowercase();
        match judge(&name, &header.value, profile) {
            Some(why) => found.push(UnsafeHeader {
                name,
                value: header.value.clone(),
                why,
            }),
            None => {
                sum += header.value.len();
                safe.push((name, header.value.clone()));
            }
        }
    }
    if profile.safelist_sum_limit && sum > SUM_LIMIT {
        found.extend(safe.into_iter().map(|(name, value)| UnsafeHeader {
            name,
            value,
            why: Unsafe::Sum(sum),
        }));
    }
    found.sort_by(|a, b| a.name.cmp(&b.name));
    if profile.repeated_header == RepeatedHeader::Combined {
        found.dedup_by(|a, b| a.name == b.name);
    }
    found
}

/// Whether (name, value) is a CORS-safelisted request-header: `None` if it is, else why not.
///
/// <https://fetch.spec.whatwg.org/#cors-safelisted-request-header>
fn judge(name: &str, value: &[u8], profile: &Profile) -> Option<Unsafe> {
    if value.len() > VALUE_LIMIT {
        return Some(if is_known_name(name, profile) {
            Unsafe::Length(value.len())
        } else {
            Unsafe::Name
        });
    }
    match name {
        "accept" => unsafe_byte(value, profile),
        "accept-language" | "content-language" => value
            .iter()
            .position(|byte| !(byte.is_ascii_alphanumeric() || b" *,-.;=".contains(byte)))
            .map(Unsafe::Byte),
        "content-type" => unsafe_byte(value, profile)
            .or_else(|| content_type(value))
            .or_else(|| {
                (profile.content_type_is_one && !is_one_type(value))
                    .then_some(Unsafe::ContentType(None))
            }),
        "range" => (!is_simple_range(value, profile)).then_some(Unsafe::Range),
        _ if profile.client_hints_safelisted => {
            (!is_safe_client_hint(name, value)).then_some(Unsafe::Name)
        }
        _ => Some(Unsafe::Name),
    }
}

fn is_known_name(name: &str, profile: &Profile) -> bool {
    matches!(
        name,
        "accept" | "accept-language" | "content-language" | "content-type" | "range"
    ) || (profile.client_hints_safelisted && CLIENT_HINTS.contains(&name))
}

/// <https://fetch.spec.whatwg.org/#cors-unsafe-request-header-byte>
fn unsafe_byte(value: &[u8], profile: &Profile) -> Option<Unsafe> {
    value
        .iter()
        .position(|&byte| {
            (byte < 0x20 && byte != b'\t')
                || (byte > 0x7f && profile.non_ascii_is_unsafe)
                || b"\"():<>?@[\\]{}\x7f".contains(&byte)
        })
        .map(Unsafe::Byte)
}

fn content_type(value: &[u8]) -> Option<Unsafe> {
    let essence = parse_mime_type(&latin1(value)).map(|mime| mime.essence);
    match essence.as_deref() {
        Some("application/x-www-form-urlencoded" | "multipart/form-data" | "text/plain") => None,
        _ => Some(Unsafe::ContentType(essence)),
    }
}

/// Whether no comma parts the value into two types, and no parameter but the last is empty.
fn is_one_type(value: &[u8]) -> bool {
    !value.contains(&b',') && !value.windows(2).any(|pair| pair == b";;")
}

/// `bytes=N-` or `bytes=N-M` with N <= M, no blanks.
///
/// <https://fetch.spec.whatwg.org/#simple-range-header-value>
fn is_simple_range(value: &[u8], profile: &Profile) -> bool {
    let Some((first, last)) = std::str::from_utf8(value)
        .ok()
        .and_then(|text| text.split_once('='))
        .filter(|(unit, _)| {
            *unit == "bytes"
                || profile.range_unit_ignores_case && unit.eq_ignore_ascii_case("bytes")
        })
        .map(|(_, range)| range)
        .and_then(|range| range.split_once('-'))
    else {
        return false;
    };
    let unsigned = |text| match profile.range_plus_passes {
        true => str::strip_prefix(text, '+').unwrap_or(text),
        false => text,
    };
    let (first, last) = (unsigned(first), unsigned(last));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let limit = profile.range_limit.map(|limit| limit.to_string());
    let small = |text: &str| {
        limit
            .as_deref()
            .is_none_or(|limit| not_greater(text, limit))
    };
    digits(first)
        && small(first)
        && (last.is_empty() || (digits(last) && small(last) && not_greater(first, last)))
}

/// A `Range` of one range of bytes in its plainest form; `None` for anything else.
///
/// Source: Chromium `net/http/http_util.cc`, `HttpUtil::ParseRangeHeader`.
pub(super) fn rewritten_range(value: &[u8]) -> Option<String> {
    let (unit, ranges) = std::str::from_utf8(value).ok()?.split_once('=')?;
    let mut ranges = ranges
        .split(',')
        .map(str::trim)
        .filter(|range| !range.is_empty());
    let (first, last) = ranges.next()?.split_once('-')?;
    let number = |text: &str| match text.trim() {
        "" => Some(None),
        text if text
            .trim_start_matches('+')
            .bytes()
            .all(|byte| byte.is_ascii_digit()) =>
        {
            text.parse::<i64>().ok().map(Some)
        }
        _ => None,
    };
    if !unit.trim().eq_ignore_ascii_case("bytes") || ranges.next().is_some() {
        return None;
    }
    match (number(first)?, number(last)?) {
        (None, Some(last)) if last > 0 => Some(format!("bytes=-{last}")),
        (Some(first), None) => Some(format!("bytes={first}-")),
        (Some(first), Some(last)) if first <= last => Some(format!("bytes={first}-{last}")),
        _ => None,
    }
}

/// Compares two decimal numbers of any length.
fn not_greater(a: &str, b: &str) -> bool {
    let (a, b) = (a.trim_start_matches('0'), b.trim_start_matches('0'));
    (a.len(), a) <= (b.len(), b)
}

const CLIENT_HINTS: &[&str] = &[
    "device-memory",
    "downlink",
    "dpr",
    "ect",
    "intervention",
    "rtt",
    "save-data",
    "viewport-width",
    "width",
];

/// The client hints that Chromium safelists with a value of their form, and one name more.
///
/// Source: Chromium `services/network/public/cpp/cors/cors.cc`; corpus safelist-0220 to -0229.
fn is_safe_client_hint(name: &str, value: &[u8]) -> bool {
    let digits = |text: &[u8]| !text.is_empty() && text.iter().all(u8::is_ascii_digit);
    match name {
        "save-data" => value.eq_ignore_ascii_case(b"on"),
        "ect" => [&b"slow-2g"[..], b"2g", b"3g", b"4g"].contains(&value),
        "rtt" | "viewport-width" | "width" => digits(value),
        "device-memory" | "downlink" | "dpr" => value.splitn(2, |&byte| byte == b'.').all(digits),
        // What Chromium adds itself where it intervenes, it lets script add too.
        "intervention" => true,
        _ => false,
    }
}

/// Whether script may not set this header.
///
/// <https://fetch.spec.whatwg.org/#forbidden-request-header>
pub fn is_forbidden_request_header(name: &str, value: &[u8]) -> bool {
    const NAMES: &[&str] = &[
        "accept-charset",
        "accept-encoding",
        "access-control-request-headers",
        "access-control-request-method",
        "connection",
        "content-length",
        "cookie",
        "cookie2",
        "date",
        "dnt",
        "expect",
        "host",
        "keep-alive",
        "origin",
        "referer",
        "set-cookie",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "via",
    ];
    let name = name.to_ascii_lowercase();
    if NAMES.contains(&name.as_str()) || name.starts_with("proxy-") || name.starts_with("sec-") {
        return true;
    }
    matches!(
        name.as_str(),
        "x-http-method" | "x-http-method-override" | "x-method-override"
    ) && [(name.as_str(), value)]
        .into_iter()
        .collect::<HeaderList>()
        .get_decode_and_split(&name)
        .is_some_and(|methods| methods.iter().any(|method| is_forbidden_method(method)))
}

/// Whether a header survives mode no-cors.
///
/// <https://fetch.spec.whatwg.org/#no-cors-safelisted-request-header>
pub fn is_no_cors_safelisted(name: &str, value: &[u8], profile: &Profile) -> bool {
    let name = name.to_ascii_lowercase();
    matches!(
        name.as_str(),
        "accept" | "accept-language" | "content-language" | "content-type"
    ) && judge(&name, value, profile).is_none()
}

/// Whether the response header is readable for script without being exposed.
///
/// <https://fetch.spec.whatwg.org/#cors-safelisted-response-header-name>
pub fn is_safelisted_response_header(name: &str) -> bool {
    [
        "cache-control",
        "content-language",
        "content-length",
        "content-type",
        "expires",
        "last-modified",
        "pragma",
    ]
    .iter()
    .any(|safe| name.eq_ignore_ascii_case(safe))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::profile::Engine;

    fn why(engine: Engine, name: &str, value: &str) -> Option<&'static str> {
        judge(name, value.as_bytes(), &engine.profile()).map(|why| why.id())
    }

    #[test]
    fn request_headers() {
        let long = "a".repeat(128);
        let longer = "a".repeat(129);
        let cases: &[(&str, &str, Option<&str>)] = &[
            ("accept", "*/*", None),
            ("accept", "a\tb", None),
            ("accept", "a(b", Some("byte")),
            ("accept", &long, None),
            ("accept", &longer, Some("length")),
            ("accept-language", "en-US, *;q=0.5", None),
            ("accept-language", "en_US", Some("byte")),
            ("content-language", "de'", Some("byte")),
            ("content-type", "text/plain", None),
            ("content-type", "TEXT/PLAIN;charset=utf-8", None),
            ("content-type", "text/plain; x=\"y\"", Some("byte")),
            ("content-type", "application/json", Some("content-type")),
            (
                "content-type",
                "text/plain, text/plain",
                Some("content-type"),
            ),
            ("content-type", "", Some("content-type")),
            ("range", "bytes=0-", None),
            ("range", "bytes=5-10", None),
            ("range", "bytes=9-10", None),
            ("range", "bytes=10-9", Some("range")),
            ("range", "bytes=-5", Some("range")),
            ("range", "bytes=0-1,2-3", Some("range")),
            ("range", "Bytes=0-", Some("range")),
            ("authorization", "x", Some("name")),
            ("x-a", &longer, Some("name")),
        ];
        for (name, value, expected) in cases {
            assert_eq!(
                why(Engine::Standard, name, value),
                *expected,
                "{name}: {value}"
            );
        }
    }

    #[test]
    fn client_hints_are_safe_in_chromium_alone() {
        for (name, value, safe) in [
            ("dpr", "2", true),
            ("dpr", "2.5", true),
            ("dpr", "2.", false),
            ("dpr", ".5", false),
            ("intervention", "any", true),
            ("dpr", "x", false),
            ("dpr", "1.2.3", false),
            ("save-data", "On", true),
            ("save-data", "off", false),
            ("rtt", "100", true),
            ("rtt", "1.5", false),
            ("ect", "4g", true),
        ] {
            assert_eq!(
                why(Engine::Chromium, name, value).is_none(),
                safe,
                "{name}: {value}"
            );
            assert_eq!(why(Engine::Standard, name, value), Some("name"));
        }
    }

    #[test]
    fn names_are_sorted_unique_and_lower_case() {
        let headers: HeaderList = [
            ("X-B", "1"),
            ("Authorization", "2"),
            ("x-b", "3"),
            ("Accept", "*/*"),
        ]
        .into_iter()
        .collect();
        let names: Vec<_> = unsafe_headers(&headers, &Engine::Standard.profile())
            .into_iter()
            .map(|h| h.name)
            .collect();
        assert_eq!(names, ["authorization", "x-b"]);
    }

    #[test]
    fn safelisted_values_over_1024_bytes_become_unsafe() {
        let value = "a".repeat(128);
        let eight: HeaderList = (0..8).map(|_| ("Accept", value.as_str())).collect();
        assert_eq!(unsafe_headers(&eight, &Engine::Standard.profile()), []);
        let mut nine = eight.clone();
        nine.append("Accept-Language", "e");
        let names: Vec<_> = unsafe_headers(&nine, &Engine::Standard.profile())
            .into_iter()
            .map(|h| h.name)
            .collect();
        assert_eq!(names, ["accept", "accept-language"]);
    }

    #[test]
    fn forbidden_headers_and_methods() {
        for (name, value, forbidden) in [
            ("Cookie", "x", true),
            ("SEC-anything", "x", true),
            ("proxy-", "x", true),
            ("User-Agent", "x", false),
            ("X-HTTP-Method-Override", "GET, trace", true),
            ("X-HTTP-Method-Override", "PATCH", false),
        ] {
            assert_eq!(
                is_forbidden_request_header(name, value.as_bytes()),
                forbidden,
                "{name}"
            );
        }
        assert!(is_forbidden_method("tRaCe"));
        assert_eq!(normalize_method("put"), "PUT");
        assert_eq!(normalize_method("patch"), "patch");
    }

    #[test]
    fn plus_signs_and_odd_parameters_are_judged_apart() {
        let engines = [Engine::Chromium, Engine::Firefox, Engine::WebKit];
        for (name, value, safe) in [
            ("range", "bytes=+1-+2", [false, false, true]),
            ("range", "bytes=++1-", [false; 3]),
            ("content-type", "text/plain;;", [true, false, true]),
            ("content-type", "text/plain; a=1,2", [true, false, true]),
            ("content-type", "text/plain;", [true; 3]),
        ] {
            let found = engines.map(|engine| why(engine, name, value).is_none());
            assert_eq!(found, safe, "{name}: {value}");
        }
        assert_eq!(
            rewritten_range(b"bytes= +1-2").as_deref(),
            Some("bytes=1-2")
        );
    }
}
