//! What is kept of runs, and what can be done with them. Each test has a data folder of its own.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;

use super::support::{Outcome, Running, Server, corscope, rule, run_with};

const URL: &str = "http://api.test/x";

fn in_folder(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = corscope(arguments);
    command.env("CORSCOPE_DATA_DIR", folder).current_dir(folder);
    command
}

fn told(folder: &TempDir, arguments: &[&str]) -> Outcome {
    run_with(&mut in_folder(folder.path(), arguments))
}

/// Checks and keeps the run.
fn check(folder: &TempDir, route: &str, more: &[&str]) -> Outcome {
    let arguments = [
        "check",
        URL,
        "--origin",
        "http://app.test",
        "--connect-to",
        route,
        "--history",
    ];
    told(folder, &[&arguments[..], more].concat())
}

fn listed(folder: &TempDir, filter: &[&str]) -> Vec<Value> {
    let outcome = told(folder, &[&["history", "--json"], filter].concat());
    assert_eq!(outcome.code, 0, "{}", outcome.told());
    outcome.lines()
}

fn server() -> Server {
    Server::playing(json!([rule("GET", URL, 200, &[("Date", "now")], "")]))
}

#[test]
fn a_run_is_kept_shown_named_and_deleted() {
    let (folder, server) = (TempDir::new().unwrap(), server());
    let checked = check(&folder, &server.route(), &["--json"]);
    assert_eq!(checked.code, 1);
    let list = listed(&folder, &[]);
    assert_eq!(list.len(), 1);
    assert_eq!(
        (&list[0]["url"], &list[0]["verdict"], &list[0]["reason"]),
        (
            &json!(URL),
            &json!("blocked"),
            &checked.json()["block"]["reason"]
        )
    );
    let shown = told(&folder, &["history", "show", "1", "--json"]);
    assert_eq!(shown.json(), checked.json());
    assert_eq!(shown.code, 1);
    assert_eq!(
        told(&folder, &["history", "name", "1", "Before the deploy"]).code,
        0
    );
    assert_eq!(listed(&folder, &["DEPLOY", "blocked"]).len(), 1);
    assert_eq!(listed(&folder, &["allowed"]).len(), 0);
    let text = String::from_utf8(told(&folder, &["history"]).stdout).unwrap();
    for part in [
        "✗ blocked",
        "GET http://api.test/x",
        "from http://app.test",
        "Before the deploy",
    ] {
        assert!(text.contains(part), "{text}");
    }
    assert_eq!(told(&folder, &["history", "delete", "1"]).code, 0);
    let gone = told(&folder, &["history", "delete", "1"]);
    assert_eq!(
        (gone.code, gone.stderr.as_str()),
        (2, "corscope: no run 1 in the history\n")
    );
    assert!(
        told(&folder, &["history"])
            .stderr
            .starts_with("No runs yet.")
    );
}

