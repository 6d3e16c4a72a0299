//! What crosses the wire, as plain data: header lists, origins, requests, replies.
//!
//! Nothing here decides anything; the decisions are in [`crate::engine`]. Bytes stay bytes: a header
//! value is kept as the server sent it, duplicates and order included, because the odd byte is what
//! this program is here to show.

mod header_list;
mod http_request;
mod mime;
mod origin;
mod reply;

pub use header_list::{Header, HeaderList, is_token, latin1, latin1_bytes, normalize_header_value};
pub use http_request::HttpRequest;
pub use mime::{MimeType, TypeSyntax, extract_mime_type, parse_mime_type, parse_mime_type_as};
pub use origin::{Origin, TupleOrigin, is_potentially_trustworthy, registrable_domain};
pub use reply::{Answer, Body, FailureKind, HttpVersion, NetworkFailure, Reply, Timing};
