//! How the result of a check is told: in which format, where to, with secrets or without.

use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::{Args, ValueEnum};

use super::recipe::{self, Wanted};
use super::write_out;
use crate::case::Case;
use crate::engine::{Browser, Contents};
use crate::report::{
    CaseJson, NoteJson, ReportOptions, Verbosity, WhatIfReport, html, markdown, write_browser,
    write_json, write_text, write_undecided, write_what_if,
};
use crate::session::{Edit, Redactor};
use crate::wire::HttpRequest;

/// A format of reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For the terminal.
    Text,
    /// For programs, one value.
    Json,
    /// For tickets and chats.
    Markdown,
    /// One file, no script.
    Html,
}

/// How the result is told.
#[derive(Debug, Args)]
pub struct OutputArgs {
    /// The format: text, json, markdown or html
    #[arg(
        long,
        value_enum,
        value_name = "FORMAT",
        default_value_t = Format::Text,
        hide_possible_values = true
    )]
    format: Format,
    /// Print one JSON value instead of text: --format json
    #[arg(long, conflicts_with = "format")]
    json: bool,
    /// Write to this file, over what it holds
    ///
    /// Where secrets are shown, nobody but you may read it.
    #[arg(short = 'o', long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Show credentials, cookies and keys as they are
    ///
    /// Text, Markdown and HTML show `redacted-1`, `redacted-2` … in their place, the same number for the
    /// same secret. The verdict is the same.
    #[arg(long)]
    show_secrets: bool,
    /// Take credentials, cookies and keys out of JSON as well
    #[arg(long, conflicts_with = "show_secrets")]
    redact: bool,
}

/// What is told.
#[derive(Clone, Copy)]
pub(super) enum Told<'a> {
    /// A case.
    Case(&'a Case),
    /// What edits have made of a case.
    Changed {
        before: &'a Case,
        after: &'a Case,
        edits: &'a [Edit],
    },
    /// A case, and edits that carry the fetch on to what was never sent.
    Undecided {
        before: &'a Case,
        edits: &'a [Edit],
        asks: &'a HttpRequest,
    },
}

/// What is told after a case.
#[derive(Default)]
pub(super) struct Beside<'a> {
    /// The stack that a recipe is wanted for.
    pub(super) fix: Option<&'a Wanted>,
    /// What the browser holds.
    pub(super) browser: Option<Contents<'a>>,
    /// What became of what was pasted, for JSON.
    pub(super) notes: &'a [NoteJson],
}

impl OutputArgs {
    pub(super) fn format(&self) -> Format {
        match self.json {
            true => Format::Json,
            false => self.format,
        }
    }

    fn redacts(&self) -> bool {
        match self.format() {
            Format::Json => self.redact,
            _ => !self.show_secrets,
        }
    }

    /// The case, the edits and what the browser holds, as they may be told.
    pub(super) fn to_tell(
        &self,
        case: Case,
        edits: Vec<Edit>,
        browser: Option<Browser>,
    ) -> anyhow::Result<(Case, Vec<Edit>, Option<Browser>)> {
        if !self.redacts() {
            return Ok((case, edits, browser));
        }
        let mut redactor = Redactor::of(&case.session);
        let redacted = case.redacted_by(&mut redactor).context(
            "without its secrets this fetch would be decided otherwise; --show-secrets tells it as it is",
        )?;
        let edits = edits.iter().map(|edit| redactor.edit(edit)).collect();
        let browser = browser.map(|browser| redactor.browser(&browser));
        Ok((redacted, edits, browser))
    }

