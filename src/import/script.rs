//! A call in JavaScript that sends a request: `fetch()`, `XMLHttpRequest`, `sendBeacon`, `EventSource`,
//! `WebSocket`, or one of a library; as a browser copies it or as it stands in source.

use tree_sitter::Node;

use super::ImportError;
use super::draft::{Draft, Headers};
use super::javascript::Evaluation;
use super::libraries::{self, Library};
use super::mended::{mended, open_bracket};
use super::note::{Note, NoteKind};
use super::place::Place;
use super::syntax::{Script, named};
use super::value::Value;
use crate::engine::{Api, Credentials, Mode, RedirectMode};

/// Options of `fetch()` that say nothing about what is sent.
const SILENT: &[&str] = &["signal", "priority", "window", "url"];

/// Names of headers that only a browser can have written into a call.
const NEVER_OF_SCRIPT: &[&str] = &["cookie", "referer", "origin", "user-agent"];

/// What sends a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Call {
    Fetch,
    Xhr,
    Beacon,
    EventSource,
    WebSocket,
    Of(Library),
}

/// Whether a text has such a call, as far as its words tell.
pub(super) fn has_call(text: &str) -> bool {
    let called = |name: &str| {
        text.match_indices(name).any(|(at, _)| {
            let word = |c: char| c.is_alphanumeric() || c == '_';
            let rest = text[at + name.len()..].trim_start();
            !text[..at].ends_with(word) && rest.starts_with('(')
        })
    };
    called("fetch")
        || called("sendBeacon")
        || text.contains("XMLHttpRequest")
        || libraries::WORDS.iter().any(|word| text.contains(word))
        || text.contains("new EventSource(")
        || text.contains("new WebSocket(")
        || libraries::REFUSED.iter().any(|name| called(name))
}

/// Reads the first call of a text, with what is no JavaScript in it mended if need be.
pub(super) fn read(text: &str) -> Result<Draft, ImportError> {
    let error = match read_exactly(text) {
        Ok(draft) => return Ok(draft),
        Err(error) => error,
    };
    for (text, key) in mended(text) {
        if let Ok(mut draft) = read_exactly(&text) {
            let note = key.map(|key| Note::new(NoteKind::Derived, key));
            draft.notes.extend(note);
            return Ok(draft);
        }
    }
    Err(open_bracket(text).unwrap_or(error))
}

fn read_exactly(text: &str) -> Result<Draft, ImportError> {
    let script = Script::parse(text)?;
    let values = Evaluation::new(&script);
    let mut calls = script
        .nodes()
        .filter_map(|node| call(&script, &values, node).map(|call| (call, node)));
    let Some((call, node)) = calls.next() else {
        if let Some(error) = libraries::refused(&script) {
            return Err(error);
        }
        let mistake = script.mistake(0, text.len());
        return Err(mistake.unwrap_or_else(|| ImportError::new("no-fetch", Place::of(text, 0))));
    };
    let others = calls.count();
    if let Some(mistake) = script.mistake(node.start_byte(), node.end_byte()) {
        return Err(mistake);
    }
    let mut reader = Reader {
        script: &script,
        values: values.seen_from(node),
        draft: Draft {
            headers_are: Headers::OfScript,
            ..Draft::default()
        },
    };
    match call {
        Call::Fetch => reader.fetch(node),
        Call::Xhr => reader.xhr(node),
        Call::Beacon => reader.beacon(node),
        Call::EventSource => reader.event_source(node),
        Call::WebSocket => reader.web_socket(node),
        Call::Of(library) => reader.library(library, node),
    }
    let Reader {
        mut draft, values, ..
    } = reader;
    if draft.url.is_empty() {
        let place = Place::of(text, node.start_byte());
        return Err(ImportError::new("fetch-without-url", place));
    }
    draft.notes.extend(values.notes);
    if others > 0 {
        let note = Note::new(NoteKind::Dropped, "more-requests");
        draft
            .notes
            .push(note.with("count", (others + 1).to_string()));
    }
    Ok(draft)
}

