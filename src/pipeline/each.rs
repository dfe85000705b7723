//! Many tasks on a few threads, their results in the order of the tasks.

use std::collections::BTreeMap;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

/// How far the tasks may run ahead of the oldest that is not done, so that few results wait.
const AHEAD: usize = 256;

struct Desk<T, R, K> {
    tasks: T,
    next: usize,
    /// Results that wait for an older one.
    waiting: BTreeMap<usize, R>,
    /// The number of the result that is due.
    due: usize,
    take: K,
}

/// Does `work` with each of `tasks` on `threads` threads, this one among them, and gives the results to `take` in the
/// order of the tasks. Each thread makes a state of its own first.
pub(crate) fn each<T: Send, R: Send, S>(
    threads: usize,
    tasks: impl Iterator<Item = T> + Send,
    state: impl Fn() -> S + Sync,
    work: impl Fn(&mut S, T) -> R + Sync,
    take: impl FnMut(R) + Send,
) {
    let desk = Mutex::new(Desk { tasks, next: 0, waiting: BTreeMap::new(), due: 0, take });
    let moved = Condvar::new();
    let lock = || desk.lock().unwrap_or_else(PoisonError::into_inner);
    let labour = || {
        let mut own = state();
        loop {
            let ahead = |desk: &mut Desk<_, R, _>| desk.next >= desk.due + AHEAD;
            let mut open = moved.wait_while(lock(), ahead).unwrap_or_else(PoisonError::into_inner);
            let Some(task) = open.tasks.next() else { break };
            let number = open.next;
            open.next += 1;
            drop(open);
            let result = work(&mut own, task);
            hand_in(lock(), number, result);
            moved.notify_all();
        }
    };
    thread::scope(|scope| {
        for _ in 1..threads {
            // With fewer threads than wished for it is only slower.
            drop(thread::Builder::new().name("scan".to_owned()).spawn_scoped(scope, labour));
        }
        labour();
    });
}

fn hand_in<T, R, K: FnMut(R)>(mut desk: MutexGuard<'_, Desk<T, R, K>>, number: usize, result: R) {
    let desk = &mut *desk;
    desk.waiting.insert(number, result);
    while let Some(result) = desk.waiting.remove(&desk.due) {
        desk.due += 1;
        (desk.take)(result);
    }
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
