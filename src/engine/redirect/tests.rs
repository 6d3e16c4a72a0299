//! What engines send after redirects: which of them the recordings do not show.

use url::Url;

use crate::engine::{
    AddressSpace, Api, Browser, CacheMode, Credentials, Engine, FetchRequest, Finished, Location,
    Mode, Page, ReferrerPolicy, Step, Timestamp, Verdict, start,
};
use crate::wire::{HeaderList, HttpRequest, Reply};

const HOME: &str = "https://app.test";
const ENGINES: [Engine; 4] = [
    Engine::Chromium,
    Engine::Firefox,
    Engine::WebKit,
    Engine::Standard,
];

/// A chain of redirects, and what was sent on its way.
struct Walk {
    finished: Finished,
    sent: Vec<HttpRequest>,
}

impl Walk {
    /// Method and path of each request, `P` before those of a preflight.
    fn way(&self) -> Vec<String> {
        let told = |request: &HttpRequest| {
            let asked = request.headers.get_text("access-control-request-method");
            let asked = asked.map(|method| format!("P:{method}"));
            let method = asked.unwrap_or_else(|| request.method.clone());
            format!("{method} {}", request.url)
        };
        self.sent.iter().map(told).collect()
    }

    /// A header of the last request of this method.
    fn said(&self, method: &str, name: &str) -> Option<String> {
        let mut sent = self.sent.iter().rev();
        sent.find(|request| request.method == method)?
            .headers
            .get_text(name)
    }

    fn reason(&self) -> Option<&'static str> {
        self.finished.verdict.block().map(|block| block.reason.id())
    }
}

/// Asks from `HOME`; each hop redirects to the next with its status, and every server allows what `allow`
/// says.
fn walk(
    browser: &mut Browser,
    request: FetchRequest,
    hops: &[(u16, &str)],
    allow: &[(&str, &str)],
) -> Walk {
    let page = Page {
        address_space: Some(AddressSpace::Public),
        ..Page::at(Url::parse(HOME).unwrap())
    };
    let mut sent: Vec<HttpRequest> = Vec::new();
    let mut followed = 0;
    let mut step = start(&request, &page, browser, Timestamp(0));
    loop {
        match step {
            Step::Done(finished) => {
                return Walk {
                    finished: *finished,
                    sent,
                };
            }
            Step::Locate(locating) => {
                step = locating.located(Location::PUBLIC, browser, Timestamp(0));
            }
            Step::Send(pending) => {
                let mut headers: HeaderList = allow.iter().copied().collect();
                let preflight = pending
                    .request()
                    .headers
                    .contains("access-control-request-method");
                let mut status = 200;
                if let (false, Some((redirect, to))) = (preflight, hops.get(followed)) {
                    headers.append("Location", *to);
                    status = *redirect;
                    followed += 1;
                }
                sent.push(pending.request().clone());
                let reply = Reply {
                    status,
                    headers,
                    ..Reply::default()
                };
                step = pending.answer(&Ok(reply), browser, Timestamp(0));
            }
        }
    }
}

fn fresh(
    engine: Engine,
    request: FetchRequest,
    hops: &[(u16, &str)],
    allow: &[(&str, &str)],
) -> Walk {
    walk(&mut Browser::fresh(engine), request, hops, allow)
}

const ANYONE: &[(&str, &str)] = &[
    ("Access-Control-Allow-Origin", "*"),
    ("Access-Control-Allow-Methods", "*"),
    ("Access-Control-Allow-Headers", "*, authorization"),
];

fn asked(method: &str, url: &str, headers: &[(&str, &str)]) -> FetchRequest {
    FetchRequest {
        method: method.into(),
        headers: headers
            .iter()
            .map(|(name, value)| ((*name).into(), (*value).into()))
            .collect(),
        ..FetchRequest::new(url)
    }
}

/// A method that was safe at home leaves no trace once it is GET: no engine asks for it then.
#[test]
fn a_method_that_a_redirect_changed_at_home_needs_no_preflight_elsewhere() {
    for engine in ENGINES {
        let walk = fresh(
            engine,
            asked("PUT", "https://app.test/a", &[]),
            &[(303, "https://api.test/b")],
            ANYONE,
        );
        assert_eq!(
            walk.way(),
            ["PUT https://app.test/a", "GET https://api.test/b"],
            "{engine:?}"
        );
    }
}

