//! What the program writes into: a pipe, or a terminal of its own where ours is one.
//!
//! Only our end is left open with us, and nothing of ours is inherited. When it closes, by whatever way we end, the
//! program's writes fail: its text never finds another way out.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::{Arc, Weak};

use rustix::pipe::{PipeFlags, pipe_with};
use rustix::pty::{OpenptFlags, grantpt, ioctl_tiocgptpeer, openpt, unlockpt};
use rustix::termios::{
    OptionalActions, OutputModes, Winsize, isatty, tcgetattr, tcgetwinsize, tcsetattr, tcsetwinsize,
};

use crate::source::{Source, metadata_of};

/// When the program gets a terminal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Pty {
    /// For each stream that is one of ours: programs show prompts, colours and progress only there.
    #[default]
    Auto,
    /// Never.
    Never,
    /// For both streams, whatever ours are.
    Always,
}

/// How the program's output is led.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plumbing {
    /// When it gets a terminal.
    pub(crate) pty: Pty,
    /// Both streams as one, to standard output.
    pub(crate) merge: bool,
}

/// Which of our own descriptors a stream goes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    Stdout,
    Stderr,
}

/// One stream of the program's output.
pub(crate) struct Stream {
    /// To be read from.
    pub(crate) source: Source,
    /// Where it is meant to go.
    pub(crate) target: Target,
}

/// Everything that the program's output goes through.
pub(super) struct Outlets {
    pub(super) streams: Vec<Stream>,
    /// The program's own ends: standard output, then standard error.
    pub(super) theirs: [OwnedFd; 2],
    pub(super) ptys: Ptys,
}

impl Outlets {
    /// # Errors
    /// The system's.
    pub(super) fn open(plumbing: Plumbing) -> io::Result<Self> {
        let (out, err) = (rustix::stdio::stdout(), rustix::stdio::stderr());
        let pty = |fd: BorrowedFd<'_>| match plumbing.pty {
            Pty::Auto => isatty(fd),
            Pty::Never => false,
            Pty::Always => true,
        };
        let mut ptys = Ptys::default();
        let (reader, writer) = ptys.outlet(out, pty(out))?;
        let mut streams = vec![Stream { source: reader, target: Target::Stdout }];
        // On one and the same terminal only one way keeps what is written in its order.
        let theirs = if plumbing.merge || pty(out) && pty(err) && same(out, err) {
            [writer.try_clone()?, writer]
        } else {
            let (reader, other) = ptys.outlet(err, pty(err))?;
            streams.push(Stream { source: reader, target: Target::Stderr });
            [writer, other]
        };
        Ok(Self { streams, theirs, ptys })
    }
}

/// The program's terminals, as far as they are still read from.
#[derive(Default)]
pub(super) struct Ptys(Vec<Weak<OwnedFd>>);

impl Ptys {
    /// A reader for us, and what the program writes to.
    fn outlet(&mut self, ours: BorrowedFd<'_>, pty: bool) -> io::Result<(Source, OwnedFd)> {
        if !pty {
            let (reader, writer) = pipe_with(PipeFlags::CLOEXEC)?;
            return Ok((Source::from_pipe(reader), writer));
        }
        let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC;
        let reader = openpt(flags)?;
        grantpt(&reader)?;
        unlockpt(&reader)?;
        let theirs = ioctl_tiocgptpeer(&reader, flags)?;
        let mut modes = tcgetattr(&theirs)?;
        // Ours sees to the line ends, if it is one: bytes have to come through as they were written.
        modes.output_modes.remove(OutputModes::OPOST);
        tcsetattr(&theirs, OptionalActions::Now, &modes)?;
        tcsetwinsize(&reader, size(ours))?;
        let reader = Arc::new(reader);
        self.0.push(Arc::downgrade(&reader));
        Ok((Source::from_pty(reader), theirs))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Makes them as large as ours is now.
    pub(super) fn resize(&self) {
        for reader in self.0.iter().filter_map(Weak::upgrade) {
            // Its size is a help to the program and no more.
            let _ = tcsetwinsize(reader.as_fd(), size(rustix::stdio::stdout()));
        }
    }
}

/// The size of the terminal we have, if any.
fn size(wanted: BorrowedFd<'_>) -> Winsize {
    const USUAL: Winsize = Winsize { ws_row: 24, ws_col: 80, ws_xpixel: 0, ws_ypixel: 0 };
    let all = [wanted, rustix::stdio::stdout(), rustix::stdio::stderr(), rustix::stdio::stdin()];
    all.iter().find_map(|fd| tcgetwinsize(fd).ok()).unwrap_or(USUAL)
}

/// Whether both are one file, as the two outputs on a terminal are.
fn same(a: BorrowedFd<'_>, b: BorrowedFd<'_>) -> bool {
    use std::os::unix::fs::MetadataExt;
    let id = |fd| metadata_of(fd).map(|m| (m.dev(), m.ino(), m.rdev())).ok();
    id(a).is_some() && id(a) == id(b)
}
