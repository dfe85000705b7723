//! The needles and the tables that tell, at a place where one may stand, which one does.

use crate::catalogue::literal::{TOKEN_HEAD, Unit, frequency};

use super::buckets::Window;
use super::{Candidate, Needle, Place, What, scalar};

/// Bytes of a window for the filter of needles that may stand anywhere.
pub(super) const WIDE: usize = 4;
/// A window that is this rare, as a share of all places, is cheaper looked for anywhere than where its needle is wanted ...
const RARE: f64 = 1e-10;
/// ... one that is this rare only if what the needle begins with is so common.
const FAIRLY_RARE: f64 = 5e-8;
const COMMON: f64 = 3e-7;

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
    /// Where a word has to begin, for a needle that is looked for elsewhere.
    begins: Option<usize>,
}

impl Needles {
    pub(crate) fn new(needles: Vec<Needle>) -> Self {
        let all: Vec<Keyed> = needles.into_iter().map(Keyed::new).collect();
        let index = |wanted: fn(Place) -> bool| {
            let mine = all.iter().enumerate().filter(|(_, n)| wanted(n.place));
            Index::new(&mine.map(|(i, n)| (n.key(), i as u16)).collect::<Vec<_>>())
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
        let window = |at: u32| if BACK { before(block, at as usize) } else { behind(block, at as usize) };
        // Kept or not is data, not a branch: at these places the answer cannot be foretold.
        let mut n = 0;
        for at in places {
            if let Some(slot) = kept.get_mut(n) {
                *slot = *at;
            }
            n = n.wrapping_add(usize::from(index.heads.has(window(*at))));
        }
        let kept = &mut kept[..n];
        n = 0;
        for i in 0..kept.len() {
            let at = kept[i];
            kept[n.min(i)] = at;
            n = n.wrapping_add(usize::from(index.may_hold(window(at))));
        }
        for at in &kept[..n] {
            let at = *at as usize;
            let text = if BACK { long_before(block, at) } else { long_behind(block, at) };
            for (key, id) in index.slot(text as u32) {
                if key.begins(text) {
                    self.confirm::<BACK>(*id, block, at, out);
                }
            }
        }
    }

    #[inline(never)]
    fn confirm<const BACK: bool>(&self, id: u16, block: &[u8], at: usize, out: &mut Vec<Candidate>) {
        let needle = &self.all[usize::from(id)];
        let before = if BACK { needle.units.len() - 1 } else { needle.window };
        if at >= before && needle.stands(block, at - before) {
            out.push(Candidate { at: (at - before) as u32, what: What(id) });
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
        let cost = |start: usize| frequency(&text[start..text.len().min(start + WIDE)]);
        let costs = (0..=text.len().saturating_sub(WIDE)).map(|start| (cost(start), start));
        let (rarity, rarest) = costs.min_by(|(a, _), (b, _)| a.total_cmp(b)).unwrap_or((1.0, 0));
        let begins = match place {
            Place::WordStart(at) => Some(usize::from(at)),
            Place::TokenStart => Some(0),
            Place::Anywhere | Place::BeforeSign => None,
        };
        // The pass looks at words that begin with a letter or `_`.
        let letter = |at: usize| text[at].byte.is_ascii_alphabetic() || text[at].byte == b'_';
        let run = if place == Place::TokenStart { TOKEN_HEAD } else { 0 };
        let rare = |at: usize| (rarity < RARE && run == 0) || (rarity < FAIRLY_RARE && cost(at) > COMMON);
        let (place, window, begins) = match begins {
            Some(at) if letter(at) && at + 1 < text.len() && !rare(at) => (place, at, None),
            None if place == Place::BeforeSign => (place, 0, None),
            _ => (Place::Anywhere, rarest, begins),
        };
        Self { window, run, begins, units: text.into_boxed_slice(), place }
    }

    fn window<const S: usize>(&self) -> Window<S> {
        let mut window = [None; S];
        for (place, unit) in window.iter_mut().zip(&self.units[self.window..]) {
            *place = Some(*unit);
        }
        window
    }

    /// What the needle has from its window's start on, or before its end where it is looked for from there.
    fn key(&self) -> Key {
        if self.place == Place::BeforeSign {
            Key::new(self.units.iter().rev().copied())
        } else {
            Key::new(self.units[self.window..].iter().copied())
        }
    }

    fn stands(&self, block: &[u8], start: usize) -> bool {
        let text = block.get(start..start + self.units.len());
        text.is_some_and(|text| self.units.iter().zip(text).all(|(u, b)| u.is(*b)))
            && self.begins.is_none_or(|at| scalar::may_begin(block, start + at))
            && block.get(start..start + self.run).is_some_and(|head| head.iter().all(|b| scalar::is_token(*b)))
    }
}

/// Two to eight bytes of a needle, the first one lowest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    width: u8,
    bytes: u64,
    /// The case bit of letters whose case does not matter; it is set in `bytes`.
    fold: u64,
}

impl Key {
    const NONE: Self = Self { width: 0, bytes: 0, fold: 0 };

