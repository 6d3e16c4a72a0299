//! `assets/schema/` says what goes in and what comes out: held against the reader of lines, against
//! every request of the corpus and the lessons, and against what the program prints.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use boon::{Compiler, SchemaIndex, Schemas};
use corscope::assets::lessons;
use corscope::session::{BrowserLine, Line};
use serde_json::{Value, json};

struct Schema {
    schemas: Schemas,
    index: SchemaIndex,
}

impl Schema {
    fn of(name: &str) -> Self {
        let file = root().join("assets/schema").join(name);
        let value = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
        let (mut schemas, mut compiler) = (Schemas::new(), Compiler::new());
        compiler.enable_format_assertions();
        compiler.add_resource(name, value).unwrap();
        let index = compiler.compile(name, &mut schemas).unwrap();
        Self { schemas, index }
    }

    fn accepts(&self, value: &Value) -> bool {
        self.schemas.validate(value, self.index).is_ok()
    }

    fn assert(&self, value: &Value) {
        if let Err(error) = self.schemas.validate(value, self.index) {
            panic!("{error:#}\n{value:#}");
        }
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

/// Every request of the corpus, as a line of input.
fn corpus() -> Vec<Value> {
    let mut lines = Vec::new();
    for entry in std::fs::read_dir(root().join("tests/corpus")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "gz") {
            continue;
        }
        let mut text = String::new();
        let file = std::fs::File::open(path).unwrap();
        flate2::read::GzDecoder::new(file)
            .read_to_string(&mut text)
            .unwrap();
        for scenario in text.lines() {
            let scenario: Value = serde_json::from_str(scenario).unwrap();
            for request in scenario["requests"].as_array().unwrap() {
                let mut line = request.clone();
                for field in ["page", "cookies", "permission"] {
                    if let Some(value) = scenario.get(field) {
                        line[field] = value.clone();
                    }
                }
                lines.push(line);
            }
        }
    }
    lines
}

#[test]
fn the_schema_takes_the_same_requests_of_the_corpus_as_the_reader() {
    let schema = Schema::of("request.schema.json");
    let lines = corpus();
    assert!(lines.len() > 3000);
    let mut understood = 0;
    for line in lines {
        let read = Line::from_value(line.clone());
        assert_eq!(schema.accepts(&line), read.is_ok(), "{read:?}\n{line:#}");
        understood += usize::from(read.is_ok());
    }
    assert!(understood > 2500, "{understood}");
}

#[test]
fn the_schema_takes_the_requests_of_the_lessons() {
    let schema = Schema::of("request.schema.json");
    for lesson in lessons() {
        for server in &lesson.servers {
            schema.assert(&Value::Object(lesson.request_to(server).clone()));
        }
    }
}

#[test]
fn schema_and_reader_refuse_the_same_mistakes() {
    let schema = Schema::of("request.schema.json");
    let whole = json!({"page": "https://a.test", "url": "https://b.test/"});
    for (desc, field, value, usable) in [
        ("nothing more", "id", json!(null), true),
        ("an id of any kind", "id", json!([{"a": 1}]), true),
        ("an unknown field", "methd", json!("PUT"), false),
        ("a number for a name", "session", json!(1), false),
        ("a negative wait", "waitMs", json!(-1), false),
        ("an unknown engine", "engine", json!("netscape"), false),
        ("an unknown way to ask", "api", json!("fech"), false),
        ("a mode that browsers refuse", "mode", json!("corss"), true),
        ("an unknown permission", "permission", json!("maybe"), false),
        ("no policy", "referrerPolicy", json!(""), true),
        (
            "an older name",
            "targetAddressSpace",
            json!("private"),
            true,
        ),
        (
            "a space that browsers refuse",
            "targetAddressSpace",
            json!("moon"),
            true,
        ),
        (
            "a duplex that browsers refuse",
            "duplex",
            json!("full"),
            true,
        ),
        (
            "a page in detail",
            "page",
            json!({"origin": "https://a.test", "sandbox": true}),
            true,
        ),
        (
            "a page with an unknown field",
            "page",
            json!({"origin": "https://a.test", "sandboxed": true}),
            false,
        ),
        (
            "a page without origin",
            "page",
            json!({"sandbox": true}),
            false,
        ),
        (
            "headers as an object",
            "headers",
            json!({"X-Test": "1"}),
            false,
        ),
        (
            "a header of three",
            "headers",
            json!([["X-Test", "1", "2"]]),
            false,
        ),
        (
            "a header without value",
            "headers",
            json!([["X-Test"]]),
            false,
        ),
        ("a body of text", "body", json!("x"), true),
        ("a body of base64", "body", json!({"base64": "AA=="}), true),
        (
            "a body of a form",
            "body",
            json!({"kind": "formdata", "value": [["a", "b"]]}),
            true,
        ),
        (
            "a body of text as a form",
            "body",
            json!({"kind": "formdata", "value": "a=b"}),
            false,
        ),
        (
            "a body of an unknown kind",
            "body",
            json!({"kind": "tape", "value": ""}),
            false,
        ),
        (
            "a body with an unknown field",
            "body",
            json!({"base64": "", "text": ""}),
            false,
        ),
        (
            "an unknown field of xhr",
            "xhr",
            json!({"timeout": 1}),
            false,
        ),
        (
            "a cookie without a line",
            "cookies",
            json!([{"origin": "https://b.test"}]),
            false,
        ),
    ] {
        let mut line = whole.clone();
        line[field] = value;
        let read = Line::from_value(line.clone());
        assert_eq!(read.is_ok(), usable, "{desc}: {read:?}");
        assert_eq!(schema.accepts(&line), usable, "{desc}");
    }
    for field in ["page", "url"] {
        let mut line = whole.clone();
        line.as_object_mut().unwrap().remove(field);
        assert!(
            !schema.accepts(&line) && Line::from_value(line).is_err(),
            "{field}"
        );
    }
}

/// Runs the program against a server that gives one answer after the other, each to one connection.
fn program(arguments: &[&str], input: &[u8], answers: &'static [&'static [u8]]) -> Vec<Value> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let route = format!("::127.0.0.1:{}", listener.local_addr().unwrap().port());
    let server = std::thread::spawn(move || {
        for answer in answers {
            let (mut stream, _) = listener.accept().unwrap();
            let mut heard = Vec::new();
            while !heard.ends_with(b"\r\n\r\n") {
                let mut byte = [0];
                stream.read_exact(&mut byte).unwrap();
                heard.extend(byte);
            }
            stream.write_all(answer).unwrap();
        }
    });
    let mut child = Command::new(env!("CARGO_BIN_EXE_corscope"))
        .args(arguments)
        .args(["--connect-to", &route])
        .env_clear()
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    let output = child.wait_with_output().unwrap();
    server.join().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[test]
