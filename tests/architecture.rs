//! The dependency rule of `src/lib.rs`, held by reading the sources.
//!
//! A *room* is a folder (or file) directly in `src/`. Comments do not count: a link in a doc comment
//! binds nothing. A room that is in the tables but not in `src/` yet is fine; the other way round not.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// What each room may use of the others. `room` allows all of it, `room::item` that item only.
const MAY_USE: &[(&str, &[&str])] = &[
    ("wire", &[]),
    ("engine", &["wire"]),
    ("session", &["engine", "wire"]),
    ("diagnose", &["session", "engine", "wire", "assets"]),
    ("fix", &["diagnose", "session", "engine", "wire", "assets"]),
    ("case", &["fix", "diagnose", "session", "engine", "wire"]),
    (
        "report",
        &[
            "case", "fix", "diagnose", "session", "engine", "wire", "assets",
        ],
    ),
    (
        "cli",
        &[
            "report", "case", "fix", "diagnose", "session", "engine", "wire", "driver", "import",
            "lab", "assets", "history", "config", "journal",
        ],
    ),
    (
        "tui",
        &[
            "report", "case", "fix", "diagnose", "session", "engine", "wire", "driver", "import",
            "lab", "assets", "history", "config", "journal",
        ],
    ),
    // Beside the line.
    ("driver", &["session", "engine", "wire", "journal"]),
    // A console error is one of the things that people paste.
    (
        "import",
        &[
            "diagnose::recognise",
            "diagnose::Recognised",
            "session",
            "engine",
            "wire",
            "assets",
        ],
    ),
    ("history", &["report", "session", "engine", "wire"]),
    ("config", &["assets"]),
    ("journal", &[]),
    ("lab", &["driver::Route", "wire"]),
    // A lesson holds the script that the lab plays, so its type is the lab's.
    ("assets", &["lab::ServerRule"]),
];

/// Crates that are kept to some places: how their names begin, and where they may be named.
const KEPT_TO: &[(&[&str], &[&str])] = &[
    (
        &["tokio"],
        &["driver/", "lab/", "cli/", "tui/runtime", "main.rs"],
    ),
    (
        &["reqwest"],
        &["driver/", "lab/", "cli/", "tui/runtime", "main.rs"],
    ),
    (&["hyper", "h2", "rustls"], &["driver/"]),
    (&["ratatui", "crossterm"], &["tui/"]),
    (&["rusqlite", "etcetera"], &["history/"]),
];

/// The rooms that are values in, values out.
const PURE: &[&str] = &[
    "wire", "engine", "session", "diagnose", "fix", "case", "report", "import",
];

/// What a pure room has no business with: clocks, files, sockets, processes.
const IMPURE: &[&str] = &[
    "SystemTime",
    "Instant::now",
    "std::fs",
    "std::net::Tcp",
    "std::net::Udp",
    "TcpStream",
    "TcpListener",
    "UdpSocket",
    "std::thread",
    "std::process",
    "std::env",
];

const LONGEST_FILE: usize = 600;

/// A file of `src/`.
struct Source {
    /// Its path below `src/`.
    path: String,
    text: String,
}

impl Source {
    /// The folder or file directly in `src/`; `None` for the crate's roots.
    fn room(&self) -> Option<&str> {
        let first = self.path.split('/').next()?;
        let room = first.strip_suffix(".rs").unwrap_or(first);
        (!matches!(room, "lib" | "main")).then_some(room)
    }

    /// The text without comments.
    fn code(&self) -> String {
        let lines = self
            .text
            .lines()
            .filter(|line| !line.trim_start().starts_with("//"))
            .map(|line| line.split(" // ").next().unwrap_or(line));
        lines.collect::<Vec<_>>().join("\n")
    }

    /// The paths that begin at the crate's root, without `crate::`.
    fn crate_paths(&self) -> Vec<String> {
        let code = self.code();
        let mut paths = Vec::new();
        for (at, _) in code.match_indices("crate::") {
            if code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_') {
                continue;
            }
            paths.extend(expand(&code[at + "crate::".len()..]));
        }
        paths
    }
}

/// The paths that a use tree at the start of `text` stands for: `a::{b, c::d}` is `a::b`, `a::c::d`.
fn expand(text: &str) -> Vec<String> {
    let end = text
        .find(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | ':')))
        .unwrap_or(text.len());
    let prefix = &text[..end];
    let Some(group) = text[end..].strip_prefix('{') else {
        return vec![prefix.trim_end_matches(':').to_owned()];
    };
    let (mut paths, mut depth, mut start) = (Vec::new(), 0, 0);
    for (at, c) in group.char_indices() {
        let closes = c == '}' && depth == 0;
        if closes || c == ',' && depth == 0 {
            let item = group[start..at].trim();
            if !item.is_empty() {
                paths.extend(expand(item).iter().map(|path| format!("{prefix}{path}")));
            }
            start = at + 1;
        }
        match c {
            _ if closes => break,
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
    }
    paths
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut folders = vec![root.clone()];
    let mut files = BTreeSet::<PathBuf>::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                files.insert(path);
            }
        }
    }
    let below = |path: &Path| {
        path.strip_prefix(&root)
            .unwrap()
            .to_str()
            .unwrap()
            .to_owned()
    };
    files
        .iter()
        .map(|path| Source {
            path: below(path),
            text: fs::read_to_string(path).unwrap(),
        })
        .collect()
}

