//! `corscope check`: one request, its trace, an exit code.

use std::io::{self, Write};
use std::process::ExitCode;

use anstream::AutoStream;
use anyhow::Context as _;
use clap::Args;

use super::args::{NetworkArgs, RequestArgs};
use super::exit;
use crate::case::Case;
use crate::driver::{Network, RunOptions, SharedBrowser, run as run_fetch};
use crate::engine::{Browser, Contents, Verdict};
use crate::report::{CaseJson, Verbosity, write_browser, write_json, write_text};

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
    /// Print what the browser holds afterwards: cookies, caches, logins
    #[arg(long, conflicts_with = "json")]
    show_browser: bool,
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
    let now = options.now();
    print(&case, &args, &browser.lock().contents(now))?;
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
        browser
            .cookies
            .set_by_visit(&target, line.as_bytes(), &profile, now);
    }
    Ok(())
}

fn print(case: &Case, args: &CheckArgs, contents: &Contents<'_>) -> anyhow::Result<()> {
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
        if args.show_browser {
            write_browser(&mut text, contents)?;
        }
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

fn code(verdict: &Verdict) -> u8 {
    match verdict {
        Verdict::Allowed | Verdict::Opaque => exit::ALLOWED,
        Verdict::Blocked(_) => exit::BLOCKED,
        Verdict::Failed(_) => exit::NETWORK,
    }
}
