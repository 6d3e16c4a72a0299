//! Requests, pages and answers: mostly near the ones that matter, now and then any bytes at all.

use corscope::engine::{
    AddressSpace, Api, CacheMode, ContentSecurityPolicy, Credentials, CrossOriginAttribute,
    EmbedderPolicy, Engine, FetchRequest, Mode, Page, PagePolicies, RedirectMode, ReferrerPolicy,
    RequestBody,
};
use corscope::wire::{
    Answer, Body, FailureKind, HeaderList, HttpVersion, NetworkFailure, Reply, latin1,
};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

/// What a response may say, in names that some rule looks at.
const RESPONSE_HEADERS: &[&str] = &[
    "Access-Control-Allow-Origin",
    "access-control-allow-origin",
    "Access-Control-Allow-Origin ",
    "Access-Control-Allow-Credentials",
    "Access-Control-Allow-Methods",
    "Access-Control-Allow-Headers",
    "Access-Control-Expose-Headers",
    "Access-Control-Max-Age",
    "Location",
    "Set-Cookie",
    "Cross-Origin-Resource-Policy",
    "Strict-Transport-Security",
    "Content-Type",
    "Content-Range",
    "Content-Length",
    "Vary",
    "X-Content-Type-Options",
    "WWW-Authenticate",
    "Cache-Control",
    "Pragma",
    "ETag",
    "Last-Modified",
    "Expires",
    "Date",
    "Age",
    "X-\u{9b}2J",
    "",
];

const RESPONSE_VALUES: &[&str] = &[
    "*",
    "null",
    "true",
    "TRUE",
    "https://app.test",
    "https://app.test/",
    "https://app.test, https://app.test",
    "https://other.test",
    "PUT",
    "GET, PUT, *",
    "x-test, content-type, authorization",
    ", ,",
    "\"quoted, list\", x",
    "0",
    "-1",
    "60",
    "99999999999999999999",
    "18446744073709551615",
    "max-age=600",
    "max-age=99999999999999999999, stale-while-revalidate=60",
    "max-age=\"1\", no-cache",
    "no-store",
    "origin, cookie",
    "W/\"tag\"",
    "Sun, 06 Nov 1994 08:49:37 GMT",
    "Fri, 31 Dec 9999 23:59:59 GMT",
    "/next",
    "?again",
    "#fragment",
    "//other.test/y",
    "https://other.test/y",
    "http://app.test/",
    "https://user:word@api.test/",
    "data:text/plain,hi",
    "javascript:alert(1)",
    "http://[::1",
    "http://\u{9b}\u{ff}/",
    "sid=1; SameSite=None; Secure",
    "sid=\u{9b}; Domain=test; Max-Age=-1",
    "__Host-a=1; Path=/; Secure",
    "=; ;;=",
    "same-site",
    "\u{1b}[2J\u{1b}]0;title\u{7}",
    "\0",
    "\r\n folded",
    "\u{e2}\u{80}\u{ae}",
];

const REQUEST_HEADERS: &[&str] = &[
    "Accept",
    "Content-Type",
    "Content-Language",
    "Range",
    "X-Test",
    "Authorization",
    "Cookie",
    "Origin",
    "Sec-Fetch-Mode",
    "User-Agent",
    "If-None-Match",
    "Cache-Control",
    "X-HTTP-Method-Override",
    "DPR",
    "bad name",
    "",
];

const REQUEST_VALUES: &[&str] = &[
    "",
    "1",
    "text/plain",
    "application/json",
    "multipart/form-data; boundary=x",
    "text/plain; charset=\"",
    "bytes=0-",
    "bytes=1-0",
    "max-age=0",
    "no-cache",
    "TRACE, x",
    "a\nb",
    "\0",
    "\u{9b}2J",
    "€",
];

const URLS: &[&str] = &[
    "https://api.test/x",
    "http://api.test/x?y#z",
    "https://app.test/same",
    "/relative",
    "",
    "#",
    "https://user:word@api.test/",
    "https://api.test:22/",
    "http://127.0.0.1/",
    "http://[::1]:8080/",
    "http://192.168.0.1/",
    "data:text/plain,hi",
    "data:;base64,%",
    "blob:https://app.test/1",
    "about:blank",
    "file:///etc/hosts",
    "ftp://api.test/",
    "https://",
    "http://\u{1b}[2J/",
];

