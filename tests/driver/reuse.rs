//! Connections: kept for the next request, and replaced when the server has closed them.

use corscope::wire::FailureKind;

use crate::server::{Server, get, network, request, send};

const OK: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi";

#[tokio::test]
async fn preflight_and_actual_request_share_a_connection() {
    let server = Server::start().await;
    let network = network();
    let preflight = request("OPTIONS", &server.url("/"), &[("Accept", "*/*")], b"");
    let actual = request("PUT", &server.url("/"), &[("Accept", "*/*")], b"");
    let (first, mut peer) = tokio::join!(send(&network, &preflight), async {
        let mut peer = server.accept().await;
        assert!(peer.request().await.starts_with(b"OPTIONS "));
        peer.say(OK).await;
        peer
    });
    let (second, ()) = tokio::join!(send(&network, &actual), async {
        assert!(peer.request().await.starts_with(b"PUT "));
        peer.say(OK).await;
    });
    let (first, second) = (first.unwrap(), second.unwrap());
    assert!(first.timing.connect.is_some());
    assert_eq!(
        (second.timing.connect, second.timing.name_lookup),
        (None, None)
    );
    assert_eq!(first.peer, second.peer);
}

#[tokio::test]
async fn clones_share_connections() {
    let server = Server::start().await;
    let network = network();
    let request = get(&server.url("/"));
    let (_, mut peer) = tokio::join!(send(&network, &request), async {
        let mut peer = server.accept().await;
        peer.request().await;
        peer.say(OK).await;
        peer
    });
    let clone = network.clone();
    let (answer, ()) = tokio::join!(send(&clone, &request), async {
        peer.request().await;
        peer.say(OK).await;
    });
    assert_eq!(answer.unwrap().status, 200);
}

#[tokio::test]
async fn a_connection_that_was_the_wrong_one_is_not_used_again() {
    let server = Server::start().await;
    let network = network();
    let request = get(&server.url("/"));
    let misdirected = b"HTTP/1.1 421 Misdirected Request\r\nContent-Length: 0\r\n\r\n";
    let (_, _wrong) = tokio::join!(send(&network, &request), async {
        let mut peer = server.accept().await;
        peer.request().await;
        peer.say(misdirected).await;
        peer
    });
    let (answer, _) = tokio::join!(send(&network, &request), server.once(OK));
    assert!(answer.unwrap().timing.connect.is_some());
}

#[tokio::test]
async fn a_connection_is_not_used_again_where_a_body_may_follow_that_must_not() {
    for head in [
        &b"HTTP/1.1 204 No Content\r\nContent-Length: 11\r\n\r\n"[..],
        b"HTTP/1.1 304 Not Modified\r\nTransfer-Encoding: chunked\r\n\r\n",
    ] {
        let server = Server::start().await;
        let (network, request) = (network(), get(&server.url("/")));
        let (_, _kept) = tokio::join!(send(&network, &request), async {
            let mut peer = server.accept().await;
            peer.request().await;
            peer.say(head).await;
            peer
        });
        let (answer, _) = tokio::join!(send(&network, &request), server.once(OK));
        assert!(answer.unwrap().timing.connect.is_some());
    }
}

/// What the server does to a kept connection when the next request has arrived on it.
#[derive(Clone, Copy, Debug)]
enum End {
    Close,
    Reset,
}

#[tokio::test]
async fn a_kept_connection_that_dies_under_a_request_is_replaced() {
    for end in [End::Close, End::Reset] {
        let server = Server::start().await;
        let network = network();
        // Not idempotent: browsers send it again all the same.
        let headers = [("Accept", "*/*"), ("Content-Length", "4")];
        let request = request("POST", &server.url("/"), &headers, b"body");
        let (_, mut kept) = tokio::join!(send(&network, &request), async {
            let mut peer = server.accept().await;
            peer.request().await;
            peer.say(OK).await;
            peer
        });
        let (answer, heard) = tokio::join!(send(&network, &request), async {
            kept.request().await;
            match end {
                End::Close => drop(kept),
                End::Reset => kept.reset(),
            }
            server.once(OK).await
        });
        let reply = answer.unwrap();
        assert_eq!(reply.body.bytes, &b"hi"[..], "{end:?}");
        assert!(reply.timing.connect.is_some(), "{end:?}");
        assert!(heard.ends_with(b"\r\n\r\nbody"), "{end:?}");
    }
}

