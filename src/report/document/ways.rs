//! The way to green: further problems, and fixes as the lines that they change.

use serde::Serialize;

use crate::case::Case;
use crate::diagnose::shown;
use crate::engine::Engine;
use crate::fix::{Fix, Problem, RenderedRecipe, describe_problem, diff, fix_words};

/// What comes after the cause.
#[derive(Serialize)]
pub(super) struct ProblemsView {
    certain: Vec<ProblemView>,
    unknown: Vec<String>,
}

#[derive(Serialize)]
struct ProblemView {
    /// Whose answer it lies in.
    place: Option<String>,
    words: String,
    id: Option<&'static str>,
    header: Option<String>,
}

impl ProblemsView {
    pub(super) fn of(case: &Case) -> Self {
        let behind = case.problems.iter().skip(1);
        let (unknown, certain): (Vec<_>, Vec<_>) =
            behind.partition(|problem| matches!(problem, Problem::Unasked { .. }));
        let words = |problem: &Problem| describe_problem(&case.session, problem);
        let certain = certain.into_iter().map(|problem| {
            let block = problem.block();
            let exchange = block.and_then(|block| case.session.exchanges.get(block.exchange?));
            ProblemView {
                place: exchange.map(|exchange| {
                    let request = &exchange.request;
                    format!("{} {}", shown(&request.method), shown(&request.target()))
                }),
                words: words(problem),
                id: problem.reason(),
                header: block.and_then(|block| block.header.as_deref().map(shown)),
            }
        });
        Self {
            certain: certain.collect(),
            unknown: unknown.into_iter().map(words).collect(),
        }
    }
}

/// One fix.
#[derive(Serialize)]
pub(super) struct FixView {
    side: &'static str,
    title: String,
    detail: String,
    answers: Vec<AnswerView>,
    opens: String,
    dangerous: Option<String>,
    proof: String,
    then: Option<String>,
    still_blocked: Vec<String>,
}

/// The lines that change in one answer.
#[derive(Serialize)]
struct AnswerView {
    to: String,
    assumed: bool,
    lines: Vec<DiffView>,
}

#[derive(Serialize)]
struct DiffView {
    added: bool,
    /// With its sign.
    text: String,
}

impl FixView {
    pub(super) fn all(case: &Case) -> Vec<Self> {
        case.fixes.iter().map(|fix| Self::of(case, fix)).collect()
    }

    fn of(case: &Case, fix: &Fix) -> Self {
        let words = fix_words(&case.session, fix);
        let answers = diff(&case.session, fix)
            .into_iter()
            .map(|answer| AnswerView {
                to: format!("{} {}", shown(&answer.method), shown(&answer.url)),
                assumed: answer.assumed,
                lines: answer
                    .lines
                    .into_iter()
                    .map(|line| {
                        let sign = if line.added { '+' } else { '-' };
                        DiffView {
                            added: line.added,
                            text: format!("{sign} {}", shown(&line.text)),
                        }
                    })
                    .collect(),
            });
        let still = fix.still_blocked.iter();
        Self {
            side: fix.side.as_str(),
            title: words.title,
            detail: words.detail,
            answers: answers.collect(),
            opens: words.opens,
            dangerous: words.dangerous,
            proof: proof(fix),
            then: words.then,
            still_blocked: still
                .map(|(engine, reason)| {
                    format!("{} still blocks it by {}", engine.title(), reason.id())
                })
                .collect(),
        }
    }
}

/// What the replay has shown.
fn proof(fix: &Fix) -> String {
    let engines: Vec<_> = fix.proven_in.iter().copied().map(Engine::title).collect();
    let engines = match fix.is_proven_everywhere() {
        true => "all three browsers".to_owned(),
        false => engines.join(" and "),
    };
    let condition = match fix.assumed.is_empty() {
        true => "",
        false => ", if what was never asked answers so",
    };
    format!("With this, replayed: allowed in {engines}{condition}.")
}

/// The policy as the server's own set-up.
#[derive(Serialize)]
pub(super) struct RecipeView {
    title: &'static str,
    executed: bool,
    snippets: Vec<SnippetView>,
    caveats: Vec<String>,
    docs: &'static str,
}

#[derive(Serialize)]
struct SnippetView {
    file: &'static str,
    place: &'static str,
    lines: Vec<String>,
}

impl RecipeView {
    pub(super) fn of(recipe: &RenderedRecipe) -> Self {
        let snippets = recipe.snippets.iter().map(|snippet| SnippetView {
            file: snippet.file,
            place: snippet.place,
            lines: snippet
                .text
                .lines()
                .map(|line| line.replace('\t', "    "))
                .collect(),
        });
        Self {
            title: recipe.title,
            executed: recipe.executed,
            snippets: snippets.collect(),
            caveats: recipe.caveats.clone(),
            docs: recipe.docs,
        }
    }
}
