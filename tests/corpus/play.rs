//! Plays a scenario: the engine asks, the scripted server answers, no socket between them.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::OnceLock;

use corscope::diagnose::{ConsoleLine, console};
use corscope::engine::{
    AddressSpace, Browser, Engine, Exchange, Finished, Location, Reach, Step, Subject, Timestamp,
    start,
};
use corscope::session::{Line, Session};
use corscope::wire::{
    Answer, Body, FailureKind, HeaderList, HttpRequest, NetworkFailure, Reply, latin1_bytes,
};
use serde_json::Value;
use url::{Host, Url};

use super::scenario::{Scenario, Script, ScriptedReply, WireRequest};

/// What came of a scenario.
pub struct Played {
    pub sessions: Vec<Session>,
    pub finished: Vec<Finished>,
    /// What a real server received, where there was one.
    pub heard: Option<Vec<WireRequest>>,
    consoles: OnceLock<Vec<Vec<ConsoleLine>>>,
}

impl Played {
    pub fn new(
        sessions: Vec<Session>,
        finished: Vec<Finished>,
        heard: Option<Vec<WireRequest>>,
    ) -> Self {
        Self {
            sessions,
            finished,
            heard,
            consoles: OnceLock::new(),
        }
    }

    /// What the console says to each request; `engine` is the one that played.
    pub fn consoles(&self, engine: Engine) -> &[Vec<ConsoleLine>] {
        self.consoles.get_or_init(|| {
            let ends = self.sessions.iter().zip(&self.finished);
            ends.map(|(session, finished)| console(engine, session, finished))
                .collect()
        })
    }

    /// Everything that reached a server, in order.
    pub fn exchanges(&self) -> impl Iterator<Item = &Exchange> {
        self.finished.iter().flat_map(|finished| &finished.exchanges).filter(|exchange| {
            let unreached = matches!(
                &exchange.answer,
                Err(failure) if matches!(failure.kind, FailureKind::Dns | FailureKind::Refused | FailureKind::Tls)
            );
            !exchange.from_cache && !unreached
        })
    }
}

/// Plays all requests of a scenario in one browser; `None` if one of them is of a kind that is not
/// understood, or an answer can only be read by the driver.
pub fn play(scenario: &Scenario, engine: Engine) -> Option<Played> {
    if scenario.needs_sockets() {
        return None;
    }
    let mut browser = Browser::fresh(engine);
    let mut now = Timestamp(1_800_000_000_000);
    let mut server = Server {
        script: Script::new(&scenario.server),
    };
    let mut finished = Vec::new();
    let mut sessions = Vec::new();
    for cookie in &scenario.cookies {
        let url = Url::parse(cookie["origin"].as_str()?).ok()?;
        let profile = browser.profile;
        browser
            .cookies
            .set_by_visit(&url, &latin1_bytes(cookie["set"].as_str()?)?, &profile, now);
    }
    for request in &scenario.requests {
        let line = Line::from_value(with_page(request, scenario)).ok()?;
        now = Timestamp(now.0 + line.wait_ms);
        browser.local_network = line.permission.unwrap_or_default();
        sessions.push(Session {
            page: line.page.clone(),
            request: line.request.clone(),
            browser: browser.clone(),
            started: now,
            locations: Vec::new(),
            exchanges: Vec::new(),
        });
        let mut step = start(&line.request, &line.page, &mut browser, now);
        let mut locations = Vec::new();
        let done = loop {
            match step {
                Step::Done(done) => break *done,
                Step::Locate(locating) => {
                    let location = locate(locating.subject());
                    locations.push((locating.subject().clone(), location));
                    step = locating.located(location, &mut browser, now);
                }
                Step::Send(pending) => {
                    now = Timestamp(now.0 + 1);
                    let answer = server.answer(pending.request());
                    step = pending.answer(&answer, &mut browser, now);
                }
            }
        };
        if let Some(session) = sessions.last_mut() {
            session.locations = locations;
            session.exchanges.clone_from(&done.exchanges);
        }
        finished.push(done);
    }
    Some(Played::new(sessions, finished, None))
}

/// A request of a scenario as a line.
pub fn with_page(request: &Value, scenario: &Scenario) -> Value {
    let mut value = request.clone();
    // In some scenarios several pages ask in turn.
    value["page"] = page(request.get("page").unwrap_or(&scenario.page));
    if let Some(permission) = &scenario.permission {
        value["permission"] = Value::String(permission.clone());
    }
    value
}

