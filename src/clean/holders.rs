//! Who has a file open for writing, as far as `/proc` says: root sees everybody, others see their own.

use std::collections::HashSet;
use std::ffi::OsStr;
use std::io::Read;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use rustix::fs::{AtFlags, CWD, Dir, Mode, OFlags, openat, readlinkat, statat};

use super::seen::id;

const FOLDER: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);

/// A process that has the file open for writing.
///
/// `names` are those that the file may go by, or none if it has more than we know; asking the system about every descriptor of every process would hang
/// with one whose file system does not answer.
pub(super) fn writer(file: (u64, u64), names: &[&OsStr]) -> Option<u32> {
    let proc = openat(CWD, "/proc", FOLDER, Mode::empty()).ok()?;
    let pids = numbers(&proc);
    pids.into_iter().find(|pid| holds(&proc, *pid, file, names))
}

/// The names of all files that anybody else has open, from a look that is at most [`FRESH`] old: a quick way to see that
/// nobody has a file open, good enough before the work and never after it.
#[derive(Default)]
pub(super) struct Names(Mutex<Option<(Instant, HashSet<Vec<u8>>)>>);

const FRESH: Duration = Duration::from_millis(200);

impl Names {
    /// Whether anybody else has a file of this name open.
    pub(super) fn has(&self, name: &OsStr) -> bool {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let fresh = known.take().filter(|(when, _)| when.elapsed() < FRESH).unwrap_or_else(|| (Instant::now(), all()));
        known.insert(fresh).1.contains(name.as_bytes())
    }
}

fn all() -> HashSet<Vec<u8>> {
    let mut names = HashSet::new();
    let Ok(proc) = openat(CWD, "/proc", FOLDER, Mode::empty()) else { return names };
    for pid in numbers(&proc).into_iter().filter(|pid| *pid != std::process::id()) {
        let Ok(fds) = openat(&proc, format!("{pid}/fd"), FOLDER, Mode::empty()) else { continue };
        for number in numbers(&fds) {
            let Ok(target) = readlinkat(&fds, number.to_string(), Vec::new()) else { continue };
            names.extend(name(target.as_bytes()).map(<[u8]>::to_vec));
        }
    }
    names
}

/// The last part of the path that a descriptor's link tells; `None` for pipes and the like.
fn name(link: &[u8]) -> Option<&[u8]> {
    let path = link.strip_suffix(b" (deleted)").unwrap_or(link);
    path.starts_with(b"/").then(|| path.rsplit(|b| *b == b'/').next().unwrap_or_default())
}

fn holds(proc: &OwnedFd, pid: u32, file: (u64, u64), names: &[&OsStr]) -> bool {
    let Ok(fds) = openat(proc, format!("{pid}/fd"), FOLDER, Mode::empty()) else { return false };
    let mut link = Vec::new();
    for number in numbers(&fds) {
        let fd = number.to_string();
        let Ok(target) = readlinkat(&fds, &fd, std::mem::take(&mut link)) else { continue };
        link = target.into_bytes();
        let known = |name: &[u8]| names.is_empty() || names.iter().any(|known| known.as_bytes() == name);
        if !name(&link).is_some_and(known) {
            continue;
        }
        let is_it = statat(&fds, &fd, AtFlags::empty()).is_ok_and(|stat| id(&stat) == file);
        if is_it && writes(proc, pid, number) {
            return true;
        }
    }
    false
}

/// Whether a descriptor is open for writing; one that says nothing is taken to be.
fn writes(proc: &OwnedFd, pid: u32, number: u32) -> bool {
    let path = format!("{pid}/fdinfo/{number}");
    let Ok(info) = openat(proc, path, OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty()) else { return true };
    let mut text = String::new();
    if std::fs::File::from(info).read_to_string(&mut text).is_err() {
        return true;
    }
    let flags = text.lines().find_map(|line| line.strip_prefix("flags:"));
    let flags = flags.and_then(|flags| u32::from_str_radix(flags.trim(), 8).ok());
    flags.is_none_or(|flags| OFlags::from_bits_retain(flags) & OFlags::RWMODE != OFlags::RDONLY)
}

/// The names in a folder that are numbers.
fn numbers(folder: &OwnedFd) -> Vec<u32> {
    let Ok(entries) = Dir::read_from(folder) else { return Vec::new() };
    entries.filter_map(|entry| entry.ok()?.file_name().to_str().ok()?.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::File;

    #[test]
    fn writers_are_seen_and_readers_are_not() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("log");
        std::fs::write(&path, "x").unwrap();
        let reader = File::open(&path).unwrap();
        let it = id(&rustix::fs::fstat(&reader).unwrap());
        let names = [OsStr::new("log")];
        assert_eq!(writer(it, &names), None);
        let held = File::options().append(true).open(&path).unwrap();
        assert_eq!(writer(it, &names), Some(std::process::id()));
        drop(held);
        assert_eq!(writer(it, &names), None);
    }
}
