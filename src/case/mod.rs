//! A case: a session decided, by its own engine and by the others.
//!
//! Building one is pure and cheap, so it is done anew after every edit.

use crate::diagnose::{Opinion, opinions};
use crate::engine::{Block, Finished, TraceStep};
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
}

impl Case {
    /// A session that ran to its end, without the other engines' opinion: for whoever asks about many.
    pub fn of_one_engine(session: Session, finished: Finished) -> Self {
        Self {
            session,
            finished,
            others: Vec::new(),
        }
    }

    /// Decides a session that ran to its end.
    pub fn new(session: Session, finished: Finished) -> Self {
        Self {
            others: opinions(&session, &finished),
            session,
            finished,
        }
    }

    /// The block, if the fetch was blocked.
    pub fn block(&self) -> Option<&Block> {
        self.finished.verdict.block()
    }

    /// The step that decided: the block's, or the failed exchange's; with its index.
    pub fn cause(&self) -> Option<(usize, &TraceStep)> {
        use crate::engine::{StepOutcome, Verdict};
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
