//! Arguments that commands share: a request, and how it is sent. Flags that curl has are spelled as
//! in curl.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, bail};
use clap::Args;
use url::Url;

use super::import_args::ImportArgs;
use super::page_args::PageArgs;
use crate::driver::{NetworkOptions, Route};
use crate::engine::{
    AddressSpace, Api, Credentials, CrossOriginAttribute, Engine, FetchRequest,
    LocalNetworkPermission, Mode, Page, RedirectMode, upgrade_url,
};
use crate::session::{Field, HeaderRow, Mistake, PageForm, RequestForm, Way};
use crate::wire::is_token;

/// A request.
#[derive(Clone, Debug, Args)]
pub struct RequestArgs {
    /// What the page asks for
    pub url: Option<String>,
    /// Origin (or URL) of the page that asks
    #[arg(long, value_name = "ORIGIN")]
    pub origin: Option<String>,
    /// The page is in a sandboxed frame: its origin is opaque and goes out as null
    #[arg(long)]
    pub sandboxed: bool,
    /// The way in which the page asks: fetch, xhr, img, script, stylesheet, font, audio, video, eventsource,
    /// beacon, websocket, form or navigation [default: fetch]
    #[arg(long, value_name = "WAY", value_parser = parse_api)]
    pub api: Option<Api>,
    /// The element's crossorigin attribute: anonymous or use-credentials
    #[arg(long, value_name = "VALUE", num_args = 0..=1, require_equals = true, default_missing_value = "anonymous", value_parser = parse_crossorigin)]
    pub crossorigin: Option<CrossOriginAttribute>,
    /// The script element's type attribute, where it is not module
    #[arg(long, value_name = "TYPE", conflicts_with = "module")]
    pub script_type: Option<String>,
    /// The script is a module
    #[arg(long)]
    pub module: bool,
    /// The XMLHttpRequest listens to the progress of its upload
    #[arg(long)]
    pub upload_listener: bool,
    /// The method [default: GET, or POST with a body]
    #[arg(short = 'X', long = "request", value_name = "METHOD")]
    pub method: Option<String>,
    /// A header that script sets
    #[arg(short = 'H', long = "header", value_name = "NAME: VALUE")]
    pub headers: Vec<String>,
    /// The body as a string; @FILE reads a file, @- standard input
    #[arg(short = 'd', long = "data", value_name = "BODY")]
    pub data: Option<String>,
    /// Credentials mode: omit, same-origin or include [default: same-origin]
    #[arg(long, value_name = "MODE", value_parser = parse_credentials, hide_possible_values = true)]
    pub credentials: Option<Credentials>,
    /// Request mode: cors, no-cors or same-origin [default: cors]
    #[arg(long, value_name = "MODE", value_parser = parse_mode)]
    pub mode: Option<Mode>,
    /// Redirect mode: follow, error or manual [default: follow]
    #[arg(long, value_name = "MODE", value_parser = parse_redirect)]
    pub redirect: Option<RedirectMode>,
    /// Whose rules decide: chromium, firefox, webkit or standard; all lets each browser's engine ask
    /// the network what it would ask, chromium first [default: chromium]
    #[arg(long, value_name = "ENGINE", value_parser = parse_engines)]
    pub engine: Option<Engines>,
    /// Whether the user lets the page reach local networks: granted, denied or prompt
    #[arg(long, value_name = "ANSWER", default_value = "prompt", value_parser = parse_permission)]
    pub lna: LocalNetworkPermission,
    /// Where the page came from: public, local or loopback [default: by the address of its host]
    #[arg(long, value_name = "SPACE", value_parser = parse_space)]
    pub page_address_space: Option<AddressSpace>,
    /// A cookie that the target has set before, as in Set-Cookie
    #[arg(short = 'b', long = "cookie", value_name = "NAME=VALUE; ATTRIBUTES")]
    pub cookies: Vec<String>,
    /// What the page came with.
    #[command(flatten)]
    pub page: PageArgs,
    /// What was pasted.
    #[command(flatten)]
    pub import: ImportArgs,
    /// The body as it was pasted: it names no file.
    #[arg(skip)]
    pub body: Option<String>,
}

