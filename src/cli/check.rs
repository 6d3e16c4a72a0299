//! `corscope check`: one request, its trace, an exit code.

use std::io::{self, Write};
use std::process::ExitCode;

use anstream::AutoStream;
use anyhow::Context as _;
use clap::Args;

use super::args::{NetworkArgs, RequestArgs};
use super::exit;
use crate::case::Case;
use crate::diagnose::Opinion;
use crate::driver::{
    Network, RunOptions, SharedBrowser, ask_for_others, locate_for_others, run as run_fetch,
};
use crate::engine::{Browser, Engine, Verdict, upgrade_url};
use crate::report::{CaseJson, Verbosity, write_json, write_text};

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
    let parsed = args.request.parse();
    let network = args
        .network
        .options()
        .and_then(|options| Ok(Network::new(options)?));
    let ((mut page, request), network) = match (parsed, network) {
        (Ok(parsed), Ok(network)) => (parsed, network),
        (parsed, network) => {
            let mut mistakes = parsed.err().unwrap_or_default();
            mistakes.extend(network.err().map(|error| format!("{error:#}")));
            eprintln!("{}", mistakes.join("\n"));
            return Ok(ExitCode::from(exit::USAGE));
        }
    };
    page.address_space = args.request.page_address_space;
    let mut browser = Browser::fresh(args.request.engine.live);
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
    let (session, finished) = runtime.block_on(async {
        let (mut session, finished) =
            run_fetch(&network, &request, &page, &browser, &options, &|_| {}).await;
        locate_for_others(&network, &mut session, &options).await;
        if args.request.engine.all {
            ask_for_others(&network, &mut session, &options, &|_| {}).await;
        }
        (session, finished)
    });
    // A name look-up that never ends must not keep the process.
    runtime.shutdown_background();
    let case = Case::new(session, finished);
    print(&case, &args)?;
    Ok(ExitCode::from(code(&case, args.request.engine.all)))
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
        .map(|url| upgrade_url(&url))
        .context("the URL that sets the cookies")?;
    let now = RunOptions::default().now();
    let profile = browser.profile;
    for line in &request.cookies {
        browser
            .cookies
            .set_by_visit(&target, line.as_bytes(), &profile, now);
    }
    Ok(())
}

fn print(case: &Case, args: &CheckArgs) -> anyhow::Result<()> {
    let mut text = Vec::new();
    if args.json {
        write_json(&mut text, &CaseJson::new(case, None))?;
    } else {
        let verbosity = if args.verbose {
            Verbosity::Verbose
        } else {
            Verbosity::Normal
        };
        write_text(&mut text, case, verbosity, paragraph_width())?;
    }
    let mut out = io::stdout().lock();
    // Takes colours out where they are not wanted; JSON has none. Not straight to standard output,
    // which would be written to once a line.
    let mut plain = AutoStream::new(Vec::new(), AutoStream::choice(&out));
    plain.write_all(&text)?;
    let written = out.write_all(&plain.into_inner());
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

/// The worst of the verdicts that count: the live run's, or those of all three browsers.
fn code(case: &Case, all: bool) -> u8 {
    let others = case
        .others
        .iter()
        .filter(|opinion| all && opinion.engine != Engine::Standard);
    let verdicts: Vec<_> = others
        .filter_map(Opinion::verdict)
        .chain([&case.finished.verdict])
        .collect();
    let any = |is: fn(&Verdict) -> bool| verdicts.iter().any(|verdict| is(verdict));
    if any(|verdict| matches!(verdict, Verdict::Blocked(_))) {
        exit::BLOCKED
    } else if any(|verdict| matches!(verdict, Verdict::Failed(_))) {
        exit::NETWORK
    } else {
        exit::ALLOWED
    }
}
