//! A case as the templates of `assets/reports/` see it: everything that is told, in order, in text that is
//! safe to show. What a format needs to escape beyond that, its own file does.

mod exchanges;
mod ways;

use serde::Serialize;

use self::exchanges::ExchangeView;
use self::ways::{FixView, ProblemsView, RecipeView};
use super::page::page_line;
use super::text::{asked, shown_with_quotes};
use crate::case::Case;
use crate::diagnose::{
    Explanation, Label, NOT_MODELLED, agreement, among, console, explain, parting_told, shown,
    title, words,
};
use crate::engine::{StepOutcome, Timestamp, TraceStep, Verdict};
use crate::fix::{RenderedRecipe, no_fix_words};
use crate::session::Edit;
use crate::wire::{HttpRequest, latin1};

/// What a report tells beside a case.
#[derive(Clone, Copy, Debug, Default)]
pub struct ReportOptions<'a> {
    /// Whether the case still has its secrets: the report says so, and shows whole bodies.
    pub with_secrets: bool,
    /// The edits that have made the case out of another.
    pub what_if: Option<WhatIfReport<'a>>,
    /// What to write into the server's set-up.
    pub recipe: Option<&'a RenderedRecipe>,
}

/// What edits have changed.
#[derive(Clone, Copy, Debug)]
pub struct WhatIfReport<'a> {
    /// The edits.
    pub edits: &'a [Edit],
    /// The case without them.
    pub before: &'a Case,
    /// What would have to be sent to decide it: the report then is of the case without the edits.
    pub asks: Option<&'a HttpRequest>,
}

/// A whole report.
#[derive(Serialize)]
pub(super) struct Document {
    version: &'static str,
    date: String,
    with_secrets: bool,
    verdict: Verdicts,
    asked: String,
    page: String,
    page_line: Option<String>,
    what_if: Option<WhatIfView>,
    summary: String,
    cause: Option<CauseView>,
    behind: Vec<BehindView>,
    problems: ProblemsView,
    fixes: Vec<FixView>,
    no_fix: Option<String>,
    recipe: Option<RecipeView>,
    engines: Vec<EngineView>,
    parting: Vec<PartingView>,
    trace: Vec<StepView>,
    probes: Vec<ProbeView>,
    console: ConsoleView,
    exchanges: Vec<ExchangeView>,
    not_modelled: &'static str,
}

/// The verdicts, those of most weight first.
#[derive(Serialize)]
struct Verdicts {
    /// `allowed`, `blocked` or `open`: how it is coloured.
    mood: &'static str,
    headline: String,
    title: Option<&'static str>,
    id: Option<&'static str>,
    rest: Vec<String>,
}

#[derive(Serialize)]
struct WhatIfView {
    edits: Vec<String>,
    before: String,
    after: Option<String>,
    asks: Option<String>,
}

/// The header at fault and what the standard says of it.
#[derive(Serialize)]
struct CauseView {
    header: Option<String>,
    value: Option<String>,
    expected: Option<String>,
    phase: Option<&'static str>,
    exchange: Option<usize>,
    technical: String,
    remedy: String,
    spec: &'static str,
    mdn: Option<&'static str>,
}

/// What typically is behind it.
#[derive(Serialize)]
struct BehindView {
    likelihood: &'static str,
    line: String,
    remedy: String,
}

#[derive(Serialize)]
struct EngineView {
    name: &'static str,
    label: &'static str,
    mood: &'static str,
    reason: String,
}

