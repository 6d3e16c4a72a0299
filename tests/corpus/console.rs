//! What the consoles say, ours beside the recorded one.

use corscope::diagnose::console;
use corscope::engine::{Engine, Finished, Rule};
use serde_json::{Value, json};

use super::play::Played;
use super::scenario::{Outcome, Scenario};

/// The texts on both sides in order, where the order says something.
pub fn lines(
    browser: &str,
    scenario: &Scenario,
    outcome: &Outcome,
    played: &Played,
) -> (Value, Value) {
    let engine = Engine::from_name(browser).unwrap();
    let mut theirs: Vec<String> = outcome
        .console
        .iter()
        .filter_map(|entry| entry["text"].as_str())
        .filter(|text| !cannot_count(text))
        .map(str::to_owned)
        .collect();
    let mut ours: Vec<String> = played
        .sessions
        .iter()
        .zip(&played.finished)
        .flat_map(|(session, finished)| {
            let lines = console(engine, session, finished);
            lines
                .into_iter()
                .map(|line| any_refused_header(line.text, finished, &theirs))
        })
        .collect();
    if played.heard.is_some() {
        let lines = ours.iter_mut().chain(&mut theirs);
        lines.for_each(|text| *text = without_port_of_address(text));
    }
    // Firefox tells of the local network from another process, before the error or after it.
    let raced = theirs
        .iter()
        .any(|text| text.starts_with("Local Network Access"));
    if raced || heard_twice(scenario) {
        ours.sort();
        theirs.sort();
    }
    if heard_twice(scenario) {
        ours.dedup();
        theirs.dedup();
    }
    (json!(ours), json!(theirs))
}

/// Over sockets the servers are at other ports than those asked for. `… (127.0.0.1:8081) via fetch …`.
fn without_port_of_address(text: &str) -> String {
    let Some((before, after)) = text.split_once("” (") else {
        return text.to_owned();
    };
    let address = after.split_once(") via ");
    match address.and_then(|(address, via)| Some((address.rsplit_once(':')?.0, via))) {
        Some((ip, via)) => format!("{before}” ({ip}) via {via}"),
        None => text.to_owned(),
    }
}

/// On pages of one origin the recorder heard most lines twice.
pub fn heard_twice(scenario: &Scenario) -> bool {
    scenario.page == "http://www.other.test:8080"
}

/// What the recorder's own script provoked.
fn cannot_count(text: &str) -> bool {
    text.ends_with("Error: secret")
        || text.starts_with("Unable to get image data from canvas")
        || text.starts_with("ArrayBuffer is deprecated")
        // What came was no XML, or no script.
        || text.starts_with("XML Parsing Error: ")
        || text.starts_with("ReferenceError: ")
        || text.starts_with("Uncaught ReferenceError: ")
        // The page chose the name of the family.
        || text.starts_with("downloadable font: ")
        // Cookies that a visit brought before the scenario.
        || text.ends_with("but is missing the “secure” attribute.")
}

/// Which of several refused headers an engine names looks arbitrary: any of them is right.
fn any_refused_header(text: String, finished: &Finished, theirs: &[String]) -> String {
    let refused = |step: &&corscope::engine::TraceStep| {
        step.rule == Rule::AllowHeaders && step.params.contains(&("case", "also-missing".into()))
    };
    let name = |step: &corscope::engine::TraceStep| {
        let item = step.params.iter().find(|(key, _)| *key == "item");
        item.map(|(_, value)| value.clone()).unwrap_or_default()
    };
    let Some(told) = finished
        .verdict
        .block()
        .and_then(|block| block.item.clone())
    else {
        return text;
    };
    finished
        .trace
        .steps
        .iter()
        .filter(refused)
        .map(|step| text.replace(&format!(" {told} "), &format!(" {} ", name(step))))
        .find(|other| theirs.contains(other))
        .unwrap_or(text)
}
