//! A packed file, such as a rotated log: its text is read once, to its end, from where the plain file was read before.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;

use super::book::{Book, DONE, Life, Note};
use super::follow::READ;
use super::mark::{Head, Id, TAIL, hash};
use super::written;
use crate::serve::{Ack, Body, Event, Intake, Lane, machine};
use crate::source::{Format, Unpacked, printable};

/// A text may be as many times as long as what it is unpacked from.
const RATIO: u64 = 1000;

/// The file.
pub(super) struct Packed {
    pub(super) file: Arc<File>,
    pub(super) format: Format,
    pub(super) id: Id,
    pub(super) life: Life,
}

/// A packed file whose text has left, until the sinks have it.
pub(super) struct Leaving {
    pub(super) id: Id,
    pub(super) life: Life,
    pub(super) place: u64,
}

impl Packed {
    /// Where to begin: behind what is known of the same text, by its own note or as the plain file.
    ///
    /// # Errors
    /// What is wrong with the file, or the system's.
    pub(super) fn start(&self, notes: &[Note]) -> io::Result<u64> {
        let longest = notes.iter().map(|note| note.head.len).max().unwrap_or(0);
        let mut first = Vec::new();
        self.text()?.take(longest as u64).read_to_end(&mut first)?;
        let mut best = 0;
        for note in notes.iter().filter(|note| note.tail != DONE) {
            // A head that is longer than the place cannot be compared, and is not needed.
            let head = &first[..first.len().min(note.head.len)];
            let known = note.place < note.head.len as u64 || Head::of_bytes(head) == note.head;
            if note.place > best && known && self.tail(note.place)?.is_some_and(|tail| tail == note.tail) {
                best = note.place;
            }
        }
        Ok(best)
    }

    /// The hash of the bytes before a place of the text; `None` where it does not reach so far.
    fn tail(&self, place: u64) -> io::Result<Option<String>> {
        let (mut text, before) = (self.text()?, place.saturating_sub(TAIL as u64));
        if io::copy(&mut (&mut text).take(before), &mut io::sink())? < before {
            return Ok(None);
        }
        let mut tail = Vec::new();
        text.take(place - before).read_to_end(&mut tail)?;
        Ok((tail.len() as u64 == place - before).then(|| hash(&tail)))
    }

    /// Reads all of it from `start` on. `None` when it was stopped before its end.
    ///
    /// # Errors
    /// What is wrong with the file, or the system's. What was read before has left.
    pub(super) fn read(&self, path: &Path, start: u64, intake: &Intake, book: &Book) -> io::Result<Option<Leaving>> {
        let (mut text, mut lane) = (self.text()?, Lane::new(intake));
        io::copy(&mut (&mut text).take(start), &mut io::sink())?;
        book.begin(self.id, self.life, self.note(path, start)?);
        let (stream, mut at, mut buffer, mut behind): (Arc<str>, _, _, _) =
            (printable(path).into(), start, vec![0; READ], Vec::new());
        loop {
            let got = text.read(&mut buffer)?;
            let clean = if got == 0 { lane.end(intake)? } else { lane.feed(intake, &buffer[..got])? };
            at += got as u64;
            behind.extend_from_slice(&buffer[..got]);
            let safe = at - lane.held() as u64;
            let ack = if lane.is_settled() {
                self.ack(book, &behind[..behind.len() - lane.held()], safe)
            } else {
                Ack::none()
            };
            let event = Event::new(Arc::clone(&stream), Body::Lines(clean), ack);
            if intake.halt().is_asked() || !intake.send(event) {
                return Ok(None);
            }
            if got == 0 {
                return Ok(Some(Leaving { id: self.id, life: self.life, place: at }));
            }
            behind.drain(..behind.len().saturating_sub(lane.held() + TAIL));
        }
    }

    fn note(&self, path: &Path, place: u64) -> io::Result<Note> {
        let head = Head::of(&self.file, usize::MAX)?;
        Ok(Note {
            head,
            place,
            tail: String::new(),
            since: written(&self.file.metadata()?),
            seen: machine::now().as_secs(),
            path: path.to_owned(),
        })
    }

    fn ack(&self, book: &Book, before: &[u8], place: u64) -> Ack {
        let tail = hash(&before[before.len().saturating_sub(TAIL)..]);
        let (book, id, life) = (book.clone(), self.id, self.life);
        Ack::new(move || book.reached(id, life, place, &tail))
    }

    fn text(&self) -> io::Result<Unpacked> {
        Unpacked::new(Arc::clone(&self.file), self.format, RATIO)
    }
}
