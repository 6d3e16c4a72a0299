//! Text found in rows of text, also where it goes on in the next row.

use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::text::MARK_SIGN;

/// A part of a row: the row, and the characters from and to.
pub type Part = (usize, usize, usize);

/// The places where `wanted` stands in `rows`, letters of either case alike. A place has a part for each row
/// that it reaches into: text that was wrapped is found as if it were not.
pub fn find(rows: &[String], wanted: &str) -> Vec<Vec<Part>> {
    let wanted: Vec<char> = wanted.trim().chars().map(folded).collect();
    if wanted.is_empty() {
        return Vec::new();
    }
    let signs = signs(rows);
    let mut found = Vec::new();
    let mut at = 0;
    while at < signs.len() {
        match fits(&signs[at..], &wanted) {
            Some(length) => {
                found.push(parts(&signs[at..at + length]));
                at += length;
            }
            None => at += 1,
        }
    }
    found
}

/// A character and where it stands; `None` between two rows.
type Sign = Option<(char, usize, usize)>;

fn folded(c: char) -> char {
    c.to_lowercase().next().unwrap_or(c)
}

fn signs(rows: &[String]) -> Vec<Sign> {
    let mut signs = Vec::new();
    for (number, row) in rows.iter().enumerate() {
        // A row of marks stands under the row that it is about, and is none of the text.
        if row.contains(MARK_SIGN)
            && row
                .trim()
                .chars()
                .all(|c| MARK_SIGN.contains(c) || c == ' ')
        {
            continue;
        }
        let indent = row.chars().take_while(|c| *c == ' ').count();
        let text = row.chars().enumerate().skip(indent);
        signs.push(None);
        signs.extend(text.map(|(column, c)| Some((folded(c), number, column))));
    }
    signs
}

/// How many signs the text takes that stands at the beginning. Between rows a blank may have been lost.
fn fits(signs: &[Sign], wanted: &[char]) -> Option<usize> {
    signs.first()?.as_ref()?;
    let mut wanted = wanted.iter().peekable();
    for (at, sign) in signs.iter().enumerate() {
        let Some(next) = wanted.peek() else {
            return Some(at);
        };
        match sign {
            None if **next == ' ' => drop(wanted.next()),
            None => {}
            Some((c, ..)) if c == *next => drop(wanted.next()),
            Some(_) => return None,
        }
    }
    wanted.peek().is_none().then_some(signs.len())
}

fn parts(signs: &[Sign]) -> Vec<Part> {
    let mut parts: Vec<Part> = Vec::new();
    for (_, row, column) in signs.iter().flatten() {
        match parts.last_mut() {
            Some(part) if part.0 == *row => part.2 = column + 1,
            _ => parts.push((*row, *column, column + 1)),
        }
    }
    parts
}

/// A line with the characters from and to in another style.
pub fn highlighted(line: Line<'static>, from: usize, to: usize, style: Style) -> Line<'static> {
    let mut spans = Vec::new();
    let mut at = 0;
    for span in line.spans {
        let mut cut = [String::new(), String::new(), String::new()];
        for c in span.content.chars() {
            let part = usize::from(at >= from) + usize::from(at >= to);
            cut[part].push(c);
            at += 1;
        }
        let [before, inside, after] = cut;
        for (text, style) in [
            (before, span.style),
            (inside, span.style.patch(style)),
            (after, span.style),
        ] {
            if !text.is_empty() {
                spans.push(Span::styled(text, style));
            }
        }
    }
    Line::from(spans).style(line.style)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(rows: &[&str]) -> Vec<String> {
        rows.iter().map(|row| (*row).to_owned()).collect()
    }

    #[test]
    fn letters_of_either_case_in_one_row() {
        let rows = rows(&["Allow: GET, get", "none"]);
        let found = find(&rows, "get");
        assert_eq!(found, [vec![(0, 7, 10)], vec![(0, 12, 15)]]);
        assert!(find(&rows, "").is_empty());
        assert!(find(&rows, "put").is_empty());
    }

    #[test]
    fn text_that_was_wrapped_is_found() {
        let rows = rows(&["Name: one two", "  three", "       ▲▲▲", "  four"]);
        assert_eq!(find(&rows, "two three"), [vec![(0, 10, 13), (1, 2, 7)]]);
        assert_eq!(find(&rows, "threefour"), [vec![(1, 2, 7), (3, 2, 6)]]);
    }

    #[test]
    fn a_part_of_a_line_in_another_style() {
        let line = Line::from(vec![Span::raw("abc"), Span::raw("def")]);
        let line = highlighted(line, 2, 4, Style::new());
        let texts: Vec<_> = line
            .spans
            .iter()
            .map(|span| span.content.as_ref())
            .collect();
        assert_eq!(texts, ["ab", "c", "d", "ef"]);
    }
}
