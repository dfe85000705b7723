//! Stored files, cleaned in their place so that one dares to do it as root on evidence.
//!
//! A file is looked at first, and one without hits is never written to. One with hits is written anew in a temporary
//! file of its folder, for its owner alone; that gets everything the old one had besides its content, goes to the disk,
//! and takes the name. At any moment, also when the machine stops, the name stands for the whole old or the whole new
//! file. What would be lost by that (a second name, a writer, an attribute) is a reason to leave the file alone and to
//! say so. [`Why`] has all the reasons.

mod archive;
mod claim;
mod copy;
mod holders;
mod keep;
mod manifest;
mod one;
mod owed;
mod print;
mod seen;
mod swap;
mod tally;
mod temp;
mod trust;
mod verify;
mod why;

use std::fs::File;
use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::SystemTime;

pub(crate) use claim::Claim;
pub(crate) use keep::Times;
pub(crate) use manifest::Manifest;
pub(crate) use one::{Outcome, Report};
pub(crate) use tally::Tally;
pub(crate) use temp::is_temporary;
pub(crate) use verify::verify;
pub(crate) use why::Why;

use crate::Redactor;
use crate::pipeline::{Stop, Turns, share};
use crate::report::{Meter, Progress};
use crate::source::{Entry, Filter, FilterBuilder, Folder, Step, Tree, seam};
use rustix::fs::fsync;

/// What is to be done with files, and what the user allows.
#[derive(Debug)]
pub(crate) struct Orders {
    /// Nothing is written.
    pub(crate) dry_run: bool,
    /// The changed lines are shown, masked.
    pub(crate) diff: bool,
    /// Each hit is told.
    pub(crate) explain: bool,
    pub(crate) times: Times,
    /// A file with several names is replaced under the one that was found; the others keep the old content.
    pub(crate) break_links: bool,
    /// The new file may belong to us where it cannot belong to the old one's owner.
    pub(crate) owner_may_change: bool,
    /// Folders that others may write to are gone into.
    pub(crate) trust_folders: bool,
    /// What looks like binary data is treated as text.
    pub(crate) text: bool,
    /// Tar archives are looked into.
    pub(crate) archives: bool,
    /// The readable part of a torn packed file is written beside it.
    pub(crate) salvage: bool,
    /// How many times its size a packed file may unpack to.
    pub(crate) ratio: u64,
    /// Clean copies go here, and the files stay as they are.
    pub(crate) output: Option<PathBuf>,
    pub(crate) threads: usize,
    pub(crate) block: usize,
    /// A bar shows how far it is.
    pub(crate) bar: bool,
}

/// How many files a thread has under way: while one is read, others wait for the disk to have taken what was written.
const UNDER_WAY: usize = 8;

/// A run over many files.
pub(crate) struct Cleaner<'r> {
    redactor: &'r Redactor,
    orders: &'r Orders,
    stop: Arc<Stop>,
    manifest: Option<&'r Manifest>,
    /// All hits of the run.
    total: Meter,
    /// The one large file that several threads work on at a time.
    large: Mutex<()>,
    /// Held while a file with several names is worked on, where those are replaced.
    linked: Mutex<()>,
    /// Taken for as long as a text goes through the rules.
    turns: Turns,
    /// Taken for as long as a large file takes up its place on the disk twice.
    places: Turns,
    owed: owed::Owed,
    output: Option<OwnedFd>,
    open_names: holders::Names,
    writers: holders::Writers,
    swept: AtomicU64,
    progress: Progress,
}

impl<'r> Cleaner<'r> {
    /// Over files of any number, until `stop`.
    ///
    /// # Errors
    /// The folder for clean copies cannot be made or opened.
    pub(crate) fn new(
        redactor: &'r Redactor,
        orders: &'r Orders,
        stop: Arc<Stop>,
        manifest: Option<&'r Manifest>,
    ) -> Result<Self, Why> {
        let output = orders.output.as_deref().map(copy::folder).transpose()?;
        Ok(Self {
            redactor,
            orders,
            stop,
            manifest,
            total: Meter::new(redactor, false),
            large: Mutex::default(),
            linked: Mutex::default(),
            turns: Turns::new(orders.threads),
            places: Turns::new(orders.threads + 1),
            owed: owed::Owed::default(),
            output,
            open_names: holders::Names::default(),
            writers: holders::Writers::default(),
            swept: AtomicU64::new(0),
            progress: Progress::new(orders.bar),
        })
    }

