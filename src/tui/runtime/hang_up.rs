//! A terminal that goes away.
//!
//! The system says so by SIGHUP only to programs that the terminal controls. Any other would be left with a
//! terminal that is always ready to be read, and always empty.

use std::fs::File;
use std::future::pending;
use std::io::{IsTerminal as _, stdin};
use std::os::fd::{AsFd as _, OwnedFd};

use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

/// Watches the terminal that keys come from.
pub struct HangUp {
    /// `None` where the system cannot watch it; there the signal has to do.
    terminal: Option<AsyncFd<OwnedFd>>,
}

impl HangUp {
    /// Begins to watch.
    pub fn of_terminal() -> Self {
        let terminal = match stdin().is_terminal() {
            true => stdin().as_fd().try_clone_to_owned(),
            false => File::open("/dev/tty").map(OwnedFd::from),
        };
        let watch = |terminal| AsyncFd::with_interest(terminal, Interest::READABLE);
        Self {
            terminal: terminal.and_then(watch).ok(),
        }
    }

    /// Returns once the terminal is gone.
    pub async fn wait(&self) {
        let Some(terminal) = &self.terminal else {
            return pending().await;
        };
        loop {
            match terminal.readable().await {
                Ok(guard) if guard.ready().is_read_closed() => return,
                // A key, which is read elsewhere.
                Ok(mut guard) => guard.clear_ready(),
                Err(_) => return pending().await,
            }
        }
    }
}
