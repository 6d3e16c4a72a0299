//! `corscope check`: one request, its trace, an exit code.

use std::process::ExitCode;
use std::time::Instant;

use anyhow::Context as _;
use clap::Args;

use super::args::{NetworkArgs, RequestArgs};
use super::lesson::LessonArgs;
use super::output::{Beside, Format, OutputArgs, Told};
use super::recipe::{self, Wanted};
use super::save::FileArgs;
use super::{behind, exit, history, import_args};
use crate::case::Case;
use crate::config::{Config, Name};
use crate::diagnose::{Opinion, conclude, plan, shown};
use crate::driver::{
    Network, RunOptions, SharedBrowser, ask_each, ask_for_others, locate_for_others,
    run as run_fetch,
};
use crate::engine::{Browser, Engine, Verdict, upgrade_url};
use crate::import::since_then;
use crate::report::Verbosity;
use crate::session::{Edit, Replay, WhatIf, replay};

/// Arguments of `check`.
#[derive(Debug, Args)]
pub struct CheckArgs {
    #[command(flatten)]
    request: RequestArgs,
    #[command(flatten)]
    file: FileArgs,
    #[command(flatten)]
    lesson: LessonArgs,
    #[command(flatten)]
    network: NetworkArgs,
    /// Keep the run in the history also where standard output is no terminal
    #[arg(long, overrides_with = "no_history")]
    history: bool,
    /// Do not keep the run in the history
    #[arg(long, overrides_with = "history")]
    no_history: bool,
    #[command(flatten)]
    output: OutputArgs,
    /// Send harmless follow-up requests (OPTIONS, GET; at most ten, one by one) that tell causes apart
    #[arg(long)]
    investigate: bool,
    /// Explain every step and show the raw head of every exchange
    #[arg(short = 'v', long)]
    verbose: bool,
    /// Print what the browser holds afterwards: cookies, caches, logins
    #[arg(long, conflicts_with_all = ["json", "what_if"])]
    show_browser: bool,
    /// Show the verdict if the server had answered, or the page asked, otherwise
    ///
    /// As in 'preflight: Access-Control-Allow-Headers: x-api-key', 'actual: -Vary',
    /// 'preflight: status 204', 'redirect 1: Location: https://…', 'request: -X-Api-Key',
    /// 'request: credentials omit' or 'request: url https://…'. May be given more than once.
    #[arg(long, value_name = "EDIT")]
    what_if: Vec<String>,
    /// After a failed preflight, also send the request that a browser would not send
    ///
    /// A GET or HEAD without a body is sent in any case.
    #[arg(long)]
    look_behind: bool,
    /// Print what to write into the server's set-up: a stack, `auto` to guess it, or `list`
    #[arg(long, value_name = "STACK", conflicts_with = "json", value_parser = recipe::parse_wanted)]
    fix: Option<Wanted>,
}