fn every_kind_of_result_fits_its_schema() {
    let schema = Schema::of("result.schema.json");
    let check = |more: &[&str], answers, verdict: &str| {
        let arguments = [
            "check",
            "http://b.test/",
            "--origin",
            "http://a.test",
            "--json",
        ];
        let results = program(&[&arguments[..], more].concat(), b"", answers);
        assert_eq!(results.len(), 1);
        assert_eq!(results[0]["verdict"], verdict);
        schema.assert(&results[0]);
    };
    const BARE: &[u8] =
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n\xff\x00";
    const OPEN: &[u8] = b"HTTP/1.1 200 OK\r\nAccess-Control-Allow-Origin: *\r\n\
        Content-Length: 9\r\nConnection: close\r\n\r\n\xff";
    const MOVED: &[u8] = b"HTTP/1.0 302 \r\nAccess-Control-Allow-Origin: *\r\nLocation: /y\r\n\r\n";
    check(&[], &[BARE], "blocked");
    check(&[], &[MOVED, OPEN], "allowed");
    check(&["--mode", "no-cors"], &[BARE], "opaque");
    check(&["-X", "PUT", "-d", "x"], &[OPEN], "blocked");
    check(&["-X", "TRACE"], &[], "blocked");
    // OPTIONS, a fresh copy, twice again.
    check(&["--investigate"], &[BARE; 5], "blocked");
    check(&[], &[b""], "failed");
    // Chromium takes these for an answer.
    const FEW_DIGITS: &[u8] =
        b"HTTP/1.1 2 OK\r\nAccess-Control-Allow-Origin: *\r\nConnection: close\r\n\r\n";
    const MANY_DIGITS: &[u8] =
        b"HTTP/1.1 20000 OK\r\nAccess-Control-Allow-Origin: *\r\nConnection: close\r\n\r\n";
    check(&["--engine", "chromium"], &[FEW_DIGITS], "allowed");
    check(&["--engine", "chromium"], &[MANY_DIGITS], "allowed");
}

