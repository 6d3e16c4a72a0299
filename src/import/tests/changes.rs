//! What source does to an object between its declaration and the call.

use proptest::prelude::*;

use super::*;

fn sent(text: &str) -> String {
    let form = import(text).form;
    let mut sent = format!("{} {}", form.method, form.url);
    for HeaderRow { name, value, .. } in &form.headers {
        sent += &format!(" | {name}: {value}");
    }
    match form.body {
        Some(body) => sent + " > " + &body,
        None => sent,
    }
}

#[test]
fn changes_before_the_call_are_made() {
    const U: &str = "const u = 'https://a.test/x';\n";
    for (text, expected) in [
        (
            "const h = new Headers();\nh.append('X-A', '1');\nh.set('x-a', '2');\nfetch(u, {headers: h})",
            "GET https://a.test/x | X-A: 2",
        ),
        (
            "const h = new Headers({'X-A': '1', 'X-B': '2'});\nh.delete('x-b');\nfetch(u, {headers: h})",
            "GET https://a.test/x | X-A: 1",
        ),
        (
            "const h = {};\nh['X-A'] = '1';\nh.Authorization = `Bearer ${'t'}`;\nfetch(u, {headers: h})",
            "GET https://a.test/x | X-A: 1 | Authorization: Bearer t",
        ),
        (
            "const o = {};\no.method = 'DELETE';\nfetch(u, o)",
            "DELETE https://a.test/x",
        ),
        (
            "const o = {method: 'PUT', headers: {}};\no.headers['X-A'] = '1';\no.body = 'b';\nfetch(u, o)",
            "PUT https://a.test/x | X-A: 1 > b",
        ),
        (
            "const o = {};\no.headers = new Headers();\no.headers.append('X-A', '1');\nfetch(u, o)",
            "GET https://a.test/x | X-A: 1",
        ),
        (
            "const o = {method: 'PUT'};\nObject.assign(o, {method: 'PATCH', body: 'b'}, {headers: {'X-A': 1}});\nfetch(u, o)",
            "PATCH https://a.test/x | X-A: 1 > b",
        ),
        (
            "const p = new URLSearchParams();\np.append('a', '1');\np.append('b', 'x y');\nfetch(u, {method: 'POST', body: p})",
            "POST https://a.test/x | Content-Type: application/x-www-form-urlencoded;charset=UTF-8 > a=1&b=x+y",
        ),
        (
            "const p = new URLSearchParams({a: 1});\np.set('b', 2);\nfetch(`${u}?${p}`)",
            "GET https://a.test/x?a=1&b=2",
        ),
        (
            "const v = new URL(u);\nv.searchParams.set('a', '1');\nv.pathname = '/y';\nfetch(v)",
            "GET https://a.test/y?a=1",
        ),
        (
            "let v = u;\nv += '/1';\nv += '?a=' + 2;\nfetch(v)",
            "GET https://a.test/x/1?a=2",
        ),
        (
            "let v;\nv = u;\nv = v + '/1';\nfetch(v)",
            "GET https://a.test/x/1",
        ),
        (
            "let m = 'PUT';\nfetch(u, {method: m});\nm = 'DELETE';",
            "PUT https://a.test/x",
        ),
        // A name of the object is the object; text made of it is not.
        (
            "const h = {};\nconst o = {headers: h, body: JSON.stringify(h), method: 'PUT'};\nh['X-A'] = '1';\nfetch(u, o)",
            "PUT https://a.test/x | X-A: 1 > {}",
        ),
        (
            "const h = {};\nconst o = {headers: {...h}};\nh['X-A'] = '1';\nfetch(u, o)",
            "GET https://a.test/x",
        ),
        (
            "const h = {'X-A': '1', 'X-B': '2'};\ndelete h['X-B'];\nasync function go() {\n  const o = {headers: h};\n  o.method = 'PUT';\n  try { await fetch(u, o) } catch {}\n}",
            "PUT https://a.test/x | X-A: 1",
        ),
        (
            "const o = {headers: {'X-A': '1'}};\nconst p = {...o, headers: {...o.headers, 'X-A': '2'}};\nfetch(u, p)",
            "GET https://a.test/x | X-A: 2",
        ),
        // Names of other functions are other names.
        (
            "const o = {method: 'PUT'};\nfunction f() { const o = {}; o.method = 'DELETE' }\nfetch(u, o)",
            "PUT https://a.test/x",
        ),
        ("function f(u) { fetch(u) }", "GET <u>"),
    ] {
        assert_eq!(sent(&format!("{U}{text}")), expected, "{text}");
    }
}