/// What a node calls, if it sends a request.
fn call(script: &Script, values: &Evaluation, node: Node) -> Option<Call> {
    let field = |name| {
        node.child_by_field_name(name)
            .map(|node| script.source(node))
    };
    match node.kind() {
        "new_expression" => match field("constructor")? {
            "EventSource" => Some(Call::EventSource),
            "WebSocket" => Some(Call::WebSocket),
            _ => None,
        },
        "call_expression" => {
            let function = node.child_by_field_name("function")?;
            // The text of a chain of calls holds that of all before it, so only the name is looked at.
            let method = match function.kind() {
                "member_expression" => script.source(function.child_by_field_name("property")?),
                "identifier" => script.source(function),
                _ => return None,
            };
            let function = script.source(function);
            if let Some(library) = Library::of(function, method, script, values) {
                return Some(Call::Of(library));
            }
            match method {
                "fetch" => Some(Call::Fetch),
                "sendBeacon" => Some(Call::Beacon),
                "open" if function != "open" && function != "window.open" => {
                    let arguments = node.child_by_field_name("arguments")?;
                    (named(arguments).count() >= 2).then_some(Call::Xhr)
                }
                _ => None,
            }
        }
        _ => None,
    }
}

/// Reads one call.
pub(super) struct Reader<'s, 't> {
    pub(super) script: &'s Script<'t>,
    pub(super) values: Evaluation<'s, 't>,
    pub(super) draft: Draft,
}

