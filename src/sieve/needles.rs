//! The needles and the tables that tell, at a place where one may stand, which one does.

use crate::catalogue::literal::{Unit, frequency};

use super::buckets::Window;
use super::{Candidate, Needle, Place, What, scalar};

/// Bytes of a window for the filter of needles that may stand anywhere.
pub(super) const WIDE: usize = 6;

/// All needles, by where they are wanted.
#[derive(Debug)]
pub(crate) struct Needles {
    all: Vec<Keyed>,
    pub(super) anywhere: Index,
    pub(super) words: Index,
    pub(super) tokens: Index,
    pub(super) ends: Index,
}

#[derive(Debug)]
struct Keyed {
    units: Box<[Unit]>,
    place: Place,
    /// Where its key begins.
    window: usize,
}

impl Needles {
    pub(crate) fn new(needles: Vec<Needle>) -> Self {
        let all: Vec<Keyed> = needles.into_iter().map(Keyed::new).collect();
        let index = |widths: &[usize], wanted: fn(Place) -> bool| {
            let mine = all.iter().enumerate().filter(|(_, n)| wanted(n.place));
            Index::new(widths, mine.map(|(i, n)| (n.key(), i as u16)).collect())
        };
        Self {
            anywhere: index(&[4, 3, 2], |place| place == Place::Anywhere),
            words: index(&[4, 3, 2], |place| matches!(place, Place::WordStart(_))),
            tokens: index(&[4, 3, 2], |place| place == Place::TokenStart),
            ends: index(&[4, 3, 2], |place| place == Place::BeforeSign),
            all,
        }
    }

    /// The windows of needles that may stand anywhere.
    pub(super) fn wide_windows(&self) -> Vec<Window<WIDE>> {
        self.all.iter().filter(|n| n.place == Place::Anywhere).map(Keyed::window).collect()
    }

    /// Reports the needles of `index` whose key begins at one of `places`; with `BACK` ends there. `kept` is memory.
    #[inline(always)]
    pub(super) fn check<const BACK: bool>(
        &self,
        index: &Index,
        block: &[u8],
        places: &[u32],
        kept: &mut [u32],
        out: &mut Vec<Candidate>,
    ) {
        let window = |at: usize| fold(if BACK { before(block, at) } else { behind(block, at) });
        // Kept or not is data, not a branch: at these places the answer cannot be foretold.
        let mut n = 0;
        for at in places {
            if let Some(slot) = kept.get_mut(n) {
                *slot = *at;
            }
            n += usize::from(index.has_head(window(*at as usize)));
        }
        for at in kept.iter().take(n) {
            let at = *at as usize;
            let window = window(at);
            if index.may_hold(window) {
                self.confirm::<BACK>(index, block, at, window, out);
            }
        }
    }

    #[inline(never)]
    fn confirm<const BACK: bool>(&self, index: &Index, block: &[u8], at: usize, window: u32, out: &mut Vec<Candidate>) {
        for width in 2..=4 {
            let key = Key { bytes: window & mask(width), width: width as u8 };
            for (_, id) in index.slot(key).iter().filter(|(found, _)| *found == key) {
                let needle = &self.all[usize::from(*id)];
                let before = if BACK { needle.units.len() - 1 } else { needle.window };
                if at >= before && needle.stands(block, at - before) {
                    out.push(Candidate { at: (at - before) as u32, what: What(*id) });
                }
            }
        }
    }

    /// Every needle compared at `at`.
    pub(crate) fn check_all(&self, block: &[u8], at: usize, out: &mut Vec<Candidate>) {
        for (id, needle) in self.all.iter().enumerate() {
            let wanted = || needle.place != Place::BeforeSign || scalar::sign_behind(&block[at + needle.units.len()..]);
            if needle.stands(block, at) && wanted() {
                out.push(Candidate { at: at as u32, what: What(id as u16) });
            }
        }
    }
}

impl Keyed {
    fn new(needle: Needle) -> Self {
        let Needle { text, place } = needle;
        debug_assert!(text.len() >= 2, "the caller keeps needles of one byte away");
        let rarest = || {
            let cost = |start: &usize| frequency(&text[*start..text.len().min(start + WIDE)]);
            (0..=text.len().saturating_sub(WIDE)).min_by(|a, b| cost(a).total_cmp(&cost(b))).unwrap_or(0)
        };
        let window = match place {
            Place::TokenStart | Place::BeforeSign => 0,
            Place::WordStart(at) => usize::from(at),
            Place::Anywhere => rarest(),
        };
        Self { window, units: text.into_boxed_slice(), place }
    }

    fn window<const S: usize>(&self) -> Window<S> {
        let mut window = [None; S];
        for (place, unit) in window.iter_mut().zip(&self.units[self.window..]) {
            *place = Some(*unit);
        }
        window
    }

    /// Up to four bytes from the window's start on, or to the needle's end where it is looked for from there.
    fn key(&self) -> Key {
        let units = self.units[self.window..].iter();
        let take = |units: &mut dyn Iterator<Item = &Unit>| {
            let bytes = units.take(4).map(|unit| unit.byte).collect::<Vec<u8>>();
            let all = bytes.iter().rev().fold(0, |key, byte| key << 8 | u32::from(*byte));
            Key { bytes: fold(all) & mask(bytes.len()), width: bytes.len() as u8 }
        };
        if self.place == Place::BeforeSign { take(&mut units.rev()) } else { take(&mut { units }) }
    }

    fn stands(&self, block: &[u8], start: usize) -> bool {
        block
            .get(start..start + self.units.len())
            .is_some_and(|text| self.units.iter().zip(text).all(|(u, b)| u.is(*b)))
    }
}

