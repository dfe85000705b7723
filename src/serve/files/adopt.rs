//! Taking a file on: where to begin, by what is known of it.

use std::fs::{File, Metadata, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use super::book::{DONE, Note, now};
use super::follow::Followed;
use super::mark::{Head, Id, tail};
use super::packed::Packed;
use super::walk::{is_rotation, rotated};
use super::{Files, Intake, written};
use crate::serve::store;
use crate::source::{Flaw, Format, Kind};

/// A packed file that was written to more lately than this may not be whole yet.
const WHOLE: Duration = Duration::from_secs(2);

/// Seconds after which a file that has lost its name is not looked for any more.
const LONG_AGO: u64 = 7 * 24 * 3600;

impl Files {
    /// Takes on a file that is not followed. What is wrong with it is told, once.
    pub(super) fn take_on(&mut self, path: &Path, metadata: &Metadata, intake: &Intake) {
        let wanted = Id::of(metadata);
        let taken = store::open(path, OpenOptions::new().read(true)).and_then(|file| {
            if Id::of(&file.metadata()?) != wanted
                && let Some((other, _)) = rotated(path).into_iter().find(|(_, metadata)| Id::of(metadata) == wanted)
            {
                // It was rotated a moment ago. It goes first; the next look finds what came behind it.
                let seen = store::open(&other, OpenOptions::new().read(true))?;
                return self.open(seen, &other, intake, false);
            }
            self.open(file, path, intake, false)
        });
        match taken {
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

    /// The files that a name led to between two looks, the oldest first: those beside it that are named as it was
    /// rotated, are not known, and were written to after the one that the name led to.
    pub(super) fn between(&mut self, path: &Path, before: Option<Id>, intake: &Intake) {
        let followed = self.followed.iter().find(|file| Some(file.id) == before);
        let since = followed.and_then(|file| file.metadata().ok()).map(|m| (m.mtime(), m.mtime_nsec()));
        let known = before.and_then(|id| self.book.note(id)).map(|note| (note.seen as i64, 0));
        let Some(since) = since.or(known) else { return };
        for (other, metadata) in rotated(path) {
            let id = Id::of(&metadata);
            let later = (metadata.mtime(), metadata.mtime_nsec()) >= since;
            let old = self.book.note(id);
            if later && !self.known(&metadata, &other) && (old.is_none() || old.is_some_and(|note| note.path == path)) {
                self.take_on(&other, &metadata, intake);
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
        if let Kind::Packed(packing) = Kind::of(&head[..got]) {
            return self.unpack(file, packing.format, path, intake, copy);
        }
        self.life += 1;
        if let Some(note) = self.book.note(id)
            && is_it(&file, &metadata, &note)?
        {
            self.book.resume(id, self.life);
            let followed = Followed::new(file, path, note.place, self.life, intake)?;
            self.followed.push(followed);
            return Ok(true);
        }
        let copied = self.copy_of(&file, &metadata, path)?;
        if copy && copied.is_none() {
            return Ok(false);
        }
        let end = if self.options.from_end && !self.begun { last_line(&file, metadata.len())? } else { 0 };
        let followed = Followed::new(file, path, copied.unwrap_or(end), self.life, intake)?;
        self.book.begin(id, self.life, followed.note());
        self.taken_on = true;
        self.followed.push(followed);
        Ok(true)
    }

    /// How far a file was read that this one is a copy of, by name and by what it holds.
    fn copy_of(&self, file: &File, metadata: &Metadata, path: &Path) -> io::Result<Option<u64>> {
        let mut best = None;
        for note in self.book.of_name(|base| is_rotation(base, path)) {
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
        let age = metadata.modified().ok().and_then(|at| SystemTime::now().duration_since(at).ok());
        if age.is_none_or(|age| age < WHOLE) {
            return Ok(false);
        }
        self.life += 1;
        let packed = Packed { file: Arc::new(file), format, id, life: self.life };
        let mut notes = self.book.of_name(|base| is_rotation(base, path));
        notes.extend(own.map(|note| Note { head: Head::of_bytes(b""), ..note }));
        let start = packed.start(&notes)?;
        if copy && start == 0 {
            return Ok(false);
        }
        self.leaving.extend(packed.read(path, start, intake, &self.book)?);
        Ok(true)
    }

    /// Before the first look: files of the notes that have other names by now, and those that came meanwhile.
    pub(super) fn look_back(&mut self, intake: &Intake) {
        for (id, note) in self.book.all() {
            let there = note.path.symlink_metadata().ok();
            if let Some(metadata) = there.filter(|metadata| Id::of(metadata) == id) {
                // A rotated file that no pattern names, of which something is left.
                if !self.walk.fits(&note.path) && metadata.len() > note.place && note.tail != DONE {
                    self.take_on(&note.path, &metadata, intake);
                }
                continue;
            }
            if now().saturating_sub(note.seen) > LONG_AGO {
                continue;
            }
            let moved = rotated(&note.path).into_iter().find(|(_, metadata)| Id::of(metadata) == id);
            if let Some((path, metadata)) = moved
                && !self.known(&metadata, &path)
            {
                self.take_on(&path, &metadata, intake);
            }
            if self.walk.fits(&note.path) {
                self.between(&note.path, Some(id), intake);
            }
        }
    }
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
