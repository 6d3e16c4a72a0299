//! WebSockets: the upgrade request that a browser sends, and the answer that opens one.
//!
//! CORS does not govern them: there is no preflight and no check of the answer. What stands between a
//! page of any origin and the socket is the server, which must look at `Origin` itself.
//!
//! Source: <https://websockets.spec.whatwg.org/>, <https://www.rfc-editor.org/rfc/rfc6455#section-4>.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::digest::{SHA1_FOR_LEGACY_USE_ONLY, SHA256, digest};
use url::Url;

use super::block::{Block, BlockReason, Phase};
use super::element::ElementOutcome;
use super::filter;
use super::machine::{Browser, Step};
use super::main_fetch::Fetch;
use super::outcome::{ExchangeKind, ResponseType, Verdict, VisibleResponse};
use super::profile::Slot;
use super::request::Timestamp;
use super::trace::{Evidence, Rule, StepOutcome, Trace};
use crate::wire::{HeaderList, HttpRequest, Origin, Reply};

/// What the server appends to the key before it hashes the two.
const GUID: &[u8] = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/// A WebSocket's URL as that of the upgrade request: ws becomes http, wss https. Others stay.
///
/// <https://websockets.spec.whatwg.org/#concept-websocket-establish>
pub fn upgrade_url(url: &Url) -> Url {
    let scheme = match url.scheme() {
        "ws" => "http",
        "wss" => "https",
        _ => return url.clone(),
    };
    let mut upgrade = url.clone();
    // Between these four the scheme can always change.
    let _ = upgrade.set_scheme(scheme);
    upgrade
}

/// The URL of an upgrade request as that of the WebSocket, which is what policies of the page judge.
///
/// <https://w3c.github.io/webappsec-csp/#match-schemes>
pub(super) fn socket_url(upgrade: &Url) -> Url {
    let text = upgrade.as_str();
    let socket = text.strip_prefix("http").map(|rest| format!("ws{rest}"));
    socket
        .and_then(|text| Url::parse(&text).ok())
        .unwrap_or_else(|| upgrade.clone())
}

/// The URL of the upgrade request, or why the constructor throws a SyntaxError.
///
/// <https://websockets.spec.whatwg.org/#dom-websocket-websocket>
pub(super) fn request_url(url: &Url, trace: &mut Trace) -> Result<Url, Box<Block>> {
    let case = if !matches!(url.scheme(), "ws" | "wss" | "http" | "https") {
        "websocket-scheme"
    } else if url.fragment().is_some() {
        "websocket-fragment"
    } else {
        return Ok(upgrade_url(url));
    };
    Err(trace
        .push(Rule::RequestUrl, StepOutcome::Fail, None)
        .with("case", case)
        .with("url", url.to_string())
        .with("item", url.scheme().to_owned())
        .evidence(Evidence::request(":url", url.as_str()))
        .block(BlockReason::RequestUrlInvalid, Phase::Request))
}

/// The value of `Sec-WebSocket-Accept` that goes with a key.
pub fn accept_of(key: &str) -> String {
    let text = [key.as_bytes(), GUID].concat();
    STANDARD.encode(digest(&SHA1_FOR_LEGACY_USE_ONLY, &text))
}

/// A browser's key is random. Here it comes from what is asked, and when: a replay sends the same.
fn key(url: &Url, now: Timestamp) -> String {
    // Of the origin alone: the rest may be a secret, which a saved session lacks.
    let origin = Origin::of(url);
    let hash = digest(&SHA256, format!("{} {origin}", now.0).as_bytes());
    STANDARD.encode(&hash.as_ref()[..16])
}

/// Whether the answer takes up no extension but the one that every engine offers, and that once.
fn offers_compression_only(headers: &HeaderList) -> bool {
    const EXTENSIONS: &str = "sec-websocket-extensions";
    let Some(taken) = headers.get_decode_and_split(EXTENSIONS) else {
        return true;
    };
    let parameters = [
        "server_no_context_takeover",
        "client_no_context_takeover",
        "server_max_window_bits",
        "client_max_window_bits",
    ];
    let [one] = taken.as_slice() else {
        return false;
    };
    let mut parts = one.split(';').map(|part| {
        let name = part.split('=').next().unwrap_or_default();
        name.trim().to_ascii_lowercase()
    });
    parts.next().as_deref() == Some("permessage-deflate")
        && parts.all(|name| parameters.contains(&name.as_str()))
}

impl Fetch {
    /// The request that asks the server to open a WebSocket.
    pub(super) fn upgrade_request(&mut self, browser: &Browser, now: Timestamp) -> HttpRequest {
        let cookie = self.cookie_header(browser, now);
        let origin = self.request.serialized_origin(&self.page.origin);
        self.note_origin(ExchangeKind::Actual, Some(&origin));
        let mut headers = HeaderList::new();
        for slot in self.profile.websocket_order {
            match slot {
                Slot::ConnectionUpgrade => headers.append("Connection", "Upgrade"),
                Slot::UpgradeWebSocket => headers.append("Upgrade", "websocket"),
                Slot::WebSocketVersion => headers.append("Sec-WebSocket-Version", "13"),
                Slot::WebSocketKey => headers.append(
                    "Sec-WebSocket-Key",
                    key(self.request.current_url(), self.started),
                ),
                Slot::WebSocketExtensions => headers.append(
                    "Sec-WebSocket-Extensions",
                    self.profile.websocket_extensions,
                ),
                Slot::Accept => headers.append("Accept", "*/*"),
                Slot::Origin => headers.append("Origin", origin.as_str()),
                Slot::Cookie => {
                    if let Some(cookie) = &cookie {
                        headers.append("Cookie", cookie.as_slice());
                    }
                }
                _ => self.append_common(*slot, ExchangeKind::Actual, &mut headers),
            }
        }
        self.http_request("GET", headers, Vec::new())
    }

