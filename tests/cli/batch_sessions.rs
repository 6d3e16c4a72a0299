//! `corscope batch`: lines that share a browser, and lines that do not wait for each other.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpStream;
use std::process::Stdio;
use std::sync::mpsc;

use serde_json::{Value, json};

use super::batch::{answer, batch};
use super::support::{Running, Scripted, Server, corscope, read_request, rule};

const URL: &str = "http://api.test/x";
const ANY: (&str, &str) = ("Access-Control-Allow-Origin", "*");

fn put(id: &str, session: Option<&str>) -> Value {
    let mut line = json!({"id": id, "page": "http://app.localhost", "url": URL, "method": "PUT"});
    if let Some(session) = session {
        line["session"] = session.into();
    }
    line
}

#[test]
fn a_session_remembers_its_preflights_and_a_fresh_browser_does_not() {
    let allow = [ANY, ("Access-Control-Allow-Methods", "PUT")];
    for (session, expected) in [
        (Some("a"), vec!["OPTIONS", "PUT", "PUT"]),
        (None, vec!["OPTIONS", "PUT", "OPTIONS", "PUT"]),
    ] {
        let server = Server::playing(json!([rule("*", URL, 200, &allow, "")]));
        let lines = [put("1", session), put("2", session)];
        let outcome = batch(&server, &["--jobs", "1"], &lines);
        assert_eq!(outcome.code, 0);
        assert_eq!(server.methods(), expected, "{session:?}");
    }
}

#[test]
fn time_passes_in_a_session_by_wait_ms() {
    let allow = [
        ANY,
        ("Access-Control-Allow-Methods", "PUT"),
        ("Access-Control-Max-Age", "60"),
    ];
    let server = Server::playing(json!([rule("*", URL, 200, &allow, "")]));
    let mut late = put("2", Some("a"));
    late["waitMs"] = 61_000.into();
    batch(&server, &[], &[put("1", Some("a")), late]);
    assert_eq!(server.methods(), ["OPTIONS", "PUT", "OPTIONS", "PUT"]);
}

#[test]
fn a_session_answers_from_its_http_cache_and_judges_what_it_stored() {
    let lasting = ("Cache-Control", "max-age=600");
    let mut served = rule("GET", URL, 200, &[lasting], "first");
    let second = &rule("GET", URL, 200, &[lasting, ANY], "second")["replies"][0];
    served["replies"]
        .as_array_mut()
        .unwrap()
        .push(second.clone());
    let line = |id: &str, mode: &str, wait: u64, session: Option<&str>| {
        json!({
            "id": id, "page": "http://app.localhost", "url": URL, "mode": mode,
            "waitMs": wait, "session": session,
        })
    };
    let server = Server::playing(json!([served]));
    let lines = [
        line("no-cors", "no-cors", 0, Some("a")),
        line("trap", "cors", 1000, Some("a")),
        line("expired", "cors", 600_000, Some("a")),
        line("fresh", "cors", 0, Some("a")),
        line("alone", "cors", 0, None),
    ];
    let answers = batch(&server, &["--jobs", "1"], &lines).lines();
    let trap = answer(&answers, "trap");
    assert_eq!(trap["block"]["reason"], "allow-origin-missing");
    assert_eq!(trap["exchanges"][0]["fromCache"], true);
    for (id, from_cache) in [("expired", false), ("fresh", true), ("alone", false)] {
        let answer = answer(&answers, id);
        assert_eq!(answer["response"]["body"], "second", "{id}");
        assert_eq!(
            answer["exchanges"][0]["fromCache"] == true,
            from_cache,
            "{id}"
        );
    }
    assert_eq!(server.methods(), ["GET", "GET", "GET"]);
}

#[test]
fn a_session_revalidates_and_a_304_brings_new_headers() {
    let tag = ("ETag", "\"a\"");
    let mut served = rule("GET", URL, 200, &[ANY, tag], "kept");
    let other = ("Access-Control-Allow-Origin", "http://www.localhost");
    let replies = served["replies"].as_array_mut().unwrap();
    for headers in [&[tag][..], &[tag, other]] {
        replies.push(rule("GET", URL, 304, headers, "")["replies"][0].clone());
    }
    let server = Server::playing(json!([served]));
    let line =
        |id: &str| json!({"id": id, "page": "http://app.localhost", "url": URL, "session": "a"});
    let answers = batch(&server, &[], &[line("first"), line("same"), line("other")]).lines();
    let same = answer(&answers, "same");
    assert_eq!(same["response"]["status"], 200);
    assert_eq!(same["response"]["body"], "kept");
    assert_eq!(same["exchanges"].as_array().map(Vec::len), Some(2));
    let reason = &answer(&answers, "other")["block"]["reason"];
    assert_eq!(*reason, "allow-origin-mismatch");
    let asked: Vec<_> = server
        .received()
        .iter()
        .map(|request| request.headers.get_text("if-none-match"))
        .collect();
    assert_eq!(asked, [None, Some("\"a\"".into()), Some("\"a\"".into())]);
}

