//! What leaves: exactly the request that was meant.

use corscope::driver::Network;
use corscope::wire::{FailureKind, HttpRequest};

use crate::server::{Server, get, network, request, send};

const OK: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

/// What a server at a port of the system's hears; the port is written as `PORT`.
async fn heard(network: &Network, method: &str, headers: &[(&str, &str)], body: &[u8]) -> Vec<u8> {
    let server = Server::start().await;
    let request = request(method, &server.url("/a?b=%20c"), headers, body);
    heard_of(network, &server, &request).await
}

async fn heard_of(network: &Network, server: &Server, request: &HttpRequest) -> Vec<u8> {
    let (answer, heard) = tokio::join!(send(network, request), server.once(OK));
    assert_eq!(answer.unwrap().status, 200);
    let port = format!(":{}", server.address.port()).into_bytes();
    match heard.windows(port.len()).position(|part| part == port) {
        Some(at) => [&heard[..at], b":PORT", &heard[at + port.len()..]].concat(),
        None => heard,
    }
}

#[tokio::test]
async fn a_request_leaves_as_it_is() {
    let headers = [
        ("X-Test", "one"),
        ("Accept", "*/*"),
        ("Origin", "https://app.example"),
        ("content-type", "application/json"),
        ("Content-Length", "2"),
        ("sec-fetch-mode", "cors"),
    ];
    let heard = heard(&network(), "PUT", &headers, b"{}").await;
    let expected = "PUT /a?b=%20c HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\nX-Test: one\r\nAccept: */*\r\n\
                    Origin: https://app.example\r\ncontent-type: application/json\r\n\
                    Content-Length: 2\r\nsec-fetch-mode: cors\r\n\r\n{}";
    assert_eq!(String::from_utf8_lossy(&heard), expected);
}

#[tokio::test]
async fn nothing_is_added_to_a_request_without_headers() {
    let heard = heard(&network(), "GET", &[], b"").await;
    let expected = "GET /a?b=%20c HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\n\r\n";
    assert_eq!(String::from_utf8_lossy(&heard), expected);
}

#[tokio::test]
async fn nothing_is_added_to_a_preflight() {
    let headers = [
        ("Accept", "*/*"),
        ("Access-Control-Request-Method", "patch"),
    ];
    let heard = heard(&network(), "OPTIONS", &headers, b"").await;
    let expected = "OPTIONS /a?b=%20c HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\nAccept: */*\r\n\
                    Access-Control-Request-Method: patch\r\n\r\n";
    assert_eq!(String::from_utf8_lossy(&heard), expected);
}

#[tokio::test]
async fn methods_keep_their_case() {
    for method in ["patch", "Get", "QUERY", "x-1"] {
        let heard = heard(&network(), method, &[("Accept", "*/*")], b"").await;
        let expected = format!("{method} /a");
        assert!(heard.starts_with(expected.as_bytes()), "{method}");
    }
}

#[tokio::test]
async fn an_empty_body_is_announced_only_where_it_was_meant() {
    for (headers, expected) in [
        (&[("Accept", "*/*"), ("Content-Length", "0")][..], true),
        (&[("Accept", "*/*")], false),
    ] {
        let heard = heard(&network(), "POST", headers, b"").await;
        let heard = String::from_utf8_lossy(&heard);
        assert_eq!(heard.contains("Content-Length: 0\r\n"), expected, "{heard}");
        assert!(
            !heard.to_lowercase().contains("transfer-encoding"),
            "{heard}"
        );
    }
}

#[tokio::test]
async fn values_keep_their_bytes_and_duplicates_stay() {
    let server = Server::start().await;
    let mut request = get(&server.url("/"));
    request
        .headers
        .append("X-Bytes", b"caf\xe9 \xff\ta".to_vec());
    request.headers.append("X-Odd", b"\x01 \x7f".to_vec());
    request.headers.append("X-Empty", "");
    request.headers.append("X-Twice", "1");
    request.headers.append("X-Twice", "2");
    let heard = heard_of(&network(), &server, &request).await;
    let expected = b"\r\nX-Bytes: caf\xe9 \xff\ta\r\nX-Odd: \x01 \x7f\r\nX-Empty: \r\nX-Twice: 1\r\nX-Twice: 2\r\n\r\n";
    assert!(heard.ends_with(expected), "{}", heard.escape_ascii());
}

#[tokio::test]
async fn bodies_keep_their_bytes() {
    let body: Vec<u8> = (0..=255).cycle().take(100_000).collect();
    let headers = [("Accept", "*/*"), ("Content-Length", "100000")];
    let heard = heard(&network(), "POST", &headers, &body).await;
    assert!(heard.ends_with(&body));
}

#[tokio::test]
async fn credentials_and_fragment_of_the_url_stay_here() {
    let server = Server::start().await;
    let url = format!("http://user:secret@{}/#part", server.address);
    let heard = heard_of(&network(), &server, &get(&url)).await;
    let expected = "GET / HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\nAccept: */*\r\n\r\n";
    assert_eq!(String::from_utf8_lossy(&heard), expected);
}

#[tokio::test]
async fn what_cannot_be_sent_is_told_and_not_sent() {
    for (method, headers, part) in [
        ("G T", &[][..], "`G T` is not a method"),
        ("GET", &[("a b", "1")], "`a b` is not a header name"),
        ("GET", &[("X-A", "a\r\nb: c")], "`X-A` holds a control"),
        (
            "GET",
            &[("X-A", "\u{1}"), ("B", "\0")],
            "`B` holds a control",
        ),
        ("G T", &[("X-A", "\u{1}")], "`G T` is not a method"),
        ("GET", &[("a b", "\u{1}")], "`a b` is not a header name"),
    ] {
        let request = request(method, "http://127.0.0.1:9/", headers, b"");
        let failure = send(&network(), &request).await.unwrap_err();
        assert_eq!(failure.kind, FailureKind::Other);
        assert!(failure.detail.contains(part), "{}", failure.detail);
    }
    for url in ["data:,x", "ftp://127.0.0.1/"] {
        let failure = send(&network(), &get(url)).await.unwrap_err();
        assert_eq!(failure.detail, "this is not a URL of http or https");
    }
}

#[tokio::test]
async fn what_is_left_of_a_body_leaves_while_the_reply_comes_in() {
    let server = Server::start().await;
    let network = network();
    // More than the sockets on both sides take in unread.
    let body = vec![b'x'; 24 * 1024 * 1024];
    let length = body.len().to_string();
    let request = request(
        "POST",
        &server.url("/"),
        &[("Content-Length", &length)],
        &body,
    );
    let (answer, heard) = tokio::join!(send(&network, &request), async {
        let mut peer = server.accept().await;
        peer.say(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nab")
            .await;
        let heard = peer.request().await;
        peer.say(b"cd").await;
        heard.len()
    });
    assert_eq!(answer.unwrap().body.bytes, &b"abcd"[..]);
    assert!(heard > body.len());
}
