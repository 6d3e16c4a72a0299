//! THE MACHINE: the Fetch Standard's algorithms without IO.
//!
//! Values in, values out; time is an argument; same input, same trace, always. [`start`] a fetch, send
//! what [`Step::Send`] asks for, hand the answer to [`Pending::answer`], until [`Step::Done`].
//!
//! One file per algorithm, named after it: `construct` (the Request constructor), `fetch` (main
//! fetch), `gates` (what decides without an answer), `http_fetch` (what goes on the wire), `preflight`
//! and `preflight_cache`, `cors_check`, `redirect`, `filter`, `safelist`, `metadata`, `cookies`. Where
//! engines differ the algorithms read a field of [`Profile`]; no algorithm asks for an engine's name.

mod block;
mod body;
mod concept_request;
mod construct;
mod cookies;
mod cors_check;
mod data_url;
mod fetch;
mod filter;
mod gates;
mod header_values;
mod http_fetch;
mod local_network;
mod metadata;
mod outcome;
mod preflight;
mod preflight_cache;
mod profile;
mod receive;
mod redirect;
mod request;
mod safelist;
mod trace;

pub use block::{Block, BlockReason, Phase};
pub use cookies::CookieJar;
pub use fetch::{Browser, Locating, Pending, Step, start};
pub use local_network::{LocalNetworkPermission, Location, Subject};
pub use outcome::{Exchange, ExchangeKind, Finished, ResponseType, Verdict, VisibleResponse};
pub use preflight_cache::{CacheEntry, CacheKey, Permission, PreflightCache};
pub use profile::{Engine, Profile};
pub use request::{
    AddressSpace, Api, CacheMode, Credentials, FetchRequest, Mode, Page, RedirectMode,
    ReferrerPolicy, RequestBody, Timestamp,
};
pub use safelist::{
    is_forbidden_method, is_forbidden_request_header, is_safelisted_method, is_token,
    normalize_method,
};
pub use trace::{Evidence, Rule, Side, Span, StepOutcome, Trace, TraceStep};
