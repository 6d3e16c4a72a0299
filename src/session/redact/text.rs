//! Finds secrets in text and puts something in their place: URLs, bodies, tokens that look like it.

use std::collections::HashMap;

use percent_encoding::{NON_ALPHANUMERIC, percent_decode, percent_encode};

use super::names::{is_secret_field, is_secret_parameter};

/// The same secret gets the same stand-in wherever it stands, so that what was equal stays equal.
#[derive(Debug, Default)]
pub(super) struct Masks {
    stand_ins: HashMap<Vec<u8>, Vec<u8>>,
    /// Whether stand-ins are variables that the user fills, named after what they stood in.
    pub(super) as_variables: bool,
    /// The names of the variables, in order.
    pub(super) variables: Vec<String>,
}

impl Masks {
    /// Masks that stand for variables: `${API_KEY}`.
    pub(super) fn variables() -> Self {
        Self {
            as_variables: true,
            ..Self::default()
        }
    }

    /// What stands for a secret: `redacted-1`, or a variable. A secret that could not stand where it
    /// stands (the engine refuses such values) keeps all but its letters and digits.
    pub(super) fn mask(&mut self, name: &str, secret: &[u8]) -> Vec<u8> {
        // A variable already, written by hand; or a stand-in.
        let stands_in: &[u8] = if self.as_variables { b"${" } else { STAND_IN };
        if secret.is_empty() || secret.starts_with(stands_in) {
            return secret.to_vec();
        }
        let plain = |byte: &u8| matches!(byte, b'\t' | b' '..=b'~' | 0x80..);
        if !self.as_variables && !secret.iter().all(plain) {
            return outline(secret);
        }
        if let Some(known) = self.stand_ins.get(secret) {
            return known.clone();
        }
        let stand_in = if self.as_variables {
            format!("${{{}}}", self.new_variable(name))
        } else {
            format!("redacted-{}", self.stand_ins.len() + 1)
        };
        let stand_in = stand_in.into_bytes();
        self.stand_ins.insert(secret.to_vec(), stand_in.clone());
        stand_in
    }

    fn new_variable(&mut self, name: &str) -> String {
        let letter = |c: char| match c.is_ascii_alphanumeric() {
            true => c.to_ascii_uppercase(),
            false => '_',
        };
        let base: String = name.chars().map(letter).collect();
        let numbered = (2..).map(|number| format!("{base}_{number}"));
        let mut names = std::iter::once(base.clone()).chain(numbered);
        let new = names.find(|name| !self.variables.contains(name));
        let new = new.unwrap_or(base);
        self.variables.push(new.clone());
        new
    }

    /// As [`Masks::mask`], for a part of a URL: however it is encoded, it is the same secret.
    fn mask_encoded(&mut self, name: &str, secret: &[u8]) -> Vec<u8> {
        if self.as_variables {
            return self.mask(name, secret);
        }
        let mut decoded: Vec<u8> = percent_decode(secret).collect();
        decoded.retain(|byte| !matches!(byte, b'\t' | b'\r' | b'\n'));
        self.mask(name, decoded.trim_ascii())
    }

    /// A whole URL, absolute or not: parameters, user info, tokens.
    pub(super) fn url(&mut self, url: &[u8]) -> Vec<u8> {
        if url.starts_with(b"data:") || url.starts_with(b"blob:") {
            return url.to_vec();
        }
        let masked = self.user_info(url);
        let masked = self.parameters(&masked, |byte| matches!(byte, b'&' | b'#' | b'?'));
        self.tokens(&masked)
    }

    /// Text in which URLs may stand.
    pub(super) fn prose(&mut self, text: &[u8]) -> Vec<u8> {
        let masked = self.user_info(text);
        let ends = |byte| {
            matches!(byte, b'&' | b'#' | b'?' | b'"' | b'<' | b'>' | b'`' | b')') || byte <= b' '
        };
        let masked = self.parameters(&masked, ends);
        let masked = self.tokens(&masked);
        self.echoes(&masked)
    }

    /// `scheme://user:password@host`: the password, or the user where there is none.
    fn user_info(&mut self, text: &[u8]) -> Vec<u8> {
        let mut out = Vec::with_capacity(text.len());
        let mut rest = text;
        while let Some(at) = find(rest, b"://") {
            let (before, after) = rest.split_at(at + 3);
            out.extend_from_slice(before);
            let ends = |byte: &u8| matches!(byte, b'/' | b'?' | b'#' | b'\\') || *byte <= b' ';
            let authority = after.iter().position(ends).unwrap_or(after.len());
            rest = after;
            if let Some(sign) = after[..authority].iter().rposition(|byte| *byte == b'@') {
                let info = &after[..sign];
                match info.iter().position(|byte| *byte == b':') {
                    Some(colon) if colon + 1 < info.len() => {
                        out.extend_from_slice(&info[..=colon]);
                        out.extend(self.mask_encoded("password", &info[colon + 1..]));
                    }
                    Some(colon) => {
                        out.extend(self.mask_encoded("user", &info[..colon]));
                        out.push(b':');
                    }
                    None => out.extend(self.mask_encoded("user", info)),
                }
                rest = &after[sign..];
            }
        }
        out.extend_from_slice(rest);
        out
    }

