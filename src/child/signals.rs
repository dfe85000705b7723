//! Our signals, read from a descriptor one by one.
//!
//! They are blocked and none is handled: so nothing interrupts a read or a write, none is lost between two of them,
//! and as process 1 of a container we get those too that the system would keep from it.

use std::io;
use std::os::fd::{AsFd, BorrowedFd};

use nix::sys::signal::SigSet;
use nix::sys::signalfd::{SfdFlags, SignalFd};
use rustix::process::{Pid, Signal, kill_process};
use rustix_libc_wrappers::process::SignalExt;

/// The signals from here on.
pub(crate) struct Signals(SignalFd);

/// One signal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Received {
    pub(super) number: i32,
    /// The system sent it, as a terminal does when Ctrl-C is typed: then its whole foreground group has it.
    pub(super) by_system: bool,
}

impl Signals {
    /// Blocks every signal, for this thread and those that it starts. A program that is started is free of it.
    ///
    /// # Errors
    /// The system's.
    pub(crate) fn block() -> io::Result<Self> {
        const FLAGS: SfdFlags = SfdFlags::SFD_CLOEXEC.union(SfdFlags::SFD_NONBLOCK);
        let all = SigSet::all();
        all.thread_block()?;
        Ok(Self(SignalFd::with_flags(&all, FLAGS)?))
    }

    /// The next one, if there is one.
    pub(super) fn next(&self) -> Option<Received> {
        const SI_KERNEL: i32 = 0x80;
        let info = self.0.read_signal().ok().flatten()?;
        let number = i32::try_from(info.ssi_signo).ok()?;
        Some(Received { number, by_system: info.ssi_code == SI_KERNEL })
    }
}

impl AsFd for Signals {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

/// Sends a signal on. That its receiver has gone meanwhile is no error.
pub(super) fn send(to: Pid, number: i32) {
    if let Some(signal) = Signal::from_raw(number) {
        let _ = kill_process(to, signal);
    }
}
