//! `corscope batch`: JSON lines in, JSON lines out.
//!
//! Lines of one session share a browser and run one after another, or at once where they say
//! `"parallel": true`; lines of different sessions run side by side, at most `--jobs` of them. A line
//! is answered as soon as it is settled; a line with `show` or `clear` asks for no URL but for what the
//! session's browser holds. A session has one `job` for as long as any line of it runs.

mod lookout;

use std::cell::{Cell, RefCell};
use std::collections::{HashMap, VecDeque};
use std::io::{self, BufRead, BufReader, Write as _};
use std::process::ExitCode;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Instant;

use anyhow::Context as _;
use clap::Args;
use serde_json::Value;
use tokio::sync::{Notify, Semaphore, mpsc};
use tokio::task::{JoinSet, LocalSet};

use lookout::Lookout;

use super::args::{NetworkArgs, parse_engine};
use super::{behind, exit};
use crate::case::Case;
use crate::driver::{Network, RunOptions, SharedBrowser, run as run_fetch};
use crate::engine::{Browser, Engine, Finished};
use crate::report::{BrowserAnswer, CaseJson, KnownSteps, failed_line, write_json};
use crate::session::{BrowserLine, Line, Session};
use crate::wire::latin1_bytes;

/// Lines that may wait; beyond that standard input is left unread.
const WAITING: usize = 100_000;

/// Lines that wait to be written are written at once when they are this long together, in bytes.
const OUTPUT_BLOCK: usize = 64 * 1024;

/// How much of standard input is read at once, in bytes.
const INPUT_BLOCK: usize = 64 * 1024;

/// Arguments of `batch`.
#[derive(Debug, Args)]
pub struct BatchArgs {
    /// Sessions at once
    #[arg(long, value_name = "N", default_value = "16", value_parser = clap::value_parser!(u16).range(1..))]
    jobs: u16,
    /// Whose rules decide where a line does not say: chromium, firefox, webkit or standard
    #[arg(long, value_name = "ENGINE", default_value = "chromium", value_parser = parse_engine)]
    engine: Engine,
    /// After a failed preflight, also send the request that a browser would not send
    #[arg(long)]
    look_behind: bool,
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
        look_behind: args.look_behind,
        jobs: Semaphore::new(args.jobs.into()),
        jobs_at_once: args.jobs.into(),
        singles: Singles::default(),
        unusable: Cell::new(false),
        out: RefCell::default(),
        unwritten: Notify::new(),
        known: KnownSteps::default(),
        lookout: Lookout::default(),
    });
    let ended = LocalSet::new().block_on(&runtime, async {
        tokio::select! {
            biased;
            ended = read_all(Rc::clone(&desk)) => ended.and_then(|()| desk.write()),
            Err(error) = write_when_due(&desk) => Err(error),
            () = desk.lookout.keep() => Ok(()),
        }
    });
    runtime.shutdown_background();
    match ended {
        // Whoever reads had enough; that is no failure of the batch.
        Err(error) if is_broken_pipe(&error) => {}
        other => other?,
    }
    Ok(ExitCode::from(if desk.unusable.get() {
        exit::USAGE
    } else {
        exit::ALLOWED
    }))
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    let cause = error.downcast_ref::<io::Error>();
    cause.is_some_and(|cause| cause.kind() == io::ErrorKind::BrokenPipe)
}

/// What all lines share.
struct Desk {
    network: Network,
    engine: Engine,
    options: RunOptions,
    look_behind: bool,
    jobs: Semaphore,
    /// How many of them there are.
    jobs_at_once: usize,
    singles: Singles,
    /// Whether a line could not be used.
    unusable: Cell<bool>,
    /// The lines that wait to be written.
    out: RefCell<Vec<u8>>,
    /// Tells that some do.
    unwritten: Notify,
    known: KnownSteps,
    lookout: Lookout,
}

