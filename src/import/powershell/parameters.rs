//! The parameters of `Invoke-WebRequest` and `Invoke-RestMethod`, and those that every command has:
//! <https://learn.microsoft.com/powershell/module/microsoft.powershell.utility/invoke-webrequest>.

/// What a parameter does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Parameter {
    Uri,
    Method,
    CustomMethod,
    Headers,
    Body,
    Form,
    InFile,
    ContentType,
    UserAgent,
    WebSession,
    Authentication,
    Token,
    Credential,
    Insecure,
    Proxy,
    /// Has a value, and changes what is sent in a way that browsers do not have.
    UnusedValue,
    Unused,
    /// Has a value that says nothing about the request.
    IgnoredValue,
    Ignored,
}

impl Parameter {
    pub(super) fn takes_value(self) -> bool {
        !matches!(self, Self::Insecure | Self::Unused | Self::Ignored)
    }
}

const PARAMETERS: &[(&str, Parameter)] = &[
    ("uri", Parameter::Uri),
    ("method", Parameter::Method),
    ("custommethod", Parameter::CustomMethod),
    ("headers", Parameter::Headers),
    ("body", Parameter::Body),
    ("form", Parameter::Form),
    ("infile", Parameter::InFile),
    ("contenttype", Parameter::ContentType),
    ("useragent", Parameter::UserAgent),
    ("websession", Parameter::WebSession),
    ("authentication", Parameter::Authentication),
    ("token", Parameter::Token),
    ("credential", Parameter::Credential),
    ("skipcertificatecheck", Parameter::Insecure),
    ("proxy", Parameter::Proxy),
    ("certificate", Parameter::UnusedValue),
    ("certificatethumbprint", Parameter::UnusedValue),
    ("transferencoding", Parameter::UnusedValue),
    ("usedefaultcredentials", Parameter::Unused),
    ("resume", Parameter::Unused),
    ("sessionvariable", Parameter::IgnoredValue),
    ("sv", Parameter::IgnoredValue),
    ("outfile", Parameter::IgnoredValue),
    ("timeoutsec", Parameter::IgnoredValue),
    ("connectiontimeoutseconds", Parameter::IgnoredValue),
    ("operationtimeoutseconds", Parameter::IgnoredValue),
    ("maximumredirection", Parameter::IgnoredValue),
    ("maximumretrycount", Parameter::IgnoredValue),
    ("retryintervalsec", Parameter::IgnoredValue),
    ("maximumfollowrellink", Parameter::IgnoredValue),
    ("httpversion", Parameter::IgnoredValue),
    ("sslprotocol", Parameter::IgnoredValue),
    ("statuscodevariable", Parameter::IgnoredValue),
    ("responseheadersvariable", Parameter::IgnoredValue),
    ("rhv", Parameter::IgnoredValue),
    ("proxycredential", Parameter::IgnoredValue),
    ("unixsocket", Parameter::UnusedValue),
    ("erroraction", Parameter::IgnoredValue),
    ("ea", Parameter::IgnoredValue),
    ("errorvariable", Parameter::IgnoredValue),
    ("ev", Parameter::IgnoredValue),
    ("warningaction", Parameter::IgnoredValue),
    ("informationaction", Parameter::IgnoredValue),
    ("outvariable", Parameter::IgnoredValue),
    ("ov", Parameter::IgnoredValue),
    ("progressaction", Parameter::IgnoredValue),
    ("usebasicparsing", Parameter::Ignored),
    ("passthru", Parameter::Ignored),
    ("disablekeepalive", Parameter::Ignored),
    ("noproxy", Parameter::Ignored),
    ("proxyusedefaultcredentials", Parameter::Ignored),
    ("followrellink", Parameter::Ignored),
    ("skiphttperrorcheck", Parameter::Ignored),
    ("skipheadervalidation", Parameter::Ignored),
    ("allowunencryptedauthentication", Parameter::Ignored),
    ("allowinsecureredirect", Parameter::Ignored),
    ("preserveauthorizationonredirect", Parameter::Ignored),
    ("preservehttpmethodonredirect", Parameter::Ignored),
    ("verbose", Parameter::Ignored),
    ("vb", Parameter::Ignored),
    ("debug", Parameter::Ignored),
];

/// What a name stands for; the beginning of one is enough. Where several begin so, the first counts.
pub(super) fn parameter(name: &str) -> Option<Parameter> {
    let name = name.to_ascii_lowercase();
    let exact = PARAMETERS.iter().find(|(known, _)| *known == name);
    let begun = || {
        let mut begun = PARAMETERS.iter();
        begun.find(|(known, _)| !name.is_empty() && known.starts_with(&name))
    };
    exact.or_else(begun).map(|(_, parameter)| *parameter)
}
