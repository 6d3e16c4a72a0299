//! `data:` URLs, which need no network.
//!
//! Source: <https://fetch.spec.whatwg.org/#data-url-processor>.

use data_url::DataUrl;
use url::Url;

use super::gates::local_response;
use super::outcome::VisibleResponse;
use super::profile::Profile;
use super::request::Api;
use crate::wire::HeaderList;

/// The response to a `data:` URL, or `None` if it does not parse.
pub(super) fn respond(url: &Url, api: Api, profile: &Profile) -> Option<VisibleResponse> {
    let data = DataUrl::process(url.as_str()).ok()?;
    let (body, _) = data.decode_to_vec().ok()?;
    let length = body.len();
    let mut shown = url.clone();
    shown.set_fragment(None);
    let mut response = local_response(&shown, data.mime_type().to_string(), body);
    if api == Api::Xhr && profile.xhr_of_data_url_has_type_only {
        let media_type = response.headers.get("content-type").unwrap_or_default();
        response.headers = HeaderList::new();
        response.headers.append("Content-Type", media_type);
    } else if profile.data_url_content_length {
        let media_type = response.headers.get("content-type").unwrap_or_default();
        response.headers = HeaderList::new();
        response
            .headers
            .append("content-length", length.to_string());
        response.headers.append("content-type", media_type);
    }
    Some(response)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Engine;

    #[test]
    fn xhr_sees_one_header_in_firefox() {
        let url = Url::parse("data:text/css,x").expect("a URL");
        let names = |engine: Engine, api| -> Vec<String> {
            let response = respond(&url, api, &engine.profile()).expect("it parses");
            let headers = response.headers.iter();
            headers.map(|header| header.name.clone()).collect()
        };
        assert_eq!(names(Engine::Firefox, Api::Xhr), ["Content-Type"]);
        assert_eq!(
            names(Engine::Firefox, Api::Fetch),
            ["content-length", "content-type"]
        );
        assert_eq!(names(Engine::Chromium, Api::Xhr), ["content-type"]);
    }
}