/// Where hosts led when the corpus was recorded; nothing listened on port 8099.
fn locate(subject: &Subject) -> Location {
    let (Subject::Page(url) | Subject::Target(url) | Subject::Listener(url)) = subject;
    let host = url.host_str().unwrap_or_default();
    let literal = match url.host() {
        Some(Host::Ipv4(address)) => Some(IpAddr::from(address)),
        Some(Host::Ipv6(address)) => Some(IpAddr::from(address)),
        _ => None,
    };
    let space = match host {
        "www.public.example" | "cdn.public.example" => AddressSpace::Public,
        "intra.corp.test" | "nas.corp.test" | "nas.local" | "printer.local" => AddressSpace::Local,
        _ => literal.map_or(AddressSpace::Loopback, AddressSpace::of),
    };
    let reach = if url.port() == Some(8099) || host.ends_with(".invalid") {
        Reach::Nobody
    } else if url.scheme() == "https" && is_plain_port(url) {
        Reach::Tcp
    } else {
        Reach::Tls
    };
    let ip = literal.unwrap_or_else(|| match space {
        AddressSpace::Public => [203, 0, 113, 1].into(),
        AddressSpace::Local => [192, 168, 77, 5].into(),
        AddressSpace::Loopback => Ipv4Addr::LOCALHOST.into(),
    });
    Location {
        space,
        reach,
        address: Some((ip, url.port_or_known_default().unwrap_or_default()).into()),
    }
}

/// The servers behind these ports spoke no TLS.
fn is_plain_port(url: &Url) -> bool {
    matches!(url.port(), Some(80 | 8080 | 8081))
}

/// The pages of the corpus were documents at `/__page`, the sandboxed ones frames at `/__frame`.
fn page(recorded: &Value) -> Value {
    let mut page = recorded.clone();
    let name = if page["sandbox"] == true {
        "frame"
    } else {
        "page"
    };
    let origin = if page.is_string() {
        &mut page
    } else {
        &mut page["origin"]
    };
    *origin = Value::String(format!("{}/__{name}", origin.as_str().unwrap_or_default()));
    page
}

/// The scripted server.
struct Server {
    script: Script,
}

impl Server {
    fn answer(&mut self, request: &HttpRequest) -> Answer {
        let host = request.url.host_str().unwrap_or_default();
        if host.ends_with(".invalid") {
            return Err(NetworkFailure::new(FailureKind::Dns, "no such host"));
        }
        if request.url.port() == Some(8099) {
            return Err(NetworkFailure::new(FailureKind::Refused, "nothing listens"));
        }
        // The servers on the other ports do not speak TLS, and closed.
        if request.url.scheme() == "https" && is_plain_port(&request.url) {
            return Err(NetworkFailure::new(
                FailureKind::Tls,
                "the server closed the connection in the TLS handshake",
            ));
        }
        let key = request.headers.get_text("sec-websocket-key");
        let reply = self.script.reply(
            request.url.scheme(),
            &request.authority(),
            &request.target(),
            &request.method,
            key.as_deref(),
        );
        if reply.close {
            return Err(NetworkFailure::unanswered(
                FailureKind::EmptyResponse,
                "closed without an answer",
            ));
        }
        Ok(Reply {
            // The browsers were told to take the certificate of the recorder.
            certificate_error: request.url.scheme() == "https",
            ..received(&reply, &request.method)
        })
    }
}

/// The reply as it arrives: the server adds `Content-Length`, HEAD gets no body.
fn received(reply: &ScriptedReply, method: &str) -> Reply {
    let body = reply.body();
    let mut headers: HeaderList = reply
        .headers
        .iter()
        .map(|(name, value)| (name.as_str(), unfold(&latin1_bytes(value).unwrap())))
        .collect();
    if !matches!(reply.status, 204 | 304) {
        headers.append("Content-Length", body.len().to_string());
    }
    if reply.status != 101 {
        headers.append("Connection", "close");
    }
    Reply {
        status: reply.status,
        reason: latin1_bytes(&reply.reason).unwrap(),
        headers,
        body: Body::plain(if method == "HEAD" { Vec::new() } else { body }),
        ..Reply::default()
    }
}

/// A folded line becomes one line, as the driver's parser makes it.
fn unfold(value: &[u8]) -> Vec<u8> {
    let is_blank = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\r');
    let mut lines = value.split(|&byte| byte == b'\n');
    let mut whole = lines.next().unwrap_or_default().to_vec();
    for line in lines {
        whole.truncate(whole.len() - usize::from(whole.ends_with(b"\r")));
        let start = line.iter().position(|byte| !is_blank(byte));
        whole.push(b' ');
        whole.extend_from_slice(&line[start.unwrap_or(line.len())..]);
    }
    let in_one_line = |byte: &u8| if *byte == b'\r' { b' ' } else { *byte };
    whole.iter().map(in_one_line).collect()
}
