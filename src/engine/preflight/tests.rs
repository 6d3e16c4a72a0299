//! What a remembered preflight serves: several fetches in one browser.

use url::Url;

use crate::engine::{
    AddressSpace, Api, Browser, CacheMode, Credentials, Engine, FetchRequest, Location, Page,
    RequestBody, Step, Timestamp, start,
};
use crate::wire::{HeaderList, Reply};

const URL: &str = "https://api.test/x";

/// Fetches one after the other, all answered alike: how many preflights each sends.
fn preflights(engine: Engine, requests: &[FetchRequest], headers: &[(&str, &str)]) -> Vec<usize> {
    let page = Page {
        address_space: Some(AddressSpace::Public),
        ..Page::at(Url::parse("https://app.test/").unwrap())
    };
    let mut browser = Browser::fresh(engine);
    let mut ask = |request: &FetchRequest| {
        let mut sent = 0;
        let mut step = start(request, &page, &mut browser, Timestamp(0));
        loop {
            match step {
                Step::Done(_) => return sent,
                Step::Locate(locating) => {
                    step = locating.located(Location::PUBLIC, &mut browser, Timestamp(0));
                }
                Step::Send(pending) => {
                    sent += usize::from(pending.request().method == "OPTIONS");
                    let reply = Reply {
                        status: 200,
                        headers: headers.iter().copied().collect::<HeaderList>(),
                        ..Reply::default()
                    };
                    step = pending.answer(&Ok(reply), &mut browser, Timestamp(0));
                }
            }
        }
    };
    requests.iter().map(&mut ask).collect()
}

fn asked(method: &str, headers: &[(&str, &str)]) -> FetchRequest {
    FetchRequest {
        method: method.into(),
        headers: headers
            .iter()
            .map(|(name, value)| ((*name).into(), (*value).into()))
            .collect(),
        ..FetchRequest::new(URL)
    }
}

const LISTED: &[(&str, &str)] = &[
    ("Access-Control-Allow-Origin", "*"),
    ("Access-Control-Allow-Methods", "PUT"),
    ("Access-Control-Allow-Headers", "x-a"),
    ("Access-Control-Max-Age", "60"),
];

#[test]
fn safelisted_methods_are_served_without_being_named_head_by_all_but_firefox() {
    for (method, firefox) in [("GET", 0), ("POST", 0), ("HEAD", 1)] {
        for engine in Engine::ALL {
            let twice = [
                asked(method, &[("X-A", "1")]),
                asked(method, &[("X-A", "1")]),
            ];
            let second = if *engine == Engine::Firefox {
                firefox
            } else {
                0
            };
            let sent = preflights(*engine, &twice, LISTED);
            assert_eq!(sent, [1, second], "{engine:?} {method}");
        }
    }
}

#[test]
fn an_upload_listener_asks_again_by_the_standard_only() {
    for engine in Engine::ALL {
        let listened = FetchRequest {
            api: Api::Xhr,
            upload_listener: true,
            body: Some(RequestBody::Text("x".into())),
            ..asked("POST", &[])
        };
        let sent = preflights(*engine, &[listened.clone(), listened], LISTED);
        let again = usize::from(*engine == Engine::Standard);
        assert_eq!(sent, [1, again], "{engine:?}");
    }
}

#[test]
fn what_was_asked_without_credentials_serves_no_request_with_them() {
    let listening = |with_credentials| FetchRequest {
        api: Api::Xhr,
        upload_listener: true,
        credentials: match with_credentials {
            true => Credentials::Include,
            false => Credentials::SameOrigin,
        },
        ..asked("GET", &[])
    };
    for (second, expected) in [(true, [1, 1]), (false, [1, 0])] {
        let requests = [asked("PUT", &[]), listening(second)];
        for engine in [Engine::Firefox, Engine::WebKit] {
            assert_eq!(
                preflights(engine, &requests, LISTED),
                expected,
                "{engine:?}"
            );
        }
    }
}

#[test]
fn chromium_remembers_no_preflight_of_cache_mode_no_store() {
    for engine in Engine::ALL {
        for (cache, forgets) in [(CacheMode::NoStore, true), (CacheMode::Reload, false)] {
            let first = FetchRequest {
                cache,
                ..asked("PUT", &[])
            };
            let sent = preflights(*engine, &[first, asked("PUT", &[])], LISTED);
            let again = usize::from(forgets && *engine == Engine::Chromium);
            assert_eq!(sent, [1, again], "{engine:?} {cache:?}");
        }
    }
}

#[test]
fn firefox_forgets_a_star() {
    let with = |methods: &'static str, names: &'static str| {
        let headers = [
            ("Access-Control-Allow-Origin", "*"),
            ("Access-Control-Allow-Methods", methods),
            ("Access-Control-Allow-Headers", names),
            ("Access-Control-Max-Age", "60"),
        ];
        move |engine| {
            let put = || asked("PUT", &[("X-A", "1")]);
            preflights(engine, &[put(), put()], &headers)
        }
    };
    for stars in [with("*", "x-a"), with("PUT", "*")] {
        assert_eq!(stars(Engine::Firefox), [1, 1]);
        assert_eq!(stars(Engine::Chromium), [1, 0]);
        assert_eq!(stars(Engine::WebKit), [1, 0]);
    }
    assert_eq!(with("*, PUT", "*, x-a")(Engine::Firefox), [1, 0]);
}

#[test]
fn only_webkit_remembers_a_preflight_of_a_url_with_a_login_for_the_url_without() {
    let with_login = FetchRequest {
        api: Api::Xhr,
        url: "https://u@api.test/x".to_owned(),
        ..asked("PUT", &[])
    };
    for (engine, second) in [
        (Engine::Chromium, 1),
        (Engine::Firefox, 1),
        (Engine::WebKit, 0),
        (Engine::Standard, 1),
    ] {
        let sent = preflights(engine, &[with_login.clone(), asked("PUT", &[])], LISTED);
        assert_eq!(sent, [1, second], "{engine:?}");
    }
}