#[derive(Serialize)]
struct PartingView {
    end: String,
    rules: Vec<(String, Option<&'static str>)>,
    rests_on: Vec<String>,
}

#[derive(Serialize)]
struct StepView {
    sign: &'static str,
    outcome: &'static str,
    title: String,
    why: String,
    cause: bool,
    /// The number of the exchange that it is about, counted from 1, where the step before was about another.
    opens: Option<usize>,
}

#[derive(Serialize)]
struct ProbeView {
    request: String,
    shows: String,
}

#[derive(Serialize)]
struct ConsoleView {
    engine: &'static str,
    lines: Vec<String>,
}

impl Document {
    pub(super) fn of(case: &Case, options: &ReportOptions<'_>) -> Self {
        let session = &case.session;
        let explanation = explain(session, &case.finished);
        let no_fix = case.no_fix.map(|id| no_fix_words(session, id));
        Self {
            version: env!("CARGO_PKG_VERSION"),
            date: date(session.started),
            with_secrets: options.with_secrets,
            verdict: verdicts(case, explanation.as_ref()),
            asked: asked(&session.request),
            page: session.page.origin.to_string(),
            page_line: page_line(session),
            what_if: options.what_if.map(|what_if| WhatIfView::of(case, what_if)),
            summary: summary(case, explanation.as_ref()),
            cause: explanation.map(|explanation| CauseView::of(case, explanation)),
            behind: behind(case),
            problems: ProblemsView::of(case),
            fixes: FixView::all(case),
            no_fix,
            recipe: options.recipe.map(RecipeView::of),
            engines: engines(case),
            parting: parting(case),
            trace: trace(case),
            probes: probes(case),
            console: ConsoleView {
                engine: session.engine().title(),
                lines: console(session.engine(), session, &case.finished)
                    .iter()
                    .map(|line| shown_with_quotes(line.text.trim_end()))
                    .collect(),
            },
            exchanges: ExchangeView::all(case, options.with_secrets),
            not_modelled: NOT_MODELLED,
        }
    }
}

/// `2026-03-01 12:00 UTC`.
fn date(at: Timestamp) -> String {
    let seconds = i64::try_from(at.0 / 1000).unwrap_or(i64::MAX);
    match time::OffsetDateTime::from_unix_timestamp(seconds) {
        Ok(at) => format!(
            "{:04}-{:02}-{:02} {:02}:{:02} UTC",
            at.year(),
            u8::from(at.month()),
            at.day(),
            at.hour(),
            at.minute()
        ),
        Err(_) => String::new(),
    }
}

fn mood(label: Label) -> &'static str {
    match label {
        Label::Allowed | Label::Opaque => "allowed",
        Label::Blocked | Label::Failed => "blocked",
        Label::Depends | Label::AsksElse => "open",
    }
}

fn verdicts(case: &Case, explanation: Option<&Explanation>) -> Verdicts {
    let groups = agreement(case.session.engine(), &case.finished, &case.others);
    let lines = groups
        .iter()
        .map(|(label, engines)| format!("{} {}", label.as_str(), among(engines)));
    let mut lines = lines.collect::<Vec<_>>().into_iter();
    Verdicts {
        mood: mood(Label::of(&case.finished.verdict)),
        headline: lines.next().unwrap_or_default(),
        title: explanation.map(|explanation| explanation.title),
        id: explanation.map(|explanation| explanation.id),
        rest: lines.collect(),
    }
}

/// For whoever has to decide, in a paragraph.
fn summary(case: &Case, explanation: Option<&Explanation>) -> String {
    match explanation {
        Some(explanation) => explanation.text.plain.clone(),
        None => {
            let last = case.finished.trace.steps.last();
            last.map(|step| words(step).why).unwrap_or_default()
        }
    }
}

fn end_of(case: &Case) -> String {
    let verdict = case.finished.verdict.as_str();
    match &case.finished.verdict {
        Verdict::Blocked(block) => format!("{verdict} by {}", block.reason.id()),
        Verdict::Failed(failure) => format!("{verdict}: {}", failure.kind.id()),
        Verdict::Allowed | Verdict::Opaque => verdict.to_owned(),
    }
}

