//! Problems, fixes and what-ifs in the JSON of a case.

use std::borrow::Cow;

use serde::Serialize;

use super::json::text;
use crate::case::Case;
use crate::engine::Engine;
use crate::fix::{Fix, Problem, describe_problem, fix_words, no_fix_words};
use crate::session::Edit;
use crate::wire::HttpRequest;

/// One problem; `certain` where it was seen, else all that is known is what was not asked.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ProblemJson<'a> {
    reason: Option<&'static str>,
    title: String,
    certain: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    phase: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    exchange: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    header: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expected: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    item: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    unasked: Option<AskJson>,
}

/// A request that was never sent.
#[derive(Serialize)]
pub(super) struct AskJson {
    method: String,
    url: String,
}

impl<'a> ProblemJson<'a> {
    pub(super) fn all(case: &'a Case) -> Vec<Self> {
        let problems = case.problems.iter();
        problems.map(|problem| Self::of(case, problem)).collect()
    }

    fn of(case: &'a Case, problem: &'a Problem) -> Self {
        let block = problem.block();
        let unasked = match problem {
            Problem::Unasked { method, url } => Some(AskJson {
                method: method.clone(),
                url: url.clone(),
            }),
            _ => None,
        };
        Self {
            reason: problem.reason(),
            title: describe_problem(&case.session, problem),
            certain: unasked.is_none(),
            phase: block.map(|block| block.phase.as_str()),
            exchange: block.and_then(|block| block.exchange),
            header: block.and_then(|block| block.header.as_deref()),
            value: block.and_then(|block| block.value.as_deref().map(text)),
            expected: block.and_then(|block| block.expected.as_deref()),
            item: block.and_then(|block| block.item.as_deref()),
            unasked,
        }
    }
}

/// One fix. The edits are in the notation of `check --what-if`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct FixJson {
    side: &'static str,
    action: &'static str,
    title: String,
    detail: String,
    edits: Vec<String>,
    along: Vec<String>,
    assumed: Vec<String>,
    opens: String,
    dangerous: Option<String>,
    proven_in: Vec<&'static str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    still_blocked: Vec<StillBlockedJson>,
}

/// A browser that a fix does not help, and why.
#[derive(Serialize)]
struct StillBlockedJson {
    engine: &'static str,
    reason: &'static str,
}

impl FixJson {
    pub(super) fn all(case: &Case) -> Vec<Self> {
        case.fixes.iter().map(|fix| Self::of(case, fix)).collect()
    }

    fn of(case: &Case, fix: &Fix) -> Self {
        let words = fix_words(&case.session, fix);
        let still = fix.still_blocked.iter();
        Self {
            side: fix.side.as_str(),
            action: fix.action,
            title: words.title,
            detail: words.detail,
            edits: written(&fix.edits),
            along: written(&fix.along),
            assumed: written(&fix.assumed),
            opens: words.opens,
            dangerous: words.dangerous,
            proven_in: fix.proven_in.iter().copied().map(Engine::as_str).collect(),
            still_blocked: still
                .map(|(engine, reason)| StillBlockedJson {
                    engine: engine.as_str(),
                    reason: reason.id(),
                })
                .collect(),
        }
    }
}

/// Why the server has no fix.
#[derive(Serialize)]
pub(super) struct NoFixJson {
    id: &'static str,
    text: String,
}

impl NoFixJson {
    pub(super) fn of(case: &Case) -> Option<Self> {
        case.no_fix.map(|id| Self {
            id,
            text: no_fix_words(&case.session, id),
        })
    }
}

/// What edits have changed.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct WhatIfJson {
    edits: Vec<String>,
    before: BeforeJson,
    needs_answer: Option<AskJson>,
}

#[derive(Serialize)]
struct BeforeJson {
    verdict: &'static str,
    reason: Option<&'static str>,
}

impl WhatIfJson {
    pub(super) fn decided(edits: &[Edit], before: &Case) -> Self {
        Self {
            edits: written(edits),
            before: BeforeJson {
                verdict: before.finished.verdict.as_str(),
                reason: before.block().map(|block| block.reason.id()),
            },
            needs_answer: None,
        }
    }

    pub(super) fn undecided(edits: &[Edit], before: &Case, asks: &HttpRequest) -> Self {
        Self {
            needs_answer: Some(AskJson {
                method: asks.method.clone(),
                url: asks.url.to_string(),
            }),
            ..Self::decided(edits, before)
        }
    }
}

fn written(edits: &[Edit]) -> Vec<String> {
    edits.iter().map(ToString::to_string).collect()
}
