//! Whether a sign shows in a case, and where.

use std::cell::OnceCell;

use url::{Host, Url};

use super::judged;
use super::misses::{origin_fault, redirect_kind};
use crate::assets::{Condition, Place, PlaceKind, ProbeId, Sign};
use crate::diagnose::investigate::{Probed, differs};
use crate::diagnose::shown;
use crate::engine::{
    Exchange, ExchangeKind, Finished, Provenance, Rule, TraceStep, Verdict, is_redirect_status,
    normalize_method,
};
use crate::session::Session;
use crate::wire::{Answer, HeaderList, HttpRequest, Origin, Reply, latin1};

/// Characters of a value that are shown as evidence.
const LONGEST_VALUE: usize = 80;

/// The names of the CORS response headers.
const CORS_HEADERS: &[&str] = &[
    "access-control-allow-origin",
    "access-control-allow-credentials",
    "access-control-allow-methods",
    "access-control-allow-headers",
    "access-control-expose-headers",
    "access-control-max-age",
];

/// So many letters may be wrong, missing or too many in a misspelt name.
const SLIPS: usize = 2;

/// Headers by which caches say that an answer is theirs, and what they say.
const CACHE_MARKS: &[(&str, &str)] = &[
    ("X-Cache", "hit"),
    ("CF-Cache-Status", "hit"),
    ("X-Cache-Status", "hit"),
    ("X-Proxy-Cache", "hit"),
    ("X-Vercel-Cache", "hit"),
    ("Cache-Status", "hit"),
];

/// A sign that showed.
pub(super) struct Hit {
    /// Which words of `assets/evidence.toml` fit.
    pub(super) key: &'static str,
    pub(super) header: Option<String>,
    pub(super) value: Option<String>,
    pub(super) exchange: Option<usize>,
    pub(super) probe: Option<ProbeId>,
    pub(super) kind: Option<ExchangeKind>,
    /// Whether it was seen on another answer than the judged one.
    pub(super) beside: bool,
    /// Whether it was seen on an answer that no browser would have asked for.
    pub(super) behind: bool,
}

/// What a condition found, before it is said where.
struct Found {
    key: &'static str,
    header: Option<String>,
    value: Option<String>,
}

impl Found {
    fn of(key: &'static str, value: impl AsRef<str>) -> Self {
        Self {
            key,
            header: None,
            value: Some(clipped(value.as_ref())),
        }
    }

    fn bare(key: &'static str) -> Self {
        Self {
            key,
            header: None,
            value: None,
        }
    }

    fn header(key: &'static str, name: &str, value: &str) -> Self {
        Self {
            header: Some(shown(name)),
            ..Self::of(key, value)
        }
    }
}

/// A request and its answer, wherever they come from.
#[derive(Clone, Copy)]
struct View<'a> {
    request: &'a HttpRequest,
    answer: &'a Answer,
    exchange: Option<usize>,
    probe: Option<ProbeId>,
    kind: Option<ExchangeKind>,
    from_cache: bool,
    beside: bool,
    behind: bool,
}

impl<'a> View<'a> {
    fn of(index: usize, exchange: &'a Exchange) -> Self {
        Self {
            request: &exchange.request,
            answer: &exchange.answer,
            exchange: Some(index),
            probe: None,
            kind: Some(exchange.kind),
            from_cache: exchange.from_cache,
            beside: false,
            behind: exchange.provenance == Provenance::LookBehind,
        }
    }

    fn of_probe(probed: &'a Probed) -> Self {
        Self {
            request: &probed.probe.request,
            answer: &probed.answer,
            exchange: None,
            probe: Some(probed.probe.id),
            kind: None,
            from_cache: false,
            beside: false,
            behind: false,
        }
    }

    fn reply(self) -> Option<&'a Reply> {
        self.answer.as_ref().ok()
    }
}

/// A case with the answers to its follow-up requests.
pub(super) struct Scene<'a> {
    session: &'a Session,
    finished: &'a Finished,
    probed: &'a [Probed],
    asked: OnceCell<Option<Url>>,
}

