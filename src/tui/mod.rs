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
//! | what a message does | `update`, which routes to `screens/` |
//! | what the program does outside of the screen | `runtime` |

mod background;
mod configured;
mod key;
mod keymap;
mod layout;
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

pub use configured::rules;
pub use key::Key;
pub use keymap::{Action, Binding, KeyMistake, Keymap, Place};
pub use layout::{Border, Regions, Split, is_wide, regions};
pub use model::{
    AskOrder, Asked, AskedBrowser, Cmd, Export, FollowUp, Model, Msg, Opening, Order, Overlay,
    Panel, Run, RunEvent, Sending, SentRequest, Sheet, Viewer,
};
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
