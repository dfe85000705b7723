//! Rules that nothing wakes: tried in every line.

use super::{Engine, Found, Learnt, line_around, line_behind};
use crate::span::Hit;

impl Engine {
    /// Rules of other programs.
    pub(super) fn every_line(&self, block: &[u8], learnt: &mut Learnt, hits: &mut Vec<Hit>) {
        let mut next = 0;
        while next < block.len() {
            let line = line_around(block, next, next);
            learnt.next_line(line.len());
            let mut found = Found::in_line(line.start, hits);
            for index in &self.slow_foreign {
                self.foreigners.find(*index, None, (&block[line.range()], 0), &mut learnt.foreign, &mut found);
            }
            next = line_behind(block, line);
        }
    }

    /// A pattern without an anchor, at every place of every line.
    pub(super) fn every_place(&self, index: usize, block: &[u8], learnt: &mut Learnt, hits: &mut Vec<Hit>) {
        let mut next = 0;
        while next < block.len() {
            let line = line_around(block, next, next);
            let text = &block[line.range()];
            learnt.next_line(line.len());
            let effort = learnt.efforts.of(index);
            let mut found = Found::in_line(line.start, hits);
            for start in 0..line.len() {
                if let Some(hit) = self.patterns[index].find(text, start, effort) {
                    found.push(hit);
                }
            }
            next = line_behind(block, line);
        }
    }
}
