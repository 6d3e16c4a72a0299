//! Which servers are believed: those of the system's trust store, of a file of one's own, or all.
//!
//! Reading the store is most of the cost of a first https request, so only what is needed is read,
//! when it is needed: first the bundle that nearly every system has; the directory of single
//! certificates beside it only when the bundle does not know an issuer.

use std::collections::HashSet;
use std::fmt;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{
    ClientSessionMemoryCache, ClientSessionStore, Resumption, Tls12ClientSessionValue,
    Tls13ClientSessionValue, WebPkiServerVerifier,
};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error, NamedGroup, RootCertStore,
    SignatureScheme,
};

use url::Url;

use super::{DriverError, watch};

/// How many servers' sessions are remembered for a shorter handshake.
const REMEMBERED_SESSIONS: usize = 64;

/// What is trusted, and how TLS clients are configured.
#[derive(Debug)]
pub(super) struct Tls {
    trust: Trust,
    /// The servers that were believed without trust; `None` where none is.
    untrusted: Option<Arc<Untrusted>>,
    provider: OnceLock<Arc<CryptoProvider>>,
    verifier: OnceLock<Arc<dyn ServerCertVerifier>>,
    configs: [OnceLock<Arc<ClientConfig>>; 2],
}

#[derive(Debug)]
enum Trust {
    These(Vec<CertificateDer<'static>>),
    System,
}

impl Tls {
    /// The file is read now, so that a mistake in its name is told before anything is sent.
    pub(super) fn new(insecure: bool, ca_file: Option<&Path>) -> Result<Self, DriverError> {
        let certificates = ca_file.map(read_certificates).transpose()?;
        let trust = match certificates {
            Some(certificates) => Trust::These(certificates),
            None => Trust::System,
        };
        Ok(Self {
            trust,
            untrusted: insecure.then(Arc::default),
            provider: OnceLock::new(),
            verifier: OnceLock::new(),
            configs: Default::default(),
        })
    }

    /// Whether the server of this URL was believed although its certificate is not trusted.
    pub(super) fn accepts_in_spite(&self, url: &Url) -> bool {
        let Some(untrusted) = self.untrusted.as_ref().filter(|_| url.scheme() == "https") else {
            return false;
        };
        let name = url.host_str().unwrap_or_default();
        untrusted.names().contains(name.trim_matches(['[', ']']))
    }

    /// A configuration for a client that never speaks TLS: reqwest wants one all the same.
    pub(super) fn none(&self) -> ClientConfig {
        let mut config = builder(self.provider())
            .with_root_certificates(RootCertStore::empty())
            .with_no_client_auth();
        config.resumption = Resumption::disabled();
        config
    }

    /// A configuration for clients that offer HTTP/1.1, and HTTP/2 if they speak it. Those of one kind share
    /// what they remember of servers.
    pub(super) fn config(&self, http2: bool) -> Arc<ClientConfig> {
        let config = || {
            let protocols: &[&[u8]] = if http2 {
                &[b"h2", b"http/1.1"]
            } else {
                &[b"http/1.1"]
            };
            Arc::new(self.make_config(protocols))
        };
        self.configs[usize::from(http2)].get_or_init(config).clone()
    }

    fn make_config(&self, protocols: &[&[u8]]) -> ClientConfig {
        let verifier = self.verifier.get_or_init(|| self.make_verifier()).clone();
        let mut config = builder(self.provider())
            .dangerous()
            .with_custom_certificate_verifier(verifier)
            .with_no_client_auth();
        config.alpn_protocols = protocols.iter().map(|name| name.to_vec()).collect();
        let sessions = ClientSessionMemoryCache::new(REMEMBERED_SESSIONS);
        config.resumption = Resumption::store(Arc::new(WatchedSessions(sessions)));
        config
    }

    fn provider(&self) -> Arc<CryptoProvider> {
        let provider = || Arc::new(ring::default_provider());
        self.provider.get_or_init(provider).clone()
    }