fn allowed(room: &str) -> Option<&'static [&'static str]> {
    MAY_USE
        .iter()
        .find(|(name, _)| *name == room)
        .map(|(_, allowed)| *allowed)
}

/// Whether `word` stands in `code` as the beginning of a name.
fn names(code: &str, word: &str) -> bool {
    code.match_indices(word).any(|(at, _)| {
        !code[..at].ends_with(|c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | '"'))
    })
}

fn assert_none(faults: &[String]) {
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

#[test]
fn every_room_uses_only_what_is_to_its_left() {
    let mut faults = Vec::new();
    for source in sources() {
        let Some(room) = source.room() else { continue };
        let Some(allowed) = allowed(room) else {
            faults.push(format!("{}: the room is not in the table", source.path));
            continue;
        };
        for path in source.crate_paths() {
            let first = path.split("::").next().unwrap_or_default();
            let within =
                |allowed: &&str| path == **allowed || path.starts_with(&format!("{allowed}::"));
            if first != room && !allowed.iter().any(within) {
                faults.push(format!("{}: {room} may not use {path}", source.path));
            }
        }
    }
    assert_none(&faults);
}

#[test]
fn no_room_reaches_another_by_way_of_super() {
    let rooms: Vec<_> = MAY_USE.iter().map(|(room, _)| *room).collect();
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut faults = Vec::new();
    for source in sources() {
        let Some(room) = source.room() else { continue };
        let code = source.code();
        for other in &rooms {
            let own_part = src.join(room).join(other).exists()
                || src.join(room).join(format!("{other}.rs")).exists();
            if !own_part && names(&code, &format!("super::{other}::")) {
                faults.push(format!("{}: super::{other}", source.path));
            }
        }
    }
    assert_none(&faults);
}

#[test]
fn the_table_has_no_cycle() {
    let uses = |room: &str| allowed(room).unwrap_or_default().iter();
    let mut found = Vec::new();
    for (room, _) in MAY_USE {
        let mut reached = BTreeSet::new();
        let mut open = vec![*room];
        while let Some(next) = open.pop() {
            for used in uses(next) {
                let used = used.split("::").next().unwrap_or_default();
                if reached.insert(used) {
                    open.push(used);
                }
            }
        }
        if reached.contains(room) {
            found.push(*room);
        }
    }
    assert!(found.is_empty(), "{found:?}");
}

#[test]
fn crates_stay_where_they_belong() {
    let mut faults = Vec::new();
    for source in sources() {
        let code = source.code();
        for (crates, places) in KEPT_TO {
            if places.iter().any(|place| source.path.starts_with(place)) {
                continue;
            }
            for name in *crates {
                if names(&code, &format!("{name}::")) || names(&code, &format!("use {name}")) {
                    faults.push(format!("{}: {name}", source.path));
                }
            }
        }
    }
    assert_none(&faults);
}

#[test]
fn pure_rooms_know_no_clock_file_or_socket() {
    let mut faults = Vec::new();
    for source in sources() {
        if !source.room().is_some_and(|room| PURE.contains(&room)) {
            continue;
        }
        let code = source.code();
        for word in IMPURE {
            if names(&code, word) {
                faults.push(format!("{}: {word}", source.path));
            }
        }
    }
    assert_none(&faults);
}

#[test]
fn every_file_says_what_it_is_and_is_short_enough_to_read() {
    let mut faults = Vec::new();
    for source in sources() {
        if !source.text.starts_with("//!") {
            faults.push(format!("{}: does not open with //!", source.path));
        }
        let lines = source.text.lines().count();
        if lines > LONGEST_FILE {
            faults.push(format!("{}: {lines} lines", source.path));
        }
    }
    assert_none(&faults);
}

#[test]
fn a_use_tree_is_read_to_its_leaves() {
    for (desc, text, expected) in [
        ("one item", "wire::Origin;", vec!["wire::Origin"]),
        ("in an expression", "wire::latin1(x)", vec!["wire::latin1"]),
        ("a group", "wire::{A, B};", vec!["wire::A", "wire::B"]),
        (
            "a group at the root",
            "{wire::{A, b::C}, engine::D, case};",
            vec!["wire::A", "wire::b::C", "engine::D", "case"],
        ),
        ("a glob", "wire::*;", vec!["wire"]),
        ("over lines", "wire::{\n    A,\n};", vec!["wire::A"]),
    ] {
        assert_eq!(expand(text), expected, "{desc}");
    }
}
