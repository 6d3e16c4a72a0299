//! Parses the command line, chooses a front-end, returns the exit code.

use std::process::ExitCode;

use anyhow::Context as _;
use clap::Parser as _;
use corscope::cli::{Cli, OpenArgs, SettingArgs, exit, fill, keeping};
use corscope::config::{self, Config, Mistakes, Name, Sources};
use corscope::journal;
use corscope::tui::{self, Asked, AskedBrowser, Start};

fn main() -> ExitCode {
    let cli = Cli::parse();
    let config = match configuration(&cli.settings) {
        Ok(config) => config,
        Err(mistakes) => {
            eprintln!("{mistakes}");
            return ExitCode::from(exit::USAGE);
        }
    };
    if let Err(error) = keep_log(&config) {
        eprintln!("corscope: {error:#}");
        return ExitCode::from(exit::USAGE);
    }
    let cli = cli.configured(&config);
    let outcome = match cli.command {
        Some(command) => command.run(&config),
        None => open(cli.open, config)
            .and_then(tui::run)
            .map(|()| ExitCode::SUCCESS),
    };
    outcome.unwrap_or_else(|error| {
        eprintln!("corscope: {error:#}");
        ExitCode::from(exit::USAGE)
    })
}

fn configuration(args: &SettingArgs) -> Result<Config, Mistakes> {
    let log = args
        .log
        .iter()
        .map(|file| format!("log={}", file.display()));
    let set: Vec<_> = args.set.iter().cloned().chain(log).collect();
    let sources = Sources {
        environment: &|name| std::env::var_os(name),
        file: args.config.as_deref(),
        set: &set,
    };
    config::load(sources, tui::rules())
}

/// Keeps the debug log that is asked for.
fn keep_log(config: &Config) -> anyhow::Result<()> {
    let path = config.text(Name::Log);
    if path.is_empty() {
        return Ok(());
    }
    journal::to_file(path.as_ref()).with_context(|| format!("cannot write the log to `{path}`"))
}

/// What the screen opens on: the request of the command line, or the lab without one.
fn open(mut args: OpenArgs, config: Config) -> anyhow::Result<Start> {
    args.file.fill(&mut args.request)?;
    let imported = fill(&mut args.request, &mut args.network)?;
    let request = &args.request;
    Ok(Start {
        asked: Asked {
            form: request.is_given().then(|| request.form()).transpose()?,
            browser: AskedBrowser {
                engine: request.engines().live,
                permission: request.lna,
                page_space: request.page_address_space,
                policies: args.page_policies()?,
                hsts: request.page.known_hosts()?,
                cookies: request.cookies()?,
            },
            max_time: args.network.limit(),
            imported: imported.map(Box::new),
        },
        network: args.network.options()?,
        history: (!args.no_history && config.is_on(Name::History))
            .then(|| keeping(&config).ok())
            .flatten(),
        config,
    })
}
