//! A fix as the lines that it changes, answer by answer.

use super::Fix;
use crate::engine::{Exchange, ExchangeKind, Provenance};
use crate::session::{AnswerChange, Edit, Place, Session, WhatIf};
use crate::wire::{Reply, latin1};

/// One line of a diff.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DiffLine {
    /// Whether it comes or goes.
    pub added: bool,
    /// `Name: value` or `status 204`, as it was sent: not yet made safe to show.
    pub text: String,
}

/// What changes in one answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnswerDiff {
    /// Preflight or actual.
    pub kind: ExchangeKind,
    /// The method of the request that it answers.
    pub method: String,
    /// Its URL.
    pub url: String,
    /// Whether no such answer was ever seen.
    pub assumed: bool,
    /// The lines that go, then those that come, header by header.
    pub lines: Vec<DiffLine>,
}

/// What a fix changes in answers, in the order of the fetch.
pub fn diff(session: &Session, fix: &Fix) -> Vec<AnswerDiff> {
    let all = WhatIf::new(session, &fix.all_edits());
    let told: Vec<Edit> = fix.edits.iter().chain(&fix.along).cloned().collect();
    let told = WhatIf::new(session, &told);
    let mut diffs: Vec<(Place, AnswerDiff)> = Vec::new();
    for engine in &fix.proven_in {
        let replay = all.replay(*engine);
        let exchanges = replay.decided().map(|finished| &finished.exchanges);
        let exchanges = exchanges.into_iter().flatten();
        let places = replay
            .decided()
            .map(|finished| Place::of(&finished.exchanges));
        for (exchange, place) in exchanges.zip(places.into_iter().flatten()) {
            let changes = told.changes().iter().filter(|(at, _)| *at == place);
            let changes: Vec<_> = changes.map(|(_, change)| change).collect();
            if !changes.is_empty() && !diffs.iter().any(|(known, _)| *known == place) {
                diffs.push((place, of_answer(session, exchange, &changes)));
            }
        }
    }
    diffs.sort_by_key(|(place, _)| (place.hop, place.kind == ExchangeKind::Actual));
    diffs.into_iter().map(|(_, diff)| diff).collect()
}

fn of_answer(session: &Session, edited: &Exchange, changes: &[&AnswerChange]) -> AnswerDiff {
    let recorded = session.exchanges.iter().find(|exchange| {
        exchange.kind == edited.kind
            && exchange.request.url == edited.request.url
            && exchange.request.method == edited.request.method
    });
    let before = recorded.and_then(|exchange| exchange.answer.as_ref().ok());
    let lines = changes.iter().flat_map(|change| {
        let gone = before
            .map(|reply| lines_of(reply, change))
            .unwrap_or_default();
        let come = edited
            .answer
            .as_ref()
            .map(|reply| lines_of(reply, change))
            .unwrap_or_default();
        let line = |added| move |text| DiffLine { added, text };
        let gone_only: Vec<_> = gone
            .iter()
            .filter(|line| !come.contains(line))
            .cloned()
            .collect();
        // Of two equal lines one stays.
        let doubled = gone.len().saturating_sub(gone_only.len() + come.len());
        let doubled = vec![come.first().cloned().unwrap_or_default(); doubled];
        let come_only = come.into_iter().filter(move |line| !gone.contains(line));
        let gone = gone_only.into_iter().chain(doubled).map(line(false));
        gone.chain(come_only.map(line(true))).collect::<Vec<_>>()
    });
    AnswerDiff {
        kind: edited.kind,
        method: edited.request.method.clone(),
        url: edited.request.url.to_string(),
        assumed: edited.provenance == Provenance::Assumed,
        lines: lines.collect(),
    }
}

/// The lines of an answer that a change is about.
fn lines_of(reply: &Reply, change: &AnswerChange) -> Vec<String> {
    let Some(name) = change.header() else {
        return vec![format!("status {}", reply.status)];
    };
    let lines = reply.headers.iter().filter(|header| header.is(name));
    lines
        .map(|header| format!("{name}: {}", latin1(&header.value)))
        .collect()
}
