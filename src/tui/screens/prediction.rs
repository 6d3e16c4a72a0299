//! What the browser will send, from the engine itself: the fetch run up to its first request.

use ratatui::style::Style;
use ratatui::text::Line;

use super::composer::{Composer, Stop};
use crate::diagnose::{shown, words};
use crate::engine::{ExchangeKind, Rule, Step, Timestamp, Trace, Verdict};
use crate::session::{Field, predict};
use crate::tui::theme::{Meaning, Theme};
use crate::tui::widgets::text::{Piece, wrap};
use crate::wire::{HttpRequest, latin1};

/// A mistake, at the stop where it shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormMistake {
    /// Where.
    pub stop: Stop,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub hint: String,
}

/// What the browser would do with the form as it stands.
#[derive(Clone, Debug)]
pub enum Prediction {
    /// It cannot be sent.
    Mistakes(Vec<FormMistake>),
    /// The browser stops, or answers, without sending anything.
    NothingSent {
        /// The verdict.
        verdict: Verdict,
        /// Why, in one line.
        why: String,
        /// Whether the HTTP cache answers.
        cached: bool,
    },
    /// It sends this first.
    First {
        /// Preflight or actual.
        kind: ExchangeKind,
        /// The request.
        request: Box<HttpRequest>,
        /// Why there is a preflight, each reason a line; or why there is none.
        reasons: Vec<String>,
        /// The actual request's method and target.
        then: String,
        /// Things worth knowing: headers left out, a method rewritten.
        remarks: Vec<String>,
    },
}

impl Default for Prediction {
    fn default() -> Self {
        Self::Mistakes(Vec::new())
    }
}

impl Prediction {
    /// Asks the engine.
    pub fn of(composer: &Composer, now: Timestamp) -> Self {
        let mut mistakes: Vec<FormMistake> = Vec::new();
        let parsed = composer.parse().map_err(|found| {
            mistakes.extend(found.into_iter().map(|mistake| FormMistake {
                stop: stop_of(mistake.field),
                message: mistake.message,
                hint: mistake.hint.to_owned(),
            }));
        });
        if let Err(hint) = composer.max_time() {
            mistakes.push(FormMistake {
                stop: Stop::Timeout,
                message: format!("`{}` is no time", composer.timeout.text()),
                hint: hint.to_owned(),
            });
        }
        let Some((page, request)) = parsed.ok().filter(|_| mistakes.is_empty()) else {
            return Self::Mistakes(mistakes);
        };
        match predict(&request, &page, &composer.browser(now), now) {
            // A prediction looks nothing up, so it never ends here.
            Step::Locate(_) => Self::default(),
            Step::Done(finished) => Self::NothingSent {
                why: last_title(&finished.trace),
                cached: finished.exchanges.iter().any(|e| e.from_cache),
                verdict: finished.verdict,
            },
            Step::Send(pending) => Self::First {
                kind: pending.kind(),
                reasons: reasons(pending.trace()),
                remarks: remarks(pending.trace()),
                then: actual_line(pending.kind(), pending.request()),
                request: Box::new(pending.request().clone()),
            },
        }
    }

    /// The mistakes at one stop.
    pub fn mistakes_at(&self, stop: Stop) -> impl Iterator<Item = &FormMistake> {
        let all = match self {
            Self::Mistakes(all) => all.as_slice(),
            _ => &[],
        };
        all.iter().filter(move |mistake| mistake.stop == stop)
    }
}

fn stop_of(field: Field) -> Stop {
    match field {
        Field::Page => Stop::Page,
        Field::Method => Stop::Method,
        Field::Url => Stop::Url,
        Field::Header(index) => Stop::Header(index),
        Field::Body => Stop::Body,
    }
}

fn last_title(trace: &Trace) -> String {
    trace
        .steps
        .last()
        .map(|step| words(step).title)
        .unwrap_or_default()
}

/// The steps that say why there is a preflight or none.
fn reasons(trace: &Trace) -> Vec<String> {
    let wanted = [
        Rule::UnsafeMethod,
        Rule::UnsafeHeader,
        Rule::ForcedPreflight,
        Rule::PreflightCache,
    ];
    titles(trace, &wanted)
}

/// The steps that say how the request differs from what was typed.
fn remarks(trace: &Trace) -> Vec<String> {
    let wanted = [
        Rule::MethodNormalized,
        Rule::HeaderForbidden,
        Rule::NoCorsHeader,
        Rule::RequestBody,
        Rule::BodyContentType,
        Rule::NoCorsMode,
        Rule::LocalNetwork,
        Rule::CookieWithheld,
        Rule::CookiesSent,
    ];
    titles(trace, &wanted)
}

