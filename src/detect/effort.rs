//! What the patterns have learnt about a line and spent on it, so that its time stays in proportion to its length.
//!
//! A line may hold a pattern's prefix again and again, each the head of a run that goes on to the line's end. Walking
//! every one of them would be quadratic. A run of one class is therefore walked once, and the work of what must be
//! walked again is bounded.

use memchr::memmem;

use super::shape::ByteSet;

/// Bytes of walking allowed for each byte of a line.
const PER_BYTE: usize = 64;
/// Bytes of walking allowed for any line.
const FOR_ANY: usize = 64 << 10;

/// The efforts of all patterns over the current line.
#[derive(Debug, Default)]
pub(crate) struct Efforts {
    line: u64,
    len: usize,
    each: Vec<Effort>,
}

/// The effort of one pattern over one line.
#[derive(Clone, Debug)]
pub(crate) struct Effort {
    line: u64,
    /// What is left to walk.
    left: usize,
    /// The last long run: no byte from `from` to `to` is foreign to the class, the one at `to` is.
    class: ByteSet,
    from: usize,
    to: usize,
    /// A place from which the pattern's inner text was looked for, and where it was found.
    inner: (usize, Option<usize>),
}

impl Efforts {
    /// Another line, of `len` bytes, begins.
    pub(crate) fn next_line(&mut self, len: usize) {
        self.line += 1;
        self.len = len;
    }

    /// The effort of pattern `index` over this line.
    pub(crate) fn of(&mut self, index: usize) -> &mut Effort {
        if self.each.len() <= index {
            self.each.resize(index + 1, Effort::new(0, 0));
        }
        let effort = &mut self.each[index];
        if effort.line != self.line {
            *effort = Effort::new(self.line, self.len.saturating_mul(PER_BYTE).saturating_add(FOR_ANY));
        }
        effort
    }
}

impl Effort {
    const fn new(line: u64, left: usize) -> Self {
        Self { line, left, class: ByteSet::EMPTY, from: 0, to: 0, inner: (usize::MAX, None) }
    }

    /// Where the pattern's inner text stands in `text` next, from `start` on. A place that was found serves all starts
    /// before it, so that a line is looked through once.
    pub(crate) fn next(&mut self, inner: &[u8], text: &[u8], start: usize) -> Option<usize> {
        let (from, at) = self.inner;
        if from > start || at.is_some_and(|at| at < start) {
            self.inner = (start, memmem::find(&text[start..], inner).map(|at| start + at));
        }
        self.inner.1
    }

    /// Takes `bytes` from what is left; `None` where there is not so much.
    pub(crate) fn spend(&mut self, bytes: usize) -> Option<()> {
        self.left = self.left.checked_sub(bytes)?;
        Some(())
    }

    /// How many bytes of `class` stand in `text` from `at` on, `most` at the most.
    pub(crate) fn run(&mut self, class: &ByteSet, text: &[u8], at: usize, most: usize) -> usize {
        if self.from <= at && at < self.to && self.class == *class {
            return (self.to - at).min(most);
        }
        let rest = &text[at..];
        let near = &rest[..rest.len().min(most).min(NEAR)];
        if let Some(end) = near.iter().position(|b| !class.has(*b)) {
            return end;
        }
        if near.len() < NEAR {
            return near.len();
        }
        // A long run is walked to its end whatever was asked for, so that it is walked once.
        let end = rest.iter().position(|b| !class.has(*b)).unwrap_or(rest.len());
        (self.class, self.from, self.to) = (*class, at, at + end);
        end.min(most)
    }
}

/// Runs up to here are not worth remembering.
const NEAR: usize = 128;
