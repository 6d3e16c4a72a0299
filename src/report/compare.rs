//! Two cases side by side: what was asked, what was exchanged, what was decided.
//!
//! Lines of a header are compared by name, steps of the trace by rule, so that a changed value stands
//! beside its former self and not below it.

use similar::{Algorithm, DiffOp, capture_diff_slices};

use crate::case::Case;
use crate::diagnose::{shown, words};
use crate::engine::{Exchange, RequestBody};
use crate::wire::{HeaderList, latin1};

/// How the two sides of a row stand to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mark {
    /// They say the same.
    Same,
    /// They say otherwise of one thing.
    Changed,
    /// Only the left one has it.
    Left,
    /// Only the right one has it.
    Right,
}

impl Mark {
    /// One character: blank, `~`, `-` or `+`.
    pub fn sign(self) -> char {
        match self {
            Self::Same => ' ',
            Self::Changed => '~',
            Self::Left => '-',
            Self::Right => '+',
        }
    }
}

/// A row: what the left case says, what the right one says. Safe to show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair {
    /// How they stand to each other.
    pub mark: Mark,
    /// Empty where the left case has nothing.
    pub left: String,
    /// Empty where the right case has nothing.
    pub right: String,
}

/// Rows under one title.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    /// What the rows are about.
    pub title: String,
    /// The rows, in the order of the cases.
    pub rows: Vec<Pair>,
}

/// Two cases side by side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comparison {
    /// Verdict, request, exchanges, trace.
    pub sections: Vec<Section>,
}

impl Comparison {
    /// How many rows differ.
    pub fn differences(&self) -> usize {
        let rows = self.sections.iter().flat_map(|section| &section.rows);
        rows.filter(|row| row.mark != Mark::Same).count()
    }
}

/// A line and what it is compared by.
struct Line {
    key: String,
    text: String,
}

impl Line {
    fn new(key: &str, value: impl AsRef<str>) -> Self {
        Self {
            key: key.to_owned(),
            text: format!("{key}: {}", shown(value.as_ref())),
        }
    }

    fn bare(key: String, text: &str) -> Self {
        Self {
            key,
            text: shown(text),
        }
    }

    /// What it says without its name: the name of a header is the same in any case.
    fn said(&self) -> &str {
        let (name, rest) = self
            .text
            .split_at_checked(self.key.len())
            .unwrap_or_default();
        match name.eq_ignore_ascii_case(&self.key) {
            true => rest,
            false => &self.text,
        }
    }
}

/// Sets two cases side by side.
pub fn compare(left: &Case, right: &Case) -> Comparison {
    let section = |title: &str, lines: fn(&Case) -> Vec<Line>| Section {
        title: title.to_owned(),
        rows: align(&lines(left), &lines(right)),
    };
    let mut sections = vec![section("Verdict", verdict), section("Request", request)];
    sections.extend(exchanges(left, right));
    sections.push(section("Trace", trace));
    sections.retain(|section| !section.rows.is_empty());
    Comparison { sections }
}

fn verdict(case: &Case) -> Vec<Line> {
    let mut lines = vec![
        Line::new("engine", case.session.engine().as_str()),
        Line::new("verdict", case.finished.verdict.as_str()),
    ];
    if let Some(block) = case.block() {
        lines.push(Line::new("reason", block.reason.id()));
        lines.push(Line::new("phase", block.phase.as_str()));
        let told = [
            ("header", block.header.clone()),
            ("value", block.value.as_deref().map(latin1)),
            ("expected", block.expected.clone()),
        ];
        lines.extend(
            told.into_iter()
                .filter_map(|(key, value)| Some(Line::new(key, value?))),
        );
    }
    for other in &case.others {
        let decided = other.replay.decided();
        let verdict = decided.map(|finished| finished.verdict.as_str());
        let verdict = verdict.unwrap_or("needs another answer");
        lines.push(Line::new(other.engine.as_str(), verdict));
    }
    lines
}

fn request(case: &Case) -> Vec<Line> {
    let (page, request) = (&case.session.page, &case.session.request);
    let mut lines = vec![
        Line::new("page", page.url.as_str()),
        Line::new("origin", page.origin.to_string()),
        Line::new("api", request.api.as_str()),
        Line::new("method", &request.method),
        Line::new("url", &request.url),
        Line::new("mode", request.mode.as_str()),
        Line::new("credentials", request.credentials.as_str()),
        Line::new("redirect", request.redirect.as_str()),
    ];
    for (name, value) in &request.headers {
        lines.push(Line {
            key: name.to_ascii_lowercase(),
            text: shown(&format!("{name}: {value}")),
        });
    }
    match &request.body {
        None => {}
        Some(RequestBody::Text(text)) => lines.push(Line::new("body", text)),
        Some(body) => lines.push(Line::new("body", format!("{body:?}"))),
    }
    lines
}

