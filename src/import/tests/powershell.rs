//! PowerShell as people write it: names, tables and strings before the call.

use insta::assert_snapshot;
use proptest::prelude::*;

use super::*;

/// Method, URL, headers and body; the notes are not in it.
fn request(text: &str) -> String {
    let imported = import(text);
    assert_eq!(imported.format, Format::PowerShell, "{text}");
    let form = &imported.form;
    let mut told = format!("{} {}", form.method, form.url);
    for HeaderRow { name, value, .. } in &form.headers {
        told += &format!(" | {name}: {value}");
    }
    if let Some(body) = &form.body {
        told += &format!(" | {body}");
    }
    told
}

#[test]
fn a_call_has_many_names() {
    for text in [
        "irm https://a.test/x",
        "iwr https://a.test/x -UseBasicParsing",
        "IRM -Uri:https://a.test/x",
        "PS C:\\Users\\me> irm 'https://a.test/x'",
        "$r = Invoke-RestMethod https://a.test/x; $r",
        "(Invoke-WebRequest -Uri \"https://a.test/x\").Content",
        "curl -Uri https://a.test/x",
        "wget https://a.test/x -Method Get",
        "try { irm https://a.test/x } catch { $_ }",
        "Microsoft.PowerShell.Utility\\Invoke-RestMethod https://a.test/x | ConvertTo-Json",
        "irm https://a.test/x | Select-Object -First 1",
        "```powershell\nirm https://a.test/x\n```",
        "irm “https://a.test/x” –Method Get",
        "1..3 | ForEach-Object { irm https://a.test/x }",
    ] {
        assert_eq!(request(text), "GET https://a.test/x", "{text}");
    }
    for text in [
        "curl https://a.test -H 'X-A: -Uri'",
        "curl 'https://a.test' -X PUT -d '@{ -Body }'",
        "const irm = 1; fetch('https://a.test')",
        "confirm ('x'); fetch('https://a.test')",
    ] {
        assert_ne!(format(text), Some(Format::PowerShell), "{text}");
    }
}

#[test]
fn curl_with_the_arguments_of_powershell_is_its_own() {
    let text = "curl -Uri 'https://a.test/x' -Method PUT `\r\n  -Headers @{ 'X-Key' = '1'; Accept = 'text/plain' } -Body 'a'";
    assert_eq!(
        request(text),
        "PUT https://a.test/x | X-Key: 1 | Accept: text/plain | Content-Type: application/x-www-form-urlencoded | a"
    );
    let text = "curl https://a.test/x -H @{\"X-Key\" = \"1\"}";
    assert_eq!(request(text), "GET https://a.test/x | X-Key: 1");
}

#[test]
fn names_stand_for_what_was_assigned_before() {
    for (text, expected) in [
        (
            "$uri = \"https://a.test/x\"\nirm $uri",
            "GET https://a.test/x",
        ),
        (
            "$base = 'https://a.test'\nirm \"$base/x/$($id = 1)\"",
            "GET https://a.test/x/<$id = 1>",
        ),
        (
            "$base = 'https://a.test'; $id = 7\nirm \"$base/x/$id?a=${id}b\"",
            "GET https://a.test/x/7?a=7b",
        ),
        (
            "$base = 'https://a.test'\nirm $base/x -Method Delete",
            "DELETE https://a.test/x",
        ),
        (
            "$c = @{ Base = 'https://a.test' }\nirm \"$($c.Base)/x\"",
            "GET https://a.test/x",
        ),
        (
            "$u = 'https://a.test' + '/x'\n$u += '?a=1'\nirm $u",
            "GET https://a.test/x?a=1",
        ),
        (
            "$u = '{0}/x/{1}' -f 'https://a.test', 3\nirm $u",
            "GET https://a.test/x/3",
        ),
        (
            "[string]$u = 'https://a.test'\nirm -Uri $U",
            "GET https://a.test",
        ),
        (
            "$script:u = 'https://a.test'\nfunction f { irm $u }",
            "GET https://a.test",
        ),
        (
            "param([string]$u = 'https://a.test', $n)\nirm \"$u/$n\"",
            "GET https://a.test/<n>",
        ),
        (
            "irm https://a.test/x?a=1&b=2",
            "GET https://a.test/x?a=1&b=2",
        ),
        ("irm $uri", "GET <uri>"),
        (
            "irm \"https://a.test/$env:NAME\"",
            "GET https://a.test/<env:NAME>",
        ),
        (
            "$p = 'a b'\nirm \"https://a.test/$([uri]::EscapeDataString($p))\"",
            "GET https://a.test/a%20b",
        ),
    ] {
        assert_eq!(request(text), expected, "{text}");
    }
}

