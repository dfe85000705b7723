//! Texts through a redactor: read, decide, write, one block after the other and in order.
//!
//! Whatever one read brought has left again before the next read can block. The only place that starts threads.

mod buffer;
mod signals;
mod wait;

use std::io;
use std::os::fd::AsFd;
use std::sync::Arc;
use std::time::{Duration, Instant};

pub(crate) use signals::{Actions, Stop};

use crate::report::{Explain, Meter};
use crate::sink::{Fault, Sink};
use crate::source::{Source, Verdict, verdict};
use crate::{Clean, Redactor, Session};
use buffer::Buffer;
use wait::{Watch, Woke};

/// How long the start of a line waits for its rest before what of it is decided already goes out: a person who is
/// asked something takes a tenth of a second for at once.
const PROMPT: Duration = Duration::from_millis(40);

/// How a text ended.
#[derive(Debug)]
pub(crate) enum Ended {
    /// It was passed on to its end.
    Whole,
    /// A signal cut it off; so many bytes were read and not passed on.
    Stopped(u64),
    /// It could not be read on; what was read is passed on.
    Unreadable(io::Error),
    /// It is in an encoding no rule would match in; nothing is passed on.
    Wide(&'static str),
}

/// Where the texts go, and everything that is kept between them.
pub(crate) struct Pipeline<'r> {
    redactor: &'r Redactor,
    sink: Sink,
    meter: Arc<Meter>,
    stop: Stop,
    buffer: Buffer,
    /// Set with the first text after a signal.
    deadline: Option<Instant>,
}

impl<'r> Pipeline<'r> {
    /// Reads `block` bytes at a time.
    pub(crate) fn new(redactor: &'r Redactor, sink: Sink, meter: Arc<Meter>, stop: Stop, block: usize) -> Self {
        Self { redactor, sink, meter, stop, buffer: Buffer::new(block), deadline: None }
    }

    /// The signal that asked for an end.
    pub(crate) fn signal(&self) -> Option<u8> {
        self.stop.signal()
    }

    /// Passes one text on, to its end or until it cannot go on. `explain` is told of each hit.
    ///
    /// # Errors
    /// [`Fault`]: the output takes no more. What is counted as left includes what was read of this text.
    pub(crate) fn pass(&mut self, source: &Source, explain: Option<Explain>) -> Result<Ended, Fault> {
        self.buffer.clear();
        let mut text = Text {
            session: Session::new(self.redactor),
            redactor: self.redactor,
            sink: &mut self.sink,
            meter: &self.meter,
            explain,
            notes: String::new(),
            begun: false,
        };
        let mut asked_idle = false;
        loop {
            let time = match self.deadline {
                Some(deadline) => Some(deadline.saturating_duration_since(Instant::now())),
                None if self.buffer.pending().is_empty() || asked_idle => None,
                None => Some(PROMPT),
            };
            let watch = Watch {
                input: source.as_fd(),
                output: text.sink.as_fd(),
                asked: self.deadline.is_none().then(|| self.stop.as_fd()),
            };
            match watch.wait(time) {
                Ok(Woke::Input) => {}
                Ok(Woke::Gone) => return Err(Fault::Gone),
                Ok(Woke::Asked) => {
                    self.deadline = Some(Instant::now() + self.stop.grace());
                    if source.is_regular() {
                        // Its rest is safe where it is, and half a line might be half a secret.
                        return Ok(Ended::Stopped(self.buffer.pending().len() as u64));
                    }
                    continue;
                }
                Ok(Woke::Late) if self.deadline.is_some() => {
                    return text.finish(&mut self.buffer, Ended::Stopped(0));
                }
                Ok(Woke::Late) => {
                    text.idle(&mut self.buffer)?;
                    asked_idle = true;
                    continue;
                }
                Err(error) => return text.finish(&mut self.buffer, Ended::Unreadable(error)),
            }
            match source.read(self.buffer.room()) {
                Ok(None) => {}
                Ok(Some(0)) => return text.finish(&mut self.buffer, Ended::Whole),
                Ok(Some(new)) => {
                    asked_idle = false;
                    self.meter.read(new);
                    if let Some(ended) = text.advance(&mut self.buffer, new)? {
                        return Ok(ended);
                    }
                }
                Err(error) => return text.finish(&mut self.buffer, Ended::Unreadable(error)),
            }
        }
    }
}

/// One text on its way.
struct Text<'p, 'r> {
    session: Session<'r>,
    redactor: &'r Redactor,
    sink: &'p mut Sink,
    meter: &'p Meter,
    explain: Option<Explain>,
    notes: String,
    /// The encoding of the text is known to be none of the wide ones.
    begun: bool,
}

impl Text<'_, '_> {
    /// `new` bytes have come.
    fn advance(&mut self, buffer: &mut Buffer, new: usize) -> Result<Option<Ended>, Fault> {
        let mut new = new;
        if !self.begun {
            match verdict(buffer.pending(), false) {
                Verdict::Undecided => return Ok(None),
                Verdict::Wide(name) => return Ok(Some(Ended::Wide(name))),
                Verdict::Text => self.begun = true,
            }
            new = buffer.pending().len();
        }
        if buffer.is_due(new) {
            self.decide(buffer, false)?;
        }
        Ok(None)
    }

    /// No more will come of the text.
    fn finish(mut self, buffer: &mut Buffer, ended: Ended) -> Result<Ended, Fault> {
        if !self.begun
            && let Verdict::Wide(name) = verdict(buffer.pending(), true)
        {
            return Ok(Ended::Wide(name));
        }
        self.decide(buffer, true)?;
        Ok(ended)
    }

    /// Nothing has come for a while and a line has begun: gives out what of it is decided whatever may follow.
    #[expect(clippy::unused_self, clippy::unnecessary_wraps, reason = "the session cannot say yet what is settled")]
    fn idle(&mut self, _buffer: &mut Buffer) -> Result<(), Fault> {
        Ok(())
    }

    /// Decides as much of the buffer as can be, and writes it.
    fn decide(&mut self, buffer: &mut Buffer, end: bool) -> Result<(), Fault> {
        let Self { session, redactor, sink, meter, explain, notes, .. } = self;
        let mut result = Ok(());
        loop {
            let taken = session.step(buffer.pending(), end, &mut |clean: Clean<'_>| {
                if result.is_err() {
                    return;
                }
                meter.found(&clean);
                result = sink.put(&clean).map(|bytes| meter.written(bytes));
                if let Some(explain) = explain {
                    explain.piece(&clean, redactor, notes);
                }
            });
            buffer.decided(taken);
            if taken == 0 || result.is_err() {
                break;
            }
        }
        buffer.is_stuck();
        if !notes.is_empty() {
            crate::report::note(notes);
            notes.clear();
        }
        result.map_err(|fault| match fault {
            Fault::Failed { error, left } => Fault::Failed { error, left: left + buffer.pending().len() as u64 },
            Fault::Gone => Fault::Gone,
        })
    }
}
