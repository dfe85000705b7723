//! Taking a file on: where to begin, by what is known of it.

use std::collections::HashMap;
use std::fs::{File, Metadata, OpenOptions};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::Arc;

use super::book::{DONE, Note};
use super::follow::{Followed, readable};
use super::mark::{Head, Id, tail};
use super::packed::Packed;
use super::walk::{Named, files, folder, is_rotation, rotated};
use super::{Files, Intake, Since, is_fresh, written};
use crate::serve::store;
use crate::source::{Flaw, Format, Kind};

impl Files {
    /// Takes on a file that is not followed. What is wrong with it is told, once.
    pub(super) fn take_on(&mut self, path: &Path, metadata: &Metadata, intake: &Intake) {
        match self.open_seen(path, Id::of(metadata), intake) {
            Ok(_) => {}
            // It was there a moment ago.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => {
                if Flaw::of(&error).is_some() || error.kind() == io::ErrorKind::InvalidData {
                    self.refused.insert(Id::of(metadata), written(metadata));
                }
                self.complain(Id::of(metadata), path, &error, intake);
            }
        }
    }

    /// Opens the file that was seen at `path`. Should it have been rotated since, it is opened under its new name: it goes
    /// first, and the next look finds what came behind it.
    fn open_seen(&mut self, path: &Path, seen: Id, intake: &Intake) -> io::Result<bool> {
        let file = store::open(path, OpenOptions::new().read(true));
        let moved = match &file {
            Ok(file) => Id::of(&file.metadata()?) != seen,
            Err(error) => error.kind() == io::ErrorKind::NotFound,
        };
        let other = moved.then(|| rotated(path).into_iter().find(|(_, metadata)| Id::of(metadata) == seen)).flatten();
        match other {
            Some((other, _)) => {
                let file = store::open(&other, OpenOptions::new().read(true))?;
                self.open(file, &other, intake, false)
            }
            None => self.open(file?, path, intake, false),
        }
    }

    /// The files that a name led to between two looks, the oldest first: those of its folder that are named as it was
    /// rotated, are not known, and were written to after the one that it led to before.
    pub(super) fn between(&mut self, path: &Path, before: Id, files: &[Named], intake: &Intake) {
        let followed = self.followed.iter().find(|file| file.id == before);
        let since = followed.and_then(|file| file.metadata().ok()).map(|metadata| written(&metadata));
        if let Some(since) = since.or_else(|| self.book.note(before).map(|note| note.since)) {
            self.later(path, since, files, intake);
        }
    }

    /// The same for those that were written to at a time or later.
    fn later(&mut self, path: &Path, since: Since, files: &[Named], intake: &Intake) {
        let rotated = files.iter().filter(|(other, _)| is_rotation(path, other));
        for (other, metadata) in rotated.filter(|(_, metadata)| written(metadata) >= since) {
            let note = self.book.note(Id::of(metadata));
            if note.is_none_or(|note| note.path == path) && !self.known(metadata, other) {
                self.take_on(other, metadata, intake);
            }
        }
    }

    /// A file was emptied: what was written to it last may stand in the copy that was made of it.
    pub(super) fn copied(&mut self, path: &Path, id: Id, intake: &Intake) {
        for (other, metadata) in rotated(path) {
            if Id::of(&metadata) != id && self.book.note(Id::of(&metadata)).is_none() && !self.known(&metadata, &other)
            {
                let file = store::open(&other, OpenOptions::new().read(true));
                if let Err(error) = file.and_then(|file| self.open(file, &other, intake, true)) {
                    self.complain(Id::of(&metadata), &other, &error, intake);
                }
            }
        }
    }

    /// Begins with an open file. Where only a copy is wanted, one of which nothing is known is left alone.
    fn open(&mut self, file: File, path: &Path, intake: &Intake, copy: bool) -> io::Result<bool> {
        let metadata = file.metadata()?;
        let id = Id::of(&metadata);
        if self.known(&metadata, path) {
            return Ok(false);
        }
        let mut head = vec![0; Kind::HEAD];
        let got = file.read_at(&mut head, 0)?;
        if let Some(format) = readable(&Kind::of(&head[..got]))? {
            return self.unpack(file, format, path, intake, copy);
        }
        self.life += 1;
        let name = self.walk.name(path).into_owned();
        if let Some(note) = self.book.note(id)
            && is_it(&file, &metadata, &note)?
        {
            self.book.resume(id, self.life);
            let followed = Followed::new(file, &name, note.place, self.life, intake)?;
            self.followed.push(followed);
            return Ok(true);
        }
        let copied = self.copy_of(&file, &metadata, path)?;
        if copy && copied.is_none() {
            return Ok(false);
        }
        let end = if self.options.from_end && !self.begun { last_line(&file, metadata.len())? } else { 0 };
        let followed = Followed::new(file, &name, copied.unwrap_or(end), self.life, intake)?;
        self.book.begin(id, self.life, followed.note());
        self.taken_on = true;
        self.followed.push(followed);
        Ok(true)
    }

    /// What is known of files that this one may have come of: by rotation, once or several times, or as a copy.
    fn relatives(&self, path: &Path) -> Vec<Note> {
        self.book.of_name(|base| is_rotation(base, path) || is_rotation(self.walk.family(base), path))
    }

    /// Whether a file that a pattern takes beside the one it is named for may be a copy of that one which is being made
    /// still: all it holds so far was read.
    pub(super) fn is_being_made(&self, path: &Path, metadata: &Metadata) -> bool {
        if self.walk.family(path) == path || !is_fresh(metadata) {
            return false;
        }
        let notes = self.relatives(path).into_iter().filter(|note| note.tail != DONE && note.place > metadata.len());
        let file = store::open(path, OpenOptions::new().read(true));
        file.is_ok_and(|file| {
            notes
                .into_iter()
                .any(|note| metadata.len() < note.head.len as u64 || note.head.fits(&file).unwrap_or(false))
        })
    }

    /// How far a file was read that this one is a copy of, by name and by what it holds.
    fn copy_of(&self, file: &File, metadata: &Metadata, path: &Path) -> io::Result<Option<u64>> {
        let mut best = None;
        for note in self.relatives(path) {
            if note.place > 0 && is_it(file, metadata, &note)? {
                best = best.max(Some(note.place));
            }
        }
        Ok(best)
    }

    fn unpack(&mut self, file: File, format: Format, path: &Path, intake: &Intake, copy: bool) -> io::Result<bool> {
        let metadata = file.metadata()?;
        let id = Id::of(&metadata);
        let own = self.book.note(id).filter(|note| note.head.fits(&file).unwrap_or(false));
        if own.as_ref().is_some_and(|note| note.tail == DONE) {
            self.refused.insert(id, written(&metadata));
        }
        if self.refused.get(&id) == Some(&written(&metadata)) || self.leaving.iter().any(|packed| packed.id == id) {
            return Ok(false);
        }
        if is_fresh(&metadata) {
            return Ok(false);
        }
        self.life += 1;
        let packed = Packed { file: Arc::new(file), format, id, life: self.life };
        let mut notes = self.relatives(path);
        notes.extend(own.map(|note| Note { head: Head::of_bytes(b""), ..note }));
        let start = packed.start(&notes)?;
        if copy && start == 0 {
            return Ok(false);
        }
        self.leaving.extend(packed.read(path, start, intake, &self.book)?);
        Ok(true)
    }

    /// Before the first look: files of the notes that have other names by now, and those that came meanwhile.
    pub(super) fn look_back(&mut self, found: &[Named], intake: &Intake) {
        let notes = self.book.all();
        let mut latest: HashMap<&Path, (Since, Id)> = HashMap::new();
        for (id, note) in notes.iter().filter(|(_, note)| self.walk.fits(&note.path)) {
            let last = latest.entry(&note.path).or_insert((note.since, *id));
            *last = (*last).max((note.since, *id));
        }
        let mut folders: HashMap<&Path, Vec<Named>> = HashMap::new();
        for (id, note) in &notes {
            let is_it = |metadata: &Metadata| Id::of(metadata) == *id;
            // A link may lead elsewhere by now.
            let named = || !self.walk.is_target(&note.path) || found.iter().any(|(path, _)| *path == note.path);
            if latest.contains_key(&*note.path) && leads_to(&note.path, *id) && named() {
                // The look comes to it.
                continue;
            }
            let beside = folders.entry(folder(&note.path)).or_insert_with(|| files(folder(&note.path)));
            let Some((path, metadata)) = beside
                .iter()
                .find(|(path, metadata)| is_it(metadata) && (*path == note.path || is_rotation(&note.path, path)))
            else {
                continue;
            };
            self.book.seen(*id, &note.path, &note.head);
            if note.tail != DONE
                && (metadata.len() > note.place || self.is_young(metadata))
                && !self.known(metadata, path)
            {
                self.take_on(path, metadata, intake);
            }
        }
        for (path, (since, id)) in latest {
            self.names.insert(path.to_owned(), id);
            if !leads_to(path, id) {
                // By the notes as they were: another file may have the last one's number by now, and be taken on.
                let beside = folders.entry(folder(path)).or_insert_with(|| files(folder(path)));
                self.later(path, since, beside, intake);
            }
        }
    }

    /// Whether a rotated file was written to so lately that more may come.
    fn is_young(&self, metadata: &Metadata) -> bool {
        let age = metadata.modified().ok().and_then(|at| at.elapsed().ok());
        age.is_none_or(|age| age < self.options.wait)
    }
}

/// Whether a name leads to the file of these numbers.
fn leads_to(path: &Path, id: Id) -> bool {
    path.symlink_metadata().is_ok_and(|metadata| Id::of(&metadata) == id)
}

/// Whether a file is the one that a note is of, and holds what was read.
fn is_it(file: &File, metadata: &Metadata, note: &Note) -> io::Result<bool> {
    Ok(note.tail != DONE
        && metadata.len() >= note.place
        && note.head.fits(file)?
        && tail(file, note.place)?.is_some_and(|tail| tail == note.tail))
}

/// Behind the last newline.
fn last_line(file: &File, size: u64) -> io::Result<u64> {
    let from = size.saturating_sub(64 << 10);
    let mut end = vec![0; (size - from) as usize];
    let got = file.read_at(&mut end, from)?;
    Ok(memchr::memrchr(b'\n', &end[..got]).map_or(from, |at| from + at as u64 + 1))
}
