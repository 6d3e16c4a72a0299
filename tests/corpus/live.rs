//! The same scenarios over sockets: a scripted server sends the recorded bytes, the driver fetches them, and
//! what the server received is compared with what the browser sent.
//!
//! The scenarios of Local Network Access need hosts with addresses of other networks. They are played where
//! this machine has the addresses, as in a network namespace of its own:
//!
//! ```text
//! unshare --net sh -c 'ip link set lo up; ip addr add 203.0.113.1/32 dev lo; ip addr add 192.168.77.5/32 dev lo; cargo test --test corpus'
//! ```

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener as Port};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use corscope::driver::{Network, NetworkOptions, Route, RunOptions, SharedBrowser, run};
use corscope::engine::{Browser, Engine};
use corscope::session::Line;
use corscope::wire::{latin1, latin1_bytes};
use rcgen::generate_simple_self_signed;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring::default_provider;
use tokio_rustls::rustls::pki_types::PrivatePkcs8KeyDer;
use url::Url;

use super::compare::{self, View};
use super::disagreements::{self, Disagreement};
use super::play::{Played, with_page};
use super::scenario::{self, Rule, Scenario, Script, WireRequest};

/// How TLS begins; those servers closed the connection then.
const TLS_HANDSHAKE: &[u8] = &[0x16];

/// The shortest time that anything in the recordings lives: a cookie with `Max-Age=1`.
const SHORTEST_LIFE: Duration = Duration::from_secs(1);

/// How often a scenario is played that took too long for that.
const SLOW_TRIES: usize = 3;

/// The hosts that were not at 127.0.0.1.
const ELSEWHERE: [(&str, &str); 7] = [
    ("[::1]", "[::1]"),
    ("www.public.example", "203.0.113.1"),
    ("cdn.public.example", "203.0.113.1"),
    ("intra.corp.test", "192.168.77.5"),
    ("nas.corp.test", "192.168.77.5"),
    ("nas.local", "192.168.77.5"),
    ("192.168.77.5", "192.168.77.5"),
];

/// What the server is to say, and what it heard.
struct Exchanged {
    script: Script,
    heard: Vec<WireRequest>,
}

impl Exchanged {
    /// Before any scenario, or at the beginning of one.
    fn new(rules: &[Rule]) -> Self {
        Self {
            script: Script::new(rules),
            heard: Vec::new(),
        }
    }

    /// The bytes to answer with; none where the connection is to be closed.
    fn answer(&mut self, request: WireRequest) -> Vec<u8> {
        let WireRequest {
            scheme,
            host,
            path,
            method,
            ..
        } = &request;
        let mut lines = request.headers.iter();
        let key = lines.find(|(name, _)| name.eq_ignore_ascii_case("sec-websocket-key"));
        let key = key.map(|(_, value)| value.as_str());
        let reply = self.script.reply(scheme, host, path, method, key);
        let bytes = match reply.close {
            true => Vec::new(),
            false => reply.bytes(method),
        };
        self.heard.push(request);
        bytes
    }
}

/// The servers of one scenario at a time: on ports that spoke TLS, and on those that did not.
struct Stage {
    network: Network,
    script: Arc<Mutex<Exchanged>>,
    /// Ends with the stage.
    _servers: JoinSet<()>,
}

impl Stage {
    async fn build() -> Self {
        let script = Arc::new(Mutex::new(Exchanged::new(&[])));
        let (plain, secure) = (listen().await, listen().await);
        let (plain_port, secure_port) = (
            plain.local_addr().unwrap().port(),
            secure.local_addr().unwrap().port(),
        );
        let mut servers = JoinSet::new();
        servers.spawn(serve(plain, None, Arc::clone(&script)));
        servers.spawn(serve(secure, Some(acceptor()), Arc::clone(&script)));
        let silent = Port::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let nothing = silent.local_addr().unwrap().port();
        drop(silent);
        // What does not resolve does not resolve; every other host was this machine.
        let mut all = vec![Route::parse_connect_to("nowhere.invalid::nowhere.invalid:").unwrap()];
        for (host, address) in ELSEWHERE.iter().chain(&[("", "127.0.0.1")]) {
            let ports = [
                (8099, nothing),
                (80, plain_port),
                (8080, plain_port),
                (8081, plain_port),
                (443, secure_port),
                (8443, secure_port),
            ];
            for (from, to) in ports {
                let route = format!("{host}:{from}:{address}:{to}");
                all.push(Route::parse_connect_to(&route).unwrap());
            }
            all.push(Route::parse_connect_to(&format!("{host}::{address}:")).unwrap());
        }
        let options = NetworkOptions {
            routes: all,
            insecure: true,
            ..NetworkOptions::default()
        };
        Self {
            network: Network::new(options).unwrap(),
            script,
            _servers: servers,
        }
    }

