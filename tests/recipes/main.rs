//! The recipes, executed: each is rendered for three policies, the real server is started with it on
//! loopback, and `corscope batch` asks it what must be allowed and what must stay blocked.
//!
//! | to change | open |
//! | --- | --- |
//! | the policies and requests | `policies.rs` |
//! | how a stack is started | `stacks.rs`, and its set-up in `stacks/` |
//! | the application behind proxies | `upstream.rs` |
//! | what holds for every recipe | `whole.rs` |
//!
//! A server that is not installed is skipped with a line that says so, except where `CI=true`: there
//! it fails. `.ci/run` installs all of them.

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod policies;
mod server;
mod stacks;
mod upstream;
mod whole;

use std::io::Write as _;
use std::process::{Command, Stdio};

use corscope::assets::recipe;
use corscope::fix::Policy;
use serde_json::Value;

use policies::{Check, Expected, Scene, scenes};
use server::Server;
use stacks::{STACKS, Stack};

/// Renders, starts and asks; prints the stack's row of the table.
fn execute(id: &str) {
    let stack = STACKS.iter().find(|stack| stack.id == id).unwrap();
    if let Some(missing) = (stack.missing)() {
        return skip(&missing);
    }
    let upstream = upstream::start();
    let (mut row, mut faults) = (String::new(), Vec::new());
    for scene in scenes(stack.proxy) {
        let told = play(stack, &scene, upstream, &mut faults);
        row.push_str(&format!(" | {}: {told}", scene.name));
    }
    say(&format!("RECIPE {id:18}{row}"));
    assert!(faults.is_empty(), "{id}\n{}", faults.join("\n"));
}

/// Asks a server everything of a scene; gives the counts and adds what is wrong.
fn play(stack: &Stack, scene: &Scene, upstream: u16, faults: &mut Vec<String>) -> String {
    let recipe = recipe(stack.id).unwrap();
    let rendered = match recipe.render(&scene.policy) {
        // A stack may refuse names that mean something in it; the other policies are everybody's.
        Err(_) if scene.name == "odd names" => return "cannot".to_owned(),
        rendered => rendered.unwrap(),
    };
    let file_name = scene.name.replace([' ', ','], "_");
    let server = Server::start(&file_name, &rendered, upstream, stack.command);
    let results = ask(&scene.checks, server.port);
    let before = faults.len();
    let (mut allowed, mut blocked) = (0, 0);
    for (check, result) in scene.checks.iter().zip(&results) {
        match check.expected {
            Expected::Allowed(_) => allowed += 1,
            Expected::Blocked => blocked += 1,
        }
        if let Some(fault) = fault(check, result, &scene.policy) {
            faults.push(format!(
                "{}: {}: {fault}\n{:#}",
                scene.name,
                check.told(),
                result["exchanges"]
            ));
        }
    }
    if faults.len() > before {
        faults.push(format!(
            "{}: the server's log:\n{}",
            scene.name,
            server.log()
        ));
        return "FAILED".to_owned();
    }
    format!("{allowed} allowed, {blocked} blocked")
}

/// What `corscope batch` makes of the checks, in their order.
fn ask(checks: &[Check], port: u16) -> Vec<Value> {
    let mut process = Command::new(env!("CARGO_BIN_EXE_corscope"))
        .arg("batch")
        .env_clear()
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = checks.iter().enumerate();
    let lines: String = lines
        .map(|(id, check)| format!("{}\n", check.line(id, port)))
        .collect();
    let mut input = process.stdin.take().unwrap();
    let writer = std::thread::spawn(move || input.write_all(lines.as_bytes()));
    let output = process.wait_with_output().unwrap();
    writer.join().unwrap().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let mut results: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(results.len(), checks.len(), "{text}");
    results.sort_by_key(|result| result["id"].as_str().unwrap().parse::<usize>().unwrap());
    results
}

/// What is wrong with a result.
fn fault(check: &Check, result: &Value, policy: &Policy) -> Option<String> {
    let verdict = result["verdict"].as_str().unwrap();
    let Expected::Allowed(status) = check.expected else {
        return (verdict != "blocked").then(|| format!("must be blocked, is {verdict}"));
    };
    if verdict != "allowed" {
        return Some(format!("must be allowed, is {verdict}"));
    }
    let response = &result["response"];
    let read = response["status"].as_u64().unwrap();
    // Which 5xx a proxy makes of a dead server is its own affair.
    let fits = if status == 0 {
        (502..=504).contains(&read)
    } else {
        read == u64::from(status)
    };
    if !fits {
        return Some(format!("must read {status}, reads {read}"));
    }
    let last = result["exchanges"].as_array().unwrap().last().unwrap();
    let lines = |name: &str| -> Vec<&str> {
        let headers = last["reply"]["headers"].as_array().unwrap().iter();
        headers
            .filter(|line| line[0].as_str().unwrap().eq_ignore_ascii_case(name))
            .map(|line| line[1].as_str().unwrap())
            .collect()
    };
    let vary = lines("vary").join(", ").to_ascii_lowercase();
    if policy.varies_by_origin() && !vary.split(',').any(|name| name.trim() == "origin") {
        return Some("the answer depends on the origin, and Vary does not say so".to_owned());
    }
    let mut read = response["headers"].as_array().unwrap().iter();
    let reads_total = read.any(|line| line[0] == "x-total");
    if check.path == "/api/products/1" && reads_total == policy.expose.is_empty() {
        return Some(format!("script reads x-total: {reads_total}"));
    }
    remembered(&result["exchanges"][0], policy)
}

/// What is wrong with how long a preflight may be remembered.
fn remembered(first: &Value, policy: &Policy) -> Option<String> {
    let wanted = policy.max_age?.to_string();
    if first["request"]["method"] != "OPTIONS" {
        return None;
    }
    let mut headers = first["reply"]["headers"].as_array().unwrap().iter();
    let found = headers.any(|line| {
        let name = line[0].as_str().unwrap();
        name.eq_ignore_ascii_case("access-control-max-age") && line[1] == wanted.as_str()
    });
    (!found).then(|| "the preflight's max-age is not the policy's".to_owned())
}

/// Says that a test did not happen; in CI that is a failure.
fn skip(missing: &str) {
    let in_ci = std::env::var("CI").is_ok_and(|value| value == "true");
    assert!(!in_ci, "{missing} is not installed, and CI skips nothing");
    say(&format!("SKIPPED: {missing} is not installed"));
}

/// Prints a line past the capture of test output.
fn say(line: &str) {
    let _ = std::io::stderr().write_all(format!("{line}\n").as_bytes());
}

/// A test a stack, so that one can be run alone.
macro_rules! executed {
    ($($name:ident $id:literal),* $(,)?) => {
        $(#[test] fn $name() { execute($id); })*

        #[test]
        fn every_stack_has_its_test() {
            let ids: Vec<_> = STACKS.iter().map(|stack| stack.id).collect();
            assert_eq!(ids, [$($id),*]);
        }
    };
}

executed! {
    nginx "nginx",
    apache "apache",
    haproxy "haproxy",
    caddy "caddy",
    lighttpd "lighttpd",
    express "express",
    fastify "fastify",
    koa "koa",
    nestjs "nestjs",
    nextjs "nextjs",
    hono "hono",
    cloudflare_workers "cloudflare-workers",
    fastapi "fastapi",
    flask "flask",
    django "django",
    php "php",
    rails "rails",
    go_rs "go-rs",
    tower_http "tower-http",
    actix_web "actix-web",
    rocket "rocket",
}
