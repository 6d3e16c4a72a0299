//! The files of named requests in the folder that the program was started in.

use std::path::Path;

use crate::history::{FileError, file_of, list, load, save};
use crate::tui::screens::requests::{RequestsEvent, RequestsOrder};

/// Does what was asked.
pub(super) fn carry_out(order: RequestsOrder) -> RequestsEvent {
    let folder = Path::new(".");
    let done = match order {
        RequestsOrder::List => list(folder).map(RequestsEvent::Listed),
        RequestsOrder::Open { name, profile } => {
            let environment = |name: &str| std::env::var(name).ok();
            file_of(folder, &name)
                .and_then(|path| load(&path, profile.as_deref(), &environment))
                .map(|named| RequestsEvent::Opened {
                    name,
                    named: Box::new(named),
                })
        }
        RequestsOrder::Save { name, named, over } => {
            match file_of(folder, &name).and_then(|path| save(&path, &named, over)) {
                Err(FileError::IsThere(_)) => Ok(RequestsEvent::IsThere(name)),
                saved => saved.map(|variables| RequestsEvent::Saved { name, variables }),
            }
        }
    };
    done.unwrap_or_else(|error| RequestsEvent::Failed(error.to_string()))
}
