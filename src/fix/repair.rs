//! What lifts one block: changes of the answer at fault, least privilege first.

use url::Url;

use crate::engine::{Api, Block, BlockReason, Exchange, Phase};
use crate::session::{AnswerChange, Session};
use crate::wire::{Reply, is_token, latin1};

const ALLOW_ORIGIN: &str = "Access-Control-Allow-Origin";
const ALLOW_CREDENTIALS: &str = "Access-Control-Allow-Credentials";
const ALLOW_METHODS: &str = "Access-Control-Allow-Methods";
const ALLOW_HEADERS: &str = "Access-Control-Allow-Headers";
const RESOURCE_POLICY: &str = "Cross-Origin-Resource-Policy";

/// The changes of the answer of `exchange` that may lift `block`, the one that opens least first. None where no
/// answer of a server can: the browser has stopped by itself, or waits for another body.
pub(super) fn repairs(block: &Block, exchange: &Exchange, session: &Session) -> Vec<AnswerChange> {
    use BlockReason as Reason;
    let Ok(reply) = &exchange.answer else {
        return Vec::new();
    };
    let set = |name: &str, value: &str| AnswerChange::Set(name.to_owned(), value.into());
    match block.reason {
        Reason::AllowOriginMissing
        | Reason::AllowOriginMismatch
        | Reason::AllowOriginMultiple
        | Reason::AllowOriginInvalid
        | Reason::PreflightAllowOriginMissing
        | Reason::PreflightAllowOriginMismatch
        | Reason::PreflightAllowOriginMultiple
        | Reason::PreflightAllowOriginInvalid => allow_origin(exchange, block, session),
        Reason::WildcardWithCredentials | Reason::PreflightWildcardWithCredentials => {
            let origin = origin_of(exchange, block);
            vec![set(ALLOW_ORIGIN, &origin)]
        }
        Reason::AllowCredentialsNotTrue | Reason::PreflightAllowCredentialsNotTrue => {
            vec![set(ALLOW_CREDENTIALS, "true")]
        }
        Reason::PreflightStatus | Reason::PreflightRedirect => vec![AnswerChange::Status(204)],
        Reason::AllowMethodsMissingMethod
        | Reason::AllowMethodsInvalid
        | Reason::AllowMethodsWildcardWithCredentials => {
            vec![list(reply, ALLOW_METHODS, block)]
        }
        Reason::AllowHeadersMissingHeader
        | Reason::AllowHeadersInvalid
        | Reason::AllowHeadersWildcardWithCredentials
        | Reason::AllowHeadersWildcardExcludesAuthorization => {
            vec![list(reply, ALLOW_HEADERS, block)]
        }
        Reason::RedirectCredentialsInUrl => location_without_user_info(exchange, reply),
        Reason::RedirectLocationInvalid => one_location(exchange, reply),
        // The server answers here instead of sending the browser elsewhere.
        Reason::RedirectModeError
        | Reason::RedirectSchemeNotHttp
        | Reason::RedirectStreamBody
        | Reason::TooManyRedirects => vec![AnswerChange::Status(200)],
        Reason::CorpSameOrigin | Reason::CorpSameSite | Reason::CoepCorpRequired => {
            vec![
                set(RESOURCE_POLICY, "same-site"),
                set(RESOURCE_POLICY, "cross-origin"),
            ]
        }
        Reason::OpaqueRangeResponse => vec![AnswerChange::Status(200)],
        Reason::Orb | Reason::Nosniff | Reason::MimeTypeBlocked => content_type(session, reply),
        _ => Vec::new(),
    }
}

/// The origin that the answer has to name: the one that the request showed.
fn origin_of(exchange: &Exchange, block: &Block) -> String {
    let sent = exchange.request.headers.get_text("origin");
    sent.or_else(|| block.expected.clone()).unwrap_or_default()
}

/// The exact origin before `*`. Any page can make its origin `null`, so naming that opens as much as `*`
/// does; only with credentials there is no other way.
fn allow_origin(exchange: &Exchange, block: &Block, session: &Session) -> Vec<AnswerChange> {
    let origin = origin_of(exchange, block);
    let set = |value: &str| AnswerChange::Set(ALLOW_ORIGIN.to_owned(), value.into());
    match (origin.as_str(), includes_credentials(session)) {
        (_, true) => vec![set(&origin)],
        ("null", false) => vec![set("*"), set("null")],
        (_, false) => vec![set(&origin), set("*")],
    }
}

