//! What people have at hand, read: a URL, a request as on the wire, a cURL command, PowerShell, a `fetch()` call,
//! an element of HTML, a console error.
//!
//! ```text
//!  text ── format ──► url · curl (shell, cmd) · powershell · script (fetch) · console
//!                         |  a Draft: what the text says
//!                         v
//!                       settle: headers that a browser sets become page, cookies, mode
//!                         |
//!                         v
//!                       Imported: form, cookies, network hints, notes
//! ```
//!
//! Text in, typed value out: no file that a text names is read, nothing in it is run.
//!
//! | to change | open |
//! | --- | --- |
//! | a sentence | `assets/import.toml` |
//! | where a command stands among other things | `command` |
//! | what a curl option does | `curl_options` |
//! | what becomes of a header | `settle` |
//! | what of JavaScript is understood | `javascript`, `value`; its mistakes: `syntax` |
//! | how a call becomes a request | `script`; of axios, jQuery, ky …: `libraries` |
//! | what is undone before source is read as JavaScript | `mended` |

mod address;
mod ansi_c;
mod cmd;
mod command;
mod console;
mod curl;
mod curl_options;
mod draft;
mod element;
mod escapes;
mod glob;
mod javascript;
mod libraries;
mod mended;
mod multipart;
mod note;
mod place;
mod powershell;
mod raw;
mod script;
mod settle;
mod shell;
mod syntax;
mod value;

pub use console::since_then;
pub use note::{Note, NoteKind};
pub use place::Place;

use thiserror::Error;

use crate::diagnose::{Recognised, recognise};
use crate::engine::Engine;
use crate::session::RequestForm;
use draft::Draft;

/// More notes than this are counted, not told.
const MOST_NOTES: usize = 40;

/// What a text was taken for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// An address.
    Url,
    /// A request as it stands on the wire or in a file of requests.
    Http,
    /// An element of HTML that loads something.
    Element,
    /// A cURL command for bash or cmd.
    Curl,
    /// `Invoke-WebRequest` or `Invoke-RestMethod`.
    PowerShell,
    /// JavaScript with a call of `fetch()`.
    Fetch,
    /// Lines of a browser's console.
    Console,
}

/// A request as it was pasted.
#[derive(Clone, Debug, PartialEq)]
pub struct Imported {
    /// What it was read as.
    pub format: Format,
    /// The request.
    pub form: RequestForm,
    /// Cookies of the browser before the request, as `Set-Cookie` lines of the URL's host.
    pub cookies: Vec<String>,
    /// The browser that it comes from, where the text shows that.
    pub engine: Option<Engine>,
    /// How it was sent.
    pub network: NetworkHints,
    /// What the reader should know, in the order of importance.
    pub notes: Vec<Note>,
    /// The console line that it comes from.
    pub console: Option<Recognised>,
}

impl Imported {
    /// Without what it says about connections, where those are settled already; a note says so.
    pub fn without_network(mut self) -> Self {
        if self.network != NetworkHints::default() {
            self.network = NetworkHints::default();
            let of_network = ["insecure", "resolve", "connect-to", "proxy"];
            self.notes.retain(|note| !of_network.contains(&note.key));
            let note = Note::new(NoteKind::Dropped, "network-not-taken");
            self.notes.push(note);
        }
        self
    }

    /// Without what it says about the page, where that is given otherwise.
    pub fn with_page_given(mut self) -> Self {
        self.notes.retain(|note| !note.key.starts_with("page-"));
        self
    }

    /// The first placeholder in a value that nobody has filled in yet.
    pub fn placeholder_in(&self, value: &str) -> Option<String> {
        let open = self
            .notes
            .iter()
            .filter(|note| note.kind == NoteKind::NotEvaluated);
        let names = open.flat_map(|note| &note.params).map(|(_, name)| name);
        let mut placeholders = names.map(|name| format!("<{name}>"));
        placeholders.find(|placeholder| value.contains(placeholder))
    }
}

/// What a command says about connections; spelled as in curl.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NetworkHints {
    /// Whether any certificate is accepted.
    pub insecure: bool,
    /// `HOST:PORT:ADDR`.
    pub resolve: Vec<String>,
    /// `HOST1:PORT1:HOST2:PORT2`.
    pub connect_to: Vec<String>,
    /// The proxy.
    pub proxy: Option<String>,
}

