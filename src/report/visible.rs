//! The last look at text before it goes into a file: nothing in it is invisible or turns the text around.

/// The text with everything escaped that is not seen where it stands: control characters, and what sets
/// or overrides the direction of text. A line break of corscope's own sentences becomes a space; those of
/// servers were escaped before.
pub(super) fn visible(text: &str) -> String {
    let mut visible = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' => visible.push(' '),
            c if is_invisible(c) => visible.extend(c.escape_unicode()),
            c => visible.push(c),
        }
    }
    visible
}

/// A piece of a sentence.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Piece<'a> {
    /// Words.
    Text(&'a str),
    /// What stands between two backticks.
    Code(&'a str),
}

/// A sentence in pieces; where backticks do not come in pairs, it is one.
pub(super) fn pieces(text: &str) -> Vec<Piece<'_>> {
    let parts: Vec<_> = text.split('`').collect();
    let paired = parts.len() % 2 == 1;
    if !paired
        || parts
            .iter()
            .skip(1)
            .step_by(2)
            .any(|code| code.trim().is_empty())
    {
        return vec![Piece::Text(text)];
    }
    let parts = parts.into_iter().enumerate();
    parts
        .map(|(at, part)| match at % 2 {
            0 => Piece::Text(part),
            _ => Piece::Code(part),
        })
        .collect()
}

fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_stands_between_backticks() {
        use Piece::{Code, Text};
        for (text, expected) in [
            ("a", vec![Text("a")]),
            ("set `a`.", vec![Text("set "), Code("a"), Text(".")]),
            ("one ` of them", vec![Text("one ` of them")]),
            ("``", vec![Text("``")]),
        ] {
            assert_eq!(pieces(text), expected);
        }
    }

    #[test]
    fn nothing_turns_the_text_around() {
        for (text, expected) in [
            ("a\u{202e}b\u{2066}", "a\\u{202e}b\\u{2066}"),
            ("a\nb\u{1b}[2J\u{9b}", "a b\\u{1b}[2J\\u{9b}"),
            ("✓ “é”", "✓ “é”"),
        ] {
            assert_eq!(visible(text), expected);
        }
    }
}