#[test]
fn a_script_leaves_no_history() {
    let (folder, server) = (TempDir::new().unwrap(), server());
    let route = server.route();
    let arguments = [
        "check",
        URL,
        "--origin",
        "http://app.test",
        "--connect-to",
        &route,
    ];
    assert_eq!(told(&folder, &arguments).code, 1);
    assert_eq!(check(&folder, &route, &["--no-history"]).code, 1);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn that_a_run_cannot_be_kept_does_not_change_its_result() {
    let (folder, server) = (TempDir::new().unwrap(), server());
    std::fs::create_dir(folder.path().join("history.sqlite")).unwrap();
    let outcome = check(&folder, &server.route(), &[]);
    assert_eq!(outcome.code, 1);
    assert!(
        outcome
            .stderr
            .starts_with("note: this run is not in the history: cannot use")
    );
}

#[test]
fn two_runs_are_compared_before_and_after_a_deploy() {
    let folder = TempDir::new().unwrap();
    check(&folder, &server().route(), &[]);
    let allowing = [("Access-Control-Allow-Origin", "*"), ("Date", "now")];
    let after = Server::playing(json!([rule("GET", URL, 200, &allowing, "")]));
    check(&folder, &after.route(), &[]);
    let outcome = told(&folder, &["history", "compare", "1", "2"]);
    let text = String::from_utf8(outcome.stdout).unwrap();
    for line in [
        "~ verdict: blocked",
        "- reason: ",
        "Request: the same",
        "actual GET: sent: the same",
        "+ ",
        "│ Access-Control-Allow-Origin: *",
        "│ Date: now",
    ] {
        assert!(text.contains(line), "{line} is not in\n{text}");
    }
    let same = told(&folder, &["history", "compare", "1", "1"]);
    assert!(
        String::from_utf8(same.stdout)
            .unwrap()
            .ends_with("No difference.\n")
    );
}

#[test]
fn a_rerun_needs_the_secrets_that_were_not_kept() {
    let (folder, server) = (TempDir::new().unwrap(), server());
    let route = server.route();
    let rule = |method: &str, headers: &[(&str, &str)]| rule(method, URL, 200, headers, "");
    let allowing = [
        ("Access-Control-Allow-Origin", "*"),
        ("Access-Control-Allow-Headers", "x-api-key"),
    ];
    let keyed = Server::playing(json!([rule("OPTIONS", &allowing), rule("GET", &allowing)]));
    let first = check(&folder, &keyed.route(), &["-H", "X-Api-Key: hunter2"]);
    assert_eq!(first.code, 0, "{}", first.told());
    let kept = told(&folder, &["history", "show", "1", "-v"]);
    let text = String::from_utf8(kept.stdout).unwrap();
    assert!(
        text.contains("redacted-1") && !text.contains("hunter2"),
        "{text}"
    );
    let refused = told(&folder, &["history", "rerun", "1", "--connect-to", &route]);
    assert_eq!(refused.code, 2);
    assert!(
        refused
            .stderr
            .contains("without its secrets: header X-Api-Key"),
        "{}",
        refused.stderr
    );
    let again = [
        "history",
        "rerun",
        "1",
        "-H",
        "x-api-key: hunter3",
        "--connect-to",
    ];
    let outcome = told(&folder, &[&again[..], &[&keyed.route()]].concat());
    assert_eq!(outcome.code, 0, "{}", outcome.told());
    let sent = keyed.received();
    let key = sent.last().unwrap().headers.get("x-api-key");
    assert_eq!(key.as_deref(), Some(&b"hunter3"[..]));
    assert_eq!(listed(&folder, &[]).len(), 2);
}

#[test]
fn how_runs_are_kept_is_configured() {
    let (folder, server) = (TempDir::new().unwrap(), server());
    let route = server.route();
    let kept = ["--set", "history-secrets=kept", "-H", "X-Api-Key: hunter2"];
    check(&folder, &route, &kept);
    // It has all that it needs to be sent again.
    let again = told(&folder, &["history", "rerun", "1", "--connect-to", &route]);
    assert_eq!(again.code, 1, "{}", again.told());
    for _ in 0..3 {
        check(&folder, &route, &["--set", "history-runs=2"]);
    }
    assert_eq!(listed(&folder, &[]).len(), 2);
    // What the command line says counts more.
    check(&folder, &route, &["--set", "history=false"]);
    assert_eq!(listed(&folder, &[]).len(), 3);
}

#[test]
fn a_saved_script_element_keeps_its_type() {
    let (folder, server) = (TempDir::new().unwrap(), server());
    let save = ["save", "data", URL, "--origin", "http://app.test"];
    let element = ["--api", "script", "--script-type", "application/json"];
    assert_eq!(told(&folder, &[&save[..], &element].concat()).code, 0);
    let text = std::fs::read_to_string(folder.path().join("data.corscope.toml")).unwrap();
    assert!(
        text.contains("script-type = \"application/json\""),
        "{text}"
    );
    let route = server.route();
    let file = ["check", "--file", "data.corscope.toml", "--connect-to"];
    told(&folder, &[&file[..], &[&route]].concat());
    assert!(server.received().is_empty());
}

#[test]
fn a_saved_request_is_sent_with_its_variables() {
    let (folder, server) = (TempDir::new().unwrap(), server());
    let saved = told(
        &folder,
        &[
            "save",
            "prices",
            URL,
            "--origin",
            "http://app.test",
            "-H",
            "Accept: text/plain",
            "-b",
            "sid=hunter2",
        ],
    );
    assert_eq!(
        saved.stderr,
        "Saved as prices.corscope.toml. Send it with: corscope check --file prices.corscope.toml\n\
         Secrets are not in it. Set before you send it: SID\n"
    );
    let again = told(
        &folder,
        &["save", "prices", URL, "--origin", "http://app.test"],
    );
    assert!(
        again.stderr.contains("is there already"),
        "{}",
        again.stderr
    );
    let file = folder.path().join("prices.corscope.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(!text.contains("hunter2"), "{text}");
    let route = server.route();
    let check = [
        "check",
        "--file",
        "prices.corscope.toml",
        "--connect-to",
        &route,
    ];
    let unset = told(&folder, &check);
    assert_eq!(unset.code, 2);
    assert!(unset.stderr.contains("not set: SID"), "{}", unset.stderr);
    std::fs::write(&file, text + "\n[profile.local]\nSID = \"hunter3\"\n").unwrap();
    let sent = told(
        &folder,
        &[&check[..], &["--profile", "local", "--json"]].concat(),
    );
    assert_eq!(sent.code, 1, "{}", sent.told());
    assert_eq!(sent.json()["exchanges"][0]["request"]["url"], json!(URL));
    let both = told(
        &folder,
        &[&check[..], &["--credentials", "include"]].concat(),
    );
    assert!(
        both.stderr.contains("cannot be used with"),
        "{}",
        both.stderr
    );
}

/// Kills the program at fifty moments while it writes: the file stays whole, and no run that was settled
/// before is lost.
#[test]
fn a_kill_loses_at_most_the_run_in_flight() {
    let (folder, server) = (TempDir::new().unwrap(), server());
    let route = server.route();
    let arguments = [
        "check",
        URL,
        "--origin",
        "http://app.test",
        "--connect-to",
        &route,
        "--history",
        "--json",
    ];
    let spawn = || {
        let mut command = in_folder(folder.path(), &arguments);
        Running(
            command
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .unwrap(),
        )
    };
    let started = Instant::now();
    assert!(spawn().0.wait().unwrap().code() == Some(1));
    let whole = started.elapsed();
    let mut settled = 1;
    for round in 0..50u32 {
        let mut child = spawn();
        // From early on to after the end, so that some moments lie within the writing.
        let moment = Instant::now() + whole * (round + 10) / 50;
        let mut ended = None;
        while Instant::now() < moment && ended.is_none() {
            ended = child.0.try_wait().unwrap();
            std::thread::yield_now();
        }
        drop(child);
        settled += usize::from(ended.is_some());
        assert!(started.elapsed() < Duration::from_secs(120));
    }
    let database = rusqlite::Connection::open(folder.path().join("history.sqlite")).unwrap();
    let check: String = database
        .query_row("PRAGMA integrity_check", [], |row| row.get(0))
        .unwrap();
    assert_eq!(check, "ok");
    let (runs, sessions): (usize, usize) = database
        .query_row(
            "SELECT (SELECT runs FROM totals), (SELECT count(*) FROM sessions)",
            [],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .unwrap();
    assert_eq!(runs, sessions);
    assert!(
        (settled..=51).contains(&runs),
        "{settled} settled, {runs} kept"
    );
    let last = told(&folder, &["history", "show", &runs.to_string()]);
    assert!(last.code <= 1, "{}", last.told());
    // And it goes on as if nothing had been.
    let again = spawn().0.wait().unwrap();
    assert_eq!(again.code(), Some(1));
    assert_eq!(listed(&folder, &["--limit", "100"]).len(), runs + 1);
}
