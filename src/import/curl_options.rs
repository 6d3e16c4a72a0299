//! The options of curl: <https://curl.se/docs/manpage.html>.

/// What becomes of an option.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Effect {
    Method,
    Url,
    Get,
    Head,
    Data,
    DataRaw,
    DataBinary,
    DataUrlencode,
    Json,
    Form,
    FormString,
    UploadFile,
    Header,
    UserAgent,
    Referer,
    Cookie,
    User,
    Bearer,
    Insecure,
    Resolve,
    ConnectTo,
    Proxy,
    GlobOff,
    /// Begins another request.
    Next,
    /// Has a value, and changes what is sent in a way that browsers do not have.
    UnusedValue,
    /// The same without a value.
    Unused,
    /// Has a value that says nothing about the request.
    IgnoredValue,
    /// Says nothing about the request.
    Ignored,
}

impl Effect {
    pub(super) fn takes_value(self) -> bool {
        !matches!(
            self,
            Self::Get
                | Self::Head
                | Self::Insecure
                | Self::GlobOff
                | Self::Next
                | Self::Unused
                | Self::Ignored
        )
    }
}

const LONG: &[(&str, Effect)] = &[
    ("request", Effect::Method),
    ("url", Effect::Url),
    ("get", Effect::Get),
    ("head", Effect::Head),
    ("data", Effect::Data),
    ("data-ascii", Effect::Data),
    ("data-raw", Effect::DataRaw),
    ("data-binary", Effect::DataBinary),
    ("data-urlencode", Effect::DataUrlencode),
    ("json", Effect::Json),
    ("form", Effect::Form),
    ("form-string", Effect::FormString),
    ("upload-file", Effect::UploadFile),
    ("header", Effect::Header),
    ("user-agent", Effect::UserAgent),
    ("referer", Effect::Referer),
    ("cookie", Effect::Cookie),
    ("user", Effect::User),
    ("oauth2-bearer", Effect::Bearer),
    ("insecure", Effect::Insecure),
    ("resolve", Effect::Resolve),
    ("connect-to", Effect::ConnectTo),
    ("proxy", Effect::Proxy),
    ("globoff", Effect::GlobOff),
    ("next", Effect::Next),
];

const SHORT: &[(char, Effect)] = &[
    ('X', Effect::Method),
    ('G', Effect::Get),
    ('I', Effect::Head),
    ('d', Effect::Data),
    ('F', Effect::Form),
    ('T', Effect::UploadFile),
    ('H', Effect::Header),
    ('A', Effect::UserAgent),
    ('e', Effect::Referer),
    ('b', Effect::Cookie),
    ('u', Effect::User),
    ('k', Effect::Insecure),
    ('x', Effect::Proxy),
    ('g', Effect::GlobOff),
    (':', Effect::Next),
];

/// Options with a value that change the request, but not as a browser could.
const UNUSED_VALUES: &[&str] = &[
    "abstract-unix-socket",
    "aws-sigv4",
    "cacert",
    "capath",
    "cert",
    "cert-type",
    "ciphers",
    "config",
    "curves",
    "delegation",
    "dns-interface",
    "dns-ipv4-addr",
    "dns-ipv6-addr",
    "dns-servers",
    "doh-url",
    "ech",
    "interface",
    "key",
    "key-type",
    "local-port",
    "max-redirs",
    "netrc-file",
    "noproxy",
    "pass",
    "pinnedpubkey",
    "preproxy",
    "proto",
    "proto-default",
    "proto-redir",
    "proxy-header",
    "proxy-user",
    "quote",
    "range",
    "request-target",
    "socks4",
    "socks4a",
    "socks5",
    "socks5-hostname",
    "time-cond",
    "tls-max",
    "tls13-ciphers",
    "unix-socket",
    "variable",
];

/// The same without a value.
const UNUSED: &[&str] = &[
    "anyauth",
    "digest",
    "disable",
    "haproxy-protocol",
    "http0.9",
    "http1.0",
    "location-trusted",
    "negotiate",
    "netrc",
    "netrc-optional",
    "ntlm",
    "post301",
    "post302",
    "post303",
    "ssl-reqd",
    "tr-encoding",
];

