//! What comes of streams over HTTP/1 and of streams that meet a 401.

use url::Url;

use crate::engine::{
    AddressSpace, BlockReason, Browser, Credentials, Engine, FetchRequest, Finished, Location,
    Page, RequestBody, Step, Timestamp, start,
};
use crate::wire::{HttpVersion, Reply};

/// A stream to `url` by a page of https://app.test, answered with `status`: what came of it, and whether a length
/// was told.
fn upload(engine: Engine, url: &str, credentials: Credentials, reply: &Reply) -> (Finished, bool) {
    let page = Page {
        address_space: Some(AddressSpace::Public),
        ..Page::at(Url::parse("https://app.test/").unwrap())
    };
    let request = FetchRequest {
        method: "POST".to_owned(),
        credentials,
        duplex_half: true,
        body: Some(RequestBody::Stream(b"x".to_vec())),
        ..FetchRequest::new(url)
    };
    let mut browser = Browser::fresh(engine);
    let mut told = false;
    let mut step = start(&request, &page, &mut browser, Timestamp(0));
    loop {
        match step {
            Step::Done(finished) => return (*finished, told),
            Step::Locate(locating) => {
                step = locating.located(Location::PUBLIC, &mut browser, Timestamp(0));
            }
            Step::Send(pending) => {
                told |= pending.request().headers.contains("content-length");
                let preflight = Reply {
                    status: 204,
                    ..reply.clone()
                };
                let reply = match pending.request().method.as_str() {
                    "OPTIONS" => preflight,
                    _ => reply.clone(),
                };
                step = pending.answer(&Ok(reply), &mut browser, Timestamp(0));
            }
        }
    }
}

fn reply(status: u16, version: HttpVersion, challenge: &str) -> Reply {
    Reply {
        status,
        version,
        headers: [
            ("Access-Control-Allow-Origin", "https://app.test"),
            ("Access-Control-Allow-Credentials", "true"),
            ("WWW-Authenticate", challenge),
        ]
        .into_iter()
        .collect(),
        ..Reply::default()
    }
}

fn reason(finished: &Finished) -> Option<BlockReason> {
    finished.verdict.block().map(|block| block.reason)
}

#[test]
fn a_stream_goes_over_http2_only_and_without_a_length() {
    for url in ["https://app.test/x", "https://api.test/x"] {
        for engine in [Engine::Standard, Engine::Chromium] {
            let over = |version| {
                let (finished, told) = upload(
                    engine,
                    url,
                    Credentials::SameOrigin,
                    &reply(200, version, ""),
                );
                assert!(!told, "{engine:?} {url}");
                reason(&finished)
            };
            assert_eq!(over(HttpVersion::Http2), None, "{engine:?} {url}");
            let refused = Some(BlockReason::StreamBodyNeedsH2);
            assert_eq!(over(HttpVersion::Http11), refused, "{engine:?} {url}");
        }
    }
}

#[test]
fn a_401_ends_a_stream_where_a_login_would_be_asked_for() {
    let challenged = |engine, url, credentials, challenge| {
        let reply = reply(401, HttpVersion::Http2, challenge);
        reason(&upload(engine, url, credentials, &reply).0)
    };
    let (own, other) = ("https://app.test/x", "https://api.test/x");
    let basic = "Basic realm=x";
    let ended = Some(BlockReason::StreamBodyChallenge);
    for (engine, url, credentials, challenge, expected) in [
        (Engine::Standard, own, Credentials::SameOrigin, basic, ended),
        (Engine::Standard, own, Credentials::SameOrigin, "odd", ended),
        (Engine::Standard, own, Credentials::Omit, basic, None),
        (Engine::Standard, other, Credentials::Include, basic, None),
        (Engine::Chromium, own, Credentials::SameOrigin, basic, ended),
        (
            Engine::Chromium,
            own,
            Credentials::SameOrigin,
            "NTLM",
            ended,
        ),
        (Engine::Chromium, own, Credentials::SameOrigin, "odd", None),
        (Engine::Chromium, other, Credentials::Include, basic, ended),
        (
            Engine::Chromium,
            other,
            Credentials::SameOrigin,
            basic,
            None,
        ),
    ] {
        let reason = challenged(engine, url, credentials, challenge);
        assert_eq!(
            reason, expected,
            "{engine:?} {url} {credentials:?} {challenge}"
        );
    }
}