    /// As [`Self::play`], again where the machine was busy with other things: some cookies and answers live for
    /// a second.
    async fn play_in_time(&self, scenario: &Scenario, engine: Engine) -> Option<Played> {
        for _ in 0..SLOW_TRIES {
            let begun = Instant::now();
            let played = self.play(scenario, engine).await;
            if begun.elapsed() < SHORTEST_LIFE / 2 {
                return played;
            }
        }
        self.play(scenario, engine).await
    }

    /// Plays all requests of a scenario in one browser; `None` if one of them is not understood.
    async fn play(&self, scenario: &Scenario, engine: Engine) -> Option<Played> {
        *self.script.lock().unwrap() = Exchanged::new(&scenario.server);
        let browser = SharedBrowser::new(Browser::fresh(engine));
        let mut options = RunOptions::default();
        // From a full second on, as the recordings are played without sockets: some clocks count whole seconds.
        options.clock_ahead = 1000 - options.now().0 % 1000;
        for cookie in &scenario.cookies {
            let url = Url::parse(cookie["origin"].as_str()?).ok()?;
            let mut browser = browser.lock();
            let profile = browser.profile;
            let line = latin1_bytes(cookie["set"].as_str()?)?;
            browser
                .cookies
                .set_by_visit(&url, &line, &profile, options.now());
        }
        let (mut sessions, mut finished) = (Vec::new(), Vec::new());
        for request in &scenario.requests {
            let line = Line::from_value(with_page(request, scenario)).ok()?;
            options.clock_ahead += line.wait_ms;
            browser.lock().local_network = line.permission.unwrap_or_default();
            let (session, done) = run(
                &self.network,
                &line.request,
                &line.page,
                &browser,
                &options,
                &|_| {},
            )
            .await;
            sessions.push(session);
            finished.push(done);
        }
        let mut script = self.script.lock().unwrap();
        let heard = std::mem::take(&mut script.heard);
        Some(Played::new(sessions, finished, Some(heard)))
    }
}

async fn listen() -> TcpListener {
    TcpListener::bind((Ipv6Addr::UNSPECIFIED, 0)).await.unwrap()
}

fn acceptor() -> TlsAcceptor {
    let key = generate_simple_self_signed(["shop.test".to_owned()]).unwrap();
    let secret = PrivatePkcs8KeyDer::from(key.signing_key.serialize_der());
    let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![key.cert.der().clone()], secret.into())
        .unwrap();
    TlsAcceptor::from(Arc::new(config))
}

async fn serve(listener: TcpListener, tls: Option<TlsAcceptor>, script: Arc<Mutex<Exchanged>>) {
    let mut connections = JoinSet::new();
    loop {
        let (stream, _): (_, SocketAddr) = listener.accept().await.unwrap();
        let (tls, script) = (tls.clone(), Arc::clone(&script));
        connections.spawn(async move {
            match tls {
                None => talk(stream, "http", &script).await,
                Some(tls) => match tls.accept(stream).await {
                    Ok(stream) => talk(stream, "https", &script).await,
                    // Not asked for TLS.
                    Err(_) => None,
                },
            }
        });
    }
}

/// Hears one request and answers it; `None` where no request came.
async fn talk(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    scheme: &str,
    script: &Mutex<Exchanged>,
) -> Option<()> {
    let request = hear(&mut stream, scheme).await?;
    let answer = {
        let mut script = script.lock().unwrap_or_else(PoisonError::into_inner);
        script.answer(request)
    };
    // A client may be content with less than all of it.
    let _ = stream.write_all(&answer).await;
    let _ = stream.shutdown().await;
    Some(())
}