impl<'a> Scene<'a> {
    pub(super) fn new(session: &'a Session, finished: &'a Finished, probed: &'a [Probed]) -> Self {
        Self {
            asked: OnceCell::new(),
            session,
            finished,
            probed,
        }
    }

    /// The URL that was asked for.
    fn asked(&self) -> Option<&Url> {
        let Session { page, request, .. } = self.session;
        let asked = self.asked.get_or_init(|| page.url.join(&request.url).ok());
        asked.as_ref()
    }

    /// Its path. Nothing changes that before the first request.
    fn asked_path(&self) -> Option<&str> {
        let first = self.finished.exchanges.first();
        let url = first.map_or_else(|| self.asked(), |first| Some(&first.request.url));
        url.map(Url::path)
    }

    /// Whether and where a sign shows.
    pub(super) fn hit(&self, sign: &Sign) -> Option<Hit> {
        let views = self.views(sign);
        if views.is_empty() {
            // Some conditions need no exchange; of a follow-up there has to be an answer.
            let found = match sign.probe {
                None => self.without_exchange(&sign.when),
                Some(_) => None,
            }?;
            return Some(hit(found, None));
        }
        views.into_iter().find_map(|view| {
            let found = self.found(&sign.when, view)?;
            Some(hit(found, Some(view)))
        })
    }

