//! JavaScript read without running it: literals, templates, concatenation, `const` names, and the few
//! calls that people build requests with. What only the page knows is left as `<name>` and told.
//!
//! The parser is a table, not a set of functions that call each other: no input is too deep for it. How
//! long it may go on is bounded by the length of the text.

use std::collections::HashMap;
use std::ops::ControlFlow;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value as Json};
use tree_sitter::{Node, ParseOptions, Parser, Tree};
use url::form_urlencoded;

use super::ImportError;
use super::escapes::{joined_surrogates, unescape};
use super::note::{Note, NoteKind};
use super::place::Place;

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

/// What values may come to in all: for any text, and for each byte of it.
const MOST_MADE: (usize, usize) = (100_000, 8);

/// Parsing steps: for any text, and for each byte of it. Real code takes under one a byte.
const STEPS: (usize, usize) = (20_000, 8);

/// Parsing steps between two calls of the parser.
const STEPS_A_CALL: usize = 100;

/// A value of JavaScript, as far as the text tells it.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    Text(String),
    Number(String),
    Bool(bool),
    Null,
    Undefined,
    Object(Vec<(String, Value)>),
    Array(Vec<Value>),
    /// `new Headers(…)`, `new URLSearchParams(…)`, `new Request(…)`.
    Pairs(Vec<(String, String)>),
    /// Something that only the page knows: as it is written.
    Hole(String),
}

impl Value {
    /// The field of an object.
    pub(super) fn get(&self, name: &str) -> Option<&Value> {
        match self {
            Self::Object(fields) => {
                let found = fields.iter().rev().find(|(known, _)| known == name);
                found.map(|(_, value)| value)
            }
            _ => None,
        }
    }

    /// The text that a request gets for it.
    pub(super) fn text(&self) -> String {
        match self {
            Self::Text(text) | Self::Number(text) => text.clone(),
            Self::Bool(value) => value.to_string(),
            Self::Null => "null".to_owned(),
            Self::Undefined => "undefined".to_owned(),
            Self::Object(_) => "[object Object]".to_owned(),
            Self::Array(items) => items.iter().map(Self::text).collect::<Vec<_>>().join(","),
            Self::Pairs(pairs) => urlencoded(pairs),
            Self::Hole(name) => format!("<{name}>"),
        }
    }

    /// What `JSON.stringify` makes of it.
    pub(super) fn json_text(&self) -> String {
        self.json().to_string()
    }

    /// As `JSON.stringify` has it; a hole is a string.
    fn json(&self) -> Json {
        match self {
            Self::Text(text) => Json::from(text.as_str()),
            Self::Number(text) => number(text),
            Self::Bool(value) => Json::from(*value),
            Self::Null | Self::Undefined => Json::Null,
            Self::Object(fields) => {
                let defined = fields.iter().filter(|(_, value)| *value != Self::Undefined);
                let fields = defined.map(|(name, value)| (name.clone(), value.json()));
                Json::Object(fields.collect::<Map<_, _>>())
            }
            Self::Array(items) => items.iter().map(Self::json).collect(),
            Self::Pairs(_) => Json::Object(Map::new()),
            Self::Hole(_) => Json::from(self.text()),
        }
    }

    /// Name and value of each entry of an object, a list of pairs, or pairs.
    pub(super) fn pairs(&self) -> Vec<(String, String)> {
        match self {
            Self::Object(fields) => fields
                .iter()
                .map(|(name, value)| (name.clone(), value.text()))
                .collect(),
            Self::Pairs(pairs) => pairs.clone(),
            Self::Array(items) => items
                .iter()
                .filter_map(|item| match item {
                    Self::Array(pair) => match pair.as_slice() {
                        [name, value, ..] => Some((name.text(), value.text())),
                        _ => None,
                    },
                    _ => None,
                })
                .collect(),
            _ => Vec::new(),
        }
    }
}

/// A number as JSON prints it: without a point where there is nothing behind it.
fn number(text: &str) -> Json {
    if let Ok(whole) = text.parse::<i64>() {
        return Json::from(whole);
    }
    let value = text.replace('_', "").parse::<f64>().ok();
    match value {
        Some(value) if value.fract() == 0.0 && value.abs() < 9e15 => format!("{value:.0}")
            .parse::<i64>()
            .map_or(Json::Null, Json::from),
        Some(value) => Json::from(value),
        None => Json::Null,
    }
}

fn urlencoded(pairs: &[(String, String)]) -> String {
    let mut encoded = form_urlencoded::Serializer::new(String::new());
    encoded.extend_pairs(pairs).finish()
}

/// A parsed text.
pub(super) struct Script<'t> {
    text: &'t str,
    tree: Tree,
}

