//! A line of bash as people paste it, cut into commands and words. Nothing is run or expanded: what a
//! shell would put in for a variable is left as `<NAME>` and told.
//!
//! Crates that split words know neither `$'…'` nor where a word stood, which the notes need; a test
//! holds this against `shlex` where both can speak.

use std::iter::Peekable;
use std::str::CharIndices;

use super::note::{Note, NoteKind};
use super::place::Place;
use super::{ImportError, ansi_c};

/// A word of a command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Word {
    /// Without quotes.
    pub text: String,
    /// The byte at which it begins.
    pub start: usize,
    /// Whether a part of it was in `$'…'`.
    pub ansi_c: bool,
}

/// A text as a shell cuts it.
#[derive(Debug, Default)]
pub(super) struct Split {
    /// The commands, each with its words.
    pub commands: Vec<Vec<Word>>,
    /// What was repaired or could not be known.
    pub notes: Vec<Note>,
    /// The lines behind `<<END`, which a command reads.
    pub input: Option<String>,
}

/// Cuts a text as bash does, with what chat programs do to it undone.
pub(super) fn split(text: &str) -> Result<Split, ImportError> {
    let mut lexer = Lexer {
        text,
        chars: text.char_indices().peekable(),
        word: None,
        words: Vec::new(),
        split: Split::default(),
        repaired: false,
        here: None,
        here_word: false,
    };
    lexer.run()?;
    lexer.end_command();
    if lexer.repaired {
        let note = Note::new(NoteKind::Derived, "repaired");
        lexer.split.notes.push(note);
    }
    Ok(lexer.split)
}

struct Lexer<'a> {
    text: &'a str,
    chars: Peekable<CharIndices<'a>>,
    word: Option<Word>,
    words: Vec<Word>,
    split: Split,
    repaired: bool,
    /// What ends the lines that a command reads, which begin on the next one.
    here: Option<String>,
    /// Whether the next word is what a command reads.
    here_word: bool,
}

