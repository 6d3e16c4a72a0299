//! What lies beside CORS and stops a page all the same: elements, policies of the page, WebSockets, the network.

use super::patterns::{API, Pattern, failed, get, on_get, on_preflight, page};
use crate::engine::{
    Api, ContentSecurityPolicy, EmbedderPolicy, FetchRequest, Mode, Page, PagePolicies,
};
use crate::wire::FailureKind;

const HTML: (&str, &str) = ("Content-Type", "text/html; charset=utf-8");

pub(super) fn patterns() -> Vec<Pattern> {
    let script = FetchRequest {
        api: Api::Script,
        mode: Mode::NoCors,
        ..get()
    };
    let image = FetchRequest {
        api: Api::Img,
        mode: Mode::NoCors,
        ..get()
    };
    let socket = FetchRequest {
        api: Api::WebSocket,
        url: API.replace("https", "wss"),
        ..get()
    };
    let checked = FetchRequest {
        integrity: "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=".to_owned(),
        ..get()
    };
    let listing = PagePolicies {
        csp: ContentSecurityPolicy::list("connect-src 'self'", false).collect(),
        ..PagePolicies::default()
    };
    let isolated = PagePolicies {
        embedder: EmbedderPolicy::RequireCorp,
        ..PagePolicies::default()
    };
    let nosniff = ("X-Content-Type-Options", "nosniff");
    vec![
        on_get("html-instead-of-script", 200, &[HTML, nosniff], "<html>").asking(script),
        on_get("websocket-origin-refused", 403, &[], "").asking(socket.clone()),
        on_get("websocket-not-passed-on", 426, &[("Server", "nginx")], "").asking(socket),
        on_get("csp-not-extended", 200, &[], "").from(under(listing)),
        on_get("isolated-page", 200, &[("Content-Type", "image/png")], "x")
            .asking(image)
            .from(under(isolated)),
        on_get(
            "file-behind-integrity-changed",
            200,
            &[("Access-Control-Allow-Origin", "*")],
            "changed",
        )
        .asking(checked),
        on_preflight(
            "no-options-handler",
            200,
            &[("X-Powered-By", "Express"), ("Allow", "DELETE")],
            "DELETE",
        ),
        failed("out-of-reach", API, FailureKind::Timeout),
        failed(
            "plain-http-to-a-secure-port",
            "http://api.shop.test:8443/prices",
            FailureKind::EmptyResponse,
        )
        .from(page("http://app.shop.test")),
    ]
}

fn under(policies: PagePolicies) -> Page {
    Page {
        policies,
        ..page(super::patterns::PAGE)
    }
}
