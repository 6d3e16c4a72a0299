//! What CORS does not govern: the way it takes, and navigations (links, `location`, forms that are
//! sent). The answer of one becomes a document, and script of the page that left never sees it.
//!
//! What governs instead stands on the other side: SameSite cookies and CSRF tokens against forged
//! requests, `X-Frame-Options` and CSP `frame-ancestors` against framing.
//!
//! Source: <https://html.spec.whatwg.org/multipage/browsing-the-web.html#create-navigation-params-by-fetching>,
//! <https://html.spec.whatwg.org/multipage/form-control-infrastructure.html#form-submission-algorithm>.

use url::Url;

use super::block::{Block, Phase};
use super::body::extract;
use super::filter;
use super::gates::Route;
use super::machine::{Browser, Step};
use super::main_fetch::Fetch;
use super::outcome::{ResponseType, Verdict};
use super::profile::Profile;
use super::request::{Api, FetchRequest, Mode, RequestBody};
use super::trace::{Evidence, Rule, StepOutcome, Trace};
use crate::wire::{HeaderList, Origin, Reply, parse_mime_type};

const URLENCODED: &str = "application/x-www-form-urlencoded";

/// What a link or a form makes of what was asked: GET, unless a form says POST; of the headers only the
/// form's `enctype` is left.
pub(super) fn as_navigation(asked: &FetchRequest, profile: &Profile) -> FetchRequest {
    let mut request = asked.clone();
    let posts = asked.api == Api::Form && asked.method.eq_ignore_ascii_case("post");
    if posts {
        let (bytes, media_type) = entries(asked, profile);
        "POST".clone_into(&mut request.method);
        request.headers = vec![("Content-Type".to_owned(), media_type)];
        request.body = Some(RequestBody::Bytes(bytes));
    } else {
        "GET".clone_into(&mut request.method);
        request.headers = Vec::new();
        request.body = None;
    }
    request
}

/// A form with method GET puts its entries into the URL's query.
///
/// <https://html.spec.whatwg.org/multipage/form-control-infrastructure.html#submit-mutate-action>
pub(super) fn with_entries(mut url: Url, given: &FetchRequest, profile: &Profile) -> Url {
    let gets = given.api == Api::Form && !given.method.eq_ignore_ascii_case("post");
    if let Some(body) = given.body.as_ref().filter(|_| gets) {
        let pairs = match body {
            RequestBody::FormData(pairs) => RequestBody::UrlEncoded(pairs.clone()),
            body => body.clone(),
        };
        let (bytes, _) = extract(&pairs, profile);
        url.set_query(Some(&String::from_utf8_lossy(&bytes)));
    }
    url
}

/// The bytes of a form that is posted, and their type: the three encodings that a form has.
fn entries(asked: &FetchRequest, profile: &Profile) -> (Vec<u8>, String) {
    let given = asked
        .headers
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case("content-type"))
        .and_then(|(_, value)| parse_mime_type(value))
        .map(|mime| mime.essence);
    let (bytes, own) = asked
        .body
        .as_ref()
        .map_or((Vec::new(), None), |body| extract(body, profile));
    let media_type = match (&asked.body, own) {
        (Some(RequestBody::FormData(_)), Some(own)) => own,
        _ if given.as_deref() == Some("text/plain") => "text/plain".to_owned(),
        _ => URLENCODED.to_owned(),
    };
    (bytes, media_type)
}

/// What browsers look at before a form leaves that is not modelled.
pub(super) fn note_sandbox(api: Api, page: &Origin, trace: &mut Trace) {
    if api == Api::Form && *page == Origin::Opaque {
        trace
            .push(Rule::Ungoverned, StepOutcome::NotModelled, None)
            .with("case", "sandboxed-form");
    }
}

impl Fetch {
    /// The way of what CORS does not govern: straight to the server, with a word on what does.
    ///
    /// <https://fetch.spec.whatwg.org/#concept-main-fetch>
    pub(super) fn ungoverned_route(&mut self, phase: Phase) -> Option<Result<Route, Box<Block>>> {
        let case = match self.request.mode {
            Mode::WebSocket => "websocket",
            Mode::Navigate if self.request.method == "POST" => "form-post",
            Mode::Navigate => "navigation",
            Mode::Cors | Mode::NoCors | Mode::SameOrigin => return None,
        };
        if self.request.url_list.len() == 1 {
            self.trace
                .push(Rule::Ungoverned, StepOutcome::Info, None)
                .with("case", case)
                .with("api", self.api.as_str())
                .with("origin", self.page.origin.to_string());
        }
        let scheme = self.request.current_url().scheme().to_owned();
        Some(match scheme.as_str() {
            "http" | "https" => Ok(Route::Http),
            scheme => Err(self.scheme_block(scheme, phase)),
        })
    }

    pub(super) fn is_navigation(&self) -> bool {
        self.request.mode == Mode::Navigate
    }

    /// The answer is shown as a document; the page that asked reads nothing of it.
    pub(super) fn navigated(
        mut self,
        reply: &Reply,
        headers: &HeaderList,
        browser: &mut Browser,
    ) -> Step {
        let exchange = self.exchanges.len() - 1;
        let framing = ["x-frame-options", "content-security-policy"]
            .into_iter()
            .find(|name| headers.contains(name));
        let evidence = match framing {
            Some(name) => Evidence::response(name, headers.get(name)),
            None => Evidence::response(":status", Some(reply.status.to_string().into_bytes())),
        };
        self.trace
            .push(Rule::Document, StepOutcome::Pass, Some(exchange))
            .with("api", self.api.as_str())
            .with("status", reply.status.to_string())
            .evidence(evidence);
        let response = filter::opaque(ResponseType::Opaque, "");
        self.finish(Verdict::Opaque, Some(response), browser)
    }
}
