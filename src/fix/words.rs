//! The sentences of problems and fixes, from `assets/fixes.toml`.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use minijinja::{Environment, UndefinedBehavior};
use serde::{Deserialize, Serialize};

use super::search::Obstacle;
use super::{Fix, Problem};
use crate::assets::finding;
use crate::diagnose::shown;
use crate::engine::BlockReason;
use crate::session::Session;
use crate::wire::Origin;

const SOURCE: &str = include_str!("../../assets/fixes.toml");

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Sentences {
    action: BTreeMap<String, Action>,
    opens: BTreeMap<String, String>,
    then: BTreeMap<String, String>,
    danger: BTreeMap<String, String>,
    none: BTreeMap<String, String>,
    problem: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Action {
    title: String,
    detail: String,
}

/// What the templates may speak of, safe to show.
#[derive(Serialize)]
struct Params {
    page: String,
    target: String,
    method: String,
    url: String,
    item: String,
    origin: String,
    status: u16,
}

impl Params {
    fn of(session: &Session) -> Self {
        let url = session.page.url.join(&session.request.url).ok();
        let target = url.as_ref().map(|url| Origin::of(url).to_string());
        let given = url.map_or_else(|| session.request.url.clone(), Into::into);
        Self {
            page: session.page.origin.to_string(),
            target: target.unwrap_or_default(),
            method: shown(&session.request.method),
            url: shown(&given),
            item: String::new(),
            origin: String::new(),
            status: 0,
        }
    }
}

/// A fix in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FixWords {
    /// One line: what to do.
    pub title: String,
    /// What it comes to; may be empty.
    pub detail: String,
    /// What is still wrong with the answer that the page then reads, if anything is.
    pub then: Option<String>,
    /// What it opens, and to whom.
    pub opens: String,
    /// Why it is dangerous, if it is.
    pub dangerous: Option<String>,
}

/// The words of a fix.
///
/// # Panics
///
/// If `assets/fixes.toml` is broken or lacks a sentence; tests hold both.
pub fn fix_words(session: &Session, fix: &Fix) -> FixWords {
    let mut params = Params::of(session);
    params.item = shown(&fix.item);
    params.origin = fix.opens.origin().map(shown).unwrap_or_default();
    params.status = fix.status.unwrap_or_default();
    let action = &sentences().action[fix.action];
    let sentence = |table: &BTreeMap<String, String>, id: &str| fill(&table[id], &params);
    FixWords {
        title: fill(&action.title, &params),
        detail: fill(&action.detail, &params),
        then: (params.status >= 400).then(|| sentence(&sentences().then, "error")),
        opens: sentence(&sentences().opens, fix.opens.id()),
        dangerous: fix
            .dangerous
            .map(|danger| sentence(&sentences().danger, danger.id())),
    }
}

/// A problem in one line: the heading of its finding, or what is not known.
///
/// # Panics
///
/// As [`fix_words`].
pub fn describe_problem(session: &Session, problem: &Problem) -> String {
    let mut params = Params::of(session);
    let id = match problem {
        Problem::Certain(block) => {
            let title = finding(block.reason.id()).map(|page| page.title.clone());
            let title = title.unwrap_or_else(|| block.reason.id().to_owned());
            return match &block.item {
                Some(item) => format!("{title}: {}", shown(item)),
                None => title,
            };
        }
        Problem::Failed(kind) => {
            let title = finding(kind.id()).map(|page| page.title.clone());
            return title.unwrap_or_else(|| kind.id().to_owned());
        }
        Problem::Opaque => "opaque",
        Problem::Unasked { method, url } => {
            params.method = shown(method);
            params.url = shown(url);
            "unasked"
        }
    };
    fill(&sentences().problem[id], &params)
}

/// Why the server has no fix.
///
/// # Panics
///
/// As [`fix_words`].
pub fn no_fix_words(session: &Session, id: &str) -> String {
    fill(&sentences().none[id], &Params::of(session))
}

