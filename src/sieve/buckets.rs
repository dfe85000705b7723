//! Needle windows in buckets: what the vector code asks of some neighbouring bytes at once.
//!
//! A bucket holds windows of `S` bytes. For each of their places it knows, as two tables over the byte's high and low
//! half, which bytes may stand there; a place of the text where all agree may begin one of its windows. With few and
//! similar windows to a bucket that is seldom wrong, and each place costs two table look-ups for eight buckets. This is
//! the filter of "Teddy" (Geoffrey Langdale, Hyperscan), with windows chosen for rarity and buckets for likeness.

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

    /// Whether a window of some bucket may begin with these bytes: what the vector code computes, byte by byte.
    pub(super) fn may_begin(&self, bytes: &[u8]) -> bool {
        (0..SETS).any(|set| {
            let low = |place: usize, byte: u8| self.low[place][set][usize::from(byte & 15)];
            let high = |place: usize, byte: u8| self.high[place][set][usize::from(byte >> 4)];
            let some = bytes.iter().take(S).enumerate();
            some.fold(0xff, |buckets, (place, byte)| buckets & low(place, *byte) & high(place, *byte)) != 0
        })
    }
}

/// Puts each window where it adds least to what the buckets take by mistake, the common ones first.
fn spread<const S: usize>(windows: &[Window<S>]) -> [Bucket<S>; BUCKETS] {
    let shares = Shares::new();
    let mut order: Vec<&Window<S>> = windows.iter().collect();
    order.sort_unstable_by_key(|w| w.map(|place| place.map(|u| (u.byte, u.fold))));
    order.dedup();
    let rarity = |w: &Window<S>| w.iter().flatten().map(|u| share(*u)).product::<f64>();
    order.sort_by(|a, b| rarity(b).total_cmp(&rarity(a)));
    let mut all: [Bucket<S>; BUCKETS] =
        std::array::from_fn(|_| Bucket { low: [0; S], high: [0; S], shares: [NONE; S], cost: 0.0 });
    for window in order {
        let worse = |bucket: &Bucket<S>| bucket.with(window, &shares).cost - bucket.cost;
        let best = (0..BUCKETS).min_by(|a, b| worse(&all[*a]).total_cmp(&worse(&all[*b]))).unwrap_or(0);
        all[best] = all[best].with(window, &shares);
    }
    all
}

/// By place, the low and high halves that its windows have.
#[derive(Clone, Debug)]
struct Bucket<const S: usize> {
    low: [u16; S],
    high: [u16; S],
    /// By place, the share of bytes that it takes.
    shares: [f32; S],
    /// Expected share of places that it takes.
    cost: f32,
}

impl<const S: usize> Bucket<S> {
    fn with(&self, window: &Window<S>, shares: &Shares) -> Self {
        let mut more = self.clone();
        more.cost = 1.0;
        for (place, wanted) in window.iter().enumerate() {
            match wanted {
                None => (more.low[place], more.high[place]) = (u16::MAX, u16::MAX),
                Some(unit) => {
                    for byte in [unit.byte, unit.byte & !unit.fold] {
                        more.low[place] |= 1 << (byte & 15);
                        more.high[place] |= 1 << (byte >> 4);
                    }
                }
            }
            if (more.low[place], more.high[place]) != (self.low[place], self.high[place]) {
                more.shares[place] = shares.taken(more.low[place], more.high[place]);
            }
            more.cost *= more.shares[place];
        }
        more
    }
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
        let rows = self.0.iter().enumerate().filter(|(half, _)| high >> half & 1 == 1);
        NONE + rows.map(|(_, row)| row[0][lower] + row[1][upper]).sum::<f32>()
    }
}
