//! The score: 0 to 100, a grade, and how it came about.
//!
//! Version 1. Each rule that found something takes `weight × confidence × (1 + log2(distinct values))` away from 100,
//! at most twice its weight; the weight follows from the severity (critical 40, high 15, medium 5, low 1), the
//! confidence is the rule's surest finding (high 1, medium 0.6, low 0.3). One critical finding keeps the score at 49 or
//! below, one high at 79: no number of clean files dilutes it. The same findings always have the same score; it
//! measures what was logged, not what it is worth to somebody.

use std::collections::{BTreeMap, BTreeSet};

use super::finding::Survey;
use super::fingerprint::Fingerprint;
use crate::catalogue::Severity;
use crate::{Confidence, RuleId};

/// Changes with the formula.
pub(crate) const VERSION: u32 = 1;

/// How a scan is judged.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Score {
    /// 0 to 100.
    pub(crate) value: u8,
    /// By rule: what it took away, the most first.
    pub(crate) parts: Vec<Part>,
}

/// What a rule takes away.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Part {
    pub(crate) rule: RuleId,
    pub(crate) penalty: f64,
    /// Different values, over all files; those that are not listed count as one.
    pub(crate) distinct: u64,
    /// How often, over all files.
    pub(crate) count: u64,
}

impl Score {
    /// Of everything that was found.
    pub(crate) fn of(survey: &Survey<'_>) -> Self {
        let mut rules: BTreeMap<RuleId, (Confidence, BTreeSet<Fingerprint>, u64)> = BTreeMap::new();
        for (_, finding) in survey.findings() {
            let rule = rules.entry(finding.rule).or_insert((Confidence::Low, BTreeSet::new(), 0));
            rule.0 = rule.0.max(finding.confidence);
            rule.1.insert(finding.fingerprint);
            rule.2 += finding.count;
        }
        let mut ceiling = 100.0_f64;
        let mut parts = Vec::new();
        for (rule, (confidence, values, count)) in rules {
            let severity = survey.rules[rule.index()].severity;
            ceiling = ceiling.min(limit(severity));
            let unlisted = survey.unlisted.get(&rule).copied().unwrap_or(0);
            let distinct = values.len() as u64 + u64::from(unlisted > 0);
            let penalty = penalty(severity, confidence, distinct);
            parts.push(Part { rule, penalty, distinct, count: count + unlisted });
        }
        parts.sort_by(|a, b| b.penalty.total_cmp(&a.penalty).then(b.count.cmp(&a.count)).then(a.rule.cmp(&b.rule)));
        let sum: f64 = parts.iter().map(|part| part.penalty).sum();
        Self { value: (100.0 - sum).round().clamp(0.0, ceiling) as u8, parts }
    }

    /// A from 90, B from 80, C from 70, D from 60, F.
    pub(crate) const fn grade(&self) -> char {
        match self.value {
            90.. => 'A',
            80.. => 'B',
            70.. => 'C',
            60.. => 'D',
            _ => 'F',
        }
    }
}

fn penalty(severity: Severity, confidence: Confidence, distinct: u64) -> f64 {
    let weight = match severity {
        Severity::Critical => 40.0,
        Severity::High => 15.0,
        Severity::Medium => 5.0,
        Severity::Low => 1.0,
    };
    let sure = match confidence {
        Confidence::High => 1.0,
        Confidence::Medium => 0.6,
        Confidence::Low => 0.3,
    };
    (weight * sure * (1.0 + (distinct.max(1) as f64).log2())).min(2.0 * weight)
}

/// No better than this with one finding of this severity.
const fn limit(severity: Severity) -> f64 {
    match severity {
        Severity::Critical => 49.0,
        Severity::High => 79.0,
        Severity::Medium | Severity::Low => 100.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    #[test]
    fn the_formula_holds() {
        let (critical, high, medium, low) = ("aws-access-key-id", "github-pat", "email", "low");
        let severity = |id: &str| match id {
            "aws-access-key-id" => Severity::Critical,
            "github-pat" => Severity::High,
            "email" => Severity::Medium,
            _ => Severity::Low,
        };
        type Case<'c> = (&'c [(&'c str, Confidence, u64)], u8, char);
        let cases: &[Case<'_>] = &[
            (&[], 100, 'A'),
            (&[(low, Confidence::High, 1)], 99, 'A'),
            (&[(medium, Confidence::High, 1)], 95, 'A'),
            // 5 × 1 × (1 + 2) is over the rule's limit of 10.
            (&[(medium, Confidence::High, 4)], 90, 'A'),
            (&[(medium, Confidence::Medium, 2)], 94, 'A'),
            // 85, were it not for the ceiling.
            (&[(high, Confidence::High, 1)], 79, 'C'),
            (&[(high, Confidence::High, 2), (medium, Confidence::High, 1)], 65, 'D'),
            (&[(critical, Confidence::Low, 1)], 49, 'F'),
            (&[(critical, Confidence::High, 9), (high, Confidence::High, 9)], 0, 'F'),
        ];
        for (found, value, grade) in cases {
            let rules: Vec<_> = found.iter().map(|(id, ..)| sample::rule(id, severity(id))).collect();
            let mut survey = Survey::new(&rules, None);
            for (index, (_, confidence, distinct)) in found.iter().enumerate() {
                for n in 0..*distinct {
                    survey.add("f", sample::scanned(index, *confidence, n));
                }
            }
            let score = Score::of(&survey);
            assert_eq!((score.value, score.grade()), (*value, *grade), "{found:?}");
        }
    }
}
