//! Whole fetches of pages that came with policies, and of hosts that are known to be secure only.

use super::*;
use crate::engine::{
    AddressSpace, Api, Browser, Credentials, Engine, FetchRequest, Finished, Location, Page,
    RedirectMode, Step, Timestamp, Verdict, start,
};
use crate::wire::{HttpRequest, Reply};

const CHROMIUM: Engine = Engine::Chromium;

/// What the server answers at a URL: status and header lines.
type ByUrl<'a> = (&'a str, u16, &'a [(&'a str, &'a str)]);

/// A browser, and what it has sent.
struct Talk {
    browser: Browser,
    page: Page,
    certificate_error: bool,
    sent: Vec<HttpRequest>,
}

impl Talk {
    fn new(engine: Engine, page: &str) -> Self {
        Self {
            browser: Browser::fresh(engine),
            page: Page {
                address_space: Some(AddressSpace::Public),
                ..Page::at(Url::parse(page).unwrap())
            },
            certificate_error: false,
            sent: Vec::new(),
        }
    }

    fn csp(mut self, text: &str, report_only: bool) -> Self {
        let policies = ContentSecurityPolicy::list(text, report_only);
        self.page.policies.csp.extend(policies);
        self
    }

    fn embedder(mut self, policy: EmbedderPolicy) -> Self {
        self.page.policies.embedder = policy;
        self
    }

    /// The server answers by URL; everything it says allows everything.
    fn ask(&mut self, request: &FetchRequest, answers: &[ByUrl<'_>]) -> Finished {
        let mut step = start(request, &self.page, &mut self.browser, Timestamp(0));
        loop {
            match step {
                Step::Done(finished) => return *finished,
                Step::Locate(locating) => {
                    step = locating.located(Location::PUBLIC, &mut self.browser, Timestamp(0));
                }
                Step::Send(pending) => {
                    let asked = pending.request().clone();
                    let mut known = answers.iter();
                    let answer = known.find(|(url, ..)| *url == asked.url.as_str());
                    let (status, lines) =
                        answer.map_or((200, [].as_slice()), |(_, status, lines)| (*status, *lines));
                    let origin = asked.headers.get_text("origin");
                    let mut headers: crate::wire::HeaderList = lines.iter().copied().collect();
                    headers.append("access-control-allow-origin", origin.unwrap_or_default());
                    headers.append("access-control-allow-credentials", "true");
                    headers.append("access-control-allow-methods", "PUT");
                    let reply = Reply {
                        status,
                        headers,
                        certificate_error: self.certificate_error,
                        ..Reply::default()
                    };
                    self.sent.push(asked);
                    step = pending.answer(&Ok(reply), &mut self.browser, Timestamp(0));
                }
            }
        }
    }

    fn get(&mut self, url: &str) -> Finished {
        self.ask(&FetchRequest::new(url), &[])
    }

    fn urls(&self) -> Vec<&str> {
        self.sent.iter().map(|one| one.url.as_str()).collect()
    }
}

fn reason(finished: &Finished) -> &'static str {
    match &finished.verdict {
        Verdict::Blocked(block) => block.reason.id(),
        verdict => verdict.as_str(),
    }
}

/// The cases of a rule, in order.
fn cases(finished: &Finished, rule: Rule) -> Vec<&str> {
    let steps = finished.trace.steps.iter();
    steps
        .filter(|step| step.rule == rule)
        .filter_map(|step| {
            let case = step.params.iter().find(|(name, _)| *name == "case");
            case.map(|(_, case)| &**case)
        })
        .collect()
}

fn redirect_to(url: &str) -> [(&str, &str); 1] {
    [("location", url)]
}

#[test]
fn nothing_is_sent_where_the_policy_forbids_it() {
    for engine in Engine::ALL {
        let policy = "default-src *; connect-src 'self' https://cdn.test";
        let mut talk = Talk::new(*engine, "https://app.test").csp(policy, false);
        let finished = talk.get("https://api.test/x");
        let block = finished.verdict.block().unwrap();
        assert_eq!(block.reason.id(), "csp-connect-src");
        assert_eq!(block.phase, Phase::Request);
        assert_eq!(block.header.as_deref(), Some("content-security-policy"));
        assert_eq!(block.value.as_deref(), Some(policy.as_bytes()));
        let (start, end) = block.span.unwrap();
        assert_eq!(&policy[start..end], "'self' https://cdn.test");
        assert_eq!(block.expected.as_deref(), Some("https://api.test"));
        assert!(talk.sent.is_empty());
        assert_eq!(reason(&talk.get("https://cdn.test/x")), "allowed");
    }
}

