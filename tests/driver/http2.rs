//! HTTP/2.

use std::sync::Mutex;

use bytes::Bytes;
use corscope::driver::{Network, NetworkOptions, Progress, Route};
use corscope::wire::{Answer, FailureKind, HttpRequest, HttpVersion};

use crate::server::{Peer, Server, get, lines, request, send};
use crate::tls_server::{Authority, acceptor, trusting};

#[tokio::test]
async fn a_route_that_keeps_the_port_keeps_http2() {
    let (authority, server) = (Authority::new(), Server::start().await);
    let port = server.address.port();
    let options = NetworkOptions {
        routes: vec![Route::parse_resolve(&format!("api.test:{port}:127.0.0.1")).unwrap()],
        ca_file: Some(authority.file()),
        ..NetworkOptions::default()
    };
    let network = Network::new(options).unwrap();
    let acceptor = acceptor(authority.certify("api.test"), &["h2"]);
    let request = get(&format!("https://api.test:{port}/x"));
    let sent = send_and_leave(network, &request);
    let (answer, heard) = tokio::join!(sent, h2_once(&server, &acceptor));
    assert_eq!(answer.unwrap().version, HttpVersion::Http2);
    assert_eq!(heard[3], format!(":authority api.test:{port}"));
}

#[tokio::test]
async fn a_port_that_the_route_changes_is_not_seen_by_the_server() {
    let (authority, server) = (Authority::new(), Server::start().await);
    let acceptor = acceptor(authority.certify("api.test"), &["h2"]);
    let network = trusting(Some(&authority), &server, false);
    let request = get("https://api.test:8443/x");
    let sent = send_and_leave(network, &request);
    let (answer, heard) = tokio::join!(sent, h2_once(&server, &acceptor));
    assert_eq!(answer.unwrap().version, HttpVersion::Http2);
    assert_eq!(heard[3], ":authority api.test:8443");
}

#[tokio::test]
async fn requests_share_a_connection() {
    let (authority, server) = (Authority::new(), Server::start().await);
    let acceptor = acceptor(authority.certify("api.test"), &["h2"]);
    let network = trusting(Some(&authority), &server, false);
    let (first, second) = (get("https://api.test/1"), get("https://api.test/2"));
    let sent = async {
        let first = send(&network, &first).await.unwrap();
        let second = tokio::join!(send(&network, &second), send(&network, &second));
        drop(network);
        (first, [second.0.unwrap(), second.1.unwrap()])
    };
    let ((first, second), heard) = tokio::join!(sent, async {
        let stream = server.accept_tls(&acceptor).await;
        let mut connection = h2::server::handshake(stream).await.unwrap();
        let mut heard = Vec::new();
        while let Some(next) = connection.accept().await {
            let (request, mut respond) = next.unwrap();
            heard.push(request.uri().path().to_owned());
            respond
                .send_response(http::Response::new(()), true)
                .unwrap();
        }
        heard
    });
    assert_eq!(heard, ["/1", "/2", "/2"]);
    assert!(first.timing.connect.is_some());
    assert!(second.iter().all(|reply| reply.timing.connect.is_none()));
}

/// Sends and drops the network: the connection ends, and with it the part of an HTTP/2 server.
async fn send_and_leave(network: Network, request: &HttpRequest) -> Answer {
    send(&network, request).await
}

/// Answers one HTTP/2 request; its pseudo headers and headers.
async fn h2_once(server: &Server, acceptor: &tokio_rustls::TlsAcceptor) -> Vec<String> {
    let stream = server.accept_tls(acceptor).await;
    let mut connection = h2::server::handshake(stream).await.unwrap();
    let (request, mut respond) = connection.accept().await.unwrap().unwrap();
    let (head, mut body) = request.into_parts();
    // The connection has to be driven for the body to come.
    let driven = tokio::spawn(async move { while connection.accept().await.is_some() {} });
    let mut read = Vec::new();
    while let Some(data) = body.data().await {
        read.extend_from_slice(&data.unwrap());
    }
    let response = http::Response::builder()
        .status(404)
        .header("access-control-allow-origin", "https://a.test")
        .header("access-control-allow-origin", "*")
        .header("vary", &b"caf\xe9"[..])
        .body(())
        .unwrap();
    let mut stream = respond.send_response(response, false).unwrap();
    stream
        .send_data(Bytes::from_static(b"hello"), true)
        .unwrap();
    drop((stream, respond, body));
    let uri = &head.uri;
    let mut heard = vec![
        format!(":method {}", head.method),
        format!(":path {}", uri.path_and_query().unwrap()),
        format!(":scheme {}", uri.scheme_str().unwrap()),
        format!(":authority {}", uri.authority().unwrap()),
    ];
    heard.extend(head.headers.iter().map(|(name, value)| {
        let value = value.as_bytes().escape_ascii();
        format!("{name}: {value}")
    }));
    heard.push(String::from_utf8(read).unwrap());
    driven.await.unwrap();
    heard
}

