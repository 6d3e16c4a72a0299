//! The headers that a browser adds about who asks: `Origin`, `Referer`, `Sec-Fetch-*`.
//!
//! Sources: <https://fetch.spec.whatwg.org/#append-a-request-origin-header>,
//! <https://w3c.github.io/webappsec-referrer-policy/#determine-requests-referrer>,
//! <https://w3c.github.io/webappsec-fetch-metadata/>.

use url::{Host, Url};

use super::concept_request::{Request, Tainting};
use super::element::Destination;
use super::profile::{CrossSiteReferrer, Profile, ReferrerDowngrade};
use super::request::{Api, Mode, Page, ReferrerPolicy};
use crate::wire::{Origin, is_potentially_trustworthy, registrable_domain};

/// Longest `Referer`; a longer one shrinks to the origin.
const REFERRER_LIMIT: usize = 4096;

/// The value of `Origin`, or `None` if the request goes without.
pub(super) fn origin_header(
    request: &Request,
    page: &Page,
    destination: Destination,
    profile: &Profile,
) -> Option<String> {
    let beacon = page.origin == Origin::Opaque && profile.opaque_page_beacon_has_origin;
    let serialized = match request.api {
        Api::Beacon if beacon => Origin::of(&page.url).to_string(),
        _ => request.serialized_origin(&page.origin),
    };
    let font = destination == Destination::Font && profile.same_origin_font_has_origin;
    let mut elements = profile.same_origin_elements_with_origin.iter();
    let element =
        request.mode == Mode::Cors && elements.any(|api| Destination::of(*api) == destination);
    if request.tainting == Tainting::Cors || request.mode == Mode::WebSocket || font || element {
        return Some(serialized);
    }
    let kept = request.method_changed && profile.origin_survives_method_change;
    if matches!(request.method.as_str(), "GET" | "HEAD") && !kept {
        return None;
    }
    let by_policy = request.mode != Mode::Cors
        && !(profile.no_cors_origin_ignores_referrer_policy && request.mode == Mode::NoCors)
        && judged_url(request, page, profile)
            .is_some_and(|url| hidden_by_policy(url, request, page, profile));
    Some(if by_policy || is_lost_on_the_way(request, profile) {
        "null".to_owned()
    } else {
        serialized
    })
}

/// Whether a redirect has taken the page's origin from a request without CORS.
pub(super) fn is_lost_on_the_way(request: &Request, profile: &Profile) -> bool {
    profile.no_cors_redirect_hides_origin
        && request.mode == Mode::NoCors
        && request.left_an_origin()
}

/// The URL for which the referrer policy decides about `Origin`, if any does.
fn judged_url<'a>(request: &'a Request, page: &Page, profile: &Profile) -> Option<&'a Url> {
    if !profile.origin_policy_judged_once {
        return Some(request.current_url());
    }
    let own = |url: &Url| page.origin.same_origin(&Origin::of(url));
    let first = request.url_list.first()?;
    let left_home = own(first) && !own(request.current_url());
    (!left_home).then_some(first)
}

