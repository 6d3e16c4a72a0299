//! One file a screen, panel, tab or overlay: its state, what keys do to it, and its view together.
//!
//! A new screen is one file here, one variant of [`Screen`] with its arms below, an action that opens it
//! and rows in `assets/keymap.toml`. A new tab of the detail is one file and one row of `detail::TABS`.

pub mod bars;
pub mod body;
pub mod browser;
pub mod compare;
pub mod composer;
pub mod composer_edit;
pub mod composer_view;
pub mod confirm;
pub mod console;
pub mod copy;
pub mod debug;
pub mod detail;
pub mod editor;
pub mod engines;
pub mod export;
pub mod fix;
pub mod glossary;
pub mod headers;
pub mod help;
pub mod history;
pub mod history_view;
pub mod imported;
pub mod lessons;
pub mod palette;
pub mod prediction;
pub mod requests;
pub mod search;
pub mod send;
pub mod sequence;
pub mod stacks;
pub mod themes;
pub mod toasts;
pub mod trace;
pub mod verdict;
pub mod what_if;
pub mod why;

use ratatui::Frame;
use ratatui::layout::{Position, Rect};

use super::action::{Action, Place};
use super::message::Cmd;
use super::model::Model;

/// What fills the space between the bars.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Screen {
    /// Request, trace and detail.
    #[default]
    Debug,
    /// The runs that were kept.
    History,
    /// Two of them side by side.
    Compare,
    /// The lessons of the lab.
    Lessons,
    /// All keys.
    Help,
}

impl Screen {
    /// The name on top.
    pub fn title(self) -> &'static str {
        match self {
            Self::Debug => "Debug",
            Self::History => "History",
            Self::Compare => "Compare",
            Self::Lessons => "Lessons",
            Self::Help => "Keys",
        }
    }

    /// The places of the key table that count on it, the narrowest first.
    pub fn places(self, model: &Model) -> Vec<Place> {
        match self {
            Self::Debug => debug::places(model),
            Self::History => history::places(model),
            Self::Compare => vec![Place::Compare],
            Self::Lessons => vec![Place::Lessons],
            Self::Help => vec![Place::Help],
        }
    }

    /// Does what an action says; `None` where it means nothing here.
    pub fn act(self, model: &mut Model, action: Action) -> Option<Vec<Cmd>> {
        match self {
            Self::Debug => debug::act(model, action),
            Self::History => history::act(model, action),
            Self::Compare => compare::act(model, action),
            Self::Lessons => lessons::act(model, action),
            Self::Help => help::act(model, action),
        }
    }

    /// Draws it.
    pub fn draw(self, model: &Model, area: Rect, frame: &mut Frame) {
        match self {
            Self::Debug => debug::draw(model, frame),
            Self::History => history_view::draw(model, area, frame),
            Self::Compare => compare::draw(model, area, frame),
            Self::Lessons => lessons::draw(model, area, frame),
            Self::Help => help::draw(model, area, frame),
        }
    }

    /// Takes a click.
    pub fn click(self, model: &mut Model, position: Position) -> Vec<Cmd> {
        match self {
            Self::Debug => debug::click(model, position),
            Self::History => return history::click(model, position),
            Self::Lessons => lessons::click(model, position),
            Self::Compare | Self::Help => {}
        }
        Vec::new()
    }

    /// Takes the mouse moved with its button down.
    pub fn drag(self, model: &mut Model, position: Position) {
        match self {
            Self::Debug => debug::drag(model, position),
            Self::History | Self::Compare | Self::Lessons | Self::Help => {}
        }
    }

    /// Takes a notch of the wheel.
    pub fn scroll(self, model: &mut Model, position: Position, down: bool) -> Vec<Cmd> {
        let action = if down { Action::Down } else { Action::Up };
        match self {
            Self::Debug => {
                debug::scroll(model, position, down);
                Vec::new()
            }
            Self::History | Self::Compare | Self::Lessons | Self::Help => {
                self.act(model, action).unwrap_or_default()
            }
        }
    }
}
