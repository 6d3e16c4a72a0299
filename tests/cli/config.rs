//! `corscope config`, and what is configured where a command runs.

use crate::support::{Server, corscope, rule, run_with};
use serde_json::json;

/// The program in a home with this configuration file.
fn at_home(folder: &tempfile::TempDir, text: &str, arguments: &[&str]) -> std::process::Command {
    let own = folder.path().join("corscope");
    std::fs::create_dir_all(&own).unwrap();
    std::fs::write(own.join("config.toml"), text).unwrap();
    let mut command = corscope(arguments);
    command.env("XDG_CONFIG_HOME", folder.path());
    for name in ["VISUAL", "EDITOR", "PAGER"] {
        command.env_remove(name);
    }
    command
}

#[test]
fn what_holds_is_printed_with_its_origins() {
    let folder = tempfile::tempdir().unwrap();
    let text = "theme = 'paper'\n\n[keys]\nsend = ['ctrl-s']\n";
    let arguments = ["config", "--set", "max-time=5", "--set", "engine=webkit"];
    let mut command = at_home(&folder, text, &arguments);
    command.env("CORSCOPE_MOUSE", "off");
    let told = run_with(&mut command).told();
    let told = told.replace(folder.path().to_str().unwrap(), "HOME");
    insta::assert_snapshot!(told);
}

#[test]
fn the_path_and_the_schema_are_printed() {
    let folder = tempfile::tempdir().unwrap();
    let outcome = run_with(&mut at_home(&folder, "", &["config", "path"]));
    let path = folder.path().join("corscope/config.toml");
    assert_eq!(outcome.stdout, format!("{}\n", path.display()).into_bytes());
    let schema = run_with(&mut at_home(&folder, "", &["config", "schema"])).json();
    assert_eq!(schema["properties"]["theme"]["default"], "auto");
}

#[test]
fn every_mistake_is_told_and_nothing_runs() {
    let folder = tempfile::tempdir().unwrap();
    let text = "mouse = 1\nthem = 'day'\ntheme = 'nght'\n";
    let mut command = at_home(&folder, text, &["check", "http://127.0.0.1:1/"]);
    let told = run_with(&mut command).told();
    let told = told.replace(folder.path().to_str().unwrap(), "HOME");
    insta::assert_snapshot!(told);
}

/// What is configured holds where the flag is not given, and only there.
#[test]
fn a_flag_counts_more_than_what_is_configured() {
    let server = Server::playing(json!([rule("GET", "http://api.example/", 200, &[], "hi")]));
    let route = server.route();
    let folder = tempfile::tempdir().unwrap();
    let run = |flags: &[&str]| {
        let mut arguments = vec!["check", "--json", "--origin", "http://app.example"];
        arguments.extend(["--connect-to", &route]);
        arguments.extend(flags);
        arguments.push("http://api.example/");
        let outcome = run_with(&mut at_home(&folder, "engine = 'firefox'\n", &arguments));
        outcome.json()["engine"].as_str().unwrap().to_owned()
    };
    assert_eq!(run(&[]), "firefox");
    assert_eq!(run(&["--engine", "webkit"]), "webkit");
    assert_eq!(run(&["--set", "engine=standard"]), "standard");
}
