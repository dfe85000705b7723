//! The messages of one connection.
//!
//! A read brings up to a quarter of a megabyte, and what is whole of it is one event. The memory for reading is one for
//! all connections; each keeps only the message that it is in the middle of.

use std::cell::RefCell;
use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use tokio::io::ReadBuf;
use tokio::time::{Instant, timeout_at};

use super::frame::Framer;
use super::outbox::Outbox;
use crate::serve::Intake;
use crate::serve::wire::serving::{End, First, Limits, Stream, first};

/// How much one read brings.
const READ: usize = 256 << 10;

/// What all connections of a source have in common.
pub(super) struct Shared {
    intake: Intake,
    limits: Limits,
    buffer: RefCell<Vec<u8>>,
}

impl Shared {
    pub(super) fn new(intake: Intake, limits: Limits) -> Self {
        Self { intake, limits, buffer: RefCell::default() }
    }
}

/// Reads a connection until one side ends it.
pub(super) async fn talk(stream: Box<dyn Stream>, name: String, shared: Rc<Shared>, mut end: End) {
    let mut outbox = Outbox::new(&name, &shared.intake);
    let mut line = Line { stream, framer: Framer::new(shared.limits.longest), held: Vec::new() };
    let mut begun = Instant::now();
    let whole = loop {
        let time = if line.held.is_empty() { shared.limits.idle } else { shared.limits.message };
        // Asked last, so that what has come before the end is still taken.
        let read = timeout_at(begun + time, line.read(&shared, &mut outbox));
        match first(read, end.asked()).await {
            First::One(Ok(Ok(Read::Some { progress }))) => {
                if progress {
                    begun = Instant::now();
                }
                if !outbox.send(&shared.intake) {
                    return;
                }
            }
            First::One(Ok(Ok(Read::End))) => break true,
            // The peer is gone without a word, is too slow, says too much, or we end.
            First::One(Ok(Err(_)) | Err(_)) | First::Other(()) => break false,
        }
    };
    let Line { mut framer, held, .. } = line;
    framer.finish(&held, whole, &mut |piece| outbox.put(piece));
    note(&mut framer, &shared.intake);
    let _ = outbox.send(&shared.intake);
}

/// What is wrong with messages is counted with the errors.
fn note(framer: &mut Framer, intake: &Intake) {
    intake.counts().errors.fetch_add(framer.malformed(), std::sync::atomic::Ordering::Relaxed);
}

enum Read {
    Some {
        /// Whether a message came to its end.
        progress: bool,
    },
    End,
}

struct Line {
    stream: Box<dyn Stream>,
    framer: Framer,
    /// The message that is under way.
    held: Vec<u8>,
}

impl Line {
    async fn read(&mut self, shared: &Shared, outbox: &mut Outbox) -> io::Result<Read> {
        poll_fn(|context| self.poll(context, shared, outbox)).await
    }

    fn poll(&mut self, context: &mut Context<'_>, shared: &Shared, outbox: &mut Outbox) -> Poll<io::Result<Read>> {
        let mut buffer = shared.buffer.borrow_mut();
        let held = self.held.len();
        if buffer.len() < held + READ {
            buffer.resize(held + READ, 0);
        }
        let mut room = ReadBuf::new(&mut buffer[held..held + READ]);
        ready!(Pin::new(&mut *self.stream).poll_read(context, &mut room))?;
        let new = room.filled().len();
        if new == 0 {
            return Poll::Ready(Ok(Read::End));
        }
        shared.intake.came(&buffer[held..held + new]);
        buffer[..held].copy_from_slice(&self.held);
        let all = &buffer[..held + new];
        let cut = self.framer.cut(all, &mut |piece| outbox.put(piece));
        note(&mut self.framer, &shared.intake);
        self.held.clear();
        let Ok(done) = cut else { return Poll::Ready(Err(io::ErrorKind::InvalidData.into())) };
        self.held.extend_from_slice(&all[done..]);
        Poll::Ready(Ok(Read::Some { progress: done > 0 || held == 0 }))
    }
}
