//! What a run says of itself, and of what it found: counts, places and fingerprints, never a value.

mod explain;
mod finding;
mod fingerprint;
mod format;
mod gate;
mod message;
mod meter;
mod preview;
#[cfg(test)]
mod sample;
mod score;
mod situation;
mod stats;
pub(crate) mod time;
mod timeline;

pub(crate) use explain::Explain;
pub(crate) use finding::{Finding, Place, Remark, Scanned, Survey, is_listed};
pub(crate) use fingerprint::Key;
pub(crate) use format::{Format, Report};
pub(crate) use gate::{Baseline, Gates};
pub(crate) use message::{note, say};
pub(crate) use meter::Meter;
pub(crate) use preview::preview;
pub(crate) use score::Score;
pub(crate) use situation::Situation;
pub(crate) use stats::Stats;

use crate::{INTERNAL_ERROR, Redactor, RuleId};

/// What stands for a rule in reports where the matcher itself failed.
pub(crate) const INTERNAL: &str = "internal-error";
/// What stands for a rule in reports where a line was cut off before its end.
pub(crate) const UNFINISHED: &str = "unfinished-line";

/// A rule's name in reports.
fn name(redactor: &Redactor, rule: RuleId) -> &str {
    let other = if rule == INTERNAL_ERROR { INTERNAL } else { UNFINISHED };
    redactor.rule(rule).map_or(other, |rule| &*rule.id)
}
