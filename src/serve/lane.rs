//! One text of lines on its way through the rules, whichever rules are in force.
//!
//! It keeps what is not decided yet, and says where nothing is: only there can a source be resumed, and only there do
//! new rules come into force.

use std::io;
use std::sync::Arc;

use super::Intake;
use crate::redact::State;
use crate::source::{Verdict, verdict};
use crate::{Clean, Redactor, Session};

/// The state of one text.
pub(crate) struct Lane {
    redactor: Arc<Redactor>,
    state: State,
    buffer: Vec<u8>,
    /// No newline stands before this place of the buffer.
    searched: usize,
    /// Its first bytes were looked at, and are of an encoding in which rules match.
    begun: bool,
}

impl Lane {
    /// At the beginning of a text.
    pub(crate) fn new(intake: &Intake) -> Self {
        Self { redactor: intake.redactor(), state: State::default(), buffer: Vec::new(), searched: 0, begun: false }
    }

    /// Takes the next bytes of the text, in any pieces, and gives what is decided; often nothing.
    ///
    /// # Errors
    /// The text is in an encoding that no rule can read. Nothing of it is given.
    pub(crate) fn feed(&mut self, intake: &Intake, bytes: &[u8]) -> io::Result<Vec<u8>> {
        self.take(intake, bytes, false)
    }

    /// The text ends here, and everything is decided; a last line that has no newline is given one.
    ///
    /// # Errors
    /// As [`feed`](Self::feed).
    pub(crate) fn end(&mut self, intake: &Intake) -> io::Result<Vec<u8>> {
        self.take(intake, b"", true).map(ended)
    }

    fn take(&mut self, intake: &Intake, bytes: &[u8], end: bool) -> io::Result<Vec<u8>> {
        intake.came(bytes);
        if self.is_at_rest() {
            self.redactor = intake.redactor();
        }
        self.buffer.extend_from_slice(bytes);
        let mut out = Vec::new();
        if !self.begun {
            match verdict(&self.buffer, end) {
                Verdict::Undecided => return Ok(out),
                Verdict::Wide(name) => {
                    let why = format!("it is {name}, which no rule can read");
                    return Err(io::Error::new(io::ErrorKind::InvalidData, why));
                }
                Verdict::Text => self.begun = true,
            }
        }
        let news = memchr::memchr(b'\n', &self.buffer[self.searched..]).is_some();
        if news || end || self.buffer.len() >= Session::LONGEST {
            self.drain(intake, end, &mut out);
        }
        self.searched = self.buffer.len();
        Ok(out)
    }

    /// As [`end`](Self::end), though the last line may not be whole: what of it could be part of a secret becomes a marker.
    pub(crate) fn cut_off(&mut self, intake: &Intake) -> Vec<u8> {
        let redactor = Arc::clone(&self.redactor);
        let mut session = Session::resume(&redactor, std::mem::take(&mut self.state));
        let mut out = Vec::new();
        session.cut_off(&self.buffer, &mut |clean: Clean<'_>| {
            intake.counts().found(&redactor, &clean);
            clean.append_to(&mut out);
        });
        self.buffer.clear();
        (self.searched, self.begun) = (0, false);
        ended(out)
    }

    /// How many bytes of the text are not given out yet.
    pub(crate) fn held(&self) -> usize {
        self.buffer.len()
    }

    /// Whether what follows does not depend on what came, but for the [`held`](Self::held) bytes of an unfinished line: a
    /// text that is read on from behind the last whole line comes out the same.
    pub(crate) fn is_settled(&self) -> bool {
        self.state.is_at_rest()
    }

    fn is_at_rest(&self) -> bool {
        self.buffer.is_empty() && self.state.is_at_rest()
    }

    fn drain(&mut self, intake: &Intake, end: bool, out: &mut Vec<u8>) {
        let redactor = Arc::clone(&self.redactor);
        let mut session = Session::resume(&redactor, std::mem::take(&mut self.state));
        let mut at = 0;
        while at < self.buffer.len() {
            let taken = session.step(&self.buffer[at..], end, &mut |clean: Clean<'_>| {
                intake.counts().found(&redactor, &clean);
                clean.append_to(out);
            });
            at += taken;
            if taken == 0 {
                break;
            }
        }
        self.buffer.drain(..at);
        self.state = session.into_state();
        if end {
            (self.state, self.begun) = (State::default(), false);
        }
    }
}

/// What follows in a sink begins a line.
fn ended(mut text: Vec<u8>) -> Vec<u8> {
    if text.last().is_some_and(|byte| *byte != b'\n') {
        text.push(b'\n');
    }
    text
}