#[test]
fn every_hop_is_asked_about_without_its_path() {
    let policy = "connect-src https://api.test/v1/ https://cdn.test/v1/";
    let mut talk = Talk::new(CHROMIUM, "https://app.test").csp(policy, false);
    let request = FetchRequest::new("https://api.test/v1/x");
    let to_cdn = redirect_to("https://cdn.test/v2/x");
    let finished = talk.ask(&request, &[("https://api.test/v1/x", 302, &to_cdn)]);
    assert_eq!(reason(&finished), "allowed");
    let elsewhere = redirect_to("https://evil.test/v1/x");
    let finished = talk.ask(&request, &[("https://api.test/v1/x", 302, &elsewhere)]);
    let block = finished.verdict.block().unwrap();
    assert_eq!(block.reason.id(), "csp-connect-src");
    assert_eq!(block.phase, Phase::Redirect);
    assert_eq!(finished.exchanges.len(), 1);
}

#[test]
fn all_policies_apply_and_reports_do_not() {
    let mut talk = Talk::new(CHROMIUM, "https://app.test")
        .csp("connect-src https://api.test, default-src 'none'", false)
        .csp("connect-src 'self'", false)
        .csp("connect-src 'none'", true);
    let finished = talk.get("https://api.test/x");
    assert_eq!(
        cases(&finished, Rule::ContentSecurityPolicy),
        ["report-only", "allowed", "blocked", "also-blocked"]
    );
    let step = finished.verdict.block().unwrap().step;
    assert_eq!(finished.trace.steps[step].outcome, StepOutcome::Fail);
    let mut reported = Talk::new(CHROMIUM, "https://app.test").csp("connect-src 'none'", true);
    let finished = reported.get("https://api.test/x");
    assert_eq!(reason(&finished), "allowed");
    assert_eq!(
        cases(&finished, Rule::ContentSecurityPolicy),
        ["report-only"]
    );
}

#[test]
fn elements_have_directives_of_their_own() {
    let policy = "connect-src 'none'; img-src https://cdn.test; script-src 'nonce-a'";
    for (api, url, expected) in [
        (Api::Img, "https://cdn.test/x", "opaque"),
        (Api::Img, "https://api.test/x", "csp-connect-src"),
        (Api::Audio, "https://api.test/x", "opaque"),
        (Api::Script, "https://api.test/x", "opaque"),
        (Api::EventSource, "https://api.test/x", "csp-connect-src"),
        (Api::Beacon, "https://api.test/x", "csp-connect-src"),
    ] {
        let mut talk = Talk::new(CHROMIUM, "https://app.test").csp(policy, false);
        let request = FetchRequest {
            api,
            ..FetchRequest::new(url)
        };
        assert_eq!(reason(&talk.ask(&request, &[])), expected, "{api:?} {url}");
    }
}

#[test]
fn engines_differ_in_what_they_ask_first() {
    for (engine, expected) in [
        (Engine::Chromium, "csp-connect-src"),
        (Engine::Firefox, "csp-connect-src"),
        (Engine::WebKit, "csp-connect-src"),
        (Engine::Standard, "mixed-content"),
    ] {
        let mut talk = Talk::new(engine, "https://app.test").csp("connect-src 'self'", false);
        assert_eq!(reason(&talk.get("http://api.test/x")), expected);
    }
}

#[test]
fn a_data_url_is_under_the_policy_too() {
    let mut talk = Talk::new(CHROMIUM, "https://app.test").csp("connect-src *", false);
    assert_eq!(reason(&talk.get("data:text/plain,x")), "csp-connect-src");
}

#[test]
fn insecure_requests_are_upgraded_before_mixed_content() {
    let upgrade = "upgrade-insecure-requests";
    for (engine, url, expected) in [
        (
            Engine::Chromium,
            "http://api.test/x",
            Some("https://api.test/x"),
        ),
        (
            Engine::Chromium,
            "http://api.test:80/x",
            Some("https://api.test/x"),
        ),
        (
            Engine::Chromium,
            "http://api.test:8080/",
            Some("https://api.test:8080/"),
        ),
        (
            Engine::Firefox,
            "http://192.0.2.1/",
            Some("https://192.0.2.1/"),
        ),
        (
            Engine::Chromium,
            "http://localhost/",
            Some("http://localhost/"),
        ),
        (
            Engine::Firefox,
            "http://127.0.0.1/",
            Some("http://127.0.0.1/"),
        ),
        (
            Engine::WebKit,
            "http://localhost/",
            Some("https://localhost/"),
        ),
    ] {
        let mut talk = Talk::new(engine, "https://app.test").csp(upgrade, false);
        talk.get(url);
        assert_eq!(talk.urls().first().copied(), expected, "{engine:?} {url}");
    }
    let mut reporting = Talk::new(CHROMIUM, "https://app.test").csp(upgrade, true);
    assert_eq!(reason(&reporting.get("http://api.test/x")), "mixed-content");
}

