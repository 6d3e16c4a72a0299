//! Whole texts, and what becomes of them.

use std::collections::BTreeSet;

use super::*;
use crate::engine::{Api, Credentials, Mode};
use crate::session::HeaderRow;

mod calls;
mod changes;
mod commands;
mod libraries;
mod others;
mod powershell;

fn import(text: &str) -> Imported {
    read(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// Request line, headers, body and choices, as one would check them at a glance.
fn told(imported: &Imported) -> String {
    let form = &imported.form;
    let mut told = format!(
        "{} {} from {}{}\n",
        form.method,
        form.url,
        form.page.origin,
        if form.page.sandboxed { " (opaque)" } else { "" }
    );
    for HeaderRow { name, value, .. } in &form.headers {
        told += &format!("{name}: {value}\n");
    }
    if let Some(body) = &form.body {
        told += &format!("\n{body}\n");
    }
    let (mode, credentials) = (form.mode.as_str(), form.credentials.as_str());
    told += &format!("[{} {mode} {credentials}]\n", form.way.api.as_str());
    for cookie in &imported.cookies {
        told += &format!("cookie {cookie}\n");
    }
    for note in &imported.notes {
        told += &format!("{note}\n");
    }
    told
}

fn keys(imported: &Imported) -> Vec<&'static str> {
    imported.notes.iter().map(|note| note.key).collect()
}

#[test]
fn formats_are_told_apart() {
    for (text, expected) in [
        ("https://api.example/x", Some(Format::Url)),
        ("  curl https://api.example", Some(Format::Curl)),
        ("$ curl.exe -k x", Some(Format::Curl)),
        ("/usr/bin/curl x", Some(Format::Curl)),
        ("https://api.example/curl", Some(Format::Url)),
        (
            "$s = 1\nInvoke-WebRequest -Uri \"https://a\"",
            Some(Format::PowerShell),
        ),
        ("await fetch(\"https://a\")", Some(Format::Fetch)),
        ("const r = window.fetch (url)", Some(Format::Fetch)),
        (
            "Access to fetch at 'https://a.example/' from origin 'https://b.example' has been blocked by CORS policy: No 'Access-Control-Allow-Origin' header is present on the requested resource.",
            Some(Format::Console),
        ),
        (
            "fetch(u).catch(e => alert('TypeError: Failed to fetch'))",
            Some(Format::Fetch),
        ),
        ("Uncaught TypeError: Failed to fetch", Some(Format::Console)),
        ("prefetch (x)", None),
        ("a sentence about curling", None),
        ("{\"a\": 1}", None),
        ("", None),
    ] {
        assert_eq!(format(text), expected, "{text}");
    }
}

#[test]
fn an_address_is_a_request() {
    let imported = import(" https://api.example/x?a=1 \n");
    assert_eq!(imported.form.url, "https://api.example/x?a=1");
    assert_eq!(keys(&imported), ["page-not-known"]);
}

#[test]
fn the_line_of_a_failed_request_names_its_method() {
    let blocked = "Access to fetch at 'https://api.example/x' from origin 'https://app.example' has been blocked \
        by CORS policy: No 'Access-Control-Allow-Origin' header is present on the requested resource.";
    let failed = "PUT https://api.example/x net::ERR_FAILED 403 (Forbidden)";
    let stack = "f @ app.js:3\n(anonymous) @ app.js:9";
    for text in [
        failed.to_owned(),
        format!("app.js:3 {failed}\n{stack}"),
        format!("{blocked}\napp.js:3  {failed}\n{stack}"),
    ] {
        let imported = import(&text);
        assert_eq!(imported.form.method, "PUT", "{text}");
        assert_eq!(imported.form.url, "https://api.example/x");
    }
}

#[test]
fn a_console_error_fills_page_url_and_what_it_names() {
    let text = "app.js:12 \u{a0}Access to XMLHttpRequest at 'https://api.example/prices' from origin \
                'https://app.example' has been blocked by CORS policy:\nRequest header field x-api-key is not \
                allowed by Access-Control-Allow-Headers in preflight response.\n\
                GET https://api.example/prices net::ERR_FAILED";
    let imported = import(text);
    let form = &imported.form;
    assert_eq!(form.page.origin, "https://app.example");
    assert_eq!(form.url, "https://api.example/prices");
    assert_eq!(form.way.api, Api::Xhr);
    assert_eq!(form.headers, [HeaderRow::new("x-api-key", "<value>")]);
    let console = imported.console.unwrap();
    assert_eq!(console.reasons[0], "allow-headers-missing-header");
    assert_eq!(imported.engine, Some(Engine::Chromium));
}

#[test]
fn credentials_follow_from_a_reason_that_needs_them() {
    let text = "Cross-Origin Request Blocked: The Same Origin Policy disallows reading the remote resource at \
                ‘https://api.example/a’. (Reason: Credential is not supported if the CORS header \
                ‘Access-Control-Allow-Origin’ is ‘*’).";
    let imported = import(text);
    assert_eq!(imported.form.credentials, Credentials::Include);
    assert_eq!(imported.engine, Some(Engine::Firefox));
    assert!(keys(&imported).contains(&"page-not-known"));
}

#[test]
fn mistakes_say_where_and_what_was_expected() {
    for (text, expected) in [
        ("", "Nothing to import."),
        (
            "hello",
            "line 1 column 1: This is no URL: expected an address",
        ),
        (
            "curl 'https://a",
            "line 1 column 6: A quote is opened here and never closed: expected '.",
        ),
        ("curl -X", "line 1 column 6: The option -X needs a value"),
        ("curl -k", "line 1 column 8: curl has no URL here"),
        ("curl ^\"a", "line 1 column 6: A quote is opened here"),
        ("fetch()", "line 1 column 1: This call names no URL"),
        (
            "fetch('https://a', {\n  method: 'PUT',\n  body: 'x'",
            "line 3 column 12: This is no JavaScript: expected",
        ),
        (
            "fetch('https://a', {method: 'PUT' body: 1})",
            "line 1 column 35: This is no JavaScript: expected `,` or `}`",
        ),
        (
            "Invoke-WebRequest -Method \"GET\"",
            "line 1 column 1: Expected Invoke-WebRequest",
        ),
        (
            "Invoke-WebRequest \"GET",
            "line 1 column 19: A quote is opened here",
        ),
    ] {
        let error = read(text).unwrap_err().to_string();
        assert!(error.starts_with(expected), "{text}: {error}");
    }
}

/// The keys that the sources name, and those of the file: each in both.
#[test]
fn every_sentence_is_there_and_none_is_idle() {
    let sources = [
        include_str!("console.rs"),
        include_str!("curl.rs"),
        include_str!("javascript.rs"),
        include_str!("mended.rs"),
        include_str!("mod.rs"),
        include_str!("powershell.rs"),
        include_str!("powershell/evaluate.rs"),
        include_str!("powershell/expression.rs"),
        include_str!("powershell/strings.rs"),
        include_str!("script.rs"),
        include_str!("settle.rs"),
        include_str!("shell.rs"),
        include_str!("cmd.rs"),
        include_str!("libraries.rs"),
        include_str!("address.rs"),
        include_str!("element.rs"),
        include_str!("raw.rs"),
    ]
    .concat();
    for key in note::keys() {
        assert!(sources.contains(&format!("\"{key}\"")), "{key} is idle");
    }
    let known: BTreeSet<_> = note::keys().into_iter().collect();
    let named = sources.split("Note::new(").skip(1);
    for key in named.filter_map(|rest| rest.split([',', ')']).nth(1)) {
        let key = key.trim();
        if let Some(key) = key.strip_prefix('"').and_then(|key| key.strip_suffix('"')) {
            assert!(known.contains(key), "{key} has no sentence");
        }
    }
}

/// Whatever it is, it takes time in proportion. A sentence that speaks of what its note does not have
/// would panic where it is shown.
#[test]
fn one_megabyte_of_anything_is_read_or_refused() {
    let repeated = |unit: &str| unit.repeat(1_000_000 / unit.len());
    // The parser is slower than the rest, and unoptimised here.
    let some = |unit: &str| unit.repeat(200_000 / unit.len());
    let texts = [
        repeated("("),
        some("fetch("),
        some("fetch(a=>"),
        format!("fetch({}", some("[")),
        format!("fetch({}", some("!")),
        format!("fetch({}", some("`${")),
        format!("fetch('a', {{b: {}", some("{a:")),
        format!("fetch({}", some("a.b().")),
        format!("fetch(a{})", some("+a")),
        format!("fetch({})", some("'a'+")),
        repeated("lorem fetch ( ipsum ' dolor "),
        format!("curl {}", repeated("'a' ")),
        format!("curl {}", repeated("$a")),
        format!("curl {}", repeated("\\ ")),
        format!("curl a{}", repeated("\n")),
        format!("curl http://a/?{}", repeated("&a")),
        format!("curl {}", repeated("--foo ")),
        format!("curl -F a=b {}", repeated("-F '----FormBoundaryx=x' ")),
        format!("curl ^\"{}", repeated("^\\^\"")),
        format!("curl ^\"{}", repeated("\\")),
        format!("Invoke-WebRequest {}", repeated("\"a\"(")),
        format!("Invoke-WebRequest -Headers @{{{}", repeated("a=$b;")),
        format!("irm a -Body {}", repeated("(")),
        format!("irm a -Body {}", repeated("@{a=")),
        format!("irm a -Body {}", repeated("a,")),
        format!("irm a -Body {}", repeated("$(a).")),
        format!("irm a -Body {}", repeated("\"$($a.b)\"+")),
        format!("$a='x'\n{}irm a -Body $a", some("$a=$a+$a\n")),
        format!("$a=@{{}}\n{}irm a @a", some("$a.b=$a\n")),
        format!("{}irm a -Body $a", some("if(1){$a.b=1}\n")),
        format!("{}irm a", some("{[$a")),
        format!("curl {}", repeated("{a,b}[1-2]")),
        format!("curl {}", repeated("{")),
        format!("curl {}", repeated("<<<a ")),
        format!("curl {}", repeated("<<a\n")),
        repeated("echo a | "),
        repeated("a.b/c\n"),
        repeated("GET /x HTTP/1.1\n"),
        repeated("<script src="),
        repeated("<img src=a>"),
        format!("{}fetch(a,b)", some("const b=a;b.c=1;")),
        format!(
            "let a0={{}};{}fetch(u,a0)",
            (1..8000)
                .map(|n| format!("let a{n}=a{};a{n}.b=1;", n - 1))
                .collect::<String>()
        ),
        format!(
            "{}fetch(u,a0)",
            (0..8000)
                .map(|n| format!("let a{n}=a{};a{n}.b=1;", n + 1))
                .collect::<String>()
        ),
        format!("{}fetch(u,this.a)", some("this.a=this.b;")),
        repeated("got(a).b("),
        repeated("irm @\"\n"),
        repeated("curl x "),
        format!("{}irm a.b", repeated("$a=$a+1;")),
        format!("{}irm a.b", repeated("$h.Add(\"$h\",1);")),
        format!("$a='x'\n{}irm a.b", repeated("$a=\"$a$a\";")),
        format!("$a=1\n{}irm a.b -Body $a", repeated("$a+=$a,$a;")),
        format!("{}irm a.b", repeated("if(1){$a=1}")),
        format!("{}irm a.b", repeated("@\"\n")),
        format!("{}irm a.b", repeated("\"$(")),
        format!("{}irm a.b", repeated("x\"y'z ")),
        format!("{}irm a.b", repeated("$a[")),
        format!("{}irm a.b", repeated("$a.b.c=@{a=@(")),
        format!("irm {}", repeated("-Body @{a=1} ")),
        format!("irm a.b -Body \"{}\"", repeated("$a")),
        repeated("irm a.b;"),
        repeated("curl {\n"),
        repeated("(curl "),
        repeated("<# "),
        repeated("from origin 'a' has been blocked by CORS policy: "),
        repeated("Access to fetch at "),
        repeated("\u{1f600}'"),
    ];
    for text in texts {
        if let Ok(imported) = read(&text) {
            assert!(imported.notes.len() <= MOST_NOTES + 1);
            assert!(told(&imported).len() < 20_000_000);
        }
    }
}

/// A name that stands for twice the one before would come to more than there is memory.
#[test]
fn little_text_cannot_come_to_much() {
    let mut text = String::from("const a0 = 'xxxxxxxxxx';\n");
    for n in 1..50 {
        text += &format!("const a{n} = a{0} + a{0};\n", n - 1);
    }
    let imported = import(&format!("{text}fetch('https://a.example/?' + a49)"));
    assert!(imported.form.url.len() < 10_000_000);
    let deep = format!(
        "fetch('https://a.example', {{body: {}1{}}})",
        "[".repeat(5000),
        "]".repeat(5000)
    );
    assert!(read(&deep).is_ok());
}

#[test]
fn what_stands_around_an_address_is_no_part_of_it() {
    for (text, method, url) in [
        ("\u{feff}https://a.test/x\r\n", "GET", "https://a.test/x"),
        ("\"https://a.test/x\"", "GET", "https://a.test/x"),
        ("<https://a.test/x>", "GET", "https://a.test/x"),
        ("PUT https://a.test/x", "PUT", "https://a.test/x"),
    ] {
        let imported = import(text);
        assert_eq!(imported.format, Format::Url, "{text}");
        let form = imported.form;
        assert_eq!((form.method.as_str(), form.url.as_str()), (method, url));
    }
}
