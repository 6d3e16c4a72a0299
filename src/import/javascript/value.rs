//! A value of JavaScript as a request needs it: what it is as text, as JSON, as pairs.

use serde_json::{Map, Value as Json};
use url::form_urlencoded;

use crate::import::multipart::{Form, Part};

/// A value of JavaScript, as far as the text tells it.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::import) enum Value {
    Text(String),
    Number(String),
    Bool(bool),
    Null,
    Undefined,
    Object(Vec<(String, Value)>),
    Array(Vec<Value>),
    /// `new Headers(…)`.
    Headers(Vec<(String, String)>),
    /// `new URLSearchParams(…)`.
    Pairs(Vec<(String, String)>),
    /// `new FormData()`.
    Form(Vec<Part>),
    /// Something that only the page knows: as it is written.
    Hole(String),
}

impl Value {
    /// The field of an object.
    pub(in crate::import) fn get(&self, name: &str) -> Option<&Value> {
        match self {
            Self::Object(fields) => {
                let found = fields.iter().rev().find(|(known, _)| known == name);
                found.map(|(_, value)| value)
            }
            _ => None,
        }
    }

    /// Whether names share it, so that a change by one name is seen by all.
    pub(in crate::import) fn is_shared(&self) -> bool {
        matches!(
            self,
            Self::Object(_) | Self::Array(_) | Self::Headers(_) | Self::Pairs(_) | Self::Form(_)
        )
    }

    /// What a copy of it costs: values and bytes.
    pub(in crate::import) fn cost(&self) -> usize {
        let of_pairs = |pairs: &[(String, String)]| {
            let costs = pairs.iter().map(|(name, value)| name.len() + value.len());
            costs.sum::<usize>() + 1
        };
        match self {
            Self::Text(text) | Self::Number(text) | Self::Hole(text) => 1 + text.len(),
            Self::Bool(_) | Self::Null | Self::Undefined => 1,
            Self::Object(fields) => {
                let costs = fields.iter().map(|(name, value)| name.len() + value.cost());
                costs.sum::<usize>() + 1
            }
            Self::Array(items) => items.iter().map(Self::cost).sum::<usize>() + 1,
            Self::Headers(pairs) | Self::Pairs(pairs) => of_pairs(pairs),
            Self::Form(parts) => {
                let costs = parts
                    .iter()
                    .map(|part| part.name.len() + part.content.len());
                costs.sum::<usize>() + 1
            }
        }
    }

    /// The text that a request gets for it.
    pub(in crate::import) fn text(&self) -> String {
        match self {
            Self::Text(text) | Self::Number(text) => text.clone(),
            Self::Bool(value) => value.to_string(),
            Self::Null => "null".to_owned(),
            Self::Undefined => "undefined".to_owned(),
            Self::Object(_) => "[object Object]".to_owned(),
            Self::Array(items) => items.iter().map(Self::text).collect::<Vec<_>>().join(","),
            Self::Headers(_) => "[object Headers]".to_owned(),
            Self::Pairs(pairs) => urlencoded(pairs),
            Self::Form(parts) => Form::of(parts.clone()).encoded().1,
            Self::Hole(name) => format!("<{name}>"),
        }
    }

    /// What `JSON.stringify` makes of it.
    pub(in crate::import) fn json_text(&self) -> String {
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
            Self::Headers(_) | Self::Pairs(_) | Self::Form(_) => Json::Object(Map::new()),
            Self::Hole(_) => Json::from(self.text()),
        }
    }

    /// Name and value of each entry of an object, a list of pairs, or pairs.
    pub(in crate::import) fn pairs(&self) -> Vec<(String, String)> {
        match self {
            Self::Object(fields) => fields
                .iter()
                .map(|(name, value)| (name.clone(), value.text()))
                .collect(),
            Self::Headers(pairs) | Self::Pairs(pairs) => pairs.clone(),
            Self::Form(parts) => parts
                .iter()
                .map(|part| (part.name.clone(), part.content.clone()))
                .collect(),
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
