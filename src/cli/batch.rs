//! `corscope batch`: JSON lines in, JSON lines out.
//!
//! Lines of one session share a browser and run one after another, or at once where they say
//! `"parallel": true`; lines of different sessions run side by side, at most `--jobs` of them. A line
//! is answered as soon as it is settled.

use std::collections::HashMap;
use std::io::{self, BufRead as _, Write as _};
use std::process::ExitCode;
use std::rc::Rc;
use std::sync::Arc;

use anyhow::Context as _;
use clap::Args;
use serde_json::Value;
use tokio::sync::{Semaphore, mpsc};
use tokio::task::{JoinSet, LocalSet};

use super::args::{NetworkArgs, parse_engine};
use super::exit;
use crate::case::Case;
use crate::driver::{Network, RunOptions, SharedBrowser, run as run_fetch};
use crate::engine::{Browser, Engine};
use crate::report::{CaseJson, failed_line};
use crate::session::Line;
use crate::wire::latin1_bytes;

/// Lines that may wait; beyond that standard input is left unread.
const WAITING: usize = 100_000;

/// Arguments of `batch`.
#[derive(Debug, Args)]
pub struct BatchArgs {
    /// Sessions at once
    #[arg(long, value_name = "N", default_value = "16", value_parser = clap::value_parser!(u16).range(1..))]
    jobs: u16,
    /// Whose rules decide where a line does not say: chromium, firefox, webkit or standard
    #[arg(long, value_name = "ENGINE", default_value = "chromium", value_parser = parse_engine)]
    engine: Engine,
    #[command(flatten)]
    network: NetworkArgs,
}

pub(super) fn run(args: BatchArgs) -> anyhow::Result<ExitCode> {
    let network = Network::new(args.network.options()?)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let desk = Rc::new(Desk {
        network,
        engine: args.engine,
        options: RunOptions {
            max_time: args.network.limit(),
            ..RunOptions::default()
        },
        jobs: Semaphore::new(args.jobs.into()),
    });
    let all_understood = LocalSet::new().block_on(&runtime, read_all(desk))?;
    runtime.shutdown_background();
    Ok(ExitCode::from(if all_understood {
        exit::ALLOWED
    } else {
        exit::USAGE
    }))
}

/// What all lines share.
struct Desk {
    network: Network,
    engine: Engine,
    options: RunOptions,
    jobs: Semaphore,
}

/// A browser that lines share, and the time that their `waitMs` let pass in it.
#[derive(Clone)]
struct Seat {
    browser: SharedBrowser,
    clock_ahead: u64,
}

/// Reads standard input to its end and answers every line; tells whether all could be used.
async fn read_all(desk: Rc<Desk>) -> anyhow::Result<bool> {
    let mut lines = standard_input();
    let mut sessions: HashMap<String, mpsc::UnboundedSender<Line>> = HashMap::new();
    let mut tasks = JoinSet::new();
    let waiting = Arc::new(Semaphore::new(WAITING));
    let mut all_understood = true;
    while let Some(text) = lines.recv().await {
        let text = text.context("cannot read standard input")?;
        if text.trim().is_empty() {
            continue;
        }
        let line = match Line::parse(&text) {
            Ok(line) => line,
            Err(error) => {
                all_understood = false;
                let id = serde_json::from_str::<Value>(&text)
                    .ok()
                    .and_then(|value| value.get("id").cloned());
                print_line(&failed_line(id.as_ref(), &error.to_string()))?;
                continue;
            }
        };
        let place = Arc::clone(&waiting).acquire_owned().await?;
        place.forget();
        let desk = Rc::clone(&desk);
        let waiting = Arc::clone(&waiting);
        match &line.session {
            None => {
                tasks.spawn_local(async move { single(&desk, line, &waiting).await });
            }
            Some(name) => {
                let queue = sessions.entry(name.clone()).or_insert_with(|| {
                    let (sender, receiver) = mpsc::unbounded_channel();
                    tasks.spawn_local(async move { session(desk, receiver, waiting).await });
                    sender
                });
                queue
                    .send(line)
                    .ok()
                    .context("a session ended before its lines")?;
            }
        }
        while let Some(done) = tasks.try_join_next() {
            done??;
        }
    }
    drop(sessions);
    while let Some(done) = tasks.join_next().await {
        done??;
    }
    Ok(all_understood)
}

