//! Text cut to columns: clipping, wrapping, and the signs under bytes that are marked.
//!
//! Columns are counted as terminals do, by grapheme. Whatever could move a cursor becomes a visible
//! sign first, so no text can break a border.

use std::borrow::Cow;

use ratatui::style::Style;
use ratatui::text::{Line, Span};
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// The sign under a marked byte.
pub const MARK_SIGN: &str = "▲";

/// A run of text in one style, possibly marked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// The text.
    pub text: String,
    /// Its style.
    pub style: Style,
    /// Whether a sign goes under it.
    pub marked: bool,
}

impl Piece {
    /// Text without a mark.
    pub fn new(text: impl Into<String>, style: Style) -> Self {
        Self {
            text: text.into(),
            style,
            marked: false,
        }
    }

    /// Text with signs under it.
    pub fn marked(text: impl Into<String>, style: Style) -> Self {
        Self {
            marked: true,
            ..Self::new(text, style)
        }
    }
}

/// One grapheme on the screen.
#[derive(Clone, Debug)]
struct Glyph<'a> {
    text: Cow<'a, str>,
    style: Style,
    marked: bool,
    width: usize,
}

/// A grapheme as it may be drawn, and its columns.
pub fn drawn(grapheme: &str) -> (Cow<'_, str>, usize) {
    if let [b' '..=b'~'] = grapheme.as_bytes() {
        return (Cow::Borrowed(grapheme), 1);
    }
    let first = grapheme.chars().next().unwrap_or(' ');
    if turns_direction(first) {
        let escaped = format!("\\u{{{:x}}}", u32::from(first));
        let width = escaped.len();
        return (Cow::Owned(escaped), width);
    }
    let picture = match u32::from(first) {
        code @ 0..=0x1f => char::from_u32(0x2400 + code),
        0x7f => Some('\u{2421}'),
        0x80..=0x9f => Some('\u{fffd}'),
        _ if grapheme.width() == 0 => Some('\u{fffd}'),
        _ => None,
    };
    match picture {
        Some(sign) => (Cow::Owned(sign.to_string()), 1),
        None => (Cow::Borrowed(grapheme), grapheme.width()),
    }
}

/// Characters that make a terminal write from right to left, or end that: text around them would stand in
/// another order than it was sent.
fn turns_direction(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Whether each byte of the text is a sign of one column. Most text is; the tables of Unicode are slow.
pub fn is_plain(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b' '..=b'~'))
}

/// The graphemes of the text.
pub fn graphemes(text: &str) -> impl Iterator<Item = &str> {
    let plain = is_plain(text);
    let bytes = if plain { 0..text.len() } else { 0..0 };
    let other = if plain { "" } else { text };
    bytes.map(|at| &text[at..=at]).chain(other.graphemes(true))
}

/// The text with every control character made visible.
pub fn printable(text: &str) -> String {
    if is_plain(text) {
        return text.to_owned();
    }
    text.graphemes(true)
        .map(|grapheme| drawn(grapheme).0)
        .collect::<Vec<_>>()
        .concat()
}

/// How many columns the text takes.
pub fn columns(text: &str) -> usize {
    if is_plain(text) {
        return text.len();
    }
    text.graphemes(true).map(|grapheme| drawn(grapheme).1).sum()
}

/// The text cut to `width` columns, the cut shown by `…`.
pub fn clip(text: &str, width: usize) -> String {
    if columns(text) <= width {
        return printable(text);
    }
    let mut cut = String::new();
    let mut used = 0;
    for grapheme in graphemes(text) {
        let (sign, columns) = drawn(grapheme);
        if used + columns + 1 > width {
            break;
        }
        used += columns;
        cut.push_str(&sign);
    }
    if width > 0 {
        cut.push('…');
    }
    cut
}

/// A line cut to `width` columns, styles kept.
pub fn clip_line(line: Line<'static>, width: usize) -> Line<'static> {
    let total: usize = line.spans.iter().map(|span| columns(&span.content)).sum();
    if total <= width {
        return line;
    }
    let mut left = width;
    let mut spans = Vec::new();
    for span in line.spans {
        let taken = columns(&span.content);
        // Room for the sign of the cut has to stay.
        if taken < left {
            left -= taken;
            spans.push(span);
            continue;
        }
        let mut cut = clip(&span.content, left);
        if !cut.ends_with('…') && left > 0 {
            cut = clip(&format!("{cut}…"), left);
        }
        spans.push(Span::styled(cut, span.style));
        break;
    }
    Line::from(spans).style(line.style)
}

/// Wraps plain text of one style.
pub fn wrap_plain(text: &str, style: Style, width: usize) -> Vec<Line<'static>> {
    text.split('\n')
        .flat_map(|paragraph| wrap(&[Piece::new(paragraph, style)], width, 0, style))
        .collect()
}