    fn parameters(&mut self, text: &[u8], ends: impl Fn(u8) -> bool) -> Vec<u8> {
        let mut out = Vec::with_capacity(text.len());
        let mut at = 0;
        while at < text.len() {
            let byte = text[at];
            out.push(byte);
            at += 1;
            if !matches!(byte, b'?' | b'&' | b'#') {
                continue;
            }
            let pair = &text[at..];
            let pair = &pair[..pair
                .iter()
                .position(|byte| ends(*byte))
                .unwrap_or(pair.len())];
            let Some(sign) = pair.iter().position(|byte| *byte == b'=') else {
                continue;
            };
            let name: Vec<u8> = percent_decode(&pair[..sign]).collect();
            let name = String::from_utf8_lossy(&name);
            if is_secret_parameter(&name) {
                out.extend_from_slice(&pair[..=sign]);
                out.extend(self.mask_encoded(&name, &pair[sign + 1..]));
                at += pair.len();
            } else if let Some(masked) = self.nested(&pair[sign + 1..]) {
                out.extend_from_slice(&pair[..=sign]);
                out.extend(masked);
                at += pair.len();
            }
        }
        out
    }

    /// A URL in a parameter of another, if there is something to hide in it.
    fn nested(&mut self, value: &[u8]) -> Option<Vec<u8>> {
        if !value.contains(&b'%') {
            return None;
        }
        let decoded: Vec<u8> = percent_decode(value).collect();
        let masked = self.url(&decoded);
        let encoded = percent_encode(&masked, NON_ALPHANUMERIC).to_string();
        (masked != decoded).then(|| encoded.into_bytes())
    }

    /// Secrets that are known from elsewhere, where nothing but their value tells them.
    pub(super) fn echoes(&self, text: &[u8]) -> Vec<u8> {
        self.each_echo(text, |_, stand_in| stand_in.to_vec())
    }

    fn each_echo(&self, text: &[u8], mask: impl Fn(&[u8], &[u8]) -> Vec<u8>) -> Vec<u8> {
        let known = self.stand_ins.iter();
        let mut telling: Vec<_> = known.filter(|(one, _)| is_telling(one)).collect();
        // One may hold another.
        telling.sort_by_key(|(secret, _)| (std::cmp::Reverse(secret.len()), *secret));
        let mut out = text.to_vec();
        for (secret, stand_in) in telling {
            let places: Vec<usize> = memchr::memmem::find_iter(&out, secret).collect();
            for at in places.into_iter().rev() {
                let end = at + secret.len();
                let within = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
                if !within(out[..at].last()) && !within(out.get(end)) {
                    out.splice(at..end, mask(secret, stand_in));
                }
            }
        }
        out
    }

    /// JSON Web Tokens, wherever they stand.
    pub(super) fn tokens(&mut self, text: &[u8]) -> Vec<u8> {
        each_token(text, |token| self.mask("token", token))
    }

    /// A body: fields of JSON and of forms whose names say so, and tokens. Its length stays, since a
    /// browser may judge it, unless variables take their place.
    pub(super) fn body(&mut self, body: &[u8]) -> Vec<u8> {
        let mut hide = |name: &str, secret: &[u8]| match self.as_variables {
            true => self.mask(name, secret),
            false => blank(secret),
        };
        let masked = fields(body, &mut hide);
        let masked = each_token(&masked, |token| hide("token", token));
        self.each_echo(&masked, |secret, stand_in| match self.as_variables {
            true => stand_in.to_vec(),
            false => blank(secret),
        })
    }
}

/// How what stands for a secret begins.
const STAND_IN: &[u8] = b"redacted-";

/// Whether a secret can be told from ordinary words by its value alone.
fn is_telling(secret: &[u8]) -> bool {
    let any = |is: fn(&u8) -> bool| secret.iter().any(is);
    let mixed = any(u8::is_ascii_digit) && any(u8::is_ascii_alphabetic);
    (secret.len() >= 8 && mixed || secret.len() >= 20) && !secret.starts_with(STAND_IN)
}

/// Whether a field of a body whose name says that it is a secret has such a value.
pub(super) fn any_secret(body: &[u8], like: impl Fn(&[u8]) -> bool) -> bool {
    let mut found = false;
    fields(body, &mut |_, secret| {
        found |= like(secret);
        Vec::new()
    });
    found
}

