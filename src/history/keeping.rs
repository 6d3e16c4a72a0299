//! Where runs are kept, how many, and with what.

use std::path::PathBuf;

use super::record::{Record, Secrets};
use super::store::{History, HistoryError, Limits};
use crate::engine::Finished;
use crate::session::{SavedError, Session};

/// How runs are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keeping {
    /// The folder of the database.
    pub folder: PathBuf,
    /// How much is kept.
    pub limits: Limits,
    /// What becomes of credentials and other secrets.
    pub secrets: Secrets,
}

impl Keeping {
    /// Opens the database.
    ///
    /// # Errors
    ///
    /// Those of [`History::open`].
    pub fn open(&self) -> Result<History, HistoryError> {
        History::open(&self.folder, self.limits)
    }

    /// What is kept of a run.
    ///
    /// # Errors
    ///
    /// Those of [`Record::of`].
    pub fn record(&self, session: &Session, finished: &Finished) -> Result<Record, SavedError> {
        Record::of(session, finished, self.secrets, self.limits.body)
    }
}
