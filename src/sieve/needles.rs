//! The needles and the tables that tell, at a place where one may stand, which one does.

use std::collections::HashSet;

use crate::catalogue::literal::{Unit, frequency};

use super::buckets::{Place, SPAN, Window};
use super::{Behind, Candidate, Needle, What};

/// All needles, by where they are wanted and by a key of two to four of their bytes.
#[derive(Debug)]
pub(crate) struct Needles {
    all: Vec<Keyed>,
    /// Found by the filter, keyed by 4, 3 or 2 bytes of their rarest window.
    anywhere: [Table; 3],
    /// Found at token starts, keyed by their first 3 bytes, or 2 where they have no more.
    starts: [Table; 2],
}

#[derive(Debug)]
struct Keyed {
    units: Box<[Unit]>,
    token_start: bool,
    behind: Behind,
    /// Where its key begins.
    window: usize,
    /// Bytes of its key.
    width: usize,
}

impl Needles {
    pub(crate) fn new(needles: Vec<Needle>) -> Self {
        let mut chosen = HashSet::new();
        let all: Vec<Keyed> = needles.into_iter().map(|needle| Keyed::new(needle, &mut chosen)).collect();
        let table = |token_start: bool, width: usize| {
            let mine = all.iter().enumerate().filter(|(_, n)| n.token_start == token_start && n.width == width);
            Table::new(width, mine.map(|(i, n)| (n.key(), i as u16)).collect())
        };
        let anywhere = [table(false, 4), table(false, 3), table(false, 2)];
        Self { starts: [table(true, 3), table(true, 2)], anywhere, all }
    }

    /// The windows that a filter has to look for.
    pub(super) fn windows(&self) -> Vec<Window> {
        self.all.iter().filter(|n| !n.token_start).flat_map(Keyed::windows).collect()
    }

    /// Reports the needles whose window begins at one of `places`.
    #[inline(always)]
    pub(super) fn check_anywhere(&self, block: &[u8], places: &[u32], out: &mut Vec<Candidate>) {
        self.check(&self.anywhere, block, places, out);
    }

    /// Reports the needles that begin at one of `places`, where a token does.
    #[inline(always)]
    pub(super) fn check_starts(&self, block: &[u8], places: &[u32], out: &mut Vec<Candidate>) {
        self.check(&self.starts, block, places, out);
    }

    #[inline(always)]
    fn check(&self, tables: &[Table], block: &[u8], places: &[u32], out: &mut Vec<Candidate>) {
        for table in tables.iter().filter(|t| !t.entries.is_empty()) {
            let mut kept = [0u32; BATCH];
            for batch in places.chunks(BATCH) {
                // Kept or not is data, not a branch: at these places the answer cannot be foretold.
                let mut n = 0;
                for at in batch {
                    kept[n] = *at;
                    n += usize::from(table.may_hold(table.key(block, *at as usize)));
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
        for (id, _) in self.all.iter().enumerate().filter(|(_, n)| n.stands(block, at)) {
            out.push(Candidate { at: at as u32, what: What(id as u16) });
        }
    }
}

impl Keyed {
    /// A needle with its key: its rarest window, or one almost as rare that another needle has `chosen`; its last bytes
    /// where a sign must follow them.
    fn new(needle: Needle, chosen: &mut HashSet<Box<[Unit]>>) -> Self {
        let Needle { text, token_start, behind } = needle;
        debug_assert!(text.len() >= 2, "the caller keeps needles of one byte away");
        let width = match behind {
            Behind::Any if token_start => text.len().min(3),
            Behind::Any => text.len().min(4),
            Behind::Sign => text.len().min(3),
            Behind::BlankAndSign => 2,
        };
        let at = |start: usize| &text[start..start + width];
        let window = if token_start {
            0
        } else if behind == Behind::Any {
            let cost = |start: &usize| frequency(at(*start)) * if chosen.contains(at(*start)) { 0.05 } else { 1.0 };
            (0..=text.len() - width).min_by(|a, b| cost(a).total_cmp(&cost(b))).unwrap_or(0)
        } else {
            text.len() - width
        };
        chosen.insert(at(window).into());
        Self { window, units: text.into_boxed_slice(), token_start, behind, width }
    }

    /// What the filter shall look for.
    fn windows(&self) -> Vec<Window> {
        let mut window = [Place::Any; SPAN];
        let fixed = &self.units[self.window..];
        for (place, unit) in window.iter_mut().zip(fixed) {
            *place = Place::Unit(*unit);
        }
        let mut with = |at: usize, (high, low): (u16, u16)| {
            window[at] = Place::Halves(high, low);
            window
        };
        match self.behind {
            Behind::Any => vec![window],
            Behind::Sign => Behind::SIGNS.iter().map(|set| with(fixed.len(), *set)).collect(),
            Behind::BlankAndSign => {
                window[fixed.len()] = Place::Unit(Unit::exact(b' '));
                window[fixed.len() + 1] = Place::Halves(Behind::SPACED.0, Behind::SPACED.1);
                vec![window]
            }
        }
    }

    fn key(&self) -> u32 {
        let mut bytes = [0; 4];
        for (to, unit) in bytes.iter_mut().zip(&self.units[self.window..self.window + self.width]) {
            *to = unit.byte;
        }
        fold(u32::from_le_bytes(bytes)) & mask(self.width)
    }

    fn stands(&self, block: &[u8], start: usize) -> bool {
        let Some(text) = block.get(start..) else { return false };
        let Some((text, behind)) = text.split_at_checked(self.units.len()) else { return false };
        self.units.iter().zip(text).all(|(u, b)| u.is(*b)) && self.behind.holds(behind)
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
        Self { mask: mask(width), bits, entries }
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
