//! A case as one JSON value: what `check --json` and `batch` print.
//!
//! Header values hold one character a byte, times are milliseconds. `response` is what page script
//! could read and is null where the fetch was blocked or failed.

mod causes;

use std::borrow::Cow;
use std::io::{self, Write};

use base64::Engine as _;
use memchr::memchr2;
use serde::Serialize;
use serde_json::Value;

use super::fixes_json::{FixJson, NoFixJson, ProblemJson, WhatIfJson};
use super::note_json::NoteJson;
use super::page::{PageJson, page_json};
use super::trace_json::{KnownSteps, TraceJson};
use crate::case::Case;
use crate::diagnose::{Deviation, Label, Opinion, console, shown, words};
use crate::engine::{
    Block, Evidence, Exchange, Provenance, Side, Span, TraceStep, Verdict, VisibleResponse,
};
use crate::session::{Assumption, Edit, Replay, Session};
use crate::wire::{HeaderList, HttpRequest, NetworkFailure, Reply, Timing, latin1};
use causes::{CauseJson, ProbedJson};

/// A case in the form of the published format.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CaseJson<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a Value>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    notes: Vec<NoteJson>,
    engine: &'static str,
    verdict: &'static str,
    response: Option<ResponseJson<'a>>,
    block: Option<BlockJson<'a>>,
    failure: Option<FailureJson>,
    #[serde(skip_serializing_if = "Option::is_none")]
    page: Option<PageJson<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    engines: Vec<EngineJson<'a>>,
    causes: Vec<CauseJson>,
    #[serde(skip_serializing_if = "Option::is_none")]
    investigation: Option<Vec<ProbedJson<'a>>>,
    console: Vec<String>,
    problems: Vec<ProblemJson<'a>>,
    fixes: Vec<FixJson>,
    #[serde(skip_serializing_if = "Option::is_none")]
    no_fix: Option<NoFixJson>,
    #[serde(skip_serializing_if = "Option::is_none")]
    what_if: Option<WhatIfJson>,
    trace: TraceJson<'a>,
    exchanges: ExchangesJson<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ResponseJson<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    status: u16,
    status_text: Cow<'a, str>,
    url: &'a str,
    redirected: bool,
    headers: LinesJson<'a>,
    body: BytesJson<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<&'a str>,
    body_truncated: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    body_error: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    event: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    readable: Option<bool>,
}

/// Text where the bytes are UTF-8, else base64.
#[derive(Serialize)]
#[serde(untagged)]
enum BytesJson<'a> {
    Text(&'a str),
    Base64 { base64: String },
}

/// Header lines in order, each a pair of name and value.
struct LinesJson<'a>(&'a HeaderList);

impl Serialize for LinesJson<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let lines = self.0.iter();
        serializer.collect_seq(lines.map(|line| (line.name.as_str(), text(&line.value))))
    }
}

#[derive(Serialize)]
struct BlockJson<'a> {
    reason: &'static str,
    phase: &'static str,
    exchange: Option<usize>,
    header: Option<&'a str>,
    value: Option<Cow<'a, str>>,
    span: Option<Span>,
    expected: Option<&'a str>,
    item: Option<&'a str>,
    step: usize,
}

#[derive(Serialize)]
struct FailureJson {
    reason: &'static str,
    detail: String,
}

/// What another engine decides over the same exchanges; `needs-answer` where it would have sent
/// something that was not sent.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct EngineJson<'a> {
    engine: &'static str,
    verdict: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    depends_on_user: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    differs: Vec<DeviationJson<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    would_send: Option<RequestJson<'a>>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    assumed: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    assumptions: Vec<AssumptionJson<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    asked: Vec<ExchangeJson<'a>>,
}

/// A rule in which the engines differ, and that matters here.
#[derive(Serialize)]
struct DeviationJson<'a> {
    field: &'static str,
    sentence: &'a str,
    source: &'a [String],
}

/// An answer taken over though the engine would have sent other lines.
#[derive(Serialize)]
struct AssumptionJson<'a> {
    exchange: usize,
    lines: Vec<Cow<'a, str>>,
    request: RequestJson<'a>,
}

#[derive(Serialize)]
pub(super) struct StepJson<'a> {
    rule: &'static str,
    title: String,
    exchange: Option<usize>,
    outcome: &'static str,
    detail: String,
    evidence: Vec<EvidenceJson<'a>>,
    spec: &'static str,
}

#[derive(Serialize)]
struct EvidenceJson<'a> {
    side: &'static str,
    header: Cow<'a, str>,
    value: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    span: Option<Span>,
}

/// The exchanges in order.
struct ExchangesJson<'a>(&'a Case);

impl Serialize for ExchangesJson<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.exchanges().map(exchange))
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ExchangeJson<'a> {
    kind: &'static str,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    from_cache: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    look_behind: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    background: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    assumed: bool,
    request: RequestJson<'a>,
    reply: Option<ReplyJson<'a>>,
    failure: Option<FailureJson>,
    timing: TimingJson,
}

