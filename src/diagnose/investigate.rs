//! Harmless follow-up requests that tell causes apart: which to send, and what their answers mean.
//!
//! Nothing is sent here. A plan holds OPTIONS, HEAD and GET only, without a body, to the host that was
//! asked, never more than [`MOST_PROBES`]. Cookies and logins go along only where the request that is
//! repeated had them and the answer would mean nothing without.

use url::Url;

use super::causes::{RankedCause, judged, open_causes, rank};
use super::shown;
use crate::assets::{ProbeId, probe_words};
use crate::engine::{ExchangeKind, Finished, is_forbidden_request_header, normalize_method};
use crate::session::Session;
use crate::wire::{Answer, HeaderList, HttpRequest};

/// Follow-up requests of one investigation at most.
pub const MOST_PROBES: usize = 10;

/// The origin for which the same is asked. The name is reserved: nobody has it.
const OTHER_ORIGIN: &str = "https://corscope.invalid";

/// A follow-up request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Probe {
    /// Which one.
    pub id: ProbeId,
    /// What goes out.
    pub request: HttpRequest,
    /// What it tells.
    pub why: &'static str,
}

/// A follow-up request and its answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Probed {
    /// The request.
    pub probe: Probe,
    /// What came back.
    pub answer: Answer,
    /// What it shows, in plain English; nothing in it can move a cursor.
    pub shows: String,
}

/// What an investigation came to.
#[derive(Clone, Debug, PartialEq)]
pub struct Investigation {
    /// What was sent, in order, and what each showed.
    pub probed: Vec<Probed>,
    /// The causes, ranked anew.
    pub causes: Vec<RankedCause>,
}

/// The follow-up requests that would tell the causes of a finished fetch apart, the most telling first.
/// Empty where there is nothing to ask.
pub fn plan(session: &Session, finished: &Finished) -> Vec<Probe> {
    let Some(base) = Base::of(session, finished) else {
        return Vec::new();
    };
    let mut probes: Vec<Probe> = Vec::new();
    for id in open_causes(session, finished)
        .into_iter()
        .flat_map(|cause| cause.probes())
    {
        if probes.iter().any(|probe| probe.id == id) {
            continue;
        }
        let Some(request) = base.request(id) else {
            continue;
        };
        let probe = Probe {
            id,
            request,
            why: &probe_words(id).why,
        };
        // Machines that take turns are met on the second or the third try.
        let times = if id == ProbeId::Again { 2 } else { 1 };
        probes.extend(std::iter::repeat_n(probe, times));
    }
    probes.truncate(MOST_PROBES);
    probes
}

/// What the answers mean: each for itself, and for the ranking of the causes. Answers are taken in the
/// order of the plan.
pub fn conclude(
    session: &Session,
    finished: &Finished,
    plan: Vec<Probe>,
    answers: Vec<Answer>,
) -> Investigation {
    let judged = judged(finished).map(|(_, exchange)| &exchange.answer);
    let probed: Vec<_> = plan
        .into_iter()
        .zip(answers)
        .map(|(probe, answer)| Probed {
            shows: shows(probe.id, judged, &answer),
            probe,
            answer,
        })
        .collect();
    Investigation {
        causes: rank(session, finished, &probed),
        probed,
    }
}

fn shows(id: ProbeId, judged: Option<&Answer>, answer: &Answer) -> String {
    let seen = match answer {
        Ok(reply) => {
            let allowed = reply.headers.get_text("access-control-allow-origin");
            let allowed = allowed.map_or_else(
                || "no Access-Control-Allow-Origin".to_owned(),
                |value| format!("Access-Control-Allow-Origin: {}", shown(&value)),
            );
            format!("Status {}, {allowed}.", reply.status)
        }
        Err(failure) => return format!("No answer: {}.", shown(&failure.detail)),
    };
    let words = probe_words(id);
    let meaning = match judged {
        Some(judged) if differs(judged, answer) => &words.differs,
        Some(_) => &words.same,
        None => return seen,
    };
    format!("{seen} {meaning}")
}

/// Whether two answers differ in what CORS looks at: the status, and who is allowed.
pub(super) fn differs(one: &Answer, other: &Answer) -> bool {
    let seen = |answer: &Answer| {
        let reply = answer.as_ref().ok()?;
        let lines = |name: &str| reply.headers.get_text(name);
        let allowed = lines("access-control-allow-origin");
        Some((reply.status, allowed, lines("location")))
    };
    seen(one) != seen(other)
}

/// The request that is varied: the last one to the host that was asked whose answer was judged or came
/// before that.
struct Base<'a> {
    session: &'a Session,
    request: HttpRequest,
    is_preflight: bool,
}

impl<'a> Base<'a> {
    fn of(session: &'a Session, finished: &Finished) -> Option<Self> {
        let asked = session.page.url.join(&session.request.url).ok()?;
        if !matches!(asked.scheme(), "http" | "https") {
            return None;
        }
        let last = judged(finished).map_or(0, |(index, _)| index + 1);
        let exchange = finished.exchanges[..last]
            .iter()
            .rfind(|exchange| exchange.request.url.host() == asked.host());
        let (request, is_preflight) = match exchange {
            Some(exchange) => (
                HttpRequest {
                    body: Vec::new(),
                    ..exchange.request.clone()
                },
                exchange.kind == ExchangeKind::Preflight,
            ),
            None => (unsent(session, asked), false),
        };
        Some(Self {
            session,
            request,
            is_preflight,
        })
    }

