//! Takes the secrets out of a session, so that it can be kept and shown around.
//!
//! Credentials count by being there, not by their value: a redacted session decides as the session
//! does. Nothing that CORS is decided by is touched.

mod form;
mod names;
mod text;

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use url::Url;

pub use self::form::{WithoutSecrets, without_secrets};
use self::names::{is_judged, is_secret_header, is_secret_parameter};
use self::text::{Masks, blank};
use super::{AnswerChange, Edit, RequestChange, Session};
use crate::engine::{
    Browser, CacheEntry, CookieJar, Document, FetchRequest, HeldResource, KeptCookie, Login, Page,
    RequestBody, StoredResponse, Subject,
};
use crate::wire::{Answer, Body, HeaderList, HttpRequest, Reply, latin1, latin1_bytes};

/// The session without its secrets: credentials, values of cookies, keys and tokens in headers, URLs and
/// bodies. The same secret has the same stand-in everywhere.
pub fn redacted(session: &Session) -> Session {
    Redactor::of(session).session(session)
}

/// Takes secrets out; one secret has one stand-in in all that one redactor is given.
#[derive(Debug)]
pub struct Redactor {
    masks: Masks,
}

impl Redactor {
    /// Knows the secrets of a session, so that it finds them where nothing but their value tells them.
    pub fn of(session: &Session) -> Self {
        let mut redactor = Self {
            masks: Masks::default(),
        };
        redactor.session(session);
        redactor
    }

    /// As [`redacted`].
    pub fn session(&mut self, session: &Session) -> Session {
        let masks = &mut self.masks;
        let mut copy = session.clone();
        // A hash was made of the body as it is.
        let bodies = session.request.integrity.is_empty();
        page(masks, &mut copy.page);
        request(masks, &mut copy.request);
        browser(masks, &mut copy.browser, bodies);
        for (subject, _) in &mut copy.locations {
            let (Subject::Page(url) | Subject::Target(url) | Subject::Listener(url)) = subject;
            *url = masked_url(masks, url);
        }
        for exchange in &mut copy.exchanges {
            sent(masks, &mut exchange.request);
            answer(masks, &mut exchange.answer, bodies);
        }
        copy
    }

    /// What was sent besides, and what came back.
    pub fn exchange(&mut self, request: &mut HttpRequest, reply: &mut Answer) {
        sent(&mut self.masks, request);
        answer(&mut self.masks, reply, true);
    }

    /// What a browser holds.
    pub fn browser(&mut self, held: &Browser) -> Browser {
        let mut held = held.clone();
        browser(&mut self.masks, &mut held, true);
        held
    }

    /// An edit of the session.
    pub fn edit(&mut self, edit: &Edit) -> Edit {
        let masks = &mut self.masks;
        match edit.clone() {
            Edit::Answer(selector, change) => Edit::Answer(
                selector,
                match change {
                    AnswerChange::Set(name, value) => {
                        let value = header(masks, &name, &value);
                        AnswerChange::Set(name, value)
                    }
                    AnswerChange::Add(name, value) => {
                        let value = header(masks, &name, &value);
                        AnswerChange::Add(name, value)
                    }
                    other => other,
                },
            ),
            Edit::Request(change) => Edit::Request(match change {
                RequestChange::SetHeader(name, value) => {
                    let value = header(masks, &name, &value);
                    RequestChange::SetHeader(name, value)
                }
                RequestChange::AddHeader(name, value) => {
                    let value = header(masks, &name, &value);
                    RequestChange::AddHeader(name, value)
                }
                RequestChange::Url(url) => RequestChange::Url(text_of(masks.url(url.as_bytes()))),
                RequestChange::Page(url) => RequestChange::Page(masked_url(masks, &url)),
                other => other,
            }),
        }
    }
}

fn page(masks: &mut Masks, page: &mut Page) {
    page.url = masked_url(masks, &page.url);
    let Some(fetched) = &mut page.policies.fetched else {
        return;
    };
    fetched.url = masked_url(masks, &fetched.url);
    if let Some(failure) = &mut fetched.failure {
        *failure = text_of(masks.prose(failure.as_bytes()));
    }
}

fn sent(masks: &mut Masks, request: &mut HttpRequest) {
    request.url = masked_url(masks, &request.url);
    request.headers = headers(masks, &request.headers);
    request.body = masks.body(&request.body);
}

fn answer(masks: &mut Masks, answer: &mut Answer, bodies: bool) {
    match answer {
        Ok(answer) => reply(masks, answer, bodies),
        Err(failure) => failure.detail = text_of(masks.prose(failure.detail.as_bytes())),
    }
}

impl Session {
    /// What a redacted session lacks to be sent again: headers, cookies, parts of the URL or the body.
    pub fn missing_secrets(&self) -> Vec<String> {
        let request = &self.request;
        let mut missing = Vec::new();
        for (name, value) in &request.headers {
            if has_stand_in(value) {
                missing.push(format!("header {name}"));
            }
        }
        for cookie in self.browser.cookies.kept() {
            let pair = cookie.set.split(';').next().unwrap_or_default();
            if has_stand_in(pair) {
                let name = pair.split('=').next().unwrap_or_default();
                missing.push(format!("cookie {name}"));
            }
        }
        if has_stand_in(&request.url) {
            missing.push("the URL".to_owned());
        }
        if request.body.as_ref().is_some_and(has_blank_fields) {
            missing.push("the body".to_owned());
        }
        missing
    }
}