#[test]
fn the_answers_of_a_batch_fit_their_schema() {
    let schema = Schema::of("result.schema.json");
    let lines = b"{\"id\":{\"any\":1},\"page\":\"http://a.test\",\"url\":\"http://b.test/\",\"method\":\"TRACE\"}\n\
        {\"id\":2,\"page\":\"http://a.test\"}\nnothing\n";
    let answers = program(&["batch"], lines, &[]);
    assert_eq!(answers.len(), 3);
    for answer in &answers {
        schema.assert(answer);
    }
}

#[test]
fn a_result_with_an_unknown_field_does_not_fit() {
    let schema = Schema::of("result.schema.json");
    assert!(schema.accepts(&json!({"error": "x", "id": 1})));
    assert!(!schema.accepts(&json!({"error": "x", "hint": "y"})));
    assert!(!schema.accepts(&json!({"verdict": "allowed"})));
}

#[test]
fn schema_and_reader_agree_about_lines_on_a_browser() {
    let schema = Schema::of("browser-line.schema.json");
    for (line, usable) in [
        (json!({"session": "a", "show": "browser"}), true),
        (
            json!({"id": [1], "session": "a", "clear": "all", "waitMs": 1, "parallel": true}),
            true,
        ),
        (
            json!({"session": "a", "clear": ["logins", "http-cache"]}),
            true,
        ),
        (json!({"session": "a", "clear": []}), true),
        (json!({"session": "a", "clear": null}), true),
        (json!({"session": "a", "clear": "jar"}), false),
        (json!({"session": "a", "clear": 1}), false),
        (json!({"session": "a", "show": "cookies"}), false),
        (
            json!({"session": "a", "show": "browser", "url": "x"}),
            false,
        ),
        (
            json!({"session": "a", "show": "browser", "waitMs": -1}),
            false,
        ),
        (json!({"show": "browser"}), false),
        (json!({"session": "a"}), false),
    ] {
        let read = BrowserLine::is_meant_by(&line) && BrowserLine::from_value(line.clone()).is_ok();
        assert_eq!((schema.accepts(&line), read), (usable, usable), "{line}");
    }
}

#[test]
fn what_a_browser_holds_fits_its_schema() {
    let schema = Schema::of("browser.schema.json");
    let lines = b"{\"session\":\"a\",\"page\":\"http://b.test\",\"url\":\"http://b.test/\",\"method\":\"GET\"}\n\
        {\"id\":2,\"session\":\"a\",\"show\":\"browser\"}\n";
    const KEPT: &[u8] = b"HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\nSet-Cookie: a=b\r\n\
        Content-Length: 1\r\nConnection: close\r\n\r\nx";
    let answers = program(&["batch"], lines, &[KEPT]);
    let shown = &answers[1];
    assert_eq!(shown["browser"]["httpCache"][0]["bytes"], 1);
    schema.assert(shown);
    let mut odd = shown.clone();
    odd["browser"]["cookies"][0]["crumbs"] = 1.into();
    assert!(!schema.accepts(&odd));
}

#[test]
fn a_body_that_breaks_off_is_told_in_the_response() {
    const SHORT: &[u8] = b"HTTP/1.1 200 OK\r\nAccess-Control-Allow-Origin: *\r\n\
        Content-Length: 9\r\nConnection: close\r\n\r\nabc";
    let line = b"{\"page\":\"http://a.test\",\"url\":\"http://b.test/\"}\n";
    let answers = program(&["batch"], line, &[SHORT]);
    Schema::of("result.schema.json").assert(&answers[0]);
    assert_eq!(answers[0]["verdict"], "allowed");
    let response = &answers[0]["response"];
    assert_eq!(response["body"], "abc");
    assert!(response["bodyError"].is_string(), "{response}");
}
