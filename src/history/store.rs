//! The database of runs.
//!
//! A run is there as soon as [`History::add`] returns, whatever becomes of the program then; a crash of
//! the whole machine may lose the last ones, never the file. Several programs may use it at once.

use std::fs::{DirBuilder, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{
    Connection, OpenFlags, OptionalExtension as _, Row, TransactionBehavior, named_params,
    params_from_iter,
};
use thiserror::Error;

use super::record::{Entry, Record};
use super::schema;
use crate::session::{SavedError, Session, read_saved};

/// The file in the data folder.
pub const FILE: &str = "history.sqlite";

/// How long one program waits for another that is writing.
const PATIENCE: Duration = Duration::from_secs(5);

/// Why the history cannot be used.
#[derive(Debug, Error)]
pub enum HistoryError {
    /// There is no folder for it.
    #[error("no folder for the history: set CORSCOPE_DATA_DIR")]
    NoFolder,
    /// The folder or the file cannot be made.
    #[error("cannot use `{path}`: {source}", path = path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The database said so.
    #[error("the history: {0}")]
    Database(#[from] rusqlite::Error),
    /// Written by a newer corscope.
    #[error("the history is of version {0}, this corscope knows {known}: use a newer one", known = schema::VERSION)]
    Newer(usize),
    /// There is no such run.
    #[error("no run {0} in the history")]
    NoRun(i64),
    /// A run that cannot be read.
    #[error("run {id}: {source}")]
    Unreadable {
        /// Its number.
        id: i64,
        /// Why.
        source: SavedError,
    },
}

/// How much is kept; the oldest runs without a name go first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Most runs.
    pub runs: u64,
    /// Most bytes of all sessions together.
    pub bytes: u64,
    /// Most bytes of one response body.
    pub body: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            runs: 10_000,
            bytes: 500_000_000,
            body: 256 * 1024,
        }
    }
}

/// A run that was deleted, whole, so that it can be put back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deleted {
    id: i64,
    record: Record,
}

/// The database.
#[derive(Debug)]
pub struct History {
    connection: Connection,
    limits: Limits,
}

const COLUMNS: &str = "id, strftime('%Y-%m-%d %H:%M', at / 1000, 'unixepoch', 'localtime'), at, name, lab, \
                       engine, api, method, target, page, verdict, reason, took, redacted";

impl History {
    /// Opens the history in a folder; makes both where they are not. Only this user can read them.
    ///
    /// # Errors
    ///
    /// Folders and files that cannot be made or opened, and a file of a newer version.
    pub fn open(folder: &Path, limits: Limits) -> Result<Self, HistoryError> {
        let path = folder.join(FILE);
        private(folder, &path).map_err(|source| HistoryError::File {
            path: path.clone(),
            source,
        })?;
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let mut connection = Connection::open_with_flags(&path, flags)?;
        connection.busy_timeout(PATIENCE)?;
        schema::migrate(&mut connection, PATIENCE)?;
        // A check writes one run and ends: it must not wait for the disk to tidy up.
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
        connection.pragma_update(None, "synchronous", "NORMAL")?;
        connection.pragma_update(None, "secure_delete", "ON")?;
        Ok(Self { connection, limits })
    }

    /// Keeps a run; returns its number. What is too much then goes.
    ///
    /// # Errors
    ///
    /// Those of the database.
    pub fn add(&mut self, record: &Record) -> Result<i64, HistoryError> {
        let limits = self.limits;
        let change = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)?;
        let id = insert(&change, None, record)?;
        prune(&change, limits)?;
        change.commit()?;
        Ok(id)
    }

    /// How many runs the filter finds.
    ///
    /// # Errors
    ///
    /// Those of the database.
    pub fn count(&self, filter: &str) -> Result<usize, HistoryError> {
        let words = words(filter);
        // Of all of them the triggers keep count; counting would read every row.
        let sql = match words.is_empty() {
            true => "SELECT runs FROM totals".to_owned(),
            false => format!("SELECT count(*) FROM runs WHERE {}", condition(&words)),
        };
        let mut query = self.connection.prepare(&sql)?;
        Ok(query.query_row(params_from_iter(&words), |row| row.get(0))?)
    }

    /// Runs that hold every word of the filter, the newest first, without their sessions.
    ///
    /// # Errors
    ///
    /// Those of the database.
    pub fn list(&self, filter: &str, skip: usize, most: usize) -> Result<Vec<Entry>, HistoryError> {
        let words = words(filter);
        let sql = format!(
            "SELECT {COLUMNS} FROM runs WHERE {} ORDER BY id DESC LIMIT {most} OFFSET {skip}",
            condition(&words)
        );
        let mut query = self.connection.prepare(&sql)?;
        let rows = query.query_map(params_from_iter(&words), entry)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// One run of the list.
    ///
    /// # Errors
    ///
    /// Those of the database; [`HistoryError::NoRun`].
    pub fn entry(&self, id: i64) -> Result<Entry, HistoryError> {
        let sql = format!("SELECT {COLUMNS} FROM runs WHERE id = ?");
        let mut query = self.connection.prepare(&sql)?;
        let found = query.query_row([id], entry).optional()?;
        found.ok_or(HistoryError::NoRun(id))
    }

    /// The session of a run.
    ///
    /// # Errors
    ///
    /// Those of the database; [`HistoryError::NoRun`]; a session of a version not known here.
    pub fn session(&self, id: i64) -> Result<Session, HistoryError> {
        let text = self.text(id)?.ok_or(HistoryError::NoRun(id))?;
        read_saved(&text).map_err(|source| HistoryError::Unreadable { id, source })
    }

    /// Gives a run a name, which keeps it from being deleted by itself, or takes it away.
    ///
    /// # Errors
    ///
    /// Those of the database; [`HistoryError::NoRun`].
    pub fn rename(&mut self, id: i64, name: Option<&str>) -> Result<(), HistoryError> {
        let mut record = self.entry(id)?.record;
        record.name = name.map(str::to_owned);
        self.connection.execute(
            "UPDATE runs SET name = ?, searched = ? WHERE id = ?",
            (&record.name, record.searched(), id),
        )?;
        Ok(())
    }

    /// Deletes a run.
    ///
    /// # Errors
    ///
    /// Those of the database; [`HistoryError::NoRun`].
    pub fn delete(&mut self, id: i64) -> Result<Deleted, HistoryError> {
        let mut record = self.entry(id)?.record;
        record.session = self.text(id)?.unwrap_or_default();
        self.connection
            .execute("DELETE FROM runs WHERE id = ?", [id])?;
        Ok(Deleted { id, record })
    }

    /// Puts a deleted run back in its place.
    ///
    /// # Errors
    ///
    /// Those of the database.
    pub fn put_back(&mut self, deleted: &Deleted) -> Result<(), HistoryError> {
        let change = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)?;
        insert(&change, Some(deleted.id), &deleted.record)?;
        change.commit()?;
        Ok(())
    }

    /// Deletes every run, named or not, and gives the room back; returns how many there were.
    ///
    /// # Errors
    ///
    /// Those of the database.
    pub fn delete_all(&mut self) -> Result<usize, HistoryError> {
        let deleted = self.connection.execute("DELETE FROM runs", [])?;
        self.connection.execute_batch("PRAGMA incremental_vacuum")?;
        // While another program reads, the room comes back later.
        let folded = self
            .connection
            .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
        folded.optional()?;
        Ok(deleted)
    }

    fn text(&self, id: i64) -> Result<Option<String>, HistoryError> {
        let mut query = self
            .connection
            .prepare("SELECT json FROM sessions WHERE run = ?")?;
        Ok(query.query_row([id], |row| row.get(0)).optional()?)
    }
}

