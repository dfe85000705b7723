//! The Fluent Forward protocol, version 1.

mod message;
mod words;

pub(crate) use message::{Batch, Message};
pub(crate) use words::{SharedKey, ack, acked, helo, is_welcome, ping, pong, put};
