//! Why a step ended as it did: plain English first, then the bytes, what to change, and the standard.

use ratatui::style::Modifier;
use ratatui::text::Line;

use super::headers::{evidence_lines, timing_lines};
use super::trace::{Row, outcome_sign};
use crate::assets::terms_in;
use crate::diagnose::{Likelihood, shown};
use crate::engine::{Exchange, StepOutcome};
use crate::fix::{Fix, FixSide, Problem, next_behind};
use crate::tui::outcome::Outcome;
use crate::tui::screens::fix::Around;
use crate::tui::theme::{Meaning, Theme};
use crate::tui::widgets::text::{Piece, wrap, wrap_plain};

/// Causes that are shown.
const MOST_CAUSES: usize = 3;

/// The tab, for one row of the trace.
pub fn lines_of(
    outcome: &Outcome,
    row: &Row,
    around: &Around,
    theme: &Theme,
    width: usize,
) -> Vec<Line<'static>> {
    match row {
        Row::Step(index) => step_lines(outcome, *index, theme, width),
        Row::Exchange(index) => match outcome.exchange(*index) {
            Some(exchange) => exchange_lines(exchange, theme, width),
            None => Vec::new(),
        },
        Row::Behind(index) => behind_lines(outcome, *index, around, theme, width),
        Row::NeverSent(request) => {
            let why = match outcome.case.finished.exchanges.is_empty() {
                true => "The browser stopped before it sent anything.",
                false => {
                    "The browser asked first, with the preflight. The answer did not allow this \
                     request, so it was never sent; the server has not seen it."
                }
            };
            let mut lines = wrap_plain(
                &format!("○ {request} was never sent"),
                theme[Meaning::Strong],
                width,
            );
            lines.push(Line::default());
            lines.extend(wrap_plain(why, theme[Meaning::Value], width));
            lines
        }
    }
}

fn step_lines(outcome: &Outcome, index: usize, theme: &Theme, width: usize) -> Vec<Line<'static>> {
    let (Some(step), Some(words)) = (outcome.step(index), outcome.words.get(index)) else {
        return Vec::new();
    };
    let (sign, meaning) = outcome_sign(step.outcome);
    let title = match step.outcome {
        StepOutcome::Fail => theme[Meaning::Fail],
        _ => theme[Meaning::Strong],
    };
    let pieces = [
        Piece::new(format!("{sign} "), theme[meaning]),
        Piece::new(&words.title, title),
    ];
    let mut lines = wrap(&pieces, width, 2, title);
    lines.push(Line::default());
    lines.extend(with_terms(&words.why, theme, width));
    if !step.evidence.is_empty() {
        lines.push(Line::default());
        lines.push(Line::styled("The bytes", theme[Meaning::Heading]));
        lines.extend(evidence_lines(outcome, step, theme, width));
    }
    if outcome.cause() == Some(index) {
        lines.extend(explanation_lines(outcome, theme, width));
    }
    lines.push(Line::default());
    link(&mut lines, "Standard  ", step.rule.spec(), theme, width);
    if let Some(mdn) = explained(outcome, index).and_then(|explanation| explanation.mdn) {
        link(&mut lines, "MDN       ", mdn, theme, width);
    }
    lines
}

fn explained(outcome: &Outcome, index: usize) -> Option<&crate::diagnose::Explanation> {
    outcome
        .explanation
        .as_ref()
        .filter(|_| outcome.cause() == Some(index))
}

/// The page of the cause.
fn explanation_lines(outcome: &Outcome, theme: &Theme, width: usize) -> Vec<Line<'static>> {
    let Some(explanation) = &outcome.explanation else {
        return Vec::new();
    };
    let mut lines = Vec::new();
    let mut section = |heading: &str, text: &str| {
        lines.push(Line::default());
        lines.extend(wrap_plain(heading, theme[Meaning::Heading], width));
        lines.extend(with_terms(text, theme, width));
    };
    section(explanation.title, &explanation.text.plain);
    section("What to change", &explanation.text.remedy);
    for (number, cause) in outcome.causes.iter().take(MOST_CAUSES).enumerate() {
        let word = match (number, cause.likelihood) {
            (0, Likelihood::Likely) => "Most likely",
            (0, Likelihood::Possible) => "Possibly",
            (_, Likelihood::Likely) => "Also likely",
            (_, Likelihood::Possible) => "Also possible",
        };
        let mut text = format!("{}.", cause.because());
        if let (0, Some(remedy)) = (number, &outcome.remedy) {
            text = format!("{text} {remedy}");
        }
        section(word, &text);
    }
    if let Some(investigation) = &outcome.case.investigation {
        let probed = investigation.probed.iter().enumerate();
        let text: Vec<_> = probed
            .map(|(number, probed)| {
                let request = &probed.probe.request;
                let (method, url) = (shown(&request.method), shown(request.url.as_str()));
                let number = number + 1;
                format!(
                    "{number}. {} ({method} {url}) {}",
                    probed.probe.why, probed.shows
                )
            })
            .collect();
        section("What follow-up requests showed", &text.join("\n"));
    }
    section("In the standard's terms", &explanation.text.technical);
    lines
}

