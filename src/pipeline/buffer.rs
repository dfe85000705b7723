//! Bytes that were read and are not yet decided, in one piece of memory that is used over and over.

/// The undecided bytes of one text.
#[derive(Debug)]
pub(super) struct Buffer {
    bytes: Vec<u8>,
    /// Everything before is decided and gone out.
    at: usize,
    /// How many undecided bytes there were when deciding last got stuck; it does not get on with only a few more.
    stuck: usize,
    block: usize,
}

impl Buffer {
    /// For reads of `block` bytes.
    pub(super) fn new(block: usize) -> Self {
        Self { bytes: Vec::with_capacity(block), at: 0, stuck: 0, block }
    }

    /// The size of its reads.
    pub(super) const fn block(&self) -> usize {
        self.block
    }

    /// Makes room for a read and gives out the memory: what it holds stays, what is put behind is new.
    pub(super) fn room(&mut self) -> &mut Vec<u8> {
        // The undecided rest is a part of a line, so moving it is cheap; what it saves is memory that grows.
        self.bytes.drain(..self.at);
        self.at = 0;
        if self.bytes.capacity() - self.bytes.len() < self.block / 2 + 1 {
            self.bytes.reserve_exact(self.block);
        }
        &mut self.bytes
    }

    /// The undecided bytes.
    pub(super) fn pending(&self) -> &[u8] {
        &self.bytes[self.at..]
    }

    /// Whether the last `new` bytes are worth another look: a line has ended, or a long one grew by a block.
    pub(super) fn is_due(&self, new: usize) -> bool {
        let fresh = &self.bytes[self.bytes.len().saturating_sub(new).max(self.at)..];
        self.pending().len() >= self.stuck + self.block || memchr::memchr(b'\n', fresh).is_some()
    }

    /// So many more bytes are decided.
    pub(super) fn decided(&mut self, bytes: usize) {
        self.at += bytes;
    }

    /// Deciding stops here until more has come.
    pub(super) fn is_stuck(&mut self) {
        self.stuck = self.pending().len();
    }

    /// The length of the whole lines at the head of the undecided bytes that fit into `most` bytes.
    pub(super) fn whole_lines(&self, most: usize) -> usize {
        let pending = self.pending();
        memchr::memrchr(b'\n', &pending[..pending.len().min(most)]).map_or(0, |last| last + 1)
    }

    /// Takes the first `len` undecided bytes out as a piece of memory of their own; `spare` takes its place.
    pub(super) fn cut(&mut self, len: usize, mut spare: Vec<u8>) -> Vec<u8> {
        spare.clear();
        spare.reserve_exact(self.block.max(self.pending().len() - len));
        spare.extend_from_slice(&self.bytes[self.at + len..]);
        let mut block = std::mem::replace(&mut self.bytes, spare);
        block.truncate(self.at + len);
        block.drain(..self.at);
        self.at = 0;
        self.stuck = 0;
        block
    }

    /// Forgets everything, as the text has ended.
    pub(super) fn clear(&mut self) {
        self.bytes.clear();
        self.at = 0;
        self.stuck = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_look_is_due_at_a_newline_or_a_block() {
        let mut buffer = Buffer::new(8);
        let mut push = |bytes: &[u8], due: bool, taken: usize| {
            buffer.room().extend_from_slice(bytes);
            assert_eq!(buffer.is_due(bytes.len()), due, "{bytes:?}");
            buffer.decided(taken);
            if due {
                buffer.is_stuck();
            }
        };
        push(b"abc", false, 0);
        push(b"d\ne", true, 5);
        push(b"fghijkl", false, 0);
        push(b"mn", true, 0);
        push(b"opqrstu", false, 0);
        push(b"v", true, 0);
    }

    #[test]
    fn whole_lines_are_cut_off() {
        let mut buffer = Buffer::new(8);
        buffer.room().extend_from_slice(b"ab\ncd\nef\ngh");
        buffer.decided(3);
        assert_eq!((buffer.whole_lines(100), buffer.whole_lines(5), buffer.whole_lines(2)), (6, 3, 0));
        assert_eq!(buffer.cut(6, b"spare".to_vec()), b"cd\nef\n");
        assert_eq!(buffer.pending(), b"gh");
    }
}
