//! Opaque Response Blocking: what an element asked for without CORS and could only be data is kept from the page.
//!
//! Sources: <https://github.com/annevk/orb>; for what is looked for in the bytes, Chromium's
//! `services/network/orb/orb_impl.cc`, `orb_sniffers.cc` and `orb_mimetypes.cc`.

use super::block::{Block, BlockReason, Phase};
use super::concept_request::Tainting;
use super::element::{
    Destination, first_byte, has_image_signature, has_nosniff, is_image, is_javascript, is_media,
};
use super::main_fetch::Fetch;
use super::profile::OpaqueResponseBlocking;
use super::request::Api;
use super::trace::{Evidence, Rule, StepOutcome};
use crate::wire::{HeaderList, MimeType, Origin, Reply};

/// How many bytes are looked at.
const SNIFFED: usize = 1024;

/// Types that no image, script or style sheet has, whatever the bytes.
const NEVER_SNIFFED: &[&str] = &[
    "application/gzip",
    "application/msexcel",
    "application/mspowerpoint",
    "application/msword",
    "application/msword-template",
    "application/pdf",
    "application/vnd.ces-quickpoint",
    "application/vnd.ces-quicksheet",
    "application/vnd.ces-quickword",
    "application/vnd.ms-excel",
    "application/vnd.ms-excel.sheet.macroenabled.12",
    "application/vnd.ms-powerpoint",
    "application/vnd.ms-powerpoint.presentation.macroenabled.12",
    "application/vnd.ms-word",
    "application/vnd.ms-word.document.12",
    "application/vnd.ms-word.document.macroenabled.12",
    "application/vnd.msword",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "application/vnd.openxmlformats-officedocument.presentationml.template",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.template",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.template",
    "application/vnd.presentation-openxml",
    "application/vnd.presentation-openxmlm",
    "application/vnd.spreadsheet-openxml",
    "application/vnd.wordprocessing-openxml",
    "application/x-gzip",
    "application/x-protobuf",
    "application/zip",
    "multipart/byteranges",
    "multipart/signed",
    "text/csv",
    "text/event-stream",
    "text/pdf",
];

/// What HTML begins with and no script does; a comment can begin both.
const HTML: &[&[u8]] = &[
    b"<!doctype html",
    b"<script",
    b"<html",
    b"<head",
    b"<iframe",
    b"<h1",
    b"<div",
    b"<font",
    b"<table",
    b"<a",
    b"<style",
    b"<title",
    b"<b",
    b"<p",
];

/// What servers put before JSON, so that it is no script.
const PARSER_BREAKERS: &[&[u8]] = &[
    b")]}'",
    b"{}&&",
    b"{} &&",
    b"for(;;);",
    b"while(1);",
    b"for (;;);",
    b"while (1);",
];

impl Fetch {
    /// Refuses an opaque answer that an element cannot use.
    pub(super) fn refuse_opaque_response(
        &mut self,
        reply: &Reply,
        headers: &HeaderList,
        media_type: Option<&MimeType>,
        exchange: usize,
    ) -> Result<(), Box<Block>> {
        let home = Origin::of(self.request.current_url());
        // Nothing is said of the answer to a beacon (corpus: unseen-csp-0018).
        let unread = self.api == Api::Beacon;
        let own = self.profile.orb_spares_own_origin && self.page.origin.same_origin(&home);
        if unread || own || self.request.tainting != Tainting::Opaque {
            return Ok(());
        }
        let case = match self.profile.orb {
            OpaqueResponseBlocking::None => None,
            OpaqueResponseBlocking::Types => self.refused_by_type(reply, headers, media_type),
            OpaqueResponseBlocking::TypesAndBytes => {
                refused_by_bytes(reply.status, self.element_body(reply), headers, media_type)
            }
        };
        let Some(case) = case else { return Ok(()) };
        let essence = media_type.map_or("", |mime| mime.essence.as_str());
        let value = headers.get("content-type");
        let span = value.as_ref().map(|value| (0, value.len()));
        Err(self
            .trace
            .push(Rule::Orb, StepOutcome::Fail, Some(exchange))
            .with("case", case)
            .with("item", essence.to_owned())
            .with("api", self.api.as_str())
            .with("nosniff", if has_nosniff(headers) { "yes" } else { "no" })
            .evidence(Evidence::response("content-type", value).at(span))
            .block(BlockReason::Orb, Phase::Response))
    }

