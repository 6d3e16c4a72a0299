//! Waiting for answers that come at once without falling asleep: a server on the same machine answers
//! sooner than an idle processor is woken up.

use std::sync::atomic::{AtomicU32, Ordering};
use std::thread::available_parallelism;
use std::time::{Duration, Instant};

use tokio::sync::Notify;
use tokio::task::yield_now;

use crate::driver::Event;

/// How long is looked out after a request has left. To fall asleep and to be woken takes about as long.
const LONGEST: Duration = Duration::from_micros(60);

/// After nothing came in time, so many requests leave before it is tried again.
const PAUSE: u32 = 64;

/// Where more requests than these are under way, some answer is there most of the time.
const FEW: u32 = 8;

/// Looks out for the answers to what has just been sent.
#[derive(Debug, Default)]
pub(super) struct Lookout {
    sent: Notify,
    under_way: AtomicU32,
    answers: AtomicU32,
}

impl Lookout {
    /// Hears what a run does.
    pub(super) fn hear(&self, event: Event<'_>) {
        match event {
            Event::Sending { .. } => {
                self.under_way.fetch_add(1, Ordering::Relaxed);
                self.sent.notify_one();
            }
            Event::Answered { .. } => {
                self.under_way.fetch_sub(1, Ordering::Relaxed);
                self.answers.fetch_add(1, Ordering::Relaxed);
            }
            Event::Progress(_) => {}
        }
    }

    /// Keeps the runtime awake for a moment after each request, while answers come that soon; never ends.
    /// Where there is one processor only, a server on it needs that moment itself.
    pub(super) async fn keep(&self) {
        match available_parallelism() {
            Ok(processors) if processors.get() > 1 => self.look_out().await,
            _ => std::future::pending().await,
        }
    }

    async fn look_out(&self) {
        let mut pause = 0;
        loop {
            self.sent.notified().await;
            if pause > 0 {
                pause -= 1;
                continue;
            }
            let (before, until) = (self.answers(), Instant::now() + LONGEST);
            while self.answers() == before && self.under_way.load(Ordering::Relaxed) <= FEW {
                if Instant::now() > until {
                    pause = PAUSE;
                    break;
                }
                yield_now().await;
            }
        }
    }

    fn answers(&self) -> u32 {
        self.answers.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use std::pin::{Pin, pin};
    use std::sync::Arc;
    use std::sync::atomic::AtomicBool;
    use std::task::{Context, Wake};

    use url::Url;

    use super::*;
    use crate::engine::ExchangeKind;
    use crate::wire::{HeaderList, HttpRequest};

    #[derive(Default)]
    struct Woken(AtomicBool);

    impl Wake for Woken {
        fn wake(self: Arc<Self>) {
            self.0.store(true, Ordering::Relaxed);
        }
    }

    /// Whether it wants to be asked again at once.
    fn stays_awake(looking: Pin<&mut impl Future<Output = ()>>) -> bool {
        let woken = Arc::new(Woken::default());
        let waker = Arc::clone(&woken).into();
        assert!(looking.poll(&mut Context::from_waker(&waker)).is_pending());
        woken.0.load(Ordering::Relaxed)
    }

    fn send(lookout: &Lookout) {
        let request = HttpRequest {
            method: "GET".to_owned(),
            url: Url::parse("http://api.test/").unwrap(),
            headers: HeaderList::new(),
            body: Vec::new(),
        };
        lookout.hear(Event::Sending {
            exchange: 0,
            kind: ExchangeKind::Actual,
            request: &request,
        });
    }

    #[test]
    fn it_stays_awake_from_a_request_to_its_answer() {
        let lookout = Lookout::default();
        let mut looking = pin!(lookout.look_out());
        assert!(!stays_awake(looking.as_mut()));
        send(&lookout);
        assert!(stays_awake(looking.as_mut()));
        lookout.hear(Event::Answered { exchange: 0 });
        assert!(!stays_awake(looking.as_mut()));
    }

    #[test]
    fn after_a_slow_answer_it_sleeps_for_a_while() {
        let lookout = Lookout::default();
        let mut looking = pin!(lookout.look_out());
        send(&lookout);
        while stays_awake(looking.as_mut()) {}
        for _ in 0..PAUSE {
            lookout.hear(Event::Answered { exchange: 0 });
            send(&lookout);
            assert!(!stays_awake(looking.as_mut()));
        }
        lookout.hear(Event::Answered { exchange: 0 });
        send(&lookout);
        assert!(stays_awake(looking.as_mut()));
    }

    #[test]
    fn among_many_requests_it_sleeps() {
        let lookout = Lookout::default();
        let mut looking = pin!(lookout.look_out());
        for _ in 0..=FEW {
            send(&lookout);
        }
        assert!(!stays_awake(looking.as_mut()));
    }
}
