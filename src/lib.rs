//! corscope: the terminal UI CORS debugger, as a library.
//!
//! ```text
//!  flags · JSON line · lesson · form in the TUI
//!        |  typed values
//!        v
//!  FetchRequest + Page --> engine::start --> Step
//!                                             |  Send(pending) --> driver: the network
//!                                             |        Answer ---> pending.answer(answer, browser, now) --> Step ...
//!                                             v  Done(finished)
//!  Session = page + request + browser + exchanges     the only thing that is saved, edited, replayed
//!        |  Case::new: replay for the other engines, problems, fixes     (pure, redone whole)
//!        v
//!  Case --> report: text, json --> cli, exit code
//!       --> tui: Model --> view
//! ```
//!
//! | to change ... | open |
//! | --- | --- |
//! | a browser rule | [`engine`], the file named after the algorithm |
//! | what one engine does otherwise | `engine/profile/`, a field |
//! | the words of a step | `assets/trace.toml` |
//! | the page of a reason | `assets/findings/` |
//! | what lifts a block, and what a fix opens | [`fix`]; its sentences: `assets/fixes.toml` |
//! | what can be edited in a what-if | [`session`]: `edit`, `what_if` |
//! | what typically is behind a reason, and how that shows | `assets/causes/`, no Rust |
//! | the follow-up requests of `--investigate` | [`diagnose`]: `investigate`; their words: `assets/probes.toml` |
//! | a word of the glossary | `assets/glossary/` |
//! | how a server is told a policy | `assets/recipes/`, no Rust |
//! | what a browser's console says | `assets/browsers/` |
//! | a lesson | `assets/lessons/`, no Rust |
//! | what may be typed, and its mistakes | [`session`]: `form` |
//! | what can be pasted, and what becomes of it | [`import`]; its sentences: `assets/import.toml` |
//! | the JSON of requests | [`session`]: `line`; of results: [`report`]: `json` |
//! | what is kept of a run, and where | [`history`]; a session as JSON: [`session`]: `saved`; secrets: `redact` |
//! | named requests in `*.corscope.toml` | [`history`]: `collection`, `files` |
//! | how requests are sent | [`driver`] |
//! | a command | `cli/`, one file each |
//! | a setting | [`config`]: `settings`, and `assets/schema/config.schema.json` |
//! | the debug log | [`journal`] |
//! | the screen | `tui/` |
//!
//! Dependencies point one way, held by `tests/architecture.rs`:
//! `wire <- engine <- session <- diagnose <- fix <- case <- report <- cli | tui`; [`driver`], [`lab`], [`config`],
//! [`journal`], [`history`], [`import`] and [`assets`] stand beside. tokio and reqwest only in `driver`, `lab`, `cli`, `tui/runtime` and `main`;
//! ratatui and crossterm only in `tui`.

pub mod assets;
pub mod case;
pub mod cli;
pub mod config;
pub mod diagnose;
pub mod driver;
pub mod engine;
pub mod fix;
pub mod history;
pub mod import;
pub mod journal;
pub mod lab;
pub mod report;
pub mod session;
pub mod tui;
pub mod wire;
