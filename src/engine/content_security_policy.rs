//! The page's Content Security Policies: what they say about a URL.
//!
//! Pure matching, without a trace; `page_policies` asks it for a fetch. Own code instead of the
//! `content-security-policy` crate: that follows the standard where no engine does (a source that is an
//! IP address, the port of an upgraded scheme), takes https for another host than http of `'self'`, and
//! does not tell which part of the policy decided.
//!
//! Source: <https://w3c.github.io/webappsec-csp/#match-url-to-source-list>.

use percent_encoding::percent_decode_str;
use url::{Host, Url};

use super::element::Destination;
use super::trace::Span;
use crate::wire::Origin;

/// A policy as it came: one `Content-Security-Policy` header value between commas, or one `<meta>`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContentSecurityPolicy {
    /// The directives.
    pub text: String,
    /// Whether violations are only told (`Content-Security-Policy-Report-Only`).
    pub report_only: bool,
}

impl ContentSecurityPolicy {
    /// The policies of one header value.
    ///
    /// <https://w3c.github.io/webappsec-csp/#parse-serialized-policy-list>
    pub fn list(value: &str, report_only: bool) -> impl Iterator<Item = Self> {
        let policies = value.split(',').map(str::trim);
        let policies = policies.filter(|text| !text.is_empty());
        policies.map(move |text| Self {
            text: text.to_owned(),
            report_only,
        })
    }

    /// The directives in order; of several with one name the first counts, and one with a character
    /// beyond ASCII does not.
    ///
    /// <https://w3c.github.io/webappsec-csp/#parse-serialized-policy>
    fn directives(&self) -> Vec<Directive<'_>> {
        let mut directives: Vec<Directive<'_>> = Vec::new();
        let mut start = 0;
        for token in self.text.split(';') {
            let text = token.trim_ascii();
            let at = start + (token.len() - token.trim_ascii_start().len());
            start += token.len() + 1;
            let name_end = text
                .find(|c: char| c.is_ascii_whitespace())
                .unwrap_or(text.len());
            let name = text[..name_end].to_ascii_lowercase();
            let known = directives.iter().any(|known| known.name == name);
            if text.is_empty() || !text.is_ascii() || known {
                continue;
            }
            directives.push(Directive {
                name,
                text,
                sources: text[name_end..].trim_ascii(),
                at,
            });
        }
        directives
    }

    /// Whether insecure requests of the page are to be made secure.
    ///
    /// <https://w3c.github.io/webappsec-upgrade-insecure-requests/#delivery>
    pub(super) fn upgrades_insecure_requests(&self) -> bool {
        let mut directives = self.directives().into_iter();
        !self.report_only && directives.any(|one| one.name == "upgrade-insecure-requests")
    }

    /// Whether the policy refuses insecure requests that no other rule makes secure; what a browser says is all that
    /// depends on it.
    ///
    /// <https://w3c.github.io/webappsec-mixed-content/level2.html#strict-checking>
    #[must_use]
    pub fn blocks_all_mixed_content(&self) -> bool {
        let mut directives = self.directives().into_iter();
        !self.report_only && directives.any(|one| one.name == "block-all-mixed-content")
    }

    /// Whether the page is to count as one of the internet, wherever it is from.
    ///
    /// <https://wicg.github.io/private-network-access/#csp>
    pub(super) fn treats_as_public(&self) -> bool {
        let mut directives = self.directives().into_iter();
        !self.report_only && directives.any(|one| one.name == "treat-as-public-address")
    }

    /// What the policy says about a request; `None` where no directive is about its kind.
    ///
    /// <https://w3c.github.io/webappsec-csp/#does-request-violate-policy>
    pub(super) fn judge(&self, asked: &Asked<'_>, rules: &CspRules) -> Option<Judgement> {
        let fallbacks = fallbacks(asked.destination);
        let upgrade_covers_insecure =
            rules.upgrade_covers_insecure && self.upgrades_insecure_requests();
        let rules = &CspRules {
            upgrade_covers_insecure,
            ..*rules
        };
        let directives = self.directives();
        let directive = fallbacks
            .iter()
            .find_map(|name| directives.iter().find(|one| one.name == *name))?;
        let list_at = directive.at + (directive.text.len() - directive.sources.len());
        let span = match directive.sources {
            "" => (directive.at, directive.at + directive.text.len()),
            sources => (list_at, list_at + sources.len()),
        };
        let (case, span) = match directive.decide(asked, rules) {
            Decision::Matches(source) => {
                let at = list_at + offset(directive.sources, source);
                (Case::Allowed, (at, at + source.len()))
            }
            Decision::ByElement => (Case::ByElement, span),
            Decision::NoMatch => (Case::Violated, span),
        };
        Some(Judgement {
            case,
            effective: fallbacks[0],
            name: directive.name.clone(),
            directive: directive.text.to_owned(),
            span,
        })
    }
}

