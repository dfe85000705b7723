//! The moment at which the new file takes the old one's name.
//!
//! The two exchange their names, so the old content is still there when it is looked at once more: whether somebody
//! wrote to it or has it open for writing. Then they change back, and nothing that was written is lost. Only when the
//! exchange is on the disk and the old file is quiet, is it removed; the folder is owed to the disk from then on.

use std::ffi::OsStr;
use std::fs::File;

use rustix::fs::{AtFlags, RenameFlags, renameat, renameat_with, statat};
use rustix::io::Errno;

use super::holders::Writers;
use super::seen::{Seen, id};
use super::temp::Temp;
use super::{Why, sync_folder};
use crate::source::{Entry, seam};

/// Both files and their names.
pub(super) struct Swap<'s> {
    pub(super) entry: &'s Entry,
    pub(super) old: &'s File,
    pub(super) seen: Seen,
    pub(super) new: &'s File,
    /// Its length when it was done; a writer that comes by its name makes it longer.
    pub(super) new_len: u64,
    pub(super) temp: Temp,
    pub(super) writers: &'s Writers,
}

impl Swap<'_> {
    /// Fails where the old file has a writer.
    pub(super) fn has_no_writer(writers: &Writers, entry: &Entry, seen: Seen, other: &OsStr) -> Result<(), Why> {
        let names: &[&OsStr] = if seen.links() > 1 { &[] } else { &[&entry.name, other] };
        writers.of(seen.id(), names).map_or(Ok(()), |pid| Err(Why::Open(pid)))
    }

    /// Puts the new file in the old one's place; either both names change or none.
    pub(super) fn run(mut self) -> Result<(), Why> {
        self.seen.is_same(self.old)?;
        self.seen.has_name(self.entry)?;
        if !self.temp.is_ours() {
            return Err(Why::Changed);
        }
        match self.exchange() {
            // Some file systems know no exchange.
            Err(Why::Io { error, .. }) if cannot_exchange(&error) => return self.rename(),
            other => other?,
        }
        // The temporary name now stands for the old file.
        let new_id = std::mem::replace(&mut self.temp.id, self.seen.id());
        if let Err(why) = self.settled(new_id) {
            return Err(self.back(why, new_id));
        }
        self.temp.remove()
    }

    fn exchange(&self) -> Result<(), Why> {
        let (folder, name) = (&self.entry.folder, &self.entry.name);
        seam()
            .and_then(|()| Ok(renameat_with(folder, &self.temp.name, folder, name, RenameFlags::EXCHANGE)?))
            .map_err(Why::step("put the new file in its place"))
    }

    /// Whether the exchange was between the two files that are meant, is on the disk, and the old one is quiet.
    fn settled(&self, new_id: (u64, u64)) -> Result<(), Why> {
        if !self.temp.is_ours() || !has_id(self.entry, new_id) {
            return Err(Why::Changed);
        }
        sync_folder(&self.entry.folder)?;
        Self::has_no_writer(self.writers, self.entry, self.seen, self.temp.name.as_ref())?;
        self.seen.has_same_content(self.old)
    }

    /// Undoes the exchange. What cannot be undone without loss stays under both names.
    fn back(mut self, why: Why, new_id: (u64, u64)) -> Why {
        let names: [&OsStr; 2] = [&self.entry.name, self.temp.name.as_ref()];
        let untouched = self.writers.of_ours(new_id, &names).is_none();
        if !untouched || self.exchange().is_err() {
            return Why::Both { kept: self.temp.keep(), why: Box::new(why) };
        }
        self.temp.id = new_id;
        if !self.temp.is_ours() {
            // Somebody exchanged one of the names before us; what we do not know stays.
            self.temp.forget();
        } else if self.new.metadata().is_ok_and(|now| now.len() != self.new_len) {
            return Why::Both { kept: self.temp.keep(), why: Box::new(why) };
        }
        let _ = sync_folder(&self.entry.folder);
        why
    }

    fn rename(self) -> Result<(), Why> {
        let (folder, name) = (&self.entry.folder, &self.entry.name);
        Self::has_no_writer(self.writers, self.entry, self.seen, self.temp.name.as_ref())?;
        self.seen.is_same(self.old)?;
        seam()
            .and_then(|()| Ok(renameat(folder, &self.temp.name, folder, name)?))
            .map_err(Why::step("put the new file in its place"))?;
        self.temp.forget();
        sync_folder(&self.entry.folder)
    }
}

fn has_id(entry: &Entry, wanted: (u64, u64)) -> bool {
    statat(&entry.folder, &entry.name, AtFlags::SYMLINK_NOFOLLOW).is_ok_and(|stat| id(&stat) == wanted)
}

fn cannot_exchange(error: &std::io::Error) -> bool {
    let codes = [Errno::INVAL, Errno::NOSYS, Errno::OPNOTSUPP].map(Errno::raw_os_error);
    error.raw_os_error().is_some_and(|code| codes.contains(&code))
}
