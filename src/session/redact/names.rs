//! Which names say that their value is a secret.

/// Words that make any name one of a secret.
const WORDS: &[&str] = &[
    "apikey",
    "auth",
    "authorization",
    "cookie",
    "credential",
    "credentials",
    "csrf",
    "jwt",
    "pass",
    "passcode",
    "passwd",
    "password",
    "pwd",
    "secret",
    "session",
    "sessionid",
    "sid",
    "sig",
    "signature",
    "token",
    "xsrf",
];

/// `key` after one of these is one too.
const KEYS_OF: &[&str] = &[
    "access",
    "api",
    "app",
    "auth",
    "client",
    "encryption",
    "functions",
    "license",
    "master",
    "private",
    "subscription",
];

/// Names of parameters that are secrets on their own.
const PARAMETERS: &[&str] = &["code", "key", "otp", "ticket"];

/// Whether the value of a header of this name is a secret. The headers that CORS and WebSockets are
/// decided by never are.
pub(super) fn is_secret_header(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    !is_judged(&name) && is_secret(&name)
}

/// Whether a verdict is made of the value of a header of this name, in lower case: it is never touched.
pub(super) fn is_judged(name: &str) -> bool {
    const STARTS: &[&str] = &[
        "access-control-",
        "content-security-policy",
        "cross-origin-",
        "if-",
        "sec-",
    ];
    const NAMES: &[&str] = &[
        "cache-control",
        "content-type",
        "etag",
        "origin",
        "proxy-authenticate",
        "vary",
        "www-authenticate",
    ];
    NAMES.contains(&name) || STARTS.iter().any(|start| name.starts_with(start))
}

/// Whether the value of a field of JSON of this name is a secret. There `code` and `key` say too often what
/// went wrong.
pub(super) fn is_secret_field(name: &str) -> bool {
    name.eq_ignore_ascii_case("otp") || is_secret(name)
}

/// Whether the value of a parameter of a URL or of a form is a secret.
pub(super) fn is_secret_parameter(name: &str) -> bool {
    PARAMETERS.contains(&name.to_ascii_lowercase().as_str()) || is_secret(name)
}

/// A name that ends so says something about a secret that is none itself.
const ABOUT: &[&str] = &[
    "count", "endpoint", "expires", "expiry", "in", "length", "limit", "name", "policy", "type",
    "uri", "url",
];

fn is_secret(name: &str) -> bool {
    let words = words(name);
    if words
        .last()
        .is_some_and(|last| ABOUT.contains(&last.as_str()))
    {
        return false;
    }
    let listed = |list: &[&str], word: &String| list.contains(&word.as_str());
    words.iter().any(|word| listed(WORDS, word))
        || words
            .windows(2)
            .any(|pair| listed(KEYS_OF, &pair[0]) && pair[1] == "key")
}

/// `X-Api-Key`, `api_key` and `apiKey` in words, in lower case.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut after_lower = false;
    for c in name.chars() {
        let breaks = !c.is_ascii_alphanumeric() || c.is_ascii_uppercase() && after_lower;
        if breaks {
            words.push(String::new());
        }
        if c.is_ascii_alphanumeric()
            && let Some(word) = words.last_mut()
        {
            word.push(c.to_ascii_lowercase());
        }
        after_lower = c.is_ascii_lowercase() || c.is_ascii_digit();
    }
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_hold_secrets() {
        for name in [
            "Authorization",
            "X-Api-Key",
            "api-key",
            "X-Auth-Token",
            "X-CSRF-Token",
            "Ocp-Apim-Subscription-Key",
            "X-Amz-Security-Token",
            "Client-Secret",
        ] {
            assert!(is_secret_header(name), "{name}");
        }
        for name in [
            "access_token",
            "apiKey",
            "key",
            "code",
            "sig",
            "X-Amz-Signature",
            "PHPSESSID_sid",
        ] {
            assert!(is_secret_parameter(name), "{name}");
        }
    }

    #[test]
    fn names_that_do_not() {
        for name in [
            "Access-Control-Allow-Credentials",
            "Access-Control-Allow-Origin",
            "Sec-WebSocket-Key",
            "WWW-Authenticate",
            "Idempotency-Key",
            "Content-Type",
            "Author",
            "X-Passage",
        ] {
            assert!(!is_secret_header(name), "{name}");
        }
        for name in [
            "q",
            "page",
            "keyword",
            "tokens_left_over_key",
            "monkey",
            "token_type",
            "tokenExpiresIn",
        ] {
            assert!(!is_secret_parameter(name), "{name}");
        }
    }
}
