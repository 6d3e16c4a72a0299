//! Mistakes of the page that show before anything is sent, and redirects that lead nowhere.

use super::patterns::{
    ALLOW, API, Pattern, allowing, failed, get, on_get, page, pattern, redirect_to, with_header,
};
use super::reply;
use crate::engine::{CacheMode, Engine, FetchRequest, InvalidOption, Mode, RequestBody};
use crate::wire::{Answer, FailureKind, HttpVersion, Reply};

pub(super) fn patterns() -> Vec<Pattern> {
    let text = |size| Some(RequestBody::Text("x".repeat(size)));
    let post = || FetchRequest {
        method: "POST".to_owned(),
        ..get()
    };
    let streamed = |duplex_half| FetchRequest {
        body: Some(RequestBody::Stream(vec![b'x'])),
        duplex_half,
        ..post()
    };
    let unsent: [(&'static str, FetchRequest); 13] = [
        (
            "port-that-browsers-avoid",
            FetchRequest::new("https://api.shop.test:6666/prices"),
        ),
        (
            "method-for-tools",
            FetchRequest {
                method: "TRACE".to_owned(),
                ..get()
            },
        ),
        (
            "filter-as-a-body",
            FetchRequest {
                body: text(2),
                ..FetchRequest::new("https://api.shop.test/prices/_search")
            },
        ),
        ("raw-text-in-a-header", with_header("X-User", "a\nb")),
        ("raw-text-in-a-header", with_header(":path", "/x")),
        (
            "everything-at-the-end",
            FetchRequest {
                keepalive: true,
                body: text(70_000),
                ..post()
            },
        ),
        (
            "store-only-request",
            FetchRequest {
                cache: CacheMode::OnlyIfCached,
                ..get()
            },
        ),
        (
            "page-view-asked-again",
            FetchRequest {
                mode: Mode::Navigate,
                ..get()
            },
        ),
        (
            "option-of-another-library",
            FetchRequest {
                invalid_options: vec![InvalidOption {
                    name: "credentials",
                    value: "true".to_owned(),
                }],
                ..get()
            },
        ),
        (
            "login-in-the-address",
            FetchRequest::new("https://me:secret@api.shop.test/prices"),
        ),
        ("empty-base-address", FetchRequest::new("https:///")),
        (
            "limit-older-than-the-move",
            FetchRequest {
                mode: Mode::SameOrigin,
                ..get()
            },
        ),
        ("stream-from-another-runtime", streamed(false)),
    ];
    let mut patterns: Vec<_> = unsent
        .into_iter()
        .map(|(cause, request)| pattern(cause, request, Vec::new()))
        .collect();
    let leading_to = |cause, location| {
        let headers = [ALLOW, redirect_to(location)[0]];
        on_get(cause, 302, &headers, "")
    };
    patterns.extend([
        leading_to(
            "redirect-address-put-together-badly",
            "https://:8443/prices",
        ),
        leading_to("redirect-into-an-app", "shopapp://prices"),
        failed("page-cancels-early", API, FailureKind::Aborted),
        failed("out-of-reach", API, FailureKind::Other),
        pattern(
            "old-protocol-in-front",
            FetchRequest {
                url: API.replace("https", "http"),
                ..streamed(true)
            },
            vec![("OPTIONS", reply(204, &allowing("http://app.shop.test"), ""))],
        )
        .from(page("http://app.shop.test")),
        pattern(
            "login-over-before-an-upload",
            FetchRequest {
                url: "https://app.shop.test/prices".to_owned(),
                ..streamed(true)
            },
            vec![("POST", login_over_http2())],
        ),
        pattern(
            "listening-address-copied",
            FetchRequest::new("https://0.0.0.0:8000/prices"),
            Vec::new(),
        )
        .in_engine(Engine::Firefox),
    ]);
    patterns
}

fn login_over_http2() -> Answer {
    let challenge = [("WWW-Authenticate", "Basic realm=\"shop\"")];
    reply(401, &challenge, "").map(|reply| Reply {
        version: HttpVersion::Http2,
        ..reply
    })
}
