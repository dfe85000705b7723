//! The new file before it takes the old one's place: in the same folder, for its owner alone, locked while we live.
//!
//! A run that is killed leaves at most one for each thread. The lock dies with the run, so the next one can tell what
//! is left over from what another run is still writing.

use std::ffi::OsStr;
use std::fs::File;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::os::fd::AsFd;
use std::sync::Arc;

use rustix::fs::{
    AtFlags, FlockOperation, Mode, OFlags, RenameFlags, flock, fstat, openat, renameat_with, statat, unlinkat,
};
use rustix::io::Errno;

use super::Why;
use super::seen::id;
use crate::source::{Entry, Folder, seam};

/// A name in a folder that is ours: removed when this is dropped.
pub(super) struct Temp {
    folder: Arc<Folder>,
    pub(super) name: String,
    /// Which file has to have the name for us to remove it.
    pub(super) id: (u64, u64),
    armed: bool,
}

const BEFORE: &str = ".inkout-";
const BEHIND: &str = ".tmp";

impl Temp {
    /// A new file, empty, open to read and write.
    pub(super) fn new(folder: &Arc<Folder>) -> Result<(Self, File), Why> {
        let flags = OFlags::RDWR | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        for _ in 0..TRIES {
            let name = format!("{BEFORE}{:016x}{BEHIND}", RandomState::new().build_hasher().finish());
            let opened = seam().and_then(|()| Ok(openat(folder, &name, flags, Mode::RUSR | Mode::WUSR)?));
            let file = match opened {
                Ok(fd) => File::from(fd),
                Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => continue,
                Err(error) => return Err(Why::Io { step: "create a new file beside it", error }),
            };
            let stat = fstat(&file).map_err(Why::io("look at the new file"))?;
            let temp = Self { folder: Arc::clone(folder), name, id: id(&stat), armed: true };
            flock(&file, FlockOperation::NonBlockingLockExclusive).map_err(Why::io("lock the new file"))?;
            if temp.is_ours() {
                return Ok((temp, file));
            }
            // Another run took it for a left-over before it was locked.
        }
        Err(Why::Changed)
    }

    /// Whether the name still stands for the file we mean.
    pub(super) fn is_ours(&self) -> bool {
        statat(&self.folder, &self.name, AtFlags::SYMLINK_NOFOLLOW).is_ok_and(|stat| id(&stat) == self.id)
    }

    /// Removes the file under this name.
    pub(super) fn remove(mut self) -> Result<(), Why> {
        if !self.is_ours() {
            self.armed = false;
            return Err(Why::Changed);
        }
        seam()
            .and_then(|()| Ok(unlinkat(&self.folder, &self.name, AtFlags::empty())?))
            .map_err(Why::step("remove the old content"))?;
        self.armed = false;
        Ok(())
    }

    /// Keeps the file under a name that no run takes for a left-over; gives that name.
    pub(super) fn keep(mut self) -> String {
        self.armed = false;
        let kept = self.name.replace(BEHIND, ".kept");
        match renameat_with(&self.folder, &self.name, &self.folder, &kept, RenameFlags::NOREPLACE) {
            Ok(()) => kept,
            Err(_) => self.name.clone(),
        }
    }

    /// The name is nobody's temporary name any more.
    pub(super) fn forget(mut self) {
        self.armed = false;
    }
}

impl Drop for Temp {
    fn drop(&mut self) {
        if self.armed && self.is_ours() {
            // Where even that fails the next run does it.
            let _ = unlinkat(&self.folder, &self.name, AtFlags::empty());
        }
    }
}

/// Whether a name is one of ours.
pub(crate) fn is_temporary(name: &OsStr) -> bool {
    let inner = name.to_str().and_then(|name| name.strip_prefix(BEFORE)?.strip_suffix(BEHIND));
    inner.is_some_and(|inner| inner.len() == 16 && inner.bytes().all(|b| b.is_ascii_hexdigit()))
}

/// Removes what a run that was killed left over; says whether it did. One that is locked belongs to a run that lives.
pub(super) fn sweep(entry: &Entry) -> Result<bool, Why> {
    let file = entry.open().map_err(Why::step("open it"))?;
    match flock(&file, FlockOperation::NonBlockingLockExclusive) {
        Err(Errno::WOULDBLOCK) => return Ok(false),
        other => other.map_err(Why::io("lock it"))?,
    }
    let (open, named) =
        (fstat(file.as_fd()).map_err(Why::io("look at it"))?, entry.stat().map_err(Why::step("look at it"))?);
    if id(&open) != id(&named) {
        return Ok(false);
    }
    unlinkat(&entry.folder, &entry.name, AtFlags::empty()).map_err(Why::io("remove what an earlier run left over"))?;
    Ok(true)
}

const TRIES: usize = 8;
