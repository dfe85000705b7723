//! How bytes arrive: a descriptor to read from and the name it has in messages.
//!
//! It reads what is there and says when nothing is. Descriptors are taken as they are inherited: one that does not
//! block is never switched, as the flag belongs to every process that shares it. It knows no rules and no lines.

mod encoding;
mod packed;
mod seam;
mod tar;
mod tree;

use std::cell::{Cell, RefCell};
use std::fmt;
use std::fs::{File, Metadata};
use std::io::{self, Read, Seek};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

pub(crate) use encoding::{Verdict, verdict};
pub(crate) use packed::{Flaw, Format, Kind, Packing, Unpacked};
use rustix::buffer::spare_capacity;
use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;
use rustix::pipe::{fcntl_getpipe_size, fcntl_setpipe_size};
pub(crate) use seam::seam;
pub(crate) use tar::{Content, Member, Tar};
pub(crate) use tree::{Entry, Filter, FilterBuilder, Folder, Passed, Step, Tree};

/// An input as the user named it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Input {
    /// `-`, or no name at all.
    Stdin,
    /// A file, a FIFO, a device.
    File(PathBuf),
}

impl Input {
    /// `-` is standard input; a file of that name is `./-`.
    pub(crate) fn new(path: PathBuf) -> Self {
        if path.as_os_str() == "-" { Self::Stdin } else { Self::File(path) }
    }

    /// What the system knows of it, without opening it.
    pub(crate) fn metadata(&self) -> io::Result<Metadata> {
        match self {
            Self::Stdin => metadata_of(rustix::stdio::stdin()),
            Self::File(path) => std::fs::metadata(path),
        }
    }

    /// Opens it for reading.
    ///
    /// # Errors
    /// The system's, and for a folder one that says what to name instead.
    pub(crate) fn open(&self) -> io::Result<Source> {
        let (handle, metadata) = match self {
            Self::Stdin => (Handle::Stdin, self.metadata()?),
            Self::File(path) => {
                let file = File::open(path)?;
                let metadata = file.metadata()?;
                (Handle::File(file), metadata)
            }
        };
        if metadata.is_dir() {
            return Err(io::Error::new(io::ErrorKind::IsADirectory, "is a folder; name the files in it"));
        }
        Ok(Source::new(handle, metadata.is_file()))
    }
}

impl fmt::Display for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stdin => f.write_str("-"),
            Self::File(path) => f.write_str(&printable(path)),
        }
    }
}

/// A path without anything a terminal would act on.
pub(crate) fn printable(path: &Path) -> String {
    let mut out = String::new();
    for chunk in path.as_os_str().as_encoded_bytes().utf8_chunks() {
        for c in chunk.valid().chars() {
            if c.is_control() { out.extend(c.escape_default()) } else { out.push(c) }
        }
        out.extend(chunk.invalid().escape_ascii().map(char::from));
    }
    out
}

/// What the system knows of an open descriptor.
pub(crate) fn metadata_of(fd: BorrowedFd<'_>) -> io::Result<Metadata> {
    File::from(fd.try_clone_to_owned()?).metadata()
}

/// Has a pipe hold more, so that its two sides wait for each other less. Where that may not be, nothing is lost.
pub(crate) fn widen(fd: BorrowedFd<'_>) {
    /// What a user who is not root may ask for, unless the system is set up otherwise.
    const SIZE: usize = 1 << 20;
    if fcntl_getpipe_size(fd).is_ok_and(|size| size < SIZE) {
        let _ = fcntl_setpipe_size(fd, SIZE);
    }
}

enum Handle {
    Stdin,
    File(File),
    Packed {
        file: Arc<File>,
        text: RefCell<Unpacked>,
    },
    /// The data of an archive's member.
    Member {
        file: Arc<File>,
        feed: Arc<Mutex<tar::Feed>>,
    },
    /// Our end of a terminal that another program writes to. Shared with who keeps its size.
    Pty(Arc<OwnedFd>),
}

/// Told how far into a stored file was read, in bytes on the disk.
pub(crate) type Reached = Arc<dyn Fn(u64) + Send + Sync>;

/// An open input.
pub(crate) struct Source {
    handle: Handle,
    regular: bool,
    reached: Option<Reached>,
    at: Cell<u64>,
}

impl Source {
    const fn new(handle: Handle, regular: bool) -> Self {
        Self { handle, regular, reached: None, at: Cell::new(0) }
    }

