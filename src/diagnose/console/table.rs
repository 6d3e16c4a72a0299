//! An engine's table: for every event the lines that it prints.
//!
//! A run asks for two or three of the hundred entries, and `check` is a short process. So the file is
//! cut at its headings, and an entry parsed when an event first asks for it.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock, OnceLock};

use minijinja::{Environment, Template, Value};
use percent_encoding::percent_decode_str;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::ConsoleLine;
use super::facts::{Event, FactMap};
use crate::engine::{Engine, is_host_source};

const SAY: &str = "[[say]]\n";
const LINE: &str = "[line.";

/// The asset of one engine.
pub(super) struct Table {
    head: Piece<Head>,
    lines: BTreeMap<&'static str, Piece<Line>>,
    /// The first entry that fits an event answers it.
    says: Vec<Piece<Say>>,
    /// The places of the entries about each event: most events of a fetch have none.
    about: BTreeMap<&'static str, Vec<usize>>,
}

/// What stands above the first line.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Head {
    /// Header names that the engine knows by themselves: of several refused headers it names one of
    /// these first, spelled as here.
    #[serde(default)]
    known_headers: Vec<String>,
    /// What the lines call the way in which the page asked, by `api`.
    #[serde(default)]
    kinds: BTreeMap<String, String>,
    /// What lines about mixed content call it.
    #[serde(default)]
    resources: BTreeMap<String, String>,
}

/// A line without its values.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Line {
    pub(super) level: String,
    /// Empty: what the entry says.
    #[serde(default)]
    pub(super) source: String,
    /// Facts that must have one of these values for the line to be printed.
    #[serde(default)]
    pub(super) when: Conditions,
    pub(super) text: Text,
    /// Whether it goes with many causes and names none.
    #[serde(default)]
    pub(super) generic: bool,
    /// The reasons that it stands for, where the event that it answers is none.
    #[serde(default)]
    pub(super) about: Vec<String>,
    /// A fact that is a list between commas: the line is printed for each of its items, as `part`.
    #[serde(default)]
    pub(super) each: String,
}

/// What is printed when.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Say {
    /// The events: reason ids, ids of network failures, `allowed`, `opaque`, or `step:` and a rule.
    pub(super) on: Vec<String>,
    /// Facts that must have one of these values.
    #[serde(default)]
    pub(super) when: Conditions,
    /// Facts that must have none of these values.
    #[serde(default)]
    pub(super) unless: Conditions,
    /// What lines without a source of their own are filed under.
    #[serde(default)]
    pub(super) source: String,
    /// The part that the lines below have in common, for them to use as `message`.
    #[serde(default)]
    pub(super) message: Text,
    /// The names of the lines, in order; none: the engine keeps silent.
    pub(super) lines: Vec<String>,
}

/// A text with places for facts, parsed when it is first printed.
#[derive(Default, Deserialize)]
#[serde(from = "String")]
pub(super) struct Text {
    source: String,
    template: OnceLock<Template<'static, 'static>>,
}

impl From<String> for Text {
    fn from(source: String) -> Self {
        Self {
            source,
            template: OnceLock::new(),
        }
    }
}

impl Text {
    /// As it stands in the asset.
    pub(super) fn as_str(&self) -> &str {
        &self.source
    }

    /// With its places filled in.
    fn render(&'static self, facts: &Arc<FactMap>) -> String {
        if !self.source.contains('{') {
            return self.source.clone();
        }
        let template = self.template.get_or_init(|| {
            let parsed = environment().template_from_str(&self.source);
            parsed.unwrap_or_else(|error| self.broken(&error))
        });
        // An object hands out the few facts that the text asks for; a serialized map would copy all.
        let facts = Value::from_dyn_object(Arc::clone(facts));
        let rendered = template.render(facts);
        rendered.unwrap_or_else(|error| self.broken(&error))
    }

    fn broken(&self, error: &minijinja::Error) -> ! {
        panic!("assets/browsers: `{}` renders: {error}", self.source)
    }
}

/// Values by the name of a fact.
pub(super) type Conditions = BTreeMap<String, Vec<String>>;

impl Say {
    fn fits(&self, event: &str, facts: &FactMap) -> bool {
        let mut unless = self.unless.iter();
        self.on.iter().any(|on| on == event)
            && holds_all(&self.when, facts)
            && !unless.any(|condition| holds(condition, facts))
    }
}

fn holds_all(conditions: &Conditions, facts: &FactMap) -> bool {
    conditions.iter().all(|condition| holds(condition, facts))
}

/// Whether a fact has one of the values; a fact that is not there is empty.
fn holds((fact, values): (&String, &Vec<String>), facts: &FactMap) -> bool {
    let actual = facts.get(fact.as_str()).map_or("", String::as_str);
    values.iter().any(|value| value == actual)
}

/// A part of the file.
pub(super) struct Piece<T> {
    source: &'static str,
    parsed: OnceLock<T>,
}

