//! corscope: the terminal UI CORS debugger.
#![warn(missing_docs)]

pub mod assets;
pub mod lab;
pub mod wire;
