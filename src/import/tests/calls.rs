//! Calls in JavaScript, copied and from source.

use insta::assert_snapshot;

use super::*;

#[test]
fn a_call_copied_from_chrome() {
    let text = r#"fetch("https://api.example/a", {
  "headers": {
    "accept": "*/*",
    "authorization": "Bearer t",
    "content-type": "application/json",
    "sec-ch-ua": "\"Chromium\";v=\"140\""
  },
  "referrer": "https://app.example/",
  "body": "{\"a\":\"\u00e9\ud83d\ude00\"}",
  "method": "POST",
  "mode": "cors",
  "credentials": "include"
}); ;
fetch("https://api.example/b", {});"#;
    assert_snapshot!(told(&import(text)), @r#"
    POST https://api.example/a from https://app.example
    authorization: Bearer t
    content-type: application/json

    {"a":"é😀"}
    [fetch cors same-origin]
    derived: The page is https://app.example: the referrer says so, and no Origin was sent.
    dropped: accept, sec-ch-ua: set by the browser, not by script.
    assumed: mode is cors: a copy says so for any request.
    derived: credentials is same-origin, not include: a copy says include for any Authorization header, and nothing shows that cookies were sent. Set it to include if the page does.
    dropped: The first of 2 requests is taken.
    "#);
}

#[test]
fn a_call_copied_from_chrome_for_node() {
    let text = r#"fetch("https://api.example/a", {
  "headers": {
    "accept": "*/*",
    "cookie": "sid=1",
    "Referer": "https://app.example/"
  },
  "body": null,
  "method": "GET"
});"#;
    assert_snapshot!(told(&import(text)), @r#"
    GET https://api.example/a from https://app.example
    [fetch cors include]
    cookie sid=1; Path=/; SameSite=None; Secure
    derived: The cookie sid is in the browser's jar as SameSite=None; Secure, and credentials include: the browser sent them along.
    derived: The page is https://app.example: the referrer says so, and no Origin was sent.
    dropped: accept: set by the browser, not by script.
    "#);
}

#[test]
fn a_call_copied_from_firefox() {
    let text = r#"await fetch("https://api.example/a", {
    "credentials": "omit",
    "headers": {
        "User-Agent": "Mozilla/5.0 (X11; rv:140.0) Gecko/20100101 Firefox/140.0",
        "Sec-Fetch-Site": "cross-site"
    },
    "referrer": "https://app.example/",
    "method": "GET",
    "mode": "cors"
});"#;
    assert_snapshot!(told(&import(text)), @r#"
    GET https://api.example/a from https://app.example
    [fetch cors same-origin]
    derived: The page is https://app.example: the referrer says so, and no Origin was sent.
    dropped: user-agent, sec-fetch-site: set by the browser, not by script.
    assumed: mode is cors: a copy says so for any request.
    derived: credentials is same-origin, the usual: a copy says omit for any request without cookies.
    derived: Firefox decides: the text comes from it.
    "#);
}

#[test]
fn a_call_to_edit_and_send_again() {
    let text = r#"// All sec-* headers are set by the browser
await fetch("https://api.example/a", {
  "headers": {
    // "origin": "https://app.example", // forbidden
    "x-a": "1"
  },
  "method": "GET", "mode": "cors", "credentials": "omit"
});"#;
    let form = import(text).form;
    assert_eq!(form.headers, [HeaderRow::new("x-a", "1")]);
}

