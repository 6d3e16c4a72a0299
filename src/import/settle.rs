//! From what was on the wire to what a script asked for: headers that a browser sets by itself become
//! the page, the cookies, the mode; each with a word.

use url::Url;

use super::draft::{Draft, Headers};
use super::note::{Note, NoteKind};
use super::{Format, Imported};
use crate::engine::{Api, Credentials, CrossOriginAttribute, Engine, Mode, RedirectMode};
use crate::session::{HeaderRow, PageForm, RequestForm, Way};

/// What every client computes anew, and what older exports print of HTTP/2.
const OF_THE_CONNECTION: &[&str] = &[
    "host",
    "content-length",
    "connection",
    "accept-encoding",
    "keep-alive",
    "te",
    "transfer-encoding",
    "upgrade",
    "upgrade-insecure-requests",
    "authority",
    "method",
    "path",
    "scheme",
    "priority",
    "dnt",
    "user-agent",
    "accept-language",
    "save-data",
    "x-client-data",
    "via",
    "date",
    "expect",
    "trailer",
];

/// Families of names that only a browser sets.
const OF_THE_BROWSER: &[&str] = &[":", "sec-", "proxy-"];

/// Settles a draft.
pub(super) fn settle(format: Format, mut draft: Draft) -> Imported {
    let mut form = RequestForm {
        way: Way {
            api: draft.api.unwrap_or(Api::Fetch),
            upload_listener: draft.upload_listener,
            crossorigin: draft.crossorigin,
            module: draft.module,
            script_type: draft.script_type.clone(),
        },
        ..RequestForm::default()
    };
    draft.url = draft.url.trim().to_owned();
    let user_agent = draft.header("user-agent").map(str::to_owned);
    let mut settling = Settling {
        form: &mut form,
        user_agent,
        draft: &mut draft,
        cookies: Vec::new(),
        notes: Vec::new(),
    };
    if settling.draft.headers_are == Headers::OfTheWire {
        settling.preflight();
        settling.cookies();
        settling.metadata();
        settling.page();
        settling.cache();
        settling.browser_headers();
    } else {
        settling.cookies();
        settling.page();
    }
    settling.choices();
    let engine = settling.engine();
    let Settling {
        cookies, mut notes, ..
    } = settling;
    form.method = draft.method.take().unwrap_or_else(|| match draft.body {
        Some(_) => "POST".to_owned(),
        None => "GET".to_owned(),
    });
    form.headers = draft
        .headers
        .iter()
        .map(|(name, value)| HeaderRow::new(name, value))
        .collect();
    form.url = draft.url;
    form.body = draft.body.filter(|body| !body.is_empty());
    notes.extend(draft.notes);
    Imported {
        format,
        form,
        cookies,
        engine,
        network: draft.network,
        notes,
        console: draft.console,
    }
}

struct Settling<'a> {
    form: &'a mut RequestForm,
    draft: &'a mut Draft,
    /// As on the wire.
    user_agent: Option<String>,
    cookies: Vec<String>,
    notes: Vec<Note>,
}

