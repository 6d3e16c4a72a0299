//! An exchange raw: the lines that went out and the lines that came back, the bytes at fault marked.

use ratatui::text::Line;

use crate::diagnose::shown;
use crate::engine::{
    Evidence, Exchange, ExchangeKind, Provenance, Side, Span, StepOutcome, TraceStep,
};
use crate::tui::outcome::{Outcome, canonical_name, milliseconds};
use crate::tui::screens::prediction::request_lines;
use crate::tui::theme::{Meaning, Theme};
use crate::tui::widgets::text::{Piece, wrap, wrap_plain};
use crate::wire::{Header, Reply, Timing, latin1};

/// What the marks of a step look like on the lines of its exchange.
pub struct Marks<'a> {
    step: Option<&'a TraceStep>,
}

impl<'a> Marks<'a> {
    /// The marks of a step; none where nothing is at fault.
    pub fn of(step: Option<&'a TraceStep>) -> Self {
        Self {
            step: step.filter(|step| step.outcome == StepOutcome::Fail),
        }
    }

    fn evidence(&self, side: Side) -> impl Iterator<Item = &'a Evidence> {
        self.step
            .into_iter()
            .flat_map(|step| &step.evidence)
            .filter(move |evidence| evidence.side == side)
    }

    /// The value of a line in pieces, what is at fault marked. `before` is where this line begins in the
    /// joined value of all lines of its name, which is what spans count in.
    fn value(&self, header: &Header, before: usize, theme: &Theme) -> Vec<Piece> {
        let plain = theme[Meaning::Value];
        let evidence = self
            .evidence(Side::Response)
            .find(|evidence| header.is(&evidence.header));
        let Some(evidence) = evidence else {
            return vec![Piece::new(shown(&latin1(&header.value)), plain)];
        };
        let length = header.value.len();
        let span = match evidence.span {
            Some((start, end)) => (
                start.saturating_sub(before).min(length),
                end.saturating_sub(before).min(length),
            ),
            None => (0, length),
        };
        marked_pieces(&header.value, span, theme)
    }
}

/// A value in pieces, a span of it marked. Of an empty value a word is marked instead.
fn marked_pieces(value: &[u8], span: Span, theme: &Theme) -> Vec<Piece> {
    let (plain, mark) = (theme[Meaning::Value], theme[Meaning::Mark]);
    let text = |bytes: &[u8]| shown(&latin1(bytes));
    if value.is_empty() {
        return vec![Piece::marked("(empty)", mark)];
    }
    let end = span.1.min(value.len());
    let start = span.0.min(end);
    let parts = [
        Piece::new(text(&value[..start]), plain),
        Piece::marked(text(&value[start..end]), mark),
        Piece::new(text(&value[end..]), plain),
    ];
    parts
        .into_iter()
        .filter(|piece| !piece.text.is_empty())
        .collect()
}

/// Where the line at `index` begins in the joined value of all lines of its name.
fn joined_offset(reply: &Reply, index: usize) -> usize {
    let lines: Vec<_> = reply.headers.iter().take(index + 1).collect();
    let Some((own, before)) = lines.split_last() else {
        return 0;
    };
    let separator = ", ".len();
    before
        .iter()
        .filter(|header| header.is(&own.name))
        .map(|header| header.value.trim_ascii().len() + separator)
        .sum()
}

/// The evidence of one step, on its own: for the tab that says why.
pub fn evidence_lines(
    outcome: &Outcome,
    step: &TraceStep,
    theme: &Theme,
    width: usize,
) -> Vec<Line<'static>> {
    let failed = step.outcome == StepOutcome::Fail;
    let plain = theme[Meaning::Value];
    let mut lines = Vec::new();
    for evidence in &step.evidence {
        let side = match evidence.side {
            Side::Request => "request ",
            Side::Response => "answer  ",
            Side::Page => "page    ",
        };
        let mut pieces = vec![
            Piece::new(side, theme[Meaning::Muted]),
            Piece::new(
                evidence_name(outcome, step, evidence),
                theme[Meaning::HeaderName],
            ),
        ];
        match &evidence.value {
            None => {
                let style = if failed {
                    Meaning::Mark
                } else {
                    Meaning::Muted
                };
                let missing = Piece {
                    marked: failed,
                    ..Piece::new("(missing)", theme[style])
                };
                pieces.push(missing);
            }
            Some(value) if failed && evidence.side != Side::Request => {
                let span = evidence.span.unwrap_or((0, value.len()));
                pieces.extend(marked_pieces(value, span, theme));
            }
            Some(value) => pieces.push(Piece::new(shown(&latin1(value)), plain)),
        }
        lines.extend(wrap(&pieces, width, 8, theme[Meaning::Fail]));
    }
    lines
}

fn evidence_name(outcome: &Outcome, step: &TraceStep, evidence: &Evidence) -> String {
    let name = match evidence.header.strip_prefix(':') {
        Some(pseudo) => canonical_name(pseudo),
        None => outcome.name_of(step.exchange, evidence.side, &evidence.header),
    };
    format!("{name}: ")
}

