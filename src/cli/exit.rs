//! How the program ends.

use std::process::ExitCode;

/// What the exit code says. Where several hold, the larger one wins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Exit {
    /// 0: everything was done.
    #[default]
    Done,
    /// 1: an input could not be read, or a rule failed its own examples; the others were done.
    Partly,
    /// 1: a gate of `scan` fails.
    Gate,
    /// 3: something that `scan` was to look at could not be read, so nothing can be said for certain.
    Unscanned,
    /// 2: the command line is wrong, or a standard descriptor was closed.
    Usage,
    /// 78: settings or rules are wrong.
    Config,
    /// 70: the matcher failed; what it failed on was blacked out line by line.
    Internal,
    /// 74: the output took no more.
    Output,
    /// The code of the program that `inkout run` started, where it is not 0.
    Command(u8),
    /// 128 + n: ended by signal n. A reader that has gone counts as SIGPIPE, so 141, as for `cat`.
    Signal(u8),
}

impl Exit {
    /// A reader that has gone: a clean end, nothing is said.
    pub(super) const GONE: Self = Self::Signal(13);

    /// The code for the system.
    #[must_use]
    pub const fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Partly | Self::Gate => 1,
            Self::Unscanned => 3,
            Self::Usage => 2,
            Self::Internal => 70,
            Self::Output => 74,
            Self::Config => 78,
            Self::Command(code) => code,
            Self::Signal(n) => 128_u8.wrapping_add(n),
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}
