//! A value on the line below its name, on its way through the lines of a block.
//!
//! The state that a line leaves is taken on before the next line's own candidates are looked at, one line after the
//! other, so that it is the same wherever a block ends. While nothing is open this costs nothing.

use super::named::below::Below;
use super::{Found, Site, line_around, line_behind};
use crate::span::{Hit, RuleId};

/// Where a name waits for its value.
pub(super) struct BelowWalk {
    rule: Option<RuleId>,
    pub(super) open: Option<Below>,
    /// The line that is next to be looked at.
    upto: usize,
}

impl BelowWalk {
    pub(super) const fn new(rule: Option<RuleId>, open: Option<Below>) -> Self {
        Self { rule, open, upto: 0 }
    }

    /// The site's line ends in a name. It has to be whole: nothing is below a line that goes on.
    pub(super) fn begin(&mut self, site: &Site<'_>, below: Below) {
        let next = line_behind(site.block, site.line);
        if site.block.get(next.wrapping_sub(1)) == Some(&b'\n') && next > site.line.end {
            (self.open, self.upto) = (Some(below), next);
        }
    }

    /// Takes the lines that begin before `until`.
    pub(super) fn follow(&mut self, block: &[u8], until: usize, hits: &mut Vec<Hit>) {
        let Some(rule) = self.rule else { return };
        while self.upto < until.min(block.len())
            && let Some(state) = self.open.take()
        {
            let line = line_around(block, self.upto, self.upto);
            let mut found = Found::in_line(line.start, hits);
            self.open = state.follow(&block[line.range()], &mut |span, confidence| found.add(rule, span, confidence));
            self.upto = line_behind(block, line);
        }
    }
}
