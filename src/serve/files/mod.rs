//! The source `files`: files that match patterns, followed as they grow, are renamed, copied away, emptied and deleted.
//!
//! Nothing is told by a name. A file is its device, inode and what it holds ([`mark`]); how far it was read is noted once
//! the sinks have it ([`book`]), and only where the rules can begin. So after any end, kill -9 included, it goes on at a
//! place before which nothing is missing; what was sent and not acknowledged is sent again.
//!
//! A file without a name is read to its end, and let go after a while. When a name leads to another file, the rotated files
//! beside it are looked through, so that none is missed that came and went between two looks, or while nobody looked.

mod adopt;
mod book;
mod follow;
mod mark;
mod packed;
mod spec;
mod walk;

use std::collections::{HashMap, HashSet};
use std::fs::Metadata;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use super::clerk::Clerk;
use super::{Intake, Source, log};
use crate::source::printable;
use book::{Book, Life};
use follow::{Followed, READ, Step};
use mark::Id;
use packed::Leaving;
pub(super) use spec::spec;
use walk::Walk;

/// How often names are looked at.
const LOOK: Duration = Duration::from_secs(1);
/// Reads of one file before the others have their turn.
const TURN: usize = 16;

/// The source.
pub(super) struct Files {
    name: String,
    walk: Walk,
    options: Options,
    notes: PathBuf,
    book: Book,
    followed: Vec<Followed>,
    leaving: Vec<Leaving>,
    /// What each name led to at the last look.
    names: HashMap<PathBuf, Id>,
    /// Files that are not read, as long as nothing is written to them: when that was last.
    refused: HashMap<Id, Since>,
    /// Files of which it was said that something is wrong with them.
    complained: HashSet<Id>,
    /// Folders of which it was said that they cannot be read.
    told: HashSet<PathBuf>,
    life: Life,
    /// Not the first look of all.
    begun: bool,
    looked_back: bool,
    /// There are files of which the disk does not know yet.
    taken_on: bool,
}

/// When something was written to a file, by the clock of its file system: seconds since 1970, and nanoseconds.
type Since = (i64, i64);

/// When it was written to last.
fn written(metadata: &Metadata) -> Since {
    (metadata.mtime(), metadata.mtime_nsec())
}

/// Whether a file was written to so lately that a packed one, or a copy, may not be whole yet.
fn is_fresh(metadata: &Metadata) -> bool {
    const WHOLE: Duration = Duration::from_secs(2);
    let age = metadata.modified().ok().and_then(|at| SystemTime::now().duration_since(at).ok());
    age.is_none_or(|age| age < WHOLE)
}

/// The keys of its table.
#[derive(Clone, Debug)]
struct Options {
    poll: Duration,
    /// A file without a name that was quiet for so long is let go.
    wait: Duration,
    /// Files that are there when it first starts are read from their end on.
    from_end: bool,
}

impl Source for Files {
    fn run(&mut self, intake: &Intake) -> io::Result<()> {
        let (book, path) = (self.book.clone(), self.notes.clone());
        let _clerk =
            Clerk::begin(&self.name, self.notes.clone(), self.book.news(), move |sync| book.save(&path, sync))?;
        let mut buffer = vec![0; READ];
        let mut looked: Option<Instant> = None;
        loop {
            if looked.is_none_or(|at| at.elapsed() >= LOOK) {
                self.look(intake);
                looked = Some(Instant::now());
            }
            let more = self.read(intake, &mut buffer);
            match more {
                Some(true) if !intake.halt().is_asked() => {}
                Some(_) if intake.halt().wait(if more == Some(true) { Duration::ZERO } else { self.options.poll }) => {
                    return Ok(());
                }
                Some(_) => {}
                None => return Ok(()),
            }
        }
    }

    fn end(&mut self) {
        self.leaving.retain(|packed| !self.book.done(packed.id, packed.life, packed.place));
        self.write();
    }
}

