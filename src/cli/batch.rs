//! `corscope batch`: JSON lines in, JSON lines out.
//!
//! Lines of one session share a browser and run one after another, or at once where they say
//! `"parallel": true`; lines of different sessions run side by side, as many as there are `places`. A line
//! is answered as soon as it is settled; a line with `show` or `clear` asks for no URL but for what the
//! session's browser holds.

mod input;
mod lookout;
mod places;

use std::cell::{Cell, RefCell};
use std::collections::{HashMap, VecDeque};
use std::future::poll_fn;
use std::io::{self, Write as _};
use std::process::ExitCode;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Instant;

use anyhow::Context as _;
use clap::Args;
use serde_json::Value;
use tokio::sync::{Notify, Semaphore, mpsc};
use tokio::task::{JoinSet, LocalSet};

use input::{lines_of, standard_input};
use lookout::Lookout;
use places::{Place, Places};

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

/// Arguments of `batch`.
#[derive(Debug, Args)]
pub struct BatchArgs {
    /// Requests at once; without it 16, and beside them up to 1000 that wait for slow servers
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    jobs: Option<u16>,
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
        places: Places::new(args.jobs),
        waiting: Arc::new(Semaphore::new(WAITING)),
        singles: Singles::default(),
        tasks: RefCell::default(),
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
    places: Places,
    /// Room for lines that wait.
    waiting: Arc<Semaphore>,
    singles: Singles,
    /// What runs the lines.
    tasks: RefCell<JoinSet<anyhow::Result<()>>>,
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
    /// How many tasks run them, those left out whose line waits for a slow server.
    workers: Cell<usize>,
}

impl Desk {
    /// Starts a worker for the lines without a session, if there is work for one more.
    fn hire(self: &Rc<Self>) {
        let workers = &self.singles.workers;
        // One more than can be at work: one that has left its place is still writing what came of it.
        if workers.get() <= self.places.most_at_work() && !self.singles.waiting.borrow().is_empty()
        {
            workers.set(workers.get() + 1);
            self.tasks
                .borrow_mut()
                .spawn_local(run_singles(Rc::clone(self)));
        }
    }

    /// One worker less.
    fn dismiss(&self) {
        self.singles.workers.set(self.singles.workers.get() - 1);
    }

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
    };
    while let Some(block) = blocks.recv().await {
        let block = block.context("cannot read standard input")?;
        for bytes in lines_of(&block) {
            usher.take(bytes).await?;
            // What has to wait for its turn is read while others wait for their answers.
            if usher.desk.singles.waiting.borrow().len() > usher.desk.places.most_at_work() {
                tokio::task::yield_now().await;
            }
        }
    }
    usher.sessions.clear();
    while let Some(done) = poll_fn(|cx| usher.desk.tasks.borrow_mut().poll_join_next(cx)).await {
        done??;
    }
    Ok(())
}

/// Leads each line to its session.
struct Usher {
    desk: Rc<Desk>,
    sessions: HashMap<String, mpsc::UnboundedSender<Work>>,
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
        let desk = &self.desk;
        desk.waiting.acquire().await?.forget();
        match work {
            Work::Fetch(line) if line.session.is_none() => {
                desk.singles.waiting.borrow_mut().push_back(line);
                desk.hire();
            }
            work => {
                let name = work.session().to_owned();
                let queue = self.sessions.entry(name).or_insert_with(|| {
                    let (sender, receiver) = mpsc::unbounded_channel();
                    let mut tasks = desk.tasks.borrow_mut();
                    tasks.spawn_local(session(Rc::clone(desk), receiver));
                    sender
                });
                queue
                    .send(work)
                    .ok()
                    .context("a session ended before its lines")?;
            }
        }
        while let Some(done) = desk.tasks.borrow_mut().try_join_next() {
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

/// Runs lines without a session, as long as there are any. A worker whose line waits for a slow server
/// leaves the others to a new one.
async fn run_singles(desk: Rc<Desk>) -> anyhow::Result<()> {
    loop {
        let place = desk.places.take().await?;
        let Some(line) = desk.singles.waiting.borrow_mut().pop_front() else {
            break;
        };
        let seat = new_seat(&desk, line.engine);
        let slow = Cell::new(false);
        let leave = || {
            slow.set(true);
            desk.dismiss();
            desk.hire();
        };
        let settled = desk
            .places
            .work(place, run_line(&desk, &line, &seat), leave)
            .await?;
        // Whoever waits for this place sends its request first; its answer is under way meanwhile.
        tokio::task::yield_now().await;
        answer(&desk, &line, settled)?;
        desk.waiting.add_permits(1);
        if slow.get() {
            return Ok(());
        }
    }
    desk.dismiss();
    Ok(())
}

/// All lines of one session. Each waits until every line before it is settled; a parallel one for
/// none.
async fn session(desk: Rc<Desk>, mut lines: mpsc::UnboundedReceiver<Work>) -> anyhow::Result<()> {
    let mut seat: Option<Seat> = None;
    let mut running = JoinSet::new();
    loop {
        let work = tokio::select! {
            Some(done) = running.join_next(), if !running.is_empty() => {
                done??;
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
                desk.waiting.add_permits(1);
                continue;
            }
        };
        let seat = seat.get_or_insert_with(|| new_seat(&desk, line.engine));
        if let Some(error) = foreign_engine(seat, &line) {
            desk.refuse(line.id.as_ref(), &error)?;
            desk.waiting.add_permits(1);
            continue;
        }
        seat.clock_ahead = seat.clock_ahead.saturating_add(line.wait_ms);
        let place = desk.places.take().await?;
        running.spawn_local(run_in_session(Rc::clone(&desk), line, seat.clone(), place));
    }
    settle(&mut running).await
}

async fn run_in_session(
    desk: Rc<Desk>,
    line: Box<Line>,
    seat: Seat,
    place: Place,
) -> anyhow::Result<()> {
    let settled = desk
        .places
        .work(place, run_line(&desk, &line, &seat), || ())
        .await?;
    answer(&desk, &line, settled)?;
    desk.waiting.add_permits(1);
    Ok(())
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