impl Lexer<'_> {
    fn run(&mut self) -> Result<(), ImportError> {
        while let Some((at, c)) = self.chars.next() {
            match c {
                '\n' => self.line_end(at),
                '\u{a0}' => {
                    self.repaired = true;
                    self.end_word();
                }
                c if c.is_whitespace() => self.end_word(),
                '\\' => self.backslash(at),
                '\'' => self.single(at, &['\''])?,
                '‘' | '’' => {
                    self.repaired = true;
                    self.single(at, &['‘', '’', '\''])?;
                }
                '"' => self.double(at, &['"'])?,
                '“' | '”' => {
                    self.repaired = true;
                    self.double(at, &['“', '”', '"'])?;
                }
                '$' => self.dollar(at)?,
                '`' if self.joins_lines(at) => self.join_lines(),
                '`' => self.command_substitution(at, '`'),
                '#' if self.word.is_none() => {
                    while self.chars.next_if(|(_, c)| *c != '\n').is_some() {}
                }
                '&' if self.in_url() => {
                    self.repaired = true;
                    self.push(at, c);
                }
                '|' if self.chars.next_if(|(_, c)| *c == '|').is_none() => {
                    self.end_command();
                    self.piped();
                }
                ';' | '&' | '|' => self.end_command(),
                '>' | '<' => self.redirection(c),
                c => self.push(at, c),
            }
        }
        Ok(())
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
        match self.word.take() {
            Some(word) if self.here_word => {
                self.here_word = false;
                self.split.input.get_or_insert(word.text + "\n");
            }
            word => self.words.extend(word),
        }
    }

    /// What `echo` and `printf` write, the next command reads.
    fn piped(&mut self) {
        let Some(words) = self.split.commands.last() else {
            return;
        };
        let words: Vec<_> = words.iter().map(|word| word.text.as_str()).collect();
        let written = match words.as_slice() {
            ["echo", "-n", words @ ..] => words.join(" "),
            ["echo", "-e" | "-E", ..] => return,
            ["echo", words @ ..] => words.join(" ") + "\n",
            ["printf", "%s" | "%s\\n", word] => (*word).to_owned(),
            ["printf", word] if !word.contains(['%', '\\']) => (*word).to_owned(),
            _ => return,
        };
        self.split.input.get_or_insert(written);
    }

    fn end_command(&mut self) {
        self.end_word();
        if !self.words.is_empty() {
            self.split.commands.push(std::mem::take(&mut self.words));
        }
    }

    /// A line ends the command, but people lose the backslash: a line of options goes on.
    fn line_end(&mut self, at: usize) {
        self.end_word();
        if let Some(end) = self.here.take() {
            self.here_document(at + 1, &end);
            return;
        }
        if self.words.is_empty() {
            return;
        }
        let mut end = at;
        while let Some((blank, _)) = self.chars.next_if(|(_, c)| c.is_whitespace()) {
            end = blank;
        }
        if self.text[end..].trim_start().starts_with('-') {
            self.repaired = true;
        } else {
            self.end_command();
        }
    }

    fn backslash(&mut self, at: usize) {
        let rest = &self.text[at + 1..];
        let blanks = rest.len() - rest.trim_start_matches([' ', '\t', '\r', '\u{a0}']).len();
        if rest[blanks..].starts_with('\n') {
            self.repaired |= rest[..blanks].contains([' ', '\t', '\u{a0}']);
            while self
                .chars
                .next_if(|(next, _)| *next <= at + 1 + blanks)
                .is_some()
            {}
        } else if let Some((_, c)) = self.chars.next() {
            self.push(at, c);
        }
    }

    fn single(&mut self, at: usize, ends: &[char]) -> Result<(), ImportError> {
        self.word(at);
        for (_, c) in self.chars.by_ref() {
            if ends.contains(&c) {
                return Ok(());
            }
            if let Some(word) = &mut self.word {
                word.text.push(c);
            }
        }
        Err(self.open(at, ends))
    }

    fn double(&mut self, at: usize, ends: &[char]) -> Result<(), ImportError> {
        self.word(at);
        while let Some((inside, c)) = self.chars.next() {
            match c {
                c if ends.contains(&c) => return Ok(()),
                '\\' => match self.chars.next() {
                    Some((_, '\n')) => {}
                    Some((_, '\r')) if self.chars.next_if(|(_, c)| *c == '\n').is_some() => {}
                    Some((_, c @ ('"' | '\\' | '$' | '`'))) => self.push(at, c),
                    Some((_, c)) => {
                        self.push(at, '\\');
                        self.push(at, c);
                    }
                    None => break,
                },
                '$' => self.expansion(inside),
                '`' => self.command_substitution(inside, '`'),
                c => self.push(at, c),
            }
        }
        Err(self.open(at, ends))
    }

    fn dollar(&mut self, at: usize) -> Result<(), ImportError> {
        match self.chars.peek() {
            Some((_, '\'')) => {
                self.chars.next();
                let from = at + 2;
                let Some((decoded, length)) = ansi_c::decode(&self.text[from..]) else {
                    return Err(self.open(at, &['\'']));
                };
                let word = self.word(at);
                word.text.push_str(&decoded);
                word.ansi_c = true;
                while self
                    .chars
                    .next_if(|(next, _)| *next < from + length)
                    .is_some()
                {}
                Ok(())
            }
            Some((_, '"')) => {
                self.chars.next();
                self.double(at, &['"'])
            }
            // The prompt before a pasted command.
            Some((_, ' ')) if self.word.is_none() && self.words.is_empty() => Ok(()),
            _ => {
                self.expansion(at);
                Ok(())
            }
        }
    }

    /// What follows a `$` outside of single quotes.
    fn expansion(&mut self, at: usize) {
        match self.chars.peek().copied() {
            Some((_, '(')) => {
                self.chars.next();
                self.command_substitution(at, ')');
            }
            Some((_, '{')) => {
                self.chars.next();
                let name = self.until('}');
                self.not_evaluated(at, &name);
            }
            Some((_, c)) if c.is_ascii_alphabetic() || c == '_' => {
                let mut name = String::new();
                let part = |c: char| c.is_ascii_alphanumeric() || c == '_';
                while let Some((_, c)) = self.chars.next_if(|(_, c)| part(*c)) {
                    name.push(c);
                }
                self.not_evaluated(at, &name);
            }
            _ => self.push(at, '$'),
        }
    }

    fn command_substitution(&mut self, at: usize, end: char) {
        if self.document_of_cat(at) {
            return;
        }
        let command = self.until(end);
        self.not_evaluated(at, command.trim());
    }

    /// `$(cat <<END …)` stands for the lines up to `END`; whether it was one.
    fn document_of_cat(&mut self, at: usize) -> bool {
        let Some((from, _)) = self.chars.peek().copied() else {
            return false;
        };
        let rest = &self.text[from..];
        let document = rest.trim_start().strip_prefix("cat").and_then(|rest| {
            let (line, lines) = rest.split_once('\n')?;
            let end = line
                .trim()
                .strip_prefix("<<")?
                .trim_start_matches(['-', ' ']);
            Some((end.trim_matches(['\'', '"', '\\']), lines))
        });
        let Some((end, lines)) = document else {
            return false;
        };
        let mut content = String::new();
        let mut behind = self.text.len() - lines.len();
        for line in lines.split_inclusive('\n') {
            behind += line.len();
            if line.trim() == end {
                break;
            }
            content.push_str(line);
        }
        while self.chars.next_if(|(next, _)| *next < behind).is_some() {}
        self.until(')');
        // What is put in loses the line breaks at its end.
        self.word(at).text.push_str(content.trim_end_matches('\n'));
        true
    }

    fn until(&mut self, end: char) -> String {
        let inside = self.chars.by_ref().map(|(_, c)| c);
        inside.take_while(|c| *c != end).collect()
    }

    fn not_evaluated(&mut self, at: usize, name: &str) {
        let placeholder = format!("<{name}>");
        self.word(at).text.push_str(&placeholder);
        let note = Note::new(NoteKind::NotEvaluated, "not-evaluated")
            .with("name", name)
            .at(at);
        self.split.notes.push(note);
    }

    /// Whether a sign is PowerShell's for a line that goes on.
    fn joins_lines(&self, at: usize) -> bool {
        let rest = self.text[at + 1..].trim_start_matches([' ', '\t', '\r']);
        rest.starts_with('\n')
    }

    fn join_lines(&mut self) {
        self.end_word();
        while self.chars.next_if(|(_, c)| c.is_whitespace()).is_some() {}
    }

    /// The lines from `at` to `end`; the shell goes on behind them.
    fn here_document(&mut self, mut at: usize, end: &str) {
        let mut lines = String::new();
        for line in self
            .text
            .get(at..)
            .unwrap_or_default()
            .split_inclusive('\n')
        {
            at += line.len();
            if line.trim() == end {
                break;
            }
            lines.push_str(line);
        }
        while self.chars.next_if(|(next, _)| *next < at).is_some() {}
        self.split.input.get_or_insert(lines);
        self.end_command();
    }

    /// `> file` and the like are no words of the command; a `2` before them neither.
    fn redirection(&mut self, first: char) {
        if self.word.as_ref().is_none_or(|word| word.text != "2") {
            self.end_word();
        }
        self.word = None;
        let read = self.chars.next_if(|(_, c)| *c == '<').is_some();
        if first == '<' && read && self.chars.next_if(|(_, c)| *c == '<').is_some() {
            while self.chars.next_if(|(_, c)| *c == ' ').is_some() {}
            self.here_word = true;
            return;
        }
        let sign = |c: char| matches!(c, '>' | '<' | '&' | ' ');
        while self.chars.next_if(|(_, c)| sign(*c)).is_some() {}
        let part = |c: char| !c.is_whitespace() && !matches!(c, ';' | '|' | '&');
        let mut name = String::new();
        while let Some((_, c)) = self.chars.next_if(|(_, c)| part(*c)) {
            name.push(c);
        }
        if first == '<' && read {
            let end = name.trim_start_matches('-').trim_matches(['\'', '"', '\\']);
            self.here = Some(end.to_owned());
        }
    }

    /// Whether an address without quotes goes on: a shell would end the command here, whoever wrote it
    /// would not.
    fn in_url(&mut self) -> bool {
        let next = self.chars.peek().map(|(_, c)| *c);
        let goes_on = next.is_some_and(|c| c != '&' && !c.is_whitespace());
        let url = |word: &Word| word.text.contains("://") && word.text.contains('?');
        goes_on && self.word.as_ref().is_some_and(url)
    }

    fn open(&self, at: usize, ends: &[char]) -> ImportError {
        let end = ends.last().copied().unwrap_or('\'');
        ImportError::new("open-quote", Place::of(self.text, at)).with("quote", end)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn words(text: &str) -> Vec<String> {
        let split = split(text).unwrap();
        let words = split.commands.into_iter().flatten();
        words.map(|word| word.text).collect()
    }

    #[test]
    fn quotes_continuations_and_comments() {
        for (text, expected) in [
            ("curl 'a b' \"c \\\" d\"", vec!["curl", "a b", "c \" d"]),
            ("curl a \\\n  -H 'x: y'", vec!["curl", "a", "-H", "x: y"]),
            ("curl a \\\r\n  -k", vec!["curl", "a", "-k"]),
            ("curl a \\  \n  -k", vec!["curl", "a", "-k"]),
            ("curl a\n  -k", vec!["curl", "a", "-k"]),
            ("$ curl a # b", vec!["curl", "a"]),
            ("curl ‘a b’ “c”\u{a0}d", vec!["curl", "a b", "c", "d"]),
            ("curl a > file 2>&1", vec!["curl", "a"]),
            ("curl a `\r\n  -k", vec!["curl", "a", "-k"]),
            ("curl a <<E\nb\nE\nd", vec!["curl", "a", "d"]),
            ("curl http://a/?b=1&c=2", vec!["curl", "http://a/?b=1&c=2"]),
            ("curl $'it\\'s' ''", vec!["curl", "it's", ""]),
            ("curl \"$A/${B}\" $(c d)", vec!["curl", "<A>/<B>", "<c d>"]),
        ] {
            assert_eq!(words(text), expected, "{text}");
        }
    }

    #[test]
    fn commands_end_where_the_shell_ends_them() {
        for text in [
            "curl a;\ncurl b",
            "curl a & curl b",
            "curl a\ncurl b",
            "curl a | curl b",
        ] {
            assert_eq!(split(text).unwrap().commands.len(), 2, "{text}");
        }
    }

    #[test]
    fn an_open_quote_is_told_where_it_was_opened() {
        let error = split("curl a \\\n  -H 'x: y").unwrap_err();
        assert_eq!(error.place.unwrap().to_string(), "line 2 column 6");
    }

    proptest! {
        /// On what both know, the crate for it finds the same words.
        #[test]
        fn words_are_those_of_shlex(text in r#"[a-z '"\\=:/]{0,40}"#) {
            if let Some(expected) = shlex::split(&text) {
                let found: Vec<_> = split(&text).unwrap().commands.concat();
                let found: Vec<_> = found.into_iter().map(|word| word.text).collect();
                prop_assert_eq!(found, expected);
            }
        }
    }
}
