//! A terminal UI to type at: keys as words, the lab's scripts answered without a socket.

use std::time::Duration;

use corscope::case::Case;
use corscope::engine::{AddressSpace, Browser, Location, Step, Subject, Timestamp, start};
use corscope::lab::{ScriptedReply, ServerRule};
use corscope::session::{RequestForm, Session};
use corscope::tui::{
    Asked, Cmd, Colours, HistoryOrder, Keymap, Meaning, Model, Msg, Opening, Order, RunEvent,
    Themes, update, view,
};
use corscope::wire::{
    Answer, Body, FailureKind, HeaderList, HttpRequest, NetworkFailure, Reply, Timing, latin1,
};
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::{Buffer, Cell};
use ratatui::layout::Size;

/// When everything happens.
const NOW: Timestamp = Timestamp(1_700_000_000_000);

/// A model and the commands that it gave and nobody has carried out.
#[derive(Clone)]
pub struct App {
    pub model: Model,
    pub commands: Vec<Cmd>,
    /// The runs that were to be kept; none of the tests of other screens asks for them.
    pub kept: Vec<HistoryOrder>,
}

impl App {
    /// On the first lesson.
    pub fn lab(width: u16, height: u16) -> Self {
        Self::open(width, height, None, "night")
    }

    /// On a request of one's own.
    pub fn with(width: u16, height: u16, form: RequestForm) -> Self {
        Self::open(width, height, Some(form), "night")
    }

    pub fn open(width: u16, height: u16, form: Option<RequestForm>, theme: &str) -> Self {
        let model = Model::new(Opening {
            size: Size::new(width, height),
            asked: Asked {
                form,
                max_time: Some(Duration::from_secs(30)),
                ..Asked::default()
            },
            theme: Themes::default().theme(theme, Colours::True).unwrap(),
            auto_theme: false,
            themes: Themes::default(),
            colours: Colours::True,
            keymap: Keymap::default(),
            now: NOW,
        });
        Self {
            model,
            commands: Vec::new(),
            kept: Vec::new(),
        }
    }

    pub fn send(&mut self, msg: Msg) -> &mut Self {
        for command in update(&mut self.model, msg) {
            match command {
                Cmd::History(order @ HistoryOrder::Keep(..)) => self.kept.push(order),
                command => self.commands.push(command),
            }
        }
        self
    }

    /// Keys as words: `f5 down ctrl-u n`; `type:` types the rest of its word, `_` for a blank.
    pub fn keys(&mut self, words: &str) -> &mut Self {
        for word in words.split_whitespace() {
            match word.strip_prefix("type:") {
                Some(text) => {
                    for c in text.replace('_', " ").chars() {
                        self.send(Msg::Key(KeyEvent::from(KeyCode::Char(c))));
                    }
                }
                None => {
                    self.send(Msg::Key(key(word)));
                }
            }
        }
        self
    }

    pub fn paste(&mut self, text: &str) -> &mut Self {
        self.send(Msg::Paste(text.to_owned()))
    }

    /// Something of the mouse at a column and row.
    pub fn mouse(&mut self, kind: MouseEventKind, column: u16, row: u16) -> &mut Self {
        self.send(Msg::Mouse(MouseEvent {
            kind,
            column,
            row,
            modifiers: KeyModifiers::NONE,
        }))
    }

    /// Where `text` stands first.
    pub fn find(&self, text: &str) -> (u16, u16) {
        let screen = self.screen();
        let mut lines = screen.lines().enumerate();
        let found = lines.find_map(|(row, line)| Some((line.find(text)?, row, line)));
        let (at, row, line) = found.unwrap_or_else(|| panic!("`{text}` is not on:\n{screen}"));
        let column = line[..at].chars().count();
        (u16::try_from(column).unwrap(), u16::try_from(row).unwrap())
    }

    /// A click on the first place where `text` stands.
    pub fn click(&mut self, text: &str) -> &mut Self {
        let (column, row) = self.find(text);
        self.mouse(MouseEventKind::Down(MouseButton::Left), column, row)
            .mouse(MouseEventKind::Up(MouseButton::Left), column, row)
    }

    /// The button pressed at one place and let go at another.
    pub fn drag(&mut self, from: (u16, u16), to: (u16, u16)) -> &mut Self {
        self.mouse(MouseEventKind::Down(MouseButton::Left), from.0, from.1)
            .mouse(MouseEventKind::Drag(MouseButton::Left), to.0, to.1)
            .mouse(MouseEventKind::Up(MouseButton::Left), to.0, to.1)
    }

