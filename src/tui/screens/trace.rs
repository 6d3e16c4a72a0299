//! The trace: every decision as a row under its exchange, the cause marked.

use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use super::lessons::story;
use super::prediction::actual_line;
use super::search;
use super::sequence::{Sequence, sequence, stop_at, stops, under_steps};
use crate::case::Case;
use crate::diagnose::shown;
use crate::engine::{Exchange, ExchangeKind, Provenance, Rule, StepOutcome, Timestamp, Verdict};
use crate::fix::Problem;
use crate::tui::action::Action;
use crate::tui::model::{Model, Panel, Run, Sending};
use crate::tui::outcome::{Outcome, milliseconds};
use crate::tui::theme::{Meaning, Theme};
use crate::tui::widgets::panel::{Focus, inside, more, panel};
use crate::tui::widgets::text::{clip_line, columns};

/// The sign at the step that decided.
const CAUSE_SIGN: &str = " ◀ cause ";

/// A row of the trace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Row {
    /// The exchange at that index.
    Exchange(usize),
    /// The step at that index.
    Step(usize),
    /// The request that was never sent: method and target.
    NeverSent(String),
    /// The problem at that index of all problems: one that stands behind the cause.
    Behind(usize),
}

/// How the run is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TraceView {
    /// Every step under its exchange.
    #[default]
    Steps,
    /// Browser and server as two life lines.
    Sequence,
}

/// Where the trace stands.
#[derive(Clone, Debug, Default)]
pub struct TracePanel {
    /// How the run is shown.
    pub view: TraceView,
    /// The selected row.
    pub selected: usize,
    /// How many rows are scrolled away.
    pub offset: usize,
}

/// The rows of a case: the steps in order, a row for each exchange before the first step about it.
pub fn rows(case: &Case) -> Vec<Row> {
    let finished = &case.finished;
    let mut rows = Vec::new();
    let mut told = 0;
    for (index, step) in finished.trace.steps.iter().enumerate() {
        if let Some(exchange) = step.exchange {
            while told <= exchange && told < finished.exchanges.len() {
                rows.push(Row::Exchange(told));
                told += 1;
            }
        }
        rows.push(Row::Step(index));
    }
    rows.extend((told..finished.exchanges.len()).map(Row::Exchange));
    let hidden = matches!(finished.verdict, Verdict::Blocked(_) | Verdict::Failed(_));
    match finished.last_exchange() {
        Some(last) if hidden && last.kind == ExchangeKind::Preflight => {
            rows.push(Row::NeverSent(actual_line(last.kind, &last.request)));
        }
        None if hidden => {
            let request = &case.session.request;
            let line = format!("{} {}", shown(&request.method), shown(&request.url));
            rows.push(Row::NeverSent(line));
        }
        _ => {}
    }
    rows.extend((finished.exchanges.len()..case.exchanges().count()).map(Row::Exchange));
    rows.extend(
        (1..case.problems.len())
            .filter(|at| !is_told(case, *at))
            .map(Row::Behind),
    );
    rows
}

/// Whether the trace tells of the problem already: a second name that a list lacks.
fn is_told(case: &Case, problem: usize) -> bool {
    let item = case.problems[problem]
        .block()
        .and_then(|block| block.item.as_deref());
    item.is_some_and(|item| {
        case.finished.trace.steps.iter().any(|step| {
            step.params.contains(&("case", "also-missing".into()))
                && step
                    .params
                    .iter()
                    .any(|(_, value)| value.eq_ignore_ascii_case(item))
        })
    })
}

impl TracePanel {
    /// Another run: the view stays.
    pub fn begin(&mut self) {
        *self = Self {
            view: self.view,
            ..Self::default()
        };
    }

    /// Selects the row of the cause, or the last row where nothing failed.
    pub fn select_cause(&mut self, outcome: &Outcome) {
        let cause = outcome.cause().map(Row::Step);
        self.selected = outcome
            .rows
            .iter()
            .position(|row| Some(row) == cause.as_ref())
            .unwrap_or(outcome.rows.len().saturating_sub(1));
    }

