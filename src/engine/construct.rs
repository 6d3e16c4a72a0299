//! From what script asked for to a request: the Request constructor and XMLHttpRequest's `open` and `send`.
//!
//! Source: <https://fetch.spec.whatwg.org/#dom-request>, <https://xhr.spec.whatwg.org/#the-open()-method>.

use std::borrow::Cow;

use url::Url;

use super::block::{Block, BlockReason, Phase};
use super::body::extract;
use super::concept_request::{Request, SourceBody, Tainting};
use super::element;
use super::navigation;
use super::profile::{
    BlankIntegrity, BlobType, Profile, RepeatedHeader, StreamBody, UploadListener, UserAgentHeader,
};
use super::request::{
    Api, CacheMode, Credentials, FetchRequest, Mode, Page, RedirectMode, ReferrerPolicy,
    RequestBody,
};
use super::safelist::{
    is_forbidden_method, is_forbidden_request_header, is_no_cors_safelisted, is_safelisted_method,
    normalize_method,
};
use super::trace::{Evidence, Rule, StepOutcome, Trace};
use super::websocket;
use crate::wire::{HeaderList, is_token, latin1_bytes, normalize_header_value, parse_mime_type};

/// Most bytes of bodies that outlive their page.
const KEEPALIVE_LIMIT: usize = 65_536;

/// Builds the request, or tells why the browser throws before anything is sent.
pub(super) fn construct(
    asked: &FetchRequest,
    page: &Page,
    profile: &Profile,
    trace: &mut Trace,
) -> Result<Request, Box<Block>> {
    refuse_invalid_option(asked, profile, trace)?;
    note_unsettable(asked, trace);
    navigation::note_sandbox(asked.api, &page.origin, trace);
    let given = asked;
    let asked = &*effective(asked, profile);
    let url = request_url(asked, page, profile, trace)?;
    let url = match asked.api {
        Api::WebSocket => websocket::request_url(&url, trace)?,
        _ => navigation::with_entries(url, given, profile),
    };
    let method = request_method(asked, trace)?;
    request_mode(asked, &method, trace)?;
    let mut headers = request_headers(asked, profile, trace)?;
    let body = request_body(asked, &method, profile, &mut headers, trace)?;
    let has_body = body.is_some();
    let listener = asked.api == Api::Xhr
        && asked.upload_listener
        && (has_body || profile.upload_listener == UploadListener::Always);
    let stream = body.as_ref().is_some_and(|body| body.stream);
    Ok(Request {
        first_method: method.clone(),
        method,
        url_list: vec![url],
        body,
        mode: asked.mode,
        credentials: asked.credentials,
        credentials_withheld: false,
        redirect: asked.redirect,
        unsafe_request: matches!(asked.api, Api::Fetch | Api::Xhr | Api::Beacon),
        has_cache_lines: asked.api != Api::Xhr
            || asked.cache != CacheMode::Default
            || profile.conditional_xhr_has_cache_lines,
        cache: cache_mode(asked.cache, &headers, profile),
        original_headers: headers.clone(),
        headers,
        first_referrer: None,
        method_changed: false,
        dropped: Vec::new(),
        referrer: super::metadata::initial_referrer(page, asked.api, profile),
        referrer_policy: asked
            .referrer_policy
            .or(page.policies.referrer)
            .unwrap_or(ReferrerPolicy::StrictOriginWhenCrossOrigin),
        integrity: integrity(asked, profile).to_owned(),
        api: asked.api,
        keepalive: asked.keepalive,
        use_cors_preflight: listener || stream,
        preflighted: false,
        tainting: Tainting::Basic,
        redirect_count: 0,
    })
}

