//! What a run says of itself: counts and places, never a byte of the text.

mod explain;
mod message;
mod meter;
mod stats;

pub(crate) use explain::Explain;
pub(crate) use message::{note, say};
pub(crate) use meter::Meter;
pub(crate) use stats::Stats;

/// What stands for a rule in reports where the matcher itself failed.
pub(crate) const INTERNAL: &str = "internal-error";
