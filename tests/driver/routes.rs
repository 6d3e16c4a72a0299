//! Routes, loopback names and proxies: where connections lead, and that servers see nothing of it.

use corscope::driver::{Network, NetworkOptions, Route};
use corscope::wire::{FailureKind, Reply};

use crate::server::{Server, get, network, routed, send};
use crate::tls_server::{Authority, acceptor};

const OK: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

/// What the server hears from a network of these routes, and the reply.
async fn heard(network: &Network, server: &Server, url: &str) -> (String, Reply) {
    let request = get(url);
    let (answer, heard) = tokio::join!(send(network, &request), server.once(OK));
    (String::from_utf8(heard).unwrap(), answer.unwrap())
}

fn head(host: &str) -> String {
    format!("GET /x?y HTTP/1.1\r\nHost: {host}\r\nAccept: */*\r\n\r\n")
}

#[tokio::test]
async fn http_goes_where_the_route_leads() {
    let server = Server::start().await;
    let port = server.address.port();
    let resolve = |text: String| Route::parse_resolve(&text).unwrap();
    let connect_to = |text: String| Route::parse_connect_to(&text).unwrap();
    let lab = Route::everything("api.test", server.address).unwrap();
    for (route, url, host) in [
        (
            resolve(format!("api.test:{port}:127.0.0.1")),
            format!("http://api.test:{port}/x?y"),
            format!("api.test:{port}"),
        ),
        (
            resolve(format!("*:{port}:127.0.0.1")),
            format!("http://b.api.test:{port}/x?y"),
            format!("b.api.test:{port}"),
        ),
        (
            // A dead address first: the next one is tried.
            resolve(format!("api.test:{port}:[::1],127.0.0.1")),
            format!("http://api.test:{port}/x?y"),
            format!("api.test:{port}"),
        ),
        (
            connect_to(format!("api.test:80:127.0.0.1:{port}")),
            "http://api.test/x?y".to_owned(),
            "api.test".to_owned(),
        ),
        (
            connect_to(format!("::app.localhost:{port}")),
            "http://api.test:8080/x?y".to_owned(),
            "api.test:8080".to_owned(),
        ),
        (
            connect_to(format!("192.0.2.1::127.0.0.1:{port}")),
            "http://192.0.2.1/x?y".to_owned(),
            "192.0.2.1".to_owned(),
        ),
        (
            connect_to(format!("[2001:db8::1]:81:127.0.0.1:{port}")),
            "http://[2001:db8::1]:81/x?y".to_owned(),
            "[2001:db8::1]:81".to_owned(),
        ),
        (
            lab.clone(),
            "http://api.test/x?y".to_owned(),
            "api.test".to_owned(),
        ),
        (
            lab,
            "http://api.test:8080/x?y".to_owned(),
            "api.test:8080".to_owned(),
        ),
    ] {
        let network = routed(vec![route.clone()]);
        let (heard, reply) = heard(&network, &server, &url).await;
        assert_eq!(heard, head(&host), "{route:?}");
        assert_eq!(reply.peer, Some(server.address), "{route:?}");
        assert_eq!(reply.timing.name_lookup, None, "{route:?}");
    }
}

#[tokio::test]
async fn hosts_on_one_address_have_connections_of_their_own() {
    let server = Server::start().await;
    let routes = ["a.test", "b.test"].map(|host| Route::everything(host, server.address).unwrap());
    let network = routed(routes.to_vec());
    let mut open = Vec::new();
    for url in ["http://a.test/", "http://b.test/", "http://b.test:81/"] {
        let request = get(url);
        let (answer, peer) = tokio::join!(send(&network, &request), async {
            let mut peer = server.accept().await;
            peer.request().await;
            peer.say(OK).await;
            peer
        });
        assert!(answer.unwrap().timing.connect.is_some(), "{url}");
        open.push(peer);
    }
}

#[tokio::test]
async fn localhost_names_lead_to_loopback() {
    let server = Server::start().await;
    let port = server.address.port();
    for host in ["localhost", "app.localhost", "deep.app.localhost"] {
        let url = format!("http://{host}:{port}/x?y");
        let (heard, reply) = heard(&network(), &server, &url).await;
        assert_eq!(heard, head(&format!("{host}:{port}")));
        assert_eq!(reply.peer, Some(server.address));
        assert_eq!(reply.timing.name_lookup, None, "nobody was asked");
    }
}

