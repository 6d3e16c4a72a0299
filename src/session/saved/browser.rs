//! What the browser remembered before the fetch, and where hosts led.

use std::collections::HashSet;
use std::net::SocketAddr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use url::Url;

use super::SavedError;
use super::exchange::{Lines, ReplyJson, bytes, header_list, lines};
use crate::engine::{
    AddressSpace, Api, Browser, CacheEntry, CacheKey, CookieJar, Credentials, Document,
    HeldResource, HttpCacheKey, KeptCookie, Location, Login, Mode, Page, Permission, Reach,
    ResourceKey, StoredResponse, Subject, Timestamp,
};
use crate::session::Session;
use crate::wire::{Origin, latin1};

#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct BrowserJson {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    cookies: Vec<CookieJson>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    preflight_cache: Vec<PermissionJson>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    http_cache: Vec<StoredJson>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    document: Vec<HeldJson>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    logins: Vec<LoginJson>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    hsts: Vec<HostJson>,
}

fn whole_origin() -> Vec<String> {
    vec!["/".to_owned()]
}

/// A host that is asked over https only; without `until` for ever.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct HostJson {
    host: String,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    subdomains: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    until: Option<u64>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct CookieJson {
    set: String,
    host: String,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    subdomains: bool,
    path: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    expires: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    partition: Option<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct PermissionJson {
    origin: String,
    url: String,
    credentials: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    method: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    header: Option<String>,
    expires: u64,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct StoredJson {
    partition: String,
    url: String,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    anonymous: bool,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    head: bool,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    foreign_element: bool,
    request_headers: Lines,
    selecting: Vec<String>,
    mode: String,
    credentials: bool,
    reply: ReplyJson,
    stored: u64,
}

/// What the document of the page holds.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct HeldJson {
    api: String,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    module: bool,
    url: String,
    /// Mode and credentials mode.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    settings: Option<(String, String)>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    integrity: String,
    answers: Vec<ReplyJson>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct LoginJson {
    origin: String,
    #[serde(default)]
    realm: String,
    /// Of a session saved before these were kept: the whole origin.
    #[serde(default = "whole_origin")]
    folders: Vec<String>,
    user: String,
    password: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LocationJson {
    of: String,
    url: String,
    space: String,
    reach: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    address: Option<String>,
}

impl BrowserJson {
    pub(super) fn is_fresh(&self) -> bool {
        self.cookies.is_empty()
            && self.preflight_cache.is_empty()
            && self.http_cache.is_empty()
            && self.document.is_empty()
            && self.logins.is_empty()
            && self.hsts.is_empty()
    }

    /// Of the caches only what this fetch could have met: a browser may hold a thousand answers more.
    pub(super) fn of(session: &Session) -> Self {
        let browser = &session.browser;
        let met = met(session);
        let asked = |url: &Url| met.contains(&bare(url));
        Self {
            cookies: browser.cookies.kept().map(CookieJson::of).collect(),
            preflight_cache: (browser.preflight_cache.entries().iter())
                .filter(|entry| Url::parse(&entry.key.url).is_ok_and(|url| asked(&url)))
                .map(PermissionJson::of)
                .collect(),
            http_cache: (browser.http_cache.entries())
                .filter(|entry| asked(&entry.key.url))
                .map(StoredJson::of)
                .collect(),
            document: (browser.document.held(&session.page))
                .filter(|resource| asked(&resource.key.url))
                .map(HeldJson::of)
                .collect(),
            logins: (browser.logins.entries().iter())
                .map(LoginJson::of)
                .collect(),
            hsts: (browser.hsts.kept())
                .map(|(host, subdomains, until)| HostJson {
                    host: host.to_owned(),
                    subdomains,
                    until: until.map(|until| until.0),
                })
                .collect(),
        }
    }

    pub(super) fn fill(self, browser: &mut Browser, page: &Page) -> Result<(), SavedError> {
        let cookies = self.cookies.into_iter().map(CookieJson::read);
        browser.cookies =
            CookieJar::from_kept(cookies).map_err(|line| SavedError::value("cookies", line))?;
        let permissions = self.preflight_cache.into_iter().map(PermissionJson::read);
        browser.preflight_cache = permissions.collect::<Result<_, _>>()?;
        let stored = self.http_cache.into_iter().map(StoredJson::read);
        browser.http_cache = stored.collect::<Result<_, _>>()?;
        let held = self.document.into_iter().map(HeldJson::read);
        browser.document = match held.collect::<Result<Vec<_>, _>>()? {
            held if held.is_empty() => Document::default(),
            held => Document::of(page.clone(), held),
        };
        let logins = self.logins.into_iter().map(LoginJson::read);
        browser.logins = logins.collect::<Result<_, _>>()?;
        let hosts = self.hsts.into_iter();
        browser.hsts = hosts
            .map(|known| (known.host, known.subdomains, known.until.map(Timestamp)))
            .collect();
        Ok(())
    }
}

/// The URLs that the fetch came by, without fragment and user info.
fn met(session: &Session) -> HashSet<String> {
    let first = session.page.url.join(&session.request.url).ok();
    let exchanges = session
        .exchanges
        .iter()
        .map(|exchange| &exchange.request.url);
    exchanges.chain(&first).map(bare).collect()
}

fn bare(url: &Url) -> String {
    let mut url = url.clone();
    url.set_fragment(None);
    // A URL that cannot have them has none.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url.into()
}

impl CookieJson {
    fn of(kept: KeptCookie) -> Self {
        Self {
            set: kept.set,
            host: kept.host,
            subdomains: kept.subdomains,
            path: kept.path,
            expires: kept.expires,
            partition: kept.partition,
        }
    }

    fn read(self) -> KeptCookie {
        KeptCookie {
            set: self.set,
            host: self.host,
            subdomains: self.subdomains,
            path: self.path,
            expires: self.expires,
            partition: self.partition,
        }
    }
}

impl PermissionJson {
    fn of(entry: &CacheEntry) -> Self {
        let (method, header) = match &entry.permission {
            Permission::Method(method) => (Some(method.clone()), None),
            Permission::Header(header) => (None, Some(header.clone())),
        };
        Self {
            origin: entry.key.origin.clone(),
            url: entry.key.url.clone(),
            credentials: entry.credentials,
            method,
            header,
            expires: entry.expires.0,
        }
    }

    fn read(self) -> Result<CacheEntry, SavedError> {
        Ok(CacheEntry {
            permission: match (self.method, self.header) {
                (Some(method), None) => Permission::Method(method),
                (None, Some(header)) => Permission::Header(header),
                _ => return Err(SavedError::value("preflightCache", self.url)),
            },
            key: CacheKey {
                origin: self.origin,
                url: self.url,
            },
            credentials: self.credentials,
            expires: Timestamp(self.expires),
        })
    }
}

impl StoredJson {
    fn of(stored: &StoredResponse) -> Self {
        Self {
            partition: stored.key.partition.clone(),
            url: stored.key.url.to_string(),
            anonymous: stored.key.anonymous,
            head: stored.key.head,
            foreign_element: stored.key.foreign_element,
            request_headers: lines(&stored.request_headers),
            selecting: stored.selecting.clone(),
            mode: stored.mode.as_str().to_owned(),
            credentials: stored.credentials,
            reply: ReplyJson::of(&stored.reply),
            stored: stored.stored.0,
        }
    }

    fn read(self) -> Result<StoredResponse, SavedError> {
        Ok(StoredResponse {
            key: HttpCacheKey {
                partition: self.partition,
                url: url(&self.url)?,
                anonymous: self.anonymous,
                head: self.head,
                foreign_element: self.foreign_element,
            },
            request_headers: header_list(self.request_headers)?,
            selecting: self.selecting,
            mode: Mode::from_name(&self.mode)
                .ok_or_else(|| SavedError::value("mode", self.mode))?,
            credentials: self.credentials,
            reply: self.reply.read_untimed()?,
            stored: Timestamp(self.stored),
        })
    }
}

impl HeldJson {
    fn of(resource: &HeldResource) -> Self {
        let key = &resource.key;
        let names = |(mode, credentials): (Mode, Credentials)| {
            (mode.as_str().to_owned(), credentials.as_str().to_owned())
        };
        Self {
            api: key.api.as_str().to_owned(),
            module: key.module,
            url: key.url.to_string(),
            settings: key.settings.map(names),
            integrity: resource.integrity.clone(),
            answers: (resource.answers.iter())
                .map(|reply| ReplyJson::of(reply))
                .collect(),
        }
    }

    fn read(self) -> Result<HeldResource, SavedError> {
        let settings = self.settings.map(|(mode, credentials)| {
            let known = Mode::from_name(&mode).zip(Credentials::from_name(&credentials));
            known.ok_or_else(|| SavedError::value("settings", mode))
        });
        let answers = self.answers.into_iter();
        Ok(HeldResource {
            key: ResourceKey {
                api: Api::from_name(&self.api).ok_or_else(|| SavedError::value("api", self.api))?,
                module: self.module,
                url: url(&self.url)?,
                settings: settings.transpose()?,
            },
            integrity: self.integrity,
            answers: answers
                .map(|reply| reply.read_untimed().map(Arc::new))
                .collect::<Result<_, _>>()?,
        })
    }
}

impl LoginJson {
    fn of(login: &Login) -> Self {
        Self {
            origin: login.origin.to_string(),
            realm: latin1(&login.realm),
            folders: login.folders.clone(),
            user: latin1(&login.user),
            password: latin1(&login.password),
        }
    }

    fn read(self) -> Result<Login, SavedError> {
        Ok(Login {
            origin: Origin::of(&url(&self.origin)?),
            realm: bytes("realm", &self.realm)?,
            folders: self.folders,
            user: bytes("user", &self.user)?,
            password: bytes("password", &self.password)?,
        })
    }
}

impl LocationJson {
    pub(super) fn of((subject, location): &(Subject, Location)) -> Self {
        let (of, url) = match subject {
            Subject::Page(url) => ("page", url),
            Subject::Target(url) => ("target", url),
            Subject::Listener(url) => ("listener", url),
        };
        Self {
            of: of.to_owned(),
            url: url.to_string(),
            space: location.space.as_str().to_owned(),
            reach: location.reach.as_str().to_owned(),
            address: location.address.map(|address| address.to_string()),
        }
    }

    pub(super) fn read(self) -> Result<(Subject, Location), SavedError> {
        let url = url(&self.url)?;
        let subject = match self.of.as_str() {
            "page" => Subject::Page(url),
            "target" => Subject::Target(url),
            "listener" => Subject::Listener(url),
            _ => return Err(SavedError::value("of", self.of)),
        };
        let address = self.address.map(|address| {
            let parsed: Result<SocketAddr, _> = address.parse();
            parsed.map_err(|_| SavedError::value("address", address))
        });
        let location = Location {
            space: AddressSpace::from_name(&self.space)
                .ok_or_else(|| SavedError::value("space", self.space))?,
            reach: Reach::from_name(&self.reach)
                .ok_or_else(|| SavedError::value("reach", self.reach))?,
            address: address.transpose()?,
        };
        Ok((subject, location))
    }
}

fn url(text: &str) -> Result<Url, SavedError> {
    Url::parse(text).map_err(|_| SavedError::value("url", text))
}