    fn views(&self, sign: &Sign) -> Vec<View<'a>> {
        if let Some(id) = sign.probe {
            let of_probe = self.probed.iter().filter(|probed| probed.probe.id == id);
            return of_probe.map(View::of_probe).collect();
        }
        let exchanges = || self.finished.exchanges.iter().enumerate();
        let last_of = |kind| exchanges().rfind(move |(_, exchange)| exchange.kind == kind);
        let one = match sign.of {
            Place::Judged => judged(self.finished),
            Place::Preflight => last_of(ExchangeKind::Preflight),
            Place::Actual => last_of(ExchangeKind::Actual),
            Place::Any => return exchanges().map(|(at, one)| View::of(at, one)).collect(),
            Place::Beside => return self.beside(),
        };
        one.map(|(at, one)| View::of(at, one)).into_iter().collect()
    }

    /// What the server of the judged answer said at other times. One that was sent behind a block is numbered after
    /// the browser's own.
    fn beside(&self) -> Vec<View<'a>> {
        let Some((judged, exchange)) = judged(self.finished) else {
            return Vec::new();
        };
        let server = Origin::of(&exchange.request.url);
        let own = &self.finished.exchanges;
        let behind = self.session.exchanges.iter().filter(|exchange| {
            exchange.provenance == Provenance::LookBehind && !own.contains(exchange)
        });
        let others = own.iter().chain(behind).enumerate();
        let others = others.filter(|(index, other)| {
            *index != judged && Origin::of(&other.request.url).same_origin(&server)
        });
        let view = |(index, other)| View {
            beside: true,
            ..View::of(index, other)
        };
        others.map(view).collect()
    }

    fn found(&self, condition: &Condition, view: View) -> Option<Found> {
        if let Condition::AnyOf(conditions) = condition {
            return conditions.iter().find_map(|one| self.found(one, view));
        }
        let unanswered = view.answer.is_err();
        match condition {
            Condition::NoAnswer(wanted) => {
                return (unanswered == *wanted).then(|| Found::bare("no-answer"));
            }
            Condition::RequestHeader { name, contains } => {
                return header(&view.request.headers, name, contains)
                    .map(|(name, value)| Found::header("request-header", &name, &value));
            }
            Condition::Differs(wanted) => {
                let (_, judged) = judged(self.finished)?;
                let differs = differs(&judged.answer, view.answer);
                return (differs == *wanted)
                    .then(|| Found::bare(if differs { "differs" } else { "same" }));
            }
            _ => {}
        }
        match view.reply() {
            Some(reply) => self
                .in_reply(condition, view, reply)
                .or_else(|| self.without_exchange(condition)),
            None => self.without_exchange(condition),
        }
    }

    /// Conditions over an answer.
    fn in_reply(&self, condition: &Condition, view: View, reply: &Reply) -> Option<Found> {
        let headers = &reply.headers;
        let allowed = || headers.get_text("access-control-allow-origin");
        match condition {
            Condition::Status(sets) => sets
                .iter()
                .any(|set| set.contains(reply.status))
                .then(|| Found::of("status", reply.status.to_string())),
            Condition::Header { name, contains } => header(headers, name, contains)
                .map(|(name, value)| Found::header("header", &name, &value)),
            Condition::NoHeader { name, contains } => {
                header(headers, name, contains).is_none().then(|| Found {
                    header: Some(name.clone()),
                    ..Found::bare("no-header")
                })
            }
            Condition::Body(texts) => {
                let head = reply.body.readable();
                let body = latin1(&head[..head.len().min(64 * 1024)]).to_ascii_lowercase();
                let text = texts
                    .iter()
                    .find(|text| body.contains(&text.to_ascii_lowercase()))?;
                Some(Found::of("body", text))
            }
            Condition::Redirect(kinds) => {
                let location = headers.get_text("location")?;
                let target = view.request.url.join(&location).ok()?;
                let kind = redirect_kind(&view.request.url, &target);
                let redirects = is_redirect_status(reply.status);
                let key = kinds
                    .contains(&kind)
                    .then(|| super::misses::redirect_words(kind))?;
                redirects.then(|| Found::header(key, "Location", &location))
            }
            Condition::AllowOrigin(faults) => {
                let sent = view.request.headers.get_text("origin").unwrap_or_default();
                let fault = origin_fault(headers, &sent)?;
                // Where the page went out as null and is allowed by its name, the name is right.
                let page = self.session.page.url.origin().ascii_serialization();
                if sent == "null" && allowed()? == page {
                    return None;
                }
                let key = faults
                    .contains(&fault)
                    .then(|| super::misses::fault_words(fault))?;
                Some(Found::header(
                    key,
                    "Access-Control-Allow-Origin",
                    &allowed()?,
                ))
            }
            Condition::CorsHeaders(wanted) => {
                let any = header(headers, "access-control-allow-*", &[]);
                (any.is_some() == *wanted).then(|| match any {
                    Some((name, value)) => Found::header("header", &name, &value),
                    None => Found::bare("no-cors-headers"),
                })
            }
            Condition::AllowsPage(wanted) => {
                let names = self.allows_page(view.request, headers);
                (names == *wanted).then(|| {
                    Found::bare(if names {
                        "allows-page"
                    } else {
                        "not-allows-page"
                    })
                })
            }
            Condition::Misspelt(true) => headers
                .iter()
                .find(|header| is_misspelt(&header.name))
                .map(|header| Found::header("misspelt", &header.name, &latin1(&header.value))),
            Condition::SharedCache(wanted) => {
                let mark = cache_mark(headers);
                (mark.is_some() == *wanted).then(|| match mark {
                    Some((name, value)) => Found::header("header", name, &value),
                    None => Found::bare("not-cached"),
                })
            }
            Condition::Hidden(names) => {
                let steps = self.finished.trace.steps.iter();
                let mut hidden = steps
                    .filter(|step| step.rule == Rule::ExposeHeaders)
                    .flat_map(|step| &step.params)
                    .filter(|(name, _)| *name == "item")
                    .flat_map(|(_, listed)| listed.split(", "));
                let wanted = |hidden: &&str| names.iter().any(|name| is_name(hidden, name));
                let hidden = hidden.find(wanted)?;
                let line = headers.iter().find(|header| header.is(hidden))?;
                Some(Found::header("hidden", &line.name, &latin1(&line.value)))
            }
            Condition::BrowserCache(wanted) => {
                (view.from_cache == *wanted).then(|| Found::bare("browser-cache"))
            }
            _ => None,
        }
    }

    fn allows_page(&self, request: &HttpRequest, headers: &HeaderList) -> bool {
        use crate::engine::Credentials;
        let Some(allowed) = headers.get_text("access-control-allow-origin") else {
            return false;
        };
        let open = self.session.request.credentials != Credentials::Include && allowed == "*";
        let sent = request.headers.get_text("origin");
        let page = sent.unwrap_or_else(|| self.session.page.origin.to_string());
        open || allowed == page
    }

    /// Conditions over what was asked and how it ended.
    fn without_exchange(&self, condition: &Condition) -> Option<Found> {
        let request = &self.session.request;
        let block = self.finished.verdict.block();
        match condition {
            Condition::Reason(ids) => {
                let id = match &self.finished.verdict {
                    Verdict::Blocked(block) => block.reason.id(),
                    Verdict::Failed(failure) => failure.kind.id(),
                    _ => return None,
                };
                one_of(ids, id).map(|id| Found::of("reason", id))
            }
            Condition::Phase(phases) => {
                one_of(phases, block?.phase.as_str()).map(|phase| Found::of("phase", phase))
            }
            Condition::Page(kinds) => {
                let (url, origin) = (&self.session.page.url, &self.session.page.origin);
                let fits = kinds.iter().any(|kind| is_kind(*kind, url, origin));
                fits.then(|| Found::of("page", origin.to_string()))
            }
            Condition::Target(kinds) => {
                let url = self.asked()?;
                let origin = Origin::of(url);
                let fits = kinds.iter().any(|kind| is_kind(*kind, url, &origin));
                fits.then(|| Found::of("target", origin.to_string()))
            }
            Condition::Port(ports) => {
                let port = self.asked()?.port_or_known_default()?;
                ports
                    .contains(&port)
                    .then(|| Found::of("port", port.to_string()))
            }
            Condition::Path(texts) => {
                let path = self.asked_path()?.to_ascii_lowercase();
                let text = texts.iter().find(|text| path.contains(text.as_str()))?;
                Some(Found::of("path", text))
            }
            Condition::ScriptHeader(names) => {
                let mut set = request.headers.iter().map(|(name, _)| name);
                let name = set.find(|set| names.iter().any(|name| is_name(set, name)))?;
                Some(Found::of("script-header", name))
            }
            Condition::Mode(modes) => {
                one_of(modes, request.mode.as_str()).map(|mode| Found::of("mode", mode))
            }
            Condition::Credentials(modes) => one_of(modes, request.credentials.as_str())
                .map(|mode| Found::of("credentials", mode)),
            Condition::Api(names) => {
                one_of(names, request.api.as_str()).map(|name| Found::of("api", name))
            }
            Condition::Item(names) => {
                let item = block?.item.as_ref()?;
                let fits = names.iter().any(|name| is_name(item, name));
                fits.then(|| Found::of("item", item))
            }
            Condition::LowerCaseMethod(wanted) => {
                let sent = normalize_method(&request.method);
                let lower = sent.bytes().any(|byte| byte.is_ascii_lowercase());
                (lower == *wanted).then(|| Found::of("method", sent))
            }
            Condition::Trace(rules) => {
                let rules: Vec<_> = rules
                    .iter()
                    .map(|rule| match rule.split_once('.') {
                        Some((rule, case)) => (rule, Some(case)),
                        None => (rule.as_str(), None),
                    })
                    .collect();
                let fits = |step: &&TraceStep| {
                    let id = step.rule.id();
                    let case = || step.params.iter().find(|(name, _)| *name == "case");
                    rules.iter().any(|(rule, wanted)| {
                        *rule == id
                            && wanted
                                .is_none_or(|wanted| case().is_some_and(|(_, case)| case == wanted))
                    })
                };
                let step = self.finished.trace.steps.iter().find(fits)?;
                Some(Found::of("trace", super::super::title(step)))
            }
            Condition::NoAnswer(true) => matches!(self.finished.verdict, Verdict::Failed(_))
                .then(|| Found::bare("no-answer")),
            Condition::AnyOf(conditions) => {
                conditions.iter().find_map(|one| self.without_exchange(one))
            }
            _ => None,
        }
    }
}

