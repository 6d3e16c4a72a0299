//! A request as a person types it, and every mistake in it at once.

use std::fmt;

use url::Url;

use crate::engine::{
    Api, Credentials, CrossOriginAttribute, FetchRequest, Mode, Page, RedirectMode, RequestBody,
};
use crate::wire::{Origin, is_token, latin1_bytes};

/// A field of the form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Field {
    /// The page's origin.
    Page,
    /// The method.
    Method,
    /// The URL.
    Url,
    /// The header row at this index.
    Header(usize),
    /// The body.
    Body,
}

/// The name of the field, for messages.
impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Page => f.write_str("origin"),
            Self::Method => f.write_str("method"),
            Self::Url => f.write_str("URL"),
            Self::Header(index) => write!(f, "header {}", index + 1),
            Self::Body => f.write_str("body"),
        }
    }
}

/// Something that cannot be sent as typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// Where.
    pub field: Field,
    /// What is wrong, the typed value in backticks.
    pub message: String,
    /// What to do.
    pub hint: &'static str,
}

/// Who asks, as typed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PageForm {
    /// An origin or a URL.
    pub origin: String,
    /// Whether the page is in a frame with `sandbox="allow-scripts"`.
    pub sandboxed: bool,
}

/// One header as typed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HeaderRow {
    /// The name.
    pub name: String,
    /// The value.
    pub value: String,
    /// Whether it takes part; a row can be switched off without being lost.
    pub enabled: bool,
}

/// The way in which the page asks, and what only that way has to choose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Way {
    /// The way.
    pub api: Api,
    /// The element's `crossorigin` attribute; `None` where it is absent.
    pub crossorigin: Option<CrossOriginAttribute>,
    /// Whether the script is a module.
    pub module: bool,
    /// The script element's `type` where it is another; one that is no type of JavaScript holds data and is
    /// not fetched.
    pub script_type: Option<String>,
    /// Whether the XMLHttpRequest's upload object has a listener.
    pub upload_listener: bool,
}

impl Default for Way {
    fn default() -> Self {
        Self {
            api: Api::Fetch,
            crossorigin: None,
            module: false,
            script_type: None,
            upload_listener: false,
        }
    }
}

/// A request as typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestForm {
    /// Who asks.
    pub page: PageForm,
    /// In which way.
    pub way: Way,
    /// The method.
    pub method: String,
    /// The URL.
    pub url: String,
    /// The headers.
    pub headers: Vec<HeaderRow>,
    /// The body; `None` for none.
    pub body: Option<String>,
    /// The mode.
    pub mode: Mode,
    /// The credentials mode.
    pub credentials: Credentials,
    /// The redirect mode.
    pub redirect: RedirectMode,
}

impl Default for RequestForm {
    fn default() -> Self {
        Self {
            page: PageForm::default(),
            way: Way::default(),
            method: "GET".to_owned(),
            url: String::new(),
            headers: Vec::new(),
            body: None,
            mode: Mode::Cors,
            credentials: Credentials::SameOrigin,
            redirect: RedirectMode::Follow,
        }
    }
}

impl RequestForm {
    /// The page and what it asks for, or every mistake.
    pub fn parse(&self) -> Result<(Page, FetchRequest), Vec<Mistake>> {
        let mut mistakes = Vec::new();
        let page = self
            .parse_page()
            .map_err(|mistake| mistakes.push(mistake))
            .ok();
        let base = page.as_ref().map(|page| &page.url);
        if let Err(mistake) = self.parse_url(base) {
            mistakes.push(mistake);
        }
        if !is_token(self.method.as_bytes()) {
            mistakes.push(Mistake {
                field: Field::Method,
                message: format!("{} is no method", quoted(&self.method)),
                hint: "letters, digits and !#$%&'*+-.^_`|~ only, as in GET or PATCH",
            });
        }
        for (index, row) in self
            .headers
            .iter()
            .enumerate()
            .filter(|(_, row)| row.enabled)
        {
            mistakes.extend(row.mistake(Field::Header(index)));
        }
        let Some(page) = page.filter(|_| mistakes.is_empty()) else {
            return Err(mistakes);
        };
        let mut request = FetchRequest::new(self.url.trim());
        request.api = self.way.api;
        request.crossorigin = self.way.crossorigin;
        request.module = self.way.module;
        request.script_type.clone_from(&self.way.script_type);
        request.upload_listener = self.way.upload_listener;
        request.method.clone_from(&self.method);
        request.mode = self.mode;
        request.credentials = self.credentials;
        request.redirect = self.redirect;
        request.body = self.body.clone().map(RequestBody::Text);
        request.headers = self
            .headers
            .iter()
            .filter(|row| row.enabled)
            .map(|row| (row.name.clone(), utf8_as_latin1(&row.value)))
            .collect();
        Ok((page, request))
    }

    fn parse_page(&self) -> Result<Page, Mistake> {
        let text = self.page.origin.trim();
        let url = Url::parse(text)
            .ok()
            .filter(|url| matches!(Origin::of(url), Origin::Tuple(_)));
        let Some(url) = url else {
            return Err(Mistake {
                field: Field::Page,
                message: match text {
                    "" => "no page given".to_owned(),
                    _ => format!("{} is no origin", quoted(text)),
                },
                hint: match text {
                    "null" => "an opaque origin is asked for with a sandboxed page",
                    _ => "scheme and host of the page that asks, as in https://app.example",
                },
            });
        };
        Ok(if self.page.sandboxed {
            Page::sandboxed(url)
        } else {
            Page::at(url)
        })
    }

