//! What an agent says, read as it comes: whole lines, or as much as there is.
//!
//! A request to end is no end of the text: what has been handed out is still answered, for as long as the grace period.

use std::io;
use std::os::fd::AsFd;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;

use crate::pipeline::Stop;
use crate::source::Source;

/// Longer lines are not held: agents cut messages long before.
pub(super) const LONGEST: usize = 16 << 20;
/// What is read at once.
const READ: usize = 64 << 10;
/// For so long it is asked again and again whether something has come, where the agent spoke as soon the last time: an
/// agent that waits for each answer would wait for us to wake up as well. By mmexternal, 48,000 round trips a second without
/// and 65,000 with it, on two busy processors.
const SOON: Duration = Duration::from_micros(50);
const AT_ONCE: Timespec = Timespec { tv_sec: 0, tv_nsec: 0 };

/// The agent's side.
pub(crate) struct Lines {
    source: Source,
    stop: Stop,
    grace: Duration,
    deadline: Option<Instant>,
    buffer: Vec<u8>,
    /// Everything before is answered.
    at: usize,
    /// The line under way was too long, and so much of it is gone.
    dropped: usize,
    /// The agent's last words came soon, so the next ones may.
    brisk: bool,
    /// There are several processors.
    several: bool,
}

/// One line.
pub(super) enum Line<'b> {
    /// Without its newline.
    Whole(&'b [u8]),
    /// It was longer than can be held.
    TooLong,
}

impl Lines {
    /// From `source`, until `stop` and `grace` after that.
    pub(crate) fn new(source: Source, stop: Stop, grace: Duration) -> Self {
        let several = std::thread::available_parallelism().is_ok_and(|count| count.get() > 1);
        let buffer = Vec::with_capacity(READ);
        Self { source, stop, grace, deadline: None, buffer, at: 0, dropped: 0, brisk: false, several }
    }

    /// The next line; `None` at the end. What stands behind the last newline is a line too.
    ///
    /// # Errors
    /// The system's.
    pub(super) fn next(&mut self) -> io::Result<Option<Line<'_>>> {
        let mut searched = self.at;
        loop {
            if let Some(newline) = memchr::memchr(b'\n', &self.buffer[searched..]) {
                let (from, to) = (self.at, searched + newline);
                self.at = to + 1;
                return Ok(Some(self.line(from, to)));
            }
            if self.buffer.len() - self.at > LONGEST {
                self.dropped += self.buffer.len() - self.at;
                self.at = self.buffer.len();
            }
            let pending = self.buffer.len() - self.at;
            if self.more()? == 0 {
                let (from, to) = (self.at, self.buffer.len());
                self.at = to;
                return Ok((pending > 0 || self.dropped > 0).then(|| self.line(from, to)));
            }
            searched = self.at + pending;
        }
    }

    fn line(&mut self, from: usize, to: usize) -> Line<'_> {
        if std::mem::take(&mut self.dropped) > 0 { Line::TooLong } else { Line::Whole(&self.buffer[from..to]) }
    }

    /// What is there and not taken yet.
    pub(super) fn pending(&self) -> &[u8] {
        &self.buffer[self.at..]
    }

    /// So many bytes of it are taken.
    pub(super) fn taken(&mut self, bytes: usize) {
        self.at += bytes;
    }

    /// Reads once, and says how much has come: nothing at the end.
    pub(super) fn more(&mut self) -> io::Result<usize> {
        self.buffer.drain(..self.at);
        self.at = 0;
        loop {
            if !self.wait()? {
                return Ok(0);
            }
            self.buffer.reserve(READ);
            if let Some(new) = self.source.read(&mut self.buffer)? {
                return Ok(new);
            }
        }
    }

    /// Waits for something to read; false when no more is waited for.
    fn wait(&mut self) -> io::Result<bool> {
        loop {
            let left = self.deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
            let time = left.map(|t| Timespec {
                tv_sec: i64::try_from(t.as_secs()).unwrap_or(i64::MAX),
                tv_nsec: t.subsec_nanos().into(),
            });
            let mut all = [
                PollFd::new(&self.source, PollFlags::IN),
                PollFd::from_borrowed_fd(self.stop.as_fd(), PollFlags::empty()),
            ];
            let watched = if self.deadline.is_some() { 1 } else { 2 };
            let begun = Instant::now();
            let polled = loop {
                let short = self.brisk && left.is_none() && begun.elapsed() < SOON;
                match poll(&mut all[..watched], if short { Some(&AT_ONCE) } else { time.as_ref() }) {
                    // Whoever else is to run here does.
                    Ok(0) if short => std::thread::yield_now(),
                    other => break other,
                }
            };
            match polled {
                Ok(0) => return Ok(false),
                Ok(_) if !all[0].revents().is_empty() => {
                    self.brisk = self.several && begun.elapsed() < SOON;
                    return Ok(true);
                }
                Ok(_) => self.deadline = Some(Instant::now() + self.grace),
                Err(Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }
}