/// Wraps at blanks, in the middle of words only where a word is longer than a line. Lines after the
/// first begin `indent` columns to the right. Under marked text goes a line of signs in `sign`'s style.
pub fn wrap(pieces: &[Piece], width: usize, indent: usize, sign: Style) -> Vec<Line<'static>> {
    let width = width.max(1);
    let indent = if indent * 2 > width { 0 } else { indent };
    let simple = |piece: &Piece| !piece.marked && piece.text.chars().all(is_sign);
    if pieces.iter().all(simple) {
        return wrap_signs(pieces, width, indent);
    }
    wrap_glyphs(pieces, width, indent, sign)
}

fn wrap_glyphs(pieces: &[Piece], width: usize, indent: usize, sign: Style) -> Vec<Line<'static>> {
    let glyphs: Vec<Glyph<'_>> = pieces.iter().flat_map(glyphs).collect();
    let mut lines = Vec::new();
    let mut start = 0;
    loop {
        let before = if lines.is_empty() { 0 } else { indent };
        let (end, next) = row_end(&glyphs, start, width - before);
        push_row(&mut lines, &glyphs[start..end], before, sign);
        if next >= glyphs.len() {
            return lines;
        }
        start = next;
    }
}

/// Whether the character takes one column whatever stands beside it, but for what joins: signs that are our own.
fn is_sign(c: char) -> bool {
    matches!(
        c,
        ' '..='~' | '·' | '…' | '→' | '✓' | '✗' | '○' | '●' | '◀' | '▾' | '▸'
    )
}

/// Wraps text of one column a character without marks, as [`wrap`] does: no glyph has to be looked at.
fn wrap_signs(pieces: &[Piece], width: usize, indent: usize) -> Vec<Line<'static>> {
    let text: String = pieces.iter().map(|piece| piece.text.as_str()).collect();
    let mut lines = Vec::new();
    let mut start = 0;
    loop {
        let before = if lines.is_empty() { 0 } else { indent };
        let row = &text[start..];
        let (end, next) = match row.char_indices().nth(width - before) {
            None => (text.len(), text.len()),
            Some((full, ' ')) => (start + full, start + full + 1),
            // A blank at the very beginning does not part words.
            Some((full, _)) => match row[..full].rfind(' ') {
                Some(blank) if blank > 0 => (start + blank, start + blank + 1),
                _ => (start + full, start + full),
            },
        };
        let mut line = Line::default();
        if before > 0 {
            line.push_span(" ".repeat(before));
        }
        let mut begin = 0;
        for piece in pieces {
            let (from, to) = (start.max(begin), end.min(begin + piece.text.len()));
            begin += piece.text.len();
            match line.spans.last_mut() {
                _ if from >= to => {}
                Some(span) if span.style == piece.style => {
                    span.content.to_mut().push_str(&text[from..to]);
                }
                _ => line.push_span(Span::styled(text[from..to].to_owned(), piece.style)),
            }
        }
        lines.push(line);
        if next >= text.len() {
            return lines;
        }
        start = next;
    }
}

fn glyphs(piece: &Piece) -> impl Iterator<Item = Glyph<'_>> {
    graphemes(&piece.text).map(|grapheme| {
        let (text, width) = drawn(grapheme);
        Glyph {
            text,
            style: piece.style,
            marked: piece.marked,
            width,
        }
    })
}

