//! What goes from a source to the sinks: clean bytes, where they come from, and who wants to know that they arrived.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use super::wire::text::{as_line, each_message};

/// Clean bytes on their way.
#[derive(Clone)]
pub(crate) struct Event {
    /// Whose bytes they are, such as a file or a connection. Events of one stream keep their order.
    pub(crate) stream: Arc<str>,
    /// The bytes.
    pub(crate) body: Body,
    /// Who is told when they arrived.
    pub(crate) ack: Ack,
    /// When their last byte came.
    pub(crate) since: Instant,
    /// How many lines, messages or records they are.
    pub(crate) count: usize,
}

impl Event {
    /// Of bytes that came just now.
    pub(crate) fn new(stream: Arc<str>, body: Body, ack: Ack) -> Self {
        let count = body.count();
        Self { stream, body, ack, since: Instant::now(), count }
    }
}

/// What an event carries. It has been through the rules.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Body {
    /// Text. Whole lines with their newlines, but for pieces of a line that is longer than a megabyte and for the last
    /// line of a stream that ends without one.
    Lines(Vec<u8>),
    /// Syslog messages, header included, without the framing.
    Syslog(Vec<Vec<u8>>),
    /// Records of Fluent Forward.
    Forward {
        /// Their tag.
        tag: Vec<u8>,
        /// `[time, record]` in MessagePack, one behind the other.
        entries: Vec<u8>,
        /// How many there are.
        count: usize,
    },
}

impl Body {
    /// About how much memory it takes, in bytes.
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Lines(text) => text.len(),
            Self::Syslog(messages) => messages.iter().map(|message| message.len() + 24).sum(),
            Self::Forward { tag, entries, .. } => tag.len() + entries.len(),
        }
    }

    /// Puts it behind what `out` holds, a line for each line, message or record.
    pub(super) fn append_lines(&self, out: &mut Vec<u8>) {
        let Self::Lines(text) = self else {
            return each_message(self, &mut |message| {
                as_line(message, out);
                out.push(b'\n');
            });
        };
        out.extend_from_slice(text);
    }

    /// How many lines, messages or records it holds.
    fn count(&self) -> usize {
        match self {
            Self::Lines(text) => memchr::memchr_iter(b'\n', text).count(),
            Self::Syslog(messages) => messages.len(),
            Self::Forward { count, .. } => *count,
        }
    }
}

/// Tells its maker once that an event arrived everywhere.
#[derive(Clone)]
pub(crate) struct Ack(Option<Arc<Waiting>>);

struct Waiting {
    /// Sinks that have not taken the event yet.
    left: AtomicUsize,
    tell: Box<dyn Fn() + Send + Sync>,
}

impl Ack {
    /// For a source that cannot send again anyway.
    pub(crate) const fn none() -> Self {
        Self(None)
    }

    /// Calls `tell` once, in the thread of a sink.
    pub(crate) fn new(tell: impl Fn() + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(Waiting { left: AtomicUsize::new(1), tell: Box::new(tell) })))
    }

    /// So many sinks are to take the event. Set before any of them has it.
    pub(super) fn of_sinks(&self, sinks: usize) {
        if let Some(waiting) = &self.0 {
            waiting.left.store(sinks, Ordering::Release);
        }
    }

    /// One of them has taken it, or has it on disk.
    pub(crate) fn taken(&self) {
        if let Some(waiting) = &self.0
            && waiting.left.fetch_sub(1, Ordering::AcqRel) == 1
        {
            (waiting.tell)();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ack_fires_once_when_the_last_sink_has_it() {
        let told = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&told);
        let ack = Ack::new(move || {
            count.fetch_add(1, Ordering::Relaxed);
        });
        ack.of_sinks(2);
        let other = ack.clone();
        ack.taken();
        assert_eq!(told.load(Ordering::Relaxed), 0);
        other.taken();
        assert_eq!(told.load(Ordering::Relaxed), 1);
        drop((ack, other));
        assert_eq!(told.load(Ordering::Relaxed), 1);
    }
}
