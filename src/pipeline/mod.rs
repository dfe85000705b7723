//! Texts through a redactor: read, decide, write, one block after the other and in order.
//!
//! Whatever one read brought has left again before the next read can block. The only place that starts threads.

mod buffer;
mod crew;
mod each;
mod look;
mod share;
mod signals;
mod text;
mod wait;

use std::fs::File;
use std::io;
use std::sync::Arc;
use std::thread;
use std::time::Instant;

pub(crate) use each::each;
pub(crate) use look::{Look, Looked};
pub(crate) use share::share;
pub(crate) use signals::{Actions, Stop};

use crate::report::{Meter, Watcher};
use crate::sink::{Fault, Sink};
use crate::source::Source;
use crate::{Redactor, Session};
use buffer::Buffer;
use crew::Crew;
use text::{Out, State, Text};

/// How a text ended.
#[derive(Debug)]
pub(crate) enum Ended {
    /// It was passed on to its end.
    Whole,
    /// A signal cut it off; so many bytes were read and not passed on.
    Stopped(u64),
    /// A signal cut it off; a marker stands for so many bytes of the line that was under way.
    Cut(u64),
    /// It could not be read on; what was read is passed on.
    Unreadable(io::Error),
    /// It is in an encoding no rule would match in; nothing is passed on.
    Wide(&'static str),
}

/// How the work is shared out.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Effort {
    /// Threads that search, at least one.
    pub(crate) threads: usize,
    /// Bytes to read at once.
    pub(crate) block: usize,
}

/// Where the texts go, and everything that is kept between them.
pub(crate) struct Pipeline<'r> {
    redactor: &'r Redactor,
    sink: Sink,
    meter: Arc<Meter>,
    stop: Arc<Stop>,
    effort: Effort,
    buffer: Buffer,
    /// Set with the first text after a signal.
    deadline: Option<Instant>,
}

impl<'r> Pipeline<'r> {
    /// To `sink`, until `stop`.
    pub(crate) fn new(redactor: &'r Redactor, sink: Sink, meter: Arc<Meter>, stop: Arc<Stop>, effort: Effort) -> Self {
        Self { redactor, sink, meter, stop, effort, buffer: Buffer::new(effort.block), deadline: None }
    }

    /// The signal that asked for an end.
    pub(crate) fn signal(&self) -> Option<u8> {
        self.stop.signal()
    }

    /// The end of all texts: what is still to be written is, and the file is given back if the output is one.
    ///
    /// # Errors
    /// [`Fault`].
    pub(crate) fn finish(self) -> Result<Option<File>, Fault> {
        self.sink.finish()
    }

    /// Passes one text on, to its end or until it cannot go on. `watcher` is told of each piece.
    ///
    /// # Errors
    /// [`Fault`]: the output takes no more. What is counted as left includes what was read of this text.
    pub(crate) fn pass(&mut self, source: &Source, watcher: Option<Watcher>) -> Result<Ended, Fault> {
        self.buffer.clear();
        let redactor = self.redactor;
        thread::scope(|scope| {
            let text = Text {
                session: Session::new(redactor),
                crew: Crew::new(scope, redactor, self.effort.threads),
                buffer: &mut self.buffer,
                out: Out::new(redactor, &mut self.sink, &self.meter, watcher),
                stop: &self.stop,
                deadline: &mut self.deadline,
                state: State::default(),
            };
            text.run(source)
        })
    }
}
