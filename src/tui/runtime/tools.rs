//! What is outside of the program: the clipboard, the editor, the pager, the opener of web pages.

use std::env;
use std::fs::{File, OpenOptions};
use std::io::{self, IsTerminal as _, Write as _};
use std::path::PathBuf;
use std::process::Stdio;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tempfile::NamedTempFile;
use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;

use crate::config::{Config, Name};
use crate::diagnose::shown;
use crate::tui::message::{Export, Msg, Sheet, Viewer};

/// Bytes of text that are handed to the terminal's clipboard. Terminals take about 100 kB in base64; what
/// is longer some cut and some drop.
const TERMINAL_TAKES: usize = 74_000;

/// The programs that put their input on the system's clipboard: when they can, how they are called.
const CLIPBOARDS: [(&str, &[&str]); 6] = [
    ("WAYLAND_DISPLAY", &["wl-copy"]),
    ("DISPLAY", &["xclip", "-selection", "clipboard"]),
    ("DISPLAY", &["xsel", "--clipboard", "--input"]),
    ("WSL_DISTRO_NAME", &["clip.exe"]),
    ("TERMUX_VERSION", &["termux-clipboard-set"]),
    ("", &["pbcopy"]),
];

/// Who copies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ways {
    terminal: bool,
    program: bool,
}

impl Ways {
    pub fn of(config: &Config) -> Self {
        let said = config.text(Name::Clipboard);
        Self {
            terminal: matches!(said, "auto" | "terminal"),
            program: matches!(said, "auto" | "program"),
        }
    }
}

/// Copies a text; what is said about it.
pub async fn copy(ways: Ways, name: &str, text: String) -> Result<String, String> {
    let by_terminal = ways.terminal && text.len() <= TERMINAL_TAKES;
    if by_terminal {
        let sequence = osc52(&text, env::var_os("TMUX").is_some());
        let mut out = io::stdout().lock();
        out.write_all(sequence.as_bytes())
            .and_then(|()| out.flush())
            .map_err(|error| format!("The terminal takes nothing: {error}"))?;
    }
    let program = ways
        .program
        .then(|| clipboard(&|name| env::var_os(name).is_some()));
    match (program.flatten(), by_terminal) {
        (Some(words), _) => match feed(words, text).await {
            Ok(()) => Ok(format!("Copied: {name}")),
            Err(_) if by_terminal => Ok(format!("Copied by the terminal: {name}")),
            Err(error) => Err(format!("{} did not copy: {error}", words[0])),
        },
        (None, true) => Ok(format!("Copied by the terminal: {name}")),
        (None, false) if !ways.terminal && !ways.program => {
            Err("Copying is switched off: clipboard = \"off\" in config.toml".to_owned())
        }
        (None, false) if ways.terminal => Err(format!(
            "Too long for the terminal's clipboard: {} bytes; there is no wl-copy, xclip, xsel or pbcopy",
            text.len()
        )),
        (None, false) => Err("There is no wl-copy, xclip, xsel or pbcopy to copy with".to_owned()),
    }
}

/// “Set the clipboard”: <https://invisible-island.net/xterm/ctlseqs/ctlseqs.html>, OSC 52. tmux is asked
/// itself, and also to hand it on, since either may be switched off.
fn osc52(text: &str, in_tmux: bool) -> String {
    let sequence = format!("\x1b]52;c;{}\x07", STANDARD.encode(text));
    match in_tmux {
        true => format!("{sequence}\x1bPtmux;\x1b{sequence}\x1b\\"),
        false => sequence,
    }
}

/// The first program that is there and can.
fn clipboard(set: &dyn Fn(&str) -> bool) -> Option<&'static [&'static str]> {
    CLIPBOARDS
        .into_iter()
        .filter(|(variable, _)| variable.is_empty() || set(variable))
        .find(|(_, words)| on_path(words[0]).is_some())
        .map(|(_, words)| words)
}

fn on_path(program: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    env::split_paths(&path)
        .map(|folder| folder.join(program))
        .find(|file| file.is_file())
}

async fn feed(words: &[&str], text: String) -> io::Result<()> {
    let mut child = Command::new(words[0])
        .args(&words[1..])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?;
    if let Some(mut input) = child.stdin.take() {
        input.write_all(text.as_bytes()).await?;
    }
    let status = child.wait().await?;
    match status.success() {
        true => Ok(()),
        false => Err(io::Error::other(status.to_string())),
    }
}

/// A sheet in a file of its own, which only the user may read and which goes when this is dropped.
pub fn sheet_file(sheet: &Sheet) -> io::Result<NamedTempFile> {
    let mut file = tempfile::Builder::new()
        .prefix(&format!("corscope-{}-", sheet.name))
        .suffix(sheet.ending)
        .tempfile()?;
    file.write_all(&sheet.bytes)?;
    file.flush()?;
    Ok(file)
}

