//! What comes back: exactly the reply that was received.

use corscope::wire::{Body, FailureKind, HttpVersion, Reply};

use crate::server::{Server, get, lines, network, report, send};

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    let own = |&(name, value): &(&str, &str)| (name.to_owned(), value.to_owned());
    expected.iter().map(own).collect()
}

async fn reply(bytes: &[u8]) -> Reply {
    report(bytes).await.unwrap()
}

#[tokio::test]
async fn header_lines_are_reported_as_they_came() {
    let reply = reply(
        b"HTTP/1.1 200 OK\r\nAccess-Control-Allow-Origin: https://a.test\r\nX-Between: 1\r\n\
          access-control-allow-origin: *\r\nVary: \t Origin \t\r\nX-Empty:\r\n\
          X-Bytes: caf\xe9\xff\r\nX-Space : 1\r\nX-Folded: a,\r\n  b\r\n\tc\r\n\
          X-Control: \x01 \x7f\r\nX-Return: a\rb\r\r\nContent-Length: 0\r\n\r\n",
    )
    .await;
    let expected = [
        ("Access-Control-Allow-Origin", "https://a.test"),
        ("X-Between", "1"),
        ("access-control-allow-origin", "*"),
        ("Vary", "Origin"),
        ("X-Empty", ""),
        ("X-Bytes", "caf\u{e9}\u{ff}"),
        ("X-Space ", "1"),
        ("X-Folded", "a, b c"),
        ("X-Control", "\u{1} \u{7f}"),
        ("X-Return", "a\rb\r"),
        ("Content-Length", "0"),
    ];
    assert_eq!(lines(&reply), pairs(&expected));
}

#[tokio::test]
async fn a_line_that_is_no_header_does_not_spoil_the_rest() {
    let reply =
        reply(b"HTTP/1.1 200 OK\r\nno colon here\r\n(): x\r\nA: 1\r\nContent-Length: 0\r\n\r\n");
    let expected = [("A", "1"), ("Content-Length", "0")];
    assert_eq!(lines(&reply.await), pairs(&expected));
}

#[tokio::test]
async fn bare_line_feeds_end_lines() {
    let reply = reply(b"HTTP/1.1 200 OK\nA: 1\nContent-Length: 2\n\nhi").await;
    assert_eq!(lines(&reply), pairs(&[("A", "1"), ("Content-Length", "2")]));
    assert_eq!(reply.body, Body::plain("hi"));
}

#[tokio::test]
async fn a_nul_in_a_value_is_left_to_the_engine() {
    let reply = reply(b"HTTP/1.1 200 OK\r\nA: 1\x002\r\nContent-Length: 0\r\n\r\n").await;
    assert_eq!(reply.headers.get("a"), Some(b"1\x002".to_vec()));
    let failure = report(b"HTTP/1.1 200 O\0K\r\nContent-Length: 0\r\n\r\n").await;
    assert_eq!(failure.unwrap_err().kind, FailureKind::EmptyResponse);
}

#[tokio::test]
async fn a_head_that_ends_with_the_connection_counts() {
    let reply = reply(b"HTTP/1.1 200 OK\r\nA: 1\r\nB: 2").await;
    assert_eq!(lines(&reply), pairs(&[("A", "1"), ("B", "2")]));
    assert_eq!(reply.body, Body::default());
}

#[tokio::test]
async fn a_body_that_ends_as_nobody_announced() {
    for (head, body) in [
        // What is no length counts as none.
        ("Content-Length: 1x", "hello"),
        ("Content-Length: +1", "hello"),
        ("Content-Length: ", "hello"),
        ("Content-Length: 99999999999999999999", "hello"),
        ("Content-Length: 2, 2", "he"),
        ("Content-Length: 2\r\nContent-Length: 2", "he"),
        ("Transfer-Encoding: xchunked", "hello"),
        ("Transfer-Encoding: gzip\r\nContent-Length: 2", "he"),
    ] {
        let reply = reply(format!("HTTP/1.1 200 OK\r\n{head}\r\n\r\nhello").as_bytes()).await;
        assert_eq!(reply.body, Body::plain(body), "{head}");
    }
    for head in [
        "Content-Length: 99\r\nTransfer-Encoding: Chunked",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding: chunked, identity",
    ] {
        let bytes = format!("HTTP/1.1 200 OK\r\n{head}\r\n\r\n2 \nhe\n0\n\n");
        assert_eq!(
            reply(bytes.as_bytes()).await.body,
            Body::plain("he"),
            "{head}"
        );
    }
    for chunks in [
        "+2\r\nhe\r\n",
        "0x2\r\nhe\r\n",
        " 2\r\nhe\r\n",
        "2\r\nhe0\r\n\r\n",
        "2\r\nhe\r\n0\r\n",
    ] {
        let bytes = format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{chunks}");
        assert!(
            reply(bytes.as_bytes()).await.body.error.is_some(),
            "{chunks:?}"
        );
    }
}

#[tokio::test]
async fn many_and_long_header_lines() {
    let mut bytes = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n".to_vec();
    for index in 0..10_000 {
        let value = "v".repeat(10);
        bytes.extend_from_slice(format!("X-{index}: {value}\r\n").as_bytes());
    }
    bytes.extend_from_slice(b"\r\n");
    let reply = reply(&bytes).await;
    assert_eq!(reply.headers.len(), 10_001);
    assert_eq!(lines(&reply)[10_000].0, "X-9999");
}