/// The tab: request and response of one exchange.
pub fn lines_of(
    outcome: &Outcome,
    exchange: Option<usize>,
    step: Option<&TraceStep>,
    theme: &Theme,
    width: usize,
) -> Vec<Line<'static>> {
    let Some(exchange) = exchange.and_then(|index| outcome.exchange(index)) else {
        let text = "Nothing was sent, so there is nothing to show.";
        return wrap_plain(text, theme[Meaning::Muted], width);
    };
    let heading = theme[Meaning::Heading];
    let (title, answered) = match (exchange.kind, exchange.from_cache) {
        _ if exchange.provenance == Provenance::LookBehind => {
            ("corscope sent; no browser would", "The server answered")
        }
        _ if exchange.provenance == Provenance::Assumed => {
            ("The browser would send", "What if the server answered")
        }
        _ if exchange.provenance == Provenance::Background => {
            ("The browser asked in the background", "The server answered")
        }
        (_, true) => ("The browser did not send", "Its HTTP cache answered"),
        (ExchangeKind::Preflight, _) => ("The browser asked (preflight)", "The server answered"),
        (ExchangeKind::Actual, _) => ("The browser sent", "The server answered"),
    };
    let mut lines = wrap_plain(title, heading, width);
    request(&mut lines, exchange, theme, width);
    lines.push(Line::default());
    lines.extend(wrap_plain(answered, heading, width));
    match &exchange.answer {
        Ok(reply) => {
            let before = outcome.before(exchange);
            let before = before.and_then(|before| before.answer.as_ref().ok());
            // Of an assumed answer every line is new.
            let nothing = Reply::default();
            let before = match outcome.real {
                Some(_) => Some(before.unwrap_or(&nothing)),
                None => None,
            };
            response(&mut lines, reply, before, &Marks::of(step), theme, width);
        }
        Err(failure) => {
            let text = format!("✗ none: {}", failure.detail);
            lines.extend(wrap_plain(&text, theme[Meaning::Fail], width));
            lines.extend(timing_lines(&failure.timing, theme, width));
        }
    }
    lines
}

fn request(lines: &mut Vec<Line<'static>>, exchange: &Exchange, theme: &Theme, width: usize) {
    let request = &exchange.request;
    let start = format!("{} {}", shown(&request.method), shown(&request.target()));
    lines.extend(wrap_plain(&start, theme[Meaning::Exchange], width));
    for (name, value) in request_lines(request) {
        let pieces = [
            Piece::new(format!("{name}: "), theme[Meaning::HeaderName]),
            Piece::new(value, theme[Meaning::Value]),
        ];
        lines.extend(wrap(&pieces, width, 2, theme[Meaning::Value]));
    }
    if !request.body.is_empty() {
        lines.push(Line::default());
        let text = String::from_utf8_lossy(&request.body);
        lines.extend(wrap_plain(&text, theme[Meaning::Value], width));
    }
}

fn response(
    lines: &mut Vec<Line<'static>>,
    reply: &Reply,
    before: Option<&Reply>,
    marks: &Marks<'_>,
    theme: &Theme,
    width: usize,
) {
    let sign = theme[Meaning::Fail];
    let mut start = vec![Piece::new(
        format!("HTTP/{} ", reply.version.as_str()),
        theme[Meaning::Exchange],
    )];
    let at_fault = marks
        .evidence(Side::Response)
        .any(|evidence| evidence.header == ":status");
    let status = if at_fault {
        Meaning::Mark
    } else {
        Meaning::Exchange
    };
    start.push(Piece {
        marked: at_fault,
        ..Piece::new(reply.status.to_string(), theme[status])
    });
    let reason = format!(" {}", shown(&latin1(&reply.reason)));
    start.push(Piece::new(reason, theme[Meaning::Exchange]));
    if before.is_some_and(|before| before.status != reply.status) {
        start.insert(0, Piece::new("~ ", theme[Meaning::Info]));
    }
    lines.extend(wrap(&start, width, 2, sign));
    for (index, header) in reply.headers.iter().enumerate() {
        let name = format!("{}: ", shown(&header.name));
        let mut pieces = vec![Piece::new(name, theme[Meaning::HeaderName])];
        if before.is_some_and(|before| !has(before, header)) {
            pieces.insert(0, Piece::new("+ ", theme[Meaning::Pass]));
        }
        pieces.extend(marks.value(header, joined_offset(reply, index), theme));
        lines.extend(wrap(&pieces, width, 2, sign));
    }
    let gone = before.into_iter().flat_map(|before| before.headers.iter());
    for header in gone.filter(|header| !has(reply, header)) {
        let (name, value) = (shown(&header.name), shown(&latin1(&header.value)));
        let text = format!("- {name}: {value}");
        lines.extend(wrap(&[Piece::new(text, sign)], width, 2, sign));
    }
    for missing in marks.evidence(Side::Response) {
        if missing.value.is_some() || missing.header.starts_with(':') {
            continue;
        }
        let name = format!("{}: ", canonical_name(&missing.header));
        let pieces = [
            Piece::new(name, theme[Meaning::HeaderName]),
            Piece::marked("(missing)", theme[Meaning::Mark]),
        ];
        lines.extend(wrap(&pieces, width, 2, sign));
    }
    lines.push(Line::default());
    if let Some(peer) = reply.peer {
        let text = format!("Connected to {peer}.");
        lines.extend(wrap_plain(&text, theme[Meaning::Muted], width));
    }
    lines.extend(timing_lines(&reply.timing, theme, width));
}

/// Whether the answer has that very line.
fn has(reply: &Reply, line: &Header) -> bool {
    let mut lines = reply.headers.iter();
    lines.any(|header| header.is(&line.name) && header.value == line.value)
}

/// One line with what the time went into.
pub fn timing_lines(timing: &Timing, theme: &Theme, width: usize) -> Vec<Line<'static>> {
    let parts: Vec<String> = [
        ("name look-up", timing.name_lookup),
        ("connect", timing.connect),
        ("TLS", timing.tls),
        ("first byte after", timing.first_byte),
        ("total", timing.total),
    ]
    .into_iter()
    .filter_map(|(name, value)| Some(format!("{name} {}", milliseconds(value?))))
    .collect();
    if parts.is_empty() {
        return Vec::new();
    }
    let text = format!("Time: {}.", parts.join(" · "));
    wrap_plain(&text, theme[Meaning::Muted], width)
}
