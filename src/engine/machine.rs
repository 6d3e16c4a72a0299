//! The machine around the algorithms: [`start`] a fetch, [`Step`] by step, until it is done.
//!
//! A waiting fetch is consumed by its answer, so a wrong call does not compile.
//!
//! Source: <https://fetch.spec.whatwg.org/#fetch-method>.

use std::net::SocketAddr;

use super::construct::construct;
use super::content_coding;
use super::cookies::CookieJar;
use super::document::{Document, InDocument};
use super::element::Destination;
use super::hsts::HstsStore;
use super::http_cache::HttpCache;
use super::local_network::{LocalNetworkPermission, Location, Refusal, Subject, page_space};
use super::logins::{LoginState, Logins};
use super::main_fetch::Fetch;
use super::outcome::{Exchange, ExchangeKind, Finished, Provenance, Verdict};
use super::preflight_cache::PreflightCache;
use super::profile::{Engine, Profile};
use super::receive;
use super::request::{AddressSpace, FetchRequest, Page, Timestamp};
use super::status_line;
use super::trace::Trace;
use crate::wire::{Answer, HttpRequest};

/// A browser: how it behaves, and what it remembers from one fetch to the next.
#[derive(Clone, Debug, PartialEq)]
pub struct Browser {
    /// How it behaves.
    pub profile: Profile,
    /// Its cookies.
    pub cookies: CookieJar,
    /// Its preflight cache.
    pub preflight_cache: PreflightCache,
    /// Its HTTP cache.
    pub http_cache: HttpCache,
    /// What the document that asks holds.
    pub document: Document,
    /// Its logins of HTTP authentication.
    pub logins: Logins,
    /// The hosts that it asks over https only.
    pub hsts: HstsStore,
    /// What the user has said about local network access.
    pub local_network: LocalNetworkPermission,
}

impl Browser {
    /// A browser that remembers nothing.
    pub fn fresh(engine: Engine) -> Self {
        Self {
            profile: engine.profile(),
            cookies: CookieJar::default(),
            preflight_cache: PreflightCache::default(),
            http_cache: HttpCache::default(),
            document: Document::default(),
            logins: Logins::default(),
            hsts: HstsStore::default(),
            local_network: LocalNetworkPermission::default(),
        }
    }
}

/// What a fetch needs next.
#[must_use]
#[derive(Clone, Debug)]
pub enum Step {
    /// Find out where a host leads, then call [`Locating::located`].
    Locate(Box<Locating>),
    /// Send this request, then call [`Pending::answer`].
    Send(Box<Pending>),
    /// The fetch is over.
    Done(Box<Finished>),
}

/// A fetch that waits to know where a host leads, before it sends anything there.
#[derive(Clone, Debug)]
pub struct Locating {
    pub(super) fetch: Fetch,
    pub(super) with_preflight: bool,
    pub(super) subject: Subject,
    /// Where the URL leads, once known.
    pub(super) target: AddressSpace,
    pub(super) address: Option<SocketAddr>,
    /// What a listener would run into, once known.
    pub(super) refusal: Option<Refusal>,
}

impl Locating {
    /// What is needed.
    pub fn subject(&self) -> &Subject {
        &self.subject
    }

    /// What was decided so far.
    pub fn trace(&self) -> &Trace {
        &self.fetch.trace
    }

    /// Goes on with the answer. A page whose host does not resolve counts as public, and so does a
    /// target: asking it fails by itself.
    pub fn located(mut self, location: Location, browser: &mut Browser, now: Timestamp) -> Step {
        match self.subject {
            Subject::Target(_) => {
                self.target = self.fetch.space_of(&location);
                self.address = location.address;
            }
            Subject::Page(_) => self.fetch.page_space = Some(self.fetch.space_of(&location)),
            Subject::Listener(_) => return self.listener_known(location, browser, now),
        }
        let page = match self.fetch.page_space {
            Some(space) => space,
            None if self.target == AddressSpace::Public => AddressSpace::Public,
            None => {
                self.subject = Subject::Page(self.fetch.page.url.clone());
                return Step::Locate(Box::new(self));
            }
        };
        let permission = browser.local_network;
        self.refusal =
            self.fetch
                .local_network_refusal(self.target, page, permission, self.with_preflight);
        if let Some(refusal) = &mut self.refusal {
            refusal.address = self.address;
        }
        if self.refusal.is_some() {
            self.subject = Subject::Listener(self.fetch.request.current_url().clone());
            return Step::Locate(Box::new(self));
        }
        self.fetch
            .note_local_network(self.target, page, self.address);
        self.fetch.send_first(self.with_preflight, browser, now)
    }

