//! The program under test, and the servers that it talks to.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

use corscope::lab::{Lab, Received};
use serde_json::Value;
use tokio::sync::oneshot;

/// What a run of the program left behind.
pub struct Outcome {
    pub code: i32,
    pub stdout: Vec<u8>,
    pub stderr: String,
}

impl Outcome {
    /// Exit code and both streams, times filtered out.
    pub fn told(&self) -> String {
        let text = String::from_utf8(self.stdout.clone()).unwrap();
        format!(
            "exit {}\n--- stdout\n{}--- stderr\n{}",
            self.code,
            without_times(&text),
            self.stderr
        )
    }

    /// Standard output as one JSON value.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.stdout)
            .unwrap_or_else(|error| panic!("{error}: {}", self.told()))
    }

    /// Standard output as one JSON value a line.
    pub fn lines(&self) -> Vec<Value> {
        let text = String::from_utf8(self.stdout.clone()).unwrap();
        text.lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }
}

/// `GET http://a.test/  200  1.7 ms` without its duration, and no line of durations.
fn without_times(text: &str) -> String {
    let mut told = String::new();
    let durations = ["  name look-up ", "  connect ", "  first byte "];
    for line in text.lines() {
        if durations.iter().any(|start| line.starts_with(start)) {
            continue;
        }
        let timed = line
            .strip_suffix(" ms")
            .and_then(|line| line.rsplit_once("  "))
            .filter(|(_, number)| number.parse::<f64>().is_ok());
        told.push_str(timed.map_or(line, |(line, _)| line));
        told.push('\n');
    }
    told
}

/// The program with nothing of this machine's environment: no proxy, no wish for colour.
pub fn corscope(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_corscope"));
    command
        .args(arguments)
        .env_clear()
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// Runs it to its end.
pub fn run(arguments: &[&str]) -> Outcome {
    run_with(&mut corscope(arguments))
}

pub fn run_with(command: &mut Command) -> Outcome {
    let output = command.output().unwrap();
    Outcome {
        code: output.status.code().unwrap(),
        stdout: output.stdout,
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// Runs it with these bytes on standard input.
pub fn run_on(arguments: &[&str], input: &[u8]) -> Outcome {
    let mut child = corscope(arguments).stdin(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_owned();
    let writer = std::thread::spawn(move || {
        // The program may well end before it has read everything.
        let _ = stdin.write_all(&input);
    });
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    Outcome {
        code: output.status.code().unwrap(),
        stdout: output.stdout,
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// A child that is ended with its test.
pub struct Running(pub Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The crate's own lab, played on a thread of its own.
pub struct Server {
    lab: Option<Lab>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// A server with this script, in the notation of the lessons.
    pub fn playing(rules: Value) -> Self {
        let (ready, started) = std::sync::mpsc::channel();
        let (stop, stopped) = oneshot::channel();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(async {
                ready.send(Lab::start().await.unwrap()).unwrap();
                let _ = stopped.await;
            });
        });
        let lab = started.recv().unwrap();
        lab.play(serde_json::from_value(rules).unwrap());
        Self {
            lab: Some(lab),
            stop: Some(stop),
            thread: Some(thread),
        }
    }

    fn lab(&self) -> &Lab {
        self.lab.as_ref().unwrap()
    }

    pub fn address(&self) -> SocketAddr {
        self.lab().address()
    }

    /// What leads every host and port here.
    pub fn route(&self) -> String {
        route_to(self.address())
    }

    pub fn received(&self) -> Vec<Received> {
        self.lab().received()
    }

    /// The methods of the requests that arrived, in order.
    pub fn methods(&self) -> Vec<String> {
        let received = self.received();
        received.into_iter().map(|request| request.method).collect()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.lab.take();
        self.stop.take();
        let _ = self.thread.take().unwrap().join();
    }
}

/// curl's spelling of: all connections lead there.
pub fn route_to(address: SocketAddr) -> String {
    format!("::{}:{}", address.ip(), address.port())
}

/// What a [`Scripted`] server does with its next connection.
pub enum Turn {
    /// Reads one request, sends these bytes, closes.
    Say(&'static [u8]),
    /// Resets the connection once a request is there.
    Reset,
    /// Never answers.
    Silence,
}

/// A server for what HTTP servers do not do: one turn a connection.
pub struct Scripted {
    pub address: SocketAddr,
    stopping: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Scripted {
    pub fn new(turns: Vec<Turn>) -> Self {
        Self::serving(take_turn, turns)
    }

    /// Serves each connection with the next of `turns`; a connection that is given back stays open.
    pub fn serving<T: Send + 'static>(
        mut serve: impl FnMut(TcpStream, T) -> Option<TcpStream> + Send + 'static,
        turns: Vec<T>,
    ) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let stopping = Arc::new(AtomicBool::new(false));
        let stop = Arc::clone(&stopping);
        let thread = std::thread::spawn(move || {
            let mut turns = turns.into_iter();
            let mut kept = Vec::new();
            loop {
                let (stream, _) = listener.accept().unwrap();
                if stop.load(Ordering::SeqCst) {
                    return;
                }
                if let Some(turn) = turns.next() {
                    kept.extend(serve(stream, turn));
                }
            }
        });
        Self {
            address,
            stopping,
            thread: Some(thread),
        }
    }

    pub fn route(&self) -> String {
        route_to(self.address)
    }
}

impl Drop for Scripted {
    fn drop(&mut self) {
        self.stopping.store(true, Ordering::SeqCst);
        // Wakes the accept loop.
        let _ = TcpStream::connect(self.address);
        let _ = self.thread.take().unwrap().join();
    }
}

fn take_turn(mut stream: TcpStream, turn: Turn) -> Option<TcpStream> {
    match turn {
        Turn::Say(bytes) => {
            read_request(&mut stream);
            let _ = stream.write_all(bytes);
            None
        }
        Turn::Reset => {
            // Closing with unread bytes resets.
            let _ = stream.peek(&mut [0]);
            None
        }
        Turn::Silence => Some(stream),
    }
}

/// Reads a head and the body that it announces.
pub fn read_request(stream: &mut impl Read) -> Vec<u8> {
    let mut heard = Vec::new();
    let mut byte = [0];
    while !heard.ends_with(b"\r\n\r\n") {
        if !matches!(stream.read(&mut byte), Ok(1)) {
            return heard;
        }
        heard.push(byte[0]);
    }
    let head = String::from_utf8_lossy(&heard).to_ascii_lowercase();
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "))
        .map_or(0, |length| length.parse().unwrap());
    let mut body = vec![0; length];
    let _ = stream.read_exact(&mut body);
    heard.extend(body);
    heard
}

/// A rule that always answers the same.
pub fn rule(method: &str, url: &str, status: u16, headers: &[(&str, &str)], body: &str) -> Value {
    let rest = url.strip_prefix("http://").unwrap();
    let slash = rest.find('/').unwrap();
    serde_json::json!({
        "host": rest[..slash],
        "path": rest[slash..],
        "method": method,
        "replies": [{"status": status, "reason": "Fine", "headers": headers, "body": body}],
    })
}