impl<'s> Reader<'s, '_> {
    fn note(&mut self, kind: NoteKind, key: &'static str, name: &str) {
        self.draft
            .notes
            .push(Note::new(kind, key).with("name", name));
    }

    pub(super) fn argument(&mut self, node: Node<'s>, at: usize) -> Option<Value> {
        let argument = self.values.arguments(node).get(at).copied()?;
        Some(self.values.value(argument))
    }

    fn fetch(&mut self, node: Node<'s>) {
        let options = self.values.arguments(node).get(1).copied();
        let quoted = options.is_some_and(all_quoted);
        match self.argument(node, 0) {
            // A Request, with options of its own.
            Some(Value::Object(fields)) => {
                let request = Value::Object(fields);
                self.draft.url = request.get("url").map(Value::text).unwrap_or_default();
                self.options(&request);
            }
            Some(url) => self.draft.url = url.text(),
            None => return,
        }
        if let Some(options) = options.map(|options| self.values.value(options)) {
            if let Value::Hole(name) = &options {
                self.note(NoteKind::NotEvaluated, "option-not-evaluated", name);
            }
            self.options(&options);
            self.draft.copied =
                quoted && options.get("mode").is_some() && options.get("credentials").is_some();
        }
        let of_browser = |(name, _): &(String, String)| {
            let name = name.to_ascii_lowercase();
            NEVER_OF_SCRIPT.contains(&name.as_str()) || name.starts_with("sec-")
        };
        if self.draft.copied || quoted && self.draft.headers.iter().any(of_browser) {
            self.draft.headers_are = Headers::OfTheWire;
        }
    }

    /// The options of `fetch()` or of a `Request`.
    pub(super) fn options(&mut self, options: &Value) {
        let Value::Object(fields) = options else {
            return;
        };
        for (name, value) in fields {
            match (name.as_str(), value) {
                (_, Value::Undefined) | ("body", Value::Null) => {}
                ("headers", Value::Hole(source)) => {
                    self.note(NoteKind::NotEvaluated, "option-not-evaluated", source);
                }
                ("headers", value) => self.draft.headers.extend(value.pairs()),
                ("method", value) => self.draft.method = Some(value.text()),
                ("body", value) => self.body(value),
                ("mode", value) => self.draft.mode = self.chosen(name, value, Mode::from_name),
                ("credentials", value) => {
                    self.draft.credentials = self.chosen(name, value, Credentials::from_name);
                }
                ("redirect", value) => {
                    self.draft.redirect = self.chosen(name, value, RedirectMode::from_name);
                }
                ("referrer", value) => self.draft.referrer = Some(value.text()),
                (name, _) if SILENT.contains(&name) => {}
                (name, _) => self.note(NoteKind::Dropped, "fetch-option-unused", name),
            }
        }
        // In a call without a body that says nothing, the method is GET.
        if self.draft.body.is_some() && self.draft.method.is_none() {
            self.draft.method = Some("GET".to_owned());
        }
    }

    fn chosen<T>(&mut self, name: &str, value: &Value, of: fn(&str) -> Option<T>) -> Option<T> {
        if let Value::Hole(source) = value {
            self.note(NoteKind::NotEvaluated, "option-not-evaluated", source);
            return None;
        }
        let text = value.text();
        let chosen = of(&text);
        if chosen.is_none() {
            let note = Note::new(NoteKind::Unknown, "option-invalid");
            let note = note.with("name", name).with("value", text);
            self.draft.notes.push(note);
        }
        chosen
    }

    /// <https://fetch.spec.whatwg.org/#concept-bodyinit-extract>
    pub(super) fn body(&mut self, value: &Value) {
        match value {
            Value::Pairs(_) => {
                let form = "application/x-www-form-urlencoded;charset=UTF-8";
                self.draft.set_default("Content-Type", form);
            }
            Value::Form(form) => {
                let (media_type, _) = form.encoded();
                self.draft.set_default("Content-Type", &media_type);
                let note = Note::new(NoteKind::Derived, "multipart");
                self.draft.notes.push(note);
            }
            Value::Blob(media_type, _) if !media_type.is_empty() => {
                self.draft.set_default("Content-Type", media_type);
            }
            _ => {}
        }
        self.draft.body = Some(value.text());
    }

    /// From `open` on, whatever is done to the same object.
    fn xhr(&mut self, open: Node<'s>) {
        self.draft.api = Some(Api::Xhr);
        let method = self.argument(open, 0).map(|method| method.text());
        self.draft.method = method;
        self.draft.url = self
            .argument(open, 1)
            .map(|url| url.text())
            .unwrap_or_default();
        let function = open.child_by_field_name("function");
        let object = function.and_then(|function| function.child_by_field_name("object"));
        let object = object.map_or("", |object| self.script.source(object));
        let script = self.script;
        let mut sent = false;
        for node in script.nodes() {
            let field = |name| node.child_by_field_name(name);
            let own = |node: Option<Node>| match node {
                Some(node) => script
                    .source(node)
                    .strip_prefix(object)
                    .and_then(|rest| rest.strip_prefix('.')),
                None => None,
            };
            match node.kind() {
                "call_expression" => match own(field("function")) {
                    Some("setRequestHeader") if !self.values.surely_runs(node) => {
                        self.values.tell_apart(node);
                    }
                    Some("setRequestHeader") => {
                        let pair = (self.argument(node, 0), self.argument(node, 1));
                        if let (Some(name), Some(value)) = pair {
                            self.draft.headers.push((name.text(), value.text()));
                        }
                    }
                    Some("send") if !std::mem::replace(&mut sent, true) => {
                        match self.argument(node, 0) {
                            None | Some(Value::Null | Value::Undefined) => {}
                            Some(body) => self.body(&body),
                        }
                    }
                    _ => {}
                },
                "assignment_expression"
                    if own(field("left")) == Some("withCredentials")
                        && field("right").is_some_and(|node| node.kind() == "true") =>
                {
                    match self.values.surely_runs(node) {
                        true => self.draft.credentials = Some(Credentials::Include),
                        false => self.values.tell_apart(node),
                    }
                }
                "member_expression" if own(Some(node)) == Some("upload") => {
                    match self.values.surely_runs(node) {
                        true => self.draft.upload_listener = true,
                        false => self.values.tell_apart(node),
                    }
                }
                _ => {}
            }
        }
    }

    fn beacon(&mut self, node: Node<'s>) {
        self.draft.api = Some(Api::Beacon);
        self.draft.method = Some("POST".to_owned());
        self.draft.url = self
            .argument(node, 0)
            .map(|url| url.text())
            .unwrap_or_default();
        if let Some(body) = self.argument(node, 1) {
            self.body(&body);
        }
    }

    fn event_source(&mut self, node: Node<'s>) {
        self.draft.api = Some(Api::EventSource);
        self.draft.url = self
            .argument(node, 0)
            .map(|url| url.text())
            .unwrap_or_default();
        let options = self.argument(node, 1);
        let with = options
            .as_ref()
            .and_then(|options| options.get("withCredentials"));
        if with == Some(&Value::Bool(true)) {
            self.draft.credentials = Some(Credentials::Include);
        }
    }

    fn web_socket(&mut self, node: Node<'s>) {
        self.draft.api = Some(Api::WebSocket);
        self.draft.url = self
            .argument(node, 0)
            .map(|url| url.text())
            .unwrap_or_default();
    }
}

/// Whether every name in an object is in quotes, as browsers copy it and hardly anybody writes.
fn all_quoted(object: Node) -> bool {
    let mut keys = named(object).map(|pair| pair.child_by_field_name("key"));
    object.kind() == "object"
        && keys.all(|key| key.is_some_and(|key| key.kind() == "string"))
        && named(object).next().is_some()
}