    /// Does what an action says with a page of `height` rows; false where it means nothing here.
    pub fn act(&mut self, action: Action, outcome: &Outcome, height: usize) -> bool {
        let last = outcome.rows.len().saturating_sub(1);
        let page = height.saturating_sub(1).max(1);
        self.selected = match action {
            Action::Up | Action::Down if self.view == TraceView::Sequence => {
                self.next_arrow(action == Action::Down, outcome)
            }
            Action::Up => self.selected.saturating_sub(1),
            Action::Down => self.selected + 1,
            Action::PageUp => self.selected.saturating_sub(page),
            Action::PageDown => self.selected + page,
            Action::Top => 0,
            Action::Bottom => last,
            Action::Cause => {
                self.select_cause(outcome);
                self.selected
            }
            Action::NextProblem | Action::PreviousProblem => self.problem(action, outcome),
            _ => return false,
        };
        self.selected = self.selected.min(last);
        self.reveal(height);
        true
    }

    /// The arrow below or above, if there is one.
    fn next_arrow(&self, down: bool, outcome: &Outcome) -> usize {
        let here = stop_at(outcome, self.selected).unwrap_or(self.selected);
        let stops = stops(outcome);
        let next = match down {
            true => stops.iter().find(|stop| **stop > here),
            false => stops.iter().rfind(|stop| **stop < here),
        };
        next.copied().unwrap_or(self.selected)
    }

    /// The next problem in that direction, round and round.
    fn problem(&self, action: Action, outcome: &Outcome) -> usize {
        let here = self.selected;
        let found = match action {
            Action::NextProblem => outcome
                .problem_rows()
                .find(|row| *row > here)
                .or_else(|| outcome.problem_rows().next()),
            _ => outcome
                .problem_rows()
                .rfind(|row| *row < here)
                .or_else(|| outcome.problem_rows().next_back()),
        };
        found.unwrap_or(self.selected)
    }

    /// Scrolls so that the selected row is in view.
    pub fn reveal(&mut self, height: usize) {
        self.offset = self
            .offset
            .min(self.selected)
            .max((self.selected + 1).saturating_sub(height));
    }
}

fn focus(model: &Model) -> Focus {
    match model.panel {
        Panel::Trace => Focus::Here,
        _ => Focus::Elsewhere,
    }
}

/// Draws the panel: the rows of the last run, or of the run under way, or what to do first.
///
/// ```text
/// ╭▸ Trace ────────────────────────────────────────────────╮
/// │ · cross-origin: the host differs                       │
/// │ · preflight needed                                     │
/// │ ▾ OPTIONS /prices   204   12 ms                        │
/// │   ✓ status 204 is a success                            │
/// │   ✗ X-Api-Key is not in access-control-allow-headers   │
/// │                                              ◀ cause   │
/// │ ○ PUT /prices   never sent                             │
/// ╰────────────────────────────────────────────────────────╯
/// ```
pub fn draw(model: &Model, area: Rect, frame: &mut Frame) {
    let theme = &model.theme;
    let inner = inside(area);
    let title = match (model.trace.view, &model.outcome) {
        (TraceView::Sequence, Some(_)) => "Trace: sequence",
        _ => "Trace",
    };
    let title = match model.outcome.as_ref().is_some_and(|one| one.real.is_some()) {
        true => format!("{title}: what if"),
        false => title.to_owned(),
    };
    let mut block = panel(theme, &title, focus(model));
    let lines = match (&model.run, &model.outcome) {
        (Run::Sending(sending), _) => waiting_lines(sending, model, usize::from(inner.width)),
        (Run::Idle, Some(outcome)) => {
            let height = usize::from(inner.height);
            let (total, offset, lines) = match model.trace.view {
                TraceView::Steps => {
                    let lines = outcome_lines(model, outcome, inner);
                    (outcome.rows.len(), model.trace.offset, lines)
                }
                TraceView::Sequence => {
                    let (drawn, offset) = sequence_in(model, outcome, inner);
                    let shown = drawn.lines.iter().skip(offset).take(height);
                    (drawn.lines.len(), offset, shown.cloned().collect())
                }
            };
            if let Some(signs) = more(total, offset, height) {
                let signs = Line::styled(signs, theme[Meaning::Muted]);
                block = block.title_bottom(signs.right_aligned());
            }
            let mut lines = search::marked(model, Panel::Trace, lines, offset);
            if model.trace.view == TraceView::Steps {
                let below = under_steps(outcome, model.trace.selected, theme, inner);
                lines.extend(below.into_iter().flat_map(|drawn| drawn.lines));
            }
            lines
        }
        (Run::Idle, None) => story(model, usize::from(inner.width)),
    };
    frame.render_widget(block, area);
    frame.render_widget(Paragraph::new(lines), inner);
}