/// Once another origin was asked with a preflight, Firefox and WebKit ask again.
#[test]
fn a_method_that_a_redirect_changed_elsewhere_is_remembered_by_two() {
    for engine in ENGINES {
        let walk = fresh(
            engine,
            asked("PUT", "https://api.test/a", &[]),
            &[(303, "https://api.test/b")],
            ANYONE,
        );
        let again = walk.way().contains(&"P:GET https://api.test/b".to_owned());
        assert_eq!(
            again,
            matches!(engine, Engine::Firefox | Engine::WebKit),
            "{engine:?}"
        );
    }
}

#[test]
fn the_first_preflight_is_not_told_to_be_one_after_a_redirect() {
    for engine in ENGINES {
        let walk = fresh(engine, asked("PUT", "https://api.test/a", &[]), &[], ANYONE);
        let told = walk.finished.trace.steps.iter().any(|step| {
            step.params
                .iter()
                .any(|(name, value)| *name == "case" && value == "again")
        });
        assert!(!told, "{engine:?}");
    }
}

/// WebKit's second check of a redirect response comes when the next request is ready: after its
/// preflight.
#[test]
fn credentials_of_the_own_origin_stick_until_the_next_preflight_is_over() {
    let exact = [
        ("Access-Control-Allow-Origin", HOME),
        ("Access-Control-Allow-Headers", "x-a"),
    ];
    let hops = [(302, "https://api.test/b"), (302, "https://api.test/c")];
    for engine in ENGINES {
        let request = asked("GET", "https://app.test/a", &[("X-A", "1")]);
        let walk = fresh(engine, request, &hops, &exact);
        let mut way = vec![
            "GET https://app.test/a",
            "P:GET https://api.test/b",
            "GET https://api.test/b",
            "P:GET https://api.test/c",
            "GET https://api.test/c",
        ];
        let blocked = engine == Engine::WebKit;
        if blocked {
            way.pop();
        }
        assert_eq!(walk.way(), way, "{engine:?}");
        let reason = blocked.then_some("allow-credentials-not-true");
        assert_eq!(walk.reason(), reason, "{engine:?}");
    }
}

/// Firefox starts each redirect from the headers that script gave.
#[test]
fn authorization_comes_back_in_firefox_where_a_redirect_stays_on_its_origin() {
    let hops = [(307, "https://api.test/b"), (307, "https://api.test/c")];
    for engine in ENGINES {
        let request = FetchRequest {
            credentials: Credentials::Omit,
            ..asked("GET", "https://app.test/a", &[("Authorization", "x")])
        };
        let walk = fresh(engine, request, &hops, ANYONE);
        assert!(matches!(walk.finished.verdict, Verdict::Allowed));
        let firefox = engine == Engine::Firefox;
        let sent = walk.said("GET", "authorization");
        assert_eq!(sent.is_some(), firefox, "{engine:?}");
        let names = walk.said("OPTIONS", "access-control-request-headers");
        let named = matches!(engine, Engine::Firefox | Engine::WebKit);
        assert_eq!(names.is_some(), named, "{engine:?}");
    }
}

/// Where the first method would become GET again, Firefox and WebKit leave the body's headers out, and ask for
/// them all the same.
#[test]
fn the_headers_of_a_dropped_body_come_back_with_the_next_redirect() {
    let in_webkit = [Engine::WebKit];
    for (status, sent_by) in [
        (307, &[Engine::Firefox, Engine::WebKit][..]),
        (302, &in_webkit),
    ] {
        let hops = [(302, "https://api.test/b"), (status, "https://api.test/c")];
        for engine in ENGINES {
            let json = [("Content-Type", "application/json")];
            let request = asked("POST", "https://api.test/a", &json);
            let walk = fresh(engine, request, &hops, ANYONE);
            let sent = walk.said("GET", "content-type").is_some();
            assert_eq!(sent, sent_by.contains(&engine), "{engine:?} {status}");
            let preflight = walk.sent.iter().rev().find(|one| one.method == "OPTIONS");
            let last = preflight.filter(|one| one.url.path() == "/c");
            let names = last.and_then(|one| one.headers.get_text("access-control-request-headers"));
            let named = matches!(engine, Engine::Firefox | Engine::WebKit);
            assert_eq!(names.is_some(), named, "{engine:?} {status}");
        }
    }
}

