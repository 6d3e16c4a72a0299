//! A PowerShell text cut into tokens.
//!
//! Quoting: <https://learn.microsoft.com/powershell/module/microsoft.powershell.core/about/about_quoting_rules>.

use std::iter::Peekable;
use std::str::CharIndices;

use crate::import::ImportError;
use crate::import::place::Place;

/// A part of a PowerShell text.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Token {
    pub kind: Kind,
    /// The byte at which it begins, and the one behind it.
    pub at: usize,
    pub end: usize,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Kind {
    /// A word without quotes.
    Word(String),
    /// A text in quotes.
    Text(Vec<Piece>),
    /// A sign that stands for itself, or a line break.
    Sign(char),
    /// `@{`
    Table,
    /// `@(` or `$(`
    List,
    /// `@name`
    Splat(String),
    /// `$name`
    Variable(String),
}

/// A part of a text in quotes.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Piece {
    Text(String),
    /// `$name`, or `$($name.field)` with its fields.
    Variable(Vec<String>, usize),
    /// `$(…)`: what stands between the brackets.
    Computed(String, usize),
}

/// Where the first half of a pair waits for the second: private characters that nobody pastes.
const WAITING: u32 = 0x10_f800;

/// Cuts a text.
pub(super) fn tokens(text: &str) -> Result<Vec<Token>, ImportError> {
    let lexer = Lexer {
        text,
        chars: text.char_indices().peekable(),
        tokens: Vec::new(),
    };
    lexer.run()
}

struct Lexer<'a> {
    text: &'a str,
    chars: Peekable<CharIndices<'a>>,
    tokens: Vec<Token>,
}

