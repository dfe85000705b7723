//! The members of a tar archive one after another, each with the bytes that stand before it as they are.
//!
//! Every byte of the archive is in a member's head, in its data or in the padding behind, so what is put together of
//! them is the archive again. One that is torn, goes on with something else behind its end, or leaves open how long a
//! member is, is an error and never a shorter archive. It writes nothing and knows no rules.

use std::ffi::OsString;
use std::fs::File;
use std::io;
use std::ops::Range;
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tar::Header;

use super::{Flaw, Handle, Kind, Reached, Source};

/// An archive that is being read.
pub(crate) struct Tar {
    file: Arc<File>,
    feed: Arc<Mutex<Feed>>,
    next: u64,
    /// The mark of the end was seen, and no other archive after it.
    ended: bool,
}

/// A member: its heads and what they say. Its data are still to be read.
#[derive(Debug)]
pub(crate) struct Member {
    /// Which one it is, from 0; the blocks of the end count as well.
    pub(crate) number: u64,
    /// Everything between the member before and the data.
    pub(crate) head: Vec<u8>,
    /// Seconds since 1970.
    pub(crate) time: i64,
    name: Vec<u8>,
    /// Where in `head` its own block begins, and where its length stands in digits besides.
    own: usize,
    digits: Option<Range<usize>>,
    len: u64,
    form: Form,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    File,
    /// A folder, a link, the end: nothing is in it.
    Nothing,
    /// Its data are not the file's text as it is.
    Coded,
}