    fn new(units: impl Iterator<Item = Unit>) -> Self {
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

    /// Bytes of it that are kept as hashes.
    fn hashed(self) -> u8 {
        self.width.min(4)
    }

    /// All spellings of those.
    fn variants(self) -> impl Iterator<Item = u32> {
        let (bytes, fold) = (self.bytes as u32, self.fold as u32);
        // The subsets of `fold`, by counting through its bits alone.
        let next = move |upper: &u32| Some(upper.wrapping_sub(fold) & fold).filter(|next| *next != 0);
        std::iter::successors(Some(0), next).map(move |upper| bytes ^ upper)
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
    const fn begins(self, text: u64) -> bool {
        (text | self.fold) & (u64::MAX >> (64 - 8 * self.width as u32)) == self.bytes
    }
}

/// The four bytes from `at` on, the first one lowest; bytes behind the block's end are zero.
#[inline(always)]
fn behind(block: &[u8], at: usize) -> u32 {
    match block.get(at..at + 4).and_then(|four| four.first_chunk()) {
        Some(four) => u32::from_le_bytes(*four),
        None => block[at..].iter().rev().fold(0, |window, byte| window << 8 | u32::from(*byte)),
    }
}

/// The four bytes up to and with `at`, the last one lowest; bytes before the block's start are zero.
#[inline(always)]
fn before(block: &[u8], at: usize) -> u32 {
    match block.get(at.wrapping_sub(3)..at + 1).and_then(|four| four.first_chunk()) {
        Some(four) => u32::from_be_bytes(*four),
        None => block[..=at].iter().fold(0, |window, byte| window << 8 | u32::from(*byte)),
    }
}

/// As [`behind`], eight bytes.
#[inline(always)]
fn long_behind(block: &[u8], at: usize) -> u64 {
    match block.get(at..at + 8).and_then(|eight| eight.first_chunk()) {
        Some(eight) => u64::from_le_bytes(*eight),
        None => block[at..].iter().rev().fold(0, |window, byte| window << 8 | u64::from(*byte)),
    }
}

/// As [`before`], eight bytes.
#[inline(always)]
fn long_before(block: &[u8], at: usize) -> u64 {
    match block.get(at.wrapping_sub(7)..at + 1).and_then(|eight| eight.first_chunk()) {
        Some(eight) => u64::from_be_bytes(*eight),
        None => block[..=at].iter().fold(0, |window, byte| window << 8 | u64::from(*byte)),
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
    /// The keys of four, three and two bytes in all spellings: they say no at most of the rest.
    fours: Bits,
    threes: Bits,
    pairs: Bits,
    /// By hash of the head, where the entries of each slot begin, and where the last end.
    slots: Box<[u16]>,
    /// Grouped by slot.
    entries: Vec<(Key, u16)>,
}

/// The first three bytes of `window` by the lower five bits of each, which tell letters apart.
#[inline(always)]
const fn head(window: u32) -> u32 {
    window & 31 | window >> 3 & 31 << 5 | window >> 6 & 31 << 10
}

/// A set of heads.
#[derive(Debug)]
struct Heads(Box<[u32; 1 << 10]>);

impl Heads {
    fn new(entries: &[(Key, u16)]) -> Self {
        let mut words = Box::new([0; 1 << 10]);
        for head in entries.iter().flat_map(|(key, _)| key.heads()) {
            words[head as usize & 0x3ff] |= 1 << (head >> 10);
        }
        Self(words)
    }

    #[inline(always)]
    fn has(&self, window: u32) -> bool {
        self.0[head(window) as usize & 0x3ff] >> (window >> 16 & 31) & 1 == 1
    }
}

/// A set of hashes, one bit each: small enough that it stays in the first-level cache.
#[derive(Debug)]
struct Bits {
    /// A power of two.
    words: Box<[u64]>,
}

impl Bits {
    fn new(width: u8, entries: &[(Key, u16)]) -> Self {
        let keys = || entries.iter().map(|(key, _)| *key).filter(|key| key.hashed() == width);
        // One bit in 64 is set: a few thousand keys want some kilobytes.
        let spellings = keys().map(|key| 1 << (key.fold as u32).count_ones()).sum::<usize>();
        let mut words = vec![0; spellings.next_power_of_two()].into_boxed_slice();
        for key in keys().flat_map(Key::variants) {
            let (word, bit) = Self::place(key, words.len());
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
    fn new(keys: &[(Key, u16)]) -> Self {
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
        Self {
            heads: Heads::new(keys),
            fours: Bits::new(4, keys),
            threes: Bits::new(3, keys),
            pairs: Bits::new(2, keys),
            slots: starts,
            entries,
        }
    }

    /// Whether some key may begin `window`.
    #[inline(always)]
    fn may_hold(&self, window: u32) -> bool {
        self.fours.has(window) | self.threes.has(window & mask(3)) | self.pairs.has(window & mask(2))
    }

    /// The needles that may begin `window`.
    #[inline(always)]
    fn slot(&self, window: u32) -> &[(Key, u16)] {
        let slot = slot_of(head(window), self.slots.len() - 1);
        &self.entries[usize::from(self.slots[slot])..usize::from(self.slots[slot + 1])]
    }
}

/// A slot out of `slots`, a power of two.
#[inline(always)]
const fn slot_of(head: u32, slots: usize) -> usize {
    (head.wrapping_mul(0x9e37_79b1) >> 12) as usize & (slots - 1)
}
