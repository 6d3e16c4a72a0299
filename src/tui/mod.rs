//! The terminal UI: [`Model`], [`Msg`], [`Cmd`], [`update`], [`view`].
//!
//! ```text
//!  terminal, run, signals ── Msg ──► update(&mut Model, Msg) ── Cmd ──► runtime: network, lab, terminal
//!                                          │
//!                                          ▼
//!                                   view(&Model, &mut Frame)
//! ```
//!
//! `update` neither waits nor reads a clock nor draws; time comes in messages. `view` changes nothing.
//! Only `runtime` waits.
//!
//! | to change ... | open |
//! | --- | --- |
//! | a key, a hint, a line of help | `assets/keymap.toml` |
//! | how something looks | `assets/themes/` |
//! | a screen, panel, tab or overlay | its file in `screens/` |
//! | which part is where | `layout` |
//! | what can happen, and what the screen asks for | `message` |
//! | what is kept while the program runs | `model` |
//! | what a message does | `update`, which routes to `screens/` |
//! | what the program does outside of the screen | `runtime` |

mod action;
mod background;
mod configured;
mod key;
mod keymap;
mod layout;
mod message;
mod model;
mod mouse;
mod outcome;
mod runtime;
mod screens;
mod terminal;
mod theme;
mod update;
mod view;
mod widgets;

pub use action::{Action, Place};
pub use configured::rules;
pub use key::Key;
pub use keymap::{Binding, KeyMistake, Keymap};
pub use layout::{Border, Regions, Split, is_wide, regions};
pub use message::{AskOrder, Cmd, Export, FollowUp, Msg, Order, RunEvent, Sheet, Viewer};
pub use model::{Asked, AskedBrowser, Model, Opening, Overlay, Panel, Run, Sending, SentRequest};
pub use outcome::Outcome;
pub use runtime::{Start, run};
pub use screens::Screen;
pub use screens::compare::Compared;
pub use screens::composer::Stop;
pub use screens::detail::Tab;
pub use screens::history::{Change, HistoryEvent, HistoryOrder, Runs};
pub use screens::lessons::LabChoice;
pub use screens::palette::{Command, Palette};
pub use screens::prediction::Prediction;
pub use screens::requests::{Requests, RequestsEvent, RequestsOrder};
pub use screens::trace::{Row, TraceView};
pub use theme::{Colours, Ground, Meaning, Rgb, Theme, Themes};
pub use update::update;
pub use view::view;