/// How requests are sent.
#[derive(Clone, Debug, Args)]
pub struct NetworkArgs {
    /// Connect to this address for this host and port
    #[arg(long, value_name = "HOST:PORT:ADDR")]
    pub resolve: Vec<String>,
    /// Connect to another host and port for this host and port
    #[arg(long, value_name = "HOST1:PORT1:HOST2:PORT2")]
    pub connect_to: Vec<String>,
    /// Accept any certificate
    #[arg(short = 'k', long)]
    pub insecure: bool,
    /// Trust the certificates in this file instead of the system's
    #[arg(long, value_name = "FILE")]
    pub cacert: Option<PathBuf>,
    /// Use this proxy [default: the system's]
    #[arg(short = 'x', long, value_name = "PROXY")]
    pub proxy: Option<String>,
    /// Give up after this many seconds, redirects included; 0 waits for ever
    #[arg(short = 'm', long, value_name = "SECONDS", default_value = "30", value_parser = parse_seconds)]
    pub max_time: Duration,
    /// Read and keep at most this many bytes of a body
    #[arg(long, value_name = "BYTES", default_value_t = 1024 * 1024)]
    pub max_body: usize,
}

/// Whose rules decide, and who asks the network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Engines {
    /// The engine of the live run.
    pub live: Engine,
    /// Whether the others ask what only they would ask.
    pub all: bool,
}

impl RequestArgs {
    /// The form as if typed.
    pub fn form(&self) -> anyhow::Result<RequestForm> {
        let body = match &self.data {
            Some(data) => Some(read_body(data)?),
            None => self.body.clone(),
        };
        Ok(self.form_with(body))
    }

    /// The page and what it asks for, or the text of every mistake.
    pub(super) fn parse(&self) -> Result<(Page, FetchRequest), Vec<String>> {
        let (form, mut texts) = match self.form() {
            Ok(form) => (form, Vec::new()),
            Err(error) => (self.form_with(None), vec![format!("body: {error:#}")]),
        };
        let parsed = form.parse();
        let without_colon = self.headers.iter().enumerate().filter_map(|(index, line)| {
            let name = is_token(line.as_bytes()).then_some(line)?;
            Some(Mistake {
                field: Field::Header(index),
                message: format!("`{name}` has no colon"),
                hint: "as in X-Api-Key: 42, or X-Api-Key; for an empty value",
            })
        });
        let mut mistakes: Vec<_> = without_colon.collect();
        if let Err(more) = &parsed {
            mistakes.splice(0..0, more.iter().cloned());
        }
        texts.splice(0..0, mistakes.iter().map(tell));
        match parsed {
            Ok(parsed) if texts.is_empty() => Ok(parsed),
            _ => Err(texts),
        }
    }

    /// Whose rules decide.
    pub fn engines(&self) -> Engines {
        self.engine.unwrap_or(Engines {
            live: Engine::Chromium,
            all: false,
        })
    }

    /// Whether the command line speaks of a request at all.
    pub fn is_given(&self) -> bool {
        self.url.is_some() || self.origin.is_some()
    }

    /// The cookies that visits to the target have set before: the URL and the line.
    pub fn cookies(&self) -> anyhow::Result<Vec<(Url, String)>> {
        if self.cookies.is_empty() {
            return Ok(Vec::new());
        }
        let url = self.url.as_deref().unwrap_or_default();
        let page = Url::parse(self.origin.as_deref().unwrap_or_default());
        let target = page
            .and_then(|page| page.join(url))
            .or_else(|_| Url::parse(url))
            .map(|url| upgrade_url(&url))
            .context("the URL that sets the cookies")?;
        Ok(self
            .cookies
            .iter()
            .map(|line| (target.clone(), line.clone()))
            .collect())
    }

    fn form_with(&self, body: Option<String>) -> RequestForm {
        let method = match (&self.method, &body) {
            (Some(method), _) => method.clone(),
            (None, Some(_)) => "POST".to_owned(),
            (None, None) => "GET".to_owned(),
        };
        RequestForm {
            page: PageForm {
                origin: self.origin.clone().unwrap_or_default(),
                sandboxed: self.sandboxed,
            },
            way: Way {
                api: self.api.unwrap_or(Api::Fetch),
                crossorigin: self.crossorigin,
                module: self.module,
                script_type: self.script_type.clone(),
                upload_listener: self.upload_listener,
            },
            method,
            url: self.url.clone().unwrap_or_default(),
            headers: self.headers.iter().map(|line| header_row(line)).collect(),
            body,
            mode: self.mode.unwrap_or(Mode::Cors),
            credentials: self.credentials.unwrap_or(Credentials::SameOrigin),
            redirect: self.redirect.unwrap_or(RedirectMode::Follow),
        }
    }
}

