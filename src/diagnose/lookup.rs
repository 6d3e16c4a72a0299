//! What a word, a reason, a cause or a step of the trace is: everything that `explain` can find.

use std::collections::BTreeSet;

use crate::assets::{Cause, Finding, Term, cause, causes, finding, findings, glossary, term};
use crate::engine::Rule;

/// Names that are offered where none fits.
const MOST_OFFERED: usize = 4;

/// Something that can be explained.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entry {
    /// A word of the glossary.
    Term(&'static Term),
    /// A reason for a block or a failure.
    Reason(&'static Finding),
    /// A typical cause.
    Cause(&'static Cause),
    /// A step of the trace.
    Rule(Rule),
}

impl Entry {
    /// `term`, `reason`, `cause` or `step`.
    pub fn kind(self) -> &'static str {
        match self {
            Self::Term(_) => "term",
            Self::Reason(_) => "reason",
            Self::Cause(_) => "cause",
            Self::Rule(_) => "step",
        }
    }

    /// The stable id.
    pub fn id(self) -> &'static str {
        match self {
            Self::Term(term) => &term.id,
            Self::Reason(finding) => &finding.id,
            Self::Cause(cause) => &cause.id,
            Self::Rule(rule) => rule.id(),
        }
    }

    /// The heading; that of a step is its id.
    pub fn title(self) -> &'static str {
        match self {
            Self::Term(term) => &term.term,
            Self::Reason(finding) => &finding.title,
            Self::Cause(cause) => &cause.title,
            Self::Rule(rule) => rule.id(),
        }
    }
}

/// Everything of that name, whatever the letter case: a word and its aliases, a header, a reason id, a
/// cause's id, a rule id of the trace.
pub fn lookup(name: &str) -> Vec<Entry> {
    let folded = name.trim().to_ascii_lowercase();
    // Ids are words with hyphens; people type blanks.
    let id = folded.replace([' ', '_'], "-");
    let rule = Rule::ALL.iter().copied().find(|rule| rule.id() == id);
    let word = term(&folded).or_else(|| term(&id));
    let found = [
        word.map(Entry::Term),
        finding(&id).map(Entry::Reason),
        cause(&id).map(Entry::Cause),
        rule.map(Entry::Rule),
    ];
    found.into_iter().flatten().collect()
}

/// Everything there is: the words chapter by chapter, then reasons, causes and steps by id.
pub fn entries() -> impl Iterator<Item = Entry> {
    let terms = glossary().iter().flat_map(|group| &group.terms);
    terms
        .map(Entry::Term)
        .chain(findings().map(Entry::Reason))
        .chain(causes().map(Entry::Cause))
        .chain(Rule::ALL.iter().copied().map(Entry::Rule))
}

/// The names most like one that means nothing, the likest first.
pub fn nearest(name: &str) -> Vec<&'static str> {
    let wanted = name.trim().to_ascii_lowercase();
    let names: BTreeSet<&'static str> = entries()
        .flat_map(|entry| {
            let more: Vec<_> = match entry {
                Entry::Term(term) => term.names().collect(),
                _ => Vec::new(),
            };
            more.into_iter().chain([entry.id()])
        })
        .collect();
    let mut scored: Vec<_> = names
        .into_iter()
        .map(|name| {
            let folded = name.to_ascii_lowercase();
            let part = wanted.len() >= 3 && folded.contains(&wanted);
            let typo = strsim::damerau_levenshtein(&wanted, &folded);
            (if part { 0 } else { typo }, folded.len(), name)
        })
        .filter(|(distance, ..)| *distance <= wanted.chars().count() / 3)
        .collect();
    scored.sort_unstable();
    let mut offered = scored
        .into_iter()
        .map(|(.., name)| name)
        .collect::<Vec<_>>();
    // A term and its id in other letter case are one offer.
    offered.dedup_by(|a, b| a.eq_ignore_ascii_case(b));
    offered.truncate(MOST_OFFERED);
    offered
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(name: &str) -> Vec<(&'static str, &'static str)> {
        let found = lookup(name).into_iter();
        found.map(|entry| (entry.kind(), entry.id())).collect()
    }

    #[test]
    fn a_name_may_mean_several_things() {
        assert_eq!(found("CORS"), [("term", "cors")]);
        assert_eq!(
            found("Access-Control-Allow-Origin"),
            [("term", "access-control-allow-origin")]
        );
        assert_eq!(found("max-age"), [("term", "max-age"), ("step", "max-age")]);
        assert_eq!(
            found("Opaque Origin"),
            [("term", "null-origin"), ("reason", "opaque-origin")]
        );
        assert_eq!(found("auth before cors"), [("cause", "auth-before-cors")]);
        assert_eq!(found("nothing of the kind"), []);
    }

    #[test]
    fn everything_is_found_by_its_own_id() {
        for entry in entries() {
            assert!(lookup(entry.id()).contains(&entry), "{}", entry.id());
        }
    }

    #[test]
    fn a_slip_of_the_pen_is_understood() {
        assert_eq!(nearest("prefligth")[0], "preflight");
        assert_eq!(
            nearest("acces-control-alow-origin")[0],
            "Access-Control-Allow-Origin"
        );
        assert!(nearest("wildcard-with").contains(&"wildcard-with-credentials"));
        assert_eq!(nearest("qqqqqqqqq"), Vec::<&str>::new());
        assert!(nearest("cookie").len() <= MOST_OFFERED);
    }
}
