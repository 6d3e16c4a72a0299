//! The glossary for readers who do not program, and where its words stand in a text.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::OnceLock;

use serde::Deserialize;

use super::{files, paragraphs, parse};

/// A chapter of the glossary: one file of `assets/glossary/`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Group {
    /// The heading.
    pub title: String,
    /// Its terms in the order in which they are best read.
    pub terms: Vec<Term>,
}

/// A word and what it means.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Term {
    /// The stable id: lower case, hyphens.
    pub id: String,
    /// The word as it is written.
    pub term: String,
    /// Other words for the same.
    #[serde(default)]
    pub aliases: Vec<String>,
    /// One sentence.
    pub short: String,
    /// A plain paragraph with an everyday picture.
    #[serde(deserialize_with = "paragraphs")]
    pub long: String,
    /// In the standard's terms.
    #[serde(deserialize_with = "paragraphs")]
    pub technical: String,
    /// The ids of related terms.
    #[serde(default)]
    pub see: Vec<String>,
    /// Where to read on.
    pub link: String,
}

impl Term {
    /// The id, the word and its aliases.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let aliases = self.aliases.iter().map(String::as_str);
        [self.id.as_str(), self.term.as_str()]
            .into_iter()
            .chain(aliases)
    }
}

/// The chapters of the glossary in order.
pub fn glossary() -> &'static [Group] {
    static GLOSSARY: OnceLock<Vec<Group>> = OnceLock::new();
    GLOSSARY.get_or_init(|| {
        let files: BTreeMap<_, _> = files("glossary").collect();
        let groups = files.into_iter().map(|(name, file)| parse(name, file));
        groups.collect()
    })
}

/// The term with that id, word or alias, whatever the letter case.
pub fn term(name: &str) -> Option<&'static Term> {
    index()
        .get(name.trim().to_ascii_lowercase().as_str())
        .copied()
}

/// Where terms stand in `text`: byte ranges in order, none overlapping, the longest word first. A plural
/// in -s counts as its term.
pub fn terms_in(text: &str) -> Vec<(Range<usize>, &'static Term)> {
    let folded = text.to_ascii_lowercase();
    let words = words(&folded);
    let mut found = Vec::new();
    let mut at = 0;
    while at < words.len() {
        let last = words.len().min(at + LONGEST_NAME);
        let hit = (at..last).rev().find_map(|end| {
            let range = words[at].start..words[end].end;
            let name = &folded[range.clone()];
            let singular = name.strip_suffix('s').unwrap_or(name);
            let term = index().get(name).or_else(|| index().get(singular))?;
            Some((end, range, *term))
        });
        match hit {
            Some((end, range, term)) => {
                found.push((range, term));
                at = end + 1;
            }
            None => at += 1,
        }
    }
    found
}

/// Words in the longest name; a test holds it.
const LONGEST_NAME: usize = 5;

fn words(text: &str) -> Vec<Range<usize>> {
    let mut words: Vec<Range<usize>> = Vec::new();
    let mut start = None;
    for (at, c) in text.char_indices() {
        let inside = c.is_alphanumeric() || matches!(c, '-' | '_');
        match (inside, start) {
            (true, None) => start = Some(at),
            (false, Some(from)) => {
                words.push(from..at);
                start = None;
            }
            _ => {}
        }
    }
    words.extend(start.map(|from| from..text.len()));
    words.retain(|word| !is_in_an_address(text, word));
    words
}

/// Whether a word is a part of a URL, a host name, a path or a file name.
fn is_in_an_address(text: &str, word: &Range<usize>) -> bool {
    let (before, after) = (&text[..word.start], &text[word.end..]);
    let goes_on = after.starts_with('.') && after[1..].starts_with(char::is_alphanumeric);
    before.ends_with(['/', '.', '@'])
        || after.starts_with('/')
        || after.starts_with("://")
        || goes_on
}

