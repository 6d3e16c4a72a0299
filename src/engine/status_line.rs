//! How an engine's HTTP parser takes a status line of an odd form, before any rule looks at the answer.

use std::borrow::Cow;

use url::Url;

use super::profile::{OddStatusLine, Profile};
use crate::wire::{Body, FailureKind, HeaderList, HttpVersion, NetworkFailure, Reply};

/// The answer of `url` as this engine sees it, or the failure that it makes of its status line.
pub(super) fn read<'a>(
    reply: &'a Reply,
    url: &Url,
    profile: &Profile,
) -> Result<Cow<'a, Reply>, NetworkFailure> {
    let Some(line) = reply.odd_status_line.as_deref() else {
        return Ok(Cow::Borrowed(reply));
    };
    let begins = |start: &[u8]| {
        let beginning = line.get(..start.len());
        beginning.is_some_and(|beginning| beginning.eq_ignore_ascii_case(start))
    };
    match profile.odd_status_line {
        OddStatusLine::Lenient | OddStatusLine::LenientOrNoHead if begins(b"http") => {
            Ok(Cow::Borrowed(reply))
        }
        OddStatusLine::LenientOrNoHead if begins(b"icy ") || url.port().is_none() => {
            Ok(Cow::Owned(without_head(line, reply)))
        }
        OddStatusLine::Lenient | OddStatusLine::LenientOrNoHead => Err(invalid()),
        OddStatusLine::DigitsOrNoHead => {
            let known = [&b"HTTP/1."[..], b"HTTP/2", b"HTTP/3"];
            match begins(b"icy ") || known.iter().any(|start| line.starts_with(start)) {
                true => digits(line, reply),
                false => Ok(Cow::Owned(without_head(line, reply))),
            }
        }
    }
}

/// As HTTP/0.9: all that came is the body.
fn without_head(line: &[u8], reply: &Reply) -> Reply {
    let mut body = reply.body.clone();
    // Without a head, the driver hands it over so.
    if !(reply.headers.is_empty() && body.bytes.starts_with(line)) {
        let mut whole = [line, b"\r\n"].concat();
        for header in &reply.headers {
            whole.extend_from_slice(header.name.as_bytes());
            whole.extend_from_slice(b": ");
            whole.extend_from_slice(&header.value);
            whole.extend_from_slice(b"\r\n");
        }
        whole.extend_from_slice(b"\r\n");
        whole.extend_from_slice(&body.bytes);
        body = Body {
            truncated: body.truncated,
            ..Body::plain(whole)
        };
    }
    Reply {
        status: 200,
        reason: b"OK".to_vec(),
        version: HttpVersion::Http10,
        headers: HeaderList::new(),
        body,
        ..reply.clone()
    }
}

/// A blank (a tab is none), then one to three digits. Without a blank it is 200 OK.
fn digits<'a>(line: &[u8], reply: &'a Reply) -> Result<Cow<'a, Reply>, NetworkFailure> {
    let is_blank = |byte: &u8| matches!(byte, b' ' | b'\t');
    let Some(blank) = line.iter().position(|byte| *byte == b' ') else {
        return Ok(Cow::Owned(Reply {
            status: 200,
            reason: b"OK".to_vec(),
            ..reply.clone()
        }));
    };
    let rest = line[blank..].trim_ascii_start();
    let end = rest.iter().position(is_blank).unwrap_or(rest.len());
    let (status, reason) = rest.split_at(end);
    if !(1..=3).contains(&status.len()) || !status.iter().all(u8::is_ascii_digit) {
        return Err(invalid());
    }
    let number = |sum: u16, digit: &u8| sum * 10 + u16::from(digit - b'0');
    Ok(Cow::Owned(Reply {
        status: status.iter().fold(0, number),
        reason: match line.starts_with(b"HTTP/2") {
            // A version that has no reasons.
            true => Vec::new(),
            false => reason.trim_ascii_start().to_vec(),
        },
        ..reply.clone()
    }))
}