#[derive(Serialize)]
struct RequestJson<'a> {
    method: &'a str,
    url: &'a str,
    headers: LinesJson<'a>,
    body: Option<BytesJson<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ReplyJson<'a> {
    status: u16,
    status_text: Cow<'a, str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    odd_status_line: Option<Cow<'a, str>>,
    http: &'static str,
    headers: LinesJson<'a>,
    body: BytesJson<'a>,
    body_truncated: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    body_error: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    peer: Option<String>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    certificate_error: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct TimingJson {
    name_lookup: Option<f64>,
    connect: Option<f64>,
    tls: Option<f64>,
    first_byte: Option<f64>,
    total: Option<f64>,
}

impl<'a> CaseJson<'a> {
    /// The JSON of a case; `id` is echoed.
    pub fn new(case: &'a Case, id: Option<&'a Value>) -> Self {
        Self::written(case, id, None)
    }

    /// As [`CaseJson::new`], where many cases are written.
    pub fn of_many(case: &'a Case, id: Option<&'a Value>, known: &'a KnownSteps) -> Self {
        Self::written(case, id, Some(known))
    }

    fn written(case: &'a Case, id: Option<&'a Value>, known: Option<&'a KnownSteps>) -> Self {
        let finished = &case.finished;
        Self {
            id,
            notes: Vec::new(),
            engine: case.session.engine().as_str(),
            verdict: finished.verdict.as_str(),
            response: finished.response.as_ref().map(response),
            block: finished.verdict.block().map(block),
            failure: match &finished.verdict {
                Verdict::Failed(cause) => Some(failure(cause)),
                _ => None,
            },
            page: page_json(&case.session),
            engines: case
                .others
                .iter()
                .map(|opinion| engine(&case.session, opinion))
                .collect(),
            causes: case.causes().into_iter().map(causes::cause).collect(),
            investigation: case.investigation.as_ref().map(causes::probed),
            console: console(case.session.engine(), &case.session, finished)
                .into_iter()
                .map(|line| line.text)
                .collect(),
            problems: ProblemJson::all(case),
            fixes: FixJson::all(case),
            no_fix: NoFixJson::of(case),
            what_if: None,
            trace: TraceJson::new(&finished.trace.steps, known),
            exchanges: ExchangesJson(case),
        }
    }
}

impl CaseJson<'_> {
    /// The same, with words on what was pasted.
    pub fn with_notes(mut self, notes: &[NoteJson]) -> Self {
        self.notes = notes.to_vec();
        self
    }

    /// The same, told to be what edits have made of another case.
    pub fn after(mut self, edits: &[Edit], before: &Case) -> Self {
        self.what_if = Some(WhatIfJson::decided(edits, before));
        self
    }

    /// The same, told that edits carry the fetch on to a request that was never sent.
    pub fn undecided(mut self, edits: &[Edit], before: &Case, asks: &HttpRequest) -> Self {
        self.what_if = Some(WhatIfJson::undecided(edits, before, asks));
        self
    }
}

/// What `batch` answers to a line that it cannot use.
pub fn failed_line(id: Option<&Value>, error: &str) -> Value {
    let mut value = serde_json::json!({ "error": error });
    if let Some(id) = id {
        value["id"] = id.clone();
    }
    value
}

/// Appends one line of JSON that is safe to show on a terminal: compact, and those control characters
/// escaped as well that JSON lets pass. A terminal takes U+009B for the beginning of an escape sequence.
pub fn write_json(out: &mut Vec<u8>, value: &impl Serialize) -> io::Result<()> {
    let begin = out.len();
    serde_json::to_writer(&mut *out, value)?;
    // DEL, or the first byte of U+0080 to U+00BF; serde_json has escaped what is below a blank.
    if memchr2(0x7f, 0xc2, &out[begin..]).is_some() {
        let line = String::from_utf8(out.split_off(begin)).map_err(io::Error::other)?;
        // They stand in strings only, so an escape is right wherever one is.
        let mut written = 0;
        for (at, control) in line.char_indices().filter(|(_, c)| c.is_control()) {
            let before = &line[written..at];
            write!(out, "{before}\\u{:04x}", u32::from(control))?;
            written = at + control.len_utf8();
        }
        out.extend_from_slice(&line.as_bytes()[written..]);
    }
    out.push(b'\n');
    Ok(())
}

fn engine<'a>(session: &'a Session, opinion: &'a Opinion) -> EngineJson<'a> {
    let verdict = opinion.verdict();
    let asked = opinion.asked.iter();
    EngineJson {
        engine: opinion.engine.as_str(),
        verdict: verdict.map_or("needs-answer", Verdict::as_str),
        reason: verdict
            .and_then(Verdict::block)
            .map(|block| block.reason.id()),
        depends_on_user: opinion.label() == Label::Depends,
        differs: opinion.deviations.iter().map(deviation).collect(),
        would_send: match &opinion.replay {
            Replay::NeedsAnswer(pending) => Some(request(pending.request())),
            Replay::Decided(_) => None,
        },
        assumed: !opinion.assumed.is_empty(),
        assumptions: opinion.assumed.iter().map(assumption).collect(),
        asked: asked
            .filter_map(|at| session.exchanges.get(*at))
            .map(exchange)
            .collect(),
    }
}

