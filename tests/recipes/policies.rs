//! The policies that the recipes are rendered for, and the requests that show whether a server keeps
//! them: what must be allowed, and what must stay blocked.

use corscope::fix::{AllowedOrigins, Policy};
use serde_json::{Value, json};

/// A policy and what it must come to.
pub struct Scene {
    /// For the table.
    pub name: &'static str,
    pub policy: Policy,
    pub checks: Vec<Check>,
}

/// One request and what must come of it.
pub struct Check {
    pub page: &'static str,
    pub method: &'static str,
    pub path: &'static str,
    pub credentials: bool,
    pub headers: &'static [(&'static str, &'static str)],
    pub expected: Expected,
}

/// What must come of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    /// Script reads a response of this status.
    Allowed(u16),
    /// Script reads nothing.
    Blocked,
}

pub const APP: &str = "https://app.example";
const ADMIN: &str = "https://admin.example:8443";
const LOCAL: &str = "http://localhost:5173";

/// Pages that no policy names: a stranger, a page without an origin, and names that a careless
/// comparison takes for the app's.
const STRANGERS: &[&str] = &[
    "https://evil.example",
    "null",
    "https://app.example.evil.example",
    "https://evilapp.example",
    "https://appxexample.example",
    "https://sub.app.example",
    "http://app.example",
    "https://app.example:444",
];

const KEY: &[(&str, &str)] = &[("X-Api-Key", "7")];
const JSON: &[(&str, &str)] = &[("Content-Type", "application/json"), ("X-Api-Key", "7")];
/// Names of HTTP that mean something in one language or another.
const ODD: &[(&str, &str)] = &[
    ("x-o'clock", "1"),
    ("x-50%25", "1"),
    ("x-#&!", "1"),
    ("x-`id`", "1"),
];
const LOGIN: &[(&str, &str)] = &[("Authorization", "Basic dTpw")];

impl Check {
    fn of(page: &'static str, method: &'static str, path: &'static str) -> Self {
        Self {
            page,
            method,
            path,
            credentials: false,
            headers: &[],
            expected: Expected::Allowed(200),
        }
    }

    fn get(page: &'static str) -> Self {
        Self::of(page, "GET", "/api/products/1")
    }

    fn with(self, headers: &'static [(&'static str, &'static str)]) -> Self {
        Self { headers, ..self }
    }

    fn with_credentials(self) -> Self {
        Self {
            credentials: true,
            ..self
        }
    }

    fn reads(self, status: u16) -> Self {
        Self {
            expected: Expected::Allowed(status),
            ..self
        }
    }

    fn blocked(self) -> Self {
        Self {
            expected: Expected::Blocked,
            ..self
        }
    }

    /// For messages.
    pub fn told(&self) -> String {
        let names: Vec<_> = self.headers.iter().map(|(name, _)| *name).collect();
        let credentials = if self.credentials {
            ", credentials"
        } else {
            ""
        };
        format!(
            "{} {} from {}{credentials} {}",
            self.method,
            self.path,
            self.page,
            names.join(" ")
        )
    }

    /// The line of input for `corscope batch`.
    pub fn line(&self, id: usize, port: u16) -> Value {
        let page = if self.page == "null" {
            json!({"origin": "https://sandbox.example", "sandbox": true})
        } else {
            json!(self.page)
        };
        let mut line = json!({
            "id": id.to_string(),
            "page": page,
            "url": format!("http://127.0.0.1:{port}{}", self.path),
            "method": self.method,
            "headers": self.headers,
            // The pages are public, the server is on loopback: the user has agreed to that.
            "permission": "granted",
        });
        if self.credentials {
            line["credentials"] = json!("include");
        }
        if matches!(self.method, "PUT" | "POST") {
            line["body"] = json!("{}");
        }
        line
    }
}

/// All scenes; `proxy` for servers that stand before another one and make errors of their own.
pub fn scenes(proxy: bool) -> Vec<Scene> {
    vec![anyone(), one(proxy), several(), odd()]
}