/// The lines without a session. Each has a fresh browser.
#[derive(Default)]
struct Singles {
    waiting: RefCell<VecDeque<Box<Line>>>,
    /// The tasks that run them.
    workers: Cell<usize>,
}

impl Desk {
    fn refuse(&self, id: Option<&Value>, error: &str) -> anyhow::Result<()> {
        self.unusable.set(true);
        self.print(&failed_line(id, error))
    }

    fn print(&self, line: &impl serde::Serialize) -> anyhow::Result<()> {
        let mut lines = self.out.borrow_mut();
        write_json(&mut lines, line)?;
        if lines.len() < OUTPUT_BLOCK {
            self.unwritten.notify_one();
            return Ok(());
        }
        drop(lines);
        self.write()
    }

    fn write(&self) -> anyhow::Result<()> {
        let mut lines = self.out.borrow_mut();
        let mut out = io::stdout().lock();
        let written = out.write_all(&lines).and_then(|()| out.flush());
        lines.clear();
        lines.shrink_to(2 * OUTPUT_BLOCK);
        written.context("cannot write to standard output")
    }
}

/// Writes the lines that wait, as soon as nothing else is ready to run: what is answered together leaves
/// together.
async fn write_when_due(desk: &Desk) -> anyhow::Result<()> {
    loop {
        desk.unwritten.notified().await;
        desk.write()?;
    }
}

/// A browser that lines share, and the time that their `waitMs` let pass in it.
#[derive(Clone)]
struct Seat {
    browser: SharedBrowser,
    clock_ahead: u64,
}

/// A line that was understood.
enum Work {
    Fetch(Box<Line>),
    Browser(BrowserLine),
}

impl Work {
    fn session(&self) -> &str {
        match self {
            Self::Fetch(line) => line.session.as_deref().unwrap_or_default(),
            Self::Browser(line) => &line.session,
        }
    }

    fn parallel(&self) -> bool {
        match self {
            Self::Fetch(line) => line.parallel,
            Self::Browser(line) => line.parallel,
        }
    }
}

/// Reads standard input to its end and answers every line.
async fn read_all(desk: Rc<Desk>) -> anyhow::Result<()> {
    let mut blocks = standard_input();
    let mut usher = Usher {
        desk,
        sessions: HashMap::new(),
        tasks: JoinSet::new(),
        waiting: Arc::new(Semaphore::new(WAITING)),
    };
    while let Some(block) = blocks.recv().await {
        let block = block.context("cannot read standard input")?;
        for bytes in block.split(|&byte| byte == b'\n') {
            usher.take(bytes).await?;
            // What has to wait for its turn is read while others wait for their answers.
            if usher.desk.singles.waiting.borrow().len() > usher.desk.jobs_at_once {
                tokio::task::yield_now().await;
            }
        }
    }
    usher.sessions.clear();
    settle(&mut usher.tasks).await
}

/// Leads each line to its session.
struct Usher {
    desk: Rc<Desk>,
    sessions: HashMap<String, mpsc::UnboundedSender<Work>>,
    tasks: JoinSet<anyhow::Result<()>>,
    waiting: Arc<Semaphore>,
}

impl Usher {
    async fn take(&mut self, bytes: &[u8]) -> anyhow::Result<()> {
        if bytes.trim_ascii().is_empty() {
            return Ok(());
        }
        let work = match parse(bytes) {
            Ok(work) => work,
            Err(error) => {
                let id = serde_json::from_slice::<Value>(bytes)
                    .ok()
                    .and_then(|value| value.get("id").cloned());
                return self.desk.refuse(id.as_ref(), &error);
            }
        };
        let place = Arc::clone(&self.waiting).acquire_owned().await?;
        place.forget();
        let desk = Rc::clone(&self.desk);
        let waiting = Arc::clone(&self.waiting);
        match work {
            Work::Fetch(line) if line.session.is_none() => {
                let singles = &self.desk.singles;
                singles.waiting.borrow_mut().push_back(line);
                // One more than jobs: one that has ended a job is still writing what it came to.
                if singles.workers.get() <= desk.jobs_at_once {
                    singles.workers.set(singles.workers.get() + 1);
                    let work = async move { run_singles(&desk, &waiting).await };
                    self.tasks.spawn_local(work);
                }
            }
            work => {
                let name = work.session().to_owned();
                let tasks = &mut self.tasks;
                let queue = self.sessions.entry(name).or_insert_with(|| {
                    let (sender, receiver) = mpsc::unbounded_channel();
                    tasks.spawn_local(async move { session(desk, receiver, waiting).await });
                    sender
                });
                queue
                    .send(work)
                    .ok()
                    .context("a session ended before its lines")?;
            }
        }
        while let Some(done) = self.tasks.try_join_next() {
            done??;
        }
        Ok(())
    }
}

