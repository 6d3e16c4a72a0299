//! What the mouse does: a click goes where it points, the wheel scrolls what is under it.

use crossterm::event::{MouseButton, MouseEvent, MouseEventKind};
use ratatui::layout::Position;

use super::model::{Cmd, Model, Overlay};

/// Takes one event of the mouse. An overlay takes no clicks.
pub fn update(model: &mut Model, event: MouseEvent) -> Vec<Cmd> {
    if !matches!(model.overlay, Overlay::None) {
        return Vec::new();
    }
    let position = Position::new(event.column, event.row);
    let screen = model.screen;
    match event.kind {
        MouseEventKind::Down(MouseButton::Left) => screen.click(model, position),
        MouseEventKind::ScrollUp => screen.scroll(model, position, false),
        MouseEventKind::ScrollDown => screen.scroll(model, position, true),
        _ => {}
    }
    Vec::new()
}
