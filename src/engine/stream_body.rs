//! A body that is a stream: it needs HTTP/2, and it cannot go out a second time.
//!
//! Sources: <https://fetch.spec.whatwg.org/#concept-http-network-fetch>,
//! <https://fetch.spec.whatwg.org/#concept-http-network-or-cache-fetch>.

use super::block::{Block, BlockReason, Phase};
use super::concept_request::Tainting;
use super::main_fetch::Fetch;
use super::profile::StreamChallenge;
use super::trace::{Evidence, Rule, StepOutcome};
use crate::wire::{HeaderList, HttpVersion, Reply};

impl Fetch {
    pub(super) fn has_stream_body(&self) -> bool {
        self.request.body.as_ref().is_some_and(|body| body.stream)
    }

    /// A stream needs HTTP/2: known before connecting for http, and from the preflight for https.
    pub(super) fn refuse_stream_over_http1(&mut self) -> Result<(), Box<Block>> {
        let url = self.request.current_url();
        let version = self
            .exchanges
            .iter()
            .rfind(|exchange| exchange.request.url.origin() == url.origin())
            .and_then(|exchange| exchange.answer.as_ref().ok())
            .map(|reply| reply.version);
        let http1 =
            url.scheme() == "http" || version.is_some_and(|version| version != HttpVersion::Http2);
        if !(self.has_stream_body() && http1) {
            return Ok(());
        }
        Err(self.needs_http2(None))
    }

    /// What an answer to a stream must not be: one over HTTP/1, where no preflight had told the version, or
    /// one that asks for a login.
    pub(super) fn check_stream_answer(
        &mut self,
        reply: &Reply,
        headers: &HeaderList,
    ) -> Result<(), Box<Block>> {
        if !self.has_stream_body() {
            return Ok(());
        }
        let exchange = self.exchanges.len() - 1;
        if reply.version != HttpVersion::Http2 {
            return Err(self.needs_http2(Some(exchange)));
        }
        if !(reply.status == 401 && self.request.includes_credentials()) {
            return Ok(());
        }
        let repeats = match self.profile.stream_challenge {
            StreamChallenge::OutsideCors => self.request.tainting != Tainting::Cors,
            StreamChallenge::Understood => self.understands_challenge(headers),
        };
        if !repeats {
            return Ok(());
        }
        let evidence = Evidence::response("www-authenticate", headers.get("www-authenticate"));
        Err(self
            .trace
            .push(Rule::StreamBodyChallenge, StepOutcome::Fail, Some(exchange))
            .evidence(evidence)
            .block(BlockReason::StreamBodyChallenge, Phase::Response))
    }

    fn needs_http2(&mut self, exchange: Option<usize>) -> Box<Block> {
        self.trace
            .push(Rule::StreamBodyVersion, StepOutcome::Fail, exchange)
            .block(BlockReason::StreamBodyNeedsH2, Phase::Request)
    }
}

#[cfg(test)]
mod tests;
