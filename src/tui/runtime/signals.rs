//! The signals that end the program, stop it and let it go on.

use tokio::signal::unix::{Signal, SignalKind, signal};

/// What a signal asks for.
pub(super) enum Signalled {
    /// To end, with the number of the signal.
    End(i32),
    /// To stop until further notice.
    Suspend,
    /// To go on, after a stop that nobody told of.
    Continue,
}

/// The signals that are listened to.
pub(super) struct Signals {
    terminate: Signal,
    hang_up: Signal,
    interrupt: Signal,
    suspend: Signal,
    go_on: Signal,
}

impl Signals {
    pub(super) fn new() -> std::io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            hang_up: signal(SignalKind::hangup())?,
            interrupt: signal(SignalKind::interrupt())?,
            suspend: signal(kind(rustix::process::Signal::TSTP))?,
            go_on: signal(kind(rustix::process::Signal::CONT))?,
        })
    }

    /// Takes no notice of Ctrl-C that was typed for whoever had the terminal.
    pub(super) async fn forget_interrupts(&mut self) {
        // What came before now is known after the driver's next turn.
        tokio::task::yield_now().await;
        loop {
            tokio::select! {
                biased;
                _ = self.interrupt.recv() => {}
                () = std::future::ready(()) => return,
            }
        }
    }

    /// What the next one asks for.
    pub(super) async fn next(&mut self) -> Signalled {
        let kind = tokio::select! {
            _ = self.terminate.recv() => SignalKind::terminate(),
            _ = self.hang_up.recv() => SignalKind::hangup(),
            _ = self.interrupt.recv() => SignalKind::interrupt(),
            _ = self.suspend.recv() => return Signalled::Suspend,
            _ = self.go_on.recv() => return Signalled::Continue,
        };
        Signalled::End(kind.as_raw_value())
    }
}

/// Stops this process alone, without a word to the terminal, which is somebody else's.
pub(super) fn stop() {
    let own = rustix::process::getpid();
    // It may always stop itself.
    let _ = rustix::process::kill_process(own, rustix::process::Signal::STOP);
}

fn kind(signal: rustix::process::Signal) -> SignalKind {
    SignalKind::from_raw(signal.as_raw())
}
