//! TLS servers with certificates of their own, HTTP/1.1 as raw bytes or HTTP/2.

use std::path::PathBuf;
use std::sync::Arc;

use corscope::driver::{Network, NetworkOptions, Route};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use crate::server::{Peer, Server};

/// A certificate authority made for one test, and its certificate in a file.
pub struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    directory: tempfile::TempDir,
}

/// A certificate and its key.
pub struct Identity {
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
}

impl Authority {
    pub fn new() -> Self {
        Self::named("authority of the test")
    }

    pub fn named(name: &str) -> Self {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join("ca.pem"), issuer.pem()).unwrap();
        Self { issuer, directory }
    }

    pub fn file(&self) -> PathBuf {
        self.directory.path().join("ca.pem")
    }

    pub fn certify(&self, host: &str) -> Identity {
        self.certify_with(host, |_| ())
    }

    pub fn certify_with(&self, host: &str, change: impl Fn(&mut CertificateParams)) -> Identity {
        let mut params = CertificateParams::new([host.to_owned()]).unwrap();
        change(&mut params);
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        Identity {
            chain: vec![certificate.der().clone()],
            key: key.into(),
        }
    }
}

/// A certificate that its own key signed.
pub fn self_signed(host: &str) -> Identity {
    let certified = rcgen::generate_simple_self_signed([host.to_owned()]).unwrap();
    Identity {
        chain: vec![certified.cert.der().clone()],
        key: certified.signing_key.into(),
    }
}

/// An acceptor that offers these protocols.
pub fn acceptor(identity: Identity, protocols: &[&str]) -> TlsAcceptor {
    let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(identity.chain, identity.key)
        .unwrap();
    config.alpn_protocols = protocols
        .iter()
        .map(|name| name.as_bytes().into())
        .collect();
    TlsAcceptor::from(Arc::new(config))
}

impl Server {
    /// The next connection, after its handshake.
    pub async fn accept_tls(&self, acceptor: &TlsAcceptor) -> TlsStream<TcpStream> {
        acceptor.accept(self.tcp().await).await.unwrap()
    }

    /// As [`Server::once`], over TLS.
    pub async fn once_tls(&self, acceptor: &TlsAcceptor, reply: &[u8]) -> Vec<u8> {
        let mut peer = Peer::new(self.accept_tls(acceptor).await);
        let heard = peer.request().await;
        peer.say(reply).await;
        heard
    }

    /// A handshake that the client is expected to break off.
    pub async fn refused_tls(&self, acceptor: &TlsAcceptor) {
        let _ = acceptor.accept(self.tcp().await).await;
    }
}

/// A network that finds `api.test` at the server and trusts the authority.
pub fn trusting(authority: Option<&Authority>, server: &Server, insecure: bool) -> Network {
    let options = NetworkOptions {
        routes: vec![Route::everything("api.test", server.address).unwrap()],
        ca_file: authority.map(Authority::file),
        insecure,
        ..NetworkOptions::default()
    };
    Network::new(options).unwrap()
}
