//! From the form to a run: may it be sent, must somebody agree first, and the order for the runtime.

use std::time::Duration;

use super::confirm::Question;
use super::debug::go_to;
use super::lessons::is_lab;
use super::prediction::Prediction;
use crate::engine::Timestamp;
use crate::session::HARMLESS_METHODS;
use crate::tui::model::{AskOrder, Cmd, Model, Order, Overlay, Panel, Run, Sending};
use crate::wire::HttpRequest;

/// Sends the form, or says why not, or asks first.
pub fn ask(model: &mut Model) -> Vec<Cmd> {
    if matches!(model.run, Run::Sending(_)) {
        model.warn("A request is under way.");
        return Vec::new();
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
                order,
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
    model.agreed.insert((method, url));
    begin(model, order)
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
    let (mut page, request) = model.composer.form().parse().ok()?;
    page.address_space = model.composer.page_space;
    page.policies.clone_from(&model.composer.policies);
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
    under_way(model, order.id, order.max_time);
    vec![Cmd::Send(Box::new(order))]
}

fn under_way(model: &mut Model, id: u64, max_time: Option<Duration>) {
    model.next_run += 1;
    model.run = Run::Sending(Box::new(Sending {
        id,
        started: model.now,
        max_time,
        form: model.composer.form(),
        lab: model.lab.chosen(),
        stopping: false,
        requests: Vec::new(),
    }));
    go_to(model, Panel::Trace);
}

/// Asks the network what only other engines would ask about the last run, or says why not. A request
/// that may change something was agreed to with the run; none goes out twice.
pub fn ask_others(model: &mut Model) -> Vec<Cmd> {
    let nothing = match (&model.run, &model.outcome) {
        (Run::Sending(_), _) => Some("A request is under way."),
        (_, None) => Some("Nothing was sent yet, so there is nothing to compare."),
        _ if model.form_changed() => Some("The request was changed since; send it first."),
        (_, Some(outcome)) if outcome.missing().is_none() => {
            Some("The other engines would ask nothing else.")
        }
        _ => None,
    };
    let (None, Some(outcome)) = (nothing, &model.outcome) else {
        model.warn(nothing.unwrap_or_default());
        return Vec::new();
    };
    let order = AskOrder {
        id: model.next_run,
        session: outcome.case.session.clone(),
        finished: outcome.case.finished.clone(),
        max_time: model.composer.max_time().ok().flatten(),
        lab: model.lab.rules(),
    };
    under_way(model, order.id, order.max_time);
    vec![Cmd::Ask(Box::new(order))]
}
