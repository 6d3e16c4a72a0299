//! HTTP/2 on one connection, which many requests share.

use std::future::poll_fn;
use std::net::SocketAddr;

use bytes::Bytes;
use futures_util::FutureExt as _;
use h2::client::{Builder, SendRequest};
use h2::{RecvStream, SendStream};
use http::header::{HeaderName, HeaderValue};
use http::{Method, Request, Uri, Version};
use tokio::task::JoinSet;

use super::connect::{Cause, Stream};
use super::head::{Head, MAX_HEAD_BYTES};
use crate::wire::{HttpRequest, HttpVersion};

/// How much a server may send before it hears that there is room for more: of one body, and of all.
const STREAM_WINDOW: u32 = 2 * 1024 * 1024;
const CONNECTION_WINDOW: u32 = 5 * 1024 * 1024;

/// A connection. Clones share it; it ends when the last is gone.
#[derive(Clone, Debug)]
pub(super) struct Connection {
    sender: SendRequest<Bytes>,
    peer: Option<SocketAddr>,
}

/// A body that is coming in.
#[derive(Debug)]
pub(super) struct Incoming {
    stream: RecvStream,
    /// What came and was not taken yet.
    here: Bytes,
    /// The length of the body, where it is known.
    length: Option<u64>,
    /// What is left of the request, and ends with this.
    _sending: JoinSet<()>,
}

impl Connection {
    pub(super) async fn new(stream: Stream) -> Result<Self, Cause> {
        let peer = stream.peer();
        let mut builder = Builder::new();
        builder
            .enable_push(false)
            .initial_window_size(STREAM_WINDOW)
            .initial_connection_window_size(CONNECTION_WINDOW)
            .max_header_list_size(MAX_HEAD_BYTES as u32);
        let (sender, connection) = builder.handshake(stream).await?;
        // What goes wrong with the connection, the requests on it are told.
        tokio::spawn(connection.map(drop));
        Ok(Self { sender, peer })
    }

    pub(super) fn peer(&self) -> Option<SocketAddr> {
        self.peer
    }

    /// Whether it still takes requests, as far as is known.
    pub(super) fn is_open(&self) -> bool {
        !matches!(self.sender.clone().ready().now_or_never(), Some(Err(_)))
    }

    /// Sends a request and waits for the head of its reply.
    pub(super) async fn exchange(self, request: &HttpRequest) -> Result<(Head, Incoming), Cause> {
        let message = message(request)?;
        let mut sender = self.sender.ready().await?;
        let (response, body) = sender.send_request(message, request.body.is_empty())?;
        // A server may answer before it has heard all of the body, and may want to hear the rest all the same.
        let mut sending = JoinSet::new();
        if !request.body.is_empty() {
            sending.spawn(send_body(body, request.body.clone().into()));
        }
        let (parts, stream) = response.await?.into_parts();
        let headers = parts.headers.iter();
        let head = Head {
            version: HttpVersion::Http2,
            status: parts.status.as_u16(),
            reason: Vec::new(),
            odd_status_line: None,
            headers: headers
                .map(|(name, value)| (name.as_str(), value.as_bytes()))
                .collect(),
        };
        let length = head.headers.get_text("content-length");
        let incoming = Incoming {
            length: match stream.is_end_stream() {
                true => Some(0),
                false => length.and_then(|length| length.parse().ok()),
            },
            stream,
            here: Bytes::new(),
            _sending: sending,
        };
        Ok((head, incoming))
    }
}

fn message(request: &HttpRequest) -> Result<Request<()>, Cause> {
    let uri = Uri::builder()
        .scheme(request.url.scheme())
        .authority(request.authority())
        .path_and_query(request.target())
        .build()?;
    let mut message = Request::new(());
    *message.method_mut() = Method::from_bytes(request.method.as_bytes())?;
    *message.uri_mut() = uri;
    *message.version_mut() = Version::HTTP_2;
    for header in &request.headers {
        let name = HeaderName::from_bytes(header.name.as_bytes())?;
        let value = HeaderValue::from_bytes(&header.value)?;
        message.headers_mut().append(name, value);
    }
    Ok(message)
}

/// Sends the body as far as the server has room for it. Why the server stops that, its answer tells.
async fn send_body(mut stream: SendStream<Bytes>, mut body: Bytes) {
    while !body.is_empty() {
        stream.reserve_capacity(body.len());
        let Some(Ok(room)) = poll_fn(|context| stream.poll_capacity(context)).await else {
            return;
        };
        let part = body.split_to(room.min(body.len()));
        if stream.send_data(part, body.is_empty()).is_err() {
            return;
        }
    }
}

impl Incoming {
    /// The length of the body, where it is known already.
    pub(super) fn length(&self) -> Option<u64> {
        self.length
    }

    /// Appends what came of the body, at most `most` bytes; how many, 0 at the end of the body.
    pub(super) async fn next(&mut self, into: &mut Vec<u8>, most: usize) -> Result<usize, Cause> {
        while self.here.is_empty() {
            match self.stream.data().await {
                None => return Ok(0),
                Some(data) => self.here = data?,
            }
        }
        let part = self.here.split_to(most.min(self.here.len()));
        self.stream.flow_control().release_capacity(part.len())?;
        into.extend_from_slice(&part);
        Ok(part.len())
    }
}
