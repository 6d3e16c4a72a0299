//! What can happen to the terminal UI, and what it asks for: [`Msg`] in, [`Cmd`] out.

use std::path::PathBuf;
use std::time::Duration;

use crossterm::event::{KeyEvent, MouseEvent};
use ratatui::layout::Size;

use super::screens::history::{HistoryEvent, HistoryOrder};
use super::screens::requests::{RequestsEvent, RequestsOrder};
use crate::case::Case;
use crate::engine::{Browser, ExchangeKind, FetchRequest, Finished, Page, Timestamp};
use crate::lab::ServerRule;
use crate::session::Session;
use crate::wire::HttpRequest;

/// Something that happened.
#[derive(Clone, Debug)]
pub enum Msg {
    /// A key was pressed.
    Key(KeyEvent),
    /// The mouse did something.
    Mouse(MouseEvent),
    /// Text was pasted.
    Paste(String),
    /// The terminal has another size.
    Resize(Size),
    /// Something outside of the screen was done, or was not.
    Said(Result<String, String>),
    /// The terminal told its background: whether it is light.
    Background(bool),
    /// Time passed; told while [`wants_ticks`](super::Model::wants_ticks).
    Tick(Timestamp),
    /// Nobody could wake the program, so it was not stopped.
    NotSuspended,
    /// Something happened in the run of that id.
    Run(u64, RunEvent),
    /// What was asked of the history.
    History(HistoryEvent),
    /// What was asked of the files of named requests.
    Requests(RequestsEvent),
    /// A file that was to be written is there already.
    Taken(Export),
}

impl Msg {
    /// What it is, without what is in it: that may be secret.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Key(_) => "key",
            Self::Mouse(_) => "mouse",
            Self::Paste(_) => "paste",
            Self::Resize(_) => "resize",
            Self::Background(true) => "the background is light",
            Self::Background(false) => "the background is dark",
            Self::Said(Err(_)) => "not done outside",
            Self::Run(_, RunEvent::Finished(_)) => "run finished",
            Self::Run(..) => "run",
            _ => "other",
        }
    }
}

/// Something that happened in a run.
#[derive(Clone, Debug)]
pub enum RunEvent {
    /// It began.
    Started(Timestamp),
    /// A request goes out.
    Sending {
        /// Preflight or actual.
        kind: ExchangeKind,
        /// The request.
        request: HttpRequest,
    },
    /// The request that is under way waits for something else.
    Waiting(&'static str),
    /// Its answer came.
    Answered,
    /// It has left the browser like this.
    Left(Box<Browser>),
    /// It is over.
    Finished(Box<Case>),
}

/// Something for the runtime to do.
#[derive(Clone, Debug)]
pub enum Cmd {
    /// Make a run.
    Send(Box<Order>),
    /// Ask more about a run.
    Ask(Box<AskOrder>),
    /// Stop the run of that id; what is known of it comes as [`RunEvent::Finished`].
    Cancel(u64),
    /// Do something with the history.
    History(HistoryOrder),
    /// Do something with the files of named requests.
    Requests(RequestsOrder),
    /// Stop the program until the shell lets it go on.
    Suspend,
    /// Copy a text.
    Copy {
        /// What it is.
        name: String,
        /// The text.
        text: String,
    },
    /// Show something outside of the screen.
    View(Sheet, Viewer),
    /// Write a file.
    Export(Export),
    /// Open a page of the web.
    Open(&'static str),
    /// Leave.
    Quit,
}

/// Something to read outside of the screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sheet {
    /// What it is; the file's name begins with it.
    pub name: &'static str,
    /// How the file's name ends.
    pub ending: &'static str,
    /// What stands in it.
    pub bytes: Vec<u8>,
}

/// A file to write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Export {
    /// Where; from the folder on in which the program was started.
    pub path: PathBuf,
    /// What stands in it.
    pub bytes: Vec<u8>,
    /// Whether what the file holds may go.
    pub over: bool,
}

/// What shows a sheet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Viewer {
    /// The user's editor.
    Editor,
    /// The user's pager.
    Pager,
}

/// A run to make.
#[derive(Clone, Debug)]
pub struct Order {
    /// Its id; every event of it carries the id.
    pub id: u64,
    /// Who asks.
    pub page: Page,
    /// What it asks for.
    pub request: FetchRequest,
    /// The browser that asks, with its cookies.
    pub browser: Browser,
    /// How long the whole run may take; `None` for ever.
    pub max_time: Option<Duration>,
    /// What the lab plays.
    pub lab: Vec<ServerRule>,
}

/// What to ask beyond a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FollowUp {
    /// What only other engines would ask.
    Others,
    /// What the browser holds back behind a failed preflight.
    Behind,
    /// Harmless requests that tell causes apart.
    Investigate,
}

/// More to ask about a run.
#[derive(Clone, Debug)]
pub struct AskOrder {
    /// Its id, as of a run.
    pub id: u64,
    /// What to ask.
    pub what: FollowUp,
    /// What was asked so far.
    pub session: Session,
    /// What came of it.
    pub finished: Finished,
    /// How long it may take; `None` for ever.
    pub max_time: Option<Duration>,
    /// What the lab plays.
    pub lab: Vec<ServerRule>,
}