/// Where the row that begins at `start` ends, and where the next one begins.
fn row_end(glyphs: &[Glyph<'_>], start: usize, room: usize) -> (usize, usize) {
    let mut used = 0;
    let mut blank = None;
    for (at, glyph) in glyphs.iter().enumerate().skip(start) {
        let is_blank = glyph.text == " ";
        if used + glyph.width > room && at > start {
            return match blank {
                _ if is_blank => (at, at + 1),
                Some(blank) if blank > start => (blank, blank + 1),
                _ => (at, at),
            };
        }
        if is_blank {
            blank = Some(at);
        }
        used += glyph.width;
    }
    (glyphs.len(), glyphs.len())
}

fn push_row(lines: &mut Vec<Line<'static>>, row: &[Glyph<'_>], before: usize, sign: Style) {
    let mut spans: Vec<Span<'static>> = Vec::new();
    if before > 0 {
        spans.push(Span::raw(" ".repeat(before)));
    }
    for glyph in row {
        match spans.last_mut() {
            Some(span) if span.style == glyph.style => {
                span.content.to_mut().push_str(&glyph.text);
            }
            _ => spans.push(Span::styled(glyph.text.to_string(), glyph.style)),
        }
    }
    lines.push(Line::from(spans));
    if row.iter().any(|glyph| glyph.marked) {
        let mut signs = " ".repeat(before);
        for glyph in row {
            let shape = if glyph.marked { MARK_SIGN } else { " " };
            signs.push_str(&shape.repeat(glyph.width));
        }
        lines.push(Line::styled(signs.trim_end().to_owned(), sign));
    }
}

#[cfg(test)]
mod tests {
    use ratatui::style::Stylize;

    use super::*;

    fn text(lines: &[Line<'_>]) -> Vec<String> {
        lines.iter().map(ToString::to_string).collect()
    }

    fn plain(text: &str) -> Vec<Piece> {
        vec![Piece::new(text, Style::new())]
    }

    #[test]
    fn wraps_at_blanks_and_inside_long_words_only() {
        for (given, width, expected) in [
            ("one two three", 7, vec!["one two", "three"]),
            ("one two", 3, vec!["one", "two"]),
            ("abcdefgh", 3, vec!["abc", "def", "gh"]),
            ("", 5, vec![""]),
            ("a b", 0, vec!["a", "b"]),
            ("日本語", 4, vec!["日本", "語"]),
            ("日", 1, vec!["日"]),
        ] {
            let lines = wrap(&plain(given), width, 0, Style::new());
            assert_eq!(text(&lines), expected, "{given}");
        }
    }

    #[test]
    fn plain_text_is_wrapped_as_any_other() {
        let styles = [Style::new(), Style::new().red(), Style::new()];
        let texts = ["", "· ", "one two  three ", "  abc…defgh ij", " ✗"];
        for width in 1..20 {
            for indent in [0, 1, 2, 4] {
                for first in texts {
                    for second in texts {
                        let pieces: Vec<Piece> = [first, second, first]
                            .iter()
                            .zip(styles)
                            .map(|(text, style)| Piece::new(*text, style))
                            .collect();
                        let indent = if indent * 2 > width { 0 } else { indent };
                        let expected = wrap_glyphs(&pieces, width, indent, Style::new());
                        assert_eq!(wrap(&pieces, width, indent, Style::new()), expected);
                    }
                }
            }
        }
    }

    #[test]
    fn later_lines_are_indented() {
        let lines = wrap(&plain("one two three"), 8, 2, Style::new());
        assert_eq!(text(&lines), ["one two", "  three"]);
    }

    #[test]
    fn marks_stand_under_their_bytes() {
        let pieces = [
            Piece::new("Name: ", Style::new()),
            Piece::marked("bad", Style::new().red()),
        ];
        let lines = wrap(&pieces, 20, 0, Style::new());
        assert_eq!(text(&lines), ["Name: bad", "      ▲▲▲"]);
        let lines = wrap(&pieces, 7, 2, Style::new());
        assert_eq!(text(&lines), ["Name:", "  bad", "  ▲▲▲"]);
    }

    #[test]
    fn nothing_drawn_moves_a_cursor() {
        assert_eq!(
            printable("a\u{1b}[2J\u{9b}\u{202e}\n\u{7f}"),
            "a␛[2J�\\u{202e}␊␡"
        );
        assert_eq!(columns("e\u{301}日👩‍💻"), 5);
    }

    #[test]
    fn clipping_shows_the_cut() {
        for (given, width, expected) in [
            ("abc", 3, "abc"),
            ("abcd", 3, "ab…"),
            ("日本", 3, "日…"),
            ("ab", 0, ""),
            ("ab", 1, "…"),
        ] {
            assert_eq!(clip(given, width), expected);
        }
        let line = Line::from(vec!["ab".red(), "cd".into()]);
        assert_eq!(clip_line(line.clone(), 3).to_string(), "ab…");
        assert_eq!(clip_line(line.clone(), 2).to_string(), "a…");
        assert_eq!(clip_line(line, 4).to_string(), "abcd");
    }
}
