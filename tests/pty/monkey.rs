//! Whatever is typed, pasted, clicked or resized, at the program itself: it neither ends by itself nor
//! freezes, and gives the terminal back.

use std::io::Write as _;

use tempfile::TempDir;

use super::session::{F3, F5, F9, Session, assert_restored, corscope};

/// How many keys, pastes, clicks and resizes there are.
const STEPS: usize = 20_000;

/// After how many the picture is looked at.
const LOOK: usize = 500;

/// Sequences whole and cut short, as a cat on the keyboard would send them.
const PIECES: &[&str] = &[
    "\u{1b}[A",
    "\u{1b}[B",
    "\u{1b}[C",
    "\u{1b}[D",
    "\t",
    "\r",
    "\u{1b}",
    F5,
    F3,
    F9,
    "\u{1b}OQ",
    "\u{1b}OP",
    "\u{1b}[17~",
    "\u{1b}[19~",
    "\u{1b}[21~",
    "\u{1b}[23~",
    "\u{1b}[24~",
    "\u{1b}[5~",
    "\u{1b}[6~",
    "\u{1b}[<64;60;20M",
    "\u{1b}[<65;30;10M",
    "\u{1b}[<32;50;12M",
    "\u{b}",
    "\u{f}",
    "\u{14}",
    "\u{1b}s",
    ":",
    "/",
    "z",
    "s",
    "n",
    "N",
    "j",
    "k",
    "h",
    "l",
    "g",
    "G",
    "f",
    "w",
    "u",
    "x",
    "a",
    "b",
    "i",
    "y",
    "p",
    "E",
    "o",
    "d",
    "r",
    "m",
    " ",
    "日",
    "\u{1b}[200~x\u{1b}[31m\r\n日本\u{1b}[201~",
    "\u{1b}[200~curl http://127.0.0.1:1/x -H 'X-A: 1'\u{1b}[201~",
    "\u{15}",
    "<",
    "}",
    "1",
    "2",
    "3",
    "?",
    "c",
    "e",
];

/// Numbers that look like chance and are the same every time.
struct Chance(u32);

impl Chance {
    fn below(&mut self, most: u16) -> u16 {
        self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        u16::try_from((self.0 >> 16) % u32::from(most)).unwrap()
    }
}

/// The program where nothing that is typed can leave this machine or touch the user's: what is not the lab's
/// goes to a proxy that is not there, and every other program does nothing.
fn start(folder: &TempDir) -> Session {
    let mut command = corscope();
    command.args(["--proxy", "http://127.0.0.1:1"]);
    command.cwd(folder.path());
    command.env("CORSCOPE_DATA_DIR", folder.path());
    command.env("CORSCOPE_CLIPBOARD", "off");
    for name in ["CORSCOPE_EDITOR", "CORSCOPE_PAGER", "CORSCOPE_OPENER"] {
        command.env(name, "true");
    }
    let mut session = Session::run(command, 100, 30);
    session.wait_for("READY");
    session
}

/// The program draws for a size that it did not have yet.
fn assert_awake(session: &mut Session, size: (u16, u16)) {
    session.resize(size.0, size.1);
    let (width, height) = (usize::from(size.0), usize::from(size.1));
    session.wait("a picture of the new size", |screen| {
        let rows: Vec<&str> = screen.lines().collect();
        let top = rows.first().unwrap_or(&"").trim_end();
        rows.len() >= height - 1 && top.chars().count() == width - 1 && top.ends_with("keys")
    });
}

#[test]
fn nothing_that_is_typed_ends_or_freezes_it() {
    let folder = tempfile::tempdir().unwrap();
    let mut chance = Chance(7);
    let mut session = start(&folder);
    for step in 1..=STEPS {
        let piece = match chance.below(24) {
            0 => {
                let (x, y) = (chance.below(100) + 1, chance.below(30) + 1);
                format!("\u{1b}[<0;{x};{y}M\u{1b}[<0;{x};{y}m")
            }
            1 => {
                session.resize(chance.below(180) + 20, chance.below(50) + 5);
                continue;
            }
            _ => PIECES[usize::from(chance.below(u16::try_from(PIECES.len()).unwrap()))].to_owned(),
        };
        if session.keys.write_all(piece.as_bytes()).is_err() || session.has_ended() {
            // A command of the list leaves the program: that is no harm.
            let (status, raw) = session.end();
            assert!(status.success(), "{status:?}");
            assert_restored(&raw);
            session = start(&folder);
        }
        while let Ok(bytes) = session.output.try_recv() {
            session.take(&bytes);
        }
        if step % LOOK == 0 && !session.has_ended() {
            let turn = u16::try_from(step / LOOK % 2).unwrap();
            assert_awake(&mut session, (120 + turn, 40));
        }
    }
    // Not behind a lone Esc: the two together would be another key.
    session.press("x\u{3}");
    let (status, raw) = session.end();
    assert!(status.success(), "{status:?}");
    assert_restored(&raw);
}
