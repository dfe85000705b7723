//! Patterns by the hash of their letters, so that a name costs a step for each of its letters, however many there are.

/// A table of numbers by hash: open addressing, half empty at least.
#[derive(Clone, Debug, Default)]
pub(super) struct Index {
    /// A hash and the number that was put in under it, plus one; 0 is empty.
    slots: Vec<(u32, u32)>,
    count: usize,
    /// Which lengths there are, as bits.
    lengths: u128,
}

impl Index {
    /// Puts `number` in under `text`, which is read from the end with `back`.
    pub(super) fn add(&mut self, text: &[u8], back: bool, number: usize) {
        if self.slots.len() < 2 * (self.count + 1) {
            let old = std::mem::take(&mut self.slots);
            self.slots = vec![(0, 0); (2 * old.len()).max(64)];
            old.into_iter().filter(|slot| slot.1 > 0).for_each(|slot| self.put(slot));
        }
        let hash = if back { text.iter().rev().fold(BASIS, step) } else { text.iter().fold(BASIS, step) };
        self.put((hash, number as u32 + 1));
        self.count += 1;
        self.lengths |= 1 << text.len().min(127);
    }

    fn put(&mut self, slot: (u32, u32)) {
        let mask = self.slots.len() - 1;
        let mut at = place(slot.0) & mask;
        while self.slots[at].1 > 0 {
            at = (at + 1) & mask;
        }
        self.slots[at] = slot;
    }

    /// Says the numbers of everything that was put in under a head of `text`, and perhaps of a few more.
    pub(super) fn each<'t>(&self, text: impl Iterator<Item = &'t u8>, mut say: impl FnMut(usize)) {
        let Some(mask) = self.slots.len().checked_sub(1) else { return };
        let mut left = self.lengths >> 1;
        let mut hash = BASIS;
        for byte in text {
            hash = step(hash, byte);
            if left & 1 == 1 {
                let mut at = place(hash) & mask;
                while self.slots[at].1 > 0 {
                    if self.slots[at].0 == hash {
                        say(self.slots[at].1 as usize - 1);
                    }
                    at = (at + 1) & mask;
                }
            }
            left >>= 1;
            if left == 0 {
                break;
            }
        }
    }
}

/// FNV-1a.
const BASIS: u32 = 0x811c_9dc5;

const fn step(hash: u32, byte: &u8) -> u32 {
    (hash ^ *byte as u32).wrapping_mul(0x0100_0193)
}

/// The low bits of FNV are its weak ones.
const fn place(hash: u32) -> usize {
    (hash ^ hash >> 15) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads_and_tails_are_found() {
        let (mut heads, mut tails) = (Index::default(), Index::default());
        let words: Vec<String> = (0..500).map(|i| format!("w{}x", i * 37)).collect();
        for (i, word) in words.iter().enumerate() {
            heads.add(word.as_bytes(), false, i);
            tails.add(word.as_bytes(), true, i);
        }
        for (i, word) in words.iter().enumerate() {
            let (text, mut found) = (format!("{word}and{word}"), Vec::new());
            heads.each(text.as_bytes().iter(), |n| found.push(n));
            tails.each(text.as_bytes().iter().rev(), |n| found.push(n));
            assert_eq!(found, [i, i], "{word}");
        }
    }
}