fn has_stand_in(text: &str) -> bool {
    let mut parts = text.split("redacted-").skip(1);
    parts.any(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
}

fn has_blank_fields(body: &RequestBody) -> bool {
    let is_blank = |value: &[u8]| !value.is_empty() && value.iter().all(|byte| *byte == b'x');
    match body {
        RequestBody::Text(text) => text::any_secret(text.as_bytes(), is_blank),
        RequestBody::UrlEncoded(pairs) | RequestBody::FormData(pairs) => pairs
            .iter()
            .any(|(name, value)| is_secret_parameter(name) && is_blank(value.as_bytes())),
        RequestBody::Blob { bytes, .. }
        | RequestBody::Bytes(bytes)
        | RequestBody::Stream(bytes) => text::any_secret(bytes, is_blank),
    }
}

fn text_of(bytes: Vec<u8>) -> String {
    String::from_utf8_lossy(&bytes).into_owned()
}

fn masked_url(masks: &mut Masks, url: &Url) -> Url {
    let masked = text_of(masks.url(url.as_str().as_bytes()));
    Url::parse(&masked).unwrap_or_else(|_| {
        let mut url = url.clone();
        url.set_query(None);
        url.set_fragment(None);
        url
    })
}

fn request(masks: &mut Masks, request: &mut FetchRequest) {
    request.url = text_of(masks.url(request.url.as_bytes()));
    for (name, value) in &mut request.headers {
        *value = match latin1_bytes(value) {
            Some(bytes) => latin1(&header(masks, name, &bytes)),
            // No value that can be sent; it must stay so.
            None if is_secret_header(name) => {
                let hidden = |c: char| {
                    if c.is_alphanumeric() && c.is_ascii() {
                        'x'
                    } else {
                        c
                    }
                };
                value.chars().map(hidden).collect()
            }
            None => continue,
        };
    }
    match &mut request.body {
        Some(RequestBody::Text(text)) => *text = text_of(masks.body(text.as_bytes())),
        Some(RequestBody::UrlEncoded(pairs) | RequestBody::FormData(pairs)) => {
            for (name, value) in pairs {
                if is_secret_parameter(name) {
                    *value = text_of(blank(value.as_bytes()));
                }
            }
        }
        Some(
            RequestBody::Blob { bytes, .. }
            | RequestBody::Bytes(bytes)
            | RequestBody::Stream(bytes),
        ) => *bytes = masks.body(bytes),
        None => {}
    }
}

fn headers(masks: &mut Masks, list: &HeaderList) -> HeaderList {
    let lines = list.iter();
    lines
        .map(|line| (line.name.clone(), header(masks, &line.name, &line.value)))
        .collect()
}

fn header(masks: &mut Masks, name: &str, value: &[u8]) -> Vec<u8> {
    match name.to_ascii_lowercase().as_str() {
        "cookie" => cookie_pairs(masks, value),
        "set-cookie" => set_cookie(masks, value),
        "authorization" | "proxy-authorization" => {
            each_part(value, |part| credentials(masks, name, part))
        }
        "location" | "content-location" | "referer" => masks.url(value),
        name if is_secret_header(name) => match value.iter().position(|byte| *byte == b' ') {
            Some(at) if value[..at].eq_ignore_ascii_case(b"bearer") => {
                each_part(value, |part| credentials(masks, name, part))
            }
            _ => each_part(value, |part| masks.mask(name, part)),
        },
        name if is_judged(name) => value.to_vec(),
        "link" | "refresh" => masks.prose(value),
        _ => {
            let masked = masks.tokens(value);
            masks.echoes(&masked)
        }
    }
}

/// Several lines of one name leave as one, so the parts are the same secrets as the lines.
fn each_part(value: &[u8], mut change: impl FnMut(&[u8]) -> Vec<u8>) -> Vec<u8> {
    let parts = value.split(|byte| *byte == b',');
    let changed = parts.map(|part| within_blanks(part, &mut change));
    changed.collect::<Vec<_>>().join(&b',')
}

/// `Bearer …`: the scheme stays. A login is the same whether it stands here or in a URL.
fn credentials(masks: &mut Masks, name: &str, value: &[u8]) -> Vec<u8> {
    let Some(at) = value.iter().position(|byte| *byte == b' ') else {
        return masks.mask(name, value);
    };
    let (scheme, secret) = (&value[..=at], &value[at + 1..]);
    let pair = STANDARD.decode(secret).ok();
    let basic = scheme.eq_ignore_ascii_case(b"basic ") && !masks.as_variables;
    let pair = pair.filter(|_| basic);
    let masked = match pair.as_deref().and_then(|pair| {
        let colon = pair.iter().position(|byte| *byte == b':')?;
        Some((&pair[..colon], &pair[colon + 1..]))
    }) {
        Some((user, password)) => {
            let (user, password) = login(masks, user, password);
            STANDARD.encode([user, password].join(&b':')).into_bytes()
        }
        None => masks.mask(name, secret),
    };
    [scheme, &masked].concat()
}

/// The password; where there is none, the user's name is the secret.
fn login(masks: &mut Masks, user: &[u8], password: &[u8]) -> (Vec<u8>, Vec<u8>) {
    match password {
        [] => (masks.mask("user", user), Vec::new()),
        _ => (user.to_vec(), masks.mask("password", password)),
    }
}

fn cookie_pairs(masks: &mut Masks, value: &[u8]) -> Vec<u8> {
    let pairs = value.split(|byte| *byte == b';');
    let masked = pairs.map(|pair| cookie_pair(masks, pair));
    masked.collect::<Vec<_>>().join(&b';')
}

fn set_cookie(masks: &mut Masks, line: &[u8]) -> Vec<u8> {
    let end = line.iter().position(|byte| *byte == b';');
    let (pair, attributes) = line.split_at(end.unwrap_or(line.len()));
    [cookie_pair(masks, pair), attributes.to_vec()].concat()
}

fn cookie_pair(masks: &mut Masks, pair: &[u8]) -> Vec<u8> {
    let start = pair
        .iter()
        .position(|byte| *byte == b'=')
        .map_or(0, |at| at + 1);
    let (name, value) = pair.split_at(start);
    let inner = value.trim_ascii();
    if name.is_empty() {
        return within_blanks(pair, |secret| masks.mask("cookie", secret));
    }
    let text = String::from_utf8_lossy(name);
    let text = text.trim_matches([' ', '=']);
    // A line without a name, as Firefox keeps it: all there is stands where the name would.
    if inner.is_empty() && !text.is_empty() && !text.starts_with("__") {
        let masked = within_blanks(name, |_| masks.mask("cookie", text.as_bytes()));
        return [&masked[..], b"="].concat();
    }
    [name, &masks.mask(text, inner)].concat()
}

/// What stands between the blanks around `bytes`, changed.
fn within_blanks(bytes: &[u8], change: impl FnOnce(&[u8]) -> Vec<u8>) -> Vec<u8> {
    let start = bytes.len() - bytes.trim_ascii_start().len();
    let inner = bytes.trim_ascii();
    let (before, after) = (&bytes[..start], &bytes[start + inner.len()..]);
    [before, &change(inner), after].concat()
}

fn reply(masks: &mut Masks, reply: &mut Reply, bodies: bool) {
    reply.headers = headers(masks, &reply.headers);
    reply.reason = masks.echoes(&reply.reason);
    if let Some(error) = &mut reply.body.error {
        *error = text_of(masks.prose(error.as_bytes()));
    }
    if bodies {
        let masked = bytes::Bytes::from(masks.body(reply.body.readable()));
        reply.body = Body {
            decoded: reply.body.decoded.as_ref().map(|_| masked.clone()),
            bytes: masked,
            ..std::mem::take(&mut reply.body)
        };
    }
}

fn browser(masks: &mut Masks, browser: &mut Browser, bodies: bool) {
    let kept = browser.cookies.kept().map(|cookie| KeptCookie {
        set: latin1_or_text(masks, &cookie.set),
        ..cookie
    });
    // What was a cookie still is one.
    browser.cookies = CookieJar::from_kept(kept.collect::<Vec<_>>()).unwrap_or_default();
    let entries = browser.preflight_cache.entries().iter().map(|entry| {
        let mut entry: CacheEntry = entry.clone();
        entry.key.url = text_of(masks.url(entry.key.url.as_bytes()));
        entry
    });
    browser.preflight_cache = entries.collect();
    let stored = browser.http_cache.entries().map(|stored| {
        let mut stored: StoredResponse = stored.clone();
        stored.key.url = masked_url(masks, &stored.key.url);
        stored.request_headers = headers(masks, &stored.request_headers);
        reply(masks, &mut stored.reply, bodies);
        stored
    });
    browser.http_cache = stored.collect();
    let document = browser.document.parts().map(|(of, held)| {
        let mut of = of.clone();
        page(masks, &mut of);
        let held = held.map(|resource| {
            let mut resource: HeldResource = resource.clone();
            resource.key.url = masked_url(masks, &resource.key.url);
            for answer in &mut resource.answers {
                reply(masks, Arc::make_mut(answer), bodies);
            }
            resource
        });
        Document::of(of, held.collect::<Vec<_>>())
    });
    browser.document = document.unwrap_or_default();
    let logins = browser.logins.entries().iter().map(|known| {
        let (user, password) = login(masks, &known.user, &known.password);
        Login {
            origin: known.origin.clone(),
            realm: known.realm.clone(),
            folders: known.folders.clone(),
            user,
            password,
        }
    });
    browser.logins = logins.collect();
}

fn latin1_or_text(masks: &mut Masks, line: &str) -> String {
    match latin1_bytes(line) {
        Some(bytes) => latin1(&set_cookie(masks, &bytes)),
        None => text_of(set_cookie(masks, line.as_bytes())),
    }
}
