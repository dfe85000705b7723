//! What a source sees of the rest: the rules in force, where its events go, and whether it is to end.

use std::sync::{Arc, PoisonError, RwLock};

use crossbeam_channel::Sender;

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

    /// Hands an event to each of the sinks; waits while one of them has too many. Says no when the sinks are gone: then
    /// the source ends.
    #[must_use]
    pub(crate) fn send(&self, event: Event) -> bool {
        event.ack.of_sinks(self.sinks.len());
        self.counts.sent(&event);
        let Some((last, others)) = self.sinks.split_last() else { return false };
        others.iter().all(|sink| sink.send(event.clone()).is_ok()) && last.send(event).is_ok()
    }

    /// Whether every sink would take an event without waiting: for a source that has to drop otherwise, as UDP has.
    pub(crate) fn has_room(&self) -> bool {
        self.sinks.iter().all(|sink| !sink.is_full())
    }
}
