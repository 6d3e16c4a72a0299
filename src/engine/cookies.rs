//! The cookie jar of one browser: what is stored, what goes with a request, and why one stays behind.
//!
//! Parsing, domain and path matching are the `cookie_store` crate's; SameSite, public suffixes and
//! time are decided here, since the jar has no clock and engines differ.
//!
//! Source: <https://httpwg.org/http-extensions/draft-ietf-httpbis-rfc6265bis.html>.

mod date;
mod kept;

use cookie_store::{Cookie, CookieDomain, CookieExpiration, RawCookie};
use url::{Host, Url};

use super::contents::HeldCookie;
use super::main_fetch::Fetch;
use super::profile::{ControlInCookie, Profile, ThirdPartyCookies};
use super::request::{Page, Timestamp};
use crate::wire::{Origin, latin1, registrable_domain};

pub use kept::KeptCookie;

/// Where a request stands between sites.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SiteContext {
    same_site: bool,
    /// Whether `SameSite=Strict` cookies go along.
    strict: bool,
    /// Whether `SameSite=Lax` cookies go along.
    lax: bool,
    /// Whether the answer becomes the top-level document, so that none of its cookies is third-party.
    top_level_document: bool,
    /// Whether the target has another registrable domain than the top-level page.
    other_domain: bool,
    /// The site of the top-level page, by which partitioned cookies are kept apart.
    top_level: String,
}

/// Comparison of the page's top-level site, and the asking origin's, with the target's.
pub(super) fn site_context(page: &Page, target: &Url, profile: &Profile) -> SiteContext {
    let target = Origin::of(target);
    let top_level = page.top_level_origin();
    let is_of_target = |origin: &Origin| match profile.same_site_needs_scheme {
        true => origin.same_site(&target),
        false => origin.schemelessly_same_site(&target),
    };
    let same_site = is_of_target(&page.origin) && is_of_target(&top_level);
    SiteContext {
        same_site,
        strict: same_site,
        lax: same_site,
        top_level_document: false,
        other_domain: !top_level.schemelessly_same_site(&target),
        top_level: site(&top_level),
    }
}

impl Fetch {
    /// Where the current URL stands when cookies are chosen to go along: redirects over another site may count.
    pub(super) fn site_context(&self) -> SiteContext {
        let mut context = self.storing_context();
        let is_same_site = |url: &Url| site_context(&self.page, url, &self.profile).same_site;
        if self.profile.same_site_sees_redirects
            && !self.is_navigation()
            && !self.request.url_list.iter().all(is_same_site)
        {
            context.lax = false;
            context.strict = false;
        }
        context
    }

    /// Where the current URL stands when it sets cookies: how the request got there does not count (measured in all
    /// three engines). A navigation takes the page's place: from another site, `Lax` cookies go along with the
    /// methods that change nothing.
    ///
    /// <https://httpwg.org/http-extensions/draft-ietf-httpbis-rfc6265bis.html#section-5.6.7.1>
    pub(super) fn storing_context(&self) -> SiteContext {
        let url = self.request.current_url();
        let context = site_context(&self.page, url, &self.profile);
        if !self.is_navigation() {
            return context;
        }
        let safe = matches!(self.request.method.as_str(), "GET" | "HEAD");
        SiteContext {
            same_site: context.same_site,
            strict: context.same_site,
            lax: context.same_site || safe,
            top_level_document: true,
            other_domain: false,
            top_level: site(&Origin::of(url)),
        }
    }
}

impl SiteContext {
    fn is_third_party(&self) -> bool {
        !self.same_site && !self.top_level_document
    }
}

/// Scheme and registrable domain, or the host where it has none.
pub(super) fn site(origin: &Origin) -> String {
    let host = origin
        .host()
        .map(|host| registrable_domain(host).map_or_else(|| host.to_string(), str::to_owned));
    format!(
        "{}://{}",
        origin.scheme().unwrap_or_default(),
        host.unwrap_or_default()
    )
}

