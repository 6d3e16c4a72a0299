//! The request as it is typed: fields, and where the cursor is. What keys do is in
//! [`composer_edit`](super::composer_edit), how it looks in [`composer_view`](super::composer_view).

use std::time::Duration;

use url::Url;

use super::lessons::is_lab;
use crate::diagnose::Recognised;
use crate::engine::{
    AddressSpace, Api, Browser, Credentials, Engine, FetchRequest, HstsStore,
    LocalNetworkPermission, Mode, Page, PagePolicies, Part, RedirectMode, RequestBody, Timestamp,
    upgrade_url,
};
use crate::history::NamedRequest;
use crate::import::Imported;
use crate::session::{HeaderRow, Line, Mistake, PageForm, RequestForm, Way};
use crate::tui::action::Place;
use crate::tui::model::Asked;
use crate::tui::widgets::field::{Lines, TextField};

/// A place where the cursor can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names are the fields' names")]
pub enum Stop {
    Page,
    Sandboxed,
    Method,
    Url,
    Header(usize),
    AddHeader,
    Body,
    Api,
    CrossOrigin,
    Module,
    UploadListener,
    Mode,
    Credentials,
    Redirect,
    Browser,
    LocalNetwork,
    PageSpace,
    Timeout,
}

/// A header as typed: `Name: value`.
#[derive(Clone, Debug)]
pub struct HeaderField {
    /// The text.
    pub field: TextField,
    /// Whether it takes part.
    pub enabled: bool,
}

/// The request as it is typed.
#[derive(Clone, Debug)]
pub struct Composer {
    pub page: TextField,
    pub sandboxed: bool,
    /// In which way the page asks.
    pub way: Way,
    pub method: TextField,
    pub url: TextField,
    pub headers: Vec<HeaderField>,
    pub body: TextField,
    pub mode: Mode,
    pub credentials: Credentials,
    pub redirect: RedirectMode,
    pub engine: Engine,
    /// What the user says where the page asks a local network.
    pub permission: LocalNetworkPermission,
    pub timeout: TextField,
    /// Where the page came from, if that is known better than by its host.
    pub page_space: Option<AddressSpace>,
    /// What the page came with.
    pub policies: PagePolicies,
    /// The hosts that the browser asks over https only.
    pub hsts: HstsStore,
    /// Cookies that the browser has before the request.
    pub cookies: Vec<(Url, String)>,
    /// The name of the file that it was opened from or saved to, without its ending.
    pub name: Option<String>,
    /// The page that a lesson or a run that was kept has filled in.
    filled_page: Option<String>,
    /// The console line that the form was filled from.
    pub console: Option<Recognised>,
    /// The form before it was filled from a pasted text, and what that filled in.
    pub replaced: Option<Box<(Composer, RequestForm)>>,
    /// The browser as the last run left it; `None` before the first.
    pub kept: Option<Box<Browser>>,
    /// Where the cursor is.
    pub stop: Stop,
    /// How many rows are scrolled away.
    pub offset: usize,
}

impl Composer {
    /// A composer that holds what the program was started with, the cursor on the URL.
    pub fn new(asked: Asked) -> Self {
        let Asked { form, browser, .. } = asked;
        let seconds = asked.max_time.unwrap_or_default().as_secs_f64().to_string();
        let mut composer = Self {
            engine: browser.engine,
            permission: browser.permission,
            page_space: browser.page_space,
            policies: browser.policies,
            hsts: browser.hsts,
            cookies: browser.cookies,
            timeout: TextField::new(&seconds, Lines::One),
            ..Self::empty()
        };
        composer.set(&form.unwrap_or_default());
        composer
    }

