//! `corscope config`: what holds, and where each value came from.

use std::io::{self, Write as _};
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Args, Subcommand};

use crate::config::Config;

/// Arguments of `config`.
#[derive(Debug, Args)]
pub struct ConfigArgs {
    #[command(subcommand)]
    what: Option<What>,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Print where the configuration file is, or would be
    Path,
    /// Print the JSON Schema of the configuration file
    Schema,
}

pub(super) fn run(args: &ConfigArgs, config: &Config) -> anyhow::Result<ExitCode> {
    let text = match args.what {
        None => config.to_string(),
        Some(What::Path) => {
            let file = config.file().context("neither $HOME nor $XDG_CONFIG_HOME is set")?;
            format!("{}\n", file.display())
        }
        Some(What::Schema) => include_str!("../../assets/schema/config.schema.json").to_owned(),
    };
    match io::stdout().write_all(text.as_bytes()) {
        // Whoever reads has enough.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {}
        written => written.context("cannot write")?,
    }
    Ok(ExitCode::SUCCESS)
}
