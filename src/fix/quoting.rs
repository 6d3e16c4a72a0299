//! Template filters that write a value as a string of a configuration language, quotes included.
//!
//! A value is an origin, a token of HTTP or a list of tokens, so it is printable ASCII. Every filter
//! holds that again, and refuses what its language has no way to write.

use minijinja::{Environment, Error, ErrorKind};

/// Adds every filter to an environment.
pub(super) fn add_to(environment: &mut Environment<'_>) {
    environment.add_filter("quoted", quoted);
    environment.add_filter("single", single);
    environment.add_filter("dollar_free", dollar_free);
    environment.add_filter("apache", apache);
    environment.add_filter("apache_word", apache_word);
    environment.add_filter("haproxy", haproxy);
    environment.add_filter("haproxy_format", haproxy_format);
    environment.add_filter("caddy", caddy);
    environment.add_filter("regex_free", regex_free);
    environment.add_filter("plain", plain);
    environment.add_filter("xml", xml);
}

/// Between double quotes, `"` and `\` escaped: JSON, JavaScript, Python, Java, C#, Go, Rust, TOML,
/// YAML and lighttpd, where nothing else between the quotes means anything.
fn quoted(text: &str) -> Result<String, Error> {
    Ok(format!("\"{}\"", escaped(text, &['"', '\\'])?))
}

/// Between single quotes, `'` and `\` escaped: Ruby and PHP, whose double quotes interpolate.
fn single(text: &str) -> Result<String, Error> {
    Ok(format!("'{}'", escaped(text, &['\'', '\\'])?))
}

/// As [`quoted`], where `$` begins a variable and cannot be escaped: nginx.
fn dollar_free(text: &str) -> Result<String, Error> {
    refuse(text, &['$'], "a variable would begin at the `$`")?;
    quoted(text)
}

/// A value of Apache's `Header`, where `%` begins a format.
fn apache(text: &str) -> Result<String, Error> {
    Ok(quoted(text)?.replace('%', "%%"))
}

/// A string in a double-quoted expression of Apache.
fn apache_word(text: &str) -> Result<String, Error> {
    refuse(
        text,
        &['\'', '"', '\\', '$', '%'],
        "an expression has no way to escape it",
    )?;
    Ok(format!("'{text}'"))
}

/// A word of HAProxy's configuration.
fn haproxy(text: &str) -> Result<String, Error> {
    Ok(format!("\"{}\"", escaped(text, &['"', '\\', '$'])?))
}

/// A word of HAProxy's configuration that is a log format, where `%` begins a variable.
fn haproxy_format(text: &str) -> Result<String, Error> {
    Ok(haproxy(text)?.replace('%', "%%"))
}

/// A token of a Caddyfile, where braces begin a placeholder.
fn caddy(text: &str) -> Result<String, Error> {
    refuse(text, &['{', '}'], "a placeholder would begin at the brace")?;
    quoted(text)
}

/// As [`quoted`], where some characters would make the text a regular expression: Flask-CORS.
fn regex_free(text: &str) -> Result<String, Error> {
    const META: &[char] = &['*', '\\', '?', '$', '^', '[', ']', '(', ')', '|', '+'];
    refuse(text, META, "it would be taken for a regular expression")?;
    quoted(text)
}

/// As [`quoted`], where a list of names is read by letters: rs/cors before 1.11.
fn plain(text: &str) -> Result<String, Error> {
    let known = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    match text.chars().find(|c| !known(c)) {
        Some(odd) => Err(unwritable(
            text,
            odd,
            "only letters, digits, `-`, `_` and `.` are read in names",
        )),
        None => quoted(text),
    }
}

/// The text of an XML element.
fn xml(text: &str) -> Result<String, Error> {
    let text = escaped(text, &[])?;
    let escaped = text.replace('&', "&amp;").replace('<', "&lt;");
    Ok(escaped.replace('>', "&gt;").replace('"', "&quot;"))
}

fn escaped(text: &str, special: &[char]) -> Result<String, Error> {
    if let Some(odd) = text.chars().find(|c| !matches!(c, ' '..='~')) {
        return Err(unwritable(text, odd, "it is not printable ASCII"));
    }
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        if special.contains(&c) {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    Ok(escaped)
}

fn refuse(text: &str, characters: &[char], why: &str) -> Result<(), Error> {
    match text.chars().find(|c| characters.contains(c)) {
        Some(found) => Err(unwritable(text, found, why)),
        None => Ok(()),
    }
}

fn unwritable(text: &str, character: char, why: &str) -> Error {
    Error::new(
        ErrorKind::InvalidOperation,
        format!(
            "`{}` holds `{}`: {why}",
            text.escape_default(),
            character.escape_default()
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(filter: fn(&str) -> Result<String, Error>, text: &str) -> String {
        filter(text).unwrap_or_else(|error| error.detail().unwrap_or_default().to_owned())
    }

    #[test]
    fn each_language_escapes_what_means_something_in_it() {
        type Filter = fn(&str) -> Result<String, Error>;
        let cases: [(Filter, &str, &str); 13] = [
            (quoted, "x-a", r#""x-a""#),
            (quoted, r#"a"b\c"#, r#""a\"b\\c""#),
            (single, "x-o'neil", r"'x-o\'neil'"),
            (single, "#{x}", "'#{x}'"),
            (dollar_free, "x-a", r#""x-a""#),
            (apache, "x-%d", r#""x-%%d""#),
            (
                apache_word,
                "https://a.example:8443",
                "'https://a.example:8443'",
            ),
            (haproxy, "x-$HOME", r#""x-\$HOME""#),
            (haproxy_format, "x-%[src]", r#""x-%%[src]""#),
            (caddy, "x`y", r#""x`y""#),
            (quoted, "", r#""""#),
            (regex_free, "x-a.b", r#""x-a.b""#),
            (xml, "x-a&b'<", "x-a&amp;b'&lt;"),
        ];
        for (filter, text, expected) in cases {
            assert_eq!(told(filter, text), expected, "{text}");
        }
    }

    #[test]
    fn what_a_language_cannot_write_is_refused_and_named() {
        assert_eq!(
            told(dollar_free, "x-$host"),
            "`x-$host` holds `$`: a variable would begin at the `$`"
        );
        assert_eq!(
            told(apache_word, "x'"),
            r"`x\'` holds `\'`: an expression has no way to escape it"
        );
        for filter in [quoted, single, dollar_free, apache, haproxy, caddy] {
            for odd in ["a\nb", "a\0b", "a\u{1b}[31m", "é"] {
                assert!(filter(odd).is_err(), "{odd:?}");
            }
        }
        assert!(caddy("{env.HOME}").is_err());
        assert!(plain("x-a!").is_err());
        assert!(regex_free("http://[::1]").is_err());
    }
}
