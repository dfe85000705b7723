//! How clean bytes leave: everything that is put in is written, or the error says how much was not.
//!
//! Short writes, interrupts and descriptors that do not block are seen to here. A sink takes [`Clean`] text only, so
//! there is no way around the rules; what stands between the texts of an archive is all that [`Sink::frame`] is for.

mod framed;
mod haste;
mod pack;

use std::fs::{File, OpenOptions};
use std::io::{self, IoSlice, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;

use rustix::event::{PollFd, PollFlags, poll};
use rustix::fs::OFlags;
use rustix::io::Errno;

pub(crate) use pack::Packer;

use crate::Clean;
use crate::source::{Packing, metadata_of, seam, widen};
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

/// Where clean bytes go.
pub(crate) struct Sink {
    out: Out,
    id: Option<FileId>,
    /// Text with hits is put together here, so that it leaves in one write.
    joined: Vec<u8>,
    haste: Option<haste::Haste>,
}

/// What a sink does with them.
enum Out {
    /// They leave as they are.
    Plain(Fd),
    /// They are packed.
    Packed(Box<Packer<Fd>>),
    /// They are not kept; with `first`, the first hit is enough.
    Nowhere { first: bool },
}

impl Sink {
    /// Standard output.
    ///
    /// # Errors
    /// The system's.
    pub(crate) fn stdout() -> io::Result<Self> {
        let id = FileId::of(&metadata_of(rustix::stdio::stdout())?);
        Ok(Self { out: Out::Plain(Fd::Stdout), id, joined: Vec::new(), haste: None })
    }

    /// A file that is open, from where it stands.
    ///
    /// # Errors
    /// The system's.
    pub(crate) fn open(file: File) -> io::Result<Self> {
        let id = FileId::of(&file.metadata()?);
        Ok(Self { out: Out::Plain(Fd::File(file)), id, joined: Vec::new(), haste: None })
    }

    /// Has what is written begin its way to the disk early, as somebody will wait for that.
    pub(crate) fn hasty(self) -> Self {
        Self { haste: Some(haste::Haste::default()), ..self }
    }

    /// Nothing is kept; a text is only looked at, with `first` up to its first hit. What ends it there is
    /// [`Fault::Gone`].
    pub(crate) const fn nowhere(first: bool) -> Self {
        Self { out: Out::Nowhere { first }, id: None, joined: Vec::new(), haste: None }
    }

    /// Packs what leaves from here on.
    ///
    /// # Errors
    /// The library's.
    pub(crate) fn packed(self, packing: &Packing) -> io::Result<Self> {
        let out = match self.out {
            Out::Plain(fd) => Out::Packed(Box::new(Packer::new(fd, packing)?)),
            other => other,
        };
        Ok(Self { out, ..self })
    }

    /// Ends what is packed, and gives the file back if it is one.
    ///
    /// # Errors
    /// [`Fault`].
    pub(crate) fn finish(self) -> Result<Option<File>, Fault> {
        let fd = match self.out {
            Out::Plain(fd) => fd,
            Out::Packed(packer) => packer.finish().map_err(|error| Fault::new(error, 0, || 0))?,
            Out::Nowhere { .. } => return Ok(None),
        };
        Ok(match fd {
            Fd::File(file) => Some(file),
            Fd::Stdout | Fd::Stderr => None,
        })
    }

    /// Standard error.
    pub(crate) const fn stderr() -> Self {
        Self { out: Out::Plain(Fd::Stderr), id: None, joined: Vec::new(), haste: None }
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
        Self::open(file)
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
        Ok(Self { out: Out::Plain(Fd::File(file)), id, joined: Vec::new(), haste: None })
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
        match &self.out {
            Out::Plain(Fd::File(file)) if self.id.is_some() => file.set_len(0),
            _ => Ok(()),
        }
    }

    /// Has a pipe hold more, if it is one.
    pub(crate) fn widen(&self) {
        if let Out::Plain(fd) = &self.out {
            widen(fd.as_fd());
        }
    }

    /// What is to be watched for its reader going away.
    pub(crate) fn watched(&self) -> Option<BorrowedFd<'_>> {
        match &self.out {
            Out::Plain(fd) => Some(fd.as_fd()),
            Out::Packed(packer) => Some(packer.writer().as_fd()),
            Out::Nowhere { .. } => None,
        }
    }

    /// Writes clean text and says how many bytes that were.
    ///
    /// # Errors
    /// [`Fault`].
    pub(crate) fn put(&mut self, clean: &Clean<'_>) -> Result<u64, Fault> {
        let Self { out, joined, haste, .. } = self;
        let (result, written) = match out {
            Out::Nowhere { first } if *first && !clean.hits().is_empty() => return Err(Fault::Gone),
            Out::Nowhere { .. } => return Ok(clean.pieces().map(|piece| piece.len() as u64).sum()),
            Out::Plain(fd) => write(&mut Count { writer: fd, written: 0 }, clean, joined),
            Out::Packed(packer) => write(&mut Count { writer: packer.as_mut(), written: 0 }, clean, joined),
        };
        hasten(out, haste, written);
        result.map(|()| written).map_err(|error| {
            let all = || clean.pieces().map(|piece| piece.len() as u64).sum();
            Fault::new(error, written, all)
        })
    }

    /// Writes what is no text, as it is: an archive's heads, and members that hold none or no hit.
    ///
    /// # Errors
    /// [`Fault`].
    pub(crate) fn frame(&mut self, bytes: &[u8]) -> Result<(), Fault> {
        let (result, written) = match &mut self.out {
            Out::Nowhere { .. } => return Ok(()),
            Out::Plain(fd) => all(fd, bytes),
            Out::Packed(packer) => all(packer.as_mut(), bytes),
        };
        hasten(&self.out, &mut self.haste, written);
        result.map_err(|error| Fault::new(error, written, || bytes.len() as u64))
    }

    /// Writes clean text in the words of a protocol.
    ///
    /// # Errors
    /// [`Fault`].
    pub(crate) fn put_framed(&mut self, framed: &Framed) -> Result<(), Fault> {
        let Out::Plain(fd) = &mut self.out else { return Ok(()) };
        let (result, written) = all(fd, framed.bytes());
        result.map_err(|error| Fault::new(error, written, || framed.bytes().len() as u64))
    }
}

