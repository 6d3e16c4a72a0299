//! A terminal that goes away.
//!
//! The system says so by SIGHUP only to programs that the terminal controls. Any other would be left with a
//! terminal that is always ready to be read, and always empty.

use std::fs::File;
use std::future::pending;
use std::io::{self, IsTerminal as _, stdin};
use std::os::fd::{AsFd as _, OwnedFd};
use std::thread;

use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;
use tokio::sync::oneshot;

/// Watches the terminal that keys come from.
pub struct HangUp {
    /// `None` where the system cannot watch it; there the signal has to do.
    gone: Option<oneshot::Receiver<()>>,
}

impl HangUp {
    /// Begins to watch, with a thread that sleeps until then.
    pub fn of_terminal() -> io::Result<Self> {
        let (tell, gone) = oneshot::channel();
        let terminal = match stdin().is_terminal() {
            true => stdin().as_fd().try_clone_to_owned()?,
            false => OwnedFd::from(File::open("/dev/tty")?),
        };
        thread::Builder::new()
            .name("hang-up".to_owned())
            .spawn(move || {
                if hangs_up(&terminal) {
                    // The loop may be over; then nobody wants to know.
                    let _ = tell.send(());
                }
            })?;
        Ok(Self { gone: Some(gone) })
    }

    /// Returns once the terminal is gone.
    pub async fn wait(&mut self) {
        if let Some(gone) = &mut self.gone
            && gone.await.is_ok()
        {
            return;
        }
        self.gone = None;
        pending().await
    }
}

/// Whether this is the error of a terminal that is gone.
pub fn is_gone(error: &io::Error) -> bool {
    error.raw_os_error() == Some(Errno::IO.raw_os_error())
}

/// Waits until a terminal is gone; false where the system cannot tell.
fn hangs_up(terminal: &OwnedFd) -> bool {
    loop {
        let mut watched = [PollFd::new(terminal, PollFlags::empty())];
        match poll(&mut watched, None) {
            Ok(_) if watched[0].revents().contains(PollFlags::HUP) => return true,
            Err(Errno::INTR) => {}
            _ => return false,
        }
    }
}
