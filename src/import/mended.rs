//! Source that is no JavaScript as it stands, made so: types of TypeScript, the quotes of word processors, the
//! page around a script. Every byte stays where it was, so that places stay true.

use super::ImportError;
use super::place::Place;
use super::script::has_call;

/// What to read instead, best first, each with the key of the note that tells it.
pub(super) fn mended(text: &str) -> Vec<(String, Option<&'static str>)> {
    let mut ways = Vec::new();
    let untyped = without_types(text);
    if untyped != text {
        ways.push((untyped.clone(), None));
    }
    if let Some(alone) = call_alone(&untyped) {
        ways.push((alone, None));
    }
    let straight = with_straight_quotes(&untyped);
    if straight != untyped {
        let alone = call_alone(&straight);
        let texts = [Some(straight), alone];
        ways.extend(
            texts
                .into_iter()
                .flatten()
                .map(|text| (text, Some("repaired"))),
        );
    }
    ways
}

/// `x as Type`, `x satisfies Type` and `f<Type>(` without the type.
fn without_types(text: &str) -> String {
    let mut bytes = text.as_bytes().to_vec();
    for word in [" as ", " satisfies "] {
        for (at, _) in text.match_indices(word) {
            let before = text[..at].trim_end().chars().next_back();
            let value = |c: char| c.is_alphanumeric() || "})]'\"`_$".contains(c);
            if before.is_some_and(value) && !in_string(text, at) {
                let from = at + word.len();
                blank(&mut bytes, at..from + type_length(&text[from..]));
            }
        }
    }
    for (at, _) in text.match_indices(">(") {
        let open = text[..at].rfind('<');
        let Some(open) = open.filter(|open| at - open <= LONGEST_TYPE) else {
            continue;
        };
        let inside = |c: char| c.is_alphanumeric() || " .,[]|&_$".contains(c);
        let name = text[..open].ends_with(|c: char| c.is_alphanumeric() || c == '_');
        if name && text[open + 1..at].chars().all(inside) {
            blank(&mut bytes, open..at + 1);
        }
    }
    String::from_utf8(bytes).unwrap_or_else(|_| text.to_owned())
}

/// Longer types are none that stand in a call.
const LONGEST_TYPE: usize = 200;

fn blank(bytes: &mut [u8], range: std::ops::Range<usize>) {
    for byte in bytes.get_mut(range).into_iter().flatten() {
        if *byte != b'\n' {
            *byte = b' ';
        }
    }
}

/// How long the type at the beginning of a text is, in bytes.
fn type_length(text: &str) -> usize {
    let mut depth = 0_usize;
    for (at, c) in text.char_indices() {
        match c {
            '<' | '[' => depth += 1,
            '>' | ']' if depth > 0 => depth -= 1,
            c if c.is_ascii_alphanumeric() || "_$.".contains(c) => {}
            _ if depth > 0 && at < LONGEST_TYPE => {}
            _ => return at,
        }
    }
    text.len()
}

/// Whether a byte of a line stands in quotes that the line opens.
fn in_string(text: &str, at: usize) -> bool {
    let start = text[..at].rfind('\n').map_or(0, |line| line + 1);
    let start = start.max(at.saturating_sub(LONGEST_LINE));
    let mut quote = None;
    let mut escaped = false;
    for byte in text.as_bytes()[start..at].iter().copied() {
        match (byte, quote) {
            _ if escaped => escaped = false,
            (b'\\', _) => escaped = true,
            (byte, Some(open)) if byte == open => quote = None,
            (b'"' | b'\'' | b'`', None) => quote = Some(byte),
            _ => {}
        }
    }
    quote.is_some()
}

/// How far back a line is looked at.
const LONGEST_LINE: usize = 2000;

/// Quotes as a keyboard has them; blanks keep the place of what they were.
fn with_straight_quotes(text: &str) -> String {
    let mut straight = text.to_owned();
    for (curly, plain) in [('“', "  \""), ('”', "\"  "), ('‘', "  '"), ('’', "'  ")] {
        straight = straight.replace(curly, plain);
    }
    straight
}

