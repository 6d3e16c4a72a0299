//! A body laid out for reading: JSON and HTML indented, other text as it is, the rest as bytes.
//!
//! Layout never changes a token: numbers, escapes and text stand as they were sent.

use serde::de::IgnoredAny;

use super::text::printable;
use crate::tui::theme::Meaning;

/// A run of text and what it means.
pub type Part = (Meaning, String);

/// How a body is laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// JSON, indented.
    Json,
    /// HTML, indented where a block begins.
    Html,
    /// Text as it is.
    Text,
    /// Bytes, sixteen or eight in a row.
    Hex,
}

impl Layout {
    /// The layout for the head of a body, `whole` if that is all of it.
    pub fn of(head: &[u8], whole: bool, kind: &str) -> Self {
        let Some(text) = as_text(head, whole) else {
            return Self::Hex;
        };
        let start = text.trim_start();
        let json = start.starts_with(['{', '[']);
        if json && (!whole || serde_json::from_str::<IgnoredAny>(text).is_ok()) {
            return Self::Json;
        }
        let kind = kind.to_ascii_lowercase();
        let opening = start.get(..14).unwrap_or(start).to_ascii_lowercase();
        let markup = kind.contains("html")
            || opening.starts_with("<!doctype html")
            || opening.starts_with("<html");
        match markup && start.starts_with('<') {
            true => Self::Html,
            false => Self::Text,
        }
    }

    /// The word for it.
    pub fn title(self) -> &'static str {
        match self {
            Self::Json => "JSON, indented",
            Self::Html => "HTML, indented",
            Self::Text => "text",
            Self::Hex => "bytes",
        }
    }

    /// The lines of `head`, not yet wrapped; `width` only says how many bytes a row of bytes has.
    pub fn lines(self, head: &[u8], width: usize) -> Vec<Vec<Part>> {
        let text = String::from_utf8_lossy(head);
        match self {
            Self::Json => json(&text),
            Self::Html => html(&text),
            Self::Text => text.lines().map(|line| vec![plain(line)]).collect(),
            Self::Hex => hex(head, width),
        }
    }
}

/// The text, where it is some: UTF-8 up to a cut at the end, and hardly a control character.
fn as_text(head: &[u8], whole: bool) -> Option<&str> {
    let text = match std::str::from_utf8(head) {
        Ok(text) => text,
        Err(error) if !whole && error.error_len().is_none() => {
            std::str::from_utf8(&head[..error.valid_up_to()]).ok()?
        }
        Err(_) => return None,
    };
    let odd = |c: &char| c.is_control() && !matches!(c, '\n' | '\r' | '\t' | '\x1b' | '\x0c');
    let count = text.chars().filter(odd).count();
    (!text.contains('\0') && count * 10 <= text.len()).then_some(text)
}

fn plain(text: &str) -> Part {
    (Meaning::Value, printable(&text.replace('\t', "    ")))
}

/// Lines under construction, two blanks for each level.
#[derive(Default)]
struct Indented {
    lines: Vec<Vec<Part>>,
    depth: usize,
}

/// Deeper levels are not indented any further: what is nested a thousand times must stay in view.
const DEEPEST: usize = 20;

impl Indented {
    fn put(&mut self, meaning: Meaning, text: &str) {
        match self.lines.last_mut() {
            Some(line) => line.push((meaning, printable(text))),
            None => {
                self.lines.push(vec![(meaning, printable(text))]);
            }
        }
    }

    fn line(&mut self) {
        let indent = "  ".repeat(self.depth.min(DEEPEST));
        self.lines.push(vec![(Meaning::Value, indent)]);
    }

    fn is_fresh(&self) -> bool {
        self.lines
            .last()
            .is_none_or(|line| line.iter().all(|(_, text)| text.trim().is_empty()))
    }

    /// Begins a line unless the one under construction is empty.
    fn fresh(&mut self) {
        if self.is_fresh() {
            self.lines.pop();
        }
        self.line();
    }
}