impl<T: DeserializeOwned> Piece<T> {
    fn of(source: &'static str) -> Self {
        Self {
            source,
            parsed: OnceLock::new(),
        }
    }

    pub(super) fn get(&self) -> &T {
        self.parsed.get_or_init(|| {
            toml::from_str(self.source)
                .unwrap_or_else(|error| panic!("assets/browsers: {}\n{error}", self.source))
        })
    }
}

impl Piece<Say> {
    /// The events that the entry is about; its first line says so.
    fn events(&self) -> impl Iterator<Item = &'static str> {
        let first = self.source.lines().next().unwrap_or_default();
        first.split('"').skip(1).step_by(2)
    }
}

impl Table {
    /// The engine's table; the Standard has no console.
    pub(super) fn of(engine: Engine) -> Option<&'static Self> {
        static CHROMIUM: LazyLock<Table> =
            LazyLock::new(|| Table::cut(include_str!("../../../assets/browsers/chromium.toml")));
        static FIREFOX: LazyLock<Table> =
            LazyLock::new(|| Table::cut(include_str!("../../../assets/browsers/firefox.toml")));
        static WEBKIT: LazyLock<Table> =
            LazyLock::new(|| Table::cut(include_str!("../../../assets/browsers/webkit.toml")));
        match engine {
            Engine::Chromium => Some(&CHROMIUM),
            Engine::Firefox => Some(&FIREFOX),
            Engine::WebKit => Some(&WEBKIT),
            Engine::Standard => None,
        }
    }

    fn cut(source: &'static str) -> Self {
        let begins = |heading: &str| source.find(heading).unwrap_or(source.len());
        let head = begins(SAY).min(begins(LINE));
        let mut table = Self {
            head: Piece::of(&source[..head]),
            lines: BTreeMap::new(),
            says: Vec::new(),
            about: BTreeMap::new(),
        };
        let mut rest = &source[head..];
        while !rest.is_empty() {
            let inner = rest.get(1..).unwrap_or_default();
            let next = [format!("\n{SAY}"), format!("\n{LINE}")]
                .iter()
                .filter_map(|heading| inner.find(heading))
                .min();
            let (piece, after) = rest.split_at(next.map_or(rest.len(), |at| at + 2));
            if let Some(say) = piece.strip_prefix(SAY) {
                let say = Piece::of(say);
                for event in say.events() {
                    table.about.entry(event).or_default().push(table.says.len());
                }
                table.says.push(say);
            } else if let Some((name, line)) = piece
                .strip_prefix(LINE)
                .and_then(|line| line.split_once("]\n"))
            {
                table.lines.insert(name, Piece::of(line));
            }
            rest = after;
        }
        table
    }

    /// Whether any entry is about this kind of event.
    #[cfg(test)]
    pub(super) fn knows(&self, event: &str) -> bool {
        self.about.contains_key(event)
    }

    /// Whether any entry about this event may fit, as far as the facts tell that are known `at_once`:
    /// to gather all of them for nothing costs more than a decision of the engine.
    pub(super) fn may_answer(
        &self,
        event: &str,
        at_once: impl Fn(&str) -> Option<&'static str>,
    ) -> bool {
        self.about(event).any(|say| {
            let mut when = say.get().when.iter();
            when.all(|(fact, values)| {
                at_once(fact).is_none_or(|actual| values.iter().any(|value| value == actual))
            })
        })
    }

    /// The entries about this kind of event, in order.
    fn about(&self, event: &str) -> impl Iterator<Item = &Piece<Say>> {
        let places = self.about.get(event).into_iter().flatten();
        places.map(|&place| &self.says[place])
    }

    /// The lines that answer an event.
    pub(super) fn answer(&'static self, event: &Event, mut facts: FactMap) -> Vec<ConsoleLine> {
        self.name(&mut facts);
        let mut about = self.about(event.id).map(Piece::get);
        let Some(say) = about.find(|say| say.fits(event.id, &facts)) else {
            return Vec::new();
        };
        let mut facts = Arc::new(facts);
        let message = say.message.render(&facts);
        Arc::make_mut(&mut facts).insert("message", message);
        let lines = say.lines.iter().map(|name| self.line(name));
        let lines: Vec<&Line> = lines.filter(|line| holds_all(&line.when, &facts)).collect();
        let mut printed = Vec::with_capacity(lines.len());
        for line in lines {
            let mut print = |facts: &Arc<FactMap>| {
                printed.push(ConsoleLine {
                    level: &line.level,
                    source: if line.source.is_empty() {
                        &say.source
                    } else {
                        &line.source
                    },
                    text: line.text.render(facts),
                });
            };
            if line.each.is_empty() {
                print(&facts);
                continue;
            }
            let list = facts.get(line.each.as_str()).cloned().unwrap_or_default();
            for part in list.split(',').filter(|part| !part.is_empty()) {
                Arc::make_mut(&mut facts).insert("part", part.to_owned());
                print(&facts);
            }
        }
        printed
    }

    fn line(&'static self, name: &str) -> &'static Line {
        let line = self.lines.get(name);
        line.unwrap_or_else(|| panic!("assets/browsers: the line `{name}` is there"))
            .get()
    }

    /// What the lines call the ways in which a page asks.
    pub(super) fn kinds(&self) -> impl Iterator<Item = &str> {
        self.head.get().kinds.values().map(String::as_str)
    }

    /// Adds what this engine calls things.
    fn name(&self, facts: &mut FactMap) {
        let head = self.head.get();
        let api = facts.get("api").cloned().unwrap_or_default();
        for (fact, names) in [("kind", &head.kinds), ("resource", &head.resources)] {
            if let Some(name) = names.get(&api) {
                facts.insert(fact, name.clone());
            }
        }
        let Some(refused) = facts.get("refused_headers") else {
            return;
        };
        let known = refused.split(',').find_map(|name| {
            let mut known = head.known_headers.iter();
            known.find(|known| known.eq_ignore_ascii_case(name))
        });
        let first = refused.split(',').next().unwrap_or_default();
        let named = known.map_or(first, String::as_str).to_owned();
        facts.insert("refused", named);
    }

    /// Every entry.
    pub(super) fn says(&self) -> impl Iterator<Item = &Say> {
        self.says.iter().map(Piece::get)
    }

    /// Every line by name.
    pub(super) fn lines(&self) -> impl Iterator<Item = (&'static str, &Line)> {
        self.lines.iter().map(|(name, line)| (*name, line.get()))
    }
}

