//! Whatever is asked and answered: the engine comes to an end, to the same end each time, and every
//! end can be told.

use corscope::case::Case;
use corscope::diagnose::{explain, words};
use corscope::engine::{
    Browser, Engine, FetchRequest, Finished, LocalNetworkPermission, Location, Page, Step, Subject,
    Timestamp, Verdict, start,
};
use corscope::report::{CaseJson, Verbosity, write_json, write_text};
use corscope::session::{Session, replay};
use corscope::wire::Answer;
use proptest::prelude::*;
use proptest::sample::select;

use super::odd;

/// 21 URLs, each with three questions where it leads, a preflight and a request, each of the last two
/// again after a 421.
const MOST_STEPS: usize = 21 * (3 + 2 * 2);

const NOW: Timestamp = Timestamp(1_800_000_000_000);

#[derive(Clone, Debug)]
struct Fetch {
    engine: Engine,
    permission: LocalNetworkPermission,
    page: Page,
    request: FetchRequest,
    locations: Vec<Location>,
    answers: Vec<Answer>,
}

fn fetch() -> impl Strategy<Value = Fetch> {
    let permission = select(LocalNetworkPermission::ALL);
    let world = (odd::locations(), odd::answers());
    (
        odd::engine(),
        permission,
        odd::page(),
        odd::request(),
        world,
    )
        .prop_map(
            |(engine, permission, page, request, (locations, answers))| Fetch {
                engine,
                permission,
                page,
                request,
                locations,
                answers,
            },
        )
}

impl Fetch {
    fn browser(&self) -> Browser {
        Browser {
            local_network: self.permission,
            ..Browser::fresh(self.engine)
        }
    }

    /// Runs it in a browser, which then remembers.
    fn run(&self, browser: &mut Browser) -> (Session, Finished) {
        let mut session = Session {
            page: self.page.clone(),
            request: self.request.clone(),
            browser: browser.clone(),
            started: NOW,
            locations: Vec::new(),
            exchanges: Vec::new(),
        };
        let mut answers = self.answers.iter().cycle();
        let mut step = start(&self.request, &self.page, browser, NOW);
        for _ in 0..=MOST_STEPS {
            step = match step {
                Step::Done(finished) => {
                    session.exchanges.clone_from(&finished.exchanges);
                    return (session, *finished);
                }
                Step::Send(pending) => pending.answer(answers.next().unwrap(), browser, NOW),
                Step::Locate(locating) => {
                    let location = self.locate(locating.subject(), &mut session.locations);
                    locating.located(location, browser, NOW)
                }
            };
        }
        panic!("no end after {MOST_STEPS} steps");
    }

    /// A host leads to one place for the length of a run.
    fn locate(&self, subject: &Subject, known: &mut Vec<(Subject, Location)>) -> Location {
        if let Some((_, location)) = known.iter().find(|(known, _)| known == subject) {
            return *location;
        }
        let location = self.locations[known.len() % self.locations.len()];
        known.push((subject.clone(), location));
        location
    }

    fn case(&self) -> Case {
        let (session, finished) = self.run(&mut self.browser());
        Case::new(session, finished)
    }
}

/// No file of seeds beside the tests: a failure prints its input.
fn config(cases: u32) -> ProptestConfig {
    ProptestConfig {
        cases,
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

/// Whether a terminal would do more with it than print it, colour it and break lines.
fn moves_the_cursor(text: &str) -> bool {
    let mut rest = text;
    while let Some(at) = rest.find(|c: char| c.is_control() && c != '\n') {
        let colour = rest[at..].strip_prefix("\u{1b}[").and_then(|style| {
            let end = style.find(|c: char| !(c.is_ascii_digit() || c == ';'))?;
            style[end..].strip_prefix('m')
        });
        match colour {
            Some(after) => rest = after,
            None => return true,
        }
    }
    false
}

proptest! {
    #![proptest_config(config(700))]

    #[test]
    fn every_fetch_ends_the_same_each_time_and_as_its_own_replay(fetch in fetch()) {
        let (session, finished) = fetch.run(&mut fetch.browser());
        prop_assert_eq!(&fetch.run(&mut fetch.browser()).1, &finished);
        let again = replay(&session, fetch.engine);
        prop_assert_eq!(again.decided(), Some(&finished));
    }

    #[test]
    fn a_browser_that_remembers_ends_as_its_replay_too(first in fetch(), second in fetch()) {
        let mut browser = first.browser();
        first.run(&mut browser);
        let (session, finished) = second.run(&mut browser);
        let again = replay(&session, first.engine);
        prop_assert_eq!(again.decided(), Some(&finished));
    }

    #[test]
    fn a_verdict_comes_with_what_belongs_to_it(fetch in fetch()) {
        let (_, finished) = fetch.run(&mut fetch.browser());
        let readable = matches!(finished.verdict, Verdict::Allowed | Verdict::Opaque);
        prop_assert_eq!(finished.response.is_some(), readable);
        if let Some(block) = finished.verdict.block() {
            let step = &finished.trace.steps[block.step];
            prop_assert_eq!(step.exchange, block.exchange);
            if let Some((value, (from, to))) = block.value.as_ref().zip(block.span) {
                prop_assert!(from <= to && to <= value.len());
            }
        }
        for evidence in finished.trace.steps.iter().flat_map(|step| &step.evidence) {
            if let Some((from, to)) = evidence.span {
                let length = evidence.value.as_ref().map_or(0, Vec::len);
                prop_assert!(from <= to && to <= length, "{evidence:?}");
            }
        }
        for step in &finished.trace.steps {
            prop_assert!(step.exchange.is_none_or(|at| at <= finished.exchanges.len()));
        }
    }
}

proptest! {
    #![proptest_config(config(150))]

    #[test]
    fn every_end_can_be_told(fetch in fetch()) {
        let case = fetch.case();
        for step in &case.finished.trace.steps {
            let words = words(step);
            prop_assert!(!words.title.is_empty());
            prop_assert!(!moves_the_cursor(&words.title) && !moves_the_cursor(&words.why));
        }
        let bad = matches!(case.finished.verdict, Verdict::Blocked(_) | Verdict::Failed(_));
        let explanation = explain(&case.session, &case.finished);
        prop_assert_eq!(explanation.is_some(), bad);
        prop_assert_eq!(case.cause().is_some(), bad);
    }

    #[test]
    fn no_text_moves_the_cursor(fetch in fetch(), width in prop::option::of(0usize..120)) {
        let case = fetch.case();
        for verbosity in [Verbosity::Normal, Verbosity::Verbose] {
            let mut told = Vec::new();
            write_text(&mut told, &case, verbosity, width).unwrap();
            let told = String::from_utf8(told).unwrap();
            prop_assert!(!moves_the_cursor(&told), "{told:?}");
            let plain = anstream::adapter::strip_str(&told).to_string();
            prop_assert!(!plain.contains('\u{1b}'), "{plain:?}");
        }
    }

    #[test]
    fn every_case_is_one_line_of_json(fetch in fetch()) {
        let mut line = Vec::new();
        write_json(&mut line, &CaseJson::new(&fetch.case(), None)).unwrap();
        let line = String::from_utf8(line).unwrap();
        let value: serde_json::Value = serde_json::from_str(&line).unwrap();
        prop_assert!(value["verdict"].is_string());
        let json = line.strip_suffix('\n').unwrap();
        prop_assert!(!json.contains(char::is_control));
    }
}
