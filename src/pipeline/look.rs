//! A text looked at without being passed on: the same blocks and the same threads, and everything of it is shown to
//! one who asks, bytes and hits together, in order.

use std::io;
use std::thread;

use super::buffer::Buffer;
use super::crew::Crew;
use crate::source::{Source, Verdict, verdict};
use crate::{Clean, Guesser, Redactor, Session};

/// Reads once, behind what the buffer holds; 0 at the end.
type Reading<'a> = dyn FnMut(&mut Vec<u8>) -> io::Result<usize> + 'a;
/// Takes a piece: its bytes and its hits.
pub(crate) type Showing<'a> = dyn FnMut(&[u8], &Clean<'_>) + 'a;

/// Looks at texts, one after the other, in memory that is kept between them.
pub(crate) struct Look<'r> {
    redactor: &'r Redactor,
    buffer: Buffer,
}

/// How a text ended that could be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Looked {
    Whole,
    /// In an encoding no rule would match in; nothing of it is shown.
    Wide(&'static str),
}

impl<'r> Look<'r> {
    /// Reads `block` bytes at once.
    pub(crate) fn new(redactor: &'r Redactor, block: usize) -> Self {
        Self { redactor, buffer: Buffer::new(block) }
    }

    /// Shows a source to its end, on so many threads, this one among them.
    ///
    /// # Errors
    /// The system's, or of what it is packed in; what was read before is shown.
    pub(crate) fn source(&mut self, source: &Source, threads: usize, show: &mut Showing<'_>) -> io::Result<Looked> {
        let mut read = |buffer: &mut Vec<u8>| loop {
            if let Some(got) = source.read(buffer)? {
                return Ok(got);
            }
            source.wait()?;
        };
        self.text(&mut read, threads, show)
    }

    fn text(&mut self, read: &mut Reading<'_>, threads: usize, show: &mut Showing<'_>) -> io::Result<Looked> {
        self.buffer.clear();
        thread::scope(|scope| {
            let mut looking = Looking {
                session: Session::new(self.redactor),
                crew: Crew::new(scope, self.redactor, threads),
                buffer: &mut self.buffer,
                shown: 0,
                begun: false,
            };
            looking.run(read, show)
        })
    }
}

struct Looking<'l, 's, 'r> {
    session: Session<'r>,
    crew: Crew<'s, 'r>,
    buffer: &'l mut Buffer,
    /// Undecided bytes, at the buffer's head, that are shown already: those of a long line's window.
    shown: usize,
    begun: bool,
}

impl Looking<'_, '_, '_> {
    fn run(&mut self, read: &mut Reading<'_>, show: &mut Showing<'_>) -> io::Result<Looked> {
        let result = loop {
            let new = match read(self.buffer.room()) {
                Ok(0) => break Ok(Looked::Whole),
                Ok(new) => new,
                Err(error) => break Err(error),
            };
            if let Some(wide) = self.begin(false) {
                return Ok(wide);
            }
            if self.begun && self.buffer.is_due(new) && !self.hand_over(show) {
                self.decide(false, show);
            }
        };
        if let Some(wide) = self.begin(true) {
            return Ok(wide);
        }
        self.decide(true, show);
        result
    }

    fn begin(&mut self, end: bool) -> Option<Looked> {
        if !self.begun {
            match verdict(self.buffer.pending(), end) {
                Verdict::Wide(name) => return Some(Looked::Wide(name)),
                Verdict::Text => self.begun = true,
                Verdict::Undecided => {}
            }
        }
        None
    }

    /// Lets the crew look at whole lines, where it has more than one thread.
    fn hand_over(&mut self, show: &mut Showing<'_>) -> bool {
        let mut any = false;
        while !self.crew.is_alone() {
            let lines = self.buffer.whole_lines(Guesser::LARGEST);
            let len = self.session.ahead(&self.buffer.pending()[..lines]);
            if len == 0 && lines > 0 {
                // A record in parts comes next, and it is decided here.
                return false;
            }
            if len == 0 {
                break;
            }
            if self.crew.is_full() {
                self.collect(show);
            }
            let block = self.buffer.cut(len, self.crew.spare());
            self.crew.give(block);
            any = true;
        }
        any
    }

    /// Shows the oldest block that the crew has.
    fn collect(&mut self, show: &mut Showing<'_>) {
        let Some((block, guess)) = self.crew.next() else { return };
        // A long line that ends in this block was shown in part, and the block begins with its window.
        let mut at = std::mem::take(&mut self.shown);
        self.session.guessed(&block, &guess, &mut |clean| {
            show(&block[at..at + clean.text_len()], &clean);
            at += clean.text_len();
        });
        self.crew.recycle(block);
    }

    fn decide(&mut self, end: bool, show: &mut Showing<'_>) {
        while !self.crew.is_empty() {
            self.collect(show);
        }
        loop {
            let (pending, mut at) = (self.buffer.pending(), self.shown);
            let taken = self.session.step(pending, end, &mut |clean| {
                show(&pending[at..at + clean.text_len()], &clean);
                at += clean.text_len();
            });
            self.shown = at - taken;
            self.buffer.decided(taken);
            if taken == 0 {
                break;
            }
        }
        self.buffer.is_stuck();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULE: &str =
        "group = \"g\"\n[[rule]]\nid = \"it\"\ntitle = \"t\"\nseverity = \"low\"\npattern = 'ab_[0-9]+'\n";

    /// Every way of reading shows the same bytes and the same hits, those of [`Redactor::find`].
    #[test]
    fn everything_is_shown_once_and_in_order() {
        let redactor = Redactor::builder().builtin(false).rules("r.toml", RULE).build().unwrap();
        let long = "x ab_7 ".repeat(400_000);
        let never_ends = format!("ab_{}", "7".repeat(3 << 20));
        let texts = [
            "",
            "ab_1",
            "one ab_1\nab_2 two\n",
            &"line ab_3\n".repeat(100_000),
            &format!("{long}\nab_9\n{never_ends} y\nz"),
        ];
        for text in texts {
            let want: Vec<_> = redactor.find(text.as_bytes()).iter().map(|hit| hit.span.range()).collect();
            for (threads, size) in [(1, 1 << 18), (1, 7001), (2, 1 << 18), (2, 4096)] {
                let (mut rest, mut seen, mut found) = (text.as_bytes(), Vec::new(), Vec::new());
                let mut look = Look::new(&redactor, size);
                let mut read = |buffer: &mut Vec<u8>| {
                    let (piece, behind) = rest.split_at(size.min(rest.len()));
                    buffer.extend_from_slice(piece);
                    rest = behind;
                    Ok(piece.len())
                };
                let mut show = |bytes: &[u8], clean: &Clean<'_>| {
                    if let (true, Some(last)) = (clean.is_swallowed(), found.last_mut()) {
                        let last: &mut std::ops::Range<usize> = last;
                        last.end = seen.len() + bytes.len();
                    }
                    found.extend(clean.hits().iter().map(|hit| hit.span.shifted(seen.len()).range()));
                    seen.extend_from_slice(bytes);
                };
                assert_eq!(look.text(&mut read, threads, &mut show).unwrap(), Looked::Whole);
                assert!(seen == text.as_bytes(), "{threads} {size}: other bytes");
                assert!(found == want, "{threads} {size}: other hits");
            }
        }
    }
}
