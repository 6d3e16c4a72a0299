//! The only file here that waits: terminal events, runs, signals; and what commands ask for.
//!
//! One thread, one loop: draw, wait for something, take everything that is there, draw again. Nothing
//! wakes it while it is idle; a timer runs only while a request is under way or a word goes by itself.

mod archive;
mod hang_up;
mod input;
mod requests;
mod runs;
mod signals;
mod tools;

use std::collections::HashMap;
use std::env;
use std::io::IsTerminal as _;
use std::panic::resume_unwind;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, bail};
use ratatui::layout::Size;
use tokio::signal::unix::SignalKind;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::{JoinError, JoinSet};
use tokio::time::{MissedTickBehavior, interval};

use self::archive::Archive;
use super::background::said_by_environment;
use super::configured::keymap;
use super::message::{AskOrder, Cmd, Msg, Order, RunEvent, Sheet, Viewer};
use super::model::{Asked, Model, Opening};
use super::screens::requests::RequestsOrder;
use super::screens::themes::AUTO;
use super::terminal::Screen;
use super::theme::{Colours, Themes};
use super::{update, view};
use crate::assets::lesson_hosts;
use crate::config::{Config, Name};
use crate::driver::{Network, NetworkOptions, RunOptions, Stop};
use crate::history::Keeping;
use crate::lab::Lab;

use hang_up::{HangUp, is_gone};
use input::Input;
use runs::{ask_more, drive};
use signals::{Signalled, Signals, stop};

/// How often the seconds on the screen are counted on while a request is under way.
const TICK: Duration = Duration::from_millis(100);

/// How many messages are taken between two pictures at most.
const AT_ONCE: usize = 128;

/// What the terminal UI starts with.
#[derive(Clone, Debug)]
pub struct Start {
    /// What to open.
    pub asked: Asked,
    /// How requests are sent. The lab's names lead to the lab in any case.
    pub network: NetworkOptions,
    /// What is configured.
    pub config: Config,
    /// How runs are kept; `None` keeps none.
    pub history: Option<Keeping>,
}

/// Why the loop ended.
enum Ended {
    /// The user left.
    ByUser,
    /// A signal of that number came.
    BySignal(i32),
}

