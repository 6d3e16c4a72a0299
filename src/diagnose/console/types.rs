//! What Firefox says of the type of an answer before anything else is judged, and why it keeps an opaque answer
//! from an element.
//!
//! Sources: `netwerk/protocol/http/nsHttpChannel.cpp` (`EnsureMIMEOfScript`, `ProcessXCTO`), `HttpBaseChannel.cpp`
//! (`PerformOpaqueResponseSafelistCheckBeforeSniff` and `AfterSniff`), `OpaqueResponseUtils.cpp`, `dom/security/SRICheck.cpp`; measured.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::engine::{
    Api, Engine, has_image_signature, has_nosniff, has_null_body, is_data_type, is_javascript,
    is_media, is_never_script, is_never_sniffed,
};
use crate::wire::{HeaderList, Reply};

/// An answer to an element, as far as its type counts.
pub(super) struct Typed<'a> {
    pub(super) api: Api,
    pub(super) module: bool,
    /// The essence of the type, in lower case; empty without one.
    pub(super) essence: &'a str,
    pub(super) reply: &'a Reply,
}

impl Typed<'_> {
    /// For what the answer is refused before the CORS check: `script`, `module`, `nosniff`, or nothing.
    pub(super) fn refused(&self) -> &'static str {
        let script = self.api == Api::Script && !is_javascript(self.essence);
        let style = self.api == Api::Stylesheet && self.essence != "text/css";
        match () {
            () if script && is_never_script(self.essence) => "script",
            () if script && self.module => "module",
            () if (script || style) && has_nosniff(&self.reply.headers) => "nosniff",
            () => "",
        }
    }

    /// Why Opaque Response Blocking refuses the answer by its head alone, or nothing.
    pub(super) fn orb_by_head(&self) -> &'static str {
        let (essence, status) = (self.essence, self.reply.status);
        let nosniff = has_nosniff(&self.reply.headers);
        match () {
            () if is_safelisted(essence) => "",
            () if is_never_sniffed(essence) => "never-sniffed",
            () if status == 206 && is_data_type(essence) => "partial-data",
            () if nosniff && is_data_type(essence) => "nosniff",
            () if status == 206 && !is_first_part(&self.reply.headers) => "partial",
            () => "",
        }
    }

    /// Why it refuses the answer by what its first bytes are not, or nothing. `script` where they are judged as
    /// a script.
    pub(super) fn orb_by_bytes(&self) -> &'static str {
        let (essence, status) = (self.essence, self.reply.status);
        let body = match has_null_body(status, &Engine::Firefox.profile()) {
            true => &[][..],
            false => self.reply.body.readable(),
        };
        let media = matches!(self.api, Api::Audio | Api::Video);
        let known = is_media(body) || has_image_signature(body);
        let declared = ["image/", "audio/", "video/"].iter();
        let declared = declared.copied().any(|kind| essence.starts_with(kind));
        match () {
            () if is_safelisted(essence) => "",
            // The code says otherwise; measured: nothing is told, and a picture of this type is shown.
            () if essence == "text/plain" && has_nosniff(&self.reply.headers) => "",
            () if known && media && !matches!(status, 200 | 206) => "media-status",
            () if known => "",
            () if media => "media",
            () if has_nosniff(&self.reply.headers) => "sniffed-nosniff",
            () if !(200..300).contains(&status) => "status",
            () if essence.is_empty() => "",
            () if declared => "declared",
            () => "script",
        }
    }
}

/// What is wrong with a hash of this algorithm in itself: `not-decoded`, `length`, or nothing.
///
/// `dom/security/SRICheck.cpp`, `VerifyHash`.
pub(super) fn hash_fault(metadata: &str, algorithm: &str) -> &'static str {
    let bits = algorithm.strip_prefix("sha").unwrap_or_default();
    let bits: usize = bits.parse().unwrap_or_default();
    let items = metadata.split_ascii_whitespace();
    let hashes = items.filter_map(|item| item.strip_prefix(algorithm)?.strip_prefix('-'));
    let encoded = hashes.map(|hash| hash.split('?').next().unwrap_or_default());
    // What has other characters is malformed, and not looked into.
    let is_digit = |byte: u8| byte.is_ascii_alphanumeric() || b"+/=-_".contains(&byte);
    let encoded = encoded.filter(|encoded| encoded.bytes().all(is_digit));
    let decoded = encoded.map(|encoded| STANDARD.decode(encoded).ok());
    let fault = decoded.map(|bytes| match bytes {
        None => "not-decoded",
        Some(bytes) if bytes.len() * 8 != bits => "length",
        Some(_) => "",
    });
    fault.max_by_key(|fault| fault.len()).unwrap_or_default()
}

/// The types that are let through: style sheets, scripts, SVG, lists of films, subtitles.
fn is_safelisted(essence: &str) -> bool {
    is_javascript(essence)
        || matches!(
            essence,
            "text/css"
                | "image/svg+xml"
                | "application/dash+xml"
                | "application/vnd.apple.mpegurl"
                | "audio/mpegurl"
                | "text/vtt"
        )
}

/// Whether Content-Range tells of a part that begins at the first byte.
fn is_first_part(headers: &HeaderList) -> bool {
    let range = headers.get_text("content-range").unwrap_or_default();
    range.starts_with("bytes 0-")
}
