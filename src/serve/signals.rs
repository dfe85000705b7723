//! The signals that the service lives by: SIGHUP reloads, SIGTERM and SIGINT end, a second one of these at once.

use std::io;
use std::thread;
use std::time::{Duration, Instant};

use crossbeam_channel::Sender;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use super::log;

/// Requests closer together than this are one.
const TOGETHER: Duration = Duration::from_millis(250);

/// What the service is told.
pub(super) enum Word {
    /// Read everything anew.
    Reload,
    /// End, because of this signal.
    End(i32),
    /// A source of this generation came to its end.
    Ended(u64),
}

/// Passes signals on from here on.
///
/// # Errors
/// The system's.
pub(super) fn listen(tell: Sender<Word>) -> io::Result<()> {
    let mut signals = Signals::new([SIGHUP, SIGTERM, SIGINT])?;
    // A write that a limit forbids fails with an error of its own, which is told.
    signal_hook::flag::register(25, std::sync::Arc::default())?;
    let work = move || {
        let mut since: Option<Instant> = None;
        for signal in signals.forever() {
            if signal == SIGHUP {
                let _ = tell.send(Word::Reload);
            } else if since.is_some_and(|since| since.elapsed() >= TOGETHER) {
                log::warn("end", &format!("signal {signal} came again: ended at once"));
                std::process::exit(128 + signal);
            } else if since.is_none() {
                since = Some(Instant::now());
                let _ = tell.send(Word::End(signal));
            }
        }
    };
    thread::Builder::new().name("signals".to_owned()).spawn(work).map(|_| ())
}