#[tokio::test]
async fn http2() {
    let (authority, server) = (Authority::new(), Server::start().await);
    let acceptor = acceptor(authority.certify("api.test"), &["h2", "http/1.1"]);
    let request = request(
        "patch",
        "https://api.test/x?y",
        &[
            ("X-Test", "1"),
            ("Accept", "*/*"),
            ("Content-Type", "text/plain"),
            ("Content-Length", "4"),
        ],
        b"body",
    );
    let sent = send_and_leave(trusting(Some(&authority), &server, false), &request);
    let (answer, heard) = tokio::join!(sent, h2_once(&server, &acceptor));
    let expected = [
        ":method patch",
        ":path /x?y",
        ":scheme https",
        ":authority api.test",
        "x-test: 1",
        "accept: */*",
        "content-type: text/plain",
        "content-length: 4",
        "body",
    ];
    assert_eq!(heard, expected);
    let reply = answer.unwrap();
    assert_eq!((reply.status, reply.version), (404, HttpVersion::Http2));
    assert_eq!(reply.reason, b"");
    assert_eq!(reply.body.bytes, &b"hello"[..]);
    let expected = [
        ("access-control-allow-origin", "https://a.test"),
        ("access-control-allow-origin", "*"),
        ("vary", "caf\u{e9}"),
    ];
    let expected = expected.map(|(name, value)| (name.to_owned(), value.to_owned()));
    assert_eq!(lines(&reply), expected);
}

#[tokio::test]
async fn a_stream_that_http2_refuses_is_sent_again() {
    let (authority, server) = (Authority::new(), Server::start().await);
    let acceptor = acceptor(authority.certify("api.test"), &["h2"]);
    let request = get("https://api.test/");
    let sent = send_and_leave(trusting(Some(&authority), &server, false), &request);
    let (answer, ()) = tokio::join!(sent, async {
        let stream = server.accept_tls(&acceptor).await;
        let mut connection = h2::server::handshake(stream).await.unwrap();
        let (_, mut respond) = connection.accept().await.unwrap().unwrap();
        respond.send_reset(h2::Reason::REFUSED_STREAM);
        let (_, mut respond) = connection.accept().await.unwrap().unwrap();
        let response = http::Response::new(());
        respond.send_response(response, true).unwrap();
        while connection.accept().await.is_some() {}
    });
    let reply = answer.unwrap();
    assert_eq!(reply.status, 200);
    // On the connection that this exchange had opened.
    assert!(reply.timing.connect.is_some());
}

#[tokio::test]
async fn a_connection_that_goes_away_before_the_request_is_replaced() {
    let (authority, server) = (Authority::new(), Server::start().await);
    let acceptor = acceptor(authority.certify("api.test"), &["h2"]);
    let request = get("https://api.test/x");
    let seen = Mutex::new(Vec::new());
    let sent = async {
        let progress = |progress| seen.lock().unwrap().push(progress);
        let network = trusting(Some(&authority), &server, false);
        network.send(&request, None, &progress).await
    };
    let (answer, _) = tokio::join!(sent, async {
        let mut peer = Peer::new(server.accept_tls(&acceptor).await);
        // Raw, because it has to name the last stream worked on: none. First both sides' preface.
        assert!(peer.bytes(24).await.starts_with(b"PRI * HTTP/2.0"));
        peer.say(b"\0\0\0\x04\0\0\0\0\0").await;
        let headers = 1;
        while peer.frame().await != headers {}
        peer.say(b"\0\0\x08\x07\0\0\0\0\0\0\0\0\0\0\0\0\0").await;
        h2_once(&server, &acceptor).await
    });
    assert_eq!(answer.unwrap().body.bytes, &b"hello"[..]);
    let connection = [
        Progress::Connecting,
        Progress::TlsHandshake,
        Progress::Waiting,
    ];
    let both = [connection, connection].concat();
    assert_eq!(seen.into_inner().unwrap()[..6], both);
}

