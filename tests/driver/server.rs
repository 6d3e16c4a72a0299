//! A server that says exactly the bytes it is told to, and what the tests say to the driver.

use std::net::SocketAddr;
use std::time::Duration;

use corscope::driver::{Network, NetworkOptions, Progress, Route};
use corscope::wire::{Answer, HttpRequest, Reply};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

pub struct Server {
    listener: TcpListener,
    pub address: SocketAddr,
}

impl Server {
    pub async fn start() -> Self {
        Self::start_on("127.0.0.1:0").await
    }

    pub async fn start_on(address: &str) -> Self {
        let listener = TcpListener::bind(address).await.unwrap();
        let address = listener.local_addr().unwrap();
        Self { listener, address }
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// The next connection.
    pub async fn accept(&self) -> Peer<TcpStream> {
        Peer::new(self.tcp().await)
    }

    /// Answers one request with these bytes and closes; what was heard.
    pub async fn once(&self, reply: &[u8]) -> Vec<u8> {
        let mut peer = self.accept().await;
        let heard = peer.request().await;
        peer.say(reply).await;
        heard
    }

    pub async fn tcp(&self) -> TcpStream {
        patient(self.listener.accept()).await.unwrap().0
    }
}

/// Waits, but not for ever: what never comes has to fail a test, not to stop it.
async fn patient<F: Future>(future: F) -> F::Output {
    let outcome = tokio::time::timeout(Duration::from_secs(20), future).await;
    outcome.expect("nothing came for 20 seconds")
}

/// The client's end, as the server sees it.
pub struct Peer<S> {
    stream: S,
    unread: Vec<u8>,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Peer<S> {
    pub fn new(stream: S) -> Self {
        Self {
            stream,
            unread: Vec::new(),
        }
    }

    /// One request: the head, and the body that its `content-length` announces.
    pub async fn request(&mut self) -> Vec<u8> {
        let end = loop {
            if let Some(at) = find(&self.unread, b"\r\n\r\n") {
                break at + 4;
            }
            assert!(self.more().await, "closed in the head of a request");
        };
        let head = String::from_utf8_lossy(&self.unread[..end]).to_lowercase();
        let length = head
            .lines()
            .find_map(|line| line.strip_prefix("content-length: "))
            .map_or(0, |value| value.parse().unwrap());
        while self.unread.len() < end + length {
            assert!(self.more().await, "closed in the body of a request");
        }
        self.unread.drain(..end + length).collect()
    }

    /// That many bytes.
    pub async fn bytes(&mut self, count: usize) -> Vec<u8> {
        while self.unread.len() < count {
            assert!(self.more().await, "closed too early");
        }
        self.unread.drain(..count).collect()
    }

    /// The type of the next HTTP/2 frame.
    pub async fn frame(&mut self) -> u8 {
        let head = self.bytes(9).await;
        let length = u32::from_be_bytes([0, head[0], head[1], head[2]]);
        self.bytes(length as usize).await;
        head[3]
    }

    pub async fn say(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).await.unwrap();
        self.stream.flush().await.unwrap();
    }

    /// Says as much of an endless body as the client takes; how much that was.
    pub async fn say_until_closed(&mut self, bytes: &[u8]) -> usize {
        let mut said = 0;
        while let Ok(count) = self.stream.write(bytes).await {
            said += count;
        }
        said
    }

    /// Says that nothing more will come, and waits until the client has gone.
    pub async fn shut(mut self) {
        self.stream.shutdown().await.unwrap();
        while self.more().await {}
    }

    pub fn into_stream(self) -> S {
        assert!(self.unread.is_empty(), "{}", self.unread.escape_ascii());
        self.stream
    }

    /// Whether the client has closed its end.
    pub async fn closed(&mut self) -> bool {
        !self.more().await
    }

    async fn more(&mut self) -> bool {
        let read = patient(self.stream.read_buf(&mut self.unread)).await;
        matches!(read, Ok(count) if count > 0)
    }
}

impl Peer<TcpStream> {
    /// Ends the connection with a reset.
    pub fn reset(self) {
        self.stream.set_zero_linger().unwrap();
    }
}

fn find(bytes: &[u8], part: &[u8]) -> Option<usize> {
    bytes.windows(part.len()).position(|window| window == part)
}

pub fn network() -> Network {
    Network::new(NetworkOptions::default()).unwrap()
}

pub fn routed(routes: Vec<Route>) -> Network {
    let options = NetworkOptions {
        routes,
        ..NetworkOptions::default()
    };
    Network::new(options).unwrap()
}

/// A GET with the header that every browser sends.
pub fn get(url: &str) -> HttpRequest {
    request("GET", url, &[("Accept", "*/*")], b"")
}

pub fn request(method: &str, url: &str, headers: &[(&str, &str)], body: &[u8]) -> HttpRequest {
    HttpRequest {
        method: method.to_owned(),
        url: url.parse().unwrap(),
        headers: headers.iter().copied().collect(),
        body: body.to_vec(),
    }
}

pub async fn send(network: &Network, request: &HttpRequest) -> Answer {
    patient(network.send(request, None, &ignore)).await
}

pub fn ignore(_: Progress) {}

/// What is reported of a reply that consists of these bytes.
pub async fn report(bytes: &[u8]) -> Answer {
    let server = Server::start().await;
    let request = get(&server.url("/"));
    let network = network();
    tokio::join!(send(&network, &request), server.once(bytes)).0
}

/// The header lines of a reply, as text.
pub fn lines(reply: &Reply) -> Vec<(String, String)> {
    let text = |bytes: &[u8]| bytes.iter().map(|&byte| char::from(byte)).collect();
    let lines = reply.headers.iter();
    lines
        .map(|header| (header.name.clone(), text(&header.value)))
        .collect()
}