fn anyone() -> Scene {
    let mut checks = vec![Check::get(APP), Check::get("null"), Check::get(LOCAL)];
    checks.push(Check::of(APP, "POST", "/api/products/1"));
    checks.push(Check::of(APP, "GET", "/api/missing").reads(404));
    checks.push(Check::of(APP, "GET", "/api/broken").reads(500));
    checks.push(Check::get(APP).with_credentials().blocked());
    checks.push(Check::get(APP).with(KEY).blocked());
    checks.push(Check::of(APP, "PUT", "/api/products/1").blocked());
    Scene {
        name: "anyone reads",
        policy: Policy {
            origins: AllowedOrigins::Any,
            credentials: false,
            methods: Vec::new(),
            headers: Vec::new(),
            expose: Vec::new(),
            max_age: None,
        },
        checks,
    }
}

fn one(proxy: bool) -> Scene {
    let mut checks = vec![Check::get(APP), Check::get(APP).with_credentials()];
    checks.push(
        Check::of(APP, "PUT", "/api/products/1")
            .with(JSON)
            .with_credentials(),
    );
    checks.push(Check::of(APP, "POST", "/api/products/1").with(JSON));
    checks.push(Check::of(APP, "DELETE", "/api/products/1").with_credentials());
    // The preflight carries no login and must be answered all the same.
    checks.push(Check::of(APP, "GET", "/api/private").with(LOGIN));
    checks.push(Check::of(APP, "GET", "/api/private").reads(401));
    checks.push(Check::of(APP, "GET", "/api/missing").with(KEY).reads(404));
    checks.push(
        Check::of(APP, "GET", "/api/broken")
            .with_credentials()
            .reads(500),
    );
    if proxy {
        // Nobody listens behind it: the proxy makes the reply.
        checks.push(Check::of(APP, "GET", "/api/down").reads(0));
    }
    for page in STRANGERS {
        checks.push(Check::get(page).blocked());
        checks.push(
            Check::of(page, "PUT", "/api/products/1")
                .with_credentials()
                .blocked(),
        );
    }
    checks.push(Check::of(STRANGERS[0], "GET", "/api/missing").blocked());
    checks.push(Check::of(APP, "PATCH", "/api/products/1").blocked());
    checks.push(Check::get(APP).with(&[("X-Other", "1")]).blocked());
    Scene {
        name: "one origin, credentials",
        policy: Policy {
            origins: AllowedOrigins::These(vec![APP.to_owned()]),
            credentials: true,
            methods: owned(&["DELETE", "PUT"]),
            headers: owned(&["authorization", "content-type", "x-api-key"]),
            expose: owned(&["x-total"]),
            max_age: Some(600),
        },
        checks,
    }
}

fn several() -> Scene {
    let mut checks = Vec::new();
    for page in [APP, ADMIN, LOCAL] {
        checks.push(Check::get(page));
        checks.push(Check::of(page, "PUT", "/api/products/1").with(KEY));
        checks.push(Check::get(page).with_credentials().blocked());
    }
    checks.push(Check::of(ADMIN, "GET", "/api/missing").reads(404));
    checks.push(Check::of(LOCAL, "GET", "/api/broken").reads(500));
    checks.extend(STRANGERS.iter().map(|page| Check::get(page).blocked()));
    checks.push(Check::get("https://admin.example").blocked());
    checks.push(Check::get("http://localhost:5174").blocked());
    checks.push(Check::of(APP, "DELETE", "/api/products/1").blocked());
    Scene {
        name: "several origins",
        policy: Policy {
            origins: AllowedOrigins::These(owned(&[APP, ADMIN, LOCAL])),
            credentials: false,
            methods: owned(&["PUT"]),
            headers: owned(&["x-api-key"]),
            expose: Vec::new(),
            max_age: None,
        },
        checks,
    }
}

fn odd() -> Scene {
    Scene {
        name: "odd names",
        policy: Policy {
            origins: AllowedOrigins::These(owned(&[APP, "http://127.0.0.1:81"])),
            credentials: false,
            methods: Vec::new(),
            headers: ODD.iter().map(|(name, _)| (*name).to_owned()).collect(),
            expose: owned(&["x-total", "x-~total^|'"]),
            max_age: None,
        },
        checks: vec![
            Check::get(APP).with(ODD),
            Check::get("http://127.0.0.1:81").with(ODD),
            Check::get(APP).with(&[("x-o", "1")]).blocked(),
            Check::get(APP).with(&[("x-50", "1")]).blocked(),
            Check::get(STRANGERS[0]).with(ODD).blocked(),
        ],
    }
}

fn owned(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}