/// Every name in lower case.
fn index() -> &'static BTreeMap<String, &'static Term> {
    static INDEX: OnceLock<BTreeMap<String, &'static Term>> = OnceLock::new();
    INDEX.get_or_init(|| {
        let terms = glossary().iter().flat_map(|group| &group.terms);
        let names = terms.flat_map(|term| term.names().map(move |name| (name, term)));
        let folded = names.map(|(name, term)| (name.to_ascii_lowercase(), term));
        folded.collect()
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn all() -> impl Iterator<Item = &'static Term> {
        glossary().iter().flat_map(|group| &group.terms)
    }

    #[test]
    fn terms_are_whole_and_lead_on() {
        let ids: BTreeSet<_> = all().map(|term| term.id.as_str()).collect();
        assert_eq!(ids.len(), all().count(), "an id is there twice");
        assert!(ids.len() >= 30, "{}", ids.len());
        for term in all() {
            let id = &term.id;
            assert!(
                id.bytes()
                    .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-'),
                "{id}"
            );
            assert!(term.short.ends_with('.'), "{id}: {}", term.short);
            assert_eq!(term.short.matches(". ").count(), 0, "{id}: one sentence");
            assert!(term.short.len() <= 160, "{id}: {}", term.short.len());
            for text in [&term.long, &term.technical] {
                assert!(text.ends_with('.'), "{id}: {text}");
                assert!(text.len() <= 700, "{id}: {} bytes", text.len());
            }
            assert!(term.link.starts_with("https://"), "{id}");
            assert!(!term.see.is_empty(), "{id} leads nowhere");
            for other in &term.see {
                assert!(ids.contains(other.as_str()), "{id}: no term `{other}`");
                assert_ne!(other, id, "{id} leads to itself");
            }
            let longest = term.names().map(|name| words(name).len()).max();
            assert!(longest <= Some(LONGEST_NAME), "{id}");
        }
    }

    #[test]
    fn a_name_means_one_term() {
        let mut seen: BTreeMap<String, &str> = BTreeMap::new();
        for term in all() {
            for name in term.names() {
                let other = seen.insert(name.to_ascii_lowercase(), &term.id);
                assert!(other.is_none_or(|id| id == term.id), "{name}: {other:?}");
            }
        }
    }

    /// Whoever does not program reads no syntax.
    #[test]
    fn plain_paragraphs_hold_no_syntax() {
        for term in all() {
            for text in [&term.short, &term.long] {
                for syntax in ["`", "Access-Control-", "://", "(RFC"] {
                    assert!(!text.contains(syntax), "{}: {syntax} in: {text}", term.id);
                }
            }
        }
    }

    #[test]
    fn names_are_found_whatever_their_case() {
        for (name, id) in [
            ("cors", "cors"),
            ("CORS", "cors"),
            (" Same-Origin Policy ", "same-origin-policy"),
            ("access-control-allow-origin", "access-control-allow-origin"),
            ("star", "wildcard"),
        ] {
            assert_eq!(term(name).map(|term| term.id.as_str()), Some(id), "{name}");
        }
        assert_eq!(term("no such word"), None);
    }

    #[test]
    fn the_longest_word_wins_and_plurals_count() {
        let text =
            "é: The same-origin policy hides it; Cookies and a third-party cookie, not corset.";
        let found: Vec<_> = terms_in(text)
            .into_iter()
            .map(|(range, term)| (&text[range], term.id.as_str()))
            .collect();
        assert_eq!(
            found,
            [
                ("same-origin policy", "same-origin-policy"),
                ("Cookies", "cookie"),
                ("third-party cookie", "third-party-cookie"),
            ]
        );
    }

    #[test]
    fn no_words_of_addresses() {
        let text = "The origin http://api.shop.test/cache/x differs; ask origin.test. The cache.";
        let found: Vec<_> = terms_in(text)
            .into_iter()
            .map(|(range, _)| (range.start, &text[range]))
            .collect();
        assert_eq!(found, [(4, "origin"), (70, "cache")]);
    }
}