/// Whether a source expression names hosts (`*` alone does not): engines pass by what is neither that
/// nor a keyword, a scheme or `*`.
///
/// <https://w3c.github.io/webappsec-csp/#grammardef-host-source>
#[must_use]
pub fn is_host_source(source: &str) -> bool {
    source != "*" && HostSource::parse(source).is_some()
}

/// Where `part`, a piece of `whole`, begins in it.
fn offset(whole: &str, part: &str) -> usize {
    part.as_ptr() as usize - whole.as_ptr() as usize
}

/// What engines do differently when they match a URL with a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CspRules {
    /// Whether a source that is an IP address other than 127.0.0.1 can match. The standard says no; the
    /// engines compare hosts as text (`SourceAllowHost`, `nsCSPHostSrc::permits`, `hostMatches`).
    pub ip_addresses_match: bool,
    /// Whether a `*` with a port and no scheme (`*:8081`) stands for every host; WebKit lets it match none
    /// (measured).
    pub star_with_port_matches: bool,
    /// Where a source with port 80 stands for port 443 as well.
    pub port_80_covers_443: PortUpgrade,
    /// Whether a source that matches by the better scheme alone (`http:` for https) must leave the port
    /// to its default: Chromium's `CheckCSPSource`.
    pub better_scheme_needs_default_port: bool,
    /// Whether `ws:` and `wss:` sources stand for http and https as well: the standard and WebKit's
    /// `schemeMatches`.
    pub websocket_covers_http: bool,
    /// Whether `img-src *` and `media-src *` stand for `data:` as well: WebKit's
    /// `isProtocolAllowedByStar`.
    pub star_covers_data: bool,
    /// Whether a policy that upgrades insecure requests takes what it leaves insecure, loopback, for secure
    /// when it matches: `nsCSPSrc`'s `permitsScheme` (measured).
    pub upgrade_covers_insecure: bool,
    /// Whether ports are compared as they are written: `nsCSPUtils`'s `permitsPort` (measured: a source with
    /// `:08081` matches nothing).
    pub ports_match_as_text: bool,
    /// Whose insecure URL the policy is asked about before the request is made secure (measured; Blink
    /// `FetchManager::Loader::Start`, Gecko `CSPService::ShouldLoad`, WebKit `HTMLMediaElement::isSafeToLoadURL`).
    pub before_upgrade: PolicyBeforeUpgrade,
    /// Whether the policy refuses another origin in mode same-origin before the mode does (measured).
    pub before_same_origin_mode: PolicyBeforeMode,
    /// Whether the policy is asked before mixed content and the port: Chromium's
    /// `BaseFetchContext::CanRequestInternal`, WebKit's `CachedResourceLoader::canRequest`. Not measured
    /// in Firefox. The Standard asks it last.
    pub first: bool,
}

/// Whose insecure URL the policy is asked about before the request is made secure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PolicyBeforeUpgrade {
    /// Nobody's: the secure one counts.
    Never,
    /// That of sound and films, and then the secure one.
    Media,
    /// That of `fetch()`, beacons, sound and films, and then the secure one.
    FetchAndMedia,
    /// Everybody's, and the secure one no more.
    Always,
}

/// Where the policy is asked before mode same-origin refuses another origin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PolicyBeforeMode {
    /// Nowhere.
    Never,
    /// At the first URL.
    AtFirst,
    /// Behind redirects too.
    Always,
}

/// Where port 80 in a source stands for port 443 as well.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PortUpgrade {
    /// Nowhere.
    Never,
    /// Where the source's scheme is http and the URL's https.
    WithScheme,
    /// Everywhere.
    Always,
}

/// What is asked of a policy.
#[derive(Debug)]
pub(super) struct Asked<'a> {
    pub(super) url: &'a Url,
    /// The origin of the document's URL, which `'self'` stands for.
    pub(super) page: &'a Origin,
    pub(super) destination: Destination,
    /// Whether a redirect led here: paths then do not count.
    pub(super) redirected: bool,
    /// Whether the element gives a hash of its content.
    pub(super) has_integrity: bool,
}

/// What a policy says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Judgement {
    pub(super) case: Case,
    /// The directive that this kind of request is under.
    pub(super) effective: &'static str,
    /// The one that stands in the policy, maybe a fallback.
    pub(super) name: String,
    /// That directive as it came.
    pub(super) directive: String,
    /// The source that matched, or the whole list where none did, in the policy's text.
    pub(super) span: Span,
}

/// How a policy decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Case {
    Allowed,
    Violated,
    /// The element's nonce or hash, or how it got into the page, decides.
    ByElement,
}

