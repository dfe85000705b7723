//! Which of the files that are found are wanted: by name, by place, by time, by ignore files.

use std::ffi::OsStr;
use std::io::{self, Read};
use std::os::fd::AsFd;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};
use ignore::gitignore::{Gitignore, GitignoreBuilder};
use rustix::fs::Stat;

use super::{Folder, open};

/// What is wanted. A file that was named itself is not filtered.
#[derive(Clone, Debug)]
pub(crate) struct Filter {
    /// Only these; all if there are none.
    globs: Globs,
    /// Not these, nor what is below them.
    excludes: Globs,
    max_depth: usize,
    ignore_files: bool,
    follow_named: bool,
    always: Option<fn(&OsStr) -> bool>,
    /// Changed before this.
    before: Option<SystemTime>,
    /// Changed after this.
    after: Option<SystemTime>,
}

/// How a filter is put together; by default everything is wanted that no ignore file names.
#[derive(Clone, Debug, Default)]
pub(crate) struct FilterBuilder {
    /// Globs of names, or of paths below the named folder where they have a `/`.
    pub(crate) globs: Vec<String>,
    /// The same for what is not wanted; a folder goes with everything below it.
    pub(crate) excludes: Vec<String>,
    /// Only files last changed longer ago than this.
    pub(crate) older_than: Option<Duration>,
    /// Only files changed since so long ago.
    pub(crate) newer_than: Option<Duration>,
    /// How many folders deep, 1 being the named folder itself.
    pub(crate) max_depth: Option<usize>,
    /// Pays no attention to `.inkoutignore` files.
    pub(crate) no_ignore: bool,
    /// Links in the named paths themselves are followed.
    pub(crate) follow_named: bool,
    /// Names of files that are wanted whatever the rest says, also beside a file that was named itself.
    pub(crate) always: Option<fn(&OsStr) -> bool>,
}

impl FilterBuilder {
    /// The filter, with ages counted from `now`.
    ///
    /// # Errors
    /// Every glob that is none, as lines for the user.
    pub(crate) fn build(self, now: SystemTime) -> Result<Filter, Vec<String>> {
        let mut wrong = Vec::new();
        let globs = Globs::new("--glob", &self.globs, &mut wrong);
        let excludes = Globs::new("--exclude", &self.excludes, &mut wrong);
        let ago = |age: Duration| now.checked_sub(age).unwrap_or(UNIX_EPOCH);
        let filter = Filter {
            globs,
            excludes,
            max_depth: self.max_depth.unwrap_or(usize::MAX),
            ignore_files: !self.no_ignore,
            follow_named: self.follow_named,
            always: self.always,
            before: self.older_than.map(ago),
            after: self.newer_than.map(ago),
        };
        if wrong.is_empty() { Ok(filter) } else { Err(wrong) }
    }
}

impl Filter {
    pub(super) const fn follows_named(&self) -> bool {
        self.follow_named
    }

    pub(super) const fn obeys_ignore_files(&self) -> bool {
        self.ignore_files
    }

    /// What is wanted in any case, if there is such a thing.
    pub(super) fn always(&self) -> Option<impl Fn(&OsStr) -> bool + use<>> {
        self.always
    }

    /// Whether what stands at `depth` folders below the named path, itself counted, is wanted.
    pub(super) fn takes(&self, place: &Relative, is_folder: bool, depth: usize) -> bool {
        let deep = if is_folder { depth < self.max_depth } else { depth <= self.max_depth };
        deep && !self.excludes.has(place) && (is_folder || self.globs.is_empty() || self.globs.has(place))
    }

    pub(super) const fn has_times(&self) -> bool {
        self.before.is_some() || self.after.is_some()
    }

