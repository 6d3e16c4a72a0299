//! The ranked causes and the follow-up requests in the JSON of a case. What a cause means and what to
//! do about it is in `explain --json`.

use serde::Serialize;

use super::{FailureJson, ReplyJson, RequestJson, failure, reply, request};
use crate::diagnose::{CauseEvidence, Investigation, Probed, RankedCause};

#[derive(Serialize)]
pub(super) struct CauseJson {
    id: &'static str,
    title: &'static str,
    likelihood: &'static str,
    why: String,
    evidence: Vec<CauseEvidenceJson>,
}

/// A mark of a cause: in an exchange of the fetch, or in the answer to a follow-up request.
#[derive(Serialize)]
struct CauseEvidenceJson {
    words: String,
    exchange: Option<usize>,
    probe: Option<&'static str>,
    header: Option<String>,
    value: Option<String>,
    against: bool,
}

#[derive(Serialize)]
pub(super) struct ProbedJson<'a> {
    id: &'static str,
    why: &'static str,
    shows: &'a str,
    request: RequestJson<'a>,
    reply: Option<ReplyJson<'a>>,
    failure: Option<FailureJson>,
}

pub(super) fn cause(cause: RankedCause) -> CauseJson {
    CauseJson {
        id: cause.id,
        title: cause.title,
        likelihood: cause.likelihood.as_str(),
        why: cause.why,
        evidence: cause.evidence.into_iter().map(evidence).collect(),
    }
}

fn evidence(evidence: CauseEvidence) -> CauseEvidenceJson {
    CauseEvidenceJson {
        words: evidence.words,
        exchange: evidence.exchange,
        probe: evidence.probe.map(|probe| probe.id()),
        header: evidence.header,
        value: evidence.value,
        against: evidence.against,
    }
}

pub(super) fn probed(investigation: &Investigation) -> Vec<ProbedJson<'_>> {
    investigation.probed.iter().map(one).collect()
}

fn one(probed: &Probed) -> ProbedJson<'_> {
    ProbedJson {
        id: probed.probe.id.id(),
        why: probed.probe.why,
        shows: &probed.shows,
        request: request(&probed.probe.request),
        reply: probed.answer.as_ref().ok().map(reply),
        failure: probed.answer.as_ref().err().map(failure),
    }
}