/// Makes the folder and the file, for this user only; SQLite's files beside it get the same rights.
fn private(folder: &Path, file: &Path) -> io::Result<()> {
    let mut folders = DirBuilder::new();
    folders.recursive(true);
    let mut options = OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
        folders.mode(0o700);
        options.mode(0o600);
    }
    folders.create(folder)?;
    options.open(file)?;
    Ok(())
}

fn insert(change: &Connection, id: Option<i64>, record: &Record) -> rusqlite::Result<i64> {
    change.execute(
        "INSERT INTO runs (id, at, name, lab, engine, api, method, target, page, verdict, reason, took, \
         redacted, searched, bytes) VALUES (:id, :at, :name, :lab, :engine, :api, :method, :target, :page, \
         :verdict, :reason, :took, :redacted, :searched, :bytes)",
        named_params! {
            ":id": id,
            ":at": i64::try_from(record.at).unwrap_or(i64::MAX),
            ":name": record.name,
            ":lab": record.lab,
            ":engine": record.engine,
            ":api": record.api,
            ":method": record.method,
            ":target": record.target,
            ":page": record.page,
            ":verdict": record.verdict,
            ":reason": record.reason,
            ":took": record.took.map(|took| i64::try_from(took).unwrap_or(i64::MAX)),
            ":redacted": record.redacted,
            ":searched": record.searched(),
            ":bytes": i64::try_from(record.session.len()).unwrap_or(i64::MAX),
        },
    )?;
    let id = id.unwrap_or_else(|| change.last_insert_rowid());
    change.execute(
        "INSERT INTO sessions (run, json) VALUES (?, ?)",
        (id, &record.session),
    )?;
    Ok(id)
}

/// Deletes the oldest runs without a name until the limits hold. The newest run stays in any case.
fn prune(change: &Connection, limits: Limits) -> rusqlite::Result<()> {
    let too_much = |change: &Connection| {
        change.query_row("SELECT runs, bytes FROM totals", [], |row| {
            let (runs, bytes): (u64, u64) = (row.get(0)?, row.get(1)?);
            Ok(runs > limits.runs || bytes > limits.bytes)
        })
    };
    while too_much(change)? {
        let deleted = change.execute(
            "DELETE FROM runs WHERE id = (SELECT min(id) FROM runs WHERE name IS NULL \
             AND id < (SELECT max(id) FROM runs))",
            [],
        )?;
        if deleted == 0 {
            break;
        }
    }
    Ok(())
}

fn words(filter: &str) -> Vec<String> {
    filter.split_whitespace().map(str::to_lowercase).collect()
}

fn condition(words: &[String]) -> String {
    let each = words.iter().map(|_| "instr(searched, ?) > 0");
    match words {
        [] => "1".to_owned(),
        _ => each.collect::<Vec<_>>().join(" AND "),
    }
}

fn entry(row: &Row<'_>) -> rusqlite::Result<Entry> {
    let unsigned = |value: i64| u64::try_from(value).unwrap_or_default();
    Ok(Entry {
        id: row.get(0)?,
        when: row.get(1)?,
        record: Record {
            at: unsigned(row.get(2)?),
            name: row.get(3)?,
            lab: row.get(4)?,
            engine: row.get(5)?,
            api: row.get(6)?,
            method: row.get(7)?,
            target: row.get(8)?,
            page: row.get(9)?,
            verdict: row.get(10)?,
            reason: row.get(11)?,
            took: row.get::<_, Option<i64>>(12)?.map(unsigned),
            redacted: row.get(13)?,
            session: String::new(),
        },
    })
}

#[cfg(test)]
mod tests;
