//! Where a played scenario and a recorded one part.

use corscope::diagnose::ConsoleLine;
use corscope::engine::{Api, BlockReason, Engine, Finished, Rule, TraceStep, Verdict};
use corscope::session::Session;
use corscope::wire::{Header, latin1, latin1_bytes};
use serde_json::{Value, json};

use super::console;
use super::play::Played;
use super::scenario::{Outcome, Scenario, ScriptedReply, WireRequest};

/// What is compared.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum View {
    /// Resolved or not, type, status.
    Verdict,
    /// What script can read.
    Visible,
    /// Method, URL, body, Origin, Access-Control-Request-*, Cookie, Authorization of every request.
    Wire,
    /// All other header lines of every request.
    Lines,
    /// What the console says.
    Console,
    /// The reason that the browser names.
    Reason,
}

impl View {
    /// All views; only Chromium tells its reasons as data.
    pub fn of(browser: &str) -> &'static [Self] {
        const ALL: &[View] = &[
            View::Verdict,
            View::Visible,
            View::Wire,
            View::Lines,
            View::Console,
            View::Reason,
        ];
        if browser == "chromium" {
            ALL
        } else {
            &ALL[..5]
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::Verdict => "verdict",
            Self::Visible => "visible",
            Self::Wire => "wire",
            Self::Lines => "lines",
            Self::Console => "console",
            Self::Reason => "reason",
        }
    }
}

/// `None` where they agree, else both sides.
pub fn disagreement(
    browser: &str,
    view: View,
    scenario: &Scenario,
    outcome: &Outcome,
    played: Option<&Played>,
) -> Option<String> {
    let Some(played) = played else {
        return Some("not understood".to_owned());
    };
    let (ours, theirs) = match view {
        View::Verdict => results(
            browser,
            scenario,
            outcome,
            played,
            verdict,
            recorded_verdict,
        ),
        View::Visible => results(
            browser,
            scenario,
            outcome,
            played,
            visible,
            recorded_visible,
        ),
        View::Wire => wire(browser, outcome, played, |name| {
            is_deciding(name) && !(browser == "webkit" && name == "cookie")
        }),
        View::Lines => wire(browser, outcome, played, |name| {
            let by_gstreamer = browser == "webkit" && asks_for_media(scenario);
            let gstreamers = by_gstreamer && matches!(name, "accept-encoding" | "icy-metadata");
            !(is_deciding(name) || belongs_to_build_or_connection(name) || gstreamers)
        }),
        View::Console => console::lines(browser, scenario, outcome, played),
        View::Reason => (
            reasons(scenario, played),
            recorded_reasons(scenario, outcome),
        ),
    };
    (ours != theirs).then(|| format!("\n    ours   {ours}\n    theirs {theirs}"))
}

/// Whether what the scenario shows is the browser's own doing. WebKit was recorded on Linux, where its
/// network library follows status 309 and joins several `Location` lines; Safari has another one.
pub fn counts(browser: &str, scenario: &Scenario) -> bool {
    let locations = |reply: &ScriptedReply| {
        let names = reply.headers.iter().map(|(name, _)| name);
        names
            .filter(|name| name.eq_ignore_ascii_case("location"))
            .count()
    };
    let mut replies = scenario.server.iter().flat_map(|rule| &rule.replies);
    browser != "webkit"
        || !replies.any(|reply| {
            let locations = locations(reply);
            locations > 1 || locations == 1 && reply.status == 309
        })
}

/// On Linux WebKit leaves media to GStreamer, which sends some lines of its own.
fn asks_for_media(scenario: &Scenario) -> bool {
    let mut requests = scenario.requests.iter();
    requests.any(|request| matches!(request["api"].as_str(), Some("audio" | "video")))
}

/// The network library of WebKit on Linux takes header values for UTF-8, on the way out and in.
fn through_libsoup(browser: &str, value: &[u8], outgoing: bool) -> String {
    match (browser, outgoing) {
        ("webkit", true) => latin1(latin1(value).as_bytes()),
        ("webkit", false) => latin1(String::from_utf8_lossy(value).as_bytes()),
        _ => latin1(value),
    }
}

