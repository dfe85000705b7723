//! One file that is followed: read as it grows, whatever its name becomes, and begun again when it is emptied.

use std::fs::{File, Metadata};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use super::book::{Book, Life, Note};
use super::mark::{Head, Id, TAIL, before, hash, tail};
use super::{Since, is_fresh, written};
use crate::serve::{Ack, Body, Event, Intake, Lane, machine};
use crate::source::{Format, Kind};

/// What is read at once.
pub(super) const READ: usize = 256 << 10;

/// The file.
pub(super) struct Followed {
    pub(super) id: Id,
    /// The name under which it is known, whatever it is called now.
    pub(super) path: PathBuf,
    /// Whether a name we look at leads to it.
    pub(super) here: bool,
    /// When something came last.
    pub(super) quiet: Instant,
    file: File,
    head: Head,
    life: Life,
    stream: Arc<str>,
    lane: Lane,
    /// Read up to here.
    at: u64,
    /// From here it could be read on by another process.
    safe: u64,
    /// The bytes before `at`, as they were read.
    behind: Vec<u8>,
    /// When it was changed last, as far as we looked.
    changed: Option<Since>,
}

/// What a look at a file brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// There may be more.
    More,
    /// All that is there has been read.
    Quiet,
    /// It was emptied and begins anew.
    Emptied,
    /// It was empty when it was taken on, and what has come is packed: it is no text of lines.
    Packed,
    /// Nobody takes the events.
    Over,
}

impl Followed {
    /// Reads on from `place`, which is known to be a place where that can be done.
    pub(super) fn new(file: File, path: &Path, place: u64, life: Life, intake: &Intake) -> io::Result<Self> {
        let metadata = file.metadata()?;
        Ok(Self {
            id: Id::of(&metadata),
            path: path.to_owned(),
            here: true,
            quiet: Instant::now(),
            head: Head::of(&file, usize::MAX)?,
            life,
            stream: crate::source::printable(path).into(),
            lane: Lane::new(intake),
            at: place,
            safe: place,
            behind: before(&file, place)?,
            changed: None,
            file,
        })
    }

    /// The note for a file that is read from `place` on.
    pub(super) fn note(&self) -> Note {
        Note {
            head: self.head.clone(),
            place: self.safe,
            tail: hash(&self.behind),
            since: self.metadata().map_or((0, 0), |metadata| written(&metadata)),
            seen: machine::now().as_secs(),
            path: self.path.clone(),
        }
    }

    /// What the system knows of it.
    pub(super) fn metadata(&self) -> io::Result<Metadata> {
        self.file.metadata()
    }

    /// Reads once.
    pub(super) fn step(&mut self, intake: &Intake, book: &Book, buffer: &mut [u8]) -> io::Result<Step> {
        let metadata = self.file.metadata()?;
        if self.was_emptied(&metadata)? {
            return self.begin_again(intake, book);
        }
        if metadata.len() <= self.at {
            return Ok(Step::Quiet);
        }
        let got = match self.file.read_at(buffer, self.at) {
            Ok(0) => return Ok(Step::Quiet),
            Ok(got) => got,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => return Ok(Step::More),
            Err(error) => return Err(error),
        };
        let bytes = &buffer[..got];
        if self.at == 0
            && let Some(step) = beginning(bytes, self.here && is_fresh(&metadata))?
        {
            return Ok(step);
        }
        let text = self.lane.feed(intake, bytes)?;
        self.at += got as u64;
        self.remember(bytes);
        self.quiet = Instant::now();
        if self.lane.is_settled() {
            self.safe = self.at - self.lane.held() as u64;
        }
        if self.head.is_short() {
            self.head = Head::of(&self.file, usize::MAX)?;
            book.seen(self.id, &self.path, &self.head);
        }
        self.send(intake, book, text).map(|sent| if sent { Step::More } else { Step::Over })
    }

    /// No more will come: an unfinished line at the end leaves, and is given a newline. Says whether it was taken.
    pub(super) fn end(&mut self, intake: &Intake, book: &Book) -> io::Result<bool> {
        let text = self.lane.end(intake)?;
        self.safe = self.at;
        self.send(intake, book, text)
    }

    /// It has a name again.
    pub(super) fn is_at(&mut self, path: &Path, book: &Book) {
        self.here = true;
        if self.path != path {
            path.clone_into(&mut self.path);
        }
        book.seen(self.id, path, &self.head);
    }

    /// Shorter than what was read of it, or other bytes stand where we read some: it was emptied and written anew.
    fn was_emptied(&mut self, metadata: &Metadata) -> io::Result<bool> {
        if metadata.len() < self.at {
            return Ok(true);
        }
        let changed = Some(written(metadata));
        if changed == self.changed {
            return Ok(false);
        }
        self.changed = changed;
        Ok(before(&self.file, self.at)? != self.behind)
    }

    fn begin_again(&mut self, intake: &Intake, book: &Book) -> io::Result<Step> {
        let text = self.lane.end(intake)?;
        let sent = text.is_empty() || self.hand(intake, text, Ack::none());
        (self.at, self.safe, self.changed) = (0, 0, None);
        self.behind.clear();
        // Far from any number that a file is taken on with.
        self.life += 1 << 32;
        self.head = Head::of(&self.file, usize::MAX)?;
        self.quiet = Instant::now();
        book.begin(self.id, self.life, self.note());
        Ok(if sent { Step::Emptied } else { Step::Over })
    }

    fn send(&mut self, intake: &Intake, book: &Book, text: Vec<u8>) -> io::Result<bool> {
        if text.is_empty() {
            return Ok(true);
        }
        let ack = match tail(&self.file, self.safe)? {
            Some(tail) => {
                let (book, id, life, place) = (book.clone(), self.id, self.life, self.safe);
                Ack::new(move || book.reached(id, life, place, &tail))
            }
            None => Ack::none(),
        };
        Ok(self.hand(intake, text, ack))
    }

    fn hand(&self, intake: &Intake, text: Vec<u8>, ack: Ack) -> bool {
        intake.send(Event::new(Arc::clone(&self.stream), Body::Lines(text), ack))
    }

    fn remember(&mut self, bytes: &[u8]) {
        if bytes.len() >= TAIL {
            self.behind.clear();
        }
        self.behind.extend_from_slice(&bytes[bytes.len().saturating_sub(TAIL)..]);
        let over = self.behind.len().saturating_sub(TAIL);
        self.behind.drain(..over);
    }
}

/// How a file is packed that begins so, if it is.
///
/// # Errors
/// It is of a form that is not read. Its bytes are no text, and may hold some.
pub(super) fn readable(kind: &Kind) -> io::Result<Option<Format>> {
    match kind {
        Kind::Packed(packing) => Ok(Some(packing.format)),
        Kind::Archive(what) => Err(io::Error::new(io::ErrorKind::InvalidData, format!("is {what}, which is not read"))),
        _ => Ok(None),
    }
}

/// Why what a file begins with is not to be read as lines, if it is not, or not yet as there may be `more` soon.
fn beginning(bytes: &[u8], more: bool) -> io::Result<Option<Step>> {
    /// Packed files say what they are in fewer bytes.
    const ENOUGH: usize = 16;
    if bytes.len() < ENOUGH && !bytes.contains(&b'\n') && more {
        return Ok(Some(Step::Quiet));
    }
    Ok(readable(&Kind::of(&bytes[..bytes.len().min(Kind::HEAD)]))?.map(|_| Step::Packed))
}