impl Ended {
    /// As where the system sends the signal for it.
    fn with_the_terminal() -> Self {
        Self::BySignal(SignalKind::hangup().as_raw_value())
    }
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
    let mut effects = Effects::new(start.network, start.config, start.history).await?;
    // A size that changes while the first picture is drawn comes as an event after it.
    let input = Input::new();
    let mut hang_up = HangUp::of_terminal().context("cannot watch the terminal")?;
    let (width, height) = crossterm::terminal::size().context("cannot ask for the size")?;
    let opening = opening(start.asked, &effects.config, Size::new(width, height))?;
    let mut ask_background = can_ask(&opening);
    let mut screen =
        Screen::take(effects.config.is_on(Name::Mouse)).context("cannot take over the terminal")?;
    // Dropped before the screen: what is typed once the terminal is given back is for the shell.
    let mut input = input;
    let mut model = Model::new(opening);
    log::info!(
        "screen {width}x{height}, theme {}, {:?} colours, TERM {:?}",
        model.theme.name,
        model.colours,
        env::var("TERM").unwrap_or_default()
    );
    let mut ticks = interval(TICK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        match screen.terminal.draw(|frame| view(&model, frame)) {
            Ok(_) => {}
            Err(error) if is_gone(&error) => return Ok(Ended::with_the_terminal()),
            Err(error) => return Err(error).context("cannot draw"),
        }
        if std::mem::take(&mut ask_background) {
            screen.ask_background().context("cannot draw")?;
            input.listen_for_background();
        }
        let timed = model.wants_ticks();
        let msg = tokio::select! {
            msg = input.next() => match msg {
                Some(msg) => Some(msg.context("cannot read the terminal")?),
                None => return Ok(Ended::ByUser),
            },
            Some(msg) = effects.told.recv() => Some(msg),
            Some(ended) = effects.runs.join_next() => {
                settle(ended);
                None
            }
            _ = ticks.tick(), if timed => Some(Msg::Tick(RunOptions::default().now())),
            () = hang_up.wait() => return Ok(Ended::with_the_terminal()),
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
        // What is there is taken before the next picture is drawn, but a flood must not freeze the screen.
        for left in (0..AT_ONCE).rev() {
            if let Some(msg) = waiting {
                log::debug!("{}", msg.name());
                for command in update(&mut model, msg) {
                    match command {
                        Cmd::Quit => return Ok(Ended::ByUser),
                        Cmd::Send(order) => effects.send(*order),
                        Cmd::Ask(order) => effects.ask(*order),
                        Cmd::Cancel(id) => effects.cancel(id),
                        Cmd::History(order) => effects.archive.order(order),
                        Cmd::Requests(order) => effects.requests(order),
                        Cmd::Copy { name, text } => effects.copy(name, text),
                        Cmd::Open(url) => effects.open(url),
                        Cmd::Export(file) => {
                            update(&mut model, tools::export(file));
                        }
                        Cmd::View(sheet, viewer) => {
                            input.pause();
                            screen.lend();
                            let shown = effects.show(&sheet, viewer, &mut signals).await;
                            screen.retake().context("cannot take over the terminal")?;
                            match shown {
                                Shown::Said(said) => update(&mut model, Msg::Said(said)),
                                Shown::Ended(number) => return Ok(Ended::BySignal(number)),
                            };
                            let size = Msg::Resize(screen.terminal.size()?);
                            update(&mut model, size);
                        }
                        Cmd::Suspend => {
                            let msg = suspend(&mut screen)?;
                            update(&mut model, msg);
                        }
                    }
                }
            }
            if left == 0 {
                break;
            }
            waiting = match next_waiting(&mut input, &mut effects.told)? {
                Some(msg) => Some(msg),
                None => break,
            };
        }
    }
}

type Told = UnboundedReceiver<Msg>;

/// A message that is there already.
fn next_waiting(input: &mut Input, told: &mut Told) -> anyhow::Result<Option<Msg>> {
    match told.try_recv() {
        Ok(msg) => Ok(Some(msg)),
        Err(_) => input.next_waiting().context("cannot read the terminal"),
    }
}

/// How the program begins, by what is configured and what the environment says about the terminal.
fn opening(asked: Asked, config: &Config, size: Size) -> anyhow::Result<Opening> {
    let variable = |name: &str| env::var(name).ok().filter(|value| !value.is_empty());
    let name = config.text(Name::Theme);
    let auto_theme = name == AUTO;
    // <https://no-color.org>: what is configured for this program counts more.
    let colours = match auto_theme && variable("NO_COLOR").is_some() {
        true => Colours::None,
        false => Colours::of(&variable),
    };
    let themes = match config.themes_folder() {
        Some(folder) => Themes::with_folder(&folder),
        None => Themes::default(),
    };
    let theme = match auto_theme {
        true => {
            let said = variable("COLORFGBG").and_then(|value| said_by_environment(&value));
            themes.automatic(said.unwrap_or_default(), colours)
        }
        false => themes.theme(name, colours),
    };
    Ok(Opening {
        size,
        asked,
        theme: theme?,
        auto_theme,
        themes,
        colours,
        keymap: keymap(config)?,
        now: RunOptions::default().now(),
    })
}

/// Whether the terminal may be asked for its background. The Linux console and old screens would show the
/// question.
fn can_ask(opening: &Opening) -> bool {
    let term = env::var("TERM").unwrap_or_default();
    let unable = ["linux", "dumb", "screen", "vt"];
    let able = env::var_os("TMUX").is_some() || !unable.iter().any(|name| term.starts_with(name));
    opening.auto_theme && opening.colours != Colours::None && able && !term.is_empty()
}

/// Stops the program until the shell lets it go on, and tells what there is to say then.
fn suspend(screen: &mut Screen) -> anyhow::Result<Msg> {
    Ok(match screen.suspend().context("cannot stop and go on")? {
        true => Msg::Resize(screen.terminal.size()?),
        false => Msg::NotSuspended,
    })
}

/// How a program ended that had the terminal.
enum Shown {
    /// By itself; what is to be said, if anything.
    Said(Result<String, String>),
    /// With us, by a signal.
    Ended(i32),
}

/// What commands need: the network, the lab, the runs under way.
struct Effects {
    config: Arc<Config>,
    network: Network,
    lab: Lab,
    tell: UnboundedSender<Msg>,
    told: Told,
    runs: JoinSet<()>,
    stops: HashMap<u64, Stop>,
    archive: Archive,
}

impl Effects {
    async fn new(
        mut options: NetworkOptions,
        config: Config,
        history: Option<Keeping>,
    ) -> anyhow::Result<Self> {
        let lab = Lab::start().await.context("cannot start the lab")?;
        options.routes.extend(lab.routes(lesson_hosts()));
        let (tell, told) = unbounded_channel();
        Ok(Self {
            config: Arc::new(config),
            network: Network::new(options)?,
            lab,
            archive: Archive::start(history, tell.clone()),
            tell,
            told,
            runs: JoinSet::new(),
            stops: HashMap::new(),
        })
    }