#[test]
fn a_call_as_it_stands_in_source() {
    let text = r#"
const API = 'https://api.example';
async function save(id) {
  const res = await fetch(`${API}/items/${id}`, {
    method: 'PUT',
    credentials: "include",
    headers: new Headers({ 'X-Api-Key': token, "Content-Type": 'application/json' }),
    body: JSON.stringify({ name: 'O\'Brien', n: [1, 2.50, true, null], at: new Date(), ...rest, u: undefined }),
    cache: 'no-store',
  });
  return res.json();
}"#;
    assert_snapshot!(told(&import(text)), @r#"
    PUT https://api.example/items/<id> from 
    X-Api-Key: <token>
    Content-Type: application/json

    {"name":"O'Brien","n":[1,2.5,true,null],"at":"<new Date()>"}
    [fetch cors include]
    not known: The text does not say which page asks: give its origin.
    dropped: `cache` is left out: the form has no field for it.
    not evaluated: `id` cannot be evaluated: <id> stands for it. (line 4 column 43)
    not evaluated: `token` cannot be evaluated: <token> stands for it. (line 7 column 41)
    not evaluated: `new Date()` cannot be evaluated: <new Date()> stands for it. (line 8 column 76)
    not evaluated: `rest` cannot be evaluated: <rest> stands for it. (line 8 column 91)
    "#);
}

#[test]
fn ways_to_write_a_body() {
    for (body, expected) in [
        ("new URLSearchParams({a: 'b c', d: 1})", "a=b+c&d=1"),
        ("new URLSearchParams('?a=1')", "a=1"),
        ("'a' + \"b\" + `c`", "abc"),
        ("`line\n${1 + 'x'}`", "line\n1x"),
        ("'\\x41\\u{1f600}\\\n\\0\\q'", "A\u{1f600}\0q"),
        ("encodeURIComponent('a/b c')", "a%2Fb%20c"),
        ("JSON.stringify({a})", "{\"a\":\"<a>\"}"),
        ("form", "<form>"),
    ] {
        let text = format!("fetch('https://a.test', {{method: 'POST', body: {body}}})");
        assert_eq!(import(&text).form.body.as_deref(), Some(expected), "{body}");
    }
}

#[test]
fn what_only_the_page_knows_is_named_with_its_place() {
    let text = "fetch('https://a.test', {\n  headers: {\n    Auth: token,\n  },\n})";
    let imported = import(text);
    assert_eq!(imported.form.headers, [HeaderRow::new("Auth", "<token>")]);
    let note = imported
        .notes
        .iter()
        .find(|note| note.kind == NoteKind::NotEvaluated);
    assert_eq!(
        note.unwrap().to_string(),
        "not evaluated: `token` cannot be evaluated: <token> stands for it. (line 3 column 11)"
    );
}

#[test]
fn a_call_in_the_midst_of_other_text_is_found() {
    let text = "So I tried this:\n\n  fetch('https://a.test/x', {mode: 'no-cors'}).then(r => r.json())\n\nand it fails???";
    let form = import(text).form;
    assert_eq!(form.url, "https://a.test/x");
    assert_eq!(form.mode, Mode::NoCors);
}

#[test]
fn other_calls_that_send() {
    let xhr = "const x = new XMLHttpRequest();\nx.open('PUT', 'https://a.test');\nx.withCredentials = true;\nx.setRequestHeader('X-A', '1');\nx.upload.onprogress = p;\nx.send('b');";
    let form = import(xhr).form;
    assert_eq!((form.method.as_str(), form.way.api), ("PUT", Api::Xhr));
    assert!(form.way.upload_listener);
    assert_eq!(form.credentials, Credentials::Include);
    assert_eq!(form.headers, [HeaderRow::new("X-A", "1")]);
    assert_eq!(form.body.as_deref(), Some("b"));

    let axios = "axios.post('/items', {a: 1}, {baseURL: 'https://a.test/', withCredentials: true, params: {q: 'x'}})";
    let form = import(axios).form;
    assert_eq!(
        (form.method.as_str(), form.url.as_str()),
        ("POST", "https://a.test/items?q=x")
    );
    assert_eq!(form.body.as_deref(), Some("{\"a\":1}"));
    assert_eq!(
        form.headers[0],
        HeaderRow::new("Content-Type", "application/json")
    );

    for (text, api) in [
        (
            "new EventSource('https://a.test', {withCredentials: true})",
            Api::EventSource,
        ),
        ("new WebSocket('wss://a.test')", Api::WebSocket),
        ("navigator.sendBeacon('https://a.test', 'x')", Api::Beacon),
    ] {
        assert_eq!(import(text).form.way.api, api, "{text}");
    }
}

#[test]
fn a_request_object_is_a_call_with_its_options() {
    let text = "fetch(new Request('https://a.test', {method: 'PATCH'}), {redirect: 'error'})";
    let form = import(text).form;
    assert_eq!(
        (form.method.as_str(), form.url.as_str()),
        ("PATCH", "https://a.test")
    );
    assert_eq!(form.redirect.as_str(), "error");
}

#[test]
fn what_is_done_to_a_value_after_it_was_made_counts() {
    let text = "const headers = new Headers();\nheaders.append('X-A', '1');\nheaders.set('X-B', '2');\n\
                headers.set('x-b', '3');\nheaders.append('X-C', '4');\nheaders.delete('X-C');\n\
                const options = {headers};\noptions.method = 'PUT';\n\
                const url = new URL('/x', 'https://a.test');\nurl.searchParams.set('q', 'a b');\n\
                fetch(url, options);\nheaders.set('X-Late', '1');";
    let form = import(text).form;
    assert_eq!(
        (form.method.as_str(), form.url.as_str()),
        ("PUT", "https://a.test/x?q=a+b")
    );
    assert_eq!(
        form.headers,
        [HeaderRow::new("X-A", "1"), HeaderRow::new("X-B", "3")]
    );
    let text = "const o = {headers: {}};\no.headers['X-A'] = '1';\nfetch('https://a.test', o)";
    assert_eq!(import(text).form.headers, [HeaderRow::new("X-A", "1")]);
}

#[test]
fn form_data_and_blobs_bring_their_type() {
    let text = "const fd = new FormData();\nfd.append('a', '1');\nfd.append('f', file, 'x.png');\n\
                fetch('https://a.test', {method: 'POST', body: fd})";
    let imported = import(text);
    let form = &imported.form;
    let media_type = "multipart/form-data; boundary=----FormBoundary";
    assert_eq!(form.headers, [HeaderRow::new("Content-Type", media_type)]);
    let body = form.body.as_deref().unwrap();
    assert!(body.contains("name=\"a\"\r\n\r\n1\r\n"), "{body}");
    assert!(
        body.contains("filename=\"x.png\"\r\nContent-Type: application/octet-stream\r\n\r\n<file>"),
        "{body}"
    );
    assert!(keys(&imported).contains(&"multipart"));
    let text = "fetch('https://a.test', {method: 'POST', body: new Blob(['{}'], {type: 'application/json'})})";
    let form = import(text).form;
    assert_eq!(
        form.headers,
        [HeaderRow::new("Content-Type", "application/json")]
    );
    assert_eq!(form.body.as_deref(), Some("{}"));
}

#[test]
fn a_name_that_is_changed_by_itself_comes_to_an_end() {
    let changes: String = (0..40)
        .map(|n| format!("a.b{n} = a; a.c{n} = a;\n"))
        .collect();
    let form = import(&format!(
        "const a = {{}};\n{changes}fetch('https://a.test', a)"
    ))
    .form;
    assert_eq!(form.url, "https://a.test");
}

#[test]
fn libraries_send_what_they_add_of_their_own() {
    for (text, expected) in [
        (
            "const api = axios.create({baseURL: 'https://a.test', withCredentials: true, headers: {'X-K': 'k'}});\napi.post('/x', {a: 1})",
            "POST https://a.test/x from \nX-K: k\nContent-Type: application/json\nAccept: application/json, text/plain, */*\n\n{\"a\":1}\n[xhr cors include]\n",
        ),
        (
            "axios.defaults.withCredentials = true;\naxios.defaults.baseURL = 'https://a.test';\naxios.defaults.headers.common['X-A'] = '1';\naxios.get('/x')",
            "GET https://a.test/x from \nX-A: 1\nAccept: application/json, text/plain, */*\n[xhr cors include]\n",
        ),
        (
            "$.ajax({url: 'https://a.test/x', type: 'POST', contentType: 'application/json', data: JSON.stringify({a: 1}), xhrFields: {withCredentials: true}})",
            "POST https://a.test/x from \nContent-Type: application/json\n\n{\"a\":1}\n[xhr cors include]\n",
        ),
        (
            "var settings = {url: 'https://a.test/x', method: 'PUT', data: {a: 'b c'}, beforeSend: x => x.setRequestHeader('X-A', '1')};\n$.ajax(settings).done(f)",
            "PUT https://a.test/x from \nContent-Type: application/x-www-form-urlencoded; charset=UTF-8\nX-A: 1\n\na=b+c\n[xhr cors same-origin]\n",
        ),
        (
            "$.get('https://a.test/x', {q: 'a'}, function (d) {})",
            "GET https://a.test/x?q=a from \n[xhr cors same-origin]\n",
        ),
        (
            "jQuery.post('https://a.test/x', {a: 1})",
            "POST https://a.test/x from \nContent-Type: application/x-www-form-urlencoded; charset=UTF-8\n\na=1\n[xhr cors same-origin]\n",
        ),
        (
            "await ky.post('x', {prefixUrl: 'https://a.test', json: {a: 1}, credentials: 'include', searchParams: {q: 1}}).json()",
            "POST https://a.test/x?q=1 from \nContent-Type: application/json\n\n{\"a\":1}\n[fetch cors include]\n",
        ),
        (
            "$fetch('https://a.test/x', {method: 'PATCH', body: {a: 1}})",
            "PATCH https://a.test/x from \nContent-Type: application/json\n\n{\"a\":1}\n[fetch cors same-origin]\n",
        ),
        (
            "this.http.post<Item>('https://a.test/x', {a: 1}, {headers: new HttpHeaders({'X-A': '1'}), withCredentials: true}).subscribe()",
            "POST https://a.test/x from \nX-A: 1\nContent-Type: application/json\nAccept: application/json, text/plain, */*\n\n{\"a\":1}\n[xhr cors include]\n",
        ),
    ] {
        let told = told(&import(text));
        assert!(told.starts_with(expected), "{text}\n{told}");
    }
}

#[test]
fn what_is_no_javascript_around_a_call_or_in_it_is_read_over() {
    for text in [
        "const r: Response = await fetch('https://a.test/x', {method: 'PUT'} as RequestInit);",
        "async function f<T>(id: string): Promise<T> {\n  const r = await fetch('https://a.test/x', {method: 'PUT'});\n  return (await r.json()) as T;\n}",
        "<script>\n  fetch('https://a.test/x', {method: 'PUT'});\n</script>",
        "fetch(“https://a.test/x”, {method: ‘PUT’})",
        "> fetch('https://a.test/x', {method: 'PUT'})\n< Promise {<pending>}",
    ] {
        let form = import(text).form;
        let found = (form.method.as_str(), form.url.as_str());
        assert_eq!(found, ("PUT", "https://a.test/x"), "{text}");
    }
    let error = read("fetch('https://a.test', { headers: { 'X-A': '1'  )").unwrap_err();
    let expected = "line 1 column 50: This is no JavaScript: expected `,` or `}`, found `)`.";
    assert_eq!(error.to_string(), expected);
}
