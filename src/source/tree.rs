//! The stored files below the paths that a user names, each found once and held by its folder's descriptor.
//!
//! No name is resolved twice: a folder is opened by its name in the folder before, following no link, and a file by
//! its name in its folder. So whoever swaps a name for a link while the walk is under way changes what is found, and
//! never where. Names come sorted, folder by folder; a folder's names are in memory while it is gone through, and
//! nothing else is. It knows no rules and does not look into files.

use std::fs::File;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::vec;

use rustix::fs::{AtFlags, FileType, Stat, statat};

mod filter;
mod open;

pub(crate) use filter::{Filter, FilterBuilder};
use filter::{Ignore, Relative};
use open::Name;

/// A folder on the way, open.
#[derive(Debug)]
pub(crate) struct Folder {
    fd: OwnedFd,
    path: PathBuf,
}

impl Folder {
    /// A folder that was opened by other means.
    pub(crate) const fn new(fd: OwnedFd, path: PathBuf) -> Self {
        Self { fd, path }
    }

    /// Its path as the user would write it; for messages only.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

impl AsFd for Folder {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}

/// A file by its folder and its name there.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    /// The folder, open.
    pub(crate) folder: Arc<Folder>,
    /// The name in it.
    pub(crate) name: Name,
    /// The named path below which it was found; for a file that was named itself, the folder it is in.
    pub(crate) root: Arc<Folder>,
}

impl Entry {
    /// Its path, for messages only: it may lead elsewhere by now.
    pub(crate) fn path(&self) -> PathBuf {
        self.folder.path.join(&self.name)
    }

    /// Opens it for reading: a regular file, through no link, without waiting for a writer or becoming its terminal.
    ///
    /// # Errors
    /// The system's, and one that says what it is where it is no regular file.
    pub(crate) fn open(&self) -> io::Result<File> {
        open::file(self.folder.as_fd(), &self.name)
    }

    /// What the name stands for now, links not followed.
    ///
    /// # Errors
    /// The system's.
    pub(crate) fn stat(&self) -> io::Result<Stat> {
        Ok(statat(&self.folder, &self.name, AtFlags::SYMLINK_NOFOLLOW)?)
    }
}

/// What the walk comes to.
#[derive(Debug)]
pub(crate) enum Step {
    /// A file that the filter lets through.
    File(Entry),
    /// Something that is not gone into.
    Passed {
        /// Where it is.
        path: PathBuf,
        /// Why.
        why: Passed,
    },
}

/// Why something was passed by.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum Passed {
    /// A symbolic link.
    #[error("is a symbolic link; name what it leads to")]
    Link,
    /// A FIFO, a socket or a device.
    #[error("is {0}, not a file")]
    Special(&'static str),
    /// More folders below one another than are held open.
    #[error("is more than {DEEPEST} folders deep; name a folder that is nearer")]
    Deep,
    /// The system does not let it be read.
    #[error("{0}")]
    Failed(io::Error),
}

/// Folders below one another that are open at once.
const DEEPEST: usize = 200;

/// The walk: an iterator over what is below the named paths.
pub(crate) struct Tree {
    filter: Filter,
    roots: vec::IntoIter<PathBuf>,
    /// The folders from the named one down to where the walk is.
    levels: Vec<Level>,
    /// The folder of the last file that was named itself.
    beside: Option<(u64, u64)>,
    left_out: u64,
}

struct Level {
    folder: Arc<Folder>,
    root: Arc<Folder>,
    names: vec::IntoIter<(Name, FileType)>,
    ignore: Option<Ignore>,
}

impl Tree {
    /// Over `roots`, one after another.
    pub(crate) fn new(roots: Vec<PathBuf>, filter: Filter) -> Self {
        Self { filter, roots: roots.into_iter(), levels: Vec::new(), beside: None, left_out: 0 }
    }

    /// How many files the filter has left out so far.
    pub(crate) const fn left_out(&self) -> u64 {
        self.left_out
    }

    /// How many files the walk comes to and how many bytes they have on the disk; counts while `go_on` says so.
    pub(crate) fn survey(self, go_on: impl Fn() -> bool) -> (u64, u64) {
        let files = self.take_while(|_| go_on()).filter_map(|step| match step {
            Step::File(entry) => Some(entry.stat().map_or(0, |stat| stat.st_size.try_into().unwrap_or(0))),
            Step::Passed { .. } => None,
        });
        files.fold((0, 0), |(files, bytes), size: u64| (files + 1, bytes + size))
    }

