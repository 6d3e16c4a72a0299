//! The functions and constructors that people build requests with.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use tree_sitter::Node;
use url::form_urlencoded;

use super::Evaluation;
use super::change::{Change, Outcome, apply};
use crate::import::multipart::Form;
use crate::import::value::Value;

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

impl<'s> Evaluation<'s, '_> {
    /// What a call comes to.
    pub(super) fn call(&mut self, node: Node<'s>) -> Value {
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
        if let Some(value) = function.and_then(|function| self.of_angular(function, node)) {
            return value;
        }
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
            "Object.assign" => {
                let mut target = self.value(argument);
                let sources = self.arguments(node).into_iter().skip(1);
                let sources = sources.map(|source| self.value(source)).collect();
                match apply(&mut target, &[], Change::Assign(sources)) {
                    Outcome::Done => target,
                    _ => self.hole(node),
                }
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

    /// What `new` makes.
    pub(super) fn construction(&mut self, node: Node<'s>) -> Value {
        let constructor = node.child_by_field_name("constructor");
        let name = constructor.map_or("", |node| self.script.source(node));
        let arguments = self.arguments(node);
        let first = arguments.first().copied().map(|node| self.value(node));
        match (name, first) {
            ("Headers" | "HttpHeaders", None) => Value::Headers(Vec::new()),
            ("HttpParams" | "URLSearchParams", None) => Value::Pairs(Vec::new()),
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
                    value if name.ends_with("Headers") => Value::Headers(value.pairs()),
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

    /// `new HttpHeaders().set('A', '1')`: what is set is in the object that the call gives back.
    fn of_angular(&mut self, function: Node<'s>, call: Node<'s>) -> Option<Value> {
        let object = function.child_by_field_name("object")?;
        let method = self
            .script
            .source(function.child_by_field_name("property")?);
        let chained = matches!(object.kind(), "new_expression" | "call_expression");
        if !chained || !matches!(method, "set" | "append" | "delete") {
            return None;
        }
        let mut value = self.value(object);
        if !matches!(value, Value::Headers(_) | Value::Pairs(_)) {
            return None;
        }
        let arguments = self.arguments(call).into_iter();
        let arguments = arguments.map(|node| self.value(node)).collect();
        let change = Change::Call(method.to_owned(), arguments);
        (apply(&mut value, &[], change) == Outcome::Done).then_some(value)
    }
}