/// The integrity metadata that counts: images, fonts, media and XMLHttpRequest have no way to give any.
fn integrity<'a>(asked: &'a FetchRequest, profile: &Profile) -> &'a str {
    let blank_counts = match asked.api {
        Api::Fetch => profile.blank_integrity != BlankIntegrity::Nowhere,
        Api::Script | Api::Stylesheet => profile.blank_integrity == BlankIntegrity::Counts,
        _ => return "",
    };
    let blank = asked.integrity.trim_ascii().is_empty();
    if blank && !blank_counts {
        ""
    } else {
        &asked.integrity
    }
}

/// A conditional header takes the HTTP cache out of the way.
///
/// <https://fetch.spec.whatwg.org/#concept-http-network-or-cache-fetch>
fn cache_mode(asked: CacheMode, headers: &HeaderList, profile: &Profile) -> CacheMode {
    const CONDITIONAL: &[&str] = &[
        "if-modified-since",
        "if-none-match",
        "if-unmodified-since",
        "if-match",
        "if-range",
    ];
    match asked {
        CacheMode::Default if CONDITIONAL.iter().any(|name| headers.contains(name)) => {
            profile.conditional_request_cache
        }
        asked => asked,
    }
}

/// Web IDL reads the options before the constructor runs: a value that is none of an enumeration's is a
/// TypeError, the first by name; a member that the browser does not know is not looked at.
///
/// <https://webidl.spec.whatwg.org/#js-dictionary>
fn refuse_invalid_option(
    asked: &FetchRequest,
    profile: &Profile,
    trace: &mut Trace,
) -> Result<(), Box<Block>> {
    let mut invalid = asked.invalid_options.iter();
    let known = invalid.find(|option| match option.name {
        "duplex" => profile.stream_body == StreamBody::Sent,
        "targetAddressSpace" => profile
            .local_network
            .is_some_and(|rules| rules.knows_target_address_space),
        _ => true,
    });
    let Some(option) = known.filter(|_| asked.api == Api::Fetch) else {
        return Ok(());
    };
    let reason = match option.name {
        "mode" => BlockReason::RequestModeInvalid,
        _ => BlockReason::RequestOptionInvalid,
    };
    Err(trace
        .push(Rule::RequestOption, StepOutcome::Fail, None)
        .with("option", option.name)
        .with("item", option.value.clone())
        .block(reason, Phase::Request))
}

/// Only fetch() and XMLHttpRequest have headers for script to set; a form has its `enctype`.
fn note_unsettable(asked: &FetchRequest, trace: &mut Trace) {
    let settable = |name: &str| match asked.api {
        Api::Fetch | Api::Xhr => true,
        Api::Form => name.eq_ignore_ascii_case("content-type"),
        _ => false,
    };
    for (name, value) in &asked.headers {
        if !settable(name) {
            trace
                .push(Rule::RequestHeader, StepOutcome::Info, None)
                .with("case", "unsettable")
                .with("api", asked.api.as_str())
                .with("item", name.clone())
                .evidence(Evidence::request(name.clone(), value.as_bytes()));
        }
    }
}

/// The request as `fetch()` would put it: other ways to ask have less to choose.
fn effective<'a>(asked: &'a FetchRequest, profile: &Profile) -> Cow<'a, FetchRequest> {
    if asked.api == Api::Fetch {
        return Cow::Borrowed(asked);
    }
    let mut request = asked.clone();
    request.redirect = RedirectMode::Follow;
    if asked.api == Api::Xhr {
        request.mode = Mode::Cors;
        if asked.credentials != Credentials::Include {
            request.credentials = Credentials::SameOrigin;
        }
        return Cow::Owned(request);
    }
    if matches!(asked.api, Api::Form | Api::Navigation) {
        let mut request = navigation::as_navigation(asked, profile);
        (request.mode, request.credentials) = element::settings(asked, profile);
        (request.redirect, request.cache) = (RedirectMode::Follow, CacheMode::Default);
        return Cow::Owned(request);
    }
    let method = if asked.api == Api::Beacon {
        "POST"
    } else {
        "GET"
    };
    method.clone_into(&mut request.method);
    (request.mode, request.credentials) = element::settings(asked, profile);
    request.cache = element::cache(asked, profile);
    request.headers = match asked.api {
        Api::Audio | Api::Video if profile.media_use_range => {
            vec![("Range".to_owned(), "bytes=0-".to_owned())]
        }
        _ => Vec::new(),
    };
    if asked.api != Api::Beacon {
        request.body = None;
    }
    Cow::Owned(request)
}