fn results(
    browser: &str,
    scenario: &Scenario,
    outcome: &Outcome,
    played: &Played,
    ours: fn(&Finished, &str, &str) -> Value,
    theirs: fn(&Value, &str) -> Value,
) -> (Value, Value) {
    let api = |index: usize| scenario.requests[index]["api"].as_str().unwrap_or_default();
    let ours = played
        .finished
        .iter()
        .enumerate()
        .map(|(index, finished)| ours(finished, api(index), browser))
        .collect();
    let theirs = outcome
        .results
        .iter()
        .enumerate()
        .map(|(index, result)| theirs(result, api(index)))
        .collect();
    (ours, theirs)
}

fn verdict(finished: &Finished, api: &str, browser: &str) -> Value {
    let element = finished
        .response
        .as_ref()
        .and_then(|response| response.element);
    match (&finished.response, api) {
        // A beacon says that it was queued, whatever comes of it, unless it is refused at once.
        (_, "beacon") => json!(!is_refused_at_once(finished, browser)),
        // The recorder waited for the body.
        (Some(response), "fetch") if response.body_error.is_some() => json!(false),
        (Some(response), "fetch") => json!([response.kind.as_str(), response.status]),
        (Some(response), "xhr") => json!([response.status]),
        _ => json!(element.is_some_and(|element| element.loaded)),
    }
}

/// Before anything is sent, and not for what only a fetch can find out.
fn is_refused_at_once(finished: &Finished, browser: &str) -> bool {
    let at_once = |reason| {
        matches!(
            reason,
            BlockReason::MixedContent
                | BlockReason::KeepaliveBodyTooLarge
                | BlockReason::RequestUrlCredentials
                | BlockReason::RequestUrlInvalid
                | BlockReason::SchemeNotHttp
        ) || reason == BlockReason::CspConnectSrc && browser == "firefox"
            || reason == BlockReason::BadPort && browser == "webkit"
    };
    finished.exchanges.is_empty()
        && matches!(&finished.verdict, Verdict::Blocked(block) if at_once(block.reason))
}

fn recorded_verdict(result: &Value, api: &str) -> Value {
    match (result["ok"] == true, api) {
        // Where it threw it returned nothing.
        (_, "beacon") => json!(result["returned"] == true),
        // That it opened decides, not whether a message came.
        (_, "eventsource") => json!(result["opened"] == true),
        (true, "fetch") => json!([result["type"], result["status"]]),
        (true, "xhr") => json!([result["status"]]),
        (ok, _) => json!(ok),
    }
}

fn visible(finished: &Finished, api: &str, browser: &str) -> Value {
    let Some(response) = &finished.response else {
        return json!(false);
    };
    if response.body_error.is_some() {
        return json!(false);
    }
    if let Some(element) = response.element {
        let told = matches!(api, "img" | "stylesheet") && element.loaded;
        return json!(told && element.readable);
    }
    let headers: Vec<_> = response
        .headers
        .iter()
        .map(|header| {
            let value = through_libsoup(browser, &header.value, false);
            json!([header.name, value])
        })
        .collect();
    let mut value = json!({
        "headers": headers,
        "body": response.text.clone().unwrap_or_else(|| as_text(&response.body)),
        "url": response.url,
        "statusText": latin1(&response.status_text),
    });
    if api == "fetch" {
        value["redirected"] = json!(response.redirected);
    }
    value
}

/// As `text()` of fetch() and `responseText` give a body of UTF-8: without a byte order mark.
fn as_text(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    text.strip_prefix('\u{feff}').unwrap_or(&text).to_owned()
}

fn recorded_visible(result: &Value, api: &str) -> Value {
    if !matches!(api, "fetch" | "xhr") {
        return json!(result["readable"] == true);
    }
    if result["ok"] != true {
        return json!(false);
    }
    let mut value = json!({
        "headers": result["headers"],
        "body": result["body"],
        "url": result["url"],
        "statusText": result["statusText"],
    });
    if api == "fetch" {
        value["redirected"] = result["redirected"].clone();
    }
    value
}