#[test]
fn headers_are_a_table() {
    for (headers, expected) in [
        ("$h = @{ 'X-A' = '1'\n  'X-B' = \"2\" }", "X-A: 1 | X-B: 2"),
        (
            "$h = @{}\n$h['X-A'] = '1'\n$h.'X-B' = '2'",
            "X-A: 1 | X-B: 2",
        ),
        (
            "$h = @{}\n$h['X-A'] = '1'\n$h.Add('X-B', '2')\n$h.Accept = 'a/b'",
            "X-A: 1 | X-B: 2 | Accept: a/b",
        ),
        (
            "$h = @{'X-A'='1'} + @{'X-B'='2'}\n$h += @{'X-C'='3'}\n$h.Remove('x-b')",
            "X-A: 1 | X-C: 3",
        ),
        (
            "$h = New-Object \"System.Collections.Generic.Dictionary[[String],[String]]\"\n$h.Add(\"X-A\", \"1\")",
            "X-A: 1",
        ),
        (
            "$h = [ordered]@{ 'X-A' = 1 }\n[void]$h.Add('X-B', 2)\n$null = $h.Add('X-C', 3)",
            "X-A: 1 | X-B: 2 | X-C: 3",
        ),
        (
            "$t = 't0k'\n$h = @{ Authorization = \"Bearer $t\" }",
            "Authorization: Bearer t0k",
        ),
        (
            "$c = [Convert]::ToBase64String([Text.Encoding]::ASCII.GetBytes(\"me:pw\"))\n$h = @{ Authorization = \"Basic $c\" }",
            "Authorization: Basic bWU6cHc=",
        ),
        (
            "$u='me'; $p='pw'\n$c = [System.Convert]::ToBase64String([System.Text.Encoding]::UTF8.GetBytes((\"{0}:{1}\" -f $u,$p)))\n$h = @{ Authorization = ('Basic {0}' -f $c) }",
            "Authorization: Basic bWU6cHc=",
        ),
        ("$h = @{ 'X-A' = '1'; # why\n 'X-B' = $null }", "X-A: 1"),
    ] {
        let text = format!("{headers}\nirm https://a.test -Headers $h");
        let expected = format!("GET https://a.test | {expected}");
        assert_eq!(request(&text), expected, "{text}");
    }
}

