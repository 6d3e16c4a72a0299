//! What commands in a value give: JSON, new objects; and what `+` makes of two values.

use super::evaluate::{Evaluator, Followed};
use super::outline::{is_double, is_single};
use super::value::{Table, Value};

impl<'a> Evaluator<'a> {
    /// A command in a value; what comes to it through a pipe is `input`.
    pub(super) fn command(&mut self, input: Option<Value>, start: usize) -> Followed<Value> {
        let name = self.word().to_ascii_lowercase();
        match name.as_str() {
            "convertto-json" => self.convert_to_json(input, start),
            "out-string" | "out-null" | "write-output" if input.is_some() => {
                Ok(input.unwrap_or(Value::Null))
            }
            "new-object" => self.new_object(start),
            // A secret that stands in the text in plain words.
            "convertto-securestring" => {
                let mut found = input;
                while self.goes_on() {
                    match self.peek() {
                        Some('-') => drop(self.parameter_name()),
                        _ if found.is_none() => found = Some(self.argument()?),
                        _ => drop(self.argument()?),
                    }
                }
                Ok(found.unwrap_or(Value::Null))
            }
            _ => self.unknown(start),
        }
    }

    fn convert_to_json(&mut self, mut input: Option<Value>, start: usize) -> Followed<Value> {
        let piped = input.is_some();
        let (mut depth, mut compress, mut unread) = (2, false, false);
        while self.goes_on() {
            if self.peek() != Some('-') {
                input = Some(self.argument()?);
                continue;
            }
            let name = self.parameter_name().to_ascii_lowercase();
            match name.as_str() {
                name if !name.is_empty() && "compress".starts_with(name) => compress = true,
                name if !name.is_empty() && "depth".starts_with(name) => {
                    let value = self.argument()?;
                    depth = self.store.shown(&value).parse().unwrap_or(depth).min(100);
                }
                name if !name.is_empty() && "inputobject".starts_with(name) => {
                    input = Some(self.argument()?);
                }
                "asarray" => unread = true,
                _ => {}
            }
        }
        let Some(mut value) = input.filter(|_| !unread) else {
            return self.unknown(start);
        };
        // A pipe takes a list apart.
        if let (true, Value::List(at)) = (piped, &value)
            && let [only] = self.store.of_list(*at)
        {
            value = only.clone();
        }
        if let Value::Hole(_) = value {
            return self.unknown(start);
        }
        Ok(self.store.json(&value, depth, compress))
    }

    /// Whether a command has more arguments.
    pub(super) fn goes_on(&mut self) -> bool {
        self.blanks();
        !matches!(
            self.peek(),
            None | Some('\n' | ';' | '|' | ')' | '}' | ']' | ',' | '#')
        )
    }

    /// `-Name`.
    pub(super) fn parameter_name(&mut self) -> &'a str {
        self.bump();
        let rest = self.rest();
        let part = |c: char| c.is_alphanumeric() || c == '_';
        let name = &rest[..rest.find(|c: char| !part(c)).unwrap_or(rest.len())];
        self.at += name.len();
        if self.peek() == Some(':') {
            self.bump();
        }
        name
    }

    fn new_object(&mut self, start: usize) -> Followed<Value> {
        self.blanks();
        let mut type_name = String::new();
        let mut arguments = Vec::new();
        while self.goes_on() {
            match self.peek() {
                Some('-') => drop(self.parameter_name()),
                Some('(') => arguments = self.arguments()?,
                _ => {
                    let before = self.at;
                    let value = match type_name.is_empty() {
                        true => self.type_word(),
                        false => self.argument()?,
                    };
                    match type_name.is_empty() {
                        true => type_name = self.store.shown(&value).to_string(),
                        false => arguments.push(value),
                    }
                    if self.at == before {
                        self.bump();
                    }
                }
            }
        }
        Ok(match self.made(&type_name, arguments) {
            Some(value) => value,
            None => self.hole(start),
        })
    }

    /// The name of a type, which may have brackets and commas in it.
    fn type_word(&mut self) -> Value {
        let quoted = self.peek().filter(|c| is_double(*c) || is_single(*c));
        if quoted.is_some() {
            self.bump();
        }
        let rest = self.rest();
        let mut open = 0_usize;
        let end = rest.find(|c: char| match c {
            '[' => {
                open += 1;
                false
            }
            ']' => {
                open = open.saturating_sub(1);
                false
            }
            c if quoted.is_some() => is_double(c) || is_single(c) || c == '\n',
            c => open == 0 && (c.is_whitespace() || matches!(c, '(' | ')' | ';' | '|')),
        });
        let end = end.unwrap_or(rest.len());
        self.at += end;
        if quoted.is_some() {
            self.bump();
        }
        Value::text(&rest[..end])
    }

    /// An object of .NET, as far as it is one of names and values.
    pub(super) fn made(&mut self, type_name: &str, arguments: Vec<Value>) -> Option<Value> {
        let name = type_name.to_ascii_lowercase();
        let last = name.split(['[', '<']).next().unwrap_or_default();
        let last = last.rsplit('.').next().unwrap_or_default();
        match last {
            "cookie" => {
                let mut table = Table::default();
                let names = ["Name", "Value", "Path", "Domain"];
                for (name, value) in names.iter().zip(arguments) {
                    table.set(name, value);
                }
                Some(self.store.table(table))
            }
            // What a browser's copy has, and what a script adds to.
            "webrequestsession" => {
                let mut session = Table::default();
                for name in ["Headers", "Cookies"] {
                    let table = self.store.table(Table::default());
                    session.set(name, table);
                }
                Some(self.store.table(session))
            }
            "dictionary" | "hashtable" | "ordereddictionary" | "sorteddictionary"
            | "cookiecontainer" | "psobject" | "pscustomobject" | "object"
                if arguments.is_empty() =>
            {
                Some(self.store.table(Table::default()))
            }
            "uri" | "string" => arguments.into_iter().next(),
            _ => None,
        }
    }

    /// `+`.
    pub(super) fn sum(&mut self, left: Value, right: Value, at: usize) -> Value {
        match (&left, &right) {
            (Value::Table(a), Value::Table(b)) => {
                let mut sum = self.store.of_table(*a).cloned().unwrap_or_default();
                let others = self.store.of_table(*b).cloned().unwrap_or_default();
                let cost = sum.entries().count() + others.entries().count();
                if !self.store.spend(cost * 64) {
                    return self.store.hole("…", at);
                }
                for (name, value) in others.entries() {
                    sum.set(name, value.clone());
                }
                self.store.table(sum)
            }
            (Value::List(a), right) => {
                let mut items = self.store.of_list(*a).to_vec();
                match right {
                    Value::List(b) => items.extend_from_slice(self.store.of_list(*b)),
                    item => items.push(item.clone()),
                }
                match self.store.spend(items.len() * 16) {
                    true => self.store.list(items),
                    false => self.store.hole("…", at),
                }
            }
            (Value::Number(a), Value::Number(b)) => match (a.parse::<i64>(), b.parse::<i64>()) {
                (Ok(a), Ok(b)) => Value::Number(a.saturating_add(b).to_string().into()),
                _ => self.store.hole(&format!("{a} + {b}"), at),
            },
            (Value::Null, _) => right,
            _ => {
                let (left, right) = (self.store.shown(&left), self.store.shown(&right));
                match self.store.spend(left.len() + right.len()) {
                    true => Value::text(format!("{left}{right}")),
                    false => self.store.hole("…", at),
                }
            }
        }
    }
}
