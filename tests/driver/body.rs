//! Bodies: bounded, decoded for display, kept when they break off.

use std::io::Write;
use std::time::{Duration, Instant};

use corscope::driver::{Network, NetworkOptions, Progress};
use corscope::wire::{Body, Reply};
use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};
use tokio::sync::mpsc;

use crate::server::{Server, get, ignore, network, report, send};

fn limited(body_limit: usize, decoded_limit: usize) -> Network {
    let options = NetworkOptions {
        body_limit,
        decoded_limit,
        ..NetworkOptions::default()
    };
    Network::new(options).unwrap()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn zlib(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn bare_deflate(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// "hello, hello, hello, hello\n", by the `brotli` and `zstd` programs.
const BROTLI: &[u8] = b"\x1b\x1a\x00\xf8\x8d\x94\x6e\xde\x44\x09\x52\x86\xd6\x0a\x2c\x6c\x6f\x4a\x91\x79\x22\x81\xbb\x5a\x00";
const ZSTD: &[u8] = b"\x28\xb5\x2f\xfd\x04\x58\x75\x00\x00\x40\x68\x65\x6c\x6c\x6f\x2c\x20\x0a\x01\x00\x4a\x8a\x11\xf0\x97\x7b\x2a";
const HELLO: &[u8] = b"hello, hello, hello, hello\n";

fn coded(coding: &str, body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Encoding: {coding}\r\nContent-Length: {length}\r\n\r\n"
    );
    [head.as_bytes(), body].concat()
}

async fn with(network: &Network, bytes: &[u8]) -> Reply {
    let server = Server::start().await;
    let request = get(&server.url("/"));
    let (answer, _) = tokio::join!(send(network, &request), server.once(bytes));
    answer.unwrap()
}

#[tokio::test]
async fn codings_are_undone_for_display() {
    let twice = gzip(&zlib(HELLO));
    for (coding, body) in [
        ("gzip", gzip(HELLO)),
        ("X-GZIP", gzip(HELLO)),
        ("deflate", zlib(HELLO)),
        ("deflate", bare_deflate(HELLO)),
        ("br", BROTLI.to_vec()),
        ("zstd", ZSTD.to_vec()),
        ("deflate, gzip", twice.clone()),
        ("deflate\r\nContent-Encoding: gzip", twice),
        ("identity, gzip", gzip(HELLO)),
        ("gzip", [gzip(HELLO), b"more".to_vec()].concat()),
    ] {
        let reply = report(&coded(coding, &body)).await.unwrap();
        let expected = Body {
            bytes: body.into(),
            decoded: Some(HELLO.to_vec().into()),
            ..Body::default()
        };
        assert_eq!(reply.body, expected, "{coding}");
    }
}

#[tokio::test]
async fn what_has_no_coding_is_left_alone() {
    for coding in ["identity", "", "none", "utf-8", "compress"] {
        let reply = report(&coded(coding, b"hi")).await.unwrap();
        assert_eq!(reply.body, Body::plain("hi"), "{coding}");
    }
}

/// As browsers do (measured): what came counts.
#[tokio::test]
async fn gzip_may_end_early_and_have_another_checksum() {
    let whole = gzip(HELLO);
    let mut summed = whole.clone();
    let at = summed.len() - 8;
    summed[at] ^= 1;
    for (desc, body, expected) in [
        ("in its head", &whole[..4], &b""[..]),
        ("in its end", &whole[..whole.len() - 3], HELLO),
        ("another checksum", &summed, HELLO),
        ("more behind it", &[&whole[..], b"x"].concat(), HELLO),
    ] {
        let reply = report(&coded("gzip", body)).await.unwrap();
        assert_eq!(reply.body.error, None, "{desc}");
        assert_eq!(reply.body.decoded.as_deref(), Some(expected), "{desc}");
    }
}

#[tokio::test]
async fn what_cannot_be_decoded_says_so() {
    let mut broken = gzip(HELLO);
    broken[0] = b'x';
    for (coding, body, part) in [
        ("gzip", &b"plain text"[..], "broken"),
        ("gzip", b"hi", "too early"),
        ("gzip", &broken, "broken"),
        ("deflate", b"\xff\xff\xff", "broken"),
        ("br", b"plain text, not brotli", "broken"),
        ("zstd", b"plain text", "broken"),
        (
            "gzip, gzip, gzip, gzip, gzip, gzip",
            b"x",
            "6 content codings",
        ),
    ] {
        let reply = report(&coded(coding, body)).await.unwrap();
        assert_eq!(reply.body.decoded, None, "{coding}");
        assert_eq!(reply.body.bytes, body);
        let error = reply.body.error.unwrap();
        assert!(error.contains(part), "{coding}: {error}");
    }
}

#[tokio::test]
async fn a_zstd_window_is_as_large_as_in_browsers_and_no_larger() {
    // Magic number, no flags, window, and "hi" in one raw block.
    let frame = |window: u8| [b"\x28\xb5\x2f\xfd\0", &[window][..], b"\x11\0\0hi"].concat();
    let eight_mebibytes = report(&coded("zstd", &frame(0x68))).await.unwrap();
    assert_eq!(eight_mebibytes.body.decoded.as_deref(), Some(&b"hi"[..]));
    let sixteen_mebibytes = report(&coded("zstd", &frame(0x70))).await.unwrap();
    assert_eq!(sixteen_mebibytes.body.decoded, None);
    assert!(sixteen_mebibytes.body.error.is_some());
}

#[tokio::test]
async fn a_small_body_that_unpacks_to_a_huge_one_stops_at_the_bound() {
    let bomb = gzip(&gzip(&vec![0; 50_000_000]));
    for (coding, decoded_limit) in [("gzip, gzip", 1000), ("gzip", 100)] {
        let reply = with(&limited(1 << 20, decoded_limit), &coded(coding, &bomb)).await;
        assert_eq!(reply.body.decoded.unwrap().len(), decoded_limit);
        assert!(reply.body.truncated);
        assert_eq!(reply.body.error, None);
    }
    // Endless empty blocks: the inner stage eats without giving.
    let mut empty_blocks = b"\x00\x00\x00\xff\xff".repeat(1_000_000);
    empty_blocks.extend_from_slice(b"\x01\x02\x00\xfd\xffhi");
    let empty_blocks = gzip(&empty_blocks);
    let reply = with(
        &limited(1 << 20, 1000),
        &coded("deflate, gzip", &empty_blocks),
    )
    .await;
    assert_eq!(reply.body.decoded, None);
    assert!(reply.body.error.unwrap().contains("too early"));
}

#[tokio::test]
async fn a_coded_body_that_is_cut_is_decoded_as_far_as_it_goes() {
    let noise: Vec<u8> = (0..20_000_u32)
        .flat_map(|n| (n * n).to_le_bytes())
        .collect();
    let body = gzip(&noise);
    assert!(body.len() > 2000);
    let reply = with(&limited(1500, 1 << 20), &coded("gzip", &body)).await;
    assert_eq!(reply.body.bytes, body[..1500]);
    assert!(reply.body.truncated);
    assert_eq!(reply.body.error, None);
    let decoded = reply.body.decoded.unwrap();
    assert!(decoded.len() > 500 && noise.starts_with(&decoded));
}

#[tokio::test]
async fn a_body_is_read_up_to_the_limit_and_no_further() {
    for (length, truncated) in [(9, false), (10, false), (11, true), (100_000, true)] {
        let mut bytes = format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n").into_bytes();
        bytes.resize(bytes.len() + length, b'x');
        let reply = with(&limited(10, 10), &bytes).await;
        assert_eq!(reply.body.bytes.len(), length.min(10), "{length}");
        assert_eq!(reply.body.truncated, truncated, "{length}");
    }
}

#[tokio::test]
async fn a_body_known_to_be_larger_is_not_waited_for_at_the_limit() {
    let server = Server::start().await;
    let (network, request) = (limited(10, 10), get(&server.url("/")));
    let (answer, _open) = tokio::join!(send(&network, &request), async {
        let mut peer = server.accept().await;
        peer.request().await;
        peer.say(b"HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n0123456789")
            .await;
        peer
    });
    assert!(answer.unwrap().body.truncated);
}

#[tokio::test]
async fn a_huge_body_is_stopped_and_its_connection_closed() {
    for head in [
        "HTTP/1.1 200 OK\r\nContent-Length: 1099511627776\r\n\r\n",
        "HTTP/1.1 200 OK\r\n\r\n",
    ] {
        let server = Server::start().await;
        let (network, request) = (limited(100_000, 10), get(&server.url("/")));
        let (answer, said) = tokio::join!(send(&network, &request), async {
            let mut peer = server.accept().await;
            peer.request().await;
            peer.say(head.as_bytes()).await;
            peer.say_until_closed(&[b'x'; 4096]).await
        });
        let body = answer.unwrap().body;
        assert_eq!((body.bytes.len(), body.truncated), (100_000, true));
        // What the buffers of both ends hold, not the terabyte.
        assert!(said < 50_000_000, "{said}");
    }
}

#[tokio::test]
async fn a_body_that_breaks_off_keeps_the_reply() {
    for (bytes, part) in [
        (
            &b"HTTP/1.1 200 OK\r\nA: 1\r\nContent-Length: 9\r\n\r\nhel"[..],
            "closed",
        ),
        (
            b"HTTP/1.1 200 OK\r\nA: 1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n",
            "closed",
        ),
        (
            b"HTTP/1.1 200 OK\r\nA: 1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\nzz\r\n",
            "broken",
        ),
    ] {
        let reply = report(bytes).await.unwrap();
        assert_eq!(reply.headers.get_text("a").as_deref(), Some("1"));
        assert_eq!(reply.body.bytes, &b"hel"[..]);
        assert!(!reply.body.truncated);
        let error = reply.body.error.unwrap();
        assert!(error.contains(part), "{error}");
    }
}

#[tokio::test]
async fn a_reset_in_the_body_keeps_the_reply() {
    let server = Server::start().await;
    let (network, request) = (network(), get(&server.url("/")));
    let (received, mut receiving) = mpsc::unbounded_channel();
    let progress = move |progress| {
        if let Progress::Receiving { bytes } = progress {
            received.send(bytes).unwrap();
        }
    };
    let (answer, ()) = tokio::join!(network.send(&request, None, &progress), async {
        let mut peer = server.accept().await;
        peer.request().await;
        peer.say(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhel")
            .await;
        assert_eq!(receiving.recv().await, Some(3));
        peer.reset();
    });
    let body = answer.unwrap().body;
    assert_eq!(body.bytes, &b"hel"[..]);
    assert!(body.error.unwrap().contains("reset"));
}

#[tokio::test]
async fn the_deadline_in_the_body_keeps_what_came() {
    let server = Server::start().await;
    let (network, request) = (network(), get(&server.url("/")));
    let deadline = Instant::now() + Duration::from_millis(500);
    let (answer, _open) = tokio::join!(network.send(&request, Some(deadline), &ignore), async {
        let mut peer = server.accept().await;
        peer.request().await;
        peer.say(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhel")
            .await;
        peer
    });
    let reply = answer.unwrap();
    assert_eq!((reply.status, &reply.body.bytes[..]), (200, &b"hel"[..]));
    assert!(reply.body.error.unwrap().contains("time limit"));
    assert!(reply.timing.total.unwrap() >= reply.timing.first_byte.unwrap());
}
