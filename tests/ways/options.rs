//! Options of `fetch()` with values that there are not.

use corscope::engine::Engine;
use serde_json::json;

use super::page::{ENGINES, Page, told};

const ANY: &[(&str, &str)] = &[("Access-Control-Allow-Origin", "*")];

#[test]
fn an_unknown_value_is_an_exception_before_anything_is_sent() {
    let everywhere = ENGINES.to_vec();
    let only_chromium = vec![Engine::Chromium];
    for (option, value, reason, refuse) in [
        ("mode", "websocket", "request-mode-invalid", &everywhere),
        ("mode", "CORS", "request-mode-invalid", &everywhere),
        ("mode", "", "request-mode-invalid", &everywhere),
        ("mode", "navigate", "request-mode-invalid", &everywhere),
        ("cache", "nostore", "request-option-invalid", &everywhere),
        ("credentials", "true", "request-option-invalid", &everywhere),
        ("redirect", "Follow", "request-option-invalid", &everywhere),
        (
            "referrerPolicy",
            "none",
            "request-option-invalid",
            &everywhere,
        ),
        ("duplex", "full", "request-option-invalid", &only_chromium),
        (
            "targetAddressSpace",
            "lan",
            "request-option-invalid",
            &only_chromium,
        ),
        (
            "targetAddressSpace",
            "",
            "request-option-invalid",
            &only_chromium,
        ),
    ] {
        for engine in ENGINES {
            let line = json!({"page": "http://app.test", "url": "http://api.test/", option: value});
            let finished = Page::of(engine).ask(line, &[(200, ANY)]);
            let refused = refuse.contains(&engine);
            let expected = if refused { reason } else { "allowed" };
            assert_eq!(told(&finished), expected, "{engine:?} {option}: {value:?}");
            assert_eq!(finished.exchanges.is_empty(), refused);
        }
    }
}

#[test]
fn the_first_by_name_is_told_and_before_the_url() {
    let line = json!({"page": "http://app.test", "url": "http://", "redirect": "no", "mode": "no", "cache": "no"});
    for engine in ENGINES {
        let finished = Page::of(engine).ask(line.clone(), &[]);
        assert_eq!(told(&finished), "request-option-invalid");
        let step = &finished.trace.steps[0];
        assert!(step.params.contains(&("option", "cache".into())));
    }
}

#[test]
fn other_ways_have_no_options() {
    for api in ["xhr", "img", "script", "font", "eventsource", "beacon"] {
        for engine in ENGINES {
            let line = json!({"page": "http://app.test", "url": "http://api.test/", "api": api,
                "mode": "no", "cache": "no", "credentials": "no", "redirect": "no"});
            let finished = Page::of(engine).ask(line, &[(200, ANY)]);
            assert_eq!(finished.exchanges.len(), 1, "{engine:?} {api}");
        }
    }
}
