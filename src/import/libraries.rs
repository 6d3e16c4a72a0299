//! Libraries that send requests with `fetch()` or `XMLHttpRequest`: axios, jQuery, ky, ofetch, Angular's
//! `HttpClient`; what each adds of its own.

use tree_sitter::Node;

use super::ImportError;
use super::javascript::Evaluation;
use super::note::{Note, NoteKind};
use super::place::Place;
use super::script::Reader;
use super::syntax::Script;
use super::value::{Value, urlencoded};
use crate::engine::{Api, Credentials};

/// What a text has that speaks of one of them.
pub(super) const WORDS: &[&str] = &[
    "axios(",
    "axios.",
    "$.ajax(",
    "$.get",
    "$.post(",
    "jQuery.",
    "ky(",
    "ky.",
    "$fetch(",
    "ofetch(",
    "http.",
    "httpClient.",
];

/// Functions of libraries that are not read.
pub(super) const REFUSED: &[&str] = &[
    "superagent",
    "superagent.get",
    "superagent.post",
    "superagent.put",
    "superagent.patch",
    "superagent.delete",
    "request.get",
    "request.post",
    "request.put",
    "request.patch",
    "request.delete",
    "request.del",
    "wretch",
    "got",
    "got.get",
    "got.post",
    "got.put",
    "got.patch",
    "got.delete",
    "useSWR",
    "useQuery",
    "useMutation",
    "needle",
];

/// The mistake of a text that calls one of them.
pub(super) fn refused(script: &Script) -> Option<ImportError> {
    let mut calls = script
        .nodes()
        .filter(|node| node.kind() == "call_expression");
    calls.find_map(|call| {
        let function = call.child_by_field_name("function")?;
        // The text of a chain of calls holds that of all before it.
        if !matches!(function.kind(), "identifier" | "member_expression")
            || function.byte_range().len() > 40
        {
            return None;
        }
        let name = script.source(function);
        REFUSED.contains(&name).then(|| {
            let place = Place::of(script.text, call.start_byte());
            ImportError::new("library-not-read", place).with("name", name)
        })
    })
}

/// A library.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Library {
    Axios,
    JQuery,
    Ky,
    Ofetch,
    Angular,
}

impl Library {
    /// Whose function is called, if it sends a request: `function` as it is written, `method` its last name.
    pub(super) fn of(
        function: &str,
        method: &str,
        script: &Script,
        values: &Evaluation,
    ) -> Option<Self> {
        let object = function.rsplit_once('.').map(|(object, _)| object.trim());
        // An instance is called as what it was made of.
        let made_of = |name: &str| {
            let made = script.source(values.declaration(name)?);
            let made = made.strip_prefix("await ").unwrap_or(made);
            ["axios", "ky"].into_iter().find(|library| {
                let rest = made
                    .strip_prefix(library)
                    .and_then(|rest| rest.strip_prefix('.'));
                rest.is_some_and(|rest| rest.starts_with("create(") || rest.starts_with("extend("))
            })
        };
        let name = object.unwrap_or(function);
        match (made_of(name).unwrap_or(name), object) {
            ("axios", None) => Some(Self::Axios),
            ("axios", Some(_)) if axios_method(method).is_some() => Some(Self::Axios),
            ("ky", None) => Some(Self::Ky),
            ("ky", Some(_)) if method != "request" && axios_method(method).is_some() => {
                Some(Self::Ky)
            }
            ("$" | "jQuery", Some(_)) => {
                matches!(method, "ajax" | "get" | "post" | "getJSON").then_some(Self::JQuery)
            }
            ("$fetch" | "ofetch", None) => Some(Self::Ofetch),
            (client, Some(_)) if client.ends_with("http") || client.ends_with("httpClient") => {
                let sends = method != "request" && axios_method(method).is_some();
                sends.then_some(Self::Angular)
            }
            _ => None,
        }
    }
}

const METHODS: &[(&str, &str)] = &[
    ("request", ""),
    ("get", "GET"),
    ("delete", "DELETE"),
    ("head", "HEAD"),
    ("options", "OPTIONS"),
    ("post", "POST"),
    ("put", "PUT"),
    ("patch", "PATCH"),
];

/// The method of an `axios.….` call; empty where its configuration says.
fn axios_method(name: &str) -> Option<&'static str> {
    let known = METHODS.iter().find(|(known, _)| *known == name);
    known.map(|(_, method)| *method)
}