/// What the data of a member are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Content {
    /// There are none.
    Nothing,
    /// Lines of text, as far as their head tells.
    Text,
    /// Nothing that rules for text would match in; what it is.
    Binary(&'static str),
    /// They may well hold logs, in a form that is not read inside of an archive.
    Closed(&'static str),
}

/// The bytes of the archive, unpacked.
pub(super) struct Feed {
    source: Source,
    buffer: Vec<u8>,
    at: usize,
    end: bool,
    /// What of the member's data is not read yet, and the padding behind.
    left: u64,
    padding: u64,
}

const BLOCK: usize = 512;
/// What is read at once.
const ROOM: usize = 256 << 10;
/// The longest heads of one member, in bytes.
const HEADS: usize = 1 << 20;

impl Tar {
    /// The archive from its beginning, as [`Source::stored`] reads it.
    ///
    /// # Errors
    /// The system's.
    pub(crate) fn new(file: &Arc<File>, kind: &Kind, ratio: u64, reached: Option<Reached>) -> io::Result<Self> {
        let source = Source::stored(Arc::clone(file), kind, ratio)?.telling(reached);
        let buffer = Vec::with_capacity(ROOM);
        let feed = Feed { source, buffer, at: 0, end: false, left: 0, padding: 0 };
        Ok(Self { file: Arc::clone(file), feed: Arc::new(Mutex::new(feed)), next: 0, ended: false })
    }

    /// The next member; what was not read of the one before is passed over. `None` at the end.
    ///
    /// # Errors
    /// The system's, or a [`Flaw`].
    pub(crate) fn next(&mut self) -> io::Result<Option<Member>> {
        let mut feed = lock(&self.feed);
        feed.skip()?;
        let mut heads = Heads::default();
        loop {
            let own = heads.bytes.len();
            match feed.append(&mut heads.bytes, BLOCK)? {
                0 if own == 0 && self.ended => return Ok(None),
                BLOCK => {}
                _ => return Err(io::Error::other(Flaw::Torn)),
            }
            let mut block = [0; BLOCK];
            block.copy_from_slice(&heads.bytes[own..]);
            if block == [0; BLOCK] && own == 0 {
                self.ended = true;
                self.next += 1;
                return Ok(Some(heads.member(self.next - 1, own, &Header::new_old(), 0, Form::Nothing)));
            }
            let header = Header::from_byte_slice(&block);
            let len = header.entry_size().ok().filter(|_| is_summed(header)).ok_or_else(odd)?;
            self.ended = false;
            if heads.takes(&mut feed, header, len)? {
                continue;
            }
            let len = heads.len.unwrap_or(len);
            let form = heads.form(&mut feed, header, len)?;
            feed.left = len;
            feed.padding = len.checked_next_multiple_of(BLOCK as u64).ok_or_else(odd)? - len;
            self.next += 1;
            return Ok(Some(heads.member(self.next - 1, own, header, len, form)));
        }
    }

    /// What the data of the member are that [`next`](Self::next) gave last.
    ///
    /// # Errors
    /// The system's, or a [`Flaw`].
    pub(crate) fn content(&mut self, member: &Member) -> io::Result<Content> {
        Ok(match member.form {
            _ if member.len == 0 => Content::Nothing,
            Form::Nothing => Content::Nothing,
            Form::Coded => Content::Closed("a sparse file or a part of one"),
            Form::File => match Kind::of(&lock(&self.feed).peek(Kind::HEAD)?) {
                Kind::Text => Content::Text,
                Kind::Binary(what) => Content::Binary(what),
                Kind::Archive(what) => Content::Closed(what),
                Kind::Packed(_) => Content::Closed("packed by itself"),
                Kind::Tar(_) => Content::Closed("an archive in an archive"),
            },
        })
    }

    /// The data of that member, as a text of their own.
    pub(crate) fn text(&self) -> Source {
        let handle = Handle::Member { file: Arc::clone(&self.file), feed: Arc::clone(&self.feed) };
        Source::new(handle, true)
    }

    /// Puts a piece of what is left of the data and the padding into `piece`; false where nothing is.
    ///
    /// # Errors
    /// The system's, or a [`Flaw`].
    pub(crate) fn piece(&mut self, piece: &mut Vec<u8>) -> io::Result<bool> {
        piece.clear();
        piece.reserve(ROOM);
        let mut feed = lock(&self.feed);
        feed.data(piece)?;
        if feed.left == 0 {
            let padding = usize::try_from(std::mem::take(&mut feed.padding)).unwrap_or(0);
            if feed.append(piece, padding)? < padding {
                return Err(io::Error::other(Flaw::Torn));
            }
        }
        Ok(!piece.is_empty())
    }
}

impl Member {
    /// Its name for messages and reports: `archive!name`.
    pub(crate) fn path(&self, archive: &Path) -> PathBuf {
        let mut path = archive.as_os_str().to_owned();
        path.push("!");
        path.push(OsString::from_vec(self.name.clone()));
        PathBuf::from(path)
    }

    /// Its name.
    pub(crate) fn name(&self) -> PathBuf {
        PathBuf::from(OsString::from_vec(self.name.clone()))
    }

    /// Its heads for data of `len` bytes; `None` where they have no place for so long a number.
    pub(crate) fn head_for(&self, len: u64) -> Option<Vec<u8>> {
        let mut head = self.head.clone();
        if len == self.len {
            return Some(head);
        }
        let mut header = Header::new_old();
        let own = head.get(self.own..self.own + BLOCK)?;
        header.as_mut_bytes().copy_from_slice(own);
        if let Some(digits) = self.digits.clone() {
            let text = format!("{len:0width$}", width = digits.len());
            head.get_mut(digits).filter(|place| place.len() == text.len())?.copy_from_slice(text.as_bytes());
        }
        // With a length in digits the old field is of no weight, but some tools fill it all the same.
        if self.digits.is_none() || header.entry_size().is_ok_and(|old| old == self.len) {
            header.set_size(len);
            header.set_cksum();
        }
        head[self.own..self.own + BLOCK].copy_from_slice(header.as_bytes());
        Some(head)
    }

    /// The zeros behind data of `len` bytes.
    pub(crate) const fn padding(len: u64) -> &'static [u8] {
        const ZEROS: [u8; BLOCK] = [0; BLOCK];
        let over = (len % BLOCK as u64) as usize;
        ZEROS.split_at(if over == 0 { 0 } else { BLOCK - over }).0
    }
}

