//! Statements before the call: what they bind to variables and change in them, and what only a branch does.

use std::ops::Range;

use super::{DEEPEST, Evaluation, Slot};
use crate::import::note::{Note, NoteKind};
use crate::import::powershell::lexer::Kind;
use crate::import::powershell::value::Value;

/// What may or may not run, or runs elsewhere.
const BRANCHES: &[&str] = &[
    "if", "elseif", "else", "foreach", "for", "while", "do", "switch", "function", "filter",
    "catch", "trap", "class",
];

impl Evaluation<'_> {
    /// What is done before the call.
    pub(in crate::import::powershell) fn run_to(&mut self, call: usize) {
        let mut at = 0;
        while at < call {
            let end = self.find(at, self.tokens.len(), &['\n', ';', ')', '}']);
            let word = match self.kind(at) {
                Some(Kind::Word(word)) => word.to_ascii_lowercase(),
                _ => String::new(),
            };
            let branch = BRANCHES.contains(&word.as_str());
            if call < end {
                let holds = |at: &usize| self.close.get(at).is_some_and(|close| call < *close);
                let Some(open) = (at..call).find(holds) else {
                    return;
                };
                // What a function or a loop is given is not known in it.
                if branch {
                    self.forget(at..open);
                }
                at = open + 1;
            } else if branch {
                self.set_aside(at..end);
                at = end + 1;
            } else if word == "try" || word == "finally" || self.is(at, '{') {
                let open = self.find(at, end, &['{']);
                at = open + 1;
            } else {
                if word == "param" {
                    let close = self.close.get(&(at + 1)).copied().unwrap_or(end);
                    self.parameters(at + 2..close);
                } else if end > at {
                    self.statement(at..end);
                }
                at = end + 1;
            }
        }
    }

    fn forget(&mut self, range: Range<usize>) {
        for at in range {
            if let Some(Kind::Variable(name)) = self.kind(at) {
                self.names.remove(&name.to_ascii_lowercase());
            }
        }
    }

    /// `param([string]$Base = "…", $Id)`: those with a value have it.
    fn parameters(&mut self, range: Range<usize>) {
        let mut at = range.start;
        while at < range.end {
            let end = self.find(at, range.end, &[',']);
            self.statement(at..end);
            at = end + 1;
        }
    }

    /// Remembers what a branch may do to a variable.
    fn set_aside(&mut self, range: Range<usize>) {
        for at in range.clone() {
            let Some(Kind::Variable(name)) = self.kind(at) else {
                continue;
            };
            let begins = at.checked_sub(1).is_none_or(|before| {
                matches!(self.kind(before), Some(Kind::Sign('\n' | ';' | '{' | ']')))
            });
            let end = self.find(at, range.end, &['\n', ';', '}']);
            let sign = |at: usize| self.is(at, '=') || self.is(at, '(');
            let changes = (at..end.min(at + 8)).any(sign);
            if !(begins && changes) {
                continue;
            }
            let source = self.source(at..end);
            let note = Note::new(NoteKind::NotEvaluated, "change-aside").with("source", source);
            let notes = self.aside.entry(name.to_ascii_lowercase()).or_default();
            if notes.len() < crate::import::MOST_NOTES {
                notes.push(note.at(self.tokens[at].at));
            }
        }
    }

    /// `$a = …`, `$a.b = …`, `$a["b"] += …`, `$a.Add(…)`.
    fn statement(&mut self, range: Range<usize>) {
        let mut at = range.start;
        // The type before a name.
        while self.is(at, '[') {
            at = self.close.get(&at).map_or(range.end, |close| close + 1);
        }
        let Some(Kind::Variable(name)) = self.kind(at) else {
            return;
        };
        let begin = self.tokens[at].at;
        let (path, behind) = self.path(at + 1, range.end);
        let adds = self.is(behind, '+') && self.is(behind + 1, '=');
        let told = self.notes.len();
        if self.is(behind, '=') || adds {
            let operand = behind + 1 + usize::from(adds);
            // What a command of its own sends is a call, and that one is beyond.
            let value = self.pipeline(operand..range.end);
            let notes = self.notes.split_off(told);
            match (path.as_slice(), adds) {
                ([], false) => self.bind(name, value, notes),
                (path, _) => self.change(name, path, value, adds, notes),
            }
        } else if self.is(behind, '(') {
            let close = self.close.get(&behind).copied().unwrap_or(range.end);
            let arguments = self.items(behind + 1..close.min(range.end), &[',']);
            let notes = self.notes.split_off(told);
            let Some((method, path)) = path.split_last() else {
                return;
            };
            let method = method.to_ascii_lowercase();
            match (method.as_str(), arguments.as_slice()) {
                ("add" | "set_item", [key, value]) => {
                    let mut path = path.to_vec();
                    path.push(key.text());
                    self.change(name, &path, value.clone(), false, notes);
                }
                ("add", [value]) => {
                    let value = Value::List(vec![value.clone()]);
                    self.change(name, path, value, true, notes);
                }
                ("remove", [key]) => {
                    let key = key.text();
                    if let Some(Value::Table(fields)) = self.place(name, path) {
                        fields.retain(|(known, _)| !known.eq_ignore_ascii_case(&key));
                    }
                }
                _ => {
                    let source = self.source(range);
                    let note = Note::new(NoteKind::NotEvaluated, "change-not-evaluated");
                    let note = note.with("source", source).at(begin);
                    let notes = self.aside.entry(name.to_ascii_lowercase()).or_default();
                    if notes.len() < crate::import::MOST_NOTES {
                        notes.push(note);
                    }
                }
            }
        }
    }

    /// The fields behind a variable, and where they end.
    pub(super) fn path(&mut self, mut at: usize, end: usize) -> (Vec<String>, usize) {
        let mut path = Vec::new();
        while at < end && path.len() < DEEPEST {
            if self.is(at, '.') {
                match self.kind(at + 1) {
                    Some(Kind::Word(name)) => path.push(name.clone()),
                    Some(Kind::Text(pieces)) => path.push(self.expanded(pieces)),
                    _ => break,
                }
                at += 2;
            } else if self.is(at, '[') && self.tokens[at - 1].end == self.tokens[at].at {
                let close = self.close.get(&at).copied().unwrap_or(end).min(end);
                path.push(self.pipeline(at + 1..close).text());
                at = close + 1;
            } else {
                break;
            }
        }
        (path, at.min(end))
    }

    fn bind(&mut self, name: &str, value: Value, notes: Vec<Note>) {
        let name = name.to_ascii_lowercase();
        self.aside.remove(&name);
        let slot = match value {
            Value::Shared(slot) => slot,
            value => {
                self.slots.push(Slot { value, notes });
                self.slots.len() - 1
            }
        };
        self.names.insert(name, slot);
    }

    fn change(&mut self, name: &str, path: &[String], value: Value, adds: bool, notes: Vec<Note>) {
        let value = match value {
            value if adds => self.whole(value),
            value => value,
        };
        let Some(slot) = self.names.get(&name.to_ascii_lowercase()).copied() else {
            if adds || path.is_empty() {
                return;
            }
            // A session that a call before has made.
            self.bind(name, Value::Table(Vec::new()), Vec::new());
            return self.change(name, path, value, adds, notes);
        };
        self.slots[slot].notes.extend(notes);
        match (adds, path.split_last()) {
            (true, _) => {
                let old = self
                    .place(name, path)
                    .map(|place| std::mem::replace(place, Value::Null));
                let sum = match old {
                    Some(old) => self.added(old, value),
                    None => return,
                };
                if let Some(place) = self.place(name, path) {
                    *place = sum;
                }
            }
            (false, Some((key, path))) => {
                if let Some(place) = self.place(name, path) {
                    place.set(key.clone(), value);
                }
            }
            (false, None) => {}
        }
    }

    /// Where a field stands; the tables on the way are made.
    fn place(&mut self, name: &str, path: &[String]) -> Option<&mut Value> {
        let mut slot = *self.names.get(&name.to_ascii_lowercase())?;
        let mut from = 0;
        // A table may be held by a variable of its own.
        for (step, key) in path.iter().enumerate() {
            let mut value = &self.slots[slot].value;
            for key in &path[from..step] {
                value = value.get(key)?;
            }
            if let Some(Value::Shared(other)) = value.get(key) {
                slot = *other;
                from = step + 1;
            }
        }
        let mut value = &mut self.slots[slot].value;
        for key in &path[from..] {
            let Value::Table(fields) = value else {
                return None;
            };
            let known = fields
                .iter()
                .position(|(known, _)| known.eq_ignore_ascii_case(key));
            let known = known.unwrap_or_else(|| {
                fields.push((key.clone(), Value::Table(Vec::new())));
                fields.len() - 1
            });
            value = &mut fields[known].1;
        }
        Some(value)
    }
}
