//! The other ways a page asks: elements, fonts, EventSource, sendBeacon. What they ask for, and what
//! they make of a response that CORS lets through.
//!
//! Sources: <https://html.spec.whatwg.org/multipage/urls-and-fetching.html#create-a-potential-cors-request>,
//! <https://html.spec.whatwg.org/multipage/server-sent-events.html>, <https://w3c.github.io/beacon/>.

use super::block::{Block, BlockReason, Phase};
use super::body::{blob_type, parses_strictly};
use super::concept_request::Tainting;
use super::filter::{has_null_body, opaque};
use super::main_fetch::Fetch;
use super::outcome::{ResponseType, VisibleResponse};
use super::profile::{BlobType, ErrorFrom400, MediaAnswers, Profile};
use super::request::{
    Api, CacheMode, Credentials, CrossOriginAttribute, FetchRequest, Mode, RequestBody,
};
use super::safelist::is_no_cors_safelisted;
use super::trace::{Evidence, Rule, StepOutcome};
use crate::wire::{
    Body, HeaderList, MimeType, Reply, extract_mime_type, latin1, parse_mime_type,
    parse_mime_type_as,
};

/// What a response is for.
///
/// <https://fetch.spec.whatwg.org/#concept-request-destination>
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Destination {
    Empty,
    Image,
    Script,
    Style,
    Font,
    Audio,
    Video,
    Document,
}

impl Destination {
    /// The value of `Sec-Fetch-Dest`.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::Image => "image",
            Self::Script => "script",
            Self::Style => "style",
            Self::Font => "font",
            Self::Audio => "audio",
            Self::Video => "video",
            Self::Document => "document",
        }
    }

    pub(super) fn of(api: Api) -> Self {
        match api {
            Api::Fetch | Api::Xhr | Api::EventSource | Api::Beacon | Api::WebSocket => Self::Empty,
            Api::Img => Self::Image,
            Api::Script => Self::Script,
            Api::Stylesheet => Self::Style,
            Api::Font => Self::Font,
            Api::Audio => Self::Audio,
            Api::Video => Self::Video,
            Api::Form | Api::Navigation => Self::Document,
        }
    }

    /// Whether an insecure URL is upgraded instead of blocked.
    ///
    /// <https://w3c.github.io/webappsec-mixed-content/#upgrade-algorithm>
    pub(super) fn is_upgradable(self) -> bool {
        matches!(self, Self::Image | Self::Audio | Self::Video)
    }
}

/// Whether a charset is named that is not UTF-8; other names of it do not count (measured: `utf8`).
fn has_odd_charset(media_type: &MimeType) -> bool {
    let mut parameters = media_type.parameters.iter();
    let charset = parameters.find(|(name, _)| name == "charset");
    charset.is_some_and(|(_, value)| !value.is_empty() && !value.eq_ignore_ascii_case("utf-8"))
}

/// What a page sees of an element, a font, an EventSource or a beacon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ElementOutcome {
    /// Whether it loaded (or opened, or was sent) or fired an error.
    pub loaded: bool,
    /// Whether script may look inside: the canvas is not tainted, `cssRules` can be read, errors are
    /// not muted.
    pub readable: bool,
}

/// Mode and credentials mode of a request that no script has chosen.
pub(super) fn settings(asked: &FetchRequest, profile: &Profile) -> (Mode, Credentials) {
    let by_attribute = match asked.crossorigin {
        None => (Mode::NoCors, Credentials::Include),
        Some(CrossOriginAttribute::Anonymous) => (Mode::Cors, Credentials::SameOrigin),
        Some(CrossOriginAttribute::UseCredentials) => (Mode::Cors, Credentials::Include),
    };
    match asked.api {
        Api::Font if !profile.fonts_use_cors => (Mode::NoCors, Credentials::Include),
        Api::Font => (Mode::Cors, Credentials::SameOrigin),
        Api::Script if asked.module && asked.crossorigin.is_none() => {
            (Mode::Cors, Credentials::SameOrigin)
        }
        Api::EventSource => match asked.credentials {
            Credentials::Include => (Mode::Cors, Credentials::Include),
            _ => (Mode::Cors, Credentials::SameOrigin),
        },
        Api::Beacon => (beacon_mode(asked, profile), Credentials::Include),
        Api::WebSocket => (Mode::WebSocket, Credentials::Include),
        Api::Form | Api::Navigation => (Mode::Navigate, Credentials::Include),
        _ => by_attribute,
    }
}

