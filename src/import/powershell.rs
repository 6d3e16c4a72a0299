//! `Invoke-WebRequest` and `Invoke-RestMethod`, as Chrome and Edge copy them and as people write them, with the
//! names, tables and strings that are made before the call.
//!
//! | to change | open |
//! | --- | --- |
//! | where the call is | `outline` |
//! | what is done before it | `evaluate`; by other commands: `commands` |
//! | tables, lists, signs | `expression`; strings and words: `strings` |
//! | what types and objects can do | `members` |
//! | what a value is, and its JSON | `value` |
//! | which parameters there are | `parameters` |

mod commands;
mod evaluate;
mod expression;
mod members;
mod outline;
mod parameters;
mod strings;
mod value;

use base64::Engine as _;
use url::form_urlencoded;

use super::ImportError;
use super::draft::Draft;
use super::multipart::{Form, Part};
use super::note::{Note, NoteKind};
use super::place::Place;
use evaluate::{Evaluator, Stop};
use members::joined;
use outline::{Outline, is_dash};
use parameters::{Parameter, parameter};
use value::{Table, Value};

/// Whether a text is one for PowerShell.
pub(super) fn is_powershell(text: &str) -> bool {
    outline::may_have_call(text) && !Outline::of(&outline::bare(text)).calls.is_empty()
}

/// Reads the first call of a text.
pub(super) fn read(text: &str) -> Result<Draft, ImportError> {
    let text = &*outline::bare(text);
    let outline = Outline::of(text);
    let Some(call) = outline.calls.first() else {
        return Err(ImportError::new("no-request", Place::of(text, 0)));
    };
    let mut evaluator = Evaluator::new(text, &outline, *call);
    evaluator.run()?;
    let mut reader = Reader {
        evaluator,
        draft: Draft::default(),
        custom_method: None,
        body: Value::Null,
        form: None,
        token: None,
        credential: None,
        authentication: String::new(),
        splat: false,
    };
    reader.call()?;
    let mut draft = reader.finish()?;
    if outline.calls.len() > 1 {
        let note = Note::new(NoteKind::Dropped, "more-requests");
        let count = outline.calls.len().to_string();
        draft.notes.push(note.with("count", count));
    }
    Ok(draft)
}

/// What stands between `<` and `>`.
fn holes(text: &str) -> impl Iterator<Item = &str> {
    let parts = text.split('<').skip(1);
    parts.filter_map(|part| part.split_once('>').map(|(name, _)| name))
}

/// More arguments are none that anybody wrote.
const MOST_ARGUMENTS: usize = 1000;

struct Reader<'a> {
    evaluator: Evaluator<'a>,
    draft: Draft,
    custom_method: Option<String>,
    body: Value,
    form: Option<Value>,
    token: Option<String>,
    credential: Option<usize>,
    authentication: String,
    /// Whether parameters come from a table that is not known.
    splat: bool,
}

