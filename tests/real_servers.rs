//! `corscope check` against servers that nobody here wrote: nginx, Express with `cors`, FastAPI with
//! CORSMiddleware. Their set-ups are in `real_servers/`.
//!
//! The test opens the listening socket, on a port that the system chooses, and hands it to the server
//! as standard input. So there is no port to guess and no start to wait out: a connection made early
//! waits in the socket's queue. nginx takes no socket; it gets a port that was free a moment before.
//!
//! A server that is not installed is skipped with a line that says so, except where `CI=true`: there
//! it fails. `.ci/run` installs all three: nginx for the system, the others in `target/real-servers`.

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::fs::{self, File};
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;

/// The page: a development server beside the API, on the same site but another origin.
const PAGE: &str = "http://localhost:5173";

/// How long a server may take to its first reply. A cold interpreter on a busy machine is slow.
const PATIENCE: Duration = Duration::from_secs(120);

/// A server that is ended with its test, also when that panics.
struct Server {
    process: Child,
    port: u16,
    folder: TempDir,
}

impl Server {
    /// Starts a server that takes its socket from standard input.
    fn inheriting(mut command: Command) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        command.stdin(Stdio::from(OwnedFd::from(listener)));
        let mut server = Self::spawn(command, port, tempfile::tempdir().unwrap());
        server.await_reply();
        server
    }

    /// Starts a server that has to be told its folder and port. The port may be taken by somebody else
    /// before the server has it; then another one is tried.
    fn told(command: impl Fn(&Path, u16) -> Command) -> Self {
        for _ in 0..5 {
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
            let port = listener.local_addr().unwrap().port();
            drop(listener);
            let folder = tempfile::tempdir().unwrap();
            let mut command = command(folder.path(), port);
            command.stdin(Stdio::null());
            let mut server = Self::spawn(command, port, folder);
            if server.listens() {
                server.await_reply();
                return server;
            }
            let log = server.log();
            assert!(log.contains("Address already in use"), "it ended:\n{log}");
        }
        panic!("no port stayed free");
    }

    fn spawn(mut command: Command, port: u16, folder: TempDir) -> Self {
        let log = File::create(folder.path().join("log")).unwrap();
        let process = command
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap();
        Self {
            process,
            port,
            folder,
        }
    }

    /// Waits until somebody listens on the port; false if the server ended before.
    fn listens(&mut self) -> bool {
        let deadline = Instant::now() + PATIENCE;
        while TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).is_err() {
            if self.process.try_wait().unwrap().is_some() {
                return false;
            }
            assert!(Instant::now() < deadline, "nobody listens\n{}", self.log());
            std::thread::yield_now();
        }
        true
    }

    fn await_reply(&mut self) {
        if let Err(error) = self.first_reply() {
            panic!("the server does not answer: {error}\n{}", self.log());
        }
    }

    fn first_reply(&mut self) -> std::io::Result<()> {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port))?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
        stream.read_exact(&mut [0])
    }

    fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    /// Checks a request of `page`: the exit code and the result.
    fn check(&self, page: &str, path: &str, more: &[&str]) -> (i32, Value) {
        let url = format!("http://localhost:{}{path}", self.port);
        let output = Command::new(env!("CARGO_BIN_EXE_corscope"))
            .args(["check", &url, "--origin", page, "--json"])
            .args(more)
            .env_clear()
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let value = serde_json::from_slice(&output.stdout).unwrap_or_else(|error| {
            let told = String::from_utf8_lossy(&output.stderr);
            panic!("{error}: {told}\n{}", self.log())
        });
        (output.status.code().unwrap(), value)
    }

    /// What script reads, after an OPTIONS and a PUT.
    fn assert_put_is_allowed(&self) -> Value {
        let body = ["-d", r#"{"price":12.5}"#, "-X", "PUT"];
        let headers = ["-H", "Content-Type: application/json", "-H", "X-Api-Key: 7"];
        let (code, value) = self.check(PAGE, "/products/1", &[body, headers].concat());
        assert_eq!(
            (code, &value["verdict"]),
            (0, &json!("allowed")),
            "{value:#}"
        );
        assert_eq!(methods(&value), ["OPTIONS", "PUT"]);
        script_reads(&value)
    }

    fn assert_cookie_arrives(&self) {
        let more = ["--credentials", "include", "-b", "sid=42"];
        let (code, value) = self.check(PAGE, "/products/1", &more);
        assert_eq!(
            (code, &value["verdict"]),
            (0, &json!("allowed")),
            "{value:#}"
        );
        assert_eq!(script_reads(&value), json!({"cookie": "sid=42"}));
    }

    /// Blocked for this reason, after these requests.
    fn assert_blocked(&self, page: &str, path: &str, more: &[&str], reason: &str, sent: &[&str]) {
        let (code, value) = self.check(page, path, more);
        assert_eq!(code, 1, "{path}: {value:#}");
        assert_eq!(value["block"]["reason"], reason, "{path}");
        assert_eq!(methods(&value), sent, "{path}");
        assert_eq!(value["response"], Value::Null, "{path}");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn methods(value: &Value) -> Vec<&str> {
    let exchanges = value["exchanges"].as_array().unwrap().iter();
    exchanges
        .map(|exchange| exchange["request"]["method"].as_str().unwrap())
        .collect()
}

fn script_reads(value: &Value) -> Value {
    serde_json::from_str(value["response"]["body"].as_str().unwrap()).unwrap()
}

/// The folder below the one where `.ci/run` puts packages, if all of these are in it.
fn installed(folder: &str, packages: &[&str]) -> Option<PathBuf> {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent()?;
    let folder = target.join("real-servers").join(folder);
    let complete = packages.iter().all(|name| folder.join(name).is_dir());
    complete.then_some(folder)
}

fn set_up(file: &str) -> PathBuf {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    tests.join("real_servers").join(file)
}

fn program(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    // Debian keeps servers where only root's PATH leads.
    std::env::split_paths(&path)
        .chain(["/usr/sbin".into(), "/usr/local/sbin".into()])
        .map(|folder| folder.join(name))
        .find(|file| file.is_file())
}

/// Says that a test did not happen, past the capture of test output; in CI that is a failure.
fn skip(missing: &str) {
    let in_ci = std::env::var("CI").is_ok_and(|value| value == "true");
    assert!(!in_ci, "{missing} is not installed, and CI skips nothing");
    let line = format!("SKIPPED: {missing} is not installed\n");
    let _ = std::io::stderr().write_all(line.as_bytes());
}

fn nginx() -> Option<Server> {
    let program = program("nginx")?;
    Some(Server::told(|folder, port| {
        let template = fs::read_to_string(set_up("nginx.conf")).unwrap();
        let file = folder.join("nginx.conf");
        fs::write(&file, template.replace("PORT", &port.to_string())).unwrap();
        let mut command = Command::new(&program);
        command.args(["-e", "stderr", "-p"]).arg(folder);
        command.arg("-c").arg(file);
        command
    }))
}

fn express() -> Option<Server> {
    let mut command = Command::new(program("node")?);
    let modules = installed("node_modules", &["express", "cors"])?;
    command.arg(set_up("app.js")).env("NODE_PATH", modules);
    Some(Server::inheriting(command))
}

fn fastapi() -> Option<Server> {
    let mut command = Command::new(program("python3")?);
    let packages = installed("python", &["fastapi", "uvicorn"])?;
    command
        .args(["-m", "uvicorn", "--fd", "0", "app:app", "--app-dir"])
        .arg(set_up(""))
        .env("PYTHONPATH", packages)
        .env("PYTHONDONTWRITEBYTECODE", "1");
    Some(Server::inheriting(command))
}

#[test]
fn nginx_allows_what_it_lists_and_forgets_its_errors() {
    let Some(server) = nginx() else {
        return skip("nginx");
    };
    server.assert_put_is_allowed();
    server.assert_cookie_arrives();
    server.assert_blocked(PAGE, "/forgetful/1", &[], "allow-origin-missing", &["GET"]);
    let stranger = "http://localhost:9999";
    server.assert_blocked(
        stranger,
        "/products/1",
        &[],
        "allow-origin-missing",
        &["GET"],
    );
    server.assert_blocked(
        PAGE,
        "/products/1",
        &["-X", "PATCH"],
        "allow-methods-missing-method",
        &["OPTIONS"],
    );
}

#[test]
fn express_allows_with_cors_and_needs_an_answer_to_options() {
    let Some(server) = express() else {
        return skip("Express with cors");
    };
    let read = server.assert_put_is_allowed();
    assert_eq!(read, json!({"id": "1", "price": 12.5, "key": "7"}));
    server.assert_cookie_arrives();
    server.assert_blocked(
        PAGE,
        "/forgotten",
        &["-X", "PUT"],
        "preflight-allow-origin-missing",
        &["OPTIONS"],
    );
    server.assert_blocked(
        PAGE,
        "/anyone",
        &["--credentials", "include"],
        "wildcard-with-credentials",
        &["GET"],
    );
    let stranger = "http://localhost:9999";
    server.assert_blocked(
        stranger,
        "/products/1",
        &[],
        "allow-origin-mismatch",
        &["GET"],
    );
}

#[test]
fn fastapi_allows_with_its_middleware_and_drops_it_on_a_crash() {
    let Some(server) = fastapi() else {
        return skip("FastAPI with uvicorn");
    };
    let read = server.assert_put_is_allowed();
    assert_eq!(read, json!({"id": "1", "price": 12.5, "key": "7"}));
    server.assert_cookie_arrives();
    server.assert_blocked(PAGE, "/broken", &[], "allow-origin-missing", &["GET"]);
    let stranger = "http://localhost:9999";
    server.assert_blocked(
        stranger,
        "/products/1",
        &[],
        "allow-origin-missing",
        &["GET"],
    );
    server.assert_blocked(
        stranger,
        "/products/1",
        &["-X", "PUT"],
        "preflight-allow-origin-missing",
        &["OPTIONS"],
    );
}
