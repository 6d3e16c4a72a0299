//! `Invoke-WebRequest` as Chrome and Edge copy it for PowerShell.
//!
//! Quoting: <https://learn.microsoft.com/powershell/module/microsoft.powershell.core/about/about_quoting_rules>.

use std::iter::Peekable;
use std::str::CharIndices;

use super::ImportError;
use super::draft::Draft;
use super::note::{Note, NoteKind};
use super::place::Place;

/// Whether a text is one for PowerShell.
pub(super) fn is_powershell(text: &str) -> bool {
    // Names are found in any letter case.
    let names = ["invoke-webrequest", "invoke-restmethod"];
    let begins = |at: usize| {
        let rest = text.get(at..at + names[0].len());
        rest.is_some_and(|rest| names.iter().any(|name| rest.eq_ignore_ascii_case(name)))
    };
    text.match_indices(['I', 'i']).any(|(at, _)| begins(at))
}

/// Reads the first call of a text.
pub(super) fn read(text: &str) -> Result<Draft, ImportError> {
    let tokens = Lexer::new(text).run()?;
    let mut reader = Reader {
        tokens: &tokens,
        at: 0,
        draft: Draft::default(),
        splat: false,
    };
    reader.read();
    let key = if reader.splat { "splat" } else { "no-request" };
    let mut draft = reader.draft;
    if draft.url.is_empty() {
        return Err(ImportError::new(key, Place::of(text, 0)));
    }
    if !draft.url.contains("://") {
        draft.url = format!("http://{}", draft.url);
        draft.notes.push(Note::new(NoteKind::Assumed, "scheme"));
    }
    Ok(draft)
}

/// A part of a PowerShell text.
#[derive(Clone, Debug, PartialEq)]
enum Token {
    /// A word without quotes, and where it begins.
    Word(String, usize),
    /// A text in quotes.
    Text(String),
    /// `=`, `(`, `)`, `{`, `}`, `;`, `,` or a line break.
    Sign(char),
    /// `@name`, and where it stands.
    Splat(String, usize),
    /// A name that only its author knows, and where it stands.
    Variable(String, usize),
}

struct Lexer<'a> {
    text: &'a str,
    chars: Peekable<CharIndices<'a>>,
    tokens: Vec<Token>,
}

impl<'a> Lexer<'a> {
    fn new(text: &'a str) -> Self {
        Self {
            text,
            chars: text.char_indices().peekable(),
            tokens: Vec::new(),
        }
    }

    fn run(mut self) -> Result<Vec<Token>, ImportError> {
        while let Some((at, c)) = self.chars.next() {
            match c {
                '`' => {
                    self.chars.next_if(|(_, c)| *c == '\r');
                    self.chars.next();
                }
                '"' => {
                    let text = self.double(at)?;
                    self.tokens.push(Token::Text(text));
                }
                '\'' => {
                    let text = self.single(at)?;
                    self.tokens.push(Token::Text(text));
                }
                '\n' | '=' | '(' | ')' | '{' | '}' | ';' | ',' => self.tokens.push(Token::Sign(c)),
                // `@params`: what stands in a table of that name. `@{` and `@(` begin with their bracket.
                '@' => {
                    let name = self.word();
                    if !name.is_empty() {
                        self.tokens.push(Token::Splat(name, at));
                    }
                }
                c if c.is_whitespace() => {}
                '$' => {
                    let name = self.word();
                    self.tokens.push(Token::Variable(name, at));
                }
                c => {
                    let word = format!("{c}{}", self.word());
                    self.tokens.push(Token::Word(word, at));
                }
            }
        }
        Ok(self.tokens)
    }

    fn word(&mut self) -> String {
        let part = |c: char| !c.is_whitespace() && !"=(){};,\"'`@".contains(c);
        let mut word = String::new();
        while let Some((_, c)) = self.chars.next_if(|(_, c)| part(*c)) {
            word.push(c);
        }
        word
    }

    /// Two quotes are one.
    fn single(&mut self, start: usize) -> Result<String, ImportError> {
        let mut text = String::new();
        while let Some((_, c)) = self.chars.next() {
            match c {
                '\'' if self.chars.next_if(|(_, c)| *c == '\'').is_none() => return Ok(text),
                c => text.push(c),
            }
        }
        Err(self.open(start, '\''))
    }

