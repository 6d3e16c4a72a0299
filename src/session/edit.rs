//! Edits of a session: what if the server had answered otherwise, or the page had asked otherwise?
//!
//! An edit is written `TARGET: CHANGE`. Targets:
//!
//! | target | what is changed |
//! | --- | --- |
//! | `preflight`, `preflight 2` | the answer to the preflight of the first URL; of the URL after the first redirect |
//! | `actual` | the answer to the request itself, where the redirects end |
//! | `actual 2` | the answer to the request to the second URL |
//! | `redirect 1` | the first redirect; the same as `actual 1` |
//! | `exchange 1` | the first answer of the run, as reports count them |
//! | `request` | the request, or the page that asks |
//!
//! Changes of an answer: `Name: value` sets a header, `+Name: value` adds a line, `-Name` (or `Name:`) removes all
//! lines, `Name;` sets it empty, `status 204`. Changes of the request: the same for a header, and `method PUT`,
//! `url https://…`, `credentials omit`, `mode cors`, `redirect follow`, `cache default`, `no body`,
//! `page https://…`. Values hold one character a byte, as in the JSON.

use std::fmt;
use std::str::FromStr;

use url::Url;

use crate::engine::{CacheMode, Credentials, Mode, RedirectMode, is_forbidden_method};
use crate::wire::{is_token, latin1, latin1_bytes, normalize_header_value};

/// One edit of a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Edit {
    /// The server answers otherwise.
    Answer(Selector, AnswerChange),
    /// The page asks otherwise.
    Request(RequestChange),
}

/// Which answer an edit changes. Places count from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Selector {
    /// To the preflight of the URL at this place of the chain of redirects.
    Preflight(usize),
    /// To the request itself, where the recorded redirects end.
    Last,
    /// To the request itself, to the URL at this place.
    Actual(usize),
    /// The redirect at this place.
    Redirect(usize),
    /// The answer at this place of the recorded exchanges.
    Exchange(usize),
}

/// A change of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AnswerChange {
    /// One line of that name, instead of all there are.
    Set(String, Vec<u8>),
    /// One line more.
    Add(String, Vec<u8>),
    /// No line of that name.
    Remove(String),
    /// Another status.
    Status(u16),
}

/// A change of the request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RequestChange {
    /// One header of that name, instead of all there are.
    SetHeader(String, Vec<u8>),
    /// One header more.
    AddHeader(String, Vec<u8>),
    /// No header of that name.
    RemoveHeader(String),
    /// Another method.
    Method(String),
    /// Another URL, relative to the page's.
    Url(String),
    /// Another credentials mode.
    Credentials(Credentials),
    /// Another mode.
    Mode(Mode),
    /// Another redirect mode.
    Redirect(RedirectMode),
    /// Another cache mode.
    Cache(CacheMode),
    /// No body.
    NoBody,
    /// A page of another origin.
    Page(Url),
}

/// Why a text is no edit.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{}`: {message}\n  hint: {hint}", .text.escape_debug())]
pub struct EditError {
    /// What was given.
    pub text: String,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub hint: &'static str,
}

