//! What a run of one engine tells about the others, against what the others do themselves.

use corscope::diagnose::opinions;
use corscope::engine::{Engine, Verdict};

use super::{play, scenario};

fn end(verdict: &Verdict) -> (&'static str, Option<&'static str>) {
    let reason = verdict.block().map(|block| block.reason.id());
    (verdict.as_str(), reason)
}

#[test]
fn an_opinion_is_what_the_engine_itself_decides_and_a_difference_is_explained() {
    let (mut decided, mut open, mut parting) = (0, 0, 0);
    let mut faults = Vec::new();
    for scenarios in scenario::corpus().values() {
        // What a browser remembers of earlier requests is its own, so only lone requests compare.
        for scenario in scenarios.iter().filter(|one| one.requests.len() == 1) {
            let Some(played) = play::play(scenario, Engine::Chromium) else {
                continue;
            };
            let session = &played.sessions[0];
            for opinion in opinions(session, &played.finished[0]) {
                let Some(own) = play::play(scenario, opinion.engine) else {
                    continue;
                };
                let case = format!("{}: {}", scenario.id, opinion.engine.title());
                parting += usize::from(opinion.parts);
                if opinion.parts && opinion.deviations.is_empty() {
                    faults.push(format!("{case} parts, and nothing explains it"));
                }
                let settled = opinion.missing.is_none() && opinion.assumed.is_empty();
                let (true, Some(verdict)) = (settled, opinion.verdict()) else {
                    open += 1;
                    continue;
                };
                decided += 1;
                let wanted = end(&own.finished[0].verdict);
                if end(verdict) != wanted {
                    faults.push(format!("{case}: {:?}, not {wanted:?}", end(verdict)));
                }
            }
        }
    }
    println!("{decided} decided alike, {open} ask more, {parting} part and say why");
    assert!(decided > 8000 && parting > 500);
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