#[tokio::test]
async fn an_https_address_goes_where_the_route_leads() {
    let (authority, server) = (Authority::new(), Server::start().await);
    let acceptor = acceptor(authority.certify("192.0.2.1"), &[]);
    let port = server.address.port();
    let options = NetworkOptions {
        routes: vec![Route::parse_connect_to(&format!("::127.0.0.1:{port}")).unwrap()],
        ca_file: Some(authority.file()),
        ..NetworkOptions::default()
    };
    let network = Network::new(options).unwrap();
    let request = get("https://192.0.2.1/x?y");
    let (answer, heard) = tokio::join!(send(&network, &request), server.once_tls(&acceptor, OK));
    assert_eq!(String::from_utf8(heard).unwrap(), head("192.0.2.1"));
    assert_eq!(answer.unwrap().peer, Some(server.address));
}

fn proxied(proxy: String, routes: Vec<Route>) -> Network {
    let options = NetworkOptions {
        proxy: Some(proxy),
        routes,
        ..NetworkOptions::default()
    };
    Network::new(options).unwrap()
}

#[tokio::test]
async fn an_http_proxy_gets_the_whole_url() {
    let server = Server::start().await;
    let network = proxied(format!("user:pass@{}", server.address), Vec::new());
    let (heard, reply) = heard(&network, &server, "http://me:secret@api.test:81/x?y").await;
    let expected = "GET http://api.test:81/x?y HTTP/1.1\r\nHost: api.test:81\r\nAccept: */*\r\n\
                    Proxy-Authorization: Basic dXNlcjpwYXNz\r\n\r\n";
    assert_eq!(heard, expected);
    assert_eq!(reply.peer, None, "the proxy is not the server");
}

#[tokio::test]
async fn a_socks_proxy_gets_the_name() {
    let server = Server::start().await;
    let network = proxied(format!("socks5h://{}", server.address), Vec::new());
    let request = get("http://api.test/x?y");
    let (answer, ()) = tokio::join!(send(&network, &request), async {
        let mut peer = server.accept().await;
        assert_eq!(peer.bytes(3).await, b"\x05\x01\x00");
        peer.say(b"\x05\x00").await;
        assert_eq!(
            peer.bytes(15).await,
            b"\x05\x01\x00\x03\x08api.test\x00\x50"
        );
        peer.say(b"\x05\x00\x00\x01\x7f\x00\x00\x01\x00\x50").await;
        let heard = peer.request().await;
        assert_eq!(String::from_utf8(heard).unwrap(), head("api.test"));
        peer.say(OK).await;
    });
    assert_eq!(answer.unwrap().peer, None);
}

#[tokio::test]
async fn a_proxy_that_refuses_the_tunnel() {
    for (reply, part) in [
        (
            &b"HTTP/1.1 403 Forbidden\r\n\r\n"[..],
            "the proxy refused the tunnel",
        ),
        (
            b"HTTP/1.1 407 Authentication\r\n\r\n",
            "the proxy wants credentials",
        ),
    ] {
        let server = Server::start().await;
        let network = proxied(server.address.to_string(), Vec::new());
        let request = get("https://api.test/");
        let (answer, heard) = tokio::join!(send(&network, &request), server.once(reply));
        assert!(heard.starts_with(b"CONNECT api.test:443 HTTP/1.1\r\n"));
        let failure = answer.unwrap_err();
        assert_eq!(failure.kind, FailureKind::Other);
        assert_eq!(failure.detail, part);
    }
}

#[tokio::test]
async fn a_proxy_that_is_not_there() {
    let closed = Server::start().await.address;
    let network = proxied(closed.to_string(), Vec::new());
    let failure = send(&network, &get("http://api.test/")).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Refused);
    assert_eq!(failure.detail, "at the proxy: the connection was refused");
}

#[tokio::test]
async fn a_route_goes_past_the_proxy() {
    let server = Server::start().await;
    let nobody = "127.0.0.1:9".to_owned();
    let route = Route::everything("api.test", server.address).unwrap();
    let network = proxied(nobody, vec![route]);
    let (heard, _) = heard(&network, &server, "http://api.test/x?y").await;
    assert_eq!(heard, head("api.test"));
}
