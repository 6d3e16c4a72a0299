//! Exchanges, as a result has them, with when each was answered.

use std::net::SocketAddr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::SavedError;
use crate::engine::{Exchange, ExchangeKind, Provenance, Timestamp};
use crate::wire::{
    Body, FailureKind, HeaderList, HttpRequest, HttpVersion, NetworkFailure, Reply, Timing, latin1,
    latin1_bytes,
};

/// Names and values, one character a byte.
pub(super) type Lines = Vec<(String, String)>;

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct ExchangeJson {
    kind: String,
    #[serde(default, skip_serializing_if = "is_false")]
    from_cache: bool,
    #[serde(default, skip_serializing_if = "is_false")]
    look_behind: bool,
    #[serde(default, skip_serializing_if = "is_false")]
    background: bool,
    #[serde(default, skip_serializing_if = "is_false")]
    assumed: bool,
    request: RequestJson,
    reply: Option<ReplyJson>,
    failure: Option<FailureJson>,
    timing: TimingJson,
    #[serde(default)]
    answered: u64,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RequestJson {
    method: String,
    url: String,
    headers: Lines,
    body: Option<BytesJson>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct ReplyJson {
    status: u16,
    status_text: String,
    /// A status line that engines read differently.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    odd_status_line: Option<String>,
    http: String,
    headers: Lines,
    body: BytesJson,
    /// Whether a content coding was undone.
    #[serde(default, skip_serializing_if = "is_false")]
    body_decoded: bool,
    body_truncated: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    body_error: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    peer: Option<String>,
    /// Whether the certificate was not trusted.
    #[serde(default, skip_serializing_if = "is_false")]
    certificate_error: bool,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct FailureJson {
    reason: String,
    detail: String,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    unanswered: bool,
}

/// Text where the bytes are UTF-8, else base64.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
pub(super) enum BytesJson {
    Text(String),
    Base64 { base64: String },
}

#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct TimingJson {
    name_lookup: Option<f64>,
    connect: Option<f64>,
    tls: Option<f64>,
    first_byte: Option<f64>,
    total: Option<f64>,
}

fn is_false(value: &bool) -> bool {
    !value
}

impl ExchangeJson {
    pub(super) fn of(exchange: &Exchange) -> Self {
        let request = &exchange.request;
        let (reply, failure, timing) = match &exchange.answer {
            Ok(reply) => (Some(ReplyJson::of(reply)), None, reply.timing),
            Err(failure) => (None, Some(FailureJson::of(failure)), failure.timing),
        };
        Self {
            kind: exchange.kind.as_str().to_owned(),
            from_cache: exchange.from_cache,
            look_behind: exchange.provenance == Provenance::LookBehind,
            background: exchange.provenance == Provenance::Background,
            assumed: exchange.provenance == Provenance::Assumed,
            request: RequestJson {
                method: request.method.clone(),
                url: request.url.to_string(),
                headers: lines(&request.headers),
                body: (!request.body.is_empty()).then(|| BytesJson::of(&request.body)),
            },
            reply,
            failure,
            timing: TimingJson::of(timing),
            answered: exchange.answered.0,
        }
    }

    pub(super) fn read(self) -> Result<Exchange, SavedError> {
        let timing = self.timing.read();
        let answer = match (self.reply, self.failure) {
            (Some(reply), None) => Ok(reply.read(timing)?),
            (None, Some(failure)) => Err(failure.read(timing)?),
            _ => return Err(SavedError::value("reply", "both or neither of two answers")),
        };
        let body = self.request.body.map(BytesJson::read).transpose()?;
        Ok(Exchange {
            kind: match self.kind.as_str() {
                "preflight" => ExchangeKind::Preflight,
                "actual" => ExchangeKind::Actual,
                _ => return Err(SavedError::value("kind", self.kind)),
            },
            request: HttpRequest {
                method: self.request.method,
                url: (self.request.url.parse())
                    .map_err(|_| SavedError::value("url", &self.request.url))?,
                headers: header_list(self.request.headers)?,
                body: body.unwrap_or_default(),
            },
            answer,
            from_cache: self.from_cache,
            provenance: match (self.look_behind, self.assumed) {
                (true, _) => Provenance::LookBehind,
                (_, true) => Provenance::Assumed,
                _ if self.background => Provenance::Background,
                _ => Provenance::Browser,
            },
            answered: Timestamp(self.answered),
        })
    }
}

impl ReplyJson {
    pub(super) fn of(reply: &Reply) -> Self {
        let body = &reply.body;
        Self {
            status: reply.status,
            status_text: latin1(&reply.reason),
            odd_status_line: reply.odd_status_line.as_deref().map(latin1),
            http: reply.version.as_str().to_owned(),
            headers: lines(&reply.headers),
            body: BytesJson::of(body.readable()),
            body_decoded: body.decoded.is_some(),
            body_truncated: body.truncated,
            body_error: body.error.clone(),
            peer: reply.peer.map(|peer| peer.to_string()),
            certificate_error: reply.certificate_error,
        }
    }

    fn read(self, timing: Timing) -> Result<Reply, SavedError> {
        let mut reply = self.read_untimed()?;
        reply.timing = timing;
        Ok(reply)
    }

    pub(super) fn read_untimed(self) -> Result<Reply, SavedError> {
        let body = Bytes::from(self.body.read()?);
        let peer = self.peer.map(|peer| {
            let parsed: Result<SocketAddr, _> = peer.parse();
            parsed.map_err(|_| SavedError::value("peer", peer))
        });
        Ok(Reply {
            status: self.status,
            reason: bytes("statusText", &self.status_text)?,
            version: match self.http.as_str() {
                "1.0" => HttpVersion::Http10,
                "1.1" => HttpVersion::Http11,
                "2" => HttpVersion::Http2,
                _ => return Err(SavedError::value("http", self.http)),
            },
            odd_status_line: (self.odd_status_line.as_deref())
                .map(|line| bytes("oddStatusLine", line))
                .transpose()?,
            headers: header_list(self.headers)?,
            body: Body {
                decoded: self.body_decoded.then(|| body.clone()),
                bytes: body,
                truncated: self.body_truncated,
                error: self.body_error,
            },
            peer: peer.transpose()?,
            certificate_error: self.certificate_error,
            timing: Timing::default(),
        })
    }
}

impl FailureJson {
    fn of(failure: &NetworkFailure) -> Self {
        Self {
            reason: failure.kind.id().to_owned(),
            detail: failure.detail.clone(),
            unanswered: failure.unanswered,
        }
    }

    fn read(self, timing: Timing) -> Result<NetworkFailure, SavedError> {
        let kind = FailureKind::ALL
            .iter()
            .find(|kind| kind.id() == self.reason);
        Ok(NetworkFailure {
            kind: *kind.ok_or_else(|| SavedError::value("reason", &self.reason))?,
            detail: self.detail,
            timing,
            unanswered: self.unanswered,
        })
    }
}

impl BytesJson {
    pub(super) fn of(bytes: &[u8]) -> Self {
        match std::str::from_utf8(bytes) {
            Ok(text) => Self::Text(text.to_owned()),
            Err(_) => Self::Base64 {
                base64: STANDARD.encode(bytes),
            },
        }
    }

    pub(super) fn read(self) -> Result<Vec<u8>, SavedError> {
        match self {
            Self::Text(text) => Ok(text.into_bytes()),
            Self::Base64 { base64 } => STANDARD
                .decode(&base64)
                .map_err(|_| SavedError::value("base64", base64)),
        }
    }
}

impl TimingJson {
    fn of(timing: Timing) -> Self {
        let rounded = |value: Option<f64>| value.map(|value| (value * 1000.0).round() / 1000.0);
        Self {
            name_lookup: rounded(timing.name_lookup),
            connect: rounded(timing.connect),
            tls: rounded(timing.tls),
            first_byte: rounded(timing.first_byte),
            total: rounded(timing.total),
        }
    }

    fn read(self) -> Timing {
        Timing {
            name_lookup: self.name_lookup,
            connect: self.connect,
            tls: self.tls,
            first_byte: self.first_byte,
            total: self.total,
        }
    }
}

pub(super) fn lines(headers: &HeaderList) -> Lines {
    let lines = headers.iter();
    lines
        .map(|line| (line.name.clone(), latin1(&line.value)))
        .collect()
}

pub(super) fn header_list(lines: Lines) -> Result<HeaderList, SavedError> {
    let line = |(name, value): (String, String)| Ok((name, bytes("headers", &value)?));
    lines.into_iter().map(line).collect()
}

pub(super) fn bytes(field: &'static str, text: &str) -> Result<Vec<u8>, SavedError> {
    latin1_bytes(text).ok_or_else(|| SavedError::value(field, text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certificate_that_was_not_trusted_is_remembered() {
        let doubtful = Reply {
            certificate_error: true,
            ..Reply::default()
        };
        for reply in [doubtful, Reply::default()] {
            let json = serde_json::to_value(ReplyJson::of(&reply)).unwrap();
            assert_eq!(
                json.get("certificateError").is_some(),
                reply.certificate_error
            );
            let read: ReplyJson = serde_json::from_value(json).unwrap();
            assert_eq!(read.read_untimed().unwrap(), reply);
        }
    }

    #[test]
    fn an_odd_status_line_is_kept_and_may_be_missing() {
        let odd = Reply {
            odd_status_line: Some(b"HTTP/1.1 2e2 \xe9".to_vec()),
            ..Reply::default()
        };
        let json = serde_json::to_value(ReplyJson::of(&odd)).unwrap();
        assert_eq!(json["oddStatusLine"], "HTTP/1.1 2e2 \u{e9}");
        let read: ReplyJson = serde_json::from_value(json.clone()).unwrap();
        assert_eq!(read.read_untimed().unwrap(), odd);

        let mut older = json;
        older.as_object_mut().unwrap().remove("oddStatusLine");
        let read: ReplyJson = serde_json::from_value(older).unwrap();
        assert_eq!(read.read_untimed().unwrap().odd_status_line, None);
    }
}
