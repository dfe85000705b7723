//! Pieces of work that do not depend on each other, on several threads.

use std::sync::{Mutex, PoisonError};
use std::thread;

/// Does `work` on each item, on up to `threads` threads. Items are taken as threads come free, so what yields them
/// need not know them all.
pub(crate) fn share<T, I>(threads: usize, items: I, work: impl Fn(T) + Sync)
where
    T: Send,
    I: Iterator<Item = T> + Send,
{
    let items = Mutex::new(items);
    let busy = || {
        loop {
            let item = items.lock().unwrap_or_else(PoisonError::into_inner).next();
            let Some(item) = item else { break };
            work(item);
        }
    };
    thread::scope(|scope| {
        for _ in 1..threads {
            // With fewer threads than wished for it is only slower.
            drop(thread::Builder::new().name("files".to_owned()).spawn_scoped(scope, busy));
        }
        busy();
    });
}
