//! One line of JSON: a request and where it is made. `batch` reads it, lessons and tests hold it.
//!
//! Names are those of JavaScript's `fetch()`; header values and bodies hold one character a byte
//! where they must hold bytes. An unknown name is an error that says which.

use base64::Engine as _;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use thiserror::Error;
use url::Url;

use super::page::page;
use crate::engine::{
    AddressSpace, Api, CacheMode, Credentials, CrossOriginAttribute, Engine, FetchRequest,
    HstsStore, InvalidOption, LocalNetworkPermission, Mode, Page, RedirectMode, ReferrerPolicy,
    RequestBody,
};

/// Why a line cannot be used.
#[derive(Debug, Error)]
pub enum LineError {
    /// Not JSON, or not of this format.
    #[error("{0}")]
    Json(#[from] serde_json::Error),
    /// A name that has a fixed set of values has another one.
    #[error("`{field}`: `{value}` is not one of {allowed}")]
    Value {
        /// The field.
        field: &'static str,
        /// What it says.
        value: String,
        /// What it may say.
        allowed: String,
    },
    /// Another kind of JSON value than this field has.
    #[error("{field} must be {expected}")]
    Shape {
        /// The field.
        field: &'static str,
        /// What it must be.
        expected: &'static str,
    },
    /// A mistake inside a field that is an object.
    #[error("`{field}`: {source}")]
    Inside {
        /// The field.
        field: &'static str,
        /// What is wrong.
        source: serde_json::Error,
    },
    /// The page is no origin or URL.
    #[error("`page`: `{0}` is no origin or URL of http or https")]
    Page(String),
    /// A host that Strict-Transport-Security cannot be about.
    #[error("`hsts`: `{0}` is no domain; IP addresses and localhost cannot be known")]
    Host(String),
    /// A body that cannot be read.
    #[error("`body`: {0}")]
    Body(String),
    /// A cookie's origin is unusable.
    #[error("`cookies`: `{0}` is no origin")]
    Cookie(String),
}

/// A line, understood.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// The caller's name for it; any JSON value, echoed.
    pub id: Option<Value>,
    /// Lines of one session share a browser.
    pub session: Option<String>,
    /// Whether to start without waiting for the session's line before.
    pub parallel: bool,
    /// Milliseconds that pass in the session's browser before the request.
    pub wait_ms: u64,
    /// The engine, if given.
    pub engine: Option<Engine>,
    /// Cookies set by top-level visits before the request: the visited URL and the Set-Cookie line.
    pub cookies: Vec<(Url, String)>,
    /// What the user has said about local network access, if given.
    pub permission: Option<LocalNetworkPermission>,
    /// Hosts that the browser knows to be asked over https only.
    pub hsts: Vec<String>,
    /// The document that asks.
    pub page: Page,
    /// What it asks for.
    pub request: FetchRequest,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct RawLine {
    id: Option<Value>,
    session: Option<String>,
    #[serde(default)]
    parallel: bool,
    #[serde(default)]
    wait_ms: u64,
    engine: Option<String>,
    #[serde(default)]
    cookies: Vec<RawCookie>,
    permission: Option<String>,
    #[serde(default)]
    hsts: Vec<String>,
    page: Value,
    api: Option<String>,
    url: String,
    method: Option<String>,
    mode: Option<String>,
    credentials: Option<String>,
    redirect: Option<String>,
    cache: Option<String>,
    referrer_policy: Option<String>,
    #[serde(default)]
    keepalive: bool,
    #[serde(default)]
    integrity: String,
    duplex: Option<String>,
    #[serde(default)]
    headers: Vec<(String, String)>,
    body: Option<Value>,
    xhr: Option<Value>,
    target_address_space: Option<String>,
    crossorigin: Option<String>,
    #[serde(rename = "type")]
    script_type: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawCookie {
    origin: String,
    set: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawBase64 {
    base64: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawKind {
    kind: String,
    value: Value,
    #[serde(rename = "type")]
    media_type: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct RawXhr {
    #[serde(default)]
    with_credentials: bool,
    #[serde(default)]
    upload_listener: bool,
}

impl Line {
    /// Reads one line.
    pub fn parse(text: &str) -> Result<Self, LineError> {
        Self::from_value(serde_json::from_str(text)?)
    }

    /// Reads a line that is already a JSON value.
    pub fn from_value(value: Value) -> Result<Self, LineError> {
        if !value.is_object() {
            return Err(LineError::Shape {
                field: "a line",
                expected: "an object",
            });
        }
        Self::from_raw(serde_json::from_value(value)?)
    }

    fn from_raw(raw: RawLine) -> Result<Self, LineError> {
        let cookies = raw.cookies.iter().map(cookie).collect::<Result<_, _>>()?;
        let permission = named(
            "permission",
            raw.permission,
            LocalNetworkPermission::from_name,
            &["default", "prompt", "granted", "denied"],
        )?;
        known_hosts(&raw.hsts)?;
        let page = page(raw.page)?;
        let xhr: RawXhr = raw
            .xhr
            .map(|value| object("xhr", value))
            .transpose()?
            .unwrap_or_default();
        let body = raw.body.map(body).transpose()?;
        // In the order in which Web IDL reads them.
        let mut options = Options::default();
        let cache = options.read("cache", raw.cache, CacheMode::from_name);
        let credentials = options.read("credentials", raw.credentials, Credentials::from_name);
        let half = |name: &str| (name == "half").then_some(());
        let duplex = options.read("duplex", raw.duplex, half);
        let mode = options.read("mode", raw.mode, Mode::from_name);
        let redirect = options.read("redirect", raw.redirect, RedirectMode::from_name);
        let policy = raw.referrer_policy.filter(|policy| !policy.is_empty());
        let referrer_policy = options.read("referrerPolicy", policy, ReferrerPolicy::from_name);
        let space = raw.target_address_space;
        let space = space.filter(|space| space != "unknown");
        let target_address_space = options.read("targetAddressSpace", space, |name| match name {
            // An older name.
            "private" => Some(AddressSpace::Local),
            name => AddressSpace::from_name(name),
        });
        let request = FetchRequest {
            api: named(
                "api",
                raw.api,
                Api::from_name,
                &names(Api::ALL, Api::as_str),
            )?
            .unwrap_or(Api::Fetch),
            url: raw.url,
            method: raw.method.unwrap_or_else(|| "GET".to_owned()),
            mode: mode.unwrap_or(Mode::Cors),
            credentials: if xhr.with_credentials {
                Credentials::Include
            } else {
                credentials.unwrap_or(Credentials::SameOrigin)
            },
            redirect: redirect.unwrap_or(RedirectMode::Follow),
            cache: cache.unwrap_or(CacheMode::Default),
            referrer_policy,
            keepalive: raw.keepalive,
            integrity: raw.integrity,
            duplex_half: duplex.is_some(),
            headers: raw.headers,
            body,
            upload_listener: xhr.upload_listener,
            crossorigin: raw.crossorigin.as_deref().map(CrossOriginAttribute::of),
            module: is_module(&raw.script_type),
            script_type: raw
                .script_type
                .filter(|kind| !kind.eq_ignore_ascii_case("module")),
            target_address_space,
            invalid_options: options.invalid,
        };
        Ok(Self {
            id: raw.id,
            session: raw.session,
            parallel: raw.parallel,
            wait_ms: raw.wait_ms,
            engine: named(
                "engine",
                raw.engine,
                Engine::from_name,
                &names(Engine::ALL, Engine::as_str),
            )?,
            cookies,
            permission,
            hsts: raw.hsts,
            page,
            request,
        })
    }
}

pub(super) fn names<T: Copy>(all: &[T], name: fn(T) -> &'static str) -> Vec<&'static str> {
    all.iter().map(|value| name(*value)).collect()
}

pub(super) fn named<T>(
    field: &'static str,
    value: Option<String>,
    from_name: fn(&str) -> Option<T>,
    allowed: &[&str],
) -> Result<Option<T>, LineError> {
    let Some(value) = value else { return Ok(None) };
    match from_name(&value) {
        Some(known) => Ok(Some(known)),
        None => Err(LineError::Value {
            field,
            value,
            allowed: allowed.join(", "),
        }),
    }
}

/// <https://html.spec.whatwg.org/multipage/scripting.html#prepare-the-script-element>
fn is_module(script_type: &Option<String>) -> bool {
    let is = |kind: &str| kind.eq_ignore_ascii_case("module");
    script_type.as_deref().is_some_and(is)
}

/// The options that script gave to fetch(). A value that there is not is no mistake of the line: the
/// browser throws, and that is the answer.
#[derive(Default)]
struct Options {
    invalid: Vec<InvalidOption>,
}

impl Options {
    fn read<T>(
        &mut self,
        name: &'static str,
        value: Option<String>,
        from_name: fn(&str) -> Option<T>,
    ) -> Option<T> {
        let value = value?;
        let known = from_name(&value);
        if known.is_none() {
            self.invalid.push(InvalidOption { name, value });
        }
        known
    }
}

fn cookie(raw: &RawCookie) -> Result<(Url, String), LineError> {
    match Url::parse(&raw.origin) {
        Ok(url) => Ok((url, raw.set.clone())),
        Err(_) => Err(LineError::Cookie(raw.origin.clone())),
    }
}

/// A field that is an object; a mistake in it names the field.
pub(super) fn object<T: DeserializeOwned>(
    field: &'static str,
    value: Value,
) -> Result<T, LineError> {
    if !value.is_object() {
        return Err(LineError::Shape {
            field,
            expected: "an object",
        });
    }
    serde_json::from_value(value).map_err(|source| LineError::Inside { field, source })
}

/// Every name must be one of a host that can be known.
fn known_hosts(names: &[String]) -> Result<(), LineError> {
    let mut store = HstsStore::default();
    let mut names = names.iter();
    match names.find(|name| !store.insert(name)) {
        Some(name) => Err(LineError::Host(name.clone())),
        None => Ok(()),
    }
}

fn body(raw: Value) -> Result<RequestBody, LineError> {
    let kind: RawKind = match raw {
        Value::String(text) => return Ok(RequestBody::Text(text)),
        Value::Object(ref fields) if fields.contains_key("base64") => {
            return bytes_of_base64(raw).map(RequestBody::Bytes);
        }
        Value::Object(_) => object("body", raw)?,
        _ => {
            return Err(LineError::Shape {
                field: "`body`",
                expected: "a string or an object",
            });
        }
    };
    let text = |value: &Value| {
        value
            .as_str()
            .map(str::to_owned)
            .ok_or_else(|| LineError::Body("`value` must be a string".into()))
    };
    let bytes = |value: Value| match value {
        Value::Object(_) => bytes_of_base64(value),
        value => text(&value).map(String::into_bytes),
    };
    let pairs = |value: Value| {
        serde_json::from_value::<Vec<(String, String)>>(value)
            .map_err(|error| LineError::Body(format!("`value`: {error}")))
    };
    match kind.kind.as_str() {
        "string" => text(&kind.value).map(RequestBody::Text),
        "urlencoded" => pairs(kind.value).map(RequestBody::UrlEncoded),
        "formdata" => pairs(kind.value).map(RequestBody::FormData),
        "blob" => bytes(kind.value).map(|bytes| RequestBody::Blob {
            bytes,
            media_type: kind.media_type.unwrap_or_default(),
        }),
        "arraybuffer" => bytes(kind.value).map(RequestBody::Bytes),
        "stream" => bytes(kind.value).map(RequestBody::Stream),
        other => Err(LineError::Body(format!(
            "`{other}` is not one of string, urlencoded, formdata, blob, arraybuffer, stream"
        ))),
    }
}

fn bytes_of_base64(value: Value) -> Result<Vec<u8>, LineError> {
    let raw: RawBase64 = object("body", value)?;
    let bytes = base64::engine::general_purpose::STANDARD.decode(raw.base64);
    bytes.map_err(|error| LineError::Body(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::EmbedderPolicy;

    #[test]
    fn a_line_needs_only_page_and_url() {
        let line =
            Line::parse(r#"{"page":"https://app.example","url":"https://api.example/x"}"#).unwrap();
        assert_eq!(line.request, FetchRequest::new("https://api.example/x"));
        assert_eq!(line.page.origin.to_string(), "https://app.example");
    }

    #[test]
    fn an_option_may_hold_anything() {
        let line = Line::parse(
            r#"{"page":"https://a.example","url":"x","redirect":"no","mode":"websocket","cache":"Reload",
            "referrerPolicy":"","targetAddressSpace":"private","duplex":"full"}"#,
        )
        .unwrap();
        let invalid: Vec<_> = line
            .request
            .invalid_options
            .iter()
            .map(|option| (option.name, option.value.as_str()))
            .collect();
        assert_eq!(
            invalid,
            [
                ("cache", "Reload"),
                ("duplex", "full"),
                ("mode", "websocket"),
                ("redirect", "no")
            ]
        );
        assert_eq!(line.request.mode, Mode::Cors);
        assert_eq!(line.request.target_address_space, Some(AddressSpace::Local));
    }

    #[test]
    fn the_page_has_its_policies_as_the_headers_say_them() {
        for (referrer, expected) in [
            ("unsafe-url", Some(ReferrerPolicy::UnsafeUrl)),
            ("bogus, ORIGIN ,", Some(ReferrerPolicy::Origin)),
            ("origin;x", None),
            ("", None),
        ] {
            let line = format!(
                r#"{{"url":"x","page":{{"origin":"https://a.example","coep":"require-corp; report-to=\"x\"","referrerPolicy":"{referrer}"}}}}"#
            );
            let policies = Line::parse(&line).unwrap().page.policies;
            assert_eq!(policies.referrer, expected, "{referrer}");
            assert_eq!(policies.embedder, EmbedderPolicy::RequireCorp);
        }
        for none in [
            "require-corp, credentialless",
            "'require-corp'",
            "Require-Corp",
            "",
        ] {
            let line =
                format!(r#"{{"url":"x","page":{{"origin":"https://a.example","coep":"{none}"}}}}"#);
            let policies = Line::parse(&line).unwrap().page.policies;
            assert_eq!(policies.embedder, EmbedderPolicy::UnsafeNone, "{none}");
        }
    }

    #[test]
    fn mistakes_name_the_field() {
        for (text, expected) in [
            (
                r#"{"page":"https://a.example","url":"x","methd":"PUT"}"#,
                "unknown field `methd`",
            ),
            (
                r#"{"page":"https://a.example","url":"x","api":"fech"}"#,
                "`api`: `fech` is not one of fetch, xhr",
            ),
            (
                r#"{"page":"nowhere","url":"x"}"#,
                "`page`: `nowhere` is no origin",
            ),
            (
                r#"{"page":"https://a.example","url":"x","body":{"kind":"tape","value":""}}"#,
                "`tape` is not one of",
            ),
            (r#"{"page":"https://a.example"}"#, "missing field `url`"),
        ] {
            let error = Line::parse(text).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        }
    }
}