#[tokio::test]
async fn large_heads() {
    let (authority, server) = (Authority::new(), Server::start().await);
    let acceptor = acceptor(authority.certify("api.test"), &["h2"]);
    let request = get("https://api.test/x");
    let sent = send_and_leave(trusting(Some(&authority), &server, false), &request);
    let value = "v".repeat(100_000);
    let (answer, ()) = tokio::join!(sent, async {
        let stream = server.accept_tls(&acceptor).await;
        let mut connection = h2::server::handshake(stream).await.unwrap();
        let (_, mut respond) = connection.accept().await.unwrap().unwrap();
        let response = http::Response::builder().header("x-large", &value);
        let response = response.body(()).unwrap();
        respond.send_response(response, true).unwrap();
        while connection.accept().await.is_some() {}
    });
    let reply = answer.unwrap();
    assert_eq!(reply.headers.get_text("x-large"), Some(value));
}

#[tokio::test]
async fn a_stream_that_http2_ends_is_a_failure() {
    let (authority, server) = (Authority::new(), Server::start().await);
    let acceptor = acceptor(authority.certify("api.test"), &["h2"]);
    let request = get("https://api.test/");
    let sent = send_and_leave(trusting(Some(&authority), &server, false), &request);
    let (answer, ()) = tokio::join!(sent, async {
        let stream = server.accept_tls(&acceptor).await;
        let mut connection = h2::server::handshake(stream).await.unwrap();
        let (_, mut respond) = connection.accept().await.unwrap().unwrap();
        respond.send_reset(h2::Reason::INTERNAL_ERROR);
        while connection.accept().await.is_some() {}
    });
    let failure = answer.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Reset);
    assert!(failure.detail.contains("HTTP/2"), "{}", failure.detail);
}

#[tokio::test]
async fn what_is_left_of_a_body_leaves_while_the_reply_comes_in() {
    let (authority, server) = (Authority::new(), Server::start().await);
    let acceptor = acceptor(authority.certify("api.test"), &["h2"]);
    let network = trusting(Some(&authority), &server, false);
    let request = request("POST", "https://api.test/", &[], &[b'x'; 1024 * 1024]);
    let sent = send_and_leave(network, &request);
    let (answer, heard) = tokio::join!(sent, async {
        let stream = server.accept_tls(&acceptor).await;
        let mut connection = h2::server::handshake(stream).await.unwrap();
        let (request, mut respond) = connection.accept().await.unwrap().unwrap();
        let mut reply = respond
            .send_response(http::Response::new(()), false)
            .unwrap();
        let mut body = request.into_body();
        let listening = async {
            let mut heard = 0;
            while let Some(data) = body.data().await {
                let count = data.unwrap().len();
                body.flow_control().release_capacity(count).unwrap();
                heard += count;
            }
            reply.send_data(Bytes::from("done"), true).unwrap();
            heard
        };
        let working = std::future::poll_fn(|context| connection.poll_closed(context));
        let (heard, closed) = tokio::join!(listening, working);
        closed.unwrap();
        heard
    });
    assert_eq!(answer.unwrap().body.bytes, &b"done"[..]);
    assert_eq!(heard, 1024 * 1024);
}

#[tokio::test]
async fn a_connection_that_was_the_wrong_one_is_not_used_again() {
    let (authority, server) = (Authority::new(), Server::start().await);
    let acceptor = acceptor(authority.certify("api.test"), &["h2"]);
    let network = trusting(Some(&authority), &server, false);
    let request = get("https://api.test/x");
    let misdirected = async {
        let stream = server.accept_tls(&acceptor).await;
        let mut connection = h2::server::handshake(stream).await.unwrap();
        let (_, mut respond) = connection.accept().await.unwrap().unwrap();
        let reply = http::Response::builder().status(421).body(()).unwrap();
        respond.send_response(reply, true).unwrap();
        while connection.accept().await.is_some() {}
    };
    let (answer, ()) = tokio::join!(send(&network, &request), misdirected);
    assert_eq!(answer.unwrap().status, 421);
    let sent = send_and_leave(network, &request);
    let (answer, _) = tokio::join!(sent, h2_once(&server, &acceptor));
    assert!(answer.unwrap().timing.connect.is_some());
}