fn fields(body: &[u8], hide: Hide<'_>) -> Vec<u8> {
    let start = body.trim_ascii_start();
    if start.starts_with(b"{") || start.starts_with(b"[") {
        json_fields(body, hide)
    } else if find(body, FORM_FIELD).is_some() {
        form_data(body, hide)
    } else {
        form_pairs(body, hide)
    }
}

/// How the name of a field of `multipart/form-data` begins.
const FORM_FIELD: &[u8] = b"form-data; name=\"";

/// Puts something in the place of a secret, given its name and itself.
type Hide<'a> = &'a mut dyn FnMut(&str, &[u8]) -> Vec<u8>;

fn each_token(text: &[u8], mut mask: impl FnMut(&[u8]) -> Vec<u8>) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = find(rest, b"eyJ") {
        let (before, after) = rest.split_at(at);
        out.extend_from_slice(before);
        let part = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
        let length = after.iter().position(|byte| !part(byte));
        let (word, left) = after.split_at(length.unwrap_or(after.len()));
        let dots = word.iter().filter(|byte| **byte == b'.').count();
        if dots >= 2 && word.len() > 20 {
            out.extend(mask(word));
        } else {
            out.extend_from_slice(word);
        }
        rest = left;
    }
    out.extend_from_slice(rest);
    out
}

/// Letters and digits become `x`.
pub(super) fn outline(secret: &[u8]) -> Vec<u8> {
    let hide = |byte: &u8| match byte.is_ascii_alphanumeric() {
        true => b'x',
        false => *byte,
    };
    secret.iter().map(hide).collect()
}

/// As many `x` as there were bytes.
pub(super) fn blank(secret: &[u8]) -> Vec<u8> {
    vec![b'x'; secret.len()]
}

/// `"name": "value"`, also in JSON that was cut. All that stands below a secret's name is secret.
fn json_fields(body: &[u8], hide: Hide<'_>) -> Vec<u8> {
    let mut out = Vec::with_capacity(body.len());
    let mut at = 0;
    // The name of the value that comes, and that of what holds it with its depth, if they say so.
    let (mut name, mut holder, mut depth) = (None, None::<(String, usize)>, 0_usize);
    while at < body.len() {
        let byte = body[at];
        let secret = |name: &Option<String>| {
            let holder = holder.as_ref().map(|(name, _)| name);
            name.as_ref().or(holder).cloned()
        };
        match byte {
            b'"' => {
                let (start, end) = (at + 1, string_end(body, at + 1));
                let text = &body[start..end];
                let after = body.get(end + 1..).unwrap_or_default().trim_ascii_start();
                out.push(byte);
                if after.starts_with(b":") {
                    let text_name = String::from_utf8_lossy(text);
                    name = is_secret_field(&text_name).then(|| text_name.into_owned());
                    out.extend_from_slice(text);
                } else if let Some(secret) = secret(&name) {
                    out.extend(hide(&secret, text));
                } else {
                    out.extend_from_slice(text);
                }
                out.extend(body.get(end));
                at = end + 1;
                continue;
            }
            b'0'..=b'9' => {
                let digits = body[at..].iter().take_while(|byte| byte.is_ascii_digit());
                let digits = &body[at..at + digits.count()];
                match secret(&name) {
                    Some(secret) => out.extend(number(hide(&secret, digits))),
                    None => out.extend_from_slice(digits),
                }
                at += digits.len();
                continue;
            }
            b'{' | b'[' => {
                if holder.is_none() {
                    holder = name.take().map(|name| (name, depth));
                }
                depth += 1;
            }
            b'}' | b']' => {
                depth = depth.saturating_sub(1);
                holder = holder.filter(|(_, from)| *from < depth);
                name = None;
            }
            b',' => name = None,
            _ => {}
        }
        out.push(byte);
        at += 1;
    }
    out
}

/// A blanked number stays one.
fn number(hidden: Vec<u8>) -> Vec<u8> {
    match hidden.iter().all(|byte| *byte == b'x') {
        true => vec![b'0'; hidden.len()],
        false => hidden,
    }
}

/// The place of the quote that ends a string, or the end of the text.
fn string_end(body: &[u8], start: usize) -> usize {
    let mut at = start;
    while at < body.len() && body[at] != b'"' {
        at += if body[at] == b'\\' { 2 } else { 1 };
    }
    at.min(body.len())
}

fn form_pairs(body: &[u8], hide: Hide<'_>) -> Vec<u8> {
    let mut out = Vec::with_capacity(body.len());
    for (at, pair) in body.split(|byte| *byte == b'&').enumerate() {
        if at > 0 {
            out.push(b'&');
        }
        let sign = pair.iter().position(|byte| *byte == b'=');
        let (name, value) = pair.split_at(sign.map_or(0, |sign| sign + 1));
        let text = String::from_utf8_lossy(name.strip_suffix(b"=").unwrap_or(name));
        out.extend_from_slice(name);
        match is_secret_parameter(&text) {
            true => out.extend(hide(&text, value)),
            false => out.extend_from_slice(value),
        }
    }
    out
}

