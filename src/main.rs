//! Parses the command line, chooses a front-end, returns the exit code.

use std::process::ExitCode;

use clap::Parser as _;
use corscope::cli::{Cli, exit};

fn main() -> ExitCode {
    let cli = Cli::parse();
    let outcome = match cli.command {
        Some(command) => command.run(),
        None => Ok(ExitCode::SUCCESS),
    };
    outcome.unwrap_or_else(|error| {
        eprintln!("corscope: {error:#}");
        ExitCode::from(exit::USAGE)
    })
}
