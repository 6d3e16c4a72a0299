//! The only file here that waits: terminal events, runs, signals; and what commands ask for.
//!
//! One thread, one loop: draw, wait for something, take everything that is there, draw again. Nothing
//! wakes it while it is idle; a timer runs only while a request is under way or a word goes by itself.

mod archive;

use std::collections::HashMap;
use std::env;
use std::io::IsTerminal as _;
use std::panic::resume_unwind;
use std::path::PathBuf;
use std::pin::pin;
use std::time::Duration;

use anyhow::{Context as _, bail};
use crossterm::event::{Event as TerminalEvent, EventStream, KeyEventKind};
use futures_util::future::poll_immediate;
use futures_util::{Stream, StreamExt as _};
use ratatui::layout::Size;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::{JoinError, JoinSet};
use tokio::time::{MissedTickBehavior, interval};

use self::archive::Archive;
use super::model::{AskOrder, Asked, Cmd, Model, Msg, Opening, Order, RunEvent};
use super::terminal::Screen;
use super::theme::{Colours, ThemeName};
use super::{update, view};
use crate::assets::lesson_hosts;
use crate::case::Case;
use crate::driver::{self, Network, NetworkOptions, Progress, RunOptions, SharedBrowser, Stop};
use crate::lab::Lab;

/// How often the seconds on the screen are counted on while a request is under way.
const TICK: Duration = Duration::from_millis(100);

/// What the terminal UI starts with.
#[derive(Clone, Debug)]
pub struct Start {
    /// What to open.
    pub asked: Asked,
    /// How requests are sent. The lab's names lead to the lab in any case.
    pub network: NetworkOptions,
    /// Where runs are kept; `None` keeps none.
    pub history: Option<PathBuf>,
}

impl Default for Start {
    /// The first lesson of the lab.
    fn default() -> Self {
        Self {
            asked: Asked {
                max_time: RunOptions::default().max_time,
                ..Asked::default()
            },
            network: NetworkOptions::default(),
            history: None,
        }
    }
}

/// Why the loop ended.
enum Ended {
    /// The user left.
    ByUser,
    /// A signal of that number came.
    BySignal(i32),
}

