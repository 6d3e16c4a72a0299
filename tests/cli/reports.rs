//! Reports to hand on: formats, files, and secrets that stay at home.

use std::fs;

use serde_json::json;

use super::support::{Outcome, Server, rule, run};

const SECRET: &str = "s3cretKey12345";

fn server() -> Server {
    let preflight = [("Access-Control-Allow-Origin", "http://app.localhost")];
    let cookie = [("Set-Cookie", "sid=abcdef0123456789; Path=/")];
    Server::playing(json!([
        rule("OPTIONS", "http://api.test/prices", 204, &preflight, ""),
        rule(
            "GET",
            "http://api.test/prices",
            500,
            &cookie,
            "<b>key s3cretKey12345</b>"
        ),
    ]))
}

fn check(server: &Server, more: &[&str]) -> Outcome {
    let route = server.route();
    let mut arguments = vec![
        "check",
        "http://api.test/prices?token=s3cretKey12345",
        "--origin",
        "http://app.localhost",
        "--connect-to",
        &route,
        "-H",
        "X-Api-Key: s3cretKey12345",
        "--credentials",
        "include",
        "-b",
        "sid=abcdef0123456789",
    ];
    arguments.extend(more);
    run(&arguments)
}

fn text(outcome: &Outcome) -> String {
    String::from_utf8(outcome.stdout.clone()).unwrap()
}

#[test]
fn text_and_documents_keep_secrets_unless_asked_for_them() {
    let server = server();
    for format in ["text", "markdown", "html"] {
        let outcome = check(&server, &["--format", format, "-v"]);
        assert_eq!(outcome.code, 1, "{}", outcome.told());
        let told = text(&outcome);
        assert!(!told.contains(SECRET), "{told}");
        assert!(!told.contains("abcdef0123456789"), "{told}");
        assert!(told.contains("token=redacted-1"), "{told}");
        assert!(
            told.contains("X-Api-Key: redacted-1") || format == "text",
            "{told}"
        );
        let told = text(&check(&server, &["--format", format, "--show-secrets"]));
        assert!(told.contains(SECRET), "{told}");
    }
}

#[test]
fn json_is_exact_unless_it_is_to_be_redacted() {
    let server = server();
    assert!(text(&check(&server, &["--json"])).contains(SECRET));
    let outcome = check(&server, &["--json", "--redact"]);
    assert!(!text(&outcome).contains(SECRET), "{}", outcome.told());
    assert_eq!(outcome.json()["verdict"], "blocked");
}

#[test]
fn edits_are_redacted_too() {
    let outcome = check(
        &server(),
        &["--what-if", "request: X-Api-Key: s3cretKey12345-2"],
    );
    let told = outcome.told();
    assert!(told.contains("request: X-Api-Key: redacted-"), "{told}");
    assert!(!told.contains(SECRET), "{told}");
}

#[test]
fn a_report_goes_into_a_file_that_only_its_owner_reads_where_it_shows_secrets() {
    let server = server();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("report.md");
    let file = path.to_str().unwrap();
    fs::write(&path, "an earlier report").unwrap();
    let outcome = check(&server, &["--format", "markdown", "-o", file]);
    assert_eq!((outcome.code, outcome.stdout.len()), (1, 0));
    let told = fs::read_to_string(&path).unwrap();
    assert!(told.starts_with("# BLOCKED"), "{told}");
    assert!(!told.contains("earlier"), "{told}");
    check(
        &server,
        &["--format", "markdown", "-o", file, "--show-secrets"],
    );
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    let nowhere = folder.path().join("nowhere").join("report.md");
    let outcome = check(&server, &["-o", nowhere.to_str().unwrap()]);
    assert_eq!(outcome.code, 2);
    assert!(
        outcome.stderr.contains("cannot write to"),
        "{}",
        outcome.stderr
    );
}

#[test]
fn a_recipe_is_part_of_the_document() {
    let server = server();
    let told = text(&check(&server, &["--format", "markdown", "--fix", "nginx"]));
    assert!(told.contains("## Recipe for nginx"), "{told}");
    let outcome = check(&server, &["--format", "json", "--fix", "nginx"]);
    assert_eq!(outcome.code, 2);
}
