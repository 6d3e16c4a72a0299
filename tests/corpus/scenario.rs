//! The corpus as data.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::Path;

use base64::Engine as _;
use corscope::wire::latin1_bytes;
use serde::Deserialize;
use serde_json::Value;

/// One recorded scenario.
#[derive(Deserialize)]
pub struct Scenario {
    pub id: String,
    pub note: String,
    pub page: Value,
    pub permission: Option<String>,
    #[serde(default)]
    pub cookies: Vec<Value>,
    pub requests: Vec<Value>,
    pub server: Vec<Rule>,
    #[serde(default)]
    flaky: Vec<String>,
    pub outcome: BTreeMap<String, Outcome>,
}

impl Scenario {
    /// Whether the browser did the same twice.
    pub fn is_steady(&self, browser: &str) -> bool {
        !self.flaky.iter().any(|name| name == browser)
    }
}

/// What the server answers.
#[derive(Clone, Deserialize)]
pub struct Rule {
    #[serde(default = "http")]
    pub scheme: String,
    pub host: String,
    pub path: String,
    pub method: String,
    pub replies: Vec<ScriptedReply>,
}

fn http() -> String {
    "http".to_owned()
}

/// One scripted reply.
#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ScriptedReply {
    #[serde(default)]
    pub close: bool,
    #[serde(default)]
    pub status: u16,
    #[serde(default)]
    pub reason: String,
    #[serde(default)]
    pub headers: Vec<(String, String)>,
    pub body: Option<String>,
    pub body_base64: Option<String>,
}

impl ScriptedReply {
    /// To requests that fit no rule.
    pub fn unscripted() -> Self {
        Self {
            close: false,
            status: 404,
            reason: "Not Found".to_owned(),
            headers: vec![("Content-Type".to_owned(), "text/plain".to_owned())],
            body: Some("unscripted".to_owned()),
            body_base64: None,
        }
    }

    pub fn body(&self) -> Vec<u8> {
        match (&self.body_base64, &self.body) {
            (Some(encoded), _) => base64::engine::general_purpose::STANDARD
                .decode(encoded)
                .unwrap(),
            (None, Some(text)) => text.clone().into_bytes(),
            (None, None) => Vec::new(),
        }
    }

    /// The reply as it was sent.
    pub fn bytes(&self, method: &str) -> Vec<u8> {
        let body = self.body();
        let mut head = format!("HTTP/1.1 {} {}\r\n", self.status, self.reason);
        for (name, value) in &self.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        if !matches!(self.status, 204 | 304) {
            head.push_str(&format!("Content-Length: {}\r\n", body.len()));
        }
        head.push_str("Connection: close\r\n\r\n");
        let mut bytes = latin1_bytes(&head).unwrap();
        if method != "HEAD" {
            bytes.extend(body);
        }
        bytes
    }
}

/// What one browser did.
#[derive(Deserialize)]
pub struct Outcome {
    pub results: Vec<Value>,
    pub console: Vec<Value>,
    pub wire: Vec<WireRequest>,
}

/// A request as the server received it.
#[derive(Deserialize)]
pub struct WireRequest {
    pub method: String,
    pub host: String,
    pub path: String,
    pub headers: Vec<(String, String)>,
    pub body: Option<String>,
    #[serde(default = "http")]
    pub scheme: String,
}

/// All groups by name.
pub fn load() -> BTreeMap<String, Vec<Scenario>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus");
    std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter_map(|path| {
            let name = path
                .file_name()?
                .to_str()?
                .strip_suffix(".jsonl.gz")?
                .to_owned();
            let mut text = String::new();
            flate2::read::GzDecoder::new(std::fs::File::open(&path).unwrap())
                .read_to_string(&mut text)
                .unwrap();
            let scenarios = text
                .lines()
                .map(|line| {
                    serde_json::from_str(line).unwrap_or_else(|error| panic!("{name}: {error}"))
                })
                .collect();
            Some((name, scenarios))
        })
        .collect()
}