    fn empty() -> Self {
        let field = |lines| TextField::new("", lines);
        Self {
            page: field(Lines::One),
            sandboxed: false,
            way: Way::default(),
            method: field(Lines::One),
            url: field(Lines::One),
            headers: Vec::new(),
            body: field(Lines::Many),
            mode: Mode::Cors,
            credentials: Credentials::SameOrigin,
            redirect: RedirectMode::Follow,
            engine: Engine::Chromium,
            permission: LocalNetworkPermission::default(),
            timeout: field(Lines::One),
            page_space: None,
            policies: PagePolicies::default(),
            hsts: HstsStore::default(),
            cookies: Vec::new(),
            name: None,
            filled_page: None,
            console: None,
            replaced: None,
            kept: None,
            stop: Stop::Url,
            offset: 0,
        }
    }

    /// Puts a form in place of what is there. Browser and timeout stay.
    pub fn set(&mut self, form: &RequestForm) {
        let body = form.body.as_deref().unwrap_or_default();
        self.page = TextField::new(&form.page.origin, Lines::One);
        self.sandboxed = form.page.sandboxed;
        self.way = form.way.clone();
        self.method = TextField::new(&form.method, Lines::One);
        self.url = TextField::new(&form.url, Lines::One);
        self.headers = form.headers.iter().map(HeaderField::new).collect();
        self.body = TextField::new(body, Lines::Many);
        self.mode = form.mode;
        self.credentials = form.credentials;
        self.redirect = form.redirect;
        self.stop = Stop::Url;
        self.offset = 0;
    }

    /// Puts a pasted request in place of what is there; can be undone. A page that the text does not know
    /// stays, as do timeout and, where the text comes from no browser, the browser.
    pub fn import(&mut self, imported: Imported) {
        let mut before = self.clone();
        before.replaced = None;
        let mut form = imported.form;
        if form.page.origin.is_empty() && !self.leaves_the_lab(&form.url) {
            form.page.origin = self.page.text();
        }
        self.take_over(&form, imported.cookies);
        self.name = None;
        self.engine = imported.engine.unwrap_or(self.engine);
        self.console = imported.console;
        self.set(&form);
        if form.page.origin.is_empty() {
            self.stop = Stop::Page;
        }
        self.replaced = Some(Box::new((before, self.form())));
    }

    /// Whether the page is one of the lab's and the URL is not: nobody's own page is that one.
    fn leaves_the_lab(&self, url: &str) -> bool {
        let lab = |text: &str| Url::parse(text.trim()).is_ok_and(|url| is_lab(&url));
        let page = Some(self.page.text());
        lab(&self.url.text()) && !lab(url) && self.filled_page == page
    }

    /// Puts a pasted URL in place of the one that is there; can be undone.
    pub fn replace_url(&mut self, url: &str) {
        let mut before = self.clone();
        before.replaced = None;
        self.stop = Stop::Url;
        if self.leaves_the_lab(url) {
            self.page.replace("");
            self.stop = Stop::Page;
        }
        self.url.replace(url);
        self.name = None;
        self.console = None;
        self.replaced = Some(Box::new((before, self.form())));
    }

    /// Puts a named request in place of what is there; can be undone.
    pub fn open(&mut self, name: String, named: NamedRequest) {
        let mut before = self.clone();
        before.replaced = None;
        self.take_over(&named.form, named.cookies);
        self.name = Some(name);
        self.console = None;
        self.set(&named.form);
        self.replaced = Some(Box::new((before, self.form())));
    }

    /// What comes with another form: its cookies; and what the page came with goes with the page.
    fn take_over(&mut self, form: &RequestForm, cookies: Vec<String>) {
        if form.page.origin != self.page.text() {
            self.page_space = None;
            self.policies = PagePolicies::default();
        }
        let target = Url::parse(&form.url).map(|url| upgrade_url(&url));
        let cookies = cookies.into_iter();
        self.cookies = match target {
            Ok(url) => cookies.map(|line| (url.clone(), line)).collect(),
            Err(_) => Vec::new(),
        };
        if !self.cookies.is_empty() {
            // What the last run left does not have them.
            self.kept = None;
        }
    }

