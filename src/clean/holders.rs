//! Who has a file open for writing, as far as `/proc` says: root sees everybody, others see their own.

use std::collections::{HashMap, HashSet};
use std::ffi::{OsStr, OsString};
use std::io::Read;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rustix::fs::{AtFlags, CWD, Dir, Mode, OFlags, openat, readlinkat, statat};

use super::seen::id;

const FOLDER: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);

/// Looks for processes that have a file open for writing: one look for all who ask at the same time, as it goes through
/// every descriptor of every process.
#[derive(Default)]
pub(super) struct Writers {
    state: Mutex<State>,
    told: Condvar,
}

#[derive(Default)]
struct State {
    /// Asked since the look that is under way began, which may have missed them.
    asked: Vec<Question>,
    answers: HashMap<u64, Option<u32>>,
    looking: bool,
    number: u64,
}

struct Question {
    number: u64,
    file: (u64, u64),
    names: Vec<OsString>,
    /// A process that does not count.
    but: Option<u32>,
}

impl Writers {
    /// A process that has the file open for writing, now.
    ///
    /// `names` are those that the file may go by, or none if it has more than we know; asking the system about every
    /// descriptor of every process would hang with one whose file system does not answer.
    pub(super) fn of(&self, file: (u64, u64), names: &[&OsStr]) -> Option<u32> {
        self.ask(file, names, None)
    }

    /// The same of a file that we are writing ourselves: another process.
    pub(super) fn of_ours(&self, file: (u64, u64), names: &[&OsStr]) -> Option<u32> {
        self.ask(file, names, Some(std::process::id()))
    }

    fn ask(&self, file: (u64, u64), names: &[&OsStr], but: Option<u32>) -> Option<u32> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.number += 1;
        let number = state.number;
        let names = names.iter().map(|name| (*name).to_owned()).collect();
        state.asked.push(Question { number, file, names, but });
        loop {
            if let Some(answer) = state.answers.remove(&number) {
                return answer;
            }
            if state.looking {
                state = self.told.wait(state).unwrap_or_else(PoisonError::into_inner);
                continue;
            }
            state.looking = true;
            let questions = std::mem::take(&mut state.asked);
            drop(state);
            let found = look(&questions);
            state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            state.answers.extend(questions.iter().map(|question| (question.number, question.answer(&found))));
            state.looking = false;
            self.told.notify_all();
        }
    }
}

impl Question {
    fn answer(&self, found: &Found) -> Option<u32> {
        found.get(&self.file)?.iter().copied().find(|pid| Some(*pid) != self.but)
    }
}

/// Files with the processes that have them open for writing.
type Found = HashMap<(u64, u64), Vec<u32>>;

/// Those of the files asked for that any process has open for writing.
fn look(questions: &[Question]) -> Found {
    let mut found = Found::new();
    let Ok(proc) = openat(CWD, "/proc", FOLDER, Mode::empty()) else { return found };
    let files: HashSet<(u64, u64)> = questions.iter().map(|question| question.file).collect();
    let names: HashSet<&[u8]> = questions.iter().flat_map(|q| q.names.iter().map(|name| name.as_bytes())).collect();
    let any = questions.iter().any(|question| question.names.is_empty());
    let known = |name: &[u8]| any || names.contains(name);
    for pid in numbers(&proc) {
        let Ok(fds) = openat(&proc, format!("{pid}/fd"), FOLDER, Mode::empty()) else { continue };
        let mut link = Vec::new();
        for number in numbers(&fds) {
            let fd = number.to_string();
            let Ok(target) = readlinkat(&fds, &fd, std::mem::take(&mut link)) else { continue };
            link = target.into_bytes();
            if !name(&link).is_some_and(known) {
                continue;
            }
            let Ok(file) = statat(&fds, &fd, AtFlags::empty()).map(|stat| id(&stat)) else { continue };
            if files.contains(&file) && writes(&proc, pid, number) {
                found.entry(file).or_default().push(pid);
            }
        }
    }
    found
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
        let (names, writers) = ([OsStr::new("log")], Writers::default());
        assert_eq!(writers.of(it, &names), None);
        let held = File::options().append(true).open(&path).unwrap();
        assert_eq!(writers.of(it, &names), Some(std::process::id()));
        assert_eq!(writers.of(it, &[]), Some(std::process::id()));
        assert_eq!(writers.of_ours(it, &names), None);
        drop(held);
        assert_eq!(writers.of(it, &names), None);
    }
    #[test]
    fn everybody_who_asks_gets_the_answer_for_their_own_file() {
        let place = tempfile::tempdir().unwrap();
        let writers = Writers::default();
        std::thread::scope(|scope| {
            for number in 0..8 {
                let (path, writers) = (place.path().join(format!("log{number}")), &writers);
                scope.spawn(move || {
                    std::fs::write(&path, "x").unwrap();
                    let it = id(&rustix::fs::stat(&path).unwrap());
                    let name = path.file_name().unwrap();
                    for _ in 0..20 {
                        let held = File::options().append(true).open(&path).unwrap();
                        assert_eq!(writers.of(it, &[name]), Some(std::process::id()));
                        drop(held);
                        assert_eq!(writers.of(it, &[name]), None);
                    }
                });
            }
        });
    }
}
