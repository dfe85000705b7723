//! How clean bytes leave: everything that is put in is written, or the error says how much was not.
//!
//! Short writes, interrupts and descriptors that do not block are seen to here. A sink takes [`Clean`] text only, so
//! there is no way around the rules.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;

use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;

use crate::Clean;
use crate::source::metadata_of;

/// Why clean bytes could not be delivered.
#[derive(Debug)]
pub(crate) enum Fault {
    /// The reader has gone, as `head` does when it has enough: a clean end.
    Gone,
    /// The system's error, and how many clean bytes it kept from leaving.
    Failed {
        /// What the system said.
        error: io::Error,
        /// Bytes that were ready and stayed.
        left: u64,
    },
}

/// A file by what it is, not by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FileId {
    device: u64,
    inode: u64,
}

impl FileId {
    /// Of a stored file; `None` for pipes, terminals and devices, which may well be read and written at once.
    pub(crate) fn of(metadata: &std::fs::Metadata) -> Option<Self> {
        metadata.is_file().then(|| Self { device: metadata.dev(), inode: metadata.ino() })
    }
}

enum Handle {
    Stdout,
    File(File),
}

/// Where clean bytes go.
pub(crate) struct Sink {
    handle: Handle,
    id: Option<FileId>,
    /// Text with hits is put together here, so that it leaves in one write.
    joined: Vec<u8>,
}

impl Sink {
    /// Standard output.
    ///
    /// # Errors
    /// The system's.
    pub(crate) fn stdout() -> io::Result<Self> {
        let id = FileId::of(&metadata_of(rustix::stdio::stdout())?);
        Ok(Self { handle: Handle::Stdout, id, joined: Vec::new() })
    }

    /// A file, readable by its owner alone where it is new. One that exists keeps its mode, and its content until
    /// [`truncate`](Self::truncate).
    ///
    /// # Errors
    /// The system's.
    pub(crate) fn file(path: &Path) -> io::Result<Self> {
        let mut options = OpenOptions::new();
        options.write(true).mode(0o600);
        let file = match options.clone().create_new(true).open(path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => options.open(path),
            other => other,
        }?;
        let id = FileId::of(&file.metadata()?);
        Ok(Self { handle: Handle::File(file), id, joined: Vec::new() })
    }

    /// Which stored file it is, if it is one.
    pub(crate) const fn id(&self) -> Option<FileId> {
        self.id
    }

    /// Takes out what a named file held before.
    ///
    /// # Errors
    /// The system's.
    pub(crate) fn truncate(&self) -> io::Result<()> {
        match &self.handle {
            Handle::File(file) if self.id.is_some() => file.set_len(0),
            _ => Ok(()),
        }
    }

    /// Writes clean text and says how many bytes that were.
    ///
    /// # Errors
    /// [`Fault`].
    pub(crate) fn put(&mut self, clean: &Clean<'_>) -> Result<u64, Fault> {
        let mut joined = std::mem::take(&mut self.joined);
        joined.clear();
        let mut pieces = clean.pieces();
        let result = match (pieces.next(), clean.hits().is_empty()) {
            (None, _) => Ok(0),
            // Nothing hit: straight from the buffer it was read into.
            (Some(only), true) => self.write(only),
            (Some(_), false) => {
                clean.append_to(&mut joined);
                self.write(&joined)
            }
        };
        self.joined = joined;
        result
    }

    fn write(&self, bytes: &[u8]) -> Result<u64, Fault> {
        let mut rest = bytes;
        while !rest.is_empty() {
            let error = match rustix::io::write(self, rest) {
                Ok(0) => io::ErrorKind::WriteZero.into(),
                Ok(n) => {
                    rest = &rest[n..];
                    continue;
                }
                Err(Errno::INTR) => continue,
                Err(Errno::AGAIN) => match poll(&mut [PollFd::new(self, PollFlags::OUT)], None) {
                    Ok(_) | Err(Errno::INTR) => continue,
                    Err(error) => error.into(),
                },
                Err(Errno::PIPE) => return Err(Fault::Gone),
                Err(error) => io::Error::from(error),
            };
            return Err(Fault::Failed { error, left: rest.len() as u64 });
        }
        Ok(bytes.len() as u64)
    }
}

impl AsFd for Sink {
    fn as_fd(&self) -> BorrowedFd<'_> {
        match &self.handle {
            Handle::Stdout => rustix::stdio::stdout(),
            Handle::File(file) => file.as_fd(),
        }
    }
}
