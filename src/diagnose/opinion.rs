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

    fn end_told(&self, session: &Session, own: &Verdict) -> String {
        let name = self.engine.subject();
        let label = self.label().as_str();
        match &self.replay {
            Replay::NeedsAnswer(pending) => format!(
                "{name} would send {} {}, which {} does not.",
                shown(&pending.request().method),
                shown(pending.request().url.as_str()),
                within_sentence(session.engine().subject()),
            ),
            Replay::Decided(_) if !self.ends_otherwise(own) => {
                format!("{name}: {label} too, but by another way.")
            }
            Replay::Decided(finished) => {
                let reason = match &finished.verdict {
                    Verdict::Blocked(block) => format!(" ({})", block.reason.id()),
                    Verdict::Failed(failure) => format!(" ({})", failure.kind.id()),
                    _ => String::new(),
                };
                format!("{name}: {label}{reason}")
            }
        }
    }

    /// Whether the same rules make both part, each doing the same.
    fn parts_as(&self, other: &Self) -> bool {
        let rules = |opinion: &Self| -> Vec<_> {
            let deviations = opinion.deviations.iter();
            deviations
                .map(|one| (one.field, one.phrase.clone()))
                .collect()
        };
        !self.deviations.is_empty() && rules(self) == rules(other)
    }

    fn rules_told(&self) -> Vec<(String, Option<&'static str>)> {
        let mut told: Vec<_> = self
            .deviations
            .iter()
            .map(|one| {
                let source = one.sources.first().map(String::as_str);
                (one.sentence.clone(), source)
            })
            .collect();
        if told.len() > 1 && self.deviations.iter().all(|one| !one.alone) {
            told.insert(0, ("Several rules together:".to_owned(), None));
        }
        told
    }

    fn rests_on(&self, session: &Session) -> Vec<String> {
        let assumed = self.assumed.iter().map(|assumption| {
            if assumption.lines.is_empty() {
                return format!(
                    "This assumes that the connection is closed again when {} {} is asked again.",
                    shown(&assumption.request.method),
                    shown(assumption.request.url.as_str()),
                );
            }
            format!(
                "This assumes that the server answers {} {} the same with another {}.",
                shown(&assumption.request.method),
                shown(assumption.request.url.as_str()),
                listed(&assumption.lines),
            )
        });
        let asked = self
            .asked
            .iter()
            .filter_map(|at| session.exchanges.get(*at));
        let asked = asked.map(|exchange| {
            let answer = match &exchange.answer {
                Ok(reply) => reply.status.to_string(),
                Err(failure) => failure.kind.id().to_owned(),
            };
            format!(
                "Asked as {} would: {} {} was answered {answer}.",
                within_sentence(self.engine.subject()),
                shown(&exchange.request.method),
                shown(exchange.request.url.as_str()),
            )
        });
        assumed.chain(asked).collect()
    }
}

/// How an engine parts from that of the live run, in sentences.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parting {
    /// How it ends.
    pub end: String,
    /// By which rules, each with its first source.
    pub rules: Vec<(String, Option<&'static str>)>,
    /// What that assumes, and what was asked to know.
    pub rests_on: Vec<String>,
}

/// Who parts from the engine of the live run, and why.
pub fn parting_told(session: &Session, own: &Finished, opinions: &[Opinion]) -> Vec<Parting> {
    let parting: Vec<_> = opinions.iter().filter(|opinion| opinion.parts).collect();
    let told = parting.iter().enumerate().map(|(at, opinion)| {
        let earlier = parting[..at]
            .iter()
            .find(|earlier| opinion.parts_as(earlier));
        Parting {
            end: opinion.end_told(session, &own.verdict),
            rules: match earlier {
                Some(earlier) => {
                    let name = within_sentence(earlier.engine.subject());
                    vec![(format!("By the same rule as {name}."), None)]
                }
                None => opinion.rules_told(),
            },
            rests_on: opinion.rests_on(session),
        }
    });
    told.collect()
}

fn within_sentence(subject: &str) -> String {
    subject.replacen("The ", "the ", 1)
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

/// The engines by their verdict, that of the live run first. The Standard goes without saying where it
/// agrees with that.
pub fn agreement(
    own: Engine,
    finished: &Finished,
    others: &[Opinion],
) -> Vec<(Label, Vec<Engine>)> {
    let own_label = Label::of(&finished.verdict);
    let mut groups = vec![(own_label, vec![own])];
    for opinion in others {
        let label = opinion.label();
        if opinion.engine == Engine::Standard && label == own_label {
            continue;
        }
        match groups.iter_mut().find(|(known, _)| *known == label) {
            Some((_, engines)) => engines.push(opinion.engine),
            None => groups.push((label, vec![opinion.engine])),
        }
    }
    for (_, engines) in &mut groups {
        let place = |engine: &Engine| Engine::ALL.iter().position(|one| one == engine);
        engines.sort_by_key(place);
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
    let standard = engines.contains(&Engine::Standard);
    match (within, standard) {
        (Some(within), true) => format!("{within}, and by the Standard"),
        (Some(within), false) => within,
        (None, _) => "by the Standard".to_owned(),
    }
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
            (&[Firefox, Standard], "in Firefox, and by the Standard"),
        ] {
            assert_eq!(among(engines), words);
        }
    }
}