/// Two to four bytes of a needle, folded, the first one lowest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    bytes: u32,
    width: u8,
}

/// The four bytes from `at` on, the first one lowest; bytes behind the block's end are zero.
#[inline(always)]
fn behind(block: &[u8], at: usize) -> u32 {
    match block[at..].first_chunk::<4>() {
        Some(four) => u32::from_le_bytes(*four),
        None => block[at..].iter().rev().fold(0, |window, byte| window << 8 | u32::from(*byte)),
    }
}

/// The four bytes up to and with `at`, the last one lowest; bytes before the block's start are zero.
#[inline(always)]
fn before(block: &[u8], at: usize) -> u32 {
    match block[..=at].last_chunk::<4>() {
        Some(four) => u32::from_be_bytes(*four),
        None => block[..=at].iter().fold(0, |window, byte| window << 8 | u32::from(*byte)),
    }
}

/// Bytes with the case bit set: equal for both cases of a letter; exact comparison follows.
const fn fold(window: u32) -> u32 {
    window | 0x2020_2020
}

/// The first `width` bytes of a window.
const fn mask(width: usize) -> u32 {
    u32::MAX >> (32 - 8 * width)
}

/// From a key to the needles that have it.
#[derive(Debug)]
pub(super) struct Index {
    /// One bit for each hash of three first bytes: says no at most places.
    heads: Bits,
    /// Say no at most of the others.
    probes: Vec<Probe>,
    /// Where the entries of each slot begin, and where the last end.
    slots: Vec<u16>,
    /// Grouped by slot.
    entries: Vec<(Key, u16)>,
}

/// One bit for each hash of so many first bytes of a key.
#[derive(Debug)]
struct Probe {
    mask: u32,
    bits: Bits,
}

/// A set of hashes: no larger than need be, so that all of them stay in the first-level cache.
#[derive(Debug)]
struct Bits {
    words: Box<[u64]>,
    shift: u32,
}

impl Bits {
    /// Room for `entries`, of which each takes about one bit in 256.
    fn new(entries: usize) -> Self {
        let bits = (entries * 256).next_power_of_two().clamp(1 << 12, 1 << 16);
        Self { words: vec![0; bits / 64].into(), shift: 32 - bits.ilog2() }
    }

    #[inline(always)]
    const fn bit(&self, key: u32) -> usize {
        (key.wrapping_mul(0x9e37_79b1) >> self.shift) as usize
    }

    fn add(&mut self, key: u32) {
        let bit = self.bit(key);
        self.words[bit / 64] |= 1 << (bit % 64);
    }

    #[inline(always)]
    fn has(&self, key: u32) -> bool {
        let bit = self.bit(key);
        self.words[bit / 64] >> (bit % 64) & 1 == 1
    }
}

impl Index {
    /// An index that is probed by keys of `widths`, the largest first: a key takes part in the first that it fills.
    fn new(widths: &[usize], mut entries: Vec<(Key, u16)>) -> Self {
        let slots = (entries.len() * 4).next_power_of_two().max(64);
        entries.sort_unstable_by_key(|(key, id)| (Self::slot_of(*key, slots), *key, *id));
        let mut index =
            Self { heads: Bits::new(entries.len()), probes: Vec::new(), slots: vec![0; slots + 1], entries };
        for (key, _) in &index.entries {
            let thirds = if key.width >= 3 { 0..=0 } else { 0..=0xff };
            for third in thirds {
                index.heads.add(fold(key.bytes | third << 16) << 8);
            }
        }
        for width in widths {
            let larger = widths.iter().filter(|w| *w > width).min();
            let mine =
                |key: &Key| usize::from(key.width) >= *width && larger.is_none_or(|w| usize::from(key.width) < *w);
            let keys: Vec<u32> = index.entries.iter().filter(|(key, _)| mine(key)).map(|(key, _)| key.bytes).collect();
            let mut probe = Probe { mask: mask(*width), bits: Bits::new(keys.len()) };
            keys.iter().for_each(|key| probe.bits.add(key & probe.mask));
            if !keys.is_empty() {
                index.probes.push(probe);
            }
        }
        for (i, (key, _)) in index.entries.iter().enumerate() {
            index.slots[Self::slot_of(*key, slots) + 1] = (i + 1) as u16;
        }
        for i in 1..index.slots.len() {
            index.slots[i] = index.slots[i].max(index.slots[i - 1]);
        }
        index
    }

    /// Whether some key may begin with the first three bytes of `window`.
    #[inline(always)]
    fn has_head(&self, window: u32) -> bool {
        self.heads.has(window << 8)
    }

    /// Whether some needle's key may begin `window`.
    #[inline(always)]
    fn may_hold(&self, window: u32) -> bool {
        self.probes.iter().any(|probe| probe.has(window))
    }

    #[inline(always)]
    fn slot(&self, key: Key) -> &[(Key, u16)] {
        let slot = Self::slot_of(key, self.slots.len() - 1);
        &self.entries[usize::from(self.slots[slot])..usize::from(self.slots[slot + 1])]
    }

    /// A slot out of `slots`, a power of two.
    #[inline(always)]
    const fn slot_of(key: Key, slots: usize) -> usize {
        ((key.bytes ^ key.width as u32).wrapping_mul(0x9e37_79b1) >> 12) as usize & (slots - 1)
    }
}

impl Probe {
    #[inline(always)]
    fn has(&self, window: u32) -> bool {
        self.bits.has(window & self.mask)
    }
}
