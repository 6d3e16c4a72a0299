//! Real causes behind a block, and the marks by which a case shows them: `assets/causes/`.
//!
//! A cause's signs are data over a small closed set of conditions, so that a new cause needs no Rust.
//! `diagnose::causes` weighs them.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde::Deserialize;

use super::{Embedded, embedded, paragraphs};

/// A typical real cause of blocked fetches.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cause {
    /// The file's name.
    pub id: String,
    /// A plain heading of at most 60 characters.
    pub title: String,
    /// For whoever has to decide: a template over the parameters of a finding.
    #[serde(deserialize_with = "paragraphs")]
    pub plain: String,
    /// For whoever has to build: a template.
    #[serde(deserialize_with = "paragraphs")]
    pub technical: String,
    /// What to do: a template.
    #[serde(deserialize_with = "paragraphs")]
    pub remedy: String,
    /// The marks by which it is told.
    pub signs: Vec<Sign>,
}

impl Cause {
    /// The follow-up requests that would tell whether it is this cause, each once, in order.
    pub fn probes(&self) -> Vec<ProbeId> {
        let mut probes = Vec::new();
        for probe in self.signs.iter().filter_map(|sign| sign.probe) {
            if !probes.contains(&probe) {
                probes.push(probe);
            }
        }
        probes
    }
}

/// One mark of a cause.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sign {
    /// The exchange that is looked at.
    #[serde(default)]
    pub of: Place,
    /// The follow-up request whose answer is looked at, instead of an exchange of the fetch.
    pub probe: Option<ProbeId>,
    /// What has to hold.
    pub when: Condition,
    /// What it counts, in points of a hundred; below zero it speaks against the cause.
    #[serde(default)]
    pub weight: i16,
    /// Whether it cannot be this cause without.
    #[serde(default)]
    pub needed: bool,
    /// Words for the evidence, where those of the condition do not say enough. Empty for none.
    pub says: Option<String>,
}

/// Which exchange of a fetch a sign looks at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Place {
    /// The one whose answer was judged: that of the block, else the last.
    #[default]
    Judged,
    /// The last preflight.
    Preflight,
    /// The last actual request.
    Actual,
    /// Any of them; the first for which the condition holds is the evidence.
    Any,
    /// Any other one with the server of the judged one, those sent to look behind a block too.
    Beside,
}

/// A condition over a case and one exchange of it.
///
/// Texts are compared without regard to letter case, unless it says otherwise. A header's name may end
/// in `*` and then stands for all that begin so.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Condition {
    /// The reason id of the block or failure is one of these.
    Reason(Vec<String>),
    /// The block lies in one of these phases.
    Phase(Vec<String>),
    /// The answer's status is one of these: `401`, or `5xx`.
    Status(Vec<StatusSet>),
    /// The answer has a header of that name, and its value contains one of the texts, if there are any.
    Header {
        /// The name.
        name: String,
        /// Texts, one of which is in the value.
        #[serde(default)]
        contains: Vec<String>,
    },
    /// The answer has no header of that name, or none whose value contains one of the texts.
    NoHeader {
        /// The name.
        name: String,
        /// Texts, none of which is in the value.
        #[serde(default)]
        contains: Vec<String>,
    },
    /// The request has a header of that name, as in `header`.
    RequestHeader {
        /// The name.
        name: String,
        /// Texts, one of which is in the value.
        #[serde(default)]
        contains: Vec<String>,
    },
    /// The kept head of the body contains one of these texts.
    Body(Vec<String>),
    /// The answer redirects in one of these ways.
    Redirect(Vec<RedirectKind>),
    /// Access-Control-Allow-Origin is at fault in one of these ways.
    AllowOrigin(Vec<OriginFault>),
    /// Whether the answer has any header that begins with Access-Control-Allow-.
    CorsHeaders(bool),
    /// Whether Access-Control-Allow-Origin names the request's origin, or is `*`.
    AllowsPage(bool),
    /// The answer has a header that is a misspelt CORS header.
    Misspelt(bool),
    /// The answer came from a cache on the way, by what it says of itself.
    SharedCache(bool),
    /// The answer came from the browser's own cache.
    BrowserCache(bool),
    /// The page is of one of these kinds.
    Page(Vec<PlaceKind>),
    /// What was asked is of one of these kinds.
    Target(Vec<PlaceKind>),
    /// The port that was asked is one of these.
    Port(Vec<u16>),
    /// The path that was asked contains one of these texts.
    Path(Vec<String>),
    /// Script set a request header of one of these names.
    ScriptHeader(Vec<String>),
    /// Script cannot read a header of one of these names that the answer has.
    Hidden(Vec<String>),
    /// The request's mode is one of these.
    Mode(Vec<String>),
    /// The credentials mode is one of these.
    Credentials(Vec<String>),
    /// It was asked by one of these: `fetch`, `xhr`, `font` ...
    Api(Vec<String>),
    /// The refused method or header name is one of these; it may end in `*`.
    Item(Vec<String>),
    /// The method that script gave has lower-case letters which browsers keep.
    LowerCaseMethod(bool),
    /// The trace has a step of that rule, or `rule.case`.
    Trace(Vec<String>),
    /// Whether a follow-up's answer differs from the judged one in status or CORS headers.
    Differs(bool),
    /// No answer came.
    NoAnswer(bool),
    /// One of these holds; the first that does is the evidence.
    AnyOf(Vec<Condition>),
}

