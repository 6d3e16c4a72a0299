//! Holds the engine against what real browsers did: every recorded scenario, without a socket.
//!
//! `README.md` beside this file tells how the corpus was recorded. The table that the test prints
//! counts, by group and view, the scenarios on which a profile agrees with its browser. `floor.txt`
//! holds the counts reached; a change that loses one fails, a change that wins one must raise it.
//!
//! `CORPUS_SHOW=<view>[:<id prefix>]` prints the scenarios that disagree in that view.

mod compare;
mod play;
mod scenario;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use corscope::engine::Engine;

use compare::View;
use scenario::Scenario;

/// Agreement by group: for each view how many agree, and how many scenarios there are.
type Table = BTreeMap<String, ([usize; View::ALL.len()], usize)>;

fn measure(engine: Engine, browser: &str, show: Option<&str>) -> Table {
    let mut table = Table::new();
    for (group, scenarios) in scenario::load() {
        for scenario in scenarios
            .iter()
            .filter(|scenario| scenario.is_steady(browser))
        {
            let Some(outcome) = scenario.outcome.get(browser) else {
                continue;
            };
            let row = table.entry(group.clone()).or_default();
            row.1 += 1;
            let played = play::play(scenario, engine);
            for (index, view) in View::ALL.iter().enumerate() {
                match compare::disagreement(*view, scenario, outcome, played.as_ref()) {
                    None => row.0[index] += 1,
                    Some(difference) => print_if_asked(show, *view, scenario, &difference),
                }
            }
        }
    }
    table
}

fn print_if_asked(show: Option<&str>, view: View, scenario: &Scenario, difference: &str) {
    let Some(show) = show else { return };
    let (wanted, prefix) = show.split_once(':').unwrap_or((show, ""));
    if wanted == view.name() && scenario.id.starts_with(prefix) {
        println!("{} ({}): {difference}", scenario.id, scenario.note);
    }
}

fn print(engine: Engine, table: &Table) -> String {
    let mut text = String::new();
    let names = View::ALL
        .map(|view| format!("{:>10}", view.name()))
        .concat();
    let _ = writeln!(text, "{:<12}{:>6}{names}", engine.as_str(), "of");
    let mut total = ([0; View::ALL.len()], 0);
    for (group, (agreeing, of)) in table {
        let _ = writeln!(
            text,
            "{group:<12}{of:>6}{}",
            agreeing.map(|count| format!("{count:>10}")).concat()
        );
        total.1 += of;
        for (sum, count) in total.0.iter_mut().zip(agreeing) {
            *sum += count;
        }
    }
    let _ = writeln!(
        text,
        "{:<12}{:>6}{}",
        "all",
        total.1,
        total.0.map(|count| format!("{count:>10}")).concat()
    );
    text
}

#[test]
fn the_engine_agrees_with_the_recorded_browsers() {
    let show = std::env::var("CORPUS_SHOW").ok();
    let table = measure(Engine::Chromium, "chromium", show.as_deref());
    let text = print(Engine::Chromium, &table);
    println!("{text}");
    let floor = include_str!("floor.txt");
    assert_eq!(
        text.trim(),
        floor.trim(),
        "agreement changed: if it rose everywhere, put the new table into tests/corpus/floor.txt"
    );
}
