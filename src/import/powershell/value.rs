//! A value of PowerShell, and what becomes of it in a request.

use serde_json::{Map, Value as Json};

/// A value, as far as the text tells it.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    Text(String),
    Number(String),
    Bool(bool),
    Null,
    /// `@{…}` and other dictionaries.
    Table(Vec<(String, Value)>),
    List(Vec<Value>),
    /// A table or list that a variable holds, by the variable's place: all names of it see a change.
    Shared(usize),
    /// Something that only the author knows: as it is written.
    Hole(String),
}

impl Value {
    /// The field of a table; letter case does not count.
    pub(super) fn get(&self, name: &str) -> Option<&Value> {
        match self {
            Self::Table(fields) => {
                let mut fields = fields.iter();
                let found = fields.find(|(known, _)| known.eq_ignore_ascii_case(name));
                found.map(|(_, value)| value)
            }
            _ => None,
        }
    }

    /// Sets a field of a table.
    pub(super) fn set(&mut self, name: String, value: Value) {
        if let Self::Table(fields) = self {
            let known = fields
                .iter_mut()
                .find(|(known, _)| known.eq_ignore_ascii_case(&name));
            match known {
                Some((_, known)) => *known = value,
                None => fields.push((name, value)),
            }
        }
    }

    /// What a copy of it costs: values and bytes.
    pub(super) fn cost(&self) -> usize {
        match self {
            Self::Text(text) | Self::Number(text) | Self::Hole(text) => 1 + text.len(),
            Self::Bool(_) | Self::Null | Self::Shared(_) => 1,
            Self::Table(fields) => {
                let costs = fields.iter().map(|(name, value)| name.len() + value.cost());
                1 + costs.sum::<usize>()
            }
            Self::List(items) => 1 + items.iter().map(Self::cost).sum::<usize>(),
        }
    }

    /// The text that it is where a text is needed.
    pub(super) fn text(&self) -> String {
        match self {
            Self::Text(text) | Self::Number(text) => text.clone(),
            Self::Bool(true) => "True".to_owned(),
            Self::Bool(false) => "False".to_owned(),
            Self::Null => String::new(),
            Self::Table(_) | Self::Shared(_) => "System.Collections.Hashtable".to_owned(),
            Self::List(items) => items.iter().map(Self::text).collect::<Vec<_>>().join(" "),
            Self::Hole(name) => format!("<{name}>"),
        }
    }

    /// Name and value of each field.
    pub(super) fn pairs(&self) -> Vec<(String, String)> {
        match self {
            Self::Table(fields) => {
                let fields = fields.iter();
                fields
                    .map(|(name, value)| (name.clone(), value.text()))
                    .collect()
            }
            _ => Vec::new(),
        }
    }

    /// What `ConvertTo-Json` makes of it; what lies deeper than `depth` is a text.
    pub(super) fn json(&self, depth: usize) -> Json {
        match self {
            // The value itself may always be one; its fields count from zero.
            Self::Table(fields) => {
                let fields = fields.iter();
                let fields = fields.map(|(name, value)| (name.clone(), value.inner_json(depth)));
                Json::Object(fields.collect::<Map<_, _>>())
            }
            Self::List(items) => items.iter().map(|item| item.inner_json(depth)).collect(),
            Self::Number(text) => serde_json::from_str(text).unwrap_or(Json::from(text.as_str())),
            Self::Bool(value) => Json::from(*value),
            Self::Null => Json::Null,
            Self::Text(_) | Self::Hole(_) | Self::Shared(_) => Json::from(self.text()),
        }
    }

    fn inner_json(&self, depth: usize) -> Json {
        match (self, depth.checked_sub(1)) {
            (Self::Table(_) | Self::List(_), None) => Json::from(self.text()),
            (Self::Table(_) | Self::List(_), Some(left)) => self.json(left),
            _ => self.json(depth),
        }
    }
}
