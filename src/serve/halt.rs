//! A request to end, which a thread can look at, wait for, or poll besides its own descriptors.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::pipe::{PipeFlags, pipe_with};

/// The request; all clones are one.
#[derive(Clone)]
pub(crate) struct Halt(Arc<Inner>);

struct Inner {
    asked: AtomicBool,
    /// When what could not be handed on by then is given up.
    deadline: Mutex<Option<Instant>>,
    /// Hangs up when it is asked for.
    ear: OwnedFd,
    mouth: Mutex<Option<OwnedFd>>,
}

impl Halt {
    /// Not asked for yet.
    ///
    /// # Errors
    /// The system's.
    pub(crate) fn new() -> io::Result<Self> {
        let (ear, mouth) = pipe_with(PipeFlags::CLOEXEC)?;
        Ok(Self(Arc::new(Inner {
            asked: AtomicBool::new(false),
            deadline: Mutex::default(),
            ear,
            mouth: Mutex::new(Some(mouth)),
        })))
    }

    /// Asks for the end, after so much time at most.
    pub(crate) fn ask(&self, grace: Duration) {
        *self.0.deadline.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now() + grace);
        self.0.asked.store(true, Ordering::Release);
        drop(self.0.mouth.lock().unwrap_or_else(PoisonError::into_inner).take());
    }

    /// Whether it was asked for.
    pub(crate) fn is_asked(&self) -> bool {
        self.0.asked.load(Ordering::Acquire)
    }

    /// Whether the time is over in which what was read can still be handed on.
    pub(crate) fn is_over(&self) -> bool {
        let deadline = *self.0.deadline.lock().unwrap_or_else(PoisonError::into_inner);
        deadline.is_some_and(|deadline| Instant::now() >= deadline)
    }

    /// Waits for so long, or until it is asked for; says whether it was.
    pub(crate) fn wait(&self, time: Duration) -> bool {
        let end = Instant::now() + time;
        while !self.is_asked() {
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            self.readable(None, left);
        }
        self.is_asked()
    }

    /// Waits until `other` can be read, for so long at most, or until it is asked for; says whether `other` can be read.
    pub(crate) fn readable(&self, other: Option<BorrowedFd<'_>>, time: Duration) -> bool {
        let time =
            Timespec { tv_sec: i64::try_from(time.as_secs()).unwrap_or(i64::MAX), tv_nsec: time.subsec_nanos().into() };
        let ear = PollFd::new(self, PollFlags::IN);
        match other {
            None => {
                let _ = poll(&mut [ear], Some(&time));
                false
            }
            Some(other) => {
                let mut all = [ear, PollFd::from_borrowed_fd(other, PollFlags::IN)];
                poll(&mut all, Some(&time)).is_ok() && !all[1].revents().is_empty()
            }
        }
    }
}

impl AsFd for Halt {
    /// Hangs up when the end is asked for.
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.ear.as_fd()
    }
}
