//! Strings in quotes, strings of whole lines, and words of a command, which are strings too.

use super::evaluate::{Evaluator, Followed, Stop};
use super::outline::{here, here_end, is_double, is_single};
use super::value::Value;

impl Evaluator<'_> {
    /// `'…'`, in which two quotes are one.
    pub(super) fn single(&mut self) -> Followed<Value> {
        let (start, mut text) = (self.at, String::new());
        self.bump();
        while let Some(c) = self.bump() {
            match c {
                c if is_single(c) => match self.peek() {
                    Some(next) if is_single(next) => {
                        self.bump();
                        text.push(c);
                    }
                    _ => return Ok(self.text_of(text, start)),
                },
                c => text.push(c),
            }
        }
        Err(Stop::Mistake(self.open(start, '\'')))
    }

    /// `"…"`, in which names stand for their values.
    pub(super) fn double(&mut self) -> Followed<Value> {
        let (start, mut text) = (self.at, String::new());
        self.bump();
        while let Some(c) = self.peek() {
            if is_double(c) {
                self.bump();
                if !self.peek().is_some_and(is_double) {
                    return Ok(self.text_of(text, start));
                }
                self.bump();
                text.push(c);
                continue;
            }
            self.piece(&mut text)?;
        }
        Err(Stop::Mistake(self.open(start, '"')))
    }

    /// One character of a text in which names stand for their values.
    fn piece(&mut self, text: &mut String) -> Followed<()> {
        let at = self.at;
        match self.bump() {
            Some('`') => self.escape(text),
            Some('$') => {
                let name = |c: char| c.is_alphanumeric() || c == '_';
                let value = match self.peek() {
                    Some('(') => {
                        self.depth(1)?;
                        let value = self.bracketed()?;
                        self.depth(-1)?;
                        value
                    }
                    Some('{') => {
                        let name = self.variable_name();
                        self.lookup(name, at)
                    }
                    Some(c) if name(c) => {
                        let name = self.variable_name();
                        self.lookup(name, at)
                    }
                    _ => Value::text("$"),
                };
                let shown = self.store.shown(&value);
                if self.store.spend(shown.len()) {
                    text.push_str(&shown);
                } else {
                    self.store.hole("…", at);
                    text.push_str("<…>");
                }
            }
            Some(c) => text.push(c),
            None => {}
        }
        Ok(())
    }

    fn escape(&mut self, text: &mut String) {
        match self.bump() {
            Some('n') => text.push('\n'),
            Some('r') => text.push('\r'),
            Some('t') => text.push('\t'),
            Some('0') => text.push('\0'),
            Some('a') => text.push('\u{7}'),
            Some('b') => text.push('\u{8}'),
            Some('e') => text.push('\u{1b}'),
            Some('f') => text.push('\u{c}'),
            Some('v') => text.push('\u{b}'),
            Some('u') if self.peek() == Some('{') => {
                let rest = self.rest();
                let code = rest[1..].split('}').next().unwrap_or_default();
                let c = u32::from_str_radix(code, 16).ok().and_then(char::from_u32);
                match c {
                    Some(c) => {
                        self.at += code.len() + 2;
                        text.push(c);
                    }
                    None => text.push('u'),
                }
            }
            Some(c) => text.push(c),
            None => {}
        }
    }

    /// `@"` and `@'` with all lines up to the sign at the beginning of one.
    pub(super) fn here_string(&mut self) -> Followed<Value> {
        let start = self.at;
        let rest = self.rest();
        let double = rest[1..].starts_with(is_double);
        self.at += here(rest).unwrap_or(0);
        let Some((length, end)) = here_end(self.rest(), double) else {
            return Err(Stop::Mistake(self.open(start, '@')));
        };
        let begin = self.at;
        let mut text = String::new();
        if double {
            while self.at < begin + length {
                self.piece(&mut text)?;
            }
        } else {
            text.push_str(&self.text[begin..begin + length]);
        }
        self.at = begin + end;
        Ok(self.text_of(text, start))
    }

    /// An argument of a command: a word is a text there.
    pub(super) fn argument(&mut self) -> Followed<Value> {
        self.blanks();
        let start = self.at;
        let first = self.peek();
        let rest = self.rest();
        let value = match first {
            Some('(') => self.value()?,
            Some('@')
                if rest.starts_with("@{") || rest.starts_with("@(") || here(rest).is_some() =>
            {
                self.value()?
            }
            Some('{') => {
                self.at += 1;
                self.over_bracket('}')?;
                self.hole(start)
            }
            Some(c) if is_double(c) || is_single(c) => {
                let value = self.plain(start)?;
                self.clear_place();
                self.behind(value, start, false)?
            }
            Some('$') => self.variable_in_word(start)?,
            _ => self.bare_word(String::new())?,
        };
        self.blanks();
        // A list of arguments.
        if self.peek() != Some(',') {
            return Ok(value);
        }
        let mut items = vec![value];
        while self.eat(",") {
            self.depth(1)?;
            self.lines();
            let before = self.at;
            let item = self.argument_alone()?;
            items.push(item);
            self.depth(-1)?;
            self.blanks();
            if self.at == before {
                break;
            }
        }
        Ok(self.store.list(items))
    }

    fn argument_alone(&mut self) -> Followed<Value> {
        match self.peek() {
            Some('$' | '@' | '(') => self.value(),
            Some(c) if is_double(c) || is_single(c) => self.value(),
            _ => self.bare_word(String::new()),
        }
    }

    /// `$name`, and `$name/path`, which is a text.
    fn variable_in_word(&mut self, start: usize) -> Followed<Value> {
        let value = self.plain(start)?;
        self.clear_place();
        let value = self.behind(value, start, false)?;
        let goes_on = |c: char| {
            matches!(c, '/' | '?' | '&' | ':' | '$' | '-' | '.' | '=' | '%' | '+')
                || c.is_alphanumeric()
        };
        if !self.peek().is_some_and(goes_on) {
            return Ok(value);
        }
        let shown = self.store.shown(&value);
        self.bare_word(shown.to_string())
    }

    fn bare_word(&mut self, mut text: String) -> Followed<Value> {
        let start = self.at;
        let mut address = text.contains("://") || text.starts_with('<');
        while let Some(c) = self.peek() {
            address |= text.ends_with("://");
            let ends = c.is_whitespace()
                || matches!(c, ';' | '|' | ')' | '}' | '(' | '{')
                || !address && matches!(c, ',' | '&')
                || c == '`'
                    && self.rest()[1..]
                        .trim_start_matches([' ', '\r'])
                        .starts_with('\n');
            // A template's hole is a part of an address.
            let template = address && matches!(c, '{' | '}');
            if ends && !template {
                break;
            }
            match c {
                c if is_double(c) || is_single(c) => {
                    let value = self.plain(self.at)?;
                    let shown = self.store.shown(&value);
                    text.push_str(&shown);
                }
                _ => self.piece(&mut text)?,
            }
        }
        Ok(self.text_of(text, start))
    }
}
