//! The tables, and the steps by which an older file becomes a newer one.

use std::thread;
use std::time::{Duration, Instant};

use rusqlite::{Connection, ErrorCode, TransactionBehavior};

use super::store::HistoryError;

/// Each step leads to the version that is its place in the list, counted from 1. A step that was
/// published is never changed.
const STEPS: &[&str] = &["
    CREATE TABLE runs (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        at INTEGER NOT NULL,
        name TEXT,
        lab TEXT,
        engine TEXT NOT NULL,
        api TEXT NOT NULL,
        method TEXT NOT NULL,
        target TEXT NOT NULL,
        page TEXT NOT NULL,
        verdict TEXT NOT NULL,
        reason TEXT,
        took INTEGER,
        redacted INTEGER NOT NULL,
        searched TEXT NOT NULL,
        bytes INTEGER NOT NULL
    );
    CREATE TABLE sessions (
        run INTEGER PRIMARY KEY,
        json TEXT NOT NULL
    );
    CREATE TABLE totals (runs INTEGER NOT NULL, bytes INTEGER NOT NULL);
    INSERT INTO totals VALUES (0, 0);
    CREATE TRIGGER run_added AFTER INSERT ON runs BEGIN
        UPDATE totals SET runs = runs + 1, bytes = bytes + new.bytes;
    END;
    CREATE TRIGGER run_deleted AFTER DELETE ON runs BEGIN
        DELETE FROM sessions WHERE run = old.id;
        UPDATE totals SET runs = runs - 1, bytes = bytes - old.bytes;
    END;
    CREATE INDEX runs_unnamed ON runs (id) WHERE name IS NULL;
"];

/// The version that this program writes.
pub(super) const VERSION: usize = STEPS.len();

/// How long is waited between two tries.
const PAUSE: Duration = Duration::from_millis(5);

/// Brings the file to this program's version. Of several programs that open it at once, one does it.
///
/// SQLite itself does not wait for the others while one changes how the file is written.
pub(super) fn migrate(connection: &mut Connection, patience: Duration) -> Result<(), HistoryError> {
    let begun = Instant::now();
    loop {
        match migrate_at_once(connection) {
            Err(HistoryError::Database(error)) if is_busy(&error) && begun.elapsed() < patience => {
                thread::sleep(PAUSE);
            }
            done => return done,
        }
    }
}

fn is_busy(error: &rusqlite::Error) -> bool {
    matches!(
        error.sqlite_error_code(),
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked)
    )
}

fn migrate_at_once(connection: &mut Connection) -> Result<(), HistoryError> {
    if version(connection)? == VERSION {
        return Ok(());
    }
    // Both only count before the first table is there.
    connection.pragma_update(None, "auto_vacuum", "INCREMENTAL")?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    let change = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let from = version(&change)?;
    if from > VERSION {
        return Err(HistoryError::Newer(from));
    }
    for step in &STEPS[from..] {
        change.execute_batch(step)?;
    }
    change.pragma_update(None, "user_version", VERSION)?;
    change.commit()?;
    Ok(())
}

fn version(connection: &Connection) -> rusqlite::Result<usize> {
    connection.pragma_query_value(None, "user_version", |row| row.get(0))
}
