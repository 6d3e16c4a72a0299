//! The text response of XMLHttpRequest: the body by its charset.
//!
//! Source: <https://xhr.spec.whatwg.org/#text-response>.

use encoding_rs::{Encoding, UTF_8};

use crate::wire::{HeaderList, TypeSyntax, extract_mime_type};

/// What `responseText` gives, where that is not the body read as UTF-8. A byte order mark counts for more than
/// the charset, and a charset that nobody knows for nothing.
pub(super) fn response_text(body: &[u8], headers: &HeaderList) -> Option<String> {
    let types = headers.get_decode_and_split("content-type");
    let kind = types.and_then(|types| extract_mime_type(&types, TypeSyntax::Strict));
    let charset = kind.as_ref().and_then(|kind| kind.charset());
    let told = charset.and_then(|label| Encoding::for_label(label.as_bytes()));
    let (text, used, _) = told.unwrap_or(UTF_8).decode(body);
    let differs = used != UTF_8 && text.as_bytes() != body;
    differs.then(|| text.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_decides_before_the_charset() {
        let plain = "text/plain";
        for (types, body, expected) in [
            (&[plain][..], &b"h\xe9i"[..], None),
            (&[plain], b"\xff\xfeh\0i\0", Some("hi")),
            (&["text/plain;charset=utf-8"], b"\xfe\xff\0h\0i", Some("hi")),
            (
                &["text/plain;charset=latin1"],
                b"\xef\xbb\xbfh\xc3\xa9",
                None,
            ),
            (&["text/plain;charset=latin1"], b"h\xe9i", Some("h\u{e9}i")),
            (&["text/plain;charset=latin1"], b"hi", None),
            (
                &["text/plain;charset=\"shift_jis\""],
                b"\x82\xa0",
                Some("\u{3042}"),
            ),
            (&["text/plain;charset='latin1'"], b"h\xe9i", None),
            (&["text/plain;charset=bogus"], b"h\xe9i", None),
            (
                &[plain, "text/html;charset=latin1"],
                b"h\xe9i",
                Some("h\u{e9}i"),
            ),
            (&[], b"h\xe9i", None),
        ] {
            let headers = types.iter().map(|value| ("Content-Type", *value)).collect();
            let text = response_text(body, &headers);
            assert_eq!(text.as_deref(), expected, "{types:?} {body:?}");
        }
    }
}
