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
mod turns;
mod wait;

use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::thread;
use std::time::Instant;

pub(crate) use each::each;
pub(crate) use look::{Look, Looked};
pub(crate) use share::share;
pub(crate) use signals::{Actions, Stop};
pub(crate) use turns::Turns;

use crate::report::{Meter, Watcher};
use crate::sink::{Fault, Sink};
use crate::source::Source;
use crate::{Redactor, Session};
use buffer::Buffer;
use crew::Crew;
use rustix::pipe::{PipeFlags, pipe_with};
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

    /// Passes on what stands between the texts of an archive, as it is.
    ///
    /// # Errors
    /// [`Fault`].
    pub(crate) fn frame(&mut self, bytes: &[u8]) -> Result<(), Fault> {
        self.sink.frame(bytes)
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

/// A text with the pipeline of its own that it goes through.
pub(crate) struct Run<'r> {
    /// The way.
    pub(crate) pipeline: Pipeline<'r>,
    /// The text. It is let go as soon as no more of it is read, so that who writes it learns of that.
    pub(crate) source: Source,
    /// Told of each hit.
    pub(crate) watcher: Option<Watcher>,
}

/// Passes several texts on at once, and has `main` run meanwhile, with a descriptor that hangs up when all are done.
///
/// # Errors
/// The system's.
pub(crate) fn together<'r, T>(
    runs: Vec<Run<'r>>,
    main: impl FnOnce(OwnedFd) -> T,
) -> io::Result<(Vec<Result<Ended, Fault>>, T)> {
    let (done, busy) = pipe_with(PipeFlags::CLOEXEC)?;
    let busy = Arc::new(busy);
    thread::scope(|scope| {
        let begin = |run: Run<'r>| {
            let (Run { mut pipeline, source, watcher }, busy) = (run, Arc::clone(&busy));
            let work = move || {
                let ended = pipeline.pass(&source, watcher);
                drop((source, busy));
                ended
            };
            thread::Builder::new().name("stream".to_owned()).spawn_scoped(scope, work)
        };
        let hands = runs.into_iter().map(begin).collect::<io::Result<Vec<_>>>()?;
        drop(busy);
        let said = main(done);
        let panicked = || Err(Fault::Failed { error: io::Error::other("internal error"), left: 0 });
        Ok((hands.into_iter().map(|hand| hand.join().unwrap_or_else(|_| panicked())).collect(), said))
    })
}