#[tokio::test]
async fn what_a_kept_connection_says_before_it_ends_is_its_answer() {
    let server = Server::start().await;
    let (network, request) = (network(), get(&server.url("/")));
    let (_, mut kept) = tokio::join!(send(&network, &request), async {
        let mut peer = server.accept().await;
        peer.request().await;
        peer.say(OK).await;
        peer
    });
    let (answer, ()) = tokio::join!(send(&network, &request), async {
        kept.request().await;
        kept.say(b"HTTP/1.1 503 Go").await;
        drop(kept);
    });
    assert_eq!(answer.unwrap().status, 503);
}

#[tokio::test]
async fn only_a_connection_that_the_server_keeps_is_used_again() {
    for reply in [
        &b"HTTP/1.1 200 OK\r\nConnection: x, Close\r\nContent-Length: 0\r\n\r\n"[..],
        b"HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 204 No Content\r\n\r\nmore than there should be",
    ] {
        let server = Server::start().await;
        let (network, request) = (network(), get(&server.url("/")));
        let (_, mut first) = tokio::join!(send(&network, &request), async {
            let mut peer = server.accept().await;
            peer.request().await;
            peer.say(reply).await;
            peer
        });
        assert!(first.closed().await, "{}", reply.escape_ascii());
        let (answer, _) = tokio::join!(send(&network, &request), server.once(OK));
        assert!(answer.unwrap().timing.connect.is_some());
    }
}

#[tokio::test]
async fn an_answer_before_the_request_has_left_is_heard() {
    let server = Server::start().await;
    let body = vec![b'x'; 64 << 20];
    let request = request(
        "POST",
        &server.url("/"),
        &[("Content-Length", "67108864")],
        &body,
    );
    let network = network();
    let (answer, _open) = tokio::join!(send(&network, &request), async {
        let mut peer = server.accept().await;
        peer.bytes(4).await;
        peer.say(b"HTTP/1.1 413 Too much\r\nContent-Length: 2\r\n\r\nno")
            .await;
        // Nothing more is read, so that the rest of the request never leaves.
        peer
    });
    assert_eq!(answer.unwrap().body.bytes, "no");
}

#[tokio::test]
async fn a_connection_closed_while_idle_is_not_used() {
    let server = Server::start().await;
    let (network, request) = (network(), get(&server.url("/")));
    for _ in 0..3 {
        let (answer, _) = tokio::join!(send(&network, &request), server.once(OK));
        assert_eq!(answer.unwrap().status, 200);
    }
}

#[tokio::test]
async fn a_fresh_connection_that_dies_is_a_failure() {
    let server = Server::start().await;
    let (network, request) = (network(), get(&server.url("/")));
    let (answer, _) = tokio::join!(send(&network, &request), server.once(b""));
    assert_eq!(answer.unwrap_err().kind, FailureKind::EmptyResponse);
}

#[tokio::test]
async fn an_answer_that_is_not_http_is_not_asked_for_again() {
    let server = Server::start().await;
    let (network, request) = (network(), get(&server.url("/")));
    let (_, mut kept) = tokio::join!(send(&network, &request), async {
        let mut peer = server.accept().await;
        peer.request().await;
        peer.say(OK).await;
        peer
    });
    let (answer, ()) = tokio::join!(send(&network, &request), async {
        kept.request().await;
        kept.say(b"nonsense\r\n\r\n").await;
    });
    let line = answer.unwrap().odd_status_line;
    assert_eq!(line.as_deref(), Some(&b"nonsense"[..]));
}

#[tokio::test]
async fn many_requests_at_once() {
    let server = Server::start().await;
    let network = network();
    let requests: Vec<_> = (0..50)
        .map(|n| get(&server.url(&format!("/{n}"))))
        .collect();
    let answers = futures_util::future::join_all(requests.iter().map(|one| send(&network, one)));
    let (answers, ()) = tokio::join!(answers, async {
        let mut peers = Vec::new();
        for _ in 0..50 {
            peers.push(server.accept().await);
        }
        // Answered in another order than asked.
        for peer in peers.iter_mut().rev() {
            let heard = peer.request().await;
            let target = String::from_utf8_lossy(&heard[4..]).into_owned();
            let target = target.split(' ').next().unwrap();
            let length = target.len();
            let reply = format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n{target}");
            peer.say(reply.as_bytes()).await;
        }
    });
    for (request, answer) in requests.iter().zip(answers) {
        assert_eq!(answer.unwrap().body.bytes, request.url.path().as_bytes());
    }
}