/// The sequence as it is drawn, and how much of it is scrolled away: as little as shows the selected
/// arrow.
fn sequence_in(model: &Model, outcome: &Outcome, inner: Rect) -> (Sequence, usize) {
    let selected = model.trace.selected;
    let drawn = sequence(outcome, selected, &model.theme, usize::from(inner.width));
    let stop = stop_at(outcome, selected);
    let last = drawn
        .rows
        .iter()
        .rposition(|row| row.is_some() && *row == stop);
    let height = usize::from(inner.height);
    let offset = last.map_or(0, |last| (last + 1).saturating_sub(height));
    (drawn, offset)
}

/// The text of each row, for a search.
pub fn row_texts(model: &Model) -> Vec<String> {
    let Some(outcome) = &model.outcome else {
        return Vec::new();
    };
    let text = |row: &Row| match row {
        Row::Exchange(index) => outcome.exchange(*index).map(|exchange| {
            let first = outcome.exchange(0).unwrap_or(exchange);
            exchange_line(outcome, exchange, first, &model.theme).to_string()
        }),
        Row::Step(index) => outcome.words.get(*index).map(|words| words.title.clone()),
        Row::NeverSent(request) => Some(request.clone()),
        Row::Behind(index) => outcome.behind(*index),
    };
    outcome
        .rows
        .iter()
        .map(|row| text(row).unwrap_or_default())
        .collect()
}

fn outcome_lines(model: &Model, outcome: &Outcome, inner: Rect) -> Vec<Line<'static>> {
    let theme = &model.theme;
    let width = usize::from(inner.width);
    let shown = outcome.rows.iter().enumerate().skip(model.trace.offset);
    shown
        .take(usize::from(inner.height))
        .map(|(at, row)| {
            let line = row_line(outcome, row, theme, width);
            if at != model.trace.selected {
                return line;
            }
            let selection = match focus(model) {
                Focus::Here => Meaning::Selected,
                Focus::Elsewhere => Meaning::SelectedUnfocused,
            };
            let used: usize = line.spans.iter().map(|span| columns(&span.content)).sum();
            let mut line = line;
            line.push_span(" ".repeat(width.saturating_sub(used)));
            theme.selected(line, selection)
        })
        .collect()
}