#[test]
fn sockets_of_this_machine_are_upgraded_in_firefox() {
    for (engine, expected) in [
        (Engine::Chromium, "http://127.0.0.1/"),
        (Engine::Firefox, "https://127.0.0.1/"),
    ] {
        let mut talk =
            Talk::new(engine, "https://app.test").csp("upgrade-insecure-requests", false);
        let socket = FetchRequest {
            api: Api::WebSocket,
            ..FetchRequest::new("ws://127.0.0.1/")
        };
        let finished = talk.ask(&socket, &[]);
        let asked: Vec<&str> = finished
            .exchanges
            .iter()
            .map(|one| one.request.url.as_str())
            .collect();
        assert_eq!(asked, [expected], "{engine:?}");
    }
}

#[test]
fn redirects_are_upgraded_too() {
    let mut talk = Talk::new(CHROMIUM, "https://app.test").csp("upgrade-insecure-requests", false);
    let to_http = redirect_to("http://api.test/y");
    let finished = talk.ask(
        &FetchRequest::new("https://api.test/x"),
        &[("https://api.test/x", 302, &to_http)],
    );
    assert_eq!(reason(&finished), "allowed");
    assert_eq!(talk.urls(), ["https://api.test/x", "https://api.test/y"]);
}

#[test]
fn the_pages_referrer_policy_is_the_default() {
    let mut talk = Talk::new(CHROMIUM, "https://app.test");
    talk.page.policies.referrer = Some(ReferrerPolicy::NoReferrer);
    talk.get("https://api.test/x");
    talk.ask(
        &FetchRequest {
            referrer_policy: Some(ReferrerPolicy::Origin),
            ..FetchRequest::new("https://api.test/x")
        },
        &[],
    );
    let referrers: Vec<_> = talk
        .sent
        .iter()
        .map(|one| one.headers.get_text("referer"))
        .collect();
    assert_eq!(referrers, [None, Some("https://app.test/".to_owned())]);
}

#[test]
fn an_embedder_policy_wants_marks() {
    use EmbedderPolicy::{Credentialless, RequireCorp};
    const MARK: &str = "cross-origin-resource-policy";
    let (foreign, own) = ("https://cdn.test/a", "https://app.test/a");
    for (page, policy, url, mark, expected) in [
        (
            "https://app.test",
            RequireCorp,
            foreign,
            None,
            "coep-corp-required",
        ),
        (
            "https://app.test",
            RequireCorp,
            foreign,
            Some("cross-origin"),
            "opaque",
        ),
        (
            "https://app.test",
            RequireCorp,
            foreign,
            Some("same-origin"),
            "corp-same-origin",
        ),
        (
            "https://app.test",
            RequireCorp,
            foreign,
            Some("Cross-Origin"),
            "coep-corp-required",
        ),
        ("https://app.test", RequireCorp, own, None, "allowed"),
        ("https://app.test", Credentialless, foreign, None, "opaque"),
        ("http://app.test", RequireCorp, foreign, None, "opaque"),
        (
            "http://localhost",
            RequireCorp,
            foreign,
            None,
            "coep-corp-required",
        ),
    ] {
        let mut talk = Talk::new(CHROMIUM, page).embedder(policy);
        let mark: Vec<_> = mark.map(|value| (MARK, value)).into_iter().collect();
        let image = FetchRequest {
            api: Api::Img,
            ..FetchRequest::new(url)
        };
        let finished = talk.ask(&image, &[(url, 200, &mark)]);
        assert_eq!(
            reason(&finished),
            expected,
            "{page} {policy:?} {url} {mark:?}"
        );
        // With CORS no mark is needed.
        assert_eq!(reason(&talk.get(url)), "allowed");
    }
}

