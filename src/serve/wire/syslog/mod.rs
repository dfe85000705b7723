//! Syslog on the wire: messages cut out of a stream, cleaned, and put into frames again.

mod clean;
mod datagram;
mod frame;
mod header;
mod outbox;
mod sink;
mod source;
mod stream;

pub(in crate::serve) use sink::sink;
pub(in crate::serve) use source::source;
