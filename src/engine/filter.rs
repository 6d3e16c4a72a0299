//! Response filtering: what of the response script may read.
//!
//! Source: <https://fetch.spec.whatwg.org/#concept-filtered-response>.

use bytes::Bytes;

use super::concept_request::{Request, Tainting};
use super::header_values::token_list;
use super::outcome::{ResponseType, VisibleResponse};
use super::profile::Profile;
use super::request::{Api, Credentials};
use super::safelist::is_safelisted_response_header;
use super::trace::{Evidence, Rule, StepOutcome, Trace};
use crate::wire::{HeaderList, Reply, normalize_header_value};

const EXPOSE: &str = "access-control-expose-headers";

/// The names that `Access-Control-Expose-Headers` adds.
enum Exposed {
    All,
    Names(Vec<String>),
}

impl Exposed {
    fn has(&self, name: &str) -> bool {
        match self {
            Self::All => true,
            Self::Names(names) => names.iter().any(|known| known.eq_ignore_ascii_case(name)),
        }
    }
}

/// Filters a response that passed every check.
pub(super) fn filter(
    request: &Request,
    reply: &Reply,
    headers: &HeaderList,
    exchange: usize,
    profile: &Profile,
    trace: &mut Trace,
) -> VisibleResponse {
    match request.tainting {
        Tainting::Opaque => opaque(ResponseType::Opaque, ""),
        Tainting::Basic => visible(
            ResponseType::Basic,
            request,
            reply,
            headers,
            profile,
            |_| true,
        ),
        Tainting::Cors => {
            let exposed = exposed_names(request, headers, exchange, profile, trace);
            let readable = |name: &str| is_safelisted_response_header(name) || exposed.has(name);
            note_hidden(headers, &readable, exchange, trace);
            visible(
                ResponseType::Cors,
                request,
                reply,
                headers,
                profile,
                readable,
            )
        }
    }
}

/// A response of which nothing can be read; an opaque-redirect one keeps its URL.
pub(super) fn opaque(kind: ResponseType, url: &str) -> VisibleResponse {
    VisibleResponse {
        kind,
        status: 0,
        status_text: Vec::new(),
        url: url.to_owned(),
        redirected: false,
        headers: HeaderList::new(),
        body: Bytes::new(),
        text: None,
        body_truncated: false,
        body_error: None,
        element: None,
    }
}

/// Lines of one name that an engine joins in another way. What has a line feed is no value for fetch()'s
/// Headers.
pub(super) fn join_lines(
    response: &mut VisibleResponse,
    headers: &HeaderList,
    api: Api,
    profile: &Profile,
) {
    if profile.empty_lines_are_one {
        let shown = std::mem::take(&mut response.headers);
        let all_empty = |name: &str| {
            let mut lines = headers.lines(name).map(normalize_header_value);
            lines.all(<[u8]>::is_empty)
        };
        response.headers = (shown.iter())
            .map(|header| match all_empty(&header.name) {
                true => (header.name.clone(), Vec::new()),
                false => (header.name.clone(), header.value.clone()),
            })
            .collect();
    }
    let (challenges, types) = (
        profile.challenges_joined_by_line_feed,
        profile.content_types_joined_by_bare_comma,
    );
    for (name, by, applies) in [
        ("www-authenticate", b'\n', challenges),
        ("proxy-authenticate", b'\n', challenges),
        ("content-type", b',', types),
    ] {
        let lines: Vec<&[u8]> = headers.lines(name).map(normalize_header_value).collect();
        if !applies || lines.len() < 2 || !response.headers.contains(name) {
            continue;
        }
        let shown = std::mem::take(&mut response.headers);
        response.headers = shown
            .iter()
            .filter(|header| !header.is(name) || by != b'\n' || api == Api::Xhr)
            .map(|header| match header.is(name) {
                true => (header.name.clone(), lines.join(&by)),
                false => (header.name.clone(), header.value.clone()),
            })
            .collect();
    }
}

