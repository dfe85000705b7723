//! Needle windows in buckets: what the vector code asks of some neighbouring bytes at once.
//!
//! A bucket holds windows of `S` bytes. For each of their places it knows, as two tables over the byte's high and low
//! half, which bytes may stand there; a place of the text where all agree may begin one of its windows. With few and
//! similar windows to a bucket that is seldom wrong, and each place costs two table look-ups for eight buckets. This is
//! the filter of "Teddy" (Geoffrey Langdale, Hyperscan), with windows chosen for rarity and buckets for likeness.

use std::cmp::Reverse;

use crate::catalogue::literal::{Unit, share};

/// Sets of eight buckets, which are one bit each of a byte.
pub(super) const SETS: usize = 2;
const BUCKETS: usize = 8 * SETS;

/// A window: a place that is `None` takes any byte.
pub(super) type Window<const S: usize> = [Option<Unit>; S];

/// The tables of all buckets.
#[derive(Debug)]
pub(super) struct Buckets<const S: usize> {
    /// By place and set: for each low half of a byte, the buckets that may have it.
    pub(super) low: [[[u8; 16]; SETS]; S],
    /// The same for the high half.
    pub(super) high: [[[u8; 16]; SETS]; S],
}

impl<const S: usize> Buckets<S> {
    /// Spreads the windows over the buckets so that wrong places are few.
    pub(super) fn new(windows: &[Window<S>]) -> Self {
        let mut tables = Self { low: [[[0; 16]; SETS]; S], high: [[[0; 16]; SETS]; S] };
        for (i, bucket) in spread(windows).iter().enumerate() {
            let (set, bit) = (i / 8, i % 8);
            for place in 0..S {
                for half in 0..16 {
                    tables.low[place][set][half] |= u8::from(bucket.low[place] >> half & 1 == 1) << bit;
                    tables.high[place][set][half] |= u8::from(bucket.high[place] >> half & 1 == 1) << bit;
                }
            }
        }
        tables
    }

    /// The buckets that may have `byte` at `place`: what the vector code reads from both tables, for one byte.
    pub(super) fn with(&self, place: usize, byte: u8) -> u16 {
        const { assert!(BUCKETS <= 16) };
        let both =
            |set: usize| self.low[place][set][usize::from(byte & 15)] & self.high[place][set][usize::from(byte >> 4)];
        (0..SETS).fold(0, |buckets, set| buckets | u16::from(both(set)) << (8 * set))
    }
}

/// Puts each window where it adds least to what the buckets take by mistake, the common ones first.
fn spread<const S: usize>(windows: &[Window<S>]) -> [Bucket<S>; BUCKETS] {
    let shares = Shares::new();
    let rarity = |w: &Window<S>| w.iter().flatten().map(|u| share(*u)).product::<f64>();
    // Positive numbers are ordered as their bits are.
    let mut order: Vec<(Reverse<u64>, &Window<S>)> =
        windows.iter().map(|w| (Reverse(rarity(w).to_bits()), w)).collect();
    order.sort_unstable();
    order.dedup();
    let mut all: [Bucket<S>; BUCKETS] =
        std::array::from_fn(|_| Bucket { low: [0; S], high: [0; S], shares: [NONE; S], cost: 0.0 });
    for (_, window) in order {
        let halves = window.map(halves);
        let worse: [f32; BUCKETS] = std::array::from_fn(|i| all[i].cost_with(&halves, &shares) - all[i].cost);
        let best = (0..BUCKETS).min_by(|a, b| worse[*a].total_cmp(&worse[*b])).unwrap_or(0);
        all[best].add(&halves, &shares);
    }
    all
}

/// By place, the low and high halves that its windows have.
#[derive(Debug)]
struct Bucket<const S: usize> {
    low: [u16; S],
    high: [u16; S],
    /// By place, the share of bytes that it takes.
    shares: [f32; S],
    /// Expected share of places that it takes.
    cost: f32,
}

impl<const S: usize> Bucket<S> {
    /// The sets of a place with a window's, and the share of bytes in both.
    fn place(&self, place: usize, (low, high): (u16, u16), shares: &Shares) -> (u16, u16, f32) {
        let (low, high) = (self.low[place] | low, self.high[place] | high);
        let same = (low, high) == (self.low[place], self.high[place]);
        (low, high, if same { self.shares[place] } else { shares.taken(low, high) })
    }

    fn cost_with(&self, window: &[(u16, u16); S], shares: &Shares) -> f32 {
        (0..S).map(|place| self.place(place, window[place], shares).2).product()
    }

    fn add(&mut self, window: &[(u16, u16); S], shares: &Shares) {
        for (place, wanted) in window.iter().enumerate() {
            (self.low[place], self.high[place], self.shares[place]) = self.place(place, *wanted, shares);
        }
        self.cost = self.shares.iter().product();
    }
}

/// The low and the high halves that a window's place takes, a bit each.
fn halves(wanted: Option<Unit>) -> (u16, u16) {
    let Some(unit) = wanted else { return (u16::MAX, u16::MAX) };
    let both = [unit.byte, unit.byte & !unit.fold];
    both.iter().fold((0, 0), |(low, high), byte| (low | 1 << (byte & 15), high | 1 << (byte >> 4)))
}

/// The share of bytes that is no more than chance: bytes that are not ASCII are too rare to count.
const NONE: f32 = 1e-4;

/// How often bytes occur: by high half, the sums for all sets of low halves, the lower eight and the upper eight.
struct Shares([[[f32; 256]; 2]; 8]);

impl Shares {
    fn new() -> Self {
        let one = |high: usize, low: usize| share(Unit::exact((high << 4 | low) as u8)) as f32;
        Self(std::array::from_fn(|high| {
            std::array::from_fn(|upper| {
                let mut sums = [0.0; 256];
                for set in 1..256usize {
                    let lowest = set.trailing_zeros() as usize;
                    sums[set] = sums[set & (set - 1)] + one(high, 8 * upper + lowest);
                }
                sums
            })
        }))
    }

    /// The share of bytes whose halves are in both sets.
    fn taken(&self, low: u16, high: u16) -> f32 {
        let [lower, upper] = low.to_le_bytes().map(usize::from);
        let next = |left: &u16| Some(left & left.wrapping_sub(1)).filter(|left| *left != 0);
        // Bytes that are not ASCII have no row.
        let rows = std::iter::successors(Some(high & 0xff).filter(|left| *left != 0), next);
        NONE + rows
            .map(|left| &self.0[left.trailing_zeros() as usize])
            .map(|row| row[0][lower] + row[1][upper])
            .sum::<f32>()
    }
}
