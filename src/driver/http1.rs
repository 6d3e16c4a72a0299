//! HTTP/1.1 on one connection: the request leaves byte for byte as it is, the head of the reply is read by
//! [`head`](super::head), and the body is taken off as its framing says.

use std::future::poll_fn;
use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};

use bytes::BufMut;
use futures_util::FutureExt as _;
use memchr::memchr;
use tokio::io::{AsyncReadExt as _, AsyncWrite as _};

use super::connect::{Cause, Stream};
use super::head::{self, Head, HeadError};
use crate::wire::{HttpRequest, HttpVersion, latin1};

/// How much is read at once, and the most room that is kept for later.
const ROOM: usize = 16 * 1024;

/// The longest line between chunks.
const MAX_CHUNK_LINE: usize = 16 * 1024;

/// A connection, and what was received on it and not looked at.
#[derive(Debug)]
pub(super) struct Connection {
    stream: Stream,
    peer: Option<SocketAddr>,
    received: Vec<u8>,
    /// How much of that was looked at.
    used: usize,
    /// The request. What is left of it leaves while the reply comes in: a server may answer before it has
    /// heard all of it, and may want to hear the rest all the same.
    message: Message,
}

/// A body that is coming in.
#[derive(Debug)]
pub(super) struct Incoming {
    connection: Connection,
    framing: Framing,
    /// Whether the server keeps the connection for another request.
    persistent: bool,
}

/// What tells where a body ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Framing {
    /// So many bytes are left.
    Length(u64),
    /// A chunk begins.
    ChunkSize,
    /// So many bytes are left of a chunk.
    Chunk(u64),
    /// The line break after a chunk.
    ChunkEnd,
    /// The lines after the last chunk, which browsers do not look at.
    Trailers,
    /// The end of the connection ends it.
    UntilClosed,
}

/// What leaves, and how far that is.
#[derive(Debug, Default)]
struct Message {
    bytes: Vec<u8>,
    sent: usize,
    /// Why the rest cannot leave.
    stuck: Option<io::Error>,
}

impl Connection {
    pub(super) fn new(stream: Stream) -> Self {
        Self {
            peer: stream.peer(),
            stream,
            received: Vec::new(),
            used: 0,
            message: Message::default(),
        }
    }

    pub(super) fn peer(&self) -> Option<SocketAddr> {
        self.peer
    }

    /// Whether a kept connection is still good for a request: silent and open, as far as is known.
    pub(super) fn is_idle(&mut self) -> bool {
        let mut byte = [0];
        self.stream.read(&mut byte).now_or_never().is_none()
    }

    /// Sends a request and waits for the head of its reply.
    pub(super) async fn exchange(
        mut self,
        request: &HttpRequest,
    ) -> Result<(Head, Incoming), Cause> {
        self.message = Message::new(request);
        let upgrade = request.headers.contains("upgrade");
        let mut head = match self.head().await {
            Err(error) if error.downcast_ref() == Some(&HeadError::NotHttp) => {
                return Ok(self.headless());
            }
            head => head?,
        };
        // Chromium passes over a 101 that it did not ask for, too.
        while (100..200).contains(&head.status) && !(upgrade && head.status == 101) {
            let interim = HeadError::OnlyInterim(head.status);
            head = match self.head().await {
                Err(error) if error.downcast_ref() == Some(&HeadError::Nothing) => {
                    return Err(interim.into());
                }
                head => head?,
            };
        }
        let incoming = Incoming {
            framing: framing(&request.method, &head)?,
            persistent: persists(&head) && !brings_forbidden_body(&head),
            connection: self,
        };
        Ok((head, incoming))
    }

    /// An answer without a head. Only what is here already counts for its body: a server that does not speak
    /// HTTP may wait for words that never come.
    fn headless(self) -> (Head, Incoming) {
        let head = head::headless(self.unread());
        let incoming = Incoming {
            framing: Framing::Length(self.unread().len() as u64),
            persistent: false,
            connection: self,
        };
        (head, incoming)
    }

    /// The next head.
    async fn head(&mut self) -> Result<Head, Cause> {
        let mut ended = false;
        loop {
            if let Some((start, end)) = head::find(self.unread(), ended)
                .map_err(|error| self.message.stuck.take().map_or(error.into(), Cause::from))?
            {
                if ended && self.stream.is_tls() {
                    return Err(HeadError::Truncated.into());
                }
                let head = head::parse(&self.unread()[start..end])?;
                self.used += end;
                return Ok(head);
            }
            ended = match self.receive().await {
                Ok(count) => count == 0,
                Err(error) if self.unread().is_empty() => return Err(error.into()),
                // What came before the connection broke may be a whole head.
                Err(_) => true,
            };
        }
    }

