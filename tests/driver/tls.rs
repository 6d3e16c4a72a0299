//! TLS and HTTP/2.

use std::time::{Duration, Instant};

use corscope::driver::{Network, NetworkOptions, Progress, Route};
use corscope::wire::{FailureKind, HttpVersion};
use rcgen::{BasicConstraints, IsCa, date_time_ymd};

use crate::server::{Peer, Server, get, ignore, request, send};
use crate::tls_server::{Authority, acceptor, self_signed, trusting};

const OK: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

#[tokio::test]
async fn http1_over_tls() {
    let (authority, server) = (Authority::new(), Server::start().await);
    let acceptor = acceptor(authority.certify("api.test"), &["http/1.1"]);
    let network = trusting(Some(&authority), &server, false);
    let request = get("https://api.test/x");
    let (answer, heard) = tokio::join!(send(&network, &request), server.once_tls(&acceptor, OK));
    let expected = "GET /x HTTP/1.1\r\nHost: api.test\r\nAccept: */*\r\n\r\n";
    assert_eq!(String::from_utf8(heard).unwrap(), expected);
    let reply = answer.unwrap();
    assert_eq!(reply.version, HttpVersion::Http11);
    assert_eq!(reply.peer, Some(server.address));
    let timing = reply.timing;
    let (connect, tls) = (timing.connect.unwrap(), timing.tls.unwrap());
    assert!(connect > 0.0 && tls > 0.0, "{timing:?}");
    assert!(connect + tls <= timing.first_byte.unwrap(), "{timing:?}");
}

#[tokio::test]
async fn the_second_request_over_tls_uses_the_connection() {
    let (authority, server) = (Authority::new(), Server::start().await);
    let acceptor = acceptor(authority.certify("api.test"), &[]);
    let network = trusting(Some(&authority), &server, false);
    let request = get("https://api.test/x");
    let (_, mut peer) = tokio::join!(send(&network, &request), async {
        let mut peer = Peer::new(server.accept_tls(&acceptor).await);
        peer.request().await;
        peer.say(OK).await;
        peer
    });
    let (answer, ()) = tokio::join!(send(&network, &request), async {
        peer.request().await;
        peer.say(OK).await;
    });
    let timing = answer.unwrap().timing;
    assert_eq!((timing.connect, timing.tls), (None, None));
}

#[tokio::test]
async fn the_handshake_is_announced() {
    let (authority, server) = (Authority::new(), Server::start().await);
    let acceptor = acceptor(authority.certify("api.test"), &[]);
    let network = trusting(Some(&authority), &server, false);
    let seen = std::sync::Mutex::new(Vec::new());
    let progress = |progress| seen.lock().unwrap().push(progress);
    let request = get("https://api.test/x");
    let sent = network.send(&request, None, &progress);
    let (answer, _) = tokio::join!(sent, server.once_tls(&acceptor, OK));
    answer.unwrap();
    let expected = [
        Progress::Connecting,
        Progress::TlsHandshake,
        Progress::Waiting,
    ];
    assert_eq!(seen.into_inner().unwrap(), expected);
}

#[tokio::test]
async fn an_upgrade_asks_for_http1() {
    let (authority, server) = (Authority::new(), Server::start().await);
    let acceptor = acceptor(authority.certify("api.test"), &["h2", "http/1.1"]);
    let network = trusting(Some(&authority), &server, false);
    let upgrade = [("Connection", "Upgrade"), ("Upgrade", "websocket")];
    let request = request("GET", "https://api.test/x", &upgrade, b"");
    let reply =
        b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";
    let (answer, heard) = tokio::join!(send(&network, &request), server.once_tls(&acceptor, reply));
    let heard = String::from_utf8(heard).unwrap();
    assert!(heard.starts_with("GET /x HTTP/1.1\r\n"), "{heard}");
    assert!(heard.contains("\r\nUpgrade: websocket\r\n"), "{heard}");
    let reply = answer.unwrap();
    assert_eq!((reply.status, reply.body.bytes.len()), (101, 0));
}

#[tokio::test]
async fn a_port_that_the_route_changes_is_not_seen_by_the_server() {
    let (authority, server) = (Authority::new(), Server::start().await);
    let acceptor = acceptor(authority.certify("api.test"), &["http/1.1"]);
    let network = trusting(Some(&authority), &server, false);
    let request = get("https://api.test:8443/x");
    let (answer, heard) = tokio::join!(send(&network, &request), server.once_tls(&acceptor, OK));
    let expected = "GET /x HTTP/1.1\r\nHost: api.test:8443\r\nAccept: */*\r\n\r\n";
    assert_eq!(String::from_utf8(heard).unwrap(), expected);
    assert_eq!(answer.unwrap().version, HttpVersion::Http11);
}

