//! What a scan found, as every report format sees it: places, counts and fingerprints, never a value.

use std::collections::BTreeMap;

use super::fingerprint::Fingerprint;
use super::situation::Situation;
use super::timeline::Timeline;
use crate::catalogue::Rule;
use crate::{Confidence, RuleId};

/// One value in one file, with everything that is known of it but itself.
#[derive(Clone, Debug)]
pub(crate) struct Finding {
    /// The rule that found it.
    pub(crate) rule: RuleId,
    /// How sure the rule is.
    pub(crate) confidence: Confidence,
    /// The circumstances of all its places.
    pub(crate) situation: Situation,
    /// Where it stands first.
    pub(crate) place: Place,
    /// How often it stands in the file.
    pub(crate) count: u64,
    /// The first and last moment it was logged at, in seconds since 1970, by the lines' own timestamps.
    pub(crate) logged: Option<(i64, i64)>,
    /// What may be shown of it.
    pub(crate) preview: String,
    /// Which value it is, for who has the key.
    pub(crate) fingerprint: Fingerprint,
}

/// A place in a text. Lines and columns count from 1, bytes from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) line: u64,
    /// In bytes.
    pub(crate) column: u64,
    /// Start and end column in UTF-16 units, where the line is short enough to count them.
    pub(crate) utf16: Option<(u64, u64)>,
    /// Of the value's first byte in the text.
    pub(crate) offset: u64,
    /// The value's length in bytes.
    pub(crate) len: u64,
}

/// What one text came to.
#[derive(Debug, Default)]
pub(crate) struct Scanned {
    /// By their places.
    pub(crate) findings: Vec<Finding>,
    /// By rule, how often a value was found that is not listed, as there were too many.
    pub(crate) unlisted: BTreeMap<RuleId, u64>,
    pub(crate) bytes: u64,
    pub(crate) lines: u64,
    pub(crate) timeline: Timeline,
    /// Lines on which the matcher failed.
    pub(crate) internal_errors: u64,
}

impl Scanned {
    /// How often any value was found.
    pub(crate) fn occurrences(&self) -> u64 {
        self.findings.iter().map(|finding| finding.count).sum::<u64>() + self.unlisted.values().sum::<u64>()
    }
}

/// A file with its findings.
#[derive(Debug)]
pub(crate) struct FileFindings {
    /// As it is shown.
    pub(crate) name: String,
    pub(crate) findings: Vec<Finding>,
}

/// A file of which not everything is known, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Remark {
    pub(crate) file: String,
    pub(crate) why: String,
}

/// Everything a scan came to, before it is judged.
pub(crate) struct Survey<'r> {
    /// The rules that findings name by their place in here.
    pub(crate) rules: &'r [Rule],
    /// Files with findings, in the order they were named.
    pub(crate) files: Vec<FileFindings>,
    /// How many texts were looked at.
    pub(crate) looked: u64,
    pub(crate) bytes: u64,
    pub(crate) lines: u64,
    pub(crate) unlisted: BTreeMap<RuleId, u64>,
    pub(crate) timeline: Timeline,
    /// What could not be scanned though it should have been.
    pub(crate) problems: Vec<Remark>,
    /// How much of such kind there is in all.
    pub(crate) unscanned: u64,
    /// What was left out on purpose.
    pub(crate) skipped: Vec<Remark>,
    /// How much of such kind there is in all.
    pub(crate) left_out: u64,
    pub(crate) internal_errors: u64,
    /// Tells the key of the fingerprints from others; `None` where they mean nothing beyond this report.
    pub(crate) key: Option<String>,
    listed: BTreeMap<RuleId, u32>,
    total: u32,
}

/// Whether a finding more of a rule is listed, when so many of the rule and of all are. No rule crowds another one out.
pub(crate) const fn is_listed(of_rule: u32, of_all: u32) -> bool {
    /// Each rule is worth so many in any case.
    const SURE: u32 = 32;
    const MOST_OF_RULE: u32 = 2_000;
    /// Reports stay readable, and memory small, whatever is scanned.
    const MOST: u32 = 10_000;
    of_rule < SURE || of_rule < MOST_OF_RULE && of_all < MOST
}