    /// Undoes [`Self::import`] and [`Self::open`] while the form is as that left it; whether there was anything to undo.
    pub fn take_back(&mut self) -> bool {
        match self.replaced.take() {
            Some(replaced) if replaced.1 == self.form() => {
                *self = replaced.0;
                true
            }
            replaced => {
                self.replaced = replaced;
                false
            }
        }
    }

    /// Puts a lesson's request in place of what is there. Browser and timeout stay.
    pub fn fill(&mut self, line: &Line) {
        let body = match &line.request.body {
            Some(RequestBody::Text(text)) => Some(text.clone()),
            _ => None,
        };
        let form = RequestForm {
            page: PageForm {
                origin: line.page.url.origin().ascii_serialization(),
                sandboxed: !line.page.origin.same_origin(&line.page.top_level_origin()),
            },
            way: Way {
                api: line.request.api,
                crossorigin: line.request.crossorigin,
                module: line.request.module,
                script_type: line.request.script_type.clone(),
                upload_listener: line.request.upload_listener,
            },
            method: line.request.method.clone(),
            url: line.request.url.clone(),
            headers: line
                .request
                .headers
                .iter()
                .map(|(name, value)| HeaderRow::new(name, value))
                .collect(),
            body,
            mode: line.request.mode,
            credentials: line.request.credentials,
            redirect: line.request.redirect,
        };
        self.set(&form);
        self.name = None;
        self.filled_page = Some(self.page.text());
        self.console = None;
        self.page_space = line.page.address_space;
        self.policies.clone_from(&line.page.policies);
        self.hsts = HstsStore::of(&line.hsts);
        self.cookies.clone_from(&line.cookies);
    }

    /// The form as it stands.
    pub fn form(&self) -> RequestForm {
        RequestForm {
            page: PageForm {
                origin: self.page.text(),
                sandboxed: self.sandboxed,
            },
            way: self.way.clone(),
            method: self.method.text(),
            url: self.url.text(),
            headers: self.headers.iter().map(HeaderField::row).collect(),
            body: Some(self.body.text()).filter(|body| !body.is_empty()),
            mode: self.mode,
            credentials: self.credentials,
            redirect: self.redirect,
        }
    }

    /// The page, with all that is known of it, and what it asks for; or every mistake.
    pub fn parse(&self) -> Result<(Page, FetchRequest), Vec<Mistake>> {
        let (mut page, request) = self.form().parse()?;
        page.address_space = self.page_space;
        page.policies.clone_from(&self.policies);
        Ok((page, request))
    }

