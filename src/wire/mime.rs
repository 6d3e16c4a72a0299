//! MIME types, parsed as browsers do.
//!
//! Source: <https://mimesniff.spec.whatwg.org/#parsing-a-mime-type>.

use super::is_token;

/// A parsed MIME type; only what decisions need.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MimeType {
    /// `type/subtype`, lower case.
    pub essence: String,
    /// Parameters: lower-case names, values unquoted, the first of each name.
    pub parameters: Vec<(String, String)>,
}

impl MimeType {
    /// The parameter `charset`.
    pub fn charset(&self) -> Option<&str> {
        let mut parameters = self.parameters.iter();
        let charset = parameters.find(|(name, _)| name == "charset")?;
        Some(&charset.1)
    }
}

/// How strictly a type is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TypeSyntax {
    /// As the standard says.
    Strict,
    /// What follows a blank before the parameters is passed over: `text/css x` is `text/css`.
    EndsAtBlank,
    /// So, and whatever has a `/` is a type, as it is written: `text/css/x`.
    AnyWithSlash,
}

/// Parses a MIME type, or `None` if it is not one.
pub fn parse_mime_type(input: &str) -> Option<MimeType> {
    parse_mime_type_as(input, TypeSyntax::Strict)
}

/// Parses a MIME type as strictly as said.
pub fn parse_mime_type_as(input: &str, syntax: TypeSyntax) -> Option<MimeType> {
    let input = input.trim_matches(is_http_whitespace);
    let (essence, rest) = match input.split_once(';') {
        Some((essence, rest)) => (essence, Some(rest)),
        None => (input, None),
    };
    let essence = match syntax {
        TypeSyntax::Strict => essence.trim_end_matches(is_http_whitespace),
        _ => essence.split(is_http_whitespace).next()?,
    };
    let (kind, subtype) = essence.split_once('/')?;
    let is_type = is_token(kind.as_bytes()) && is_token(subtype.as_bytes());
    (is_type || syntax == TypeSyntax::AnyWithSlash).then(|| MimeType {
        essence: essence.to_ascii_lowercase(),
        parameters: parameters(rest),
    })
}

fn parameters(mut rest: Option<&str>) -> Vec<(String, String)> {
    let mut parameters: Vec<(String, String)> = Vec::new();
    while let Some(text) = rest {
        let (parameter, remaining) = next_parameter(text);
        rest = remaining;
        if let Some((name, value)) = parameter
            && !parameters.iter().any(|(known, _)| *known == name)
        {
            parameters.push((name, value));
        }
    }
    parameters
}

/// The type that the values of `Content-Type` name together: the last that is one, with the charset of an earlier value
/// of the same type where it has none of its own.
///
/// Source: <https://fetch.spec.whatwg.org/#concept-header-extract-mime-type>.
pub fn extract_mime_type(values: &[String], syntax: TypeSyntax) -> Option<MimeType> {
    let mut found: Option<MimeType> = None;
    for value in values {
        let parsed = parse_mime_type_as(value, syntax).filter(|mime| mime.essence != "*/*");
        let Some(mut mime) = parsed else { continue };
        if let Some(earlier) = found.filter(|earlier| earlier.essence == mime.essence)
            && mime.charset().is_none()
            && let Some(charset) = earlier.charset()
        {
            let charset = charset.to_owned();
            mime.parameters.push(("charset".to_owned(), charset));
        }
        found = Some(mime);
    }
    found
}

type Parameter = Option<(String, String)>;

