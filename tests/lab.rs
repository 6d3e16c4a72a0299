//! The lab server over raw sockets: what is scripted is what arrives, and nothing outlives it.

use std::io;

use corscope::assets;
use corscope::lab::{BODY_LIMIT, HEAD_LIMIT, Lab, ScriptedReply, ServerRule};
use corscope::wire::latin1_bytes;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

/// A script that answers every request for `/x` with `ok`.
const OK: &str =
    r#"[{"host":"api.test","path":"/x","method":"*","replies":[{"status":200,"body":"ok"}]}]"#;

/// A client that sends bytes and reads whole replies.
struct Client(BufReader<TcpStream>);

impl Client {
    async fn connect(lab: &Lab) -> Self {
        let stream = TcpStream::connect(lab.address()).await;
        Self(BufReader::new(stream.expect("the lab accepts")))
    }

    async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        let sent = self.0.get_mut().write_all(bytes.as_ref()).await;
        sent.expect("the lab reads");
    }

    /// The next reply: its head as it came, and its body by `Content-Length`.
    async fn reply(&mut self) -> (Vec<u8>, Vec<u8>) {
        let head = self.head().await;
        let mut body = vec![0; content_length(&head)];
        self.0.read_exact(&mut body).await.expect("a whole body");
        (head, body)
    }

    async fn head(&mut self) -> Vec<u8> {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let read = self.0.read_until(b'\n', &mut head).await;
            assert_ne!(read.expect("the lab answers"), 0, "the lab closed");
        }
        head
    }

    /// Everything up to the end of the connection.
    async fn rest(&mut self) -> io::Result<Vec<u8>> {
        let mut rest = Vec::new();
        self.0.read_to_end(&mut rest).await.map(|_| rest)
    }
}

fn content_length(head: &[u8]) -> usize {
    let head = String::from_utf8_lossy(head);
    let mut lines = head.lines();
    let length = lines.find_map(|line| line.strip_prefix("Content-Length: "));
    length.map_or(0, |length| length.parse().expect("a number"))
}

fn get(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: api.test\r\n\r\n")
}

async fn playing(json: &str) -> Lab {
    let lab = Lab::start().await.expect("a port on loopback");
    let rules: Vec<ServerRule> = serde_json::from_str(json).expect("rules");
    lab.play(rules);
    lab
}

#[tokio::test]
async fn sends_every_byte_as_scripted() {
    let lab = playing(
        r#"[{"host":"api.test","path":"/x?q=1","method":"GET","replies":[{"status":299,"reason":"Odd Ã©",
        "headers":[["Access-Control-Allow-Origin","http://a.test"],["access-control-allow-origin"," *\t"],
        ["X-Space ","a"],["X-Empty",""],["X-Bytes","\u00a0\u00ff\u0001"],["X-Folded","a\r\n b"]],
        "bodyBase64":"AP8="}]}]"#,
    )
    .await;
    let mut client = Client::connect(&lab).await;
    client.send(get("/x?q=1")).await;
    let (head, body) = client.reply().await;
    let expected = "HTTP/1.1 299 Odd Ã©\r\n\
        Access-Control-Allow-Origin: http://a.test\r\naccess-control-allow-origin:  *\t\r\n\
        X-Space : a\r\nX-Empty: \r\nX-Bytes: \u{a0}\u{ff}\u{1}\r\nX-Folded: a\r\n b\r\n\
        Content-Length: 2\r\n\r\n";
    assert_eq!(head, latin1_bytes(expected).unwrap());
    assert_eq!(body, [0, 255]);
}

#[tokio::test]
async fn gives_replies_in_turn_and_repeats_the_last() {
    let lab = playing(
        r#"[{"host":"api.test","path":"/x","method":"*","replies":[
        {"status":200,"body":"first"},{"status":200,"body":"second"}]}]"#,
    )
    .await;
    let mut client = Client::connect(&lab).await;
    for expected in ["first", "second", "second"] {
        client.send(get("/x")).await;
        assert_eq!(client.reply().await.1, expected.as_bytes());
    }
}

#[tokio::test]
async fn the_first_rule_that_fits_answers_and_404_without_one() {
    let lab = playing(
        r#"[{"host":"api.test","path":"/x","method":"OPTIONS","replies":[{"status":204}]},
        {"host":"API.test:80","path":"/x","method":"*","replies":[{"status":200,"body":"any"}]}]"#,
    )
    .await;
    let mut client = Client::connect(&lab).await;
    client
        .send("OPTIONS /x HTTP/1.1\r\nHost: api.test\r\n\r\n")
        .await;
    assert_eq!(client.reply().await.0, b"HTTP/1.1 204 \r\n\r\n");
    client.send(get("/x")).await;
    assert_eq!(client.reply().await.1, b"any");
    client.send(get("/y")).await;
    let (head, body) = client.reply().await;
    assert_eq!(
        head,
        b"HTTP/1.1 404 Not Found\r\nContent-Type: text/plain\r\nContent-Length: 10\r\n\r\n"
    );
    assert_eq!(body, b"unscripted");
    client
        .send("GET http://api.test/x HTTP/1.1\r\nHost: proxy.test\r\n\r\n")
        .await;
    assert_eq!(client.reply().await.1, b"any", "as a proxy is asked");
}

