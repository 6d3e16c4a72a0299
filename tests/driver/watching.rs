//! What is told while it happens, and how long it took.

use std::sync::Mutex;

use corscope::driver::{Network, Progress, Route};

use crate::server::{Server, get, ignore, network, routed};

/// What is announced of an exchange.
async fn announced(network: Network, server: &Server, url: &str) -> Vec<Progress> {
    let seen = Mutex::new(Vec::new());
    let progress = |progress| seen.lock().unwrap().push(progress);
    let request = get(url);
    let (answer, ()) = tokio::join!(network.send(&request, None, &progress), async {
        let mut peer = server.accept().await;
        peer.request().await;
        peer.say(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n")
            .await;
        peer.say(b"hello").await;
    });
    let timing = answer.unwrap().timing;
    let (connect, first, total) = (timing.connect, timing.first_byte, timing.total);
    assert!(connect.unwrap() > 0.0);
    assert!(connect < first && first <= total, "{timing:?}");
    assert_eq!(timing.tls, None);
    seen.into_inner().unwrap()
}

#[tokio::test]
async fn an_address_is_connected_to_at_once() {
    let server = Server::start().await;
    let seen = announced(network(), &server, &server.url("/")).await;
    let expected = [
        Progress::Connecting,
        Progress::Waiting,
        Progress::Receiving { bytes: 5 },
    ];
    assert_eq!(seen, expected);
}

#[tokio::test]
async fn a_name_is_looked_up_first() {
    // Too long for a label, so that the system's resolver refuses it without asking anybody.
    let name = format!("{}.test", "a".repeat(64));
    let route = Route::parse_connect_to(&format!("api.test::{name}:")).unwrap();
    let seen = Mutex::new(Vec::new());
    let progress = |progress| seen.lock().unwrap().push(progress);
    let (network, request) = (routed(vec![route]), get("http://api.test/"));
    let answer = network.send(&request, None, &progress).await;
    assert!(answer.unwrap_err().timing.name_lookup.is_some());
    assert_eq!(seen.into_inner().unwrap(), [Progress::NameLookup]);
}

#[tokio::test]
async fn on_a_kept_connection_only_the_answer_is_waited_for() {
    let server = Server::start().await;
    let (network, request) = (network(), get(&server.url("/")));
    const OK: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    let (_, mut peer) = tokio::join!(network.send(&request, None, &ignore), async {
        let mut peer = server.accept().await;
        peer.request().await;
        peer.say(OK).await;
        peer
    });
    let seen = Mutex::new(Vec::new());
    let progress = |progress| seen.lock().unwrap().push(progress);
    let (answer, ()) = tokio::join!(network.send(&request, None, &progress), async {
        peer.request().await;
        peer.say(OK).await;
    });
    assert_eq!(seen.into_inner().unwrap(), [Progress::Waiting]);
    let timing = answer.unwrap().timing;
    assert_eq!(
        (timing.name_lookup, timing.connect, timing.tls),
        (None, None, None)
    );
    assert!(timing.first_byte.is_some() && timing.first_byte <= timing.total);
}

#[test]
fn sending_can_be_moved_between_threads() {
    fn assert_send<T: Send>(_: T) {}
    let (network, request) = (network(), get("http://127.0.0.1/"));
    assert_send(network.send(&request, None, &ignore));
}
