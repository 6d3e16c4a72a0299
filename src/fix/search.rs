//! The search: repairs block after block by replay, then leaves out what is not needed.
//!
//! It ends because no change of an answer is tried twice, and each block has a few at most.

use super::repair::{lies_in_answer, repairs};
use crate::engine::{
    Block, BlockReason, Engine, ExchangeKind, Finished, Pending, Provenance, Verdict,
};
use crate::session::{AnswerChange, Place, Replay, WhatIf};
use crate::wire::FailureKind;

/// Replays until a search is given up: more blocks than this no real case has.
const LIMIT: usize = 200;

/// Why an engine cannot be brought to allow a fetch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Obstacle {
    /// The network failed.
    Network,
    /// The browser blocks for a reason that no answer lifts.
    NotInAnswer(BlockReason),
    /// The answer at fault came out of the browser's HTTP cache.
    Cached,
    /// Nothing that is known lifts the block, or the answer at fault is out of reach.
    NoRepair(BlockReason),
    /// The engines want answers that contradict each other, or the limit was reached.
    Contradiction,
}

/// Which answers a search may change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reach {
    /// Every answer.
    All,
    /// Those that nobody has seen, because they never came.
    Assumed,
}

/// What a search sees on its way in the engine of the live run.
pub(super) enum Sight<'a> {
    /// A block.
    Block(&'a Finished, &'a Block),
    /// A request that was never sent.
    Unasked(&'a Pending),
    /// The network failed.
    Failed(FailureKind),
}

/// Changes under which engines allow a fetch.
#[derive(Clone, Debug)]
pub(super) struct Cure<'a> {
    pub(super) what_if: WhatIf<'a>,
    /// Places of answers that never came.
    pub(super) assumed: Vec<Place>,
    /// The engines that allow it, as replayed.
    pub(super) proven_in: Vec<Engine>,
    /// The others, and why they still do not.
    pub(super) still_blocked: Vec<(Engine, BlockReason)>,
    tried: Vec<(Place, AnswerChange)>,
}

