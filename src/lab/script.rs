//! What the lab plays: rules, their replies, and which reply is next. Data and bookkeeping only.
//!
//! The notation is that of the recorded browser corpus: the first rule that fits answers, its
//! replies are used in turn and the last one again and again. In header names, values and reason
//! phrases one character is one byte; a character above U+00FF is an error of the script.

use std::sync::{Mutex, MutexGuard, PoisonError};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde::Deserialize;

use super::Received;
use crate::wire::latin1_bytes;

/// Requests recorded at most, so that a long run against the lab does not grow without end.
const RECORDED: usize = 10_000;

/// One line of a script: which requests it answers, and how.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServerRule {
    /// The scheme of the request. The lab speaks http: rules for https never fit.
    #[serde(default)]
    pub scheme: Scheme,
    /// `host` or `host:port` as in the `Host` header, compared without case; `:80` may be left out.
    pub host: String,
    /// Path and query, compared byte for byte.
    pub path: String,
    /// The method, compared byte for byte, or `*` for any.
    pub method: String,
    /// The replies in turn; the last one is repeated.
    pub replies: Vec<ScriptedReply>,
}

/// The scheme a rule speaks of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scheme {
    /// Plain HTTP.
    #[default]
    Http,
    /// HTTP over TLS, which the lab does not speak.
    Https,
}

/// What happens to a request.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "ReplyFields")]
pub enum ScriptedReply {
    /// It is answered.
    Answer(ScriptedAnswer),
    /// The connection is closed without a byte.
    Close,
}

/// An HTTP response, byte for byte.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScriptedAnswer {
    /// The status, any number of three digits.
    pub status: u16,
    /// The reason phrase.
    pub reason: Vec<u8>,
    /// Names and values in order, as they are to be sent.
    pub headers: Vec<(Vec<u8>, Vec<u8>)>,
    /// The body.
    pub body: Vec<u8>,
}

/// A mistake in a scripted reply.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum ScriptError {
    /// Neither an answer nor a close.
    #[error("a reply needs a `status` or `close = true`")]
    Nothing,
    /// Both at once.
    #[error("a reply with `close = true` has no other fields")]
    CloseWithAnswer,
    /// A status that is not three digits.
    #[error("a status has three digits: `{0}`")]
    Status(u16),
    /// A character that is no byte.
    #[error("one character is one byte here, so none is above U+00FF: `{0}`")]
    NotBytes(String),
    /// `body` and `bodyBase64`.
    #[error("a reply has either `body` or `bodyBase64`")]
    TwoBodies,
    /// Bad base64.
    #[error("`bodyBase64` is not base64")]
    Base64(#[from] base64::DecodeError),
}

/// A reply as it is written in JSON or TOML.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct ReplyFields {
    #[serde(default)]
    close: bool,
    status: Option<u16>,
    reason: Option<String>,
    headers: Option<Vec<(String, String)>>,
    body: Option<String>,
    body_base64: Option<String>,
}

impl TryFrom<ReplyFields> for ScriptedReply {
    type Error = ScriptError;

    fn try_from(fields: ReplyFields) -> Result<Self, ScriptError> {
        let Some(status) = fields.status else {
            let bare = fields.reason.is_none()
                && fields.headers.is_none()
                && fields.body.is_none()
                && fields.body_base64.is_none();
            return match (fields.close, bare) {
                (true, true) => Ok(Self::Close),
                (true, false) => Err(ScriptError::CloseWithAnswer),
                (false, _) => Err(ScriptError::Nothing),
            };
        };
        if fields.close {
            return Err(ScriptError::CloseWithAnswer);
        }
        if !(100..1000).contains(&status) {
            return Err(ScriptError::Status(status));
        }
        let headers = fields.headers.unwrap_or_default();
        Ok(Self::Answer(ScriptedAnswer {
            status,
            reason: bytes(fields.reason.unwrap_or_default())?,
            headers: headers
                .into_iter()
                .map(|(name, value)| Ok((bytes(name)?, bytes(value)?)))
                .collect::<Result<_, ScriptError>>()?,
            body: match (fields.body, fields.body_base64) {
                (Some(_), Some(_)) => return Err(ScriptError::TwoBodies),
                (Some(text), None) => text.into_bytes(),
                (None, Some(encoded)) => BASE64_STANDARD.decode(encoded)?,
                (None, None) => Vec::new(),
            },
        }))
    }
}

fn bytes(text: String) -> Result<Vec<u8>, ScriptError> {
    latin1_bytes(&text).ok_or(ScriptError::NotBytes(text))
}

impl ServerRule {
    fn fits(&self, method: &str, host: &str, path: &str) -> bool {
        self.scheme == Scheme::Http
            && (self.method == "*" || self.method == method)
            && self.path == path
            && without_default_port(&self.host).eq_ignore_ascii_case(without_default_port(host))
    }
}

impl ScriptedReply {
    /// The answer to a request that no rule speaks of.
    fn unscripted() -> Self {
        Self::Answer(ScriptedAnswer {
            status: 404,
            reason: b"Not Found".to_vec(),
            headers: vec![(b"Content-Type".to_vec(), b"text/plain".to_vec())],
            body: b"unscripted".to_vec(),
        })
    }
}

/// The script that is on, how far it has come, and what was received: shared by all connections.
#[derive(Debug, Default)]
pub(super) struct Stage(Mutex<Playing>);