/// JSON, perhaps cut off, token by token.
fn json(text: &str) -> Vec<Vec<Part>> {
    let mut out = Indented::default();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '"' => string_end(rest),
            '{' | '}' | '[' | ']' | ',' | ':' => 1,
            _ => rest
                .find(|c: char| c.is_whitespace() || "{}[],:\"".contains(c))
                .unwrap_or(rest.len()),
        };
        let (token, after) = rest.split_at(length);
        let after = after.trim_start();
        match first {
            '{' | '[' => {
                let end = if first == '{' { '}' } else { ']' };
                out.put(Meaning::Muted, token);
                if let Some(behind) = after.strip_prefix(end) {
                    out.put(Meaning::Muted, &end.to_string());
                    rest = behind.trim_start();
                    continue;
                }
                out.depth += 1;
                out.line();
            }
            '}' | ']' => {
                out.depth = out.depth.saturating_sub(1);
                out.line();
                out.put(Meaning::Muted, token);
            }
            ',' => {
                out.put(Meaning::Muted, token);
                out.line();
            }
            ':' => out.put(Meaning::Muted, ": "),
            '"' if after.starts_with(':') => out.put(Meaning::HeaderName, token),
            _ => out.put(Meaning::Value, token),
        }
        rest = after;
    }
    out.lines
}

