//! HTTP authentication without a prompt: user info in a URL, and the logins that a browser remembers from
//! it. By the Standard a 401 is just the response in CORS, and only an XMLHttpRequest uses its URL's login.
//!
//! Source: <https://fetch.spec.whatwg.org/#concept-http-network-or-cache-fetch>.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use percent_encoding::percent_decode_str;
use url::Url;

use super::concept_request::Tainting;
use super::machine::Browser;
use super::main_fetch::Fetch;
use super::request::Api;
use super::trace::{Evidence, Rule, StepOutcome};
use crate::wire::{HeaderList, Origin, Reply, is_token, latin1, latin1_bytes};

/// Which requests answer a 401 with the login in their URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LoginInUrl {
    /// Those of XMLHttpRequest that include credentials, outside of CORS.
    OwnOriginXhr,
    /// All that include credentials, outside of CORS.
    OutsideOfCors,
    /// All.
    Any,
}

/// How `WWW-Authenticate` is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChallengeSyntax {
    /// Each line is one challenge, and must be a whole one.
    OneALine,
    /// A line may list several.
    List,
}

/// Ways to log in that browsers know besides Basic.
const OTHER_SCHEMES: [&str; 3] = ["Digest", "NTLM", "Negotiate"];

/// A user name and a password that a server has taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Login {
    /// Who has taken it.
    pub origin: Origin,
    /// What the server called the place that it is good for.
    pub realm: Vec<u8>,
    /// The folders that it was taken for: what is below them gets it unasked.
    ///
    /// <https://www.rfc-editor.org/rfc/rfc7617.html#section-2.2>
    pub folders: Vec<String>,
    /// The name, as bytes.
    pub user: Vec<u8>,
    /// The password, as bytes.
    pub password: Vec<u8>,
}

impl Login {
    /// What the URL says, if it says anything.
    fn in_url(url: &Url) -> Option<Self> {
        if url.username().is_empty() && url.password().is_none() {
            return None;
        }
        Some(Self {
            origin: Origin::of(url),
            realm: Vec::new(),
            folders: vec![folder(url).to_owned()],
            user: percent_decode_str(url.username()).collect(),
            password: percent_decode_str(url.password().unwrap_or_default()).collect(),
        })
    }

    /// <https://www.rfc-editor.org/rfc/rfc7617.html#section-2>
    fn authorization(&self) -> String {
        let pair = [self.user.as_slice(), &self.password].join(&b':');
        format!("Basic {}", BASE64_STANDARD.encode(pair))
    }

    fn is_of(&self, origin: &Origin, realm: &[u8]) -> bool {
        self.origin == *origin && self.realm == realm
    }
}

/// The path of a URL up to its last slash.
fn folder(url: &Url) -> &str {
    let path = url.path();
    &path[..path.rfind('/').map_or(0, |slash| slash + 1)]
}

/// The logins that one browser remembers, one for a realm of an origin.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Logins(Vec<Login>);

impl Logins {
    /// The origins that a login is known for.
    pub fn origins(&self) -> impl Iterator<Item = &Origin> {
        self.0.iter().map(|login| &login.origin)
    }

    /// All of them.
    pub fn entries(&self) -> &[Login] {
        &self.0
    }

    /// Each origin, and the user name in Latin-1.
    pub(super) fn held(&self) -> impl Iterator<Item = (&Origin, String)> {
        let logins = self.0.iter();
        logins.map(|login| (&login.origin, latin1(&login.user)))
    }

    /// The one whose folder the URL is in; the deepest folder counts.
    fn covering(&self, url: &Url) -> Option<&Login> {
        let origin = Origin::of(url);
        let depth = |login: &Login| {
            let folders = login.folders.iter();
            let around = folders.filter(|folder| url.path().starts_with(folder.as_str()));
            around.map(String::len).max()
        };
        let of_origin = self.0.iter().filter(|login| login.origin == origin);
        of_origin
            .filter_map(|login| Some((depth(login)?, login)))
            .max_by_key(|(depth, _)| *depth)
            .map(|(_, login)| login)
    }

    fn of_realm(&self, url: &Url, realm: &[u8]) -> Option<&Login> {
        let origin = Origin::of(url);
        self.0.iter().find(|login| login.is_of(&origin, realm))
    }

    fn store(&mut self, mut new: Login) {
        let known = (self.0.iter()).position(|login| login.is_of(&new.origin, &new.realm));
        if let Some(known) = known {
            let known = self.0.remove(known);
            let more = known.folders.into_iter();
            let more: Vec<_> = more.filter(|one| !new.folders.contains(one)).collect();
            new.folders.extend(more);
        }
        self.0.push(new);
    }

