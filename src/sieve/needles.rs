//! The needles and the tables that tell, at a place where one may stand, which one does.

use std::collections::HashSet;

use crate::catalogue::literal::{Unit, frequency};

use super::buckets::{SPAN, Window};
use super::{Candidate, Needle, Place, What, scalar};

/// All needles, by where they are wanted and by a key of two to four of their bytes.
#[derive(Debug)]
pub(crate) struct Needles {
    all: Vec<Keyed>,
    /// Found by the filter, keyed by their rarest window of 4 bytes, or of 2 where they have no more than 3.
    anywhere: [Table; 2],
    /// Found at token starts, keyed by their first 3 bytes, or 2 where they have no more.
    starts: [Table; 2],
    /// Found before signs, keyed by their last 3 bytes, or 2 where they have no more.
    ends: [Table; 2],
}

#[derive(Debug)]
struct Keyed {
    units: Box<[Unit]>,
    place: Place,
    /// Where its key begins.
    window: usize,
    /// Bytes of its key.
    width: usize,
}

impl Needles {
    pub(crate) fn new(needles: Vec<Needle>) -> Self {
        let mut chosen = HashSet::new();
        let all: Vec<Keyed> = needles.into_iter().map(|needle| Keyed::new(needle, &mut chosen)).collect();
        let table = |place: Place, width: usize| {
            let mine = all.iter().enumerate().filter(|(_, n)| n.place == place && n.width == width);
            Table::new(width, mine.map(|(i, n)| (n.key(), i as u16)).collect())
        };
        let anywhere = [table(Place::Anywhere, 4), table(Place::Anywhere, 2)];
        let starts = [table(Place::TokenStart, 3), table(Place::TokenStart, 2)];
        let ends = [table(Place::BeforeSign, 3), table(Place::BeforeSign, 2)];
        Self { anywhere, starts, ends, all }
    }

    /// The windows that a filter has to look for.
    pub(super) fn windows(&self) -> Vec<Window> {
        self.all.iter().filter(|n| n.place == Place::Anywhere).map(Keyed::window).collect()
    }

    /// Reports the needles whose window begins at one of `places`.
    #[inline(always)]
    pub(super) fn check_anywhere(&self, block: &[u8], places: &[u32], out: &mut Vec<Candidate>) {
        self.check(&self.anywhere, block, places, |_| 0, out);
    }

    /// Reports the needles that begin at one of `places`, where a token does.
    #[inline(always)]
    pub(super) fn check_starts(&self, block: &[u8], places: &[u32], out: &mut Vec<Candidate>) {
        self.check(&self.starts, block, places, |_| 0, out);
    }

    /// Reports the needles whose last byte is at one of `places`, before a sign.
    #[inline(always)]
    pub(super) fn check_ends(&self, block: &[u8], places: &[u32], out: &mut Vec<Candidate>) {
        self.check(&self.ends, block, places, |width| width - 1, out);
    }

    /// Reports what of `tables` has its key so many bytes before one of `places` as `before` says for its width.
    #[inline(always)]
    fn check(
        &self,
        tables: &[Table],
        block: &[u8],
        places: &[u32],
        before: impl Fn(usize) -> usize,
        out: &mut Vec<Candidate>,
    ) {
        for table in tables.iter().filter(|t| !t.entries.is_empty()) {
            let before = before(table.width);
            let mut kept = [0u32; BATCH];
            for batch in places.chunks(BATCH) {
                // Kept or not is data, not a branch: at these places the answer cannot be foretold.
                let mut n = 0;
                for at in batch {
                    let at = (*at as usize).wrapping_sub(before);
                    kept[n] = at as u32;
                    n += usize::from(at < block.len() && table.may_hold(table.key(block, at)));
                }
                for at in &kept[..n] {
                    self.confirm(table, block, *at as usize, out);
                }
            }
        }
    }

    #[inline(never)]
    fn confirm(&self, table: &Table, block: &[u8], at: usize, out: &mut Vec<Candidate>) {
        for (_, id) in table.of(table.key(block, at)) {
            let needle = &self.all[usize::from(*id)];
            if at >= needle.window && needle.stands(block, at - needle.window) {
                out.push(Candidate { at: (at - needle.window) as u32, what: What(*id) });
            }
        }
    }