/// Why a cookie that matches by host and path does not go out, or is not stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Withheld {
    /// `SameSite=Strict` or `Lax`, said or by default, on a cross-site request.
    SameSite,
    /// `SameSite=None` without `Secure`.
    NoneWithoutSecure,
    /// `Secure` from an http URL.
    SecureFromInsecure,
    /// The browser keeps cookies out of requests to other sites, or keeps a jar for each page's site.
    ThirdParty,
    /// `Partitioned` without `Secure`.
    PartitionedWithoutSecure,
    /// Neither a name nor a value, or no name where the browser wants one.
    Nameless,
    /// Name and value have more bytes than [`LONGEST`].
    Size,
    /// A control character, and in which part of the line it stands.
    Control(CookiePart),
    /// The domain does not cover the host, or is a public suffix.
    Domain,
    /// The name begins with `__Secure-` or `__Host-`, and what that promises is not kept.
    Prefix,
}

/// How many bytes name and value may have together.
///
/// <https://httpwg.org/http-extensions/draft-ietf-httpbis-rfc6265bis.html#name-storage-model>
const LONGEST: usize = 4096;

/// How many bytes the value of an attribute may have; a longer one is passed over with its name.
///
/// <https://httpwg.org/http-extensions/draft-ietf-httpbis-rfc6265bis.html#name-the-set-cookie-header-field>
const LONGEST_ATTRIBUTE: usize = 1024;

/// A part of a `Set-Cookie` line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CookiePart {
    Name,
    Value,
    Attributes,
}

impl Withheld {
    /// The id under which `assets/trace.toml` words it.
    pub(super) fn id(self) -> &'static str {
        match self {
            Self::SameSite => "same-site",
            Self::NoneWithoutSecure => "none-without-secure",
            Self::SecureFromInsecure => "secure-from-insecure",
            Self::ThirdParty => "third-party",
            Self::PartitionedWithoutSecure => "partitioned-without-secure",
            Self::Nameless => "nameless",
            Self::Size => "size",
            Self::Control(CookiePart::Name) => "control-in-name",
            Self::Control(CookiePart::Value) => "control-in-value",
            Self::Control(CookiePart::Attributes) => "control-in-attributes",
            Self::Domain => "domain",
            Self::Prefix => "prefix",
        }
    }
}

/// The cookies of one browser.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CookieJar {
    cookies: Vec<Stored>,
}

/// A cookie and, if it is partitioned, the top-level site that it belongs to.
#[derive(Clone, Debug, PartialEq)]
struct Stored {
    cookie: Cookie<'static>,
    partition: Option<String>,
}

/// What a request takes along, and what it does not.
#[derive(Debug, Default)]
pub(super) struct CookieHeader {
    pub(super) value: Option<Vec<u8>>,
    pub(super) withheld: Vec<(String, Withheld)>,
}

impl CookieJar {
    /// Whether nothing is stored.
    pub fn is_empty(&self) -> bool {
        self.cookies.is_empty()
    }

    /// Each cookie's name and the host it belongs to.
    pub fn entries(&self) -> impl Iterator<Item = (&str, String)> {
        self.cookies
            .iter()
            .map(|stored| (stored.cookie.name(), domain_text(&stored.cookie.domain)))
    }

