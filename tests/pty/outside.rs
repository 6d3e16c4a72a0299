//! What is outside of the program: the configuration, the terminal's background, the clipboard, the
//! editor, the pager and the opener of web pages.

use std::path::{Path, PathBuf};
use std::thread;
use std::time::Instant;

use tempfile::TempDir;
use vt100::Color;

use super::session::{DEADLINE, F5, F9, Session, corscope};

/// The program's question for the background.
const QUESTION: &str = "\u{1b}]11;?\u{1b}\\";
const COLUMNS: u16 = 120;
const ROWS: u16 = 40;

/// A home of its own, without any setting of whoever runs the tests.
struct Home {
    folder: TempDir,
    variables: Vec<(&'static str, String)>,
    arguments: Vec<&'static str>,
}

impl Home {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("corscope")).unwrap();
        Self {
            folder,
            variables: Vec::new(),
            arguments: Vec::new(),
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn config(self, text: &str) -> Self {
        std::fs::write(self.path("corscope/config.toml"), text).unwrap();
        self
    }

    fn set(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.variables.push((name, value.into()));
        self
    }

    /// A program of that name that runs this script.
    fn script(&self, name: &str, script: &str) -> String {
        use std::os::unix::fs::PermissionsExt as _;
        let path = self.path(name);
        std::fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o700)).unwrap();
        path.to_str().unwrap().to_owned()
    }

    fn start(&self) -> Session {
        let mut command = corscope();
        command.args(&self.arguments);
        command.env_clear();
        command.cwd(self.folder.path());
        command.env("TERM", "xterm-256color");
        command.env("COLORTERM", "truecolor");
        command.env("PATH", std::env::var_os("PATH").unwrap());
        command.env("XDG_CONFIG_HOME", self.folder.path());
        command.env("TMPDIR", self.folder.path());
        command.env("CORSCOPE_DATA_DIR", self.folder.path());
        for (name, value) in &self.variables {
            command.env(name, value);
        }
        Session::run(command, COLUMNS, ROWS)
    }
}

/// Waits until another program has written a file.
fn written(path: &Path) -> String {
    let deadline = Instant::now() + DEADLINE;
    loop {
        match std::fs::read_to_string(path) {
            Ok(text) if text.ends_with('\n') => return text,
            _ if Instant::now() > deadline => panic!("{} was not written", path.display()),
            _ => thread::yield_now(),
        }
    }
}

const NIGHT: Color = Color::Rgb(0x11, 0x14, 0x1c);
const DAY: Color = Color::Rgb(0xfb, 0xfb, 0xf9);

#[test]
fn the_theme_follows_the_background_and_no_key_is_lost() {
    let home = Home::new();
    let mut session = home.start();
    session.wait_for("READY");
    session.wait_for_raw(QUESTION);
    assert_eq!(session.ground(), NIGHT);
    // The answer comes in the midst of what is typed.
    session.press("\u{15}http://a");
    session.press("\u{1b}]11;rgb:ffff/ffff/ffff\u{7}");
    session.press("b.example/x");
    session.wait_until("the light theme", |session| session.ground() == DAY);
    session.wait_for("http://ab.example/x");
    session.leave();
}

#[test]
fn a_theme_that_was_chosen_stays_and_nothing_is_asked() {
    let home = Home::new().config("theme = 'dusk'\n");
    let mut session = home.start();
    session.wait_for("READY");
    assert_eq!(session.ground(), Color::Rgb(0x1f, 0x1b, 0x1a));
    session.press(F5);
    session.wait_for("BLOCKED");
    assert!(!String::from_utf8_lossy(&session.raw).contains(QUESTION));
    session.leave();
}

#[test]
fn without_colours_there_are_none() {
    let home = Home::new().set("NO_COLOR", "1");
    let mut session = home.start();
    session.wait_for("READY");
    session.press(F5);
    session.wait_for("BLOCKED");
    let raw = String::from_utf8_lossy(&session.raw).into_owned();
    for colour in ["[38;2;", "[38;5;", "[48;2;", "[48;5;"] {
        assert!(!raw.contains(colour), "{raw:?}");
    }
    session.leave();
}