    /// A stored file that is open, from its beginning; it is unpacked as `kind` says, to at most `ratio` times
    /// its size.
    ///
    /// # Errors
    /// The system's.
    pub(crate) fn stored(file: Arc<File>, kind: &Kind, ratio: u64) -> io::Result<Self> {
        let handle = if let Some(packing) = kind.packing() {
            let text = RefCell::new(Unpacked::new(Arc::clone(&file), packing.format, ratio)?);
            Handle::Packed { file, text }
        } else {
            let mut own = file.try_clone()?;
            own.rewind()?;
            Handle::File(own)
        };
        Ok(Self::new(handle, true))
    }

    /// Has `reached` be told how far it is.
    pub(crate) fn telling(self, reached: Option<Reached>) -> Self {
        Self { reached, ..self }
    }

    /// Our end of a pipe.
    pub(crate) fn from_pipe(pipe: OwnedFd) -> Self {
        Self::new(Handle::File(pipe.into()), false)
    }

    /// Our end of a terminal.
    pub(crate) const fn from_pty(pty: Arc<OwnedFd>) -> Self {
        Self::new(Handle::Pty(pty), false)
    }

    /// How many bytes are there and not yet read, where the system says so.
    pub(crate) fn waiting(&self) -> u64 {
        if self.regular { 0 } else { rustix::io::ioctl_fionread(self.as_fd()).unwrap_or(0) }
    }

    /// Whether it is a stored file, whose bytes are all there already.
    pub(crate) const fn is_regular(&self) -> bool {
        self.regular
    }

    /// Has a pipe hold more, if it is one.
    pub(crate) fn widen(&self) {
        widen(self.as_fd());
    }

    /// Reads once, behind what `buffer` holds and into its spare capacity. `None`: nothing is there yet.
    ///
    /// # Errors
    /// The system's.
    pub(crate) fn read(&self, buffer: &mut Vec<u8>) -> io::Result<Option<usize>> {
        let got = self.read_on(buffer)?;
        if let Some(reached) = &self.reached {
            let at = match &self.handle {
                Handle::Packed { text, .. } => text.borrow().taken(),
                _ => self.at.get() + got.unwrap_or(0) as u64,
            };
            self.at.set(at);
            reached(at);
        }
        Ok(got)
    }

    /// Waits until something is there to be read, or the end.
    ///
    /// # Errors
    /// The system's.
    pub(crate) fn wait(&self) -> io::Result<()> {
        match poll(&mut [PollFd::new(self, PollFlags::IN)], None) {
            Ok(_) | Err(Errno::INTR) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    fn read_on(&self, buffer: &mut Vec<u8>) -> io::Result<Option<usize>> {
        if let Handle::Packed { text, .. } = &self.handle {
            return unpack(&mut text.borrow_mut(), buffer).map(Some);
        }
        if let Handle::Member { feed, .. } = &self.handle {
            return tar::lock(feed).data(buffer).map(Some);
        }
        seam()?;
        loop {
            match rustix::io::read(self.as_fd(), spare_capacity(buffer)) {
                Ok(n) => return Ok(Some(n)),
                Err(Errno::INTR) => {}
                Err(Errno::AGAIN) => return Ok(None),
                // So the system says that nobody has the other end of a terminal open any more.
                Err(Errno::IO) if matches!(self.handle, Handle::Pty(_)) => return Ok(Some(0)),
                Err(error) => return Err(error.into()),
            }
        }
    }
}

/// Fills the spare capacity of `buffer`, or less of it at the end.
fn unpack(text: &mut Unpacked, buffer: &mut Vec<u8>) -> io::Result<usize> {
    let before = buffer.len();
    buffer.resize(buffer.capacity(), 0);
    let mut upto = before;
    let failed = loop {
        // A decoder that is asked for nothing over and over takes that for an error.
        if upto == buffer.len() {
            break None;
        }
        match text.read(&mut buffer[upto..]) {
            Ok(0) => break None,
            Ok(got) => upto += got,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => break Some(error),
        }
    };
    buffer.truncate(upto);
    failed.map_or(Ok(upto - before), Err)
}

impl AsFd for Source {
    fn as_fd(&self) -> BorrowedFd<'_> {
        match &self.handle {
            Handle::Stdin => rustix::stdio::stdin(),
            Handle::File(file) => file.as_fd(),
            Handle::Packed { file, .. } | Handle::Member { file, .. } => file.as_fd(),
            Handle::Pty(pty) => pty.as_fd(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::ffi::OsStrExt;

    #[test]
    fn names_cannot_speak_to_the_terminal() {
        let path = Path::new(std::ffi::OsStr::from_bytes(b"a\x1b[2J\n\xff\xc3\xa4"));
        assert_eq!(printable(path), "a\\u{1b}[2J\\n\\xffä");
    }

    #[test]
    fn a_folder_is_no_input() {
        let error = Input::new(PathBuf::from("/")).open().err().unwrap();
        assert_eq!(error.kind(), io::ErrorKind::IsADirectory);
    }
}
