//! How far each file was taken by the sinks: kept in memory by the acks, and put on the disk by a clerk.
//!
//! A note is only ever of a place from which the rules can go on with nothing before it. The file is text, a line a note:
//! device, inode, length and hash of the head, place, hash of the bytes before it, when it was written to as its
//! life began, when it was last there, its name.

use std::collections::BTreeMap;
use std::io;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::Since;
use super::mark::{Head, Id};
use crate::serve::clerk::News;
use crate::serve::{machine, store};

/// Files that have not been there for so long are forgotten.
const FORGET: u64 = 14 * 24 * 3600;
/// Seconds after which it is written down again that a file is still there.
const FRESH: u64 = 3600;
const TITLE: &str = "inkout checkpoints 1\n";

/// What is known of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Note {
    pub(super) head: Head,
    /// Everything before is with the sinks.
    pub(super) place: u64,
    /// The hash of the bytes before the place.
    pub(super) tail: String,
    /// When it was written to, as this life of it began: what its name led to later was written to later.
    pub(super) since: Since,
    /// When the file was last there, in seconds since 1970.
    pub(super) seen: u64,
    /// The name under which it is known, whatever it is called now.
    pub(super) path: PathBuf,
}

/// A life of a file: from its beginning, or from where it was emptied. A note of an earlier life is not for this one.
pub(super) type Life = u64;

/// In the place of a tail's hash: a packed file of which nothing is left to read.
pub(super) const DONE: &str = "done";

/// All notes of a source.
#[derive(Clone, Default)]
pub(super) struct Book(Arc<Inner>);

#[derive(Default)]
struct Inner {
    pages: Mutex<Pages>,
    news: News,
    /// One writes at a time.
    disk: Mutex<()>,
}

#[derive(Default)]
struct Pages {
    notes: BTreeMap<Id, (Life, Note)>,
    /// Notes of files as they were before they were emptied: a copy of them may still turn up.
    past: Vec<Note>,
}

impl Book {
    /// The notes on the disk. `tell` hears of damage.
    ///
    /// # Errors
    /// The system's.
    pub(super) fn open(path: &Path, tell: &mut dyn FnMut(String)) -> io::Result<Self> {
        let text = store::read(path, tell)?.unwrap_or_default();
        let mut pages = Pages::default();
        for line in text.strip_prefix(TITLE).unwrap_or_default().lines() {
            match parse(line) {
                Some((Some(id), note)) => drop(pages.notes.insert(id, (0, note))),
                Some((None, note)) => pages.past.push(note),
                None => tell("has a line that is no note".to_owned()),
            }
        }
        Ok(Self(Arc::new(Inner { pages: Mutex::new(pages), ..Inner::default() })))
    }

    /// Says when there is something to [`save`](Self::save).
    pub(super) fn news(&self) -> &News {
        &self.0.news
    }

    /// What is known of a file.
    pub(super) fn note(&self, id: Id) -> Option<Note> {
        self.pages().notes.get(&id).map(|(_, note)| note.clone())
    }

    /// Whether anything is known of a file.
    pub(super) fn has(&self, id: Id) -> bool {
        self.pages().notes.contains_key(&id)
    }

    /// All files that are known.
    pub(super) fn all(&self) -> Vec<(Id, Note)> {
        self.pages().notes.iter().map(|(id, (_, note))| (*id, note.clone())).collect()
    }

    /// What is known of files of this name, as they are or were.
    pub(super) fn of_name(&self, fits: impl Fn(&Path) -> bool) -> Vec<Note> {
        let pages = self.pages();
        let now = pages.notes.values().map(|(_, note)| note);
        now.chain(&pages.past).filter(|note| fits(&note.path)).cloned().collect()
    }

    /// A file begins a life: the notes on it before this are of another one.
    pub(super) fn begin(&self, id: Id, life: Life, note: Note) {
        /// Lives that are remembered.
        const PAST: usize = 64;
        let mut pages = self.pages();
        if let Some((_, old)) = pages.notes.insert(id, (life, note))
            && old.place > 0
        {
            if pages.past.len() >= PAST {
                pages.past.remove(0);
            }
            pages.past.push(old);
        }
        self.0.news.tell();
    }

    /// The file is still the one that the note is of.
    pub(super) fn resume(&self, id: Id, life: Life) {
        if let Some((known, note)) = self.pages().notes.get_mut(&id) {
            *known = life;
            note.seen = seconds();
        }
    }

    /// Everything before `place` is with the sinks.
    pub(super) fn reached(&self, id: Id, life: Life, place: u64, tail: &str) {
        let mut pages = self.pages();
        if let Some((known, note)) = pages.notes.get_mut(&id)
            && *known == life
            && note.place < place
        {
            note.place = place;
            tail.clone_into(&mut note.tail);
            self.0.news.tell();
        }
    }

    /// Says of a packed file that nothing is left of it, once everything before `place` is with the sinks.
    pub(super) fn done(&self, id: Id, life: Life, place: u64) -> bool {
        let mut pages = self.pages();
        let Some((known, note)) = pages.notes.get_mut(&id) else { return true };
        if *known != life {
            return true;
        }
        let done = note.place >= place;
        if done {
            DONE.clone_into(&mut note.tail);
        }
        if done {
            self.0.news.tell();
        }
        done
    }

