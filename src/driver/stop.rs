//! Ending a run from outside, so that what is known of it stays: the request under way fails as aborted,
//! and the fetch ends as it does in a browser when the user leaves.

use tokio::sync::watch;

/// Ends the runs of one [`Network`](super::Network).
#[derive(Debug)]
pub struct Stop(watch::Sender<bool>);

/// What a network looks out for while it waits.
#[derive(Clone, Debug, Default)]
pub(super) struct Stopped(Option<watch::Receiver<bool>>);

impl Stop {
    pub(super) fn new() -> (Self, Stopped) {
        let (sender, receiver) = watch::channel(false);
        (Self(sender), Stopped(Some(receiver)))
    }

    /// Ends the request under way, and every later one as soon as it begins.
    pub fn now(&self) {
        self.0.send_replace(true);
    }
}

impl Stopped {
    /// Waits until it is stopped; for ever where nobody can stop it any more.
    pub(super) async fn wait(&self) {
        let Some(receiver) = &self.0 else {
            return std::future::pending().await;
        };
        if receiver.clone().wait_for(|stopped| *stopped).await.is_err() {
            std::future::pending().await
        }
    }
}