    fn double(&mut self, start: usize) -> Result<String, ImportError> {
        let mut text = String::new();
        while let Some((at, c)) = self.chars.next() {
            match c {
                '"' if self.chars.next_if(|(_, c)| *c == '"').is_none() => return Ok(text),
                '`' => match self.chars.next() {
                    Some((_, 'n')) => text.push('\n'),
                    Some((_, 'r')) => text.push('\r'),
                    Some((_, 't')) => text.push('\t'),
                    Some((_, '0')) => text.push('\0'),
                    Some((_, c)) => text.push(c),
                    None => break,
                },
                '$' => self.expansion(at, &mut text),
                c => text.push(c),
            }
        }
        Err(self.open(start, '"'))
    }

    /// `$([char]0x00e9)`, which Chrome writes for what is not ASCII; else a variable.
    fn expansion(&mut self, at: usize, text: &mut String) {
        let rest = &self.text[at..];
        let code = rest.strip_prefix("$([char]").and_then(|rest| {
            let (digits, _) = rest.split_at_checked(rest.len().min(8))?;
            let (digits, _) = digits.split_once(')')?;
            let unit = match digits.strip_prefix("0x") {
                Some(digits) => u16::from_str_radix(digits, 16).ok()?,
                None => digits.parse().ok()?,
            };
            Some((unit, "$([char]".len() + digits.len() + 1))
        });
        let Some((unit, length)) = code else {
            text.push('$');
            return;
        };
        while self
            .chars
            .next_if(|(next, _)| *next < at + length)
            .is_some()
        {}
        // Half of a pair is joined with the half before it.
        let high = text
            .chars()
            .next_back()
            .map(u32::from)
            .and_then(|c| c.checked_sub(WAITING));
        match (char::from_u32(u32::from(unit)), high) {
            (Some(c), _) => text.push(c),
            (None, Some(high @ 0..0x400)) if unit >= 0xdc00 => {
                text.pop();
                let code = 0x10000 + (high << 10) + u32::from(unit - 0xdc00);
                text.extend(char::from_u32(code));
            }
            (None, _) if unit < 0xdc00 => {
                text.extend(char::from_u32(WAITING + u32::from(unit - 0xd800)));
            }
            (None, _) => text.push(char::REPLACEMENT_CHARACTER),
        }
    }

    fn open(&self, at: usize, quote: char) -> ImportError {
        ImportError::new("open-quote", Place::of(self.text, at)).with("quote", quote)
    }
}

/// Where the first half of a pair waits for the second: private characters that nobody pastes.
const WAITING: u32 = 0x10_f800;

struct Reader<'a> {
    tokens: &'a [Token],
    at: usize,
    draft: Draft,
    /// Whether parameters come from a table that is not read.
    splat: bool,
}

