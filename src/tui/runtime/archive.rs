//! The history's own thread: the database is never waited for on the thread that draws.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{self, JoinHandle};

use tokio::sync::mpsc::UnboundedSender;

use crate::case::Case;
use crate::diagnose::shown;
use crate::history::{Entry, History, HistoryError, Keeping, Record};
use crate::report::compare;
use crate::session::{Replay, replay};
use crate::tui::message::Msg;
use crate::tui::screens::history::{Change, HistoryEvent, HistoryOrder};

/// The thread. It ends with this value, once it has done what it was told.
pub(super) struct Archive {
    orders: Option<Sender<HistoryOrder>>,
    thread: Option<JoinHandle<()>>,
}

impl Archive {
    /// Starts it; where no run is to be kept every question is answered with that.
    pub(super) fn start(keeping: Option<Keeping>, tell: UnboundedSender<Msg>) -> Self {
        let (orders, received) = channel();
        let thread = thread::spawn(move || serve(keeping.as_ref(), &received, &tell));
        Self {
            orders: Some(orders),
            thread: Some(thread),
        }
    }

    /// Gives it something to do.
    pub(super) fn order(&self, order: HistoryOrder) {
        if let Some(orders) = &self.orders {
            // It ends only with this value.
            let _ = orders.send(order);
        }
    }
}

impl Drop for Archive {
    fn drop(&mut self) {
        self.orders.take();
        if let Some(thread) = self.thread.take() {
            // A panic there was told there.
            let _ = thread.join();
        }
    }
}

fn serve(keeping: Option<&Keeping>, orders: &Receiver<HistoryOrder>, tell: &UnboundedSender<Msg>) {
    let mut history = None;
    for order in orders {
        let keeps = matches!(order, HistoryOrder::Keep(..));
        let event = match (keeping, &order) {
            (None, HistoryOrder::Keep(..)) => None,
            (None, _) => Some(HistoryEvent::Failed("The history is off.".to_owned())),
            (Some(keeping), _) => {
                let opened = match history.take() {
                    Some(history) => Ok(history),
                    None => keeping.open(),
                };
                let done = opened.and_then(|mut opened| {
                    let done = carry_out(&mut opened, keeping, order);
                    history = Some(opened);
                    done
                });
                done.unwrap_or_else(|error| {
                    let why = sentence(&error);
                    Some(HistoryEvent::Failed(match keeps {
                        true => format!("The run is not kept. {why}"),
                        false => why,
                    }))
                })
            }
        };
        if let Some(event) = event {
            // The loop may be over; then nobody wants to know.
            let _ = tell.send(Msg::History(event));
        }
    }
}

fn sentence(error: &HistoryError) -> String {
    let mut text = shown(&error.to_string());
    if let Some(first) = text.get(..1).map(str::to_uppercase) {
        text.replace_range(..1, &first);
    }
    text + "."
}

fn carry_out(
    history: &mut History,
    keeping: &Keeping,
    order: HistoryOrder,
) -> Result<Option<HistoryEvent>, HistoryError> {
    Ok(Some(match order {
        HistoryOrder::Keep(case, lab) => {
            match keeping.record(&case.session, &case.finished) {
                Ok(record) => history.add(&Record { lab, ..record })?,
                Err(error) => return Ok(Some(HistoryEvent::Failed(error.to_string()))),
            };
            return Ok(None);
        }
        HistoryOrder::List { filter, skip, most } => HistoryEvent::Listed {
            total: history.count(&filter)?,
            entries: history.list(&filter, skip, most)?,
            filter,
            skip,
        },
        HistoryOrder::Open(id, send) => match case_of(history, id)? {
            Some(case) => HistoryEvent::Opened {
                entry: Box::new(history.entry(id)?),
                case: Box::new(case),
                send,
            },
            None => cannot_decide(id),
        },
        HistoryOrder::Compare(left, right) => {
            let titles = [history.entry(left)?, history.entry(right)?].map(|entry| title(&entry));
            match (case_of(history, left)?, case_of(history, right)?) {
                (Some(left), Some(right)) => {
                    HistoryEvent::Compared(titles, Box::new(compare(&left, &right)))
                }
                (None, _) => cannot_decide(left),
                (_, None) => cannot_decide(right),
            }
        }
        HistoryOrder::Name(id, name) => {
            let before = history.entry(id)?.record.name;
            history.rename(id, name.as_deref())?;
            HistoryEvent::Named { id, before }
        }
        HistoryOrder::Delete(id) => HistoryEvent::Deleted(Box::new(history.delete(id)?), id),
        HistoryOrder::TakeBack(change) => {
            match change {
                Change::Deleted(deleted) => history.put_back(&deleted)?,
                Change::Named { id, before } => history.rename(id, before.as_deref())?,
            }
            HistoryEvent::TakenBack
        }
    }))
}

fn cannot_decide(id: i64) -> HistoryEvent {
    HistoryEvent::Failed(format!(
        "Run {id} cannot be decided again: this corscope would have sent something else."
    ))
}

fn title(entry: &Entry) -> String {
    let name = entry.record.name.as_deref().unwrap_or_default();
    let text = format!("run {}  {}  {}", entry.id, entry.when, shown(name));
    text.trim_end().to_owned()
}

fn case_of(history: &History, id: i64) -> Result<Option<Case>, HistoryError> {
    let session = history.session(id)?;
    Ok(match replay(&session, session.engine()) {
        Replay::Decided(finished) => Some(Case::new(session, *finished)),
        Replay::NeedsAnswer(_) => None,
    })
}