    fn forget(&mut self, refused: &Login) {
        self.0
            .retain(|login| !login.is_of(&refused.origin, &refused.realm));
    }
}

impl FromIterator<Login> for Logins {
    fn from_iter<T: IntoIterator<Item = Login>>(logins: T) -> Self {
        Self(logins.into_iter().collect())
    }
}

/// What a fetch has tried so far.
#[derive(Clone, Debug, Default)]
pub(super) struct LoginState {
    /// Whether the login in the URL went out.
    url_tried: bool,
    /// What the next request answers a 401 with.
    answer: Option<Login>,
    /// What the request under way carries.
    sent: Option<Login>,
}

impl Fetch {
    /// The `Authorization` that the browser adds, unless script has set one.
    pub(super) fn authorization(&mut self, browser: &mut Browser) -> Option<String> {
        self.login.sent = None;
        if self.request.headers.contains("authorization") {
            return None;
        }
        let (login, case) = match self.login.answer.take() {
            Some(login) if self.login.url_tried => (login, "url"),
            Some(login) => (login, "remembered"),
            None => (self.unasked_login(browser)?, "remembered"),
        };
        let value = login.authorization();
        self.login.sent = Some(login);
        let exchange = self.exchanges.len();
        self.trace
            .push(Rule::HttpLogin, StepOutcome::Info, Some(exchange))
            .with("case", case)
            .evidence(Evidence::request("authorization", value.as_str()));
        Some(value)
    }

    /// What goes out before the server has asked: the login that it took for this folder.
    fn unasked_login(&mut self, browser: &mut Browser) -> Option<Login> {
        if !self.request.includes_credentials() {
            return None;
        }
        let known = browser.logins.covering(self.request.current_url())?.clone();
        let Some(given) = self.login_in_url() else {
            return Some(known);
        };
        if !self.profile.known_login_sent_at_once {
            return None;
        }
        if known.user == given.user {
            return Some(known);
        }
        if self.profile.login_in_url != LoginInUrl::Any {
            return None;
        }
        // Another user takes the place of the one who is known.
        self.login.url_tried = true;
        let given = Login {
            realm: known.realm,
            ..given
        };
        browser.logins.store(given.clone());
        Some(given)
    }

    /// Whether a 401 is answered with a login, the one in the URL or one that is known for the realm. One
    /// that has just been refused is forgotten.
    pub(super) fn answers_challenge(
        &mut self,
        reply: &Reply,
        headers: &HeaderList,
        browser: &mut Browser,
    ) -> bool {
        let sent = self.login.sent.take();
        if reply.status != 401 {
            if let Some(taken) = sent {
                browser.logins.store(taken);
            }
            return false;
        }
        if let Some(refused) = &sent {
            browser.logins.forget(refused);
        }
        let Some(realm) = self.realm(headers) else {
            self.note_other_schemes(headers);
            return false;
        };
        let by_script = self.request.headers.contains("authorization");
        let given = self.login_in_url().filter(|_| !self.login.url_tried);
        let url = self.request.current_url().clone();
        let known = (self.request.includes_credentials() && sent.is_none())
            .then(|| browser.logins.of_realm(&url, &realm).cloned())
            .flatten();
        let (answer, case) = match (given, known) {
            (Some(given), _) if !by_script || self.profile.challenge_ignores_script => {
                self.login.url_tried = true;
                (Login { realm, ..given }, "challenged")
            }
            (_, Some(known)) if !by_script => {
                let folders = vec![folder(&url).to_owned()];
                (Login { folders, ..known }, "realm")
            }
            _ => return self.note_prompt(headers, by_script),
        };
        self.login.answer = Some(answer);
        self.note_challenge(case, headers);
        true
    }

    /// Browsers ask the user then; here nobody answers, as if the user had cancelled.
    fn note_prompt(&mut self, headers: &HeaderList, by_script: bool) -> bool {
        if self.request.includes_credentials() && !by_script {
            self.note_challenge("prompt", headers);
        }
        false
    }

    /// Whether the browser could answer with a login, if it has one.
    pub(super) fn understands_challenge(&self, headers: &HeaderList) -> bool {
        self.realm(headers).is_some() || other_scheme(headers).is_some()
    }

