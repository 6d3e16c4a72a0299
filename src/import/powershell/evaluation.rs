//! What the statements before a call make of its variables: texts, tables, lists, JSON. Nothing is run;
//! what is computed is left as `<name>` and told.

mod statement;

use std::collections::HashMap;
use std::ops::Range;

use super::lexer::{Kind, Piece, Token};
use super::value::Value;
use crate::import::note::{Note, NoteKind};

/// Values in values; no request is nested deeper.
const DEEPEST: usize = 60;

/// What values may come to in all: for any text, and for each byte of it.
const MOST_MADE: (usize, usize) = (100_000, 8);

/// The depth of `ConvertTo-Json` that is not told.
const JSON_DEPTH: usize = 2;

/// What a variable holds.
struct Slot {
    value: Value,
    /// What is told where it is used.
    notes: Vec<Note>,
}

/// Finds out what the variables of a text hold.
pub(super) struct Evaluation<'a> {
    text: &'a str,
    tokens: &'a [Token],
    /// For each opening bracket the token that closes it; the end where none does.
    close: HashMap<usize, usize>,
    names: HashMap<String, usize>,
    slots: Vec<Slot>,
    /// What may be done to a variable besides.
    aside: HashMap<String, Vec<Note>>,
    depth: usize,
    left: usize,
    /// What could not be evaluated.
    pub(super) notes: Vec<Note>,
}

impl<'a> Evaluation<'a> {
    pub(super) fn new(text: &'a str, tokens: &'a [Token]) -> Self {
        let mut open = Vec::new();
        let mut close = HashMap::new();
        for (at, token) in tokens.iter().enumerate() {
            match token.kind {
                Kind::Table | Kind::List | Kind::Sign('(' | '[' | '{') => {
                    open.push(at);
                    close.insert(at, tokens.len());
                }
                Kind::Sign(')' | ']' | '}') => {
                    if let Some(opened) = open.pop() {
                        close.insert(opened, at);
                    }
                }
                _ => {}
            }
        }
        Self {
            text,
            tokens,
            close,
            names: HashMap::new(),
            slots: Vec::new(),
            aside: HashMap::new(),
            depth: 0,
            left: MOST_MADE.0 + MOST_MADE.1 * text.len(),
            notes: Vec::new(),
        }
    }