    /// The follow-up request; `None` where it would not differ or makes no sense here.
    fn request(&self, id: ProbeId) -> Option<HttpRequest> {
        let mut request = match id {
            ProbeId::Again if !self.is_harmless() => return None,
            ProbeId::Get => self.get()?,
            ProbeId::Options => self.options()?,
            ProbeId::BarePreflight | ProbeId::SpacedPreflight if !self.is_preflight => return None,
            // Past the caches there is only what a GET brings there.
            _ if self.is_harmless() => self.request.clone(),
            _ => self.get()?,
        };
        match id {
            ProbeId::Again | ProbeId::Get | ProbeId::Options => {}
            ProbeId::WithoutOrigin => request.headers.delete("origin"),
            ProbeId::OtherOrigin => request.headers.set("Origin", OTHER_ORIGIN),
            ProbeId::BarePreflight => {
                request.headers.get("access-control-request-headers")?;
                request.headers.delete("access-control-request-headers");
            }
            ProbeId::SpacedPreflight => {
                let names = request.headers.get_text("access-control-request-headers")?;
                let spaced = names.contains(',').then(|| names.replace(',', ", "))?;
                request
                    .headers
                    .set("Access-Control-Request-Headers", spaced);
            }
            ProbeId::Https => {
                // Another port is another server; which one has https there, nobody knows.
                let plain = request.url.scheme() == "http" && request.url.port().is_none();
                let changed = plain && request.url.set_scheme("https").is_ok();
                changed.then_some(())?;
            }
            ProbeId::OtherSlash => {
                let path = match request.url.path() {
                    "/" => return None,
                    path => match path.strip_suffix('/') {
                        Some(path) => path.to_owned(),
                        None => format!("{path}/"),
                    },
                };
                request.url.set_path(&path);
            }
            ProbeId::Root => {
                let home = request.url.join("/").ok()?;
                if home == request.url {
                    return None;
                }
                request.url = home;
            }
            ProbeId::Fresh => {
                let started = self.session.started.0.to_string();
                request
                    .url
                    .query_pairs_mut()
                    .append_pair("corscope-fresh", &started);
                request.headers.set("Cache-Control", "no-cache");
                for name in ["if-none-match", "if-modified-since"] {
                    request.headers.delete(name);
                }
            }
        }
        if !needs_credentials(id) {
            request.headers.delete("cookie");
            request.headers.delete("authorization");
        }
        Some(request)
    }

    /// Whether the request may be repeated as it is.
    fn is_harmless(&self) -> bool {
        matches!(self.request.method.as_str(), "OPTIONS" | "GET" | "HEAD")
            && !self
                .request
                .headers
                .iter()
                .any(|header| is_override(&header.name))
    }

    fn get(&self) -> Option<HttpRequest> {
        let method = normalize_method(&self.session.request.method);
        if !self.is_preflight
            && matches!(self.request.method.as_str(), "GET" | "HEAD")
            && self.is_harmless()
        {
            return None;
        }
        let mut request = self.request.clone();
        "GET".clone_into(&mut request.method);
        // What the page wanted to send goes along: without its token the answer would be another.
        if self.is_preflight {
            for (name, value) in &self.session.request.headers {
                if !is_forbidden_request_header(name, value.as_bytes()) {
                    request.headers.set(name, crate::wire::latin1_bytes(value)?);
                }
            }
        }
        let of_body = |name: &str| name.to_ascii_lowercase().starts_with("content-");
        let unwanted: Vec<_> = request
            .headers
            .iter()
            .map(|header| header.name.clone())
            .filter(|name| {
                name.to_ascii_lowercase()
                    .starts_with("access-control-request-")
                    || is_override(name)
                    || (of_body(name) && method != "GET")
            })
            .collect();
        for name in unwanted {
            request.headers.delete(&name);
        }
        Some(request)
    }

    fn options(&self) -> Option<HttpRequest> {
        if self.is_preflight {
            return None;
        }
        let mut headers: HeaderList = self
            .request
            .headers
            .iter()
            .filter(|header| {
                ["accept", "origin", "referer", "user-agent"]
                    .iter()
                    .any(|kept| header.is(kept))
            })
            .map(|header| (header.name.as_str(), header.value.as_slice()))
            .collect();
        headers.append(
            "Access-Control-Request-Method",
            self.request.method.as_bytes(),
        );
        Some(HttpRequest {
            method: "OPTIONS".to_owned(),
            headers,
            ..self.request.clone()
        })
    }
}

/// A GET for what was blocked before anything was sent.
fn unsent(session: &Session, mut url: Url) -> HttpRequest {
    url.set_fragment(None);
    let origin = session.page.origin.to_string();
    HttpRequest {
        method: "GET".to_owned(),
        url,
        headers: HeaderList::from_iter([("Accept", "*/*"), ("Origin", origin.as_str())]),
        body: Vec::new(),
    }
}

/// Whether the answer would mean nothing without the login that the repeated request had.
fn needs_credentials(id: ProbeId) -> bool {
    matches!(
        id,
        ProbeId::Again | ProbeId::Get | ProbeId::WithoutOrigin | ProbeId::Fresh
    )
}

/// Headers by which some servers take a GET for another method.
fn is_override(name: &str) -> bool {
    [
        "x-http-method-override",
        "x-http-method",
        "x-method-override",
    ]
    .iter()
    .any(|known| name.eq_ignore_ascii_case(known))
}

#[cfg(test)]
mod tests;
