//! What the page asked for as a call of `fetch()`, to paste into a browser's console on that page.

use serde_json::{Map, Value, json};

use crate::engine::{CacheMode, Credentials, FetchRequest, Mode, RedirectMode, RequestBody};

/// The call. What has its default is left out.
///
/// Elements and forms have no such call; theirs asks for the same.
pub fn fetch(request: &FetchRequest) -> String {
    let mut options = Vec::new();
    let mut option = |name: &str, value: String| options.push(format!("  {name}: {value},"));
    if request.method != "GET" {
        option("method", quoted(&request.method));
    }
    if !request.headers.is_empty() {
        option("headers", headers(&request.headers));
    }
    if let Some(body) = &request.body {
        option("body", body_of(body));
    }
    for (name, value, usual) in [
        ("mode", request.mode.as_str(), Mode::Cors.as_str()),
        (
            "credentials",
            request.credentials.as_str(),
            Credentials::SameOrigin.as_str(),
        ),
        (
            "redirect",
            request.redirect.as_str(),
            RedirectMode::Follow.as_str(),
        ),
        ("cache", request.cache.as_str(), CacheMode::Default.as_str()),
        ("integrity", &request.integrity, ""),
    ] {
        if value != usual {
            option(name, quoted(value));
        }
    }
    if let Some(policy) = request.referrer_policy {
        option("referrerPolicy", quoted(policy.as_str()));
    }
    if request.keepalive {
        option("keepalive", "true".to_owned());
    }
    if request.duplex_half {
        option("duplex", quoted("half"));
    }
    if let Some(space) = request.target_address_space {
        option("targetAddressSpace", quoted(space.as_str()));
    }
    for invalid in &request.invalid_options {
        option(invalid.name, quoted(&invalid.value));
    }
    let url = quoted(&request.url);
    match options.is_empty() {
        true => format!("await fetch({url});"),
        false => format!("await fetch({url}, {{\n{}\n}});", options.join("\n")),
    }
}

/// An object where each name is there once, else a list of pairs, which keeps them all.
fn headers(headers: &[(String, String)]) -> String {
    let mut object = Map::new();
    for (name, value) in headers {
        object.insert(name.clone(), json!(value));
    }
    let value = match object.len() == headers.len() {
        true => Value::Object(object),
        false => json!(headers),
    };
    indented(&value)
}

/// JSON over lines, as deep as the options are.
fn indented(value: &Value) -> String {
    let pretty = serde_json::to_string_pretty(value).unwrap_or_else(|_| value.to_string());
    escaped(&pretty.replace('\n', "\n  "))
}

fn body_of(body: &RequestBody) -> String {
    match body {
        RequestBody::Text(text) => quoted(text),
        RequestBody::UrlEncoded(pairs) => format!("new URLSearchParams({})", json_of(pairs)),
        RequestBody::FormData(entries) => format!(
            "{}.reduce((form, [name, value]) => (form.append(name, value), form), new FormData())",
            json_of(entries)
        ),
        RequestBody::Blob { bytes, media_type } => {
            let kind = quoted(media_type);
            format!("new Blob([{}], {{ type: {kind} }})", array(bytes))
        }
        RequestBody::Bytes(bytes) => array(bytes),
        RequestBody::Stream(bytes) => format!("new Blob([{}]).stream()", array(bytes)),
    }
}

fn array(bytes: &[u8]) -> String {
    format!("new Uint8Array({})", json!(bytes))
}

fn json_of(pairs: &[(String, String)]) -> String {
    escaped(&json!(pairs).to_string())
}

/// A JavaScript string. JSON is one: <https://tc39.es/proposal-json-superset/>.
fn quoted(text: &str) -> String {
    escaped(&Value::from(text).to_string())
}

/// What a terminal or an editor might act on becomes an escape; in JSON it stands in strings only.
fn escaped(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    let mut units = [0; 2];
    for c in json.chars() {
        match c {
            '\n' | ' '..='~' => text.push(c),
            c if c.is_alphanumeric() => text.push(c),
            c => {
                for unit in c.encode_utf16(&mut units) {
                    text.push_str(&format!("\\u{unit:04x}"));
                }
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_its_default_is_left_out() {
        let request = FetchRequest::new("https://api.example/prices");
        assert_eq!(
            fetch(&request),
            "await fetch(\"https://api.example/prices\");"
        );
    }

    #[test]
    fn everything_that_was_asked_is_there() {
        let request = FetchRequest {
            method: "PUT".into(),
            credentials: Credentials::Include,
            headers: vec![
                ("Content-Type".into(), "application/json".into()),
                ("X-Api-Key".into(), "\"k\u{1b}\"".into()),
            ],
            body: Some(RequestBody::Text("{\"price\": 3}\n\u{202e}".into())),
            keepalive: true,
            ..FetchRequest::new("https://api.example/")
        };
        insta::assert_snapshot!(fetch(&request), @r#"
        await fetch("https://api.example/", {
          method: "PUT",
          headers: {
            "Content-Type": "application/json",
            "X-Api-Key": "\"k\u001b\""
          },
          body: "{\"price\": 3}\n\u202e",
          credentials: "include",
          keepalive: true,
        });
        "#);
    }

    #[test]
    fn a_header_that_is_there_twice_stays_twice() {
        let twice = vec![("A".to_owned(), "1".to_owned()), ("A".into(), "2".into())];
        let request = FetchRequest {
            headers: twice,
            ..FetchRequest::new("/x")
        };
        let text = fetch(&request);
        assert!(text.contains("\"1\"") && text.contains("\"2\""), "{text}");
    }

    #[test]
    fn every_kind_of_body_has_its_call() {
        let pairs = vec![("a".to_owned(), "1 & 2".to_owned())];
        for (body, expected) in [
            (
                RequestBody::UrlEncoded(pairs.clone()),
                r#"new URLSearchParams([["a","1 & 2"]])"#,
            ),
            (RequestBody::FormData(pairs), "new FormData())"),
            (RequestBody::Bytes(vec![0, 255]), "new Uint8Array([0,255])"),
            (
                RequestBody::Blob {
                    bytes: vec![1],
                    media_type: "text/x".into(),
                },
                r#"new Blob([new Uint8Array([1])], { type: "text/x" })"#,
            ),
        ] {
            let request = FetchRequest {
                body: Some(body),
                ..FetchRequest::new("/x")
            };
            let text = fetch(&request);
            assert!(text.contains(expected), "{text}");
        }
    }
}
