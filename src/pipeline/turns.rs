//! Turns at the processor: more tasks may be under way than threads are to be busy, as some wait for the disk.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// So many may compute at once.
#[derive(Debug)]
pub(crate) struct Turns {
    free: Mutex<usize>,
    given_back: Condvar,
}

/// A turn; dropping it lets the next one in.
#[must_use]
#[derive(Debug)]
pub(crate) struct Turn<'t>(&'t Turns);

impl Turns {
    /// `at_once` of them, at least one.
    pub(crate) fn new(at_once: usize) -> Self {
        Self { free: Mutex::new(at_once.max(1)), given_back: Condvar::new() }
    }

    /// Waits for one.
    pub(crate) fn take(&self) -> Turn<'_> {
        let free = self.given_back.wait_while(self.lock(), |free| *free == 0);
        *free.unwrap_or_else(PoisonError::into_inner) -= 1;
        Turn(self)
    }

    fn lock(&self) -> MutexGuard<'_, usize> {
        self.free.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        *self.0.lock() += 1;
        self.0.given_back.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[test]
    fn no_more_than_there_are_turns_and_all_in_the_end() {
        let (turns, busy, done) = (Turns::new(2), AtomicUsize::new(0), AtomicUsize::new(0));
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    for _ in 0..50 {
                        let _turn = turns.take();
                        assert!(busy.fetch_add(1, Ordering::SeqCst) < 2);
                        std::thread::yield_now();
                        busy.fetch_sub(1, Ordering::SeqCst);
                        done.fetch_add(1, Ordering::SeqCst);
                    }
                });
            }
        });
        assert_eq!(done.into_inner(), 400);
    }
}