#[tokio::test]
async fn status_lines() {
    for (line, status, reason, version) in [
        ("HTTP/1.1 200 OK", 200, "OK", HttpVersion::Http11),
        (
            "HTTP/1.1 200 Fine, thanks",
            200,
            "Fine, thanks",
            HttpVersion::Http11,
        ),
        ("HTTP/1.1 404", 404, "", HttpVersion::Http11),
        ("HTTP/1.1 404 ", 404, "", HttpVersion::Http11),
        ("HTTP/1.1 599 Odd", 599, "Odd", HttpVersion::Http11),
        ("HTTP/1.1 999 Odder", 999, "Odder", HttpVersion::Http11),
        (
            "HTTP/1.0 301 Moved Permanently",
            301,
            "Moved Permanently",
            HttpVersion::Http10,
        ),
    ] {
        let bytes = format!("{line}\r\nLocation: /b\r\nContent-Length: 0\r\n\r\n");
        let reply = reply(bytes.as_bytes()).await;
        assert_eq!(reply.status, status, "{line}");
        assert_eq!(reply.reason, reason.as_bytes(), "{line}");
        assert_eq!(reply.version, version, "{line}");
    }
}

#[tokio::test]
async fn informational_heads_are_passed_over() {
    let reply = reply(
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n\
          HTTP/1.1 200 OK\r\nA: 1\r\nContent-Length: 0\r\n\r\n",
    )
    .await;
    assert_eq!(reply.status, 200);
    assert_eq!(lines(&reply), pairs(&[("A", "1"), ("Content-Length", "0")]));
}

#[tokio::test]
async fn replies_without_a_body() {
    for (method, head) in [
        ("GET", "HTTP/1.1 204 No Content\r\n\r\n"),
        ("GET", "HTTP/1.1 205 Reset Content\r\n\r\n"),
        (
            "GET",
            "HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n",
        ),
        (
            "HEAD",
            "HTTP/1.1 200 OK\r\nContent-Length: 9\r\nContent-Encoding: gzip\r\n\r\n",
        ),
    ] {
        let server = Server::start().await;
        let request = crate::server::request(method, &server.url("/"), &[("Accept", "*/*")], b"");
        let network = network();
        let (answer, _open) = tokio::join!(send(&network, &request), async {
            let mut peer = server.accept().await;
            peer.request().await;
            peer.say(head.as_bytes()).await;
            // Kept open: whoever waited for a body would wait for ever.
            peer
        });
        assert_eq!(answer.unwrap().body, Body::default(), "{head}");
    }
}

#[tokio::test]
async fn the_ways_in_which_a_body_ends() {
    for bytes in [
        &b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"[..],
        b"HTTP/1.1 205 Reset Content\r\nContent-Length: 5\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3;x=y\r\nllo\r\n0\r\nT: 1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n\r\nhello",
        b"HTTP/1.0 200 OK\r\n\r\nhello",
    ] {
        let reply = reply(bytes).await;
        assert_eq!(reply.body, Body::plain("hello"), "{}", bytes.escape_ascii());
    }
}

#[tokio::test]
async fn redirects_cookies_and_challenges_are_only_reported() {
    for head in [
        "HTTP/1.1 302 Found\r\nLocation: /next\r\nSet-Cookie: a=1\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 307 Temporary Redirect\r\nLocation: http://[\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n",
    ] {
        let server = Server::start().await;
        let (network, request) = (network(), get(&server.url("/")));
        for _ in 0..2 {
            let (answer, heard) =
                tokio::join!(send(&network, &request), server.once(head.as_bytes()));
            let status = answer.unwrap().status.to_string();
            assert_eq!(status, head[9..12]);
            assert!(!String::from_utf8_lossy(&heard).contains("Cookie"));
        }
    }
}

#[tokio::test]
async fn the_peer_is_the_address_connected_to() {
    let server = Server::start().await;
    let (network, request) = (network(), get(&server.url("/")));
    let reply = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    let (answer, _) = tokio::join!(send(&network, &request), server.once(reply));
    assert_eq!(answer.unwrap().peer, Some(server.address));
}

#[tokio::test]
async fn a_head_with_no_end_is_a_failure() {
    let mut bytes = b"HTTP/1.1 200 OK\r\nA: ".to_vec();
    bytes.resize(1024 * 1024, b'a');
    let server = Server::start().await;
    let (network, request) = (network(), get(&server.url("/")));
    let (answer, ()) = tokio::join!(send(&network, &request), async {
        let mut peer = server.accept().await;
        peer.request().await;
        peer.say_until_closed(&bytes).await;
    });
    let failure = answer.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Other);
    assert!(failure.detail.contains("256 KiB"), "{}", failure.detail);
}

#[tokio::test]
async fn an_upgrade_nobody_asked_for_is_passed_over() {
    let upgrade = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n";
    let failure = report(upgrade).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::EmptyResponse);
    assert!(
        failure.detail.ends_with("interim reply (101)"),
        "{}",
        failure.detail
    );
    let reply = reply(&[&upgrade[..], b"HTTP/1.1 204 No\r\n\r\n"].concat()).await;
    assert_eq!(reply.status, 204);
}
