//! The header list of the Fetch Standard: ordered, duplicates kept, values as raw bytes.
//!
//! Source: <https://fetch.spec.whatwg.org/#concept-header-list>.

use std::sync::Arc;

/// Room that is made at once for a list that grows: a browser's request has about as many lines.
const USUAL: usize = 16;

/// One header: a name as it was written and the raw bytes of its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// The name in the case in which it was given or received.
    pub name: String,
    /// The value byte for byte; never normalised here.
    pub value: Vec<u8>,
}

impl Header {
    /// Whether this header has `name`, ignoring ASCII case.
    pub fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }
}

/// An ordered list of headers. Two lines of one name stay two.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HeaderList(
    /// Shared, because every exchange is kept several times: in the session, in what it came to, and
    /// in each replay.
    Arc<Vec<Header>>,
);

impl HeaderList {
    /// An empty list.
    pub fn new() -> Self {
        Self::default()
    }

    /// Appends one line at the end.
    pub fn append(&mut self, name: impl Into<String>, value: impl Into<Vec<u8>>) {
        let lines = Arc::make_mut(&mut self.0);
        if lines.is_empty() {
            lines.reserve(USUAL);
        }
        lines.push(Header {
            name: name.into(),
            value: value.into(),
        });
    }

    /// Replaces the first line of that name and removes the others, or appends.
    ///
    /// <https://fetch.spec.whatwg.org/#concept-header-list-set>
    pub fn set(&mut self, name: &str, value: impl Into<Vec<u8>>) {
        let Some(first) = self.0.iter().position(|header| header.is(name)) else {
            return self.append(name, value);
        };
        let lines = Arc::make_mut(&mut self.0);
        lines[first].value = value.into();
        let mut index = 0;
        lines.retain(|header| {
            index += 1;
            index - 1 <= first || !header.is(name)
        });
    }

    /// Removes every line of that name.
    pub fn delete(&mut self, name: &str) {
        Arc::make_mut(&mut self.0).retain(|header| !header.is(name));
    }

    /// Removes every line of these names.
    pub fn delete_all(&mut self, names: &[&str]) {
        for name in names {
            self.delete(name);
        }
    }

    /// Whether a line of that name exists.
    pub fn contains(&self, name: &str) -> bool {
        self.0.iter().any(|header| header.is(name))
    }

    /// The lines in order.
    pub fn iter(&self) -> std::slice::Iter<'_, Header> {
        self.0.iter()
    }

    /// The raw values of all lines of that name, in order.
    pub fn lines<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a [u8]> + 'a {
        self.0
            .iter()
            .filter(move |header| header.is(name))
            .map(|header| header.value.as_slice())
    }

    /// How many lines there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is no line.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All values of that name joined with `, `, or `None` if there is no such line. Each line is
    /// stripped of leading and trailing HTTP whitespace, as a parser of HTTP does before `get`.
    ///
    /// <https://fetch.spec.whatwg.org/#concept-header-list-get>
    pub fn get(&self, name: &str) -> Option<Vec<u8>> {
        let mut lines = self.lines(name);
        let mut joined = normalize_header_value(lines.next()?).to_vec();
        for line in lines {
            joined.extend_from_slice(b", ");
            joined.extend_from_slice(normalize_header_value(line));
        }
        Some(joined)
    }

    /// As [`HeaderList::get`], but lines without a value do not count where others have one.
    pub fn get_filled(&self, name: &str) -> Option<Vec<u8>> {
        let filled: Self = self
            .iter()
            .filter(|header| header.is(name) && !normalize_header_value(&header.value).is_empty())
            .map(|header| (header.name.as_str(), header.value.as_slice()))
            .collect();
        filled.get(name).or_else(|| self.get(name))
    }

    /// As [`HeaderList::get`], read as Latin-1 text (one character a byte).
    pub fn get_text(&self, name: &str) -> Option<String> {
        self.get(name).map(|value| latin1(&value))
    }

    /// The comma-separated items of all lines of that name, quoted strings kept whole, empty items
    /// kept; `None` if there is no such line.
    ///
    /// <https://fetch.spec.whatwg.org/#concept-header-list-get-decode-split>
    pub fn get_decode_and_split(&self, name: &str) -> Option<Vec<String>> {
        self.get_text(name).map(|value| decode_and_split(&value))
    }
}

impl<N: Into<String>, V: Into<Vec<u8>>> FromIterator<(N, V)> for HeaderList {
    fn from_iter<T: IntoIterator<Item = (N, V)>>(pairs: T) -> Self {
        let header = |(name, value): (N, V)| Header {
            name: name.into(),
            value: value.into(),
        };
        Self(Arc::new(pairs.into_iter().map(header).collect()))
    }
}