impl WhatIfView {
    fn of(case: &Case, what_if: WhatIfReport<'_>) -> Self {
        let edits = what_if.edits.iter();
        let asks = what_if
            .asks
            .map(|asks| format!("{} {}", shown(&asks.method), shown(asks.url.as_str())));
        Self {
            edits: edits.map(|edit| shown(&edit.to_string())).collect(),
            before: end_of(what_if.before),
            after: asks.is_none().then(|| end_of(case)),
            asks,
        }
    }
}

impl CauseView {
    fn of(case: &Case, explanation: Explanation) -> Self {
        let block = case.block();
        let text = explanation.text;
        Self {
            header: block.and_then(|block| block.header.as_deref().map(shown)),
            value: block
                .and_then(|block| block.value.as_deref().map(|value| shown(&latin1(value)))),
            expected: block.and_then(|block| block.expected.as_deref().map(shown)),
            phase: block.map(|block| block.phase.as_str()),
            exchange: block.and_then(|block| block.exchange.map(|at| at + 1)),
            technical: text.technical,
            remedy: text.remedy,
            spec: explanation.spec,
            mdn: explanation.mdn,
        }
    }
}

fn behind(case: &Case) -> Vec<BehindView> {
    let causes = case.causes();
    let causes = causes.iter().map(|cause| {
        let text = cause.text(&case.session, &case.finished);
        BehindView {
            likelihood: cause.likelihood.as_str(),
            line: cause.because(),
            remedy: text.map(|text| text.remedy).unwrap_or_default(),
        }
    });
    causes.collect()
}

fn engines(case: &Case) -> Vec<EngineView> {
    let reason = |verdict: Option<&Verdict>| match verdict {
        Some(Verdict::Blocked(block)) => block.reason.id().to_owned(),
        Some(Verdict::Failed(failure)) => failure.kind.id().to_owned(),
        Some(Verdict::Allowed | Verdict::Opaque) => String::new(),
        None => "it would send what was not sent".to_owned(),
    };
    let view = |engine: crate::engine::Engine, label: Label, verdict| EngineView {
        name: engine.subject(),
        label: label.as_str(),
        mood: mood(label),
        reason: reason(verdict),
    };
    let own = &case.finished.verdict;
    let own = view(case.session.engine(), Label::of(own), Some(own));
    let others = case.others.iter();
    let others = others.map(|one| view(one.engine, one.label(), one.verdict()));
    std::iter::once(own).chain(others).collect()
}

fn parting(case: &Case) -> Vec<PartingView> {
    let told = parting_told(&case.session, &case.finished, &case.others);
    told.into_iter()
        .map(|told| PartingView {
            end: told.end,
            rules: told.rules,
            rests_on: told.rests_on,
        })
        .collect()
}

fn trace(case: &Case) -> Vec<StepView> {
    let cause = case.cause().map(|(index, _)| index);
    let mut last = None;
    let steps = case.finished.trace.steps.iter().enumerate();
    let view = |(index, step): (usize, &TraceStep)| {
        let sign = match step.outcome {
            StepOutcome::Pass => "✓",
            StepOutcome::Fail => "✗",
            StepOutcome::Info => "·",
            StepOutcome::NotModelled => "?",
        };
        let sent = case.finished.exchanges.len();
        let about = step.exchange.filter(|at| *at < sent);
        let opens = about.filter(|_| about != last);
        last = about.or(last);
        StepView {
            sign,
            outcome: step.outcome.as_str(),
            title: title(step),
            why: words(step).why,
            cause: cause == Some(index),
            opens: opens.map(|at| at + 1),
        }
    };
    steps.map(view).collect()
}

fn probes(case: &Case) -> Vec<ProbeView> {
    let probed = case.investigation.iter().flat_map(|one| &one.probed);
    let view = probed.map(|probed| {
        let request = &probed.probe.request;
        ProbeView {
            request: format!("{} {}", shown(&request.method), shown(request.url.as_str())),
            shows: probed.shows.clone(),
        }
    });
    view.collect()
}