const METHODS: &[&str] = &[
    "GET",
    "get",
    "HEAD",
    "POST",
    "PUT",
    "patch",
    "OPTIONS",
    "TRACE",
    "CONNECT",
    "",
    "GE T",
    "\u{1b}[2J",
    "*",
];

const PAGES: &[&str] = &[
    "https://app.test",
    "http://app.test/page?q#f",
    "http://localhost:3000",
    "https://app.test:8443/",
    "http://[::1]/",
    "http://10.0.0.1/",
];

const DIRECTIVES: &[&str] = &[
    "connect-src",
    "default-src",
    "img-src",
    "script-src",
    "STYLE-SRC",
    "upgrade-insecure-requests",
    "\u{e9}",
    "",
];

const SOURCES: &[&str] = &[
    "*",
    "'self'",
    "'none'",
    "'nonce-a'",
    "https:",
    "https://api.test/x",
    "*.test:*",
    "http://*:80/",
    "://",
    ":",
    "*.",
    "a:99999",
    "api.test/%",
    "\u{1b}[2J",
];

fn text(pool: &'static [&'static str]) -> impl Strategy<Value = String> {
    prop_oneof![
        9 => select(pool).prop_map(str::to_owned),
        1 => any::<String>(),
    ]
}

fn bytes(pool: &'static [&'static str]) -> impl Strategy<Value = Vec<u8>> {
    let latin1_bytes = |text: &str| text.chars().map(|c| u8::try_from(c).unwrap()).collect();
    prop_oneof![
        8 => select(pool).prop_map(latin1_bytes),
        2 => vec(any::<u8>(), 0..12),
    ]
}

pub fn engine() -> impl Strategy<Value = Engine> {
    select(Engine::ALL)
}

pub fn page() -> impl Strategy<Value = Page> {
    let space = option::weighted(0.2, select(AddressSpace::ALL));
    let parts = (select(PAGES), any::<bool>(), space, policies());
    parts.prop_map(|(url, sandboxed, address_space, policies)| {
        let url = url.parse().unwrap();
        let page = match sandboxed {
            true => Page::sandboxed(url),
            false => Page::at(url),
        };
        Page {
            address_space,
            policies,
            ..page
        }
    })
}

/// What the page came with, mostly nothing.
fn policies() -> impl Strategy<Value = PagePolicies> {
    let directive = (select(DIRECTIVES), vec(select(SOURCES), 0..4));
    let directive = directive.prop_map(|(name, sources)| format!("{name} {}", sources.join(" ")));
    let text = prop_oneof![
        4 => vec(directive, 0..3).prop_map(|directives| directives.join(";")),
        1 => any::<String>(),
    ];
    let csp = (text, any::<bool>())
        .prop_map(|(text, report_only)| ContentSecurityPolicy { text, report_only });
    let embedder = select(EmbedderPolicy::ALL);
    let given = (vec(csp, 0..3), embedder).prop_map(|(csp, embedder)| PagePolicies {
        csp,
        embedder,
        ..PagePolicies::default()
    });
    prop_oneof![3 => Just(PagePolicies::default()), 1 => given]
}

fn body() -> impl Strategy<Value = RequestBody> {
    let pairs = || vec((any::<String>(), any::<String>()), 0..3);
    let raw = || vec(any::<u8>(), 0..20);
    prop_oneof![
        any::<String>().prop_map(RequestBody::Text),
        pairs().prop_map(RequestBody::UrlEncoded),
        pairs().prop_map(RequestBody::FormData),
        raw().prop_map(RequestBody::Bytes),
        raw().prop_map(RequestBody::Stream),
        (raw(), text(REQUEST_VALUES))
            .prop_map(|(bytes, media_type)| RequestBody::Blob { bytes, media_type }),
    ]
}

