//! A file as it was when it was opened: who it is, and whether it is still the same.

use std::fs::File;
use std::thread::sleep;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rustix::fs::{Stat, fstat};

use super::Why;
use crate::source::Entry;

/// What the system said of an open file.
#[derive(Clone, Copy)]
pub(super) struct Seen(pub(super) Stat);

/// The coarsest clock that a file's times are taken from, and some: a change within one tick leaves no trace.
const TICK: Duration = Duration::from_millis(30);
/// The same on file systems that keep whole seconds, or two.
const COARSE: Duration = Duration::from_millis(2100);

impl Seen {
    /// Of a file that was just opened. Waits until a change from now on would show.
    pub(super) fn new(file: &File) -> Result<Self, Why> {
        let stat = fstat(file).map_err(Why::io("look at it"))?;
        let changed = UNIX_EPOCH + Duration::new(stat.st_ctime.try_into().unwrap_or(0), nanos(stat.st_ctime_nsec));
        let tick = if stat.st_ctime_nsec == 0 && stat.st_mtime_nsec == 0 { COARSE } else { TICK };
        let age = SystemTime::now().duration_since(changed).unwrap_or_default();
        if age >= tick {
            return Ok(Self(stat));
        }
        sleep(tick - age);
        let again = fstat(file).map_err(Why::io("look at it"))?;
        if content(&stat) == content(&again) { Ok(Self(again)) } else { Err(Why::Changed) }
    }

    pub(super) fn id(&self) -> (u64, u64) {
        id(&self.0)
    }

    /// Length in bytes.
    pub(super) fn size(&self) -> u64 {
        self.0.st_size.try_into().unwrap_or(0)
    }

    /// How many names it has.
    #[allow(clippy::useless_conversion, reason = "the type is not the same on every system")]
    pub(super) fn links(&self) -> u64 {
        self.0.st_nlink.into()
    }

    /// Fails where the file was changed in any way since.
    pub(super) fn is_same(&self, file: &File) -> Result<(), Why> {
        let now = fstat(file).map_err(Why::io("look at it again"))?;
        let marks = |s: &Stat| (content(s), s.st_ctime, s.st_ctime_nsec, s.st_mode, s.st_uid, s.st_gid, s.st_nlink);
        if marks(&now) == marks(&self.0) { Ok(()) } else { Err(Why::Changed) }
    }

    /// Fails where its content was changed since; it may have got another name.
    pub(super) fn has_same_content(&self, file: &File) -> Result<(), Why> {
        let now = fstat(file).map_err(Why::io("look at it again"))?;
        if content(&now) == content(&self.0) { Ok(()) } else { Err(Why::Changed) }
    }

    /// Fails where the name stands for another file by now.
    pub(super) fn has_name(&self, entry: &Entry) -> Result<(), Why> {
        match entry.stat() {
            Ok(stat) if id(&stat) == self.id() => Ok(()),
            Ok(_) => Err(Why::Changed),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Err(Why::Changed),
            Err(error) => Err(Why::Io { step: "look at its name", error }),
        }
    }
}

/// Device and inode.
pub(super) fn id(stat: &Stat) -> (u64, u64) {
    (stat.st_dev, stat.st_ino)
}

fn content(stat: &Stat) -> (i64, i64, u32) {
    (stat.st_size, stat.st_mtime, nanos(stat.st_mtime_nsec))
}

pub(super) fn nanos<T: TryInto<u32>>(nanos: T) -> u32 {
    nanos.try_into().unwrap_or(0)
}