/// Reads one parameter up to its `;`; the rest is `None` at the end of the input.
fn next_parameter(text: &str) -> (Parameter, Option<&str>) {
    let text = text.trim_start_matches(is_http_whitespace);
    let end = text.find([';', '=']).unwrap_or(text.len());
    let name = text[..end].to_ascii_lowercase();
    let Some(after) = text[end..].strip_prefix('=') else {
        return (None, text[end..].strip_prefix(';'));
    };
    let (value, rest) = match after.strip_prefix('"') {
        Some(quoted) => {
            let (value, rest) = quoted_string(quoted);
            (value, rest.find(';').map(|at| &rest[at + 1..]))
        }
        None => {
            let (value, rest) = match after.split_once(';') {
                Some((value, rest)) => (value, Some(rest)),
                None => (after, None),
            };
            let value = value.trim_end_matches(is_http_whitespace);
            if value.is_empty() {
                return (None, rest);
            }
            (value.to_owned(), rest)
        }
    };
    let valid = is_token(name.as_bytes())
        && value
            .chars()
            .all(|c| c == '\t' || (' '..='~').contains(&c) || ('\u{80}'..='\u{ff}').contains(&c));
    (valid.then_some((name, value)), rest)
}

/// Reads a quoted string after its opening quote; returns the value and what follows.
fn quoted_string(text: &str) -> (String, &str) {
    let mut value = String::new();
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return (value, &text[at + 1..]),
            '\\' => value.push(chars.next().map_or('\\', |(_, escaped)| escaped)),
            _ => value.push(c),
        }
    }
    (value, "")
}

fn is_http_whitespace(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' ')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn essences() {
        for (input, expected) in [
            ("text/plain", Some("text/plain")),
            (" Text/HTML ;charset=x", Some("text/html")),
            ("text/plain, text/plain", None),
            ("text", None),
            ("", None),
            ("text/", None),
            (
                "multipart/form-data; boundary=\"x;y\"; a",
                Some("multipart/form-data"),
            ),
        ] {
            let parsed = parse_mime_type(input).map(|mime| mime.essence);
            assert_eq!(parsed.as_deref(), expected, "{input}");
        }
    }

    #[test]
    fn of_several_types_the_last_counts_and_keeps_the_charset() {
        for (values, essence, charset) in [
            (&["text/css", "text/html"][..], "text/html", None),
            (&["text/css", "x", "*/*"], "text/css", None),
            (&["a/b;charset=x", "a/b"], "a/b", Some("x")),
            (&["a/b;charset=x", "a/b;charset=y"], "a/b", Some("y")),
            (&["a/b;charset=x", "a/c", "a/b"], "a/b", None),
        ] {
            let values: Vec<String> = values.iter().map(ToString::to_string).collect();
            let mime = extract_mime_type(&values, TypeSyntax::Strict).unwrap();
            assert_eq!((mime.essence.as_str(), mime.charset()), (essence, charset));
        }
        assert_eq!(
            extract_mime_type(&["*/*".to_owned()], TypeSyntax::Strict),
            None
        );
    }

    #[test]
    fn parameters_unquote_and_keep_the_first() {
        let mime = parse_mime_type("a/b; x=\"1;\\\"2\" ;Y=3; x=4; z").unwrap();
        assert_eq!(
            mime.parameters,
            [("x".into(), "1;\"2".into()), ("y".into(), "3".into())]
        );
    }

    #[test]
    fn browsers_read_on_where_the_standard_gives_up() {
        for (input, at_blank, with_slash) in [
            ("text/css x;charset=y", Some("text/css"), Some("text/css")),
            ("text/css/X", None, Some("text/css/x")),
            ("/css", None, Some("/css")),
            ("text/", None, Some("text/")),
            ("text /css", None, None),
            ("css", None, None),
            (";", None, None),
        ] {
            let read = |syntax| parse_mime_type_as(input, syntax).map(|mime| mime.essence);
            assert_eq!(read(TypeSyntax::Strict), None, "{input}");
            assert_eq!(
                read(TypeSyntax::EndsAtBlank).as_deref(),
                at_blank,
                "{input}"
            );
            assert_eq!(
                read(TypeSyntax::AnyWithSlash).as_deref(),
                with_slash,
                "{input}"
            );
        }
    }
}