impl Files {
    /// Looks at all names: files that are new are taken on, and those that have none left are known as such.
    fn look(&mut self, intake: &Intake) {
        let (mut told, name) = (std::mem::take(&mut self.told), self.name.clone());
        let found = self.walk.files(&mut |folder: &Path, error: io::Error| {
            if told.insert(folder.to_owned()) {
                log::warn(&name, &format!("{}: {error}", printable(folder)));
            }
        });
        self.told = told;
        for file in &mut self.followed {
            file.here = false;
        }
        if !std::mem::replace(&mut self.looked_back, true) {
            self.look_back(&found, intake);
        }
        // Many files may be in one folder: it is read once a look.
        let mut folders: HashMap<PathBuf, Vec<walk::Named>> = HashMap::new();
        for (path, metadata) in found {
            let id = Id::of(&metadata);
            let before = self.names.insert(path.clone(), id);
            let known = self.known(&metadata, &path);
            // The number of a file that is gone may be another one's: only one that is followed is sure to be the same.
            if let Some(before) = before.filter(|before| *before != id || !known) {
                let folder = walk::folder(&path);
                let files = folders.entry(folder.to_owned()).or_insert_with(|| walk::files(folder));
                self.between(&path, before, files, intake);
            }
            if !known && !self.is_being_made(&path, &metadata) {
                self.take_on(&path, &metadata, intake);
            }
        }
        self.begun = true;
        // What was written first leaves first, over all files of a rotation.
        // Clocks of file systems tick a few hundred times a second: within a tick the older file is the earlier one.
        self.followed.sort_by_cached_key(|file| {
            let metadata = file.metadata().ok();
            let made = metadata.as_ref().and_then(|metadata| metadata.created().ok());
            (metadata.map_or((i64::MAX, 0), |metadata| written(&metadata)), made)
        });
        // Before anything is read: a file that is known can be found again after any end, whatever its name is then.
        if std::mem::take(&mut self.taken_on) {
            self.write();
        }
        // Where a name leads nowhere for a moment, what it led to before tells the next look where to go on.
        self.names.retain(|_, id| self.book.has(*id));
        self.leaving.retain(|packed| !self.book.done(packed.id, packed.life, packed.place));
    }

    /// Whether the file is followed already; then its name is noted.
    fn known(&mut self, metadata: &Metadata, path: &Path) -> bool {
        let id = Id::of(metadata);
        match self.followed.iter_mut().find(|file| file.id == id) {
            Some(file) => file.is_at(&self.walk.name(path), &self.book),
            None => return self.refused.get(&id) == Some(&written(metadata)),
        }
        true
    }

    /// Says what is wrong with a file, once.
    fn complain(&mut self, id: Id, path: &Path, error: &io::Error, intake: &Intake) {
        intake.counts().one(&intake.counts().errors);
        if self.complained.insert(id) {
            log::warn(&self.name, &format!("{}: {error}", printable(path)));
        }
    }

    /// Reads what there is. Says whether there may be more; `None` when nobody takes it.
    fn read(&mut self, intake: &Intake, buffer: &mut [u8]) -> Option<bool> {
        let (mut more, mut index) = (false, 0);
        while index < self.followed.len() {
            let file = &mut self.followed[index];
            let mut turn = (0..TURN).map(|_| file.step(intake, &self.book, buffer));
            let last = turn.find(|step| !matches!(step, Ok(Step::More)));
            match last {
                Some(Ok(Step::Over)) => return None,
                Some(Ok(Step::Emptied)) => {
                    let (path, id) = (file.path.clone(), file.id);
                    self.copied(&path, id, intake);
                    more = true;
                }
                Some(Ok(Step::Packed)) => {
                    // The next look finds it anew, for what it is.
                    self.followed.remove(index);
                    continue;
                }
                Some(Ok(_)) if file.here || file.quiet.elapsed() < self.options.wait => {}
                Some(Ok(_)) => {
                    let ended = self.followed.remove(index).end(intake, &self.book);
                    if !ended.unwrap_or_else(|error| self.failed(&error)) {
                        return None;
                    }
                    continue;
                }
                Some(Err(error)) => {
                    let file = self.followed.remove(index);
                    if let (io::ErrorKind::InvalidData, Ok(metadata)) = (error.kind(), file.metadata()) {
                        self.refused.insert(file.id, written(&metadata));
                    }
                    self.complain(file.id, &file.path, &error, intake);
                    continue;
                }
                None => more = true,
            }
            index += 1;
            if intake.halt().is_asked() {
                return Some(more);
            }
        }
        Some(more)
    }

    fn failed(&self, error: &io::Error) -> bool {
        log::warn(&self.name, &error.to_string());
        true
    }

    /// Puts the notes on the disk, now.
    fn write(&self) {
        if let Err(error) = self.book.save(&self.notes, true) {
            log::warn(&self.name, &format!("{}: {error}", printable(&self.notes)));
        }
    }
}
