//! One run, and what is asked beyond it: told while they are made.

use std::time::Instant;

use tokio::sync::mpsc::UnboundedSender;

use crate::case::Case;
use crate::diagnose::{conclude, plan};
use crate::driver::{self, Network, Progress, RunOptions, SharedBrowser};
use crate::engine::ExchangeKind;
use crate::fix::{Behind, next_behind};
use crate::session::Session;
use crate::tui::message::{AskOrder, FollowUp, Msg, Order, RunEvent};
use crate::tui::screens::lessons::is_lab;

/// Makes one run and tells what it does.
pub(super) async fn drive(network: &Network, order: Order, tell: &UnboundedSender<Msg>) -> Case {
    let options = RunOptions {
        max_time: order.max_time,
        ..RunOptions::default()
    };
    let events = teller(order.id, &options, tell);
    let started = Instant::now();
    let browser = SharedBrowser::new(order.browser);
    let (mut session, finished) = driver::run(
        network,
        &order.request,
        &order.page,
        &browser,
        &options,
        &events,
    )
    .await;
    let left_so = RunEvent::Left(Box::new(browser.lock().clone()));
    let _ = tell.send(Msg::Run(order.id, left_so));
    let may = |next: &Behind| next.is_safe() || is_lab(&next.request.url);
    let rest = left(&options, started);
    look_behind(network, &mut session, &may, &rest, &events).await;
    driver::locate_for_others(network, &mut session, &options).await;
    Case::new(session, finished)
}

/// Completes a session with what is asked beyond the run.
pub(super) async fn ask_more(
    network: &Network,
    order: AskOrder,
    tell: &UnboundedSender<Msg>,
) -> Case {
    let options = RunOptions {
        max_time: order.max_time,
        ..RunOptions::default()
    };
    let events = teller(order.id, &options, tell);
    let mut session = order.session;
    match order.what {
        FollowUp::Others => {
            driver::ask_for_others(network, &mut session, &options, &events).await;
        }
        FollowUp::Behind => {
            look_behind(network, &mut session, &|_| true, &options, &events).await;
        }
        FollowUp::Investigate => {
            let plan = plan(&session, &order.finished);
            let mut answers = Vec::with_capacity(plan.len());
            let started = Instant::now();
            for probe in &plan {
                events(driver::Event::Sending {
                    exchange: answers.len(),
                    kind: ExchangeKind::Actual,
                    request: &probe.request,
                });
                let options = left(&options, started);
                answers.extend(driver::ask_each(network, [&probe.request], &options).await);
                events(driver::Event::Answered {
                    exchange: answers.len() - 1,
                });
            }
            let mut case = Case::new(session, order.finished);
            case.investigation = Some(conclude(&case.session, &case.finished, plan, answers));
            return case;
        }
    }
    Case::new(session, order.finished)
}

/// The options of a run that began then: what is left of its time.
fn left(options: &RunOptions, started: Instant) -> RunOptions {
    let mut options = *options;
    if let Some(limit) = &mut options.max_time {
        *limit = limit.saturating_sub(started.elapsed());
    }
    options
}

/// Sends what a browser holds back behind a failed preflight, as far as `may` lets it.
async fn look_behind(
    network: &Network,
    session: &mut Session,
    may: &(dyn Fn(&Behind) -> bool + Send + Sync),
    options: &RunOptions,
    events: &(dyn Fn(driver::Event<'_>) + Send + Sync),
) {
    let next = |session: &Session| {
        let next = next_behind(session).filter(may)?;
        Some((next.kind, next.request))
    };
    driver::look_behind(network, session, &next, options, events).await;
}

/// Tells the model that a run began, and then what it does.
fn teller<'a>(
    id: u64,
    options: &RunOptions,
    tell: &'a UnboundedSender<Msg>,
) -> impl Fn(driver::Event<'_>) + Send + Sync + use<'a> {
    let say = move |event| {
        let _ = tell.send(Msg::Run(id, event));
    };
    say(RunEvent::Started(options.now()));
    move |event| match event {
        driver::Event::Sending { kind, request, .. } => say(RunEvent::Sending {
            kind,
            request: request.clone(),
        }),
        driver::Event::Progress(progress) => say(RunEvent::Waiting(waits_for(progress))),
        driver::Event::Answered { .. } => say(RunEvent::Answered),
    }
}

fn waits_for(progress: Progress) -> &'static str {
    match progress {
        Progress::NameLookup => "looking up the name",
        Progress::Connecting => "connecting",
        Progress::TlsHandshake => "TLS handshake",
        Progress::Waiting => "waiting for the answer",
        Progress::Receiving { .. } => "receiving the body",
    }
}