/// Options with a value that matter to the output or to the connection only.
const IGNORED_VALUES: &[&str] = &[
    "connect-timeout",
    "continue-at",
    "cookie-jar",
    "create-file-mode",
    "crlfile",
    "dump-header",
    "etag-compare",
    "etag-save",
    "expect100-timeout",
    "happy-eyeballs-timeout-ms",
    "hostpubmd5",
    "keepalive-cnt",
    "keepalive-time",
    "libcurl",
    "limit-rate",
    "max-filesize",
    "max-time",
    "output",
    "output-dir",
    "parallel-max",
    "rate",
    "retry",
    "retry-delay",
    "retry-max-time",
    "speed-limit",
    "speed-time",
    "stderr",
    "telnet-option",
    "trace",
    "trace-ascii",
    "trace-config",
    "write-out",
];

/// The same without a value.
const IGNORED: &[&str] = &[
    "alt-svc",
    "append",
    "basic",
    "buffer",
    "clobber",
    "compressed",
    "compressed-ssh",
    "create-dirs",
    "fail",
    "fail-early",
    "fail-with-body",
    "hsts",
    "http1.1",
    "http2",
    "http2-prior-knowledge",
    "http3",
    "http3-only",
    "include",
    "ipv4",
    "ipv6",
    "junk-session-cookies",
    "keepalive",
    "location",
    "manual",
    "no-alpn",
    "no-buffer",
    "no-clobber",
    "no-keepalive",
    "no-npn",
    "no-progress-meter",
    "no-sessionid",
    "parallel",
    "parallel-immediate",
    "path-as-is",
    "progress-bar",
    "progress-meter",
    "proxy-insecure",
    "raw",
    "remote-header-name",
    "remote-name",
    "remote-name-all",
    "remote-time",
    "remove-on-error",
    "retry-all-errors",
    "retry-connrefused",
    "sessionid",
    "show-error",
    "show-headers",
    "silent",
    "ssl",
    "ssl-no-revoke",
    "styled-output",
    "suppress-connect-headers",
    "tcp-fastopen",
    "tcp-nodelay",
    "tlsv1",
    "tlsv1.0",
    "tlsv1.1",
    "tlsv1.2",
    "tlsv1.3",
    "trace-ids",
    "trace-time",
    "verbose",
    "xattr",
];

const SHORT_UNUSED_VALUES: &str = "EKQUYrtyz";
const SHORT_IGNORED_VALUES: &str = "CDPcmowh";
const SHORT_UNUSED: &str = "naqjp";
const SHORT_IGNORED: &str = "#012346BfiJLlMNORSsVvZ";

/// What a long option does, without its hyphens; `None` for an unknown one.
pub(super) fn long(name: &str) -> Option<Effect> {
    let lists = [
        (UNUSED_VALUES, Effect::UnusedValue),
        (UNUSED, Effect::Unused),
        (IGNORED_VALUES, Effect::IgnoredValue),
        (IGNORED, Effect::Ignored),
    ];
    let known = LONG.iter().find(|(known, _)| *known == name);
    known.map(|(_, effect)| *effect).or_else(|| {
        let listed = lists.iter().find(|(names, _)| names.contains(&name));
        listed.map(|(_, effect)| *effect)
    })
}

/// What a short option does.
pub(super) fn short(name: char) -> Option<Effect> {
    let lists = [
        (SHORT_UNUSED_VALUES, Effect::UnusedValue),
        (SHORT_IGNORED_VALUES, Effect::IgnoredValue),
        (SHORT_UNUSED, Effect::Unused),
        (SHORT_IGNORED, Effect::Ignored),
    ];
    let known = SHORT.iter().find(|(known, _)| *known == name);
    known.map(|(_, effect)| *effect).or_else(|| {
        let listed = lists.iter().find(|(names, _)| names.contains(name));
        listed.map(|(_, effect)| *effect)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_option_is_listed_twice() {
        let mut names: Vec<&str> = LONG.iter().map(|(name, _)| *name).collect();
        for list in [UNUSED_VALUES, UNUSED, IGNORED_VALUES, IGNORED] {
            names.extend(list);
        }
        names.sort_unstable();
        let twice: Vec<_> = names.windows(2).filter(|pair| pair[0] == pair[1]).collect();
        assert!(twice.is_empty(), "{twice:?}");
        let mut signs: Vec<char> = SHORT.iter().map(|(sign, _)| *sign).collect();
        for list in [
            SHORT_UNUSED_VALUES,
            SHORT_IGNORED_VALUES,
            SHORT_UNUSED,
            SHORT_IGNORED,
        ] {
            signs.extend(list.chars());
        }
        signs.sort_unstable();
        let twice: Vec<_> = signs.windows(2).filter(|pair| pair[0] == pair[1]).collect();
        assert!(twice.is_empty(), "{twice:?}");
    }
}
