//! Whatever is typed or piped in is understood or refused, never a panic.

use corscope::engine::{Credentials, Mode, RedirectMode};
use corscope::session::{HeaderRow, Line, PageForm, RequestForm, Way};
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Map, Value, json};

const FIELDS: &[&str] = &[
    "id",
    "session",
    "parallel",
    "waitMs",
    "engine",
    "cookies",
    "permission",
    "page",
    "api",
    "url",
    "method",
    "mode",
    "credentials",
    "redirect",
    "cache",
    "referrerPolicy",
    "keepalive",
    "integrity",
    "duplex",
    "headers",
    "body",
    "xhr",
    "targetAddressSpace",
    "unknown",
];

fn value() -> impl Strategy<Value = Value> {
    let known = vec![
        json!(null),
        json!(true),
        json!(-1),
        json!(1e300),
        json!("cors"),
        json!("https://app.test"),
        json!({"origin": "https://app.test", "sandbox": true}),
        json!({"origin": "https://app.test", "addressSpace": "moon"}),
        json!({"base64": "%"}),
        json!({"kind": "urlencoded", "value": [["a", "b"]]}),
        json!({"kind": "blob", "value": 1}),
        json!([["X-Test", "1"]]),
        json!([["X-Test"]]),
        json!([{"origin": "x", "set": ""}]),
        json!({"withCredentials": true}),
        json!([]),
        json!({}),
    ];
    prop_oneof![4 => select(known), 1 => any::<String>().prop_map(Value::from)]
}

fn form() -> impl Strategy<Value = RequestForm> {
    let row =
        (any::<String>(), any::<String>(), any::<bool>()).prop_map(|(name, value, enabled)| {
            HeaderRow {
                name,
                value,
                enabled,
            }
        });
    let text = || prop_oneof![1 => Just("https://a.test/x".to_owned()), 1 => any::<String>()];
    (
        (text(), any::<bool>()),
        prop_oneof![Just("GET".to_owned()), any::<String>()],
        text(),
        vec(row, 0..3),
        prop::option::of(any::<String>()),
        (
            select(Mode::ALL),
            select(Credentials::ALL),
            select(RedirectMode::ALL),
        ),
    )
        .prop_map(
            |((origin, sandboxed), method, url, headers, body, modes)| RequestForm {
                page: PageForm { origin, sandboxed },
                way: Way::default(),
                method,
                url,
                headers,
                body,
                mode: modes.0,
                credentials: modes.1,
                redirect: modes.2,
            },
        )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_a_line_or_a_mistake(text in any::<String>()) {
        let _ = Line::parse(&text);
    }

    #[test]
    fn any_object_is_a_line_or_a_mistake(fields in btree_map(select(FIELDS), value(), 0..8)) {
        let object: Map<String, Value> = fields
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect();
        let text = Value::Object(object.clone()).to_string();
        let parsed = Line::parse(&text);
        prop_assert_eq!(parsed.is_ok(), Line::from_value(object.into()).is_ok());
        if text.contains("\"unknown\":") {
            prop_assert!(parsed.is_err());
        }
    }

    #[test]
    fn any_form_is_a_request_or_mistakes_without_control_characters(form in form()) {
        match form.parse() {
            Ok((_, request)) => prop_assert_eq!(request.method, form.method),
            Err(mistakes) => {
                prop_assert!(!mistakes.is_empty());
                for mistake in mistakes {
                    prop_assert!(!mistake.message.contains(char::is_control), "{}", mistake.message);
                }
            }
        }
    }
}
