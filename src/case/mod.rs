//! A case: a session decided, by its own engine and by the others.
//!
//! Building one is pure and cheap, so it is done anew after every edit.

use crate::diagnose::{Investigation, Opinion, RankedCause, causes, conclude, opinions};
use crate::engine::{Block, Exchange, Finished, Provenance, Rule, StepOutcome, TraceStep, Verdict};
use crate::fix::{Fix, Problem, Proposal, propose};
use crate::session::{Redactor, Replay, Session, replay};

/// A session and everything that follows from it.
#[derive(Clone, Debug)]
pub struct Case {
    /// What happened.
    pub session: Session,
    /// What the engine of the live run decides.
    pub finished: Finished,
    /// What the other engines make of it.
    pub others: Vec<Opinion>,
    /// The cause, then each problem behind it.
    pub problems: Vec<Problem>,
    /// The server's fix first, then what the page can do instead.
    pub fixes: Vec<Fix>,
    /// Where there is no fix on the server: the id of the sentence that says why.
    pub no_fix: Option<&'static str>,
    /// What follow-up requests showed; `None` where none were sent.
    pub investigation: Option<Investigation>,
}

impl Case {
    /// A session that ran to its end, without the other engines' opinion: for whoever asks about many.
    pub fn of_one_engine(session: Session, finished: Finished) -> Self {
        let passed = matches!(finished.verdict, Verdict::Allowed | Verdict::Opaque);
        let proposal = if passed {
            Proposal::default()
        } else {
            propose(&session, &finished)
        };
        Self::with(session, finished, Vec::new(), proposal)
    }

    /// Decides a session that ran to its end.
    pub fn new(session: Session, finished: Finished) -> Self {
        let others = opinions(&session, &finished);
        let proposal = propose(&session, &finished);
        Self::with(session, finished, others, proposal)
    }

    fn with(
        session: Session,
        finished: Finished,
        others: Vec<Opinion>,
        proposal: Proposal,
    ) -> Self {
        let Proposal {
            problems,
            fixes,
            no_fix,
        } = proposal;
        Self {
            session,
            finished,
            others,
            problems,
            fixes,
            no_fix,
            investigation: None,
        }
    }

    /// The same without secrets, decided anew; `None` where it would be decided otherwise then.
    pub fn redacted(&self) -> Option<Self> {
        self.redacted_by(&mut Redactor::of(&self.session))
    }

    /// As [`Case::redacted`], for whoever has more to take the same secrets out of.
    pub fn redacted_by(&self, redactor: &mut Redactor) -> Option<Self> {
        let session = redactor.session(&self.session);
        if session == self.session && self.investigation.is_none() {
            return Some(self.clone());
        }
        let Replay::Decided(finished) = replay(&session, session.engine()) else {
            return None;
        };
        let mut case = Self::new(session, *finished);
        if !case.decides_as(self) {
            return None;
        }
        if let Some(investigation) = &self.investigation {
            let probed = investigation.probed.iter().cloned();
            let (plan, answers) = probed
                .map(|mut one| {
                    redactor.exchange(&mut one.probe.request, &mut one.answer);
                    (one.probe, one.answer)
                })
                .unzip();
            case.investigation = Some(conclude(&case.session, &case.finished, plan, answers));
        }
        Some(case)
    }

    /// Whether every engine comes to the same end, by the same steps, and as many problems and fixes are found.
    fn decides_as(&self, other: &Self) -> bool {
        let opinions = |case: &Self| -> Vec<_> {
            let told = |one: &Opinion| (one.engine, one.label(), one.parts, one.assumed.len());
            case.others.iter().map(told).collect()
        };
        let reasons = |case: &Self| -> Vec<_> {
            let problems = case.problems.iter();
            problems.map(Problem::reason).collect()
        };
        let actions = |case: &Self| -> Vec<_> {
            let fixes = case.fixes.iter();
            fixes.map(|fix| (fix.side, fix.action)).collect()
        };
        end(&self.finished) == end(&other.finished)
            && opinions(self) == opinions(other)
            && reasons(self) == reasons(other)
            && actions(self) == actions(other)
    }

    /// What typically is behind it and fits, the best first; by the follow-up requests too, if any.
    pub fn causes(&self) -> Vec<RankedCause> {
        match &self.investigation {
            Some(investigation) => investigation.causes.clone(),
            None => causes(&self.session, &self.finished),
        }
    }

    /// Every exchange: the browser's, then those that it would not have sent.
    pub fn exchanges(&self) -> impl Iterator<Item = &Exchange> {
        let own = &self.finished.exchanges;
        let behind = self.session.exchanges.iter().filter(|exchange| {
            exchange.provenance == Provenance::LookBehind && !own.contains(exchange)
        });
        own.iter().chain(behind)
    }

    /// The block, if the fetch was blocked.
    pub fn block(&self) -> Option<&Block> {
        self.finished.verdict.block()
    }

    /// The step that decided: the block's, or the failed exchange's; with its index.
    pub fn cause(&self) -> Option<(usize, &TraceStep)> {
        let steps = &self.finished.trace.steps;
        let index = match &self.finished.verdict {
            Verdict::Blocked(block) => Some(block.step),
            Verdict::Failed(_) => steps
                .iter()
                .rposition(|step| step.outcome == StepOutcome::Fail),
            _ => None,
        }?;
        steps.get(index).map(|step| (index, step))
    }
}

/// What makes two ends the same but for the values that they speak of.
fn end(finished: &Finished) -> (&str, Option<&str>, Vec<(Rule, StepOutcome)>) {
    let verdict = &finished.verdict;
    let reason = match verdict {
        Verdict::Blocked(block) => Some(block.reason.id()),
        Verdict::Failed(failure) => Some(failure.kind.id()),
        Verdict::Allowed | Verdict::Opaque => None,
    };
    let steps = finished.trace.steps.iter();
    let steps = steps.map(|step| (step.rule, step.outcome));
    (verdict.as_str(), reason, steps.collect())
}