/// The first call by itself, with blanks for all around it.
fn call_alone(text: &str) -> Option<String> {
    let open = opening(text)?;
    let end = match closing(&text[open..]) {
        Brackets::Closed(length) => open + length,
        _ => return None,
    };
    let name = |c: char| c.is_alphanumeric() || "_$.".contains(c);
    let before = text[..open].trim_end();
    let start = before.trim_end_matches(name).len();
    let mut bytes = text.as_bytes().to_vec();
    blank(&mut bytes, 0..start);
    blank(&mut bytes, end..text.len());
    String::from_utf8(bytes).ok()
}

/// Where the bracket of the first call stands that sends a request.
fn opening(text: &str) -> Option<usize> {
    let mut tried = 0;
    let found = text.match_indices('(').find(|(at, _)| {
        tried += 1;
        let name = |c: char| c.is_alphanumeric() || "_$.".contains(c);
        let before = text[..*at].trim_end();
        let start = before.trim_end_matches(name).len();
        let start = start.max(floor(text, at.saturating_sub(LONGEST_TYPE)));
        tried < MOST_TRIED && start < *at && has_call(&text[start..=*at])
    });
    found.map(|(at, _)| at)
}

/// Brackets that are looked at.
const MOST_TRIED: usize = 10_000;

fn floor(text: &str, mut at: usize) -> usize {
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// What becomes of an opened bracket.
enum Brackets {
    /// It is closed, so many bytes from it.
    Closed(usize),
    /// Another one closes before one that was opened later, which `expected` would close.
    Crossed { at: usize, expected: char },
    /// It is not closed.
    Open,
}

/// Looks for the bracket that closes the one at the beginning of a text.
fn closing(text: &str) -> Brackets {
    let mut open = Vec::new();
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' | '\'' | '`' => {
                while let Some((_, inside)) = chars.next() {
                    match inside {
                        '\\' => drop(chars.next()),
                        inside if inside == c => break,
                        _ => {}
                    }
                }
            }
            '/' if chars.next_if(|(_, c)| *c == '/').is_some() => {
                while chars.next_if(|(_, c)| *c != '\n').is_some() {}
            }
            '(' => open.push(')'),
            '[' => open.push(']'),
            '{' => open.push('}'),
            ')' | ']' | '}' => match open.pop() {
                Some(expected) if expected != c => return Brackets::Crossed { at, expected },
                _ if open.is_empty() => return Brackets::Closed(at + 1),
                _ => {}
            },
            _ => {}
        }
    }
    Brackets::Open
}

/// The mistake of a call whose brackets cross.
pub(super) fn open_bracket(text: &str) -> Option<ImportError> {
    let open = opening(text)?;
    let Brackets::Crossed { at, expected } = closing(&text[open..]) else {
        return None;
    };
    let at = open + at;
    let found = text[at..].chars().next()?;
    let error = ImportError::new("syntax", Place::of(text, at));
    let error = error.with("expected", format!("`,` or `{expected}`"));
    Some(error.with("found", format!("`{found}`")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_leave_blanks() {
        for (text, expected) in [
            ("f(a as B<C>[], d)", "f(a          , d)"),
            ("f('a as b')", "f('a as b')"),
            ("post<Item>(u)", "post      (u)"),
            ("{a: 1} satisfies X.Y)", "{a: 1}              )"),
            ("a < b && c >(d)", "a < b && c >(d)"),
        ] {
            assert_eq!(without_types(text), expected, "{text}");
        }
    }

    #[test]
    fn a_call_alone_stays_where_it_was() {
        for (text, expected) in [
            (
                "é <b>fetch('a)', {b})</b>",
                Some("      fetch('a)', {b})    "),
            ),
            (
                "window.fetch (a // )\n) x",
                Some("window.fetch (a // )\n)  "),
            ),
            ("fetch('a', {b)", None),
        ] {
            assert_eq!(call_alone(text).as_deref(), expected, "{text}");
        }
    }
}