#[tokio::test]
async fn a_head_cut_by_the_end_of_a_connection_over_tls_is_a_failure() {
    let (authority, server) = (Authority::new(), Server::start().await);
    let acceptor = acceptor(authority.certify("api.test"), &[]);
    let network = trusting(Some(&authority), &server, false);
    let request = get("https://api.test/");
    let cut = b"HTTP/1.1 200 OK\r\nAccess-Control-Allow-Origin: *\r\n";
    let (answer, _) = tokio::join!(send(&network, &request), server.once_tls(&acceptor, cut));
    let failure = answer.unwrap_err();
    assert_eq!(failure.kind, FailureKind::EmptyResponse);
    assert!(failure.detail.contains("in the head"), "{}", failure.detail);
}

#[tokio::test]
async fn a_value_with_control_characters_goes_out_on_http1() {
    let (authority, server) = (Authority::new(), Server::start().await);
    let acceptor = acceptor(authority.certify("api.test"), &["h2", "http/1.1"]);
    let network = trusting(Some(&authority), &server, false);
    let mut request = get("https://api.test/");
    request.headers.append("X-Odd", b"\x01".to_vec());
    let (answer, heard) = tokio::join!(send(&network, &request), server.once_tls(&acceptor, OK));
    assert!(
        heard.ends_with(b"\r\nX-Odd: \x01\r\n\r\n"),
        "{}",
        heard.escape_ascii()
    );
    assert_eq!(answer.unwrap().version, HttpVersion::Http11);
}

#[tokio::test]
async fn certificates_that_are_not_accepted() {
    let authority = Authority::new();
    let expired = authority.certify_with("api.test", |params| {
        params.not_before = date_time_ymd(2020, 1, 1);
        params.not_after = date_time_ymd(2021, 2, 3);
    });
    let early = authority.certify_with("api.test", |params| {
        params.not_before = date_time_ymd(2999, 1, 1);
        params.not_after = date_time_ymd(3000, 1, 1);
    });
    for (identity, detail) in [
        (
            expired,
            "the certificate has expired: it was valid until 2021-02-03",
        ),
        (
            early,
            "the certificate is not valid yet: it will be from 2999-01-01",
        ),
        (
            authority.certify("other.test"),
            "name mismatch: the certificate is for other.test",
        ),
        (
            authority.certify("192.0.2.1"),
            "name mismatch: the certificate is for 192.0.2.1",
        ),
        (
            self_signed("api.test"),
            "the certificate is self-signed or its issuer is unknown",
        ),
        (
            Authority::named("another").certify("api.test"),
            "the certificate is self-signed or its issuer is unknown",
        ),
        (
            Authority::new().certify("api.test"),
            "the certificate was not signed by the issuer that it names",
        ),
        (
            authority.certify_with("api.test", |params| {
                params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
            }),
            "the certificate is an authority's own (self-signed), not one for a server",
        ),
    ] {
        let server = Server::start().await;
        let acceptor = acceptor(identity, &[]);
        let network = trusting(Some(&authority), &server, false);
        let request = get("https://api.test/");
        let (answer, ()) = tokio::join!(send(&network, &request), server.refused_tls(&acceptor));
        let failure = answer.unwrap_err();
        assert_eq!(failure.kind, FailureKind::Tls);
        assert_eq!(failure.detail, detail);
        assert!(failure.timing.connect.is_some());
        assert_eq!(failure.timing.tls, None);
    }
}

#[tokio::test]
async fn the_system_does_not_know_an_authority_of_ones_own() {
    let (authority, server) = (Authority::new(), Server::start().await);
    let acceptor = acceptor(authority.certify("api.test"), &[]);
    let network = trusting(None, &server, false);
    let request = get("https://api.test/");
    let (answer, ()) = tokio::join!(send(&network, &request), server.refused_tls(&acceptor));
    assert_eq!(answer.unwrap_err().kind, FailureKind::Tls);
}

#[tokio::test]
async fn insecure_accepts_every_certificate() {
    let server = Server::start().await;
    let acceptor = acceptor(self_signed("other.test"), &[]);
    let network = trusting(None, &server, true);
    let request = get("https://api.test/");
    let (answer, _) = tokio::join!(send(&network, &request), server.once_tls(&acceptor, OK));
    let reply = answer.unwrap();
    assert_eq!(reply.status, 200);
    assert!(reply.certificate_error);
}