#[tokio::test]
async fn closes_without_a_byte_where_scripted() {
    let lab =
        playing(r#"[{"host":"api.test","path":"/x","method":"*","replies":[{"close":true}]}]"#)
            .await;
    let mut client = Client::connect(&lab).await;
    client.send(get("/x")).await;
    assert_eq!(client.rest().await.unwrap(), b"");
    assert_eq!(lab.received().len(), 1);
}

#[tokio::test]
async fn a_script_with_its_own_framing_is_sent_as_it_stands() {
    let lab = playing(
        r#"[{"host":"api.test","path":"/cut","method":"*","replies":[
        {"status":200,"reason":"OK","headers":[["Content-Length","10"]],"body":"half"}]},
        {"host":"api.test","path":"/chunked","method":"*","replies":[
        {"status":200,"reason":"OK","headers":[["Transfer-Encoding","chunked"]],"body":"1\r\na\r\n0\r\n\r\n"}]},
        {"host":"api.test","path":"/last","method":"*","replies":[
        {"status":200,"reason":"OK","headers":[["connection","Close"]]}]}]"#,
    )
    .await;
    let cases = [
        ("/cut", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf"),
        (
            "/chunked",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n",
        ),
        (
            "/last",
            "HTTP/1.1 200 OK\r\nconnection: Close\r\nContent-Length: 0\r\n\r\n",
        ),
    ];
    for (path, expected) in cases {
        let mut client = Client::connect(&lab).await;
        client.send(get(path)).await;
        assert_eq!(client.rest().await.unwrap(), expected.as_bytes(), "{path}");
    }
}

#[tokio::test]
async fn head_gets_the_head_only() {
    let lab = playing(
        r#"[{"host":"api.test","path":"/x","method":"*","replies":[{"status":200,"reason":"OK","body":"text"}]}]"#,
    )
    .await;
    let mut client = Client::connect(&lab).await;
    client
        .send("HEAD /x HTTP/1.1\r\nHost: api.test\r\n\r\n")
        .await;
    assert_eq!(
        client.head().await,
        b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n"
    );
    client.send(get("/x")).await;
    assert_eq!(client.reply().await.1, b"text", "on the same connection");
}

#[tokio::test]
async fn two_requests_share_a_connection_and_both_are_recorded() {
    let lab = playing(
        r#"[{"host":"api.test","path":"/x","method":"OPTIONS","replies":[{"status":204}]},
        {"host":"api.test","path":"/x","method":"*","replies":[{"status":200,"body":"done"}]}]"#,
    )
    .await;
    let mut client = Client::connect(&lab).await;
    client
        .send("OPTIONS /x HTTP/1.1\r\nHost: api.test\r\nOrigin: null\r\n\r\n")
        .await;
    client.reply().await;
    client
        .send(
            "patch /x HTTP/1.1\r\nhost: api.test\r\nX-A:  1 \r\nX-a: 2\r\nContent-Length: 3\r\n\r\nabc",
        )
        .await;
    assert_eq!(client.reply().await.1, b"done");
    let received = lab.received();
    let methods: Vec<_> = received.iter().map(|one| one.method.as_str()).collect();
    assert_eq!(methods, ["OPTIONS", "patch"]);
    assert_eq!(
        (&*received[1].target, &*received[1].host),
        ("/x", "api.test")
    );
    let expected = [
        ("host", "api.test"),
        ("X-A", "1"),
        ("X-a", "2"),
        ("Content-Length", "3"),
    ];
    assert_eq!(received[1].headers, expected.into_iter().collect());
    assert_eq!(received[1].body, b"abc");
    lab.play(Vec::new());
    assert_eq!(lab.received(), []);
    client.send(get("/x")).await;
    assert_eq!(
        client.reply().await.1,
        b"unscripted",
        "the open connection plays the new script"
    );
}

#[tokio::test]
async fn reads_chunked_bodies() {
    let lab = playing(OK).await;
    let mut client = Client::connect(&lab).await;
    client
        .send("POST /x HTTP/1.1\r\nHost: api.test\r\nTransfer-Encoding: chunked\r\n\r\n")
        .await;
    client
        .send("3\r\nabc\r\nA;ext=1\r\n0123456789\r\n0\r\nX-Trailer: 1\r\n\r\n")
        .await;
    assert_eq!(client.reply().await.1, b"ok");
    assert_eq!(lab.received()[0].body, b"abc0123456789");
    client.send(get("/x")).await;
    assert_eq!(client.reply().await.1, b"ok", "the body ended where it did");
}

#[tokio::test]
async fn tells_a_client_that_waits_to_go_on() {
    let lab = playing(OK).await;
    let mut client = Client::connect(&lab).await;
    client
        .send("POST /x HTTP/1.1\r\nHost: api.test\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n")
        .await;
    assert_eq!(client.head().await, b"HTTP/1.1 100 Continue\r\n\r\n");
    client.send("a").await;
    assert_eq!(client.reply().await.1, b"ok");
}

