//! Every blocked scenario, repaired: the proposed fix, applied as edits, replays to allowed in the three
//! browsers, and without any one of its edits to a block in one of them.

use std::collections::BTreeMap;

use corscope::engine::{Engine, Finished, Verdict};
use corscope::fix::{Fix, FixSide, Problem, Proposal, propose};
use corscope::session::{Edit, Session, WhatIf, replay};

use super::{play, scenario};

const BROWSERS: [Engine; 3] = [Engine::Chromium, Engine::Firefox, Engine::WebKit];

/// What each browser makes of the session with these edits, by a replay of the edited session alone.
fn verdicts(session: &Session, edits: &[Edit]) -> [Option<Verdict>; 3] {
    let edited = WhatIf::new(session, edits).session(&BROWSERS);
    BROWSERS.map(|engine| {
        let replayed = replay(&edited, engine);
        replayed.decided().map(|finished| finished.verdict.clone())
    })
}

fn is_allowed(verdict: &Option<Verdict>) -> bool {
    matches!(verdict, Some(Verdict::Allowed | Verdict::Opaque))
}

fn is_blocked(verdict: &Option<Verdict>) -> bool {
    matches!(verdict, Some(Verdict::Blocked(_)))
}

/// The block's reason, where it lies in a response.
fn reason(finished: &Finished) -> Option<&'static str> {
    let block = finished.verdict.block()?;
    block.exchange.map(|_| block.reason.id())
}

#[derive(Default)]
struct Count {
    blocked: usize,
    proven: usize,
    edits: usize,
    by_page: usize,
    without: BTreeMap<&'static str, usize>,
}

impl Count {
    /// Counts a proposal, and holds that what is missing is missing for a reason that no server can change.
    fn add(&mut self, name: &str, session: &Session, proposal: &Proposal) {
        self.blocked += 1;
        let by = |side| move |fix: &&Fix| fix.side == side;
        let by_page = proposal.fixes.iter().filter(by(FixSide::Page));
        self.by_page += usize::from(by_page.clone().count() > 0);
        for fix in by_page.clone() {
            let applied = verdicts(session, &fix.all_edits());
            for (engine, verdict) in BROWSERS.iter().zip(&applied) {
                let claimed = fix.proven_in.contains(engine);
                assert_eq!(is_allowed(verdict), claimed, "{name}: {:?}", fix.edits);
            }
        }
        let Some(fix) = proposal.fixes.iter().find(by(FixSide::Server)) else {
            let why = proposal.no_fix.unwrap();
            match why {
                "cached" => assert!(by_page.count() > 0, "{name}"),
                "document" => {
                    let held = session.browser.document.held(&session.page).count();
                    assert!(held > 0, "{name}");
                }
                "integrity" => {}
                "websocket" => assert!(name.ends_with(": websocket-handshake"), "{name}"),
                "stream" => assert!(name.contains(": stream-body-"), "{name}"),
                // What begins as data no header makes a script or an image.
                "content" => assert!(
                    name.ends_with(": orb") || name.ends_with(": mime-type-blocked"),
                    "{name}"
                ),
                other => panic!("{name}: {other}"),
            }
            *self.without.entry(why).or_default() += 1;
            return;
        };
        if fix.is_proven_everywhere() {
            hold(name, session, fix);
            self.proven += 1;
            self.edits += fix.edits.len();
            return;
        }
        // Another browser does not let this page ask that address at all, or looks into the body, or reads the
        // page's checksum otherwise.
        for (engine, reason) in &fix.still_blocked {
            let id = reason.id();
            let whatever_headers = id.starts_with("local-network")
                || matches!(
                    id,
                    "mixed-content" | "request-url-credentials" | "orb" | "sri-mismatch"
                );
            assert!(
                whatever_headers,
                "{name}: {engine:?} {reason:?} {:?}",
                fix.edits
            );
        }
        assert!(!fix.still_blocked.is_empty(), "{name}");
        let why = fix.still_blocked[0].1.id();
        *self.without.entry(why).or_default() += 1;
    }
}

fn hold(name: &str, session: &Session, fix: &Fix) {
    let all = fix.all_edits();
    let said: Vec<_> = all.iter().map(ToString::to_string).collect();
    let applied = verdicts(session, &all);
    assert!(
        applied.iter().all(is_allowed),
        "{name}: {said:?}: {applied:?}"
    );
    for (index, edit) in fix.edits.iter().enumerate() {
        let mut fewer = fix.clone();
        fewer.edits.remove(index);
        let verdicts = verdicts(session, &fewer.all_edits());
        // Where the redirect stays, its target may be one that was never asked.
        let unknown = fix.action == "no-redirect" && verdicts.iter().any(Option::is_none);
        assert!(
            unknown || verdicts.iter().any(is_blocked),
            "{name}: {said:?} needs no `{edit}`: {verdicts:?}"
        );
    }
    let again: Vec<Edit> = said.iter().map(|text| text.parse().unwrap()).collect();
    assert_eq!(again, all, "{name}");
}

#[test]
fn every_block_in_a_response_has_a_fix_that_is_proven_and_minimal() {
    let mut counts: BTreeMap<&'static str, Count> = BTreeMap::new();
    for scenario in scenario::corpus().values().flatten() {
        for engine in BROWSERS {
            let Some(played) = play::play(scenario, engine) else {
                continue;
            };
            for (session, finished) in played.sessions.iter().zip(&played.finished) {
                let Some(reason) = reason(finished) else {
                    continue;
                };
                let name = format!("{} in {}: {reason}", scenario.id, engine.title());
                let proposal = propose(session, finished);
                let cause = proposal.problems.first().and_then(Problem::reason);
                assert_eq!(cause, Some(reason), "{name}");
                counts
                    .entry(reason)
                    .or_default()
                    .add(&name, session, &proposal);
            }
        }
    }
    let mut total = [0; 4];
    for (reason, count) in &counts {
        let Count {
            blocked,
            proven,
            edits,
            by_page,
            without,
        } = count;
        println!(
            "{reason:<42}{blocked:>6} blocked{proven:>6} proven{edits:>6} edits{by_page:>6} also by the page {without:?}"
        );
        for (sum, count) in total.iter_mut().zip([blocked, proven, edits, by_page]) {
            *sum += count;
        }
    }
    println!("blocked, proven, edits, also by the page: {total:?}");
    assert!(total[1] > 3500, "{total:?}");
}
