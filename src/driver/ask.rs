//! What engines other than that of the live run would have asked: where hosts lead, and requests that
//! were not sent. What is found out joins the session, for replays to use.

use std::time::Instant;

use super::run::send;
use super::{Event, Network, RunOptions};
use crate::engine::{Engine, Exchange, Provenance};
use crate::session::{Missing, Session, replay_as};

/// No engine goes further: twenty redirects, each with a preflight and a login.
const MOST_REQUESTS: usize = 64;

/// Finds out where hosts lead that only other engines want to know of, for the rules about local
/// networks. Names are looked up; nothing is sent.
pub async fn locate_for_others(network: &Network, session: &mut Session, options: &RunOptions) {
    let deadline = options.max_time.map(|limit| Instant::now() + limit);
    for engine in Engine::ALL {
        while let Some(subject) = replay_as(session, engine.profile())
            .not_located
            .into_iter()
            .next()
        {
            let location = network.locate(&subject, deadline).await;
            session.locations.push((subject, location));
        }
    }
}

/// Lets every browser's engine ask what it would ask, one after the other. What another has been told
/// already is not asked again: neither a request with the same telling lines, nor one that may change
/// something on the server, whatever its lines say.
pub async fn ask_for_others(
    network: &Network,
    session: &mut Session,
    options: &RunOptions,
    events: &(dyn Fn(Event<'_>) + Send + Sync),
) {
    let deadline = options.max_time.map(|limit| Instant::now() + limit);
    for engine in Engine::BROWSERS {
        for _ in 0..MOST_REQUESTS {
            match replay_as(session, engine.profile()).missing() {
                None => break,
                Some(Missing::Location(subject)) => {
                    let location = network.locate(&subject, deadline).await;
                    session.locations.push((subject, location));
                }
                Some(Missing::Answer(kind, request)) => {
                    let number = session.exchanges.len();
                    let answer = send(network, number, kind, &request, deadline, events).await;
                    session.exchanges.push(Exchange {
                        kind,
                        request: *request,
                        answer,
                        from_cache: false,
                        provenance: Provenance::Browser,
                        answered: options.now(),
                    });
                }
            }
        }
    }
}
