//! The policy that a request needs: no more than that.

use super::repair::includes_credentials;
use super::{AllowedOrigins, Policy};
use crate::engine::{ExchangeKind, PreflightCache, Step, is_safelisted_method};
use crate::session::{Session, predict};
use crate::wire::Origin;

impl Policy {
    /// What a server has to allow so that this request of this page gets through: nothing about responses, since
    /// a request does not tell which headers its script reads.
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
            expose: Vec::new(),
            max_age: None,
        }
    }
}
