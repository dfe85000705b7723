//! Sleeping until there is something to do, without ever spinning.

use std::io;
use std::os::fd::BorrowedFd;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;

/// Why the sleep ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Woke {
    /// The input has bytes, or its end.
    Input,
    /// The time is over.
    Late,
    /// A signal asks for an end.
    Asked,
    /// Nobody reads the output any more.
    Gone,
}

/// What to watch.
pub(super) struct Watch<'f> {
    /// To be read from.
    pub(super) input: BorrowedFd<'f>,
    /// Watched for its reader going away, so that a quiet pipeline ends too.
    pub(super) output: Option<BorrowedFd<'f>>,
    /// Hung up when a signal comes.
    pub(super) asked: Option<BorrowedFd<'f>>,
}

impl Watch<'_> {
    /// Sleeps until the first of it, at most for `time`.
    ///
    /// # Errors
    /// The system's.
    pub(super) fn wait(&self, time: Option<Duration>) -> io::Result<Woke> {
        let time = time.map(|t| Timespec {
            tv_sec: i64::try_from(t.as_secs()).unwrap_or(i64::MAX),
            tv_nsec: t.subsec_nanos().into(),
        });
        // Errors and hang-ups are reported without being asked for.
        let mut all = [
            PollFd::from_borrowed_fd(self.input, PollFlags::IN),
            PollFd::from_borrowed_fd(self.asked.unwrap_or(self.input), PollFlags::empty()),
            PollFd::from_borrowed_fd(self.output.unwrap_or(self.input), PollFlags::empty()),
        ];
        let watched = if self.output.is_some() { 3 } else { 2 };
        loop {
            match poll(&mut all[..watched], time.as_ref()) {
                Ok(0) => return Ok(Woke::Late),
                Ok(_) if self.asked.is_some() && !all[1].revents().is_empty() => return Ok(Woke::Asked),
                // First the input: it may be at its end, and then nothing is missing.
                Ok(_) if !all[0].revents().is_empty() => return Ok(Woke::Input),
                Ok(_) => return Ok(Woke::Gone),
                Err(Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }
}