#[test]
fn the_list_of_themes_shows_what_it_selects_and_goes_back() {
    let home = Home::new();
    let themes = home.path("corscope/themes");
    std::fs::create_dir(&themes).unwrap();
    let sea = "base = 'day'\n[palette]\nground = '#e0f0ff'\n";
    std::fs::write(themes.join("sea.toml"), sea).unwrap();
    let mut session = home.start();
    session.wait_for("READY");
    session.press(F9);
    session.wait_for("by the background");
    session.press("G");
    let own = Color::Rgb(0xe0, 0xf0, 0xff);
    session.wait_until("the theme", |session| session.ground() == own);
    session.press("q");
    session.wait_until("the one before", |session| session.ground() == NIGHT);
    session.press(F9);
    session.wait_for("by the background");
    session.press("G\r");
    session.wait_for("theme = \"sea\"");
    assert_eq!(session.ground(), own);
    session.leave();
}

#[test]
fn other_keys_and_no_mouse() {
    let home = Home::new().config("mouse = false\n[keys]\nsend = ['ctrl-s']\n");
    let mut session = home.start();
    session.wait_for("Ctrl-S sends the request");
    session.press("\u{13}");
    session.wait_for("BLOCKED");
    assert!(!String::from_utf8_lossy(&session.raw).contains("\u{1b}[?1000h"));
    session.leave();
}

#[test]
fn what_is_copied_reaches_the_terminal_and_the_systems_clipboard() {
    let home = Home::new();
    let taken = home.path("taken");
    home.script(
        "xclip",
        &format!(
            "cat > {0}.part; echo >> {0}.part; mv {0}.part {0}",
            taken.display()
        ),
    );
    let path = format!(
        "{}:{}",
        home.folder.path().display(),
        std::env::var("PATH").unwrap()
    );
    let home = home.set("PATH", path).set("DISPLAY", ":99");
    let mut session = home.start();
    session.wait_for("READY");
    session.press(F5);
    session.wait_for("BLOCKED");
    session.press("y");
    session.wait_for("console line, chromium");
    session.press("\r");
    session.wait_for("Copied: header at fault");
    assert_eq!(written(&taken), "Access-Control-Allow-Origin: \n");
    session.wait_for_raw("\u{1b}]52;c;QWNjZXNzLUNvbnRyb2wtQWxsb3ctT3JpZ2luOiA=\u{7}");
    session.leave();
}

/// The editor has the terminal, the file is the user's alone, and afterwards all is as before.
#[test]
fn the_editor_has_the_terminal_and_gives_it_back() {
    let home = Home::new();
    let seen = home.path("seen");
    let script = format!(
        "stat -c '%a' \"$1\" > {0}.part; cat \"$1\" >> {0}.part; printf 'EDITING '; read answer; \
         echo \"answer $answer\" >> {0}.part; mv {0}.part {0}",
        seen.display()
    );
    let editor = home.script("editor", &script);
    let home = home.set("VISUAL", format!("'{editor}'"));
    let mut session = home.start();
    session.wait_for("READY");
    session.press(F5);
    session.wait_for("BLOCKED");
    // The body's tab is one to the left of the first.
    session.press("\u{1b}[DE");
    session.wait_for("EDITING");
    assert!(!session.screen.screen().alternate_screen());
    session.press("typed\r");
    session.wait_for("Back from");
    let text = written(&seen);
    assert!(text.starts_with("600\n"), "{text}");
    assert!(text.contains("Espresso cup"), "{text}");
    assert!(text.ends_with("answer typed\n"), "{text}");
    assert!(session.screen.screen().alternate_screen());
    session.wait_for("BLOCKED");
    // Keys and the mouse are ours again, and the file is gone.
    session.press("c");
    session.wait_for("Access-Control-Allow-Origin");
    let left = std::fs::read_dir(home.folder.path()).unwrap();
    let left = left.flatten().map(|entry| entry.file_name());
    assert!(
        !left
            .into_iter()
            .any(|name| name.to_string_lossy().starts_with("corscope-"))
    );
    session.leave();
}