    /// Where no connection comes about, its failure is what the browser tells.
    fn listener_known(mut self, location: Location, browser: &mut Browser, now: Timestamp) -> Step {
        match self.refusal {
            Some(refusal) if location.reach >= self.fetch.reach_that_decides() => {
                if refusal.after_preflight {
                    self.fetch
                        .note_local_network(refusal.target, refusal.page, refusal.address);
                    self.fetch.late_refusal = Some(refusal);
                    return self.fetch.send_first(self.with_preflight, browser, now);
                }
                let block = self.fetch.refuse_local_network(&refusal);
                self.fetch.block(block, browser)
            }
            _ => self.fetch.send_first(self.with_preflight, browser, now),
        }
    }
}

/// A fetch that waits for the answer to one request. It is consumed by the answer, so it cannot be
/// answered twice; it can be cloned to try another answer.
#[derive(Clone, Debug)]
pub struct Pending {
    pub(super) fetch: Fetch,
    pub(super) kind: ExchangeKind,
    pub(super) request: HttpRequest,
    /// How often it has gone out with this, 1 the first time.
    pub(super) tries: u8,
}

impl Pending {
    /// What to send.
    pub fn request(&self) -> &HttpRequest {
        &self.request
    }

    /// Preflight or actual.
    pub fn kind(&self) -> ExchangeKind {
        self.kind
    }

    /// What was decided so far.
    pub fn trace(&self) -> &Trace {
        &self.fetch.trace
    }

    /// The exchanges so far.
    pub fn exchanges(&self) -> &[Exchange] {
        &self.fetch.exchanges
    }

    /// The failure that made the same request go out again, if that is why it does.
    pub fn repeats(&self) -> Option<&Exchange> {
        let unanswered =
            |exchange: &&Exchange| matches!(&exchange.answer, Err(failure) if failure.unanswered);
        (self.fetch.exchanges.last()).filter(|last| self.tries > 1 && unanswered(last))
    }

    /// Goes on with the answer to [`Pending::request`]. `now` is when it came.
    pub fn answer(self, answer: &Answer, browser: &mut Browser, now: Timestamp) -> Step {
        if let Some(why) = self.fetch.asks_again(&self.request, answer, self.tries) {
            return self.again(why, answer, now);
        }
        let Self {
            mut fetch,
            kind,
            request,
            ..
        } = self;
        let asked = request.url.clone();
        let sent = request.headers.clone();
        fetch.exchanges.push(Exchange {
            kind,
            request,
            answer: answer.clone(),
            from_cache: false,
            provenance: Provenance::Browser,
            answered: now,
        });
        let received = match answer {
            Ok(reply) => status_line::read(reply, &asked, &fetch.profile).and_then(|reply| {
                let headers = receive::headers(&reply, &fetch.profile)?;
                let reply = content_coding::undone(&sent, &asked, reply, &fetch.profile)?;
                Ok((reply, headers))
            }),
            Err(failure) => Err(failure.clone()),
        };
        if let Ok((reply, headers)) = &received {
            if !reply.certificate_error {
                browser.hsts.learn(&asked, headers, now);
            }
            fetch.clear_site_data(&asked, headers, kind, browser);
        }
        match (received, kind) {
            (Err(failure), _) => fetch.fail(failure, browser),
            (Ok((reply, headers)), ExchangeKind::Preflight) => {
                fetch.preflight_answered(&reply, &headers, browser, now)
            }
            (Ok((reply, headers)), ExchangeKind::Actual) => {
                fetch.actual_answered(&reply, &headers, browser, now)
            }
        }
    }
}

/// Starts a fetch: what script of `page` asked for, in this browser, now.
///
/// <https://fetch.spec.whatwg.org/#fetch-method>
pub fn start(asked: &FetchRequest, page: &Page, browser: &mut Browser, now: Timestamp) -> Step {
    let mut trace = Trace::default();
    let profile = browser.profile;
    match construct(asked, page, &profile, &mut trace) {
        Ok(request) => Fetch {
            profile,
            page: page.clone(),
            request,
            trace,
            api: asked.api,
            destination: Destination::of(asked.api),
            module: asked.module,
            script_type: asked.script_type.clone(),
            exchanges: Vec::new(),
            page_space: page_space(page, &profile),
            target_address_space: asked.target_address_space,
            late_refusal: None,
            started: now,
            login: LoginState::default(),
            validating: None,
            in_document: InDocument::default(),
            first: None,
            later: None,
            foreground: None,
        }
        .main_fetch(browser, now),
        Err(block) => Step::Done(Box::new(Finished {
            verdict: Verdict::Blocked(block),
            response: None,
            trace,
            exchanges: Vec::new(),
            url: None,
        })),
    }
}

#[cfg(test)]
mod tests;