type Wrong = (String, &'static str);

const TARGETS: &str =
    "begin with preflight, actual, redirect 1, exchange 1 or request, as in actual: Vary: Origin";
const CHANGES: &str = "as in actual: Vary: Origin, actual: -Vary or preflight: status 204";
const REQUEST_CHANGES: &str =
    "as in request: -X-Api-Key, request: credentials omit or request: url https://api.example/";

impl FromStr for Edit {
    type Err = EditError;

    fn from_str(text: &str) -> Result<Self, EditError> {
        parse(text).map_err(|(message, hint)| EditError {
            text: text.to_owned(),
            message,
            hint,
        })
    }
}

fn parse(text: &str) -> Result<Edit, Wrong> {
    let no_target = || ("it names nothing to change".to_owned(), TARGETS);
    let (target, change) = text.split_once(':').ok_or_else(no_target)?;
    let (target, change) = (target.trim(), change.trim());
    if target.eq_ignore_ascii_case("request") {
        return request_change(change).map(Edit::Request);
    }
    let selector = selector(target)?;
    answer_change(change).map(|change| Edit::Answer(selector, change))
}

fn selector(target: &str) -> Result<Selector, Wrong> {
    let mut words = target.split_ascii_whitespace();
    let name = words.next().unwrap_or_default().to_ascii_lowercase();
    let place = words.next().map(|word| {
        let place = word.parse().ok().filter(|place| *place > 0);
        place.ok_or_else(|| {
            (
                format!("`{}` is no place", word.escape_debug()),
                "count from 1",
            )
        })
    });
    let place = place.transpose()?;
    let selector = match (name.as_str(), place) {
        ("preflight", place) => Selector::Preflight(place.unwrap_or(1)),
        ("actual", None) => Selector::Last,
        ("actual", Some(place)) => Selector::Actual(place),
        ("redirect", place) => Selector::Redirect(place.unwrap_or(1)),
        ("exchange", Some(place)) => Selector::Exchange(place),
        _ => {
            let message = format!("`{}` is nothing that can be changed", target.escape_debug());
            return Err((message, TARGETS));
        }
    };
    match words.next() {
        None => Ok(selector),
        Some(more) => Err((
            format!("`{}` is too much", more.escape_debug()),
            "a target is one word and one number",
        )),
    }
}

/// A change of header lines, as answers and requests have it.
enum Line {
    Set(String, Vec<u8>),
    Add(String, Vec<u8>),
    Remove(String),
}

/// `Name: value`, `+Name: value`, `-Name`, `Name:`, `Name;`; `None` if it is none of these.
fn line(change: &str) -> Option<Result<Line, Wrong>> {
    let named = |name: &str, make: &dyn Fn(String) -> Result<Line, Wrong>| {
        let name = name.trim();
        if is_token(name.as_bytes()) {
            return make(name.to_owned());
        }
        let message = format!("`{}` is no header name", name.escape_debug());
        Err((
            message,
            "letters, digits and !#$%&'*+-.^_`|~ only, as in X-Api-Key",
        ))
    };
    if let Some(name) = change.strip_prefix('-') {
        return Some(named(name.trim_end_matches(':'), &|name| {
            Ok(Line::Remove(name))
        }));
    }
    let (adds, rest) = match change.strip_prefix('+') {
        Some(rest) => (true, rest),
        None => (false, change),
    };
    let Some((name, value)) = rest.split_once(':') else {
        let name = rest.strip_suffix(';')?;
        return Some(named(name, &|name| {
            Ok(if adds {
                Line::Add(name, Vec::new())
            } else {
                Line::Set(name, Vec::new())
            })
        }));
    };
    let value = header_value(value);
    Some(named(name, &|name| {
        let value = value.clone()?;
        Ok(match (adds, value.is_empty()) {
            (false, true) => Line::Remove(name),
            (false, false) => Line::Set(name, value),
            (true, _) => Line::Add(name, value),
        })
    }))
}

fn header_value(text: &str) -> Result<Vec<u8>, Wrong> {
    let Some(bytes) = latin1_bytes(text) else {
        let message = "the value holds a character above U+00FF".to_owned();
        return Err((
            message,
            "one character stands for one byte; give UTF-8 byte by byte",
        ));
    };
    let value = normalize_header_value(&bytes);
    if value.iter().any(|byte| b"\0\r\n".contains(byte)) {
        let message = "the value holds a line break or NUL".to_owned();
        return Err((message, "one edit for each line"));
    }
    Ok(value.to_vec())
}

fn answer_change(change: &str) -> Result<AnswerChange, Wrong> {
    if let Some(line) = line(change) {
        return line.map(|line| match line {
            Line::Set(name, value) => AnswerChange::Set(name, value),
            Line::Add(name, value) => AnswerChange::Add(name, value),
            Line::Remove(name) => AnswerChange::Remove(name),
        });
    }
    match word_and_rest(change) {
        ("status", status) => match status.parse() {
            Ok(status @ 200..=999) => Ok(AnswerChange::Status(status)),
            _ => Err((
                format!("`{}` is no status of an answer", status.escape_debug()),
                "a number from 200 to 999",
            )),
        },
        ("", _) => Err(("it says nothing to change".to_owned(), CHANGES)),
        _ => {
            let message = format!("`{}` is no change of an answer", change.escape_debug());
            Err((message, CHANGES))
        }
    }
}

fn request_change(change: &str) -> Result<RequestChange, Wrong> {
    let (word, rest) = word_and_rest(change);
    // A URL has a colon too, so the words come first.
    match (word, rest) {
        ("method", method) if is_token(method.as_bytes()) && !is_forbidden_method(method) => {
            Ok(RequestChange::Method(method.to_owned()))
        }
        ("method", method) => Err((
            format!(
                "`{}` is no method that a page can use",
                method.escape_debug()
            ),
            "letters, digits and !#$%&'*+-.^_`|~ only, as in PUT",
        )),
        ("url", "") => Err(("no URL given".to_owned(), REQUEST_CHANGES)),
        ("url", url) => Ok(RequestChange::Url(url.to_owned())),
        ("credentials", name) => named(
            name,
            Credentials::from_name,
            "one of omit, same-origin, include",
        )
        .map(RequestChange::Credentials),
        ("mode", name) => named(name, Mode::from_name, "one of cors, no-cors, same-origin")
            .map(RequestChange::Mode),
        ("redirect", name) => named(
            name,
            RedirectMode::from_name,
            "one of follow, error, manual",
        )
        .map(RequestChange::Redirect),
        ("cache", name) => named(
            name,
            CacheMode::from_name,
            "one of default, no-store, reload, no-cache, force-cache, only-if-cached",
        )
        .map(RequestChange::Cache),
        ("no", "body") => Ok(RequestChange::NoBody),
        ("page", page) => named(
            page,
            |page| Url::parse(page).ok().filter(Url::has_host),
            "scheme and host, as in https://app.example",
        )
        .map(RequestChange::Page),
        _ => match line(change) {
            Some(line) => line.map(|line| match line {
                Line::Set(name, value) => RequestChange::SetHeader(name, value),
                Line::Add(name, value) => RequestChange::AddHeader(name, value),
                Line::Remove(name) => RequestChange::RemoveHeader(name),
            }),
            None if change.is_empty() => {
                Err(("it says nothing to change".to_owned(), REQUEST_CHANGES))
            }
            None => {
                let message = format!("`{}` is no change of a request", change.escape_debug());
                Err((message, REQUEST_CHANGES))
            }
        },
    }
}

fn named<T>(
    text: &str,
    from_name: impl Fn(&str) -> Option<T>,
    hint: &'static str,
) -> Result<T, Wrong> {
    from_name(text).ok_or_else(|| (format!("`{}` is not known here", text.escape_debug()), hint))
}

fn word_and_rest(change: &str) -> (&str, &str) {
    match change.split_once(char::is_whitespace) {
        Some((word, rest)) => (word, rest.trim()),
        None => (change, ""),
    }
}

/// As it is typed.
impl fmt::Display for Edit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Answer(selector, change) => write!(f, "{selector}: {change}"),
            Self::Request(change) => write!(f, "request: {change}"),
        }
    }
}

