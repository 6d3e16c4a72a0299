//! Commands of browsers and of people, for bash, cmd and PowerShell.

use insta::assert_snapshot;
use proptest::prelude::*;

use super::*;

const URL: &str = "https://api.example.test/v1/items?q[]=a&b={x}%20y";
const BODY: &str = r#"{"name":"O'Brien","note":"50% off! é","p":"C:\\tmp"}"#;

#[test]
fn a_command_of_chrome_for_bash() {
    let text = r#"curl --url 'https://api.example/v1/items?q\[\]=a' \
  -X 'PUT' \
  -H 'accept: application/json' \
  -H 'accept-language: en' \
  -H 'authorization: Bearer t0k' \
  -H 'cache-control: no-cache' \
  -H 'content-type: application/json' \
  -b 'sid=1; theme=dark' \
  -H 'origin: https://app.example' \
  -H 'pragma: no-cache' \
  -H 'priority: u=1, i' \
  -H 'referer: https://app.example/' \
  -H 'sec-ch-ua: "Chromium";v="140"' \
  -H 'sec-fetch-dest: empty' \
  -H 'sec-fetch-mode: cors' \
  -H 'sec-fetch-site: same-site' \
  -H 'user-agent: Mozilla/5.0 (X11) AppleWebKit/537.36 Chrome/140.0.0.0 Safari/537.36' \
  -H 'x-empty;' \
  --data-raw $'{"note":"50% off\u0021"}' \
  --insecure ;
curl --url 'https://api.example/other'"#;
    assert_snapshot!(told(&import(text)), @r#"
    PUT https://api.example/v1/items?q[]=a from https://app.example
    accept: application/json
    authorization: Bearer t0k
    content-type: application/json
    x-empty: 

    {"note":"50% off!"}
    [fetch cors include]
    cookie sid=1; Path=/; SameSite=None; Secure
    cookie theme=dark; Path=/; SameSite=None; Secure
    derived: The cookies sid, theme are in the browser's jar as SameSite=None; Secure, and credentials include: the browser sent them along.
    given: The page is https://app.example: the Origin header says so.
    assumed: cache-control, pragma: taken to come from “Disable cache” in the developer tools. Set by script they would need a preflight.
    dropped: accept-language, priority, sec-ch-ua, sec-fetch-dest, sec-fetch-mode, sec-fetch-site, user-agent: set by the browser, not by script.
    derived: Chromium decides: the text comes from it.
    given: Any certificate is accepted. (line 20 column 3)
    dropped: The first of 2 requests is taken.
    "#);
}

#[test]
fn a_command_of_firefox() {
    let text = r"curl 'https://api.example/a' --compressed -X POST -H 'User-Agent: Mozilla/5.0 (X11; rv:140.0) Gecko/20100101 Firefox/140.0' -H 'Accept: */*' -H 'Cookie: a=1' -H 'Referer: https://app.example/' -H 'Sec-Fetch-Mode: no-cors' --data-raw $'a=1^&b=it\'s'";
    assert_snapshot!(told(&import(text)), @r#"
    POST https://api.example/a from https://app.example
    Content-Type: application/x-www-form-urlencoded

    a=1&b=it's
    [fetch no-cors include]
    cookie a=1; Path=/; SameSite=None; Secure
    derived: The cookie a is in the browser's jar as SameSite=None; Secure, and credentials include: the browser sent them along.
    given: mode is no-cors: Sec-Fetch-Mode says so.
    derived: The page is https://app.example: the referrer says so, and no Origin was sent.
    dropped: user-agent, accept, sec-fetch-mode: set by the browser, not by script.
    derived: Firefox decides: the text comes from it.
    derived: ^& became &: some versions of Firefox write it so. (line 1 column 234)
    derived: Content-Type is application/x-www-form-urlencoded: curl sends that with -d. It needs no preflight.
    "#);
}

#[test]
fn a_command_of_safari() {
    let text = "curl 'https://api.example/a' \\\n-X 'GET' \\\n-H 'Accept: */*' \\\n-H 'Origin: https://app.example' \\\n-H 'User-Agent: Mozilla/5.0 (Macintosh) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Safari/605.1.15'";
    assert_snapshot!(told(&import(text)), @r#"
    GET https://api.example/a from https://app.example
    [fetch cors same-origin]
    given: The page is https://app.example: the Origin header says so.
    dropped: accept, user-agent: set by the browser, not by script.
    derived: WebKit decides: the text comes from it.
    "#);
}

#[test]
fn a_command_as_people_write_it() {
    let text = "$ curl -sSLkXPOST -H'X-Api-Key: $KEY' -u me:secret --resolve api.example:443:127.0.0.1 \\\n -x http://proxy:8080 --frobnicate 7 -d @file.json api.example/x -o out.txt";
    assert_snapshot!(told(&import(text)), @r#"
    POST http://api.example/x from 
    X-Api-Key: $KEY
    Authorization: Basic bWU6c2VjcmV0
    Content-Type: application/x-www-form-urlencoded

    <file.json>
    [fetch cors same-origin]
    not known: The text does not say which page asks: give its origin.
    given: Any certificate is accepted. (line 1 column 8)
    derived: Authorization carries the login from -u. A page that asks with it sets that header in script. (line 1 column 42)
    given: api.example:443:127.0.0.1 is connected to as --resolve says. (line 1 column 62)
    given: Requests go through the proxy http://proxy:8080. (line 2 column 5)
    not known: The option --frobnicate is not known. (line 2 column 23)
    not evaluated: The file file.json was not read: <file.json> stands for it. (line 2 column 41)
    assumed: http:// added, as curl does. (line 2 column 52)
    derived: Content-Type is application/x-www-form-urlencoded: curl sends that with -d. It needs no preflight.
    "#);
}

#[test]
fn data_becomes_a_body_or_a_query() {
    for (text, method, url, body) in [
        (
            "curl https://a.test -d a=1 -d b=2",
            "POST",
            "https://a.test",
            Some("a=1&b=2"),
        ),
        (
            "curl -G https://a.test/?x#f -d a=1 --data-urlencode 'q=a b&c'",
            "GET",
            "https://a.test/?x&a=1&q=a%20b%26c#f",
            None,
        ),
        ("curl -I https://a.test", "HEAD", "https://a.test", None),
        (
            "curl https://a.test --json '{\"a\":1}'",
            "POST",
            "https://a.test",
            Some("{\"a\":1}"),
        ),
        (
            "curl https://a.test --data-raw @x",
            "POST",
            "https://a.test",
            Some("@x"),
        ),
        (
            "curl https://a.test --data-binary @x",
            "POST",
            "https://a.test",
            Some("<x>"),
        ),
        (
            "curl -T f https://a.test",
            "PUT",
            "https://a.test",
            Some("<f>"),
        ),
        ("curl https://me:pw@a.test/", "GET", "https://a.test/", None),
        (
            "curl -g 'https://a.test/\\[x'",
            "GET",
            "https://a.test/\\[x",
            None,
        ),
    ] {
        let form = import(text).form;
        let found = (
            form.method.as_str(),
            form.url.as_str(),
            form.body.as_deref(),
        );
        assert_eq!(found, (method, url, body), "{text}");
    }
}

#[test]
fn what_curl_sets_by_itself_is_set_and_told() {
    for (text, header, key) in [
        (
            "curl https://a.test -d a=1",
            "application/x-www-form-urlencoded",
            "form-type",
        ),
        (
            "curl https://a.test -d '{\"a\":1}'",
            "application/x-www-form-urlencoded",
            "form-type-json",
        ),
        (
            "curl https://a.test --json '{}'",
            "application/json",
            "json-option",
        ),
        (
            "curl https://a.test -F a=1 -F f=@/tmp/x.png",
            "multipart/form-data; boundary=----FormBoundary",
            "multipart",
        ),
    ] {
        let imported = import(text);
        let found = imported
            .form
            .headers
            .iter()
            .find(|row| row.name == "Content-Type");
        assert_eq!(found.unwrap().value, header, "{text}");
        assert!(keys(&imported).contains(&key), "{text}");
    }
}

#[test]
fn a_preflight_stands_for_the_request_behind_it() {
    let text = "curl -X OPTIONS https://api.example/a -H 'Origin: https://app.example' -H 'Access-Control-Request-Method: PATCH' -H 'Access-Control-Request-Headers: content-type,x-a'";
    assert_snapshot!(told(&import(text)), @r#"
    PATCH https://api.example/a from https://app.example
    content-type: application/json
    x-a: <value>
    [fetch cors same-origin]
    derived: This is a preflight. The request behind it is PATCH with content-type, x-a; the values are not in it.
    given: The page is https://app.example: the Origin header says so.
    "#);
}

#[test]
fn an_opaque_origin_and_ways_other_than_fetch_are_seen() {
    let imported = import("curl https://a.test -H 'Origin: null' -H 'Referer: https://app.test/x'");
    assert!(imported.form.page.sandboxed);
    assert_eq!(imported.form.page.origin, "https://app.test/x");
    for (header, api) in [
        ("Sec-Fetch-Dest: image", Api::Img),
        ("Sec-Fetch-Mode: navigate", Api::Navigation),
        ("Sec-Fetch-Mode: websocket", Api::WebSocket),
        ("Sec-Fetch-Dest: empty", Api::Fetch),
    ] {
        assert_eq!(
            import(&format!("curl https://a.test -H '{header}'"))
                .form
                .way
                .api,
            api
        );
    }
    let imported = import("curl https://a.test/x -H 'Sec-Fetch-Site: same-origin'");
    assert_eq!(imported.form.page.origin, "https://a.test");
    let imported = import("curl https://a.test/x -H 'Sec-Fetch-Mode: no-cors'");
    assert_eq!(imported.form.mode, Mode::NoCors);
}

#[test]
fn producers_decode_to_what_they_encoded() {
    for (text, expected) in [
        (
            r"--url 'https://api.example.test/v1/items?q\[\]=a&b=\{x\}%20y'",
            URL,
        ),
        (
            r#"--url ^"https://api.example.test/v1/items?q^\[^\]=a^&b=^\{x^\}^%^20y^""#,
            URL,
        ),
        (
            "'https://api.example.test/v1/items?q[]=a&b={x}%20y' --globoff",
            URL,
        ),
    ] {
        assert_eq!(import(&format!("curl {text}")).form.url, expected);
    }
    for (text, expected) in [
        (
            r#"$'{"name":"O\'Brien","note":"50% off\u0021 é","p":"C:\\\\tmp"}'"#,
            BODY,
        ),
        (
            r#"$'{"name":"O\'Brien","note":"50% off\041 \xe9","p":"C:\\\\tmp"}'"#,
            BODY,
        ),
        (r#"$'line1\nline2 "q" $HOME'"#, "line1\nline2 \"q\" $HOME"),
        (r"$'a=1^&b=it\'s'", "a=1&b=it's"),
    ] {
        let imported = import(&format!("curl https://a.test --data-raw {text}"));
        assert_eq!(imported.form.body.as_deref(), Some(expected), "{text}");
    }
}

#[test]
fn a_command_of_chrome_for_cmd() {
    let text = "curl --url ^\"https://api.example/a?b=1^&c=2^\" ^\r\n  -X ^\"PUT^\" ^\r\n  -H ^\"origin: https://app.example^\" ^\r\n  --data-raw ^\"^{^\\^\"a^\\^\":1^}^\" &\r\ncurl --url ^\"https://api.example/b^\"";
    let imported = import(text);
    assert_eq!(imported.form.url, "https://api.example/a?b=1&c=2");
    assert_eq!(imported.form.method, "PUT");
    assert_eq!(imported.form.body.as_deref(), Some("{\"a\":1}"));
    assert_eq!(imported.form.page.origin, "https://app.example");
    assert!(keys(&imported).contains(&"more-requests"));
}

#[test]
fn a_call_for_powershell() {
    let text = r#"$session = New-Object Microsoft.PowerShell.Commands.WebRequestSession
$session.UserAgent = "Mozilla/5.0 Chrome/140.0.0.0"
$session.Cookies.Add((New-Object System.Net.Cookie("sid", "1", "/", "api.example")))
Invoke-WebRequest -UseBasicParsing -Uri "https://api.example/a?b=`$1" `
-Method "PUT" `
-WebSession $session `
-Headers @{
"authority"="api.example"
  "method"="PUT"
  "origin"="https://app.example"
  "x-key"="a`"b"
} `
-ContentType "application/json" `
-Body "{`"name`":`"$([char]0x00e9)$([char]0xd83d)$([char]0xde00)`"}""#;
    assert_snapshot!(told(&import(text)), @r#"
    PUT https://api.example/a?b=$1 from https://app.example
    x-key: a"b
    Content-Type: application/json

    {"name":"é😀"}
    [fetch cors include]
    cookie sid=1; Path=/; SameSite=None; Secure
    derived: The cookie sid is in the browser's jar as SameSite=None; Secure, and credentials include: the browser sent them along.
    given: The page is https://app.example: the Origin header says so.
    dropped: user-agent, authority, method: set by the browser, not by script.
    derived: Chromium decides: the text comes from it.
    "#);
}

/// Chrome's rule for bash, from the facts.
fn chrome_bash(text: &str) -> String {
    if !text.contains(|c: char| matches!(c, '\'' | '!') || c.is_control()) {
        return format!("'{text}'");
    }
    let mut quoted = String::from("$'");
    for c in text.chars() {
        match c {
            '\\' => quoted += r"\\",
            '\'' => quoted += r"\'",
            '\n' => quoted += r"\n",
            '\r' => quoted += r"\r",
            c if c == '!' || c.is_control() => quoted += &format!("\\u{:04x}", u32::from(c)),
            c => quoted.push(c),
        }
    }
    quoted + "'"
}

/// Chrome's rule for cmd; only ASCII survives it.
fn chrome_cmd(text: &str) -> String {
    let text = text.replace('\\', r"\\").replace('"', "\\\"");
    let mut quoted = String::from("^\"");
    let chars: Vec<char> = text.chars().collect();
    for (at, c) in chars.iter().enumerate() {
        match c {
            '\n' => quoted += "^\n\n",
            c if c.is_ascii_alphanumeric() || " _-:=+~'/.,?;*".contains(*c) => quoted.push(*c),
            c => {
                quoted.push('^');
                quoted.push(*c);
                let next = chars.get(at + 1);
                let word = next.is_some_and(|c| c.is_ascii_alphanumeric() || *c == '_');
                if *c == '%' && word {
                    quoted.push('^');
                }
            }
        }
    }
    quoted + "^\""
}

/// The rule of Firefox and Safari.
fn firefox_posix(text: &str) -> String {
    let mut quoted = String::from("$'");
    for c in text.chars() {
        match c {
            '\\' => quoted += r"\\",
            '\'' => quoted += r"\'",
            '\n' => quoted += r"\n",
            '\r' => quoted += r"\r",
            '!' => quoted += r"\041",
            c if c.is_ascii_graphic() || c == ' ' => quoted.push(c),
            c if u32::from(c) < 256 => quoted += &format!("\\x{:02x}", u32::from(c)),
            c => quoted += &format!("\\u{:04x}", u32::from(c)),
        }
    }
    quoted + "'"
}

fn body_of(quoted: &str) -> String {
    let text = format!("curl https://a.test -H 'User-Agent: Chrome/1' --data-raw {quoted}");
    import(&text).form.body.unwrap_or_default()
}

proptest! {
    #[test]
    fn chrome_for_bash_round_trips(text in "\\PC{0,20}[\\n\\r'!\\\\\"a^&]{0,6}\\PC{0,20}") {
        prop_assert_eq!(body_of(&chrome_bash(&text)), text);
    }

    #[test]
    fn chrome_for_cmd_round_trips(text in "[ -~\\n]{0,40}") {
        let quoted = chrome_cmd(&text);
        let text_of = format!("curl ^\"https://a.test^\" --data-raw {quoted}");
        prop_assert_eq!(import(&text_of).form.body.unwrap_or_default(), text);
    }

    /// Two Latin-1 characters in a row may look like one of UTF-8; no more than one here.
    #[test]
    fn firefox_round_trips(text in "[ -~\\n]{0,20}[é\u{4e2d}]?[ -~\\r]{0,20}") {
        prop_assert_eq!(body_of(&firefox_posix(&text)), text);
    }

    #[test]
    fn nothing_panics(start in "(curl |curl \\^\"|fetch\\(|Invoke-WebRequest |irm a -Body |irm \\$|\\$a=@\\{|curl -d @- <<|echo |<img src=|GET /|//a\\.b/|this\\.a=|got\\()?", rest in "\\PC{0,80}") {
        let _ = read(&format!("{start}{rest}")).map(|imported| told(&imported));
    }

    #[test]
    fn bytes_do_not_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let text = String::from_utf8_lossy(&bytes);
        for format in [Format::Url, Format::Curl, Format::PowerShell, Format::Fetch, Format::Console] {
            let _ = read_as(format, &text).map(|imported| told(&imported));
        }
    }

    /// A valid sample with a piece cut out and another put in.
    #[test]
    fn mutations_do_not_panic(which in 0..4usize, at in 0..400usize, cut in 0..40usize, put in "[ -~\\n]{0,8}") {
        let samples = [
            "curl 'https://a.test/x' -X PUT -H 'Origin: https://b.test' --data-raw $'a\\u0021' -F 'a=@b;type=c' -u a:b",
            "curl ^\"https://a.test/^&x^\" ^\r\n -H ^\"a: ^\\^\"b^\\^\"^\" -d ^\"^{^}^\"",
            "const t = 'x'; await fetch(`https://a.test/${t}`, {method: 'PUT', headers: new Headers({a: 'b\\u0041'}), body: JSON.stringify({a: [1, t, ...u]})});",
            "$session.Cookies.Add((New-Object C(\"a\", \"b\")))\nInvoke-WebRequest -Uri \"https://a.test/\" `\n-Headers @{\n\"a\"=\"b`\"c\"\n} -Body \"$([char]0xd83d)\"",
        ];
        let sample: Vec<char> = samples[which].chars().collect();
        let at = at.min(sample.len());
        let end = (at + cut).min(sample.len());
        let text: String = sample[..at].iter().copied().chain(put.chars()).chain(sample[end..].iter().copied()).collect();
        let _ = read(&text).map(|imported| told(&imported));
    }
}

#[test]
fn a_command_is_found_among_what_is_pasted_with_it() {
    let expected = import("curl https://a.test/x -X PUT -H 'X-A: 1'").form;
    for text in [
        "\u{feff}curl https://a.test/x -X PUT -H 'X-A: 1'",
        "# the failing call\n$ curl https://a.test/x \\\r\n>   -X PUT \\\r\n>   -H 'X-A: 1'\r\n",
        "user@host:~$ curl https://a.test/x -X PUT -H 'X-A: 1'\nHTTP/2 200",
        "C:\\Users\\me> curl.exe -X PUT \"https://a.test/x\" -H \"X-A: 1\"",
        "PS C:\\> curl.exe https://a.test/x `\r\n  -X PUT `\r\n  -H 'X-A: 1'",
        "A=b sudo curl https://a.test/x -X PUT -H 'X-A: 1' | jq .",
        "Try this:\n```bash\ncurl https://a.test/x -X PUT -H 'X-A: 1'\n```\n",
        "docker exec web curl https://a.test/x -X PUT -H 'X-A: 1'",
    ] {
        let imported = import(text);
        assert_eq!(imported.format, Format::Curl, "{text}");
        assert_eq!(imported.form, expected, "{text}");
    }
    let imported = import("# why\n$ curl a.test -u \\\n> me:pw");
    let place = imported.notes.iter().find(|note| note.key == "basic");
    let place = place.unwrap().place.unwrap().to_string();
    assert_eq!(place, "line 3 column 3");
}

#[test]
fn the_lines_behind_a_command_are_its_input() {
    for (option, expected) in [("-d", "{\"a\": 1}"), ("--data-binary", "{\"a\":\n 1}\n")] {
        let text =
            format!("curl https://a.test {option} @- <<'JSON'\n{{\"a\":\n 1}}\nJSON\necho done");
        assert_eq!(
            import(&text).form.body.as_deref(),
            Some(expected),
            "{option}"
        );
    }
}

#[test]
fn a_template_that_stands_for_the_address_gets_no_scheme() {
    let form = import("curl '{{base_url}}/items'").form;
    assert_eq!(form.url, "{{base_url}}/items");
}

#[test]
fn what_powershell_computes_is_named_and_never_lost() {
    for (body, expected) in [
        (
            "(@{a=Get-Date} | ConvertTo-Json -Compress)",
            "{\"a\":\"<Get-Date>\"}",
        ),
        ("($data | ConvertTo-Json)", "<$data | ConvertTo-Json>"),
        ("(Get-Content a.json)", "<Get-Content a.json>"),
        ("$body", "<body>"),
    ] {
        let text = format!("Invoke-RestMethod -Uri https://a.test -Method Patch -Body {body}");
        let imported = import(&text);
        assert_eq!(imported.form.method, "PATCH");
        assert_eq!(imported.form.body.as_deref(), Some(expected), "{body}");
        let note = imported
            .notes
            .iter()
            .find(|note| note.key == "not-evaluated");
        let place = note.unwrap().place.unwrap();
        assert!(place.line == 1 && place.column > 58, "{place}");
    }
    let text = "$p = Get-Parameters\nInvoke-RestMethod @p";
    assert!(
        read(text)
            .unwrap_err()
            .to_string()
            .contains("a table that is made outside")
    );
    let text = "Invoke-RestMethod -Uri https://a.test @p";
    assert!(keys(&import(text)).contains(&"option-not-evaluated"));
}
