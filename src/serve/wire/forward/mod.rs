//! The Fluent Forward protocol, version 1.

pub(in crate::serve) mod message;
mod shown;
mod sink;
mod source;
mod words;

pub(in crate::serve) use shown::shown;
pub(in crate::serve) use sink::sink;
pub(in crate::serve) use source::source;