/// Whether the header decides, so that it is compared with the request line.
fn is_deciding(name: &str) -> bool {
    matches!(
        name,
        ":request"
            | "origin"
            | "access-control-request-method"
            | "access-control-request-headers"
            | "cookie"
            | "authorization"
    )
}

/// Build names and the connection's own headers cannot count.
fn belongs_to_build_or_connection(name: &str) -> bool {
    matches!(
        name,
        "host"
            | "connection"
            | "user-agent"
            | "sec-ch-ua"
            | "sec-ch-ua-platform"
            | "priority"
            | "transfer-encoding"
            | "sec-websocket-key"
    )
}

fn wire(
    browser: &str,
    outcome: &Outcome,
    played: &Played,
    counts: impl Fn(&str) -> bool,
) -> (Value, Value) {
    let ours = match &played.heard {
        Some(heard) => heard
            .iter()
            .map(|request| Sent::heard(request, browser))
            .collect(),
        None => played
            .exchanges()
            .map(|exchange| {
                let request = &exchange.request;
                let url = format!(
                    "{}://{}{}",
                    request.url.scheme(),
                    request.authority(),
                    request.target()
                );
                let lines = request.headers.iter();
                Sent {
                    line: format!("{} {url}", request.method),
                    body: String::from_utf8_lossy(&request.body).into_owned(),
                    lines: lines
                        // A server takes blanks behind a value for no part of it.
                        .map(|Header { name, value }| {
                            let value = value.trim_ascii_end();
                            (name.clone(), through_libsoup(browser, value, true))
                        })
                        .collect(),
                }
            })
            .collect(),
    };
    let theirs: Vec<Sent> = outcome.wire.iter().map(Sent::recorded).collect();
    let counted = |sent: Vec<Sent>| sent.iter().map(|sent| sent.counted(&counts)).collect();
    (counted(ours), counted(theirs))
}

/// A request as it left.
#[derive(PartialEq)]
struct Sent {
    line: String,
    body: String,
    lines: Vec<(String, String)>,
}

impl Sent {
    fn recorded(request: &WireRequest) -> Self {
        let WireRequest {
            method,
            host,
            path,
            headers,
            body,
            scheme,
        } = request;
        Self {
            line: format!("{method} {scheme}://{host}{path}"),
            body: body.clone().unwrap_or_default(),
            lines: headers.clone(),
        }
    }

    /// As a real server received it.
    fn heard(request: &WireRequest, browser: &str) -> Self {
        let mut sent = Self::recorded(request);
        for (_, value) in &mut sent.lines {
            *value = through_libsoup(browser, &latin1_bytes(value).unwrap(), true);
        }
        sent
    }

    /// The parts that are compared.
    fn counted(&self, counts: &impl Fn(&str) -> bool) -> Value {
        let multipart = self.body.starts_with("----");
        let mut counted: Vec<Value> = self
            .lines
            .iter()
            .map(|(name, value)| (name.to_ascii_lowercase(), value))
            .filter(|(name, _)| counts(name) && !(multipart && name == "content-length"))
            .map(|(name, value)| json!([name, without_boundary(value)]))
            .collect();
        counted.sort_by_key(|line| line[0].as_str().unwrap_or_default().to_owned());
        if counts(":request") {
            let body = if multipart {
                without_boundary(&self.body)
            } else {
                self.body.clone()
            };
            counted.insert(0, json!([self.line, body]));
        }
        Value::Array(counted)
    }
}

/// The random tail of a multipart boundary was cut off when recording.
fn without_boundary(text: &str) -> String {
    text.replace("corscope00000000", "")
}

/// The names of the issues that DevTools would show, sorted.
fn reasons(scenario: &Scenario, played: &Played) -> Value {
    let ends = played.sessions.iter().zip(&played.finished);
    let mut names: Vec<String> = ends
        .zip(played.consoles(Engine::Chromium))
        .flat_map(|((session, finished), lines)| issues(session, finished, lines))
        .collect();
    names.sort();
    if console::heard_twice(scenario) {
        names.dedup();
    }
    json!(names)
}

