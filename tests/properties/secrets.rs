//! Whatever is asked and answered: without its secrets it is decided the same, and they are gone.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use corscope::case::Case;
use corscope::engine::Browser;
use corscope::report::{CaseJson, Verbosity, write_json, write_text};
use corscope::wire::Body;
use proptest::prelude::*;
use proptest::sample::select;

use super::fetches::{Fetch, config, fetch};

const SECRET: &str = "s3cr3tOfMine42";

const URLS: &[&str] = &[
    "https://api.test/x?token=s3cr3tOfMine42",
    "https://user:s3cr3tOfMine42@api.test/",
    "https://s3cr3tOfMine42@api.test/",
    "/login?next=https%3A%2F%2Fa.test%2F%3Fapi_key%3Ds3cr3tOfMine42#access_token=s3cr3tOfMine42",
    "http://127.0.0.1/?X-Amz-Signature=s3cr3tOfMine42",
];

const REQUEST_HEADERS: &[(&str, &str)] = &[
    ("Authorization", "Bearer s3cr3tOfMine42"),
    ("Authorization", "s3cr3tOfMine42"),
    ("authorization", "Basic dXNlcjpzM2NyM3RPZk1pbmU0Mg=="),
    ("X-Api-Key", "s3cr3tOfMine42"),
    ("X-CSRF-Token", "s3cr3tOfMine42\n1"),
];

const RESPONSE_HEADERS: &[(&str, &str)] = &[
    ("Set-Cookie", "sid=s3cr3tOfMine42; SameSite=None; Secure"),
    ("Set-Cookie", "s3cr3tOfMine42"),
    ("Location", "/next?code=s3cr3tOfMine42"),
    ("Location", "https://u:s3cr3tOfMine42@other.test/"),
    ("X-Auth-Token", "s3cr3tOfMine42"),
    ("X-Debug", "you are s3cr3tOfMine42, aren't you?"),
];

const BODIES: &[&str] = &[
    r#"{"user":{"password":"s3cr3tOfMine42"}}"#,
    r#"{"tokens":1,"token":["s3cr3tOfMine42"#,
    "a=1&password=s3cr3tOfMine42",
    "who is s3cr3tOfMine42?",
];

/// A fetch with a secret in many places; the first of them lets it be recognised elsewhere.
fn secret_fetch() -> impl Strategy<Value = Fetch> {
    (
        fetch(),
        prop::option::of(select(URLS)),
        select(REQUEST_HEADERS),
        select(RESPONSE_HEADERS),
        select(BODIES),
    )
        .prop_map(|(mut fetch, url, asked, answered, body)| {
            if let Some(url) = url {
                fetch.request.url = url.to_owned();
            }
            let key = ("X-Api-Key".to_owned(), SECRET.to_owned());
            let asked = (asked.0.to_owned(), asked.1.to_owned());
            fetch.request.headers.splice(0..0, [key, asked]);
            for reply in fetch.answers.iter_mut().flatten() {
                reply.headers.append(answered.0, answered.1);
                reply.body = Body::plain(body);
            }
            fetch
        })
}

fn told(case: &Case) -> String {
    let mut told = Vec::new();
    write_text(&mut told, case, Verbosity::Verbose, None).unwrap();
    write_json(&mut told, &CaseJson::new(case, None)).unwrap();
    String::from_utf8(told).unwrap()
}

proptest! {
    #![proptest_config(config(300))]

    #[test]
    fn a_redacted_fetch_is_decided_the_same(fetch in fetch()) {
        prop_assert!(fetch.case().redacted().is_some());
    }

    #[test]
    fn what_a_browser_remembers_is_redacted_with_the_same_end(
        first in secret_fetch(),
        mut second in secret_fetch(),
    ) {
        second.engine = first.engine;
        second.request.url.clone_from(&first.request.url);
        second.request.integrity.clear();
        let mut browser = Browser::fresh(first.engine);
        first.run(&mut browser);
        let before = browser.clone();
        let (finished, locations) = second.run(&mut browser);
        let session = second.session(&before, &finished, &locations);
        let redacted = Case::new(session, finished).redacted();
        prop_assert!(redacted.is_some());
        let browser = format!("{:?}", redacted.unwrap().session.browser);
        prop_assert!(!browser.contains(SECRET), "{browser}");
    }

    #[test]
    fn secrets_are_gone_and_the_verdict_stays(mut fetch in secret_fetch()) {
        // What a hash was made of stays as it is.
        fetch.request.integrity.clear();
        let case = fetch.investigated();
        let redacted = case.redacted();
        prop_assert!(redacted.is_some());
        let redacted = redacted.unwrap();
        let told = told(&redacted);
        prop_assert!(!told.contains(SECRET), "{told}");
        for pair in [format!(":{SECRET}"), format!("user:{SECRET}"), format!("{SECRET}:")] {
            prop_assert!(!told.contains(&BASE64_STANDARD.encode(pair)), "{told}");
        }
        let again = redacted.redacted();
        prop_assert_eq!(again.map(|again| again.session), Some(redacted.session));
    }
}