/// A status, or a class of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct StatusSet {
    first: u16,
    last: u16,
}

impl StatusSet {
    /// Whether `status` is in it.
    pub fn contains(self, status: u16) -> bool {
        (self.first..=self.last).contains(&status)
    }
}

impl TryFrom<String> for StatusSet {
    type Error = String;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let class = text.strip_suffix("xx").map(str::parse::<u16>);
        match (class, text.parse::<u16>()) {
            (Some(Ok(class @ 1..=9)), _) => Ok(Self {
                first: class * 100,
                last: class * 100 + 99,
            }),
            (None, Ok(status @ 100..=999)) => Ok(Self {
                first: status,
                last: status,
            }),
            _ => Err(format!("`{text}` is neither a status nor a class as 4xx")),
        }
    }
}

/// Where a redirect leads, seen from where it was answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RedirectKind {
    /// The same over https.
    Https,
    /// The same with or without a slash at the end.
    Slash,
    /// The same with or without `www.`.
    Www,
    /// A page to sign in.
    Login,
    /// Another endpoint of the same storage service.
    Region,
    /// A path with a language or a version in front.
    Prefix,
    /// Any other host.
    Host,
    /// Any other place on the same host.
    Path,
}

/// How Access-Control-Allow-Origin misses the request's origin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OriginFault {
    /// Only http and https are exchanged.
    Scheme,
    /// Only the port differs.
    Port,
    /// A default port is written out.
    DefaultPort,
    /// Only `www.` differs.
    Www,
    /// A slash or a path follows.
    Slash,
    /// Only letter case differs.
    Case,
    /// Another name of this machine.
    LoopbackName,
    /// The scheme is missing.
    NoScheme,
    /// A pattern such as `https://*.example.com`.
    Pattern,
    /// Several different origins in one line.
    List,
    /// The same value twice, or several lines.
    Doubled,
    /// A placeholder or the name of a variable.
    Placeholder,
    /// A machine of a developer, while the page is somewhere else.
    DeveloperMachine,
    /// The wildcard.
    Star,
    /// `null`.
    Null,
    /// Any other origin.
    Other,
}

/// What kind of place a page or a target is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PlaceKind {
    /// `localhost`, 127.0.0.0/8, `[::1]`.
    Loopback,
    /// The name `localhost` itself.
    Localhost,
    /// Anything that is not this machine.
    Remote,
    /// A `file:` URL.
    File,
    /// A page without an origin of its own: sandboxed, `data:`.
    Opaque,
    /// The scheme of an app or an extension.
    App,
    /// http.
    Http,
    /// https.
    Https,
}