/// Whether a method comes with data as an argument of its own.
fn has_data(method: Option<&str>) -> bool {
    matches!(method, Some("POST" | "PUT" | "PATCH"))
}

impl<'s, 't> Reader<'s, 't> {
    pub(super) fn library(&mut self, library: Library, node: Node<'s>) {
        let function = node.child_by_field_name("function");
        let function = function.map_or("", |function| self.script.source(function));
        let (object, method) = function.rsplit_once('.').unwrap_or((function, ""));
        let (object, method) = (object.trim(), method.trim());
        match library {
            Library::Axios => self.axios(node, object, axios_method(method)),
            Library::Ky => self.ky(node, object, axios_method(method)),
            Library::Ofetch => self.ofetch(node),
            Library::JQuery => self.jquery(node, method),
            Library::Angular => self.angular(node, axios_method(method)),
        }
    }

    /// What an instance, or the library itself, is set up with: the argument of `create`, and what is
    /// assigned to `defaults`.
    fn defaults(&mut self, object: &'t str) -> Vec<(String, Value)> {
        let created = self.values.declaration(object);
        let created = created.and_then(|made| self.argument(made, 0));
        let defaults = created.unwrap_or(Value::Object(Vec::new()));
        let instance = Value::Object(vec![("defaults".to_owned(), defaults)]);
        match self.values.changed(object, instance).get("defaults") {
            Some(Value::Object(fields)) => fields.clone(),
            _ => Vec::new(),
        }
    }

    fn query(&mut self, params: &Value) {
        let query = urlencoded(&params.pairs());
        let end = self.draft.url.find('#').unwrap_or(self.draft.url.len());
        let sign = if self.draft.url.contains('?') {
            '&'
        } else {
            '?'
        };
        if !query.is_empty() {
            self.draft.url.insert_str(end, &format!("{sign}{query}"));
        }
    }

    fn base(&mut self, base: &Value) {
        if !self.draft.url.contains("://") {
            let path = self.draft.url.trim_start_matches('/');
            let base = base.text();
            self.draft.url = format!("{}/{path}", base.trim_end_matches('/'));
        }
    }

    fn credentials(&mut self, value: Option<&Value>) {
        if value == Some(&Value::Bool(true)) {
            self.draft.credentials = Some(Credentials::Include);
        }
    }

    /// An object goes out as JSON; anything else as `fetch()` and `XMLHttpRequest` send it.
    fn data(&mut self, data: &Value) {
        match data {
            Value::Null | Value::Undefined => {}
            Value::Object(_) | Value::Array(_) => {
                self.draft.set_default("Content-Type", "application/json");
                self.draft.body = Some(data.json_text());
            }
            data => self.body(data),
        }
    }

    /// `axios(config)`, `axios(url, config)`, `axios.get(url, config)`, `axios.post(url, data, config)`.
    fn axios(&mut self, node: Node<'s>, object: &'t str, method: Option<&'static str>) {
        self.draft.api = Some(Api::Xhr);
        let first = self.argument(node, 0);
        let own = match (&first, method) {
            (Some(Value::Object(_)), None | Some("")) => first.clone(),
            _ => {
                self.draft.url = first.map(|url| url.text()).unwrap_or_default();
                self.argument(node, if has_data(method) { 2 } else { 1 })
            }
        };
        let mut fields = self.defaults(object);
        if let Some(Value::Object(own)) = own {
            fields.extend(own);
        }
        let of_all: Vec<_> = fields
            .iter()
            .filter(|(name, _)| name == "headers")
            .cloned()
            .collect();
        let config = Value::Object(fields);
        if let Some(url) = config.get("url") {
            self.draft.url = url.text();
        }
        if let Some(base) = config.get("baseURL") {
            self.base(base);
        }
        if let Some(params) = config.get("params") {
            self.query(params);
        }
        let written = config
            .get("method")
            .map(|method| method.text().to_ascii_uppercase());
        let named = method.filter(|method| !method.is_empty());
        self.draft.method = named
            .map(str::to_owned)
            .or(written)
            .or_else(|| Some("GET".to_owned()));
        for (_, headers) in &of_all {
            let common = headers.get("common").map(Value::pairs);
            let plain = headers.pairs().into_iter();
            let plain = plain.filter(|(_, value)| value != "[object Object]");
            for (name, value) in common.unwrap_or_default().into_iter().chain(plain) {
                self.draft.take(&name);
                self.draft.headers.push((name, value));
            }
        }
        self.credentials(config.get("withCredentials"));
        let data = match has_data(method) {
            true => self.argument(node, 1),
            false => config.get("data").cloned(),
        };
        match data {
            Some(text @ (Value::Text(_) | Value::Hole(_))) => {
                let form = "application/x-www-form-urlencoded;charset=utf-8";
                self.draft.set_default("Content-Type", form);
                self.draft.body = Some(text.text());
            }
            Some(data) => self.data(&data),
            None => {}
        }
        self.draft
            .set_default("Accept", "application/json, text/plain, */*");
    }

