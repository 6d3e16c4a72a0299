//! Why two engines part: which fields of their profiles make the difference, found by replaying with
//! one field after the other taken from the other engine; in the words of `assets/deviations.toml`.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

use crate::engine::{Engine, FIELDS, Profile, ProfileField};
use crate::session::{Replay, Replayed, Session, replay_as};

/// A field in which two engines differ, and that matters for a fetch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deviation {
    /// The field of [`Profile`].
    pub field: &'static str,
    /// What either engine does.
    pub sentence: String,
    /// What the other engine does, without its name.
    pub phrase: String,
    /// Where that is known from: a section of a standard, scenarios of the corpus, an engine's code.
    pub sources: &'static [String],
    /// Whether this field makes the difference by itself, not only together with the others.
    pub alone: bool,
}

/// What the asset says about one field.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FieldWords {
    /// What it is about.
    pub title: String,
    /// Where the values are known from.
    pub sources: Vec<String>,
    /// What an engine does, by value, to follow the engine's name.
    #[serde(default)]
    pub does: BTreeMap<String, String>,
    /// The same for fields of many values, with `{}` for the value.
    #[serde(default)]
    pub does_all: Option<String>,
}

impl FieldWords {
    /// What an engine with that value does; `None` where the asset lacks the value.
    pub fn phrase(&self, value: &str) -> Option<String> {
        let any = || self.does_all.as_ref().map(|all| all.replace("{}", value));
        self.does.get(value).cloned().or_else(any)
    }
}

/// What `assets/deviations.toml` says, by field.
///
/// # Panics
///
/// If the asset is broken; a test holds it.
pub fn field_words() -> &'static BTreeMap<String, FieldWords> {
    static WORDS: LazyLock<BTreeMap<String, FieldWords>> = LazyLock::new(|| {
        toml::from_str(include_str!("../../assets/deviations.toml"))
            .unwrap_or_else(|error| panic!("assets/deviations.toml parses: {error}"))
    });
    &WORDS
}

/// Which of the fields that differ between `own` and `other` make them part over this session; none
/// where they do not part.
pub fn deviations(session: &Session, own: Engine, other: Engine) -> Vec<Deviation> {
    let (mine, theirs) = (own.profile(), other.profile());
    let differing: Vec<_> = FIELDS
        .iter()
        .filter(|field| field.differs(&mine, &theirs))
        .collect();
    let mut found: Vec<(&ProfileField, bool)> = Vec::new();
    for aspect in [outcome, sent, told] {
        let wanted = aspect(&replay_as(session, theirs));
        let known = found.iter().fold(mine, |profile, (field, _)| {
            field.taken_from(profile, &theirs)
        });
        // What explains one aspect often explains the next.
        if aspect(&replay_as(session, known)) == wanted {
            continue;
        }
        let gives = |profile: Profile| aspect(&replay_as(session, profile)) == wanted;
        let alone = |field: &&ProfileField| gives(field.taken_from(mine, &theirs));
        let singles: Vec<_> = differing.iter().copied().filter(alone).collect();
        let new: Vec<_> = match singles.is_empty() {
            false => singles.into_iter().map(|field| (field, true)).collect(),
            true => together(mine, theirs, &differing, gives)
                .into_iter()
                .map(|field| (field, false))
                .collect(),
        };
        for (field, alone) in new {
            if !found.iter().any(|(known, _)| known.name == field.name) {
                found.push((field, alone));
            }
        }
    }
    found
        .into_iter()
        .filter_map(|(field, alone)| deviation(field, own, other, alone))
        .collect()
}