    /// Types that only data has; pictures and media of a type that holds data for script; scripts that no parser of
    /// scripts takes.
    fn refused_by_type(
        &self,
        reply: &Reply,
        headers: &HeaderList,
        media_type: Option<&MimeType>,
    ) -> Option<&'static str> {
        let (body, status) = (reply.body.readable(), reply.status);
        let essence = media_type.map_or("", |mime| mime.essence.as_str());
        if is_never_sniffed(essence) {
            return Some("type");
        }
        let as_text = essence == "text/plain" && has_nosniff(headers);
        let safelisted = is_let_through(essence) && !is_sound_or_film(essence)
            || is_javascript(essence)
            || as_text;
        if status == 206 && first_byte(headers) != Some(0) && !safelisted {
            return Some("part");
        }
        let sniffed = match self.destination {
            Destination::Image => is_image(body, media_type, &self.profile),
            Destination::Audio | Destination::Video => is_media(body),
            Destination::Script => return self.refused_as_script(body, media_type),
            _ => return None,
        };
        let refused = !sniffed || has_nosniff(headers) || status == 206;
        (is_data_type(essence) && refused).then_some("type")
    }

    /// A script of a type that is none must parse as one and not as JSON; only what cannot at first sight is
    /// refused here.
    fn refused_as_script(
        &self,
        body: &[u8],
        media_type: Option<&MimeType>,
    ) -> Option<&'static str> {
        let essence = media_type.map(|mime| mime.essence.as_str())?;
        if is_javascript(essence) || is_let_through(essence) {
            return None;
        }
        let json = serde_json::from_slice::<serde::de::IgnoredAny>(body).is_ok();
        let markup = is_html(body) || after_blanks(body).starts_with(b"<?xml");
        let broken = [&b")]}'"[..], b"{}&&", b"{} &&"];
        let broken = broken.iter().any(|prefix| body.starts_with(prefix));
        (json || markup || broken).then_some("bytes")
    }
}

/// Every kind of element: by the type where it says enough, else by how the bytes begin.
fn refused_by_bytes(
    status: u16,
    body: &[u8],
    headers: &HeaderList,
    media_type: Option<&MimeType>,
) -> Option<&'static str> {
    let essence = media_type.map_or("", |mime| mime.essence.as_str());
    if is_let_through(essence) {
        return None;
    }
    if is_never_sniffed(essence)
        || (is_data_type(essence) || essence == "text/plain") && has_nosniff(headers)
    {
        return Some("type");
    }
    if status == 206 && begins_later(headers) {
        return Some("range");
    }
    let head = body.get(..SNIFFED).unwrap_or(body);
    let media = is_media(head) || has_image_signature(head);
    let data = !media && !essence.is_empty() && is_no_script(head);
    data.then_some("bytes")
}

/// The types that are never held against the bytes: style sheets, SVG, sound, films, subtitles. Those of scripts
/// are.
fn is_let_through(essence: &str) -> bool {
    is_sound_or_film(essence)
        || matches!(
            essence,
            "text/css"
                | "image/svg+xml"
                | "application/ogg"
                | "application/dash+xml"
                | "application/vnd.apple.mpegurl"
                | "text/vtt"
        )
}

fn is_sound_or_film(essence: &str) -> bool {
    essence.starts_with("audio/") || essence.starts_with("video/")
}

/// The types that no image, script or style sheet has.
pub(crate) fn is_never_sniffed(essence: &str) -> bool {
    NEVER_SNIFFED.contains(&essence)
}

