//! Whatever is asked and answered: the engine comes to an end, to the same end each time, and every
//! end can be told.

use std::sync::OnceLock;

use boon::{Compiler, SchemaIndex, Schemas};
use corscope::case::Case;
use corscope::diagnose::{MOST_PROBES, causes, conclude, explain, plan, words};
use corscope::engine::{
    AddressSpace, Browser, Engine, FetchRequest, Finished, Location, Page, Reach, Step, Subject,
    Timestamp, Verdict, start,
};
use corscope::report::{CaseJson, Verbosity, write_json, write_text};
use corscope::session::{Session, replay};
use corscope::wire::Answer;
use proptest::prelude::*;
use proptest::sample::select;

use super::odd;

/// 21 URLs, each with a preflight and a request, each of them again after a 421.
const MOST_EXCHANGES: usize = 21 * 2 * 2;

const NOW: Timestamp = Timestamp(1_800_000_000_000);

#[derive(Clone, Debug)]
pub(super) struct Fetch {
    pub(super) engine: Engine,
    page: Page,
    pub(super) request: FetchRequest,
    pub(super) answers: Vec<Answer>,
    location: Location,
}

/// Where everything leads: one place for a whole fetch.
fn location() -> impl Strategy<Value = Location> {
    (select(AddressSpace::ALL), select(Reach::ALL)).prop_map(|(space, reach)| Location {
        space,
        reach,
        address: None,
    })
}

pub(super) fn fetch() -> impl Strategy<Value = Fetch> {
    (
        odd::engine(),
        odd::page(),
        odd::request(),
        odd::answers(),
        location(),
    )
        .prop_map(|(engine, page, request, answers, location)| Fetch {
            engine,
            page,
            request,
            answers,
            location,
        })
}

impl Fetch {
    pub(super) fn run(&self, browser: &mut Browser) -> (Finished, Vec<(Subject, Location)>) {
        let mut locations = Vec::new();
        let mut answers = self.answers.iter().cycle();
        let mut step = start(&self.request, &self.page, browser, NOW);
        // Each request may be preceded by three questions about addresses.
        for _ in 0..=4 * MOST_EXCHANGES {
            match step {
                Step::Locate(locating) => {
                    locations.push((locating.subject().clone(), self.location));
                    step = locating.located(self.location, browser, NOW);
                }
                Step::Done(finished) => return (*finished, locations),
                Step::Send(pending) => {
                    step = pending.answer(answers.next().unwrap(), browser, NOW);
                }
            }
        }
        panic!("no end after {MOST_EXCHANGES} exchanges");
    }

    pub(super) fn session(
        &self,
        browser: &Browser,
        finished: &Finished,
        locations: &[(Subject, Location)],
    ) -> Session {
        Session {
            page: self.page.clone(),
            request: self.request.clone(),
            browser: browser.clone(),
            started: NOW,
            locations: locations.to_vec(),
            exchanges: finished.exchanges.clone(),
        }
    }

    pub(super) fn case(&self) -> Case {
        let browser = Browser::fresh(self.engine);
        let (finished, locations) = self.run(&mut browser.clone());
        Case::new(self.session(&browser, &finished, &locations), finished)
    }

    /// The case after follow-up requests, which get the same odd answers.
    pub(super) fn investigated(&self) -> Case {
        let mut case = self.case();
        let plan = plan(&case.session, &case.finished);
        let answers = self.answers.iter().cycle().take(plan.len()).cloned();
        let investigation = conclude(&case.session, &case.finished, plan, answers.collect());
        case.investigation = Some(investigation);
        case
    }
}

/// No file of seeds beside the tests: a failure prints its input.
pub(super) fn config(cases: u32) -> ProptestConfig {
    ProptestConfig {
        cases,
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

fn result_schema() -> &'static (Schemas, SchemaIndex) {
    static SCHEMA: OnceLock<(Schemas, SchemaIndex)> = OnceLock::new();
    SCHEMA.get_or_init(|| {
        let text = include_str!("../../assets/schema/result.schema.json");
        let (mut schemas, mut compiler) = (Schemas::new(), Compiler::new());
        compiler.enable_format_assertions();
        let value = serde_json::from_str(text).unwrap();
        compiler.add_resource("result", value).unwrap();
        let index = compiler.compile("result", &mut schemas).unwrap();
        (schemas, index)
    })
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
        let browser = Browser::fresh(fetch.engine);
        let (finished, locations) = fetch.run(&mut browser.clone());
        prop_assert_eq!(&fetch.run(&mut browser.clone()).0, &finished);
        let again = replay(&fetch.session(&browser, &finished, &locations), fetch.engine);
        prop_assert_eq!(again.decided(), Some(&finished));
    }

    #[test]
    fn a_browser_that_remembers_ends_as_its_replay_too(
        first in fetch(),
        mut second in fetch(),
        same_place in any::<bool>(),
    ) {
        if same_place {
            second.page = first.page.clone();
            second.request.url.clone_from(&first.request.url);
        }
        let mut browser = Browser::fresh(first.engine);
        first.run(&mut browser);
        let before = browser.clone();
        let (finished, locations) = second.run(&mut browser);
        let again = replay(&second.session(&before, &finished, &locations), first.engine);
        prop_assert_eq!(again.decided(), Some(&finished));
    }

    #[test]
    fn a_verdict_comes_with_what_belongs_to_it(fetch in fetch()) {
        let browser = Browser::fresh(fetch.engine);
        let (finished, _) = fetch.run(&mut browser.clone());
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
        for cause in causes(&case.session, &case.finished) {
            prop_assert!(!cause.why.is_empty(), "{}", cause.id);
            prop_assert!(!moves_the_cursor(&cause.why));
        }
    }

    #[test]
    fn follow_up_requests_are_harmless(fetch in fetch()) {
        let case = fetch.case();
        let asked = fetch.page.url.join(&fetch.request.url);
        let plan = plan(&case.session, &case.finished);
        prop_assert!(plan.len() <= MOST_PROBES);
        for probe in plan {
            let sent = probe.request;
            prop_assert!(["GET", "HEAD", "OPTIONS"].contains(&sent.method.as_str()));
            prop_assert!(sent.body.is_empty());
            let host = asked.as_ref().ok().and_then(url::Url::host);
            prop_assert_eq!(sent.url.host(), host);
        }
    }

    #[test]
    fn no_text_moves_the_cursor(fetch in fetch(), width in prop::option::of(0usize..120)) {
        let case = fetch.investigated();
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
        write_json(&mut line, &CaseJson::new(&fetch.investigated(), None)).unwrap();
        let line = String::from_utf8(line).unwrap();
        let value: serde_json::Value = serde_json::from_str(&line).unwrap();
        prop_assert!(value["verdict"].is_string());
        let json = line.strip_suffix('\n').unwrap();
        prop_assert!(!json.contains(char::is_control));
        let (schemas, index) = result_schema();
        if let Err(error) = schemas.validate(&value, *index) {
            prop_assert!(false, "{error:#}");
        }
    }
}