impl Settling<'_> {
    fn note(&mut self, kind: NoteKind, key: &'static str, params: &[(&'static str, &str)]) {
        let note = params
            .iter()
            .fold(Note::new(kind, key), |note, (name, value)| {
                note.with(name, *value)
            });
        self.notes.push(note);
    }

    /// Whose rules decided where the text comes from.
    fn engine(&mut self) -> Option<Engine> {
        let agent = self.user_agent.as_deref().unwrap_or_default();
        let console = self
            .draft
            .console
            .as_ref()
            .filter(|line| line.library.is_empty())
            .map(|line| line.engine);
        let engine = console.or(match agent {
            agent if agent.contains("Firefox/") => Some(Engine::Firefox),
            agent if agent.contains("Chrome/") => Some(Engine::Chromium),
            agent if agent.contains("Version/") && agent.contains("Safari/") => {
                Some(Engine::WebKit)
            }
            _ => None,
        })?;
        self.note(NoteKind::Derived, "engine", &[("engine", engine.title())]);
        Some(engine)
    }

    fn take_all(&mut self, which: impl Fn(&str) -> bool) -> Vec<String> {
        let mut taken: Vec<String> = Vec::new();
        self.draft.headers.retain(|(name, _)| {
            let name = name.to_ascii_lowercase();
            let takes = which(&name);
            if takes && !taken.contains(&name) {
                taken.push(name);
            }
            !takes
        });
        taken
    }

    /// <https://fetch.spec.whatwg.org/#cors-preflight-fetch-0>, backwards.
    fn preflight(&mut self) {
        let Some(method) = self.draft.take("access-control-request-method") else {
            return;
        };
        let names = self.draft.take("access-control-request-headers");
        let names: Vec<_> = names
            .iter()
            .flat_map(|names| names.split(','))
            .map(str::trim)
            .filter(|name| !name.is_empty())
            .collect();
        for name in &names {
            let value = match *name {
                // The only value that is common enough to be worth a guess.
                "content-type" => "application/json",
                _ => "<value>",
            };
            self.draft.set_default(name, value);
        }
        let names = names.join(", ");
        let key = match names.as_str() {
            "" => "preflight-simple",
            _ => "preflight",
        };
        let params = [("method", method.as_str()), ("names", names.as_str())];
        self.note(NoteKind::Derived, key, &params);
        self.draft.method = Some(method);
        self.draft.body = None;
    }

    fn cookies(&mut self) {
        if self.draft.headers_are == Headers::OfTheWire {
            let header = self.draft.take("cookie");
            self.draft.cookies.extend(header);
        }
        let mut pairs: Vec<(&str, &str)> = Vec::new();
        for pair in self.draft.cookies.iter().flat_map(|line| line.split(';')) {
            let (name, value) = pair.trim().split_once('=').unwrap_or(("", pair.trim()));
            if !(name.is_empty() && value.is_empty()) {
                pairs.push((name, value));
            }
        }
        if pairs.is_empty() {
            return;
        }
        let secure = !self.draft.url.starts_with("http://");
        let attributes = match secure {
            true => "; Path=/; SameSite=None; Secure",
            false => "; Path=/",
        };
        self.cookies = pairs
            .iter()
            .map(|(name, value)| match *name {
                "" => format!("{value}{attributes}"),
                name => format!("{name}={value}{attributes}"),
            })
            .collect();
        let names: Vec<_> = pairs.iter().map(|(name, _)| *name).collect();
        let names = match names.as_slice() {
            [name] => format!("The cookie {name} is"),
            names => format!("The cookies {} are", names.join(", ")),
        };
        let key = if secure {
            "cookies"
        } else {
            "cookies-over-http"
        };
        self.draft.credentials = Some(Credentials::Include);
        self.note(NoteKind::Derived, key, &[("names", &names)]);
    }

    /// <https://w3c.github.io/webappsec-fetch-metadata/>
    fn metadata(&mut self) {
        let mode = self.draft.header("sec-fetch-mode").map(str::to_owned);
        let dest = self.draft.header("sec-fetch-dest").map(str::to_owned);
        let way = match (mode.as_deref(), dest.as_deref()) {
            (Some("websocket"), _) | (_, Some("websocket")) => Some(Api::WebSocket),
            (Some("navigate"), _) => Some(Api::Navigation),
            (_, Some("image")) => Some(Api::Img),
            (_, Some("script")) => Some(Api::Script),
            (_, Some("style")) => Some(Api::Stylesheet),
            (_, Some("font")) => Some(Api::Font),
            (_, Some("audio")) => Some(Api::Audio),
            (_, Some("video")) => Some(Api::Video),
            _ => None,
        };
        if let Some(api) = way {
            let header = match api {
                Api::WebSocket | Api::Navigation => "Sec-Fetch-Mode",
                _ => "Sec-Fetch-Dest",
            };
            self.form.way.api = api;
            // An element's mode follows from its crossorigin attribute.
            let element = !matches!(api, Api::WebSocket | Api::Navigation | Api::Font);
            if element && mode.as_deref() == Some("cors") {
                self.form.way.crossorigin = Some(match self.cookies.is_empty() {
                    true => CrossOriginAttribute::Anonymous,
                    false => CrossOriginAttribute::UseCredentials,
                });
            }
            let params = [("api", api.as_str()), ("header", header)];
            self.note(NoteKind::Derived, "api-from-header", &params);
        } else if let Some(mode) = mode.as_deref().and_then(Mode::from_name) {
            self.draft.mode = Some(mode);
            if mode != Mode::Cors {
                let params = [("mode", mode.as_str())];
                self.note(NoteKind::Given, "mode-from-header", &params);
            }
        }
    }

    fn page(&mut self) {
        if let Some(page) = self.draft.page.take() {
            self.note(NoteKind::Given, "page-from-console", &[("page", &page)]);
            self.form.page.origin = page;
            return;
        }
        let wire = self.draft.headers_are == Headers::OfTheWire;
        let site = self.draft.header("sec-fetch-site").map(str::to_owned);
        let (mut origin, mut referrer) = (None, None);
        if wire || self.draft.header("origin") == Some("null") {
            origin = self.draft.take("origin");
            referrer = self.draft.take("referer");
        }
        // A script's own referrer may be `about:client` or a path.
        let referrer = self.draft.referrer.take().or(referrer);
        let referrer = referrer.and_then(|url| Url::parse(url.trim()).ok());
        let referrer = referrer.filter(|url| matches!(url.scheme(), "http" | "https"));
        if origin.as_deref() == Some("null") {
            self.note(NoteKind::Derived, "page-opaque", &[]);
            self.form.page.sandboxed = true;
            origin = None;
        }
        let (key, kind, page) = match (origin, referrer) {
            (Some(origin), _) => ("page-from-origin", NoteKind::Given, origin),
            (None, Some(url)) => {
                let page = match url.path() {
                    "/" => url.origin().ascii_serialization(),
                    _ => url.to_string(),
                };
                ("page-from-referrer", NoteKind::Derived, page)
            }
            (None, None) => match (site.as_deref(), Url::parse(&self.draft.url)) {
                (Some("same-origin"), Ok(url)) => {
                    let page = url.origin().ascii_serialization();
                    ("page-is-target", NoteKind::Derived, page)
                }
                _ => {
                    self.note(NoteKind::Unknown, "page-not-known", &[]);
                    return;
                }
            },
        };
        self.note(kind, key, &[("page", &page)]);
        self.form.page = PageForm {
            origin: page,
            sandboxed: self.form.page.sandboxed,
        };
    }

    /// Chromium adds both where the tools' cache switch is off.
    fn cache(&mut self) {
        let off = |name| self.draft.header(name) == Some("no-cache");
        if off("cache-control") && off("pragma") {
            let names = self.take_all(|name| matches!(name, "cache-control" | "pragma"));
            self.note(
                NoteKind::Assumed,
                "disable-cache",
                &[("names", &names.join(", "))],
            );
        }
    }

    /// What the browser sets by itself. An Accept of its own is script's; that of a navigation or an
    /// element is not.
    fn browser_headers(&mut self) {
        let own = self.form.way.api == Api::Fetch && self.draft.header("accept") != Some("*/*");
        let names = self.take_all(|name| {
            let family = OF_THE_BROWSER.iter().any(|start| name.starts_with(start));
            family || OF_THE_CONNECTION.contains(&name) || name == "accept" && !own
        });
        if !names.is_empty() {
            self.note(
                NoteKind::Dropped,
                "sent-by-browser",
                &[("names", &names.join(", "))],
            );
        }
    }

    /// Mode, credentials and redirect; a browser's copy states the first two whatever the page asked.
    fn choices(&mut self) {
        self.form.redirect = self.draft.redirect.unwrap_or(RedirectMode::Follow);
        self.form.mode = self.draft.mode.unwrap_or(Mode::Cors);
        self.form.credentials = self.draft.credentials.unwrap_or(Credentials::SameOrigin);
        if !self.draft.copied {
            return;
        }
        if self.draft.mode == Some(Mode::Cors) {
            self.note(NoteKind::Assumed, "mode-from-copy", &[]);
        }
        let authorization = self.draft.header("authorization").is_some();
        let key = match self.draft.credentials {
            Some(Credentials::Include) if !self.cookies.is_empty() => return,
            Some(Credentials::Include) if authorization => {
                self.form.credentials = Credentials::SameOrigin;
                "credentials-authorization"
            }
            Some(Credentials::Include) => "credentials-include",
            Some(Credentials::Omit) => {
                self.form.credentials = Credentials::SameOrigin;
                "credentials-omit"
            }
            _ => return,
        };
        self.note(NoteKind::Derived, key, &[]);
    }
}