impl From<Vec<Header>> for HeaderList {
    fn from(lines: Vec<Header>) -> Self {
        Self(Arc::new(lines))
    }
}

impl<'a> IntoIterator for &'a HeaderList {
    type Item = &'a Header;
    type IntoIter = std::slice::Iter<'a, Header>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

/// Bytes as text, one character a byte (isomorphic decode).
///
/// <https://infra.spec.whatwg.org/#isomorphic-decode>
pub fn latin1(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) if bytes.is_ascii() => text.to_owned(),
        _ => bytes.iter().map(|&byte| char::from(byte)).collect(),
    }
}

/// The reverse of [`latin1`]; `None` if a character is above U+00FF.
pub fn latin1_bytes(text: &str) -> Option<Vec<u8>> {
    text.chars()
        .map(|c| u8::try_from(u32::from(c)).ok())
        .collect()
}

/// Strips tab, space, CR and LF from both ends.
///
/// <https://fetch.spec.whatwg.org/#concept-header-value-normalize>
pub fn normalize_header_value(value: &[u8]) -> &[u8] {
    let blank = |byte: &u8| matches!(byte, b'\t' | b' ' | b'\r' | b'\n');
    let start = value.iter().position(|byte| !blank(byte));
    let Some(start) = start else { return &[] };
    let end = value.iter().rposition(|byte| !blank(byte)).unwrap_or(start);
    &value[start..=end]
}

/// Whether `text` is a token of HTTP.
///
/// <https://httpwg.org/specs/rfc9110.html#tokens>
pub fn is_token(text: &[u8]) -> bool {
    !text.is_empty() && text.iter().all(|byte| TOKEN[usize::from(*byte)])
}

/// Which bytes may stand in a token.
const TOKEN: [bool; 256] = {
    let (mut table, mut byte) = ([false; 256], b'!');
    while byte <= b'~' {
        table[byte as usize] = byte.is_ascii_alphanumeric()
            || matches!(byte, b'!' | b'#'..=b'\'' | b'*' | b'+' | b'-' | b'.' | b'^'..=b'`' | b'|' | b'~');
        byte += 1;
    }
    table
};

fn decode_and_split(input: &str) -> Vec<String> {
    let mut values = Vec::new();
    let mut value = String::new();
    let mut chars = input.chars();
    let mut quoted = false;
    while let Some(c) = chars.next() {
        match c {
            '"' => {
                quoted = !quoted;
                value.push(c);
            }
            '\\' if quoted => {
                value.push(c);
                value.extend(chars.next());
            }
            ',' if !quoted => values.push(trimmed(&std::mem::take(&mut value))),
            _ => value.push(c),
        }
    }
    values.push(trimmed(&value));
    values
}

fn trimmed(value: &str) -> String {
    value.trim_matches(['\t', ' ']).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(lines: &[(&str, &str)]) -> HeaderList {
        lines.iter().copied().collect()
    }

    #[test]
    fn a_token_is_made_of_these_bytes() {
        for byte in 0..=u8::MAX {
            let expected = byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
            assert_eq!(is_token(&[b'a', byte]), expected, "{byte:#x}");
        }
        assert!(!is_token(b""));
    }

    #[test]
    fn get_joins_lines_and_strips_each() {
        let headers = list(&[("A", " x \t"), ("b", "1"), ("a", ""), ("A", "y")]);
        assert_eq!(headers.get("a"), Some(b"x, , y".to_vec()));
        assert_eq!(headers.get("c"), None);
    }

    #[test]
    fn set_keeps_the_place_of_the_first_line() {
        let mut headers = list(&[("a", "1"), ("b", "2"), ("A", "3")]);
        headers.set("A", "4");
        assert_eq!(headers, list(&[("a", "4"), ("b", "2")]));
    }

    #[test]
    fn split_keeps_quoted_commas_and_empty_items() {
        let cases: &[(&str, &[&str])] = &[
            ("", &[""]),
            ("a,,b", &["a", "", "b"]),
            ("nosniff,", &["nosniff", ""]),
            ("a;b=\"c,d\", e", &["a;b=\"c,d\"", "e"]),
            ("\"a\\\",b\", c", &["\"a\\\",b\"", "c"]),
            ("\"open, end", &["\"open, end"]),
        ];
        for (input, expected) in cases {
            assert_eq!(&decode_and_split(input), expected, "{input}");
        }
    }
}
