//! The one rule that spans lines on its own: a private key, taken line by line through a block.

use super::key_block::{self, KeyState};
use super::{Found, Site, line_around, line_behind};
use crate::span::{Confidence, Hit, RuleId};

/// A private key on its way through the lines of a block.
pub(super) struct KeyWalk {
    pub(super) rule: Option<RuleId>,
    pub(super) open: Option<KeyState>,
    /// Everything before was looked at by `follow`.
    pub(super) upto: usize,
}

impl KeyWalk {
    /// A frame begins at `at` of the site's line.
    pub(super) fn begin(&mut self, site: &Site<'_>, at: usize, found: &mut Found<'_>) {
        let Some(rule) = self.rule else { return };
        if site.line.start + at < self.upto {
            return;
        }
        self.open = key_block::begin(site.text(), at, &mut |span| found.add(rule, span, Confidence::High));
        self.upto = line_behind(site.block, site.line);
        self.follow(site.block, found.hits);
    }

    /// Takes whole lines until the key has ended or the block has.
    pub(super) fn follow(&mut self, block: &[u8], hits: &mut Vec<Hit>) {
        let Some(rule) = self.rule else { return };
        while self.upto < block.len()
            && let Some(state) = self.open.take()
        {
            let line = line_around(block, self.upto, self.upto);
            let mut found = Found::in_line(line.start, hits);
            self.open =
                key_block::follow(state, &block[line.range()], &mut |span| found.add(rule, span, Confidence::High));
            self.upto = line_behind(block, line);
        }
    }
}
