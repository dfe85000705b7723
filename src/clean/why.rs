//! Why a file was left alone, in words that say what to change.

use std::io;

use rustix::io::Errno;

use crate::source::{Flaw, Passed};

/// A reason to leave a file as it is. The file is whole and unchanged whenever one of these is given, but for
/// [`Why::Both`].
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum Why {
    /// The walk does not go there.
    #[error("{0}")]
    Passed(Passed),
    /// It has other names as well.
    #[error("has {0} names (hard links), and the others would keep the old content; allow that with --hardlinks=break")]
    Links(u64),
    /// Its flags forbid it.
    #[error("is immutable, append-only or sealed; take that off first (chattr -i -a)")]
    Sealed,
    /// It would belong to somebody else.
    #[error("belongs to somebody else, and the new file could not; run as root or allow it with --allow-owner-change")]
    Owner,
    /// Others may write to its folder.
    #[error("its folder {0}, so others could exchange files in it meanwhile; allow that with --trust-dir")]
    Folder(String),
    /// An attribute could not be carried over.
    #[error("its {name} cannot be kept{}", error.as_ref().map_or_else(String::new, |e| format!(": {e}")))]
    Attribute {
        /// Which one.
        name: String,
        /// What the system said; nothing if it only did not do it.
        error: Option<io::Error>,
    },
    /// A process has it open for writing.
    #[error("process {0} has it open for writing; clean it once it is rotated")]
    Open(u32),
    /// It was changed, moved or replaced meanwhile.
    #[error("is being written or replaced; clean it once it is rotated")]
    Changed,
    /// Another run or program has locked it.
    #[error("is locked, probably by another run of inkout")]
    Locked,
    /// The disk is too full.
    #[error("needs {needs} bytes on its disk for the new file, and {has} are free")]
    Space {
        /// Bytes it takes.
        needs: u64,
        /// Bytes there are.
        has: u64,
    },
    /// No rule would match in it.
    #[error("the text is {0}, which no rule can read; convert it")]
    Wide(&'static str),
    /// Files in it may well be logs.
    #[error("is {0}; unpack it and clean what is in it")]
    Archive(&'static str),
    /// An archive that is not to be looked into.
    #[error("is a tar archive; --archives cleans the files in it")]
    Tar,
    /// A member's head has no place for its new length.
    #[error("its new length has no place in the archive's head; unpack it and clean it")]
    Length,
    /// It cannot be unpacked.
    #[error("{0}")]
    Flaw(Flaw),
    /// There is something in the place of the clean copy.
    #[error("its copy's place is taken; name an empty folder with --output-dir")]
    Taken,
    /// The matcher failed; a file is not replaced by what it made.
    #[error("the search failed in it (an internal error)")]
    Internal,
    /// Both contents are there: somebody wrote to both, or the system let no name be changed back.
    #[error(
        "{why}; by then the new content had its place and could not give it back without loss; {kept} beside it has the old one"
    )]
    Both {
        /// The name of the other content.
        kept: String,
        /// What made the exchange fail.
        why: Box<Self>,
    },
    /// The system says no.
    #[error("cannot {step}: {error}")]
    Io {
        /// What was tried.
        step: &'static str,
        /// What the system said.
        error: io::Error,
    },
}

impl Why {
    /// Makes a reason of a system error in `step`.
    pub(super) fn io(step: &'static str) -> impl Fn(Errno) -> Self {
        move |error| Self::Io { step, error: error.into() }
    }

    /// The same for the standard library's errors.
    pub(super) fn step(step: &'static str) -> impl Fn(io::Error) -> Self {
        move |error| Self::Io { step, error }
    }

    /// Whether it may be over in a moment.
    pub(super) const fn passes(&self) -> bool {
        matches!(self, Self::Changed)
    }

    /// A link or a device in a folder that is gone through: named, and no failure.
    pub(crate) const fn is_usual(&self) -> bool {
        matches!(self, Self::Passed(Passed::Link | Passed::Special(_)))
    }
}