fn hit(found: Found, view: Option<View>) -> Hit {
    Hit {
        key: found.key,
        header: found.header,
        value: found.value,
        exchange: view.and_then(|view| view.exchange),
        probe: view.and_then(|view| view.probe),
        kind: view.and_then(|view| view.kind),
        beside: view.is_some_and(|view| view.beside),
        behind: view.is_some_and(|view| view.behind),
    }
}

/// The first header of that name whose value contains one of the texts: its name as the pattern or
/// the server writes it, and the value.
fn header(headers: &HeaderList, pattern: &str, contains: &[String]) -> Option<(String, String)> {
    headers.iter().find_map(|header| {
        if !is_name(&header.name, pattern) {
            return None;
        }
        let value = latin1(&header.value);
        let folded = value.to_ascii_lowercase();
        let fits = |text: &String| folded.contains(&text.to_ascii_lowercase());
        if !contains.is_empty() && !contains.iter().any(fits) {
            return None;
        }
        let name = match pattern.ends_with('*') {
            true => header.name.clone(),
            false => pattern.to_owned(),
        };
        Some((name, value))
    })
}

/// Whether `name` is `pattern`, which may end in `*`.
fn is_name(name: &str, pattern: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(prefix) => name
            .get(..prefix.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(prefix)),
        None => name.eq_ignore_ascii_case(pattern),
    }
}