    /// `ky(url, options)`, `ky.post(url, options)`: the options of `fetch()` and a few more.
    fn ky(&mut self, node: Node<'s>, object: &'t str, method: Option<&'static str>) {
        self.draft.url = self
            .argument(node, 0)
            .map(|url| url.text())
            .unwrap_or_default();
        let mut fields = self.defaults(object);
        if let Some(Value::Object(own)) = self.argument(node, 1) {
            fields.extend(own);
        }
        self.more_than_fetch(fields, "json", "prefixUrl", &["searchParams"]);
        if let Some(method) = method {
            self.draft.method = Some(method.to_owned());
        }
    }

    /// `$fetch(url, options)`, of which a body may be an object.
    fn ofetch(&mut self, node: Node<'s>) {
        self.draft.url = self
            .argument(node, 0)
            .map(|url| url.text())
            .unwrap_or_default();
        if let Some(Value::Object(fields)) = self.argument(node, 1) {
            self.more_than_fetch(fields, "body", "baseURL", &["query", "params"]);
        }
    }

    /// The options of `fetch()`, and what libraries call a body, a base and a query.
    fn more_than_fetch(
        &mut self,
        fields: Vec<(String, Value)>,
        body: &str,
        base: &str,
        query: &[&str],
    ) {
        const OWN: &[&str] = &[
            "retry",
            "timeout",
            "throwHttpErrors",
            "hooks",
            "responseType",
        ];
        let all = Value::Object(fields.clone());
        let own = |name: &str| name == body || name == base || query.contains(&name);
        let plain = fields
            .into_iter()
            .filter(|(name, _)| !own(name) && !OWN.contains(&name.as_str()));
        self.options(&Value::Object(plain.collect()));
        // fetch() sends `patch` as it is written; these do not.
        if let Some(method) = &mut self.draft.method
            && METHODS
                .iter()
                .any(|(known, _)| method.eq_ignore_ascii_case(known))
        {
            method.make_ascii_uppercase();
        }
        if let Some(base) = all.get(base) {
            self.base(base);
        }
        if let Some(params) = query.iter().find_map(|name| all.get(name)) {
            self.query(params);
        }
        if let Some(body) = all.get(body) {
            self.data(body);
        }
    }

    /// `this.http.get(url, options)`, `this.http.post(url, body, options)`.
    fn angular(&mut self, node: Node<'s>, method: Option<&'static str>) {
        self.draft.api = Some(Api::Xhr);
        self.draft.method = method.map(str::to_owned);
        self.draft.url = self
            .argument(node, 0)
            .map(|url| url.text())
            .unwrap_or_default();
        let options = self.argument(node, if has_data(method) { 2 } else { 1 });
        let options = options.unwrap_or(Value::Undefined);
        if let Some(headers) = options.get("headers") {
            self.draft.headers.extend(headers.pairs());
        }
        if let Some(params) = options.get("params") {
            self.query(params);
        }
        self.credentials(options.get("withCredentials"));
        if has_data(method)
            && let Some(data) = self.argument(node, 1)
        {
            self.data(&data);
        }
        self.draft
            .set_default("Accept", "application/json, text/plain, */*");
    }