fn invalid() -> NetworkFailure {
    let detail = "what came back is not valid HTTP: invalid status line";
    NetworkFailure::new(FailureKind::EmptyResponse, detail)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Engine;
    use crate::wire::latin1;

    /// What an engine makes of such an answer, which the driver reads as 404 `No`: status, reason, whether its
    /// header lines count.
    fn seen(engine: Engine, url: &str, line: &str) -> Option<(u16, String, bool)> {
        let reply = Reply {
            status: 404,
            reason: b"No".to_vec(),
            odd_status_line: Some(line.into()),
            headers: [("A", "1")].into_iter().collect(),
            body: Body::plain(b"hello".to_vec()),
            ..Reply::default()
        };
        let profile = engine.profile();
        let read = read(&reply, &url.parse().unwrap(), &profile).ok()?;
        let has_head = !read.headers.is_empty();
        let whole = format!("{line}\r\nA: 1\r\n\r\nhello");
        let body = if has_head { "hello" } else { &whole };
        assert_eq!(read.body.bytes, body, "{engine:?} {line}");
        Some((read.status, latin1(&read.reason), has_head))
    }

    #[test]
    fn firefox_wants_digits_or_takes_all_for_the_body() {
        let head = |status, reason: &str| Some((status, reason.to_owned(), true));
        let no_head = Some((200, "OK".to_owned(), false));
        for (line, expected) in [
            ("HTTP/1.1", head(200, "OK")),
            ("HTTP/1.1\t404\tNo", head(200, "OK")),
            ("HTTP/1.1 \t404 No", head(404, "No")),
            ("HTTP/1.1 404 \t No  ", head(404, "No  ")),
            ("HTTP/1.x 404\tNo", head(404, "No")),
            ("HTTP/1.1 4", head(4, "")),
            ("HTTP/1.1 000 x", head(0, "x")),
            ("HTTP/2 404 No", head(404, "")),
            ("HTTP/3 404 No", head(404, "No")),
            ("ICY 404 No", head(404, "No")),
            ("icy 404", head(404, "")),
            ("HTTP/1.1  ", None),
            ("HTTP/1.1 abc", None),
            ("HTTP/1.1 2e2 OK", None),
            ("HTTP/1.1 200OK", None),
            ("HTTP/1.1 0200 OK", None),
            ("HTTP/1.1 +200 OK", None),
            ("HTTP/1.1404 No", None),
            ("HTTP/2 OK", None),
            ("http/1.1 200 OK", no_head.clone()),
            ("HTTP/0.9 200 OK", no_head.clone()),
            ("HTTP/11.1 200 OK", no_head.clone()),
            ("HTTP 200 OK", no_head.clone()),
            ("HTTPS/1.1 200 OK", no_head.clone()),
            ("ICY/1.0 404 No", no_head.clone()),
            ("SSH-2.0-x", no_head),
        ] {
            let url = "http://api.test:8081/";
            assert_eq!(seen(Engine::Firefox, url, line), expected, "{line}");
        }
    }

    #[test]
    fn chromium_takes_icy_and_default_ports_for_http_0_9() {
        let head = Some((404, "No".to_owned(), true));
        let no_head = Some((200, "OK".to_owned(), false));
        for (url, line, chromium, webkit) in [
            ("http://api.test:8081/", "http/x 404 No", &head, &head),
            ("http://api.test:8081/", "ICY 404 No", &no_head, &None),
            ("http://api.test:8081/", "hello", &None, &None),
            ("http://api.test/", "hello", &no_head, &None),
            ("https://api.test/", "hello", &no_head, &None),
            ("https://api.test:80/", "hello", &None, &None),
        ] {
            assert_eq!(&seen(Engine::Chromium, url, line), chromium, "{url} {line}");
            assert_eq!(&seen(Engine::WebKit, url, line), webkit, "{url} {line}");
        }
    }
}