/// A set of fields that gives the other engine's result only as a whole: all of them, less each one
/// that can be left out.
fn together<'a>(
    mine: Profile,
    theirs: Profile,
    differing: &[&'a ProfileField],
    gives: impl Fn(Profile) -> bool,
) -> Vec<&'a ProfileField> {
    let with = |fields: &[&ProfileField]| {
        fields
            .iter()
            .fold(mine, |profile, field| field.taken_from(profile, &theirs))
    };
    let mut needed = differing.to_vec();
    if !gives(with(&needed)) {
        return Vec::new();
    }
    for field in differing {
        let without: Vec<_> = needed
            .iter()
            .copied()
            .filter(|one| one.name != field.name)
            .collect();
        if gives(with(&without)) {
            needed = without;
        }
    }
    needed
}

fn deviation(field: &ProfileField, own: Engine, other: Engine, alone: bool) -> Option<Deviation> {
    let words = field_words().get(field.name)?;
    let does = |engine: Engine| words.phrase(&field.value(&engine.profile())?);
    let (mine, theirs) = (does(own)?, does(other)?);
    let clause = |engine: Engine, phrase: &str| format!("{} {phrase}", engine.subject());
    Some(Deviation {
        field: field.name,
        sentence: sentence(&clause(other, &theirs), &clause(own, &mine)),
        phrase: theirs,
        sources: &words.sources,
        alone,
    })
}

/// Two clauses as one sentence.
fn sentence(first: &str, second: &str) -> String {
    let second = match second.strip_prefix("The ") {
        Some(rest) => format!("the {rest}"),
        None => second.to_owned(),
    };
    format!("{first}; {second}.")
}

/// How it ends: the verdict with its reason, or the request that it asks next.
fn outcome(replayed: &Replayed) -> String {
    match &replayed.end {
        Replay::Decided(finished) => {
            let verdict = &finished.verdict;
            let reason = verdict.block().map(|block| block.reason.id());
            let visible = finished
                .response
                .as_ref()
                .map(|response| (response.kind, response.status));
            format!("{} {reason:?} {visible:?}", verdict.as_str())
        }
        Replay::NeedsAnswer(pending) => {
            let request = pending.request();
            format!(
                "asks {:?} {} {}",
                pending.kind(),
                request.method,
                request.url
            )
        }
    }
}

/// What goes out: which requests.
fn sent(replayed: &Replayed) -> String {
    format!("{:?}", replayed.used)
}

/// In which lines those requests differ.
fn told(replayed: &Replayed) -> String {
    let lines: Vec<_> = replayed
        .assumed
        .iter()
        .map(|assumption| {
            let headers = &assumption.request.headers;
            let values = assumption.lines.iter().map(|name| headers.get(name));
            (assumption.exchange, values.collect::<Vec<_>>())
        })
        .collect();
    format!("{lines:?}")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_field_has_words_for_the_values_that_there_are_and_no_others() {
        let mut known: BTreeSet<_> = field_words().keys().map(String::as_str).collect();
        for field in FIELDS {
            let Some(words) = field_words().get(field.name) else {
                panic!("assets/deviations.toml: `{}` is missing", field.name);
            };
            known.remove(field.name);
            let values: BTreeSet<_> = Engine::ALL
                .iter()
                .filter_map(|engine| field.value(&engine.profile()))
                .collect();
            for value in &values {
                let phrase = words.phrase(value);
                assert!(phrase.is_some(), "{}: no words for `{value}`", field.name);
            }
            for value in words.does.keys() {
                assert!(
                    values.contains(value),
                    "{}: nobody has `{value}`",
                    field.name
                );
            }
            assert!(
                !words.title.is_empty() && !words.sources.is_empty(),
                "{}",
                field.name
            );
            let phrases = words.does.values().chain(&words.does_all);
            for phrase in phrases {
                assert!(!phrase.ends_with('.'), "{}: {phrase}", field.name);
            }
        }
        assert!(known.is_empty(), "no such field: {known:?}");
    }

    #[test]
    fn the_standard_is_written_small_within_a_sentence() {
        let sentence = sentence("WebKit stops", "The Standard goes on");
        assert_eq!(sentence, "WebKit stops; the Standard goes on.");
    }
}
