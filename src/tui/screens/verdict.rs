//! The verdict bar, always in view: what came of the last run, or what is under way.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use super::bars::ends;
use super::prediction::Prediction;
use crate::diagnose::{Label, Opinion, agreement, among, shown};
use crate::engine::{
    Api, Block, BlockReason, ExchangeKind, Finished, Phase, Rule, Side, Timestamp, TraceStep,
    Verdict,
};
use crate::fix::Problem;
use crate::tui::action::{Action, Place};
use crate::tui::model::{Model, Run, Sending};
use crate::tui::outcome::{Outcome, canonical_name};
use crate::tui::theme::Meaning;
use crate::tui::widgets::text::clip_line;
use crate::wire::latin1;

/// Below this width the verdict takes two short lines.
const NARROW: usize = 64;

/// Draws the verdict: a badge, what did it, and under it the same in plain words.
///
/// ```text
///  ✗ BLOCKED  Access-Control-Allow-Origin is missing · on the answer to GET /prices
///  The reply does not say who may read it.                       Standard agrees
/// ```
pub fn draw(model: &Model, area: Rect, frame: &mut Frame) {
    let theme = &model.theme;
    let width = usize::from(area.width);
    let mut told = told(model);
    if width < NARROW && area.height > 1 && !told.place.is_empty() {
        // What did it is worth more than the sentence about it.
        told.plain = std::mem::replace(&mut told.what, std::mem::take(&mut told.place));
        told.aside = String::new();
    } else if !told.place.is_empty() {
        told.what = format!("{} · {}", told.what, told.place);
    }
    let mut first = Line::default();
    if let Some((badge, meaning)) = &told.real {
        first.push_span(Span::styled(format!(" {badge} "), theme[*meaning]));
        first.push_span(Span::styled(" → what if ", theme[Meaning::Warning]));
    }
    first.push_span(Span::styled(
        format!(" {} ", told.badge),
        theme[told.meaning],
    ));
    first.push_span(Span::styled(
        format!(" {}", told.what),
        theme[Meaning::Strong],
    ));
    let second = ends(
        Line::styled(format!(" {}", told.plain), theme[Meaning::Value]),
        Line::styled(format!("{} ", told.aside), theme[Meaning::Muted]),
        width,
    );
    let lines = vec![clip_line(first, width), second];
    frame.render_widget(Paragraph::new(lines).style(theme[Meaning::Bar]), area);
}

