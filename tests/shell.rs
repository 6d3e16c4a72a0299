//! What a shell makes of the curl commands that are printed: every byte arrives, and nothing is run.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use corscope::report::curl;
use corscope::wire::{HeaderList, HttpRequest};

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

/// What bash makes of the command, told by a function in curl's place.
fn arguments(request: &HttpRequest) -> (Vec<Vec<u8>>, Vec<u8>) {
    let script = format!(
        "curl() {{ printf '%s\\0' \"$@\"; printf '\\1'; cat; }}\n{}",
        curl(request)
    );
    let output = std::process::Command::new("bash")
        .args(["--norc", "-c", &script])
        .stdin(std::process::Stdio::null())
        .output()
        .unwrap();
    assert!(output.status.success(), "{script}");
    let end = output.stdout.iter().position(|byte| *byte == 1).unwrap();
    let words = output.stdout[..end].split(|byte| *byte == 0);
    let mut words: Vec<_> = words.map(<[u8]>::to_vec).collect();
    assert_eq!(words.pop(), Some(Vec::new()));
    (words, output.stdout[end + 1..].to_vec())
}

#[test]
fn a_shell_hands_every_byte_to_curl() {
    for value in [
        &b"plain"[..],
        b"it's \"quoted\" `id` $(id) ${HOME} \\ ! # ; & | < > * ? ~",
        b"\x1b[31m\x07 tab\t end",
        b"latin \xe9\xff1",
        "wide \u{65e5}\u{672c} \u{202e}rtl".as_bytes(),
        b"'",
    ] {
        let request = request("GET", "http://[::1]:8000/{a}?b=c'd", &[("X-A", value)], b"");
        let (words, _) = arguments(&request);
        let expected = [b"X-A: ", value].concat();
        assert!(words.contains(&expected), "{words:?}");
        assert!(words.contains(&request.url.as_str().as_bytes().to_vec()));
    }
}

#[test]
fn a_body_arrives_whole() {
    let text = b"{\"a\": \"it's\n100% \\ \xc3\xa9\"}\r\n";
    let (words, _) = arguments(&request("POST", "http://a/", &[], text));
    assert_eq!(words.last().unwrap(), text);
    let bytes: Vec<u8> = (0..=255).chain(0..10).collect();
    let (words, input) = arguments(&request("POST", "http://a/", &[], &bytes));
    assert_eq!(words.last().unwrap(), b"@-");
    assert!(input == bytes);
}
