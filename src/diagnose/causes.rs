//! What is behind a block: the causes of `assets/causes/`, ranked by the evidence in a case.
//!
//! A finding names what typically is behind it; each of those is weighed by its signs. The conditions
//! are in `signs`, how an allowed origin or a redirect misses in `misses`.

mod misses;
mod signs;

use minijinja::{Environment, context};

use super::explain::params;
use super::investigate::Probed;
use crate::assets::{
    Cause, ProbeId, RenderedFinding, cause, evidence_words, finding, probe_words, quiet_causes,
};
use crate::engine::{Exchange, ExchangeKind, Finished, Verdict};
use crate::session::Session;
use signs::{Hit, Scene};

/// Points from which on a cause is called likely.
const LIKELY: i16 = 50;

/// How a piece of evidence from a preflight ends.
const ON_PREFLIGHT: &str = " on the preflight";

/// Points below which a cause is not worth a word.
const POSSIBLE: i16 = 10;

/// A cause that fits a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RankedCause {
    /// The cause's id.
    pub id: &'static str,
    /// A plain heading.
    pub title: &'static str,
    /// The evidence for it in one line, to follow "signs:".
    pub why: String,
    /// What speaks for it and against it.
    pub evidence: Vec<CauseEvidence>,
    /// How well it fits.
    pub likelihood: Likelihood,
}

impl RankedCause {
    /// The cause and what speaks for it, in one line.
    pub fn because(&self) -> String {
        match self.why.as_str() {
            "" => self.title.to_owned(),
            why => format!("{} (signs: {why})", self.title),
        }
    }

    /// What it means and what to do, with the values of the case that it was ranked for.
    ///
    /// # Panics
    ///
    /// If the cause's templates do not render; a test renders all of them.
    pub fn text(&self, session: &Session, finished: &Finished) -> Option<RenderedFinding> {
        let rendered = cause(self.id)?.render(&params(session, finished));
        Some(rendered.unwrap_or_else(|error| {
            panic!("assets/causes/{}.toml renders: {error}", self.id);
        }))
    }
}

/// How well a cause fits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Likelihood {
    /// It explains what was seen, and there is a mark of it.
    Likely,
    /// Nothing speaks against it.
    Possible,
}

impl Likelihood {
    /// `likely` or `possible`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Likely => "likely",
            Self::Possible => "possible",
        }
    }
}

/// What speaks for a cause. Nothing in it can move a cursor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CauseEvidence {
    /// The exchange that shows it.
    pub exchange: Option<usize>,
    /// The follow-up request that shows it.
    pub probe: Option<ProbeId>,
    /// The header that shows it, as it is usually written.
    pub header: Option<String>,
    /// Its value, or what else was seen.
    pub value: Option<String>,
    /// In words.
    pub words: String,
    /// Whether it speaks against the cause.
    pub against: bool,
}

/// The causes that fit a finished fetch, the best first.
///
/// # Panics
///
/// If a file of `assets/causes/` is broken; the tests read all.
pub fn causes(session: &Session, finished: &Finished) -> Vec<RankedCause> {
    rank(session, finished, &[])
}

/// As [`causes`], with the answers to follow-up requests.
pub(super) fn rank(session: &Session, finished: &Finished, probed: &[Probed]) -> Vec<RankedCause> {
    let scene = Scene::new(session, finished, probed);
    let weighed = candidates(finished).filter_map(|cause| Some((cause, weigh(cause, &scene)?)));
    let mut weighed: Vec<_> = weighed
        .filter(|(_, (points, _))| *points >= POSSIBLE)
        .collect();
    // Stable: what counts the same stays in the order of the finding.
    weighed.sort_by_key(|(_, (points, _))| std::cmp::Reverse(*points));
    let ranked = weighed
        .into_iter()
        .map(|(cause, (points, evidence))| RankedCause {
            id: &cause.id,
            title: &cause.title,
            why: why(&evidence),
            evidence,
            likelihood: if points >= LIKELY {
                Likelihood::Likely
            } else {
                Likelihood::Possible
            },
        });
    ranked.collect()
}