    pub(super) fn kind(&self, at: usize) -> Option<&'a Kind> {
        self.tokens.get(at).map(|token| &token.kind)
    }

    fn is(&self, at: usize, sign: char) -> bool {
        self.kind(at) == Some(&Kind::Sign(sign))
    }

    /// The first token from `from` on, outside of brackets, that one of the signs is.
    pub(super) fn find(&self, from: usize, end: usize, signs: &[char]) -> usize {
        let mut at = from;
        while at < end {
            match (self.kind(at), self.close.get(&at)) {
                (Some(Kind::Sign(sign)), _) if signs.contains(sign) => return at,
                (_, Some(close)) => at = close + 1,
                _ => at += 1,
            }
        }
        end
    }

    /// A value with all that it shares in it.
    pub(super) fn whole(&mut self, value: Value) -> Value {
        if self.depth >= DEEPEST || self.left == 0 {
            return Value::Hole("…".to_owned());
        }
        self.depth += 1;
        let whole = match value {
            Value::Shared(slot) => {
                let notes = self.slots[slot].notes.clone();
                self.tell(notes);
                let cost = self.slots[slot].value.cost();
                self.left = self.left.saturating_sub(cost);
                let value = match self.left {
                    0 => Value::Null,
                    _ => self.slots[slot].value.clone(),
                };
                self.whole(value)
            }
            Value::Table(fields) => {
                let fields = fields.into_iter();
                Value::Table(
                    fields
                        .map(|(name, value)| (name, self.whole(value)))
                        .collect(),
                )
            }
            Value::List(items) => {
                Value::List(items.into_iter().map(|item| self.whole(item)).collect())
            }
            value => value,
        };
        self.depth -= 1;
        whole
    }

    fn tell(&mut self, notes: Vec<Note>) {
        for note in notes {
            if self.notes.len() < crate::import::MOST_NOTES && !self.notes.contains(&note) {
                self.notes.push(note);
            }
        }
    }

    /// What a variable holds; `fields` lead into it.
    pub(super) fn variable(&mut self, name: &str, fields: &[String], at: usize) -> Value {
        match name.to_ascii_lowercase().as_str() {
            "true" => return Value::Bool(true),
            "false" => return Value::Bool(false),
            "null" => return Value::Null,
            _ => {}
        }
        let aside = self.aside.get(&name.to_ascii_lowercase()).cloned();
        self.tell(aside.unwrap_or_default());
        let slot = self.names.get(&name.to_ascii_lowercase()).copied();
        let whole = [&[name.to_owned()], fields].concat().join(".");
        let Some(slot) = slot else {
            return self.hole(whole, at);
        };
        if fields.is_empty() && matches!(self.slots[slot].value, Value::Table(_) | Value::List(_)) {
            return Value::Shared(slot);
        }
        let mut value = &self.slots[slot].value;
        for field in fields {
            while let Value::Shared(slot) = value {
                value = &self.slots[*slot].value;
            }
            match value.get(field) {
                Some(found) => value = found,
                None => return self.hole(whole, at),
            }
        }
        if matches!(value, Value::Hole(_)) {
            return self.hole(whole, at);
        }
        let cost = value.cost();
        if cost > self.left {
            self.left = 0;
            return self.hole(whole, at);
        }
        self.left -= cost;
        let value = value.clone();
        let notes = self.slots[slot].notes.clone();
        self.tell(notes);
        value
    }

    /// A statement of commands that `|` joins.
    pub(super) fn pipeline(&mut self, range: Range<usize>) -> Value {
        let range = self.trimmed(range);
        if self.depth >= DEEPEST || self.left == 0 {
            return self.computed(range);
        }
        self.depth += 1;
        self.left = self.left.saturating_sub(1);
        let told = self.notes.len();
        let value = self.piped(range.clone());
        self.depth -= 1;
        value.unwrap_or_else(|| {
            self.notes.truncate(told);
            self.computed(range)
        })
    }

    fn trimmed(&self, mut range: Range<usize>) -> Range<usize> {
        while range.start < range.end && self.is(range.start, '\n') {
            range.start += 1;
        }
        while range.start < range.end && self.is(range.end - 1, '\n') {
            range.end -= 1;
        }
        range
    }

    fn piped(&mut self, range: Range<usize>) -> Option<Value> {
        let first = self.find(range.start, range.end, &['|']);
        let mut value = self.sum(range.start..first)?;
        let mut at = first;
        while at < range.end {
            let end = self.find(at + 1, range.end, &['|']);
            let Some(Kind::Word(command)) = self.kind(at + 1) else {
                return None;
            };
            if !command.eq_ignore_ascii_case("ConvertTo-Json") {
                return None;
            }
            value = self.json(value, at + 2..end)?;
            at = end;
        }
        Some(value)
    }

    /// `ConvertTo-Json -Depth 5 -Compress`.
    fn json(&mut self, value: Value, options: Range<usize>) -> Option<Value> {
        let (mut depth, mut compressed) = (JSON_DEPTH, false);
        let mut at = options.start;
        while at < options.end {
            let Some(Kind::Word(option)) = self.kind(at) else {
                return None;
            };
            match option.to_ascii_lowercase().as_str() {
                "-compress" => compressed = true,
                "-depth" => {
                    at += 1;
                    let Some(Kind::Word(number)) = self.kind(at) else {
                        return None;
                    };
                    depth = number.parse::<usize>().ok()?.min(DEEPEST);
                }
                _ => return None,
            }
            at += 1;
        }
        let json = match self.whole(value) {
            Value::Hole(_) => return None,
            value => value.json(depth),
        };
        let text = match compressed {
            true => json.to_string(),
            false => serde_json::to_string_pretty(&json).ok()?,
        };
        Some(self.made(text))
    }

    fn made(&mut self, text: String) -> Value {
        self.left = self.left.saturating_sub(text.len());
        Value::Text(text)
    }

    fn sum(&mut self, range: Range<usize>) -> Option<Value> {
        let mut at = self.find(range.start, range.end, &['+']);
        let mut sum = self.list(range.start..at)?;
        while at < range.end {
            let end = self.find(at + 1, range.end, &['+']);
            let more = self.list(at + 1..end)?;
            if matches!((&sum, &more), (Value::Number(_), Value::Number(_))) {
                return None;
            }
            sum = match sum {
                sum @ Value::Shared(_) => self.whole(sum),
                sum => sum,
            };
            let more = self.whole(more);
            sum = self.added(sum, more);
            at = end;
        }
        Some(sum)
    }

    /// What `+` makes of two values.
    fn added(&mut self, first: Value, second: Value) -> Value {
        match (first, second) {
            (mut table @ Value::Table(_), Value::Table(more)) => {
                for (name, value) in more {
                    table.set(name, value);
                }
                table
            }
            (Value::List(mut items), Value::List(more)) => {
                items.extend(more);
                Value::List(items)
            }
            (Value::List(mut items), more) => {
                items.push(more);
                Value::List(items)
            }
            // A list of one is added to what is no list yet.
            (Value::Table(fields), Value::List(more)) if fields.is_empty() => Value::List(more),
            (first, second) => self.made(first.text() + &second.text()),
        }
    }

    fn list(&mut self, range: Range<usize>) -> Option<Value> {
        match self.find(range.start, range.end, &[',']) {
            end if end == range.end => self.operand(range),
            _ => Some(Value::List(self.items(range, &[',']))),
        }
    }

    /// What stands between signs.
    fn items(&mut self, range: Range<usize>, signs: &[char]) -> Vec<Value> {
        let mut items = Vec::new();
        let mut at = range.start;
        while at < range.end {
            let end = self.find(at, range.end, signs);
            if !self.trimmed(at..end).is_empty() {
                items.push(self.pipeline(at..end));
            }
            at = end + 1;
        }
        items
    }

    fn operand(&mut self, range: Range<usize>) -> Option<Value> {
        let range = self.trimmed(range);
        // The type before a value, or one whose method is called.
        if self.is(range.start, '[') {
            let behind = self.close.get(&range.start)? + 1;
            return match self.kind(behind) {
                Some(Kind::Word(word)) if word.eq_ignore_ascii_case("::new") => {
                    self.construction(range.start + 1..behind - 1, behind + 1..range.end)
                }
                Some(Kind::Word(word)) if word.starts_with("::") => None,
                _ => self.operand(behind..range.end),
            };
        }
        if let Some(Kind::Word(word)) = self.kind(range.start)
            && word.eq_ignore_ascii_case("New-Object")
        {
            let named =
                matches!(self.kind(range.start + 1), Some(Kind::Word(w)) if w.starts_with('-'));
            let name = range.start + 1 + usize::from(named);
            let end = self.find(name, range.end, &['(']);
            return self.construction(name..end, end..range.end);
        }
        let (value, behind) = self.primary(range.start, range.end)?;
        (behind == range.end).then_some(value)
    }

    /// `New-Object Type(…)`, `[Type]::new(…)`: dictionaries, sessions and cookies.
    fn construction(&mut self, name: Range<usize>, rest: Range<usize>) -> Option<Value> {
        let tokens = self.tokens.get(name)?;
        let (first, last) = (tokens.first()?, tokens.last()?);
        let source = self.text[first.at..last.end].to_ascii_lowercase();
        let known = ["dictionary", "hashtable", "webrequestsession"];
        if source.contains("cookie") && !source.contains("container") {
            let close = self.close.get(&rest.start).copied().unwrap_or(rest.end);
            let items = self.items(rest.start + 1..close.min(rest.end), &[',']);
            let mut cookie = Value::Table(Vec::new());
            for (name, value) in ["Name", "Value"].into_iter().zip(items) {
                cookie.set(name.to_owned(), value);
            }
            return Some(cookie);
        }
        let is_known = known.iter().any(|known| source.contains(known));
        is_known.then_some(Value::Table(Vec::new()))
    }

    /// A value, and the token behind it.
    fn primary(&mut self, at: usize, end: usize) -> Option<(Value, usize)> {
        let close = self.close.get(&at).copied().unwrap_or(end).min(end);
        let value = match self.kind(at).filter(|_| at < end)? {
            Kind::Text(pieces) => {
                let text = self.expanded(pieces);
                (Value::Text(text), at + 1)
            }
            Kind::Word(word) if word.parse::<f64>().is_ok() => {
                (Value::Number(word.clone()), at + 1)
            }
            Kind::Variable(name) => {
                let (fields, behind) = self.path(at + 1, end);
                (self.variable(name, &fields, self.tokens[at].at), behind)
            }
            Kind::Sign('(') => (self.pipeline(at + 1..close), close + 1),
            Kind::List => {
                let items = self.items(at + 1..close, &['\n', ';', ',']);
                (Value::List(items), close + 1)
            }
            Kind::Table => (self.table(at + 1..close), close + 1),
            Kind::Word(_) | Kind::Sign(_) | Kind::Splat(_) => return None,
        };
        Some((value.0, value.1.min(end)))
    }

    /// What stands between `@{` and `}`.
    fn table(&mut self, range: Range<usize>) -> Value {
        let mut table = Value::Table(Vec::new());
        let mut at = range.start;
        while at < range.end {
            let end = self.find(at, range.end, &['\n', ';']);
            let key = match self.kind(at) {
                Some(Kind::Word(word)) => Some(word.clone()),
                Some(Kind::Text(pieces)) => Some(self.expanded(pieces)),
                Some(Kind::Variable(name)) => {
                    let value = self.variable(name, &[], self.tokens[at].at);
                    Some(value.text())
                }
                _ => None,
            };
            if let Some(key) = key.filter(|_| self.is(at + 1, '=')) {
                let value = self.pipeline(at + 2..end);
                // A sum over fields that were set before would cost their square.
                if let Value::Table(fields) = &mut table {
                    fields.push((key, value));
                }
            }
            at = end + 1;
        }
        table
    }

    /// The value of a parameter, and the token behind it.
    pub(super) fn argument(&mut self, at: usize, end: usize) -> (Value, usize) {
        let (mut value, mut behind) = self.argument_part(at, end);
        // Words, texts and variables without a blank between them are one.
        while behind < end && self.tokens[behind].at == self.tokens[behind - 1].end {
            let joined = matches!(
                self.kind(behind),
                Some(Kind::Word(_) | Kind::Variable(_) | Kind::Text(_))
            );
            if !joined {
                break;
            }
            let (more, next) = self.argument_part(behind, end);
            value = self.made(value.text() + &more.text());
            behind = next;
        }
        let mut items = Vec::new();
        while self.is(behind, ',') && behind + 1 < end {
            let (more, next) = self.argument_part(behind + 1, end);
            items.push(more);
            behind = next.max(behind + 1);
        }
        if !items.is_empty() {
            items.insert(0, value);
            value = Value::List(items);
        }
        (value, behind)
    }

    fn argument_part(&mut self, at: usize, end: usize) -> (Value, usize) {
        match self.kind(at) {
            Some(Kind::Word(word)) => (Value::Text(word.clone()), at + 1),
            Some(_) => match self.primary(at, end) {
                Some((value, behind)) if !self.is(behind, '.') || behind >= end => (value, behind),
                _ => {
                    let behind = self.close.get(&at).map_or(at + 1, |close| close + 1);
                    let mut behind = behind.min(end);
                    while behind < end && self.tokens[behind].at == self.tokens[behind - 1].end {
                        behind = self
                            .close
                            .get(&behind)
                            .map_or(behind + 1, |close| close + 1);
                    }
                    let behind = behind.min(end);
                    (self.computed(at..behind), behind)
                }
            },
            None => (Value::Null, at + 1),
        }
    }

    fn expanded(&mut self, pieces: &[Piece]) -> String {
        let mut text = String::new();
        for piece in pieces {
            match piece {
                Piece::Text(more) => text.push_str(more),
                Piece::Variable(path, at) => {
                    let Some((name, fields)) = path.split_first() else {
                        continue;
                    };
                    let value = self.variable(name, fields, *at);
                    text.push_str(&value.text());
                }
                Piece::Computed(source, at) => {
                    let source = short(source);
                    text.push_str(&self.hole(source, *at).text());
                }
            }
            if self.left == 0 {
                break;
            }
        }
        self.left = self.left.saturating_sub(text.len());
        text
    }

    fn computed(&mut self, range: Range<usize>) -> Value {
        let source = self.source(range.clone());
        let at = self.tokens.get(range.start).map_or(0, |token| token.at);
        self.hole(source, at)
    }

    fn hole(&mut self, name: String, at: usize) -> Value {
        let note = Note::new(NoteKind::NotEvaluated, "not-evaluated").with("name", name.as_str());
        let known = self.notes.iter().any(|known| known.params == note.params);
        if !known && self.notes.len() < crate::import::MOST_NOTES {
            self.notes.push(note.at(at));
        }
        Value::Hole(name)
    }

    /// What some tokens are as they are written, in one short line.
    fn source(&self, range: Range<usize>) -> String {
        let end = range.end.min(self.tokens.len());
        match (self.tokens.get(range.start), end.checked_sub(1)) {
            (Some(first), Some(last)) if last >= range.start => {
                short(&self.text[first.at..self.tokens[last].end])
            }
            _ => "…".to_owned(),
        }
    }
}

/// An expression in one short line.
fn short(source: &str) -> String {
    const LONGEST: usize = 40;
    let words: Vec<_> = source.split_whitespace().take(LONGEST).collect();
    let line = words.join(" ");
    match line.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}
