//! The words of a trace, from `assets/trace.toml`.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use minijinja::Environment;
use serde::Deserialize;

use crate::engine::TraceStep;
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

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Templates {
    title: String,
    why: String,
}

type Table = BTreeMap<String, BTreeMap<String, Templates>>;

/// The words of one step.
///
/// # Panics
///
/// If `assets/trace.toml` is broken or lacks the step's case; a test holds both.
pub fn words(step: &TraceStep) -> Words {
    let table = table();
    let case = param(step, "case").unwrap_or("any");
    let templates = table
        .get(step.rule.id())
        .and_then(|cases| cases.get(case).or_else(|| cases.get("any")))
        .unwrap_or_else(|| panic!("assets/trace.toml has the case `{}.{case}`", step.rule.id()));
    let mut values: BTreeMap<&str, String> = step
        .params
        .iter()
        .map(|(name, value)| (*name, shown(value)))
        .collect();
    if let Some(value) = step
        .evidence
        .first()
        .and_then(|evidence| evidence.value.as_deref())
    {
        values.insert("value", shown(&latin1(value)));
    }
    let environment = Environment::empty();
    let render = |template: &str| {
        environment
            .render_str(template, &values)
            .unwrap_or_else(|error| panic!("assets/trace.toml renders: {error}"))
    };
    Words {
        title: render(&templates.title),
        why: render(&templates.why),
    }
}

fn param<'a>(step: &'a TraceStep, name: &str) -> Option<&'a str> {
    step.params
        .iter()
        .find(|(key, _)| *key == name)
        .map(|(_, value)| value.as_str())
}

/// Control characters and everything that could move a cursor become visible escapes.
pub fn shown(text: &str) -> String {
    text.chars()
        .flat_map(|c| match c {
            ' '..='~' => vec![c],
            '\u{a0}'..='\u{ff}' if c != '\u{ad}' => vec![c],
            _ => c.escape_default().collect(),
        })
        .collect()
}

fn table() -> &'static Table {
    static TABLE: OnceLock<Table> = OnceLock::new();
    TABLE.get_or_init(|| toml::from_str(SOURCE).expect("assets/trace.toml parses, held by a test"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Rule;

    #[test]
    fn every_rule_has_words_and_every_word_a_rule() {
        let table = table();
        for rule in Rule::ALL {
            assert!(
                table.contains_key(rule.id()),
                "no words for `{}`",
                rule.id()
            );
        }
        for id in table.keys() {
            assert!(
                Rule::ALL.iter().any(|rule| rule.id() == id),
                "`{id}` is no rule"
            );
        }
    }

    #[test]
    fn every_template_renders() {
        let environment = Environment::empty();
        for (id, cases) in table() {
            for (case, templates) in cases {
                for template in [&templates.title, &templates.why] {
                    let empty: BTreeMap<&str, &str> = BTreeMap::new();
                    let rendered = environment.render_str(template, empty);
                    assert!(rendered.is_ok(), "{id}.{case}: {}", rendered.unwrap_err());
                }
            }
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