#[test]
fn origin_stays_in_webkit_only_while_redirects_stay() {
    for (hops, kept) in [
        (vec![(302, "https://app.test/b")], true),
        (vec![(302, "https://api.test/b")], false),
        (
            vec![(302, "https://api.test/b"), (302, "https://api.test/c")],
            false,
        ),
        (
            vec![(307, "https://api.test/b"), (302, "https://api.test/c")],
            true,
        ),
    ] {
        for engine in ENGINES {
            let request = FetchRequest {
                mode: Mode::NoCors,
                ..asked("POST", "https://app.test/a", &[])
            };
            let walk = fresh(engine, request, &hops, ANYONE);
            let origin = walk.said("GET", "origin").is_some();
            assert_eq!(
                origin,
                kept && engine == Engine::WebKit,
                "{engine:?} {hops:?}"
            );
        }
    }
}

#[test]
fn chromium_names_no_page_to_another_origin_without_cors() {
    for (mode, next, hidden) in [
        (Mode::NoCors, "https://app.test/b", false),
        (Mode::NoCors, "https://api.test/b", true),
        (Mode::Cors, "https://api.test/b", false),
    ] {
        for engine in ENGINES {
            let request = FetchRequest {
                mode,
                ..asked("POST", "https://app.test/a", &[])
            };
            let walk = fresh(engine, request, &[(307, next)], ANYONE);
            let expected = match hidden && engine == Engine::Chromium {
                true => "null",
                false => HOME,
            };
            let said = walk.said("POST", "origin");
            assert_eq!(said.as_deref(), Some(expected), "{engine:?} {next}");
        }
    }
}

#[test]
fn the_referrer_policy_hides_the_page_in_webkit_where_it_began() {
    for (policy, hops, webkit, standard) in [
        (
            ReferrerPolicy::NoReferrer,
            [HOME, "https://api.test"],
            HOME,
            "null",
        ),
        (
            ReferrerPolicy::SameOrigin,
            [HOME, "https://api.test"],
            HOME,
            "null",
        ),
        (ReferrerPolicy::NoReferrer, [HOME, HOME], "null", "null"),
        (
            ReferrerPolicy::SameOrigin,
            ["https://api.test", "https://api.test"],
            "null",
            "null",
        ),
    ] {
        for (engine, expected) in [(Engine::WebKit, webkit), (Engine::Standard, standard)] {
            let request = FetchRequest {
                mode: Mode::NoCors,
                referrer_policy: Some(policy),
                ..asked("POST", &format!("{}/a", hops[0]), &[])
            };
            let walk = fresh(engine, request, &[(307, &format!("{}/b", hops[1]))], ANYONE);
            let said = walk.said("POST", "origin");
            assert_eq!(said.as_deref(), Some(expected), "{engine:?} {hops:?}");
        }
    }
}

#[test]
fn the_lines_of_the_cache_mode_are_lost_in_webkit_with_cors_only() {
    for (mode, lost_by) in [(Mode::Cors, Some(Engine::WebKit)), (Mode::NoCors, None)] {
        for engine in ENGINES {
            let request = FetchRequest {
                mode,
                cache: CacheMode::NoStore,
                ..asked("GET", "https://app.test/a", &[])
            };
            let walk = fresh(engine, request, &[(302, "https://api.test/b")], ANYONE);
            let lost = walk.said("GET", "cache-control").is_none();
            assert_eq!(lost, lost_by == Some(engine), "{engine:?} {mode:?}");
        }
    }
}

/// What an event source says by itself stays, what its cache mode adds does not.
#[test]
fn the_cache_line_of_an_event_source_outlives_a_redirect_in_webkit() {
    for engine in ENGINES {
        let request = FetchRequest {
            api: Api::EventSource,
            ..FetchRequest::new("https://app.test/a")
        };
        let walk = fresh(engine, request, &[(307, "https://api.test/b")], ANYONE);
        let said = |name| walk.said("GET", name);
        assert_eq!(
            said("cache-control").as_deref(),
            Some("no-cache"),
            "{engine:?}"
        );
        let pragma = said("pragma").is_some();
        assert_eq!(pragma, engine != Engine::WebKit, "{engine:?}");
    }
}