fn parse(bytes: &[u8]) -> Result<Work, String> {
    let text = std::str::from_utf8(bytes)
        .map_err(|error| format!("byte {} is not UTF-8", error.valid_up_to() + 1))?;
    let value: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let work = if BrowserLine::is_meant_by(&value) {
        BrowserLine::from_value(value).map(Work::Browser)
    } else {
        Line::from_value(value).map(|line| Work::Fetch(Box::new(line)))
    };
    work.map_err(|error| error.to_string())
}

/// Standard input, whole lines at a time, read by a thread of its own since it cannot be awaited. What
/// is there is handed over in one piece: waking up for each line costs more than half a request.
fn standard_input() -> mpsc::Receiver<io::Result<Vec<u8>>> {
    let (sender, receiver) = mpsc::channel(2);
    std::thread::spawn(move || {
        let mut input = BufReader::with_capacity(INPUT_BLOCK, io::stdin());
        loop {
            let lines = whole_lines(&mut input);
            let ended = matches!(&lines, Ok(lines) if lines.is_empty()) || lines.is_err();
            if sender.blocking_send(lines).is_err() || ended {
                break;
            }
        }
    });
    receiver
}

/// The lines that are there, the last one read to its end; nothing at the end of the input.
fn whole_lines(input: &mut impl BufRead) -> io::Result<Vec<u8>> {
    let mut lines = input.fill_buf()?.to_vec();
    input.consume(lines.len());
    if !lines.is_empty() && lines.last() != Some(&b'\n') {
        input.read_until(b'\n', &mut lines)?;
    }
    Ok(lines)
}

/// Runs lines without a session, as long as there are any.
async fn run_singles(desk: &Desk, waiting: &Semaphore) -> anyhow::Result<()> {
    loop {
        let job = desk.jobs.acquire().await?;
        let Some(line) = desk.singles.waiting.borrow_mut().pop_front() else {
            break;
        };
        let seat = new_seat(desk, line.engine);
        let settled = run_line(desk, &line, &seat).await;
        // Whoever waits for this place sends its request first; its answer is under way meanwhile.
        drop(job);
        tokio::task::yield_now().await;
        answer(desk, &line, settled)?;
        waiting.add_permits(1);
    }
    desk.singles.workers.set(desk.singles.workers.get() - 1);
    Ok(())
}

