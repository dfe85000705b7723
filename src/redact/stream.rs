//! A writer that cleans what is written to it.

use std::io::{self, Write};

use super::{Clean, Redactor, Session};

/// Takes bytes in any pieces and writes them clean to another writer: the same bytes as [`Redactor::redact`] over
/// all of them.
///
/// A line is held until it is whole, or at most a bounded part of it (about a megabyte) where it never ends.
/// [`flush`](Write::flush) passes on what is decided and keeps what is not. Call [`finish`](Stream::finish) at the end;
/// a stream that is dropped without it keeps its last, unfinished line to itself.
#[derive(Debug)]
pub struct Stream<'r, W: Write> {
    session: Session<'r>,
    buffer: Vec<u8>,
    /// No newline stands before this place of the buffer.
    searched: usize,
    writer: W,
}

impl<'r, W: Write> Stream<'r, W> {
    pub(super) fn new(redactor: &'r Redactor, writer: W) -> Self {
        Self { session: Session::new(redactor), buffer: Vec::new(), searched: 0, writer }
    }

    /// Writes what was held back, as the text ends here, and gives the writer back.
    ///
    /// # Errors
    /// The writer's.
    pub fn finish(mut self) -> io::Result<W> {
        self.drain(true)?;
        self.writer.flush()?;
        Ok(self.writer)
    }

    fn drain(&mut self, end: bool) -> io::Result<()> {
        let Self { session, buffer, writer, .. } = self;
        let (mut at, mut result) = (0, Ok(()));
        loop {
            let taken = session.step(&buffer[at..], end, &mut |clean: Clean<'_>| {
                if result.is_ok() {
                    result = clean.write_to(writer);
                }
            });
            at += taken;
            if taken == 0 || at == buffer.len() || result.is_err() {
                break;
            }
        }
        buffer.drain(..at);
        self.searched = self.buffer.len();
        result
    }
}

impl<W: Write> Write for Stream<'_, W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.buffer.extend_from_slice(bytes);
        let news = memchr::memchr(b'\n', &self.buffer[self.searched..]).is_some();
        if news || self.buffer.len() >= super::session::LONG {
            self.drain(false)?;
        } else {
            self.searched = self.buffer.len();
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer.flush()
    }
}
