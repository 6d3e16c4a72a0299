//! `$'…'` of bash: <https://www.gnu.org/software/bash/manual/html_node/ANSI_002dC-Quoting.html>.
//!
//! Firefox and Safari write the code point `é` as `\xe9`, bash means a byte by it. A run of such
//! escapes that is UTF-8 counts as bytes, any other as code points.

/// The text up to the closing quote, and how many bytes it took with the quote; `None` without one.
pub(super) fn decode(text: &str) -> Option<(String, usize)> {
    let mut decoded = Decoded::default();
    let mut rest = text;
    loop {
        let special = rest.find(['\'', '\\'])?;
        decoded.text(&rest[..special]);
        let after = &rest[special + 1..];
        if rest[special..].starts_with('\'') {
            return Some((decoded.finish(), text.len() - after.len()));
        }
        rest = decoded.escape(after)?;
    }
}

#[derive(Default)]
struct Decoded {
    done: String,
    /// Escaped bytes from 0x80 on whose meaning is not known yet.
    bytes: Vec<u8>,
}

impl Decoded {
    fn text(&mut self, text: &str) {
        if !text.is_empty() {
            self.settle();
            self.done.push_str(text);
        }
    }

    /// Takes one escape sequence; what follows it.
    fn escape<'a>(&mut self, rest: &'a str) -> Option<&'a str> {
        let c = rest.chars().next()?;
        let after = &rest[c.len_utf8()..];
        let (code, after) = match c {
            'n' => (0x0a, after),
            'r' => (0x0d, after),
            't' => (0x09, after),
            'a' => (0x07, after),
            'b' => (0x08, after),
            'e' | 'E' => (0x1b, after),
            'f' => (0x0c, after),
            'v' => (0x0b, after),
            '0'..='7' => number(rest, 3, 8)?,
            'x' | 'u' | 'U' => {
                let most = [('x', 2), ('u', 4), ('U', 8)];
                let most = most.iter().find(|(sign, _)| *sign == c)?.1;
                match number(after, most, 16) {
                    Some((code, after)) if c == 'x' && (0x80..=0xff).contains(&code) => {
                        self.bytes.push(u8::try_from(code).ok()?);
                        return Some(after);
                    }
                    Some(found) => found,
                    None => {
                        self.text("\\");
                        (u32::from(c), after)
                    }
                }
            }
            '\\' | '\'' | '"' | '?' => (u32::from(c), after),
            c => {
                self.text("\\");
                (u32::from(c), after)
            }
        };
        self.settle();
        let c = char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER);
        // Chrome writes what lies beyond four digits as two surrogates.
        match (surrogate(code), self.low_surrogate(code, after)) {
            (true, Some((c, after))) => {
                self.done.push(c);
                Some(after)
            }
            _ => {
                self.done.push(c);
                Some(after)
            }
        }
    }

    fn low_surrogate<'a>(&self, high: u32, after: &'a str) -> Option<(char, &'a str)> {
        let (low, rest) = number(after.strip_prefix("\\u")?, 4, 16)?;
        let high = u16::try_from(high).ok()?;
        let low = u16::try_from(low).ok()?;
        let decoded = char::decode_utf16([high, low]).next()?.ok()?;
        Some((decoded, rest))
    }

    fn settle(&mut self) {
        match std::str::from_utf8(&self.bytes) {
            Ok(text) => self.done.push_str(text),
            Err(_) => self.done.extend(self.bytes.iter().copied().map(char::from)),
        }
        self.bytes.clear();
    }

    fn finish(mut self) -> String {
        self.settle();
        self.done
    }
}

fn surrogate(code: u32) -> bool {
    (0xd800..0xdc00).contains(&code)
}

/// The number at the beginning, of at most `most` digits, and what follows.
fn number(text: &str, most: usize, radix: u32) -> Option<(u32, &str)> {
    let digits = text.chars().take(most);
    let length = digits.take_while(|c| c.is_digit(radix)).count();
    let code = u32::from_str_radix(&text[..length], radix).ok()?;
    Some((code, &text[length..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_escape_is_known() {
        for (text, expected) in [
            (
                r"a\n\r\t\a\b\e\f\v\\\'\q",
                "a\n\r\t\u{7}\u{8}\u{1b}\u{c}\u{b}\\'\\q",
            ),
            (r"\u0021\041\x21", "!!!"),
            (r"\xe9", "é"),
            (r"\xc3\xa9", "é"),
            (r"\u00e9 \U0001f600 \ud83d\ude00", "é \u{1f600} \u{1f600}"),
            (r"\xg \u", "\\xg \\u"),
        ] {
            let (decoded, length) = decode(&format!("{text}' more")).unwrap();
            assert_eq!(decoded, expected, "{text}");
            assert_eq!(length, text.len() + 1);
        }
        assert_eq!(decode("no end"), None);
        assert_eq!(decode(r"no end\"), None);
    }
}
