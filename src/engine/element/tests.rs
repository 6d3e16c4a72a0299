//! Tests of what elements make of answers.

use super::*;
use crate::engine::Engine;

#[test]
fn an_svg_is_an_image_by_its_type_alone() {
    let drawing = b"<svg xmlns='http://www.w3.org/2000/svg'/>";
    for (body, media_type, engine, image) in [
        (&drawing[..], "image/svg+xml", Engine::Chromium, true),
        (drawing, "text/html", Engine::Chromium, false),
        (drawing, "image/png", Engine::Chromium, false),
        (b"GIF89a", "text/html", Engine::Chromium, true),
        (b"<html>", "image/svg+xml", Engine::Chromium, false),
        (b"GIF89a", "image/svg+xml", Engine::Chromium, false),
        (b"GIF89a", "image/svg+xml", Engine::Firefox, true),
    ] {
        let media_type = parse_mime_type(media_type);
        let found = is_image(body, media_type.as_ref(), &engine.profile());
        assert_eq!(found, image, "{media_type:?} in {engine:?}");
    }
}

#[test]
fn below_400_scripts_and_fonts_load_in_webkit_and_in_chromium_classic_ones_style_sheets_and_fonts()
{
    use Engine::{Chromium, Firefox, Standard, WebKit};
    for (destination, module, status, taken_by) in [
        (Destination::Script, false, 199, &[Chromium, WebKit][..]),
        (Destination::Script, false, 304, &[Chromium, WebKit]),
        (Destination::Script, false, 399, &[Chromium, WebKit]),
        (Destination::Script, false, 400, &[]),
        (Destination::Script, true, 304, &[WebKit]),
        (Destination::Style, false, 304, &[Chromium]),
        (Destination::Style, false, 404, &[]),
        (Destination::Font, false, 305, &[Chromium, WebKit]),
        (Destination::Font, false, 400, &[]),
        (
            Destination::Script,
            true,
            299,
            &[Chromium, Firefox, WebKit, Standard],
        ),
    ] {
        for engine in [Chromium, Firefox, WebKit, Standard] {
            let rule = engine.profile().element_error_from_400;
            assert_eq!(
                loads_with_status(status, destination, module, rule),
                taken_by.contains(&engine),
                "{engine:?} {destination:?} {module} {status}"
            );
        }
    }
}

#[test]
fn an_event_stream_has_no_other_charset() {
    for (media_type, odd) in [
        ("text/event-stream", false),
        ("text/event-stream;charset=", false),
        ("text/event-stream; charset=\"UTF-8\"", false),
        ("text/event-stream;charset=utf8", true),
        ("text/event-stream;x=y;charset=latin1", true),
    ] {
        let parsed = parse_mime_type(media_type).unwrap();
        assert_eq!(has_odd_charset(&parsed), odd, "{media_type}");
    }
}

#[test]
fn of_several_types_the_last_usable_counts_and_the_first_in_webkit() {
    for (value, last, first) in [
        ("text/css, text/html", "text/html", "text/css"),
        ("text/css, x", "text/css", "text/css"),
        ("text/css", "text/css", "text/css"),
    ] {
        let headers: HeaderList = [("content-type", value)].into_iter().collect();
        let told = |engine: Engine| {
            media_type(&headers, TypeOf::Subresource, &engine.profile())
                .unwrap()
                .essence
        };
        assert_eq!(told(Engine::Standard), last);
        assert_eq!(told(Engine::WebKit), first);
    }
}

#[test]
fn modules_and_event_sources_of_webkit_take_the_last_line() {
    for (lines, module, event_stream) in [
        (&["a/b", "a/c"][..], Some("a/c"), Some("a/c")),
        (&["a/b, a/c"], None, Some("a/b")),
    ] {
        let headers: HeaderList = lines.iter().map(|line| ("content-type", *line)).collect();
        let found = |kind| {
            let found = media_type(&headers, kind, &Engine::WebKit.profile());
            found.map(|mime| mime.essence)
        };
        assert_eq!(found(TypeOf::Module).as_deref(), module);
        assert_eq!(found(TypeOf::EventStream).as_deref(), event_stream);
    }
}

#[test]
fn media_begin_as_media_do() {
    for (body, media) in [
        (&b"RIFF\0\0\0\0WAVEfmt "[..], true),
        (b"RIFF\0\0\0\0WEBPVP8 ", false),
        (b"\0\0\0\x18ftypmp42", true),
        (b"\xff\xfb\x90\x44", true),
        (b"\xff\xd8\xff\xe0", false),
        (b"<!doctype html>", false),
        (b"", false),
    ] {
        assert_eq!(is_media(body), media, "{body:?}");
    }
}
