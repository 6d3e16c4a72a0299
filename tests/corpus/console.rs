//! What the consoles say, ours beside the recorded one.

use corscope::diagnose::ConsoleLine;
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
    let partly = browser == "firefox" && is_of_first_recorder(scenario);
    let mut theirs: Vec<String> = outcome
        .console
        .iter()
        .filter_map(|entry| entry["text"].as_str())
        .filter(|text| !cannot_count(text) && !is_of_visit(text, scenario))
        .map(without_random_id)
        .collect();
    let consoles = played.consoles(engine).iter();
    let mut ours: Vec<String> = consoles
        .zip(&played.finished)
        .flat_map(|(lines, finished)| {
            let counted = lines.iter().filter(|line| !(partly && was_not_heard(line)));
            counted.map(|line| any_refused_header(line.text.clone(), finished, &theirs))
        })
        .collect();
    if played.heard.is_some() {
        let lines = ours.iter_mut().chain(&mut theirs);
        lines.for_each(|text| *text = without_port_of_address(text));
    }
    for lines in [&mut ours, &mut theirs] {
        without_raced_repeat(lines);
    }
    let mut sources = outcome.console.iter().map(|entry| &entry["source"]);
    let raced = browser == "firefox"
        && sources.any(|source| {
            source
                .as_str()
                .is_some_and(|source| RACED.contains(&source))
        });
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

/// Firefox tells of these from another process than of the rest, before it or after it.
const RACED: &[&str] = &[
    "CSP_CSPGenericViolation",
    "CSP_CSPScriptViolation",
    "CSP_CSPStyleViolation",
    "CSS Loader",
    "DATA_URI_BLOCKED",
    "Event Source",
    "MIMEMISMATCH",
    "Mixed Content Blocker",
    "ORB",
    "SOP",
    "Script Loader",
    "Security",
    "Sub-resource Integrity",
    "XCTO",
    "cookiesRejection",
];

/// The groups whose recorder kept a part of Firefox's console only: in none of their scenarios is there a line
/// of these sources, though failed scripts, refused EventSources and cookies are among them.
fn is_of_first_recorder(scenario: &Scenario) -> bool {
    const GROUPS: &[&str] = &[
        "acac",
        "acah",
        "acam",
        "acao",
        "actual",
        "cookies",
        "elements",
        "expose",
        "https",
        "httpcache",
        "lna",
        "localhost",
        "maxage",
        "mode",
        "pfstatus",
        "random",
        "redirect",
        "safelist",
        "xhr",
    ];
    let group = scenario.id.split('-').next();
    group.is_some_and(|group| GROUPS.contains(&group))
}

fn was_not_heard(line: &ConsoleLine) -> bool {
    const SOURCES: &[&str] = &[
        "COEP",
        "DATA_URI_BLOCKED",
        "Event Source",
        "Script Loader",
        "Sub-resource Integrity",
        "XCTO",
        "cookiesRejection",
    ];
    SOURCES.contains(&line.source)
}

/// The line of an EventSource that is refused when its answer begins and again when it ends: whether the second
/// is printed is a race.
fn without_raced_repeat(lines: &mut Vec<String>) {
    lines.dedup_by(|one, other| {
        one == other
            && one.starts_with("Firefox can’t establish a connection to the server at http")
    });
}

/// Sandboxed pages have a principal with a random id: `moz-nullprincipal:{…}?http://…`.
fn without_random_id(text: &str) -> String {
    let parts = text.split_once("moz-nullprincipal:{");
    match parts.and_then(|(before, after)| Some((before, after.split_once('}')?.1))) {
        Some((before, after)) => format!("{before}moz-nullprincipal:{{UUID}}{after}"),
        None => text.to_owned(),
    }
}

/// Told of a cookie that a visit before the scenario had brought.
fn is_of_visit(text: &str, scenario: &Scenario) -> bool {
    let name = |cookie: &Value| {
        let set = cookie["set"].as_str().unwrap_or_default();
        set.split('=').next().unwrap_or_default().trim().to_owned()
    };
    let mut visits = scenario.cookies.iter();
    text.ends_with("but is missing the “secure” attribute.")
        && visits.any(|cookie| text.starts_with(&format!("Cookie “{}” ", name(cookie))))
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
        // What came was no XML, no script, no font and no sound, or a script that throws.
        || text.starts_with("XML Parsing Error: ")
        || ["ReferenceError: ", "SyntaxError: ", "Error: x"]
            .iter()
            .any(|error| text.strip_prefix("Uncaught ").unwrap_or(text).starts_with(error))
        || text.starts_with("Failed to decode downloaded font: ")
        || text.starts_with("OTS parsing error: ")
        || text.starts_with("Media resource ") && text.ends_with(" could not be decoded.")
        // The page chose the name of the family.
        || text.starts_with("downloadable font: ")
        // Of the speed of the network, and of types of script that are none.
        || text.starts_with("Slow network is detected.")
        || text.starts_with("External import maps are not supported")
        || text.starts_with("External speculation rules are not yet supported")
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
