//! A word on what was pasted, as JSON.

use serde::Serialize;

/// What became of a part of a pasted text.
#[derive(Clone, Debug, Serialize)]
pub struct NoteJson {
    /// How sure it is: `given`, `derived`, `assumed`, `dropped`, `not evaluated`, `not known`.
    pub kind: &'static str,
    /// The sentence.
    pub text: String,
    /// The line of the pasted text, from one, where one place matters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<usize>,
    /// The column in characters, from one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<usize>,
}