    fn parse_url(&self, base: Option<&Url>) -> Result<Url, Mistake> {
        let text = self.url.trim();
        let mistake = |message: String, hint| Mistake {
            field: Field::Url,
            message,
            hint,
        };
        if text.is_empty() {
            return Err(mistake(
                "no URL given".to_owned(),
                "the address that the page asks, as in https://api.example/prices",
            ));
        }
        let parsed = match base {
            Some(base) if text.starts_with('/') => base.join(text),
            _ => Url::parse(text),
        };
        match parsed {
            Ok(url)
                if matches!(url.scheme(), "http" | "https")
                    && url.host_str().is_none_or(str::is_empty) =>
            {
                Err(mistake(
                    format!("{} has no host", quoted(text)),
                    "as in https://api.example/prices",
                ))
            }
            Ok(url) => Ok(url),
            Err(url::ParseError::RelativeUrlWithoutBase) => Err(mistake(
                format!("{} has no scheme", quoted(text)),
                "begin with https:// or http://",
            )),
            Err(error) => Err(mistake(
                format!("{}: {error}", quoted(text)),
                "as in https://api.example/prices",
            )),
        }
    }
}

/// What was given, as a message names it: a pasted megabyte would bury the words around it.
fn quoted(given: &str) -> String {
    const LONGEST: usize = 120;
    let cut: String = given.chars().take(LONGEST).collect();
    let dots = if cut.len() < given.len() { "…" } else { "" };
    format!("`{}{dots}`", cut.escape_debug())
}

impl HeaderRow {
    /// A row that takes part.
    pub fn new(name: impl Into<String>, value: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            value: value.into(),
            enabled: true,
        }
    }

    fn mistake(&self, field: Field) -> Option<Mistake> {
        let message = if !is_token(self.name.as_bytes()) {
            format!("{} is no header name", quoted(&self.name))
        } else if self.value.contains(['\0', '\r', '\n']) {
            format!("the value of `{}` holds a line break or NUL", self.name)
        } else {
            return None;
        };
        Some(Mistake {
            field,
            message,
            hint: "as in X-Api-Key: 42",
        })
    }
}

/// Typed text goes out as UTF-8; the engine takes one character a byte.
fn utf8_as_latin1(value: &str) -> String {
    match latin1_bytes(value) {
        Some(_) if value.is_ascii() => value.to_owned(),
        _ => crate::wire::latin1(value.as_bytes()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(page: &str, method: &str, url: &str) -> RequestForm {
        RequestForm {
            page: PageForm {
                origin: page.into(),
                sandboxed: false,
            },
            method: method.into(),
            url: url.into(),
            ..RequestForm::default()
        }
    }

    #[test]
    fn a_mistake_names_the_beginning_of_what_is_too_long() {
        let form = RequestForm {
            url: "{".repeat(1_000_000),
            ..RequestForm::default()
        };
        let mistake = form.parse_url(None).unwrap_err();
        assert!(mistake.message.contains("{{…`"), "{}", mistake.message);
        assert!(mistake.message.len() < 200, "{}", mistake.message.len());
    }

    #[test]
    fn all_mistakes_are_told_at_once() {
        let mut form = form("app.example", "GE T", "api.example/x");
        form.headers = vec![
            HeaderRow::new("X Bad", "1"),
            HeaderRow::new("X-Good", "1"),
            HeaderRow::new("X-A", "a\nb"),
        ];
        let fields: Vec<_> = form
            .parse()
            .unwrap_err()
            .into_iter()
            .map(|mistake| mistake.field)
            .collect();
        assert_eq!(
            fields,
            [
                Field::Page,
                Field::Url,
                Field::Method,
                Field::Header(0),
                Field::Header(2)
            ]
        );
    }

    #[test]
    fn a_switched_off_header_takes_no_part() {
        let mut form = form("https://app.example", "PUT", "https://api.example/x");
        form.headers = vec![
            HeaderRow {
                enabled: false,
                ..HeaderRow::new("X Bad", "1")
            },
            HeaderRow::new("X-A", "ü"),
        ];
        let (page, request) = form.parse().unwrap();
        assert_eq!(page.origin.to_string(), "https://app.example");
        assert_eq!(
            request.headers,
            [("X-A".to_owned(), "\u{c3}\u{bc}".to_owned())]
        );
    }

    #[test]
    fn a_path_is_relative_to_the_page() {
        assert!(
            form("https://app.example/x", "GET", "/prices")
                .parse()
                .is_ok()
        );
        assert_eq!(
            form("https://app.example", "GET", "").parse().unwrap_err()[0].message,
            "no URL given"
        );
    }

    #[test]
    fn a_sandboxed_page_is_opaque() {
        let mut form = form("https://app.example", "GET", "https://api.example/x");
        form.page.sandboxed = true;
        assert_eq!(form.parse().unwrap().0.origin, Origin::Opaque);
    }
}
