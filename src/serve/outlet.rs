//! The thread of a sink: takes events from its queue and puts them, in order, until they are taken.
//!
//! A sink that does not take an event is asked again after a while that grows. Meanwhile the queue fills, and then the
//! sources wait. Nothing is dropped, but for what is left when the service has to end and the time for that is over; that
//! is told, and its sources were never told that it arrived.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError};

use super::{Counts, Event, Halt, Sink, log};

/// Events that wait for a sink. One holds a few hundred KiB at most.
pub(super) const QUEUE: usize = 16;
/// How often a sink looks around.
const LOOK: Duration = Duration::from_secs(1);
/// The first wait after a failure, and the longest.
const FIRST: Duration = Duration::from_millis(100);
const LONGEST: Duration = Duration::from_secs(10);

/// A sink with its queue.
pub(super) struct Outlet {
    pub(super) name: String,
    pub(super) sink: Box<dyn Sink>,
    pub(super) queue: Receiver<Event>,
    pub(super) counts: Arc<Counts>,
    pub(super) halt: Halt,
    /// Set at SIGHUP.
    pub(super) refresh: Arc<AtomicBool>,
}

impl Outlet {
    /// Runs until the sources are gone and the queue is empty. Says how many events were not taken.
    pub(super) fn run(mut self) -> usize {
        let (mut looked, mut left) = (Instant::now(), 0);
        loop {
            let over = match self.queue.recv_timeout(LOOK) {
                Ok(first) => {
                    let mut events = vec![first];
                    events.extend(self.queue.try_iter().take(QUEUE));
                    left += self.deliver(&events);
                    false
                }
                Err(RecvTimeoutError::Timeout) => false,
                Err(RecvTimeoutError::Disconnected) => true,
            };
            let asked = self.refresh.swap(false, Ordering::Relaxed);
            if asked || looked.elapsed() >= LOOK {
                looked = Instant::now();
                let fresh = self.sink.refresh(asked);
                self.told(fresh.err());
            }
            if over {
                let finished = self.sink.finish();
                self.told(finished.err());
                return left;
            }
        }
    }

    /// Puts events until all are taken, or the time is over. Says how many were not.
    fn deliver(&mut self, events: &[Event]) -> usize {
        let (mut rest, mut wait, mut failing) = (events, FIRST, false);
        while !rest.is_empty() {
            let put = self.sink.put(rest);
            let taken = put.as_ref().map_or_else(|unfit| unfit.taken, |()| rest.len());
            for event in &rest[..taken] {
                self.counts.sent(event);
                event.ack.taken();
            }
            rest = &rest[taken..];
            let Err(unfit) = put else { break };
            self.counts.one(&self.counts.errors);
            if taken > 0 {
                (wait, failing) = (FIRST, false);
            }
            if !std::mem::replace(&mut failing, true) {
                log::warn(&self.name, &format!("{}; it is tried again", unfit.error));
            }
            if self.halt.is_over() {
                return rest.len();
            }
            std::thread::sleep(wait.min(if self.halt.is_asked() { FIRST } else { LONGEST }));
            wait = (wait * 2).min(LONGEST);
        }
        if failing {
            log::info(&self.name, "it takes events again");
        }
        0
    }

    fn told(&self, error: Option<std::io::Error>) {
        if let Some(error) = error {
            self.counts.one(&self.counts.errors);
            log::warn(&self.name, &error.to_string());
        }
    }
}