/// A beacon with a type that a form could not send asks for CORS.
fn beacon_mode(asked: &FetchRequest, profile: &Profile) -> Mode {
    match &asked.body {
        Some(RequestBody::Blob { media_type, .. }) => {
            let media_type = blob_type(media_type);
            let sent = !media_type.is_empty()
                && (profile.xhr_blob_type != BlobType::Strict || parses_strictly(&media_type));
            match sent && !is_no_cors_safelisted("content-type", media_type.as_bytes(), profile) {
                true => Mode::Cors,
                false => Mode::NoCors,
            }
        }
        _ => Mode::NoCors,
    }
}

/// The cache mode: an EventSource and a WebSocket always ask the server.
pub(super) fn cache(asked: &FetchRequest, profile: &Profile) -> CacheMode {
    match asked.api {
        Api::EventSource | Api::WebSocket => CacheMode::NoStore,
        Api::Beacon if profile.beacon_revalidates => CacheMode::NoCache,
        _ => CacheMode::Default,
    }
}

/// The `Accept` of a destination.
pub(super) fn accept(api: Api, profile: &Profile) -> &'static str {
    match api {
        Api::EventSource => "text/event-stream",
        Api::Img => profile.accept_image,
        Api::Stylesheet => "text/css,*/*;q=0.1",
        Api::Font => profile.accept_font,
        Api::Audio => profile.accept_audio,
        Api::Video => profile.accept_video,
        Api::Form | Api::Navigation => profile.accept_document,
        Api::Fetch | Api::Xhr | Api::Script | Api::Beacon | Api::WebSocket => "*/*",
    }
}

impl Fetch {
    /// What the element makes of a response that CORS lets through.
    pub(super) fn element_outcome(
        &mut self,
        reply: &Reply,
        headers: &HeaderList,
    ) -> Result<Option<ElementOutcome>, Box<Block>> {
        if matches!(self.api, Api::Fetch | Api::Xhr) {
            return Ok(None);
        }
        let exchange = self.exchanges.len() - 1;
        let kind = TypeOf::asked_by(self.api, self.module);
        let media_type = media_type(headers, kind, &self.profile);
        self.refuse_by_type(headers, media_type.as_ref(), exchange)?;
        self.refuse_opaque_response(reply, headers, media_type.as_ref(), exchange)?;
        let loaded = self.is_usable(reply, headers, media_type.as_ref());
        let outcome = ElementOutcome {
            loaded,
            readable: loaded
                && self.request.tainting != Tainting::Opaque
                && self.api != Api::Beacon,
        };
        self.trace
            .push(Rule::Element, StepOutcome::Info, Some(exchange))
            .with("case", if loaded { "loaded" } else { "error" })
            .with("api", self.api.as_str())
            .with("readable", if outcome.readable { "yes" } else { "no" })
            .with("status", reply.status.to_string());
        Ok(Some(outcome))
    }

