//! `check --fix` and `recipe`: what to write into the server's set-up.

use serde_json::json;

use super::support::{Server, rule, run};

const PAGE: &str = "http://app.localhost";

#[test]
fn fix_prints_what_the_request_needs_for_the_named_stack() {
    let url = "http://api.test/prices";
    let rules = [
        rule("OPTIONS", url, 405, &[], ""),
        rule("PUT", url, 200, &[], ""),
    ];
    let server = Server::playing(json!(rules));
    let outcome = run(&[
        "check",
        url,
        "--origin",
        PAGE,
        "-X",
        "PUT",
        "-H",
        "X-Api-Key: 7",
        "--credentials",
        "include",
        "--connect-to",
        &server.route(),
        "--fix",
        "nginx",
    ]);
    let told = outcome.told();
    // The verdict's exit code, not the recipe's.
    assert_eq!(outcome.code, 1, "{told}");
    for line in [
        "    \"http://app.localhost\" $http_origin;",
        "    \"1\" \"PUT\";",
        "    \"1\" \"x-api-key\";",
        "add_header Access-Control-Allow-Credentials \"true\" always;",
    ] {
        assert!(told.lines().any(|told| told == line), "{line} in\n{told}");
    }
    assert!(!told.contains("not executed by our tests"), "{told}");
}

#[test]
fn fix_guesses_by_what_the_replies_show() {
    let url = "http://api.test/x";
    let headers = [("Server", "nginx/1.22.1"), ("X-Powered-By", "Express")];
    let server = Server::playing(json!([rule("GET", url, 200, &headers, "")]));
    let told = run(&[
        "check",
        url,
        "--origin",
        PAGE,
        "--connect-to",
        &server.route(),
        "--fix",
        "auto",
    ])
    .told();
    assert!(
        told.contains("A guess: express, by x-powered-by: Express\n"),
        "{told}"
    );
    assert!(
        told.contains("  or --fix nginx, by server: nginx/1.22.1\n"),
        "{told}"
    );
    assert!(told.contains("Recipe for Express (cors)\n"), "{told}");
}

/// The last line says how to go on, for the stack that answered.
#[test]
fn a_fix_on_the_server_ends_with_how_to_get_the_recipe() {
    let url = "http://api.test/x";
    let headers = [("Server", "nginx/1.22.1")];
    let told = |status, headers: &[(&str, &str)]| {
        let server = Server::playing(json!([rule("GET", url, status, headers, "")]));
        let route = server.route();
        let outcome = run(&["check", url, "--origin", PAGE, "--connect-to", &route]);
        let text = String::from_utf8_lossy(&outcome.stdout).into_owned();
        text.lines().last().unwrap_or_default().to_owned()
    };
    assert_eq!(
        told(200, &headers),
        "What to write into the server's set-up: --fix nginx (nginx, by server: nginx/1.22.1); --fix list shows all"
    );
    let allowed = [headers[0], ("Access-Control-Allow-Origin", PAGE)];
    assert!(!told(200, &allowed).contains("--fix"));
}

#[test]
fn fix_asks_for_a_name_where_nothing_shows() {
    let url = "http://api.test/x";
    let server = Server::playing(json!([rule("GET", url, 200, &[], "")]));
    let told = run(&[
        "check",
        url,
        "--origin",
        PAGE,
        "--connect-to",
        &server.route(),
        "--fix",
        "auto",
    ])
    .told();
    assert!(
        told.contains("No reply tells which server this is."),
        "{told}"
    );
    assert!(!told.contains("Recipe for"), "{told}");
}

#[test]
fn with_credentials_fix_names_nobody_for_a_page_without_an_origin() {
    let url = "http://api.test/x";
    let server = Server::playing(json!([rule("GET", url, 200, &[], "")]));
    let outcome = run(&[
        "check",
        url,
        "--origin",
        PAGE,
        "--sandboxed",
        "--credentials",
        "include",
        "--connect-to",
        &server.route(),
        "--fix",
        "caddy",
    ]);
    let told = outcome.told();
    assert_eq!(outcome.code, 1, "{told}");
    assert!(
        told.contains("There is no recipe for Caddy:\n  the origin `null`"),
        "{told}"
    );
}

#[test]
fn a_stack_that_has_no_recipe_is_answered_with_those_that_have() {
    for arguments in [
        &[
            "check",
            "http://api.test/x",
            "--origin",
            PAGE,
            "--fix",
            "ngnix",
        ][..],
        &["recipe", "ngnix", "--origin", PAGE],
    ] {
        let outcome = run(arguments);
        assert_eq!(outcome.code, 2, "{}", outcome.told());
        assert!(outcome.stderr.contains("`ngnix`"), "{}", outcome.stderr);
        assert!(outcome.stderr.contains("nginx, php"), "{}", outcome.stderr);
    }
}

#[test]
fn the_list_says_which_recipes_are_executed() {
    let listed = run(&["recipe"]);
    assert_eq!(listed.code, 0);
    let told = listed.told();
    let line = |id: &str| {
        let found = told.lines().find(|line| line.split(' ').next() == Some(id));
        found.unwrap_or_else(|| panic!("{id} in\n{told}"))
    };
    assert!(line("nginx").ends_with("  executed by our tests"));
    assert!(line("traefik").ends_with("  not executed by our tests"));
    // The same list, and nothing is sent for it.
    assert_eq!(run(&["check", "--fix", "list"]).told(), told);
}

#[test]
fn a_recipe_without_a_run_follows_its_flags() {
    let told = run(&[
        "recipe",
        "traefik",
        "--origin",
        "https://a.example",
        "--origin",
        "https://b.example",
        "--credentials",
        "--method",
        "PATCH",
        "--header",
        "X-B",
        "--header",
        "x-a",
        "--expose",
        "ETag",
        "--max-age",
        "60",
    ])
    .told();
    for line in [
        "Recipe for Traefik (not executed by our tests)",
        "          - \"https://a.example\"",
        "          - \"https://b.example\"",
        "        accessControlAllowMethods: [\"GET\", \"HEAD\", \"POST\", \"PATCH\"]",
        "        accessControlAllowHeaders: [\"x-a\", \"x-b\"]",
        "        accessControlExposeHeaders: [\"etag\"]",
        "        accessControlAllowCredentials: true",
        "        accessControlMaxAge: 60",
    ] {
        assert!(told.lines().any(|told| told == line), "{line} in\n{told}");
    }
}

#[test]
fn a_policy_that_nobody_should_have_is_refused_with_every_reason() {
    let outcome = run(&[
        "recipe",
        "nginx",
        "--origin",
        "*",
        "--credentials",
        "--method",
        "TRACE",
        "--header",
        "a b",
    ]);
    assert_eq!((outcome.code, outcome.stdout.len()), (2, 0));
    for part in ["any origin with credentials", "`TRACE`", "`a b`"] {
        assert!(
            outcome.stderr.contains(part),
            "{part} in\n{}",
            outcome.stderr
        );
    }
}

#[test]
fn what_a_stack_cannot_say_is_said() {
    let outcome = run(&[
        "recipe",
        "aws-s3",
        "--origin",
        "https://a.example",
        "-X",
        "PATCH",
    ]);
    assert_eq!(outcome.code, 2);
    let reason =
        "Amazon S3 cannot: a bucket's rules know only the methods GET, PUT, POST, DELETE and HEAD";
    assert!(outcome.stderr.contains(reason), "{}", outcome.stderr);
}
