//! What a source sees of the rest: the rules in force, where its events go, and whether it is to end.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use crossbeam_channel::{SendTimeoutError, Sender};

use super::{Counts, Event, Halt};
use crate::Redactor;

/// The rules in force, for everyone who asks; swapped at SIGHUP.
pub(crate) type Rules = Arc<RwLock<Arc<Redactor>>>;

/// A source's side.
#[derive(Clone)]
pub(crate) struct Intake {
    rules: Rules,
    sinks: Vec<Sender<Event>>,
    halt: Halt,
    counts: Arc<Counts>,
}

impl Intake {
    /// For a source whose events go to `sinks`.
    pub(super) fn new(rules: Rules, sinks: Vec<Sender<Event>>, halt: Halt, counts: Arc<Counts>) -> Self {
        Self { rules, sinks, halt, counts }
    }

    /// The rules in force. Ask again for each message, or at least where nothing is open: they may have been swapped.
    pub(crate) fn redactor(&self) -> Arc<Redactor> {
        Arc::clone(&self.rules.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Whether the source is to end.
    pub(crate) fn halt(&self) -> &Halt {
        &self.halt
    }

    /// What this source counts.
    pub(crate) fn counts(&self) -> &Counts {
        &self.counts
    }

    /// Raw bytes came.
    pub(crate) fn came(&self, bytes: &[u8]) {
        self.counts.read(bytes.len());
        self.looked(bytes);
    }

    /// Raw bytes came that are counted already.
    pub(crate) fn looked(&self, bytes: &[u8]) {
        self.counts.look(bytes, || self.redactor());
    }

    /// Hands an event to each of the sinks; waits while one of them has too many. Says no when the sinks are gone, or
    /// when it waited until the end of all: then the source ends.
    #[must_use]
    pub(crate) fn send(&self, event: Event) -> bool {
        event.ack.of_sinks(self.sinks.len());
        self.counts.sent(&event);
        let Some((last, others)) = self.sinks.split_last() else { return false };
        others.iter().all(|sink| self.hand(sink, event.clone())) && self.hand(last, event)
    }

    fn hand(&self, sink: &Sender<Event>, event: Event) -> bool {
        const LOOK: Duration = Duration::from_millis(100);
        let mut event = event;
        loop {
            match sink.send_timeout(event, LOOK) {
                Ok(()) => return true,
                Err(SendTimeoutError::Timeout(back)) if !self.halt.is_over() => event = back,
                Err(_) => return false,
            }
        }
    }
}
