//! The prose that ships inside the binary, typed: findings, causes, glossary, lessons.
//!
//! Everything under `assets/` is embedded at build time. Nothing is read at start-up: a finding is
//! parsed when it is first asked for, the lessons when their list is. The tests parse and
//! render every file, so an embedded file that does not parse is a bug of the build, and panics.
//!
//! A line break inside a paragraph of a file is a blank in the text; an empty line stays one.
//!
//! | to change | open |
//! | --- | --- |
//! | what a reason means and how to mend it | `assets/findings/<reason id>.toml` |
//! | what typically is behind it, and how that shows | `assets/causes/<id>.toml`, `quiet.toml` |
//! | what a follow-up request is for, what evidence is called | `assets/probes.toml`, `evidence.toml` |
//! | what a word means | `assets/glossary/<group>.toml` |
//! | a lesson of the lab | `assets/lessons/NN-name.toml` |
//! | how a stack is told a policy | `assets/recipes/<stack>.toml` |

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use include_dir::{Dir, File, include_dir};
use minijinja::{Environment, UndefinedBehavior};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize};

use crate::lab::ServerRule;

mod cause;
mod glossary;
mod recipes;

pub use cause::{
    Cause, Condition, OriginFault, Place, PlaceKind, ProbeId, ProbeWords, QuietCauses,
    RedirectKind, Sign, StatusSet, cause, causes, evidence_words, probe_words, quiet_causes,
};
pub use glossary::{Group, Term, glossary, term, terms_in};
pub use recipes::{Recipe, Remark, Signature, Snippet, recipe, recipes};

static ASSETS: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/assets");

/// A request in the JSON notation of `check --json` and `batch`, not yet typed.
pub type RequestLine = serde_json::Map<String, serde_json::Value>;

/// The explanation of one reason id.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Finding {
    /// The reason id, which is also the file's name.
    pub id: String,
    /// A plain heading of at most 60 characters.
    pub title: String,
    /// For whoever has to decide: a template.
    #[serde(deserialize_with = "paragraphs")]
    pub plain: String,
    /// For whoever has to build, in the standard's terms: a template.
    #[serde(deserialize_with = "paragraphs")]
    pub technical: String,
    /// The smallest thing to change, and where: a template.
    #[serde(deserialize_with = "paragraphs")]
    pub remedy: String,
    /// The section of the standard that decides.
    pub spec: String,
    /// The page about it on MDN, if there is one.
    pub mdn: Option<String>,
    /// The ids of what typically is behind it, the most frequent first.
    #[serde(default)]
    pub causes: Vec<String>,
}

/// What a finding's templates may speak of. Empty where it does not apply; values that came from a
/// server are given escaped for display.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct FindingParams {
    /// The page's origin as the browser serialises it.
    pub page_origin: String,
    /// The origin that was asked.
    pub target_origin: String,
    /// The URL that was asked.
    pub url: String,
    /// The request's method.
    pub method: String,
    /// The status of the response that was judged.
    pub status: String,
    /// The name of the header at fault.
    pub header: String,
    /// Its value.
    pub value: String,
    /// What would have passed.
    pub expected: String,
    /// The method or header name that was refused.
    pub item: String,
    /// The credentials mode.
    pub credentials: String,
    /// `preflight`, `actual`, `redirect`, `request` or `response`.
    pub phase: String,
    /// The URL of the hop that failed, where there was a redirect.
    pub hop_url: String,
}

/// The three paragraphs of a finding or a cause with their parameters filled in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RenderedFinding {
    /// For whoever has to decide.
    pub plain: String,
    /// For whoever has to build.
    pub technical: String,
    /// The smallest thing to change, and where.
    pub remedy: String,
}

impl Finding {
    /// Fills in the templates. Fails only on a template that the tests did not see.
    pub fn render(&self, params: &FindingParams) -> Result<RenderedFinding, minijinja::Error> {
        render([&self.plain, &self.technical, &self.remedy], params)
    }
}

impl Cause {
    /// Fills in the templates, as those of a finding.
    pub fn render(&self, params: &FindingParams) -> Result<RenderedFinding, minijinja::Error> {
        render([&self.plain, &self.technical, &self.remedy], params)
    }
}

fn render(
    [plain, technical, remedy]: [&str; 3],
    params: &FindingParams,
) -> Result<RenderedFinding, minijinja::Error> {
    let mut environment = Environment::empty();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    let fill = |template: &str| environment.render_str(template, params);
    Ok(RenderedFinding {
        plain: fill(plain)?,
        technical: fill(technical)?,
        remedy: fill(remedy)?,
    })
}

/// The finding for a reason id.
pub fn finding(id: &str) -> Option<&'static Finding> {
    finding_table().get(id).map(Embedded::parsed)
}

/// All findings, sorted by id.
pub fn findings() -> impl Iterator<Item = &'static Finding> {
    finding_table().values().map(Embedded::parsed)
}

