//! Who wants to see which needle: needles by number, each once, and their owners side by side.
//!
//! A program that starts puts some two thousand in, so nothing is copied and nothing has memory of its own.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::ops::Index;

use super::Owner;
use crate::sieve::Needle;

/// Needles and owners as they are found.
#[derive(Default)]
pub(super) struct Claims {
    numbers: HashMap<Needle, u32, BuildHasherDefault<Mix>>,
    /// The needle's number, and who wants it.
    claims: Vec<(u32, Owner)>,
}

/// By needle, its owners.
#[derive(Debug)]
pub(super) struct Owners {
    /// Where each needle's begin, and where the last one's end.
    starts: Box<[u32]>,
    all: Box<[Owner]>,
}

impl Claims {
    /// Room for so many needles.
    pub(super) fn with_capacity(needles: usize) -> Self {
        Self {
            numbers: HashMap::with_capacity_and_hasher(needles, BuildHasherDefault::default()),
            claims: Vec::with_capacity(needles),
        }
    }

    /// How many needles there are.
    pub(super) fn needles(&self) -> usize {
        self.numbers.len()
    }

    /// `owner` wants to see `needle`.
    pub(super) fn add(&mut self, needle: Needle, owner: Owner) {
        let next = self.numbers.len() as u32;
        let number = *self.numbers.entry(needle).or_insert(next);
        self.claims.push((number, owner));
    }

    /// All needles by number, with their owners in the order they came.
    pub(super) fn finish(self) -> (Vec<Needle>, Owners) {
        let Self { numbers, mut claims } = self;
        let mut needles = vec![None; numbers.len()];
        for (needle, number) in numbers {
            needles[number as usize] = Some(needle);
        }
        claims.sort_by_key(|(number, _)| *number);
        // Texts that are spelt alike in two encodings, and names that share a word, ask for the same.
        claims.dedup_by(|a, b| a.0 == b.0 && a.1.asks_what(b.1));
        let mut starts = vec![0; needles.len() + 1].into_boxed_slice();
        for (number, _) in &claims {
            starts[*number as usize + 1] += 1;
        }
        for i in 1..starts.len() {
            starts[i] += starts[i - 1];
        }
        let all = claims.into_iter().map(|(_, owner)| owner).collect();
        (needles.into_iter().flatten().collect(), Owners { starts, all })
    }
}

impl Index<usize> for Owners {
    type Output = [Owner];

    fn index(&self, needle: usize) -> &[Owner] {
        &self.all[self.starts[needle] as usize..self.starts[needle + 1] as usize]
    }
}

/// A quick hash for texts of our own: nobody gains by having two of them fall together.
#[derive(Default)]
struct Mix(u64);

impl Mix {
    fn add(&mut self, word: u64) {
        self.0 = (self.0.rotate_left(5) ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }
}

impl Hasher for Mix {
    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.add(u64::from(*byte)));
    }

    fn write_u8(&mut self, byte: u8) {
        self.add(u64::from(byte));
    }

    fn write_usize(&mut self, word: usize) {
        self.add(word as u64);
    }

    fn finish(&self) -> u64 {
        // The map takes its place from the low bits, which a product mixes least.
        self.0 ^ self.0 >> 32
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::literal::Unit;
    use crate::sieve::Place;

    #[test]
    fn a_needle_has_one_number_and_all_its_owners() {
        let needle = |text: &str, place| Needle { text: text.bytes().map(Unit::caseless).collect(), place };
        let mut claims = Claims::default();
        claims.add(needle("one", Place::Anywhere), Owner::Literal(1));
        claims.add(needle("two", Place::Anywhere), Owner::Literal(2));
        claims.add(needle("one", Place::TokenStart), Owner::Literal(3));
        claims.add(needle("one", Place::Anywhere), Owner::Literal(4));
        let (needles, owners) = claims.finish();
        let texts: Vec<usize> = needles.iter().map(|needle| needle.text.len()).collect();
        assert_eq!(texts, [3, 3, 3]);
        assert!(needles[1].text[0].is(b't') && needles[2].place == Place::TokenStart);
        let of = |number: usize| owners[number].iter().map(|owner| format!("{owner:?}")).collect::<Vec<_>>();
        assert_eq!(of(0), ["Literal(1)", "Literal(4)"]);
        assert_eq!((of(1), of(2)), (vec!["Literal(2)".to_owned()], vec!["Literal(3)".to_owned()]));
    }
}
