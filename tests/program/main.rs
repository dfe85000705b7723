//! Drives the built program as its users do: descriptors, signals, files, settings.
//!
//! Nothing sleeps to let something happen first: a test waits for the bytes that show it did.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test stops where it fails")]

mod actions;
mod bench;
mod brought;
mod campaign;
mod child;
mod clean;
mod closed;
mod decode;
mod fault;
mod files;
#[cfg(feature = "serve")]
mod journal;
mod known;
mod near;
mod page;
mod parts;
mod pipes;
mod plugin;
mod prompts;
mod rules;
mod run;
mod scan;
#[cfg(feature = "serve")]
mod serve;
mod settings;
mod signals;
mod threads;
