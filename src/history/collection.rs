//! Named requests in files beside the user's code: `NAME.corscope.toml`.
//!
//! ```toml
//! [request]
//! url = "${API}/prices"
//! origin = "https://app.example"
//! method = "PUT"
//! headers = ["X-Api-Key: ${API_KEY}"]
//!
//! [profile.staging]
//! API = "https://staging.api.example"
//! ```
//!
//! `${NAME}` is filled from the profile, else from the environment; `$${NAME}` stands for itself.

use std::collections::BTreeMap;
use std::path::Path;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use thiserror::Error;

use crate::engine::{Api, Credentials, CrossOriginAttribute, Mode, RedirectMode};
use crate::session::{HeaderRow, PageForm, RequestForm, Way, WithoutSecrets, without_secrets};

/// How the names of the files end.
pub const SUFFIX: &str = ".corscope.toml";

/// Whether a file is one of a named request, by its name.
pub fn is_collection(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str());
    name.is_some_and(|name| name.len() > SUFFIX.len() && name.ends_with(SUFFIX))
}

/// Why a file cannot be used.
#[derive(Debug, Error)]
pub enum CollectionError {
    /// Not TOML, or not of this format; the message shows the line.
    #[error("{0}")]
    Toml(#[from] toml::de::Error),
    /// A header without a colon.
    #[error("headers: `{0}` has no colon, as in X-Api-Key: 42")]
    Header(String),
    /// No such profile.
    #[error("no profile `{name}`: the file has {known}")]
    Profile {
        /// The one that was asked for.
        name: String,
        /// Those that there are.
        known: String,
    },
    /// Variables that nothing fills, all of them.
    #[error("not set: {}; set them in the environment or in a profile", .0.join(", "))]
    Variables(Vec<String>),
    /// It cannot be written.
    #[error("{0}")]
    Write(#[from] toml::ser::Error),
}

/// Where the values of variables come from: a name in, its value out.
pub type Variables<'a> = &'a dyn Fn(&str) -> Option<String>;

/// A request out of a file, its variables filled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedRequest {
    /// The request.
    pub form: RequestForm,
    /// `Set-Cookie` lines that the target has set before.
    pub cookies: Vec<String>,
}

/// A request as it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// The text of the file.
    pub text: String,
    /// The variables that took the place of secrets.
    pub variables: Vec<String>,
}

/// Values of variables, by the name of the profile and of the variable.
pub(super) type Profiles = BTreeMap<String, BTreeMap<String, String>>;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    request: RequestToml,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    profile: Profiles,
}

/// What a file asks for, its variables as they stand there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outline {
    /// The method.
    pub method: String,
    /// The URL.
    pub url: String,
    /// The profiles that there are.
    pub profiles: Vec<String>,
}

impl Outline {
    /// Reads the text of a file.
    ///
    /// # Errors
    ///
    /// Unknown names with their line, and values that there are not.
    pub fn of(text: &str) -> Result<Self, CollectionError> {
        let File { request, profile } = toml::from_str(text)?;
        let default = if request.body.is_some() {
            "POST"
        } else {
            "GET"
        };
        Ok(Self {
            method: request.method.unwrap_or_else(|| default.to_owned()),
            url: request.url,
            profiles: profile.into_keys().collect(),
        })
    }
}

/// The profiles of a file; none where it cannot be read.
pub(super) fn kept_profiles(text: &str) -> Profiles {
    toml::from_str::<File>(text).map_or_else(|_| Profiles::new(), |file| file.profile)
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct RequestToml {
    url: String,
    origin: String,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    sandboxed: bool,
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "api"
    )]
    api: Option<String>,
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "crossorigin"
    )]
    crossorigin: Option<String>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    module: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    script_type: Option<String>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    upload_listener: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    method: Option<String>,
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "mode"
    )]
    mode: Option<String>,
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "credentials"
    )]
    credentials: Option<String>,
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "redirect"
    )]
    redirect: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    headers: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    cookies: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    body: Option<String>,
}

impl NamedRequest {
    /// Reads the text of a file and fills its variables, those of `profile` first.
    ///
    /// # Errors
    ///
    /// Unknown names with their line, values that there are not, a profile that there is not, and every
    /// variable that is not set.
    pub fn parse(
        text: &str,
        profile: Option<&str>,
        environment: Variables<'_>,
    ) -> Result<Self, CollectionError> {
        let File {
            request,
            profile: profiles,
        } = toml::from_str(text)?;
        let chosen = match profile {
            None => None,
            Some(name) => Some(profiles.get(name).ok_or_else(|| CollectionError::Profile {
                name: name.to_owned(),
                known: match profiles.is_empty() {
                    true => "none".to_owned(),
                    false => profiles.keys().cloned().collect::<Vec<_>>().join(", "),
                },
            })?),
        };
        let mut filling = Filling {
            profile: chosen,
            environment,
            missing: Vec::new(),
        };
        let named = read(request, &mut filling)?;
        match filling.missing.is_empty() {
            true => Ok(named),
            false => Err(CollectionError::Variables(filling.missing)),
        }
    }

