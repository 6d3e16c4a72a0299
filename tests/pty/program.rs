//! The program as a whole: the tour of the lab, and the terminal as it was afterwards.

use std::io::Write as _;
use std::sync::mpsc::channel;
use std::thread;

use portable_pty::CommandBuilder;

use super::session::{DEADLINE, F3, F5, Session, assert_restored, corscope, signal};

#[test]
fn what_is_piped_in_fills_the_form_and_keys_come_from_the_terminal() {
    let input = tempfile::NamedTempFile::new().unwrap();
    let text = "curl 'https://api.example/piped' -H 'Origin: https://app.example' -H 'X-Key: 1'";
    std::fs::write(input.path(), text).unwrap();
    let mut session = Session::start_on(input.path(), "--paste");
    session.wait_for("Read from a curl command");
    session.press("\u{1b}");
    session.wait("the form", |screen| {
        !screen.contains("Read from") && screen.contains("https://api.example/piped")
    });
    session.press("\u{3}");
    let (status, raw) = session.end();
    assert!(status.success(), "{status:?}");
    assert_restored(&raw);
}

#[test]
fn the_tour_of_the_lab() {
    let mut session = Session::start(120, 40);
    session.wait_for("F5 sends the request");
    session.press(F5);
    session.wait_for("BLOCKED");
    session.wait_for("Access-Control-Allow-Origin");
    session.press(F3);
    session.wait_for("repaired");
    session.press(F5);
    session.wait_for("ALLOWED");
    session.press("q");
    let (status, raw) = session.end();
    assert!(status.success(), "{status:?}");
    assert_restored(&raw);
}

#[test]
fn the_prices_are_shown_though_the_browser_hides_them() {
    let mut session = Session::start(80, 24);
    session.wait_for("READY");
    session.press(F5);
    session.wait_for("BLOCKED");
    session.press("\u{1b}[D\r");
    session.wait_for("Espresso cup");
    session.press("q");
    session.end();
}

#[test]
fn what_lies_behind_is_sent_and_follow_up_requests_on_a_key() {
    let mut session = Session::start(120, 200);
    session.wait_for("READY");
    // The second lesson: the preflight is answered 405.
    session.press("\u{1b}OQ");
    session.wait_for("The route that knows no OPTIONS");
    session.press("\u{1b}[B\r");
    session.wait_for("READY");
    session.press(F5);
    session.wait_for("BLOCKED");
    session.wait_for("no browser sends this");
    session.press("i");
    session.wait_for("What follow-up requests showed");
    session.wait_for("A GET of the same address");
    session.press("q");
    let (status, raw) = session.end();
    assert!(status.success(), "{status:?}");
    assert_restored(&raw);
}

#[test]
fn one_key_writes_the_report_beside_the_user() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_corscope"));
    command.cwd(folder.path());
    let mut session = Session::run(command, 120, 40);
    session.wait_for("READY");
    session.press(F5);
    session.wait_for("BLOCKED");
    session.press("r");
    session.wait_for("Written, without secrets");
    let path = folder.path().join("corscope-api.yourcompany.example.md");
    let written = std::fs::read_to_string(&path).unwrap();
    assert!(written.starts_with("# BLOCKED"), "{written}");
    session.press("r");
    session.wait_for("There is a file of this name");
    session.press("\u{1b}");
    session.wait_for("Nothing was written.");
    session.press("q");
    session.end();
}

#[test]
fn typing_pasting_and_the_mouse_arrive() {
    let mut session = Session::start(120, 40);
    session.wait_for("READY");
    session.press("\u{15}");
    session.wait_for("no URL given");
    session.press("\u{1b}[200~http://127.0.0.1:1/x\u{1b}[201~");
    session.wait_for("port 1 is refused");
    // A click on the tab row's keys does nothing; one on the method goes there.
    session.press("\u{1b}[<0;16;6M\u{1b}[<0;16;6m");
    session.wait_for("OPTIONS");
    session.press("\u{3}");
    session.end();
}

#[test]
fn a_resize_is_followed() {
    let mut session = Session::start(120, 40);
    session.wait_for("READY");
    session.resize(80, 24);
    session.wait_for("2 Trace");
    session.press("\u{3}");
    session.end();
}

#[test]
fn a_resize_before_the_first_picture_is_followed() {
    let mut session = Session::start(120, 40);
    session.wait_for_raw("\u{1b}[?1049h");
    session.resize(80, 24);
    session.wait_for("2 Trace");
    session.press("\u{3}");
    session.end();
}

#[test]
fn it_ends_with_a_terminal_that_does_not_control_it() {
    let mut command = corscope();
    command.set_controlling_tty(false);
    let mut session = Session::run(command, 80, 24);
    session.wait_for("READY");
    let Session {
        mut child,
        master,
        mut keys,
        output,
        ..
    } = session;
    // The thread that reads has the terminal too, until something comes that nobody wants.
    drop(output);
    keys.write_all(b"x").unwrap();
    drop((master, keys));
    let (ended, end) = channel();
    let mut killer = child.clone_killer();
    thread::spawn(move || ended.send(child.wait().unwrap()));
    match end.recv_timeout(DEADLINE) {
        Ok(status) => assert_eq!(status.exit_code(), 129),
        Err(_) => {
            killer.kill().unwrap();
            panic!("the program does not end");
        }
    }
}