#[test]
fn an_editor_that_is_not_there_is_told() {
    let home = Home::new().set("CORSCOPE_EDITOR", "/nonexistent/editor --wait");
    let mut session = home.start();
    session.wait_for("READY");
    session.press(F5);
    session.wait_for("BLOCKED");
    session.press("E");
    session.wait_for("/nonexistent/editor does not start");
    session.wait_for("BLOCKED");
    session.leave();
}

#[test]
fn ctrl_c_in_the_pager_is_the_pagers() {
    let home = Home::new();
    let pager = home.script(
        "pager",
        "trap 'echo caught; exit 0' INT; printf 'PAGING '; read answer",
    );
    let home = home.set("CORSCOPE_PAGER", pager);
    let mut session = home.start();
    session.wait_for("READY");
    session.press(F5);
    session.wait_for("BLOCKED");
    session.press("p");
    session.wait_for("PAGING");
    session.press("\u{3}");
    session.wait_for("Back from");
    session.wait_for("BLOCKED");
    session.leave();
}

#[test]
fn the_standard_and_mdn_open_by_their_address() {
    let home = Home::new();
    let opened = home.path("opened");
    let opener = home.script("opener", &format!("echo \"$1\" >> {}", opened.display()));
    let home = home.set("CORSCOPE_OPENER", opener);
    let mut session = home.start();
    session.wait_for("READY");
    session.press(F5);
    session.wait_for("BLOCKED");
    session.press("o");
    session.wait_for("Opened");
    session.wait_for("https://fetch.spec.whatwg.org/#");
    session.press("O");
    session.wait_for("https://developer.mozilla.org/");
    assert_eq!(written(&opened).lines().count(), 2);
    session.leave();
}

#[test]
fn mistakes_in_the_configuration_are_told_before_the_screen_is_taken() {
    let home = Home::new().config("theem = 'day'\n[keys]\nsend = ['hyper-x']\n");
    let mut session = home.start();
    session.wait_for("config.toml:1: there is no setting `theem`; did you mean `theme`?");
    session.wait_for("config.toml:3: `hyper-x` is no key");
    assert_eq!(session.child.wait().unwrap().exit_code(), 2);
    assert!(!String::from_utf8_lossy(&session.raw).contains("\u{1b}[?1049h"));
}

#[test]
fn a_named_request_is_opened_and_the_form_is_saved_as_one() {
    let mut home = Home::new();
    let file = "[request]\nurl = '${API}/prices'\norigin = 'https://app.example'\n\n\
                [profile.live]\nAPI = 'https://api.example'\n";
    std::fs::write(home.path("prices.corscope.toml"), file).unwrap();
    home.arguments = vec!["--file", "prices.corscope.toml", "--profile", "live"];
    let mut session = home.start();
    session.wait_for("https://api.example/prices");
    session.press("\u{1b}s");
    session.wait_for("Save the request");
    session.press("other\r");
    session.wait_for("Saved as other.corscope.toml");
    let text = std::fs::read_to_string(home.path("other.corscope.toml")).unwrap();
    assert!(text.contains("https://api.example/prices"), "{text}");
    session.press("\u{f}");
    session.wait_for("prices  live");
    session.press("other\r");
    session.wait_for("Opened other.");
    session.leave();
}

#[test]
fn a_history_that_cannot_be_kept_is_told_and_stops_nothing() {
    let home = Home::new();
    std::fs::write(home.path("a-file"), "").unwrap();
    let folder = home.path("a-file/data");
    let home = home.set("CORSCOPE_DATA_DIR", folder.to_str().unwrap());
    let mut session = home.start();
    session.wait_for("READY");
    session.press(F5);
    session.wait_for("BLOCKED");
    session.wait_for("The run is not kept.");
    session.leave();
}