#[test]
fn changes_that_need_not_run_are_named() {
    const ASIDE: &str =
        "it stands in a branch, a loop or another function. What it changes is not in the request.";
    for (text, expected) in [
        ("if (t) {\n  o.method = 'PUT';\n}\n", format!("`o.method = 'PUT'` is not evaluated: {ASIDE} (line 3 column 3)")),
        ("if (t) o.method = 'PUT';\n", format!("`o.method = 'PUT'` is not evaluated: {ASIDE} (line 2 column 8)")),
        ("t && (o.method = 'PUT');\n", format!("`o.method = 'PUT'` is not evaluated: {ASIDE} (line 2 column 7)")),
        ("for (const k of ks) o[k] = 1;\n", format!("`o[k] = 1` is not evaluated: {ASIDE} (line 2 column 21)")),
        ("ks.forEach(k => { o[k] = 1 });\n", format!("`o[k] = 1` is not evaluated: {ASIDE} (line 2 column 19)")),
        (
            "addAuth(o);\n",
            "`addAuth(o)` is not evaluated: what it changes is not in the request. (line 2 column 1)".to_owned(),
        ),
    ] {
        let text = format!("const o = {{}};\n{text}fetch('https://a.test', o)");
        let imported = import(&text);
        assert_eq!(imported.form.method, "GET", "{text}");
        let told: Vec<_> = imported.notes.iter().map(Note::to_string).collect();
        let expected = format!("not evaluated: {expected}");
        assert!(told.contains(&expected), "{text}: {told:#?}");
    }
    // The branch of the call is no question; the other cannot run before it.
    let text = "const o = {};\nif (t) {\n  o.method = 'PUT';\n  fetch('https://a.test', o)\n} else { o.method = 'DELETE' }";
    let imported = import(text);
    assert_eq!(imported.form.method, "PUT");
    assert!(!keys(&imported).contains(&"change-aside"));
    // A field of a Headers object is no header.
    let text = "const h = new Headers();\nh['X-A'] = '1';\nfetch('https://a.test', {headers: h})";
    let imported = import(text);
    assert!(imported.form.headers.is_empty());
    assert!(keys(&imported).contains(&"change-without-effect"));
}

#[test]
fn form_data_is_a_form() {
    let text = "const f = new FormData();\nf.append('a', '1');\nf.append('b', file, 'b.png');\nfetch('https://a.test', {method: 'POST', body: f})";
    let form = import(text).form;
    let body = form.body.unwrap();
    assert!(
        form.headers[0]
            .value
            .starts_with("multipart/form-data; boundary=")
    );
    assert!(body.contains("name=\"a\"\r\n\r\n1\r\n"), "{body}");
    assert!(body.contains("name=\"b\"; filename=\"b.png\"\r\nContent-Type: application/octet-stream\r\n\r\n<file>\r\n"), "{body}");
}

#[test]
fn names_that_stand_for_themselves_come_to_an_end() {
    let doubled = format!("let a = 'x';\n{}fetch(a)", "a += a;\n".repeat(200));
    let aliased = format!(
        "let a = {{}};\n{}fetch('https://a.test', a)",
        "a.b = a;\n".repeat(2000)
    );
    let crossed = format!(
        "let a = 'x', b = 'y';\n{}fetch(a)",
        "a = b + b; b = a + a;\n".repeat(500)
    );
    for text in [
        doubled,
        aliased,
        crossed,
        "const a = b, b = a; fetch(a)".to_owned(),
    ] {
        let _ = read(&text);
    }
}

#[test]
fn what_is_too_much_to_follow_is_told() {
    let text = format!(
        "const o = {{}};\n{}fetch('https://a.test', o)",
        "o.method = 'PUT';\n".repeat(2000)
    );
    let told = import(&text).notes.into_iter();
    let places: Vec<_> = told
        .filter(|note| note.key == "change-not-evaluated")
        .map(|note| note.place.unwrap().line)
        .collect();
    assert_eq!(places, [1001]);
}

#[test]
fn what_an_instance_is_set_up_with_in_a_branch_is_named() {
    let text = "axios.defaults.headers.common['X-A'] = '1';\nif (t) axios.defaults.headers.common['X-B'] = '2';\naxios.get('https://a.test')";
    let imported = import(text);
    assert_eq!(imported.form.headers[0], HeaderRow::new("X-A", "1"));
    assert!(
        !imported
            .form
            .headers
            .iter()
            .any(|header| header.name == "X-B")
    );
    assert!(keys(&imported).contains(&"change-aside"));
}

proptest! {
    /// Statements in any order: read or refused, and soon.
    #[test]
    fn statements_in_any_order_come_to_an_end(
        parts in prop::collection::vec(prop::sample::select(STATEMENTS), 0..60),
    ) {
        let _ = read(&(parts.concat() + "fetch(u, o)"));
        let _ = read(&parts.concat());
    }
}

const STATEMENTS: &[&str] = &[
    "let u = 'https://a.test';",
    "const o = {headers: h};",
    "let h = new Headers();",
    "h.append('a', u);",
    "o.headers = h;",
    "o.o = o;",
    "u += u;",
    "u = u + o;",
    "h = o;",
    "o = {...o, ...h};",
    "delete o[u];",
    "Object.assign(o, h, o);",
    "if (u) {",
    "} else {",
    "}",
    "function f(o, {u}, [h]) {",
    "f(o);",
    "o.u.searchParams.set(u, o);",
    "u = new URL(u);",
    "u.pathname += u;",
    "for (const o of h)",
    "(() => ",
    ")",
    "fetch(u, o);",
    "h = [o, h];",
    "h.push(h);",
    "var o = Object.assign({}, o);",
    "o[h] = `${o}${u}`;",
    "u.é = '\u{1f600}';",
];
