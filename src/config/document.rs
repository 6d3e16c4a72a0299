//! A file in TOML that people write, read so that every mistake in it can be told with its line.

use std::fmt;

use thiserror::Error;
use toml::de::{DeTable, DeValue};

/// A mistake and where it is: `config.toml:3`, `$CORSCOPE_THEME`, `--set`.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{place}: {message}")]
pub struct Mistake {
    /// Where.
    pub place: String,
    /// What is wrong, and what was expected.
    pub message: String,
}

/// Every mistake that there was, a line each.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub struct Mistakes(pub Vec<Mistake>);

impl fmt::Display for Mistakes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, mistake) in self.0.iter().enumerate() {
            let gap = if at == 0 { "" } else { "\n" };
            write!(f, "{gap}{mistake}")?;
        }
        Ok(())
    }
}

/// A key and its value.
#[derive(Clone, Debug)]
pub struct Entry<'a> {
    /// The key.
    pub key: String,
    /// The value.
    pub value: DeValue<'a>,
    /// Where: the file's name and the line, counted from 1.
    pub place: String,
}

impl Entry<'_> {
    /// The mistake that lies here.
    pub fn mistake(&self, message: impl Into<String>) -> Mistake {
        Mistake {
            place: self.place.clone(),
            message: message.into(),
        }
    }
}

/// A file in TOML: entries that know their lines.
#[derive(Clone, Copy, Debug)]
pub struct Document<'a> {
    name: &'a str,
    text: &'a str,
}

impl<'a> Document<'a> {
    /// A text, and the name to tell mistakes with.
    pub fn new(name: &'a str, text: &'a str) -> Self {
        Self { name, text }
    }

    /// The entries of the file in their order. What cannot be read is told; what can be is there.
    pub fn entries(&self) -> (Vec<Entry<'a>>, Vec<Mistake>) {
        let (table, errors) = DeTable::parse_recoverable(self.text);
        let mistakes = errors.iter().map(|error| Mistake {
            place: self.place(error.span().map_or(0, |span| span.start)),
            message: error.message().to_owned(),
        });
        (self.table(table.get_ref()), mistakes.collect())
    }

    /// The entries of a table in this file.
    pub fn table<'v>(&self, table: &DeTable<'v>) -> Vec<Entry<'v>> {
        let mut entries: Vec<_> = table
            .iter()
            .map(|(key, value)| {
                let entry = Entry {
                    key: key.get_ref().to_string(),
                    value: value.get_ref().clone(),
                    place: self.place(key.span().start),
                };
                (key.span().start, entry)
            })
            .collect();
        entries.sort_by_key(|(start, _)| *start);
        entries.into_iter().map(|(_, entry)| entry).collect()
    }

    fn place(&self, offset: usize) -> String {
        let before = self.text.get(..offset).unwrap_or(self.text);
        format!("{}:{}", self.name, before.matches('\n').count() + 1)
    }
}

/// The candidate that was most likely meant.
pub fn nearest<'a>(given: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    candidates
        .map(|candidate| (strsim::jaro_winkler(given, candidate), candidate))
        .filter(|(likeness, _)| *likeness > 0.75)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, candidate)| candidate)
}
