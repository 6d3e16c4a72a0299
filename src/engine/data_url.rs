//! `data:` URLs, which need no network.
//!
//! Source: <https://fetch.spec.whatwg.org/#data-url-processor>.

use data_url::DataUrl;
use url::Url;

use super::gates::local_response;
use super::outcome::VisibleResponse;

/// The response to a `data:` URL, or `None` if it does not parse.
pub(super) fn respond(url: &Url) -> Option<VisibleResponse> {
    let data = DataUrl::process(url.as_str()).ok()?;
    let (body, _) = data.decode_to_vec().ok()?;
    Some(local_response(url, data.mime_type().to_string(), body))
}
