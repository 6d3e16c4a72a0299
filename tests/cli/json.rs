//! `check --json`: one value in the published form.

use insta::assert_snapshot;
use serde_json::{Value, json};

use super::support::{Server, rule, run};

const URL: &str = "http://api.test/x";

/// Times are numbers or null; which number is the machine's business.
fn without_times(value: &mut Value) {
    for exchange in value["exchanges"].as_array_mut().unwrap() {
        for time in exchange["timing"].as_object_mut().unwrap().values_mut() {
            assert!(time.is_number() || time.is_null(), "{time}");
            *time = Value::Null;
        }
        if let Some(peer) = exchange["reply"].get_mut("peer") {
            assert!(peer.as_str().unwrap().starts_with("127.0.0.1:"));
            *peer = "127.0.0.1:80".into();
        }
    }
}

fn check(server: &Server, more: &[&str]) -> (i32, Value) {
    let route = server.route();
    let arguments = [
        "check",
        URL,
        "--origin",
        "http://app.localhost",
        "--json",
        "--connect-to",
        &route,
    ];
    let outcome = run(&[&arguments[..], more].concat());
    assert_eq!(
        outcome.stdout.iter().filter(|byte| **byte == b'\n').count(),
        1
    );
    let mut value = outcome.json();
    without_times(&mut value);
    (outcome.code, value)
}

#[test]
fn a_blocked_request_names_header_value_and_what_was_expected() {
    let allow = [
        ("Access-Control-Allow-Origin", "*"),
        ("Access-Control-Allow-Headers", "content-type, X-Other"),
    ];
    let server = Server::playing(json!([rule("OPTIONS", URL, 204, &allow, "")]));
    let (code, value) = check(&server, &["-H", "X-Test: 1"]);
    assert_eq!(code, 1);
    assert_eq!(value["response"], Value::Null);
    let step = value["block"]["step"].as_u64().unwrap() as usize;
    assert_eq!(value["trace"][step]["outcome"], "fail");
    assert_snapshot!(format!("{:#}", value["block"]), @r#"
    {
      "reason": "allow-headers-missing-header",
      "phase": "preflight",
      "exchange": 0,
      "header": "access-control-allow-headers",
      "value": "content-type, X-Other",
      "span": [
        0,
        21
      ],
      "expected": "x-test",
      "item": "x-test",
      "step": 8
    }
    "#);
    assert_snapshot!(format!("{:#}", value["trace"][step]), @r#"
    {
      "rule": "allow-headers",
      "title": "x-test is not in access-control-allow-headers",
      "exchange": 0,
      "outcome": "fail",
      "detail": "The page sends x-test; the server allows only content-type, X-Other. The browser stops before the request is sent.",
      "evidence": [
        {
          "side": "response",
          "header": "access-control-allow-headers",
          "value": "content-type, X-Other",
          "span": [
            0,
            21
          ]
        }
      ],
      "spec": "https://fetch.spec.whatwg.org/#cors-preflight-fetch-0"
    }
    "#);
    assert_snapshot!(format!("{:#}", value["exchanges"][0]), @r#"
    {
      "kind": "preflight",
      "request": {
        "method": "OPTIONS",
        "url": "http://api.test/x",
        "headers": [
          [
            "Accept",
            "*/*"
          ],
          [
            "Access-Control-Request-Method",
            "GET"
          ],
          [
            "Access-Control-Request-Headers",
            "x-test"
          ],
          [
            "Origin",
            "http://app.localhost"
          ],
          [
            "User-Agent",
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36"
          ],
          [
            "Sec-Fetch-Mode",
            "cors"
          ],
          [
            "Referer",
            "http://app.localhost/"
          ],
          [
            "Accept-Encoding",
            "gzip, deflate"
          ],
          [
            "Accept-Language",
            "en-US,en;q=0.9"
          ]
        ],
        "body": null
      },
      "reply": {
        "status": 204,
        "statusText": "Fine",
        "http": "1.1",
        "headers": [
          [
            "Access-Control-Allow-Origin",
            "*"
          ],
          [
            "Access-Control-Allow-Headers",
            "content-type, X-Other"
          ]
        ],
        "body": "",
        "bodyTruncated": false,
        "peer": "127.0.0.1:80"
      },
      "failure": null,
      "timing": {
        "nameLookup": null,
        "connect": null,
        "tls": null,
        "firstByte": null,
        "total": null
      }
    }
    "#);
}

#[test]
fn an_allowed_request_shows_what_script_can_read() {
    let allow = [
        ("Access-Control-Allow-Origin", "*"),
        ("X-Hidden", "1"),
        ("Content-Type", "text/plain"),
    ];
    let server = Server::playing(json!([rule("GET", URL, 200, &allow, "é")]));
    let (code, value) = check(&server, &[]);
    assert_eq!(code, 0);
    assert_eq!(value["block"], Value::Null);
    assert_snapshot!(format!("{:#}", value["response"]), @r#"
    {
      "type": "cors",
      "status": 200,
      "statusText": "Fine",
      "url": "http://api.test/x",
      "redirected": false,
      "headers": [
        [
          "content-length",
          "2"
        ],
        [
          "content-type",
          "text/plain"
        ]
      ],
      "body": "é",
      "bodyTruncated": false
    }
    "#);
}

#[test]
fn a_body_that_is_no_text_is_base64() {
    let server = Server::playing(json!([{
        "host": "api.test", "path": "/x", "method": "*",
        "replies": [{"status": 200, "headers": [["Access-Control-Allow-Origin", "*"]], "bodyBase64": "/wA="}],
    }]));
    let (_, value) = check(&server, &[]);
    assert_eq!(value["response"]["body"], json!({"base64": "/wA="}));
}

#[test]
fn the_fields_stand_in_the_order_of_the_format() {
    let server = Server::playing(json!([]));
    let (_, value) = check(&server, &[]);
    let fields: Vec<_> = value.as_object().unwrap().keys().cloned().collect();
    assert_eq!(
        fields,
        [
            "engine",
            "verdict",
            "response",
            "block",
            "failure",
            "engines",
            "causes",
            "console",
            "problems",
            "fixes",
            "trace",
            "exchanges"
        ]
    );
}