/// How many preflights of a URL that was asked for through a tainting redirect are sent when the page then
/// asks for it directly, and through the redirect again.
#[test]
fn by_what_a_preflight_after_a_tainting_redirect_is_remembered() {
    let hops = [(307, "https://cdn.test/b")];
    let lasting = [
        ("Access-Control-Allow-Methods", "PUT"),
        ("Access-Control-Max-Age", "60"),
    ];
    let allow = [&ANYONE[..1], &lasting].concat();
    for (engine, through, directly) in [
        (Engine::Chromium, 1, 1),
        (Engine::Firefox, 0, 0),
        (Engine::WebKit, 1, 1),
        (Engine::Standard, 0, 1),
    ] {
        let mut browser = Browser::fresh(engine);
        let put = || asked("PUT", "https://api.test/a", &[]);
        let preflights = |walk: &Walk| {
            let to_b = |one: &&String| one.as_str() == "P:PUT https://cdn.test/b";
            walk.way().iter().filter(to_b).count()
        };
        assert_eq!(preflights(&walk(&mut browser, put(), &hops, &allow)), 1);
        let direct = asked("PUT", "https://cdn.test/b", &[]);
        let again = walk(&mut browser.clone(), direct, &[], &allow);
        assert_eq!(preflights(&again), directly, "{engine:?} directly");
        let again = walk(&mut browser, put(), &hops, &allow);
        assert_eq!(preflights(&again), through, "{engine:?} through");
    }
}

#[test]
fn more_than_two_slashes_name_a_host() {
    let base = Url::parse("http://app.test/a").unwrap();
    for (text, expected) in [
        ("///b/c", "http://b/c"),
        ("/\t//b/c", "http://b/c"),
        ("\\\\\\b", "http://b/"),
        ("//b", "http://b/"),
        ("/b//c", "http://app.test/b//c"),
    ] {
        let url = base.join(&super::with_two_slashes(text)).unwrap();
        assert_eq!(url.as_str(), expected, "{text:?}");
    }
}

#[test]
fn a_redirect_status_that_leads_nowhere_by_redirect_mode() {
    use crate::engine::RedirectMode::{self, Error, Follow, Manual};
    let told = |engine: Engine, redirect: RedirectMode, headers: &[(&str, &str)]| {
        let page = Page {
            address_space: Some(AddressSpace::Public),
            ..Page::at(Url::parse(HOME).unwrap())
        };
        let request = FetchRequest {
            redirect,
            ..FetchRequest::new("https://app.test/x")
        };
        let mut browser = Browser::fresh(engine);
        let mut step = start(&request, &page, &mut browser, Timestamp(0));
        while let Step::Locate(locating) = step {
            step = locating.located(Location::PUBLIC, &mut browser, Timestamp(0));
        }
        let Step::Send(pending) = step else {
            panic!("{engine:?} sends nothing");
        };
        let reply = Reply {
            status: 302,
            headers: headers.iter().copied().collect(),
            body: crate::wire::Body::plain(b"x".to_vec()),
            ..Reply::default()
        };
        match pending.answer(&Ok(reply), &mut browser, Timestamp(0)) {
            Step::Done(finished) => finished
                .response
                .map(|response| (response.status, response.body.len())),
            // It goes on to where the redirect leads.
            _ => None,
        }
    };
    for (redirect, headers, expected) in [
        (Error, &[][..], [Some((302, 1)), None, Some((302, 1)), None]),
        (
            Error,
            &[("Location", "")],
            [Some((302, 1)), None, Some((302, 1)), None],
        ),
        (Error, &[("Location", "/y")], [None, None, None, None]),
        (
            Manual,
            &[],
            [Some((0, 0)), Some((0, 0)), Some((0, 1)), Some((0, 0))],
        ),
        (Manual, &[("Location", "/y")], [Some((0, 0)); 4]),
        (Follow, &[], [Some((302, 1)); 4]),
    ] {
        let told = ENGINES.map(|engine| told(engine, redirect, headers));
        assert_eq!(told, expected, "{redirect:?} {headers:?}");
    }
}

#[test]
fn controls_in_a_location_are_escaped_by_firefox() {
    for (location, escaped, dropped) in [
        ("/a\tb", "/a%09b", "/ab"),
        ("\u{1}/b", "/%01/b", "/b"),
        ("/b\u{c}", "/b%0C", "/b"),
        ("/a\u{1}b", "/a%01b", "/a%01b"),
    ] {
        for engine in ENGINES {
            let request = asked("GET", "https://app.test/", &[]);
            let walk = fresh(engine, request, &[(302, location)], ANYONE);
            let expected = match engine {
                Engine::Firefox => escaped,
                _ => dropped,
            };
            let to = format!("GET https://app.test{expected}");
            assert_eq!(walk.way().last(), Some(&to), "{engine:?} {location:?}");
        }
    }
}
