//! How each stack is started with its recipe, and what has to be installed for it.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use super::server::{SetUp, packages, program};

/// A stack that can run here.
pub struct Stack {
    /// The recipe's id.
    pub id: &'static str,
    /// Whether it stands before the application of `upstream`.
    pub proxy: bool,
    /// What is missing to run it, if anything.
    pub missing: fn() -> Option<String>,
    pub command: fn(&SetUp<'_>) -> Command,
}

/// The stacks, in the order of the table.
pub const STACKS: &[Stack] = &[
    proxy("nginx", || lacks_program("nginx"), nginx),
    proxy("apache", || lacks_program("apache2"), apache),
    proxy("haproxy", || lacks_program("haproxy"), haproxy),
    proxy("caddy", || lacks_program("caddy"), caddy),
    proxy("lighttpd", || lacks_program("lighttpd"), lighttpd),
    app(
        "express",
        || lacks_modules(&["express", "cors"]),
        |set_up| node(set_up, "express.mjs"),
    ),
    app(
        "fastify",
        || lacks_modules(&["fastify", "@fastify/cors"]),
        |set_up| node(set_up, "fastify.mjs"),
    ),
    app(
        "koa",
        || lacks_modules(&["koa", "@koa/cors"]),
        |set_up| node(set_up, "koa.mjs"),
    ),
    app(
        "nestjs",
        || lacks_modules(&["@nestjs/core", "@nestjs/platform-express"]),
        |set_up| node(set_up, "nestjs.mjs"),
    ),
    app(
        "nextjs",
        || lacks_modules(&["next", "react", "react-dom"]),
        nextjs,
    ),
    app(
        "hono",
        || lacks_modules(&["hono", "@hono/node-server"]),
        |set_up| node(set_up, "hono.mjs"),
    ),
    app(
        "cloudflare-workers",
        || lacks_modules(&["miniflare"]),
        worker,
    ),
    app("fastapi", || lacks_python(&["fastapi", "uvicorn"]), fastapi),
    app(
        "flask",
        || lacks_python(&["flask", "flask_cors"]),
        |set_up| python(set_up, "flask_app.py"),
    ),
    app(
        "django",
        || lacks_python(&["django", "corsheaders"]),
        |set_up| python(set_up, "django_app.py"),
    ),
    app("php", || lacks_program("php"), php),
    app("rails", lacks_rails, rails),
    app("go-rs", lacks_go, go),
    app("tower-http", lacks_crates, |set_up| rust(set_up, "axum")),
    app("actix-web", lacks_crates, |set_up| rust(set_up, "actix")),
    app("rocket", lacks_crates, |set_up| rust(set_up, "rocket")),
];

type Missing = fn() -> Option<String>;
type Start = fn(&SetUp<'_>) -> Command;

const fn proxy(id: &'static str, missing: Missing, command: Start) -> Stack {
    Stack {
        id,
        proxy: true,
        missing,
        command,
    }
}

const fn app(id: &'static str, missing: Missing, command: Start) -> Stack {
    Stack {
        id,
        proxy: false,
        missing,
        command,
    }
}

fn nginx(set_up: &SetUp<'_>) -> Command {
    set_up.write_text("users", "u:{PLAIN}p\n");
    let file = set_up.write("nginx.conf", "nginx.conf");
    let mut command = Command::new(found("nginx"));
    command.args(["-e", "stderr", "-p"]).arg(set_up.folder);
    command.arg("-c").arg(file);
    command
}

fn apache(set_up: &SetUp<'_>) -> Command {
    // The password is `p`.
    set_up.write_text("users", "u:{SHA}UWuXg/ylF+7L0dBk2i0WUxCxl1k=\n");
    let file = set_up.write("apache.conf", "apache.conf");
    let mut command = Command::new(found("apache2"));
    command.args(["-D", "FOREGROUND", "-f"]).arg(file);
    command
}

fn haproxy(set_up: &SetUp<'_>) -> Command {
    let file = set_up.write("haproxy.cfg", "haproxy.cfg");
    let mut command = Command::new(found("haproxy"));
    command.args(["-db", "-f"]).arg(file);
    command
}

fn caddy(set_up: &SetUp<'_>) -> Command {
    let file = set_up.write("Caddyfile", "Caddyfile");
    let mut command = Command::new(found("caddy"));
    command.args(["run", "--adapter", "caddyfile", "--config"]);
    command.arg(file).env("HOME", set_up.folder);
    command
}

fn lighttpd(set_up: &SetUp<'_>) -> Command {
    set_up.write_text("users", "u:p\n");
    let file = set_up.write("lighttpd.conf", "lighttpd.conf");
    let mut command = Command::new(found("lighttpd"));
    command.arg("-D").arg("-f").arg(file);
    command
}

fn node(set_up: &SetUp<'_>, template: &str) -> Command {
    let file = set_up.write(template, "app.mjs");
    let mut command = Command::new(found("node"));
    command.arg(file);
    command
}

fn nextjs(set_up: &SetUp<'_>) -> Command {
    set_up.write("nextjs-proxy.mjs", "proxy.js");
    set_up.write("nextjs-config.mjs", "next.config.mjs");
    set_up.write("nextjs-route.mjs", "app/api/[...path]/route.js");
    let mut command = node(set_up, "nextjs.mjs");
    command.env("NEXT_TELEMETRY_DISABLED", "1");
    command
}

fn worker(set_up: &SetUp<'_>) -> Command {
    set_up.write("worker.mjs", "worker.mjs");
    node(set_up, "miniflare.mjs")
}

fn python(set_up: &SetUp<'_>, template: &str) -> Command {
    let file = set_up.write(template, template);
    let mut command = python_command(set_up);
    command.arg(file);
    command
}

fn fastapi(set_up: &SetUp<'_>) -> Command {
    set_up.write("fastapi_app.py", "fastapi_app.py");
    let mut command = python_command(set_up);
    command.args(["-m", "uvicorn", "fastapi_app:app", "--port"]);
    command.arg(set_up.port.to_string());
    command
}

fn python_command(set_up: &SetUp<'_>) -> Command {
    let mut command = Command::new(found("python3"));
    command
        .current_dir(set_up.folder)
        .env("PYTHONPATH", packages().join("python"))
        .env("PYTHONDONTWRITEBYTECODE", "1");
    command
}

fn php(set_up: &SetUp<'_>) -> Command {
    let cors = set_up.write("cors.php", "cors.php");
    set_up.write("index.php", "public/index.php");
    let mut command = Command::new(found("php"));
    command
        .arg("-d")
        .arg(format!("auto_prepend_file={}", cors.display()));
    command.arg("-S").arg(format!("127.0.0.1:{}", set_up.port));
    command.arg("-t").arg(set_up.folder.join("public"));
    command
}

fn rails(set_up: &SetUp<'_>) -> Command {
    let file = set_up.write("config.ru", "config.ru");
    let mut command = Command::new(found("puma"));
    command
        .arg("-b")
        .arg(format!("tcp://127.0.0.1:{}", set_up.port));
    command
        .args(["-e", "production"])
        .arg(file)
        .current_dir(set_up.folder);
    command
}

fn go(set_up: &SetUp<'_>) -> Command {
    let file = set_up.write("main.go", "main.go");
    let program = set_up.folder.join("server");
    let mut build = go_command();
    build.args(["build", "-o"]).arg(&program).arg(file);
    run(build);
    Command::new(program)
}

/// Debian keeps the sources of Go's packages where no module is looked for.
fn go_command() -> Command {
    let mut command = Command::new(found("go"));
    command
        .env("GO111MODULE", "off")
        .env("GOPATH", GO_SOURCES)
        .env("GOCACHE", packages().join("go"));
    command
}

const GO_SOURCES: &str = "/usr/share/gocode";

/// Builds a program of its own for the policy, with the crates that `.ci/run` has built.
fn rust(set_up: &SetUp<'_>, stack: &str) -> Command {
    let project = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/recipes/rust");
    for file in ["Cargo.toml", "Cargo.lock"] {
        fs::copy(project.join(file), set_up.folder.join(file)).unwrap();
    }
    let name = format!("{stack}-{}", set_up.scene);
    set_up.write_text("src/lib.rs", "");
    set_up.write(&format!("{stack}.rs"), &format!("src/bin/{name}.rs"));
    let mut build = Command::new(env!("CARGO"));
    build
        .args(["build", "--quiet", "--locked", "--bin", &name])
        .current_dir(set_up.folder)
        .env("CARGO_TARGET_DIR", packages().join("rust"));
    run(build);
    let mut command = Command::new(packages().join("rust/debug").join(name));
    command.arg(set_up.port.to_string());
    command
}

fn run(mut command: Command) {
    let output = command.stdin(Stdio::null()).output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}\n{told}");
}

fn lacks_program(name: &str) -> Option<String> {
    program(name).is_none().then(|| name.to_owned())
}

fn lacks_modules(names: &[&str]) -> Option<String> {
    lacks_program("node").or_else(|| lacks_folder("node_modules", names))
}

fn lacks_python(names: &[&str]) -> Option<String> {
    lacks_program("python3").or_else(|| lacks_folder("python", names))
}

fn lacks_folder(below: &str, names: &[&str]) -> Option<String> {
    let folder = packages().join(below);
    let lacking = names.iter().find(|name| !folder.join(name).is_dir())?;
    Some((*lacking).to_owned())
}

fn lacks_rails() -> Option<String> {
    let cors = PathBuf::from("/usr/share/rubygems-integration/all/specifications");
    let known = fs::read_dir(cors).into_iter().flatten().flatten();
    let rack_cors = known
        .map(|entry| entry.file_name())
        .any(|name| name.to_string_lossy().starts_with("rack-cors"));
    lacks_program("puma").or_else(|| (!rack_cors).then(|| "rack-cors".to_owned()))
}

fn lacks_go() -> Option<String> {
    let cors = PathBuf::from(GO_SOURCES).join("src/github.com/rs/cors");
    lacks_program("go").or_else(|| (!cors.is_dir()).then(|| "rs/cors".to_owned()))
}

fn lacks_crates() -> Option<String> {
    let built = packages().join("rust/debug");
    (!built.is_dir()).then(|| "tower-http, actix-cors and rocket_cors".to_owned())
}

fn found(name: &str) -> PathBuf {
    program(name).unwrap_or_else(|| panic!("{name} was looked for before"))
}
