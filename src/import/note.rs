//! What is told about an import: what was given, derived, assumed, dropped, not evaluated, not known.
//!
//! The sentences are in `assets/import.toml`; they may speak of the note's own parameters.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::LazyLock;

use minijinja::{Environment, UndefinedBehavior};
use serde::Deserialize;

use super::place::Place;

const SOURCE: &str = include_str!("../../assets/import.toml");

/// How sure a part of the imported request is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NoteKind {
    /// The text says so.
    Given,
    /// The text says something else that it follows from.
    Derived,
    /// The text does not say; this is the usual case.
    Assumed,
    /// The text says something that has no place in the request.
    Dropped,
    /// The text names something that only its author can know.
    NotEvaluated,
    /// Neither the text nor corscope knows.
    Unknown,
}

impl NoteKind {
    /// The name as it is shown.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Given => "given",
            Self::Derived => "derived",
            Self::Assumed => "assumed",
            Self::Dropped => "dropped",
            Self::NotEvaluated => "not evaluated",
            Self::Unknown => "not known",
        }
    }
}

/// One thing that the reader of an imported request should know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// How sure it is.
    pub kind: NoteKind,
    /// The key of its sentence in `assets/import.toml`.
    pub key: &'static str,
    /// What the sentence speaks of.
    pub params: Vec<(&'static str, String)>,
    /// Where in the text it stands, where one place matters.
    pub place: Option<Place>,
    /// The byte of that place, until the place is counted out.
    byte: Option<usize>,
}

impl Note {
    pub(super) fn new(kind: NoteKind, key: &'static str) -> Self {
        Self {
            kind,
            key,
            params: Vec::new(),
            place: None,
            byte: None,
        }
    }

    pub(super) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.params.push((name, value.into()));
        self
    }

    /// Where it stands, in bytes.
    pub(super) fn at(mut self, byte: usize) -> Self {
        self.byte = Some(byte);
        self
    }

    /// Counts out the place.
    pub(super) fn locate(&mut self, text: &str) {
        self.place = self.byte.map(|byte| Place::of(text, byte));
    }

    /// The sentence, without kind and place.
    ///
    /// # Panics
    ///
    /// If `assets/import.toml` is broken or lacks the sentence; tests hold both.
    pub fn sentence(&self) -> String {
        fill(&words().note, self.key, &self.params)
    }
}

/// Kind, sentence and place in one line. Values are as the text has them: escape before showing.
impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.kind.as_str(), self.sentence())?;
        match self.place {
            Some(place) => write!(f, " ({place})"),
            None => Ok(()),
        }
    }
}

/// The sentences of the file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Sentences {
    note: BTreeMap<String, String>,
    error: BTreeMap<String, String>,
    since: BTreeMap<String, String>,
}

fn words() -> &'static Sentences {
    static WORDS: LazyLock<Sentences> = LazyLock::new(|| {
        toml::from_str(SOURCE).unwrap_or_else(|error| panic!("assets/import.toml parses: {error}"))
    });
    &WORDS
}

/// The sentence of an error.
pub(super) fn error_sentence(key: &str, params: &[(&'static str, String)]) -> String {
    fill(&words().error, key, params)
}

/// What has become of a console's line.
pub(super) fn since_sentence(key: &str, params: &[(&'static str, String)]) -> String {
    fill(&words().since, key, params)
}

fn fill(table: &BTreeMap<String, String>, key: &str, params: &[(&'static str, String)]) -> String {
    let template = table
        .get(key)
        .unwrap_or_else(|| panic!("assets/import.toml has the sentence `{key}`"));
    let params: BTreeMap<_, _> = params.iter().cloned().collect();
    let mut environment = Environment::empty();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment
        .render_str(template, params)
        .unwrap_or_else(|error| panic!("assets/import.toml, `{key}`: {error}"))
}

/// The keys of all sentences about notes, for the test that none is idle.
#[cfg(test)]
pub(super) fn keys() -> Vec<&'static str> {
    words().note.keys().map(String::as_str).collect()
}
