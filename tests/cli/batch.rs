//! `corscope batch`, a line at a time: lines in, answers out.

use insta::assert_snapshot;
use serde_json::{Value, json};

use super::support::{Outcome, Server, rule, run_on};

const URL: &str = "http://api.test/x";
const ANY: (&str, &str) = ("Access-Control-Allow-Origin", "*");

pub fn batch(server: &Server, more: &[&str], lines: &[Value]) -> Outcome {
    let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
    batch_text(server, more, text.as_bytes())
}

fn batch_text(server: &Server, more: &[&str], text: &[u8]) -> Outcome {
    let route = server.route();
    run_on(&[&["batch", "--connect-to", &route], more].concat(), text)
}

fn get(id: impl Into<Value>) -> Value {
    json!({"id": id.into(), "page": "http://app.localhost", "url": URL})
}

/// The answer of that id.
pub fn answer<'a>(answers: &'a [Value], id: &str) -> &'a Value {
    answers
        .iter()
        .find(|answer| answer["id"] == id)
        .unwrap_or_else(|| panic!("no answer to {id}: {answers:?}"))
}

#[test]
fn every_line_is_answered_under_its_id() {
    let server = Server::playing(json!([rule("GET", URL, 200, &[ANY], "[]")]));
    let ids = [
        json!("a"),
        json!(7),
        json!(["any", "value"]),
        json!({"k": null}),
    ];
    let lines: Vec<_> = ids.iter().map(|id| get(id.clone())).collect();
    let outcome = batch(&server, &[], &lines);
    assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""));
    let answers = outcome.lines();
    assert_eq!(answers.len(), ids.len());
    for id in &ids {
        assert!(answers.iter().any(|answer| answer["id"] == *id), "{id}");
    }
    assert!(answers.iter().all(|answer| answer["verdict"] == "allowed"));
}

#[test]
fn a_line_without_an_id_is_answered_without_one() {
    let server = Server::playing(json!([rule("GET", URL, 200, &[ANY], "")]));
    let line = json!({"page": "http://app.localhost", "url": URL});
    let answers = batch(&server, &[], &[line]).lines();
    assert_eq!(answers[0].get("id"), None);
}

#[test]
fn empty_lines_and_a_missing_last_line_break_do_not_matter() {
    let server = Server::playing(json!([rule("GET", URL, 200, &[ANY], "")]));
    let text = format!("\n  \r\n{}\r\n\n{}", get("a"), get("b"));
    let outcome = batch_text(&server, &[], text.as_bytes());
    assert_eq!((outcome.code, outcome.lines().len()), (0, 2));
    assert_eq!(batch_text(&server, &[], b"").code, 0);
}

#[test]
fn a_byte_order_mark_is_no_part_of_a_line() {
    let server = Server::playing(json!([rule("GET", URL, 200, &[ANY], "")]));
    let text = format!("\u{feff}{}\n\u{feff}{}\n\u{feff}", get("a"), get("b"));
    let outcome = batch_text(&server, &[], text.as_bytes());
    assert_eq!((outcome.code, outcome.lines().len()), (0, 2));
}

#[test]
fn a_blocked_line_is_an_answer_and_no_error() {
    let server = Server::playing(json!([]));
    let outcome = batch(&server, &[], &[get("a")]);
    assert_eq!(outcome.code, 0);
    assert_eq!(
        outcome.lines()[0]["block"]["reason"],
        "allow-origin-missing"
    );
}

#[test]
fn a_bad_line_is_answered_with_its_id_and_does_not_stop_the_others() {
    let server = Server::playing(json!([rule("GET", URL, 200, &[ANY], "")]));
    let bad = json!({"id": "bad", "page": "http://app.localhost", "url": URL, "methd": "PUT"});
    let outcome = batch(&server, &[], &[bad, get("good")]);
    assert_eq!(outcome.code, 2);
    let answers = outcome.lines();
    assert_eq!(answer(&answers, "good")["verdict"], "allowed");
    let error = answer(&answers, "bad")["error"].as_str().unwrap();
    assert!(error.starts_with("unknown field `methd`"), "{error}");
}

#[test]
fn every_mistake_in_a_line_is_named() {
    let server = Server::playing(json!([]));
    let error = |text: &[u8]| {
        let outcome = batch_text(&server, &[], text);
        assert_eq!((outcome.code, outcome.lines().len()), (2, 1));
        outcome.lines()[0]["error"].as_str().unwrap().to_owned()
    };
    assert_snapshot!(error(b"{"), @r"EOF while parsing an object at line 1 column 1");
    assert_snapshot!(error(br#"{"url":"http://api.test/x"}"#), @r"missing field `page`");
    assert_snapshot!(error(br#"{"page":"app","url":"http://api.test/x"}"#), @r"`page`: `app` is no origin or URL of http or https");
    assert_snapshot!(error(br#"{"page":"http://app.localhost","url":"http://api.test/x","engine":"netscape"}"#), @r"`engine`: `netscape` is not one of chromium, firefox, webkit, standard");
    assert_snapshot!(error(b"{\"page\":\"http://app.localhost\xff\",\"url\":\"http://api.test/x\"}"), @r"byte 30 is not UTF-8");
    assert!(server.received().is_empty());
}

#[test]
fn each_line_may_choose_its_engine() {
    let allow = [ANY, ("Access-Control-Allow-Headers", "*")];
    let server = Server::playing(json!([rule("*", URL, 200, &allow, "")]));
    let line = |id: &str, engine: Option<&str>| {
        let mut line = get(id);
        line["headers"] = json!([["Authorization", "Bearer t"]]);
        if let Some(engine) = engine {
            line["engine"] = engine.into();
        }
        line
    };
    let lines = [
        line("default", None),
        line("chromium", Some("chromium")),
        line("standard", Some("standard")),
    ];
    let answers = batch(&server, &["--engine", "standard"], &lines).lines();
    for (id, engine, verdict) in [
        ("default", "standard", "blocked"),
        ("chromium", "chromium", "allowed"),
        ("standard", "standard", "blocked"),
    ] {
        let answer = answer(&answers, id);
        assert_eq!(
            (&answer["engine"], &answer["verdict"]),
            (&engine.into(), &verdict.into()),
            "{id}"
        );
    }
}

#[test]
fn bodies_are_text_base64_or_of_a_kind() {
    let server = Server::playing(json!([rule("*", URL, 200, &[ANY], "")]));
    for (desc, body, sent) in [
        ("text", json!("é"), "é".as_bytes()),
        ("base64", json!({"base64": "AP8="}), &[0, 0xff]),
        (
            "a form",
            json!({"kind": "urlencoded", "value": [["a", "1 2"]]}),
            b"a=1+2",
        ),
    ] {
        let mut line = get("a");
        line["method"] = "POST".into();
        line["body"] = body;
        let outcome = batch(&server, &[], &[line]);
        assert_eq!(outcome.code, 0, "{desc}");
        assert_eq!(server.received().pop().unwrap().body, sent, "{desc}");
    }
    let mut line = get("a");
    line["body"] = json!({"base64": "%"});
    assert_eq!(batch(&server, &[], &[line]).code, 2);
}
