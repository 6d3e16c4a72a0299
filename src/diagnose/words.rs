//! The words of a trace, from `assets/trace.toml`.
//!
//! A run looks up some twenty of the two hundred phrases, and `check` is a short process. So a table of
//! the file is parsed when a step first asks for it, and a phrase compiled when it is first filled in.

use std::cell::LazyCell;
use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock, OnceLock};

use minijinja::value::{Object, Value};
use minijinja::{Environment, Template};
use serde::Deserialize;

use crate::engine::{Rule, TraceStep};
use crate::wire::latin1;

const SOURCE: &str = include_str!("../../assets/trace.toml");

/// A step in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Words {
    /// One line.
    pub title: String,
    /// The plain-English detail.
    pub why: String,
}

/// The words of one step.
///
/// # Panics
///
/// If `assets/trace.toml` is broken or lacks the step's case; a test holds both.
pub fn words(step: &TraceStep) -> Words {
    let phrases = phrases(step);
    let values = LazyCell::new(|| Value::from_object(Values::of(step)));
    Words {
        title: phrases.title.fill(|| values.clone()),
        why: phrases.why.fill(|| values.clone()),
    }
}

/// The title of [`words`] alone.
///
/// # Panics
///
/// As [`words`].
pub fn title(step: &TraceStep) -> String {
    let values = || Value::from_object(Values::of(step));
    phrases(step).title.fill(values)
}

/// How a step of a rule may end: its cases in words, with `...` where the values of a fetch would stand.
///
/// # Panics
///
/// If `assets/trace.toml` is broken; a test renders all of it.
pub fn rule_words(rule: Rule) -> Vec<Words> {
    let cases = tables()
        .get(rule.id())
        .into_iter()
        .flat_map(BTreeMap::values);
    let blank = || Value::from_object(Blank);
    let words = cases.map(Table::phrases).map(|phrases| Words {
        title: phrases.title.fill(blank),
        why: phrases.why.fill(blank),
    });
    words.collect()
}

/// Stands for any value.
#[derive(Debug)]
struct Blank;

impl Object for Blank {
    fn get_value(self: &Arc<Self>, _: &Value) -> Option<Value> {
        Some(Value::from("..."))
    }
}

/// One table of the file.
struct Table {
    source: &'static str,
    parsed: OnceLock<Phrases>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Phrases {
    title: Phrase,
    why: Phrase,
}

/// A template over a step's values.
#[derive(Deserialize)]
#[serde(from = "String")]
struct Phrase {
    text: String,
    compiled: OnceLock<Template<'static, 'static>>,
}

impl From<String> for Phrase {
    fn from(text: String) -> Self {
        Self {
            text,
            compiled: OnceLock::new(),
        }
    }
}

impl Table {
    fn phrases(&self) -> &Phrases {
        let parse = || {
            toml::from_str(self.source)
                .unwrap_or_else(|error| panic!("assets/trace.toml parses: {error}"))
        };
        self.parsed.get_or_init(parse)
    }
}

impl Phrase {
    fn fill(&'static self, values: impl FnOnce() -> Value) -> String {
        // Most phrases have nothing to fill in.
        if !self.text.contains('{') {
            return self.text.clone();
        }
        let rendered = self.template().render(values());
        rendered.unwrap_or_else(|error| panic!("assets/trace.toml renders: {error}"))
    }