fn row_line(outcome: &Outcome, row: &Row, theme: &Theme, width: usize) -> Line<'static> {
    match row {
        Row::Exchange(index) => match outcome.exchange(*index) {
            Some(exchange) => {
                let first = outcome.exchange(0).unwrap_or(exchange);
                clip_line(exchange_line(outcome, exchange, first, theme), width)
            }
            None => Line::default(),
        },
        Row::NeverSent(request) => {
            let never = "  never sent";
            let text = Line::from(vec![
                Span::styled("○ ", theme[Meaning::Muted]),
                Span::styled(request.clone(), theme[Meaning::Exchange]),
            ]);
            let mut line = clip_line(text, width.saturating_sub(columns(never)));
            line.push_span(Span::styled(never, theme[Meaning::Warning]));
            clip_line(line, width)
        }
        Row::Step(index) => step_line(outcome, *index, theme, width),
        Row::Behind(index) => {
            let known = !matches!(
                outcome.case.problems.get(*index),
                Some(Problem::Unasked { .. })
            );
            let (sign, meaning) = match known {
                true => ("✗ ", Meaning::Fail),
                false => ("? ", Meaning::Warning),
            };
            let text = vec![
                Span::styled(sign, theme[meaning]),
                Span::styled(outcome.behind(*index).unwrap_or_default(), theme[meaning]),
            ];
            let signs = vec![Span::styled("  ◁ behind it", theme[Meaning::Warning])];
            with_signs(text, signs, width)
        }
    }
}

/// A line whose signs are not cut with its text: where both have no room, the words of the signs go first.
fn with_signs(
    text: Vec<Span<'static>>,
    mut signs: Vec<Span<'static>>,
    width: usize,
) -> Line<'static> {
    let long =
        |spans: &[Span<'_>]| -> usize { spans.iter().map(|span| columns(&span.content)).sum() };
    if long(&text) + long(&signs) > width {
        for sign in &mut signs {
            let bare: String = sign.content.chars().take("  ~".len()).collect();
            sign.content = bare.into();
        }
    }
    let mut line = clip_line(Line::from(text), width.saturating_sub(long(&signs)));
    line.spans.extend(signs);
    clip_line(line, width)
}

/// `▾ OPTIONS /prices  preflight  204  12 ms`; with the host where it is another than the first one's.
fn exchange_line(
    outcome: &Outcome,
    exchange: &Exchange,
    first: &Exchange,
    theme: &Theme,
) -> Line<'static> {
    let request = &exchange.request;
    let host = match request.url.origin() == first.request.url.origin() {
        true => String::new(),
        false => shown(&request.url.origin().ascii_serialization()),
    };
    let start = format!(
        "{} {host}{}",
        shown(&request.method),
        shown(&request.target())
    );
    let kind = match exchange.kind {
        ExchangeKind::Preflight => "  preflight",
        ExchangeKind::Actual => "",
    };
    let (status, style, time) = match &exchange.answer {
        Ok(reply) => (
            reply.status.to_string(),
            Meaning::Strong,
            reply.timing.total,
        ),
        Err(failure) => ("no answer".to_owned(), Meaning::Fail, failure.timing.total),
    };
    let changed = match outcome.before(exchange) {
        Some(before) if before.answer != exchange.answer => "  ~ what if",
        _ => "",
    };
    let time = match exchange.from_cache {
        true => Some("  from the HTTP cache".to_owned()),
        false => time.map(|ms| format!("  {}", milliseconds(ms))),
    };
    Line::from(vec![
        Span::styled("▾ ", theme[Meaning::Muted]),
        Span::styled(start, theme[Meaning::Exchange]),
        Span::styled(kind, theme[Meaning::Muted]),
        Span::raw("  "),
        Span::styled(status, theme[style]),
        Span::styled(time.unwrap_or_default(), theme[Meaning::Muted]),
        Span::styled(provenance(exchange), theme[Meaning::Warning]),
        Span::styled(changed, theme[Meaning::Info]),
    ])
}

/// How an exchange came about, where it is none of a browser's.
pub fn provenance(exchange: &Exchange) -> &'static str {
    match exchange.provenance {
        Provenance::Browser => "",
        Provenance::LookBehind => "  no browser sends this",
        Provenance::Assumed => "  + assumed",
        Provenance::Background => "  in the background",
    }
}

