//! Has the system begin early with writing a file to the disk, so that the end has little to wait for.

use std::num::NonZero;
use std::os::fd::BorrowedFd;

use rustix::fs::{Advice, fadvise, tell};

/// How far a file is on its way.
#[derive(Debug, Default)]
pub(super) struct Haste {
    /// The system was told to write everything before.
    told: u64,
    /// Bytes that came since.
    fresh: u64,
}

/// Worth a call, and what a disk writes in one go.
const WORTH: u64 = 4 << 20;

impl Haste {
    /// So many more bytes went to `fd`. What cannot be hastened only comes later.
    pub(super) fn add(&mut self, bytes: u64, fd: BorrowedFd<'_>) {
        self.fresh += bytes;
        if self.fresh < WORTH {
            return;
        }
        self.fresh = 0;
        let Ok(now) = tell(fd) else { return };
        if let Some(len) = NonZero::new(now.saturating_sub(self.told)) {
            // It says that the pages are not needed in memory; those that are not on the disk yet are begun with.
            let _ = fadvise(fd, self.told, Some(len), Advice::DontNeed);
            self.told = now;
        }
    }
}
