//! What each source and each sink counts.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::Event;
use crate::redact::Gauge;
use crate::{Clean, Hit, INTERNAL_ERROR, Redactor};

/// The steps of the latency, in seconds.
pub(super) const STEPS: &[f64] = &[0.001, 0.005, 0.025, 0.1, 0.5, 2.5, 10.0, 60.0];

/// The counts of one part. They only ever grow.
#[derive(Default)]
pub(crate) struct Counts {
    /// Bytes as they came, before the rules.
    pub(crate) bytes_in: AtomicU64,
    /// Lines, messages or records that were handed on.
    pub(crate) records: AtomicU64,
    /// Clean bytes that were handed on.
    pub(crate) bytes_out: AtomicU64,
    /// What was lost: datagrams, records that could not be read. Each part says in its documentation what these are.
    pub(crate) drops: AtomicU64,
    /// What failed and was tried again.
    pub(crate) errors: AtomicU64,
    /// Bytes in the spool now, and records of it that were damaged.
    pub(super) spool: AtomicU64,
    pub(super) damaged: AtomicU64,
    /// From the last byte's coming to the sink's taking it: how many events within each of [`STEPS`], and how long in all.
    pub(super) latency: [AtomicU64; STEPS.len()],
    pub(super) micros: AtomicU64,
    pub(super) events: AtomicU64,
    hits: Mutex<BTreeMap<String, u64>>,
    sample: Mutex<Sample>,
}

/// What the sieve finds in a piece of the text now and then: it says what the rules have to do, and costs nothing.
#[derive(Default)]
pub(super) struct Sample {
    last: Option<Instant>,
    pub(super) bytes: u64,
    /// By their kind.
    pub(super) candidates: BTreeMap<&'static str, u64>,
}

/// Between two pieces, and how long one is at most.
const PAUSE: Duration = Duration::from_secs(1);
const PIECE: usize = 256 << 10;

impl Counts {
    /// So many raw bytes came.
    pub(crate) fn read(&self, bytes: usize) {
        self.bytes_in.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    /// These came, for these rules; now and then they are looked through for candidates.
    pub(super) fn look(&self, bytes: &[u8], redactor: impl FnOnce() -> Arc<Redactor>) {
        let mut sample = self.sample();
        if sample.last.is_some_and(|last| last.elapsed() < PAUSE) {
            return;
        }
        let (redactor, piece) = (redactor(), &bytes[..bytes.len().min(PIECE)]);
        let mut gauge = Gauge::new(&redactor);
        gauge.sift(piece);
        gauge.count();
        for (kind, count) in gauge.by_kind() {
            *sample.candidates.entry(kind).or_default() += count;
        }
        sample.bytes += piece.len() as u64;
        sample.last = Some(Instant::now());
    }

    /// What was sampled so far.
    pub(super) fn sample(&self) -> MutexGuard<'_, Sample> {
        self.sample.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// One more of `drops` or `errors`.
    pub(crate) fn one(&self, count: &AtomicU64) {
        count.fetch_add(1, Ordering::Relaxed);
    }

    /// An event leaves.
    pub(super) fn sent(&self, event: &Event) {
        self.records.fetch_add(event.count as u64, Ordering::Relaxed);
        self.bytes_out.fetch_add(event.body.len() as u64, Ordering::Relaxed);
    }

    /// A sink took an event.
    pub(super) fn taken(&self, event: &Event) {
        self.sent(event);
        let time = event.since.elapsed();
        for (count, step) in self.latency.iter().zip(STEPS) {
            count.fetch_add(u64::from(time.as_secs_f64() <= *step), Ordering::Relaxed);
        }
        self.micros.fetch_add(u64::try_from(time.as_micros()).unwrap_or(0), Ordering::Relaxed);
        self.one(&self.events);
    }

    /// How much is in the spool.
    pub(super) fn spooled(&self, bytes: u64, damaged: u64) {
        self.spool.store(bytes, Ordering::Relaxed);
        self.damaged.store(damaged, Ordering::Relaxed);
    }

    /// Counts the hits of a text.
    pub(crate) fn found(&self, redactor: &Redactor, clean: &Clean<'_>) {
        self.hit(redactor, clean.hits().iter().copied());
    }

    /// Counts hits.
    pub(crate) fn hit(&self, redactor: &Redactor, found: impl ExactSizeIterator<Item = Hit>) {
        if found.len() == 0 {
            return;
        }
        let mut hits = self.hits.lock().unwrap_or_else(PoisonError::into_inner);
        for hit in found {
            let other = if hit.rule == INTERNAL_ERROR { "internal-error" } else { "unfinished-line" };
            let name = redactor.rule(hit.rule).map_or(other, |rule| &*rule.id);
            match hits.get_mut(name) {
                Some(count) => *count += 1,
                None => drop(hits.insert(name.to_owned(), 1)),
            }
        }
    }

    /// The hits so far, by rule.
    pub(super) fn hits(&self) -> Vec<(String, u64)> {
        let hits = self.hits.lock().unwrap_or_else(PoisonError::into_inner);
        hits.iter().map(|(rule, count)| (rule.clone(), *count)).collect()
    }
}
