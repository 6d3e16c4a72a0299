//! Every problem of a fetch, in the order in which its developer would meet them.

use crate::engine::{Block, Exchange, FetchRequest, Finished, Provenance};
use crate::session::Session;
use crate::wire::{FailureKind, HttpRequest};

/// Something that stands between a page and an answer.
#[derive(Clone, Debug, PartialEq)]
pub enum Problem {
    /// Seen in a real answer, or decided without one. `exchange` counts in the session; `step` is only that of
    /// the trace for the first problem.
    Certain(Box<Block>),
    /// The network failed.
    Failed(FailureKind),
    /// Mode `no-cors` hides the answer from script.
    Opaque,
    /// Not known: this was never sent.
    Unasked {
        /// The method.
        method: String,
        /// The URL.
        url: String,
    },
}

impl Problem {
    /// The reason id; `None` where nothing is known, or nothing was blocked.
    pub fn reason(&self) -> Option<&'static str> {
        match self {
            Self::Certain(block) => Some(block.reason.id()),
            Self::Failed(kind) => Some(kind.id()),
            Self::Opaque | Self::Unasked { .. } => None,
        }
    }

    /// The block, where there is one.
    pub fn block(&self) -> Option<&Block> {
        match self {
            Self::Certain(block) => Some(block),
            _ => None,
        }
    }
}

/// The problems that a search meets, one behind the other.
pub(super) struct Problems<'a> {
    session: &'a Session,
    found: Vec<Problem>,
    ended: bool,
}

impl<'a> Problems<'a> {
    pub(super) fn of(session: &'a Session) -> Self {
        Self {
            session,
            found: Vec::new(),
            ended: false,
        }
    }

    /// A block that was met, over answers repaired so far. What is judged in an answer that never came is no
    /// problem that is known.
    pub(super) fn block(&mut self, finished: &Finished, block: &Block) {
        let at_fault = block.exchange.and_then(|at| finished.exchanges.get(at));
        let assumed = at_fault.is_some_and(|one| one.provenance == Provenance::Assumed);
        if self.ended || assumed {
            return;
        }
        let block = at_fault.map_or_else(|| block.clone(), |one| self.as_recorded(block, one));
        let known = |problem: &Problem| {
            problem.block().is_some_and(|known| {
                (known.reason, known.exchange, &known.item)
                    == (block.reason, block.exchange, &block.item)
            })
        };
        if !self.found.iter().any(known) {
            self.found.push(Problem::Certain(Box::new(block)));
        }
    }

    /// The block with its exchange as the session counts, and the value as the server has sent it.
    fn as_recorded(&self, block: &Block, at_fault: &Exchange) -> Block {
        let mut block = block.clone();
        let recorded = &self.session.exchanges;
        let is_it = |exchange: &&Exchange| {
            exchange.kind == at_fault.kind
                && exchange.request.url == at_fault.request.url
                && exchange.request.method == at_fault.request.method
        };
        let by_place = block.exchange.and_then(|at| recorded.get(at));
        let index = match by_place.filter(is_it) {
            Some(_) => block.exchange,
            None => recorded.iter().position(|exchange| is_it(&exchange)),
        };
        block.exchange = index;
        let reply = index.and_then(|at| recorded[at].answer.as_ref().ok());
        if let Some((reply, header)) = reply.zip(block.header.as_deref()) {
            let value = match header {
                ":status" => Some(reply.status.to_string().into_bytes()),
                header => reply.headers.get(header),
            };
            if value != block.value {
                block.span = value.as_ref().map(|value| (0, value.len()));
                block.value = value;
            }
        }
        block
    }

    /// A request that was never sent: what lies behind it is not known.
    pub(super) fn unasked(&mut self, request: &HttpRequest) {
        if !self.ended {
            self.ended = true;
            self.found.push(Problem::Unasked {
                method: request.method.clone(),
                url: request.url.to_string(),
            });
        }
    }

    pub(super) fn push(&mut self, problem: Problem) {
        self.found.push(problem);
    }

    pub(super) fn into_found(self) -> Vec<Problem> {
        self.found
    }
}

/// Whether a fetch that ends opaque is likely not what was wanted: `fetch()` in mode `no-cors`, whose answer
/// script cannot read.
pub(super) fn hides_from_script(request: &FetchRequest) -> bool {
    use crate::engine::{Api, Mode};
    request.api == Api::Fetch && request.mode == Mode::NoCors
}