impl Reader<'_> {
    fn read(&mut self) {
        let mut called = false;
        while let Some(token) = self.tokens.get(self.at) {
            self.at += 1;
            match token {
                Token::Word(word, _) if is_powershell(word) => {
                    if called {
                        return;
                    }
                    called = true;
                }
                Token::Word(word, at) if called => {
                    if let Some(name) = word.strip_prefix('-') {
                        self.parameter(&name.to_ascii_lowercase(), *at);
                    } else if self.draft.url.is_empty() {
                        self.draft.url.clone_from(word);
                    }
                }
                Token::Text(text) if called && self.draft.url.is_empty() => {
                    self.draft.url.clone_from(text);
                }
                Token::Splat(name, at) if called => {
                    let note = Note::new(NoteKind::NotEvaluated, "option-not-evaluated");
                    let note = note.with("name", format!("@{name}")).at(*at);
                    self.draft.notes.push(note);
                    self.splat |= true;
                }
                // The call ends with its line.
                Token::Sign('\n' | ';') if called => return,
                Token::Variable(name, _) if !called => self.session(name),
                _ => {}
            }
        }
    }

    /// `$session.UserAgent = "…"`, `$session.Cookies.Add((New-Object System.Net.Cookie("a", "1", …)))`.
    fn session(&mut self, name: &str) {
        let name = name.to_ascii_lowercase();
        if name.ends_with(".useragent") {
            if let Some(agent) = self.next_text() {
                self.draft.headers.push(("User-Agent".to_owned(), agent));
            }
        } else if name.ends_with(".cookies.add")
            && let (Some(name), Some(value)) = (self.next_text(), self.next_text())
        {
            self.draft.cookies.push(format!("{name}={value}"));
        }
    }

    /// The next text in quotes of the line.
    fn next_text(&mut self) -> Option<String> {
        while let Some(token) = self.tokens.get(self.at) {
            match token {
                Token::Sign('\n') => return None,
                Token::Text(text) => {
                    self.at += 1;
                    return Some(text.clone());
                }
                _ => self.at += 1,
            }
        }
        None
    }

    fn parameter(&mut self, name: &str, at: usize) {
        match name {
            "uri" => self.draft.url = self.value(at).unwrap_or_default(),
            // One of a list, which goes out in capitals; only a custom method is sent as it is written.
            "method" => {
                self.draft.method = self.value(at).map(|method| method.to_ascii_uppercase())
            }
            "custommethod" => self.draft.method = self.value(at),
            "contenttype" => {
                let value = self.value(at).unwrap_or_default();
                self.draft.headers.push(("Content-Type".to_owned(), value));
            }
            "useragent" => {
                let value = self.value(at).unwrap_or_default();
                self.draft.headers.push(("User-Agent".to_owned(), value));
            }
            "body" => self.draft.body = self.value(at),
            "headers" => self.table(at),
            "skipcertificatecheck" => {
                self.draft.network.insecure = true;
                let note = Note::new(NoteKind::Given, "insecure").at(at);
                self.draft.notes.push(note);
            }
            "proxy" => {
                let value = self.value(at).unwrap_or_default();
                let note = Note::new(NoteKind::Given, "proxy").with("value", value.as_str());
                self.draft.notes.push(note.at(at));
                self.draft.network.proxy = Some(value);
            }
            "websession" | "sessionvariable" | "outfile" | "timeoutsec" => {
                self.value(at);
            }
            "usebasicparsing" | "passthru" => {}
            name => {
                let note = Note::new(NoteKind::Unknown, "option-unknown");
                self.draft
                    .notes
                    .push(note.with("name", format!("-{name}")).at(at));
            }
        }
    }

    /// The value of the parameter at `at`: a text, a word, a variable; the text inside parentheses.
    fn value(&mut self, at: usize) -> Option<String> {
        match self.tokens.get(self.at)? {
            Token::Text(text) | Token::Word(text, _) => {
                self.at += 1;
                Some(text.clone())
            }
            Token::Variable(name, at) => {
                self.at += 1;
                if name != "session" {
                    let note = Note::new(NoteKind::NotEvaluated, "not-evaluated");
                    let note = note.with("name", format!("${name}")).at(*at);
                    self.draft.notes.push(note);
                }
                Some(format!("<{name}>"))
            }
            Token::Sign('(') => {
                let begins = self.at;
                let (mut depth, mut found) = (0, None);
                while let Some(token) = self.tokens.get(self.at) {
                    self.at += 1;
                    match token {
                        Token::Sign('(') => depth += 1,
                        Token::Sign(')') => depth -= 1,
                        Token::Text(text) if found.is_none() => found = Some(text.clone()),
                        _ => {}
                    }
                    if depth == 0 {
                        break;
                    }
                }
                // Chrome puts only a text into brackets; what else is made there is not known.
                let computed = self.tokens[begins..self.at].iter().any(|token| {
                    matches!(token, Token::Sign('{' | '=') | Token::Variable(..))
                        || matches!(token, Token::Word(word, _) if word == "|")
                });
                if computed || found.is_none() {
                    let note = Note::new(NoteKind::NotEvaluated, "not-evaluated");
                    let note = note.with("name", "(…)").at(at);
                    self.draft.notes.push(note);
                    return Some("<(…)>".to_owned());
                }
                found
            }
            Token::Sign(_) | Token::Splat(..) => None,
        }
    }

    /// `@{ "name"="value" … }`.
    fn table(&mut self, at: usize) {
        if self.tokens.get(self.at) != Some(&Token::Sign('{')) {
            self.value(at);
            return;
        }
        self.at += 1;
        while let Some(token) = self.tokens.get(self.at) {
            self.at += 1;
            match token {
                Token::Sign('}') => return,
                Token::Text(name) | Token::Word(name, _)
                    if self.tokens.get(self.at) == Some(&Token::Sign('=')) =>
                {
                    self.at += 1;
                    let value = self.value(at).unwrap_or_default();
                    self.draft.headers.push((name.clone(), value));
                }
                _ => {}
            }
        }
    }
}
