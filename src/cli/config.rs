//! `corscope config`: what holds, and where each value came from; and what it means for the flags.

use std::io::{self, Write as _};
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Args, CommandFactory as _, FromArgMatches as _, Subcommand};

use super::Cli;
use crate::config::{Config, Name, Origin, Value};

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
            let file = config
                .file()
                .context("neither $HOME nor $XDG_CONFIG_HOME is set")?;
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

/// Settings that are flags too: what is configured is what holds where the flag is not given.
const FLAGS: [(Name, &str); 4] = [
    (Name::Engine, "engine"),
    (Name::MaxTime, "max_time"),
    (Name::MaxBody, "max_body"),
    (Name::Proxy, "proxy"),
];

impl Cli {
    /// Reads the command line again, now that it is known what is configured.
    pub fn configured(self, config: &Config) -> Self {
        let said = |name: Name| {
            let (value, origin) = config.get(name);
            let text = match value {
                Value::Text(text) => text.clone(),
                value => value.to_string(),
            };
            (*origin != Origin::Default && !text.is_empty()).then_some(text)
        };
        let defaults: Vec<_> = FLAGS
            .iter()
            .filter_map(|(name, flag)| Some((*flag, said(*name)?)))
            .collect();
        if defaults.is_empty() {
            return self;
        }
        let mut command = with_defaults(Self::command(), &defaults);
        let matches = command.get_matches_mut();
        Self::from_arg_matches(&matches).unwrap_or_else(|error| error.format(&mut command).exit())
    }
}

fn with_defaults(command: clap::Command, defaults: &[(&'static str, String)]) -> clap::Command {
    let has = |command: &clap::Command, flag: &str| {
        let mut arguments = command.get_arguments();
        arguments.any(|argument| argument.get_id() == flag)
    };
    let command = defaults.iter().fold(command, |command, (flag, value)| {
        match has(&command, flag) {
            true => command.mut_arg(flag, |argument| argument.default_value(value.clone())),
            false => command,
        }
    });
    command.mut_subcommands(|command| with_defaults(command, defaults))
}
