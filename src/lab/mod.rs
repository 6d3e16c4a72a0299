//! The lab: a loopback HTTP/1.1 server inside the program that plays scripted replies.
//!
//! It is the server behind the lessons and behind our own tests. It sends every byte as the script
//! has it, wrong bytes included, so it is written on sockets and not on an HTTP library, which would
//! tidy them. It listens on 127.0.0.1 only, on a port that the system chooses; the names that the
//! scripts speak of (`api.yourcompany.example`) are mapped to it by whoever sends the request.
//!
//! ```text
//! Lab ── accept loop ── one task a connection ── read request ─► Stage::answer ─► write reply
//!  │                                                                 ▲
//!  └── play(rules), received() ──────────────────────────────────────┘
//! ```
//!
//! Here: the socket and its life. `script` has the rules and which of them fits; `connection` reads
//! requests and writes replies. Dropping the [`Lab`] ends the accept loop, which owns everything.

mod connection;
mod script;

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::task::{AbortHandle, JoinSet};

use crate::driver::Route;
use crate::wire::HeaderList;
use script::Stage;

pub use connection::{BODY_LIMIT, HEAD_LIMIT};
pub use script::{Scheme, ScriptError, ScriptedAnswer, ScriptedReply, ServerRule};

/// A running lab server. Its port and all its connections close when it is dropped.
#[derive(Debug)]
pub struct Lab {
    address: SocketAddr,
    stage: Arc<Stage>,
    accepting: AbortHandle,
}

/// One request as the lab received it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Received {
    /// The method, case kept.
    pub method: String,
    /// The request target as it stood in the request line.
    pub target: String,
    /// The value of the first `Host` line, empty without one.
    pub host: String,
    /// All header lines in order, `Host` included; blanks around values are stripped.
    pub headers: HeaderList,
    /// The body, chunks put together.
    pub body: Vec<u8>,
}

impl Lab {
    /// Starts a server without a script: until [`Lab::play`], everything is answered 404.
    ///
    /// Must be called within a tokio runtime, which then runs the server.
    pub async fn start() -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let stage = Arc::new(Stage::default());
        let accepting = tokio::spawn(accept(listener, Arc::clone(&stage))).abort_handle();
        Ok(Self {
            address,
            stage,
            accepting,
        })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Leads these hosts to this server, whatever their port; what is no host is left out.
    pub fn routes<'a>(&self, hosts: impl IntoIterator<Item = &'a str>) -> Vec<Route> {
        hosts
            .into_iter()
            .filter_map(|host| Route::everything(host, self.address).ok())
            .collect()
    }

    /// Switches to another script. Every rule starts with its first reply again, and what was
    /// received so far is forgotten. Open connections stay open and get the new script.
    pub fn play(&self, rules: Vec<ServerRule>) {
        self.stage.play(rules);
    }

    /// The requests that were received whole since the last [`Lab::play`], in order. Requests that
    /// the lab refused (malformed, too large) are not among them.
    pub fn received(&self) -> Vec<Received> {
        self.stage.received()
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

/// Accepts until aborted. Connections are tasks of the set, so they end with this task.
async fn accept(listener: TcpListener, stage: Arc<Stage>) {
    let mut connections = JoinSet::new();
    // Declared last, dropped first: once a client sees its connection end, the port is closed too.
    let listener = listener;
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    let stage = Arc::clone(&stage);
                    connections.spawn(async move { connection::serve(stream, &stage).await });
                }
                // The client gave up, or we are out of descriptors: the latter mends when a
                // connection ends.
                Err(_) if connections.is_empty() => tokio::task::yield_now().await,
                Err(_) => drop(connections.join_next().await),
            },
            Some(_) = connections.join_next(), if !connections.is_empty() => {}
        }
    }
}
