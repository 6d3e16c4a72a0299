//! What reaches a terminal: colour where it is wanted, and nothing that a server smuggled in.

use std::process::Command;

use serde_json::{Value, json};

use super::support::{Scripted, Server, Turn, corscope, rule, run_with};

const URL: &str = "http://api.test/x";

fn check(route: &str, more: &[&str]) -> Command {
    let arguments = [
        "check",
        URL,
        "--origin",
        "http://app.localhost",
        "--connect-to",
        route,
    ];
    corscope(&[&arguments[..], more].concat())
}

#[test]
fn colour_follows_the_environment() {
    let server = Server::playing(json!([rule("GET", URL, 200, &[], "")]));
    let (no, force) = (("NO_COLOR", "1"), ("CLICOLOR_FORCE", "1"));
    for (desc, environment, coloured) in [
        ("a pipe", &[][..], false),
        ("a pipe with NO_COLOR", &[no], false),
        ("a pipe with CLICOLOR_FORCE", &[force], true),
        ("a pipe with both", &[no, force], false),
    ] {
        let mut command = check(&server.route(), &[]);
        command.envs(environment.iter().copied());
        let outcome = run_with(&mut command);
        assert_eq!(outcome.stdout.contains(&0x1b), coloured, "{desc}");
    }
}

/// Replies with escape sequences (7-bit and 8-bit) wherever a server can put bytes.
fn hostile() -> Vec<(&'static str, &'static [u8])> {
    vec![
        (
            "reason phrase",
            b"HTTP/1.1 200 \x1b[2J\x9b1m\r\nContent-Length: 0\r\n\r\n",
        ),
        (
            "value",
            b"HTTP/1.1 200 OK\r\nAccess-Control-Allow-Origin: \x9b2J\x9d0;x\x9c\r\nContent-Length: 0\r\n\r\n",
        ),
        (
            "value with 7-bit escapes",
            b"HTTP/1.1 200 OK\r\nAccess-Control-Allow-Origin: \x1b[2J\x07\x7f\r\nContent-Length: 0\r\n\r\n",
        ),
        (
            "UTF-8 in a value",
            b"HTTP/1.1 200 OK\r\nAccess-Control-Allow-Origin: \xe2\x80\xae\xc2\x9b\r\nContent-Length: 0\r\n\r\n",
        ),
        (
            "location",
            b"HTTP/1.1 302 Found\r\nAccess-Control-Allow-Origin: *\r\nLocation: http://\x9b2J\xff/\r\nContent-Length: 0\r\n\r\n",
        ),
        (
            "body",
            b"HTTP/1.1 200 OK\r\nAccess-Control-Allow-Origin: *\r\nContent-Length: 10\r\n\r\n\x1b[2J\xc2\x9b1m\x7f\x07",
        ),
        (
            "carriage returns in a line",
            b"HTTP/1.1 200 OK\r\n\rX-A\t: 1\r\nAccess-Control-Allow-Origin: *\rX-B: \x1b[2J\r\r\nContent-Length: 0\r\n\r\n",
        ),
        (
            "a NUL",
            b"HTTP/1.1 200 OK\r\nX-A : \0\x1b[2J\r\nContent-Length: 0\r\n\r\n",
        ),
        ("no HTTP at all", b"\x1b[2J\x1b]0;x\x07\r\n\r\n"),
        (
            "cookie",
            b"HTTP/1.1 200 OK\r\nAccess-Control-Allow-Origin: http://app.localhost\r\nAccess-Control-Allow-Credentials: true\r\nSet-Cookie: \x9ba=\x9bb; Path=\x9b\r\nContent-Length: 0\r\n\r\n",
        ),
    ]
}

/// The first character that could move a cursor.
fn control(text: &[u8]) -> Option<char> {
    let text = std::str::from_utf8(text).unwrap();
    text.chars().find(|c| c.is_control() && *c != '\n')
}

#[test]
fn nothing_a_server_sends_reaches_the_text_raw() {
    for (desc, reply) in hostile() {
        for more in [&["-v", "--credentials", "include"][..], &["-v"]] {
            let server = Scripted::new(vec![Turn::Say(reply)]);
            let outcome = run_with(&mut check(&server.route(), more));
            assert_eq!(control(&outcome.stdout), None, "{desc}: {}", outcome.told());
            assert_eq!(control(outcome.stderr.as_bytes()), None, "{desc}");
        }
    }
}

#[test]
fn nothing_a_server_sends_reaches_the_json_raw_and_nothing_is_lost() {
    for (desc, reply) in hostile() {
        let server = Scripted::new(vec![Turn::Say(reply)]);
        let outcome = run_with(&mut check(&server.route(), &["--json"]));
        assert_eq!(control(&outcome.stdout), None, "{desc}");
        let value = outcome.json();
        let reply = &value["exchanges"][0]["reply"];
        let header = |name: &str| {
            let headers = reply["headers"].as_array().into_iter().flatten();
            headers
                .clone()
                .find(|pair| pair[0] == name)
                .map(|pair| pair[1].clone())
        };
        let kept = match desc {
            "value" => {
                header("Access-Control-Allow-Origin")
                    == Some(Value::from("\u{9b}2J\u{9d}0;x\u{9c}"))
            }
            "body" => reply["body"] == "\u{1b}[2J\u{9b}1m\u{7f}\u{7}",
            _ => true,
        };
        assert!(kept, "{desc}: {value}");
    }
}

#[test]
fn a_reader_who_has_seen_enough_is_no_error() {
    let server = Server::playing(json!([rule("GET", URL, 200, &[], "")]));
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let outcome = run_with(check(&server.route(), &[]).stdout(writer));
    assert_eq!((outcome.code, outcome.stderr.as_str()), (1, ""));
}

#[test]
fn a_batch_whose_reader_has_seen_enough_is_no_error() {
    let server = Server::playing(json!([]));
    let route = server.route();
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let (lines, mut input) = std::io::pipe().unwrap();
    let line = format!("{}\n", json!({"page": "http://app.localhost", "url": URL}));
    std::io::Write::write_all(&mut input, line.repeat(3).as_bytes()).unwrap();
    drop(input);
    let mut command = corscope(&["batch", "--connect-to", &route]);
    let outcome = run_with(command.stdin(lines).stdout(writer));
    assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""));
}