pub fn request() -> impl Strategy<Value = FetchRequest> {
    let modes = (
        prop_oneof![3 => Just(Mode::Cors), 1 => select(Mode::ALL)],
        select(Credentials::ALL),
        prop_oneof![3 => Just(RedirectMode::Follow), 1 => select(RedirectMode::ALL)],
        select(CacheMode::ALL),
        option::weighted(0.3, select(ReferrerPolicy::ALL)),
        option::weighted(0.1, select(AddressSpace::ALL)),
    );
    let headers = vec((text(REQUEST_HEADERS), text(REQUEST_VALUES)), 0..4);
    let flags = (any::<bool>(), any::<bool>(), any::<bool>(), any::<bool>());
    let element = (
        option::of(text(&["", "anonymous", "use-credentials", "junk"])),
        text(&[
            "",
            "sha256-AAAA",
            "sha384-",
            "md5-AAAA sha512-????",
            "\u{9b}",
        ]),
    );
    (
        select(Api::ALL),
        text(URLS),
        text(METHODS),
        modes,
        headers,
        option::weighted(0.3, body()),
        (flags, element),
    )
        .prop_map(
            |(api, url, method, modes, headers, body, (flags, element))| {
                let (mode, credentials, redirect, cache, referrer_policy, target_address_space) =
                    modes;
                let (keepalive, duplex_half, upload_listener, module) = flags;
                let (crossorigin, integrity) = element;
                FetchRequest {
                    api,
                    method,
                    mode,
                    credentials,
                    redirect,
                    cache,
                    referrer_policy,
                    keepalive,
                    duplex_half,
                    headers,
                    body,
                    upload_listener,
                    module,
                    crossorigin: crossorigin.as_deref().map(CrossOriginAttribute::of),
                    integrity,
                    target_address_space,
                    ..FetchRequest::new(url)
                }
            },
        )
}

fn reply() -> impl Strategy<Value = Reply> {
    let status = prop_oneof![
        6 => Just(200u16),
        2 => select(&[204u16, 206, 301, 302, 303, 307, 308, 304, 401, 405, 421, 500][..]),
        1 => 100u16..1000,
    ];
    // The lines that let most requests through, so that runs get somewhere, and those that let a
    // browser keep the answer.
    let friendly = prop::bool::weighted(0.6);
    let lasting = prop::bool::weighted(0.4);
    let lines = vec((select(RESPONSE_HEADERS), bytes(RESPONSE_VALUES)), 0..6);
    let version = select(&[HttpVersion::Http10, HttpVersion::Http11, HttpVersion::Http2][..]);
    (
        status,
        bytes(RESPONSE_VALUES),
        version,
        (friendly, lasting),
        lines,
        vec(any::<u8>(), 0..20),
        any::<bool>(),
    )
        .prop_map(
            |(status, reason, version, (friendly, lasting), lines, bytes, truncated)| {
                let mut headers = HeaderList::new();
                if friendly {
                    headers.append("Access-Control-Allow-Origin", "https://app.test");
                    headers.append("Access-Control-Allow-Credentials", "true");
                    headers.append("Access-Control-Allow-Methods", "PUT, PATCH, patch");
                    headers.append("Access-Control-Allow-Headers", "x-test, content-type");
                }
                if lasting {
                    headers.append("Cache-Control", "max-age=600");
                    headers.append("ETag", "\"tag\"");
                }
                for (name, value) in lines {
                    headers.append(name, value);
                }
                Reply {
                    status,
                    reason,
                    version,
                    headers,
                    body: Body {
                        truncated,
                        ..Body::plain(bytes)
                    },
                    ..Reply::default()
                }
            },
        )
}

fn failure() -> impl Strategy<Value = NetworkFailure> {
    use FailureKind as Kind;
    let kinds = &[
        Kind::Dns,
        Kind::Refused,
        Kind::Reset,
        Kind::Tls,
        Kind::Timeout,
        Kind::EmptyResponse,
        Kind::Aborted,
        Kind::Other,
    ][..];
    (select(kinds), bytes(RESPONSE_VALUES))
        .prop_map(|(kind, detail)| NetworkFailure::new(kind, latin1(&detail)))
}

/// What the servers of one run answer, in turn and over again.
pub fn answers() -> impl Strategy<Value = Vec<Answer>> {
    let answer = prop_oneof![
        12 => reply().prop_map(Ok),
        1 => failure().prop_map(Err),
    ];
    vec(answer, 1..6)
}