fn hidden_by_policy(url: &Url, request: &Request, page: &Page, profile: &Profile) -> bool {
    let origin = &page.origin;
    let policy = match is_judged_by_default(request, page, profile) {
        true => ReferrerPolicy::StrictOriginWhenCrossOrigin,
        false => request.referrer_policy,
    };
    match policy {
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

/// Where the referrer starts: the page's URL, without fragment and user info.
pub(super) fn initial_referrer(page: &Page, api: Api, profile: &Profile) -> Option<Url> {
    let shown = match api {
        Api::Fetch | Api::Xhr => profile.opaque_page_has_referrer,
        _ => profile.opaque_page_element_has_referrer,
    };
    let hidden = page.origin == Origin::Opaque && !shown;
    if hidden || !matches!(page.url.scheme(), "http" | "https") {
        return None;
    }
    let mut full = page.url.clone();
    full.set_fragment(None);
    // http(s) URLs can always lose their user info.
    let _ = full.set_username("");
    let _ = full.set_password(None);
    if full.as_str().len() > REFERRER_LIMIT {
        return Some(origin_only(&full));
    }
    Some(full)
}

/// The referrer for the current URL; main fetch stores it, so that it never grows again.
pub(super) fn determine_referrer(request: &Request, page: &Page, profile: &Profile) -> Option<Url> {
    let source = request.referrer.clone()?;
    let target = request.current_url();
    let withheld = profile.opaque_page_referrer_is_origin && page.origin == Origin::Opaque;
    let same_origin = !withheld && Origin::of(&source).same_origin(&Origin::of(target));
    let downgrade = is_downgrade(page, target, profile);
    match request.referrer_policy {
        ReferrerPolicy::NoReferrer => None,
        ReferrerPolicy::NoReferrerWhenDowngrade => (!downgrade).then_some(source),
        ReferrerPolicy::SameOrigin => same_origin.then_some(source),
        ReferrerPolicy::Origin => Some(origin_only(&source)),
        ReferrerPolicy::StrictOrigin => (!downgrade).then(|| origin_only(&source)),
        ReferrerPolicy::OriginWhenCrossOrigin if same_origin => Some(source),
        ReferrerPolicy::OriginWhenCrossOrigin => Some(origin_only(&source)),
        ReferrerPolicy::StrictOriginWhenCrossOrigin if same_origin => Some(source),
        ReferrerPolicy::StrictOriginWhenCrossOrigin => (!downgrade).then(|| origin_only(&source)),
        ReferrerPolicy::UnsafeUrl => Some(source),
    }
}

/// What of the referrer the current URL is shown: some engines judge another site by the default policy where the
/// request's own would tell it more.
pub(super) fn shown_referrer(
    referrer: &Url,
    request: &Request,
    page: &Page,
    profile: &Profile,
) -> Option<Url> {
    let target = request.current_url();
    if is_judged_by_default(request, page, profile) {
        return (!is_downgrade(page, target, profile)).then(|| origin_only(referrer));
    }
    Some(referrer.clone())
}

/// Whether the default policy stands for that of the request, which would tell another site more.
fn is_judged_by_default(request: &Request, page: &Page, profile: &Profile) -> bool {
    let relaxed = match profile.cross_site_referrer {
        CrossSiteReferrer::AsPolicySays => false,
        CrossSiteReferrer::RelaxedIsDefault => request.referrer_policy.is_relaxed(),
    };
    let target = Origin::of(request.current_url());
    relaxed && !Origin::of(&page.url).schemelessly_same_site(&target)
}

/// Whether the target is less safe than the page.
fn is_downgrade(page: &Page, target: &Url, profile: &Profile) -> bool {
    match profile.referrer_downgrade {
        ReferrerDowngrade::Trustworthiness => {
            is_potentially_trustworthy(&page.url) && !is_potentially_trustworthy(target)
        }
        ReferrerDowngrade::Scheme => page.url.scheme() == "https" && target.scheme() != "https",
    }
}

fn origin_only(url: &Url) -> Url {
    let mut origin = url.clone();
    origin.set_path("");
    origin.set_query(None);
    origin
}

/// The value of `Sec-Fetch-Site`.
///
/// <https://w3c.github.io/webappsec-fetch-metadata/#sec-fetch-site-header>
pub(super) fn fetch_site(url_list: &[Url], origin: &Origin, profile: &Profile) -> &'static str {
    let address = matches!(origin.host(), Some(Host::Ipv6(_)));
    let unregistered = || {
        origin
            .host()
            .is_some_and(|host| registrable_domain(host).is_none())
    };
    let redirected = url_list.len() > 1 && !profile.redirected_hosts_have_sites && unregistered();
    let alone = redirected || address && !profile.ipv6_addresses_have_sites;
    let mut site = "same-origin";
    for url in url_list {
        let target = Origin::of(url);
        if origin.same_origin(&target) {
            continue;
        }
        if alone || !origin.same_site(&target) {
            return "cross-site";
        }
        site = "same-site";
    }
    site
}