    /// Writes the text of a file. Secrets never stand in it: variables take their place.
    ///
    /// # Errors
    ///
    /// None that a request can cause.
    pub fn write(&self) -> Result<Kept, CollectionError> {
        self.write_with(Profiles::new())
    }

    /// The same, with profiles.
    pub(super) fn write_with(&self, profile: Profiles) -> Result<Kept, CollectionError> {
        let WithoutSecrets {
            form,
            cookies,
            variables,
        } = without_secrets(&self.form, &self.cookies);
        let way = form.way;
        let unless = |text: &str, default: &str| (text != default).then(|| text.to_owned());
        let default_method = if form.body.is_some() { "POST" } else { "GET" };
        let request = RequestToml {
            url: form.url,
            origin: form.page.origin,
            sandboxed: form.page.sandboxed,
            api: unless(way.api.as_str(), Api::Fetch.as_str()),
            crossorigin: way
                .crossorigin
                .map(|value| crossorigin_name(value).to_owned()),
            module: way.module,
            script_type: way.script_type,
            upload_listener: way.upload_listener,
            method: unless(&form.method, default_method),
            mode: unless(form.mode.as_str(), Mode::Cors.as_str()),
            credentials: unless(form.credentials.as_str(), Credentials::SameOrigin.as_str()),
            redirect: unless(form.redirect.as_str(), RedirectMode::Follow.as_str()),
            headers: (form.headers.iter())
                .filter(|row| row.enabled)
                .map(|row| format!("{}: {}", row.name, row.value))
                .collect(),
            cookies,
            body: form.body,
        };
        let text = toml::to_string(&File { request, profile })?;
        Ok(Kept { text, variables })
    }
}

fn read(raw: RequestToml, filling: &mut Filling<'_>) -> Result<NamedRequest, CollectionError> {
    let body = raw.body.map(|text| filling.fill(&text));
    let default_method = if body.is_some() { "POST" } else { "GET" };
    let mut headers = Vec::new();
    for line in raw.headers {
        let Some((name, value)) = line.split_once(':') else {
            return Err(CollectionError::Header(line));
        };
        headers.push(HeaderRow::new(
            filling.fill(name.trim()),
            filling.fill(value.trim()),
        ));
    }
    // Their values were looked at when the file was read.
    let form = RequestForm {
        page: PageForm {
            origin: filling.fill(&raw.origin),
            sandboxed: raw.sandboxed,
        },
        way: Way {
            api: value(raw.api, Api::from_name, Api::Fetch),
            crossorigin: raw.crossorigin.as_deref().map(CrossOriginAttribute::of),
            module: raw.module,
            script_type: raw.script_type,
            upload_listener: raw.upload_listener,
        },
        method: raw
            .method
            .map_or_else(|| default_method.to_owned(), |method| filling.fill(&method)),
        url: filling.fill(&raw.url),
        headers,
        body,
        mode: value(raw.mode, Mode::from_name, Mode::Cors),
        credentials: value(
            raw.credentials,
            Credentials::from_name,
            Credentials::SameOrigin,
        ),
        redirect: value(raw.redirect, RedirectMode::from_name, RedirectMode::Follow),
    };
    let cookies = raw.cookies.iter().map(|line| filling.fill(line));
    Ok(NamedRequest {
        cookies: cookies.collect(),
        form,
    })
}

fn value<T>(name: Option<String>, from_name: fn(&str) -> Option<T>, default: T) -> T {
    name.and_then(|name| from_name(&name)).unwrap_or(default)
}

/// Fills variables and remembers those that nothing fills.
struct Filling<'a> {
    profile: Option<&'a BTreeMap<String, String>>,
    environment: Variables<'a>,
    missing: Vec<String>,
}

impl Filling<'_> {
    fn fill(&mut self, text: &str) -> String {
        let mut out = String::new();
        let mut rest = text;
        while let Some(at) = rest.find("${") {
            let (before, after) = (&rest[..at], &rest[at + 2..]);
            let name = after.split('}').next().unwrap_or_default();
            let closed = name.len() < after.len();
            if !closed || !is_variable(name) {
                out.push_str(&rest[..at + 2]);
                rest = after;
                continue;
            }
            rest = &after[name.len() + 1..];
            if let Some(before) = before.strip_suffix('$') {
                out.push_str(&format!("{before}${{{name}}}"));
                continue;
            }
            out.push_str(before);
            let of_profile = self.profile.and_then(|profile| profile.get(name)).cloned();
            match of_profile.or_else(|| (self.environment)(name)) {
                Some(value) => out.push_str(&value),
                None if self.missing.iter().any(|known| known == name) => {}
                None => self.missing.push(name.to_owned()),
            }
        }
        out.push_str(rest);
        out
    }
}

/// Letters, digits and `_`, no digit first, as in a shell.
fn is_variable(name: &str) -> bool {
    let letter = |c: char| c.is_ascii_alphanumeric() || c == '_';
    name.chars().all(letter) && name.starts_with(|c: char| !c.is_ascii_digit())
}

