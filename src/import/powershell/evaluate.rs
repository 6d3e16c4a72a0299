//! What stands before a call of PowerShell, followed in the order of the text: names, tables, strings.
//!
//! What only a run could tell is a hole, which has its source for a name. What stands in a branch, a loop or
//! another function is not done.

use std::collections::{BTreeSet, HashMap};

use super::outline::{MOST_OPEN, Outline, here, is_double, is_single, string_end};
use super::value::{Store, Table, Value};
use crate::import::ImportError;
use crate::import::place::Place;

/// Brackets in brackets.
const DEEPEST: usize = 60;

/// Longer names of types are none, in bytes.
const LONGEST_TYPE: usize = 200;

/// More changes that are not done are not kept.
const MOST_ASIDE: usize = 200;

/// Words before a block that may not be done, or not once, or elsewhere.
const ASIDE: &[&str] = &[
    "if", "elseif", "else", "foreach", "for", "while", "switch", "catch", "function", "filter",
    "trap", "until",
];
/// Words after which a statement goes on.
const BEFORE_STATEMENT: &[&str] = &[
    "try", "finally", "begin", "process", "end", "return", "do", "param", "clean",
];

/// Why no more is followed.
#[derive(Debug)]
pub(super) enum Stop {
    /// The call is reached.
    Reached,
    Mistake(ImportError),
}

pub(super) type Followed<T> = Result<T, Stop>;

/// A change that is not done.
#[derive(Debug)]
pub(super) struct Aside {
    pub name: String,
    pub source: String,
    pub at: usize,
}

pub(super) struct Evaluator<'a> {
    pub text: &'a str,
    pub at: usize,
    /// Where the call begins that is looked for.
    pub call: usize,
    outline: &'a Outline,
    names: HashMap<String, Value>,
    pub store: Store,
    /// Names that were asked for.
    pub used: BTreeSet<String>,
    pub aside: Vec<Aside>,
    depth: usize,
    /// The table and the name in it that were read last, for what is assigned to.
    place: Option<(usize, String)>,
    /// Whether `[char]` made half a pair.
    pub halves: bool,
    /// Quotes before the call that nothing closes there.
    unclosed: usize,
    /// Where the parameters of a script or function end.
    parameters_end: usize,
}

impl<'a> Evaluator<'a> {
    pub(super) fn new(text: &'a str, outline: &'a Outline, call: usize) -> Self {
        Self {
            text,
            at: 0,
            call,
            outline,
            names: HashMap::new(),
            store: Store::default(),
            used: BTreeSet::new(),
            aside: Vec::new(),
            depth: 0,
            place: None,
            halves: false,
            unclosed: 0,
            parameters_end: 0,
        }
    }

    /// Follows the statements before the call; then it stands at the name of the call.
    pub(super) fn run(&mut self) -> Result<(), ImportError> {
        while self.at < self.call {
            let before = self.at;
            self.depth = 0;
            match self.statement() {
                Err(Stop::Mistake(error)) => return Err(error),
                Err(Stop::Reached) => break,
                Ok(()) if self.at <= before => {
                    self.bump();
                }
                Ok(()) => {}
            }
        }
        self.at = self.call;
        Ok(())
    }

    pub(super) fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    pub(super) fn bump(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.at += c.len_utf8();
        Some(c)
    }

    pub(super) fn eat(&mut self, sign: &str) -> bool {
        let eats = self.rest().starts_with(sign);
        if eats {
            self.at += sign.len();
        }
        eats
    }

    /// Blanks, comments in brackets, and line breaks behind a backtick.
    pub(super) fn blanks(&mut self) {
        loop {
            let rest = self.rest();
            if let Some(behind) = rest.strip_prefix('`') {
                let blanks = behind.trim_start_matches([' ', '\t', '\r']);
                if !blanks.starts_with('\n') {
                    return;
                }
                self.at = self.text.len() - blanks.len() + 1;
            } else if let Some(comment) = rest.strip_prefix("<#") {
                let end = comment.find("#>").map_or(comment.len(), |end| end + 2);
                self.at += 2 + end;
            } else if rest.starts_with(|c: char| c != '\n' && c.is_whitespace()) {
                self.bump();
            } else {
                return;
            }
        }
    }

