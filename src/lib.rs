//! Blacks out secrets and personal data in log text and passes every other byte on untouched.
//!
//! ```
//! use std::io::Write;
//! use inkout::Redactor;
//!
//! let redactor = Redactor::builder().build()?; // every error is here
//! let clean = redactor.redact(b"GET /v1?api_key=4f9a8b7c6d5e HTTP/1.1"); // borrows when nothing hit
//! assert_eq!(&clean[..], b"GET /v1?api_key=[REDACTED] HTTP/1.1");
//!
//! let mut stream = redactor.stream(Vec::new()); // push bytes in any pieces
//! stream.write_all(b"pass")?;
//! stream.write_all(b"word=hunter2\n")?;
//! assert_eq!(stream.finish()?, b"password=[REDACTED]\n");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#[cfg(feature = "capi")]
pub mod capi;
pub mod catalogue;
#[cfg(feature = "cli")]
mod child;
#[cfg(feature = "cli")]
mod clean;
#[cfg(feature = "cli")]
#[doc(hidden)]
pub mod cli;
mod detect;
#[cfg(feature = "cli")]
mod pipeline;
#[cfg(feature = "cli")]
mod plugin;
#[cfg(feature = "cli")]
mod record;
mod redact;
#[cfg(feature = "cli")]
mod report;
#[cfg(feature = "cli")]
mod scan;
#[cfg(feature = "serve")]
mod serve;
mod sieve;
#[cfg(feature = "cli")]
mod sink;
#[cfg(feature = "cli")]
mod source;
mod span;

pub use redact::{
    Action, BuildError, Builder, Clean, Guess, Guesser, INTERNAL_ERROR, MarkKey, Redactor, Session, Stream, UNFINISHED,
};
pub use span::{Confidence, Hit, Quote, RuleId, Span};