#[test]
fn a_body_is_made_as_powershell_makes_it() {
    let json = "Content-Type: application/json";
    let form = "Content-Type: application/x-www-form-urlencoded";
    for (body, expected) in [
        (
            "$b = @{ a = 1; b = @('x', $true, $null) } | ConvertTo-Json -Compress",
            r#"{"a":1,"b":["x",true,null]}"#,
        ),
        ("$b = @{a='1'}|ConvertTo-Json", "{\n  \"a\": \"1\"\n}"),
        (
            "$b = ConvertTo-Json @{ a = @{ b = \"c\" } } -Compress -Depth 5",
            r#"{"a":{"b":"c"}}"#,
        ),
        ("$b = ConvertTo-Json -Compress -InputObject @(1)", "[1]"),
        ("$b = @(1) | ConvertTo-Json -Compress", "1"),
        (
            "$b = @(@{a=1}, @{a=2}) | ConvertTo-Json -Compress",
            r#"[{"a":1},{"a":2}]"#,
        ),
        (
            "$b = [PSCustomObject]@{ a = 'é' } | ConvertTo-Json -Compress",
            r#"{"a":"é"}"#,
        ),
        (
            "$n = 'x'\n$b = @\"\n{\n  \"a\": \"$n\", \"c\": \"`$1\"\n}\n\"@",
            "{\n  \"a\": \"x\", \"c\": \"$1\"\n}",
        ),
        ("$b = @'\n{\"a\": \"$n it's\"}\n'@", "{\"a\": \"$n it's\"}"),
        ("$b = '{\"a\":1}'", "{\"a\":1}"),
        (
            "$d = @{}\n$d.a = 1\n$d['b'] = @{ c = 2 }\n$b = $d | ConvertTo-Json -Compress",
            r#"{"a":1,"b":{"c":2}}"#,
        ),
        ("$b = \"{`\"a`\":`\"b`\"}\"", "{\"a\":\"b\"}"),
        ("$b = \"{\"\"a\"\":1}\"", "{\"a\":1}"),
        (
            "$b = @\"\r\n{\r\n  \"\"@type\": 1}\r\n\"@\r\n",
            "{\r\n  \"\"@type\": 1}",
        ),
    ] {
        let text = format!(
            "{body}\nInvoke-RestMethod -Method Post -Uri https://a.test -ContentType 'application/json' -Body $b"
        );
        assert_eq!(
            request(&text),
            format!("POST https://a.test | {json} | {expected}"),
            "{text}"
        );
    }
    for (text, expected) in [
        (
            "irm https://a.test -Method Post -Body @{ a = 'b c'; d = 1 }",
            format!("POST https://a.test | {form} | a=b+c&d=1"),
        ),
        (
            "irm 'https://a.test/?x=1#f' -Body @{ a = 'b' }",
            "GET https://a.test/?x=1&a=b#f".to_owned(),
        ),
        (
            "irm https://a.test -Method Put -Body (@{a=1} | ConvertTo-Json -Compress)",
            format!("PUT https://a.test | {form} | {{\"a\":1}}"),
        ),
        (
            "irm https://a.test -Method Post -Body @{ a = $env:A }",
            format!("POST https://a.test | {form} | a=<env:A>"),
        ),
        (
            "$b = [System.Net.Http.MultipartFormDataContent]::new()\nirm https://a.test -Method Post -Body $b",
            "POST https://a.test | Content-Type: multipart/form-data | <[System.Net.Http.MultipartFormDataConten…>".to_owned(),
        ),
        (
            "irm https://a.test -Method Patch -Body x",
            "PATCH https://a.test | x".to_owned(),
        ),
        (
            "irm https://a.test -CustomMethod pUrGe",
            "pUrGe https://a.test".to_owned(),
        ),
        (
            "irm https://a.test -Authentication Bearer -Token (ConvertTo-SecureString 't0k' -AsPlainText -Force)",
            "GET https://a.test | Authorization: Bearer t0k".to_owned(),
        ),
    ] {
        assert_eq!(request(text), expected, "{text}");
    }
}

#[test]
fn a_splatted_table_holds_the_parameters() {
    let text = "$h = @{ 'X-A' = '1' }\n$params = @{\n  Uri = 'https://a.test/x'\n  Method = 'Post'\n  Headers = $h\n  Body = '{}'\n  ContentType = 'application/json'\n}\n$h['X-B'] = '2'\nInvoke-RestMethod @params -UserAgent x";
    assert_eq!(
        request(text),
        "POST https://a.test/x | X-A: 1 | X-B: 2 | Content-Type: application/json | {}"
    );
    let error = read("Invoke-RestMethod @p").unwrap_err().to_string();
    assert!(
        error.starts_with("line 1 column 1: The parameters of this call stand in a table"),
        "{error}"
    );
    let text = "$p.Method = 'Put'\nirm https://a.test @p";
    assert_eq!(request(text), "PUT https://a.test");
    assert!(keys(&import(text)).contains(&"made-elsewhere"));
}

