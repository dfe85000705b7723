//! How far a run over many files is: a bar on a terminal, nothing elsewhere.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

/// The bar, or none. Copies are the same one.
#[derive(Clone, Default)]
pub(crate) struct Progress(Option<Arc<Shown>>);

struct Shown {
    bar: ProgressBar,
    /// Files that are to be expected; files and hits so far.
    expected: AtomicU64,
    files: AtomicU64,
    hits: AtomicU64,
}

/// A file that is under way: how much of it the bar has.
pub(crate) struct Way {
    shown: Option<Arc<Shown>>,
    bytes: AtomicU64,
    hits: AtomicU64,
}

const FORM: &str = "{elapsed_precise} [{bar:28}] {bytes}/{total_bytes} {bytes_per_sec}, {eta} left, {msg}";

impl Progress {
    /// A bar if `shown`, on standard error.
    pub(crate) fn new(shown: bool) -> Self {
        if shown { Self::on(ProgressBar::no_length()) } else { Self(None) }
    }

    fn on(bar: ProgressBar) -> Self {
        if let Ok(style) = ProgressStyle::with_template(FORM) {
            bar.set_style(style.progress_chars("=> "));
        }
        bar.enable_steady_tick(Duration::from_millis(250));
        let nothing = || AtomicU64::new(0);
        Self(Some(Arc::new(Shown { bar, expected: nothing(), files: nothing(), hits: nothing() })))
    }

    /// Whether anybody sees it.
    pub(crate) const fn is_shown(&self) -> bool {
        self.0.is_some()
    }

    /// So many files and bytes are to be expected.
    pub(crate) fn expect(&self, (files, bytes): (u64, u64)) {
        if let Some(shown) = &self.0 {
            shown.expected.store(files, Ordering::Relaxed);
            shown.bar.set_length(bytes);
        }
    }

    /// A file is begun with.
    pub(crate) fn begin(&self) -> Arc<Way> {
        Arc::new(Way { shown: self.0.clone(), bytes: AtomicU64::new(0), hits: AtomicU64::new(0) })
    }

    /// Says something without the bar in its way.
    pub(crate) fn aside(&self, say: impl FnOnce()) {
        match &self.0 {
            Some(shown) => shown.bar.suspend(say),
            None => say(),
        }
    }

    /// Takes it away.
    pub(crate) fn end(&self) {
        if let Some(shown) = &self.0 {
            shown.bar.finish_and_clear();
        }
    }
}

impl Way {
    /// Whether anybody sees it.
    pub(crate) const fn is_shown(&self) -> bool {
        self.shown.is_some()
    }

    /// The file was read up to there and has so many hits. What is read a second time counts once.
    pub(crate) fn reach(&self, bytes: u64, hits: u64) {
        let Some(shown) = &self.shown else { return };
        let more = |count: &AtomicU64, now: u64| now.saturating_sub(count.fetch_max(now, Ordering::Relaxed));
        shown.hits.fetch_add(more(&self.hits, hits), Ordering::Relaxed);
        shown.bar.inc(more(&self.bytes, bytes));
        shown.tell();
    }

    /// The file is done with, all of its bytes.
    pub(crate) fn end(&self, bytes: u64, hits: u64) {
        if let Some(shown) = &self.shown {
            shown.files.fetch_add(1, Ordering::Relaxed);
        }
        self.reach(bytes, hits);
    }
}

impl Shown {
    fn tell(&self) {
        let [files, expected, hits] = [&self.files, &self.expected, &self.hits].map(|n| n.load(Ordering::Relaxed));
        self.bar.set_message(format!("{files}/{expected} files, {hits} hits"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_moves_within_a_file_and_never_back() {
        let progress = Progress::on(ProgressBar::hidden());
        progress.expect((2, 150));
        let way = progress.begin();
        let bar = &progress.0.as_ref().unwrap().bar;
        // A look up to the first hit, then all of it from its beginning.
        let steps = [(40, 1, 40), (20, 0, 40), (80, 3, 80)];
        for (at, hits, want) in steps {
            way.reach(at, hits);
            assert_eq!(bar.position(), want);
        }
        assert_eq!(bar.message(), "0/2 files, 3 hits");
        way.end(100, 4);
        progress.begin().end(50, 0);
        assert_eq!((bar.position(), &*bar.message()), (150, "2/2 files, 4 hits"));
    }
}
