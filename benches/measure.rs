//! Time that a busy machine does not move much: the thread's own, in paired rounds, of which the median counts.

use std::hint::black_box;
use std::time::Duration;

use cpu_time::ThreadTime;
use inkout::Redactor;

/// One way to take a text, block by block. What it returns keeps the work from being optimised away.
pub(crate) type Way<'a> = Box<dyn FnMut(&[u8]) -> usize + 'a>;

/// Rounds of each measurement; odd.
const ROUNDS: usize = 5;

/// Mebibytes of each corpus: `INKOUT_BENCH_MIB`, or 4.
pub(crate) fn mebibytes() -> usize {
    std::env::var("INKOUT_BENCH_MIB").ok().and_then(|n| n.parse().ok()).filter(|n| *n > 0).unwrap_or(4)
}

/// MB/s of each way over the same blocks: all ways take turns, so that what slows the machine slows them all.
pub(crate) fn paired(blocks: &[&[u8]], ways: &mut [Way<'_>]) -> Vec<f64> {
    let bytes: usize = blocks.iter().map(|b| b.len()).sum();
    let mut rates = vec![Vec::new(); ways.len()];
    for _ in 0..ROUNDS {
        for (way, rates) in ways.iter_mut().zip(&mut rates) {
            let time = thread_time(|| blocks.iter().map(|block| way(block)).sum::<usize>());
            rates.push(rate(bytes, time));
        }
    }
    rates.into_iter().map(median).collect()
}

/// The thread's time for `work`.
pub(crate) fn thread_time<T>(work: impl FnOnce() -> T) -> Duration {
    let begun = ThreadTime::now();
    black_box(work());
    begun.elapsed()
}

/// In MB/s.
pub(crate) fn rate(bytes: usize, time: Duration) -> f64 {
    bytes as f64 / 1e6 / time.as_secs_f64().max(1e-9)
}

pub(crate) fn median(mut all: Vec<f64>) -> f64 {
    all.sort_by(f64::total_cmp);
    all.get(all.len() / 2).copied().unwrap_or(f64::NAN)
}

/// The library, hits found and spliced out.
pub(crate) fn redact(redactor: &Redactor) -> Way<'_> {
    Box::new(|block| black_box(redactor.redact(block)).len())
}

/// The least that can be done: the bytes into another place.
pub(crate) fn memcpy() -> Way<'static> {
    let mut to = Vec::new();
    Box::new(move |block| {
        to.clear();
        to.extend_from_slice(block);
        black_box(&to).len()
    })
}
