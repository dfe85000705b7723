//! Needle windows in buckets: what the vector code asks of four neighbouring bytes at once.
//!
//! A bucket holds windows of four bytes. For each of the four places it knows, as two tables over the byte's high and
//! low half, which bytes may stand there; a place of the text where all four agree may begin one of its windows. With
//! few and similar windows to a bucket that is seldom wrong, and four places cost eight table look-ups for eight
//! buckets. This is the filter of "Teddy" (Geoffrey Langdale, Hyperscan), with windows chosen for rarity and
//! buckets for likeness.

use crate::catalogue::literal::{Unit, share};

/// Bytes that a window spans.
pub(super) const SPAN: usize = 4;
/// Buckets of one group: one bit each of a byte.
const GROUP: usize = 8;

/// A window: a place that is `None` takes any byte.
pub(super) type Window = [Option<Unit>; SPAN];

/// Tables for `G` groups of eight buckets.
#[derive(Debug)]
pub(super) struct Buckets<const G: usize> {
    /// By group and place: for each low half of a byte, the buckets that may have it.
    pub(super) low: [[[u8; 16]; SPAN]; G],
    /// The same for the high half.
    pub(super) high: [[[u8; 16]; SPAN]; G],
}

impl<const G: usize> Buckets<G> {
    /// Spreads the windows over the buckets so that wrong places are few.
    pub(super) fn new(windows: &[Window]) -> Self {
        let all = spread(windows, G * GROUP);
        let mut tables = Self { low: [[[0; 16]; SPAN]; G], high: [[[0; 16]; SPAN]; G] };
        for (i, bucket) in all.iter().enumerate() {
            for place in 0..SPAN {
                for half in 0..16 {
                    tables.low[i / GROUP][place][half] |= u8::from(bucket.low[place] >> half & 1 == 1) << (i % GROUP);
                    tables.high[i / GROUP][place][half] |= u8::from(bucket.high[place] >> half & 1 == 1) << (i % GROUP);
                }
            }
        }
        tables
    }

    /// Whether a window of some bucket may begin with these bytes: what the vector code computes, byte by byte.
    pub(super) fn may_begin(&self, four: [u8; SPAN]) -> bool {
        (0..G).any(|group| {
            let one = |place: usize, byte: u8| {
                self.low[group][place][usize::from(byte & 15)] & self.high[group][place][usize::from(byte >> 4)]
            };
            four.iter().enumerate().fold(0xff, |buckets, (place, byte)| buckets & one(place, *byte)) != 0
        })
    }
}

/// Puts each window where it adds least to what the buckets take by mistake, the common ones first; then looks for a
/// better place for each once more.
fn spread(windows: &[Window], buckets: usize) -> Vec<Bucket> {
    let shares = shares();
    let mut order: Vec<&Window> = windows.iter().collect();
    order.sort_unstable_by_key(|w| w.map(|place| place.map(|u| (u.byte, u.fold))));
    order.dedup();
    let rarity = |w: &Window| w.iter().flatten().map(|u| share(*u)).product::<f64>();
    order.sort_by(|a, b| rarity(b).total_cmp(&rarity(a)));
    let mut homes: Vec<Vec<&Window>> = vec![Vec::new(); buckets];
    let mut all = vec![Bucket::default(); buckets];
    let put = |window, homes: &mut Vec<Vec<_>>, all: &mut Vec<Bucket>| {
        let worse = |bucket: &Bucket| bucket.with(window, &shares).cost - bucket.cost;
        let best = (0..buckets).min_by(|a, b| worse(&all[*a]).total_cmp(&worse(&all[*b]))).unwrap_or(0);
        all[best] = all[best].with(window, &shares);
        homes[best].push(window);
    };
    for window in &order {
        put(window, &mut homes, &mut all);
    }
    for window in &order {
        if let Some(home) = (0..buckets).find(|home| homes[*home].contains(window)) {
            homes[home].retain(|w| w != window);
            all[home] = homes[home].iter().fold(Bucket::default(), |bucket, w| bucket.with(w, &shares));
        }
        put(window, &mut homes, &mut all);
    }
    all
}

/// By place, the low and high halves that its windows have.
#[derive(Clone, Debug, Default)]
struct Bucket {
    low: [u16; SPAN],
    high: [u16; SPAN],
    /// Expected share of places that it takes.
    cost: f32,
}

impl Bucket {
    fn with(&self, window: &Window, shares: &[[f32; 16]; 16]) -> Self {
        let mut more = self.clone();
        more.cost = 1.0;
        for place in 0..SPAN {
            match window[place] {
                None => (more.low[place], more.high[place]) = (u16::MAX, u16::MAX),
                Some(unit) => {
                    for byte in [unit.byte, unit.byte & !unit.fold] {
                        more.low[place] |= 1 << (byte & 15);
                        more.high[place] |= 1 << (byte >> 4);
                    }
                }
            }
            more.cost *= taken(more.low[place], more.high[place], shares);
        }
        more
    }
}

/// The share of bytes whose halves are in both sets; bytes that are not ASCII are too rare to count.
fn taken(low: u16, high: u16, shares: &[[f32; 16]; 16]) -> f32 {
    let mut sum = 1e-4;
    for (_, row) in shares.iter().enumerate().take(8).filter(|(h, _)| high >> h & 1 == 1) {
        let mut bits = low;
        while bits != 0 {
            sum += row[bits.trailing_zeros() as usize];
            bits &= bits - 1;
        }
    }
    sum
}

/// By high and low half, how often a byte occurs.
fn shares() -> [[f32; 16]; 16] {
    std::array::from_fn(|high| std::array::from_fn(|low| share(Unit::exact((high << 4 | low) as u8)) as f32))
}
