//! A connection to the server itself: where the routes and the resolver say, TCP, then TLS if the URL
//! asks for it.

use std::error::Error;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::future::{Either, select};
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use url::{Host, Url};

use super::routes::{self, Route, Target};
use super::{resolver, watch};

/// What went wrong, with all that is behind it.
pub(super) type Cause = Box<dyn Error + Send + Sync>;

/// The addresses of the other family are tried too when those of the first have not answered by then.
///
/// <https://www.rfc-editor.org/rfc/rfc8305#section-5>
const HEAD_START: Duration = Duration::from_millis(300);

/// A connection on which bytes can be sent.
#[derive(Debug)]
pub(super) enum Stream {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

impl Stream {
    /// The address of the other end.
    pub(super) fn peer(&self) -> Option<SocketAddr> {
        match self {
            Self::Plain(stream) => stream.peer_addr().ok(),
            Self::Tls(stream) => stream.get_ref().0.peer_addr().ok(),
        }
    }

    /// Whether both ends agreed on HTTP/2.
    pub(super) fn is_http2(&self) -> bool {
        match self {
            Self::Plain(_) => false,
            Self::Tls(stream) => stream.get_ref().1.alpn_protocol() == Some(b"h2"),
        }
    }

    pub(super) fn is_tls(&self) -> bool {
        matches!(self, Self::Tls(_))
    }
}

/// Connects to the server of `url`, with TLS if there is a configuration for it.
pub(super) async fn connect(
    url: &Url,
    routes: &[Route],
    tls: Option<Arc<ClientConfig>>,
) -> Result<Stream, Cause> {
    let (Some(host), Some(name), Some(port)) =
        (url.host(), url.host_str(), url.port_or_known_default())
    else {
        return Err("this URL has no host".into());
    };
    watch::connect_begins();
    let addresses = match (routes::target(routes, name, port), &host) {
        (Some(Target::Addresses(addresses)), _) => addresses,
        (Some(Target::Name { host, port }), _) => resolver::lookup(&host, port).await?,
        (None, Host::Domain(name)) => resolver::lookup(name, port).await?,
        (None, Host::Ipv4(ip)) => vec![SocketAddr::new(IpAddr::V4(*ip), port)],
        (None, Host::Ipv6(ip)) => vec![SocketAddr::new(IpAddr::V6(*ip), port)],
    };
    let stream = connect_to(&addresses).await?;
    // A request is one write, and nothing follows that could be sent along with it.
    stream.set_nodelay(true)?;
    let stream = match tls {
        None => Stream::Plain(stream),
        Some(config) => {
            let name = match host {
                Host::Domain(name) => ServerName::try_from(name.to_owned())?,
                Host::Ipv4(ip) => ServerName::from(IpAddr::V4(ip)),
                Host::Ipv6(ip) => ServerName::from(IpAddr::V6(ip)),
            };
            let handshake = TlsConnector::from(config).connect(name, stream);
            Stream::Tls(Box::new(handshake.await?))
        }
    };
    watch::connected();
    Ok(stream)
}

/// The addresses in their order; those of the other family not much later than the first.
async fn connect_to(addresses: &[SocketAddr]) -> io::Result<TcpStream> {
    let family = addresses.first().map(SocketAddr::is_ipv4);
    let (first, others): (Vec<_>, Vec<_>) = addresses
        .iter()
        .copied()
        .partition(|address| Some(address.is_ipv4()) == family);
    let first = pin!(TcpStream::connect(&first[..]));
    if others.is_empty() {
        return first.await;
    }
    let first = match select(first, pin!(tokio::time::sleep(HEAD_START))).await {
        Either::Left((Ok(stream), _)) => return Ok(stream),
        Either::Left((Err(error), _)) => {
            return TcpStream::connect(&others[..]).await.map_err(|_| error);
        }
        Either::Right(((), first)) => first,
    };
    match select(first, pin!(TcpStream::connect(&others[..]))).await {
        Either::Left((Ok(stream), _)) | Either::Right((Ok(stream), _)) => Ok(stream),
        Either::Left((Err(error), other)) => other.await.map_err(|_| error),
        Either::Right((Err(_), first)) => first.await,
    }
}

impl AsyncRead for Stream {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_read(context, buffer),
            Self::Tls(stream) => Pin::new(stream).poll_read(context, buffer),
        }
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_write(context, bytes),
            Self::Tls(stream) => Pin::new(stream).poll_write(context, bytes),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_flush(context),
            Self::Tls(stream) => Pin::new(stream).poll_flush(context),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_shutdown(context),
            Self::Tls(stream) => Pin::new(stream).poll_shutdown(context),
        }
    }
}