/// A scripted server and the request that breaks on it, told as a story.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lesson {
    /// The file's name without its number.
    pub id: String,
    /// The heading.
    pub title: String,
    /// One line for the list of lessons.
    pub summary: String,
    /// What happened, in plain English.
    #[serde(deserialize_with = "paragraphs")]
    pub story: String,
    /// Where to look in the trace.
    #[serde(deserialize_with = "paragraphs")]
    pub hint: String,
    /// The request that the page makes.
    pub request: RequestLine,
    /// The variants of the server, the broken one first.
    pub servers: Vec<LessonServer>,
}

/// One variant of a lesson's server.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LessonServer {
    /// `broken`, `repaired`, or a name for something in between.
    pub id: String,
    /// The heading.
    pub title: String,
    /// What was changed, or what is wrong.
    #[serde(deserialize_with = "paragraphs")]
    pub explanation: String,
    /// What the page asks instead of the lesson's request, where the page was changed too.
    pub request: Option<RequestLine>,
    /// What the server answers.
    pub rules: Vec<ServerRule>,
    /// What comes of it.
    pub expect: Expectation,
}

/// What Chromium makes of a lesson's variant.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expectation {
    /// The verdict.
    pub verdict: ExpectedVerdict,
    /// The reason id, where blocked.
    pub reason: Option<String>,
    /// The response header at fault in lower case, where there is one.
    pub header: Option<String>,
    /// The methods of the requests that reach a server, in order.
    pub exchanges: Vec<String>,
}

/// How a lesson's request ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ExpectedVerdict {
    /// Script reads the response.
    Allowed,
    /// Script gets an error.
    Blocked,
    /// Script gets a response that it cannot look into.
    Opaque,
}

impl Lesson {
    /// The variant with that id.
    pub fn server(&self, id: &str) -> Option<&LessonServer> {
        self.servers.iter().find(|server| server.id == id)
    }

    /// The request that the page makes to that variant.
    pub fn request_to<'a>(&'a self, server: &'a LessonServer) -> &'a RequestLine {
        server.request.as_ref().unwrap_or(&self.request)
    }
}

/// The hosts that the servers of all lessons play.
pub fn lesson_hosts() -> BTreeSet<&'static str> {
    lessons()
        .iter()
        .flat_map(|lesson| &lesson.servers)
        .flat_map(|server| &server.rules)
        .map(|rule| rule.host.as_str())
        .collect()
}

/// All lessons in the order in which they are taught.
pub fn lessons() -> &'static [Lesson] {
    static LESSONS: OnceLock<Vec<Lesson>> = OnceLock::new();
    LESSONS.get_or_init(|| {
        let files: BTreeMap<_, _> = files("lessons").collect();
        let lessons = files.into_iter().map(|(name, file)| parse(name, file));
        lessons.collect()
    })
}

/// An embedded file, looked into once it is asked for.
struct Embedded<T> {
    name: &'static str,
    file: &'static File<'static>,
    parsed: OnceLock<T>,
}

impl<T: DeserializeOwned> Embedded<T> {
    fn parsed(&self) -> &T {
        self.parsed.get_or_init(|| parse(self.name, self.file))
    }
}

/// The files of a folder by name.
fn embedded<T>(folder: &str) -> BTreeMap<&'static str, Embedded<T>> {
    let entry = |(name, file)| Embedded {
        name,
        file,
        parsed: OnceLock::new(),
    };
    files(folder).map(entry).map(|e| (e.name, e)).collect()
}

fn finding_table() -> &'static BTreeMap<&'static str, Embedded<Finding>> {
    static TABLE: OnceLock<BTreeMap<&'static str, Embedded<Finding>>> = OnceLock::new();
    TABLE.get_or_init(|| embedded("findings"))
}

/// Stem and content of every TOML file in a folder of the assets.
fn files(folder: &str) -> impl Iterator<Item = (&'static str, &'static File<'static>)> {
    let files = ASSETS.get_dir(folder).into_iter().flat_map(Dir::files);
    files.filter_map(|file| {
        let name = file.path().file_name()?.to_str()?;
        Some((name.strip_suffix(".toml")?, file))
    })
}

fn parse<T: DeserializeOwned>(name: &str, file: &File) -> T {
    toml::from_slice(file.contents())
        .unwrap_or_else(|error| panic!("embedded {name}.toml, which the tests parse: {error}"))
}

/// Reads paragraphs: lines are joined, an empty line ends a paragraph.
fn paragraphs<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let text = String::deserialize(deserializer)?;
    let joined = text.trim().split("\n\n").map(|paragraph| {
        let lines: Vec<_> = paragraph.lines().map(str::trim).collect();
        lines.join(" ").trim().to_owned()
    });
    Ok(joined.collect::<Vec<_>>().join("\n\n"))
}

#[cfg(test)]
mod tests;