    fn make_verifier(&self) -> Arc<dyn ServerCertVerifier> {
        let provider = self.provider();
        let anchored = match &self.trust {
            Trust::These(certificates) => {
                Anchored::new(provider.clone(), certificates.iter().cloned(), None)
            }
            Trust::System => {
                let (bundle, rest) = system_certificates();
                Anchored::new(provider.clone(), bundle.into_iter(), rest)
            }
        };
        match &self.untrusted {
            Some(untrusted) => Arc::new(AcceptAll {
                provider,
                anchored,
                untrusted: untrusted.clone(),
            }),
            None => Arc::new(anchored),
        }
    }
}

fn builder(
    provider: Arc<CryptoProvider>,
) -> rustls::ConfigBuilder<ClientConfig, rustls::WantsVerifier> {
    ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("ring has cipher suites for TLS 1.2 and 1.3")
}

fn read_certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, DriverError> {
    let text = std::fs::read(path).map_err(|source| DriverError::CaFile {
        path: path.to_owned(),
        source,
    })?;
    let certificates: Vec<_> = CertificateDer::pem_slice_iter(&text)
        .filter_map(Result::ok)
        .collect();
    if certificates.is_empty() {
        let path = path.to_owned();
        return Err(DriverError::NoCertificate { path });
    }
    Ok(certificates)
}

type Certificates = Vec<CertificateDer<'static>>;
type Rest = fn() -> Certificates;

/// What to trust at once, and where to look for more.
#[cfg(all(unix, not(target_os = "macos")))]
fn system_certificates() -> (Certificates, Option<Rest>) {
    let bundle = openssl_probe::probe().cert_file;
    let bundle = rustls_native_certs::load_certs_from_paths(bundle.as_deref(), None).certs;
    match bundle.is_empty() {
        true => (all_system_certificates(), None),
        false => (bundle, Some(all_system_certificates)),
    }
}

/// What to trust at once, and where to look for more.
#[cfg(not(all(unix, not(target_os = "macos"))))]
fn system_certificates() -> (Certificates, Option<Rest>) {
    (all_system_certificates(), None)
}

fn all_system_certificates() -> Certificates {
    // Certificates that cannot be read are left out, as everywhere.
    rustls_native_certs::load_native_certs().certs
}

/// Trusts a chain that ends in a known certificate.
#[derive(Debug)]
struct Anchored {
    provider: Arc<CryptoProvider>,
    known: Option<Arc<WebPkiServerVerifier>>,
    rest: Option<Rest>,
    all: OnceLock<Option<Arc<WebPkiServerVerifier>>>,
}

impl Anchored {
    fn new(
        provider: Arc<CryptoProvider>,
        certificates: impl Iterator<Item = CertificateDer<'static>>,
        rest: Option<Rest>,
    ) -> Self {
        Self {
            known: verifier(&provider, certificates),
            provider,
            rest,
            all: OnceLock::new(),
        }
    }

    fn known(&self) -> Result<&Arc<WebPkiServerVerifier>, Error> {
        let none = || Error::General("no trusted certificate is known to this system".to_owned());
        self.known.as_ref().ok_or_else(none)
    }

    fn all(&self) -> Option<&Arc<WebPkiServerVerifier>> {
        let rest = self.rest?;
        let all = || verifier(&self.provider, rest().into_iter());
        self.all.get_or_init(all).as_ref()
    }
}

/// `None` if there is no usable certificate.
fn verifier(
    provider: &Arc<CryptoProvider>,
    certificates: impl Iterator<Item = CertificateDer<'static>>,
) -> Option<Arc<WebPkiServerVerifier>> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(certificates);
    WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider.clone())
        .build()
        .ok()
}

impl ServerCertVerifier for Anchored {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let by = |verifier: &WebPkiServerVerifier| {
            verifier.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
        };
        let verified = by(self.known()?);
        match verified {
            Err(Error::InvalidCertificate(CertificateError::UnknownIssuer)) => {
                self.all().map_or(verified, |all| by(all))
            }
            verified => verified,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.known()?.verify_tls12_signature(message, cert, dss)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.known()?.verify_tls13_signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        let algorithms = self.provider.signature_verification_algorithms;
        algorithms.supported_schemes()
    }
}

/// The names of servers whose certificate is not trusted.
#[derive(Debug, Default)]
struct Untrusted(Mutex<HashSet<String>>);