/// The sign of an outcome and its style.
pub fn outcome_sign(outcome: StepOutcome) -> (&'static str, Meaning) {
    match outcome {
        StepOutcome::Pass => ("✓", Meaning::Pass),
        StepOutcome::Fail => ("✗", Meaning::Fail),
        StepOutcome::Info => ("·", Meaning::Info),
        StepOutcome::NotModelled => ("?", Meaning::NotModelled),
    }
}

fn step_line(outcome: &Outcome, index: usize, theme: &Theme, width: usize) -> Line<'static> {
    let (Some(step), Some(words)) = (outcome.step(index), outcome.words.get(index)) else {
        return Line::default();
    };
    let reason = matches!(
        step.rule,
        Rule::UnsafeMethod | Rule::UnsafeHeader | Rule::ForcedPreflight
    );
    let indent = if step.exchange.is_some() || reason {
        "  "
    } else {
        ""
    };
    let (sign, meaning) = outcome_sign(step.outcome);
    let title = match step.outcome {
        StepOutcome::Fail => theme[Meaning::Fail],
        _ => theme[Meaning::Value],
    };
    let spans = vec![
        Span::raw(indent),
        Span::styled(format!("{sign} "), theme[meaning]),
        Span::styled(words.title.clone(), title),
    ];
    if outcome.cause() != Some(index) {
        let mut signs = Vec::new();
        if outcome.is_new(index) {
            signs.push(Span::styled("  ~ what if", theme[Meaning::Info]));
        }
        if outcome.is_problem(index) {
            signs.push(Span::styled("  ◁ also", theme[Meaning::Warning]));
        }
        return with_signs(spans, signs, width);
    }
    // The sign of the cause must not be what is cut, and stands at the right edge.
    let room = width.saturating_sub(columns(CAUSE_SIGN) + 1);
    let mut line = clip_line(Line::from(spans), room);
    let used: usize = line.spans.iter().map(|span| columns(&span.content)).sum();
    line.push_span(" ".repeat((room + 1).saturating_sub(used)));
    line.push_span(Span::styled(CAUSE_SIGN, theme[Meaning::Cause]));
    clip_line(line, width)
}

/// A sign that turns as time passes.
fn spinner(now: Timestamp) -> &'static str {
    const SIGNS: [&str; 8] = ["⠋", "⠙", "⠸", "⠴", "⠦", "⠇", "⠏", "⠛"];
    SIGNS[usize::try_from(now.0 / 100 % 8).unwrap_or_default()]
}

fn waiting_lines(sending: &Sending, model: &Model, width: usize) -> Vec<Line<'static>> {
    let theme = &model.theme;
    let mut lines = Vec::new();
    for request in &sending.requests {
        let (sign, style, state) = match request.waits_for {
            Some(what) => (spinner(model.now), Meaning::Warning, what),
            None => ("●", Meaning::Pass, "answered"),
        };
        let line = Line::from(vec![
            Span::styled(format!("{sign} "), theme[style]),
            Span::styled(request.line.clone(), theme[Meaning::Exchange]),
            Span::styled(format!("  {state}"), theme[style]),
        ]);
        lines.push(clip_line(line, width));
    }
    lines
}

/// The row under a position of the screen.
pub fn row_at(model: &Model, area: Rect, position: Position) -> Option<usize> {
    let inner = inside(area);
    let outcome = model.outcome.as_ref()?;
    if !inner.contains(position) || !matches!(model.run, Run::Idle) {
        return None;
    }
    let line = usize::from(position.y - inner.y);
    match model.trace.view {
        TraceView::Steps => {
            let at = model.trace.offset + line;
            let Some(below) = at.checked_sub(outcome.rows.len()) else {
                return Some(at);
            };
            let drawn = under_steps(outcome, model.trace.selected, &model.theme, inner)?;
            drawn.rows.get(below).copied().flatten()
        }
        TraceView::Sequence => {
            let (drawn, offset) = sequence_in(model, outcome, inner);
            drawn.rows.get(offset + line).copied().flatten()
        }
    }
}