    pub fn resize(&mut self, width: u16, height: u16) -> &mut Self {
        self.send(Msg::Resize(Size::new(width, height)))
    }

    /// Takes the order that was given last.
    pub fn order(&mut self) -> Order {
        let order = self.commands.iter().position(|c| matches!(c, Cmd::Send(_)));
        let command = self.commands.remove(order.expect("an order was given"));
        match command {
            Cmd::Send(order) => *order,
            _ => unreachable!(),
        }
    }

    /// Carries out the order as the lab would.
    pub fn play(&mut self) -> &mut Self {
        let order = self.order();
        let (case, browser) = run(&order, |request| scripted(&order.lab, request));
        self.leave(order.id, browser).finish(order.id, case)
    }

    /// Carries out the order with one answer for everything.
    pub fn answer(&mut self, answer: Answer) -> &mut Self {
        let order = self.order();
        let (case, browser) = run(&order, |_| answer.clone());
        self.leave(order.id, browser).finish(order.id, case)
    }

    fn leave(&mut self, id: u64, browser: Browser) -> &mut Self {
        self.send(Msg::Run(id, RunEvent::Left(Box::new(browser))))
    }

    pub fn finish(&mut self, id: u64, case: Case) -> &mut Self {
        self.send(Msg::Run(id, RunEvent::Finished(Box::new(case))))
    }

    pub fn buffer(&self) -> Buffer {
        let size = self.model.size;
        let backend = TestBackend::new(size.width, size.height);
        let mut terminal = Terminal::new(backend).unwrap();
        terminal.draw(|frame| view(&self.model, frame)).unwrap();
        terminal.backend().buffer().clone()
    }

    /// The screen as text. The browser's version is blotted out, since it changes with the times.
    pub fn screen(&self) -> String {
        let buffer = self.buffer();
        let mut text = String::new();
        for y in 0..buffer.area.height {
            let mut row = String::new();
            let mut skip = 0;
            for x in 0..buffer.area.width {
                let symbol = buffer[(x, y)].symbol();
                if skip == 0 {
                    row.push_str(symbol);
                }
                let width = unicode_width::UnicodeWidthStr::width(symbol);
                skip = if skip > 0 {
                    skip - 1
                } else {
                    width.saturating_sub(1)
                };
            }
            text.push_str(row.trim_end());
            text.push('\n');
        }
        blot_version(&text)
    }

    /// The cells of the first place where `text` stands.
    pub fn cells(&self, text: &str) -> Vec<Cell> {
        let buffer = self.buffer();
        let width = buffer.area.width;
        for y in 0..buffer.area.height {
            let row: Vec<&str> = (0..width).map(|x| buffer[(x, y)].symbol()).collect();
            for x in 0..row.len() {
                if row[x..].concat().starts_with(text) {
                    let count = text.chars().count();
                    return (x..x + count)
                        .map(|x| buffer[(u16::try_from(x).unwrap(), y)].clone())
                        .collect();
                }
            }
        }
        panic!("`{text}` is not on the screen:\n{}", self.screen());
    }

    /// Asserts that `text` is on the screen and means that.
    pub fn means(&self, text: &str, meaning: Meaning) {
        let style = self.model.theme[meaning];
        for cell in self.cells(text) {
            assert_eq!(Some(cell.fg), style.fg, "{text}");
            if let Some(bg) = style.bg {
                assert_eq!(cell.bg, bg, "{text}");
            }
            assert!(cell.modifier.contains(style.add_modifier), "{text}");
        }
    }

    pub fn shows(&self, text: &str) {
        let screen = self.screen();
        assert!(screen.contains(text), "`{text}` is not on:\n{screen}");
    }
}

fn blot_version(text: &str) -> String {
    let mut parts = text.split("Chrome/");
    let mut blotted = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let digits = part.chars().take_while(char::is_ascii_digit).count();
        blotted += "Chrome/";
        blotted += &"#".repeat(digits);
        blotted += &part[digits..];
    }
    blotted
}

