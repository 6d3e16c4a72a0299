//! The patterns of failure that show on the wire: what is asked, what is answered, what is behind it.

use url::Url;

use super::{play_in, reply};
use crate::engine::{
    Api, Browser, Credentials, Engine, FetchRequest, Finished, Location, Mode, Page, RequestBody,
};
use crate::session::Session;
use crate::wire::{Answer, FailureKind, NetworkFailure};

pub(super) const PAGE: &str = "https://app.shop.test";
pub(super) const API: &str = "https://api.shop.test/prices";
pub(super) const ALLOW: (&str, &str) = ("Access-Control-Allow-Origin", PAGE);
pub(super) const ALLOW_X: (&str, &str) = ("Access-Control-Allow-Headers", "x-api-key");
pub(super) const NGINX: (&str, &str) = ("Server", "nginx/1.26.1");

/// All of them.
pub(super) fn patterns() -> Vec<Pattern> {
    let mut patterns = missing_and_wrong_origins();
    patterns.extend(preflights());
    patterns.extend(redirects());
    patterns.extend(answers_behind_a_good_preflight());
    patterns.extend(the_rest());
    patterns.extend(super::elsewhere::patterns());
    patterns.extend(super::before_sending::patterns());
    patterns
}

pub(super) fn page(url: &str) -> Page {
    Page::at(Url::parse(url).unwrap())
}

pub(super) fn get() -> FetchRequest {
    FetchRequest::new(API)
}

pub(super) fn with_header(name: &str, value: &str) -> FetchRequest {
    FetchRequest {
        headers: vec![(name.to_owned(), value.to_owned())],
        ..get()
    }
}

pub(super) fn preflighted() -> FetchRequest {
    with_header("X-Api-Key", "42")
}

fn method(method: &str) -> FetchRequest {
    FetchRequest {
        method: method.to_owned(),
        ..get()
    }
}

pub(super) fn include() -> FetchRequest {
    FetchRequest {
        credentials: Credentials::Include,
        ..get()
    }
}