/// The harmless follow-up requests. Their words stand in `assets/probes.toml`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ProbeId {
    /// The same request again.
    Again,
    /// A GET where a preflight or another method was judged.
    Get,
    /// A preflight where none was sent.
    Options,
    /// The same without Origin.
    WithoutOrigin,
    /// The same for another origin.
    OtherOrigin,
    /// The preflight without the names of headers.
    BarePreflight,
    /// The preflight with a blank after each comma.
    SpacedPreflight,
    /// The same over https.
    Https,
    /// The same with or without a slash at the end.
    OtherSlash,
    /// The home page of the host.
    Root,
    /// The same past all caches.
    Fresh,
}

impl ProbeId {
    /// Every follow-up request.
    pub const ALL: &[Self] = &[
        Self::Again,
        Self::Get,
        Self::Options,
        Self::WithoutOrigin,
        Self::OtherOrigin,
        Self::BarePreflight,
        Self::SpacedPreflight,
        Self::Https,
        Self::OtherSlash,
        Self::Root,
        Self::Fresh,
    ];

    /// The stable id, as in the files.
    pub fn id(self) -> &'static str {
        match self {
            Self::Again => "again",
            Self::Get => "get",
            Self::Options => "options",
            Self::WithoutOrigin => "without-origin",
            Self::OtherOrigin => "other-origin",
            Self::BarePreflight => "bare-preflight",
            Self::SpacedPreflight => "spaced-preflight",
            Self::Https => "https",
            Self::OtherSlash => "other-slash",
            Self::Root => "root",
            Self::Fresh => "fresh",
        }
    }
}

/// The words of a follow-up request.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProbeWords {
    /// Where something was seen: "on a plain GET".
    pub on: String,
    /// What it tells, before it is sent.
    pub why: String,
    /// What it means that the answer is the same.
    pub same: String,
    /// What it means that the answer differs.
    pub differs: String,
}

/// The cause with that id.
pub fn cause(id: &str) -> Option<&'static Cause> {
    table().get(id).map(Embedded::parsed)
}

/// All causes, sorted by id.
pub fn causes() -> impl Iterator<Item = &'static Cause> {
    table().values().map(Embedded::parsed)
}

fn table() -> &'static BTreeMap<&'static str, Embedded<Cause>> {
    static TABLE: OnceLock<BTreeMap<&'static str, Embedded<Cause>>> = OnceLock::new();
    TABLE.get_or_init(|| embedded("causes"))
}

/// Causes of trouble that no block shows, by the verdict that hides them.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QuietCauses {
    /// Where script gets the response.
    pub allowed: Vec<String>,
    /// Where script gets an opaque response.
    pub opaque: Vec<String>,
}

/// The causes of `assets/quiet.toml`.
///
/// # Panics
///
/// If the file does not parse; the tests parse it.
pub fn quiet_causes() -> &'static QuietCauses {
    static QUIET: OnceLock<QuietCauses> = OnceLock::new();
    QUIET.get_or_init(|| {
        toml::from_str(include_str!("../../assets/quiet.toml"))
            .unwrap_or_else(|error| panic!("embedded quiet.toml, which the tests parse: {error}"))
    })
}

/// The words of a follow-up request, from `assets/probes.toml`.
///
/// # Panics
///
/// If the file does not parse or lacks the request; a test asks for all.
pub fn probe_words(probe: ProbeId) -> &'static ProbeWords {
    static WORDS: OnceLock<BTreeMap<String, ProbeWords>> = OnceLock::new();
    let words = WORDS.get_or_init(|| {
        toml::from_str(include_str!("../../assets/probes.toml"))
            .unwrap_or_else(|error| panic!("embedded probes.toml, which the tests parse: {error}"))
    });
    words
        .get(probe.id())
        .unwrap_or_else(|| panic!("assets/probes.toml has `{}`", probe.id()))
}

/// The template by which a piece of evidence is told, from `assets/evidence.toml`.
///
/// # Panics
///
/// If the file does not parse or lacks the key; a test asks for all.
pub fn evidence_words(key: &str) -> &'static str {
    static WORDS: OnceLock<BTreeMap<String, String>> = OnceLock::new();
    let words = WORDS.get_or_init(|| {
        toml::from_str(include_str!("../../assets/evidence.toml")).unwrap_or_else(|error| {
            panic!("embedded evidence.toml, which the tests parse: {error}")
        })
    });
    words
        .get(key)
        .unwrap_or_else(|| panic!("assets/evidence.toml has `{key}`"))
}