    /// What is held at `now`.
    pub(super) fn held(&self, now: Timestamp) -> Vec<HeldCookie<'_>> {
        let fresh = |stored: &&Stored| !is_expired(&stored.cookie, now);
        self.cookies
            .iter()
            .filter(fresh)
            .map(|s| s.held(now))
            .collect()
    }

    /// Stores a `Set-Cookie` line as a top-level visit to `url` would.
    pub fn set_by_visit(&mut self, url: &Url, line: &[u8], profile: &Profile, now: Timestamp) {
        // SameSite is judged when the cookie would go out: another engine, which replays the session,
        // may take what this one refuses. What all refuse has no one to be told.
        let profile = Profile {
            same_site_none_needs_secure: false,
            ..*profile
        };
        let context = SiteContext {
            same_site: true,
            strict: true,
            lax: true,
            top_level_document: true,
            other_domain: false,
            top_level: site(&Origin::of(url)),
        };
        let _ = self.store(url, line, &context, &profile, now);
    }

    /// Stores a `Set-Cookie` line of an answer; returns the cookie's name, or why it is refused.
    pub(super) fn store(
        &mut self,
        url: &Url,
        line: &[u8],
        context: &SiteContext,
        profile: &Profile,
        now: Timestamp,
    ) -> Result<String, Withheld> {
        let cookie = accept(url, line, profile, context, now)?;
        let by_attribute = cookie.partitioned().unwrap_or(false);
        let partitioned = match profile.third_party_cookies {
            _ if by_attribute => true,
            ThirdPartyCookies::Sent => false,
            ThirdPartyCookies::Partitioned => context.is_third_party(),
            ThirdPartyCookies::Blocked if context.other_domain => return Err(Withheld::ThirdParty),
            ThirdPartyCookies::Blocked => false,
        };
        let stored = Stored {
            partition: partitioned.then(|| context.top_level.clone()),
            cookie,
        };
        let name = stored.cookie.name().to_owned();
        let known = self.cookies.iter().position(|old| old.replaced_by(&stored));
        match (known, is_expired(&stored.cookie, now)) {
            (Some(at), true) => drop(self.cookies.remove(at)),
            (Some(at), false) => self.cookies[at] = stored,
            (None, true) => {}
            (None, false) => self.cookies.push(stored),
        }
        Ok(name)
    }

    /// Drops what any host of the site of `url` has set.
    ///
    /// <https://w3c.github.io/webappsec-clear-site-data/#clear-cookies>
    pub(super) fn clear(&mut self, url: &Url) {
        let Some(host) = url.host().map(|host| host.to_owned()) else {
            return;
        };
        let site = registrable_domain(&host).map_or_else(|| host.to_string(), str::to_owned);
        let of_site = |domain: &str| domain == site || domain.ends_with(&format!(".{site}"));
        self.cookies
            .retain(|stored| !of_site(domain_text(&stored.cookie.domain).trim_start_matches('.')));
    }

    /// The `Cookie` header of a request to `url`.
    pub(super) fn header(
        &self,
        url: &Url,
        context: &SiteContext,
        profile: &Profile,
        now: Timestamp,
    ) -> CookieHeader {
        let mut sent: Vec<&Cookie<'static>> = Vec::new();
        let mut withheld = Vec::new();
        for Stored { cookie, partition } in &self.cookies {
            let foreign = partition
                .as_ref()
                .is_some_and(|site| *site != context.top_level);
            if foreign || is_expired(cookie, now) || !matches(cookie, url) {
                continue;
            }
            let third_party = match profile.third_party_cookies {
                _ if partition.is_some() => false,
                ThirdPartyCookies::Sent => false,
                ThirdPartyCookies::Partitioned => context.is_third_party(),
                ThirdPartyCookies::Blocked => context.other_domain,
            };
            let third_party = third_party.then_some(Withheld::ThirdParty);
            match refusal(cookie, context, profile).or(third_party) {
                Some(why) => withheld.push((cookie.name().to_owned(), why)),
                None => sent.push(cookie),
            }
        }
        // Longer paths first; the sort is stable, so equal ones stay in the order of their creation.
        sent.sort_by_key(|cookie| std::cmp::Reverse(cookie.path.len()));
        let pairs: Vec<String> = sent
            .iter()
            .map(|cookie| match cookie.name() {
                "" => cookie.value().to_owned(),
                name => format!("{name}={}", cookie.value()),
            })
            .collect();
        CookieHeader {
            value: (!pairs.is_empty()).then(|| {
                let text = pairs.join("; ");
                crate::wire::latin1_bytes(&text).unwrap_or_else(|| text.into_bytes())
            }),
            withheld,
        }
    }
}