pub(super) type Answers = Vec<(&'static str, Answer)>;

/// A pattern: what is asked, what the server answers (by method, else to all), what is behind it.
pub(super) struct Pattern {
    pub(super) cause: &'static str,
    pub(super) page: Page,
    pub(super) request: FetchRequest,
    pub(super) answers: Answers,
    pub(super) engine: Engine,
}

pub(super) fn pattern(cause: &'static str, request: FetchRequest, answers: Answers) -> Pattern {
    Pattern {
        cause,
        page: page(PAGE),
        request,
        answers,
        engine: Engine::Chromium,
    }
}

/// The same with one answer to a GET.
pub(super) fn on_get(
    cause: &'static str,
    status: u16,
    headers: &[(&str, &str)],
    body: &str,
) -> Pattern {
    pattern(cause, get(), vec![("GET", reply(status, headers, body))])
}

/// The same with one answer to the preflight.
pub(super) fn on_preflight(
    cause: &'static str,
    status: u16,
    headers: &[(&str, &str)],
    body: &str,
) -> Pattern {
    let answers = vec![("OPTIONS", reply(status, headers, body))];
    pattern(cause, preflighted(), answers)
}

pub(super) fn allowing(value: &'static str) -> [(&'static str, &'static str); 1] {
    [("Access-Control-Allow-Origin", value)]
}

pub(super) fn redirect_to(location: &'static str) -> [(&'static str, &'static str); 1] {
    [("Location", location)]
}

pub(super) fn failed(cause: &'static str, url: &str, kind: FailureKind) -> Pattern {
    let answer = Err(NetworkFailure::new(kind, "it failed"));
    pattern(cause, FetchRequest::new(url), vec![("GET", answer)])
}

fn missing_and_wrong_origins() -> Vec<Pattern> {
    vec![
        on_get("no-cors-configured", 200, &[], "[]"),
        on_get(
            "cors-on-success-only",
            404,
            &[NGINX],
            "<center>nginx</center>",
        ),
        on_get(
            "two-layers-set-cors",
            200,
            &[ALLOW, NGINX, ("access-control-allow-origin", PAGE)],
            "",
        ),
        on_get(
            "several-origins-in-one-header",
            200,
            &allowing("https://app.shop.test, https://www.shop.test"),
            "",
        ),
        on_get(
            "pattern-in-allow-origin",
            200,
            &allowing("https://*.shop.test"),
            "",
        ),
        on_get(
            "almost-equal-origin",
            200,
            &allowing("http://app.shop.test"),
            "",
        ),
        on_get(
            "almost-equal-origin",
            200,
            &allowing("https://app.shop.test/"),
            "",
        ),
        on_get("almost-equal-origin", 200, &allowing("app.shop.test"), ""),
        on_get(
            "other-environments-origin",
            200,
            &allowing("http://localhost:3000"),
            "",
        ),
        on_get("unfilled-placeholder", 200, &allowing("undefined"), ""),
        on_get("unfilled-placeholder", 200, &allowing(""), ""),
        on_get("origin-not-listed", 200, &[("Vary", "Origin")], "[]"),
        on_get("origin-not-listed", 403, &[], "Invalid CORS request"),
        on_get(
            "misspelt-header",
            200,
            &[("Access-Control-Allowed-Origin", PAGE)],
            "",
        ),
        on_get(
            "misspelt-header",
            200,
            &[("Access_Control_Allow_Origin", PAGE)],
            "",
        ),
        on_get(
            "misspelt-header",
            200,
            &[
                ALLOW,
                ("X-Total-Count", "3"),
                ("Access-Control-Expose-Header", "X-Total-Count"),
            ],
            "",
        ),
        on_get("star-with-credentials", 200, &allowing("*"), "").asking(include()),
        on_get("credentials-not-granted", 200, &[ALLOW], "").asking(include()),
        on_get(
            "page-without-origin",
            200,
            &allowing("https://app.shop.test"),
            "",
        )
        .from(page("file:///home/index.html")),
        on_get(
            "app-shell-origin",
            200,
            &allowing("https://app.shop.test"),
            "",
        )
        .from(page("capacitor://localhost/")),
        on_get("font-needs-cors", 200, &[], "").asking(FetchRequest {
            api: Api::Font,
            ..get()
        }),
    ]
}

fn preflights() -> Vec<Pattern> {
    let listing = |name, value| vec![("OPTIONS", reply(204, &[ALLOW, (name, value)], ""))];
    let methods = "Access-Control-Allow-Methods";
    let headers = "Access-Control-Allow-Headers";
    vec![
        on_preflight(
            "auth-before-cors",
            401,
            &[("WWW-Authenticate", "Bearer")],
            "Unauthorized",
        ),
        on_preflight("auth-before-cors", 401, &[ALLOW], ""),
        on_preflight("no-options-handler", 405, &[("Allow", "GET, POST")], ""),
        on_preflight("no-options-handler", 404, &[], "Cannot OPTIONS /prices"),
        on_preflight("preflight-reaches-the-app", 500, &[ALLOW, NGINX], ""),
        on_preflight(
            "edge-blocks-preflight",
            403,
            &[("Server", "cloudflare"), ("cf-mitigated", "challenge")],
            "<title>Just a moment...</title>",
        ),
        on_preflight("app-crashed", 500, &[], "Internal Server Error"),
        on_preflight("proxy-error", 502, &[NGINX], "<h1>502 Bad Gateway</h1>"),
        on_preflight(
            "bucket-cors-rules",
            403,
            &[("Server", "AmazonS3")],
            "<Message>CORSResponse: CORS is not enabled for this bucket.</Message>",
        ),
        on_preflight("origin-not-listed", 400, &[], "Disallowed CORS origin"),
        pattern(
            "method-not-listed",
            method("PUT"),
            listing(methods, "GET, POST"),
        ),
        pattern(
            "method-in-lower-case",
            method("patch"),
            listing(methods, "PATCH"),
        ),
        pattern(
            "header-not-listed",
            preflighted(),
            listing(headers, "content-type"),
        ),
        pattern(
            "misspelt-header",
            preflighted(),
            listing("Access-Control-Allow-Header", "x-api-key"),
        ),
        pattern(
            "json-needs-permission",
            with_header("Content-Type", "application/json"),
            listing(headers, "x-api-key"),
        ),
        pattern(
            "tracing-header-added",
            with_header("traceparent", "00-1"),
            listing(headers, "content-type"),
        ),
        pattern(
            "client-sends-response-header",
            with_header("Access-Control-Allow-Origin", "*"),
            listing(headers, "content-type"),
        ),
        pattern("garbled-list", method("PUT"), listing(methods, "GET; PUT")),
        pattern(
            "star-with-credentials",
            FetchRequest {
                credentials: Credentials::Include,
                ..preflighted()
            },
            vec![(
                "OPTIONS",
                reply(
                    204,
                    &[
                        ALLOW,
                        (headers, "*"),
                        ("Access-Control-Allow-Credentials", "true"),
                    ],
                    "",
                ),
            )],
        ),
        pattern(
            "upload-listener",
            FetchRequest {
                api: Api::Xhr,
                method: "POST".to_owned(),
                body: Some(RequestBody::Text("x".to_owned())),
                upload_listener: true,
                ..get()
            },
            vec![("OPTIONS", reply(200, &[], ""))],
        ),
        pattern(
            "oversized-header",
            with_header("Accept", &"a".repeat(200)),
            vec![("OPTIONS", reply(200, &[], ""))],
        ),
        on_preflight(
            "airplay-on-port-5000",
            403,
            &[("Server", "AirTunes/775.3.1")],
            "",
        )
        .asking(FetchRequest {
            url: "http://localhost:5000/prices".to_owned(),
            ..preflighted()
        })
        .from(page("http://localhost:3000")),
    ]
}

fn redirects() -> Vec<Pattern> {
    let moved = |cause, from: &str, to| {
        on_preflight(cause, 301, &redirect_to(to), "").asking(FetchRequest {
            url: from.to_owned(),
            ..preflighted()
        })
    };
    let mut patterns = vec![
        moved(
            "redirect-to-https",
            "http://api.shop.test/x",
            "https://api.shop.test/x",
        )
        .from(page("http://app.shop.test")),
        moved("redirect-trailing-slash", API, "/prices/"),
        moved(
            "redirect-to-canonical-host",
            API,
            "https://www.api.shop.test/prices",
        ),
        moved(
            "redirect-to-login",
            API,
            "https://sso.shop.test/login?next=x",
        ),
        moved("redirect-to-version-or-language", API, "/v2/prices"),
        moved(
            "redirect-to-bucket-region",
            "https://b.s3.amazonaws.com/x",
            "https://b.s3.eu-west-1.amazonaws.com/x",
        ),
        on_get("redirect-to-login", 302, &redirect_to("/login"), ""),
        on_get(
            "redirect-without-cors",
            302,
            &redirect_to("https://api.shop.test/y"),
            "",
        ),
        on_get("redirect-loop", 302, &[ALLOW, ("Location", "/prices")], ""),
    ];
    // A foreign server sends on to another foreign one: the origin becomes null.
    patterns.push(pattern(
        "origin-null-by-redirect",
        get(),
        vec![
            (
                "https://api.shop.test/prices",
                reply(
                    302,
                    &[ALLOW, ("Location", "https://cdn.other.test/prices")],
                    "",
                ),
            ),
            ("GET", reply(200, &[ALLOW], "")),
        ],
    ));
    patterns.push(pattern(
        "redirect-changed-method",
        FetchRequest {
            method: "POST".to_owned(),
            ..get()
        },
        vec![
            ("POST", reply(302, &[ALLOW, ("Location", "/new")], "")),
            ("GET", reply(405, &[ALLOW], "")),
        ],
    ));
    patterns
}

fn answers_behind_a_good_preflight() -> Vec<Pattern> {
    let after = |cause, answer| {
        let preflight = reply(204, &[ALLOW, ALLOW_X], "");
        pattern(
            cause,
            preflighted(),
            vec![("OPTIONS", preflight), ("GET", answer)],
        )
    };
    vec![
        after("cors-on-options-only", reply(200, &[], "[]")),
        after(
            "app-crashed",
            reply(500, &[("Server", "uvicorn")], "Internal Server Error"),
        ),
        after(
            "proxy-error",
            reply(504, &[NGINX], "<h1>504 Gateway Time-out</h1>"),
        ),
        after(
            "api-gateway-default-response",
            reply(
                403,
                &[("x-amzn-errortype", "MissingAuthenticationTokenException")],
                "{\"message\":\"Missing Authentication Token\"}",
            ),
        ),
        after("cors-on-success-only", reply(401, &[NGINX], "")),
        after(
            "cached-without-cors",
            reply(
                404,
                &[("Age", "311"), ("X-Cache", "Hit from cloudfront")],
                "",
            ),
        ),
    ]
}

fn the_rest() -> Vec<Pattern> {
    vec![
        on_get(
            "cached-without-cors",
            200,
            &[("Age", "311"), ("X-Cache", "Hit from cloudfront")],
            "",
        ),
        on_get(
            "cached-for-another-origin",
            200,
            &[
                ("Access-Control-Allow-Origin", "https://www.other.test"),
                ("Age", "9"),
            ],
            "",
        ),
        on_get(
            "bucket-cors-rules",
            200,
            &[("Server", "AmazonS3"), ("x-amz-request-id", "1")],
            "",
        ),
        failed(
            "server-not-running",
            "http://127.0.0.1:8080/x",
            FailureKind::Refused,
        )
        .from(page("http://localhost:3000")),
        failed("name-does-not-resolve", API, FailureKind::Dns),
        failed("certificate-not-trusted", API, FailureKind::Tls),
        pattern(
            "http-api-on-https-page",
            FetchRequest::new("http://api.shop.test/prices"),
            Vec::new(),
        ),
        on_get("no-cors-misuse", 200, &[], "").asking(FetchRequest {
            mode: Mode::NoCors,
            ..get()
        }),
        on_get("credentials-not-asked-for", 401, &[ALLOW], ""),
        on_get(
            "header-not-exposed",
            200,
            &[ALLOW, ("X-Total-Count", "3")],
            "",
        ),
        on_get(
            "star-with-credentials",
            200,
            &[
                ALLOW,
                ("Access-Control-Allow-Credentials", "true"),
                ("Access-Control-Expose-Headers", "*"),
                ("X-Total-Count", "3"),
            ],
            "",
        )
        .asking(include()),
        on_get("cookie-set-by-hand", 401, &[ALLOW], "").asking(with_header("Cookie", "sid=1")),
        on_get("content-blocker", 200, &[ALLOW], "")
            .asking(FetchRequest::new("https://api.shop.test/analytics/page")),
    ]
}

impl Pattern {
    pub(super) fn asking(self, request: FetchRequest) -> Self {
        Self { request, ..self }
    }

    pub(super) fn from(self, page: Page) -> Self {
        Self { page, ..self }
    }

    pub(super) fn in_engine(self, engine: Engine) -> Self {
        Self { engine, ..self }
    }

    pub(super) fn play(&self) -> (Session, Finished) {
        let mut browser = Browser::fresh(self.engine);
        let (page, request) = (self.page.clone(), self.request.clone());
        play_in(&mut browser, Location::PUBLIC, page, request, |request| {
            let fits = |(name, _): &&(&str, Answer)| {
                *name == request.method || *name == request.url.as_str()
            };
            let answer = self.answers.iter().find(fits).map(|(_, answer)| answer);
            answer
                .unwrap_or_else(|| panic!("{}: {request:?}", self.cause))
                .clone()
        })
    }
}