/// All lines of one session. Each waits until every line before it is settled; a parallel one for
/// none.
async fn session(
    desk: Rc<Desk>,
    mut lines: mpsc::UnboundedReceiver<Work>,
    waiting: Arc<Semaphore>,
) -> anyhow::Result<()> {
    let mut seat: Option<Seat> = None;
    let mut running = JoinSet::new();
    let mut job = None;
    loop {
        let work = tokio::select! {
            Some(done) = running.join_next(), if !running.is_empty() => {
                done??;
                if running.is_empty() {
                    job = None;
                }
                continue;
            }
            line = lines.recv() => line,
        };
        let Some(work) = work else { break };
        if !work.parallel() {
            settle(&mut running).await?;
        }
        let line = match work {
            Work::Fetch(line) => line,
            Work::Browser(line) => {
                let seat = seat.get_or_insert_with(|| new_seat(&desk, None));
                seat.clock_ahead = seat.clock_ahead.saturating_add(line.wait_ms);
                show_browser(&desk, &line, seat)?;
                waiting.add_permits(1);
                continue;
            }
        };
        let seat = seat.get_or_insert_with(|| new_seat(&desk, line.engine));
        if let Some(error) = foreign_engine(seat, &line) {
            desk.refuse(line.id.as_ref(), &error)?;
            waiting.add_permits(1);
            continue;
        }
        if job.is_none() {
            job = Some(desk.jobs.acquire().await?);
        }
        seat.clock_ahead = seat.clock_ahead.saturating_add(line.wait_ms);
        let (desk, seat, waiting) = (Rc::clone(&desk), seat.clone(), Arc::clone(&waiting));
        running.spawn_local(async move {
            let answered = answer(&desk, &line, run_line(&desk, &line, &seat).await);
            waiting.add_permits(1);
            answered
        });
    }
    settle(&mut running).await
}

async fn settle(running: &mut JoinSet<anyhow::Result<()>>) -> anyhow::Result<()> {
    while let Some(done) = running.join_next().await {
        done??;
    }
    Ok(())
}

/// A browser does not change its engine, so a line that wants another one is a mistake.
fn foreign_engine(seat: &Seat, line: &Line) -> Option<String> {
    let own = seat.browser.lock().profile.engine;
    line.engine.filter(|engine| *engine != own).map(|_| {
        let own = own.as_str();
        format!("`engine`: the session is {own} since its first line")
    })
}

fn new_seat(desk: &Desk, engine: Option<Engine>) -> Seat {
    Seat {
        browser: SharedBrowser::new(Browser::fresh(engine.unwrap_or(desk.engine))),
        clock_ahead: 0,
    }
}

async fn run_line(desk: &Desk, line: &Line, seat: &Seat) -> (Session, Finished) {
    let options = RunOptions {
        clock_ahead: seat.clock_ahead,
        ..desk.options
    };
    prepare(seat, line, &options);
    let (started, lookout) = (Instant::now(), &desk.lookout);
    let (mut session, finished) = run_fetch(
        &desk.network,
        &line.request,
        &line.page,
        &seat.browser,
        &options,
        &|event| lookout.hear(event),
    )
    .await;
    if desk.look_behind {
        behind::look(&desk.network, &mut session, true, &options, started).await;
    }
    (session, finished)
}

/// Empties what a line says, and prints what is left.
fn show_browser(desk: &Desk, line: &BrowserLine, seat: &Seat) -> anyhow::Result<()> {
    let options = RunOptions {
        clock_ahead: seat.clock_ahead,
        ..desk.options
    };
    let mut browser = seat.browser.lock();
    for part in &line.clear {
        browser.empty(*part);
    }
    let engine = browser.profile.engine;
    let contents = browser.contents(options.now());
    let id = line.id.as_ref();
    desk.print(&BrowserAnswer::new(id, &line.session, engine, &contents))
}

/// Prints what a line came to.
fn answer(
    desk: &Desk,
    line: &Line,
    (session, finished): (Session, Finished),
) -> anyhow::Result<()> {
    let case = Case::of_one_engine(session, finished);
    desk.print(&CaseJson::of_many(&case, line.id.as_ref(), &desk.known))
}

/// What a line says about its browser: cookies set by visits, and the user's permission.
fn prepare(seat: &Seat, line: &Line, options: &RunOptions) {
    let mut browser = seat.browser.lock();
    if let Some(permission) = line.permission {
        browser.local_network = permission;
    }
    for host in &line.hsts {
        browser.hsts.insert(host);
    }
    let profile = browser.profile;
    for (url, set) in &line.cookies {
        let bytes = latin1_bytes(set).unwrap_or_else(|| set.clone().into_bytes());
        browser
            .cookies
            .set_by_visit(url, &bytes, &profile, options.now());
    }
}
