//! What a run says of itself: counts and places, never a byte of the text.

mod explain;
mod message;
mod meter;
mod stats;

pub(crate) use explain::Explain;
pub(crate) use message::{note, say};
pub(crate) use meter::Meter;
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