fn request_url(
    asked: &FetchRequest,
    page: &Page,
    profile: &Profile,
    trace: &mut Trace,
) -> Result<Url, Box<Block>> {
    // https://html.spec.whatwg.org/multipage/scripting.html#prepare-the-script-element, and as much for the others.
    let is_element = matches!(
        asked.api,
        Api::Img | Api::Script | Api::Stylesheet | Api::Audio | Api::Video
    );
    if is_element && asked.url.is_empty() {
        return Err(trace
            .push(Rule::RequestUrl, StepOutcome::Fail, None)
            .with("case", "empty")
            .block(BlockReason::RequestUrlInvalid, Phase::Request));
    }
    let Ok(url) = page.url.join(&asked.url) else {
        return Err(trace
            .push(Rule::RequestUrl, StepOutcome::Fail, None)
            .with("case", "unparsable")
            .with("url", asked.url.clone())
            .block(BlockReason::RequestUrlInvalid, Phase::Request));
    };
    let has_user_info = !url.username().is_empty() || url.password().is_some();
    let case = match asked.api {
        Api::Fetch => Some("user-info"),
        // A request in mode cors loses them instead (Blink `ResourceRequestHead::RemoveUserAndPassFromURL`).
        Api::Img | Api::Script | Api::Stylesheet
            if profile.subresource_user_info_refused
                && asked.crossorigin.is_none()
                && !asked.module =>
        {
            Some("user-info-element")
        }
        Api::EventSource | Api::Beacon if profile.subresource_user_info_refused => {
            Some("user-info-element")
        }
        _ => None,
    };
    if asked.api == Api::Beacon && !matches!(url.scheme(), "http" | "https") {
        return Err(trace
            .push(Rule::RequestUrl, StepOutcome::Fail, None)
            .with("case", "beacon-scheme")
            .with("item", url.scheme().to_owned())
            .evidence(Evidence::request(":url", url.as_str()).at(Some((0, url.scheme().len()))))
            .block(BlockReason::RequestUrlInvalid, Phase::Request));
    }
    if let (Some(case), true) = (case, has_user_info) {
        return Err(trace
            .push(Rule::RequestUrl, StepOutcome::Fail, None)
            .with("case", case)
            .with("url", url.to_string())
            .evidence(Evidence::request(":url", url.as_str()))
            .block(BlockReason::RequestUrlCredentials, Phase::Request));
    }
    Ok(url)
}

fn request_method(asked: &FetchRequest, trace: &mut Trace) -> Result<String, Box<Block>> {
    if !is_token(asked.method.as_bytes()) || is_forbidden_method(&asked.method) {
        let case = if is_token(asked.method.as_bytes()) {
            "forbidden"
        } else {
            "no-token"
        };
        return Err(trace
            .push(Rule::RequestMethod, StepOutcome::Fail, None)
            .with("case", case)
            .with("item", asked.method.clone())
            .evidence(Evidence::request(":method", asked.method.as_bytes()))
            .block(BlockReason::ForbiddenMethod, Phase::Request));
    }
    let method = normalize_method(&asked.method);
    if method != asked.method {
        trace
            .push(Rule::MethodNormalized, StepOutcome::Info, None)
            .with("given", asked.method.clone())
            .with("method", method.clone());
    }
    Ok(method)
}