fn deviation(deviation: &Deviation) -> DeviationJson<'_> {
    DeviationJson {
        field: deviation.field,
        sentence: &deviation.sentence,
        source: deviation.sources,
    }
}

fn assumption(assumption: &Assumption) -> AssumptionJson<'_> {
    AssumptionJson {
        exchange: assumption.exchange,
        lines: assumption
            .lines
            .iter()
            .map(|name| lowercase(name))
            .collect(),
        request: request(&assumption.request),
    }
}

fn request(request: &HttpRequest) -> RequestJson<'_> {
    RequestJson {
        method: &request.method,
        url: request.url.as_str(),
        headers: LinesJson(&request.headers),
        body: (!request.body.is_empty()).then(|| bytes(&request.body)),
    }
}

fn response(response: &VisibleResponse) -> ResponseJson<'_> {
    ResponseJson {
        kind: response.kind.as_str(),
        status: response.status,
        status_text: text(&response.status_text),
        url: &response.url,
        redirected: response.redirected,
        headers: LinesJson(&response.headers),
        body: bytes(&response.body),
        text: response.text.as_deref(),
        body_truncated: response.body_truncated,
        body_error: response.body_error.as_deref(),
        event: response
            .element
            .map(|element| if element.loaded { "load" } else { "error" }),
        readable: response.element.map(|element| element.readable),
    }
}

fn block(block: &Block) -> BlockJson<'_> {
    BlockJson {
        reason: block.reason.id(),
        phase: block.phase.as_str(),
        exchange: block.exchange,
        header: block.header.as_deref(),
        value: block.value.as_deref().map(text),
        span: block.span,
        expected: block.expected.as_deref(),
        item: block.item.as_deref(),
        step: block.step,
    }
}

fn failure(failure: &NetworkFailure) -> FailureJson {
    FailureJson {
        reason: failure.kind.id(),
        detail: shown(&failure.detail),
    }
}

pub(super) fn step_json(step: &TraceStep) -> StepJson<'_> {
    let words = words(step);
    StepJson {
        rule: step.rule.id(),
        title: words.title,
        exchange: step.exchange,
        outcome: step.outcome.as_str(),
        detail: words.why,
        evidence: step.evidence.iter().map(evidence).collect(),
        spec: step.rule.spec(),
    }
}

fn evidence(evidence: &Evidence) -> EvidenceJson<'_> {
    EvidenceJson {
        side: match evidence.side {
            Side::Request => "request",
            Side::Response => "response",
            Side::Page => "page",
        },
        header: lowercase(&evidence.header),
        value: evidence.value.as_deref().map(text),
        span: evidence.span,
    }
}

fn exchange(exchange: &Exchange) -> ExchangeJson<'_> {
    let (reply, cause, timing) = match &exchange.answer {
        Ok(answer) => (Some(reply(answer)), None, answer.timing),
        Err(cause) => (None, Some(failure(cause)), cause.timing),
    };
    ExchangeJson {
        kind: exchange.kind.as_str(),
        from_cache: exchange.from_cache,
        look_behind: exchange.provenance == Provenance::LookBehind,
        background: exchange.provenance == Provenance::Background,
        assumed: exchange.provenance == Provenance::Assumed,
        request: request(&exchange.request),
        reply,
        failure: cause,
        timing: milliseconds(timing),
    }
}

fn reply(reply: &Reply) -> ReplyJson<'_> {
    ReplyJson {
        status: reply.status,
        status_text: text(&reply.reason),
        odd_status_line: reply.odd_status_line.as_deref().map(text),
        http: reply.version.as_str(),
        headers: LinesJson(&reply.headers),
        body: bytes(reply.body.readable()),
        body_truncated: reply.body.truncated,
        body_error: reply.body.error.as_deref(),
        peer: reply.peer.map(|peer| peer.to_string()),
        certificate_error: reply.certificate_error,
    }
}

fn milliseconds(timing: Timing) -> TimingJson {
    let rounded = |value: Option<f64>| value.map(|value| (value * 1000.0).round() / 1000.0);
    TimingJson {
        name_lookup: rounded(timing.name_lookup),
        connect: rounded(timing.connect),
        tls: rounded(timing.tls),
        first_byte: rounded(timing.first_byte),
        total: rounded(timing.total),
    }
}

/// One character a byte.
pub(super) fn text(bytes: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(bytes) {
        Ok(text) if text.is_ascii() => text.into(),
        _ => latin1(bytes).into(),
    }
}

fn lowercase(name: &str) -> Cow<'_, str> {
    if name.bytes().any(|byte| byte.is_ascii_uppercase()) {
        name.to_ascii_lowercase().into()
    } else {
        name.into()
    }
}

fn bytes(bytes: &[u8]) -> BytesJson<'_> {
    match std::str::from_utf8(bytes) {
        Ok(text) => BytesJson::Text(text),
        Err(_) => BytesJson::Base64 {
            base64: base64::engine::general_purpose::STANDARD.encode(bytes),
        },
    }
}
