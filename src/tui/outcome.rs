//! A case made ready for the screen, once, when it comes in: words, rows, the cause's page, bodies.

use std::sync::Arc;

use super::screens::body::BodyText;
use super::screens::console::Consoles;
use super::screens::lessons::LabId;
use super::screens::trace::{Row, rows};
use crate::case::Case;
use crate::diagnose::{
    Explanation, Label, RankedCause, Words, explain, explain_behind, shown, words,
};
use crate::engine::{Engine, Exchange, Side, StepOutcome, TraceStep, Verdict};
use crate::fix::describe_problem;
use crate::session::{Missing, RequestForm};

/// A run that came to its end, ready for the screen.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// What happened and what follows from it.
    pub case: Case,
    /// The form that it was made from.
    pub form: RequestForm,
    /// The lab's server that answered.
    pub lab: Option<LabId>,
    /// The words of each step.
    pub words: Vec<Words>,
    /// The rows of the trace.
    pub rows: Vec<Row>,
    /// The page on the cause.
    pub explanation: Option<Explanation>,
    /// The page on each problem, by its index.
    pub behind: Vec<Option<Explanation>>,
    /// What each browser's console says.
    pub consoles: Consoles,
    /// What typically is behind it and fits, the best first.
    pub causes: Vec<RankedCause>,
    /// What to do about the best.
    pub remedy: Option<String>,
    /// Every exchange: the browser's, then those that it would not have sent.
    pub exchanges: Vec<Exchange>,
    /// The response body of each exchange.
    pub bodies: Vec<BodyText>,
    /// The run as it was, where this is a what-if.
    pub real: Option<Arc<Outcome>>,
}

impl Outcome {
    /// Makes a case ready.
    pub fn new(case: Case, form: RequestForm, lab: Option<LabId>) -> Self {
        let exchanges: Vec<Exchange> = case.exchanges().cloned().collect();
        let bodies = exchanges
            .iter()
            .map(|exchange| match &exchange.answer {
                Ok(reply) => BodyText::of(reply),
                Err(_) => BodyText::default(),
            })
            .collect();
        let causes = case.causes();
        Self {
            words: case.finished.trace.steps.iter().map(words).collect(),
            rows: rows(&case),
            explanation: explain(&case.session, &case.finished),
            behind: case
                .problems
                .iter()
                .map(|problem| explain_behind(&case.session, &case.finished, problem.block()?))
                .collect(),
            consoles: Consoles::of(&case),
            remedy: causes
                .first()
                .and_then(|cause| cause.text(&case.session, &case.finished))
                .map(|text| text.remedy),
            causes,
            exchanges,
            bodies,
            real: None,
            case,
            form,
            lab,
        }
    }

    /// The verdict of each browser, in their order.
    pub fn labels(&self) -> Vec<(Engine, Label)> {
        let case = &self.case;
        let own = case.session.engine();
        let label = |engine: &Engine| {
            let other = || case.others.iter().find(|opinion| opinion.engine == *engine);
            let label = match *engine == own {
                true => Label::of(&case.finished.verdict),
                false => other()?.label(),
            };
            Some((*engine, label))
        };
        Engine::BROWSERS.iter().filter_map(label).collect()
    }

    /// The first thing that another browser would have asked, and whose it is.
    pub fn missing(&self) -> Option<(Engine, &Missing)> {
        let browsers = self
            .case
            .others
            .iter()
            .filter(|opinion| opinion.engine != Engine::Standard);
        browsers
            .filter_map(|opinion| Some((opinion.engine, opinion.missing.as_ref()?)))
            .next()
    }

    /// The step at an index of the trace.
    pub fn step(&self, index: usize) -> Option<&TraceStep> {
        self.case.finished.trace.steps.get(index)
    }

    /// The exchange at an index.
    pub fn exchange(&self, index: usize) -> Option<&Exchange> {
        self.exchanges.get(index)
    }

