//! A request as a curl command that can be pasted into bash, zsh or ksh: the same line, the same headers in
//! the same order, the same body; nothing that curl would add by itself.

use std::fmt::Write as _;

use crate::wire::HttpRequest;

/// Headers that curl adds where nobody does; `Name:` takes them away.
const ADDED: [&str; 2] = ["User-Agent", "Accept"];

/// The command for a request. Its answer is shown with its head.
pub fn curl(request: &HttpRequest) -> String {
    let mut words = Words::default();
    words.flag("-i");
    match (request.method.as_str(), request.body.is_empty()) {
        ("GET", true) | ("POST", false) => {}
        ("HEAD", true) => words.flag("-I"),
        (method, _) => words.option("-X", method.as_bytes()),
    }
    let url = request.url.as_str();
    if url.contains(['[', ']', '{', '}']) {
        words.flag("-g");
    }
    words.put(url.as_bytes());
    for header in request.headers.iter() {
        if header.is("content-length") {
            continue;
        }
        let mut line = header.name.clone().into_bytes();
        match header.value.is_empty() {
            true => line.push(b';'),
            false => {
                line.extend(b": ");
                line.extend(&header.value);
            }
        }
        words.option("-H", &line);
        if header.is("accept-encoding") {
            words.flag("--compressed");
        }
    }
    let with_body = (!request.body.is_empty()).then_some("Content-Type");
    for name in ADDED.into_iter().chain(with_body) {
        if !request.headers.contains(name) {
            words.option("-H", format!("{name}:").as_bytes());
        }
    }
    if !request.body.is_empty() {
        words.body(&request.body);
    }
    words.text()
}

/// The words of the command, those that belong together on one line.
#[derive(Default)]
struct Words {
    lines: Vec<String>,
    /// What writes the body to the command's input, where it cannot be an argument.
    before: String,
}

impl Words {
    fn flag(&mut self, flag: &str) {
        self.lines.push(flag.to_owned());
    }

    fn put(&mut self, word: &[u8]) {
        self.lines.push(quoted(word));
    }

    fn option(&mut self, option: &str, value: &[u8]) {
        self.lines.push(format!("{option} {}", quoted(value)));
    }

    fn body(&mut self, body: &[u8]) {
        if body.contains(&0) {
            // No argument can hold a NUL.
            let format: String = body.iter().map(|byte| format!("\\{byte:03o}")).collect();
            self.before = format!("printf '{format}' | ");
            return self.option("--data-binary", b"@-");
        }
        self.option("--data-raw", body);
    }

    fn text(self) -> String {
        let mut text = self.before;
        text.push_str("curl");
        for (at, line) in self.lines.iter().enumerate() {
            let short = line.starts_with("-i") || line.starts_with("-I") || line == "-g";
            let gap = match at == 0 || short || line.starts_with("-X") {
                true => " ",
                false => " \\\n  ",
            };
            let _ = write!(text, "{gap}{line}");
        }
        text
    }
}

/// A word for a shell. What a terminal might act on is escaped, as in `$'\x1b'`.
fn quoted(word: &[u8]) -> String {
    let plain = std::str::from_utf8(word).ok().filter(|text| {
        let harmless = |c: char| c.is_alphanumeric() || (' '..='~').contains(&c);
        text.chars().all(harmless)
    });
    if let Some(word) = plain.and_then(|text| shlex::try_quote(text).ok()) {
        return word.into_owned();
    }
    let mut text = String::from("$'");
    for byte in word {
        match byte {
            b'\n' => text.push_str("\\n"),
            b'\r' => text.push_str("\\r"),
            b'\t' => text.push_str("\\t"),
            b'\'' | b'\\' => {
                text.push('\\');
                text.push(char::from(*byte));
            }
            b' '..=b'~' => text.push(char::from(*byte)),
            // Three digits, so that what follows is not taken for a fourth.
            _ => {
                let _ = write!(text, "\\{byte:03o}");
            }
        }
    }
    text.push('\'');
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::HeaderList;

    fn request(method: &str, url: &str, headers: &[(&str, &[u8])], body: &[u8]) -> HttpRequest {
        let mut list = HeaderList::new();
        for (name, value) in headers {
            list.append(*name, *value);
        }
        HttpRequest {
            method: method.to_owned(),
            url: url::Url::parse(url).unwrap(),
            headers: list,
            body: body.to_vec(),
        }
    }

    #[test]
    fn a_preflight_and_its_request() {
        let headers: &[(&str, &[u8])] = &[
            ("Accept", b"*/*"),
            ("Access-Control-Request-Method", b"PUT"),
            ("Origin", b"https://shop.example"),
            ("User-Agent", b"Mozilla/5.0 (X11)"),
        ];
        let preflight = request(
            "OPTIONS",
            "https://api.example/prices?a=1&b=2",
            headers,
            b"",
        );
        insta::assert_snapshot!(curl(&preflight), @r"
        curl -i -X OPTIONS \
          'https://api.example/prices?a=1&b=2' \
          -H 'Accept: */*' \
          -H 'Access-Control-Request-Method: PUT' \
          -H 'Origin: https://shop.example' \
          -H 'User-Agent: Mozilla/5.0 (X11)'
        ");
        let body: &[(&str, &[u8])] = &[("Content-Length", b"9"), ("X-Empty", b"")];
        let put = request("PUT", "https://api.example/", body, b"@it's $1!");
        insta::assert_snapshot!(curl(&put), @r#"
        curl -i -X PUT \
          https://api.example/ \
          -H 'X-Empty;' \
          -H User-Agent: \
          -H Accept: \
          -H Content-Type: \
          --data-raw "@it's "'$1!'
        "#);
    }
}
