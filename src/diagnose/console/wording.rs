//! Console wordings as patterns: every line that the engines' tables can print, and those of
//! `assets/browsers/older.toml`, in pieces of fixed text with holes between.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

use super::table::Table;
use crate::engine::Engine;

/// A part of a message that is told without what stands around it counts from this length on.
const SHORTEST_PART: usize = 24;

/// A text that an engine prints, ready to be searched for.
#[derive(Clone, Debug)]
pub(super) struct Wording {
    pub(super) engine: Engine,
    /// What it stands for; none where it names no cause.
    pub(super) reasons: Vec<&'static str>,
    /// Whether the engine no longer prints it so, or prints it outside of what is modelled.
    pub(super) older: bool,
    /// The engine's own name for it, where one is known.
    pub(super) code: &'static str,
    /// Which versions print it, as far as known.
    pub(super) since: &'static str,
    /// The library whose message it is, in whatever browser; empty for a browser's own.
    pub(super) library: &'static str,
    pub(super) pieces: Vec<Piece>,
}

/// A part of a wording.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Piece {
    /// Fixed text as [`plain`] leaves it.
    Text(String),
    /// Something of the case, by its name.
    Hole(String),
}

impl Wording {
    /// How many bytes of fixed text there are.
    pub(super) fn weight(&self) -> usize {
        self.texts().map(str::len).sum()
    }

    /// The longest fixed text and its place among the pieces.
    pub(super) fn anchor(&self) -> Option<(usize, &str)> {
        let texts = self.pieces.iter().enumerate();
        let texts = texts.filter_map(|(at, piece)| match piece {
            Piece::Text(text) => Some((at, text.as_str())),
            Piece::Hole(_) => None,
        });
        texts.max_by_key(|(_, text)| text.len())
    }

    fn texts(&self) -> impl Iterator<Item = &str> {
        self.pieces.iter().filter_map(|piece| match piece {
            Piece::Text(text) => Some(text.as_str()),
            Piece::Hole(_) => None,
        })
    }
}

/// A character as it counts in a search: without typographic quotation marks; nothing for a blank, since
/// lines are wrapped anywhere.
pub(super) fn plain(c: char) -> Option<char> {
    match c {
        '‘' | '’' => Some('\''),
        '“' | '”' => Some('"'),
        c if c.is_whitespace() => None,
        c => Some(c),
    }
}

/// `assets/browsers/older.toml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Older {
    wording: Vec<OlderWording>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OlderWording {
    engine: String,
    code: String,
    on: Vec<String>,
    since: String,
    #[serde(default)]
    library: String,
    text: String,
}

/// Every wording, those with the most fixed text first.
pub(super) fn wordings() -> &'static [Wording] {
    static WORDINGS: LazyLock<Vec<Wording>> = LazyLock::new(|| {
        let mut all = Vec::new();
        for engine in Engine::BROWSERS {
            if let Some(table) = Table::of(*engine) {
                all.extend(printed(*engine, table));
            }
        }
        all.extend(older());
        let mut merged = merge(all);
        merged.sort_by_key(|wording| std::cmp::Reverse(wording.weight()));
        merged
    });
    &WORDINGS
}

/// What the table of an engine prints today.
fn printed(engine: Engine, table: &'static Table) -> Vec<Wording> {
    let lines: BTreeMap<_, _> = table.lines().collect();
    let kinds: Vec<&str> = table.kinds().collect();
    let mut all = Vec::new();
    for say in table.says() {
        for line in say.lines.iter().filter_map(|name| lines.get(name.as_str())) {
            let reasons = match line.generic {
                true => Vec::new(),
                false if !line.about.is_empty() => line.about.iter().map(String::as_str).collect(),
                false => say.on.iter().map(|event| reason(event)).collect(),
            };
            let code = match line.source.is_empty() {
                true => say.source.as_str(),
                false => line.source.as_str(),
            };
            let mut texts = vec![
                line.text
                    .as_str()
                    .replace("{{ message }}", say.message.as_str()),
            ];
            if !line.generic && say.message.as_str().len() >= SHORTEST_PART {
                texts.push(say.message.as_str().to_owned());
            }
            for pieces in texts
                .iter()
                .flat_map(|text| patterns(text, &reasons, &kinds))
            {
                all.push(Wording {
                    engine,
                    reasons: reasons.clone(),
                    older: false,
                    code,
                    since: "",
                    library: "",
                    pieces,
                });
            }
        }
    }
    all
}

fn older() -> Vec<Wording> {
    static OLDER: LazyLock<Older> = LazyLock::new(|| {
        toml::from_str(include_str!("../../../assets/browsers/older.toml"))
            .unwrap_or_else(|error| panic!("assets/browsers/older.toml parses: {error}"))
    });
    let wordings = OLDER.wording.iter().filter_map(|wording| {
        let engine = Engine::from_name(&wording.engine)?;
        let reasons: Vec<&str> = wording.on.iter().map(String::as_str).collect();
        let patterns = patterns(&wording.text, &reasons, &[]);
        Some(patterns.into_iter().map(move |pieces| Wording {
            engine,
            reasons: reasons.clone(),
            older: true,
            code: &wording.code,
            since: &wording.since,
            library: &wording.library,
            pieces,
        }))
    });
    wordings.flatten().collect()
}

