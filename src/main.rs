//! Parses the command line, chooses a front-end, returns the exit code.

use std::process::ExitCode;

use clap::Parser as _;
use corscope::cli::{Cli, OpenArgs, exit};
use corscope::history::data_folder;
use corscope::tui::{self, Asked, AskedBrowser, Start};

fn main() -> ExitCode {
    let cli = Cli::parse();
    let outcome = match cli.command {
        Some(command) => command.run(),
        None => open(&cli.open)
            .and_then(tui::run)
            .map(|()| ExitCode::SUCCESS),
    };
    outcome.unwrap_or_else(|error| {
        eprintln!("corscope: {error:#}");
        ExitCode::from(exit::USAGE)
    })
}

/// What the screen opens on: the request of the command line, or the lab without one.
fn open(args: &OpenArgs) -> anyhow::Result<Start> {
    let request = &args.request;
    Ok(Start {
        asked: Asked {
            form: request.is_given().then(|| request.form()).transpose()?,
            browser: AskedBrowser {
                engine: request.engine.live,
                permission: request.lna,
                page_space: request.page_address_space,
                policies: args.page_policies()?,
                hsts: request.page.known_hosts()?,
                cookies: request.cookies()?,
            },
            max_time: args.network.limit(),
        },
        network: args.network.options()?,
        history: (!args.no_history).then(data_folder).flatten(),
    })
}
