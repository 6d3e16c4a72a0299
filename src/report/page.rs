//! What is told of a page that was fetched.

use serde::Serialize;

use crate::diagnose::shown;
use crate::engine::{ContentSecurityPolicy, FetchedPage, PagePolicies};
use crate::session::Session;

/// The page's own answer.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PageJson<'a> {
    url: &'a str,
    status: Option<u16>,
    redirects: usize,
    failure: Option<String>,
    csp: Vec<&'a str>,
    csp_report_only: Vec<&'a str>,
    coep: &'static str,
    referrer_policy: Option<&'static str>,
}

/// The page's own answer, where it was asked for.
pub(super) fn page_json(session: &Session) -> Option<PageJson<'_>> {
    let policies = &session.page.policies;
    let fetched = policies.fetched.as_ref()?;
    Some(PageJson {
        url: fetched.url.as_str(),
        status: fetched.status,
        redirects: fetched.redirects,
        failure: fetched.failure.as_deref().map(shown),
        csp: texts(policies, false).collect(),
        csp_report_only: texts(policies, true).collect(),
        coep: policies.embedder.as_str(),
        referrer_policy: policies.referrer.map(|policy| policy.as_str()),
    })
}

fn texts(policies: &PagePolicies, report_only: bool) -> impl Iterator<Item = &str> {
    let csp = policies.csp.iter();
    csp.filter(move |one| one.report_only == report_only)
        .map(|one: &ContentSecurityPolicy| one.text.as_str())
}

/// One line about the page's own answer, safe to show; `None` where it was not asked for.
pub(super) fn page_line(session: &Session) -> Option<String> {
    let policies = &session.page.policies;
    let fetched = policies.fetched.as_ref()?;
    let url = &fetched.url;
    if let Some(failure) = &fetched.failure {
        let failure = shown(failure);
        return Some(format!("page not fetched: GET {url}: {failure}"));
    }
    let mut found = Vec::new();
    for (report_only, what) in [(false, "policy"), (true, "report-only policy")] {
        for text in texts(policies, report_only) {
            found.push(format!("{what} `{}`", shown(text)));
        }
    }
    if policies.embedder != Default::default() {
        found.push(format!("embedder policy {}", policies.embedder.as_str()));
    }
    if let Some(referrer) = policies.referrer {
        found.push(format!("referrer policy {}", referrer.as_str()));
    }
    let found = if found.is_empty() {
        "no policies".to_owned()
    } else {
        found.join(", ")
    };
    let status = status(fetched);
    Some(format!("page fetched: GET {url}  {status}: {found}"))
}

fn status(fetched: &FetchedPage) -> String {
    let status = fetched
        .status
        .map_or_else(String::new, |status| status.to_string());
    match fetched.redirects {
        0 => status,
        1 => format!("{status} after a redirect"),
        more => format!("{status} after {more} redirects"),
    }
}
