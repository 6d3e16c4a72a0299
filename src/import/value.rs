//! A value of JavaScript, and what becomes of it in a request.

use serde_json::{Map, Value as Json};
use url::{Url, form_urlencoded};

use super::multipart::{Form, Part};

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
    /// `new Headers(…)`, `new URLSearchParams(…)`.
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
            Self::Pairs(_) | Self::Form(_) | Self::Blob(..) => Json::Object(Map::new()),
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

pub(super) fn urlencoded(pairs: &[(String, String)]) -> String {
    let mut encoded = form_urlencoded::Serializer::new(String::new());
    encoded.extend_pairs(pairs).finish()
}

/// What a script does to a value that has a name.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Change {
    /// `value.append(name, content)`, with the name of a file.
    Append(String, Value, Option<String>),
    /// `value.set(name, content)`.
    Set(String, Value),
    /// `value.delete(name)`.
    Delete(String),
    /// `value.name = content`.
    Assign(String, Value),
}

impl Value {
    /// Does to a value, or to the part of it that `path` leads to, what a script does.
    pub(super) fn change(&mut self, path: &[String], change: Change) {
        let Some((first, rest)) = path.split_first() else {
            return self.change_here(change);
        };
        match self {
            Self::Object(fields) => {
                let found = fields.iter_mut().rev().find(|(known, _)| known == first);
                match found {
                    Some((_, value)) => value.change(rest, change),
                    None => {
                        let mut value = Self::Object(Vec::new());
                        value.change(rest, change);
                        fields.push((first.clone(), value));
                    }
                }
            }
            // The query of an address is changed in the address.
            Self::Text(text) if first == "searchParams" && rest.is_empty() => {
                if let Ok(mut url) = Url::parse(text) {
                    let mut query = Self::Pairs(url.query_pairs().into_owned().collect());
                    query.change_here(change);
                    url.set_query(Some(&query.text()));
                    *text = url.into();
                }
            }
            _ => {}
        }
    }

    fn change_here(&mut self, change: Change) {
        match (self, change) {
            (Self::Pairs(pairs), Change::Append(name, value, _)) => {
                pairs.push((name, value.text()));
            }
            (Self::Pairs(pairs), Change::Set(name, value)) => {
                pairs.retain(|(known, _)| !known.eq_ignore_ascii_case(&name));
                pairs.push((name, value.text()));
            }
            (Self::Pairs(pairs), Change::Delete(name)) => {
                pairs.retain(|(known, _)| !known.eq_ignore_ascii_case(&name));
            }
            (Self::Form(form), Change::Append(name, value, file)) => {
                form.parts.push(part(name, &value, file));
            }
            (Self::Form(form), Change::Set(name, value)) => {
                form.parts.retain(|part| part.name != name);
                form.parts.push(part(name, &value, None));
            }
            (Self::Form(form), Change::Delete(name)) => {
                form.parts.retain(|part| part.name != name);
            }
            (Self::Object(fields), Change::Assign(name, value)) => {
                fields.retain(|(known, _)| *known != name);
                fields.push((name, value));
            }
            (Self::Text(text), Change::Assign(name, value)) => {
                if let Ok(mut url) = Url::parse(text) {
                    let value = value.text();
                    match name.as_str() {
                        "search" => url.set_query(Some(value.trim_start_matches('?'))),
                        "pathname" => url.set_path(&value),
                        _ => return,
                    }
                    *text = url.into();
                }
            }
            _ => {}
        }
    }
}

/// <https://xhr.spec.whatwg.org/#create-an-entry>
fn part(name: String, value: &Value, file: Option<String>) -> Part {
    let media_type = match (value, &file) {
        (Value::Blob(media_type, _), _) => Some(media_type.clone()),
        (_, Some(_)) => Some("application/octet-stream".to_owned()),
        _ => None,
    };
    Part {
        name,
        content: value.text(),
        file_name: file.or_else(|| media_type.as_ref().map(|_| "blob".to_owned())),
        media_type,
    }
}