/// Standard input, a line at a time, read by a thread of its own since it cannot be awaited.
fn standard_input() -> mpsc::Receiver<io::Result<String>> {
    let (sender, receiver) = mpsc::channel(256);
    std::thread::spawn(move || {
        for line in io::stdin().lock().lines() {
            if sender.blocking_send(line).is_err() {
                break;
            }
        }
    });
    receiver
}

/// A line without a session: a fresh browser.
async fn single(desk: &Desk, line: Line, waiting: &Semaphore) -> anyhow::Result<()> {
    let _job = desk.jobs.acquire().await?;
    let seat = new_seat(desk, &line);
    answer(desk, &line, &seat).await?;
    waiting.add_permits(1);
    Ok(())
}

/// All lines of one session, in order; parallel ones start without waiting.
async fn session(
    desk: Rc<Desk>,
    mut lines: mpsc::UnboundedReceiver<Line>,
    waiting: Arc<Semaphore>,
) -> anyhow::Result<()> {
    let mut seat: Option<Seat> = None;
    let mut parallel = JoinSet::new();
    while let Some(line) = lines.recv().await {
        let seat = seat.get_or_insert_with(|| new_seat(&desk, &line));
        seat.clock_ahead += line.wait_ms;
        if line.parallel {
            let (desk, seat, waiting) = (Rc::clone(&desk), seat.clone(), Arc::clone(&waiting));
            parallel.spawn_local(async move {
                let answered = answer(&desk, &line, &seat).await;
                waiting.add_permits(1);
                answered
            });
        } else {
            let _job = desk.jobs.acquire().await?;
            answer(&desk, &line, seat).await?;
            waiting.add_permits(1);
        }
        while let Some(done) = parallel.try_join_next() {
            done??;
        }
    }
    while let Some(done) = parallel.join_next().await {
        done??;
    }
    Ok(())
}

fn new_seat(desk: &Desk, line: &Line) -> Seat {
    Seat {
        browser: SharedBrowser::new(Browser::fresh(line.engine.unwrap_or(desk.engine))),
        clock_ahead: 0,
    }
}

async fn answer(desk: &Desk, line: &Line, seat: &Seat) -> anyhow::Result<()> {
    let options = RunOptions {
        clock_ahead: seat.clock_ahead,
        ..desk.options
    };
    prepare(seat, line, &options);
    let (session, finished) = run_fetch(
        &desk.network,
        &line.request,
        &line.page,
        &seat.browser,
        &options,
        &|_| {},
    )
    .await;
    let case = Case::new(session, finished);
    print_line(&CaseJson::new(&case, line.id.as_ref()))
}

/// What a line says about its browser: cookies set by visits, and the user's permission.
fn prepare(seat: &Seat, line: &Line, options: &RunOptions) {
    let mut browser = seat.browser.lock();
    if let Some(permission) = line.permission {
        browser.local_network = permission;
    }
    let profile = browser.profile;
    for (url, set) in &line.cookies {
        let bytes = latin1_bytes(set).unwrap_or_else(|| set.clone().into_bytes());
        browser
            .cookies
            .set_by_visit(url, &bytes, &profile, options.now());
    }
}

fn print_line(value: &impl serde::Serialize) -> anyhow::Result<()> {
    let mut text = serde_json::to_vec(value)?;
    text.push(b'\n');
    let mut out = io::stdout().lock();
    out.write_all(&text)
        .and_then(|()| out.flush())
        .context("cannot write to standard output")
}