    fn unread(&self) -> &[u8] {
        &self.received[self.used..]
    }

    /// Receives more; how much that was, 0 at the end of the connection.
    async fn receive(&mut self) -> io::Result<usize> {
        if self.used == self.received.len() {
            self.received.clear();
            self.used = 0;
        }
        self.received.reserve(ROOM);
        let Self {
            stream,
            received,
            message,
            ..
        } = self;
        ended(message.leave_while_receiving(stream, received).await)
    }

    /// Moves or receives at most `most` bytes; how many, 0 at the end of the connection.
    async fn take(&mut self, into: &mut Vec<u8>, most: usize) -> io::Result<usize> {
        let here = most.min(self.unread().len());
        if here > 0 {
            into.extend_from_slice(&self.received[self.used..][..here]);
            self.used += here;
            return Ok(here);
        }
        into.reserve(most.min(ROOM));
        let mut into = into.limit(most);
        let Self {
            stream, message, ..
        } = self;
        ended(message.leave_while_receiving(stream, &mut into).await)
    }

    /// The next line between chunks, without its end.
    async fn line(&mut self) -> io::Result<&[u8]> {
        let length = loop {
            if let Some(length) = memchr(b'\n', self.unread()) {
                break length;
            }
            if self.unread().len() > MAX_CHUNK_LINE {
                return Err(broken("a line of a chunk is too long"));
            }
            if self.receive().await? == 0 {
                return Err(ErrorKind::UnexpectedEof.into());
            }
        };
        let line = &self.received[self.used..][..length];
        self.used += length + 1;
        Ok(line.strip_suffix(b"\r").unwrap_or(line))
    }
}

/// Whether a connection ended with or without TLS saying so makes no difference to browsers; where more
/// was announced, that shows.
fn ended(received: io::Result<usize>) -> io::Result<usize> {
    match received {
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => Ok(0),
        received => received,
    }
}

fn broken(what: &'static str) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, what)
}

impl Message {
    fn new(request: &HttpRequest) -> Self {
        let (target, authority) = (request.target(), request.authority());
        let lines = request.headers.iter();
        let lines = lines.map(|header| header.name.len() + header.value.len() + 4);
        let rest = target.len() + authority.len() + request.body.len() + 64;
        let mut bytes = Vec::with_capacity(rest + lines.sum::<usize>());
        bytes.extend_from_slice(request.method.as_bytes());
        bytes.push(b' ');
        bytes.extend_from_slice(target.as_bytes());
        bytes.extend_from_slice(b" HTTP/1.1\r\n");
        let mut line = |name: &str, value: &[u8]| {
            bytes.extend_from_slice(name.as_bytes());
            bytes.extend_from_slice(b": ");
            bytes.extend_from_slice(value);
            bytes.extend_from_slice(b"\r\n");
        };
        line("Host", authority.as_bytes());
        for header in &request.headers {
            line(&header.name, &header.value);
        }
        if !request.body.is_empty() && !request.headers.contains("content-length") {
            line("Content-Length", request.body.len().to_string().as_bytes());
        }
        bytes.extend_from_slice(b"\r\n");
        bytes.extend_from_slice(&request.body);
        Self {
            bytes,
            sent: 0,
            stuck: None,
        }
    }

    fn is_sent(&self) -> bool {
        self.sent == self.bytes.len()
    }

    /// Receives; what can leave meanwhile does. How much came, 0 at the end of the connection.
    async fn leave_while_receiving(
        &mut self,
        stream: &mut Stream,
        into: &mut impl BufMut,
    ) -> io::Result<usize> {
        poll_fn(|context| {
            self.leave(stream, context);
            pin!(stream.read_buf(into)).poll(context)
        })
        .await
    }

    /// Sends what can be sent.
    fn leave(&mut self, stream: &mut Stream, context: &mut Context<'_>) {
        while !self.is_sent() && self.stuck.is_none() {
            match Pin::new(&mut *stream).poll_write(context, &self.bytes[self.sent..]) {
                Poll::Ready(Ok(count)) => self.sent += count,
                // The server may have answered all the same.
                Poll::Ready(Err(error)) => self.stuck = Some(error),
                Poll::Pending => break,
            }
        }
        if let Poll::Ready(Err(error)) = Pin::new(stream).poll_flush(context) {
            self.stuck = Some(error);
        }
    }
}