    /// A `<script>` whose type is no script's holds data: its `src` is never fetched, and no event tells so (measured in
    /// all engines).
    ///
    /// <https://html.spec.whatwg.org/multipage/scripting.html#prepare-the-script-element>
    pub(super) fn data_block(&mut self) -> Option<VisibleResponse> {
        let kind = self.script_type.clone()?;
        let blank = |c: char| c.is_ascii_whitespace();
        let essence = kind.trim_matches(blank).to_ascii_lowercase();
        if self.api != Api::Script || kind.is_empty() || is_javascript(&essence) {
            return None;
        }
        self.trace
            .push(Rule::Element, StepOutcome::Info, None)
            .with("case", "not-fetched")
            .with("api", self.api.as_str())
            .with("item", kind);
        let element = Some(ElementOutcome {
            loaded: false,
            readable: false,
        });
        Some(VisibleResponse {
            element,
            ..opaque(ResponseType::Opaque, "")
        })
    }

    /// What the element makes of a response that needed no network: nothing of it is hidden.
    pub(super) fn local_outcome(&self, response: &VisibleResponse) -> Option<ElementOutcome> {
        if matches!(self.api, Api::Fetch | Api::Xhr) {
            return None;
        }
        let media_type = response.headers.get_text("content-type");
        let reply = Reply {
            status: response.status,
            headers: response.headers.clone(),
            body: Body::plain(response.body.to_vec()),
            ..Reply::default()
        };
        let media_type = media_type.and_then(|text| parse_mime_type(&text));
        let style = media_type
            .as_ref()
            .is_some_and(|mime| mime.essence == "text/css");
        let fits = self.destination != Destination::Style
            || style
            || self.profile.foreign_style_type_loads;
        let loaded = fits && self.is_usable(&reply, &response.headers, media_type.as_ref());
        Some(ElementOutcome {
            loaded,
            readable: loaded,
        })
    }

    /// Whether status and body are what the element can use.
    fn is_usable(
        &self,
        reply: &Reply,
        headers: &HeaderList,
        media_type: Option<&MimeType>,
    ) -> bool {
        let ok = is_ok(reply.status);
        let error_from_400 = self.profile.element_error_from_400;
        let not_refused =
            loads_with_status(reply.status, self.destination, self.module, error_from_400);
        let body = self.element_body(reply);
        match self.api {
            Api::Img => {
                let refused = !ok && self.profile.drawing_needs_ok_status && is_svg(media_type);
                !refused && is_image(body, media_type, &self.profile)
            }
            Api::Audio | Api::Video => self.plays(reply.status, headers) && is_media(body),
            Api::Font => not_refused && is_font(body),
            Api::EventSource => {
                reply.status == 200
                    && media_type.is_some_and(|mime| {
                        mime.essence == "text/event-stream"
                            && !(self.profile.event_stream_charset_checked && has_odd_charset(mime))
                    })
            }
            Api::Beacon => true,
            _ => not_refused,
        }
    }

