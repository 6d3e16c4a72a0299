//! The policy that a request needs, read off the request itself.

use super::{AllowedOrigins, Policy};
use crate::engine::{Credentials, ExchangeKind, is_safelisted_method};
use crate::session::Session;
use crate::wire::HeaderList;

impl Policy {
    /// The least that a server has to allow for the request of a session: its page, its credentials, and
    /// what its preflights asked for.
    pub fn needed_by(session: &Session) -> Self {
        let preflights = || {
            let exchanges = session.exchanges.iter();
            exchanges
                .filter(|exchange| exchange.kind == ExchangeKind::Preflight)
                .map(|exchange| &exchange.request.headers)
        };
        let asked = |name: &'static str| {
            preflights().flat_map(move |headers: &HeaderList| {
                headers.get_decode_and_split(name).unwrap_or_default()
            })
        };
        let mut methods: Vec<_> = asked("access-control-request-method")
            .filter(|method| !is_safelisted_method(method))
            .collect();
        let mut headers: Vec<_> = asked("access-control-request-headers").collect();
        for names in [&mut methods, &mut headers] {
            names.sort_unstable();
            names.dedup();
        }
        Self {
            origins: AllowedOrigins::These(vec![session.page.origin.to_string()]),
            credentials: session.request.credentials == Credentials::Include,
            methods,
            headers,
            expose: Vec::new(),
            max_age: None,
        }
    }
}