fn titles(trace: &Trace, wanted: &[Rule]) -> Vec<String> {
    let steps = trace.steps.iter();
    steps
        .filter(|step| wanted.contains(&step.rule))
        .map(|step| words(step).title)
        .collect()
}

/// Method and target of the actual request; a preflight names its method in a header.
pub fn actual_line(kind: ExchangeKind, request: &HttpRequest) -> String {
    let method = match kind {
        ExchangeKind::Preflight => request
            .headers
            .get_text("access-control-request-method")
            .unwrap_or_default(),
        ExchangeKind::Actual => request.method.clone(),
    };
    format!("{} {}", shown(&method), shown(&request.target()))
}

/// The lines of a request as they go out; `Host` is the connection's, so it is added here.
pub fn request_lines(request: &HttpRequest) -> Vec<(String, String)> {
    let host = ("Host".to_owned(), request.authority());
    let lines = request
        .headers
        .iter()
        .map(|header| (shown(&header.name), shown(&latin1(&header.value))));
    std::iter::once(host).chain(lines).collect()
}

/// The part of the composer under its fields.
///
/// ```text
/// The browser will send
///  OPTIONS first, a preflight:
///   · because PUT is not a safelisted method
///  then PUT /prices, if the answer allows it
///
///  OPTIONS /prices
///  Host: api.example
/// ```
pub fn lines(prediction: &Prediction, theme: &Theme, width: usize) -> Vec<Line<'static>> {
    let mut lines = vec![Line::styled(
        "The browser will send",
        theme[Meaning::Heading],
    )];
    let text = theme[Meaning::Value];
    let put = |lines: &mut Vec<Line<'static>>, sign: &str, style: Style, text: &str, indent| {
        let pieces = [Piece::new(sign, style), Piece::new(text, style)];
        lines.extend(wrap(&pieces, width, indent, style));
    };
    match prediction {
        Prediction::Mistakes(mistakes) => {
            let count = match mistakes.len() {
                1 => "nothing: there is 1 mistake above".to_owned(),
                count => format!("nothing: there are {count} mistakes above"),
            };
            put(&mut lines, "✗ ", theme[Meaning::Mistake], &count, 2);
        }
        Prediction::NothingSent {
            verdict,
            why,
            cached,
        } => {
            let first = match cached {
                true => format!("nothing: the HTTP cache answers, {}", verdict.as_str()),
                false => format!("nothing: {} at once", verdict.as_str()),
            };
            match verdict.block() {
                Some(_) => put(&mut lines, "✗ ", theme[Meaning::Fail], &first, 2),
                None => put(&mut lines, "· ", text, &first, 2),
            }
            put(&mut lines, "· ", text, why, 2);
        }
        Prediction::First {
            kind,
            request,
            reasons,
            then,
            remarks,
        } => {
            first_lines(&mut lines, *kind, reasons, then, theme, width);
            for remark in remarks {
                put(&mut lines, "! ", theme[Meaning::Warning], remark, 2);
            }
            lines.push(Line::default());
            let start = format!("{} {}", shown(&request.method), shown(&request.target()));
            put(&mut lines, "", theme[Meaning::Exchange], &start, 2);
            for (name, value) in request_lines(request) {
                let pieces = [
                    Piece::new(format!("{name}: "), theme[Meaning::HeaderName]),
                    Piece::new(value, text),
                ];
                lines.extend(wrap(&pieces, width, 2, text));
            }
        }
    }
    lines
}

fn first_lines(
    lines: &mut Vec<Line<'static>>,
    kind: ExchangeKind,
    reasons: &[String],
    then: &str,
    theme: &Theme,
    width: usize,
) {
    let text = theme[Meaning::Value];
    let strong = theme[Meaning::Strong];
    let first = match kind {
        ExchangeKind::Preflight => [
            Piece::new("OPTIONS", strong),
            Piece::new(" first, a preflight:", text),
        ],
        ExchangeKind::Actual => [
            Piece::new(then, strong),
            Piece::new(" at once, no preflight", text),
        ],
    };
    lines.extend(wrap(&first, width, 2, text));
    for reason in reasons {
        let pieces = [
            Piece::new("· ", theme[Meaning::Info]),
            Piece::new(reason, text),
        ];
        lines.extend(wrap(&pieces, width, 2, text));
    }
    if kind == ExchangeKind::Preflight {
        let pieces = [
            Piece::new("then ", text),
            Piece::new(then, strong),
            Piece::new(", if the answer allows it", text),
        ];
        lines.extend(wrap(&pieces, width, 2, text));
    }
}
