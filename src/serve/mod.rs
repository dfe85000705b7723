//! `inkout serve`: from sources, through the rules, to sinks, for as long as the machine is up.
//!
//! ```text
//!  Source (a thread each)                             Sink (a thread each)
//!  read ─► Lane: rules ─► Event{stream, body, ack} ─► queue ─► put, or spool ─► ack.taken()
//! ```
//!
//! **A source** implements [`Source`]. It reads raw bytes and has them cleaned in its own thread, by a [`Lane`] where they
//! are a text of lines, or by [`Intake::redactor`] where each message stands for itself (syslog, Forward). Raw bytes
//! never leave it: what it hands to [`Intake::send`] is an [`Event`], and an event holds clean bytes only. `send` blocks
//! while a sink's queue is full; that is the back-pressure, so a source that can wait must not read on meanwhile.
//!
//! **An event** says (a) what it carries: [`Body::Lines`], [`Body::Syslog`], [`Body::Forward`]; (b) the stream it belongs
//! to, such as a file or a connection, whose events keep their order; (c) an [`Ack`]. The ack's closure runs once, when
//! every sink that the event goes to has taken it, or has it on disk in its spool. An event that is dropped before never
//! fires. The closure runs in a sink's thread: it takes a note or sends a message, and does not wait.
//!
//! **A sink** implements [`Sink`]: [`Sink::put`] takes events, in order, and returns when they are out of our hands (in the
//! file, acknowledged by the peer); how many are, it says to [`Taken`] as it goes. When it fails the caller waits and comes
//! again with the rest, or puts them into the spool meanwhile, so a sink keeps no queue and does not repeat by itself.
//! Everything is synchronous; who needs tokio has a runtime of its own inside and blocks on it.
//!
//! **The configuration** is read in [`config`]: a `[[source]]` or `[[sink]]` table has a `type`, which [`kinds`] looks up in
//! its two lists. A new kind is a function from [`fields::Fields`] to a [`SourceSpec`] or [`SinkSpec`], in one of the lists.
//! Mistakes are noted in the fields, all of them, with their lines.
//!
//! Rules are swapped at SIGHUP without anything being opened again: [`Intake::redactor`] is asked anew for each message,
//! and a [`Lane`] changes over where nothing is open. When the tables themselves change, all sources end at a place they can
//! go on from, the queues run empty, and the new ones start.

mod clerk;
pub(crate) mod config;
mod event;
pub(crate) mod fields;
mod file;
mod files;
mod gauges;
mod halt;
mod intake;
mod journal;
mod kinds;
mod lane;
pub(crate) mod log;
mod machine;
mod manager;
mod monitor;
mod outlet;
mod program;
mod run;
pub(crate) mod sandbox;
mod signals;
mod spool;
mod standard;
mod store;
mod wire;

use std::io;
use std::path::{Path, PathBuf};

pub(crate) use event::{Ack, Body, Event};
pub(crate) use gauges::Counts;
pub(crate) use halt::Halt;
pub(crate) use intake::Intake;
pub(crate) use lane::Lane;
pub(crate) use outlet::Taken;
pub(crate) use run::{Loaded, checked, serve};

/// Where bytes come from.
pub(crate) trait Source: Send {
    /// Brings events until there are no more, or until [`Intake::halt`] asks for an end: then it stops where it can go on
    /// later, and returns.
    ///
    /// # Errors
    /// What it cannot go on from by itself. It is started again after a while.
    fn run(&mut self, intake: &Intake) -> io::Result<()>;

    /// After the last run, when the sinks have taken what they will: time for last notes.
    fn end(&mut self) {}
}

/// Where clean events go.
pub(crate) trait Sink: Send {
    /// Takes the events in order. When it returns they are out of our hands; `taken` hears of those that are so before.
    ///
    /// # Errors
    /// Why not the next one behind those that `taken` knows of. It holds no log bytes.
    fn put(&mut self, events: &[Event], taken: &mut Taken<'_>) -> io::Result<()>;

    /// SIGHUP, or a look around once a second: what it writes to may have been moved away.
    ///
    /// # Errors
    /// What [`put`](Self::put) would run into.
    fn refresh(&mut self, _asked: bool) -> io::Result<()> {
        Ok(())
    }

    /// The end: what is buffered leaves.
    ///
    /// # Errors
    /// The system's.
    fn finish(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A `[[source]]` as it was configured.
pub(crate) trait SourceSpec: Send {
    /// What stands against it on this machine: paths, certificates. Nothing is changed or opened for good.
    fn check(&self, _wrong: &mut Vec<String>) {}

    /// Whether it would read a file of this name, so that it does not read what we write.
    fn reads(&self, _path: &Path) -> bool {
        false
    }

    /// Whether nothing but markers can stand in the place of what is found in its messages.
    fn marks_only(&self) -> bool {
        false
    }

    /// The source, ready to run.
    ///
    /// # Errors
    /// The system's.
    fn open(&self) -> io::Result<Box<dyn Source>>;

    /// What it touches.
    fn reach(&self) -> Reach;
}

/// A `[[sink]]` as it was configured.
pub(crate) trait SinkSpec: Send {
    /// As [`SourceSpec::check`].
    fn check(&self, _wrong: &mut Vec<String>) {}

    /// The file it writes.
    fn writes(&self) -> Option<&Path> {
        None
    }

    /// The sink, ready to take events. It connects when the first event comes.
    ///
    /// # Errors
    /// The system's.
    fn open(&self) -> io::Result<Box<dyn Sink>>;

    /// What it touches.
    fn reach(&self) -> Reach;
}

/// What a part has to reach once the sandbox is closed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Reach {
    /// Files and folders that are read.
    pub(crate) read: Vec<PathBuf>,
    /// Folders in which files are made, written and removed.
    pub(crate) write: Vec<PathBuf>,
    /// It starts other programs, which would have our sandbox and may need anything.
    pub(crate) programs: bool,
}
