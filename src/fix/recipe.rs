//! A policy written for a stack: the templates of `assets/recipes/` filled in.

use minijinja::{Environment, UndefinedBehavior};
use serde::Serialize;
use thiserror::Error;
use url::Url;

use super::quoting;
use super::{AllowedOrigins, Policy};
use crate::assets::{Recipe, Remark};
use crate::engine::is_forbidden_method;
use crate::wire::{Origin, is_token};

/// A recipe with a policy filled in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RenderedRecipe {
    /// What the stack is called.
    pub title: &'static str,
    /// What to write, and where, in the order of the work.
    pub snippets: Vec<RenderedSnippet>,
    /// What to know when using it.
    pub caveats: Vec<String>,
    /// Whether the tests start the real server with it.
    pub executed: bool,
    /// Where the stack documents it.
    pub docs: &'static str,
}

/// A piece of configuration or code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RenderedSnippet {
    /// Its name within the recipe.
    pub id: &'static str,
    /// The file it belongs in.
    pub file: &'static str,
    /// Where in that file, or what to run.
    pub place: &'static str,
    /// The text itself.
    pub text: String,
}

/// Why there is no recipe.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum RecipeError {
    /// Every page in the world would read what only this user may see.
    #[error(
        "any origin with credentials: every page could read what the visitor's cookies open; name the origins"
    )]
    AnyOriginWithCredentials,
    /// No page may read, so there is nothing to write.
    #[error("no origin is named")]
    NoOrigin,
    /// Sandboxed frames, `data:` and `file:` documents of everybody share it.
    #[error(
        "the origin `null` is that of any sandboxed frame and local file, so it names nobody; serve the page over http(s)"
    )]
    NullOrigin,
    /// Not an origin as browsers send it.
    #[error(
        "`{0}` is no origin: scheme://host[:port] in lower case, no path, no trailing slash, no default port"
    )]
    Origin(String),
    /// No method that a page could use, or a wildcard.
    #[error("`{0}` is no method that can be allowed by name")]
    Method(String),
    /// No header name, or a wildcard.
    #[error("`{0}` is no header that can be allowed by name")]
    Header(String),
    /// The stack has no way to say it.
    #[error("{title} cannot: {reason}")]
    Cannot {
        /// The stack.
        title: &'static str,
        /// What it cannot.
        reason: String,
    },
}

impl Policy {
    /// What is unsafe or impossible about the policy on any stack.
    pub fn faults(&self) -> Vec<RecipeError> {
        let mut faults = Vec::new();
        match &self.origins {
            AllowedOrigins::Any if self.credentials => {
                faults.push(RecipeError::AnyOriginWithCredentials);
            }
            AllowedOrigins::Any => {}
            AllowedOrigins::These(origins) => {
                if origins.is_empty() {
                    faults.push(RecipeError::NoOrigin);
                }
                faults.extend(origins.iter().filter_map(|origin| origin_fault(origin)));
            }
        }
        let methods = self.methods.iter();
        let bad = methods.filter(|name| !is_name(name) || is_forbidden_method(name));
        faults.extend(bad.cloned().map(RecipeError::Method));
        let headers = self.headers.iter().chain(&self.expose);
        let bad = headers.filter(|name| !is_name(name));
        faults.extend(bad.cloned().map(RecipeError::Header));
        faults
    }
}

impl Recipe {
    /// Fills in the templates. Fails with everything that stands against it: a policy that no stack
    /// should be told, or what this stack cannot say.
    pub fn render(&'static self, policy: &Policy) -> Result<RenderedRecipe, Vec<RecipeError>> {
        let faults = policy.faults();
        if !faults.is_empty() {
            return Err(faults);
        }
        let templates = Templates::new(self, policy);
        let reasons = templates
            .remarks(&self.cannot)
            .map_err(|error| vec![error])?;
        if !reasons.is_empty() {
            let cannot = |reason| RecipeError::Cannot {
                title: &self.title,
                reason,
            };
            return Err(reasons.into_iter().map(cannot).collect());
        }
        let mut snippets = Vec::new();
        for snippet in &self.snippets {
            let needed = templates.holds(snippet.when.as_deref());
            if needed.map_err(|error| vec![error])? {
                let text = templates.fill(&snippet.template);
                snippets.push(RenderedSnippet {
                    id: &snippet.id,
                    file: &snippet.file,
                    place: &snippet.place,
                    text: text.map_err(|error| vec![error])?,
                });
            }
        }
        Ok(RenderedRecipe {
            title: &self.title,
            snippets,
            caveats: templates
                .remarks(&self.caveats)
                .map_err(|error| vec![error])?,
            executed: self.executed,
            docs: &self.docs,
        })
    }
}

