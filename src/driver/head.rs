//! The head of an HTTP/1 reply, read from its exact bytes as browsers read it.
//!
//! What is taken and what is not was measured: Chromium 156 and Firefox 153 were sent each of the heads
//! in the tests below. What they take differently in a header line is kept for the engine to judge
//! (`engine::receive`): blanks before the colon, a bare carriage return, a NUL in a value. A status line
//! is read as Chromium reads it; one of an odd form is kept for the engine too (`engine::status_line`).

use memchr::{memchr, memchr_iter};

use crate::wire::{Header, HeaderList, HttpVersion, is_token, latin1};

/// The bytes of a head that browsers accept.
pub(super) const MAX_HEAD_BYTES: usize = 256 * 1024;

/// So many bytes may stand before `HTTP`; left over from a body, mostly.
const SLOP: usize = 4;

/// So much is kept of an odd status line.
const MAX_ODD_LINE: usize = 256;

/// What a head says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) version: HttpVersion,
    pub(super) status: u16,
    pub(super) reason: Vec<u8>,
    /// The status line, where it has not the usual form.
    pub(super) odd_status_line: Option<Vec<u8>>,
    pub(super) headers: HeaderList,
}

/// What is wrong with what came instead of a head.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum HeadError {
    /// The connection ended.
    #[error("the server closed the connection without a reply")]
    Nothing,
    /// It ended after a reply of this status, which announces another.
    #[error("the server closed the connection after an interim reply ({0})")]
    OnlyInterim(u16),
    /// It ended in the head, and over TLS nobody may have cut it.
    #[error("the server closed the connection in the head of its reply")]
    Truncated,
    /// It does not begin as HTTP.
    #[error("what came back is not valid HTTP: invalid status line")]
    NotHttp,
    /// It is the preface of HTTP/2.
    #[error("the server speaks HTTP/2 where HTTP/1.1 was expected")]
    Http2,
    /// A byte that no browser lets pass.
    #[error("what came back is not valid HTTP: invalid head, it holds a NUL byte")]
    Nul,
    /// Lengths that contradict each other.
    #[error("what came back is not valid HTTP: invalid Content-Length, there are several")]
    Lengths,
    /// More than anybody reads.
    #[error("the head of the reply is longer than 256 KiB")]
    TooLong,
}

/// Where a head begins and ends in what has come so far; `None` if more has to come. At the end of the
/// connection the head is whatever is there.
pub(super) fn find(bytes: &[u8], ended: bool) -> Result<Option<(usize, usize)>, HeadError> {
    let is_http = |start: &usize| {
        let word = bytes.get(*start..*start + 4);
        word.is_some_and(|word| {
            word.eq_ignore_ascii_case(b"http") || word.eq_ignore_ascii_case(b"icy ")
        })
    };
    let Some(start) = (0..=SLOP).find(is_http) else {
        return match bytes.len() {
            0 if ended => Err(HeadError::Nothing),
            length if !ended && length < SLOP + 4 => Ok(None),
            _ if is_http2(bytes) => Err(HeadError::Http2),
            _ => Err(HeadError::NotHttp),
        };
    };
    let head = &bytes[start..];
    let end = memchr_iter(b'\n', head).find_map(|at| match head[at + 1..] {
        [b'\n', ..] => Some(at + 2),
        [b'\r', b'\n', ..] => Some(at + 3),
        _ => None,
    });
    match end.or(ended.then_some(head.len())) {
        Some(length) if length > MAX_HEAD_BYTES => Err(HeadError::TooLong),
        None if head.len() > MAX_HEAD_BYTES => Err(HeadError::TooLong),
        length => Ok(length.map(|length| (start, start + length))),
    }
}

/// Whether these bytes begin as an HTTP/2 server does, with its settings.
fn is_http2(bytes: &[u8]) -> bool {
    matches!(bytes, [0, _, _, 4, 0, 0, 0, 0, 0, ..])
}

