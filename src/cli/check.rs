//! `corscope check`: one request, its trace, an exit code.

use std::io::{self, Write};
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;

use super::args::{NetworkArgs, RequestArgs, tell};
use super::exit;
use crate::case::Case;
use crate::driver::{Network, RunOptions, SharedBrowser, run as run_fetch};
use crate::engine::{Browser, Verdict};
use crate::report::{CaseJson, Verbosity, write_text};
use crate::wire::latin1_bytes;

/// Arguments of `check`.
#[derive(Debug, Args)]
pub struct CheckArgs {
    #[command(flatten)]
    request: RequestArgs,
    #[command(flatten)]
    network: NetworkArgs,
    /// Print one JSON value instead of text
    #[arg(long)]
    json: bool,
    /// Explain every step and show the raw head of every exchange
    #[arg(short = 'v', long)]
    verbose: bool,
}

pub(super) fn run(args: CheckArgs) -> anyhow::Result<ExitCode> {
    let (mut page, request) = match args.request.form()?.parse() {
        Ok(parsed) => parsed,
        Err(mistakes) => {
            eprintln!("{}", tell(&mistakes));
            return Ok(ExitCode::from(exit::USAGE));
        }
    };
    page.address_space = args.request.page_address_space;
    let network = Network::new(args.network.options()?)?;
    let mut browser = Browser::fresh(args.request.engine);
    browser.local_network = args.request.lna;
    set_cookies(&mut browser, &args.request, &page.url)?;
    let options = RunOptions {
        max_time: args.network.limit(),
        ..RunOptions::default()
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let browser = SharedBrowser::new(browser);
    let (session, finished) = runtime.block_on(run_fetch(
        &network,
        &request,
        &page,
        &browser,
        &options,
        &|_| {},
    ));
    // A name look-up that never ends must not keep the process.
    runtime.shutdown_background();
    let case = Case::new(session, finished);
    print(&case, &args)?;
    Ok(ExitCode::from(code(&case.finished.verdict)))
}

fn set_cookies(
    browser: &mut Browser,
    request: &RequestArgs,
    page: &url::Url,
) -> anyhow::Result<()> {
    if request.cookies.is_empty() {
        return Ok(());
    }
    let target = page
        .join(request.url.as_deref().unwrap_or_default())
        .context("the URL that sets the cookies")?;
    let now = RunOptions::default().now();
    let profile = browser.profile;
    for line in &request.cookies {
        let bytes = latin1_bytes(line).unwrap_or_else(|| line.clone().into_bytes());
        browser.cookies.set_by_visit(&target, &bytes, &profile, now);
    }
    Ok(())
}

fn print(case: &Case, args: &CheckArgs) -> anyhow::Result<()> {
    let mut out = anstream::stdout().lock();
    let written = if args.json {
        serde_json::to_writer(&mut out, &CaseJson::new(case, None))
            .map_err(io::Error::from)
            .and_then(|()| writeln!(out))
    } else {
        let verbosity = if args.verbose {
            Verbosity::Verbose
        } else {
            Verbosity::Normal
        };
        let mut text = Vec::new();
        write_text(&mut text, case, verbosity, paragraph_width())
            .and_then(|()| out.write_all(&text))
    };
    match written.and_then(|()| out.flush()) {
        // Whoever reads had enough; that is no failure of the check.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other.context("cannot write to standard output"),
    }
}

/// Paragraphs fit the terminal, but never grow too wide to read; elsewhere they stay whole.
fn paragraph_width() -> Option<usize> {
    use std::io::IsTerminal as _;
    if !io::stdout().is_terminal() {
        return None;
    }
    terminal_size::terminal_size().map(|(width, _)| usize::from(width.0).min(100))
}

fn code(verdict: &Verdict) -> u8 {
    match verdict {
        Verdict::Allowed | Verdict::Opaque => exit::ALLOWED,
        Verdict::Blocked(_) => exit::BLOCKED,
        Verdict::Failed(_) => exit::NETWORK,
    }
}
