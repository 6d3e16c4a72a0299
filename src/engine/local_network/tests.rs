//! Local Network Access: the rules, one by one.

use super::*;
use crate::engine::{
    Api, Browser, Engine, FetchRequest, Finished, Step, Timestamp, Verdict, start,
};
use crate::wire::Reply;

/// What came of a request of a page, by the URLs and methods sent: each server allows everything, or redirects
/// where `redirect` says.
struct Told {
    reason: &'static str,
    sent: Vec<String>,
}

fn ask(
    engine: Engine,
    page: &Page,
    request: &FetchRequest,
    permission: LocalNetworkPermission,
    redirect: &[(&str, &str)],
) -> Told {
    let mut browser = Browser::fresh(engine);
    browser.local_network = permission;
    let mut sent = Vec::new();
    let mut step = start(request, page, &mut browser, Timestamp(0));
    loop {
        step = match step {
            Step::Done(finished) => {
                let reason = reason(&finished);
                return Told { reason, sent };
            }
            Step::Locate(locating) => {
                let (Subject::Page(url) | Subject::Target(url) | Subject::Listener(url)) =
                    locating.subject();
                let location = location(url);
                locating.located(location, &mut browser, Timestamp(0))
            }
            Step::Send(pending) => {
                let asked = pending.request();
                sent.push(format!("{} {}", asked.method, asked.url));
                let mut reply = Reply {
                    status: 200,
                    ..Reply::default()
                };
                let origin = asked.headers.get_text("origin").unwrap_or_default();
                reply.headers.append("access-control-allow-origin", origin);
                reply.headers.append("access-control-allow-methods", "PUT");
                let mut redirects = redirect.iter();
                if let Some((_, to)) = redirects.find(|(from, _)| *from == asked.url.as_str()) {
                    reply.status = 302;
                    reply.headers.append("location", *to);
                }
                pending.answer(&Ok(reply), &mut browser, Timestamp(0))
            }
        };
    }
}

fn reason(finished: &Finished) -> &'static str {
    match &finished.verdict {
        Verdict::Blocked(block) => block.reason.id(),
        verdict => verdict.as_str(),
    }
}

/// IP literals are where they are, `nas` names on a private network, all others on the internet.
fn location(url: &Url) -> Location {
    let ip: IpAddr = match url.host() {
        Some(Host::Ipv4(address)) => address.into(),
        Some(Host::Ipv6(address)) => address.into(),
        Some(Host::Domain(name)) if name.starts_with("nas.") => [192, 168, 1, 5].into(),
        _ => [203, 0, 113, 1].into(),
    };
    Location {
        space: AddressSpace::of(ip),
        reach: Reach::Tls,
        address: Some((ip, 80).into()),
    }
}

fn page(url: &str, space: AddressSpace) -> Page {
    Page {
        address_space: Some(space),
        ..Page::at(Url::parse(url).unwrap())
    }
}

fn put(url: &str, hint: AddressSpace) -> FetchRequest {
    FetchRequest {
        method: "PUT".to_owned(),
        target_address_space: Some(hint),
        ..FetchRequest::new(url)
    }
}

fn picture(url: &str) -> FetchRequest {
    FetchRequest {
        api: Api::Img,
        mode: Mode::NoCors,
        ..FetchRequest::new(url)
    }
}

const GRANTED: LocalNetworkPermission = LocalNetworkPermission::Granted;
const DENIED: LocalNetworkPermission = LocalNetworkPermission::Denied;
const CHROMIUM: Engine = Engine::Chromium;

#[test]
fn a_preflight_knows_no_target_address_space() {
    let public = page("https://www.test", AddressSpace::Public);
    let url = "https://nas.test/";
    let wrong = put(url, AddressSpace::Loopback);
    let told = ask(CHROMIUM, &public, &wrong, GRANTED, &[]);
    assert_eq!(told.reason, "local-network-address-space-mismatch");
    assert_eq!(told.sent, ["OPTIONS https://nas.test/"]);
    // The permission decides about the preflight, and so comes first.
    let told = ask(CHROMIUM, &public, &wrong, DENIED, &[]);
    assert_eq!(told.reason, "local-network-permission-denied");
    assert!(told.sent.is_empty());
    let plain = FetchRequest {
        method: "GET".to_owned(),
        ..wrong
    };
    let told = ask(CHROMIUM, &public, &plain, DENIED, &[]);
    assert_eq!(told.reason, "local-network-address-space-mismatch");
    assert!(told.sent.is_empty());
}