impl Untrusted {
    fn names(&self) -> MutexGuard<'_, HashSet<String>> {
        // A set is whole between any two calls of it.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Believes every certificate, and notes which it should not have; that the server holds its key is still checked.
#[derive(Debug)]
struct AcceptAll {
    provider: Arc<CryptoProvider>,
    anchored: Anchored,
    untrusted: Arc<Untrusted>,
}

impl ServerCertVerifier for AcceptAll {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let verified = self.anchored.verify_server_cert(
            end_entity,
            intermediates,
            server_name,
            ocsp_response,
            now,
        );
        let name = server_name.to_str().into_owned();
        match verified {
            Ok(_) => self.untrusted.names().remove(&name),
            Err(_) => self.untrusted.names().insert(name),
        };
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, cert, dss, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, cert, dss, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        let algorithms = self.provider.signature_verification_algorithms;
        algorithms.supported_schemes()
    }
}

/// The usual session store, which tells the exchange that its TLS handshake begins: rustls asks it
/// first of all when it makes a ClientHello.
struct WatchedSessions(ClientSessionMemoryCache);

impl fmt::Debug for WatchedSessions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Session keys are nobody's business.
        f.write_str("WatchedSessions")
    }
}

impl ClientSessionStore for WatchedSessions {
    fn set_kx_hint(&self, server_name: ServerName<'static>, group: NamedGroup) {
        self.0.set_kx_hint(server_name, group);
    }

    fn kx_hint(&self, server_name: &ServerName<'_>) -> Option<NamedGroup> {
        watch::tls_begins();
        self.0.kx_hint(server_name)
    }

    fn set_tls12_session(&self, server_name: ServerName<'static>, value: Tls12ClientSessionValue) {
        self.0.set_tls12_session(server_name, value);
    }

    fn tls12_session(&self, server_name: &ServerName<'_>) -> Option<Tls12ClientSessionValue> {
        self.0.tls12_session(server_name)
    }

    fn remove_tls12_session(&self, server_name: &ServerName<'static>) {
        self.0.remove_tls12_session(server_name);
    }

    fn insert_tls13_ticket(
        &self,
        server_name: ServerName<'static>,
        value: Tls13ClientSessionValue,
    ) {
        self.0.insert_tls13_ticket(server_name, value);
    }

    fn take_tls13_ticket(
        &self,
        server_name: &ServerName<'static>,
    ) -> Option<Tls13ClientSessionValue> {
        self.0.take_tls13_ticket(server_name)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};

    use super::*;

    fn authority(name: &str) -> CertifiedIssuer<'static, KeyPair> {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
    }

    /// What a verifier says to a certificate of this authority.
    fn verify(
        anchored: &Anchored,
        issuer: &CertifiedIssuer<'static, KeyPair>,
    ) -> Result<(), Error> {
        let params = CertificateParams::new(["a.test".to_owned()]).unwrap();
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, issuer).unwrap();
        let name = ServerName::try_from("a.test").unwrap();
        let now = UnixTime::now();
        let verified = anchored.verify_server_cert(certificate.der(), &[], &name, &[], now);
        verified.map(drop)
    }

    #[test]
    fn the_rest_of_the_store_is_read_only_when_an_issuer_is_not_known() {
        static READ: AtomicUsize = AtomicUsize::new(0);
        static SECOND: OnceLock<CertificateDer<'static>> = OnceLock::new();
        let (first, second, third) = (authority("1"), authority("2"), authority("3"));
        SECOND.set(second.der().clone()).unwrap();
        let rest: Rest = || {
            READ.fetch_add(1, Ordering::Relaxed);
            SECOND.get().cloned().into_iter().collect()
        };
        let provider = Arc::new(ring::default_provider());
        let bundle = [first.der().clone()].into_iter();
        let anchored = Anchored::new(provider, bundle, Some(rest));

        assert_eq!(verify(&anchored, &first), Ok(()));
        assert_eq!(READ.load(Ordering::Relaxed), 0);
        assert_eq!(verify(&anchored, &second), Ok(()));
        let unknown = Error::InvalidCertificate(CertificateError::UnknownIssuer);
        assert_eq!(verify(&anchored, &third), Err(unknown));
        assert_eq!(READ.load(Ordering::Relaxed), 1);
    }

    #[test]
    fn a_system_without_certificates_says_so() {
        let provider = Arc::new(ring::default_provider());
        let anchored = Anchored::new(provider, std::iter::empty(), None);
        let error = verify(&anchored, &authority("1")).unwrap_err();
        let told = super::super::tls_failure::describe(&error);
        assert_eq!(told, "no trusted certificate is known to this system");
    }
}
