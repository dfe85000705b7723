//! SIGTERM and SIGINT ask for an end, SIGUSR1 for the counts. The only threads besides the workers start here.
//!
//! After the first request the run has a grace period to take in what is still in the pipe. It is not trusted to
//! notice: should it hang in a write that nobody reads, a second thread ends the program. So does a second request.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use rustix::pipe::{PipeFlags, pipe_with};
use signal_hook::consts::{SIGINT, SIGTERM, SIGUSR1};
use signal_hook::iterator::Signals;

/// Requests closer together than this are one: `timeout` signals its child and then the child's whole group.
const TOGETHER: Duration = Duration::from_millis(250);
/// How much later than the run itself the watching thread gives up.
const MARGIN: Duration = Duration::from_millis(500);
/// `SIGXFSZ`: a file grew over its limit. The write then fails with an error of its own, which is reported.
const SIGXFSZ: i32 = 25;

/// A request to end, once one has come.
#[derive(Clone)]
pub(crate) struct Stop {
    /// The number of the signal, or 0. Set where the signal arrives, so that no text ends between the two.
    signal: Arc<AtomicUsize>,
    /// Hangs up with the first request.
    wake: Arc<OwnedFd>,
    grace: Duration,
}

/// What the threads do besides.
pub(crate) struct Actions {
    /// At SIGUSR1.
    pub(crate) counts: Box<dyn Fn() + Send>,
    /// When the grace period is over and the run hangs, given the signal; it does not return to the run.
    pub(crate) give_up: Box<dyn Fn(i32) + Send + Sync>,
}

impl Stop {
    /// Takes the signals over from here on.
    ///
    /// # Errors
    /// The system's.
    pub(crate) fn install(grace: Duration, actions: Actions) -> io::Result<Self> {
        // Without this the signal would kill, and what was read would be lost without a word.
        signal_hook::flag::register(SIGXFSZ, Arc::new(AtomicBool::new(false)))?;
        let (wake, asleep) = pipe_with(PipeFlags::CLOEXEC)?;
        let signal = Arc::new(AtomicUsize::new(0));
        // A caller that ignores a signal, as a shell does for its background jobs, wants it ignored.
        let ignored = ignored();
        let mut wanted = vec![SIGUSR1];
        for end in [SIGTERM, SIGINT].into_iter().filter(|n| ignored & (1 << (n - 1)) == 0) {
            signal_hook::flag::register_usize(end, Arc::clone(&signal), end as usize)?;
            wanted.push(end);
        }
        let signals = Signals::new(wanted)?;
        let requests = Requests { asleep: Some(asleep), grace, since: None };
        thread::Builder::new().name("signals".to_owned()).spawn(move || listen(signals, requests, actions))?;
        Ok(Self { signal, wake: wake.into(), grace })
    }

    /// Asks when the other half is dropped; no signal is looked at.
    ///
    /// # Errors
    /// The system's.
    pub(crate) fn on_drop(grace: Duration) -> io::Result<(Self, OwnedFd)> {
        let (wake, asker) = pipe_with(PipeFlags::CLOEXEC)?;
        Ok((Self { signal: Arc::default(), wake: wake.into(), grace }, asker))
    }

    /// The signal that asked for an end.
    pub(crate) fn signal(&self) -> Option<u8> {
        u8::try_from(self.signal.load(Ordering::Relaxed)).ok().filter(|signal| *signal != 0)
    }

    /// How long a run may go on after the request.
    pub(super) const fn grace(&self) -> Duration {
        self.grace
    }
}

impl AsFd for Stop {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.wake.as_fd()
    }
}

struct Requests {
    asleep: Option<OwnedFd>,
    grace: Duration,
    since: Option<Instant>,
}

fn listen(mut signals: Signals, mut requests: Requests, actions: Actions) {
    let Actions { counts, give_up } = actions;
    let give_up: Arc<dyn Fn(i32) + Send + Sync> = give_up.into();
    for signal in signals.forever() {
        match requests.since {
            _ if signal == SIGUSR1 => counts(),
            Some(since) if since.elapsed() >= TOGETHER => give_up(signal),
            Some(_) => {}
            None => {
                requests.since = Some(Instant::now());
                drop(requests.asleep.take());
                let (late, give_up) = (requests.grace + MARGIN, Arc::clone(&give_up));
                let watch = move || {
                    thread::sleep(late);
                    give_up(signal);
                };
                // Without the watcher a second signal still ends the program.
                drop(thread::Builder::new().name("grace".to_owned()).spawn(watch));
            }
        }
    }
}

/// The signals that are ignored, signal n as bit n - 1; none where the system does not say.
fn ignored() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0)
}