    /// Every needle compared at `at`.
    pub(crate) fn check_all(&self, block: &[u8], at: usize, out: &mut Vec<Candidate>) {
        for (id, _) in self.all.iter().enumerate().filter(|(_, n)| n.stands(block, at) && n.placed(block, at)) {
            out.push(Candidate { at: at as u32, what: What(id as u16) });
        }
    }
}

impl Keyed {
    /// A needle with its key: where it is wanted anywhere, its rarest window, or one almost as rare that another needle
    /// has `chosen`.
    fn new(needle: Needle, chosen: &mut HashSet<Box<[Unit]>>) -> Self {
        let Needle { text, place } = needle;
        debug_assert!(text.len() >= 2, "the caller keeps needles of one byte away");
        let width = match (place, text.len()) {
            (Place::Anywhere, 4..) => 4,
            (Place::TokenStart | Place::BeforeSign, 3..) => 3,
            _ => 2,
        };
        let at = |start: usize| &text[start..start + width];
        let window = match place {
            Place::TokenStart => 0,
            Place::BeforeSign => text.len() - width,
            Place::Anywhere => {
                let cost = |start: &usize| frequency(at(*start)) * if chosen.contains(at(*start)) { 0.05 } else { 1.0 };
                let rarest = (0..=text.len() - width).min_by(|a, b| cost(a).total_cmp(&cost(b))).unwrap_or(0);
                chosen.insert(at(rarest).into());
                rarest
            }
        };
        Self { window, units: text.into_boxed_slice(), place, width }
    }

    /// What the filter shall look for.
    fn window(&self) -> Window {
        let mut window = [None; SPAN];
        // A short needle's window goes on over its whole text, which is rarer than its key.
        for (place, unit) in window.iter_mut().zip(&self.units[self.window..]) {
            *place = Some(*unit);
        }
        window
    }

    fn key(&self) -> u32 {
        let mut bytes = [0; 4];
        for (to, unit) in bytes.iter_mut().zip(&self.units[self.window..self.window + self.width]) {
            *to = unit.byte;
        }
        fold(u32::from_le_bytes(bytes)) & mask(self.width)
    }

    fn stands(&self, block: &[u8], start: usize) -> bool {
        block
            .get(start..start + self.units.len())
            .is_some_and(|text| self.units.iter().zip(text).all(|(u, b)| u.is(*b)))
    }

    /// Whether the needle is wanted at `start`, where it stands; token starts are judged by who asked for them.
    fn placed(&self, block: &[u8], start: usize) -> bool {
        self.place != Place::BeforeSign || scalar::sign_behind(&block[start + self.units.len()..])
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

/// From a folded window to the needles that have it.
#[derive(Debug)]
struct Table {
    /// Bytes of a key.
    width: usize,
    mask: u32,
    /// One bit for each hash: most places end here. 8 KiB stay in the first-level cache.
    bits: Box<[u64; BITS / 64]>,
    /// Sorted by key.
    entries: Vec<(u32, u16)>,
}

const BITS: usize = 1 << 16;
/// Places judged at a time.
const BATCH: usize = 256;

impl Table {
    fn new(width: usize, mut entries: Vec<(u32, u16)>) -> Self {
        entries.sort_unstable();
        let mut bits = Box::new([0; BITS / 64]);
        for (key, _) in &entries {
            let hash = Self::hash(*key);
            bits[hash / 64] |= 1 << (hash % 64);
        }
        Self { width, mask: mask(width), bits, entries }
    }

    /// The key at `at`; bytes behind the block's end are zero.
    #[inline(always)]
    fn key(&self, block: &[u8], at: usize) -> u32 {
        let window = match block[at..].first_chunk::<4>() {
            Some(four) => u32::from_le_bytes(*four),
            None => block[at..].iter().rev().fold(0, |window, byte| window << 8 | u32::from(*byte)),
        };
        fold(window) & self.mask
    }

    #[inline(always)]
    fn may_hold(&self, key: u32) -> bool {
        let hash = Self::hash(key);
        self.bits[hash / 64] >> (hash % 64) & 1 == 1
    }

    fn of(&self, key: u32) -> &[(u32, u16)] {
        let start = self.entries.partition_point(|(k, _)| *k < key);
        let end = start + self.entries[start..].partition_point(|(k, _)| *k == key);
        &self.entries[start..end]
    }

    #[inline]
    const fn hash(key: u32) -> usize {
        (key.wrapping_mul(0x9e37_79b1) >> 16) as usize
    }
}
