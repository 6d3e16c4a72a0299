//! A terminal program in a pseudo-terminal: typed at, read until the screen is as wanted.

use std::io::{Read, Write};
use std::num::NonZero;
use std::path::Path;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, ExitStatus, MasterPty, PtySize, native_pty_system};
use vt100::{Color, Parser};

/// Nothing here takes this long; it only bounds a test that fails.
pub const DEADLINE: Duration = Duration::from_secs(20);

/// What the program turns on, and how it is turned off again.
const TURNED_OFF: [(&str, &str); 4] = [
    ("\u{1b}[?1049h", "\u{1b}[?1049l"),
    ("\u{1b}[?2004h", "\u{1b}[?2004l"),
    ("\u{1b}[?1000h", "\u{1b}[?1000l"),
    ("\u{1b}[?1006h", "\u{1b}[?1006l"),
];

pub const F3: &str = "\u{1b}OR";
pub const F5: &str = "\u{1b}[15~";
pub const F9: &str = "\u{1b}[20~";

/// The program, with nothing of whoever runs the tests that would change the picture.
pub fn corscope() -> CommandBuilder {
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_corscope"));
    for name in ["NO_COLOR", "COLORFGBG", "CORSCOPE_DATA_DIR"] {
        command.env_remove(name);
    }
    command
}

/// The program and the terminal that it runs in.
pub struct Session {
    /// Where its runs are kept, where that is nowhere else.
    _history: tempfile::TempDir,
    pub child: Box<dyn Child + Send + Sync>,
    /// Held so that the terminal lives as long as the program.
    pub master: Box<dyn MasterPty + Send>,
    pub keys: Box<dyn Write + Send>,
    pub output: Receiver<Vec<u8>>,
    pub screen: Parser,
    pub raw: Vec<u8>,
}

fn nonzero(count: u16) -> NonZero<u16> {
    NonZero::new(count).unwrap()
}

impl Session {
    pub fn start(columns: u16, rows: u16) -> Self {
        Self::run(corscope(), columns, rows)
    }

    /// With a file as standard input, as from a pipe.
    pub fn start_on(input: &Path, arguments: &str) -> Self {
        let mut command = CommandBuilder::new("sh");
        let program = env!("CARGO_BIN_EXE_corscope");
        let line = format!("cat '{}' | '{program}' {arguments}", input.display());
        command.args(["-c", &line]);
        Self::run(command, 120, 40)
    }

    pub fn run(mut command: CommandBuilder, columns: u16, rows: u16) -> Self {
        let size = PtySize {
            rows,
            cols: columns,
            pixel_width: 0,
            pixel_height: 0,
        };
        let pair = native_pty_system().openpty(size).unwrap();
        command.env("TERM", "xterm-256color");
        let history = tempfile::tempdir().unwrap();
        if command.get_env("CORSCOPE_DATA_DIR").is_none() {
            command.env("CORSCOPE_DATA_DIR", history.path());
        }
        let child = pair.slave.spawn_command(command).unwrap();
        drop(pair.slave);
        let mut reader = pair.master.try_clone_reader().unwrap();
        let (send, output) = channel();
        thread::spawn(move || {
            let mut buffer = [0; 8192];
            while let Ok(count @ 1..) = reader.read(&mut buffer) {
                if send.send(buffer[..count].to_vec()).is_err() {
                    break;
                }
            }
        });
        Self {
            _history: history,
            child,
            keys: pair.master.take_writer().unwrap(),
            master: pair.master,
            output,
            screen: Parser::new(nonzero(rows), nonzero(columns), 0),
            raw: Vec::new(),
        }
    }

    /// What stands on the screen.
    pub fn text(&self) -> String {
        self.screen.screen().contents()
    }

    /// The colour behind everything.
    pub fn ground(&self) -> Color {
        self.screen.screen().cell(1, 1).unwrap().bgcolor()
    }

    /// Reads until the screen is as wanted.
    pub fn wait(&mut self, what: &str, done: impl Fn(&str) -> bool) {
        self.wait_until(what, |session| done(&session.text()));
    }

    /// Reads until this stands on the screen.
    pub fn wait_for(&mut self, text: &str) {
        self.wait(text, |screen| screen.contains(text));
    }

    /// Reads until the program has sent this.
    pub fn wait_for_raw(&mut self, sequence: &str) {
        self.wait_until(sequence, |session| {
            let mut parts = session.raw.windows(sequence.len());
            parts.any(|part| part == sequence.as_bytes())
        });
    }

    pub fn take(&mut self, bytes: &[u8]) {
        self.screen.process(bytes);
        self.raw.extend_from_slice(bytes);
    }

    pub fn press(&mut self, bytes: &str) {
        self.keys.write_all(bytes.as_bytes()).unwrap();
        self.keys.flush().unwrap();
    }

    /// Whether the program is over.
    pub fn has_ended(&mut self) -> bool {
        self.child.try_wait().unwrap().is_some()
    }

    /// Sends a signal to the program.
    pub fn signal(&self, name: &str) {
        signal(name, self.child.process_id().unwrap());
    }

    /// Changes the size of the terminal.
    pub fn resize(&mut self, columns: u16, rows: u16) {
        let size = PtySize {
            rows,
            cols: columns,
            pixel_width: 0,
            pixel_height: 0,
        };
        let screen = self.screen.screen_mut();
        screen.set_size(nonzero(rows), nonzero(columns));
        self.master.resize(size).unwrap();
    }

    /// Reads to the end and returns how the program ended.
    pub fn end(mut self) -> (ExitStatus, String) {
        let deadline = Instant::now() + DEADLINE;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            match self.output.recv_timeout(left) {
                Ok(bytes) => self.take(&bytes),
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => panic!("the program does not end"),
            }
        }
        let status = self.child.wait().unwrap();
        drop(self.master);
        (status, String::from_utf8_lossy(&self.raw).into_owned())
    }

    /// Leaves and tells whether that went well.
    pub fn leave(mut self) {
        self.press("\u{3}");
        assert!(self.child.wait().unwrap().success());
    }

    /// Reads until something else than the screen's text is as wanted.
    pub fn wait_until(&mut self, what: &str, done: impl Fn(&Self) -> bool) {
        let deadline = Instant::now() + DEADLINE;
        while !done(self) {
            let left = deadline.saturating_duration_since(Instant::now());
            match self.output.recv_timeout(left) {
                Ok(bytes) => self.take(&bytes),
                Err(why) => panic!("{what} did not come ({why}):\n{}", self.text()),
            }
        }
    }
}

/// Sends a signal with the system's own `kill`.
pub fn signal(name: &str, pid: u32) {
    let status = std::process::Command::new("kill")
        .args(["-s", name, &pid.to_string()])
        .status();
    assert!(status.unwrap().success());
}

/// Everything that was turned on was turned off after it, and the cursor is there.
pub fn assert_restored(raw: &str) {
    for (on, off) in TURNED_OFF {
        let (on, off) = (raw.rfind(on), raw.rfind(off));
        assert!(on.is_some() && off > on, "{on:?} {off:?}");
    }
    let hidden = raw.rfind("\u{1b}[?25l");
    assert!(raw.rfind("\u{1b}[?25h") > hidden);
}
