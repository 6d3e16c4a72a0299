//! The page of a cause: what `assets/findings/` says about it, with the values of this case.

use url::Url;

use super::shown;
use crate::assets::{FindingParams, RenderedFinding, finding};
use crate::engine::{Block, BlockReason, Finished, Trace, Verdict};
use crate::session::Session;
use crate::wire::{Origin, latin1};

/// What a person needs to know about a cause.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// The reason id.
    pub id: &'static str,
    /// A plain heading.
    pub title: &'static str,
    /// The three paragraphs.
    pub text: RenderedFinding,
    /// The section of the standard.
    pub spec: &'static str,
    /// The page on MDN.
    pub mdn: Option<&'static str>,
}

/// Explains why a fetch was blocked or failed; `None` where it was neither.
///
/// # Panics
///
/// If a finding's template does not render; a test renders all of them.
pub fn explain(session: &Session, finished: &Finished) -> Option<Explanation> {
    let id = match &finished.verdict {
        Verdict::Blocked(block) => block.reason.id(),
        Verdict::Failed(failure) => failure.kind.id(),
        _ => return None,
    };
    let finding = finding(id)?;
    let text = finding
        .render(&params(session, finished))
        .unwrap_or_else(|error| panic!("assets/findings/{id}.toml renders: {error}"));
    Some(Explanation {
        id: &finding.id,
        title: &finding.title,
        text,
        spec: &finding.spec,
        mdn: finding.mdn.as_deref(),
    })
}

/// Explains a block that stands behind the cause: what it would say once the browser got there. Its exchange is one
/// of the session's.
///
/// # Panics
///
/// As [`explain`].
pub fn explain_behind(
    session: &Session,
    finished: &Finished,
    block: &Block,
) -> Option<Explanation> {
    let there = Finished {
        verdict: Verdict::Blocked(Box::new(block.clone())),
        response: None,
        // Its steps lead to the cause.
        trace: Trace::default(),
        exchanges: session.exchanges.clone(),
        url: finished.url.clone(),
    };
    explain(session, &there)
}

pub(super) fn params(session: &Session, finished: &Finished) -> FindingParams {
    let block = finished.verdict.block();
    let exchange = block
        .and_then(|block| block.exchange)
        .or(finished.exchanges.len().checked_sub(1))
        .and_then(|index| finished.exchanges.get(index));
    let asked = session.page.url.join(&session.request.url).ok();
    let url = asked
        .as_ref()
        .map_or_else(|| session.request.url.clone(), ToString::to_string);
    // What is refused before it is sent has no exchange of its own.
    let hop =
        unsent_url(finished).or_else(|| exchange.map(|exchange| exchange.request.url.clone()));
    let target = hop.as_ref().or(asked.as_ref()).map(Origin::of);
    let hop_url = hop.map(|hop| hop.to_string());
    let text = |value: Option<&String>| value.map(|text| shown(text)).unwrap_or_default();
    FindingParams {
        page_origin: session.page.origin.to_string(),
        target_origin: target.map(|origin| origin.to_string()).unwrap_or_default(),
        method: shown(&session.request.method),
        status: exchange
            .and_then(|exchange| exchange.answer.as_ref().ok())
            .map(|reply| reply.status.to_string())
            .unwrap_or_default(),
        header: text(block.and_then(|block| block.header.as_ref())),
        value: block
            .and_then(|block| block.value.as_ref())
            .map(|value| shown(&latin1(value)))
            .unwrap_or_default(),
        expected: expected(finished),
        item: text(block.and_then(|block| block.item.as_ref())),
        credentials: session.request.credentials.as_str().to_owned(),
        phase: block
            .map(|block| block.phase.as_str().to_owned())
            .unwrap_or_default(),
        hop_url: hop_url.filter(|hop| *hop != url).unwrap_or_default(),
        url: shown(&url),
    }
}

/// The URL that a block without an exchange is about, as its step says.
fn unsent_url(finished: &Finished) -> Option<Url> {
    let block = finished
        .verdict
        .block()
        .filter(|block| block.exchange.is_none())?;
    let step = finished.trace.steps.get(block.step)?;
    let mut evidence = step.evidence.iter();
    let shown = evidence.find(|one| one.header == ":url");
    let named = step.params.iter().find(|(name, _)| *name == "url");
    match (named, shown) {
        (_, Some(evidence)) => Url::parse(&latin1(evidence.value.as_deref()?)).ok(),
        (Some((_, url)), None) => Url::parse(url).ok(),
        (None, None) => None,
    }
}

/// What would have passed; for everything about who may read, the origin that the server must name.
fn expected(finished: &Finished) -> String {
    let Some(block) = finished.verdict.block() else {
        return String::new();
    };
    let about_credentials = matches!(
        block.reason,
        BlockReason::AllowCredentialsNotTrue | BlockReason::PreflightAllowCredentialsNotTrue
    );
    let sent_origin = block
        .exchange
        .and_then(|index| finished.exchanges.get(index))
        .and_then(|exchange| exchange.request.headers.get_text("origin"));
    match sent_origin {
        Some(origin) if about_credentials => shown(&origin),
        _ => block.expected.as_deref().map(shown).unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::assets::findings;
    use crate::wire::FailureKind;

    #[test]
    fn every_reason_has_a_finding_and_every_finding_a_reason() {
        let reasons: BTreeSet<_> = BlockReason::ALL.iter().map(|reason| reason.id()).collect();
        let pages: BTreeSet<_> = findings().map(|finding| finding.id.as_str()).collect();
        assert_eq!(pages, reasons);
    }

    #[test]
    fn every_network_failure_has_a_finding() {
        for kind in FailureKind::ALL {
            assert_eq!(
                finding(kind.id()).map(|page| page.id.as_str()),
                Some(kind.id())
            );
        }
    }
}
