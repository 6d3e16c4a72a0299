//! Which content codings of an answer an engine undoes, and which are a failure.
//!
//! The driver has undone all that it knows; here is decided whether the engine would have, so that every rule
//! behind it sees the body that the engine sees.
//!
//! Source: <https://fetch.spec.whatwg.org/#handle-content-codings>.

use std::borrow::Cow;

use url::Url;

use super::profile::Profile;
use crate::wire::{
    Body, FailureKind, HeaderList, NetworkFailure, Reply, is_potentially_trustworthy,
};

/// Content codings that browsers undo.
const CODINGS: &[&str] = &["br", "deflate", "gzip", "x-gzip", "zstd"];

/// How an engine takes `Content-Encoding`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ContentCodingRules {
    /// What becomes of a coding that the request did not offer in `Accept-Encoding`.
    pub unasked: UnaskedCoding,
    /// Whether one name that is no coding leaves all of the body as it came, `identity` too (measured; the Standard's
    /// "codings are not supported").
    pub unknown_leaves_all: bool,
    /// Whether names count letter by letter, so that `GZIP` is no coding (measured: libsoup of WebKitGTK).
    pub names_have_case: bool,
    /// Whether zstd is a coding (measured).
    pub zstd: bool,
    /// Whether a body that cannot be undone is used as it came: libsoup hands it on, but what is no Brotli (measured:
    /// pictures, style sheets, XMLHttpRequest).
    pub undecodable_is_raw: bool,
}

/// What becomes of a coding that the request did not offer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnaskedCoding {
    /// It is undone all the same.
    Undone,
    /// The answer fails before anything looks at it: Chromium's `HttpNetworkTransaction::ContentEncodingsValid`.
    Fails,
    /// The body stays as it came: Gecko's `nsHttpHandler::IsAcceptableEncoding` (measured).
    Left,
}

/// The answer with the body that this engine makes of it, or the failure that it makes of its codings.
pub(super) fn undone<'a>(
    sent: &HeaderList,
    url: &Url,
    reply: Cow<'a, Reply>,
    profile: &Profile,
) -> Result<Cow<'a, Reply>, NetworkFailure> {
    let Some(given) = reply.headers.get_text("content-encoding") else {
        return Ok(reply);
    };
    let rules = profile.content_coding;
    let mut asked = sent
        .get_text("accept-encoding")
        .unwrap_or_else(|| "*".into());
    // Gecko holds the answer against what it offers, not against the identity that Range makes it ask for.
    if rules.unasked == UnaskedCoding::Left && sent.contains("range") {
        let secure = usize::from(is_potentially_trustworthy(url));
        let offered = secure + usize::from(url.scheme() == "https");
        profile.accept_encoding[offered].clone_into(&mut asked);
    }
    let is_asked = |name: &str| {
        let name = name.strip_prefix("x-").unwrap_or(name);
        let mut asked = asked.split(',').map(str::trim);
        asked.any(|one| one == "*" || one == name)
    };
    let given = match rules.names_have_case {
        true => given,
        false => given.to_ascii_lowercase(),
    };
    let names = given.split([',', ' ', '\t']);
    let names: Vec<&str> = names.filter(|name| !name.is_empty()).collect();
    let (known, unknown): (Vec<&str>, Vec<&str>) = names
        .into_iter()
        .partition(|name| CODINGS.contains(name) && (*name != "zstd" || rules.zstd));
    let all_asked = known.iter().all(|name| is_asked(name));
    if rules.unasked == UnaskedCoding::Fails && !(all_asked && is_list(&given)) {
        let detail = "the answer has a content coding that the request did not ask for";
        return Err(NetworkFailure::new(FailureKind::Other, detail));
    }
    let left = known.is_empty()
        || rules.unasked == UnaskedCoding::Left && !all_asked
        || rules.unknown_leaves_all && !unknown.is_empty()
        || rules.undecodable_is_raw && known.last() != Some(&"br") && is_undecodable(&reply);
    if !left || reply.body.decoded.is_none() && reply.body.error.is_none() {
        return Ok(reply);
    }
    let mut reply = reply.into_owned();
    reply.body.decoded = None;
    reply.body.error = None;
    Ok(Cow::Owned(reply))
}

/// Whether the value is a list of names, as Chromium has it.
fn is_list(value: &str) -> bool {
    !value.contains(['"', '=', ';', '*'])
}

