//! The corpus as data.
//!
//! `CORPUS_FOLDER=<folder>` plays the recordings of another folder instead (`*.jsonl` or `*.jsonl.gz`, the same
//! format): the table and the disagreements are printed, and nothing is held against a floor.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::thread;

use base64::Engine as _;
use corscope::engine::accept_of;
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

    /// Whether an answer is given as its bytes, which only the driver can read.
    pub fn needs_sockets(&self) -> bool {
        let mut replies = self.server.iter().flat_map(|rule| &rule.replies);
        replies.any(|reply| reply.raw.is_some())
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

/// The rules of a scenario while it is played: each reply is used in turn, the last again and again.
pub struct Script(Vec<(Rule, usize)>);

impl Script {
    pub fn new(rules: &[Rule]) -> Self {
        Self(rules.iter().map(|rule| (rule.clone(), 0)).collect())
    }

    /// The next reply of the first rule that fits, else what a request that fits none gets. A WebSocket's
    /// 101 has what its key asks for.
    pub fn reply(
        &mut self,
        scheme: &str,
        host: &str,
        path: &str,
        method: &str,
        websocket_key: Option<&str>,
    ) -> ScriptedReply {
        let fitting = self.0.iter_mut().find(|(rule, _)| {
            rule.scheme == scheme
                && rule.host == host
                && rule.path == path
                && (rule.method == "*" || rule.method == method)
        });
        let reply = fitting.and_then(|(rule, used)| {
            *used += 1;
            rule.replies.get(*used - 1).or(rule.replies.last())
        });
        let mut reply = reply.cloned().unwrap_or_else(ScriptedReply::unscripted);
        if let (101, Some(key)) = (reply.status, websocket_key) {
            let accept = ("Sec-WebSocket-Accept".to_owned(), accept_of(key));
            reply.headers.push(accept);
        }
        reply
    }
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
    /// The whole answer as it is sent, one character a byte, instead of the fields above.
    pub raw: Option<String>,
}

impl ScriptedReply {
    /// To requests that fit no rule.
    fn unscripted() -> Self {
        Self {
            close: false,
            status: 404,
            reason: "Not Found".to_owned(),
            headers: vec![("Content-Type".to_owned(), "text/plain".to_owned())],
            body: Some("unscripted".to_owned()),
            body_base64: None,
            raw: None,
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
        if let Some(raw) = &self.raw {
            return latin1_bytes(raw).unwrap();
        }
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

/// The folder of recordings to play instead of the corpus, if the environment names one.
pub fn other_folder() -> Option<PathBuf> {
    std::env::var_os("CORPUS_FOLDER").map(PathBuf::from)
}

/// The scenarios of each group, by its name.
pub type Corpus = BTreeMap<String, Vec<Scenario>>;

/// The whole corpus, read once for all tests.
pub fn corpus() -> &'static Corpus {
    static CORPUS: LazyLock<Corpus> = LazyLock::new(load);
    &CORPUS
}

fn load() -> Corpus {
    let folder = other_folder()
        .unwrap_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/corpus"));
    let files = std::fs::read_dir(folder).unwrap();
    let files: Vec<PathBuf> = files.map(|entry| entry.unwrap().path()).collect();
    thread::scope(|scope| {
        let reading: Vec<_> = files
            .iter()
            .map(|path| scope.spawn(move || group(path)))
            .collect();
        reading
            .into_iter()
            .filter_map(|group| group.join().unwrap())
            .collect()
    })
}

/// The name of a file's group and its scenarios; `None` if it is no file of recordings.
fn group(path: &Path) -> Option<(String, Vec<Scenario>)> {
    let file = path.file_name()?.to_str()?;
    let group = file.strip_suffix(".gz").unwrap_or(file);
    let group = group.strip_suffix(".jsonl")?.to_owned();
    let mut reader = std::fs::File::open(path).unwrap();
    let mut text = String::new();
    if file.ends_with(".gz") {
        let mut unpacked = flate2::read::GzDecoder::new(reader);
        unpacked.read_to_string(&mut text).unwrap();
    } else {
        reader.read_to_string(&mut text).unwrap();
    }
    let scenario =
        |line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{group}: {error}"));
    let scenarios = text.lines().map(scenario).collect();
    Some((group, scenarios))
}
