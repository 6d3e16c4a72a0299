//! A part of an answer that the HTTP cache holds whole: what a browser makes of it for a `Range` of script.
//!
//! Source: Chromium `net/http/partial_data.cc`, `PartialData::FixResponseHeaders`.

use std::ops::Range;

use super::http_cache::StoredResponse;
use super::safelist::rewritten_range;
use crate::wire::{Body, HeaderList};

/// The one range of bytes that script asks for; `None` where a cache leaves the request alone.
pub(super) fn asked_range(headers: &HeaderList) -> Option<String> {
    rewritten_range(&headers.get("range")?)
}

/// Whether its bytes are not those that script counts.
pub(super) fn is_coded(stored: &StoredResponse) -> bool {
    stored.reply.headers.contains("content-encoding")
}

/// Whether there is something to cut a part out of; other answers stay as they are.
pub(super) fn is_divisible(stored: &StoredResponse) -> bool {
    stored.reply.status == 200 && !stored.reply.body.bytes.is_empty()
}

/// The stored answer as the 206 of this range, or the 416 where nothing of the body is in it.
pub(super) fn part_of(stored: &StoredResponse, range: &str) -> StoredResponse {
    let mut part = stored.clone();
    let reply = &mut part.reply;
    let size = reply.body.bytes.len();
    let (status, reason, line, bytes) = match within(range, size) {
        Some(bytes) => (
            206,
            "Partial Content",
            format!("bytes {}-{}/{size}", bytes.start, bytes.end - 1),
            bytes,
        ),
        None => (
            416,
            "Requested Range Not Satisfiable",
            format!("bytes 0-0/{size}"),
            0..0,
        ),
    };
    reply.status = status;
    reply.reason = reason.into();
    let length = bytes.len().to_string();
    reply.body = Body::plain(&reply.body.bytes[bytes]);
    for (name, value) in [("Content-Range", line), ("Content-Length", length)] {
        reply.headers.delete(name);
        reply.headers.append(name, value);
    }
    part
}

/// The bytes of `bytes=1-2`, `bytes=1-` or `bytes=-2` that a body of this size has.
fn within(range: &str, size: usize) -> Option<Range<usize>> {
    let (first, last) = range.strip_prefix("bytes=")?.split_once('-')?;
    // More than a number holds is beyond any end.
    let number = |text: &str| text.parse().unwrap_or(usize::MAX);
    let bytes = match (first, last) {
        ("", last) => size.saturating_sub(number(last))..size,
        (first, "") => number(first)..size,
        (first, last) => number(first)..number(last).saturating_add(1).min(size),
    };
    (bytes.start < bytes.end).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_cut_to_the_body() {
        let cases = [
            ("bytes=0-2", Some(0..3)),
            ("bytes=1-", Some(1..5)),
            ("bytes=-2", Some(3..5)),
            ("bytes=-9", Some(0..5)),
            ("bytes=4-9", Some(4..5)),
            ("bytes=5-9", None),
            ("bytes=0-9223372036854775807", Some(0..5)),
        ];
        for (range, expected) in cases {
            assert_eq!(within(range, 5), expected, "{range}");
        }
        assert_eq!(within("bytes=0-", 0), None);
    }
}
