//! What a file is besides its content, carried over to the one that takes its place: owner, mode, extended attributes
//! with access lists and labels, inode flags, times. What cannot be carried over is a reason to leave the file alone.

use std::ffi::{CStr, CString};
use std::fs::File;
use std::os::unix::ffi::OsStringExt;

use rustix::fs::{
    Gid, IFlags, Mode, Timespec, Timestamps, Uid, XattrFlags, fchmod, fchown, fgetxattr, flistxattr, fremovexattr,
    fsetxattr, fstat, futimens, ioctl_getflags, ioctl_setflags,
};
use rustix::io::Errno;

use super::Why;
use super::seen::Seen;
use crate::source::seam;

/// Which times the new file has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Times {
    /// The old one's, so that rotation by age goes on as before.
    Keep,
    /// Those of the change.
    New,
}

/// What is kept of a file.
pub(super) struct Kept {
    seen: Seen,
    attributes: Vec<(CString, Vec<u8>)>,
    /// `None` where the file system has no flags.
    flags: Option<IFlags>,
}

/// Flags that a user sets and that are to stay. The others belong to the file system.
const FLAGS: IFlags = IFlags::SECURE_REMOVAL
    .union(IFlags::UNRM)
    .union(IFlags::COMPRESSED)
    .union(IFlags::NODUMP)
    .union(IFlags::NOATIME)
    .union(IFlags::JOURNALING)
    .union(IFlags::NOTAIL)
    .union(IFlags::NOCOW);
/// FS_VERITY_FL of linux/fs.h: the content is sealed.
const VERITY: u32 = 0x0010_0000;

impl Kept {
    /// Reads it, and refuses a file that it could not be kept of.
    pub(super) fn read(file: &File, seen: Seen) -> Result<Self, Why> {
        let mut kept = Self { seen, attributes: attributes(file)?, flags: None };
        let flags = ioctl_getflags(file).ok();
        if let Some(flags) = flags {
            let sealed = IFlags::IMMUTABLE | IFlags::APPEND | IFlags::from_bits_retain(VERITY);
            if flags.intersects(sealed) {
                return Err(Why::Sealed);
            }
        }
        if kept.attributes.iter().any(|(name, _)| is_seal(name)) {
            return Err(Why::Sealed);
        }
        kept.flags = flags;
        Ok(kept)
    }

    /// What of it a copy in another place has too: all but seals and flags.
    pub(super) fn read_of_copy(file: &File, seen: Seen) -> Result<Self, Why> {
        let attributes = attributes(file)?.into_iter().filter(|(name, _)| !is_seal(name)).collect();
        Ok(Self { seen, attributes, flags: None })
    }

    /// Gives all of it to `new`, and looks whether it is there.
    pub(super) fn apply(&self, new: &File, times: Times, owner_may_change: bool) -> Result<(), Why> {
        let old = &self.seen.0;
        let fresh = fstat(new).map_err(Why::io("look at the new file"))?;
        if (fresh.st_uid, fresh.st_gid) != (old.st_uid, old.st_gid) {
            seam().map_err(Why::step("give it its owner"))?;
            let owner = |uid| fchown(new, uid, Some(Gid::from_raw(old.st_gid)));
            match owner(Some(Uid::from_raw(old.st_uid))) {
                Err(Errno::PERM) if owner_may_change => drop(owner(None)),
                Err(Errno::PERM) => return Err(Why::Owner),
                other => other.map_err(Why::io("give it its owner"))?,
            }
        }
        seam().and_then(|()| Ok(fchmod(new, mode(old.st_mode))?)).map_err(Why::step("give it its mode"))?;
        self.give_attributes(new)?;
        self.give_flags(new)?;
        if times == Times::Keep {
            let stamp = |tv_sec, nanos| Timespec { tv_sec, tv_nsec: nanos };
            let stamps = Timestamps {
                last_access: stamp(old.st_atime, super::seen::nanos(old.st_atime_nsec).into()),
                last_modification: stamp(old.st_mtime, super::seen::nanos(old.st_mtime_nsec).into()),
            };
            seam().and_then(|()| Ok(futimens(new, &stamps)?)).map_err(Why::step("give it its times"))?;
        }
        self.holds(new, owner_may_change)
    }

