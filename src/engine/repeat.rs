//! The same request once more: after a 421, and where a connection was closed without an answer.
//!
//! Source: <https://fetch.spec.whatwg.org/#concept-http-network-or-cache-fetch> and
//! <https://httpwg.org/specs/rfc9112.html#persistent.retrying.requests>.

use super::machine::{Pending, Step};
use super::main_fetch::Fetch;
use super::outcome::{Exchange, Provenance};
use super::request::{Mode, Timestamp};
use super::trace::{Rule, StepOutcome};
use crate::wire::{Answer, HttpRequest};

/// The methods that Firefox repeats: Gecko's `nsHttpRequestHead::IsSafeMethod`, measured one by one.
const SAFE_METHODS: &[&str] = &["GET", "HEAD", "OPTIONS", "PROPFIND", "REPORT", "SEARCH"];

/// Why a request goes out again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Repeat {
    /// 421 says that the connection was the wrong one.
    Misdirected,
    /// The connection was closed before a byte of an answer.
    Unanswered,
}

impl Fetch {
    /// Whether the same request goes out again, and why. Where a kept connection turned out to be closed the driver
    /// has repeated it by itself, as every browser does.
    pub(super) fn asks_again(
        &self,
        request: &HttpRequest,
        answer: &Answer,
        tries: u8,
    ) -> Option<Repeat> {
        match answer {
            Ok(reply) if reply.status == 421 && tries == 1 && !self.has_stream_body() => {
                Some(Repeat::Misdirected)
            }
            Err(failure)
                if failure.unanswered
                    && tries < self.profile.tries_without_answer
                    && SAFE_METHODS.contains(&request.method.as_str())
                    && self.request.mode != Mode::WebSocket =>
            {
                Some(Repeat::Unanswered)
            }
            _ => None,
        }
    }
}

impl Pending {
    /// Sends the same once more.
    pub(super) fn again(mut self, why: Repeat, answer: &Answer, now: Timestamp) -> Step {
        let (trace, at) = (&mut self.fetch.trace, Some(self.fetch.exchanges.len()));
        match why {
            Repeat::Misdirected => {
                trace.push(Rule::Misdirected, StepOutcome::Info, at);
            }
            Repeat::Unanswered => {
                let most = self.fetch.profile.tries_without_answer;
                trace
                    .push(Rule::Unanswered, StepOutcome::Info, at)
                    .with("number", (self.tries + 1).to_string())
                    .with("most", most.to_string());
            }
        }
        self.fetch.exchanges.push(Exchange {
            kind: self.kind,
            request: self.request.clone(),
            answer: answer.clone(),
            from_cache: false,
            provenance: Provenance::Browser,
            answered: now,
        });
        self.tries += 1;
        Step::Send(Box::new(self))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{Api, Browser, Engine, FetchRequest, Finished, Page, Verdict, start};
    use crate::wire::{FailureKind, NetworkFailure, Reply};
    use url::Url;

    /// How a fetch ends whose server closes so many connections, then answers.
    fn asked(engine: Engine, method: &str, api: Api, closed: usize, byte: bool) -> Finished {
        let mut browser = Browser::fresh(engine);
        let mut request = FetchRequest::new("http://api.test/");
        (request.method, request.api) = (method.to_owned(), api);
        let page = Page::at(Url::parse("http://shop.test/").expect("a URL"));
        let headers = [
            ("Access-Control-Allow-Origin", "*"),
            ("Access-Control-Allow-Methods", "*"),
        ];
        let reply = Reply {
            status: 200,
            headers: headers.into_iter().collect(),
            ..Reply::default()
        };
        let mut failure = NetworkFailure::unanswered(FailureKind::EmptyResponse, "closed");
        failure.unanswered = !byte;
        let mut left = closed;
        let mut step = start(&request, &page, &mut browser, Timestamp(0));
        loop {
            step = match step {
                Step::Done(finished) => return *finished,
                Step::Locate(locating) => {
                    let location = crate::engine::Location::PUBLIC;
                    locating.located(location, &mut browser, Timestamp(0))
                }
                Step::Send(pending) => {
                    let fails = left > 0;
                    left -= usize::from(fails);
                    let answer = if fails {
                        Err(failure.clone())
                    } else {
                        Ok(reply.clone())
                    };
                    pending.answer(&answer, &mut browser, Timestamp(0))
                }
            }
        }
    }

    #[test]
    fn firefox_asks_ten_times_where_connections_are_closed() {
        let ends = |engine, closed| {
            let end = asked(engine, "GET", Api::Fetch, closed, false);
            (end.verdict == Verdict::Allowed, end.exchanges.len())
        };
        assert_eq!(ends(Engine::Firefox, 1), (true, 2));
        assert_eq!(ends(Engine::Firefox, 9), (true, 10));
        assert_eq!(ends(Engine::Firefox, 10), (false, 10));
        for engine in [Engine::Chromium, Engine::WebKit, Engine::Standard] {
            assert_eq!(ends(engine, 1), (false, 1), "{engine:?}");
        }
    }

    #[test]
    fn what_may_change_something_is_asked_once() {
        let exchanges = |method, closed| {
            let end = asked(Engine::Firefox, method, Api::Fetch, closed, false);
            end.exchanges.len()
        };
        assert_eq!(exchanges("POST", 1), 1);
        // The preflight of the others is repeated, and then answered.
        assert_eq!(exchanges("PUT", 1), 3);
        assert_eq!(exchanges("REPORT", 1), 3);
    }

    #[test]
    fn neither_what_began_to_answer_nor_a_websocket_is_asked_again() {
        let begun = asked(Engine::Firefox, "GET", Api::Fetch, 1, true);
        assert_eq!(begun.exchanges.len(), 1);
        let socket = asked(Engine::Firefox, "GET", Api::WebSocket, 1, false);
        assert_eq!(socket.exchanges.len(), 1);
    }
}