    /// A header's name as the line of an exchange writes it; as people write it where no such line came.
    pub fn name_of(&self, exchange: Option<usize>, side: Side, header: &str) -> String {
        let exchange = exchange.and_then(|index| self.exchange(index));
        let lines = exchange.and_then(|exchange| match side {
            Side::Request => Some(&exchange.request.headers),
            Side::Response => exchange.answer.as_ref().ok().map(|reply| &reply.headers),
            Side::Page => None,
        });
        let line = lines.and_then(|lines| lines.iter().find(|line| line.is(header)));
        line.map_or_else(|| canonical_name(header), |line| shown(&line.name))
    }

    /// The index of the step that decided.
    pub fn cause(&self) -> Option<usize> {
        self.case.cause().map(|(index, _)| index)
    }

    /// Whether a step is worth stopping at: it failed, or would have if another had not come first.
    pub fn is_problem(&self, index: usize) -> bool {
        self.step(index).is_some_and(|step| {
            step.outcome == StepOutcome::Fail
                || step.params.contains(&("case", "also-missing".into()))
        })
    }

    /// The rows worth stopping at, from top to bottom.
    pub fn problem_rows(&self) -> impl DoubleEndedIterator<Item = usize> {
        self.rows.iter().enumerate().filter_map(|(at, row)| {
            let is_problem = match row {
                Row::Step(index) => self.is_problem(*index),
                Row::Behind(_) => true,
                _ => false,
            };
            is_problem.then_some(at)
        })
    }

    /// A problem that stands behind the cause, in one line, with the exchange that it is about.
    pub fn behind(&self, index: usize) -> Option<String> {
        let session = &self.case.session;
        let problem = self.case.problems.get(index)?;
        let words = describe_problem(session, problem);
        let exchange = problem.block().and_then(|block| block.exchange);
        Some(match exchange.and_then(|at| session.exchanges.get(at)) {
            Some(exchange) => {
                let request = &exchange.request;
                let (method, target) = (shown(&request.method), shown(&request.target()));
                format!("{method} {target}: {words}")
            }
            None => words,
        })
    }

    /// Whether a step of a what-if is none of the real run's.
    pub fn is_new(&self, index: usize) -> bool {
        let Some(real) = &self.real else {
            return false;
        };
        let (Some(step), Some(words)) = (self.step(index), self.words.get(index)) else {
            return false;
        };
        let same = |(known, told): (&TraceStep, &Words)| {
            known.rule == step.rule
                && known.outcome == step.outcome
                && known.exchange == step.exchange
                && told == words
        };
        let steps = &real.case.finished.trace.steps;
        !steps.iter().zip(&real.words).any(same)
    }

    /// The same exchange in the real run, where this is a what-if.
    pub fn before(&self, exchange: &Exchange) -> Option<&Exchange> {
        let known = &self.real.as_ref()?.exchanges;
        known.iter().find(|known| {
            known.kind == exchange.kind
                && known.request.method == exchange.request.method
                && known.request.url == exchange.request.url
        })
    }

    /// Whether the page gets nothing to read.
    pub fn hidden(&self) -> bool {
        matches!(
            self.case.finished.verdict,
            Verdict::Blocked(_) | Verdict::Failed(_)
        )
    }
}

/// A header's name as people write it: `Access-Control-Allow-Origin`.
pub fn canonical_name(name: &str) -> String {
    let name = shown(name);
    match name.as_str() {
        "url" => return "URL".to_owned(),
        "etag" => return "ETag".to_owned(),
        "www-authenticate" => return "WWW-Authenticate".to_owned(),
        _ => {}
    }
    let parts = name.split('-').map(|part| {
        let mut chars = part.chars();
        match chars.next() {
            Some(first) => first.to_ascii_uppercase().to_string() + chars.as_str(),
            None => String::new(),
        }
    });
    parts.collect::<Vec<_>>().join("-")
}

/// Milliseconds as people read them.
pub fn milliseconds(value: f64) -> String {
    if value < 10.0 {
        format!("{value:.1} ms")
    } else if value < 10_000.0 {
        format!("{value:.0} ms")
    } else {
        format!("{:.1} s", value / 1000.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_as_people_write_them() {
        assert_eq!(
            canonical_name("access-control-allow-origin"),
            "Access-Control-Allow-Origin"
        );
        assert_eq!(canonical_name("etag"), "ETag");
        assert_eq!(canonical_name("x-\u{1b}"), "X-\\u{1b}");
    }
}