#[test]
fn reserved_v6_addresses_are_private_in_chromium_only() {
    let public = page("http://www.test", AddressSpace::Public);
    for address in ["[fec0::5]", "[2001:db8::5]", "[3fff::1]"] {
        for (engine, expected) in [
            (CHROMIUM, "local-network-insecure-context"),
            (Engine::Firefox, "allowed"),
        ] {
            let request = FetchRequest::new(format!("http://{address}/"));
            let told = ask(engine, &public, &request, DENIED, &[]);
            assert_eq!(told.reason, expected, "{engine:?} {address}");
        }
    }
}

#[test]
fn a_policy_makes_a_page_public() {
    let mut treated = page("https://nas.test", AddressSpace::Local);
    let policy = ContentSecurityPolicy::list("Treat-As-Public-Address", false);
    treated.policies.csp.extend(policy);
    for (engine, url, expected) in [
        (
            CHROMIUM,
            "http://127.0.0.1/",
            "local-network-permission-denied",
        ),
        (CHROMIUM, "https://nas.test/", "allowed"),
        (Engine::Firefox, "http://127.0.0.1/", "allowed"),
    ] {
        let told = ask(engine, &treated, &FetchRequest::new(url), DENIED, &[]);
        assert_eq!(told.reason, expected, "{engine:?} {url}");
    }
    // An insecure page may not even ask itself.
    treated.url = Url::parse("http://nas.test").unwrap();
    treated.origin = Origin::of(&treated.url);
    let own = FetchRequest::new("http://nas.test/x");
    let told = ask(CHROMIUM, &treated, &own, GRANTED, &[]);
    assert_eq!(told.reason, "local-network-insecure-context");
}

#[test]
fn pictures_of_multicast_names_stay_http() {
    let public = page("https://www.test", AddressSpace::Public);
    for host in ["nas.local", "nas.local.", "local"] {
        let url = format!("http://{host}/x");
        let told = ask(CHROMIUM, &public, &picture(&url), GRANTED, &[]);
        assert_eq!(told.sent, [format!("GET {url}")]);
        let told = ask(CHROMIUM, &public, &FetchRequest::new(&url), GRANTED, &[]);
        assert_eq!(told.reason, "allowed", "{host}");
    }
}

#[test]
fn redirected_pictures_go_the_way_of_the_first_request() {
    let public = page("https://www.test", AddressSpace::Public);
    for (from, to, last) in [
        (
            "https://cdn.test/",
            "http://127.0.0.1/",
            "https://127.0.0.1/",
        ),
        (
            "https://cdn.test/",
            "http://192.0.2.1/",
            "https://192.0.2.1/",
        ),
        (
            "http://192.168.1.5/",
            "http://www.test/",
            "http://www.test/",
        ),
        (
            "http://127.0.0.1/",
            "http://nas.local/",
            "http://nas.local/",
        ),
    ] {
        let told = ask(CHROMIUM, &public, &picture(from), GRANTED, &[(from, to)]);
        assert_eq!(told.sent, [format!("GET {from}"), format!("GET {last}")]);
    }
    let (from, to) = ("http://192.168.1.5/", "http://192.0.2.1/");
    let told = ask(CHROMIUM, &public, &picture(from), GRANTED, &[(from, to)]);
    assert_eq!(told.reason, "mixed-content");
}

#[test]
fn address_spaces() {
    for (address, space) in [
        ("127.0.0.1", AddressSpace::Loopback),
        ("0.0.0.0", AddressSpace::Loopback),
        ("::1", AddressSpace::Loopback),
        ("::ffff:127.0.0.1", AddressSpace::Loopback),
        ("10.1.2.3", AddressSpace::Local),
        ("172.31.0.1", AddressSpace::Local),
        ("172.32.0.1", AddressSpace::Public),
        ("192.168.77.5", AddressSpace::Local),
        ("169.254.1.1", AddressSpace::Local),
        ("100.64.0.1", AddressSpace::Local),
        ("100.128.0.1", AddressSpace::Public),
        ("fd00::1", AddressSpace::Local),
        ("fe80::1", AddressSpace::Local),
        ("203.0.113.7", AddressSpace::Public),
        ("198.18.0.1", AddressSpace::Public),
        ("2606:4700::1", AddressSpace::Public),
    ] {
        assert_eq!(
            AddressSpace::of(address.parse().unwrap()),
            space,
            "{address}"
        );
    }
}
