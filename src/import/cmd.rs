//! A line for the Windows command prompt, cut into words.
//!
//! Two programs read such a line: cmd takes the carets away, the C runtime of curl the quotes. Chrome
//! and Firefox put a caret before every sign that means something to cmd, the quotes included, and
//! double each backslash; what a person writes follows the C runtime, where a backslash means something
//! only before a quote.

use super::ImportError;
use super::note::{Note, NoteKind};
use super::place::Place;
use super::shell::{Split, Word};

/// Cuts a text as cmd and the C runtime do.
pub(super) fn split(text: &str) -> Result<Split, ImportError> {
    let by_browser = is_by_browser(text);
    let mut words = Words {
        by_browser,
        ..Words::default()
    };
    for mark in without_carets(text) {
        words.take(&mark);
    }
    if let Some(at) = words.quoted_since {
        return Err(ImportError::new("open-quote", Place::of(text, at)).with("quote", '"'));
    }
    words.end_command();
    Ok(Split {
        commands: words.commands,
        notes: lost_characters(text, by_browser).into_iter().collect(),
        input: None,
    })
}

/// Whether a text is for cmd at all: whoever writes for bash has a quote before any caret.
pub(super) fn is_cmd(text: &str) -> bool {
    let before = &text[..text.find('\'').unwrap_or(text.len())];
    let joined = |line: &str| line.trim_end().ends_with(" ^");
    is_by_browser(text) || before.lines().any(joined)
}

/// A browser puts every argument into quotes, and a caret before these.
fn is_by_browser(text: &str) -> bool {
    let quote = text.find(['\'', '"']).unwrap_or(0);
    text[..quote].ends_with('^')
}

/// Chrome replaces what is not ASCII by a blank behind a caret; a blank needs none.
fn lost_characters(text: &str, by_browser: bool) -> Option<Note> {
    let at = text.find("^ ").filter(|_| by_browser)?;
    Some(Note::new(NoteKind::Unknown, "characters-lost").at(at))
}

/// A character behind cmd.
struct Mark {
    c: char,
    at: usize,
    /// Whether cmd took its special meaning away.
    plain: bool,
}

fn without_carets(text: &str) -> Vec<Mark> {
    let mut marks = Vec::with_capacity(text.len());
    let mut chars = text.char_indices().filter(|(_, c)| *c != '\r').peekable();
    // Between quotes that cmd sees, a caret is a caret.
    let mut quoted = false;
    while let Some((at, c)) = chars.next() {
        let (c, plain) = match c {
            '^' if !quoted => match chars.next() {
                // A caret and a line break join lines; a second line break is one of the value.
                Some((_, '\n')) => match chars.next_if(|(_, c)| *c == '\n') {
                    Some(_) => ('\n', true),
                    None => (' ', false),
                },
                Some((_, c)) => (c, true),
                None => break,
            },
            '"' => {
                quoted = !quoted;
                ('"', false)
            }
            '\n' => {
                quoted = false;
                ('\n', false)
            }
            c => (c, quoted),
        };
        marks.push(Mark { c, at, plain });
    }
    marks
}

#[derive(Default)]
struct Words {
    by_browser: bool,
    commands: Vec<Vec<Word>>,
    words: Vec<Word>,
    word: Option<Word>,
    backslashes: usize,
    quoted_since: Option<usize>,
}

impl Words {
    fn take(&mut self, mark: &Mark) {
        let Mark { c, at, plain } = *mark;
        if c == '\\' {
            self.backslashes += 1;
            if self.by_browser && self.backslashes == 2 {
                self.backslashes = 0;
                self.push(at, '\\');
            }
            return;
        }
        let backslashes = std::mem::take(&mut self.backslashes);
        if c == '"' {
            for _ in 0..backslashes / 2 {
                self.push(at, '\\');
            }
            if backslashes % 2 == 1 {
                self.push(at, '"');
            } else {
                self.word(at);
                self.quoted_since = match self.quoted_since {
                    None => Some(at),
                    Some(_) => None,
                };
            }
            return;
        }
        for _ in 0..backslashes {
            self.push(at, '\\');
        }
        match c {
            c if self.quoted_since.is_some() => self.push(at, c),
            '\n' | '&' | '|' if !plain => self.end_command(),
            c if c.is_whitespace() => self.end_word(),
            c => self.push(at, c),
        }
    }

    fn word(&mut self, at: usize) -> &mut Word {
        self.word.get_or_insert_with(|| Word {
            text: String::new(),
            start: at,
            ansi_c: false,
        })
    }

    fn push(&mut self, at: usize, c: char) {
        self.word(at).text.push(c);
    }

    fn end_word(&mut self) {
        self.words.extend(self.word.take());
    }

    fn end_command(&mut self) {
        for _ in 0..std::mem::take(&mut self.backslashes) {
            self.push(0, '\\');
        }
        self.end_word();
        if !self.words.is_empty() {
            self.commands.push(std::mem::take(&mut self.words));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        let commands = split(text).unwrap().commands.concat();
        commands.into_iter().map(|word| word.text).collect()
    }

    #[test]
    fn what_browsers_write() {
        for (text, expected) in [
            (
                r#"--url ^"https://api.example.test/v1/items?q^\[^\]=a^&b=^\{x^\}^%^20y^""#,
                vec![
                    "--url",
                    r"https://api.example.test/v1/items?q\[\]=a&b=\{x\}%20y",
                ],
            ),
            (
                r#"^"^{^\^"name^\^":^\^"O'Brien^\^",^\^"note^\^":^\^"50^% off^! ^ ^\^",^\^"p^\^":^\^"C:^\^\^\^\tmp^\^"^}^""#,
                vec![r#"{"name":"O'Brien","note":"50% off!  ","p":"C:\\tmp"}"#],
            ),
            (
                r#"^"sec-ch-ua: ^\^"Chromium^\^";v=^\^"126^\^"^""#,
                vec![r#"sec-ch-ua: "Chromium";v="126""#],
            ),
            (r#"^"a=^%^41^%^20^%^zz 100^%^""#, vec!["a=%41%20%zz 100%"]),
            ("curl ^\"a^\" ^\r\n  -k", vec!["curl", "a", "-k"]),
            ("^\"a^\n\nb^\"", vec!["a\nb"]),
        ] {
            assert_eq!(words(text), expected, "{text}");
        }
    }

    #[test]
    fn what_people_write() {
        for (text, expected) in [
            (
                r#"curl "a b" -d "{\"a\":\"C:\\x\"}" ^"#,
                vec!["curl", "a b", "-d", r#"{"a":"C:\\x"}"#],
            ),
            ("curl \"a&b^c\" x^&y", vec!["curl", "a&b^c", "x&y"]),
        ] {
            assert_eq!(words(text), expected, "{text}");
        }
        let two = split("curl a &\r\ncurl b ^\r\n").unwrap();
        assert_eq!(two.commands.len(), 2);
        assert!(split("curl \"a ^\n").is_err());
    }
}
