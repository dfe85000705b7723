//! Puts a source's notes on the disk as they come, in a thread of its own.
//!
//! Neither the sinks, which bring them, nor the reading wait for the disk. What is sent again after a kill is what was
//! acknowledged since the last time, so that is soon: at once where the disk is idle.

use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::log;
use crate::source::printable;

/// How often the disk is asked whether it has them: a kill loses nothing that was written, the loss of power may.
const SYNC: Duration = Duration::from_secs(1);
/// Between two times, at the least.
const REST: Duration = Duration::from_millis(10);
/// And after one that failed.
const LONG: Duration = Duration::from_secs(1);

/// Says that there is something to write; all clones are one.
#[derive(Clone, Default)]
pub(super) struct News(Arc<(Mutex<State>, Condvar)>);

#[derive(Default)]
struct State {
    changed: bool,
    /// Nobody writes any more.
    closed: bool,
}

impl News {
    /// There is something new.
    pub(super) fn tell(&self) {
        if !std::mem::replace(&mut self.state().changed, true) {
            self.0.1.notify_all();
        }
    }

    /// Whether there was something new; from here on there is not. Taken before the notes are looked at.
    pub(super) fn take(&self) -> bool {
        std::mem::take(&mut self.state().changed)
    }

    fn wait(&self) -> bool {
        let idle = |state: &mut State| !state.changed && !state.closed;
        let state = self.0.1.wait_while(self.state(), idle).unwrap_or_else(PoisonError::into_inner);
        !state.closed
    }

    fn rest(&self, time: Duration) {
        drop(self.0.1.wait_timeout_while(self.state(), time, |state| !state.closed));
    }

    fn close(&self, closed: bool) {
        self.state().closed = closed;
        self.0.1.notify_all();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The thread; it ends when this is dropped.
pub(super) struct Clerk {
    news: News,
    thread: Option<JoinHandle<()>>,
}

impl Clerk {
    /// Has `save` write to `path` whenever there is news, now and then so that the disk has it: then it is given `true`.
    /// `name` is whose notes they are.
    ///
    /// # Errors
    /// The system's.
    pub(super) fn begin(
        name: &str,
        path: PathBuf,
        news: &News,
        save: impl Fn(bool) -> io::Result<()> + Send + 'static,
    ) -> io::Result<Self> {
        news.close(false);
        let (name, ours) = (name.to_owned(), news.clone());
        let work = move || {
            let (mut failed, mut synced) = (false, None::<Instant>);
            while ours.wait() {
                let begun = Instant::now();
                let sync = failed || synced.is_none_or(|at| at.elapsed() >= SYNC);
                let saved = save(sync);
                synced = if sync { Some(begun) } else { synced };
                if let Err(error) = &saved
                    && !failed
                {
                    log::warn(&name, &format!("{}: {error}; it is tried again", printable(&path)));
                }
                failed = saved.is_err();
                // A slow disk has something else to do for at least half of the time.
                ours.rest(if failed { LONG } else { begun.elapsed().max(REST) });
            }
        };
        let thread = thread::Builder::new().name("notes".to_owned()).spawn(work)?;
        Ok(Self { news: news.clone(), thread: Some(thread) })
    }
}

impl Drop for Clerk {
    fn drop(&mut self) {
        self.news.close(true);
        // What it had to say is in the log.
        let _ = self.thread.take().map(JoinHandle::join);
    }
}
