//! The headers that a browser adds about who asks: `Origin`, `Referer`, `Sec-Fetch-*`.
//!
//! Sources: <https://fetch.spec.whatwg.org/#append-a-request-origin-header>,
//! <https://w3c.github.io/webappsec-referrer-policy/#determine-requests-referrer>,
//! <https://w3c.github.io/webappsec-fetch-metadata/>.

use url::Url;

use super::concept_request::{Request, Tainting};
use super::profile::Profile;
use super::request::{Mode, Page, ReferrerPolicy};
use crate::wire::{Origin, is_potentially_trustworthy};

/// Longest `Referer`; a longer one shrinks to the origin.
const REFERRER_LIMIT: usize = 4096;

/// The value of `Origin`, or `None` if the request goes without.
pub(super) fn origin_header(request: &Request, page: &Page, profile: &Profile) -> Option<String> {
    let serialized = request.serialized_origin(&page.origin);
    if request.tainting == Tainting::Cors {
        return Some(serialized);
    }
    if matches!(request.method.as_str(), "GET" | "HEAD") {
        return None;
    }
    let by_policy = request.mode != Mode::Cors
        && !(profile.no_cors_origin_ignores_referrer_policy && request.mode == Mode::NoCors)
        && hidden_by_policy(request, &page.origin);
    Some(if by_policy {
        "null".to_owned()
    } else {
        serialized
    })
}

fn hidden_by_policy(request: &Request, origin: &Origin) -> bool {
    let url = request.current_url();
    match request.referrer_policy {
        ReferrerPolicy::NoReferrer => true,
        ReferrerPolicy::NoReferrerWhenDowngrade
        | ReferrerPolicy::StrictOrigin
        | ReferrerPolicy::StrictOriginWhenCrossOrigin => {
            origin.scheme() == Some("https") && url.scheme() != "https"
        }
        ReferrerPolicy::SameOrigin => !origin.same_origin(&Origin::of(url)),
        _ => false,
    }
}

/// The value of `Referer`, or `None` if the request goes without.
pub(super) fn referrer(request: &Request, page: &Page) -> Option<String> {
    if page.origin == Origin::Opaque || !matches!(page.url.scheme(), "http" | "https") {
        return None;
    }
    let target = request.current_url();
    let origin_only = format!("{}/", page.origin);
    let mut full = page.url.clone();
    full.set_fragment(None);
    // http(s) URLs can always lose their user info.
    let _ = full.set_username("");
    let _ = full.set_password(None);
    let full = if full.as_str().len() > REFERRER_LIMIT {
        origin_only.clone()
    } else {
        full.to_string()
    };
    let same_origin = page.origin.same_origin(&Origin::of(target));
    let downgrade = is_potentially_trustworthy(&page.url) && !is_potentially_trustworthy(target);
    match request.referrer_policy {
        ReferrerPolicy::NoReferrer => None,
        ReferrerPolicy::NoReferrerWhenDowngrade => (!downgrade).then_some(full),
        ReferrerPolicy::SameOrigin => same_origin.then_some(full),
        ReferrerPolicy::Origin => Some(origin_only),
        ReferrerPolicy::StrictOrigin => (!downgrade).then_some(origin_only),
        ReferrerPolicy::OriginWhenCrossOrigin => Some(if same_origin { full } else { origin_only }),
        ReferrerPolicy::StrictOriginWhenCrossOrigin if same_origin => Some(full),
        ReferrerPolicy::StrictOriginWhenCrossOrigin => (!downgrade).then_some(origin_only),
        ReferrerPolicy::UnsafeUrl => Some(full),
    }
}

/// The value of `Sec-Fetch-Site`.
///
/// <https://w3c.github.io/webappsec-fetch-metadata/#sec-fetch-site-header>
pub(super) fn fetch_site(url_list: &[Url], origin: &Origin) -> &'static str {
    let mut site = "same-origin";
    for url in url_list {
        let target = Origin::of(url);
        if origin.same_origin(&target) {
            continue;
        }
        if !origin.same_site(&target) {
            return "cross-site";
        }
        site = "same-site";
    }
    site
}