/// What stands before a member's data.
#[derive(Default)]
struct Heads {
    bytes: Vec<u8>,
    name: Option<Vec<u8>>,
    len: Option<u64>,
    digits: Option<Range<usize>>,
    sparse: bool,
}

impl Heads {
    /// Takes a block that says something of the member after it, and what it says; false where it is the member's own.
    fn takes(&mut self, feed: &mut Feed, header: &Header, len: u64) -> io::Result<bool> {
        let kind = header.entry_type().as_byte();
        if !matches!(kind, b'x' | b'X' | b'g' | b'L' | b'K') {
            return Ok(false);
        }
        let len = usize::try_from(len).ok().filter(|len| self.bytes.len() + len <= HEADS).ok_or_else(odd)?;
        let (start, padded) = (self.bytes.len(), len.next_multiple_of(BLOCK));
        if feed.append(&mut self.bytes, padded)? < padded {
            return Err(io::Error::other(Flaw::Torn));
        }
        let said = self.bytes[start..start + len].to_vec();
        match kind {
            b'L' => self.name = Some(said.split(|b| *b == 0).next().unwrap_or_default().to_vec()),
            b'K' => {}
            _ => self.extended(&said, start, kind == b'g')?,
        }
        Ok(true)
    }

    /// POSIX.1-2001, pax: records of `length key=value` and a newline. What holds for all members has no length.
    fn extended(&mut self, said: &[u8], start: usize, of_all: bool) -> io::Result<()> {
        let mut at = 0;
        while at < said.len() && said[at] != 0 {
            let (key, value, next) = record(said, at).ok_or_else(odd)?;
            match key {
                b"size" | b"GNU.sparse.realsize" | b"GNU.sparse.size" if of_all => return Err(odd()),
                b"size" => {
                    let digits = std::str::from_utf8(&said[value.clone()]).ok();
                    self.len = Some(digits.and_then(|digits| digits.parse().ok()).ok_or_else(odd)?);
                    self.digits = Some(start + value.start..start + value.end);
                }
                b"path" if !of_all => self.name = Some(said[value].to_vec()),
                key if key.starts_with(b"GNU.sparse.") => self.sparse = true,
                _ => {}
            }
            at = next;
        }
        Ok(())
    }

    /// What the member is; takes the blocks that belong to its own.
    fn form(&mut self, feed: &mut Feed, header: &Header, len: u64) -> io::Result<Form> {
        Ok(match header.entry_type().as_byte() {
            b'0' | 0 | b'7' if !self.sparse => Form::File,
            // Tools do not agree whether data follow these.
            b'1'..=b'6' if len > 0 => return Err(odd()),
            b'1'..=b'6' | b'D' | b'V' | b'N' => Form::Nothing,
            b'S' => {
                // Where the map of a sparse file goes on: a flag in its own block, and in each further one.
                let mut goes_on = header.as_bytes()[482] != 0;
                while goes_on {
                    if feed.append(&mut self.bytes, BLOCK)? < BLOCK {
                        return Err(io::Error::other(Flaw::Torn));
                    }
                    goes_on = self.bytes[self.bytes.len() - BLOCK + 504] != 0;
                    if self.bytes.len() > HEADS {
                        return Err(odd());
                    }
                }
                Form::Coded
            }
            _ => Form::Coded,
        })
    }

    fn member(self, number: u64, own: usize, header: &Header, len: u64, form: Form) -> Member {
        let name = self.name.unwrap_or_else(|| header.path_bytes().into_owned());
        let time = header.mtime().ok().and_then(|time| i64::try_from(time).ok()).unwrap_or(0);
        Member { number, head: self.bytes, time, name, own, digits: self.digits, len, form }
    }
}

