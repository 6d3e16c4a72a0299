//! How many requests are open at once, so that a slow server holds up nobody but those who asked it.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::sync::{AcquireError, OwnedSemaphorePermit, Semaphore};

/// How many requests are at work at once: more make nothing faster.
const AT_WORK: usize = 16;

/// How many are open at once, those that wait for slow servers included.
const OPEN: usize = 1000;

/// How long a request is at work. From then on it is slow.
const PATIENCE: Duration = Duration::from_millis(500);

/// File descriptors for what is no open request: connections that are kept, standard streams, files.
const OTHER_DESCRIPTORS: u64 = 320;

/// The places of requests. One that is open takes up memory and a connection; one at work, the processor
/// and the patience of servers as well.
#[derive(Debug)]
pub(super) struct Places {
    open: Arc<Semaphore>,
    /// Of those that are open; `None` where all may be.
    at_work: Option<Semaphore>,
    most_at_work: usize,
    patience: Duration,
}

/// The place of one open request.
#[derive(Debug)]
pub(super) struct Place(OwnedSemaphorePermit);

impl Places {
    /// As many as `jobs` and no more. Where nothing is said, requests to slow servers are beside those
    /// at work, as far as the system lets files be open.
    pub(super) fn new(jobs: Option<u16>) -> Self {
        match jobs {
            Some(jobs) => Self::of(jobs.into(), jobs.into(), PATIENCE),
            None => Self::of(AT_WORK, room_for(OPEN), PATIENCE),
        }
    }

    fn of(at_work: usize, open: usize, patience: Duration) -> Self {
        Self {
            open: Arc::new(Semaphore::new(open)),
            at_work: (at_work < open).then(|| Semaphore::new(at_work)),
            most_at_work: at_work,
            patience,
        }
    }

    /// How many are at work at most.
    pub(super) fn most_at_work(&self) -> usize {
        self.most_at_work
    }

    /// Waits for a place.
    pub(super) async fn take(&self) -> Result<Place, AcquireError> {
        let open = Arc::clone(&self.open).acquire_owned().await?;
        Ok(Place(open))
    }

    /// Runs `request` when it is its turn. Once it is slow others go to work beside it, and `slow` is told.
    pub(super) async fn work<T>(
        &self,
        Place(open): Place,
        request: impl Future<Output = T>,
        slow: impl FnOnce(),
    ) -> Result<T, AcquireError> {
        let Some(at_work) = &self.at_work else {
            let done = request.await;
            drop(open);
            return Ok(done);
        };
        let turn = at_work.acquire().await?;
        let mut request = pin!(request);
        let done = match tokio::time::timeout(self.patience, request.as_mut()).await {
            Ok(done) => done,
            Err(_) => {
                drop(turn);
                slow();
                request.await
            }
        };
        drop(open);
        Ok(done)
    }
}

/// At most `requests`, or as many as there may be file descriptors for. The limit that the system sets at
/// first is raised as far as it takes.
fn room_for(requests: usize) -> usize {
    let wanted = requests as u64 + OTHER_DESCRIPTORS;
    let limits = getrlimit(Resource::Nofile);
    let had = limits.current.unwrap_or(u64::MAX);
    let most = limits.maximum.map_or(wanted, |most| most.min(wanted));
    let raised = Rlimit {
        current: Some(most),
        ..limits
    };
    let now = if had < most && setrlimit(Resource::Nofile, raised).is_ok() {
        most
    } else {
        had
    };
    let room = usize::try_from(now.saturating_sub(OTHER_DESCRIPTORS)).unwrap_or(requests);
    room.clamp(AT_WORK, requests)
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};
    use std::pin::Pin;
    use std::task::{Context, Poll, Waker};

    use super::*;

    fn poll<T>(future: Pin<&mut impl Future<Output = T>>) -> Poll<T> {
        future.poll(&mut Context::from_waker(Waker::noop()))
    }

    /// What comes of a second request while a first hangs, once that is slow where `slow`.
    fn beside_a_hanging_one(places: &Places, slow: bool) -> Poll<u8> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()
            .unwrap();
        runtime.block_on(async {
            let told = tokio::sync::Notify::new();
            let hanging = async {
                let place = places.take().await.unwrap();
                let slow = || told.notify_one();
                places.work(place, pending::<u8>(), slow).await.unwrap()
            };
            let second = async {
                let place = places.take().await.unwrap();
                places.work(place, ready(7), || ()).await.unwrap()
            };
            let (mut hanging, mut second) = (pin!(hanging), pin!(second));
            if slow {
                tokio::select! {
                    _ = &mut hanging => {}
                    () = told.notified() => {}
                }
            }
            assert!(poll(hanging.as_mut()).is_pending());
            poll(second.as_mut())
        })
    }

    #[test]
    fn a_slow_request_makes_room_for_others() {
        let places = Places::of(1, 2, Duration::ZERO);
        assert_eq!(beside_a_hanging_one(&places, true), Poll::Ready(7));
    }

    #[test]
    fn one_that_may_still_be_answered_soon_makes_none() {
        let places = Places::of(1, 2, Duration::from_secs(3600));
        assert!(beside_a_hanging_one(&places, false).is_pending());
    }

    #[test]
    fn no_more_are_open_than_there_are_places() {
        let places = Places::of(1, 1, Duration::ZERO);
        assert!(beside_a_hanging_one(&places, true).is_pending());
    }

    #[test]
    fn what_the_user_says_is_the_limit() {
        let places = Places::new(Some(3));
        assert_eq!(places.most_at_work(), 3);
        assert_eq!(places.open.available_permits(), 3);
        assert!(Places::new(None).open.available_permits() >= AT_WORK);
    }
}
