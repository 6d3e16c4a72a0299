//! What the terminal sends, as messages; its answers to our questions are taken out.

use std::collections::VecDeque;
use std::io;
use std::time::{Duration, Instant};

use crossterm::event::{self, Event, EventStream, KeyEventKind};
use futures_util::StreamExt as _;
use ratatui::layout::Size;
use tokio::time::timeout;

use crate::tui::background::{Heard, Listener};
use crate::tui::message::Msg;

/// How long an answer may take. Afterwards nothing is held back any more.
const ANSWERS: Duration = Duration::from_secs(3);

/// How long the beginning of an answer waits for its rest, which comes in one piece with it.
const REST: Duration = Duration::from_millis(50);

/// How long the terminal is asked for one more event. It is no waiting: the time only has to be more than
/// none, or crossterm would not look at what it has read already.
const A_LOOK: Duration = Duration::from_micros(20);

/// Reads the terminal.
pub struct Input {
    /// `None` while somebody else reads the terminal.
    stream: Option<EventStream>,
    ready: VecDeque<Msg>,
    listener: Listener,
    /// Until when an answer counts; `None` where nothing was asked.
    until: Option<Instant>,
}

impl Input {
    /// Begins to read. From here on no change of the size is missed.
    pub fn new() -> Self {
        Self {
            stream: Some(EventStream::new()),
            ready: VecDeque::new(),
            listener: Listener::default(),
            until: None,
        }
    }

    /// Leaves the terminal to somebody else, until the next message is asked for.
    pub fn pause(&mut self) {
        self.stream = None;
    }

    /// The background was asked for.
    pub fn listen_for_background(&mut self) {
        self.until = Some(Instant::now() + ANSWERS);
    }

    /// The next message; `None` where the terminal is gone. Nothing is lost where it is dropped.
    pub async fn next(&mut self) -> Option<io::Result<Msg>> {
        loop {
            if let Some(msg) = self.ready.pop_front() {
                return Some(Ok(msg));
            }
            let event = match self.listener.is_holding() {
                false => {
                    self.stream
                        .get_or_insert_with(EventStream::new)
                        .next()
                        .await
                }
                true => match timeout(
                    REST,
                    self.stream.get_or_insert_with(EventStream::new).next(),
                )
                .await
                {
                    Ok(event) => event,
                    Err(_) => {
                        let held = self.listener.release();
                        self.ready.extend(held.into_iter().filter_map(message));
                        continue;
                    }
                },
            };
            match event? {
                Ok(event) => self.take(event),
                Err(error) => return Some(Err(error)),
            }
        }
    }

    /// The next message, if it is there already. The stream is not asked: without an event it would set its
    /// thread to wait for one, and the thread would keep the terminal's reader for itself.
    pub fn next_waiting(&mut self) -> io::Result<Option<Msg>> {
        loop {
            if let Some(msg) = self.ready.pop_front() {
                return Ok(Some(msg));
            }
            if !event::poll(A_LOOK)? {
                return Ok(None);
            }
            self.take(event::read()?);
        }
    }

    fn take(&mut self, event: Event) {
        if self.until.is_none_or(|until| Instant::now() > until) {
            let held = self.listener.release();
            self.ready.extend(held.into_iter().filter_map(message));
            self.ready.extend(message(event));
            return;
        }
        match self.listener.take(event) {
            Heard::Events(events) => self.ready.extend(events.into_iter().filter_map(message)),
            Heard::Background(rgb) => self.ready.push_back(Msg::Background(rgb.is_light())),
        }
    }
}

fn message(event: Event) -> Option<Msg> {
    match event {
        Event::Key(key) if key.kind != KeyEventKind::Release => Some(Msg::Key(key)),
        Event::Mouse(event) => Some(Msg::Mouse(event)),
        Event::Paste(text) => Some(Msg::Paste(text)),
        Event::Resize(width, height) => Some(Msg::Resize(Size::new(width, height))),
        _ => None,
    }
}