/// Mode, method, cache mode and redirect mode must go together.
fn request_mode(asked: &FetchRequest, method: &str, trace: &mut Trace) -> Result<(), Box<Block>> {
    if asked.api != Api::Fetch {
        return Ok(());
    }
    let refused = if asked.mode == Mode::Navigate {
        Some(("navigate", BlockReason::RequestModeInvalid))
    } else if asked.cache == CacheMode::OnlyIfCached && asked.mode != Mode::SameOrigin {
        Some(("only-if-cached", BlockReason::OnlyIfCachedMode))
    } else if asked.mode == Mode::NoCors && !is_safelisted_method(method) {
        Some(("no-cors-method", BlockReason::NoCorsMethod))
    } else {
        None
    };
    let Some((case, reason)) = refused else {
        return Ok(());
    };
    Err(trace
        .push(Rule::RequestMode, StepOutcome::Fail, None)
        .with("case", case)
        .with("mode", asked.mode.as_str())
        .with("item", method.to_owned())
        .block(reason, Phase::Request))
}

/// Fills the header list as `Headers` with guard "request" (or "request-no-cors") does, values of
/// one name combined.
///
/// <https://fetch.spec.whatwg.org/#concept-headers-append>
fn request_headers(
    asked: &FetchRequest,
    profile: &Profile,
    trace: &mut Trace,
) -> Result<HeaderList, Box<Block>> {
    let mut headers = HeaderList::new();
    for (name, value) in &asked.headers {
        let bytes = latin1_bytes(value).map(|bytes| normalize_header_value(&bytes).to_vec());
        let Some(value) = bytes.filter(|value| {
            is_token(name.as_bytes()) && !value.iter().any(|byte| b"\0\r\n".contains(byte))
        }) else {
            let case = if is_token(name.as_bytes()) {
                "value"
            } else {
                "name"
            };
            return Err(trace
                .push(Rule::RequestHeader, StepOutcome::Fail, None)
                .with("case", case)
                .with("item", name.to_owned())
                .with("value", value.to_owned())
                .block(BlockReason::HeaderNameOrValueInvalid, Phase::Request));
        };
        let dropped_agent = profile.user_agent_header == UserAgentHeader::Dropped
            && name.eq_ignore_ascii_case("user-agent");
        if dropped_agent || is_forbidden_request_header(name, &value) {
            trace
                .push(Rule::HeaderForbidden, StepOutcome::Info, None)
                .with("item", name.to_owned())
                .evidence(Evidence::request(name.to_owned(), value));
            continue;
        }
        // Not `get`, which strips each line: what was combined from empty values ends in a blank.
        let mut parts: Vec<&[u8]> = headers.lines(name).collect();
        parts.push(&value);
        let combined = parts.join(&b", "[..]);
        if asked.api == Api::Fetch
            && asked.mode == Mode::NoCors
            && !is_no_cors_safelisted(name, &combined, profile)
        {
            trace
                .push(Rule::NoCorsHeader, StepOutcome::Info, None)
                .with("item", name.to_owned())
                .evidence(Evidence::request(name.to_owned(), value));
            continue;
        }
        match profile.repeated_header {
            RepeatedHeader::EachAlone if asked.api == Api::Fetch => headers.append(name, value),
            _ => headers.set(name, combined),
        }
    }
    Ok(headers)
}

/// What may outlive the page is short. Other requests under way, whose bodies count too, are not known here.
/// Browsers look before they ask with a preflight, the Standard after it.
///
/// <https://fetch.spec.whatwg.org/#concept-http-network-or-cache-fetch>
fn refuse_long_keepalive(
    asked: &FetchRequest,
    length: usize,
    profile: &Profile,
    trace: &mut Trace,
) -> Result<(), Box<Block>> {
    let outlives = asked.keepalive && asked.api == Api::Fetch
        || asked.api == Api::Beacon && profile.beacons_are_limited;
    if !outlives || length <= KEEPALIVE_LIMIT {
        return Ok(());
    }
    Err(trace
        .push(Rule::RequestBody, StepOutcome::Fail, None)
        .with("case", "keepalive")
        .with("api", asked.api.as_str())
        .with("length", length.to_string())
        .with("expected", KEEPALIVE_LIMIT.to_string())
        .block(BlockReason::KeepaliveBodyTooLarge, Phase::Request))
}