/// Runs the terminal UI until the user leaves. After a signal the process ends, with the exit status
/// that shells give to it.
pub fn run(start: Start) -> anyhow::Result<()> {
    if !std::io::stdout().is_terminal() {
        bail!("the terminal UI needs a terminal; `corscope check` does not");
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("cannot start")?;
    let ended = runtime.block_on(run_loop(start))?;
    // A look-up of a name that is still under way must not hold up the end.
    runtime.shutdown_background();
    match ended {
        Ended::ByUser => Ok(()),
        Ended::BySignal(number) => std::process::exit(128 + number),
    }
}

async fn run_loop(start: Start) -> anyhow::Result<Ended> {
    // Signals first: from here on none of them ends the program with the terminal taken over.
    let mut signals = Signals::new().context("cannot listen for signals")?;
    let mut effects = Effects::new(start.network, start.history).await?;
    let mut screen = Screen::take().context("cannot take over the terminal")?;
    let mut events = pin!(EventStream::new().fuse());
    let size = screen.terminal.size().context("cannot ask for the size")?;
    let mut model = Model::new(opening(start.asked, size));
    let mut ticks = interval(TICK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        screen
            .terminal
            .draw(|frame| view(&model, frame))
            .context("cannot draw")?;
        let timed = model.wants_ticks();
        let msg = tokio::select! {
            event = events.next() => match event {
                Some(event) => terminal_msg(event.context("cannot read the terminal")?),
                None => return Ok(Ended::ByUser),
            },
            Some(msg) = effects.told.recv() => Some(msg),
            Some(ended) = effects.runs.join_next() => {
                settle(ended);
                None
            }
            _ = ticks.tick(), if timed => Some(Msg::Tick(RunOptions::default().now())),
            signal = signals.next() => match signal {
                Signalled::End(number) => return Ok(Ended::BySignal(number)),
                Signalled::Suspend => Some(suspend(&mut screen)?),
                Signalled::Continue => {
                    screen.retake().context("cannot take over the terminal")?;
                    Some(Msg::Resize(screen.terminal.size()?))
                }
            },
        };
        let mut waiting = msg;
        // Everything that is there is taken before the next picture is drawn.
        loop {
            if let Some(msg) = waiting {
                for command in update(&mut model, msg) {
                    match command {
                        Cmd::Quit => return Ok(Ended::ByUser),
                        Cmd::Send(order) => effects.send(*order),
                        Cmd::Ask(order) => effects.ask(*order),
                        Cmd::Cancel(id) => effects.cancel(id),
                        Cmd::History(order) => effects.archive.order(order),
                        Cmd::Suspend => {
                            let msg = suspend(&mut screen)?;
                            update(&mut model, msg);
                        }
                    }
                }
            }
            waiting = match next_waiting(&mut events, &mut effects.told).await? {
                Some(msg) => Some(msg),
                None => break,
            };
        }
    }
}

type Told = UnboundedReceiver<Msg>;

/// A message that is there already. The stream is polled as this task: it keeps the first waker that it
/// gets, so one that wakes nobody would stop it for good.
async fn next_waiting(
    events: &mut (impl Stream<Item = std::io::Result<TerminalEvent>> + Unpin),
    told: &mut Told,
) -> anyhow::Result<Option<Msg>> {
    if let Ok(msg) = told.try_recv() {
        return Ok(Some(msg));
    }
    while let Some(Some(event)) = poll_immediate(events.next()).await {
        if let Some(msg) = terminal_msg(event.context("cannot read the terminal")?) {
            return Ok(Some(msg));
        }
    }
    Ok(None)
}

fn terminal_msg(event: TerminalEvent) -> Option<Msg> {
    match event {
        TerminalEvent::Key(key) if key.kind != KeyEventKind::Release => Some(Msg::Key(key)),
        TerminalEvent::Mouse(event) => Some(Msg::Mouse(event)),
        TerminalEvent::Paste(text) => Some(Msg::Paste(text)),
        TerminalEvent::Resize(width, height) => Some(Msg::Resize(Size::new(width, height))),
        _ => None,
    }
}

fn opening(asked: Asked, size: Size) -> Opening {
    let set = |name: &str| env::var_os(name).is_some_and(|value| !value.is_empty());
    let named = |name: &str, texts: &[&str]| {
        env::var(name).is_ok_and(|value| texts.iter().any(|text| value.contains(text)))
    };
    Opening {
        size,
        asked,
        theme: if set("NO_COLOR") {
            ThemeName::Plain
        } else {
            ThemeName::Night
        },
        colours: if named("COLORTERM", &["truecolor", "24bit"]) {
            Colours::True
        } else {
            Colours::Indexed
        },
        now: RunOptions::default().now(),
    }
}

/// Stops the program until the shell lets it go on, and tells what there is to say then.
fn suspend(screen: &mut Screen) -> anyhow::Result<Msg> {
    Ok(match screen.suspend().context("cannot stop and go on")? {
        true => Msg::Resize(screen.terminal.size()?),
        false => Msg::NotSuspended,
    })
}

/// What a signal asks for.
enum Signalled {
    /// To end, with the number of the signal.
    End(i32),
    /// To stop until further notice.
    Suspend,
    /// To go on, after a stop that nobody told of.
    Continue,
}

/// The signals that are listened to.
struct Signals {
    terminate: Signal,
    hang_up: Signal,
    interrupt: Signal,
    suspend: Signal,
    go_on: Signal,
}

impl Signals {
    fn new() -> std::io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            hang_up: signal(SignalKind::hangup())?,
            interrupt: signal(SignalKind::interrupt())?,
            suspend: signal(kind(rustix::process::Signal::TSTP))?,
            go_on: signal(kind(rustix::process::Signal::CONT))?,
        })
    }

    /// What the next one asks for.
    async fn next(&mut self) -> Signalled {
        let kind = tokio::select! {
            _ = self.terminate.recv() => SignalKind::terminate(),
            _ = self.hang_up.recv() => SignalKind::hangup(),
            _ = self.interrupt.recv() => SignalKind::interrupt(),
            _ = self.suspend.recv() => return Signalled::Suspend,
            _ = self.go_on.recv() => return Signalled::Continue,
        };
        Signalled::End(kind.as_raw_value())
    }
}

fn kind(signal: rustix::process::Signal) -> SignalKind {
    SignalKind::from_raw(signal.as_raw())
}

/// What commands need: the network, the lab, the runs under way.
struct Effects {
    network: Network,
    lab: Lab,
    tell: UnboundedSender<Msg>,
    told: Told,
    runs: JoinSet<()>,
    stops: HashMap<u64, Stop>,
    archive: Archive,
}