    /// The same with line breaks and what follows `#`.
    pub(super) fn lines(&mut self) {
        loop {
            self.blanks();
            match self.peek() {
                Some('\n') => drop(self.bump()),
                Some('#') => self.at += self.rest().find('\n').unwrap_or(self.rest().len()),
                _ => return,
            }
        }
    }

    pub(super) fn mistake(&self, key: &'static str, at: usize) -> ImportError {
        ImportError::new(key, Place::of(self.text, at))
    }

    fn reached(&self) -> Followed<()> {
        match self.at == self.call {
            true => Err(Stop::Reached),
            false => Ok(()),
        }
    }

    /// Whether the call stands in the brackets that begin at a byte; else where they end.
    fn around(&self, open: usize) -> Result<(), Option<usize>> {
        match self.outline.closed.get(&open) {
            Some(close) if open < self.call && self.call < *close => Ok(()),
            Some(close) => Err(Some(close + 1)),
            None => Err(None),
        }
    }

    fn statement(&mut self) -> Followed<()> {
        self.lines();
        self.reached()?;
        let start = self.at;
        match self.peek() {
            Some('$') => self.assignment(),
            Some('[') => {
                let behind = self.rest().bytes().take(LONGEST_TYPE);
                let end = behind
                    .into_iter()
                    .position(|byte| byte == b']')
                    .unwrap_or(0);
                let behind = self.rest()[end..].trim_start_matches(']').trim_start();
                match behind.starts_with('$') {
                    true => {
                        self.at = self.text.len() - behind.len();
                        self.assignment()
                    }
                    false => self.walk_on(),
                }
            }
            Some(c) if c.is_alphabetic() => {
                let word = self.word();
                let is =
                    |words: &[&str]| words.iter().any(|known| known.eq_ignore_ascii_case(word));
                if is(ASIDE) {
                    self.aside()
                } else if is(BEFORE_STATEMENT) {
                    self.lines();
                    if is(&["param"])
                        && let Some(end) = self.outline.closed.get(&self.at)
                    {
                        self.parameters_end = *end;
                    }
                    Ok(())
                } else {
                    self.at = start;
                    self.walk_on()
                }
            }
            Some(';' | '{' | '}' | '(' | ')' | ',' | '|' | '&' | ']') => {
                self.bump();
                Ok(())
            }
            Some(_) => self.walk_on(),
            None => Ok(()),
        }
    }

