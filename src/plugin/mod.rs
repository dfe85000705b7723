//! Agents' own protocols on standard input and output: what an agent hands out comes back redacted, in its form.
//!
//! Each agent waits for its answer, so an answer leaves before the next read. What cannot be answered rightly is
//! answered with a marker, never with the text.

mod lines;
mod mmexternal;
mod msgpack;
mod omprog;

use std::io;

pub(crate) use lines::Lines;
pub(crate) use mmexternal::{MmExternal, Property};
pub(crate) use msgpack::records;
pub(crate) use omprog::OmProg;

use crate::sink::Fault;

/// Why a conversation ended before its end.
#[derive(Debug)]
pub(crate) enum Broken {
    /// The agent's words could not be read.
    Unreadable(io::Error),
    /// The agent takes no more.
    Untold(Fault),
    /// What came is not in the protocol; what follows cannot be told apart.
    Foreign(&'static str),
}

impl From<io::Error> for Broken {
    fn from(error: io::Error) -> Self {
        Self::Unreadable(error)
    }
}

impl From<Fault> for Broken {
    fn from(fault: Fault) -> Self {
        Self::Untold(fault)
    }
}