impl Lexer<'_> {
    fn run(mut self) -> Result<Vec<Token>, ImportError> {
        while let Some((at, c)) = self.chars.next() {
            let kind = match c {
                '`' => {
                    let rest = self.rest(at + 1).trim_start_matches([' ', '\t', '\r']);
                    match rest.starts_with('\n') {
                        true => self.skip_to(self.text.len() - rest.len() + 1),
                        false => drop(self.chars.next()),
                    }
                    continue;
                }
                '#' => {
                    self.skip_while(|c| c != '\n');
                    continue;
                }
                '<' if self.rest(at).starts_with("<#") => {
                    let end = self.rest(at).find("#>").map(|length| at + length + 2);
                    self.skip_to(end.unwrap_or(self.text.len()));
                    continue;
                }
                '"' | '“' | '”' | '„' => Kind::Text(self.double(at)?),
                '\'' | '‘' | '’' => Kind::Text(vec![Piece::Text(self.single(at)?)]),
                '@' => match self.chars.peek() {
                    Some((_, '{')) => {
                        self.chars.next();
                        Kind::Table
                    }
                    Some((_, '(')) => {
                        self.chars.next();
                        Kind::List
                    }
                    Some((_, quote @ ('"' | '\''))) => {
                        let quote = *quote;
                        Kind::Text(self.here_string(at, quote)?)
                    }
                    _ => Kind::Splat(self.name()),
                },
                '$' => match self.chars.peek() {
                    Some((_, '(')) => {
                        self.chars.next();
                        Kind::List
                    }
                    Some((_, '{')) => {
                        self.chars.next();
                        let name = self.taken(|c| c != '}');
                        self.chars.next();
                        Kind::Variable(name)
                    }
                    _ => Kind::Variable(self.name()),
                },
                '|' => {
                    // A line may begin with it.
                    while self.last() == Some(&Kind::Sign('\n')) {
                        self.tokens.pop();
                    }
                    Kind::Sign('|')
                }
                '\n' => {
                    let open = [',', '|', '=', '+', '('];
                    let goes_on = |kind: &Kind| open.iter().any(|sign| *kind == Kind::Sign(*sign));
                    if self.last().is_some_and(goes_on) {
                        continue;
                    }
                    Kind::Sign('\n')
                }
                '=' | '(' | ')' | '{' | '}' | ';' | ',' | '[' | ']' => Kind::Sign(c),
                '+' if !self.rest(at + 1).starts_with(|c: char| c.is_ascii_digit()) => {
                    Kind::Sign('+')
                }
                '.' if self.is_behind_value(at) => Kind::Sign('.'),
                c if c.is_whitespace() || c == '\u{feff}' => continue,
                _ => {
                    let of_member = self.last() == Some(&Kind::Sign('.'));
                    let word = match of_member {
                        true => format!("{c}{}", self.name()),
                        false => self.word(c),
                    };
                    // What PowerShell shows before a line that goes on.
                    if word == ">>" {
                        continue;
                    }
                    Kind::Word(word)
                }
            };
            let end = self.chars.peek().map_or(self.text.len(), |(at, _)| *at);
            self.tokens.push(Token { kind, at, end });
        }
        Ok(self.tokens)
    }

    fn rest(&self, at: usize) -> &str {
        self.text.get(at..).unwrap_or_default()
    }

    fn last(&self) -> Option<&Kind> {
        self.tokens.last().map(|token| &token.kind)
    }

    fn skip_while(&mut self, skipped: impl Fn(char) -> bool) {
        while self.chars.next_if(|(_, c)| skipped(*c)).is_some() {}
    }

    fn skip_to(&mut self, end: usize) {
        while self.chars.next_if(|(at, _)| *at < end).is_some() {}
    }

    fn taken(&mut self, part: impl Fn(char) -> bool) -> String {
        let mut taken = String::new();
        while let Some((_, c)) = self.chars.next_if(|(_, c)| part(*c)) {
            taken.push(c);
        }
        taken
    }

    /// The name of a variable; `env:` and the like belong to it.
    fn name(&mut self) -> String {
        let mut name = self.taken(is_of_name);
        if self.chars.peek().is_some_and(|(_, c)| *c == ':') {
            let at = self.chars.peek().map_or(0, |(at, _)| *at);
            if !name.is_empty() && self.rest(at + 1).starts_with(is_of_name) {
                self.chars.next();
                name.push(':');
                name += &self.taken(is_of_name);
            }
        }
        name
    }

    /// Whether a point leads to a field of what stands right before it.
    fn is_behind_value(&self, at: usize) -> bool {
        let next = self.rest(at + 1).chars().next();
        let field = next.is_some_and(|c| is_of_name(c) || matches!(c, '"' | '\''));
        let value = |token: &Token| {
            let member = matches!(token.kind, Kind::Word(_) | Kind::Text(_))
                && self.tokens.len() > 1
                && self.tokens[self.tokens.len() - 2].kind == Kind::Sign('.');
            token.end == at
                && (member || matches!(token.kind, Kind::Variable(_) | Kind::Sign(')' | ']' | '}')))
        };
        field && self.tokens.last().is_some_and(value)
    }

    /// A word up to what ends one. An address has signs that end others.
    fn word(&mut self, first: char) -> String {
        let mut word = String::from(first);
        let mut of_address = first == '/';
        while let Some((_, c)) = self.chars.next_if(|(_, c)| {
            let ends = c.is_whitespace() || "(){};,\"'`$|".contains(*c);
            !ends && (of_address || !"=[]&".contains(*c))
        }) {
            word.push(c);
            of_address |= c == '/';
        }
        word
    }

    /// Two quotes are one.
    fn single(&mut self, start: usize) -> Result<String, ImportError> {
        let ends = |c: char| matches!(c, '\'' | '‘' | '’');
        let mut text = String::new();
        while let Some((_, c)) = self.chars.next() {
            match c {
                c if ends(c) && self.chars.next_if(|(_, c)| ends(*c)).is_none() => {
                    return Ok(text);
                }
                c => text.push(c),
            }
        }
        Err(self.open(start, "'"))
    }

    fn double(&mut self, start: usize) -> Result<Vec<Piece>, ImportError> {
        let ends = |c: char| matches!(c, '"' | '“' | '”' | '„');
        let mut pieces = Vec::new();
        while let Some((at, c)) = self.chars.next() {
            match c {
                c if ends(c) => match self.chars.next_if(|(_, c)| ends(*c)) {
                    None => return Ok(pieces),
                    Some(_) => push(&mut pieces, c),
                },
                c => self.inside(at, c, &mut pieces),
            }
        }
        Err(self.open(start, "\""))
    }

    /// From the next line to the one that begins with `"@` or `'@`: quotes are signs as any other.
    fn here_string(&mut self, start: usize, quote: char) -> Result<Vec<Piece>, ImportError> {
        let rest = self.rest(start + 2);
        let head = rest.trim_start_matches([' ', '\t', '\r']);
        if !head.starts_with('\n') {
            let place = Place::of(self.text, start);
            return Err(ImportError::new("here-string", place).with("quote", quote));
        }
        let from = self.text.len() - head.len();
        let end = format!("{quote}@");
        let mut at = from + 1;
        let mut close = None;
        for line in self.rest(at).split_inclusive('\n') {
            let blanks = line.len() - line.trim_start_matches([' ', '\t']).len();
            if line[blanks..].starts_with(&end) {
                close = Some((at, at + blanks + end.len()));
                break;
            }
            at += line.len();
        }
        let Some((last, behind)) = close else {
            return Err(self.open(start, &end));
        };
        self.skip_to(from + 1);
        let mut pieces = Vec::new();
        // The line break before the end is none of it.
        while let Some((at, c)) = self.chars.next_if(|(at, _)| *at + 1 < last) {
            match c {
                '\r' if self.rest(at + 1).starts_with('\n') => {}
                c if quote == '"' => self.inside(at, c, &mut pieces),
                c => push(&mut pieces, c),
            }
        }
        self.skip_to(behind);
        Ok(pieces)
    }

    /// What a sign between double quotes comes to.
    fn inside(&mut self, at: usize, c: char, pieces: &mut Vec<Piece>) {
        match c {
            '`' => match self.chars.next() {
                Some((_, 'n')) => push(pieces, '\n'),
                Some((_, 'r')) => push(pieces, '\r'),
                Some((_, 't')) => push(pieces, '\t'),
                Some((_, '0')) => push(pieces, '\0'),
                Some((_, c)) => push(pieces, c),
                None => {}
            },
            '$' => self.expansion(at, pieces),
            c => push(pieces, c),
        }
    }

    /// `$name`, `${name}`, `$(…)`.
    fn expansion(&mut self, at: usize, pieces: &mut Vec<Piece>) {
        if self.character(at, pieces) {
            return;
        }
        match self.chars.peek() {
            Some((_, '{')) => {
                self.chars.next();
                let name = self.taken(|c| c != '}');
                self.chars.next();
                pieces.push(Piece::Variable(vec![name], at));
            }
            Some((_, '(')) => {
                self.chars.next();
                let mut depth = 1;
                let mut source = String::new();
                for (_, c) in self.chars.by_ref() {
                    depth += i32::from(c == '(') - i32::from(c == ')');
                    if depth == 0 {
                        break;
                    }
                    source.push(c);
                }
                let path = source.trim().strip_prefix('$').map(|path| path.split('.'));
                let names = |name: &str| !name.is_empty() && name.chars().all(is_of_name);
                pieces.push(match path {
                    Some(path) if path.clone().all(names) => {
                        Piece::Variable(path.map(str::to_owned).collect(), at)
                    }
                    _ => Piece::Computed(source, at),
                });
            }
            Some((_, c)) if is_of_name(*c) => {
                let name = self.name();
                pieces.push(Piece::Variable(vec![name], at));
            }
            _ => push(pieces, '$'),
        }
    }

    /// `$([char]0x00e9)`, which Chrome writes for what is not ASCII.
    fn character(&mut self, at: usize, pieces: &mut Vec<Piece>) -> bool {
        let code = self.rest(at).strip_prefix("$([char]").and_then(|rest| {
            let (digits, _) = rest.split_at_checked(rest.len().min(8))?;
            let (digits, _) = digits.split_once(')')?;
            let unit = match digits.strip_prefix("0x") {
                Some(digits) => u16::from_str_radix(digits, 16).ok()?,
                None => digits.parse().ok()?,
            };
            Some((unit, "$([char]".len() + digits.len() + 1))
        });
        let Some((unit, length)) = code else {
            return false;
        };
        self.skip_to(at + length);
        // Half of a pair is joined with the half before it.
        let before = match pieces.last() {
            Some(Piece::Text(text)) => text.chars().next_back(),
            _ => None,
        };
        let high = before.and_then(|c| u32::from(c).checked_sub(WAITING));
        let c = match (char::from_u32(u32::from(unit)), high) {
            (Some(c), _) => Some(c),
            (None, Some(high @ 0..0x400)) if unit >= 0xdc00 => {
                if let Some(Piece::Text(text)) = pieces.last_mut() {
                    text.pop();
                }
                char::from_u32(0x10000 + (high << 10) + u32::from(unit - 0xdc00))
            }
            (None, _) if unit < 0xdc00 => char::from_u32(WAITING + u32::from(unit - 0xd800)),
            (None, _) => None,
        };
        push(pieces, c.unwrap_or(char::REPLACEMENT_CHARACTER));
        true
    }

    fn open(&self, at: usize, quote: &str) -> ImportError {
        ImportError::new("open-quote", Place::of(self.text, at)).with("quote", quote)
    }
}

fn is_of_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn push(pieces: &mut Vec<Piece>, c: char) {
    match pieces.last_mut() {
        Some(Piece::Text(text)) => text.push(c),
        _ => pieces.push(Piece::Text(String::from(c))),
    }
}
