//! One text on its way: what is read is decided, and what is decided is written, in order.
//!
//! Large blocks of whole lines are looked at ahead of their turn by a [`Crew`]; everything else, and everything that
//! depends on what stood before, is decided here, one after the other.

use std::io;
use std::time::{Duration, Instant};

use super::buffer::Buffer;
use super::crew::Crew;
use super::wait::{Watch, Woke};
use super::{Ended, Stop};
use crate::report::{Meter, Watcher};
use crate::sink::{Fault, Sink};
use crate::source::{Source, Verdict, verdict};
use crate::{Clean, Guesser, Redactor, Session};
use std::os::fd::AsFd;

/// How long the start of a line waits for its rest before what of it is decided already goes out: a person who is
/// asked something takes a tenth of a second for at once.
const PROMPT: Duration = Duration::from_millis(40);
/// Less than this is looked at sooner than another thread wakes up. It is also what a pipe holds unless it is told to
/// hold more, so a read that brings as much means that more is waiting.
const WORTH: usize = 64 << 10;

/// One text on its way.
pub(super) struct Text<'p, 's, 'r> {
    pub(super) session: Session<'r>,
    pub(super) crew: Crew<'s, 'r>,
    pub(super) buffer: &'p mut Buffer,
    pub(super) out: Out<'p, 'r>,
    pub(super) stop: &'p Stop,
    /// Set with the first text after a signal.
    pub(super) deadline: &'p mut Option<Instant>,
    pub(super) state: State,
}

/// What is known of the text so far.
#[derive(Default)]
pub(super) struct State {
    /// Its encoding is none of the wide ones.
    begun: bool,
    /// What of the line under way is settled was given out, and nothing has come since.
    settled: bool,
    /// Bytes of the line under way that are out.
    shown: usize,
    /// Its pipes hold as much as they can.
    wide: bool,
    /// Bytes that waited when the end was asked for, and are not read yet: no time limit keeps them from being.
    owed: u64,
}

