//! What a run says of itself, and of what it found: counts, places and fingerprints, never a value.

mod diff;
mod explain;
mod finding;
mod fingerprint;
mod format;
mod gate;
mod message;
mod meter;
mod preview;
mod progress;
#[cfg(test)]
mod sample;
mod score;
mod situation;
mod stats;
pub(crate) mod time;
mod timeline;

pub(crate) use diff::Diff;
pub(crate) use explain::Explain;
pub(crate) use finding::{Finding, Place, Scanned, Survey, is_listed};
pub(crate) use fingerprint::Key;
pub(crate) use format::{Format, Report};
pub(crate) use gate::{Baseline, Gates};
pub(crate) use message::{note, say};
pub(crate) use meter::Meter;
pub(crate) use preview::preview;
pub(crate) use progress::{Progress, Way};
pub(crate) use score::Score;
pub(crate) use situation::Situation;
pub(crate) use stats::Stats;

use crate::{Clean, INTERNAL_ERROR, Redactor, RuleId};

/// Who is told of each piece of a text.
pub(crate) enum Watcher {
    /// Says where each hit stood.
    Explain(Explain),
    /// Shows the lines that change.
    Diff(Diff),
}

impl Watcher {
    /// Takes the next piece of the text, and puts what is to be said into `out`.
    pub(crate) fn piece(&mut self, clean: &Clean<'_>, redactor: &Redactor, out: &mut String) {
        match self {
            Self::Explain(explain) => explain.piece(clean, redactor, out),
            Self::Diff(diff) => diff.piece(clean, redactor, out),
        }
    }

    /// Says it: hits are messages, a diff is data.
    pub(crate) fn say(&self, lines: &str) {
        match self {
            Self::Explain(_) => note(lines),
            // That nobody reads it is no reason to stop.
            Self::Diff(_) => drop(std::io::Write::write_all(&mut std::io::stdout().lock(), lines.as_bytes())),
        }
    }
}

/// What stands for a rule in reports where the matcher itself failed.
pub(crate) const INTERNAL: &str = "internal-error";
/// What stands for a rule in reports where a line was cut off before its end.
pub(crate) const UNFINISHED: &str = "unfinished-line";

/// A rule's name in reports.
fn name(redactor: &Redactor, rule: RuleId) -> &str {
    let other = if rule == INTERNAL_ERROR { INTERNAL } else { UNFINISHED };
    redactor.rule(rule).map_or(other, |rule| &*rule.id)
}