/// Writes a file; what came of it.
pub fn export(export: Export) -> Msg {
    let written = OpenOptions::new()
        .write(true)
        .create_new(!export.over)
        .create(export.over)
        .truncate(export.over)
        .open(&export.path)
        .and_then(|mut file| file.write_all(&export.bytes));
    let path = std::path::absolute(&export.path).unwrap_or_else(|_| export.path.clone());
    let path = shown(&path.to_string_lossy());
    match written {
        Ok(()) => Msg::Said(Ok(format!("Written, without secrets: {path}"))),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Msg::Taken(export),
        Err(error) => Msg::Said(Err(format!("Cannot write {path}: {error}"))),
    }
}

/// The words of a command that a person wrote.
fn words(said: &str, usual: &str) -> Result<Vec<String>, String> {
    let said = if said.trim().is_empty() { usual } else { said };
    match shlex::split(said) {
        Some(words) if !words.is_empty() => Ok(words),
        _ => Err(format!("`{said}` is no command: a quote is open")),
    }
}

/// The command that shows a file in the editor or in the pager. It has the terminal, also where our input
/// is something else.
pub fn viewer(config: &Config, viewer: Viewer, file: &NamedTempFile) -> Result<Command, String> {
    let words = match viewer {
        Viewer::Editor => words(config.text(Name::Editor), "vi")?,
        Viewer::Pager => words(config.text(Name::Pager), "less")?,
    };
    let mut command = Command::new(&words[0]);
    command.args(&words[1..]).arg(file.path());
    if !io::stdin().is_terminal()
        && let Ok(terminal) = File::open("/dev/tty")
    {
        command.stdin(terminal);
    }
    Ok(command)
}

/// Opens a web page; what is said about it. Only addresses of our own assets come here.
pub async fn open(config: &Config, url: &'static str) -> Result<String, String> {
    let failed = |why: &str| format!("No program opened the page ({why}): {url}");
    if !url.starts_with("https://") {
        return Err(failed("only https is opened"));
    }
    let said = config.text(Name::Opener);
    let commands = match said.is_empty() {
        true => open::commands(url).into_iter().map(Command::from).collect(),
        false => {
            let words = words(said, "")?;
            let mut command = Command::new(&words[0]);
            command.args(&words[1..]).arg(url);
            vec![command]
        }
    };
    let mut why = "there is none".to_owned();
    for mut command in commands {
        let spawned = command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        match spawned.await {
            Ok(status) if status.success() => return Ok(format!("Opened {url}")),
            Ok(status) => why = status.to_string(),
            Err(error) => {
                if why == "there is none" && error.kind() != io::ErrorKind::NotFound {
                    why = error.to_string();
                }
            }
        }
    }
    Err(failed(&why))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tmux_is_asked_twice() {
        assert_eq!(osc52("hi", false), "\x1b]52;c;aGk=\x07");
        let sequence = osc52("hi", true);
        assert!(sequence.starts_with("\x1b]52;c;aGk=\x07\x1bPtmux;\x1b\x1b]52;c;"));
        assert!(sequence.ends_with("\x07\x1b\\"));
    }

    #[test]
    fn a_command_is_split_as_a_shell_would() {
        assert_eq!(words("", "vi").unwrap(), ["vi"]);
        assert_eq!(
            words("code --wait 'a b'", "vi").unwrap(),
            ["code", "--wait", "a b"]
        );
        assert!(words("hx '", "vi").unwrap_err().contains("quote"));
    }

    #[test]
    fn a_file_is_replaced_only_where_it_is_given_up() {
        let folder = tempfile::tempdir().unwrap();
        let file = |text: &str, over| Export {
            path: folder.path().join("report.md"),
            bytes: text.as_bytes().to_vec(),
            over,
        };
        assert!(matches!(export(file("one, long", false)), Msg::Said(Ok(_))));
        let Msg::Taken(taken) = export(file("two", false)) else {
            panic!("not asked");
        };
        let held = || std::fs::read_to_string(&taken.path).unwrap();
        assert_eq!(held(), "one, long");
        assert!(matches!(export(file("two", true)), Msg::Said(Ok(_))));
        assert_eq!(held(), "two");
        let mut nowhere = file("", false);
        nowhere.path = folder.path().join("no/report.md");
        assert!(matches!(export(nowhere), Msg::Said(Err(_))));
    }

    #[test]
    fn the_file_of_a_sheet_is_the_users_alone_and_goes() {
        use std::os::unix::fs::PermissionsExt as _;
        let file = sheet_file(&Sheet {
            name: "body",
            ending: ".json",
            bytes: b"{}".to_vec(),
        })
        .unwrap();
        let path = file.path().to_owned();
        assert!(path.to_str().unwrap().ends_with(".json"));
        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        drop(file);
        assert!(!path.exists());
    }
}
