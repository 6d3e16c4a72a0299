//! The run as a sequence: browser and server as two life lines, each exchange an arrow there and one back.
//!
//! The selection is that of the trace: an arrow is selected when the selected row belongs to its exchange.

use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::trace::{Row, provenance};
use crate::diagnose::shown;
use crate::engine::{Exchange, ExchangeKind, Provenance, Rule, Side, StepOutcome};
use crate::tui::outcome::{Outcome, milliseconds};
use crate::tui::theme::{Meaning, Theme};
use crate::tui::widgets::text::{clip, columns};
use crate::wire::latin1;

/// The narrowest that an arrow can be read in.
const NARROWEST: usize = 16;

/// The sequence as it is drawn.
#[derive(Clone, Debug, Default)]
pub struct Sequence {
    /// The lines.
    pub lines: Vec<Line<'static>>,
    /// The row of the trace that each line selects.
    pub rows: Vec<Option<usize>>,
}

/// The row of the trace that an arrow stands for: the cause where it is about the exchange, else the
/// exchange itself.
fn stop_of(outcome: &Outcome, exchange: usize) -> Option<usize> {
    let cause = outcome.cause().filter(|step| {
        outcome
            .step(*step)
            .is_some_and(|step| step.exchange == Some(exchange))
    });
    let wanted = match cause {
        Some(step) => Row::Step(step),
        None => Row::Exchange(exchange),
    };
    outcome.rows.iter().position(|row| *row == wanted)
}

/// The rows that the sequence goes through, from top to bottom.
pub fn stops(outcome: &Outcome) -> Vec<usize> {
    let sent = outcome.case.finished.exchanges.len();
    let stop = |at| stop_of(outcome, at);
    let mut stops: Vec<usize> = (0..sent).filter_map(stop).collect();
    stops.extend(never_sent(outcome).map(|(row, _)| row));
    stops.extend((sent..outcome.exchanges.len()).filter_map(stop));
    stops
}

fn never_sent(outcome: &Outcome) -> Option<(usize, &str)> {
    let mut rows = outcome.rows.iter().enumerate();
    rows.find_map(|(at, row)| match row {
        Row::NeverSent(line) => Some((at, line.as_str())),
        _ => None,
    })
}

/// The stop that the selected row belongs to.
pub fn stop_at(outcome: &Outcome, selected: usize) -> Option<usize> {
    match outcome.rows.get(selected)? {
        Row::Exchange(exchange) => stop_of(outcome, *exchange),
        Row::Step(step) => stop_of(outcome, outcome.step(*step)?.exchange?),
        Row::NeverSent(_) | Row::Behind(_) => Some(selected),
    }
}

/// Draws the sequence.
///
/// ```text
/// app.example                                  api.example
/// ├─ OPTIONS /prices  preflight ─────────────────────────▶│
/// │◀──────────────────────────── 204 No Content  12 ms ───┤
/// │ ✗ Access-Control-Allow-Headers: content-type ◀ cause  │
/// │                                                       │
/// ├─ PUT /prices  never sent ╌ ╌ ╌                        │
/// ```
pub fn sequence(outcome: &Outcome, selected: usize, theme: &Theme, width: usize) -> Sequence {
    let mut pen = Pen {
        theme,
        width: width.max(NARROWEST),
        drawn: Sequence::default(),
        row: None,
        chosen: stop_at(outcome, selected),
    };
    pen.heads(outcome);
    let finished = &outcome.case.finished;
    for step in &finished.trace.steps {
        if step.rule == Rule::PreflightCache && step.outcome == StepOutcome::Info {
            let style = Meaning::Muted;
            pen.arrow(
                "preflight answered from the cache",
                Way::There,
                Drawn::Dashed,
                style,
            );
            pen.gap();
        }
    }
    for (at, exchange) in finished.exchanges.iter().enumerate() {
        pen.row = stop_of(outcome, at);
        pen.exchange(outcome, at, exchange);
        pen.row = None;
        pen.gap();
    }
    if let Some((row, line)) = never_sent(outcome) {
        pen.row = Some(row);
        pen.arrow(
            &format!("○ {line}  never sent"),
            Way::Nowhere,
            Drawn::Dashed,
            Meaning::Warning,
        );
        pen.row = None;
        pen.gap();
    }
    for (at, exchange) in outcome
        .exchanges
        .iter()
        .enumerate()
        .skip(finished.exchanges.len())
    {
        pen.row = stop_of(outcome, at);
        pen.exchange(outcome, at, exchange);
        pen.row = None;
        pen.gap();
    }
    pen.drawn
}

