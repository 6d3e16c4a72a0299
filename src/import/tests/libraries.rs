//! Libraries that send requests, and objects that they are called on.

use super::*;

#[test]
fn a_second_name_for_the_same_object_counts() {
    for text in [
        "const a = {}; const b = a; b.method = 'PUT'; fetch('https://a.test', a)",
        "const a = {}; const b = a; const c = b; c.method = 'PUT'; fetch('https://a.test', b)",
        "const h = new Headers(); const g = h; g.set('X', '1'); fetch('https://a.test', {method: 'PUT', headers: h})",
        "const u = new URL('https://a.test'); const v = u; v.searchParams.set('a', '1'); fetch(u, {method: 'PUT'})",
        "function f() { this.h = new Headers(); this.h.append('X', '1'); fetch('https://a.test', {method: 'PUT', headers: this.h}) }",
        "class A { constructor() { this.o = {method: 'PUT'}; const o = this.o; o.headers = {X: '1'} }\n get() { return fetch('https://a.test', this.o) } }",
    ] {
        let form = import(text).form;
        assert_eq!(form.method, "PUT", "{text}");
        if text.contains("'1'") && !text.contains("URL") {
            assert_eq!(
                form.headers,
                [HeaderRow::new("X", "1")].map(|row| { HeaderRow::new(&row.name, &row.value) }),
                "{text}"
            );
        }
    }
    let form =
        import("const u = new URL('https://a.test'); const v = u; v.search = 'a'; fetch(u)").form;
    assert_eq!(form.url, "https://a.test/?a");
    let copied = import(
        "const a = {method: 'PUT'}; const b = {...a}; b.method = 'PATCH'; fetch('https://a.test', a)",
    );
    assert_eq!(copied.form.method, "PUT");
}

#[test]
fn a_second_name_of_what_changes_itself_is_told() {
    let text = "let a = {method: 'POST'};\nconst b = a;\na = {method: 'PUT'};\nb.headers = {A: '1'};\nfetch('https://a.test', a)";
    let imported = import(text);
    assert_eq!(
        (imported.form.method.as_str(), imported.form.headers.len()),
        ("PUT", 0)
    );
    let told = imported.notes.last().unwrap().to_string();
    assert!(
        told.contains("b.headers") && told.ends_with("(line 4 column 1)"),
        "{told}"
    );
}

#[test]
fn what_a_branch_does_to_an_xmlhttprequest_is_told() {
    let text = "const x = new XMLHttpRequest();\nx.open('PUT', 'https://a.test');\nx.setRequestHeader('A', '1');\nif (t) x.setRequestHeader('B', '2');\nif (w) { x.withCredentials = true; x.upload.onprogress = f; }\nx.send('b');";
    let imported = import(text);
    assert_eq!(imported.form.headers, [HeaderRow::new("A", "1")]);
    assert_eq!(imported.form.credentials, Credentials::SameOrigin);
    assert!(!imported.form.way.upload_listener);
    assert_eq!(imported.form.body.as_deref(), Some("b"));
    let aside: Vec<_> = imported
        .notes
        .iter()
        .filter(|note| note.key == "change-aside")
        .map(|note| note.place.unwrap().to_string())
        .collect();
    assert_eq!(
        aside,
        ["line 4 column 8", "line 5 column 10", "line 5 column 36"]
    );
    let text = "$.ajax({url: 'https://a.test', beforeSend: x => { x.setRequestHeader('A', '1'); if (t) x.setRequestHeader('B', '2'); }})";
    assert_eq!(import(text).form.headers, [HeaderRow::new("A", "1")]);
}

#[test]
fn libraries_that_are_not_read_are_named() {
    for (text, name) in [
        (
            "const r = await superagent.post('https://a.test').set('A', '1').send({})",
            "superagent.post",
        ),
        (
            "request.post('https://a.test').set('A', '1').send({})",
            "request.post",
        ),
        ("superagent('GET', 'https://a.test')", "superagent"),
        ("wretch('https://a.test').auth('x').get().json()", "wretch"),
        ("got('https://a.test')", "got"),
        (
            "const { data } = useSWR('https://a.test', fetcher)",
            "useSWR",
        ),
    ] {
        let error = read(text).unwrap_err();
        assert!(
            error.to_string().contains(&format!("{name} is not read")),
            "{error}"
        );
        assert!(error.place.is_some());
    }
    assert_eq!(format("I forgot (it)"), None);
    let both = import("useSWR('/x', () => fetch('https://a.test'))");
    assert_eq!(both.form.url, "https://a.test");
}

#[test]
fn jsonp_is_an_element() {
    for (text, url) in [
        (
            "$.getJSON('https://a.test/x?callback=?', f)",
            "https://a.test/x?callback=jQuery",
        ),
        (
            "$.ajax({url: 'https://a.test/x', dataType: 'jsonp', headers: {A: 1}, data: {q: 1}})",
            "https://a.test/x?q=1&callback=jQuery",
        ),
        (
            "$.ajax({url: 'https://a.test/x', dataType: 'jsonp', jsonp: 'cb', jsonpCallback: 'f'})",
            "https://a.test/x?cb=f",
        ),
        (
            "$.ajax({url: 'https://a.test/x.js', dataType: 'script'})",
            "https://a.test/x.js",
        ),
    ] {
        let form = import(text).form;
        assert_eq!(
            (form.way.api, form.url.as_str(), form.headers.len()),
            (Api::Script, url, 0),
            "{text}"
        );
        assert_eq!(form.method, "GET");
    }
}

#[test]
fn what_angular_sets_in_a_chain_counts() {
    let text = "const headers = new HttpHeaders().set('A', '1').append('B', '2');\nthis.http.get('https://a.test', {headers, success: () => 1, most: Infinity})";
    let imported = import(text);
    let headers = ["A", "B"].map(|name| imported.form.headers.iter().any(|row| row.name == name));
    assert_eq!(headers, [true, true]);
    assert_eq!(keys(&imported), ["page-not-known"]);
}

#[test]
fn methods_go_out_as_the_library_sends_them() {
    for (text, method) in [
        ("ky('https://a.test', {method: 'patch'})", "PATCH"),
        (
            "$fetch('https://a.test', {method: 'patch', body: {}})",
            "PATCH",
        ),
        ("ofetch('https://a.test', {method: 'Delete'})", "DELETE"),
        ("fetch('https://a.test', {method: 'patch'})", "patch"),
    ] {
        assert_eq!(import(text).form.method, method, "{text}");
    }
}
