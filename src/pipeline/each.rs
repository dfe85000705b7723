//! Many tasks on a few threads, their results in the order of the tasks.

use std::collections::BTreeMap;
use std::sync::{Condvar, Mutex, PoisonError};

use super::share;

/// How far the tasks may run ahead of the oldest that is not done, so that few results wait.
const AHEAD: usize = 256;

/// Where results wait for their turn.
struct Desk<R, K> {
    waiting: BTreeMap<usize, R>,
    /// The number of the result that is due.
    due: usize,
    take: K,
}

impl<R, K: FnMut(R)> Desk<R, K> {
    fn hand_in(&mut self, number: usize, result: R) {
        self.waiting.insert(number, result);
        while let Some(result) = self.waiting.remove(&self.due) {
            self.due += 1;
            (self.take)(result);
        }
    }
}

/// Does `work` with each of `tasks` on `threads` threads, as [`share`] does, and gives the results to `take` in the
/// order of the tasks.
pub(crate) fn each<T: Send, R: Send, S>(
    threads: usize,
    tasks: impl Iterator<Item = T> + Send,
    state: impl Fn() -> S + Sync,
    work: impl Fn(&mut S, T) -> R + Sync,
    take: impl FnMut(R) + Send,
) {
    let desk = Mutex::new(Desk { waiting: BTreeMap::new(), due: 0, take });
    let moved = Condvar::new();
    let lock = || desk.lock().unwrap_or_else(PoisonError::into_inner);
    // Whoever is to do the task that is due has it already, so it is never waited for in vain.
    let in_time = tasks.enumerate().inspect(|(number, _)| {
        drop(moved.wait_while(lock(), |desk| *number >= desk.due + AHEAD));
    });
    share(threads, in_time, state, |own, (number, task)| {
        let result = work(own, task);
        lock().hand_in(number, result);
        moved.notify_all();
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_in_order() {
        for threads in [1, 4] {
            let mut out = Vec::new();
            let work = |made: &mut u32, n: u32| {
                *made += 1;
                // The odd ones take longer.
                std::hint::black_box((0..(n % 2) * 1000).sum::<u32>());
                n
            };
            each(threads, 0..2000, || 0, work, |n| out.push(n));
            assert!(out.iter().copied().eq(0..2000), "{threads}");
        }
    }
}