impl Feed {
    fn pending(&self) -> &[u8] {
        &self.buffer[self.at..]
    }

    /// Reads until `len` bytes are there, fewer than [`ROOM`], or the end is.
    fn fill(&mut self, len: usize) -> io::Result<()> {
        while !self.end && self.pending().len() < len {
            self.buffer.drain(..self.at);
            self.at = 0;
            self.end = self.source.read(&mut self.buffer)? == Some(0);
        }
        Ok(())
    }

    /// The first bytes of the data, at most so many; they stay to be read.
    fn peek(&mut self, most: usize) -> io::Result<Vec<u8>> {
        let len = usize::try_from(self.left).map_or(most, |left| left.min(most));
        self.fill(len)?;
        Ok(self.pending().get(..len).ok_or_else(|| io::Error::other(Flaw::Torn))?.to_vec())
    }

    /// Puts `len` bytes behind `bytes`, or those that there are; says how many.
    fn append(&mut self, bytes: &mut Vec<u8>, len: usize) -> io::Result<usize> {
        let before = bytes.len();
        while bytes.len() - before < len {
            self.fill(1)?;
            let piece = self.pending().len().min(len - (bytes.len() - before));
            if piece == 0 {
                break;
            }
            bytes.extend_from_slice(&self.buffer[self.at..self.at + piece]);
            self.at += piece;
        }
        Ok(bytes.len() - before)
    }

    /// Fills the spare capacity of `bytes` with data of the member; less of it, or none, at their end.
    pub(super) fn data(&mut self, bytes: &mut Vec<u8>) -> io::Result<usize> {
        let spare = bytes.capacity() - bytes.len();
        let len = usize::try_from(self.left).map_or(spare, |left| left.min(spare));
        let got = self.append(bytes, len)?;
        self.left -= got as u64;
        if got < len { Err(io::Error::other(Flaw::Torn)) } else { Ok(got) }
    }

    fn skip(&mut self) -> io::Result<()> {
        while self.left + self.padding > 0 {
            self.fill(1)?;
            let (here, all) = (self.pending().len() as u64, self.left + self.padding);
            if here == 0 {
                return Err(io::Error::other(Flaw::Torn));
            }
            let data = here.min(self.left);
            self.left -= data;
            self.padding -= (here - data).min(self.padding);
            self.at += (all - self.left - self.padding) as usize;
        }
        Ok(())
    }
}

pub(super) fn lock(feed: &Mutex<Feed>) -> MutexGuard<'_, Feed> {
    feed.lock().unwrap_or_else(PoisonError::into_inner)
}

/// One record at `at`: its key, where its value is, and where the next one begins.
fn record(said: &[u8], at: usize) -> Option<(&[u8], Range<usize>, usize)> {
    let blank = at + memchr::memchr(b' ', &said[at..])?;
    let len: usize = std::str::from_utf8(&said[at..blank]).ok()?.parse().ok()?;
    let end = at.checked_add(len).filter(|end| *end <= said.len() && *end > blank + 1 && said[*end - 1] == b'\n')?;
    let sign = blank + memchr::memchr(b'=', &said[blank..end])?;
    Some((&said[blank + 1..sign], sign + 1..end - 1, end))
}

/// Whether a block has the checksum of its bytes: as unsigned numbers, or signed as some old tools took them.
fn is_summed(header: &Header) -> bool {
    let bytes = header.as_bytes();
    let blank = |at: usize| if (148..156).contains(&at) { b' ' } else { bytes[at] };
    let unsigned: i64 = (0..BLOCK).map(|at| i64::from(blank(at))).sum();
    let signed: i64 = (0..BLOCK).map(|at| i64::from(blank(at).cast_signed())).sum();
    header.cksum().is_ok_and(|sum| i64::from(sum) == unsigned || i64::from(sum) == signed)
}

fn odd() -> io::Error {
    io::Error::other(Flaw::Odd)
}

#[cfg(test)]
mod tests;