/// The id of the sentence that says why there is no fix on the server.
pub(super) fn no_fix_id(obstacle: Obstacle) -> &'static str {
    use BlockReason as Reason;
    match obstacle {
        Obstacle::Network => "network",
        Obstacle::Contradiction => "contradiction",
        Obstacle::Cached => "cached",
        Obstacle::NoRepair(reason) | Obstacle::NotInAnswer(reason) => match reason {
            Reason::LocalNetworkPermissionDenied
            | Reason::LocalNetworkPermissionPrompt
            | Reason::LocalNetworkInsecureContext
            | Reason::LocalNetworkAddressSpaceMismatch => "local-network",
            Reason::MixedContent => "mixed-content",
            Reason::BadPort => "bad-port",
            Reason::UnspecifiedAddress => "unspecified-address",
            Reason::SriMismatch => "integrity",
            Reason::WebsocketHandshake => "websocket",
            Reason::StreamBodyNeedsH2 | Reason::StreamBodyChallenge => "stream",
            Reason::Orb | Reason::Nosniff | Reason::MimeTypeBlocked => "content",
            _ if matches!(obstacle, Obstacle::NotInAnswer(_)) => "page",
            _ => "answer",
        },
    }
}

fn sentences() -> &'static Sentences {
    static SENTENCES: LazyLock<Sentences> = LazyLock::new(|| {
        toml::from_str(SOURCE).unwrap_or_else(|error| panic!("assets/fixes.toml parses: {error}"))
    });
    &SENTENCES
}

fn fill(template: &str, params: &Params) -> String {
    if !template.contains('{') {
        return template.to_owned();
    }
    let mut environment = Environment::empty();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment
        .render_str(template, params)
        .unwrap_or_else(|error| panic!("assets/fixes.toml renders: {error}"))
}

#[cfg(test)]
mod tests {
    use super::super::{Danger, Opens};
    use super::*;

    fn params() -> Params {
        let text = || "text".to_owned();
        Params {
            page: text(),
            target: text(),
            method: text(),
            url: text(),
            item: text(),
            origin: text(),
            status: 500,
        }
    }

    #[test]
    fn every_sentence_renders() {
        let all = sentences();
        let actions = all
            .action
            .values()
            .flat_map(|action| [&action.title, &action.detail]);
        let others = [&all.opens, &all.then, &all.danger, &all.none, &all.problem];
        let others = others.into_iter().flat_map(BTreeMap::values);
        for template in actions.chain(others) {
            assert!(!fill(template, &params()).contains('{'), "{template}");
        }
    }

    #[test]
    fn every_sentence_that_is_asked_for_is_there() {
        let origin = String::new;
        for opens in [
            Opens::Nothing,
            Opens::Sending,
            Opens::OneOrigin(origin()),
            Opens::OneOriginWithCredentials(origin()),
            Opens::OneOriginWithCredentials("null".to_owned()),
            Opens::AnyOrigin,
            Opens::Embedding,
        ] {
            assert!(sentences().opens.contains_key(opens.id()), "{}", opens.id());
        }
        for danger in [
            Danger::NullWithCredentials,
            Danger::InsecureOriginWithCredentials,
        ] {
            assert!(
                sentences().danger.contains_key(danger.id()),
                "{}",
                danger.id()
            );
        }
        for reason in BlockReason::ALL {
            for obstacle in [
                Obstacle::Network,
                Obstacle::Contradiction,
                Obstacle::Cached,
                Obstacle::NoRepair(*reason),
                Obstacle::NotInAnswer(*reason),
            ] {
                let id = no_fix_id(obstacle);
                assert!(sentences().none.contains_key(id), "{id}");
            }
        }
        assert!(sentences().none.contains_key("no-cors-mode"));
        assert!(sentences().then.contains_key("error"));
        for id in ["opaque", "unasked"] {
            assert!(sentences().problem.contains_key(id), "{id}");
        }
    }

    #[test]
    fn every_action_has_sentences() {
        let code = [include_str!("page.rs"), include_str!("mod.rs")].concat();
        for id in sentences().action.keys() {
            assert!(code.contains(&format!("\"{id}\"")), "no action `{id}`");
        }
        let page = include_str!("page.rs");
        let named = ["one(\"", "one(\n                \"", "url(\"", "=> \""];
        for start in named {
            for (at, _) in page.match_indices(start) {
                let id = page[at + start.len()..].split('"').next().unwrap();
                assert!(
                    sentences().action.contains_key(id),
                    "no sentences for `{id}`"
                );
            }
        }
    }
}