impl fmt::Display for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Preflight(1) => f.write_str("preflight"),
            Self::Preflight(place) => write!(f, "preflight {place}"),
            Self::Last => f.write_str("actual"),
            Self::Actual(place) => write!(f, "actual {place}"),
            Self::Redirect(place) => write!(f, "redirect {place}"),
            Self::Exchange(place) => write!(f, "exchange {place}"),
        }
    }
}

impl fmt::Display for AnswerChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Set(name, value) => write_line(f, "", name, value),
            Self::Add(name, value) => write_line(f, "+", name, value),
            Self::Remove(name) => write!(f, "-{name}"),
            Self::Status(status) => write!(f, "status {status}"),
        }
    }
}

impl fmt::Display for RequestChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SetHeader(name, value) => write_line(f, "", name, value),
            Self::AddHeader(name, value) => write_line(f, "+", name, value),
            Self::RemoveHeader(name) => write!(f, "-{name}"),
            Self::Method(method) => write!(f, "method {method}"),
            Self::Url(url) => write!(f, "url {url}"),
            Self::Credentials(credentials) => write!(f, "credentials {}", credentials.as_str()),
            Self::Mode(mode) => write!(f, "mode {}", mode.as_str()),
            Self::Redirect(redirect) => write!(f, "redirect {}", redirect.as_str()),
            Self::Cache(cache) => write!(f, "cache {}", cache.as_str()),
            Self::NoBody => f.write_str("no body"),
            Self::Page(url) => write!(f, "page {url}"),
        }
    }
}

fn write_line(f: &mut fmt::Formatter<'_>, sign: &str, name: &str, value: &[u8]) -> fmt::Result {
    if value.is_empty() {
        return write!(f, "{sign}{name};");
    }
    write!(f, "{sign}{name}: {}", latin1(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        for text in [
            "preflight: Access-Control-Allow-Headers: x-api-key",
            "preflight 2: status 204",
            "actual: -Vary",
            "actual 3: +Set-Cookie: a=b; Path=/",
            "redirect 1: Location: https://api.example/",
            "exchange 2: Vary;",
            "exchange 2: +Vary;",
            "request: -X-Api-Key",
            "request: +X-Api-Key: 1",
            "request: Content-Type: text/plain",
            "request: method PATCH",
            "request: url https://api.example/a b",
            "request: credentials omit",
            "request: mode cors",
            "request: redirect follow",
            "request: cache default",
            "request: no body",
            "request: page https://other.example/",
        ] {
            let edit: Edit = text.parse().unwrap();
            assert_eq!(edit.to_string(), text);
        }
    }

    #[test]
    fn there_are_shorter_ways_to_write() {
        for (text, same) in [
            (" Actual :Vary:", "actual: -Vary"),
            ("preflight 1:  vary :  Origin ", "preflight: vary: Origin"),
            ("redirect: -Location", "redirect 1: -Location"),
        ] {
            assert_eq!(text.parse::<Edit>().unwrap().to_string(), same);
        }
    }

    #[test]
    fn what_is_no_edit_is_told() {
        for (text, told) in [
            ("", "names nothing"),
            (
                "Access-Control-Allow-Origin: *",
                "nothing that can be changed",
            ),
            ("actual 0: -Vary", "`0` is no place"),
            ("actual 1 2: -Vary", "`2` is too much"),
            ("actual:", "says nothing"),
            ("actual: Vary", "`Vary` is no change of an answer"),
            ("actual: bad name: x", "`bad name` is no header name"),
            ("actual: A: b\nc", "line break"),
            ("actual: A: \u{141}", "U+00FF"),
            ("preflight: status 99", "`99` is no status"),
            ("request: credentials all", "`all` is not known"),
            ("request: method TRACE", "`TRACE` is no method"),
            ("request: page about:blank", "`about:blank` is not known"),
            ("request: url", "no URL"),
        ] {
            let error = text.parse::<Edit>().unwrap_err();
            assert!(error.to_string().contains(told), "{text}: {error}");
        }
    }
}
