//! Requests that hyper would refuse, on their own way to the server.

use std::time::{Duration, Instant};

use corscope::wire::{Answer, FailureKind, HttpRequest, HttpVersion};

use crate::server::{Server, get, ignore, lines, network, request, send};

/// Sends a value with control characters; what the server heard, and what it said.
async fn play(method: &str, body: &[u8], reply: &[u8]) -> (String, Answer) {
    let server = Server::start().await;
    let mut sent = request(method, &server.url("/a?b"), &[("accept", "*/*")], body);
    sent.headers.append("X-Odd", b"\x01 \x7f\xe9".to_vec());
    let network = network();
    let (answer, heard) = tokio::join!(send(&network, &sent), server.once(reply));
    let port = server.address.port().to_string();
    let heard = heard.iter().map(|byte| char::from(*byte));
    (heard.collect::<String>().replace(&port, "PORT"), answer)
}

#[tokio::test]
async fn a_value_with_control_characters_leaves_as_it_is() {
    let reply = b"HTTP/1.1 201 Made\r\nContent-Length: 4\r\nX-Back: \x02\r\n\r\nbody";
    let (heard, answer) = play("GET", b"", reply).await;
    let expected = "GET /a?b HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\naccept: */*\r\n\
                    X-Odd: \x01 \x7f\u{e9}\r\n\r\n";
    assert_eq!(heard, expected);
    let reply = answer.unwrap();
    assert_eq!((reply.status, reply.version), (201, HttpVersion::Http11));
    assert_eq!(reply.reason, b"Made");
    assert_eq!(reply.body.bytes, "body");
    assert_eq!(lines(&reply)[1], ("x-back".into(), "\x02".into()));
    assert!(reply.timing.first_byte.is_some() && reply.peer.is_some());
}

#[tokio::test]
async fn bodies_come_by_length_in_chunks_and_to_the_end() {
    let chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\
                    3;x=y\r\nabc\r\nA\r\n0123456789\r\n0\r\nT: x\r\n\r\n";
    let early =
        b"HTTP/1.1 103 Early\r\nLink: x\r\n\r\nHTTP/1.1 204 No\r\nContent-Length: 4\r\n\r\n";
    for (reply, body, error) in [
        (&chunked[..], "abc0123456789", false),
        (b"HTTP/1.0 200 OK\n\nto the end", "to the end", false),
        (b"HTTP/1.0 200 OK\nA: b", "", false),
        (early, "", false),
        (
            b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort",
            "short",
            true,
        ),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
            "",
            true,
        ),
    ] {
        let (heard, answer) = play("POST", b"{}", reply).await;
        assert!(heard.ends_with("Content-Length: 2\r\n\r\n{}"), "{heard}");
        let reply = answer.unwrap();
        assert_eq!(reply.body.bytes, body);
        assert_eq!(reply.body.error.is_some(), error, "{:?}", reply.body.error);
    }
}

#[tokio::test]
async fn what_is_no_reply_is_a_failure() {
    for reply in [
        &b""[..],
        b"HTTP/1.1 200 OK\r\nA: \0\r\n\r\n",
        b"SSH-2.0\r\n\r\n",
    ] {
        let failure = play("GET", b"", reply).await.1.unwrap_err();
        assert_eq!(failure.kind, FailureKind::EmptyResponse, "{reply:?}");
    }
}

fn odd(url: &str) -> HttpRequest {
    let mut request = get(url);
    request.headers.append("x-odd", b"\x01".to_vec());
    request
}

#[tokio::test]
async fn nobody_there_and_nobody_answering() {
    let server = Server::start().await;
    let url = server.url("/");
    let soon = Some(Instant::now() + Duration::from_millis(50));
    let network = network();
    let failure = network.send(&odd(&url), soon, &ignore).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Timeout);
    drop(server);
    let failure = send(&network, &odd(&url)).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Refused);
    assert!(failure.detail.contains("127.0.0.1:"), "{}", failure.detail);
}
