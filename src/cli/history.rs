//! `corscope history`: runs that were kept, again.

use std::io::Write as _;
use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Context as _, bail};
use clap::{Args, Subcommand};
use serde_json::json;

use super::args::NetworkArgs;
use super::check::code;
use super::output::{paragraph_width, print};
use super::{behind, exit};
use crate::case::Case;
use crate::config::{Config, Name};
use crate::diagnose::shown;
use crate::driver::{Network, RunOptions, SharedBrowser, locate_for_others, run as run_fetch};
use crate::engine::{Document, HttpCache, PreflightCache};
use crate::history::{Entry, History, HistoryError, Keeping, Limits, Secrets, data_folder};
use crate::report::{CaseJson, Verbosity, compare, write_comparison, write_json, write_text};
use crate::session::{Replay, Session, replay};

/// Arguments of `history`.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct HistoryArgs {
    #[command(subcommand)]
    command: Option<HistoryCommand>,
    #[command(flatten)]
    list: ListArgs,
}

/// What is listed.
#[derive(Debug, Args)]
struct ListArgs {
    /// Only runs that hold all these words: in verdict, reason, method, URL, page, engine, name
    filter: Vec<String>,
    /// At most this many, the newest first
    #[arg(long, value_name = "N", default_value_t = 20)]
    limit: usize,
    /// Print one JSON value a line instead of text
    #[arg(long)]
    json: bool,
}

/// What is done with runs.
#[derive(Debug, Subcommand)]
enum HistoryCommand {
    /// Show a run as it was: its exchanges, decided again.
    Show(ShowArgs),
    /// Make the same request again, now.
    ///
    /// Secrets that were taken out are given anew with -H and -b.
    Rerun(RerunArgs),
    /// Set two runs side by side: request, headers, verdict, trace.
    Compare {
        /// The one, as in the list
        left: i64,
        /// The other
        right: i64,
    },
    /// Give a run a name, so that it is not deleted by itself.
    Name {
        /// Its number in the list
        id: i64,
        /// Its name; nothing takes it away
        name: Option<String>,
    },
    /// Delete runs.
    Delete {
        /// Their numbers in the list
        #[arg(required_unless_present = "all", conflicts_with = "all")]
        ids: Vec<i64>,
        /// Delete every run, named ones too
        #[arg(long)]
        all: bool,
    },
}

/// Arguments of `history show`.
#[derive(Debug, Args)]
struct ShowArgs {
    /// Its number in the list
    id: i64,
    /// Print one JSON value instead of text
    #[arg(long)]
    json: bool,
    /// Explain every step and show the raw head of every exchange
    #[arg(short = 'v', long)]
    verbose: bool,
}

/// Arguments of `history rerun`.
#[derive(Debug, Args)]
struct RerunArgs {
    #[command(flatten)]
    show: ShowArgs,
    /// A header that script sets, instead of the one of that name
    #[arg(short = 'H', long = "header", value_name = "NAME: VALUE")]
    headers: Vec<String>,
    /// A cookie that the target has set before, as in Set-Cookie
    #[arg(short = 'b', long = "cookie", value_name = "NAME=VALUE; ATTRIBUTES")]
    cookies: Vec<String>,
    #[command(flatten)]
    network: NetworkArgs,
}

pub(super) fn run(args: HistoryArgs, config: &Config) -> anyhow::Result<ExitCode> {
    let mut history = keeping(config)?.open()?;
    match args.command {
        None => list(&history, &args.list)?,
        Some(HistoryCommand::Show(args)) => {
            let case = case_of(&history, args.id)?;
            return told(&case, &args);
        }
        Some(HistoryCommand::Rerun(args)) => return rerun(history, &args, config),
        Some(HistoryCommand::Compare { left, right }) => {
            let entries = [history.entry(left)?, history.entry(right)?];
            let titles = entries.map(|entry| title(&entry));
            let cases = [case_of(&history, left)?, case_of(&history, right)?];
            let comparison = compare(&cases[0], &cases[1]);
            let titles = [titles[0].as_str(), titles[1].as_str()];
            print(|out| write_comparison(out, titles, &comparison, paragraph_width()))?;
        }
        Some(HistoryCommand::Name { id, name }) => history.rename(id, name.as_deref())?,
        Some(HistoryCommand::Delete { all: true, .. }) => {
            let deleted = history.delete_all()?;
            print(|out| writeln!(out, "Deleted {deleted}."))?;
        }
        Some(HistoryCommand::Delete { ids, .. }) => {
            // All or none: a number that there is not is most likely a slip.
            for id in &ids {
                history.entry(*id)?;
            }
            for id in &ids {
                history.delete(*id)?;
            }
        }
    }
    Ok(ExitCode::from(exit::ALLOWED))
}

/// How this user wants runs kept.
///
/// # Errors
///
/// No folder for them.
pub fn keeping(config: &Config) -> Result<Keeping, HistoryError> {
    Ok(Keeping {
        folder: data_folder().ok_or(HistoryError::NoFolder)?,
        limits: Limits {
            runs: config.whole(Name::HistoryRuns),
            bytes: config.whole(Name::HistoryBytes),
            ..Limits::default()
        },
        secrets: match config.text(Name::HistorySecrets) {
            "kept" => Secrets::Kept,
            _ => Secrets::Redacted,
        },
    })
}

/// Keeps a run. That it cannot is told, but is no failure of the check.
pub(super) fn keep(case: &Case, config: &Config) {
    let kept = || -> anyhow::Result<()> {
        let keeping = keeping(config)?;
        let record = keeping.record(&case.session, &case.finished)?;
        keeping.open()?.add(&record)?;
        Ok(())
    };
    if let Err(error) = kept() {
        eprintln!("note: this run is not in the history: {error:#}");
    }
}

