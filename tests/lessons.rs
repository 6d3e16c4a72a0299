//! Every lesson, played: the lab serves it, the driver sends it, the engine decides, and what comes
//! out is what the lesson promises.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use corscope::assets::{ExpectedVerdict, Lesson, LessonServer, lesson_hosts, lessons};
use corscope::case::Case;
use corscope::diagnose::Label;
use corscope::driver::{Network, NetworkOptions, RunOptions, SharedBrowser, run};
use corscope::engine::{Browser, Engine, Finished};
use corscope::fix::{Problem, describe_problem, next_behind};
use corscope::lab::Lab;
use corscope::report::{ReportOptions, html, markdown};
use corscope::session::{Line, Session, WhatIf, replay};

async fn play(lab: &Lab, lesson: &Lesson, server: &LessonServer) -> (Session, Finished) {
    lab.play(server.rules.clone());
    let line = Line::from_value(lesson.request_to(server).clone().into()).unwrap();
    let network = Network::new(NetworkOptions {
        routes: lab.routes(lesson_hosts()),
        ..NetworkOptions::default()
    })
    .unwrap();
    let mut browser = Browser::fresh(Engine::Chromium);
    let options = RunOptions::default();
    for (url, set) in &line.cookies {
        let profile = browser.profile;
        browser
            .cookies
            .set_by_visit(url, set.as_bytes(), &profile, options.now());
    }
    let browser = SharedBrowser::new(browser);
    run(
        &network,
        &line.request,
        &line.page,
        &browser,
        &options,
        &|_| {},
    )
    .await
}

fn verdict(expected: ExpectedVerdict) -> &'static str {
    match expected {
        ExpectedVerdict::Allowed => "allowed",
        ExpectedVerdict::Blocked => "blocked",
        ExpectedVerdict::Opaque => "opaque",
    }
}

#[tokio::test]
async fn every_lesson_ends_as_it_promises() {
    let lab = Lab::start().await.unwrap();
    for lesson in lessons() {
        for server in &lesson.servers {
            let name = format!("{}, {}", lesson.id, server.id);
            let (session, finished) = play(&lab, lesson, server).await;
            let expect = &server.expect;
            assert_eq!(
                finished.verdict.as_str(),
                verdict(expect.verdict),
                "{name}: {:#?}",
                finished.verdict
            );
            let block = finished.verdict.block();
            assert_eq!(
                block.map(|block| block.reason.id()),
                expect.reason.as_deref(),
                "{name}"
            );
            if expect.header.is_some() {
                assert_eq!(
                    block.and_then(|block| block.header.as_ref()),
                    expect.header.as_ref(),
                    "{name}"
                );
            }
            let sent: Vec<_> = lab
                .received()
                .into_iter()
                .map(|request| request.method)
                .collect();
            assert_eq!(sent, expect.exchanges, "{name}");
            assert_replays(&name, &session, &finished);
        }
    }
}

/// Looks behind a failed preflight, as the lab may: nothing but the lab hears of it.
async fn look_behind(lab: &Lab, session: &mut Session) {
    let network = Network::new(NetworkOptions {
        routes: lab.routes(lesson_hosts()),
        ..NetworkOptions::default()
    })
    .unwrap();
    let next = |session: &Session| next_behind(session).map(|next| (next.kind, next.request));
    let options = RunOptions::default();
    corscope::driver::look_behind(&network, session, &next, &options, &|_| {}).await;
}

#[tokio::test]
async fn every_broken_lesson_ends_with_all_its_problems_and_a_proven_fix() {
    let lab = Lab::start().await.unwrap();
    for lesson in lessons() {
        for server in &lesson.servers {
            let name = format!("{}, {}", lesson.id, server.id);
            let (mut session, finished) = play(&lab, lesson, server).await;
            look_behind(&lab, &mut session).await;
            let case = Case::new(session, finished);
            if server.expect.verdict == ExpectedVerdict::Allowed {
                assert!(case.problems.is_empty() && case.fixes.is_empty(), "{name}");
                continue;
            }
            println!("{name}:");
            for problem in &case.problems {
                println!("  {}", describe_problem(&case.session, problem));
            }
            for fix in &case.fixes {
                println!(
                    "  {}: {:?}",
                    fix.action,
                    fix.all_edits()
                        .iter()
                        .map(ToString::to_string)
                        .collect::<Vec<_>>()
                );
            }
            let unknown = |problem: &Problem| matches!(problem, Problem::Unasked { .. });
            assert!(!case.problems.is_empty(), "{name}");
            assert!(
                !case.problems.iter().any(unknown),
                "{name}: {:?}",
                case.problems
            );
            if Label::of(&case.finished.verdict) == Label::Depends {
                assert!(case.fixes.is_empty(), "{name}: the user decides, no server");
                continue;
            }
            let proven = case.fixes.iter().filter(|fix| fix.is_proven_everywhere());
            assert!(proven.clone().count() > 0, "{name}: {:?}", case.fixes);
            for fix in proven {
                assert_eq!(fix.dangerous, None, "{name}");
                let edited = WhatIf::new(&case.session, &fix.all_edits()).session(Engine::ALL);
                for engine in Engine::ALL {
                    let replayed = replay(&edited, *engine);
                    let verdict = replayed.decided().map(|finished| finished.verdict.as_str());
                    assert_eq!(verdict, Some("allowed"), "{name} in {engine:?}");
                }
            }
        }
    }
}

/// A live run and the replay of its own session are the same.
/// The report as a file, without what differs from run to run.
fn stable(report: &str) -> String {
    let differs = |line: &&str| {
        let line = line.trim_start();
        !line.starts_with("date: ")
            && !line.starts_with("- Checked: ")
            && !line.starts_with("<dt>Checked")
    };
    report
        .lines()
        .filter(differs)
        .collect::<Vec<_>>()
        .join("\n")
}

#[tokio::test]
async fn lessons_as_reports_to_hand_on() {
    let lab = Lab::start().await.unwrap();
    for id in [
        "preflight-405",
        "missing-allow-header",
        "wildcard-with-credentials",
    ] {
        let lesson = lessons().iter().find(|lesson| lesson.id == id).unwrap();
        let (mut session, finished) = play(&lab, lesson, &lesson.servers[0]).await;
        look_behind(&lab, &mut session).await;
        let case = Case::new(session, finished).redacted().unwrap();
        let options = ReportOptions::default();
        insta::assert_snapshot!(format!("{id}.md"), stable(&markdown(&case, &options)));
        insta::assert_snapshot!(format!("{id}.html"), stable(&html(&case, &options)));
    }
}

fn assert_replays(name: &str, session: &Session, finished: &Finished) {
    let again = replay(session, session.engine());
    let again = again
        .decided()
        .unwrap_or_else(|| panic!("{name}: the replay asks for more"));
    assert_eq!(again, finished, "{name}");
    assert_eq!(
        Case::new(session.clone(), finished.clone()).block(),
        finished.verdict.block(),
        "{name}"
    );
}
