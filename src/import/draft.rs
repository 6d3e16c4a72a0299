//! What a text says about a request, before it is settled what of it a script asked for.

use super::NetworkHints;
use super::note::Note;
use crate::diagnose::Recognised;
use crate::engine::{Api, Credentials, CrossOriginAttribute, Mode, RedirectMode};

/// Who wrote the headers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Headers {
    /// They are those of the wire: a browser's own among them.
    #[default]
    OfTheWire,
    /// Script sets all of them.
    OfScript,
}

/// A request as a text tells it.
#[derive(Clone, Debug, Default)]
pub(super) struct Draft {
    pub url: String,
    pub method: Option<String>,
    pub headers: Vec<(String, String)>,
    pub headers_are: Headers,
    pub body: Option<String>,
    /// Cookies as in a `Cookie` header.
    pub cookies: Vec<String>,
    /// The page, where a console names it.
    pub page: Option<String>,
    /// The page's URL, where it is told other than by a header.
    pub referrer: Option<String>,
    pub api: Option<Api>,
    pub mode: Option<Mode>,
    pub credentials: Option<Credentials>,
    pub redirect: Option<RedirectMode>,
    pub upload_listener: bool,
    /// The element's `crossorigin` attribute.
    pub crossorigin: Option<CrossOriginAttribute>,
    /// Whether it is a module script.
    pub module: bool,
    /// The script element's `type`.
    pub script_type: Option<String>,
    /// Whether a browser wrote the call, so that mode and credentials are its own guesses.
    pub copied: bool,
    pub network: NetworkHints,
    pub notes: Vec<Note>,
    pub console: Option<Recognised>,
}

impl Draft {
    pub(super) fn of_url(url: &str) -> Self {
        Self {
            url: url.to_owned(),
            ..Self::default()
        }
    }

    /// The value of the first header of a name.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        let found = self
            .headers
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    /// Takes all headers of a name out; the first value.
    pub(super) fn take(&mut self, name: &str) -> Option<String> {
        let value = self.header(name).map(str::to_owned);
        self.headers
            .retain(|(known, _)| !known.eq_ignore_ascii_case(name));
        value
    }

    /// Sets a header where none of its name is there; whether it was set.
    pub(super) fn set_default(&mut self, name: &str, value: &str) -> bool {
        let absent = self.header(name).is_none();
        if absent {
            self.headers.push((name.to_owned(), value.to_owned()));
        }
        absent
    }
}
