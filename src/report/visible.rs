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
