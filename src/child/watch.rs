//! Waiting for the program to end, and passing on each signal once meanwhile.
//!
//! Every child that has ended is taken note of, so that as process 1 we leave no zombies.

use std::io;
use std::os::fd::OwnedFd;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;
use rustix::process::{Pid, Signal, WaitOptions, getpid, kill_process, wait};

use super::Started;
use super::outlet::Ptys;
use super::signals::{Received, Signals, send};

/// A request to end that comes so soon after the program's end was meant for the program.
const TOGETHER: Duration = Duration::from_millis(250);

/// Watches over the program.
pub(crate) struct Watch<'s> {
    signals: &'s Signals,
    pid: Pid,
    ptys: Ptys,
    shares_terminal: bool,
    /// A signal that stops programs has come: should the program stop, so do we.
    may_stop: bool,
    ended: Option<(u8, Instant)>,
}

impl<'s> Watch<'s> {
    /// Over a program that has been started.
    pub(crate) fn new(signals: &'s Signals, started: Started) -> (Self, Vec<super::Stream>) {
        let Started { pid, ptys, shares_terminal, streams } = started;
        (Self { signals, pid, ptys, shares_terminal, may_stop: false, ended: None }, streams)
    }

    /// Waits until the program has ended and `done` has hung up, and says the program's exit code: 128 + n where signal
    /// n ended it. Calls `on_end` when the program has ended, and `late` when after that the rest is asked to end too.
    ///
    /// # Errors
    /// The system's.
    pub(crate) fn run(mut self, done: OwnedFd, on_end: impl FnOnce(), late: impl Fn(i32)) -> io::Result<u8> {
        let (mut on_end, mut done) = (Some(on_end), Some(done));
        loop {
            if let Some((code, _)) = self.ended {
                on_end.take().into_iter().for_each(|tell| tell());
                if done.is_none() {
                    return Ok(code);
                }
            }
            let mut all = vec![PollFd::new(self.signals, PollFlags::IN)];
            // A hang-up is told without being asked for.
            all.extend(done.as_ref().map(|fd| PollFd::new(fd, PollFlags::empty())));
            match poll(&mut all, None) {
                Err(Errno::INTR) => continue,
                other => other?,
            };
            let finished = all.get(1).is_some_and(|fd| !fd.revents().is_empty());
            if finished {
                done = None;
            }
            while let Some(signal) = self.signals.next() {
                self.take(signal, &late);
            }
        }
    }

    fn take(&mut self, signal: Received, late: &impl Fn(i32)) {
        let number = signal.number;
        if number == Signal::CHILD.as_raw() {
            return self.reap();
        }
        if let Some((_, since)) = self.ended {
            if ENDS.iter().any(|end| end.as_raw() == number) && since.elapsed() >= TOGETHER {
                late(number);
            }
            return;
        }
        let is = |all: &[Signal]| all.iter().any(|one| one.as_raw() == number);
        self.may_stop = is(&STOPS) || self.may_stop && !is(&[Signal::CONT]);
        if is(&[Signal::WINCH]) && !self.ptys.is_empty() {
            self.ptys.resize();
            // It may have seen the signal before and looked at the old size.
            return send(self.pid, number);
        }
        if !(signal.by_system && self.shares_terminal && is(&TYPED)) {
            send(self.pid, number);
        }
    }

    /// Takes note of every child that has ended or stopped.
    fn reap(&mut self) {
        while let Ok(Some((pid, status))) = wait(WaitOptions::NOHANG | WaitOptions::UNTRACED) {
            if pid != self.pid {
                continue;
            }
            if status.stopped() {
                if std::mem::take(&mut self.may_stop) {
                    // Whoever waits for us has to see it. The system does not stop process 1.
                    let _ = kill_process(getpid(), Signal::STOP);
                }
                continue;
            }
            let code = status.exit_status().or_else(|| status.terminating_signal().map(|n| 128 + n));
            self.ended = code.and_then(|code| u8::try_from(code).ok()).map(|code| (code, Instant::now()));
        }
    }
}

/// Signals that ask for an end.
const ENDS: [Signal; 4] = [Signal::INT, Signal::TERM, Signal::QUIT, Signal::HUP];
/// Signals that stop who does not mind them.
const STOPS: [Signal; 3] = [Signal::TSTP, Signal::TTIN, Signal::TTOU];
/// Signals that a terminal sends to its whole foreground group, where the program has had them already.
const TYPED: [Signal; 7] =
    [Signal::INT, Signal::QUIT, Signal::HUP, Signal::TSTP, Signal::TTIN, Signal::TTOU, Signal::WINCH];