fn request_body(
    asked: &FetchRequest,
    method: &str,
    profile: &Profile,
    headers: &mut HeaderList,
    trace: &mut Trace,
) -> Result<Option<SourceBody>, Box<Block>> {
    let as_text = RequestBody::Text("[object ReadableStream]".to_owned());
    let given = match &asked.body {
        None => return Ok(None),
        Some(RequestBody::Stream(_)) if profile.stream_body == StreamBody::Text => &as_text,
        Some(given) => given,
    };
    let bodiless = matches!(method, "GET" | "HEAD");
    if bodiless && asked.api == Api::Xhr {
        trace
            .push(Rule::RequestBody, StepOutcome::Info, None)
            .with("case", "xhr-ignored")
            .with("method", method.to_owned());
        let named = matches!(given, RequestBody::UrlEncoded(_));
        if named && profile.urlencoded_type_without_body && !headers.contains("content-type") {
            headers.append("Content-Type", super::body::URL_ENCODED);
        }
        return Ok(None);
    }
    let stream = matches!(given, RequestBody::Stream(_));
    let refused = if bodiless {
        Some(("get-head", BlockReason::GetHeadWithBody))
    } else if stream && asked.keepalive {
        Some(("stream-keepalive", BlockReason::KeepaliveBodyTooLarge))
    } else if stream
        && (!asked.duplex_half
            || asked.mode == Mode::NoCors
            || profile.stream_body == StreamBody::Refused)
    {
        Some(("stream", BlockReason::StreamBodyNeedsDuplex))
    } else {
        None
    };
    if let Some((case, reason)) = refused {
        return Err(trace
            .push(Rule::RequestBody, StepOutcome::Fail, None)
            .with("case", case)
            .with("method", method.to_owned())
            .block(reason, Phase::Request));
    }
    let (bytes, media_type) = extract(given, profile);
    refuse_long_keepalive(asked, bytes.len(), profile, trace)?;
    let media_type = media_type.filter(|media_type| {
        let blob = matches!(given, RequestBody::Blob { .. })
            && (asked.api == Api::Xhr
                || asked.api == Api::Beacon && profile.xhr_blob_type == BlobType::Strict);
        match profile.xhr_blob_type {
            BlobType::Sniffed if blob => parse_mime_type(media_type).is_some(),
            BlobType::Strict if blob => super::body::parses_strictly(media_type),
            _ => true,
        }
    });
    match (headers.get_text("content-type"), media_type) {
        (None, Some(media_type))
            if asked.mode == Mode::NoCors
                && asked.api == Api::Fetch
                && (profile.no_cors_blob_type_checked
                    || !matches!(given, RequestBody::Blob { .. }))
                && !is_no_cors_safelisted("content-type", media_type.as_bytes(), profile) =>
        {
            trace
                .push(Rule::NoCorsHeader, StepOutcome::Info, None)
                .with("item", "Content-Type")
                .evidence(Evidence::request("content-type", media_type.as_bytes()));
        }
        (None, Some(media_type)) => {
            trace
                .push(Rule::BodyContentType, StepOutcome::Info, None)
                .with("value", media_type.clone())
                .evidence(Evidence::request("content-type", media_type.as_bytes()));
            headers.append("Content-Type", media_type);
        }
        (Some(set), Some(_)) if asked.api == Api::Xhr && matches!(given, RequestBody::Text(_)) => {
            if let Some(rewritten) = super::body::with_utf8_charset(&set) {
                headers.set("Content-Type", rewritten);
            }
        }
        _ => {}
    }
    let is_parts = match given {
        RequestBody::Blob { .. } => true,
        RequestBody::UrlEncoded(_) => asked.api == Api::Xhr,
        _ => false,
    };
    if is_parts && bytes.is_empty() && profile.empty_blob_is_no_body {
        return Ok(None);
    }
    Ok(Some(SourceBody { bytes, stream }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Engine;

    #[test]
    fn a_beacon_goes_out_over_http_and_https_only() {
        let page = Page::at(Url::parse("https://app.test/").unwrap());
        for (url, sent) in [
            ("https://api.test/", true),
            ("http://api.test/", true),
            ("data:text/plain,x", false),
            ("about:blank", false),
        ] {
            let asked = FetchRequest {
                api: Api::Beacon,
                ..FetchRequest::new(url)
            };
            let profile = Engine::Standard.profile();
            let made = construct(&asked, &page, &profile, &mut Trace::default());
            let reason = made.err().map(|block| block.reason);
            let expected = (!sent).then_some(BlockReason::RequestUrlInvalid);
            assert_eq!(reason, expected, "{url}");
        }
    }

    #[test]
    fn an_empty_blob_is_no_body_in_webkit() {
        let page = Page::at(Url::parse("https://app.test/").unwrap());
        let blob = || RequestBody::Blob {
            bytes: Vec::new(),
            media_type: "text/plain".into(),
        };
        for (api, body, in_webkit) in [
            (Api::Fetch, blob(), false),
            (Api::Xhr, blob(), false),
            (Api::Xhr, RequestBody::UrlEncoded(Vec::new()), false),
            (Api::Fetch, RequestBody::UrlEncoded(Vec::new()), true),
            (Api::Xhr, RequestBody::Text(String::new()), true),
        ] {
            for engine in [Engine::WebKit, Engine::Chromium] {
                let asked = FetchRequest {
                    api,
                    method: "PATCH".into(),
                    body: Some(body.clone()),
                    ..FetchRequest::new("https://app.test/")
                };
                let profile = engine.profile();
                let made = construct(&asked, &page, &profile, &mut Trace::default()).unwrap();
                let expected = in_webkit || engine == Engine::Chromium;
                assert_eq!(made.body.is_some(), expected, "{engine:?} {body:?}");
            }
        }
    }

    #[test]
    fn an_element_without_a_url_asks_for_nothing() {
        let page = Page::at(Url::parse("https://app.test/").unwrap());
        for (api, sent) in [(Api::Script, false), (Api::Img, false), (Api::Fetch, true)] {
            let asked = FetchRequest {
                api,
                ..FetchRequest::new("")
            };
            let profile = Engine::Chromium.profile();
            let made = construct(&asked, &page, &profile, &mut Trace::default());
            let reason = made.err().map(|block| block.reason);
            let expected = (!sent).then_some(BlockReason::RequestUrlInvalid);
            assert_eq!(reason, expected, "{api:?}");
        }
    }

    #[test]
    fn what_outlives_the_page_is_at_most_64_kib() {
        let page = Page::at(Url::parse("https://app.test/").unwrap());
        for (api, keepalive, length, fits) in [
            (Api::Fetch, true, 65_536, true),
            (Api::Fetch, true, 65_537, false),
            (Api::Fetch, false, 65_537, true),
            (Api::Beacon, false, 65_536, true),
            (Api::Beacon, false, 65_537, false),
            (Api::Xhr, true, 65_537, true),
        ] {
            let asked = FetchRequest {
                api,
                keepalive,
                method: "POST".into(),
                body: Some(RequestBody::Bytes(vec![b'x'; length])),
                ..FetchRequest::new("https://api.test/")
            };
            for engine in Engine::ALL {
                let made = construct(&asked, &page, &engine.profile(), &mut Trace::default());
                let reason = made.err().map(|block| block.reason);
                let fits = fits || api == Api::Beacon && *engine == Engine::Firefox;
                let expected = (!fits).then_some(BlockReason::KeepaliveBodyTooLarge);
                assert_eq!(reason, expected, "{api:?} {keepalive} {length}");
            }
        }
    }
}
