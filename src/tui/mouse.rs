//! What the mouse does: a click goes where it points, the wheel scrolls what is under it, a
//! border that is dragged moves.

use crossterm::event::{MouseButton, MouseEvent, MouseEventKind};
use ratatui::layout::Position;

use super::action::Action;
use super::message::Cmd;
use super::model::{Model, Overlay};
use super::screens::{copy, editor, glossary, palette, requests, stacks, themes};
use super::update::act;

/// Takes one event of the mouse. A question takes no clicks.
pub fn update(model: &mut Model, event: MouseEvent) -> Vec<Cmd> {
    let position = Position::new(event.column, event.row);
    let screen = model.screen;
    match (&model.overlay, event.kind) {
        (Overlay::Palette(_), MouseEventKind::Down(MouseButton::Left)) => {
            return palette::click(model, position);
        }
        (Overlay::Palette(_), MouseEventKind::ScrollUp) => return palette::act(model, Action::Up),
        (Overlay::Palette(_), MouseEventKind::ScrollDown) => {
            return palette::act(model, Action::Down);
        }
        (Overlay::Themes(_), MouseEventKind::Down(MouseButton::Left)) => {
            themes::click(model, position);
        }
        (Overlay::Themes(_), MouseEventKind::ScrollUp) => return themes::act(model, Action::Up),
        (Overlay::Themes(_), MouseEventKind::ScrollDown) => {
            return themes::act(model, Action::Down);
        }
        (Overlay::Copy(_), MouseEventKind::Down(MouseButton::Left)) => {
            return copy::click(model, position);
        }
        (Overlay::Copy(_), MouseEventKind::ScrollUp) => return copy::act(model, Action::Up),
        (Overlay::Copy(_), MouseEventKind::ScrollDown) => return copy::act(model, Action::Down),
        (Overlay::Requests(_), MouseEventKind::Down(MouseButton::Left)) => {
            return requests::click(model, position);
        }
        (Overlay::Stacks(_), MouseEventKind::Down(MouseButton::Left)) => {
            stacks::click(model, position);
        }
        (Overlay::WhatIf(_), MouseEventKind::Down(MouseButton::Left)) => {
            editor::click(model, position);
        }
        (Overlay::Glossary(_), MouseEventKind::Down(MouseButton::Left)) => {
            glossary::click(model, position);
        }
        (Overlay::Glossary(_), MouseEventKind::ScrollUp) => glossary::scroll(model, false),
        (Overlay::Glossary(_), MouseEventKind::ScrollDown) => glossary::scroll(model, true),
        (
            Overlay::Browser(_)
            | Overlay::Imported(_)
            | Overlay::Stacks(_)
            | Overlay::WhatIf(_)
            | Overlay::Requests(_),
            MouseEventKind::ScrollUp,
        ) => {
            return act_on(model, Action::Up);
        }
        (
            Overlay::Browser(_)
            | Overlay::Imported(_)
            | Overlay::Stacks(_)
            | Overlay::WhatIf(_)
            | Overlay::Requests(_),
            MouseEventKind::ScrollDown,
        ) => {
            return act_on(model, Action::Down);
        }
        (
            Overlay::Palette(_)
            | Overlay::Browser(_)
            | Overlay::WhatIf(_)
            | Overlay::Glossary(_)
            | Overlay::Confirm(_)
            | Overlay::Imported(_)
            | Overlay::Themes(_)
            | Overlay::Copy(_)
            | Overlay::Stacks(_)
            | Overlay::Export(_)
            | Overlay::Requests(_),
            _,
        ) => {}
        (Overlay::None, kind) => match kind {
            MouseEventKind::Down(MouseButton::Left) => return screen.click(model, position),
            MouseEventKind::Drag(MouseButton::Left) => screen.drag(model, position),
            MouseEventKind::Up(_) => model.held = None,
            MouseEventKind::ScrollUp => return screen.scroll(model, position, false),
            MouseEventKind::ScrollDown => return screen.scroll(model, position, true),
            _ => {}
        },
    }
    Vec::new()
}

fn act_on(model: &mut Model, action: Action) -> Vec<Cmd> {
    act(model, action).unwrap_or_default()
}
