//! Holds the engine against what real browsers did: every recorded scenario, without a socket.
//!
//! `README.md` beside this file tells how the corpus was recorded. The table that the test prints
//! counts, by group and view, the scenarios on which a profile agrees with its browser. `floor.txt`
//! holds the counts reached; a change that loses one fails, a change that wins one must raise it.
//!
//! `disagreements.toml` names each scenario that disagrees, with the reason and its evidence; one that is
//! not named fails, and so does one that agrees after all.
//!
//! `CORPUS_SHOW=<browser>:<view>[:<id prefix>]` prints the scenarios that disagree in that view;
//! `CORPUS_FOLDER` plays other recordings, see scenario.rs.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod compare;
mod console;
mod disagreements;
mod fixes;
mod live;
mod opinions;
mod play;
mod saved;
mod scenario;

use std::collections::BTreeMap;
use std::thread;

use corscope::engine::Engine;

use compare::View;
use disagreements::Disagreement;
use scenario::{Corpus, Scenario};

/// Agreement by group: for each view how many agree, and how many scenarios there are.
type Table = BTreeMap<String, (Vec<usize>, usize)>;

fn measure(
    corpus: &Corpus,
    engine: Engine,
    browser: &str,
    show: Option<&str>,
) -> (Table, Vec<Disagreement>) {
    let views = View::of(browser);
    let (mut table, mut found) = (Table::new(), Vec::new());
    for (group, scenarios) in corpus {
        for scenario in scenarios.iter().filter(|scenario| {
            scenario.is_steady(browser)
                && compare::counts(browser, scenario)
                && !scenario.needs_sockets()
        }) {
            let Some(outcome) = scenario.outcome.get(browser) else {
                continue;
            };
            let row = table
                .entry(group.clone())
                .or_insert_with(|| (vec![0; views.len()], 0));
            row.1 += 1;
            let played = play::play(scenario, engine);
            for (count, view) in row.0.iter_mut().zip(views) {
                match compare::disagreement(browser, *view, scenario, outcome, played.as_ref()) {
                    None => *count += 1,
                    Some(difference) => {
                        print_if_asked(show, *view, scenario, &difference);
                        found.push(Disagreement::new(&scenario.id, browser, view.name()));
                    }
                }
            }
        }
    }
    (table, found)
}

fn print_if_asked(show: Option<&str>, view: View, scenario: &Scenario, difference: &str) {
    let Some(show) = show else { return };
    let (wanted, prefix) = show.split_once(':').unwrap_or((show, ""));
    if wanted == view.name() && scenario.id.starts_with(prefix) {
        println!("{} ({}): {difference}", scenario.id, scenario.note);
    }
}

fn print(engine: Engine, browser: &str, table: &Table) -> String {
    let line = |name: &str, of: &str, cells: Vec<String>| {
        let cells: String = cells.iter().map(|cell| format!("{cell:>10}")).collect();
        format!("{name:<12}{of:>6}{cells}\n")
    };
    let views = View::of(browser);
    let mut text = line(
        engine.as_str(),
        "of",
        views.iter().map(|view| view.name().to_owned()).collect(),
    );
    let mut total = (vec![0; views.len()], 0);
    for (group, (agreeing, of)) in table {
        text.push_str(&line(
            group,
            &of.to_string(),
            agreeing.iter().map(usize::to_string).collect(),
        ));
        total.1 += of;
        for (sum, count) in total.0.iter_mut().zip(agreeing) {
            *sum += count;
        }
    }
    text.push_str(&line(
        "all",
        &total.1.to_string(),
        total.0.iter().map(usize::to_string).collect(),
    ));
    text
}

#[test]
fn the_engine_agrees_with_the_recorded_browsers() {
    let show = std::env::var("CORPUS_SHOW").ok();
    let corpus = scenario::corpus();
    let measured = thread::scope(|scope| {
        let engines = [
            (Engine::Chromium, "chromium"),
            (Engine::Firefox, "firefox"),
            (Engine::WebKit, "webkit"),
        ];
        let at_work = engines.map(|(engine, browser)| {
            let show = show
                .as_deref()
                .and_then(|show| show.strip_prefix(browser)?.strip_prefix(':'));
            scope.spawn(move || {
                let (table, found) = measure(corpus, engine, browser, show);
                (print(engine, browser, &table), found)
            })
        });
        at_work.map(|engine| engine.join().unwrap())
    });
    let text: String = measured.iter().map(|(text, _)| text.as_str()).collect();
    let found: Vec<Disagreement> = measured.into_iter().flat_map(|(_, found)| found).collect();
    println!("{text}");
    if scenario::other_folder().is_some() {
        for disagreement in &found {
            println!("{disagreement:?}");
        }
        return;
    }
    disagreements::assert_are_those_told(found);
    let floor = include_str!("floor.txt");
    assert_eq!(
        text.trim(),
        floor.trim(),
        "agreement changed: if it rose everywhere, put the new table into tests/corpus/floor.txt"
    );
}
