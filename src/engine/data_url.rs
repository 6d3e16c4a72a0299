//! `data:` URLs, which need no network.
//!
//! Source: <https://fetch.spec.whatwg.org/#data-url-processor>.

use data_url::DataUrl;
use url::Url;

use super::gates::local_response;
use super::outcome::VisibleResponse;
use super::profile::Profile;
use crate::wire::HeaderList;

/// The response to a `data:` URL, or `None` if it does not parse.
pub(super) fn respond(url: &Url, profile: &Profile) -> Option<VisibleResponse> {
    let data = DataUrl::process(url.as_str()).ok()?;
    let (body, _) = data.decode_to_vec().ok()?;
    let length = body.len();
    let mut shown = url.clone();
    shown.set_fragment(None);
    let mut response = local_response(&shown, data.mime_type().to_string(), body);
    if profile.data_url_content_length {
        let media_type = response.headers.get("content-type").unwrap_or_default();
        response.headers = HeaderList::new();
        response
            .headers
            .append("content-length", length.to_string());
        response.headers.append("content-type", media_type);
    }
    Some(response)
}