fn hasten(out: &Out, haste: &mut Option<haste::Haste>, written: u64) {
    match (out, haste) {
        (Out::Plain(fd), Some(haste)) => haste.add(written, fd.as_fd()),
        (Out::Packed(packer), Some(haste)) => haste.add(written, packer.writer().as_fd()),
        _ => {}
    }
}

/// Writes all of it, and says how much that was.
fn all<W: Write>(writer: &mut W, bytes: &[u8]) -> (io::Result<()>, u64) {
    let mut out = Count { writer, written: 0 };
    (out.write_all(bytes), out.written)
}

/// The same for clean text.
fn write<W: Write>(out: &mut Count<'_, W>, clean: &Clean<'_>, joined: &mut Vec<u8>) -> (io::Result<()>, u64) {
    let sparse = clean.hits().len().saturating_mul(SPARSE) <= clean.text_len();
    let result = if sparse {
        clean.write_to(out)
    } else {
        joined.clear();
        clean.append_to(joined);
        out.write_all(joined)
    };
    (result, out.written)
}

/// With fewer bytes than this to a hit, copying them together is cheaper than to have the system gather them.
const SPARSE: usize = 2 << 10;

/// Counts what a writer takes.
struct Count<'w, W> {
    writer: &'w mut W,
    written: u64,
}

impl<W: Write> Write for Count<'_, W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let n = self.writer.write(bytes)?;
        self.written += n as u64;
        Ok(n)
    }

    fn write_vectored(&mut self, pieces: &[IoSlice<'_>]) -> io::Result<usize> {
        let n = self.writer.write_vectored(pieces)?;
        self.written += n as u64;
        Ok(n)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer.flush()
    }
}

/// A descriptor. It waits where it does not block.
enum Fd {
    Stdout,
    Stderr,
    File(File),
}

impl Write for Fd {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.write_vectored(&[IoSlice::new(bytes)])
    }

    fn write_vectored(&mut self, pieces: &[IoSlice<'_>]) -> io::Result<usize> {
        seam()?;
        loop {
            match rustix::io::writev(&*self, pieces) {
                Ok(n) => return Ok(n),
                Err(Errno::AGAIN) => match poll(&mut [PollFd::new(&*self, PollFlags::OUT)], None) {
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

impl AsFd for Fd {
    fn as_fd(&self) -> BorrowedFd<'_> {
        match self {
            Self::Stdout => rustix::stdio::stdout(),
            Self::Stderr => rustix::stdio::stderr(),
            Self::File(file) => file.as_fd(),
        }
    }
}
