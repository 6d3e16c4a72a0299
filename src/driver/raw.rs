//! One HTTP/1.1 exchange over a connection of its own, for requests with header values that browsers
//! send and hyper refuses: those with control characters. Only plain http without a proxy goes this
//! way; HTTP/2 cannot carry such values at all.
//!
//! Lines of the reply are taken as browsers take them: control characters stay in values, folded lines
//! are joined, lines without a colon are passed over, and a head that ends with the connection counts.

use std::io;
use std::net::{IpAddr, SocketAddr};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use url::Host;

use super::body::{self, Limits};
use super::network::MAX_HEAD_BYTES;
use super::resolver;
use super::routes::{self, Route, Target};
use super::{Progress, watch};
use crate::wire::{
    Answer, Body, FailureKind, HeaderList, HttpRequest, HttpVersion, NetworkFailure, Reply,
    is_token, latin1, normalize_header_value,
};

/// Whether hyper would refuse a header of this request that a browser sends. What nobody sends, above all
/// a line break in a value, is left to be refused.
pub(super) fn is_needed(request: &HttpRequest) -> bool {
    let control = |byte: &u8| byte.is_ascii_control() && *byte != b'\t';
    let forbidden = |byte: &u8| b"\0\r\n".contains(byte);
    let mut headers = request.headers.iter();
    request.url.scheme() == "http"
        && headers.any(|header| header.value.iter().any(control))
        && is_token(request.method.as_bytes())
        && request
            .headers
            .iter()
            .all(|header| is_token(header.name.as_bytes()) && !header.value.iter().any(forbidden))
}

/// Sends the request and reads its reply. Dropping the future closes the connection.
pub(super) async fn exchange(
    request: &HttpRequest,
    routes: &[Route],
    limits: Limits,
    progress: &(dyn Fn(Progress) + Send + Sync),
) -> Answer {
    progress(Progress::Connecting);
    let stream = connect(request, routes).await?;
    let peer = stream.peer_addr().ok();
    let mut wire = Wire {
        stream,
        unread: Vec::new(),
    };
    progress(Progress::Waiting);
    let message = message(request);
    wire.stream.write_all(&message).await.map_err(reset)?;
    let mut head = wire.head().await?;
    while (100..200).contains(&head.status) && head.status != 101 {
        head = wire.head().await?;
    }
    watch::answered();
    let mut reply = Reply {
        status: head.status,
        reason: head.reason,
        version: head.version,
        headers: head.headers,
        peer,
        ..Reply::default()
    };
    if request.method != "HEAD" && !matches!(reply.status, 101 | 204 | 304) {
        wire.body(&reply.headers, &mut reply.body, limits.body)
            .await;
        body::decode(&mut reply.body, &reply.headers, limits.decoded);
    }
    reply.timing = watch::timing();
    Ok(reply)
}

async fn connect(request: &HttpRequest, routes: &[Route]) -> Result<TcpStream, NetworkFailure> {
    let url = &request.url;
    let (Some(host), Some(name), Some(port)) =
        (url.host(), url.host_str(), url.port_or_known_default())
    else {
        return Err(failed(FailureKind::Other, "this URL has no host"));
    };
    let addresses = match (routes::target(routes, name, port), host) {
        (Some(Target::Addresses(addresses)), _) => addresses,
        (Some(Target::Name { host, port }), _) => named(&host, port).await?,
        (None, Host::Domain(name)) => named(name, port).await?,
        (None, Host::Ipv4(ip)) => vec![SocketAddr::new(IpAddr::V4(ip), port)],
        (None, Host::Ipv6(ip)) => vec![SocketAddr::new(IpAddr::V6(ip), port)],
    };
    let connected = TcpStream::connect(&addresses[..]).await;
    let places: Vec<_> = addresses.iter().map(ToString::to_string).collect();
    connected.map_err(|error| {
        let detail = format!("cannot connect to {}: {error}", places.join(", "));
        failed(FailureKind::Refused, detail)
    })
}

async fn named(name: &str, port: u16) -> Result<Vec<SocketAddr>, NetworkFailure> {
    let found = resolver::lookup(name, port).await;
    let found = found.map_err(|error| failed(FailureKind::Dns, error.to_string()))?;
    Ok(found.collect())
}