    fn copy(&mut self, name: String, text: String) {
        let (ways, tell) = (tools::Ways::of(&self.config), self.tell.clone());
        self.runs.spawn(async move {
            let said = tools::copy(ways, &name, text).await;
            // The loop may be over; then nobody wants to know.
            let _ = tell.send(Msg::Said(said));
        });
    }

    /// Reads or writes files, beside the thread that draws.
    fn requests(&mut self, order: RequestsOrder) {
        let tell = self.tell.clone();
        self.runs.spawn_blocking(move || {
            // The loop may be over; then nobody wants to know.
            let _ = tell.send(Msg::Requests(requests::carry_out(order)));
        });
    }

    fn open(&mut self, url: &'static str) {
        let (config, tell) = (Arc::clone(&self.config), self.tell.clone());
        self.runs.spawn(async move {
            let said = tools::open(&config, url).await;
            // The loop may be over; then nobody wants to know.
            let _ = tell.send(Msg::Said(said));
        });
    }

    /// Shows a sheet in a program that has the terminal for so long.
    async fn show(&self, sheet: &Sheet, viewer: Viewer, signals: &mut Signals) -> Shown {
        let file = match tools::sheet_file(sheet) {
            Ok(file) => file,
            Err(error) => return Shown::Said(Err(format!("No file could be written: {error}"))),
        };
        let mut command = match tools::viewer(&self.config, viewer, &file) {
            Ok(command) => command,
            Err(why) => return Shown::Said(Err(why)),
        };
        let program = command
            .as_std()
            .get_program()
            .to_string_lossy()
            .into_owned();
        let mut child = match command.spawn() {
            Ok(child) => child,
            Err(error) => return Shown::Said(Err(format!("{program} does not start: {error}"))),
        };
        let status = loop {
            tokio::select! {
                status = child.wait() => break status,
                signal = signals.next() => match signal {
                    // Ctrl-C is typed for whoever has the terminal.
                    Signalled::End(number) if number == SignalKind::interrupt().as_raw_value() => {}
                    Signalled::End(number) => return Shown::Ended(number),
                    Signalled::Suspend => stop(),
                    Signalled::Continue => {}
                },
            }
        };
        signals.forget_interrupts().await;
        Shown::Said(match status {
            Ok(status) if status.success() => Ok(format!("Back from {program}")),
            Ok(status) => Err(format!("{program} ended: {status}")),
            Err(error) => Err(format!("{program}: {error}")),
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
            let done = ask_more(&network, order, &tell).await;
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