impl Stored {
    fn held(&self, now: Timestamp) -> HeldCookie<'_> {
        let raw: &RawCookie<'_> = &self.cookie;
        let seconds_left = match &self.cookie.expires {
            CookieExpiration::AtUtc(at) => {
                let at = u64::try_from(at.unix_timestamp()).unwrap_or_default();
                Some(at.saturating_sub(now.0 / 1000))
            }
            CookieExpiration::SessionEnd => None,
        };
        HeldCookie {
            name: raw.name(),
            value: raw.value(),
            domain: domain_text(&self.cookie.domain),
            path: self.cookie.path.as_ref(),
            secure: raw.secure().unwrap_or(false),
            http_only: raw.http_only().unwrap_or(false),
            same_site: raw.same_site().map(|value| value.to_string()),
            partition: self.partition.as_deref(),
            seconds_left,
        }
    }

    /// Whether a new cookie takes this one's place.
    fn replaced_by(&self, new: &Self) -> bool {
        self.cookie.name() == new.cookie.name()
            && self.cookie.domain == new.cookie.domain
            && *self.cookie.path == *new.cookie.path
            && self.partition == new.partition
    }
}

/// Parses a `Set-Cookie` line. A cookie may lack its name, and its date be written in other ways than the
/// crate's parser knows.
///
/// <https://httpwg.org/http-extensions/draft-ietf-httpbis-rfc6265bis.html#name-the-set-cookie-header-field>
fn parse(line: &str, nameless_kept: bool) -> Option<RawCookie<'static>> {
    let (pair, attributes) = line.split_once(';').unwrap_or((line, ""));
    let (name, value) = match pair.split_once('=') {
        Some((name, value)) => (name.trim_ascii(), value.trim_ascii()),
        None if nameless_kept => ("", pair.trim_ascii()),
        None => (pair.trim_ascii(), ""),
    };
    if name.is_empty() && (value.is_empty() || !nameless_kept) {
        return None;
    }
    let fits = |attribute: &&str| {
        let value = attribute.split_once('=').map_or("", |(_, value)| value);
        value.trim().chars().count() <= LONGEST_ATTRIBUTE
    };
    let attributes: Vec<&str> = attributes.split(';').filter(fits).collect();
    let attributes = attributes.join(";");
    // The crate wants a name, and takes other characters for blanks too.
    let mut raw = RawCookie::parse(format!("_=;{attributes}")).ok()?;
    raw.set_name(name.to_owned());
    raw.set_value(value.to_owned());
    match date::expires(&attributes) {
        Some(date) => raw.set_expires(date),
        None => raw.unset_expires(),
    }
    Some(raw)
}

/// Where the line has a control character for which it does not count.
fn refused_control(line: &[u8], profile: &Profile) -> Option<CookiePart> {
    let pair_end = line.iter().position(|byte| *byte == b';');
    let (pair, attributes) = line.split_at(pair_end.unwrap_or(line.len()));
    let name_end = pair.iter().position(|byte| *byte == b'=');
    let nameless = match profile.nameless_cookies_kept {
        true => 0,
        false => pair.len(),
    };
    let (name, value) = pair.split_at(name_end.unwrap_or(nameless));
    let has_control = |part: &&[u8]| match profile.control_in_cookie {
        ControlInCookie::Kept => false,
        ControlInCookie::TabKept => part
            .iter()
            .any(|byte| byte.is_ascii_control() && *byte != b'\t'),
        ControlInCookie::Rejected => part
            .split(|byte| matches!(byte, b';' | b'='))
            .any(|part| part.trim_ascii().iter().any(u8::is_ascii_control)),
    };
    [
        (name, CookiePart::Name),
        (value, CookiePart::Value),
        (attributes, CookiePart::Attributes),
    ]
    .into_iter()
    .find_map(|(bytes, part)| has_control(&bytes).then_some(part))
}

