//! The needles and the tables that tell, at a place where one may stand, which one does.

use crate::catalogue::literal::{TOKEN_HEAD, Unit, frequency};

use super::buckets::Window;
use super::{Candidate, Needle, Place, What, scalar};

/// Bytes of a window for the filter of needles that may stand anywhere.
pub(super) const WIDE: usize = 4;
/// A window that is this rare is cheaper looked for anywhere than where its needle is wanted: share of all places.
const RARE: f64 = 1e-6;

/// All needles, by where they are wanted.
#[derive(Debug)]
pub(crate) struct Needles {
    all: Vec<Keyed>,
    pub(super) anywhere: Index,
    /// What begins a word or a token.
    pub(super) starts: Index,
    pub(super) ends: Index,
}

#[derive(Debug)]
struct Keyed {
    units: Box<[Unit]>,
    place: Place,
    /// Where its key begins.
    window: usize,
    /// So many bytes of a token are wanted from its start on.
    run: usize,
}

impl Needles {
    pub(crate) fn new(needles: Vec<Needle>) -> Self {
        let all: Vec<Keyed> = needles.into_iter().map(Keyed::new).collect();
        let index = |wanted: fn(Place) -> bool| {
            let mine = all.iter().enumerate().filter(|(_, n)| wanted(n.place));
            Index::new(mine.map(|(i, n)| (n.key(), i as u16)).collect())
        };
        Self {
            anywhere: index(|place| place == Place::Anywhere),
            starts: index(|place| matches!(place, Place::WordStart(_) | Place::TokenStart)),
            ends: index(|place| place == Place::BeforeSign),
            all,
        }
    }

    /// The windows of needles that may stand anywhere.
    pub(super) fn wide_windows(&self) -> Vec<Window<WIDE>> {
        self.all.iter().filter(|n| n.place == Place::Anywhere).map(Keyed::window).collect()
    }

    /// Reports the needles of `index` whose key begins at one of `places`; with `BACK` ends there. `kept` is memory.
    #[inline(never)]
    pub(super) fn check<const BACK: bool>(
        &self,
        index: &Index,
        block: &[u8],
        places: &[u32],
        kept: &mut [u32],
        out: &mut Vec<Candidate>,
    ) {
        let window = |at: u32| fold(if BACK { before(block, at as usize) } else { behind(block, at as usize) });
        // Kept or not is data, not a branch: at these places the answer cannot be foretold.
        let mut n = 0;
        for at in places {
            if let Some(slot) = kept.get_mut(n) {
                *slot = *at;
            }
            n += usize::from(index.heads.has(window(*at)));
        }
        let kept = &mut kept[..n];
        n = 0;
        for i in 0..kept.len() {
            let at = kept[i];
            kept[n] = at;
            n += usize::from(index.may_hold(window(at)));
        }
        for at in &kept[..n] {
            self.confirm::<BACK>(index, block, *at as usize, window(*at), out);
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
        let cost = |start: &usize| frequency(&text[*start..text.len().min(start + WIDE)]);
        let rarest = (0..=text.len().saturating_sub(WIDE)).min_by(|a, b| cost(a).total_cmp(&cost(b))).unwrap_or(0);
        let begins = match place {
            Place::WordStart(at) => Some(usize::from(at)),
            Place::TokenStart => Some(0),
            Place::Anywhere | Place::BeforeSign => None,
        };
        // The pass looks at words that begin with a letter or `_`.
        let letter = |at: usize| text[at].byte.is_ascii_alphabetic() || text[at].byte == b'_';
        let run = if place == Place::TokenStart { TOKEN_HEAD } else { 0 };
        let (place, window) = match begins {
            Some(at) if letter(at) && at + 1 < text.len() && (run > 0 || cost(&rarest) > RARE) => (place, at),
            None if place == Place::BeforeSign => (place, 0),
            _ => (Place::Anywhere, rarest),
        };
        Self { window, run, units: text.into_boxed_slice(), place }
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
        let text = block.get(start..start + self.units.len());
        text.is_some_and(|text| self.units.iter().zip(text).all(|(u, b)| u.is(*b)))
            && block.get(start..start + self.run).is_some_and(|head| head.iter().all(|b| scalar::is_token(*b)))
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
    /// The first three bytes of all keys: they say no at most places.
    heads: Heads,
    /// Those of the keys that have no more.
    short: Heads,
    /// The keys of four bytes.
    fours: Bits,
    /// Where the entries of each slot begin, and where the last end.
    slots: Vec<u16>,
    /// Grouped by slot.
    entries: Vec<(Key, u16)>,
}

/// A set of three bytes by the lower five bits of each, which tell letters apart.
#[derive(Debug)]
struct Heads(Box<[u32; 1 << 10]>);

impl Heads {
    fn new<'k>(keys: impl Iterator<Item = &'k Key>) -> Self {
        let mut words = Box::new([0; 1 << 10]);
        for key in keys {
            // A key of two bytes goes with any third.
            for third in if key.width == 2 { 0..32 } else { key.bytes >> 16 & 31..(key.bytes >> 16 & 31) + 1 } {
                let (word, bit) = Self::place(key.bytes & mask(2) | third << 16);
                words[word] |= 1 << bit;
            }
        }
        Self(words)
    }

    /// Word and bit.
    #[inline(always)]
    const fn place(window: u32) -> (usize, u32) {
        ((window & 31 | window >> 3 & 31 << 5) as usize, window >> 16 & 31)
    }

    #[inline(always)]
    fn has(&self, window: u32) -> bool {
        let (word, bit) = Self::place(window);
        self.0[word] >> bit & 1 == 1
    }
}

/// A set of hashes, one bit each: small enough that it stays in the first-level cache.
#[derive(Debug)]
struct Bits(Box<[u64; 1 << (BITS - 6)]>);

/// Bits of a hash.
const BITS: u32 = 14;

impl Bits {
    fn new<'k>(keys: impl Iterator<Item = &'k Key>) -> Self {
        let mut words = Box::new([0; 1 << (BITS - 6)]);
        for key in keys {
            let bit = Self::bit(key.bytes);
            words[bit / 64] |= 1 << (bit % 64);
        }
        Self(words)
    }

    #[inline(always)]
    const fn bit(key: u32) -> usize {
        (key.wrapping_mul(0x9e37_79b1) >> (32 - BITS)) as usize
    }

    #[inline(always)]
    fn has(&self, key: u32) -> bool {
        let bit = Self::bit(key);
        self.0[bit / 64] >> (bit % 64) & 1 == 1
    }
}

impl Index {
    fn new(mut entries: Vec<(Key, u16)>) -> Self {
        let slots = (entries.len() * 4).next_power_of_two().max(64);
        entries.sort_unstable_by_key(|(key, id)| (Self::slot_of(*key, slots), *key, *id));
        let keys = || entries.iter().map(|(key, _)| key);
        let (heads, short) = (Heads::new(keys()), Heads::new(keys().filter(|key| key.width < 4)));
        let fours = Bits::new(keys().filter(|key| key.width == 4));
        let mut index = Self { heads, short, fours, slots: vec![0; slots + 1], entries };
        for (i, (key, _)) in index.entries.iter().enumerate() {
            index.slots[Self::slot_of(*key, slots) + 1] = (i + 1) as u16;
        }
        for i in 1..index.slots.len() {
            index.slots[i] = index.slots[i].max(index.slots[i - 1]);
        }
        index
    }

    /// Whether some key may begin `window`, whose head one has.
    #[inline(always)]
    fn may_hold(&self, window: u32) -> bool {
        self.fours.has(window) | self.short.has(window)
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
