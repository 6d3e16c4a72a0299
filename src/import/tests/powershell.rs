//! What people write for PowerShell: other names, variables, tables, here-strings.

use insta::assert_snapshot;

use super::*;

#[test]
fn a_script_as_postman_writes_it() {
    let text = r#"$headers = New-Object "System.Collections.Generic.Dictionary[[String],[String]]"
$headers.Add("Content-Type", "application/json")
$headers.Add("X-Api-Key", "k1")

$body = @"
{
    `"name`": `"O'Brien`",
    "n": "$n"
}
"@

$response = Invoke-RestMethod 'https://api.example/items' -Method 'POST' -Headers $headers -Body $body
$response | ConvertTo-Json"#;
    assert_snapshot!(told(&import(text)), @r#"
    POST https://api.example/items from 
    Content-Type: application/json
    X-Api-Key: k1

    {
        "name": "O'Brien",
        "n": "<n>"
    }
    [fetch cors same-origin]
    not known: The text does not say which page asks: give its origin.
    not evaluated: `n` cannot be evaluated: <n> stands for it. (line 8 column 11)
    "#);
}

#[test]
fn other_names_of_the_commands() {
    for text in [
        "irm https://a.test/x?b=1 -Method put -H @{A = '1'}",
        "PS C:\\> iwr -useb -Method:Put 'https://a.test/x?b=1' -Headers @{'A'=1} | iex",
        "curl -Uri https://a.test/x?b=1 -Method PUT -Headers @{ A=\"1\" }",
        "wget https://a.test/x?b=1 -Headers @{A='1'} -Method PUT",
        "try {\n  $r = (irm -Uri \"https://a.test/x?b=1\" `\n    -Method Put -Headers @{\n      A = '1'\n  }).data\n} catch {}",
        "# irm in a remark\n$p = @{ Uri = 'https://a.test/x'; Method = 'Put' }\n$p.Uri += '?b=1'\n$p['Headers'] = @{A='1'}\nirm @p",
        "$h = @{}\n$g = $h\n$g.A = 1\n[string]$u = \"https://a.test\"\niwr $u/x?b=1 -Headers $h -CustomMethod PUT",
        "$u = 'https://a.test'\n$o = [PSCustomObject]@{u = \"$u/x\"}\nirm -Uri \"$($o.u)?b=1\"\n  -Method PUT\n  -Headers (@{A=1} + @{})",
        "function Get-It { param($Uri = 'https://a.test/x?b=1')\n  $h = @{ 'A' = '1' }\n  Invoke-RestMethod -Uri $Uri -Headers $h -Method PUT\n}",
    ] {
        assert_eq!(format(text), Some(Format::PowerShell), "{text}");
        let form = import(text).form;
        let told = (
            form.method.as_str(),
            form.url.as_str(),
            form.headers.clone(),
        );
        let headers = vec![HeaderRow::new("A", "1")];
        assert_eq!(told, ("PUT", "https://a.test/x?b=1", headers), "{text}");
    }
    for text in [
        "curl -H 'A: 1' https://a.test",
        "curl https://a.test -X PUT\n# as irm does",
    ] {
        assert_eq!(format(text), Some(Format::Curl), "{text}");
    }
    assert_eq!(format("to irm or not"), None);
}

#[test]
fn bodies_are_what_powershell_sends() {
    for (text, body) in [
        (
            "-Body (@{a=1; b=@(1,'2')} | ConvertTo-Json -Compress)",
            "{\"a\":1,\"b\":[1,\"2\"]}",
        ),
        ("-Body (@{a=$true} | ConvertTo-Json)", "{\n  \"a\": true\n}"),
        (
            "-Body (@{a=@{b=@{c=@{d=1}}}} | ConvertTo-Json -Compress)",
            "{\"a\":{\"b\":{\"c\":\"System.Collections.Hashtable\"}}}",
        ),
        (
            "-Body (@{a=@{b=@{c=@{d=1}}}} | ConvertTo-Json -Depth 9 -Compress)",
            "{\"a\":{\"b\":{\"c\":{\"d\":1}}}}",
        ),
        ("-Body @{a='b c'; d=1}", "a=b+c&d=1"),
        ("-Body @'\n{\"a\":\"$b\"}\n'@", "{\"a\":\"$b\"}"),
        ("-Body @\"\r\na\r\n\"b\"`$c\r\n\"@", "a\n\"b\"$c"),
        ("-Body ('a' + 1)", "a1"),
        ("-InFile x.json", "<x.json>"),
        ("-Body (Get-Content x)", "<Get-Content x>"),
        ("-Body ('{0}' -f $a)", "<'{0}' -f $a>"),
        ("-Body \"$(Get-Date)\"", "<Get-Date>"),
        ("-Body $env:BODY", "<env:BODY>"),
    ] {
        let imported = import(&format!("irm https://a.test -Method POST {text}"));
        assert_eq!(imported.form.body.as_deref(), Some(body), "{text}");
        let named = imported.placeholder_in(body).is_some();
        assert_eq!(
            named,
            body.starts_with('<') && body != "<x.json>" || text.contains("InFile"),
            "{text}"
        );
    }
    let query = import("irm https://a.test/?x=1#y -Body @{a='b c'}").form;
    assert_eq!(query.url, "https://a.test/?x=1&a=b+c#y");
    assert_eq!((query.method.as_str(), query.body), ("GET", None));
    let form = import("irm https://a.test -Method Post -Form @{a='b'}").form;
    assert!(form.headers[0].value.starts_with("multipart/form-data"));
}

#[test]
fn what_a_branch_does_is_told_where_it_counts() {
    let text = "$h = @{A='1'}\n$other = 1\nif ($t) {\n  $h.B = '2'\n  $other = 2\n}\nirm https://a.test -Headers $h";
    let imported = import(text);
    assert_eq!(imported.form.headers, [HeaderRow::new("A", "1")]);
    let note = imported.notes.last().unwrap().to_string();
    assert!(
        note.contains("`$h.B = '2'`") && note.ends_with("(line 4 column 3)"),
        "{note}"
    );
    assert_eq!(imported.notes.len(), 2);
}

#[test]
fn what_a_session_holds_goes_with_the_request() {
    let text = r#"$session = New-Object Microsoft.PowerShell.Commands.WebRequestSession
$session.UserAgent = "Mozilla/5.0 Chrome/140.0.0.0 Safari/537.36"
$session.Cookies.Add((New-Object System.Net.Cookie("sid", "1", "/", "api.example")))
$cookie = New-Object System.Net.Cookie
$cookie.Name = "theme"
$cookie.Value = "dark"
$session.Cookies.Add($cookie)
Invoke-WebRequest -UseBasicParsing -Uri "https://api.example/a" -WebSession $session"#;
    assert_snapshot!(told(&import(text)), @r#"
    GET https://api.example/a from 
    [fetch cors include]
    cookie sid=1; Path=/; SameSite=None; Secure
    cookie theme=dark; Path=/; SameSite=None; Secure
    derived: The cookies sid, theme are in the browser's jar as SameSite=None; Secure, and credentials include: the browser sent them along.
    not known: The text does not say which page asks: give its origin.
    dropped: user-agent: set by the browser, not by script.
    derived: Chromium decides: the text comes from it.
    "#);
}

#[test]
fn mistakes_of_here_strings_are_told() {
    for (text, expected) in [
        (
            "irm https://a.test -Body @\"\n{}\n",
            "line 1 column 26: A quote is opened here and never closed: expected \"@.",
        ),
        (
            "irm https://a.test -Body @\"{}\"@",
            "line 1 column 26: A here-string begins",
        ),
        (
            "$x = 1\nirm @p",
            "line 2 column 1: The parameters of this call",
        ),
    ] {
        let error = read(text).unwrap_err().to_string();
        assert!(error.starts_with(expected), "{text}: {error}");
    }
}