/// The types that hold data for script and never media.
pub(crate) fn is_data_type(essence: &str) -> bool {
    matches!(
        essence,
        "text/html"
            | "application/json"
            | "application/json+protobuf"
            | "text/json"
            | "text/xml"
            | "application/xml"
    ) || essence.ends_with("+json")
        || essence.ends_with("+xml") && essence != "image/svg+xml"
}

/// Whether Content-Range tells of a part that is not the beginning.
fn begins_later(headers: &HeaderList) -> bool {
    first_byte(headers).is_some_and(|first| first > 0)
}

/// Whether the bytes begin as HTML, XML or JSON do and no script can.
fn is_no_script(bytes: &[u8]) -> bool {
    is_html(bytes)
        || after_blanks(bytes).starts_with(b"<?xml")
        || PARSER_BREAKERS
            .iter()
            .any(|prefix| bytes.starts_with(prefix))
        || is_json_object(bytes)
}

fn is_html(mut bytes: &[u8]) -> bool {
    loop {
        bytes = after_blanks(bytes);
        let begins = |tag: &&[u8]| {
            let head = bytes.get(..tag.len());
            head.is_some_and(|head| head.eq_ignore_ascii_case(tag))
        };
        if HTML.iter().any(begins) {
            return true;
        }
        match after_comment(bytes) {
            Some(rest) => bytes = rest,
            None => return false,
        }
    }
}

/// What follows an HTML comment and its line; to a script the whole line is a comment.
fn after_comment(bytes: &[u8]) -> Option<&[u8]> {
    let comment = bytes.strip_prefix(b"<!--")?;
    let end = comment.windows(3).position(|part| part == b"-->")? + 3;
    let rest = &comment[end..];
    let ends = |at: &usize| {
        matches!(rest[*at], b'\n' | b'\r')
            || rest[*at..].starts_with("\u{2028}".as_bytes())
            || rest[*at..].starts_with("\u{2029}".as_bytes())
    };
    (0..rest.len()).find(ends).map(|at| &rest[at..])
}

/// Whether the bytes are an opening brace, a string and a colon.
fn is_json_object(bytes: &[u8]) -> bool {
    let Some(rest) = after_blanks(bytes).strip_prefix(b"{") else {
        return false;
    };
    let Some(mut rest) = after_blanks(rest).strip_prefix(b"\"") else {
        return false;
    };
    loop {
        rest = match rest {
            [b'\\', _, after @ ..] => after,
            [b'"', after @ ..] => return after_blanks(after).starts_with(b":"),
            [_, after @ ..] => after,
            [] => return false,
        };
    }
}

fn after_blanks(bytes: &[u8]) -> &[u8] {
    let blank = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\r' | b'\n');
    let start = bytes.iter().position(|byte| !blank(byte));
    &bytes[start.unwrap_or(bytes.len())..]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_begins_as_no_script_does() {
        for (bytes, refused) in [
            ("<!DOCTYPE html>", true),
            (" \n<Body>", true),
            ("<!-- a --> <html>", false),
            ("<!-- a -->\n<html>", true),
            ("<!-- a", false),
            ("<x>", false),
            (" <?xml version='1.0'?>", true),
            (")]}'\n{}", true),
            (" while(1);", false),
            ("while(1);{}", true),
            ("{}&&{}", true),
            ("{ \"a\\\"\" : 1}", true),
            ("{\"a\" 1}", false),
            ("{a: 1}", false),
            ("[1]", false),
            ("{\"a", false),
            ("", false),
            ("window.x = 1", false),
        ] {
            assert_eq!(is_no_script(bytes.as_bytes()), refused, "{bytes}");
        }
    }

    #[test]
    fn a_part_that_is_not_the_beginning() {
        for (range, later) in [
            ("bytes 0-9/10", false),
            ("bytes 5-9/10", true),
            ("bytes */10", false),
            ("", false),
        ] {
            let headers: HeaderList = [("Content-Range", range)].into_iter().collect();
            assert_eq!(begins_later(&headers), later, "{range}");
        }
    }
}
