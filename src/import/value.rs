//! A value of JavaScript, and what becomes of it in a request.

use serde_json::{Map, Value as Json};
use url::form_urlencoded;

use super::multipart::Form;

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
    /// `new Headers(…)`.
    Headers(Vec<(String, String)>),
    /// `new URLSearchParams(…)`.
    Pairs(Vec<(String, String)>),
    /// `new FormData()`.
    Form(Form),
    /// `new Blob(…)`: its type and what is in it.
    Blob(String, String),
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

    /// Whether names share it, so that a change by one name is seen by all.
    pub(super) fn is_shared(&self) -> bool {
        matches!(
            self,
            Self::Object(_) | Self::Array(_) | Self::Headers(_) | Self::Pairs(_) | Self::Form(_)
        )
    }

    /// What a copy of it costs: values and bytes.
    pub(super) fn cost(&self) -> usize {
        let of_pairs = |pairs: &[(String, String)]| {
            let costs = pairs.iter().map(|(name, value)| name.len() + value.len());
            costs.sum::<usize>() + 1
        };
        match self {
            Self::Text(text) | Self::Number(text) | Self::Hole(text) => 1 + text.len(),
            Self::Blob(media_type, text) => 1 + media_type.len() + text.len(),
            Self::Bool(_) | Self::Null | Self::Undefined => 1,
            Self::Object(fields) => {
                let costs = fields.iter().map(|(name, value)| name.len() + value.cost());
                costs.sum::<usize>() + 1
            }
            Self::Array(items) => items.iter().map(Self::cost).sum::<usize>() + 1,
            Self::Headers(pairs) | Self::Pairs(pairs) => of_pairs(pairs),
            Self::Form(form) => {
                let costs = form
                    .parts
                    .iter()
                    .map(|part| part.name.len() + part.content.len());
                costs.sum::<usize>() + 1
            }
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
            Self::Headers(_) => "[object Headers]".to_owned(),
            Self::Pairs(pairs) => urlencoded(pairs),
            Self::Form(form) => form.encoded().1,
            Self::Blob(_, text) => text.clone(),
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
            Self::Headers(_) | Self::Pairs(_) | Self::Form(_) | Self::Blob(..) => {
                Json::Object(Map::new())
            }
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
            Self::Headers(pairs) | Self::Pairs(pairs) => pairs.clone(),
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

pub(super) fn urlencoded(pairs: &[(String, String)]) -> String {
    let mut encoded = form_urlencoded::Serializer::new(String::new());
    encoded.extend_pairs(pairs).finish()
}