    fn template(&'static self) -> &'static Template<'static, 'static> {
        static ENVIRONMENT: LazyLock<Environment<'static>> = LazyLock::new(Environment::empty);
        let compile = || {
            ENVIRONMENT
                .template_from_str(&self.text)
                .unwrap_or_else(|error| panic!("assets/trace.toml compiles: {error}"))
        };
        self.compiled.get_or_init(compile)
    }
}

/// What a step's phrases may speak of: its parameters, and the bytes of its first evidence as `value`.
#[derive(Debug)]
struct Values(Vec<(&'static str, Value)>);

impl Values {
    fn of(step: &TraceStep) -> Self {
        let evidence = step.evidence.first();
        let value = evidence.and_then(|evidence| evidence.value.as_deref());
        let value = value.map(|value| ("value", Value::from(shown(&latin1(value)))));
        let params = step.params.iter();
        let params = params.map(|(name, value)| (*name, Value::from(shown(value))));
        Self(value.into_iter().chain(params).collect())
    }
}

impl Object for Values {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        let key = key.as_str()?;
        let (_, value) = self.0.iter().find(|(name, _)| *name == key)?;
        Some(value.clone())
    }
}

/// Control characters and everything that could move a cursor become visible escapes.
pub fn shown(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            ' '..='~' => shown.push(c),
            '\u{a0}'..='\u{ff}' if c != '\u{ad}' => shown.push(c),
            _ => shown.extend(c.escape_default()),
        }
    }
    shown
}

type Tables = BTreeMap<&'static str, BTreeMap<&'static str, Table>>;

fn phrases(step: &TraceStep) -> &'static Phrases {
    let rule = step.rule.id();
    let case = step.params.iter().find(|(name, _)| *name == "case");
    let case = case.map_or("any", |(_, case)| case.as_ref());
    tables()
        .get(rule)
        .and_then(|cases| cases.get(case).or_else(|| cases.get("any")))
        .unwrap_or_else(|| panic!("assets/trace.toml has the case `{rule}.{case}`"))
        .phrases()
}

/// The tables of the file by rule and case.
fn tables() -> &'static Tables {
    static TABLES: LazyLock<Tables> = LazyLock::new(|| {
        let mut tables = Tables::new();
        for table in SOURCE.split("\n[").skip(1) {
            let (name, source) = table.split_once("]\n").unwrap_or((table, ""));
            let (rule, case) = name.split_once('.').unwrap_or((name, ""));
            let parsed = OnceLock::new();
            let table = Table { source, parsed };
            tables.entry(rule).or_default().insert(case, table);
        }
        tables
    });
    &TABLES
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_has_words_and_every_word_a_rule() {
        let tables = tables();
        for rule in Rule::ALL {
            assert!(
                tables.contains_key(rule.id()),
                "no words for `{}`",
                rule.id()
            );
        }
        for id in tables.keys() {
            assert!(
                Rule::ALL.iter().any(|rule| rule.id() == *id),
                "`{id}` is no rule"
            );
        }
    }

    #[test]
    fn the_file_is_cut_as_toml_reads_it() {
        let whole: BTreeMap<String, BTreeMap<String, BTreeMap<String, String>>> =
            toml::from_str(SOURCE).unwrap();
        let read: BTreeMap<_, BTreeMap<_, _>> = tables()
            .iter()
            .map(|(rule, cases)| {
                let cases = cases.iter().map(|(case, table)| {
                    let Phrases { title, why } = table.phrases();
                    let pair = |name: &str, text: &str| (name.to_owned(), text.to_owned());
                    let texts = [pair("title", &title.text), pair("why", &why.text)];
                    ((*case).to_owned(), BTreeMap::from(texts))
                });
                ((*rule).to_owned(), cases.collect())
            })
            .collect();
        assert_eq!(read, whole);
    }

    #[test]
    fn every_template_renders() {
        for (rule, cases) in tables() {
            for (case, table) in cases {
                for phrase in [&table.phrases().title, &table.phrases().why] {
                    let nothing = Value::from_object(Values(Vec::new()));
                    let rendered = phrase.template().render(nothing);
                    assert!(rendered.is_ok(), "{rule}.{case}: {}", rendered.unwrap_err());
                }
            }
        }
    }

    #[test]
    fn the_cases_of_a_rule_are_told_without_values() {
        let words = rule_words(Rule::UnsafeMethod);
        assert_eq!(words[0].title, "because ... is not a safelisted method");
        for rule in Rule::ALL {
            assert!(!rule_words(*rule).is_empty(), "{}", rule.id());
        }
    }

    #[test]
    fn nothing_shown_can_move_a_cursor() {
        assert_eq!(
            shown("a\u{1b}[2J\r\n\u{9b}\u{ff}é"),
            "a\\u{1b}[2J\\r\\n\\u{9b}ÿé"
        );
    }
}