impl NetworkArgs {
    /// The driver's options.
    pub fn options(&self) -> anyhow::Result<NetworkOptions> {
        let resolve = self
            .resolve
            .iter()
            .map(|text| ("--resolve", Route::parse_resolve(text)));
        let connect_to = self
            .connect_to
            .iter()
            .map(|text| ("--connect-to", Route::parse_connect_to(text)));
        let (mut routes, mut mistakes) = (Vec::new(), Vec::new());
        for (option, parsed) in resolve.chain(connect_to) {
            match parsed {
                Ok(route) => routes.push(route),
                Err(error) => mistakes.push(format!("{option}: {error}")),
            }
        }
        if !mistakes.is_empty() {
            bail!(mistakes.join("\n"));
        }
        Ok(NetworkOptions {
            routes,
            insecure: self.insecure,
            ca_file: self.cacert.clone(),
            proxy: self.proxy.clone(),
            body_limit: self.max_body,
            ..NetworkOptions::default()
        })
    }

    /// The limit of a run; `None` for none.
    pub fn limit(&self) -> Option<Duration> {
        (!self.max_time.is_zero()).then_some(self.max_time)
    }
}

/// A mistake with its hint.
fn tell(mistake: &Mistake) -> String {
    let Mistake {
        field,
        message,
        hint,
    } = mistake;
    format!("{field}: {message}\n  hint: {hint}")
}

/// curl's spelling: `Name: value`, or `Name;` for an empty value.
fn header_row(line: &str) -> HeaderRow {
    match line.split_once(':') {
        Some((name, value)) => HeaderRow::new(name.trim(), value.trim()),
        None => HeaderRow::new(line.strip_suffix(';').unwrap_or(line), ""),
    }
}

fn read_body(data: &str) -> anyhow::Result<String> {
    let Some(path) = data.strip_prefix('@') else {
        return Ok(data.to_owned());
    };
    let text = if path == "-" {
        std::io::read_to_string(std::io::stdin())
            .context("cannot read the body from standard input")?
    } else {
        std::fs::read_to_string(path)
            .with_context(|| format!("cannot read the body from `{path}`"))?
    };
    Ok(text)
}

fn parse_api(text: &str) -> Result<Api, String> {
    named(
        text,
        Api::from_name,
        Api::ALL.iter().map(|value| value.as_str()),
    )
}

/// In a page any other value means anonymous; here it is a mistake.
fn parse_crossorigin(text: &str) -> Result<CrossOriginAttribute, String> {
    match text {
        "anonymous" | "use-credentials" => Ok(CrossOriginAttribute::of(text)),
        _ => Err("one of anonymous, use-credentials".to_owned()),
    }
}

fn parse_credentials(text: &str) -> Result<Credentials, String> {
    named(
        text,
        Credentials::from_name,
        Credentials::ALL.iter().map(|value| value.as_str()),
    )
}

fn parse_mode(text: &str) -> Result<Mode, String> {
    named(
        text,
        Mode::from_name,
        Mode::ALL.iter().map(|value| value.as_str()),
    )
}

fn parse_redirect(text: &str) -> Result<RedirectMode, String> {
    named(
        text,
        RedirectMode::from_name,
        RedirectMode::ALL.iter().map(|value| value.as_str()),
    )
}

fn parse_permission(text: &str) -> Result<LocalNetworkPermission, String> {
    named(
        text,
        LocalNetworkPermission::from_name,
        LocalNetworkPermission::ALL
            .iter()
            .map(|value| value.as_str()),
    )
}

fn parse_space(text: &str) -> Result<AddressSpace, String> {
    named(
        text,
        AddressSpace::from_name,
        AddressSpace::ALL.iter().map(|value| value.as_str()),
    )
}

fn parse_engines(text: &str) -> Result<Engines, String> {
    if text == "all" {
        return Ok(Engines {
            live: Engine::Chromium,
            all: true,
        });
    }
    let engine = parse_engine(text).map_err(|names| format!("{names}, all"))?;
    Ok(Engines {
        live: engine,
        all: false,
    })
}

pub(super) fn parse_engine(text: &str) -> Result<Engine, String> {
    named(
        text,
        Engine::from_name,
        Engine::ALL.iter().map(|value| value.as_str()),
    )
}

pub(super) fn named<'a, T>(
    text: &str,
    from_name: fn(&str) -> Option<T>,
    names: impl Iterator<Item = &'a str>,
) -> Result<T, String> {
    from_name(text).ok_or_else(|| format!("one of {}", names.collect::<Vec<_>>().join(", ")))
}

fn parse_seconds(text: &str) -> anyhow::Result<Duration> {
    let seconds: f64 = text.parse().context("a number of seconds")?;
    match Duration::try_from_secs_f64(seconds) {
        Ok(duration) => Ok(duration),
        Err(_) => bail!("a number of seconds, 0 or more"),
    }
}