    pub(super) fn word(&mut self) -> &'a str {
        let part = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | '\\');
        let rest = self.rest();
        let word = &rest[..rest.find(|c: char| !part(c)).unwrap_or(rest.len())];
        self.at += word.len();
        word
    }

    /// What stands in brackets behind a condition: where the call is in it, it is followed.
    fn aside(&mut self) -> Followed<()> {
        loop {
            self.lines();
            match self.peek() {
                Some('(') => match self.around(self.at) {
                    Ok(()) => {
                        self.bump();
                        return Ok(());
                    }
                    Err(Some(end)) => self.at = end,
                    Err(None) => return Ok(()),
                },
                Some('{') => match self.around(self.at) {
                    Err(Some(end)) => {
                        self.note_changes(self.at + 1, end - 1);
                        self.at = end;
                        return Ok(());
                    }
                    _ => {
                        self.bump();
                        return Ok(());
                    }
                },
                Some(c) if c.is_alphanumeric() || matches!(c, '-' | '_') => drop(self.bump()),
                _ => return Ok(()),
            }
        }
    }

    /// The lines of a block that change something.
    fn note_changes(&mut self, from: usize, to: usize) {
        let block = self.text.get(from..to).unwrap_or_default();
        let mut at = from;
        for line in block.split_inclusive(['\n', ';', '{', '}']) {
            let source = line.trim_start();
            let start = at + line.len() - source.len();
            at += line.len();
            let source = source.trim_end_matches(['\n', ';', '{', '}', '\r', ' ']);
            let Some(name) = source.strip_prefix('$') else {
                continue;
            };
            let end = name.find(|c: char| !(c.is_alphanumeric() || c == '_'));
            let (name, rest) = name.split_at(end.unwrap_or(name.len()));
            let changes = rest.contains('=') || rest.contains(".Add(") || rest.contains(".Remove(");
            if changes && self.aside.len() < MOST_ASIDE {
                self.aside.push(Aside {
                    name: name.to_lowercase(),
                    source: source.to_owned(),
                    at: start,
                });
            }
        }
    }

    /// Over the rest of a statement that says nothing; into brackets that hold the call.
    fn walk_on(&mut self) -> Followed<()> {
        while let Some(c) = self.peek() {
            self.reached()?;
            match c {
                '\n' | ';' => return Ok(()),
                '`' => {
                    self.bump();
                    self.bump();
                }
                '(' | '{' | '[' => match self.around(self.at) {
                    Err(Some(end)) => self.at = end,
                    _ => {
                        self.bump();
                        return Ok(());
                    }
                },
                c if is_double(c) || is_single(c) || here(self.rest()).is_some() => {
                    let end = match self.unclosed < MOST_OPEN {
                        true => string_end(self.text, self.at, 0),
                        false => None,
                    };
                    match end.filter(|end| *end <= self.call) {
                        Some(end) => self.at = end,
                        None => {
                            self.unclosed += 1;
                            self.bump();
                        }
                    }
                }
                _ => drop(self.bump()),
            }
        }
        Ok(())
    }

    /// `$name = …`, `$name.key = …`, `$name["key"] += …`, `$name.Add(…)`.
    fn assignment(&mut self) -> Followed<()> {
        let start = self.at;
        self.bump();
        let name = self.variable_name();
        let key = name.to_lowercase();
        let behind = self.rest();
        if behind.starts_with(['.', '[']) && !self.names.contains_key(&key) && !name.is_empty() {
            let table = self.store.table(Table::of_elsewhere(name));
            self.names.insert(key.clone(), table);
        }
        self.place = None;
        let value = self.names.get(&key).cloned();
        let value = match value {
            Some(value) => self.behind(value, start, true)?,
            None => Value::Null,
        };
        let place = self.place.take();
        self.blanks();
        let added = self.eat("+=");
        let assigned = self.peek() == Some('=') && !self.rest().starts_with("==");
        if !added && !assigned {
            return self.walk_on();
        }
        if !added {
            self.bump();
        }
        self.lines();
        let source = self.at;
        // Between parameters a comma makes no list.
        let mut new = match self.at < self.parameters_end {
            true => self.value()?,
            false => self.pipeline()?,
        };
        if added {
            new = self.sum(value, new, source);
        }
        match place {
            Some((table, key)) => {
                if let Some(table) = self.store.table_mut(table) {
                    table.set(&key, new);
                }
            }
            None => {
                // What was changed before is gone.
                if !added {
                    self.aside.retain(|change| change.name != key);
                }
                self.names.insert(key, new);
            }
        }
        Ok(())
    }

    /// The name behind `$`, without its scope.
    pub(super) fn variable_name(&mut self) -> &'a str {
        if self.eat("{") {
            let rest = self.rest();
            let end = rest.find('}').unwrap_or(rest.len());
            self.at = (self.at + end + 1).min(self.text.len());
            return without_scope(&rest[..end]);
        }
        let rest = self.rest();
        let part = |c: char| c.is_alphanumeric() || c == '_';
        let mut end = rest.find(|c: char| !part(c)).unwrap_or(rest.len());
        let scoped = rest[end..].strip_prefix(':');
        if let Some(name) = scoped.filter(|name| {
            SCOPES.contains(&rest[..end].to_lowercase().as_str()) && name.starts_with(part)
        }) {
            end += 1 + name.find(|c: char| !part(c)).unwrap_or(name.len());
        }
        self.at += end;
        without_scope(&rest[..end])
    }

    /// What a name stands for.
    pub(super) fn lookup(&mut self, name: &str, at: usize) -> Value {
        let key = name.to_lowercase();
        match key.as_str() {
            "true" => return Value::Bool(true),
            "false" => return Value::Bool(false),
            "null" => return Value::Null,
            _ => {}
        }
        let known = self.names.get(&key).filter(|_| !self.store.is_spent());
        let known = known.cloned();
        self.used.insert(key);
        known.unwrap_or_else(|| self.store.hole(&format!("${name}"), at))
    }

    /// Values behind one another, led through commands.
    pub(super) fn pipeline(&mut self) -> Followed<Value> {
        self.depth(1)?;
        self.lines();
        self.reached()?;
        let start = self.at;
        let mut value = match self.peek() {
            Some(c) if c.is_alphabetic() || c == '&' => self.command(None, start)?,
            _ => self.expression()?,
        };
        loop {
            self.blanks();
            if !self.rest().starts_with('|') || self.rest().starts_with("||") {
                break;
            }
            self.bump();
            self.lines();
            self.reached()?;
            value = self.command(Some(value), start)?;
        }
        self.depth(-1)?;
        Ok(value)
    }

    /// One bracket deeper, or back.
    pub(super) fn depth(&mut self, by: isize) -> Followed<()> {
        self.depth = self.depth.saturating_add_signed(by);
        match self.depth > DEEPEST {
            true => Err(Stop::Mistake(self.mistake("too-complex", self.at))),
            false => Ok(()),
        }
    }

    /// Over what is not understood, to the end of a command.
    pub(super) fn unknown(&mut self, start: usize) -> Followed<Value> {
        self.over()?;
        Ok(self.hole(start))
    }

    /// What stands between a byte and here, by its source.
    pub(super) fn hole(&mut self, start: usize) -> Value {
        let source = self.text.get(start..self.at).unwrap_or_default();
        self.store.hole(source, start)
    }

    pub(super) fn over(&mut self) -> Followed<()> {
        let mut open = 0_usize;
        while let Some(c) = self.peek() {
            self.reached()?;
            match c {
                '\n' | ';' | ',' | '|' if open == 0 => break,
                '(' | '{' | '[' => open += 1,
                ')' | '}' | ']' if open == 0 => break,
                ')' | '}' | ']' => open -= 1,
                '`' => drop(self.bump()),
                c if is_double(c) || is_single(c) || here(self.rest()).is_some() => {
                    match string_end(self.text, self.at, 0) {
                        Some(end) => self.at = end,
                        None => return Err(Stop::Mistake(self.open(self.at, c))),
                    }
                    continue;
                }
                _ => {}
            }
            self.bump();
        }
        Ok(())
    }

    pub(super) fn open(&self, at: usize, quote: char) -> ImportError {
        let quote = match quote {
            '@' if self.text[at..].starts_with("@'") => "'@",
            '@' => "\"@",
            c if is_double(c) => "\"",
            _ => "'",
        };
        self.mistake("open-quote", at).with("quote", quote)
    }

    pub(super) fn set_place(&mut self, table: usize, key: &str) {
        self.place = Some((table, key.to_owned()));
    }

    pub(super) fn clear_place(&mut self) {
        self.place = None;
    }
}

/// Prefixes of names that say where they are kept.
const SCOPES: &[&str] = &[
    "global", "script", "local", "private", "using", "variable", "env",
];

/// `env:` stays: only its author knows what stands there.
fn without_scope(name: &str) -> &str {
    match name.split_once(':') {
        Some((scope, rest))
            if !scope.eq_ignore_ascii_case("env")
                && SCOPES.contains(&scope.to_lowercase().as_str()) =>
        {
            rest
        }
        _ => name,
    }
}