/// What the verdict bar says.
struct Told {
    badge: &'static str,
    meaning: Meaning,
    /// What did it.
    what: String,
    /// Where.
    place: String,
    /// The same in a sentence.
    plain: String,
    /// What stands at the right.
    aside: String,
    /// The badge of what really happened, where this is a what-if.
    real: Option<(&'static str, Meaning)>,
}

fn told(model: &Model) -> Told {
    if let Run::Sending(sending) = &model.run {
        return told_sending(model, sending);
    }
    match &model.outcome {
        Some(outcome) => {
            let mut told = told_outcome(model, outcome);
            if let Some(real) = &outcome.real {
                let real = told_outcome(model, real);
                told.real = Some((real.badge, real.meaning));
                tell_what_if(model, &mut told);
            }
            if model.form_changed() {
                told.plain = format!("The request was changed since. {}", send_hint(model));
                told.aside.clear();
            }
            told
        }
        None => told_ready(model),
    }
}

fn send_hint(model: &Model) -> String {
    match model.keymap.key_for(&[Place::Anywhere], Action::Send) {
        Some(key) => format!("{key} sends the request."),
        None => String::new(),
    }
}

fn told_ready(model: &Model) -> Told {
    let (badge, meaning, what) = match &model.prediction {
        Prediction::Mistakes(mistakes) => {
            let what = match mistakes.first() {
                Some(mistake) => format!("{}: {}", mistake.message, mistake.hint),
                None => String::new(),
            };
            ("! MISTAKE", Meaning::BadgeWaiting, what)
        }
        _ => ("○ READY", Meaning::BadgeReady, send_hint(model)),
    };
    Told {
        badge,
        meaning,
        what,
        real: None,
        place: String::new(),
        plain: "Or paste your own: a URL, curl, fetch() or a browser's console error.".to_owned(),
        aside: String::new(),
    }
}

/// The badge while a request is under way; it turns ten times a second.
const SENDING: [&str; 4] = ["◴ SENDING", "◷ SENDING", "◶ SENDING", "◵ SENDING"];

fn told_sending(model: &Model, sending: &Sending) -> Told {
    let what = match sending.requests.last() {
        _ if sending.stopping => "stopping; what is known stays".to_owned(),
        Some(request) => match request.waits_for {
            Some(what) => format!("{}: {what}", request.line),
            None => format!("{}: answered", request.line),
        },
        None => "starting".to_owned(),
    };
    let limit = match sending.max_time {
        Some(limit) => format!(" of {} s", limit.as_secs_f64()),
        None => String::new(),
    };
    let tenths = model.now.0.saturating_sub(sending.started.0) / 100;
    let key = model.keymap.key_for(&[Place::Anywhere], Action::Escape);
    let cancel = key.map(|key| format!("{key} stops it")).unwrap_or_default();
    Told {
        badge: SENDING[usize::try_from(tenths).unwrap_or_default() % SENDING.len()],
        meaning: Meaning::BadgeWaiting,
        what,
        real: None,
        place: String::new(),
        plain: format!("{}{limit}", elapsed(sending.started, model.now)),
        aside: cancel,
    }
}

fn elapsed(from: Timestamp, to: Timestamp) -> String {
    let tenths = to.0.saturating_sub(from.0) / 100;
    format!("{}.{} s", tenths / 10, tenths % 10)
}

fn told_outcome(model: &Model, outcome: &Outcome) -> Told {
    let finished = &outcome.case.finished;
    let title = outcome
        .explanation
        .as_ref()
        .map(|explanation| format!("{}.", explanation.title));
    let (badge, meaning, what, plain) = match &finished.verdict {
        // Neither yes nor no: the browser asks, and the user decides.
        Verdict::Blocked(block) if block.reason == BlockReason::LocalNetworkPermissionPrompt => (
            "? DEPENDS ON THE USER",
            Meaning::BadgeOpaque,
            blocked_by(outcome, block),
            "“Local net” in the request gives the user's answer.".to_owned(),
        ),
        Verdict::Blocked(block) => (
            "✗ BLOCKED",
            Meaning::BadgeBlocked,
            blocked_by(outcome, block),
            title.unwrap_or_default(),
        ),
        Verdict::Allowed => (
            "✓ ALLOWED",
            Meaning::BadgeAllowed,
            allowed_by(outcome),
            read_by_page(outcome.case.session.request.api, finished),
        ),
        Verdict::Opaque => (
            "◐ OPAQUE",
            Meaning::BadgeOpaque,
            "the page can read nothing of the answer".to_owned(),
            "Status, headers and body are hidden from the page.".to_owned(),
        ),
        Verdict::Failed(failure) => (
            "✗ FAILED",
            Meaning::BadgeFailed,
            shown(&failure.detail),
            title.unwrap_or_else(|| "No answer came, so there is nothing to judge.".to_owned()),
        ),
    };
    Told {
        badge,
        meaning,
        what,
        real: None,
        place: place(outcome),
        plain: plain + &behind(outcome),
        aside: others(model, outcome),
    }
}

/// The badge says that it is a what-if; the second line how many edits and the way back, or which answer
/// nobody knows.
fn tell_what_if(model: &Model, told: &mut Told) {
    let Some(imagined) = &model.what_if else {
        return;
    };
    let key = |action| {
        let key = model.keymap.key_for(&[Place::Panel], action);
        key.map(|key| key.to_string()).unwrap_or_default()
    };
    let count = match imagined.edits.len() {
        1 => "1 edit".to_owned(),
        count => format!("{count} edits"),
    };
    let (undo, reset) = (key(Action::UndoEdit), key(Action::ResetEdits));
    told.plain = format!("What if, {count}: {undo} undoes, {reset} shows what really happened.");
    if let Some(asks) = imagined.asks() {
        told.badge = "? NOT KNOWN";
        told.meaning = Meaning::BadgeOpaque;
        told.what = format!("the browser would now send {asks}");
        told.place = String::new();
        let (ask, assume) = (key(Action::LookBehind), key(Action::AssumeAnswer));
        told.plain =
            format!("{ask} asks the network, {assume} assumes a plain answer, {undo} undoes.");
    }
}

/// `1 more problem behind it.`
fn behind(outcome: &Outcome) -> String {
    let behind = outcome.case.problems.iter().skip(1);
    let known = behind.filter(|problem| !matches!(problem, Problem::Unasked { .. }));
    match known.count() {
        0 => String::new(),
        1 => " 1 more problem behind it.".to_owned(),
        count => format!(" {count} more problems behind it."),
    }
}

/// What the page has of an answer that it may have.
fn read_by_page(api: Api, finished: &Finished) -> String {
    let Some(response) = &finished.response else {
        return "The page can read the answer.".to_owned();
    };
    match response.element {
        None => format!("The page can read the answer, status {}.", response.status),
        Some(_) if api == Api::WebSocket => "Page and server may send messages.".to_owned(),
        Some(element) if !element.loaded => "The page gets an error event.".to_owned(),
        Some(element) if element.readable => "It loads, and script may look inside.".to_owned(),
        Some(_) => "It loads, but script may not look inside.".to_owned(),
    }
}

/// `by Access-Control-Allow-Origin: missing`
fn blocked_by(outcome: &Outcome, block: &Block) -> String {
    match (&block.header, &block.value) {
        (Some(header), None) if !header.starts_with(':') => {
            format!("by {}: missing", canonical_name(header))
        }
        (Some(header), Some(value)) if !header.starts_with(':') => {
            let lacks = lacks(block).map(|item| format!(", lacks {item}"));
            format!(
                "by {}: {}{}",
                outcome.name_of(block.exchange, Side::Response, header),
                shown(&latin1(value)),
                lacks.unwrap_or_default()
            )
        }
        _ => outcome
            .words
            .get(block.step)
            .map(|words| words.title.clone())
            .unwrap_or_default(),
    }
}

/// What a list does not name.
fn lacks(block: &Block) -> Option<String> {
    let list = matches!(
        block.reason,
        BlockReason::AllowHeadersMissingHeader | BlockReason::AllowMethodsMissingMethod
    );
    block.item.as_deref().filter(|_| list).map(shown)
}

/// Which exchange decided: `preflight OPTIONS /prices`.
fn place(outcome: &Outcome) -> String {
    let finished = &outcome.case.finished;
    let last = finished.exchanges.len().checked_sub(1);
    let (index, phase) = match finished.verdict.block() {
        Some(block) => (block.exchange, Some(block.phase)),
        None => (last, None),
    };
    let Some(exchange) = index.and_then(|index| outcome.exchange(index)) else {
        return "before anything was sent".to_owned();
    };
    let what = match (phase, exchange.kind) {
        (Some(Phase::Redirect), _) => "redirect of ",
        (_, ExchangeKind::Preflight) => "preflight ",
        (Some(_), ExchangeKind::Actual) => "answer to ",
        (None, ExchangeKind::Actual) => "",
    };
    let request = &exchange.request;
    // Where nothing came back, the host is what matters.
    let target = match exchange.answer {
        Ok(_) => shown(&request.target()),
        Err(_) => shown(request.url.as_str()),
    };
    format!("{what}{} {target}", shown(&request.method))
}

/// The header that allowed it, where one did.
fn allowed_by(outcome: &Outcome) -> String {
    let finished = &outcome.case.finished;
    let asked = |step: &&TraceStep| {
        step.rule == Rule::AllowOrigin && step.exchange.is_some_and(|at| is_last(finished, at))
    };
    let line = finished.trace.steps.iter().find(asked).and_then(|step| {
        let evidence = step.evidence.first()?;
        let name = outcome.name_of(step.exchange, Side::Response, &evidence.header);
        Some((name, evidence.value.as_deref()?))
    });
    match line {
        Some((name, value)) => format!("by {name}: {}", shown(&latin1(value))),
        None => "no permission was needed".to_owned(),
    }
}

fn is_last(finished: &Finished, exchange: usize) -> bool {
    exchange + 1 == finished.exchanges.len()
}

/// What the other engines say: that all browsers agree, or who parts and how.
fn others(model: &Model, outcome: &Outcome) -> String {
    let case = &outcome.case;
    let parting: Vec<String> = case
        .others
        .iter()
        .filter_map(|opinion| {
            let what = differs(&case.finished.verdict, opinion)?;
            Some(format!("{}: {what}", opinion.engine.title()))
        })
        .collect();
    if !parting.is_empty() {
        let key = model
            .keymap
            .key_for(&[Place::Anywhere], Action::AskOthers)
            .filter(|_| outcome.missing().is_some());
        let asks = key.map(|key| format!(" · {key} asks")).unwrap_or_default();
        return format!("but {}{asks}", parting.join(" · "));
    }
    match case.others.is_empty() {
        true => String::new(),
        false => {
            let groups = agreement(case.session.engine(), &case.finished, &case.others);
            match groups.first() {
                Some((_, engines)) => format!("the same {}", among(engines)),
                None => String::new(),
            }
        }
    }
}

/// How another engine ends otherwise, if it does.
fn differs(own: &Verdict, opinion: &Opinion) -> Option<String> {
    if !opinion.ends_otherwise(own) {
        return None;
    }
    let label = opinion.label();
    if label != Label::of(own) {
        return Some(label.as_str().to_owned());
    }
    let reason = opinion.verdict()?.block()?.reason;
    Some(format!("by {}", reason.id()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{Browser, Engine, Location, Step, accept_of, start};
    use crate::session::Line as Asked;
    use crate::wire::{Body, HeaderList, Reply};

    fn told(asked: &str, headers: &[(&str, &str)], body: &str) -> String {
        let asked = Asked::parse(asked).unwrap();
        let (mut browser, now) = (Browser::fresh(Engine::Chromium), Timestamp(0));
        let mut step = start(&asked.request, &asked.page, &mut browser, now);
        loop {
            step = match step {
                Step::Done(finished) => return read_by_page(asked.request.api, &finished),
                Step::Locate(locating) => locating.located(Location::PUBLIC, &mut browser, now),
                Step::Send(pending) => {
                    let key = pending.request().headers.get_text("sec-websocket-key");
                    let accept = key.map(|key| accept_of(&key));
                    let mut headers: HeaderList = headers.iter().copied().collect();
                    if let Some(accept) = &accept {
                        headers.append("Sec-WebSocket-Accept", accept.as_str());
                    }
                    let reply = Reply {
                        status: if accept.is_some() { 101 } else { 200 },
                        headers,
                        body: Body::plain(body),
                        ..Reply::default()
                    };
                    pending.answer(&Ok(reply), &mut browser, now)
                }
            };
        }
    }

    #[test]
    fn what_came_is_told_by_what_script_may_see() {
        let any = [("Access-Control-Allow-Origin", "*")];
        let svg = ("Content-Type", "image/svg+xml");
        let drawn = [any[0], svg];
        let img = |more: &str| {
            format!(r#"{{"page":"http://a.test","url":"http://b.test/","api":"img"{more}}}"#)
        };
        let crossorigin = img(r#","crossorigin":"""#);
        for (asked, headers, body, expected) in [
            (
                &img(""),
                &[svg][..],
                "<svg",
                "It loads, but script may not look inside.",
            ),
            (
                &crossorigin,
                &drawn,
                "<svg",
                "It loads, and script may look inside.",
            ),
            (&crossorigin, &any, "x", "The page gets an error event."),
        ] {
            assert_eq!(told(asked, headers, body), expected, "{asked}");
        }
        let fetch = r#"{"page":"http://a.test","url":"http://b.test/"}"#;
        let expected = "The page can read the answer, status 200.";
        assert_eq!(told(fetch, &any, ""), expected);
        let socket = r#"{"page":"http://a.test","url":"ws://b.test/","api":"websocket"}"#;
        let opens = [("Upgrade", "websocket"), ("Connection", "Upgrade")];
        let expected = "Page and server may send messages.";
        assert_eq!(told(socket, &opens, ""), expected);
    }
}