#[derive(Debug, Default)]
struct Playing {
    /// Each rule with the number of requests that it has answered.
    rules: Vec<(ServerRule, usize)>,
    received: Vec<Received>,
}

impl Stage {
    pub(super) fn play(&self, rules: Vec<ServerRule>) {
        *self.lock() = Playing {
            rules: rules.into_iter().map(|rule| (rule, 0)).collect(),
            received: Vec::new(),
        };
    }

    pub(super) fn received(&self) -> Vec<Received> {
        self.lock().received.clone()
    }

    /// Records a request and says what happens to it.
    pub(super) fn answer(&self, request: Received) -> ScriptedReply {
        let mut playing = self.lock();
        let (host, path) = destination(&request);
        let fitting = playing
            .rules
            .iter_mut()
            .find(|(rule, _)| rule.fits(&request.method, host, path));
        let reply = fitting.and_then(|(rule, used)| {
            let reply = rule.replies.get(*used).or(rule.replies.last())?;
            *used += 1;
            Some(reply.clone())
        });
        if playing.received.len() < RECORDED {
            playing.received.push(request);
        }
        reply.unwrap_or_else(ScriptedReply::unscripted)
    }

    fn lock(&self) -> MutexGuard<'_, Playing> {
        // Nothing here panics half-way through a change, so the value behind a poisoned lock is whole.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Host and path. A request that came as through a proxy has both in its target, which then counts.
fn destination(request: &Received) -> (&str, &str) {
    let Some(absolute) = request.target.strip_prefix("http://") else {
        return (&request.host, &request.target);
    };
    match absolute.find(['/', '?']) {
        Some(end) if absolute[end..].starts_with('/') => absolute.split_at(end),
        _ => (absolute, "/"),
    }
}

fn without_default_port(host: &str) -> &str {
    host.strip_suffix(":80").unwrap_or(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reply(json: &str) -> Result<ScriptedReply, String> {
        serde_json::from_str(json).map_err(|error| error.to_string())
    }

    #[test]
    fn replies_are_read_byte_for_byte() {
        let ScriptedReply::Answer(answer) = reply(
            r#"{"status":299,"reason":"Ã©","headers":[["A "," b\u00a0"],["A",""]],"bodyBase64":"AAE="}"#,
        )
        .unwrap() else {
            panic!("an answer")
        };
        assert_eq!(answer.status, 299);
        assert_eq!(answer.reason, "é".as_bytes());
        assert_eq!(
            answer.headers,
            [
                (b"A ".to_vec(), b" b\xa0".to_vec()),
                (b"A".to_vec(), Vec::new())
            ]
        );
        assert_eq!(answer.body, [0, 1]);
        assert_eq!(reply(r#"{"close":true}"#), Ok(ScriptedReply::Close));
    }

    #[test]
    fn mistakes_in_replies_are_named() {
        let cases = [
            (r#"{}"#, "needs a `status`"),
            (r#"{"close":false}"#, "needs a `status`"),
            (r#"{"close":true,"status":200}"#, "no other fields"),
            (r#"{"close":true,"body":"x"}"#, "no other fields"),
            (r#"{"status":99}"#, "three digits"),
            (r#"{"status":200,"headers":[["A","€"]]}"#, "U+00FF"),
            (
                r#"{"status":200,"body":"a","bodyBase64":"AAE="}"#,
                "either `body` or `bodyBase64`",
            ),
            (r#"{"status":200,"bodyBase64":"%"}"#, "not base64"),
            (r#"{"status":200,"header":[]}"#, "unknown field `header`"),
        ];
        for (json, expected) in cases {
            let error = reply(json).unwrap_err();
            assert!(error.contains(expected), "{json}: {error}");
        }
    }

    #[test]
    fn rules_fit_by_method_host_and_path() {
        let rule = |method: &str, host: &str| ServerRule {
            scheme: Scheme::Http,
            host: host.to_owned(),
            path: "/x?y".to_owned(),
            method: method.to_owned(),
            replies: Vec::new(),
        };
        let cases = [
            ("any method", rule("*", "a.test"), true),
            ("that method", rule("PUT", "a.test"), true),
            ("another case of the method", rule("put", "a.test"), false),
            ("host without case", rule("*", "A.TEST"), true),
            ("default port", rule("*", "a.test:80"), true),
            ("another port", rule("*", "a.test:8080"), false),
        ];
        for (desc, rule, expected) in cases {
            assert_eq!(rule.fits("PUT", "a.test", "/x?y"), expected, "{desc}");
        }
        assert!(!rule("*", "a.test").fits("PUT", "a.test", "/x"));
        let https = ServerRule {
            scheme: Scheme::Https,
            ..rule("*", "a.test")
        };
        assert!(!https.fits("PUT", "a.test", "/x?y"));
    }

    #[test]
    fn an_absolute_target_counts_before_the_host_header() {
        let cases = [
            ("/x", ("h.test", "/x")),
            ("http://a.test/x?y", ("a.test", "/x?y")),
            ("http://a.test:81", ("a.test:81", "/")),
            ("*", ("h.test", "*")),
        ];
        for (target, expected) in cases {
            let request = Received {
                method: "GET".to_owned(),
                target: target.to_owned(),
                host: "h.test".to_owned(),
                headers: crate::wire::HeaderList::new(),
                body: Vec::new(),
            };
            assert_eq!(destination(&request), expected, "{target}");
        }
    }
}