impl Reader<'_> {
    /// The arguments of the call at which the evaluator stands.
    fn call(&mut self) -> Result<(), ImportError> {
        let rest = self.evaluator.rest();
        let part = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | '\\');
        self.evaluator.at += rest.find(|c: char| !part(c)).unwrap_or(rest.len());
        // Nothing more is looked for.
        self.evaluator.call = usize::MAX;
        let mut left = MOST_ARGUMENTS;
        while self.goes_on() {
            let before = self.evaluator.at;
            left -= 1;
            if left == 0 {
                return Err(self.evaluator.mistake("too-complex", before));
            }
            match self.evaluator.peek() {
                Some(c) if is_dash(c) => self.named(before)?,
                Some('@') if !self.evaluator.rest()[1..].starts_with(['{', '(', '"', '\'']) => {
                    self.splatted(before);
                }
                _ => {
                    let value = followed(self.evaluator.argument())?;
                    self.url(&value);
                }
            }
            if self.evaluator.at == before {
                self.evaluator.bump();
            }
        }
        Ok(())
    }

    /// Whether the call has more arguments; people lose the backtick at a line's end.
    fn goes_on(&mut self) -> bool {
        self.evaluator.blanks();
        match self.evaluator.peek() {
            Some('\n') => {
                let behind = self.evaluator.rest().trim_start();
                let mut chars = behind.chars();
                let dash = chars.next().is_some_and(is_dash);
                let end = behind.len() - chars.as_str().len();
                let name = behind[end..].split(|c: char| !c.is_alphanumeric()).next();
                let known = dash && name.is_some_and(|name| parameter(name).is_some());
                if known {
                    let note = Note::new(NoteKind::Derived, "repaired");
                    if !self.draft.notes.contains(&note) {
                        self.draft.notes.push(note);
                    }
                    self.evaluator.at = self.evaluator.text.len() - behind.len();
                }
                known
            }
            None | Some(';' | '|' | ')' | '}' | '#' | '>' | '&') => false,
            Some(_) => true,
        }
    }

    fn note(&mut self, kind: NoteKind, key: &'static str, name: &str, at: usize) {
        let note = Note::new(kind, key).with("name", name).at(at);
        self.draft.notes.push(note);
    }

    /// `-Name value`, `-Name:value`.
    fn named(&mut self, at: usize) -> Result<(), ImportError> {
        let name = self.evaluator.parameter_name();
        let glued = self.evaluator.text[..self.evaluator.at].ends_with(':');
        let Some(parameter) = parameter(name) else {
            if !name.is_empty() {
                let name = format!("-{name}");
                self.note(NoteKind::Unknown, "option-unknown", &name, at);
            }
            return Ok(());
        };
        let mut value = Value::Bool(true);
        if parameter.takes_value() || glued {
            if !self.goes_on() {
                let place = Place::of(self.evaluator.text, at);
                let error = ImportError::new("no-value", place);
                return Err(error.with("name", format!("-{name}")));
            }
            value = followed(self.evaluator.argument())?;
        }
        let name = format!("-{name}");
        self.apply(parameter, &name, value, at);
        Ok(())
    }

    /// `@name`: each entry of a table is a parameter.
    fn splatted(&mut self, at: usize) {
        self.evaluator.bump();
        let name = self.evaluator.variable_name();
        let value = self.evaluator.lookup(name, at);
        let name = format!("@{name}");
        match value {
            Value::Table(table) => {
                let table = self.table(table, at);
                for (name, value) in table.entries() {
                    let shown = format!("-{name}");
                    match parameter(name) {
                        Some(parameter) => self.apply(parameter, &shown, value.clone(), at),
                        None => self.note(NoteKind::Unknown, "option-unknown", &shown, at),
                    }
                }
            }
            Value::List(list) => {
                let first = self.evaluator.store.of_list(list).first().cloned();
                if let Some(value) = first {
                    self.url(&value);
                }
            }
            _ => {
                self.note(NoteKind::NotEvaluated, "option-not-evaluated", &name, at);
                self.splat = true;
            }
        }
    }

    /// A table, and a word where it holds more than the text tells.
    fn table(&mut self, table: usize, at: usize) -> Table {
        let table = self
            .evaluator
            .store
            .of_table(table)
            .cloned()
            .unwrap_or_default();
        if let Some(name) = &table.made_elsewhere {
            let name = format!("${name}");
            self.note(NoteKind::Unknown, "made-elsewhere", &name, at);
        }
        table
    }

    fn shown(&self, value: &Value) -> String {
        self.evaluator.store.shown(value).to_string()
    }

    fn url(&mut self, value: &Value) {
        if self.draft.url.is_empty() {
            self.draft.url = self.shown(value);
        }
    }

    fn apply(&mut self, parameter: Parameter, name: &str, value: Value, at: usize) {
        let shown = self.shown(&value);
        match parameter {
            Parameter::Uri => self.draft.url = shown,
            // One of a list, which goes out in capitals; only a custom method is sent as it is written.
            Parameter::Method => {
                let hole = matches!(value, Value::Hole(_));
                self.draft.method = Some(if hole {
                    shown
                } else {
                    shown.to_ascii_uppercase()
                });
            }
            Parameter::CustomMethod => self.custom_method = Some(shown),
            Parameter::Headers => self.headers(&value, at),
            Parameter::Body => self.body = value,
            Parameter::Form => self.form = Some(value),
            Parameter::InFile => {
                self.note(NoteKind::NotEvaluated, "file-not-read", &shown, at);
                self.body = Value::text(format!("<{shown}>"));
            }
            Parameter::ContentType => self.header("Content-Type", &shown),
            Parameter::UserAgent => self.header("User-Agent", &shown),
            Parameter::WebSession => self.session(&value, at),
            Parameter::Authentication => self.authentication = shown.to_ascii_lowercase(),
            Parameter::Token => self.token = Some(shown),
            Parameter::Credential => self.credential = Some(at),
            Parameter::Insecure if value == Value::Bool(false) => {}
            Parameter::Insecure => {
                self.draft.network.insecure = true;
                let note = Note::new(NoteKind::Given, "insecure").at(at);
                self.draft.notes.push(note);
            }
            Parameter::Proxy => {
                let note = Note::new(NoteKind::Given, "proxy").with("value", shown.as_str());
                self.draft.notes.push(note.at(at));
                self.draft.network.proxy = Some(shown);
            }
            Parameter::Unused | Parameter::UnusedValue => {
                self.note(NoteKind::Dropped, "option-unused", name, at);
            }
            Parameter::Ignored | Parameter::IgnoredValue => {}
        }
    }

    /// A later header stands for an earlier one of its name.
    fn header(&mut self, name: &str, value: &str) {
        let headers = &mut self.draft.headers;
        let mut known = headers.iter_mut();
        match known.find(|(known, _)| known.eq_ignore_ascii_case(name)) {
            Some((_, old)) => value.clone_into(old),
            None => headers.push((name.to_owned(), value.to_owned())),
        }
    }

    /// Those without a value are not sent.
    fn headers(&mut self, value: &Value, at: usize) {
        match value {
            Value::Table(table) => {
                let table = self.table(*table, at);
                for (name, value) in table.entries().filter(|(_, value)| *value != Value::Null) {
                    let value = self.shown(value);
                    self.draft.headers.push((name.clone(), value));
                }
            }
            Value::Null => {}
            value => {
                let name = match value {
                    Value::Hole(name) => name.to_string(),
                    value => self.shown(value),
                };
                self.note(NoteKind::NotEvaluated, "option-not-evaluated", &name, at);
            }
        }
    }

    /// What a session brings along.
    fn session(&mut self, value: &Value, at: usize) {
        let Value::Table(table) = value else {
            return;
        };
        let session = self
            .evaluator
            .store
            .of_table(*table)
            .cloned()
            .unwrap_or_default();
        if let Some(agent) = session.get("UserAgent") {
            let agent = self.shown(agent);
            self.header("User-Agent", &agent);
        }
        if let Some(cookies @ Value::Table(_)) = session.get("Cookies") {
            for (name, value) in self.entries(cookies) {
                self.draft.cookies.push(format!("{name}={value}"));
            }
        }
        if let Some(headers @ Value::Table(_)) = session.get("Headers") {
            self.headers(headers, at);
        }
    }

    fn entries(&self, value: &Value) -> Vec<(String, String)> {
        let Value::Table(table) = value else {
            return Vec::new();
        };
        let table = self.evaluator.store.of_table(*table);
        let entries = table.into_iter().flat_map(Table::entries);
        entries
            .map(|(name, value)| (name.clone(), self.shown(value)))
            .collect()
    }

    fn finish(mut self) -> Result<Draft, ImportError> {
        self.authorization();
        let custom = self.custom_method.take();
        self.draft.method = custom.or(self.draft.method.take());
        // No method is GET, whatever else is given; GET puts a table into the address.
        let method = self
            .draft
            .method
            .clone()
            .unwrap_or_else(|| "GET".to_owned());
        let method = match method.as_str() {
            "DEFAULT" => "GET".to_owned(),
            _ => method,
        };
        self.body(&method);
        self.draft.method = Some(method);
        if self.draft.url.is_empty() {
            let key = if self.splat { "splat" } else { "no-request" };
            let place = Place::of(self.evaluator.text, self.first_line());
            return Err(ImportError::new(key, place));
        }
        let url = &self.draft.url;
        // What a name stands for may begin with a scheme.
        if !url.contains("://") && !url.starts_with(['<', '{']) {
            self.draft.url = format!("http://{url}");
            let note = Note::new(NoteKind::Assumed, "scheme").with("program", "PowerShell");
            self.draft.notes.push(note);
        }
        if self.evaluator.halves {
            self.join_halves();
        }
        self.tell_holes();
        Ok(self.draft)
    }

    /// Where the call begins.
    fn first_line(&self) -> usize {
        let text = self.evaluator.text;
        let end = self.evaluator.at.min(text.len());
        text[..end].trim_end().rfind('\n').map_or(0, |at| at + 1)
    }

    fn authorization(&mut self) {
        match (
            self.authentication.as_str(),
            self.token.take(),
            self.credential,
        ) {
            ("bearer" | "oauth", Some(token), _) => {
                self.header("Authorization", &format!("Bearer {token}"));
            }
            ("basic", _, Some(at)) => {
                let login = base64::engine::general_purpose::STANDARD.encode("<login>");
                self.header("Authorization", &format!("Basic {login}"));
                self.note(
                    NoteKind::NotEvaluated,
                    "login-not-evaluated",
                    "-Credential",
                    at,
                );
            }
            (_, _, Some(at)) => {
                self.note(NoteKind::Dropped, "option-unused", "-Credential", at);
            }
            _ => {}
        }
    }

    /// As in a form. What stands for something unknown stays, so that it can be found and filled in.
    fn encoded(&self, value: &str) -> String {
        let known = |name: &str| self.evaluator.store.place_of(name).is_some();
        match holes(value).any(known) {
            true => value.to_owned(),
            false => form_urlencoded::byte_serialize(value.as_bytes()).collect(),
        }
    }

    fn body(&mut self, method: &str) {
        if let Some(form) = self.form.take() {
            let parts = self.entries(&form).into_iter().map(|(name, content)| Part {
                name,
                content,
                ..Part::default()
            });
            let form = Form {
                parts: parts.collect(),
            };
            let (media_type, body) = form.encoded();
            self.header("Content-Type", &media_type);
            self.draft.body = Some(body);
            self.draft
                .notes
                .push(Note::new(NoteKind::Derived, "multipart"));
            return;
        }
        let body = match std::mem::replace(&mut self.body, Value::Null) {
            Value::Null => return,
            table @ Value::Table(_) => {
                let entries = self.entries(&table);
                let pairs = entries.iter().map(|(name, value)| {
                    let name: String = form_urlencoded::byte_serialize(name.as_bytes()).collect();
                    format!("{name}={}", self.encoded(value))
                });
                let encoded = pairs.collect::<Vec<_>>().join("&");
                if method == "GET" {
                    let url = &mut self.draft.url;
                    let sign = if url.contains('?') { '&' } else { '?' };
                    let end = url.find('#').unwrap_or(url.len());
                    url.insert_str(end, &format!("{sign}{encoded}"));
                    return;
                }
                encoded
            }
            Value::Hole(name) if name.to_lowercase().contains("multipartformdata") => {
                self.header("Content-Type", "multipart/form-data");
                format!("<{name}>")
            }
            value => self.shown(&value),
        };
        self.draft.body = Some(body);
        let form = "application/x-www-form-urlencoded";
        if matches!(method, "POST" | "PUT") && self.draft.set_default("Content-Type", form) {
            let body = self.draft.body.as_deref().unwrap_or_default();
            let (kind, key) = super::curl::form_type(body);
            let note = Note::new(kind, key);
            let note = note.with("program", "PowerShell").with("option", "-Body");
            self.draft.notes.push(note);
        }
    }

    fn texts(&mut self) -> impl Iterator<Item = &mut String> {
        let draft = &mut self.draft;
        let headers = draft.headers.iter_mut();
        let headers = headers.flat_map(|(name, value)| [name, value]);
        let one = [&mut draft.url].into_iter();
        one.chain(&mut draft.method)
            .chain(&mut draft.body)
            .chain(&mut draft.cookies)
            .chain(headers)
    }

    fn join_halves(&mut self) {
        for text in self.texts() {
            *text = joined(text);
        }
    }

    /// A word for each hole that came into the request, for what was not done, and for what JSON lost.
    fn tell_holes(&mut self) {
        let mut names: Vec<String> = Vec::new();
        let mut told = std::collections::BTreeSet::new();
        for text in self.texts() {
            for name in holes(text) {
                if told.insert(name.to_owned()) {
                    names.push(name.to_owned());
                }
            }
        }
        for name in names {
            if let Some(at) = self.evaluator.store.place_of(&name) {
                self.note(NoteKind::NotEvaluated, "not-evaluated", &name, at);
            }
        }
        let aside = std::mem::take(&mut self.evaluator.aside);
        for change in aside {
            if self.evaluator.used.contains(&change.name) {
                let note = Note::new(NoteKind::NotEvaluated, "change-aside");
                let note = note.with("source", change.source).at(change.at);
                self.draft.notes.push(note);
            }
        }
        if self.evaluator.store.cut {
            let note = Note::new(NoteKind::Derived, "json-depth");
            self.draft.notes.push(note);
        }
    }
}

fn followed(value: Result<Value, Stop>) -> Result<Value, ImportError> {
    match value {
        Ok(value) => Ok(value),
        Err(Stop::Mistake(error)) => Err(error),
        Err(Stop::Reached) => Ok(Value::Null),
    }
}
