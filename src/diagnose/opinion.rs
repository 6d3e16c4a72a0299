//! What the other engines make of a session, and how far they agree.

use super::deviation::{Deviation, deviations};
use super::shown;
use crate::engine::{BlockReason, Engine, Finished, Verdict};
use crate::session::{Assumption, Missing, Replay, Session, replay_as};

/// What one other engine makes of a session.
#[derive(Clone, Debug)]
pub struct Opinion {
    /// Whose it is.
    pub engine: Engine,
    /// How its replay ends.
    pub replay: Replay,
    /// Where it would have sent other lines than those that were answered.
    pub assumed: Vec<Assumption>,
    /// The exchanges that were sent for other engines than that of the live run and that it rests on,
    /// by index into the session's.
    pub asked: Vec<usize>,
    /// What the network would have to be asked for the end to be its own.
    pub missing: Option<Missing>,
    /// Whether it sends, ends or lets script see anything otherwise than the engine of the live run.
    pub parts: bool,
    /// Which rules make it part.
    pub deviations: Vec<Deviation>,
}

/// A verdict in one word, or that there is none yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Label {
    /// Script gets the answer.
    Allowed,
    /// Script gets an opaque answer.
    Opaque,
    /// Blocked.
    Blocked,
    /// Neither yes nor no: the browser asks, and the user decides.
    Depends,
    /// The network failed.
    Failed,
    /// It would have sent a request that was not sent.
    AsksElse,
}

impl Label {
    /// The label of a verdict.
    pub fn of(verdict: &Verdict) -> Self {
        match verdict {
            Verdict::Allowed => Self::Allowed,
            Verdict::Opaque => Self::Opaque,
            Verdict::Blocked(block)
                if block.reason == BlockReason::LocalNetworkPermissionPrompt =>
            {
                Self::Depends
            }
            Verdict::Blocked(_) => Self::Blocked,
            Verdict::Failed(_) => Self::Failed,
        }
    }

    /// The words.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Allowed => "ALLOWED",
            Self::Opaque => "OPAQUE",
            Self::Blocked => "BLOCKED",
            Self::Depends => "DEPENDS ON THE USER",
            Self::Failed => "FAILED",
            Self::AsksElse => "NOT KNOWN",
        }
    }
}

impl Opinion {
    /// The verdict, if it came to one.
    pub fn verdict(&self) -> Option<&Verdict> {
        self.replay.decided().map(|finished| &finished.verdict)
    }

    /// The verdict in one word.
    pub fn label(&self) -> Label {
        self.verdict().map_or(Label::AsksElse, Label::of)
    }

    /// Whether it ends otherwise: another verdict, or a block for another reason.
    pub fn ends_otherwise(&self, own: &Verdict) -> bool {
        let reason = |verdict: &Verdict| verdict.block().map(|block| block.reason.id());
        match self.verdict() {
            Some(verdict) => verdict.as_str() != own.as_str() || reason(verdict) != reason(own),
            None => true,
        }
    }

    /// Where it parts from the engine of the live run, and why, in sentences; the first says how it
    /// ends.
    pub fn told(&self, session: &Session) -> Vec<String> {
        let own = session.engine();
        let mut told = vec![self.end_told(own)];
        let sentences = self.deviations.iter().map(|one| {
            let sources = one.sources.join(", ");
            format!("{} ({sources})", one.sentence)
        });
        let sentences: Vec<_> = sentences.collect();
        let together = self.deviations.len() > 1 && self.deviations.iter().all(|one| !one.alone);
        if together {
            told.push(format!("Several rules together: {}", sentences.join(" ")));
        } else {
            told.extend(sentences);
        }
        for assumption in &self.assumed {
            told.push(format!(
                "This assumes that the server answers {} {} the same, though {} would differ.",
                shown(&assumption.request.method),
                shown(assumption.request.url.as_str()),
                listed(&assumption.lines),
            ));
        }
        for exchange in self
            .asked
            .iter()
            .filter_map(|at| session.exchanges.get(*at))
        {
            let request = &exchange.request;
            let answer = match &exchange.answer {
                Ok(reply) => reply.status.to_string(),
                Err(failure) => failure.kind.id().to_owned(),
            };
            told.push(format!(
                "Asked as {} would: {} {} was answered {answer}.",
                self.engine.title(),
                shown(&request.method),
                shown(request.url.as_str()),
            ));
        }
        told
    }