#[test]
fn ctrl_c_gives_the_terminal_back() {
    let mut session = Session::start(80, 24);
    session.wait_for("READY");
    session.press("\u{3}");
    let (status, raw) = session.end();
    assert!(status.success(), "{status:?}");
    assert_restored(&raw);
}

#[test]
fn signals_give_the_terminal_back() {
    for (name, number) in [("TERM", 15), ("HUP", 1), ("INT", 2)] {
        let mut session = Session::start(80, 24);
        session.wait_for("READY");
        session.signal(name);
        let (status, raw) = session.end();
        assert_eq!(status.exit_code(), 128 + number, "{name}");
        assert_restored(&raw);
    }
}

/// A shell with job control, for what a program can only do under one.
fn shell() -> CommandBuilder {
    let mut command = CommandBuilder::new("bash");
    command.args(["--norc", "--noprofile", "-i"]);
    command.env("PS1", "ready> ");
    command.env("CORSCOPE", env!("CARGO_BIN_EXE_corscope"));
    command
}

#[test]
fn ctrl_z_gives_the_terminal_to_the_shell_and_fg_takes_it_again() {
    let mut session = Session::run(shell(), 80, 24);
    session.wait_for("ready> ");
    session.press("\"$CORSCOPE\"\r");
    session.wait_for("READY");
    session.press("\u{1a}");
    session.wait_for("Stopped");
    assert!(!session.screen.screen().alternate_screen());
    assert!(!session.screen.screen().hide_cursor());
    // The shell's own line editing works: echo is on again.
    session.press("echo so$((1+1))far\r");
    session.wait_for("so2far");
    session.press("fg\r");
    session.wait_for("F5 sends the request");
    assert!(session.screen.screen().alternate_screen());
    session.press(F5);
    session.wait_for("BLOCKED");
    session.press("q");
    session.wait("the shell", |screen| {
        !screen.contains("BLOCKED") && screen.ends_with("ready> ")
    });
    session.press("exit\r");
    let (_, raw) = session.end();
    assert_restored(&raw);
}

#[test]
fn a_stop_from_outside_gives_the_terminal_to_the_shell_too() {
    let mut session = Session::run(shell(), 80, 24);
    session.wait_for("ready> ");
    session.press("\"$CORSCOPE\" & sleep 0; fg\r");
    session.wait_for("READY");
    session.press("\u{1a}");
    session.wait_for("Stopped");
    session.press("fg\r");
    session.wait_for("READY");
    let child = child_of(session.child.process_id().unwrap());
    signal("TSTP", child);
    session.wait("the shell", |screen| screen.ends_with("ready> "));
    session.press("fg\r");
    session.wait_for("READY");
    session.press("\u{3}");
    // What is typed before the prompt may still be the program's.
    session.wait("the shell", |screen| {
        !screen.contains("READY") && screen.ends_with("ready> ")
    });
    session.press("exit\r");
    session.end();
}

/// The one process that the shell has started.
fn child_of(parent: u32) -> u32 {
    let parent = parent.to_string();
    let output = std::process::Command::new("ps")
        .args(["-o", "pid=", "--ppid", &parent])
        .output();
    let text = String::from_utf8(output.unwrap().stdout).unwrap();
    text.trim().parse().unwrap()
}

#[test]
fn where_no_shell_could_wake_it_ctrl_z_only_says_so() {
    let mut session = Session::start(80, 24);
    session.wait_for("READY");
    session.press("\u{1a}");
    session.wait_for("was not started by a shell");
    session.press("\u{3}");
    session.end();
}

#[test]
fn a_storm_of_resizes_ends_in_a_whole_picture() {
    let mut session = Session::start(120, 40);
    session.wait_for("READY");
    session.press(F5);
    session.wait_for("BLOCKED");
    for number in 0..200u16 {
        session.resize(20 + number * 7 % 180, 5 + number * 3 % 55);
    }
    session.resize(100, 30);
    session.wait("a whole picture", |screen| {
        let rows: Vec<&str> = screen.lines().collect();
        rows.len() == 30 && rows[0].contains("F1") && rows[27].contains("BLOCKED")
    });
    session.press("q");
    let (status, raw) = session.end();
    assert!(status.success(), "{status:?}");
    assert_restored(&raw);
}

#[test]
fn esc_keeps_what_is_known_of_a_run() {
    // A listener that never answers: the request waits until it is stopped.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/x", silent.local_addr().unwrap());
    let mut command = corscope();
    command.args(["--origin", "http://localhost:1", &url]);
    let mut session = Session::run(command, 120, 40);
    session.wait_for("READY");
    session.press(F5);
    session.wait_for("waiting for the answer");
    session.press("\u{1b}");
    session.wait_for("FAILED");
    session.wait_for("stopped by the user");
    session.wait_for("no answer");
    session.press("q");
    session.end();
}