impl<'a> Cure<'a> {
    /// Searches from `what_if` on: first for the first of `engines`, which has to be cured, then for each other
    /// as well, where that is possible.
    pub(super) fn search(
        what_if: WhatIf<'a>,
        engines: &[Engine],
        reach: Reach,
        mut see: impl FnMut(Sight<'_>),
    ) -> Result<Self, Obstacle> {
        let mut cure = Self {
            what_if,
            assumed: Vec::new(),
            proven_in: Vec::new(),
            still_blocked: Vec::new(),
            tried: Vec::new(),
        };
        for (index, engine) in engines.iter().enumerate() {
            let before = (index > 0).then(|| cure.clone());
            let settled = if index == 0 {
                cure.settle(*engine, reach, &mut see)
            } else {
                cure.settle(*engine, reach, &mut |_| {})
            };
            match (settled, before) {
                (Ok(()), _) => cure.proven_in.push(*engine),
                (Err(_), Some(before)) => cure = before,
                (Err(obstacle), None) => return Err(obstacle),
            }
        }
        cure.minimise();
        for engine in engines {
            let replay = cure.what_if.replay(*engine);
            let block = replay
                .decided()
                .and_then(|finished| finished.verdict.block());
            let reason = block.map(|block| (*engine, block.reason));
            cure.still_blocked.extend(reason);
        }
        Ok(cure)
    }

    /// Repairs until `engine` allows, and those that did before still do.
    fn settle(
        &mut self,
        engine: Engine,
        reach: Reach,
        see: &mut dyn FnMut(Sight<'_>),
    ) -> Result<(), Obstacle> {
        let mut left = LIMIT;
        while self.settle_one(engine, reach, see, &mut left)? {
            let mut changed = false;
            for earlier in self.proven_in.clone() {
                changed |= self.settle_one(earlier, reach, &mut |_| {}, &mut left)?;
            }
            if !changed {
                return Ok(());
            }
        }
        Ok(())
    }

    /// Repairs until `engine` allows; whether anything had to be changed.
    fn settle_one(
        &mut self,
        engine: Engine,
        reach: Reach,
        see: &mut dyn FnMut(Sight<'_>),
        left: &mut usize,
    ) -> Result<bool, Obstacle> {
        let mut changed = false;
        loop {
            *left = left.checked_sub(1).ok_or(Obstacle::Contradiction)?;
            let (place, change) = match self.what_if.replay(engine) {
                Replay::NeedsAnswer(pending) => {
                    see(Sight::Unasked(&pending));
                    let place = Place::of_pending(&pending);
                    self.assumed.push(place);
                    (place, AnswerChange::Status(plain_status(place.kind)))
                }
                Replay::Decided(finished) => match &finished.verdict {
                    Verdict::Allowed | Verdict::Opaque => return Ok(changed),
                    Verdict::Failed(failure) => {
                        see(Sight::Failed(failure.kind));
                        return Err(Obstacle::Network);
                    }
                    Verdict::Blocked(block) => {
                        see(Sight::Block(&finished, block));
                        self.repair(&finished, block, reach)?
                    }
                },
            };
            self.what_if.change(place, change.clone());
            self.tried.push((place, change));
            changed = true;
        }
    }

    /// The next repair that was not tried.
    fn repair(
        &self,
        finished: &Finished,
        block: &Block,
        reach: Reach,
    ) -> Result<(Place, AnswerChange), Obstacle> {
        let reason = block.reason;
        let index = block.exchange.filter(|_| lies_in_answer(block));
        let index = index.ok_or(Obstacle::NotInAnswer(reason))?;
        let mut index = index;
        let places = Place::of(&finished.exchanges);
        if reason == BlockReason::TooManyRedirects {
            // One change is enough where the first answer does not send the browser away.
            let first = places
                .iter()
                .position(|place| place.kind == ExchangeKind::Actual);
            index = first.unwrap_or(index);
        }
        let exchange = &finished.exchanges[index];
        if exchange.from_cache {
            return Err(Obstacle::Cached);
        }
        if reach == Reach::Assumed && exchange.provenance != Provenance::Assumed {
            return Err(Obstacle::NoRepair(reason));
        }
        let place = places[index];
        let candidates = repairs(block, exchange, self.what_if.recorded());
        if candidates.is_empty() {
            return Err(Obstacle::NoRepair(reason));
        }
        let fresh = |change: &AnswerChange| {
            let known = |(at, tried): &(Place, AnswerChange)| *at == place && tried == change;
            !self.tried.iter().any(known)
        };
        let next = candidates.into_iter().find(fresh);
        next.map(|change| (place, change))
            .ok_or(Obstacle::Contradiction)
    }

    /// Leaves out each change without which the same engines still allow. That an assumed answer is there at all is
    /// no change of a server's.
    fn minimise(&mut self) {
        let mut index = 0;
        while index < self.what_if.changes().len() {
            let (place, change) = &self.what_if.changes()[index];
            let assumption = self.assumed.contains(place) && is_assumption(*place, change);
            let fewer = self.what_if.without(index);
            if !assumption && self.proven_in.iter().all(|engine| allows(&fewer, *engine)) {
                self.what_if = fewer;
            } else {
                index += 1;
            }
        }
    }
}

/// The status of an answer that is only assumed.
fn plain_status(kind: ExchangeKind) -> u16 {
    match kind {
        ExchangeKind::Preflight => 204,
        ExchangeKind::Actual => 200,
    }
}

/// Whether the change says no more than that there is an answer.
pub(super) fn is_assumption(place: Place, change: &AnswerChange) -> bool {
    *change == AnswerChange::Status(plain_status(place.kind))
}

/// Whether `engine` lets the fetch through.
pub(super) fn allows(what_if: &WhatIf<'_>, engine: Engine) -> bool {
    let replay = what_if.replay(engine);
    let verdict = replay.decided().map(|finished| &finished.verdict);
    matches!(verdict, Some(Verdict::Allowed | Verdict::Opaque))
}
