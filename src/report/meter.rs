//! Counts of a run, kept while it runs and readable from another thread at any time.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use super::Stats;
use crate::catalogue::allow::Use;
use crate::catalogue::rule::Text;
use crate::{Clean, INTERNAL_ERROR, Redactor, UNFINISHED};

/// The counts.
pub(crate) struct Meter {
    started: Instant,
    bytes_in: AtomicU64,
    bytes_out: AtomicU64,
    /// Lines are a second look at every byte, so they are only counted when asked for.
    lines: Option<AtomicU64>,
    hits: Mutex<Hits>,
    names: Arc<[Text]>,
    allowed: Arc<[Use]>,
}

#[derive(Clone)]
struct Hits {
    rules: Box<[u64]>,
    internal: u64,
    unfinished: u64,
}

impl Meter {
    /// All at nothing, for the rules of `redactor`.
    pub(crate) fn new(redactor: &Redactor, lines: bool) -> Self {
        let names: Arc<[Text]> = redactor.names().collect();
        Self {
            started: Instant::now(),
            bytes_in: AtomicU64::new(0),
            bytes_out: AtomicU64::new(0),
            lines: lines.then(|| AtomicU64::new(0)),
            hits: Mutex::new(Hits { rules: vec![0; names.len()].into(), internal: 0, unfinished: 0 }),
            names,
            allowed: redactor.allow_uses(),
        }
    }

    /// All at nothing again, for the same rules.
    pub(crate) fn another(&self) -> Self {
        Self {
            started: Instant::now(),
            bytes_in: AtomicU64::new(0),
            bytes_out: AtomicU64::new(0),
            lines: self.lines.as_ref().map(|_| AtomicU64::new(0)),
            hits: Mutex::new(Hits { rules: vec![0; self.names.len()].into(), internal: 0, unfinished: 0 }),
            names: Arc::clone(&self.names),
            allowed: Arc::clone(&self.allowed),
        }
    }

    /// Adds what another one counted.
    pub(crate) fn add(&self, other: &Self) {
        let stats = other.counts().clone();
        self.read(other.bytes_in.load(Ordering::Relaxed) as usize);
        self.written(other.bytes_out.load(Ordering::Relaxed));
        if let (Some(lines), Some(more)) = (&self.lines, &other.lines) {
            lines.fetch_add(more.load(Ordering::Relaxed), Ordering::Relaxed);
        }
        let mut hits = self.counts();
        hits.rules.iter_mut().zip(&stats.rules).for_each(|(sum, more)| *sum += more);
        hits.internal += stats.internal;
        hits.unfinished += stats.unfinished;
    }

    /// So many bytes were read.
    pub(crate) fn read(&self, bytes: usize) {
        self.bytes_in.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    /// A piece of text is about to leave. Counted before, so that who has seen the text can ask for its hits.
    pub(crate) fn found(&self, clean: &Clean<'_>) {
        if let Some(lines) = &self.lines {
            lines.fetch_add(clean.newlines() as u64, Ordering::Relaxed);
        }
        if clean.hits().is_empty() {
            return;
        }
        let mut hits = self.counts();
        for hit in clean.hits() {
            if hit.rule == INTERNAL_ERROR {
                hits.internal += 1;
            } else if hit.rule == UNFINISHED {
                hits.unfinished += 1;
            } else if let Some(count) = hits.rules.get_mut(hit.rule.index()) {
                *count += 1;
            }
        }
    }

    /// So many bytes were written.
    pub(crate) fn written(&self, bytes: u64) {
        self.bytes_out.fetch_add(bytes, Ordering::Relaxed);
    }

    /// How many bytes were read.
    pub(crate) fn bytes_in(&self) -> u64 {
        self.bytes_in.load(Ordering::Relaxed)
    }

    /// How many bytes were written.
    pub(crate) fn bytes_out(&self) -> u64 {
        self.bytes_out.load(Ordering::Relaxed)
    }

    /// How many hits there were.
    pub(crate) fn hits(&self) -> u64 {
        let hits = self.counts();
        hits.rules.iter().sum::<u64>() + hits.unfinished
    }

    /// How many lines were blacked out because the matcher failed.
    pub(crate) fn internal_errors(&self) -> u64 {
        self.counts().internal
    }

    /// As it stands now.
    pub(crate) fn stats(&self) -> Stats {
        let hits = self.counts().clone();
        let counted = self.names.iter().map(|name| name.to_string()).zip(hits.rules).filter(|(_, count)| *count > 0);
        Stats {
            bytes_in: self.bytes_in.load(Ordering::Relaxed),
            bytes_out: self.bytes_out.load(Ordering::Relaxed),
            lines: self.lines.as_ref().map(|lines| lines.load(Ordering::Relaxed)),
            rules: counted.collect(),
            allowed: self.allowed.iter().filter(|u| u.count() > 0).map(|u| (u.name.clone(), u.count())).collect(),
            internal_errors: hits.internal,
            unfinished_lines: hits.unfinished,
            seconds: self.started.elapsed().as_secs_f64(),
        }
    }

    fn counts(&self) -> MutexGuard<'_, Hits> {
        self.hits.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