impl Effects {
    async fn new(mut options: NetworkOptions, history: Option<PathBuf>) -> anyhow::Result<Self> {
        let lab = Lab::start().await.context("cannot start the lab")?;
        options.routes.extend(lab.routes(lesson_hosts()));
        let (tell, told) = unbounded_channel();
        Ok(Self {
            network: Network::new(options)?,
            lab,
            archive: Archive::start(history, tell.clone()),
            tell,
            told,
            runs: JoinSet::new(),
            stops: HashMap::new(),
        })
    }

    fn send(&mut self, order: Order) {
        self.lab.play(order.lab.clone());
        let (network, tell, id) = (self.stoppable(order.id), self.tell.clone(), order.id);
        self.runs.spawn(async move {
            let done = drive(&network, order, &tell).await;
            // The loop may be over; then nobody wants to know.
            let _ = tell.send(Msg::Run(id, RunEvent::Finished(Box::new(done))));
        });
    }

    /// The network for one run. There is one run at a time, so the handles of those before go.
    fn stoppable(&mut self, id: u64) -> Network {
        let (network, stop) = self.network.stoppable();
        self.stops.clear();
        self.stops.insert(id, stop);
        network
    }

    /// Ends a run; what is known of it comes as its result.
    fn ask(&mut self, order: AskOrder) {
        self.lab.play(order.lab.clone());
        let (network, tell, id) = (self.stoppable(order.id), self.tell.clone(), order.id);
        self.runs.spawn(async move {
            let done = ask_others(&network, order, &tell).await;
            // The loop may be over; then nobody wants to know.
            let _ = tell.send(Msg::Run(id, RunEvent::Finished(Box::new(done))));
        });
    }

    fn cancel(&mut self, id: u64) {
        if let Some(stop) = self.stops.remove(&id) {
            stop.now();
        }
    }
}

/// A run that panicked has given the terminal back already; the program ends as if it had been here.
fn settle(ended: Result<(), JoinError>) {
    if let Err(error) = ended
        && error.is_panic()
    {
        resume_unwind(error.into_panic());
    }
}

/// Makes one run and tells what it does.
async fn drive(network: &Network, order: Order, tell: &UnboundedSender<Msg>) -> Case {
    let options = RunOptions {
        max_time: order.max_time,
        ..RunOptions::default()
    };
    let events = teller(order.id, &options, tell);
    let browser = SharedBrowser::new(order.browser);
    let (mut session, finished) = driver::run(
        network,
        &order.request,
        &order.page,
        &browser,
        &options,
        &events,
    )
    .await;
    let left = RunEvent::Left(Box::new(browser.lock().clone()));
    let _ = tell.send(Msg::Run(order.id, left));
    driver::locate_for_others(network, &mut session, &options).await;
    Case::new(session, finished)
}

/// Completes a session with what other engines ask.
async fn ask_others(network: &Network, order: AskOrder, tell: &UnboundedSender<Msg>) -> Case {
    let options = RunOptions {
        max_time: order.max_time,
        ..RunOptions::default()
    };
    let events = teller(order.id, &options, tell);
    let mut session = order.session;
    driver::ask_for_others(network, &mut session, &options, &events).await;
    Case::new(session, order.finished)
}

/// Tells the model that a run began, and then what it does.
fn teller<'a>(
    id: u64,
    options: &RunOptions,
    tell: &'a UnboundedSender<Msg>,
) -> impl Fn(driver::Event) + Send + Sync + use<'a> {
    let say = move |event| {
        let _ = tell.send(Msg::Run(id, event));
    };
    say(RunEvent::Started(options.now()));
    move |event| match event {
        driver::Event::Sending { kind, request, .. } => say(RunEvent::Sending {
            kind,
            request: *request,
        }),
        driver::Event::Progress(progress) => say(RunEvent::Waiting(waits_for(progress))),
        driver::Event::Answered { .. } => say(RunEvent::Answered),
    }
}

fn waits_for(progress: Progress) -> &'static str {
    match progress {
        Progress::NameLookup => "looking up the name",
        Progress::Connecting => "connecting",
        Progress::TlsHandshake => "TLS handshake",
        Progress::Waiting => "waiting for the answer",
        Progress::Receiving { .. } => "receiving the body",
    }
}