/// A section for each exchange; one that the other case has not is compared with nothing.
fn exchanges(left: &Case, right: &Case) -> Vec<Section> {
    let of = |case: &Case| case.exchanges().cloned().collect::<Vec<_>>();
    let (left, right) = (of(left), of(right));
    let keys = |list: &[Exchange]| -> Vec<(&'static str, String)> {
        let key = |exchange: &Exchange| (exchange.kind.as_str(), exchange.request.method.clone());
        list.iter().map(key).collect()
    };
    let mut sections = Vec::new();
    for (left_at, right_at) in matches(&keys(&left), &keys(&right)) {
        let (before, after) = (left_at.map(|at| &left[at]), right_at.map(|at| &right[at]));
        let Some(either) = before.or(after) else {
            continue;
        };
        let kind = format!("{} {}", either.kind.as_str(), shown(&either.request.method));
        let mut add = |part: &str, lines: fn(&Exchange) -> Vec<Line>| {
            let lines = |exchange: Option<&Exchange>| exchange.map(lines).unwrap_or_default();
            sections.push(Section {
                title: format!("{kind}: {part}"),
                rows: align(&lines(before), &lines(after)),
            });
        };
        add("sent", sent);
        add("answer", answer);
    }
    sections
}

fn sent(exchange: &Exchange) -> Vec<Line> {
    let mut lines = vec![Line::bare(
        "url".to_owned(),
        &format!("{} {}", exchange.request.method, exchange.request.url),
    )];
    lines.extend(headers(&exchange.request.headers));
    lines
}

fn answer(exchange: &Exchange) -> Vec<Line> {
    match &exchange.answer {
        Ok(reply) => {
            let status = format!("{} {}", reply.status, latin1(&reply.reason));
            let mut lines = vec![Line::bare("status".to_owned(), status.trim_end())];
            lines.extend(headers(&reply.headers));
            lines
        }
        Err(failure) => vec![Line::new(failure.kind.id(), &failure.detail)],
    }
}

fn headers(list: &HeaderList) -> impl Iterator<Item = Line> {
    list.iter().map(|line| {
        let text = format!("{}: {}", line.name, latin1(&line.value));
        Line::bare(line.name.to_ascii_lowercase(), &text)
    })
}

fn trace(case: &Case) -> Vec<Line> {
    let steps = case.finished.trace.steps.iter();
    steps
        .map(|step| {
            let words = words(step);
            Line {
                key: step.rule.id().to_owned(),
                text: format!("{}: {} · {}", step.outcome.as_str(), words.title, words.why),
            }
        })
        .collect()
}

fn align(left: &[Line], right: &[Line]) -> Vec<Pair> {
    let keys = |lines: &[Line]| {
        lines
            .iter()
            .map(|line| line.key.clone())
            .collect::<Vec<_>>()
    };
    let pairs = matches(&keys(left), &keys(right)).into_iter();
    pairs
        .map(|(before, after)| {
            let text = |lines: &[Line], at: Option<usize>| {
                at.map_or_else(String::new, |at| lines[at].text.clone())
            };
            let (before_text, after_text) = (text(left, before), text(right, after));
            Pair {
                mark: match (before, after) {
                    (Some(_), None) => Mark::Left,
                    (None, _) => Mark::Right,
                    (Some(before), Some(after)) if left[before].said() == right[after].said() => {
                        Mark::Same
                    }
                    _ => Mark::Changed,
                },
                left: before_text,
                right: after_text,
            }
        })
        .collect()
}

/// Which of the left belongs to which of the right; what belongs to none stands alone.
fn matches<T: Eq + std::hash::Hash + Ord>(
    left: &[T],
    right: &[T],
) -> Vec<(Option<usize>, Option<usize>)> {
    let mut pairs = Vec::new();
    let alone = |range: std::ops::Range<usize>| range.map(Some);
    for op in capture_diff_slices(Algorithm::Myers, left, right) {
        let (before, after) = (op.old_range(), op.new_range());
        match op {
            DiffOp::Equal { .. } => pairs.extend(alone(before).zip(alone(after))),
            _ => {
                pairs.extend(alone(before).map(|at| (at, None)));
                pairs.extend(alone(after).map(|at| (None, at)));
            }
        }
    }
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_headers_stand_as_they_came_and_are_the_same_in_any_case() {
        let lines = |list: [(&str, &str); 2]| headers(&HeaderList::from_iter(list)).collect();
        let left: Vec<Line> = lines([("ETag", "1"), ("Vary", "Origin")]);
        let right: Vec<Line> = lines([("etag", "1"), ("vary", "*")]);
        let pairs = align(&left, &right);
        let marks: Vec<_> = pairs.iter().map(|pair| pair.mark).collect();
        assert_eq!(marks, [Mark::Same, Mark::Changed]);
        assert_eq!(pairs[0].left, "ETag: 1");
        assert_eq!(pairs[0].right, "etag: 1");
    }
}
