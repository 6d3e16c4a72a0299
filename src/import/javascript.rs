//! JavaScript read without running it: literals, templates, concatenation, `const` names, and the few
//! calls that people build requests with. What only the page knows is left as `<name>` and told.

use std::collections::HashMap;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use tree_sitter::Node;
use url::form_urlencoded;

use super::escapes::{joined_surrogates, unescape};
use super::multipart::Form;
use super::note::{Note, NoteKind};
use super::syntax::{Script, named};
use super::value::{Change, Value};

/// What `encodeURIComponent` leaves as it is.
const COMPONENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'!')
    .remove(b'~')
    .remove(b'*')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')');

/// Values in values; no request is nested deeper.
const DEEPEST: usize = 60;

/// What is done to one name; no request has so many fields.
const MOST_CHANGES: usize = 1000;

/// What values may come to in all: for any text, and for each byte of it.
const MOST_MADE: (usize, usize) = (100_000, 8);

/// Finds out what expressions come to.
pub(super) struct Evaluation<'s, 't> {
    script: &'s Script<'t>,
    /// What names are declared to be.
    declared: HashMap<&'t str, Node<'s>>,
    /// What is done to them afterwards, in the order of the text.
    changes: HashMap<&'t str, Vec<Node<'s>>>,
    /// Up to which byte: later changes are none of a call's.
    until: usize,
    depth: usize,
    /// How much may still be made: a name stands for its value each time, so that little text could come
    /// to much.
    left: usize,
    /// What could not be evaluated, each name once.
    pub(super) notes: Vec<Note>,
}

impl<'s, 't> Evaluation<'s, 't> {
    pub(super) fn new(script: &'s Script<'t>) -> Self {
        let mut declared = HashMap::new();
        let mut changes = HashMap::new();
        for node in script.nodes() {
            if let Some((name, _)) = script.changed(node) {
                let changes: &mut Vec<_> = changes.entry(name).or_default();
                if changes.len() < MOST_CHANGES {
                    changes.push(node);
                }
            }
            if node.kind() == "variable_declarator"
                && let Some(name) = node.child_by_field_name("name")
                && let Some(value) = node.child_by_field_name("value")
            {
                declared.insert(script.source(name), value);
            }
        }
        Self {
            script,
            declared,
            changes,
            until: usize::MAX,
            depth: 0,
            left: MOST_MADE.0 + MOST_MADE.1 * script.text.len(),
            notes: Vec::new(),
        }
    }

    /// Leaves out what is done from a byte of the text on.
    pub(super) fn until(self, until: usize) -> Self {
        Self { until, ..self }
    }