/// The bytes that leave.
fn message(request: &HttpRequest) -> Vec<u8> {
    let first = format!("{} {} HTTP/1.1\r\n", request.method, request.target());
    let mut bytes = first.into_bytes();
    let mut line = |name: &str, value: &[u8]| {
        bytes.extend_from_slice(name.as_bytes());
        bytes.extend_from_slice(b": ");
        bytes.extend_from_slice(value);
        bytes.extend_from_slice(b"\r\n");
    };
    line("Host", request.authority().as_bytes());
    for header in &request.headers {
        line(&header.name, &header.value);
    }
    if !request.body.is_empty() && !request.headers.contains("content-length") {
        line("Content-Length", request.body.len().to_string().as_bytes());
    }
    bytes.extend_from_slice(b"\r\n");
    bytes.extend_from_slice(&request.body);
    bytes
}

/// A connection, and what was received and not looked at.
struct Wire {
    stream: TcpStream,
    unread: Vec<u8>,
}

/// The head of a reply.
#[derive(Debug, PartialEq, Eq)]
struct Head {
    version: HttpVersion,
    status: u16,
    reason: Vec<u8>,
    headers: HeaderList,
}

impl Wire {
    /// Waits for more; `false` at the end of the connection.
    async fn more(&mut self) -> io::Result<bool> {
        Ok(self.stream.read_buf(&mut self.unread).await? > 0)
    }

    async fn head(&mut self) -> Result<Head, NetworkFailure> {
        let length = loop {
            if let Some(length) = head_length(&self.unread) {
                break length;
            }
            if self.unread.len() > MAX_HEAD_BYTES as usize {
                return Err(failed(FailureKind::Other, "the reply's head is too long"));
            }
            if !self.more().await.map_err(reset)? {
                break self.unread.len();
            }
        };
        if length == 0 {
            let detail = "the server closed the connection without a reply";
            return Err(failed(FailureKind::EmptyResponse, detail));
        }
        let head: Vec<u8> = self.unread.drain(..length).collect();
        parse(&head).ok_or_else(|| {
            let detail = "what the server answered is not HTTP";
            failed(FailureKind::EmptyResponse, detail)
        })
    }

    /// Reads up to `limit` bytes of the body; how that ended is noted in `body`.
    async fn body(&mut self, headers: &HeaderList, body: &mut Body, limit: usize) {
        let mut bytes = Vec::new();
        let codings = headers.get_decode_and_split("transfer-encoding");
        let last = codings.unwrap_or_default().pop().unwrap_or_default();
        let lengths = headers.get_decode_and_split("content-length");
        let length = lengths.and_then(|all| all.first()?.parse::<usize>().ok());
        let ended = if last.eq_ignore_ascii_case("chunked") {
            self.chunks(&mut bytes, limit).await
        } else {
            let wanted = length.unwrap_or(usize::MAX);
            self.take(&mut bytes, wanted.min(limit + 1))
                .await
                .and_then(|whole| match whole || length.is_none() {
                    true => Ok(()),
                    false => Err(io::ErrorKind::UnexpectedEof.into()),
                })
        };
        if bytes.len() > limit {
            bytes.truncate(limit);
            body.truncated = true;
        } else if let Err(error) = ended {
            body.error = Some(format!("the body broke off: {error}"));
        }
        body.bytes = bytes.into();
    }