/// Why a text cannot be imported.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{}", self.told())]
pub struct ImportError {
    key: &'static str,
    params: Vec<(&'static str, String)>,
    /// Where in the text, if at one place.
    pub place: Option<Place>,
}

impl ImportError {
    fn new(key: &'static str, place: impl Into<Option<Place>>) -> Self {
        Self {
            key,
            params: Vec::new(),
            place: place.into(),
        }
    }

    fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.params.push((name, value.into()));
        self
    }

    fn told(&self) -> String {
        let sentence = note::error_sentence(self.key, &self.params);
        match self.place {
            Some(place) => format!("{place}: {sentence}"),
            None => sentence,
        }
    }
}

/// What a text is, judged by its beginning and by the words in it; `None` for anything else.
pub fn format(text: &str) -> Option<Format> {
    let first = text.trim_start_matches(['$', '>', '%', ' ', '\t', '\r', '\n', '\u{feff}']);
    let mut words = first.split(|c: char| c.is_whitespace() || c == '^');
    if raw::is_raw(text) {
        return Some(Format::Http);
    }
    if powershell::is_powershell(text) {
        return Some(Format::PowerShell);
    }
    if command::is_curl(words.next()?) {
        return Some(Format::Curl);
    }
    if address::read(text).is_some() {
        return Some(Format::Url);
    }
    if element::is_element(text) && !script::has_call(text) {
        return Some(Format::Element);
    }
    // Source may quote what a console says; it hardly ever names an address with it.
    let lines = recognise(text);
    if lines.iter().any(console::names_request) {
        return Some(Format::Console);
    }
    if script::has_call(text) {
        return Some(Format::Fetch);
    }
    if command::find_curl(text).is_some() {
        return Some(Format::Curl);
    }
    if element::is_page(text) {
        return Some(Format::Element);
    }
    (!lines.is_empty()).then_some(Format::Console)
}

/// The text of a file or of standard input: UTF-8, or UTF-16 where a byte order mark says so, as PowerShell and
/// editors of Windows write it.
pub fn text_of(bytes: &[u8]) -> String {
    let of = |unit: fn([u8; 2]) -> u16| {
        let units = bytes[2..].chunks(2).map(|pair| match pair {
            [first, second] => unit([*first, *second]),
            _ => 0xfffd,
        });
        let chars = char::decode_utf16(units);
        chars
            .map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER))
            .collect()
    };
    match bytes {
        [0xff, 0xfe, ..] => of(u16::from_le_bytes),
        [0xfe, 0xff, ..] => of(u16::from_be_bytes),
        _ => String::from_utf8_lossy(bytes).into_owned(),
    }
}

/// Reads a text of any format.
///
/// # Errors
///
/// With the place, and what was expected there.
pub fn read(text: &str) -> Result<Imported, ImportError> {
    let Some(format) = format(text) else {
        return Err(match text.trim() {
            "" => ImportError::new("nothing", None),
            trimmed => {
                let begin = text.len() - text.trim_start().len();
                let lines = trimmed.lines().count();
                let key = match lines {
                    1 => "unknown-format",
                    _ => "unknown-lines",
                };
                ImportError::new(key, Place::of(text, begin))
            }
        });
    };
    read_as(format, text)
}

/// Reads a text that is known to be of a format.
///
/// # Errors
///
/// As [`read`].
pub fn read_as(format: Format, text: &str) -> Result<Imported, ImportError> {
    let draft = match format {
        Format::Url => address::read(text).unwrap_or_else(|| Draft::of_url(text.trim())),
        Format::Http => raw::read(text)?,
        Format::Element => element::read(text)?,
        Format::Curl => curl::read(text)?,
        Format::PowerShell => powershell::read(text)?,
        Format::Fetch => script::read(text)?,
        Format::Console => console::read(text)?,
    };
    let mut imported = settle::settle(format, draft);
    let left = imported.notes.len().saturating_sub(MOST_NOTES);
    imported.notes.truncate(MOST_NOTES);
    if left > 0 {
        let note = Note::new(NoteKind::Dropped, "more-notes");
        imported.notes.push(note.with("count", left.to_string()));
    }
    for note in &mut imported.notes {
        note.locate(text);
    }
    Ok(imported)
}

#[cfg(test)]
mod tests;