/// The reason that an event of a trace is told for.
fn reason(event: &str) -> &str {
    match event {
        "step:header-forbidden" => "forbidden-header",
        "step:mixed-content" | "step:upgrade-insecure-requests" => "mixed-content-upgraded",
        "step:local-network" => "local-network-permission-prompt",
        "step:allow-headers" => "allow-headers-wildcard-excludes-authorization",
        "step:cookie-stored" => "cookie-third-party-blocked",
        "step:cookie-withheld" => "cookie-samesite-blocked",
        "step:content-security-policy" => "csp-connect-src",
        reason => reason,
    }
}

/// One wording for one text of one engine, with all that it stands for.
fn merge(all: Vec<Wording>) -> Vec<Wording> {
    let mut merged: Vec<Wording> = Vec::new();
    let mut places: BTreeMap<(&str, String), usize> = BTreeMap::new();
    for wording in all {
        let texts: Vec<&str> = wording
            .pieces
            .iter()
            .map(|piece| match piece {
                Piece::Text(text) => text.as_str(),
                Piece::Hole(_) => "\0",
            })
            .collect();
        let key = (wording.engine.as_str(), texts.concat());
        match places.get(&key) {
            Some(at) => {
                for reason in wording.reasons {
                    if !merged[*at].reasons.contains(&reason) {
                        merged[*at].reasons.push(reason);
                    }
                }
            }
            None => {
                places.insert(key, merged.len());
                merged.push(wording);
            }
        }
    }
    merged
}

/// Every way in which a template may come out, its conditions taken either way; without those that say
/// too little to be found.
fn patterns(template: &str, reasons: &[&str], kinds: &[&str]) -> Vec<Vec<Piece>> {
    let mut texts = branches(template);
    // A hole at the beginning is a word, but what asks may be called by two; and where two holes meet,
    // nothing tells where one ends.
    if template.starts_with("{{ kind }}") || template.contains("{{ kind }} {{") {
        texts = texts
            .iter()
            .flat_map(|text| {
                kinds
                    .iter()
                    .map(|kind| text.replacen("{{ kind }}", kind, 1))
            })
            .collect();
    }
    texts
        .iter()
        .map(|text| pieces(text, reasons))
        .filter(|pieces| {
            let longest = pieces.iter().map(|piece| match piece {
                Piece::Text(text) => text.len(),
                Piece::Hole(_) => 0,
            });
            longest.max().unwrap_or_default() >= SHORTEST_ANCHOR
        })
        .collect()
}

/// A piece that is shorter would be found everywhere.
const SHORTEST_ANCHOR: usize = 8;

/// A template with each condition decided, all ways.
fn branches(template: &str) -> Vec<String> {
    let (Some(start), Some(end)) = (template.find("{% if"), template.find("{% endif %}")) else {
        return vec![template.to_owned()];
    };
    let (before, after) = (&template[..start], &template[end + "{% endif %}".len()..]);
    let mut has_else = false;
    let mut ways = Vec::new();
    for part in template[start..end].split("{%").skip(1) {
        let Some((tag, text)) = part.split_once("%}") else {
            continue;
        };
        has_else |= tag.trim() == "else";
        ways.push(text);
    }
    if !has_else {
        ways.push("");
    }
    ways.iter()
        .flat_map(|way| branches(&format!("{before}{way}{after}")))
        .collect()
}

fn pieces(text: &str, reasons: &[&str]) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let (fixed, after) = match rest.split_once("{{") {
            Some((fixed, after)) => (fixed, Some(after)),
            None => (rest, None),
        };
        let fixed: String = fixed.chars().filter_map(plain).collect();
        // A slash after an address is part of it.
        let part_of_hole = fixed == "/" && !pieces.is_empty();
        if !fixed.is_empty() && !part_of_hole {
            pieces.push(Piece::Text(fixed));
        }
        let Some((hole, after)) = after.and_then(|after| after.split_once("}}")) else {
            break;
        };
        pieces.push(Piece::Hole(hole_name(hole, reasons)));
        rest = after;
    }
    pieces
}

/// What a hole holds, for whoever reads what was found.
fn hole_name(expression: &str, reasons: &[&str]) -> String {
    let name = expression
        .trim()
        .split([' ', '[', '|'])
        .next()
        .unwrap_or_default();
    let about_methods = reasons.iter().any(|reason| reason.contains("method"));
    match name {
        "page_origin" | "top_origin" => "origin",
        "next_url_bare" | "next_url" | "hop_url" | "insecure_url" | "asked_url" | "moved_url" => {
            "url"
        }
        "top" => "page",
        "item" if about_methods => "method",
        "item" | "refused" => "header",
        "allow_origin" | "allow_methods" | "allow_headers" => "value",
        name => name,
    }
    .to_owned()
}