    /// Whether the answer opens the WebSocket. Script learns nothing else of it.
    ///
    /// <https://www.rfc-editor.org/rfc/rfc6455#section-4.1>
    pub(super) fn upgrade_answered(
        mut self,
        reply: &Reply,
        headers: &HeaderList,
        browser: &mut Browser,
    ) -> Step {
        let exchange = self.exchanges.len() - 1;
        let sent = &self.exchanges[exchange].request.headers;
        let expected = accept_of(&sent.get_text("sec-websocket-key").unwrap_or_default());
        let names = |header: &str, token: &str| {
            let values = headers.get_decode_and_split(header).unwrap_or_default();
            values.iter().any(|value| value.eq_ignore_ascii_case(token))
        };
        let accept = headers.get_text("sec-websocket-accept");
        let one = |header: &str| {
            let values = headers.get_decode_and_split(header).unwrap_or_default();
            values.len() == 1
        };
        let (case, header, expected) = if reply.status != 101 {
            ("status", ":status", "101".to_owned())
        } else if !names("upgrade", "websocket") || !one("upgrade") {
            ("upgrade", "upgrade", "websocket".to_owned())
        } else if !names("connection", "upgrade") {
            ("connection", "connection", "Upgrade".to_owned())
        } else if accept.as_deref().map(str::trim) != Some(expected.as_str()) {
            ("accept", "sec-websocket-accept", expected)
        } else if headers.contains("sec-websocket-protocol")
            && !self.profile.unasked_subprotocol_opens
        {
            ("protocol", "sec-websocket-protocol", String::new())
        } else if !offers_compression_only(headers) {
            (
                "extensions",
                "sec-websocket-extensions",
                "permessage-deflate".to_owned(),
            )
        } else {
            ("opened", ":status", String::new())
        };
        let status = reply.status.to_string();
        let value = match header {
            ":status" => Some(status.clone().into_bytes()),
            name => headers.get(name),
        };
        let opened = case == "opened";
        let span = value
            .as_ref()
            .filter(|_| !opened)
            .map(|value| (0, value.len()));
        let step = self
            .trace
            .push(
                Rule::WebSocketHandshake,
                StepOutcome::passed(opened),
                Some(exchange),
            )
            .with("case", case)
            .with("status", status)
            .with("expected", expected)
            .with("origin", self.page.origin.to_string())
            .evidence(Evidence::response(header, value).at(span));
        if !opened {
            let block = step.block(BlockReason::WebsocketHandshake, Phase::Actual);
            return self.block(block, browser);
        }
        let response = VisibleResponse {
            element: Some(ElementOutcome {
                loaded: true,
                readable: true,
            }),
            ..filter::opaque(ResponseType::Basic, "")
        };
        self.finish(Verdict::Allowed, Some(response), browser)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of RFC 6455, section 1.3.
    #[test]
    fn the_accept_value_is_the_hash_of_key_and_guid() {
        assert_eq!(
            accept_of("dGhlIHNhbXBsZSBub25jZQ=="),
            "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
        );
    }

    #[test]
    fn a_key_is_sixteen_bytes_and_differs_by_time() {
        let url = Url::parse("http://api.example/").unwrap();
        let first = key(&url, Timestamp(1));
        assert_eq!(STANDARD.decode(&first).unwrap().len(), 16);
        assert_ne!(first, key(&url, Timestamp(2)));
        assert_eq!(first, key(&url, Timestamp(1)));
    }

    #[test]
    fn the_answer_may_take_up_what_was_offered() {
        for (lines, expected) in [
            (&[][..], true),
            (&["permessage-deflate"], true),
            (&["permessage-deflate; server_max_window_bits=10"], true),
            (&["permessage-deflate; x"], false),
            (&["permessage-deflate", "permessage-deflate"], false),
            (&["x"], false),
            (&[""], false),
        ] {
            let name = "Sec-WebSocket-Extensions";
            let headers: HeaderList = lines.iter().map(|line| (name, *line)).collect();
            assert_eq!(offers_compression_only(&headers), expected, "{lines:?}");
        }
    }

    #[test]
    fn the_constructor_takes_four_schemes_and_no_fragment() {
        for (given, asked) in [
            ("ws://a.example/x?y", Some("http://a.example/x?y")),
            ("wss://a.example:8443/", Some("https://a.example:8443/")),
            ("https://a.example/", Some("https://a.example/")),
            ("ftp://a.example/", None),
            ("wss://a.example/#", None),
            ("data:,x", None),
        ] {
            let url = Url::parse(given).unwrap();
            let made = request_url(&url, &mut Trace::default());
            assert_eq!(made.ok().as_ref().map(Url::as_str), asked, "{given}");
        }
    }
}