#[test]
fn a_credentialless_page_sends_no_cookies_without_cors() {
    for (engine, sent) in [
        (Engine::Chromium, false),
        (Engine::Firefox, false),
        // Safari does not know the value.
        (Engine::WebKit, true),
    ] {
        let mut talk =
            Talk::new(engine, "https://app.site.test").embedder(EmbedderPolicy::Credentialless);
        let url = Url::parse("https://cdn.site.test/").unwrap();
        let profile = talk.browser.profile;
        let cookie = b"a=1; SameSite=None; Secure";
        let jar = &mut talk.browser.cookies;
        jar.set_by_visit(&url, cookie, &profile, Timestamp(0));
        let image = FetchRequest {
            api: Api::Img,
            ..FetchRequest::new("https://cdn.site.test/a")
        };
        talk.ask(&image, &[]);
        let with_cors = FetchRequest {
            credentials: Credentials::Include,
            ..FetchRequest::new("https://cdn.site.test/b")
        };
        talk.ask(&with_cors, &[]);
        let cookies: Vec<_> = talk
            .sent
            .iter()
            .map(|one| one.headers.contains("cookie"))
            .collect();
        assert_eq!(cookies, [sent, true], "{engine:?}");
    }
}

#[test]
fn a_known_host_is_asked_over_https() {
    for (engine, origin, method, expected) in [
        (Engine::Standard, Some("http://app.test"), "GET", "allowed"),
        (Engine::Standard, Some("http://app.test"), "PUT", "allowed"),
        (Engine::Firefox, Some("http://app.test"), "PUT", "allowed"),
        (Engine::WebKit, Some("http://app.test"), "PUT", "allowed"),
        // Its own redirect leads from one foreign origin to another.
        (Engine::Chromium, Some("null"), "GET", "allowed"),
        (Engine::Chromium, None, "PUT", "preflight-redirect"),
    ] {
        let mut talk = Talk::new(engine, "http://app.test");
        assert!(talk.browser.hsts.insert("api.test"));
        let request = FetchRequest {
            method: method.to_owned(),
            ..FetchRequest::new("http://api.test/x")
        };
        let finished = talk.ask(&request, &[]);
        assert_eq!(reason(&finished), expected, "{engine:?} {method}");
        let mut sent = talk.sent.iter();
        assert!(sent.all(|one| one.url.as_str() == "https://api.test/x"));
        let shown = talk
            .sent
            .first()
            .and_then(|one| one.headers.get_text("origin"));
        assert_eq!(shown.as_deref(), origin, "{engine:?} {method}");
    }
}

#[test]
fn the_redirect_of_the_browsers_own_obeys_the_redirect_mode() {
    for (redirect, expected) in [
        (RedirectMode::Manual, "opaque"),
        (RedirectMode::Error, "redirect-mode-error"),
        (RedirectMode::Follow, "allowed"),
    ] {
        let mut talk = Talk::new(CHROMIUM, "http://app.test");
        talk.browser.hsts.insert("api.test");
        let request = FetchRequest {
            redirect,
            ..FetchRequest::new("http://api.test/x")
        };
        assert_eq!(reason(&talk.ask(&request, &[])), expected);
        assert_eq!(talk.sent.is_empty(), redirect != RedirectMode::Follow);
    }
}

#[test]
fn a_host_is_learned_from_its_answer_over_https() {
    let mut talk = Talk::new(Engine::Firefox, "http://app.test");
    let sts = [("strict-transport-security", "max-age=60; includeSubDomains")];
    let secure = FetchRequest::new("https://api.test/x");
    talk.ask(&secure, &[("https://api.test/x", 200, &sts)]);
    talk.get("http://v1.api.test/y");
    talk.get("http://other.test/z");
    assert_eq!(
        talk.urls(),
        [
            "https://api.test/x",
            "https://v1.api.test/y",
            "http://other.test/z"
        ]
    );
}

#[test]
fn a_host_without_a_trusted_certificate_is_not_learned() {
    let mut talk = Talk::new(Engine::Firefox, "http://app.test");
    talk.certificate_error = true;
    let sts = [("strict-transport-security", "max-age=60")];
    let secure = FetchRequest::new("https://api.test/x");
    talk.ask(&secure, &[("https://api.test/x", 200, &sts)]);
    talk.get("http://api.test/y");
    assert_eq!(talk.urls(), ["https://api.test/x", "http://api.test/y"]);
}

#[test]
fn mixed_content_is_asked_about_before_hsts() {
    for engine in Engine::ALL {
        let mut talk = Talk::new(*engine, "https://app.test");
        talk.browser.hsts.insert("api.test");
        assert_eq!(reason(&talk.get("http://api.test/x")), "mixed-content");
    }
}
