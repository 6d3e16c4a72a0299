//! Addresses without a scheme, requests as on the wire, elements of HTML, and what is given to curl by a shell.

use insta::assert_snapshot;

use super::*;
use crate::engine::CrossOriginAttribute;

#[test]
fn an_address_without_a_scheme_is_told() {
    let imported = import("api.example/v1");
    assert_eq!(imported.form.url, "https://api.example/v1");
    assert_eq!(keys(&imported), ["page-not-known", "scheme-of-address"]);
    let several = import("https://a.test/1\n\nhttps://a.test/2\nlocalhost:3000\n");
    assert_eq!(several.form.url, "https://a.test/1");
    assert_eq!(keys(&several), ["page-not-known", "more-requests"]);
}

#[test]
fn a_request_as_on_the_wire() {
    let text = "POST /v1/items?a=1 HTTP/1.1\r\nHost: api.example\r\nOrigin: https://app.example\r\nContent-Type: application/json\r\nContent-Length: 7\r\nUser-Agent: x\r\n\r\n{\"a\":1}\r\n";
    assert_snapshot!(told(&import(text)), @r#"
    POST https://api.example/v1/items?a=1 from https://app.example
    Content-Type: application/json

    {"a":1}
    [fetch cors same-origin]
    given: The page is https://app.example: the Origin header says so.
    dropped: host, content-length, user-agent: set by the browser, not by script.
    assumed: https:// added: the address has no scheme. Give it with one if that is wrong.
    "#);
    for (text, method, url) in [
        (
            "### one\n# @name one\nPUT https://a.test/x\nX-A: 1\n\nb\n\n### two\nGET https://a.test/",
            "PUT",
            "https://a.test/x",
        ),
        (
            "* Connected\n> GET /x HTTP/2\n> Host: localhost:3000\n> X-A: 1\n>\n< HTTP/2 200\n",
            "GET",
            "http://localhost:3000/x",
        ),
        (
            "GET https://a.test/x HTTP/1.1\nX-A: 1",
            "GET",
            "https://a.test/x",
        ),
        (
            "DELETE /x HTTP/2\n:authority: a.test\nX-A: 1",
            "DELETE",
            "https://a.test/x",
        ),
    ] {
        let imported = import(text);
        assert_eq!(imported.format, Format::Http, "{text}");
        let form = imported.form;
        assert_eq!((form.method.as_str(), form.url.as_str()), (method, url));
        assert_eq!(form.headers, [HeaderRow::new("X-A", "1")], "{text}");
        assert_eq!(form.body.as_deref(), (method == "PUT").then_some("b"));
    }
}

#[test]
fn elements_are_asked_for_as_their_attributes_say() {
    let anonymous = Some(CrossOriginAttribute::Anonymous);
    for (text, api, url, crossorigin) in [
        (
            "<script src=\"https://a.test/x.js\" crossorigin></script>",
            Api::Script,
            "https://a.test/x.js",
            anonymous,
        ),
        (
            "<SCRIPT SRC='//a.test/x.js?a=1&amp;b=2'>",
            Api::Script,
            "https://a.test/x.js?a=1&b=2",
            None,
        ),
        (
            "<link rel=\"stylesheet\" crossorigin=\"use-credentials\" href=\"https://a.test/x.css\">",
            Api::Stylesheet,
            "https://a.test/x.css",
            Some(CrossOriginAttribute::UseCredentials),
        ),
        (
            "<link rel=icon href=https://b.test/>\n<img\n  crossorigin=anonymous\n  src=https://a.test/x.png />",
            Api::Img,
            "https://a.test/x.png",
            anonymous,
        ),
        (
            "<video crossorigin controls><source src=https://a.test/x.mp4></video>",
            Api::Video,
            "https://a.test/x.mp4",
            anonymous,
        ),
        (
            "<link rel=preload as=font href=https://a.test/x.woff2 crossorigin>",
            Api::Font,
            "https://a.test/x.woff2",
            None,
        ),
        (
            "<form action='https://a.test/x' method=post>",
            Api::Form,
            "https://a.test/x",
            None,
        ),
        (
            "<a href='https://a.test/x'>x</a>",
            Api::Navigation,
            "https://a.test/x",
            None,
        ),
    ] {
        assert_eq!(format(text), Some(Format::Element), "{text}");
        let form = import(text).form;
        let found = (form.way.api, form.url.as_str(), form.way.crossorigin);
        assert_eq!(found, (api, url, crossorigin), "{text}");
        assert_eq!(form.method == "POST", api == Api::Form, "{text}");
    }
    let module = import("<script type=module src=https://a.test/x.js integrity=sha256-x>");
    assert!(module.form.way.module);
    assert!(keys(&module).contains(&"fetch-option-unused"));
    assert_eq!(format("<https://a.test/x>"), Some(Format::Url));
    assert_eq!(format("<p>text</p>"), None);
    let inline = "<script>\nfetch('https://a.test/x')\n</script>";
    assert_eq!(format(inline), Some(Format::Fetch));
    let page = "<!doctype html>\n<html><p>a</p><script src=https://a.test/x.js></script>";
    assert_eq!(format(page), Some(Format::Element));
    let called = "<script src=https://a.test/x.js></script><script>fetch('/x')</script>";
    assert_eq!(format(called), Some(Format::Fetch));
    let error = read("\n<link rel=icon href=x>").unwrap_err().to_string();
    assert!(
        error.starts_with("line 2 column 1: This element loads nothing"),
        "{error}"
    );
}

#[test]
fn what_a_shell_gives_to_curl_is_its_body() {
    for (text, body) in [
        ("curl https://a.test -d @- <<< '{\"a\":1}'", "{\"a\":1}"),
        ("curl https://a.test --data-binary @- <<<x -k", "x\n"),
        (
            "echo '{\"a\":\n1}' | curl https://a.test -d @-",
            "{\"a\":1}",
        ),
        ("$ echo -n a b | curl -d @- https://a.test", "a b"),
        (
            "printf '%s' \"a\" | curl --data-binary @- https://a.test",
            "a",
        ),
        (
            "cat <<'EOF' | curl --data-binary @- https://a.test\na\nb\nEOF\n",
            "a\nb\n",
        ),
        ("curl -d @- <<E https://a.test\na\nE", "a"),
        (
            "curl https://a.test -d \"$(cat <<'E'\n{\"a\": \"b)\"}\nE\n)\" -k",
            "{\"a\": \"b)\"}",
        ),
        ("cat x.json | curl -d @- https://a.test", "<->"),
    ] {
        let imported = import(text);
        assert_eq!(imported.form.url, "https://a.test", "{text}");
        assert_eq!(imported.form.body.as_deref(), Some(body), "{text}");
    }
}

#[test]
fn globs_and_the_next_request_of_curl() {
    let imported = import("curl 'https://a.test/{x,y}/[1-3]'");
    assert_eq!(imported.form.url, "https://a.test/x/1");
    assert!(keys(&imported).contains(&"glob"));
    let imported = import("curl -g 'https://a.test/{x,y}'");
    assert_eq!(imported.form.url, "https://a.test/{x,y}");
    let imported = import("curl --next https://a.test/x -d a --next https://a.test/y");
    assert_eq!(imported.form.url, "https://a.test/x");
    assert!(keys(&imported).contains(&"more-requests"));
}

#[test]
fn a_place_is_that_of_the_text_that_was_pasted() {
    for (text, expected) in [
        ("é$ curl 'x", "line 1 column 9: A quote"),
        ("# é\né é $ curl 'x", "line 2 column 12: A quote"),
        (
            "\u{feff}curl \"https://a.test\" -H 'x",
            "line 1 column 27: A quote",
        ),
        ("\n  hello", "line 2 column 3: This is no URL: expected"),
        (
            "hello\nyou",
            "line 1 column 1: This is no request: expected",
        ),
        (
            "\nGET /x HTTP/1.1\nAccept: */*",
            "line 2 column 1: This request does not say",
        ),
    ] {
        let error = read(text).unwrap_err().to_string();
        assert!(error.starts_with(expected), "{text}: {error}");
    }
}

#[test]
fn a_byte_order_mark_tells_utf_16() {
    let text = "curl 'https://a.test/\u{1f600}'\r\n";
    let units: Vec<_> = text.encode_utf16().collect();
    let little = units.iter().flat_map(|unit| unit.to_le_bytes());
    let big = units.iter().flat_map(|unit| unit.to_be_bytes());
    let little: Vec<_> = [0xff, 0xfe].into_iter().chain(little).collect();
    let big: Vec<_> = [0xfe, 0xff].into_iter().chain(big).collect();
    assert_eq!(text_of(&little), text);
    assert_eq!(text_of(&big), text);
    assert_eq!(text_of(text.as_bytes()), text);
    assert_eq!(text_of(&[0xff, 0xfe, 0x41]), "\u{fffd}");
    assert_eq!(text_of(&[0xff, 0xfe]), "");
}