    /// Browsers answer these as well: Digest with the login in the URL, NTLM and Negotiate with that of the system
    /// where its settings let them.
    fn note_other_schemes(&mut self, headers: &HeaderList) {
        let Some(scheme) = other_scheme(headers) else {
            return;
        };
        if !self.request.includes_credentials() && self.login_in_url().is_none() {
            return;
        }
        let exchange = self.exchanges.len() - 1;
        self.trace
            .push(Rule::HttpLogin, StepOutcome::NotModelled, Some(exchange))
            .with("case", "other-scheme")
            .with("item", scheme)
            .evidence(Evidence::response(
                "www-authenticate",
                headers.get("www-authenticate"),
            ));
    }

    fn note_challenge(&mut self, case: &'static str, headers: &HeaderList) {
        let exchange = self.exchanges.len() - 1;
        self.trace
            .push(Rule::HttpLogin, StepOutcome::Info, Some(exchange))
            .with("case", case)
            .evidence(Evidence::response(
                "www-authenticate",
                headers.get("www-authenticate"),
            ));
    }

    /// The login in the URL, where this engine uses it.
    fn login_in_url(&self) -> Option<Login> {
        let outside_of_cors =
            self.request.tainting != Tainting::Cors && self.request.includes_credentials();
        let used = match self.profile.login_in_url {
            LoginInUrl::Any => true,
            LoginInUrl::OwnOriginXhr => self.api == Api::Xhr && outside_of_cors,
            LoginInUrl::OutsideOfCors => outside_of_cors,
        };
        Login::in_url(self.request.current_url()).filter(|_| used)
    }

    /// The realm of the first Basic challenge; `None` where there is none.
    ///
    /// <https://www.rfc-editor.org/rfc/rfc9110.html#section-11.6.1>
    fn realm(&self, headers: &HeaderList) -> Option<Vec<u8>> {
        match self.profile.challenge_syntax {
            ChallengeSyntax::OneALine => headers
                .lines("www-authenticate")
                .find_map(|line| realm_of_line(&latin1(line))),
            ChallengeSyntax::List => {
                realm_of_list(&headers.get_decode_and_split("www-authenticate")?)
            }
        }
    }
}

/// The scheme beside Basic that a server asks for.
fn other_scheme(headers: &HeaderList) -> Option<&'static str> {
    let asked = |scheme: &&&str| {
        let mut lines = headers.lines("www-authenticate").map(latin1);
        lines.any(|line| scheme_of(&line).0.eq_ignore_ascii_case(scheme))
    };
    OTHER_SCHEMES.iter().find(asked).copied()
}

/// A scheme and what stands behind it.
fn scheme_of(item: &str) -> (&str, &str) {
    let item = item.trim_matches([' ', '\t']);
    item.split_once(' ').unwrap_or((item, ""))
}

fn realm_of_line(line: &str) -> Option<Vec<u8>> {
    let (scheme, rest) = scheme_of(line);
    let mut realm = Vec::new();
    for item in split_list(rest).iter().filter(|item| !item.is_empty()) {
        let (name, value) = parameter(item)?;
        if name.eq_ignore_ascii_case("realm") {
            realm = value;
        }
    }
    scheme.eq_ignore_ascii_case("basic").then_some(realm)
}

fn realm_of_list(items: &[String]) -> Option<Vec<u8>> {
    let is_basic = |item: &String| scheme_of(item).0.eq_ignore_ascii_case("basic");
    let at = items.iter().position(is_basic)?;
    let own = scheme_of(&items[at]).1;
    let following = items[at + 1..].iter().map(String::as_str);
    let parameters = std::iter::once(own).chain(following).map_while(parameter);
    let mut realms = parameters.filter(|(name, _)| name.eq_ignore_ascii_case("realm"));
    Some(realms.next().map(|(_, value)| value).unwrap_or_default())
}

/// The items between commas that are in no quotes.
fn split_list(text: &str) -> Vec<&str> {
    let mut quoted = false;
    let parts = text.split(|c| {
        quoted ^= c == '"';
        c == ',' && !quoted
    });
    parts.map(|part| part.trim_matches([' ', '\t'])).collect()
}

/// A name and a value, its quotes taken off; `None` where a scheme stands instead.
fn parameter(item: &str) -> Option<(&str, Vec<u8>)> {
    let (name, value) = item.split_once('=')?;
    let (name, value) = (name.trim_end(), value.trim_start());
    let quoted = value.strip_prefix('"').and_then(|v| v.strip_suffix('"'));
    let value = latin1_bytes(quoted.unwrap_or(value))?;
    is_token(name.as_bytes()).then_some((name, value))
}

#[cfg(test)]
mod tests;