    /// Everything below `paths` that `filter` lets through; `each` is told how each of it fared, on any thread.
    /// Says how many files the filter left out.
    pub(crate) fn run(&self, paths: Vec<PathBuf>, filter: Filter, each: &(dyn Fn(Report) + Sync)) -> u64 {
        self.sweep_copies(each);
        if self.progress.is_shown() {
            self.progress.expect(Tree::new(paths.clone(), filter.clone()).survey(|| self.stop.signal().is_none()));
        }
        let mut tree = Tree::new(paths, filter);
        let threads = match self.orders.threads {
            // With a diff, in order: it is one text for a person to read.
            _ if self.orders.diff => 1,
            1 => 1,
            threads => threads * UNDER_WAY,
        };
        let steps = std::iter::from_fn(|| if self.stop.signal().is_some() { None } else { tree.next() });
        share(
            threads,
            steps,
            || (),
            |(), step| {
                if let Some(mut report) = self.step(step) {
                    if let Err(why) = self.record(&report) {
                        report.outcome = Outcome::Left(why);
                    }
                    self.total.add(&report.meter);
                    if let Some(way) = &report.way {
                        way.end(report.size, report.meter.hits());
                    }
                    each(report);
                }
            },
        );
        for (folder, why) in self.owed.pay() {
            each(Report::new(folder, self.total.another(), Outcome::Left(why)));
        }
        self.progress.end();
        tree.left_out()
    }

    /// Says something without the bar in its way.
    pub(crate) fn speak(&self, say: impl FnOnce()) {
        self.progress.aside(say);
    }

    /// All hits so far.
    pub(crate) const fn meter(&self) -> &Meter {
        &self.total
    }

    /// How many files were removed that a killed run had left over.
    pub(crate) fn swept(&self) -> u64 {
        self.swept.load(Ordering::Relaxed)
    }

    fn step(&self, step: Step) -> Option<Report> {
        let nothing = self.total.another();
        match step {
            Step::File(entry) if temp::is_temporary(&entry.name) => self.sweep(&entry, nothing),
            Step::File(entry) => Some(self.one(&entry)),
            Step::Passed { path, why } => Some(Report::new(path, nothing, Outcome::Left(Why::Passed(why)))),
        }
    }

    /// Removes what a killed run left over in the folder for copies; no other run has it.
    fn sweep_copies(&self, each: &(dyn Fn(Report) + Sync)) {
        let Some(output) = self.orders.output.as_ref().filter(|_| !self.orders.dry_run) else { return };
        let all = FilterBuilder { no_ignore: true, always: Some(is_temporary), ..FilterBuilder::default() };
        let Ok(filter) = all.build(SystemTime::now()) else { return };
        for step in Tree::new(vec![output.clone()], filter) {
            if let Step::File(entry) = step
                && is_temporary(&entry.name)
            {
                self.remove(&entry, self.total.another()).into_iter().for_each(each);
            }
        }
    }

    fn sweep(&self, entry: &Entry, nothing: Meter) -> Option<Report> {
        if self.orders.dry_run || self.orders.output.is_some() { None } else { self.remove(entry, nothing) }
    }

    fn remove(&self, entry: &Entry, nothing: Meter) -> Option<Report> {
        match temp::sweep(entry) {
            Ok(was) => {
                self.swept.fetch_add(u64::from(was), Ordering::Relaxed);
                None
            }
            Err(why) => Some(Report::new(entry.path(), nothing, Outcome::Left(why))),
        }
    }
}

/// Has a finished file on the disk.
fn sync_file(file: &File) -> Result<(), Why> {
    seam().and_then(|()| Ok(fsync(file)?)).map_err(Why::step("write the new file to the disk"))
}

/// Has the names of a folder on the disk.
fn sync_folder(folder: &Folder) -> Result<(), Why> {
    seam().and_then(|()| Ok(fsync(folder)?)).map_err(Why::step("write its folder to the disk"))
}
