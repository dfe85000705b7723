//! What a file is by what it holds: a hash of its head, and one of the bytes just before a place.
//!
//! A device and an inode number come again when a file is deleted and another made; names move. Together with these two
//! hashes they tell whether a file is the one that was read up to a place.

use std::fs::{File, Metadata};
use std::io;
use std::os::unix::fs::{FileExt, MetadataExt};

use sha2::{Digest, Sha256};

/// Bytes of the head that are looked at; enough for several lines.
const HEAD: usize = 1024;
/// Bytes before a place.
pub(super) const TAIL: usize = 64;

/// A file by the system's numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Id {
    pub(super) device: u64,
    pub(super) inode: u64,
}

impl Id {
    pub(super) fn of(metadata: &Metadata) -> Self {
        Self { device: metadata.dev(), inode: metadata.ino() }
    }
}

/// A hash of so many first bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) len: usize,
    pub(super) hash: String,
}

impl Head {
    /// Of a file that holds at least `len` bytes, or of as many as it holds.
    pub(super) fn of(file: &File, len: usize) -> io::Result<Self> {
        let head = at(file, 0, len.min(HEAD))?;
        Ok(Self::of_bytes(&head))
    }

    /// Of the beginning of a text.
    pub(super) fn of_bytes(text: &[u8]) -> Self {
        let head = &text[..text.len().min(HEAD)];
        Self { len: head.len(), hash: hash(head) }
    }

    /// Whether more of the file could be looked at than was.
    pub(super) const fn is_short(&self) -> bool {
        self.len < HEAD
    }

    /// Whether `file` begins with it.
    pub(super) fn fits(&self, file: &File) -> io::Result<bool> {
        Ok(Self::of(file, self.len)? == *self)
    }
}

/// The hash of the bytes before `place`; `None` where the file does not reach so far.
pub(super) fn tail(file: &File, place: u64) -> io::Result<Option<String>> {
    let bytes = before(file, place)?;
    Ok((bytes.len() as u64 == place.min(TAIL as u64)).then(|| hash(&bytes)))
}

/// The bytes before `place`.
pub(super) fn before(file: &File, place: u64) -> io::Result<Vec<u8>> {
    let from = place.saturating_sub(TAIL as u64);
    at(file, from, (place - from) as usize)
}

/// Up to `len` bytes from `place` on.
fn at(file: &File, place: u64, len: usize) -> io::Result<Vec<u8>> {
    let (mut bytes, mut got) = (vec![0; len], 0);
    while got < len {
        match file.read_at(&mut bytes[got..], place + got as u64) {
            Ok(0) => break,
            Ok(n) => got += n,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    bytes.truncate(got);
    Ok(bytes)
}

/// Half of a SHA-256 is far more than is needed here.
pub(super) fn hash(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}
