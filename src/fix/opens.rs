//! What a fix opens, to whom, and when that is dangerous.

use super::repair::includes_credentials;
use super::search::Cure;
use crate::engine::{Exchange, ExchangeKind};
use crate::session::{AnswerChange, Place};
use crate::wire::{Origin, is_potentially_trustworthy, latin1};

/// What a fix lets happen that did not before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Opens {
    /// Nothing that a server guards.
    Nothing,
    /// Pages that may read already may send more: methods, headers, or a preflight at all.
    Sending,
    /// Pages of this origin may read.
    OneOrigin(String),
    /// Pages of this origin may read what belongs to the logged-in visitor.
    OneOriginWithCredentials(String),
    /// Every page may read.
    AnyOrigin,
    /// Every page may embed.
    Embedding,
}

impl Opens {
    /// The id of its sentence.
    pub fn id(&self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::Sending => "sending",
            Self::OneOrigin(_) => "one-origin",
            Self::OneOriginWithCredentials(origin) if origin == "null" => "null-with-credentials",
            Self::OneOriginWithCredentials(_) => "one-origin-with-credentials",
            Self::AnyOrigin => "any-origin",
            Self::Embedding => "embedding",
        }
    }

    /// The origin that is let in, where it is one.
    pub fn origin(&self) -> Option<&str> {
        match self {
            Self::OneOrigin(origin) | Self::OneOriginWithCredentials(origin) => Some(origin),
            _ => None,
        }
    }

    pub(super) fn of(cure: &Cure<'_>) -> Self {
        let credentials = includes_credentials(cure.what_if.recorded());
        let mut opens = Self::Nothing;
        for (place, change) in cure.what_if.changes() {
            let Some(header) = change.header() else {
                if place.kind == ExchangeKind::Preflight && opens == Self::Nothing {
                    opens = Self::Sending;
                }
                continue;
            };
            let header = header.to_ascii_lowercase();
            let found = match (header.as_str(), change) {
                ("access-control-allow-origin", AnswerChange::Set(_, value)) => {
                    match latin1(value).as_str() {
                        "*" => Self::AnyOrigin,
                        origin if credentials => Self::OneOriginWithCredentials(origin.to_owned()),
                        origin => Self::OneOrigin(origin.to_owned()),
                    }
                }
                ("access-control-allow-credentials", _) => {
                    let origin = cure.what_if.recorded().page.origin.to_string();
                    Self::OneOriginWithCredentials(origin)
                }
                ("access-control-allow-methods" | "access-control-allow-headers", _) => {
                    Self::Sending
                }
                ("cross-origin-resource-policy", _) => Self::Embedding,
                _ => continue,
            };
            if found.rank() >= opens.rank() {
                opens = found;
            }
        }
        opens
    }

    /// The widest opening is the one to tell.
    fn rank(&self) -> u8 {
        match self {
            Self::Nothing => 0,
            Self::Sending => 1,
            Self::Embedding => 2,
            Self::OneOrigin(_) => 3,
            Self::OneOriginWithCredentials(_) => 4,
            Self::AnyOrigin => 5,
        }
    }
}

/// Why a fix is dangerous.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Danger {
    /// Any page can make its origin `null`, and so read what belongs to the visitor.
    NullWithCredentials,
    /// Whoever sits on the network can speak as a page without https, and so read what belongs to the visitor.
    InsecureOriginWithCredentials,
}

impl Danger {
    /// The id of its sentence.
    pub fn id(self) -> &'static str {
        match self {
            Self::NullWithCredentials => "null-with-credentials",
            Self::InsecureOriginWithCredentials => "insecure-origin-with-credentials",
        }
    }

    /// The danger of answers that let a page read with credentials, whether by this fix or as before.
    pub(super) fn of(cure: &Cure<'_>) -> Option<Self> {
        let session = cure.what_if.recorded();
        if !includes_credentials(session) {
            return None;
        }
        let names_null = |exchange: &Exchange| {
            let reply = exchange.answer.as_ref().ok();
            let value = reply.and_then(|reply| reply.headers.get("access-control-allow-origin"));
            value.as_deref() == Some(b"null")
        };
        let replay = cure.what_if.replay(session.engine());
        let exchanges = replay.decided().map(|finished| &finished.exchanges)?;
        if exchanges.iter().any(names_null) {
            return Some(Self::NullWithCredentials);
        }
        let insecure = !session.page.origin.is_potentially_trustworthy();
        let opened = cure.what_if.changes().iter().any(|(_, change)| {
            let header = change.header().unwrap_or_default();
            header.eq_ignore_ascii_case("access-control-allow-origin")
                || header.eq_ignore_ascii_case("access-control-allow-credentials")
        });
        let guarded = exchanges.iter().any(|exchange| {
            let url = &exchange.request.url;
            is_potentially_trustworthy(url) && !session.page.origin.same_origin(&Origin::of(url))
        });
        (insecure && opened && guarded).then_some(Self::InsecureOriginWithCredentials)
    }
}

/// `Vary: Origin` for each answer that a cache may keep and that now names one origin.
pub(super) fn vary(cure: &Cure<'_>) -> Vec<(Place, AnswerChange)> {
    let session = cure.what_if.recorded();
    let Some(finished) = cure.what_if.replay(session.engine()).decided().cloned() else {
        return Vec::new();
    };
    let places = Place::of(&finished.exchanges);
    let mut lines = Vec::new();
    for (exchange, place) in finished.exchanges.iter().zip(places) {
        let names_one = cure.what_if.changes().iter().any(|(at, change)| {
            let AnswerChange::Set(name, value) = change else {
                return false;
            };
            *at == place
                && name.eq_ignore_ascii_case("access-control-allow-origin")
                && value != b"*"
        });
        let Ok(reply) = &exchange.answer else {
            continue;
        };
        if !names_one || place.kind == ExchangeKind::Preflight {
            continue;
        }
        let items = reply
            .headers
            .get_decode_and_split("vary")
            .unwrap_or_default();
        let mut items: Vec<_> = items.into_iter().filter(|item| !item.is_empty()).collect();
        if items
            .iter()
            .any(|item| item == "*" || item.eq_ignore_ascii_case("origin"))
        {
            continue;
        }
        items.push("Origin".to_owned());
        let value = items.join(", ");
        let bytes = crate::wire::latin1_bytes(&value).unwrap_or_default();
        lines.push((place, AnswerChange::Set("Vary".to_owned(), bytes)));
    }
    lines
}