#[test]
fn a_session_shares_its_cookies_and_no_other_sees_them() {
    let url = "http://api.app.localhost/x";
    let allow = [
        ("Access-Control-Allow-Origin", "http://app.localhost"),
        ("Access-Control-Allow-Credentials", "true"),
        ("Set-Cookie", "sid=1"),
    ];
    let server = Server::playing(json!([rule("GET", url, 200, &allow, "")]));
    let line = |session: Option<&str>| json!({"page": "http://app.localhost", "url": url, "credentials": "include", "session": session});
    let lines = [
        line(Some("a")),
        line(Some("a")),
        line(Some("b")),
        line(None),
    ];
    assert_eq!(batch(&server, &["--jobs", "1"], &lines).code, 0);
    let with_cookie = server
        .received()
        .iter()
        .filter(|request| request.headers.contains("cookie"))
        .count();
    assert_eq!((server.received().len(), with_cookie), (4, 1));
}

#[test]
fn cookies_given_with_a_line_are_there_before_it() {
    let url = "http://api.app.localhost/x";
    let server = Server::playing(json!([]));
    let line = json!({
        "page": "http://app.localhost", "url": url, "credentials": "include",
        "cookies": [{"origin": "http://api.app.localhost", "set": "sid=1"}],
    });
    batch(&server, &[], &[line]);
    let sent = server.received()[0].headers.get_text("cookie");
    assert_eq!(sent.as_deref(), Some("sid=1"));
}

#[test]
fn a_session_keeps_the_engine_of_its_first_line() {
    let server = Server::playing(json!([rule("GET", URL, 200, &[ANY], "")]));
    let line = |id: &str, engine: Option<&str>| json!({"id": id, "page": "http://app.localhost", "url": URL, "session": "a", "engine": engine});
    let lines = [
        line("first", Some("standard")),
        line("silent", None),
        line("same", Some("standard")),
        line("other", Some("chromium")),
    ];
    let outcome = batch(&server, &[], &lines);
    assert_eq!(outcome.code, 2);
    let answers = outcome.lines();
    for id in ["first", "silent", "same"] {
        assert_eq!(answer(&answers, id)["engine"], "standard", "{id}");
    }
    assert_eq!(
        answer(&answers, "other")["error"],
        "`engine`: the session is standard since its first line"
    );
    assert_eq!(server.received().len(), 3);
}

/// A server that tells which paths were asked, and answers each only when told to.
struct Held {
    server: Scripted,
    asked: mpsc::Receiver<String>,
    held: mpsc::Receiver<(String, TcpStream)>,
}

impl Held {
    fn new(connections: usize) -> Self {
        let (tell, asked) = mpsc::channel();
        let (hold, held) = mpsc::channel();
        let serve = move |mut stream: TcpStream, ()| {
            let request = read_request(&mut stream);
            let text = String::from_utf8_lossy(&request);
            let path = text.split(' ').nth(1).unwrap_or_default().to_owned();
            // A test that has seen enough is no longer listening.
            let _ = tell.send(path.clone());
            let _ = hold.send((path, stream));
            None
        };
        Self {
            server: Scripted::serving(serve, vec![(); connections]),
            asked,
            held,
        }
    }

    /// The path that is asked next.
    fn next(&self) -> String {
        self.asked.recv().unwrap()
    }

    /// The connection of the request that came first and is still open.
    fn take(&self) -> TcpStream {
        self.held.recv().unwrap().1
    }
}

fn say(mut stream: TcpStream) {
    let reply = b"HTTP/1.1 200 OK\r\nAccess-Control-Allow-Origin: *\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    stream.write_all(reply).unwrap();
}

/// A batch that is talked with while it runs.
struct Talk {
    child: Running,
    input: Option<std::process::ChildStdin>,
    output: BufReader<std::process::ChildStdout>,
}

impl Talk {
    fn with(server: &Scripted) -> Self {
        let route = server.route();
        let mut child = corscope(&["batch", "--connect-to", &route])
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        Self {
            input: child.stdin.take(),
            output: BufReader::new(child.stdout.take().unwrap()),
            child: Running(child),
        }
    }

