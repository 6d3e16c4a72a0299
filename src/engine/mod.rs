//! THE MACHINE: the Fetch Standard's algorithms without IO.
//!
//! Values in, values out; time is an argument; same input, same trace, always. [`start`] a fetch, send
//! what [`Step::Send`] asks for, hand the answer to [`Pending::answer`], until [`Step::Done`].
//!
//! | algorithm | file |
//! | --- | --- |
//! | the Request constructor, XMLHttpRequest's `open` and `send` | `construct`, `body` |
//! | main fetch, and what it decides without an answer | `main_fetch`, `gates`, `mixed_content`, `local_network` |
//! | what the page's own policies say | `page_policies`, `content_security_policy` |
//! | hosts that are only asked over https | `hsts` |
//! | elements, fonts, EventSource, beacons | `element` |
//! | WebSockets; links and forms | `websocket`; `navigation` |
//! | what goes on the wire | `http_fetch`, `metadata`, `cookies`, `logins` |
//! | the HTTP cache | `cached_fetch`, `http_cache`, `freshness` |
//! | what a document asks for once | `document` |
//! | CORS-preflight fetch and its cache | `preflight`, `preflight_answer`, `preflight_cache` |
//! | CORS check, redirects, what script may read | `cors_check`, `redirect`, `filter` |
//! | safelists and header syntax | `safelist`, `header_values`, `receive`, `status_line` |
//!
//! `contents` says what a browser holds. `machine` drives them. Where engines differ the algorithms read a field of [`Profile`]; none asks
//! for an engine's name.

mod background;
mod block;
mod body;
mod cache_control;
mod cached_fetch;
mod clear_site_data;
mod concept_request;
mod construct;
mod content_coding;
mod content_security_policy;
mod contents;
mod cookies;
mod cors_check;
mod data_url;
mod document;
mod element;
mod filter;
mod freshness;
mod gates;
mod header_values;
mod hsts;
mod http_cache;
mod http_date;
mod http_fetch;
mod integrity;
mod local_network;
mod logins;
mod machine;
mod main_fetch;
mod metadata;
mod mixed_content;
mod navigation;
mod opaque_response;
mod outcome;
mod page_policies;
mod preflight;
mod preflight_answer;
mod preflight_cache;
mod profile;
mod receive;
mod redirect;
mod repeat;
mod request;
mod response_text;
mod safelist;
mod status_line;
mod stored_part;
mod stream_body;
mod trace;
mod websocket;

pub use background::BackgroundQuestion;
pub use block::{Block, BlockReason, Phase};
pub use cache_control::CacheControlSyntax;
pub use content_coding::{ContentCodingRules, UnaskedCoding};
pub use content_security_policy::{ContentSecurityPolicy, is_host_source};
pub use contents::{Contents, HeldAnswer, HeldCookie, HeldPermission, Part};
pub use cookies::{CookieJar, KeptCookie};
pub use document::{Document, HeldResource, ImagesKept, ResourceKey};
pub use element::ElementOutcome;
pub(crate) use element::{
    TypeOf, has_image_signature, has_nosniff, is_javascript, is_media, is_never_script, media_type,
};
pub(crate) use filter::has_null_body;
pub use hsts::HstsStore;
pub use http_cache::{
    AgeSyntax, DateSyntax, HttpCache, HttpCacheKey, HttpCacheRules, Invalidation, Pragma,
    StoredResponse, Unasked304, UnreadableExpires,
};
pub use local_network::{LocalNetworkPermission, Location, Reach, Subject};
pub use logins::{Login, Logins};
pub use machine::{Browser, Locating, Pending, Step, start};
pub(crate) use opaque_response::{is_data_type, is_never_sniffed};
pub use outcome::{
    Exchange, ExchangeKind, Finished, Provenance, ResponseType, Verdict, VisibleResponse,
};
pub use page_policies::{EmbedderPolicy, FetchedPage, PagePolicies};
pub use preflight_cache::{CacheEntry, CacheKey, Permission, PreflightCache};
pub use profile::{Engine, FIELDS, Profile, ProfileField};
pub use redirect::is_redirect_status;
pub use request::{
    AddressSpace, Api, CacheMode, Credentials, CrossOriginAttribute, FetchRequest, InvalidOption,
    Mode, Page, RedirectMode, ReferrerPolicy, RequestBody, Timestamp,
};
pub use safelist::{
    is_forbidden_method, is_forbidden_request_header, is_safelisted_method, normalize_method,
};
pub use trace::{Evidence, Rule, Side, Span, StepOutcome, Trace, TraceStep};
pub use websocket::{accept_of, upgrade_url};