/// Adds a remark while there are few: a tree of a million links is no reason for a report of their names.
fn remark(to: &mut Vec<Remark>, file: &str, why: &str) {
    const MOST: usize = 1_000;
    if to.len() < MOST {
        to.push(Remark { file: file.to_owned(), why: why.to_owned() });
    }
}

impl<'r> Survey<'r> {
    /// Of nothing yet.
    pub(crate) fn new(rules: &'r [Rule], key: Option<String>) -> Self {
        Self {
            rules,
            files: Vec::new(),
            looked: 0,
            bytes: 0,
            lines: 0,
            unlisted: BTreeMap::new(),
            timeline: Timeline::default(),
            problems: Vec::new(),
            unscanned: 0,
            skipped: Vec::new(),
            left_out: 0,
            internal_errors: 0,
            key,
            listed: BTreeMap::new(),
            total: 0,
        }
    }

    /// Takes what a text came to.
    pub(crate) fn add(&mut self, name: &str, scanned: Scanned) {
        self.looked += 1;
        self.bytes += scanned.bytes;
        self.lines += scanned.lines;
        self.internal_errors += scanned.internal_errors;
        self.timeline.merge(scanned.timeline);
        for (rule, count) in scanned.unlisted {
            *self.unlisted.entry(rule).or_default() += count;
        }
        let mut findings = scanned.findings;
        findings.retain(|finding| {
            let of_rule = self.listed.entry(finding.rule).or_default();
            if is_listed(*of_rule, self.total) {
                *of_rule += 1;
                self.total += 1;
                return true;
            }
            *self.unlisted.entry(finding.rule).or_default() += finding.count;
            false
        });
        if !findings.is_empty() {
            self.files.push(FileFindings { name: name.to_owned(), findings });
        }
    }

    /// Says of a file, or of everything, why it could not be scanned. The first ones are named, all are counted.
    pub(crate) fn unscanned(&mut self, file: &str, why: &str) {
        self.unscanned += 1;
        remark(&mut self.problems, file, why);
    }

    /// Says of a file why it was left out.
    pub(crate) fn left_out(&mut self, file: &str, why: &str) {
        self.left_out += 1;
        remark(&mut self.skipped, file, why);
    }

    /// Every listed finding with its file's name.
    pub(crate) fn findings(&self) -> impl Iterator<Item = (&str, &Finding)> {
        self.files.iter().flat_map(|file| file.findings.iter().map(|finding| (&*file.name, finding)))
    }

    /// The listed findings, the gravest first, then by file and place.
    pub(crate) fn gravest(&self) -> Vec<(&str, &Finding)> {
        let mut all: Vec<(&str, &Finding)> = self.findings().collect();
        all.sort_by_key(|(_, finding)| std::cmp::Reverse((self.rule(finding).severity, finding.confidence)));
        all
    }

    /// The rule of a finding.
    pub(crate) fn rule(&self, finding: &Finding) -> &'r Rule {
        &self.rules[finding.rule.index()]
    }

    /// How many findings are listed.
    pub(crate) fn listed(&self) -> u64 {
        u64::from(self.total)
    }

    /// How often any value was found.
    pub(crate) fn occurrences(&self) -> u64 {
        self.findings().map(|(_, finding)| finding.count).sum::<u64>() + self.unlisted()
    }

    /// How often a value was found that is not listed.
    pub(crate) fn unlisted(&self) -> u64 {
        self.unlisted.values().sum()
    }

    /// Values found in a million lines: the exposure density. It is no part of the score.
    pub(crate) fn density(&self) -> f64 {
        if self.lines == 0 { 0.0 } else { self.occurrences() as f64 * 1e6 / self.lines as f64 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_rule_crowds_another_one_out() {
        assert!(
            is_listed(0, 1_000_000) && !is_listed(32, 10_000) && is_listed(1_999, 9_999) && !is_listed(2_000, 2_000)
        );
    }
}
