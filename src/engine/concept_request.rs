//! The request as the algorithms carry it from hop to hop.
//!
//! Source: <https://fetch.spec.whatwg.org/#concept-request>.

use std::fmt::Write as _;

use url::Url;

use super::request::{Api, CacheMode, Credentials, Mode, RedirectMode, ReferrerPolicy};
use crate::wire::{HeaderList, Origin};

/// What the response will be filtered to.
///
/// <https://fetch.spec.whatwg.org/#concept-request-response-tainting>
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tainting {
    Basic,
    Cors,
    Opaque,
}

/// The body of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SourceBody {
    pub(super) bytes: Vec<u8>,
    /// A stream cannot be sent again.
    pub(super) stream: bool,
}

/// A request of the Fetch Standard.
#[derive(Clone, Debug)]
pub(super) struct Request {
    pub(super) method: String,
    /// The method before any redirect.
    pub(super) first_method: String,
    /// Every URL so far, the current one last; never empty.
    pub(super) url_list: Vec<Url>,
    /// What script has set, names combined.
    pub(super) headers: HeaderList,
    /// What script has set, redirects notwithstanding.
    pub(super) original_headers: HeaderList,
    pub(super) body: Option<SourceBody>,
    /// Whether a redirect turned the method into GET, and all since have stayed on that origin.
    pub(super) method_changed: bool,
    /// The names of headers that the latest redirect has dropped.
    pub(super) dropped: Vec<&'static str>,
    pub(super) mode: Mode,
    pub(super) credentials: Credentials,
    /// Whether the page's embedder policy keeps credentials out of this hop.
    pub(super) credentials_withheld: bool,
    pub(super) redirect: RedirectMode,
    pub(super) cache: CacheMode,
    /// Whether the cache mode shows on the wire.
    pub(super) has_cache_lines: bool,
    /// What `Referer` says; it only ever shrinks from hop to hop.
    pub(super) referrer: Option<Url>,
    /// What it said first.
    pub(super) first_referrer: Option<Url>,
    pub(super) referrer_policy: ReferrerPolicy,
    pub(super) integrity: String,
    /// What asks.
    pub(super) api: Api,
    pub(super) keepalive: bool,
    /// Whether script chose method and headers, so that they may need a preflight.
    pub(super) unsafe_request: bool,
    pub(super) use_cors_preflight: bool,
    /// Whether a preflight was needed on the way.
    pub(super) preflighted: bool,
    pub(super) tainting: Tainting,
    pub(super) redirect_count: u8,
}

impl Request {
    pub(super) fn current_url(&self) -> &Url {
        self.url_list
            .last()
            .expect("a request has at least its first URL")
    }

    /// Gives back the headers of these names that redirects have dropped.
    pub(super) fn restore(&mut self, names: &[&str]) {
        for header in &self.original_headers {
            let dropped = names.iter().any(|name| header.is(name));
            if dropped && !self.headers.contains(&header.name) {
                self.headers
                    .append(header.name.as_str(), header.value.clone());
            }
        }
    }

    /// Puts another URL in place of the current one: an upgrade is no redirect.
    pub(super) fn replace_current_url(&mut self, url: Url) {
        if let Some(last) = self.url_list.last_mut() {
            *last = url;
        }
    }

    /// The origin that the request shows, `null` once a redirect has tainted it.
    ///
    /// <https://fetch.spec.whatwg.org/#concept-request-tainted-origin>
    pub(super) fn serialized_origin(&self, origin: &Origin) -> String {
        if self.is_tainted(origin) {
            "null".to_owned()
        } else {
            // Asked for at every turn: with room for all of it, instead of growing piece by piece.
            let mut text = String::with_capacity(64);
            let _ = write!(text, "{origin}");
            text
        }
    }

    /// Whether a hop led away from an origin that was not the page's.
    pub(super) fn is_tainted(&self, origin: &Origin) -> bool {
        self.url_list.windows(2).any(|pair| {
            let (from, to) = (Origin::of(&pair[0]), Origin::of(&pair[1]));
            !to.same_origin(&from) && !origin.same_origin(&from)
        })
    }

    /// Whether a redirect led to another origin than the one it came from.
    pub(super) fn left_an_origin(&self) -> bool {
        self.url_list
            .windows(2)
            .any(|pair| !Origin::of(&pair[0]).same_origin(&Origin::of(&pair[1])))
    }

    /// Whether cookies and stored logins go with the request.
    ///
    /// <https://fetch.spec.whatwg.org/#concept-http-network-or-cache-fetch>
    pub(super) fn includes_credentials(&self) -> bool {
        !self.credentials_withheld && self.asks_with_credentials()
    }

    /// The same, whatever the page's embedder policy withholds.
    pub(super) fn asks_with_credentials(&self) -> bool {
        match self.credentials {
            Credentials::Include => true,
            Credentials::SameOrigin => self.tainting == Tainting::Basic,
            Credentials::Omit => false,
        }
    }
}
