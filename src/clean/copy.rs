//! Clean copies: of every file with text, in a folder of their own, and of what can be read of a torn one, beside it.

use std::fs::File;
use std::os::fd::OwnedFd;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use rustix::fs::{CWD, Mode, OFlags, RenameFlags, mkdirat, openat, renameat_with};
use rustix::io::Errno;

use super::one::{Open, Outcome, Report};
use super::temp::Temp;
use super::{Cleaner, Why, sync_file, sync_folder};
use crate::pipeline::Ended;
use crate::source::{Entry, Folder};

const FOLDER: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);

/// Opens the folder for copies, and makes it for us alone where there is none.
pub(super) fn folder(path: &Path) -> Result<OwnedFd, Why> {
    match rustix::fs::mkdir(path, Mode::RWXU) {
        Ok(()) | Err(Errno::EXIST) => {}
        Err(error) => return Err(Why::io("make the folder for copies")(error)),
    }
    openat(CWD, path, FOLDER, Mode::empty()).map_err(Why::io("open the folder for copies"))
}

impl Cleaner<'_> {
    /// Makes a clean copy at the same place below the folder for copies.
    pub(super) fn copy(&self, entry: &Entry, open: &Open, report: &mut Report) -> Result<Outcome, Why> {
        if self.orders.dry_run {
            return Ok(match self.look(open, report)? {
                None => Outcome::Stopped,
                Some(true) => Outcome::Found,
                Some(false) => Outcome::Untouched,
            });
        }
        let kept = super::keep::Kept::read_of_copy(&open.file, open.seen)?;
        let folder = self.mirror(entry)?;
        report.copy = Some(folder.path().join(&entry.name));
        let (temp, new) = Temp::new(&folder)?;
        let Some(new) = self.write(open, new, report)? else { return Ok(Outcome::Stopped) };
        kept.apply(&new, self.orders.times, true)?;
        open.seen.is_same(&open.file)?;
        self.note_change(open, &new, report)?;
        place(&folder, temp, &new, Path::new(&entry.name))?;
        Ok(Outcome::Copied)
    }

    /// The folder below the one for copies that is where the file's folder is below the named path.
    fn mirror(&self, entry: &Entry) -> Result<Arc<Folder>, Why> {
        let (Some(top), Some(path)) = (&self.output, &self.orders.output) else { return Ok(Arc::clone(&entry.folder)) };
        let below = entry.folder.path().strip_prefix(entry.root.path()).unwrap_or(Path::new(""));
        let mut fd = top.try_clone().map_err(Why::step("open the folder for copies"))?;
        for part in below.components() {
            let Component::Normal(name) = part else { continue };
            match mkdirat(&fd, name, Mode::RWXU) {
                Ok(()) | Err(Errno::EXIST) => {}
                Err(error) => return Err(Why::io("make a folder for copies")(error)),
            }
            fd = openat(&fd, name, FOLDER, Mode::empty()).map_err(Why::io("open a folder for copies"))?;
        }
        Ok(Arc::new(Folder::new(fd, path.join(below))))
    }

    /// Writes what can be read of a torn file beside it, clean; gives its path. `None`: a signal came.
    pub(super) fn salvage(&self, entry: &Entry, open: &Open, report: &Report) -> Result<Option<PathBuf>, Why> {
        let kept = self.prepare(entry, open)?;
        let (temp, new) = Temp::new(&entry.folder)?;
        let sink = self.sink(open, new)?;
        let meter = Arc::new(self.total.another());
        let (Ended::Unreadable(_), Some(new)) = self.pass(open, sink, &meter, None)? else { return Ok(None) };
        report.meter.add(&meter);
        kept.apply(&new, self.orders.times, self.orders.owner_may_change)?;
        let mut name = entry.name.clone();
        name.push(".salvaged");
        place(&entry.folder, temp, &new, Path::new(&name))?;
        Ok(Some(entry.folder.path().join(name)))
    }
}

/// Gives a finished file its name, if nothing has it.
fn place(folder: &Folder, temp: Temp, new: &File, name: &Path) -> Result<(), Why> {
    sync_file(new)?;
    if !temp.is_ours() {
        return Err(Why::Changed);
    }
    match renameat_with(folder, &temp.name, folder, name, RenameFlags::NOREPLACE) {
        Err(Errno::EXIST) => return Err(Why::Taken),
        other => other.map_err(Why::io("name the new file"))?,
    }
    temp.forget();
    sync_folder(folder)
}