/// Text whose words of the glossary are underlined.
pub fn with_terms(text: &str, theme: &Theme, width: usize) -> Vec<Line<'static>> {
    let plain = theme[Meaning::Value];
    let term = plain.add_modifier(Modifier::UNDERLINED);
    let paragraph = |text: &str| {
        let mut pieces = Vec::new();
        let mut at = 0;
        for (range, _) in terms_in(text) {
            pieces.push(Piece::new(&text[at..range.start], plain));
            pieces.push(Piece::new(&text[range.clone()], term));
            at = range.end;
        }
        pieces.push(Piece::new(&text[at..], plain));
        wrap(&pieces, width, 0, plain)
    };
    text.split('\n').flat_map(paragraph).collect()
}

/// Whether all that stands behind the cause is repaired with it.
fn mends(fix: &Fix) -> bool {
    fix.side == FixSide::Server && fix.still_blocked.is_empty()
}

/// A problem behind the cause, and the page of its reason.
fn behind_lines(
    outcome: &Outcome,
    index: usize,
    around: &Around,
    theme: &Theme,
    width: usize,
) -> Vec<Line<'static>> {
    let text = outcome.behind(index).unwrap_or_default();
    let mut lines = wrap_plain(&text, theme[Meaning::Strong], width);
    lines.push(Line::default());
    if let Some(Problem::Unasked { .. }) = outcome.case.problems.get(index) {
        let text = "Nobody knows what stands behind this request: the browser never sent it.";
        lines.extend(wrap_plain(text, theme[Meaning::Value], width));
        if next_behind(&outcome.case.session).is_some() {
            let offer = format!(
                "{} sends it anyway, to see its headers.",
                around.look_behind
            );
            lines.extend(wrap_plain(&offer, theme[Meaning::Key], width));
        }
        return lines;
    }
    let known = match outcome.case.fixes.iter().any(mends) {
        true => {
            "Once the cause is repaired, this stops the page next. The fix on the server repairs it too."
        }
        false => "Once the cause is repaired, this stops the page next.",
    };
    lines.extend(wrap_plain(known, theme[Meaning::Value], width));
    if let Some(Some(page)) = outcome.behind.get(index) {
        for (heading, text) in [
            (page.title, &page.text.plain),
            ("What to change", &page.text.remedy),
            ("In the standard's terms", &page.text.technical),
        ] {
            lines.push(Line::default());
            lines.extend(wrap_plain(heading, theme[Meaning::Heading], width));
            lines.extend(with_terms(text, theme, width));
        }
    }
    lines
}

fn link(
    lines: &mut Vec<Line<'static>>,
    name: &'static str,
    url: &str,
    theme: &Theme,
    width: usize,
) {
    let pieces = [
        Piece::new(name, theme[Meaning::Muted]),
        Piece::new(url, theme[Meaning::Link]),
    ];
    lines.extend(wrap(&pieces, width, 2, theme[Meaning::Link]));
}

fn exchange_lines(exchange: &Exchange, theme: &Theme, width: usize) -> Vec<Line<'static>> {
    let request = &exchange.request;
    let what = match exchange.kind {
        crate::engine::ExchangeKind::Preflight => {
            "The preflight: the browser asks whether the real request is welcome."
        }
        crate::engine::ExchangeKind::Actual => "The request itself, as the page asked for it.",
    };
    let start = format!("{} {}", shown(&request.method), shown(request.url.as_str()));
    let mut lines = wrap_plain(&start, theme[Meaning::Strong], width);
    lines.push(Line::default());
    lines.extend(wrap_plain(what, theme[Meaning::Value], width));
    let (text, meaning, timing) = match &exchange.answer {
        Ok(reply) => (
            format!(
                "The server answered {} {}, with {} header lines, over HTTP/{}.",
                reply.status,
                shown(&crate::wire::latin1(&reply.reason)),
                reply.headers.len(),
                reply.version.as_str()
            ),
            Meaning::Value,
            &reply.timing,
        ),
        Err(failure) => (
            format!("✗ No answer came: {}", failure.detail),
            Meaning::Fail,
            &failure.timing,
        ),
    };
    lines.extend(wrap_plain(&text, theme[meaning], width));
    lines.push(Line::default());
    lines.extend(timing_lines(timing, theme, width));
    lines
}