/// Parses a `Set-Cookie` line and applies every rule of acceptance.
fn accept(
    url: &Url,
    line: &[u8],
    profile: &Profile,
    context: &SiteContext,
    now: Timestamp,
) -> Result<Cookie<'static>, Withheld> {
    if let Some(part) = refused_control(line, profile) {
        return Err(Withheld::Control(part));
    }
    let raw = parse(&latin1(line), profile.nameless_cookies_kept).ok_or(Withheld::Nameless)?;
    // One character a byte.
    if raw.name().chars().count() + raw.value().chars().count() > LONGEST {
        return Err(Withheld::Size);
    }
    let mut cookie = Cookie::try_from_raw_cookie(&raw, url)
        .map_err(|_| Withheld::Domain)?
        .into_owned();
    if let CookieDomain::Suffix(domain) = &cookie.domain
        && psl::suffix_str(domain).is_some_and(|suffix| suffix == domain.as_str())
    {
        if url.host_str() != Some(domain) {
            return Err(Withheld::Domain);
        }
        cookie.domain = CookieDomain::HostOnly(domain.clone());
    }
    let secure = cookie.secure().unwrap_or(false);
    if secure && !crate::wire::is_potentially_trustworthy(url) {
        return Err(Withheld::SecureFromInsecure);
    }
    if cookie.partitioned().unwrap_or(false) && !secure {
        return Err(Withheld::PartitionedWithoutSecure);
    }
    if !has_valid_prefix(&cookie, secure) {
        return Err(Withheld::Prefix);
    }
    match refusal(&cookie, context, profile) {
        // A top-level document may set any.
        Some(Withheld::SameSite) if context.top_level_document => {}
        Some(why) => return Err(why),
        None => {}
    }
    // The crate counts Max-Age from its own clock; here it counts from `now`.
    if let Some(age) = raw.max_age() {
        let at = i64::try_from(now.0 / 1000)
            .unwrap_or(i64::MAX)
            .saturating_add(age.whole_seconds());
        let at = time::OffsetDateTime::from_unix_timestamp(at.clamp(0, 253_402_300_799))
            .unwrap_or(time::OffsetDateTime::UNIX_EPOCH);
        cookie.expires = CookieExpiration::AtUtc(at);
    }
    Ok(cookie)
}

fn domain_text(domain: &CookieDomain) -> String {
    match domain {
        CookieDomain::HostOnly(host) => host.clone(),
        CookieDomain::Suffix(host) => format!(".{host}"),
        _ => String::new(),
    }
}

fn is_expired(cookie: &Cookie<'_>, now: Timestamp) -> bool {
    let seconds = i64::try_from(now.0 / 1000).unwrap_or(i64::MAX);
    time::OffsetDateTime::from_unix_timestamp(seconds).is_ok_and(|now| cookie.expires_by(&now))
}

/// As the crate's `matches`, but `Secure` cookies also go to http on loopback, as in browsers.
fn matches(cookie: &Cookie<'_>, url: &Url) -> bool {
    cookie.path.matches(url)
        && cookie.domain.matches(url)
        && (!cookie.secure().unwrap_or(false) || crate::wire::is_potentially_trustworthy(url))
}

fn refusal(cookie: &Cookie<'_>, context: &SiteContext, profile: &Profile) -> Option<Withheld> {
    let raw: &RawCookie<'_> = cookie;
    let same_site = raw.same_site().map(|value| value.to_string());
    match same_site.as_deref() {
        Some("None") if profile.same_site_none_needs_secure && !raw.secure().unwrap_or(false) => {
            Some(Withheld::NoneWithoutSecure)
        }
        Some("None") => None,
        Some("Strict") => (!context.strict).then_some(Withheld::SameSite),
        Some(_) => (!context.lax).then_some(Withheld::SameSite),
        None if profile.same_site_lax_by_default => (!context.lax).then_some(Withheld::SameSite),
        None => None,
    }
}

/// `__Secure-` and `__Host-` promise attributes.
fn has_valid_prefix(cookie: &Cookie<'_>, secure: bool) -> bool {
    let name = cookie.name().to_ascii_lowercase();
    if name.starts_with("__host-") {
        let host_only = matches!(cookie.domain, CookieDomain::HostOnly(_));
        return secure && host_only && cookie.path.as_ref() == "/";
    }
    !name.starts_with("__secure-") || secure
}

/// Whether the host can have cookies at all.
pub(super) fn has_cookies(url: &Url) -> bool {
    matches!(url.scheme(), "http" | "https") && !matches!(url.host(), None | Some(Host::Domain("")))
}

#[cfg(test)]
mod tests;
