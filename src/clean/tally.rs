//! What became of all files together, and what a clean-up cannot undo.

use std::fmt::Write;

use super::{Outcome, Report};
use crate::report::Meter;

/// Counts of files by how they fared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) cleaned: u64,
    pub(crate) found: u64,
    pub(crate) copied: u64,
    pub(crate) untouched: u64,
    pub(crate) known: u64,
    pub(crate) binary: u64,
    /// Links, FIFOs and the like that were come across.
    pub(crate) passed: u64,
    pub(crate) left: u64,
    pub(crate) internal: u64,
    /// Files in archives that may hold secrets and stay as they are; their archives are counted above.
    pub(crate) members: u64,
    /// Bytes on the disk, of all that were looked at.
    pub(crate) bytes: u64,
}

impl Tally {
    /// Counts one more.
    pub(crate) fn add(&mut self, report: &Report) {
        self.bytes += report.size;
        let count = match &report.outcome {
            Outcome::Cleaned => &mut self.cleaned,
            Outcome::Found => &mut self.found,
            Outcome::Copied => &mut self.copied,
            Outcome::Untouched => &mut self.untouched,
            Outcome::Known => &mut self.known,
            Outcome::Binary(_) => &mut self.binary,
            Outcome::Left(why) if why.is_usual() => &mut self.passed,
            Outcome::Left(super::Why::Internal) => &mut self.internal,
            Outcome::Left(_) | Outcome::Stopped => &mut self.left,
        };
        *count += 1;
        self.members += report.aside.left;
    }

    /// How many files there were.
    pub(crate) const fn files(&self) -> u64 {
        self.cleaned + self.found + self.copied + self.untouched + self.known + self.binary + self.left + self.internal
    }

    /// Lines for the end of a run.
    pub(crate) fn text(&self, meter: &Meter, left_out: u64, swept: u64) -> String {
        let mut parts = Vec::new();
        let mut part = |count: u64, what: &str| {
            if count > 0 {
                parts.push(format!("{count} {what}"));
            }
        };
        part(self.cleaned, "cleaned");
        part(self.found, "to be cleaned");
        part(self.copied, "copied clean");
        part(self.untouched, "without hits and untouched");
        part(self.known, "done before");
        part(self.binary, "without text");
        part(self.left + self.internal, "left alone, see above");
        part(self.members, "in archives left alone");
        part(self.passed, "links and the like passed by");
        part(left_out, "left out by filters");
        part(swept, "left over by an earlier run and removed");
        let mut out = format!("{} files, {} hits: {}\n", self.files(), meter.hits(), parts.join(", "));
        if self.cleaned > 0 {
            let _ = out.write_str(CANNOT);
        }
        out
    }
}

/// What the summary of a run that replaced files ends with.
const CANNOT: &str = "\
What this cannot undo: programs that had an old file open for reading still see it until they close it; backups,
snapshots, copies and file system blocks that are free now may hold the old content. Rotate what was logged.
";
