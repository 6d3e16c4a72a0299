//! https: certificates that nobody vouches for, and the two ways to accept one.

use std::io::Write as _;
use std::net::TcpStream;
use std::sync::Arc;

use rustls::pki_types::PrivatePkcs8KeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use super::support::{Outcome, Scripted, read_request, run};

const REPLY: &[u8] = b"HTTP/1.1 200 OK\r\nAccess-Control-Allow-Origin: https://app.localhost\r\n\
    Content-Length: 0\r\nConnection: close\r\n\r\n";

/// A server for `api.test` with a certificate of its own making, and that certificate as PEM.
fn server() -> (Scripted, String) {
    let made = rcgen::generate_simple_self_signed(["api.test".to_owned()]).unwrap();
    let key = PrivatePkcs8KeyDer::from(made.signing_key.serialize_der());
    let config =
        ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![made.cert.der().clone()], key.into())
            .unwrap();
    let config = Arc::new(config);
    let serve = move |stream: TcpStream, ()| {
        let connection = ServerConnection::new(Arc::clone(&config)).unwrap();
        let mut stream = StreamOwned::new(connection, stream);
        if !read_request(&mut stream).is_empty() {
            let _ = stream.write_all(REPLY);
            stream.conn.send_close_notify();
            let _ = stream.flush();
        }
        None
    };
    (Scripted::serving(serve, vec![()]), made.cert.pem())
}

fn check(server: &Scripted, url: &str, more: &[&str]) -> Outcome {
    let route = server.route();
    let arguments = [
        "check",
        url,
        "--origin",
        "https://app.localhost",
        "--connect-to",
        &route,
    ];
    run(&[&arguments[..], more].concat())
}

#[test]
fn an_unknown_certificate_is_a_named_failure() {
    let (server, _) = server();
    let outcome = check(&server, "https://api.test/x", &[]);
    assert_eq!(outcome.code, 3);
    let told = outcome.told();
    assert!(told.contains("(network-tls)"), "{told}");
    assert!(
        told.contains("the certificate is self-signed or its issuer is unknown"),
        "{told}"
    );
}

#[test]
fn insecure_accepts_it() {
    let (server, _) = server();
    let outcome = check(&server, "https://api.test/x", &["-k"]);
    assert_eq!(outcome.code, 0, "{}", outcome.told());
}

#[test]
fn cacert_trusts_it_for_its_own_name_only() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ca.pem");
    for (url, code) in [("https://api.test/x", 0), ("https://else.test/x", 3)] {
        let (server, pem) = server();
        std::fs::write(&file, pem).unwrap();
        let outcome = check(&server, url, &["--cacert", file.to_str().unwrap()]);
        assert_eq!(outcome.code, code, "{url}: {}", outcome.told());
    }
}

#[test]
fn a_server_without_tls_is_a_named_failure() {
    let server = Scripted::serving(
        |mut stream: TcpStream, ()| {
            let _ = stream.peek(&mut [0; 5]);
            let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n");
            Some(stream)
        },
        vec![()],
    );
    let outcome = check(&server, "https://api.test/x", &[]);
    assert_eq!(outcome.code, 3);
    let told = outcome.told();
    assert!(
        told.contains("the server does not speak TLS on this port"),
        "{told}"
    );
}
