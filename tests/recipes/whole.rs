//! What holds for every recipe, whether it can run here or not.

use std::collections::BTreeSet;

use corscope::assets::recipes;
use corscope::fix::{AllowedOrigins, Policy, RecipeError};

use super::policies::scenes;
use super::stacks::STACKS;

/// The stacks that there have to be recipes for.
const WANTED: &[&str] = &[
    "actix-web",
    "apache",
    "aspnet-core",
    "aws-api-gateway",
    "aws-cloudfront",
    "aws-lambda",
    "aws-s3",
    "azure-api-management",
    "azure-app-service",
    "azure-storage",
    "caddy",
    "cloudflare-workers",
    "django",
    "envoy",
    "express",
    "fastapi",
    "fastify",
    "flask",
    "go-jub0bs",
    "go-rs",
    "google-cloud-storage",
    "haproxy",
    "hono",
    "ingress-nginx",
    "koa",
    "kong",
    "laravel",
    "lighttpd",
    "nestjs",
    "netlify",
    "nextjs",
    "nginx",
    "php",
    "rails",
    "rocket",
    "spring-boot",
    "symfony",
    "tower-http",
    "traefik",
    "vercel",
];

/// A policy with names that mean something in one language or another.
fn odd() -> Policy {
    Policy {
        origins: AllowedOrigins::These(vec![
            "http://[::1]:3000".to_owned(),
            "chrome-extension://abcdefghijklmnop".to_owned(),
        ]),
        credentials: false,
        methods: vec!["PURGE".to_owned(), "x-y'z".to_owned()],
        headers: vec!["x-$host".to_owned(), "x-%{odd}".replace(['{', '}'], "|")],
        expose: vec!["x-`id`".to_owned(), "x-o'clock&#!".to_owned()],
        max_age: Some(0),
    }
}

#[test]
fn every_stack_has_a_recipe_and_no_other() {
    let ids: Vec<_> = recipes().map(|recipe| recipe.id.as_str()).collect();
    assert_eq!(ids, WANTED);
}

#[test]
fn executed_is_said_of_those_that_are() {
    let said = recipes().filter(|recipe| recipe.executed);
    let said: BTreeSet<_> = said.map(|recipe| recipe.id.as_str()).collect();
    let are: BTreeSet<_> = STACKS.iter().map(|stack| stack.id).collect();
    assert_eq!(said, are);
}

#[test]
fn every_recipe_is_whole() {
    let kinds = ["web server", "framework", "gateway", "storage"];
    for recipe in recipes() {
        let id = &recipe.id;
        assert!(
            kinds.contains(&recipe.kind.as_str()),
            "{id}: {}",
            recipe.kind
        );
        assert!(recipe.docs.starts_with("https://"), "{id}");
        for signature in &recipe.signatures {
            assert!((1..=3).contains(&signature.weight), "{id}");
            let parts = (&signature.header, &signature.body);
            assert_ne!(parts, (&None, &None), "{id}: a status alone tells nothing");
            assert!(
                signature.contains.is_none() || signature.header.is_some(),
                "{id}"
            );
        }
        let snippets: BTreeSet<_> = recipe.snippets.iter().map(|snippet| &snippet.id).collect();
        assert_eq!(snippets.len(), recipe.snippets.len(), "{id}: ids differ");
    }
}

