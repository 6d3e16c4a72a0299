//! The policy that a request needs: no more than that.

use super::repair::includes_credentials;
use super::{AllowedOrigins, Policy};
use crate::engine::{ExchangeKind, PreflightCache, Step, is_safelisted_method};
use crate::session::{Session, predict};
use crate::wire::{Origin, is_token};

impl Policy {
    /// What a server has to allow so that this request of this page gets through. Which headers of the answer its
    /// script reads a request does not tell: those that are exposed already stay so.
    pub fn needed_by(session: &Session) -> Self {
        let mut browser = session.browser.clone();
        browser.preflight_cache = PreflightCache::default();
        let first = predict(&session.request, &session.page, &browser, session.started);
        let (mut methods, mut headers) = (Vec::new(), Vec::new());
        if let Step::Send(pending) = first
            && pending.kind() == ExchangeKind::Preflight
        {
            let asked = &pending.request().headers;
            let method = asked.get_text("access-control-request-method");
            methods.extend(method.filter(|method| !is_safelisted_method(method)));
            let names = asked.get_text("access-control-request-headers");
            let names = names.iter().flat_map(|names| names.split(','));
            headers.extend(names.map(|name| name.trim().to_ascii_lowercase()));
            headers.sort();
            headers.dedup();
        }
        let credentials = includes_credentials(session);
        let origins = match &session.page.origin {
            // Every page can make its origin `null`.
            Origin::Opaque if !credentials => AllowedOrigins::Any,
            origin => AllowedOrigins::These(vec![origin.to_string()]),
        };
        Self {
            origins,
            credentials,
            methods,
            headers,
            expose: exposed(session),
            max_age: None,
        }
    }
}

/// The response headers that the last answer exposes by name, in lower case, sorted.
fn exposed(session: &Session) -> Vec<String> {
    let answers = session.exchanges.iter().rev();
    let mut actual = answers.filter(|exchange| exchange.kind == ExchangeKind::Actual);
    let reply = actual.find_map(|exchange| exchange.answer.as_ref().ok());
    let listed = reply.and_then(|reply| {
        let headers = &reply.headers;
        headers.get_decode_and_split("access-control-expose-headers")
    });
    let names = listed.into_iter().flatten();
    let mut names: Vec<_> = names
        .map(|name| name.trim().to_ascii_lowercase())
        .filter(|name| name != "*" && is_token(name.as_bytes()))
        .collect();
    names.sort_unstable();
    names.dedup();
    names
}
