//! What each source and each sink counts.

use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicU64, Ordering};

use super::Event;
use crate::{Clean, Hit, INTERNAL_ERROR, Redactor};

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
    hits: Mutex<std::collections::BTreeMap<String, u64>>,
}

impl Counts {
    /// So many raw bytes came.
    pub(crate) fn read(&self, bytes: usize) {
        self.bytes_in.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    /// One more of `drops` or `errors`.
    pub(crate) fn one(&self, count: &AtomicU64) {
        count.fetch_add(1, Ordering::Relaxed);
    }

    /// An event leaves.
    pub(super) fn sent(&self, event: &Event) {
        self.records.fetch_add(event.body.count() as u64, Ordering::Relaxed);
        self.bytes_out.fetch_add(event.body.len() as u64, Ordering::Relaxed);
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