/// What templates may speak of.
#[derive(Serialize)]
struct Params<'a> {
    /// Whether any origin may read.
    any: bool,
    /// The origins that may, else.
    origins: &'a [String],
    credentials: bool,
    /// The methods beyond GET, HEAD and POST.
    methods: &'a [String],
    /// GET, HEAD, POST and the methods.
    all_methods: Vec<&'a str>,
    headers: &'a [String],
    expose: &'a [String],
    max_age: Option<u32>,
    /// Whether the answer depends on who asks.
    varies: bool,
}

struct Templates<'a> {
    environment: Environment<'static>,
    title: &'static str,
    params: Params<'a>,
}

impl<'a> Templates<'a> {
    fn new(recipe: &'static Recipe, policy: &'a Policy) -> Self {
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.set_trim_blocks(true);
        environment.set_lstrip_blocks(true);
        quoting::add_to(&mut environment);
        let origins = match &policy.origins {
            AllowedOrigins::Any => &[][..],
            AllowedOrigins::These(origins) => origins,
        };
        let methods = policy.methods.iter().map(String::as_str);
        Self {
            environment,
            title: &recipe.title,
            params: Params {
                any: policy.origins == AllowedOrigins::Any,
                origins,
                credentials: policy.credentials,
                methods: &policy.methods,
                all_methods: ["GET", "HEAD", "POST"].into_iter().chain(methods).collect(),
                headers: &policy.headers,
                expose: &policy.expose,
                max_age: policy.max_age,
                varies: policy.varies_by_origin(),
            },
        }
    }

    fn fill(&self, template: &str) -> Result<String, RecipeError> {
        let filled = self.environment.render_str(template, &self.params);
        Ok(filled
            .map_err(|error| self.refused(&error))?
            .trim_end()
            .to_owned())
    }

    fn holds(&self, when: Option<&str>) -> Result<bool, RecipeError> {
        let Some(when) = when else { return Ok(true) };
        let value = self
            .environment
            .compile_expression(when)
            .and_then(|expression| expression.eval(&self.params));
        Ok(value.map_err(|error| self.refused(&error))?.is_true())
    }

    fn remarks(&self, remarks: &[Remark]) -> Result<Vec<String>, RecipeError> {
        let mut texts = Vec::new();
        for remark in remarks {
            if self.holds(remark.when.as_deref())? {
                texts.push(self.fill(&remark.text)?);
            }
        }
        Ok(texts)
    }

    /// A filter that cannot write a value says which; a template that does not compile is a bug that
    /// the tests find, and is told like it.
    fn refused(&self, error: &minijinja::Error) -> RecipeError {
        RecipeError::Cannot {
            title: self.title,
            reason: error
                .detail()
                .map_or_else(|| error.to_string(), str::to_owned),
        }
    }
}

/// A token that stands for itself: `*` would stand for all.
fn is_name(text: &str) -> bool {
    is_token(text.as_bytes()) && text != "*"
}

/// What is wrong with an origin. Hosts are held to letters, digits, `-`, `_` and `.`, although the URL
/// Standard lets through more: no site has such a name, and configuration files give it a meaning.
fn origin_fault(origin: &str) -> Option<RecipeError> {
    if origin == "null" {
        return Some(RecipeError::NullOrigin);
    }
    let plain = |host: &str| {
        let allowed =
            |c: char| matches!(c, 'a'..='z' | '0'..='9' | '-' | '_' | '.' | ':' | '[' | ']');
        !host.is_empty() && host.chars().all(allowed)
    };
    let well_formed = match origin.split_once("://") {
        Some(("http" | "https", host)) => {
            let url = Url::parse(origin).ok();
            plain(host) && url.is_some_and(|url| Origin::of(&url).to_string() == origin)
        }
        Some((scheme, host)) => {
            let allowed = |c: char| matches!(c, 'a'..='z' | '0'..='9' | '+' | '-' | '.');
            scheme.starts_with(|c: char| c.is_ascii_lowercase())
                && scheme.chars().all(allowed)
                && plain(host)
        }
        None => false,
    };
    (!well_formed).then(|| RecipeError::Origin(origin.to_owned()))
}