impl Text<'_, '_, '_> {
    /// Passes the text on to its end.
    pub(super) fn run(mut self, source: &Source) -> Result<Ended, Fault> {
        loop {
            match self.wait(source) {
                // Who still writes after all that was asked for does not keep us.
                Ok(Woke::Input) if self.is_over() && source.waiting() > 0 => return self.cut_off(),
                Ok(Woke::Input) => {
                    if let Some(ended) = self.read(source)? {
                        return Ok(ended);
                    }
                }
                Ok(Woke::Gone) => return Err(Fault::Gone),
                Ok(Woke::Asked) => {
                    *self.deadline = Some(Instant::now() + self.stop.grace());
                    self.state.owed = source.waiting();
                    if source.is_regular() {
                        // Its rest is safe where it is, and half a line might be half a secret.
                        self.collect_all()?;
                        return Ok(Ended::Stopped(self.held()));
                    }
                }
                Ok(Woke::Late) if !self.crew.is_empty() => self.collect()?,
                Ok(Woke::Late) if self.deadline.is_some() => return self.cut_off(),
                Ok(Woke::Late) => self.settle()?,
                Err(error) => return self.finish(Ended::Unreadable(error)),
            }
        }
    }

    fn wait(&self, source: &Source) -> io::Result<Woke> {
        if source.is_regular() {
            // There is nothing to wait for, and an output whose reader has gone says so when it is written to.
            let asked = self.deadline.is_none() && self.stop.signal().is_some();
            return Ok(if asked { Woke::Asked } else { Woke::Input });
        }
        let time = match *self.deadline {
            _ if !self.crew.is_empty() => Some(Duration::ZERO),
            Some(deadline) => Some(deadline.saturating_duration_since(Instant::now())),
            None if self.buffer.pending().is_empty() || self.state.settled => None,
            None => Some(PROMPT),
        };
        let asked = self.deadline.is_none().then(|| self.stop.as_fd());
        Watch { input: source.as_fd(), output: self.out.sink.watched(), asked }.wait(time)
    }

    /// Whether no more time is left, and what was there when the end was asked for is read.
    fn is_over(&self) -> bool {
        self.state.owed == 0 && self.deadline.is_some_and(|deadline| Instant::now() >= deadline)
    }

    fn read(&mut self, source: &Source) -> Result<Option<Ended>, Fault> {
        match source.read(self.buffer.room()) {
            Ok(None) => Ok(None),
            Ok(Some(0)) => self.finish(Ended::Whole).map(Some),
            Ok(Some(new)) => {
                self.out.meter.read(new);
                self.state.settled = false;
                self.state.owed = self.state.owed.saturating_sub(new as u64);
                if new >= WORTH && !self.state.wide {
                    self.state.wide = true;
                    source.widen();
                    self.out.sink.widen();
                }
                self.advance(new)
            }
            Err(error) => self.finish(Ended::Unreadable(error)).map(Some),
        }
    }

    /// `new` bytes have come.
    fn advance(&mut self, new: usize) -> Result<Option<Ended>, Fault> {
        let mut new = new;
        if !self.state.begun {
            match verdict(self.buffer.pending(), false) {
                Verdict::Undecided => return Ok(None),
                Verdict::Wide(name) => return Ok(Some(Ended::Wide(name))),
                Verdict::Text => self.state.begun = true,
            }
            new = self.buffer.pending().len();
        }
        if self.buffer.is_due(new) && !self.hand_over()? {
            self.decide(false)?;
        }
        Ok(None)
    }

    /// Lets the crew look at whole lines, where there are so many that it is worth it or it is at it anyway. Says
    /// whether nothing is left to be decided here.
    fn hand_over(&mut self) -> Result<bool, Fault> {
        let mut any = false;
        // Who reads so little at once wants it so.
        let worth = WORTH.min(self.buffer.block() / 2);
        while !self.crew.is_alone() {
            let lines = self.buffer.whole_lines(Guesser::LARGEST);
            let len = self.session.ahead(&self.buffer.pending()[..lines]);
            if len < lines && len < worth {
                // A record in parts comes next, and it is decided here.
                return Ok(false);
            }
            if len == 0 || len < worth && self.crew.is_empty() {
                break;
            }
            if self.crew.is_full() {
                self.collect()?;
            }
            let block = self.buffer.cut(len, self.crew.spare());
            self.crew.give(block);
            any = true;
        }
        Ok(any)
    }

    /// Writes the oldest block that the crew has.
    fn collect(&mut self) -> Result<(), Fault> {
        let Some((block, guess)) = self.crew.next() else { return Ok(()) };
        self.session.guessed(&block, &guess, &mut |clean| self.out.take(&clean));
        self.crew.recycle(block);
        self.state.shown = 0;
        self.out.end().map_err(|fault| self.count(fault))
    }

    fn collect_all(&mut self) -> Result<(), Fault> {
        while !self.crew.is_empty() {
            self.collect()?;
        }
        Ok(())
    }

    /// Decides as much of the buffer as can be, and writes it.
    fn decide(&mut self, end: bool) -> Result<(), Fault> {
        self.collect_all()?;
        loop {
            let taken = self.session.step(self.buffer.pending(), end, &mut |clean| self.out.take(&clean));
            self.buffer.decided(taken);
            if taken == 0 || self.out.fault.is_some() {
                break;
            }
            self.state.shown = 0;
        }
        self.buffer.is_stuck();
        self.out.end().map_err(|fault| self.count(fault))
    }

    /// Nothing has come for a while and a line has begun: gives out what of it is decided whatever may follow.
    fn settle(&mut self) -> Result<(), Fault> {
        self.state.settled = true;
        if self.state.begun {
            let shown = self.session.settle(self.buffer.pending(), &mut |clean| self.out.take(&clean));
            self.state.shown = self.state.shown.max(shown);
        }
        self.out.end().map_err(|fault| self.count(fault))
    }

    /// No more will come of the text.
    fn finish(&mut self, ended: Ended) -> Result<Ended, Fault> {
        if let Some(wide) = self.is_wide() {
            return Ok(wide);
        }
        self.decide(true)?;
        Ok(ended)
    }

    /// No more is waited for, though the text has not ended: what of the line under way is not settled might be half
    /// a secret.
    fn cut_off(&mut self) -> Result<Ended, Fault> {
        if let Some(wide) = self.is_wide() {
            return Ok(wide);
        }
        self.decide(false)?;
        let lost = self.session.cut_off(self.buffer.pending(), &mut |clean| self.out.take(&clean));
        self.out.end().map_err(|fault| self.count(fault))?;
        Ok(Ended::Cut(lost as u64))
    }

    fn is_wide(&self) -> Option<Ended> {
        match verdict(self.buffer.pending(), true) {
            Verdict::Wide(name) if !self.state.begun => Some(Ended::Wide(name)),
            _ => None,
        }
    }

    /// How many bytes were read and are not out.
    fn held(&self) -> u64 {
        self.crew.bytes() + self.buffer.pending().len().saturating_sub(self.state.shown) as u64
    }

    /// The fault with everything that it kept from leaving.
    fn count(&self, fault: Fault) -> Fault {
        match fault {
            Fault::Failed { error, left } => Fault::Failed { error, left: left + self.held() },
            Fault::Gone => Fault::Gone,
        }
    }
}

/// Where the pieces of a text go.
pub(super) struct Out<'p, 'r> {
    redactor: &'r Redactor,
    sink: &'p mut Sink,
    meter: &'p Meter,
    watcher: Option<Watcher>,
    notes: String,
    fault: Option<Fault>,
}

impl<'p, 'r> Out<'p, 'r> {
    pub(super) const fn new(
        redactor: &'r Redactor,
        sink: &'p mut Sink,
        meter: &'p Meter,
        watcher: Option<Watcher>,
    ) -> Self {
        Self { redactor, sink, meter, watcher, notes: String::new(), fault: None }
    }

    /// Writes a piece; nothing once that has failed.
    fn take(&mut self, clean: &Clean<'_>) {
        if self.fault.is_some() {
            return;
        }
        self.meter.found(clean);
        match self.sink.put(clean) {
            Ok(bytes) => self.meter.written(bytes),
            Err(fault) => self.fault = Some(fault),
        }
        if let Some(watcher) = &mut self.watcher {
            watcher.piece(clean, self.redactor, &mut self.notes);
        }
    }

    /// Says what is to be said of the pieces so far, and how they fared.
    fn end(&mut self) -> Result<(), Fault> {
        if !self.notes.is_empty() {
            if let Some(watcher) = &self.watcher {
                watcher.say(&self.notes);
            }
            self.notes.clear();
        }
        self.fault.take().map_or(Ok(()), Err)
    }
}