    /// Whether a file that was last changed then is wanted.
    pub(super) fn takes_time(&self, stat: &Stat) -> bool {
        let nanos = u32::try_from(stat.st_mtime_nsec).unwrap_or(0);
        let changed = u64::try_from(stat.st_mtime).map_or(UNIX_EPOCH, |s| UNIX_EPOCH + Duration::new(s, nanos));
        self.before.is_none_or(|before| changed < before) && self.after.is_none_or(|after| changed > after)
    }
}

/// A path and where in it the part below the named folder begins.
#[derive(Debug)]
pub(super) struct Relative {
    path: PathBuf,
    below: PathBuf,
}

impl Relative {
    pub(super) fn new(root: &Path, path: PathBuf) -> Self {
        let below = path.strip_prefix(root).unwrap_or(&path).to_path_buf();
        Self { path, below }
    }
}

/// Globs for names and globs for paths.
#[derive(Clone, Debug)]
struct Globs {
    names: GlobSet,
    paths: GlobSet,
}

impl Globs {
    fn new(word: &str, globs: &[String], wrong: &mut Vec<String>) -> Self {
        let (mut names, mut paths) = (GlobSetBuilder::new(), GlobSetBuilder::new());
        for text in globs {
            match GlobBuilder::new(text.trim_start_matches("./")).literal_separator(true).build() {
                Ok(glob) if text.contains('/') => drop(paths.add(glob)),
                Ok(glob) => drop(names.add(glob)),
                Err(error) => wrong.push(format!("{word}: {text:?} is no glob: {}", error.kind())),
            }
        }
        let built = |set: &GlobSetBuilder, wrong: &mut Vec<String>| {
            set.build().unwrap_or_else(|error| {
                wrong.push(format!("{word}: {error}"));
                GlobSet::empty()
            })
        };
        Self { names: built(&names, wrong), paths: built(&paths, wrong) }
    }

    fn is_empty(&self) -> bool {
        self.names.is_empty() && self.paths.is_empty()
    }

    fn has(&self, place: &Relative) -> bool {
        self.paths.is_match(&place.below) || place.below.file_name().is_some_and(|name| self.names.is_match(name))
    }
}

/// The ignore file of one folder.
#[derive(Debug)]
pub(super) struct Ignore(Gitignore);

impl Ignore {
    /// Its name. Not `.gitignore`: that often names the logs, as they are not to be committed.
    pub(super) const FILE: &str = ".inkoutignore";
    /// The longest one that is read, in bytes.
    const LONGEST: u64 = 1 << 20;

    /// The one in `folder`, which has one; only a regular file of the folder's owner, as others may not decide what
    /// stays.
    pub(super) fn read(folder: &Folder) -> io::Result<Option<Self>> {
        let bad = |why: String| io::Error::other(format!("{}: {why}", Self::FILE));
        let file = open::file(folder.as_fd(), Self::FILE.as_ref()).map_err(|error| bad(error.to_string()))?;
        let (owner, of) = (rustix::fs::fstat(&folder.fd)?.st_uid, rustix::fs::fstat(&file)?.st_uid);
        if of != owner && of != 0 && of != rustix::process::geteuid().as_raw() {
            return Err(bad("is not its folder's owner's, so it is not obeyed".to_owned()));
        }
        let mut text = String::new();
        file.take(Self::LONGEST).read_to_string(&mut text).map_err(|error| bad(error.to_string()))?;
        let mut builder = GitignoreBuilder::new(folder.path());
        for line in text.lines() {
            builder.add_line(None, line).map_err(|error| bad(error.to_string()))?;
        }
        builder.build().map(|built| Some(Self(built))).map_err(|error| bad(error.to_string()))
    }

    /// Whether it says to ignore this, or not to; `None` where it says nothing.
    pub(super) fn verdict(&self, place: &Relative, is_folder: bool) -> Option<bool> {
        match self.0.matched(&place.path, is_folder) {
            ignore::Match::None => None,
            ignore::Match::Ignore(_) => Some(true),
            ignore::Match::Whitelist(_) => Some(false),
        }
    }
}