/// The sequence under the steps of the trace, with a line that parts them; `None` where `room` is too small for both.
pub fn under_steps(
    outcome: &Outcome,
    selected: usize,
    theme: &Theme,
    room: Rect,
) -> Option<Sequence> {
    const PARTED: usize = 2;
    let left = usize::from(room.height).checked_sub(outcome.rows.len() + PARTED)?;
    if left == 0 || outcome.exchanges.is_empty() {
        return None;
    }
    let width = usize::from(room.width);
    let mut drawn = sequence(outcome, selected, theme, width);
    if drawn.lines.len() > left {
        return None;
    }
    let rule = Line::styled("─".repeat(width), theme[Meaning::Border]);
    drawn.lines.splice(0..0, [Line::default(), rule]);
    drawn.rows.splice(0..0, [None; PARTED]);
    Some(drawn)
}

/// Where an arrow points.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    There,
    Back,
    Nowhere,
}

/// How an arrow is drawn.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Drawn {
    /// It crossed the network.
    Whole,
    /// It did not: a cache gave the answer, or it never left.
    Dashed,
}

struct Pen<'a> {
    theme: &'a Theme,
    width: usize,
    drawn: Sequence,
    row: Option<usize>,
    chosen: Option<usize>,
}

impl Pen<'_> {
    fn push(&mut self, spans: Vec<Span<'static>>) {
        let mut line = Line::from(spans);
        if self.row.is_some() && self.row == self.chosen {
            line = line.style(self.theme[Meaning::SelectedUnfocused]);
        }
        self.drawn.lines.push(line);
        self.drawn.rows.push(self.row);
    }

    /// Who asks, and who answers.
    fn heads(&mut self, outcome: &Outcome) {
        let session = &outcome.case.session;
        let page = shown(session.page.url.host_str().unwrap_or_default());
        let server = outcome
            .exchange(0)
            .map(|first| shown(&first.request.authority()));
        let half = self.width / 2;
        let page = clip(&page, half.saturating_sub(1));
        let server = clip(&server.unwrap_or_default(), half);
        let gap = self.width.saturating_sub(columns(&page) + columns(&server));
        let strong = self.theme[Meaning::Strong];
        self.push(vec![
            Span::styled(page, strong),
            Span::raw(" ".repeat(gap)),
            Span::styled(server, strong),
        ]);
    }

    fn bar(&self) -> Span<'static> {
        Span::styled("│", self.theme[Meaning::Border])
    }

    fn gap(&mut self) {
        let blank = Span::raw(" ".repeat(self.width - 2));
        self.push(vec![self.bar(), blank, self.bar()]);
    }

    fn arrow(&mut self, text: &str, way: Way, drawn: Drawn, meaning: Meaning) {
        let sign = match drawn {
            Drawn::Whole => "─",
            Drawn::Dashed => "╌",
        };
        let line = self.theme[if drawn == Drawn::Whole {
            Meaning::Info
        } else {
            Meaning::Muted
        }];
        // Both life lines, a head, a sign and a blank on both sides of the text.
        let text = clip(text, self.width - 7);
        let fill = sign.repeat(self.width - 7 - columns(&text));
        let text = Span::styled(format!(" {text} "), self.theme[meaning]);
        let dash = Span::styled(sign, line);
        let spans = match way {
            Way::There => vec![
                Span::styled("├", line),
                dash,
                text,
                Span::styled(format!("{fill}{sign}▶"), line),
                self.bar(),
            ],
            Way::Back => vec![
                self.bar(),
                Span::styled(format!("◀{sign}{fill}"), line),
                text,
                dash,
                Span::styled("┤", line),
            ],
            Way::Nowhere => {
                let room = columns(&fill);
                let stub = room.min(6);
                vec![
                    Span::styled("├", line),
                    dash,
                    text,
                    Span::styled(format!("{}✗", sign.repeat(stub)), line),
                    Span::raw(" ".repeat(room - stub + 1)),
                    self.bar(),
                ]
            }
        };
        self.push(spans);
    }

    /// A line between the life lines.
    fn note(
        &mut self,
        sign: &str,
        text: &str,
        meaning: Meaning,
        end: Option<(&'static str, Meaning)>,
    ) {
        let end = end.map(|(text, meaning)| Span::styled(text, self.theme[meaning]));
        let taken = end.as_ref().map_or(0, |end| columns(&end.content));
        let room = (self.width - 2).saturating_sub(taken);
        let text = clip(&format!(" {sign} {text}"), room);
        let gap = room - columns(&text);
        let mut spans = vec![
            self.bar(),
            Span::styled(text, self.theme[meaning]),
            Span::raw(" ".repeat(gap)),
        ];
        spans.extend(end);
        spans.push(self.bar());
        self.push(spans);
    }

    fn exchange(&mut self, outcome: &Outcome, at: usize, exchange: &Exchange) {
        let first = outcome.exchange(0).map(|first| first.request.url.origin());
        let request = &exchange.request;
        let host = match first == Some(request.url.origin()) {
            true => String::new(),
            false => shown(&request.url.origin().ascii_serialization()),
        };
        let kind = match exchange.kind {
            ExchangeKind::Preflight => "  preflight",
            ExchangeKind::Actual => "",
        };
        let asked = format!(
            "{} {host}{}{kind}{}",
            shown(&request.method),
            shown(&request.target()),
            provenance(exchange)
        );
        let by_browser = matches!(
            exchange.provenance,
            Provenance::Browser | Provenance::Background
        );
        let (drawn, cache) = match exchange.from_cache {
            _ if !by_browser => (Drawn::Dashed, ""),
            true => (Drawn::Dashed, "  from the cache"),
            false => (Drawn::Whole, ""),
        };
        let problems = problems(outcome, at);
        let at_fault = problems.iter().any(|problem| problem.cause);
        let style = if at_fault {
            Meaning::Fail
        } else {
            Meaning::Exchange
        };
        self.arrow(&asked, Way::There, drawn, Meaning::Exchange);
        match &exchange.answer {
            Ok(reply) => {
                let reason = shown(&latin1(&reply.reason));
                let time = reply
                    .timing
                    .total
                    .map(|ms| format!("  {}", milliseconds(ms)));
                let answer = format!(
                    "{} {reason}{}{cache}",
                    reply.status,
                    time.unwrap_or_default()
                );
                let answer = match at_fault {
                    true => format!("✗ {answer}"),
                    false => answer,
                };
                self.arrow(&answer, Way::Back, drawn, style);
            }
            Err(failure) => {
                let text = format!("no answer: {}", shown(&failure.detail));
                self.note("✗", &text, Meaning::Fail, None);
            }
        }
        for problem in problems {
            let end = match problem.cause {
                true => (" ◀ cause ", Meaning::Cause),
                false => (" ◁ also ", Meaning::Warning),
            };
            self.note("✗", &problem.text, Meaning::Fail, Some(end));
        }
    }
}

/// What is wrong with an exchange.
struct Problem {
    text: String,
    cause: bool,
}

/// The headers at fault of an exchange, or the step's words where it is about none.
fn problems(outcome: &Outcome, exchange: usize) -> Vec<Problem> {
    let steps = outcome.case.finished.trace.steps.iter().enumerate();
    let about =
        steps.filter(|(at, step)| step.exchange == Some(exchange) && outcome.is_problem(*at));
    about
        .map(|(at, step)| {
            let header = step.evidence.iter().find(|evidence| {
                evidence.side == Side::Response && !evidence.header.starts_with(':')
            });
            let text = match header {
                Some(evidence) => {
                    let value = evidence.value.as_ref();
                    let value = value.map_or("(missing)".to_owned(), |value| shown(&latin1(value)));
                    let name = outcome.name_of(step.exchange, Side::Response, &evidence.header);
                    format!("{name}: {value}")
                }
                None => outcome
                    .words
                    .get(at)
                    .map(|words| words.title.clone())
                    .unwrap_or_default(),
            };
            let cause = outcome.cause() == Some(at);
            Problem { text, cause }
        })
        .collect()
}
