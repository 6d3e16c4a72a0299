//! A case: a session decided, by its own engine and by the others.
//!
//! Building one is pure and cheap, so it is done anew after every edit.

use crate::diagnose::{Investigation, RankedCause, causes, conclude};
use crate::engine::{Block, Engine, Exchange, Finished, Provenance, TraceStep, Verdict};
use crate::fix::{Fix, Problem, Proposal, propose};
use crate::session::{Redactor, Replay, Session, replay};

/// A session and everything that follows from it.
#[derive(Clone, Debug)]
pub struct Case {
    /// What happened.
    pub session: Session,
    /// What the engine of the live run decides.
    pub finished: Finished,
    /// What the other engines decide over the same exchanges.
    pub others: Vec<(Engine, Replay)>,
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
        let own = session.engine();
        let others = Engine::ALL
            .iter()
            .filter(|engine| **engine != own)
            .map(|engine| (*engine, replay(&session, *engine)))
            .collect();
        let proposal = propose(&session, &finished);
        Self::with(session, finished, others, proposal)
    }

    fn with(
        session: Session,
        finished: Finished,
        others: Vec<(Engine, Replay)>,
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
        let Replay::Decided(finished) = replay(&session, session.engine()) else {
            return None;
        };
        if !decides_as(&finished, &self.finished) {
            return None;
        }
        let mut case = Self::new(session, *finished);
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
        use crate::engine::StepOutcome;
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

/// Whether two ends are the same but for the values they speak of.
fn decides_as(one: &Finished, other: &Finished) -> bool {
    let reason = |finished: &Finished| match &finished.verdict {
        Verdict::Blocked(block) => Some((block.reason.id(), block.step)),
        Verdict::Failed(failure) => Some((failure.kind.id(), 0)),
        Verdict::Allowed | Verdict::Opaque => None,
    };
    let steps = |finished: &Finished| -> Vec<_> {
        let steps = finished.trace.steps.iter();
        steps.map(|step| (step.rule, step.outcome)).collect()
    };
    one.verdict.as_str() == other.verdict.as_str()
        && reason(one) == reason(other)
        && steps(one) == steps(other)
}