async fn hear(stream: &mut (impl AsyncRead + Unpin), scheme: &str) -> Option<WireRequest> {
    // Room for a whole TLS greeting: what is left unread would reset the connection.
    let mut bytes = Vec::with_capacity(16 * 1024);
    let end = loop {
        if let Some(at) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break at;
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 || bytes.starts_with(TLS_HANDSHAKE) {
            return None;
        }
    };
    let head = latin1(&bytes[..end]);
    let mut body = bytes.split_off(end + 4);
    let mut lines = head.split("\r\n");
    let mut first = lines.next()?.split(' ');
    let (method, path) = (first.next()?.to_owned(), first.next()?.to_owned());
    let headers: Vec<(String, String)> = lines
        .map(|line| {
            let (name, value) = line.split_once(':').unwrap_or((line, ""));
            (name.to_owned(), value.trim_matches([' ', '\t']).to_owned())
        })
        .collect();
    let value = |wanted: &str| {
        let mut all = headers.iter();
        let found = all.find(|(name, _)| name.eq_ignore_ascii_case(wanted));
        found.map(|(_, value)| value.as_str())
    };
    if let Some(length) = value("content-length") {
        let length: usize = length.parse().ok()?;
        while body.len() < length {
            if stream.read_buf(&mut body).await.ok()? == 0 {
                return None;
            }
        }
    }
    Some(WireRequest {
        host: value("host")?.to_owned(),
        body: Some(String::from_utf8_lossy(&body).into_owned()),
        scheme: scheme.to_owned(),
        method,
        path,
        headers,
    })
}

/// Whether this machine has the addresses of the other networks.
fn has_addresses() -> bool {
    let mut all = ELSEWHERE.iter();
    all.all(|(_, address)| Port::bind((address.trim_matches(['[', ']']), 0)).is_ok())
}

/// Whether anything is asked of a host that is not at 127.0.0.1.
fn asks_elsewhere(scenario: &Scenario) -> bool {
    let mut hosts = scenario.server.iter().map(|rule| {
        let (name, _port) = rule.host.rsplit_once(':').unwrap_or((&rule.host, ""));
        name
    });
    hosts.any(|host| ELSEWHERE.iter().any(|(elsewhere, _)| *elsewhere == host))
}

/// Plays the scenarios of all groups in one engine, some at once, and tells how many there were.
fn play_all(engine: Engine, browser: &str) -> (usize, Vec<(Disagreement, String)>) {
    let has_addresses = has_addresses();
    let scenarios: Vec<&Scenario> = scenario::corpus()
        .iter()
        // Those of lna-more are at addresses of every block, which no machine has.
        .filter(|(group, _)| *group != "lna-more" && (*group != "lna" || has_addresses))
        .flat_map(|(_, scenarios)| scenarios)
        .filter(|scenario| scenario.is_steady(browser) && compare::counts(browser, scenario))
        .filter(|scenario| has_addresses || !asks_elsewhere(scenario))
        .collect();
    let next = AtomicUsize::new(0);
    let found = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(2, usize::from) {
            scope.spawn(|| {
                let runtime = tokio::runtime::Builder::new_current_thread();
                let runtime = { runtime }.enable_all().build().unwrap();
                runtime.block_on(async {
                    let stage = Stage::build().await;
                    while let Some(scenario) = scenarios.get(next.fetch_add(1, Ordering::Relaxed)) {
                        let Some(outcome) = scenario.outcome.get(browser) else {
                            continue;
                        };
                        let played = stage.play_in_time(scenario, engine).await;
                        for view in View::of(browser) {
                            let parts = compare::disagreement(
                                browser,
                                *view,
                                scenario,
                                outcome,
                                played.as_ref(),
                            );
                            if let Some(difference) = parts {
                                let what = Disagreement::new(&scenario.id, browser, view.name());
                                let told = format!("{} {}", scenario.note, difference);
                                found.lock().unwrap().push((what, told));
                            }
                        }
                    }
                });
            });
        }
    });
    (next.into_inner(), found.into_inner().unwrap())
}

#[test]
fn over_sockets_it_agrees_as_well() {
    let told = disagreements::told();
    let mut untold = BTreeMap::new();
    for (engine, browser) in [
        (Engine::Chromium, "chromium"),
        (Engine::Firefox, "firefox"),
        (Engine::WebKit, "webkit"),
    ] {
        let (count, found) = play_all(engine, browser);
        if scenario::other_folder().is_some() {
            println!("{browser}: {} of {count} scenarios", found.len());
            for (what, difference) in found {
                println!("{what:?} {difference}");
            }
            continue;
        }
        assert!(count > 2000, "{count}");
        for (what, difference) in found {
            if !told.contains(&what) {
                untold.insert(what, difference);
            }
        }
    }
    let text: String = untold
        .iter()
        .map(|(what, difference)| format!("{what:?} {difference}\n"))
        .collect();
    assert!(untold.is_empty(), "{} disagree:\n{text}", untold.len());
}