    async fn chunks(&mut self, bytes: &mut Vec<u8>, limit: usize) -> io::Result<()> {
        while bytes.len() <= limit {
            let line = self.line().await?;
            let size = line.split(|byte| *byte == b';').next().unwrap_or_default();
            let size = usize::from_str_radix(latin1(size).trim(), 16)
                .map_err(|_| io::Error::other("a chunk without a size"))?;
            if size == 0 {
                // What follows are trailers, which browsers do not look at.
                return Ok(());
            }
            let room = limit + 1 - bytes.len();
            if !self.take(bytes, size.min(room)).await? {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            if size <= room {
                self.line().await?;
            }
        }
        Ok(())
    }

    /// Moves `wanted` bytes; `false` if the connection ended before.
    async fn take(&mut self, bytes: &mut Vec<u8>, wanted: usize) -> io::Result<bool> {
        let mut left = wanted;
        loop {
            let here = left.min(self.unread.len());
            bytes.extend(self.unread.drain(..here));
            left -= here;
            if left == 0 {
                return Ok(true);
            }
            if !self.more().await? {
                return Ok(false);
            }
        }
    }

    /// The next line, without its end.
    async fn line(&mut self) -> io::Result<Vec<u8>> {
        loop {
            if let Some(end) = self.unread.iter().position(|byte| *byte == b'\n') {
                let mut line: Vec<u8> = self.unread.drain(..=end).collect();
                line.truncate(line.trim_ascii_end().len());
                return Ok(line);
            }
            if self.unread.len() > MAX_HEAD_BYTES as usize || !self.more().await? {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
    }
}

/// The bytes up to and with the empty line, if it is there.
fn head_length(bytes: &[u8]) -> Option<usize> {
    let mut ends = bytes.iter().enumerate().filter(|(_, byte)| **byte == b'\n');
    ends.find_map(|(at, _)| match &bytes[at + 1..] {
        [b'\n', ..] => Some(at + 2),
        [b'\r', b'\n', ..] => Some(at + 3),
        _ => None,
    })
}

fn parse(head: &[u8]) -> Option<Head> {
    if head.contains(&0) {
        return None;
    }
    let mut lines = head
        .split(|byte| *byte == b'\n')
        .map(|line| line.strip_suffix(b"\r").unwrap_or(line));
    let first = lines.next()?;
    let version = match first.get(..8)? {
        b"HTTP/1.0" => HttpVersion::Http10,
        b"HTTP/1.1" => HttpVersion::Http11,
        _ => return None,
    };
    let status = first.get(9..12)?;
    let status = std::str::from_utf8(status).ok()?.parse().ok()?;
    let reason = first.get(13..).unwrap_or_default().to_vec();
    let mut pairs: Vec<(String, Vec<u8>)> = Vec::new();
    for line in lines {
        if matches!(line, [b' ' | b'\t', ..]) {
            if let Some((_, value)) = pairs.last_mut() {
                value.push(b' ');
                value.extend_from_slice(normalize_header_value(line));
            }
            continue;
        }
        let Some(colon) = line.iter().position(|byte| *byte == b':') else {
            continue;
        };
        let name = line[..colon].trim_ascii_end();
        if is_token(name) {
            let value = normalize_header_value(&line[colon + 1..]);
            pairs.push((latin1(name).to_ascii_lowercase(), value.to_vec()));
        }
    }
    Some(Head {
        version,
        status,
        reason,
        headers: pairs.into_iter().collect(),
    })
}

fn failed(kind: FailureKind, detail: impl Into<String>) -> NetworkFailure {
    NetworkFailure {
        timing: watch::timing(),
        ..NetworkFailure::new(kind, detail)
    }
}

fn reset(error: io::Error) -> NetworkFailure {
    let detail = format!("the connection broke: {error}");
    failed(FailureKind::Reset, detail)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads_are_read_as_browsers_read_them() {
        let text = b"HTTP/1.0 200 M\xe9h\r\nA: \x01 x\t\nnonsense\nB :y\r\n  folded \r\nC d: z\n\n";
        assert_eq!(head_length(text), Some(text.len()));
        let head = parse(text).unwrap();
        assert_eq!((head.version, head.status), (HttpVersion::Http10, 200));
        assert_eq!(head.reason, b"M\xe9h");
        let expected: HeaderList = [("a", &b"\x01 x"[..]), ("b", b"y folded")]
            .into_iter()
            .collect();
        assert_eq!(head.headers, expected);
        assert_eq!(head_length(b"HTTP/1.1 200\r\nA: b\r\n"), None);
        assert_eq!(parse(b"HTTP/1.1 200\r\nA: \0\r\n\r\n"), None);
        assert_eq!(parse(b"SSH-2.0-x\r\n\r\n"), None);
    }
}