/// Where the string ends that `text` begins with.
fn string_end(text: &str) -> usize {
    let mut escaped = false;
    for (at, byte) in text.bytes().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// Elements that do not begin a line.
const INLINE: [&str; 22] = [
    "a", "abbr", "b", "br", "button", "cite", "code", "em", "i", "img", "input", "kbd", "label",
    "mark", "q", "s", "small", "span", "strong", "sub", "sup", "u",
];

/// Elements that hold nothing and have no end.
const VOID: [&str; 13] = [
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track",
    "wbr",
];

/// Elements whose text is no markup.
const RAW: [&str; 4] = ["script", "style", "pre", "textarea"];

/// HTML: blocks on lines of their own, text between them in one line. Only for reading; no parser.
fn html(text: &str) -> Vec<Vec<Part>> {
    let mut out = Indented::default();
    let mut rest = text;
    while !rest.is_empty() {
        let Some(tag) = rest.strip_prefix('<') else {
            let (words, after) = rest.split_at(rest.find('<').unwrap_or(rest.len()));
            put_words(&mut out, words);
            rest = after;
            continue;
        };
        let length = if tag.starts_with("!--") {
            rest.find("-->").map_or(rest.len(), |at| at + 3)
        } else {
            rest.find('>').map_or(rest.len(), |at| at + 1)
        };
        let (token, after) = rest.split_at(length);
        rest = after;
        let name: String = tag
            .trim_start_matches('/')
            .chars()
            .take_while(char::is_ascii_alphanumeric)
            .collect::<String>()
            .to_ascii_lowercase();
        if INLINE.contains(&name.as_str()) {
            out.put(Meaning::HeaderName, token);
            continue;
        }
        if tag.starts_with('/') {
            out.depth = out.depth.saturating_sub(1);
        }
        out.fresh();
        put_lines(&mut out, Meaning::HeaderName, token);
        let opens = !tag.starts_with(['/', '!', '?']) && !token.ends_with("/>");
        if opens && !VOID.contains(&name.as_str()) && !name.is_empty() {
            out.depth += 1;
        }
        if opens && RAW.contains(&name.as_str()) {
            let end = rest.find(&format!("</{name}")).unwrap_or(rest.len());
            let (raw, after) = rest.split_at(end);
            if !raw.trim().is_empty() {
                out.line();
                put_lines(&mut out, Meaning::Value, raw.trim_matches('\n'));
            }
            rest = after;
        }
        out.line();
    }
    out.lines
        .retain(|line| line.iter().any(|(_, text)| !text.trim().is_empty()));
    out.lines
}

fn put_words(out: &mut Indented, words: &str) {
    let joined = words.split_whitespace().collect::<Vec<_>>().join(" ");
    if joined.is_empty() {
        return;
    }
    let blank = |there: bool| if there { " " } else { "" };
    let before = blank(words.starts_with(char::is_whitespace) && !out.is_fresh());
    let after = blank(words.ends_with(char::is_whitespace));
    out.put(Meaning::Value, &format!("{before}{joined}{after}"));
}

fn put_lines(out: &mut Indented, meaning: Meaning, text: &str) {
    for (number, line) in text.lines().enumerate() {
        if number > 0 {
            out.line();
        }
        out.put(meaning, &line.replace('\t', "    "));
    }
}

/// `00000010  68 65 6c 6c 6f 00 ff 10  hello...`
fn hex(bytes: &[u8], width: usize) -> Vec<Vec<Part>> {
    let count = if width >= 76 { 16 } else { 8 };
    bytes
        .chunks(count)
        .enumerate()
        .map(|(row, chunk)| {
            let digits: Vec<String> = chunk.iter().map(|byte| format!("{byte:02x}")).collect();
            let signs: String = chunk
                .iter()
                .map(|byte| match byte {
                    b' '..=b'~' => char::from(*byte),
                    _ => '·',
                })
                .collect();
            let room = count * 3;
            vec![
                (Meaning::Muted, format!("{:08x}  ", row * count)),
                (Meaning::Value, format!("{:room$} ", digits.join(" "))),
                (Meaning::HeaderName, signs),
            ]
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(lines: &[Vec<Part>]) -> Vec<String> {
        let joined = |line: &Vec<Part>| line.iter().map(|(_, text)| text.as_str()).collect();
        lines.iter().map(joined).collect()
    }

    fn laid(body: &str, kind: &str) -> Vec<String> {
        let layout = Layout::of(body.as_bytes(), true, kind);
        text(&layout.lines(body.as_bytes(), 80))
    }

    #[test]
    fn json_keeps_every_token() {
        let body = r#"{"a":[1,2.50,1e999],"b":{},"c":"x\"\u0041: {","long":123456789012345678901}"#;
        let expected = [
            "{",
            "  \"a\": [",
            "    1,",
            "    2.50,",
            "    1e999",
            "  ],",
            "  \"b\": {},",
            "  \"c\": \"x\\\"\\u0041: {\",",
            "  \"long\": 123456789012345678901",
            "}",
        ];
        assert_eq!(laid(body, "application/json"), expected);
    }

    #[test]
    fn json_that_is_cut_off_is_laid_out_and_broken_json_is_text() {
        let cut = br#"[{"a":"b"#;
        assert_eq!(Layout::of(cut, false, ""), Layout::Json);
        assert_eq!(
            text(&Layout::Json.lines(cut, 80)),
            ["[", "  {", "    \"a\": \"b"]
        );
        assert_eq!(Layout::of(cut, true, ""), Layout::Text);
        let deep = "[".repeat(5000);
        assert_eq!(Layout::Json.lines(deep.as_bytes(), 80).len(), 5001);
    }

    #[test]
    fn html_is_indented_where_blocks_begin() {
        let page = "<!doctype html><html><body><p>One <b>two</b> three</p><br>\n\
                    <script>\nlet a = '<p>';\n</script></body></html>";
        let expected = [
            "<!doctype html>",
            "<html>",
            "  <body>",
            "    <p>",
            "      One <b>two</b> three",
            "    </p>",
            "    <br>",
            "    <script>",
            "      let a = '<p>';",
            "    </script>",
            "  </body>",
            "</html>",
        ];
        let lines = laid(page, "text/html; charset=utf-8");
        let lines: Vec<_> = lines.iter().map(|line| line.trim_end()).collect();
        assert_eq!(lines, expected);
    }

    #[test]
    fn what_is_no_text_is_bytes() {
        let png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR";
        assert_eq!(Layout::of(png, true, "image/png"), Layout::Hex);
        let rows = text(&Layout::Hex.lines(png, 80));
        assert_eq!(
            rows[0],
            "00000000  89 50 4e 47 0d 0a 1a 0a 00 00 00 0d 49 48 44 52  ·PNG········IHDR"
        );
        assert_eq!(Layout::Hex.lines(png, 50).len(), 2);
    }

    #[test]
    fn text_cut_inside_a_character_is_text() {
        let cut = &"Straße".as_bytes()[..5];
        assert_eq!(Layout::of(cut, false, "text/plain"), Layout::Text);
        assert_eq!(Layout::of(cut, true, "text/plain"), Layout::Hex);
    }
}