    /// The body that an element gets to see.
    pub(super) fn element_body<'a>(&self, reply: &'a Reply) -> &'a [u8] {
        match has_null_body(reply.status, &self.profile) {
            true => &[],
            false => reply.body.readable(),
        }
    }

    /// Whether sound and films play from an answer of this status.
    fn plays(&self, status: u16, headers: &HeaderList) -> bool {
        let first = first_byte(headers);
        let from_the_start = status == 200 || status == 206 && first == Some(0);
        let opaque = self.request.tainting == Tainting::Opaque;
        match self.profile.media_answers {
            MediaAnswers::AnySuccess => (200..=299).contains(&status),
            MediaAnswers::FromTheStart => from_the_start,
            MediaAnswers::FromTheStartIfOpaque if opaque => from_the_start,
            MediaAnswers::FromTheStartIfOpaque => {
                (200..=299).contains(&status) && first.is_none_or(|first| first == 0)
            }
        }
    }

    /// nosniff and the MIME types that scripts and style sheets cannot have.
    ///
    /// <https://fetch.spec.whatwg.org/#should-response-to-request-be-blocked-due-to-nosniff?>,
    /// <https://fetch.spec.whatwg.org/#should-response-to-request-be-blocked-due-to-mime-type?>
    fn refuse_by_type(
        &mut self,
        headers: &HeaderList,
        media_type: Option<&MimeType>,
        exchange: usize,
    ) -> Result<(), Box<Block>> {
        let nosniff = has_nosniff(headers);
        let essence = media_type.map_or("", |mime| mime.essence.as_str());
        let untyped = matches!(essence, "" | "application/x-unknown-content-type");
        let style_loads =
            self.profile.foreign_style_type_loads || untyped && self.profile.untyped_style_loads;
        let script = is_javascript(essence);
        let reason = match self.destination {
            Destination::Script if nosniff && !script => Some(BlockReason::Nosniff),
            Destination::Script if is_never_script(essence) || self.module && !script => {
                Some(BlockReason::MimeTypeBlocked)
            }
            Destination::Style if nosniff && essence != "text/css" => Some(BlockReason::Nosniff),
            Destination::Style if essence != "text/css" && !style_loads => {
                Some(BlockReason::MimeTypeBlocked)
            }
            _ => None,
        };
        let Some(reason) = reason else { return Ok(()) };
        let value = headers.get("content-type");
        let span = value.as_ref().map(|value| (0, value.len()));
        Err(self
            .trace
            .push(Rule::MimeType, StepOutcome::Fail, Some(exchange))
            .with("case", reason.id())
            .with("api", self.api.as_str())
            .with("item", essence.to_owned())
            .with(
                "expected",
                if self.destination == Destination::Style {
                    "text/css"
                } else {
                    "text/javascript"
                },
            )
            .evidence(Evidence::response("content-type", value).at(span))
            .block(reason, Phase::Response))
    }
}

/// The first byte that Content-Range tells of.
pub(super) fn first_byte(headers: &HeaderList) -> Option<u64> {
    let range = headers.get_text("content-range")?;
    let (_, part) = range.split_once("bytes ")?;
    let (first, _) = part.trim_start().split_once('-')?;
    first.trim().parse().ok()
}

/// <https://fetch.spec.whatwg.org/#determine-nosniff>
pub(crate) fn has_nosniff(headers: &HeaderList) -> bool {
    headers
        .get_decode_and_split("x-content-type-options")
        .and_then(|values| values.into_iter().next())
        .is_some_and(|first| first.eq_ignore_ascii_case("nosniff"))
}

/// <https://mimesniff.spec.whatwg.org/#javascript-mime-type>
pub(crate) fn is_javascript(essence: &str) -> bool {
    let Some((kind, subtype)) = essence.split_once('/') else {
        return false;
    };
    let script = matches!(
        subtype,
        "ecmascript" | "javascript" | "x-ecmascript" | "x-javascript"
    );
    match kind {
        "application" => script,
        "text" => {
            script
                || subtype.starts_with("javascript1.")
                || matches!(subtype, "jscript" | "livescript")
        }
        _ => false,
    }
}

/// The types that no script has, whatever the bytes.
pub(crate) fn is_never_script(essence: &str) -> bool {
    essence.starts_with("audio/")
        || essence.starts_with("image/")
        || essence.starts_with("video/")
        || essence == "text/csv"
}

/// Whether the bytes are an image that browsers decode. SVG is one only where the type says so.
///
/// <https://mimesniff.spec.whatwg.org/#sniffing-in-an-image-context>
pub(super) fn is_image(body: &[u8], media_type: Option<&MimeType>, profile: &Profile) -> bool {
    let svg = is_svg(media_type);
    let drawing = || latin1(body.get(..4096).unwrap_or(body)).contains("<svg");
    svg && drawing() || !(svg && profile.svg_type_is_final) && has_image_signature(body)
}

fn is_svg(media_type: Option<&MimeType>) -> bool {
    media_type.is_some_and(|mime| mime.essence == "image/svg+xml")
}