fn exposed_names(
    request: &Request,
    headers: &HeaderList,
    exchange: usize,
    profile: &Profile,
    trace: &mut Trace,
) -> Exposed {
    let all = |names: &[String]| {
        request.credentials != Credentials::Include && names.iter().any(|name| name == "*")
    };
    match token_list(headers, EXPOSE) {
        Ok(None) => Exposed::Names(Vec::new()),
        Ok(Some(names)) if all(&names) => Exposed::All,
        Err(invalid) if profile.wildcard_ends_expose_list && all(&invalid.before) => Exposed::All,
        Ok(Some(names)) => Exposed::Names(names),
        Err(invalid) => {
            trace
                .push(Rule::ExposeHeaders, StepOutcome::Info, Some(exchange))
                .with("case", "invalid")
                .evidence(Evidence::response(EXPOSE, Some(invalid.line)).at(Some(invalid.span)));
            Exposed::Names(Vec::new())
        }
    }
}

/// Names the headers that came and that script cannot read: the second surprise after CORS passed.
fn note_hidden(
    headers: &HeaderList,
    readable: &dyn Fn(&str) -> bool,
    exchange: usize,
    trace: &mut Trace,
) {
    let mut hidden: Vec<String> = headers
        .iter()
        .map(|header| header.name.to_ascii_lowercase())
        .filter(|name| {
            !readable(name) && !never_readable(name) && !name.starts_with("access-control-")
        })
        .collect();
    hidden.sort();
    hidden.dedup();
    if !hidden.is_empty() {
        trace
            .push(Rule::ExposeHeaders, StepOutcome::Info, Some(exchange))
            .with("case", "hidden")
            .with("item", hidden.join(", "))
            .evidence(Evidence::response(EXPOSE, headers.get(EXPOSE)));
    }
}

/// <https://fetch.spec.whatwg.org/#forbidden-response-header-name>
fn never_readable(name: &str) -> bool {
    name.eq_ignore_ascii_case("set-cookie") || name.eq_ignore_ascii_case("set-cookie2")
}

/// Whether an answer of this status has no body, whatever came.
///
/// <https://fetch.spec.whatwg.org/#null-body-status>
pub(crate) fn has_null_body(status: u16, profile: &Profile) -> bool {
    matches!(status, 101 | 103 | 204 | 304) || status == 205 && !profile.reset_content_has_body
}

fn visible(
    kind: ResponseType,
    request: &Request,
    reply: &Reply,
    headers: &HeaderList,
    profile: &Profile,
    readable: impl Fn(&str) -> bool,
) -> VisibleResponse {
    let mut names: Vec<String> = headers
        .iter()
        .map(|header| header.name.to_ascii_lowercase())
        .filter(|name| readable(name) && !never_readable(name))
        .collect();
    names.sort();
    names.dedup();
    let mut url = request.current_url().clone();
    url.set_fragment(None);
    if !profile.cors_url_keeps_user_info && request.tainting != Tainting::Basic {
        // http(s) URLs can always lose their user info.
        let _ = url.set_username("");
        let _ = url.set_password(None);
    }
    let bodiless = request.method == "HEAD" || has_null_body(reply.status, profile);
    let value = |name: &str| match headers.get_filled(name) {
        Some(value) if profile.empty_lines_vanish && !value.is_empty() => Some(value),
        _ => headers.get(name),
    };
    VisibleResponse {
        kind,
        status: reply.status,
        status_text: reply.reason.clone(),
        url: url.to_string(),
        redirected: request.url_list.len() > 1,
        headers: names
            .into_iter()
            .filter_map(|name| value(&name).map(|value| (name, value)))
            .collect(),
        body: if bodiless {
            Bytes::new()
        } else {
            reply.body.readable().clone()
        },
        text: None,
        body_truncated: !bodiless && reply.body.truncated,
        body_error: reply.body.error.clone().filter(|_| !bodiless),
        element: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Engine;

    #[test]
    fn several_empty_lines_are_one_in_firefox() {
        for (engine, expected) in [(Engine::Firefox, ""), (Engine::Chromium, ", ")] {
            let headers: HeaderList = [("X-E", ""), ("X-E", "")].into_iter().collect();
            let mut response = opaque(ResponseType::Basic, "");
            response.headers = [("x-e".to_owned(), b", ".to_vec())].into_iter().collect();
            join_lines(&mut response, &headers, Api::Xhr, &engine.profile());
            let shown: Vec<_> = response.headers.lines("x-e").map(<[u8]>::to_vec).collect();
            assert_eq!(shown, [expected.as_bytes()]);
        }
    }
}
