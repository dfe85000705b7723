//! Rules that nothing wakes: tried in every line.

use super::{Engine, Found, Learnt, line_around, line_behind};
use crate::span::Hit;

impl Engine {
    /// Rules of other programs.
    pub(super) fn every_line(&self, block: &[u8], learnt: &mut Learnt, hits: &mut Vec<Hit>) {
        each_line(block, learnt, hits, |text, learnt, found| {
            for index in &self.slow_foreign {
                self.foreigners.find(*index, None, (text, 0), &mut learnt.foreign, found);
            }
        });
    }

    /// A pattern without an anchor, at every place of every line.
    pub(super) fn every_place(&self, index: usize, block: &[u8], learnt: &mut Learnt, hits: &mut Vec<Hit>) {
        each_line(block, learnt, hits, |text, learnt, found| {
            let effort = learnt.efforts.of(index);
            for start in 0..text.len() {
                if let Some(hit) = self.patterns[index].find(text, start, effort) {
                    found.push(hit);
                }
            }
        });
    }
}

/// Calls `look` with each line of `block`.
fn each_line(
    block: &[u8],
    learnt: &mut Learnt,
    hits: &mut Vec<Hit>,
    mut look: impl FnMut(&[u8], &mut Learnt, &mut Found<'_>),
) {
    let mut next = 0;
    while next < block.len() {
        let line = line_around(block, next, next);
        learnt.next_line(line.len());
        look(&block[line.range()], learnt, &mut Found::in_line(line.start, hits));
        next = line_behind(block, line);
    }
}