fn form_data(body: &[u8], hide: Hide<'_>) -> Vec<u8> {
    let mut out = Vec::with_capacity(body.len());
    let mut at = 0;
    while let Some(found) = find(&body[at..], FORM_FIELD) {
        let start = at + found + FORM_FIELD.len();
        let end = string_end(body, start);
        let name = String::from_utf8_lossy(&body[start..end]);
        let Some(head) = find(&body[end..], b"\r\n\r\n") else {
            break;
        };
        let value = end + head + 4;
        let length = find(&body[value..], b"\r\n--").unwrap_or(body.len() - value);
        out.extend_from_slice(&body[at..value]);
        at = value + length;
        match is_secret_parameter(&name) {
            true => out.extend(hide(&name, &body[value..at])),
            false => out.extend_from_slice(&body[value..at]),
        }
    }
    out.extend_from_slice(&body[at..]);
    out
}

fn find(text: &[u8], wanted: &[u8]) -> Option<usize> {
    memchr::memmem::find(text, wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(mask: impl Fn(&mut Masks, &[u8]) -> Vec<u8>, text: &str) -> String {
        String::from_utf8(mask(&mut Masks::default(), text.as_bytes())).unwrap()
    }

    #[test]
    fn urls() {
        for (url, expected) in [
            (
                "https://a.test/x?token=abc&q=1&token=abc",
                "https://a.test/x?token=redacted-1&q=1&token=redacted-1",
            ),
            (
                "/x?q=1&api_key=a%20b#access_token=a b",
                "/x?q=1&api_key=redacted-1#access_token=redacted-1",
            ),
            (
                "https://me:secret@a.test/@b",
                "https://me:redacted-1@a.test/@b",
            ),
            ("https://ghp_1@a.test", "https://redacted-1@a.test"),
            ("https://a.test/?token=", "https://a.test/?token="),
            (
                "https://a.test/eyJhbGciOiJIUzI1NiJ9.eyJzdWIi.c2ln/x",
                "https://a.test/redacted-1/x",
            ),
            ("data:text/plain,?token=1", "data:text/plain,?token=1"),
            (
                "/login?next=https%3A%2F%2Fb.test%2F%3Ftoken%3Dabc&token=abc",
                "/login?next=https%3A%2F%2Fb%2Etest%2F%3Ftoken%3Dredacted%2D1&token=redacted-1",
            ),
            (
                "https://a.test/?q=eyJ&next=/x",
                "https://a.test/?q=eyJ&next=/x",
            ),
        ] {
            assert_eq!(of(Masks::url, url), expected);
        }
    }

    #[test]
    fn prose_with_urls() {
        assert_eq!(
            of(
                Masks::prose,
                "<https://u:p@a.test/?sig=1>; rel=next, see ?key=2 there"
            ),
            "<https://u:redacted-1@a.test/?sig=redacted-2>; rel=next, see ?key=redacted-3 there"
        );
    }

    #[test]
    fn bodies_keep_their_length() {
        for (body, expected) in [
            (
                r#"{"user":"me","password" : "p\"w","n":{"apiKey":"k"}}"#,
                r#"{"user":"me","password" : "xxxx","n":{"apiKey":"x"}}"#,
            ),
            (r#"{"password":"cut of"#, r#"{"password":"xxxxxx"#),
            (r#"["token","abc"]"#, r#"["token","abc"]"#),
            (
                r#"{"token":["a",{"b":"c"}],"n":1,"pin_code":1,"password":-12.5,"x":"y"}"#,
                r#"{"token":["x",{"b":"x"}],"n":1,"pin_code":1,"password":-00.0,"x":"y"}"#,
            ),
            ("a=1&password=p%20w&b=2", "a=1&password=xxxxx&b=2"),
            ("plain text", "plain text"),
            (
                "--b\r\nContent-Disposition: form-data; name=\"token\"\r\n\r\nabc\r\n--b\r\nContent-Disposition: form-data; name=\"q\"\r\n\r\nabc\r\n--b--",
                "--b\r\nContent-Disposition: form-data; name=\"token\"\r\n\r\nxxx\r\n--b\r\nContent-Disposition: form-data; name=\"q\"\r\n\r\nabc\r\n--b--",
            ),
        ] {
            assert_eq!(of(Masks::body, body), expected);
            assert_eq!(body.len(), expected.len());
        }
    }

    #[test]
    fn what_is_refused_stays_refused() {
        let mask = |masks: &mut Masks, text: &[u8]| masks.mask("name", text);
        assert_eq!(of(mask, "ab\n1"), "xx\nx");
    }
}
