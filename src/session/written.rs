//! A request written as the line of JSON that asks for it: what [`Line`](super::Line) reads. Defaults are
//! left out.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use crate::engine::{
    Api, CacheMode, Credentials, CrossOriginAttribute, EmbedderPolicy, Engine, FetchRequest,
    LocalNetworkPermission, Mode, Page, RedirectMode, RequestBody,
};
use crate::wire::Origin;

/// The line of a request: who asks for what, by whose rules, with what leave for local networks.
pub fn write_line(
    page: &Page,
    request: &FetchRequest,
    engine: Engine,
    permission: LocalNetworkPermission,
) -> Value {
    let mut line = Map::new();
    let mut put = |name: &str, value: Value| {
        line.insert(name.to_owned(), value);
    };
    put("engine", engine.as_str().into());
    if permission != LocalNetworkPermission::default() {
        put("permission", permission.as_str().into());
    }
    put("page", page_value(page));
    if request.api != Api::Fetch {
        put("api", request.api.as_str().into());
    }
    put("url", request.url.as_str().into());
    if request.method != "GET" {
        put("method", request.method.as_str().into());
    }
    if request.mode != Mode::Cors {
        put("mode", request.mode.as_str().into());
    }
    if request.credentials != Credentials::SameOrigin {
        put("credentials", request.credentials.as_str().into());
    }
    if request.redirect != RedirectMode::Follow {
        put("redirect", request.redirect.as_str().into());
    }
    if request.cache != CacheMode::Default {
        put("cache", request.cache.as_str().into());
    }
    if let Some(policy) = request.referrer_policy {
        put("referrerPolicy", policy.as_str().into());
    }
    if request.keepalive {
        put("keepalive", true.into());
    }
    if !request.integrity.is_empty() {
        put("integrity", request.integrity.as_str().into());
    }
    if request.duplex_half {
        put("duplex", "half".into());
    }
    if !request.headers.is_empty() {
        put("headers", pairs(&request.headers));
    }
    if let Some(body) = &request.body {
        put("body", body_value(body));
    }
    if request.upload_listener {
        put("xhr", json!({ "uploadListener": true }));
    }
    if let Some(space) = request.target_address_space {
        put("targetAddressSpace", space.as_str().into());
    }
    if let Some(crossorigin) = request.crossorigin {
        let value = match crossorigin {
            CrossOriginAttribute::Anonymous => "anonymous",
            CrossOriginAttribute::UseCredentials => "use-credentials",
        };
        put("crossorigin", value.into());
    }
    if request.module {
        put("type", "module".into());
    }
    if let Some(kind) = &request.script_type {
        put("type", kind.as_str().into());
    }
    for option in &request.invalid_options {
        put(option.name, option.value.as_str().into());
    }
    line.into()
}

fn page_value(page: &Page) -> Value {
    let mut value = Map::new();
    value.insert("origin".to_owned(), page.url.as_str().into());
    let mut put = |name: &str, field: Value| {
        value.insert(name.to_owned(), field);
    };
    if page.origin == Origin::Opaque {
        put("sandbox", true.into());
    }
    if let Some(space) = page.address_space {
        put("addressSpace", space.as_str().into());
    }
    let policies = &page.policies;
    for (name, report_only) in [("csp", false), ("cspReportOnly", true)] {
        let list = policies.csp.iter();
        let list = list.filter(|policy| policy.report_only == report_only);
        let texts: Vec<_> = list.map(|policy| policy.text.as_str()).collect();
        if !texts.is_empty() {
            put(name, texts.into());
        }
    }
    if policies.embedder != EmbedderPolicy::default() {
        put("coep", policies.embedder.as_str().into());
    }
    if let Some(policy) = policies.referrer {
        put("referrerPolicy", policy.as_str().into());
    }
    match value.len() {
        1 => page.url.as_str().into(),
        _ => value.into(),
    }
}

fn body_value(body: &RequestBody) -> Value {
    match body {
        RequestBody::Text(text) => text.as_str().into(),
        RequestBody::UrlEncoded(list) => json!({ "kind": "urlencoded", "value": pairs(list) }),
        RequestBody::FormData(list) => json!({ "kind": "formdata", "value": pairs(list) }),
        RequestBody::Blob { bytes, media_type } => {
            json!({ "kind": "blob", "value": bytes_value(bytes), "type": media_type })
        }
        RequestBody::Bytes(bytes) => json!({ "base64": STANDARD.encode(bytes) }),
        RequestBody::Stream(bytes) => json!({ "kind": "stream", "value": bytes_value(bytes) }),
    }
}

fn bytes_value(bytes: &[u8]) -> Value {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.into(),
        Err(_) => json!({ "base64": STANDARD.encode(bytes) }),
    }
}

fn pairs(list: &[(String, String)]) -> Value {
    list.iter()
        .map(|(name, value)| Value::from(vec![name.as_str(), value.as_str()]))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::Line;

    /// What a line says stays what it says.
    #[track_caller]
    fn comes_back(text: &str) {
        let line = Line::parse(text).unwrap();
        let (engine, permission) = (
            line.engine.unwrap_or(Engine::Chromium),
            line.permission.unwrap_or_default(),
        );
        let written = write_line(&line.page, &line.request, engine, permission);
        let again = Line::from_value(written).unwrap();
        assert_eq!((&again.page, &again.request), (&line.page, &line.request));
        assert_eq!(again.engine, Some(engine));
        assert_eq!(again.permission.unwrap_or_default(), permission);
    }

    #[test]
    fn every_field_comes_back() {
        for rest in [
            r#""method":"pUT","mode":"no-cors","credentials":"include","redirect":"manual","cache":"reload""#,
            r#""referrerPolicy":"origin","keepalive":true,"integrity":"sha256-x","duplex":"half""#,
            r#""headers":[["X-A","ü"],["x-a",""]],"body":"text","api":"xhr","xhr":{"withCredentials":true,"uploadListener":true}"#,
            r#""body":{"base64":"/wA="},"targetAddressSpace":"local","permission":"denied","engine":"webkit""#,
            r#""body":{"kind":"urlencoded","value":[["a","b"]]},"api":"script","crossorigin":"use-credentials","type":"module""#,
            r#""api":"script","type":"x/y""#,
            r#""body":{"kind":"formdata","value":[["a","b"]]},"cache":"never","redirect":"no","referrerPolicy":"x","mode":"y""#,
            r#""body":{"kind":"blob","value":"b","type":"text/x"},"credentials":"all","duplex":"full","targetAddressSpace":"z""#,
            r#""body":{"kind":"blob","value":{"base64":"/w=="}}"#,
            r#""body":{"kind":"stream","value":{"base64":"/w=="}}"#,
        ] {
            for page in [
                r#""https://app.example/dir?q#f""#,
                r#"{"origin":"http://app.example","sandbox":true,"addressSpace":"local"}"#,
                r#"{"origin":"https://app.example","csp":["connect-src 'self'"],"cspReportOnly":["img-src *"],"coep":"credentialless","referrerPolicy":"origin"}"#,
            ] {
                comes_back(&format!(
                    r#"{{"page":{page},"url":"https://api.example/x",{rest}}}"#
                ));
            }
        }
    }
}
