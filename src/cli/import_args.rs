//! Arguments that hold a request in another form: a curl command, a `fetch()` call, whatever was pasted.
//! What the command line says beside it counts more.

use std::io::Read as _;

use anyhow::{Context as _, bail};
use clap::Args;

use super::args::{Engines, NetworkArgs, RequestArgs};
use crate::diagnose::shown;
use crate::import::{Format, Imported, read, read_as, text_of};
use crate::report::NoteJson;
use crate::session::HeaderRow;

/// What is read of standard input, in bytes: no request is longer.
const LONGEST: u64 = 16 * 1024 * 1024;

/// A request in another form.
#[derive(Clone, Debug, Default, Args)]
pub struct ImportArgs {
    /// Take the request from a curl command; - reads standard input
    #[arg(long, value_name = "COMMAND", conflicts_with_all = ["fetch", "paste"], allow_hyphen_values = true)]
    pub curl: Option<String>,
    /// Take the request from a fetch() call; - reads standard input
    #[arg(long, value_name = "CALL", conflicts_with = "paste")]
    pub fetch: Option<String>,
    /// Take the request from standard input: a URL, a curl command, PowerShell, a fetch() call or a
    /// browser's console error
    #[arg(long)]
    pub paste: bool,
}

impl ImportArgs {
    /// What was pasted, if anything.
    fn imported(&self) -> anyhow::Result<Option<Imported>> {
        let of = |text: &str| match text {
            "-" => standard_input(),
            text => Ok(text.to_owned()),
        };
        let (option, imported) = match (&self.curl, &self.fetch, self.paste) {
            (Some(text), ..) => {
                let text = of(text)?;
                ("--curl", read_as(format_of_command(&text), &text))
            }
            (_, Some(text), _) => ("--fetch", read_as(Format::Fetch, &of(text)?)),
            (.., true) => ("--paste", read(&standard_input()?)),
            _ => return Ok(None),
        };
        let imported =
            imported.map_err(|error| anyhow::anyhow!("{option}: {}", shown(&error.to_string())))?;
        Ok(Some(imported))
    }
}

/// PowerShell has a curl of its own.
fn format_of_command(text: &str) -> Format {
    match crate::import::format(text) {
        Some(Format::PowerShell) => Format::PowerShell,
        _ => Format::Curl,
    }
}

pub(super) fn standard_input() -> anyhow::Result<String> {
    let mut bytes = Vec::new();
    let mut input = std::io::stdin().lock().take(LONGEST + 1);
    input
        .read_to_end(&mut bytes)
        .context("cannot read standard input")?;
    if bytes.len() as u64 > LONGEST {
        bail!("standard input is longer than {} MiB", LONGEST >> 20);
    }
    Ok(text_of(&bytes))
}

/// Puts what was pasted where the command line says nothing; what was pasted.
pub fn fill(
    request: &mut RequestArgs,
    network: &mut NetworkArgs,
) -> anyhow::Result<Option<Imported>> {
    let Some(mut imported) = request.import.imported()? else {
        return Ok(None);
    };
    let form = imported.form.clone();
    if request.origin.is_none() {
        request.sandboxed |= form.page.sandboxed;
        request.origin = Some(form.page.origin).filter(|origin| !origin.is_empty());
    } else {
        imported = imported.with_page_given();
    }
    request.url.get_or_insert(form.url);
    if request.data.is_none() {
        request.body = form.body;
        request.method.get_or_insert(form.method);
    }
    request.api.get_or_insert(form.way.api);
    request.crossorigin = request.crossorigin.or(form.way.crossorigin);
    request.upload_listener |= form.way.upload_listener;
    request.module |= form.way.module;
    request.script_type = request.script_type.take().or(form.way.script_type);
    request.mode.get_or_insert(form.mode);
    request.credentials.get_or_insert(form.credentials);
    request.redirect.get_or_insert(form.redirect);
    request.headers = merged(form.headers, &request.headers);
    if request.cookies.is_empty() {
        request.cookies.clone_from(&imported.cookies);
    }
    request.engine = request
        .engine
        .or(imported.engine.map(|live| Engines { live, all: false }));
    let hints = &imported.network;
    network.insecure |= hints.insecure;
    network.resolve.extend(hints.resolve.iter().cloned());
    network.connect_to.extend(hints.connect_to.iter().cloned());
    network.proxy = network.proxy.take().or_else(|| hints.proxy.clone());
    Ok(Some(imported))
}

/// Pasted headers but for those of a name that was typed, then the typed ones.
fn merged(pasted: Vec<HeaderRow>, typed: &[String]) -> Vec<String> {
    let name_of = |line: &str| {
        let name = line.split(':').next().unwrap_or_default();
        name.trim_end_matches(';').trim().to_ascii_lowercase()
    };
    let names: Vec<_> = typed.iter().map(|line| name_of(line)).collect();
    let kept = pasted
        .into_iter()
        .filter(|row| !names.contains(&row.name.to_ascii_lowercase()));
    let lines = kept.map(|row| format!("{}: {}", row.name, row.value));
    lines.chain(typed.iter().cloned()).collect()
}

/// Tells on standard error what became of what was pasted.
pub(super) fn tell(imported: &Imported) {
    for note in &imported.notes {
        eprintln!("note: {}", shown(&note.to_string()));
    }
}

/// The same for programs.
pub(super) fn notes(imported: &Imported) -> Vec<NoteJson> {
    let notes = imported.notes.iter().map(|note| NoteJson {
        kind: note.kind.as_str(),
        text: note.sentence(),
        line: note.place.map(|place| place.line),
        column: note.place.map(|place| place.column),
    });
    notes.collect()
}

/// Nothing is sent to an address that has a placeholder in it.
pub(super) fn filled_in(imported: &Imported, request: &RequestArgs) -> anyhow::Result<()> {
    let url = request.url.as_deref().unwrap_or_default();
    if let Some(placeholder) = imported.placeholder_in(url) {
        bail!(
            "URL: `{}` is not known\n  hint: give the whole URL on the command line",
            shown(&placeholder)
        );
    }
    Ok(())
}