/// The causes that would be told by their follow-up requests: those whose own marks do not rule them out.
pub(super) fn open_causes(session: &Session, finished: &Finished) -> Vec<&'static Cause> {
    let scene = Scene::new(session, finished, &[]);
    let fits = |cause: &&Cause| {
        let mut needed = cause.signs.iter().filter(|sign| sign.needed);
        needed.all(|sign| sign.probe.is_some() || scene.hit(sign).is_some())
    };
    let mut open: Vec<_> = candidates(finished).filter(fits).collect();
    open.sort_by_key(|cause| {
        std::cmp::Reverse(weigh(cause, &scene).map_or(0, |(points, _)| points))
    });
    open
}

/// What typically is behind such an end.
fn candidates(finished: &Finished) -> impl Iterator<Item = &'static Cause> {
    let of_reason = |id| finding(id).map(|finding| finding.causes.as_slice());
    let ids = match &finished.verdict {
        Verdict::Blocked(block) => of_reason(block.reason.id()),
        Verdict::Failed(failure) => of_reason(failure.kind.id()),
        Verdict::Allowed => Some(quiet_causes().allowed.as_slice()),
        Verdict::Opaque => Some(quiet_causes().opaque.as_slice()),
    };
    ids.unwrap_or_default().iter().filter_map(|id| cause(id))
}

/// The exchange whose answer was judged: that of the block, else the last.
pub(super) fn judged(finished: &Finished) -> Option<(usize, &Exchange)> {
    let of_block = finished.verdict.block().and_then(|block| block.exchange);
    let index = match finished.verdict.block() {
        // Nothing was sent to what was blocked.
        Some(_) => of_block?,
        None => finished.exchanges.len().checked_sub(1)?,
    };
    finished
        .exchanges
        .get(index)
        .map(|exchange| (index, exchange))
}

/// The points of a cause and what they were given for; `None` if a needed mark is missing.
fn weigh(cause: &'static Cause, scene: &Scene) -> Option<(i16, Vec<CauseEvidence>)> {
    let mut hits = Vec::new();
    for sign in &cause.signs {
        match scene.hit(sign) {
            Some(hit) => hits.push((sign, hit)),
            None if sign.needed => return None,
            None => {}
        }
    }
    // Words are found last: most causes are ruled out, and to render costs most.
    let points = hits.iter().map(|(sign, _)| sign.weight).sum();
    let evidence = hits.into_iter().filter_map(|(sign, hit)| {
        let words = match &sign.says {
            Some(words) => words.clone(),
            None => words(&hit),
        };
        (!words.is_empty()).then_some(CauseEvidence {
            exchange: hit.exchange,
            probe: hit.probe,
            header: hit.header,
            value: hit.value,
            words,
            against: sign.weight < 0,
        })
    });
    Some((points, evidence.collect()))
}

/// A hit in the words of `assets/evidence.toml`.
fn words(hit: &Hit) -> String {
    let on = match (hit.probe, hit.kind) {
        (Some(probe), _) => probe_words(probe).on.as_str(),
        (None, Some(ExchangeKind::Preflight)) => ON_PREFLIGHT.trim_start(),
        (None, Some(ExchangeKind::Actual)) if hit.behind => "on the request behind it",
        (None, Some(ExchangeKind::Actual)) if hit.beside => "on another answer",
        _ => "",
    };
    let template = evidence_words(hit.key);
    let filled = Environment::empty().render_str(
        template,
        context! { header => hit.header, value => hit.value, on => on },
    );
    let filled = filled.unwrap_or_else(|error| panic!("assets/evidence.toml renders: {error}"));
    filled.trim().to_owned()
}

/// What speaks for a cause: `a, b and c`.
fn why(evidence: &[CauseEvidence]) -> String {
    let mut told: Vec<&str> = Vec::new();
    for piece in evidence.iter().filter(|piece| !piece.against) {
        if !told.contains(&piece.words.as_str()) {
            told.push(&piece.words);
        }
    }
    // Where is said once, at the end of what was seen there.
    for at in 1..told.len() {
        if told[at].ends_with(ON_PREFLIGHT) {
            told[at - 1] = told[at - 1]
                .strip_suffix(ON_PREFLIGHT)
                .unwrap_or(told[at - 1]);
        }
    }
    match told.as_slice() {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

#[cfg(test)]
pub(in crate::diagnose) mod tests;
