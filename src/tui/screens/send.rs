//! From the form to a run: may it be sent, must somebody agree first, and the order for the runtime.

use std::time::Duration;

use super::confirm::{Asking, Question};
use super::debug::go_to;
use super::lessons::is_lab;
use super::prediction::Prediction;
use super::what_if;
use crate::diagnose::plan;
use crate::engine::Timestamp;
use crate::fix::next_behind;
use crate::session::HARMLESS_METHODS;
use crate::tui::message::{AskOrder, Cmd, FollowUp, Order};
use crate::tui::model::{Model, Overlay, Panel, Run, Sending};
use crate::tui::outcome::Outcome;
use crate::wire::HttpRequest;

/// Sends the form, or says why not, or asks first.
pub fn ask(model: &mut Model) -> Vec<Cmd> {
    if matches!(model.run, Run::Sending(_)) {
        model.warn("A request is under way.");
        return Vec::new();
    }
    // What was edited under a what-if is what is meant, unless something else was typed since.
    if !model.form_changed()
        && let Some(form) = what_if::asked(model)
    {
        model.composer.set(&form);
        model.predict();
        model.say("The request goes out as the what-if asks; the form says so too.");
    }
    if let Prediction::Mistakes(mistakes) = &model.prediction {
        if let Some(first) = mistakes.first() {
            model.composer.stop = first.stop;
            let count = mistakes.len();
            model.warn(match count {
                1 => "Nothing was sent: there is a mistake in the request.".to_owned(),
                count => format!("Nothing was sent: there are {count} mistakes in the request."),
            });
        }
        go_to(model, Panel::Request);
        return Vec::new();
    }
    let Some(order) = order(model) else {
        return Vec::new();
    };
    match changing_request(model) {
        Some((method, request))
            if !model
                .agreed
                .contains(&(method.clone(), request.url.clone())) =>
        {
            model.overlay = Overlay::Confirm(Box::new(Question {
                method,
                url: request.url.clone(),
                order: Asking::Run(Box::new(order)),
            }));
            Vec::new()
        }
        _ => begin(model, order),
    }
}

/// The question was answered with yes.
pub fn agree(model: &mut Model) -> Vec<Cmd> {
    let Overlay::Confirm(question) = std::mem::replace(&mut model.overlay, Overlay::None) else {
        return Vec::new();
    };
    let Question { order, method, url } = *question;
    match order {
        Asking::Run(order) => {
            model.agreed.insert((method, url));
            begin(model, *order)
        }
        Asking::Behind(order) => follow(model, *order),
    }
}

/// The method of the actual request and the first request, where it goes to a real server and may
/// change something there.
fn changing_request(model: &Model) -> Option<(String, &HttpRequest)> {
    let Prediction::First { request, then, .. } = &model.prediction else {
        return None;
    };
    let method = then.split(' ').next().unwrap_or_default();
    let harmless = HARMLESS_METHODS.contains(&method) || is_lab(&request.url);
    (!harmless).then(|| (method.to_owned(), request.as_ref()))
}

fn order(model: &Model) -> Option<Order> {
    let (page, request) = model.composer.parse().ok()?;
    Some(Order {
        id: model.next_run,
        page,
        request,
        browser: model.composer.browser(Timestamp::default()),
        max_time: model.composer.max_time().ok()?,
        lab: model.lab.rules(),
    })
}

fn begin(model: &mut Model, order: Order) -> Vec<Cmd> {
    under_way(model, order.id, order.max_time, None);
    vec![Cmd::Send(Box::new(order))]
}

fn under_way(model: &mut Model, id: u64, max_time: Option<Duration>, follows: Option<FollowUp>) {
    model.next_run += 1;
    model.run = Run::Sending(Box::new(Sending {
        id,
        started: model.now,
        max_time,
        form: model.composer.form(),
        lab: model.lab.chosen(),
        follows,
        stopping: false,
        requests: Vec::new(),
    }));
    go_to(model, Panel::Trace);
}

/// The run in view as it really was, to ask more about it; or why that cannot be.
fn to_follow(model: &Model) -> Result<&Outcome, &'static str> {
    match (&model.run, &model.outcome) {
        (Run::Sending(_), _) => Err("A request is under way."),
        (_, None) => Err("Nothing was sent yet, so there is nothing to ask about."),
        _ if model.form_changed() => Err("The request was changed since; send it first."),
        (_, Some(outcome)) => Ok(outcome.real.as_deref().unwrap_or(outcome)),
    }
}

fn follow(model: &mut Model, order: AskOrder) -> Vec<Cmd> {
    under_way(model, order.id, order.max_time, Some(order.what));
    vec![Cmd::Ask(Box::new(order))]
}

fn follow_up(model: &Model, what: FollowUp, outcome: &Outcome) -> AskOrder {
    AskOrder {
        id: model.next_run,
        what,
        session: outcome.case.session.clone(),
        finished: outcome.case.finished.clone(),
        max_time: model.composer.max_time().ok().flatten(),
        lab: model.lab.rules(),
    }
}

fn warned(model: &mut Model, why: &str) -> Vec<Cmd> {
    model.warn(why);
    Vec::new()
}

/// Asks the network what only other engines would ask about the last run, or says why not. A request
/// that may change something was agreed to with the run; none goes out twice.
pub fn ask_others(model: &mut Model) -> Vec<Cmd> {
    match to_follow(model) {
        Err(why) => warned(model, why),
        Ok(outcome) if outcome.missing().is_none() => {
            warned(model, "The other engines would ask nothing else.")
        }
        Ok(outcome) => {
            let order = follow_up(model, FollowUp::Others, outcome);
            follow(model, order)
        }
    }
}

/// Sends what the browser holds back behind a failed preflight. What may change something on a real
/// server is asked about first.
pub fn look_behind(model: &mut Model) -> Vec<Cmd> {
    let outcome = match to_follow(model) {
        Err(why) => return warned(model, why),
        Ok(outcome) => outcome,
    };
    let Some(next) = next_behind(&outcome.case.session) else {
        let why = "The browser holds nothing back behind a preflight that was not sent already.";
        return warned(model, why);
    };
    let order = follow_up(model, FollowUp::Behind, outcome);
    let (method, url) = (next.request.method.clone(), next.request.url.clone());
    if next.is_safe() || is_lab(&url) {
        return follow(model, order);
    }
    model.overlay = Overlay::Confirm(Box::new(Question {
        method,
        url,
        order: Asking::Behind(Box::new(order)),
    }));
    Vec::new()
}

/// Sends the harmless requests that tell causes apart.
pub fn investigate(model: &mut Model) -> Vec<Cmd> {
    let outcome = match to_follow(model) {
        Err(why) => return warned(model, why),
        Ok(outcome) => outcome,
    };
    let count = plan(&outcome.case.session, &outcome.case.finished).len();
    if count == 0 {
        return warned(model, "No follow-up request would tell more.");
    }
    let order = follow_up(model, FollowUp::Investigate, outcome);
    let requests = if count == 1 { "request" } else { "requests" };
    model.say(format!(
        "{count} harmless follow-up {requests} (OPTIONS, HEAD, GET), one by one."
    ));
    follow(model, order)
}
