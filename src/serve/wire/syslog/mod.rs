//! Syslog on the wire: messages cut out of a stream, cleaned, and put into frames again.

mod clean;
mod frame;
mod header;

pub(crate) use clean::Cleaner;
pub(crate) use frame::{Framer, Oversize, Piece, flush, put};
