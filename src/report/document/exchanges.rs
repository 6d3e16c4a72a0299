//! What was sent and what came back, line by line.

use serde::Serialize;

use crate::case::Case;
use crate::diagnose::shown;
use crate::engine::{Exchange, ExchangeKind, Provenance};
use crate::fix::Problem;
use crate::wire::{HeaderList, HttpRequest, Reply, latin1};

/// Bytes of a body that are shown.
const SHOWN_BODY: usize = 4 * 1024;

/// One exchange.
#[derive(Serialize)]
pub(super) struct ExchangeView {
    number: usize,
    kind: &'static str,
    heading: String,
    ending: String,
    notes: Vec<String>,
    request: Vec<LineView>,
    reply: Vec<LineView>,
    failure: Option<String>,
}

/// A line as it went over the wire.
#[derive(Serialize)]
struct LineView {
    text: String,
    /// Whether a problem lies in it.
    fault: bool,
}

impl LineView {
    fn plain(text: String) -> Self {
        Self { text, fault: false }
    }
}

impl ExchangeView {
    /// All exchanges in order; bodies of answers that say what went wrong, and with `whole_bodies` of all.
    pub(super) fn all(case: &Case, whole_bodies: bool) -> Vec<Self> {
        let exchanges = case.exchanges().enumerate();
        exchanges
            .map(|(index, exchange)| Self::of(case, index, exchange, whole_bodies))
            .collect()
    }

    fn of(case: &Case, index: usize, exchange: &Exchange, whole_bodies: bool) -> Self {
        let request = &exchange.request;
        let faults = faults(case, exchange);
        let mut notes = Vec::new();
        match exchange.provenance {
            Provenance::Browser => {}
            Provenance::Background => notes.push("Sent in the background.".to_owned()),
            Provenance::LookBehind => notes.push("A browser would not have sent this.".to_owned()),
            Provenance::Assumed => {
                notes.push("Nothing was sent: the answer is assumed.".to_owned());
            }
        }
        if exchange.from_cache {
            notes.push("Answered from the HTTP cache: nothing was sent.".to_owned());
        }
        let (ending, reply, failure) = match &exchange.answer {
            Ok(reply) => {
                let lines = answered(reply, &faults, whole_bodies);
                (reply.status.to_string(), lines, None)
            }
            Err(failure) => {
                let detail = shown(&failure.detail);
                (failure.kind.id().to_owned(), Vec::new(), Some(detail))
            }
        };
        Self {
            number: index + 1,
            kind: match exchange.kind {
                ExchangeKind::Preflight => "preflight",
                ExchangeKind::Actual => "request",
            },
            heading: format!("{} {}", shown(&request.method), shown(request.url.as_str())),
            ending,
            notes,
            request: sent(request),
            reply,
            failure,
        }
    }
}

/// The headers, in lower case, that problems find in the answer.
fn faults(case: &Case, exchange: &Exchange) -> Vec<String> {
    let blocks = case.problems.iter().filter_map(Problem::block);
    let here = blocks.filter(|block| {
        let recorded = block.exchange.and_then(|at| case.session.exchanges.get(at));
        recorded.is_some_and(|recorded| recorded == exchange)
    });
    here.filter_map(|block| Some(block.header.as_deref()?.to_ascii_lowercase()))
        .collect()
}

fn sent(request: &HttpRequest) -> Vec<LineView> {
    let target = shown(&request.target());
    let mut lines = vec![
        LineView::plain(format!("{} {target}", shown(&request.method))),
        LineView::plain(format!("Host: {}", shown(&request.authority()))),
    ];
    lines.extend(header_lines(&request.headers, &[]));
    if !request.body.is_empty() {
        lines.push(LineView::plain(String::new()));
        body(&mut lines, &request.body);
    }
    lines
}

fn answered(reply: &Reply, faults: &[String], whole_bodies: bool) -> Vec<LineView> {
    let (version, status) = (reply.version.as_str(), reply.status);
    let reason = shown(&latin1(&reply.reason));
    let first = format!("HTTP/{version} {status} {reason}");
    let mut lines = vec![LineView {
        text: first.trim_end().to_owned(),
        fault: faults.iter().any(|name| name == ":status"),
    }];
    lines.extend(header_lines(&reply.headers, faults));
    let bytes = reply.body.readable();
    if bytes.is_empty() {
        return lines;
    }
    lines.push(LineView::plain(String::new()));
    let is_text = std::str::from_utf8(&bytes[..bytes.len().min(SHOWN_BODY)])
        .map_or_else(|error| error.error_len().is_none(), |_| true);
    // What the page asked for is its own affair; what went wrong is not.
    if is_text && (whole_bodies || reply.status >= 400) {
        body(&mut lines, bytes);
    } else {
        let size = bytes.len();
        lines.push(LineView::plain(format!("({size} bytes, not shown)")));
    }
    if reply.body.truncated || reply.body.error.is_some() {
        let why = reply.body.error.as_deref().map(shown);
        let why = why.unwrap_or_else(|| "the rest was not read".to_owned());
        lines.push(LineView::plain(format!("({why})")));
    }
    lines
}

fn header_lines(headers: &HeaderList, faults: &[String]) -> Vec<LineView> {
    let lines = headers.iter();
    lines
        .map(|line| LineView {
            text: format!("{}: {}", shown(&line.name), shown(&latin1(&line.value))),
            fault: faults.iter().any(|name| line.is(name)),
        })
        .collect()
}

/// The head of a body, line by line.
fn body(lines: &mut Vec<LineView>, bytes: &[u8]) {
    let head = &bytes[..bytes.len().min(SHOWN_BODY)];
    let text = String::from_utf8_lossy(head);
    lines.extend(text.lines().map(|line| LineView::plain(shown(line))));
    if bytes.len() > head.len() {
        let more = bytes.len() - head.len();
        lines.push(LineView::plain(format!("({more} bytes more)")));
    }
}