#[test]
fn what_is_not_followed_is_named() {
    let text = "$token = Get-Content token.txt\nif ($admin) {\n  $headers['X-Admin'] = '1'\n}\n$headers = @{ Authorization = \"Bearer $token\" }\nif ($x) { $headers.Add('X-B', '2') } else { $other = 1 }\nforeach ($id in 1..3) {\n  $u = \"https://a.test/$id\"\n  irm $u -Headers $headers -Method Post -Body ($rows | Where-Object { $_.a -gt 1 } | ConvertTo-Json) -Frob 1\n}\nirm https://b.test";
    assert_snapshot!(told(&import(text)), @r"
    POST https://a.test/<id> from 
    Authorization: Bearer <Get-Content token.txt>
    Content-Type: application/x-www-form-urlencoded

    <$rows | Where-Object { $_.a -gt 1 } | Co…>
    [fetch cors same-origin]
    not known: The text does not say which page asks: give its origin.
    not known: The option -Frob is not known. (line 9 column 102)
    derived: Content-Type is application/x-www-form-urlencoded: PowerShell sends that with -Body. It needs no preflight.
    not evaluated: `id` cannot be evaluated: <id> stands for it. (line 8 column 24)
    not evaluated: `$rows | Where-Object { $_.a -gt 1 } | Co…` cannot be evaluated: <$rows | Where-Object { $_.a -gt 1 } | Co…> stands for it. (line 9 column 48)
    not evaluated: `Get-Content token.txt` cannot be evaluated: <Get-Content token.txt> stands for it. (line 1 column 10)
    not evaluated: `$headers.Add('X-B', '2')` is not evaluated: it stands in a branch, a loop or another function. What it changes is not in the request. (line 6 column 11)
    dropped: The first of 2 requests is taken.
    ");
    let text = "$b = @{ a = @{ b = @{ c = @{ d = 1 } } } } | ConvertTo-Json -Compress\nirm https://a.test -Method Post -Body $b";
    let imported = import(text);
    let expected = r#"{"a":{"b":{"c":"System.Collections.Hashtable"}}}"#;
    assert_eq!(imported.form.body.as_deref(), Some(expected));
    assert!(keys(&imported).contains(&"json-depth"));
}

#[test]
fn a_session_brings_its_cookies_and_headers() {
    let text = "$session = [Microsoft.PowerShell.Commands.WebRequestSession]::new()\n$session.UserAgent = 'Chrome/140'\n$session.Cookies.Add([System.Net.Cookie]::new('sid', '1', '/', 'a.test'))\n$cookie = New-Object System.Net.Cookie\n$cookie.Name = 'b'; $cookie.Value = '2'\n$session.Cookies.Add($cookie)\n$session.Headers.Add('X-S', '3')\nirm https://a.test -WebSession $session";
    let imported = import(text);
    assert_eq!(request(text), "GET https://a.test | X-S: 3");
    assert_eq!(imported.cookies.len(), 2, "{:?}", imported.cookies);
    assert_eq!(imported.engine, Some(Engine::Chromium));
}

#[test]
fn mistakes_of_powershell_say_where() {
    for (text, expected) in [
        (
            "irm https://a.test -Method",
            "line 1 column 20: The option -Method needs a value",
        ),
        (
            "$a = @\"\n{}\nirm https://a.test",
            "line 1 column 6: A quote is opened here and never closed: expected \"@",
        ),
        (
            "irm -Method Get",
            "line 1 column 1: Expected Invoke-WebRequest",
        ),
        (
            "$a = 'x\nirm -Uri https://a.test",
            "line 1 column 6: A quote is opened here",
        ),
    ] {
        let error = read(text).unwrap_err().to_string();
        assert!(error.starts_with(expected), "{text}: {error}");
    }
}

/// What a name stands for may be longer than there is memory, or hold itself.
#[test]
fn little_powershell_cannot_come_to_much() {
    let doubled = "$a = \"$a$a\"\n".repeat(60);
    let lists = "$a = $a, $a\n".repeat(60);
    let tables = "$t['x'] = $t\n$t['y'] = $t\n";
    for text in [
        format!("$a = 'xxxxxxxx'\n{doubled}irm \"https://a.test/$a\""),
        format!(
            "$a = 1\n{lists}irm https://a.test -Body ($a | ConvertTo-Json -Depth 100) -Method Post"
        ),
        format!(
            "$t = @{{}}\n{tables}irm https://a.test -Body ($t | ConvertTo-Json -Depth 100) -Method Post"
        ),
        format!(
            "$a = {}1{}\nirm https://a.test",
            "(".repeat(5000),
            ")".repeat(5000)
        ),
    ] {
        if let Ok(imported) = read(&text) {
            assert!(told(&imported).len() < 20_000_000);
        }
    }
}

proptest! {
    #[test]
    fn pieces_do_not_panic(pieces in proptest::collection::vec(proptest::sample::select(vec![
        "$a", " = ", "@{", "}", "@\"\n", "\n\"@", "@'\n", "\n'@", "'", "\"", "$(", "(", ")", "[", "]", "irm ", "https://a.test",
        " -Body ", " -Headers ", "@p", "| ConvertTo-Json", ".Add(", ",", ";", "\n", "`", "é", "[char]0xd83d", "::new", "if ",
        " -f ", "+", "{0}", "#", "<#", "#>", "$env:", "${", "New-Object ", "curl ", "–", "“", "PS C:\\> ", ">> ", "1",
    ]), 0..40)) {
        let text = pieces.concat();
        let _ = read(&text).map(|imported| told(&imported));
        let _ = read_as(Format::PowerShell, &text).map(|imported| told(&imported));
    }
}
