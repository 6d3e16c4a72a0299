//! HTTP authentication without a prompt: user info in the URL of an XMLHttpRequest, and the logins that a
//! browser remembers from it. In CORS a 401 is just the response; nobody is asked, whatever the URL says.
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
use crate::wire::{HeaderList, Origin, Reply, latin1};

/// A user name and a password that a server has taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Login {
    /// Who has taken it.
    pub origin: Origin,
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
            user: percent_decode_str(url.username()).collect(),
            password: percent_decode_str(url.password().unwrap_or_default()).collect(),
        })
    }

    /// <https://www.rfc-editor.org/rfc/rfc7617.html#section-2>
    fn authorization(&self) -> String {
        let pair = [self.user.as_slice(), &self.password].join(&b':');
        format!("Basic {}", BASE64_STANDARD.encode(pair))
    }
}

/// The logins that one browser remembers, one an origin.
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

    fn of(&self, url: &Url) -> Option<&Login> {
        let origin = Origin::of(url);
        self.0.iter().find(|login| login.origin == origin)
    }

    fn store(&mut self, new: Login) {
        self.0.retain(|login| login.origin != new.origin);
        self.0.push(new);
    }
}

impl FromIterator<Login> for Logins {
    fn from_iter<T: IntoIterator<Item = Login>>(logins: T) -> Self {
        Self(logins.into_iter().collect())
    }
}

impl Fetch {
    /// The `Authorization` that the browser adds, unless script has set one.
    pub(super) fn authorization(&mut self, browser: &Browser) -> Option<String> {
        if !self.request.includes_credentials() || self.request.headers.contains("authorization") {
            return None;
        }
        let known = browser.logins.of(self.request.current_url());
        let (login, case) = match self.login_in_url() {
            Some(given) if self.challenged => (given, "url"),
            Some(given) => {
                let at_once = self.profile.known_login_sent_at_once;
                let same_user = known.filter(|known| at_once && known.user == given.user);
                (same_user?.clone(), "remembered")
            }
            None => (known?.clone(), "remembered"),
        };
        let value = login.authorization();
        let exchange = self.exchanges.len();
        self.trace
            .push(Rule::HttpLogin, StepOutcome::Info, Some(exchange))
            .with("case", case)
            .evidence(Evidence::request("authorization", value.as_str()));
        Some(value)
    }

    /// Whether a 401 is answered with the login in the URL: once, and not in CORS.
    pub(super) fn answers_challenge(&mut self, reply: &Reply, headers: &HeaderList) -> bool {
        let basic = |challenge: &String| {
            let scheme = challenge.split(' ').next().unwrap_or_default();
            scheme.eq_ignore_ascii_case("basic")
        };
        let challenges = headers.get_decode_and_split("www-authenticate");
        let answers = reply.status == 401
            && !self.challenged
            && self.request.tainting != Tainting::Cors
            && self.request.includes_credentials()
            && !self.request.headers.contains("authorization")
            && self.login_in_url().is_some()
            && challenges.unwrap_or_default().iter().any(basic);
        if answers {
            self.challenged = true;
            let exchange = self.exchanges.len() - 1;
            self.trace
                .push(Rule::HttpLogin, StepOutcome::Info, Some(exchange))
                .with("case", "challenged")
                .evidence(Evidence::response(
                    "www-authenticate",
                    headers.get("www-authenticate"),
                ));
        }
        answers
    }

    /// Remembers the login that a server has just taken.
    pub(super) fn keep_login(&mut self, reply: &Reply, browser: &mut Browser) {
        if !std::mem::take(&mut self.challenged) || reply.status == 401 {
            return;
        }
        if let Some(login) = self.login_in_url() {
            browser.logins.store(login);
        }
    }

    /// Only an XMLHttpRequest takes user info from its URL.
    fn login_in_url(&self) -> Option<Login> {
        let url = self.request.current_url();
        Login::in_url(url).filter(|_| self.api == Api::Xhr)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{
        AddressSpace, Credentials, Engine, FetchRequest, Finished, Location, Page, Step, Timestamp,
        start,
    };

    /// A server that wants a login on every host: what the browser told it, request by request.
    fn ask(request: &FetchRequest, browser: &mut Browser) -> (Finished, Vec<Option<String>>) {
        let page = Page {
            address_space: Some(AddressSpace::Public),
            ..Page::at(Url::parse("https://app.test/").unwrap())
        };
        let mut told = Vec::new();
        let mut step = start(request, &page, browser, Timestamp(0));
        loop {
            match step {
                Step::Done(finished) => return (*finished, told),
                Step::Locate(locating) => {
                    step = locating.located(Location::PUBLIC, browser, Timestamp(0));
                }
                Step::Send(pending) => {
                    let login = pending.request().headers.get_text("authorization");
                    let known = login.as_deref() == Some("Basic dXPDqXI6cA==");
                    let reply = Reply {
                        status: if known { 200 } else { 401 },
                        headers: [
                            ("WWW-Authenticate", "Basic realm=\"x\""),
                            ("Access-Control-Allow-Origin", "https://app.test"),
                            ("Access-Control-Allow-Credentials", "true"),
                        ]
                        .into_iter()
                        .collect(),
                        ..Reply::default()
                    };
                    told.push(login);
                    step = pending.answer(&Ok(reply), browser, Timestamp(0));
                }
            }
        }
    }

    fn xhr(url: &str, credentials: Credentials) -> FetchRequest {
        FetchRequest {
            api: Api::Xhr,
            credentials,
            ..FetchRequest::new(url)
        }
    }

    fn status(finished: &Finished) -> Option<u16> {
        finished.response.as_ref().map(|response| response.status)
    }

    #[test]
    fn the_login_in_the_url_answers_a_401_of_the_own_origin_only() {
        use Credentials::{Include, SameOrigin};
        for (url, credentials, requests, expected) in [
            ("https://us%C3%A9r:p@app.test/x", SameOrigin, 2, 200),
            ("https://us%C3%A9r:no@app.test/x", SameOrigin, 2, 401),
            ("https://app.test/x", SameOrigin, 1, 401),
            ("https://us%C3%A9r:p@api.test/x", Include, 1, 401),
        ] {
            let mut browser = Browser::fresh(Engine::Standard);
            let (finished, told) = ask(&xhr(url, credentials), &mut browser);
            assert_eq!(
                (told.len(), status(&finished)),
                (requests, Some(expected)),
                "{url}"
            );
            assert_eq!(told[0], None, "{url}");
            assert_eq!(
                browser.logins.origins().count(),
                usize::from(expected == 200)
            );
        }
    }

    #[test]
    fn a_login_that_was_taken_goes_with_later_requests_that_include_credentials() {
        let with_login = xhr("https://us%C3%A9r:p@app.test/x", Credentials::SameOrigin);
        for (engine, again) in [(Engine::Standard, 2), (Engine::Firefox, 1)] {
            let mut browser = Browser::fresh(engine);
            ask(&with_login, &mut browser);
            assert_eq!(ask(&with_login, &mut browser).1.len(), again, "{engine:?}");
            let mut plain = FetchRequest::new("https://app.test/y");
            let (finished, told) = ask(&plain, &mut browser);
            assert_eq!((status(&finished), told.len()), (Some(200), 1));
            plain.credentials = Credentials::Omit;
            let (finished, told) = ask(&plain, &mut browser);
            assert_eq!((status(&finished), told), (Some(401), vec![None]));
        }
    }
}