/// As Chromium takes it: a length that is no number counts as none, lengths that differ as no reply.
fn framing(method: &str, head: &Head) -> Result<Framing, HeadError> {
    if method == "HEAD" || matches!(head.status, 101 | 204 | 304) {
        return Ok(Framing::Length(0));
    }
    if head.version == HttpVersion::Http11 && has_token(head, "transfer-encoding", b"chunked") {
        return Ok(Framing::ChunkSize);
    }
    let mut lengths = items(head, "content-length");
    let Some(first) = lengths.next() else {
        // 205 should have no body, but some have one, and some browsers take it.
        return Ok(match head.status {
            205 if persists(head) => Framing::Length(0),
            _ => Framing::UntilClosed,
        });
    };
    if lengths.any(|other| other != first) {
        return Err(HeadError::Lengths);
    }
    let digits = !first.is_empty() && first.iter().all(u8::is_ascii_digit);
    let length = digits.then(|| latin1(first).parse().ok()).flatten();
    Ok(length.map_or(Framing::UntilClosed, Framing::Length))
}

/// One that is the wrong one for what was asked (421) is not used for the second try.
///
/// <https://httpwg.org/specs/rfc9112.html#persistent.connections>
fn persists(head: &Head) -> bool {
    if head.status == 421 {
        return false;
    }
    match head.version {
        HttpVersion::Http10 => has_token(head, "connection", b"keep-alive"),
        _ => head.status != 101 && !has_token(head, "connection", b"close"),
    }
}

/// Whether an answer that has no body announces one all the same: its bytes may come later, and would be taken
/// for the next answer.
fn brings_forbidden_body(head: &Head) -> bool {
    let length = || items(head, "content-length").any(|length| length != b"0");
    matches!(head.status, 204 | 304) && (length() || head.headers.contains("transfer-encoding"))
}

fn has_token(head: &Head, name: &str, token: &[u8]) -> bool {
    items(head, name).any(|item| item.eq_ignore_ascii_case(token))
}

fn items<'a>(head: &'a Head, name: &'a str) -> impl Iterator<Item = &'a [u8]> + 'a {
    let lines = head.headers.lines(name);
    lines.flat_map(|line| line.split(|byte| *byte == b',').map(<[u8]>::trim_ascii))
}

impl Incoming {
    /// The length of the body, where it is known already.
    pub(super) fn length(&self) -> Option<u64> {
        match self.framing {
            Framing::Length(length) => Some(length),
            _ => None,
        }
    }

    /// Appends what came of the body, at most `most` bytes; how many, 0 at the end of the body.
    pub(super) async fn next(&mut self, into: &mut Vec<u8>, most: usize) -> io::Result<usize> {
        loop {
            match self.framing {
                Framing::Length(0) => return Ok(0),
                Framing::Length(left) => {
                    let count = self.part(into, left, most).await?;
                    self.framing = Framing::Length(left - count as u64);
                    return Ok(count);
                }
                Framing::UntilClosed => return self.connection.take(into, most).await,
                Framing::ChunkSize => {
                    self.framing = match chunk_size(self.connection.line().await?)? {
                        0 => Framing::Trailers,
                        size => Framing::Chunk(size),
                    }
                }
                Framing::Chunk(left) => {
                    let count = self.part(into, left, most).await?;
                    self.framing = match left - count as u64 {
                        0 => Framing::ChunkEnd,
                        left => Framing::Chunk(left),
                    };
                    return Ok(count);
                }
                Framing::ChunkEnd => {
                    if !self.connection.line().await?.is_empty() {
                        return Err(broken("a chunk is longer than its size"));
                    }
                    self.framing = Framing::ChunkSize;
                }
                Framing::Trailers => {
                    if self.connection.line().await?.is_empty() {
                        self.framing = Framing::Length(0);
                    }
                }
            }
        }
    }

    async fn part(&mut self, into: &mut Vec<u8>, left: u64, most: usize) -> io::Result<usize> {
        let most = most.min(usize::try_from(left).unwrap_or(usize::MAX));
        match self.connection.take(into, most).await? {
            0 => Err(ErrorKind::UnexpectedEof.into()),
            count => Ok(count),
        }
    }

    /// The connection, if the body was read to its end and another request may follow.
    pub(super) fn into_idle(self) -> Option<Connection> {
        let mut connection = self.connection;
        let ended = self.framing == Framing::Length(0)
            && connection.unread().is_empty()
            && connection.message.is_sent();
        connection.message = Message::default();
        connection.received.clear();
        connection.received.shrink_to(2 * ROOM);
        connection.used = 0;
        (self.persistent && ended).then_some(connection)
    }
}

/// Hexadecimal digits, then blanks or an extension.
fn chunk_size(line: &[u8]) -> io::Result<u64> {
    let size = line.split(|byte| *byte == b';').next().unwrap_or_default();
    let size = size.trim_ascii_end();
    let digits = size.iter().all(u8::is_ascii_hexdigit);
    let size = digits.then(|| u64::from_str_radix(&latin1(size), 16).ok());
    size.flatten()
        .ok_or_else(|| broken("a chunk without a size"))
}