    /// `$.ajax(settings)`, `$.ajax(url, settings)`, `$.get(url, data)`, `$.post(url, data)`:
    /// <https://api.jquery.com/jQuery.ajax/>.
    fn jquery(&mut self, node: Node<'s>, method: &str) {
        self.draft.api = Some(Api::Xhr);
        let (first, second) = (self.argument(node, 0), self.argument(node, 1));
        let mut settings = match (first, second, method) {
            (Some(settings @ Value::Object(_)), _, _) => settings,
            (Some(url), Some(settings @ Value::Object(_)), "ajax") => {
                self.draft.url = url.text();
                settings
            }
            (Some(url), data, _) => {
                self.draft.url = url.text();
                let data = data.filter(|data| !matches!(data, Value::Hole(_)) && method != "ajax");
                let data = data.map(|data| ("data".to_owned(), data));
                Value::Object(data.into_iter().collect())
            }
            (None, ..) => return,
        };
        if let Value::Object(fields) = &mut settings
            && method == "post"
        {
            fields.push(("method".to_owned(), Value::Text("POST".to_owned())));
        }
        if let Some(url) = settings.get("url") {
            self.draft.url = url.text();
        }
        if self.element(&settings) {
            return;
        }
        let method = settings.get("method").or_else(|| settings.get("type"));
        let method = method.map_or("GET".to_owned(), |method| {
            method.text().to_ascii_uppercase()
        });
        if let Some(headers) = settings.get("headers") {
            self.draft.headers.extend(headers.pairs());
        }
        let fields = settings.get("xhrFields");
        self.credentials(fields.and_then(|fields| fields.get("withCredentials")));
        let data = settings.get("data");
        let plain = settings.get("processData") == Some(&Value::Bool(false));
        let has_content = !matches!(method.as_str(), "GET" | "HEAD");
        let content_type = settings.get("contentType");
        if let Some(media_type @ Value::Text(_)) = content_type {
            self.draft.set_default("Content-Type", &media_type.text());
        }
        match data {
            None | Some(Value::Null | Value::Undefined) => {}
            Some(object @ (Value::Object(_) | Value::Array(_))) if !plain && !has_content => {
                self.query(object);
            }
            Some(text) if !has_content => {
                let sign = if self.draft.url.contains('?') {
                    '&'
                } else {
                    '?'
                };
                self.draft.url.push_str(&format!("{sign}{}", text.text()));
            }
            Some(data) => {
                if content_type != Some(&Value::Bool(false)) {
                    let form = "application/x-www-form-urlencoded; charset=UTF-8";
                    self.draft.set_default("Content-Type", form);
                }
                match data {
                    Value::Object(_) if !plain => self.draft.body = Some(urlencoded(&data.pairs())),
                    data => self.body(data),
                }
            }
        }
        self.draft.method = Some(method);
        self.before_send();
    }

    /// JSONP, and script: for another origin jQuery makes an element of it, whatever else is set. Whether it is one.
    fn element(&mut self, settings: &Value) -> bool {
        let text = |name: &str| settings.get(name).map(Value::text);
        let kind = text("dataType").unwrap_or_default().to_ascii_lowercase();
        let kind = kind.split_whitespace().next().unwrap_or_default();
        let asked = self.draft.url.contains("=?");
        if !(matches!(kind, "jsonp" | "script") || asked) {
            return false;
        }
        self.draft.api = Some(Api::Script);
        if let Some(data) = settings.get("data") {
            match data {
                Value::Object(_) | Value::Array(_) | Value::Pairs(_) => self.query(data),
                Value::Text(text) => {
                    let pairs = url::form_urlencoded::parse(text.as_bytes());
                    self.query(&Value::Pairs(pairs.into_owned().collect()));
                }
                _ => {}
            }
        }
        if kind != "script" || asked {
            let function = text("jsonpCallback").unwrap_or_else(|| "jQuery".to_owned());
            match asked {
                true => self.draft.url = self.draft.url.replacen("=?", &format!("={function}"), 1),
                false => {
                    let name = text("jsonp").unwrap_or_else(|| "callback".to_owned());
                    self.query(&Value::Pairs(vec![(name, function)]));
                }
            }
        }
        let note = Note::new(NoteKind::Derived, "script-element");
        self.draft.notes.push(note);
        true
    }

    /// `beforeSend: xhr => xhr.setRequestHeader(…)`, in the settings or where they are made.
    fn before_send(&mut self) {
        let script = self.script;
        if !script.text.contains("beforeSend") {
            return;
        }
        for call in script
            .nodes()
            .filter(|node| node.kind() == "call_expression")
        {
            let function = call.child_by_field_name("function");
            let name = function.and_then(|function| function.child_by_field_name("property"));
            if name.is_none_or(|name| script.source(name) != "setRequestHeader") {
                continue;
            }
            if self.values.in_branch(call) {
                self.values.tell_apart(call);
            } else {
                let pair = (self.argument(call, 0), self.argument(call, 1));
                if let (Some(name), Some(value)) = pair {
                    self.draft.headers.push((name.text(), value.text()));
                }
            }
        }
    }
}
