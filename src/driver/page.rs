//! Fetching the page itself, to learn what it came with.

use std::time::Instant;

use url::Url;

use super::Network;
use super::html_head::head_policies;
use crate::engine::{
    ContentSecurityPolicy, EmbedderPolicy, FetchedPage, PagePolicies, Profile, ReferrerPolicy,
};
use crate::wire::{HeaderList, HttpRequest, Reply, latin1};

/// The limit of redirects, as for a fetch.
const REDIRECTS: usize = 20;

/// Asks for the page as a browser's address bar does, without cookies, and reads the policies that its
/// answer has. Redirects are followed; a failure is told in [`FetchedPage::failure`].
pub async fn fetch_page(
    network: &Network,
    page: &Url,
    profile: &Profile,
    deadline: Option<Instant>,
) -> PagePolicies {
    let mut fetched = FetchedPage {
        url: page.clone(),
        status: None,
        redirects: 0,
        failure: None,
    };
    fetched.url.set_fragment(None);
    loop {
        let request = navigation(&fetched.url, profile);
        let reply = match network.send(&request, deadline, &|_| {}).await {
            Ok(reply) => reply,
            Err(failure) => {
                fetched.failure = Some(failure.detail);
                break PagePolicies::fetched(fetched);
            }
        };
        fetched.status = Some(reply.status);
        let Some(next) = location(&reply, &fetched.url) else {
            break PagePolicies {
                fetched: Some(fetched),
                ..policies(&reply)
            };
        };
        if fetched.redirects == REDIRECTS {
            fetched.failure = Some(format!("more than {REDIRECTS} redirects"));
            break PagePolicies::fetched(fetched);
        }
        fetched.redirects += 1;
        fetched.url = next;
    }
}

/// The request of a navigation that a user types.
///
/// `Upgrade-Insecure-Requests` says that the browser can do what that directive asks for:
/// <https://w3c.github.io/webappsec-upgrade-insecure-requests/#preference>.
fn navigation(url: &Url, profile: &Profile) -> HttpRequest {
    let secure = crate::wire::is_potentially_trustworthy(url);
    let mut headers = HeaderList::new();
    headers.append("Upgrade-Insecure-Requests", "1");
    headers.append("User-Agent", profile.user_agent);
    headers.append(
        "Accept",
        "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    );
    if secure {
        for (name, value) in [
            ("Sec-Fetch-Site", "none"),
            ("Sec-Fetch-Mode", "navigate"),
            ("Sec-Fetch-User", "?1"),
            ("Sec-Fetch-Dest", "document"),
        ] {
            headers.append(name, value);
        }
    }
    let encoding = usize::from(secure) + usize::from(url.scheme() == "https");
    headers.append("Accept-Encoding", profile.accept_encoding[encoding]);
    headers.append("Accept-Language", profile.accept_language);
    let mut url = url.clone();
    // User info never goes out as part of the URL.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    HttpRequest {
        method: "GET".to_owned(),
        url,
        headers,
        body: Vec::new(),
    }
}

fn location(reply: &Reply, current: &Url) -> Option<Url> {
    let redirects = matches!(reply.status, 301 | 302 | 303 | 307 | 308);
    let location = redirects.then(|| reply.headers.get_text("location"))??;
    let mut next = current.join(location.trim()).ok()?;
    next.set_fragment(None);
    matches!(next.scheme(), "http" | "https").then_some(next)
}

/// What an answer and the head of its document say.
fn policies(reply: &Reply) -> PagePolicies {
    let mut csp = Vec::new();
    for (name, report_only) in [
        ("content-security-policy", false),
        ("content-security-policy-report-only", true),
    ] {
        for line in reply.headers.lines(name) {
            csp.extend(ContentSecurityPolicy::list(&latin1(line), report_only));
        }
    }
    let head = if is_html(reply) {
        head_policies(reply.body.readable())
    } else {
        Default::default()
    };
    csp.extend(head.csp.into_iter().map(|text| ContentSecurityPolicy {
        text,
        report_only: false,
    }));
    let embedder = reply.headers.get_text("cross-origin-embedder-policy");
    PagePolicies {
        csp,
        embedder: EmbedderPolicy::of_header(&embedder.unwrap_or_default()),
        referrer: head.referrer.or_else(|| {
            let text = reply.headers.get_text("referrer-policy")?;
            ReferrerPolicy::of_header(&text)
        }),
        fetched: None,
    }
}

fn is_html(reply: &Reply) -> bool {
    let text = reply.headers.get_text("content-type").unwrap_or_default();
    let essence = text.split(';').next().unwrap_or_default().trim();
    ["text/html", "application/xhtml+xml"]
        .iter()
        .any(|html| essence.eq_ignore_ascii_case(html))
}