    /// A path as it was named.
    fn root(&mut self, path: PathBuf) -> Option<Step> {
        match open::root(&path, self.filter.follows_named()) {
            Ok(open::Root::Folder(fd)) => {
                let folder = Arc::new(Folder { fd, path });
                self.enter(Arc::clone(&folder), folder).map(|why| Step::Passed { path: self.here(), why })
            }
            Ok(open::Root::File { folder, name }) => {
                let parent = path.parent().map_or_else(PathBuf::new, Path::to_path_buf);
                let folder = Arc::new(Folder { fd: folder, path: parent });
                self.look_beside(&folder, &name);
                Some(Step::File(Entry { root: Arc::clone(&folder), folder, name }))
            }
            Err(why) => Some(Step::Passed { path, why }),
        }
    }

    /// Has what is wanted in any case come after a file that was named itself; once for each folder.
    fn look_beside(&mut self, folder: &Arc<Folder>, name: &Name) {
        let id = rustix::fs::fstat(folder).ok().map(|stat| (stat.st_dev, stat.st_ino));
        let Some(always) = self.filter.always().filter(|_| id != self.beside) else { return };
        self.beside = id;
        let mut names = open::names(&folder.fd).0;
        names.retain(|(other, _)| other != name && always(other));
        let (folder, root) = (Arc::clone(folder), Arc::clone(folder));
        self.levels.push(Level { folder, root, names: names.into_iter(), ignore: None });
    }

    /// The path of the folder that the walk is in.
    fn here(&self) -> PathBuf {
        self.levels.last().map_or_else(PathBuf::new, |level| level.folder.path.clone())
    }

    /// Goes into a folder; says what keeps its names from being read, if anything does.
    fn enter(&mut self, folder: Arc<Folder>, root: Arc<Folder>) -> Option<Passed> {
        let (names, failed) = open::names(&folder.fd);
        let has = |name: &str| names.binary_search_by(|(n, _)| n.as_os_str().cmp(name.as_ref())).is_ok();
        let ignored =
            if self.filter.obeys_ignore_files() && has(Ignore::FILE) { Ignore::read(&folder) } else { Ok(None) };
        let (ignore, unread) = ignored.map_or_else(|error| (None, Some(error)), |ignore| (ignore, None));
        self.levels.push(Level { folder, root, names: names.into_iter(), ignore });
        failed.or(unread).map(Passed::Failed)
    }

    fn name(&mut self, name: Name, kind: FileType) -> Option<Step> {
        let level = self.levels.last()?;
        let (folder, root) = (Arc::clone(&level.folder), Arc::clone(&level.root));
        let path = || folder.path.join(&name);
        let kind = match kind {
            FileType::Unknown => match statat(&folder, &name, AtFlags::SYMLINK_NOFOLLOW) {
                Ok(stat) => FileType::from_raw_mode(stat.st_mode),
                Err(error) => return Some(Step::Passed { path: path(), why: Passed::Failed(error.into()) }),
            },
            known => known,
        };
        let relative = Relative::new(&root.path, path());
        let is_folder = kind == FileType::Directory;
        if kind == FileType::RegularFile && self.filter.always().is_some_and(|always| always(&name)) {
            return Some(Step::File(Entry { folder, name, root }));
        }
        if self.is_ignored(&relative, is_folder) || !self.filter.takes(&relative, is_folder, self.levels.len()) {
            self.left_out += u64::from(!is_folder);
            return None;
        }
        let why = match kind {
            FileType::RegularFile => {
                let entry = Entry { folder, name, root };
                if self.filter.has_times() && entry.stat().is_ok_and(|stat| !self.filter.takes_time(&stat)) {
                    self.left_out += 1;
                    return None;
                }
                return Some(Step::File(entry));
            }
            FileType::Directory if self.levels.len() >= DEEPEST => Passed::Deep,
            FileType::Directory => {
                let path = path();
                let why = match open::folder(folder.as_fd(), &name) {
                    Ok(fd) => self.enter(Arc::new(Folder { fd, path: path.clone() }), root),
                    Err(error) => Some(Passed::Failed(error)),
                };
                return why.map(|why| Step::Passed { path, why });
            }
            FileType::Symlink => Passed::Link,
            other => Passed::Special(open::word(other)),
        };
        Some(Step::Passed { path: path(), why })
    }

    fn is_ignored(&self, relative: &Relative, is_folder: bool) -> bool {
        let verdicts = self.levels.iter().rev().filter_map(|level| level.ignore.as_ref());
        verdicts.filter_map(|ignore| ignore.verdict(relative, is_folder)).next().unwrap_or(false)
    }
}

impl Iterator for Tree {
    type Item = Step;

    fn next(&mut self) -> Option<Step> {
        loop {
            let step = match self.levels.last_mut() {
                Some(level) => match level.names.next() {
                    Some((name, kind)) => self.name(name, kind),
                    None => {
                        self.levels.pop();
                        None
                    }
                },
                None => {
                    let path = self.roots.next()?;
                    self.root(path)
                }
            };
            if step.is_some() {
                return step;
            }
        }
    }
}

#[cfg(test)]
mod tests;
