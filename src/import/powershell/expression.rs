//! Values and the signs between them, tables, lists.
//!
//! <https://learn.microsoft.com/powershell/module/microsoft.powershell.core/about/about_parsing> tells where a
//! word is a text and where it is an expression.

use super::evaluate::{Evaluator, Followed};
use super::outline::{here, is_dash, is_double, is_single};
use super::value::{Table, Value};

impl Evaluator<'_> {
    /// An expression with its signs.
    pub(super) fn expression(&mut self) -> Followed<Value> {
        self.blanks();
        let start = self.at;
        let mut value = self.formatted(start)?;
        loop {
            self.blanks();
            let rest = self.rest();
            if rest.starts_with('+') && !rest.starts_with("+=") {
                self.bump();
                self.lines();
                let right = self.formatted(self.at)?;
                value = self.sum(value, right, start);
                continue;
            }
            let ends = |c: char| c == '\n' || matches!(c, ')' | '}' | ']' | ';' | ',' | '|' | '#');
            return match rest.chars().next() {
                None => Ok(value),
                Some(c) if ends(c) => Ok(value),
                _ => self.unknown(start),
            };
        }
    }

    /// `"{0}:{1}" -f $a, $b`, `$a -join ","`.
    fn formatted(&mut self, start: usize) -> Followed<Value> {
        let mut value = self.listed()?;
        loop {
            self.blanks();
            let rest = self.rest();
            let Some(sign) = rest.chars().next().filter(|c| is_dash(*c)) else {
                return Ok(value);
            };
            let behind = &rest[sign.len_utf8()..];
            let end = behind.find(|c: char| !c.is_ascii_alphabetic());
            let name = behind[..end.unwrap_or(behind.len())].to_ascii_lowercase();
            if !matches!(name.as_str(), "f" | "join") {
                return self.unknown(start);
            }
            self.at += sign.len_utf8() + name.len();
            self.lines();
            let right = self.listed()?;
            value = match (name.as_str(), &value) {
                ("f", value) => self.format(value, &right, start),
                (_, Value::List(at)) => {
                    let items = self.store.of_list(*at).to_vec();
                    let between = self.store.shown(&right);
                    let items: Vec<_> = items.iter().map(|item| self.store.shown(item)).collect();
                    let text = items.join(&*between);
                    self.text_of(text, start)
                }
                (_, value) => value.clone(),
            };
        }
    }

    pub(super) fn text_of(&mut self, text: String, at: usize) -> Value {
        match self.store.spend(text.len()) {
            true => Value::text(text),
            false => self.store.hole("…", at),
        }
    }

    fn format(&mut self, pattern: &Value, arguments: &Value, at: usize) -> Value {
        let pattern = self.store.shown(pattern);
        let arguments = match arguments {
            Value::List(at) => self.store.of_list(*at).to_vec(),
            value => vec![value.clone()],
        };
        if !self.store.spend(pattern.len()) {
            return self.store.hole("…", at);
        }
        let mut text = String::new();
        let mut rest = &*pattern;
        while let Some(open) = rest.find(['{', '}']) {
            text.push_str(&rest[..open]);
            let sign = &rest[open..=open];
            rest = &rest[open + 1..];
            if let Some(behind) = rest.strip_prefix(sign) {
                text.push_str(sign);
                rest = behind;
                continue;
            }
            let number = rest.split('}').next().unwrap_or_default();
            let argument = number.parse::<usize>().ok().and_then(|n| arguments.get(n));
            // A width or a format of its own.
            let Some(argument) = argument.filter(|_| sign == "{") else {
                return self.store.hole(&format!("\"{pattern}\" -f …"), at);
            };
            let shown = self.store.shown(argument);
            if !self.store.spend(shown.len()) {
                return self.store.hole("…", at);
            }
            text.push_str(&shown);
            rest = rest.get(number.len() + 1..).unwrap_or_default();
        }
        text.push_str(rest);
        self.text_of(text, at)
    }

    /// Values with commas between them.
    fn listed(&mut self) -> Followed<Value> {
        let first = self.value()?;
        self.blanks();
        if self.peek() != Some(',') {
            return Ok(first);
        }
        let mut items = vec![first];
        while self.eat(",") {
            self.lines();
            items.push(self.value()?);
            self.blanks();
        }
        Ok(self.store.list(items))
    }

    pub(super) fn value(&mut self) -> Followed<Value> {
        self.depth(1)?;
        let start = self.at;
        let value = self.plain(start)?;
        self.clear_place();
        let value = self.behind(value, start, false)?;
        self.depth(-1)?;
        Ok(value)
    }

    pub(super) fn plain(&mut self, start: usize) -> Followed<Value> {
        let rest = self.rest();
        if here(rest).is_some() {
            return self.here_string();
        }
        match self.peek() {
            Some(c) if is_double(c) => self.double(),
            Some(c) if is_single(c) => self.single(),
            Some('$') if rest.starts_with("$(") => {
                self.bump();
                self.bracketed()
            }
            Some('$') => {
                self.bump();
                let name = self.variable_name();
                Ok(self.lookup(name, start))
            }
            Some('@') if rest.starts_with("@{") => self.table(),
            Some('@') if rest.starts_with("@(") => {
                self.bump();
                self.list()
            }
            Some('(') => self.bracketed(),
            Some('[') => self.of_type(start),
            Some(c)
                if c.is_ascii_digit()
                    || c == '-' && rest[1..].starts_with(|c: char| c.is_ascii_digit()) =>
            {
                let part = |c: char| c.is_ascii_alphanumeric() || c == '.';
                let end = rest[1..]
                    .find(|c: char| !part(c))
                    .map_or(rest.len(), |end| end + 1);
                self.at += end;
                let number = &rest[..end];
                Ok(match number.parse::<f64>() {
                    Ok(_) => Value::Number(number.into()),
                    Err(_) => Value::text(number),
                })
            }
            _ => self.unknown(start),
        }
    }

    /// `( … )` behind what stands before the bracket.
    pub(super) fn bracketed(&mut self) -> Followed<Value> {
        let open = self.at;
        self.bump();
        let value = self.pipeline()?;
        self.lines();
        // Statements behind the first are not followed.
        if !self.eat(")") {
            self.over_bracket(')')?;
            return Ok(self.hole(open));
        }
        Ok(value)
    }

    pub(super) fn over_bracket(&mut self, bracket: char) -> Followed<()> {
        loop {
            self.over()?;
            match self.bump() {
                Some(c) if c == bracket => return Ok(()),
                None => return Ok(()),
                Some(_) => {}
            }
        }
    }

    /// `@( … )`.
    fn list(&mut self) -> Followed<Value> {
        self.bump();
        let mut items = Vec::new();
        loop {
            self.lines();
            let before = self.at;
            match self.peek() {
                None => break,
                Some(')') => {
                    self.bump();
                    break;
                }
                Some(',' | ';') => drop(self.bump()),
                Some(_) => match self.pipeline()? {
                    Value::List(at) => items.extend_from_slice(self.store.of_list(at)),
                    Value::Null => {}
                    value => items.push(value),
                },
            }
            if self.at == before {
                self.bump();
            }
            if !self.store.spend(items.len() / 64) {
                break;
            }
        }
        Ok(self.store.list(items))
    }

    /// `@{ name = value; … }`.
    fn table(&mut self) -> Followed<Value> {
        self.depth(1)?;
        self.at += 2;
        let mut table = Table::default();
        loop {
            self.lines();
            let start = self.at;
            let name = match self.peek() {
                None => break,
                Some('}') => {
                    self.bump();
                    break;
                }
                Some(';' | ',') => {
                    self.bump();
                    continue;
                }
                Some(c) if c.is_alphabetic() || c == '_' => {
                    let rest = self.rest();
                    let part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
                    let end = rest.find(|c: char| !part(c)).unwrap_or(rest.len());
                    self.at += end;
                    Value::text(&rest[..end])
                }
                Some(_) => self.value()?,
            };
            self.blanks();
            if self.eat("=") {
                self.lines();
                let value = match self.peek() {
                    Some('}' | ';') => Value::Null,
                    _ => self.pipeline()?,
                };
                let name = self.store.shown(&name);
                table.set(&name, value);
            }
            if self.at == start {
                self.bump();
            }
        }
        self.depth(-1)?;
        Ok(self.store.table(table))
    }
}
