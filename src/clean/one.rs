//! One file, from the look at it to the exchange.

use std::cell::RefCell;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, MutexGuard, PoisonError};
use std::thread::sleep;
use std::time::Duration;

use rustix::fs::{FlockOperation, flock, fstatvfs};
use rustix::io::Errno;

use super::archive::{Aside, Members};
use super::keep::Kept;
use super::print::Print;
use super::seen::Seen;
use super::swap::Swap;
use super::temp::Temp;
use super::{Cleaner, Why, sync_file, trust};
use crate::pipeline::{Effort, Ended, Pipeline};
use crate::report::{Diff, Explain, Meter, Watcher, Way};
use crate::sink::{Fault, Sink};
use crate::source::{Entry, Flaw, Kind, Reached, Source, printable};

/// How a file fared.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// There is nothing to clean in it, and it was not touched.
    Untouched,
    /// An earlier run, whose manifest this one goes on with, was done with it.
    Known,
    /// It was replaced.
    Cleaned,
    /// It would have been replaced.
    Found,
    /// A clean copy was made.
    Copied,
    /// It holds no text; what it is.
    Binary(&'static str),
    /// It was left alone though it may hold secrets.
    Left(Why),
    /// A signal came; it is as it was.
    Stopped,
}

/// What is known of a file afterwards.
pub(crate) struct Report {
    pub(crate) path: PathBuf,
    pub(crate) outcome: Outcome,
    /// Its hits.
    pub(crate) meter: Arc<Meter>,
    /// Bytes on the disk.
    pub(crate) size: u64,
    pub(super) before: Option<Print>,
    pub(super) after: Option<Print>,
    pub(super) mark: Option<super::manifest::Mark>,
    /// Where the clean copy is.
    pub(super) copy: Option<PathBuf>,
    /// The name of what could be read of a torn file.
    pub(crate) salvaged: Option<PathBuf>,
    /// An archive's members that were not looked through.
    pub(crate) aside: Aside,
    /// How far the bar is with it, if it was come to.
    pub(super) way: Option<Arc<Way>>,
}

impl Report {
    pub(super) fn new(path: PathBuf, meter: Meter, outcome: Outcome) -> Self {
        Self {
            path,
            outcome,
            meter: Arc::new(meter),
            size: 0,
            before: None,
            after: None,
            mark: None,
            copy: None,
            salvaged: None,
            aside: Aside::default(),
            way: None,
        }
    }
}

/// A file that is open, with what it is.
pub(super) struct Open {
    pub(super) file: Arc<File>,
    pub(super) seen: Seen,
    pub(super) kind: Kind,
    /// Of an archive that was looked at: what is to become of its members.
    pub(super) members: RefCell<Option<Members>>,
    way: Arc<Way>,
}

impl Open {
    pub(super) const fn new(file: Arc<File>, seen: Seen, kind: Kind, way: Arc<Way>) -> Self {
        Self { file, seen, kind, members: RefCell::new(None), way }
    }

    /// Is told how far it was read, with its hits so far; nobody where nobody sees it.
    pub(super) fn reached(&self, meter: &Arc<Meter>) -> Option<Reached> {
        let (way, meter) = (Arc::clone(&self.way), Arc::clone(meter));
        way.is_shown().then(|| Arc::new(move |at| way.reach(at, meter.hits())) as Reached)
    }

    const fn is_archive(&self) -> bool {
        matches!(self.kind, Kind::Tar(_))
    }
}

/// How often a file that changes under our hands is tried.
const TRIES: u32 = 3;
/// From this length on several threads work on one file.
const LARGE: u64 = 16 << 20;

