//! Another program, started with its output in our hands, signalled as we are, and waited for.
//!
//! It sees what it would see without us: its own exit code counts, a terminal where we have one, each signal once,
//! and the descriptors and variables we were given. Nothing here reads what it says; no rule is known.

mod outlet;
mod signals;
mod start;
mod watch;

pub(crate) use outlet::{Plumbing, Pty, Stream, Target};
pub(crate) use signals::Signals;
pub(crate) use start::{Started, in_place, start};
pub(crate) use watch::Watch;
