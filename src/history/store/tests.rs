//! What the store promises, on real files.

use std::path::Path;

use super::*;
use crate::engine::{Browser, Engine, FetchRequest, Page, Timestamp};
use crate::history::Secrets;
use crate::session::{Replay, replay};

fn record(target: &str, verdict: &str) -> Record {
    Record {
        at: 1_700_000_000_000,
        name: None,
        lab: None,
        engine: "chromium".into(),
        api: "fetch".into(),
        method: "GET".into(),
        target: target.into(),
        page: "https://app.example/".into(),
        verdict: verdict.into(),
        reason: None,
        took: Some(12),
        redacted: false,
        session: "x".repeat(100),
    }
}

fn open(folder: &Path) -> History {
    History::open(folder, Limits::default()).unwrap()
}

fn targets(history: &History, filter: &str) -> Vec<String> {
    let entries = history.list(filter, 0, 100).unwrap();
    entries
        .into_iter()
        .map(|entry| entry.record.target)
        .collect()
}

#[test]
fn runs_are_listed_newest_first_found_and_paged() {
    let folder = tempfile::tempdir().unwrap();
    let mut history = open(folder.path());
    for at in 0..5 {
        let verdict = if at % 2 == 0 { "blocked" } else { "allowed" };
        history
            .add(&record(&format!("https://api.example/{at}"), verdict))
            .unwrap();
    }
    let of = |list: &[u32]| {
        list.iter()
            .map(|at| format!("https://api.example/{at}"))
            .collect::<Vec<_>>()
    };
    assert_eq!(targets(&history, ""), of(&[4, 3, 2, 1, 0]));
    assert_eq!(targets(&history, "BLOCKED  api.example"), of(&[4, 2, 0]));
    assert_eq!(targets(&history, "blocked /2"), of(&[2]));
    assert_eq!(targets(&history, "%"), of(&[]));
    assert_eq!(history.count("blocked").unwrap(), 3);
    let page = history.list("", 1, 2).unwrap();
    assert_eq!(
        page.iter().map(|entry| entry.id).collect::<Vec<_>>(),
        [4, 3]
    );
}

#[test]
fn a_deleted_run_can_be_put_back_in_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let mut history = open(folder.path());
    let ids: Vec<_> = (0..3)
        .map(|at| history.add(&record(&at.to_string(), "opaque")).unwrap())
        .collect();
    let deleted = history.delete(ids[1]).unwrap();
    assert_eq!(targets(&history, ""), ["2", "0"]);
    assert!(matches!(
        history.session(ids[1]),
        Err(HistoryError::NoRun(_))
    ));
    history.put_back(&deleted).unwrap();
    assert_eq!(targets(&history, ""), ["2", "1", "0"]);
    assert_eq!(history.text(ids[1]).unwrap().unwrap().len(), 100);
    assert_eq!(history.delete_all().unwrap(), 3);
    assert_eq!(targets(&history, ""), Vec::<String>::new());
}

#[test]
fn the_oldest_without_a_name_go_first() {
    let folder = tempfile::tempdir().unwrap();
    let limits = Limits {
        runs: 3,
        bytes: 1000,
        body: 0,
    };
    let mut history = History::open(folder.path(), limits).unwrap();
    let first = history.add(&record("first", "allowed")).unwrap();
    history.rename(first, Some("Keep me")).unwrap();
    for at in 0..5 {
        history.add(&record(&at.to_string(), "allowed")).unwrap();
    }
    assert_eq!(targets(&history, ""), ["4", "3", "first"]);
    assert_eq!(targets(&history, "keep me"), ["first"]);
    let mut large = record("large", "allowed");
    large.session = "x".repeat(5000);
    history.add(&large).unwrap();
    assert_eq!(targets(&history, ""), ["large", "first"]);
    let orphans: u32 = history
        .connection
        .query_row("SELECT count(*) FROM sessions", [], |row| row.get(0))
        .unwrap();
    assert_eq!(orphans, 2);
}

#[test]
#[cfg(unix)]
fn only_this_user_can_read_it() {
    use std::os::unix::fs::PermissionsExt as _;
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join("a/corscope");
    open(&folder).add(&record("x", "allowed")).unwrap();
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&folder), 0o700);
    let mut files = 0;
    for file in std::fs::read_dir(&folder).unwrap() {
        assert_eq!(mode(&file.unwrap().path()), 0o600);
        files += 1;
    }
    assert_eq!(files, 3, "the database, its log, its index");
}

#[test]
fn a_newer_file_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    drop(open(folder.path()));
    let file = Connection::open(folder.path().join(FILE)).unwrap();
    file.pragma_update(None, "user_version", 99).unwrap();
    drop(file);
    let error = History::open(folder.path(), Limits::default()).unwrap_err();
    assert!(error.to_string().contains("version 99"), "{error}");
}

#[test]
fn several_may_write_at_once() {
    let folder = tempfile::tempdir().unwrap();
    std::thread::scope(|scope| {
        for writer in 0..4 {
            let folder = folder.path();
            scope.spawn(move || {
                let mut history = open(folder);
                for at in 0..25 {
                    history
                        .add(&record(&format!("{writer}/{at}"), "allowed"))
                        .unwrap();
                }
            });
        }
    });
    assert_eq!(open(folder.path()).count("").unwrap(), 100);
}

#[test]
fn a_run_comes_back_and_its_secrets_do_not() {
    let folder = tempfile::tempdir().unwrap();
    let mut history = open(folder.path());
    let mut request = FetchRequest::new("https://api.example/x?token=hunter2");
    request.headers = vec![("Authorization".into(), "Bearer hunter2".into())];
    let page = Page::at("https://app.example".parse().unwrap());
    let mut session = Session {
        page,
        request,
        browser: Browser::fresh(Engine::Firefox),
        started: Timestamp(1000),
        locations: Vec::new(),
        exchanges: Vec::new(),
    };
    session.request.mode = crate::engine::Mode::SameOrigin;
    let Replay::Decided(finished) = replay(&session, Engine::Firefox) else {
        panic!("a request in mode same-origin asks nobody");
    };
    let kept = Record::of(&session, &finished, Secrets::Redacted, 10).unwrap();
    let id = history.add(&kept).unwrap();
    let Replay::Decided(again) = replay(&history.session(id).unwrap(), Engine::Firefox) else {
        panic!("what was decided is decided");
    };
    assert_eq!(again.verdict, finished.verdict);
    let entry = history.entry(id).unwrap();
    assert_eq!(entry.record.verdict, "blocked");
    assert!(entry.record.redacted);
    assert_eq!(
        entry.record.target,
        "https://api.example/x?token=redacted-1"
    );
    drop(history);
    for file in std::fs::read_dir(folder.path()).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        assert_eq!(memchr::memmem::find(&bytes, b"hunter2"), None);
    }
    let plain = Record::of(&session, &finished, Secrets::Kept, 10).unwrap();
    assert!(plain.session.contains("hunter2") && !plain.redacted);
}
