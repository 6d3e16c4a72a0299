//! Every recorded scenario, saved and read back: it replays to the same in every engine. Without its
//! secrets it replays to the same verdict by the same steps.

use corscope::engine::{Engine, Finished};
use corscope::session::{Replay, Session, read_saved, redacted, replay, write_saved};

use super::{play, scenario};

fn saved(session: &Session) -> Session {
    read_saved(&write_saved(session).unwrap()).unwrap()
}

fn decided(session: &Session, engine: Engine) -> Result<Finished, String> {
    match replay(session, engine) {
        Replay::Decided(finished) => Ok(*finished),
        Replay::NeedsAnswer(pending) => Err(pending.request().method.clone()),
    }
}

/// What must not depend on the value of a secret.
fn course(finished: Result<Finished, String>) -> String {
    let finished = match finished {
        Ok(finished) => finished,
        Err(asks) => return format!("asks {asks}"),
    };
    let steps = finished.trace.steps.iter();
    let steps: Vec<_> = steps.map(|step| (step.rule.id(), step.outcome)).collect();
    let reason = finished.verdict.block().map(|block| block.reason.id());
    format!("{} {reason:?} {steps:?}", finished.verdict.as_str())
}

#[test]
fn what_is_saved_decides_as_before() {
    let mut compared = 0;
    for scenarios in scenario::corpus().values() {
        for scenario in scenarios {
            for live in [Engine::Chromium, Engine::Firefox] {
                let Some(played) = play::play(scenario, live) else {
                    continue;
                };
                for session in &played.sessions {
                    let again = saved(session);
                    let hidden = saved(&redacted(session));
                    for engine in Engine::ALL {
                        let name = format!("{} {live:?} {engine:?}", scenario.id);
                        let before = decided(session, *engine);
                        assert_eq!(decided(&again, *engine), before, "{name}");
                        let after = course(decided(&hidden, *engine));
                        assert_eq!(after, course(before), "{name} redacted");
                        compared += 1;
                    }
                }
            }
        }
    }
    assert!(compared > 1000, "{compared}");
}