/// Whether a `*` is refused.
pub(super) fn includes_credentials(session: &Session) -> bool {
    use crate::engine::{Credentials, CrossOriginAttribute};
    let request = &session.request;
    match request.api {
        Api::Fetch | Api::Xhr | Api::EventSource => request.credentials == Credentials::Include,
        Api::Beacon => true,
        _ => request.crossorigin == Some(CrossOriginAttribute::UseCredentials),
    }
}

/// The list without what does not parse, and with the refused item.
fn list(reply: &Reply, name: &str, block: &Block) -> AnswerChange {
    let literal_star = matches!(
        block.reason,
        BlockReason::AllowMethodsWildcardWithCredentials
            | BlockReason::AllowHeadersWildcardWithCredentials
    );
    let invalid = matches!(
        block.reason,
        BlockReason::AllowMethodsInvalid | BlockReason::AllowHeadersInvalid
    );
    let mut items: Vec<String> = Vec::new();
    let known = reply.headers.get_decode_and_split(name).unwrap_or_default();
    let asked = block.item.clone().filter(|_| !invalid);
    for item in known.into_iter().chain(asked) {
        let wanted = is_token(item.as_bytes()) && !(literal_star && item == "*");
        if wanted && !items.contains(&item) {
            items.push(item);
        }
    }
    if items.is_empty() {
        return AnswerChange::Remove(name.to_owned());
    }
    AnswerChange::Set(name.to_owned(), items.join(", ").into_bytes())
}

fn location_without_user_info(exchange: &Exchange, reply: &Reply) -> Vec<AnswerChange> {
    let target = first_location(exchange, reply).and_then(|url| without_user_info(&url));
    let set = |url: Url| AnswerChange::Set("Location".to_owned(), url.as_str().into());
    target.map(set).into_iter().collect()
}

/// The same URL without user name and password, where it has any.
pub(super) fn without_user_info(url: &Url) -> Option<Url> {
    if url.username().is_empty() && url.password().is_none() {
        return None;
    }
    let mut bare = url.clone();
    bare.set_username("").ok()?;
    bare.set_password(None).ok()?;
    Some(bare)
}

/// One `Location` instead of several; where none is usable, an answer in the place of the redirect.
fn one_location(exchange: &Exchange, reply: &Reply) -> Vec<AnswerChange> {
    let several = reply.headers.lines("location").count() > 1;
    let first = reply.headers.lines("location").next();
    let usable = first_location(exchange, reply).is_some() && several;
    let set = |line: &[u8]| AnswerChange::Set("Location".to_owned(), line.trim_ascii().to_vec());
    let one = first.filter(|line| usable && !line.trim_ascii().is_empty());
    one.map(set)
        .into_iter()
        .chain([AnswerChange::Status(200)])
        .collect()
}

/// Where the first `Location` of the answer leads.
pub(super) fn first_location(exchange: &Exchange, reply: &Reply) -> Option<Url> {
    let line = reply.headers.lines("location").next()?.trim_ascii();
    let text = std::str::from_utf8(line).map_or_else(|_| latin1(line), str::to_owned);
    exchange.request.url.join(&text).ok()
}

/// The type that the element expects; where it is there already the bytes are at fault, which no header mends.
fn content_type(session: &Session, reply: &Reply) -> Vec<AnswerChange> {
    let fitting = match session.request.api {
        Api::Script => "text/javascript",
        Api::Stylesheet => "text/css",
        Api::Img => "image/png",
        Api::Audio => "audio/mpeg",
        Api::Video => "video/mp4",
        Api::EventSource => "text/event-stream",
        Api::Font
        | Api::Fetch
        | Api::Xhr
        | Api::Beacon
        | Api::WebSocket
        | Api::Form
        | Api::Navigation => return Vec::new(),
    };
    if reply.headers.get("content-type").as_deref() == Some(fitting.as_bytes()) {
        return Vec::new();
    }
    vec![AnswerChange::Set(
        "Content-Type".to_owned(),
        fitting.as_bytes().to_vec(),
    )]
}

/// Whether the block is about an answer, so that another answer could lift it.
pub(super) fn lies_in_answer(block: &Block) -> bool {
    block.exchange.is_some() && block.phase != Phase::Request
}