pub fn key(word: &str) -> KeyEvent {
    let mut modifiers = KeyModifiers::NONE;
    let mut rest = word;
    for (prefix, modifier) in [
        ("ctrl-", KeyModifiers::CONTROL),
        ("alt-", KeyModifiers::ALT),
        ("shift-", KeyModifiers::SHIFT),
    ] {
        if let Some(after) = rest.strip_prefix(prefix) {
            modifiers |= modifier;
            rest = after;
        }
    }
    let code = match rest {
        "enter" => KeyCode::Enter,
        "esc" => KeyCode::Esc,
        "tab" if modifiers.contains(KeyModifiers::SHIFT) => KeyCode::BackTab,
        "tab" => KeyCode::Tab,
        "space" => KeyCode::Char(' '),
        "up" => KeyCode::Up,
        "down" => KeyCode::Down,
        "left" => KeyCode::Left,
        "right" => KeyCode::Right,
        "home" => KeyCode::Home,
        "end" => KeyCode::End,
        "pageup" => KeyCode::PageUp,
        "pagedown" => KeyCode::PageDown,
        "backspace" => KeyCode::Backspace,
        "delete" => KeyCode::Delete,
        _ => match rest.strip_prefix('f').and_then(|n| n.parse().ok()) {
            Some(number) => KeyCode::F(number),
            None => KeyCode::Char(rest.chars().next().expect("a key")),
        },
    };
    KeyEvent::new(code, modifiers)
}

/// Runs an order to its end without a network.
pub fn case(order: &Order, answer: impl Fn(&HttpRequest) -> Answer) -> Case {
    run(order, answer).0
}

/// As [`case`], with the browser as the run leaves it.
fn run(order: &Order, answer: impl Fn(&HttpRequest) -> Answer) -> (Case, Browser) {
    let mut browser = order.browser.clone();
    let mut session = Session {
        page: order.page.clone(),
        request: order.request.clone(),
        browser: browser.clone(),
        started: NOW,
        locations: Vec::new(),
        exchanges: Vec::new(),
    };
    let mut step = start(&order.request, &order.page, &mut browser, NOW);
    loop {
        match step {
            Step::Done(finished) => {
                session.exchanges.clone_from(&finished.exchanges);
                return (Case::new(session, *finished), browser);
            }
            Step::Locate(locating) => {
                let subject = locating.subject().clone();
                let location = located(&subject);
                session.locations.push((subject, location));
                step = locating.located(location, &mut browser, NOW);
            }
            Step::Send(pending) => {
                let answer = answer(pending.request());
                step = pending.answer(&answer, &mut browser, NOW);
            }
        }
    }
}

/// Names of this machine lead to it, all others into the internet.
fn located(subject: &Subject) -> Location {
    let (Subject::Page(url) | Subject::Target(url) | Subject::Listener(url)) = subject;
    let host = url.host_str().unwrap_or_default();
    let space = match host.ends_with("localhost") {
        true => AddressSpace::Loopback,
        false => AddressSpace::Public,
    };
    Location {
        space,
        ..Location::PUBLIC
    }
}

/// The first reply of the first rule that fits.
fn scripted(rules: &[ServerRule], request: &HttpRequest) -> Answer {
    let rule = rules.iter().find(|rule| {
        rule.host == request.authority()
            && rule.path == request.target()
            && (rule.method == "*" || rule.method == request.method)
    });
    match rule.map(|rule| &rule.replies[0]) {
        Some(ScriptedReply::Answer(answer)) => {
            let headers = answer
                .headers
                .iter()
                .map(|(name, value)| (latin1(name), value.clone()));
            Ok(reply(answer.status, headers.collect(), &answer.body))
        }
        _ => Err(failure()),
    }
}

pub fn reply(status: u16, headers: HeaderList, body: &[u8]) -> Reply {
    Reply {
        status,
        reason: b"Reason".to_vec(),
        headers,
        body: Body::plain(body),
        timing: Timing {
            connect: Some(1.0),
            first_byte: Some(11.0),
            total: Some(12.0),
            ..Timing::default()
        },
        ..Reply::default()
    }
}

pub fn failure() -> NetworkFailure {
    NetworkFailure::new(FailureKind::Refused, "nobody listens on 127.0.0.1:9")
}

pub fn form(page: &str, method: &str, url: &str) -> RequestForm {
    let mut form = RequestForm {
        method: method.to_owned(),
        url: url.to_owned(),
        ..RequestForm::default()
    };
    form.page.origin = page.to_owned();
    form
}
