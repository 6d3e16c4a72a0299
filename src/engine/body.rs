//! Bodies: from what script gives to bytes and a Content-Type.
//!
//! Source: <https://fetch.spec.whatwg.org/#concept-bodyinit-extract>.

use url::form_urlencoded;

use super::profile::Profile;
use super::request::RequestBody;
use crate::wire::parse_mime_type;

/// The type of `URLSearchParams`.
pub(super) const URL_ENCODED: &str = "application/x-www-form-urlencoded;charset=UTF-8";

/// The bytes, and the type that the body brings along.
pub(super) fn extract(body: &RequestBody, profile: &Profile) -> (Vec<u8>, Option<String>) {
    match body {
        RequestBody::Text(text) => (
            text.clone().into_bytes(),
            Some("text/plain;charset=UTF-8".to_owned()),
        ),
        RequestBody::UrlEncoded(pairs) => {
            let text = form_urlencoded::Serializer::new(String::new())
                .extend_pairs(pairs)
                .finish();
            (text.into_bytes(), Some(URL_ENCODED.to_owned()))
        }
        RequestBody::FormData(entries) => {
            let boundary = format!("{}corscope00000000", profile.boundary_prefix);
            (
                form_data(entries, &boundary),
                Some(format!("multipart/form-data; boundary={boundary}")),
            )
        }
        RequestBody::Blob { bytes, media_type } => {
            let media_type = blob_type(media_type);
            (
                bytes.clone(),
                (!media_type.is_empty()).then_some(media_type),
            )
        }
        RequestBody::Bytes(bytes) | RequestBody::Stream(bytes) => (bytes.clone(), None),
    }
}

/// The type that a Blob made with this one has: none where it has bytes that no type has.
///
/// <https://w3c.github.io/FileAPI/#constructorBlob>
pub(super) fn blob_type(given: &str) -> String {
    match given.chars().all(|char| matches!(char, ' '..='~')) {
        true => given.to_ascii_lowercase(),
        false => String::new(),
    }
}

/// <https://html.spec.whatwg.org/multipage/form-control-infrastructure.html#multipart-form-data>
fn form_data(entries: &[(String, String)], boundary: &str) -> Vec<u8> {
    let mut body = String::new();
    for (name, value) in entries {
        let name = name
            .replace('\n', "%0A")
            .replace('\r', "%0D")
            .replace('"', "%22");
        let value = value
            .replace("\r\n", "\n")
            .replace('\r', "\n")
            .replace('\n', "\r\n");
        body.push_str(&format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
        ));
    }
    body.push_str(&format!("--{boundary}--\r\n"));
    body.into_bytes()
}

/// Whether a type has the form of RFC 9110, parameters included.
pub(super) fn parses_strictly(media_type: &str) -> bool {
    use crate::wire::is_token;
    let Some(mime) = parse_mime_type(media_type) else {
        return false;
    };
    let quoted = media_type.contains('"');
    let parameters = media_type.split(';').skip(1).count();
    quoted
        || (mime.parameters.len() == parameters
            && mime
                .parameters
                .iter()
                .all(|(_, value)| is_token(value.as_bytes())))
}

/// XMLHttpRequest turns the charset of a string body's type into UTF-8; `None` where nothing changes.
///
/// <https://xhr.spec.whatwg.org/#the-send()-method>
pub(super) fn with_utf8_charset(content_type: &str) -> Option<String> {
    let mime = parse_mime_type(content_type)?;
    let charset = mime.parameters.iter().find(|(name, _)| name == "charset")?;
    if charset.1.eq_ignore_ascii_case("utf-8") {
        return None;
    }
    let mut serialized = mime.essence.clone();
    for (name, value) in &mime.parameters {
        let value = if name == "charset" { "UTF-8" } else { value };
        serialized.push_str(&format!(";{name}="));
        if crate::wire::is_token(value.as_bytes()) {
            serialized.push_str(value);
        } else {
            serialized.push_str(&format!(
                "\"{}\"",
                value.replace('\\', "\\\\").replace('"', "\\\"")
            ));
        }
    }
    Some(serialized)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_blob_has_no_type_of_other_characters() {
        for (given, expected) in [
            ("TEXT/Plain", "text/plain"),
            (" ~", " ~"),
            ("text/plain\t", ""),
            ("text/plain\u{7f}", ""),
            ("text/plain;charset=é", ""),
        ] {
            assert_eq!(blob_type(given), expected, "{given:?}");
        }
    }

    #[test]
    fn charset_becomes_utf8() {
        for (given, expected) in [
            (
                "text/xml;charset=iso-8859-1",
                Some("text/xml;charset=UTF-8"),
            ),
            ("text/xml; charset=utf-8", None),
            ("text/xml", None),
            ("not a type", None),
            (
                "a/b; x=\"y z\";charset=x",
                Some("a/b;x=\"y z\";charset=UTF-8"),
            ),
        ] {
            assert_eq!(with_utf8_charset(given).as_deref(), expected, "{given}");
        }
    }
}
