//! Console lines explained: whose they are, what they are about, and the reasons that they stand for.

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde::Serialize;

use super::{Palette, write_entry};
use crate::assets::finding;
use crate::diagnose::{Entry, Recognised, shown};

/// What a line tells of the case, under the names that people use.
const TOLD: &[(&str, &str)] = &[
    ("origin", "page"),
    ("page", "page"),
    ("first_url", "asked"),
    ("url", "url"),
    ("kind", "by"),
    ("method", "method"),
    ("header", "header"),
    ("value", "value"),
    ("status", "status"),
];

/// Writes what lines of a console say, then each reason that they stand for.
pub fn write_console(
    out: &mut impl Write,
    lines: &[Recognised],
    width: Option<usize>,
) -> io::Result<()> {
    let Palette { strong, quiet, .. } = Palette::default();
    let mut reasons: Vec<&str> = Vec::new();
    for line in lines {
        let engine = line.engine.title();
        let since = match line.since {
            "" | "all" => String::new(),
            since => format!(", {since}"),
        };
        let whose = match line.library {
            "" => format!("A console line of {engine}"),
            library => format!("An error of {library}, in any browser"),
        };
        writeln!(out, "{strong}{whose}{strong:#}{quiet}{since}{quiet:#}")?;
        for (name, value) in told(line) {
            writeln!(out, "  {quiet}{name:<7}{quiet:#} {}", shown(&value))?;
        }
        match line.reasons.as_slice() {
            [] => writeln!(out, "  It names no cause. Look for the line beside it.")?,
            [one] => writeln!(out, "  {quiet}reason {quiet:#} {one}")?,
            several => {
                let list = several.join(", ");
                writeln!(out, "  {quiet}reason {quiet:#} one of {list}")?;
            }
        }
        writeln!(out)?;
        for reason in &line.reasons {
            if !reasons.contains(reason) {
                reasons.push(reason);
            }
        }
    }
    if reasons.is_empty() && !lines.is_empty() {
        reasons.push("cors-unspecified");
    }
    for (number, entry) in reasons.iter().filter_map(|id| finding(id)).enumerate() {
        if number > 0 {
            writeln!(out)?;
        }
        write_entry(out, Entry::Reason(entry), width)?;
    }
    let target = lines.iter().find(|line| line.parameter("url").is_some());
    let names_none = lines.iter().all(|line| line.reasons.is_empty());
    if target.is_none() && names_none {
        writeln!(
            out,
            "\n{strong}Which reason was it?{strong:#} Run the request: `corscope check URL --origin ORIGIN`."
        )?;
    }
    if target.is_some() {
        writeln!(
            out,
            "\n{strong}Does the server still do it?{strong:#} Pipe the same lines into `corscope check --paste`."
        )?;
    }
    Ok(())
}

/// Names and values, each name once.
fn told(line: &Recognised) -> Vec<(&'static str, String)> {
    let mut told: Vec<(&'static str, String)> = Vec::new();
    for (parameter, name) in TOLD {
        if let Some(value) = line.parameter(parameter).filter(|value| !value.is_empty())
            && !told.iter().any(|(known, _)| known == name)
        {
            told.push((name, value.to_owned()));
        }
    }
    told
}

/// A console line as JSON.
#[derive(Serialize)]
pub struct ConsoleJson<'a> {
    kind: &'static str,
    engine: &'static str,
    reasons: &'a [&'static str],
    /// The engine's own name for it.
    #[serde(skip_serializing_if = "str::is_empty")]
    code: &'static str,
    /// Whether today's version prints it otherwise.
    older: bool,
    #[serde(skip_serializing_if = "str::is_empty")]
    since: &'static str,
    /// The library whose message it is.
    #[serde(skip_serializing_if = "str::is_empty")]
    library: &'static str,
    parameters: BTreeMap<&'static str, &'a str>,
}

impl<'a> ConsoleJson<'a> {
    /// The line.
    pub fn new(line: &'a Recognised) -> Self {
        let parameters = line.parameters.iter();
        Self {
            kind: "console",
            engine: line.engine.as_str(),
            reasons: &line.reasons,
            code: line.code,
            older: line.older,
            since: line.since,
            library: line.library,
            parameters: parameters
                .map(|(name, value)| (*name, value.as_str()))
                .collect(),
        }
    }
}
