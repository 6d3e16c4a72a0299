//! The command line: what was typed, into typed requests, a library call, a report, an exit code.
//!
//! No decisions here. One file per command; `args` holds what commands share.

mod args;
mod batch;
mod behind;
mod check;
mod config;
mod explain;
mod history;
mod import_args;
mod lesson;
mod output;
mod page_args;
mod recipe;
mod save;

use std::io::{self, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;

use anstream::AutoStream;
use anyhow::Context as _;
use clap::{Parser, Subcommand};

pub use args::{Engines, NetworkArgs, RequestArgs};
pub use history::keeping;
pub use import_args::{ImportArgs, fill};
pub use page_args::PageArgs;
pub use save::FileArgs;

use crate::config::Config;

/// Exit codes, as scripts know them.
pub mod exit {
    /// Allowed, or opaque where opaque was asked for.
    pub const ALLOWED: u8 = 0;
    /// Blocked.
    pub const BLOCKED: u8 = 1;
    /// The command line is unusable, or corscope itself failed.
    pub const USAGE: u8 = 2;
    /// The network failed.
    pub const NETWORK: u8 = 3;
}

/// The terminal UI CORS debugger: fires the real preflight and request, shows which header blocks.
///
/// Without arguments it opens on the built-in lab; with a URL it opens on that request.
#[derive(Debug, Parser)]
#[command(version, args_conflicts_with_subcommands = true, max_term_width = 100)]
pub struct Cli {
    /// A command; without one the screen opens.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// The request to open the screen on.
    #[command(flatten)]
    pub open: OpenArgs,
    /// Where settings come from.
    #[command(flatten)]
    pub settings: SettingArgs,
}

/// Where settings come from, for every command.
#[derive(Debug, clap::Args)]
pub struct SettingArgs {
    /// Read this configuration file instead of the usual one
    #[arg(long, value_name = "FILE", global = true, hide_short_help = true)]
    pub config: Option<PathBuf>,
    /// Set this for once, as in the configuration file
    #[arg(long, value_name = "KEY=VALUE", global = true, hide_short_help = true)]
    pub set: Vec<String>,
    /// Append a debug log to this file; without secrets
    #[arg(long, value_name = "FILE", global = true, hide_short_help = true)]
    pub log: Option<PathBuf>,
}

/// What the screen opens on.
#[derive(Debug, clap::Args)]
pub struct OpenArgs {
    /// The request.
    #[command(flatten)]
    pub request: RequestArgs,
    /// A request out of a file.
    #[command(flatten)]
    pub file: FileArgs,
    /// How it is sent.
    #[command(flatten)]
    pub network: NetworkArgs,
    /// Do not keep runs in the history
    #[arg(long)]
    pub no_history: bool,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Check one request and print the trace.
    ///
    /// Exit status: 0 allowed, 1 blocked, 2 unusable arguments, 3 the network failed; with --engine all
    /// 1 if any of the three browsers blocks.
    Check(Box<check::CheckArgs>),
    /// Check requests given as JSON lines on standard input; one result line each.
    Batch(batch::BatchArgs),
    /// Print the configuration that holds, and where each value comes from.
    Config(config::ConfigArgs),
    /// Explain a word, a header, a reason, a cause or a step of the trace.
    Explain(explain::ExplainArgs),
    /// List the runs that were kept; show, repeat, compare or delete them.
    History(history::HistoryArgs),
    /// Save a request as NAME.corscope.toml in this folder, without its secrets.
    Save(Box<save::SaveArgs>),
    /// Print how a server is told a CORS policy; without a stack, list the stacks.
    Recipe(recipe::RecipeArgs),
}

impl Command {
    /// Runs the command.
    pub fn run(self, config: &Config) -> anyhow::Result<ExitCode> {
        match self {
            Self::Config(args) => config::run(&args, config),
            Self::Check(args) => check::run(*args, config),
            Self::Batch(args) => batch::run(args),
            Self::Explain(args) => explain::run(args),
            Self::History(args) => history::run(args, config),
            Self::Save(args) => save::run(*args),
            Self::Recipe(args) => recipe::run(&args),
        }
    }
}

/// Writes a report to standard output, colours only where they are wanted.
fn write_out(text: &[u8]) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    // JSON has no colours. Not straight to standard output, which would be written to once a line.
    let mut plain = AutoStream::new(Vec::new(), AutoStream::choice(&out));
    plain.write_all(text)?;
    let written = out.write_all(&plain.into_inner());
    match written.and_then(|()| out.flush()) {
        // Whoever reads had enough; that is no failure of ours.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other.context("cannot write to standard output"),
    }
}
