//! corscope: the terminal UI CORS debugger.
#![warn(missing_docs)]

pub mod case;
pub mod diagnose;
pub mod engine;
pub mod session;
pub mod wire;
