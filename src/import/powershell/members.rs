//! Types, what they can do, and what follows a value: `[type]value`, `[type]::Name(…)`, `.name`, `[key]`, `.Name(…)`.

use base64::Engine as _;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::evaluate::{Evaluator, Followed};
use super::outline::{is_double, is_single};
use super::value::{Table, Value};

/// What `EscapeDataString` leaves as it is.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// Where halves of a pair wait for one another: private characters that nobody pastes.
const WAITING: u32 = 0x10_f800;

/// Joins the halves that `[char]` made.
pub(super) fn joined(text: &str) -> String {
    let mut joined = String::with_capacity(text.len());
    let mut high: Option<u32> = None;
    for c in text.chars() {
        let half = u32::from(c).checked_sub(WAITING);
        match (high.take(), half) {
            (Some(high), Some(low @ 0x400..)) => {
                let code = 0x10000 + (high << 10) + (low - 0x400);
                joined.push(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
                continue;
            }
            (Some(_), _) => joined.push(char::REPLACEMENT_CHARACTER),
            (None, _) => {}
        }
        match half {
            Some(half @ 0..0x400) => high = Some(half),
            Some(_) => joined.push(char::REPLACEMENT_CHARACTER),
            None => joined.push(c),
        }
    }
    joined.extend(high.map(|_| char::REPLACEMENT_CHARACTER));
    joined
}

impl Evaluator<'_> {
    /// `[type]value`, `[type]::Name(…)`.
    pub(super) fn of_type(&mut self, start: usize) -> Followed<Value> {
        self.bump();
        let rest = self.rest();
        let mut open = 1_usize;
        let end = rest.find(|c: char| {
            match c {
                '[' => open += 1,
                ']' => open -= 1,
                _ => {}
            }
            open == 0 || c == '\n'
        });
        let name = rest[..end.unwrap_or(rest.len())].to_ascii_lowercase();
        self.at = (self.at + name.len() + 1).min(self.text.len());
        let name = name.strip_prefix("system.").unwrap_or(&name).to_owned();
        self.blanks();
        if self.eat("::") {
            return self.of_static(&name, start);
        }
        let value = self.value()?;
        Ok(match (name.as_str(), &value) {
            ("char", Value::Number(number)) => {
                let unit = match number.strip_prefix("0x") {
                    Some(digits) => u16::from_str_radix(digits, 16).ok(),
                    None => number.parse().ok(),
                };
                unit.map_or(value.clone(), |unit| self.unit(unit))
            }
            ("char", Value::Text(text)) if text.starts_with("0x") => {
                let unit = u16::from_str_radix(&text[2..], 16).ok();
                unit.map_or(value.clone(), |unit| self.unit(unit))
            }
            ("string" | "uri", Value::Hole(_) | Value::Text(_)) => value,
            ("string", value) => Value::Text(self.store.shown(value)),
            _ => value,
        })
    }

    fn unit(&mut self, unit: u16) -> Value {
        let unit = u32::from(unit);
        let c = char::from_u32(unit).or_else(|| {
            self.halves = true;
            char::from_u32(WAITING + unit.saturating_sub(0xd800))
        });
        Value::text(c.unwrap_or(char::REPLACEMENT_CHARACTER).to_string())
    }

    fn of_static(&mut self, type_name: &str, start: usize) -> Followed<Value> {
        let member = self.member().to_ascii_lowercase();
        let last = type_name.split('[').next().unwrap_or_default();
        let last = last.rsplit('.').next().unwrap_or_default();
        match (last, member.as_str()) {
            (_, "new") if self.peek() == Some('(') => {
                let arguments = self.arguments()?;
                if let Some(value) = self.made(type_name, arguments) {
                    return Ok(value);
                }
            }
            ("encoding", "utf8" | "ascii" | "default" | "latin1") => {
                // The bytes of a text stand for it until they are encoded.
                if self.eat(".")
                    && self.member().eq_ignore_ascii_case("getbytes")
                    && self.peek() == Some('(')
                {
                    let arguments = self.arguments()?;
                    return Ok(arguments.into_iter().next().unwrap_or(Value::Null));
                }
            }
            ("convert", "tobase64string") if self.peek() == Some('(') => {
                let arguments = self.arguments()?;
                if let Some(Value::Text(text)) = arguments.first()
                    && self.store.spend(text.len())
                    && !self.has_hole(text)
                {
                    let encoded = base64::engine::general_purpose::STANDARD.encode(text.as_bytes());
                    return Ok(Value::text(encoded));
                }
            }
            ("uri", "escapedatastring") | ("httputility" | "webutility", "urlencode")
                if self.peek() == Some('(') =>
            {
                let arguments = self.arguments()?;
                if let Some(Value::Text(text)) = arguments.first()
                    && self.store.spend(text.len())
                    && !self.has_hole(text)
                {
                    let encoded = utf8_percent_encode(text, ESCAPED).to_string();
                    return Ok(match last {
                        "uri" => Value::text(encoded),
                        _ => Value::text(encoded.replace("%20", "+")),
                    });
                }
            }
            _ => {}
        }
        self.unknown(start)
    }

    /// Whether a text has the name of a hole in it, so that encoding would hide that.
    fn has_hole(&self, text: &str) -> bool {
        super::holes(text).any(|name| self.store.place_of(name).is_some())
    }

    pub(super) fn member(&mut self) -> &str {
        let rest = self.rest();
        let part = |c: char| c.is_alphanumeric() || c == '_';
        let end = rest.find(|c: char| !part(c)).unwrap_or(rest.len());
        self.at += end;
        &rest[..end]
    }

    /// `(a, b)`.
    pub(super) fn arguments(&mut self) -> Followed<Vec<Value>> {
        self.depth(1)?;
        self.bump();
        let mut arguments = Vec::new();
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
                    Value::List(at) => arguments.extend_from_slice(self.store.of_list(at)),
                    value => arguments.push(value),
                },
            }
            if self.at == before {
                self.bump();
            }
            if !self.store.spend(arguments.len() / 64) {
                break;
            }
        }
        self.depth(-1)?;
        Ok(arguments)
    }

    /// What follows a value: `.name`, `[key]`, `.Name(…)`. Tables that are missing on the way are made where
    /// something is `assigned` to them.
    pub(super) fn behind(
        &mut self,
        mut value: Value,
        start: usize,
        assigned: bool,
    ) -> Followed<Value> {
        loop {
            let rest = self.rest();
            let first = rest.strip_prefix('.').and_then(|rest| rest.chars().next());
            let quoted = first.is_some_and(|c| is_double(c) || is_single(c));
            if quoted || first.is_some_and(|c| c.is_alphabetic() || c == '_') {
                self.bump();
                let name = match quoted {
                    true => {
                        let name = self.plain(self.at)?;
                        self.store.shown(&name).to_string()
                    }
                    false => self.member().to_owned(),
                };
                value = match self.peek() {
                    Some('(') => self.called(value, &name, start)?,
                    _ => self.entry(value, &name, start, assigned),
                };
            } else if rest.starts_with('[') && !matches!(value, Value::Number(_) | Value::Bool(_)) {
                self.bump();
                let key = self.pipeline()?;
                self.lines();
                if !self.eat("]") {
                    return self.unknown(start);
                }
                value = match (&value, &key) {
                    (Value::List(at), Value::Number(n)) => {
                        let n = n.parse::<usize>().ok();
                        let item = n.and_then(|n| self.store.of_list(*at).get(n));
                        item.cloned().unwrap_or(Value::Null)
                    }
                    _ => {
                        let key = self.store.shown(&key);
                        self.entry(value, &key, start, assigned)
                    }
                };
            } else {
                return Ok(value);
            }
        }
    }

    fn entry(&mut self, value: Value, name: &str, start: usize, assigned: bool) -> Value {
        let Value::Table(at) = value else {
            return self.hole(start);
        };
        self.set_place(at, name);
        let table = self.store.of_table(at);
        let elsewhere = table.and_then(|table| table.made_elsewhere.clone());
        match (table.and_then(|table| table.get(name).cloned()), elsewhere) {
            (Some(value), _) => value,
            (None, Some(elsewhere)) if assigned && self.rest().starts_with(['.', '[']) => {
                let made = Table::of_elsewhere(&format!("{elsewhere}.{name}"));
                let made = self.store.table(made);
                if let Some(table) = self.store.table_mut(at) {
                    table.set(name, made.clone());
                }
                made
            }
            (None, Some(_)) if !assigned => self.hole(start),
            (None, _) => Value::Null,
        }
    }

    fn called(&mut self, value: Value, name: &str, start: usize) -> Followed<Value> {
        let arguments = self.arguments()?;
        self.clear_place();
        let lower = name.to_ascii_lowercase();
        if let Value::Table(at) = value {
            let changed = match (lower.as_str(), arguments.as_slice()) {
                // A cookie goes under its name.
                ("add", [Value::Table(cookie)]) => {
                    let cookie = self.store.of_table(*cookie);
                    let pair =
                        cookie.and_then(|cookie| Some((cookie.get("Name")?, cookie.get("Value")?)));
                    pair.map(|(name, value)| (name.clone(), value.clone()))
                }
                // `Cookies.Add("https://api.example", $cookie)`.
                ("add", [_, Value::Table(cookie)])
                    if self.store.of_table(*cookie).is_some_and(|cookie| {
                        cookie.get("Domain").is_some() || cookie.get("Path").is_some()
                    }) =>
                {
                    let cookie = self.store.of_table(*cookie);
                    let pair =
                        cookie.and_then(|cookie| Some((cookie.get("Name")?, cookie.get("Value")?)));
                    pair.map(|(name, value)| (name.clone(), value.clone()))
                }
                ("add" | "set" | "tryadd" | "set_item", [name, value]) => {
                    Some((name.clone(), value.clone()))
                }
                _ => None,
            };
            if let Some((name, value)) = changed {
                let name = self.store.shown(&name);
                if let Some(table) = self.store.table_mut(at) {
                    table.set(&name, value);
                }
                return Ok(Value::Null);
            }
            if let ("remove", [name]) = (lower.as_str(), arguments.as_slice()) {
                let name = self.store.shown(name);
                if let Some(table) = self.store.table_mut(at) {
                    table.remove(&name);
                }
                return Ok(Value::Null);
            }
        }
        if let Value::Text(text) = &value
            && !self.store.spend(text.len())
        {
            return Ok(self.store.hole("…", start));
        }
        if let (Value::Text(text), []) = (&value, arguments.as_slice()) {
            let changed = match lower.as_str() {
                "tostring" => Some(text.to_string()),
                "trim" => Some(text.trim().to_owned()),
                "toupper" => Some(text.to_uppercase()),
                "tolower" => Some(text.to_lowercase()),
                _ => None,
            };
            if let Some(text) = changed {
                return Ok(self.text_of(text, start));
            }
        }
        if let (Value::Text(text), "trimend", [Value::Text(end)]) =
            (&value, lower.as_str(), arguments.as_slice())
        {
            let text = text.trim_end_matches(|c: char| end.contains(c)).to_owned();
            return Ok(self.text_of(text, start));
        }
        Ok(self.hole(start))
    }
}
