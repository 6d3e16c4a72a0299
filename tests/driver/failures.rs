//! Failures: each of its kind, told in one line for people.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use corscope::driver::{DriverError, Network, NetworkOptions, Route};
use corscope::wire::{FailureKind, NetworkFailure};

use crate::server::{Server, get, ignore, network, report, routed, send};

async fn failure_of(network: &Network, url: &str) -> NetworkFailure {
    send(network, &get(url)).await.unwrap_err()
}

fn assert_failure(failure: &NetworkFailure, kind: FailureKind, part: &str) {
    assert_eq!(failure.kind, kind, "{}", failure.detail);
    let detail = &failure.detail;
    assert!(detail.contains(part), "{detail}");
    assert!(!detail.contains(char::is_control), "{detail:?}");
    assert!(
        !detail.contains("http://") && !detail.contains("Error"),
        "{detail}"
    );
}

/// A port of loopback at which nobody listens.
fn closed_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

#[tokio::test]
async fn refused() {
    let url = format!("http://127.0.0.1:{}/", closed_port());
    let failure = failure_of(&network(), &url).await;
    assert_failure(&failure, FailureKind::Refused, "refused");
    assert_eq!(failure.timing.name_lookup, None);
    assert_eq!(failure.timing.first_byte, None);
    assert!(failure.timing.total.is_some());
}

#[tokio::test]
async fn localhost_refused_by_both_families() {
    let url = format!("http://app.localhost:{}/", closed_port());
    let failure = failure_of(&network(), &url).await;
    assert_failure(&failure, FailureKind::Refused, "refused");
}

#[tokio::test]
async fn a_name_that_does_not_resolve() {
    // Too long for a label, so that the system's resolver refuses it without asking anybody.
    let label = "a".repeat(64);
    let connect_to = Route::parse_connect_to(&format!("api.test::{label}.test:")).unwrap();
    let failure = failure_of(&routed(vec![connect_to]), "http://api.test/").await;
    let part = format!("`{label}.test` does not resolve: ");
    assert_failure(&failure, FailureKind::Dns, &part);
    assert!(!failure.detail.contains("failed to lookup"));
    assert!(failure.timing.name_lookup.is_some());
    assert_eq!(failure.timing.connect, None);
}

#[tokio::test]
async fn closed_without_a_byte() {
    let failure = report(b"").await.unwrap_err();
    let part = "closed the connection without a reply";
    assert_failure(&failure, FailureKind::EmptyResponse, part);
    assert!(failure.timing.connect.is_some());
    assert!(failure.unanswered);
}

/// Which browsers read it is the engine's matter.
#[tokio::test]
async fn what_is_no_http_is_handed_over_as_a_body() {
    for (bytes, line) in [
        (&b"SSH-2.0-OpenSSH_9.6\r\n"[..], "SSH-2.0-OpenSSH_9.6"),
        (b"hello\r\n\r\n", "hello"),
        (b"junk\r\nHTTP/1.1 200 OK\r\n\r\n", "junk"),
    ] {
        let reply = report(bytes).await.unwrap();
        assert_eq!(reply.odd_status_line.as_deref(), Some(line.as_bytes()));
        assert!(reply.headers.is_empty());
        assert_eq!(reply.body.bytes, bytes);
    }
}

#[tokio::test]
async fn a_status_line_of_an_odd_form_is_kept() {
    for (line, odd) in [("HTTP/1.1 200 OK", false), ("ICY 200 OK", true)] {
        let bytes = format!("{line}\r\nContent-Length: 2\r\n\r\nhi");
        let reply = report(bytes.as_bytes()).await.unwrap();
        let kept = odd.then_some(line.as_bytes());
        assert_eq!(reply.odd_status_line.as_deref(), kept);
        assert_eq!((reply.status, &reply.body.bytes[..]), (200, &b"hi"[..]));
    }
}

#[tokio::test]
async fn lengths_that_contradict_each_other() {
    let bytes = b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab";
    let failure = report(bytes).await.unwrap_err();
    let part = "not valid HTTP: invalid";
    assert_failure(&failure, FailureKind::EmptyResponse, part);
    assert!(!failure.unanswered);
}

#[tokio::test]
async fn reset_before_the_head() {
    let server = Server::start().await;
    let (network, request) = (network(), get(&server.url("/")));
    let (answer, ()) = tokio::join!(send(&network, &request), async {
        let mut peer = server.accept().await;
        peer.request().await;
        peer.reset();
    });
    let failure = answer.unwrap_err();
    assert_failure(&failure, FailureKind::Reset, "reset");
    assert!(failure.unanswered);
}

#[tokio::test]
async fn the_deadline_before_the_head() {
    let server = Server::start().await;
    let (network, request) = (network(), get(&server.url("/")));
    let deadline = Some(Instant::now() + Duration::from_millis(300));
    let (answer, mut peer) = tokio::join!(network.send(&request, deadline, &ignore), async {
        let mut peer = server.accept().await;
        peer.request().await;
        peer
    });
    let failure = answer.unwrap_err();
    assert_failure(&failure, FailureKind::Timeout, "the server's answer");
    assert!(failure.timing.connect.is_some());
    assert!(failure.timing.total.unwrap() >= 300.0);
    assert!(peer.closed().await);
}

#[tokio::test]
async fn cancelling_closes_the_connection() {
    let server = Server::start().await;
    let (network, request) = (network(), get(&server.url("/")));
    let mut peer = tokio::select! {
        _ = send(&network, &request) => panic!("nobody answered"),
        peer = async {
            let mut peer = server.accept().await;
            peer.request().await;
            peer
        } => peer,
    };
    assert!(peer.closed().await);
}

#[test]
fn options_that_cannot_be_used() {
    let with = |change: fn(&mut NetworkOptions)| {
        let mut options = NetworkOptions::default();
        change(&mut options);
        Network::new(options).map(drop).unwrap_err()
    };
    let error = with(|options| options.ca_file = Some("no/such/file.pem".into()));
    assert!(matches!(error, DriverError::CaFile { .. }));
    assert!(error.to_string().contains("`no/such/file.pem`"), "{error}");
    let error = with(|options| options.ca_file = Some("Cargo.toml".into()));
    assert!(matches!(error, DriverError::NoCertificate { .. }));
    let error = with(|options| options.proxy = Some("ftp://proxy.test".into()));
    assert!(error.to_string().contains("`ftp://proxy.test`"), "{error}");
}

#[tokio::test]
async fn what_the_user_stops_fails_as_aborted_and_so_does_what_comes_after() {
    let server = Server::start().await;
    let (network, stop) = network().stoppable();
    let url = server.url("/");
    let answer = tokio::spawn({
        let (network, url) = (network.clone(), url.clone());
        async move { failure_of(&network, &url).await }
    });
    // The request has arrived, so it is under way.
    let mut peer = server.accept().await;
    peer.request().await;
    stop.now();
    let failure = answer.await.unwrap();
    assert_failure(&failure, FailureKind::Aborted, "stopped by the user");
    assert!(failure.timing.connect.is_some());
    let failure = failure_of(&network, &url).await;
    assert_failure(&failure, FailureKind::Aborted, "stopped by the user");
}
