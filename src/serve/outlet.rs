//! The thread of a sink: takes events from its queue and puts them, in order, until they are taken.
//!
//! A sink that does not take an event is asked again after a while that grows. Meanwhile the events go to its spool, where
//! it has one, and once that is full, or where it has none, the queue fills and the sources wait. Nothing is dropped, but
//! for what is left when the service has to end and the time for that is over; that is told, and its sources were never
//! told that it arrived.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError};

use super::spool::Spool;
use super::{Counts, Event, Halt, Sink, log, machine};

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
    pub(super) spool: Option<Spool>,
    pub(super) queue: Receiver<Event>,
    pub(super) counts: Arc<Counts>,
    pub(super) halt: Halt,
    /// Set at SIGHUP.
    pub(super) refresh: Arc<AtomicBool>,
    pub(super) patience: Patience,
}

/// When a sink that failed is asked again.
#[derive(Default)]
pub(super) struct Patience {
    next: Option<Instant>,
    wait: Duration,
}

impl Patience {
    /// Within `wait`, but not in its first half. Many that lost the same server do not come back to it all at once.
    fn after(wait: Duration) -> Self {
        let share = u32::from(machine::random::<1>().map_or(u8::MAX, |[byte]| byte));
        Self { next: Some(Instant::now() + wait / 2 + wait / 512 * share), wait }
    }
}

/// How many of the events that a sink was given are out of our hands. The source hears of each at once: what a slow peer
/// has acknowledged is noted while it is still busy with the rest.
pub(crate) struct Taken<'e> {
    events: &'e [Event],
    counts: &'e Counts,
    count: usize,
}

impl<'e> Taken<'e> {
    /// None of them yet.
    pub(super) const fn of(events: &'e [Event], counts: &'e Counts) -> Self {
        Self { events, counts, count: 0 }
    }

    /// So many, from the front.
    pub(crate) fn up_to(&mut self, count: usize) {
        for event in &self.events[self.count.min(count)..count] {
            self.counts.taken(event);
            event.ack.taken();
        }
        self.count = self.count.max(count);
    }

    /// How many it is.
    pub(crate) const fn count(&self) -> usize {
        self.count
    }
}

impl Outlet {
    /// Runs until the sources are gone and the queue is empty. Says how many events were not taken.
    pub(super) fn run(mut self) -> usize {
        let (mut looked, mut left) = (Instant::now(), 0);
        loop {
            let over = match self.queue.recv_timeout(self.time()) {
                Ok(first) => {
                    let mut events = vec![first];
                    events.extend(self.queue.try_iter().take(QUEUE));
                    left += self.deliver(&events);
                    false
                }
                Err(RecvTimeoutError::Timeout) => false,
                Err(RecvTimeoutError::Disconnected) => true,
            };
            self.drain();
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

    /// How long there is nothing to do but to wait for events.
    fn time(&self) -> Duration {
        match (&self.spool, self.patience.next) {
            (Some(spool), next) if !spool.is_empty() => {
                next.map_or(Duration::ZERO, |next| next.saturating_duration_since(Instant::now())).min(LOOK)
            }
            _ => LOOK,
        }
    }

    /// Gets events out of our hands, into the sink or its spool. Says how many were not before the time was over.
    fn deliver(&mut self, events: &[Event]) -> usize {
        let mut rest = events;
        loop {
            let taken = if self.spool.as_ref().is_some_and(|spool| !spool.is_empty()) { 0 } else { self.put(rest) };
            rest = &rest[taken..];
            rest = &rest[self.keep(rest)..];
            if rest.is_empty() {
                return 0;
            }
            if self.halt.is_over() {
                return rest.len();
            }
            let longest = if self.halt.is_asked() { FIRST } else { LONGEST };
            let next = self.patience.next.map_or(FIRST, |next| next.saturating_duration_since(Instant::now()));
            std::thread::sleep(next.min(longest));
            self.drain();
        }
    }

    /// Puts events into the sink, if it is time to. Says how many it took.
    fn put(&mut self, events: &[Event]) -> usize {
        if events.is_empty() || !self.is_due() {
            return 0;
        }
        let mut taken = Taken::of(events, &self.counts);
        let put = self.sink.put(events, &mut taken);
        if put.is_ok() {
            taken.up_to(events.len());
        }
        let taken = taken.count;
        self.judge(put, taken);
        taken
    }

    fn is_due(&self) -> bool {
        self.patience.next.is_none_or(|next| Instant::now() >= next) || self.halt.is_asked()
    }

    fn judge(&mut self, put: io::Result<()>, taken: usize) {
        let failed = self.patience.next.is_some();
        let Err(error) = put else {
            if failed {
                log::info(&self.name, "it takes events again");
            }
            self.patience = Patience::default();
            return;
        };
        self.counts.one(&self.counts.errors);
        if !failed {
            log::warn(&self.name, &format!("{error}; it is tried again"));
        }
        self.postpone(taken > 0);
    }

    /// Something failed. The next try is later than the last one was, unless that moved something.
    fn postpone(&mut self, moved: bool) {
        let failed = self.patience.next.is_some() && !moved;
        let longer = if failed { self.patience.wait * 2 } else { FIRST };
        self.patience = Patience::after(longer.min(LONGEST));
    }

    /// Puts events into the spool. Says how many have room there.
    fn keep(&mut self, events: &[Event]) -> usize {
        let Some(spool) = &mut self.spool else { return 0 };
        let (mut kept, mut wrong) = (0, None);
        for event in events {
            match spool.push(event) {
                Ok(true) => kept += 1,
                Ok(false) => break,
                Err(error) => {
                    wrong = Some(error);
                    break;
                }
            }
        }
        let synced = if kept > 0 { spool.sync() } else { Ok(()) };
        if synced.is_ok() {
            events[..kept].iter().for_each(|event| event.ack.taken());
        }
        self.counts.spooled(spool.used(), spool.damaged);
        self.told(wrong.or(synced.err()).map(of_spool));
        kept
    }

    /// Empties the spool, as far as the sink takes it.
    fn drain(&mut self) {
        /// Batches before new events have their turn: the spool empties much faster than it fills.
        const TURN: usize = 8;
        for _ in 0..TURN {
            if !self.is_due() {
                return;
            }
            let Some(spool) = self.spool.as_mut().filter(|spool| !spool.is_empty()) else { return };
            let (events, places): (Vec<_>, Vec<_>) = match spool.peek() {
                Ok(found) => found.into_iter().unzip(),
                Err(error) => {
                    self.postpone(false);
                    return self.told(Some(of_spool(error)));
                }
            };
            let taken = self.put(&events);
            let Some(spool) = &mut self.spool else { return };
            let advanced = if taken > 0 { spool.advance(places[taken - 1]) } else { Ok(()) };
            self.counts.spooled(spool.used(), spool.damaged);
            self.told(advanced.err().map(of_spool));
            if taken < events.len() {
                return;
            }
        }
    }

    fn told(&self, error: Option<io::Error>) {
        if let Some(error) = error {
            self.counts.one(&self.counts.errors);
            log::warn(&self.name, &error.to_string());
        }
    }
}

/// Says whose error it is.
fn of_spool(error: io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("spool: {error}"))
}