fn one_of<'a>(names: &[String], name: &'a str) -> Option<&'a str> {
    names.iter().any(|wanted| wanted == name).then_some(name)
}

/// What a cache on the way says of an answer that is its own.
fn cache_mark(headers: &HeaderList) -> Option<(&'static str, String)> {
    let age = headers
        .get_text("age")
        .filter(|age| age.trim().parse::<u64>().is_ok_and(|seconds| seconds > 0));
    age.map(|age| ("Age", age)).or_else(|| {
        CACHE_MARKS.iter().find_map(|(name, text)| {
            let value = headers.get_text(name)?;
            value
                .to_ascii_lowercase()
                .contains(text)
                .then_some((*name, value))
        })
    })
}

/// Whether a name was meant to be that of a CORS header and is not.
fn is_misspelt(name: &str) -> bool {
    if CORS_HEADERS
        .iter()
        .any(|right| right.eq_ignore_ascii_case(name))
    {
        return false;
    }
    // Most names are too long or too short, and to compare letters takes long.
    let mut near = CORS_HEADERS
        .iter()
        .filter(|right| right.len().abs_diff(name.len()) <= SLIPS);
    // With underscores even the right letters are another name.
    let letters = || name.to_ascii_lowercase().replace('_', "-");
    near.any(|right| strsim::damerau_levenshtein(&letters(), right) <= SLIPS)
}

fn is_kind(kind: PlaceKind, url: &Url, origin: &Origin) -> bool {
    let web = matches!(url.scheme(), "http" | "https");
    let loopback = match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        None => false,
    };
    match kind {
        PlaceKind::Loopback => web && loopback,
        PlaceKind::Localhost => url.host_str() == Some("localhost"),
        PlaceKind::Remote => web && !loopback,
        PlaceKind::File => url.scheme() == "file",
        PlaceKind::Opaque => *origin == Origin::Opaque && (web || url.scheme() == "data"),
        PlaceKind::App => !web && !matches!(url.scheme(), "file" | "data" | "about" | "blob"),
        PlaceKind::Http => url.scheme() == "http",
        PlaceKind::Https => url.scheme() == "https",
    }
}

fn clipped(value: &str) -> String {
    let value = shown(value.trim());
    match value.char_indices().nth(LONGEST_VALUE) {
        Some((end, _)) => format!("{}...", &value[..end]),
        None => value,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn misspelt_names() {
        for (name, expected) in [
            ("Access-Control-Allow-Origin", false),
            ("Access-Control-Allowed-Origin", true),
            ("Acess-Control-Allow-Origin", true),
            ("Access-Control-Allow-Header", true),
            ("Access-Control-Expose-Header", true),
            ("Access_Control_Allow_Origin", true),
            ("Access-Control-Max-Age", false),
            ("Access-Control-Request-Headers", false),
            ("Access-Control-Allow-Private-Network", false),
            ("Content-Type", false),
        ] {
            assert_eq!(is_misspelt(name), expected, "{name}");
        }
    }

    #[test]
    fn values_are_clipped_and_cannot_move_a_cursor() {
        assert_eq!(clipped(" a\u{1b}[2J "), "a\\u{1b}[2J");
        assert_eq!(clipped(&"x".repeat(200)).len(), LONGEST_VALUE + 3);
    }
}