pub(super) fn run(mut args: CheckArgs, config: &Config) -> anyhow::Result<ExitCode> {
    args.file.fill(&mut args.request)?;
    if let Some(Wanted::List) = args.fix {
        recipe::list()?;
        return Ok(ExitCode::SUCCESS);
    }
    if args.lesson.listed()? {
        return Ok(ExitCode::SUCCESS);
    }
    if args.fix.is_some() && args.output.format() == Format::Json {
        anyhow::bail!("--fix: the JSON holds no recipe; leave one of the two out");
    }
    if args.show_browser && args.output.format() != Format::Text {
        anyhow::bail!("--show-browser goes with text only");
    }
    let imported = import_args::fill(&mut args.request, &mut args.network)?;
    if let Some(imported) = &imported {
        import_args::tell(imported);
        import_args::filled_in(imported, &args.request)?;
    }
    let notes = imported
        .as_ref()
        .map(import_args::notes)
        .unwrap_or_default();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let lesson = args.lesson.play(&runtime)?;
    let parsed = match &lesson {
        Some(lesson) => Ok((lesson.line.page.clone(), lesson.line.request.clone())),
        None => args.request.parse(),
    };
    let parsed = with_edits(parsed, &args.what_if);
    let network = args.network.options().and_then(|mut options| {
        if let Some(lesson) = &lesson {
            lesson.route(&mut options);
        }
        Ok(Network::new(options)?)
    });
    let known_hosts = args.request.page.known_hosts();
    let (((mut page, request), edits), network, known_hosts) = match (parsed, network, known_hosts)
    {
        (Ok(parsed), Ok(network), Ok(known)) => (parsed, network, known),
        (parsed, network, known) => {
            let mut mistakes = parsed.err().unwrap_or_default();
            mistakes.extend(network.err().map(|error| format!("{error:#}")));
            mistakes.extend(known.err().map(|error| format!("{error:#}")));
            eprintln!("{}", mistakes.join("\n"));
            return Ok(ExitCode::from(exit::USAGE));
        }
    };
    page.address_space = args.request.page_address_space.or(page.address_space);
    let mut browser = Browser::fresh(args.request.engines().live);
    browser.local_network = args.request.lna;
    browser.hsts = known_hosts;
    set_cookies(&mut browser, &args.request, &page.url)?;
    if let Some(lesson) = &lesson {
        visit(&mut browser, &lesson.line.cookies);
    }
    let options = RunOptions {
        max_time: args.network.limit(),
        ..RunOptions::default()
    };
    let browser = SharedBrowser::new(browser);
    let (session, finished) = runtime.block_on(async {
        let started = Instant::now();
        let deadline = options.max_time.map(|limit| started + limit);
        let told = args.request.page_policies(&network, &page.url, deadline);
        page.policies = std::mem::take(&mut page.policies).and(told.await);
        let run = run_fetch(&network, &request, &page, &browser, &options, &|_| {});
        let (mut session, finished) = run.await;
        // In the lab nothing is changed by a request.
        let all = args.look_behind || lesson.is_some();
        behind::look(&network, &mut session, all, &options, started).await;
        locate_for_others(&network, &mut session, &options).await;
        if args.request.engines().all {
            ask_for_others(&network, &mut session, &options, &|_| {}).await;
        }
        (session, finished)
    });
    let mut case = Case::new(session, finished);
    if args.investigate {
        let plan = plan(&case.session, &case.finished);
        let requests = plan.iter().map(|probe| &probe.request);
        let answers = runtime.block_on(ask_each(&network, requests, &options));
        case.investigation = Some(conclude(&case.session, &case.finished, plan, answers));
    }
    // A name look-up that never ends must not keep the process.
    runtime.shutdown_background();
    let held = args.show_browser.then(|| browser.lock().clone());
    args.keep(&case, config);
    let (case, edits, held) = args.output.to_tell(case, edits, held)?;
    let all = args.request.engines().all;
    if edits.is_empty() {
        let beside = Beside {
            fix: args.fix.as_ref(),
            browser: held.as_ref().map(|held| held.contents(options.now())),
            notes: &notes,
        };
        args.output
            .tell(Told::Case(&case), args.verbosity(), &beside)?;
        if let Some(line) = imported.and_then(|imported| imported.console) {
            eprintln!(
                "note: {}",
                shown(&since_then(&line, &case.finished.verdict))
            );
        }
        return Ok(ExitCode::from(code(&case, all)));
    }
    for idle in WhatIf::idle(&case.session, &edits, case.session.engine()) {
        let edit = shown(&idle.to_string());
        eprintln!("note: --what-if: `{edit}` changes nothing: no such answer comes in this fetch");
    }
    let edited = WhatIf::new(&case.session, &edits).session(Engine::ALL);
    let beside = Beside {
        notes: &notes,
        ..Beside::default()
    };
    let code = match replay(&edited, edited.engine()) {
        Replay::Decided(finished) => {
            let after = Case::new(edited, *finished);
            let told = Told::Changed {
                before: &case,
                after: &after,
                edits: &edits,
            };
            args.output.tell(told, args.verbosity(), &beside)?;
            code(&after, all)
        }
        Replay::NeedsAnswer(pending) => {
            let told = Told::Undecided {
                before: &case,
                edits: &edits,
                asks: pending.request(),
            };
            args.output.tell(told, args.verbosity(), &beside)?;
            exit::USAGE
        }
    };
    Ok(ExitCode::from(code))
}

/// What was parsed, and the edits; or every mistake in either.
fn with_edits<T>(
    parsed: Result<T, Vec<String>>,
    texts: &[String],
) -> Result<(T, Vec<Edit>), Vec<String>> {
    let mut edits = Vec::new();
    let mut mistakes = Vec::new();
    for text in texts {
        match text.parse() {
            Ok(edit) => edits.push(edit),
            Err(error) => mistakes.push(format!("--what-if: {error}")),
        }
    }
    match parsed {
        Ok(parsed) if mistakes.is_empty() => Ok((parsed, edits)),
        Ok(_) => Err(mistakes),
        Err(mut others) => {
            others.extend(mistakes);
            Err(others)
        }
    }
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
    let cookies = request.cookies.iter();
    let cookies: Vec<_> = cookies.map(|line| (target.clone(), line.clone())).collect();
    visit(browser, &cookies);
    Ok(())
}

/// Cookies from visits before: the URL visited and the `Set-Cookie` line.
fn visit(browser: &mut Browser, cookies: &[(url::Url, String)]) {
    let now = RunOptions::default().now();
    let profile = browser.profile;
    for (url, line) in cookies {
        browser
            .cookies
            .set_by_visit(url, line.as_bytes(), &profile, now);
    }
}

impl CheckArgs {
    /// Keeps the run as it was, before anything is taken out of it to be told. Scripts do not fill the history unless they say so.
    fn keep(&self, case: &Case, config: &Config) {
        use std::io::IsTerminal as _;
        let unasked = !self.no_history && config.is_on(Name::History);
        if self.history || unasked && std::io::stdout().is_terminal() {
            history::keep(case, config);
        }
    }

    fn verbosity(&self) -> Verbosity {
        if self.verbose {
            Verbosity::Verbose
        } else {
            Verbosity::Normal
        }
    }
}

/// The worst of the verdicts that count: the live run's, or those of all three browsers.
pub(super) fn code(case: &Case, all: bool) -> u8 {
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