    /// The file is there, known under this path, with this head.
    pub(super) fn seen(&self, id: Id, path: &Path, head: &Head) {
        let mut pages = self.pages();
        let Some((_, note)) = pages.notes.get_mut(&id) else { return };
        let stale = std::mem::replace(&mut note.seen, seconds()).saturating_add(FRESH) < note.seen;
        let other = note.path != path || note.head != *head;
        if other {
            path.clone_into(&mut note.path);
            note.head = head.clone();
        }
        if other || stale {
            self.0.news.tell();
        }
    }

    /// Writes the notes down, if there are new ones; with `sync` they are on the disk when this returns.
    ///
    /// # Errors
    /// The system's.
    pub(super) fn save(&self, path: &Path, sync: bool) -> io::Result<()> {
        let _one = self.0.disk.lock().unwrap_or_else(PoisonError::into_inner);
        if !self.0.news.take() {
            return Ok(());
        }
        let text = {
            let mut pages = self.pages();
            let old = seconds().saturating_sub(FORGET);
            pages.notes.retain(|_, (_, note)| note.seen >= old);
            let notes = pages.notes.iter().map(|(id, (_, note))| line(Some(*id), note));
            TITLE.to_owned() + &notes.chain(pages.past.iter().map(|note| line(None, note))).collect::<String>()
        };
        let saved = if sync { store::write(path, &text) } else { store::write_soon(path, &text) };
        if saved.is_err() {
            self.0.news.tell();
        }
        saved
    }

    fn pages(&self) -> MutexGuard<'_, Pages> {
        self.0.pages.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Since 1970.
fn seconds() -> u64 {
    machine::now().as_secs()
}

fn line(id: Option<Id>, note: &Note) -> String {
    let numbers = id.map_or_else(|| "- -".to_owned(), |id| format!("{} {}", id.device, id.inode));
    let path: String = note.path.as_os_str().as_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    let Head { len, hash } = &note.head;
    format!(
        "{numbers} {len} {hash} {} {} {}.{:09} {} {path}\n",
        note.place, note.tail, note.since.0, note.since.1, note.seen
    )
}

fn parse(line: &str) -> Option<(Option<Id>, Note)> {
    let words: Vec<&str> = line.split(' ').collect();
    let [device, inode, len, hash, place, tail, since, seen, path] = words[..] else { return None };
    let id = match device {
        "-" => None,
        _ => Some(Id { device: device.parse().ok()?, inode: inode.parse().ok()? }),
    };
    let digits = |at: usize| path.get(at..at + 2).and_then(|two| u8::from_str_radix(two, 16).ok());
    let path: Option<Vec<u8>> = (0..path.len()).step_by(2).map(digits).collect();
    let head = Head { len: len.parse().ok()?, hash: hash.to_owned() };
    let path = PathBuf::from(std::ffi::OsString::from_vec(path?));
    let (place, since, seen) = (place.parse().ok()?, since.split_once('.')?, seen.parse().ok()?);
    let since = (since.0.parse().ok()?, since.1.parse().ok()?);
    Some((id, Note { head, place, tail: tail.to_owned(), since, seen, path }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn note(place: u64) -> Note {
        let head = Head { len: 3, hash: "ab".to_owned() };
        let (tail, path) = ("cd".to_owned(), PathBuf::from("/var/log/a b\n.log"));
        Note { head, place, tail, since: (1_700_000_000, 7_000), seen: seconds(), path }
    }

    #[test]
    fn notes_come_back_from_the_disk() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("book");
        let (book, id) = (Book::default(), Id { device: 1, inode: 2 });
        book.begin(id, 1, note(0));
        book.reached(id, 1, 70, "ef");
        book.begin(id, 2, note(0));
        book.reached(id, 1, 99, "of another life");
        book.reached(id, 2, 5, "gh");
        book.save(&path, true).unwrap();
        let again = Book::open(&path, &mut |said| panic!("{said}")).unwrap();
        // The clock may have gone on since the first note was made.
        let seen = again.note(id).map_or(0, |note| note.seen);
        assert_eq!(again.note(id), Some(Note { tail: "gh".to_owned(), seen, ..note(5) }));
        assert_eq!(again.of_name(|_| true).iter().map(|note| note.place).collect::<Vec<_>>(), [5, 70]);
    }

    #[test]
    fn a_file_that_stays_is_written_down_as_there_once_in_an_hour() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("book");
        let (book, id) = (Book::default(), Id { device: 1, inode: 2 });
        let old = Note { seen: seconds() - 2 * FRESH, ..note(7) };
        book.begin(id, 1, old.clone());
        book.save(&path, true).unwrap();
        book.seen(id, &old.path, &old.head);
        book.save(&path, true).unwrap();
        let again = Book::open(&path, &mut |said| panic!("{said}")).unwrap().note(id).unwrap();
        assert!(again.seen >= seconds() - 5);
        assert_eq!(again.since, old.since, "what came after it is still known by its own time");
        assert!(!book.0.news.take());
        book.seen(id, &old.path, &old.head);
        assert!(!book.0.news.take(), "it is not written at every look");
    }
}
