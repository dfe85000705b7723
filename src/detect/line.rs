//! Lines in a block.

use memchr::{memchr, memrchr};

use crate::span::Span;

/// The line that `at` stands in, without its newline and the carriage returns before it. No newline stands between
/// `from` and the line's start.
pub(super) fn line_around(block: &[u8], at: usize, from: usize) -> Span {
    let from = from.min(at);
    let start = memrchr(b'\n', &block[from..at])
        .map_or_else(|| memrchr(b'\n', &block[..from]).map_or(0, |n| n + 1), |n| from + n + 1);
    let mut end = memchr(b'\n', &block[at..]).map_or(block.len(), |n| at + n);
    while end > start && block[end - 1] == b'\r' {
        end -= 1;
    }
    Span::new(start, end)
}

/// Where the line behind `line` begins.
pub(super) fn line_behind(block: &[u8], line: Span) -> usize {
    memchr(b'\n', &block[line.end..]).map_or(block.len(), |n| line.end + n + 1)
}

/// A line in its block.
pub(super) struct Site<'b> {
    pub(super) block: &'b [u8],
    pub(super) line: Span,
}

impl<'b> Site<'b> {
    /// Its bytes.
    pub(super) fn text(&self) -> &'b [u8] {
        &self.block[self.line.range()]
    }
}
