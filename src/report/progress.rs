//! How far a run over many files is: a bar on a terminal, nothing elsewhere.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

/// The bar, or none.
pub(crate) struct Progress {
    bar: Option<ProgressBar>,
    /// Files that are to be expected; files and hits so far.
    expected: AtomicU64,
    files: AtomicU64,
    hits: AtomicU64,
}

const FORM: &str = "{elapsed_precise} [{bar:28}] {bytes}/{total_bytes} {bytes_per_sec}, {eta} left, {msg}";

impl Progress {
    /// A bar if `shown`, on standard error.
    pub(crate) fn new(shown: bool) -> Self {
        let bar = shown.then(|| {
            let bar = ProgressBar::no_length();
            if let Ok(style) = ProgressStyle::with_template(FORM) {
                bar.set_style(style.progress_chars("=> "));
            }
            bar.enable_steady_tick(Duration::from_millis(250));
            bar
        });
        Self { bar, expected: AtomicU64::new(0), files: AtomicU64::new(0), hits: AtomicU64::new(0) }
    }

    /// Whether anybody sees it.
    pub(crate) const fn is_shown(&self) -> bool {
        self.bar.is_some()
    }

    /// So many files and bytes are to be expected.
    pub(crate) fn expect(&self, (files, bytes): (u64, u64)) {
        self.expected.store(files, Ordering::Relaxed);
        if let Some(bar) = &self.bar {
            bar.set_length(bytes);
        }
    }

    /// A file is done with.
    pub(crate) fn file(&self, bytes: u64, hits: u64) {
        let files = self.files.fetch_add(1, Ordering::Relaxed) + 1;
        let hits = self.hits.fetch_add(hits, Ordering::Relaxed) + hits;
        if let Some(bar) = &self.bar {
            bar.inc(bytes);
            bar.set_message(format!("{files}/{} files, {hits} hits", self.expected.load(Ordering::Relaxed)));
        }
    }

    /// Says something without the bar in its way.
    pub(crate) fn aside(&self, say: impl FnOnce()) {
        match &self.bar {
            Some(bar) => bar.suspend(say),
            None => say(),
        }
    }

    /// Takes it away.
    pub(crate) fn end(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