/// Whether the bytes begin as those of an image format other than SVG.
///
/// <https://mimesniff.spec.whatwg.org/#matching-an-image-type-pattern>
pub(crate) fn has_image_signature(body: &[u8]) -> bool {
    const SIGNATURES: &[&[u8]] = &[
        b"\x89PNG\r\n\x1a\n",
        b"GIF87a",
        b"GIF89a",
        b"\xff\xd8\xff",
        b"BM",
        b"\x00\x00\x01\x00",
        b"\x00\x00\x02\x00",
    ];
    SIGNATURES
        .iter()
        .any(|signature| body.starts_with(signature))
        || (body.starts_with(b"RIFF") && body.get(8..12) == Some(b"WEBP"))
        || body
            .get(4..12)
            .is_some_and(|brand| brand == b"ftypavif" || brand == b"ftypavis")
}

/// Whether the bytes begin as those of sound or a film that browsers play. A part asked for by `Range` is not the
/// beginning; media are asked for from it.
///
/// <https://mimesniff.spec.whatwg.org/#matching-an-audio-or-video-type-pattern>
pub(crate) fn is_media(body: &[u8]) -> bool {
    const SIGNATURES: &[&[u8]] = &[b"OggS\0", b"ID3", b"fLaC", b"\x1a\x45\xdf\xa3", b"#EXTM3U"];
    let riff = body.starts_with(b"RIFF") && matches!(body.get(8..12), Some(b"WAVE" | b"AVI "));
    // Frames of MPEG audio and of AAC begin with eleven or twelve set bits.
    let frame = matches!(body, [0xff, second, ..] if second & 0xe0 == 0xe0 && *second != 0xff);
    let mp4 = body.get(4..8) == Some(b"ftyp");
    riff || frame
        || mp4
        || SIGNATURES
            .iter()
            .any(|signature| body.starts_with(signature))
}

/// Whether the bytes begin as those of a font.
///
/// <https://mimesniff.spec.whatwg.org/#matching-a-font-type-pattern>
fn is_font(body: &[u8]) -> bool {
    [
        &b"\x00\x01\x00\x00"[..],
        b"OTTO",
        b"ttcf",
        b"true",
        b"wOFF",
        b"wOF2",
    ]
    .iter()
    .any(|signature| body.starts_with(signature))
}

/// What is asked for, as far as it decides how its type is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TypeOf {
    Subresource,
    Module,
    EventStream,
}

impl TypeOf {
    /// What this way of asking takes.
    pub(crate) fn asked_by(api: Api, module: bool) -> Self {
        match api {
            Api::EventSource => Self::EventStream,
            _ if module => Self::Module,
            _ => Self::Subresource,
        }
    }
}

/// The type of an answer.
///
/// <https://fetch.spec.whatwg.org/#concept-header-extract-mime-type>
pub(crate) fn media_type(
    headers: &HeaderList,
    kind: TypeOf,
    profile: &Profile,
) -> Option<MimeType> {
    if !profile.first_content_type_counts {
        let values = headers.get_decode_and_split("content-type")?;
        return extract_mime_type(&values, profile.type_syntax);
    }
    let counts = match kind {
        TypeOf::Subresource => headers
            .get_decode_and_split("content-type")?
            .first()?
            .clone(),
        TypeOf::Module => latin1(headers.lines("content-type").last()?),
        TypeOf::EventStream => {
            let line = latin1(headers.lines("content-type").last()?);
            line.split(',').next()?.to_owned()
        }
    };
    parse_mime_type_as(&counts, profile.type_syntax)
}

fn is_ok(status: u16) -> bool {
    (200..=299).contains(&status)
}

/// Whether a script, a style sheet or a font of this status is taken.
fn loads_with_status(
    status: u16,
    destination: Destination,
    module: bool,
    error_from_400: ErrorFrom400,
) -> bool {
    let lenient = match error_from_400 {
        ErrorFrom400::Nowhere => false,
        ErrorFrom400::Scripts => matches!(destination, Destination::Script | Destination::Font),
        ErrorFrom400::ScriptsAndStyles => !module,
    };
    is_ok(status) || lenient && status < 400
}

#[cfg(test)]
mod tests;
