//! `disagreements.toml`: the scenarios on which a profile and its browser disagree, and why.

use std::collections::BTreeSet;

use serde::Deserialize;

/// One scenario, seen in one view.
#[derive(Deserialize, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Disagreement {
    scenario: String,
    engine: String,
    view: String,
}

impl Disagreement {
    pub fn new(scenario: &str, engine: &str, view: &str) -> Self {
        Self {
            scenario: scenario.to_owned(),
            engine: engine.to_owned(),
            view: view.to_owned(),
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    disagreement: Vec<Told>,
}

#[derive(Deserialize)]
struct Told {
    #[serde(flatten)]
    what: Disagreement,
    reason: String,
    evidence: String,
}

/// Those that are told.
pub fn told() -> BTreeSet<Disagreement> {
    let file: File = toml::from_str(include_str!("disagreements.toml")).unwrap();
    file.disagreement
        .into_iter()
        .map(|told| told.what)
        .collect()
}

/// Each disagreement is told with a reason, and each that is told still is one.
pub fn assert_are_those_told(found: Vec<Disagreement>) {
    let file: File = toml::from_str(include_str!("disagreements.toml")).unwrap();
    for told in &file.disagreement {
        assert!(
            told.reason.len() > 20 && told.evidence.len() > 20,
            "{:?} has no reason or no evidence",
            told.what
        );
    }
    let told = told();
    let found: BTreeSet<_> = found.into_iter().collect();
    let untold: Vec<_> = found.difference(&told).collect();
    let rotten: Vec<_> = told.difference(&found).collect();
    assert!(untold.is_empty(), "not in disagreements.toml: {untold:#?}");
    assert!(rotten.is_empty(), "these agree by now: {rotten:#?}");
}