#[tokio::test]
async fn requests_that_are_too_large_or_malformed_are_refused_and_closed() {
    let lab =
        playing(r#"[{"host":"api.test","path":"/x","method":"*","replies":[{"status":200}]}]"#)
            .await;
    let post = "POST /x HTTP/1.1\r\nHost: api.test\r\n";
    let cases = [
        (
            "an oversize head",
            format!("{post}X-A: {}\r\n\r\n", "a".repeat(HEAD_LIMIT)),
            "431",
        ),
        (
            "an endless head",
            format!("{post}{}", "X-A: 1\r\n".repeat(HEAD_LIMIT)),
            "431",
        ),
        (
            "an oversize body",
            format!("{post}Content-Length: {}\r\n\r\n", BODY_LIMIT + 1),
            "413",
        ),
        (
            "a length beyond numbers",
            format!("{post}Content-Length: 99999999999999999999\r\n\r\n"),
            "413",
        ),
        (
            "an oversize chunk",
            format!("{post}Transfer-Encoding: chunked\r\n\r\n{BODY_LIMIT:x}0\r\n"),
            "413",
        ),
        (
            "two lengths",
            format!("{post}Content-Length: 1\r\nContent-Length: 2\r\n\r\n"),
            "400",
        ),
        (
            "a chunk without a size",
            format!("{post}Transfer-Encoding: chunked\r\n\r\nx\r\n"),
            "400",
        ),
        (
            "another coding",
            format!("{post}Transfer-Encoding: gzip\r\n\r\n"),
            "501",
        ),
        ("no protocol", "GET /x\r\n\r\n".to_owned(), "400"),
        ("a blank in a name", format!("{post}X A: 1\r\n\r\n"), "400"),
    ];
    for (desc, bytes, status) in cases {
        let mut client = Client::connect(&lab).await;
        client.send(bytes).await;
        let head = client.head().await;
        let expected = format!("HTTP/1.1 {status} ");
        assert!(head.starts_with(expected.as_bytes()), "{desc}: {head:?}");
        client.0.get_mut().shutdown().await.expect("an open socket");
        assert_eq!(client.rest().await.unwrap(), b"", "{desc}");
    }
    assert_eq!(lab.received(), [], "nothing of it was recorded");
}

#[tokio::test]
async fn ends_the_connection_where_the_client_asks() {
    let lab = playing(
        r#"[{"host":"api.test","path":"/x","method":"*","replies":[{"status":200,"reason":"OK"}]}]"#,
    )
    .await;
    for request in [
        "GET /x HTTP/1.1\r\nHost: api.test\r\nConnection: Close\r\n\r\n",
        "GET /x HTTP/1.0\r\nHost: api.test\r\n\r\n",
    ] {
        let mut client = Client::connect(&lab).await;
        client.send(request).await;
        let reply = client.rest().await.unwrap();
        assert_eq!(reply, b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    }
}

#[tokio::test]
async fn dropping_it_closes_the_port_and_its_connections() {
    let lab = playing("[]").await;
    let address = lab.address();
    let mut client = Client::connect(&lab).await;
    client.send(get("/x")).await;
    client.reply().await;
    drop(lab);
    // The end of the connection is the sign that the server has ended: it may come as a reset.
    assert!(!client.rest().await.is_ok_and(|rest| !rest.is_empty()));
    let error = TcpStream::connect(address).await.unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::ConnectionRefused);
}

#[tokio::test]
async fn serves_fifty_connections_at_once() {
    let lab = playing(OK).await;
    let mut clients = Vec::new();
    for _ in 0..50 {
        clients.push(Client::connect(&lab).await);
    }
    for client in &mut clients {
        client.send("GET /x HTTP/1.1\r\nHost: ").await;
    }
    for client in clients.iter_mut().rev() {
        client.send("api.test\r\n\r\n").await;
        assert_eq!(client.reply().await.1, b"ok");
    }
    assert_eq!(lab.received().len(), 50);
}

#[tokio::test]
async fn every_rule_of_every_lesson_answers() {
    let lab = Lab::start().await.expect("a port on loopback");
    for lesson in assets::lessons() {
        for server in &lesson.servers {
            lab.play(server.rules.clone());
            for rule in &server.rules {
                let method = if rule.method == "*" {
                    "GET"
                } else {
                    &rule.method
                };
                let mut client = Client::connect(&lab).await;
                let (path, host) = (&rule.path, &rule.host);
                client
                    .send(format!("{method} {path} HTTP/1.1\r\nHost: {host}\r\n\r\n"))
                    .await;
                let (head, _) = client.reply().await;
                let ScriptedReply::Answer(answer) = &rule.replies[0] else {
                    panic!("{}: lessons answer", lesson.id)
                };
                let expected = format!("HTTP/1.1 {} ", answer.status);
                assert!(head.starts_with(expected.as_bytes()), "{}", lesson.id);
            }
        }
    }
}
