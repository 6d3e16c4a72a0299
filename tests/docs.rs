//! Pages in `docs/` that are made from what the program holds: here they are made, and compared.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use corscope::diagnose::field_words;
use corscope::engine::{Engine, FIELDS, ProfileField};

/// Compares a page with what it should be; writes it instead where `UPDATE_DOCS` is set.
fn hold(name: &str, expected: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("docs")
        .join(name);
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, expected).unwrap();
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        found == expected,
        "docs/{name} is not what it is made from; make it anew: UPDATE_DOCS=1 cargo test --test docs"
    );
}

/// A table's cell without what would end it.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('<', "\\<")
}

fn row(cells: impl IntoIterator<Item = impl AsRef<str>>) -> String {
    let cells: Vec<_> = cells.into_iter().map(|text| cell(text.as_ref())).collect();
    format!("| {} |\n", cells.join(" | "))
}

fn engine_titled(name: &str) -> &'static str {
    Engine::from_name(name).unwrap().title()
}

#[test]
fn the_page_on_agreement_is_the_table_of_the_corpus() {
    let mut page = String::from(
        "# Agreement with the recorded browsers\n\n\
         Made from `tests/corpus/floor.txt`, which `cargo test --test corpus` holds; do not edit.\n\n\
         For each group of recorded scenarios: how many there are, and on how many corscope agrees with \
         the browser in the verdict, in what script can read (visible), in the requests that go out \
         (wire), in all their other header lines (lines), and in what the console says. For Chromium \
         also in the reason that DevTools names. `tests/corpus/README.md` tells how the scenarios were \
         recorded, and what does not count.\n",
    );
    let floor = include_str!("corpus/floor.txt");
    for line in floor.lines() {
        let mut words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        if words.is_empty() {
            continue;
        }
        if words.get(1).is_some_and(|word| word == "of") {
            let engine = engine_titled(&words[0]);
            words[0] = "group".to_owned();
            words[1] = "scenarios".to_owned();
            write!(page, "\n## {engine}\n\n{}", row(&words)).unwrap();
            page.push_str(&row(words.iter().map(|_| "---")));
        } else {
            if words[0] == "all" {
                for word in &mut words {
                    *word = format!("**{word}**");
                }
            }
            page.push_str(&row(&words));
        }
    }
    hold("agreement.md", &page);
}

/// The engines by what they do about a field.
fn ways(field: &ProfileField) -> BTreeMap<usize, (String, Vec<Engine>)> {
    let words = &field_words()[field.name];
    let mut ways: BTreeMap<usize, (String, Vec<Engine>)> = BTreeMap::new();
    for (at, engine) in Engine::ALL.iter().enumerate() {
        let Some(value) = field.value(&engine.profile()) else {
            continue;
        };
        let phrase = words.phrase(&value).unwrap();
        match ways.values_mut().find(|(known, _)| *known == phrase) {
            Some((_, engines)) => engines.push(*engine),
            None => {
                ways.insert(at, (phrase, vec![*engine]));
            }
        }
    }
    ways
}

fn named(engines: &[Engine]) -> String {
    let names: Vec<_> = engines.iter().map(|engine| engine.title()).collect();
    names.join(", ")
}

/// A list of sources, addresses as links.
fn sources(sources: &[String]) -> String {
    let linked = sources.iter().map(|source| match source.split_once("://") {
        Some(_) => format!("<{source}>"),
        None => source.clone(),
    });
    linked.collect::<Vec<_>>().join("; ")
}

#[test]
fn the_page_on_deviations_is_what_the_profiles_do() {
    let differing: Vec<_> = FIELDS
        .iter()
        .filter(|field| ways(field).len() > 1)
        .collect();
    let mut page = format!(
        "# Where engines part\n\n\
         Made from the profiles in `src/engine/profile/` and `assets/deviations.toml`; do not edit.\n\n\
         {} rules in which Chromium, Firefox, WebKit and the Fetch Standard differ, each a field of \
         `Profile`, with what each engine does and where that is known from. Corpus ids name recorded \
         scenarios in `tests/corpus/`; file names are in the engines' sources.\n",
        differing.len()
    );
    for field in differing {
        let words = &field_words()[field.name];
        let title = words.title.replace('*', "\\*");
        write!(page, "\n## {title}\n\n`{}`\n\n", field.name).unwrap();
        for (phrase, engines) in ways(field).values() {
            writeln!(page, "- {}: {}", named(engines), phrase.replace('*', "\\*")).unwrap();
        }
        writeln!(page, "\nSources: {}", sources(&words.sources)).unwrap();
    }
    hold("deviations.md", &page);
}
