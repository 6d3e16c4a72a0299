//! The known patterns of failure, and what recognises each: none is missing, and no cause is without a pattern.
//!
//! Three have nothing on the wire: a preflight that the browser remembers (`max-age` in the glossary), a service
//! worker that answers, and a request that had its effect although its answer is hidden.

use std::collections::BTreeSet;

use crate::assets::{causes, finding};

/// A pattern, the causes that it shows as, the reasons that it blocks by.
type Row = (
    &'static str,
    &'static [&'static str],
    &'static [&'static str],
);

const TABLE: &[Row] = &[
    ("no CORS configured", &["no-cors-configured"], &[]),
    (
        "CORS on success statuses only",
        &["cors-on-success-only"],
        &[],
    ),
    (
        "nginx inheritance wipes headers",
        &["nginx-header-inheritance"],
        &[],
    ),
    (
        "two layers both add the header",
        &["two-layers-set-cors"],
        &[],
    ),
    (
        "several origins in one header",
        &["several-origins-in-one-header"],
        &[],
    ),
    (
        "a pattern as the allowed origin",
        &["pattern-in-allow-origin"],
        &[],
    ),
    ("an almost equal origin", &["almost-equal-origin"], &[]),
    (
        "another environment's origin",
        &["other-environments-origin"],
        &[],
    ),
    ("a placeholder or junk", &["unfilled-placeholder"], &[]),
    (
        "Origin never reaches the application",
        &["origin-lost-on-the-way"],
        &[],
    ),
    ("a misspelt header", &["misspelt-header"], &[]),
    ("a preflight that needs a login", &["auth-before-cors"], &[]),
    ("no handler of OPTIONS", &["no-options-handler"], &[]),
    (
        "a redirected preflight",
        &[
            "redirect-to-https",
            "redirect-trailing-slash",
            "redirect-to-canonical-host",
            "redirect-to-login",
            "redirect-to-version-or-language",
            "redirect-to-bucket-region",
        ],
        &[],
    ),
    (
        "a preflight with good headers and a bad status",
        &["preflight-reaches-the-app"],
        &["preflight-status"],
    ),
    (
        "a method that is not listed",
        &["method-not-listed", "method-in-lower-case"],
        &[],
    ),
    (
        "a header that is not listed",
        &["header-not-listed", "tracing-header-added"],
        &[],
    ),
    (
        "JSON that needs a preflight",
        &["json-needs-permission"],
        &[],
    ),
    (
        "a star does not cover Authorization",
        &["star-and-authorization"],
        &[],
    ),
    (
        "the page sends headers of responses",
        &["client-sends-response-header"],
        &[],
    ),
    (
        "a star with credentials",
        &["star-with-credentials"],
        &[
            "allow-headers-wildcard-with-credentials",
            "allow-methods-wildcard-with-credentials",
        ],
    ),
    (
        "credentials that are not granted",
        &["credentials-not-granted"],
        &[],
    ),
    (
        "a list of headers that is read too strictly",
        &["strict-header-list-parser"],
        &[],
    ),
    ("a list that is none", &["garbled-list"], &[]),
    (
        "an edge that blocks preflights",
        &["edge-blocks-preflight"],
        &[],
    ),
    ("a crash without headers", &["app-crashed"], &[]),
    ("an error of a proxy", &["proxy-error"], &[]),
    (
        "an error of an API gateway",
        &["api-gateway-default-response"],
        &[],
    ),
    ("CORS on OPTIONS only", &["cors-on-options-only"], &[]),
    (
        "a redirect of the request itself",
        &[
            "redirect-without-cors",
            "origin-null-by-redirect",
            "authorization-dropped-on-redirect",
            "redirect-changed-method",
            "redirect-loop",
        ],
        &["redirect-credentials-in-url"],
    ),
    (
        "no-cors where the answer is needed",
        &["no-cors-misuse"],
        &[],
    ),
    (
        "a response header that script cannot read",
        &["header-not-exposed"],
        &[],
    ),
    (
        "cookies that are not sent",
        &["credentials-not-asked-for", "cookie-withheld"],
        &["cookie-samesite-blocked", "cookie-third-party-blocked"],
    ),
    (
        "a shared cache without CORS headers",
        &["cached-without-cors"],
        &[],
    ),
    (
        "a shared cache with another origin",
        &["cached-for-another-origin"],
        &[],
    ),
    ("a copy in the browser", &["browser-cache-mix"], &[]),
    (
        "an origin that is null",
        &["page-without-origin"],
        &["opaque-origin"],
    ),
    (
        "two addresses of localhost",
        &["localhost-two-addresses"],
        &[],
    ),
    (
        "nothing listens there",
        &[
            "server-not-running",
            "name-does-not-resolve",
            "airplay-on-port-5000",
            "out-of-reach",
            "plain-http-to-a-secure-port",
        ],
        &[],
    ),
    (
        "a certificate that is not trusted",
        &["certificate-not-trusted"],
        &[],
    ),
    (
        "mixed content",
        &["http-api-on-https-page"],
        &["mixed-content"],
    ),
    (
        "local network access",
        &["local-network-access"],
        &["local-network-permission-denied"],
    ),
    (
        "a blocker in the browser",
        &["content-blocker"],
        &["network-blocked-by-client"],
    ),
    (
        "policies of page and resource",
        &["corp-by-default", "csp-not-extended", "isolated-page"],
        &["csp-connect-src", "corp-same-origin", "coep-corp-required"],
    ),
    ("an app's own scheme", &["app-shell-origin"], &[]),
    (
        "the platform's own CORS rules",
        &[
            "platform-cors-rules",
            "mixed-configuration",
            "origin-not-listed",
        ],
        &[],
    ),
    ("rules of a bucket", &["bucket-cors-rules"], &[]),
    (
        "the defaults of a development server",
        &["dev-server-default"],
        &[],
    ),
    (
        "a WebSocket that is not opened",
        &["websocket-origin-refused", "websocket-not-passed-on"],
        &["websocket-handshake"],
    ),
    (
        "elements that need CORS",
        &[
            "font-needs-cors",
            "file-behind-integrity-changed",
            "html-instead-of-script",
        ],
        &["sri-mismatch"],
    ),
    (
        "a listener to the progress of an upload",
        &["upload-listener"],
        &[],
    ),
    ("an oversized header", &["oversized-header"], &[]),
    (
        "a preflight that nobody answers",
        &["firewall-drops-options"],
        &["preflight-network-error"],
    ),
    (
        "a cookie that script sets",
        &["cookie-set-by-hand"],
        &["forbidden-header"],
    ),
    (
        "a mistake of the page, found before anything is sent",
        &[
            "code-for-a-server",
            "empty-base-address",
            "everything-at-the-end",
            "filter-as-a-body",
            "limit-older-than-the-move",
            "listening-address-copied",
            "login-in-the-address",
            "login-over-before-an-upload",
            "method-for-tools",
            "old-protocol-in-front",
            "option-of-another-library",
            "page-view-asked-again",
            "port-that-browsers-avoid",
            "raw-text-in-a-header",
            "store-only-request",
            "stream-from-another-runtime",
        ],
        &["bad-port", "same-origin-mode", "unspecified-address"],
    ),
    (
        "a redirect that leads nowhere",
        &[
            "redirect-address-put-together-badly",
            "redirect-into-an-app",
        ],
        &["redirect-location-invalid", "redirect-scheme-not-http"],
    ),
    (
        "a request that was cancelled",
        &["page-cancels-early"],
        &["network-aborted"],
    ),
    (
        "what happens in the browser alone",
        &[
            "asked-after-giving-up-the-network",
            "extension-asks-in-the-page",
            "hardened-browser",
            "network-switched-off",
            "part-handed-on",
            "script-without-a-checksum",
        ],
        &["integrity-policy"],
    ),
];

#[test]
fn each_pattern_is_recognised_and_each_cause_is_a_patterns() {
    let known: BTreeSet<&str> = causes().map(|cause| cause.id.as_str()).collect();
    let told: BTreeSet<&str> = TABLE.iter().flat_map(|row| row.1).copied().collect();
    // `every_cause_is_played` holds that each of them comes out of a fetch.
    assert_eq!(told, known);
    for (pattern, causes, reasons) in TABLE {
        assert!(!causes.is_empty(), "{pattern}");
        for id in *reasons {
            assert!(finding(id).is_some(), "{pattern}: {id}");
        }
    }
}
