//! The needles and the tables that tell, at a place where one may stand, which one does.

use crate::catalogue::literal::{Literal, Unit, share};

use super::{Candidate, What};

/// All needles, found by a window of four bytes (or two, for the shortest).
#[derive(Debug)]
pub(crate) struct Needles {
    all: Vec<Needle>,
    long: Table,
    short: Table,
}

#[derive(Debug)]
struct Needle {
    units: Box<[Unit]>,
    /// Where its window begins.
    window: usize,
}

impl Needles {
    pub(crate) fn new(literals: Vec<Literal>) -> Self {
        let all: Vec<Needle> = literals.into_iter().map(Needle::new).collect();
        let keyed = |long: bool| {
            let mine = all.iter().enumerate().filter(move |(_, n)| (n.units.len() >= 4) == long);
            mine.map(|(i, n)| (n.key(), i as u16)).collect::<Vec<_>>()
        };
        Self { long: Table::new(keyed(true)), short: Table::new(keyed(false)), all }
    }

    /// Reports the needles whose window begins at `at`.
    #[inline]
    pub(crate) fn check(&self, block: &[u8], at: usize, out: &mut Vec<Candidate>) {
        if let Some(four) = block.get(at..at + 4) {
            let key = fold(u32::from_le_bytes([four[0], four[1], four[2], four[3]]));
            if self.long.may_hold(key) {
                self.confirm(&self.long, key, block, at, out);
            }
        }
        if let Some(two) = block.get(at..at + 2) {
            let key = fold(u32::from_le_bytes([two[0], two[1], 0, 0]));
            if self.short.may_hold(key) {
                self.confirm(&self.short, key, block, at, out);
            }
        }
    }

    #[inline(never)]
    fn confirm(&self, table: &Table, key: u32, block: &[u8], at: usize, out: &mut Vec<Candidate>) {
        for (found, id) in table.of(key) {
            let needle = &self.all[usize::from(*id)];
            if *found == key && at >= needle.window && needle.stands(block, at - needle.window) {
                out.push(Candidate { at: (at - needle.window) as u32, what: What(*id) });
            }
        }
    }

    /// Every needle compared at `at`.
    pub(crate) fn check_all(&self, block: &[u8], at: usize, out: &mut Vec<Candidate>) {
        for (id, needle) in self.all.iter().enumerate().filter(|(_, n)| n.stands(block, at)) {
            debug_assert!(!needle.units.is_empty());
            out.push(Candidate { at: at as u32, what: What(id as u16) });
        }
    }
}

impl Needle {
    fn new(literal: Literal) -> Self {
        debug_assert!(literal.len() >= 2, "the caller keeps needles of one byte away");
        let width = if literal.len() >= 4 { 4 } else { 2 };
        let cost = |start: usize| literal[start..start + width].iter().map(|u| share(*u)).product::<f64>();
        let window = (0..=literal.len() - width).min_by(|a, b| cost(*a).total_cmp(&cost(*b))).unwrap_or(0);
        Self { units: literal.into_boxed_slice(), window }
    }

    fn key(&self) -> u32 {
        let width = if self.units.len() >= 4 { 4 } else { 2 };
        let mut bytes = [0; 4];
        for (to, unit) in bytes.iter_mut().zip(&self.units[self.window..self.window + width]) {
            *to = unit.byte;
        }
        fold(u32::from_le_bytes(bytes))
    }

    fn stands(&self, block: &[u8], start: usize) -> bool {
        block
            .get(start..start + self.units.len())
            .is_some_and(|text| self.units.iter().zip(text).all(|(u, b)| u.is(*b)))
    }
}

/// Bytes with the case bit set: equal for both cases of a letter; exact comparison follows.
const fn fold(window: u32) -> u32 {
    window | 0x2020_2020
}

/// From a folded window to the needles that have it.
#[derive(Debug)]
struct Table {
    /// One bit for each hash: most places end here.
    bits: Box<[u64; BITS / 64]>,
    /// Sorted by key.
    entries: Vec<(u32, u16)>,
}

/// 8 KiB: stays in the first-level cache.
const BITS: usize = 1 << 16;

impl Table {
    fn new(mut entries: Vec<(u32, u16)>) -> Self {
        entries.sort_unstable();
        let mut bits = Box::new([0; BITS / 64]);
        for (key, _) in &entries {
            let hash = Self::hash(*key);
            bits[hash / 64] |= 1 << (hash % 64);
        }
        Self { bits, entries }
    }

    #[inline]
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
