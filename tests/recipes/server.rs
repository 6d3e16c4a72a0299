//! A real server with a recipe in it: started on a port that was free, ended with its test.

use std::fs::{self, File};
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use corscope::fix::RenderedRecipe;
use tempfile::TempDir;

/// How long a server may take to its first reply. A cold interpreter on a busy machine is slow.
const PATIENCE: Duration = Duration::from_secs(120);

/// What a server is made from.
pub struct SetUp<'a> {
    /// A folder of its own, below the one with the packages.
    pub folder: &'a Path,
    pub port: u16,
    /// Where the application behind a proxy listens.
    pub upstream: u16,
    /// The name of the policy, fit for a file's name.
    pub scene: &'a str,
    pub recipe: &'a RenderedRecipe,
}

impl SetUp<'_> {
    /// Writes a file of `stacks/` into the folder: `@@PORT@@`, `@@UPSTREAM@@`, `@@FOLDER@@` and the
    /// snippets by their ids filled in.
    pub fn write(&self, template: &str, name: &str) -> PathBuf {
        let source = stacks().join(template);
        let mut text = fs::read_to_string(&source).unwrap();
        let folder = self.folder.to_str().unwrap();
        let numbers = [
            ("@@PORT@@", self.port.to_string()),
            ("@@UPSTREAM@@", self.upstream.to_string()),
            ("@@FOLDER@@", folder.to_owned()),
        ];
        for (mark, value) in numbers {
            text = text.replace(mark, &value);
        }
        for snippet in &self.recipe.snippets {
            text = text.replace(&format!("@@{}@@", snippet.id), &snippet.text);
        }
        assert!(
            !text.contains("@@"),
            "{template} has a mark that nothing fills"
        );
        self.write_text(name, &text)
    }

    /// Writes a file into the folder.
    pub fn write_text(&self, name: &str, text: &str) -> PathBuf {
        let file = self.folder.join(name);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(&file, text).unwrap();
        file
    }
}

/// A running server.
pub struct Server {
    process: Child,
    pub port: u16,
    folder: TempDir,
}

impl Server {
    /// Starts what `command` makes of a set-up. The port may be taken by somebody else before the
    /// server has it; then another one is tried.
    pub fn start(
        scene: &str,
        recipe: &RenderedRecipe,
        upstream: u16,
        command: fn(&SetUp<'_>) -> Command,
    ) -> Self {
        let mut log = String::new();
        for _ in 0..3 {
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
            let port = listener.local_addr().unwrap().port();
            drop(listener);
            fs::create_dir_all(packages()).unwrap();
            let folder = tempfile::tempdir_in(packages()).unwrap();
            let mut command = command(&SetUp {
                folder: folder.path(),
                port,
                upstream,
                scene,
                recipe,
            });
            let output = File::create(folder.path().join("log")).unwrap();
            let process = command
                .process_group(0)
                .stdin(Stdio::null())
                .stdout(output.try_clone().unwrap())
                .stderr(output)
                .spawn()
                .unwrap();
            let mut server = Self {
                process,
                port,
                folder,
            };
            if server.listens() {
                server.first_reply();
                return server;
            }
            log = server.log();
        }
        panic!("it ended three times:\n{log}");
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

    fn first_reply(&mut self) {
        let ask = || -> std::io::Result<()> {
            let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port))?;
            stream.set_read_timeout(Some(PATIENCE))?;
            stream.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
            stream.read_exact(&mut [0])
        };
        if let Err(error) = ask() {
            panic!("the server does not answer: {error}\n{}", self.log());
        }
    }

    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Also what it has started itself.
        let group = format!("-{}", self.process.id());
        let _ = Command::new("kill").args(["-KILL", "--", &group]).status();
        let _ = self.process.wait();
    }
}

/// Where `.ci/run` puts packages.
pub fn packages() -> PathBuf {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
    target.join("recipe-servers")
}

/// Where the servers' own set-ups are.
pub fn stacks() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/recipes/stacks")
}

/// A program on the path, or where Debian keeps servers.
pub fn program(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .chain(["/usr/sbin".into(), "/usr/local/sbin".into()])
        .map(|folder| folder.join(name))
        .find(|file| file.is_file())
}
