//! How clean bytes leave: everything that is put in is written, or the error says how much was not.
//!
//! Short writes, interrupts and descriptors that do not block are seen to here. A sink takes [`Clean`] text only, so
//! there is no way around the rules.

mod framed;

use std::fs::{File, OpenOptions};
use std::io::{self, IoSlice, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;

use rustix::event::{PollFd, PollFlags, poll};
use rustix::fs::OFlags;
use rustix::io::Errno;

use crate::Clean;
use crate::source::{metadata_of, widen};
pub(crate) use framed::{Framed, escape};

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

impl Fault {
    fn new(error: io::Error, written: u64, all: impl FnOnce() -> u64) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::Gone,
            _ => Self::Failed { error, left: all() - written },
        }
    }
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
    Stderr,
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

    /// Standard error.
    pub(crate) const fn stderr() -> Self {
        Self { handle: Handle::Stderr, id: None, joined: Vec::new() }
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

    /// A file to write behind what it holds, readable by its owner alone where it is new. A link is not followed.
    ///
    /// # Errors
    /// The system's.
    pub(crate) fn append(path: &Path) -> io::Result<Self> {
        let mut options = OpenOptions::new();
        let file =
            options.append(true).create(true).mode(0o600).custom_flags(OFlags::NOFOLLOW.bits() as i32).open(path)?;
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

    /// Has a pipe hold more, if it is one.
    pub(crate) fn widen(&self) {
        widen(self.as_fd());
    }

    /// Writes clean text and says how many bytes that were.
    ///
    /// # Errors
    /// [`Fault`].
    pub(crate) fn put(&mut self, clean: &Clean<'_>) -> Result<u64, Fault> {
        let mut joined = std::mem::take(&mut self.joined);
        let mut writer = Writer { sink: self, written: 0 };
        let sparse = clean.hits().len().saturating_mul(SPARSE) <= clean.text_len();
        let result = if sparse {
            clean.write_to(&mut writer)
        } else {
            joined.clear();
            clean.append_to(&mut joined);
            writer.write_all(&joined)
        };
        let written = writer.written;
        self.joined = joined;
        let all = || clean.pieces().map(|piece| piece.len() as u64).sum();
        result.map(|()| written).map_err(|error| Fault::new(error, written, all))
    }

    /// Writes clean text in the words of a protocol.
    ///
    /// # Errors
    /// [`Fault`].
    pub(crate) fn put_framed(&mut self, framed: &Framed) -> Result<(), Fault> {
        let mut writer = Writer { sink: self, written: 0 };
        let result = writer.write_all(framed.bytes());
        let written = writer.written;
        result.map_err(|error| Fault::new(error, written, || framed.bytes().len() as u64))
    }
}

/// With fewer bytes than this to a hit, copying them together is cheaper than to have the system gather them.
const SPARSE: usize = 2 << 10;

/// Writes to the descriptor and waits where it does not.
struct Writer<'s> {
    sink: &'s Sink,
    written: u64,
}

impl Write for Writer<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.write_vectored(&[IoSlice::new(bytes)])
    }

    fn write_vectored(&mut self, pieces: &[IoSlice<'_>]) -> io::Result<usize> {
        loop {
            match rustix::io::writev(self.sink, pieces) {
                Ok(n) => {
                    self.written += n as u64;
                    return Ok(n);
                }
                Err(Errno::AGAIN) => match poll(&mut [PollFd::new(self.sink, PollFlags::OUT)], None) {
                    Ok(_) | Err(Errno::INTR) => {}
                    Err(error) => return Err(error.into()),
                },
                Err(Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl AsFd for Sink {
    fn as_fd(&self) -> BorrowedFd<'_> {
        match &self.handle {
            Handle::Stdout => rustix::stdio::stdout(),
            Handle::Stderr => rustix::stdio::stderr(),
            Handle::File(file) => file.as_fd(),
        }
    }
}