#[test]
fn every_recipe_says_the_policy_or_that_it_cannot() {
    let mut policies: Vec<_> = scenes(false)
        .into_iter()
        .map(|scene| scene.policy)
        .collect();
    policies.push(odd());
    for recipe in recipes() {
        let mut rendered = 0;
        for policy in &policies {
            let recipe = match recipe.render(policy) {
                Ok(recipe) => recipe,
                Err(errors) => {
                    let refused = |error: &RecipeError| matches!(error, RecipeError::Cannot { .. });
                    assert!(errors.iter().all(refused), "{}: {errors:?}", recipe.id);
                    // A template that does not compile or knows no such word tells of itself.
                    for word in ["undefined", "syntax", "unknown"] {
                        assert!(
                            !format!("{errors:?}").contains(word),
                            "{}: {errors:?}",
                            recipe.id
                        );
                    }
                    continue;
                }
            };
            rendered += 1;
            let texts: Vec<_> = recipe
                .snippets
                .iter()
                .map(|snippet| &snippet.text)
                .collect();
            let all = texts.iter().map(|text| text.as_str()).collect::<String>();
            for left in ["{%", "%}", "{{", "}}", "{#"] {
                let nix = matches!(left, "{{" | "}}") && all.contains("${{");
                assert!(
                    nix || !all.contains(left),
                    "{}: {left} in\n{all}",
                    recipe.title
                );
            }
            if let AllowedOrigins::These(origins) = &policy.origins {
                for origin in origins {
                    assert!(
                        all.contains(origin.as_str()),
                        "{}: {origin} is missing in\n{all}",
                        recipe.title
                    );
                }
            }
        }
        assert!(rendered >= 2, "{}: renders too little", recipe.id);
    }
}

#[test]
fn a_recipe_for_a_json_file_is_json() {
    let mut files = 0;
    for recipe in recipes() {
        for scene in scenes(false) {
            let Ok(rendered) = recipe.render(&scene.policy) else {
                continue;
            };
            for snippet in rendered.snippets {
                if snippet.file.ends_with(".json") {
                    let parsed: Result<serde_json::Value, _> = serde_json::from_str(&snippet.text);
                    assert!(parsed.is_ok(), "{}: {}", recipe.id, snippet.text);
                    files += 1;
                }
            }
        }
    }
    assert!(files >= 5, "{files}");
}

#[test]
fn a_policy_that_no_server_should_have_is_refused_everywhere() {
    let sound = scenes(false).swap_remove(1).policy;
    let with = |change: fn(&mut Policy)| {
        let mut policy = sound.clone();
        change(&mut policy);
        policy
    };
    type Told = fn(&RecipeError) -> bool;
    let cases: [(Policy, Told); 8] = [
        (
            with(|policy| policy.origins = AllowedOrigins::Any),
            |error| *error == RecipeError::AnyOriginWithCredentials,
        ),
        (
            with(|policy| policy.origins = AllowedOrigins::These(Vec::new())),
            |error| *error == RecipeError::NoOrigin,
        ),
        (with(|policy| policy.origins = these("null")), |error| {
            *error == RecipeError::NullOrigin
        }),
        (
            with(|policy| policy.origins = these("https://app.example/")),
            |error| matches!(error, RecipeError::Origin(_)),
        ),
        (
            with(|policy| policy.origins = these("https://a\";evil.example")),
            |error| matches!(error, RecipeError::Origin(_)),
        ),
        (
            with(|policy| policy.methods = vec!["*".to_owned()]),
            |error| matches!(error, RecipeError::Method(_)),
        ),
        (
            with(|policy| policy.methods = vec!["TRACE".to_owned()]),
            |error| matches!(error, RecipeError::Method(_)),
        ),
        (
            with(|policy| policy.headers = vec!["x\ny".to_owned()]),
            |error| matches!(error, RecipeError::Header(_)),
        ),
    ];
    for recipe in recipes() {
        for (policy, is_told) in &cases {
            let errors = recipe.render(policy).unwrap_err();
            assert!(
                errors.len() == 1 && is_told(&errors[0]),
                "{}: {errors:?}",
                recipe.id
            );
        }
    }
}

#[test]
fn everything_that_stands_against_a_policy_is_told_at_once() {
    let mut policy = scenes(false).swap_remove(1).policy;
    policy.origins = AllowedOrigins::These(vec!["null".to_owned(), "app.example".to_owned()]);
    policy.expose = vec!["*".to_owned()];
    let nginx = recipes().find(|recipe| recipe.id == "nginx").unwrap();
    assert_eq!(nginx.render(&policy).unwrap_err().len(), 3);
}

fn these(origin: &str) -> AllowedOrigins {
    AllowedOrigins::These(vec![origin.to_owned()])
}
