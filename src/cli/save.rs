//! `corscope save`, and requests that were saved.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::bail;
use clap::Args;

use super::args::{NetworkArgs, RequestArgs};
use super::{exit, import_args};
use crate::diagnose::shown;
use crate::history::{FileError, NamedRequest, SUFFIX, load, save};

/// Arguments of `save`.
#[derive(Debug, Args)]
pub struct SaveArgs {
    /// The name: NAME.corscope.toml is written to this folder
    name: String,
    #[command(flatten)]
    request: RequestArgs,
    /// How it is sent is not saved.
    #[command(flatten)]
    network: NetworkArgs,
    /// Write over a file that is there
    #[arg(long)]
    force: bool,
}

pub(super) fn run(mut args: SaveArgs) -> anyhow::Result<ExitCode> {
    if let Some(imported) = import_args::fill(&mut args.request, &mut args.network)? {
        import_args::tell(&imported);
        import_args::filled_in(&imported, &args.request)?;
    }
    if let Err(mistakes) = args.request.parse() {
        eprintln!("{}", mistakes.join("\n"));
        return Ok(ExitCode::from(exit::USAGE));
    }
    let named = NamedRequest {
        form: args.request.form()?,
        cookies: args.request.cookies.clone(),
    };
    let path = match args.name.ends_with(SUFFIX) {
        true => PathBuf::from(&args.name),
        false => PathBuf::from(format!("{}{SUFFIX}", args.name)),
    };
    let name = shown(&path.to_string_lossy());
    let variables = match save(&path, &named, args.force) {
        Err(FileError::IsThere(_)) => {
            bail!("`{name}` is there already\n  hint: another name, or --force")
        }
        saved => saved.map_err(plain)?,
    };
    eprintln!("Saved as {name}. Send it with: corscope check --file {name}");
    if !variables.is_empty() {
        eprintln!(
            "Secrets are not in it. Set before you send it: {}",
            variables.join(", ")
        );
    }
    Ok(ExitCode::from(exit::ALLOWED))
}

/// As it may be shown.
fn plain(error: FileError) -> anyhow::Error {
    anyhow::anyhow!("{}", shown(&error.to_string()))
}

/// A request out of a file instead of the command line.
#[derive(Debug, Default, Args)]
pub struct FileArgs {
    /// Take the request from a file that `corscope save` wrote; -H and -b add to it
    #[arg(
        long,
        value_name = "FILE",
        conflicts_with_all = [
            "url", "origin", "sandboxed", "api", "crossorigin", "module", "script_type", "upload_listener", "method",
            "data", "credentials", "mode", "redirect", "curl", "fetch", "paste",
        ]
    )]
    file: Option<PathBuf>,
    /// Fill the file's variables from this profile of it first, then from the environment
    #[arg(long, value_name = "NAME", requires = "file")]
    profile: Option<String>,
}

impl FileArgs {
    /// Fills the request from the file, if one was given.
    pub fn fill(&self, request: &mut RequestArgs) -> anyhow::Result<()> {
        let Some(path) = &self.file else {
            return Ok(());
        };
        let environment = |name: &str| std::env::var(name).ok();
        let NamedRequest { form, cookies } =
            load(path, self.profile.as_deref(), &environment).map_err(plain)?;
        request.url = Some(form.url);
        request.origin = Some(form.page.origin);
        request.sandboxed = form.page.sandboxed;
        request.api = Some(form.way.api);
        request.crossorigin = form.way.crossorigin;
        request.module = form.way.module;
        request.script_type = form.way.script_type;
        request.upload_listener = form.way.upload_listener;
        request.method = Some(form.method);
        request.body = form.body;
        request.credentials = Some(form.credentials);
        request.mode = Some(form.mode);
        request.redirect = Some(form.redirect);
        let rows = form.headers.into_iter();
        let lines = rows.map(|row| format!("{}: {}", row.name, row.value));
        request.headers.splice(0..0, lines);
        request.cookies.splice(0..0, cookies);
        Ok(())
    }
}
