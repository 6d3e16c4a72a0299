//! Pieces that take data and styles and know no model.

pub mod field;
pub mod panel;
pub mod text;
