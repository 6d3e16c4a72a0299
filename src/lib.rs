//! corscope: the terminal UI CORS debugger.
#![warn(missing_docs)]

pub mod driver;
pub mod wire;
