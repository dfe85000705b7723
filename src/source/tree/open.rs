//! Opening without following links, through `openat2` where the kernel has it.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io;
use std::os::fd::{BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Component, Path};

use rustix::fs::{CWD, Dir, FileType, Mode, OFlags, ResolveFlags, fstat, openat, openat2};
use rustix::io::Errno;

use super::Passed;

/// A name in a folder: one component.
pub(crate) type Name = OsString;

/// What a path leads to.
pub(super) enum Root {
    Folder(OwnedFd),
    File { folder: OwnedFd, name: Name },
}

const FOLDER: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);
/// Neither waiting for a FIFO's writer nor taking a terminal over.
const FILE: OFlags = OFlags::RDONLY.union(OFlags::NONBLOCK).union(OFlags::NOCTTY).union(OFlags::CLOEXEC);

/// Opens what the user named. Links on the way are followed only with `follow`.
pub(super) fn root(path: &Path, follow: bool) -> Result<Root, Passed> {
    let failed = |error: Errno| match error {
        Errno::LOOP if !follow => Passed::Failed(io::Error::other(
            "is a symbolic link or has one on its way; name the path without it, as `realpath` says it, or use \
             --follow-named",
        )),
        error => Passed::Failed(error.into()),
    };
    match whole(path, FOLDER, follow) {
        Ok(fd) => return Ok(Root::Folder(fd)),
        Err(Errno::NOTDIR) => {}
        Err(error) => return Err(failed(error)),
    }
    let path = if follow { &std::fs::canonicalize(path).map_err(Passed::Failed)? } else { path };
    let Some(Component::Normal(name)) = path.components().next_back() else {
        return Err(Passed::Failed(Errno::NOTDIR.into()));
    };
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let folder = whole(parent, FOLDER, follow).map_err(failed)?;
    let stat = rustix::fs::statat(&folder, name, rustix::fs::AtFlags::SYMLINK_NOFOLLOW).map_err(failed)?;
    match FileType::from_raw_mode(stat.st_mode) {
        FileType::RegularFile => Ok(Root::File { folder, name: name.to_owned() }),
        FileType::Symlink => Err(failed(Errno::LOOP)),
        // Come across, it would be usual; named, it is a mistake.
        other => Err(Passed::Failed(io::Error::other(format!("is {}, not a file", word(other))))),
    }
}

/// Opens a path of any length.
fn whole(path: &Path, flags: OFlags, follow: bool) -> Result<OwnedFd, Errno> {
    if follow {
        return openat(CWD, path, flags, Mode::empty());
    }
    match openat2(CWD, path, flags, Mode::empty(), ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_MAGICLINKS) {
        // Not there before Linux 5.6, and some sandboxes do not let it through.
        Err(Errno::NOSYS | Errno::PERM) => stepwise(path, flags),
        other => other,
    }
}

/// The same with one `openat` for each folder on the way.
fn stepwise(path: &Path, flags: OFlags) -> Result<OwnedFd, Errno> {
    let start = if path.is_absolute() { "/" } else { "." };
    let mut fd = openat(CWD, start, FOLDER, Mode::empty())?;
    let mut parts = path.components().filter(|part| !matches!(part, Component::RootDir | Component::CurDir)).peekable();
    while let Some(part) = parts.next() {
        let flags = if parts.peek().is_some() { FOLDER } else { flags };
        fd = match openat(&fd, part.as_os_str(), flags | OFlags::NOFOLLOW, Mode::empty()) {
            // With O_DIRECTORY a link is "no folder".
            Err(Errno::NOTDIR) if is_link(&fd, part.as_os_str()) => return Err(Errno::LOOP),
            other => other?,
        };
    }
    Ok(fd)
}

fn is_link(folder: &OwnedFd, name: &OsStr) -> bool {
    let stat = rustix::fs::statat(folder, name, rustix::fs::AtFlags::SYMLINK_NOFOLLOW);
    stat.is_ok_and(|stat| FileType::from_raw_mode(stat.st_mode) == FileType::Symlink)
}

/// Opens one name in a folder.
fn step(folder: BorrowedFd<'_>, name: &OsStr, flags: OFlags) -> io::Result<OwnedFd> {
    let resolve = ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_MAGICLINKS | ResolveFlags::BENEATH;
    let opened = match openat2(folder, name, flags | OFlags::NOFOLLOW, Mode::empty(), resolve) {
        // One component without following is as safe this way.
        Err(Errno::NOSYS | Errno::PERM) => openat(folder, name, flags | OFlags::NOFOLLOW, Mode::empty()),
        other => other,
    };
    opened.map_err(|error| match error {
        Errno::LOOP => io::Error::other("has become a symbolic link"),
        error => error.into(),
    })
}

/// A folder in a folder.
pub(super) fn folder(folder: BorrowedFd<'_>, name: &OsStr) -> io::Result<OwnedFd> {
    step(folder, name, FOLDER)
}

/// A regular file in a folder.
pub(super) fn file(folder: BorrowedFd<'_>, name: &OsStr) -> io::Result<File> {
    // Looking at a file is no reason for it to look newly read; only its owner and root may have it so.
    let fd = match step(folder, name, FILE | OFlags::NOATIME) {
        Err(error) if error.raw_os_error() == Some(Errno::PERM.raw_os_error()) => step(folder, name, FILE)?,
        other => other?,
    };
    match FileType::from_raw_mode(fstat(&fd)?.st_mode) {
        FileType::RegularFile => Ok(File::from(fd)),
        other => Err(io::Error::other(format!("is {}, not a file", word(other)))),
    }
}

/// The names in a folder, sorted, and what kept the rest from being read.
pub(super) fn names(folder: &OwnedFd) -> (Vec<(Name, FileType)>, Option<io::Error>) {
    let mut names = Vec::new();
    let mut failed = None;
    match Dir::read_from(folder) {
        Ok(entries) => {
            for entry in entries {
                match entry {
                    Ok(entry) if matches!(entry.file_name().to_bytes(), b"." | b"..") => {}
                    Ok(entry) => {
                        let name = OsStr::from_bytes(entry.file_name().to_bytes()).to_owned();
                        names.push((name, entry.file_type()));
                    }
                    Err(error) => {
                        failed = Some(error.into());
                        break;
                    }
                }
            }
        }
        Err(error) => failed = Some(error.into()),
    }
    names.sort_unstable_by(|a, b| a.0.cmp(&b.0));
    (names, failed)
}

/// What something is that is no file.
pub(super) const fn word(kind: FileType) -> &'static str {
    match kind {
        FileType::RegularFile => "a file",
        FileType::Directory => "a folder",
        FileType::Symlink => "a symbolic link",
        FileType::Fifo => "a FIFO",
        FileType::Socket => "a socket",
        FileType::CharacterDevice | FileType::BlockDevice => "a device",
        FileType::Unknown => "something else",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_openat2_links_are_refused_as_well() {
        let place = tempfile::tempdir().unwrap();
        let real = std::fs::canonicalize(place.path()).unwrap();
        std::fs::create_dir_all(real.join("a/b")).unwrap();
        std::os::unix::fs::symlink("a", real.join("link")).unwrap();
        assert!(stepwise(&real.join("a/b"), FOLDER).is_ok());
        for path in ["link", "link/b", "link/../a"] {
            assert_eq!(stepwise(&real.join(path), FOLDER).err(), Some(Errno::LOOP), "{path}");
            assert_eq!(whole(&real.join(path), FOLDER, false).err(), Some(Errno::LOOP), "{path}");
        }
    }
}
