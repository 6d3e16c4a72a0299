//! Where something stands in a pasted text, as people count: lines and columns from one.

use std::fmt;

/// A place in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The line, from one.
    pub line: usize,
    /// The column in characters, from one.
    pub column: usize,
}

impl Place {
    /// The place of a byte of `text`; of its end where the byte is beyond it.
    pub fn of(text: &str, byte: usize) -> Self {
        let mut end = byte.min(text.len());
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        let before = &text[..end];
        let start = before.rfind('\n').map_or(0, |at| at + 1);
        Self {
            line: before.matches('\n').count() + 1,
            column: before[start..].chars().count() + 1,
        }
    }
}

impl Place {
    /// The place of the same byte in another text, where this one is of `text`. Blanks for what is hidden are
    /// more than the characters were.
    pub(super) fn moved(self, text: &str, other: &str) -> Self {
        let line = text.split_inclusive('\n').take(self.line - 1);
        let start: usize = line.map(str::len).sum();
        let columns = text[start..].char_indices().nth(self.column - 1);
        let byte = columns.map_or(text.len(), |(at, _)| start + at);
        Self::of(other, byte)
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {} column {}", self.line, self.column)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters() {
        for (text, byte, expected) in [
            ("", 0, "line 1 column 1"),
            ("é = x", 3, "line 1 column 3"),
            ("a\nbc", 3, "line 2 column 2"),
            ("a\n", 99, "line 2 column 1"),
            ("é", 1, "line 1 column 1"),
        ] {
            assert_eq!(Place::of(text, byte).to_string(), expected);
        }
    }
}