#[tokio::test]
async fn insecure_tells_which_certificates_are_not_trusted() {
    let (authority, server) = (Authority::new(), Server::start().await);
    let acceptor = acceptor(authority.certify("api.test"), &[]);
    // The certificate names the first of them.
    let hosts = ["api.test", "www.test", "127.0.0.1", "[::1]"];
    let routes = hosts.map(|host| Route::everything(host, server.address).unwrap());
    let network = Network::new(NetworkOptions {
        routes: routes.to_vec(),
        ca_file: Some(authority.file()),
        insecure: true,
        ..NetworkOptions::default()
    });
    let network = network.unwrap();
    for host in hosts {
        let untrusted = host != "api.test";
        let request = get(&format!("https://{host}/"));
        let (answer, _) = tokio::join!(send(&network, &request), server.once_tls(&acceptor, OK));
        assert_eq!(answer.unwrap().certificate_error, untrusted, "{host}");
    }
}

#[tokio::test]
async fn servers_without_tls() {
    for (reply, kind, part) in [
        (
            &b"HTTP/1.1 400 Bad Request\r\n\r\n"[..],
            FailureKind::Tls,
            "does not speak TLS",
        ),
        (
            b"",
            FailureKind::Tls,
            "closed the connection in the TLS handshake",
        ),
    ] {
        let server = Server::start().await;
        let network = trusting(None, &server, true);
        let request = get("https://api.test/");
        let (answer, ()) = tokio::join!(send(&network, &request), async {
            let mut peer = server.accept().await;
            peer.bytes(5).await;
            peer.say(reply).await;
            peer.shut().await;
        });
        let failure = answer.unwrap_err();
        assert_eq!(failure.kind, kind, "{}", failure.detail);
        assert!(failure.detail.contains(part), "{}", failure.detail);
    }
}

#[tokio::test]
async fn the_deadline_in_the_handshake() {
    let server = Server::start().await;
    let network = trusting(None, &server, true);
    let request = get("https://api.test/");
    let deadline = Some(Instant::now() + Duration::from_millis(300));
    let sent = network.send(&request, deadline, &ignore);
    let (answer, _open) = tokio::join!(sent, server.accept());
    let failure = answer.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Timeout);
    assert!(
        failure.detail.ends_with("the TLS handshake"),
        "{}",
        failure.detail
    );
}

#[tokio::test]
async fn a_proxy_that_itself_speaks_tls() {
    let (authority, server) = (Authority::new(), Server::start().await);
    let acceptor = acceptor(authority.certify("localhost"), &["h2", "http/1.1"]);
    let options = NetworkOptions {
        proxy: Some(format!("https://localhost:{}", server.address.port())),
        ca_file: Some(authority.file()),
        ..NetworkOptions::default()
    };
    let network = Network::new(options).unwrap();
    let request = get("http://api.test/x");
    let sent = send(&network, &request);
    let (answer, heard) = tokio::join!(sent, server.once_tls(&acceptor, OK));
    assert!(heard.starts_with(b"GET http://api.test/x HTTP/1.1\r\nHost: api.test\r\n"));
    assert_eq!(answer.unwrap().peer, None);
}

#[tokio::test]
async fn https_through_a_proxy_is_tunnelled() {
    let (authority, server) = (Authority::new(), Server::start().await);
    let acceptor = acceptor(authority.certify("api.test"), &[]);
    let options = NetworkOptions {
        proxy: Some(server.address.to_string()),
        ca_file: Some(authority.file()),
        ..NetworkOptions::default()
    };
    let network = Network::new(options).unwrap();
    let request = get("https://api.test/x");
    let (answer, heard) = tokio::join!(network.send(&request, None, &ignore), async {
        let mut peer = server.accept().await;
        assert!(peer.request().await.starts_with(b"CONNECT api.test:443 "));
        peer.say(b"HTTP/1.1 200 OK\r\n\r\n").await;
        let mut peer = Peer::new(acceptor.accept(peer.into_stream()).await.unwrap());
        let heard = peer.request().await;
        peer.say(OK).await;
        heard
    });
    assert!(heard.starts_with(b"GET /x HTTP/1.1\r\n"));
    let reply = answer.unwrap();
    assert_eq!(reply.peer, None);
    assert!(reply.timing.tls.is_some());
}