    fn end_told(&self, own: Engine) -> String {
        let name = self.engine.subject();
        match &self.replay {
            Replay::NeedsAnswer(pending) => format!(
                "{name} would send {} {}, which {} does not.",
                shown(&pending.request().method),
                shown(pending.request().url.as_str()),
                own.subject().replace("The ", "the "),
            ),
            Replay::Decided(finished) => {
                let reason = match &finished.verdict {
                    Verdict::Blocked(block) => format!(" ({})", block.reason.id()),
                    Verdict::Failed(failure) => format!(" ({})", failure.kind.id()),
                    _ => String::new(),
                };
                format!("{name}: {}{reason}", self.label().as_str())
            }
        }
    }
}

/// `a`, `a and b`, `a, b and c`.
fn listed(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// What the engines other than that of the live run make of a session.
pub fn opinions(session: &Session, finished: &Finished) -> Vec<Opinion> {
    let own = session.engine();
    let others = Engine::ALL.iter().filter(|engine| **engine != own);
    others
        .map(|engine| opinion(session, finished, own, *engine))
        .collect()
}

fn opinion(session: &Session, finished: &Finished, own: Engine, engine: Engine) -> Opinion {
    let replayed = replay_as(session, engine.profile());
    let live = finished.exchanges.len();
    // The live run used what it sent, in order.
    let sent = (0..live).filter(|at| !finished.exchanges[*at].from_cache);
    let same_requests = replayed.used.iter().copied().eq(sent);
    let visible = |finished: &Finished| {
        let response = finished.response.as_ref();
        response.map(|response| (response.kind, response.status))
    };
    let mut opinion = Opinion {
        engine,
        missing: replayed.missing(),
        asked: replayed.used.into_iter().filter(|at| *at >= live).collect(),
        assumed: replayed.assumed,
        replay: replayed.end,
        parts: false,
        deviations: Vec::new(),
    };
    let other = opinion.replay.decided();
    opinion.parts = opinion.ends_otherwise(&finished.verdict)
        || other.is_some_and(|other| visible(other) != visible(finished))
        || !same_requests
        || !opinion.assumed.is_empty();
    if opinion.parts {
        opinion.deviations = deviations(session, own, engine);
    }
    opinion
}

/// The engines by their verdict, that of the live run first. The Standard counts where it has a
/// verdict of its own, or asks itself.
pub fn agreement(
    own: Engine,
    finished: &Finished,
    others: &[Opinion],
) -> Vec<(Label, Vec<Engine>)> {
    let mut groups = vec![(Label::of(&finished.verdict), vec![own])];
    for opinion in others {
        let label = opinion.label();
        match groups.iter_mut().find(|(known, _)| *known == label) {
            Some((_, engines)) => engines.push(opinion.engine),
            None => groups.push((label, vec![opinion.engine])),
        }
    }
    for (_, engines) in &mut groups {
        let position = |engine: &Engine| Engine::ALL.iter().position(|one| one == engine);
        engines.sort_by_key(position);
        if engines.len() > 1 && own != Engine::Standard {
            engines.retain(|engine| *engine != Engine::Standard);
        }
    }
    groups
}

/// `in all three browsers`, `in Chromium and WebKit`, `by the Standard`.
pub fn among(engines: &[Engine]) -> String {
    let browsers: Vec<_> = engines
        .iter()
        .filter(|engine| **engine != Engine::Standard)
        .map(|engine| engine.title())
        .collect();
    let within = match browsers.as_slice() {
        [] => None,
        [one] => Some(format!("in {one}")),
        [one, two] => Some(format!("in {one} and {two}")),
        _ => Some("in all three browsers".to_owned()),
    };
    let standard = engines
        .contains(&Engine::Standard)
        .then_some("by the Standard".to_owned());
    [standard, within]
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()
        .join(" and ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn engines_in_words() {
        use Engine::{Chromium, Firefox, Standard, WebKit};
        for (engines, words) in [
            (&[Chromium][..], "in Chromium"),
            (&[Chromium, WebKit], "in Chromium and WebKit"),
            (&[Chromium, Firefox, WebKit], "in all three browsers"),
            (&[Standard], "by the Standard"),
            (&[Firefox, Standard], "by the Standard and in Firefox"),
        ] {
            assert_eq!(among(engines), words);
        }
    }
}