    fn ask(&mut self, path: &str, session: &str, parallel: bool) {
        self.say(path, &json!({"session": session, "parallel": parallel}));
    }

    /// A line for `path` with `more` in it.
    fn say(&mut self, path: &str, more: &Value) {
        let mut line = json!({
            "id": path, "page": "http://app.localhost", "url": format!("http://api.test{path}"),
        });
        let more = more.as_object().unwrap().clone();
        line.as_object_mut().unwrap().extend(more);
        writeln!(self.input.as_mut().unwrap(), "{line}").unwrap();
    }

    /// The id of the next answer.
    fn hear(&mut self) -> String {
        let mut line = String::new();
        self.output.read_line(&mut line).unwrap();
        let value: Value = serde_json::from_str(&line).unwrap();
        assert_eq!(value["verdict"], "allowed", "{value}");
        value["id"].as_str().unwrap().to_owned()
    }

    fn end(mut self) -> i32 {
        self.input.take();
        self.child.0.wait().unwrap().code().unwrap()
    }
}

#[test]
fn a_slow_line_does_not_hold_up_another_session() {
    let held = Held::new(2);
    let mut talk = Talk::with(&held.server);
    talk.ask("/slow", "a", false);
    assert_eq!(held.next(), "/slow");
    let slow = held.take();
    talk.ask("/quick", "b", false);
    assert_eq!(held.next(), "/quick");
    say(held.take());
    assert_eq!(talk.hear(), "/quick");
    say(slow);
    assert_eq!(talk.hear(), "/slow");
    assert_eq!(talk.end(), 0);
}

#[test]
fn an_answer_comes_before_the_input_ends() {
    let held = Held::new(1);
    let mut talk = Talk::with(&held.server);
    talk.ask("/one", "a", false);
    say(held.take());
    assert_eq!(talk.hear(), "/one");
    assert_eq!(talk.end(), 0);
}

#[test]
fn parallel_lines_of_a_session_start_at_once() {
    let held = Held::new(3);
    let mut talk = Talk::with(&held.server);
    talk.ask("/first", "a", false);
    assert_eq!(held.next(), "/first");
    talk.ask("/second", "a", true);
    assert_eq!(held.next(), "/second");
    talk.ask("/third", "a", true);
    assert_eq!(held.next(), "/third");
    for _ in 0..3 {
        say(held.take());
        talk.hear();
    }
    assert_eq!(talk.end(), 0);
}

#[test]
fn a_line_that_is_not_parallel_waits_for_all_before_it() {
    let held = Held::new(3);
    let mut talk = Talk::with(&held.server);
    talk.ask("/first", "a", true);
    talk.ask("/second", "a", true);
    talk.ask("/third", "a", false);
    let mut both = [held.next(), held.next()];
    both.sort();
    assert_eq!(both, ["/first", "/second"]);
    let (one, other) = (held.take(), held.take());
    say(one);
    talk.hear();
    assert!(held.asked.try_recv().is_err(), "the third did not wait");
    say(other);
    talk.hear();
    assert_eq!(held.next(), "/third");
    say(held.take());
    assert_eq!(talk.hear(), "/third");
    assert_eq!(talk.end(), 0);
}

/// More than are at work at once.
const MANY: usize = 40;

/// Whether `/quick` is answered while as many lines as `MANY` hang, each with what `more` says of its number.
fn quick_beside_hanging(more: impl Fn(usize) -> Value) {
    let held = Held::new(MANY + 1);
    let mut talk = Talk::with(&held.server);
    for number in 0..MANY {
        talk.say("/slow", &more(number));
    }
    talk.say("/quick", &more(MANY));
    let mut hanging = Vec::new();
    for _ in 0..=MANY {
        match held.held.recv().unwrap() {
            (path, stream) if path == "/quick" => say(stream),
            (_, stream) => hanging.push(stream),
        }
    }
    assert_eq!(talk.hear(), "/quick");
    for stream in hanging {
        say(stream);
        assert_eq!(talk.hear(), "/slow");
    }
    assert_eq!(talk.end(), 0);
}

#[test]
fn hanging_sessions_hold_up_no_other() {
    quick_beside_hanging(|number| json!({"session": number.to_string()}));
}

#[test]
fn hanging_lines_without_a_session_hold_up_no_other() {
    quick_beside_hanging(|_| json!({}));
}

#[test]
fn hanging_parallel_lines_hold_up_no_other_of_their_session() {
    quick_beside_hanging(|_| json!({"session": "a", "parallel": true}));
}
