//! Parses the command line, chooses a front-end, returns the exit code.

fn main() {}
