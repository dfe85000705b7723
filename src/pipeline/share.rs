//! Pieces of work that do not depend on each other, on several threads.

use std::sync::{Mutex, PoisonError};
use std::thread;

/// Does `work` on each item, on up to `threads` threads, this one among them. Items are taken as threads come free, so
/// what yields them need not know them all. Each thread makes a state of its own first.
pub(crate) fn share<T: Send, S>(
    threads: usize,
    items: impl Iterator<Item = T> + Send,
    state: impl Fn() -> S + Sync,
    work: impl Fn(&mut S, T) + Sync,
) {
    let items = Mutex::new(items);
    let busy = || {
        let mut own = state();
        loop {
            let item = items.lock().unwrap_or_else(PoisonError::into_inner).next();
            let Some(item) = item else { break };
            work(&mut own, item);
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
