//! The pure part of a check: a preflighted fetch decided, decided again for the other engines, and
//! turned into JSON. No socket is opened.
//!
//! `cargo bench --bench case`; whole processes beside curl are measured by `benches/beside-curl`.

use corscope::case::Case;
use corscope::engine::{AddressSpace, Browser, Engine, Finished, Location, Step, Timestamp, start};
use corscope::report::CaseJson;
use corscope::session::{Line, Session};
use corscope::wire::{Body, Reply};

const LINE: &str = r#"{"page":"https://app.example","url":"https://api.example/prices",
    "method":"PUT","headers":[["X-Test","1"]]}"#;
const STARTED: Timestamp = Timestamp(1_700_000_000_000);

fn main() {
    divan::main();
}

/// What a server that allows the request answers to both requests.
fn reply() -> Reply {
    Reply {
        status: 200,
        headers: [
            ("content-type", "application/json"),
            ("access-control-allow-origin", "https://app.example"),
            ("access-control-allow-methods", "GET, PUT"),
            ("access-control-allow-headers", "x-test"),
        ]
        .into_iter()
        .collect(),
        body: Body::plain(r#"{"prices":[1,2,3]}"#),
        ..Reply::default()
    }
}

fn run(line: &Line) -> (Session, Finished) {
    run_with(line, &reply())
}

fn run_with(line: &Line, reply: &Reply) -> (Session, Finished) {
    let mut browser = Browser::fresh(Engine::Chromium);
    let mut session = Session {
        page: line.page.clone(),
        request: line.request.clone(),
        browser: browser.clone(),
        started: STARTED,
        locations: Vec::new(),
        exchanges: Vec::new(),
    };
    let mut step = start(&line.request, &line.page, &mut browser, STARTED);
    loop {
        step = match step {
            Step::Locate(locating) => {
                let location = Location {
                    space: AddressSpace::Public,
                    reach: corscope::engine::Reach::Tls,
                    address: None,
                };
                let subject = locating.subject().clone();
                session.locations.push((subject, location));
                locating.located(location, &mut browser, STARTED)
            }
            Step::Send(pending) => pending.answer(&Ok(reply.clone()), &mut browser, STARTED),
            Step::Done(finished) => {
                session.exchanges.clone_from(&finished.exchanges);
                return (session, *finished);
            }
        };
    }
}

fn line() -> Line {
    Line::parse(LINE).expect("the line is of the format")
}

#[divan::bench]
fn parse_a_line(bencher: divan::Bencher) {
    bencher.bench(line);
}

#[divan::bench]
fn decide(bencher: divan::Bencher) {
    let line = line();
    bencher.bench_local(|| run(&line));
}

/// What a server that has heard of CORS, but not of this page, answers to both requests.
fn refusal() -> Reply {
    Reply {
        status: 200,
        headers: [
            ("content-type", "application/json"),
            ("access-control-allow-origin", "*"),
            ("access-control-allow-headers", "content-type"),
        ]
        .into_iter()
        .collect(),
        ..reply()
    }
}

/// Three problems in one preflight, and the answer behind it unknown.
#[divan::bench]
fn build_a_blocked_case(bencher: divan::Bencher) {
    let mut line = line();
    line.request.credentials = corscope::engine::Credentials::Include;
    let (session, finished) = run_with(&line, &refusal());
    assert!(finished.verdict.block().is_some());
    bencher
        .with_inputs(|| (session.clone(), finished.clone()))
        .bench_local_values(|(session, finished)| Case::new(session, finished));
}

#[divan::bench]
fn decide_for_the_other_engines(bencher: divan::Bencher) {
    let (session, finished) = run(&line());
    bencher
        .with_inputs(|| (session.clone(), finished.clone()))
        .bench_local_values(|(session, finished)| Case::new(session, finished));
}

#[divan::bench]
fn write_json(bencher: divan::Bencher) {
    let (session, finished) = run(&line());
    let case = Case::new(session, finished);
    bencher.bench_local(|| serde_json::to_vec(&CaseJson::new(&case, None)));
}
