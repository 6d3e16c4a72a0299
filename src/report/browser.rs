//! What a browser holds, as one JSON value or as text.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::Value;

use crate::diagnose::shown;
use crate::engine::{Contents, Engine, HeldCookie, Part, Permission};

/// What a browser holds, in the form of the published format.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BrowserJson<'a> {
    cookies: Vec<CookieJson<'a>>,
    preflight_cache: Vec<PreflightJson<'a>>,
    http_cache: Vec<AnswerJson<'a>>,
    logins: Vec<LoginJson>,
    hsts: Vec<KnownHostJson<'a>>,
}

/// What `batch` answers to a line about a session's browser.
#[derive(Serialize)]
pub struct BrowserAnswer<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a Value>,
    session: &'a str,
    engine: &'static str,
    browser: BrowserJson<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CookieJson<'a> {
    name: &'a str,
    value: &'a str,
    domain: &'a str,
    path: &'a str,
    secure: bool,
    http_only: bool,
    same_site: Option<&'a str>,
    partition: Option<&'a str>,
    seconds_left: Option<u64>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PreflightJson<'a> {
    origin: &'a str,
    url: &'a str,
    credentials: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    method: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    header: Option<&'a str>,
    seconds_left: u64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct AnswerJson<'a> {
    method: &'static str,
    url: &'a str,
    partition: &'a str,
    status: u16,
    bytes: usize,
    age: u64,
    fresh: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct KnownHostJson<'a> {
    host: &'a str,
    include_sub_domains: bool,
}

#[derive(Serialize)]
struct LoginJson {
    origin: String,
    user: String,
}

impl<'a> BrowserJson<'a> {
    /// The JSON of what is held.
    pub fn new(contents: &'a Contents<'a>) -> Self {
        Self {
            cookies: contents.cookies.iter().map(cookie).collect(),
            preflight_cache: contents
                .preflights
                .iter()
                .map(|held| {
                    let (method, header) = match &held.entry.permission {
                        Permission::Method(method) => (Some(method.as_str()), None),
                        Permission::Header(header) => (None, Some(header.as_str())),
                    };
                    PreflightJson {
                        origin: &held.entry.key.origin,
                        url: &held.entry.key.url,
                        credentials: held.entry.credentials,
                        method,
                        header,
                        seconds_left: held.seconds_left,
                    }
                })
                .collect(),
            http_cache: contents
                .answers
                .iter()
                .map(|held| AnswerJson {
                    method: "GET",
                    url: held.url.as_str(),
                    partition: held.partition,
                    status: held.status,
                    bytes: held.bytes,
                    age: held.age,
                    fresh: held.fresh,
                })
                .collect(),
            logins: contents
                .logins
                .iter()
                .map(|(origin, user)| LoginJson {
                    origin: origin.to_string(),
                    user: user.clone(),
                })
                .collect(),
            hsts: contents
                .hsts
                .iter()
                .map(|(host, include_sub_domains)| KnownHostJson {
                    host,
                    include_sub_domains: *include_sub_domains,
                })
                .collect(),
        }
    }
}

impl<'a> BrowserAnswer<'a> {
    /// The answer to a line; `id` is echoed.
    pub fn new(
        id: Option<&'a Value>,
        session: &'a str,
        engine: Engine,
        contents: &'a Contents<'a>,
    ) -> Self {
        Self {
            id,
            session,
            engine: engine.as_str(),
            browser: BrowserJson::new(contents),
        }
    }
}

fn cookie<'a>(held: &'a HeldCookie<'a>) -> CookieJson<'a> {
    CookieJson {
        name: held.name,
        value: held.value,
        domain: &held.domain,
        path: held.path,
        secure: held.secure,
        http_only: held.http_only,
        same_site: held.same_site.as_deref(),
        partition: held.partition,
        seconds_left: held.seconds_left,
    }
}

/// The heading of a part.
pub fn part_title(part: Part) -> &'static str {
    match part {
        Part::Cookies => "Cookies",
        Part::PreflightCache => "Preflight cache",
        Part::HttpCache => "HTTP cache",
        Part::Logins => "Logins",
        Part::Hsts => "Hosts asked over https only",
    }
}

/// What a part holds, a line each, without values of cookies and without passwords. Safe to show.
pub fn part_lines(contents: &Contents<'_>, part: Part) -> Vec<String> {
    let lines: Vec<String> = match part {
        Part::Cookies => contents.cookies.iter().map(cookie_line).collect(),
        Part::PreflightCache => contents
            .preflights
            .iter()
            .map(|held| {
                let allowed = match &held.entry.permission {
                    Permission::Method(method) => format!("method {method}"),
                    Permission::Header(header) => format!("header {header}"),
                };
                let with = if held.entry.credentials {
                    " with credentials"
                } else {
                    ""
                };
                let (key, left) = (&held.entry.key, held.seconds_left);
                format!(
                    "{allowed}{with} for {} to {}, {left} s left",
                    key.origin, key.url
                )
            })
            .collect(),
        Part::HttpCache => contents
            .answers
            .iter()
            .map(|held| {
                let state = if held.fresh { "fresh" } else { "stale" };
                let (status, url, bytes, age) = (held.status, held.url, held.bytes, held.age);
                format!(
                    "GET {url} {status}, {bytes} bytes, {age} s old, {state}, for pages of {}",
                    held.partition
                )
            })
            .collect(),
        Part::Logins => contents
            .logins
            .iter()
            .map(|(origin, user)| format!("{user} at {origin}"))
            .collect(),
        Part::Hsts => contents
            .hsts
            .iter()
            .map(|(host, below)| match below {
                true => format!("{host} and hosts below"),
                false => (*host).to_owned(),
            })
            .collect(),
    };
    lines.iter().map(|line| shown(line)).collect()
}

fn cookie_line(held: &HeldCookie<'_>) -> String {
    let mut line = format!("{} of {}{}", held.name, held.domain, held.path);
    if held.secure {
        line.push_str("; Secure");
    }
    if held.http_only {
        line.push_str("; HttpOnly");
    }
    if let Some(same_site) = &held.same_site {
        line.push_str("; SameSite=");
        line.push_str(same_site);
    }
    if let Some(partition) = held.partition {
        line.push_str(", only under ");
        line.push_str(partition);
    }
    match held.seconds_left {
        Some(left) => line.push_str(&format!(", {left} s left")),
        None => line.push_str(", until the session ends"),
    }
    line
}

/// Writes what a browser holds, part by part.
pub fn write_browser(out: &mut impl Write, contents: &Contents<'_>) -> io::Result<()> {
    writeln!(out, "\nThe browser now holds")?;
    for part in Part::ALL {
        let lines = part_lines(contents, *part);
        if lines.is_empty() {
            writeln!(out, "  {}: nothing", part_title(*part))?;
            continue;
        }
        writeln!(out, "  {}:", part_title(*part))?;
        for line in lines {
            writeln!(out, "    {line}")?;
        }
    }
    Ok(())
}
