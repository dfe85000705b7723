//! Tables that tell at a place of the text which needles may stand there.
//!
//! Each table is asked only where the one before has said yes: the first three bytes of all keys, which nearly all
//! places fail; four bytes without their case; at last the keys themselves.

use crate::catalogue::literal::Unit;

/// Two to eight bytes of a needle, the first one lowest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    width: u8,
    bytes: u64,
    /// The case bit of letters whose case does not matter; it is set in `bytes`.
    fold: u64,
}

impl Key {
    const NONE: Self = Self { width: 0, bytes: 0, fold: 0 };

    pub(super) fn new(units: impl Iterator<Item = Unit>) -> Self {
        let add = |key: Self, unit: Unit| {
            let shift = 8 * u32::from(key.width);
            Self {
                width: key.width + 1,
                bytes: key.bytes | u64::from(unit.byte) << shift,
                fold: key.fold | u64::from(unit.fold) << shift,
            }
        };
        units.take(8).fold(Self::NONE, add)
    }

    /// The first bytes without their case, up to four.
    const fn caseless(self) -> u32 {
        caseless(self.bytes as u32)
    }

    /// Of a key of two or three bytes, those it may begin with, without their case.
    fn threes(self) -> impl Iterator<Item = u32> {
        let bytes = self.caseless() & mask(3);
        // All bytes that have the bit which a letter's case is in.
        let thirds = if self.width == 2 { 0..128 } else { 0..1 };
        thirds.map(move |third| bytes | (third >> 5 << 6 | third & 31) << 16)
    }

    /// The heads of what begins with it: a key of two bytes goes with any third.
    fn heads(self) -> impl Iterator<Item = u32> {
        let bytes = self.bytes as u32;
        let third = bytes >> 16 & 31;
        let thirds = if self.width == 2 { 0..32 } else { third..third + 1 };
        thirds.map(move |third| head(bytes & mask(2) | third << 16))
    }

    /// Whether `text` begins with it.
    #[inline(always)]
    pub(super) const fn begins(self, text: u64) -> bool {
        (text | self.fold) & (u64::MAX >> (64 - 8 * self.width as u32)) == self.bytes
    }
}

/// The eight bytes from `at` on, the first one lowest; bytes behind the block's end are zero.
#[inline(always)]
pub(super) fn behind(block: &[u8], at: usize) -> u64 {
    match block.get(at..at + 8).and_then(|eight| eight.first_chunk()) {
        Some(eight) => u64::from_le_bytes(*eight),
        None => block[at..].iter().rev().fold(0, |text, byte| text << 8 | u64::from(*byte)),
    }
}

/// The eight bytes up to and with `at`, the last one lowest; bytes before the block's start are zero.
#[inline(always)]
pub(super) fn before(block: &[u8], at: usize) -> u64 {
    match block.get(at.wrapping_sub(7)..at + 1).and_then(|eight| eight.first_chunk()) {
        Some(eight) => u64::from_be_bytes(*eight),
        None => block[..=at].iter().fold(0, |text, byte| text << 8 | u64::from(*byte)),
    }
}

/// The first `width` bytes of a window.
const fn mask(width: usize) -> u32 {
    u32::MAX >> (32 - 8 * width)
}

/// From a key to the needles that have it.
#[derive(Debug)]
pub(super) struct Index {
    /// The first three bytes of all keys: they say no at most places.
    heads: Heads,
    /// The keys of four bytes and more without their case: they say no at most of the rest.
    fours: Bits,
    /// Those of three bytes, and those of two with every third.
    threes: Bits,
    /// By hash of the head, where the entries of each slot begin, and where the last end.
    slots: Box<[u16]>,
    /// Grouped by slot.
    entries: Vec<(Key, u16)>,
}

/// The first three bytes of `window` by the lower five bits of each, which tell letters apart, in 15 bits.
///
/// One factor brings the bits together; of the 32,768 heads all but 24 keep a number of their own.
#[inline(always)]
const fn head(window: u32) -> u32 {
    (window & 0x1f_1f1f).wrapping_mul(0x0802_0010) >> 17
}

