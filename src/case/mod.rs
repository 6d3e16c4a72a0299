//! A case: a session decided, by its own engine and by the others.
//!
//! Building one is pure and cheap, so it is done anew after every edit.

use crate::diagnose::{Investigation, Opinion, RankedCause, causes, opinions};
use crate::engine::{Block, Exchange, Finished, Provenance, TraceStep, Verdict};
use crate::fix::{Fix, Problem, Proposal, propose};
use crate::session::Session;

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