    /// How long a run may take, `None` for ever; or what is wrong with the field.
    pub fn max_time(&self) -> Result<Option<Duration>, &'static str> {
        let text = self.timeout.text();
        let seconds = text.trim().trim_end_matches('s').trim_end();
        seconds
            .parse::<f64>()
            .ok()
            .filter(|seconds| (0.0..=86_400.0).contains(seconds))
            .map(|seconds| (seconds > 0.0).then(|| Duration::from_secs_f64(seconds)))
            .ok_or("seconds, as in 30; 0 waits for ever")
    }

    /// Makes the browser forget these parts.
    pub fn empty_browser(&mut self, parts: &[Part], now: Timestamp) {
        let mut browser = self.browser(now);
        for part in parts {
            browser.empty(*part);
        }
        self.kept = Some(Box::new(browser));
    }

    /// The browser that asks: as the last run left it, where that was of the same engine; else one that
    /// remembers nothing but the cookies given.
    pub fn browser(&self, now: Timestamp) -> Browser {
        let kept = self.kept.as_deref();
        if let Some(kept) = kept.filter(|kept| kept.profile.engine == self.engine) {
            let mut browser = kept.clone();
            browser.local_network = self.permission;
            return browser;
        }
        let mut browser = Browser::fresh(self.engine);
        browser.local_network = self.permission;
        browser.hsts.clone_from(&self.hsts);
        for (url, line) in &self.cookies {
            let profile = browser.profile;
            browser
                .cookies
                .set_by_visit(url, line.as_bytes(), &profile, now);
        }
        browser
    }

    /// The places of the key table that count where the cursor is.
    pub fn places(&self) -> Vec<Place> {
        let mut places = match self.stop {
            Stop::Url => vec![Place::Url, Place::Text],
            Stop::Method => vec![Place::Method, Place::Text],
            Stop::Header(_) => vec![Place::Header, Place::Text],
            Stop::Page | Stop::Body | Stop::Timeout => vec![Place::Text],
            Stop::AddHeader => vec![Place::AddHeader],
            Stop::Sandboxed
            | Stop::Api
            | Stop::CrossOrigin
            | Stop::Module
            | Stop::UploadListener
            | Stop::Mode
            | Stop::Credentials
            | Stop::Redirect
            | Stop::Browser
            | Stop::LocalNetwork
            | Stop::PageSpace => vec![Place::Choice],
        };
        places.push(Place::Composer);
        places
    }

    /// Every stop, from top to bottom.
    pub fn stops(&self) -> Vec<Stop> {
        let mut stops = vec![Stop::Page, Stop::Sandboxed, Stop::Method, Stop::Url];
        stops.extend((0..self.headers.len()).map(Stop::Header));
        stops.extend([Stop::AddHeader, Stop::Body, Stop::Api]);
        stops.extend(self.settings());
        stops.extend([
            Stop::Browser,
            Stop::LocalNetwork,
            Stop::PageSpace,
            Stop::Timeout,
        ]);
        stops
    }

    /// What this way of asking leaves to choose; the others have no such thing.
    pub fn settings(&self) -> &'static [Stop] {
        match self.way.api {
            Api::Fetch => &[Stop::Mode, Stop::Credentials, Stop::Redirect],
            Api::Xhr => &[Stop::Credentials, Stop::UploadListener],
            Api::EventSource => &[Stop::Credentials],
            Api::Script => &[Stop::CrossOrigin, Stop::Module],
            Api::Img | Api::Stylesheet | Api::Audio | Api::Video => &[Stop::CrossOrigin],
            Api::Font | Api::Beacon | Api::WebSocket | Api::Form | Api::Navigation => &[],
        }
    }

    /// Moves the cursor to the next stop or the one before; false at the end of the form.
    pub fn step(&mut self, forward: bool) -> bool {
        let stops = self.stops();
        let at = stops
            .iter()
            .position(|stop| *stop == self.stop)
            .unwrap_or_default();
        let next = if forward {
            stops.get(at + 1)
        } else {
            at.checked_sub(1).and_then(|at| stops.get(at))
        };
        match next {
            Some(stop) => self.stop = *stop,
            None => return false,
        }
        true
    }

    /// The text field under the cursor.
    pub fn field(&mut self) -> Option<&mut TextField> {
        Some(match self.stop {
            Stop::Page => &mut self.page,
            Stop::Method => &mut self.method,
            Stop::Url => &mut self.url,
            Stop::Header(index) => &mut self.headers.get_mut(index)?.field,
            Stop::Body => &mut self.body,
            Stop::Timeout => &mut self.timeout,
            _ => return None,
        })
    }
}

impl HeaderField {
    fn new(row: &HeaderRow) -> Self {
        Self {
            field: TextField::new(&format!("{}: {}", row.name, row.value), Lines::One),
            enabled: row.enabled,
        }
    }

    /// Name and value: what stands before the first colon, and what stands behind it.
    pub fn row(&self) -> HeaderRow {
        let text = self.field.text();
        let (name, value) = text.split_once(':').unwrap_or((&text, ""));
        HeaderRow {
            name: name.trim().to_owned(),
            value: value.trim().to_owned(),
            enabled: self.enabled,
        }
    }
}