    /// What a name is declared to be.
    pub(super) fn declaration(&self, name: &str) -> Option<Node<'s>> {
        self.declared.get(name).copied()
    }

    /// A value with what is done to it under a name.
    pub(super) fn changed(&mut self, name: &str, mut value: Value) -> Value {
        let changes = self.changes.get(name).cloned().unwrap_or_default();
        for node in changes {
            if node.start_byte() < self.until
                && let Some((_, mut path)) = self.script.changed(node)
                && let Some(change) = self.change(node, &mut path)
            {
                value.change(&path, change);
            }
        }
        value
    }

    /// What a node does to what is at the end of a path.
    fn change(&mut self, node: Node<'s>, path: &mut Vec<String>) -> Option<Change> {
        if let Some(right) = node.child_by_field_name("right") {
            return Some(Change::Assign(path.pop()?, self.value(right)));
        }
        let function = node.child_by_field_name("function")?;
        let method = self
            .script
            .source(function.child_by_field_name("property")?);
        let arguments = self.arguments(node);
        let mut values = arguments.into_iter().map(|argument| self.value(argument));
        let name = values.next()?.text();
        Some(match (method, values.next()) {
            ("delete", _) => Change::Delete(name),
            ("set", Some(value)) => Change::Set(name, value),
            (_, Some(value)) => Change::Append(name, value, values.next().map(|file| file.text())),
            (_, None) => return None,
        })
    }

    /// The value of an expression.
    pub(super) fn value(&mut self, node: Node<'s>) -> Value {
        if self.depth >= DEEPEST || self.left == 0 {
            return self.hole(node);
        }
        self.depth += 1;
        let value = self.value_of(node);
        self.depth -= 1;
        let made = match &value {
            Value::Text(text) => text.len(),
            _ => 0,
        };
        self.left = self.left.saturating_sub(1 + made);
        value
    }

    fn value_of(&mut self, node: Node<'s>) -> Value {
        let source = self.script.source(node);
        match node.kind() {
            "string" | "template_string" => Value::Text(self.string(node)),
            "number" => Value::Number(source.to_owned()),
            "true" | "false" => Value::Bool(node.kind() == "true"),
            "null" => Value::Null,
            "undefined" => Value::Undefined,
            "identifier" | "shorthand_property_identifier" => match self.declared.get(source) {
                Some(value) => {
                    let value = self.value(*value);
                    match self.changes.contains_key(source) {
                        true => self.changed(source, value),
                        false => value,
                    }
                }
                None => self.hole(node),
            },
            "parenthesized_expression" | "await_expression" => match node.named_child(0) {
                Some(inner) => self.value(inner),
                None => self.hole(node),
            },
            "unary_expression" => Value::Number(source.to_owned()),
            "binary_expression" => self.sum(node),
            "object" => Value::Object(self.fields(node)),
            "array" => Value::Array(self.all(node)),
            "call_expression" => self.call(node),
            "new_expression" => self.construction(node),
            "member_expression" => self.member(node),
            _ => self.hole(node),
        }
    }

    fn all(&mut self, node: Node<'s>) -> Vec<Value> {
        let items: Vec<_> = named(node).collect();
        items.into_iter().map(|item| self.value(item)).collect()
    }

    /// `a + b` of which one is text; sums of numbers are not for us.
    fn sum(&mut self, node: Node<'s>) -> Value {
        let operator = node.child_by_field_name("operator");
        let plus = operator.is_some_and(|sign| self.script.source(sign) == "+");
        let sides = ["left", "right"].map(|side| node.child_by_field_name(side));
        match sides {
            [Some(left), Some(right)] if plus => {
                let text = self.value(left).text() + &self.value(right).text();
                Value::Text(text)
            }
            _ => self.hole(node),
        }
    }

    fn string(&mut self, node: Node<'s>) -> String {
        let mut text = String::new();
        let parts: Vec<_> = named(node).collect();
        for part in parts {
            match part.kind() {
                "escape_sequence" => unescape(self.script.source(part), &mut text),
                "template_substitution" => {
                    let inner = part.named_child(0).unwrap_or(part);
                    text += &self.value(inner).text();
                }
                _ => text += self.script.source(part),
            }
        }
        joined_surrogates(text)
    }

    fn fields(&mut self, node: Node<'s>) -> Vec<(String, Value)> {
        let mut fields = Vec::new();
        let parts: Vec<_> = named(node).collect();
        for part in parts {
            match part.kind() {
                "pair" => {
                    let (key, value) = (
                        part.child_by_field_name("key"),
                        part.child_by_field_name("value"),
                    );
                    if let (Some(key), Some(value)) = (key, value) {
                        fields.push((self.key(key), self.value(value)));
                    }
                }
                "shorthand_property_identifier" => {
                    let name = self.script.source(part).to_owned();
                    fields.push((name, self.value(part)));
                }
                "spread_element" => match part.named_child(0).map(|inner| self.value(inner)) {
                    Some(Value::Object(more)) => fields.extend(more),
                    Some(other) => fields.extend(
                        other
                            .pairs()
                            .into_iter()
                            .map(|(name, value)| (name, Value::Text(value))),
                    ),
                    None => {}
                },
                _ => {}
            }
        }
        fields
    }

    fn key(&mut self, node: Node<'s>) -> String {
        match node.kind() {
            "string" => self.string(node),
            "computed_property_name" => match node.named_child(0) {
                Some(inner) => self.value(inner).text(),
                None => String::new(),
            },
            _ => self.script.source(node).to_owned(),
        }
    }

    /// A field of a literal, else as it is written.
    fn member(&mut self, node: Node<'s>) -> Value {
        let object = node.child_by_field_name("object");
        let name = node.child_by_field_name("property");
        if let (Some(object), Some(name)) = (object, name)
            && self.declared.contains_key(self.script.source(object))
            && let Some(found) = self.value(object).get(self.script.source(name))
        {
            return found.clone();
        }
        self.hole(node)
    }

    fn call(&mut self, node: Node<'s>) -> Value {
        let function = node.child_by_field_name("function");
        let name = function.map_or("", |function| self.script.source(function));
        let Some(argument) = self.arguments(node).into_iter().next() else {
            // What is turned to text is text here.
            let method = name.rsplit('.').next().unwrap_or_default();
            let object = function.and_then(|f| f.child_by_field_name("object"));
            return match (method, object) {
                ("toString" | "trim", Some(object)) => Value::Text(self.value(object).text()),
                _ => self.hole(node),
            };
        };
        match name {
            "JSON.stringify" => Value::Text(self.value(argument).json_text()),
            "String" => Value::Text(self.value(argument).text()),
            "encodeURIComponent" => {
                let text = self.value(argument).text();
                Value::Text(utf8_percent_encode(&text, COMPONENT).to_string())
            }
            "btoa" => {
                use base64::Engine as _;
                let text = self.value(argument).text();
                Value::Text(base64::engine::general_purpose::STANDARD.encode(text))
            }
            "Object.fromEntries" => {
                let pairs = self.value(argument).pairs().into_iter();
                Value::Object(
                    pairs
                        .map(|(name, value)| (name, Value::Text(value)))
                        .collect(),
                )
            }
            _ => self.hole(node),
        }
    }

    fn construction(&mut self, node: Node<'s>) -> Value {
        let constructor = node.child_by_field_name("constructor");
        let name = constructor.map_or("", |node| self.script.source(node));
        let arguments = self.arguments(node);
        let first = arguments.first().copied().map(|node| self.value(node));
        match (name, first) {
            ("Headers" | "HttpHeaders" | "HttpParams" | "URLSearchParams", None) => {
                Value::Pairs(Vec::new())
            }
            ("FormData", None) => Value::Form(Form::default()),
            ("Blob", Some(Value::Array(parts))) => {
                let options = arguments.get(1).map(|options| self.value(*options));
                let media_type = options.and_then(|options| options.get("type").map(Value::text));
                let text = parts.iter().map(Value::text).collect();
                Value::Blob(media_type.unwrap_or_default(), text)
            }
            ("URLSearchParams", Some(Value::Text(text))) => {
                let text = text.strip_prefix('?').unwrap_or(&text);
                let pairs = form_urlencoded::parse(text.as_bytes());
                Value::Pairs(pairs.into_owned().collect())
            }
            ("Headers" | "HttpHeaders" | "HttpParams" | "URLSearchParams", Some(value)) => {
                match value {
                    Value::Hole(_) => value,
                    value => Value::Pairs(value.pairs()),
                }
            }
            ("URL", Some(first)) => {
                let base = arguments.get(1).map(|base| self.value(*base).text());
                let base = base.and_then(|base| url::Url::parse(&base).ok());
                let text = first.text();
                let joined = base.and_then(|base| base.join(&text).ok());
                Value::Text(joined.map_or(text, String::from))
            }
            ("Request", Some(first)) => {
                let options = arguments.get(1).map(|options| self.value(*options));
                let mut fields = match options {
                    Some(Value::Object(fields)) => fields,
                    _ => Vec::new(),
                };
                fields.push(("url".to_owned(), first));
                Value::Object(fields)
            }
            _ => self.hole(node),
        }
    }

    /// The arguments of a call.
    pub(super) fn arguments(&self, node: Node<'s>) -> Vec<Node<'s>> {
        let arguments = node.child_by_field_name("arguments");
        arguments
            .map(|node| named(node).collect())
            .unwrap_or_default()
    }

    /// Names a thing that only the page knows.
    fn hole(&mut self, node: Node<'s>) -> Value {
        let name = short(self.script.source(node));
        let note = Note::new(NoteKind::NotEvaluated, "not-evaluated").with("name", name.as_str());
        let known = self.notes.iter().any(|known| known.params == note.params);
        // Each is looked for among those before, so there is an end to them.
        if !known && self.notes.len() < super::MOST_NOTES {
            self.notes.push(note.at(node.start_byte()));
        }
        Value::Hole(name)
    }
}

/// An expression in one short line.
fn short(source: &str) -> String {
    const LONGEST: usize = 40;
    let words = source.split_whitespace().take(LONGEST);
    let line: Vec<_> = words.collect();
    let line = line.join(" ");
    match line.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}