fn crossorigin_name(value: CrossOriginAttribute) -> &'static str {
    match value {
        CrossOriginAttribute::Anonymous => "anonymous",
        CrossOriginAttribute::UseCredentials => "use-credentials",
    }
}

/// A name out of a list; the parser tells the line of one that is not.
fn one_of<'de, D: Deserializer<'de>>(
    deserializer: D,
    names: &[&str],
) -> Result<Option<String>, D::Error> {
    let name = String::deserialize(deserializer)?;
    match names.contains(&name.as_str()) {
        true => Ok(Some(name)),
        false => Err(D::Error::custom(format!(
            "`{name}` is not one of {}",
            names.join(", ")
        ))),
    }
}

fn api<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let names: Vec<_> = Api::ALL.iter().map(|value| value.as_str()).collect();
    one_of(deserializer, &names)
}

fn crossorigin<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    one_of(deserializer, &["anonymous", "use-credentials"])
}

fn mode<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let names: Vec<_> = Mode::ALL.iter().map(|value| value.as_str()).collect();
    one_of(deserializer, &names)
}

fn credentials<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let names: Vec<_> = Credentials::ALL
        .iter()
        .map(|value| value.as_str())
        .collect();
    one_of(deserializer, &names)
}

fn redirect<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let names: Vec<_> = RedirectMode::ALL
        .iter()
        .map(|value| value.as_str())
        .collect();
    one_of(deserializer, &names)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = r#"
        [request]
        url = "${API}/prices"
        origin = "https://app.example"
        method = "PUT"
        credentials = "include"
        headers = ["X-Api-Key: ${KEY}", "X-Cost: ${5} $${KEY} $"]
        cookies = ["sid=${SID}; SameSite=None; Secure"]
        body = "b"
        [profile.staging]
        API = "https://staging.example"
        [profile.live]
        API = "https://api.example"
    "#;

    fn environment(name: &str) -> Option<String> {
        let known = [("KEY", "k"), ("SID", "s"), ("API", "https://dev.example")];
        let found = known.iter().find(|(known, _)| *known == name);
        found.map(|(_, value)| (*value).to_owned())
    }

    #[test]
    fn variables_come_from_the_profile_then_the_environment() {
        for (profile, url) in [
            (None, "https://dev.example/prices"),
            (Some("staging"), "https://staging.example/prices"),
        ] {
            let named = NamedRequest::parse(FILE, profile, &environment).unwrap();
            assert_eq!(named.form.url, url);
            assert_eq!(named.form.headers[0], HeaderRow::new("X-Api-Key", "k"));
            assert_eq!(
                named.form.headers[1],
                HeaderRow::new("X-Cost", "${5} ${KEY} $")
            );
            assert_eq!(named.cookies, ["sid=s; SameSite=None; Secure"]);
            assert_eq!(named.form.credentials, Credentials::Include);
        }
    }

    #[test]
    fn mistakes_are_told_with_their_place() {
        for (from, to, profile, expected) in [
            ("method =", "methd =", None, "unknown field `methd`"),
            (
                "\"include\"",
                "\"maybe\"",
                None,
                "`maybe` is not one of omit, same-origin, include",
            ),
            (
                "X-Api-Key: ",
                "X-Api-Key ",
                None,
                "`X-Api-Key ${KEY}` has no colon",
            ),
            (
                "${KEY}",
                "${NO}${NEITHER}${NO}",
                None,
                "not set: NO, NEITHER;",
            ),
            (
                "x",
                "x",
                Some("test"),
                "no profile `test`: the file has live, staging",
            ),
        ] {
            let text = FILE.replacen(from, to, 1);
            let error = NamedRequest::parse(&text, profile, &environment).unwrap_err();
            let error = error.to_string();
            assert!(error.contains(expected), "{error}");
        }
        let error = NamedRequest::parse("[request]\nurl = 1", None, &environment).unwrap_err();
        assert!(error.to_string().contains("line 2"), "{error}");
    }

    #[test]
    fn what_is_written_is_read_and_holds_no_secret() {
        let text = FILE.replace(" $${KEY}", "");
        let named = NamedRequest::parse(&text, None, &environment).unwrap();
        let kept = named.write().unwrap();
        assert_eq!(kept.variables, ["X_API_KEY", "SID"]);
        assert!(
            kept.text.contains("X-Api-Key: ${X_API_KEY}"),
            "{}",
            kept.text
        );
        let filled = |name: &str| match name {
            "X_API_KEY" => Some("k".to_owned()),
            "SID" => Some("s".to_owned()),
            _ => None,
        };
        assert_eq!(
            NamedRequest::parse(&kept.text, None, &filled).unwrap(),
            named
        );
    }

    #[test]
    fn only_names_before_the_suffix_count() {
        for (path, expected) in [
            ("a.corscope.toml", true),
            ("dir/a b.corscope.toml", true),
            (".corscope.toml", false),
            ("a.toml", false),
        ] {
            assert_eq!(is_collection(Path::new(path)), expected, "{path}");
        }
    }
}