fn issues(session: &Session, finished: &Finished, lines: &[ConsoleLine]) -> Vec<String> {
    let denied = "LocalNetworkAccessPermissionDenied".to_owned();
    let permitted = |step: &TraceStep| {
        step.rule == Rule::LocalNetwork && step.params.contains(&("case", "granted".into()))
    };
    match &finished.verdict {
        // No issue where the console does not speak of CORS.
        Verdict::Blocked(_) if !tells_of_cors(lines) => Vec::new(),
        Verdict::Blocked(block) => match block.reason {
            BlockReason::LocalNetworkInsecureContext => {
                vec![denied, "InsecureLocalNetwork".to_owned()]
            }
            BlockReason::LocalNetworkPermissionDenied
            | BlockReason::LocalNetworkPermissionPrompt => vec![denied],
            reason => issue_name(reason.id()).into_iter().collect(),
        },
        // A request that was permitted and succeeded has the issue all the same (lna-0097).
        Verdict::Allowed | Verdict::Opaque if finished.trace.steps.iter().any(permitted) => {
            match session.request.api {
                Api::WebSocket => Vec::new(),
                _ => vec![denied],
            }
        }
        Verdict::Allowed | Verdict::Opaque | Verdict::Failed(_) => Vec::new(),
    }
}

/// Whether Chromium prints a line that comes with an issue.
fn tells_of_cors(lines: &[ConsoleLine]) -> bool {
    lines.iter().any(|line| {
        line.text.contains("blocked by CORS policy")
            || line.text.starts_with("Fetch API cannot load")
    })
}

/// Chromium's issues, sorted.
fn recorded_reasons(scenario: &Scenario, outcome: &Outcome) -> Value {
    let mut names: Vec<&str> = outcome
        .console
        .iter()
        .filter(|entry| entry["warning"] == false)
        .filter_map(|entry| entry["issue"].as_str())
        .collect();
    names.sort_unstable();
    if console::heard_twice(scenario) {
        names.dedup();
    }
    json!(names)
}

/// The name that DevTools gives to a reason.
fn issue_name(reason: &str) -> Option<String> {
    let (preflight, reason) = match reason.strip_prefix("preflight-") {
        Some(rest) if !matches!(rest, "status" | "redirect") => (true, rest),
        _ => (false, reason),
    };
    let name = match reason {
        "allow-origin-missing" => "MissingAllowOriginHeader",
        "allow-origin-mismatch" => "AllowOriginMismatch",
        "allow-origin-invalid" => "InvalidAllowOriginValue",
        "allow-origin-multiple" => "MultipleAllowOriginValues",
        "wildcard-with-credentials" => "WildcardOriginNotAllowed",
        "allow-credentials-not-true" => "InvalidAllowCredentials",
        "preflight-status" => "PreflightInvalidStatus",
        "preflight-redirect" => "PreflightDisallowedRedirect",
        "allow-methods-missing-method" | "allow-methods-wildcard-with-credentials" => {
            "MethodDisallowedByPreflightResponse"
        }
        "allow-headers-missing-header" | "allow-headers-wildcard-with-credentials" => {
            "HeaderDisallowedByPreflightResponse"
        }
        "allow-methods-invalid" => "InvalidAllowMethodsPreflightResponse",
        "allow-headers-invalid" => "InvalidAllowHeadersPreflightResponse",
        "redirect-credentials-in-url" => "RedirectContainsCredentials",
        "scheme-not-http" | "redirect-scheme-not-http" => "CorsDisabledScheme",
        "same-origin-mode" => "DisallowedByMode",
        "local-network-address-space-mismatch" => "InvalidLocalNetworkAccess",
        "no-cors-redirect-mode" => "NoCorsRedirectModeNotFollow",
        _ => return None,
    };
    Some(if preflight {
        format!("Preflight{name}")
    } else {
        name.to_owned()
    })
}
