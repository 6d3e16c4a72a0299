//! One HTTP request as it goes out.

use url::Url;

use super::HeaderList;

/// A request for the wire: what the engine wants sent, complete and final.
///
/// `headers` holds every line in a browser's order except `Host`, `Connection` and, on HTTP/2, the
/// pseudo headers, which belong to the connection and are the driver's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpRequest {
    /// The method, case kept (`patch` goes out as `patch`).
    pub method: String,
    /// The URL, without a fragment.
    pub url: Url,
    /// The header lines in order.
    pub headers: HeaderList,
    /// The body, empty if there is none.
    pub body: Vec<u8>,
}

impl HttpRequest {
    /// Path and query, as in the request line.
    pub fn target(&self) -> String {
        match self.url.query() {
            Some(query) => format!("{}?{query}", self.url.path()),
            None => self.url.path().to_owned(),
        }
    }

    /// `host[:port]`, the port only where it is not the default of the scheme.
    pub fn authority(&self) -> String {
        let host = self.url.host_str().unwrap_or_default();
        match self.url.port() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_owned(),
        }
    }
}