impl<'t> Script<'t> {
    /// Parses a text; what is wrong in it is kept as such.
    pub(super) fn parse(text: &'t str) -> Result<Self, ImportError> {
        let too_complex = || ImportError::new("too-complex", None);
        let mut parser = Parser::new();
        let language = tree_sitter_javascript::LANGUAGE.into();
        parser.set_language(&language).map_err(|_| too_complex())?;
        let mut calls = (STEPS.0 + STEPS.1 * text.len()) / STEPS_A_CALL;
        let mut within = |_: &_| match calls.checked_sub(1) {
            Some(left) => {
                calls = left;
                ControlFlow::Continue(())
            }
            None => ControlFlow::Break(()),
        };
        let options = ParseOptions::new().progress_callback(&mut within);
        let bytes = text.as_bytes();
        let mut read = |at: usize, _| bytes.get(at..).unwrap_or_default();
        let tree = parser.parse_with_options(&mut read, None, Some(options));
        Ok(Self {
            text,
            tree: tree.ok_or_else(too_complex)?,
        })
    }

    /// Every node in the order of the text.
    pub(super) fn nodes(&self) -> impl Iterator<Item = Node<'_>> {
        let mut cursor = self.tree.walk();
        let mut done = false;
        std::iter::from_fn(move || {
            if done {
                return None;
            }
            let node = cursor.node();
            if !cursor.goto_first_child() {
                while !cursor.goto_next_sibling() {
                    if !cursor.goto_parent() {
                        done = true;
                        break;
                    }
                }
            }
            Some(node)
        })
    }

    /// The text of a node.
    pub(super) fn source(&self, node: Node) -> &'t str {
        self.text.get(node.byte_range()).unwrap_or_default()
    }

    /// What is wrong between two bytes, if anything: where, and what was expected.
    pub(super) fn mistake(&self, from: usize, to: usize) -> Option<ImportError> {
        let wrong = |node: &Node| node.is_error() || node.is_missing();
        let inside = |node: &Node| (from..=to).contains(&node.start_byte());
        let node = self.nodes().find(|node| inside(node) && wrong(node))?;
        let end = self.text.trim_end().len();
        // What is wrong to the end of the text is open there.
        let open = node.is_error() && node.child_count() > 1 && node.end_byte() >= end;
        let at = if open { end } else { node.start_byte() };
        let found = match self.text[at..].trim_start().chars().next() {
            Some(c) => format!("`{c}`"),
            None => "the end".to_owned(),
        };
        let error = ImportError::new("syntax", Place::of(self.text, at));
        let error = error.with("expected", self.expected(at));
        Some(error.with("found", found))
    }

    /// What should have stood at a place, by the brackets that are open there and the sign before it.
    fn expected(&self, at: usize) -> &'static str {
        let leaves = self
            .nodes()
            .filter(|node| node.child_count() == 0 && !node.byte_range().is_empty());
        let (mut open, mut last) = (Vec::new(), "");
        for leaf in leaves.take_while(|leaf| leaf.end_byte() <= at) {
            last = leaf.kind();
            match last {
                "(" | "[" | "{" | "${" => open.push(last),
                ")" | "]" | "}" => {
                    open.pop();
                }
                _ => {}
            }
        }
        let value = ["", ",", ":", "(", "[", "{", "${", "=", "=>", "+", "?"];
        match (value.contains(&last), open.last()) {
            (true, _) => "a value",
            (false, Some(&"(")) => "`,` or `)`",
            (false, Some(&"[")) => "`,` or `]`",
            (false, Some(_)) => "`,` or `}`",
            (false, None) => "a call",
        }
    }
}

/// Finds out what expressions come to.
pub(super) struct Evaluation<'s, 't> {
    script: &'s Script<'t>,
    /// What names are declared to be.
    declared: HashMap<&'t str, Node<'s>>,
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
        for node in script.nodes() {
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
            depth: 0,
            left: MOST_MADE.0 + MOST_MADE.1 * script.text.len(),
            notes: Vec::new(),
        }
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
                Some(value) => self.value(*value),
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
            ("Headers" | "URLSearchParams", None) => Value::Pairs(Vec::new()),
            ("URLSearchParams", Some(Value::Text(text))) => {
                let text = text.strip_prefix('?').unwrap_or(&text);
                let pairs = form_urlencoded::parse(text.as_bytes());
                Value::Pairs(pairs.into_owned().collect())
            }
            ("Headers" | "URLSearchParams", Some(value)) => match value {
                Value::Hole(_) => value,
                value => Value::Pairs(value.pairs()),
            },
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

/// The named children but for comments.
pub(super) fn named<'s>(node: Node<'s>) -> impl Iterator<Item = Node<'s>> {
    let mut cursor = node.walk();
    let mut more = cursor.goto_first_child();
    let children = std::iter::from_fn(move || {
        let child = more.then(|| cursor.node());
        more = more && cursor.goto_next_sibling();
        child
    });
    children.filter(|child| child.is_named() && !child.is_extra())
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