/// The directives for a destination, the first in the policy counts.
///
/// <https://w3c.github.io/webappsec-csp/#directive-fallback-list>
fn fallbacks(destination: Destination) -> &'static [&'static str] {
    match destination {
        Destination::Empty => &["connect-src", "default-src"],
        Destination::Image => &["img-src", "default-src"],
        Destination::Script => &["script-src-elem", "script-src", "default-src"],
        Destination::Style => &["style-src-elem", "style-src", "default-src"],
        Destination::Font => &["font-src", "default-src"],
        Destination::Audio | Destination::Video => &["media-src", "default-src"],
        // Links are under no directive; `form-action` has no fallback and is not modelled.
        Destination::Document => &[],
    }
}

struct Directive<'a> {
    name: String,
    text: &'a str,
    sources: &'a str,
    /// Where the text begins in the policy.
    at: usize,
}

enum Decision<'a> {
    Matches(&'a str),
    ByElement,
    NoMatch,
}

impl<'a> Directive<'a> {
    fn decide(&self, asked: &Asked<'_>, rules: &CspRules) -> Decision<'a> {
        let sources = || self.sources.split_ascii_whitespace();
        let holds = |start: &str| sources().any(|one| starts_with_ignoring_case(one, start));
        let script = asked.destination == Destination::Script;
        // <https://w3c.github.io/webappsec-csp/#script-pre-request>
        if script && holds("'strict-dynamic'") {
            return Decision::ByElement;
        }
        if let Some(source) = sources().find(|one| matches_source(one, asked, rules)) {
            return Decision::Matches(source);
        }
        let by_nonce = matches!(asked.destination, Destination::Script | Destination::Style)
            && holds("'nonce-");
        let by_hash = script && asked.has_integrity && holds("'sha");
        if by_nonce || by_hash {
            return Decision::ByElement;
        }
        Decision::NoMatch
    }
}

fn starts_with_ignoring_case(text: &str, start: &str) -> bool {
    text.get(..start.len())
        .is_some_and(|head| head.eq_ignore_ascii_case(start))
}

/// A host source, taken apart. `'self'` is one too.
struct HostSource<'a> {
    scheme: Option<String>,
    /// `None` for `*`.
    host: Option<&'a str>,
    /// Whether only hosts below it count.
    subdomains: bool,
    port: SourcePort<'a>,
    path: &'a str,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum SourcePort<'a> {
    Default,
    Any,
    Number { value: u16, digits: &'a str },
}

/// <https://w3c.github.io/webappsec-csp/#match-url-to-source-expression>
fn matches_source(source: &str, asked: &Asked<'_>, rules: &CspRules) -> bool {
    let url = asked.url;
    if source == "*" {
        let of_network = matches!(url.scheme(), "http" | "https" | "ws" | "wss");
        let media = matches!(
            asked.destination,
            Destination::Image | Destination::Audio | Destination::Video
        );
        return of_network
            || asked.page.scheme() == Some(url.scheme())
            || rules.star_covers_data && media && url.scheme() == "data";
    }
    if source.eq_ignore_ascii_case("'self'") {
        return matches_self(asked, rules);
    }
    if let Some(scheme) = source.strip_suffix(':').filter(|text| is_scheme(text)) {
        return covers(&scheme.to_ascii_lowercase(), url.scheme(), rules) != Scheme::Other;
    }
    match HostSource::parse(source) {
        Some(source) => source.matches(asked, rules),
        None => false,
    }
}

fn matches_self(asked: &Asked<'_>, rules: &CspRules) -> bool {
    let Origin::Tuple(page) = asked.page else {
        return false;
    };
    let target = Origin::of(asked.url);
    if asked.page.same_origin(&target) {
        return true;
    }
    let Origin::Tuple(target) = target else {
        return false;
    };
    let default = |scheme: &str| {
        if matches!(scheme, "http" | "ws") {
            80
        } else {
            443
        }
    };
    let both_default = page.port == default(&page.scheme) && target.port == default(&target.scheme);
    let better = match target.scheme.as_str() {
        "https" | "ws" => page.scheme == "http",
        "wss" => matches!(page.scheme.as_str(), "http" | "https"),
        _ => false,
    };
    let same_port = page.port == target.port && !rules.better_scheme_needs_default_port;
    page.host == target.host && better && (both_default || same_port)
}

/// How a scheme in a source relates to that of a URL.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Scheme {
    Same,
    Better,
    Other,
}

/// <https://w3c.github.io/webappsec-csp/#match-schemes>
fn covers(source: &str, url: &str, rules: &CspRules) -> Scheme {
    match (source, url) {
        _ if source == url => Scheme::Same,
        ("http", "https") | ("ws", "wss") => Scheme::Better,
        ("https", "http") if rules.upgrade_covers_insecure => Scheme::Better,
        ("ws", "https") if rules.websocket_covers_http => Scheme::Better,
        ("ws", "http") | ("wss", "https") if rules.websocket_covers_http => Scheme::Same,
        _ => Scheme::Other,
    }
}

fn is_scheme(text: &str) -> bool {
    let rest = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.');
    text.starts_with(|c: char| c.is_ascii_alphabetic()) && text.chars().all(rest)
}

impl<'a> HostSource<'a> {
    /// `None` where the text is no host source: browsers then pass it by.
    ///
    /// <https://w3c.github.io/webappsec-csp/#grammardef-host-source>
    fn parse(text: &'a str) -> Option<Self> {
        let (scheme, rest) = match text.split_once("://") {
            Some((scheme, rest)) if is_scheme(scheme) => (Some(scheme.to_ascii_lowercase()), rest),
            Some(_) => return None,
            None => (None, text),
        };
        let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let (host, port) = match authority.split_once(':') {
            Some((host, "*")) => (host, SourcePort::Any),
            Some((host, digits)) if digits.bytes().all(|byte| byte.is_ascii_digit()) => {
                let value = digits.parse().ok()?;
                (host, SourcePort::Number { value, digits })
            }
            Some(_) => return None,
            None => (authority, SourcePort::Default),
        };
        let (subdomains, host) = match host.strip_prefix("*.") {
            Some(parent) => (true, parent),
            None => (false, host),
        };
        // Engines take underscores, which the grammar does not.
        let label = |label: &str| {
            let mut bytes = label.bytes();
            !label.is_empty()
                && bytes.all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
        };
        let any = host == "*" && !subdomains;
        if !any && !host.split('.').all(label) {
            return None;
        }
        Some(Self {
            scheme,
            host: (!any).then_some(host),
            subdomains,
            port,
            // A query and a fragment in a source are passed by.
            path: path.split(['?', '#']).next().unwrap_or_default(),
        })
    }