    fn give_attributes(&self, new: &File) -> Result<(), Why> {
        let has = attributes(new)?;
        for (name, value) in &self.attributes {
            if has.iter().any(|(n, v)| n == name && v == value) {
                continue;
            }
            let set = seam().and_then(|()| Ok(fsetxattr(new, name, value, XattrFlags::empty())?));
            set.map_err(|error| Why::Attribute { name: shown(name), error: Some(error) })?;
        }
        // Such as an access list that the folder gives to everything new in it.
        for (name, _) in has.iter().filter(|(name, _)| !self.attributes.iter().any(|(n, _)| n == name)) {
            let gone = seam().and_then(|()| Ok(fremovexattr(new, name)?));
            gone.map_err(|error| Why::Attribute { name: shown(name), error: Some(error) })?;
        }
        Ok(())
    }

    fn give_flags(&self, new: &File) -> Result<(), Why> {
        let wanted = self.flags.map(|flags| flags & FLAGS);
        let Some((wanted, now)) = wanted.zip(ioctl_getflags(new).ok()) else { return Ok(()) };
        if now & FLAGS == wanted {
            return Ok(());
        }
        let set = seam().and_then(|()| Ok(ioctl_setflags(new, now.difference(FLAGS) | wanted)?));
        set.map_err(Why::step("give it its flags"))?;
        match ioctl_getflags(new) {
            Ok(now) if now & FLAGS == wanted => Ok(()),
            _ => Err(Why::Attribute { name: "inode flags".to_owned(), error: None }),
        }
    }

    /// Whether `new` has it all.
    fn holds(&self, new: &File, owner_may_change: bool) -> Result<(), Why> {
        let (old, now) = (&self.seen.0, fstat(new).map_err(Why::io("look at the new file"))?);
        let missing = |name: &str| Err(Why::Attribute { name: name.to_owned(), error: None });
        if !owner_may_change && (now.st_uid, now.st_gid) != (old.st_uid, old.st_gid) {
            return Err(Why::Owner);
        }
        if mode(now.st_mode) != mode(old.st_mode) {
            return missing("mode");
        }
        if attributes(new)? != self.attributes {
            return missing("extended attributes");
        }
        Ok(())
    }
}

/// Whether an attribute vouches for the content.
fn is_seal(name: &CStr) -> bool {
    matches!(name.to_bytes(), b"security.ima" | b"security.evm")
}

/// The permissions with the bits for users, groups and sticky files.
fn mode(raw: u32) -> Mode {
    Mode::from_raw_mode(raw & 0o7777)
}

/// Every extended attribute, sorted by name; access lists and labels are among them.
pub(super) fn attributes(file: &File) -> Result<Vec<(CString, Vec<u8>)>, Why> {
    let mut list = vec![0; 64 << 10];
    let len = match seam().and_then(|()| Ok(flistxattr(file, &mut list[..])?)) {
        Ok(len) => len,
        Err(error) if error.raw_os_error() == Some(Errno::OPNOTSUPP.raw_os_error()) => return Ok(Vec::new()),
        Err(error) => return Err(Why::Io { step: "list its attributes", error }),
    };
    let mut all = Vec::new();
    let mut value = vec![0; 64 << 10];
    for name in list[..len].split_inclusive(|b| *b == 0) {
        let Ok(name) = CStr::from_bytes_with_nul(name) else { continue };
        let read = seam().and_then(|()| Ok(fgetxattr(file, name, &mut value[..])?));
        let len = read.map_err(|error| Why::Attribute { name: shown(name), error: Some(error) })?;
        all.push((name.to_owned(), value[..len].to_vec()));
    }
    all.sort();
    Ok(all)
}

fn shown(name: &CStr) -> String {
    crate::source::printable(std::path::Path::new(&std::ffi::OsString::from_vec(name.to_bytes().to_vec())))
}