/// Whether the body has a content coding that could not be undone, not even for a part.
pub(super) fn is_undecodable(reply: &Reply) -> bool {
    let Body { decoded, error, .. } = &reply.body;
    reply.headers.contains("content-encoding") && decoded.is_none() && error.is_some()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Engine;

    const SECURE: &str = "gzip, deflate, br, zstd";
    const PLAIN: &str = "gzip, deflate";

    /// `undone`, `raw` or `fails`.
    fn taken(engine: Engine, asked: Option<&str>, given: &str) -> &'static str {
        let sent = asked.map(|value| ("Accept-Encoding", value));
        taken_of(
            "http://api.test/",
            sent.into_iter().collect(),
            engine,
            given,
        )
    }

    fn taken_of(url: &str, sent: HeaderList, engine: Engine, given: &str) -> &'static str {
        let url = Url::parse(url).unwrap();
        let reply = Reply {
            headers: [("Content-Encoding", given)].into_iter().collect(),
            body: Body {
                decoded: Some("hello".into()),
                ..Body::plain("packed")
            },
            ..Reply::default()
        };
        match undone(&sent, &url, Cow::Owned(reply), &engine.profile()) {
            Ok(reply) if reply.body.decoded.is_some() => "undone",
            Ok(_) => "raw",
            Err(_) => "fails",
        }
    }

    #[test]
    fn each_engine_takes_codings_its_own_way() {
        let (undone, raw, fails) = ("undone", "raw", "fails");
        for (asked, given, chromium, firefox, webkit) in [
            (PLAIN, "gzip", undone, undone, undone),
            (PLAIN, "GZip", undone, undone, raw),
            (PLAIN, "x-gzip, deflate", undone, undone, undone),
            (PLAIN, "br", fails, raw, undone),
            (PLAIN, "zstd", fails, raw, raw),
            (PLAIN, "gzip, zstd", fails, raw, raw),
            (PLAIN, "identity, br", fails, raw, raw),
            (PLAIN, "none", raw, raw, raw),
            (PLAIN, "\"gzip\"", fails, raw, raw),
            (PLAIN, "gzip;q=1", fails, raw, raw),
            (SECURE, "br", undone, undone, undone),
            (SECURE, "identity, br", raw, undone, raw),
            (SECURE, "x, gzip", raw, undone, raw),
            (SECURE, "br,,gzip", undone, undone, undone),
            ("identity", "gzip", fails, raw, undone),
        ] {
            let engines = [Engine::Chromium, Engine::Firefox, Engine::WebKit];
            let found = engines.map(|engine| taken(engine, Some(asked), given));
            assert_eq!(found, [chromium, firefox, webkit], "{asked}: {given}");
        }
        assert_eq!(taken(Engine::Chromium, None, "br"), undone);
        assert_eq!(taken(Engine::Standard, Some(PLAIN), "br"), undone);
        assert_eq!(taken(Engine::Standard, Some(SECURE), "br, x"), raw);
    }

    #[test]
    fn firefox_undoes_what_it_offers_where_range_asks_for_identity() {
        for (url, given, expected) in [
            ("http://api.test/", "gzip", "undone"),
            ("http://api.test/", "gzip, gzip", "undone"),
            ("http://api.test/", "br", "raw"),
            ("https://api.test/", "br", "undone"),
        ] {
            let sent = [("Range", "bytes=0-9"), ("Accept-Encoding", "identity")];
            let found = taken_of(url, sent.into_iter().collect(), Engine::Firefox, given);
            assert_eq!(found, expected, "{url} {given}");
        }
    }

    #[test]
    fn what_cannot_be_undone_is_a_failure_but_in_webkit() {
        for (given, in_webkit) in [("gzip", true), ("br, gzip", true), ("gzip, br", false)] {
            let reply = Reply {
                headers: [("Content-Encoding", given)].into_iter().collect(),
                body: Body {
                    error: Some("it cannot be undone".to_owned()),
                    ..Body::plain("hello")
                },
                ..Reply::default()
            };
            for engine in Engine::ALL {
                let sent = HeaderList::new();
                let url = Url::parse("http://api.test/").unwrap();
                let seen = undone(&sent, &url, Cow::Borrowed(&reply), &engine.profile()).unwrap();
                let forgiven = seen.body.error.is_none();
                let expected = in_webkit && *engine == Engine::WebKit;
                assert_eq!(forgiven, expected, "{engine:?} {given}");
            }
        }
    }
}
