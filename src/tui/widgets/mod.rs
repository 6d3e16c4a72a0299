//! Pieces that take data and styles and know no model.

pub mod field;
pub mod find;
pub mod panel;
pub mod pretty;
pub mod prompt;
pub mod text;
