//! A session as JSON, and back: the form in which runs are kept.
//!
//! The request is the line that `batch` reads, exchanges are those of a result (with when each was
//! answered); beside them stands what the browser remembered before the fetch. What comes back decides
//! as what was saved. Times keep microseconds, bodies are kept without their content coding.

mod browser;
mod exchange;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use thiserror::Error;
use url::Url;

use self::browser::{BrowserJson, LocationJson};
use self::exchange::ExchangeJson;
use super::{Line, LineError, Session, write_line};
use crate::engine::{Browser, ContentSecurityPolicy, Engine, FetchedPage, PagePolicies, Timestamp};

/// The version of the format.
const VERSION: u32 = 1;

/// Why a saved session cannot be read.
#[derive(Debug, Error)]
pub enum SavedError {
    /// Not JSON, or not of this format.
    #[error("{0}")]
    Json(#[from] serde_json::Error),
    /// Saved by a newer corscope.
    #[error("saved in format {0}; this corscope reads format {VERSION}: use a newer one")]
    Version(u32),
    /// The request cannot be read.
    #[error("`request`: {0}")]
    Request(#[from] LineError),
    /// A value that there is not.
    #[error("`{field}`: `{value}` is none")]
    Value {
        /// The field.
        field: &'static str,
        /// What it says.
        value: String,
    },
}

impl SavedError {
    fn value(field: &'static str, value: impl Into<String>) -> Self {
        Self::Value {
            field,
            value: value.into(),
        }
    }
}

/// Only what must be known before the rest is read.
#[derive(Deserialize)]
struct Head {
    corscope: u32,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SavedJson {
    corscope: u32,
    request: Value,
    /// What the line cannot say of the page's policies.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    policies: Option<PoliciesJson>,
    started: u64,
    #[serde(default, skip_serializing_if = "BrowserJson::is_fresh")]
    browser: BrowserJson,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    locations: Vec<LocationJson>,
    exchanges: Vec<ExchangeJson>,
}

/// The page's Content Security Policies in their order, and how its policies were learned.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct PoliciesJson {
    csp: Vec<(bool, String)>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    fetched: Option<FetchedJson>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct FetchedJson {
    url: Url,
    status: Option<u16>,
    redirects: usize,
    failure: Option<String>,
}

impl PoliciesJson {
    fn of(policies: &PagePolicies) -> Option<Self> {
        if policies.csp.is_empty() && policies.fetched.is_none() {
            return None;
        }
        let fetched = policies.fetched.clone().map(|fetched| FetchedJson {
            url: fetched.url,
            status: fetched.status,
            redirects: fetched.redirects,
            failure: fetched.failure,
        });
        let csp = policies.csp.iter();
        Some(Self {
            csp: csp
                .map(|policy| (policy.report_only, policy.text.clone()))
                .collect(),
            fetched,
        })
    }

    fn fill(self, policies: &mut PagePolicies) {
        let csp = self.csp.into_iter();
        policies.csp = csp
            .map(|(report_only, text)| ContentSecurityPolicy { text, report_only })
            .collect();
        policies.fetched = self.fetched.map(|fetched| FetchedPage {
            url: fetched.url,
            status: fetched.status,
            redirects: fetched.redirects,
            failure: fetched.failure,
        });
    }
}

/// Writes a session as one line of JSON.
///
/// # Errors
///
/// None that a session can cause: every value has a form in JSON.
pub fn write_saved(session: &Session) -> Result<String, SavedError> {
    let browser = &session.browser;
    let saved = SavedJson {
        corscope: VERSION,
        request: write_line(
            &session.page,
            &session.request,
            session.engine(),
            browser.local_network,
        ),
        policies: PoliciesJson::of(&session.page.policies),
        started: session.started.0,
        browser: BrowserJson::of(session),
        locations: session.locations.iter().map(LocationJson::of).collect(),
        exchanges: session.exchanges.iter().map(ExchangeJson::of).collect(),
    };
    Ok(serde_json::to_string(&saved)?)
}

/// Reads what [`write_saved`] has written.
///
/// # Errors
///
/// Text of another format or of a version not known here, and values that there are not; the message
/// names them.
pub fn read_saved(text: &str) -> Result<Session, SavedError> {
    let head: Head = serde_json::from_str(text)?;
    if head.corscope != VERSION {
        return Err(SavedError::Version(head.corscope));
    }
    let saved: SavedJson = serde_json::from_str(text)?;
    let mut line = Line::from_value(saved.request)?;
    if let Some(policies) = saved.policies {
        policies.fill(&mut line.page.policies);
    }
    let mut browser = Browser::fresh(line.engine.unwrap_or(Engine::Chromium));
    browser.local_network = line.permission.unwrap_or_default();
    saved.browser.fill(&mut browser, &line.page)?;
    let locations = saved.locations.into_iter().map(LocationJson::read);
    let exchanges = saved.exchanges.into_iter().map(ExchangeJson::read);
    Ok(Session {
        page: line.page,
        request: line.request,
        browser,
        started: Timestamp(saved.started),
        locations: locations.collect::<Result<_, _>>()?,
        exchanges: exchanges.collect::<Result<_, _>>()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::FetchRequest;
    use crate::engine::Page;

    fn session() -> Session {
        Session {
            page: Page::at("https://app.example".parse().unwrap()),
            request: FetchRequest::new("https://api.example/x"),
            browser: Browser::fresh(Engine::Firefox),
            started: Timestamp(17),
            locations: Vec::new(),
            exchanges: Vec::new(),
        }
    }

    #[test]
    fn little_is_written_of_little() {
        let text = write_saved(&session()).unwrap();
        assert_eq!(
            text,
            r#"{"corscope":1,"request":{"engine":"firefox","page":"https://app.example/","url":"https://api.example/x"},"started":17,"exchanges":[]}"#
        );
        assert_eq!(read_saved(&text).unwrap(), session());
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        let text = write_saved(&session()).unwrap();
        for (from, to, expected) in [
            ("\"corscope\":1", "\"corscope\":7", "saved in format 7"),
            (
                "\"started\"",
                "\"begun\":1,\"started\"",
                "unknown field `begun`",
            ),
            (
                "\"engine\":\"firefox\"",
                "\"engine\":\"lynx\"",
                "`request`: `engine`: `lynx`",
            ),
            ("{\"corscope\":1,", "{", "missing field `corscope`"),
        ] {
            assert!(text.contains(from));
            let error = read_saved(&text.replace(from, to)).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        }
    }
}