/// Reads a head that was found.
pub(super) fn parse(head: &[u8]) -> Result<Head, HeadError> {
    let mut lines = Lines(head);
    let mut read = status_line(lines.next().unwrap_or_default())?;
    let mut fields: Vec<Header> = Vec::with_capacity(16);
    // A folded line belongs to the line before it, also where that one is dropped.
    let mut dropped = true;
    for line in lines {
        if let [b' ' | b'\t', ..] = line {
            let more = trim_blanks(line);
            if let Some(field) = fields.last_mut().filter(|_| !dropped && !more.is_empty()) {
                field.value.push(b' ');
                field.value.extend_from_slice(more);
            }
            continue;
        }
        let field = field(line)?;
        dropped = field.is_none();
        fields.extend(field);
    }
    read.headers = fields.into();
    Ok(read)
}

/// The lines of a head, without their ends.
struct Lines<'a>(&'a [u8]);

impl<'a> Iterator for Lines<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        if self.0.is_empty() {
            return None;
        }
        let length = memchr(b'\n', self.0).unwrap_or(self.0.len());
        let (line, rest) = self.0.split_at(length);
        self.0 = rest.get(1..).unwrap_or_default();
        Some(line.strip_suffix(b"\r").unwrap_or(line))
    }
}

/// One line. Its name keeps blanks behind it and a carriage return before it, and its value keeps every byte
/// but blanks around it, since engines take those differently. `None` for what no engine takes for a
/// header.
fn field(line: &[u8]) -> Result<Option<Header>, HeadError> {
    let Some(colon) = memchr(b':', line) else {
        return Ok(None);
    };
    let (name, value) = (&line[..colon], &line[colon + 1..]);
    if name.contains(&0) {
        return Err(HeadError::Nul);
    }
    let bare = trim_blanks(name.strip_prefix(b"\r").unwrap_or(name));
    Ok(is_token(bare).then(|| Header {
        name: latin1(name),
        value: trim_blanks(value).to_vec(),
    }))
}

/// What an answer without a head is for a browser that takes it for HTTP/0.9: a 200 whose body is all of it.
pub(super) fn headless(bytes: &[u8]) -> Head {
    let line = Lines(bytes).next().unwrap_or_default();
    Head {
        version: HttpVersion::Http10,
        status: 200,
        reason: b"OK".to_vec(),
        odd_status_line: odd(line),
        headers: HeaderList::new(),
    }
}

/// The beginning of a status line that is not `HTTP/1.0` or `HTTP/1.1`, a blank, three digits, and nothing or
/// a blank and a reason.
fn odd(line: &[u8]) -> Option<Vec<u8>> {
    let rest = [&b"HTTP/1.1 "[..], b"HTTP/1.0 "]
        .iter()
        .find_map(|version| line.strip_prefix(*version));
    let usual = rest.is_some_and(|rest| {
        let status = rest.get(..3);
        status.is_some_and(|status| status.iter().all(u8::is_ascii_digit))
            && matches!(rest.get(3..), Some([] | [b' ', b'!'..=0xff, ..]))
            && !rest.ends_with(b" ")
    });
    (!usual).then(|| line[..line.len().min(MAX_ODD_LINE)].to_vec())
}

/// Reads leniently: what is missing is taken as `HTTP/1.0`, 200 and `OK`.
fn status_line(line: &[u8]) -> Result<Head, HeadError> {
    if line.contains(&0) {
        return Err(HeadError::Nul);
    }
    let mut head = Head {
        version: version(line),
        status: 200,
        reason: b"OK".to_vec(),
        odd_status_line: odd(line),
        headers: HeaderList::new(),
    };
    let Some(blank) = memchr(b' ', line) else {
        return Ok(head);
    };
    let rest = trim_spaces(&line[blank..]);
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (number, reason) = rest.split_at(digits);
    if digits == 0 {
        head.reason.clear();
        return Ok(head);
    }
    head.status = number.iter().fold(0, |status: u16, digit| {
        let digit = u16::from(digit - b'0');
        status.saturating_mul(10).saturating_add(digit)
    });
    head.reason = trim_spaces(reason).to_vec();
    Ok(head)
}