/// The environment of all templates, with the ways in which engines show a value.
pub(super) fn environment() -> &'static Environment<'static> {
    static ENVIRONMENT: LazyLock<Environment<'static>> = LazyLock::new(|| {
        let mut environment = Environment::empty();
        // Some lines end with one.
        environment.set_keep_trailing_newline(true);
        environment.add_filter("escaped", escaped);
        environment.add_filter("utf8", utf8);
        environment.add_filter("soup", soup);
        environment.add_filter("spelled_out", spelled_out);
        environment.add_filter("cut_short", cut_short);
        environment
    });
    &ENVIRONMENT
}

/// As Chromium shows a value: all but printable ASCII as `\u` and four hex digits.
fn escaped(value: String) -> String {
    value
        .chars()
        .map(|c| match c {
            ' '..='~' => c.to_string(),
            _ => format!("\\u{:04X}", u32::from(c)),
        })
        .collect()
}

/// A directive of a Content Security Policy as Firefox has understood it (`nsCSPParser`, `toString`).
fn spelled_out(directive: String, page_scheme: String) -> String {
    let (name, sources) = directive.split_once(' ').unwrap_or((&directive, ""));
    let source = |source: &str| {
        let lower = source.to_ascii_lowercase();
        if lower.starts_with("'nonce-") || lower.starts_with("'sha") {
            return Some(source.to_owned());
        }
        if lower == "'none'" {
            return None;
        }
        if source == "*" || source.starts_with('\'') || source.ends_with(':') {
            return Some(lower);
        }
        if !is_host_source(source) {
            return None;
        }
        let (scheme, rest) = lower.split_once("://").unwrap_or((&page_scheme, &lower));
        let host = &rest[..rest.find('/').unwrap_or(rest.len())];
        // Only in a path do letters keep their case.
        let path = percent_decode_str(&source[source.len() - (rest.len() - host.len())..]);
        Some(format!("{scheme}://{host}{}", path.decode_utf8_lossy()))
    };
    let understood: Vec<String> = sources.split_whitespace().filter_map(source).collect();
    match understood.as_slice() {
        [] => format!("{name} 'none'"),
        [one] if one == "'report-sample'" => format!("{name} 'none' {one}"),
        all => format!("{name} {}", all.join(" ")),
    }
}

/// A `data:` URL as Firefox shows it (`nsContentSecurityManager::AsyncOnChannelRedirect`): its beginning, percent-decoded.
fn cut_short(url: String) -> String {
    const LIMIT: usize = 50;
    let (shown, rest) = match url.get(..LIMIT) {
        Some(beginning) if url.len() > LIMIT => (beginning, "..."),
        _ => (url.as_str(), ""),
    };
    let decoded = percent_decode_str(shown).decode_utf8_lossy();
    format!("{decoded}{rest}")
}

/// Bytes, one character each, as the UTF-8 that they are.
fn utf8(value: String) -> String {
    crate::wire::latin1_bytes(&value)
        .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
        .unwrap_or(value)
}

/// As WebKit's network library on Linux hands a value on: UTF-8 made valid, then read as Latin-1.
fn soup(value: String) -> String {
    crate::wire::latin1(utf8(value).as_bytes())
}