    fn matches(&self, asked: &Asked<'_>, rules: &CspRules) -> bool {
        let scheme = match (&self.scheme, asked.page.scheme()) {
            (Some(scheme), _) => scheme.as_str(),
            (None, Some(scheme)) => scheme,
            (None, None) => return false,
        };
        let by_scheme = covers(scheme, asked.url.scheme(), rules);
        by_scheme != Scheme::Other
            && self.matches_host(asked.url, rules)
            && self.matches_port(asked.url, by_scheme, rules)
            && (asked.redirected || self.matches_path(asked.url))
    }

    /// <https://w3c.github.io/webappsec-csp/#match-hosts>
    fn matches_host(&self, url: &Url, rules: &CspRules) -> bool {
        let (Some(host), Some(text)) = (url.host(), url.host_str()) else {
            return false;
        };
        let Some(wanted) = self.host else {
            return self.scheme.is_some() || rules.star_with_port_matches;
        };
        if self.subdomains {
            let end = text.len().checked_sub(wanted.len());
            return end.is_some_and(|end| {
                text[..end].ends_with('.') && text[end..].eq_ignore_ascii_case(wanted)
            });
        }
        let refused = matches!(host, Host::Ipv4(_)) && !rules.ip_addresses_match;
        text.eq_ignore_ascii_case(wanted) && (!refused || text == "127.0.0.1")
    }

    /// <https://w3c.github.io/webappsec-csp/#match-ports>
    fn matches_port(&self, url: &Url, by_scheme: Scheme, rules: &CspRules) -> bool {
        let better = by_scheme == Scheme::Better;
        let port = url.port_or_known_default();
        let wanted = match self.port {
            SourcePort::Any => return true,
            SourcePort::Default => return url.port().is_none(),
            SourcePort::Number { digits, .. }
                if rules.ports_match_as_text && digits.starts_with('0') =>
            {
                return false;
            }
            SourcePort::Number { value, .. } => value,
        };
        let upgrades = match rules.port_80_covers_443 {
            PortUpgrade::Never => false,
            PortUpgrade::WithScheme => better,
            PortUpgrade::Always => true,
        };
        if wanted == 80 && port == Some(443) && upgrades {
            return true;
        }
        port == Some(wanted) && !(better && rules.better_scheme_needs_default_port)
    }

    /// <https://w3c.github.io/webappsec-csp/#match-paths>
    fn matches_path(&self, url: &Url) -> bool {
        let decoded = |path: &str| percent_decode_str(path).collect::<Vec<u8>>();
        let (wanted, path) = (decoded(self.path), decoded(url.path()));
        wanted.is_empty()
            || if wanted.ends_with(b"/") {
                path.starts_with(&wanted)
            } else {
                path == wanted
            }
    }
}

#[cfg(test)]
mod tests;