impl Cleaner<'_> {
    /// Cleans one file; one that changes under our hands is tried again.
    pub(super) fn one(&self, entry: &Entry) -> Report {
        let mut report = Report::new(entry.path(), self.total.another(), Outcome::Untouched);
        let way = self.progress.begin();
        report.way = Some(Arc::clone(&way));
        let _alone = self.siblings(entry);
        for attempt in 1..=TRIES {
            report.meter = Arc::new(self.total.another());
            report.outcome = match self.attempt(entry, &way, &mut report) {
                Err(why) if why.passes() && attempt < TRIES => {
                    sleep(Duration::from_millis(50 << attempt));
                    continue;
                }
                Err(why) => Outcome::Left(why),
                Ok(outcome) => outcome,
            };
            break;
        }
        report
    }

    /// Keeps other names of a file away for as long as it has: the one that is replaced first changes what is known of
    /// it, and holds the lock.
    fn siblings(&self, entry: &Entry) -> Option<MutexGuard<'_, ()>> {
        let linked = self.orders.break_links && entry.stat().is_ok_and(|stat| stat.st_nlink > 1);
        linked.then(|| self.linked.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn attempt(&self, entry: &Entry, way: &Arc<Way>, report: &mut Report) -> Result<Outcome, Why> {
        let file = Arc::new(entry.open().map_err(Why::step("open it"))?);
        let seen = Seen::new(&file)?;
        report.size = seen.size();
        if self.is_known(&report.path, seen) {
            return Ok(Outcome::Known);
        }
        let open = Open::new(Arc::clone(&file), seen, self.kind(&file)?, Arc::clone(way));
        match &open.kind {
            Kind::Binary(what) => return Ok(Outcome::Binary(what)),
            Kind::Archive(what) => return Err(Why::Archive(what)),
            Kind::Tar(_) if !self.orders.archives => return Err(Why::Tar),
            Kind::Text | Kind::Packed(_) | Kind::Tar(_) => {}
        }
        let done =
            if self.output.is_some() { self.copy(entry, &open, report) } else { self.clean(entry, &open, report) };
        report.aside = Self::aside(&open);
        match done {
            Err(Why::Flaw(flaw @ (Flaw::Torn | Flaw::Damaged)))
                if self.orders.salvage && !self.orders.dry_run && !open.is_archive() =>
            {
                report.salvaged = self.salvage(entry, &open, report)?;
                Err(Why::Flaw(flaw))
            }
            other => other,
        }
    }

    fn clean(&self, entry: &Entry, open: &Open, report: &mut Report) -> Result<Outcome, Why> {
        let Some(found) = self.look(open, report)? else { return Ok(Outcome::Stopped) };
        if !found {
            open.seen.is_same(&open.file)?;
            self.note_untouched(open, report)?;
            return Ok(Outcome::Untouched);
        }
        let kept = self.may_replace(entry, open)?;
        if self.orders.dry_run {
            return Ok(Outcome::Found);
        }
        report.meter = Arc::new(self.total.another());
        self.replace(entry, open, &kept, report)
    }

    /// Everything that has to hold before a file is replaced.
    fn may_replace(&self, entry: &Entry, open: &Open) -> Result<Kept, Why> {
        let links = open.seen.links();
        if links > 1 && !self.orders.break_links {
            return Err(Why::Links(links));
        }
        let kept = self.prepare(entry, open)?;
        if links > 1 || self.open_names.has(&entry.name) {
            Swap::has_no_writer(&self.writers, entry, open.seen, &entry.name)?;
        }
        Ok(kept)
    }

    pub(super) fn kind(&self, file: &Arc<File>) -> Result<Kind, Why> {
        Ok(match Kind::of_file(file).map_err(Why::step("read it"))? {
            Kind::Binary(_) if self.orders.text => Kind::Text,
            kind => kind,
        })
    }

    /// Whether there is anything to clean; in a dry run every hit is counted. `None`: a signal came.
    pub(super) fn look(&self, open: &Open, report: &Report) -> Result<Option<bool>, Why> {
        if open.is_archive() {
            return self.look_into(open, report);
        }
        let sink = Sink::nowhere(!self.orders.dry_run);
        let watcher = self.watcher(&report.path).filter(|_| self.orders.dry_run);
        match self.pass(open, sink, &report.meter, watcher) {
            Err(Why::Io { error, .. }) if error.kind() == io::ErrorKind::BrokenPipe => Ok(Some(true)),
            Err(why) => Err(why),
            Ok((Ended::Unreadable(error), _)) => Err(unreadable(error)),
            Ok((Ended::Stopped(_) | Ended::Cut(_), _)) => Ok(None),
            Ok((Ended::Wide(name), _)) => Err(Why::Wide(name)),
            Ok((Ended::Whole, _)) if report.meter.internal_errors() > 0 => Err(Why::Internal),
            Ok((Ended::Whole, _)) => Ok(Some(report.meter.hits() > 0)),
        }
    }

    fn replace(&self, entry: &Entry, open: &Open, kept: &Kept, report: &mut Report) -> Result<Outcome, Why> {
        let _place = (open.seen.size() >= LARGE).then(|| self.places.take());
        let (temp, new) = Temp::new(&entry.folder)?;
        let Some(new) = self.write(open, new, report)? else { return Ok(Outcome::Stopped) };
        kept.apply(&new, self.orders.times, self.orders.owner_may_change)?;
        sync_file(&new)?;
        if self.stop.signal().is_some() {
            return Ok(Outcome::Stopped);
        }
        self.note_change(open, &new, report)?;
        let new_len = new.metadata().map_err(Why::step("look at the new file"))?.len();
        Swap { entry, old: &open.file, seen: open.seen, new: &new, new_len, temp, writers: &self.writers }.run()?;
        self.owed.add(&entry.folder);
        Ok(Outcome::Cleaned)
    }

    /// Everything that has to hold before a new file is made beside one; what is to be kept of it.
    pub(super) fn prepare(&self, entry: &Entry, open: &Open) -> Result<Kept, Why> {
        if !self.orders.trust_folders {
            trust::folder(&entry.folder, open.seen)?;
        }
        // Some file systems have no locks; then the checks before the exchange have to do.
        if let Err(Errno::WOULDBLOCK) = flock(&open.file, FlockOperation::NonBlockingLockExclusive) {
            return Err(Why::Locked);
        }
        let kept = Kept::read(&open.file, open.seen)?;
        let disk = fstatvfs(&entry.folder).map_err(Why::io("look at its disk"))?;
        let (needs, has) = (open.seen.size(), disk.f_bavail.saturating_mul(disk.f_frsize));
        if needs > has { Err(Why::Space { needs, has }) } else { Ok(kept) }
    }

    /// Writes the clean text to `new`, in the form of the old file. `None`: a signal came.
    pub(super) fn write(&self, open: &Open, new: File, report: &Report) -> Result<Option<File>, Why> {
        if open.is_archive() {
            return self.write_members(open, new, report);
        }
        let sink = self.sink(open, new)?;
        let (ended, file) = self.pass(open, sink, &report.meter, self.watcher(&report.path))?;
        match ended {
            Ended::Whole if report.meter.internal_errors() > 0 => Err(Why::Internal),
            Ended::Whole if open.kind == Kind::Text && report.meter.bytes_in() != open.seen.size() => Err(Why::Changed),
            Ended::Whole => Ok(file),
            Ended::Stopped(_) | Ended::Cut(_) => Ok(None),
            Ended::Unreadable(error) => Err(unreadable(error)),
            Ended::Wide(name) => Err(Why::Wide(name)),
        }
    }

    pub(super) fn sink(&self, open: &Open, new: File) -> Result<Sink, Why> {
        let sink = Sink::open(new).map_err(Why::step("look at the new file"))?.hasty();
        match open.kind.packing() {
            Some(packing) => sink.packed(packing).map_err(Why::step("pack the new file")),
            None => Ok(sink),
        }
    }

    /// Takes the text through the rules to `sink`.
    pub(super) fn pass(
        &self,
        open: &Open,
        sink: Sink,
        meter: &Arc<Meter>,
        watcher: Option<Watcher>,
    ) -> Result<(Ended, Option<File>), Why> {
        let _turn = self.turns.take();
        let source = Source::stored(Arc::clone(&open.file), &open.kind, self.orders.ratio);
        let source = source.map_err(Why::step("read it"))?.telling(open.reached(meter));
        let (effort, _alone) = self.effort(open);
        let mut pipeline = Pipeline::new(self.redactor, sink, Arc::clone(meter), Arc::clone(&self.stop), effort);
        let ended = pipeline.pass(&source, watcher).map_err(broken)?;
        let file = pipeline.finish().map_err(broken)?;
        Ok((ended, file))
    }

    /// The threads for one file: all of them where it is large, and the only one that is.
    pub(super) fn effort(&self, open: &Open) -> (Effort, Option<MutexGuard<'_, ()>>) {
        let large = if open.kind.packing().is_some() { LARGE / 8 } else { LARGE };
        let alone = (open.seen.size() >= large).then(|| self.large.try_lock().ok()).flatten();
        let threads = if alone.is_some() { self.orders.threads } else { 1 };
        (Effort { threads, block: self.orders.block }, alone)
    }

    pub(super) fn watcher(&self, path: &Path) -> Option<Watcher> {
        let path = || printable(path);
        let diff = self.orders.diff.then(|| Watcher::Diff(Diff::new(path())));
        diff.or_else(|| self.orders.explain.then(|| Watcher::Explain(Explain::new(path()))))
    }
}

pub(super) fn broken(fault: Fault) -> Why {
    let error = match fault {
        Fault::Gone => io::ErrorKind::BrokenPipe.into(),
        Fault::Failed { error, .. } => error,
    };
    Why::Io { step: "write the new file", error }
}

/// Why a text could not be read to its end.
pub(super) fn unreadable(error: io::Error) -> Why {
    Flaw::of(&error).map_or(Why::Io { step: "read it", error }, Why::Flaw)
}
