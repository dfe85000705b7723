//! The sink `file`: lines behind what a file holds, for its owner alone, in files that are rotated where that is wanted.
//!
//! An event is in the file whole or not at all: what a full disk cut off is taken back, and so is, at the next start, what
//! kill -9 cut off. For the latter the length up to which events were taken is kept beside the checkpoints; nothing before it
//! is ever touched, and no file that we did not write.

mod length;
mod rotate;

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use rustix::fs::{FlockOperation, flock};

use super::fields::Fields;
use super::standard::Joint;
use super::{Event, Reach, Sink, SinkSpec, Taken, store};
use crate::source::printable;
use length::Length;
use rotate::Rotate;

/// Its table.
#[derive(Clone)]
struct Spec {
    name: String,
    path: PathBuf,
    state: PathBuf,
    sync: bool,
    rotate: Rotate,
}

/// Reads the table.
pub(super) fn spec(fields: &mut Fields<'_>, name: &str) -> Option<Box<dyn SinkSpec>> {
    let path = fields.path("path");
    if path.is_none() && !fields.has("path") {
        fields.missing("path");
    }
    let sync = fields.bool("sync").unwrap_or(false);
    let rotate = Rotate::read(fields);
    let state = fields.state();
    Some(Box::new(Spec { name: name.to_owned(), path: path?, state, sync, rotate }))
}

impl SinkSpec for Spec {
    fn check(&self, wrong: &mut Vec<String>) {
        let folder = self.path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let what = match (fs::metadata(folder), self.path.symlink_metadata()) {
            (Err(error), _) => format!("{}: {error}", printable(folder)),
            (Ok(metadata), _) if !metadata.is_dir() => format!("{}: is no folder", printable(folder)),
            (_, Ok(metadata)) if !metadata.is_file() => format!("{}: is no regular file", printable(&self.path)),
            _ => return,
        };
        wrong.push(format!("sink {:?}: {what}", self.name));
    }

    fn writes(&self) -> Option<&Path> {
        Some(&self.path)
    }

    fn open(&self) -> io::Result<Box<dyn Sink>> {
        store::folder(&self.state)?;
        let length = Length::open(&self.state.join(format!("{}.length", self.name)))?;
        let mut sink = FileSink { spec: self.clone(), length, out: None, joint: Joint::default(), text: Vec::new() };
        sink.reopen()?;
        Ok(Box::new(sink))
    }

    fn reach(&self) -> Reach {
        let folder = self.path.parent().unwrap_or(Path::new("."));
        Reach { write: vec![folder.to_owned(), self.state.clone()], ..Reach::default() }
    }
}

struct FileSink {
    spec: Spec,
    length: Length,
    out: Option<Out>,
    joint: Joint,
    text: Vec<u8>,
}

/// The open file.
struct Out {
    file: File,
    /// Its device and inode.
    id: (u64, u64),
    /// As far as we wrote it.
    len: u64,
    begun: SystemTime,
}

impl Sink for FileSink {
    fn put(&mut self, events: &[Event], taken: &mut Taken<'_>) -> io::Result<()> {
        let mut ends = Vec::with_capacity(events.len());
        let mut joints = vec![self.joint.clone()];
        self.text.clear();
        for event in events {
            self.joint.append(event, &mut self.text);
            ends.push(self.text.len());
            joints.push(self.joint.clone());
        }
        let put = self.prepared().map_err(|error| (0, error)).and_then(|()| self.write(&ends));
        put.map_err(|(whole, error)| {
            taken.up_to(whole);
            self.joint = joints.swap_remove(whole);
            error
        })
    }

    fn refresh(&mut self, asked: bool) -> io::Result<()> {
        let Some(out) = &self.out else { return Ok(()) };
        let named = fs::symlink_metadata(&self.spec.path);
        let moved = named.map_or(true, |named| (named.dev(), named.ino()) != out.id);
        // With nothing to write there need be no new file yet, but for who just asked.
        if moved || asked {
            self.out = None;
        }
        if asked { self.reopen() } else { Ok(()) }
    }

    fn finish(&mut self) -> io::Result<()> {
        self.out.as_ref().map_or(Ok(()), |out| out.file.sync_data())
    }
}

impl FileSink {
    /// A file that is open and has room.
    fn prepared(&mut self) -> io::Result<()> {
        if let Some(out) = &self.out
            && self.spec.rotate.is_due(out.len, self.text.len() as u64, out.begun)
        {
            out.file.sync_data()?;
            self.out = None;
            self.spec.rotate.run(&self.spec.path).map_err(|error| self.told(error))?;
        }
        if self.out.is_none() { self.reopen() } else { Ok(()) }
    }

    fn reopen(&mut self) -> io::Result<()> {
        self.out = None;
        let file = store::open(&self.spec.path, OpenOptions::new().read(true).append(true).create(true));
        let file = file.map_err(|error| self.told(error))?;
        if flock(&file, FlockOperation::NonBlockingLockExclusive).is_err() {
            return Err(self.told(io::Error::new(ErrorKind::WouldBlock, "another process has it locked")));
        }
        let (len, torn) = self.length.mend(&file)?;
        if torn {
            // We do not know whose it is; the next line begins a line.
            self.joint = Joint::open();
        }
        let metadata = file.metadata()?;
        let begun = metadata.created().unwrap_or_else(|_| SystemTime::now());
        self.out = Some(Out { file, id: (metadata.dev(), metadata.ino()), len, begun });
        Ok(())
    }

    /// The error, with the file's name.
    fn told(&self, error: io::Error) -> io::Error {
        io::Error::new(error.kind(), format!("{}: {error}", printable(&self.spec.path)))
    }

    /// Writes the text. Of an event that does not fit nothing stays.
    fn write(&mut self, ends: &[usize]) -> Result<(), (usize, io::Error)> {
        let Some(out) = &mut self.out else { return Err((0, ErrorKind::NotFound.into())) };
        let (mut written, mut wrong) = (0, None);
        while written < self.text.len() && wrong.is_none() {
            match (&out.file).write(&self.text[written..]) {
                Ok(0) => wrong = Some(ErrorKind::WriteZero.into()),
                Ok(n) => written += n,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => wrong = Some(error),
            }
        }
        if wrong.is_none() && self.spec.sync {
            wrong = out.file.sync_data().err();
            // Nobody knows what of it is on the disk: all of it again, rather than less.
            written = if wrong.is_some() { 0 } else { written };
        }
        let taken = ends.iter().take_while(|end| **end <= written).count();
        let whole = if taken > 0 { ends[taken - 1] } else { 0 };
        if wrong.is_some() {
            out.take_back(whole as u64, written as u64);
        }
        out.len += whole as u64;
        let noted = self.length.note(out.id, out.len);
        match wrong {
            Some(error) => Err((taken, self.told(error))),
            None => noted.map_err(|error| (taken, error)),
        }
    }
}

impl Out {
    /// Takes back what was written behind the last whole event, if nobody else has written since.
    fn take_back(&self, whole: u64, written: u64) {
        let ours = self.file.metadata().is_ok_and(|metadata| metadata.len() == self.len + written);
        if written > whole && ours {
            let _ = self.file.set_len(self.len + whole);
        }
    }
}

/// Whether the file ends in the middle of a line.
fn is_open(file: &File, len: u64) -> io::Result<bool> {
    let mut last = [b'\n'];
    if len > 0 {
        file.read_exact_at(&mut last, len - 1)?;
    }
    Ok(last != [b'\n'])
}