fn version(line: &[u8]) -> HttpVersion {
    let dot = memchr(b'.', line).unwrap_or(line.len());
    let digit = |at: usize| line.get(at).filter(|byte| byte.is_ascii_digit());
    match (line.get(4), digit(5), digit(dot + 1)) {
        (Some(b'/'), Some(major), Some(minor)) if (major, minor) >= (&b'1', &b'1') => {
            HttpVersion::Http11
        }
        _ => HttpVersion::Http10,
    }
}

fn trim_spaces(bytes: &[u8]) -> &[u8] {
    trim(bytes, |byte| byte == b' ')
}

fn trim_blanks(bytes: &[u8]) -> &[u8] {
    trim(bytes, |byte| matches!(byte, b' ' | b'\t'))
}

fn trim(bytes: &[u8], blank: impl Fn(u8) -> bool) -> &[u8] {
    let start = bytes.iter().position(|byte| !blank(*byte));
    let end = bytes.iter().rposition(|byte| !blank(*byte));
    match (start, end) {
        (Some(start), Some(end)) => &bytes[start..=end],
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The name and value of each line after a good status line.
    fn fields(lines: &[u8]) -> Vec<(String, String)> {
        let head = [b"HTTP/1.1 200 OK\r\n", lines, b"\r\n"].concat();
        assert_eq!(find(&head, false), Ok(Some((0, head.len()))));
        let headers = parse(&head).unwrap().headers;
        let text = |header: &Header| (header.name.clone(), latin1(&header.value));
        headers.iter().map(text).collect()
    }

    #[test]
    fn header_lines() {
        for (lines, expected) in [
            (
                &b"A: 1\r\nb:2\nA:\t3 \r\n"[..],
                &[("A", "1"), ("b", "2"), ("A", "3")][..],
            ),
            (
                b"A:\r\nB: caf\xe9 \x01\x7f\r\n",
                &[("A", ""), ("B", "caf\u{e9} \u{1}\u{7f}")],
            ),
            (b"A: a,\r\n  b\r\n\tc\r\n", &[("A", "a, b c")]),
            (b"A:\r\n *\r\n \r\nB: 1\r\n", &[("A", " *"), ("B", "1")]),
            (b" X: 1\r\nA: 1\r\n", &[("A", "1")]),
            (b"nonsense\r\n X: 1\r\nA: 1\r\n", &[("A", "1")]),
            (
                b": x\r\n(): x\r\nX\x01: x\r\nX\xe9: x\r\nX Y: x\r\nA: 1\r\n",
                &[("A", "1")],
            ),
            (b"A : 1\r\nB\t: 2\r\n", &[("A ", "1"), ("B\t", "2")]),
            (
                b"A: 1\rB: 2\r\r\n\rC: 3\r\n",
                &[("A", "1\rB: 2\r"), ("\rC", "3")],
            ),
            (b"A: 1\x002\r\n", &[("A", "1\u{0}2")]),
        ] {
            let owned = |(name, value): &(&str, &str)| (name.to_string(), value.to_string());
            let expected: Vec<_> = expected.iter().map(owned).collect();
            assert_eq!(fields(lines), expected, "{}", lines.escape_ascii());
        }
    }

    #[test]
    fn status_lines() {
        use HttpVersion::{Http10, Http11};
        for (line, version, status, reason) in [
            ("HTTP/1.1 200 OK", Http11, 200, "OK"),
            ("HTTP/1.1 200", Http11, 200, ""),
            ("HTTP/1.1 404   a b  ", Http11, 404, "a b"),
            ("HTTP/1.1 200\tOK", Http11, 200, "\tOK"),
            ("HTTP/1.1", Http11, 200, "OK"),
            ("HTTP/1.1 OK", Http11, 200, ""),
            ("HTTP/1.1\t200 OK", Http11, 200, ""),
            ("HTTP/1.1 -200 OK", Http11, 200, ""),
            ("HTTP/1.1 200x OK", Http11, 200, "x OK"),
            ("HTTP/1.1 0200 OK", Http11, 200, "OK"),
            ("HTTP/1.1  20 OK", Http11, 20, "OK"),
            ("HTTP/1.1 2000 OK", Http11, 2000, "OK"),
            ("HTTP/1.1 000 Odd", Http11, 0, "Odd"),
            ("HTTP/1.1 99999999 Odd", Http11, u16::MAX, "Odd"),
            ("http/1.1 200 OK", Http11, 200, "OK"),
            ("HTTP/3.0 200 OK", Http11, 200, "OK"),
            ("HTTP/1.0 200 OK", Http10, 200, "OK"),
            ("HTTP/1 200 OK", Http10, 200, "OK"),
            ("HTTP/x.y 200 OK", Http10, 200, "OK"),
            ("HTTP 200 OK", Http10, 200, "OK"),
        ] {
            let head = parse(format!("{line}\r\n\r\n").as_bytes()).unwrap();
            assert_eq!((head.version, head.status), (version, status), "{line}");
            assert_eq!(latin1(&head.reason), reason, "{line}");
        }
        assert_eq!(parse(b"HTTP/1.1 200 O\0K\r\n\r\n"), Err(HeadError::Nul));
        assert_eq!(
            parse(b"HTTP/1.1 200 OK\r\nA\0: 1\r\n\r\n"),
            Err(HeadError::Nul)
        );
        assert_eq!(parse(b"HTTP/1.1 200 M\xe9h\n\n").unwrap().reason, b"M\xe9h");
    }

    #[test]
    fn odd_status_lines_are_kept() {
        for (line, odd) in [
            ("HTTP/1.1 200 OK", false),
            ("HTTP/1.0 404", false),
            ("HTTP/1.1 404 a  b", false),
            ("HTTP/1.1 200 ", true),
            ("HTTP/1.1 200 OK ", true),
            ("HTTP/1.1  200 OK", true),
            ("HTTP/1.1 200\tOK", true),
            ("HTTP/1.1 2000", true),
            ("HTTP/1.1 20", true),
            ("HTTP/2 200 OK", true),
            ("ICY 200 OK", true),
        ] {
            let head = parse(format!("{line}\r\n\r\n").as_bytes()).unwrap();
            assert_eq!(head.odd_status_line.is_some(), odd, "{line}");
        }
        let head = headless(b"SSH-2.0\r\nmore");
        assert_eq!(head.odd_status_line.as_deref(), Some(&b"SSH-2.0"[..]));
        let long = headless(&[b'x'; 2 * MAX_ODD_LINE]).odd_status_line;
        assert_eq!(long.map(|line| line.len()), Some(MAX_ODD_LINE));
    }

    #[test]
    fn where_a_head_begins_and_ends() {
        for (bytes, ended, expected) in [
            (&b"HTTP/1.1 200 OK\r\n\r\nhi"[..], false, Ok(Some((0, 19)))),
            (b"HTTP/1.1 200 OK\n\nhi", false, Ok(Some((0, 17)))),
            (b"HTTP/1.1 200 OK\r\nA: 1\r\n", false, Ok(None)),
            (b"HTTP/1.1 200 OK\r\nA: 1\r\n", true, Ok(Some((0, 23)))),
            (b"\r\n\r\nHTTP/1.1 200 OK\n\n", false, Ok(Some((4, 21)))),
            (b"abcdHTTP/1.1 200 OK\n\n", false, Ok(Some((4, 21)))),
            (b" icy 200 OK\n\nhi", false, Ok(Some((1, 13)))),
            (b"abcdeHTTP/1.1 200 OK\n\n", false, Err(HeadError::NotHttp)),
            (b"SSH-2.0", false, Ok(None)),
            (b"SSH-2.0", true, Err(HeadError::NotHttp)),
            (b"SSH-2.0-", false, Err(HeadError::NotHttp)),
            (b"\0\0\x06\x04\0\0\0\0\0", false, Err(HeadError::Http2)),
            (b"", false, Ok(None)),
            (b"", true, Err(HeadError::Nothing)),
        ] {
            assert_eq!(find(bytes, ended), expected, "{}", bytes.escape_ascii());
        }
        let mut long = b"HTTP/1.1 200 OK\r\nA: ".to_vec();
        long.resize(MAX_HEAD_BYTES, b'v');
        assert_eq!(find(&long, false), Ok(None));
        long.push(b'v');
        assert_eq!(find(&long, false), Err(HeadError::TooLong));
    }
}