fn list(history: &History, args: &ListArgs) -> anyhow::Result<()> {
    let filter = args.filter.join(" ");
    let entries = history.list(&filter, 0, args.limit)?;
    if args.json {
        return print(|out| {
            let mut lines = entries.iter();
            lines.try_for_each(|entry| write_json(out, &entry_json(entry)))
        });
    }
    if entries.is_empty() {
        match filter.as_str() {
            "" => {
                eprintln!("No runs yet. `corscope check` keeps those that it makes in a terminal.")
            }
            _ => eprintln!("No run holds: {}", shown(&filter)),
        }
        return Ok(());
    }
    let most = history.count(&filter)?;
    print(|out| {
        for entry in &entries {
            writeln!(out, "{}", title(entry))?;
        }
        match most - entries.len().min(most) {
            0 => Ok(()),
            more => writeln!(out, "{more} more: --limit {most}"),
        }
    })
}

fn title(entry: &Entry) -> String {
    let record = &entry.record;
    let sign = match record.verdict.as_str() {
        "allowed" | "opaque" => '✓',
        _ => '✗',
    };
    let mut text = format!(
        "{:>5}  {}  {sign} {:<7}  {} {}  from {}",
        entry.id,
        entry.when,
        record.verdict,
        shown(&record.method),
        shown(&record.target),
        shown(record.page.trim_end_matches('/')),
    );
    for more in [&record.reason, &record.name].into_iter().flatten() {
        text.push_str("  ");
        text.push_str(&shown(more));
    }
    text
}

fn entry_json(entry: &Entry) -> serde_json::Value {
    let record = &entry.record;
    json!({
        "id": entry.id,
        "at": record.at,
        "name": record.name,
        "lab": record.lab,
        "engine": record.engine,
        "api": record.api,
        "method": record.method,
        "url": record.target,
        "page": record.page,
        "verdict": record.verdict,
        "reason": record.reason,
        "took": record.took,
        "redacted": record.redacted,
    })
}

/// The case of a run: its exchanges, decided again.
fn case_of(history: &History, id: i64) -> anyhow::Result<Case> {
    let session = history.session(id)?;
    match replay(&session, session.engine()) {
        Replay::Decided(finished) => Ok(Case::new(session, *finished)),
        Replay::NeedsAnswer(pending) => {
            let asks = pending.request();
            bail!(
                "run {id} cannot be decided again: this corscope would have sent {} {}, which was not sent then",
                shown(&asks.method),
                shown(asks.url.as_str())
            )
        }
    }
}

fn told(case: &Case, args: &ShowArgs) -> anyhow::Result<ExitCode> {
    print(|out| {
        if args.json {
            return write_json(out, &CaseJson::new(case, None));
        }
        let verbosity = match args.verbose {
            true => Verbosity::Verbose,
            false => Verbosity::Normal,
        };
        write_text(out, case, verbosity, paragraph_width())
    })?;
    Ok(ExitCode::from(code(case, false)))
}

fn rerun(history: History, args: &RerunArgs, config: &Config) -> anyhow::Result<ExitCode> {
    let entry = history.entry(args.show.id)?;
    let mut session = history.session(args.show.id)?;
    drop(history);
    give_anew(&mut session, args)?;
    let left = session.missing_secrets();
    if !left.is_empty() {
        bail!(
            "run {} was kept without its secrets: {}\n  hint: give them again with -H 'Name: value' or -b 'name=value'; \
             secrets in a URL or body need a new `corscope check`",
            entry.id,
            left.join(", ")
        );
    }
    let network = Network::new(args.network.options()?)?;
    let options = RunOptions {
        max_time: args.network.limit(),
        ..RunOptions::default()
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let browser = SharedBrowser::new(session.browser.clone());
    let (session, finished) = runtime.block_on(async {
        let started = Instant::now();
        let (request, page) = (&session.request, &session.page);
        let run = run_fetch(&network, request, page, &browser, &options, &|_| {});
        let (mut session, finished) = run.await;
        behind::look(&network, &mut session, false, &options, started).await;
        locate_for_others(&network, &mut session, &options).await;
        (session, finished)
    });
    runtime.shutdown_background();
    let case = Case::new(session, finished);
    let code = told(&case, &args.show)?;
    if config.is_on(Name::History) {
        keep(&case, config);
    }
    Ok(code)
}

/// Headers and cookies of the command line take the place of those of the run; caches are forgotten, so
/// that the server is asked.
fn give_anew(session: &mut Session, args: &RerunArgs) -> anyhow::Result<()> {
    for line in &args.headers {
        let (name, value) = line
            .split_once(':')
            .with_context(|| format!("-H: `{}` has no colon", shown(line)))?;
        let (name, value) = (name.trim(), crate::wire::latin1(value.trim().as_bytes()));
        let headers = &mut session.request.headers;
        headers.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
        headers.push((name.to_owned(), value));
    }
    let browser = &mut session.browser;
    browser.document = Document::default();
    browser.http_cache = HttpCache::default();
    browser.preflight_cache = PreflightCache::default();
    let target = session.page.url.join(&session.request.url)?;
    let now = RunOptions::default().now();
    let profile = browser.profile;
    for line in &args.cookies {
        let jar = &mut browser.cookies;
        jar.set_by_visit(&target, line.as_bytes(), &profile, now);
    }
    Ok(())
}
