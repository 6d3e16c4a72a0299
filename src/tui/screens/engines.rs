//! What each engine decides, where they part, and what has to be asked to know.

use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::bars::label_sign;
use crate::assets::finding;
use crate::diagnose::{Label, parting_told};
use crate::engine::{Engine, ExchangeKind};
use crate::session::Missing;
use crate::tui::outcome::Outcome;
use crate::tui::theme::{Meaning, Theme};
use crate::tui::widgets::text::{Piece, wrap, wrap_plain};

/// The tab.
///
/// ```text
/// ✗ Chromium  BLOCKED  preflight-allow-origin-missing
/// ✗ Firefox   BLOCKED  preflight-allow-origin-missing
/// ✗ WebKit    BLOCKED  preflight-status
///
/// WebKit: BLOCKED (preflight-status)
///   WebKit checks the status of the preflight's answer before …; Chromium …
/// ```
pub fn lines_of(
    outcome: &Outcome,
    ask_key: String,
    theme: &Theme,
    width: usize,
) -> Vec<Line<'static>> {
    let case = &outcome.case;
    let mut lines = Vec::new();
    for engine in Engine::ALL {
        lines.extend(engine_lines(outcome, *engine, theme, width));
    }
    if let Some(offer) = offer(outcome, &ask_key) {
        lines.push(Line::default());
        lines.extend(wrap_plain(&offer, theme[Meaning::Strong], width));
    }
    for told in parting_told(&case.session, &case.finished, &case.others) {
        lines.push(Line::default());
        lines.extend(wrap_plain(&told.end, theme[Meaning::Heading], width));
        for (sentence, source) in told.rules {
            lines.extend(indented(&sentence, theme[Meaning::Value], width));
            if let Some(source) = source {
                lines.extend(indented(source, theme[Meaning::Link], width));
            }
        }
        for sentence in told.rests_on {
            lines.extend(indented(&sentence, theme[Meaning::Value], width));
        }
    }
    lines
}

fn indented(text: &str, style: Style, width: usize) -> Vec<Line<'static>> {
    let mut lines = wrap_plain(text, style, width.saturating_sub(2));
    for line in &mut lines {
        line.spans.insert(0, Span::raw("  "));
    }
    lines
}

fn engine_lines(
    outcome: &Outcome,
    engine: Engine,
    theme: &Theme,
    width: usize,
) -> Vec<Line<'static>> {
    let case = &outcome.case;
    let other = case.others.iter().find(|opinion| opinion.engine == engine);
    let verdict = match other {
        Some(opinion) => opinion.verdict(),
        None => Some(&case.finished.verdict),
    };
    let label = verdict.map_or(Label::AsksElse, Label::of);
    let (sign, meaning) = label_sign(label);
    let reason = verdict
        .and_then(|verdict| verdict.block())
        .map(|block| block.reason.id())
        .map(|id| format!("  {}", finding(id).map_or(id, |page| page.title.as_str())));
    let assumed = match other.is_some_and(|opinion| !opinion.assumed.is_empty()) {
        true => "  (assumed)",
        false => "",
    };
    let pieces = [
        Piece::new(format!("{sign} "), theme[meaning]),
        Piece::new(format!("{:<9} ", engine.title()), theme[Meaning::Strong]),
        Piece::new(label.as_str(), theme[meaning]),
        Piece::new(reason.unwrap_or_default(), theme[Meaning::Value]),
        Piece::new(assumed, theme[Meaning::Muted]),
    ];
    wrap(&pieces, width, 2, theme[Meaning::Value])
}

/// `F4 asks the network as Firefox would: OPTIONS http://…`
fn offer(outcome: &Outcome, key: &str) -> Option<String> {
    let (engine, missing) = outcome.missing()?;
    let Missing::Answer(kind, request) = missing else {
        return None;
    };
    let what = match kind {
        ExchangeKind::Preflight => "the preflight OPTIONS".to_owned(),
        ExchangeKind::Actual => crate::diagnose::shown(&request.method),
    };
    let url = crate::diagnose::shown(request.url.as_str());
    Some(format!(
        "{key} asks the network as {} would: {what} {url}",
        engine.title()
    ))
}