    /// Tells it: to the file, or to standard output.
    pub(super) fn tell(
        &self,
        told: Told<'_>,
        verbosity: Verbosity,
        beside: &Beside<'_>,
    ) -> anyhow::Result<()> {
        let fix = beside.fix;
        let mut out = Vec::new();
        match self.format() {
            Format::Text => {
                self.text(&mut out, told, verbosity)?;
                if let Some(held) = &beside.browser {
                    write_browser(&mut out, held)?;
                }
                match (told, fix) {
                    (Told::Case(case), Some(wanted)) => recipe::write_for(&mut out, case, wanted)?,
                    (Told::Case(case), None) => recipe::write_offer(&mut out, case)?,
                    _ => {}
                }
            }
            Format::Json => json(&mut out, told, beside.notes)?,
            Format::Markdown => out = self.document(told, fix, markdown).into_bytes(),
            Format::Html => out = self.document(told, fix, html).into_bytes(),
        }
        match &self.output {
            Some(path) if path != Path::new("-") => {
                let plain = anstream::adapter::strip_bytes(&out).into_vec();
                write_file(path, &plain, !self.redacts())
                    .with_context(|| format!("cannot write to `{}`", path.display()))
            }
            _ => write_out(&out),
        }
    }

    fn text(&self, out: &mut Vec<u8>, told: Told<'_>, verbosity: Verbosity) -> io::Result<()> {
        let width = match self.output {
            Some(_) => None,
            None => paragraph_width(),
        };
        match told {
            Told::Case(case) => write_text(out, case, verbosity, width),
            Told::Changed {
                before,
                after,
                edits,
            } => write_what_if(out, before, after, edits, verbosity, width),
            Told::Undecided { edits, asks, .. } => write_undecided(out, edits, asks, width),
        }
    }

    fn document(
        &self,
        told: Told<'_>,
        fix: Option<&Wanted>,
        write: fn(&Case, &ReportOptions<'_>) -> String,
    ) -> String {
        let what_if = match told {
            Told::Case(_) => None,
            Told::Changed { before, edits, .. } => Some((before, edits, None)),
            Told::Undecided {
                before,
                edits,
                asks,
            } => Some((before, edits, Some(asks))),
        };
        let (Told::Case(case)
        | Told::Changed { after: case, .. }
        | Told::Undecided { before: case, .. }) = told;
        let recipe = fix.filter(|_| matches!(told, Told::Case(_)));
        let recipe = recipe.and_then(|wanted| match recipe::rendered(case, wanted) {
            Ok(recipe) => Some(recipe),
            Err(why) => {
                eprintln!("note: --fix: {why}");
                None
            }
        });
        let options = ReportOptions {
            with_secrets: !self.redacts(),
            what_if: what_if.map(|(before, edits, asks)| WhatIfReport {
                edits,
                before,
                asks,
            }),
            recipe: recipe.as_ref(),
        };
        write(case, &options)
    }
}

fn json(out: &mut Vec<u8>, told: Told<'_>, notes: &[NoteJson]) -> io::Result<()> {
    let json = |case| CaseJson::new(case, None).with_notes(notes);
    match told {
        Told::Case(case) => write_json(out, &json(case)),
        Told::Changed {
            before,
            after,
            edits,
        } => write_json(out, &json(after).after(edits, before)),
        Told::Undecided {
            before,
            edits,
            asks,
        } => write_json(out, &json(before).undecided(edits, before, asks)),
    }
}

fn write_file(path: &Path, text: &[u8], secret: bool) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    if secret {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    let mut file = options.open(path)?;
    #[cfg(unix)]
    if secret && file.metadata()?.is_file() {
        use std::os::unix::fs::PermissionsExt as _;
        // It may have been there before, for all to read.
        file.set_permissions(std::fs::Permissions::from_mode(0o600))?;
    }
    file.write_all(text)
}

/// Collects what is written and puts it on standard output at once.
pub(super) fn print(write: impl FnOnce(&mut Vec<u8>) -> io::Result<()>) -> anyhow::Result<()> {
    let mut text = Vec::new();
    write(&mut text)?;
    write_out(&text)
}

/// Paragraphs fit the terminal, but never grow too wide to read; elsewhere they stay whole.
pub(super) fn paragraph_width() -> Option<usize> {
    use std::io::IsTerminal as _;
    if !io::stdout().is_terminal() {
        return None;
    }
    terminal_size::terminal_size().map(|(width, _)| usize::from(width.0).min(100))
}
