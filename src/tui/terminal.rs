//! The terminal taken over and given back, whatever ends the program.

use std::io::{self, BufWriter, Stdout, Write, stdout};
use std::panic;

use crossterm::cursor::Show;
use crossterm::event::{
    DisableBracketedPaste, DisableMouseCapture, EnableBracketedPaste, EnableMouseCapture,
};
use crossterm::execute;
use crossterm::terminal::{
    Clear, ClearType, EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode,
};
use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;
use rustix::process::{Signal, getpgrp, getsid, kill_current_process_group};

/// Bytes that most pictures fit into: a picture is then written at once and never seen half.
const PICTURE: usize = 64 << 10;

type Drawing = Terminal<CrosstermBackend<BufWriter<Stdout>>>;

/// A terminal in our hands; dropping it gives it back.
pub struct Screen {
    /// Where to draw.
    pub terminal: Drawing,
    mouse: bool,
}

impl Screen {
    /// Takes the terminal over, with the mouse where it is wanted. A panic gives it back before its message is
    /// printed.
    pub fn take(mouse: bool) -> io::Result<Self> {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            give_back();
            before(info);
        }));
        let terminal = enter(mouse).and_then(|()| drawing());
        match terminal {
            Ok(terminal) => Ok(Self { terminal, mouse }),
            Err(error) => {
                give_back();
                Err(error)
            }
        }
    }

    /// Takes the terminal over again, whatever was done to it meanwhile; the next picture is drawn whole.
    pub fn retake(&mut self) -> io::Result<()> {
        // What counts as the mode before must be what the shell left, not what we set.
        disable_raw_mode()?;
        enter(self.mouse)?;
        execute!(stdout(), Clear(ClearType::All))?;
        // A new one knows of nothing drawn. `Terminal::clear` would ask where the cursor is, and the answer
        // would come among the keys.
        self.terminal = drawing()?;
        Ok(())
    }

    /// Asks for the colour of the background; see `background` for the answer, which comes among the keys.
    pub fn ask_background(&mut self) -> io::Result<()> {
        let mut out = stdout().lock();
        out.write_all(b"\x1b]11;?\x1b\\")?;
        out.flush()
    }

    /// Gives the terminal back, until [`Screen::retake`].
    pub fn lend(&mut self) {
        give_back();
    }

    /// Gives the terminal back and stops the program, as Ctrl-Z does where a program does not take keys;
    /// returns with the terminal taken over again once the shell lets it go on. False where there is no
    /// shell that could.
    pub fn suspend(&mut self) -> io::Result<bool> {
        if !has_job_control() {
            return Ok(false);
        }
        give_back();
        kill_current_process_group(Signal::STOP)?;
        self.retake()?;
        Ok(true)
    }
}

/// Whether a shell holds this program as a job: it then has put it into a process group of its own, apart
/// from the session's first.
fn has_job_control() -> bool {
    getsid(None).is_ok_and(|session| session != getpgrp())
}

fn drawing() -> io::Result<Drawing> {
    let out = BufWriter::with_capacity(PICTURE, stdout());
    Terminal::new(CrosstermBackend::new(out))
}

fn enter(mouse: bool) -> io::Result<()> {
    enable_raw_mode()?;
    if mouse {
        execute!(stdout(), EnableMouseCapture)?;
    }
    execute!(stdout(), EnterAlternateScreen, EnableBracketedPaste)
}

impl Drop for Screen {
    fn drop(&mut self) {
        give_back();
    }
}

/// Undoes all of [`enter`]. Done twice it does no harm; a terminal that is gone cannot be told.
fn give_back() {
    let _ = execute!(
        stdout(),
        DisableBracketedPaste,
        DisableMouseCapture,
        LeaveAlternateScreen,
        Show
    );
    let _ = disable_raw_mode();
    let _ = stdout().flush();
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;
    use std::thread;

    use portable_pty::{CommandBuilder, PtySize, native_pty_system};

    use super::*;

    /// Names the part of the test that has the terminal.
    const ROLE: &str = "CORSCOPE_TEST_TAKES_THE_TERMINAL";

    #[test]
    fn a_panic_gives_the_terminal_back_before_it_is_told() {
        if std::env::var_os(ROLE).is_some() {
            let _screen = Screen::take(true).unwrap();
            panic!("as planned");
        }
        let pair = native_pty_system().openpty(PtySize::default()).unwrap();
        let modes = || pair.master.get_termios().unwrap().local_flags;
        let before = modes();
        let mut command = CommandBuilder::new(std::env::current_exe().unwrap());
        let own = "tui::terminal::tests::a_panic_gives_the_terminal_back_before_it_is_told";
        command.args([own, "--exact", "--nocapture"]);
        command.env(ROLE, "1");
        let mut child = pair.slave.spawn_command(command).unwrap();
        let mut reader = pair.master.try_clone_reader().unwrap();
        let output = thread::spawn(move || {
            let mut output = Vec::new();
            // Linux ends the reading with an error once nobody has the terminal.
            let _ = reader.read_to_end(&mut output);
            String::from_utf8_lossy(&output).into_owned()
        });
        assert!(!child.wait().unwrap().success());
        assert_eq!(modes(), before);
        drop(pair.slave);
        let output = output.join().unwrap();
        let at = |part: &str| output.rfind(part).unwrap_or_else(|| panic!("{part:?}"));
        let told = at("as planned");
        for (on, off) in [
            ("\u{1b}[?1049h", "\u{1b}[?1049l"),
            ("\u{1b}[?2004h", "\u{1b}[?2004l"),
            ("\u{1b}[?1000h", "\u{1b}[?1000l"),
        ] {
            assert!(at(on) < at(off), "{on:?}");
        }
        let left = output.find("\u{1b}[?1049l").unwrap();
        assert!(left < told, "{output:?}");
        assert!(output.contains("\u{1b}[?25h"));
    }
}