/// `window` without the bit that tells letters' case.
#[inline(always)]
const fn caseless(window: u32) -> u32 {
    window | 0x2020_2020
}

/// A set of heads.
#[derive(Debug)]
struct Heads(Box<[u32; 1 << 10]>);

impl Heads {
    fn new(keys: &[(Key, u16)]) -> Self {
        let mut words = Box::new([0; 1 << 10]);
        for head in keys.iter().flat_map(|(key, _)| key.heads()) {
            words[head as usize >> 5] |= 1 << (head & 31);
        }
        Self(words)
    }

    #[inline(always)]
    fn has(&self, window: u32) -> bool {
        let head = head(window);
        self.0[head as usize >> 5] >> (head & 31) & 1 == 1
    }
}

/// A set of hashes, one bit each: small enough that it stays in the first-level cache.
#[derive(Debug)]
struct Bits {
    /// A power of two.
    words: Box<[u64]>,
}

impl Bits {
    fn new(keys: &[u32]) -> Self {
        // One bit in 64 is set: a thousand keys want some kilobytes.
        let mut words = vec![0; keys.len().next_power_of_two()].into_boxed_slice();
        for key in keys {
            let (word, bit) = Self::place(*key, words.len());
            words[word] |= 1 << bit;
        }
        Self { words }
    }

    #[inline(always)]
    const fn place(key: u32, words: usize) -> (usize, u32) {
        let hash = key.wrapping_mul(0x9e37_79b1);
        ((hash >> 6) as usize & (words - 1), hash >> 26)
    }

    #[inline(always)]
    fn has(&self, key: u32) -> bool {
        let (word, bit) = Self::place(key, self.words.len());
        self.words[word] >> bit & 1 == 1
    }
}

impl Index {
    pub(super) fn new(keys: &[(Key, u16)]) -> Self {
        let slots = (keys.len() * 4).next_power_of_two().max(64);
        let mut places: Vec<(usize, usize)> = Vec::with_capacity(keys.len());
        for (number, (key, _)) in keys.iter().enumerate() {
            let first = places.len();
            for slot in key.heads().map(|head| slot_of(head, slots)) {
                // A key of two bytes has many heads, some in one slot.
                if places[first..].iter().all(|(other, _)| *other != slot) {
                    places.push((slot, number));
                }
            }
        }
        let mut starts = vec![0u16; slots + 1].into_boxed_slice();
        for (slot, _) in &places {
            starts[slot + 1] += 1;
        }
        for i in 0..slots {
            starts[i + 1] += starts[i];
        }
        let mut free = starts.clone();
        let mut entries = vec![(Key::NONE, 0); places.len()];
        for (slot, number) in places {
            entries[usize::from(free[slot])] = keys[number];
            free[slot] += 1;
        }
        let wide = keys.iter().filter(|(key, _)| key.width > 3).map(|(key, _)| key.caseless());
        let narrow = keys.iter().filter(|(key, _)| key.width <= 3).flat_map(|(key, _)| key.threes());
        let (fours, threes) = (Bits::new(&wide.collect::<Vec<_>>()), Bits::new(&narrow.collect::<Vec<_>>()));
        Self { heads: Heads::new(keys), fours, threes, slots: starts, entries }
    }

    /// Whether some key may have the head of `window`.
    #[inline(always)]
    pub(super) fn has_head(&self, window: u32) -> bool {
        self.heads.has(window)
    }

    /// Whether some key may begin `window`.
    #[inline(always)]
    pub(super) fn may_hold(&self, window: u32) -> bool {
        let text = caseless(window);
        self.fours.has(text) | self.threes.has(text & mask(3))
    }

    /// The needles that may begin `window`.
    #[inline(always)]
    pub(super) fn slot(&self, window: u32) -> &[(Key, u16)] {
        let slot = slot_of(head(window), self.slots.len() - 1);
        &self.entries[usize::from(self.slots[slot])..usize::from(self.slots[slot + 1])]
    }
}

/// A slot out of `slots`, a power of two.
#[inline(always)]
const fn slot_of(head: u32, slots: usize) -> usize {
    (head.wrapping_mul(0x9e37_79b1) >> 12) as usize & (slots - 1)
}
