//! One run per tree: a lock on each folder that was named, held as long as the run lives.
//!
//! A file has a lock of its own while it is replaced, so runs that overlap in another way are safe too; this one says so
//! before anything is done.

use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, FlockOperation, Mode, OFlags, flock, openat};
use rustix::io::Errno;

/// The locks. They end with the run, however it ends.
pub(crate) struct Claim(#[allow(dead_code, reason = "held, not read")] Vec<OwnedFd>);

impl Claim {
    /// On the folders among `paths`, each named once. What cannot be opened is left to the walk, which says why.
    ///
    /// # Errors
    /// The first one that another run has.
    pub(crate) fn new<'p>(paths: impl IntoIterator<Item = &'p Path>) -> Result<Self, PathBuf> {
        let mut held = Vec::new();
        for path in paths {
            let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NONBLOCK | OFlags::CLOEXEC;
            let Ok(folder) = openat(CWD, path, flags, Mode::empty()) else { continue };
            // Some file systems have no locks.
            if flock(&folder, FlockOperation::NonBlockingLockExclusive) == Err(Errno::WOULDBLOCK) {
                return Err(path.to_path_buf());
            }
            held.push(folder);
        }
        Ok(Self(held))
    }
}
